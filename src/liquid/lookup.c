/* SPDX-License-Identifier: ISC */
#include "liquid/render.h"

#include "base/utf8.h"

#define NAME_MOST	40	/* bytes of a name that is compared */

static bool	self_get(const void *self, struct str key, struct arena *arena,
		    struct liquid_value *out);

static void
self_text(const void *self, struct buf *out)
{
	(void)self;
	buf_adds(out, "Liquid::SelfDrop");
}

static const struct liquid_ops	self_ops = {.get = self_get, .text = self_text};

static bool
attribute(struct liquid_value object, struct str key, struct arena *arena,
    struct liquid_value *out)
{
	if (object.type == LIQUID_OBJECT)
		return liquid_get(object, key, out);
	return object.type == LIQUID_LAZY &&
	    object.as.lazy.ops->get(object.as.lazy.self, key, arena, out);
}

bool
liquid_variable(struct liquid_state *st, struct str name,
    struct liquid_value *out)
{
	for (const struct liquid_scope *s = st->scope; s != NULL; s = s->up)
		if (liquid_get(s->vars, name, out))
			return true;
	if (liquid_get(st->counters, name, out))
		return true;
	return attribute(st->globals, name, st->arena, out);
}

static bool
self_get(const void *self, struct str key, struct arena *arena,
    struct liquid_value *out)
{
	const struct liquid_state	*st = self;

	for (const struct liquid_scope *s = st->scope; s != NULL; s = s->up)
		if (liquid_get(s->vars, key, out))
			return true;
	if (liquid_get(st->counters, key, out))
		return true;
	return attribute(st->globals, key, arena, out);
}

/* Levenshtein, given up above 3. */
static int
distance(struct str a, struct str b)
{
	int	row[NAME_MOST + 1], diagonal, above, cost;

	if (a.len > NAME_MOST || b.len > NAME_MOST ||
	    (a.len > b.len ? a.len - b.len : b.len - a.len) > 3)
		return 4;
	for (size_t k = 0; k <= b.len; k++)
		row[k] = (int)k;
	for (size_t i = 1; i <= a.len; i++) {
		diagonal = row[0];
		row[0] = (int)i;
		for (size_t k = 1; k <= b.len; k++) {
			above = row[k];
			cost = diagonal + (a.p[i - 1] != b.p[k - 1]);
			if (above + 1 < cost)
				cost = above + 1;
			if (row[k - 1] + 1 < cost)
				cost = row[k - 1] + 1;
			row[k] = cost;
			diagonal = above;
		}
	}
	return row[b.len];
}

struct near {
	struct str	name;
	struct str	best;
	int		distance;
};

static void
near_try(struct near *near, struct str candidate)
{
	int	d = distance(near->name, candidate);

	if (d < near->distance) {
		near->distance = d;
		near->best = candidate;
	}
}

static void
near_object(struct near *near, struct liquid_value object)
{
	struct liquid_value	item;
	struct str		key;

	for (size_t i = 0; liquid_pair_at(object, i, &key, &item); i++)
		near_try(near, key);
	if (object.type == LIQUID_LAZY && object.as.lazy.ops->names != NULL)
		for (size_t i = 0; object.as.lazy.ops->names[i] != NULL; i++)
			near_try(near, str_of(object.as.lazy.ops->names[i]));
}

/* owner NULL: a variable; else an attribute of it. */
void
liquid_undefined(struct liquid_state *st, uint32_t at, struct str name,
    const struct liquid_value *owner)
{
	struct near	near = {.name = name};
	const char	*what = owner == NULL ? "variable" : "attribute";

	near.distance = name.len < 4 ? 2 : 3;
	if (name.len > 80)
		name.len = 80;
	if (owner != NULL && owner->type == LIQUID_NIL) {
		(void)liquid_fail(st, FAULT_UNDEFINED, at, "undefined "
		    "attribute '%.*s': what stands before it is empty",
		    STR_ARG(name));
		return;
	}
	if (owner != NULL) {
		near_object(&near, *owner);
	} else {
		for (struct liquid_scope *s = st->scope; s != NULL; s = s->up)
			near_object(&near, s->vars);
		near_object(&near, st->globals);
	}
	if (near.best.p == NULL)
		(void)liquid_fail(st, FAULT_UNDEFINED, at,
		    "undefined %s '%.*s'", what, STR_ARG(name));
	else
		(void)liquid_fail(st, FAULT_UNDEFINED, at, "undefined %s "
		    "'%.*s'; did you mean '%.*s'?", what, STR_ARG(name),
		    STR_ARG(near.best));
}

