/* SPDX-License-Identifier: ISC */
#include "store/store_intake_impl.h"

/* --- one invoice -------------------------------------------------------- */

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
	if (!intake_ids(in, "invoice", 1, &invoice.id, err) ||
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
	return intake_touch_owner(in, customer->id, err);
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
	customer_map_trim(&s->in->customers);
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
	if (!intake_load_feed(s, err) || !know_customers(s, err) ||
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
		s->invoices = (struct row_list){.sql = intake_invoice_sql};
		s->entries = (struct row_list){.sql = intake_entry_sql};
		s->dues = (struct row_list){.sql = intake_due_sql};
		if (!intake_next_groups(s, buf_str(&after), has_after, err))
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

/* --- the whole ---------------------------------------------------------- */

static void
judge(const struct store_intake *in, struct store_difference *d)
{
	char	day[16], last[16];

	if (in->job.accept)
		return;
	if (d->last_as_of != DAY_NONE && in->job.as_of < d->last_as_of)
		(void)snprintf(d->why, sizeof(d->why), "as of %s, older than"
		    " the last snapshot of %s",
		    date_text(in->job.as_of, day),
		    date_text(d->last_as_of, last));
	else if (d->settled * 10000 > (int64_t)in->job.max_vanished_bp *
	    d->open_before)
		(void)snprintf(d->why, sizeof(d->why), "%lld of %lld open items"
		    " are not in the file, more than max_vanished (%d.%02d%%)",
		    (long long)d->settled,
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
	if (!intake_commit(in, err) ||
	    !db_script(in->aside, "CREATE INDEX feed_ref ON feed (ref)", err) ||
	    !intake_list_ledger(in, &d, err) ||
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
