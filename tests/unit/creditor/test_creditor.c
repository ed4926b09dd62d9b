/* SPDX-License-Identifier: ISC */
#include "creditor/creditor.h"

#include "support/test.h"

#define HEAD	"creditors = ( { ref = \"acme\"; legal_name = \"ACME S.A.\"; " \
		"tax_id = \"RUT 1\"; country = \"UY\";\n" \
		"zone = \"America/Montevideo\"; currency = \"UYU\"; " \
		"language = \"es-UY\";\n"
#define TAIL	"\n} );\n"

struct loaded {
	struct arena	*arena;
	struct conf	*conf;
	struct creditors set;
	bool		 ok;
};

static void
load(struct loaded *l, const char *text)
{
	struct conf_section	section = {creditor_rows, &l->set};
	struct err		err;

	l->arena = arena_new();
	assert_non_null(l->arena);
	l->conf = conf_new(l->arena);
	assert_non_null(l->conf);
	l->ok = conf_load_text(l->conf, "c.conf", str_of(text), &section, 1,
	    &err);
	if (l->ok) {
		creditors_check(l->conf, &l->set);
		l->ok = conf_ok(l->conf, &err);
	}
}

static void
test_rows(void **state)
{
	struct err	err;

	(void)state;
	if (!conf_rows_check(creditor_rows, &err))
		fail_msg("%s", err.text);
}

static void
test_defaults(void **state)
{
	struct loaded		l;
	const struct creditor	*c;

	(void)state;
	load(&l, HEAD TAIL);
	assert_true(l.ok);
	c = creditors_find(&l.set, "acme");
	assert_non_null(c);
	assert_string_equal(c->name, "ACME S.A.");
	assert_string_equal(c->email_name, "ACME S.A.");
	assert_string_equal(c->budget_group, "acme");
	assert_string_equal(c->policy, "default");
	assert_string_equal(c->reply_to, "");
	assert_int_equal(c->freshness_ms, 4 * DAY_MS);
	assert_int_equal(c->max_vanished_bp, 2000);
	assert_int_equal(c->min_amount.minor, 0);
	assert_string_equal(c->min_amount.currency, "UYU");
	assert_int_equal(c->address.count, 0);
	assert_int_equal(c->pos.line, 1);
	assert_int_equal(c->pos.column, 15);
	assert_null(creditors_find(&l.set, "ACME"));
	assert_null(creditors_at(&l.set, 1));
	arena_free(&l.arena);
}

static void
test_all(void **state)
{
	struct loaded			l;
	const struct creditor		*c;
	const struct creditor_way	*ways;

	(void)state;
	load(&l, HEAD "name = \"Acme\"; address = [ \"A 1\", \"B\" ];\n"
	    "policy = \"soft\"; budget_group = \"house\";\n"
	    "email_from = \"cobros+1@mail.acme.test\"; email_name = \"Ana\";\n"
	    "reply_to = \"ana@acme.test\"; sms_from = \"ACME\";\n"
	    "whatsapp_from = \"+59891234567\"; phone = \"2900 0000\";\n"
	    "website = \"https://acme.test\"; ways_to_pay = (\n"
	    " { kind = \"transfer\"; text = \"one\\ntwo\"; } );\n"
	    "pay_url = \"https://pay.test/{invoice}\";\n"
	    "opt_out_url = \"https://acme.test/o/\"; opt_out_text = \"BAJA\";\n"
	    "privacy_url = \"https://acme.test/p\"; legal_text = \"x\\ny\";\n"
	    "freshness = \"36 h\"; min_amount = \"UYU 40.50\";\n"
	    "max_vanished = \"12.5%\";" TAIL);
	assert_true(l.ok);
	c = creditors_at(&l.set, 0);
	ways = c->ways_to_pay.items;
	assert_int_equal(c->ways_to_pay.count, 1);
	assert_string_equal(ways[0].text, "one\ntwo");
	assert_string_equal(c->budget_group, "house");
	assert_string_equal(c->email_name, "Ana");
	assert_int_equal(c->min_amount.minor, 4050);
	assert_int_equal(c->min_amount_pos.line, 13);
	assert_int_equal(c->freshness_pos.line, 13);
	assert_int_equal(c->max_vanished_bp, 1250);
	assert_int_equal(c->freshness_ms, 36 * HOUR_MS);
	arena_free(&l.arena);
}

