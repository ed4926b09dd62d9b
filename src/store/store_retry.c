/* SPDX-License-Identifier: ISC */
#include "store/store_decide_impl.h"
#include "store/store_send_impl.h"

/* States in which a message may still reach somebody: no second one then. */
#define ALIVE	"('ready', 'claimed', 'intent', 'accepted', 'delivered'," \
	" 'read', 'in-doubt', 'dead')"

struct retried {
	int64_t	n;		/* c of the new message */
	char	key[STORE_KEY_LEN + 1];
};

/* Is the notice open, with no message on its way?  found false: no. */
static bool
look_at(struct store *store, int64_t notice_id, int64_t person_id, bool *found,
    struct retried *out, struct err *err)
{
	struct db_rows	*rows;
	struct str	 key;

	*found = false;
	if (!db_query(store->db, "SELECT n.key, (SELECT max(m.c)"
	    " FROM message m WHERE m.notice_id = n.id) FROM notice n"
	    " WHERE n.id = $1 AND n.person_id = $2 AND n.state = 'open'"
	    " AND NOT EXISTS (SELECT 1 FROM message m"
	    " WHERE m.notice_id = n.id AND m.state IN " ALIVE ")",
	    DB_PARAMS(DB_INT(notice_id), DB_INT(person_id)), &rows, err))
		return false;
	if (db_step(rows)) {
		key = db_text(rows, 0);
		*found = key.len == STORE_KEY_LEN;
		if (*found)
			memcpy(out->key, key.p, STORE_KEY_LEN);
		out->key[STORE_KEY_LEN] = '\0';
		out->n = db_int(rows, 1) + 1;
	}
	return db_finish(&rows, err);
}

/* The notice stands on this decision now. */
static bool
stand_anew(struct store *store, const struct store_basis *basis,
    const struct store_decision *d, const struct store_retry *retry,
    struct err *err)
{
	return db_exec(store->db, "UPDATE notice SET rev = $2,"
	    " config_epoch = $3, import_gen = $4,"
	    " not_after = COALESCE(CAST($5 AS @int), not_after)"
	    " WHERE id = $1", DB_PARAMS(DB_INT(retry->notice_id),
	    DB_INT(d->rev), DB_INT(basis->config_epoch),
	    DB_INT(basis->generation), store_time_value(retry->not_after_ms)),
	    NULL, err);
}

static bool
next_message(struct store *store, const struct store_basis *basis,
    const struct store_decision *d, const struct store_retry *retry,
    const struct retried *r, struct err *err)
{
	char			key[STORE_KEY_LEN + 24];
	struct store_event	event = {
		.leaf = {
			.event = AUDIT_CREATED,
			.config_epoch = basis->config_epoch,
			.channel = str_of(channel_names[retry->channel]),
		},
		.person_id = d->person_id, .recipient = retry->address,
	};

	snprintf(key, sizeof(key), "%s.%d", r->key, (int)r->n);
	event.leaf.key = str_of(key);
	return db_exec(store->db, "INSERT INTO message (notice_id, c, key,"
	    " channel, address, route, state, attempts, crashes, next_at,"
	    " epoch, person_id, provider_id) VALUES ($1, $2, $3, $4, $5, '',"
	    " $6, 0, 0, $7, 0, $8, '')", DB_PARAMS(DB_INT(retry->notice_id),
	    DB_INT(r->n), STORE_TEXT(key),
	    STORE_TEXT(channel_names[retry->channel]),
	    STORE_TEXT(retry->address),
	    STORE_TEXT(message_state_names[MSG_READY]), DB_INT(basis->now_ms),
	    DB_INT(d->person_id)), NULL, err) &&
	    stand_anew(store, basis, d, retry, err) &&
	    store_log(store, basis->now_ms, &event, 1, err);
}

static bool
give_up(struct store *store, const struct store_basis *basis,
    const struct store_retry *retry, const struct retried *r, struct err *err)
{
	const struct store_event	event = {.leaf = {
		.event = AUDIT_SUPPRESSED, .key = str_of(r->key),
		.reason = STR("no channel left"),
	}};

	return store_notice_end(store, retry->notice_id, NOTICE_FAILED,
	    ITEM_RELEASED, "no channel left", basis->now_ms, err) &&
	    store_log(store, basis->now_ms, &event, 1, err);
}

bool
store_notice_end(struct store *store, int64_t notice_id,
    enum notice_state state, enum item_state items, const char *why,
    int64_t now_ms, struct err *err)
{
	return db_exec(store->db, "UPDATE notice SET state = $2,"
	    " ended_at = $3, ended_why = $4 WHERE id = $1"
	    " AND state IN ('open', 'in-doubt')", DB_PARAMS(DB_INT(notice_id),
	    STORE_TEXT(notice_state_names[state]), DB_INT(now_ms),
	    STORE_TEXT(why)), NULL, err) &&
	    db_exec(store->db, "UPDATE item SET state = $2, at = $3"
	    " WHERE notice_id = $1 AND state IN ('open', 'in-doubt')",
	    DB_PARAMS(DB_INT(notice_id), STORE_TEXT(item_state_names[items]),
	    DB_INT(now_ms)), NULL, err);
}

/* Where it is still in doubt, the sealed bytes wait for a sender again. */
static bool
once_more(struct store *store, const struct store_basis *basis,
    const struct store_decision *d, const struct store_retry *retry,
    struct arena *arena, struct store_applied *done, struct err *err)
{
	const struct store_flight	*f;
	struct store_flights		 flights;
	struct store_move		 move;
	struct store_event		 event;
	bool				 moved;

	if (!store_flights_load(store, &retry->again_id, 1, arena, &flights,
	    err))
		return false;
	f = store_flight_find(&flights, retry->again_id);
	if (f == NULL || f->state != MSG_IN_DOUBT ||
	    f->person_id != d->person_id || f->notice_id != retry->notice_id)
		return true;
	move = (struct store_move){
		.flight = f, .event = MSG_EV_RESEND, .next_ms = basis->now_ms,
		.accepted_ms = TIME_NONE, .attempts = f->attempts,
		.first_ms = TIME_NONE,
	};
	event = store_flight_event(f, AUDIT_RESOLVED, f->attempts);
	event.leaf.detail = STR("resend");
	event.leaf.config_epoch = basis->config_epoch;
	if (!store_flight_move(store, &move, &moved, err) || !moved)
		return moved;
	done->retries++;
	return store_notice_follow(store, f->notice_id, NOTICE_OPEN,
	    ITEM_OPEN, basis->now_ms, err) &&
	    stand_anew(store, basis, d, retry, err) &&
	    store_log(store, basis->now_ms, &event, 1, err);
}

bool
store_retries(struct store *store, const struct store_basis *basis,
    const struct store_decision *d, struct arena *arena,
    struct store_applied *done, struct err *err)
{
	struct retried	r;
	bool		found;

	for (size_t i = 0; i < d->retry_count; i++) {
		const struct store_retry	*retry = &d->retries[i];

		if (retry->again_id != 0) {
			if (!once_more(store, basis, d, retry, arena, done,
			    err))
				return false;
			continue;
		}
		if (!look_at(store, retry->notice_id, d->person_id, &found, &r,
		    err))
			return false;
		if (!found)
			continue;
		if (retry->channel != STORE_NO_CHANNEL) {
			if (!next_message(store, basis, d, retry, &r, err))
				return false;
			done->retries++;
		} else {
			if (!give_up(store, basis, retry, &r, err))
				return false;
			done->released++;
		}
	}
	return true;
}