static bool
array_item(struct liquid_value array, int64_t index, struct liquid_value *out)
{
	int64_t	count = (int64_t)liquid_count(array);

	if (index < 0)
		index += count;
	*out = index < 0 ? liquid_nil() : liquid_at(array, (size_t)index);
	return true;
}

static struct liquid_value
char_at(struct str s, bool last)
{
	size_t	from = 0, end = liquid_chars(s, 1);

	if (last && s.len > 0)
		for (end = s.len, from = s.len - 1; from > 0 &&
		    ((unsigned char)s.p[from] & 0xc0) == 0x80; from--)
			;
	return liquid_str(liquid_cut(s, from, end));
}

static bool
first_pair(struct liquid_value object, struct arena *arena,
    struct liquid_value *out)
{
	struct liquid_value	item;
	struct str		key;

	*out = liquid_nil();
	if (!liquid_pair_at(object, 0, &key, &item))
		return true;
	*out = liquid_array(arena);
	return liquid_array_push(arena, *out, liquid_str(key)) &&
	    liquid_array_push(arena, *out, item);
}

/* .size, .first, .last; false when the object does not know it. */
static bool
command(struct liquid_value object, struct str key, struct arena *arena,
    struct liquid_value *out)
{
	bool	last = str_is(key, "last");

	if (str_is(key, "size")) {
		if (object.type == LIQUID_STRING)
			*out = liquid_int((int64_t)utf8_length(
			    object.as.text));
		else if (object.type == LIQUID_INT)
			*out = liquid_int((int64_t)sizeof(int64_t));
		else if (object.type == LIQUID_RANGE)
			*out = liquid_int(object.as.range.last <
			    object.as.range.first ? 0 : object.as.range.last -
			    object.as.range.first + 1);
		else if (object.type == LIQUID_ARRAY ||
		    object.type == LIQUID_OBJECT)
			*out = liquid_int((int64_t)liquid_count(object));
		else
			return false;
		return true;
	}
	if (object.type == LIQUID_STRING)
		*out = char_at(object.as.text, last);
	else if (object.type == LIQUID_ARRAY)
		return array_item(object, last ? -1 : 0, out);
	else if (object.type == LIQUID_RANGE)
		*out = liquid_int(last ? object.as.range.last :
		    object.as.range.first);
	else if (object.type == LIQUID_OBJECT && !last)
		return first_pair(object, arena, out);
	else
		return false;
	return true;
}

static bool
step(struct liquid_state *st, const struct liquid_step *s, uint32_t at,
    struct liquid_value *object)
{
	struct liquid_value	key = liquid_str(s->key), found;

	if (s->term != NULL && !liquid_eval(st, s->term, &key))
		return false;
	if (key.type == LIQUID_STRING &&
	    attribute(*object, key.as.text, st->arena, &found)) {
		*object = found;
		return true;
	}
	if (key.type == LIQUID_INT && object->type == LIQUID_ARRAY)
		return array_item(*object, key.as.number, object);
	if (s->command && command(*object, key.as.text, st->arena, &found)) {
		*object = found;
		return true;
	}
	if (!st->env->strict_variables) {
		*object = liquid_nil();
		return true;
	}
	liquid_undefined(st, at, key.type == LIQUID_STRING ? key.as.text :
	    STR("[...]"), object);
	return false;
}

static bool
lookup(struct liquid_state *st, const struct liquid_term *term,
    struct liquid_value *out)
{
	struct liquid_value	name = liquid_str(term->name);
	bool			found = false;

