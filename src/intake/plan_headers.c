/* SPDX-License-Identifier: ISC */
#include "intake/plan.h"

/* Everything that finding a kind and its columns needs. */
struct header_reader {
	const struct intake_table	*table;
	const char			*path;
	struct arena			*arena;
	struct str			*folded;	/* a column each */
	bool				*used;
	size_t				 count;
};

static bool
fold_headers(struct header_reader *r, struct err *err)
{
	struct buf	folded = BUF_INIT;
	bool		ok = false;

	r->folded = arena_array(r->arena, r->count, sizeof(*r->folded));
	r->used = arena_array(r->arena, r->count, sizeof(*r->used));
	if (r->folded == NULL || r->used == NULL)
		goto done;
	for (size_t i = 0; i < r->count; i++) {
		char	*copy;

		buf_clear(&folded);
		field_fold(&folded, intake_table_column(r->table, i));
		copy = arena_copy(r->arena, buf_text(&folded), folded.len);
		if (copy == NULL)
			goto done;
		r->folded[i] = (struct str){copy, folded.len};
	}
	ok = true;
done:
	buf_fini(&folded);
	return ok || err_nomem(err);
}

/* The canonical name of a field as a header of its own. */
static bool
is_canonical(const struct field *field, struct str folded)
{
	struct buf	name = BUF_INIT;
	bool		same;

	field_fold(&name, str_of(field->name));
	same = str_eq(buf_str(&name), folded);
	buf_fini(&name);
	return same;
}

static bool
is_column_of(const struct header_reader *r, size_t column,
    const struct field *field)
{
	return field_is_named(field, r->folded[column]) ||
	    is_canonical(field, r->folded[column]);
}

/* A header that one kind needs is not read as another's beside it. */
static bool
belongs_elsewhere(const struct header_reader *r, size_t column,
    const struct field *field, const struct field_kind *main)
{
	if (main == NULL || field->use == USE_REF)
		return false;
	for (size_t i = 0; i < main->count; i++) {
		if (is_column_of(r, column, &main->fields[i]))
			return true;
	}
	return false;
}

/* *two when two headers name the same field. */
static size_t
column_for(const struct header_reader *r, const struct field *field,
    const struct field_kind *main, bool *two)
{
	size_t	found = NO_COLUMN, exact = NO_COLUMN;

	*two = false;
	for (size_t i = 0; i < r->count; i++) {
		if (!is_column_of(r, i, field) ||
		    belongs_elsewhere(r, i, field, main))
			continue;
		if (is_canonical(field, r->folded[i])) {
			*two = *two || exact != NO_COLUMN;
			exact = i;
		} else if (exact == NO_COLUMN) {
			*two = *two || found != NO_COLUMN;
			found = i;
		}
	}
	if (exact != NO_COLUMN) {
		*two = found != NO_COLUMN ? false : *two;
		return exact;
	}
	return found;
}

static bool
bind_kind(struct header_reader *r, const struct field_kind *kind,
    const struct field_kind *main, struct plan_kind *out, struct err *err)
{
	*out = (struct plan_kind){.kind = kind};
	for (size_t i = 0; i < kind->count; i++) {
		const struct field	*field = &kind->fields[i];
		struct binding		*binding = &out->fields[i];
		bool			 two;
		size_t			 column;

		column = column_for(r, field, main, &two);
		/* a list of what is open may tell nothing but the balance */
		if (column == NO_COLUMN && main == NULL &&
		    kind->kind == STORE_REC_INVOICE &&
		    field->use == USE_AMOUNT)
			column = column_for(r, field_find(kind->kind,
			    "balance"), main, &two);
		if (two)
			return err_set(err, ERR_INPUT, "%s: two columns look"
			    " like %s; rename one, or say which in a map",
			    r->path, field->name);
		if (column == NO_COLUMN) {
			if (field->required)
				return err_set(err, ERR_INPUT, "%s: no column"
				    " for %s of %s; name one \"%s\", or say"
				    " which in a map", r->path, field->name,
				    kind->name, field->name);
			continue;
		}
		binding->pieces = arena_array(r->arena, 1,
		    sizeof(*binding->pieces));
		if (binding->pieces == NULL)
			return err_nomem(err);
		binding->pieces[0].column = column;
		binding->count = 1;
		r->used[column] = true;
	}
	return true;
}

static bool
has(const struct header_reader *r, enum store_record_kind kind,
    const char *name)
{
	bool	two;

	return column_for(r, field_find(kind, name), NULL, &two) != NO_COLUMN;
}

