/* SPDX-License-Identifier: ISC */
/*
 * testdb.h - an empty database for each test, of the kind that the run is for.
 *
 * One suite, two runs: by itself a program tests SQLite; under
 * `sh tests/support/with_pg.sh PROGRAM` it tests PostgreSQL.
 */
#ifndef DUNLIN_SUPPORT_TESTDB_H
#define DUNLIN_SUPPORT_TESTDB_H

#include "db/db.h"

struct testdb {
	char	dsn[512];	/* for db_open, with options.create */
	char	dir[64];	/* a folder of this test's own */
	bool	is_pg;
};

/* Empties what is there; ends the program with the reason when it cannot. */
void	testdb_init(struct testdb *test);
void	testdb_fini(struct testdb *test);

/* A connection; options may be NULL. */
struct db	*testdb_open(const struct testdb *test,
		    const struct db_options *options);

#endif
