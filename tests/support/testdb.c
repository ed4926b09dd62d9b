/* SPDX-License-Identifier: ISC */
#include "support/testdb.h"

#include <dirent.h>
#include <unistd.h>

static void
must(bool ok, const struct err *err)
{
	if (ok)
		return;
	printf("Bail out! %s\n", err->text);
	exit(1);
}

struct db *
testdb_open(const struct testdb *test, const struct db_options *options)
{
	struct db_options	 with = {0};
	struct db		*db = NULL;
	struct err		 err = {0};

	if (options != NULL)
		with = *options;
	with.create = !with.read_only;
	must(db_open(test->dsn, &with, &db, &err), &err);
	return db;
}

void
testdb_init(struct testdb *test)
{
	const char	*pg = getenv("DUNLIN_TEST_PG");
	struct err	 err = {ERR_SYSTEM, "no temporary folder"};
	struct db	*db;

	(void)snprintf(test->dir, sizeof(test->dir), "/tmp/dunlin-db.XXXXXX");
	must(mkdtemp(test->dir) != NULL, &err);
	test->is_pg = pg != NULL;
	if (pg == NULL) {
		(void)snprintf(test->dsn, sizeof(test->dsn),
		    "sqlite:%s/test.db", test->dir);
		return;
	}
	(void)snprintf(test->dsn, sizeof(test->dsn), "%s", pg);
	db = testdb_open(test, NULL);
	must(db_script(db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public",
	    &err), &err);
	db_close(&db);
}

void
testdb_fini(struct testdb *test)
{
	DIR		*dir = opendir(test->dir);
	struct dirent	*entry;
	char		 path[400];

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", test->dir,
		    entry->d_name);
		(void)unlink(path);
	}
	if (dir != NULL)
		(void)closedir(dir);
	(void)rmdir(test->dir);
}
