/* SPDX-License-Identifier: ISC */
#include "channel/pace_impl.h"

#define PACE_TEXT(value, name)	name,
const char *const	pace_state_names[] = {PACE_STATES(PACE_TEXT) NULL};

static const struct conf_row	breaker_rows[] = {
	{ .name = "failures", .type = CONF_INT, .fallback = "5", .min = 1,
	  .max = PACE_LAST, .offset = offsetof(struct pace_breaker, failures),
	  .help = "failures of the route in a row that stop it for a while;"
	  " refused recipients do not count" },
	{ .name = "seconds", .type = CONF_INT, .fallback = "15", .min = 1,
	  .max = 3600, .unit = "seconds",
	  .offset = offsetof(struct pace_breaker, seconds),
	  .help = "how long it is stopped the first time; then 4, 9, 16 times"
	  " that, up to an hour" },
	CONF_END_ROW
};

const struct conf_row	pace_rows[] = {
	{ .name = "per_second", .type = CONF_NUMBER, .fallback = "0",
	  .min = 0, .max = 100000, .offset = offsetof(struct pace_limits,
	  per_second), .help = "messages a second; 0 sets no limit" },
	{ .name = "burst", .type = CONF_INT, .fallback = "1", .min = 1,
	  .max = 100000, .offset = offsetof(struct pace_limits, burst),
	  .help = "messages that may go at once after a rest" },
	{ .name = "per_recipient_seconds", .type = CONF_INT, .fallback = "0",
	  .min = 0, .max = 86400, .unit = "seconds",
	  .offset = offsetof(struct pace_limits, per_recipient_s),
	  .help = "least time between two messages to one address" },
	{ .name = "concurrency", .type = CONF_INT, .fallback = "0", .min = 0,
	  .max = 10000, .offset = offsetof(struct pace_limits, concurrency),
	  .help = "messages under way at a time; 0 leaves it to the route's"
	  " connections" },
	{ .name = "breaker", .type = CONF_GROUP, .rows = breaker_rows,
	  .size = sizeof(struct pace_breaker),
	  .offset = offsetof(struct pace_limits, breaker),
	  .help = "when a route that fails is left alone" },
	CONF_END_ROW
};

const struct pace_limits	pace_defaults = {.burst = 1,
	.breaker = {.failures = 5, .seconds = 15}};

/* splitmix64's finaliser */
uint64_t
pace_mix(uint64_t number)
{
	number += UINT64_C(0x9e3779b97f4a7c15);
	number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
	return number ^ number >> 31;
}

void
pace_init(struct pace *pace, const char *route,
    const struct pace_limits *limits)
{
	*pace = (struct pace){.limits = limits, .factor = 1};
	for (; *route != '\0'; route++)
		pace->seed = pace_mix(pace->seed ^ (unsigned char)*route);
}

/* --- rate ----------------------------------------------------------------------- */

static int64_t
interval_us(const struct pace *pace)
{
	double	us = 1e6 / (pace->limits->per_second * pace->factor);

	return us < 86400e6 ? (int64_t)us : (int64_t)86400e6;
}

void
pace_recover(struct pace *pace, int64_t now_ms)
{
	if (now_ms > pace->factor_ms && pace->factor < 1) {
		pace->factor += 0.05 * (double)(now_ms - pace->factor_ms) /
		    (double)MINUTE_MS;
		if (pace->factor > 1)
			pace->factor = 1;
	}
	pace->factor_ms = now_ms;
}

void
pace_steady(struct pace *pace, int64_t now_ms)
{
	int64_t	most_us;

	if (pace->until_ms > now_ms + PACE_OPEN_MAX_MS + PACE_OPEN_MAX_MS / 10)
		pace->until_ms = now_ms + PACE_OPEN_MAX_MS;
	if (pace->hold_ms > now_ms + PACE_HOLD_MAX_MS)
		pace->hold_ms = now_ms + PACE_HOLD_MAX_MS;
	if (pace->limits->per_second <= 0)
		return;
	most_us = now_ms * 1000 + pace->limits->burst * interval_us(pace);
	if (pace->arrival_us > most_us)
		pace->arrival_us = most_us;
}

/* GCRA: ahead of its time by at most what a burst is worth. */
static int64_t
rate_may(const struct pace *pace, int64_t now_ms)
{
	int64_t	early_us;

	if (pace->limits->per_second <= 0)
		return now_ms;
	early_us = (pace->limits->burst - 1) * interval_us(pace);
	if (pace->arrival_us - early_us <= now_ms * 1000)
		return now_ms;
	return (pace->arrival_us - early_us + 999) / 1000;
}

static int64_t
window_of(const struct pace *pace)
{
	int64_t	cap = pace->limits->concurrency > 0 ?
		    pace->limits->concurrency : INT64_MAX;

	if (pace->window > 0 && pace->window < (double)cap)
		return (int64_t)pace->window;
	return cap;
}

