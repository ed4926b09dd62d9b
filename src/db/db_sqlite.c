/* SPDX-License-Identifier: ISC */
#include "db/db_impl.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#define BUSY_STEP_NS	500000		/* measured: ARCHITECTURE.md 2 */
#define BUSY_MS		60000
#define CACHE_KB	8192
#define WAL_KEEP_BYTES	67108864	/* what a long WAL is cut back to */

struct lite {
	struct db	 db;		/* first: a struct db is one of these */
	sqlite3		*handle;
	int64_t		 busy_since;
};

static struct lite *
lite_of(struct db *db)
{
	return (struct lite *)(void *)db;
}

static const struct {
	int		 code;		/* primary code of SQLite */
	enum err_kind	 kind;
	const char	*text;
} failures[] = {
	{SQLITE_BUSY, ERR_LATER, "store is locked by another program"},
	{SQLITE_LOCKED, ERR_LATER, "store is locked"},
	{SQLITE_INTERRUPT, ERR_LATER, "interrupted"},
	{SQLITE_CONSTRAINT, ERR_INPUT, "refused"},
	{SQLITE_MISMATCH, ERR_INPUT, "value of a wrong type"},
	{SQLITE_TOOBIG, ERR_INPUT, "value too long"},
	{SQLITE_FULL, ERR_SYSTEM, "disk full, nothing was written"},
	{SQLITE_IOERR, ERR_SYSTEM, "disk failed"},
	{SQLITE_CORRUPT, ERR_SYSTEM, "store file is damaged"},
	{SQLITE_NOTADB, ERR_SYSTEM, "not a store file"},
	{SQLITE_CANTOPEN, ERR_SYSTEM, "cannot open"},
	{SQLITE_READONLY, ERR_SYSTEM, "store is read-only"},
	{SQLITE_PERM, ERR_SYSTEM, "no permission"},
	{SQLITE_NOMEM, ERR_SYSTEM, "out of memory"},
};

/* The failure that the handle has just had. */
static bool
explain(struct lite *lite, struct err *err)
{
	int		 code = sqlite3_extended_errcode(lite->handle);
	const char	*why = sqlite3_errmsg(lite->handle);

	lite->db.is_unique = code == SQLITE_CONSTRAINT_UNIQUE ||
	    code == SQLITE_CONSTRAINT_PRIMARYKEY ||
	    code == SQLITE_CONSTRAINT_ROWID;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (failures[i].code == (code & 0xff))
			return err_set(err, failures[i].kind,
			    "%s: %s (SQLite %d)", failures[i].text, why, code);
	return err_set(err, ERR_SYSTEM, "SQLite: %s (%d)", why, code);
}

/*
 * SQLite's own handler waits in steps of up to 100 ms and starves a second
 * writer beside a busy one.
 */
static int
on_busy(void *arg, int count)
{
	struct lite	*lite = arg;
	struct timespec	 step = {0, BUSY_STEP_NS};
	int64_t		 most = lite->db.options.busy_ms;
	int64_t		 now = clock_monotonic_ms();

	if (count == 0)
		lite->busy_since = now;
	if (now - lite->busy_since >= (most > 0 ? most : BUSY_MS))
		return 0;
	(void)nanosleep(&step, NULL);
	return 1;
}

