/* SPDX-License-Identifier: ISC */
/* dunlin check: everything that can be known to be wrong before it is used. */
#include "channel/gateway.h"
#include "cli/cli_routes.h"
#include "cli/commands.h"

#include "base/json.h"

#define SAMPLE_PHONE	"+12025550100"	/* for fiction only */
#define SAMPLE_TEXT	"Reminder: your invoice 1001 is due. \xc2\xbf""Dudas?"

struct check_options {
	bool	routes;
};

struct check {
	struct cli	*cli;
	size_t		 errors;
	size_t		 warnings;
};

static void
put_finding(struct check *check, const char *file, int line, int column,
    bool warning, const char *text)
{
	struct buf	*out = &check->cli->out;

	*(warning ? &check->warnings : &check->errors) += 1;
	if (!check->cli->json)
		return;
	json_open(out, '{');
	json_key(out, "file");
	json_text(out, file);
	json_key(out, "line");
	json_int(out, line);
	json_key(out, "column");
	json_int(out, column);
	json_key(out, "severity");
	json_text(out, warning ? "warning" : "error");
	json_key(out, "text");
	json_text(out, text);
	json_close(out, '}');
	buf_addc(out, '\n');
}

static void
on_finding(void *arg, const struct conf_finding *finding)
{
	put_finding(arg, finding->at.file, finding->at.line,
	    finding->at.column, finding->warning, finding->text);
}

/* False when the config cannot be used; what it says is put already. */
static bool
check_config(struct check *check, struct err *err)
{
	struct cli	*cli = check->cli;
	struct buf	 text = BUF_INIT;
	bool		 ok;

	ok = setup_read(cli->conf_path, on_finding, check, &cli->setup, &text,
	    err);
	if (!cli->json)
		buf_addstr(&cli->out, buf_str(&text));
	buf_fini(&text);
	return ok;
}

static bool
check_templates(struct check *check, struct err *err)
{
	struct cli		*cli = check->cli;
	struct message_findings	 findings = {.arena = cli->arena};

	if (!desk_check(cli->setup, &findings, NULL, err))
		return false;
	for (size_t i = 0; i < findings.count; i++) {
		const struct message_finding	*finding = &findings.items[i];

		put_finding(check, finding->file, finding->line,
		    finding->column, finding->warning, finding->text);
	}
	if (!cli->json)
		message_findings_print(&findings, &cli->out);
	return true;
}

/* --- routes ------------------------------------------------------------------ */

static void
show_server(struct check *check, const struct route *route,
    const struct creditor *creditor)
{
	struct buf		*out = &check->cli->out;
	const struct route_smtp	*smtp = &route->smtp;

	buf_addf(out, "route %s, email: to %s, port %lld, %s, %s%s\n"
	    "MAIL FROM:<%s>\nRCPT TO:<ana@example.com>\n\n", route->name,
	    smtp->host, (long long)smtp->port,
	    smtp->tls == 0 ? "STARTTLS, verified" : "not encrypted",
	    smtp->user == NULL ? "nobody signs in" : "signs in as ",
	    smtp->user == NULL ? "" : smtp->user,
	    creditor->email_from == NULL ? "" : creditor->email_from);
}

/* Stanzas by which WhatsApp takes approved texts alone get one. */
static void
show_request(struct check *check, const struct route *route,
    const struct creditor *creditor, enum channel channel)
{
	const struct cli_sample	sample = {channel, creditor, "sample.1",
		SAMPLE_PHONE, SAMPLE_TEXT, channel == CHANNEL_WHATSAPP ?
		"invoice_due" : NULL};
	struct buf		*out = &check->cli->out;
	struct buf		 bytes = BUF_INIT, text = BUF_INIT;
	struct err		 err;

	cli_sample_object(&sample, &bytes);
	if (gateway_show(route->gateway.whole, &(struct channel_message){
	    .channel = channel, .key = str_of(sample.key),
	    .address = str_of(sample.address), .bytes = buf_str(&bytes)},
	    &text, &err)) {
		buf_addf(out, "route %s, %s:\n%s\n", route->name,
		    channel_names[channel], buf_text(&text));
	} else {
		put_finding(check, route->pos.file, route->pos.line,
		    route->pos.column, false, err.text);
		buf_addf(out, "%s:%d:%d: route %s, %s: %s\n\n",
		    route->pos.file, route->pos.line, route->pos.column,
		    route->name, channel_names[channel], err.text);
	}
	buf_fini(&bytes);
	buf_fini(&text);
}

