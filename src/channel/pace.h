/* SPDX-License-Identifier: ISC */
/*
 * pace.h - how fast a route may go, and whether it may go at all.
 *
 * For each route: a rate with a burst, a space between two messages to one
 * recipient, a cap on what is under way, and a breaker (DELIVERY.md 2.3, 2.4).
 *
 *	if (pace_may(pace, now) <= now && pace_may_to(pace, to, now) <= now)
 *		turn = pace_begin(pace, to, now);
 *	...
 *	if (pace_end(pace, turn, &result, now) != PACE_SAME)
 *		... log, alert, and keep pace_write's text
 *
 * Time is an argument; a clock that jumps back holds nothing longer than the
 * longest hold there is.  Pure, but for the memory of recipients.  Thread:
 * one at a time.
 */
#ifndef DUNLIN_CHANNEL_PACE_H
#define DUNLIN_CHANNEL_PACE_H

#include "channel/channel.h"

#define PACE_LAST	20		/* answers that the breaker looks back on */
#define PACE_OPEN_MAX_MS HOUR_MS	/* and a tenth */
#define PACE_HALT_MS	(15 * MINUTE_MS) /* between probes when a person must act */

#define PACE_STATES(X) \
	X(PACE_CLOSED, "closed")	/* all is well */ \
	X(PACE_OPEN, "open")		/* nothing may go until until_ms */ \
	X(PACE_HALF, "half-open")	/* one probe may go */

#define PACE_VALUE(value, name)	value,
enum pace_state { PACE_STATES(PACE_VALUE) PACE_STATE_COUNT };
#undef PACE_VALUE
extern const char *const	pace_state_names[];

struct pace_recipients;		/* opaque */

/* Read state, cause, until_ms, in_flight and code; the rest is private. */
struct pace {
	const struct pace_limits *limits;	/* lent */
	enum pace_state	 state;
	enum outcome_class cause;	/* why it is, or was, open */
	int64_t		 until_ms;	/* open: until then */
	int64_t		 in_flight;
	char		 code[16];	/* of the last failure of the site */

	uint64_t	 seed;		/* of the route's name, for jitter */
	int64_t		 k;		/* how often it opened; success lowers it */
	int64_t		 run;		/* failures in a row */
	uint32_t	 last;		/* a bit an answer, 1 = failed */
	int		 last_count;
	bool		 probing;
	unsigned	 turn;		/* counts changes; answers to what began */
	unsigned	 breaker_turn;	/* before one do not count again */
	unsigned	 cut_turn;

	int64_t		 policy_since_ms;	/* refusals of us, in an hour */
	int64_t		 policy_count, policy_answers;

	int64_t		 arrival_us;	/* GCRA's theoretical arrival time */
	double		 factor;	/* of the rate, (0, 1] */
	int64_t		 factor_ms;	/* of which instant */
	double		 window;	/* after a throttle; 0: none */
	double		 window_top;	/* where it ends */
	int64_t		 hold_ms;	/* they asked for it; 0: none */

	int64_t		 minute;	/* since 1970, that count is of */
	int64_t		 count, count_before;	/* accepted in it, and before */

	struct pace_recipients *recipients;
};

/* limits is lent until fini. */
void	pace_init(struct pace *pace, const char *route,
	    const struct pace_limits *limits);
void	pace_fini(struct pace *pace);

/*
 * The instant from which one more may go; <= now_ms: now.  TIME_NEVER: not
 * before a pace_end.
 */
int64_t	pace_may(struct pace *pace, int64_t now_ms);

/* The same for the space between two to one recipient alone. */
int64_t	pace_may_to(struct pace *pace, struct str address, int64_t now_ms);

/* How many may go now, as far as the route is concerned; at most most. */
size_t	pace_room(struct pace *pace, size_t most, int64_t now_ms);

/* One goes.  Give the number back to pace_end. */
unsigned	pace_begin(struct pace *pace, struct str address,
		    int64_t now_ms);

/* Holds one recipient, whatever the space says. */
void	pace_hold_to(struct pace *pace, struct str address, int64_t now_ms,
	    int64_t until_ms);

enum pace_change {
	PACE_SAME,
	PACE_SLOWED,		/* it asked for less */
	PACE_OPENED,		/* nothing more, see cause, until_ms, code */
	PACE_KEPT,		/* the probe failed too */
	PACE_RECLOSED		/* it works again */
};

/*
 * One came back, with any result.  Only what says of the *site* counts for the
 * breaker: a recipient's no shows that the site works.
 *
 * 5 failures of the site in a row, or 10 of the last 20 answers, open it for
 * min(1 h, 15 s * k * k), give or take a tenth; then one probe goes.
 * Credentials, balance and config open it at once, with a probe each quarter
 * of an hour.  So do three refusals of us (policy) within an hour, when they
 * are more than half of all answers since the first of them: three among
 * thousands are about those three.
 */
enum pace_change	pace_end(struct pace *pace, unsigned turn,
			    const struct channel_result *result,
			    int64_t now_ms);

/* Open, and only a person can change why. */
bool	pace_needs_person(const struct pace *pace);

/* --- kept and shown ---------------------------------------------------------- */

/* A short line without line breaks, for the store. */
void	pace_write(const struct pace *pace, struct buf *out);

/*
 * Takes over what pace_write wrote, also under other limits; what was under
 * way is forgotten.  False: it is not such a text, and nothing is changed.
 */
bool	pace_read(struct pace *pace, struct str text, int64_t now_ms);

/* For people: "open until 2026-11-21T10:00:00Z (route, 421)". */
void	pace_text(const struct pace *pace, int64_t now_ms, struct buf *out);

/* Accepted in the last whole minute. */
int64_t	pace_per_minute(const struct pace *pace, int64_t now_ms);

#endif
