/* SPDX-License-Identifier: ISC */
#include "liquid/render.h"

/* One tablerow as a template sees it. */
struct tablerowloop {
	int64_t	index;
	int64_t	length;
	int64_t	row;
	int64_t	col;
	int64_t	cols;
};

static const char *const	forloop_names[] = {
	"index", "index0", "rindex", "rindex0", "first", "last", "length",
	"name", "parentloop", NULL
};

static const char *const	tablerow_names[] = {
	"index", "index0", "rindex", "rindex0", "first", "last", "length",
	"row", "col", "col0", "col_first", "col_last", NULL
};

static bool
position(int64_t index, int64_t length, struct str key,
    struct liquid_value *out)
{
	if (str_is(key, "index"))
		*out = liquid_int(index + 1);
	else if (str_is(key, "index0"))
		*out = liquid_int(index);
	else if (str_is(key, "rindex"))
		*out = liquid_int(length - index);
	else if (str_is(key, "rindex0"))
		*out = liquid_int(length - index - 1);
	else if (str_is(key, "first"))
		*out = liquid_bool(index == 0);
	else if (str_is(key, "last"))
		*out = liquid_bool(index == length - 1);
	else if (str_is(key, "length"))
		*out = liquid_int(length);
	else
		return false;
	return true;
}

static bool
forloop_get(const void *self, struct str key, struct arena *arena,
    struct liquid_value *out)
{
	const struct liquid_forloop	*loop = self;

	(void)arena;
	if (str_is(key, "name"))
		*out = liquid_str(loop->name);
	else if (str_is(key, "parentloop"))
		*out = loop->parent == NULL ? liquid_nil() :
		    liquid_forloop_value(loop->parent);
	else
		return position(loop->index, loop->length, key, out);
	return true;
}

static void
forloop_text(const void *self, struct buf *out)
{
	(void)self;
	buf_adds(out, "Liquid::ForloopDrop");
}

static const struct liquid_ops	forloop_ops = {.get = forloop_get,
	.text = forloop_text, .names = forloop_names};

struct liquid_value
liquid_forloop_value(const struct liquid_forloop *loop)
{
	return liquid_lazy(&forloop_ops, loop);
}

static bool
tablerow_get(const void *self, struct str key, struct arena *arena,
    struct liquid_value *out)
{
	const struct tablerowloop	*loop = self;

	(void)arena;
	if (str_is(key, "row"))
		*out = liquid_int(loop->row);
	else if (str_is(key, "col"))
		*out = liquid_int(loop->col);
	else if (str_is(key, "col0"))
		*out = liquid_int(loop->col - 1);
	else if (str_is(key, "col_first"))
		*out = liquid_bool(loop->col == 1);
	else if (str_is(key, "col_last"))
		*out = liquid_bool(loop->col == loop->cols);
	else
		return position(loop->index, loop->length, key, out);
	return true;
}

static void
tablerow_text(const void *self, struct buf *out)
{
	(void)self;
	buf_adds(out, "Liquid::TablerowloopDrop");
}

static const struct liquid_ops	tablerow_ops = {.get = tablerow_get,
	.text = tablerow_text, .names = tablerow_names};

bool
liquid_walk_start(struct liquid_value over, struct liquid_walk *walk)
{
	walk->over = over;
	walk->count = 0;
	if (over.type == LIQUID_RANGE) {
		if (over.as.range.last < over.as.range.first)
			return true;
		if (__builtin_sub_overflow(over.as.range.last,
		    over.as.range.first, &walk->count) ||
		    walk->count == INT64_MAX)
			walk->count = INT64_MAX - 1;
		walk->count++;
		return true;
	}
	if (over.type == LIQUID_STRING) {
		walk->count = over.as.text.len > 0;
		return true;
	}
	walk->count = (int64_t)liquid_count(over);
	return over.type == LIQUID_ARRAY || over.type == LIQUID_OBJECT;
}

bool
liquid_walk_at(const struct liquid_walk *walk, int64_t i, struct arena *arena,
    struct liquid_value *out)
{
	struct liquid_value	over = walk->over, item;
	struct str		key;

