/* SPDX-License-Identifier: ISC */
#include "liquid/value.h"

#include "liquid/impl.h"
#include "liquid/number.h"

#define INDEX_FROM	9	/* pairs from which an object keeps a hash index */
#define DEEPEST		1000	/* levels of nested values that are compared */

struct pair {
	struct str		key;
	struct liquid_value	item;
};

struct liquid_array {
	struct liquid_value	*items;
	size_t			 count;
	size_t			 cap;
};

struct liquid_object {
	struct pair	*pairs;
	size_t		 count;
	size_t		 cap;
	uint32_t	*slots;		/* pair index + 1; 0 is free */
	size_t		 nslots;	/* a power of two, or 0 */
};

struct liquid_value
liquid_nil(void)
{
	return (struct liquid_value){.type = LIQUID_NIL};
}

struct liquid_value
liquid_bool(bool value)
{
	return (struct liquid_value){.type = LIQUID_BOOL, .as.boolean = value};
}

struct liquid_value
liquid_int(int64_t value)
{
	return (struct liquid_value){.type = LIQUID_INT, .as.number = value};
}

struct liquid_value
liquid_float(double value)
{
	return (struct liquid_value){.type = LIQUID_FLOAT, .as.real = value};
}

struct liquid_value
liquid_range(int64_t first, int64_t last)
{
	return (struct liquid_value){.type = LIQUID_RANGE,
	    .as.range = {first, last}};
}

struct liquid_value
liquid_lazy(const struct liquid_ops *ops, const void *self)
{
	return (struct liquid_value){.type = LIQUID_LAZY,
	    .as.lazy = {ops, self}};
}

struct liquid_value
liquid_str(struct str text)
{
	return (struct liquid_value){.type = LIQUID_STRING, .as.text = text};
}

struct liquid_value
liquid_text(const char *text)
{
	return text == NULL ? liquid_nil() : liquid_str(str_of(text));
}

struct liquid_value
liquid_safe(struct str markup)
{
	struct liquid_value	value = liquid_str(markup);

	value.safe = true;
	return value;
}

struct liquid_value
liquid_str_copy(struct arena *arena, struct str text)
{
	char	*copy = arena_copy(arena, text.p, text.len);

	return copy == NULL ? liquid_nil() :
	    liquid_str((struct str){copy, text.len});
}

struct liquid_value
liquid_digits(struct arena *arena, struct str text)
{
	struct number	n;

	for (size_t i = 0; i < text.len; i++)
		if ((text.p[i] < '0' || text.p[i] > '9') &&
		    (i > 0 || text.p[i] != '-'))
			return liquid_nil();
	if (text.len == 0 || text.p[text.len - 1] == '-')
		return liquid_nil();
	number_of(liquid_str(text), &n);
	return number_value(&n, arena);
}

struct liquid_value
liquid_array(struct arena *arena)
{
	struct liquid_value	 value = {.type = LIQUID_ARRAY};

	value.as.array = arena_alloc(arena, sizeof(*value.as.array));
	return value.as.array == NULL ? liquid_nil() : value;
}

struct liquid_value
liquid_object(struct arena *arena)
{
	struct liquid_value	 value = {.type = LIQUID_OBJECT};

	value.as.object = arena_alloc(arena, sizeof(*value.as.object));
	return value.as.object == NULL ? liquid_nil() : value;
}

bool
liquid_array_push(struct arena *arena, struct liquid_value array,
    struct liquid_value item)
{
	struct liquid_array	*a = array.as.array;
	struct liquid_value	*items;
	size_t			 cap;

	if (array.type != LIQUID_ARRAY)
		return false;
	if (a->count == a->cap) {
		cap = a->cap == 0 ? 8 : a->cap * 2;
		if ((items = arena_array(arena, cap, sizeof(*items))) == NULL)
			return false;
		if (a->count > 0)
			(void)memcpy(items, a->items,
			    a->count * sizeof(*items));
		a->items = items;
		a->cap = cap;
	}
	a->items[a->count++] = item;
	return true;
}

uint64_t
liquid_hash_bytes(struct str s)
{
	uint64_t	hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
	return hash ^ hash >> 29;
}

