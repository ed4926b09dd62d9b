/* SPDX-License-Identifier: ISC */
/*
 * liquid.h - the template language: parse once, render often.
 *
 * Liquid as Shopify/liquid 5.13 has it, all standard tags and filters.  Reads
 * no clock, file or socket.  Whatever the template says, parsing and
 * rendering end within the limits and never recurse deeper than they allow.
 *
 *	struct liquid_env	 env = LIQUID_ENV_INIT;
 *	struct liquid_template	*tpl = NULL;
 *
 *	env.now_ms = now;
 *	env.strict_variables = true;
 *	liquid_parse(&env, &(struct liquid_source){.name = name,
 *	    .text = text, .line = 1}, &tpl, err);
 *	liquid_render(tpl, &env, globals, arena, &out, err);
 *	liquid_free(&tpl);
 *
 * Every error text begins with "NAME:LINE:COLUMN: " (columns in bytes, from
 * 1); its kind is ERR_INPUT for the template's or the data's fault and
 * ERR_SYSTEM when memory is out.  Thread: a template is immutable and may be
 * rendered by many at once, each with its own arena and buffer.
 */
#ifndef DUNLIN_LIQUID_LIQUID_H
#define DUNLIN_LIQUID_LIQUID_H

#include "liquid/value.h"

struct liquid_env;
struct liquid_template;		/* opaque */
struct liquid_expr;		/* opaque */

/* What a filter is called with. */
struct liquid_call {
	const struct liquid_env		*env;
	struct arena			*arena;	/* for what it returns */
	const void			*arg;	/* of its struct liquid_filter */
	struct liquid_value		 input;
	const struct liquid_value	*args;	/* positional */
	size_t				 nargs;
	struct liquid_value		 named;	/* an object; nil: none */
};

/*
 * Sets *out, or says false with a text without place: the renderer adds the
 * place.  A string that it returns with safe set is not escaped.
 */
typedef bool	(*liquid_filter_fn)(const struct liquid_call *call,
		    struct liquid_value *out, struct err *err);

struct liquid_filter {
	const char		*name;
	liquid_filter_fn	 fn;
	const void		*arg;
	int			 min_args;	/* positional; checked before */
	int			 max_args;
};

/* Writes text so that it means itself in the kind of output at hand. */
typedef void	(*liquid_escape_fn)(struct buf *out, struct str text,
		    const void *user);

/*
 * The source of a partial (`render`, `include`), lent until the end of the
 * render; false when there is none of that name.
 */
typedef bool	(*liquid_partial_fn)(const void *user, struct str name,
		    struct str *source_out);

/* A partial that is compiled already, lent until the end of the render; NULL:
 * ask for its source. */
typedef const struct liquid_template	*(*liquid_compiled_fn)(
		    const void *user, struct str name);

enum liquid_mode {
	LIQUID_STRICT2,		/* the whole markup must parse: for our own */
	/*
	 * As STRICT2, but with what STRICT takes and is no misreading: ['x']
	 * for a variable, digits as a name in assign and capture, `and`
	 * behind the values of a `when`.  For `dunlin liquid`.
	 */
	LIQUID_STRICT_NAMES,
	LIQUID_STRICT,		/* many tags take what they can use */
	LIQUID_LAX		/* what does not parse is guessed at */
};

/* Each stops with an error.  0 means the default. */
struct liquid_limits {
	size_t	output;		/* bytes written, captures too: 16 MB */
	size_t	steps;		/* nodes, loop turns, filter work: 2 000 000 */
	size_t	memory;		/* bytes cut from the arena: 64 MB */
	size_t	source;		/* bytes of one template: 4 MB */
	size_t	loops;		/* turns of one loop: 1 000 000 */
	int	depth;		/* of blocks, partials and brackets: 100 */
};

