/* SPDX-License-Identifier: ISC */
/*
 * support.h - a workspace for tests of imports: a folder, a store, a creditor.
 */
#ifndef DUNLIN_UNIT_INTAKE_SUPPORT_H
#define DUNLIN_UNIT_INTAKE_SUPPORT_H

#include "db/db.h"
#include "intake/intake.h"
#include "store/store.h"

#include <unistd.h>

#define SUPPORT_CREDITOR(currency, max_vanished) \
	"creditors = ( { ref = \"acme\"; legal_name = \"ACME\";" \
	" tax_id = \"1\"; country = \"CO\"; zone = \"America/Bogota\";" \
	" currency = \"" currency "\"; language = \"es\";" \
	" max_vanished = \"" max_vanished "\"; } );"

struct support {
	char			 dir[64];
	char			 dsn[256];
	struct arena		*arena;
	struct conf		*conf;
	struct creditors	 creditors;
	struct zones		*zones;
	struct store		*store;
	struct db		*db;		/* a second handle */
	struct intake_result	*result;
	struct intake_options	 options;
	struct err		 err;
};

static inline void
support_die(const char *what, const struct err *err)
{
	(void)fprintf(stderr, "%s: %s\n", what, err->text);
	exit(99);
}

/* A file of the folder; or the database of DUNLIN_TEST_PG, emptied. */
static inline void
support_dsn(struct support *s)
{
	const char	*pg = getenv("DUNLIN_TEST_PG");
	struct db	*db = NULL;

	if (pg == NULL) {
		(void)snprintf(s->dsn, sizeof(s->dsn), "sqlite:%s/store.db",
		    s->dir);
		return;
	}
	(void)snprintf(s->dsn, sizeof(s->dsn), "%s", pg);
	if (!db_open(s->dsn, NULL, &db, &s->err) ||
	    !db_script(db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public",
	    &s->err))
		support_die("postgresql", &s->err);
	db_close(&db);
}

static inline void
support_open(struct support *s, const char *config)
{
	*s = (struct support){.dir = "/tmp/dunlin-test-XXXXXX"};
	if (mkdtemp(s->dir) == NULL)
		support_die("mkdtemp", &s->err);
	support_dsn(s);
	s->arena = arena_new();
	s->conf = conf_new(s->arena);
	s->zones = zones_new(NULL);
	if (!conf_load_text(s->conf, "test.conf", str_of(config),
	    (struct conf_section[]){{creditor_rows, &s->creditors}}, 1,
	    &s->err)) {
		struct buf	report = BUF_INIT;

		conf_print(s->conf, &report);
		(void)fputs(buf_text(&report), stderr);
		support_die("config", &s->err);
	}
	if (!store_create(s->dsn, 0, &s->err) ||
	    !store_open(s->dsn, STORE_WRITER, &s->store, &s->err) ||
	    !db_open(s->dsn, NULL, &s->db, &s->err))
		support_die("store", &s->err);
	/* 2026-11-21 12:00 UTC */
	s->options = (struct intake_options){.now_ms = INT64_C(1795262400000),
	    .author = "test", .as_of = DAY_NONE};
}

static inline int64_t	support_number(struct support *s, const char *sql);

/* An import does without SQLite's look after each key (store_intake.c). */
static inline void
support_check_keys(struct support *s)
{
	if (getenv("DUNLIN_TEST_PG") == NULL && s->db != NULL &&
	    support_number(s, "SELECT COUNT(*) FROM"
	    " pragma_foreign_key_check") != 0) {
		(void)fprintf(stderr, "a row names one that is not there\n");
		abort();
	}
}

static inline void
support_close(struct support *s)
{
	char	command[128];

	intake_result_free(&s->result);
	db_close(&s->db);
	store_close(&s->store);
	zones_free(&s->zones);
	arena_free(&s->arena);
	(void)snprintf(command, sizeof(command), "rm -rf %s", s->dir);
	if (system(command) != 0)
		(void)fprintf(stderr, "%s stays\n", s->dir);
}

/* Writes bytes as a file of the workspace; its path in a static buffer. */
static inline const char *
support_file(struct support *s, const char *name, const char *bytes,
    size_t len)
{
	static char	path[128];
	FILE		*fp;

	(void)snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	if ((fp = fopen(path, "w")) == NULL ||
	    fwrite(bytes, 1, len, fp) != len || fclose(fp) != 0)
		support_die(path, &s->err);
	return path;
}

/* Imports one file with the options set; the result's first file. */
static inline const struct intake_file *
support_import(struct support *s, const char *path)
{
	static const struct intake_file	nothing = {.verdict = INTAKE_REFUSED};
	const char *const		files[] = {path};

	s->options.files = files;
	s->options.file_count = 1;
	intake_result_free(&s->result);
	s->err = (struct err){ERR_NONE, ""};
	if (!intake_run(s->store, &s->creditors, s->zones, &s->options,
	    &s->result, &s->err))
		return &nothing;
	return &s->result->files[0];
}

static inline const struct intake_file *
support_text(struct support *s, const char *name, const char *text)
{
	return support_import(s, support_file(s, name, text, strlen(text)));
}

/* "read 1, new 1, ..." in a static buffer. */
static inline const char *
support_counts(const struct intake_file *file)
{
	static char	text[160];

	(void)snprintf(text, sizeof(text), "read %lld, new %lld, changed %lld,"
	    " same %lld, rejected %lld", (long long)file->counts.read,
	    (long long)file->counts.fresh, (long long)file->counts.changed,
	    (long long)file->counts.same, (long long)file->counts.rejected);
	return text;
}

static inline int64_t
support_number(struct support *s, const char *sql)
{
	int64_t		n = -1;
	struct err	err;
	bool		found;

	if (!db_number(s->db, sql, DB_NONE, &n, &found, &err))
		support_die(sql, &err);
	return n;
}

#endif
