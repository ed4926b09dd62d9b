/* SPDX-License-Identifier: ISC */
/*
 * zone_impl.h - what the three files of the zone reader share: zone.c (cache
 * and answers), zone_tzif.c (the file), zone_posix.c (its footer).
 */
#ifndef DUNLIN_BASE_ZONE_IMPL_H
#define DUNLIN_BASE_ZONE_IMPL_H

#include "base/zone.h"

/* Gregorian years and weekdays repeat after 400 years, so a footer does too. */
#define CYCLE_YEARS	400
#define CYCLE_S		(INT64_C(146097) * 86400)

/* RFC 8536 section 3.2: offsets stay within -25h and +26h. */
#define OFFSET_MIN_S	(-89999)
#define OFFSET_MAX_S	93599

struct zone_change {
	int64_t	at_s;		/* seconds since 1970-01-01T00:00:00Z */
	int32_t	offset_s;	/* from then on */
};

struct zone {
	char			*name;
	int32_t			 first_offset_s; /* before the first change */
	/* ascending; neighbours differ in offset */
	struct zone_change	*changes;
	size_t			 count;
	size_t			 cap;
	/* from here on instants are taken 400 years back; INT64_MAX: never */
	int64_t			 cycle_at_s;
};

/* Adds a change behind the others; one at the same instant is replaced. */
bool	zone_add(struct zone *zone, int64_t at_s, int32_t offset_s);

/* Fills an empty zone from a file's bytes. */
bool	zone_read(struct zone *zone, struct str bytes, struct err *err)
	    MUST_CHECK;

/*
 * Adds the changes that a footer (without its newlines) implies behind the
 * file's last transition, which may have changed no offset; INT64_MIN: none.
 */
bool	zone_extend(struct zone *zone, struct str footer, int64_t after_s,
	    struct err *err) MUST_CHECK;

#endif
