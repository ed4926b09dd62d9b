/* SPDX-License-Identifier: ISC */
#include "liquid/parse.h"

#include "base/utf8.h"

#include <stdarg.h>

bool
liquid_syntax(struct liquid_parser *p, uint32_t at, const char *fmt, ...)
{
	va_list	ap;

	p->at = at == LIQUID_NOWHERE ? p->tag_at : at;
	p->trouble->fault = FAULT_SYNTAX;
	p->trouble->err.kind = ERR_INPUT;
	va_start(ap, fmt);
	(void)vsnprintf(p->trouble->err.text, sizeof(p->trouble->err.text),
	    fmt, ap);
	va_end(ap);
	return false;
}

bool
liquid_parse_nomem(struct liquid_parser *p)
{
	p->trouble->fault = FAULT_FATAL;
	return err_nomem(&p->trouble->err);
}

uint32_t
liquid_offset(const struct liquid_parser *p, const char *where)
{
	const char	*start = p->tpl->source.p;

	if ((uintptr_t)where < (uintptr_t)start ||
	    (uintptr_t)where > (uintptr_t)(start + p->tpl->source.len))
		return LIQUID_NOWHERE;
	return (uint32_t)(where - start);
}

void *
liquid_new(struct liquid_parser *p, size_t size)
{
	void	*memory = arena_alloc(p->arena, size);

	if (memory == NULL)
		(void)liquid_parse_nomem(p);
	return memory;
}

/* Room for one more item of size bytes in a growing array. */
static void *
grow(struct liquid_parser *p, void *items, size_t count, size_t *cap,
    size_t size)
{
	size_t	more = *cap == 0 ? 4 : *cap * 2;
	void	*bigger;

	if (count < *cap)
		return items;
	if ((bigger = arena_array(p->arena, more, size)) == NULL) {
		(void)liquid_parse_nomem(p);
		return NULL;
	}
	if (count > 0)
		(void)memcpy(bigger, items, count * size);
	*cap = more;
	return bigger;
}

bool
liquid_list_add(struct liquid_parser *p, struct liquid_list *list,
    const struct liquid_term *term)
{
	const struct liquid_term	**items;

	items = grow(p, list->items, list->count, &list->cap, sizeof(*items));
	if (items == NULL)
		return false;
	list->items = items;
	list->items[list->count++] = term;
	return true;
}

bool
liquid_named_add(struct liquid_parser *p, struct liquid_named_list *list,
    struct str name, const struct liquid_term *term)
{
	struct liquid_named	*items;

	items = grow(p, list->items, list->count, &list->cap, sizeof(*items));
	if (items == NULL)
		return false;
	list->items = items;
	list->items[list->count++] = (struct liquid_named){name, term};
	return true;
}

bool
liquid_body_add(struct liquid_parser *p, struct liquid_body *body,
    struct liquid_node *node)
{
	struct liquid_node	**nodes;

	nodes = grow(p, body->nodes, body->count, &body->cap, sizeof(*nodes));
	if (nodes == NULL)
		return false;
	body->nodes = nodes;
	body->nodes[body->count++] = node;
	return true;
}

static bool
source_check(struct liquid_parser *p)
{
	size_t	bad = utf8_check(p->tpl->source);

	if (bad < p->tpl->source.len)
		return liquid_syntax(p, (uint32_t)bad,
		    "Invalid template encoding: not UTF-8");
	return true;
}

static bool
parse_document(struct liquid_parser *p, struct liquid_template *tpl)
{
	struct liquid_scan	scan = {.source = tpl->source};
	struct liquid_end	end;

	if ((tpl->body = liquid_body_new(p)) == NULL ||
	    !liquid_body_parse(p, &scan, tpl->body, &end))
		return false;
	if (end.name.p == NULL)
		return true;
	if (str_is(end.name, "else") || str_is(end.name, "end"))
		return liquid_syntax(p, end.at, "Unexpected outer '%.*s' tag",
		    STR_ARG(end.name));
	return liquid_syntax(p, end.at, "Unknown tag '%.*s'",
	    (int)(end.name.len > 80 ? 80 : end.name.len), end.name.p);
}

static void
trouble_place(struct liquid_parser *p)
{
	liquid_place(p->tpl, p->at, &p->trouble->line, &p->trouble->column);
	p->trouble->name = p->tpl->name;
}

static bool
too_long(const struct liquid_env *env, const struct liquid_source *source,
    struct liquid_trouble *trouble)
{
	size_t	most = liquid_limits_of(env).source;

	if (source->text.len <= most && source->text.len < UINT32_MAX)
		return false;
	trouble->fault = FAULT_SYNTAX;
	trouble->name = source->name;
	trouble->line = trouble->column = 1;
	(void)err_set(&trouble->err, ERR_INPUT,
	    "the template has more than %zu bytes", most);
	return true;
}

