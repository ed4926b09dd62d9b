/* SPDX-License-Identifier: ISC */
/* DELIVERY.md 2.2 as properties: bounds, monotony, the whole of a life. */
#include "channel/retry.h"

#include "support/test.h"

#define T0	INT64_C(1785000000000)

static const struct channel_result	deferred = {
	.outcome = OUTCOME_DEFERRED, .class = OUTCOME_CLASS_UNKNOWN};

static struct retry_try
try_of(enum retry_kind kind, int64_t attempt, int64_t age_ms)
{
	return (struct retry_try){.kind = kind, .key = STR("k.1"),
	    .attempt = attempt, .first_ms = T0, .now_ms = T0 + age_ms,
	    .not_after_ms = TIME_NEVER};
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void
test_smtp_bounds(void **state)
{
	int64_t	before = 0;

	(void)state;
	for (int64_t age = 0; age < 100 * HOUR_MS; age += 97 * SECOND_MS) {
		struct retry_try	try = try_of(RETRY_SMTP, 7, age);
		int64_t			wait = retry_at(&try, &deferred) -
					    try.now_ms;
		int64_t			base = age < 5 * MINUTE_MS ?
					    5 * MINUTE_MS :
					    least(age, 4 * HOUR_MS);

		assert_true(wait >= base * 85 / 100 - 1);
		assert_true(wait <= base * 115 / 100 + 1);
		assert_true(wait >= before);	/* of one key and attempt */
		before = wait;
		assert_int_equal(wait, retry_at(&try, &deferred) - try.now_ms);
	}
}

static void
test_http_bounds(void **state)
{
	int64_t	most = 0;

	(void)state;
	for (int64_t attempt = 1; attempt < 400; attempt++) {
		struct retry_try	try = try_of(RETRY_HTTP, attempt,
					    HOUR_MS);
		int64_t			wait = retry_at(&try, &deferred) -
					    try.now_ms;
		int64_t			cap = attempt > 9 ? 15 * MINUTE_MS :
					    least(15 * MINUTE_MS,
					    SECOND_MS << attempt);

		assert_in_range(wait, 0, cap);
		most = wait > most ? wait : most;
	}
	assert_true(most > 14 * MINUTE_MS);	/* full jitter, not a part */
}

/* Keys spread: no two waits of a hundred are the same, all parts are used. */
static void
test_spread(void **state)
{
	int	parts[10] = {0};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		char			key[16];
		struct retry_try	try = try_of(RETRY_HTTP, 12, 0);
		int64_t			wait;

		try.key.p = key;
		try.key.len = (size_t)snprintf(key, sizeof(key), "%d.1", i);
		wait = retry_at(&try, &deferred) - try.now_ms;
		parts[wait * 10 / (15 * MINUTE_MS + 1)]++;
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(parts[i], 60, 140);
}

static int
live(enum retry_kind kind, struct retry_try try,
    const struct channel_result *result, int64_t *end_ms)
{
	int	tries = 1;

	try.kind = kind;
	for (int64_t at; (at = retry_at(&try, result)) != TIME_NEVER; tries++) {
		assert_true(at >= try.now_ms);
		assert_true(tries < 1000);
		try.now_ms = at;
		try.attempt++;
	}
	*end_ms = try.now_ms - try.first_ms;
	return tries;
}

static void
test_lives(void **state)
{
	struct channel_result	grey = deferred, routing = deferred;
	struct retry_try	try = try_of(RETRY_SMTP, 1, 0);
	int64_t			end;
	int			tries;

	(void)state;
	tries = live(RETRY_SMTP, try, &deferred, &end);
	assert_in_range(tries, 30, 50);
	assert_true(end <= RETRY_LIFE_SMTP_MS);
	assert_true(end > RETRY_LIFE_SMTP_MS - 5 * HOUR_MS);
	(void)live(RETRY_HTTP, try, &deferred, &end);
	assert_true(end <= RETRY_LIFE_HTTP_MS);
	assert_true(end > RETRY_LIFE_HTTP_MS - 15 * MINUTE_MS);
	try.says_today = true;
	(void)live(RETRY_HTTP, try, &deferred, &end);
	assert_true(end <= RETRY_LIFE_TODAY_MS);
	assert_true(end > RETRY_LIFE_TODAY_MS - 15 * MINUTE_MS);
	try.says_today = false;
	routing.life_ms = DAY_MS;
	(void)live(RETRY_SMTP, try, &routing, &end);
	assert_true(end <= DAY_MS && end > 19 * HOUR_MS);
	try.not_after_ms = T0 + 2 * HOUR_MS;
	(void)live(RETRY_SMTP, try, &deferred, &end);
	assert_true(end <= 2 * HOUR_MS);
	grey.is_greylist = true;
	try = try_of(RETRY_SMTP, 1, 0);
	assert_int_equal(retry_at(&try, &grey), T0 + RETRY_GREYLIST_MS);
	try.attempt = 2;
	try.now_ms = T0 + 6 * MINUTE_MS;
	assert_in_range(retry_at(&try, &grey) - try.now_ms,
	    6 * MINUTE_MS * 85 / 100 - 1, 6 * MINUTE_MS * 115 / 100 + 1);
}

static void
test_waits(void **state)
{
	struct channel_result	result = deferred;
	struct retry_try	try = try_of(RETRY_HTTP, 1, 0);

	(void)state;
	result.wait_ms = 30 * SECOND_MS;	/* more than 2 s of backoff */
	assert_int_equal(retry_at(&try, &result), T0 + 30 * SECOND_MS);
	try.kind = RETRY_SMTP;			/* less than the backoff */
	assert_true(retry_at(&try, &result) >= T0 + 5 * MINUTE_MS * 85 / 100);
	result.wait_ms = DAY_MS;		/* a full mailbox */
	assert_int_equal(retry_at(&try, &result), T0 + DAY_MS);
	try.kind = RETRY_HTTP;
	try.says_today = true;			/* none is left today */
	assert_int_equal(retry_at(&try, &result), TIME_NEVER);
}

static void
test_who_is_tried(void **state)
{
	struct retry_try	try = try_of(RETRY_SMTP, 1, 0);
	struct channel_result	result = {.outcome = OUTCOME_ACCEPTED};

	(void)state;
	assert_int_equal(retry_at(&try, &result), TIME_NEVER);
	result.outcome = OUTCOME_REFUSED;
	assert_int_equal(retry_at(&try, &result), TIME_NEVER);
	result.outcome = OUTCOME_IN_DOUBT;
	assert_int_equal(retry_at(&try, &result), TIME_NEVER);
	result.same_bytes = true;
	assert_true(retry_at(&try, &result) < TIME_NEVER);
	/* our own holds keep the due time, at any age */
	result = (struct channel_result){.outcome = OUTCOME_UNSENT};
	try.now_ms = T0 + 30 * DAY_MS;
	assert_int_equal(retry_at(&try, &result), try.now_ms);
	result.wait_ms = MINUTE_MS;
	assert_int_equal(retry_at(&try, &result), try.now_ms + MINUTE_MS);
	try.not_after_ms = try.now_ms;
	assert_int_equal(retry_at(&try, &result), TIME_NEVER);
}

/* A clock that went back, an attempt that nobody counted. */
static void
test_odd(void **state)
{
	struct retry_try	try = try_of(RETRY_SMTP, 0, -HOUR_MS);
	int64_t			wait = retry_at(&try, &deferred) - try.now_ms;

	(void)state;
	assert_in_range(wait, 5 * MINUTE_MS * 85 / 100, 6 * MINUTE_MS);
	try = try_of(RETRY_HTTP, -5, 0);
	assert_in_range(retry_at(&try, &deferred) - T0, 0, 2 * SECOND_MS);
	try.attempt = INT64_MAX;
	assert_in_range(retry_at(&try, &deferred) - T0, 0, 15 * MINUTE_MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smtp_bounds),
		cmocka_unit_test(test_http_bounds),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_lives),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_who_is_tried),
		cmocka_unit_test(test_odd)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
