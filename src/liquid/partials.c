/* SPDX-License-Identifier: ISC */
#include "liquid/render.h"

static bool
partial_load(struct liquid_state *st, struct str name,
    const struct liquid_template **out)
{
	struct liquid_source	 source = {.name = name, .line = 1};
	struct liquid_template	*tpl;
	struct liquid_cached	*cached;

	if (st->env->compiled != NULL &&
	    (*out = st->env->compiled(st->env->user, name)) != NULL)
		return true;
	for (cached = st->shared->cached; cached != NULL;
	    cached = cached->next)
		if (str_eq(cached->name, name)) {
			*out = cached->tpl;
			return true;
		}
	if (st->env->partial == NULL ||
	    !st->env->partial(st->env->user, name, &source.text))
		return liquid_fail(st, FAULT_NO_LINE, LIQUID_NOWHERE,
		    "Could not find asset %.*s",
		    (int)(name.len > 100 ? 100 : name.len), name.p);
	if (!liquid_work(st, source.text.len / 16) ||
	    !liquid_compile(st->env, &source, st->arena, &tpl, st->trouble))
		return false;
	if ((cached = arena_alloc(st->arena, sizeof(*cached))) == NULL)
		return liquid_render_nomem(st);
	cached->name = tpl->name;
	cached->tpl = tpl;
	cached->next = st->shared->cached;
	st->shared->cached = cached;
	*out = tpl;
	return true;
}

/* split('/').last */
static struct str
last_part(struct str name)
{
	size_t	start;

	while (name.len > 0 && name.p[name.len - 1] == '/')
		name.len--;
	for (start = name.len; start > 0 && name.p[start - 1] != '/'; start--)
		;
	return liquid_cut(name, start, name.len);
}

static bool
args_set(struct liquid_state *from, const struct liquid_partial *partial,
    struct liquid_state *to)
{
	struct liquid_value	value;

	for (size_t i = 0; i < partial->args.count; i++)
		if (!liquid_eval(from, partial->args.items[i].term, &value) ||
		    !liquid_scope_set(to, to->scope,
		    partial->args.items[i].name, value))
			return false;
	return true;
}

/* What include runs: the partial once, or once an item. */
static bool
include_bodies(struct liquid_state *st, struct str variable,
    struct liquid_value value, struct buf *out)
{
	size_t	count = value.type == LIQUID_ARRAY ? liquid_count(value) : 1;

	for (size_t i = 0; i < count; i++) {
		if (!liquid_scope_set(st, st->scope, variable,
		    value.type == LIQUID_ARRAY ? liquid_at(value, i) : value))
			return false;
		if (!liquid_body_render(st, st->tpl->body, out))
			return false;
	}
	return true;
}

static bool
include(struct liquid_state *st, const struct liquid_partial *partial,
    struct str name, struct buf *out)
{
	const struct liquid_template	*tpl, *before = st->tpl;
	struct str			 old = st->partial;
	struct liquid_value		 value = liquid_nil();
	struct liquid_scope		 scope;
	bool				 ok;

	if (!partial_load(st, name, &tpl))
		return false;
	if (partial->with != NULL) {
		if (!liquid_eval(st, partial->with, &value))
			return false;
	} else {
		(void)liquid_variable(st, name, &value);
	}
	if (!liquid_push(st, &scope))
		return false;
	ok = args_set(st, partial, st);
	if (ok) {
		st->tpl = tpl;
		st->partial = tpl->name;
		ok = include_bodies(st, partial->alias.p != NULL ?
		    partial->alias : last_part(name), value, out);
		st->tpl = before;
		st->partial = old;
	}
	liquid_pop(st);
	return ok;
}

/* One run of a partial on its own. */
static bool
isolated(struct liquid_state *st, const struct liquid_partial *partial,
    const struct liquid_template *tpl, struct str name,
    struct liquid_value value, struct liquid_forloop *forloop,
    struct buf *out)
{
	struct liquid_scope	scope = {.vars = liquid_nil()};
	struct liquid_state	inner = {.env = st->env, .arena = st->arena,
	    .shared = st->shared, .trouble = st->trouble, .tpl = tpl,
	    .partial = tpl->name, .globals = liquid_nil(), .scope = &scope,
	    .outer = &scope, .depth = st->depth + 1, .isolated = true};
	struct str		variable = partial->alias.p != NULL ?
				    partial->alias : last_part(name);

	if (st->depth > st->shared->limits.depth)
		return liquid_fail(st, FAULT_NO_LINE, LIQUID_NOWHERE,
		    "Nesting too deep");
	if (forloop != NULL && !liquid_scope_set(&inner, &scope,
	    STR("forloop"), liquid_forloop_value(forloop)))
		return false;
	if (!args_set(st, partial, &inner))
		return false;
	if (value.type != LIQUID_NIL &&
	    !liquid_scope_set(&inner, &scope, variable, value))
		return false;
	if (forloop != NULL && !liquid_work(st, 1))
		return false;
	if (!liquid_body_render(&inner, tpl->body, out)) {
		st->at = LIQUID_NOWHERE;
		return false;
	}
	if (forloop != NULL)
		forloop->index++;
	return true;
}

static bool
render_each(struct liquid_state *st, const struct liquid_partial *partial,
    const struct liquid_template *tpl, struct str name,
    const struct liquid_walk *walk, struct buf *out)
{
	struct liquid_forloop	*forloop;
	struct liquid_value	 item;

	if ((uint64_t)walk->count > st->shared->limits.loops)
		return liquid_fail(st, FAULT_FATAL, LIQUID_NOWHERE,
		    "a loop has more than %zu turns",
		    st->shared->limits.loops);
	if ((forloop = arena_alloc(st->arena, sizeof(*forloop))) == NULL)
		return liquid_render_nomem(st);
	forloop->name = name;
	forloop->length = walk->count;
	for (int64_t i = 0; i < walk->count; i++) {
		if (!liquid_walk_at(walk, i, st->arena, &item))
			return liquid_render_nomem(st);
		if (!isolated(st, partial, tpl, name, item, forloop,
		    out))
			return false;
	}
	return true;
}

static bool
render(struct liquid_state *st, const struct liquid_partial *partial,
    struct str name, struct buf *out)
{
	const struct liquid_template	*tpl;
	struct liquid_value		 value;
	struct liquid_walk		 walk;

	if (!partial_load(st, name, &tpl) ||
	    !liquid_eval(st, partial->with, &value))
		return false;
	if (partial->each && value.type != LIQUID_STRING &&
	    liquid_walk_start(value, &walk))
		return render_each(st, partial, tpl, name, &walk, out);
	return isolated(st, partial, tpl, name, value, NULL, out);
}

bool
liquid_render_partial(struct liquid_state *st, const struct liquid_node *node,
    struct buf *out)
{
	const struct liquid_partial	*partial = node->partial;
	struct liquid_value		 name;

	if (node->kind == NODE_INCLUDE && st->isolated)
		return liquid_fail(st, FAULT_ARGUMENT, LIQUID_NOWHERE,
		    "include usage is not allowed in this context");
	if (!liquid_eval(st, partial->name, &name))
		return false;
	if (name.type != LIQUID_STRING)
		return liquid_fail(st, FAULT_ARGUMENT, LIQUID_NOWHERE,
		    "Argument error in tag 'include' - Illegal template name");
	return node->kind == NODE_INCLUDE ?
	    include(st, partial, name.as.text, out) :
	    render(st, partial, name.as.text, out);
}
