/* SPDX-License-Identifier: ISC */
#include "policy/lawful_count.h"

/* May it count anywhere?  Its instant is one that dates can hold. */
static bool
is_contact(const struct snap_event *event, const struct lawful_local *at)
{
	static const struct date	first = {2, 1, 1}, last = {9998, 1, 1};

	return !event->exempt && (event->planned ||
	    (event->outcome != CONTACT_FAILED &&
	    event->at_ms <= at->asked_ms)) &&
	    event->at_ms >= date_day(first) * DAY_MS &&
	    event->at_ms < date_day(last) * DAY_MS;
}

static bool
was_answered(const struct snap_event *event)
{
	return !event->planned && event->outcome == CONTACT_ANSWERED;
}

/* Delivered or answered; what is on its way may be so by then. */
static bool
was_direct(const struct snap_event *event)
{
	return event->planned || event->outcome == CONTACT_DELIVERED ||
	    event->outcome == CONTACT_ANSWERED;
}

static bool
counts(const struct cap *cap, const struct snap_event *event,
    const struct lawful_local *at)
{
	if (!is_contact(event, at) ||
	    (cap->channels & 1u << event->channel) == 0)
		return false;
	switch (cap->on) {
	case CAP_ON_ATTEMPT:
		return true;
	case CAP_ON_CONTACT:
		return was_direct(event);
	case CAP_ON_ANSWERED:
		return was_answered(event);
	}
	return true;
}

/* First day of the local day, week or month; its end is the next one's. */
static int32_t
period_start(enum cap_period period, int32_t day)
{
	struct date	date;

	switch (period) {
	case CAP_ISOWEEK:
		return date_week_start(day);
	case CAP_MONTH:
		date = date_of(day);
		return day - date.mday + 1;
	case CAP_DAY:
	case CAP_ROLLING:
		break;
	}
	return day;
}

static int32_t
period_end(enum cap_period period, int32_t day)
{
	struct date	date = date_of(day);

	switch (period) {
	case CAP_ISOWEEK:
		return date_week_start(day) + 7;
	case CAP_MONTH:
		return day - date.mday + 1 +
		    date_month_days(date.year, date.month);
	case CAP_DAY:
	case CAP_ROLLING:
		break;
	}
	return day + 1;
}

static int64_t
midnight(const struct zone *zone, int32_t day)
{
	return zone_instant(zone, (struct civil){day, 0});
}

static bool
in_elapsed(const struct snap_event *event, int64_t ms, int64_t length_ms)
{
	if (event->planned && ms < event->at_ms)
		return event->at_ms - ms < length_ms;
	return event->at_ms <= ms && ms - event->at_ms < length_ms;
}

/* Do both stand in one calendar period of the rule? */
static bool
in_period(const struct cap *cap, const struct snap_event *event,
    const struct lawful_local *at)
{
	int32_t	day;

	if (cap->period == CAP_ROLLING)
		return in_elapsed(event, at->ms, cap->period_ms);
	/* far enough to be in no month: spares the look at the zone */
	if (at->ms - event->at_ms > 33 * DAY_MS ||
	    event->at_ms - at->ms > 33 * DAY_MS)
		return false;
	day = zone_civil(at->zone, event->at_ms).day;
	return period_start(cap->period, day) ==
	    period_start(cap->period, at->civil.day);
}

bool
lawful_cap_holds(const struct lawful_case *lawful, const struct cap *cap,
    int32_t day)
{
	return (cap->channels & 1u << lawful->channel) != 0 &&
	    (!lawful->is_business || cap->for_business) &&
	    day >= cap->since_day && day <= cap->until_day;
}

/*
 * Keeps the `count` latest ends, latest first: when the last of them is over,
 * fewer than `count` are left.
 */
static void
keep_latest(int64_t *ends, int *kept, int count, int64_t end)
{
	int	i;

	if (*kept < count)
		i = (*kept)++;
	else if (ends[count - 1] < end)
		i = count - 1;
	else
		return;
	for (; i > 0 && ends[i - 1] < end; i--)
		ends[i] = ends[i - 1];
	ends[i] = end;
}

static bool
over_count(const struct lawful_case *lawful, const struct cap *cap,
    const struct lawful_local *at, int64_t *retry_ms)
{
	int64_t	ends[CAP_COUNT_MAX];
	int	kept = 0;

	for (size_t i = 0; i < lawful->event_count; i++) {
		const struct snap_event	*event = &lawful->history[i];

		if (!counts(cap, event, at) || !in_period(cap, event, at))
			continue;
		keep_latest(ends, &kept, cap->count,
		    cap->period == CAP_ROLLING ? event->at_ms +
		    cap->period_ms : 0);
	}
	if (kept < cap->count)
		return false;
	*retry_ms = cap->period == CAP_ROLLING ? ends[kept - 1] :
	    midnight(at->zone, period_end(cap->period, at->civil.day));
	return true;
}

