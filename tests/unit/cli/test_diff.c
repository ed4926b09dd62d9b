/* SPDX-License-Identifier: ISC */
/* What cli_diff writes, line by line as diff(1) does. */
#include "support/test.h"

#include "cli/cli_diff.h"

struct diff_case {
	const char	*name;
	const char	*old_text, *new_text;
	const char	*want;		/* behind the two lines of names */
};

static const struct diff_case	cases[] = {
	{"one line changed", "a\nb\nc\n", "a\nB\nc\n",
	    "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
	{"added at the end", "a\n", "a\nb\n", "@@ -1,1 +1,2 @@\n a\n+b\n"},
	{"all is new", "", "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b\n"},
	{"all is gone", "a\n", "", "@@ -1,1 +0,0 @@\n-a\n"},
	{"no newline at the end", "a", "a\n",
	    "@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n"},
	{"three lines around", "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
	    "1\n2\n3\n4\nX\n6\n7\n8\n9\n",
	    "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+X\n 6\n 7\n 8\n"},
	{"two hunks",
	    "x\n1\n2\n3\n4\n5\n6\n7\n8\ny\n", "X\n1\n2\n3\n4\n5\n6\n7\n8\nY\n",
	    "@@ -1,4 +1,4 @@\n-x\n+X\n 1\n 2\n 3\n"
	    "@@ -7,4 +7,4 @@\n 6\n 7\n 8\n-y\n+Y\n"},
	{"near enough for one",
	    "x\n1\n2\n3\n4\n5\n6\ny\n", "X\n1\n2\n3\n4\n5\n6\nY\n",
	    "@@ -1,8 +1,8 @@\n-x\n+X\n 1\n 2\n 3\n 4\n 5\n 6\n-y\n+Y\n"},
};

static void
test_cases(void **state)
{
	struct err	err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf	out = BUF_INIT;

		assert_true(cli_diff("old", str_of(cases[i].old_text), "new",
		    str_of(cases[i].new_text), &out, &err));
		assert_true(str_starts(buf_str(&out), "--- old\n+++ new\n"));
		if (strcmp(buf_text(&out) + strlen("--- old\n+++ new\n"),
		    cases[i].want) != 0)
			fail_msg("%s:\n%s", cases[i].name, buf_text(&out));
		buf_fini(&out);
	}
}

static void
test_equal(void **state)
{
	struct buf	out = BUF_INIT;
	struct err	err;

	(void)state;
	assert_true(cli_diff("old", STR("a\nb"), "new", STR("a\nb"), &out,
	    &err));
	assert_int_equal(out.len, 0);
	buf_fini(&out);
}

/* Too long to compare: all old lines go, all new ones come. */
static void
test_long(void **state)
{
	struct buf	old_text = BUF_INIT, new_text = BUF_INIT;
	struct buf	out = BUF_INIT;
	struct err	err;
	char		head[64];

	(void)state;
	for (int i = 0; i <= DIFF_LINES; i++)
		buf_adds(&old_text, "same\n");
	buf_addstr(&new_text, buf_str(&old_text));
	buf_adds(&new_text, "more\n");
	assert_true(cli_diff("old", buf_str(&old_text), "new",
	    buf_str(&new_text), &out, &err));
	(void)snprintf(head, sizeof(head), "--- old\n+++ new\n"
	    "@@ -1,%d +1,%d @@\n-same\n", DIFF_LINES + 1, DIFF_LINES + 2);
	assert_true(str_starts(buf_str(&out), head));
	assert_true(str_ends(buf_str(&out), "+same\n+more\n"));
	buf_fini(&old_text);
	buf_fini(&new_text);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
