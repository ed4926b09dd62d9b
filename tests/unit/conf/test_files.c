/* SPDX-License-Identifier: ISC */
/*
 * Files that cannot lie in the source tree: too big, secret, unreadable, a
 * fifo; and secrets.
 */
#include "unit/conf/demo.h"

#include <sys/stat.h>
#include <unistd.h>

#include "support/test.h"

#define GOOD	"service = { host = \"a\"; };\n"

struct place {
	char	 dir[64];
	char	 old[1024];
};

static int
setup(void **state)
{
	struct place	*place = calloc(1, sizeof(*place));

	if (place == NULL)
		return -1;
	(void)snprintf(place->dir, sizeof(place->dir), "/tmp/dunlin-XXXXXX");
	*state = place;
	return getcwd(place->old, sizeof(place->old)) != NULL &&
	    mkdtemp(place->dir) != NULL && chdir(place->dir) == 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	static const char *const	names[] = { "t.conf", "b.conf", "s",
					    "fifo", "sub/in.conf", "sub/c.conf",
					    "sub", "[x]/a.conf", "[x]/m.conf",
					    "[x]", "creds/k", "creds" };
	struct place	*place = *state;
	size_t		i;
	char		name[32];
	int		rc;

	for (i = 0; i < TEST_COUNT(names); i++)
		(void)remove(names[i]);
	for (i = 0; i < 20; i++) {
		(void)snprintf(name, sizeof(name), "n%zu.conf", i);
		(void)remove(name);
	}
	rc = chdir(place->old) != 0 || rmdir(place->dir) != 0;
	free(place);
	return rc;
}

static void
put(const char *path, const char *text, size_t len)
{
	FILE	*fp = fopen(path, "we");

	assert_non_null(fp);
	assert_int_equal(fwrite(text, 1, len, fp), len);
	assert_int_equal(fclose(fp), 0);
}

/* What conf says of a file, without the source line. */
static void
expect(const char *path, const char *want)
{
	struct demo			demo;
	struct conf_section		section = {demo_rows, &demo};
	struct arena			*arena = arena_new();
	struct conf			*conf = conf_new(arena);
	struct buf			out = BUF_INIT;
	struct err			err = { .kind = ERR_NONE };
	const struct conf_finding	*finding;
	bool				ok;

	ok = conf_load(conf, path, &section, 1, &err);
	finding = conf_finding(conf, 0);
	if (finding != NULL)
		buf_addf(&out, "%s:%d: %s", finding->at.file, finding->at.line,
		    finding->text);
	assert_string_equal(buf_text(&out), want);
	assert_int_equal(ok, *want == '\0');
	if (!ok)
		assert_int_equal(err.kind, ERR_INPUT);
	buf_fini(&out);
	arena_free(&arena);
}

static void
test_hostile(void **state)
{
	size_t	len = 2 * 1024 * 1024;
	char	*big = malloc(len);

	(void)state;
	assert_non_null(big);
	(void)memset(big, ' ', len);
	put("t.conf", big, len);
	expect("t.conf", "t.conf:0: the file is too big: a config file has at "
	    "most 1024 KiB");
	put("t.conf", big, CONF_FILE_MAX + 1);
	expect("t.conf", "t.conf:0: the file is too big: a config file has at "
	    "most 1024 KiB");
	(void)memcpy(big, GOOD, sizeof(GOOD) - 1);
	put("t.conf", big, CONF_FILE_MAX);
	expect("t.conf", "");
	free(big);
	expect(".", ".:0: . is a directory; name a file in it, or "
	    "\"DIR/*.conf\"");
	expect("none.conf", "none.conf:0: cannot read none.conf: No such file "
	    "or directory");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	expect("fifo", "fifo:0: fifo is not a plain file");
	put("t.conf", GOOD, sizeof(GOOD) - 1);
	assert_int_equal(chmod("t.conf", 0), 0);
	if (geteuid() != 0)
		expect("t.conf", "t.conf:0: cannot read t.conf: Permission "
		    "denied");
}

/* 1 MiB that asks for much: it is refused, or read, in bounded time. */
static void
test_heavy(void **state)
{
	static const struct {
		const char	*head, *unit, *tail, *want;
		size_t		 count;		/* 0: as fit */
	} all[] = {
		{ GOOD "labels = {", "a=\"\";", "};", "t.conf:2: \"a\" is given "
		    "twice; it is also in line 2", 4000 },
		{ GOOD "steps = (", "{},", ");", "t.conf:2: \"steps\" has more "
		    "than 5000 groups", 20000 },
		{ GOOD "steps = (", "(", "", "t.conf:2: more than 32 groups "
		    "and lists inside each other", 0 },
		{ GOOD, "\"", "", NULL, 0 },
		{ GOOD, "/**/", "", "", 0 },
		/* libconfig grows lists by realloc: slow under ASan */
		{ GOOD "labels = { a = ", "\"x\" ", "; };", "", 20000 },
	};
	struct buf	text = BUF_INIT;
	size_t		i, n;

	(void)state;
	for (i = 0; i < TEST_COUNT(all); i++) {
		buf_clear(&text);
		buf_adds(&text, all[i].head);
		n = all[i].count;
		if (n == 0)
			n = (CONF_FILE_MAX - 100) / strlen(all[i].unit);
		for (; n > 0; n--)
			buf_adds(&text, all[i].unit);
		buf_adds(&text, all[i].tail);
		put("t.conf", text.p, text.len);
		if (all[i].want != NULL)
			expect("t.conf", all[i].want);
	}
	buf_fini(&text);
}

