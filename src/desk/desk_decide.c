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
    struct store_retry **out, struct err *err)
{
	struct store_retry	*retries;

	retries = arena_array(arena, decision->retry_count, sizeof(*retries));
	if (retries == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < decision->retry_count; i++) {
		const struct decided_retry	*from = &decision->retries[i];

		retries[i] = (struct store_retry){from->notice->id,
		    from->again == NULL ? 0 : from->again->id,
		    STORE_NO_CHANNEL, "", TIME_NONE};
		if (from->contact != NULL) {
			retries[i].channel = (int)from->contact->channel;
			retries[i].address = from->contact->address;
			retries[i].not_after_ms = from->not_after_ms;
		}
	}
	*out = retries;
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
		    from->customer->id, 0, from->notice == NULL ? 0 :
		    from->notice->id, from->about, from->dedup, now_ms};
	}
	out->tasks = tasks;
	out->task_count = decision->task_count;
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

/*
 * A notice is worth no more than the ledger that it was decided on: it may
 * wait for a route or the next hour, and the feed grow old meanwhile.
 */
static int64_t
fresh_until(const struct setup *setup, const struct snapshot *snap)
{
	int64_t	until = TIME_NEVER;

	for (size_t i = 0; i < snap->customer_count; i++) {
		const struct snap_customer	*customer = &snap->customers[i];
		const struct creditor		*creditor = creditors_find(
		    &setup->creditors, customer->creditor);

		if (creditor != NULL && creditor->freshness_ms > 0 &&
		    customer->feed_ms != TIME_NONE &&
		    customer->feed_ms + creditor->freshness_ms < until)
			until = customer->feed_ms + creditor->freshness_ms;
	}
	/* At that very instant it is fresh still. */
	return until == TIME_NEVER ? until : until + 1;
}

static void
limit_to_fresh(int64_t until_ms, struct store_new_notice *notices,
    size_t count, struct store_retry *retries, size_t retry_count)
{
	for (size_t i = 0; i < count; i++) {
		if (notices[i].not_after_ms > until_ms)
			notices[i].not_after_ms = until_ms;
	}
	for (size_t i = 0; i < retry_count; i++) {
		if (retries[i].not_after_ms != TIME_NONE &&
		    retries[i].not_after_ms > until_ms)
			retries[i].not_after_ms = until_ms;
	}
}

static bool
decide_one(const struct setup *setup, const struct snapshot *snap,
    int64_t now_ms, struct arena *arena, struct store_decision *out,
    struct err *err)
{
	struct decision		 decision;
	struct store_new_notice	*notices;
	struct store_retry	*retries = NULL;

	*out = (struct store_decision){.person_id = snap->person_id,
	    .rev = snap->rev};
	if (!policy_decide(&setup->policy, snap, now_ms, false, arena,
	    &decision, err) ||
	    !desk_new_notices(&decision, arena, &notices, err) ||
	    !new_passes(&decision, arena, out, err) ||
	    !new_retries(&decision, arena, &retries, err) ||
	    !new_tasks(&decision, now_ms, arena, out, err))
		return false;
	limit_to_fresh(fresh_until(setup, snap), notices,
	    decision.notice_count, retries, decision.retry_count);
	out->look_ms = decision.look_ms;
	out->notices = notices;
	out->notice_count = decision.notice_count;
	out->retries = retries;
	out->retry_count = decision.retry_count;
	return true;
}

/* --- a batch -------------------------------------------------------------- */

/* Nothing is decided now; asked again at look_ms, or after the next feed. */
static struct store_decision
put_off(const struct store_due *due, int64_t look_ms)
{
	return (struct store_decision){.person_id = due->person_id,
	    .rev = due->rev, .look_ms = look_ms};
}

/* What a batch is decided with. */
struct round {
	const struct setup	*setup;
	struct store		*reader;
	int64_t			 now_ms;
	struct arena		*arena;
	struct buf		*stale;
	struct desk_batch	*batch;
};

/*
 * A person whose rows make no sense is put off and told of; true when that was
 * the failure.  Anything else is the whole batch's.
 */
static bool
bear(struct round *round, const struct store_due *due,
    struct store_decision *out, struct err *err)
{
	if (err->kind != ERR_INPUT)
		return false;
	*out = put_off(due, round->now_ms + HOUR_MS);
	if (round->batch->failed == NULL)
		round->batch->failed = arena_printf(round->arena,
		    "person %lld: %s", (long long)due->person_id, err->text);
	return round->batch->failed != NULL || err_nomem(err);
}

/* Soon in the first hours, for a feed that is only late. */
static int64_t
stale_wait(const struct round *round, const struct snapshot *snap)
{
	int64_t	wait = (round->now_ms - fresh_until(round->setup, snap)) / 4;

	if (wait < 15 * MINUTE_MS)
		return 15 * MINUTE_MS;
	return wait > HOUR_MS ? HOUR_MS : wait;
}

static bool
decide_snap(struct round *round, const struct store_due *due,
    const struct snapshot *snap, struct store_decision *out, struct err *err)
{
	if (!decide_one(round->setup, snap, round->now_ms, round->arena, out,
	    err))
		return bear(round, due, out, err);
	/* Only who would be chased is looked at again and again. */
	if (person_is_stale(round->setup, snap, round->now_ms, round->stale) &&
	    out->notice_count + out->retry_count > 0)
		*out = put_off(due, round->now_ms + stale_wait(round, snap));
	return true;
}

