/* SPDX-License-Identifier: ISC */
#include "intake/intake_file.h"

#include "intake/record.h"

#define SLICE		4000		/* records at a time */
#define COMMIT		64000		/* records in one transaction */
#define STEP		5000		/* rows between two progress calls */
#define LATE_MAX	100000		/* rejects that the ledger makes */

/* Rejects of the second reading, when the row is not at hand any more. */
struct late {
	int64_t		 line;
	const char	*field, *reason;
};

/* The rows of one creditor: applied as a batch of their own. */
struct part {
	const struct creditor	*creditor;
	const struct zone	*zone;
	struct spool		*spool;
};

struct work {
	struct file_job		*job;
	struct part		*parts;		/* room for every creditor */
	size_t			 part_count;
	const struct part	*part;		/* of the row before */
	struct reject_file	*rejects;
	struct record_maker	 maker;
	int64_t			 rows;
	int64_t			 rejected;	/* records of rejected rows */
	struct arena		*arena;		/* of late */
	struct late		*late;
	size_t			 late_count, late_room;
	bool			 nomem;
};

static void
report(const struct work *w, const char *phase, int64_t done, int64_t total)
{
	const struct intake_options	*options = w->job->run->options;

	if (options->progress != NULL)
		options->progress(options->arg, w->job->file->path, phase,
		    w->rows, done, total);
}

static bool
show(struct file_job *job, int64_t line, const char *field,
    const char *reason, struct err *err)
{
	struct intake_file	*file = job->file;
	struct intake_reject	*shown;

	if (file->shown_count == INTAKE_SHOWN)
		return true;
	shown = &file->shown[file->shown_count];
	shown->line = line;
	shown->field = arena_strdup(job->run->arena, field);
	shown->reason = arena_strdup(job->run->arena, reason);
	if (shown->field == NULL || shown->reason == NULL)
		return err_nomem(err);
	file->shown_count++;
	return true;
}

/* Every record of a row that cannot be read counts as rejected. */
static bool
reject_row(struct work *w, const struct intake_row *row, const struct err *why,
    struct err *err)
{
	w->rejected += (int64_t)w->job->plan.kind_count;
	return show(w->job, row->line, w->maker.field, why->text, err) &&
	    reject_write(w->rejects, row, w->maker.field, why->text, err);
}

static bool
part_of(struct work *w, const struct creditor *creditor, struct part **out,
    struct err *err)
{
	const struct intake_run	*run = w->job->run;
	struct part		*part;

	for (size_t i = 0; i < w->part_count; i++) {
		if (w->parts[i].creditor == creditor) {
			*out = &w->parts[i];
			return true;
		}
	}
	part = &w->parts[w->part_count];
	part->creditor = creditor;
	if (!zone_find(run->zones, creditor->zone, &part->zone, err) ||
	    !spool_new(run->spool_dir, &part->spool, err))
		return false;
	w->part_count++;
	*out = part;
	return true;
}

static const struct creditor *
named_creditor(const struct creditors *creditors, struct str name)
{
	const struct creditor	*creditor;

	for (size_t i = 0; (creditor = creditors_at(creditors, i)) != NULL;
	    i++) {
		if (str_is(name, creditor->ref))
			return creditor;
	}
	return NULL;
}

/*
 * Whose row it is: *out NULL when not the one that was asked for.  ERR_INPUT:
 * nobody's that is configured.
 */
static bool
row_part(struct work *w, const struct intake_row *row, struct part **out,
    struct err *err)
{
	const struct intake_run	*run = w->job->run;
	const struct plan	*plan = &w->job->plan;
	const struct creditor	*creditor = run->creditor;
	struct str		 name = {NULL, 0};

	w->maker.field = "creditor";
	if (plan->has_creditor && plan->creditor < row->count)
		name = str_trim(row->cells[plan->creditor]);
	if (name.len > 0 && (creditor = named_creditor(run->creditors,
	    name)) == NULL)
		return err_set(err, ERR_INPUT, "no creditor \"%.*s\" is"
		    " configured", STR_ARG(name));
	if (creditor == NULL)
		return err_set(err, ERR_INPUT, "no creditor is named; fill the"
		    " column, or use --creditor");
	if (run->options->creditor != NULL && creditor != run->creditor) {
		*out = NULL;
		return true;
	}
	return part_of(w, creditor, out, err);
}