static bool
lite_run(struct lite *lite, const char *sql, struct err *err)
{
	if (sqlite3_exec(lite->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		return explain(lite, err);
	return true;
}

/* WAL is a property of the file; where it cannot be, better to say so. */
static bool
want_wal(struct lite *lite, struct err *err)
{
	sqlite3_stmt	*stmt = NULL;
	bool		 ok = false;

	if (sqlite3_prepare_v2(lite->handle, "PRAGMA journal_mode = WAL", -1,
	    &stmt, NULL) != SQLITE_OK || sqlite3_step(stmt) != SQLITE_ROW) {
		explain(lite, err);
		goto done;
	}
	ok = strcmp((const char *)sqlite3_column_text(stmt, 0), "wal") == 0;
	if (!ok)
		err_set(err, ERR_SYSTEM, "this file system cannot hold a store "
		    "(no write-ahead log)");
done:
	(void)sqlite3_finalize(stmt);
	return ok;
}

static bool
configure_safety(struct lite *lite, struct err *err)
{
	static const struct { int op, on; } flags[] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},
		{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_DQS_DML, 0},
		{SQLITE_DBCONFIG_DQS_DDL, 0},
		{SQLITE_DBCONFIG_ENABLE_FKEY, 1},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (sqlite3_db_config(lite->handle, flags[i].op, flags[i].on,
		    NULL) != SQLITE_OK)
			return explain(lite, err);
	return lite_run(lite, "PRAGMA case_sensitive_like = ON; "
	    "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0", err);
}

static bool
configure_speed(struct lite *lite, struct err *err)
{
	static const char *const	sync[] = {
		[DB_SYNC_FULL] = "FULL",
		[DB_SYNC_NORMAL] = "NORMAL",
		[DB_SYNC_OFF] = "OFF",
	};
	const struct db_options		*o = &lite->db.options;
	char				 sql[160];

	(void)snprintf(sql, sizeof(sql), "PRAGMA synchronous = %s; "
	    "PRAGMA cache_size = -%lld; PRAGMA journal_size_limit = %d",
	    sync[o->is_private ? DB_SYNC_OFF : o->sync],
	    (long long)(o->cache_kb > 0 ? o->cache_kb : CACHE_KB),
	    WAL_KEEP_BYTES);
	if (!lite_run(lite, sql, err))
		return false;
	if (o->is_private)
		return lite_run(lite, "PRAGMA locking_mode = EXCLUSIVE; "
		    "PRAGMA journal_mode = OFF", err);
	if (o->read_only)
		return true;
	if (o->manual_checkpoint)
		(void)sqlite3_wal_autocheckpoint(lite->handle, 0);
	return want_wal(lite, err);
}

/* SQLite would make the file with mode 0644. */
static bool
make_file(const char *path, struct err *err)
{
	int	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);

	if (fd == -1)
		return err_sys(err, "making store %s", path);
	(void)close(fd);
	return true;
}

static bool
open_handle(struct lite *lite, const char *path, struct err *err)
{
	const struct db_options	*o = &lite->db.options;
	int			 flags = SQLITE_OPEN_NOMUTEX |
	    SQLITE_OPEN_EXRESCODE;

	db_sqlite_faults();
	flags |= o->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	if (access(path, F_OK) != 0 && errno == ENOENT && !o->create)
		return err_set(err, ERR_INPUT, "there is no store at %s", path);
	if (o->create && !make_file(path, err))
		return false;
	if (sqlite3_open_v2(path, &lite->handle, flags, NULL) != SQLITE_OK) {
		if (lite->handle == NULL)
			return err_nomem(err);
		explain(lite, err);
		return err_in(err, "%s", path);
	}
	(void)sqlite3_busy_handler(lite->handle, on_busy, lite);
	if (db_sqlite_add_rows(lite->handle) != SQLITE_OK)
		return explain(lite, err);
	if (!configure_safety(lite, err) || !configure_speed(lite, err))
		return err_in(err, "%s", path);
	return true;
}

bool
db_sqlite_open(const char *path, const struct db_options *options,
    struct db **out, struct err *err)
{
	struct lite	*lite = calloc(1, sizeof(*lite));

	if (lite == NULL)
		return err_nomem(err);
	lite->db.ops = &db_sqlite_ops;
	lite->db.options = *options;
	if (!open_handle(lite, path, err)) {
		lite->db.ops->close(&lite->db);
		return false;
	}
	*out = &lite->db;
	return true;
}

static void
lite_close(struct db *db)
{
	struct lite	*lite = lite_of(db);

	(void)sqlite3_close_v2(lite->handle);
	free(lite);
}

static bool
lite_ready(struct db *db, struct err *err)
{
	(void)db;
	(void)err;
	return true;
}

static bool
lite_prepare(struct db *db, struct db_stmt *stmt, const char *sql,
    struct err *err)
{
	struct lite	*lite = lite_of(db);
	sqlite3_stmt	*native = NULL;

	if (sqlite3_prepare_v3(lite->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
	    &native, NULL) != SQLITE_OK)
		return explain(lite, err);
	if (native == NULL)
		return err_set(err, ERR_SYSTEM, "SQL: no statement");
	stmt->native = native;
	stmt->is_read = sqlite3_stmt_readonly(native) != 0;
	return true;
}

static void
lite_forget(struct db *db, struct db_stmt *stmt)
{
	(void)db;
	(void)sqlite3_finalize(stmt->native);
}

