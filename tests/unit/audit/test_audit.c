/* SPDX-License-Identifier: ISC */
#include "audit/audit.h"
#include "audit/audit_tree.h"

#include "support/test.h"

#define OK(call)	do { \
	if (!(call)) \
		fail_msg("%s", err.text); \
} while (0)

static const struct hash	ones = {{1, 1, 1, 1}};

static const struct audit_leaf	sample = {
	.event = AUDIT_ACCEPTED,
	.at_ms = INT64_C(1795255200000),
	.monotonic_ms = -2,
	.node = {"mx1", 3},
	.key = {"k7.e\0\r\n", 7},
	.attempt = 1,
	.recipient = {{1, 1, 1, 1}},
	.reply_code = 250,
	.reply = {"2.0.0 Ok\xff <b>", 13},
};

static void
test_canonical_bytes(void **state)
{
	/* written by hand from the header, not by the encoder */
	static const char	want[] = "\1"
	    "\x08" "accepted"
	    "\x08" "\x00\x00\x01\xa1\xfd\x8c\x69\x00"
	    "\x08" "\xff\xff\xff\xff\xff\xff\xff\xfe"
	    "\x03" "mx1" "\0" "\0"
	    "\x07" "k7.e\0\r\n"
	    "\x08" "\0\0\0\0\0\0\0\1" "\0"
	    "\x20" "\1\1\1\1\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\0\0\0\0\0"
	    "\x08" "\0\0\0\0\0\0\0\xfa" "\0"
	    "\x0d" "2.0.0 Ok\xff <b>" "\0\0\0\0\0\0";
	struct buf		out = BUF_INIT;
	struct err		err = {0};

	(void)state;
	OK(audit_encode(&sample, &out, &err));
	assert_int_equal(out.len, sizeof(want) - 1);
	assert_memory_equal(out.p, want, out.len);
	buf_fini(&out);
}

