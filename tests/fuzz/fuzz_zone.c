/* SPDX-License-Identifier: ISC */
/* fuzz_zone.c - a TZif file, and the answers that a zone made of it gives. */
#include "fuzz/fuzz.h"

#include "base/zone_impl.h"

/* 0001-01-01 and 9999-12-31, the years that dunlin knows */
#define FIRST_MS	INT64_C(-62135596800000)
#define LAST_MS		INT64_C(253402214400000)

static void
ask(const struct zone *zone, int64_t ms)
{
	struct buf	text = BUF_INIT;
	struct civil	civil = zone_civil(zone, ms);
	int64_t		next = zone_next_change(zone, ms);
	int64_t		instant = zone_instant(zone, civil);
	int32_t		offset = zone_offset_s(zone, ms);

	FUZZ_HOLDS(offset >= OFFSET_MIN_S && offset <= OFFSET_MAX_S);
	FUZZ_HOLDS(civil.second >= 0 && civil.second < 86400);
	FUZZ_HOLDS(next > ms);
	FUZZ_HOLDS(next == TIME_NEVER || zone_offset_s(zone, next - 1) !=
	    zone_offset_s(zone, next));
	/* a civil time that was seen is in no gap; in a fold the earlier */
	FUZZ_HOLDS(instant <= ms);
	if (ms > FIRST_MS + 2 * DAY_MS && ms < LAST_MS - 2 * DAY_MS)
		zone_format(zone, ms, &text);
	buf_fini(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zone	zone = {.name = NULL, .cycle_at_s = INT64_MAX};
	struct err	err = {ERR_NONE, ""};

	if (zone_read(&zone, fuzz_str(data, size), &err)) {
		for (size_t i = 1; i < zone.count; i++)
			FUZZ_HOLDS(zone.changes[i].at_s >
			    zone.changes[i - 1].at_s);
		for (int64_t ms = FIRST_MS; ms < LAST_MS;
		    ms += INT64_C(97) * 366 * DAY_MS)
			ask(&zone, ms);
		for (size_t i = 0; i < zone.count && i < 50; i++) {
			if (zone.changes[i].at_s > FIRST_MS / 1000 &&
			    zone.changes[i].at_s < LAST_MS / 1000) {
				ask(&zone, zone.changes[i].at_s * 1000 - 1);
				ask(&zone, zone.changes[i].at_s * 1000);
			}
		}
	} else
		FUZZ_HOLDS(err.text[0] != '\0');
	free(zone.changes);
	return 0;
}
