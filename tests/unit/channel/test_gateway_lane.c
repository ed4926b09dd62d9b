/* SPDX-License-Identifier: ISC */
/* A gateway's lane against a server on loopback. */
#include "channel/lane.h"

#include "http/http.h"
#include "support/peer.h"
#include "support/test.h"
#include "unit/channel/gateway_fixture.h"

#define SENDS_MAX	64

struct world {
	struct clock			 clock;
	struct loop			*loop;
	struct loop_timer		 watchdog;
	struct gateway_fixture		 fixture;
	struct channel_lane_hooks	 hooks;
	struct channel_lane		*lane;
	struct channel_send		 sends[SENDS_MAX];
	int				 gates;
	int				 awaited;
	bool				 stops;
	bool				 closes_in_done;
};

static void
on_watchdog(struct loop_timer *timer)
{
	(void)timer;
	fail_msg("nothing came back");
}

static void
on_gate(void *arg, struct channel_send *send)
{
	struct world	*world = arg;

	world->gates++;
	if (world->stops)
		channel_lane_stop(send);
	else
		channel_lane_go(send);
}

static void
on_done(void *arg, struct channel_send *send)
{
	struct world	*world = arg;

	(void)send;
	if (world->closes_in_done)
		channel_lane_close(&world->lane);
	if (--world->awaited == 0 || world->closes_in_done)
		loop_stop(world->loop);
}

static void
world_open(struct world *world, const struct peer *peer, const char *more)
{
	struct buf	findings = BUF_INIT;
	char		stanza[1000];
	struct err	err;

	*world = (struct world){.watchdog.fn = on_watchdog};
	world->hooks = (struct channel_lane_hooks){on_gate, on_done, world};
	clock_init_real(&world->clock);
	assert_true(loop_new(&world->clock, &world->loop, &err));
	(void)snprintf(stanza, sizeof(stanza), "base = \"generic\"; auth = {"
	    " secret = \"SECRET\"; }; request = { url ="
	    " \"http://127.0.0.1:%d/send\"; %s", peer->port, more);
	if (!fixture_open(&world->fixture, stanza, &findings))
		fail_msg("%s", buf_text(&findings));
	buf_fini(&findings);
	if (!channel_lane_open(world->loop, world->fixture.route,
	    &world->hooks, &world->lane, &err))
		fail_msg("%s", err.text);
}

static void
world_close(struct world *world)
{
	channel_lane_close(&world->lane);
	assert_null(world->lane);
	loop_free(&world->loop);
	fixture_close(&world->fixture);
}

static void
put(struct world *world, size_t i, bool exact)
{
	struct channel_send	*send = &world->sends[i];

	*send = (struct channel_send){.exact = exact,
		.message = {.channel = CHANNEL_SMS, .key = STR("abc.1"),
		.address = STR("+573001234567"), .bytes = STR("{\"from\":"
		"\"Acme\",\"to\":\"+573001234567\",\"text\":\"hola\"}")}};
	world->awaited++;
	channel_lane_put(world->lane, send);
}

static void
run(struct world *world)
{
	loop_timer_wire(world->loop, &world->watchdog, 20000);
	(void)loop_run(world->loop, LOOP_FOREVER);
	loop_timer_stop(&world->watchdog);
}

static void
accept_all(struct peer_conn *conn)
{
	while (peer_read(conn) && peer_reply(conn, "201 Created", "",
	    "{\"id\":\"x7\"}"))
		;
}

static void
test_accepted(void **state)
{
	struct peer	*peer = peer_start(accept_all, NULL);
	struct world	 world;

	(void)state;
	world_open(&world, peer, "};");
	assert_int_equal(channel_lane_room(world.lane), 8);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 8; i++)
			put(&world, i, i % 2 == 0);
		assert_int_equal(channel_lane_room(world.lane), 0);
		run(&world);
		assert_int_equal(channel_lane_room(world.lane), 8);
		for (size_t i = 0; i < 8; i++) {
			assert_int_equal(world.sends[i].result.outcome,
			    OUTCOME_ACCEPTED);
			assert_string_equal(
			    world.sends[i].result.provider_id, "x7");
		}
	}
	assert_int_equal(world.gates, 12);
	assert_int_equal(peer->requests, 24);
	assert_true(peer->connections <= 8);
	assert_non_null(strstr(peer->head, "Idempotency-Key: abc.1\r\n"));
	assert_non_null(strstr(peer->head, "Authorization: Bearer "
	    GATEWAY_SECRET "\r\n"));
	world_close(&world);
	peer_stop(peer);
}

static void
test_stopped(void **state)
{
	struct peer	*peer = peer_start(accept_all, NULL);
	struct world	 world;

	(void)state;
	world_open(&world, peer, "};");
	world.stops = true;
	for (size_t i = 0; i < 4; i++)
		put(&world, i, true);
	run(&world);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(world.sends[i].result.outcome,
		    OUTCOME_UNSENT);
	assert_int_equal(channel_lane_room(world.lane), 8);
	world_close(&world);
	assert_int_equal(peer->requests, 0);
	peer_stop(peer);
}

/* It cannot go: no gate, no wire, and the caller hears of it. */
static void
test_refused_here(void **state)
{
	struct peer	*peer = peer_start(accept_all, NULL);
	struct world	 world;

	(void)state;
	world_open(&world, peer, "max_text = 2; };");
	put(&world, 0, true);
	assert_int_equal(world.awaited, 1);
	run(&world);
	assert_int_equal(world.sends[0].result.outcome, OUTCOME_REFUSED);
	assert_int_equal(world.gates, 0);
	put(&world, 0, true);
	world_close(&world);		/* before it could say so */
	assert_int_equal(peer->requests, 0);
	peer_stop(peer);
}

