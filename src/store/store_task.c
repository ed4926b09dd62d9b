/* SPDX-License-Identifier: ISC */
#include "store/store_impl.h"

#include <inttypes.h>

static struct db_value
id_or_null(int64_t id)
{
	return id == 0 ? DB_NULL : DB_INT(id);
}

bool
store_task_create(struct store *store, const struct store_task_new *task,
    const char *who, int64_t now_ms, bool *made, struct err *err)
{
	struct store_tx	tx;
	int64_t		changed = 0;
	bool		ok;

	if (!store_tx_open(store, &tx, err))
		return false;
	ok = db_exec(store->db, "INSERT INTO task (kind, person_id,"
	    " customer_id, invoice_id, notice_id, creditor_id, about, dedup,"
	    " due_at, owner, created_at) VALUES ($1, (SELECT person_id"
	    " FROM customer WHERE id = $2), $2, $3, $4, COALESCE((SELECT"
	    " creditor_id FROM customer WHERE id = $2), (SELECT id"
	    " FROM creditor WHERE ref = $5)), $6, $7, $8, $9, $10)"
	    " ON CONFLICT DO NOTHING", DB_PARAMS(STORE_TEXT(task->kind),
	    id_or_null(task->customer_id), id_or_null(task->invoice_id),
	    id_or_null(task->notice_id), task->creditor == NULL ? DB_NULL :
	    STORE_TEXT(task->creditor), STORE_TEXT(task->about),
	    STORE_TEXT(task->dedup), DB_INT(task->due_ms),
	    STORE_TEXT(task->owner), DB_INT(now_ms)), &changed, err);
	if (ok && changed == 1)
		ok = store_log_act(store, AUDIT_TASK_OPENED, who, task->kind,
		    task->dedup, now_ms, err);
	if (!store_tx_close(store, &tx, ok, err))
		return false;
	*made = changed == 1;
	return true;
}

bool
store_task_done(struct store *store, int64_t task_id, const char *outcome,
    const char *who, int64_t now_ms, struct err *err)
{
	struct store_tx	tx;
	int64_t		changed = 0;
	char		detail[40];
	bool		ok;

	if (!store_tx_open(store, &tx, err))
		return false;
	ok = db_exec(store->db, "UPDATE task SET done_at = $2, done_by = $3,"
	    " outcome = $4 WHERE id = $1 AND done_at IS NULL",
	    DB_PARAMS(DB_INT(task_id), DB_INT(now_ms), STORE_TEXT(who),
	    STORE_TEXT(outcome)), &changed, err);
	if (ok && changed == 0)
		ok = err_set(err, ERR_INPUT, "no open task %" PRId64, task_id);
	snprintf(detail, sizeof(detail), "task %" PRId64, task_id);
	ok = ok && store_log_act(store, AUDIT_TASK_DONE, who, "", detail,
	    now_ms, err);
	return store_tx_close(store, &tx, ok, err);
}

bool
store_task_assign(struct store *store, int64_t task_id, const char *owner,
    const char *who, int64_t now_ms, struct err *err)
{
	struct store_tx	tx;
	int64_t		changed = 0;
	char		detail[40];
	bool		ok;

	if (!store_tx_open(store, &tx, err))
		return false;
	ok = db_exec(store->db, "UPDATE task SET owner = $2 WHERE id = $1"
	    " AND done_at IS NULL", DB_PARAMS(DB_INT(task_id),
	    STORE_TEXT(owner)), &changed, err);
	if (ok && changed == 0)
		ok = err_set(err, ERR_INPUT, "no open task %" PRId64, task_id);
	snprintf(detail, sizeof(detail), "task %" PRId64 " assigned", task_id);
	ok = ok && store_log_act(store, AUDIT_TASK_OPENED, who, owner, detail,
	    now_ms, err);
	return store_tx_close(store, &tx, ok, err);
}

static void
read_task(struct db_rows *rows, struct arena *arena, struct store_task *out,
    bool *failed)
{
	*out = (struct store_task){
		.id = db_int(rows, 0),
		.kind = store_copy(arena, db_text(rows, 1), failed),
		.person_id = db_int(rows, 2), .customer_id = db_int(rows, 3),
		.invoice_id = db_int(rows, 4), .notice_id = db_int(rows, 5),
		.creditor = store_copy(arena, db_text(rows, 6), failed),
		.customer = store_copy(arena, db_text(rows, 7), failed),
		.customer_name = store_copy(arena, db_text(rows, 8), failed),
		.invoice = store_copy(arena, db_text(rows, 9), failed),
		.about = store_copy(arena, db_text(rows, 10), failed),
		.dedup = store_copy(arena, db_text(rows, 11), failed),
		.due_ms = db_int(rows, 12),
		.owner = store_copy(arena, db_text(rows, 13), failed),
		.created_ms = db_int(rows, 14),
		.done_ms = store_time(rows, 15),
		.done_by = store_copy(arena, db_text(rows, 16), failed),
		.outcome = store_copy(arena, db_text(rows, 17), failed),
	};
}

#define TASK_SQL \
	"SELECT t.id, t.kind, t.person_id, t.customer_id, t.invoice_id," \
	" t.notice_id, cr.ref, c.ref, COALESCE((SELECT h.name" \
	" FROM customer_change h WHERE h.customer_id = c.id" \
	" ORDER BY h.known_at DESC, h.id DESC LIMIT 1), c.name), i.ref," \
	" t.about, t.dedup, t.due_at, t.owner, t.created_at, t.done_at," \
	" t.done_by, t.outcome FROM task t" \
	" LEFT JOIN creditor cr ON cr.id = t.creditor_id" \
	" LEFT JOIN customer c ON c.id = t.customer_id" \
	" LEFT JOIN invoice i ON i.id = t.invoice_id "