bool
liquid_compile(const struct liquid_env *env,
    const struct liquid_source *source, struct arena *arena,
    struct liquid_template **out, struct liquid_trouble *trouble)
{
	struct liquid_parser	p = {.env = env, .mode = env->mode,
	    .arena = arena, .trouble = trouble};
	struct liquid_template	*tpl;

	if (too_long(env, source, trouble))
		return false;
	if ((tpl = arena_alloc(arena, sizeof(*tpl))) == NULL ||
	    !liquid_template_init(tpl, arena, source, &trouble->err)) {
		p.trouble->fault = FAULT_FATAL;
		return err_nomem(&trouble->err);
	}
	p.tpl = tpl;
	if (!source_check(&p) || !parse_document(&p, tpl)) {
		trouble_place(&p);
		return false;
	}
	*out = tpl;
	return true;
}

static bool
report(const struct liquid_trouble *trouble, struct err *err)
{
	if (trouble->err.kind == ERR_SYSTEM) {
		*err = trouble->err;
		return false;
	}
	return err_set(err, trouble->err.kind, "%.*s:%d:%d: %s",
	    STR_ARG(trouble->name), trouble->line, trouble->column,
	    trouble->err.text);
}

bool
liquid_parse(const struct liquid_env *env, const struct liquid_source *source,
    struct liquid_template **out, struct err *err)
{
	struct liquid_trouble	 trouble = {.fault = FAULT_NONE};
	struct liquid_template	*tpl;
	struct arena		*arena;

	if ((arena = arena_new()) == NULL)
		return err_nomem(err);
	if (!liquid_compile(env, source, arena, &tpl, &trouble)) {
		(void)report(&trouble, err);
		arena_free(&arena);
		return false;
	}
	tpl->arena = arena;
	*out = tpl;
	return true;
}

void
liquid_free(struct liquid_template **tpl)
{
	struct arena	*arena;

	if (*tpl == NULL)
		return;
	arena = (*tpl)->arena;
	*tpl = NULL;
	arena_free(&arena);
}

bool
liquid_render(const struct liquid_template *tpl, const struct liquid_env *env,
    struct liquid_value globals, struct arena *arena, struct buf *out,
    struct err *err)
{
	struct liquid_trouble	trouble = {.fault = FAULT_NONE};

	return liquid_execute(tpl, env, globals, arena, out, &trouble) ||
	    report(&trouble, err);
}

static bool
expr_compile(struct liquid_parser *p, struct liquid_expr *expr)
{
	struct str	markup = expr->tpl.source;

	if (!source_check(p) || !liquid_lex(p, markup))
		return false;
	if (!liquid_test_strict(p, &expr->test))
		return false;
	if (!liquid_look(p, TOKEN_PIPE))
		return liquid_expect_end(p);
	expr->test = NULL;
	return liquid_chain_parse(p, markup, 0, &expr->chain);
}

bool
liquid_expr_parse(const struct liquid_env *env,
    const struct liquid_source *source, struct liquid_expr **out,
    struct err *err)
{
	struct liquid_trouble	 trouble = {.fault = FAULT_NONE};
	struct liquid_parser	 p = {.env = env, .mode = LIQUID_STRICT2,
	    .trouble = &trouble};
	struct liquid_expr	*expr;
	struct arena		*arena;

	if ((arena = arena_new()) == NULL)
		return err_nomem(err);
	p.arena = arena;
	if (too_long(env, source, &trouble))
		goto failed;
	if ((expr = arena_alloc(arena, sizeof(*expr))) == NULL ||
	    !liquid_template_init(&expr->tpl, arena, source, &trouble.err)) {
		(void)err_nomem(&trouble.err);
		goto failed;
	}
	expr->tpl.arena = arena;
	p.tpl = &expr->tpl;
	if (!expr_compile(&p, expr)) {
		trouble_place(&p);
		goto failed;
	}
	*out = expr;
	return true;
failed:
	(void)report(&trouble, err);
	arena_free(&arena);
	return false;
}

void
liquid_expr_free(struct liquid_expr **expr)
{
	struct arena	*arena;

	if (*expr == NULL)
		return;
	arena = (*expr)->tpl.arena;
	*expr = NULL;
	arena_free(&arena);
}

bool
liquid_mode_of(struct str name, enum liquid_mode *out)
{
	if (str_is(name, "strict2") || str_is(name, "rigid"))
		*out = LIQUID_STRICT2;
	else if (str_is(name, "strict"))
		*out = LIQUID_STRICT;
	else if (str_is(name, "lax") || str_is(name, "warn"))
		*out = LIQUID_LAX;
	else
		return false;
	return true;
}
