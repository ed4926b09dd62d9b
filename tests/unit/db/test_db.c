/* SPDX-License-Identifier: ISC */
/* One contract for both databases (see support/testdb.h): statements. */
#include "db/db.h"

#include "fix.h"

static void
test_values_round_trip(void **state)
{
	static const int64_t	numbers[] = {0, -1, 1, INT64_MAX, INT64_MIN,
	    INT64_C(4294967296)};
	const struct str	names[] = {STR(""), STR("'; DROP TABLE t; --"),
	    STR("$1 @int ?1 \"x\" \\ % _"), STR("\xF0\x9F\x92\xB8 \xD8\xB9"),
	    STR("a\r\nb\tc\x01"), STR("\\x6869")};
	char			bytes[256];
	struct db_rows		*rows;
	struct fix		*f = *state;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	for (size_t i = 0; i < TEST_COUNT(names); i++) {
		struct str	blob = {bytes, i == 0 ? 0 : sizeof(bytes)};

		OK(f, db_query(f->db, "INSERT INTO t (name, n, b) VALUES "
		    "($1, $2, $3) RETURNING id, name, n, b, flag", DB_PARAMS(
		    DB_TEXT(names[i]), DB_INT(numbers[i]), DB_BYTES(blob)),
		    &rows, &f->err));
		assert_true(db_step(rows));
		assert_int_equal(db_int(rows, 0), i + 1);
		assert_true(str_eq(db_text(rows, 1), names[i]));
		assert_int_equal(db_int(rows, 2), numbers[i]);
		assert_true(str_eq(db_bytes(rows, 3), blob));
		assert_false(db_is_null(rows, 3));
		assert_int_equal(db_int(rows, 4), 0);
		assert_false(db_step(rows));
		OK(f, db_finish(&rows, &f->err));
		assert_null(rows);
	}
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t WHERE flag = 0"), 6);
	assert_int_equal(number(f, "SELECT SUM(n) FROM t WHERE n < 2 AND "
	    "n > -2"), 0);
}

static void
test_null_and_types(void **state)
{
	struct fix	*f = *state;
	struct db_rows	*rows;

	OK(f, db_exec(f->db, "INSERT INTO t (name, n, b) VALUES ($1, $2, $3)",
	    DB_PARAMS(DB_NULL, DB_NULL, DB_NULL), NULL, &f->err));
	OK(f, db_query(f->db, "SELECT name, n, b, id FROM t", DB_NONE, &rows,
	    &f->err));
	assert_true(db_step(rows));
	for (int i = 0; i < 3; i++)
		assert_true(db_is_null(rows, i));
	assert_false(db_is_null(rows, 3));
	assert_int_equal(db_text(rows, 0).len, 0);
	assert_int_equal(db_int(rows, 1), 0);
	assert_int_equal(db_bytes(rows, 2).len, 0);
	OK(f, db_finish(&rows, &f->err));

	OK(f, db_query(f->db, "SELECT id FROM t", DB_NONE, &rows, &f->err));
	assert_true(db_step(rows));
	assert_int_equal(db_text(rows, 0).len, 0);
	NO(f, db_finish(&rows, &f->err), ERR_SYSTEM);

	OK(f, db_query(f->db, "SELECT id FROM t", DB_NONE, &rows, &f->err));
	assert_true(db_step(rows));
	assert_int_equal(db_int(rows, 1), 0);
	NO(f, db_finish(&rows, &f->err), ERR_SYSTEM);

	OK(f, db_query(f->db, "SELECT AVG(id) / 3 FROM (SELECT 1 AS id) AS x",
	    DB_NONE, &rows, &f->err));
	assert_true(db_step(rows));
	(void)db_int(rows, 0);
	if (f->test.is_pg)
		NO(f, db_finish(&rows, &f->err), ERR_SYSTEM);
	else
		db_rows_free(&rows);
}

