/* SPDX-License-Identifier: ISC */
/* One contract for both databases: see support/testdb.h. */
#include "db/db.h"

#include "support/test.h"
#include "support/testdb.h"

#include <unistd.h>

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

static int
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

static int
teardown(void **state)
{
	struct fix	*f = *state;

	db_close(&f->db);
	testdb_fini(&f->test);
	free(f);
	return 0;
}

static int64_t
number(struct fix *f, const char *sql)
{
	int64_t	n = -1;

	OK(f, db_number(f->db, sql, DB_NONE, &n, NULL, &f->err));
	return n;
}

static void
put(struct fix *f, struct db *db, const char *name, int64_t n)
{
	OK(f, db_exec(db, "INSERT INTO t (name, n) VALUES ($1, $2)",
	    DB_PARAMS(DB_TEXT(str_of(name)), DB_INT(n)), NULL, &f->err));
}

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
	NO(f, db_open("postgresql:host=/nowhere dbname=x", NULL, &db, &f->err),
	    ERR_LATER);
}

#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		T(test_values_round_trip), T(test_null_and_types),
		T(test_hostile_text_is_refused), T(test_two_megabytes),
		T(test_constraints), T(test_faulty_sql),
		T(test_parameters_by_number), T(test_changed),
		T(test_order_and_like), T(test_exec_many), T(test_transactions),
		T(test_failure_spoils_transaction),
		T(test_deferred_constraint_at_commit), T(test_read_transaction),
		T(test_read_only_handle), T(test_locked_is_later),
		T(test_cursors_nest), T(test_half_read),
		T(test_scan_owns_handle), T(test_close_with_rows_open),
		T(test_many_statements), T(test_schema_change_is_seen),
		T(test_data_version), T(test_serial_is_never_reused),
		T(test_claim_dialect), T(test_number), T(test_wrong_names),
	};

	return cmocka_run_group_tests_name("db", tests, NULL, NULL);
}
