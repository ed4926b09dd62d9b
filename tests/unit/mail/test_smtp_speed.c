/* SPDX-License-Identifier: ISC */
/*
 * At least 1000 messages of 8 KB a second on 4 connections: without
 * TCP_NODELAY it is 91.
 *
 *	test_smtp_speed [SESSIONS MESSAGES PORT]	prints the rate of a run
 *	against a server on this machine
 */
#include "mail/smtp.h"

#include "mail/kit.h"
#include "support/test.h"

#define N_MESSAGES	3000

static double
rate_of(int64_t sessions, size_t n_messages, int port)
{
	struct peer_script	 script = {0};
	struct smtp_options	 options;
	struct smtp_job		*jobs;
	struct kit		*kit;
	int64_t			 start_ms, took_ms;
	size_t			 room;

	kit_options(&options);
	options.sessions = sessions;
	options.timeouts = (struct smtp_timeouts){20000, 20000, 20000, 20000,
	    20000, 20000};
	kit = kit_new_at(&script, &options, port);
	room = smtp_pool_room(kit->pool);
	jobs = calloc(room, sizeof(*jobs));
	assert_non_null(jobs);
	start_ms = clock_monotonic_ms();
	kit->n_again = n_messages - room;
	for (size_t i = 0; i < room; i++)
		kit_job(kit, &jobs[i], 8192);
	kit_run(kit, n_messages);
	took_ms = clock_monotonic_ms() - start_ms;
	assert_int_equal(kit->n_bad, 0);
	kit_free(kit);
	free(jobs);
	return (double)n_messages * 1000. / (double)(took_ms > 0 ? took_ms : 1);
}

/* The best of three: others may be busy here. */
static void
test_stall(void **state)
{
	double	best = 0., rate;

	(void)state;
	for (int i = 0; i < 3 && best < 1000.; i++) {
		rate = rate_of(4, N_MESSAGES, 0);
		best = rate > best ? rate : best;
	}
	print_message("# %.0f messages a second\n", best);
	assert_true(best >= 1000.);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_stall),
	};

	if (argc == 4) {
		(void)printf("%.0f\n", rate_of(strtol(argv[1], NULL, 10),
		    (size_t)strtol(argv[2], NULL, 10),
		    (int)strtol(argv[3], NULL, 10)));
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
