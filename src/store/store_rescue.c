/* SPDX-License-Identifier: ISC */
#include "store/store_send_impl.h"

#include "base/fault.h"

#define CRASHES_MAX	2	/* daemons that died with it in their hands */

static bool
flying_ids(struct store *store, int64_t daemon_epoch, struct arena *arena,
    struct store_vec *ids, struct err *err)
{
	struct db_rows	*rows;
	int64_t		*id;
	bool		 failed = false;

	if (!db_query(store->db, "SELECT id FROM message"
	    " WHERE state IN ('claimed', 'intent') AND epoch < $1 ORDER BY id",
	    DB_PARAMS(DB_INT(daemon_epoch)), &rows, err))
		return false;
	while (!failed && db_step(rows)) {
		if ((id = store_vec_add(arena, ids, sizeof(*id))) == NULL)
			failed = true;
		else
			*id = db_int(rows, 0);
	}
	if (!db_finish(&rows, err))
		return false;
	return failed ? err_nomem(err) : true;
}

static bool
log_flight(struct store *store, const struct store_flight *f,
    enum audit_event event, const char *who, const char *reason,
    int64_t now_ms, struct err *err)
{
	struct store_event	leaf = store_flight_event(f, event,
				    f->attempts);

	leaf.leaf.actor = str_of(who);
	leaf.leaf.reason = str_of(reason);
	return store_log(store, now_ms, &leaf, 1, err);
}

static struct store_move
move_of(const struct store_flight *f, enum message_event event,
    int64_t next_ms)
{
	return (struct store_move){
		.flight = f, .event = event, .next_ms = next_ms,
		.accepted_ms = TIME_NONE, .attempts = f->attempts,
		.crashes = f->crashes, .first_ms = TIME_NONE,
	};
}

static bool
unclaim(struct store *store, const struct store_flight *f, bool is_poison,
    int64_t now_ms, struct store_rescued *out, struct err *err)
{
	struct store_move	move = move_of(f, is_poison ? MSG_EV_POISON :
				    MSG_EV_UNCLAIM, TIME_NONE);
	bool			moved;

	move.crashes++;
	if (!store_flight_move(store, &move, &moved, err))
		return false;
	if (!moved)
		return true;
	if (!is_poison) {
		out->back++;
		return true;
	}
	out->dead++;
	return log_flight(store, f, AUDIT_DEAD, "", "two daemons died with it",
	    now_ms, err);
}

/* What is in doubt and was to go out once more does not, by any rule. */
static bool
decline(struct store *store, const struct store_flight *f, const char *who,
    const char *reason, int64_t now_ms, struct err *err)
{
	return store_flight_cancel(store, f, who, reason, now_ms, err) &&
	    db_exec(store->db, "UPDATE message SET asked = -1 WHERE id = $1",
	    DB_PARAMS(DB_INT(f->id)), NULL, err);
}

static bool
rescue_claimed(struct store *store, const struct store_flight *f,
    int64_t now_ms, struct store_rescued *out, struct err *err)
{
	const bool		is_poison = f->crashes + 1 >= CRASHES_MAX;

	if (!is_poison || !f->repeats)
		return unclaim(store, f, is_poison, now_ms, out, err);
	out->in_doubt++;
	return decline(store, f, "", "two daemons died with it", now_ms, err);
}

static bool
rescue_intent(struct store *store, const struct store_flight *f,
    int64_t now_ms, struct store_rescued *out, struct err *err)
{
	struct store_move	move = move_of(f, MSG_EV_SILENCE, now_ms);
	bool			moved;

	move.crashes++;
	if (!store_flight_move(store, &move, &moved, err))
		return false;
	if (!moved)
		return true;
	out->in_doubt++;
	return store_attempt_end(store, f->id, f->attempts, "in-doubt", "",
	    "the daemon ended before an answer", now_ms, err) &&
	    store_notice_follow(store, f->notice_id, NOTICE_IN_DOUBT,
	    ITEM_IN_DOUBT, now_ms, err) &&
	    log_flight(store, f, AUDIT_IN_DOUBT, "",
	    "the daemon ended before an answer", now_ms, err) &&
	    store_touch_expected(store, &f->person_id, 1, now_ms, err);
}

