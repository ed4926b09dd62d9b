/* SPDX-License-Identifier: ISC */
#include "store/store_intake_impl.h"

/* A customer as its latest version has it. */
struct customer_state {
	struct str	ref;
	int64_t		id;
	int64_t		person_id;
	bool		is_anonymous;	/* its person has no name, no tax id */
	struct str	facts[CUSTOMER_FACTS];
	int64_t		known_at;
	int64_t		batch;
};

#define FACT_NAMES \
	"name, tax_id, type, status, country, region, zone, language," \
	" policy, preferred, email, phone, whatsapp, address, consent"
#define FACTS_OF(t) \
	t ".name, " t ".tax_id, " t ".type, " t ".status, " t ".country, " \
	t ".region, " t ".zone, " t ".language, " t ".policy, " \
	t ".preferred, " t ".email, " t ".phone, " t ".whatsapp, " \
	t ".address, " t ".consent"

struct finder {
	struct store_intake	*in;
	struct store_vec	 states;	/* struct customer_state */
};

static bool
on_state(void *arg, struct db_rows *rows, struct err *err)
{
	struct finder		*f = arg;
	struct customer_state	*c;
	bool			 failed = false;

	c = store_vec_add(f->in->slice, &f->states, sizeof(*c));
	if (c == NULL)
		return err_nomem(err);
	c->ref = str_of(store_copy(f->in->slice, db_text(rows, 0), &failed));
	c->id = db_int(rows, 1);
	c->person_id = db_int(rows, 2);
	c->is_anonymous = db_int(rows, 3) == 1;
	c->known_at = db_int(rows, 4);
	c->batch = db_int(rows, 5);
	for (int i = 0; i < CUSTOMER_FACTS; i++)
		c->facts[i] = str_of(store_copy(f->in->slice,
		    db_text(rows, 6 + i), &failed));
	return !failed || err_nomem(err);
}

/* First versions, then those that were changed: the later ones win. */
static const char	first_sql[] =
	"SELECT k.ref, k.id, k.person_id, CASE WHEN p.ref IS NULL"
	" AND p.tax_id IS NULL THEN 1 ELSE 0 END, k.known_at, k.batch, "
	FACTS_OF("k") " FROM @rows(t) CROSS JOIN customer k"
	" JOIN person p ON p.id = k.person_id"
	" WHERE k.creditor_id = $2 AND k.ref = r.c1";
static const char	latest_sql[] =
	"SELECT k.ref, k.id, v.person_id, CASE WHEN p.ref IS NULL"
	" AND p.tax_id IS NULL THEN 1 ELSE 0 END, v.known_at, v.batch, "
	FACTS_OF("v") " FROM @rows(t) CROSS JOIN customer k"
	" JOIN customer_change v ON v.id ="
	" (SELECT h.id FROM customer_change h WHERE h.customer_id = k.id"
	"  ORDER BY h.known_at DESC, h.id DESC LIMIT 1)"
	" JOIN person p ON p.id = v.person_id"
	" WHERE k.creditor_id = $2 AND k.ref = r.c1";

static int
by_ref(const void *a, const void *b)
{
	return intake_compare_refs(((const struct customer_state *)a)->ref,
	    ((const struct customer_state *)b)->ref);
}

static struct customer_state *
find_state(const struct finder *f, struct str ref)
{
	const struct customer_state	key = {.ref = ref};

	return f->states.count == 0 ? NULL : bsearch(&key, f->states.items,
	    f->states.count, sizeof(key), by_ref);
}

static bool
load_states(struct finder *f, const struct str *refs, size_t count,
    struct err *err)
{
	const struct db_value	 creditor[] = {DB_INT(f->in->creditor_id)};
	struct finder		 later = {.in = f->in};
	struct customer_state	*all;

	if (!intake_by_refs(f->in, first_sql, refs, count, creditor, 1,
	    on_state, f, err))
		return false;
	if (f->states.count == 0)
		return true;
	qsort(f->states.items, f->states.count, sizeof(*all), by_ref);
	if (!intake_by_refs(f->in, latest_sql, refs, count, creditor, 1,
	    on_state, &later, err))
		return false;
	all = later.states.items;
	for (size_t i = 0; i < later.states.count; i++)
		*find_state(f, all[i].ref) = all[i];
	return true;
}

/*
 * Who a customer is: by the feed's name, else by country and tax id.  One that
 * stands alone keeps its person while nobody else has its tax id, so that what
 * hangs on the person stays.
 */
