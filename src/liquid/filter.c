/* SPDX-License-Identifier: ISC */
#include "liquid/filter.h"

const struct liquid_filter *
liquid_standard(struct str name)
{
	static const struct liquid_filter *const	tables[] = {
		liquid_string_filters, liquid_escape_filters,
		liquid_number_filters, liquid_array_filters,
		liquid_pick_filters,
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct liquid_filter *f = tables[i];
		    f->name != NULL; f++)
			if (str_is(name, f->name))
				return f;
	return NULL;
}

struct liquid_value
filter_arg(const struct liquid_call *call, size_t i)
{
	return i < call->nargs ? call->args[i] : liquid_nil();
}

bool
filter_text(const struct liquid_call *call, struct liquid_value value,
    struct str *out, struct err *err)
{
	return liquid_as_text(value, call->arena, out) || err_nomem(err);
}

bool
filter_fits(const struct liquid_call *call, size_t size, struct err *err)
{
	struct liquid_limits	limits = liquid_limits_of(call->env);

	if (size <= limits.output &&
	    arena_used(call->arena) + size <= limits.memory)
		return true;
	return err_set(err, ERR_REFUSED,
	    "a filter makes a text of more than %zu bytes", limits.output);
}

bool
filter_memory(const struct liquid_call *call, size_t size, struct err *err)
{
	size_t	most = liquid_limits_of(call->env).memory;

	if (size <= most && arena_used(call->arena) <= most - size)
		return true;
	return err_set(err, ERR_REFUSED,
	    "the template needs more than %zu bytes of memory", most);
}

bool
filter_room(const struct liquid_call *call, size_t size, char **out,
    struct err *err)
{
	if (!filter_fits(call, size, err))
		return false;
	*out = arena_alloc(call->arena, size + 1);
	return *out != NULL || err_nomem(err);
}

bool
filter_return(const struct liquid_call *call, struct buf *buf,
    struct liquid_value *out, struct err *err)
{
	char	*copy;
	size_t	 len = buf->len;
	bool	 ok;

	ok = buf_check(buf, err) && filter_room(call, len, &copy, err);
	if (ok) {
		(void)memcpy(copy, buf_text(buf), len);
		*out = liquid_str((struct str){copy, len});
	}
	buf_fini(buf);
	return ok;
}

bool
filter_new_list(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	*out = liquid_array(call->arena);
	return out->type == LIQUID_ARRAY || err_nomem(err);
}

bool
filter_push(const struct liquid_call *call, struct liquid_value list,
    struct liquid_value item, struct err *err)
{
	return filter_memory(call, 0, err) &&
	    (liquid_array_push(call->arena, list, item) || err_nomem(err));
}

static bool
flatten(const struct liquid_call *call, struct liquid_value array, int depth,
    struct liquid_value list, struct err *err)
{
	struct liquid_value	item;

	if (depth > liquid_limits_of(call->env).depth)
		return err_set(err, ERR_INPUT, "Nesting too deep");
	for (size_t i = 0; i < liquid_count(array); i++) {
		item = liquid_at(array, i);
		if (item.type == LIQUID_ARRAY) {
			if (!flatten(call, item, depth + 1, list, err))
				return false;
		} else if (!filter_push(call, list, item, err)) {
			return false;
		}
	}
	return true;
}

static bool
range_list(const struct liquid_call *call, struct liquid_value range,
    struct liquid_value list, struct err *err)
{
	struct liquid_walk	walk;
	size_t			most = liquid_limits_of(call->env).loops;

	(void)liquid_walk_start(range, &walk);
	if ((uint64_t)walk.count > most)
		return err_set(err, ERR_REFUSED,
		    "a range has more than %zu items", most);
	for (int64_t i = 0; i < walk.count; i++)
		if (!filter_push(call, list,
		    liquid_int(range.as.range.first + i), err))
			return false;
	return true;
}

bool
filter_list(const struct liquid_call *call, struct liquid_value input,
    struct liquid_value *out, struct err *err)
{
	struct liquid_value	list;
	bool			flat = true;

	if (input.type == LIQUID_ARRAY) {
		for (size_t i = 0; flat && i < liquid_count(input); i++)
			flat = liquid_at(input, i).type != LIQUID_ARRAY;
		*out = input;
		if (flat)
			return true;
	}
	if (!filter_new_list(call, &list, err))
		return false;
	*out = list;
	if (input.type == LIQUID_ARRAY)
		return flatten(call, input, 0, list, err);
	if (input.type == LIQUID_RANGE)
		return range_list(call, input, list, err);
	return input.type == LIQUID_NIL || filter_push(call, list, input, err);
}

bool
filter_property(const struct liquid_call *call, struct liquid_value item,
    struct liquid_value property, struct liquid_value *out, bool *gone,
    struct err *err)
{
	struct str	name;
	enum liquid_has	has;

	has = liquid_property(item, property, call->arena, out);
	*gone = has == HAS_NO_METHOD;
	if (has != HAS_WRONG_TYPE)
		return true;
	if (!filter_text(call, property, &name, err))
		return false;
	return err_set(err, ERR_INPUT, "cannot select the property '%.*s'",
	    (int)(name.len > 80 ? 80 : name.len), name.p);
}
