/* SPDX-License-Identifier: ISC */
/* A client against servers that mean no good. */
#include "http/http.h"

#include "support/peer.h"
#include "support/test.h"

#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS	20000
#define BODY		STR("{\"to\":\"+573001234567\"}")

enum answer_to_gate { GO, STOP, LATER };

struct run {
	struct clock		 clock;
	struct loop		*loop;
	struct http		*http;
	struct loop_timer	 watchdog;
	struct loop_timer	 look;
	enum answer_to_gate	 at_gate;
	int			 gates;
	int			 awaited;	/* done calls until the loop ends */
	bool			 stop_at_gate;	/* the loop ends there */
	struct http_request	 request;
	char			 url[128];
};

static void
on_watchdog(struct loop_timer *timer)
{
	(void)timer;
	fail_msg("nothing came back");
}

static void
on_gate(void *arg, struct http_request *request)
{
	struct run	*run = arg;

	run->gates++;
	if (run->at_gate == GO)
		http_go(request);
	else if (run->at_gate == STOP)
		http_stop(request);
	if (run->stop_at_gate)
		loop_stop(run->loop);
}

static void
on_done(void *arg, struct http_request *request)
{
	struct run	*run = arg;

	(void)request;
	if (--run->awaited == 0)
		loop_stop(run->loop);
}

static void
run_open_as(struct run *run, const struct peer *peer,
    const struct http_options *wanted)
{
	struct http_options	 options = *wanted;
	struct err		 err;

	*run = (struct run){.watchdog.fn = on_watchdog};
	clock_init_real(&run->clock);
	assert_true(loop_new(&run->clock, &run->loop, &err));
	options.gate = on_gate;
	options.done = on_done;
	options.arg = run;
	assert_true(http_new(run->loop, &options, &run->http, &err));
	if (peer != NULL)
		(void)snprintf(run->url, sizeof(run->url),
		    "%s://127.0.0.1:%d/send", peer->tls != NULL ? "https" :
		    "http", peer->port);
	run->request = (struct http_request){.method = "POST",
	    .url = run->url, .body = BODY};
}

static const struct http_options	usual = {
	.connect_ms = 5000, .timeout_ms = 10000, .connections = 4
};

static void
run_open(struct run *run, const struct peer *peer)
{
	run_open_as(run, peer, &usual);
}

static void
run_loop(struct run *run)
{
	loop_timer_wire(run->loop, &run->watchdog, PATIENCE_MS);
	(void)loop_run(run->loop, LOOP_FOREVER);
	loop_timer_stop(&run->watchdog);
}

static void
on_look(struct loop_timer *timer)
{
	struct run	*run = OWNER(timer, struct run, look);

	if (run->request.ended || run->awaited == 0 ||
	    run->request.body_buf.len > 0)
		loop_stop(run->loop);
	else
		loop_timer_wire(run->loop, &run->look, 2);
}

/* Until curl has given up behind the gate, or read on, or all is done. */
static void
run_until_ended(struct run *run)
{
	run->look.fn = on_look;
	loop_timer_wire(run->loop, &run->look, 0);
	run_loop(run);
	loop_timer_stop(&run->look);
}

static const struct http_answer *
run_one(struct run *run)
{
	run->awaited = 1;
	http_start(run->http, &run->request);
	run_loop(run);
	assert_int_equal(run->awaited, 0);
	return &run->request.answer;
}

static void
run_close(struct run *run)
{
	http_free(&run->http);
	assert_null(run->http);
	http_request_fini(&run->request);
	loop_free(&run->loop);
}

/* --- what works ------------------------------------------------------------- */

static void
answer_all(struct peer_conn *conn)
{
	while (peer_read(conn) && peer_reply(conn, "201 Created",
	    "X-Two: a\r\nLocation:  /m/7 \r\n", "{\"id\":7}"))
		;
}