static bool
choose_person(struct store_intake *in, const struct store_record *record,
    const struct str *facts, const struct customer_state *old, int64_t *id,
    struct err *err)
{
	struct str	ref = record->texts[CUSTOMER_PERSON];
	bool		found;

	if (!intake_find_person(in, ref, facts[CUSTOMER_COUNTRY],
	    facts[CUSTOMER_TAX_ID], id, &found, err))
		return false;
	if (found)
		return true;
	if (old != NULL && ((ref.len == 0 && old->is_anonymous) ||
	    (ref.len == 0 && str_eq(old->facts[CUSTOMER_TAX_ID],
	    facts[CUSTOMER_TAX_ID]) && str_eq(old->facts[CUSTOMER_COUNTRY],
	    facts[CUSTOMER_COUNTRY])))) {
		*id = old->person_id;
		return true;
	}
	return intake_make_person(in, ref, facts[CUSTOMER_COUNTRY],
	    facts[CUSTOMER_TAX_ID], id, err);
}

/* --- one customer ------------------------------------------------------- */

static void
put_facts(struct db_value *at, const struct str *facts)
{
	for (int i = 0; i < CUSTOMER_FACTS; i++)
		at[i] = DB_TEXT(facts[i]);
}

static void
new_facts(const struct store_record *record, struct str *facts)
{
	static const struct { int fact; const char *text; } otherwise[] = {
		{CUSTOMER_TYPE, "consumer"}, {CUSTOMER_STATUS, "active"},
	};

	for (int i = 0; i < CUSTOMER_FACTS; i++)
		facts[i] = record->texts[i].p == NULL ? STR("") :
		    record->texts[i];
	for (size_t i = 0; i < 2; i++) {
		if (facts[otherwise[i].fact].len == 0)
			facts[otherwise[i].fact] = str_of(otherwise[i].text);
	}
	if (record->texts[CUSTOMER_CONSENT].p == NULL &&
	    record->implied.p != NULL)
		facts[CUSTOMER_CONSENT] = record->implied;
}

static const char	customer_sql[] =
	"INSERT INTO customer (creditor_id, ref, person_id, " FACT_NAMES ","
	" known_at, batch, id) SELECT c1, c2, c3, c4, c5, c6, c7, c8, c9, c10,"
	" c11, c12, c13, c14, c15, c16, c17, c18, c19, c20, c21"
	" FROM @rows(ititttttttttttttttiii)";

static bool
insert_customer(struct store_intake *in, const struct store_record *record,
    struct known_customer *out, struct err *err)
{
	struct str	 facts[CUSTOMER_FACTS];
	struct db_value	*v;
	int64_t		 known_at = intake_known_at(in, record), person_id;

	new_facts(record, facts);
	if (facts[CUSTOMER_NAME].len == 0)
		facts[CUSTOMER_NAME] = record->ref;
	if (!choose_person(in, record, facts, NULL, &person_id, err) ||
	    (v = row_list_add(in, &in->newcomers.customers, err)) == NULL)
		return false;
	*out = (struct known_customer){.id = in->newcomers.next_customer++,
	    .seen = true, .fresh = true, .known_at = known_at};
	v[0] = DB_INT(in->creditor_id);
	v[1] = DB_TEXT(record->ref);
	v[2] = DB_INT(person_id);
	put_facts(&v[3], facts);
	v[CUSTOMER_FACTS + 3] = DB_INT(known_at);
	v[CUSTOMER_FACTS + 4] = DB_INT(in->batch);
	v[CUSTOMER_FACTS + 5] = DB_INT(out->id);
	return intake_touch(in, person_id, err);
}

/* An address that is new brings its channel when the feed names no consent. */
static bool
merge_consent(struct store_intake *in, const struct store_record *record,
    const struct customer_state *old, struct str *facts, struct err *err)
{
	static const struct { int fact; const char *channel; } rules[] = {
		{CUSTOMER_EMAIL, "email"}, {CUSTOMER_PHONE, "sms"},
		{CUSTOMER_WHATSAPP, "whatsapp"},
	};
	struct buf	list = BUF_INIT;
	bool		ok = true;
	char		*copy;

	if (record->texts[CUSTOMER_CONSENT].p != NULL)
		return true;
	buf_addstr(&list, old->facts[CUSTOMER_CONSENT]);
	for (size_t i = 0; i < 3; i++) {
		const char	*channel = rules[i].channel;

		if (old->facts[rules[i].fact].len == 0 &&
		    facts[rules[i].fact].len > 0 && record->implied.len > 0 &&
		    strstr(record->implied.p, channel) != NULL &&
		    strstr(buf_text(&list), channel) == NULL)
			buf_addf(&list, "%s%s", list.len > 0 ? " " : "",
			    channel);
	}
	copy = arena_copy(in->slice, buf_text(&list), list.len);
	if (copy == NULL || !buf_ok(&list))
		ok = err_nomem(err);
	else
		facts[CUSTOMER_CONSENT] = (struct str){copy, list.len};
	buf_fini(&list);
	return ok;
}