static bool
read_tasks(struct db_rows *rows, struct arena *arena, struct store_vec *vec,
    struct err *err)
{
	bool	failed = false;

	while (!failed && db_step(rows)) {
		struct store_task	*task = store_vec_add(arena, vec,
					    sizeof(*task));

		if ((failed = task == NULL))
			break;
		read_task(rows, arena, task, &failed);
	}
	if (!db_finish(&rows, err))
		return false;
	return failed ? err_nomem(err) : true;
}

static struct db_value
text_or_null(const char *text)
{
	return text == NULL ? DB_NULL : STORE_TEXT(text);
}

bool
store_tasks(struct store *store, const struct store_task_filter *filter,
    struct arena *arena, struct store_tasks *out, struct err *err)
{
	struct store_vec	 vec = {0};
	struct db_rows		*rows;

	if (!db_query(store->db, TASK_SQL
	    "WHERE (CAST($1 AS @text) IS NULL OR cr.ref = $1)"
	    " AND (CAST($2 AS @text) IS NULL OR t.kind = $2)"
	    " AND (CAST($3 AS @text) IS NULL OR t.owner = $3)"
	    " AND (CAST($4 AS @int) = 0 OR t.person_id = $4)"
	    " AND (CAST($5 AS @int) = 1 OR t.done_at IS NULL)"
	    " ORDER BY t.due_at, t.id LIMIT $6",
	    DB_PARAMS(text_or_null(filter->creditor),
	    text_or_null(filter->kind), text_or_null(filter->owner),
	    DB_INT(filter->person_id), DB_INT(filter->with_done),
	    DB_INT(filter->limit == 0 ? INT64_MAX : (int64_t)filter->limit)),
	    &rows, err) || !read_tasks(rows, arena, &vec, err))
		return false;
	*out = (struct store_tasks){vec.items, vec.count};
	return true;
}

bool
store_task_get(struct store *store, int64_t task_id, struct arena *arena,
    const struct store_task **out, struct err *err)
{
	struct store_vec	 vec = {0};
	struct db_rows		*rows;

	if (!db_query(store->db, TASK_SQL "WHERE t.id = $1",
	    DB_PARAMS(DB_INT(task_id)), &rows, err) ||
	    !read_tasks(rows, arena, &vec, err))
		return false;
	*out = vec.items;
	return true;
}

bool
store_alert_raise(struct store *store, const char *kind, const char *dedup,
    const char *about, int64_t now_ms, bool *is_new, struct err *err)
{
	int64_t	count = 0;

	if (!db_number(store->db, "INSERT INTO alert (kind, dedup, about,"
	    " first_at, last_at, count) VALUES ($1, $2, $3, $4, $4, 1)"
	    " ON CONFLICT (dedup) WHERE cleared_at IS NULL DO UPDATE"
	    " SET count = alert.count + 1, last_at = excluded.last_at,"
	    " about = excluded.about RETURNING count",
	    DB_PARAMS(STORE_TEXT(kind), STORE_TEXT(dedup), STORE_TEXT(about),
	    DB_INT(now_ms)), &count, NULL, err))
		return false;
	if (is_new != NULL)
		*is_new = count == 1;
	return true;
}

bool
store_alert_clear(struct store *store, const char *dedup, int64_t now_ms,
    bool *was, struct err *err)
{
	int64_t	changed = 0;

	if (!db_exec(store->db, "UPDATE alert SET cleared_at = $2"
	    " WHERE dedup = $1 AND cleared_at IS NULL",
	    DB_PARAMS(STORE_TEXT(dedup), DB_INT(now_ms)), &changed, err))
		return false;
	if (was != NULL)
		*was = changed != 0;
	return true;
}

bool
store_alerts(struct store *store, bool with_cleared, size_t limit,
    struct arena *arena, struct store_alerts *out, struct err *err)
{
	struct store_vec	 vec = {0};
	struct db_rows		*rows;
	bool			 failed = false;

	if (!db_query(store->db, "SELECT id, kind, dedup, about, first_at,"
	    " last_at, count, cleared_at FROM alert WHERE CAST($1 AS @int) = 1"
	    " OR cleared_at IS NULL ORDER BY id DESC LIMIT $2",
	    DB_PARAMS(DB_INT(with_cleared), DB_INT(limit == 0 ? INT64_MAX :
	    (int64_t)limit)), &rows, err))
		return false;
	while (!failed && db_step(rows)) {
		struct store_alert	*alert = store_vec_add(arena, &vec,
					    sizeof(*alert));

		if ((failed = alert == NULL))
			break;
		*alert = (struct store_alert){
			.id = db_int(rows, 0),
			.kind = store_copy(arena, db_text(rows, 1), &failed),
			.dedup = store_copy(arena, db_text(rows, 2), &failed),
			.about = store_copy(arena, db_text(rows, 3), &failed),
			.first_ms = db_int(rows, 4),
			.last_ms = db_int(rows, 5), .count = db_int(rows, 6),
			.cleared_ms = store_time(rows, 7),
		};
	}
	if (!db_finish(&rows, err))
		return false;
	if (failed)
		return err_nomem(err);
	*out = (struct store_alerts){vec.items, vec.count};
	return true;
}
