/* SPDX-License-Identifier: ISC */
#include "store/store_intake_impl.h"

/* What one slice of invoices writes, in this order. */
struct writer {
	struct store_intake	*in;
	struct invoice_states	 known;
	int64_t			 next_id;	/* of invoices, reserved */
	struct row_list		 invoices;
	struct row_list		 instalments;
	struct row_list		 dues;
	struct row_list		 entries;
	struct row_list		 opened;	/* entries of new instalments */
};

const char	intake_invoice_sql[] =
	"INSERT INTO invoice (creditor_id, customer_id, ref, currency, issued,"
	" status, pay_url, document, purchase_order, policy, known_at, batch,"
	" id) SELECT c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13"
	" FROM @rows(iittitttttiii)";
static const char	instalment_sql[] =
	"INSERT INTO instalment (invoice_id, number, due, amount, cycle,"
	" known_at, batch) SELECT c1, c2, c3, c4, 1, c5, c6"
	" FROM @rows(iiiiii)";
const char	intake_entry_sql[] =
	"INSERT INTO entry (customer_id, instalment_id, kind, ref, currency,"
	" amount, value_on, known_at, author, batch)"
	" SELECT c1, c2, c3, c4, c5, c6, c7, c8, c9, c10"
	" FROM @rows(iitttiiiti)";
const char	intake_due_sql[] =
	"INSERT INTO instalment_change (instalment_id, due, cycle, known_at,"
	" batch) SELECT c1, c2, c3, c4, c5 FROM @rows(iiiii)";
/* The instalment is found by what names it: its id is not known yet. */
static const char	opened_sql[] =
	"INSERT INTO entry (customer_id, instalment_id, kind, ref, currency,"
	" amount, value_on, known_at, author, batch)"
	" SELECT i.customer_id, n.id, c3, c4, i.currency, c5, c6, c7, c8, c9"
	" FROM @rows(iittiiiti) CROSS JOIN invoice i CROSS JOIN instalment n"
	" WHERE i.id = c1 AND n.invoice_id = i.id AND n.number = c2";

struct str
intake_feed_ref(struct store_intake *in)
{
	char		 day[16];
	const char	*ref = arena_printf(in->slice, "feed:%s",
			    date_text(in->job.as_of == DAY_NONE ?
			    in->job.today : in->job.as_of, day));

	return str_of(ref == NULL ? "feed" : ref);
}

bool
intake_entry(struct store_intake *in, struct row_list *list,
    int64_t customer_id, int64_t instalment_id, enum entry_kind kind,
    struct str ref, const char *currency, int64_t amount, int32_t value_on,
    int64_t known_at, struct err *err)
{
	struct db_value	*v = row_list_add(in, list, err);
	const char	*code;

	if (v == NULL)
		return false;
	if ((code = arena_strdup(in->slice, currency)) == NULL)
		return err_nomem(err);
	v[0] = DB_INT(customer_id);
	v[1] = instalment_id == 0 ? DB_NULL : DB_INT(instalment_id);
	v[2] = STORE_TEXT(entry_kind_names[kind]);
	v[3] = DB_TEXT(ref);
	v[4] = STORE_TEXT(code);
	v[5] = DB_INT(amount);
	v[6] = DB_INT(value_on);
	v[7] = DB_INT(known_at);
	v[8] = STORE_TEXT(in->job.author);
	v[9] = DB_INT(in->batch);
	return true;
}

bool
intake_due(struct store_intake *in, struct row_list *list,
    struct instalment_state *instalment, int32_t due, int64_t known_at,
    struct err *err)
{
	struct db_value	*v = row_list_add(in, list, err);

	if (v == NULL)
		return false;
	v[0] = DB_INT(instalment->id);
	v[1] = store_day_value(due);
	v[2] = DB_INT(instalment->cycle);
	/* not before the version that it follows */
	v[3] = DB_INT(known_at > instalment->due_known_at ? known_at :
	    instalment->due_known_at);
	v[4] = DB_INT(in->batch);
	instalment->due = due;
	return true;
}

