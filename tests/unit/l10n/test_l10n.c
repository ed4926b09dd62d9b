/* SPDX-License-Identifier: ISC */
#include "l10n/l10n.h"

#include "support/test.h"

struct money_case {
	const char	*locale;
	struct money	 money;
	const char	*expect;
};

/* U+00A0 is written out: SMS and golden files must know of it. */
#define NB	"\xc2\xa0"

static const struct money_case	money_cases[] = {
	{"es-CO", {123456789, "COP"}, "$" NB "1.234.567,89"},
	{"es-MX", {123450, "MXN"}, "$1,234.50"},
	{"es-CL", {1234567, "CLP"}, "$1.234.567"},
	/* grouped from four digits on, so that columns of sums line up */
	{"es-ES", {123450, "EUR"}, "1.234,50" NB "€"},
	{"es-ES", {1234567, "EUR"}, "12.345,67" NB "€"},
	{"es-UY", {123450, "UYU"}, "$" NB "1.234,50"},
	{"es-UY", {123450, "USD"}, "US$" NB "1.234,50"},
	{"pt-BR", {123450, "BRL"}, "R$" NB "1.234,50"},
	{"en-US", {123450, "USD"}, "$1,234.50"},
	{"en-US", {-123450, "USD"}, "-$1,234.50"},
	{"en-GB", {123450, "GBP"}, "£1,234.50"},
	{"en-GB", {5, "USD"}, "US$0.05"},
	/* ISO 4217 says 2, 3, 2, 0, 2 digits where ICU says none (Iceland's
	   has none since 2007) */
	{"en-US", {123456, "RSD"}, "RSD" NB "1,234.56"},
	{"en-US", {1234567, "IQD"}, "IQD" NB "1,234.567"},
	{"en-US", {123456, "LBP"}, "LBP" NB "1,234.56"},
	{"en-US", {1234, "ISK"}, "ISK" NB "1,234"},
	{"en-US", {123456, "ALL"}, "ALL" NB "1,234.56"},
	{"en-US", {12345, "CLF"}, "CLF" NB "1.2345"},
	{"en-US", {INT64_MAX, "USD"}, "$92,233,720,368,547,758.07"},
	{"en-US", {INT64_MIN, "USD"}, "-$92,233,720,368,547,758.08"},
};

