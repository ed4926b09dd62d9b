/* SPDX-License-Identifier: ISC */
/*
 * date.h - civil dates and instants, as numbers.
 *
 * A day is an int32_t: days since 1970-01-01 in the proleptic Gregorian
 * calendar.  An instant is an int64_t: milliseconds since
 * 1970-01-01T00:00:00Z.  Years 0001 to 9999.  Pure; thread: any.
 */
#ifndef DUNLIN_BASE_DATE_H
#define DUNLIN_BASE_DATE_H

#include "base/buf.h"

#include <stdint.h>

#define SECOND_MS	INT64_C(1000)
#define MINUTE_MS	(60 * SECOND_MS)
#define HOUR_MS		(60 * MINUTE_MS)
#define DAY_MS		(24 * HOUR_MS)

#define DAY_NONE	INT32_MIN	/* no date given */
#define TIME_NONE	INT64_MIN	/* no instant given */
#define TIME_NEVER	INT64_MAX	/* later than every instant */

enum weekday { MON, TUE, WED, THU, FRI, SAT, SUN };

struct date {
	int	year;
	int	month;		/* 1 to 12 */
	int	mday;		/* 1 to 31 */
};

/* A civil date with a time of day, in whichever zone the context says. */
struct civil {
	int32_t	day;
	int32_t	second;		/* of the day, 0 to 86399 */
};

bool	date_is_valid(struct date date);
int32_t	date_day(struct date date);		/* date must be valid */
struct date	date_of(int32_t day);
enum weekday	date_weekday(int32_t day);
bool	date_is_leap(int year);
int	date_month_days(int year, int month);

/* ISO 8601 week: the Monday on which the week of day begins. */
int32_t	date_week_start(int32_t day);
/* ISO 8601 week number, and its year, which can differ from the date's. */
int	date_week(int32_t day, int *year_out);

/* Easter Sunday, Gregorian (Meeus/Jones/Butcher); years 1583 on. */
int32_t	date_easter(int year);

/* `YYYY-MM-DD`, the whole text. */
bool	date_parse(struct str text, int32_t *day_out) MUST_CHECK;
void	date_format(int32_t day, struct buf *out);
char	*date_text(int32_t day, char text[static 16]);	/* returns text */

/*
 * RFC 3339 `YYYY-MM-DDTHH:MM:SS[.fff](Z|+HH:MM|-HH:MM)`, the whole text; a
 * second of 60 is taken as 59.999.
 */
bool	instant_parse(struct str text, int64_t *ms_out) MUST_CHECK;
/* RFC 3339 at the given offset from UTC; Z when it is 0; .fff when not whole. */
void	instant_format(int64_t ms, int32_t offset_s, struct buf *out);

/* Floor division of an instant shifted by offset_s into a civil time. */
struct civil	instant_civil(int64_t ms, int32_t offset_s);

#endif
