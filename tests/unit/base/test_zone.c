/* SPDX-License-Identifier: ISC */
#include "base/zone.h"

#include "support/test.h"

#include <sys/stat.h>
#include <unistd.h>

#define DIR_LEN	64

struct world {
	struct zones	*zones;		/* the system's */
	char		 dir[DIR_LEN];	/* for files of our own */
};

static int
setup(void **state)
{
	struct world	*world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->zones = zones_new(NULL);
	assert_non_null(world->zones);
	(void)snprintf(world->dir, sizeof(world->dir), "zones.XXXXXX");
	assert_non_null(mkdtemp(world->dir));
	*state = world;
	return 0;
}

static int
teardown(void **state)
{
	struct world	*world = *state;
	char		 path[DIR_LEN + 16];

	(void)snprintf(path, sizeof(path), "%s/Own", world->dir);
	(void)unlink(path);
	(void)rmdir(world->dir);
	zones_free(&world->zones);
	free(world);
	return 0;
}

static int64_t
instant(const char *text)
{
	int64_t	ms;

	if (!instant_parse(str_of(text), &ms))
		fail_msg("not an instant: %s", text);
	return ms;
}

static const struct zone *
find(const struct world *world, const char *name)
{
	const struct zone	*zone;
	struct err		 err;

	if (!zone_find(world->zones, name, &zone, &err))
		fail_msg("%s", err.text);
	return zone;
}

/* Writes the bytes as zone "Own" and tries to read it. */
static bool
read_own(const struct world *world, const char *bytes, size_t len,
    struct zones **zones, const struct zone **zone, struct err *err)
{
	char	 path[DIR_LEN + 16];
	FILE	*fp;

	(void)snprintf(path, sizeof(path), "%s/Own", world->dir);
	fp = fopen(path, "we");
	assert_non_null(fp);
	assert_int_equal(fwrite(bytes, 1, len, fp), len);
	assert_int_equal(fclose(fp), 0);
	*zones = zones_new(world->dir);
	assert_non_null(*zones);
	return zone_find(*zones, "Own", zone, err);
}

/* A file with one type, at UTC, no transitions and the footer. */
static size_t
make_file(char *out, size_t room, const char *footer)
{
	/* counts: isut, isstd, leap, time, type, char */
	static const char	header[] = "TZif2" "\0\0\0\0\0" "\0\0\0\0\0"
	    "\0\0\0\0\0" "\0\0\0\0" "\0\0\0\0" "\0\0\0\0" "\0\0\0\0"
	    "\0\0\0\1" "\0\0\0\4";
	static const char	block[] = "\0\0\0\0" "\0" "\0" "UTC\0";
	size_t			len = 0;

	for (int i = 0; i < 2; i++) {
		memcpy(out + len, header, sizeof(header) - 1);
		len += sizeof(header) - 1;
		memcpy(out + len, block, sizeof(block) - 1);
		len += sizeof(block) - 1;
	}
	len += (size_t)snprintf(out + len, room - len, "\n%s\n", footer);
	return len;
}

static void
test_names(void **state)
{
	static const char *const	bad[] = {"", "/etc/passwd", "../etc/passwd",
	    "America/../America/Bogota", "America//Bogota", "America/",
	    "america bogota", "America/Bogot\xc3\xa1", "localtime",
	    "America/Nowhere", "America", "zone.tab", "America/Bogota/x"};
	const struct world		*world = *state;
	const struct zone		*zone;

	for (size_t i = 0; i < TEST_COUNT(bad); i++) {
		struct err	err = {ERR_NONE, ""};

		assert_false(zone_find(world->zones, bad[i], &zone, &err));
		assert_int_equal(err.kind, ERR_INPUT);
	}
	assert_ptr_equal(find(world, "America/Bogota"),
	    find(world, "America/Bogota"));
	assert_string_equal(zone_name(find(world, "Etc/UTC")), "Etc/UTC");
}