static bool
rescue_all(struct store *store, int64_t daemon_epoch, int64_t now_ms,
    struct arena *arena, struct store_rescued *out, struct err *err)
{
	struct store_vec	ids = {0};
	struct store_flights	flights;

	if (!flying_ids(store, daemon_epoch, arena, &ids, err))
		return false;
	if (ids.count == 0)
		return true;
	if (!store_flights_load(store, ids.items, ids.count, arena, &flights,
	    err))
		return false;
	for (size_t i = 0; i < flights.count; i++) {
		const struct store_flight	*f = &flights.items[i];

		fault_point(FAULT_RESCUE);
		if (!(f->state == MSG_INTENT ?
		    rescue_intent(store, f, now_ms, out, err) :
		    rescue_claimed(store, f, now_ms, out, err)))
			return false;
	}
	return true;
}

bool
store_rescue(struct store *store, int64_t daemon_epoch, int64_t now_ms,
    struct store_rescued *out, struct err *err)
{
	struct store_rescued	 rescued = {0};
	struct arena		*arena;
	struct store_tx		 tx;
	bool			 ok;

	if ((arena = arena_new()) == NULL)
		return err_nomem(err);
	ok = store_tx_open(store, &tx, err);
	if (ok) {
		ok = rescue_all(store, daemon_epoch, now_ms, arena, &rescued,
		    err);
		ok = store_tx_close(store, &tx, ok, err);
	}
	arena_free(&arena);
	if (ok)
		*out = rescued;
	return ok;
}

static bool
one_flight(struct store *store, int64_t message_id, struct arena *arena,
    const struct store_flight **out, struct err *err)
{
	struct store_flights	flights;

	if (!store_flights_load(store, &message_id, 1, arena, &flights, err))
		return false;
	if (flights.count == 0)
		return err_set(err, ERR_INPUT, "no such message");
	*out = flights.items;
	return true;
}

static const struct {
	enum message_event	event;
	enum notice_state	notice;
	enum item_state		items;
	const char		*detail;
} resolutions[] = {
	[STORE_RESEND] = {MSG_EV_RESEND, NOTICE_OPEN, ITEM_OPEN, "resend"},
	[STORE_WAS_SENT] = {MSG_EV_ACCEPT, NOTICE_ACCEPTED, ITEM_ACCEPTED,
	    "was sent"},
	[STORE_WAS_NOT_SENT] = {MSG_EV_REFUSE, NOTICE_OPEN, ITEM_OPEN,
	    "was not sent"},
};

static bool
settle(struct store *store, const struct store_flight *f,
    enum store_resolution how, int64_t now_ms, struct err *err)
{
	struct store_move	move = move_of(f, resolutions[how].event,
				    how == STORE_RESEND ? now_ms : TIME_NONE);
	bool			moved;

	if (how == STORE_WAS_SENT)
		move.accepted_ms = f->repeats ? f->doubt_ms : now_ms;
	if (how == STORE_RESEND)
		move.crashes = 0;
	if (!store_flight_move(store, &move, &moved, err))
		return false;
	if (!moved)
		return err_set(err, ERR_INPUT, "the message %s is %s: there is"
		    " nothing to resolve", f->key,
		    message_state_names[f->state]);
	return store_notice_follow(store, f->notice_id,
	    resolutions[how].notice, resolutions[how].items, now_ms, err);
}

/* The wish holds until the message is in doubt once more. */
static bool
mark_asked(struct store *store, const struct store_flight *f, struct err *err)
{
	return db_exec(store->db, "UPDATE message SET asked ="
	    " (SELECT count(*) FROM attempt a WHERE a.message_id = message.id"
	    " AND a.outcome = 'in-doubt') WHERE id = $1",
	    DB_PARAMS(DB_INT(f->id)), NULL, err);
}