static void
test_hostile_text_is_refused(void **state)
{
	const struct str	bad[] = {STR("a\0b"), STR("\xff"),
	    STR("\xed\xa0\x80"), STR("caf\xe9")};
	struct fix		*f = *state;

	for (size_t i = 0; i < TEST_COUNT(bad); i++)
		NO(f, db_exec(f->db, "INSERT INTO t (name) VALUES ($1)",
		    DB_PARAMS(DB_TEXT(bad[i])), NULL, &f->err), ERR_INPUT);
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), 0);
}

static void
test_two_megabytes(void **state)
{
	struct fix	*f = *state;
	size_t		 len = 2 * 1024 * 1024;
	char		*big = malloc(len);
	struct db_rows	*rows;

	memset(big, 'x', len);
	big[0] = '"';
	OK(f, db_exec(f->db, "INSERT INTO t (name, b) VALUES ('big', $1)",
	    DB_PARAMS(DB_BYTES(((struct str){big, len}))), NULL, &f->err));
	OK(f, db_query(f->db, "SELECT b FROM t WHERE b = $1",
	    DB_PARAMS(DB_BYTES(((struct str){big, len}))), &rows, &f->err));
	assert_true(db_step(rows));
	assert_true(str_eq(db_bytes(rows, 0), (struct str){big, len}));
	OK(f, db_finish(&rows, &f->err));
	free(big);
}

static void
test_constraints(void **state)
{
	static const struct {
		const char	*sql;
		bool		 is_unique;
	} cases[] = {
		{"INSERT INTO t (name) VALUES ('one')", true},
		{"INSERT INTO t (id) VALUES (1)", true},
		{"INSERT INTO pair VALUES (1, 'x', 1)", true},
		{"INSERT INTO pair VALUES (2, 'x', -1)", false},
		{"INSERT INTO pair VALUES (2, NULL, 1)", false},
		{"INSERT INTO child VALUES (99)", false},
		{"INSERT INTO pair VALUES ('abc', 'x', 1)", false},
	};
	struct fix	*f = *state;

	put(f, f->db, "one", 1);
	OK(f, db_exec(f->db, "INSERT INTO pair VALUES (1, 'x', 1)", DB_NONE,
	    NULL, &f->err));
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		NO(f, db_exec(f->db, cases[i].sql, DB_NONE, NULL, &f->err),
		    ERR_INPUT);
		assert_int_equal(db_is_unique(f->db), cases[i].is_unique);
	}
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), 1);
	assert_false(db_is_unique(f->db));
}

static void
test_faulty_sql(void **state)
{
	static const char *const	bad[] = {
		"", "SELEC 1", "SELECT 1; SELECT 2", "SELECT $0", "SELECT $65",
		"SELECT ?1", "SELECT CAST(1 AS @integer)", "SELECT 'x",
		"SELECT 1 /* x", "SELECT no_such FROM t", "SELECT $tag$x$tag$",
		"INSERT INTO no_such VALUES (1)", "SELECT @", "SELECT \"one\"",
	};
	struct fix	*f = *state;

	for (size_t i = 0; i < TEST_COUNT(bad); i++)
		NO(f, db_exec(f->db, bad[i], DB_NONE, NULL, &f->err),
		    ERR_SYSTEM);
	NO(f, db_exec(f->db, "SELECT id FROM t WHERE n = $1", DB_NONE, NULL,
	    &f->err), ERR_SYSTEM);
	NO(f, db_exec(f->db, "SELECT id FROM t", DB_PARAMS(DB_INT(1)), NULL,
	    &f->err), ERR_SYSTEM);
	OK(f, db_exec(f->db, "SELECT '$1 ? @x ; -- ' /* $9 ? */ ; -- @y",
	    DB_NONE, NULL, &f->err));
}

/* SQLite by itself binds $n by order of appearance, not by number. */
static void
test_parameters_by_number(void **state)
{
	struct fix	*f = *state;
	struct db_rows	*rows;

	OK(f, db_query(f->db, "SELECT CAST($3 AS @int), CAST($1 AS @int), "
	    "CAST($2 AS @text), CAST($1 AS @int)", DB_PARAMS(DB_INT(1),
	    DB_TEXT(STR("two")), DB_INT(3)), &rows, &f->err));
	assert_true(db_step(rows));
	assert_int_equal(db_int(rows, 0), 3);
	assert_int_equal(db_int(rows, 1), 1);
	assert_true(str_is(db_text(rows, 2), "two"));
	assert_int_equal(db_int(rows, 3), 1);
	OK(f, db_finish(&rows, &f->err));
}

