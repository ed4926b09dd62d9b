/* SPDX-License-Identifier: ISC */
/* dunlin send-test: one harmless message through a route, to see it work. */
#include "channel/gateway.h"
#include "channel/lane.h"
#include "cli/cli_routes.h"
#include "cli/commands.h"

#include "base/json.h"
#include "base/utf8.h"
#include "loop/loop.h"
#include "mail/mail.h"
#include "model/phone.h"

#include <inttypes.h>

struct test_options {
	const char	*channel;
	const char	*creditor;
	const char	*template;
};

struct test {
	struct cli			*cli;
	const struct test_options	*options;
	const struct route		*route;
	enum channel			 channel;
	const struct creditor		*creditor;
	const char			*address;
	const char			*key;
	struct clock			 clock;
	struct loop			*loop;
	struct channel_lane_hooks	 hooks;
	struct channel_lane		*lane;
	struct channel_send		 send;
	int64_t				 took_ms;
	bool				 done;
};

/* --- what is sent --------------------------------------------------------------- */

static bool
pick_channel(struct test *test, struct err *err)
{
	const char	*wanted = test->options->channel;

	if (wanted == NULL) {
		test->channel = (enum channel)test->route->channels.items[0];
		return true;
	}
	for (int i = 0; i < CHANNEL_COUNT; i++) {
		if (strcmp(channel_names[i], wanted) == 0 &&
		    route_has_channel(test->route, (enum channel)i)) {
			test->channel = (enum channel)i;
			return true;
		}
	}
	return err_set(err, ERR_INPUT, "route %s does not carry \"%.40s\"",
	    test->route->name, wanted);
}

static bool
pick_creditor(struct test *test, struct err *err)
{
	const struct creditors	*creditors = &test->cli->setup->creditors;

	if (test->options->creditor == NULL)
		test->creditor = creditors_at(creditors, 0);
	else
		test->creditor = creditors_find(creditors,
		    test->options->creditor);
	if (test->creditor != NULL)
		return true;
	return err_set(err, ERR_INPUT, "there is no creditor%s%.60s",
	    test->options->creditor == NULL ? "" : " ",
	    test->options->creditor == NULL ? "" : test->options->creditor);
}

static bool
check_address(struct test *test, const char *address, struct err *err)
{
	struct buf	number = BUF_INIT;
	bool		ok;

	if (test->channel == CHANNEL_EMAIL) {
		test->address = address;
		return mail_address_check(str_of(address), err);
	}
	ok = phone_parse(str_of(address), test->creditor->country, false,
	    &number, err);
	if (ok)
		test->address = arena_strdup(test->cli->arena,
		    buf_text(&number));
	buf_fini(&number);
	return ok && test->address == NULL ? err_nomem(err) : ok;
}

/* Twice in one millisecond is nothing that a person does. */
static bool
make_key(struct test *test, struct err *err)
{
	test->key = arena_printf(test->cli->arena, "test-%" PRId64 ".1",
	    clock_now(&test->clock));
	return test->key != NULL ? true : err_nomem(err);
}

static const char *
say(struct test *test)
{
	return arena_printf(test->cli->arena, "This is a test of the route"
	    " \"%s\" of %s. It asks for nothing; please ignore it.",
	    test->route->name, test->creditor->name);
}

static bool
make_mail(struct test *test, const char *text, struct buf *out,
    struct err *err)
{
	static const struct mail_header	headers[] = {
		{"Auto-Submitted", STR("auto-generated")}};
	const char			*from = test->creditor->email_from;
	const char			*at = from == NULL ? NULL :
					    strrchr(from, '@');
	const char			*id, *subject;

