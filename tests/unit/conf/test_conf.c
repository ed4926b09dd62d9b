/* SPDX-License-Identifier: ISC */
#include "unit/conf/demo.h"

#include "support/test.h"

static void
test_rows(void **state)
{
	struct err	err;

	(void)state;
	if (!conf_rows_check(demo_rows, &err))
		fail_msg("%s", err.text);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
