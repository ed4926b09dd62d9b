/* SPDX-License-Identifier: ISC */
/* How fast a route may go: DELIVERY.md 2.3 and 2.4 on virtual time. */
#include "channel/pace.h"

#include "support/test.h"

#define T0	INT64_C(1785000000000)
#define TO	STR("ana@example.com")

static const struct channel_result	ok = {.outcome = OUTCOME_ACCEPTED};
static const struct channel_result	down = {.outcome = OUTCOME_DEFERRED,
	.class = OUTCOME_CLASS_ROUTE, .is_site = true, .code = "ECONN"};
static const struct channel_result	unknown_user = {
	.outcome = OUTCOME_REFUSED, .class = OUTCOME_CLASS_ADDRESS};
static const struct channel_result	unsent = {.outcome = OUTCOME_UNSENT};
static const struct channel_result	bad_password = {
	.outcome = OUTCOME_DEFERRED, .class = OUTCOME_CLASS_CREDENTIALS,
	.code = "535 5.7.8"};
static const struct channel_result	no_money = {
	.outcome = OUTCOME_DEFERRED, .class = OUTCOME_CLASS_BALANCE};
static const struct channel_result	refused_us = {
	.outcome = OUTCOME_REFUSED, .class = OUTCOME_CLASS_POLICY};
static const struct channel_result	slower = {.outcome = OUTCOME_DEFERRED,
	.class = OUTCOME_CLASS_RATE, .code = "454"};
static const struct channel_result	busy = {.outcome = OUTCOME_DEFERRED,
	.class = OUTCOME_CLASS_RATE, .is_site = true, .code = "421"};

/* One message, start to end; it had to be allowed. */
static enum pace_change
one(struct pace *pace, const struct channel_result *result, int64_t now_ms)
{
	assert_true(pace_may(pace, now_ms) <= now_ms);
	return pace_end(pace, pace_begin(pace, TO, now_ms), result, now_ms);
}

static void
start(struct pace *pace)
{
	pace_init(pace, "relay", &pace_defaults);
}

static void
test_rows(void **state)
{
	struct err		err = {ERR_NONE, ""};
	struct arena		*arena = arena_new();
	struct conf		*conf = conf_new(arena);
	struct pace_limits	limits;
	struct conf_section	section = {pace_rows, &limits};

	(void)state;
	if (!conf_rows_check(pace_rows, &err))
		fail_msg("%s", err.text);
	assert_true(conf_load_text(conf, "x", STR("burst = 7;\n"
	    "breaker: { seconds = 60; };\n"), &section, 1, &err));
	assert_int_equal(limits.burst, 7);
	assert_int_equal(limits.breaker.seconds, 60);
	assert_int_equal(limits.breaker.failures, 5);
	arena_free(&arena);
	arena = arena_new();
	conf = conf_new(arena);
	assert_true(conf_load_text(conf, "x", STR(""), &section, 1, &err));
	assert_memory_equal(&limits, &pace_defaults, sizeof(limits));
	arena_free(&arena);
}

/* --- rate ------------------------------------------------------------------------- */

static void
test_rate(void **state)
{
	static const double	rates[] = {0.01, 0.5, 3, 80, 1000};
	static const int64_t	bursts[] = {1, 2, 20};

	(void)state;
	for (size_t i = 0; i < 15; i++) {
		struct pace_limits	limits = pace_defaults;
		struct pace		pace;
		int64_t			now = T0, at;

		limits.per_second = rates[i % 5];
		limits.burst = bursts[i / 5];
		pace_init(&pace, "r", &limits);
		assert_int_equal(pace_room(&pace, 1000, now), limits.burst);
		for (int64_t n = 1; n <= 400; n++) {
			at = pace_may(&pace, now);
			now = at > now ? at : now;
			assert_true(pace_may(&pace, now) <= now);
			(void)one(&pace, &ok, now);
			/* never more than the burst and the time's share */
			assert_true((double)(n - limits.burst) <=
			    (double)(now - T0) * limits.per_second / 1000 +
			    1e-6);
		}
		/* and no less: it does not waste what it may */
		assert_true((double)(now - T0) <= 1000 *
		    (double)(401 - limits.burst) / limits.per_second + 400);
		/* after a rest the burst is there again, once */
		now += DAY_MS;
		assert_int_equal(pace_room(&pace, 1000, now), limits.burst);
	}
}

