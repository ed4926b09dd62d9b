/* SPDX-License-Identifier: ISC */
#include "store/store_impl.h"

bool
store_holds(struct store *store, int64_t person_id, int64_t after_ms,
    size_t limit, struct arena *arena, struct store_hold_rows *out,
    struct err *err)
{
	struct store_vec	 vec = {0};
	struct db_rows		*rows;
	bool			 failed = false;

	if (!db_query(store->db, "SELECT id, scope, subject_id, person_id,"
	    " reason, author, from_at, until_at, ended_at FROM hold"
	    " WHERE until_at > $2 AND (person_id = $1"
	    " OR CAST($1 AS @int) = 0) ORDER BY until_at, id LIMIT $3",
	    DB_PARAMS(DB_INT(person_id), DB_INT(after_ms),
	    DB_INT(limit == 0 ? INT64_MAX : (int64_t)limit)), &rows, err))
		return false;
	while (!failed && db_step(rows)) {
		struct store_hold_row	*row = store_vec_add(arena, &vec,
					    sizeof(*row));

		if ((failed = row == NULL))
			break;
		*row = (struct store_hold_row){
			.id = db_int(rows, 0),
			.scope = (enum hold_scope)store_name(hold_scope_names,
			    db_text(rows, 1), 0),
			.subject_id = db_int(rows, 2),
			.person_id = db_int(rows, 3),
			.reason = store_copy(arena, db_text(rows, 4), &failed),
			.author = store_copy(arena, db_text(rows, 5), &failed),
			.from_ms = db_int(rows, 6),
			.until_ms = db_int(rows, 7),
			.ended_ms = store_time(rows, 8),
		};
	}
	if (!db_finish(&rows, err))
		return false;
	if (failed)
		return err_nomem(err);
	*out = (struct store_hold_rows){vec.items, vec.count};
	return true;
}

bool
store_promises(struct store *store, int64_t person_id, int64_t as_of_ms,
    struct arena *arena, struct store_promise_rows *out, struct err *err)
{
	struct store_vec	 vec = {0};
	struct db_rows		*rows;
	bool			 failed = false;

	if (!db_query(store->db, "SELECT id, scope, subject_id, person_id,"
	    " currency, amount, pay_on, author, known_at, ended_at, verdict"
	    " FROM promise WHERE known_at <= $2 AND (person_id = $1"
	    " OR CAST($1 AS @int) = 0) ORDER BY pay_on, id",
	    DB_PARAMS(DB_INT(person_id), DB_INT(as_of_ms)), &rows, err))
		return false;
	while (!failed && db_step(rows)) {
		struct store_promise_row	*row = store_vec_add(arena,
						    &vec, sizeof(*row));

		if ((failed = row == NULL))
			break;
		*row = (struct store_promise_row){
			.id = db_int(rows, 0),
			.scope = (enum hold_scope)store_name(hold_scope_names,
			    db_text(rows, 1), 0),
			.subject_id = db_int(rows, 2),
			.person_id = db_int(rows, 3),
			.currency = store_copy(arena, db_text(rows, 4),
			    &failed),
			.minor = db_int(rows, 5),
			.pay_on = (int32_t)db_int(rows, 6),
			.author = store_copy(arena, db_text(rows, 7), &failed),
			.made_ms = db_int(rows, 8),
			.ended_ms = store_time(rows, 9),
			.verdict = store_copy(arena, db_text(rows, 10),
			    &failed),
		};
	}
	if (!db_finish(&rows, err))
		return false;
	if (failed)
		return err_nomem(err);
	*out = (struct store_promise_rows){vec.items, vec.count};
	return true;
}
