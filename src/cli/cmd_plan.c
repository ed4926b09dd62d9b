/* SPDX-License-Identifier: ISC */
/* dunlin plan: every contact that would be made if nothing changes. */
#include "cli/cli_plan.h"
#include "cli/commands.h"

#define DAYS_MAX	3660

struct plan_options {
	int64_t		 from;
	int64_t		 days;
	const char	*creditor;
	const char	*customer;
	bool		 summary;
};

/* One contact; its text waits in the spool. */
struct row {
	int64_t	at_ms;
	int64_t	offset;
	size_t	len;
};

/* Contacts by step and channel; the last column counts tasks. */
struct tally {
	const char	*step;
	enum stage	 stage;
	int32_t		 offset_days;
	int64_t		 counts[CHANNEL_COUNT + 1];
};

struct planning {
	struct cli			*cli;
	const struct plan_options	*options;
	int64_t				 customer_id;	/* 0: all */
	struct message_templates	*templates;	/* in service */
	FILE				*spool;
	int64_t				 spooled;
	struct row			*rows;
	size_t				 count, cap;
	struct tally			*tallies;
	size_t				 tally_count;
	bool				 many_creditors;
	struct buf			 text;
};

/* --- collecting ------------------------------------------------------------ */

static bool
is_wanted(const struct planning *planning, const struct decided_notice *notice)
{
	const char	*creditor = planning->options->creditor;

	if (planning->customer_id != 0 &&
	    notice->customer->id != planning->customer_id)
		return false;
	return creditor == NULL || strcmp(creditor, notice->creditor->ref) == 0;
}

static bool
count_notice(struct planning *planning, const struct decided_notice *notice,
    struct err *err)
{
	struct tally	*tally = NULL;
	size_t		 column = notice->contact == NULL ? CHANNEL_COUNT :
			    (size_t)notice->contact->channel;
	size_t		 count = planning->tally_count;

	for (size_t i = 0; i < count && tally == NULL; i++) {
		if (strcmp(planning->tallies[i].step, notice->step->id) == 0)
			tally = &planning->tallies[i];
	}
	if (tally == NULL) {
		tally = realloc(planning->tallies,
		    (count + 1) * sizeof(*tally));
		if (tally == NULL)
			return err_nomem(err);
		planning->tallies = tally;
		tally += planning->tally_count++;
		*tally = (struct tally){notice->step->id, notice->step->stage,
		    notice->step->offset_days, {0}};
	}
	tally->counts[column]++;
	return true;
}

static bool
spool(struct planning *planning, int64_t at_ms, struct err *err)
{
	struct str	 text = buf_str(&planning->text);
	struct row	*rows = planning->rows;

	if (!buf_check(&planning->text, err))
		return false;
	if (planning->count == planning->cap) {
		planning->cap = planning->cap == 0 ? 256 : planning->cap * 2;
		rows = realloc(rows, planning->cap * sizeof(*rows));
		if (rows == NULL)
			return err_nomem(err);
		planning->rows = rows;
	}
	if (fwrite(text.p, 1, text.len, planning->spool) != text.len)
		return err_sys(err, "writing the plan aside");
	rows[planning->count++] = (struct row){at_ms, planning->spooled,
	    text.len};
	planning->spooled += (int64_t)text.len;
	return true;
}

static bool
on_planned(void *arg, const struct desk_planned *planned, struct err *err)
{
	struct planning	*planning = arg;
	struct cli	*cli = planning->cli;

	if (!is_wanted(planning, planned->notice))
		return true;
	cli_progress("%zu contacts", planning->count + 1);
	if (planning->spool == NULL) {		/* a summary */
		planning->count++;
		return count_notice(planning, planned->notice, err);
	}
	buf_clear(&planning->text);
	if (cli->json)
		cli_plan_json(cli, planning->templates, planned,
		    &planning->text);
	else
		cli_plan_cells(cli, planned, planning->many_creditors,
		    &planning->text);
	return spool(planning, planned->at_ms, err) &&
	    count_notice(planning, planned->notice, err);
}

/* --- printing -------------------------------------------------------------- */