/* By the columns that only one kind has. */
static bool
find_kind(const struct header_reader *r, enum intake_kind *out,
    struct err *err)
{
	bool	amount = has(r, STORE_REC_INVOICE, "amount") ||
		    has(r, STORE_REC_INVOICE, "balance");

	if (has(r, STORE_REC_INVOICE, "due_date") && amount &&
	    has(r, STORE_REC_INVOICE, "invoice"))
		*out = INTAKE_INVOICES;
	else if (has(r, STORE_REC_PAYMENT, "reference") && amount &&
	    has(r, STORE_REC_PAYMENT, "date"))
		*out = INTAKE_PAYMENTS;
	else if (has(r, STORE_REC_CREDIT, "reference") && amount &&
	    has(r, STORE_REC_CREDIT, "date"))
		*out = INTAKE_CREDIT_NOTES;
	else if (has(r, STORE_REC_CUSTOMER, "customer") && !amount &&
	    has(r, STORE_REC_CUSTOMER, "name"))
		*out = INTAKE_CUSTOMERS;
	else
		return err_set(err, ERR_INPUT, "%s: its columns do not tell"
		    " what it holds; customers have customer and name,"
		    " invoices have invoice, due_date and amount, payments"
		    " have reference, date and amount; or use --kind, or a"
		    " map", r->path);
	return true;
}

static enum store_record_kind
record_kind(enum intake_kind kind)
{
	switch (kind) {
	case INTAKE_CUSTOMERS:
		return STORE_REC_CUSTOMER;
	case INTAKE_PAYMENTS:
		return STORE_REC_PAYMENT;
	case INTAKE_CREDIT_NOTES:
		return STORE_REC_CREDIT;
	case INTAKE_FIND:
	case INTAKE_INVOICES:
	case INTAKE_OPEN_ITEMS:
	case INTAKE_KINDS:
		break;
	}
	return STORE_REC_INVOICE;
}

/* A company's export may hold several creditors, a row each. */
static void
find_creditor(struct header_reader *r, struct plan *plan)
{
	static const char *const	names[] = {"creditor", "acreedor",
	    "credor"};

	for (size_t i = 0; i < r->count; i++) {
		for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
			if (r->used[i] || !str_is(r->folded[i], names[n]))
				continue;
			plan->has_creditor = r->used[i] = true;
			plan->creditor = i;
			return;
		}
	}
}

static void
note_unused(const struct header_reader *r, struct buf *notes)
{
	bool	any = false;

	for (size_t i = 0; i < r->count; i++) {
		if (r->used[i] || r->folded[i].len == 0)
			continue;
		buf_adds(notes, any ? ", " : "columns not used: ");
		buf_addstr(notes, intake_table_column(r->table, i));
		any = true;
	}
	if (any)
		buf_addc(notes, '\n');
}

bool
plan_by_headers(const struct intake_table *table, const char *path,
    enum intake_kind wanted, struct arena *arena, struct plan *out,
    struct buf *notes, struct err *err)
{
	struct header_reader	 r = {.table = table, .path = path,
		.arena = arena, .count = intake_table_columns(table)};
	struct plan		 plan = {.kind = wanted, .columns = r.count};
	const struct field_kind	*kind;
	bool			 is_invoice, two;

	if (!fold_headers(&r, err) ||
	    (wanted == INTAKE_FIND && !find_kind(&r, &plan.kind, err)))
		return false;
	plan.is_snapshot = plan.kind == INTAKE_OPEN_ITEMS;
	kind = &field_kinds[record_kind(plan.kind)];
	is_invoice = kind->kind == STORE_REC_INVOICE;
	/* a ledger's export that names its customers brings them along */
	if (is_invoice && column_for(&r, field_find(STORE_REC_CUSTOMER, "name"),
	    kind, &two) != NO_COLUMN &&
	    !bind_kind(&r, &field_kinds[STORE_REC_CUSTOMER], kind,
	    &plan.kinds[plan.kind_count++], err))
		return false;
	if (!bind_kind(&r, kind, NULL, &plan.kinds[plan.kind_count++], err))
		return false;
	for (size_t k = 0; k < plan.kind_count; k++) {
		for (size_t i = 0; i < plan.kinds[k].kind->count; i++) {
			enum field_use	use = plan.kinds[k].kind->fields[i].use;

			if (plan.kinds[k].fields[i].count == 0)
				continue;
			plan.looks_dates = plan.looks_dates || use == USE_ON ||
			    use == USE_DUE || use == USE_KNOWN;
			plan.looks_numbers = plan.looks_numbers ||
			    use == USE_AMOUNT || use == USE_BALANCE;
		}
	}
	find_creditor(&r, &plan);
	note_unused(&r, notes);
	*out = plan;
	return true;
}