static bool
end_tasks(struct store *store, const struct store_flight *f, const char *who,
    const char *outcome, int64_t now_ms, struct err *err)
{
	return db_exec(store->db, "UPDATE task SET done_at = $2, done_by = $3,"
	    " outcome = $4 WHERE notice_id = $1 AND kind = 'in_doubt'"
	    " AND done_at IS NULL", DB_PARAMS(DB_INT(f->notice_id),
	    DB_INT(now_ms), STORE_TEXT(who), STORE_TEXT(outcome)), NULL, err);
}

static bool
resolve(struct store *store, int64_t message_id, enum store_resolution how,
    const char *who, const char *reason, int64_t now_ms, struct arena *arena,
    struct err *err)
{
	const struct store_flight	*f = NULL;
	struct store_event		 event;
	bool				 waits;

	if (!one_flight(store, message_id, arena, &f, err))
		return false;
	waits = how == STORE_RESEND && f->state == MSG_IN_DOUBT;
	event = store_flight_event(f, AUDIT_RESOLVED, f->attempts);
	event.leaf.actor = str_of(who);
	event.leaf.reason = str_of(reason);
	event.leaf.detail = waits ? STR("resend asked for") :
	    str_of(resolutions[how].detail);
	return (waits ? mark_asked(store, f, err) :
	    settle(store, f, how, now_ms, err)) &&
	    end_tasks(store, f, who, resolutions[how].detail, now_ms, err) &&
	    store_log(store, now_ms, &event, 1, err) &&
	    store_touch_expected(store, &f->person_id, 1, now_ms, err);
}

bool
store_resolve(struct store *store, int64_t message_id,
    enum store_resolution how, const char *who, const char *reason,
    int64_t now_ms, struct err *err)
{
	struct arena	*arena;
	struct store_tx	 tx;
	bool		 ok;

	if ((arena = arena_new()) == NULL)
		return err_nomem(err);
	ok = store_tx_open(store, &tx, err);
	if (ok) {
		ok = resolve(store, message_id, how, who, reason, now_ms,
		    arena, err);
		ok = store_tx_close(store, &tx, ok, err);
	}
	arena_free(&arena);
	return ok;
}

/* The notice's message that has not ended. */
static bool
waiting_message(struct store *store, int64_t notice_id, int64_t *out,
    struct err *err)
{
	bool	found;

	if (!db_number(store->db, "SELECT id FROM message WHERE notice_id = $1"
	    " ORDER BY c DESC LIMIT 1", DB_PARAMS(DB_INT(notice_id)), out,
	    &found, err))
		return false;
	return found || err_set(err, ERR_INPUT, "no such notice");
}

bool
store_cancel(struct store *store, int64_t notice_id, const char *who,
    const char *reason, int64_t now_ms, struct err *err)
{
	const struct store_flight	*f = NULL;
	struct arena			*arena;
	struct store_tx			 tx;
	int64_t				 message_id;
	bool				 ok;

	if ((arena = arena_new()) == NULL)
		return err_nomem(err);
	ok = store_tx_open(store, &tx, err);
	if (ok) {
		ok = waiting_message(store, notice_id, &message_id, err) &&
		    one_flight(store, message_id, arena, &f, err) &&
		    (f->repeats ? decline(store, f, who, reason, now_ms, err) :
		    store_flight_cancel(store, f, who, reason, now_ms, err));
		ok = store_tx_close(store, &tx, ok, err);
	}
	arena_free(&arena);
	return ok;
}

bool
store_hurry(struct store *store, int64_t message_id, const char *who,
    const char *reason, int64_t now_ms, struct err *err)
{
	struct store_tx	tx;
	int64_t		changed = 0;
	bool		ok;

	if (!store_tx_open(store, &tx, err))
		return false;
	ok = db_exec(store->db, "UPDATE message SET next_at = $2"
	    " WHERE id = $1 AND state = 'ready'", DB_PARAMS(DB_INT(message_id),
	    DB_INT(now_ms)), &changed, err);
	if (ok && changed == 0)
		ok = err_set(err, ERR_INPUT, "the message does not wait");
	ok = ok && store_log_act(store, AUDIT_RELEASED, who, reason,
	    "tried at once", now_ms, err);
	return store_tx_close(store, &tx, ok, err);
}
