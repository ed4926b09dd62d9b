/* SPDX-License-Identifier: ISC */
/*
 * db_pg.h - what the two files of the PostgreSQL side share.
 */
#ifndef DUNLIN_DB_DB_PG_H
#define DUNLIN_DB_DB_PG_H

#include "db/db_impl.h"

#include <libpq-fe.h>

struct pg {
	struct db	 db;		/* first: a struct db is one of these */
	PGconn		*conn;
};

/* Parameters in libpq's form; lends what the values lend. */
struct pg_params {
	const char	*values[DB_PARAMS_MAX];
	int		 lengths[DB_PARAMS_MAX];
	int		 formats[DB_PARAMS_MAX];
	char		 numbers[DB_PARAMS_MAX][24];
	char		 name[32];	/* the prepared statement's */
	int		 count;
	struct buf	 arrays;	/* of @rows */
};

struct pg	*pg_of(struct db *db);

/* What went wrong, from res or, with res NULL, from the connection. */
bool	pg_explain(struct pg *pg, const PGresult *res, struct err *err);

/* Whether res holds a success; explains otherwise.  NULL res is a failure. */
bool	pg_check(struct pg *pg, const PGresult *res, struct err *err);

/* A failure of stmt: outside a transaction, the answer to a write being lost
 * leaves its effect unknown. */
bool	pg_failed(struct pg *pg, const struct db_stmt *stmt,
	    const PGresult *res, struct err *err);

/* pg_unbind also after a failure. */
bool	pg_bind(struct pg_params *out, const struct db_stmt *stmt,
	    const struct db_value *params, struct err *err) MUST_CHECK;
void	pg_unbind(struct pg_params *params);

/* The columns of @rows as arrays, the first parameters of out. */
bool	pg_bind_rows(struct pg_params *out, struct str columns,
	    const struct db_table *table, struct err *err) MUST_CHECK;

bool	pg_start(struct db_rows *rows, const struct db_value *params,
	    struct err *err);
bool	pg_step(struct db_rows *rows);
bool	pg_cell(struct db_rows *rows, int column, struct db_cell *out);
void	pg_stop(struct db_rows *rows);

#endif
