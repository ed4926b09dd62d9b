/* SPDX-License-Identifier: ISC */
#include "store/store_snap_impl.h"

static void
read_person(struct snap_batch *b, struct db_rows *rows)
{
	struct row_person	*p = snap_add(b, &b->persons, sizeof(*p));

	p->key.parent = db_int(rows, 0);
	p->rev = db_int(rows, 1);
	p->ref = snap_text(b, rows, 2);
	p->valid_until_ms = TIME_NEVER;
}

/* "email sms" to bits. */
static unsigned
read_consent(struct str text)
{
	unsigned	bits = 0;

	while (text.len > 0) {
		size_t	n = 0;
		int	channel;

		while (n < text.len && text.p[n] != ' ')
			n++;
		channel = name_find(channel_names, (struct str){text.p, n});
		if (channel >= 0)
			bits |= 1u << channel;
		n += n < text.len;
		text.p += n;
		text.len -= n;
	}
	return bits;
}

/* The versioned columns, from column 1 on; one order in both tables. */
#define FACTS(t) \
	t ".person_id, " t ".name, " t ".tax_id, " t ".type, " t ".status, " \
	t ".country, " t ".region, " t ".zone, " t ".language, " \
	t ".policy, " t ".preferred, " t ".email, " t ".phone, " \
	t ".whatsapp, " t ".address, " t ".consent, " t ".known_at"
#define FACTS_KNOWN_AT	17

static void
read_facts(struct snap_batch *b, struct db_rows *rows, struct row_customer *c)
{
	c->person_id = db_int(rows, 1);
	c->name = snap_text(b, rows, 2);
	c->tax_id = snap_text(b, rows, 3);
	c->type = (enum debtor_type)store_name(debtor_type_names,
	    db_text(rows, 4), DEBTOR_CONSUMER);
	c->status = (enum customer_status)store_name(customer_status_names,
	    db_text(rows, 5), CUSTOMER_ACTIVE);
	c->country = snap_text(b, rows, 6);
	c->region = snap_text(b, rows, 7);
	c->zone = snap_text(b, rows, 8);
	c->language = snap_text(b, rows, 9);
	c->policy = snap_text(b, rows, 10);
	c->preferred = name_find(channel_names, db_text(rows, 11));
	c->email = snap_text(b, rows, 12);
	c->phone = snap_text(b, rows, 13);
	c->whatsapp = snap_text(b, rows, 14);
	c->address = snap_text(b, rows, 15);
	c->consent = read_consent(db_text(rows, 16));
}

static void
read_customer(struct snap_batch *b, struct db_rows *rows)
{
	struct row_customer	*c = snap_add(b, &b->customers, sizeof(*c));
	int64_t			 known_ms = db_int(rows, FACTS_KNOWN_AT);

	read_facts(b, rows, c);
	c->key.parent = c->id = db_int(rows, 0);
	c->ref = snap_text(b, rows, FACTS_KNOWN_AT + 1);
	c->creditor = snap_text(b, rows, FACTS_KNOWN_AT + 2);
	c->feed_ms = store_time(rows, FACTS_KNOWN_AT + 3);
	c->is_known = known_ms <= b->as_of_ms;
	c->future_ms = c->is_known ? TIME_NEVER : known_ms;
}

static void
earlier(int64_t *future_ms, int64_t at_ms)
{
	if (at_ms < *future_ms)
		*future_ms = at_ms;
}

/* Versions come in the order in which they became known. */
static void
read_customer_change(struct snap_batch *b, struct db_rows *rows)
{
	struct row_customer	*c = snap_get(&b->customers, sizeof(*c),
				    db_int(rows, 0));
	int64_t			 known_ms = db_int(rows, FACTS_KNOWN_AT);

	if (c == NULL)
		return;
	if (known_ms > b->as_of_ms) {
		earlier(&c->future_ms, known_ms);
		snap_changes(b, db_int(rows, 1), known_ms);
		return;
	}
	read_facts(b, rows, c);
}

#define CUSTOMER_SQL(from) \
	"SELECT c.id, " FACTS("c") ", c.ref, cr.ref, cr.feed_at" \
	" FROM " from "customer c JOIN creditor cr ON cr.id = c.creditor_id" \
	" WHERE c.batch <> " STORE_HIDDEN " AND "

