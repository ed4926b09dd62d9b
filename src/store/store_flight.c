/* SPDX-License-Identifier: ISC */
#include "store/store_send_impl.h"

static void
read_flight(struct db_rows *rows, struct arena *arena,
    struct store_flight *out, bool *failed)
{
	struct str	hash = db_bytes(rows, 13);
	const char	*creditor;

	out->id = db_int(rows, 0);
	out->state = (enum message_state)store_name(message_state_names,
	    db_text(rows, 1), MSG_DEAD);
	out->epoch = db_int(rows, 2);
	out->attempts = (int)db_int(rows, 3);
	out->crashes = (int)db_int(rows, 4);
	out->notice_id = db_int(rows, 5);
	out->person_id = db_int(rows, 6);
	out->first_ms = store_time(rows, 7);
	out->key = store_copy(arena, db_text(rows, 8), failed);
	out->channel = store_copy(arena, db_text(rows, 9), failed);
	out->address = store_copy(arena, db_text(rows, 10), failed);
	out->route = store_copy(arena, db_text(rows, 11), failed);
	out->notice_state = (enum notice_state)store_name(notice_state_names,
	    db_text(rows, 12), NOTICE_FAILED);
	if (hash.len == HASH_LEN)
		memcpy(out->sealed.bytes, hash.p, HASH_LEN);
	creditor = store_copy(arena, db_text(rows, 14), failed);
	out->doubt_ms = store_time(rows, 16);
	out->repeats = out->doubt_ms != TIME_NONE;
	out->customer = arena_printf(arena, "%s/%.*s", creditor,
	    STR_ARG(db_text(rows, 15)));
	if (out->customer == NULL)
		*failed = true;
}