static void
test_deep_includes(void **state)
{
	char	name[32], text[64];
	int	i;

	(void)state;
	for (i = 0; i < 14; i++) {
		(void)snprintf(name, sizeof(name), "n%d.conf", i);
		(void)snprintf(text, sizeof(text), "@include \"n%d.conf\"\n",
		    i + 1);
		put(name, text, strlen(text));
	}
	expect("n0.conf", "n10.conf:1: more than 10 files that include each "
	    "other in a row");
}

/* The directory's own brackets are no pattern. */
static void
test_odd_directory(void **state)
{
	static const char	text[] = "@include \"a*.conf\"\n";

	(void)state;
	assert_int_equal(mkdir("[x]", 0700), 0);
	put("[x]/m.conf", text, sizeof(text) - 1);
	put("[x]/a.conf", GOOD, sizeof(GOOD) - 1);
	expect("[x]/m.conf", "");
}

static struct hash
hash_of_config(const char *path)
{
	struct demo		demo;
	struct conf_section	section = {demo_rows, &demo};
	struct arena		*arena = arena_new();
	struct conf		*conf = conf_new(arena);
	struct hash		hash;
	struct err		err;
	size_t			count;

	assert_true(conf_load(conf, path, &section, 1, &err));
	hash = conf_hash(conf);
	assert_string_equal(conf_files(conf, &count)[0], path);
	assert_int_equal(count, 2);
	arena_free(&arena);
	return hash;
}

static void
test_hash(void **state)
{
	static const char	text[] = "@include \"c.conf\"\n" GOOD;
	struct place		*place = *state;
	char			path[128];
	struct hash		a, b, c;

	assert_int_equal(mkdir("sub", 0700), 0);
	put("sub/in.conf", text, sizeof(text) - 1);
	put("sub/c.conf", "", 0);
	(void)snprintf(path, sizeof(path), "%s/sub/in.conf", place->dir);
	a = hash_of_config("sub/in.conf");
	b = hash_of_config(path);
	assert_true(hash_eq(&a, &b));
	put("sub/c.conf", "\n", 1);
	c = hash_of_config("sub/in.conf");
	assert_false(hash_eq(&a, &c));
}

static void
refused(const struct conf_secret *secret, size_t room, const char *why)
{
	char		out[64] = "untouched";
	struct err	err = { .kind = ERR_NONE };

	assert_false(conf_secret_read(secret, out, room, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_string_equal(err.text, why);
	assert_null(strstr(err.text, "hunter2"));
	assert_null(memmem(out, sizeof(out), "hunter2", 7));
}

static void
test_secret(void **state)
{
	const struct conf_secret	secret = {"s", false};
	char				out[64];
	struct err			err;

	(void)state;
	refused(&(struct conf_secret){NULL, false}, 64,
	    "no secret is configured");
	refused(&secret, 64, "opening the secret s: No such file or "
	    "directory");
	put("s", "hunter2\n", 8);
	assert_int_equal(chmod("s", 0640), 0);
	refused(&secret, 64, "the secret s is open to group or others; run: "
	    "chmod 600 s");
	assert_int_equal(chmod("s", 0600), 0);
	assert_true(conf_secret_read(&secret, out, sizeof(out), &err));
	assert_string_equal(out, "hunter2");
	refused(&secret, 8, "the secret s is longer than 7 bytes");
	assert_true(conf_secret_read(&secret, out, 9, &err));
	conf_secret_wipe(out, sizeof(out));
	assert_int_equal(out[0], 0);
	put("s", "hunter2\0x", 9);
	refused(&secret, 64, "the secret s holds the byte NUL");
	put("s", "\n", 1);
	refused(&secret, 64, "the secret s is empty");
	refused(&(struct conf_secret){".", false}, 64,
	    "the secret . is not a plain file");
}

static void
test_secret_config(void **state)
{
	static const char	text[] = "service = { host = \"a\"; "
				    "password_file = \"s\"; };\n";
	static const char	given[] = "service = { host = \"a\"; "
				    "password_file = \"credential:k\"; };\n";
	struct place		*place = *state;
	char			dir[128];

	put("t.conf", text, sizeof(text) - 1);
	put("s", "hunter2\n", 8);
	assert_int_equal(chmod("s", 0604), 0);
	expect("t.conf", "t.conf:1: the secret s is open to group or others; "
	    "run: chmod 600 s");
	assert_int_equal(chmod("s", 0400), 0);
	expect("t.conf", "");
	/* systemd shows an ACL's mask as group bits: no reason to refuse */
	assert_int_equal(mkdir("creds", 0700), 0);
	put("creds/k", "hunter2", 7);
	assert_int_equal(chmod("creds/k", 0440), 0);
	put("t.conf", given, sizeof(given) - 1);
	(void)snprintf(dir, sizeof(dir), "%s/creds", place->dir);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", dir, 1), 0);
	expect("t.conf", "");
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test_setup_teardown(test_hostile, setup, teardown),
		cmocka_unit_test_setup_teardown(test_heavy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deep_includes, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_odd_directory, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_hash, setup, teardown),
		cmocka_unit_test_setup_teardown(test_secret, setup, teardown),
		cmocka_unit_test_setup_teardown(test_secret_config, setup,
		    teardown),
	};

	return cmocka_run_group_tests_name("conf files", tests, NULL, NULL);
}
