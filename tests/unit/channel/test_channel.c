/* SPDX-License-Identifier: ISC */
#include "channel/channel.h"

#include "support/test.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int
setup(void **state)
{
	char	*dir = strdup("/tmp/dunlin-outbox-XXXXXX");

	if (dir == NULL || mkdtemp(dir) == NULL)
		return -1;
	*state = dir;
	return 0;
}

static int
teardown(void **state)
{
	(void)nftw(*state, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(*state);
	return 0;
}

static size_t
files_in(const char *dir, const char *below)
{
	char		 path[512];
	DIR		*d;
	struct dirent	*entry;
	size_t		 count = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, below);
	d = opendir(path);
	assert_non_null(d);
	while ((entry = readdir(d)) != NULL)
		count += strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0;
	(void)closedir(d);
	return count;
}

static const struct channel_message	mail = {
	.channel = CHANNEL_EMAIL, .key = STR("abc.1"),
	.address = STR("ana@example.com"), .bytes = STR("To: x\r\n\r\nhi\r\n")
};
static const struct channel_message	sms = {
	.channel = CHANNEL_SMS, .key = STR("abc.2"),
	.address = STR("+573001234567"), .bytes = STR("{\"to\":\"x\"}")
};

static void
test_once(void **state)
{
	struct channel_line		*channel = NULL;
	struct channel_result	 result;
	struct err		 err;
	char			 from[512], to[512];

	assert_true(channel_open_outbox(*state, &channel, &err));
	for (int i = 0; i < 3; i++) {
		channel_send(channel, &mail, &result);
		assert_int_equal(result.outcome, OUTCOME_ACCEPTED);
		assert_string_equal(result.provider_id, "abc.1");
		channel_send(channel, &sms, &result);
		assert_int_equal(result.outcome, OUTCOME_ACCEPTED);
	}
	assert_int_equal(files_in(*state, "Maildir/new"), 1);
	assert_int_equal(files_in(*state, "Maildir/tmp"), 0);
	assert_int_equal(files_in(*state, "sms"), 1);
	/* a mail reader opens the folder; then the same key comes again */
	(void)snprintf(from, sizeof(from), "%s/Maildir/new/abc.1",
	    (char *)*state);
	(void)snprintf(to, sizeof(to), "%s/Maildir/cur/abc.1:2,S",
	    (char *)*state);
	assert_int_equal(rename(from, to), 0);
	channel_send(channel, &mail, &result);
	assert_int_equal(result.outcome, OUTCOME_ACCEPTED);
	assert_int_equal(files_in(*state, "Maildir/new"), 0);
	channel_close(&channel);
	assert_null(channel);
	channel_close(&channel);
}

/* Killed between write and rename: the part is there, the message is not. */
static void
test_killed(void **state)
{
	struct channel_line		*channel = NULL;
	struct channel_result	 result;
	struct err		 err;
	char			 path[512], text[64] = "";
	FILE			*fp;

	assert_true(channel_open_outbox(*state, &channel, &err));
	(void)snprintf(path, sizeof(path), "%s/Maildir/tmp/abc.1",
	    (char *)*state);
	fp = fopen(path, "we");
	assert_non_null(fp);
	(void)fputs("half of a message that is longer than the next one", fp);
	(void)fclose(fp);
	channel_send(channel, &mail, &result);
	assert_int_equal(result.outcome, OUTCOME_ACCEPTED);
	assert_int_equal(files_in(*state, "Maildir/tmp"), 0);
	(void)snprintf(path, sizeof(path), "%s/Maildir/new/abc.1",
	    (char *)*state);
	fp = fopen(path, "re");
	assert_non_null(fp);
	assert_int_equal(fread(text, 1, sizeof(text), fp), mail.bytes.len);
	assert_memory_equal(text, mail.bytes.p, mail.bytes.len);
	(void)fclose(fp);
	channel_close(&channel);
}

