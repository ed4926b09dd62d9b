/* SPDX-License-Identifier: ISC */
/*
 * fix.h - what the files of the contract begin with.
 */
#ifndef DUNLIN_UNIT_DB_FIX_H
#define DUNLIN_UNIT_DB_FIX_H

#include "db/db.h"

#include "support/test.h"
#include "support/testdb.h"

struct fix {
	struct testdb	 test;
	struct db	*db;
	struct err	 err;
};

#define OK(f, call)	do { \
	if (!(call)) \
		fail_msg("%s", (f)->err.text); \
} while (0)
#define NO(f, call, want)	do { \
	assert_false(call); \
	if ((f)->err.kind != (want)) \
		fail_msg("kind %d: %s", (int)(f)->err.kind, (f)->err.text); \
} while (0)

static inline int
setup(void **state)
{
	struct fix	*f = calloc(1, sizeof(*f));

	testdb_init(&f->test);
	f->db = testdb_open(&f->test, NULL);
	OK(f, db_script(f->db, "CREATE TABLE t (id @serial, name @text UNIQUE, "
	    "n @int, b @bytes, flag @bool NOT NULL DEFAULT 0) @table; "
	    "CREATE TABLE pair (a @int NOT NULL, c @text NOT NULL, n @int "
	    "CHECK (n >= 0), PRIMARY KEY (a, c)) @table_by_key; "
	    "CREATE TABLE child (t @id NOT NULL REFERENCES t (id)) @table;",
	    &f->err));
	*state = f;
	return 0;
}

static inline int
teardown(void **state)
{
	struct fix	*f = *state;

	db_close(&f->db);
	testdb_fini(&f->test);
	free(f);
	return 0;
}

static inline int64_t
number(struct fix *f, const char *sql)
{
	int64_t	n = -1;

	OK(f, db_number(f->db, sql, DB_NONE, &n, NULL, &f->err));
	return n;
}

static inline void
put(struct fix *f, struct db *db, const char *name, int64_t n)
{
	OK(f, db_exec(db, "INSERT INTO t (name, n) VALUES ($1, $2)",
	    DB_PARAMS(DB_TEXT(str_of(name)), DB_INT(n)), NULL, &f->err));
}

#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