static void
test_round_trip(void **state)
{
	struct buf		out = BUF_INIT;
	struct buf		again = BUF_INIT;
	struct err		err = {0};
	struct audit_leaf	leaf = sample;
	struct audit_leaf	back;
	char			*big = calloc(1, AUDIT_TEXT_MAX);

	(void)state;
	for (size_t len = 0; len <= AUDIT_TEXT_MAX; len = len * 2 + 1) {
		leaf.detail = (struct str){big, len};
		leaf.epoch = INT64_MIN + (int64_t)len;
		buf_clear(&out);
		buf_clear(&again);
		OK(audit_encode(&leaf, &out, &err));
		OK(audit_decode(buf_str(&out), &back, &err));
		assert_int_equal(back.event, leaf.event);
		assert_int_equal(back.epoch, leaf.epoch);
		assert_int_equal(back.monotonic_ms, -2);
		assert_true(str_eq(back.key, leaf.key));
		assert_true(str_eq(back.reply, leaf.reply));
		assert_int_equal(back.detail.len, len);
		assert_true(hash_eq(&back.recipient, &ones));
		OK(audit_encode(&back, &again, &err));
		assert_true(str_eq(buf_str(&out), buf_str(&again)));
	}
	leaf.detail.len = AUDIT_TEXT_MAX + 1;
	assert_false(audit_encode(&leaf, &out, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	leaf = (struct audit_leaf){0};
	assert_false(audit_encode(&leaf, &out, &err));
	buf_fini(&out);
	buf_fini(&again);
	free(big);
}

static void
test_events(void **state)
{
	(void)state;
	for (int i = AUDIT_NONE + 1; i < AUDIT_NEVENTS; i++) {
		enum audit_event	event = (enum audit_event)i;

		assert_int_equal(audit_event_find(str_of(
		    audit_event_name(event))), event);
	}
	assert_int_equal(audit_event_find(STR("")), AUDIT_NONE);
	assert_int_equal(audit_event_find(STR("accepted ")), AUDIT_NONE);
	assert_string_equal(audit_event_name(AUDIT_NONE), "?");
	assert_string_equal(audit_event_name(AUDIT_NEVENTS), "?");
}

/* bytes that are accepted must be the one form of what they say */
static void
check_hostile(const char *bytes, size_t len)
{
	char			*exact = malloc(len > 0 ? len : 1);
	struct buf		 again = BUF_INIT;
	struct audit_leaf	 leaf;
	struct err		 err = {0};

	memcpy(exact, bytes, len);
	if (audit_decode((struct str){exact, len}, &leaf, &err)) {
		OK(audit_encode(&leaf, &again, &err));
		assert_int_equal(again.len, len);
		assert_memory_equal(again.p, exact, len);
	} else
		assert_int_equal(err.kind, ERR_INPUT);
	buf_fini(&again);
	free(exact);
}

static void
test_hostile_bytes(void **state)
{
	struct buf	out = BUF_INIT;
	struct err	err = {0};
	uint32_t	seed = 1;
	size_t		len;

	(void)state;
	OK(audit_encode(&sample, &out, &err));
	len = out.len;
	for (size_t cut = 0; cut < len; cut++)
		check_hostile(out.p, cut);
	for (size_t at = 0; at < len; at++)
		for (int value = 0; value < 256; value++) {
			char	old = out.p[at];

			out.p[at] = (char)value;
			check_hostile(out.p, len);
			out.p[at] = old;
		}
	buf_addc(&out, '\0');
	check_hostile(out.p, out.len);
	for (int round = 0; round < 20000; round++) {
		buf_clear(&out);
		buf_addc(&out, AUDIT_VERSION);
		for (int i = 0; i < 60; i++) {
			seed = seed * 1664525 + 1013904223;
			buf_addc(&out, (char)(seed >> 24 & (seed & 1 ? 0xff :
			    0x03)));
		}
		check_hostile(out.p, out.len);
	}
	buf_fini(&out);
}

static void
test_not_canonical(void **state)
{
	static const struct str	bad[] = {
		STR(""), STR("\0"), STR("\2"), STR("\1"),
		STR("\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
		STR("\1\x04nope"), STR("\1\0"),
		STR("\1\x04read\x08\0\0\0\0\0\0\0\0"),
		STR("\1\x04read\x07\0\0\0\0\0\0\1"),
	};
	struct audit_leaf	leaf = {.attempt = 42};
	struct err		err = {0};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bad); i++) {
		assert_false(audit_decode(bad[i], &leaf, &err));
		assert_int_equal(err.kind, ERR_INPUT);
	}
	assert_int_equal(leaf.attempt, 42);
}

static void
test_longer_length_is_refused(void **state)
{
	struct buf		out = BUF_INIT;
	struct buf		longer = BUF_INIT;
	struct audit_leaf	leaf;
	struct err		err = {0};

	(void)state;
	OK(audit_encode(&sample, &out, &err));
	buf_add(&longer, "\1\x88\0", 3);	/* 8 in two bytes */
	buf_add(&longer, out.p + 2, out.len - 2);
	OK(audit_decode(buf_str(&out), &leaf, &err));
	assert_false(audit_decode(buf_str(&longer), &leaf, &err));
	buf_fini(&out);
	buf_fini(&longer);
}

static void
test_json(void **state)
{
	struct buf		out = BUF_INIT;
	struct audit_leaf	leaf = {.event = AUDIT_CONFIG_LOADED,
	    .at_ms = 5, .actor = {"ana\n", 4}, .object = {{0xab}}};

	(void)state;
	audit_json(&leaf, &out);
	assert_string_equal(buf_text(&out), "{\"event\":\"config_loaded\","
	    "\"at_ms\":5,\"actor\":\"ana\\n\",\"object\":\"ab"
	    "00000000000000000000000000000000000000000000000000000000000000"
	    "\"}");
	buf_fini(&out);
}

static void
test_clip(void **state)
{
	char		*text = malloc(AUDIT_TEXT_MAX + 8);
	struct str	 clipped;

	(void)state;
	memset(text, 'x', AUDIT_TEXT_MAX + 8);
	memcpy(text + AUDIT_TEXT_MAX - 2, "\xf0\x9f\x92\xb8", 4);
	clipped = audit_clip((struct str){text, AUDIT_TEXT_MAX + 8});
	assert_int_equal(clipped.len, AUDIT_TEXT_MAX - 2);
	memset(text, 0x80, AUDIT_TEXT_MAX + 8);
	clipped = audit_clip((struct str){text, AUDIT_TEXT_MAX + 8});
	assert_true(clipped.len <= AUDIT_TEXT_MAX && clipped.len > 0);
	assert_int_equal(audit_clip(STR("short")).len, 5);
	free(text);
}

static void
test_commitments(void **state)
{
	unsigned char	salt[AUDIT_SALT_LEN] = {0};
	unsigned char	other[AUDIT_SALT_LEN];
	struct hash	hash;
	struct hash	again;
	struct buf	hex = BUF_INIT;
	struct err	err = {0};

	(void)state;
	OK(audit_commit(salt, STR("ana@example.com"), &hash, &err));
	hash_hex(&hex, hash.bytes, HASH_LEN);
	/* (head -c32 /dev/zero; printf ana@example.com) | sha256sum */
	assert_string_equal(buf_text(&hex), "f34a51451f8dba7a9fcbe1e34996216f"
	    "8dabf6cbad16fc408de594b0414865e0");
	OK(audit_salt(salt, &err));
	OK(audit_salt(other, &err));
	assert_memory_not_equal(salt, other, AUDIT_SALT_LEN);
	OK(audit_commit(salt, STR("ana@example.com"), &again, &err));
	assert_false(hash_eq(&hash, &again));
	buf_fini(&hex);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_canonical_bytes),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_hostile_bytes),
		cmocka_unit_test(test_not_canonical),
		cmocka_unit_test(test_longer_length_is_refused),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_clip),
		cmocka_unit_test(test_commitments),
	};

	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