/* keep: the values must outlive the call (a cursor goes on reading). */
static bool
bind_one(sqlite3_stmt *native, int at, const struct db_value *value, bool keep)
{
	sqlite3_destructor_type	 how = keep ? SQLITE_TRANSIENT : SQLITE_STATIC;
	const char		*p = value->bytes.p != NULL ? value->bytes.p : "";
	int			 code = SQLITE_OK;

	switch (value->type) {
	case DB_TYPE_NULL:
		code = sqlite3_bind_null(native, at);
		break;
	case DB_TYPE_INT:
		code = sqlite3_bind_int64(native, at, value->number);
		break;
	case DB_TYPE_TEXT:
		code = sqlite3_bind_text64(native, at, p, value->bytes.len, how,
		    SQLITE_UTF8);
		break;
	case DB_TYPE_BYTES:
		code = sqlite3_bind_blob64(native, at, p, value->bytes.len, how);
		break;
	case DB_TYPE_ROWS:
		code = SQLITE_MISUSE;	/* bind's */
		break;
	}
	return code == SQLITE_OK;
}

static bool
bind(struct lite *lite, struct db_stmt *stmt, const struct db_value *params,
    bool keep, struct err *err)
{
	bool	is_read = lite->db.state == DB_STATE_READ;
	size_t	first = stmt->columns.len > 0;

	if (is_read && !stmt->is_read)
		return err_set(err, ERR_SYSTEM, "a write inside a read "
		    "transaction: %.80s", stmt->sql);
	if (first > 0) {
		stmt->table = db_table_of(&params[0]);
		if (sqlite3_bind_pointer(stmt->native, 1, &stmt->table,
		    DB_ROWS_TABLE, NULL) != SQLITE_OK)
			return explain(lite, err);
	}
	for (size_t i = first; i < stmt->n_params; i++)
		if (!bind_one(stmt->native, (int)i + 1, &params[i], keep))
			return explain(lite, err);
	return true;
}

static bool
lite_exec(struct db *db, struct db_stmt *stmt, const struct db_value *params,
    int64_t *changed, struct err *err)
{
	struct lite	*lite = lite_of(db);
	sqlite3_int64	 before = sqlite3_total_changes64(lite->handle);
	int		 code;
	bool		 ok;

	if (!bind(lite, stmt, params, false, err))
		return false;
	do
		code = sqlite3_step(stmt->native);
	while (code == SQLITE_ROW);
	ok = code == SQLITE_DONE;
	if (!ok)
		explain(lite, err);
	/* changes64 alone would repeat the number of an earlier statement */
	*changed = sqlite3_total_changes64(lite->handle) == before ? 0 :
	    sqlite3_changes64(lite->handle);
	(void)sqlite3_reset(stmt->native);
	return ok;
}

static bool
lite_exec_many(struct db *db, struct db_stmt *stmt,
    const struct db_value *rows, size_t n_rows, int64_t *changed,
    struct err *err)
{
	int64_t	count;

	for (size_t i = 0; i < n_rows; i++) {
		if (!lite_exec(db, stmt, rows + i * stmt->n_params, &count, err))
			return false;
		if (changed != NULL)
			changed[i] = count;
	}
	return true;
}

static bool
lite_script(struct db *db, const char *sql, struct err *err)
{
	return lite_run(lite_of(db), sql, err);
}

static bool
lite_step(struct db_rows *rows)
{
	int	code;

	if (rows->has_first) {
		rows->has_first = false;
		rows->is_at_row = true;
		return true;
	}
	code = sqlite3_step(rows->stmt->native);
	rows->is_at_row = code == SQLITE_ROW;
	rows->is_ended = code == SQLITE_DONE;
	if (rows->is_at_row || rows->is_ended)
		return true;
	return explain(lite_of(rows->db), &rows->err);
}

/* The first step is made here: a RETURNING that nobody reads still writes. */
static bool
lite_start(struct db_rows *rows, const struct db_value *params,
    struct err *err)
{
	if (!bind(lite_of(rows->db), rows->stmt, params, true, err))
		return false;
	if (!lite_step(rows)) {
		*err = rows->err;
		(void)sqlite3_reset(rows->stmt->native);
		return false;
	}
	rows->has_first = rows->is_at_row;
	rows->is_at_row = false;
	return true;
}

static bool
lite_cell(struct db_rows *rows, int column, struct db_cell *out)
{
	sqlite3_stmt	*native = rows->stmt->native;
	int		 type;

	if (column < 0 || column >= sqlite3_column_count(native))
		return err_set(&rows->err, ERR_SYSTEM, "no column %d: %.80s",
		    column, rows->stmt->sql);
	type = sqlite3_column_type(native, column);
	*out = (struct db_cell){.type = DB_TYPE_NULL};
	if (type == SQLITE_NULL)
		return true;
	out->type = type == SQLITE_INTEGER ? DB_TYPE_INT :
	    type == SQLITE_BLOB ? DB_TYPE_BYTES : DB_TYPE_TEXT;
	out->is_odd = type == SQLITE_FLOAT;
	if (out->type == DB_TYPE_INT) {
		out->number = sqlite3_column_int64(native, column);
		return true;
	}
	out->bytes.p = type == SQLITE_BLOB ?
	    sqlite3_column_blob(native, column) :
	    (const char *)sqlite3_column_text(native, column);
	out->bytes.len = (size_t)sqlite3_column_bytes(native, column);
	if (out->bytes.p == NULL && out->bytes.len > 0)
		return err_nomem(&rows->err);
	if (out->bytes.p == NULL)
		out->bytes.p = "";
	return true;
}

