/* SPDX-License-Identifier: ISC */
/*
 * A mail server as a route: its settings, and a lane from open to close.
 */
#include "channel/lane.h"

#include "mail/peer.h"
#include "support/test.h"

#include <sys/stat.h>
#include <unistd.h>

/* --- settings ---------------------------------------------------------------- */

struct row {
	const char	*settings;
	const char	*says;		/* NULL: fine */
};

static const struct row	rows[] = {
	{ "host = \"relay.test\";", NULL },
	{ "host = \"relay.test\"; port = 25; sessions = 64; idle = \"1 min\";"
	  " per_connection = 500; helo = \"me.test\"; ca_file = \"ca.pem\";",
	  NULL },
	{ "host = \"localhost\"; tls = \"none\"; dot_timeout = \"5 s\";",
	  NULL },
	{ "host = \"127.1.2.3\"; tls = \"none\";", NULL },
	{ "", "needs a host" },
	{ "host = \"relay.test\"; tls = \"none\";", "is not this machine" },
	{ "host = \"localhost.test\"; tls = \"none\";", "is not this machine" },
	{ "host = \"128.0.0.1\"; tls = \"none\";", "is not this machine" },
	{ "host = \"relay.test\"; dot_timeout = \"9 min\";",
	  "makes duplicates" },
	{ "host = \"relay.test:587\";", "setting of its own" },
	{ "host = \"::1\";", "setting of its own" },
	{ "host = \"relay.test\"; helo = \"a b\";", "no host name" },
	{ "host = \"relay.test\"; user = \"ana\";", "no password_file" },
	{ "host = \"relay.test\"; password_file = \"x\";", "and no user" },
	{ "host = \"relay.test\"; sessions = 257;", "256" },
	{ "host = \"relay.test\"; tls = \"maybe\";", "maybe" },
};

static void
check_settings(const struct row *row, const char *channels, const char *says)
{
	struct routes		 routes;
	struct conf_section	 section = {route_rows, &routes};
	struct arena		*arena = arena_new();
	struct conf		*conf = conf_new(arena);
	struct buf		 out = BUF_INIT;
	struct err		 err;
	char			 text[500];

	(void)snprintf(text, sizeof(text), "routes = ( { name = \"r\"; kind ="
	    " \"smtp\"; channels = [ %s ]; %s } );\n", channels,
	    row->settings);
	if (conf_load_text(conf, "t.conf", str_of(text), &section, 1, &err))
		routes_check(conf, &routes);
	conf_print(conf, &out);
	if (says == NULL ? conf_error_count(conf) != 0 :
	    strstr(buf_text(&out), says) == NULL)
		fail_msg("%s: %s", row->settings, buf_text(&out));
	buf_fini(&out);
	arena_free(&arena);
}

static void
test_settings(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		check_settings(&rows[i], "\"email\"", rows[i].says);
	check_settings(&rows[0], "\"email\", \"sms\"",
	    "carries email, not sms");
}

/* --- a lane ------------------------------------------------------------------ */

#define N_SENDS	40

struct kit {
	struct clock			 clock;
	struct loop			*loop;
	struct peer			*peer;
	struct route			 route;
	struct channel_lane_hooks	 hooks;
	struct channel_lane		*lane;
	struct channel_send		 sends[N_SENDS];
	size_t				 n_put, n_done, n_gates;
	bool				 is_inside;
};

static bool
is_stopped(const struct kit *kit, const struct channel_send *send)
{
	return send->exact && (send - kit->sends) % 4 == 0;
}

static void
on_gate(void *arg, struct channel_send *send)
{
	struct kit	*kit = arg;

	assert_false(kit->is_inside);
	kit->n_gates++;
	kit->is_inside = true;
	if (is_stopped(kit, send))
		channel_lane_stop(send);
	else
		channel_lane_go(send);
	kit->is_inside = false;
}

static void
put_more(struct kit *kit)
{
	struct channel_send	*send;

	kit->is_inside = true;
	while (kit->n_put < N_SENDS && channel_lane_room(kit->lane) > 0) {
		send = &kit->sends[kit->n_put];
		send->message = (struct channel_message){
			.channel = CHANNEL_EMAIL,
			.key = STR("k.1"),
			.sender = STR("a@x.test"),
			.address = STR("b@x.test"),
			.bytes = STR("To: b@x.test\r\n\r\nhi\r\n")
		};
		if (kit->n_put == 1)
			send->message.address = STR("nobody");
		if (kit->n_put == 3)
			send->message.bytes = STR("To: b@x.test\n\nhi\n");
		send->exact = kit->n_put % 2 == 0;
		kit->n_put++;
		channel_lane_put(kit->lane, send);
	}
	kit->is_inside = false;
}