struct liquid_env {
	enum liquid_mode		 mode;
	bool				 strict_variables;	/* unknown: error */
	bool				 lax_filters;	/* unknown: passes on */
	bool				 render_errors;	/* print them into the output */
	const struct liquid_filter	*filters;	/* tried first; outlive templates */
	size_t				 nfilters;
	liquid_escape_fn		 escape;	/* NULL: none */
	liquid_compiled_fn		 compiled;	/* NULL: none */
	liquid_partial_fn		 partial;	/* NULL: none */
	const void			*user;	/* for escape, partial and filters */
	int64_t				 now_ms;	/* for 'now' and 'today' */
	struct liquid_limits		 limits;
};

#define LIQUID_ENV_INIT	{.mode = LIQUID_STRICT2}

/* Where a template comes from; the bytes are copied. */
struct liquid_source {
	struct str	name;		/* for messages */
	struct str	text;
	int		line;		/* of the first byte in its file; 0 is 1 */
};

/*
 * Compiles.  Filters are looked up now: env->filters must outlive the
 * template; arg, user and the rest may differ from render to render.
 */
bool	liquid_parse(const struct liquid_env *env,
	    const struct liquid_source *source, struct liquid_template **out,
	    struct err *err) MUST_CHECK;

/* Takes and nulls; NULL inside is fine. */
void	liquid_free(struct liquid_template **tpl);

/*
 * Adds the text to out.  globals is an object, or lazy, or nil.  On failure
 * out holds what was written until then.
 */
bool	liquid_render(const struct liquid_template *tpl,
	    const struct liquid_env *env, struct liquid_value globals,
	    struct arena *arena, struct buf *out, struct err *err) MUST_CHECK;

/* What a template reads and names, for checks. */
enum liquid_use_kind {
	LIQUID_USE_PATH,	/* "invoice.amount", "invoices[].number" */
	LIQUID_USE_FILTER,
	LIQUID_USE_PARTIAL	/* named by a literal */
};

struct liquid_use {
	enum liquid_use_kind	kind;
	struct str		text;
	int			line;
	int			column;
};

/*
 * Every use, in order of appearance.  A path is one of the globals': loop
 * variables and plain assigns are followed ("invoices[]"), variables that the
 * template makes itself are left out, and a part that only a render knows is
 * written "[*]".  Cut from arena.
 */
bool	liquid_uses(const struct liquid_template *tpl, struct arena *arena,
	    struct liquid_use **out, size_t *count, struct err *err) MUST_CHECK;

/*
 * A condition as in `if`, such as `customer.risk > 0.8 and amount > 100`,
 * also with filters behind (`name | downcase`).  As in the original, `and`
 * and `or` bind alike, from the right.
 */
bool	liquid_expr_parse(const struct liquid_env *env,
	    const struct liquid_source *source, struct liquid_expr **out,
	    struct err *err) MUST_CHECK;
void	liquid_expr_free(struct liquid_expr **expr);
bool	liquid_expr_eval(const struct liquid_expr *expr,
	    const struct liquid_env *env, struct liquid_value globals,
	    struct arena *arena, struct liquid_value *out, struct err *err)
	    MUST_CHECK;
bool	liquid_expr_uses(const struct liquid_expr *expr, struct arena *arena,
	    struct liquid_use **out, size_t *count, struct err *err) MUST_CHECK;

/* The name of a mode as `dunlin liquid` reads it: strict, strict2, lax. */
bool	liquid_mode_of(struct str name, enum liquid_mode *out) MUST_CHECK;

/* What `dunlin liquid` does for one template. */
struct liquid_job {
	struct str		source;
	struct liquid_value	data;		/* an object or nil */
	struct liquid_value	templates;	/* name -> source, or nil */
	struct str		error_mode;	/* empty: the program's own */
	bool			render_errors;
	bool			strict;		/* unknown variables are errors */
	int64_t			now_ms;
};

bool	liquid_run(const struct liquid_job *job, struct arena *arena,
	    struct buf *out, struct err *err) MUST_CHECK;

#endif