static void
test_changed(void **state)
{
	struct fix	*f = *state;
	int64_t		 n = -1;

	put(f, f->db, "a", 1);
	put(f, f->db, "b", 1);
	OK(f, db_exec(f->db, "UPDATE t SET n = n + 1", DB_NONE, &n, &f->err));
	assert_int_equal(n, 2);
	OK(f, db_exec(f->db, "UPDATE t SET n = 0 WHERE name = 'z'", DB_NONE, &n,
	    &f->err));
	assert_int_equal(n, 0);
	OK(f, db_exec(f->db, "SELECT id FROM t", DB_NONE, &n, &f->err));
	assert_int_equal(n, 0);
	OK(f, db_exec(f->db, "INSERT INTO t (name) VALUES ('a') "
	    "ON CONFLICT (name) DO NOTHING", DB_NONE, &n, &f->err));
	assert_int_equal(n, 0);
	OK(f, db_exec(f->db, "INSERT INTO t (name) VALUES ('a') ON CONFLICT "
	    "(name) DO UPDATE SET n = 7", DB_NONE, &n, &f->err));
	assert_int_equal(n, 1);
	OK(f, db_exec(f->db, "CREATE INDEX t_n ON t (n)", DB_NONE, &n, &f->err));
	assert_int_equal(n, 0);
	OK(f, db_exec(f->db, "DELETE FROM t RETURNING id", DB_NONE, &n, &f->err));
	assert_int_equal(n, 2);
}

static void
test_order_and_like(void **state)
{
	static const char *const	order[] = {"", "B", "a", "b", "\xc3\xa1"};
	struct fix			*f = *state;
	struct db_rows			*rows;

	for (size_t i = TEST_COUNT(order); i-- > 0; )
		put(f, f->db, order[i], 1);
	OK(f, db_query(f->db, "SELECT name FROM t ORDER BY name", DB_NONE, &rows,
	    &f->err));
	for (size_t i = 0; i < TEST_COUNT(order); i++) {
		assert_true(db_step(rows));
		assert_true(str_is(db_text(rows, 0), order[i]));
	}
	OK(f, db_finish(&rows, &f->err));
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t WHERE name LIKE "
	    "'b%'"), 1);
}

#define MANY	1000

static void
test_exec_many(void **state)
{
	struct fix	*f = *state;
	struct db_value	*rows = calloc(MANY * 2, sizeof(*rows));
	int64_t		*changed = calloc(MANY, sizeof(*changed));
	char		 names[MANY][16];

	for (size_t i = 0; i < MANY; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "n%zu", i);
		rows[2 * i] = DB_TEXT(str_of(names[i]));
		rows[2 * i + 1] = DB_INT((int64_t)i);
	}
	OK(f, db_exec_many(f->db, "INSERT INTO t (name, n) VALUES ($1, $2)", 2,
	    rows, MANY, NULL, &f->err));
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), MANY);
	assert_int_equal(number(f, "SELECT SUM(n) FROM t"),
	    MANY * (MANY - 1) / 2);

	for (size_t i = 0; i < MANY; i++)
		rows[2 * i + 1] = DB_INT((int64_t)(i % 2 == 0 ? i : i + 1));
	OK(f, db_exec_many(f->db, "UPDATE t SET flag = 1 WHERE name = $1 AND "
	    "n = $2", 2, rows, MANY, changed, &f->err));
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(changed[i], i % 2 == 0);

	/* the last row breaks a rule: nothing stays of the others */
	OK(f, db_exec(f->db, "DELETE FROM t WHERE name <> 'n999'", DB_NONE, NULL,
	    &f->err));
	NO(f, db_exec_many(f->db, "INSERT INTO t (name, n) VALUES ($1, $2)", 2,
	    rows, MANY, NULL, &f->err), ERR_INPUT);
	assert_true(db_is_unique(f->db));
	assert_false(db_in_tx(f->db));
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), 1);
	OK(f, db_exec_many(f->db, "INSERT INTO t (name, n) VALUES ($1, $2)", 2,
	    rows, 0, NULL, &f->err));
	OK(f, db_exec_many(f->db, "INSERT INTO t (name, n) VALUES ($1, $2)", 2,
	    rows, 3, NULL, &f->err));
	assert_int_equal(number(f, "SELECT COUNT(*) FROM t"), 4);
	free(rows);
	free(changed);
}

