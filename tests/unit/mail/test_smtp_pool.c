/* SPDX-License-Identifier: ISC */
/*
 * The pool: the gate, connections that are kept, renewed and lost, many of
 * them, and the end of it all.
 */
#include "mail/smtp.h"

#include "mail/kit.h"
#include "support/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static void
test_gate(void **state)
{
	struct peer_script	 script = {0};
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 job;

	(void)state;
	kit_options(&options);
	options.gate_ms = 60000;
	kit = kit_new(&script, &options);
	kit->holds_gates = true;
	kit_job(kit, &job, 5000);
	kit_run(kit, 1);		/* not exact: no gate */
	assert_int_equal(kit->n_gates, 0);
	kit_exact(kit, &job, 5000);
	kit_run_gate(kit);
	assert_ptr_equal(kit->gated, &job);
	assert_int_equal(peer_taken(kit->peer), 1);
	smtp_job_go(&job);
	kit_run(kit, 2);
	assert_int_equal(job.answer.code, 250);
	assert_int_equal(peer_taken(kit->peer), 2);
	assert_int_equal(peer_connections(kit->peer), 1);
	kit_free(kit);
}

/* Of many, stopped and let go in turn, exactly those let go arrive. */
static void
test_stops(void **state)
{
	struct peer_script	 script = { .more = "250-CHUNKING\r\n" };
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 job;
	int			 n_stopped = 0;

	(void)state;
	kit_options(&options);
	kit = kit_new(&script, &options);
	for (size_t i = 1; i <= 300; i++) {
		kit->says_stop = i % 3 == 0;
		n_stopped += kit->says_stop;
		kit_exact(kit, &job, 300 + 97 * i);
		kit_run(kit, i);
		assert_int_equal(job.answer.stopped, kit->says_stop);
		assert_int_equal(job.answer.body_ended, !kit->says_stop);
		assert_int_equal(job.answer.code, kit->says_stop ? 0 : 250);
		if (kit->says_stop)
			assert_int_equal(job.answer.error, ECANCELED);
	}
	peer_wait_messages(kit->peer, 300 - n_stopped);
	assert_int_equal(peer_taken(kit->peer), 300 - n_stopped);
	kit_free(kit);
}

/* Nobody says anything: stopped, in time for the server. */
static void
test_gate_forgotten(void **state)
{
	struct peer_script	 script = {0};
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 job;

	(void)state;
	kit_options(&options);
	options.gate_ms = 50;
	kit = kit_new(&script, &options);
	kit->holds_gates = true;
	kit_exact(kit, &job, 1000);
	kit_run_gate(kit);
	kit_run(kit, 1);
	assert_true(job.answer.stopped);
	smtp_job_go(&job);		/* too late, and harmless */
	assert_int_equal(peer_taken(kit->peer), 0);
	kit_free(kit);
}

/* The server leaves, or speaks, while the gate is shut: not sent. */
static void
test_gate_left(void **state)
{
	static const struct {
		const char	*data;
		int		 code;
	} rows[] = {
		{ "354 go\r\n@drop", 0 },
		{ "354 go@later421 4.3.2 going down", 421 },
	};
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 job;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct peer_script	script = { .data = rows[i].data };

		kit_options(&options);
		kit = kit_new(&script, &options);
		kit->holds_gates = true;
		kit_exact(kit, &job, 1000);
		kit->stops_when_done = true;
		kit_run_gate(kit);
		peer_wait_gone(kit->peer);
		if (kit->n_gates > 0)
			smtp_job_go(&job);
		kit_run(kit, 1);
		assert_false(job.answer.body_ended);
		assert_int_equal(job.answer.stage, SMTP_BODY);
		assert_int_equal(job.answer.code, rows[i].code);
		kit_free(kit);
	}
}

