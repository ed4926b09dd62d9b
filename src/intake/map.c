/* SPDX-License-Identifier: ISC */
#include "intake/map.h"

static const char *const	date_names[] = {"", "d/m/y", "m/d/y", "y-m-d",
	NULL};
static const char *const	decimal_names[] = {"", ".", ",", NULL};

#define MAP_FIELD(name_, index, help_) \
	{ .name = name_, .type = CONF_TEXT, \
	  .offset = offsetof(struct map_group, fields) + \
	      (index) * sizeof(const char *), .help = help_ }
#define MAP_GROUP_ROWS \
	{ .name = "when", .type = CONF_TEXT, \
	  .offset = offsetof(struct map_group, when), \
	  .help = "no record where this comes out empty" }, \
	{ .name = "optional", .type = CONF_BOOL, .fallback = "false", \
	  .offset = offsetof(struct map_group, optional), \
	  .help = "left out when the file lacks one of its columns" }, \
	{ .type = CONF_POS, .offset = offsetof(struct map_group, pos) }, \
	CONF_END_ROW

/* In the order of field.c; map_load checks that they agree. */
static const struct conf_row	customer_rows[] = {
	MAP_FIELD("customer", 0, "the customer's number or code"),
	MAP_FIELD("name", 1, "as messages address it"),
	MAP_FIELD("person", 2, "joins customers who are one person"),
	MAP_FIELD("tax_id", 3, "tax number"),
	MAP_FIELD("type", 4, "consumer, business or public"),
	MAP_FIELD("status", 5, "active, or why it is left alone"),
	MAP_FIELD("country", 6, "ISO 3166"),
	MAP_FIELD("region", 7, "as calendars name it"),
	MAP_FIELD("zone", 8, "IANA time zone"),
	MAP_FIELD("language", 9, "BCP 47"),
	MAP_FIELD("policy", 10, "instead of segments"),
	MAP_FIELD("channel", 11, "preferred channel"),
	MAP_FIELD("email", 12, "one address"),
	MAP_FIELD("phone", 13, "E.164, or as the country writes it"),
	MAP_FIELD("whatsapp", 14, "as phone"),
	MAP_FIELD("address", 15, "for letters"),
	MAP_FIELD("consent", 16, "channels agreed to"),
	MAP_FIELD("known_at", 17, "instant or date from which it holds"),
	MAP_GROUP_ROWS
};

static const struct conf_row	invoice_rows[] = {
	MAP_FIELD("invoice", 0, "the invoice's number"),
	MAP_FIELD("customer", 1, "whose invoice"),
	MAP_FIELD("issue_date", 2, "when it was issued"),
	MAP_FIELD("due_date", 3, "when it is due"),
	MAP_FIELD("amount", 4, "as invoiced"),
	MAP_FIELD("balance", 5, "what is still open"),
	MAP_FIELD("currency", 6, "ISO 4217"),
	MAP_FIELD("instalment", 7, "1, 2 ..."),
	MAP_FIELD("pay_url", 8, "where it can be paid"),
	MAP_FIELD("document", 9, "the invoice's own document"),
	MAP_FIELD("purchase_order", 10, "the customer's order"),
	MAP_FIELD("status", 11, "open, or why it is left out"),
	MAP_FIELD("policy", 12, "instead of the customer's"),
	MAP_FIELD("known_at", 13, "instant or date from which it holds"),
	{ .name = "snapshot", .type = CONF_BOOL, .fallback = "false",
	  .offset = offsetof(struct map_group, snapshot),
	  .help = "the file is a full list of open items" },
	MAP_GROUP_ROWS
};

static const struct conf_row	payment_rows[] = {
	MAP_FIELD("reference", 0, "its own number"),
	MAP_FIELD("customer", 1, "who paid"),
	MAP_FIELD("invoice", 2, "what it is for"),
	MAP_FIELD("date", 3, "value date"),
	MAP_FIELD("amount", 4, "without a sign"),
	MAP_FIELD("currency", 5, "ISO 4217"),
	MAP_FIELD("known_at", 6, "instant or date from which it holds"),
	MAP_GROUP_ROWS
};

static const struct conf_row	table_rows[] = {
	{ .type = CONF_KEY, .offset = offsetof(struct map_table, name) },
	{ .name = "values", .type = CONF_TEXTS, .required = true,
	  .offset = offsetof(struct map_table, texts),
	  .help = "pairs, each \"from = to\"" },
	{ .name = "other", .type = CONF_TEXT,
	  .offset = offsetof(struct map_table, other),
	  .help = "for what is not listed; without it that is an error" },
	CONF_END_ROW
};

static const struct conf_row	column_rows[] = {
	{ .name = "name", .type = CONF_TEXT, .required = true, .min = 1,
	  .offset = offsetof(struct map_column, name),
	  .help = "of the file's column" },
	{ .name = "drop", .type = CONF_TEXT,
	  .offset = offsetof(struct map_column, drop),
	  .help = "taken off the end of each cell" },
	{ .name = "dates", .type = CONF_CHOICE, .names = date_names,
	  .offset = offsetof(struct map_column, dates),
	  .help = "how its dates are written" },
	{ .name = "decimal", .type = CONF_CHOICE, .names = decimal_names,
	  .offset = offsetof(struct map_column, decimal),
	  .help = "its decimal sign" },
	{ .name = "negate", .type = CONF_BOOL, .fallback = "false",
	  .offset = offsetof(struct map_column, negate),
	  .help = "amounts change their sign" },
	CONF_END_ROW
};