	if (at == NULL)
		return err_set(err, ERR_INPUT, "creditor %s has no email_from"
		    " to send from", test->creditor->ref);
	id = arena_printf(test->cli->arena, "%s%s", test->key, at);
	subject = arena_printf(test->cli->arena, "Test of the route %s",
	    test->route->name);
	if (id == NULL || subject == NULL)
		return err_nomem(err);
	return mail_write(&(struct mail){.date_ms = clock_now(&test->clock),
	    .from = {str_of(test->creditor->name), str_of(from)},
	    .to = {STR(""), str_of(test->address)}, .message_id = str_of(id),
	    .subject = str_of(subject), .language = STR("en"),
	    .headers = headers, .header_count = 1, .text = str_of(text)}, out,
	    err);
}

static bool
make(struct test *test, struct buf *bytes, struct err *err)
{
	const char	*text;

	if (!make_key(test, err))
		return false;
	if ((text = say(test)) == NULL)
		return err_nomem(err);
	if (test->channel != CHANNEL_EMAIL)
		cli_sample_object(&(struct cli_sample){test->channel,
		    test->creditor, test->key, test->address, text,
		    test->options->template}, bytes);
	else if (!make_mail(test, text, bytes, err))
		return false;
	test->send.message = (struct channel_message){
	    .channel = test->channel, .key = str_of(test->key),
	    .sender = str_of(test->channel == CHANNEL_EMAIL ?
	    test->creditor->email_from : ""),
	    .address = str_of(test->address), .bytes = buf_str(bytes)};
	return buf_check(bytes, err);
}

/* --- the wire -------------------------------------------------------------------- */

static void
on_gate(void *arg, struct channel_send *send)
{
	(void)arg;
	channel_lane_go(send);
}

static void
on_done(void *arg, struct channel_send *send)
{
	struct test	*test = arg;

	(void)send;
	test->done = true;
	loop_stop(test->loop);
}

/* On a thread of the lane: one whole line at once, to where nobody parses. */
static void
on_trace(void *arg, bool is_ours, struct str line)
{
	struct buf	text = BUF_INIT;

	(void)arg;
	buf_adds(&text, is_ours ? "> " : "< ");
	utf8_clean(&text, line, false);
	buf_addc(&text, '\n');
	(void)fputs(buf_text(&text), stderr);
	buf_fini(&text);
}

/* What a gateway is asked, line by line; HTTP below it is curl's. */
static bool
show_request(struct test *test, struct err *err)
{
	struct buf	text = BUF_INIT;
	struct str	rest;
	const char	*end;
	bool		ok;

	ok = gateway_show(test->route->gateway.whole, &test->send.message,
	    &text, err);
	rest = buf_str(&text);
	while (ok && rest.len > 0 &&
	    (end = memchr(rest.p, '\n', rest.len)) != NULL) {
		on_trace(NULL, true, (struct str){rest.p,
		    (size_t)(end - rest.p)});
		rest.len -= (size_t)(end - rest.p) + 1;
		rest.p = end + 1;
	}
	buf_fini(&text);
	return ok;
}

static bool
send_it(struct test *test, struct err *err)
{
	static const struct channel_trace	trace = {on_trace, NULL};
	const int64_t				since_ms =
						    clock_monotonic_ms();

	if (test->route->kind == ROUTE_GATEWAY && !show_request(test, err))
		return false;
	if (!channel_init(err) || !loop_new(&test->clock, &test->loop, err))
		return false;
	test->hooks = (struct channel_lane_hooks){on_gate, on_done, test};
	if (!channel_lane_open(test->loop, test->route, &test->hooks,
	    &test->lane, err))
		return false;
	channel_lane_trace(test->lane, &trace);
	channel_lane_put(test->lane, &test->send);
	while (!test->done)
		(void)loop_run(test->loop, LOOP_FOREVER);
	test->took_ms = clock_monotonic_ms() - since_ms;
	return true;
}

/* --- what came of it ------------------------------------------------------------- */

static void
put_text(struct cli *cli, const char *key, const char *value)
{
	json_key(&cli->out, key);
	json_text(&cli->out, value[0] == '\0' ? NULL : value);
}

