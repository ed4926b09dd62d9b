/* SPDX-License-Identifier: ISC */
#include "intake/plan.h"

#define HEAD_ROWS	1000	/* looked at in any case */

/* "{column}", "{column:table}", text, "{{". */
struct expr_reader {
	const struct map		*map;
	const struct intake_table	*table;
	struct arena			*arena;
	const char			*where;		/* "invoices.amount" */
	bool				 missing;	/* a column is */
};

static size_t
find_column(const struct intake_table *table, struct str name)
{
	for (size_t i = 0; i < intake_table_columns(table); i++) {
		if (str_eq(intake_table_column(table, i), name))
			return i;
	}
	return NO_COLUMN;
}

static bool
read_reference(struct expr_reader *r, struct str inside, struct piece *piece,
    struct binding *binding, struct err *err)
{
	const char		*colon = memchr(inside.p, ':', inside.len);
	const struct map_column	*column;
	struct str		 name = inside;

	*piece = (struct piece){.column = NO_COLUMN};
	if (colon != NULL) {
		size_t		before = (size_t)(colon + 1 - inside.p);
		struct str	table = {colon + 1, inside.len - before};

		name.len = (size_t)(colon - inside.p);
		if ((piece->table = map_table(r->map, table)) == NULL)
			return err_set(err, ERR_INPUT, "%s: no table is called"
			    " \"%.*s\"", r->where, STR_ARG(table));
	}
	if ((piece->column = find_column(r->table, name)) == NO_COLUMN)
		r->missing = true;
	if ((column = map_column(r->map, name)) != NULL) {
		piece->drop = str_of(column->drop);
		binding->negate = column->negate;
		binding->dates = (enum date_form)column->dates;
		binding->decimal = map_decimal(column->decimal);
	}
	return true;
}

static bool
read_expr(struct expr_reader *r, const char *text, struct binding *out,
    struct err *err)
{
	size_t	len = strlen(text);

	*out = (struct binding){.count = 0};
	/* no more pieces than characters */
	out->pieces = arena_array(r->arena, len + 1, sizeof(*out->pieces));
	if (out->pieces == NULL)
		return err_nomem(err);
	while (*text != '\0') {
		struct piece	*piece = &out->pieces[out->count++];
		const char	*end;

		if (text[0] == '{' && text[1] != '{') {
			if ((end = strchr(text, '}')) == NULL)
				return err_set(err, ERR_INPUT, "%s: \"{\" has"
				    " no \"}\" behind the column", r->where);
			if (!read_reference(r, (struct str){text + 1,
			    (size_t)(end - text) - 1}, piece, out, err))
				return false;
			text = end + 1;
			continue;
		}
		end = text + 1 + strcspn(text + 1, "{");
		*piece = (struct piece){ {text, (size_t)(end - text)},
		    NO_COLUMN, NULL, {NULL, 0} };
		text = end + (text[0] == '{' && end == text + 1);
	}
	if (out->count == 0)		/* "" is a constant too */
		out->pieces[out->count++] = (struct piece){ {"", 0}, NO_COLUMN,
		    NULL, {NULL, 0} };
	return true;
}

/* One field of a group; *missing when the file lacks its column. */
static bool
bind_field(struct expr_reader *r, const char *group, const char *name,
    const char *text, struct binding *out, bool *missing, struct err *err)
{
	r->missing = false;
	*out = (struct binding){.count = 0};
	if ((r->where = arena_printf(r->arena, "%s.%s", group, name)) == NULL)
		return err_nomem(err);
	if (text == NULL)
		return true;
	if (!read_expr(r, text, out, err))
		return false;
	if (r->missing)
		out->count = 0;
	*missing = r->missing;
	return true;
}

/* *use false: an optional group whose column the file lacks. */
static bool
bind_group(struct expr_reader *r, const struct map_group *group,
    struct plan_kind *out, bool *use, struct err *err)
{
	bool	missing = false, any = false;

