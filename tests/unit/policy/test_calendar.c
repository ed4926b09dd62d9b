/* SPDX-License-Identifier: ISC */
/* Holidays and hours of the shipped packs, and the grammar of all packs. */
#include "lawful_support.h"

static const struct calendar *
find(const struct lawful_world *world, const char *code)
{
	struct str	region = str_of(code + 2);

	if (region.len > 0)
		region = str_of(code + 3);
	return calendars_find(world->calendars, (struct str){code, 2}, region);
}

/* The closing days of a year, "01-01 01-12 ...". */
static void
list_days(const struct calendar *calendar, int year, bool optional,
    struct buf *out)
{
	struct arena		*arena = arena_new();
	struct calendar_holiday	*days;
	size_t			 count;
	struct err		 err;
	char			 text[16];

	assert_non_null(arena);
	assert_true(calendar_holidays(calendar, year, arena, &days, &count,
	    &err));
	for (size_t i = 0; i < count; i++) {
		assert_true(i == 0 || days[i].day > days[i - 1].day);
		assert_int_equal(calendar_is_holiday(calendar, days[i].day),
		    !days[i].optional);
		if (days[i].optional == optional)
			buf_addf(out, "%s%s", out->len > 0 ? " " : "",
			    date_text(days[i].day, text) + 5);
	}
	arena_free(&arena);
}

/* Written from the countries' official lists, not from the rules. */
static void
test_known_years(void **state)
{
	static const struct {
		const char	*code;
		int		 year;
		const char	*days;
	} rows[] = {
	    {"CO", 2025, "01-01 01-06 03-24 04-17 04-18 05-01 06-02 06-23 06-30 07-20 08-07 08-18 10-13 11-03 11-17 12-08 12-25"},
	    {"CO", 2026, "01-01 01-12 03-23 04-02 04-03 05-01 05-18 06-08 06-15 06-29 07-13 07-20 08-07 08-17 10-12 11-02 11-16 12-08 12-25"},
	    {"CL", 2017, "01-01 01-02 04-14 04-15 05-01 05-21 06-26 07-16 08-15 09-18 09-19 10-09 10-27 11-01 12-08 12-25"},
	    {"CL", 2018, "01-01 03-30 03-31 05-01 05-21 07-02 07-16 08-15 09-17 09-18 09-19 10-15 11-01 11-02 12-08 12-25"},
	    {"CL", 2021, "01-01 04-02 04-03 05-01 05-21 06-21 06-28 07-16 08-15 09-17 09-18 09-19 10-11 10-31 11-01 12-08 12-25"},
	    {"CL", 2024, "01-01 03-29 03-30 05-01 05-21 06-20 06-29 07-16 08-15 09-18 09-19 09-20 10-12 10-31 11-01 12-08 12-25"},
	    {"CL", 2026, "01-01 04-03 04-04 05-01 05-21 06-21 06-29 07-16 08-15 09-18 09-19 10-12 10-31 11-01 12-08 12-25"},
	    {"MX", 2026, "01-01 02-02 03-16 05-01 09-16 11-16 12-25"},
	    {"MX", 2030, "01-01 02-04 03-18 05-01 09-16 10-01 11-18 12-25"},
	    {"ES", 2026, "01-01 01-06 04-03 05-01 08-15 10-12 11-01 12-06 12-08 12-25"},
	    {"US", 2026, ""},
	    {"ZZ", 2026, ""},
	    {"PE", 2026, "01-01 04-02 04-03 05-01 06-07 06-29 07-23 07-28 07-29 08-06 08-30 10-08 11-01 12-08 12-09 12-25"},
	    {"EC", 2022, "01-01 02-28 03-01 04-15 05-02 05-23 08-12 10-10 11-03 11-04 12-25 12-26"},
	    {"EC", 2024, "01-01 02-12 02-13 03-29 05-03 05-24 08-09 10-11 11-01 11-04 12-25"},
	    {"EC", 2026, "01-01 02-16 02-17 04-03 05-01 05-25 08-10 10-09 11-02 11-03 12-25"},
	    {"BR", 2023, "01-01 04-07 04-21 05-01 09-07 10-12 11-02 11-15 12-25"},
	    {"BR-SP", 2026, "01-01 04-03 04-21 05-01 09-07 10-12 11-02 11-15 11-20 12-25"},
	    {"AR", 2025, "01-01 03-03 03-04 03-24 04-02 04-17 04-18 05-01 05-02 05-25 06-16 06-20 07-09 08-15 08-17 10-10 11-21 11-24 12-08 12-25"},
	    {"AR-C", 2026, "01-01 02-16 02-17 03-23 03-24 04-02 04-03 05-01 05-25 06-15 06-20 07-09 07-10 08-17 10-12 11-23 12-07 12-08 12-25"},
	    {"UY", 2026, "01-01 05-01 07-18 08-25 12-25"},
	    {"PY", 2026, "01-01 03-01 04-02 04-03 05-01 05-14 05-15 06-12 08-15 09-29 12-08 12-25"},
	    {"GB", 2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"},
	    {"GB", 2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"},
	    {"GB-SCT", 2022, "01-03 01-04 04-15 05-02 06-02 06-03 08-01 09-19 11-30 12-26 12-27"},
	    {"GB-NIR", 2026, "01-01 03-17 04-03 04-06 05-04 05-25 07-13 08-31 12-25 12-28"},
	    {"AU", 2026, "01-01 01-26 04-03 04-06 04-25 12-25 12-26 12-28"},
	};

	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf	out = BUF_INIT;

		list_days(find(*state, rows[i].code), rows[i].year, false,
		    &out);
		if (strcmp(buf_text(&out), rows[i].days) != 0)
			fail_msg("%s %d:\n%s\n%s", rows[i].code, rows[i].year,
			    buf_text(&out), rows[i].days);
		buf_fini(&out);
	}
}

static void
test_counts_of_colombia(void **state)
{
	static const struct {
		int	year;
		size_t	count;
	} rows[] = {{2025, 17}, {2026, 19}, {2027, 19}, {2030, 18}};

	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct buf	out = BUF_INIT;

		list_days(find(*state, "CO"), rows[i].year, false, &out);
		assert_int_equal((out.len + 1) / 6, rows[i].count);
		buf_fini(&out);
	}
}