static int
by_time(const void *a, const void *b)
{
	const struct row	*x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

static bool
read_row(struct planning *planning, const struct row *row, struct err *err)
{
	buf_clear(&planning->text);
	if (!buf_reserve(&planning->text, row->len + 1))
		return err_nomem(err);
	if (fseeko(planning->spool, (off_t)row->offset, SEEK_SET) != 0 ||
	    fread(planning->text.p, 1, row->len, planning->spool) != row->len)
		return err_sys(err, "reading the plan back");
	planning->text.len = row->len;
	planning->text.p[row->len] = '\0';
	return true;
}

static bool
print_json(struct planning *planning, struct err *err)
{
	for (size_t i = 0; i < planning->count; i++) {
		if (!read_row(planning, &planning->rows[i], err))
			return false;
		buf_addstr(&planning->cli->out, buf_str(&planning->text));
		/* What went wrong was said by then. */
		if (planning->cli->out.len > 65536 &&
		    !cli_flush(planning->cli))
			return true;
	}
	return true;
}

/* Cells of a row stand one behind the other, each ended by NUL. */
static void
add_cells(struct planning *planning, struct cli_table *table)
{
	const char	*p = planning->text.p;
	const char	*end = p + planning->text.len;

	for (; p < end; p += strlen(p) + 1)
		cli_cell(planning->cli, table, "%s", p);
}

static bool
print_table(struct planning *planning, struct err *err)
{
	static const char *const	heads[] = {"DAY", "TIME", "CUSTOMER",
					    "STEP", "CHANNEL", "ITEMS",
					    "TOTAL"};
	struct cli_table		 table = {.columns = 7,
					    .right = 1u << 5 | 1u << 6};
	struct cli			*cli = planning->cli;

	if (planning->many_creditors) {
		table.columns = 8;
		table.right = 1u << 6 | 1u << 7;
	}
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		if (i == 2 && planning->many_creditors)
			cli_cell(cli, &table, "CREDITOR");
		cli_cell(cli, &table, "%s", heads[i]);
	}
	for (size_t i = 0; i < planning->count; i++) {
		if (!read_row(planning, &planning->rows[i], err))
			return false;
		add_cells(planning, &table);
	}
	cli_table_print(cli, &table);
	return true;
}

static int
by_offset(const void *a, const void *b)
{
	const struct tally	*x = a, *y = b;

	return (x->offset_days > y->offset_days) -
	    (x->offset_days < y->offset_days);
}

static void
print_tallies(struct planning *planning)
{
	struct cli		*cli = planning->cli;
	struct cli_table	 table = {.columns = 2};
	int64_t			 used[CHANNEL_COUNT + 1] = {0};

	for (size_t i = 0; i < planning->tally_count; i++) {
		for (size_t k = 0; k <= CHANNEL_COUNT; k++)
			used[k] += planning->tallies[i].counts[k];
	}
	cli_cell(cli, &table, "STEP");
	cli_cell(cli, &table, "STAGE");
	for (size_t k = 0; k <= CHANNEL_COUNT; k++) {
		if (used[k] == 0)
			continue;
		table.right |= 1u << table.columns++;
		cli_cell(cli, &table, "%s", k == CHANNEL_COUNT ? "task" :
		    channel_names[k]);
	}
	qsort(planning->tallies, planning->tally_count,
	    sizeof(*planning->tallies), by_offset);
	for (size_t i = 0; i < planning->tally_count; i++) {
		const struct tally	*tally = &planning->tallies[i];

		cli_cell(cli, &table, "%s", tally->step);
		cli_cell(cli, &table, "%s", stage_names[tally->stage]);
		for (size_t k = 0; k <= CHANNEL_COUNT; k++) {
			if (used[k] > 0)
				cli_cell(cli, &table, "%lld",
				    (long long)tally->counts[k]);
		}
	}
	cli_table_print(cli, &table);
}

static bool
print_plan(struct planning *planning, const struct desk_plan *plan,
    struct err *err)
{
	struct cli	*cli = planning->cli;