static void
show_route(struct check *check, const struct route *route,
    const struct creditor *creditor)
{
	if (route->kind == ROUTE_SMTP)
		show_server(check, route, creditor);
	if (route->kind == ROUTE_OUTBOX)
		buf_addf(&check->cli->out, "route %s: into the folder %s\n\n",
		    route->name, route->folder);
	if (route->kind != ROUTE_GATEWAY)
		return;
	for (size_t i = 0; i < route->channels.count; i++)
		show_request(check, route, creditor,
		    (enum channel)route->channels.items[i]);
}

/* Each route with what would be sent; nothing is connected, no secret read. */
static void
show_routes(struct check *check)
{
	const struct setup	*setup = check->cli->setup;
	const struct creditor	*creditor = creditors_at(&setup->creditors, 0);
	const struct route	*routes = setup->routes.list.items;

	if (creditor == NULL)
		return;
	for (size_t i = 0; i < setup->routes.list.count; i++)
		show_route(check, &routes[i], creditor);
}

static const char *
plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void
summarize(const struct check *check)
{
	struct cli	*cli = check->cli;
	size_t		 files = 0;

	if (cli->json)
		return;
	if (cli->setup != NULL)
		(void)conf_files(cli->setup->conf, &files);
	buf_addf(&cli->out, "%zu error%s, %zu warning%s", check->errors,
	    plural(check->errors), check->warnings, plural(check->warnings));
	if (cli->setup == NULL)
		buf_adds(&cli->out, "; templates are checked once the config"
		    " can be read");
	else
		buf_addf(&cli->out, " in %zu config file%s, %zu polic%s, %zu"
		    " creditor%s and the templates in %s", files,
		    plural(files), cli->setup->policies.list.count,
		    cli->setup->policies.list.count == 1 ? "y" : "ies",
		    cli->setup->creditors.list.count,
		    plural(cli->setup->creditors.list.count),
		    cli->setup->templates.folder);
	buf_addc(&cli->out, '\n');
}

static int
run(struct cli *cli, const void *options, int argc, char **argv)
{
	const struct check_options	*given = options;
	struct check			 check = {.cli = cli};
	struct err			 err;

	(void)argc;
	(void)argv;
	if (given->routes && cli->json)
		return cli_usage(cli, "--routes is for people; without"
		    " --json");
	if (!setup_path(cli->conf_path, &cli->conf_path, &err))
		return cli_fail(cli, &err);
	/* Where there are findings, err only counts them. */
	if (!check_config(&check, &err) && check.errors == 0)
		return cli_fail(cli, &err);
	if (cli->setup != NULL && !check_templates(&check, &err)) {
		(void)cli_flush(cli);
		return cli_fail(cli, &err);
	}
	if (cli->setup != NULL && given->routes)
		show_routes(&check);
	summarize(&check);
	return check.errors > 0 ? CLI_PROBLEMS : CLI_DONE;
}

static const struct cli_option	options[] = {
	{"routes", CLI_FLAG, offsetof(struct check_options, routes), NULL,
	    "show what each route would be asked for a sample message"},
	{.name = NULL}
};

const struct cli_command	cmd_check = {
	.name = "check",
	.arguments = "[--routes]",
	.summary = "Check config, policies, calendars and templates",
	.help = "Each finding is `file:line:column: text`.  The exit status is"
	    " 1 when there are errors;\nwarnings alone leave it 0.  Nothing is"
	    " changed and the store is not opened."
	    "  With --routes\nnothing is connected and no secret is read.",
	.options = options,
	.options_size = sizeof(struct check_options),
	.need = CLI_NEEDS_NOTHING,
	.run = run,
};