	if (over.type == LIQUID_RANGE) {
		*out = liquid_int(over.as.range.first + i);
	} else if (over.type == LIQUID_ARRAY) {
		*out = liquid_at(over, (size_t)i);
	} else if (liquid_pair_at(over, (size_t)i, &key, &item)) {
		*out = liquid_array(arena);
		return liquid_array_push(arena, *out, liquid_str(key)) &&
		    liquid_array_push(arena, *out, item);
	} else {
		*out = over;
	}
	return true;
}

/* The part of a walk that a loop takes: [first, first + count). */
struct part {
	struct liquid_walk	walk;
	int64_t			first;
	int64_t			count;
};

static void
part_cut(struct part *part, int64_t from, bool limited, int64_t limit)
{
	int64_t	to = part->walk.count, end;

	if (limited && !__builtin_add_overflow(from, limit, &end) && end < to)
		to = end;
	part->first = from < 0 ? 0 : from;
	part->count = to > part->first ? to - part->first : 0;
}

static bool
part_check(struct liquid_state *st, const struct part *part)
{
	if ((uint64_t)part->count <= st->shared->limits.loops)
		return true;
	return liquid_fail(st, FAULT_FATAL, LIQUID_NOWHERE,
	    "a loop has more than %zu turns", st->shared->limits.loops);
}

static bool
for_part(struct liquid_state *st, const struct liquid_loop *loop,
    struct part *part)
{
	struct liquid_value	value, kept = liquid_int(0);
	int64_t			from = 0, limit = 0;

	if (loop->resume) {
		(void)liquid_get(st->offsets, loop->name, &kept);
		from = kept.as.number;
	} else {
		if (!liquid_eval(st, loop->offset, &value))
			return false;
		if (value.type != LIQUID_NIL &&
		    !liquid_eval_whole(st, loop->offset, value, &from))
			return false;
	}
	if (!liquid_eval(st, loop->collection, &value))
		return false;
	(void)liquid_walk_start(value, &part->walk);
	if (!liquid_eval(st, loop->limit, &value))
		return false;
	if (value.type != LIQUID_NIL &&
	    !liquid_eval_whole(st, loop->limit, value, &limit))
		return false;
	/* a text is one item, whatever the bounds */
	if (part->walk.over.type == LIQUID_STRING) {
		part->first = 0;
		part->count = part->walk.count;
	} else {
		part_cut(part, from, value.type != LIQUID_NIL, limit);
	}
	return part_check(st, part) && liquid_keep(st, &st->offsets,
	    loop->name, liquid_int(from + part->count));
}

/* After one turn: whether the loop goes on. */
static bool
goes_on(struct liquid_state *st)
{
	enum liquid_interrupt	interrupt = st->interrupt;

	st->interrupt = INTERRUPT_NONE;
	return interrupt != INTERRUPT_BREAK;
}

static bool
for_turns(struct liquid_state *st, const struct liquid_loop *loop,
    const struct part *part, struct buf *out)
{
	struct liquid_value	item;
	int64_t			at;

	for (int64_t i = 0; i < part->count; i++) {
		at = part->first + (loop->reversed ? part->count - 1 - i : i);
		if (!liquid_walk_at(&part->walk, at, st->arena, &item))
			return liquid_render_nomem(st);
		if (!liquid_work(st, 1) ||
		    !liquid_scope_set(st, st->scope, loop->variable, item) ||
		    !liquid_body_render(st, loop->body, out))
			return false;
		st->loop->index++;
		if (!goes_on(st))
			return true;
	}
	return true;
}

bool
liquid_render_for(struct liquid_state *st, const struct liquid_node *node,
    struct buf *out)
{
	const struct liquid_loop	*loop = node->loop;
	struct liquid_forloop		*forloop;
	struct liquid_scope		 scope;
	struct part			 part;
	bool				 ok;

	if (!for_part(st, loop, &part))
		return false;
	if (part.count == 0)
		return loop->otherwise == NULL ||
		    liquid_body_render(st, loop->otherwise, out);
	if (!liquid_push(st, &scope))
		return false;
	forloop = arena_alloc(st->arena, sizeof(*forloop));
	if (forloop == NULL) {
		liquid_pop(st);
		return liquid_render_nomem(st);
	}
	*forloop = (struct liquid_forloop){.name = loop->name,
	    .length = part.count, .parent = st->loop};
	st->loop = forloop;
	ok = liquid_scope_set(st, &scope, STR("forloop"),
	    liquid_forloop_value(forloop)) && for_turns(st, loop, &part, out);
	/* the parent is const only to templates */
	st->loop = (struct liquid_forloop *)(uintptr_t)forloop->parent;
	liquid_pop(st);
	return ok;
}