/* Local texts in one zone, with the instant that each means. */
static void
test_gaps_and_folds(void **state)
{
	static const struct {
		const char	*zone, *date;
		int32_t		 second;
		const char	*instant;
	} rows[] = {
		/* clocks forward 02:00 -> 03:00: the first instant after */
		{"America/New_York", "2026-03-08", 7199, "2026-03-08T01:59:59-05:00"},
		{"America/New_York", "2026-03-08", 7200, "2026-03-08T03:00:00-04:00"},
		{"America/New_York", "2026-03-08", 9000, "2026-03-08T03:00:00-04:00"},
		{"America/New_York", "2026-03-08", 10800, "2026-03-08T03:00:00-04:00"},
		/* back 02:00 -> 01:00: the earlier of the two */
		{"America/New_York", "2026-11-01", 3600, "2026-11-01T01:00:00-04:00"},
		{"America/New_York", "2026-11-01", 7199, "2026-11-01T01:59:59-04:00"},
		{"America/New_York", "2026-11-01", 7200, "2026-11-01T02:00:00-05:00"},
		/* midnight does not exist, or the day has 25 hours */
		{"America/Santiago", "2026-09-06", 0, "2026-09-06T01:00:00-03:00"},
		{"America/Santiago", "2026-04-04", 86399, "2026-04-04T23:59:59-03:00"},
		{"America/Santiago", "2026-04-04", 86400, "2026-04-05T00:00:00-04:00"},
		{"America/Santiago", "2026-04-05", 0, "2026-04-05T00:00:00-04:00"},
		/* half an hour; a whole day skipped */
		{"Australia/Lord_Howe", "2026-10-04", 7200 + 60, "2026-10-04T02:30:00+11:00"},
		{"Pacific/Apia", "2011-12-30", 43200, "2011-12-31T00:00:00+14:00"},
		{"Asia/Kathmandu", "2026-01-01", 0, "2026-01-01T00:00:00+05:45"},
		/* far behind what files list */
		{"Europe/Madrid", "2726-07-01", 0, "2726-07-01T00:00:00+02:00"},
		{"Europe/Madrid", "9726-12-01", 0, "9726-12-01T00:00:00+01:00"},
	};

	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct civil	civil = {.second = rows[i].second};
		int64_t		ms;

		assert_true(date_parse(str_of(rows[i].date), &civil.day));
		ms = zone_instant(find(*state, rows[i].zone), civil);
		if (ms != instant(rows[i].instant))
			fail_msg("%s %s %d: %lld", rows[i].zone, rows[i].date,
			    rows[i].second, (long long)ms);
	}
}

/* What zone_instant says of each second around a change. */
static void
check_change(const struct zone *zone, int64_t at_ms)
{
	int32_t	before_s = zone_offset_s(zone, at_ms - 1);
	int32_t	after_s = zone_offset_s(zone, at_ms);

	assert_int_not_equal(before_s, after_s);
	assert_true(zone_next_change(zone, at_ms - 1) == at_ms);
	for (int64_t ms = at_ms - 3 * HOUR_MS; ms <= at_ms + 3 * HOUR_MS;
	    ms += 15 * MINUTE_MS) {
		struct civil	civil = zone_civil(zone, ms);
		int64_t		back = zone_instant(zone, civil);
		struct civil	again = zone_civil(zone, back);

		/* every civil time that exists means an instant that has it */
		assert_int_equal(again.day, civil.day);
		assert_int_equal(again.second, civil.second);
		assert_true(back <= ms);
		assert_true(back == ms || after_s < before_s);
	}
	for (int32_t s = before_s; s < after_s; s += 900)	/* the gap */
		assert_true(zone_instant(zone, instant_civil(at_ms, s)) ==
		    at_ms);
}

static void
test_round_trips_in_every_zone(void **state)
{
	const struct world	*world = *state;
	int64_t			 from = instant("1995-01-01T00:00:00Z");
	int64_t			 to = instant("2060-01-01T00:00:00Z");
	size_t			 zones = 0, changes = 0;

	for (int i = 0; i < 26 * 26; i++) {
		const char		 code[] = {(char)('A' + i / 26),
					    (char)('A' + i % 26), '\0'};
		const struct zone *const *list;
		size_t			 count;
		struct err		 err;

		if (!zone_of_country(world->zones, code, &list, &count, &err))
			fail_msg("%s", err.text);
		zones += count;
		for (size_t k = 0; k < count; k++)
			for (int64_t ms = from; (ms = zone_next_change(list[k],
			    ms)) < to; changes++)
				check_change(list[k], ms);
	}
	assert_true(zones > 350 && changes > 5000);
}

static void
check_footer(const struct world *world, const char *footer,
    const char *const *instants, size_t count)
{
	char			 file[512];
	size_t			 len = make_file(file, sizeof(file), footer);
	struct zones		*zones = NULL;
	const struct zone	*zone;
	struct err		 err;
	struct buf		 out = BUF_INIT;

	if (!read_own(world, file, len, &zones, &zone, &err))
		fail_msg("%s: %s", footer, err.text);
	for (size_t i = 0; i < count; i++) {
		int64_t	ms = instant(instants[i]);

		/* each is a change, and names the offset from then on */
		if (zone_next_change(zone, ms - 1) != ms)
			fail_msg("%s: no change at %s", footer, instants[i]);
		buf_clear(&out);
		zone_format(zone, ms, &out);
		assert_string_equal(buf_text(&out), instants[i]);
	}
	if (count == 0)
		assert_true(zone_next_change(zone,
		    instant("2026-01-01T00:00:00Z")) == TIME_NEVER);
	buf_fini(&out);
	zones_free(&zones);
}

