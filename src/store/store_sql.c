/* SPDX-License-Identifier: ISC */
#include "store/store_impl.h"

void
store_ids(const struct store *store, const int64_t *ids, size_t count,
    struct buf *out)
{
	(void)store;
	for (size_t i = 0; i < count; i++) {
		const struct db_value	id = DB_INT(ids[i]);

		buf_add(out, (const char *)&id, sizeof(id));
	}
}

bool
store_query_ids(struct store *store, const char *sql, struct str ids,
    const struct db_value *more, size_t n_more, struct db_rows **out,
    struct err *err)
{
	struct db_value	params[DB_PARAMS_MAX];

	params[0] = DB_ROWS(ids.p, 1, ids.len / sizeof(struct db_value));
	for (size_t i = 0; i < n_more; i++)
		params[i + 1] = more[i];
	return db_query(store->db, sql, params, n_more + 1, out, err);
}

const char *
store_copy(struct arena *arena, struct str text, bool *failed)
{
	char	*copy;

	if (text.len == 0)
		return "";
	if ((copy = arena_copy(arena, text.p, text.len)) == NULL) {
		*failed = true;
		return "";
	}
	return copy;
}

bool
store_vec_more(struct arena *arena, struct store_vec *vec, size_t size)
{
	size_t	 cap = vec->cap == 0 ? 16 : vec->cap * 2;
	void	*p;

	if ((p = arena_array(arena, cap, size)) == NULL)
		return false;
	if (vec->count > 0)
		memcpy(p, vec->items, vec->count * size);
	vec->items = p;
	vec->cap = cap;
	return true;
}

void *
store_vec_add(struct arena *arena, struct store_vec *vec, size_t size)
{
	if (vec->count == vec->cap && !store_vec_more(arena, vec, size))
		return NULL;
	return (char *)vec->items + vec->count++ * size;
}

int64_t
store_time(struct db_rows *rows, int column)
{
	return db_is_null(rows, column) ? TIME_NONE : db_int(rows, column);
}

int32_t
store_day(struct db_rows *rows, int column)
{
	return db_is_null(rows, column) ? DAY_NONE :
	    (int32_t)db_int(rows, column);
}

struct db_value
store_time_value(int64_t ms)
{
	return ms == TIME_NONE ? DB_NULL : DB_INT(ms);
}

struct db_value
store_day_value(int32_t day)
{
	return day == DAY_NONE ? DB_NULL : DB_INT(day);
}

int
store_name(const char *const *names, struct str text, int otherwise)
{
	int	at = name_find(names, text);

	return at < 0 ? otherwise : at;
}

bool
store_row_add(struct arena *arena, struct store_vec *vec,
    const struct db_value *values, size_t n, struct err *err)
{
	struct db_value	*place;

	for (size_t i = 0; i < n; i++) {
		place = store_vec_add(arena, vec, sizeof(*place));
		if (place == NULL)
			return err_nomem(err);
		*place = values[i];
	}
	return true;
}

bool
store_rows_write(struct store *store, const struct store_vec *vec,
    size_t columns, const char *sql, size_t *changed, struct err *err)
{
	const size_t	 n = vec->count / columns;
	int64_t		*counts;
	bool		 ok;

	if (n == 0)
		return true;
	if ((counts = calloc(n, sizeof(*counts))) == NULL)
		return err_nomem(err);
	ok = db_exec_many(store->db, sql, columns, vec->items, n, counts, err);
	for (size_t i = 0; ok && changed != NULL && i < n; i++)
		*changed += (size_t)counts[i];
	free(counts);
	return ok;
}
