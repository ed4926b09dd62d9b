/* SPDX-License-Identifier: ISC */
/* dunlin status: how it goes, on one screen. */
#include "cli/cli_routes.h"
#include "cli/commands.h"
#include "cli/staff.h"

#include "base/json.h"

static const char *const	guard_names[] = {
	[STORE_GUARD_OK] = "ok",
	[STORE_GUARD_NEW] = "new",
	[STORE_GUARD_MACHINE] = "machine",
	[STORE_GUARD_FILE] = "file",
	[STORE_GUARD_BEHIND] = "behind",
};

struct status {
	struct store_state		state;
	enum store_guard		guard;
	char				why[400];	/* of the guard */
	struct store_counts		counts;
	struct store_next		next;
	int64_t				wake_ms;
	int64_t				sent;		/* this hour */
	int64_t				sent_high;
	struct store_creditor_rows	feeds;
	struct cli_routes		routes;
};

/* As dunlind does: the system's machine-id, and a file in the run folder. */
static bool
read_guard(struct cli *cli, struct status *status, struct err *err)
{
	char	 machine[64] = "unknown";
	FILE	*fp = fopen("/etc/machine-id", "re");
	char	*path = arena_printf(cli->arena, "%s/guard",
		    cli->setup->service.run);

	if (fp != NULL) {
		if (fgets(machine, sizeof(machine), fp) != NULL)
			machine[strcspn(machine, "\n")] = '\0';
		(void)fclose(fp);
	}
	if (path == NULL)
		return err_nomem(err);
	return store_guard(cli->store, machine, path, &status->guard,
	    status->why, err);
}

static bool
read_status(struct cli *cli, struct status *status, struct err *err)
{
	int64_t	hour_ms = cli->now_ms - cli->now_ms % HOUR_MS;

	if (!store_state(cli->store, &status->state, err) ||
	    !read_guard(cli, status, err) ||
	    !store_counts(cli->store, cli->now_ms, &status->counts, err) ||
	    !store_agenda_next(cli->store, status->state.config_epoch,
	    &status->next, err) || !store_sent(cli->store, hour_ms,
	    hour_ms + HOUR_MS, &status->sent, &status->sent_high, err) ||
	    !store_creditors(cli->store, cli->arena, &status->feeds, err) ||
	    !cli_routes_read(cli, &status->routes, err))
		return false;
	status->wake_ms = status->next.agenda_ms < status->next.message_ms ?
	    status->next.agenda_ms : status->next.message_ms;
	return true;
}

static const char *
mode_name(const struct status *status)
{
	return status->state.mode == STORE_LIVE ? "live" : "rehearsal";
}

/* Is the feed younger than what its creditor's config demands? */
static bool
is_fresh(const struct cli *cli, const struct store_creditor_row *row)
{
	const struct creditor	*creditor = creditors_find(
				    &cli->setup->creditors, row->ref);

	return row->feed_ms != TIME_NONE && (creditor == NULL ||
	    creditor->freshness_ms <= 0 ||
	    cli->now_ms - row->feed_ms <= creditor->freshness_ms);
}

/* --- for programs -------------------------------------------------------------------- */

static void
put_instant(struct cli *cli, const char *key, int64_t ms)
{
	json_key(&cli->out, key);
	json_text(&cli->out, ms == TIME_NONE || ms == TIME_NEVER ? NULL :
	    staff_instant(cli, "", ms));
}

static void
put_number(struct cli *cli, const char *key, int64_t value)
{
	json_key(&cli->out, key);
	json_int(&cli->out, value);
}

static void
put_text(struct cli *cli, const char *key, const char *value)
{
	json_key(&cli->out, key);
	json_text(&cli->out, value[0] == '\0' ? NULL : value);
}