static void
test_clock_back(void **state)
{
	struct pace_limits	limits = pace_defaults;
	struct pace		pace;

	(void)state;
	limits.per_second = 1;
	limits.burst = 3;
	pace_init(&pace, "r", &limits);
	for (int i = 0; i < 3; i++)
		(void)one(&pace, &ok, T0);
	assert_true(pace_may(&pace, T0) > T0);
	assert_true(pace_may(&pace, T0 - DAY_MS) <= T0 - DAY_MS + 1000);
	for (int i = 0; i < 5; i++)
		(void)pace_end(&pace, pace_begin(&pace, TO, T0), &down, T0);
	assert_int_equal(pace.state, PACE_OPEN);
	assert_true(pace_may(&pace, T0 - DAY_MS) <= T0 - DAY_MS + HOUR_MS);
}

static void
test_concurrency(void **state)
{
	struct pace_limits	limits = pace_defaults;
	struct pace		pace;
	unsigned		turn;

	(void)state;
	limits.concurrency = 2;
	pace_init(&pace, "r", &limits);
	assert_int_equal(pace_room(&pace, 10, T0), 2);
	assert_int_equal(pace_room(&pace, 0, T0), 0);
	turn = pace_begin(&pace, TO, T0);
	(void)pace_begin(&pace, TO, T0);
	assert_int_equal(pace_may(&pace, T0), TIME_NEVER);
	assert_int_equal(pace_room(&pace, 10, T0), 0);
	(void)pace_end(&pace, turn, &ok, T0);
	assert_int_equal(pace_may(&pace, T0), T0);
}

static void
test_recipients(void **state)
{
	struct pace_limits	limits = pace_defaults;
	struct pace		pace;
	char			to[32];
	struct str		address = {to, 0};
	int			held = 0;

	(void)state;
	limits.per_recipient_s = 6;
	pace_init(&pace, "r", &limits);
	assert_int_equal(pace_may_to(&pace, TO, T0), T0);
	for (int i = 0; i < 30000; i++) {
		address.len = (size_t)snprintf(to, sizeof(to), "+57%d", i);
		held += pace_may_to(&pace, address, T0 + i / 10) > T0 + i / 10;
		(void)pace_begin(&pace, address, T0 + i / 10);
		assert_int_equal(pace_may_to(&pace, address, T0 + i / 10),
		    T0 + i / 10 + 6000);
	}
	assert_int_equal(held, 0);
	/* the first of them is still remembered, then free */
	address.len = (size_t)snprintf(to, sizeof(to), "+570");
	assert_int_equal(pace_may_to(&pace, address, T0 + 3000), T0 + 6000);
	assert_true(pace_may_to(&pace, address, T0 + 6000) <= T0 + 6000);
	/* a flood: full tables hold, they do not forget */
	for (int i = 0; i < 100000; i++) {
		address.len = (size_t)snprintf(to, sizeof(to), "+58%d", i);
		if (pace_may_to(&pace, address, T0 + 3000) <= T0 + 3000) {
			(void)pace_begin(&pace, address, T0 + 3000);
			assert_true(pace_may_to(&pace, address, T0 + 3001) >
			    T0 + 3001);
		} else if (held++ > 10) {
			break;
		}
	}
	assert_true(held > 0);
	/* and it comes back to life */
	assert_true(pace_may_to(&pace, address, T0 + 20000) <= T0 + 20000);
	pace_hold_to(&pace, TO, T0 + 20000, T0 + 90000);
	assert_int_equal(pace_may_to(&pace, TO, T0 + 20000), T0 + 90000);
	pace_fini(&pace);
	pace_fini(&pace);
}

