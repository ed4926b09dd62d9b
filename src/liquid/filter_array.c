/* SPDX-License-Identifier: ISC */
#include "liquid/filter.h"

#include "base/utf8.h"

#include <limits.h>

static bool
f_join(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	list;
	struct buf		text = BUF_INIT;
	struct str		glue = STR(" ");
	bool			ok = true;

	if ((call->nargs > 0 &&
	    !filter_text(call, call->args[0], &glue, err)) ||
	    !filter_list(call, call->input, &list, err))
		return false;
	for (size_t i = 0; ok && i < liquid_count(list); i++) {
		if (i > 0)
			buf_addstr(&text, glue);
		liquid_to_text(liquid_at(list, i), &text);
		ok = filter_fits(call, text.len, err);
	}
	if (ok)
		return filter_return(call, &text, out, err);
	buf_fini(&text);
	return false;
}

static bool
f_reverse(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	list;

	if (!filter_list(call, call->input, &list, err) ||
	    !filter_new_list(call, out, err))
		return false;
	for (size_t i = liquid_count(list); i-- > 0;)
		if (!filter_push(call, *out, liquid_at(list, i), err))
			return false;
	return true;
}

static bool
f_concat(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	list, more = filter_arg(call, 0);

	if (more.type != LIQUID_ARRAY)
		return err_set(err, ERR_INPUT,
		    "concat filter requires an array argument");
	if (!filter_list(call, call->input, &list, err) ||
	    !filter_new_list(call, out, err))
		return false;
	for (size_t i = 0; i < liquid_count(list); i++)
		if (!filter_push(call, *out, liquid_at(list, i), err))
			return false;
	for (size_t i = 0; i < liquid_count(more); i++)
		if (!filter_push(call, *out, liquid_at(more, i), err))
			return false;
	return true;
}

static struct liquid_value
last_char(struct str s)
{
	size_t	from = s.len == 0 ? 0 : s.len - 1;

	while (from > 0 && ((unsigned char)s.p[from] & 0xc0) == 0x80)
		from--;
	return liquid_str(liquid_cut(s, from, s.len));
}

static bool
f_first(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	v = call->input;
	struct liquid_walk	walk;

	*out = liquid_nil();
	if (v.type == LIQUID_STRING) {
		*out = liquid_str(liquid_cut(v.as.text, 0,
		    liquid_chars(v.as.text, 1)));
		return true;
	}
	if (!liquid_walk_start(v, &walk))
		return true;
	if (v.type == LIQUID_RANGE)
		*out = liquid_int(v.as.range.first);
	else if (walk.count > 0)
		return liquid_walk_at(&walk, 0, call->arena, out) ||
		    err_nomem(err);
	return true;
}

static bool
f_last(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	v = call->input;

	(void)err;
	*out = liquid_nil();
	if (v.type == LIQUID_STRING)
		*out = last_char(v.as.text);
	else if (v.type == LIQUID_RANGE)
		*out = liquid_int(v.as.range.last);
	else if (v.type == LIQUID_ARRAY && liquid_count(v) > 0)
		*out = liquid_at(v, liquid_count(v) - 1);
	return true;
}

/* [from, to) of count as Ruby's slice counts; false when it is outside. */
static bool
slice_bounds(int64_t count, int64_t offset, int64_t length, int64_t *from,
    int64_t *to)
{
	if (offset < 0)
		offset += count;
	if (offset < 0 || offset > count || length < 0)
		return false;
	*from = offset;
	*to = length > count - offset ? count : offset + length;
	return true;
}

static bool
f_slice(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	v = call->input;
	int64_t			offset, length = 1, from = 0, to = 0;
	struct str		s;

	if (!liquid_whole(filter_arg(call, 0), &offset, err) ||
	    (liquid_truthy(filter_arg(call, 1)) &&
	    !liquid_whole(call->args[1], &length, err)))
		return false;
	if (v.type == LIQUID_ARRAY) {
		if (!filter_new_list(call, out, err))
			return false;
		(void)slice_bounds((int64_t)liquid_count(v), offset, length,
		    &from, &to);
		for (; from < to; from++)
			if (!filter_push(call, *out,
			    liquid_at(v, (size_t)from), err))
				return false;
		return true;
	}
	if (!filter_text(call, v, &s, err))
		return false;
	(void)slice_bounds((int64_t)utf8_length(s), offset, length, &from,
	    &to);
	s = liquid_cut(s, liquid_chars(s, (size_t)from), s.len);
	*out = liquid_str(liquid_cut(s, 0,
	    liquid_chars(s, (size_t)(to - from))));
	return true;
}

/* What is sorted: by the property when there is one. */
struct entry {
	struct liquid_value	item;
	struct liquid_value	key;
};

/* *failed: the two cannot be compared. */
typedef int	(*order_fn)(struct liquid_value a, struct liquid_value b,
		    struct arena *arena, bool *failed);

static bool
is_number(struct liquid_value value)
{
	return value.type == LIQUID_INT || value.type == LIQUID_FLOAT ||
	    value.type == LIQUID_BIG;
}