static void
put_json(struct test *test)
{
	const struct channel_result	*result = &test->send.result;
	struct cli			*cli = test->cli;

	json_open(&cli->out, '{');
	put_text(cli, "route", test->route->name);
	put_text(cli, "channel", channel_names[test->channel]);
	put_text(cli, "outcome", outcome_names[result->outcome]);
	put_text(cli, "class", outcome_class_names[result->class]);
	put_text(cli, "code", result->code);
	put_text(cli, "reply", result->reply);
	put_text(cli, "peer", result->peer);
	put_text(cli, "provider_id", result->provider_id);
	json_key(&cli->out, "bytes");
	json_int(&cli->out, (int64_t)test->send.message.bytes.len);
	json_key(&cli->out, "ms");
	json_int(&cli->out, test->took_ms);
	json_close(&cli->out, '}');
	buf_addc(&cli->out, '\n');
}

static void
cell(struct cli *cli, struct cli_table *table, const char *name,
    const char *value)
{
	if (value[0] == '\0')
		return;
	cli_cell(cli, table, "%s", name);
	cli_cell(cli, table, "%s", value);
}

static void
print(struct test *test)
{
	const struct channel_result	*result = &test->send.result;
	struct cli_table		 table = {.columns = 2};
	struct cli			*cli = test->cli;

	cell(cli, &table, "outcome", outcome_names[result->outcome]);
	cell(cli, &table, "because of", outcome_class_names[result->class]);
	cell(cli, &table, "code", result->code);
	cell(cli, &table, "they said", result->reply);
	cell(cli, &table, "they are", result->peer);
	cell(cli, &table, "their number", result->provider_id);
	cli_cell(cli, &table, "message");
	cli_cell(cli, &table, "%s, %zu bytes, %" PRId64 " ms", test->key,
	    test->send.message.bytes.len, test->took_ms);
	cli_table_print(cli, &table);
}

static int
run(struct cli *cli, const void *options, int argc, char **argv)
{
	struct test	test = {.cli = cli, .options = options};
	struct buf	bytes = BUF_INIT;
	struct err	err;
	bool		ok;

	(void)argc;
	clock_init_real(&test.clock);
	ok = cli_routes_find(cli, argv[0], &test.route, &err) &&
	    pick_channel(&test, &err) && pick_creditor(&test, &err) &&
	    check_address(&test, argv[1], &err) && make(&test, &bytes, &err) &&
	    send_it(&test, &err);
	if (ok && cli->json)
		put_json(&test);
	else if (ok)
		print(&test);
	channel_lane_close(&test.lane);
	loop_free(&test.loop);
	buf_fini(&bytes);
	if (!ok)
		return cli_fail(cli, &err);
	return test.send.result.outcome == OUTCOME_ACCEPTED ? CLI_DONE :
	    CLI_PROBLEMS;
}

static const struct cli_option	options[] = {
	{"channel", CLI_TEXT, offsetof(struct test_options, channel),
	    "CHANNEL", "for a route of several: email, sms, whatsapp, voice or"
	    " letter"},
	{"creditor", CLI_TEXT, offsetof(struct test_options, creditor),
	    "REF", "in whose name; the first of the config otherwise"},
	{"template", CLI_TEXT, offsetof(struct test_options, template),
	    "NAME", "WhatsApp: an approved text without parameters"},
	{.name = NULL}
};

const struct cli_command	cmd_send_test = {
	.name = "send-test",
	.arguments = "ROUTE ADDRESS [--channel CHANNEL] [--creditor REF]"
	    " [--template NAME]",
	.summary = "Send one harmless message through a route and show how",
	.help = "The dialogue goes to standard error, without secrets and"
	    " without the message;\nwhat came of it to standard output.  The"
	    " status is 0 when the other side has\ntaken the message, else 1."
	    "  The message is really sent, in rehearsal too; nothing\nis"
	    " written into the store.",
	.options = options,
	.options_size = sizeof(struct test_options),
	.min_args = 2,
	.max_args = 2,
	.need = CLI_NEEDS_SETUP,
	.run = run,
};
