/* SPDX-License-Identifier: ISC */
/* dunlin report: figures from the ledger. */
#include "cli/commands.h"
#include "cli/staff.h"

#include "base/json.h"
#include "report/report.h"

struct options {
	const char	*as_of;
	const char	*creditor;
};

static const struct cli_option	options[] = {
	{"as-of", CLI_TEXT, offsetof(struct options, as_of), "D",
	    "at the end of this day in the creditor's zone (else now)"},
	{"creditor", CLI_TEXT, offsetof(struct options, creditor), "X",
	    "only this creditor"},
	{.name = NULL},
};

/* The instant at which, and its day for the creditor. */
static bool
read_as_of(const struct cli *cli, const char *creditor, const char *text,
    int64_t *ms, int32_t *day, struct err *err)
{
	const struct zone	*zone = staff_zone(cli, creditor);

	*ms = cli->now_ms;
	if (text != NULL && !staff_end(cli, creditor, text, ms, err))
		return err_in(err, "--as-of");
	*day = zone == NULL ? instant_civil(*ms, 0).day :
	    zone_civil(zone, *ms).day;
	return true;
}

static void
put_line(struct cli *cli, const char *creditor, int32_t day,
    const char *currency, const char *bucket, const struct report_sum *sum)
{
	char	text[16];

	json_open(&cli->out, '{');
	json_key(&cli->out, "as_of");
	json_text(&cli->out, date_text(day, text));
	json_key(&cli->out, "creditor");
	json_text(&cli->out, creditor);
	json_key(&cli->out, "currency");
	json_text(&cli->out, currency);
	json_key(&cli->out, "bucket");
	json_text(&cli->out, bucket);
	json_key(&cli->out, "invoices");
	json_int(&cli->out, sum->invoices);
	json_key(&cli->out, "amount");
	json_text(&cli->out, staff_money(cli, sum->amount, currency));
	json_close(&cli->out, '}');
	buf_addc(&cli->out, '\n');
}

/* Credits are told where there are any; the buckets always. */
static void
put_json(struct cli *cli, const char *creditor, int32_t day,
    const struct report_aging *aging)
{
	for (int b = 0; b < REPORT_BUCKETS; b++) {
		if (b != REPORT_CREDIT || aging->buckets[b].amount != 0)
			put_line(cli, creditor, day, aging->currency,
			    report_bucket_names[b], &aging->buckets[b]);
	}
	put_line(cli, creditor, day, aging->currency, "total",
	    &aging->total);
}

static void
put_row(struct cli *cli, struct cli_table *table, const char *creditor,
    const char *bucket, const char *currency, const struct report_sum *sum)
{
	cli_cell(cli, table, "%s", creditor);
	cli_cell(cli, table, "%s", bucket);
	cli_cell(cli, table, "%lld", (long long)sum->invoices);
	cli_cell(cli, table, "%s", staff_money(cli, sum->amount, currency));
}

static void
print_aging(struct cli *cli, struct cli_table *table, const char *creditor,
    const struct report_aging *aging)
{
	for (int b = 0; b < REPORT_BUCKETS; b++) {
		if (b != REPORT_CREDIT || aging->buckets[b].amount != 0)
			put_row(cli, table, creditor, report_bucket_names[b],
			    aging->currency, &aging->buckets[b]);
	}
	put_row(cli, table, creditor, "total", aging->currency,
	    &aging->total);
}

/* Nothing open is a figure too. */
static void
put_nothing(struct cli *cli, const char *ref, int32_t day)
{
	const struct creditor		*creditor = creditors_find(
					    &cli->setup->creditors, ref);
	const struct report_sum		 zero = {0, 0};

	if (creditor != NULL)
		put_line(cli, ref, day, creditor->currency, "total", &zero);
}

static bool
report_creditor(struct cli *cli, struct cli_table *table, const char *creditor,
    const char *as_of, struct err *err)
{
	struct report_agings	agings;
	int64_t			ms = 0;
	int32_t			day = 0;

	if (!read_as_of(cli, creditor, as_of, &ms, &day, err) ||
	    !report_aging(cli->store, creditor, ms, day, cli->arena, &agings,
	    err))
		return false;
	if (cli->json && agings.count == 0)
		put_nothing(cli, creditor, day);
	for (size_t i = 0; i < agings.count; i++) {
		if (cli->json)
			put_json(cli, creditor, day, &agings.items[i]);
		else
			print_aging(cli, table, creditor, &agings.items[i]);
	}
	return true;
}

static bool
report_all(struct cli *cli, struct cli_table *table, const struct options *o,
    struct err *err)
{
	struct store_creditor_rows	rows;
	size_t				found = 0;

	if (!store_creditors(cli->store, cli->arena, &rows, err))
		return false;
	for (size_t i = 0; i < rows.count; i++) {
		const char	*ref = rows.items[i].ref;

		if (o->creditor != NULL && strcmp(o->creditor, ref) != 0)
			continue;
		if (!report_creditor(cli, table, ref, o->as_of, err))
			return false;
		found++;
	}
	if (found == 0 && o->creditor != NULL && creditors_find(
	    &cli->setup->creditors, o->creditor) == NULL)
		return err_set(err, ERR_INPUT, "there is no creditor \"%s\"",
		    o->creditor);
	return true;
}

static int
run(struct cli *cli, const void *given, int argc, char **argv)
{
	struct cli_table	table = {.columns = 4, .right = 3u << 2};
	struct err		err;

	(void)argc;
	if (strcmp(argv[0], "aging") != 0)
		return cli_usage(cli, "\"%s\" is no report yet, only aging",
		    argv[0]);
	cli_cell(cli, &table, "CREDITOR");
	cli_cell(cli, &table, "DAYS OVERDUE");
	cli_cell(cli, &table, "INVOICES");
	cli_cell(cli, &table, "AMOUNT");
	if (!store_begin_read(cli->store, &err) ||
	    !report_all(cli, &table, given, &err))
		return err.kind == ERR_INPUT ? cli_usage(cli, "%s", err.text) :
		    cli_fail(cli, &err);
	store_rollback(cli->store);
	if (!cli->json && table.count > table.columns)
		cli_table_print(cli, &table);
	else if (!cli->json)
		buf_adds(&cli->out, "nothing is open\n");
	return CLI_DONE;
}

const struct cli_command	cmd_report = {
	.name = "report",
	.arguments = "aging [--as-of D] [--creditor X]",
	.summary = "Add up what is open, by how long it is overdue",
	.help = "An invoice counts from its issue date; money that was known or"
	    " valued on the day counts.\nCredits stand apart from the total.",
	.options = options,
	.options_size = sizeof(struct options),
	.min_args = 1,
	.max_args = 1,
	.need = CLI_NEEDS_READER,
	.run = run,
};
