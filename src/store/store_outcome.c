/* SPDX-License-Identifier: ISC */
#include "store/store_send_impl.h"

/* What each outcome means for message, attempt, log and items. */
static const struct meaning {
	enum message_event	event;
	enum audit_event	leaf;
	const char		*attempt;	/* attempt.outcome */
	bool			touches;	/* the person must be looked at */
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

bool
store_notice_follow(struct store *store, int64_t notice_id,
    enum notice_state state, enum item_state items, int64_t now_ms,
    struct err *err)
{
	return db_exec(store->db, "UPDATE notice SET state = $2,"
	    " accepted_at = COALESCE(accepted_at, CAST($3 AS @int))"
	    " WHERE id = $1 AND state IN ('open', 'in-doubt')",
	    DB_PARAMS(DB_INT(notice_id), STORE_TEXT(notice_state_names[state]),
	    state == NOTICE_ACCEPTED ? DB_INT(now_ms) : DB_NULL), NULL, err) &&
	    db_exec(store->db, "UPDATE item SET state = $2, at = $3"
	    " WHERE notice_id = $1 AND state IN ('open', 'in-doubt')",
	    DB_PARAMS(DB_INT(notice_id), STORE_TEXT(item_state_names[items]),
	    DB_INT(now_ms)), NULL, err);
}

static bool
follow(struct store *store, const struct store_flight *f,
    const struct store_outcome *o, int64_t now_ms, struct err *err)
{
	switch (o->kind) {
	case STORE_ACCEPTED:
		return store_notice_follow(store, f->notice_id,
		    NOTICE_ACCEPTED, ITEM_ACCEPTED, now_ms, err);
	case STORE_IN_DOUBT:
		return store_notice_follow(store, f->notice_id,
		    NOTICE_IN_DOUBT, ITEM_IN_DOUBT, now_ms, err);
	case STORE_DEFERRED:
	case STORE_REFUSED:
	case STORE_UNSENT:
	case STORE_UNCLAIMED:
		break;
	}
	return true;
}

/* Tries that ended before an intent are attempts too, for `why`. */
static bool
end_attempt(struct store *store, const struct store_flight *f, int n,
    const struct store_outcome *o, int64_t now_ms, struct err *err)
{
	const struct meaning	*m = &meanings[o->kind];

	if (f->state != MSG_CLAIMED)
		return store_attempt_end(store, f->id, n, m->attempt, o->code,
		    o->reply, now_ms, err);
	return db_exec(store->db, "INSERT INTO attempt (message_id, n, route,"
	    " started_at, ended_at, outcome, code, reply)"
	    " VALUES ($1, $2, $3, $4, $4, $5, $6, $7)",
	    DB_PARAMS(DB_INT(f->id), DB_INT(n), STORE_TEXT(f->route),
	    DB_INT(now_ms), STORE_TEXT(m->attempt), STORE_TEXT(o->code),
	    STORE_TEXT(o->reply)), NULL, err);
}

static bool
tell(struct store *store, const struct store_flight *f, int n,
    const struct store_outcome *o, int64_t now_ms, struct err *err)
{
	const struct meaning	*m = &meanings[o->kind];
	struct store_event	 event = store_flight_event(f, m->leaf, n);

	event.leaf.reply_status = audit_clip(str_of(o->code));
	event.leaf.reply = str_of(o->reply);
	event.leaf.peer = str_of(o->peer);
	event.leaf.provider_id = str_of(o->provider_id);
	if (!o->is_written)
		event.leaf.detail = STR("late: the message had moved on");
	if (f->state == MSG_CLAIMED)
		event.leaf.detail = STR("before intent");
	if (m->says_whom) {
		event.recipient = f->address;
		event.customer = f->customer;
	}
	return store_log(store, now_ms, &event, 1, err);
}

static bool
write_outcome(struct store *store, int64_t now_ms, int64_t daemon_epoch,
    const struct store_flight *f, struct store_outcome *o, struct err *err)
{
	const struct meaning	*m = &meanings[o->kind];
	const bool		 is_try = f->state == MSG_CLAIMED &&
				    o->kind != STORE_UNCLAIMED;
	const int		 n = f->attempts + is_try;
	struct store_move	 move = {
		.flight = f, .event = m->event, .next_ms = TIME_NONE,
		.accepted_ms = TIME_NONE, .attempts = n,
		.crashes = f->crashes,
		.first_ms = is_try ? now_ms : TIME_NONE,
	};

	if (o->kind == STORE_ACCEPTED)
		move.accepted_ms = now_ms;
	else
		move.next_ms = o->kind == STORE_IN_DOUBT ||
		    o->kind == STORE_REFUSED ? now_ms : o->next_ms;
	if (o->provider_id[0] != '\0')
		move.provider_id = o->provider_id;
	o->is_written = false;
	if (f->epoch == daemon_epoch &&
	    !store_flight_move(store, &move, &o->is_written, err))
		return false;
	if (o->is_written && o->kind == STORE_UNCLAIMED)
		return true;
	if (o->is_written && (!end_attempt(store, f, n, o, now_ms, err) ||
	    !follow(store, f, o, now_ms, err)))
		return false;
	if (m->leaf != AUDIT_NONE && !tell(store, f, n, o, now_ms, err))
		return false;
	return !o->is_written || !m->touches || store_touch_expected(store,
	    &f->person_id, 1, now_ms, err);
}

static bool
write_outcomes(struct store *store, int64_t now_ms, int64_t daemon_epoch,
    struct store_outcome *outcomes, size_t count, struct arena *arena,
    struct err *err)
{
	struct store_flights	 flights;
	int64_t			*list;

	if ((list = arena_array(arena, count, sizeof(*list))) == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++)
		list[i] = outcomes[i].message_id;
	if (!store_flights_load(store, list, count, arena, &flights, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct store_flight	*f = store_flight_find(
		    &flights, outcomes[i].message_id);

		if (f == NULL)
			return err_set(err, ERR_INPUT, "no such message");
		if (!write_outcome(store, now_ms, daemon_epoch, f,
		    &outcomes[i], err))
			return false;
	}
	return true;
}

bool
store_outcomes(struct store *store, int64_t now_ms, int64_t daemon_epoch,
    struct store_outcome *outcomes, size_t count, struct err *err)
{
	struct arena	*arena;
	struct store_tx	 tx;
	bool		 ok;

	if (count == 0)
		return true;
	if ((arena = arena_new()) == NULL)
		return err_nomem(err);
	ok = store_tx_open(store, &tx, err);
	if (ok) {
		ok = write_outcomes(store, now_ms, daemon_epoch, outcomes,
		    count, arena, err);
		ok = store_tx_close(store, &tx, ok, err);
	}
	arena_free(&arena);
	return ok;
}