	if (term->name_term != NULL &&
	    !liquid_eval(st, term->name_term, &name))
		return false;
	*out = liquid_nil();
	if (name.type == LIQUID_STRING && name.as.text.p != NULL) {
		found = liquid_variable(st, name.as.text, out);
		if (str_is(name.as.text, "self") &&
		    (!found || out->type == LIQUID_NIL)) {
			*out = liquid_lazy(&self_ops, st);
			found = true;
		}
	}
	if (!found && st->env->strict_variables) {
		liquid_undefined(st, term->at, name.type == LIQUID_STRING &&
		    name.as.text.p != NULL ? name.as.text : STR("[...]"), NULL);
		return false;
	}
	for (size_t i = 0; i < term->nsteps; i++) {
		if (out->type == LIQUID_NIL && !st->env->strict_variables)
			return true;
		if (!step(st, &term->steps[i], term->at, out))
			return false;
	}
	return true;
}

static bool
range_end(struct liquid_state *st, const struct liquid_term *end, bool constant,
    int64_t *out)
{
	struct liquid_value	value;

	if (!liquid_eval(st, end, &value))
		return false;
	if (constant || value.type == LIQUID_NIL || value.type == LIQUID_STRING)
		*out = liquid_lenient_int(value);
	else
		return liquid_eval_whole(st, end, value, out);
	return true;
}

static bool
range(struct liquid_state *st, const struct liquid_term *term,
    struct liquid_value *out)
{
	bool	constant = term->first->kind == TERM_LITERAL &&
		    term->last->kind == TERM_LITERAL;
	int64_t	first, last;

	if (!range_end(st, term->first, constant, &first) ||
	    !range_end(st, term->last, constant, &last))
		return false;
	*out = liquid_range(first, last);
	return true;
}

bool
liquid_eval(struct liquid_state *st, const struct liquid_term *term,
    struct liquid_value *out)
{
	if (term == NULL)
		*out = liquid_nil();
	else if (term->kind == TERM_LITERAL)
		*out = term->literal;
	else if (term->kind == TERM_LOOKUP)
		return lookup(st, term, out);
	else
		return range(st, term, out);
	return true;
}

/* String#[]: by position, or the text itself when it is in there. */
static enum liquid_has
text_property(struct str s, struct liquid_value property,
    struct liquid_value *out)
{
	int64_t	count, at;

	if (property.type == LIQUID_STRING) {
		if (liquid_find(s, property.as.text, 0) != SIZE_MAX)
			*out = property;
		return HAS_ITEM;
	}
	if (property.type != LIQUID_INT)
		return HAS_WRONG_TYPE;
	count = (int64_t)utf8_length(s);
	at = property.as.number < 0 ? property.as.number + count :
	    property.as.number;
	if (at >= 0 && at < count) {
		s = liquid_cut(s, liquid_chars(s, (size_t)at), s.len);
		*out = char_at(s, false);
	}
	return HAS_ITEM;
}

enum liquid_has
liquid_property(struct liquid_value item, struct liquid_value property,
    struct arena *arena, struct liquid_value *out)
{
	*out = liquid_nil();
	if (item.type == LIQUID_OBJECT || item.type == LIQUID_LAZY) {
		if (property.type == LIQUID_STRING)
			(void)attribute(item, property.as.text, arena, out);
		return HAS_ITEM;
	}
	if (item.type == LIQUID_STRING)
		return text_property(item.as.text, property, out);
	if (item.type == LIQUID_ARRAY) {
		if (property.type != LIQUID_INT)
			return HAS_WRONG_TYPE;
		(void)array_item(item, property.as.number, out);
		return HAS_ITEM;
	}
	if (item.type == LIQUID_INT) {
		if (property.type != LIQUID_INT)
			return HAS_WRONG_TYPE;
		*out = liquid_int(property.as.number < 0 ||
		    property.as.number > 63 ? property.as.number > 63 &&
		    item.as.number < 0 :
		    item.as.number >> property.as.number & 1);
		return HAS_ITEM;
	}
	return item.type == LIQUID_BIG ? HAS_WRONG_TYPE : HAS_NO_METHOD;
}