/* Another creditor's row begins nothing that the row before began. */
static void
turn_to(struct work *w, const struct part *part)
{
	if (w->part == part)
		return;
	w->part = part;
	w->maker.creditor = part->creditor;
	w->maker.zone = part->zone;
	buf_clear(&w->maker.last_ref);
}

static bool
reject_or_fail(struct work *w, const struct intake_row *row,
    const struct err *why, struct err *err)
{
	if (why->kind == ERR_INPUT)
		return reject_row(w, row, why, err);
	*err = *why;
	return false;
}

static bool
read_row(struct work *w, const struct intake_row *row, struct err *err)
{
	struct store_record	records[STORE_REC_KINDS];
	struct err		why = {ERR_NONE, ""};
	struct part		*part;
	size_t			count;

	if (!row_part(w, row, &part, &why))
		return reject_or_fail(w, row, &why, err);
	if (part == NULL) {
		w->job->left_out++;
		w->rows--;
		return true;
	}
	turn_to(w, part);
	if (!record_make(&w->maker, row, records, &count, &why))
		return reject_or_fail(w, row, &why, err);
	for (size_t i = 0; i < count; i++) {
		if (!spool_write(part->spool, &records[i], err))
			return false;
	}
	return true;
}

static bool
read_rows(struct work *w, struct err *err)
{
	struct intake_table	*table = w->job->table;
	struct intake_row	 row;
	bool			 more = true;

	for (;;) {
		if (!intake_table_next(table, &row, &more, err))
			return false;
		if (!more)
			break;
		if (!read_row(w, &row, err))
			return false;
		if (++w->rows % STEP == 0)
			report(w, "read", intake_table_at(table),
			    intake_table_size(table));
	}
	report(w, "read", intake_table_size(table), intake_table_size(table));
	return intake_table_same(table, err);
}

static void
on_reject(void *arg, int64_t line, const char *field, const char *reason)
{
	struct work	*w = arg;
	struct late	*more;
	size_t		 room;

	if (w->late_count == w->late_room) {
		room = w->late_room == 0 ? 64 : w->late_room * 2;
		if (w->late_count >= LATE_MAX || (more = reallocarray(w->late,
		    room, sizeof(*more))) == NULL) {
			w->nomem = true;
			return;
		}
		w->late = more;
		w->late_room = room;
	}
	w->late[w->late_count] = (struct late){line,
	    arena_strdup(w->arena, field), arena_strdup(w->arena, reason)};
	if (w->late[w->late_count].field == NULL ||
	    w->late[w->late_count].reason == NULL)
		w->nomem = true;
	else
		w->late_count++;
}

static int
compare_late(const void *a, const void *b)
{
	int64_t	x = ((const struct late *)a)->line;
	int64_t	y = ((const struct late *)b)->line;

	return (x > y) - (x < y);
}

/* Rows that the ledger refused are read again for FILE.rejects. */
static bool
write_late(struct work *w, struct err *err)
{
	struct intake_row	row;
	bool			more = true;
	size_t			next = 0;

	if (w->late_count == 0)
		return true;
	if (!intake_table_rewind(w->job->table, err))
		return false;
	qsort(w->late, w->late_count, sizeof(*w->late), compare_late);
	while (next < w->late_count) {
		if (!intake_table_next(w->job->table, &row, &more, err))
			return false;
		if (!more)
			break;
		for (; next < w->late_count &&
		    w->late[next].line == row.line; next++) {
			const struct late	*late = &w->late[next];

			if (!show(w->job, late->line, late->field,
			    late->reason, err) || !reject_write(w->rejects,
			    &row, late->field, late->reason, err))
				return false;
		}
	}
	return true;
}

static bool
apply_slices(struct work *w, const struct part *part,
    struct store_intake *intake, struct err *err)
{
	struct store_record	*records;
	size_t			 count;
	int64_t			 done = 0;
	bool			 ok = false;

