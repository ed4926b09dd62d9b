/* SPDX-License-Identifier: ISC */
#include "store/store_intake_impl.h"

struct booked {			/* a document that the ledger has */
	struct str	ref;
	int64_t		amount;
	char		currency[CURRENCY_LEN + 1];
};

struct cashier {
	struct store_intake	*in;
	enum store_record_kind	 kind;
	enum entry_kind		 entry_kind;
	struct store_vec	 booked;	/* struct booked, by ref */
	struct invoice_states	 invoices;
	struct row_list		 documents;
	struct row_list		 entries;
};

static bool
on_booked(void *arg, struct db_rows *rows, struct err *err)
{
	struct cashier	*c = arg;
	struct booked	*b = store_vec_add(c->in->slice, &c->booked,
			    sizeof(*b));
	bool		 failed = false;

	if (b == NULL)
		return err_nomem(err);
	b->ref = str_of(store_copy(c->in->slice, db_text(rows, 0), &failed));
	b->amount = db_int(rows, 1);
	(void)snprintf(b->currency, sizeof(b->currency), "%.*s",
	    STR_ARG(db_text(rows, 2)));
	return !failed || err_nomem(err);
}

static int
by_ref(const void *a, const void *b)
{
	return intake_compare_refs(((const struct booked *)a)->ref,
	    ((const struct booked *)b)->ref);
}

