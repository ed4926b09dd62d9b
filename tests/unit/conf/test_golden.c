/* SPDX-License-Identifier: ISC */
/*
 * Every text that conf can say, against tests/golden/conf/CASE/expect: the
 * findings for CASE/in.conf, or what was read when there are none.  With
 * DUNLIN_GOLDEN_UPDATE set in the environment the files are written anew.
 */
#include "unit/conf/demo.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/test.h"

#define CASES_MIN	60	/* fewer means that the folder was not found */
#define CASES_MAX	300

static char	*cases[CASES_MAX];

static void
read_whole(const char *path, struct buf *out)
{
	FILE	*fp = fopen(path, "re");
	char	part[4096];
	size_t	n;

	if (fp == NULL)
		return;
	while ((n = fread(part, 1, sizeof(part), fp)) > 0)
		buf_add(out, part, n);
	(void)fclose(fp);
}

/* A place in the tree does not show in a message. */
static void
run(const char *name, struct buf *out)
{
	struct conf_section	section = {demo_rows, NULL};
	struct arena		*arena = arena_new();
	struct demo		demo;
	struct conf		*conf = conf_new(arena);
	struct err		err = { .kind = ERR_NONE };
	bool			ok;

	assert_int_equal(chdir(name), 0);
	section.into = &demo;
	ok = conf_load(conf, "in.conf", &section, 1, &err);
	conf_print(conf, out);
	if (ok)
		demo_dump(conf, demo_rows, &demo, "", out);
	else
		buf_addf(out, "= %s\n", err.text);
	assert_int_equal(chdir(".."), 0);
	arena_free(&arena);
}

static void
update(const char *path, const struct buf *out)
{
	FILE	*fp = fopen(path, "we");

	assert_non_null(fp);
	assert_int_equal(fwrite(out->p, 1, out->len, fp), out->len);
	assert_int_equal(fclose(fp), 0);
}

static void
test_case(void **state)
{
	const char	*name = *state;
	struct buf	out = BUF_INIT, expect = BUF_INIT;
	char		path[300];

	run(name, &out);
	(void)snprintf(path, sizeof(path), "%s/expect", name);
	if (getenv("DUNLIN_GOLDEN_UPDATE") != NULL)
		update(path, &out);
	read_whole(path, &expect);
	assert_string_equal(buf_text(&out), buf_text(&expect));
	buf_fini(&out);
	buf_fini(&expect);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t
find_cases(void)
{
	DIR		*dir = opendir(".");
	struct dirent	*entry;
	size_t		n = 0;

	if (dir == NULL)
		return 0;
	while ((entry = readdir(dir)) != NULL && n < CASES_MAX) {
		if (entry->d_name[0] != '.' &&
		    (cases[n] = strdup(entry->d_name)) != NULL)
			n++;
	}
	(void)closedir(dir);
	qsort(cases, n, sizeof(cases[0]), by_name);
	return n;
}

int
main(void)
{
	const char		*srcdir = getenv("srcdir");
	struct CMUnitTest	tests[CASES_MAX];
	char			path[1024];
	size_t			n, i;
	int			failed;

	(void)unsetenv("CREDENTIALS_DIRECTORY");
	(void)snprintf(path, sizeof(path), "%s/tests/golden/conf",
	    srcdir != NULL ? srcdir : DUNLIN_SRCDIR);
	if (chdir(path) != 0 || (n = find_cases()) < CASES_MIN) {
		(void)printf("Bail out! cases missing in %s\n", path);
		return 1;
	}
	for (i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){ .name = cases[i],
		    .test_func = test_case, .initial_state = cases[i] };
	failed = _cmocka_run_group_tests("conf golden", tests, n, NULL, NULL);
	for (i = 0; i < n; i++)
		free(cases[i]);
	return failed == 0 ? 0 : 1;
}