static void
test_footers(void **state)
{
#define FOOTER(footer, ...) do { \
	static const char *const	all[] = {__VA_ARGS__}; \
	check_footer(*state, footer, all, TEST_COUNT(all)); } while (0)
	FOOTER("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",	/* Nuuk, until 2023 */
	    "2026-03-28T23:00:00-02:00", "2026-10-24T22:00:00-03:00",
	    "2426-03-28T23:00:00-02:00", "9626-10-24T22:00:00-03:00");
	FOOTER("EST5EDT,M3.2.0,M11.1.0",
	    "2026-03-08T03:00:00-04:00", "2026-11-01T01:00:00-05:00");
	FOOTER("IST-1GMT0,M10.5.0,M3.5.0/1",	/* Dublin: winter is the other */
	    "2026-10-25T01:00:00Z", "2026-03-29T02:00:00+01:00");
	FOOTER("EET-2EEST,M3.4.4/50,M10.4.4/50",	/* Gaza */
	    "2026-03-28T03:00:00+03:00", "2026-10-24T01:00:00+02:00");
	FOOTER("AAA1:30BBB,J60/0,J300/24:00:01",	/* J60 is 1 March */
	    "2028-03-01T01:00:00-00:30", "2026-03-01T01:00:00-00:30");
	FOOTER("AAA0BBB-1,59/0,299/0",		/* day 59 is 29 Feb or 1 Mar */
	    "2028-02-29T01:00:00+01:00", "2026-03-01T01:00:00+01:00");
	check_footer(*state, "<+0545>-5:45", NULL, 0);
	/* summer time all year: RFC 8536 3.3.1 */
	check_footer(*state, "XXX3EDT4,0/0,J365/23", NULL, 0);
#undef FOOTER
}

static void
test_bad_footers(void **state)
{
	static const char *const	bad[] = {"E", "EST", "EST5EDT",
	    "EST25", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0",
	    "EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0",
	    "EST5EDT,J0,J300", "EST5EDT,366,1", "EST5EDT,M3.2.0/168,M11.1.0",
	    "EST5EDT,M3.2.0,M11.1.0,", "<EST5", "EST5EDT,M3.2.0/2:60,M11.1.0",
	    "EST99999999999999999999", "\xff\xff\xff"};
	char				file[512];

	for (size_t i = 0; i < TEST_COUNT(bad); i++) {
		size_t			 len = make_file(file, sizeof(file),
					    bad[i]);
		struct zones		*zones = NULL;
		const struct zone	*zone;
		struct err		 err = {ERR_NONE, ""};

		if (read_own(*state, file, len, &zones, &zone, &err))
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(err.kind, ERR_SYSTEM);
		zones_free(&zones);
	}
}

static size_t
real_file(char *bytes, size_t room)
{
	FILE	*fp = fopen("/usr/share/zoneinfo/America/New_York", "re");
	size_t	 len;

	if (fp == NULL)
		skip();
	len = fread(bytes, 1, room, fp);
	assert_int_equal(fclose(fp), 0);
	return len;
}

static void
test_cut_and_lying_files(void **state)
{
	static char		 bytes[16384], changed[16384];
	size_t			 len = real_file(bytes, sizeof(bytes));
	struct zones		*zones = NULL;
	const struct zone	*zone;
	struct err		 err;
	uint32_t		 random = 1;

	for (size_t cut = 0; cut < len; cut++) {
		if (read_own(*state, bytes, cut, &zones, &zone, &err))
			fail_msg("taken when cut at %zu", cut);
		zones_free(&zones);
	}
	/* each byte of both headers, and many others: an answer or an error */
	for (size_t i = 0; i < 4000; i++) {
		size_t	at;

		random = random * 1664525 + 1013904223;
		at = i < 44 * 4 ? i / 4 : random % len;
		memcpy(changed, bytes, len);
		changed[at] = (char)(random >> 24);
		if (read_own(*state, changed, len, &zones, &zone, &err)) {
			(void)zone_offset_s(zone, TIME_NEVER);
			(void)zone_offset_s(zone, TIME_NONE);
			(void)zone_next_change(zone, 0);
			(void)zone_instant(zone, (struct civil){20000, 86400});
		}
		zones_free(&zones);
	}
}

static void
test_countries(void **state)
{
	static const struct {
		const char	*code;
		size_t		 least, most;
	} rows[] = {{"CO", 1, 1}, {"ES", 3, 3}, {"CL", 3, 5}, {"MX", 8, 16},
	    {"US", 25, 35}, {"AQ", 0, 0}, {"XX", 0, 0}, {"ZZ", 0, 0}};
	const struct world		*world = *state;
	const struct zone *const	*list;
	size_t				 count;
	struct err			 err;

	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		assert_true(zone_of_country(world->zones, rows[i].code, &list,
		    &count, &err));
		assert_in_range(count, rows[i].least, rows[i].most);
	}
	assert_true(zone_of_country(world->zones, "AU", &list, &count, &err));
	for (size_t i = 0; i < count; i++)
		assert_string_not_equal(zone_name(list[i]),
		    "Antarctica/Macquarie");
	assert_false(zone_of_country(world->zones, "COL", &list, &count, &err));
	assert_int_equal(err.kind, ERR_INPUT);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_gaps_and_folds),
		cmocka_unit_test(test_round_trips_in_every_zone),
		cmocka_unit_test(test_footers),
		cmocka_unit_test(test_bad_footers),
		cmocka_unit_test(test_cut_and_lying_files),
		cmocka_unit_test(test_countries),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
