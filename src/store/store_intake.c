/* SPDX-License-Identifier: ISC */
#include "store/store_intake_impl.h"

#include <inttypes.h>
#include <stdarg.h>

bool
intake_reject(struct store_intake *in, const struct store_record *record,
    const char *field, struct err *err, const char *fmt, ...)
{
	char	reason[480];
	va_list	ap;

	(void)err;
	va_start(ap, fmt);
	(void)vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	in->counts[record->kind].rejected++;
	in->reject(in->arg, record->line, field, reason);
	return true;
}

void
intake_count(struct store_intake *in, enum store_record_kind kind,
    enum intake_fate fate)
{
	switch (fate) {
	case FATE_FRESH:
		in->counts[kind].fresh++;
		break;
	case FATE_CHANGED:
		in->counts[kind].changed++;
		break;
	case FATE_SAME:
		in->counts[kind].same++;
		break;
	}
}

int64_t
intake_known_at(struct store_intake *in, const struct store_record *record)
{
	int64_t	at = record->known_at == TIME_NONE ? in->job.now_ms :
		    record->known_at;

	if (at < in->first_ms)
		in->first_ms = at;
	return at;
}

bool
intake_touch(struct store_intake *in, int64_t person_id, struct err *err)
{
	bool	added;

	return id_set_add(&in->persons, person_id, &added, err);
}

bool
intake_touch_owner(struct store_intake *in, int64_t customer_id,
    struct err *err)
{
	bool	added;

	return id_set_add(&in->owners, customer_id, &added, err);
}

bool
intake_currency(struct store_intake *in, const char *code, struct err *err)
{
	if (strcmp(in->last_currency, code) == 0)
		return true;
	if (!db_exec(in->store->db, "INSERT INTO currency (code, exponent)"
	    " VALUES ($1, $2) ON CONFLICT DO NOTHING",
	    DB_PARAMS(STORE_TEXT(code), DB_INT(currency_exponent(code))), NULL,
	    err))
		return false;
	(void)snprintf(in->last_currency, sizeof(in->last_currency), "%s",
	    code);
	return true;
}

static bool
copy_job(struct store_intake *in, const struct store_intake_job *job,
    struct err *err)
{
	in->job = *job;
	in->job.kind = arena_strdup(in->arena, job->kind);
	in->job.creditor = arena_strdup(in->arena, job->creditor);
	in->job.file = arena_strdup(in->arena, job->file);
	in->job.author = arena_strdup(in->arena, job->author);
	in->job.spool_dir = arena_strdup(in->arena, job->spool_dir == NULL ?
	    "/tmp" : job->spool_dir);
	return (in->job.kind != NULL && in->job.creditor != NULL &&
	    in->job.file != NULL && in->job.author != NULL &&
	    in->job.spool_dir != NULL) || err_nomem(err);
}

static bool
write_batch(struct store_intake *in, struct err *err)
{
	struct db	*db = in->store->db;
	struct store_tx	 tx;
	bool		 ok;

	if (!store_tx_open(in->store, &tx, err))
		return false;
	ok = db_exec(db, "INSERT INTO creditor (ref) VALUES ($1)"
	    " ON CONFLICT DO NOTHING", DB_PARAMS(STORE_TEXT(in->job.creditor)),
	    NULL, err) && db_number(db, "SELECT id FROM creditor"
	    " WHERE ref = $1", DB_PARAMS(STORE_TEXT(in->job.creditor)),
	    &in->creditor_id, NULL, err) &&
	    store_meta_number(in->store, "config_epoch", &in->config_epoch,
	    err) && db_number(db, "INSERT INTO batch (kind, creditor_id, file,"
	    " hash, as_of, author, started_at, state, read_n, new_n,"
	    " changed_n, same_n, rejected_n) VALUES ($1, $2, $3, $4, $5, $6,"
	    " $7, 'hidden', 0, 0, 0, 0, 0) RETURNING id",
	    DB_PARAMS(STORE_TEXT(in->job.kind), DB_INT(in->creditor_id),
	    STORE_TEXT(in->job.file), DB_HASH(&in->job.hash),
	    in->job.is_snapshot ? store_day_value(in->job.as_of) : DB_NULL,
	    STORE_TEXT(in->job.author), DB_INT(in->job.now_ms)), &in->batch,
	    NULL, err) &&
	    store_meta_put(in->store, "hidden_batch", in->batch, err) &&
	    intake_leave_out(in, err);
	return store_tx_close(in->store, &tx, ok, err);
}