static bool
load_customers(struct snap_batch *b, struct err *err)
{
	if (!snap_each(b, CUSTOMER_SQL("@rows(i) CROSS JOIN ")
	    "c.person_id = r.c1", read_customer, err) ||
	    !snap_each(b, CUSTOMER_SQL("") "c.id IN"
	    " (SELECT h.customer_id FROM customer_change h"
	    " WHERE h.person_id @ids) AND NOT (c.person_id @ids)",
	    read_customer, err))
		return false;
	snap_sort(&b->customers, sizeof(struct row_customer));
	return !snap_ask(b, &b->customers, sizeof(struct row_customer)) ||
	    snap_each(b, "SELECT h.customer_id, " FACTS("h")
	    " FROM @rows(i) CROSS JOIN customer_change h"
	    " WHERE h.customer_id = r.c1 AND h.batch <> "
	    STORE_HIDDEN " ORDER BY h.customer_id, h.known_at, h.id",
	    read_customer_change, err);
}

static void
read_invoice(struct snap_batch *b, struct db_rows *rows)
{
	struct row_invoice	*r = snap_add(b, &b->invoices, sizeof(*r));
	struct snap_invoice	*v = &r->invoice;
	struct str		 currency = db_text(rows, 3);
	int64_t			 known_ms = db_int(rows, 10);

	r->key.parent = v->id = db_int(rows, 0);
	r->customer_id = db_int(rows, 1);
	v->ref = snap_text(b, rows, 2);
	if (currency.len == CURRENCY_LEN)
		memcpy(v->currency, currency.p, CURRENCY_LEN);
	v->issued = store_day(rows, 4);
	v->status = (enum invoice_status)store_name(invoice_status_names,
	    db_text(rows, 5), INVOICE_OPEN);
	v->pay_url = snap_text(b, rows, 6);
	v->document = snap_text(b, rows, 7);
	v->purchase_order = snap_text(b, rows, 8);
	v->policy = snap_text(b, rows, 9);
	r->is_known = known_ms <= b->as_of_ms;
	r->future_ms = r->is_known ? TIME_NEVER : known_ms;
}

static void
read_invoice_change(struct snap_batch *b, struct db_rows *rows)
{
	struct row_invoice	*r = snap_get(&b->invoices, sizeof(*r),
				    db_int(rows, 0));
	struct snap_invoice	*v;
	int64_t			 known_ms = db_int(rows, 7);

	if (r == NULL)
		return;
	if (known_ms > b->as_of_ms) {
		earlier(&r->future_ms, known_ms);
		return;
	}
	v = &r->invoice;
	v->issued = store_day(rows, 1);
	v->status = (enum invoice_status)store_name(invoice_status_names,
	    db_text(rows, 2), INVOICE_OPEN);
	v->pay_url = snap_text(b, rows, 3);
	v->document = snap_text(b, rows, 4);
	v->purchase_order = snap_text(b, rows, 5);
	v->policy = snap_text(b, rows, 6);
}

static bool
load_invoices(struct snap_batch *b, struct err *err)
{
	if (!snap_ask(b, &b->customers, sizeof(struct row_customer)))
		return true;
	if (!snap_each(b, "SELECT id, customer_id, ref, currency, issued,"
	    " status, pay_url, document, purchase_order, policy, known_at"
	    " FROM @rows(i) CROSS JOIN invoice"
	    " WHERE customer_id = r.c1 AND batch <> " STORE_HIDDEN,
	    read_invoice, err))
		return false;
	snap_sort(&b->invoices, sizeof(struct row_invoice));
	return !snap_ask(b, &b->invoices, sizeof(struct row_invoice)) ||
	    snap_each(b, "SELECT invoice_id, issued, status, pay_url,"
	    " document, purchase_order, policy, known_at FROM @rows(i)"
	    " CROSS JOIN invoice_change WHERE invoice_id = r.c1 AND batch <> " STORE_HIDDEN
	    " ORDER BY invoice_id, known_at, id", read_invoice_change, err);
}

static void
read_instalment(struct snap_batch *b, struct db_rows *rows)
{
	struct row_instalment	*r = snap_add(b, &b->instalments, sizeof(*r));
	struct snap_instalment	*s = &r->instalment;
	int64_t			 known_ms = db_int(rows, 6);

	r->key.parent = s->id = db_int(rows, 0);
	r->invoice_id = db_int(rows, 1);
	s->number = (int)db_int(rows, 2);
	s->due = store_day(rows, 3);
	s->amount = s->balance = db_int(rows, 4);
	s->cycle = (int)db_int(rows, 5);
	s->changed_ms = TIME_NONE;
	r->is_known = known_ms <= b->as_of_ms;
	r->future_ms = r->is_known ? TIME_NEVER : known_ms;
}

