/* SPDX-License-Identifier: ISC */
/* The contract, continued: transactions, cursors, several connections. */
#include "db/db.h"

#include "fix.h"

static void
test_transactions(void **state)
{
	struct fix	*f = *state;

	OK(f, db_begin(f->db, DB_TX_WRITE, &f->err));
	assert_true(db_in_tx(f->db));
	NO(f, db_begin(f->db, DB_TX_WRITE, &f->err), ERR_SYSTEM);
	put(f, f->db, "a", 1);
	db_rollback(f->db);
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), 0);
	OK(f, db_begin(f->db, DB_TX_WRITE, &f->err));
	put(f, f->db, "a", 1);
	OK(f, db_script(f->db, "CREATE TABLE u (id @serial) @table", &f->err));
	OK(f, db_commit(f->db, &f->err));
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), 1);
	NO(f, db_commit(f->db, &f->err), ERR_SYSTEM);
	db_rollback(f->db);
}

static void
test_failure_spoils_transaction(void **state)
{
	struct fix	*f = *state;

	put(f, f->db, "a", 1);
	OK(f, db_begin(f->db, DB_TX_WRITE, &f->err));
	put(f, f->db, "b", 1);
	NO(f, db_exec(f->db, "INSERT INTO t (name) VALUES ('a')", DB_NONE, NULL,
	    &f->err), ERR_INPUT);
	assert_true(db_is_unique(f->db));
	NO(f, db_exec(f->db, "INSERT INTO t (name) VALUES ('c')", DB_NONE, NULL,
	    &f->err), ERR_SYSTEM);
	NO(f, db_commit(f->db, &f->err), ERR_SYSTEM);
	assert_false(db_in_tx(f->db));
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), 1);
	put(f, f->db, "c", 1);
}

static void
test_deferred_constraint_at_commit(void **state)
{
	struct fix	*f = *state;

	OK(f, db_script(f->db, "CREATE TABLE late (t @id REFERENCES t (id) "
	    "DEFERRABLE INITIALLY DEFERRED) @table", &f->err));
	OK(f, db_begin(f->db, DB_TX_WRITE, &f->err));
	OK(f, db_exec(f->db, "INSERT INTO late VALUES (42)", DB_NONE, NULL,
	    &f->err));
	NO(f, db_commit(f->db, &f->err), ERR_INPUT);
	assert_false(db_in_tx(f->db));
	assert_int_equal(number(f, "SELECT COUNT(*) FROM late"), 0);
}

static void
test_read_transaction(void **state)
{
	struct fix	*f = *state;
	struct db	*other = testdb_open(&f->test, NULL);

	put(f, f->db, "a", 1);
	OK(f, db_begin(f->db, DB_TX_READ, &f->err));
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), 1);
	put(f, other, "b", 2);
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), 1);
	NO(f, db_exec(f->db, "DELETE FROM t", DB_NONE, NULL, &f->err),
	    ERR_SYSTEM);
	db_rollback(f->db);
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), 2);
	db_close(&other);
}

static void
test_read_only_handle(void **state)
{
	static const struct db_options	options = {.read_only = true};
	struct fix			*f = *state;
	struct db			*other;

	put(f, f->db, "a", 1);
	other = testdb_open(&f->test, &options);
	NO(f, db_exec(other, "DELETE FROM t", DB_NONE, NULL, &f->err),
	    ERR_SYSTEM);
	OK(f, db_exec(other, "SELECT 1 FROM t", DB_NONE, NULL, &f->err));
	db_close(&other);
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), 1);
}

static void
test_locked_is_later(void **state)
{
	static const struct db_options	options = {.busy_ms = 1};
	struct fix			*f = *state;
	struct db			*other = testdb_open(&f->test, &options);

	put(f, f->db, "a", 1);
	OK(f, db_begin(f->db, DB_TX_WRITE, &f->err));
	OK(f, db_exec(f->db, "UPDATE t SET n = 2", DB_NONE, NULL, &f->err));
	NO(f, db_exec(other, "UPDATE t SET n = 3", DB_NONE, NULL, &f->err),
	    ERR_LATER);
	OK(f, db_commit(f->db, &f->err));
	OK(f, db_exec(other, "UPDATE t SET n = 3", DB_NONE, NULL, &f->err));
	db_close(&other);
}

