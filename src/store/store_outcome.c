/* SPDX-License-Identifier: ISC */
#include "store/store_send_impl.h"

#include "base/fault.h"

/* What each outcome means for message, attempt, log and items. */
static const struct meaning {
	enum message_event	event;
	enum audit_event	leaf;
	const char		*attempt;	/* attempt.outcome */
	bool			touches;	/* the person is due again */
	bool			says_whom;	/* leaf with commitments */
} meanings[] = {
	[STORE_ACCEPTED] = {MSG_EV_ACCEPT, AUDIT_ACCEPTED, "accepted", true,
	    true},
	[STORE_DEFERRED] = {MSG_EV_DEFER, AUDIT_DEFERRED, "deferred", false,
	    false},
	[STORE_REFUSED] = {MSG_EV_REFUSE, AUDIT_FAILED, "refused", true, true},
	[STORE_IN_DOUBT] = {MSG_EV_SILENCE, AUDIT_IN_DOUBT, "in-doubt", true,
	    true},
	[STORE_UNSENT] = {MSG_EV_UNSEND, AUDIT_UNSENT, "unsent", false, false},
	[STORE_UNCLAIMED] = {MSG_EV_UNCLAIM, AUDIT_NONE, "", false, false},
};

const char	store_follow_notice[] =
	"UPDATE notice SET state = $2,"
	" accepted_at = COALESCE(accepted_at, CAST($3 AS @int))"
	" WHERE id = $1 AND state IN ('open', 'in-doubt')";

const char	store_follow_item[] =
	"UPDATE item SET state = $2, at = $3"
	" WHERE notice_id = $1 AND state IN ('open', 'in-doubt')";

/*
 * What was on the wire while its invoice was split anew: the new instalments
 * stand where the old one now does (see store_intake_resplit.c), be it paid;
 * the transfers of their batch tell them from what was only added.
 */
static const char	heirs_sql[] =
	"INSERT INTO item (notice_id, instalment_id, cycle, step, occurrence,"
	" state, amount, at, rule) SELECT NULL, h.id, i.cycle, i.step,"
	" i.occurrence, 'passed', 0, i.at, 'inherited' FROM item i"
	" JOIN instalment n ON n.id = i.instalment_id"
	" JOIN instalment h ON h.invoice_id = n.invoice_id"
	" AND h.batch > n.batch"
	" WHERE i.notice_id = $1 AND i.state IN ('accepted', 'in-doubt')"
	" AND EXISTS (SELECT 1 FROM entry e JOIN instalment o"
	" ON o.id = e.instalment_id WHERE o.invoice_id = n.invoice_id"
	" AND e.kind = 'transfer' AND e.batch = h.batch)"
	" ON CONFLICT DO NOTHING";

bool
store_notice_follow(struct store *store, int64_t notice_id,
    enum notice_state state, enum item_state items, int64_t now_ms,
    struct err *err)
{
	return db_exec(store->db, store_follow_notice, DB_PARAMS(
	    DB_INT(notice_id), STORE_TEXT(notice_state_names[state]),
	    state == NOTICE_ACCEPTED ? DB_INT(now_ms) : DB_NULL), NULL, err) &&
	    db_exec(store->db, store_follow_item, DB_PARAMS(DB_INT(notice_id),
	    STORE_TEXT(item_state_names[items]), DB_INT(now_ms)), NULL, err) &&
	    db_exec(store->db, heirs_sql, DB_PARAMS(DB_INT(notice_id)), NULL,
	    err);
}

/* All outcomes of one call, and the rows that they make. */
struct record {
	struct store		*store;
	struct arena		*arena;
	int64_t			 now_ms;
	int64_t			 daemon_epoch;
	struct store_flights	 flights;
	struct store_vec	 ended;		/* attempts that have a row */
	struct store_vec	 tried;		/* attempts before an intent */
	struct store_vec	 notices;
	struct store_vec	 items;
	struct store_vec	 heirs;		/* notices */
	struct store_vec	 settled;	/* notices with a task, maybe */
	struct store_vec	 persons;	/* int64_t */
	struct store_vec	 events;
};

/* A try that ends before its intent is an attempt too, for `why`. */
static int
attempt_of(const struct store_flight *f, const struct store_outcome *o)
{
	return f->attempts + (f->state == MSG_CLAIMED &&
	    o->kind != STORE_UNCLAIMED);
}