static void
test_renewed(void **state)
{
	struct peer_script	 script = {0};
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 job;

	(void)state;
	kit_options(&options);
	options.per_connection = 3;
	kit = kit_new(&script, &options);
	for (size_t i = 1; i <= 10; i++) {
		kit_job(kit, &job, 1000);
		kit_run(kit, i);
		assert_int_equal(job.answer.code, 250);
	}
	assert_int_equal(peer_connections(kit->peer), 4);
	assert_int_equal(peer_quits(kit->peer), 3);
	kit_free(kit);
}

/* Kept for a while, then ended politely. */
static void
test_idle(void **state)
{
	struct peer_script	 script = {0};
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 job;

	(void)state;
	kit_options(&options);
	options.idle_ms = 50;
	kit = kit_new(&script, &options);
	for (size_t i = 1; i <= 3; i++) {
		kit_job(kit, &job, 1000);
		kit_run(kit, i);
		assert_int_equal(job.answer.code, 250);
		peer_wait_gone(kit->peer);
	}
	assert_int_equal(peer_connections(kit->peer), 3);
	assert_int_equal(peer_quits(kit->peer), 3);
	kit_free(kit);
}

/* A server that gives up an idle connection costs no message a try. */
static void
test_idle_lost(void **state)
{
	static const char *const	words[] = {"421 4.4.2 idle",
		"421 4.4.2 idle\r\n@rst", "@drop", "@rst"};
	struct smtp_options		 options;
	struct kit			*kit;
	struct smtp_job			 job;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(words); i++) {
		struct peer_script	script = { .idle = words[i],
					    .idle_ms = 30 };

		kit_options(&options);
		kit = kit_new(&script, &options);
		for (size_t n = 1; n <= 3; n++) {
			kit_job(kit, &job, 1000);
			kit_run(kit, n);
			assert_int_equal(job.answer.code, 250);
			peer_wait_gone(kit->peer);
		}
		assert_int_equal(peer_connections(kit->peer), 3);
		kit_free(kit);
	}
}

/* QUIT is a courtesy: no minutes are spent on its answer. */
static void
test_quit(void **state)
{
	static const struct peer_script	 scripts[] = {
		{ .quit = "@stall" },
		{ .quit = "@stall", .data = "554 no" },
		{ .quit = "@stall", .banner = "554 no" },
	};
	struct smtp_options		 options;
	struct kit			*kit;
	struct smtp_job			 job;
	int64_t				 start_ms = clock_monotonic_ms();

	(void)state;
	kit_options(&options);
	options.timeouts = (struct smtp_timeouts){60000, 60000, 60000, 60000,
	    60000, 60000};
	options.per_connection = 1;
	for (size_t i = 0; i < TEST_COUNT(scripts); i++) {
		kit = kit_new(&scripts[i], &options);
		for (size_t n = 1; n <= 2; n++) {
			kit_job(kit, &job, 1000);
			kit_run(kit, n);
			assert_int_equal(job.answer.code, i == 0 ? 250 : 554);
		}
		kit_free(kit);
	}
	assert_in_range(clock_monotonic_ms() - start_ms, 0, 30000);
}

static void
test_many(void **state)
{
	static struct smtp_job	 jobs[2 * SMTP_SESSIONS_MAX];
	struct peer_script	 script = {0};
	struct smtp_options	 options;
	struct kit		*kit;
	size_t			 n = 0;

	(void)state;
	kit_options(&options);
	options.sessions = SMTP_SESSIONS_MAX;
	options.idle_ms = 60000;
	options.timeouts = (struct smtp_timeouts){20000, 20000, 20000, 20000,
	    20000, 20000};
	kit = kit_new(&script, &options);
	assert_int_equal(smtp_pool_room(kit->pool), TEST_COUNT(jobs));
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < TEST_COUNT(jobs); i++) {
			if (i % 2 == 0)
				kit_job(kit, &jobs[i], 8192);
			else
				kit_exact(kit, &jobs[i], 8192);
		}
		assert_int_equal(smtp_pool_room(kit->pool), 0);
		kit_run(kit, n += TEST_COUNT(jobs));
		for (size_t i = 0; i < TEST_COUNT(jobs); i++)
			assert_int_equal(jobs[i].answer.code, 250);
	}
	assert_in_range(peer_connections(kit->peer), 1, SMTP_SESSIONS_MAX);
	assert_int_equal(peer_taken(kit->peer), (int)n);
	kit_free(kit);
}

