/* SPDX-License-Identifier: ISC */
/*
 * lawful.h - may this person be contacted on this channel at this instant,
 * and if not, from when on?
 *
 * Pure: reads no clock, file or socket; same arguments, same answer.  Thread:
 * any.  Source: COMPLIANCE A0 and A1, CLI "lawful, calendar", RULES R2, R22,
 * R23.  Consent, opt-outs and holds are the caller's.
 */
#ifndef DUNLIN_POLICY_LAWFUL_H
#define DUNLIN_POLICY_LAWFUL_H

#include "base/zone.h"
#include "model/snapshot.h"
#include "policy/calendar.h"

/* In the order in which they are looked for; the first one found is told. */
enum lawful_reason {
	LAWFUL_ALLOWED,
	LAWFUL_NO_ZONE,		/* no zone given: never allowed */
	LAWFUL_HOLIDAY,
	LAWFUL_OUTSIDE_HOURS,
	LAWFUL_CAP,
	LAWFUL_GAP,
	LAWFUL_CHANNEL_LOCK
};

struct lawful_case {
	const struct calendar		*calendar;
	enum channel			 channel;
	bool				 is_business;	/* unknown: no */
	/*
	 * The person's zone, or all that it may be: a contact must then be
	 * lawful in each of them.  None: LAWFUL_NO_ZONE, so a caller that
	 * knows no country either passes UTC for a letter.
	 */
	const struct zone *const	*zones;
	size_t				 zone_count;
	/*
	 * The contacts of (budget group, person), in any order.  A fact later
	 * than the instant asked for is ignored.  A planned one is taken for
	 * delivered; it counts in its whole day, week or month, and on both
	 * sides of at_ms where periods roll.  A doubtful one counts like a
	 * fact; a lock sees both worlds.  An exempt one counts nowhere.
	 */
	const struct snap_event		*history;
	size_t				 event_count;
};

struct lawful_answer {
	enum lawful_reason	 reason;	/* at the instant asked for */
	/* Earliest instant >= the one asked for that is allowed if nothing
	 * else happens (the same when allowed); TIME_NEVER within 3 years. */
	int64_t			 next_ms;
	/* First instant after next_ms that is not allowed any more;
	 * TIME_NEVER when there is none in sight. */
	int64_t			 until_ms;
	/* The rule that said no (the hours that said yes), lent by the
	 * calendar: its text, and "file:line".  NULL for LAWFUL_NO_ZONE. */
	const char		*rule;
	const char		*place;
};

void	lawful_ask(const struct lawful_case *lawful, int64_t at_ms,
	    struct lawful_answer *out);

/* Is there an instant in the year at which hours and holidays let it pass? */
bool	lawful_is_open_in(const struct calendar *calendar,
	    enum channel channel, int year);

/* "outside_hours" ...; "allowed" for LAWFUL_ALLOWED. */
const char	*lawful_reason_name(enum lawful_reason reason);

/*
 * {"verdict","reason","next","rule"}: allow or deny; reason and next are null
 * when allowed.  next has the zone's offset, or is in UTC when there are several.
 */
void	lawful_json(const struct lawful_case *lawful,
	    const struct lawful_answer *answer, struct buf *out);

#endif
