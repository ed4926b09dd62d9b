/* SPDX-License-Identifier: ISC */
#include "liquid/filter.h"
#include "liquid/number.h"

/* Does item i answer? *gone: the filter gives nil. */
static bool
answers(const struct liquid_call *call, struct liquid_value item, bool *yes,
    bool *gone, struct err *err)
{
	struct liquid_value	value, target = filter_arg(call, 1);

	if (!filter_property(call, item, filter_arg(call, 0), &value, gone,
	    err))
		return false;
	*yes = target.type == LIQUID_NIL ? liquid_truthy(value) :
	    liquid_equal(value, target);
	return true;
}

static bool
select_items(const struct liquid_call *call, bool wanted,
    struct liquid_value *out, struct err *err)
{
	struct liquid_value	list, item;
	bool			yes = false, gone;

	if (!filter_list(call, call->input, &list, err) ||
	    !filter_new_list(call, out, err))
		return false;
	for (size_t i = 0; i < liquid_count(list); i++) {
		item = liquid_at(list, i);
		if (!answers(call, item, &yes, &gone, err))
			return false;
		if (gone) {
			*out = liquid_nil();
			return true;
		}
		if (yes == wanted && !filter_push(call, *out, item, err))
			return false;
	}
	return true;
}

static bool
f_where(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return select_items(call, true, out, err);
}

static bool
f_reject(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return select_items(call, false, out, err);
}

/* The first item that answers; *at is its place, -1: none, -2: gone. */
static bool
seek(const struct liquid_call *call, int64_t *at, struct liquid_value *item,
    struct err *err)
{
	struct liquid_value	list;
	bool			yes = false, gone;

	*at = -1;
	if (!filter_list(call, call->input, &list, err))
		return false;
	for (size_t i = 0; i < liquid_count(list); i++) {
		*item = liquid_at(list, i);
		if (!answers(call, *item, &yes, &gone, err))
			return false;
		if (gone || yes) {
			*at = gone ? -2 : (int64_t)i;
			return true;
		}
	}
	return true;
}

static bool
f_has(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	item;
	int64_t			at;

	if (!seek(call, &at, &item, err))
		return false;
	*out = at == -2 ? liquid_nil() : liquid_bool(at >= 0);
	return true;
}

static bool
f_find(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	item = liquid_nil();
	int64_t			at;

	if (!seek(call, &at, &item, err))
		return false;
	*out = at >= 0 ? item : liquid_nil();
	return true;
}

static bool
f_find_index(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	item;
	int64_t			at;

	if (!seek(call, &at, &item, err))
		return false;
	*out = at >= 0 ? liquid_int(at) : liquid_nil();
	return true;
}

static bool
f_map(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	list, value, property = filter_arg(call, 0);
	bool			gone;

	if (!filter_list(call, call->input, &list, err) ||
	    !filter_new_list(call, out, err))
		return false;
	for (size_t i = 0; i < liquid_count(list); i++) {
		if (property.type == LIQUID_STRING &&
		    str_is(property.as.text, "to_liquid"))
			value = liquid_at(list, i);
		else if (!filter_property(call, liquid_at(list, i), property,
		    &value, &gone, err))
			return false;
		if (!filter_push(call, *out, value, err))
			return false;
	}
	return true;
}

static bool
f_compact(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	list, item, value;
	struct liquid_value	property = filter_arg(call, 0);
	bool			gone = false;

	if (!filter_list(call, call->input, &list, err) ||
	    !filter_new_list(call, out, err))
		return false;
	for (size_t i = 0; i < liquid_count(list); i++) {
		item = value = liquid_at(list, i);
		if (property.type != LIQUID_NIL && !filter_property(call, item,
		    property, &value, &gone, err))
			return false;
		if (gone) {
			*out = liquid_nil();
			return true;
		}
		if (value.type != LIQUID_NIL &&
		    !filter_push(call, *out, item, err))
			return false;
	}
	return true;
}

/* What was seen: values in a hash table of places, 0 is free. */
struct seen {
	struct liquid_value	*values;
	uint32_t		*slots;
	size_t			 nslots;
	uint32_t		 count;
};

static bool
seen_init(struct seen *seen, struct arena *arena, size_t count)
{
	seen->nslots = 16;
	while (seen->nslots < count * 2)
		seen->nslots *= 2;
	seen->count = 0;
	seen->values = arena_array(arena, count, sizeof(*seen->values));
	seen->slots = arena_array(arena, seen->nslots, sizeof(*seen->slots));
	return seen->values != NULL && seen->slots != NULL;
}

/* False when value was there before. */
static bool
seen_add(struct seen *seen, struct liquid_value value)
{
	size_t	slot = (size_t)liquid_hash(value) & (seen->nslots - 1);

	for (; seen->slots[slot] != 0; slot = (slot + 1) & (seen->nslots - 1))
		if (liquid_same(seen->values[seen->slots[slot] - 1], value))
			return false;
	seen->values[seen->count] = value;
	seen->slots[slot] = ++seen->count;
	return true;
}

static bool
f_uniq(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	list, item, value;
	struct liquid_value	property = filter_arg(call, 0);
	struct seen		seen;
	bool			gone = false;

	if (!filter_list(call, call->input, &list, err) ||
	    !filter_new_list(call, out, err))
		return false;
	if (!filter_memory(call, liquid_count(list) * (sizeof(list) +
	    4 * sizeof(uint32_t)), err))
		return false;
	if (liquid_count(list) > UINT32_MAX / 4 ||
	    !seen_init(&seen, call->arena, liquid_count(list)))
		return err_nomem(err);
	for (size_t i = 0; i < liquid_count(list); i++) {
		item = value = liquid_at(list, i);
		if (property.type != LIQUID_NIL && !filter_property(call, item,
		    property, &value, &gone, err))
			return false;
		if (gone) {
			*out = liquid_nil();
			return true;
		}
		if (seen_add(&seen, value) &&
		    !filter_push(call, *out, item, err))
			return false;
	}
	return true;
}

/* The items to add up, flat: what the property gives may be arrays again. */
static bool
sum_values(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	list, values, value;
	struct liquid_value	property = filter_arg(call, 0);
	bool			gone;

	if (!filter_list(call, call->input, &list, err) ||
	    !filter_new_list(call, &values, err))
		return false;
	for (size_t i = 0; i < liquid_count(list); i++) {
		value = liquid_at(list, i);
		if (property.type != LIQUID_NIL && !filter_property(call,
		    value, property, &value, &gone, err))
			return false;
		if (!filter_push(call, values, value, err))
			return false;
	}
	return filter_list(call, values, out, err);
}

static bool
f_sum(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	values;
	struct number		total = {.decimal = false}, n, next;

	if (!sum_values(call, &values, err))
		return false;
	for (size_t i = 0; i < liquid_count(values); i++) {
		number_of(liquid_at(values, i), &n);
		if (!number_add(&total, &n, &next))
			return err_set(err, ERR_INPUT, "number too large");
		total = next;
	}
	*out = number_value(&total, call->arena);
	return out->type != LIQUID_NIL || err_nomem(err);
}

const struct liquid_filter	liquid_pick_filters[] = {
	{"where", f_where, NULL, 1, 2},
	{"reject", f_reject, NULL, 1, 2},
	{"has", f_has, NULL, 1, 2},
	{"find", f_find, NULL, 1, 2},
	{"find_index", f_find_index, NULL, 1, 2},
	{"map", f_map, NULL, 1, 1},
	{"compact", f_compact, NULL, 0, 1},
	{"uniq", f_uniq, NULL, 0, 1},
	{"sum", f_sum, NULL, 0, 1},
	FILTER_END
};