/* Each by itself: one of them could not be loaded. */
static bool
decide_singly(struct round *round, const struct store_dues *dues,
    struct store_decision *decisions, size_t *used, struct err *err)
{
	for (size_t i = 0; i < dues->count; i++) {
		const struct store_due	*due = &dues->items[i];
		struct snapshot		 snap;

		if (!store_snapshots(round->reader, &due->person_id, 1,
		    round->now_ms, round->arena, &snap, err)) {
			if (!bear(round, due, &decisions[(*used)++], err))
				return false;
		} else if (snap.person_id != 0 && !decide_snap(round, due,
		    &snap, &decisions[(*used)++], err))
			return false;
	}
	return true;
}

static bool
decide_together(struct round *round, const struct store_dues *dues,
    const struct snapshot *snaps, struct store_decision *decisions,
    size_t *used, struct err *err)
{
	for (size_t i = 0; i < dues->count; i++) {
		if (snaps[i].person_id != 0 && !decide_snap(round,
		    &dues->items[i], &snaps[i], &decisions[(*used)++], err))
			return false;
	}
	return true;
}

static bool
decide_dues(struct round *round, const struct store_dues *dues,
    struct store_decision *decisions, size_t *used, struct err *err)
{
	struct snapshot	*snaps = arena_array(round->arena, dues->count,
			    sizeof(*snaps));
	int64_t		*ids = arena_array(round->arena, dues->count,
			    sizeof(*ids));

	if (ids == NULL || snaps == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < dues->count; i++)
		ids[i] = dues->items[i].person_id;
	if (store_snapshots(round->reader, ids, dues->count, round->now_ms,
	    round->arena, snaps, err))
		return decide_together(round, dues, snaps, decisions, used,
		    err);
	return err->kind == ERR_INPUT && decide_singly(round, dues, decisions,
	    used, err);
}

static bool
read_batch(struct round *round, int64_t config_epoch, size_t limit,
    struct err *err)
{
	struct desk_batch	*batch = round->batch;
	struct store_decision	*decisions;
	struct store_state	 state;
	struct store_dues	 dues;

	if (!store_state(round->reader, &state, err) ||
	    !store_agenda_take(round->reader, round->now_ms, config_epoch,
	    limit, limit / SWEEP_SHARE + 1, round->arena, &dues, err))
		return false;
	batch->basis = (struct store_basis){round->now_ms, config_epoch,
	    state.generation};
	decisions = arena_array(round->arena, dues.count, sizeof(*decisions));
	if (decisions == NULL)
		return err_nomem(err);
	batch->decisions = decisions;
	if (dues.count > 0 && !decide_dues(round, &dues, decisions,
	    &batch->count, err))
		return false;
	for (size_t i = 0; i < batch->count; i++)
		batch->notice_count += decisions[i].notice_count;
	return true;
}

bool
desk_decide(const struct setup *setup, struct store *reader, int64_t now_ms,
    int64_t config_epoch, size_t limit, struct arena *arena,
    struct desk_batch *out, struct buf *stale, struct err *err)
{
	struct desk_batch	batch = {0};
	struct round		round = {setup, reader, now_ms, arena, stale,
				    &batch};
	bool			ok;

	if (!store_begin_read(reader, err))
		return false;
	ok = read_batch(&round, config_epoch, limit, err);
	store_rollback(reader);
	if (ok)
		*out = batch;
	return ok;
}

/* --- the same, explained --------------------------------------------------- */

static bool
stale_detail(const struct setup *setup, const struct snapshot *snap,
    struct buf *out)
{
	bool	any = false;

	for (size_t i = 0; i < snap->customer_count; i++) {
		const struct snap_customer	*customer = &snap->customers[i];

		if (!is_stale(setup, customer, snap->as_of_ms))
			continue;
		buf_addf(out, "%s%s's ledger was last read at ", any ? "; " :
		    "", customer->creditor);
		instant_format(customer->feed_ms, 0, out);
		any = true;
	}
	buf_adds(out, ": nobody is chased on an old ledger; import a newer"
	    " one");
	return any;
}

bool
desk_explain_feeds(const struct setup *setup, const struct snapshot *snap,
    struct arena *arena, struct decision *decision, struct err *err)
{
	const size_t		 old = decision->reason_count;
	struct decided_reason	*all;
	struct buf		 detail = BUF_INIT;
	const char		*text = NULL;

	if (decision->notice_count + decision->retry_count == 0 ||
	    !stale_detail(setup, snap, &detail)) {
		buf_fini(&detail);
		return true;
	}
	all = arena_array(arena, old + snap->customer_count, sizeof(*all));
	text = arena_strdup(arena, buf_text(&detail));
	buf_fini(&detail);
	if (all == NULL || text == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < old; i++)
		all[i] = decision->reasons[i];
	/* One old ledger stops the person with everybody. */
	for (size_t i = 0; i < snap->customer_count; i++)
		all[old + i] = (struct decided_reason){VERDICT_NO, "feed",
		    "stale_feed", &snap->customers[i], NULL, NULL, "", text,
		    "", TIME_NONE};
	decision->reasons = all;
	decision->reason_count = old + snap->customer_count;
	return true;
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