/*
 * The first answered contact of the period.  It opens its own day for
 * answered_more further ones, and closes the rest of the period.
 */
static const struct snap_event *
first_answered(const struct lawful_case *lawful, const struct cap *cap,
    const struct lawful_local *at)
{
	const struct snap_event	*first = NULL;

	for (size_t i = 0; i < lawful->event_count; i++) {
		const struct snap_event	*event = &lawful->history[i];

		if (counts(cap, event, at) && was_answered(event) &&
		    in_period(cap, event, at) &&
		    (first == NULL || event->at_ms < first->at_ms))
			first = event;
	}
	return first;
}

static bool
over_answered(const struct lawful_case *lawful, const struct cap *cap,
    const struct lawful_local *at, int64_t *retry_ms)
{
	const struct snap_event	*answered = first_answered(lawful, cap, at);
	int			 after = 0;

	if (answered == NULL)
		return over_count(lawful, cap, at, retry_ms);
	for (size_t i = 0; i < lawful->event_count; i++) {
		const struct snap_event	*event = &lawful->history[i];

		if (event != answered && event->at_ms >= answered->at_ms &&
		    counts(cap, event, at) && in_period(cap, event, at))
			after++;
	}
	if (after < cap->answered_more && at->civil.day ==
	    zone_civil(at->zone, answered->at_ms).day)
		return false;
	*retry_ms = midnight(at->zone,
	    period_end(cap->period, at->civil.day));
	return true;
}

bool
lawful_over_cap(const struct lawful_case *lawful, const struct cap *cap,
    const struct lawful_local *at, int64_t *retry_ms)
{
	return cap->answered_more >= 0 ?
	    over_answered(lawful, cap, at, retry_ms) :
	    over_count(lawful, cap, at, retry_ms);
}

bool
lawful_in_gap(const struct lawful_case *lawful, const struct cap *cap,
    const struct lawful_local *at, int64_t *retry_ms)
{
	int64_t	end = INT64_MIN;

	for (size_t i = 0; cap->gap_ms > 0 && i < lawful->event_count; i++) {
		const struct snap_event	*event = &lawful->history[i];

		if (counts(cap, event, at) &&
		    in_elapsed(event, at->ms, cap->gap_ms) &&
		    event->at_ms + cap->gap_ms > end)
			end = event->at_ms + cap->gap_ms;
	}
	if (end == INT64_MIN)
		return false;
	*retry_ms = end;
	return true;
}

static bool
is_of_week(const struct snap_event *event, const struct lawful_local *at)
{
	static const struct cap	week = {.period = CAP_ISOWEEK};

	return is_contact(event, at) && was_direct(event) &&
	    event->channel != CHANNEL_LETTER && in_period(&week, event, at);
}

/*
 * The week's first contact is the first that was surely made, or any doubtful
 * one before it: the channel must be that of all of them.
 */
bool
lawful_locked(const struct lawful_case *lawful, const struct lawful_local *at,
    int64_t *retry_ms)
{
	const struct snap_event	*first = NULL;
	bool			 is_other = false;

	if (lawful->channel == CHANNEL_LETTER)
		return false;
	for (size_t i = 0; i < lawful->event_count; i++) {
		const struct snap_event	*event = &lawful->history[i];

		if (!event->doubtful && (first == NULL ||
		    event->at_ms < first->at_ms) && is_of_week(event, at))
			first = event;
	}
	for (size_t i = 0; i < lawful->event_count; i++) {
		const struct snap_event	*event = &lawful->history[i];

		if (event->channel != lawful->channel && (event == first ||
		    (event->doubtful && (first == NULL ||
		    event->at_ms <= first->at_ms))) && is_of_week(event, at))
			is_other = true;
	}
	if (is_other)
		*retry_ms = midnight(at->zone, period_end(CAP_ISOWEEK,
		    at->civil.day));
	return is_other;
}

static void
take_first(int64_t *first, int64_t after_ms, int64_t ms)
{
	if (ms > after_ms && ms < *first)
		*first = ms;
}

int64_t
lawful_tightens(const struct lawful_case *lawful, const struct cap *cap,
    const struct lawful_local *at)
{
	int64_t	first = TIME_NEVER;

	if (cap->since_day > at->civil.day)
		first = midnight(at->zone, cap->since_day);
	for (size_t i = 0; i < lawful->event_count; i++) {
		const struct snap_event	*event = &lawful->history[i];
		int32_t			 day;

		if (!event->planned || !counts(cap, event, at) ||
		    event->at_ms <= at->ms)
			continue;
		day = zone_civil(at->zone, event->at_ms).day;
		take_first(&first, at->ms, midnight(at->zone,
		    period_start(cap->period, day)));
		take_first(&first, at->ms,
		    event->at_ms - cap->period_ms + 1);
		take_first(&first, at->ms, event->at_ms - cap->gap_ms + 1);
	}
	return first;
}