/* A line and what is said of it. */
static void
test_errors(void **state)
{
	static const struct { const char *line, *want; } all[] = {
		{ "email_from = \"acme.test\";", "3:14: \"email_from\": "
		    "\"acme.test\" is not an address such as "
		    "\"billing@example.com\"" },
		{ "reply_to = \"a@b.test\\nBcc: x@y\";", "3:12: \"reply_to\" "
		    "in creditor 1 holds a line break; it takes one line" },
		{ "website = \"javascript:alert(1)\";", "3:11: \"website\": "
		    "\"javascript:alert(1)\" is not a URL such as "
		    "\"https://example.com/pay\"" },
		{ "pay_url = \"https://x.test/a b\";", "3:11: \"pay_url\": "
		    "\"https://x.test/a b\" is not a URL such as "
		    "\"https://example.com/pay\"" },
		{ "sms_from = \"Twelve chars\";", "3:12: \"sms_from\": "
		    "\"Twelve chars\" is not a number such as "
		    "\"+573001234567\", or at most 11 letters, digits and "
		    "spaces" },
		{ "whatsapp_from = \"3001234567\";", "3:17: "
		    "\"whatsapp_from\": \"3001234567\" is not a number such as "
		    "\"+573001234567\"" },
		{ "min_amount = \"USD 5.00\";", "3:14: \"min_amount\" is in "
		    "USD, but creditor \"acme\" is in UYU" },
		{ "min_amount = \"UYU -5.00\";", "3:14: \"min_amount\": \"UYU "
		    "-5.00\" is not zero or more" },
		{ "max_vanished = \"20\";", "3:16: \"max_vanished\": \"20\" is "
		    "not a share from \"0%\" to \"100%\", such as \"20%\"" },
		{ "max_vanished = \"100.01%\";", "3:16: \"max_vanished\": "
		    "\"100.01%\" is not a share from \"0%\" to \"100%\", such "
		    "as \"20%\"" },
		{ "max_vanished = \"%\";", "3:16: \"max_vanished\": \"%\" is "
		    "not a share from \"0%\" to \"100%\", such as \"20%\"" },
		{ "freshness = \"1 min\";", "3:13: \"freshness\" in creditor 1 "
		    "is 1 min; it takes a value from 1 h to 3660 d" },
		{ "ways_to_pay = ( { kind = \"cash\"; } );", "3:17: \"text\" "
		    "is missing in ways_to_pay 1: how it is done, as the debtor "
		    "reads it" },
		{ "emial_from = \"a@b.test\";", "3:1: unknown setting "
		    "\"emial_from\" in creditor 1; did you mean "
		    "\"email_from\"?" },
		{ "}, { ref = \"ACME\"; legal_name = \"B\"; tax_id = \"2\"; "
		    "country = \"UY\"; zone = \"UTC\"; currency = \"UYU\"; "
		    "language = \"es\";", "3:12: creditor \"ACME\" is also in "
		    "c.conf:1" },
	};
	size_t	i;

	(void)state;
	for (i = 0; i < TEST_COUNT(all); i++) {
		struct loaded			l;
		const struct conf_finding	*f;
		struct buf			text = BUF_INIT, got = BUF_INIT;

		buf_addf(&text, HEAD "%s" TAIL, all[i].line);
		load(&l, buf_text(&text));
		assert_false(l.ok);
		f = conf_finding(l.conf, 0);
		buf_addf(&got, "%d:%d: %s", f->at.line, f->at.column, f->text);
		assert_string_equal(buf_text(&got), all[i].want);
		buf_fini(&text);
		buf_fini(&got);
		arena_free(&l.arena);
	}
}

