/* SPDX-License-Identifier: ISC */
#include "store/store_decide_impl.h"

#include "base/fault.h"
#include "model/message_state.h"

struct apply {
	struct store			*store;
	const struct store_basis	*basis;
	const struct store_decision	*decisions;
	size_t				 count;
	struct arena			*arena;
	bool				*stale;		/* count */
	struct store_known_set		 known;
	struct store_customer_set	 customers;
	struct store_vec		 notices;	/* rows, as below */
	struct store_vec		 items;
	struct store_vec		 messages;
	struct store_vec		 passes;
	struct store_vec		 tasks;
	struct store_vec		 events;	/* struct store_event */
	struct store_applied		 done;
};

static bool
add_event(struct apply *a, const struct store_event *event, struct err *err)
{
	struct store_event	*place;

	place = store_vec_add(a->arena, &a->events, sizeof(*place));
	if (place == NULL)
		return err_nomem(err);
	*place = *event;
	return true;
}

/*
 * While a batch has become visible and its persons are not all touched yet, a
 * rev says nothing about them: then the generation must be the same too.
 */
static bool
ledger_moved(struct apply *a, bool *moved, struct err *err)
{
	int64_t	generation;
	int64_t	visible;

	if (!store_meta_number(a->store, "generation", &generation, err) ||
	    !db_number(a->store->db, "SELECT count(*) FROM batch"
	    " WHERE state = 'visible'", DB_NONE, &visible, NULL, err))
		return false;
	*moved = visible > 0 && generation != a->basis->generation;
	return true;
}

struct order {
	int64_t	person_id;
	size_t	at;
};

static int
by_person(const void *x, const void *y)
{
	const struct order	*a = x;
	const struct order	*b = y;

	return a->person_id < b->person_id ? -1 : a->person_id > b->person_id;
}

/* Compare-and-set on rev; it also locks the persons, in the order of ids. */
static bool
set_agendas(struct apply *a, struct err *err)
{
	struct db_value	*rows;
	struct order	*order;
	int64_t		*changed;
	bool		 moved;

	rows = arena_array(a->arena, a->count, 4 * sizeof(*rows));
	order = arena_array(a->arena, a->count, sizeof(*order));
	changed = arena_array(a->arena, a->count, sizeof(*changed));
	if (rows == NULL || order == NULL || changed == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < a->count; i++)
		order[i] = (struct order){a->decisions[i].person_id, i};
	qsort(order, a->count, sizeof(*order), by_person);
	for (size_t i = 0; i < a->count; i++) {
		const struct store_decision	*d =
		    &a->decisions[order[i].at];

		rows[i * 4] = DB_INT(d->person_id);
		rows[i * 4 + 1] = DB_INT(d->rev);
		rows[i * 4 + 2] = DB_INT(d->look_ms);
		rows[i * 4 + 3] = DB_INT(a->basis->config_epoch);
	}
	if (!ledger_moved(a, &moved, err))
		return false;
	if (!moved && !db_exec_many(a->store->db, "UPDATE person"
	    " SET agenda_at = $3, epoch = $4 WHERE id = $1 AND rev = $2", 4,
	    rows, a->count, changed, err))
		return false;
	for (size_t i = 0; i < a->count; i++) {
		a->stale[order[i].at] = moved || changed[i] == 0;
		if (a->stale[order[i].at])
			a->done.stale++;
		else
			a->done.persons++;
	}
	return true;
}

static bool
load_known(struct apply *a, struct err *err)
{
	struct store_vec	instalments = {0};
	struct store_vec	customers = {0};
	int64_t			*id;

	for (size_t i = 0; i < a->count; i++) {
		const struct store_decision	*d = &a->decisions[i];

		for (size_t n = 0; n < d->notice_count; n++) {
			id = store_vec_add(a->arena, &customers, sizeof(*id));
			if (id == NULL)
				return err_nomem(err);
			*id = d->notices[n].customer_id;
			for (size_t k = 0; k < d->notices[n].item_count; k++) {
				id = store_vec_add(a->arena, &instalments,
				    sizeof(*id));
				if (id == NULL)
					return err_nomem(err);
				*id = d->notices[n].items[k].instalment_id;
			}
		}
	}
	if (customers.count == 0)
		return true;
	return store_known_load(a->store, instalments.items,
	    instalments.count, a->arena, &a->known, err) &&
	    store_customer_refs(a->store, customers.items, customers.count,
	    a->arena, &a->customers, err);
}

