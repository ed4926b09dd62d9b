/* SPDX-License-Identifier: ISC */
#include "liquid/render.h"

#define NESTED_MOST	10	/* bodies on the C stack, times the depth */

typedef bool	(*node_fn)(struct liquid_state *st,
		    const struct liquid_node *node, struct buf *out);

bool
liquid_add(struct liquid_state *st, struct str text, struct buf *out)
{
	if (!liquid_wrote(st, text.len))
		return false;
	buf_addstr(out, text);
	return buf_ok(out) || liquid_render_nomem(st);
}

static bool
put_text(struct liquid_state *st, struct liquid_value value, struct buf *out)
{
	struct str	text;
	size_t		before = out->len;

	if (value.type == LIQUID_NIL)
		return true;
	if (st->env->escape == NULL || value.safe) {
		liquid_to_text(value, out);
	} else {
		if (!liquid_as_text(value, st->arena, &text))
			return liquid_render_nomem(st);
		st->env->escape(out, text, st->env->user);
	}
	if (!buf_ok(out))
		return liquid_render_nomem(st);
	return liquid_wrote(st, out->len - before);
}

static bool
put_at(struct liquid_state *st, struct liquid_value value, struct buf *out,
    int depth)
{
	if (value.type != LIQUID_ARRAY || depth > st->shared->limits.depth)
		return put_text(st, value, out);
	for (size_t i = 0; i < liquid_count(value); i++)
		if (!put_at(st, liquid_at(value, i), out, depth + 1))
			return false;
	return liquid_work(st, liquid_count(value));
}

bool
liquid_put(struct liquid_state *st, struct liquid_value value, struct buf *out)
{
	return put_at(st, value, out, 0);
}

static bool
node_text(struct liquid_state *st, const struct liquid_node *node,
    struct buf *out)
{
	return liquid_add(st, node->text, out);
}

static bool
node_output(struct liquid_state *st, const struct liquid_node *node,
    struct buf *out)
{
	struct liquid_value	value;

	return liquid_chain_eval(st, node->chain, &value) &&
	    liquid_put(st, value, out);
}

static bool
node_assign(struct liquid_state *st, const struct liquid_node *node,
    struct buf *out)
{
	struct liquid_value	value;

	(void)out;
	return liquid_chain_eval(st, node->chain, &value) &&
	    liquid_scope_set(st, st->outer, node->text, value);
}

static bool
node_capture(struct liquid_state *st, const struct liquid_node *node,
    struct buf *out)
{
	struct liquid_value	value;
	struct buf		text = BUF_INIT;
	bool			ok;

	(void)out;
	ok = liquid_body_render(st, node->body, &text);
	if (ok) {
		value = liquid_str_copy(st->arena, buf_str(&text));
		value.safe = st->env->escape != NULL;
		ok = value.type == LIQUID_STRING ?
		    liquid_scope_set(st, st->outer, node->text, value) :
		    liquid_render_nomem(st);
	}
	buf_fini(&text);
	return ok;
}

static bool
node_if(struct liquid_state *st, const struct liquid_node *node,
    struct buf *out)
{
	struct liquid_value	value;
	bool			wanted;

	for (const struct liquid_arm *arm = node->arms; arm != NULL;
	    arm = arm->next) {
		value = liquid_bool(true);
		if (arm->test != NULL &&
		    !liquid_test_eval(st, arm->test, &value))
			return false;
		wanted = node->kind != NODE_UNLESS || arm != node->arms;
		if (liquid_truthy(value) == wanted)
			return liquid_body_render(st, arm->body, out);
	}
	return true;
}

/* Each arm that is equal is written, also when several are. */
static bool
node_case(struct liquid_state *st, const struct liquid_node *node,
    struct buf *out)
{
	struct liquid_value	value;
	bool			otherwise = true;

	for (const struct liquid_arm *arm = node->arms; arm != NULL;
	    arm = arm->next) {
		if (arm->test == NULL) {
			if (otherwise &&
			    !liquid_body_render(st, arm->body, out))
				return false;
			continue;
		}
		if (!liquid_test_eval(st, arm->test, &value))
			return false;
		if (!liquid_truthy(value))
			continue;
		otherwise = false;
		if (!liquid_body_render(st, arm->body, out))
			return false;
	}
	return true;
}

/* The counter of a cycle: that of its group, else as the parser named it. */
static bool
cycle_key(struct liquid_state *st, const struct liquid_node *node,
    struct str *out)
{
	struct buf		text = BUF_INIT;
	struct liquid_value	value;
	char			*copy;