static bool
insert_version(struct store_intake *in, const struct store_record *record,
    const struct customer_state *old, int64_t person_id,
    const struct str *facts, struct err *err)
{
	struct db_value	v[CUSTOMER_FACTS + 4];
	int64_t		known_at = intake_known_at(in, record);

	v[0] = DB_INT(old->id);
	v[1] = DB_INT(person_id);
	put_facts(&v[2], facts);
	/* not before the version that it follows */
	v[CUSTOMER_FACTS + 2] = DB_INT(known_at > old->known_at ? known_at :
	    old->known_at);
	v[CUSTOMER_FACTS + 3] = DB_INT(in->batch);
	return db_exec(in->store->db, "INSERT INTO customer_change"
	    " (customer_id, person_id, " FACT_NAMES ", known_at, batch)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
	    " $14, $15, $16, $17, $18, $19)", v, CUSTOMER_FACTS + 4, NULL,
	    err) && intake_touch(in, old->person_id, err) &&
	    intake_touch(in, person_id, err);
}

static bool
update_customer(struct store_intake *in, const struct store_record *record,
    const struct customer_state *old, struct known_customer *out,
    enum intake_fate *fate, struct err *err)
{
	struct str	facts[CUSTOMER_FACTS];
	bool		differs = false;
	int64_t		person_id = old->person_id;

	for (int i = 0; i < CUSTOMER_FACTS; i++)
		facts[i] = record->texts[i].p == NULL ? old->facts[i] :
		    record->texts[i];
	/* an empty cell takes nothing away from what must be there */
	if (facts[CUSTOMER_NAME].len == 0)
		facts[CUSTOMER_NAME] = old->facts[CUSTOMER_NAME];
	if (facts[CUSTOMER_TYPE].len == 0)
		facts[CUSTOMER_TYPE] = old->facts[CUSTOMER_TYPE];
	if (facts[CUSTOMER_STATUS].len == 0)
		facts[CUSTOMER_STATUS] = old->facts[CUSTOMER_STATUS];
	if (!merge_consent(in, record, old, facts, err) ||
	    ((record->texts[CUSTOMER_PERSON].len > 0 ||
	    record->texts[CUSTOMER_TAX_ID].len > 0) &&
	    !choose_person(in, record, facts, old, &person_id, err)))
		return false;
	for (int i = 0; i < CUSTOMER_FACTS; i++)
		differs = differs || !str_eq(facts[i], old->facts[i]);
	*fate = differs || person_id != old->person_id ? FATE_CHANGED :
	    FATE_SAME;
	*out = (struct known_customer){.id = old->id,
	    .known_at = old->known_at, .seen = true};
	return *fate == FATE_SAME ||
	    insert_version(in, record, old, person_id, facts, err);
}

/*
 * A customer that rows of invoices carry along is known as early as the
 * earliest of them, whatever their order.
 */
static bool
known_earlier(struct store_intake *in, const struct store_record *record,
    struct known_customer *known, struct err *err)
{
	int64_t		 at = intake_known_at(in, record);
	struct db_value	*v;

	if (!known->fresh || at >= known->known_at)
		return true;
	known->known_at = at;
	if ((v = row_list_add(in, &in->newcomers.earlier, err)) == NULL)
		return false;
	v[0] = DB_INT(known->id);
	v[1] = DB_INT(at);
	v[2] = DB_INT(in->batch);
	return true;
}

static bool
again(struct store_intake *in, const struct store_record *record,
    struct known_customer *known, struct err *err)
{
	if (!record->along)
		return intake_reject(in, record, "customer", err, "customer"
		    " %.*s stands in more than one row of the file",
		    STR_ARG(record->ref));
	intake_count(in, STORE_REC_CUSTOMER, FATE_SAME);
	return known_earlier(in, record, known, err);
}