/* Identities of a notice's items; *taken when one is not free. */
static bool
identify(struct arena *arena, const struct store_known_set *known,
    const struct store_new_notice *notice, struct store_item_id **out,
    bool *taken, struct err *err)
{
	struct store_item_id	*ids;

	if ((ids = arena_array(arena, notice->item_count, sizeof(*ids))) ==
	    NULL)
		return err_nomem(err);
	*taken = false;
	for (size_t i = 0; i < notice->item_count; i++) {
		const struct store_new_item	*item = &notice->items[i];

		ids[i] = (struct store_item_id){item->instalment_id,
		    item->cycle, item->occurrence, item->step};
		if (store_known_taken(known, &ids[i]))
			*taken = true;
	}
	*out = ids;
	return true;
}

/* An item twice in one decision: the second notice finds it taken. */
static bool
taken_within(const struct store_decision *d, size_t at)
{
	const struct store_new_notice	*notice = &d->notices[at];

	for (size_t n = 0; n < at; n++) {
		for (size_t i = 0; i < d->notices[n].item_count; i++) {
			for (size_t k = 0; k < notice->item_count; k++) {
				const struct store_new_item	*x =
				    &d->notices[n].items[i];
				const struct store_new_item	*y =
				    &notice->items[k];

				if (x->instalment_id == y->instalment_id &&
				    x->cycle == y->cycle &&
				    x->occurrence == y->occurrence &&
				    strcmp(x->step, y->step) == 0)
					return true;
			}
		}
	}
	return false;
}

static const char *const	in_doubt_names[] = {"resend", "hold"};
static const char *const	intent_names[] = {"ahead", "exact"};

static bool
add_items(struct apply *a, const struct store_new_notice *notice,
    const char *key, struct err *err)
{
	const int64_t	now = a->basis->now_ms;
	const char	*state = item_state_names[
	    notice->channel == STORE_NO_CHANNEL ? ITEM_ACCEPTED : ITEM_OPEN];

	for (size_t i = 0; i < notice->item_count; i++) {
		const struct store_new_item	*item = &notice->items[i];

		if (!STORE_ROW(a->arena, &a->items, err, STORE_TEXT(key),
		    DB_INT(item->instalment_id), DB_INT(item->cycle),
		    STORE_TEXT(item->step), DB_INT(item->occurrence),
		    STORE_TEXT(state), DB_INT(item->amount), DB_INT(now)))
			return false;
	}
	return true;
}

static bool
add_created(struct apply *a, const struct store_decision *d,
    const struct store_new_notice *notice, const char *key,
    const struct store_customer_ref *ref, struct err *err)
{
	struct store_event	event = {
		.leaf = {
			.event = AUDIT_CREATED, .key = str_of(key),
			.config_epoch = a->basis->config_epoch,
			.template_id = str_of(notice->step),
			.number = (int64_t)notice->item_count,
		},
		.person_id = d->person_id,
	};

	event.customer = arena_printf(a->arena, "%s/%s", ref->creditor,
	    ref->customer);
	if (event.customer == NULL)
		return err_nomem(err);
	if (notice->channel != STORE_NO_CHANNEL) {
		event.leaf.channel = str_of(channel_names[notice->channel]);
		event.recipient = notice->address;
		return add_event(a, &event, err);
	}
	if (!add_event(a, &event, err))
		return false;
	event.leaf.event = AUDIT_ACCEPTED;
	event.leaf.detail = STR("task");
	event.customer = NULL;
	return add_event(a, &event, err);
}

static bool
add_message(struct apply *a, const struct store_decision *d,
    const struct store_new_notice *notice, const char *key, struct err *err)
{
	const char	*message_key = arena_printf(a->arena, "%s.1", key);

	if (message_key == NULL)
		return err_nomem(err);
	return STORE_ROW(a->arena, &a->messages, err, STORE_TEXT(key),
	    STORE_TEXT(message_key),
	    STORE_TEXT(channel_names[notice->channel]),
	    STORE_TEXT(notice->address),
	    STORE_TEXT(message_state_names[MSG_READY]),
	    DB_INT(a->basis->now_ms), DB_INT(d->person_id));
}

static bool
add_notice(struct apply *a, const struct store_decision *d,
    const struct store_new_notice *notice, struct store_item_id *ids,
    struct err *err)
{
	const struct store_customer_ref	*ref =
	    store_customer_find(&a->customers, notice->customer_id);
	const bool			 is_task =
	    notice->channel == STORE_NO_CHANNEL;
	char				*key;
	int64_t				 g;