static void
put_feeds(struct cli *cli, const struct status *status)
{
	json_key(&cli->out, "feeds");
	json_open(&cli->out, '[');
	for (size_t i = 0; i < status->feeds.count; i++) {
		const struct store_creditor_row	*row = &status->feeds.items[i];
		char				 day[16];

		json_open(&cli->out, '{');
		put_text(cli, "creditor", row->ref);
		put_instant(cli, "read", row->feed_ms);
		json_key(&cli->out, "age_s");
		if (row->feed_ms == TIME_NONE)
			json_nil(&cli->out);
		else
			json_int(&cli->out, (cli->now_ms - row->feed_ms) /
			    SECOND_MS);
		put_text(cli, "as_of", row->as_of == DAY_NONE ? "" :
		    date_text(row->as_of, day));
		json_key(&cli->out, "fresh");
		json_bool(&cli->out, is_fresh(cli, row));
		json_close(&cli->out, '}');
	}
	json_close(&cli->out, ']');
}

static void
put_queue(struct cli *cli, const struct status *status)
{
	json_key(&cli->out, "queue");
	json_open(&cli->out, '{');
	for (int state = 0; state < MSG_STATE_COUNT; state++)
		put_number(cli, message_state_names[state],
		    status->counts.messages[state]);
	json_close(&cli->out, '}');
	put_number(cli, "due", status->counts.due);
	put_instant(cli, "oldest_due", status->counts.oldest_due_ms);
	put_instant(cli, "next", status->wake_ms);
	put_number(cli, "in_flight", status->next.flying);
	put_number(cli, "persons_due", status->counts.persons_due);
}

static void
put_json(struct cli *cli, const struct status *status)
{
	json_open(&cli->out, '{');
	put_text(cli, "mode", mode_name(status));
	put_text(cli, "instance", status->state.instance);
	put_text(cli, "guard", guard_names[status->guard]);
	put_text(cli, "guard_why", status->why);
	put_text(cli, "stop", status->state.stop);
	put_number(cli, "daemon_epoch", status->state.daemon_epoch);
	put_number(cli, "config_epoch", status->state.config_epoch);
	put_queue(cli, status);
	put_number(cli, "sent_this_hour", status->sent);
	put_number(cli, "sent_high_this_hour", status->sent_high);
	put_number(cli, "max_per_hour", cli->setup->service.max_per_hour);
	put_number(cli, "persons", status->counts.persons);
	put_number(cli, "customers", status->counts.customers);
	put_number(cli, "invoices", status->counts.invoices);
	put_number(cli, "tasks", status->counts.tasks_open);
	put_number(cli, "alerts", status->counts.alerts);
	cli_routes_put(cli, &status->routes);
	put_feeds(cli, status);
	json_close(&cli->out, '}');
	buf_addc(&cli->out, '\n');
}

/* --- for people ---------------------------------------------------------------------- */

/* "3 d", "5 h", "12 min": what a person says. */
static const char *
age(const struct cli *cli, int64_t ms)
{
	const char	*text;

	if (ms >= 2 * DAY_MS)
		text = arena_printf(cli->arena, "%lld d",
		    (long long)(ms / DAY_MS));
	else if (ms >= 2 * HOUR_MS)
		text = arena_printf(cli->arena, "%lld h",
		    (long long)(ms / HOUR_MS));
	else
		text = arena_printf(cli->arena, "%lld min",
		    (long long)(ms / MINUTE_MS));
	return text == NULL ? "?" : text;
}

