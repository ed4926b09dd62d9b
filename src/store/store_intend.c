/* SPDX-License-Identifier: ISC */
#include "store/store_send_impl.h"

#include "base/fault.h"

struct seal;

/* What all messages of one call are looked at with. */
struct look {
	struct store			*store;
	const struct store_look_at	*at;
	struct arena			*arena;
	struct store_flights		 flights;
	struct store_state		 state;
	bool				 strict;	/* a batch is touched */
	struct store_vec		 events;
	struct seal			*seals;
	struct store_vec		 sealed;	/* rows, as the next */
	struct store_vec		 attempts;
	int64_t				 counted;
	int64_t				 high;
};

/*
 * PostgreSQL: who writes to these rows commits before the look reads them, or
 * after the intent; a payment cannot slip in between unseen.  SQLite lets only
 * one write at a time.
 */
static bool
lock_look(struct look *look, struct err *err)
{
	struct buf	 ids = BUF_INIT;
	struct db_rows	*rows;
	int64_t		*persons;
	bool		 ok;

	if (!look->store->is_pg)
		return true;
	persons = arena_array(look->arena, look->flights.count,
	    sizeof(*persons));
	if (persons == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < look->flights.count; i++)
		persons[i] = look->flights.items[i].person_id;
	store_ids(look->store, persons, look->flights.count, &ids);
	ok = buf_check(&ids, err) && store_query_ids(look->store,
	    "SELECT id FROM person WHERE id @ids ORDER BY id @for_share",
	    buf_str(&ids), NULL, 0, &rows, err) && db_finish(&rows, err) &&
	    db_query(look->store->db, "SELECT name FROM meta WHERE name IN"
	    " ('config_epoch', 'generation', 'stop') ORDER BY name"
	    " @for_share", DB_NONE, &rows, err) && db_finish(&rows, err);
	buf_fini(&ids);
	return ok;
}

static bool
read_state(struct look *look, struct err *err)
{
	int64_t	visible;

	if (!lock_look(look, err) || !store_state(look->store, &look->state, err) ||
	    !db_number(look->store->db, "SELECT count(*) FROM batch"
	    " WHERE state = 'visible'", DB_NONE, &visible, NULL, err))
		return false;
	look->strict = visible > 0;
	return true;
}

/* What an intent seals; packed before the look, for the look's statement
 * writes the hash. */
struct seal {
	struct hash	hash;
	struct str	packed;
};

static bool
seal_all(struct look *look, const struct store_intent *intents, size_t count,
    struct err *err)
{
	look->seals = arena_array(look->arena, count, sizeof(*look->seals));
	if (look->seals == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		if (intents[i].sample.len > 0 && !store_sample_put(look->store,
		    intents[i].template_hash, intents[i].sample, err))
			return false;
		if (intents[i].bytes.len > 0 && !store_seal(look->store,
		    intents[i].bytes, intents[i].template_hash, look->arena,
		    &look->seals[i].packed, &look->seals[i].hash, err))
			return false;
	}
	return true;
}

/*
 * The last look: everything that the decision leaned on still stands, in the
 * statement that makes the intent.
 */
#define SQL_INTEND \
	"UPDATE message SET state = $3, attempts = attempts + 1," \
	" route = $4, first_at = COALESCE(first_at, $5)," \
	" template_hash = COALESCE(CAST($6 AS @bytes), template_hash)," \
	" sealed_hash = COALESCE(CAST($10 AS @bytes), sealed_hash)" \
	" WHERE id = $1 AND state = 'claimed' AND epoch = $2" \
	" AND EXISTS (SELECT 1 FROM notice n" \
	" JOIN person p ON p.id = n.person_id" \
	" WHERE n.id = message.notice_id AND n.state = 'open'" \
	" AND n.rev = p.rev AND n.config_epoch = $7 AND n.not_after > $5" \
	" AND (n.import_gen = $8 OR CAST($9 AS @int) = 0))"

