/* SPDX-License-Identifier: ISC */
/* dunlin queue: what is on its way, and what a person may do about it. */
#include "cli/cmd_queue.h"
#include "cli/commands.h"
#include "cli/staff.h"

#include "base/json.h"

static const struct cli_option	options[] = {
	{"state", CLI_TEXT, offsetof(struct queue_options, state), "S",
	    "list: only this state (else all that are not final)"},
	{"step", CLI_TEXT, offsetof(struct queue_options, step), "S",
	    "list: only this step"},
	{"route", CLI_TEXT, offsetof(struct queue_options, route), "R",
	    "list: only this route"},
	{"channel", CLI_TEXT, offsetof(struct queue_options, channel), "C",
	    "list: only this channel"},
	{"creditor", CLI_TEXT, offsetof(struct queue_options, creditor), "X",
	    "only this creditor"},
	{"older", CLI_TEXT, offsetof(struct queue_options, older), "AGE",
	    "list: decided longer ago than 30m, 12h, 3d, or before an instant"},
	{"limit", CLI_INT, offsetof(struct queue_options, limit), "N",
	    "list: at most so many"},
	{"as", CLI_TEXT, offsetof(struct queue_options, as), "HOW",
	    "release: sent, not-sent or resend"},
	{"reason", CLI_TEXT, offsetof(struct queue_options, reason), "R",
	    "retry, release, cancel: why; it is kept"},
	{.name = NULL},
};

/* --- list ------------------------------------------------------------------------ */

/* "90m", "12h", "3d", "2w", as an age; else an instant. */
static bool
read_older(const struct cli *cli, const char *text, int64_t *out,
    struct err *err)
{
	static const struct {
		char	letter;
		int64_t	ms;
	} units[] = {{'s', SECOND_MS}, {'m', MINUTE_MS}, {'h', HOUR_MS},
	    {'d', DAY_MS}, {'w', 7 * DAY_MS}};
	size_t	digits = strspn(text, "0123456789");
	int64_t	count = 0;

	if (digits == 0 || digits > 6 || strlen(text) != digits + 1)
		return cli_instant(cli, text, false, out, err) ||
		    err_set(err, ERR_INPUT, "--older: \"%s\" is no age and no"
		    " instant; write 12h, 3d or 2026-11-21", text);
	for (size_t i = 0; i < digits; i++)
		count = count * 10 + (text[i] - '0');
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].letter == text[digits]) {
			*out = cli->now_ms - count * units[i].ms;
			return true;
		}
	}
	return err_set(err, ERR_INPUT, "--older: an age ends in s, m, h, d or"
	    " w, as in 3d");
}

static bool
read_filter(const struct cli *cli, const struct queue_options *o,
    struct store_queue_filter *out, struct err *err)
{
	*out = (struct store_queue_filter){.state = -1, .step = o->step,
	    .route = o->route, .creditor = o->creditor,
	    .channel = STORE_NO_CHANNEL, .older_ms = TIME_NEVER,
	    .limit = o->limit > 0 ? (size_t)o->limit : 0};
	if (o->state != NULL && !staff_name(message_state_names, "state",
	    o->state, &out->state, err))
		return false;
	if (o->channel != NULL && !staff_name(channel_names, "channel",
	    o->channel, &out->channel, err))
		return false;
	return o->older == NULL ||
	    read_older(cli, o->older, &out->older_ms, err);
}

static void
list_json(struct cli *cli, const struct store_queue_row *row)
{
	struct buf	*out = &cli->out;

	json_open(out, '{');
	json_key(out, "key");
	json_text(out, row->key);
	json_key(out, "state");
	json_text(out, message_state_names[row->state]);
	json_key(out, "creditor");
	json_text(out, row->creditor);
	json_key(out, "customer");
	json_text(out, row->customer);
	json_key(out, "step");
	json_text(out, row->step);
	json_key(out, "stage");
	json_text(out, stage_names[row->stage]);
	json_key(out, "channel");
	json_text(out, channel_names[row->channel]);
	json_key(out, "address");
	json_text(out, row->address);
	json_key(out, "route");
	json_text(out, row->route);
	json_key(out, "attempts");
	json_int(out, row->attempts);
	json_key(out, "decided");
	json_text(out, staff_instant(cli, row->creditor, row->decided_ms));
	json_key(out, "next");
	json_text(out, staff_instant(cli, row->creditor, row->next_ms));
	json_key(out, "tried");
	json_text(out, row->tried_ms == TIME_NONE ? NULL :
	    staff_instant(cli, row->creditor, row->tried_ms));
	json_close(out, '}');
	buf_addc(out, '\n');
}

