/* SPDX-License-Identifier: ISC */
/*
 * This program is linked so that libESMTP does not find our connect() and
 * poll(): a route must be refused, with the reason.
 */
#include "mail/smtp.h"

#include "support/test.h"

static void
test_refused(void **state)
{
	static const struct smtp_hooks	 hooks = {NULL, NULL, NULL};
	struct smtp_options		 options;
	struct smtp_pool		*pool = NULL;
	struct clock			 clock;
	struct loop			*loop;
	struct err			 err;

	(void)state;
	clock_init_real(&clock);
	assert_true(loop_new(&clock, &loop, &err));
	smtp_options_init(&options);
	options.host = "localhost";
	assert_false(smtp_pool_open(loop, &options, &hooks, &pool, &err));
	assert_int_equal(err.kind, ERR_SYSTEM);
	assert_non_null(strstr(err.text, "connect()"));
	assert_null(pool);
	loop_free(&loop);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