/* A thread's stack is enough for TLS too. */
static void
test_many_tls(void **state)
{
	static struct smtp_job	 jobs[64];
	struct peer_script	 script = { .cert = PEER_GOOD,
				    .mechanisms = "CRAM-MD5" };
	struct smtp_options	 options;
	struct kit		*kit;

	(void)state;
	kit_options(&options);
	options.host = "localhost";
	options.tls = SMTP_TLS_REQUIRED;
	options.user = "ana";
	options.password = "pw";
	options.sessions = 32;
	options.timeouts = (struct smtp_timeouts){20000, 20000, 20000, 20000,
	    20000, 20000};
	kit = kit_new(&script, &options);
	for (size_t i = 0; i < TEST_COUNT(jobs); i++)
		kit_job(kit, &jobs[i], 8192);
	kit_run(kit, TEST_COUNT(jobs));
	for (size_t i = 0; i < TEST_COUNT(jobs); i++)
		assert_int_equal(jobs[i].answer.code, 250);
	kit_free(kit);
}

/* --- the way is broken ------------------------------------------------------- */

static void
test_refused(void **state)
{
	struct peer_script	 script = {0};
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 job;

	(void)state;
	kit_options(&options);
	kit = kit_new(&script, &options);
	peer_shut(kit->peer);
	kit_job(kit, &job, 1000);
	kit_run(kit, 1);
	assert_int_equal(job.answer.stage, SMTP_CONNECT);
	assert_int_equal(job.answer.error, ECONNREFUSED);
	assert_non_null(strstr(job.answer.peer, "127.0.0.1:"));
	kit_free(kit);
}

/* A server whose queue of connections is full does not answer at all. */
static void
test_no_answer(void **state)
{
	struct sockaddr_in	 address = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t		 len = sizeof(address);
	int			 listener = socket(AF_INET, SOCK_STREAM, 0);
	int64_t			 start_ms = clock_monotonic_ms();
	int			 fillers[4];
	struct peer_script	 script = {0};
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 one, two;

	(void)state;
	assert_int_equal(bind(listener, (void *)&address, len), 0);
	assert_int_equal(listen(listener, 0), 0);
	assert_int_equal(getsockname(listener, (void *)&address, &len), 0);
	for (size_t i = 0; i < TEST_COUNT(fillers); i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(fillers[i], (void *)&address, len);
	}
	kit_options(&options);
	options.timeouts.connect_ms = 200;
	kit = kit_new_at(&script, &options, ntohs(address.sin_port));
	kit_job(kit, &one, 1000);
	kit_job(kit, &two, 1000);
	kit_run(kit, 2);
	assert_int_equal(one.answer.stage, SMTP_CONNECT);
	assert_int_equal(one.answer.error, ETIMEDOUT);
	/* the one behind it is handed back, and burns no try of its own */
	assert_int_equal(two.answer.stage, SMTP_QUEUED);
	assert_int_equal(two.answer.error, ETIMEDOUT);
	assert_non_null(strstr(two.answer.reply, "never begun"));
	assert_in_range(clock_monotonic_ms() - start_ms, 200, 10000);
	kit_free(kit);
	for (size_t i = 0; i < TEST_COUNT(fillers); i++)
		(void)close(fillers[i]);
	(void)close(listener);
}

static void
test_no_name(void **state)
{
	char			 name[100];
	struct peer_script	 script = {0};
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 job;

	(void)state;
	memset(name, 'a', 70);		/* no label is that long: no question */
	(void)snprintf(name + 70, 30, ".invalid");
	smtp_options_init(&options);
	options.host = name;
	options.sessions = 1;
	kit = kit_new(&script, &options);
	kit_job(kit, &job, 1000);
	kit_run(kit, 1);
	assert_int_equal(job.answer.stage, SMTP_RESOLVE);
	assert_int_equal(job.answer.error, EHOSTUNREACH);
	assert_true(job.answer.reply[0] != '\0');
	assert_string_equal(job.answer.peer, "");
	kit_free(kit);
}

