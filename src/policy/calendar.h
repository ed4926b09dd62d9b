/* SPDX-License-Identifier: ISC */
/*
 * calendar.h - the contact law of countries and regions, as data.
 *
 * A pack says the hours, holidays, caps and channel lock of one place; its
 * rules are short texts in the grammars below, each with the place of its
 * file.  Packs are added, then sealed: from then on struct calendars is
 * immutable, and everything lent by it lives until calendars_free.
 *
 * hours	`mon-fri 07:00-19:00`, `sat,sun none`, `holiday none`,
 *		`mon 09:00-12:00,15:00-24:00`.  Every weekday exactly once.
 *		Without a `holiday` line a holiday keeps its weekday's hours; a
 *		region without one takes the country's.
 * holidays	`RULE [word...]: Name`.  RULE is `mm-dd`, `E+n` (days from
 *		Easter Sunday), `M>=mm-dd` (the first Monday on or after; also
 *		TUE>= ...), `2MON-03`, `lastMON-05`.  Words: `since YYYY`,
 *		`until YYYY`, `every N` (years, from since), `years(A,B-C)`,
 *		`on(mon,fri)` (only when it falls on these), `optional`,
 *		`move(tue<mon,fri>mon)` (a Tuesday becomes the Monday before,
 *		a Friday the Monday after), `also(sat>mon)` (a further day).
 *		A region may take a country's rule away: `drop E+1`.
 * overrides	decrees for one day: `2026-03-23: Name`,
 *		`2026-03-23 optional: Name`, `2026-03-23 drop`,
 *		`2025-10-12 -> 2025-10-10: Name`.  They follow all rules.
 * caps		`N/PERIOD@CHANNELS[;OPTION...]`: PERIOD is day, isoweek, month
 *		(local calendar) or Nd, Nh (rolling); CHANNELS are email, sms,
 *		whatsapp (wa), voice, letter, visit, msg (sms, whatsapp, email,
 *		letter) or any, joined by +; voice includes visit.  Options:
 *		`gap=48h` since the last one; `on=attempt|contact|answered`
 *		(what counts); `since=YYYY-MM-DD`, `until=YYYY-MM-DD` (local
 *		dates, the last one included); `answered=+N` (N unanswered in
 *		the period; after an answered one N more on that day, then none
 *		until the period ends).
 * lock		`isoweek`: after the first contact of the week only its channel.
 */
#ifndef DUNLIN_POLICY_CALENDAR_H
#define DUNLIN_POLICY_CALENDAR_H

#include "base/arena.h"
#include "base/date.h"
#include "conf/conf.h"

struct calendars;		/* all packs; thread: any, once sealed */
struct calendar;		/* one pack, lent by its calendars */

/* A rule's text, and where it is written: "co.conf:12". */
struct calendar_line {
	const char	*text;
	const char	*place;
};

struct calendar_lines {
	const struct calendar_line	*line;
	size_t				 count;
};

/* One place, as read; code is `CO` or `US-NY-NYC`.  Texts are copied. */
struct calendar_pack {
	const char		*code;
	const char		*place;
	struct calendar_lines	 hours;	/* none: the country's */
	struct calendar_lines	 holidays; /* added to the country's */
	struct calendar_lines	 caps;	/* added to the country's */
	struct calendar_lines	 lock;
	bool			 scope_all; /* caps hold for business too */
};

struct calendar_holiday {
	int32_t		 day;
	const char	*name;		/* several on one day: joined by " / " */
	const char	*rule;		/* its text without the name, joined too */
	const char	*place;
	bool		 optional;	/* only some observe it: closes nothing */
};

/* NULL when memory is out. */
struct calendars	*calendars_new(void);
void	calendars_free(struct calendars **calendars);

/*
 * ERR_INPUT "place: what is wrong, what would be right"; calendars then is as
 * before.  A code given twice is an error.
 */
bool	calendars_add(struct calendars *calendars,
	    const struct calendar_pack *pack, struct err *err) MUST_CHECK;

/* A decree for a pack, which must be there already. */
bool	calendars_override(struct calendars *calendars, const char *code,
	    struct calendar_line line, struct err *err) MUST_CHECK;

/*
 * Joins regions with their countries and lays out the holidays of 1970 to
 * 2100.  ERR_INPUT when ZZ (the fail-safe) or a region's country is missing,
 * or when a channel would have no lawful instant in a year.
 */
bool	calendars_seal(struct calendars *calendars, struct err *err) MUST_CHECK;

/*
 * The pack for a country and a region (the part behind the country: `SP`,
 * `NY-NYC`; may be empty): the region's, else that of a shorter region, else
 * the country's, else ZZ.  Letter case does not matter.  Never NULL.
 */
const struct calendar	*calendars_find(const struct calendars *calendars,
			    struct str country, struct str region);

const char	*calendar_code(const struct calendar *calendar);

/* Does the calendar close on that day, whatever the hours; optional days no. */
bool	calendar_is_holiday(const struct calendar *calendar, int32_t day);

/*
 * The holidays of a year (1584 to 9997), sorted, one entry a day; the array
 * and joined texts are cut from arena, other texts lent by the calendar.
 */
bool	calendar_holidays(const struct calendar *calendar, int year,
	    struct arena *arena, struct calendar_holiday **out, size_t *count,
	    struct err *err) MUST_CHECK;

/*
 * Packs and decrees as config files say them (conf/calendars/): what the rows
 * fill, and calendars_build takes.
 */
struct calendar_packs {
	struct conf_list	packs;
	struct conf_list	decrees;
};

extern const struct conf_row	calendar_rows[];

/*
 * Adds all packs and decrees and seals.  False: ERR_INPUT when there are
 * findings in conf by now, ERR_SYSTEM when memory is out.
 */
bool	calendars_build(struct conf *conf, const struct calendar_packs *packs,
	    struct calendars *calendars, struct err *err) MUST_CHECK;

/*
 * The packs of all files of a folder, for commands that need no config.  What
 * is wrong with them goes to findings, as conf_print writes it.  *out is the
 * caller's.
 */
bool	calendars_load(const char *dir, struct calendars **out,
	    struct buf *findings, struct err *err) MUST_CHECK;

/* One JSON object a line: date, name, rule, optional. */
bool	calendar_json(const struct calendar *calendar, int year,
	    struct buf *out, struct err *err) MUST_CHECK;

#endif
