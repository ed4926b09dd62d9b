/* SPDX-License-Identifier: ISC */
#include "store/store_impl.h"


static bool
read_notice(struct db_rows *rows, struct arena *arena,
    struct store_notice **out, struct err *err)
{
	struct store_notice	*n = NULL;
	bool			 failed = false;

	if (db_step(rows)) {
		n = arena_alloc(arena, sizeof(*n));
		failed = n == NULL;
	}
	if (n != NULL)
		*n = (struct store_notice){
			.id = db_int(rows, 0),
			.key = store_copy(arena, db_text(rows, 1), &failed),
			.person_id = db_int(rows, 2),
			.customer_id = db_int(rows, 3),
			.creditor = store_copy(arena, db_text(rows, 4),
			    &failed),
			.customer = store_copy(arena, db_text(rows, 5),
			    &failed),
			.policy = store_copy(arena, db_text(rows, 6), &failed),
			.step = store_copy(arena, db_text(rows, 7), &failed),
			.stage = (enum stage)store_name(stage_names,
			    db_text(rows, 8), 0),
			.state = (enum notice_state)store_name(
			    notice_state_names, db_text(rows, 9), 0),
			.decided_ms = db_int(rows, 10),
			.not_after_ms = db_int(rows, 11),
			.accepted_ms = store_time(rows, 12),
			.ended_ms = store_time(rows, 13),
			.ended_why = store_copy(arena, db_text(rows, 14),
			    &failed),
		};
	if (!db_finish(&rows, err))
		return false;
	if (failed)
		return err_nomem(err);
	*out = n;
	return true;
}

static bool
read_items(struct db_rows *rows, struct arena *arena, struct store_notice *n,
    struct err *err)
{
	struct store_vec	vec = {0};
	bool			failed = false;

	while (!failed && db_step(rows)) {
		struct store_notice_item	*item = store_vec_add(arena,
						    &vec, sizeof(*item));

		if ((failed = item == NULL))
			break;
		*item = (struct store_notice_item){
			.instalment_id = db_int(rows, 0),
			.invoice_id = db_int(rows, 1),
			.invoice = store_copy(arena, db_text(rows, 2), &failed),
			.number = (int)db_int(rows, 3),
			.currency = store_copy(arena, db_text(rows, 4),
			    &failed),
			.cycle = (int)db_int(rows, 5),
			.step = store_copy(arena, db_text(rows, 6), &failed),
			.occurrence = (int)db_int(rows, 7),
			.state = (enum item_state)store_name(item_state_names,
			    db_text(rows, 8), 0),
			.amount = db_int(rows, 9), .at_ms = db_int(rows, 10),
		};
	}
	if (!db_finish(&rows, err))
		return false;
	n->items = vec.items;
	n->item_count = vec.count;
	return !failed || err_nomem(err);
}

static bool
read_messages(struct db_rows *rows, struct arena *arena,
    struct store_vec *vec, struct err *err)
{
	bool	failed = false;

	while (!failed && db_step(rows)) {
		struct store_message	*m = store_vec_add(arena, vec,
					    sizeof(*m));

		if ((failed = m == NULL))
			break;
		*m = (struct store_message){
			.id = db_int(rows, 0), .c = (int)db_int(rows, 1),
			.key = store_copy(arena, db_text(rows, 2), &failed),
			.channel = (enum channel)store_name(channel_names,
			    db_text(rows, 3), 0),
			.address = store_copy(arena, db_text(rows, 4), &failed),
			.route = store_copy(arena, db_text(rows, 5), &failed),
			.state = (enum message_state)store_name(
			    message_state_names, db_text(rows, 6), MSG_DEAD),
			.attempts_n = (int)db_int(rows, 7),
			.next_ms = db_int(rows, 8),
			.accepted_ms = store_time(rows, 9),
			.provider_id = store_copy(arena, db_text(rows, 10),
			    &failed),
		};
	}
	if (!db_finish(&rows, err))
		return false;
	return !failed || err_nomem(err);
}

static bool
read_attempts(struct db_rows *rows, struct arena *arena,
    struct store_message *m, struct err *err)
{
	struct store_vec	vec = {0};
	bool			failed = false;

	while (!failed && db_step(rows)) {
		struct store_attempt	*a = store_vec_add(arena, &vec,
					    sizeof(*a));

		if ((failed = a == NULL))
			break;
		*a = (struct store_attempt){
			.n = (int)db_int(rows, 0),
			.route = store_copy(arena, db_text(rows, 1), &failed),
			.started_ms = db_int(rows, 2),
			.ended_ms = store_time(rows, 3),
			.outcome = store_copy(arena, db_text(rows, 4), &failed),
			.code = store_copy(arena, db_text(rows, 5), &failed),
			.reply = store_copy(arena, db_text(rows, 6), &failed),
		};
	}
	if (!db_finish(&rows, err))
		return false;
	m->attempts = vec.items;
	m->attempt_count = vec.count;
	return !failed || err_nomem(err);
}