	*use = true;
	for (size_t i = 0; i < out->kind->count; i++) {
		const struct field	*field = &out->kind->fields[i];

		missing = false;
		if (!bind_field(r, out->kind->name, field->name,
		    group->fields[i], &out->fields[i], &missing, err))
			return false;
		any = any || missing;
		if (missing && field->required && !group->optional)
			return err_set(err, ERR_INPUT, "the file lacks a column"
			    " that %s needs: %s = \"%s\"", r->where,
			    field->name, group->fields[i]);
		if (missing && field->required)
			*use = false;
	}
	missing = false;
	if (group->when != NULL && !bind_field(r, out->kind->name, "when",
	    group->when, &out->when, &missing, err))
		return false;
	if (missing)
		*use = false;
	return true;
}

static enum intake_kind
kind_for_people(const struct plan *plan)
{
	static const enum intake_kind	names[] = {
		[STORE_REC_CUSTOMER] = INTAKE_CUSTOMERS,
		[STORE_REC_INVOICE] = INTAKE_INVOICES,
		[STORE_REC_PAYMENT] = INTAKE_PAYMENTS,
		[STORE_REC_CREDIT] = INTAKE_CREDIT_NOTES,
	};

	for (size_t i = 0; i < plan->kind_count; i++) {
		if (plan->kinds[i].kind->kind == STORE_REC_INVOICE)
			return plan->is_snapshot ? INTAKE_OPEN_ITEMS :
			    INTAKE_INVOICES;
	}
	return names[plan->kinds[0].kind->kind];
}

/* What is not stated must be looked for. */
static void
note_looks(struct plan *plan)
{
	for (size_t k = 0; k < plan->kind_count; k++) {
		struct plan_kind	*kind = &plan->kinds[k];

		for (size_t i = 0; i < kind->kind->count; i++) {
			struct binding	*binding = &kind->fields[i];
			enum field_use	 use = kind->kind->fields[i].use;

			if (binding->count == 0)
				continue;
			if ((use == USE_ON || use == USE_DUE ||
			    use == USE_KNOWN) &&
			    binding->dates == DATES_UNKNOWN)
				plan->looks_dates = true;
			if ((use == USE_AMOUNT || use == USE_BALANCE) &&
			    binding->decimal == '\0')
				plan->looks_numbers = true;
		}
	}
}

/* A map states forms for all its fields at once; columns may differ. */
static void
state_forms(struct plan *plan, const struct map *map)
{
	for (size_t k = 0; k < plan->kind_count; k++) {
		for (size_t i = 0; i < plan->kinds[k].kind->count; i++) {
			struct binding	*b = &plan->kinds[k].fields[i];

			if (b->dates == DATES_UNKNOWN)
				b->dates = (enum date_form)map->dates;
			if (b->decimal == '\0')
				b->decimal = map_decimal(map->decimal);
		}
	}
}

bool
plan_by_map(const struct map *map, const struct intake_table *table,
    enum intake_kind wanted, struct arena *arena, struct plan *out,
    struct err *err)
{
	struct expr_reader	 r = {map, table, arena, "", false};
	struct plan		 plan = {.kind_count = 0};
	bool			 use;

	plan.columns = intake_table_columns(table);
	for (size_t k = 0; k < STORE_REC_KINDS; k++) {
		struct plan_kind	*kind = &plan.kinds[plan.kind_count];

		if (map->groups[k].pos.file == NULL)
			continue;
		kind->kind = &field_kinds[k];
		if (!bind_group(&r, &map->groups[k], kind, &use, err))
			return false;
		if (use)
			plan.kind_count++;
		else
			*kind = (struct plan_kind){.kind = NULL};
	}
	if (plan.kind_count == 0)
		return err_set(err, ERR_INPUT, "the file has none of the"
		    " map's columns");
	plan.is_snapshot = map->groups[STORE_REC_INVOICE].snapshot;
	if (wanted == INTAKE_OPEN_ITEMS)
		plan.is_snapshot = true;
	plan.kind = kind_for_people(&plan);
	state_forms(&plan, map);
	note_looks(&plan);
	*out = plan;
	return true;
}

struct looker {
	struct form_survey	numbers, dates;
	struct buf		scratch;
};

