/* SPDX-License-Identifier: ISC */
/* Killed between commits, a full disk, and two writers at once. */
#include "contract/fixture.h"
#include "support/claim.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PERSONS	40

/* Says on fd that the next thing is done, one byte a thing. */
static void
tell(int fd, char what)
{
	if (write(fd, &what, 1) != 1)
		_exit(3);
}

#define MUST(call)	do { \
	if (!(call)) \
		_exit(4); \
} while (0)

/* A daemon that claims, intends and records until somebody kills it. */
static void
be_a_daemon(const char *dsn, int fd)
{
	struct store_look_at	 at = {.now_ms = T0 + 1};
	struct arena		*arena = arena_new();
	struct store_rescued	 rescued;
	struct store_claims	 claims;
	struct store		*store = NULL;
	struct err		 err;

	MUST(arena != NULL && store_open(dsn, STORE_WRITER, &store, &err));
	MUST(store_daemon_start(store, T0, &at.daemon_epoch, &err));
	MUST(store_rescue(store, at.daemon_epoch, T0 + 1, &rescued, &err));
	for (;;) {
		MUST(claim_some(store, CHANNEL_SMS, T0 + DAY_MS / 2,
		    at.daemon_epoch, 2, arena, &claims, &err));
		tell(fd, 'c');
		for (size_t i = 0; i < claims.count; i++) {
			const int64_t		id = claims.items[i].message_id;
			struct store_intent	intent = {.message_id = id,
			    .route = "r", .bytes = STR("x")};
			struct store_outcome	outcome = {.message_id = id,
			    .kind = STORE_ACCEPTED, .code = "250", .reply = "",
			    .peer = "", .provider_id = ""};

			MUST(store_intend(store, &at, &intent, 1, &err));
			tell(fd, 'i');
			MUST(intent.look == STORE_LOOK_OK);
			MUST(store_outcomes(store, T0 + 2, at.daemon_epoch,
			    &outcome, 1, &err) && outcome.is_written);
			tell(fd, 'o');
		}
		if (claims.count == 0)
			_exit(0);
	}
}

/* Runs one and kills it after so many steps; false when it had finished. */
static bool
kill_after(struct fix *f, int steps)
{
	int	fds[2];
	int	status;
	char	what;
	pid_t	pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(fds[0]);
		be_a_daemon(f->test.dsn, fds[1]);
	}
	close(fds[1]);
	while (steps-- > 0 && read(fds[0], &what, 1) == 1)
		;
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(fds[0]);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	return !WIFEXITED(status);
}

/*
 * However often daemons die, every message ends: accepted, in doubt (at most
 * one for each death) or dead; and log and state agree.
 */
static void
test_killed_anywhere(void **state)
{
	struct fix			*f = *state;
	struct store_audit_report	 report;
	int				 deaths = 0;

	for (int64_t id = 1; id <= PERSONS; id++) {
		fix_person(f, id, 1);
		fix_notice(f, id, "friendly", CHANNEL_SMS, T0);
	}
	while (kill_after(f, 1 + deaths * 5 % 13)) {
		deaths++;
		assert_true(deaths < 200);
		fix_verify(f);
	}
	assert_int_equal(fix_number(f, "SELECT count(*) FROM message"
	    " WHERE state IN ('ready', 'claimed', 'intent')"), 0);
	assert_true(fix_number(f, "SELECT count(*) FROM message"
	    " WHERE state = 'in-doubt'") <= deaths);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM message"
	    " WHERE state IN ('accepted', 'in-doubt', 'dead')"), PERSONS);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM item i"
	    " JOIN message m ON m.notice_id = i.notice_id"
	    " WHERE i.state = 'accepted' AND m.state <> 'accepted'"), 0);
	OK(f, store_audit_verify(f->store, &report, &f->err));
	assert_int_equal(report.open_intents, 0);
	assert_int_equal(report.intents, fix_number(f, "SELECT count(*)"
	    " FROM attempt"));
}

/* SQLite only: a file that may not grow. */
static void
test_disk_full(void **state)
{
	struct fix		*f = *state;
	struct rlimit		 old;
	struct rlimit		 small;
	char			*big;
	int			 n = 0;

	if (f->test.is_pg)
		skip();
	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 1024 * 1024;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_non_null(big = malloc(50000));
	memset(big, 'x', 50000);
	big[49999] = '\0';
	while (n < 100 && store_meta_set(f->store, n % 2 ? "a" : "b", big,
	    &f->err) && store_audit_event(f->store, "clock_step", "", big,
	    T0, &f->err))
		n++;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_true(n > 0 && n < 100);
	assert_int_equal(f->err.kind, ERR_SYSTEM);
	/* With room again, the same handle goes on, and nothing is torn. */
	OK(f, store_audit_event(f->store, "clock_step", "", "after", T0,
	    &f->err));
	fix_verify(f);
	assert_int_equal(fix_number(f, "SELECT size FROM audit_frontier"),
	    1 + n + 1);
	free(big);
}

/* Two processes write; nothing is lost and the log is one line. */
static void
test_two_writers(void **state)
{
	struct fix	*f = *state;
	const int64_t	 id = 1;
	int		 status;
	pid_t		 pid;

	fix_person(f, 1, 1);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct store	*store = NULL;
		struct err	 err;

		MUST(store_open(f->test.dsn, STORE_WRITER, &store, &err));
		for (int i = 0; i < 200; i++) {
			MUST(store_begin(store, &err));
			MUST(store_touch(store, &id, 1, T0, &err));
			MUST(store_audit_event(store, "clock_step", "", "c", T0,
			    &err));
			MUST(store_commit(store, &err));
		}
		_exit(0);
	}
	for (int i = 0; i < 200; i++) {
		OK(f, store_begin(f->store, &f->err));
		OK(f, store_audit_event(f->store, "clock_step", "", "p", T0,
		    &f->err));
		OK(f, store_touch(f->store, &id, 1, T0, &f->err));
		OK(f, store_commit(f->store, &f->err));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(fix_number(f, "SELECT rev FROM person"), 401);
	assert_int_equal(fix_number(f, "SELECT size FROM audit_frontier"),
	    400);
	fix_verify(f);
}

/* Two planners decide the same: one notice. */
static void
test_two_planners(void **state)
{
	struct fix	*f = *state;
	struct store	*mine = f->store;
	struct store	*other = NULL;
	size_t		 notices = 0;

	OK(f, store_open(f->test.dsn, STORE_WRITER, &other, &f->err));
	for (int64_t id = 1; id <= 20; id++) {
		fix_person(f, id, 1);
		f->store = id % 2 ? mine : other;
		notices += fix_notice(f, id, "s", CHANNEL_SMS, T0).notices;
		f->store = id % 2 ? other : mine;
		notices += fix_notice(f, id, "s", CHANNEL_SMS, T0).notices;
	}
	f->store = mine;
	store_close(&other);
	assert_int_equal(notices, 20);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM message"), 20);
	fix_verify(f);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		FIX_TEST(test_killed_anywhere),
		FIX_TEST(test_disk_full),
		FIX_TEST(test_two_writers),
		FIX_TEST(test_two_planners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
