/* SPDX-License-Identifier: ISC */
/* What only a file can have. */
#include "db/db.h"

#include "support/test.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

struct fix {
	char		 dir[64];
	char		 dsn[256];
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

static struct db *
open_with(struct fix *f, const struct db_options *options)
{
	struct db	*db = NULL;

	OK(f, db_open(f->dsn, options, &db, &f->err));
	return db;
}

static int
setup(void **state)
{
	static const struct db_options	options = {.create = true,
	    .manual_checkpoint = true};
	struct fix			*f = calloc(1, sizeof(*f));

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/dunlin-lite.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->dsn, sizeof(f->dsn), "sqlite:%s/a.db", f->dir);
	f->db = open_with(f, &options);
	OK(f, db_script(f->db, "CREATE TABLE t (n @int, b @bytes) @table",
	    &f->err));
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fix	*f = *state;
	DIR		*dir;
	struct dirent	*entry;

	db_close(&f->db);
	dir = opendir(f->dir);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	(void)closedir(dir);
	(void)rmdir(f->dir);
	free(f);
	return 0;
}

static int64_t
number(struct fix *f, struct db *db, const char *sql)
{
	int64_t	n = -1;

	OK(f, db_number(db, sql, DB_NONE, &n, NULL, &f->err));
	return n;
}

static void
put(struct fix *f, struct db *db, int64_t n)
{
	OK(f, db_exec(db, "INSERT INTO t (n) VALUES ($1)", DB_PARAMS(DB_INT(n)),
	    NULL, &f->err));
}

static void
test_settings(void **state)
{
	static const struct {
		const char	*sql;
		int64_t		 want;
	} cases[] = {
		{"PRAGMA synchronous", 2}, {"PRAGMA foreign_keys", 1},
		{"PRAGMA trusted_schema", 0}, {"PRAGMA wal_autocheckpoint", 0},
		{"PRAGMA mmap_size", 0}, {"PRAGMA cache_size", -8192},
	};
	struct fix	*f = *state;

	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		assert_int_equal(number(f, f->db, cases[i].sql), cases[i].want);
}

static void
test_missing_file(void **state)
{
	struct fix	*f = *state;
	struct db	*db = NULL;
	char		 dsn[160];

	(void)snprintf(dsn, sizeof(dsn), "sqlite:%s/none.db", f->dir);
	NO(f, db_open(dsn, NULL, &db, &f->err), ERR_INPUT);
	assert_non_null(strstr(f->err.text, "none.db"));
	assert_int_not_equal(access(dsn + strlen("sqlite:"), F_OK), 0);
}

static void
test_not_a_store(void **state)
{
	struct fix	*f = *state;
	struct db	*db = NULL;
	char		 dsn[160];
	FILE		*fp;

	(void)snprintf(dsn, sizeof(dsn), "sqlite:%s/text", f->dir);
	fp = fopen(dsn + strlen("sqlite:"), "we");
	assert_non_null(fp);
	for (int i = 0; i < 1000; i++)
		(void)fputs("number;name\r\n", fp);
	(void)fclose(fp);
	NO(f, db_open(dsn, NULL, &db, &f->err), ERR_SYSTEM);
	assert_non_null(strstr(f->err.text, "not a store file"));
}

static void
test_others_cannot_read(void **state)
{
	struct fix	*f = *state;
	struct stat	 st;

	put(f, f->db, 1);
	assert_int_equal(stat(f->dsn + strlen("sqlite:"), &st), 0);
	assert_int_equal(st.st_mode & 07, 0);
}

static void
test_disk_full(void **state)
{
	struct fix	*f = *state;
	size_t		 len = 1000000;
	char		*big = calloc(1, len);
	struct db_value	 value = DB_BYTES(((struct str){big, len}));
	char		 sql[80];

	put(f, f->db, 1);
	(void)snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %lld",
	    (long long)number(f, f->db, "PRAGMA page_count") + 3);
	OK(f, db_script(f->db, sql, &f->err));
	NO(f, db_exec(f->db, "INSERT INTO t (b) VALUES ($1)", &value, 1, NULL,
	    &f->err), ERR_SYSTEM);
	assert_non_null(strstr(f->err.text, "disk full"));
	OK(f, db_begin(f->db, DB_TX_WRITE, &f->err));
	put(f, f->db, 2);
	NO(f, db_exec(f->db, "INSERT INTO t (b) VALUES ($1)", &value, 1, NULL,
	    &f->err), ERR_SYSTEM);
	NO(f, db_commit(f->db, &f->err), ERR_SYSTEM);
	assert_int_equal(number(f, f->db, "SELECT COUNT(*) FROM t"), 1);
	put(f, f->db, 3);
	free(big);
}

