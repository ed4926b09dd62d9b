/* SPDX-License-Identifier: ISC */
/*
 * db.h - one thin SQL layer over SQLite and PostgreSQL.
 *
 * One dialect for both.  Statements use $1..$n (n <= DB_PARAMS_MAX) and the
 * type words below; both are replaced outside quotes and comments.
 *
 *	word			SQLite			PostgreSQL
 *	@serial			INTEGER PRIMARY KEY AUTOINCREMENT, or
 *				identity: never used again
 *	@id @int @money		INTEGER			BIGINT
 *	@time @day		INTEGER			BIGINT
 *	@bool			INTEGER			SMALLINT
 *	@text @json		TEXT			TEXT COLLATE "C"
 *	@bytes			BLOB			BYTEA
 *	@table			STRICT			-
 *	@table_by_key		STRICT, WITHOUT ROWID	-
 *	@skip_locked		-			FOR UPDATE SKIP LOCKED
 *	@for_update		-			FOR UPDATE
 *	@for_share		-			FOR SHARE
 *	@rows(iitb)		the rows of $1, a table r with the columns
 *				c1, c2 ...: i integer, t text, b bytes
 *	@ids			IN (one of the integers of $1)
 *
 * @table stands behind a table's ")"; a table by key has a PRIMARY KEY.  A
 * flag is asked for as `flag = 1`.  Text sorts by its bytes on both.
 *
 * In a statement (not db_script) @text is TEXT and @json JSON on PostgreSQL,
 * for CAST($1 AS @int).  A parameter's type comes from its place in the SQL,
 * never from the value: where there is no column beside it (`$1 > 0`,
 * `$1 IS NULL`), write the CAST.  LIKE heeds case on both; say NULLS FIRST or
 * LAST wherever a NULL can be sorted; lower() is for ASCII only; SUM and COUNT
 * come as integers; no floating point.
 *
 * @rows is for many rows at once: INSERT ... SELECT c1, c2 FROM @rows(it), or
 * SELECT ... FROM @rows(i) CROSS JOIN t WHERE t.id = r.c1 (which keeps the
 * order of the two on SQLite).  $1 is then bound by DB_ROWS, others from $2.
 *
 * Text must be UTF-8 without NUL: anything else is ERR_INPUT on both.
 *
 * Failures: busy, serialization, deadlock, a lost connection ERR_LATER; a
 * broken constraint or bad value ERR_INPUT (db_is_unique tells which); a
 * commit, or a write outside a transaction, whose answer was lost ERR_UNSURE;
 * disk full, I/O, faulty SQL, misuse ERR_SYSTEM.  Outside a transaction the
 * next call connects again by itself.
 *
 * Inside a transaction the first failure spoils it, on both: all that is left
 * is db_rollback (or db_commit, which then rolls back and fails).
 *
 * Thread: a handle, its rows and what they lend belong to one thread at a
 * time; handles to the same database in several threads are fine.
 */
#ifndef DUNLIN_DB_DB_H
#define DUNLIN_DB_DB_H

#include "base/buf.h"

#include <stdint.h>

#define DB_PARAMS_MAX	64

struct db;			/* opaque: one connection */
struct db_rows;			/* opaque: a cursor over one result */

enum db_sync {
	DB_SYNC_FULL,		/* a commit that returned survives a power cut */
	DB_SYNC_NORMAL,		/* SQLite: survives a crash; for benches */
	DB_SYNC_OFF		/* private files only */
};

/* All zero is right for a reader or writer beside the daemon. */
struct db_options {
	bool		read_only;
	bool		create;		/* SQLite: makes the file, 0660 less
					 * the umask */
	/* SQLite: nobody else opens the file and a crash may ruin it: no
	 * journal, DB_SYNC_OFF. */
	bool		is_private;
	/* SQLite: the caller calls db_checkpoint, from another handle. */
	bool		manual_checkpoint;
	enum db_sync	sync;
	int64_t		busy_ms;	/* longest wait for a lock; 0: 60 s */
	int64_t		cache_kb;	/* SQLite page cache; 0: 8192 */
};

enum db_type { DB_TYPE_NULL, DB_TYPE_INT, DB_TYPE_TEXT, DB_TYPE_BYTES,
	DB_TYPE_ROWS };

/* A parameter; text and bytes are only read during the call. */
struct db_value {
	enum db_type	type;
	int64_t		number;
	struct str	bytes;
};

#define DB_NULL		((struct db_value){DB_TYPE_NULL, 0, {NULL, 0}})
#define DB_INT(n)	((struct db_value){DB_TYPE_INT, (n), {NULL, 0}})
#define DB_TEXT(s)	((struct db_value){DB_TYPE_TEXT, 0, (s)})
#define DB_BYTES(s)	((struct db_value){DB_TYPE_BYTES, 0, (s)})
#define DB_HASH(h)	((struct db_value){DB_TYPE_BYTES, 0, \
	{(const char *)(h)->bytes, sizeof((h)->bytes)}})

/*
 * count rows, each of as many values as @rows has letters, one behind the
 * other.  They must live until the rows of a query are finished.
 */
#define DB_ROWS(values, columns, count) ((struct db_value){DB_TYPE_ROWS, \
	(int64_t)(count), {(const char *)(values), (columns)}})

