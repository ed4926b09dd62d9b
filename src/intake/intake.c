/* SPDX-License-Identifier: ISC */
#include "intake/intake.h"

#include "intake/intake_file.h"

const char *const	intake_kind_names[] = {
	[INTAKE_FIND] = "", [INTAKE_CUSTOMERS] = "customers",
	[INTAKE_INVOICES] = "invoices", [INTAKE_PAYMENTS] = "payments",
	[INTAKE_CREDIT_NOTES] = "credit-notes",
	[INTAKE_OPEN_ITEMS] = "open-items", [INTAKE_KINDS] = NULL
};

/* *out NULL: several are configured, so each file must say. */
static bool
find_creditor(const struct creditors *creditors, const char *ref,
    const struct creditor **out, struct err *err)
{
	if (ref != NULL) {
		if ((*out = creditors_find(creditors, ref)) != NULL)
			return true;
		return err_set(err, ERR_INPUT, "no creditor \"%s\" is"
		    " configured", ref);
	}
	*out = creditors->list.count == 1 ? creditors_at(creditors, 0) : NULL;
	return true;
}

/* Records that others name come first; open items close what is not there. */
static int
rank(enum intake_kind kind)
{
	static const int	ranks[INTAKE_KINDS] = {
		[INTAKE_CUSTOMERS] = 1, [INTAKE_INVOICES] = 2,
		[INTAKE_OPEN_ITEMS] = 3, [INTAKE_CREDIT_NOTES] = 4,
		[INTAKE_PAYMENTS] = 5
	};

	return ranks[kind];
}

static void
sort_jobs(struct file_job *jobs, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct file_job	job = jobs[i];
		size_t		at = i;

		for (; at > 0 && rank(jobs[at - 1].plan.kind) >
		    rank(job.plan.kind); at--)
			jobs[at] = jobs[at - 1];
		jobs[at] = job;
	}
}

static bool
describe_form(struct file_job *job, struct err *err)
{
	static const char *const	dates[] = {"", "day first",
	    "month first", ""};
	struct buf	*notes = &job->notes;

	if (job->left_out > 0)
		buf_addf(notes, "%lld rows of other creditors left out\n",
		    (long long)job->left_out);
	if (intake_table_is_latin1(job->table))
		buf_adds(notes, "not UTF-8: read as windows-1252\n");
	if (job->plan.dates != DATES_UNKNOWN)
		buf_addf(notes, "dates: %s\n", dates[job->plan.dates]);
	if (job->plan.decimal == ',')
		buf_adds(notes, "amounts: decimal comma\n");
	job->file->notes = arena_copy(job->run->arena, buf_text(notes),
	    notes->len);
	return job->file->notes != NULL || err_nomem(err);
}

static bool
import_all(const struct intake_run *run, struct intake_result *result,
    struct err *err)
{
	size_t		 count = run->options->file_count, opened = 0;
	struct file_job	*jobs;
	bool		 ok = false;

	if ((jobs = calloc(count, sizeof(*jobs))) == NULL)
		return err_nomem(err);
	for (; opened < count; opened++) {
		if (!intake_file_open(run, run->options->files[opened],
		    &jobs[opened], err))
			goto done;
	}
	sort_jobs(jobs, count);
	for (size_t i = 0; i < count; i++) {
		jobs[i].file = &result->files[i];
		jobs[i].file->path = jobs[i].path;
		jobs[i].file->kind = jobs[i].plan.kind;
		if (!intake_file_import(&jobs[i], err) ||
		    !describe_form(&jobs[i], err))
			goto done;
		result->file_count = i + 1;
	}
	ok = true;
done:
	while (opened > 0)
		intake_file_close(&jobs[--opened]);
	free(jobs);
	return ok;
}

static bool
run_all(struct intake_run *run, const struct creditors *creditors,
    struct intake_result *result, struct err *err)
{
	const struct intake_options	*options = run->options;
	struct buf			 report = BUF_INIT;
	struct map			*map;
	bool				 ok = false;

	if (options->file_count == 0)
		return err_set(err, ERR_INPUT, "no files are named");
	if (!find_creditor(creditors, options->creditor, &run->creditor, err))
		return false;
	result->files = arena_array(run->arena, options->file_count,
	    sizeof(*result->files));
	if (result->files == NULL)
		return err_nomem(err);
	if (options->map != NULL) {
		if ((map = arena_alloc(run->arena, sizeof(*map))) == NULL)
			return err_nomem(err);
		if (!map_load(options->map, run->arena, map, &report, err)) {
			if (report.len > 0)
				err_set(err, ERR_INPUT, "%.*s",
				    (int)str_trim(buf_str(&report)).len,
				    buf_text(&report));
			goto done;
		}
		run->map = map;
	}
	ok = import_all(run, result, err);
done:
	buf_fini(&report);
	return ok;
}

bool
intake_run(struct store *store, const struct creditors *creditors,
    struct zones *zones, const struct intake_options *options,
    struct intake_result **out, struct err *err)
{
	struct intake_result	*result;
	struct intake_run	 run = {.store = store, .options = options,
		.creditors = creditors, .zones = zones, .spool_dir = options->spool_dir};

	*out = NULL;
	if ((result = calloc(1, sizeof(*result))) == NULL)
		return err_nomem(err);
	if ((result->arena = arena_new()) == NULL) {
		free(result);
		return err_nomem(err);
	}
	if (run.spool_dir == NULL)
		run.spool_dir = getenv("TMPDIR");
	if (run.spool_dir == NULL)
		run.spool_dir = "/tmp";
	run.arena = result->arena;
	*out = result;
	return run_all(&run, creditors, result, err);
}

void
intake_result_free(struct intake_result **result)
{
	if (*result == NULL)
		return;
	arena_free(&(*result)->arena);
	free(*result);
	*result = NULL;
}

/* "a|b;c;d" as three lines. */
static void
describe_field(const struct field *field, struct buf *out)
{
	static const char *const	languages[] = {"en", "es", "pt"};
	const char			*p = field->headers;

	buf_addf(out, "  %s%s: %s\n", field->name,
	    field->required ? " (needed)" : "", field->help);
	for (size_t i = 0; i < 3; i++) {
		size_t	len = strcspn(p, ";");

		if (len > 0) {
			buf_addf(out, "      %s ", languages[i]);
			for (size_t at = 0; at < len; at++) {
				if (p[at] == '|')
					buf_adds(out, ", ");
				else
					buf_addc(out, p[at]);
			}
			buf_addc(out, '\n');
		}
		p += len + (p[len] != '\0');
	}
}

void
intake_describe(struct buf *out)
{
	for (size_t k = 0; k < STORE_REC_KINDS; k++) {
		const struct field_kind	*kind = &field_kinds[k];

		buf_addf(out, "%s\n", kind->name);
		for (size_t i = 0; i < kind->count; i++)
			describe_field(&kind->fields[i], out);
	}
	buf_adds(out, "Without a column for consent, an address stands for the"
	    " consent to its own\nchannel: email for email, a phone that can"
	    " take messages for sms, whatsapp for\nwhatsapp.  With it, only"
	    " what it names counts.\n");
}