static void
test_optional_days_close_nothing(void **state)
{
	struct buf	out = BUF_INIT;

	list_days(find(*state, "UY"), 2026, true, &out);
	assert_string_equal(buf_text(&out), "01-06 02-16 02-17 03-30 03-31 "
	    "04-01 04-02 04-03 04-19 05-18 06-19 10-12 11-02");
	buf_clear(&out);
	list_days(find(*state, "BR"), 2026, true, &out);
	assert_string_equal(buf_text(&out), "02-16 02-17 06-04");
	buf_fini(&out);
}

/* Outside the years that are laid out, the same answers. */
static void
test_years_far_away(void **state)
{
	const struct calendar	*co = find(*state, "CO");
	struct buf		 near = BUF_INIT, far = BUF_INIT;

	list_days(co, 2027, false, &near);
	list_days(co, 2427, false, &far);	/* weekdays repeat; Easter not */
	assert_int_equal(memcmp(buf_text(&near), buf_text(&far), 17), 0);
	list_days(co, 9990, false, &far);
	list_days(co, 1600, false, &far);
	assert_false(calendar_is_holiday(co, INT32_MAX));
	assert_false(calendar_is_holiday(co, INT32_MIN));
	buf_fini(&near);
	buf_fini(&far);
}

static void
check_edge(const struct lawful_world *world, const char *code,
    const char *zone_name, int32_t day, int32_t second, bool before,
    bool after)
{
	const struct zone	*zone;
	struct err		 err;
	struct lawful_case	 lawful = {.calendar = find(world, code),
				    .zones = &zone, .zone_count = 1};
	struct lawful_answer	 answer;
	int64_t			 ms;

	assert_true(zone_find(world->zones, zone_name, &zone, &err));
	ms = zone_instant(zone, (struct civil){day, second});
	for (int channel = 0; channel < CHANNEL_COUNT; channel++) {
		bool	letter = channel == CHANNEL_LETTER;

		lawful.channel = (enum channel)channel;
		lawful_ask(&lawful, ms - 1, &answer);
		if ((answer.reason == LAWFUL_ALLOWED) != (before || letter))
			fail_msg("%s %s day %d before %d", code,
			    channel_names[channel], day, second);
		lawful_ask(&lawful, ms, &answer);
		if ((answer.reason == LAWFUL_ALLOWED) != (after || letter))
			fail_msg("%s %s day %d at %d", code,
			    channel_names[channel], day, second);
	}
}

