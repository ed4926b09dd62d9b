/* SPDX-License-Identifier: ISC */
#include "model/pointer.h"

#include "support/test.h"

static const char	json[] = "{\"a\":[1,{\"b\":\"x\"},[2,3]],\"\":4,"
	"\"m~n\":5,\"p/q\":6,\"*\":7,\"0\":8,\"e\":{}}";

static const struct point {
	const char	*pointer;
	size_t		 found;
	int64_t		 first;		/* -1: not a number */
} points[] = {
	{"", 1, -1},
	{"/", 1, 4},
	{"/a", 1, -1},
	{"/a/0", 1, 1},
	{"/a/1/b", 1, -1},
	{"/a/2/1", 1, 3},
	{"/a/3", 0, -1},
	{"/a/-", 0, -1},
	{"/a/00", 0, -1},
	{"/a/+0", 0, -1},
	{"/a/99999999999999999999", 0, -1},
	{"/m~0n", 1, 5},
	{"/p~1q", 1, 6},
	{"/0", 1, 8},
	{"/a/*", 3, 1},
	{"/a/*/*", 3, -1},
	{"/a/*/1", 1, 3},
	{"/*", 7, -1},
	{"/e/*", 0, -1},
	{"/a/0/x", 0, -1},
	{"/nothing/here", 0, -1},
};

static void
test_find(void **state)
{
	const struct value	*found[2];
	struct arena		*arena = arena_new();
	struct value		 root;
	struct err		 err;

	(void)state;
	assert_true(value_parse(str_of(json), arena, &root, &err));
	for (size_t i = 0; i < TEST_COUNT(points); i++) {
		found[0] = NULL;
		assert_true(pointer_check(points[i].pointer, &err));
		if (pointer_find(&root, points[i].pointer, found, 2) !=
		    points[i].found)
			fail_msg("%s", points[i].pointer);
		if (points[i].first >= 0)
			assert_int_equal(found[0]->integer, points[i].first);
	}
	arena_free(&arena);
}

static void
test_check(void **state)
{
	struct err	err;

	(void)state;
	assert_false(pointer_check("a", &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_false(pointer_check("/a~", &err));
	assert_false(pointer_check("/a~2", &err));
	assert_true(pointer_check("/a~1~0", &err));
}

/* More than there is room for is counted, not written. */
static void
test_many(void **state)
{
	const struct value	*found[3];
	struct arena		*arena = arena_new();
	struct buf		 text = BUF_INIT;
	struct value		 root;
	struct err		 err;

	(void)state;
	buf_addc(&text, '[');
	for (int i = 0; i < 50000; i++)
		buf_adds(&text, i == 0 ? "0" : ",0");
	buf_addc(&text, ']');
	assert_true(value_parse(buf_str(&text), arena, &root, &err));
	assert_int_equal(pointer_find(&root, "/*", found, 3), 50000);
	buf_fini(&text);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("model/pointer", tests, NULL,
	    NULL);
}
