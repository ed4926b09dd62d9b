/* SPDX-License-Identifier: ISC */
/* dunlin import: files of customers, invoices and payments into the ledger. */
#include "cli/cli_plan.h"
#include "cli/commands.h"
#include "intake/intake.h"

#include "base/json.h"
#include "base/utf8.h"

struct import_options {
	const char	*kind;
	const char	*creditor;
	const char	*map;
	bool		 dry_run;
	bool		 keep_good;
	bool		 accept;
	int32_t		 as_of;
};

static void
on_progress(void *arg, const char *file, const char *phase, int64_t rows,
    int64_t bytes, int64_t total)
{
	(void)arg;
	if (total > 0)
		cli_progress("%s: %s, %lld rows, %lld%%", file, phase,
		    (long long)rows, (long long)(bytes * 100 / total));
	else
		cli_progress("%s: %s, %lld rows", file, phase,
		    (long long)rows);
}

static void
put_counts(const struct store_tally *counts, struct buf *out)
{
	buf_addf(out, "read %lld, new %lld, changed %lld, same %lld, rejected"
	    " %lld\n", (long long)counts->read, (long long)counts->fresh,
	    (long long)counts->changed, (long long)counts->same,
	    (long long)counts->rejected);
}

static void
add_counts(struct store_tally *sum, const struct store_tally *more)
{
	sum->read += more->read;
	sum->fresh += more->fresh;
	sum->changed += more->changed;
	sum->same += more->same;
	sum->rejected += more->rejected;
}

/* --- for programs ---------------------------------------------------------- */

static void
put_int(struct buf *out, const char *key, int64_t value)
{
	json_key(out, key);
	json_int(out, value);
}

static void
json_difference(const struct store_difference *difference, struct buf *out)
{
	char	day[16];

	json_key(out, "difference");
	json_open(out, '{');
	put_int(out, "open_before", difference->open_before);
	put_int(out, "open_after", difference->open_after);
	put_int(out, "new", difference->fresh);
	put_int(out, "settled", difference->settled);
	put_int(out, "smaller", difference->smaller);
	put_int(out, "larger", difference->larger);
	put_int(out, "moved", difference->moved);
	put_int(out, "resplit", difference->resplit);
	put_int(out, "same", difference->same);
	json_key(out, "last_as_of");
	json_text(out, difference->last_as_of == DAY_NONE ? NULL :
	    date_text(difference->last_as_of, day));
	json_key(out, "stopped");
	json_text(out, difference->why[0] == '\0' ? NULL : difference->why);
	json_close(out, '}');
}

static const char *const	verdict_names[] = {
	[INTAKE_DONE] = "done", [INTAKE_REFUSED] = "refused",
	[INTAKE_STOPPED] = "stopped"};

static void
json_file(const struct intake_file *file, struct buf *out)
{
	json_open(out, '{');
	json_key(out, "file");
	json_text(out, file->path);
	json_key(out, "kind");
	json_text(out, intake_kind_names[file->kind]);
	json_key(out, "verdict");
	json_text(out, verdict_names[file->verdict]);
	put_int(out, "read", file->counts.read);
	put_int(out, "new", file->counts.fresh);
	put_int(out, "changed", file->counts.changed);
	put_int(out, "same", file->counts.same);
	put_int(out, "rejected", file->counts.rejected);
	json_key(out, "rejects");
	json_text(out, file->rejects);
	if (file->has_difference)
		json_difference(&file->difference, out);
	json_close(out, '}');
	buf_addc(out, '\n');
}

/* --- for people ------------------------------------------------------------ */

static void
difference_row(struct cli *cli, struct cli_table *table, const char *what,
    int64_t count)
{
	cli_cell(cli, table, "  %s", what);
	cli_cell(cli, table, "%lld", (long long)count);
}

