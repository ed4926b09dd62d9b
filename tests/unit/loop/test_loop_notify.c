/* SPDX-License-Identifier: ISC */
#include "loop/loop_notify.h"

#include "support/test.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LONG_NAME \
	"a-folder-with-a-name-so-long-that-the-path-of-a-socket-inside-of-it" \
	"-does-not-fit-into-the-108-bytes-of-sun-path"

struct fix {
	struct clock		 clock;
	struct loop		*loop;
	struct err		 err;
	char			 dir[64];
	char			 longer[256];
	struct loop_wake	 wake;
	int			 n_woken;
};

static void
fix_on_wake(struct loop_wake *wake)
{
	struct fix	*f = OWNER(wake, struct fix, wake);

	f->n_woken++;
	loop_stop(f->loop);
}

static int
setup(void **state)
{
	struct fix	*f = calloc(1, sizeof(*f));

	clock_init_real(&f->clock);
	assert_true(loop_new(&f->clock, &f->loop, &f->err));
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/dunlin-wake.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->longer, sizeof(f->longer), "%s/" LONG_NAME, f->dir);
	assert_int_equal(mkdir(f->longer, 0700), 0);
	f->wake.fn = fix_on_wake;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fix	*f = *state;

	loop_wake_close(&f->wake);
	loop_free(&f->loop);
	assert_int_equal(rmdir(f->longer), 0);
	assert_int_equal(rmdir(f->dir), 0);	/* nothing was left behind */
	free(f);
	return 0;
}

static void
wake_at(struct fix *f, const char *path)
{
	struct stat	st;

	loop_wake_send(path);			/* nobody there */
	if (!loop_wake_listen(f->loop, &f->wake, path, &f->err))
		fail_msg("%s", f->err.text);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07, 0);
	for (int i = 0; i < 1000; i++)		/* more than the queue holds */
		loop_wake_send(path);
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_STOPPED);
	assert_int_equal(f->n_woken, 1);
	loop_wake_send(path);
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_STOPPED);
	assert_int_equal(f->n_woken, 2);
	loop_wake_close(&f->wake);
	assert_int_not_equal(stat(path, &st), 0);
}

static void
test_wake(void **state)
{
	struct fix	*f = *state;
	char		 path[300];

	(void)snprintf(path, sizeof(path), "%s/wake", f->dir);
	wake_at(f, path);
}

static void
test_wake_on_a_long_path(void **state)
{
	struct fix	*f = *state;
	char		 path[300];

	(void)snprintf(path, sizeof(path), "%s/wake", f->longer);
	wake_at(f, path);
}

static void
test_what_is_there_already(void **state)
{
	struct fix		*f = *state;
	struct loop_wake	 second = {.fn = fix_on_wake};
	struct sockaddr_un	 sa = {.sun_family = AF_UNIX};
	int			 fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char			 path[100];
	FILE			*fp;

	(void)snprintf(path, sizeof(path), "%s/wake", f->dir);
	(void)snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	(void)close(fd);			/* as a killed program does */
	assert_true(loop_wake_listen(f->loop, &f->wake, path, &f->err));
	assert_false(loop_wake_listen(f->loop, &second, path, &f->err));
	assert_int_equal(f->err.kind, ERR_INPUT);
	loop_wake_close(&second);
	loop_wake_close(&f->wake);
	fp = fopen(path, "we");
	assert_non_null(fp);
	(void)fclose(fp);
	assert_false(loop_wake_listen(f->loop, &f->wake, path, &f->err));
	assert_int_equal(f->err.kind, ERR_INPUT);
	assert_int_equal(unlink(path), 0);
	assert_false(loop_wake_listen(f->loop, &f->wake, "/no/such/wake",
	    &f->err));
	assert_int_equal(f->err.kind, ERR_SYSTEM);
}

/* A manager that listens at what $NOTIFY_SOCKET says. */
static void
notify_at(const char *name, const char *sun_path, size_t len)
{
	struct sockaddr_un	sa = {.sun_family = AF_UNIX};
	struct err		err = {0};
	int			fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char			got[64] = "";

	memcpy(sa.sun_path, sun_path, len);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	if (!loop_notify("READY=1\nSTATUS=ok", &err))
		fail_msg("%s", err.text);
	assert_int_equal(recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT), 17);
	assert_string_equal(got, "READY=1\nSTATUS=ok");
	(void)close(fd);
	assert_false(loop_notify("WATCHDOG=1", &err));
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
}

static void
test_notify(void **state)
{
	struct fix	*f = *state;
	char		 path[80];
	char		 abstract[80];

	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	assert_true(loop_notify("READY=1", &f->err));
	(void)snprintf(path, sizeof(path), "%s/notify", f->dir);
	notify_at(path, path, strlen(path));
	assert_int_equal(unlink(path), 0);
	(void)snprintf(abstract, sizeof(abstract), "@%s/notify", f->dir);
	(void)snprintf(path, sizeof(path), "%s", abstract);
	path[0] = '\0';
	notify_at(abstract, path, strlen(abstract));
}

static void
test_watchdog(void **state)
{
	static const struct {
		const char	*usec;
		const char	*pid;
		int64_t		 want;
	} cases[] = {
		{"30000000", NULL, 15000}, {NULL, NULL, 0}, {"x", NULL, 0},
		{"", NULL, 0}, {"-5", NULL, 0}, {"30000000x", NULL, 0},
		{"30000000", "1", 0}, {"99999999999999999999", NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		(void)unsetenv("WATCHDOG_USEC");
		(void)unsetenv("WATCHDOG_PID");
		if (cases[i].usec != NULL)
			(void)setenv("WATCHDOG_USEC", cases[i].usec, 1);
		if (cases[i].pid != NULL)
			(void)setenv("WATCHDOG_PID", cases[i].pid, 1);
		assert_int_equal(loop_notify_watchdog_ms(), cases[i].want);
	}
}

#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		T(test_wake), T(test_wake_on_a_long_path),
		T(test_what_is_there_already), T(test_notify),
		T(test_watchdog),
	};

	return cmocka_run_group_tests_name("loop/notify", tests, NULL, NULL);
}