	*out = node->text;
	if (node->term == NULL)
		return true;
	if (!liquid_eval(st, node->term, &value))
		return false;
	buf_adds(&text, "group ");
	liquid_inspect(value, &text);
	copy = buf_ok(&text) ? arena_copy(st->arena, text.p, text.len) : NULL;
	*out = (struct str){copy, text.len};
	buf_fini(&text);
	return copy != NULL || liquid_render_nomem(st);
}

static bool
node_cycle(struct liquid_state *st, const struct liquid_node *node,
    struct buf *out)
{
	struct liquid_value	value, turn = liquid_int(0);
	struct str		key;
	int64_t			next;

	if (!cycle_key(st, node, &key))
		return false;
	(void)liquid_get(st->cycles, key, &turn);
	value = liquid_nil();
	if (turn.as.number < (int64_t)node->list.count &&
	    !liquid_eval(st, node->list.items[turn.as.number], &value))
		return false;
	next = turn.as.number + 1;
	if (next >= (int64_t)node->list.count)
		next = 0;
	return liquid_put(st, value, out) &&
	    liquid_keep(st, &st->cycles, key, liquid_int(next));
}

static bool
node_count(struct liquid_state *st, const struct liquid_node *node,
    struct buf *out)
{
	struct liquid_value	value = liquid_int(0);
	bool			up = node->kind == NODE_INCREMENT;

	(void)liquid_get(st->counters, node->text, &value);
	value.as.number += up ? 1 : -1;
	if (!liquid_keep(st, &st->counters, node->text, value))
		return false;
	value.as.number -= up ? 1 : 0;
	return liquid_put(st, value, out);
}

static bool
node_interrupt(struct liquid_state *st, const struct liquid_node *node,
    struct buf *out)
{
	(void)out;
	st->interrupt = node->kind == NODE_BREAK ? INTERRUPT_BREAK :
	    INTERRUPT_CONTINUE;
	return true;
}

static bool
node_ifchanged(struct liquid_state *st, const struct liquid_node *node,
    struct buf *out)
{
	struct buf	text = BUF_INIT;
	char		*copy;
	bool		 ok;

	ok = liquid_body_render(st, node->body, &text);
	if (ok && (st->changed.p == NULL ||
	    !str_eq(st->changed, buf_str(&text)))) {
		copy = arena_copy(st->arena, buf_text(&text), text.len);
		st->changed = (struct str){copy, text.len};
		ok = copy != NULL ? liquid_add(st, st->changed, out) :
		    liquid_render_nomem(st);
	}
	buf_fini(&text);
	return ok;
}

static bool
node_nothing(struct liquid_state *st, const struct liquid_node *node,
    struct buf *out)
{
	(void)st;
	(void)node;
	(void)out;
	return true;
}

static const node_fn	node_fns[NODE_KINDS] = {
	[NODE_TEXT] = node_text, [NODE_RAW] = node_text,
	[NODE_OUTPUT] = node_output, [NODE_ASSIGN] = node_assign,
	[NODE_CAPTURE] = node_capture, [NODE_IF] = node_if,
	[NODE_UNLESS] = node_if, [NODE_CASE] = node_case,
	[NODE_FOR] = liquid_render_for,
	[NODE_TABLEROW] = liquid_render_tablerow,
	[NODE_CYCLE] = node_cycle, [NODE_INCREMENT] = node_count,
	[NODE_DECREMENT] = node_count, [NODE_INCLUDE] = liquid_render_partial,
	[NODE_RENDER] = liquid_render_partial,
	[NODE_BREAK] = node_interrupt, [NODE_CONTINUE] = node_interrupt,
	[NODE_IFCHANGED] = node_ifchanged, [NODE_NOTHING] = node_nothing,
};

/* Where it went wrong, once, in the template that is at work. */
static void
place(struct liquid_state *st, const struct liquid_node *node)
{
	struct liquid_trouble	*trouble = st->trouble;

	if (trouble->line != 0)
		return;
	liquid_place(st->tpl, st->at == LIQUID_NOWHERE ? node->at : st->at,
	    &trouble->line, &trouble->column);
	trouble->name = st->tpl->name;
}