/* Read whole and not answered: nobody knows, and it is not sent again. */
static void
read_and_close(struct peer_conn *conn)
{
	if (conn->peer->requests == 0 && peer_read(conn))
		(void)peer_reply(conn, "201 Created", "", "{\"id\":1}");
	(void)peer_read(conn);
}

static void
test_dropped(void **state)
{
	static const struct {
		const char	*more;
		bool		 again;		/* one key is taken once */
	} cases[] = {
		{"};", false},
		{"}; answer = { on_timeout = \"retry\"; };", true},
	};

	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct peer	*peer = peer_start(read_and_close, NULL);
		struct world	 world;

		world_open(&world, peer, cases[i].more);
		put(&world, 0, true);
		run(&world);
		assert_int_equal(world.sends[0].result.outcome,
		    OUTCOME_ACCEPTED);
		put(&world, 0, true);
		run(&world);
		assert_int_equal(peer->requests, 2);
		assert_int_equal(world.sends[0].result.outcome,
		    OUTCOME_IN_DOUBT);
		assert_int_equal(world.sends[0].result.same_bytes,
		    cases[i].again);
		world_close(&world);
		peer_stop(peer);
	}
	(void)state;
}

static void
say(struct peer_conn *conn)
{
	if (peer_read(conn))
		(void)peer_say(conn, conn->peer->arg);
}

#define SAYS(status, headers, body) \
	"HTTP/1.1 " status "\r\nConnection: close\r\n" headers "\r\n" body

static const struct said {
	const char	*text;
	enum outcome	 outcome;
	int64_t		 wait_ms;	/* -1: any */
} said[] = {
	{SAYS("429 Slow", "Retry-After: 30\r\n", ""), OUTCOME_DEFERRED,
	    30000},
	{SAYS("429 Slow", "Retry-After: 1000000000\r\n", ""),
	    OUTCOME_DEFERRED, 6 * 3600 * 1000},
	{SAYS("429 Slow", "Retry-After: soon\r\n", ""), OUTCOME_DEFERRED, -1},
	{SAYS("429 Slow", "Date: Wed, 21 Oct 2015 07:28:00 GMT\r\n"
	    "Retry-After: Wed, 21 Oct 2015 07:29:00 GMT\r\n", ""),
	    OUTCOME_DEFERRED, 60000},
	{SAYS("503 Busy", "", ""), OUTCOME_IN_DOUBT, -1},
	{SAYS("500 Oops", "", "<html>"), OUTCOME_IN_DOUBT, -1},
	{SAYS("409 Again", "", ""), OUTCOME_DEFERRED, -1},
	{SAYS("307 There", "Location: /send\r\n", ""), OUTCOME_DEFERRED, -1},
	{SAYS("401 Who", "", "who?"), OUTCOME_DEFERRED, -1},
	{SAYS("200 OK", "", "{\"id\":\"a\"}"), OUTCOME_ACCEPTED, 0},
	{SAYS("200 OK", "Content-Length: 100\r\n", "{\"id\""),
	    OUTCOME_IN_DOUBT, -1},
};

static void
test_said(void **state)
{
	int	wrong = 0;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(said); i++) {
		struct peer		*peer = peer_start(say, NULL);
		struct channel_result	*got;
		struct world		 world;

		peer->arg = said[i].text;
		world_open(&world, peer, "};");
		put(&world, 0, i % 2 == 0);
		run(&world);
		got = &world.sends[0].result;
		if (got->outcome != said[i].outcome || peer->requests != 1 ||
		    (said[i].wait_ms >= 0 && got->wait_ms !=
		    said[i].wait_ms)) {
			print_message("# %.30s: %s, wait %lld, %d requests\n",
			    said[i].text, outcome_names[got->outcome],
			    (long long)got->wait_ms, peer->requests);
			wrong++;
		}
		world_close(&world);
		peer_stop(peer);
	}
	assert_int_equal(wrong, 0);
}

static void
test_nobody_there(void **state)
{
	struct peer	 nobody = {.port = 1};
	struct world	 world;

	(void)state;
	world_open(&world, &nobody, "};");
	put(&world, 0, true);
	run(&world);
	assert_int_equal(world.sends[0].result.outcome, OUTCOME_DEFERRED);
	assert_true(world.sends[0].result.is_site);
	assert_int_equal(world.gates, 0);
	world_close(&world);
}

static void
test_closed_in_done(void **state)
{
	struct peer	*peer = peer_start(accept_all, NULL);
	struct world	 world;

	(void)state;
	world_open(&world, peer, "};");
	world.closes_in_done = true;
	for (size_t i = 0; i < 8; i++)
		put(&world, i, true);
	run(&world);
	assert_null(world.lane);
	world_close(&world);
	peer_stop(peer);
}

static void
test_no_secret(void **state)
{
	struct peer		 nobody = {.port = 1};
	struct channel_lane	*lane = NULL;
	struct world		 world;
	struct err		 err;

	(void)state;
	world_open(&world, &nobody, "};");
	assert_int_equal(remove(world.fixture.secret), 0);
	assert_false(channel_lane_open(world.loop, world.fixture.route,
	    &world.hooks, &lane, &err));
	assert_null(lane);
	assert_non_null(strstr(err.text, world.fixture.secret));
	world_close(&world);
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
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_refused_here),
		cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_said),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_closed_in_done),
		cmocka_unit_test(test_no_secret),
	};

	return cmocka_run_group_tests_name("channel/gateway_lane", tests,
	    setup, NULL);
}
