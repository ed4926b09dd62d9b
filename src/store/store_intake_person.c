/* SPDX-License-Identifier: ISC */
/*
 * Persons of new customers.  Whom a slice names is looked up by two queries;
 * who is new gets an id at once and a row at the slice's end, so newcomers are
 * found in memory.
 */
#include "store/store_intake_impl.h"

/* Nobody looks at it before the batch is visible: touching wakes it. */
const char	intake_person_sql[] =
	"INSERT INTO person (ref, country, tax_id, rev, agenda_at, epoch,"
	" batch, id) SELECT c1, c2, c3, 1, c4, c5, c6, c7"
	" FROM @rows(tttiiii)";

/* Under what a person is found; "" when it stands alone. */
static bool
person_key(struct store_intake *in, struct str ref, struct str country,
    struct str tax_id, struct str *out, struct err *err)
{
	const char	*key = "";

	if (ref.len > 0)
		key = arena_printf(in->slice, "R%.*s", STR_ARG(ref));
	else if (country.len > 0 && tax_id.len > 0)
		key = arena_printf(in->slice, "T%zu %.*s%.*s", country.len,
		    STR_ARG(country), STR_ARG(tax_id));
	if (key == NULL)
		return err_nomem(err);
	*out = str_of(key);
	return true;
}

static bool
know(struct store_intake *in, struct str key, int64_t id, struct err *err)
{
	const struct known_customer	 person = {.id = id};
	struct known_customer		*known = customer_map_find(
					    &in->newcomers.by_key, key);

	if (known == NULL)
		return customer_map_add(&in->newcomers.by_key, key, &person,
		    err);
	known->id = id;
	return true;
}

static bool
on_named(void *arg, struct db_rows *rows, struct err *err)
{
	struct store_intake	*in = arg;
	struct str		 key;

	return person_key(in, db_text(rows, 0), STR(""), STR(""), &key, err) &&
	    know(in, key, db_int(rows, 1), err);
}

static bool
ask_by_tax(struct store_intake *in, const struct row_list *taxes,
    struct err *err)
{
	struct db_rows	*rows;
	struct str	 key;

	if (taxes->count == 0)
		return true;
	if (!db_query(in->store->db, taxes->sql, DB_PARAMS(DB_ROWS(
	    taxes->values, taxes->columns, taxes->count)), &rows, err))
		return false;
	while (db_step(rows)) {
		if (!person_key(in, STR(""), db_text(rows, 0),
		    db_text(rows, 1), &key, err) ||
		    !know(in, key, db_int(rows, 2), err)) {
			db_rows_free(&rows);
			return false;
		}
	}
	return db_finish(&rows, err);
}

/* Puts one on a list; until an answer comes there is none of that key. */
static bool
list_one(struct store_intake *in, const struct store_record *record,
    struct str *names, size_t *n_names, struct row_list *taxes,
    struct err *err)
{
	struct str	 ref = record->texts[CUSTOMER_PERSON];
	struct str	 country = record->texts[CUSTOMER_COUNTRY];
	struct str	 tax_id = record->texts[CUSTOMER_TAX_ID], key;
	struct db_value	*v;

	if (!person_key(in, ref, country, tax_id, &key, err))
		return false;
	if (key.len == 0 || customer_map_find(&in->newcomers.by_key, key) !=
	    NULL)
		return true;
	if (ref.len > 0)
		names[(*n_names)++] = ref;
	else {
		if ((v = row_list_add(in, taxes, err)) == NULL)
			return false;
		v[0] = DB_TEXT(country);
		v[1] = DB_TEXT(tax_id);
	}
	return know(in, key, 0, err);
}

bool
intake_ask_persons(struct store_intake *in,
    const struct store_record **records, size_t count, struct err *err)
{
	struct row_list	 taxes = {.sql = "SELECT p.country, p.tax_id, p.id"
			    " FROM @rows(tt) CROSS JOIN person p"
			    " WHERE p.ref IS NULL AND p.country = r.c1"
			    " AND p.tax_id = r.c2"};
	struct str	*names;
	size_t		 n_names = 0;

	names = arena_array(in->slice, count, sizeof(*names));
	if (names == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		if (!list_one(in, records[i], names, &n_names, &taxes, err))
			return false;
	}
	return intake_by_refs(in, "SELECT p.ref, p.id FROM @rows(t)"
	    " CROSS JOIN person p WHERE p.ref = r.c1", names, n_names, NULL, 0,
	    on_named, in, err) && ask_by_tax(in, &taxes, err);
}

/* What a changed customer keeps of its former self was not asked for. */
static bool
ask_one(struct store_intake *in, struct str ref, struct str country,
    struct str tax_id, int64_t *id, bool *found, struct err *err)
{
	if (ref.len > 0)
		return db_number(in->store->db, "SELECT id FROM person"
		    " WHERE ref = $1", DB_PARAMS(DB_TEXT(ref)), id, found, err);
	return db_number(in->store->db, "SELECT id FROM person"
	    " WHERE ref IS NULL AND country = $1 AND tax_id = $2",
	    DB_PARAMS(DB_TEXT(country), DB_TEXT(tax_id)), id, found, err);
}

bool
intake_find_person(struct store_intake *in, struct str ref,
    struct str country, struct str tax_id, int64_t *id, bool *found,
    struct err *err)
{
	const struct known_customer	*known;
	struct str			 key;

	*found = false;
	if (!person_key(in, ref, country, tax_id, &key, err))
		return false;
	if (key.len == 0)
		return true;
	known = customer_map_find(&in->newcomers.by_key, key);
	if (known == NULL)
		return ask_one(in, ref, country, tax_id, id, found, err);
	*found = known->id != 0;
	if (*found)
		*id = known->id;
	return true;
}

bool
intake_make_person(struct store_intake *in, struct str ref,
    struct str country, struct str tax_id, int64_t *id, struct err *err)
{
	bool		 by_tax = ref.len == 0 && country.len > 0 &&
			    tax_id.len > 0;
	struct db_value	*v = row_list_add(in, &in->newcomers.persons, err);
	struct str	 key;

	if (v == NULL || !person_key(in, ref, country, tax_id, &key, err))
		return false;
	*id = in->newcomers.next_person++;
	v[0] = ref.len > 0 ? DB_TEXT(ref) : DB_NULL;
	v[1] = by_tax ? DB_TEXT(country) : DB_NULL;
	v[2] = by_tax ? DB_TEXT(tax_id) : DB_NULL;
	v[3] = DB_INT(TIME_NEVER);
	v[4] = DB_INT(in->config_epoch);
	v[5] = DB_INT(in->batch);
	v[6] = DB_INT(*id);
	return key.len == 0 || know(in, key, *id, err);
}
