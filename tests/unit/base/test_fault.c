/* SPDX-License-Identifier: ISC */
/* Points that kill, stop and fail; none of it in a build for people. */
#include "support/test.h"

#include "base/fault.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Passes a point so many times in a child; its exit status is how often
 * fault_fails said yes. */
static int
pass(const char *armed, enum fault_point point, int times)
{
	int	status = 0;
	pid_t	pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		int	failed = 0;

		if (setenv("DUNLIN_FAULT", armed, 1) != 0)
			_exit(99);
		for (int i = 0; i < times; i++) {
			fault_point(FAULT_RESCUE);
			failed += fault_fails(point);
		}
		_exit(failed);
	}
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	if (WIFSTOPPED(status)) {
		assert_int_equal(kill(pid, SIGCONT), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		return SIGSTOP << 8;
	}
	return status;
}

/* A wait status: the signal, or the exit status in the second byte. */
#define ENDED(n)	((n) << 8)

static void
test_points(void **state)
{
	static const struct {
		const char	*armed;
		int		 times;
		int		 with;		/* in a build with faults */
	} cases[] = {
		{"", 3, ENDED(0)},
		{"wal.write:3", 2, ENDED(0)},
		{"wal.write:3", 3, SIGKILL},
		{"wal.write:1:kill", 1, SIGKILL},
		{"wal.sync:1:kill", 1, ENDED(0)},
		{"wal.write:2:stop", 3, SIGSTOP << 8},
		{"wal.write:2:fail", 4, ENDED(3)},
		{"wal.write:2:once", 4, ENDED(1)},
		{"wal.write", 1, ENDED(2)},
		{"wal.write:0", 1, ENDED(2)},
		{"wal.write:x", 1, ENDED(2)},
		{"wal.write:1:explode", 1, ENDED(2)},
		{"wal.writes:1", 1, ENDED(2)},
		{"nowhere:1", 1, ENDED(2)},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		int	got = pass(cases[i].armed, FAULT_WAL_WRITE,
			    cases[i].times);
#ifdef WITH_FAULTS
		int	want = cases[i].with;
#else
		int	want = ENDED(0);
#endif

		if (got != want)
			print_message("# %s\n", cases[i].armed);
		assert_int_equal(got, want);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