static bool
take_customer(struct store_intake *in, struct finder *f,
    const struct store_record *record, struct err *err)
{
	struct known_customer	*known = customer_map_find(&in->customers,
				    record->ref), now;
	struct customer_state	*old;
	enum intake_fate	 fate = FATE_FRESH;
	bool			 first;

	if (known != NULL && known->seen)
		return again(in, record, known, err);
	if ((old = find_state(f, record->ref)) == NULL) {
		if (!insert_customer(in, record, &now, err) ||
		    !id_set_add(&in->seen, now.id, &first, err))
			return false;
	} else {
		now = (struct known_customer){.id = old->id,
		    .seen = true, .known_at = old->known_at,
		    .fresh = old->batch == in->batch};
		if (!id_set_add(&in->seen, old->id, &first, err))
			return false;
		if (!first)		/* the map had forgotten it */
			return again(in, record, &now, err);
		if (!update_customer(in, record, old, &now, &fate, err))
			return false;
	}
	if (known != NULL) {
		now.ref_len = known->ref_len;
		*known = now;
	} else if (!customer_map_add(&in->customers, record->ref, &now, err))
		return false;
	intake_count(in, STORE_REC_CUSTOMER, fate);
	return true;
}

static bool
begin_newcomers(struct store_intake *in, const struct store_record **records,
    size_t count, size_t unseen, struct err *err)
{
	struct newcomers	*n = &in->newcomers;

	n->persons = (struct row_list){.sql = intake_person_sql};
	n->customers = (struct row_list){.sql = customer_sql};
	/* each is earlier than the one before, so one after the other */
	n->earlier = (struct row_list){.sql = "UPDATE customer SET known_at ="
	    " $2 WHERE id = $1 AND batch = $3", .columns = 3};
	customer_map_fini(&n->by_key);
	return unseen == 0 ||
	    (intake_ids(in, "person", unseen, &n->next_person, err) &&
	    intake_ids(in, "customer", unseen, &n->next_customer, err) &&
	    intake_ask_persons(in, records, count, err));
}

static bool
write_newcomers(struct store_intake *in, struct err *err)
{
	const struct row_list	*earlier = &in->newcomers.earlier;

	return row_list_run(in, &in->newcomers.persons, err) &&
	    row_list_run(in, &in->newcomers.customers, err) &&
	    (earlier->count == 0 || db_exec_many(in->store->db, earlier->sql,
	    earlier->columns, earlier->values, earlier->count, NULL, err));
}

bool
intake_customers(struct store_intake *in, const struct store_record **records,
    size_t count, struct err *err)
{
	struct finder			 f = {.in = in};
	const struct store_record	**fresh;
	struct str			*refs;
	size_t				 unseen = 0, n_fresh;

	refs = arena_array(in->slice, count, sizeof(*refs));
	fresh = arena_array(in->slice, count, sizeof(*fresh));
	if (refs == NULL || fresh == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		const struct known_customer	*known = customer_map_find(
		    &in->customers, records[i]->ref);

		if (known != NULL && known->seen)
			continue;
		fresh[unseen] = records[i];
		refs[unseen++] = records[i]->ref;
	}
	n_fresh = unseen;
	unseen = intake_sort_refs(refs, unseen);
	if (!load_states(&f, refs, unseen, err) ||
	    !begin_newcomers(in, fresh, n_fresh, unseen, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!take_customer(in, &f, records[i], err))
			return false;
	}
	return write_newcomers(in, err);
}

static bool
on_known(void *arg, struct db_rows *rows, struct err *err)
{
	struct store_intake		*in = arg;
	const struct known_customer	 known = {.id = db_int(rows, 1)};

	return customer_map_add(&in->customers, db_text(rows, 0), &known, err);
}

bool
intake_know_customers(struct store_intake *in, struct str *refs, size_t count,
    struct err *err)
{
	size_t	unknown = 0;

	for (size_t i = 0; i < count; i++) {
		if (customer_map_find(&in->customers, refs[i]) == NULL)
			refs[unknown++] = refs[i];
	}
	unknown = intake_sort_refs(refs, unknown);
	return intake_by_refs(in, "SELECT k.ref, k.id"
	    " FROM @rows(t) CROSS JOIN customer k"
	    " WHERE k.creditor_id = $2 AND k.ref = r.c1", refs, unknown, DB_PARAMS(DB_INT(in->creditor_id)),
	    on_known, in, err);
}
