/* SPDX-License-Identifier: ISC */
#include "store/store_intake_impl.h"

struct loader {
	struct store_intake	*in;
	struct store_vec	 invoices;	/* struct invoice_state */
	struct store_vec	 instalments;	/* struct loaded */
};

struct loaded {
	int64_t			invoice_id;
	struct instalment_state	state;
};

static bool
copy_text(struct store_intake *in, struct str text, struct str *out,
    struct err *err)
{
	char	*copy = arena_copy(in->slice, text.p == NULL ? "" : text.p,
		    text.len);

	if (copy == NULL)
		return err_nomem(err);
	*out = (struct str){copy, text.len};
	return true;
}

static bool
on_invoice(void *arg, struct db_rows *rows, struct err *err)
{
	struct loader		*l = arg;
	struct invoice_state	*i;
	struct str		 currency = db_text(rows, 4);

	if ((i = store_vec_add(l->in->slice, &l->invoices, sizeof(*i))) == NULL)
		return err_nomem(err);
	i->id = db_int(rows, 0);
	i->customer_id = db_int(rows, 2);
	i->person_id = db_int(rows, 3);
	(void)snprintf(i->currency, sizeof(i->currency), "%.*s",
	    STR_ARG(currency));
	i->issued = store_day(rows, 5);
	for (int fact = 0; fact < INVOICE_FACTS; fact++) {
		if (!copy_text(l->in, db_text(rows, 6 + fact), &i->facts[fact],
		    err))
			return false;
	}
	i->facts_known_at = db_int(rows, 11);
	i->facts_batch = db_int(rows, 12);
	return copy_text(l->in, db_text(rows, 1), &i->ref, err);
}

static const char	invoice_sql[] =
	"SELECT i.id, i.ref, i.customer_id, COALESCE((SELECT c.person_id"
	" FROM customer_change c WHERE c.customer_id = i.customer_id"
	" ORDER BY c.known_at DESC, c.id DESC LIMIT 1), k.person_id),"
	" i.currency,"
	" CASE WHEN v.id IS NULL THEN i.issued ELSE v.issued END,"
	" COALESCE(v.status, i.status), COALESCE(v.pay_url, i.pay_url),"
	" COALESCE(v.document, i.document),"
	" COALESCE(v.purchase_order, i.purchase_order),"
	" COALESCE(v.policy, i.policy), COALESCE(v.known_at, i.known_at),"
	" COALESCE(v.batch, i.batch)"
	" FROM @rows(t) CROSS JOIN invoice i"
	" JOIN customer k ON k.id = i.customer_id"
	" LEFT JOIN invoice_change v ON v.id = (SELECT h.id"
	" FROM invoice_change h WHERE h.invoice_id = i.id"
	" ORDER BY h.known_at DESC, h.id DESC LIMIT 1)"
	" WHERE i.creditor_id = $2 AND i.ref = r.c1";

static bool
on_instalment(struct loader *l, struct db_rows *rows, struct err *err)
{
	struct loaded	*n;

	n = store_vec_add(l->in->slice, &l->instalments, sizeof(*n));
	if (n == NULL)
		return err_nomem(err);
	n->invoice_id = db_int(rows, 0);
	n->state = (struct instalment_state){
		.id = db_int(rows, 1), .number = (int)db_int(rows, 2),
		.due = store_day(rows, 3), .due_known_at = db_int(rows, 4),
		.cycle = (int)db_int(rows, 5), .billed = db_int(rows, 6),
		.balance = db_int(rows, 7), .batch = db_int(rows, 8),
		.moved_on = db_int(rows, 9) > 0,
	};
	return true;
}

