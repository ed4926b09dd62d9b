/* SPDX-License-Identifier: ISC */
#include "mail/kit.h"

#include "support/test.h"

#define BODY_MAX	12000000

void
kit_options(struct smtp_options *options)
{
	smtp_options_init(options);
	options->host = "127.0.0.1";
	options->helo = "client.test";
	options->tls = SMTP_TLS_NONE;
	options->sessions = 1;
	options->timeouts = (struct smtp_timeouts){300, 300, 300, 300, 300,
	    300};
}

static void
on_gate(void *arg, struct smtp_job *job)
{
	struct kit	*kit = arg;

	kit->n_gates++;
	kit->gated = job;
	if (kit->holds_gates)
		loop_stop(kit->loop);
	else if (kit->says_stop)
		smtp_job_stop(job);
	else
		smtp_job_go(job);
}

static void
on_done(void *arg, struct smtp_job *job)
{
	struct kit	*kit = arg;

	kit->n_bad += job->answer.code != 250;
	if (kit->n_again > 0) {
		kit->n_again--;
		smtp_pool_put(kit->pool, job);
	}
	if (++kit->n_done == kit->n_wanted || kit->stops_when_done)
		loop_stop(kit->loop);
}

static void
on_deadline(struct loop_timer *timer)
{
	struct kit	*kit = OWNER(timer, struct kit, deadline);

	kit->is_late = true;
	loop_stop(kit->loop);
}

static struct kit *
make(const struct peer_script *script, struct smtp_options *options, int port,
    bool is_virtual)
{
	struct kit		*kit = calloc(1, sizeof(*kit));
	const struct smtp_hooks	 hooks = {on_gate, on_done, kit};
	struct err		 err = {0};

	assert_non_null(kit);
	kit->peer = peer_new(script);
	if (is_virtual)
		clock_init_virtual(&kit->clock, 0);
	else
		clock_init_real(&kit->clock);
	assert_true(loop_new(&kit->clock, &kit->loop, &err));
	kit->deadline.fn = on_deadline;
	options->port = port != 0 ? port : peer_port(kit->peer);
	if (options->tls == SMTP_TLS_REQUIRED && script->cert != PEER_PLAIN)
		options->ca_file = peer_ca(kit->peer);
	if (!smtp_pool_open(kit->loop, options, &hooks, &kit->pool, &err))
		fail_msg("%s", err.text);
	return kit;
}

struct kit *
kit_new(const struct peer_script *script, struct smtp_options *options)
{
	return make(script, options, 0, false);
}

struct kit *
kit_new_at(const struct peer_script *script, struct smtp_options *options,
    int port)
{
	return make(script, options, port, false);
}

struct kit *
kit_new_virtual(const struct peer_script *script,
    struct smtp_options *options)
{
	return make(script, options, 0, true);
}

void
kit_free(struct kit *kit)
{
	smtp_pool_close(&kit->pool);
	loop_free(&kit->loop);
	peer_free(kit->peer);
	free(kit);
}

static const char *
body(size_t size)
{
	static char	text[BODY_MAX + 300];
	static size_t	filled;
	static const char	head[] = "From: a@x.test\r\nTo: b@x.test\r\n"
	    "Date: Sat, 21 Nov 2026 10:00:00 -0500\r\n"
	    "Message-ID: <k.1@x.test>\r\nSubject: pay\r\n\r\n";
	static const char	line[] = "Estimado cliente: le recordamos que"
	    " su factura est=C3=A1 pendiente de pago.\r\n";

	assert_true(size <= BODY_MAX);
	if (filled == 0) {
		memcpy(text, head, sizeof(head) - 1);
		filled = sizeof(head) - 1;
	}
	while (filled < size) {
		memcpy(text + filled, line, sizeof(line) - 1);
		filled += sizeof(line) - 1;
	}
	return text;
}

static void
put(struct kit *kit, struct smtp_job *job, size_t size, bool exact)
{
	const char	*text = body(size < 300 ? 300 : size);
	const char	*end = text + (size < 300 ? 300 : size) - 1;

	while (*end != '\n')
		end--;
	*job = (struct smtp_job){ .from = STR("a@x.test"),
	    .to = STR("b@x.test"), .exact = exact,
	    .bytes = {text, (size_t)(end + 1 - text)} };
	smtp_pool_put(kit->pool, job);
}

void
kit_job(struct kit *kit, struct smtp_job *job, size_t size)
{
	put(kit, job, size, false);
}

void
kit_exact(struct kit *kit, struct smtp_job *job, size_t size)
{
	put(kit, job, size, true);
}

static void
run(struct kit *kit)
{
	loop_timer_wire(kit->loop, &kit->deadline, KIT_DEADLINE_MS);
	(void)loop_run(kit->loop, LOOP_FOREVER);
	loop_timer_stop(&kit->deadline);
	assert_false(kit->is_late);
}

void
kit_run(struct kit *kit, size_t n_done)
{
	kit->n_wanted = n_done;
	if (kit->n_done < n_done)
		run(kit);
}

void
kit_run_gate(struct kit *kit)
{
	kit->n_wanted = SIZE_MAX;
	run(kit);
}
