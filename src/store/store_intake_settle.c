/* SPDX-License-Identifier: ISC */
#include "store/store_intake_impl.h"

#include <unistd.h>

#define SETTLE_SLICE	2000	/* invoices in one transaction */

/*
 * A snapshot's rows wait in a private database, because the rows of an invoice
 * may stand anywhere in the file, and what is absent shows only at its end.
 */
static const char	aside_schema[] =
	"CREATE TABLE feed (ref @text NOT NULL, due @day, line @int NOT NULL,"
	" number @int NOT NULL, customer @text NOT NULL, open @money NOT NULL,"
	" billed @money NOT NULL, currency @text NOT NULL, issued @day,"
	" status @text, pay_url @text, document @text, purchase_order @text,"
	" policy @text, known_at @time NOT NULL) @table;"
	"CREATE TABLE ledger (ref @text NOT NULL) @table";

bool
intake_open_aside(struct store_intake *in, struct err *err)
{
	const struct db_options	options = {.create = true, .is_private = true};
	char			path[4096], dsn[4096 + 16];
	int			fd;
	bool			ok;

	if (snprintf(path, sizeof(path), "%s/dunlin-XXXXXX",
	    in->job.spool_dir) >= (int)sizeof(path) ||
	    (fd = mkostemp(path, 0)) < 0)
		return err_sys(err, "making a spool file in %s",
		    in->job.spool_dir);
	(void)close(fd);
	(void)snprintf(dsn, sizeof(dsn), "sqlite:%s", path);
	ok = db_open(dsn, &options, &in->aside, err) &&
	    db_script(in->aside, aside_schema, err);
	/* open, it needs no name: nothing stays behind */
	(void)unlink(path);
	return ok;
}

static struct db_value
text_or_null(struct str text)
{
	return text.p == NULL ? DB_NULL : DB_TEXT(text);
}

#define FEED_COLUMNS	15

static bool
feed_values(struct store_intake *in, struct row_list *list,
    const struct store_record *r, struct err *err)
{
	struct db_value	*v = row_list_add(in, list, err);

	if (v == NULL)
		return false;
	v[0] = DB_TEXT(r->ref);
	v[1] = store_day_value(r->due);
	v[2] = DB_INT(r->line);
	v[3] = DB_INT(r->number);
	v[4] = DB_TEXT(r->texts[INVOICE_CUSTOMER]);
	v[5] = DB_INT(r->has_balance ? r->balance : r->amount);
	v[6] = DB_INT(r->amount);
	v[7] = STORE_TEXT(r->currency);
	v[8] = store_day_value(r->on);
	for (int i = 0; i < INVOICE_FACTS; i++)
		v[9 + i] = text_or_null(r->texts[i]);
	v[14] = DB_INT(intake_known_at(in, r));
	return true;
}