static bool
add_attempt(struct record *r, const struct store_flight *f,
    const struct store_outcome *o, struct err *err)
{
	const struct meaning	*m = &meanings[o->kind];
	const int		 n = attempt_of(f, o);

	if (f->state != MSG_CLAIMED)
		return STORE_ROW(r->arena, &r->ended, err, DB_INT(f->id),
		    DB_INT(n), DB_INT(r->now_ms), STORE_TEXT(m->attempt),
		    STORE_TEXT(o->code), STORE_TEXT(o->reply));
	return STORE_ROW(r->arena, &r->tried, err, DB_INT(f->id), DB_INT(n),
	    STORE_TEXT(f->route), DB_INT(r->now_ms), STORE_TEXT(m->attempt),
	    STORE_TEXT(o->code), STORE_TEXT(o->reply));
}

/*
 * Notice and items follow an acceptance and a doubt, and a refusal of what is
 * in doubt: told late, by a daemon that another one overtook.
 */
static bool
add_following(struct record *r, const struct store_flight *f,
    const struct store_outcome *o, struct err *err)
{
	const bool		is_sent = o->kind == STORE_ACCEPTED;
	const bool		is_late = f->state == MSG_IN_DOUBT;
	enum notice_state	notice = is_sent ? NOTICE_ACCEPTED :
				    is_late ? NOTICE_OPEN : NOTICE_IN_DOUBT;
	enum item_state		items = is_sent ? ITEM_ACCEPTED :
				    is_late ? ITEM_OPEN : ITEM_IN_DOUBT;

	if (!is_sent && !is_late && o->kind != STORE_IN_DOUBT)
		return true;
	if (is_late && !STORE_ROW(r->arena, &r->settled, err,
	    DB_INT(f->notice_id), DB_INT(r->now_ms)))
		return false;
	return STORE_ROW(r->arena, &r->notices, err, DB_INT(f->notice_id),
	    STORE_TEXT(notice_state_names[notice]),
	    is_sent ? DB_INT(r->now_ms) : DB_NULL) &&
	    STORE_ROW(r->arena, &r->items, err, DB_INT(f->notice_id),
	    STORE_TEXT(item_state_names[items]), DB_INT(r->now_ms)) &&
	    STORE_ROW(r->arena, &r->heirs, err, DB_INT(f->notice_id));
}

static bool
add_leaf(struct record *r, const struct store_flight *f,
    const struct store_outcome *o, struct err *err)
{
	const struct meaning	*m = &meanings[o->kind];
	struct store_event	*event;

	event = store_vec_add(r->arena, &r->events, sizeof(*event));
	if (event == NULL)
		return err_nomem(err);
	*event = store_flight_event(f, m->leaf, attempt_of(f, o));
	event->leaf.reply_status = audit_clip(str_of(o->code));
	event->leaf.reply = str_of(o->reply);
	event->leaf.peer = str_of(o->peer);
	event->leaf.provider_id = str_of(o->provider_id);
	if (!o->is_written)
		event->leaf.detail = STR("late: the message had moved on");
	else if (f->state == MSG_IN_DOUBT)
		event->leaf.detail = STR("late: it was in doubt");
	else if (f->state == MSG_CLAIMED)
		event->leaf.detail = STR("before intent");
	if (m->says_whom) {
		event->recipient = f->address;
		event->customer = f->customer;
	}
	return true;
}

static bool
add_person(struct record *r, int64_t person_id, struct err *err)
{
	int64_t	*place = store_vec_add(r->arena, &r->persons, sizeof(*place));

	if (place == NULL)
		return err_nomem(err);
	*place = person_id;
	return true;
}

static struct store_move
move_of(const struct record *r, const struct store_flight *f,
    const struct store_outcome *o)
{
	struct store_move	move = {
		.flight = f, .event = meanings[o->kind].event,
		.next_ms = o->next_ms, .accepted_ms = TIME_NONE,
		.provider_id = o->provider_id[0] == '\0' ? NULL :
		    o->provider_id,
		.attempts = attempt_of(f, o), .crashes = f->crashes,
		.first_ms = attempt_of(f, o) > f->attempts ? r->now_ms :
		    TIME_NONE,
	};

	if (o->kind == STORE_ACCEPTED) {
		move.accepted_ms = f->state == MSG_IN_DOUBT && f->repeats ?
		    f->doubt_ms : r->now_ms;
		move.next_ms = TIME_NONE;
	} else if (o->kind == STORE_IN_DOUBT || o->kind == STORE_REFUSED) {
		move.next_ms = r->now_ms;
	}
	return move;
}