#define MAP_GROUP(name_, kind, rows_, help_) \
	{ .name = name_, .type = CONF_GROUP, .rows = rows_, \
	  .size = sizeof(struct map_group), \
	  .offset = offsetof(struct map, groups) + \
	      (kind) * sizeof(struct map_group), .help = help_ }

const struct conf_row	map_rows[] = {
	{ .name = "dates", .type = CONF_CHOICE, .names = date_names,
	  .offset = offsetof(struct map, dates),
	  .help = "how dates are written; else found by looking" },
	{ .name = "decimal", .type = CONF_CHOICE, .names = decimal_names,
	  .offset = offsetof(struct map, decimal),
	  .help = "the decimal sign; else found by looking" },
	MAP_GROUP("customers", STORE_REC_CUSTOMER, customer_rows,
	    "the customer that a row holds"),
	MAP_GROUP("invoices", STORE_REC_INVOICE, invoice_rows,
	    "the invoice or instalment that a row holds"),
	MAP_GROUP("payments", STORE_REC_PAYMENT, payment_rows,
	    "the payment that a row holds"),
	MAP_GROUP("credit_notes", STORE_REC_CREDIT, payment_rows,
	    "the credit note that a row holds"),
	{ .name = "tables", .type = CONF_NAMED, .rows = table_rows,
	  .size = sizeof(struct map_table),
	  .offset = offsetof(struct map, tables),
	  .help = "values for values" },
	{ .name = "columns", .type = CONF_GROUPS, .rows = column_rows,
	  .size = sizeof(struct map_column),
	  .offset = offsetof(struct map, columns),
	  .help = "how single columns are read" },
	CONF_END_ROW
};

static int
compare_str(struct str a, struct str b)
{
	int	order = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int
compare_values(const void *a, const void *b)
{
	return compare_str(((const struct map_value *)a)->from,
	    ((const struct map_value *)b)->from);
}

/* Splits the pairs at their first "=". */
static bool
read_table(struct conf *conf, struct arena *arena, struct map_table *table,
    struct err *err)
{
	table->values = arena_array(arena, table->texts.count,
	    sizeof(*table->values));
	if (table->values == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < table->texts.count; i++) {
		const char	*text = table->texts.items[i];
		const char	*sign = strchr(text, '=');

		if (sign == NULL) {
			conf_error(conf, conf_at(conf, &table->texts),
			    "\"%s\" has no \"=\"; write \"from = to\"", text);
			continue;
		}
		table->values[table->count++] = (struct map_value){
		    str_trim((struct str){text, (size_t)(sign - text)}),
		    str_trim(str_of(sign + 1)) };
	}
	if (table->count > 0)
		qsort(table->values, table->count, sizeof(*table->values),
		    compare_values);
	for (size_t i = 1; i < table->count; i++) {
		if (str_eq(table->values[i].from, table->values[i - 1].from))
			conf_error(conf, conf_at(conf, &table->texts),
			    "\"%.*s\" is listed twice",
			    STR_ARG(table->values[i].from));
	}
	return true;
}

static void
check_required(struct conf *conf, const struct map *map)
{
	size_t	groups = 0;

	for (size_t k = 0; k < STORE_REC_KINDS; k++) {
		const struct field_kind	*kind = &field_kinds[k];
		const struct map_group	*group = &map->groups[k];

		if (group->pos.file == NULL)
			continue;
		groups++;
		for (size_t i = 0; i < kind->count; i++) {
			if (kind->fields[i].required &&
			    group->fields[i] == NULL)
				conf_error(conf, group->pos, "%s needs %s",
				    kind->name, kind->fields[i].name);
		}
	}
	if (groups == 0)
		conf_error(conf, (struct conf_pos){conf_files(conf,
		    &(size_t){0})[0], 1, 1}, "no records; write customers,"
		    " invoices, payments or credit_notes = { ... }");
}

bool
map_load(const char *path, struct arena *arena, struct map *out,
    struct buf *report, struct err *err)
{
	struct conf	*conf;

	if ((conf = conf_new(arena)) == NULL)
		return err_nomem(err);
	if (conf_load(conf, path, (struct conf_section[]){{map_rows, out}}, 1,
	    err)) {
		for (size_t i = 0; i < out->tables.count; i++) {
			if (!read_table(conf, arena,
			    &((struct map_table *)out->tables.items)[i], err))
				return false;
		}
		check_required(conf, out);
	}
	if (conf_ok(conf, err))
		return true;
	conf_print(conf, report);
	return false;
}

char
map_decimal(int choice)
{
	return decimal_names[choice][0];
}

const struct map_table *
map_table(const struct map *map, struct str name)
{
	const struct map_table	*tables = map->tables.items;

	for (size_t i = 0; i < map->tables.count; i++) {
		if (str_is(name, tables[i].name))
			return &tables[i];
	}
	return NULL;
}

const struct map_column *
map_column(const struct map *map, struct str name)
{
	const struct map_column	*columns = map->columns.items;

	for (size_t i = 0; i < map->columns.count; i++) {
		if (str_is(name, columns[i].name))
			return &columns[i];
	}
	return NULL;
}

bool
map_lookup(const struct map_table *table, struct str from, struct str *to)
{
	const struct map_value	 key = {from, {NULL, 0}};
	const struct map_value	*hit = table->count == 0 ? NULL :
	    bsearch(&key, table->values, table->count, sizeof(key),
	    compare_values);

	if (hit != NULL)
		*to = hit->to;
	else if (table->other != NULL)
		*to = str_of(table->other);
	else
		return false;
	return true;
}