int64_t
pace_may(struct pace *pace, int64_t now_ms)
{
	int64_t	at_ms;

	pace_recover(pace, now_ms);
	pace_steady(pace, now_ms);
	if (pace->state == PACE_OPEN && pace->until_ms > now_ms)
		return pace->until_ms;
	if (pace->state != PACE_CLOSED)
		return pace->probing ? TIME_NEVER : now_ms;
	if (pace->in_flight >= window_of(pace))
		return TIME_NEVER;
	at_ms = rate_may(pace, now_ms);
	return at_ms > pace->hold_ms ? at_ms : pace->hold_ms;
}

size_t
pace_room(struct pace *pace, size_t most, int64_t now_ms)
{
	int64_t	room, in_burst;

	if (most == 0 || pace_may(pace, now_ms) > now_ms)
		return 0;
	if (pace->state != PACE_CLOSED)
		return 1;
	room = window_of(pace) - pace->in_flight;
	if (pace->limits->per_second > 0) {
		in_burst = (now_ms * 1000 - pace->arrival_us) /
		    interval_us(pace) + pace->limits->burst;
		if (in_burst > pace->limits->burst)
			in_burst = pace->limits->burst;
		room = room < in_burst ? room : in_burst;
	}
	return room < 1 ? 1 : (uint64_t)room < most ? (size_t)room : most;
}

static void
go(struct pace *pace, int64_t now_ms)
{
	pace->in_flight++;
	if (pace->limits->per_second > 0) {
		if (pace->arrival_us < now_ms * 1000)
			pace->arrival_us = now_ms * 1000;
		pace->arrival_us += interval_us(pace);
	}
}

unsigned
pace_begin(struct pace *pace, struct str address, int64_t now_ms)
{
	pace_recover(pace, now_ms);
	go(pace, now_ms);
	if (pace->limits->per_recipient_s > 0)
		pace_hold_to(pace, address, now_ms, now_ms +
		    pace->limits->per_recipient_s * SECOND_MS);
	if (pace->state != PACE_CLOSED && !pace->probing) {
		pace->state = PACE_HALF;
		pace->probing = true;
		pace->breaker_turn = ++pace->turn;
	}
	return pace->turn;
}

/* --- throttled ------------------------------------------------------------------ */

/* Once for all that was under way when it was asked for. */
static enum pace_change
slow(struct pace *pace, unsigned turn, const struct channel_result *result,
    int64_t now_ms)
{
	int64_t	hold_ms = result->wait_ms;
	double	window = pace->window > 0 ? pace->window :
		    (double)(pace->in_flight + 1);

	if (hold_ms == 0 && pace->limits->per_second <= 0)
		hold_ms = SECOND_MS;	/* no rate to lower */
	if (hold_ms > PACE_HOLD_MAX_MS)
		hold_ms = PACE_HOLD_MAX_MS;
	if (hold_ms > 0 && pace->hold_ms < now_ms + hold_ms)
		pace->hold_ms = now_ms + hold_ms;
	if (turn < pace->cut_turn)
		return PACE_SAME;
	pace->cut_turn = ++pace->turn;
	pace_recover(pace, now_ms);
	pace->factor = pace->factor * 0.7 < 0.05 ? 0.05 : pace->factor * 0.7;
	if (pace->window <= 0)
		pace->window_top = window;
	pace->window = window / 2 < 1 ? 1 : window / 2;
	return PACE_SLOWED;
}

static void
widen(struct pace *pace)
{
	if (pace->window <= 0)
		return;
	pace->window += 1 / pace->window;
	if (pace->window >= pace->window_top)
		pace->window = 0;
}

/* --- breaker -------------------------------------------------------------------- */

/* min(1 h, seconds * k * k), give or take a tenth. */
static int64_t
open_ms(const struct pace *pace)
{
	int64_t		ms = pace->limits->breaker.seconds * SECOND_MS;
	int64_t		chance;

	for (int i = 0; i < 2; i++)
		ms = pace->k > PACE_OPEN_MAX_MS / ms ? PACE_OPEN_MAX_MS :
		    ms * (pace->k < 1 ? 1 : pace->k);
	chance = (int64_t)(pace_mix(pace->seed ^ (uint64_t)pace->k) % 201) -
	    100;
	return ms + ms / 1000 * chance;
}

