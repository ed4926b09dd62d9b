/* SPDX-License-Identifier: ISC */
/*
 * db_impl.h - what db's files share: a handle, its prepared statements, its
 * cursors, and the operations that each database brings.
 */
#ifndef DUNLIN_DB_DB_IMPL_H
#define DUNLIN_DB_DB_IMPL_H

#include "db/db.h"

#define DB_CACHE_MAX	160	/* prepared statements kept by a handle */
#define DB_COLUMNS_MAX	24	/* of @rows */
#define DB_VALUE_MAX	((size_t)500 * 1000 * 1000)

/* What DB_ROWS says. */
struct db_table {
	const struct db_value	*values;
	size_t			 columns, count;
};

struct db_stmt {
	char		*sql;		/* as the caller wrote it */
	uint64_t	 hash;
	uint64_t	 used;		/* for eviction: higher is later */
	uint64_t	 id;		/* PostgreSQL: its name there */
	void		*native;	/* SQLite: sqlite3_stmt */
	size_t		 n_params;
	struct str	 columns;	/* letters of @rows; none: a value */
	struct db_table	 table;		/* bound to it */
	bool		 is_read;
	bool		 is_busy;	/* a cursor stands on it */
	bool		 is_kept;	/* in the cache */
};

enum db_tx_state { DB_STATE_IDLE, DB_STATE_WRITE, DB_STATE_READ };

struct db {
	const struct db_ops	*ops;
	struct db_options	 options;
	struct db_stmt		*cache[DB_CACHE_MAX];
	size_t			 n_cached;
	uint64_t		 uses;
	enum db_tx_state	 state;
	bool			 is_spoiled;	/* failed inside its tx */
	bool			 is_unique;
	struct db_rows		*open_rows;
	struct db_rows		*scan;		/* it owns the handle */
};

struct db_rows {
	struct db	*db;		/* NULL once the handle is closed */
	struct db_stmt	*stmt;
	struct db_rows	*prev;
	struct db_rows	*next;
	struct arena	*arena;		/* PostgreSQL: this row's bytes */
	void		*native;	/* PostgreSQL: PGresult */
	int		 row;
	bool		 is_scan;
	bool		 has_first;	/* SQLite: a row is there already */
	bool		 is_ended;
	bool		 is_at_row;
	bool		 is_failed;
	struct err	 err;
};

/* A value as the database gave it, before anybody asked for a type. */
struct db_cell {
	enum db_type	type;
	bool		is_odd;		/* a type that dunlin does not use */
	int64_t		number;
	struct str	bytes;
};

struct db_ops {
	const char	*name;
	void	(*close)(struct db *db);
	/* Called before a statement outside a transaction: reconnects. */
	bool	(*ready)(struct db *db, struct err *err);
	bool	(*prepare)(struct db *db, struct db_stmt *stmt, const char *sql,
		    struct err *err);
	void	(*forget)(struct db *db, struct db_stmt *stmt);
	bool	(*exec)(struct db *db, struct db_stmt *stmt,
		    const struct db_value *params, int64_t *changed,
		    struct err *err);
	bool	(*exec_many)(struct db *db, struct db_stmt *stmt,
		    const struct db_value *rows, size_t n_rows,
		    int64_t *changed, struct err *err);
	bool	(*script)(struct db *db, const char *sql, struct err *err);
	/* Runs rows->stmt; a first row may be fetched already. */
	bool	(*start)(struct db_rows *rows, const struct db_value *params,
		    struct err *err);
	/* Sets is_at_row or is_ended; false with rows->err set. */
	bool	(*step)(struct db_rows *rows);
	bool	(*cell)(struct db_rows *rows, int column, struct db_cell *out);
	void	(*stop)(struct db_rows *rows);
	bool	(*begin)(struct db *db, enum db_tx kind, struct err *err);
	bool	(*commit)(struct db *db, struct err *err);
	void	(*rollback)(struct db *db);
	bool	(*data_version)(struct db *db, int64_t *out, struct err *err);
};

/* The databases; *out is a struct db with more behind it. */
bool	db_sqlite_open(const char *path, const struct db_options *options,
	    struct db **out, struct err *err);
bool	db_pg_open(const char *dsn, const struct db_options *options,
	    struct db **out, struct err *err);
/* Builds with faults: once, before a file is opened. */
void	db_sqlite_faults(void);
extern const struct db_ops	db_sqlite_ops;
extern const struct db_ops	db_pg_ops;

enum db_sql_form { DB_SQL_STATEMENT, DB_SQL_SCRIPT };

/*
 * SQL in the house dialect to that of the database: type words, $n to ?n.
 * *n_params gets the highest n, *columns the letters of @rows, lent by sql.  On
 * PostgreSQL each of these is an array, $1 and on, and what was $2 comes behind.
 * ERR_SYSTEM: the SQL is wrong.
 */
bool	db_sql_translate(const char *sql, bool to_pg, enum db_sql_form form,
	    struct buf *out, size_t *n_params, struct str *columns,
	    struct err *err);

/* SQLite's table of the rows in a db_table, by the pointer to it. */
#define DB_ROWS_TABLE	"dunlin_rows"
struct sqlite3;
int	db_sqlite_add_rows(struct sqlite3 *handle);
struct db_table	db_table_of(const struct db_value *value);

/* The cached statement for sql, prepared when new; lent until db_stmt_give. */
bool	db_stmt_take(struct db *db, const char *sql, struct db_stmt **out,
	    struct err *err);
void	db_stmt_give(struct db *db, struct db_stmt **stmt);
/* All are gone on the other side: a new connection. */
void	db_stmt_drop_all(struct db *db);

/* Runs a constant statement of db's own. */
bool	db_run(struct db *db, const char *sql, struct err *err);

#endif