/* The settings that HEAD holds, one of them changed. */
static void
test_identity(void **state)
{
	static const struct { const char *key, *value; bool ok; } all[] = {
		{ "country", "UY", true }, { "country", "uy", false },
		{ "country", "URY", false }, { "country", "", false },
		{ "currency", "UYU", true }, { "currency", "XQZ", false },
		{ "currency", "uyu", false }, { "language", "pt-BR", true },
		{ "language", "es_UY", false }, { "language", "Spanish",
		false }, { "zone", "America/Argentina/Buenos_Aires", true },
		{ "zone", "UTC", true }, { "zone", "EST", false },
		{ "zone", "/etc/passwd", false }, { "zone", "../x", false },
		{ "ref", "a b", false }, { "ref", "A-1_b.c", true },
	};
	size_t	i;

	(void)state;
	for (i = 0; i < TEST_COUNT(all); i++) {
		static const char *const keys[] = { "ref", "country", "zone",
		    "currency", "language", "legal_name", "tax_id" };
		static const char *const values[] = { "a", "CO",
		    "America/Bogota", "COP", "es", "X", "1" };
		struct buf	text = BUF_INIT;
		struct loaded	l;
		size_t		k;

		buf_adds(&text, "creditors = ( {");
		for (k = 0; k < TEST_COUNT(keys); k++)
			buf_addf(&text, " %s = \"%s\";", keys[k],
			    strcmp(keys[k], all[i].key) == 0 ? all[i].value :
			    values[k]);
		buf_adds(&text, "} );");
		load(&l, buf_text(&text));
		if (l.ok != all[i].ok)
			fail_msg("%s = %s", all[i].key, all[i].value);
		buf_fini(&text);
		arena_free(&l.arena);
	}
}

static void
test_email(void **state)
{
	static const struct { const char *text; bool ok; } all[] = {
		{ "a@b.co", true }, { "a.b+c@d-e.example.com", true },
		{ "o'neil@x.test", true }, { "", false }, { "@b.co", false },
		{ "a@", false }, { "a@b", false }, { ".a@b.co", false },
		{ "a.@b.co", false }, { "a..b@b.co", false },
		{ "a@b..co", false }, { "a@-b.co", false },
		{ "a@b.co.", false }, { "a b@c.co", false },
		{ "Ana <a@b.co>", false }, { "a@b@c.co", false },
		{ "\"a\"@b.co", false }, { "ñ@b.co", false },
		{ "a@ñ.co", false }, { "a@b.co\r\nBcc: c@d.co", false },
		{ "a@[127.0.0.1]", false }, { "a,b@c.co", false },
	};
	size_t	i;

	(void)state;
	for (i = 0; i < TEST_COUNT(all); i++) {
		if (creditor_is_email(all[i].text) != all[i].ok)
			fail_msg("%s", all[i].text);
	}
}

static void
test_language(void **state)
{
	static const struct { const char *text; bool ok; } all[] = {
		{ "es", true }, { "gsw", true }, { "es-UY", true },
		{ "es-419", true }, { "zh-Hant", true },
		{ "zh-Hant-TW", true }, { "e", false }, { "ES", false },
		{ "es-uy", false }, { "es-U", false }, { "es-UYX", false },
		{ "es-", false }, { "es-UY-", false }, { "../es", false },
		{ "", false },
	};
	size_t	i;

	(void)state;
	for (i = 0; i < TEST_COUNT(all); i++) {
		if (creditor_is_language(all[i].text) != all[i].ok)
			fail_msg("%s", all[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_email),
		cmocka_unit_test(test_language),
	};

	return cmocka_run_group_tests_name("creditor", tests, NULL, NULL);
}
