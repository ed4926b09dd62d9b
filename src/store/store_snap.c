/* SPDX-License-Identifier: ISC */
#include "store/store_snap_impl.h"

void *
snap_add(struct snap_batch *b, struct store_vec *vec, size_t size)
{
	void	*row = store_vec_add(b->arena, vec, size);

	if (row != NULL)
		return row;
	b->failed = true;
	memset(&b->spare, 0, sizeof(b->spare));
	return &b->spare;
}

const char *
snap_text(struct snap_batch *b, struct db_rows *rows, int column)
{
	return store_copy(b->arena, db_text(rows, column), &b->failed);
}

static int
by_key(const void *a, const void *b)
{
	const struct snap_key	*x = a;
	const struct snap_key	*y = b;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

void
snap_sort(struct store_vec *vec, size_t size)
{
	const char	*row = vec->items;

	for (size_t i = 1; i < vec->count; i++, row += size) {
		if (by_key(row, row + size) > 0) {
			qsort(vec->items, vec->count, size, by_key);
			return;
		}
	}
}

size_t
snap_find(const struct store_vec *vec, size_t size, int64_t parent)
{
	const char	*rows = vec->items;
	size_t		 low = 0;
	size_t		 high = vec->count;

	while (low < high) {
		size_t			 mid = low + (high - low) / 2;
		const struct snap_key	*key =
		    (const void *)(rows + mid * size);

		if (key->parent < parent)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void *
snap_get(const struct store_vec *vec, size_t size, int64_t parent)
{
	size_t		 at = snap_find(vec, size, parent);
	struct snap_key	*key;

	if (at == vec->count)
		return NULL;
	key = (void *)((char *)vec->items + at * size);
	return key->parent == parent ? key : NULL;
}

bool
snap_ask(struct snap_batch *b, const struct store_vec *vec, size_t size)
{
	const char	*row = vec->items;
	int64_t		*ids;

	if (vec->count == 0)
		return false;
	ids = arena_array(b->arena, vec->count, sizeof(*ids));
	if (ids == NULL) {
		b->failed = true;
		return false;
	}
	for (size_t i = 0; i < vec->count; i++, row += size)
		ids[i] = ((const struct snap_key *)(const void *)row)->parent;
	buf_clear(&b->ids);
	store_ids(b->store, ids, vec->count, &b->ids);
	return true;
}

bool
snap_each(struct snap_batch *b, const char *sql, snap_row_fn *fn,
    struct err *err)
{
	const struct db_value	 as_of = DB_INT(b->as_of_ms);
	struct db_rows		*rows;

	if (b->failed)
		return err_nomem(err);
	if (!buf_check(&b->ids, err) || !store_query_ids(b->store, sql,
	    buf_str(&b->ids), &as_of, strstr(sql, "$2") != NULL, &rows, err))
		return false;
	while (db_step(rows))
		fn(b, rows);
	if (!db_finish(&rows, err))
		return false;
	return b->failed ? err_nomem(err) : true;
}

void
snap_changes(struct snap_batch *b, int64_t person_id, int64_t at_ms)
{
	struct row_person	*person;

	if (at_ms <= b->as_of_ms)
		return;
	person = snap_get(&b->persons, sizeof(*person), person_id);
	if (person != NULL && at_ms < person->valid_until_ms)
		person->valid_until_ms = at_ms;
}

bool
store_snapshots(struct store *store, const int64_t *person_ids, size_t count,
    int64_t as_of_ms, struct arena *arena, struct snapshot *out,
    struct err *err)
{
	struct snap_batch	b = {
		.store = store, .arena = arena, .as_of_ms = as_of_ms,
		.ids = BUF_INIT,
	};
	bool			mine = !db_in_tx(store->db);
	bool			ok;

	if (count == 0)
		return true;
	if (mine && !store_begin_read(store, err))
		return false;
	ok = snap_load_facts(&b, person_ids, count, err) &&
	    snap_load_more(&b, err);
	if (mine)
		store_rollback(store);
	ok = ok && snap_build(&b, person_ids, count, out, err);
	buf_fini(&b.ids);
	return ok;
}
