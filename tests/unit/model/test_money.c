/* SPDX-License-Identifier: ISC */
#include "tests/support/test.h"

#include "model/money.h"

static void
exponents_are_those_of_iso_4217(void **state)
{
	(void)state;
	assert_int_equal(currency_exponent("EUR"), 2);
	assert_int_equal(currency_exponent("CLP"), 0);
	assert_int_equal(currency_exponent("PYG"), 0);
	assert_int_equal(currency_exponent("KWD"), 3);
	assert_int_equal(currency_exponent("CLF"), 4);
	/* those for which ICU says none */
	assert_int_equal(currency_exponent("RSD"), 2);
	assert_int_equal(currency_exponent("IQD"), 3);
	assert_int_equal(currency_exponent("LBP"), 2);
	assert_int_equal(currency_exponent("ISK"), 0);
	assert_int_equal(currency_exponent("ALL"), 2);
	assert_int_equal(currency_exponent("XXX"), -1);
	assert_int_equal(currency_exponent("eur"), -1);
	assert_int_equal(currency_exponent(""), -1);
	assert_int_equal(currency_exponent("EU "), -1);
	assert_int_equal(currency_exponent(NULL), -1);
}

struct money_case {
	const char	*text;
	const char	*written;	/* NULL: refused */
};

static void
amounts_are_read_and_written(void **state)
{
	static const struct money_case	cases[] = {
		{"EUR 40.00", "EUR 40.00"}, {"40 EUR", "EUR 40.00"},
		{"EUR 40.5", "EUR 40.50"}, {"EUR -0.01", "EUR -0.01"},
		{"CLP 1500", "CLP 1500"}, {"CLP 1500.00", "CLP 1500"},
		{"CLP 1500.5", NULL}, {"KWD 1.234", "KWD 1.234"},
		{"EUR 1.234", NULL}, {"EUR 1.230", "EUR 1.23"},
		{"EUR 1,000.00", NULL}, {"EUR", NULL}, {"40.00", NULL},
		{"EUR 40.", NULL}, {"EUR .5", NULL}, {"EUR --4", NULL},
		{"EUR 92233720368547758.07", "EUR 92233720368547758.07"},
		{"EUR 92233720368547758.08", NULL}, {"QQQ 1", NULL}, {"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct money	money;
		struct buf	out = BUF_INIT;
		struct err	err;
		bool		ok = money_parse(str_of(cases[i].text), &money,
				    &err);

		if (ok)
			money_format(&money, &out);
		if (ok != (cases[i].written != NULL) ||
		    (ok && strcmp(buf_text(&out), cases[i].written) != 0))
			fail_msg("\"%s\": %s", cases[i].text, buf_text(&out));
		buf_fini(&out);
	}
}

static void
thousands_come_in_threes(void **state)
{
	int64_t		minor;
	struct err	err;

	(void)state;
	assert_true(money_parse_number(STR("1.234.567,89"), "EUR", ',', '.',
	    &minor, &err));
	assert_int_equal(minor, 123456789);
	assert_false(money_parse_number(STR("1.23.4"), "EUR", ',', '.', &minor,
	    &err));
	assert_false(money_parse_number(STR("1234.567,8"), "EUR", ',', '.',
	    &minor, &err));
	assert_false(money_parse_number(STR("1.234"), "EUR", '.', '\0',
	    &minor, &err));
}

static void
sums_do_not_overflow(void **state)
{
	int64_t	sum = INT64_MAX - 1;

	(void)state;
	assert_true(money_add(&sum, 1));
	assert_false(money_add(&sum, 1));
	assert_int_equal(sum, INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(exponents_are_those_of_iso_4217),
		cmocka_unit_test(amounts_are_read_and_written),
		cmocka_unit_test(thousands_come_in_threes),
		cmocka_unit_test(sums_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