static void
put_difference(struct cli *cli, const struct store_difference *difference)
{
	struct cli_table	table = {.columns = 2, .right = 1u << 1};

	difference_row(cli, &table, "open before", difference->open_before);
	difference_row(cli, &table, "gone: settled by feed",
	    difference->settled);
	difference_row(cli, &table, "smaller: paid in part",
	    difference->smaller);
	difference_row(cli, &table, "larger: adjusted", difference->larger);
	difference_row(cli, &table, "due date moved", difference->moved);
	difference_row(cli, &table, "split anew", difference->resplit);
	difference_row(cli, &table, "the same", difference->same);
	difference_row(cli, &table, "new", difference->fresh);
	difference_row(cli, &table, "open after", difference->open_after);
	cli_table_print(cli, &table);
}

static void
put_rejects(struct cli *cli, const struct intake_file *file)
{
	for (size_t i = 0; i < file->shown_count; i++) {
		const struct intake_reject	*reject = &file->shown[i];

		buf_addf(&cli->out, "%s:%lld: %s%s", file->path,
		    (long long)reject->line, reject->field,
		    reject->field[0] == '\0' ? "" : ": ");
		/* a reason quotes the cell, whatever is in it */
		utf8_clean(&cli->out, str_of(reject->reason), false);
		buf_addc(&cli->out, '\n');
	}
	if (file->counts.rejected > (int64_t)file->shown_count)
		buf_addf(&cli->out, "and %lld more\n", (long long)
		    (file->counts.rejected - (int64_t)file->shown_count));
	if (file->rejects != NULL)
		buf_addf(&cli->out, "rejected rows with their reasons: %s\n",
		    file->rejects);
}

static void
put_notes(struct cli *cli, const struct intake_file *file)
{
	const char	*p = file->notes;
	size_t		 len;

	while (p != NULL && *p != '\0') {
		len = strcspn(p, "\n");
		buf_addf(&cli->out, "%s: %.*s\n", file->path, (int)len, p);
		p += len + (p[len] == '\n');
	}
}

static void
put_file(struct cli *cli, const struct import_options *given,
    const struct intake_file *file)
{
	put_notes(cli, file);
	put_rejects(cli, file);
	if (file->has_difference)
		put_difference(cli, &file->difference);
	buf_addf(&cli->out, "%s (%s): ", file->path,
	    intake_kind_names[file->kind]);
	put_counts(&file->counts, &cli->out);
	if (file->verdict == INTAKE_REFUSED)
		buf_addf(&cli->out, "%s: nothing was changed, because rows were"
		    " rejected; correct them, or take the good ones with"
		    " --keep-good\n", file->path);
	else if (file->verdict == INTAKE_STOPPED)
		buf_addf(&cli->out, "%s: nothing was changed: %s; --accept"
		    " takes it all the same\n", file->path,
		    file->difference.why);
	else if (given->dry_run)
		buf_addf(&cli->out, "%s: a dry run, nothing was changed\n",
		    file->path);
}

static int
report(struct cli *cli, const struct import_options *given,
    const struct intake_result *result)
{
	struct store_tally	sum = {0};
	int			status = CLI_DONE;

	cli_progress_end();
	for (size_t i = 0; i < result->file_count; i++) {
		const struct intake_file	*file = &result->files[i];

		if (cli->json)
			json_file(file, &cli->out);
		else
			put_file(cli, given, file);
		add_counts(&sum, &file->counts);
		if (file->verdict != INTAKE_DONE || file->counts.rejected > 0)
			status = CLI_PROBLEMS;
	}
	if (!cli->json && result->file_count > 1) {
		buf_adds(&cli->out, "total: ");
		put_counts(&sum, &cli->out);
	}
	return status;
}

/* --- running --------------------------------------------------------------- */

