/* SPDX-License-Identifier: ISC */
#include "store/store_intake_impl.h"

static size_t
mix(uint64_t x)
{
	x *= UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(x ^ (x >> 32));
}

static size_t
id_slot(const struct id_set *set, int64_t id)
{
	size_t	i = mix((uint64_t)id) & (set->cap - 1);

	while (set->slots[i] != 0 && set->slots[i] != id)
		i = (i + 1) & (set->cap - 1);
	return i;
}

static bool
grow_ids(struct id_set *set, struct err *err)
{
	struct id_set	bigger = {.count = set->count,
			    .cap = set->cap == 0 ? 1024 : set->cap * 2};

	bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < set->cap; i++) {
		if (set->slots[i] != 0)
			bigger.slots[id_slot(&bigger, set->slots[i])] =
			    set->slots[i];
	}
	free(set->slots);
	*set = bigger;
	return true;
}

bool
id_set_add(struct id_set *set, int64_t id, bool *added, struct err *err)
{
	size_t	i;

	if (set->count * 4 >= set->cap * 3 && !grow_ids(set, err))
		return false;
	i = id_slot(set, id);
	*added = set->slots[i] == 0;
	if (*added) {
		set->slots[i] = id;
		set->count++;
	}
	return true;
}

void
id_set_fini(struct id_set *set)
{
	free(set->slots);
	*set = (struct id_set){NULL, 0, 0};
}

/* FNV-1a, 64 bits. */
static size_t
hash_ref(struct str ref)
{
	uint64_t	h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < ref.len; i++)
		h = (h ^ (unsigned char)ref.p[i]) * UINT64_C(0x100000001b3);
	return mix(h);
}

static struct known_customer *
slot_of(const struct customer_map *map, struct str ref)
{
	size_t	i = hash_ref(ref) & (map->cap - 1);

	while (map->slots[i].id != 0 && !str_eq(map->slots[i].ref, ref))
		i = (i + 1) & (map->cap - 1);
	return &map->slots[i];
}

struct known_customer *
customer_map_find(const struct customer_map *map, struct str ref)
{
	struct known_customer	*slot;

	if (map->count == 0)
		return NULL;
	slot = slot_of(map, ref);
	return slot->id == 0 ? NULL : slot;
}

static bool
grow_map(struct customer_map *map, struct err *err)
{
	struct customer_map	bigger = *map;

	bigger.cap = map->cap == 0 ? 1024 : map->cap * 2;
	bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
	if (bigger.slots == NULL || (bigger.arena == NULL &&
	    (bigger.arena = arena_new()) == NULL)) {
		free(bigger.slots);
		return err_nomem(err);
	}
	for (size_t i = 0; i < map->cap; i++) {
		if (map->slots[i].id != 0)
			*slot_of(&bigger, map->slots[i].ref) = map->slots[i];
	}
	free(map->slots);
	*map = bigger;
	return true;
}

struct known_customer *
customer_map_add(struct customer_map *map,
    const struct known_customer *customer, struct err *err)
{
	struct known_customer	*slot;
	char			*ref;

	if (map->count * 2 >= map->cap && !grow_map(map, err))
		return NULL;
	slot = slot_of(map, customer->ref);
	if (slot->id == 0) {
		ref = arena_copy(map->arena, customer->ref.p,
		    customer->ref.len);
		if (ref == NULL) {
			err_nomem(err);
			return NULL;
		}
		map->count++;
		*slot = *customer;
		slot->ref = (struct str){ref, customer->ref.len};
	}
	return slot;
}

void
customer_map_fini(struct customer_map *map)
{
	free(map->slots);
	arena_free(&map->arena);
	*map = (struct customer_map){NULL, 0, 0, NULL};
}

int
intake_compare_refs(struct str a, struct str b)
{
	size_t	len = a.len < b.len ? a.len : b.len;
	int	order = len == 0 ? 0 : memcmp(a.p, b.p, len);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int
compare_strs(const void *a, const void *b)
{
	return intake_compare_refs(*(const struct str *)a,
	    *(const struct str *)b);
}

size_t
intake_sort_refs(struct str *refs, size_t count)
{
	size_t	kept = 0;

	if (count > 1)
		qsort(refs, count, sizeof(*refs), compare_strs);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || !str_eq(refs[kept - 1], refs[i]))
			refs[kept++] = refs[i];
	}
	return kept;
}

bool
intake_by_refs(struct store_intake *in, const char *sql,
    const struct str *refs, size_t count, const struct db_value *more,
    size_t n_more, intake_row_fn *fn, void *arg, struct err *err)
{
	struct db_value	 params[DB_PARAMS_MAX];
	struct db_rows	*rows;

	for (size_t i = 0; i < n_more; i++)
		params[INTAKE_REFS + i] = more[i];
	for (size_t at = 0; at < count; at += INTAKE_REFS) {
		/* the last one fills up, so that the statement stays one */
		for (size_t i = 0; i < INTAKE_REFS; i++)
			params[i] = DB_TEXT(refs[at + i < count ? at + i :
			    count - 1]);
		if (!db_query(in->store->db, sql, params, INTAKE_REFS + n_more,
		    &rows, err))
			return false;
		while (db_step(rows)) {
			if (!fn(arg, rows, err)) {
				db_rows_free(&rows);
				return false;
			}
		}
		if (!db_finish(&rows, err))
			return false;
	}
	return true;
}

struct db_value *
row_list_add(struct store_intake *in, struct row_list *list, struct err *err)
{
	struct db_value	*more;
	size_t		 cap = list->cap == 0 ? 16 : list->cap * 2;

	if (list->count == list->cap) {
		more = arena_array(in->slice, cap * list->columns,
		    sizeof(*more));
		if (more == NULL) {
			err_nomem(err);
			return NULL;
		}
		if (list->count > 0)
			(void)memcpy(more, list->values, list->count *
			    list->columns * sizeof(*more));
		list->values = more;
		list->cap = cap;
	}
	return &list->values[list->count++ * list->columns];
}

bool
row_list_run(struct store_intake *in, struct row_list *list, struct err *err)
{
	bool	ok = list->count == 0 || db_exec_many(in->store->db, list->sql,
		    list->columns, list->values, list->count, NULL, err);

	list->count = 0;
	return ok;
}
