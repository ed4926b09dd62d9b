/* SPDX-License-Identifier: ISC */
/* From persons who are due to decisions that the store can write down. */
#include "desk/desk_impl.h"

/* A share of each batch goes to persons of an older config. */
#define SWEEP_SHARE	4

static bool
new_items(const struct decided_notice *notice, struct arena *arena,
    struct store_new_notice *out, struct err *err)
{
	struct store_new_item	*items;

	items = arena_array(arena, notice->item_count, sizeof(*items));
	if (items == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < notice->item_count; i++) {
		const struct decided_item	*from = &notice->items[i];

		items[i] = (struct store_new_item){from->instalment->id,
		    from->instalment->cycle, from->step->id, from->occurrence,
		    from->amount};
	}
	out->items = items;
	out->item_count = notice->item_count;
	return true;
}

static bool
new_notice(const struct decided_notice *from, struct arena *arena,
    struct store_new_notice *out, struct err *err)
{
	out->customer_id = from->customer->id;
	out->policy = from->policy->name;
	out->step = from->step->id;
	out->stage = from->step->stage;
	out->intent = from->step->intent;
	out->in_doubt = from->step->in_doubt;
	out->channel = STORE_NO_CHANNEL;
	out->address = "";
	if (from->contact != NULL) {
		out->channel = (int)from->contact->channel;
		out->address = from->contact->address;
	}
	out->not_after_ms = from->not_after_ms;
	return new_items(from, arena, out, err);
}

bool
desk_new_notices(const struct decision *decision, struct arena *arena,
    struct store_new_notice **out, struct err *err)
{
	struct store_new_notice	*notices;

	notices = arena_array(arena, decision->notice_count, sizeof(*notices));
	if (notices == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < decision->notice_count; i++) {
		if (!new_notice(&decision->notices[i], arena, &notices[i], err))
			return false;
	}
	*out = notices;
	return true;
}

static bool
new_passes(const struct decision *decision, struct arena *arena,
    struct store_decision *out, struct err *err)
{
	struct store_pass	*passes;

	passes = arena_array(arena, decision->pass_count, sizeof(*passes));
	if (passes == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < decision->pass_count; i++) {
		const struct decided_pass	*from = &decision->passes[i];

		passes[i] = (struct store_pass){from->instalment->id,
		    from->instalment->cycle, from->step->id, from->occurrence,
		    from->rule};
	}
	out->passes = passes;
	out->pass_count = decision->pass_count;
	return true;
}

static bool
new_retries(const struct decision *decision, struct arena *arena,
    struct store_decision *out, struct err *err)
{
	struct store_retry	*retries;

	retries = arena_array(arena, decision->retry_count, sizeof(*retries));
	if (retries == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < decision->retry_count; i++) {
		const struct decided_retry	*from = &decision->retries[i];

		retries[i] = (struct store_retry){from->notice->id,
		    STORE_NO_CHANNEL, "", TIME_NONE};
		if (from->contact != NULL) {
			retries[i].channel = (int)from->contact->channel;
			retries[i].address = from->contact->address;
			retries[i].not_after_ms = from->not_after_ms;
		}
	}
	out->retries = retries;
	out->retry_count = decision->retry_count;
	return true;
}

static bool
new_tasks(const struct decision *decision, int64_t now_ms, struct arena *arena,
    struct store_decision *out, struct err *err)
{
	struct store_new_task	*tasks;

	tasks = arena_array(arena, decision->task_count, sizeof(*tasks));
	if (tasks == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < decision->task_count; i++) {
		const struct decided_task	*from = &decision->tasks[i];

		tasks[i] = (struct store_new_task){from->kind,
		    from->customer->id, 0, from->about, from->dedup, now_ms};
	}
	out->tasks = tasks;
	out->task_count = decision->task_count;
	return true;
}

static bool
decide_one(const struct setup *setup, const struct snapshot *snap,
    int64_t now_ms, struct arena *arena, struct store_decision *out,
    struct err *err)
{
	struct decision		 decision;
	struct store_new_notice	*notices;

	if (!policy_decide(&setup->policy, snap, now_ms, false, arena,
	    &decision, err) ||
	    !desk_new_notices(&decision, arena, &notices, err) ||
	    !new_passes(&decision, arena, out, err) ||
	    !new_retries(&decision, arena, out, err) ||
	    !new_tasks(&decision, now_ms, arena, out, err))
		return false;
	out->person_id = snap->person_id;
	out->rev = snap->rev;
	out->look_ms = decision.look_ms;
	out->notices = notices;
	out->notice_count = decision.notice_count;
	return true;
}

/* --- freshness: nobody is chased on an old ledger ------------------------- */