static bool
look_again(struct look *look, const struct store_intent *intents,
    size_t count, int64_t *changed, struct err *err)
{
	enum message_state	 next;
	struct db_value		*rows;

	if (!message_move(MSG_CLAIMED, MSG_EV_INTEND, &next))
		return err_set(err, ERR_SYSTEM, "the state table forbids "
		    "intents");
	rows = arena_array(look->arena, count, 10 * sizeof(*rows));
	if (rows == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		struct db_value	*row = &rows[i * 10];

		row[0] = DB_INT(intents[i].message_id);
		/* no message is of that epoch: a void intent never stands */
		row[1] = DB_INT(intents[i].is_void ? -1 :
		    look->at->daemon_epoch);
		row[2] = STORE_TEXT(message_state_names[next]);
		row[3] = STORE_TEXT(intents[i].route);
		row[4] = DB_INT(look->at->now_ms);
		row[5] = intents[i].template_hash == NULL ? DB_NULL :
		    DB_HASH(intents[i].template_hash);
		row[6] = DB_INT(look->at->config_epoch);
		row[7] = DB_INT(look->state.generation);
		row[8] = DB_INT(look->strict);
		row[9] = look->seals[i].packed.len == 0 ? DB_NULL :
		    DB_HASH(&look->seals[i].hash);
	}
	return db_exec_many(look->store->db, SQL_INTEND, 10, rows, count,
	    changed, err);
}

/* Without bytes the sealed ones go out again. */
static bool
keep_seal(struct look *look, const struct store_intent *intent,
    const struct seal *seal, struct err *err)
{
	return seal->packed.len == 0 || STORE_ROW(look->arena, &look->sealed,
	    err, DB_INT(intent->message_id), DB_HASH(&seal->hash),
	    intent->template_hash == NULL ? DB_NULL :
	    DB_HASH(intent->template_hash), DB_BYTES(seal->packed));
}

static bool
add_intent(struct look *look, struct store_intent *intent,
    const struct seal *seal, const struct store_flight *f, struct err *err)
{
	struct store_event	*event;

	intent->look = STORE_LOOK_OK;
	intent->attempt = f->attempts + 1;
	if (!keep_seal(look, intent, seal, err))
		return false;
	event = store_vec_add(look->arena, &look->events, sizeof(*event));
	if (event == NULL)
		return err_nomem(err);
	*event = store_flight_event(f, f->repeats ? AUDIT_POSSIBLE_DUPLICATE :
	    AUDIT_INTENT, intent->attempt);
	if (seal->packed.len > 0)
		event->leaf.sealed = seal->hash;
	event->leaf.route = str_of(intent->route);
	if (intent->template_hash != NULL)
		event->leaf.template_hash = *intent->template_hash;
	if (f->first_ms == TIME_NONE) {
		look->counted++;
		look->high += intent->is_high;
	}
	return STORE_ROW(look->arena, &look->attempts, err, DB_INT(f->id),
	    DB_INT(intent->attempt), STORE_TEXT(intent->route),
	    DB_INT(look->at->now_ms));
}

static bool
write_intents(struct look *look, struct err *err)
{
	return store_rows_write(look->store, &look->sealed, 4, store_seal_sql,
	    NULL, err) && store_rows_write(look->store, &look->attempts, 4,
	    "INSERT INTO attempt (message_id, n, route, started_at, outcome,"
	    " code, reply) VALUES ($1, $2, $3, $4, '', '', '')", NULL, err);
}

static bool
is_ours(const struct look *look, const struct store_flight *f)
{
	return f != NULL && f->state == MSG_CLAIMED &&
	    f->epoch == look->at->daemon_epoch;
}

static bool
turn_down(struct look *look, struct store_intent *intent,
    const struct store_flight *f, struct err *err)
{
	if (!is_ours(look, f)) {
		intent->look = STORE_LOOK_LOST;
		return true;
	}
	intent->look = STORE_LOOK_CHANGED;
	return store_flight_cancel(look->store, f, "", "changed before intent",
	    look->at->now_ms, err);
}

/* The claim goes back, as it was but for the time. */
static bool
give_back(struct look *look, struct store_intent *intent,
    const struct store_flight *f, int64_t next_ms, struct err *err)
{
	struct store_move	move = {
		.flight = f, .event = MSG_EV_UNCLAIM, .next_ms = next_ms,
		.accepted_ms = TIME_NONE, .first_ms = TIME_NONE,
	};
	bool			moved = false;

	intent->look = is_ours(look, f) ? STORE_LOOK_STOPPED :
	    STORE_LOOK_LOST;
	if (intent->look == STORE_LOOK_LOST)
		return true;
	move.attempts = f->attempts;
	move.crashes = f->crashes;
	return store_flight_move(look->store, &move, &moved, err);
}

/* Nothing may go out. */
static bool
stop_all(struct look *look, struct store_intent *intents, size_t count,
    struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		if (!give_back(look, &intents[i], store_flight_find(
		    &look->flights, intents[i].message_id), TIME_NONE, err))
			return false;
	}
	return true;
}

/*
 * What cannot be made is not waited for longer than what can: a message whose
 * customer moved to another person, or whose step is gone, would hold its
 * items for ever.
 */