static int
text_order(struct str a, struct str b)
{
	size_t	least = a.len < b.len ? a.len : b.len;
	int	order = least == 0 ? 0 : memcmp(a.p, b.p, least);

	return order != 0 ? order : a.len < b.len ? -1 : a.len > b.len;
}

static int
order_plain(struct liquid_value a, struct liquid_value b, struct arena *arena,
    bool *failed)
{
	size_t	least;
	int	order;

	if (is_number(a) && is_number(b))
		return liquid_number_order(a, b);
	if (a.type == LIQUID_STRING && b.type == LIQUID_STRING)
		return text_order(a.as.text, b.as.text);
	if (liquid_equal(a, b))
		return 0;
	if (a.type == LIQUID_NIL || b.type == LIQUID_NIL)
		return a.type == LIQUID_NIL ? 1 : -1;
	if (a.type != LIQUID_ARRAY || b.type != LIQUID_ARRAY) {
		*failed = true;
		return 0;
	}
	least = liquid_count(a) < liquid_count(b) ? liquid_count(a) :
	    liquid_count(b);
	for (size_t i = 0; i < least; i++) {
		order = order_plain(liquid_at(a, i), liquid_at(b, i), arena,
		    failed);
		if (order != 0 || *failed)
			return order;
	}
	return liquid_count(a) < liquid_count(b) ? -1 : 1;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* casecmp: only ASCII letters lose their case. */
static int
order_natural(struct liquid_value a, struct liquid_value b,
    struct arena *arena, bool *failed)
{
	struct str	x, y;

	if (a.type == LIQUID_NIL || b.type == LIQUID_NIL)
		return (a.type == LIQUID_NIL) - (b.type == LIQUID_NIL);
	if (!liquid_as_text(a, arena, &x) || !liquid_as_text(b, arena, &y)) {
		*failed = true;
		return 0;
	}
	for (size_t i = 0; i < x.len && i < y.len; i++)
		if (lower(x.p[i]) != lower(y.p[i]))
			return (unsigned char)lower(x.p[i]) <
			    (unsigned char)lower(y.p[i]) ? -1 : 1;
	return x.len < y.len ? -1 : x.len > y.len;
}

/* Merge sort: stable, and never more than n log n comparisons. */
static void
sort(struct entry *entries, struct entry *room, size_t count, order_fn order,
    struct arena *arena, bool *failed)
{
	size_t	half = count / 2, a = 0, b = half;

	if (count < 2 || *failed)
		return;
	sort(entries, room, half, order, arena, failed);
	sort(entries + half, room, count - half, order, arena, failed);
	for (size_t i = 0; i < count; i++) {
		if (a < half && (b >= count || order(entries[a].key,
		    entries[b].key, arena, failed) <= 0))
			room[i] = entries[a++];
		else
			room[i] = entries[b++];
	}
	(void)memcpy(entries, room, count * sizeof(*entries));
}

/* Fills in the keys; *gone when an item has no properties at all. */
static bool
sort_keys(const struct liquid_call *call, struct liquid_value list,
    struct entry *entries, bool *gone, struct err *err)
{
	struct liquid_value	property = filter_arg(call, 0);
	bool			none;

	*gone = false;
	for (size_t i = 0; i < liquid_count(list); i++) {
		entries[i].item = entries[i].key = liquid_at(list, i);
		if (property.type == LIQUID_NIL)
			continue;
		if (!filter_property(call, entries[i].item, property,
		    &entries[i].key, &none, err))
			return false;
		*gone = *gone || none;
	}
	return true;
}

static bool
sorted(const struct liquid_call *call, order_fn order, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	list;
	struct entry		*entries;
	size_t			 count;
	bool			 gone, failed = false;

	if (!filter_list(call, call->input, &list, err) ||
	    !filter_new_list(call, out, err))
		return false;
	count = liquid_count(list);
	if (!filter_memory(call, count * 2 * sizeof(*entries), err))
		return false;
	entries = arena_array(call->arena, count * 2, sizeof(*entries));
	if (entries == NULL)
		return err_nomem(err);
	if (!sort_keys(call, list, entries, &gone, err))
		return false;
	if (gone) {
		*out = liquid_nil();
		return true;
	}
	sort(entries, entries + count, count, order, call->arena, &failed);
	if (failed)
		return err_set(err, ERR_INPUT,
		    "cannot sort values of incompatible types");
	for (size_t i = 0; i < count; i++)
		if (!filter_push(call, *out, entries[i].item, err))
			return false;
	return true;
}

static bool
f_sort(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return sorted(call, order_plain, out, err);
}

static bool
f_sort_natural(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return sorted(call, order_natural, out, err);
}

const struct liquid_filter	liquid_array_filters[] = {
	{"join", f_join, NULL, 0, 1},
	{"reverse", f_reverse, NULL, 0, 0},
	{"concat", f_concat, NULL, 1, 1},
	{"first", f_first, NULL, 0, 0},
	{"last", f_last, NULL, 0, 0},
	{"slice", f_slice, NULL, 1, 2},
	{"sort", f_sort, NULL, 0, 1},
	{"sort_natural", f_sort_natural, NULL, 0, 1},
	FILTER_END
};