static void
on_done(void *arg, struct channel_send *send)
{
	struct kit	*kit = arg;

	(void)send;
	assert_false(kit->is_inside);
	if (++kit->n_done == N_SENDS)
		loop_stop(kit->loop);
	put_more(kit);
}

static struct kit *
make_kit(const struct peer_script *script)
{
	struct kit	*kit = calloc(1, sizeof(*kit));
	struct err	 err = {0};

	assert_non_null(kit);
	clock_init_real(&kit->clock);
	assert_true(loop_new(&kit->clock, &kit->loop, &err));
	kit->peer = peer_new(script);
	kit->hooks = (struct channel_lane_hooks){on_gate, on_done, kit};
	kit->route = (struct route){ .name = "relay", .kind = ROUTE_SMTP,
	    .smtp = { .host = "127.0.0.1", .tls = 1, .sessions = 4,
	    .port = peer_port(kit->peer), .per_connection = 7,
	    .idle_ms = 1000, .dot_ms = 5000 } };
	return kit;
}

static void
free_kit(struct kit *kit)
{
	channel_lane_close(&kit->lane);
	loop_free(&kit->loop);
	peer_free(kit->peer);
	free(kit);
}

static enum outcome
wanted(const struct kit *kit, size_t i)
{
	if (i == 1 || i == 3)
		return OUTCOME_REFUSED;
	return is_stopped(kit, &kit->sends[i]) ? OUTCOME_UNSENT :
	    OUTCOME_ACCEPTED;
}

static void
test_lane(void **state)
{
	struct peer_script	 script = {0};
	struct kit		*kit = make_kit(&script);
	struct err		 err = {0};
	size_t			 n_taken = 0;

	(void)state;
	assert_true(channel_lane_open(kit->loop, &kit->route, &kit->hooks,
	    &kit->lane, &err));
	assert_int_equal(channel_lane_room(kit->lane), 8);
	put_more(kit);
	assert_int_equal(channel_lane_room(kit->lane), 0);
	(void)loop_run(kit->loop, LOOP_FOREVER);
	for (size_t i = 0; i < N_SENDS; i++) {
		assert_int_equal(kit->sends[i].result.outcome, wanted(kit, i));
		if (wanted(kit, i) != OUTCOME_ACCEPTED)
			continue;
		n_taken++;
		assert_string_equal(kit->sends[i].result.code, "250 2.0.0");
		assert_non_null(strstr(kit->sends[i].result.peer,
		    "127.0.0.1:"));
	}
	assert_int_equal(kit->sends[1].result.class, OUTCOME_CLASS_ADDRESS);
	assert_int_equal(kit->sends[3].result.class, OUTCOME_CLASS_CONTENT);
	assert_int_equal(kit->n_gates, N_SENDS / 2);
	assert_int_equal(peer_taken(kit->peer), (int)n_taken);
	assert_int_equal(channel_lane_room(kit->lane), 8);
	free_kit(kit);
}

/* The password comes from its file, which only its owner may read. */
static void
test_password(void **state)
{
	struct peer_script	 script = { .mechanisms = "PLAIN" };
	struct kit		*kit = make_kit(&script);
	char			 path[] = "/tmp/dunlin-secret-XXXXXX";
	FILE			*fp = fdopen(mkstemp(path), "w");
	struct err		 err = {0};

	(void)state;
	(void)fputs("pw\n", fp);
	(void)fclose(fp);
	kit->route.smtp.user = "ana";
	kit->route.smtp.password.path = path;
	assert_int_equal(chmod(path, 0644), 0);
	assert_false(channel_lane_open(kit->loop, &kit->route, &kit->hooks,
	    &kit->lane, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, "route relay: "));
	assert_non_null(strstr(err.text, "chmod 600"));
	assert_int_equal(chmod(path, 0600), 0);
	assert_true(channel_lane_open(kit->loop, &kit->route, &kit->hooks,
	    &kit->lane, &err));
	(void)unlink(path);
	put_more(kit);
	(void)loop_run(kit->loop, LOOP_FOREVER);
	assert_true(peer_saw(kit->peer, "AUTH PLAIN AGFuYQBwdw=="));
	assert_int_equal(kit->sends[5].result.outcome, OUTCOME_ACCEPTED);
	free_kit(kit);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_lane),
		cmocka_unit_test(test_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