bool
intake_put_aside(struct store_intake *in, const struct store_record **records,
    size_t count, struct err *err)
{
	struct row_list	 list = {"INSERT INTO feed VALUES ($1, $2, $3, $4, $5,"
			    " $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
			    FEED_COLUMNS, NULL, 0, 0};
	struct str	*customers;

	customers = arena_array(in->slice, count, sizeof(*customers));
	if (customers == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++)
		customers[i] = records[i]->texts[INVOICE_CUSTOMER];
	if (!intake_know_customers(in, customers, count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct str	ref = records[i]->texts[INVOICE_CUSTOMER];

		if (customer_map_find(&in->customers, ref) == NULL) {
			if (!intake_reject(in, records[i], "customer", err,
			    "customer %.*s is not known; import customers"
			    " first", STR_ARG(ref)))
				return false;
		} else if (!feed_values(in, &list, records[i], err))
			return false;
	}
	return list.count == 0 || db_exec_many(in->aside, list.sql,
	    list.columns, list.values, list.count, NULL, err);
}

/* --- the two sides, invoice by invoice ------------------------------------- */

/* Refs of open invoices of the ledger go beside the feed's. */
static bool
list_ledger(struct store_intake *in, struct store_difference *d,
    struct err *err)
{
	struct db_rows	*rows;
	struct row_list	 list = {"INSERT INTO ledger VALUES ($1)", 1, NULL, 0,
			    0};

	if (!db_begin(in->aside, DB_TX_WRITE, err))
		return false;
	if (!db_query(in->store->db, "SELECT i.ref, COUNT(*) FROM invoice i"
	    " JOIN instalment n ON n.invoice_id = i.id"
	    " WHERE i.creditor_id = $1 AND n.amount + COALESCE((SELECT"
	    " SUM(e.amount) FROM entry e WHERE e.instalment_id = n.id), 0)"
	    " <> 0 GROUP BY i.id, i.ref", DB_PARAMS(DB_INT(in->creditor_id)),
	    &rows, err))
		return false;
	while (db_step(rows)) {
		d->open_before += db_int(rows, 1);
		if (!db_exec(in->aside, list.sql,
		    DB_PARAMS(DB_TEXT(db_text(rows, 0))), NULL, err)) {
			db_rows_free(&rows);
			return false;
		}
	}
	return db_finish(&rows, err) && db_commit(in->aside, err);
}

/* One invoice's rows in the feed. */
struct group {
	struct str		 ref;
	struct store_record	 first;		/* facts, as the first row has */
	struct store_vec	 rows;		/* struct feed_row */
};

struct settler {
	struct store_intake	*in;
	struct store_difference	*d;
	bool			 apply;		/* else only counts */
	struct group		*groups;
	size_t			 count;
	struct row_list		 invoices;
	struct row_list		 entries;
	struct row_list		 dues;
};

/* The next invoices of both sides in the order of their refs. */
static bool
next_groups(struct settler *s, struct str after, bool has_after,
    struct err *err)
{
	struct db_rows	*rows;

	s->count = 0;
	s->groups = arena_array(s->in->slice, SETTLE_SLICE,
	    sizeof(*s->groups));
	if (s->groups == NULL)
		return err_nomem(err);
	if (!db_query(s->in->aside, has_after ?
	    "SELECT ref FROM feed WHERE ref > $1 UNION SELECT ref FROM ledger"
	    " WHERE ref > $1 ORDER BY ref LIMIT $2" :
	    "SELECT ref FROM feed WHERE $1 = '' UNION SELECT ref FROM ledger"
	    " ORDER BY ref LIMIT $2", DB_PARAMS(DB_TEXT(after),
	    DB_INT(SETTLE_SLICE)), &rows, err))
		return false;
	while (s->count < SETTLE_SLICE && db_step(rows)) {
		bool	failed = false;

		s->groups[s->count++].ref = str_of(store_copy(s->in->slice,
		    db_text(rows, 0), &failed));
		if (failed) {
			db_rows_free(&rows);
			return err_nomem(err);
		}
	}
	return db_finish(&rows, err);
}

static bool
take_feed_row(struct settler *s, struct group *g, struct db_rows *rows,
    struct err *err)
{
	struct store_record	*first = &g->first;
	struct feed_row		*row;
	bool			 failed = false;
	struct arena		*arena = s->in->slice;

	if ((row = store_vec_add(arena, &g->rows, sizeof(*row))) == NULL)
		return err_nomem(err);
	*row = (struct feed_row){ .due = store_day(rows, 1),
	    .line = db_int(rows, 2), .open = db_int(rows, 5),
	    .billed = db_int(rows, 6), .known_at = db_int(rows, 14) };
	if (g->rows.count > 1)
		return true;
	*first = (struct store_record){.kind = STORE_REC_INVOICE,
	    .line = row->line, .on = store_day(rows, 8), .due = row->due,
	    .known_at = row->known_at, .ref = g->ref};
	(void)snprintf(first->currency, sizeof(first->currency), "%.*s",
	    STR_ARG(db_text(rows, 7)));
	first->texts[INVOICE_CUSTOMER] = str_of(store_copy(arena,
	    db_text(rows, 4), &failed));
	for (int i = 0; i < INVOICE_FACTS; i++) {
		if (!db_is_null(rows, 9 + i))
			first->texts[i] = str_of(store_copy(arena,
			    db_text(rows, 9 + i), &failed));
	}
	return !failed || err_nomem(err);
}

/* All feed rows between the first and the last ref, in order. */
static bool
load_feed(struct settler *s, struct err *err)
{
	struct db_rows	*rows;
	size_t		 at = 0;

	if (!db_query(s->in->aside, "SELECT ref, due, line, number, customer,"
	    " open, billed, currency, issued, status, pay_url, document,"
	    " purchase_order, policy, known_at FROM feed WHERE ref >= $1"
	    " AND ref <= $2 ORDER BY ref, number, due NULLS LAST, line",
	    DB_PARAMS(DB_TEXT(s->groups[0].ref),
	    DB_TEXT(s->groups[s->count - 1].ref)), &rows, err))
		return false;
	while (db_step(rows)) {
		while (at < s->count && !str_eq(s->groups[at].ref,
		    db_text(rows, 0)))
			at++;
		if (at == s->count ||
		    !take_feed_row(s, &s->groups[at], rows, err)) {
			db_rows_free(&rows);
			return at < s->count ? false : err_set(err, ERR_SYSTEM,
			    "the spool of the snapshot is not in order");
		}
	}
	return db_finish(&rows, err);
}

/* --- one invoice ------------------------------------------------------------ */

static bool
entry(struct settler *s, const struct invoice_state *invoice,
    int64_t instalment_id, enum entry_kind kind, int64_t amount,
    struct err *err)
{
	return intake_entry(s->in, &s->entries, invoice->customer_id,
	    instalment_id, kind, intake_feed_ref(s->in), invoice->currency,
	    amount, s->in->job.as_of, s->in->job.now_ms, err) &&
	    intake_touch(s->in, invoice->person_id, err);
}

static bool
settle_one(struct settler *s, const struct invoice_state *invoice,
    struct instalment_state *n, struct err *err)
{
	s->d->settled++;
	return !s->apply || entry(s, invoice, n->id, n->balance > 0 ?
	    ENTRY_PAYMENT : ENTRY_ADJUSTMENT, -n->balance, err);
}

static bool
pair_one(struct settler *s, const struct invoice_state *invoice,
    struct instalment_state *n, const struct feed_row *row, bool *changed,
    struct err *err)
{
	int64_t	delta = row->open - n->balance;
	bool	moved = row->due != n->due && row->due != DAY_NONE;

	s->d->open_after += row->open != 0;
	s->d->smaller += delta < 0;
	s->d->larger += delta > 0;
	s->d->moved += moved;
	s->d->same += delta == 0 && !moved;
	*changed = *changed || delta != 0 || moved;
	if (!s->apply)
		return true;
	if (moved && (!intake_due(s->in, &s->dues, n, row->due,
	    s->in->job.now_ms, err) ||
	    !intake_touch(s->in, invoice->person_id, err)))
		return false;
	return delta == 0 || entry(s, invoice, n->id, delta < 0 ?
	    ENTRY_PAYMENT : ENTRY_ADJUSTMENT, delta, err);
}

/* Instalments that count: open, or not closed by a re-split. */
static bool
is_live(const struct instalment_state *n)
{
	return !n->moved_on || n->balance != 0;
}

struct shape {
	size_t	open;		/* instalments with a balance */
	int64_t	ledger;		/* what they sum up to */
	int64_t	feed;
	bool	all_by_due;	/* every feed row has one of its due date */
	bool	equal;		/* and of its amount */
};

static struct instalment_state *
by_due(const struct invoice_state *invoice, const bool *taken,
    const struct feed_row *row)
{
	struct instalment_state	*closed = NULL;

	for (size_t i = 0; i < invoice->count; i++) {
		struct instalment_state	*n = &invoice->instalments[i];

		if (taken[i] || !is_live(n) || n->due != row->due)
			continue;
		if (n->balance != 0)
			return n;
		if (closed == NULL)
			closed = n;
	}
	return closed;
}

static struct shape
look(const struct invoice_state *invoice, const struct feed_row *rows,
    size_t count, bool *taken)
{
	struct shape	shape = {.all_by_due = true, .equal = true};

	for (size_t i = 0; i < invoice->count; i++) {
		taken[i] = false;
		shape.open += invoice->instalments[i].balance != 0;
		shape.ledger += invoice->instalments[i].balance;
	}
	for (size_t i = 0; i < count; i++) {
		struct instalment_state	*n = by_due(invoice, taken, &rows[i]);

		shape.feed += rows[i].open;
		if (n == NULL) {
			shape.all_by_due = false;
			continue;
		}
		taken[n - invoice->instalments] = true;
		shape.equal = shape.equal && n->balance == rows[i].open;
	}
	for (size_t i = 0; i < invoice->count; i++)
		taken[i] = false;
	return shape;
}

/*
 * The same money on other instalments, or more instalments than there were:
 * then nobody can say which became which.
 */
static bool
is_resplit(const struct shape *shape, size_t count)
{
	if (shape->all_by_due && shape->equal && count == shape->open)
		return false;
	if (shape->open > 0 && shape->ledger == shape->feed &&
	    (count != shape->open || (shape->all_by_due && !shape->equal)))
		return true;
	return !shape->all_by_due && count > shape->open;
}

/* Rows to instalments: by due date, then in the order of both. */
static bool
pair_all(struct settler *s, struct invoice_state *invoice,
    struct feed_row *rows, size_t count, bool *taken, bool *changed,
    struct err *err)
{
	struct instalment_state	*n;

	for (size_t i = 0; i < count; i++) {
		if ((n = by_due(invoice, taken, &rows[i])) == NULL)
			continue;
		taken[n - invoice->instalments] = true;
		rows[i].paired = true;
		if (!pair_one(s, invoice, n, &rows[i], changed, err))
			return false;
	}
	for (size_t i = 0, j = 0; i < count; i++) {
		if (rows[i].paired)
			continue;
		while (j < invoice->count && (taken[j] ||
		    invoice->instalments[j].balance == 0))
			j++;
		if (j == invoice->count)
			return err_set(err, ERR_SYSTEM, "invoice %.*s has no"
			    " instalment for a row", STR_ARG(invoice->ref));
		taken[j] = true;
		if (!pair_one(s, invoice, &invoice->instalments[j], &rows[i],
		    changed, err))
			return false;
	}
	for (size_t i = 0; i < invoice->count; i++) {
		if (taken[i] || invoice->instalments[i].balance == 0)
			continue;
		*changed = true;
		if (!settle_one(s, invoice, &invoice->instalments[i], err))
			return false;
	}
	return true;
}

static bool
known_invoice(struct settler *s, struct group *g,
    struct invoice_state *invoice, struct err *err)
{
	struct feed_row	*rows = g->rows.items;
	size_t		 count = g->rows.count;
	struct shape	 shape;
	bool		*taken, changed = false, facts = false;

	taken = arena_array(s->in->slice, invoice->count, sizeof(*taken));
	if (taken == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++)
		rows[i].paired = false;
	shape = look(invoice, rows, count, taken);
	if (count > 0 && s->apply &&
	    !intake_facts(s->in, invoice, &g->first, &facts, err))
		return false;
	if (count > 0 && is_resplit(&shape, count)) {
		s->d->resplit++;
		s->d->open_after += (int64_t)count;
		changed = true;
		if (s->apply && !intake_resplit(s->in, invoice, rows, count,
		    err))
			return false;
	} else if (!pair_all(s, invoice, rows, count, taken, &changed, err))
		return false;
	if (!s->apply)
		return true;
	if (facts && !intake_touch(s->in, invoice->person_id, err))
		return false;
	for (size_t i = 0; i < count; i++)
		intake_count(s->in, STORE_REC_INVOICE, changed || facts ?
		    FATE_CHANGED : FATE_SAME);
	return true;
}

static bool
fresh_invoice(struct settler *s, struct group *g, struct err *err)
{
	struct store_intake	*in = s->in;
	struct feed_row		*rows = g->rows.items;
	struct known_customer	*customer;
	struct invoice_state	 invoice = {.ref = g->ref};

	s->d->fresh += (int64_t)g->rows.count;
	s->d->open_after += (int64_t)g->rows.count;
	if (!s->apply)
		return true;
	customer = customer_map_find(&in->customers,
	    g->first.texts[INVOICE_CUSTOMER]);
	if (customer == NULL)
		return err_set(err, ERR_SYSTEM, "customer of invoice %.*s is"
		    " lost", STR_ARG(g->ref));
	if (!intake_invoice_ids(in, 1, &invoice.id, err) ||
	    !intake_new_invoice(in, &s->invoices, &g->first, customer->id,
	    invoice.id, err) || !row_list_run(in, &s->invoices, err))
		return false;
	invoice.customer_id = customer->id;
	(void)snprintf(invoice.currency, sizeof(invoice.currency), "%s",
	    g->first.currency);
	for (size_t i = 0; i < g->rows.count; i++) {
		int64_t	id, gap = rows[i].open - rows[i].billed;

		if (!db_number(in->store->db, "INSERT INTO instalment"
		    " (invoice_id, number, due, amount, cycle, known_at, batch)"
		    " VALUES ($1, $2, $3, $4, 1, $5, $6) RETURNING id",
		    DB_PARAMS(DB_INT(invoice.id), DB_INT((int64_t)i + 1),
		    store_day_value(rows[i].due), DB_INT(rows[i].billed),
		    DB_INT(rows[i].known_at), DB_INT(in->batch)), &id, NULL,
		    err))
			return false;
		if (gap != 0 && !intake_entry(in, &s->entries, customer->id,
		    id, gap < 0 ? ENTRY_PAYMENT : ENTRY_ADJUSTMENT,
		    intake_feed_ref(in), invoice.currency, gap,
		    in->job.as_of, rows[i].known_at, err))
			return false;
		intake_count(in, STORE_REC_INVOICE, FATE_FRESH);
	}
	return intake_touch(in, customer->person_id, err);
}

/* All rows of an invoice that the ledger has otherwise; it stays open. */
static bool
reject_group(struct settler *s, struct group *g, const char *field,
    const char *what, struct err *err)
{
	struct store_record	 record = g->first;
	const struct feed_row	*rows = g->rows.items;

	for (size_t i = 0; s->apply && i < g->rows.count; i++) {
		record.line = rows[i].line;
		if (!intake_reject(s->in, &record, field, err, "the ledger has"
		    " invoice %.*s with %s", STR_ARG(g->ref), what))
			return false;
	}
	return true;
}

static bool
one_group(struct settler *s, struct group *g,
    const struct invoice_states *known, struct err *err)
{
	struct invoice_state	*invoice = invoice_states_find(known, g->ref);
	struct known_customer	*customer;

	if (invoice == NULL)
		return fresh_invoice(s, g, err);
	customer = customer_map_find(&s->in->customers,
	    g->first.texts[INVOICE_CUSTOMER]);
	if (g->rows.count > 0 && strcmp(invoice->currency, g->first.currency) !=
	    0)
		return reject_group(s, g, "currency", "another currency", err);
	if (g->rows.count > 0 && customer != NULL &&
	    customer->id != invoice->customer_id)
		return reject_group(s, g, "customer", "another customer", err);
	return known_invoice(s, g, invoice, err);
}

/* The customers of these rows are in the map, also when it was emptied. */
static bool
know_customers(struct settler *s, struct err *err)
{
	struct str	*refs = arena_array(s->in->slice, s->count,
			    sizeof(*refs));
	size_t		 count = 0;

	if (refs == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < s->count; i++) {
		if (s->groups[i].rows.count > 0)
			refs[count++] =
			    s->groups[i].first.texts[INVOICE_CUSTOMER];
	}
	if (s->in->customers.count > CUSTOMER_MAP_MAX)
		customer_map_fini(&s->in->customers);
	return intake_know_customers(s->in, refs, count, err);
}

static bool
one_slice(struct settler *s, struct err *err)
{
	struct invoice_states	 known;
	struct str		*refs = arena_array(s->in->slice, s->count,
				    sizeof(*refs));

	if (refs == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < s->count; i++)
		refs[i] = s->groups[i].ref;
	if (!load_feed(s, err) || !know_customers(s, err) ||
	    !intake_load_invoices(s->in, refs, s->count, &known, err))
		return false;
	for (size_t i = 0; i < s->count; i++) {
		if (!one_group(s, &s->groups[i], &known, err))
			return false;
	}
	return row_list_run(s->in, &s->entries, err) &&
	    row_list_run(s->in, &s->dues, err);
}

static bool
each_slice(struct settler *s, struct err *err)
{
	struct buf	after = BUF_INIT;
	bool		has_after = false, ok = false;
	struct store_tx	tx;

	for (;;) {
		arena_reset(s->in->slice);
		s->invoices = (struct row_list){intake_invoice_sql,
		    INTAKE_INVOICE_COLUMNS, NULL, 0, 0};
		s->entries = (struct row_list){intake_entry_sql,
		    INTAKE_ENTRY_COLUMNS, NULL, 0, 0};
		s->dues = (struct row_list){intake_due_sql,
		    INTAKE_DUE_COLUMNS, NULL, 0, 0};
		if (!next_groups(s, buf_str(&after), has_after, err))
			goto done;
		if (s->count == 0)
			break;
		if (s->apply && !store_tx_open(s->in->store, &tx, err))
			goto done;
		ok = one_slice(s, err);
		if (s->apply)
			ok = store_tx_close(s->in->store, &tx, ok, err);
		if (!ok)
			goto done;
		ok = false;
		buf_clear(&after);
		buf_addstr(&after, s->groups[s->count - 1].ref);
		has_after = true;
	}
	ok = true;
done:
	buf_fini(&after);
	return ok;
}

/* --- the whole -------------------------------------------------------------- */

static void
judge(const struct store_intake *in, struct store_difference *d)
{
	char	day[16], last[16];

	if (in->job.accept)
		return;
	if (d->last_as_of != DAY_NONE && in->job.as_of < d->last_as_of)
		(void)snprintf(d->why, sizeof(d->why), "as of %s, older than"
		    " the last snapshot of %s; --accept takes it",
		    date_text(in->job.as_of, day),
		    date_text(d->last_as_of, last));
	else if (d->settled * 10000 > (int64_t)in->job.max_vanished_bp *
	    d->open_before)
		(void)snprintf(d->why, sizeof(d->why), "%lld of %lld open items"
		    " are not in the file, more than max_vanished (%d.%02d%%);"
		    " --accept takes it", (long long)d->settled,
		    (long long)d->open_before, in->job.max_vanished_bp / 100,
		    in->job.max_vanished_bp % 100);
}

bool
store_intake_settle(struct store_intake *in,
    struct store_difference *difference, store_reject_fn *reject, void *arg,
    struct err *err)
{
	struct store_difference	 d = {.last_as_of = DAY_NONE};
	struct settler		 s = {.in = in, .d = &d};
	int64_t			 feed_at;

	in->reject = reject;
	in->arg = arg;
	in->feeds_ledger = true;
	if (!db_script(in->aside, "CREATE INDEX feed_ref ON feed (ref)", err) ||
	    !list_ledger(in, &d, err) ||
	    !db_script(in->aside, "CREATE INDEX ledger_ref ON ledger (ref)",
	    err) || !store_intake_feed(in->store, in->job.creditor, &feed_at,
	    &d.last_as_of, err) || !each_slice(&s, err))
		return false;
	judge(in, &d);
	*difference = d;
	if (d.why[0] != '\0')
		return true;
	s.apply = true;
	d = (struct store_difference){.last_as_of = d.last_as_of};
	return each_slice(&s, err);
}