/* The text that the original writes where a tag failed. */
static bool
print_trouble(struct liquid_state *st, const struct liquid_node *node,
    struct buf *out)
{
	const struct liquid_trouble	*trouble = st->trouble;
	bool				 syntax = trouble->fault == FAULT_SYNTAX;
	struct str			 name = syntax ? trouble->name :
					    st->partial;
	struct buf			 text = BUF_INIT;
	int				 line, column;
	bool				 ok;

	if (trouble->fault == FAULT_UNDEFINED ||
	    (node->blank && node->kind != NODE_OUTPUT))
		return true;
	liquid_place(st->tpl, node->at, &line, &column);
	buf_adds(&text, syntax ? "Liquid syntax error" : "Liquid error");
	if (trouble->fault != FAULT_NO_LINE)
		buf_addf(&text, " (%.*s%sline %d)",
		    name.p == NULL ? 0 : (int)name.len,
		    name.p == NULL ? "" : name.p,
		    name.p == NULL || name.len == 0 ? "" : " ",
		    syntax ? trouble->line : line);
	buf_addf(&text, ": %s", trouble->err.text);
	ok = buf_ok(&text) ? liquid_add(st, buf_str(&text), out) :
	    liquid_render_nomem(st);
	buf_fini(&text);
	return ok;
}

static bool
memory_ok(struct liquid_state *st)
{
	if (arena_used(st->arena) <= st->shared->limits.memory)
		return true;
	return liquid_fail(st, FAULT_FATAL, LIQUID_NOWHERE, "the template "
	    "needs more than %zu bytes of memory", st->shared->limits.memory);
}

static bool
node_render(struct liquid_state *st, const struct liquid_node *node,
    struct buf *out)
{
	if (liquid_work(st, 1) && memory_ok(st) &&
	    node_fns[node->kind](st, node, out))
		return true;
	place(st, node);
	if (!st->env->render_errors || st->trouble->fault == FAULT_FATAL)
		return false;
	return print_trouble(st, node, out);
}

bool
liquid_body_render(struct liquid_state *st, const struct liquid_body *body,
    struct buf *out)
{
	bool	ok = true;

	if (st->shared->nested >= st->shared->limits.depth * NESTED_MOST)
		return liquid_fail(st, FAULT_NO_LINE, LIQUID_NOWHERE,
		    "Nesting too deep");
	st->shared->nested++;
	for (size_t i = 0; ok && i < body->count; i++) {
		ok = node_render(st, body->nodes[i], out);
		if (st->interrupt != INTERRUPT_NONE)
			break;
	}
	st->shared->nested--;
	return ok;
}

static void
state_init(struct liquid_state *st, struct liquid_scope *scope,
    struct liquid_shared *shared)
{
	shared->limits = liquid_limits_of(st->env);
	scope->vars = liquid_nil();
	scope->up = NULL;
	st->shared = shared;
	st->scope = st->outer = scope;
	st->depth = 1;
}

bool
liquid_execute(const struct liquid_template *tpl, const struct liquid_env *env,
    struct liquid_value globals, struct arena *arena, struct buf *out,
    struct liquid_trouble *trouble)
{
	struct liquid_shared	shared = {.steps = 0};
	struct liquid_scope	scope;
	struct liquid_state	st = {.env = env, .arena = arena,
	    .trouble = trouble, .tpl = tpl, .globals = globals};

	state_init(&st, &scope, &shared);
	return liquid_body_render(&st, tpl->body, out);
}

bool
liquid_expr_eval(const struct liquid_expr *expr, const struct liquid_env *env,
    struct liquid_value globals, struct arena *arena, struct liquid_value *out,
    struct err *err)
{
	struct liquid_trouble	trouble = {.fault = FAULT_NONE};
	struct liquid_shared	shared = {.steps = 0};
	struct liquid_scope	scope;
	struct liquid_state	st = {.env = env, .arena = arena,
	    .trouble = &trouble, .tpl = &expr->tpl, .globals = globals};
	struct liquid_node	whole = {.at = 0};

	state_init(&st, &scope, &shared);
	if (expr->chain != NULL ? liquid_chain_eval(&st, expr->chain, out) :
	    liquid_test_eval(&st, expr->test, out))
		return true;
	place(&st, &whole);
	if (trouble.err.kind == ERR_SYSTEM) {
		*err = trouble.err;
		return false;
	}
	return err_set(err, trouble.err.kind, "%.*s:%d:%d: %s",
	    STR_ARG(trouble.name), trouble.line, trouble.column,
	    trouble.err.text);
}