/* Out of room half way: deferred, and nothing is left behind. */
static void
test_full(void **state)
{
	struct channel_message	big = mail;
	struct channel_line		*channel = NULL;
	struct channel_result	 result;
	struct err		 err;
	struct rlimit		 limit = {100, 100};
	char			 text[1000];
	int			 status;
	pid_t			 child;

	memset(text, 'x', sizeof(text));
	big.bytes = (struct str){text, sizeof(text)};
	assert_true(channel_open_outbox(*state, &channel, &err));
	child = fork();
	if (child == 0) {
		(void)signal(SIGXFSZ, SIG_IGN);
		(void)setrlimit(RLIMIT_FSIZE, &limit);
		channel_send(channel, &big, &result);
		_exit(result.outcome == OUTCOME_DEFERRED &&
		    strcmp(result.code, "EFBIG") == 0 &&
		    result.wait_ms > 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(files_in(*state, "Maildir/tmp"), 0);
	assert_int_equal(files_in(*state, "Maildir/new"), 0);
	channel_close(&channel);
}

static void
test_missing(void **state)
{
	struct channel_message	odd = sms;
	struct channel_line		*channel = NULL;
	struct channel_result	 result;
	struct err		 err;
	char			 path[512];

	assert_true(channel_open_outbox(*state, &channel, &err));
	(void)snprintf(path, sizeof(path), "%s/sms", (char *)*state);
	assert_int_equal(rmdir(path), 0);
	channel_send(channel, &sms, &result);
	assert_int_equal(result.outcome, OUTCOME_DEFERRED);
	assert_string_equal(result.code, "ENOENT");
	odd.key = STR("../../etc/x");
	channel_send(channel, &odd, &result);
	assert_int_equal(result.outcome, OUTCOME_REFUSED);
	odd.key = STR("");
	channel_send(channel, &odd, &result);
	assert_int_equal(result.outcome, OUTCOME_REFUSED);
	channel_close(&channel);
	(void)snprintf(path, sizeof(path), "%s/no/such", (char *)*state);
	assert_false(channel_open_outbox(path, &channel, &err));
	assert_int_equal(err.kind, ERR_SYSTEM);
	assert_null(channel);
}

static void
test_outcomes(void **state)
{
	struct channel_result	result;

	(void)state;
	outcome_from_errno(&result, EIO, true, "syncing");
	assert_int_equal(result.outcome, OUTCOME_IN_DOUBT);
	assert_int_equal(outcome_event(result.outcome), MSG_EV_SILENCE);
	assert_int_equal(outcome_event(OUTCOME_ACCEPTED), MSG_EV_ACCEPT);
	assert_int_equal(outcome_event(OUTCOME_UNSENT), MSG_EV_UNSEND);
	outcome_accepted(&result, "250", STR("ok\r\nqueued \x1b[31m\xff"),
	    STR("id"));
	assert_string_equal(result.reply, "ok queued [31m\xef\xbf\xbd");
	assert_string_equal(outcome_names[OUTCOME_IN_DOUBT], "in-doubt");
}

static void
test_routes(void **state)
{
	static const char	text[] =
	    "routes = ( { name = \"a\"; channels = [ \"email\", \"sms\" ];"
	    " folder = \"out\"; weight = 3; },\n"
	    "{ name = \"b\"; channels = [ \"email\" ]; folder = \"b\"; } );\n";
	struct routes		 routes;
	struct conf_section	 section = {route_rows, &routes};
	struct arena		*arena = arena_new();
	struct conf		*conf = conf_new(arena);
	struct err		 err;
	size_t			 first = 0;
	char			 key[16];

	(void)state;
	assert_true(conf_rows_check(route_rows, &err));
	assert_true(conf_load_text(conf, "t.conf", STR(text), &section, 1,
	    &err));
	routes_check(conf, &routes);
	assert_int_equal(conf_error_count(conf), 0);
	assert_null(routes_pick(&routes, CHANNEL_VOICE, STR("k")));
	for (int i = 0; i < 1000; i++) {
		const struct route	*route;

		(void)snprintf(key, sizeof(key), "k%d", i);
		route = routes_pick(&routes, CHANNEL_EMAIL, str_of(key));
		assert_ptr_equal(route, routes_pick(&routes, CHANNEL_EMAIL,
		    str_of(key)));
		first += strcmp(route->name, "a") == 0;
	}
	assert_in_range(first, 700, 800);
	arena_free(&arena);
}

static void
test_bad_routes(void **state)
{
	static const char	text[] =
	    "routes = ( { name = \"a\"; channels = [ \"email\" ]; },\n"
	    "{ name = \"a\"; channels = [ \"sms\" ]; folder = \"b\"; } );\n";
	struct routes		 routes;
	struct conf_section	 section = {route_rows, &routes};
	struct arena		*arena = arena_new();
	struct conf		*conf = conf_new(arena);
	struct buf		 out = BUF_INIT;
	struct err		 err;

	(void)state;
	assert_true(conf_load_text(conf, "t.conf", STR(text), &section, 1,
	    &err));
	routes_check(conf, &routes);
	conf_print(conf, &out);
	assert_non_null(strstr(buf_text(&out), "needs a folder"));
	assert_non_null(strstr(buf_text(&out), "already a route"));
	buf_fini(&out);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test_setup_teardown(test_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_bad_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