/* 2026-09-21 begins a week without holidays anywhere. */
static void
test_both_edges_of_every_weekday(void **state)
{
	static const struct {
		const char	*code, *zone;
		int		 fri[2], sat[2], sun[2];	/* minutes */
	} rows[] = {
#define H(h)	((h) * 60)
	    {"CO", "America/Bogota", {H(7), H(19)}, {H(8), H(15)}, {0, 0}},
	    {"CL", "America/Santiago", {H(8), H(20)}, {H(8), H(20)}, {0, 0}},
	    {"MX", "America/Mexico_City", {H(7), H(22)}, {H(7), H(22)}, {H(7), H(22)}},
	    {"ES", "Europe/Madrid", {H(9), H(21)}, {0, 0}, {0, 0}},
	    {"US", "America/Chicago", {H(8), H(21)}, {H(8), H(21)}, {H(8), H(21)}},
	    {"US-MA", "America/New_York", {H(8), H(21)}, {H(8), H(21)}, {H(8), H(21)}},
	    {"US-WA", "America/Los_Angeles", {H(8), H(21)}, {H(8), H(21)}, {H(8), H(21)}},
	    {"US-NY-NYC", "America/New_York", {H(8), H(21)}, {H(8), H(21)}, {H(8), H(21)}},
	    {"ZZ", "Europe/Berlin", {H(9), H(18)}, {H(9), H(13)}, {0, 0}},
	    {"PE", "America/Lima", {H(7), H(20)}, {0, 0}, {0, 0}},
	    {"EC", "Pacific/Galapagos", {H(7), H(20)}, {0, 0}, {0, 0}},
	    {"BR", "America/Sao_Paulo", {H(8), H(20)}, {H(8), H(14)}, {0, 0}},
	    {"BR-SP", "America/Sao_Paulo", {H(8), H(20)}, {H(8), H(14)}, {0, 0}},
	    {"BR-AL", "America/Maceio", {H(8), H(20)}, {H(8), H(14)}, {0, 0}},
	    {"BR-RJ", "America/Sao_Paulo", {H(9), H(19)}, {0, 0}, {0, 0}},
	    {"BR-ES", "America/Sao_Paulo", {H(8), H(19)}, {0, 0}, {0, 0}},
	    {"BR-AM", "America/Manaus", {H(8), H(19)}, {0, 0}, {0, 0}},
	    {"AR", "America/Argentina/Salta", {H(8), H(20)}, {H(10), H(12)}, {0, 0}},
	    {"AR-C", "America/Argentina/Buenos_Aires", {H(8), H(20)}, {H(10), H(12)}, {0, 0}},
	    {"UY", "America/Montevideo", {H(9), H(20)}, {H(9), H(13)}, {0, 0}},
	    {"PY", "America/Asuncion", {H(8), H(18)}, {H(8), H(12)}, {0, 0}},
	    {"GB", "Europe/London", {H(8), H(21)}, {H(8), H(21)}, {0, 0}},
	    {"IN", "Asia/Kolkata", {H(8), H(19)}, {H(8), H(19)}, {H(8), H(19)}},
	    {"ZA", "Africa/Johannesburg", {H(6), H(21)}, {H(6), H(21)}, {0, 0}},
	    {"AU", "Australia/Adelaide", {450, H(21)}, {H(9), H(21)}, {H(9), H(21)}},
#undef H
	};
	int32_t	monday = world_day("2026-09-21");

	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		for (int32_t day = monday; day < monday + 7; day++) {
			const int	*span = day == monday + 5 ? rows[i].sat :
					    day == monday + 6 ? rows[i].sun :
					    rows[i].fri;
			bool		 open = span[0] < span[1];

			if (!open)
				span = rows[i].fri;
			check_edge(*state, rows[i].code, rows[i].zone, day,
			    span[0] * 60, false, open);
			check_edge(*state, rows[i].code, rows[i].zone, day,
			    span[1] * 60, open, false);
		}
}

