/* SPDX-License-Identifier: ISC */
#include "channel/retry.h"

#include "base/hash.h"

/* A number in [0, 1) that key and attempt decide. */
static double
chance(const struct retry_try *try)
{
	char			attempt[24];
	const struct str	pieces[] = {try->key, STR("\n"),
				    {attempt, 0}};
	struct str		all[3];
	struct hash		hash;
	uint64_t		bits = 0;

	memcpy(all, pieces, sizeof(all));
	all[2].len = (size_t)snprintf(attempt, sizeof(attempt), "%lld",
	    (long long)try->attempt);
	if (!hash_pieces(all, 3, &hash))
		return 0.5;
	for (size_t i = 0; i < 6; i++)
		bits = bits << 8 | hash.bytes[i];
	return (double)bits / (double)(UINT64_C(1) << 48);
}

static int64_t
clamp(int64_t value, int64_t low, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* As old as it is; never before its first try, whatever the clock did. */
static int64_t
age_of(const struct retry_try *try)
{
	return try->now_ms > try->first_ms ? try->now_ms - try->first_ms : 0;
}

static int64_t
smtp_wait(const struct retry_try *try, const struct channel_result *result)
{
	int64_t	base = clamp(age_of(try), 5 * MINUTE_MS, 4 * HOUR_MS);

	if (result->is_greylist && try->attempt <= 1)
		return RETRY_GREYLIST_MS;
	return (int64_t)((double)base * (0.85 + 0.3 * chance(try)));
}

static int64_t
http_wait(const struct retry_try *try)
{
	int64_t	doublings = clamp(try->attempt - 1, 0, 20);
	int64_t	cap = clamp((INT64_C(2) << doublings) * SECOND_MS, 0,
		    15 * MINUTE_MS);

	return (int64_t)((double)cap * chance(try));
}

static int64_t
life_of(const struct retry_try *try, const struct channel_result *result)
{
	int64_t	life = try->kind == RETRY_SMTP ? RETRY_LIFE_SMTP_MS :
		    RETRY_LIFE_HTTP_MS;

	if (try->says_today && life > RETRY_LIFE_TODAY_MS)
		life = RETRY_LIFE_TODAY_MS;
	if (result->life_ms > 0 && life > result->life_ms)
		life = result->life_ms;
	return life;
}

int64_t
retry_at(const struct retry_try *try, const struct channel_result *result)
{
	int64_t	wait_ms = result->wait_ms, own_ms, at_ms;

	if (result->outcome == OUTCOME_UNSENT) {
		at_ms = try->now_ms + wait_ms;
		return at_ms > try->not_after_ms ? TIME_NEVER : at_ms;
	}
	if (result->outcome != OUTCOME_DEFERRED &&
	    !(result->outcome == OUTCOME_IN_DOUBT && result->same_bytes))
		return TIME_NEVER;
	own_ms = try->kind == RETRY_SMTP ? smtp_wait(try, result) :
	    http_wait(try);
	at_ms = try->now_ms + (own_ms > wait_ms ? own_ms : wait_ms);
	if (at_ms - try->now_ms + age_of(try) > life_of(try, result) ||
	    at_ms > try->not_after_ms)
		return TIME_NEVER;
	return at_ms;
}

enum retry_kind
route_retry_kind(const struct route *route)
{
	return route == NULL || route->kind == ROUTE_OUTBOX ||
	    route->kind == ROUTE_SMTP ? RETRY_SMTP : RETRY_HTTP;
}