/* Rows of a statement, as a table. */
static void
test_rows(void **state)
{
	const struct db_value	values[] = {
		DB_TEXT(STR("b")), DB_INT(INT64_MIN),
		DB_BYTES(STR("\0\xff")),
		DB_TEXT(STR("a\"{,}\\ \xF0\x9F\x92\xB8")), DB_INT(7), DB_NULL,
		DB_TEXT(STR("")), DB_INT(-1), DB_BYTES(STR("")),
	};
	const struct db_value	ids[] = {DB_INT(3), DB_INT(1),
	    DB_INT(99)};
	struct fix			*f = *state;
	struct db_rows			*rows;
	int64_t				 n;

	OK(f, db_exec(f->db, "INSERT INTO t (name, n, b, flag) SELECT c1, c2,"
	    " c3, $2 FROM @rows(tib)", DB_PARAMS(DB_ROWS(values, 3, 3),
	    DB_INT(1)), &n, &f->err));
	assert_int_equal(n, 3);
	OK(f, db_query(f->db, "SELECT name, n, b FROM t WHERE flag = 1"
	    " ORDER BY id", DB_NONE, &rows, &f->err));
	for (size_t i = 0; i < 3; i++) {
		assert_true(db_step(rows));
		assert_true(str_eq(db_text(rows, 0), values[3 * i].bytes));
		assert_int_equal(db_int(rows, 1), values[3 * i + 1].number);
		assert_int_equal(db_is_null(rows, 2), i == 1);
		if (i != 1)
			assert_true(str_eq(db_bytes(rows, 2),
			    values[3 * i + 2].bytes));
	}
	assert_false(db_step(rows));
	OK(f, db_finish(&rows, &f->err));

	/* the order is that of the rows; others may run meanwhile */
	OK(f, db_query(f->db, "SELECT t.id, t.name FROM @rows(i) CROSS JOIN t"
	    " WHERE t.id = r.c1 AND t.flag = $2", DB_PARAMS(DB_ROWS(ids, 1, 3),
	    DB_INT(1)), &rows, &f->err));
	assert_true(db_step(rows));
	assert_int_equal(db_int(rows, 0), 3);
	OK(f, db_exec(f->db, "UPDATE t SET n = n + $2 FROM @rows(i)"
	    " WHERE t.id = r.c1", DB_PARAMS(DB_ROWS(ids, 1, 1), DB_INT(5)), &n,
	    &f->err));
	assert_int_equal(n, 1);
	assert_true(db_step(rows));
	assert_int_equal(db_int(rows, 0), 1);
	assert_false(db_step(rows));
	OK(f, db_finish(&rows, &f->err));
	assert_int_equal(number(f, "SELECT n FROM t WHERE id = 3"), 4);
	OK(f, db_number(f->db, "SELECT COUNT(*) FROM t WHERE $2 = 1"
	    " AND id @ids", DB_PARAMS(DB_ROWS(ids, 1, 3), DB_INT(1)), &n, NULL,
	    &f->err));
	assert_int_equal(n, 2);
	OK(f, db_number(f->db, "SELECT COUNT(*) FROM t WHERE id @ids",
	    DB_PARAMS(DB_ROWS(ids, 1, 0)), &n, NULL, &f->err));
	assert_int_equal(n, 0);
}