/* Listed by `calendar`, but closing only where the block says so. */
static void
test_holidays_that_do_not_close(void **state)
{
	static const struct lawful_row	rows[] = {
	    {"MX", CHANNEL_SMS, "2026-09-16T10:00:00-06:00", "America/Mexico_City", NULL, LAWFUL_ALLOWED, NULL, 0},
	    {"GB", CHANNEL_SMS, "2026-04-03T10:00:00+01:00", "Europe/London", NULL, LAWFUL_ALLOWED, NULL, 0},
	    {"AU", CHANNEL_SMS, "2026-04-03T10:00:00+11:00", "Australia/Sydney", NULL, LAWFUL_HOLIDAY, "2026-04-04T09:00:00+11:00", 0},
	    {"US", CHANNEL_SMS, "2026-07-04T10:00:00-04:00", "America/New_York", NULL, LAWFUL_ALLOWED, NULL, 0},
	    {"UY", CHANNEL_SMS, "2026-02-16T10:00:00-03:00", "America/Montevideo", NULL, LAWFUL_ALLOWED, NULL, 0},
	    {"BR-RJ", CHANNEL_SMS, "2026-09-07T10:00:00-03:00", "America/Sao_Paulo", NULL, LAWFUL_HOLIDAY, "2026-09-08T09:00:00-03:00", 0},
	    /* on a Sunday too the holiday is what is told */
	    {"CL", CHANNEL_SMS, "2026-11-01T10:00:00-03:00", "America/Santiago", NULL, LAWFUL_HOLIDAY, "2026-11-02T08:00:00-03:00", 0},
	    {"CO", CHANNEL_SMS, "2026-12-25T03:00:00-05:00", "America/Bogota", NULL, LAWFUL_HOLIDAY, "2026-12-26T08:00:00-05:00", 0},
	};

	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		world_check(*state, &rows[i], NULL);
}

static void
test_fallbacks(void **state)
{
	static const struct {
		const char	*country, *region, *code;
	} rows[] = {{"CO", "", "CO"}, {"co", "", "CO"}, {"CO", "ANT", "CO"},
	    {"US", "NY-NYC", "US-NY-NYC"}, {"US", "NY", "US"},
	    {"US", "ny-nyc", "US-NY-NYC"}, {"US", "NY-NYC-BRONX", "US-NY-NYC"},
	    {"FR", "", "ZZ"}, {"", "", "ZZ"}, {"COL", "", "ZZ"},
	    {"BR", "SP", "BR-SP"}, {"BR", "XX", "BR"}, {"AR", "C", "AR-C"},
	    {"US", "MA-------------------------------------------x", "US"},
	    {"ZZ", "SP", "ZZ"}};
	const struct lawful_world	*world = *state;

	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_string_equal(calendar_code(calendars_find(
		    world->calendars, str_of(rows[i].country),
		    str_of(rows[i].region))), rows[i].code);
	assert_string_equal(calendar_code(calendars_find(world->calendars,
	    (struct str){"C\0", 2}, STR(""))), "ZZ");
}

