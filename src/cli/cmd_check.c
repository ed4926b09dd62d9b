/* SPDX-License-Identifier: ISC */
/* dunlin check: everything that can be known to be wrong before it is used. */
#include "cli/commands.h"

#include "base/json.h"

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
	struct check	check = {.cli = cli};
	struct err	err;

	(void)options;
	(void)argc;
	(void)argv;
	if (!setup_path(cli->conf_path, &cli->conf_path, &err))
		return cli_fail(cli, &err);
	/* Where there are findings, err only counts them. */
	if (!check_config(&check, &err) && check.errors == 0)
		return cli_fail(cli, &err);
	if (cli->setup != NULL && !check_templates(&check, &err)) {
		(void)cli_flush(cli);
		return cli_fail(cli, &err);
	}
	summarize(&check);
	return check.errors > 0 ? CLI_PROBLEMS : CLI_DONE;
}

const struct cli_command	cmd_check = {
	.name = "check",
	.arguments = "",
	.summary = "Check config, policies, calendars and templates",
	.help = "Each finding is `file:line:column: text`.  The exit status is"
	    " 1 when there are errors;\nwarnings alone leave it 0.  Nothing is"
	    " changed and the store is not opened.",
	.need = CLI_NEEDS_NOTHING,
	.run = run,
};