static void
list_table(struct cli *cli, const struct store_queue_rows *rows)
{
	static const char *const	heads[] = {"KEY", "STATE", "CREDITOR",
					    "CUSTOMER", "STEP", "CHANNEL",
					    "TRIES", "NEXT"};
	struct cli_table		table = {.columns = 8, .right = 1 << 6};

	for (size_t i = 0; i < 8; i++)
		cli_cell(cli, &table, "%s", heads[i]);
	for (size_t i = 0; i < rows->count; i++) {
		const struct store_queue_row	*row = &rows->items[i];

		cli_cell(cli, &table, "%s", row->key);
		cli_cell(cli, &table, "%s", message_state_names[row->state]);
		cli_cell(cli, &table, "%s", row->creditor);
		cli_cell(cli, &table, "%s", row->customer);
		cli_cell(cli, &table, "%s", row->step);
		cli_cell(cli, &table, "%s", channel_names[row->channel]);
		cli_cell(cli, &table, "%d", row->attempts);
		cli_cell(cli, &table, "%s", row->state != MSG_READY ? "-" :
		    staff_instant(cli, row->creditor, row->next_ms));
	}
	if (rows->count > 0)
		cli_table_print(cli, &table);
	else
		buf_adds(&cli->out, "nothing like that is in the queue\n");
}

static int
list(struct cli *cli, const struct queue_options *o)
{
	struct store_queue_filter	filter;
	struct store_queue_rows		rows;
	struct err			err;

	if (!read_filter(cli, o, &filter, &err))
		return cli_usage(cli, "%s", err.text);
	if (!store_queue(cli->store, &filter, cli->arena, &rows, &err))
		return cli_fail(cli, &err);
	if (!cli->json)
		list_table(cli, &rows);
	for (size_t i = 0; cli->json && i < rows.count; i++)
		list_json(cli, &rows.items[i]);
	return CLI_DONE;
}

/* --- idle ------------------------------------------------------------------------- */

static int
idle(struct cli *cli)
{
	struct store_state	state;
	struct store_next	next;
	struct err		err;
	int64_t			wake_ms;
	bool			is_idle;

	if (!store_state(cli->store, &state, &err) ||
	    !store_agenda_next(cli->store, state.config_epoch, &next, &err))
		return cli_fail(cli, &err);
	wake_ms = next.agenda_ms < next.message_ms ? next.agenda_ms :
	    next.message_ms;
	is_idle = wake_ms > cli->now_ms && next.flying == 0 &&
	    !next.is_behind;
	if (cli->json) {
		json_open(&cli->out, '{');
		json_key(&cli->out, "idle");
		json_bool(&cli->out, is_idle);
		json_key(&cli->out, "flying");
		json_int(&cli->out, next.flying);
		json_key(&cli->out, "next");
		json_text(&cli->out, wake_ms == TIME_NEVER ? NULL :
		    staff_instant(cli, "", wake_ms));
		json_close(&cli->out, '}');
		buf_addc(&cli->out, '\n');
	} else if (is_idle)
		buf_addf(&cli->out, "idle; next: %s\n",
		    staff_instant(cli, "", wake_ms));
	else
		buf_addf(&cli->out, "busy: %s%lld in flight\n",
		    wake_ms <= cli->now_ms ? "something is due, " :
		    next.is_behind ? "a new config is looked at, " : "",
		    (long long)next.flying);
	return is_idle ? CLI_DONE : CLI_PROBLEMS;
}

/* --- the command -------------------------------------------------------------------- */

typedef int	queue_fn(struct cli *cli, const struct queue_options *o,
		    const char *key);

/* What is done to one notice or message. */
static const struct {
	const char	*name;
	queue_fn	*fn;
} verbs[] = {
	{"show", queue_show},
	{"retry", queue_retry},
	{"release", queue_release},
	{"cancel", queue_cancel},
};

static int
run(struct cli *cli, const void *given, int argc, char **argv)
{
	const struct queue_options	*o = given;
	const char			*verb = argc > 0 ? argv[0] : "list";

	if (strcmp(verb, "list") == 0 && argc < 2)
		return list(cli, o);
	if (strcmp(verb, "idle") == 0 && argc < 2)
		return idle(cli);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verb, verbs[i].name) != 0)
			continue;
		if (argc != 2)
			return cli_usage(cli, "queue %s wants one KEY", verb);
		return verbs[i].fn(cli, o, argv[1]);
	}
	return cli_usage(cli, "\"%s\" is none of list, show, retry, release,"
	    " cancel, idle", verb);
}

const struct cli_command	cmd_queue = {
	.name = "queue",
	.arguments = "[list | show KEY | retry KEY | release KEY | cancel KEY"
	    " | idle]",
	.summary = "Look at the notices on their way, and settle stuck ones",
	.help =
	    "  list     messages that are not final, or by state, step, route,"
	    " age\n"
	    "  show     a notice whole: items, messages, attempts, replies\n"
	    "  retry    try a waiting message now; send a dead one again\n"
	    "  release  settle a message in doubt: --as sent, not-sent or"
	    " resend\n"
	    "  cancel   take a notice back before it leaves\n"
	    "  idle     exit 0 when nothing is due or in flight, else 1",
	.options = options,
	.options_size = sizeof(struct queue_options),
	.max_args = 2,
	.need = CLI_NEEDS_READER,
	.run = run,
};
