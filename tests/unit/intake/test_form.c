/* SPDX-License-Identifier: ISC */
#include "tests/support/test.h"

#include "intake/field.h"
#include "intake/form.h"

struct number_case {
	const char	*cell;
	char		 decimal;
	const char	*currency;
	int64_t		 minor;		/* INT64_MIN: refused */
};

static void
numbers_are_read_or_refused(void **state)
{
	static const struct number_case	cases[] = {
		{"1234.56", '.', "EUR", 123456}, {"1,234.56", '.', "EUR", 123456},
		{"1.234,56", ',', "EUR", 123456}, {"1 234,56", ',', "EUR", 123456},
		{"1\xc2\xa0" "234,56", ',', "EUR", 123456},
		{"1'234.56", '.', "CHF", 123456}, {"-12.30", '.', "EUR", -1230},
		{"12.30-", '.', "EUR", -1230}, {"(12.30)", '.', "EUR", -1230},
		{"\xe2\x88\x92" "12.30", '.', "EUR", -1230},
		{"$ 12.30", '.', "USD", 1230}, {"R$ 1.234,50", ',', "BRL", 123450},
		{"EUR 12.30", '.', "EUR", 1230}, {"12,30 EUR", ',', "EUR", 1230},
		{"12.30 \xe2\x82\xac", '.', "EUR", 1230},
		{"EUR 12.30", '.', "USD", INT64_MIN},
		{"1.500.000", ',', "COP", 150000000}, {"1500", '\0', "CLP", 1500},
		{"1500.5", '.', "CLP", INT64_MIN}, {"1500.00", '.', "CLP", 1500},
		{"10.125", '.', "EUR", INT64_MIN}, {"10.120", '.', "EUR", 1012},
		{"1.234", '\0', "EUR", INT64_MIN}, {"12.34", '\0', "EUR", 1234},
		{"12,34", '\0', "EUR", 1234}, {"1.23.4", ',', "EUR", INT64_MIN},
		{"", '.', "EUR", INT64_MIN}, {"abc", '.', "EUR", INT64_MIN},
		{"1e5", '.', "EUR", INT64_MIN}, {"--5", '.', "EUR", INT64_MIN},
		{"0x10", '.', "EUR", INT64_MIN}, {"NaN", '.', "EUR", INT64_MIN},
		{"1.2345", '.', "KWD", INT64_MIN}, {"1.234", '.', "KWD", 1234},
		{"92233720368547758.07", '.', "EUR", INT64_MAX},
		{"92233720368547758.08", '.', "EUR", INT64_MIN},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct err	err;
		int64_t		minor = INT64_MIN;
		bool		ok = form_read_number(str_of(cases[i].cell),
				    cases[i].decimal, cases[i].currency, &minor,
				    &err);

		if (ok != (cases[i].minor != INT64_MIN) ||
		    minor != cases[i].minor)
			fail_msg("\"%s\": %lld", cases[i].cell,
			    (long long)minor);
	}
}

struct survey_case {
	const char	*cells[4];
	char		 decimal;	/* '!' an error */
};

static void
the_decimal_sign_is_found_or_asked_for(void **state)
{
	static const struct survey_case	cases[] = {
		{{"1.234", "12.50"}, '.'}, {{"1.234", "12,50"}, ','},
		{{"1.234", "2.345"}, '!'}, {{"1234", "17"}, '\0'},
		{{"1.234.567"}, ','}, {{"1,234,567"}, '.'},
		{{"12.50", "12,50"}, '!'}, {{"0.125"}, '.'},
		{{"1.234,56"}, ','}, {{"1234.567"}, '.'}, {{"", "x"}, '\0'},
		{{"$ 1.234", "R$ 3,5"}, ','},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct form_survey	survey = {.plain = 0};
		struct err		err = {ERR_NONE, ""};
		char			decimal = '!';

		for (size_t c = 0; c < 4 && cases[i].cells[c] != NULL; c++)
			form_see_number(&survey, str_of(cases[i].cells[c]),
			    (int64_t)c + 2);
		if (!form_decide_number(&survey, "f.csv", &decimal, &err))
			assert_non_null(strstr(err.text, "in a map: decimal"));
		if (decimal != cases[i].decimal)
			fail_msg("case %zu: '%c' %s", i, decimal, err.text);
	}
}

struct date_case {
	const char	*cell;
	enum date_form	 form;
	const char	*iso;		/* NULL: refused */
};