	if ((records = calloc(SLICE, sizeof(*records))) == NULL)
		return err_nomem(err);
	for (;;) {
		if (!spool_read(part->spool, records, SLICE, &count, err))
			goto done;
		if (count == 0)
			break;
		if (!store_intake_apply(intake, records, count, on_reject, w,
		    err))
			goto done;
		if (w->nomem) {
			err_set(err, ERR_INPUT, "more than %d rows do not fit"
			    " the ledger; nothing was changed", LATE_MAX);
			goto done;
		}
		done += (int64_t)count;
		report(w, "apply", done, 0);
	}
	ok = true;
done:
	free(records);
	return ok;
}

static bool
begin(struct work *w, const struct part *part, struct store_intake **out,
    struct err *err)
{
	const struct intake_run	*run = w->job->run;
	struct store_intake_job	 job = {
		.kind = intake_kind_names[w->job->plan.kind],
		.creditor = part->creditor->ref,
		.file = w->job->file->path,
		.hash = *intake_table_hash(w->job->table),
		.author = run->options->author, .now_ms = run->options->now_ms,
		.today = zone_civil(part->zone, run->options->now_ms).day,
		.is_snapshot = w->job->plan.is_snapshot,
		.as_of = run->options->as_of,
		.max_vanished_bp = part->creditor->max_vanished_bp,
		.accept = run->options->accept, .commit_every = COMMIT,
		.spool_dir = run->spool_dir,
	};

	if (job.as_of == DAY_NONE)
		job.as_of = job.today;
	if (job.is_snapshot && job.as_of > job.today)
		return err_set(err, ERR_INPUT, "--as-of lies in the future");
	return store_intake_begin(run->store, &job, out, err);
}

static void
add_tally(struct store_tally *sum, struct store_tally more)
{
	sum->read += more.read;
	sum->fresh += more.fresh;
	sum->changed += more.changed;
	sum->same += more.same;
	sum->rejected += more.rejected;
}

/* What the ledger made of it decides: keep, undo, or stop and ask. */
static bool
judge(struct work *w, struct store_intake *intake, bool *keep, struct err *err)
{
	const struct intake_options	*options = w->job->run->options;
	struct intake_file		*file = w->job->file;

	*keep = false;
	if (w->job->plan.is_snapshot) {
		if (!store_intake_settle(intake, &file->difference, on_reject,
		    w, err))
			return false;
		file->has_difference = true;
		if (file->difference.why[0] != '\0')
			file->verdict = INTAKE_STOPPED;
	}
	if (w->late_count > 0 && !options->keep_good)
		file->verdict = INTAKE_REFUSED;
	add_tally(&file->counts, store_intake_counts(intake));
	if (file->verdict == INTAKE_REFUSED)	/* nothing became new */
		file->counts.fresh = file->counts.changed = 0;
	*keep = file->verdict == INTAKE_DONE && !options->dry_run;
	return true;
}

/* trial: only to see whether the ledger takes it. */
static bool
apply_part(struct work *w, const struct part *part, bool trial,
    struct err *err)
{
	struct store_intake	*intake = NULL;
	struct err		 also;
	bool			 keep = false;
	bool			 last = part == &w->parts[w->part_count - 1];

	if (!spool_rewind(part->spool, err) || !begin(w, part, &intake, err))
		return false;
	if (!apply_slices(w, part, intake, err) ||
	    !judge(w, intake, &keep, err) || (last && !write_late(w, err))) {
		if (!store_intake_abort(&intake, &also))
			(void)err_in(err, "(and what was begun is undone by the"
			    " next import)");
		return false;
	}
	if (keep && !trial)
		return store_intake_finish(&intake,
		    part == w->parts ? w->rejected : 0, err);
	return store_intake_abort(&intake, err);
}

static bool
apply_round(struct work *w, bool trial, struct err *err)
{
	struct intake_file	*file = w->job->file;

	file->verdict = INTAKE_DONE;
	file->counts = (struct store_tally){0};
	for (size_t i = 0; i < w->part_count; i++) {
		if (!apply_part(w, &w->parts[i], trial, err))
			return false;
	}
	return true;
}

