/* SPDX-License-Identifier: ISC */
/*
 * holiday.h - one holiday's rule: on which days of a year does it fall?
 *
 * The grammar stands in calendar.h.  Pure; thread: any.
 */
#ifndef DUNLIN_POLICY_HOLIDAY_H
#define DUNLIN_POLICY_HOLIDAY_H

#include "policy/calendar.h"

#define HOLIDAY_YEAR_MIN	1583	/* the Gregorian Easter begins */
#define HOLIDAY_YEAR_MAX	9998

enum holiday_kind {
	HOLIDAY_FIXED,		/* month, mday */
	HOLIDAY_EASTER,		/* offset */
	HOLIDAY_ON_OR_AFTER,	/* weekday, month, mday */
	HOLIDAY_NTH,		/* nth, weekday, month */
	HOLIDAY_LAST		/* weekday, month */
};

struct holiday_years {
	int	first;
	int	last;
};

struct holiday_rule {
	enum holiday_kind	 kind;
	int			 month;
	int			 mday;
	int			 offset;
	int			 nth;
	enum weekday		 weekday;
	int			 since;
	int			 until;
	int			 every;		/* years, from since */
	const struct holiday_years *years;	/* only these; 0: all */
	size_t			 year_count;
	unsigned		 on;		/* bit 1 << weekday; 0: all */
	signed char		 move[7];	/* days, by weekday */
	signed char		 also[7];	/* 0: no further day */
	bool			 is_optional;
	const char		*name;
	const char		*rule;
	const char		*place;
};

/* Texts are cut from arena.  ERR_INPUT says what is wrong, without the place. */
bool	holiday_parse(struct arena *arena, struct calendar_line line,
	    struct holiday_rule *out, struct err *err) MUST_CHECK;

/*
 * The days that the rule makes of a year (HOLIDAY_YEAR_MIN to _MAX); a move
 * may take them into a neighbour year.  Returns how many: 0 to 2.
 */
int	holiday_days(const struct holiday_rule *rule, int year,
	    int32_t days[static 2]);

#endif