static int
by_ref_and_line(const void *a, const void *b)
{
	const struct store_record *const	*p = a, *const *q = b;
	const struct store_record		*x = *p, *y = *q;
	int	order = intake_compare_refs(x->ref, y->ref);

	return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static bool
load(struct cashier *c, const struct store_record **records, size_t count,
    struct err *err)
{
	struct store_intake	*in = c->in;
	struct str		*refs, *invoices, *customers;
	size_t			 n_invoices = 0, n_customers = 0;

	refs = arena_array(in->slice, count, sizeof(*refs));
	invoices = arena_array(in->slice, count, sizeof(*refs));
	customers = arena_array(in->slice, count, sizeof(*refs));
	if (refs == NULL || invoices == NULL || customers == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		refs[i] = records[i]->ref;
		if (records[i]->texts[PAYMENT_INVOICE].len > 0)
			invoices[n_invoices++] =
			    records[i]->texts[PAYMENT_INVOICE];
		if (records[i]->texts[PAYMENT_CUSTOMER].len > 0)
			customers[n_customers++] =
			    records[i]->texts[PAYMENT_CUSTOMER];
	}
	if (!intake_know_customers(in, customers, n_customers, err) ||
	    !intake_load_invoices(in, invoices, intake_sort_refs(invoices,
	    n_invoices), &c->invoices, err) ||
	    !intake_by_refs(in, "SELECT d.ref, d.amount, d.currency"
	    " FROM @rows(t) CROSS JOIN document d WHERE d.creditor_id = $2"
	    " AND d.kind = $3 AND d.ref = r.c1", refs, intake_sort_refs(refs, count),
	    DB_PARAMS(DB_INT(in->creditor_id),
	    STORE_TEXT(entry_kind_names[c->entry_kind])), on_booked, c, err))
		return false;
	if (c->booked.count > 1)
		qsort(c->booked.items, c->booked.count, sizeof(struct booked),
		    by_ref);
	return true;
}

/* Booked before: the same again is fine, another amount is not. */
static bool
again(struct cashier *c, const struct store_record *record, int64_t amount,
    const char *currency, struct err *err)
{
	if (amount == record->amount &&
	    strcmp(currency, record->currency) == 0) {
		intake_count(c->in, c->kind, FATE_SAME);
		return true;
	}
	return intake_reject(c->in, record, "amount", err, "%s %.*s is booked"
	    " already with another amount", entry_kind_names[c->entry_kind],
	    STR_ARG(record->ref));
}

static bool
entry(struct cashier *c, const struct store_record *record,
    int64_t customer_id, int64_t instalment_id, int64_t amount,
    struct err *err)
{
	return intake_entry(c->in, &c->entries, customer_id, instalment_id,
	    c->entry_kind, record->ref, record->currency, -amount, record->on,
	    intake_known_at(c->in, record), err);
}

static struct instalment_state *
oldest_open(struct invoice_state *invoice)
{
	struct instalment_state	*oldest = NULL;

	for (size_t i = 0; i < invoice->count; i++) {
		struct instalment_state	*n = &invoice->instalments[i];

		if (n->balance > 0 && (oldest == NULL || n->due < oldest->due))
			oldest = n;
	}
	return oldest;
}

/* Oldest instalment first; what is left over waits with the customer. */
static bool
allocate(struct cashier *c, const struct store_record *record,
    struct invoice_state *invoice, struct err *err)
{
	struct instalment_state	*n;
	int64_t			 left = record->amount, part;

	while (left > 0 && (n = oldest_open(invoice)) != NULL) {
		part = n->balance < left ? n->balance : left;
		if (!entry(c, record, invoice->customer_id, n->id, part, err))
			return false;
		n->balance -= part;
		left -= part;
	}
	return (left == 0 || entry(c, record, invoice->customer_id, 0, left,
	    err)) && intake_touch(c->in, invoice->person_id, err);
}

static bool
book(struct cashier *c, const struct store_record *record, struct err *err)
{
	struct invoice_state	*invoice = invoice_states_find(&c->invoices,
				    record->texts[PAYMENT_INVOICE]);
	struct known_customer	*customer = customer_map_find(
				    &c->in->customers,
				    record->texts[PAYMENT_CUSTOMER]);
	struct db_value		*v;

	/* other money than the invoice's waits for a person's decision */
	if (invoice != NULL &&
	    strcmp(invoice->currency, record->currency) != 0) {
		if (customer == NULL)
			return intake_reject(c->in, record, "currency", err,
			    "invoice %.*s is in %s", STR_ARG(invoice->ref),
			    invoice->currency);
		invoice = NULL;
	}
	if (invoice == NULL && customer == NULL)
		return intake_reject(c->in, record, "invoice", err, "neither"
		    " its invoice nor its customer is known");
	if (!intake_currency(c->in, record->currency, err) ||
	    (v = row_list_add(c->in, &c->documents, err)) == NULL)
		return false;
	v[0] = DB_INT(c->in->creditor_id);
	v[1] = STORE_TEXT(entry_kind_names[c->entry_kind]);
	v[2] = DB_TEXT(record->ref);
	v[3] = DB_INT(record->amount);
	v[4] = STORE_TEXT(record->currency);
	v[5] = DB_INT(c->in->batch);
	intake_count(c->in, c->kind, FATE_FRESH);
	if (invoice != NULL)
		return allocate(c, record, invoice, err);
	return entry(c, record, customer->id, 0, record->amount, err) &&
	    intake_touch_owner(c->in, customer->id, err);
}

bool
intake_payments(struct store_intake *in, const struct store_record **records,
    size_t count, enum store_record_kind kind, struct err *err)
{
	struct cashier	c = { .in = in, .kind = kind,
		.entry_kind = kind == STORE_REC_CREDIT ? ENTRY_CREDIT :
		    ENTRY_PAYMENT,
		.documents = {.sql = "INSERT INTO document (creditor_id, kind,"
		    " ref, amount, currency, batch) SELECT c1, c2, c3, c4, c5,"
		    " c6 FROM @rows(ittiti)"},
		.entries = {.sql = intake_entry_sql} };

	if (!load(&c, records, count, err))
		return false;
	qsort(records, count, sizeof(*records), by_ref_and_line);
	for (size_t i = 0; i < count; i++) {
		const struct booked	 key = {.ref = records[i]->ref};
		const struct booked	*booked = c.booked.count == 0 ? NULL :
		    bsearch(&key, c.booked.items, c.booked.count, sizeof(key),
		    by_ref);
		bool			 ok;

		if (booked != NULL)
			ok = again(&c, records[i], booked->amount,
			    booked->currency, err);
		else if (i > 0 && str_eq(records[i - 1]->ref, records[i]->ref))
			ok = again(&c, records[i], records[i - 1]->amount,
			    records[i - 1]->currency, err);
		else
			ok = book(&c, records[i], err);
		if (!ok)
			return false;
	}
	return row_list_run(in, &c.documents, err) &&
	    row_list_run(in, &c.entries, err);
}