static const char	instalment_sql[] =
	"SELECT n.invoice_id, n.id, n.number,"
	" CASE WHEN v.id IS NULL THEN n.due ELSE v.due END,"
	" COALESCE(v.known_at, n.known_at), COALESCE(v.cycle, n.cycle),"
	" n.amount + COALESCE((SELECT SUM(e.amount) FROM entry e"
	"  WHERE e.instalment_id = n.id AND e.kind = 'adjustment'), 0),"
	" n.amount + COALESCE((SELECT SUM(e.amount) FROM entry e"
	"  WHERE e.instalment_id = n.id), 0),"
	" COALESCE((SELECT MAX(e.batch) FROM entry e"
	"  WHERE e.instalment_id = n.id AND e.kind = 'adjustment'),"
	"  v.batch, n.batch),"
	" (SELECT COUNT(*) FROM entry e WHERE e.instalment_id = n.id"
	"  AND e.kind = 'transfer')"
	" FROM instalment n LEFT JOIN instalment_change v ON v.id ="
	" (SELECT h.id FROM instalment_change h WHERE h.instalment_id = n.id"
	"  ORDER BY h.known_at DESC, h.id DESC LIMIT 1)"
	" WHERE n.invoice_id @ids ORDER BY n.invoice_id, n.number";

static bool
load_instalments(struct loader *l, struct err *err)
{
	const struct invoice_state	*invoices = l->invoices.items;
	struct buf			 ids = BUF_INIT;
	struct db_rows			*rows = NULL;
	int64_t				*list;
	bool				 ok = false;

	list = arena_array(l->in->slice, l->invoices.count, sizeof(*list));
	if (list == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < l->invoices.count; i++)
		list[i] = invoices[i].id;
	store_ids(l->in->store, list, l->invoices.count, &ids);
	if (!buf_check(&ids, err) || !store_query_ids(l->in->store,
	    instalment_sql, buf_str(&ids), NULL, 0, &rows, err))
		goto done;
	while (db_step(rows)) {
		if (!on_instalment(l, rows, err))
			goto done;
	}
	ok = db_finish(&rows, err);
done:
	db_rows_free(&rows);
	buf_fini(&ids);
	return ok;
}

static int
by_ref(const void *a, const void *b)
{
	return intake_compare_refs(((const struct invoice_state *)a)->ref,
	    ((const struct invoice_state *)b)->ref);
}

static int
by_invoice(const void *key, const void *member)
{
	int64_t	a = *(const int64_t *)key;
	int64_t	b = ((const struct loaded *)member)->invoice_id;

	return (a > b) - (a < b);
}

/* The instalments lie together by invoice; each invoice gets its run. */
static bool
join(struct loader *l, struct err *err)
{
	struct invoice_state	*invoices = l->invoices.items;
	struct loaded		*all = l->instalments.items, *hit;
	size_t			 total = l->instalments.count;

	for (size_t i = 0; total > 0 && i < l->invoices.count; i++) {
		hit = bsearch(&invoices[i].id, all, total, sizeof(*all),
		    by_invoice);
		if (hit == NULL)
			continue;
		while (hit > all && hit[-1].invoice_id == invoices[i].id)
			hit--;
		while ((size_t)(hit - all) + invoices[i].count < total &&
		    hit[invoices[i].count].invoice_id == invoices[i].id)
			invoices[i].count++;
		invoices[i].instalments = arena_array(l->in->slice,
		    invoices[i].count, sizeof(*invoices[i].instalments));
		if (invoices[i].instalments == NULL)
			return err_nomem(err);
		for (size_t n = 0; n < invoices[i].count; n++)
			invoices[i].instalments[n] = hit[n].state;
	}
	return true;
}

bool
intake_load_invoices(struct store_intake *in, const struct str *refs,
    size_t count, struct invoice_states *out, struct err *err)
{
	struct loader	l = {.in = in};

	*out = (struct invoice_states){NULL, 0};
	if (!intake_by_refs(in, invoice_sql, refs, count,
	    DB_PARAMS(DB_INT(in->creditor_id)), on_invoice, &l, err))
		return false;
	if (l.invoices.count == 0)
		return true;
	if (!load_instalments(&l, err) || !join(&l, err))
		return false;
	qsort(l.invoices.items, l.invoices.count, sizeof(struct invoice_state),
	    by_ref);
	*out = (struct invoice_states){l.invoices.items, l.invoices.count};
	return true;
}

struct invoice_state *
invoice_states_find(const struct invoice_states *s, struct str ref)
{
	const struct invoice_state	key = {.ref = ref};

	return s->count == 0 ? NULL :
	    bsearch(&key, s->items, s->count, sizeof(key), by_ref);
}
