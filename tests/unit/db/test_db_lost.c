/* SPDX-License-Identifier: ISC */
/* What only a connection can have: it is lost. */
#include "db/db.h"

#include "support/test.h"
#include "support/testdb.h"

static struct testdb	test;	/* set by main, then only read */

#define OK(call)	do { \
	if (!(call)) \
		fail_msg("%s", err.text); \
} while (0)
#define NO(call, want)	do { \
	assert_false(call); \
	if (err.kind != (want)) \
		fail_msg("kind %d: %s", (int)err.kind, err.text); \
} while (0)

/* A connection with table t, and another that has just cut it off. */
static struct db *
cut_off(bool in_tx)
{
	struct db	*db = testdb_open(&test, NULL);
	struct db	*other = testdb_open(&test, NULL);
	struct err	 err = {0};
	int64_t		 pid;

	OK(db_script(db, "CREATE TABLE IF NOT EXISTS t (n @int) @table", &err));
	if (in_tx)
		OK(db_begin(db, DB_TX_WRITE, &err));
	OK(db_exec(db, "INSERT INTO t VALUES (1)", DB_NONE, NULL, &err));
	OK(db_number(db, "SELECT pg_backend_pid()", DB_NONE, &pid, NULL, &err));
	OK(db_exec(other, "SELECT pg_terminate_backend(CAST($1 AS INTEGER), "
	    "10000)", DB_PARAMS(DB_INT(pid)), NULL, &err));
	db_close(&other);
	return db;
}

static void
test_commit_is_unsure(void **state)
{
	struct err	 err = {0};
	struct db	*db = cut_off(true);

	(void)state;
	NO(db_commit(db, &err), ERR_UNSURE);
	assert_false(db_in_tx(db));
	OK(db_begin(db, DB_TX_WRITE, &err));	/* on a new connection */
	OK(db_exec(db, "INSERT INTO t VALUES (1)", DB_NONE, NULL, &err));
	OK(db_commit(db, &err));
	db_close(&db);
}

static void
test_inside_is_later(void **state)
{
	const struct db_value	 rows[] = {DB_INT(1), DB_INT(2)};
	struct err		 err = {0};
	struct db		*db = cut_off(true);

	(void)state;
	NO(db_exec(db, "DELETE FROM t", DB_NONE, NULL, &err), ERR_LATER);
	NO(db_commit(db, &err), ERR_SYSTEM);
	db_close(&db);
	db = cut_off(true);
	NO(db_exec_many(db, "INSERT INTO t VALUES ($1)", 1, rows, 2, NULL, &err),
	    ERR_LATER);
	db_rollback(db);
	OK(db_exec_many(db, "INSERT INTO t VALUES ($1)", 1, rows, 2, NULL,
	    &err));
	db_close(&db);
}

static void
test_outside_a_write_is_unsure(void **state)
{
	struct err	 err = {0};
	struct db	*db = cut_off(false);
	int64_t		 n;

	(void)state;
	NO(db_exec(db, "INSERT INTO t VALUES (1)", DB_NONE, NULL, &err),
	    ERR_UNSURE);
	db_close(&db);
	db = cut_off(false);
	NO(db_number(db, "SELECT pg_backend_pid()", DB_NONE, &n, NULL, &err),
	    ERR_LATER);
	OK(db_number(db, "SELECT pg_backend_pid()", DB_NONE, &n, NULL, &err));
	db_close(&db);
}

static void
test_begin_is_later(void **state)
{
	struct err	 err = {0};
	struct db	*db = cut_off(false);

	(void)state;
	NO(db_begin(db, DB_TX_WRITE, &err), ERR_LATER);
	OK(db_begin(db, DB_TX_WRITE, &err));
	db_close(&db);
}

static void
test_scan_is_cut(void **state)
{
	struct err	 err = {0};
	struct db	*db = testdb_open(&test, NULL);
	struct db	*other = testdb_open(&test, NULL);
	struct db_rows	*rows;
	int64_t		 pid;

	(void)state;
	OK(db_number(db, "SELECT pg_backend_pid()", DB_NONE, &pid, NULL, &err));
	OK(db_scan(db, "SELECT generate_series(1, 50000000)", DB_NONE, &rows,
	    &err));
	assert_true(db_step(rows));
	OK(db_exec(other, "SELECT pg_terminate_backend(CAST($1 AS INTEGER), "
	    "10000)", DB_PARAMS(DB_INT(pid)), NULL, &err));
	while (db_step(rows))
		;
	NO(db_finish(&rows, &err), ERR_LATER);
	OK(db_script(db, "SELECT 1", &err));
	db_close(&db);
	db_close(&other);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_commit_is_unsure),
		cmocka_unit_test(test_inside_is_later),
		cmocka_unit_test(test_outside_a_write_is_unsure),
		cmocka_unit_test(test_begin_is_later),
		cmocka_unit_test(test_scan_is_cut),
	};
	int	failed;

	if (getenv("DUNLIN_TEST_PG") == NULL) {
		printf("1..0 # SKIP runs under tests/support/with_pg.sh\n");
		return 0;
	}
	testdb_init(&test);
	failed = cmocka_run_group_tests_name("db/lost", tests, NULL, NULL);
	testdb_fini(&test);
	return failed;
}
