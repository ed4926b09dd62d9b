/* SPDX-License-Identifier: ISC */
/*
 * calendar_impl.h - what calendars are made of, for calendar*.c and lawful*.c.
 */
#ifndef DUNLIN_POLICY_CALENDAR_IMPL_H
#define DUNLIN_POLICY_CALENDAR_IMPL_H

#include "model/names.h"
#include "policy/calendar.h"
#include "policy/holiday.h"

#define CALENDAR_FAILSAFE	"ZZ"
#define CALENDAR_CODE_MAX	((size_t)31)

/* Years whose holidays are laid out; others are worked out when asked for. */
#define CALENDAR_FIRST_YEAR	1970
#define CALENDAR_LAST_YEAR	2100

#define SPANS_MAX	4
#define CAP_COUNT_MAX	99		/* N of a cap */

/* Half open, in seconds of the local day; close may be 86400. */
struct hours_span {
	int32_t	open_s;
	int32_t	close_s;
};

struct day_hours {
	struct hours_span	 spans[SPANS_MAX];	/* ascending, apart */
	int			 count;
	const char		*text;		/* NULL: not given */
	const char		*place;
};

#define HOURS_HOLIDAY	7	/* in hours[], behind the weekdays */

enum cap_period { CAP_DAY, CAP_ISOWEEK, CAP_MONTH, CAP_ROLLING };

/* What counts: every contact that did not fail, or only those that ... */
enum cap_on { CAP_ON_ATTEMPT, CAP_ON_CONTACT, CAP_ON_ANSWERED };

struct cap {
	int		 count;		/* so many are lawful */
	enum cap_period	 period;
	int64_t		 period_ms;	/* rolling */
	unsigned	 channels;	/* bit 1 << enum channel */
	int64_t		 gap_ms;	/* 0 none */
	enum cap_on	 on;
	int		 answered_more;	/* -1: answers make no difference */
	int32_t		 since_day;	/* INT32_MIN: always */
	int32_t		 until_day;	/* the last one; INT32_MAX: always */
	bool		 for_business;
	const char	*text;
	const char	*place;
};

struct lock_rule {
	bool		 for_business;
	const char	*text;
	const char	*place;
};

enum decree_kind { DECREE_ADD, DECREE_DROP, DECREE_MOVE };

struct decree {
	enum decree_kind	 kind;
	int32_t			 day;
	int32_t			 to_day;	/* a move's */
	bool			 is_optional;
	const char		*name;
	const char		*rule;
	const char		*place;
};

struct calendar {
	char			 code[CALENDAR_CODE_MAX + 1];
	const char		*place;
	bool			 has_hours;
	struct day_hours	 hours[8];
	struct holiday_rule	*rules;
	size_t			 rule_count;
	const char		**dropped;	/* rules not taken over */
	size_t			 dropped_count;
	struct decree		*decrees;
	size_t			 decree_count;
	size_t			 decree_cap;
	struct cap		*caps;
	size_t			 cap_count;
	struct lock_rule	*locks;
	size_t			 lock_count;
	/*
	 * By day from 1 January CALENDAR_FIRST_YEAR: 0 no closing holiday,
	 * else its index + 1 among rules, then decrees.
	 */
	const uint16_t		*days;
};

struct calendars {
	struct arena	 *arena;
	struct calendar	**sorted;	/* by code */
	size_t		  count;
	size_t		  cap;
	bool		  sealed;
};

/* One weekday line of hours into hours[8]. */
bool	calendar_parse_hours(struct arena *arena, struct calendar_line line,
	    struct day_hours *hours, struct err *err) MUST_CHECK;
bool	calendar_parse_cap(struct arena *arena, struct calendar_line line,
	    struct cap *out, struct err *err) MUST_CHECK;
bool	calendar_parse_decree(struct arena *arena, struct calendar_line line,
	    struct decree *out, struct err *err) MUST_CHECK;

/* Lays out calendar->days. */
bool	calendar_lay_out(struct calendar *calendar, struct arena *arena,
	    struct err *err) MUST_CHECK;

/* The rule and place of the holiday that closes on the day; false for none. */
bool	calendar_holiday_on(const struct calendar *calendar, int32_t day,
	    const char **rule_out, const char **place_out);

/* The hours in force on a day: the holiday's where it is one and has some. */
const struct day_hours	*calendar_hours_on(const struct calendar *calendar,
			    int32_t day, bool *is_holiday);

/* Are there hours on any day of the year? */
bool	calendar_opens_in(const struct calendar *calendar, int year);

#endif
