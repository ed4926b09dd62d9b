/* SPDX-License-Identifier: ISC */
#include "tests/support/test.h"

#include "model/value.h"

struct json_case {
	const char	*text;
	const char	*written;	/* NULL: refused */
};

static void
json_is_read_and_written(void **state)
{
	static const struct json_case	cases[] = {
		{"{\"b\":1,\"a\":[true,null,\"x\"]}",
		    "{\"b\":1,\"a\":[true,null,\"x\"]}"},
		{"9223372036854775807", "9223372036854775807"},
		{"9223372036854775808", NULL}, {"0.5", "0.5"},
		{"\"\\u00f1\"", "\"\xc3\xb1\""}, {"{}", "{}"}, {"[]", "[]"},
		{"{\"a\":1,\"a\":2}", NULL}, {"{\"a\":}", NULL}, {"", NULL},
		{"{\"a\":1} x", NULL}, {"\"\xff\"", NULL}, {"[1,]", NULL},
	};
	struct arena	*arena = arena_new();

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct value	v;
		struct buf	out = BUF_INIT;
		struct err	err;
		bool		ok = value_parse(str_of(cases[i].text), arena,
				    &v, &err);

		if (ok)
			value_write(&v, &out);
		if (ok != (cases[i].written != NULL) ||
		    (ok && strcmp(buf_text(&out), cases[i].written) != 0))
			fail_msg("%s: %s", cases[i].text, buf_text(&out));
		buf_fini(&out);
	}
	arena_free(&arena);
}

static void
hostile_json_is_refused(void **state)
{
	struct arena	*arena = arena_new();
	struct buf	 deep = BUF_INIT;
	struct value	 v;
	struct err	 err;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_addc(&deep, '[');
	assert_false(value_parse(buf_str(&deep), arena, &v, &err));
	buf_clear(&deep);
	for (int i = 0; i < 210; i++)
		buf_addc(&deep, '[');
	for (int i = 0; i < 210; i++)
		buf_addc(&deep, ']');
	assert_false(value_parse(buf_str(&deep), arena, &v, &err));
	assert_true(value_parse(STR("{\"a\":\"x\\u0000y\"}"), arena, &v, &err));
	assert_int_equal(value_get(&v, "a")->string.len, 3);
	assert_null(value_get(&v, "b"));
	assert_false(value_parse(STR("{\"a\":1\n,}"), arena, &v, &err));
	assert_non_null(strstr(err.text, "line 2"));
	buf_fini(&deep);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(json_is_read_and_written),
		cmocka_unit_test(hostile_json_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