static void
test_checkpoint(void **state)
{
	struct fix	*f = *state;
	struct db	*reader = open_with(f, NULL);
	int64_t		 left = -1;

	put(f, f->db, 1);
	OK(f, db_begin(reader, DB_TX_READ, &f->err));
	assert_int_equal(number(f, reader, "SELECT COUNT(*) FROM t"), 1);
	put(f, f->db, 2);
	OK(f, db_checkpoint(f->db, &left, &f->err));
	assert_true(left > 0);
	OK(f, db_commit(reader, &f->err));
	OK(f, db_checkpoint(f->db, &left, &f->err));
	assert_int_equal(left, 0);
	db_close(&reader);
}

static void
test_attach_and_copy(void **state)
{
	static const struct db_options	private = {.create = true,
	    .is_private = true};
	struct fix			*f = *state;
	struct db			*db = NULL;
	char				 dsn[160];
	char				 copy[160];

	(void)snprintf(dsn, sizeof(dsn), "sqlite:%s/p.db", f->dir);
	(void)snprintf(copy, sizeof(copy), "%s/o'copy.db", f->dir);
	OK(f, db_open(dsn, &private, &db, &f->err));
	OK(f, db_script(db, "CREATE TABLE t (n @int) @table", &f->err));
	put(f, db, 41);
	db_close(&db);
	NO(f, db_attach(f->db, dsn + strlen("sqlite:"), "p; x", &f->err),
	    ERR_INPUT);
	OK(f, db_attach(f->db, dsn + strlen("sqlite:"), "p", &f->err));
	OK(f, db_exec(f->db, "INSERT INTO t (n) SELECT n + 1 FROM p.t", DB_NONE,
	    NULL, &f->err));
	OK(f, db_copy(f->db, copy, &f->err));
	NO(f, db_copy(f->db, copy, &f->err), ERR_INPUT);
	(void)snprintf(f->dsn, sizeof(f->dsn), "sqlite:%s", copy);
	db = open_with(f, NULL);
	assert_int_equal(number(f, db, "SELECT SUM(n) FROM t"), 42);
	db_close(&db);
}

#define WRITES	200

struct writer {
	struct fix	*f;
	bool		 ok;
};

static void *
write_some(void *arg)
{
	struct writer	*w = arg;
	struct db	*db = NULL;
	struct err	 err;
	int64_t		 n;

	w->ok = db_open(w->f->dsn, NULL, &db, &err);
	for (int i = 0; w->ok && i < WRITES; i++)
		w->ok = db_begin(db, DB_TX_WRITE, &err) &&
		    db_number(db, "SELECT COUNT(*) FROM t", DB_NONE, &n, NULL,
		    &err) &&
		    db_exec(db, "INSERT INTO t (n) VALUES ($1)",
		    DB_PARAMS(DB_INT(n)), NULL, &err) && db_commit(db, &err);
	db_close(&db);
	return NULL;
}

static void
test_writers_wait_for_each_other(void **state)
{
	struct fix	*f = *state;
	struct writer	 writers[4];
	pthread_t	 threads[4];

	for (size_t i = 0; i < 4; i++) {
		writers[i] = (struct writer){f, false};
		assert_int_equal(pthread_create(&threads[i], NULL, write_some,
		    &writers[i]), 0);
	}
	for (size_t i = 0; i < 4; i++) {
		(void)pthread_join(threads[i], NULL);
		assert_true(writers[i].ok);
	}
	assert_int_equal(number(f, f->db, "SELECT COUNT(DISTINCT n) FROM t"),
	    4 * WRITES);
}

#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		T(test_settings), T(test_missing_file), T(test_not_a_store),
		T(test_others_cannot_read), T(test_disk_full),
		T(test_checkpoint), T(test_attach_and_copy),
		T(test_writers_wait_for_each_other),
	};

	return cmocka_run_group_tests_name("db/sqlite", tests, NULL, NULL);
}
