/* SPDX-License-Identifier: ISC */
#include "tests/support/test.h"

#include "model/phone.h"
#include "model/value.h"

struct phone_case {
	const char	*typed;
	const char	*country;
	bool		 mobile;
	const char	*e164;		/* NULL: refused */
};

static void
numbers_become_e164_or_are_refused(void **state)
{
	static const struct phone_case	cases[] = {
		{"300 123 4567", "CO", true, "+573001234567"},
		{"+57 (300) 123-4567", "", true, "+573001234567"},
		{"573001234567", "CO", true, "+573001234567"},
		{"601 2345678", "CO", false, "+576012345678"},
		{"601 2345678", "CO", true, NULL},
		{"2345678", "CO", false, NULL},
		{"9 8765 4321", "CL", true, "+56987654321"},
		{"(2) 2123 4567", "CL", false, "+56221234567"},
		{"55 1234 5678", "MX", true, "+525512345678"},
		{"044 55 1234 5678", "MX", true, "+525512345678"},
		{"+52 1 55 1234 5678", "", true, "+525512345678"},
		{"612 34 56 78", "ES", true, "+34612345678"},
		{"0034 912 345 678", "ES", false, "+34912345678"},
		{"+34 (0) 600 123 456", "", true, NULL},
		{"(201) 555-0123", "US", true, "+12015550123"},
		{"1-201-555-0123", "US", true, "+12015550123"},
		{"(211) 555-0123", "US", true, NULL},
		{"201 911 0123", "US", true, NULL},
		{"(11) 96123-4567", "BR", true, "+5511961234567"},
		{"011 96123-4567", "BR", true, "+5511961234567"},
		{"(11) 2345-6789", "BR", true, NULL},
		{"011 15-2345-6789", "AR", true, "+5491123456789"},
		{"0351 15-234-5678", "AR", true, "+5493512345678"},
		{"011 2345-6789", "AR", false, "+541123456789"},
		{"011 2345-6789", "AR", true, NULL},
		{"+54 9 11 2345-6789", "", true, "+5491123456789"},
		{"912 345 678", "PE", true, "+51912345678"},
		{"099 123 4567", "EC", true, "+593991234567"},
		{"099 123 456", "UY", true, "+59899123456"},
		{"0961 456789", "PY", true, "+595961456789"},
		{"07400 123456", "GB", true, "+447400123456"},
		{"+44 (0)20 7183 8750", "", false, "+442071838750"},
		{"081234 56789", "IN", true, "+918123456789"},
		{"071 123 4567", "ZA", true, "+27711234567"},
		{"0412 345 678", "AU", true, "+61412345678"},
		{"tel:+61-412-345-678", "", true, "+61412345678"},
		{"whatsapp:+14155238886", "", true, "+14155238886"},
		{"\xef\xbc\x8b\xef\xbc\x95\xef\xbc\x97 300 1234567", "", true,
		    "+573001234567"},
		{"\xe2\x80\x8e+34 600 123 456", "", true, "+34600123456"},
		{"+1 (201) 555-0123 x34", "", false, "+12015550123"},
		{"+1 (201) 555-0123 ext. 34", "", true, NULL},
		{"1-800-FLOWERS", "US", false, NULL}, {"", "CO", true, NULL},
		{"n/a", "US", true, NULL}, {"+", "US", true, NULL},
		{"3001234567", "", true, NULL}, {"3001234567", "ZZ", true, NULL},
		{"+999 123 456 789", "", true, NULL},
		{"300123456", "CO", true, NULL}, {"30012345678", "CO", true, NULL},
		{"++573001234567", "", true, NULL},
		{"+57 300 123 4567\r\nBcc: x", "", true, NULL},
		{"3001234567;3019876543", "CO", true, NULL},
		{"000000000000000000000000000000", "CO", true, NULL},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct buf	out = BUF_INIT;
		struct err	err = {ERR_NONE, ""};
		bool		ok = phone_parse(str_of(cases[i].typed),
				    cases[i].country, cases[i].mobile, &out,
				    &err);

		if (ok != (cases[i].e164 != NULL) ||
		    (ok && strcmp(buf_text(&out), cases[i].e164) != 0) ||
		    (!ok && err.kind != ERR_INPUT))
			fail_msg("%s (%s): %s %s", cases[i].typed,
			    cases[i].country, buf_text(&out), err.text);
		buf_fini(&out);
	}
}

static const char *
text_of(const struct value *object, const char *key)
{
	const struct value	*member = value_get(object, key);

	return member == NULL || member->kind != VALUE_STRING ? "" :
	    member->string.p;
}

/* Nothing that the reference refuses is accepted, nor another number. */
static void
no_wrong_number_is_accepted(void **state)
{
	struct arena	*arena = arena_new();
	struct buf	 path = BUF_INIT, out = BUF_INIT;
	char		 line[4096];
	const char	*src = getenv("srcdir");
	size_t		 accepted = 0;
	FILE		*fp;

	(void)state;
	buf_addf(&path, "%s/../shared/data/text/phones.jsonl",
	    src == NULL ? "." : src);
	fp = fopen(buf_text(&path), "r");
	buf_fini(&path);
	if (fp == NULL) {
		arena_free(&arena);
		print_message("no collection of numbers beside the tree\n");
		skip();
	}
	while (fgets(line, sizeof(line), fp) != NULL) {
		struct value		 v;
		struct err		 err;
		const struct value	*valid;
		const char		*region;

		arena_reset(arena);
		buf_clear(&out);
		assert_true(value_parse(str_of(line), arena, &v, &err));
		region = text_of(&v, "region");
		if (!phone_parse(value_get(&v, "raw")->string,
		    strcmp(region, "ZZ") == 0 ? "" : region, false, &out,
		    &err))
			continue;
		accepted++;
		valid = value_get(&v, "valid");
		if (valid == NULL || !valid->boolean ||
		    strcmp(text_of(&v, "e164"), buf_text(&out)) != 0)
			fail_msg("%s (%s): %s", text_of(&v, "raw"), region,
			    buf_text(&out));
	}
	(void)fclose(fp);
	assert_true(accepted > 100);
	arena_free(&arena);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(numbers_become_e164_or_are_refused),
		cmocka_unit_test(no_wrong_number_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
