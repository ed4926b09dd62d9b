/* SPDX-License-Identifier: ISC */
#include "store/store_decide_impl.h"

#include <inttypes.h>

static int
compare(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

int
store_item_order(const struct store_item_id *a, const struct store_item_id *b)
{
	int	c;

	if ((c = compare(a->instalment_id, b->instalment_id)) != 0 ||
	    (c = compare(a->cycle, b->cycle)) != 0 ||
	    (c = compare(a->occurrence, b->occurrence)) != 0)
		return c;
	return strcmp(a->step, b->step);
}

static int
by_item(const void *a, const void *b)
{
	return store_item_order(a, b);
}

static void
put_field(struct buf *out, struct str text)
{
	buf_addf(out, "%zu:", text.len);
	buf_addstr(out, text);
}

/*
 * The hashed bytes: every field with its length before it, so that no two
 * sets of fields give the same bytes.
 */
bool
store_key(const char *instance, const char *creditor, const char *customer,
    struct store_item_id *items, size_t count, int64_t g,
    char out[static STORE_KEY_LEN + 1], struct err *err)
{
	struct buf	bytes = BUF_INIT;
	struct buf	text = BUF_INIT;
	struct hash	hash;
	bool		ok = false;

	qsort(items, count, sizeof(*items), by_item);
	put_field(&bytes, str_of(instance));
	put_field(&bytes, str_of(creditor));
	put_field(&bytes, str_of(customer));
	for (size_t i = 0; i < count; i++) {
		buf_addf(&bytes, "%" PRId64 ",%d,%d,", items[i].instalment_id,
		    items[i].cycle, items[i].occurrence);
		put_field(&bytes, str_of(items[i].step));
	}
	buf_addf(&bytes, "g%" PRId64, g);
	if (!buf_check(&bytes, err))
		goto done;
	if (!hash_of(buf_str(&bytes), &hash)) {
		err_set(err, ERR_SYSTEM, "hashing a notice's key");
		goto done;
	}
	hash_base32(&text, hash.bytes, sizeof(hash.bytes));
	if (!buf_check(&text, err))
		goto done;
	memcpy(out, text.p, STORE_KEY_LEN);
	out[STORE_KEY_LEN] = '\0';
	ok = true;
done:
	buf_fini(&bytes);
	buf_fini(&text);
	return ok;
}

static bool
read_known(struct db_rows *rows, struct arena *arena,
    struct store_vec *vec, struct err *err)
{
	struct store_known	*known;
	struct str		 state;
	bool			 failed = false;

	while (!failed && db_step(rows)) {
		known = store_vec_add(arena, vec, sizeof(*known));
		if (known == NULL) {
			failed = true;
			break;
		}
		state = db_text(rows, 4);
		known->id.instalment_id = db_int(rows, 0);
		known->id.cycle = (int)db_int(rows, 1);
		known->id.occurrence = (int)db_int(rows, 3);
		known->is_free = str_is(state, "released") ||
		    str_is(state, "struck");
		known->notice_id = db_int(rows, 5);
		known->id.step = store_copy(arena, db_text(rows, 2), &failed);
	}
	if (!db_finish(&rows, err))
		return false;
	return failed ? err_nomem(err) : true;
}

static int
by_known(const void *a, const void *b)
{
	const struct store_known	*x = a;
	const struct store_known	*y = b;
	int				 c = store_item_order(&x->id, &y->id);

	return c != 0 ? c : compare(x->notice_id, y->notice_id);
}

bool
store_known_load(struct store *store, const int64_t *instalments, size_t count,
    struct arena *arena, struct store_known_set *out, struct err *err)
{
	struct store_vec	 vec = {0};
	struct buf		 ids = BUF_INIT;
	struct db_rows		*rows;
	bool			 ok;

	store_ids(store, instalments, count, &ids);
	ok = buf_check(&ids, err) && store_query_ids(store,
	    "SELECT instalment_id, cycle, step, occurrence, state, notice_id"
	    " FROM item WHERE instalment_id @ids", buf_str(&ids), NULL, 0,
	    &rows, err) && read_known(rows, arena, &vec, err);
	buf_fini(&ids);
	if (!ok)
		return false;
	if (vec.count > 1)
		qsort(vec.items, vec.count, sizeof(struct store_known),
		    by_known);
	*out = (struct store_known_set){vec.items, vec.count};
	return true;
}

/* The first row of the set that is not before id. */
static size_t
find_first(const struct store_known_set *set, const struct store_item_id *id)
{
	size_t	low = 0;
	size_t	high = set->count;

	while (low < high) {
		size_t	mid = low + (high - low) / 2;

		if (store_item_order(&set->items[mid].id, id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool
store_known_taken(const struct store_known_set *set,
    const struct store_item_id *id)
{
	for (size_t i = find_first(set, id); i < set->count &&
	    store_item_order(&set->items[i].id, id) == 0; i++) {
		if (!set->items[i].is_free)
			return true;
	}
	return false;
}

static bool
is_listed(const int64_t *list, size_t count, int64_t id)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i] == id)
			return true;
	}
	return false;
}

/* g of RULES R8: the notices that had one of these items and gave it back. */
bool
store_known_freed(const struct store_known_set *set,
    const struct store_item_id *items, size_t count, int64_t *out,
    struct err *err)
{
	int64_t	*seen;
	size_t	 n = 0;

	if ((seen = calloc(set->count + 1, sizeof(*seen))) == NULL)
		return err_nomem(err);
	for (size_t k = 0; k < count; k++) {
		for (size_t i = find_first(set, &items[k]); i < set->count &&
		    store_item_order(&set->items[i].id, &items[k]) == 0; i++) {
			const struct store_known	*known = &set->items[i];

			if (known->is_free && known->notice_id != 0 &&
			    !is_listed(seen, n, known->notice_id))
				seen[n++] = known->notice_id;
		}
	}
	free(seen);
	*out = (int64_t)n;
	return true;
}

static bool
read_customers(struct db_rows *rows, struct arena *arena,
    struct store_vec *vec, struct err *err)
{
	struct store_customer_ref	*ref;
	bool				 failed = false;

	while (!failed && db_step(rows)) {
		if ((ref = store_vec_add(arena, vec, sizeof(*ref))) == NULL) {
			failed = true;
			break;
		}
		ref->id = db_int(rows, 0);
		ref->creditor_id = db_int(rows, 1);
		ref->creditor = store_copy(arena, db_text(rows, 2), &failed);
		ref->customer = store_copy(arena, db_text(rows, 3), &failed);
	}
	if (!db_finish(&rows, err))
		return false;
	return failed ? err_nomem(err) : true;
}

static int
by_customer(const void *a, const void *b)
{
	const struct store_customer_ref	*x = a;
	const struct store_customer_ref	*y = b;

	return compare(x->id, y->id);
}

bool
store_customer_refs(struct store *store, const int64_t *customers,
    size_t count, struct arena *arena, struct store_customer_set *out,
    struct err *err)
{
	struct store_vec	 vec = {0};
	struct buf		 ids = BUF_INIT;
	struct db_rows		*rows;
	bool			 ok;

	store_ids(store, customers, count, &ids);
	ok = buf_check(&ids, err) && store_query_ids(store,
	    "SELECT c.id, c.creditor_id, cr.ref, c.ref FROM customer c"
	    " JOIN creditor cr ON cr.id = c.creditor_id WHERE c.id @ids",
	    buf_str(&ids), NULL, 0, &rows, err) &&
	    read_customers(rows, arena, &vec, err);
	buf_fini(&ids);
	if (!ok)
		return false;
	if (vec.count > 1)
		qsort(vec.items, vec.count, sizeof(struct store_customer_ref),
		    by_customer);
	*out = (struct store_customer_set){vec.items, vec.count};
	return true;
}

const struct store_customer_ref *
store_customer_find(const struct store_customer_set *set, int64_t id)
{
	const struct store_customer_ref	key = {.id = id};

	if (set->count == 0)
		return NULL;
	return bsearch(&key, set->items, set->count, sizeof(key), by_customer);
}
