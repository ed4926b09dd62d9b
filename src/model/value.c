/* SPDX-License-Identifier: ISC */
#include "model/value.h"

#include "base/json.h"

#include <jansson.h>

#define DEPTH_MAX	200

static bool	copy_value(const json_t *from, struct arena *arena, int depth,
		    struct value *out, struct err *err);

static bool
copy_string(const char *bytes, size_t len, struct arena *arena,
    struct str *out, struct err *err)
{
	char	*copy = arena_copy(arena, bytes, len);

	if (copy == NULL)
		return err_nomem(err);
	*out = (struct str){copy, len};
	return true;
}

static bool
copy_array(const json_t *from, struct arena *arena, int depth,
    struct value *out, struct err *err)
{
	struct value	*items;

	out->count = json_array_size(from);
	if ((items = arena_array(arena, out->count, sizeof(*items))) == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < out->count; i++) {
		if (!copy_value(json_array_get(from, i), arena, depth + 1,
		    &items[i], err))
			return false;
	}
	out->items = items;
	return true;
}

static bool
copy_object(json_t *from, struct arena *arena, int depth, struct value *out,
    struct err *err)
{
	struct value	*items;
	struct str	*keys;
	size_t		 i = 0;
	void		*at;

	out->count = json_object_size(from);
	items = arena_array(arena, out->count, sizeof(*items));
	keys = arena_array(arena, out->count, sizeof(*keys));
	if (items == NULL || keys == NULL)
		return err_nomem(err);
	for (at = json_object_iter(from); at != NULL;
	    at = json_object_iter_next(from, at), i++) {
		const char	*key = json_object_iter_key(at);

		if (!copy_string(key, strlen(key), arena, &keys[i], err) ||
		    !copy_value(json_object_iter_value(at), arena, depth + 1,
		    &items[i], err))
			return false;
	}
	out->items = items;
	out->keys = keys;
	return true;
}

static bool
copy_value(const json_t *from, struct arena *arena, int depth,
    struct value *out, struct err *err)
{
	json_t	*open = (json_t *)(uintptr_t)from;

	if (depth > DEPTH_MAX)
		return err_set(err, ERR_INPUT, "JSON is nested deeper than %d",
		    DEPTH_MAX);
	switch (json_typeof(from)) {
	case JSON_OBJECT:
		out->kind = VALUE_OBJECT;
		return copy_object(open, arena, depth, out, err);
	case JSON_ARRAY:
		out->kind = VALUE_ARRAY;
		return copy_array(from, arena, depth, out, err);
	case JSON_STRING:
		out->kind = VALUE_STRING;
		return copy_string(json_string_value(from),
		    json_string_length(from), arena, &out->string, err);
	case JSON_INTEGER:
		out->kind = VALUE_INT;
		out->integer = json_integer_value(from);
		return true;
	case JSON_REAL:
		out->kind = VALUE_REAL;
		out->real = json_real_value(from);
		return true;
	case JSON_TRUE:
	case JSON_FALSE:
		out->kind = VALUE_BOOL;
		out->boolean = json_is_true(from);
		return true;
	case JSON_NULL:
	default:
		out->kind = VALUE_NULL;
		return true;
	}
}

bool
value_parse(struct str text, struct arena *arena, struct value *out,
    struct err *err)
{
	const size_t	 flags = JSON_DECODE_ANY | JSON_REJECT_DUPLICATES |
			    JSON_ALLOW_NUL;
	struct value	 value = {0};
	json_error_t	 why;
	json_t		*root;
	bool		 ok;

	if ((root = json_loadb(text.p, text.len, flags, &why)) == NULL)
		return err_set(err, ERR_INPUT, "line %d, column %d: %s",
		    why.line, why.column, why.text);
	ok = copy_value(root, arena, 0, &value, err);
	json_decref(root);
	if (ok)
		*out = value;
	return ok;
}

const struct value *
value_get(const struct value *object, const char *key)
{
	if (object == NULL || object->kind != VALUE_OBJECT)
		return NULL;
	for (size_t i = 0; i < object->count; i++) {
		if (str_is(object->keys[i], key))
			return &object->items[i];
	}
	return NULL;
}

static void
write_items(const struct value *value, struct buf *out)
{
	bool	is_object = value->kind == VALUE_OBJECT;

	buf_addc(out, is_object ? '{' : '[');
	for (size_t i = 0; i < value->count; i++) {
		if (i > 0)
			buf_addc(out, ',');
		if (is_object) {
			json_quote(out, value->keys[i]);
			buf_addc(out, ':');
		}
		value_write(&value->items[i], out);
	}
	buf_addc(out, is_object ? '}' : ']');
}

/* With a point or an exponent, so that it is read as a real again. */
static void
write_real(double real, struct buf *out)
{
	size_t	before = out->len;

	buf_addf(out, "%.17g", real);
	if (buf_ok(out) && strpbrk(out->p + before, ".e") == NULL)
		buf_adds(out, ".0");
}

void
value_write(const struct value *value, struct buf *out)
{
	switch (value->kind) {
	case VALUE_NULL:
		buf_adds(out, "null");
		break;
	case VALUE_BOOL:
		buf_adds(out, value->boolean ? "true" : "false");
		break;
	case VALUE_INT:
		buf_addf(out, "%lld", (long long)value->integer);
		break;
	case VALUE_REAL:
		write_real(value->real, out);
		break;
	case VALUE_STRING:
		json_quote(out, value->string);
		break;
	case VALUE_ARRAY:
	case VALUE_OBJECT:
		write_items(value, out);
		break;
	}
}
