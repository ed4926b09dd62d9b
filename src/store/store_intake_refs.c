/* SPDX-License-Identifier: ISC */
#include "store/store_intake_impl.h"

static size_t
mix(uint64_t x)
{
	x *= UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(x ^ (x >> 32));
}

static size_t
id_slot(const struct id_set *set, int64_t at)
{
	size_t	i = mix((uint64_t)at) & (set->cap - 1);

	while (set->slots[i].bits != 0 && set->slots[i].at != at)
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
		if (set->slots[i].bits != 0)
			bigger.slots[id_slot(&bigger, set->slots[i].at)] =
			    set->slots[i];
	}
	free(set->slots);
	*set = bigger;
	return true;
}

bool
id_set_add(struct id_set *set, int64_t id, bool *added, struct err *err)
{
	const uint64_t	 bit = UINT64_C(1) << (id & 63);
	struct id_word	*word;

	if (set->count * 4 >= set->cap * 3 && !grow_ids(set, err))
		return false;
	word = &set->slots[id_slot(set, id >> 6)];
	*added = (word->bits & bit) == 0;
	set->count += word->bits == 0;
	word->at = id >> 6;
	word->bits |= bit;
	return true;
}

static int
by_at(const void *a, const void *b)
{
	const struct id_word	*x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

void
id_set_sort(struct id_set *set)
{
	size_t	kept = 0;

	for (size_t i = 0; i < set->cap; i++) {
		if (set->slots[i].bits != 0)
			set->slots[kept++] = set->slots[i];
	}
	if (kept > 1)
		qsort(set->slots, kept, sizeof(*set->slots), by_at);
}

static size_t
first_word(const struct id_set *set, int64_t at)
{
	size_t	low = 0, high = set->count;

	while (low < high) {
		size_t	mid = low + (high - low) / 2;

		if (set->slots[mid].at < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

size_t
id_set_take(const struct id_set *set, int64_t after, int64_t *ids, size_t room)
{
	size_t	n = 0;

	for (size_t i = first_word(set, after >> 6); i < set->count; i++) {
		const struct id_word	*word = &set->slots[i];

		for (int bit = 0; bit < 64; bit++) {
			int64_t	id = word->at * 64 + bit;

			if ((word->bits >> bit & 1) == 0 || id <= after)
				continue;
			if (n == room)
				return n;
			ids[n++] = id;
		}
	}
	return n;
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

#define POOL_UNIT	8		/* of the places in slots */

struct pooled {
	struct known_customer	customer;
	char			ref[];
};

static struct pooled *
pooled_at(const struct customer_map *map, uint32_t place)
{
	return (void *)(map->pool + (size_t)place * POOL_UNIT);
}

static uint32_t *
slot_of(const struct customer_map *map, struct str ref)
{
	size_t	i = hash_ref(ref) & (map->cap - 1);

	for (; map->slots[i] != 0; i = (i + 1) & (map->cap - 1)) {
		const struct pooled	*p = pooled_at(map, map->slots[i]);

		if (p->customer.ref_len == ref.len && memcmp(p->ref, ref.p, ref.len) == 0)
			break;
	}
	return &map->slots[i];
}

struct known_customer *
customer_map_find(const struct customer_map *map, struct str ref)
{
	uint32_t	place;

	if (map->count == 0 || ref.len == 0)
		return NULL;
	place = *slot_of(map, ref);
	return place == 0 ? NULL : &pooled_at(map, place)->customer;
}

static bool
grow_slots(struct customer_map *map, struct err *err)
{
	struct customer_map	bigger = *map;

	bigger.cap = map->cap == 0 ? 1024 : map->cap * 2;
	bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < map->cap; i++) {
		const struct pooled	*p = pooled_at(map, map->slots[i]);

		if (map->slots[i] != 0)
			*slot_of(&bigger, (struct str){p->ref,
			    p->customer.ref_len}) =
			    map->slots[i];
	}
	free(map->slots);
	*map = bigger;
	return true;
}

static bool
grow_pool(struct customer_map *map, size_t need, struct err *err)
{
	size_t	 room = map->room == 0 ? 64 * 1024 : map->room;
	char	*pool;

	while (room - map->used < need)
		room *= 2;
	if (room == map->room)
		return true;
	if ((pool = realloc(map->pool, room)) == NULL)
		return err_nomem(err);
	map->pool = pool;
	map->room = room;
	return true;
}

bool
customer_map_add(struct customer_map *map, struct str ref,
    const struct known_customer *customer, struct err *err)
{
	size_t		 need = (sizeof(struct pooled) + ref.len +
			    POOL_UNIT - 1) / POOL_UNIT * POOL_UNIT;
	struct pooled	*p;
	uint32_t	*slot;

	if (map->used == 0)
		map->used = POOL_UNIT;	/* no place is 0 */
	if ((map->count * 4 >= map->cap * 3 && !grow_slots(map, err)) ||
	    !grow_pool(map, need, err))
		return false;
	slot = slot_of(map, ref);
	if (*slot != 0)
		return true;
	*slot = (uint32_t)(map->used / POOL_UNIT);
	p = pooled_at(map, *slot);
	p->customer = *customer;
	p->customer.ref_len = (uint32_t)ref.len;
	(void)memcpy(p->ref, ref.p, ref.len);
	map->used += need;
	map->count++;
	return true;
}

void
customer_map_trim(struct customer_map *map)
{
	if (map->used > CUSTOMER_MAP_MAX)
		customer_map_fini(map);
}

void
customer_map_fini(struct customer_map *map)
{
	free(map->slots);
	free(map->pool);
	*map = (struct customer_map){.slots = NULL};
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
	struct db_value	 params[DB_PARAMS_MAX], *names;
	struct db_rows	*rows;

	if (count == 0)
		return true;
	names = arena_array(in->slice, count, sizeof(*names));
	if (names == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++)
		names[i] = DB_TEXT(refs[i]);
	params[0] = DB_ROWS(names, 1, count);
	for (size_t i = 0; i < n_more; i++)
		params[i + 1] = more[i];
	if (!db_query(in->store->db, sql, params, n_more + 1, &rows, err))
		return false;
	while (db_step(rows)) {
		if (!fn(arg, rows, err)) {
			db_rows_free(&rows);
			return false;
		}
	}
	return db_finish(&rows, err);
}

/* As many as the statement's @rows has letters. */
static size_t
columns_of(const char *sql)
{
	const char	*letters = strchr(strstr(sql, "@rows("), '(') + 1;

	return strcspn(letters, ")");
}

struct db_value *
row_list_add(struct store_intake *in, struct row_list *list, struct err *err)
{
	struct db_value	*more;
	size_t		 cap = list->cap > 0 ? list->cap * 2 :
			    in->slice_size > 0 ? in->slice_size : 16;

	if (list->columns == 0)
		list->columns = columns_of(list->sql);
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
row_list_run_on(struct db *db, struct row_list *list, struct err *err)
{
	bool	ok = list->count == 0 || db_exec(db, list->sql, DB_PARAMS(
		    DB_ROWS(list->values, list->columns, list->count)), NULL,
		    err);

	list->count = 0;
	return ok;
}

bool
row_list_run(struct store_intake *in, struct row_list *list, struct err *err)
{
	return row_list_run_on(in->store->db, list, err);
}

/*
 * So that the rows of one insert can name those of another.  Nobody else
 * inserts meanwhile on SQLite; on PostgreSQL the sequence is taken from until
 * it gives a run.
 */
bool
intake_ids(struct store_intake *in, const char *table, size_t count,
    int64_t *first, struct err *err)
{
	struct db_rows	*rows;
	int64_t		 last = 0;

	if (!in->store->is_pg)
		return db_number(in->store->db, "SELECT COALESCE((SELECT seq"
		    " FROM sqlite_sequence WHERE name = $1), 0) + 1",
		    DB_PARAMS(STORE_TEXT(table)), first, NULL, err);
	do {
		if (!db_query(in->store->db, "SELECT MIN(x), MAX(x) FROM"
		    " (SELECT nextval(pg_get_serial_sequence($2, 'id'))"
		    " AS x FROM generate_series(1, CAST($1 AS @int))) AS s",
		    DB_PARAMS(DB_INT((int64_t)count), STORE_TEXT(table)),
		    &rows, err))
			return false;
		while (db_step(rows)) {
			*first = db_int(rows, 0);
			last = db_int(rows, 1);
		}
		if (!db_finish(&rows, err))
			return false;
	} while (last - *first + 1 != (int64_t)count);
	return true;
}