static bool
open_tx(struct store_intake *in, struct err *err)
{
	if (db_in_tx(in->store->db))
		return true;
	if (!store_begin(in->store, err))
		return false;
	in->in_tx = true;
	in->tx_records = 0;
	return true;
}

static void
drop_tx(struct store_intake *in)
{
	if (in->in_tx)
		store_rollback(in->store);
	in->in_tx = false;
}

bool
intake_commit(struct store_intake *in, struct err *err)
{
	bool	ours = in->in_tx;

	in->in_tx = false;
	return !ours || store_commit(in->store, err);
}

static void
intake_free(struct store_intake **intake)
{
	struct store_intake	*in = *intake;

	if (in == NULL)
		return;
	drop_tx(in);
	intake_narrow(in);
	intake_unlock(in);
	if (in->aside != NULL)
		db_close(&in->aside);
	id_set_fini(&in->persons);
	id_set_fini(&in->owners);
	id_set_fini(&in->seen);
	customer_map_fini(&in->customers);
	customer_map_fini(&in->newcomers.by_key);
	arena_free(&in->slice);
	arena_free(&in->arena);
	free(in);
	*intake = NULL;
}

bool
store_intake_begin(struct store *store, const struct store_intake_job *job,
    struct store_intake **out, struct err *err)
{
	struct store_intake	*in;
	struct store_recovered	 recovered;

	if ((in = calloc(1, sizeof(*in))) == NULL)
		return err_nomem(err);
	in->store = store;
	in->lock_fd = -1;
	in->first_ms = job->now_ms;
	in->arena = arena_new();
	in->slice = arena_new();
	if (in->arena == NULL || in->slice == NULL) {
		intake_free(&in);
		return err_nomem(err);
	}
	if (!copy_job(in, job, err) || !intake_lock(in, err) ||
	    !intake_recover(store, &recovered, err) ||
	    !intake_widen(in, err) || !write_batch(in, err) ||
	    (job->is_snapshot && !intake_open_aside(in, err))) {
		intake_free(&in);
		return false;
	}
	*out = in;
	return true;
}

/* The slice's records by kind, pointers only. */
struct sorted {
	const struct store_record	**records[STORE_REC_KINDS];
	size_t				  counts[STORE_REC_KINDS];
};

static bool
sort_kinds(struct store_intake *in, const struct store_record *records,
    size_t count, struct sorted *out, struct err *err)
{
	*out = (struct sorted){.counts = {0}};
	for (size_t i = 0; i < count; i++)
		out->counts[records[i].kind]++;
	for (size_t k = 0; k < STORE_REC_KINDS; k++) {
		out->records[k] = arena_array(in->slice, out->counts[k],
		    sizeof(**out->records));
		if (out->records[k] == NULL)
			return err_nomem(err);
		in->counts[k].read += (int64_t)out->counts[k];
		out->counts[k] = 0;
	}
	for (size_t i = 0; i < count; i++) {
		size_t	k = records[i].kind;

		out->records[k][out->counts[k]++] = &records[i];
	}
	return true;
}

static bool
apply_sorted(struct store_intake *in, const struct sorted *s, struct err *err)
{
	const size_t	*n = s->counts;

	if (n[STORE_REC_CUSTOMER] > 0 && !intake_customers(in,
	    s->records[STORE_REC_CUSTOMER], n[STORE_REC_CUSTOMER], err))
		return false;
	if (n[STORE_REC_INVOICE] > 0) {
		in->feeds_ledger = true;
		if (in->job.is_snapshot ? !intake_put_aside(in,
		    s->records[STORE_REC_INVOICE], n[STORE_REC_INVOICE], err) :
		    !intake_invoices(in, s->records[STORE_REC_INVOICE],
		    n[STORE_REC_INVOICE], err))
			return false;
	}
	for (size_t k = STORE_REC_PAYMENT; k <= STORE_REC_CREDIT; k++) {
		if (n[k] == 0)
			continue;
		in->feeds_ledger = true;
		if (!intake_payments(in, s->records[k], n[k],
		    (enum store_record_kind)k, err))
			return false;
	}
	return true;
}

bool
store_intake_apply(struct store_intake *in, const struct store_record *records,
    size_t count, store_reject_fn *reject, void *arg, struct err *err)
{
	struct sorted	sorted;

	in->reject = reject;
	in->arg = arg;
	arena_reset(in->slice);
	in->slice_size = count;
	customer_map_trim(&in->customers);
	if (!sort_kinds(in, records, count, &sorted, err) ||
	    !open_tx(in, err))
		return false;
	if (!apply_sorted(in, &sorted, err)) {
		drop_tx(in);
		return false;
	}
	in->tx_records += (int64_t)count;
	return in->tx_records < in->job.commit_every || intake_commit(in, err);
}