	if (ref == NULL)
		return err_set(err, ERR_INPUT, "no such customer");
	if ((key = arena_alloc(a->arena, STORE_KEY_LEN + 1)) == NULL)
		return err_nomem(err);
	if (!store_known_freed(&a->known, ids, notice->item_count, &g, err) ||
	    !store_key(a->store->instance, ref->creditor, ref->customer, ids,
	    notice->item_count, g, key, err))
		return false;
	a->done.notices++;
	return STORE_ROW(a->arena, &a->notices, err, STORE_TEXT(key),
	    DB_INT(d->person_id), DB_INT(notice->customer_id),
	    DB_INT(ref->creditor_id), STORE_TEXT(notice->policy),
	    STORE_TEXT(notice->step), STORE_TEXT(stage_names[notice->stage]),
	    DB_INT(g), STORE_TEXT(notice_state_names[is_task ?
	    NOTICE_ACCEPTED : NOTICE_OPEN]), DB_INT(d->rev),
	    DB_INT(a->basis->config_epoch), DB_INT(a->basis->generation),
	    STORE_TEXT(intent_names[notice->intent != 0]),
	    STORE_TEXT(in_doubt_names[notice->in_doubt != 0]),
	    DB_INT(a->basis->now_ms), DB_INT(notice->not_after_ms),
	    is_task ? DB_INT(a->basis->now_ms) : DB_NULL) &&
	    add_items(a, notice, key, err) &&
	    (is_task || add_message(a, d, notice, key, err)) &&
	    add_created(a, d, notice, key, ref, err);
}

static bool
plan_notices(struct apply *a, const struct store_decision *d, struct err *err)
{
	struct store_item_id	*ids;
	bool			 taken;

	for (size_t i = 0; i < d->notice_count; i++) {
		if (!identify(a->arena, &a->known, &d->notices[i], &ids,
		    &taken, err))
			return false;
		if (taken || taken_within(d, i) ||
		    d->notices[i].item_count == 0) {
			a->done.taken++;
			continue;
		}
		if (!add_notice(a, d, &d->notices[i], ids, err))
			return false;
	}
	return true;
}

static bool
plan_passes(struct apply *a, const struct store_decision *d, struct err *err)
{
	for (size_t i = 0; i < d->pass_count; i++) {
		const struct store_pass	*pass = &d->passes[i];

		if (!STORE_ROW(a->arena, &a->passes, err,
		    DB_INT(pass->instalment_id), DB_INT(pass->cycle),
		    STORE_TEXT(pass->step), DB_INT(pass->occurrence),
		    STORE_TEXT(item_state_names[ITEM_PASSED]),
		    DB_INT(a->basis->now_ms), STORE_TEXT(pass->rule)))
			return false;
	}
	return true;
}

static struct db_value
id_or_null(int64_t id)
{
	return id == 0 ? DB_NULL : DB_INT(id);
}

static bool
plan_tasks(struct apply *a, const struct store_decision *d, struct err *err)
{
	for (size_t i = 0; i < d->task_count; i++) {
		const struct store_new_task	*task = &d->tasks[i];

		if (!STORE_ROW(a->arena, &a->tasks, err, STORE_TEXT(task->kind),
		    DB_INT(d->person_id), id_or_null(task->customer_id),
		    id_or_null(task->invoice_id), STORE_TEXT(task->about),
		    STORE_TEXT(task->dedup), DB_INT(task->due_ms),
		    DB_INT(a->basis->now_ms), DB_INT(task->notice_id)))
			return false;
	}
	return true;
}

#define SQL_NOTICE \
	"INSERT INTO notice (key, person_id, customer_id, creditor_id," \
	" policy, step, stage, generation, state, rev, config_epoch," \
	" import_gen, intent, in_doubt, decided_at, not_after, accepted_at)" \
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13," \
	" $14, $15, $16, $17)"

#define SQL_ITEM \
	"INSERT INTO item (notice_id, instalment_id, cycle, step," \
	" occurrence, state, amount, at, rule) VALUES" \
	" ((SELECT id FROM notice WHERE key = $1), $2, $3, $4, $5, $6, $7," \
	" $8, '')"

#define SQL_MESSAGE \
	"INSERT INTO message (notice_id, c, key, channel, address, route," \
	" state, attempts, crashes, next_at, epoch, person_id, provider_id)" \
	" VALUES ((SELECT id FROM notice WHERE key = $1), 1, $2, $3, $4, ''," \
	" $5, 0, 0, $6, 0, $7, '')"