static void
test_json(void **state)
{
	struct buf	out = BUF_INIT;
	struct err	err;

	assert_true(calendar_json(find(*state, "CO"), 2030, &out, &err));
	assert_non_null(strstr(buf_text(&out), "\n{\"date\":\"2030-07-01\","
	    "\"name\":\"Sagrado Corazón de Jesús / San Pedro y San Pablo\","
	    "\"rule\":\"E+71 / M>=06-29\",\"optional\":false}\n"));
	buf_clear(&out);
	assert_false(calendar_json(find(*state, "CO"), 10000, &out, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_int_equal(out.len, 0);
	buf_fini(&out);
}

/* --- the grammar, on packs of our own ------------------------------------ */

#define WEEK	"mon-sun 08:00-20:00"

static struct calendar_lines
one_line(struct calendar_line *line, const char *text)
{
	*line = (struct calendar_line){text, "x.conf:7"};
	return (struct calendar_lines){line, text != NULL};
}

/* A pack with one line of each, NULL for none, beside ZZ; sealed. */
static bool
build(const char *code, const char *hours, const char *holiday,
    const char *cap, const char *decree, struct calendars **out,
    struct err *err)
{
	struct calendar_line	lines[4];
	struct calendar_pack	zz = {.code = "ZZ", .place = "x.conf:1"};
	struct calendar_pack	pack = {.code = code, .place = "x.conf:2"};
	struct calendars	*all = calendars_new();
	bool			 ok;

	assert_non_null(all);
	zz.hours = one_line(&lines[0], WEEK);
	assert_true(calendars_add(all, &zz, err));
	pack.hours = one_line(&lines[1], hours);
	pack.holidays = one_line(&lines[2], holiday);
	pack.caps = one_line(&lines[3], cap);
	ok = calendars_add(all, &pack, err) && (decree == NULL ||
	    calendars_override(all, code, (struct calendar_line){decree,
	    "x.conf:9"}, err)) && calendars_seal(all, err);
	*out = all;
	return ok;
}

static void
test_errors(void **state)
{
	static const struct {
		const char	*code, *hours, *holiday, *cap, *decree, *text;
	} rows[] = {
	    {"co", WEEK, NULL, NULL, NULL, "x.conf:2: \"co\" is not a country"},
	    {"COL", WEEK, NULL, NULL, NULL, "not a country"},
	    {"CO-", WEEK, NULL, NULL, NULL, "not a country"},
	    {"CO--A", WEEK, NULL, NULL, NULL, "not a country"},
	    {"ZZ", WEEK, NULL, NULL, NULL, "ZZ stands in x.conf:1 already"},
	    {"CO-A", WEEK, NULL, NULL, NULL, "without its country CO"},
	    {"CO", NULL, NULL, NULL, NULL, "CO has no hours"},
	    {"CO", "mon-fri 07:00-19:00", NULL, NULL, NULL, "\"sat none\" closes it"},
	    {"CO", "mon-sun none", NULL, NULL, NULL, "no lawful instant in 1970"},
	    {"CO", "mon-sun 07:00-07:00", NULL, NULL, NULL, "x.conf:7: "},
	    {"CO", "mon-sun 7:00-19:00", NULL, NULL, NULL, "has no hours such as"},
	    {"CO", "mon-sun 07:00-24:01", NULL, NULL, NULL, "has no hours such as"},
	    {"CO", "mon-sun 07:00-12:00,11:00-13:00", NULL, NULL, NULL, "has no hours such as"},
	    {"CO", "sun-mon 07:00-12:00", NULL, NULL, NULL, "does not begin with weekdays"},
	    {"CO", "mon-sun,mon 07:00-12:00 x", NULL, NULL, NULL, "has no hours such as"},
	    {"CO", "", NULL, NULL, NULL, "does not begin with weekdays"},
	    {"CO", WEEK, "05-01", NULL, NULL, "needs a name behind a colon"},
	    {"CO", WEEK, "05-32: X", NULL, NULL, "does not begin with a day"},
	    {"CO", WEEK, "E+999: X", NULL, NULL, "does not begin with a day"},
	    {"CO", WEEK, "6MON-05: X", NULL, NULL, "does not begin with a day"},
	    {"CO", WEEK, "05-01 maybe: X", NULL, NULL, "\"maybe\" is not one of"},
	    {"CO", WEEK, "05-01 move(tue<tue): X", NULL, NULL, "is not one of"},
	    {"CO", WEEK, "05-01 move(tue<mon,tue>fri): X", NULL, NULL, "is not one of"},
	    {"CO", WEEK, "05-01 every 4: X", NULL, NULL, "add since YYYY"},
	    {"CO", WEEK, "05-01 years(2030-2020): X", NULL, NULL, "is not one of"},
	    {"CO", WEEK, "drop 05-01", NULL, NULL, "drops the holiday"},
	    {"CO", WEEK, NULL, "0/day@any", NULL, "a number from 1 to 99"},
	    {"CO", WEEK, NULL, "1/year@any", NULL, "has no period"},
	    {"CO", WEEK, NULL, "1/day@fax", NULL, "names no channel"},
	    {"CO", WEEK, NULL, "1/day@", NULL, "names no channel"},
	    {"CO", WEEK, NULL, "1/day@any;gap=2", NULL, "has an option"},
	    {"CO", WEEK, NULL, "1/7d@any;answered=+1", NULL, "has an option"},
	    {"CO", WEEK, NULL, "1/day@any;", NULL, "has an option"},
	    {"CO", WEEK, NULL, NULL, "2026-02-30: X", "x.conf:9: "},
	    {"CO", WEEK, NULL, NULL, "2026-02-28 drop X", "goes on behind drop"},
	    {"CO", WEEK, NULL, NULL, "2026-02-28: ", "has no name"},
	    {"CO", WEEK, NULL, NULL, "2026-02-28 -> X", "is no decree"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct calendars	*all = NULL;
		struct err		 err = {ERR_NONE, ""};

		if (build(rows[i].code, rows[i].hours, rows[i].holiday,
		    rows[i].cap, rows[i].decree, &all, &err))
			fail_msg("taken: %s", rows[i].text);
		if (err.kind != ERR_INPUT ||
		    strstr(err.text, rows[i].text) == NULL)
			fail_msg("\"%s\" lacks \"%s\"", err.text, rows[i].text);
		calendars_free(&all);
	}
}

static void
test_rules(void **state)
{
	static const struct {
		const char	*rule, *decree;
		int		 year;
		const char	*days;
	} rows[] = {
	    {"E: X", NULL, 2026, "04-05"},
	    {"02-29: X", NULL, 2028, "02-29"},
	    {"02-29: X", NULL, 2026, ""},
	    {"WED>=11-16: X", NULL, 2026, "11-18"},
	    {"5FRI-05: X", NULL, 2026, "05-29"},
	    {"5FRI-06: X", NULL, 2026, ""},
	    {"lastSUN-02: X", NULL, 2028, "02-27"},
	    {"05-01 since 2026 every 4: X", NULL, 2030, "05-01"},
	    {"05-01 since 2026 every 4: X", NULL, 2029, ""},
	    {"05-01 until 2025: X", NULL, 2026, ""},
	    {"05-01 years(2020,2025-2026): X", NULL, 2026, "05-01"},
	    {"05-01 on(mon,thu): X", NULL, 2026, ""},
	    {"05-01 on(fri): X", NULL, 2026, "05-01"},
	    {"05-01 move(fri<mon): X", NULL, 2026, "04-27"},
	    {"05-01 move(fri>thu): X", NULL, 2026, "05-07"},
	    {"05-01 also(fri>mon): X", NULL, 2026, "05-01 05-04"},
	    /* across New Year, both ways */
	    {"01-01 move(sat<fri): X", NULL, 2027, "01-01 12-31"},
	    {"12-31 move(thu>mon): X", NULL, 2027, "01-04 12-31"},
	    {"05-01: X", "2026-05-01 drop", 2026, ""},
	    {"05-01: X", "2026-05-01 drop", 2027, "05-01"},
	    {"05-01: X", "2026-05-01 -> 2026-05-04: Y", 2026, "05-04"},
	    {"05-01: X", "2026-05-04: Y", 2026, "05-01 05-04"},
	    {"05-01: X", "2026-05-04 optional: Y", 2026, "05-01"},
	    {"05-01: X", "2150-05-04: Y", 2150, "05-01 05-04"},
	    {"05-01: X", "2150-05-01 -> 2150-05-04: Y", 2150, "05-04"},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct calendars	*all = NULL;
		struct err		 err;
		struct buf		 out = BUF_INIT;

		if (!build("XA", WEEK, rows[i].rule, NULL, rows[i].decree,
		    &all, &err))
			fail_msg("%s", err.text);
		list_days(calendars_find(all, STR("XA"), STR("")),
		    rows[i].year, false, &out);
		if (strcmp(buf_text(&out), rows[i].days) != 0)
			fail_msg("%s %d: %s", rows[i].rule, rows[i].year,
			    buf_text(&out));
		buf_fini(&out);
		calendars_free(&all);
	}
}

static void
test_sealed_and_alone(void **state)
{
	struct calendars	*all = NULL;
	struct calendar_pack	 pack = {.code = "XB", .place = "x.conf:1"};
	struct err		 err = {ERR_NONE, ""};

	(void)state;
	assert_true(build("XA", WEEK, NULL, NULL, NULL, &all, &err));
	assert_false(calendars_add(all, &pack, &err));
	assert_false(calendars_override(all, "XA",
	    (struct calendar_line){"2026-01-01: X", "x:1"}, &err));
	assert_false(calendars_seal(all, &err));
	calendars_free(&all);
	all = calendars_new();
	assert_non_null(all);
	assert_false(calendars_seal(all, &err));
	assert_non_null(strstr(err.text, "ZZ"));
	assert_false(calendars_override(all, "XA",
	    (struct calendar_line){"2026-01-01: X", "x:1"}, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	calendars_free(&all);
	calendars_free(&all);
}

/* --- files --------------------------------------------------------------- */

static void
check_file(const char *text, const char *wanted)
{
	struct arena		*arena = arena_new();
	struct conf		*conf = conf_new(arena);
	struct calendars	*all = calendars_new();
	struct calendar_packs	 packs = {{NULL, 0}, {NULL, 0}};
	struct conf_section	 section = {calendar_rows, &packs};
	struct buf		 out = BUF_INIT;
	struct err		 err;
	bool			 ok;

	assert_non_null(conf);
	assert_non_null(all);
	ok = conf_load_text(conf, "t.conf", str_of(text), &section, 1, &err) &&
	    calendars_build(conf, &packs, all, &err);
	conf_print(conf, &out);
	if (ok != (wanted == NULL) || (wanted != NULL &&
	    strstr(buf_text(&out), wanted) == NULL))
		fail_msg("%s\ngives\n%s", text, buf_text(&out));
	buf_fini(&out);
	calendars_free(&all);
	arena_free(&arena);
}

static void
test_files(void **state)
{
#define ZZ_START	"calendars = { ZZ = { name = \"x\"; hours = [\"" WEEK "\"]; "
#define ZZ_END		"sources = [\"hours: U/L 2026-11-21 x\"]; }; };\n"
	(void)state;
	check_file(ZZ_START ZZ_END, NULL);
	check_file("calendars = { ZZ = { name = \"x\"; hours = [\"" WEEK "\"]; "
	    "sources = [\"caps: U/L 2026-11-21 x\"]; }; };\n",
	    "hours of \"ZZ\" have no source");
	check_file(ZZ_START "caps = [\"1/day@any\",\n\"1/dya@any\"]; "
	    "sources = [\"hours: U/L 2026-11-21 x\", \"caps: K/H 2026-11-21 x\"]; "
	    "}; };\n", "t.conf:2:1: \"1/dya@any\" has no period");
	check_file("calendars = { ZZ = { name = \"x\"; hours = [\"" WEEK "\"]; "
	    "sources = [\"hours: maybe\"]; }; };\n", "how sure");
	check_file(ZZ_START "lock = \"month\"; sources = [\"hours: U/L 2026-11-21"
	    " x\", \"lock: U/L 2026-11-21 x\"]; }; };\n",
	    "the only one is \"isoweek\"");
	check_file(ZZ_START ZZ_END "decrees = ( { calendar = \"QQ\"; days = "
	    "[\"2026-01-01: X\"]; source = \"V/H 2026-11-21 x\"; } );\n",
	    "there is no calendar \"QQ\"");
	check_file(ZZ_START ZZ_END "decrees = ( { calendar = \"ZZ\"; days = "
	    "[\"2026-13-01: X\"]; source = \"V/H 2026-11-21 x\"; } );\n",
	    "is no decree for a day");
	check_file("decrees = ();\n", "ZZ is missing");
}

static void
test_schema(void **state)
{
	struct err	err;

	(void)state;
	if (!conf_rows_check(calendar_rows, &err))
		fail_msg("%s", err.text);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_known_years),
		cmocka_unit_test(test_counts_of_colombia),
		cmocka_unit_test(test_optional_days_close_nothing),
		cmocka_unit_test(test_years_far_away),
		cmocka_unit_test(test_both_edges_of_every_weekday),
		cmocka_unit_test(test_holidays_that_do_not_close),
		cmocka_unit_test(test_fallbacks),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_sealed_and_alone),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_schema),
	};

	return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