static void
test_reuse(void **state)
{
	struct peer		*peer = peer_start(answer_all, NULL);
	const char *const	 headers[] = {"Content-Type: application/json"};
	const struct http_answer *answer;
	struct run		 run;

	(void)state;
	run_open(&run, peer);
	run.request.headers = headers;
	run.request.header_count = 1;
	for (int i = 0; i < 5; i++) {
		answer = run_one(&run);
		assert_int_equal(answer->stage, HTTP_REPLIED);
		assert_int_equal(answer->status, 201);
		assert_true(answer->body_begun);
		assert_true(str_is(answer->body, "{\"id\":7}"));
		assert_true(str_is(http_header(answer, "location"), "/m/7"));
		assert_int_equal(http_header(answer, "Absent").len, 0);
		assert_string_equal(answer->error, "");
	}
	assert_int_equal(peer->requests, 5);
	assert_int_equal(peer->connections, 1);
	assert_int_equal(run.gates, 0);
	assert_non_null(strstr(peer->head, "Content-Type: application/json"));
	assert_null(strstr(peer->head, "Expect"));
	assert_string_equal(peer->body, BODY.p);
	run_close(&run);
	peer_stop(peer);
}

static void
test_many(void **state)
{
	struct peer		*peer = peer_start(answer_all, NULL);
	struct http_options	 options = usual;
	struct http_request	*requests = calloc(64, sizeof(*requests));
	struct run		 run;

	(void)state;
	options.connections = 64;
	run_open_as(&run, peer, &options);
	for (int round = 0; round < 3; round++) {
		run.awaited = 64;
		for (int i = 0; i < 64; i++) {
			requests[i].method = "POST";
			requests[i].url = run.url;
			requests[i].body = BODY;
			requests[i].exact = i % 2 == 0;
			http_start(run.http, &requests[i]);
		}
		run_loop(&run);
		for (int i = 0; i < 64; i++)
			assert_int_equal(requests[i].answer.status, 201);
	}
	assert_int_equal(run.gates, 96);
	assert_int_equal(peer->requests, 192);
	assert_true(peer->connections <= 64);
	for (int i = 0; i < 64; i++)
		http_request_fini(&requests[i]);
	free(requests);
	run_close(&run);
	peer_stop(peer);
}

/* 2 MB out: no `Expect: 100-continue`, which servers leave unanswered. */
static void
test_big_body(void **state)
{
	struct peer	*peer = peer_start(answer_all, NULL);
	size_t		 len = 2u << 20;
	char		*bytes = calloc(1, len);
	struct run	 run;

	(void)state;
	run_open(&run, peer);
	run.request.body = (struct str){bytes, len};
	assert_int_equal(run_one(&run)->status, 201);
	assert_null(strcasestr(peer->head, "Expect"));
	run_close(&run);
	peer_stop(peer);
	free(bytes);
}