/* Shows one cell to the survey that it concerns. */
static void
look_at_cell(struct looker *l, const struct binding *b, enum field_use use,
    const struct intake_row *row)
{
	struct str	text = {NULL, 0};
	struct err	ignored;
	bool		is_number = use == USE_AMOUNT || use == USE_BALANCE;
	bool		is_date = use == USE_ON || use == USE_DUE ||
			    use == USE_KNOWN;

	if (b->count == 0 || (is_number && b->decimal != '\0') ||
	    (is_date && b->dates != DATES_UNKNOWN) || (!is_number && !is_date))
		return;
	buf_clear(&l->scratch);
	if (!plan_text(b, row, &l->scratch, &text, &ignored) || text.p == NULL)
		return;
	if (is_number)
		form_see_number(&l->numbers, text, row->line);
	else
		form_see_date(&l->dates, text, row->line);
}

static void
look_at_row(struct looker *l, const struct plan *plan,
    const struct intake_row *row)
{
	if (row->count != plan->columns)
		return;			/* rejected later */
	for (size_t k = 0; k < plan->kind_count; k++) {
		const struct plan_kind	*kind = &plan->kinds[k];

		for (size_t i = 0; i < kind->kind->count; i++)
			look_at_cell(l, &kind->fields[i],
			    kind->kind->fields[i].use, row);
	}
}

/* ISO dates tell by themselves; a cell of another form later is rejected. */
static bool
has_seen_enough(const struct looker *l, const struct plan *plan)
{
	bool	dates = !plan->looks_dates || form_is_told(&l->dates) ||
		    (l->dates.plain > 0 && l->dates.unsure_line == 0);

	return dates && (!plan->looks_numbers || form_is_told(&l->numbers));
}

bool
plan_look(struct plan *plan, struct intake_table *table, const char *path,
    struct err *err)
{
	struct looker		l = {.scratch = BUF_INIT};
	struct intake_row	row;
	bool			more, ok = false;
	int64_t			rows = 0;

	while (plan->looks_dates || plan->looks_numbers) {
		if (rows >= HEAD_ROWS && has_seen_enough(&l, plan))
			break;
		if (!intake_table_next(table, &row, &more, err))
			goto done;
		if (!more)
			break;
		rows++;
		look_at_row(&l, plan, &row);
	}
	ok = form_decide_number(&l.numbers, path, &plan->decimal, err) &&
	    form_decide_date(&l.dates, path, &plan->dates, err) &&
	    (rows == 0 || intake_table_rewind(table, err));
done:
	buf_fini(&l.scratch);
	return ok;
}

static bool
piece_text(const struct piece *piece, const struct intake_row *row,
    struct str *out, struct err *err)
{
	struct str	cell, value;

	if (piece->column == NO_COLUMN) {
		*out = piece->text;
		return true;
	}
	if ((cell = row->cells[piece->column]).p == NULL) {
		*out = cell;
		return true;
	}
	cell = str_trim(cell);
	if (piece->drop.len > 0 && cell.len >= piece->drop.len &&
	    memcmp(cell.p + cell.len - piece->drop.len, piece->drop.p,
	    piece->drop.len) == 0)
		cell.len -= piece->drop.len;
	if (piece->table != NULL && cell.len > 0) {
		if (!map_lookup(piece->table, cell, &value))
			return err_set(err, ERR_INPUT, "\"%.*s\" is not in the"
			    " map's table %s", (int)(cell.len < 60 ? cell.len :
			    60), cell.p, piece->table->name);
		cell = value;
	}
	*out = cell;
	return true;
}

bool
plan_text(const struct binding *binding, const struct intake_row *row,
    struct buf *scratch, struct str *out, struct err *err)
{
	size_t		from = scratch->len;
	struct str	text;

	if (binding->count == 1)
		return piece_text(&binding->pieces[0], row, out, err);
	/* an empty cell makes a joined text empty: no "@x.test" */
	for (size_t i = 0; i < binding->count; i++) {
		if (!piece_text(&binding->pieces[i], row, &text, err))
			return false;
		if (binding->pieces[i].column != NO_COLUMN && text.len == 0) {
			buf_truncate(scratch, from);
			*out = (struct str){text.p == NULL ? NULL : "", 0};
			return true;
		}
		buf_addstr(scratch, text);
	}
	*out = (struct str){from == scratch->len ? "" : scratch->p + from,
	    scratch->len - from};
	return buf_check(scratch, err);
}
