/* SPDX-License-Identifier: ISC */
/* dunlin alerts: what the operator must know. */
#include "cli/commands.h"
#include "cli/staff.h"

#include "base/json.h"

struct options {
	bool	all;
	int64_t	limit;
};

static const struct cli_option	options[] = {
	{"all", CLI_FLAG, offsetof(struct options, all), NULL,
	    "list: also those that were cleared"},
	{"limit", CLI_INT, offsetof(struct options, limit), "N",
	    "list: at most so many"},
	{.name = NULL},
};

static void
put_json(struct cli *cli, const struct store_alert *alert)
{
	struct buf	*out = &cli->out;

	json_open(out, '{');
	json_key(out, "alert");
	json_text(out, alert->dedup);
	json_key(out, "kind");
	json_text(out, alert->kind);
	json_key(out, "about");
	json_text(out, alert->about);
	json_key(out, "first");
	json_text(out, staff_instant(cli, "", alert->first_ms));
	json_key(out, "last");
	json_text(out, staff_instant(cli, "", alert->last_ms));
	json_key(out, "count");
	json_int(out, alert->count);
	json_key(out, "cleared");
	json_text(out, alert->cleared_ms == TIME_NONE ? NULL :
	    staff_instant(cli, "", alert->cleared_ms));
	json_close(out, '}');
	buf_addc(out, '\n');
}

static void
put_table(struct cli *cli, const struct store_alerts *alerts)
{
	struct cli_table	table = {.columns = 4, .right = 1 << 2};

	if (alerts->count == 0) {
		buf_adds(&cli->out, "no alerts\n");
		return;
	}
	cli_cell(cli, &table, "ALERT");
	cli_cell(cli, &table, "LAST");
	cli_cell(cli, &table, "TIMES");
	cli_cell(cli, &table, "ABOUT");
	for (size_t i = 0; i < alerts->count; i++) {
		const struct store_alert	*alert = &alerts->items[i];

		cli_cell(cli, &table, "%s", alert->dedup);
		cli_cell(cli, &table, "%s%s", staff_instant(cli, "",
		    alert->last_ms), alert->cleared_ms == TIME_NONE ? "" :
		    " (cleared)");
		cli_cell(cli, &table, "%lld", (long long)alert->count);
		cli_cell(cli, &table, "%s", alert->about);
	}
	cli_table_print(cli, &table);
}

static int
list(struct cli *cli, const struct options *o)
{
	struct store_alerts	alerts;
	struct err		err;

	if (!store_alerts(cli->store, o->all, o->limit > 0 ?
	    (size_t)o->limit : 0, cli->arena, &alerts, &err))
		return cli_fail(cli, &err);
	if (!cli->json)
		put_table(cli, &alerts);
	for (size_t i = 0; cli->json && i < alerts.count; i++)
		put_json(cli, &alerts.items[i]);
	return CLI_DONE;
}

static int
clear(struct cli *cli, const char *dedup)
{
	struct store_act	act;
	struct err		err;
	bool			was;

	if (!staff_act(cli, RIGHT_RELEASE, "", &act, &err) ||
	    !store_alert_clear(cli->store, dedup, cli->now_ms, &was, &err))
		return cli_fail(cli, &err);
	if (!was) {
		(void)err_set(&err, ERR_INPUT, "no alert \"%s\" stands;"
		    " `dunlin alerts list` shows those that do", dedup);
		return cli_fail(cli, &err);
	}
	buf_adds(&cli->out, cli->json ? "{\"cleared\":true}\n" : "cleared\n");
	return CLI_DONE;
}

static int
run(struct cli *cli, const void *given, int argc, char **argv)
{
	if (argc == 0 || (argc == 1 && strcmp(argv[0], "list") == 0))
		return list(cli, given);
	if (argc == 2 && strcmp(argv[0], "clear") == 0)
		return clear(cli, argv[1]);
	return cli_usage(cli, "write alerts list or alerts clear ALERT");
}

const struct cli_command	cmd_alerts = {
	.name = "alerts",
	.arguments = "[list | clear ALERT]",
	.summary = "Look at what the operator must know, and clear it",
	.options = options,
	.options_size = sizeof(struct options),
	.max_args = 2,
	.need = CLI_NEEDS_READER,
	.run = run,
};
