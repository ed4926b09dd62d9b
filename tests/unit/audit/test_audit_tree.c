/* SPDX-License-Identifier: ISC */
#include "audit/audit_tree.h"

#include "support/test.h"

#define OK(call)	do { \
	if (!(call)) \
		fail_msg("%s", err.text); \
} while (0)

/* The reference leaves of Certificate Transparency's own tests, and the roots
 * after each. */
static const struct {
	struct str	 body;
	const char	*root;
} ct[] = {
	{STR(""), "6e340b9cffb37a989ca544e6bb780a2c"
	    "78901d3fb33738768511a30617afa01d"},
	{STR("\0"), "fac54203e7cc696cf0dfcb42c92a1d9d"
	    "baf70ad9e621f4bd8d98662f00e3c125"},
	{STR("\x10"), "aeb6bcfe274b70a14fb067a5e5578264"
	    "db0fa9b51af5e0ba159158f329e06e77"},
	{STR("\x20\x21"), "d37ee418976dd95753c1c73862b9398f"
	    "a2a2cf9b4ff0fdfe8b30cd95209614b7"},
	{STR("\x30\x31"), "4e3bbb1f7b478dcfe71fb631631519a3"
	    "bca12c9aefca1612bfce4c13a86264d4"},
	{STR("\x40\x41\x42\x43"), "76e67dadbcdf1e10e1b74ddc608abd2f"
	    "98dfb16fbce75277b5232a127f2087ef"},
	{STR("\x50\x51\x52\x53\x54\x55\x56\x57"),
	    "ddb89be403809e325750d3d263cd7892"
	    "9c2942b7942a34b77e122c9594a74c8c"},
	{STR("\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e"
	    "\x6f"), "5dc9da79a70659a9ad559cb701ded9a2"
	    "ab9d823aad2f4960cfe370eff4604328"},
};

static void
assert_root(const struct audit_frontier *frontier, const char *want)
{
	struct buf	hex = BUF_INIT;
	struct hash	root;
	struct err	err = {0};

	OK(audit_root(frontier, &root, &err));
	hash_hex(&hex, root.bytes, HASH_LEN);
	assert_string_equal(buf_text(&hex), want);
	buf_fini(&hex);
}

static void
test_reference_trees(void **state)
{
	struct audit_frontier	frontier = {0};
	struct hash		leaf;
	struct err		err = {0};

	(void)state;
	assert_root(&frontier, "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	for (size_t i = 0; i < TEST_COUNT(ct); i++) {
		OK(audit_leaf_hash(ct[i].body, &leaf, &err));
		OK(audit_append(&frontier, &leaf, &err));
		assert_root(&frontier, ct[i].root);
	}
}

#define LEAVES	1000

static void
test_append_equals_recomputation(void **state)
{
	static struct hash	leaves[LEAVES];
	struct audit_frontier	frontier = {0};
	struct audit_frontier	back;
	struct buf		bytes = BUF_INIT;
	struct hash		by_append;
	struct hash		by_recursion;
	struct err		err = {0};

	(void)state;
	for (size_t n = 0; ; n++) {
		OK(audit_root(&frontier, &by_append, &err));
		OK(audit_root_of(leaves, n, &by_recursion, &err));
		assert_true(hash_eq(&by_append, &by_recursion));
		buf_clear(&bytes);
		audit_frontier_encode(&frontier, &bytes);
		assert_int_equal(bytes.len, 8 +
		    (size_t)__builtin_popcountll(n) * HASH_LEN);
		OK(audit_frontier_decode(buf_str(&bytes), &back, &err));
		OK(audit_root(&back, &by_recursion, &err));
		assert_true(hash_eq(&by_append, &by_recursion));
		frontier = back;	/* as a store does: grow what was read */
		if (n == LEAVES)
			break;
		OK(audit_leaf_hash((struct str){(const char *)&n, sizeof(n)},
		    &leaves[n], &err));
		OK(audit_append(&frontier, &leaves[n], &err));
	}
	buf_fini(&bytes);
}

static void
test_any_change_changes_the_root(void **state)
{
	struct hash	leaves[21];
	struct hash	root;
	struct hash	other;
	struct err	err = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(leaves); i++)
		OK(audit_leaf_hash((struct str){(const char *)&i, 1}, &leaves[i],
		    &err));
	OK(audit_root_of(leaves, TEST_COUNT(leaves), &root, &err));
	OK(audit_root_of(leaves, TEST_COUNT(leaves) - 1, &other, &err));
	assert_false(hash_eq(&root, &other));
	for (size_t i = 0; i < TEST_COUNT(leaves); i++) {
		leaves[i].bytes[31] ^= 1;
		OK(audit_root_of(leaves, TEST_COUNT(leaves), &other, &err));
		assert_false(hash_eq(&root, &other));
		leaves[i].bytes[31] ^= 1;
	}
}

static void
test_damaged_frontier(void **state)
{
	struct audit_frontier	frontier = {.size = 5};
	struct audit_frontier	out = {.size = 77};
	struct buf		bytes = BUF_INIT;
	struct err		err = {0};
	size_t			len;

	(void)state;
	audit_frontier_encode(&frontier, &bytes);
	len = bytes.len;
	buf_addc(&bytes, 'x');
	for (size_t n = 0; n <= len + 1; n++) {
		char	*exact = malloc(n > 0 ? n : 1);
		bool	 ok;

		memcpy(exact, bytes.p, n);
		ok = audit_frontier_decode((struct str){exact, n}, &out, &err);
		assert_int_equal(ok, n == len);
		free(exact);
	}
	bytes.p[0] = (char)0x80;
	bytes.len = len;
	assert_false(audit_frontier_decode(buf_str(&bytes), &out, &err));
	assert_int_equal(out.size, 5);
	buf_fini(&bytes);
}

static void
test_full_log(void **state)
{
	struct audit_frontier	frontier = {.size = UINT64_MAX >> 1};
	struct buf		bytes = BUF_INIT;
	struct hash		leaf = {{0}};
	struct err		err = {0};

	(void)state;
	assert_false(audit_append(&frontier, &leaf, &err));
	assert_int_equal(frontier.size, UINT64_MAX >> 1);
	audit_frontier_encode(&frontier, &bytes);
	assert_int_equal(bytes.len, AUDIT_FRONTIER_MAX);
	OK(audit_frontier_decode(buf_str(&bytes), &frontier, &err));
	buf_fini(&bytes);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_reference_trees),
		cmocka_unit_test(test_append_equals_recomputation),
		cmocka_unit_test(test_any_change_changes_the_root),
		cmocka_unit_test(test_damaged_frontier),
		cmocka_unit_test(test_full_log),
	};

	return cmocka_run_group_tests_name("audit/tree", tests, NULL, NULL);
}