static bool
is_stale(const struct setup *setup, const struct snap_customer *customer,
    int64_t now_ms)
{
	const struct creditor	*creditor = creditors_find(&setup->creditors,
				    customer->creditor);

	return creditor != NULL && creditor->freshness_ms > 0 &&
	    customer->feed_ms != TIME_NONE &&
	    now_ms - customer->feed_ms > creditor->freshness_ms;
}

static void
name_once(struct buf *list, const char *name)
{
	size_t		 len = strlen(name);
	const char	*at = buf_text(list);

	for (; *at != '\0'; at = strchr(at, '\n') + 1) {
		if (strncmp(at, name, len) == 0 && at[len] == '\n')
			return;
	}
	buf_addf(list, "%s\n", name);
}

static bool
person_is_stale(const struct setup *setup, const struct snapshot *snap,
    int64_t now_ms, struct buf *stale)
{
	bool	found = false;

	for (size_t i = 0; i < snap->customer_count; i++) {
		if (!is_stale(setup, &snap->customers[i], now_ms))
			continue;
		name_once(stale, snap->customers[i].creditor);
		found = true;
	}
	return found;
}

/* Nothing is decided now; asked again after a while, or after the next feed. */
static void
put_off(const struct snapshot *snap, int64_t now_ms,
    struct store_decision *out)
{
	*out = (struct store_decision){.person_id = snap->person_id,
	    .rev = snap->rev, .look_ms = now_ms + HOUR_MS};
}

static bool
load_due(struct store *reader, int64_t now_ms, size_t limit,
    struct arena *arena, struct desk_batch *batch, struct snapshot **snaps,
    size_t *count, struct err *err)
{
	struct store_state	 state;
	struct store_dues	 dues;
	int64_t			*ids;

	if (!store_state(reader, &state, err) ||
	    !store_agenda_take(reader, now_ms, state.config_epoch, limit,
	    limit / SWEEP_SHARE + 1, arena, &dues, err))
		return false;
	batch->basis = (struct store_basis){now_ms, state.config_epoch,
	    state.generation};
	ids = arena_array(arena, dues.count, sizeof(*ids));
	*snaps = arena_array(arena, dues.count, sizeof(**snaps));
	if (ids == NULL || *snaps == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < dues.count; i++)
		ids[i] = dues.items[i].person_id;
	*count = dues.count;
	return dues.count == 0 || store_snapshots(reader, ids, dues.count,
	    now_ms, arena, *snaps, err);
}

static bool
read_batch(const struct setup *setup, struct store *reader, int64_t now_ms,
    size_t limit, struct arena *arena, struct desk_batch *out,
    struct buf *stale, struct err *err)
{
	struct store_decision	*decisions;
	struct snapshot		*snaps = NULL;
	size_t			 count = 0, used = 0;

	if (!load_due(reader, now_ms, limit, arena, out, &snaps, &count, err))
		return false;
	if ((decisions = arena_array(arena, count, sizeof(*decisions))) == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		if (snaps[i].person_id == 0)
			continue;
		if (person_is_stale(setup, &snaps[i], now_ms, stale))
			put_off(&snaps[i], now_ms, &decisions[used]);
		else if (!decide_one(setup, &snaps[i], now_ms, arena,
		    &decisions[used], err))
			return err_in(err, "person %lld",
			    (long long)snaps[i].person_id);
		out->notice_count += decisions[used].notice_count;
		used++;
	}
	out->decisions = decisions;
	out->count = used;
	return true;
}

bool
desk_decide(const struct setup *setup, struct store *reader, int64_t now_ms,
    size_t limit, struct arena *arena, struct desk_batch *out,
    struct buf *stale, struct err *err)
{
	struct desk_batch	batch = {0};
	bool			ok;

	if (!store_begin_read(reader, err))
		return false;
	ok = read_batch(setup, reader, now_ms, limit, arena, &batch, stale, err);
	store_rollback(reader);
	if (ok)
		*out = batch;
	return ok;
}

bool
desk_explain(const struct setup *setup, struct store *reader,
    int64_t person_id, int64_t known_ms, int64_t at_ms, struct arena *arena,
    struct snapshot *snap_out, struct decision *out, struct err *err)
{
	struct snapshot	snap;

	if (!store_snapshots(reader, &person_id, 1, known_ms, arena, &snap,
	    err))
		return false;
	if (snap.person_id == 0)
		return err_set(err, ERR_INPUT, "there is no person %lld",
		    (long long)person_id);
	snap.as_of_ms = at_ms;
	*snap_out = snap;
	return policy_decide(&setup->policy, snap_out, at_ms, true, arena, out,
	    err);
}

const struct snap_customer *
desk_customer(const struct snapshot *snap, int64_t customer_id)
{
	for (size_t i = 0; i < snap->customer_count; i++) {
		if (snap->customers[i].id == customer_id)
			return &snap->customers[i];
	}
	return NULL;
}
