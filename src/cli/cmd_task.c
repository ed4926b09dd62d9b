/* SPDX-License-Identifier: ISC */
/* dunlin task: what people have to do. */
#include "cli/commands.h"
#include "cli/staff.h"

#include "base/json.h"

struct options {
	const char	*creditor;
	const char	*kind;
	const char	*owner;
	const char	*outcome;
	const char	*reason;
	bool		 all;
	int64_t		 limit;
};

static const struct cli_option	options[] = {
	{"creditor", CLI_TEXT, offsetof(struct options, creditor), "X",
	    "list: only this creditor"},
	{"kind", CLI_TEXT, offsetof(struct options, kind), "K",
	    "list: only this kind"},
	{"owner", CLI_TEXT, offsetof(struct options, owner), "WHO",
	    "list: only whose; '' those of nobody"},
	{"all", CLI_FLAG, offsetof(struct options, all), NULL,
	    "list: also those that are done"},
	{"limit", CLI_INT, offsetof(struct options, limit), "N",
	    "list: at most so many"},
	{"outcome", CLI_TEXT, offsetof(struct options, outcome), "TEXT",
	    "done: what came of it"},
	{"reason", CLI_TEXT, offsetof(struct options, reason), "TEXT",
	    "done: the same"},
	{.name = NULL},
};

static void
put_json(struct cli *cli, const struct store_task *task)
{
	struct buf	*out = &cli->out;

	json_open(out, '{');
	json_key(out, "task");
	json_int(out, task->id);
	json_key(out, "kind");
	json_text(out, task->kind);
	json_key(out, "creditor");
	json_text(out, task->creditor);
	json_key(out, "customer");
	json_text(out, task->customer);
	json_key(out, "name");
	json_text(out, task->customer_name);
	json_key(out, "invoice");
	json_text(out, task->invoice);
	json_key(out, "about");
	json_text(out, task->about);
	json_key(out, "due");
	json_text(out, staff_instant(cli, task->creditor, task->due_ms));
	json_key(out, "owner");
	json_text(out, task->owner);
	json_key(out, "created");
	json_text(out, staff_instant(cli, task->creditor, task->created_ms));
	json_key(out, "done");
	json_text(out, task->done_ms == TIME_NONE ? NULL :
	    staff_instant(cli, task->creditor, task->done_ms));
	json_key(out, "done_by");
	json_text(out, task->done_ms == TIME_NONE ? NULL : task->done_by);
	json_key(out, "outcome");
	json_text(out, task->done_ms == TIME_NONE ? NULL : task->outcome);
	json_close(out, '}');
	buf_addc(out, '\n');
}

static void
put_table(struct cli *cli, const struct store_tasks *tasks)
{
	static const char *const	heads[] = {"TASK", "DUE", "KIND",
					    "CREDITOR", "CUSTOMER", "OWNER",
					    "ABOUT"};
	struct cli_table		table = {.columns = 7, .right = 1};

	if (tasks->count == 0) {
		buf_adds(&cli->out, "no tasks\n");
		return;
	}
	for (size_t i = 0; i < 7; i++)
		cli_cell(cli, &table, "%s", heads[i]);
	for (size_t i = 0; i < tasks->count; i++) {
		const struct store_task	*task = &tasks->items[i];

		cli_cell(cli, &table, "%lld", (long long)task->id);
		cli_cell(cli, &table, "%s", task->done_ms == TIME_NONE ?
		    staff_instant(cli, task->creditor, task->due_ms) : "done");
		cli_cell(cli, &table, "%s", task->kind);
		cli_cell(cli, &table, "%s", task->creditor);
		cli_cell(cli, &table, "%s", task->customer);
		cli_cell(cli, &table, "%s", task->owner[0] == '\0' ? "-" :
		    task->owner);
		cli_cell(cli, &table, "%s", task->about);
	}
	cli_table_print(cli, &table);
}

static int
list(struct cli *cli, const struct options *o)
{
	const struct store_task_filter	filter = {.creditor = o->creditor,
					    .kind = o->kind,
					    .owner = o->owner,
					    .with_done = o->all,
					    .limit = o->limit > 0 ?
					    (size_t)o->limit : 0};
	struct store_tasks		tasks;
	struct err			err;

	if (!store_tasks(cli->store, &filter, cli->arena, &tasks, &err))
		return cli_fail(cli, &err);
	if (!cli->json)
		put_table(cli, &tasks);
	for (size_t i = 0; cli->json && i < tasks.count; i++)
		put_json(cli, &tasks.items[i]);
	return CLI_DONE;
}

static bool
find(struct cli *cli, const char *text, const struct store_task **out,
    struct err *err)
{
	size_t	digits = strspn(text, "0123456789");
	int64_t	id = 0;