/* Old state to new where the old one, and the daemon's claim, still stand. */
static bool
move_all(struct record *r, struct store_outcome *outcomes, size_t count,
    struct err *err)
{
	struct db_value	*rows;
	int64_t		*changed;
	size_t		*whose;
	size_t		 n = 0;

	rows = arena_array(r->arena, count,
	    STORE_MOVE_COLUMNS * sizeof(*rows));
	changed = arena_array(r->arena, count, sizeof(*changed));
	whose = arena_array(r->arena, count, sizeof(*whose));
	if (rows == NULL || changed == NULL || whose == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		const struct store_flight	*f = store_flight_find(
		    &r->flights, outcomes[i].message_id);
		struct store_move		 move;

		if (f == NULL)
			return err_set(err, ERR_INPUT, "no such message");
		outcomes[i].is_written = false;
		move = move_of(r, f, &outcomes[i]);
		if (f->epoch == r->daemon_epoch && store_move_values(&move,
		    &rows[n * STORE_MOVE_COLUMNS]))
			whose[n++] = i;
	}
	if (n > 0 && !db_exec_many(r->store->db, store_move_sql,
	    STORE_MOVE_COLUMNS, rows, n, changed, err))
		return false;
	for (size_t i = 0; i < n; i++)
		outcomes[whose[i]].is_written = changed[i] == 1;
	return true;
}

static bool
add_outcome(struct record *r, const struct store_outcome *o, struct err *err)
{
	const struct store_flight	*f = store_flight_find(&r->flights,
					    o->message_id);
	const struct meaning		*m = &meanings[o->kind];

	if (o->kind == STORE_UNCLAIMED)
		return true;
	if (o->is_written && (!add_attempt(r, f, o, err) ||
	    !add_following(r, f, o, err) ||
	    (m->touches && !add_person(r, f->person_id, err))))
		return false;
	return add_leaf(r, f, o, err);
}

static bool
write_rows(struct record *r, struct err *err)
{
	return store_rows_write(r->store, &r->ended, 6, "UPDATE attempt"
	    " SET ended_at = $3, outcome = $4, code = $5, reply = $6"
	    " WHERE message_id = $1 AND n = $2", NULL, err) &&
	    store_rows_write(r->store, &r->tried, 7, "INSERT INTO attempt"
	    " (message_id, n, route, started_at, ended_at, outcome, code,"
	    " reply) VALUES ($1, $2, $3, $4, $4, $5, $6, $7)", NULL, err) &&
	    store_rows_write(r->store, &r->notices, 3, store_follow_notice,
	    NULL, err) && store_rows_write(r->store, &r->items, 3,
	    store_follow_item, NULL, err) &&
	    store_rows_write(r->store, &r->heirs, 1, heirs_sql, NULL, err) &&
	    store_rows_write(r->store, &r->settled, 2, "UPDATE task"
	    " SET done_at = $2, done_by = 'dunlin', outcome = 'told late'"
	    " WHERE notice_id = $1 AND kind = 'in_doubt' AND done_at IS NULL",
	    NULL, err) &&
	    store_touch_expected(r->store, r->persons.items,
	    r->persons.count, r->now_ms, err) &&
	    store_log(r->store, r->now_ms, r->events.items, r->events.count,
	    err);
}

static bool
write_outcomes(struct record *r, struct store_outcome *outcomes, size_t count,
    struct err *err)
{
	int64_t	*list;

	if ((list = arena_array(r->arena, count, sizeof(*list))) == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++)
		list[i] = outcomes[i].message_id;
	if (!store_flights_load(r->store, list, count, r->arena, &r->flights,
	    err) || !move_all(r, outcomes, count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!add_outcome(r, &outcomes[i], err))
			return false;
	}
	return write_rows(r, err);
}

bool
store_outcomes(struct store *store, int64_t now_ms, int64_t daemon_epoch,
    struct store_outcome *outcomes, size_t count, struct err *err)
{
	struct record	r = {
		.store = store, .now_ms = now_ms,
		.daemon_epoch = daemon_epoch,
	};
	struct store_tx	tx;
	bool		ok;

	if (count == 0)
		return true;
	if ((r.arena = arena_new()) == NULL)
		return err_nomem(err);
	ok = store_tx_open(store, &tx, err);
	if (ok) {
		ok = write_outcomes(&r, outcomes, count, err);
		if (ok && fault_fails(FAULT_OUTCOME_BEFORE))
			ok = err_set(err, ERR_SYSTEM, "a test's fault");
		ok = store_tx_close(store, &tx, ok, err);
	}
	arena_free(&r.arena);
	return ok;
}