/* A text of the record, or what stands when the feed has none. */
static struct str
fact(const struct store_record *record, int i, struct str otherwise)
{
	struct str	text = record->texts[i];

	if (text.p == NULL || (i == INVOICE_STATUS && text.len == 0))
		return otherwise;
	return text;
}

bool
intake_facts(struct store_intake *in, struct invoice_state *invoice,
    const struct store_record *record, bool *changed, struct err *err)
{
	struct str	facts[INVOICE_FACTS];
	int32_t		issued = record->on == DAY_NONE ? invoice->issued :
			    record->on;
	int64_t		known_at = intake_known_at(in, record);
	bool		differs = issued != invoice->issued;

	for (int i = 0; i < INVOICE_FACTS; i++) {
		facts[i] = fact(record, i, invoice->facts[i]);
		differs = differs || !str_eq(facts[i], invoice->facts[i]);
	}
	*changed = differs;
	if (!differs)
		return true;
	if (known_at < invoice->facts_known_at)
		known_at = invoice->facts_known_at;
	invoice->issued = issued;
	for (int i = 0; i < INVOICE_FACTS; i++)
		invoice->facts[i] = facts[i];
	invoice->facts_batch = in->batch;
	return db_exec(in->store->db, "INSERT INTO invoice_change (invoice_id,"
	    " issued, status, pay_url, document, purchase_order, policy,"
	    " known_at, batch) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
	    DB_PARAMS(DB_INT(invoice->id), store_day_value(issued),
	    DB_TEXT(facts[INVOICE_STATUS]), DB_TEXT(facts[INVOICE_PAY_URL]),
	    DB_TEXT(facts[INVOICE_DOCUMENT]),
	    DB_TEXT(facts[INVOICE_PURCHASE_ORDER]),
	    DB_TEXT(facts[INVOICE_POLICY]), DB_INT(known_at),
	    DB_INT(in->batch)), NULL, err);
}

bool
intake_new_invoice(struct store_intake *in, struct row_list *list,
    const struct store_record *record, int64_t customer_id, int64_t id,
    struct err *err)
{
	struct db_value	*v;

	if (!intake_currency(in, record->currency, err) ||
	    (v = row_list_add(in, list, err)) == NULL)
		return false;
	v[0] = DB_INT(in->creditor_id);
	v[1] = DB_INT(customer_id);
	v[2] = DB_TEXT(record->ref);
	v[3] = STORE_TEXT(record->currency);
	v[4] = store_day_value(record->on);
	v[5] = DB_TEXT(fact(record, INVOICE_STATUS, STR("open")));
	v[6] = DB_TEXT(fact(record, INVOICE_PAY_URL, STR("")));
	v[7] = DB_TEXT(fact(record, INVOICE_DOCUMENT, STR("")));
	v[8] = DB_TEXT(fact(record, INVOICE_PURCHASE_ORDER, STR("")));
	v[9] = DB_TEXT(fact(record, INVOICE_POLICY, STR("")));
	v[10] = DB_INT(intake_known_at(in, record));
	v[11] = DB_INT(in->batch);
	v[12] = DB_INT(id);
	return true;
}

/* What the feed says is open, when it is not what was billed. */
static bool
open_entry(struct writer *w, const struct store_record *record,
    int64_t invoice_id, struct err *err)
{
	struct store_intake	*in = w->in;
	int64_t			 delta = record->balance - record->amount;
	struct db_value		*v;

	if (!record->has_balance || delta == 0)
		return true;
	if ((v = row_list_add(in, &w->opened, err)) == NULL)
		return false;
	v[0] = DB_INT(invoice_id);
	v[1] = DB_INT(record->number);
	v[2] = STORE_TEXT(entry_kind_names[delta < 0 ? ENTRY_PAYMENT :
	    ENTRY_ADJUSTMENT]);
	v[3] = DB_TEXT(intake_feed_ref(in));
	v[4] = DB_INT(delta);
	v[5] = DB_INT(in->job.today);
	v[6] = DB_INT(intake_known_at(in, record));
	v[7] = STORE_TEXT(in->job.author);
	v[8] = DB_INT(in->batch);
	return true;
}

