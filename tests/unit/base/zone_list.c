/* SPDX-License-Identifier: ISC */
/*
 * zone_list.c - for zdump.py: reads zone names, one a line, and writes for each
 * the offset at the beginning of 2020 and every change before 2038:
 * "NAME SECONDS OFFSET", or "NAME error TEXT".
 */
#include "base/zone.h"

#include <inttypes.h>

static void
list_zone(struct zones *zones, const char *name)
{
	int64_t			 ms = date_day((struct date){2020, 1, 1}) *
				    DAY_MS;
	int64_t			 end_ms = date_day((struct date){2038, 1, 1}) *
				    DAY_MS;
	const struct zone	*zone;
	struct err		 err;

	if (!zone_find(zones, name, &zone, &err)) {
		(void)printf("%s error %s\n", name, err.text);
		return;
	}
	for (; ms < end_ms; ms = zone_next_change(zone, ms))
		(void)printf("%s %" PRId64 " %" PRId32 "\n", name,
		    ms / SECOND_MS, zone_offset_s(zone, ms));
}

int
main(int argc, char **argv)
{
	struct zones	*zones = zones_new(argc > 1 ? argv[1] : NULL);
	char		 name[256];

	if (zones == NULL)
		return 3;
	while (fgets(name, sizeof(name), stdin) != NULL) {
		name[strcspn(name, "\n")] = '\0';
		list_zone(zones, name);
	}
	zones_free(&zones);
	return 0;
}