/* --- breaker ---------------------------------------------------------------------- */

/* All sequences of seven answers, against the rule said in other words. */
static void
test_sequences(void **state)
{
	const struct channel_result *const	answers[] = {&ok, &down,
		&unknown_user, &unsent, &slower, &busy};
	int	failures_in[] = {0, 1, 0, -1, 0, 1};

	(void)state;
	for (int s = 0; s < 6 * 6 * 6 * 6 * 6 * 6 * 6; s++) {
		struct pace	pace;
		int64_t		now = T0;
		int		run = 0, rest = s;

		start(&pace);
		for (int i = 0; i < 7 && pace.state == PACE_CLOSED; i++) {
			int	a = rest % 6;

			rest /= 6;
			now += DAY_MS;		/* nothing is held that long */
			(void)one(&pace, answers[a], now);
			if (failures_in[a] >= 0)
				run = failures_in[a] > 0 ? run + 1 : 0;
			assert_int_equal(pace.state,
			    run == 5 ? PACE_OPEN : PACE_CLOSED);
			assert_int_equal(pace.in_flight, 0);
		}
	}
}

static void
test_half_of_twenty(void **state)
{
	struct pace	pace;

	(void)state;
	/* every other one fails: ten of twenty, never five in a row */
	start(&pace);
	for (int i = 0; i < 20; i++)
		assert_int_equal(one(&pace, i % 2 == 0 ? &down : &ok, T0),
		    PACE_SAME);
	assert_int_equal(one(&pace, &down, T0), PACE_OPENED);
	/* two of five: never */
	start(&pace);
	for (int i = 0; i < 1000; i++)
		(void)one(&pace, i % 5 < 2 ? &down : &ok, T0);
	assert_int_equal(pace.state, PACE_CLOSED);
	/* unknown users by the thousand: never (OpenSMTPD#374) */
	for (int i = 0; i < 1000; i++)
		assert_int_equal(one(&pace, &unknown_user, T0), PACE_SAME);
}

static void
break_it(struct pace *pace, int64_t now_ms)
{
	for (int i = 0; i < 4; i++)
		assert_int_equal(one(pace, &down, now_ms), PACE_SAME);
	assert_int_equal(one(pace, &down, now_ms), PACE_OPENED);
}

static void
test_open_times(void **state)
{
	struct pace	pace;
	int64_t		now = T0;

	(void)state;
	start(&pace);
	break_it(&pace, now);
	for (int64_t k = 1; k < 40; k++) {
		int64_t	ms = 15 * k * k < 3600 ? 15 * k * k * SECOND_MS :
			    HOUR_MS;

		assert_int_equal(pace.k, k);
		assert_in_range(pace.until_ms - now, ms * 9 / 10, ms * 11 / 10);
		assert_int_equal(pace_may(&pace, now), pace.until_ms);
		assert_int_equal(pace_room(&pace, 10, now), 0);
		now = pace.until_ms;
		assert_true(pace_may(&pace, now) <= now);
		assert_int_equal(pace_room(&pace, 10, now), 1);
		assert_int_equal(one(&pace, &down, now), PACE_KEPT);
	}
	assert_false(pace_needs_person(&pace));
	now = pace.until_ms;
	assert_int_equal(one(&pace, &ok, now), PACE_RECLOSED);
	assert_int_equal(pace.k, 39);
	for (int i = 0; i < 39; i++)
		assert_int_equal(one(&pace, &ok, now), PACE_SAME);
	assert_int_equal(pace.k, 0);
	break_it(&pace, now);
	assert_in_range(pace.until_ms - now, 13500, 16500);
}