	if (digits == 0 || digits > 15 || text[digits] != '\0')
		return err_set(err, ERR_INPUT, "\"%s\" is no number of a task;"
		    " `dunlin task list` shows them", text);
	for (size_t i = 0; i < digits; i++)
		id = id * 10 + (text[i] - '0');
	if (!store_task_get(cli->store, id, cli->arena, out, err))
		return false;
	return *out != NULL || err_set(err, ERR_INPUT, "there is no task %s",
	    text);
}

static void
show_row(struct cli *cli, struct cli_table *table, const char *name,
    const char *text)
{
	if (text[0] == '\0')
		return;
	cli_cell(cli, table, "%s", name);
	cli_cell(cli, table, "%s", text);
}

static int
show(struct cli *cli, const char *id)
{
	struct cli_table	 table = {.columns = 2};
	const struct store_task	*task;
	struct err		 err;

	if (!find(cli, id, &task, &err))
		return cli_fail(cli, &err);
	if (cli->json) {
		put_json(cli, task);
		return CLI_DONE;
	}
	show_row(cli, &table, "task", id);
	show_row(cli, &table, "kind", task->kind);
	show_row(cli, &table, "about", task->about);
	show_row(cli, &table, "creditor", task->creditor);
	show_row(cli, &table, "customer", task->customer);
	show_row(cli, &table, "name", task->customer_name);
	show_row(cli, &table, "invoice", task->invoice);
	show_row(cli, &table, "owner", task->owner);
	show_row(cli, &table, "created", staff_instant(cli, task->creditor,
	    task->created_ms));
	show_row(cli, &table, "due", staff_instant(cli, task->creditor,
	    task->due_ms));
	if (task->done_ms != TIME_NONE) {
		show_row(cli, &table, "done", staff_instant(cli,
		    task->creditor, task->done_ms));
		show_row(cli, &table, "done by", task->done_by);
		show_row(cli, &table, "outcome", task->outcome);
	}
	cli_table_print(cli, &table);
	return CLI_DONE;
}

static int
finish(struct cli *cli, const struct options *o, const char *id)
{
	const char		*outcome = o->outcome != NULL ? o->outcome :
				    o->reason;
	const struct store_task	*task;
	struct store_act	 act;
	struct err		 err;

	if (outcome == NULL)
		return cli_usage(cli, "--outcome is needed: what came of it");
	if (!staff_act(cli, RIGHT_HOLD, outcome, &act, &err) ||
	    !find(cli, id, &task, &err) || !store_task_done(cli->store,
	    task->id, outcome, act.who, cli->now_ms, &err))
		return cli_fail(cli, &err);
	buf_addf(&cli->out, cli->json ? "{\"task\":%s,\"done\":true}\n" :
	    "task %s done\n", id);
	return CLI_DONE;
}

static int
assign(struct cli *cli, const char *id, const char *owner)
{
	const struct store_task	*task;
	struct store_act	 act;
	struct err		 err;

	if (!staff_act(cli, RIGHT_HOLD, "", &act, &err) ||
	    !find(cli, id, &task, &err) || !store_task_assign(cli->store,
	    task->id, owner, act.who, cli->now_ms, &err))
		return cli_fail(cli, &err);
	if (cli->json) {
		buf_addf(&cli->out, "{\"task\":%s,\"owner\":", id);
		json_quote(&cli->out, str_of(owner));
		buf_adds(&cli->out, "}\n");
	} else
		buf_addf(&cli->out, "task %s is %s's\n", id,
		    owner[0] == '\0' ? "nobody" : owner);
	return CLI_DONE;
}

static int
run(struct cli *cli, const void *given, int argc, char **argv)
{
	const struct options	*o = given;
	const char		*verb = argc > 0 ? argv[0] : "list";

	if (strcmp(verb, "list") == 0 && argc < 2)
		return list(cli, o);
	if (strcmp(verb, "show") == 0 && argc == 2)
		return show(cli, argv[1]);
	if (strcmp(verb, "done") == 0 && argc == 2)
		return finish(cli, o, argv[1]);
	if (strcmp(verb, "assign") == 0 && argc == 3)
		return assign(cli, argv[1], argv[2]);
	return cli_usage(cli, "write task list, show N, done N --outcome TEXT"
	    " or assign N WHO");
}

const struct cli_command	cmd_task = {
	.name = "task",
	.arguments = "[list | show N | done N --outcome TEXT | assign N WHO]",
	.summary = "Look at the work for people, take it, finish it",
	.options = options,
	.options_size = sizeof(struct options),
	.max_args = 3,
	.need = CLI_NEEDS_READER,
	.run = run,
};