#define SQL_PASS \
	"INSERT INTO item (notice_id, instalment_id, cycle, step," \
	" occurrence, state, amount, at, rule) VALUES" \
	" (NULL, $1, $2, $3, $4, $5, 0, $6, $7) ON CONFLICT DO NOTHING"

#define SQL_TASK \
	"INSERT INTO task (kind, person_id, customer_id, invoice_id," \
	" creditor_id, about, dedup, due_at, owner, created_at, notice_id)" \
	" SELECT $1, $2, $3, $4," \
	" (SELECT creditor_id FROM customer WHERE id = $3)," \
	" $5, $6, $7, '', $8, NULLIF($9, 0) WHERE NOT EXISTS (SELECT 1" \
	" FROM task WHERE notice_id = NULLIF($9, 0) AND dedup = $6)" \
	" ON CONFLICT DO NOTHING"

static bool
write_all(struct apply *a, struct err *err)
{
	struct store	*store = a->store;

	return store_rows_write(store, &a->notices, 17, SQL_NOTICE, NULL,
	    err) && store_rows_write(store, &a->items, 8, SQL_ITEM, NULL,
	    err) && store_rows_write(store, &a->messages, 7, SQL_MESSAGE, NULL,
	    err) && store_rows_write(store, &a->passes, 7, SQL_PASS,
	    &a->done.passes, err) && store_rows_write(store, &a->tasks, 9,
	    SQL_TASK, &a->done.tasks, err) && store_log(store,
	    a->basis->now_ms, a->events.items, a->events.count, err);
}

static bool
apply_all(struct apply *a, struct err *err)
{
	if (!set_agendas(a, err) || !load_known(a, err))
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct store_decision	*d = &a->decisions[i];

		if (!a->stale[i] && (!plan_notices(a, d, err) ||
		    !plan_passes(a, d, err) || !plan_tasks(a, d, err) ||
		    !store_retries(a->store, a->basis, d, a->arena,
		    &a->done, err)))
			return false;
	}
	return write_all(a, err);
}

bool
store_apply(struct store *store, const struct store_basis *basis,
    const struct store_decision *decisions, size_t count,
    struct store_applied *out, struct err *err)
{
	struct apply	a = {
		.store = store, .basis = basis, .decisions = decisions,
		.count = count,
	};
	struct store_tx	tx;
	bool		ok;

	if (count == 0) {
		*out = a.done;
		return true;
	}
	if ((a.arena = arena_new()) == NULL)
		return err_nomem(err);
	a.stale = arena_array(a.arena, count, sizeof(*a.stale));
	if (a.stale == NULL) {
		arena_free(&a.arena);
		return err_nomem(err);
	}
	ok = store_tx_open(store, &tx, err);
	if (ok) {
		ok = apply_all(&a, err);
		fault_point(FAULT_DECIDE_BEFORE);
		ok = store_tx_close(store, &tx, ok, err);
	}
	arena_free(&a.arena);
	if (ok)
		*out = a.done;
	return ok;
}

static bool
keys_of(struct store *store, struct arena *arena,
    const struct store_new_notice *notices, size_t count,
    char (*keys_out)[STORE_KEY_LEN + 1], struct err *err)
{
	const struct store_decision	d = {
		.notices = notices, .notice_count = count,
	};
	struct apply			a = {
		.store = store, .decisions = &d, .count = 1, .arena = arena,
	};

	if (!load_known(&a, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct store_customer_ref	*ref = store_customer_find(
		    &a.customers, notices[i].customer_id);
		struct store_item_id		*ids;
		bool				 taken;
		int64_t				 g;

		if (ref == NULL)
			return err_set(err, ERR_INPUT, "no such customer");
		if (!identify(arena, &a.known, &notices[i], &ids, &taken,
		    err) || !store_known_freed(&a.known, ids,
		    notices[i].item_count, &g, err) ||
		    !store_key(store->instance, ref->creditor, ref->customer,
		    ids, notices[i].item_count, g, keys_out[i], err))
			return false;
	}
	return true;
}

bool
store_keys(struct store *store, const struct store_new_notice *notices,
    size_t count, char (*keys_out)[STORE_KEY_LEN + 1], struct err *err)
{
	struct arena	*arena;
	bool		 ok;

	if ((arena = arena_new()) == NULL)
		return err_nomem(err);
	ok = keys_of(store, arena, notices, count, keys_out, err);
	arena_free(&arena);
	return ok;
}