static void
test_one_probe(void **state)
{
	struct pace	pace;
	unsigned	turn;
	int64_t		now;

	(void)state;
	start(&pace);
	break_it(&pace, T0);
	now = pace.until_ms;
	turn = pace_begin(&pace, TO, now);
	assert_int_equal(pace.state, PACE_HALF);
	assert_int_equal(pace_may(&pace, now), TIME_NEVER);
	/* a probe that never began proves nothing: another one may go */
	assert_int_equal(pace_end(&pace, turn, &unsent, now), PACE_SAME);
	assert_int_equal(pace.state, PACE_HALF);
	assert_true(pace_may(&pace, now) <= now);
	turn = pace_begin(&pace, TO, now);
	/* a recipient's no shows that the site works */
	assert_int_equal(pace_end(&pace, turn, &unknown_user, now),
	    PACE_RECLOSED);
}

/* Answers to what began before the breaker moved say nothing new. */
static void
test_late_answers(void **state)
{
	struct pace	pace;
	unsigned	turns[20], probe;
	int64_t		now = T0;

	(void)state;
	start(&pace);
	for (int i = 0; i < 20; i++)
		turns[i] = pace_begin(&pace, TO, now);
	for (int i = 0; i < 15; i++)
		(void)pace_end(&pace, turns[i], &down, now);
	assert_int_equal(pace.state, PACE_OPEN);
	assert_int_equal(pace.k, 1);
	now = pace.until_ms;
	probe = pace_begin(&pace, TO, now);
	(void)pace_end(&pace, turns[15], &down, now);
	(void)pace_end(&pace, turns[16], &ok, now);
	(void)pace_end(&pace, turns[17], &unsent, now);
	assert_int_equal(pace.state, PACE_HALF);
	assert_int_equal(pace_may(&pace, now), TIME_NEVER);
	assert_int_equal(pace_end(&pace, probe, &ok, now), PACE_RECLOSED);
	(void)pace_end(&pace, turns[18], &bad_password, now);
	assert_int_equal(pace.state, PACE_CLOSED);
	(void)pace_end(&pace, turns[19], &down, now);
	assert_int_equal(pace.run, 0);
	assert_int_equal(pace.in_flight, 0);
	(void)pace_end(&pace, 0, &ok, now);	/* one too many */
	assert_int_equal(pace.in_flight, 0);
}

static void
test_person_needed(void **state)
{
	const struct channel_result *const	halts[] = {&bad_password,
		&no_money};
	struct pace				pace;
	int64_t					now = T0;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		start(&pace);
		assert_int_equal(one(&pace, halts[i], now), PACE_OPENED);
		assert_true(pace_needs_person(&pace));
		assert_int_equal(pace.cause, halts[i]->class);
		assert_int_equal(pace.until_ms, now + PACE_HALT_MS);
		now = pace.until_ms;
		assert_int_equal(one(&pace, halts[i], now), PACE_KEPT);
		assert_int_equal(pace.until_ms, now + PACE_HALT_MS);
		now = pace.until_ms;
		assert_int_equal(one(&pace, &ok, now), PACE_RECLOSED);
		assert_false(pace_needs_person(&pace));
	}
}

static void
test_policy(void **state)
{
	struct pace	pace;

	(void)state;
	start(&pace);
	assert_int_equal(one(&pace, &refused_us, T0), PACE_SAME);
	assert_int_equal(one(&pace, &refused_us, T0 + 1), PACE_SAME);
	assert_int_equal(one(&pace, &refused_us, T0 + HOUR_MS), PACE_OPENED);
	assert_true(pace_needs_person(&pace));
	assert_int_equal(one(&pace, &refused_us, pace.until_ms), PACE_KEPT);
	assert_int_equal(one(&pace, &ok, pace.until_ms), PACE_RECLOSED);
	/* more than an hour apart */
	start(&pace);
	for (int i = 0; i < 10; i++)
		assert_int_equal(one(&pace, &refused_us,
		    T0 + i * 31 * MINUTE_MS), PACE_SAME);
	/* three among many are about those three */
	start(&pace);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(one(&pace, i % 10 == 0 ? &refused_us : &ok,
		    T0), PACE_SAME);
}