static bool
settle_void(struct look *look, struct store_intent *intent,
    const struct store_flight *f, struct err *err)
{
	int64_t	stands;

	if (!is_ours(look, f)) {
		intent->look = STORE_LOOK_LOST;
		return true;
	}
	if (!db_number(look->store->db, "SELECT count(*) FROM notice n"
	    " JOIN person p ON p.id = n.person_id WHERE n.id = $1"
	    " AND n.state = 'open' AND n.rev = p.rev AND n.config_epoch = $2"
	    " AND n.not_after > $3", DB_PARAMS(DB_INT(f->notice_id),
	    DB_INT(look->at->config_epoch), DB_INT(look->at->now_ms)), &stands,
	    NULL, err))
		return false;
	return stands == 1 ? give_back(look, intent, f, intent->rest_ms, err) :
	    turn_down(look, intent, f, err);
}

static bool
settle_one(struct look *look, struct store_intent *intent, bool holds,
    const struct seal *seal, struct err *err)
{
	const struct store_flight	*f = store_flight_find(
	    &look->flights, intent->message_id);

	if (intent->is_void)
		return settle_void(look, intent, f, err);
	return holds ? add_intent(look, intent, seal, f, err) :
	    turn_down(look, intent, f, err);
}

static bool
count_sent(struct look *look, struct err *err)
{
	const int64_t	hour = look->at->now_ms - look->at->now_ms % HOUR_MS;

	if (look->counted == 0)
		return true;
	return db_exec(look->store->db, "INSERT INTO send_count"
	    " (hour, notices, high) VALUES ($1, $2, $3) ON CONFLICT (hour)"
	    " DO UPDATE SET notices = send_count.notices + excluded.notices,"
	    " high = send_count.high + excluded.high", DB_PARAMS(DB_INT(hour),
	    DB_INT(look->counted), DB_INT(look->high)), NULL, err);
}

static bool
intend_all(struct look *look, struct store_intent *intents, size_t count,
    struct err *err)
{
	int64_t	*list;
	int64_t	*changed;

	list = arena_array(look->arena, count, sizeof(*list));
	changed = arena_array(look->arena, count, sizeof(*changed));
	if (list == NULL || changed == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++)
		list[i] = intents[i].message_id;
	if (!store_flights_load(look->store, list, count, look->arena,
	    &look->flights, err) || !read_state(look, err))
		return false;
	if (look->state.stop[0] != '\0')
		return stop_all(look, intents, count, err);
	/* A daemon that runs on an older config has nothing valid to send. */
	if (look->state.config_epoch == look->at->config_epoch &&
	    (!seal_all(look, intents, count, err) ||
	    !look_again(look, intents, count, changed, err)))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!settle_one(look, &intents[i], changed[i] == 1,
		    look->seals == NULL ? NULL : &look->seals[i], err))
			return false;
	}
	return write_intents(look, err) && count_sent(look, err) &&
	    store_log(look->store, look->at->now_ms, look->events.items,
	    look->events.count, err);
}

bool
store_intend(struct store *store, const struct store_look_at *at,
    struct store_intent *intents, size_t count, struct err *err)
{
	struct look	look = {.store = store, .at = at};
	struct store_tx	tx;
	bool		ok;

	if (count == 0)
		return true;
	if ((look.arena = arena_new()) == NULL)
		return err_nomem(err);
	ok = store_tx_open(store, &tx, err);
	if (ok) {
		ok = intend_all(&look, intents, count, err);
		if (ok && fault_fails(FAULT_INTENT_BEFORE))
			ok = err_set(err, ERR_SYSTEM, "a test's fault");
		ok = store_tx_close(store, &tx, ok, err);
	}
	arena_free(&look.arena);
	return ok;
}

bool
store_sent(struct store *store, int64_t from_ms, int64_t to_ms,
    int64_t *notices_out, int64_t *high_out, struct err *err)
{
	const int64_t	 from = from_ms - from_ms % HOUR_MS;
	struct db_rows	*rows;
	int64_t		 notices = 0;
	int64_t		 high = 0;

	if (!db_query(store->db, "SELECT notices, high FROM send_count"
	    " WHERE hour >= $1 AND hour < $2",
	    DB_PARAMS(DB_INT(from), DB_INT(to_ms)), &rows, err))
		return false;
	while (db_step(rows)) {
		notices += db_int(rows, 0);
		high += db_int(rows, 1);
	}
	if (!db_finish(&rows, err))
		return false;
	*notices_out = notices;
	*high_out = high;
	return true;
}
