/* SPDX-License-Identifier: ISC */
/*
 * zone.h - time zones, read from the system's TZif files (RFC 8536).
 *
 * Our own reader, because ICU's copy is older than the system's and takes an
 * unknown zone for GMT; here an unknown zone is an error.  No TZ variable, no
 * localtime.  Rules behind the last transition come from the file's footer.
 */
#ifndef DUNLIN_BASE_ZONE_H
#define DUNLIN_BASE_ZONE_H

#include "base/date.h"

struct zones;			/* a cache of zones; thread: any */
struct zone;			/* one zone, immutable, lent by its zones */

/* dir NULL means $TZDIR, else /usr/share/zoneinfo.  NULL when memory is out. */
struct zones	*zones_new(const char *dir);
void	zones_free(struct zones **zones);

/*
 * The zone of an IANA name such as America/Bogota; the same pointer for the
 * same name, lent until zones_free.  ERR_INPUT for a name that is not one (no
 * "..", no absolute path) or has no file, ERR_SYSTEM for a file that cannot be
 * read.  A name that failed is looked for again at the next call.
 */
bool	zone_find(struct zones *zones, const char *name,
	    const struct zone **out, struct err *err) MUST_CHECK;

const char	*zone_name(const struct zone *zone);

/* Seconds east of UTC in force at the instant. */
int32_t	zone_offset_s(const struct zone *zone, int64_t ms);

struct civil	zone_civil(const struct zone *zone, int64_t ms);

/*
 * The instant of a civil time.  In a gap (clocks put forward) the first
 * instant after it; in a fold (clocks put back) the earlier of the two.
 * civil.second may be 86400: the end of the day.
 */
int64_t	zone_instant(const struct zone *zone, struct civil civil);

/* The first offset change after ms; TIME_NEVER when there is none. */
int64_t	zone_next_change(const struct zone *zone, int64_t ms);

/* RFC 3339 with the zone's offset at that instant. */
void	zone_format(const struct zone *zone, int64_t ms, struct buf *out);

/*
 * The zones that the system's zone.tab lists for an ISO 3166 country, without
 * those that have had no inhabitants (a list in zone.c says which, and why).
 * *out is an array of *count zones, lent until zones_free; 0 for a country
 * without entry.
 */
bool	zone_of_country(struct zones *zones, const char *country,
	    const struct zone *const **out, size_t *count, struct err *err)
	    MUST_CHECK;

#endif