/* --- the end ------------------------------------------------------------------ */

static void
close_in_time(struct kit *kit)
{
	int64_t	start_ms = clock_monotonic_ms();

	smtp_pool_close(&kit->pool);
	assert_null(kit->pool);
	assert_in_range(clock_monotonic_ms() - start_ms, 0, 2000);
}

static void
test_close(void **state)
{
	struct peer_script	 stall = { .dot = "@stall" };
	struct peer_script	 script = {0};
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 one, two;

	(void)state;
	kit_options(&options);
	options.timeouts = (struct smtp_timeouts){60000, 60000, 60000, 60000,
	    60000, 60000};
	kit = kit_new(&stall, &options);	/* on the wire, and queued */
	kit_job(kit, &one, 1000);
	kit_job(kit, &two, 1000);
	peer_wait_messages(kit->peer, 1);
	close_in_time(kit);
	assert_int_equal(kit->n_done, 0);
	kit_free(kit);
	kit = kit_new(&script, &options);	/* resting */
	kit_job(kit, &one, 1000);
	kit_run(kit, 1);
	close_in_time(kit);
	peer_wait_gone(kit->peer);
	assert_int_equal(peer_quits(kit->peer), 1);
	kit_free(kit);
	kit = kit_new(&script, &options);	/* at the gate */
	kit->holds_gates = true;
	kit_exact(kit, &one, 1000);
	kit_run_gate(kit);
	close_in_time(kit);
	peer_wait_gone(kit->peer);
	assert_int_equal(peer_taken(kit->peer), 0);
	kit_free(kit);
	kit = kit_new(&script, &options);	/* at once, never begun */
	close_in_time(kit);
	kit_free(kit);
}

static void
test_options(void **state)
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
#define REFUSED(host_name, field, value, says) do { \
	smtp_options_init(&options); \
	options.host = host_name; \
	options.field = value; \
	assert_false(smtp_pool_open(loop, &options, &hooks, &pool, &err)); \
	assert_non_null(strstr(err.text, says)); \
	assert_null(pool); \
} while (0)
	REFUSED("relay.test", tls, SMTP_TLS_NONE, "TLS is required");
	REFUSED("10.0.0.1", tls, SMTP_TLS_NONE, "TLS is required");
	REFUSED("localhost.evil.test", tls, SMTP_TLS_NONE, "TLS is required");
	REFUSED("relay.test", timeouts.dot_ms, 599999, "makes duplicates");
	REFUSED("relay.test", timeouts.envelope_ms, 1000, "RFC 5321");
	REFUSED("relay.test:25", port, 25, "without a port");
	REFUSED("::1", port, 25, "without a port");
	REFUSED("", port, 25, "name of a host");
	REFUSED("relay.test", port, 0, "out of range");
	REFUSED("relay.test", sessions, 257, "out of range");
	REFUSED("relay.test", user, "ana", "needs a password");
	REFUSED("localhost", ca_file, "/nowhere/ca.pem", "/nowhere/ca.pem");
#undef REFUSED
	loop_free(&loop);
}

/* Virtual time stands still while a message is on the wire. */
static void
test_virtual(void **state)
{
	struct peer_script	 script = {0};
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 job;

	(void)state;
	kit_options(&options);
	kit = kit_new_virtual(&script, &options);
	kit_exact(kit, &job, 1000);
	kit->n_wanted = SIZE_MAX;
	assert_int_equal(loop_run(kit->loop, 1000000), LOOP_IDLE);
	assert_int_equal(kit->n_done, 1);
	assert_int_equal(job.answer.code, 250);
	kit_free(kit);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_gate),
		cmocka_unit_test(test_stops),
		cmocka_unit_test(test_gate_forgotten),
		cmocka_unit_test(test_gate_left),
		cmocka_unit_test(test_renewed),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_idle_lost),
		cmocka_unit_test(test_quit),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_many_tls),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_no_name),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_virtual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
