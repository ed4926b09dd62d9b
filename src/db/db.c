/* SPDX-License-Identifier: ISC */
#include "db/db.h"

#include "base/arena.h"
#include "base/fault.h"
#include "base/utf8.h"
#include "db/db_impl.h"

bool
db_open(const char *dsn, const struct db_options *options, struct db **out,
    struct err *err)
{
	static const struct db_options	none;
	struct str			s = str_of(dsn);

	if (options == NULL)
		options = &none;
	if (str_starts(s, "sqlite:") && s.len > strlen("sqlite:"))
		return db_sqlite_open(dsn + strlen("sqlite:"), options, out, err);
	if (str_starts(s, "postgresql:"))
#ifdef WITH_POSTGRESQL
		return db_pg_open(dsn, options, out, err);
#else
		return err_set(err, ERR_INPUT, "this dunlin was built without "
		    "PostgreSQL");
#endif
	return err_set(err, ERR_INPUT, "a store is named \"sqlite:/path/file\" "
	    "or \"postgresql://user@host/name\"");
}

static void
detach_rows(struct db_rows *rows)
{
	struct db	*db = rows->db;

	if (db == NULL)
		return;
	db->ops->stop(rows);
	if (db->scan == rows)
		db->scan = NULL;
	db_stmt_give(db, &rows->stmt);
	if (rows->prev != NULL)
		rows->prev->next = rows->next;
	else
		db->open_rows = rows->next;
	if (rows->next != NULL)
		rows->next->prev = rows->prev;
	rows->db = NULL;
	rows->is_at_row = false;
}

void
db_close(struct db **db)
{
	struct db	*d = *db;

	*db = NULL;
	if (d == NULL)
		return;
	while (d->open_rows != NULL)
		detach_rows(d->open_rows);
	db_rollback(d);
	for (size_t i = 0; i < d->n_cached; i++) {
		d->ops->forget(NULL, d->cache[i]);
		free(d->cache[i]->sql);
		free(d->cache[i]);
	}
	d->ops->close(d);
}

bool
db_is_postgresql(const struct db *db)
{
	return strcmp(db->ops->name, "postgresql") == 0;
}

/* Every failure passes here: inside a transaction it spoils it. */
static bool
failed(struct db *db)
{
	if (db->state != DB_STATE_IDLE)
		db->is_spoiled = true;
	return false;
}

static bool
enter(struct db *db, struct err *err)
{
	db->is_unique = false;
	if (db->scan != NULL)
		return err_set(err, ERR_SYSTEM, "a scan is open: nothing else "
		    "may run on this connection");
	if (db->is_spoiled)
		return err_set(err, ERR_SYSTEM, "the transaction failed before: "
		    "it can only be rolled back");
	return db->state != DB_STATE_IDLE || db->ops->ready(db, err);
}

static bool
check_values(const struct db_value *params, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		struct str	s = params[i].bytes;

		if (params[i].type == DB_TYPE_ROWS)
			return err_set(err, ERR_SYSTEM, "value %zu: rows go to"
			    " a statement with @rows", i + 1);
		if (s.len > DB_VALUE_MAX)
			return err_set(err, ERR_INPUT, "value %zu is too long",
			    i + 1);
		if (params[i].type != DB_TYPE_TEXT || s.len == 0)
			continue;
		if (utf8_check(s) != s.len || memchr(s.p, '\0', s.len) != NULL)
			return err_set(err, ERR_INPUT, "value %zu is not UTF-8 "
			    "text, or holds a NUL", i + 1);
	}
	return true;
}

struct db_table
db_table_of(const struct db_value *value)
{
	return (struct db_table){(const void *)value->bytes.p,
	    value->bytes.len, (size_t)value->number};
}

/* On PostgreSQL a column is an array of one type. */
static bool
check_table(const struct db_stmt *stmt, const struct db_value *value,
    struct err *err)
{
	static const enum db_type	types[] = {
		['i'] = DB_TYPE_INT, ['t'] = DB_TYPE_TEXT,
		['b'] = DB_TYPE_BYTES,
	};
	const struct db_table		 table = db_table_of(value);
	size_t				 n = stmt->columns.len;

	if (value->type != DB_TYPE_ROWS || table.columns != n)
		return err_set(err, ERR_SYSTEM, "SQL takes rows of %zu columns:"
		    " %.80s", n, stmt->sql);
	for (size_t i = 0; i < n * table.count; i++) {
		enum db_type	type = table.values[i].type;

		if (type != DB_TYPE_NULL &&
		    type != types[(unsigned char)stmt->columns.p[i % n]])
			return err_set(err, ERR_SYSTEM, "column %zu of the rows"
			    " is of another type: %.80s", i % n + 1,
			    stmt->sql);
	}
	return check_values(table.values, n * table.count, err);
}