static void
test_money(void **state)
{
	struct l10n	*l10n = l10n_new();
	struct buf	 out = BUF_INIT;
	struct err	 err;

	(void)state;
	/* twice: the second time from what was kept */
	for (size_t i = 0; i < 2 * TEST_COUNT(money_cases); i++) {
		const struct money_case	*c =
		    &money_cases[i % TEST_COUNT(money_cases)];

		buf_clear(&out);
		assert_true(l10n_money(l10n, c->locale, &c->money,
		    L10N_MONEY_SYMBOL, &out, &err));
		assert_string_equal(buf_text(&out), c->expect);
	}
	buf_clear(&out);
	assert_true(l10n_money(l10n, "es-CO", &money_cases[0].money,
	    L10N_MONEY_CODE, &out, &err));
	assert_string_equal(buf_text(&out), "COP 1.234.567,89");
	assert_false(l10n_money(l10n, "es-CO", &(struct money){1, "ZZZ"},
	    L10N_MONEY_CODE, &out, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_false(l10n_money(l10n, "x/../y", &money_cases[0].money,
	    L10N_MONEY_CODE, &out, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	buf_fini(&out);
	l10n_free(&l10n);
}

struct date_case {
	const char	*locale, *form, *expect;
};

static const struct date_case	date_cases[] = {
	{"es-CO", "long", "21 de noviembre de 2026"},
	{"es-CO", "short", "21/11/26"},
	{"es-MX", "medium", "21 nov 2026"},
	{"es-CL", "full", "sábado, 21 de noviembre de 2026"},
	{"es-ES", "yMMMd", "21 nov 2026"},
	{"es-ES", "yMd", "21/11/2026"},
	{"es-UY", "MMMMd", "21 de noviembre"},
	{"pt-BR", "long", "21 de novembro de 2026"},
	{"pt-BR", "EEEEd", "sábado, 21"},
	{"en-US", "medium", "Nov 21, 2026"},
	{"en-US", "full", "Saturday, November 21, 2026"},
	{"en-GB", "long", "21 November 2026"},
	{"en-GB", "short", "21/11/2026"},
	{"th", "yMd", "21/11/2026"},	/* no Buddhist year */
};

static void
test_date(void **state)
{
	struct l10n	*l10n = l10n_new();
	struct buf	 out = BUF_INIT;
	struct err	 err;
	int32_t		 day = date_day((struct date){2026, 11, 21});

	(void)state;
	for (size_t i = 0; i < 2 * TEST_COUNT(date_cases); i++) {
		const struct date_case	*c =
		    &date_cases[i % TEST_COUNT(date_cases)];

		buf_clear(&out);
		assert_true(l10n_date(l10n, c->locale, day, c->form, &out,
		    &err));
		assert_string_equal(buf_text(&out), c->expect);
	}
	buf_clear(&out);
	assert_true(l10n_date(l10n, "en-GB", date_day((struct date){1500, 2,
	    28}), "long", &out, &err));
	assert_string_equal(buf_text(&out), "28 February 1500");
	assert_false(l10n_date(l10n, "en", DAY_NONE, "long", &out, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_false(l10n_date(l10n, "en", day, "%d/%m", &out, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, "skeleton"));
	assert_false(l10n_date(l10n, "en", day, "hm", &out, &err));
	buf_fini(&out);
	l10n_free(&l10n);
}

static void
test_words(void **state)
{
	static const struct str	names[] = {{"A", 1}, {"B", 1}, {"I", 1}};
	struct l10n	*l10n = l10n_new();
	struct buf	 out = BUF_INIT;
	struct err	 err;

	(void)state;
	assert_true(l10n_list(l10n, "es", names, 3, &out, &err));
	assert_string_equal(buf_text(&out), "A, B e I");
	buf_clear(&out);
	assert_true(l10n_list(l10n, "en", names, 0, &out, &err));
	assert_true(l10n_list(l10n, "pt", names, 2, &out, &err));
	assert_string_equal(buf_text(&out), "A e B");
	buf_clear(&out);
	assert_true(l10n_plural(l10n, "en", 1, &out, &err));
	buf_addc(&out, ' ');
	assert_true(l10n_plural(l10n, "es", 1000000, &out, &err));
	buf_addc(&out, ' ');
	assert_true(l10n_plural(l10n, "pt", 0, &out, &err));
	buf_addc(&out, ' ');
	assert_true(l10n_plural(l10n, "ru", 3, &out, &err));
	assert_string_equal(buf_text(&out), "one many one few");
	buf_clear(&out);
	assert_true(l10n_number(l10n, "es-CO", STR("1234567.5"), 0, 2, &out,
	    &err));
	buf_addc(&out, ' ');
	assert_true(l10n_percent(l10n, "es-CO", STR("10.15"), 0, 2, &out,
	    &err));
	buf_addc(&out, ' ');
	assert_true(l10n_percent(l10n, "en", STR("10.15"), 0, 2, &out, &err));
	assert_string_equal(buf_text(&out), "1.234.567,5 10,15" NB
	    "% 10.15%");
	buf_clear(&out);
	assert_true(l10n_days(l10n, "es-UY", 3, &out, &err));
	assert_true(l10n_days(l10n, "en", 1, &out, &err));
	assert_string_equal(buf_text(&out), "3 días1 day");
	assert_false(l10n_number(l10n, "es", STR("1e5"), 0, 2, &out, &err));
	assert_false(l10n_number(l10n, "es", STR(""), 0, 2, &out, &err));
	buf_fini(&out);
	l10n_free(&l10n);
}

static void
test_chain(void **state)
{
	struct l10n_chain	chain;

	(void)state;
	l10n_chain("ES_uy", "pt-BR", &chain);
	assert_int_equal(chain.count, 4);
	assert_string_equal(chain.tags[0], "es-UY");
	assert_string_equal(chain.tags[1], "es");
	assert_string_equal(chain.tags[2], "pt-BR");
	assert_string_equal(chain.tags[3], "pt");
	l10n_chain("zh-hant-TW", "zh", &chain);
	assert_int_equal(chain.count, 3);
	assert_string_equal(chain.tags[0], "zh-Hant-TW");
	l10n_chain("../../etc", NULL, &chain);
	assert_int_equal(chain.count, 0);
	l10n_chain("", "es", &chain);
	assert_int_equal(chain.count, 1);
	assert_false(l10n_is_tag(STR("e")));
	assert_false(l10n_is_tag(STR("es-")));
	assert_false(l10n_is_tag(STR("espa")));
	assert_false(l10n_is_tag(STR("es--UY")));
	assert_true(l10n_is_rtl("ar-EG"));
	assert_false(l10n_is_rtl("es"));
	assert_true(l10n_text_is_rtl(STR("1 \xd7\xa9"), false));
}

/* More formatters than are kept: none is lost, none is used after free. */
static void
test_many(void **state)
{
	static const char *const locales[] = {"es", "en", "pt", "fr", "de",
		"it", "nl", "sv", "pl", "cs", "ja", "ko"};
	static const char *const codes[] = {"EUR", "USD", "BRL", "MXN", "COP",
		"CLP", "ARS", "UYU", "PEN", "GBP"};
	struct l10n	*l10n = l10n_new();
	struct buf	 out = BUF_INIT;
	struct err	 err;
	struct money	 money = {100, ""};

	(void)state;
	for (size_t i = 0; i < 600; i++) {
		memcpy(money.currency, codes[i % TEST_COUNT(codes)], 4);
		assert_true(l10n_money(l10n, locales[i % TEST_COUNT(locales)],
		    &money, L10N_MONEY_SYMBOL, &out, &err));
	}
	buf_fini(&out);
	l10n_free(&l10n);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_money),
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
