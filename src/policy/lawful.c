/* SPDX-License-Identifier: ISC */
/*
 * Where the law pack's words leave room, this is what was taken; the reading
 * that contacts less wins (RULES 2).
 * - Several zones: each test is made in each of them, one refusal is enough,
 *   and the reason told is the first in order over all.
 * - Visits follow voice: a cap @voice counts and binds visits, an answered
 *   visit is a conversation.  To a lock a visit is a channel of its own.
 * - A contact that may have been made: the lock must allow the channel
 *   whether it was or not, so that sometimes none is left.
 * - A contact at the very instant asked for counts; later facts do not.
 * - A rule that begins on a day counts what happened before that day.
 * - Answers (PY): what shares the answer's instant counts as later.
 * - A region's hours without a word on holidays keep the country's.
 * - Caps "per debt" (US) are counted per person.
 * - A gap looks back over the end of a week, a cap of weeks does not.
 */
#include "policy/lawful.h"

#include "base/json.h"
#include "policy/lawful_count.h"

#define HORIZON_MS	(3 * 366 * DAY_MS)	/* how far next is sought */
#define LOOKS_MAX	20000			/* and in how many steps */

/* What one look at one instant finds. */
struct look {
	enum lawful_reason	 reason;	/* the first in order */
	int64_t			 retry_ms;	/* all instants before: no */
	const char		*rule;
	const char		*place;
};

static const char *const	reason_names[] = {
	[LAWFUL_ALLOWED] = "allowed",
	[LAWFUL_NO_ZONE] = "no_zone",
	[LAWFUL_HOLIDAY] = "holiday",
	[LAWFUL_OUTSIDE_HOURS] = "outside_hours",
	[LAWFUL_CAP] = "cap",
	[LAWFUL_GAP] = "gap",
	[LAWFUL_CHANNEL_LOCK] = "channel_lock",
};

const char *
lawful_reason_name(enum lawful_reason reason)
{
	return reason_names[reason];
}

static struct lawful_local
local_of(const struct zone *zone, int64_t ms, int64_t asked_ms)
{
	return (struct lawful_local){zone, ms, zone_civil(zone, ms), asked_ms};
}

static bool
is_open(const struct day_hours *hours, int32_t second)
{
	for (int i = 0; i < hours->count; i++)
		if (second >= hours->spans[i].open_s &&
		    second < hours->spans[i].close_s)
			return true;
	return false;
}

/*
 * The first instant behind at where the window can open or close: an edge of
 * a span, midnight, or a change of the zone's offset, behind which civil time
 * goes on elsewhere.
 */
static int64_t
next_edge(const struct day_hours *hours, const struct lawful_local *at)
{
	int32_t	edge_s = 86400;
	int64_t	edge, change, rest = at->ms % SECOND_MS;

	for (int i = hours->count; i-- > 0;) {
		if (hours->spans[i].close_s > at->civil.second)
			edge_s = hours->spans[i].close_s;
		if (hours->spans[i].open_s > at->civil.second)
			edge_s = hours->spans[i].open_s;
	}
	if (rest < 0)
		rest += SECOND_MS;
	edge = at->ms - rest + (edge_s - at->civil.second) * SECOND_MS;
	change = zone_next_change(at->zone, at->ms);
	return change < edge ? change : edge;
}

/* The first instant from ms on at which the window is open, or not. */
static int64_t
seek(const struct calendar *calendar, const struct zone *zone, int64_t ms,
    bool wanted)
{
	int64_t	limit_ms = ms + HORIZON_MS;

	while (ms < limit_ms) {
		struct lawful_local	 at = local_of(zone, ms, ms);
		bool			 is_holiday;
		const struct day_hours	*hours = calendar_hours_on(calendar,
					    at.civil.day, &is_holiday);

		if (is_open(hours, at.civil.second) == wanted)
			return ms;
		ms = next_edge(hours, &at);
	}
	return TIME_NEVER;
}

/* Notes a refusal; the reasons come in any order. */
static void
refuse(struct look *look, enum lawful_reason reason, int64_t retry_ms,
    const char *rule, const char *place)
{
	if (retry_ms > look->retry_ms)
		look->retry_ms = retry_ms;
	if (look->reason != LAWFUL_ALLOWED && look->reason <= reason)
		return;
	look->reason = reason;
	look->rule = rule;
	look->place = place;
}

static void
look_at_hours(const struct lawful_case *lawful, const struct lawful_local *at,
    struct look *look)
{
	const struct calendar	*calendar = lawful->calendar;
	const struct day_hours	*hours;
	const char		*rule, *place;
	bool			 is_holiday;

	hours = calendar_hours_on(calendar, at->civil.day, &is_holiday);
	if (look->rule == NULL) {
		look->rule = hours->text;
		look->place = hours->place;
	}
	if (is_open(hours, at->civil.second))
		return;
	rule = hours->text;
	place = hours->place;
	if (is_holiday && hours->count == 0)
		(void)calendar_holiday_on(calendar, at->civil.day, &rule,
		    &place);
	refuse(look, is_holiday && hours->count == 0 ? LAWFUL_HOLIDAY :
	    LAWFUL_OUTSIDE_HOURS, seek(calendar, at->zone, at->ms, true),
	    rule, place);
}