static bool
check_params(const struct db_stmt *stmt, const struct db_value *params,
    struct err *err)
{
	if (stmt->columns.len == 0)
		return check_values(params, stmt->n_params, err);
	return check_table(stmt, &params[0], err) &&
	    check_values(params + 1, stmt->n_params - 1, err);
}

/* enter, check and prepare: what all statements begin with. */
static bool
take(struct db *db, const char *sql, size_t n_params, struct db_stmt **out,
    struct err *err)
{
	if (!enter(db, err) || !db_stmt_take(db, sql, out, err))
		return false;
	if ((*out)->n_params == n_params)
		return true;
	err_set(err, ERR_SYSTEM, "SQL takes %zu parameters, %zu given: %.80s",
	    (*out)->n_params, n_params, sql);
	db_stmt_give(db, out);
	return false;
}

bool
db_exec(struct db *db, const char *sql, const struct db_value *params,
    size_t n_params, int64_t *changed, struct err *err)
{
	struct db_stmt	*stmt;
	int64_t		 count = 0;
	bool		 ok;

	if (!take(db, sql, n_params, &stmt, err))
		return failed(db);
	ok = check_params(stmt, params, err) &&
	    db->ops->exec(db, stmt, params, &count, err);
	db_stmt_give(db, &stmt);
	if (!ok)
		return failed(db);
	if (changed != NULL)
		*changed = count;
	return true;
}

static bool
run_many(struct db *db, const char *sql, size_t n_columns,
    const struct db_value *rows, size_t n_rows, int64_t *changed,
    struct err *err)
{
	struct db_stmt	*stmt;
	bool		 ok;

	if (!take(db, sql, n_columns, &stmt, err))
		return failed(db);
	ok = (stmt->columns.len == 0 || err_set(err, ERR_SYSTEM, "SQL with"
	    " @rows is run once: %.80s", sql)) &&
	    check_values(rows, n_columns * n_rows, err) &&
	    db->ops->exec_many(db, stmt, rows, n_rows, changed, err);
	db_stmt_give(db, &stmt);
	return ok || failed(db);
}

bool
db_exec_many(struct db *db, const char *sql, size_t n_columns,
    const struct db_value *rows, size_t n_rows, int64_t *changed,
    struct err *err)
{
	bool	is_own = db->state == DB_STATE_IDLE;

	if (n_rows == 0)
		return true;
	if (is_own && !db_begin(db, DB_TX_WRITE, err))
		return false;
	if (!run_many(db, sql, n_columns, rows, n_rows, changed, err)) {
		bool	is_unique = db->is_unique;

		if (is_own)
			db_rollback(db);
		db->is_unique = is_unique;
		return false;
	}
	return !is_own || db_commit(db, err);
}

bool
db_script(struct db *db, const char *sql, struct err *err)
{
	struct buf	text = BUF_INIT;
	struct str	columns;
	size_t		n_params;
	bool		ok;

	ok = enter(db, err) &&
	    db_sql_translate(sql, db_is_postgresql(db), DB_SQL_SCRIPT, &text,
	    &n_params, &columns, err) && db->ops->script(db, buf_text(&text), err);
	buf_fini(&text);
	return ok || failed(db);
}

static bool
open_rows(struct db *db, const char *sql, const struct db_value *params,
    size_t n_params, bool is_scan, struct db_rows **out, struct err *err)
{
	struct db_stmt	*stmt = NULL;
	struct db_rows	*rows = NULL;

	if (!take(db, sql, n_params, &stmt, err))
		return failed(db);
	if (!check_params(stmt, params, err))
		goto done;
	if ((rows = calloc(1, sizeof(*rows))) == NULL) {
		err_nomem(err);
		goto done;
	}
	rows->db = db;
	rows->stmt = stmt;
	rows->is_scan = is_scan;
	if (!db->ops->start(rows, params, err))
		goto done;
	stmt->is_busy = true;
	if ((rows->next = db->open_rows) != NULL)
		rows->next->prev = rows;
	db->open_rows = rows;
	if (is_scan)
		db->scan = rows;
	*out = rows;
	return true;
done:
	free(rows);
	db_stmt_give(db, &stmt);
	return failed(db);
}

bool
db_query(struct db *db, const char *sql, const struct db_value *params,
    size_t n_params, struct db_rows **out, struct err *err)
{
	return open_rows(db, sql, params, n_params, false, out, err);
}

bool
db_scan(struct db *db, const char *sql, const struct db_value *params,
    size_t n_params, struct db_rows **out, struct err *err)
{
	return open_rows(db, sql, params, n_params, true, out, err);
}

bool
db_step(struct db_rows *rows)
{
	rows->is_at_row = false;
	if (rows->is_failed || rows->is_ended)
		return false;
	if (rows->db == NULL) {
		err_set(&rows->err, ERR_SYSTEM, "the connection was closed");
		rows->is_failed = true;
		return false;
	}
	if (rows->db->ops->step(rows))
		return rows->is_at_row;
	rows->is_failed = true;
	return failed(rows->db);
}