const struct store_tally *
store_intake_kind_counts(const struct store_intake *in,
    enum store_record_kind kind)
{
	return &in->counts[kind];
}

struct store_tally
store_intake_counts(const struct store_intake *in)
{
	struct store_tally	total = {0, 0, 0, 0, 0};

	for (size_t k = 0; k < STORE_REC_KINDS; k++) {
		total.read += in->counts[k].read;
		total.fresh += in->counts[k].fresh;
		total.changed += in->counts[k].changed;
		total.same += in->counts[k].same;
		total.rejected += in->counts[k].rejected;
	}
	return total;
}

/* The one update by which all of the batch begins to be. */
static bool
show_batch(struct store_intake *in, int64_t rejected, struct err *err)
{
	struct store_tally	 n = store_intake_counts(in);
	struct db		*db = in->store->db;
	struct store_tx		 tx;
	char			 detail[200];
	int64_t			 generation;
	bool			 ok;

	(void)snprintf(detail, sizeof(detail), "batch %" PRId64 " %s: read %"
	    PRId64 ", new %" PRId64 ", changed %" PRId64 ", same %" PRId64
	    ", rejected %" PRId64, in->batch, in->job.kind, n.read + rejected,
	    n.fresh, n.changed, n.same, n.rejected + rejected);
	if (!store_tx_open(in->store, &tx, err))
		return false;
	ok = db_exec(db, "UPDATE batch SET state = 'visible', read_n = $2,"
	    " new_n = $3, changed_n = $4, same_n = $5, rejected_n = $6"
	    " WHERE id = $1", DB_PARAMS(DB_INT(in->batch),
	    DB_INT(n.read + rejected), DB_INT(n.fresh), DB_INT(n.changed),
	    DB_INT(n.same), DB_INT(n.rejected + rejected)), NULL, err) &&
	    store_meta_put(in->store, "hidden_batch", -1, err) &&
	    store_meta_put(in->store, "intake_look_at", in->first_ms, err) &&
	    store_meta_bump(in->store, "generation", &generation, err) &&
	    (!in->feeds_ledger || db_exec(db, "UPDATE creditor SET feed_at ="
	    " $2 WHERE id = $1", DB_PARAMS(DB_INT(in->creditor_id),
	    DB_INT(in->job.now_ms)), NULL, err)) &&
	    (!in->job.is_snapshot || db_exec(db, "UPDATE creditor"
	    " SET feed_as_of = $2 WHERE id = $1",
	    DB_PARAMS(DB_INT(in->creditor_id), DB_INT(in->job.as_of)), NULL,
	    err)) &&
	    store_log_act(in->store, AUDIT_IMPORTED, in->job.author, "",
	    detail, in->job.now_ms, err);
	return store_tx_close(in->store, &tx, ok, err);
}

bool
store_intake_finish(struct store_intake **intake, int64_t rejected,
    struct err *err)
{
	struct store_intake	*in = *intake;
	bool			 ok;

	ok = intake_commit(in, err);
	intake_narrow(in);	/* SQLite sorts in as much memory as its cache */
	ok = ok && intake_put_back(in->store, err) &&
	    intake_write_touches(in, err) &&
	    show_batch(in, rejected, err) &&
	    intake_touch_all(in->store, in->batch, err);
	intake_free(intake);
	return ok;
}

bool
store_intake_abort(struct store_intake **intake, struct err *err)
{
	bool	ok;

	if (*intake == NULL)
		return true;
	drop_tx(*intake);
	ok = intake_undo((*intake)->store, (*intake)->batch, err);
	intake_free(intake);
	return ok;
}

void
store_intake_forget(struct store_intake **intake)
{
	intake_free(intake);
}

bool
store_intake_feed(struct store *store, const char *creditor,
    int64_t *feed_at_out, int32_t *as_of_out, struct err *err)
{
	struct db_rows	*rows;

	*feed_at_out = TIME_NONE;
	*as_of_out = DAY_NONE;
	if (!db_query(store->db, "SELECT feed_at, feed_as_of FROM creditor"
	    " WHERE ref = $1", DB_PARAMS(STORE_TEXT(creditor)), &rows, err))
		return false;
	if (db_step(rows)) {
		*feed_at_out = store_time(rows, 0);
		*as_of_out = store_day(rows, 1);
	}
	return db_finish(&rows, err);
}