static bool
new_instalment(struct writer *w, const struct store_record *record,
    int64_t invoice_id, int64_t customer_id, struct err *err)
{
	struct db_value	*v = row_list_add(w->in, &w->instalments, err);

	if (v == NULL)
		return false;
	v[0] = DB_INT(invoice_id);
	v[1] = DB_INT(record->number);
	v[2] = store_day_value(record->due);
	v[3] = DB_INT(record->amount);
	v[4] = DB_INT(intake_known_at(w->in, record));
	v[5] = DB_INT(w->in->batch);
	intake_count(w->in, STORE_REC_INVOICE, FATE_FRESH);
	return open_entry(w, record, invoice_id, err) &&
	    intake_touch_owner(w->in, customer_id, err);
}

/* Differences of an instalment that stands, as entries and a version. */
static bool
change_instalment(struct writer *w, const struct invoice_state *invoice,
    struct instalment_state *n, const struct store_record *record,
    bool *changed, bool *rejected, struct err *err)
{
	struct store_intake	*in = w->in;
	int64_t			 known_at = intake_known_at(in, record);
	int64_t			 delta = record->amount - n->billed;
	bool			 moved = record->due != n->due &&
				    record->due != DAY_NONE;
	int64_t			 gap = record->has_balance ?
				    record->balance - (n->balance + delta) : 0;

	*changed = delta != 0 || moved || gap != 0;
	*rejected = *changed && n->batch == in->batch;
	if (*rejected)
		return intake_reject(in, record, "invoice", err, "instalment"
		    " %d of invoice %.*s stands in more than one row of the"
		    " file", n->number, STR_ARG(record->ref));
	if (moved && !intake_due(in, &w->dues, n, record->due, known_at, err))
		return false;
	if (delta != 0 && !intake_entry(in, &w->entries, invoice->customer_id,
	    n->id, ENTRY_ADJUSTMENT, intake_feed_ref(in), invoice->currency,
	    delta, in->job.today, known_at, err))
		return false;
	if (gap != 0 && !intake_entry(in, &w->entries, invoice->customer_id,
	    n->id, gap < 0 ? ENTRY_PAYMENT : ENTRY_ADJUSTMENT,
	    intake_feed_ref(in), invoice->currency, gap, in->job.today,
	    known_at, err))
		return false;
	n->billed = record->amount;
	n->balance += delta + gap;
	if (*changed)
		n->batch = in->batch;
	return true;
}

/* Does the record speak of the invoice that the ledger has? */
static bool
fits(struct store_intake *in, const struct invoice_state *invoice,
    const struct store_record *record, const struct known_customer *customer,
    bool *ok, struct err *err)
{
	*ok = false;
	if (invoice->customer_id != customer->id)
		return intake_reject(in, record, "customer", err, "invoice"
		    " %.*s belongs to another customer", STR_ARG(record->ref));
	if (strcmp(invoice->currency, record->currency) != 0)
		return intake_reject(in, record, "currency", err, "invoice"
		    " %.*s is in %s", STR_ARG(record->ref), invoice->currency);
	*ok = true;
	return true;
}

static bool
known_record(struct writer *w, struct invoice_state *invoice,
    const struct store_record *record, const struct known_customer *customer,
    struct err *err)
{
	struct instalment_state	*n = NULL;
	bool			 ok, facts = false, changed = false;
	bool			 rejected = false;

	if (!fits(w->in, invoice, record, customer, &ok, err))
		return false;
	if (!ok)
		return true;
	for (size_t i = 0; i < invoice->count && n == NULL; i++) {
		if (invoice->instalments[i].number == record->number)
			n = &invoice->instalments[i];
	}
	if (!intake_facts(w->in, invoice, record, &facts, err))
		return false;
	if (n == NULL)
		return new_instalment(w, record, invoice->id,
		    invoice->customer_id, err);
	if (!change_instalment(w, invoice, n, record, &changed, &rejected,
	    err))
		return false;
	if (rejected)
		return true;
	intake_count(w->in, STORE_REC_INVOICE, changed || facts ?
	    FATE_CHANGED : FATE_SAME);
	return (!changed && !facts) ||
	    intake_touch(w->in, invoice->person_id, err);
}