static void
look_at_history(const struct lawful_case *lawful,
    const struct lawful_local *at, struct look *look)
{
	const struct calendar	*calendar = lawful->calendar;
	int64_t			 retry_ms;

	for (size_t i = 0; i < calendar->cap_count; i++) {
		const struct cap	*cap = &calendar->caps[i];

		if (!lawful_cap_holds(lawful, cap, at->civil.day))
			continue;
		if (lawful_over_cap(lawful, cap, at, &retry_ms))
			refuse(look, LAWFUL_CAP, retry_ms, cap->text,
			    cap->place);
		if (lawful_in_gap(lawful, cap, at, &retry_ms))
			refuse(look, LAWFUL_GAP, retry_ms, cap->text,
			    cap->place);
	}
	for (size_t i = 0; i < calendar->lock_count; i++) {
		const struct lock_rule	*lock = &calendar->locks[i];

		if ((!lawful->is_business || lock->for_business) &&
		    lawful_locked(lawful, at, &retry_ms))
			refuse(look, LAWFUL_CHANNEL_LOCK, retry_ms,
			    lock->text, lock->place);
	}
}

static struct look
look_at(const struct lawful_case *lawful, int64_t ms, int64_t asked_ms)
{
	struct look	look = {LAWFUL_ALLOWED, ms, NULL, NULL};

	for (size_t i = 0; i < lawful->zone_count; i++) {
		struct lawful_local	at = local_of(lawful->zones[i], ms,
					    asked_ms);

		if (lawful->channel != CHANNEL_LETTER)
			look_at_hours(lawful, &at, &look);
		if (lawful->event_count > 0)
			look_at_history(lawful, &at, &look);
	}
	return look;
}

/*
 * Goes forward by what the refusing rules say is no use; each of them alone
 * forbids all that is skipped, so no lawful instant is passed over.
 */
static int64_t
find_next(const struct lawful_case *lawful, int64_t ms, const struct look *first)
{
	struct look	look = *first;
	int64_t		asked_ms = ms, limit_ms = ms + HORIZON_MS;

	for (int i = 0; i < LOOKS_MAX && ms < limit_ms; i++) {
		if (look.reason == LAWFUL_ALLOWED)
			return ms;
		ms = look.retry_ms;
		if (ms < limit_ms)
			look = look_at(lawful, ms, asked_ms);
	}
	return TIME_NEVER;
}

static void
lower(int64_t *until_ms, int64_t ms)
{
	if (ms < *until_ms)
		*until_ms = ms;
}

/* Contacts planned behind that instant can forbid what is lawful at it. */
static void
until_history(const struct lawful_case *lawful, const struct lawful_local *at,
    int64_t *until_ms)
{
	static const struct cap	 week = {.period = CAP_ISOWEEK,
				    .channels = (1u << CHANNEL_COUNT) - 1,
				    .since_day = INT32_MIN};
	const struct calendar	*calendar = lawful->calendar;

	for (size_t i = 0; i < calendar->cap_count; i++)
		if ((calendar->caps[i].channels & 1u << lawful->channel) != 0)
			lower(until_ms, lawful_tightens(lawful,
			    &calendar->caps[i], at));
	if (calendar->lock_count > 0)
		lower(until_ms, lawful_tightens(lawful, &week, at));
}

static int64_t
find_until(const struct lawful_case *lawful, int64_t ms, int64_t asked_ms)
{
	int64_t	until_ms = TIME_NEVER;

	for (size_t i = 0; i < lawful->zone_count; i++) {
		struct lawful_local	at = local_of(lawful->zones[i], ms,
					    asked_ms);

		if (lawful->channel != CHANNEL_LETTER)
			lower(&until_ms, seek(lawful->calendar,
			    lawful->zones[i], ms, false));
		if (lawful->event_count > 0)
			until_history(lawful, &at, &until_ms);
	}
	return until_ms;
}

void
lawful_ask(const struct lawful_case *lawful, int64_t at_ms,
    struct lawful_answer *out)
{
	static const struct date	first = {2, 1, 1}, last = {9990, 1, 1};
	struct look			look;

	*out = (struct lawful_answer){LAWFUL_NO_ZONE, TIME_NEVER, TIME_NEVER,
	    NULL, NULL};
	if (lawful->zone_count == 0 || at_ms < date_day(first) * DAY_MS ||
	    at_ms >= date_day(last) * DAY_MS)
		return;
	look = look_at(lawful, at_ms, at_ms);
	out->reason = look.reason;
	out->rule = look.rule;
	out->place = look.place;
	if (look.rule == NULL) {
		out->rule = "letters know no hours";
		out->place = lawful->calendar->place;
	}
	out->next_ms = find_next(lawful, at_ms, &look);
	if (out->next_ms != TIME_NEVER)
		out->until_ms = find_until(lawful, out->next_ms, at_ms);
}

bool
lawful_is_open_in(const struct calendar *calendar, enum channel channel,
    int year)
{
	return channel == CHANNEL_LETTER || calendar_opens_in(calendar, year);
}

void
lawful_json(const struct lawful_case *lawful,
    const struct lawful_answer *answer, struct buf *out)
{
	bool		allowed = answer->reason == LAWFUL_ALLOWED;
	struct buf	next = BUF_INIT;

	if (!allowed && answer->next_ms != TIME_NEVER) {
		if (lawful->zone_count == 1)
			zone_format(lawful->zones[0], answer->next_ms, &next);
		else
			instant_format(answer->next_ms, 0, &next);
	}
	json_open(out, '{');
	json_key(out, "verdict");
	json_text(out, allowed ? "allow" : "deny");
	json_key(out, "reason");
	json_text(out, allowed ? NULL : lawful_reason_name(answer->reason));
	json_key(out, "next");
	json_text(out, next.len > 0 ? buf_text(&next) : NULL);
	json_key(out, "rule");
	json_text(out, answer->place);
	json_close(out, '}');
	out->failed = out->failed || next.failed;
	buf_fini(&next);
}