	cli_progress_end();
	if (planning->rows != NULL)
		qsort(planning->rows, planning->count,
		    sizeof(*planning->rows), by_time);
	if (cli->json)
		return print_json(planning, err);
	if (planning->count > 0) {
		if (!planning->options->summary) {
			if (!print_table(planning, err))
				return false;
			buf_addc(&cli->out, '\n');
		}
		print_tallies(planning);
		buf_addc(&cli->out, '\n');
	}
	buf_addf(&cli->out, "%zu contact%s; %zu person%s looked at, from ",
	    planning->count, planning->count == 1 ? "" : "s", plan->persons,
	    plan->persons == 1 ? "" : "s");
	cli_put_instant(cli, plan->from_ms, cli_plan_zone(cli), &cli->out);
	buf_adds(&cli->out, " to ");
	cli_put_instant(cli, plan->to_ms, cli_plan_zone(cli), &cli->out);
	buf_adds(&cli->out, ".\n");
	if (planning->count > 0)
		buf_adds(&cli->out, "It takes for granted that the ledger feeds"
		    " go on coming in (creditors' freshness).\n");
	return true;
}

/* --- running --------------------------------------------------------------- */

static bool
settle(struct planning *planning, struct desk_plan *plan, struct err *err)
{
	const struct plan_options	*given = planning->options;
	struct cli			*cli = planning->cli;
	struct store_ref		 ref;
	int64_t				 days = given->days == INT64_MIN ? 7 :
					    given->days;

	plan->from_ms = given->from == TIME_NONE ? cli->now_ms : given->from;
	plan->to_ms = plan->from_ms + days * DAY_MS;
	plan->fn = on_planned;
	plan->arg = planning;
	plan->keys = cli->json;
	planning->many_creditors = cli->setup->creditors.list.count > 1;
	if (!cli_check_creditor(cli, given->creditor, err))
		return false;
	if (given->customer != NULL) {
		if (!cli_find(cli, given->customer, given->creditor,
		    1u << STORE_REF_CUSTOMER, &ref, err))
			return false;
		plan->person_id = ref.person_id;
		planning->customer_id = ref.customer_id;
	}
	if ((cli->json || !given->summary) &&
	    (planning->spool = tmpfile()) == NULL)
		return err_sys(err, "opening a temporary file for the plan");
	return !cli->json || desk_templates(cli->setup, cli->store,
	    &planning->templates, err);
}

static int
run(struct cli *cli, const void *options, int argc, char **argv)
{
	struct planning		planning = {.cli = cli, .options = options,
				    .text = BUF_INIT};
	struct desk_plan	plan = {0};
	struct err		err;
	bool			ok;

	(void)argc;
	(void)argv;
	if (planning.options->days != INT64_MIN &&
	    (planning.options->days < 1 || planning.options->days > DAYS_MAX))
		return cli_usage(cli, "--days is from 1 to %d", DAYS_MAX);
	ok = settle(&planning, &plan, &err) &&
	    desk_plan(cli->setup, cli->store, &plan, &err) &&
	    print_plan(&planning, &plan, &err);
	message_templates_free(&planning.templates);
	if (planning.spool != NULL)
		(void)fclose(planning.spool);
	free(planning.rows);
	free(planning.tallies);
	buf_fini(&planning.text);
	return ok ? CLI_DONE : cli_fail(cli, &err);
}

static const struct cli_option	options[] = {
	{"from", CLI_INSTANT, offsetof(struct plan_options, from), "T",
	    "begin at this instant (now)"},
	{"days", CLI_INT, offsetof(struct plan_options, days), "N",
	    "how many days to look ahead (7)"},
	{"creditor", CLI_TEXT, offsetof(struct plan_options, creditor), "REF",
	    "only contacts for this creditor"},
	{"customer", CLI_TEXT, offsetof(struct plan_options, customer), "REF",
	    "only contacts with this customer"},
	{"summary", CLI_FLAG, offsetof(struct plan_options, summary), NULL,
	    "only the counts by step and channel"},
	{.name = NULL}
};

const struct cli_command	cmd_plan = {
	.name = "plan",
	.arguments = "[--from T] [--days N] [--creditor REF]"
	    " [--customer REF] [--summary]",
	.summary = "Show every contact that would be made if nothing changes",
	.help = "Plays the ladder forward by the rules that dunlind follows:"
	    " each contact counts as accepted\nat its instant, and nobody pays."
	    "  A step that is work for a person has no channel.\nNothing is"
	    " sent and nothing is written.",
	.options = options,
	.options_size = sizeof(struct plan_options),
	.need = CLI_NEEDS_READER,
	.run = run,
};
