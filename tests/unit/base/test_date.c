/* SPDX-License-Identifier: ISC */
#include "base/date.h"

#include "support/test.h"

static void
test_every_day_round_trips(void **state)
{
	int32_t	first = date_day((struct date){1, 1, 1});
	int32_t	last = date_day((struct date){9999, 12, 31});

	(void)state;
	for (int32_t day = first; day <= last; day++) {
		struct date	date = date_of(day);

		assert_true(date_is_valid(date));
		assert_int_equal(date_day(date), day);
	}
}

static void
test_known_days(void **state)
{
	int	year;

	(void)state;
	assert_int_equal(date_day((struct date){1970, 1, 1}), 0);
	assert_int_equal(date_day((struct date){2000, 3, 1}), 11017);
	assert_int_equal(date_weekday(0), THU);
	assert_int_equal(date_weekday(date_day((struct date){2026, 11, 21})), SAT);
	assert_int_equal(date_weekday(date_day((struct date){1969, 12, 28})), SUN);
	assert_int_equal(date_week(date_day((struct date){2027, 1, 1}), &year), 53);
	assert_int_equal(year, 2026);
	assert_int_equal(date_easter(2026), date_day((struct date){2026, 4, 5}));
	assert_int_equal(date_easter(2038), date_day((struct date){2038, 4, 25}));
}

static void
test_parse_instant(void **state)
{
	static const struct {
		const char	*text;
		const char	*again;		/* NULL: refused */
	} cases[] = {
		{"2026-11-21T10:00:00-05:00", "2026-11-21T15:00:00Z"},
		{"2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z"},
		{"1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z"},
		{"2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z"},
		{"2026-02-29T10:00:00Z", NULL},
		{"2026-11-21T24:00:00Z", NULL},
		{"2026-11-21T10:00:00", NULL},
		{"2026-11-21T10:00:00Zx", NULL},
		{"", NULL},
	};
	struct buf	out = BUF_INIT;
	int64_t		ms;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		if (!instant_parse(str_of(cases[i].text), &ms)) {
			assert_null(cases[i].again);
			continue;
		}
		assert_non_null(cases[i].again);
		instant_format(ms, 0, &out);
		assert_string_equal(buf_text(&out), cases[i].again);
	}
	buf_clear(&out);
	instant_format(INT64_C(1763737200000), -5 * 3600, &out);
	assert_string_equal(buf_text(&out), "2025-11-21T10:00:00-05:00");
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_every_day_round_trips),
		cmocka_unit_test(test_known_days),
		cmocka_unit_test(test_parse_instant),
	};

	return cmocka_run_group_tests_name("base/date", tests, NULL, NULL);
}