static void
test_cursors_nest(void **state)
{
	const char	*sql = "SELECT id FROM t ORDER BY id";
	struct fix	*f = *state;
	struct db_rows	*outer;
	struct db_rows	*inner;
	int64_t		 seen = 0;

	for (int64_t i = 0; i < 5; i++)
		put(f, f->db, (const char *[]){"a", "b", "c", "d", "e"}[i], i);
	OK(f, db_begin(f->db, DB_TX_WRITE, &f->err));
	OK(f, db_query(f->db, sql, DB_NONE, &outer, &f->err));
	while (db_step(outer)) {
		int64_t	id = db_int(outer, 0);

		OK(f, db_query(f->db, sql, DB_NONE, &inner, &f->err));
		while (db_step(inner) && db_int(inner, 0) <= id)
			seen++;
		assert_int_equal(db_int(outer, 0), id);
		NO(f, db_commit(f->db, &f->err), ERR_SYSTEM);
		OK(f, db_finish(&inner, &f->err));
		OK(f, db_exec(f->db, "UPDATE t SET n = 100 WHERE id = $1",
		    DB_PARAMS(DB_INT(id)), NULL, &f->err));
	}
	OK(f, db_finish(&outer, &f->err));
	OK(f, db_commit(f->db, &f->err));
	assert_int_equal(seen, 15);
	assert_int_equal(number(f, "SELECT SUM(n) FROM t"), 500);
}

static void
test_parameters_outlive_the_call(void **state)
{
	struct fix	*f = *state;
	char		 name[] = "keep";
	struct db_rows	*rows;

	put(f, f->db, "a", 1);
	put(f, f->db, "b", 2);
	OK(f, db_query(f->db, "SELECT CAST($1 AS @text) FROM t ORDER BY id",
	    DB_PARAMS(DB_TEXT(str_of(name))), &rows, &f->err));
	memset(name, '#', strlen(name));
	for (int i = 0; i < 2; i++) {
		assert_true(db_step(rows));
		assert_true(str_is(db_text(rows, 0), "keep"));
	}
	OK(f, db_finish(&rows, &f->err));
}

static void
test_begin_and_commit_want_rows_closed(void **state)
{
	struct fix	*f = *state;
	struct db_rows	*rows;

	put(f, f->db, "a", 1);
	OK(f, db_query(f->db, "SELECT id FROM t", DB_NONE, &rows, &f->err));
	NO(f, db_begin(f->db, DB_TX_WRITE, &f->err), ERR_SYSTEM);
	OK(f, db_finish(&rows, &f->err));
	OK(f, db_begin(f->db, DB_TX_WRITE, &f->err));
	OK(f, db_query(f->db, "SELECT id FROM t", DB_NONE, &rows, &f->err));
	NO(f, db_commit(f->db, &f->err), ERR_SYSTEM);
	db_rollback(f->db);
	assert_false(db_step(rows));
	NO(f, db_finish(&rows, &f->err), ERR_SYSTEM);
}

static void
test_half_read(void **state)
{
	struct fix	*f = *state;
	struct db_rows	*rows;

	OK(f, db_query(f->db, "INSERT INTO t (name) VALUES ('a'), ('b'), ('c') "
	    "RETURNING id", DB_NONE, &rows, &f->err));
	assert_true(db_step(rows));
	OK(f, db_finish(&rows, &f->err));
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), 3);
	OK(f, db_query(f->db, "DELETE FROM t RETURNING id", DB_NONE, &rows,
	    &f->err));
	db_rows_free(&rows);
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), 0);
}