static void
test_rows_misused(void **state)
{
	const struct db_value	number = DB_INT(1);
	const struct db_value	bad = DB_TEXT(STR("\xff"));
	static const char		insert[] =
	    "INSERT INTO t (name) SELECT c1 FROM @rows(t)";
	struct fix			*f = *state;

	NO(f, db_exec(f->db, insert, DB_PARAMS(DB_ROWS(&number, 1, 1)), NULL,
	    &f->err), ERR_SYSTEM);
	NO(f, db_exec(f->db, insert, DB_PARAMS(DB_ROWS(&bad, 1, 1)), NULL,
	    &f->err), ERR_INPUT);
	NO(f, db_exec(f->db, insert, DB_PARAMS(DB_ROWS(&bad, 2, 1)), NULL,
	    &f->err), ERR_SYSTEM);
	NO(f, db_exec(f->db, insert, &number, 1, NULL, &f->err), ERR_SYSTEM);
	NO(f, db_exec_many(f->db, insert, 1, &bad, 1, NULL, &f->err),
	    ERR_SYSTEM);
	NO(f, db_exec(f->db, "DELETE FROM t WHERE id = $1",
	    DB_PARAMS(DB_ROWS(&number, 1, 1)), NULL, &f->err), ERR_SYSTEM);
	NO(f, db_exec(f->db, "INSERT INTO t (name) SELECT c1 FROM @rows(x)",
	    DB_PARAMS(DB_ROWS(&number, 1, 1)), NULL, &f->err), ERR_SYSTEM);
	NO(f, db_exec(f->db, "INSERT INTO t (name) SELECT c1 FROM @rows(t",
	    DB_PARAMS(DB_ROWS(&number, 1, 1)), NULL, &f->err), ERR_SYSTEM);
}

static void
test_many_statements(void **state)
{
	struct fix	*f = *state;
	char		 sql[64];

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 400; i++) {
			(void)snprintf(sql, sizeof(sql), "SELECT %d", i);
			assert_int_equal(number(f, sql), i);
		}
}

static void
test_serial_is_never_reused(void **state)
{
	struct fix	*f = *state;
	int64_t		 last;

	put(f, f->db, "a", 1);
	last = number(f, "SELECT MAX(id) FROM t");
	OK(f, db_exec(f->db, "DELETE FROM t", DB_NONE, NULL, &f->err));
	put(f, f->db, "b", 1);
	assert_true(number(f, "SELECT MAX(id) FROM t") > last);
}

static void
test_number(void **state)
{
	struct fix	*f = *state;
	int64_t		 n = 7;
	bool		 found = true;

	OK(f, db_number(f->db, "SELECT n FROM t", DB_NONE, &n, &found, &f->err));
	assert_false(found);
	assert_int_equal(n, 7);
	NO(f, db_number(f->db, "SELECT n FROM t", DB_NONE, &n, NULL, &f->err),
	    ERR_INPUT);
}

static void
test_wrong_names(void **state)
{
	static const char *const	bad[] = {"", "sqlite:", "mysql://x",
	    "sqlite:/no/such/folder/x.db", "postgresql:nonsense",
	    "postgresql://[::1"};
	struct fix			*f = *state;
	struct db			*db = NULL;

	for (size_t i = 0; i < TEST_COUNT(bad); i++) {
		NO(f, db_open(bad[i], NULL, &db, &f->err), ERR_INPUT);
		assert_null(db);
	}
#ifdef WITH_POSTGRESQL
	NO(f, db_open("postgresql:host=/nowhere dbname=x", NULL, &db, &f->err),
	    ERR_LATER);
#endif
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		T(test_values_round_trip),
		T(test_null_and_types),
		T(test_hostile_text_is_refused),
		T(test_two_megabytes),
		T(test_constraints),
		T(test_faulty_sql),
		T(test_parameters_by_number),
		T(test_changed),
		T(test_order_and_like),
		T(test_exec_many),
		T(test_rows),
		T(test_rows_misused),
		T(test_many_statements),
		T(test_serial_is_never_reused),
		T(test_number),
		T(test_wrong_names),
	};

	return cmocka_run_group_tests_name("db", tests, NULL, NULL);
}