/*
 * A file of several creditors is tried first, so that a row that one of their
 * ledgers refuses leaves all of them as they were.
 */
static bool
apply(struct work *w, struct err *err)
{
	const struct intake_options	*options = w->job->run->options;

	if (w->part_count > 1 && w->job->plan.is_snapshot)
		return err_set(err, ERR_INPUT, "%s: open items of several"
		    " creditors; take them one at a time, with --creditor",
		    w->job->path);
	if (w->part_count > 1 && !options->keep_good && !options->dry_run) {
		if (!apply_round(w, true, err))
			return false;
		if (w->job->file->verdict != INTAKE_DONE)
			return true;
	}
	return apply_round(w, false, err);
}

static bool
work_init(struct work *w, struct file_job *job, struct err *err)
{
	const struct intake_run	*run = job->run;

	struct part		*part;

	*w = (struct work){ .job = job, .arena = arena_new(), .maker = {
		.plan = &job->plan, .zones = run->zones,
		.arena = arena_new(), .scratch = BUF_INIT,
		.last_ref = BUF_INIT } };
	w->parts = calloc(run->creditors->list.count, sizeof(*w->parts));
	if (w->arena == NULL || w->maker.arena == NULL || w->parts == NULL)
		return err_nomem(err);
	/* A snapshot without a row is one of this creditor, too. */
	if (run->creditor != NULL && !part_of(w, run->creditor, &part, err))
		return false;
	return reject_new(job->file->path, job->table, &w->rejects, err);
}

static void
work_fini(struct work *w)
{
	record_maker_fini(&w->maker);
	for (size_t i = 0; i < w->part_count; i++)
		spool_free(&w->parts[i].spool);
	free(w->parts);
	reject_free(&w->rejects);
	arena_free(&w->arena);
	free(w->late);
}

/* Counts of a file of which nothing was applied. */
static void
count_refused(struct work *w)
{
	struct store_tally	*counts = &w->job->file->counts;

	*counts = (struct store_tally){.read = w->rows *
	    (int64_t)w->job->plan.kind_count, .rejected = w->rejected};
	w->job->file->verdict = INTAKE_REFUSED;
}

bool
intake_file_import(struct file_job *job, struct err *err)
{
	struct intake_file	*file = job->file;
	struct work		 w;
	const char		*rejects = NULL;
	bool			 ok = false;

	if (!work_init(&w, job, err) ||
	    !plan_look(&job->plan, job->table, file->path, err) ||
	    !read_rows(&w, err))
		goto done;
	if (w.rejected > 0 && !job->run->options->keep_good)
		count_refused(&w);
	else {
		if (!apply(&w, err))
			goto done;
		file->counts.read += w.rejected;
		file->counts.rejected += w.rejected;
	}
	if (!reject_close(w.rejects, &rejects, err))
		goto done;
	if (rejects != NULL && (file->rejects = arena_strdup(job->run->arena,
	    rejects)) == NULL) {
		err_nomem(err);
		goto done;
	}
	ok = true;
done:
	work_fini(&w);
	return ok;
}

bool
intake_file_open(const struct intake_run *run, const char *path,
    struct file_job *out, struct err *err)
{
	struct file_job	job = {.run = run, .path = path, .notes = BUF_INIT};
	bool		ok;

	if (!intake_table_open(path, run->spool_dir, &job.table, err))
		return false;
	if (run->map != NULL) {
		ok = plan_by_map(run->map, job.table, run->options->kind,
		    run->arena, &job.plan, err);
		if (!ok)
			(void)err_in(err, "%s", path);
	} else
		ok = plan_by_headers(job.table, path, run->options->kind,
		    run->arena, &job.plan, &job.notes, err);
	if (ok && run->creditor == NULL && !job.plan.has_creditor)
		ok = err_set(err, ERR_INPUT, "%s: %zu creditors are configured;"
		    " say which with --creditor, or by a column \"creditor\"",
		    path, run->creditors->list.count);
	if (!ok) {
		intake_file_close(&job);
		return false;
	}
	*out = job;
	return true;
}

void
intake_file_close(struct file_job *job)
{
	intake_table_close(&job->table);
	buf_fini(&job->notes);
}