static enum pace_change
open_it(struct pace *pace, enum outcome_class cause,
    const struct channel_result *result, int64_t now_ms)
{
	bool	was_half = pace->state == PACE_HALF;

	pace->state = PACE_OPEN;
	pace->cause = cause;
	pace->probing = false;
	pace->breaker_turn = ++pace->turn;
	pace->run = pace->last_count = 0;
	pace->last = 0;
	pace->policy_count = 0;
	memcpy(pace->code, result->code, sizeof(pace->code));
	if (cause == OUTCOME_CLASS_ROUTE) {
		pace->k++;
		pace->until_ms = now_ms + open_ms(pace);
	} else {
		pace->until_ms = now_ms + PACE_HALT_MS;
	}
	return was_half ? PACE_KEPT : PACE_OPENED;
}

static int
ones(uint32_t bits)
{
	int	count = 0;

	for (; bits != 0; bits &= bits - 1)
		count++;
	return count;
}

static void
remember(struct pace *pace, bool failed)
{
	pace->last = (pace->last << 1 | failed) & ((UINT32_C(1) << PACE_LAST) - 1);
	if (pace->last_count < PACE_LAST)
		pace->last_count++;
	pace->run = failed ? pace->run + 1 : 0;
}

static enum pace_change
failed(struct pace *pace, const struct channel_result *result, int64_t now_ms)
{
	remember(pace, true);
	memcpy(pace->code, result->code, sizeof(pace->code));
	if (pace->state == PACE_HALF ||
	    pace->run >= pace->limits->breaker.failures ||
	    (pace->last_count == PACE_LAST &&
	    ones(pace->last) * 2 >= PACE_LAST))
		return open_it(pace, OUTCOME_CLASS_ROUTE, result, now_ms);
	return PACE_SAME;
}

static enum pace_change
worked(struct pace *pace)
{
	remember(pace, false);
	if (pace->k > 0)
		pace->k--;
	if (pace->state == PACE_CLOSED)
		return PACE_SAME;
	pace->state = PACE_CLOSED;
	pace->probing = false;
	pace->breaker_turn = ++pace->turn;
	pace->run = pace->last_count = 0;
	pace->last = 0;
	return PACE_RECLOSED;
}

/* Are they refusing us, or three of their own? */
static bool
refuses_us(struct pace *pace, const struct channel_result *result,
    int64_t now_ms)
{
	bool	is_policy = result->class == OUTCOME_CLASS_POLICY &&
		    result->outcome == OUTCOME_REFUSED;

	if (pace->policy_count > 0 && (now_ms < pace->policy_since_ms ||
	    now_ms - pace->policy_since_ms > HOUR_MS))
		pace->policy_count = 0;
	if (pace->policy_count == 0) {
		if (!is_policy)
			return false;
		pace->policy_since_ms = now_ms;
		pace->policy_answers = 0;
	}
	pace->policy_answers++;
	pace->policy_count += is_policy;
	return is_policy && (pace->state == PACE_HALF ?
	    pace->cause == OUTCOME_CLASS_POLICY : pace->policy_count >= 3 &&
	    pace->policy_count * 2 > pace->policy_answers);
}

static enum pace_change
judge(struct pace *pace, const struct channel_result *result, int64_t now_ms)
{
	if (result->class == OUTCOME_CLASS_CREDENTIALS ||
	    result->class == OUTCOME_CLASS_BALANCE ||
	    result->class == OUTCOME_CLASS_CONFIG)
		return open_it(pace, result->class, result, now_ms);
	if (refuses_us(pace, result, now_ms))
		return open_it(pace, OUTCOME_CLASS_POLICY, result, now_ms);
	if (result->is_site)
		return failed(pace, result, now_ms);
	return worked(pace);
}

static void
count_one(struct pace *pace, int64_t now_ms)
{
	int64_t	minute = now_ms / MINUTE_MS;

	if (minute != pace->minute) {
		pace->count_before = minute == pace->minute + 1 ?
		    pace->count : 0;
		pace->count = 0;
		pace->minute = minute;
	}
	pace->count++;
}

enum pace_change
pace_end(struct pace *pace, unsigned turn, const struct channel_result *result,
    int64_t now_ms)
{
	enum pace_change	change = PACE_SAME, breaker;
	bool			counts = turn >= pace->breaker_turn;

	if (pace->in_flight > 0)
		pace->in_flight--;
	if (result->outcome == OUTCOME_UNSENT) {
		if (counts)
			pace->probing = false;	/* it tried nothing */
		return PACE_SAME;
	}
	if (result->outcome == OUTCOME_ACCEPTED) {
		count_one(pace, now_ms);
		widen(pace);
	}
	if (result->class == OUTCOME_CLASS_RATE)
		change = slow(pace, turn, result, now_ms);
	if (!counts)
		return change;
	breaker = judge(pace, result, now_ms);
	return breaker != PACE_SAME ? breaker : change;
}

bool
pace_needs_person(const struct pace *pace)
{
	return pace->state != PACE_CLOSED &&
	    pace->cause != OUTCOME_CLASS_ROUTE;
}