static void
print_state(struct cli *cli, const struct status *status)
{
	struct cli_table	table = {.columns = 2};

	cli_cell(cli, &table, "mode");
	cli_cell(cli, &table, "%s%s", mode_name(status),
	    status->state.mode == STORE_LIVE ? "" :
	    ": everything goes to the outbox");
	cli_cell(cli, &table, "machine");
	cli_cell(cli, &table, "%s", status->guard == STORE_GUARD_NEW ?
	    "not bound yet: the daemon's first start does it" :
	    status->why[0] == '\0' ? "ok" : status->why);
	if (status->state.stop[0] != '\0') {
		cli_cell(cli, &table, "STOPPED");
		cli_cell(cli, &table, "%s", status->state.stop);
	}
	cli_cell(cli, &table, "daemon starts");
	cli_cell(cli, &table, "%lld", (long long)status->state.daemon_epoch);
	cli_cell(cli, &table, "oldest due");
	cli_cell(cli, &table, "%s", status->counts.oldest_due_ms == TIME_NONE ?
	    "nothing" : staff_instant(cli, "", status->counts.oldest_due_ms));
	cli_cell(cli, &table, "next wake-up");
	cli_cell(cli, &table, "%s", staff_instant(cli, "", status->wake_ms));
	cli_cell(cli, &table, "this hour");
	cli_cell(cli, &table, "%lld sent of at most %lld, %lld of them at high"
	    " steps", (long long)status->sent,
	    (long long)cli->setup->service.max_per_hour,
	    (long long)status->sent_high);
	cli_cell(cli, &table, "ledger");
	cli_cell(cli, &table, "%lld persons (%lld due), %lld customers, %lld"
	    " invoices", (long long)status->counts.persons,
	    (long long)status->counts.persons_due,
	    (long long)status->counts.customers,
	    (long long)status->counts.invoices);
	cli_cell(cli, &table, "tasks");
	cli_cell(cli, &table, "%lld", (long long)status->counts.tasks_open);
	cli_cell(cli, &table, "alerts");
	cli_cell(cli, &table, "%lld%s", (long long)status->counts.alerts,
	    status->counts.alerts == 0 ? "" : ": see `dunlin alerts`");
	cli_table_print(cli, &table);
}

static void
print_queue(struct cli *cli, const struct status *status)
{
	struct cli_table	table = {.columns = 2, .right = 1 << 1};

	cli_cell(cli, &table, "MESSAGES");
	cli_cell(cli, &table, "COUNT");
	for (int state = 0; state < MSG_STATE_COUNT; state++) {
		if (status->counts.messages[state] == 0)
			continue;
		cli_cell(cli, &table, "%s", message_state_names[state]);
		cli_cell(cli, &table, "%lld",
		    (long long)status->counts.messages[state]);
	}
	if (table.count == 2)
		return;
	buf_addc(&cli->out, '\n');
	cli_table_print(cli, &table);
}

static void
print_feeds(struct cli *cli, const struct status *status)
{
	struct cli_table	table = {.columns = 4};

	if (status->feeds.count == 0)
		return;
	cli_cell(cli, &table, "CREDITOR");
	cli_cell(cli, &table, "LEDGER READ");
	cli_cell(cli, &table, "AGE");
	cli_cell(cli, &table, "%s", "");
	for (size_t i = 0; i < status->feeds.count; i++) {
		const struct store_creditor_row	*row = &status->feeds.items[i];

		cli_cell(cli, &table, "%s", row->ref);
		cli_cell(cli, &table, "%s", row->feed_ms == TIME_NONE ?
		    "never" : staff_instant(cli, row->ref, row->feed_ms));
		cli_cell(cli, &table, "%s", row->feed_ms == TIME_NONE ? "-" :
		    age(cli, cli->now_ms - row->feed_ms));
		cli_cell(cli, &table, "%s", is_fresh(cli, row) ? "" :
		    "TOO OLD: nothing is sent");
	}
	buf_addc(&cli->out, '\n');
	cli_table_print(cli, &table);
}

static int
run(struct cli *cli, const void *options, int argc, char **argv)
{
	struct status	status = {.why = ""};
	struct err	err;

	(void)options;
	(void)argc;
	(void)argv;
	if (!store_begin_read(cli->store, &err) ||
	    !read_status(cli, &status, &err))
		return cli_fail(cli, &err);
	store_rollback(cli->store);
	if (cli->json) {
		put_json(cli, &status);
		return CLI_DONE;
	}
	print_state(cli, &status);
	print_queue(cli, &status);
	cli_routes_print(cli, &status.routes);
	print_feeds(cli, &status);
	return CLI_DONE;
}

const struct cli_command	cmd_status = {
	.name = "status",
	.arguments = "[--json]",
	.summary = "Show health, queue, rates, what is due and what comes next",
	.need = CLI_NEEDS_READER,
	.run = run,
};