/* --- throttled ---------------------------------------------------------------------- */

static void
test_throttled(void **state)
{
	struct pace_limits	limits = pace_defaults;
	struct channel_result	later = slower;
	struct pace		pace;
	unsigned		turns[8];

	(void)state;
	limits.per_second = 10;
	limits.burst = 100;
	limits.concurrency = 8;
	pace_init(&pace, "r", &limits);
	for (int i = 0; i < 8; i++)
		turns[i] = pace_begin(&pace, TO, T0);
	/* eight that were under way are one signal */
	assert_int_equal(pace_end(&pace, turns[0], &slower, T0), PACE_SLOWED);
	for (int i = 1; i < 8; i++)
		assert_int_equal(pace_end(&pace, turns[i], &slower, T0),
		    PACE_SAME);
	assert_true(pace.factor > 0.69 && pace.factor < 0.71);
	assert_int_equal(pace_room(&pace, 100, T0), 4);
	/* 5 % of the whole a minute */
	assert_true(pace_may(&pace, T0 + 2 * MINUTE_MS) > 0);
	assert_true(pace.factor > 0.79 && pace.factor < 0.81);
	(void)pace_may(&pace, T0 + 6 * MINUTE_MS);
	assert_true(pace.factor >= 1);
	/* successes widen the window until it is what it was */
	for (int i = 0; i < 60; i++)
		(void)one(&pace, &ok, T0 + HOUR_MS + i * MINUTE_MS);
	assert_int_equal(pace_room(&pace, 100, T0 + DAY_MS), 8);
	/* again and again: never to nothing */
	for (int i = 0; i < 50; i++)
		(void)pace_end(&pace, pace_begin(&pace, TO, T0 + DAY_MS),
		    &slower, T0 + DAY_MS);
	assert_true(pace.factor >= 0.05 && pace.window >= 1);
	assert_int_equal(pace.state, PACE_CLOSED);
	/* what they asked for is kept, within six hours */
	later.wait_ms = 90 * SECOND_MS;
	(void)pace_end(&pace, pace_begin(&pace, TO, T0 + 2 * DAY_MS), &later,
	    T0 + 2 * DAY_MS);
	assert_int_equal(pace_may(&pace, T0 + 2 * DAY_MS),
	    T0 + 2 * DAY_MS + 90 * SECOND_MS);
	later.wait_ms = 40 * DAY_MS;
	(void)pace_end(&pace, pace_begin(&pace, TO, T0 + 3 * DAY_MS), &later,
	    T0 + 3 * DAY_MS);
	assert_int_equal(pace_may(&pace, T0 + 3 * DAY_MS),
	    T0 + 3 * DAY_MS + 6 * HOUR_MS);
}

/* --- kept --------------------------------------------------------------------------- */

static uint32_t
next(uint32_t *seed)
{
	*seed = *seed * 1664525U + 1013904223U;
	return *seed >> 16;
}

static void
test_kept(void **state)
{
	const struct channel_result *const	answers[] = {&ok, &ok, &down,
		&unknown_user, &slower, &busy, &bad_password, &refused_us};
	struct pace_limits			limits = pace_defaults;
	struct buf				a = BUF_INIT, b = BUF_INIT;
	uint32_t				seed = 7;
	int64_t					now = T0;

	(void)state;
	limits.per_second = 2;
	limits.burst = 10;
	for (int round = 0; round < 300; round++) {
		struct pace	pace, again;

		pace_init(&pace, "r", &limits);
		for (int i = 0; i < 40; i++) {
			now += next(&seed) % 30000;
			if (pace_may(&pace, now) <= now)
				(void)pace_end(&pace, pace_begin(&pace, TO,
				    now), answers[next(&seed) % 8], now);
		}
		buf_clear(&a);
		buf_clear(&b);
		pace_write(&pace, &a);
		pace_init(&again, "r", &limits);
		assert_true(pace_read(&again, buf_str(&a), now));
		pace_write(&again, &b);
		assert_string_equal(buf_text(&a), buf_text(&b));
		assert_int_equal(pace_may(&pace, now), pace_may(&again, now));
		assert_true(a.len < 400);
		assert_null(strchr(buf_text(&a), '\n'));
	}
	{
		struct pace	pace, again;

		pace_init(&pace, "r", &limits);
		break_it(&pace, now);
		(void)one(&pace, &down, pace.until_ms);
		buf_clear(&a);
		pace_write(&pace, &a);
		pace_init(&again, "r", &limits);
		assert_true(pace_read(&again, buf_str(&a), now));
		assert_int_equal(again.k, 2);
		assert_int_equal(again.until_ms, pace.until_ms);
		assert_string_equal(again.code, "ECONN");
	}
	buf_fini(&a);
	buf_fini(&b);
}