/* The rows of an invoice that is new: its facts are those of the first. */
static bool
fresh_group(struct writer *w, const struct store_record **group, size_t count,
    struct err *err)
{
	struct known_customer	*customer = NULL, *first = NULL;
	int64_t			 id = w->next_id++;

	for (size_t i = 0; i < count; i++) {
		const struct store_record	*record = group[i];
		struct str	 ref = record->texts[INVOICE_CUSTOMER];
		bool		 twice = false;

		if ((customer = customer_map_find(&w->in->customers, ref)) ==
		    NULL) {
			if (!intake_reject(w->in, record, "customer", err,
			    "customer %.*s is not known; import customers"
			    " first", STR_ARG(ref)))
				return false;
			continue;
		}
		for (size_t j = 0; j < i; j++)
			twice = twice || group[j]->number == record->number;
		if (twice || (first != NULL && first->id != customer->id)) {
			if (!intake_reject(w->in, record, "invoice", err,
			    "instalment %d of invoice %.*s stands in more than"
			    " one row of the file", record->number,
			    STR_ARG(record->ref)))
				return false;
			continue;
		}
		if (first == NULL && !intake_new_invoice(w->in, &w->invoices,
		    record, customer->id, id, err))
			return false;
		first = customer;
		if (!new_instalment(w, record, id, customer->id, err))
			return false;
	}
	return true;
}

static bool
known_group(struct writer *w, struct invoice_state *invoice,
    const struct store_record **group, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		struct str	 ref = group[i]->texts[INVOICE_CUSTOMER];
		const struct known_customer *customer = customer_map_find(
		    &w->in->customers, ref);

		if (customer == NULL) {
			if (!intake_reject(w->in, group[i], "customer", err,
			    "customer %.*s is not known", STR_ARG(ref)))
				return false;
		} else if (!known_record(w, invoice, group[i], customer, err))
			return false;
	}
	return true;
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
load_known(struct writer *w, const struct store_record **records,
    size_t count, struct err *err)
{
	struct str	*refs, *customers;

	refs = arena_array(w->in->slice, count, sizeof(*refs));
	customers = arena_array(w->in->slice, count, sizeof(*customers));
	if (refs == NULL || customers == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		refs[i] = records[i]->ref;
		customers[i] = records[i]->texts[INVOICE_CUSTOMER];
	}
	return intake_know_customers(w->in, customers, count, err) &&
	    intake_load_invoices(w->in, refs, intake_sort_refs(refs, count),
	    &w->known, err);
}

bool
intake_invoices(struct store_intake *in, const struct store_record **records,
    size_t count, struct err *err)
{
	struct writer	w = { .in = in,
		.invoices = {.sql = intake_invoice_sql},
		.instalments = {.sql = instalment_sql},
		.dues = {.sql = intake_due_sql},
		.entries = {.sql = intake_entry_sql},
		.opened = {.sql = opened_sql} };
	size_t		end;

	if (!load_known(&w, records, count, err) ||
	    !intake_ids(in, "invoice", count, &w.next_id, err))
		return false;
	qsort(records, count, sizeof(*records), by_ref_and_line);
	for (size_t at = 0; at < count; at = end) {
		struct invoice_state	*known = invoice_states_find(&w.known,
					    records[at]->ref);

		for (end = at + 1; end < count &&
		    str_eq(records[end]->ref, records[at]->ref); end++)
			;
		if (known != NULL ? !known_group(&w, known, records + at,
		    end - at, err) : !fresh_group(&w, records + at, end - at,
		    err))
			return false;
	}
	return row_list_run(in, &w.invoices, err) &&
	    row_list_run(in, &w.instalments, err) &&
	    row_list_run(in, &w.dues, err) &&
	    row_list_run(in, &w.entries, err) &&
	    row_list_run(in, &w.opened, err);
}