static void
lite_stop(struct db_rows *rows)
{
	(void)sqlite3_reset(rows->stmt->native);
}

static bool
lite_begin(struct db *db, enum db_tx kind, struct err *err)
{
	return db_run(db, kind == DB_TX_READ ? "BEGIN" : "BEGIN IMMEDIATE",
	    err);
}

static bool
lite_commit(struct db *db, struct err *err)
{
	struct lite	*lite = lite_of(db);

	if (db_run(db, "COMMIT", err))
		return true;
	/* the frames are written: a restart may find them whole */
	if (sqlite3_extended_errcode(lite->handle) == SQLITE_IOERR_FSYNC)
		err->kind = ERR_UNSURE;
	return false;
}

static void
lite_rollback(struct db *db)
{
	struct lite	*lite = lite_of(db);
	struct err	 ignored;

	/* disk full and its like have rolled back already */
	if (sqlite3_get_autocommit(lite->handle) == 0)
		(void)!db_run(db, "ROLLBACK", &ignored);
}

static bool
lite_data_version(struct db *db, int64_t *out, struct err *err)
{
	struct db_stmt	*stmt;
	bool		 ok;

	if (!db_stmt_take(db, "PRAGMA data_version", &stmt, err))
		return false;
	ok = sqlite3_step(stmt->native) == SQLITE_ROW;
	if (ok)
		*out = sqlite3_column_int64(stmt->native, 0);
	else
		explain(lite_of(db), err);
	(void)sqlite3_reset(stmt->native);
	db_stmt_give(db, &stmt);
	return ok;
}

const struct db_ops	db_sqlite_ops = {
	.name = "sqlite",
	.close = lite_close,
	.ready = lite_ready,
	.prepare = lite_prepare,
	.forget = lite_forget,
	.exec = lite_exec,
	.exec_many = lite_exec_many,
	.script = lite_script,
	.start = lite_start,
	.step = lite_step,
	.cell = lite_cell,
	.stop = lite_stop,
	.begin = lite_begin,
	.commit = lite_commit,
	.rollback = lite_rollback,
	.data_version = lite_data_version,
};

static bool
sqlite_only(const struct db *db, struct err *err)
{
	if (db->ops == &db_sqlite_ops)
		return true;
	return err_set(err, ERR_INPUT, "only a SQLite store is a file");
}

const char *
db_path(struct db *db)
{
	return db->ops != &db_sqlite_ops ? NULL :
	    sqlite3_db_filename(lite_of(db)->handle, "main");
}

bool
db_checkpoint(struct db *db, int64_t *left, struct err *err)
{
	int	n_log = 0;
	int	n_done = 0;
	int	code;

	if (db->ops == &db_sqlite_ops) {
		code = sqlite3_wal_checkpoint_v2(lite_of(db)->handle, NULL,
		    SQLITE_CHECKPOINT_PASSIVE, &n_log, &n_done);
		/* busy: somebody else is doing it */
		if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
			return explain(lite_of(db), err);
	}
	if (left != NULL)
		*left = n_log > n_done ? n_log - n_done : 0;
	return true;
}

bool
db_attach(struct db *db, const char *path, const char *name, struct err *err)
{
	char	sql[80];

	if (!sqlite_only(db, err))
		return false;
	if (*name == '\0' || strlen(name) > 32 ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyz_")] != '\0')
		return err_set(err, ERR_INPUT, "\"%s\" is no name for an "
		    "attached file", name);
	(void)snprintf(sql, sizeof(sql), "ATTACH $1 AS %s", name);
	return db_exec(db, sql, DB_PARAMS(DB_TEXT(str_of(path))), NULL, err);
}

bool
db_copy(struct db *db, const char *path, struct err *err)
{
	if (!sqlite_only(db, err))
		return false;
	if (access(path, F_OK) == 0)
		return err_set(err, ERR_INPUT, "%s is there already", path);
	return db_exec(db, "VACUUM INTO $1", DB_PARAMS(DB_TEXT(str_of(path))),
	    NULL, err);
}