static bool
tablerow_number(struct liquid_state *st, const struct liquid_term *term,
    int64_t *out)
{
	struct liquid_value	value;

	if (!liquid_eval(st, term, &value))
		return false;
	if (value.type == LIQUID_BOOL || value.type == LIQUID_ARRAY ||
	    value.type == LIQUID_OBJECT || value.type == LIQUID_RANGE ||
	    value.type == LIQUID_LAZY)
		return liquid_fail(st, FAULT_ARGUMENT, term->at,
		    "invalid integer");
	*out = liquid_lenient_int(value);
	return true;
}

static bool
cell(struct liquid_state *st, const struct liquid_loop *loop,
    const struct tablerowloop *table, struct buf *out)
{
	char	text[64];

	(void)snprintf(text, sizeof(text), "<td class=\"col%lld\">",
	    (long long)table->col);
	return liquid_add(st, str_of(text), out) &&
	    liquid_body_render(st, loop->body, out) &&
	    liquid_add(st, STR("</td>"), out);
}

static bool
next_cell(struct liquid_state *st, struct tablerowloop *table, struct buf *out)
{
	char	text[64];
	bool	ok = true;

	if (table->col == table->cols && table->index != table->length - 1) {
		(void)snprintf(text, sizeof(text),
		    "</tr>\n<tr class=\"row%lld\">", (long long)table->row + 1);
		ok = liquid_add(st, str_of(text), out);
	}
	table->index++;
	if (table->col == table->cols) {
		table->col = 1;
		table->row++;
	} else {
		table->col++;
	}
	return ok;
}

static bool
tablerow_cells(struct liquid_state *st, const struct liquid_loop *loop,
    const struct part *part, struct tablerowloop *table, struct buf *out)
{
	struct liquid_value	item;

	for (int64_t i = 0; i < part->count; i++) {
		if (!liquid_walk_at(&part->walk, part->first + i, st->arena,
		    &item))
			return liquid_render_nomem(st);
		if (!liquid_work(st, 1) ||
		    !liquid_scope_set(st, st->scope, loop->variable, item) ||
		    !cell(st, loop, table, out))
			return false;
		if (!goes_on(st))
			return true;
		if (!next_cell(st, table, out))
			return false;
	}
	return true;
}

static bool
tablerow_part(struct liquid_state *st, const struct liquid_loop *loop,
    struct liquid_value over, struct part *part)
{
	int64_t	from = 0, limit = 0;

	if (loop->offset != NULL && !tablerow_number(st, loop->offset, &from))
		return false;
	if (loop->limit != NULL && !tablerow_number(st, loop->limit, &limit))
		return false;
	(void)liquid_walk_start(over, &part->walk);
	if (over.type == LIQUID_STRING) {
		part->first = 0;
		part->count = part->walk.count;
	} else {
		part_cut(part, from, loop->limit != NULL, limit);
	}
	return part_check(st, part);
}

bool
liquid_render_tablerow(struct liquid_state *st, const struct liquid_node *node,
    struct buf *out)
{
	const struct liquid_loop	*loop = node->loop;
	struct liquid_value		 over;
	struct liquid_scope		 scope;
	struct tablerowloop		*table;
	struct part			 part;
	bool				 ok;

	if (!liquid_eval(st, loop->collection, &over))
		return false;
	if (!liquid_truthy(over))
		return true;
	if ((table = arena_alloc(st->arena, sizeof(*table))) == NULL)
		return liquid_render_nomem(st);
	if (!tablerow_part(st, loop, over, &part))
		return false;
	*table = (struct tablerowloop){0, part.count, 1, 1, part.count};
	if (loop->cols != NULL && !tablerow_number(st, loop->cols,
	    &table->cols))
		return false;
	if (!liquid_add(st, STR("<tr class=\"row1\">\n"), out) ||
	    !liquid_push(st, &scope))
		return false;
	ok = liquid_scope_set(st, &scope, STR("tablerowloop"),
	    liquid_lazy(&tablerow_ops, table)) &&
	    tablerow_cells(st, loop, &part, table, out);
	liquid_pop(st);
	return ok && liquid_add(st, STR("</tr>\n"), out);
}