static void
read_instalment_change(struct snap_batch *b, struct db_rows *rows)
{
	struct row_instalment	*r = snap_get(&b->instalments, sizeof(*r),
				    db_int(rows, 0));
	int64_t			 known_ms = db_int(rows, 3);

	if (r == NULL)
		return;
	if (known_ms > b->as_of_ms) {
		earlier(&r->future_ms, known_ms);
		return;
	}
	r->instalment.due = store_day(rows, 1);
	r->instalment.cycle = (int)db_int(rows, 2);
	r->instalment.changed_ms = known_ms;
}

static bool
load_instalments(struct snap_batch *b, struct err *err)
{
	if (!snap_ask(b, &b->invoices, sizeof(struct row_invoice)))
		return true;
	if (!snap_each(b, "SELECT id, invoice_id, number, due, amount, cycle,"
	    " known_at FROM @rows(i) CROSS JOIN instalment"
	    " WHERE invoice_id = r.c1 AND batch <> "
	    STORE_HIDDEN, read_instalment, err))
		return false;
	snap_sort(&b->instalments, sizeof(struct row_instalment));
	return !snap_ask(b, &b->instalments, sizeof(struct row_instalment)) ||
	    snap_each(b, "SELECT instalment_id, due, cycle, known_at"
	    " FROM @rows(i) CROSS JOIN instalment_change"
	    " WHERE instalment_id = r.c1 AND batch <> "
	    STORE_HIDDEN " ORDER BY instalment_id, known_at, id",
	    read_instalment_change, err);
}

static void
fill_entry(struct snap_batch *b, struct db_rows *rows, struct store_vec *vec)
{
	struct row_entry	*e = snap_add(b, vec, sizeof(*e));
	struct str		 currency = db_text(rows, 4);

	e->key.parent = db_int(rows, 0);
	e->amount = db_int(rows, 1);
	e->known_ms = db_int(rows, 2);
	e->is_payment = str_is(db_text(rows, 3),
	    entry_kind_names[ENTRY_PAYMENT]);
	if (currency.len == CURRENCY_LEN)
		memcpy(e->currency, currency.p, CURRENCY_LEN);
}

static void
read_entry(struct snap_batch *b, struct db_rows *rows)
{
	fill_entry(b, rows, &b->entries);
}

static void
read_loose(struct snap_batch *b, struct db_rows *rows)
{
	fill_entry(b, rows, &b->loose);
}

static bool
load_entries(struct snap_batch *b, struct err *err)
{
	if (snap_ask(b, &b->instalments, sizeof(struct row_instalment)) &&
	    !snap_each(b, "SELECT instalment_id, amount, known_at, kind,"
	    " currency FROM @rows(i) CROSS JOIN entry"
	    " WHERE instalment_id = r.c1 AND batch <> "
	    STORE_HIDDEN, read_entry, err))
		return false;
	snap_sort(&b->entries, sizeof(struct row_entry));
	if (snap_ask(b, &b->customers, sizeof(struct row_customer)) &&
	    !snap_each(b, "SELECT customer_id, amount, known_at, kind,"
	    " currency FROM @rows(i) CROSS JOIN entry"
	    " WHERE customer_id = r.c1"
	    " AND instalment_id IS NULL AND batch <> " STORE_HIDDEN,
	    read_loose, err))
		return false;
	snap_sort(&b->loose, sizeof(struct row_entry));
	return !b->failed || err_nomem(err);
}

bool
snap_load_facts(struct snap_batch *b, const int64_t *person_ids, size_t count,
    struct err *err)
{
	buf_clear(&b->ids);
	store_ids(b->store, person_ids, count, &b->ids);
	if (!snap_each(b, "SELECT id, rev, ref FROM person WHERE id @ids"
	    " AND batch <> " STORE_HIDDEN, read_person, err))
		return false;
	snap_sort(&b->persons, sizeof(struct row_person));
	if (!snap_ask(b, &b->persons, sizeof(struct row_person)))
		return !b->failed || err_nomem(err);
	return load_customers(b, err) && load_invoices(b, err) &&
	    load_instalments(b, err) && load_entries(b, err);
}