static void
test_scan_owns_handle(void **state)
{
	struct fix	*f = *state;
	struct db_rows	*rows;
	struct db_rows	*other;
	int64_t		 sum = 0;

	OK(f, db_exec(f->db, "INSERT INTO t (n) WITH RECURSIVE c (i) AS "
	    "(SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 5000) "
	    "SELECT i FROM c", DB_NONE, NULL, &f->err));
	OK(f, db_scan(f->db, "SELECT n FROM t WHERE n > $1", DB_PARAMS(
	    DB_INT(0)), &rows, &f->err));
	NO(f, db_query(f->db, "SELECT 1", DB_NONE, &other, &f->err), ERR_SYSTEM);
	while (db_step(rows))
		sum += db_int(rows, 0);
	OK(f, db_finish(&rows, &f->err));
	assert_int_equal(sum, 5000 * 5001 / 2);
	OK(f, db_scan(f->db, "SELECT n FROM t", DB_NONE, &rows, &f->err));
	assert_true(db_step(rows));
	OK(f, db_finish(&rows, &f->err));
	put(f, f->db, "after", 1);
}

static void
test_close_with_rows_open(void **state)
{
	struct fix	*f = *state;
	struct db_rows	*rows;

	put(f, f->db, "a", 1);
	OK(f, db_begin(f->db, DB_TX_WRITE, &f->err));
	OK(f, db_query(f->db, "SELECT name FROM t", DB_NONE, &rows, &f->err));
	put(f, f->db, "b", 1);
	db_close(&f->db);
	assert_null(f->db);
	assert_false(db_step(rows));
	NO(f, db_finish(&rows, &f->err), ERR_SYSTEM);
	f->db = testdb_open(&f->test, NULL);
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), 1);
}

static void
test_schema_change_is_seen(void **state)
{
	struct fix	*f = *state;
	struct db	*other = testdb_open(&f->test, NULL);

	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), 0);
	OK(f, db_script(other, "ALTER TABLE t ADD COLUMN extra @int", &f->err));
	db_close(&other);
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), 0);
	assert_int_equal(number(f, "SELECT COUNT(extra) FROM t"), 0);
}

static void
test_data_version(void **state)
{
	struct fix	*f = *state;
	struct db	*other = testdb_open(&f->test, NULL);
	int64_t		 first;
	int64_t		 again;

	OK(f, db_data_version(f->db, &first, &f->err));
	OK(f, db_data_version(f->db, &again, &f->err));
	if (!f->test.is_pg)	/* there, other databases count too */
		assert_int_equal(first, again);
	put(f, other, "a", 1);
	OK(f, db_data_version(f->db, &again, &f->err));
	assert_int_not_equal(first, again);
	db_close(&other);
}

static void
test_claim_dialect(void **state)
{
	struct fix	*f = *state;
	struct db_rows	*rows;
	int64_t		 n = 0;

	for (int64_t i = 0; i < 5; i++)
		put(f, f->db, (const char *[]){"a", "b", "c", "d", "e"}[i], i);
	OK(f, db_query(f->db, "UPDATE t SET flag = 1 WHERE id IN (SELECT id "
	    "FROM t WHERE flag = 0 ORDER BY n LIMIT $1 @skip_locked) "
	    "RETURNING n", DB_PARAMS(DB_INT(3)), &rows, &f->err));
	while (db_step(rows))
		n += db_int(rows, 0);
	OK(f, db_finish(&rows, &f->err));
	assert_int_equal(n, 0 + 1 + 2);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		T(test_transactions),
		T(test_failure_spoils_transaction),
		T(test_deferred_constraint_at_commit),
		T(test_read_transaction),
		T(test_read_only_handle),
		T(test_locked_is_later),
		T(test_cursors_nest),
		T(test_parameters_outlive_the_call),
		T(test_begin_and_commit_want_rows_closed),
		T(test_half_read),
		T(test_scan_owns_handle),
		T(test_close_with_rows_open),
		T(test_schema_change_is_seen),
		T(test_data_version),
		T(test_claim_dialect),
	};

	return cmocka_run_group_tests_name("db/tx", tests, NULL, NULL);
}