/* The slot that holds key, or the free one where it would go. */
static size_t
slot_of(const struct liquid_object *o, struct str key)
{
	size_t	slot = (size_t)liquid_hash_bytes(key) & (o->nslots - 1);

	while (o->slots[slot] != 0 &&
	    !str_eq(o->pairs[o->slots[slot] - 1].key, key))
		slot = (slot + 1) & (o->nslots - 1);
	return slot;
}

static struct pair *
pair_of(const struct liquid_object *o, struct str key)
{
	size_t	slot;

	if (o->nslots > 0) {
		slot = slot_of(o, key);
		return o->slots[slot] == 0 ? NULL :
		    &o->pairs[o->slots[slot] - 1];
	}
	for (size_t i = 0; i < o->count; i++)
		if (o->pairs[i].key.len == key.len && (key.len == 0 ||
		    (o->pairs[i].key.p[0] == key.p[0] &&
		    memcmp(o->pairs[i].key.p, key.p, key.len) == 0)))
			return &o->pairs[i];
	return NULL;
}

static bool
object_index(struct arena *arena, struct liquid_object *o)
{
	size_t		 nslots = o->nslots == 0 ? 32 : o->nslots * 2;
	uint32_t	*slots = arena_array(arena, nslots, sizeof(*slots));

	if (slots == NULL)
		return false;
	o->slots = slots;
	o->nslots = nslots;
	for (size_t i = 0; i < o->count; i++)
		o->slots[slot_of(o, o->pairs[i].key)] = (uint32_t)i + 1;
	return true;
}

static bool
object_grow(struct arena *arena, struct liquid_object *o)
{
	size_t		 cap = o->cap == 0 ? 4 : o->cap * 2;
	struct pair	*pairs;

	if (cap > UINT32_MAX / 4 ||
	    (pairs = arena_array(arena, cap, sizeof(*pairs))) == NULL)
		return false;
	if (o->count > 0)
		(void)memcpy(pairs, o->pairs, o->count * sizeof(*pairs));
	o->pairs = pairs;
	o->cap = cap;
	return true;
}

bool
liquid_object_set(struct arena *arena, struct liquid_value object,
    struct str key, struct liquid_value item)
{
	struct liquid_object	*o = object.as.object;
	struct pair		*pair;

	if (object.type != LIQUID_OBJECT)
		return false;
	if ((pair = pair_of(o, key)) != NULL) {
		pair->item = item;
		return true;
	}
	if (o->count == o->cap && !object_grow(arena, o))
		return false;
	if (o->count + 1 >= INDEX_FROM && (o->count + 1) * 2 > o->nslots &&
	    !object_index(arena, o))
		return false;
	o->pairs[o->count++] = (struct pair){key, item};
	if (o->nslots > 0)
		o->slots[slot_of(o, key)] = (uint32_t)o->count;
	return true;
}

bool
liquid_set(struct arena *arena, struct liquid_value object, const char *key,
    struct liquid_value item)
{
	return liquid_object_set(arena, object, str_of(key), item);
}

size_t
liquid_count(struct liquid_value value)
{
	if (value.type == LIQUID_ARRAY)
		return value.as.array->count;
	if (value.type == LIQUID_OBJECT)
		return value.as.object->count;
	return 0;
}

struct liquid_value
liquid_at(struct liquid_value array, size_t i)
{
	if (array.type != LIQUID_ARRAY || i >= array.as.array->count)
		return liquid_nil();
	return array.as.array->items[i];
}

bool
liquid_pair_at(struct liquid_value object, size_t i, struct str *key_out,
    struct liquid_value *item_out)
{
	if (object.type != LIQUID_OBJECT || i >= object.as.object->count)
		return false;
	*key_out = object.as.object->pairs[i].key;
	*item_out = object.as.object->pairs[i].item;
	return true;
}

bool
liquid_get(struct liquid_value object, struct str key, struct liquid_value *out)
{
	const struct pair	*pair;

	if (object.type != LIQUID_OBJECT ||
	    (pair = pair_of(object.as.object, key)) == NULL)
		return false;
	*out = pair->item;
	return true;
}

bool
liquid_truthy(struct liquid_value value)
{
	return value.type != LIQUID_NIL &&
	    (value.type != LIQUID_BOOL || value.as.boolean);
}

static bool	equal_at(struct liquid_value a, struct liquid_value b, int depth,
		    bool loose);