static void
test_proxy_of_the_environment(void **state)
{
	struct peer	*peer = peer_start(answer_all, NULL);
	struct run	 run;

	(void)state;
	assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
	assert_int_equal(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
	run_open(&run, peer);
	assert_int_equal(run_one(&run)->status, 201);
	run_close(&run);
	peer_stop(peer);
	(void)unsetenv("http_proxy");
	(void)unsetenv("ALL_PROXY");
}

/* --- sent once -------------------------------------------------------------- */

/* The second request that arrives is read whole and not answered. */
static void
drop_second(struct peer_conn *conn)
{
	while (peer_read(conn)) {
		if (conn->peer->requests == 2)
			return;
		if (!peer_reply(conn, "200 OK", "", "{}"))
			return;
	}
}

static void
check_dropped(struct run *run, const struct peer *peer)
{
	const struct http_answer	*answer;

	assert_int_equal(run_one(run)->stage, HTTP_REPLIED);
	answer = run_one(run);
	assert_int_equal(answer->stage, HTTP_BODY);
	assert_true(answer->body_begun);
	assert_int_equal(answer->status, 0);
	assert_int_not_equal(answer->curl_code, 0);
	/* once, and the next one works again */
	assert_int_equal(peer->requests, 2);
	assert_int_equal(run_one(run)->stage, HTTP_REPLIED);
	assert_int_equal(peer->requests, 3);
}

static void
test_reused_and_dropped(void **state)
{
	for (int exact = 0; exact < 2; exact++) {
		struct peer	*peer = peer_start(drop_second, NULL);
		struct run	 run;

		run_open(&run, peer);
		run.request.exact = exact == 1;
		check_dropped(&run, peer);
		assert_int_equal(run.gates, exact * 3);
		run_close(&run);
		peer_stop(peer);
	}
	(void)state;
}

static void
test_bare_and_dropped(void **state)
{
	static const char *const	methods[] = {"GET", "POST"};

	for (size_t i = 0; i < TEST_COUNT(methods); i++) {
		struct peer	*peer = peer_start(drop_second, NULL);
		struct run	 run;

		run_open(&run, peer);
		run.request.method = methods[i];
		run.request.body = STR("");
		run.request.exact = true;
		check_dropped(&run, peer);
		assert_int_equal(run.gates, 3);
		run_close(&run);
		peer_stop(peer);
	}
	(void)state;
}

/* A request that nothing can hold takes no connection that was used before. */
static void
test_bare_is_fresh(void **state)
{
	struct peer	*peer = peer_start(answer_all, NULL);
	struct run	 run;

	(void)state;
	run_open(&run, peer);
	run.request.method = "GET";
	run.request.body = STR("");
	for (int i = 0; i < 3; i++)
		assert_int_equal(run_one(&run)->status, 201);
	assert_int_equal(peer->connections, 3);
	run_close(&run);
	peer_stop(peer);
}

/* The first connection closes when the head of its second request is there. */
static void
close_at_head(struct peer_conn *conn)
{
	if (conn->number > 0) {
		answer_all(conn);
		return;
	}
	if (peer_read(conn) && peer_reply(conn, "200 OK", "", "{}"))
		(void)peer_read_head(conn);
}

/* Nothing of the body is out, so the new connection is no second copy. */
static void
test_stale_at_the_gate(void **state)
{
	struct peer	*peer = peer_start(close_at_head, NULL);
	struct run	 run;

	(void)state;
	run_open(&run, peer);
	run.request.exact = true;
	assert_int_equal(run_one(&run)->status, 200);
	assert_int_equal(run_one(&run)->stage == HTTP_REPLIED ||
	    run.request.answer.stage == HTTP_BODY ||
	    run.request.answer.stage == HTTP_HEAD, 1);
	assert_int_equal(run.gates, 2);
	assert_true(peer->requests <= 2);
	run_close(&run);
	peer_stop(peer);
}

static void
redirect(struct peer_conn *conn)
{
	while (peer_read(conn) && peer_reply(conn, "307 Temporary Redirect",
	    "Location: /send\r\n", ""))
		;
}

static void
test_redirect(void **state)
{
	struct peer	*peer = peer_start(redirect, NULL);
	struct run	 run;

	(void)state;
	run_open(&run, peer);
	assert_int_equal(run_one(&run)->status, 307);
	assert_int_equal(run.request.answer.stage, HTTP_REPLIED);
	assert_int_equal(peer->requests, 1);
	run_close(&run);
	peer_stop(peer);
}

/* --- the gate --------------------------------------------------------------- */

static void
test_stop(void **state)
{
	static const struct str	bodies[] = {STR("text"), STR("")};

	for (size_t i = 0; i < TEST_COUNT(bodies); i++) {
		struct peer	*peer = peer_start(answer_all, NULL);
		struct run	 run;

		run_open(&run, peer);
		run.request.body = bodies[i];
		run.request.exact = true;
		run.at_gate = STOP;
		assert_true(run_one(&run)->stage < HTTP_BODY);
		assert_false(run.request.answer.body_begun);
		assert_int_equal(run.gates, 1);
		run_close(&run);
		peer_stop(peer);
		/* peer_stop has waited until all that was sent was read */
	}
	(void)state;
}

static void
look_at_gate(struct peer_conn *conn)
{
	char	byte;

	if (!peer_read_head(conn))
		return;
	if (conn->early_len == 0 &&
	    (recv(conn->fd, &byte, 1, MSG_PEEK) <= 0))
		atomic_fetch_add(&conn->peer->requests, 100);
	else
		atomic_fetch_add(&conn->peer->requests, 1);
}

/* The head is out, the body is not: the server sees nothing behind it. */
static void
test_nothing_before_the_gate(void **state)
{
	struct peer	*peer = peer_start(look_at_gate, NULL);
	struct run	 run;

	(void)state;
	run_open(&run, peer);
	run.request.exact = true;
	run.at_gate = LATER;
	run.stop_at_gate = true;
	run.awaited = 1;
	http_start(run.http, &run.request);
	run_loop(&run);
	assert_int_equal(run.gates, 1);
	http_stop(&run.request);
	run_loop(&run);
	assert_int_equal(run.request.answer.stage, HTTP_HEAD);
	run_close(&run);
	peer_stop(peer);
}

static void
test_timeout_at_the_gate(void **state)
{
	for (int go = 0; go < 2; go++) {
		struct peer		*peer = peer_start(answer_all, NULL);
		struct http_options	 options = usual;
		struct run		 run;

		options.timeout_ms = 50;
		run_open_as(&run, peer, &options);
		run.request.exact = true;
		run.at_gate = LATER;
		run.stop_at_gate = true;
		run.awaited = 1;
		http_start(run.http, &run.request);
		run_loop(&run);
		assert_int_equal(run.gates, 1);
		/* curl gives up meanwhile; done waits for the answer */
		run_until_ended(&run);
		assert_int_equal(run.awaited, 1);
		if (go)
			http_go(&run.request);
		else
			http_stop(&run.request);
		run_loop(&run);
		assert_true(run.request.answer.timed_out);
		assert_false(run.request.answer.body_begun);
		assert_int_equal(run.request.answer.stage, HTTP_HEAD);
		run_close(&run);
		peer_stop(peer);
		assert_int_equal(run.gates, 1);
	}
	(void)state;
}

/* A no to the head alone: the body never leaves, and the no is the answer. */
static void
refuse_early(struct peer_conn *conn)
{
	if (peer_read_head(conn) && peer_reply(conn, "401 Unauthorized",
	    "Connection: close\r\n", "who?"))
		(void)peer_gone(conn);
}

static void
test_early_refusal(void **state)
{
	struct peer	*peer = peer_start(refuse_early, NULL);
	struct run	 run;

	(void)state;
	run_open(&run, peer);
	run.request.exact = true;
	run.at_gate = LATER;
	run.stop_at_gate = true;
	run.awaited = 1;
	http_start(run.http, &run.request);
	run_loop(&run);
	run_until_ended(&run);
	assert_int_equal(run.awaited, 1);
	http_go(&run.request);
	run_loop(&run);
	assert_int_equal(run.request.answer.stage, HTTP_REPLIED);
	assert_int_equal(run.request.answer.status, 401);
	assert_false(run.request.answer.body_begun);
	run_close(&run);
	peer_stop(peer);
}

/* --- freed at any time ------------------------------------------------------ */

static void
test_free_in_flight(void **state)
{
	struct peer	*peer = peer_start(answer_all, NULL);
	struct run	 run;

	(void)state;
	for (int step = 0; step < 3; step++) {
		run_open(&run, peer);
		run.request.exact = step > 0;
		run.at_gate = LATER;
		run.stop_at_gate = true;
		http_start(run.http, &run.request);
		if (step == 2)
			run_loop(&run);
		run_close(&run);
	}
	peer_stop(peer);
}

static void
free_in_done(void *arg, struct http_request *request)
{
	struct run	*run = arg;

	(void)request;
	http_free(&run->http);
	loop_stop(run->loop);
}

static void
test_free_in_done(void **state)
{
	struct peer		*peer = peer_start(answer_all, NULL);
	struct http_request	 other = {.method = "GET"};
	struct http_options	 options = usual;
	struct err		 err;
	struct run		 run;

	(void)state;
	run_open(&run, peer);
	http_free(&run.http);
	options.gate = on_gate;
	options.done = free_in_done;
	options.arg = &run;
	assert_true(http_new(run.loop, &options, &run.http, &err));
	other.url = run.url;
	http_start(run.http, &run.request);
	http_start(run.http, &other);
	run_loop(&run);
	assert_null(run.http);
	http_request_fini(&other);
	run_close(&run);
	peer_stop(peer);
}

/* --- answers that are none -------------------------------------------------- */

static void
say(struct peer_conn *conn)
{
	if (peer_read(conn))
		(void)peer_say(conn, conn->peer->arg);
}

static void
flood(struct peer_conn *conn, const char *head, const char *piece)
{
	if (!peer_read(conn) || !peer_say(conn, head))
		return;
	for (int i = 0; i < 100000 && peer_say(conn, piece); i++)
		;
}

static void
flood_headers(struct peer_conn *conn)
{
	flood(conn, "HTTP/1.1 200 OK\r\n", "X-More: and more\r\n");
}

static void
flood_continue(struct peer_conn *conn)
{
	flood(conn, "", "HTTP/1.1 100 Continue\r\n\r\n");
}

static void
flood_body(struct peer_conn *conn)
{
	flood(conn, "HTTP/1.1 200 OK\r\n\r\n", "0123456789abcdef0123456789");
}

static void
flood_one_header(struct peer_conn *conn)
{
	flood(conn, "HTTP/1.1 200 OK\r\nX-Long: ", "0123456789abcdef0123456");
}

static void
never(struct peer_conn *conn)
{
	if (peer_read(conn))
		(void)peer_gone(conn);
}

static void
stall_in_head(struct peer_conn *conn)
{
	if (peer_read(conn) && peer_say(conn, "HTTP/1.1 200 OK\r\nX-"))
		(void)peer_gone(conn);
}

static void
reset_behind_body(struct peer_conn *conn)
{
	(void)peer_read(conn);
	peer_reset(conn);
}

static void
reset_in_reply(struct peer_conn *conn)
{
	if (peer_read(conn))
		(void)peer_say(conn, "HTTP/1.1 200 OK\r\nContent-Length: 99"
		    "\r\n\r\n{");
	peer_reset(conn);
}

/* Deflate with one code: length 258, distance 1; a byte first. */
static void
bomb(struct peer_conn *conn)
{
	static const char	head[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03";
	unsigned char		bytes[4096] = {0};
	size_t			bit = 0;
	/* last block, fixed codes, literal 0, then matches; low bit first */
	static const char	start[] = "110" "00110000";
	static const char	match[] = "11000101" "00000";

	for (const char *p = start; *p != '\0'; p++, bit++)
		bytes[bit / 8] |= (unsigned char)((*p == '1') << bit % 8);
	while (bit + 13 < sizeof(bytes) * 8) {
		for (const char *p = match; *p != '\0'; p++, bit++)
			bytes[bit / 8] |=
			    (unsigned char)((*p == '1') << bit % 8);
	}
	if (peer_read(conn) && peer_say(conn, conn->peer->arg) &&
	    peer_write(conn, head, 10))
		(void)peer_write(conn, (const char *)bytes, sizeof(bytes));
}

static const struct bad_answer {
	const char	*name;
	peer_script_fn	*script;
	const char	*text;
	int		 status;
} bad_answers[] = {
	{"nothing", never, NULL, 0},
	{"half a head", stall_in_head, NULL, 200},
	{"closed", say, "", 0},
	{"reset", reset_behind_body, NULL, 0},
	{"reset in the reply", reset_in_reply, NULL, 200},
	{"no HTTP", say, "OK: 12\n", 0},
	{"HTTP/0.9", say, "<html>hello</html>", 0},
	{"only 100", say, "HTTP/1.1 100 Continue\r\n\r\n", 0},
	{"status of letters", say, "HTTP/1.1 abc\r\n\r\n", 0},
	{"truncated", say, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}",
	    200},
	{"bad chunk", say, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
	    "\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 200},
	{"chunks without end", say, "HTTP/1.1 200 OK\r\nTransfer-Encoding:"
	    " chunked\r\n\r\n2\r\n{}\r\n", 200},
	{"negative length", say, "HTTP/1.1 200 OK\r\nContent-Length: -5"
	    "\r\n\r\n{}", 200},
	{"headers without end", flood_headers, NULL, 200},
	{"a header without end", flood_one_header, NULL, 200},
	{"100 for ever", flood_continue, NULL, 0},
	{"2 MB", flood_body, NULL, 200},
	{"a bomb in the transfer", bomb, "HTTP/1.1 200 OK\r\n"
	    "Transfer-Encoding: gzip\r\n\r\n", 200},
};

static void
test_bad_answers(void **state)
{
	struct http_options	 options = usual;
	int			 wrong = 0;

	(void)state;
	options.timeout_ms = 1000;
	for (size_t i = 0; i < TEST_COUNT(bad_answers); i++) {
		const struct bad_answer	*bad = &bad_answers[i];
		struct peer		*peer = peer_start(bad->script, NULL);
		const struct http_answer *answer;
		struct run		 run;

		peer->arg = bad->text;
		run_open_as(&run, peer, &options);
		answer = run_one(&run);
		if (answer->stage != HTTP_BODY || !answer->body_begun ||
		    answer->status != bad->status || answer->curl_code == 0 ||
		    answer->error[0] == '\0' || peer->requests != 1 ||
		    answer->body.len > HTTP_REPLY_MAX ||
		    answer->head.len > HTTP_HEAD_MAX) {
			print_message("# %s: %s, status %d, code %d, %s, %d"
			    " requests\n", bad->name,
			    http_stage_names[answer->stage], answer->status,
			    answer->curl_code, answer->error, peer->requests);
			wrong++;
		}
		run_close(&run);
		peer_stop(peer);
	}
	assert_int_equal(wrong, 0);
}

static void
nul_in_reply(struct peer_conn *conn)
{
	static const char	reply[] = "HTTP/1.1 200 OK\r\nContent-Length:"
	    " 4\r\nX-N: a\0b\r\n\r\na\0b\0";

	if (peer_read(conn))
		(void)peer_write(conn, reply, sizeof(reply) - 1);
}

static void
test_nul(void **state)
{
	struct peer		*peer = peer_start(nul_in_reply, NULL);
	const struct http_answer *answer;
	struct run		 run;

	(void)state;
	run_open(&run, peer);
	answer = run_one(&run);
	/* curl refuses NUL in a header; either way the reply is not read on */
	if (answer->stage == HTTP_REPLIED)
		assert_int_equal(answer->body.len, 4);
	else
		assert_int_equal(answer->stage, HTTP_BODY);
	run_close(&run);
	peer_stop(peer);
}

static void
test_compressed(void **state)
{
	struct peer		*peer = peer_start(bomb, NULL);
	const struct http_answer *answer;
	struct run		 run;

	(void)state;
	peer->arg = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
	    "Content-Length: 4106\r\n\r\n";
	run_open(&run, peer);
	answer = run_one(&run);
	assert_int_equal(answer->stage, HTTP_REPLIED);
	assert_true(answer->encoded);
	assert_int_equal(answer->body.len, 4106);
	assert_null(strcasestr(peer->head, "Accept-Encoding"));
	run_close(&run);
	peer_stop(peer);
}

/* --- never out -------------------------------------------------------------- */

static void
reset_at_accept(struct peer_conn *conn)
{
	peer_reset(conn);
}

static void
reset_at_head(struct peer_conn *conn)
{
	(void)peer_read_head(conn);
	peer_reset(conn);
}

static void
test_reset_before_the_body(void **state)
{
	static peer_script_fn *const	scripts[] = {reset_at_accept,
	    reset_at_head};

	for (size_t i = 0; i < TEST_COUNT(scripts); i++) {
		struct peer	*peer = peer_start(scripts[i], NULL);
		struct run	 run;

		run_open(&run, peer);
		run.request.exact = true;
		run.at_gate = LATER;
		run.stop_at_gate = true;
		run.awaited = 1;
		http_start(run.http, &run.request);
		run.stop_at_gate = false;
		run_until_ended(&run);
		if (run.awaited == 1 && run.gates == 1) {
			http_go(&run.request);
			run_loop(&run);
		} else if (run.awaited == 1)
			run_loop(&run);
		assert_int_equal(run.awaited, 0);
		/* a reset at once may still be a connection that failed */
		assert_true(run.request.answer.stage == HTTP_HEAD ||
		    (i == 0 && run.request.answer.stage == HTTP_CONNECT));
		assert_false(run.request.answer.body_begun);
		run_close(&run);
		peer_stop(peer);
	}
	(void)state;
}

static const struct unreachable {
	const char	*url;
	enum http_stage	 stage;
} unreachables[] = {
	{"http://127.0.0.1:1/", HTTP_CONNECT},
	{"http://nobody.invalid/", HTTP_RESOLVE},
	{"http://192.0.2.1/", HTTP_CONNECT},	/* plain, beyond loopback */
	{"ftp://127.0.0.1/", HTTP_NONE},
	{"file:///etc/passwd", HTTP_NONE},
	{"http://127.0.0.1:99999/", HTTP_NONE},
	{"http:///", HTTP_NONE},
	{"", HTTP_NONE},
};

static void
test_unreachable(void **state)
{
	struct http_options	options = usual;
	int			wrong = 0;

	(void)state;
	options.connect_ms = 2000;
	for (size_t i = 0; i < TEST_COUNT(unreachables); i++) {
		const struct http_answer *answer;
		struct run		 run;

		run_open_as(&run, NULL, &options);
		run.request.url = unreachables[i].url;
		answer = run_one(&run);
		if (answer->stage != unreachables[i].stage ||
		    answer->body_begun || answer->error[0] == '\0' ||
		    (answer->timed_out && answer->stage == HTTP_CONNECT)) {
			print_message("# %s: %s, code %d, %s\n",
			    unreachables[i].url,
			    http_stage_names[answer->stage],
			    answer->curl_code, answer->error);
			wrong++;
		}
		run_close(&run);
	}
	assert_int_equal(wrong, 0);
}

/* A name that says loopback may have another address: it decides. */
static void
test_plain(void **state)
{
	struct run	run;

	(void)state;
	run_open(&run, NULL);
	run.request.url = "http://192.0.2.1/";
	assert_non_null(strstr(run_one(&run)->error, "leaves this machine"));
	run_close(&run);
}

static void
check_tls(const char *name, bool trusted, enum http_stage stage)
{
	struct peer		*peer = peer_start(answer_all, name);
	struct http_options	 options = usual;
	const struct http_answer *answer;
	struct run		 run;

	if (trusted)
		options.ca_file = peer->ca_path;
	run_open_as(&run, peer, &options);
	run.request.exact = true;
	answer = run_one(&run);
	assert_int_equal(answer->stage, stage);
	assert_int_equal(run.gates, stage == HTTP_REPLIED);
	assert_int_equal(peer->requests, stage == HTTP_REPLIED);
	run_close(&run);
	peer_stop(peer);
}

static void
test_tls(void **state)
{
	(void)state;
	check_tls("127.0.0.1", true, HTTP_REPLIED);
	check_tls("127.0.0.1", false, HTTP_TLS);	/* nobody we trust */
	check_tls("example.org", true, HTTP_TLS);	/* another's name */
}

static void
no_tls(struct peer_conn *conn)
{
	(void)peer_say(conn, "HTTP/1.1 400 Bad Request\r\n\r\n");
	(void)peer_gone(conn);
}

static void
test_tls_to_plain(void **state)
{
	struct peer	*peer = peer_start(no_tls, NULL);
	struct run	 run;

	(void)state;
	run_open(&run, peer);
	(void)snprintf(run.url, sizeof(run.url), "https://127.0.0.1:%d/",
	    peer->port);
	assert_int_equal(run_one(&run)->stage, HTTP_TLS);
	run_close(&run);
	peer_stop(peer);
}

static void
test_no_ca_file(void **state)
{
	struct http_options	 options = usual;
	struct http		*http = NULL;
	struct loop		*loop;
	struct clock		 clock;
	struct err		 err;

	(void)state;
	clock_init_real(&clock);
	assert_true(loop_new(&clock, &loop, &err));
	options.ca_file = "/nonexistent/ca.pem";
	assert_false(http_new(loop, &options, &http, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, "/nonexistent/ca.pem"));
	assert_null(http);
	loop_free(&loop);
}

/* --- words ------------------------------------------------------------------ */

static const struct retry_after {
	struct str	text;
	int64_t		seconds;
} retries[] = {
	{STR("120"), 120},
	{STR("0"), 0},
	{STR(""), 0},
	{STR("1000000000"), 1000000000},
	{STR("99999999999999999999999"), 1000000000},
	{STR("-5"), 0},
	{STR("+5"), 0},
	{STR("5 minutes"), 0},
	{STR("soon"), 0},
	{STR("1.5"), 0},
	{STR("Wed, 21 Oct 2015 07:28:00 GMT"), 100},
	{STR("Wed, 21 Oct 2015 07:26:00 GMT"), 0},
	{STR("Wed, 99 Oct 2015 07:28:00 GMT"), 0},
	{STR("12\0 0"), 0},
};

static void
test_retry_after(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(retries); i++)
		assert_int_equal(http_retry_after(retries[i].text,
		    1445412380), retries[i].seconds);
}

static void
test_retry_after_by_their_clock(void **state)
{
	struct peer	*peer = peer_start(say, NULL);
	struct run	 run;

	(void)state;
	peer->arg = "HTTP/1.1 429 Slow\r\nDate: Wed, 21 Oct 2015 07:28:00 GMT"
	    "\r\nRetry-After: Wed, 21 Oct 2015 07:29:00 GMT\r\n"
	    "Content-Length: 0\r\n\r\n";
	run_open(&run, peer);
	assert_int_equal(run_one(&run)->retry_after_s, 60);
	assert_int_equal(run.request.answer.status, 429);
	run_close(&run);
	peer_stop(peer);
}

static void
test_loopback(void **state)
{
	(void)state;
	assert_true(http_is_loopback("http://127.0.0.1:80/x"));
	assert_true(http_is_loopback("http://127.9.0.1/"));
	assert_true(http_is_loopback("http://[::1]:8/"));
	assert_true(http_is_loopback("http://LOCALHOST/"));
	assert_false(http_is_loopback("http://localhost.example/"));
	assert_false(http_is_loopback("http://127.0.0.1.example/"));
	assert_false(http_is_loopback("http://127.0.0.1@example.org/"));
	assert_false(http_is_loopback("http://10.0.0.1/"));
	assert_false(http_is_loopback("nonsense"));
}

static int
setup(void **state)
{
	struct err	err;

	(void)state;
	return http_init(&err) ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_big_body),
		cmocka_unit_test(test_proxy_of_the_environment),
		cmocka_unit_test(test_reused_and_dropped),
		cmocka_unit_test(test_bare_and_dropped),
		cmocka_unit_test(test_bare_is_fresh),
		cmocka_unit_test(test_stale_at_the_gate),
		cmocka_unit_test(test_redirect),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_nothing_before_the_gate),
		cmocka_unit_test(test_timeout_at_the_gate),
		cmocka_unit_test(test_early_refusal),
		cmocka_unit_test(test_free_in_flight),
		cmocka_unit_test(test_free_in_done),
		cmocka_unit_test(test_bad_answers),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_reset_before_the_body),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_tls_to_plain),
		cmocka_unit_test(test_no_ca_file),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_retry_after_by_their_clock),
		cmocka_unit_test(test_loopback),
	};

	return cmocka_run_group_tests_name("http", tests, setup, NULL);
}