void
db_rows_free(struct db_rows **rows)
{
	struct db_rows	*r = *rows;

	*rows = NULL;
	if (r == NULL)
		return;
	detach_rows(r);
	arena_free(&r->arena);
	free(r);
}

bool
db_finish(struct db_rows **rows, struct err *err)
{
	bool	ok = !(*rows)->is_failed;

	if (!ok)
		*err = (*rows)->err;
	db_rows_free(rows);
	return ok;
}

static bool
get(struct db_rows *rows, int column, enum db_type type, struct db_cell *cell)
{
	*cell = (struct db_cell){.type = DB_TYPE_NULL};
	if (!rows->is_at_row || rows->db == NULL)
		return false;
	if (!rows->db->ops->cell(rows, column, cell)) {
		rows->is_failed = true;
		return false;
	}
	if (cell->type == DB_TYPE_NULL)
		return false;
	if (cell->type == type && !cell->is_odd)
		return true;
	if (!rows->is_failed)
		err_set(&rows->err, ERR_SYSTEM, "column %d is of another type "
		    "than asked for: %.80s", column, rows->stmt->sql);
	rows->is_failed = true;
	return false;
}

int64_t
db_int(struct db_rows *rows, int column)
{
	struct db_cell	cell;

	return get(rows, column, DB_TYPE_INT, &cell) ? cell.number : 0;
}

struct str
db_text(struct db_rows *rows, int column)
{
	struct db_cell	cell;

	return get(rows, column, DB_TYPE_TEXT, &cell) ? cell.bytes : STR("");
}

struct str
db_bytes(struct db_rows *rows, int column)
{
	struct db_cell	cell;

	return get(rows, column, DB_TYPE_BYTES, &cell) ? cell.bytes : STR("");
}

bool
db_is_null(struct db_rows *rows, int column)
{
	struct db_cell	cell;

	if (!rows->is_at_row || rows->db == NULL)
		return true;
	return rows->db->ops->cell(rows, column, &cell) &&
	    cell.type == DB_TYPE_NULL;
}

bool
db_number(struct db *db, const char *sql, const struct db_value *params,
    size_t n_params, int64_t *out, bool *found, struct err *err)
{
	struct db_rows	*rows;
	int64_t		 number = 0;
	bool		 is_there;

	if (!db_query(db, sql, params, n_params, &rows, err))
		return false;
	is_there = db_step(rows) && !db_is_null(rows, 0);
	if (is_there)
		number = db_int(rows, 0);
	if (!db_finish(&rows, err))
		return false;
	if (found != NULL)
		*found = is_there;
	else if (!is_there)
		return err_set(err, ERR_INPUT, "no such row: %.80s", sql);
	if (is_there)
		*out = number;
	return true;
}

bool
db_begin(struct db *db, enum db_tx kind, struct err *err)
{
	if (db->state != DB_STATE_IDLE)
		return err_set(err, ERR_SYSTEM, "a transaction is open already");
	if (db->open_rows != NULL)
		return err_set(err, ERR_SYSTEM, "begin with rows still open: "
		    "%.80s", db->open_rows->stmt->sql);
	if (!enter(db, err) || !db->ops->begin(db, kind, err))
		return false;
	db->state = kind == DB_TX_READ ? DB_STATE_READ : DB_STATE_WRITE;
	return true;
}

bool
db_commit(struct db *db, struct err *err)
{
	bool	ok;

	if (db->state == DB_STATE_IDLE)
		return err_set(err, ERR_SYSTEM, "no transaction is open");
	if (db->open_rows != NULL)
		return err_set(err, ERR_SYSTEM, "commit with rows still open: "
		    "%.80s", db->open_rows->stmt->sql);
	if (db->is_spoiled) {
		db_rollback(db);
		return err_set(err, ERR_SYSTEM, "the transaction had failed and "
		    "was rolled back");
	}
	db->is_unique = false;
	fault_point(FAULT_COMMIT_BEFORE);
	ok = db->ops->commit(db, err);
	fault_point(FAULT_COMMIT_AFTER);
	if (!ok) {
		bool	is_unique = db->is_unique;

		db_rollback(db);
		db->is_unique = is_unique;
	}
	db->state = DB_STATE_IDLE;
	return ok;
}

void
db_rollback(struct db *db)
{
	if (db->state == DB_STATE_IDLE)
		return;
	while (db->open_rows != NULL)
		detach_rows(db->open_rows);
	db->ops->rollback(db);
	db->state = DB_STATE_IDLE;
	db->is_spoiled = false;
}

bool
db_in_tx(const struct db *db)
{
	return db->state != DB_STATE_IDLE;
}

bool
db_is_unique(const struct db *db)
{
	return db->is_unique;
}

bool
db_data_version(struct db *db, int64_t *out, struct err *err)
{
	return (enter(db, err) && db->ops->data_version(db, out, err)) ||
	    failed(db);
}