static bool
load_messages(struct store *store, struct arena *arena,
    struct store_notice *n, struct err *err)
{
	struct store_vec	 vec = {0};
	struct store_message	*m;
	struct db_rows		*rows;

	if (!db_query(store->db, "SELECT id, c, key, channel, address, route,"
	    " state, attempts, next_at, accepted_at, provider_id FROM message"
	    " WHERE notice_id = $1 ORDER BY c", DB_PARAMS(DB_INT(n->id)),
	    &rows, err) || !read_messages(rows, arena, &vec, err))
		return false;
	m = vec.items;
	for (size_t i = 0; i < vec.count; i++) {
		if (!db_query(store->db, "SELECT n, route, started_at,"
		    " ended_at, outcome, code, reply FROM attempt"
		    " WHERE message_id = $1 ORDER BY n, id",
		    DB_PARAMS(DB_INT(m[i].id)), &rows, err) ||
		    !read_attempts(rows, arena, &m[i], err))
			return false;
	}
	n->messages = m;
	n->message_count = vec.count;
	return true;
}

static bool
load_notice(struct store *store, int64_t notice_id, struct arena *arena,
    struct store_notice **out, struct err *err)
{
	struct db_rows	*rows;

	if (!db_query(store->db, "SELECT n.id, n.key, n.person_id,"
	    " n.customer_id, cr.ref, c.ref, n.policy, n.step, n.stage,"
	    " n.state, n.decided_at, n.not_after, n.accepted_at, n.ended_at,"
	    " n.ended_why FROM notice n"
	    " JOIN creditor cr ON cr.id = n.creditor_id"
	    " JOIN customer c ON c.id = n.customer_id WHERE n.id = $1",
	    DB_PARAMS(DB_INT(notice_id)), &rows, err) ||
	    !read_notice(rows, arena, out, err))
		return false;
	if (*out == NULL)
		return true;
	return db_query(store->db, "SELECT i.instalment_id, s.invoice_id,"
	    " v.ref, s.number, v.currency, i.cycle, i.step, i.occurrence,"
	    " i.state, i.amount, i.at FROM item i"
	    " JOIN instalment s ON s.id = i.instalment_id"
	    " JOIN invoice v ON v.id = s.invoice_id WHERE i.notice_id = $1"
	    " ORDER BY i.id", DB_PARAMS(DB_INT(notice_id)), &rows, err) &&
	    read_items(rows, arena, *out, err) &&
	    load_messages(store, arena, *out, err);
}

bool
store_notice_get(struct store *store, int64_t notice_id, struct arena *arena,
    const struct store_notice **out, struct err *err)
{
	struct store_notice	*notice = NULL;

	if (!load_notice(store, notice_id, arena, &notice, err))
		return false;
	*out = notice;
	return true;
}

static bool
notice_ids(struct store *store, int64_t person_id, int64_t from_ms,
    int64_t to_ms, struct arena *arena, struct store_vec *vec, struct err *err)
{
	struct db_rows	*rows;
	int64_t		*id;
	bool		 failed = false;

	if (!db_query(store->db, "SELECT id FROM notice WHERE person_id = $1"
	    " AND decided_at >= $2 AND decided_at < $3"
	    " ORDER BY decided_at, id", DB_PARAMS(DB_INT(person_id),
	    DB_INT(from_ms), DB_INT(to_ms)), &rows, err))
		return false;
	while (!failed && db_step(rows)) {
		if ((id = store_vec_add(arena, vec, sizeof(*id))) == NULL)
			failed = true;
		else
			*id = db_int(rows, 0);
	}
	if (!db_finish(&rows, err))
		return false;
	return !failed || err_nomem(err);
}

bool
store_notices_of(struct store *store, int64_t person_id, int64_t from_ms,
    int64_t to_ms, struct arena *arena, struct store_notices *out,
    struct err *err)
{
	struct store_vec		 ids = {0};
	const struct store_notice	**list;
	struct store_notice		*notice;

	if (!notice_ids(store, person_id, from_ms, to_ms, arena, &ids, err))
		return false;
	if ((list = arena_array(arena, ids.count, sizeof(*list))) == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < ids.count; i++) {
		if (!load_notice(store, ((const int64_t *)ids.items)[i], arena,
		    &notice, err))
			return false;
		list[i] = notice;
	}
	*out = (struct store_notices){list, ids.count};
	return true;
}