/* "params, n_params" of the calls below: DB_PARAMS(DB_INT(7), DB_TEXT(name)). */
#define DB_PARAMS(...) \
	(const struct db_value[]){__VA_ARGS__}, \
	sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value)
#define DB_NONE		NULL, 0

/*
 * dsn: "sqlite:/path/file", "postgresql://..." or "postgresql:host=... ...".
 * options NULL: all zero.  Gives *out.  ERR_INPUT: the dsn is wrong or the file
 * is missing; ERR_LATER: no connection.
 */
bool	db_open(const char *dsn, const struct db_options *options,
	    struct db **out, struct err *err) MUST_CHECK;
void	db_close(struct db **db);	/* takes; rolls back; NULL is fine */
bool	db_is_postgresql(const struct db *db);

/*
 * Runs one statement; *changed (may be NULL) gets the rows it changed.
 * Statements are prepared once per handle and text.
 */
bool	db_exec(struct db *db, const char *sql, const struct db_value *params,
	    size_t n_params, int64_t *changed, struct err *err) MUST_CHECK;

/*
 * The same for n_rows rows of n_columns values each, row after row; all or
 * nothing, also outside a transaction.  changed (may be NULL) gets n_rows
 * counts.  The way to write: a loop on SQLite, a pipeline on PostgreSQL.
 */
bool	db_exec_many(struct db *db, const char *sql, size_t n_columns,
	    const struct db_value *rows, size_t n_rows, int64_t *changed,
	    struct err *err) MUST_CHECK;

/* Several statements with ";" between, no parameters: schemas. */
bool	db_script(struct db *db, const char *sql, struct err *err) MUST_CHECK;

/*
 * Runs a query (or a write with RETURNING) and gives its rows; other
 * statements, this one too, may run while it is open.  PostgreSQL holds the
 * whole result in memory.  db_begin, db_commit and db_exec_many outside a
 * transaction are refused while rows are open; db_rollback and db_close end
 * them: what is left is db_finish, which fails if they were stepped after that.
 *
 *	if (!db_query(db, sql, DB_PARAMS(DB_INT(id)), &rows, err))
 *		return false;
 *	while (db_step(rows))
 *		n += db_int(rows, 0);
 *	return db_finish(&rows, err);
 */
bool	db_query(struct db *db, const char *sql, const struct db_value *params,
	    size_t n_params, struct db_rows **out, struct err *err) MUST_CHECK;

/*
 * As db_query for results of any size, in bounded memory; until it is
 * finished the handle refuses every other statement, on both.
 */
bool	db_scan(struct db *db, const char *sql, const struct db_value *params,
	    size_t n_params, struct db_rows **out, struct err *err) MUST_CHECK;

/* The next row; false at the end or after a failure: db_finish tells which. */
bool	db_step(struct db_rows *rows) MUST_CHECK;

/* Takes and nulls, also half read; false when a step or a getter failed. */
bool	db_finish(struct db_rows **rows, struct err *err) MUST_CHECK;

/* db_finish for those who are failing already.  NULL is fine. */
void	db_rows_free(struct db_rows **rows);

/*
 * Columns count from 0.  NULL reads as 0 or empty.  A column of another type
 * does too and makes db_finish fail.  Views are lent until the next db_step,
 * db_finish or db_rows_free.
 */
int64_t		db_int(struct db_rows *rows, int column);
struct str	db_text(struct db_rows *rows, int column);
struct str	db_bytes(struct db_rows *rows, int column);
bool		db_is_null(struct db_rows *rows, int column);

/* One number: the first column of the only row.  *found false without a row
 * or with NULL; found may be NULL: then that is ERR_INPUT. */
bool	db_number(struct db *db, const char *sql, const struct db_value *params,
	    size_t n_params, int64_t *out, bool *found, struct err *err)
	    MUST_CHECK;

enum db_tx {
	DB_TX_WRITE,		/* SQLite: BEGIN IMMEDIATE; PostgreSQL: read
				 * committed */
	DB_TX_READ		/* one snapshot, no writes */
};

/* A transaction inside one is refused (ERR_SYSTEM). */
bool	db_begin(struct db *db, enum db_tx kind, struct err *err) MUST_CHECK;
bool	db_commit(struct db *db, struct err *err) MUST_CHECK;
void	db_rollback(struct db *db);	/* nothing open: nothing done */
bool	db_in_tx(const struct db *db);

/* Whether the last failure of this handle was a UNIQUE or PRIMARY KEY one. */
bool	db_is_unique(const struct db *db);

/*
 * A number that is another one after another connection committed (it may be
 * another one without).  Outside a transaction; cheap enough for each second.
 */
bool	db_data_version(struct db *db, int64_t *out, struct err *err) MUST_CHECK;

/* SQLite: the file, lent by the handle.  PostgreSQL: NULL. */
const char *db_path(struct db *db);

/*
 * SQLite: moves what it can from the WAL to the file without waiting for
 * anybody; *left (may be NULL) gets the frames that stay.  PostgreSQL: nothing.
 */
bool	db_checkpoint(struct db *db, int64_t *left, struct err *err) MUST_CHECK;

/* SQLite only.  name: [a-z_]+; detaching happens at db_close. */
bool	db_attach(struct db *db, const char *path, const char *name,
	    struct err *err) MUST_CHECK;

/* SQLite only: a consistent, compact copy into a file that must not exist. */
bool	db_copy(struct db *db, const char *path, struct err *err) MUST_CHECK;

#endif