static bool
find_kind(const char *text, enum intake_kind *out, struct err *err)
{
	const char	*near;
	int		 kind = INTAKE_FIND;

	if (text != NULL)
		kind = name_find(intake_kind_names, str_of(text));
	if (kind >= 0 && (text == NULL || text[0] != '\0')) {
		*out = (enum intake_kind)kind;
		return true;
	}
	near = conf_nearest(text, &intake_kind_names[1],
	    sizeof(intake_kind_names[0]), INTAKE_KINDS - 1);
	return err_set(err, ERR_INPUT, "there is no kind \"%s\"%s%s%s; one of"
	    " customers, invoices, payments, credit-notes, open-items", text,
	    near == NULL ? "" : ", did you mean \"", near == NULL ? "" : near,
	    near == NULL ? "" : "\"?");
}

static bool
settle(struct cli *cli, const struct import_options *given, int argc,
    char **argv, struct intake_options *out, struct err *err)
{
	const char	**files = arena_array(cli->arena, (size_t)argc,
			    sizeof(*files));

	if (files == NULL)
		return err_nomem(err);
	for (int i = 0; i < argc; i++)
		files[i] = argv[i];
	*out = (struct intake_options){.creditor = given->creditor,
	    .map = given->map, .files = files, .file_count = (size_t)argc,
	    .dry_run = given->dry_run, .keep_good = given->keep_good,
	    .as_of = given->as_of, .accept = given->accept,
	    .now_ms = cli->now_ms, .progress = on_progress};
	return find_kind(given->kind, &out->kind, err) &&
	    cli_check_creditor(cli, given->creditor, err) &&
	    setup_staff(cli->setup, RIGHT_IMPORT, &out->author, err);
}

static int
run(struct cli *cli, const void *options, int argc, char **argv)
{
	const struct import_options	*given = options;
	struct intake_options		 intake;
	struct intake_result		*result = NULL;
	struct err			 err;
	int				 status = CLI_DONE;
	bool				 ok;

	if (!settle(cli, given, argc, argv, &intake, &err))
		return err.kind == ERR_INPUT ? cli_usage(cli, "%s", err.text) :
		    cli_fail(cli, &err);
	ok = intake_run(cli->store, &cli->setup->creditors, cli->setup->zones,
	    &intake, &result, &err);
	if (result != NULL)
		status = report(cli, given, result);
	intake_result_free(&result);
	if (ok)
		return status;
	(void)cli_flush(cli);
	return cli_fail(cli, &err);
}

static const struct cli_option	options[] = {
	{"kind", CLI_TEXT, offsetof(struct import_options, kind), "KIND",
	    "customers, invoices, payments, credit-notes or open-items (else"
	    " found by the columns)"},
	{"creditor", CLI_TEXT, offsetof(struct import_options, creditor),
	    "REF", "whose they are (else the only one configured)"},
	{"map", CLI_TEXT, offsetof(struct import_options, map), "FILE",
	    "what the columns mean (conf/maps)"},
	{"dry-run", CLI_FLAG, offsetof(struct import_options, dry_run), NULL,
	    "count, and change nothing"},
	{"keep-good", CLI_FLAG, offsetof(struct import_options, keep_good),
	    NULL, "take the good rows of a file that has bad ones"},
	{"as-of", CLI_DATE, offsetof(struct import_options, as_of), "DATE",
	    "the day that open items are as of (today)"},
	{"accept", CLI_FLAG, offsetof(struct import_options, accept), NULL,
	    "take open items that were stopped as out of band"},
	{.name = NULL}
};

const struct cli_command	cmd_import = {
	.name = "import",
	.arguments = "[--kind KIND] [--creditor REF] [--map FILE] FILE...",
	.summary = "Take customers, invoices and payments into the ledger",
	.help = "CSV or JSON lines; \"-\" is standard input.  A file with bad"
	    " rows changes nothing unless\n--keep-good is given; they go to"
	    " FILE.rejects with their reasons.  Importing a file twice\nchanges"
	    " nothing.  Exit status 1: rows were rejected, or open items"
	    " stopped.",
	.options = options,
	.options_size = sizeof(struct import_options),
	.min_args = 1,
	.max_args = -1,
	.need = CLI_NEEDS_WRITER,
	.run = run,
};