static int
by_id(const void *a, const void *b)
{
	const struct store_flight	*x = a;
	const struct store_flight	*y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static bool
lock_rows(struct store *store, struct str ids, struct err *err)
{
	struct db_rows	*rows;

	if (!store->is_pg)
		return true;
	if (!store_query_ids(store, "SELECT id FROM message WHERE id @ids"
	    " ORDER BY id @for_update", ids, NULL, 0, &rows, err))
		return false;
	return db_finish(&rows, err);
}

static bool
read_flights(struct db_rows *rows, struct arena *arena, struct store_vec *vec,
    struct err *err)
{
	struct store_flight	*flight;
	bool			 failed = false;

	while (!failed && db_step(rows)) {
		flight = store_vec_add(arena, vec, sizeof(*flight));
		if (flight == NULL)
			failed = true;
		else
			read_flight(rows, arena, flight, &failed);
	}
	if (!db_finish(&rows, err))
		return false;
	return failed ? err_nomem(err) : true;
}

bool
store_flights_load(struct store *store, const int64_t *ids, size_t count,
    struct arena *arena, struct store_flights *out, struct err *err)
{
	struct store_vec	 vec = {0};
	struct buf		 list = BUF_INIT;
	struct db_rows		*rows;
	bool			 ok;

	store_ids(store, ids, count, &list);
	ok = buf_check(&list, err) && lock_rows(store, buf_str(&list), err) &&
	    store_query_ids(store, "SELECT m.id, m.state, m.epoch, m.attempts,"
	    " m.crashes, m.notice_id, m.person_id, m.first_at, m.key,"
	    " m.channel, m.address, m.route, n.state, m.sealed_hash, cr.ref,"
	    " c.ref, (SELECT max(" STORE_MADE_AT("a") ") FROM attempt a"
	    " WHERE a.message_id = m.id AND a.outcome = 'in-doubt')"
	    " FROM message m JOIN notice n ON n.id = m.notice_id"
	    " JOIN customer c ON c.id = n.customer_id"
	    " JOIN creditor cr ON cr.id = n.creditor_id WHERE m.id @ids",
	    buf_str(&list), NULL, 0, &rows, err) &&
	    read_flights(rows, arena, &vec, err);
	buf_fini(&list);
	if (!ok)
		return false;
	if (vec.count > 1)
		qsort(vec.items, vec.count, sizeof(struct store_flight), by_id);
	*out = (struct store_flights){vec.items, vec.count};
	return true;
}

const struct store_flight *
store_flight_find(const struct store_flights *flights, int64_t id)
{
	const struct store_flight	key = {.id = id};

	if (flights->count == 0)
		return NULL;
	return bsearch(&key, flights->items, flights->count, sizeof(key),
	    by_id);
}

const char	store_move_sql[] =
	"UPDATE message SET state = $4,"
	" next_at = COALESCE(CAST($5 AS @int), next_at),"
	" accepted_at = COALESCE(accepted_at, CAST($6 AS @int)),"
	" provider_id = COALESCE(CAST($7 AS @text), provider_id),"
	" attempts = $8, crashes = $9,"
	" first_at = COALESCE(first_at, CAST($10 AS @int))"
	" WHERE id = $1 AND state = $2 AND epoch = $3";

bool
store_move_values(const struct store_move *move, struct db_value *values)
{
	const struct store_flight	*f = move->flight;
	enum message_state		 next;

	if (!message_move(f->state, move->event, &next))
		return false;
	values[0] = DB_INT(f->id);
	values[1] = STORE_TEXT(message_state_names[f->state]);
	values[2] = DB_INT(f->epoch);
	values[3] = STORE_TEXT(message_state_names[next]);
	values[4] = store_time_value(move->next_ms);
	values[5] = store_time_value(move->accepted_ms);
	values[6] = move->provider_id == NULL ? DB_NULL :
	    STORE_TEXT(move->provider_id);
	values[7] = DB_INT(move->attempts);
	values[8] = DB_INT(move->crashes);
	values[9] = store_time_value(move->first_ms);
	return true;
}

bool
store_flight_move(struct store *store, const struct store_move *move,
    bool *moved, struct err *err)
{
	struct db_value	values[STORE_MOVE_COLUMNS];
	int64_t		changed = 0;

	*moved = false;
	if (!store_move_values(move, values))
		return true;
	if (!db_exec(store->db, store_move_sql, values, STORE_MOVE_COLUMNS,
	    &changed, err))
		return false;
	*moved = changed == 1;
	return true;
}

struct store_event
store_flight_event(const struct store_flight *flight, enum audit_event event,
    int attempt)
{
	return (struct store_event){
		.leaf = {
			.event = event, .key = str_of(flight->key),
			.channel = str_of(flight->channel),
			.route = str_of(flight->route),
			.attempt = attempt, .epoch = flight->epoch,
			.sealed = flight->sealed,
		},
		.person_id = flight->person_id,
	};
}

bool
store_attempt_end(struct store *store, int64_t message_id, int n,
    const char *outcome, const char *code, const char *reply, int64_t now_ms,
    struct err *err)
{
	return db_exec(store->db, "UPDATE attempt SET ended_at = $3,"
	    " outcome = $4, code = $5, reply = $6"
	    " WHERE message_id = $1 AND n = $2", DB_PARAMS(DB_INT(message_id),
	    DB_INT(n), DB_INT(now_ms), STORE_TEXT(outcome), STORE_TEXT(code),
	    STORE_TEXT(reply)), NULL, err);
}

bool
store_flight_cancel(struct store *store, const struct store_flight *flight,
    const char *who, const char *why, int64_t now_ms, struct err *err)
{
	const struct store_move	move = {
		.flight = flight, .event = flight->repeats ? MSG_EV_SILENCE :
		    MSG_EV_CANCEL,
		.next_ms = TIME_NONE, .accepted_ms = TIME_NONE,
		.attempts = flight->attempts, .crashes = flight->crashes,
		.first_ms = TIME_NONE,
	};
	struct store_event	event = store_flight_event(flight,
				    AUDIT_STRUCK, flight->attempts);
	bool			moved;

	if (!store_flight_move(store, &move, &moved, err))
		return false;
	if (!moved)
		return err_set(err, ERR_INPUT, "the message %s is %s: it can't"
		    " be taken back", flight->key,
		    message_state_names[flight->state]);
	event.leaf.actor = str_of(who);
	event.leaf.reason = str_of(why);
	/* What may have reached the customer waits for a verdict again. */
	return (flight->repeats ? store_notice_follow(store,
	    flight->notice_id, NOTICE_IN_DOUBT, ITEM_IN_DOUBT, now_ms, err) :
	    store_notice_end(store, flight->notice_id, NOTICE_CANCELLED,
	    ITEM_STRUCK, why, now_ms, err)) && store_log(store, now_ms, &event, 1, err) &&
	    store_touch_expected(store, &flight->person_id, 1, now_ms, err);
}
