/* SPDX-License-Identifier: ISC */
#include "liquid/render.h"

#include <stdarg.h>

bool
liquid_fail(struct liquid_state *st, enum liquid_fault fault, uint32_t at,
    const char *fmt, ...)
{
	va_list	ap;

	st->at = at;
	st->trouble->line = 0;
	st->trouble->fault = fault;
	st->trouble->err.kind = ERR_INPUT;
	va_start(ap, fmt);
	(void)vsnprintf(st->trouble->err.text, sizeof(st->trouble->err.text),
	    fmt, ap);
	va_end(ap);
	return false;
}

bool
liquid_render_nomem(struct liquid_state *st)
{
	st->at = LIQUID_NOWHERE;
	st->trouble->line = 0;
	st->trouble->fault = FAULT_FATAL;
	return err_nomem(&st->trouble->err);
}

bool
liquid_work(struct liquid_state *st, size_t steps)
{
	st->shared->steps += steps;
	if (st->shared->steps <= st->shared->limits.steps)
		return true;
	return liquid_fail(st, FAULT_FATAL, LIQUID_NOWHERE,
	    "the template takes more than %zu steps", st->shared->limits.steps);
}

bool
liquid_wrote(struct liquid_state *st, size_t bytes)
{
	st->shared->written += bytes;
	if (st->shared->written <= st->shared->limits.output)
		return true;
	return liquid_fail(st, FAULT_FATAL, LIQUID_NOWHERE,
	    "the template writes more than %zu bytes",
	    st->shared->limits.output);
}

bool
liquid_keep(struct liquid_state *st, struct liquid_value *object,
    struct str key, struct liquid_value value)
{
	if (object->type == LIQUID_NIL)
		*object = liquid_object(st->arena);
	return liquid_object_set(st->arena, *object, key, value) ||
	    liquid_render_nomem(st);
}

bool
liquid_scope_set(struct liquid_state *st, struct liquid_scope *scope,
    struct str name, struct liquid_value value)
{
	return liquid_keep(st, &scope->vars, name, value);
}

bool
liquid_push(struct liquid_state *st, struct liquid_scope *scope)
{
	if (st->depth >= st->shared->limits.depth)
		return liquid_fail(st, FAULT_NO_LINE, LIQUID_NOWHERE,
		    "Nesting too deep");
	scope->vars = liquid_nil();
	scope->up = st->scope;
	st->scope = scope;
	st->depth++;
	return true;
}

void
liquid_pop(struct liquid_state *st)
{
	st->scope = st->scope->up;
	st->depth--;
}