static bool
arrays_equal(struct liquid_value a, struct liquid_value b, int depth,
    bool loose)
{
	size_t	count = liquid_count(a);

	if (count != liquid_count(b))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!equal_at(liquid_at(a, i), liquid_at(b, i), depth, loose))
			return false;
	return true;
}

static bool
objects_equal(struct liquid_value a, struct liquid_value b, int depth,
    bool loose)
{
	size_t			count = liquid_count(a);
	struct liquid_value	item, other;
	struct str		key;

	if (a.as.object == b.as.object)
		return true;
	if (count != liquid_count(b))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!liquid_pair_at(a, i, &key, &item) ||
		    !liquid_get(b, key, &other) ||
		    !equal_at(item, other, depth, loose))
			return false;
	return true;
}

static bool
is_number(struct liquid_value value)
{
	return value.type == LIQUID_INT || value.type == LIQUID_FLOAT ||
	    value.type == LIQUID_BIG;
}

/* loose: as Ruby's ==, where 1 is 1.0; else as eql?, where it is not. */
static bool
equal_at(struct liquid_value a, struct liquid_value b, int depth, bool loose)
{
	if (loose && is_number(a) && is_number(b))
		return liquid_number_equal(a, b);
	if (a.type != b.type || depth > DEEPEST)
		return false;
	switch (a.type) {
	case LIQUID_NIL:
	case LIQUID_EMPTY:
	case LIQUID_BLANK:
		return true;
	case LIQUID_BOOL:
		return a.as.boolean == b.as.boolean;
	case LIQUID_INT:
		return a.as.number == b.as.number;
	case LIQUID_FLOAT:
		return a.as.real == b.as.real;
	case LIQUID_BIG:
	case LIQUID_STRING:
		return str_eq(a.as.text, b.as.text);
	case LIQUID_ARRAY:
		return arrays_equal(a, b, depth + 1, loose);
	case LIQUID_OBJECT:
		return objects_equal(a, b, depth + 1, loose);
	case LIQUID_RANGE:
		return a.as.range.first == b.as.range.first &&
		    a.as.range.last == b.as.range.last;
	case LIQUID_LAZY:
		return a.as.lazy.ops == b.as.lazy.ops &&
		    a.as.lazy.self == b.as.lazy.self;
	}
	return false;
}

bool
liquid_equal(struct liquid_value a, struct liquid_value b)
{
	return equal_at(a, b, 0, true);
}

bool
liquid_same(struct liquid_value a, struct liquid_value b)
{
	return equal_at(a, b, 0, false);
}

static uint64_t
mix(uint64_t a, uint64_t b)
{
	a = (a ^ b) * UINT64_C(0x9e3779b97f4a7c15);
	return a ^ a >> 32;
}

static uint64_t
hash_at(struct liquid_value value, int depth)
{
	uint64_t		 hash = (uint64_t)value.type + 1, bits = 0;
	struct liquid_value	 item;
	struct str		 key;

	if (value.type == LIQUID_STRING || value.type == LIQUID_BIG)
		return mix(hash, liquid_hash_bytes(value.as.text));
	if (value.type == LIQUID_INT)
		return mix(hash, (uint64_t)value.as.number);
	if (value.type == LIQUID_BOOL)
		return mix(hash, value.as.boolean);
	if (value.type == LIQUID_RANGE)
		return mix(mix(hash, (uint64_t)value.as.range.first),
		    (uint64_t)value.as.range.last);
	if (value.type == LIQUID_FLOAT) {
		(void)memcpy(&bits, &value.as.real, sizeof(bits));
		return mix(hash, value.as.real == 0 ? 0 : bits);
	}
	if (depth > DEEPEST)
		return hash;
	for (size_t i = 0; value.type == LIQUID_ARRAY &&
	    i < liquid_count(value); i++)
		hash = mix(hash, hash_at(liquid_at(value, i), depth + 1));
	/* the order of keys does not count, so their hashes are added */
	for (size_t i = 0; liquid_pair_at(value, i, &key, &item); i++)
		hash += mix(liquid_hash_bytes(key), hash_at(item, depth + 1));
	return hash;
}

uint64_t
liquid_hash(struct liquid_value value)
{
	return hash_at(value, 0);
}