static void
dates_are_read_or_refused(void **state)
{
	static const struct date_case	cases[] = {
		{"2026-01-31", DATES_UNKNOWN, "2026-01-31"},
		{"2026/1/3", DATES_DMY, "2026-01-03"},
		{"20260131", DATES_UNKNOWN, "2026-01-31"},
		{"2020-03-30 00:00:00.000000000", DATES_ISO, "2020-03-30"},
		{"2020-03-30T10:00:00Z", DATES_UNKNOWN, "2020-03-30"},
		{"31/01/2026", DATES_DMY, "2026-01-31"},
		{"1/31/2026", DATES_MDY, "2026-01-31"},
		{"03/04/2026", DATES_DMY, "2026-04-03"},
		{"03/04/2026", DATES_MDY, "2026-03-04"},
		{"03/04/2026", DATES_UNKNOWN, NULL},
		{"04/04/2026", DATES_UNKNOWN, "2026-04-04"},
		{"31.01.2026", DATES_DMY, "2026-01-31"},
		{"31-01-2026", DATES_DMY, "2026-01-31"},
		{"31/01-2026", DATES_DMY, NULL},
		{"13/13/2026", DATES_DMY, NULL}, {"31/04/2026", DATES_DMY, NULL},
		{"1/31/2026", DATES_DMY, NULL}, {"31/1/26", DATES_DMY, NULL},
		{"29/02/2027", DATES_DMY, NULL}, {"29/02/2028", DATES_DMY,
		"2028-02-29"}, {"2026-02-30", DATES_ISO, NULL},
		{"", DATES_DMY, NULL}, {"soon", DATES_DMY, NULL},
		{"0000-00-00", DATES_ISO, NULL}, {"45123", DATES_DMY, NULL},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct err	err;
		int32_t		day = DAY_NONE;
		char		text[16] = "";
		bool		ok = form_read_date(str_of(cases[i].cell),
				    cases[i].form, &day, &err);

		if (ok)
			(void)date_text(day, text);
		if (ok != (cases[i].iso != NULL) ||
		    (ok && strcmp(text, cases[i].iso) != 0))
			fail_msg("\"%s\" form %d: %s", cases[i].cell,
			    cases[i].form, text);
	}
}

static void
one_row_tells_how_dates_are_written(void **state)
{
	struct form_survey	survey = {.plain = 0};
	struct err		err;
	enum date_form		form;

	(void)state;
	form_see_date(&survey, STR("03/04/2026"), 2);
	assert_false(form_decide_date(&survey, "f.csv", &form, &err));
	assert_non_null(strstr(err.text, "f.csv:2: \"03/04/2026\""));
	form_see_date(&survey, STR("13/04/2026"), 3);
	assert_true(form_decide_date(&survey, "f.csv", &form, &err));
	assert_int_equal(form, DATES_DMY);
	form_see_date(&survey, STR("04/13/2026"), 9);
	assert_false(form_decide_date(&survey, "f.csv", &form, &err));
	assert_non_null(strstr(err.text, "line 9"));
}

/* Every canonical header names its field, in its own kind. */
static void
canonical_headers_are_recognised(void **state)
{
	static const char *const	more[][3] = {
		{"1", "invoice", "N\xc2\xba Factura"}, {"1", "due_date", "VENCIMIENTO"},
		{"1", "due_date", "Data de Vencimento"}, {"1", "amount", "Importe"},
		{"0", "customer", "customerID"}, {"0", "name", "Raz\xc3\xb3n Social"},
		{"0", "email", "E-mail"}, {"0", "phone", "Tel\xc3\xa9" "fono"},
		{"0", "tax_id", "CPF/CNPJ"}, {"2", "date", "Fecha de pago"},
		{"2", "reference", "Refer\xc3\xaancia"},
	};

	(void)state;
	for (size_t k = 0; k < STORE_REC_KINDS; k++) {
		for (size_t i = 0; i < field_kinds[k].count; i++) {
			const struct field	*field = &field_kinds[k].fields[i];
			struct buf		 folded = BUF_INIT;

			assert_true(field_kinds[k].count <= FIELDS_MAX);
			field_fold(&folded, str_of(field->name));
			if (!field_is_named(field, buf_str(&folded)) &&
			    strcmp(field->name, "status") != 0 &&
			    strcmp(field->name, "policy") != 0)
				fail_msg("%s", field->name);
			buf_fini(&folded);
		}
	}
	for (size_t i = 0; i < TEST_COUNT(more); i++) {
		const struct field	*field = field_find(
		    (enum store_record_kind)(more[i][0][0] - '0'), more[i][1]);
		struct buf		 folded = BUF_INIT;

		field_fold(&folded, str_of(more[i][2]));
		if (!field_is_named(field, buf_str(&folded)))
			fail_msg("%s: %s", more[i][1], more[i][2]);
		buf_fini(&folded);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(numbers_are_read_or_refused),
		cmocka_unit_test(the_decimal_sign_is_found_or_asked_for),
		cmocka_unit_test(dates_are_read_or_refused),
		cmocka_unit_test(one_row_tells_how_dates_are_written),
		cmocka_unit_test(canonical_headers_are_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