static void
test_not_kept(void **state)
{
	static const char *const	bad[] = {"", "x", "version=2", "state=open",
		"version=1 state=ajar", "version=1 k=-1", "version=1 k=x",
		"version=1 factor=0", "version=1 factor=1001",
		"version=1 last=9999999", "version=1 until=999999999999999999",
		"version=1 k=99999999999999999999999", "version=1 window=1"};
	struct pace			pace, before;

	(void)state;
	start(&pace);
	break_it(&pace, T0);
	before = pace;
	for (size_t i = 0; i < TEST_COUNT(bad); i++) {
		if (pace_read(&pace, str_of(bad[i]), T0))
			fail_msg("taken: %s", bad[i]);
		assert_memory_equal(&pace, &before, sizeof(pace));
	}
	/* from tomorrow's program, and from another clock */
	assert_true(pace_read(&pace, STR("version=1 new=5 state=open"
	    " until=2000000000000 code=a b\x01" "0123456789abcdef"), T0));
	assert_int_equal(pace.state, PACE_OPEN);
	assert_int_equal(pace.until_ms, T0 + HOUR_MS);
	assert_string_equal(pace.code, "a b0123456789ab");
	/* a probe that was under way: another one goes */
	assert_true(pace_read(&pace, STR("version=1 state=half-open"), T0));
	assert_true(pace_may(&pace, T0) <= T0);
}

static void
test_shown(void **state)
{
	struct pace	pace;
	struct buf	text = BUF_INIT;

	(void)state;
	start(&pace);
	pace_text(&pace, T0, &text);
	assert_string_equal(buf_text(&text), "closed");
	for (int i = 0; i < 30; i++)
		(void)one(&pace, &ok, T0 + i * SECOND_MS);
	assert_int_equal(pace_per_minute(&pace, T0 + MINUTE_MS), 30);
	assert_int_equal(pace_per_minute(&pace, T0 + 3 * MINUTE_MS), 0);
	(void)one(&pace, &slower, T0);
	buf_clear(&text);
	pace_text(&pace, T0, &text);
	assert_string_equal(buf_text(&text), "closed, slowed to 70%, holds"
	    " until 2026-07-25T17:20:01Z");
	(void)one(&pace, &bad_password, T0 + DAY_MS);
	buf_clear(&text);
	pace_text(&pace, T0 + DAY_MS, &text);
	assert_string_equal(buf_text(&text), "open until 2026-07-26T17:35:00Z"
	    " (credentials, 535 5.7.8)");
	buf_clear(&text);
	pace_text(&pace, T0 + 2 * DAY_MS, &text);
	assert_string_equal(buf_text(&text), "open, the next message tries it"
	    " (credentials, 535 5.7.8)");
	buf_fini(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_clock_back),
		cmocka_unit_test(test_concurrency),
		cmocka_unit_test(test_recipients),
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_half_of_twenty),
		cmocka_unit_test(test_open_times),
		cmocka_unit_test(test_one_probe),
		cmocka_unit_test(test_late_answers),
		cmocka_unit_test(test_person_needed),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_throttled),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_not_kept),
		cmocka_unit_test(test_shown)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
