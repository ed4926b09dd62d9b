/* SPDX-License-Identifier: ISC */
/*
 * render.h - what the files of the renderer share.
 *
 * One state per template that is being rendered on its own: the template
 * itself and each `render`; `include` shares the state of its caller.
 * Private to liquid.
 */
#ifndef DUNLIN_LIQUID_RENDER_H
#define DUNLIN_LIQUID_RENDER_H

#include "liquid/impl.h"

#define LIQUID_INLINE_ARGS	8	/* filter arguments kept on the stack */

struct liquid_scope {
	struct liquid_value	 vars;		/* an object; nil until one is set */
	struct liquid_scope	*up;
};

/* A partial that this render has parsed. */
struct liquid_cached {
	struct str			 name;
	const struct liquid_template	*tpl;
	struct liquid_cached		*next;
};

/* What all states of one render have in common. */
struct liquid_shared {
	struct liquid_limits	 limits;
	size_t			 steps;
	size_t			 written;
	int			 nested;	/* bodies on the C stack */
	struct liquid_cached	*cached;
};

struct liquid_forloop {
	struct str			 name;
	int64_t				 index;
	int64_t				 length;
	const struct liquid_forloop	*parent;
};

enum liquid_interrupt { INTERRUPT_NONE, INTERRUPT_BREAK, INTERRUPT_CONTINUE };

struct liquid_state {
	const struct liquid_env		*env;
	struct arena			*arena;
	struct liquid_shared		*shared;
	struct liquid_trouble		*trouble;
	uint32_t			 at;	/* of the trouble */
	const struct liquid_template	*tpl;
	struct str			 partial;	/* its name; p NULL: none */
	struct liquid_value		 globals;
	struct liquid_value		 counters;
	struct liquid_scope		*scope;	/* the innermost */
	struct liquid_scope		*outer;	/* where assign writes */
	int				 depth;	/* scopes here and above */
	struct liquid_value		 cycles;
	struct liquid_value		 offsets;
	struct str			 changed;	/* by ifchanged */
	struct liquid_forloop		*loop;
	enum liquid_interrupt		 interrupt;
	bool				 isolated;	/* no include */
};

/* state.c: each says false */
bool	liquid_fail(struct liquid_state *st, enum liquid_fault fault,
	    uint32_t at, const char *fmt, ...) PRINTF_LIKE(4, 5);
bool	liquid_render_nomem(struct liquid_state *st);
/* Counts work; false above a limit. */
bool	liquid_work(struct liquid_state *st, size_t steps) MUST_CHECK;
bool	liquid_wrote(struct liquid_state *st, size_t bytes) MUST_CHECK;
bool	liquid_scope_set(struct liquid_state *st, struct liquid_scope *scope,
	    struct str name, struct liquid_value value) MUST_CHECK;
bool	liquid_push(struct liquid_state *st, struct liquid_scope *scope)
	    MUST_CHECK;
void	liquid_pop(struct liquid_state *st);
bool	liquid_keep(struct liquid_state *st, struct liquid_value *object,
	    struct str key, struct liquid_value value) MUST_CHECK;

/* lookup.c */
bool	liquid_variable(struct liquid_state *st, struct str name,
	    struct liquid_value *out);	/* false: there is none */
bool	liquid_eval(struct liquid_state *st, const struct liquid_term *term,
	    struct liquid_value *out) MUST_CHECK;
/* item[property] as a filter asks for it. */
enum liquid_has { HAS_ITEM, HAS_NO_METHOD, HAS_WRONG_TYPE };
enum liquid_has	liquid_property(struct liquid_value item,
	    struct liquid_value property, struct arena *arena,
	    struct liquid_value *out);
void	liquid_undefined(struct liquid_state *st, uint32_t at,
	    struct str name, const struct liquid_value *owner);

/* eval.c */
bool	liquid_chain_eval(struct liquid_state *st,
	    const struct liquid_chain *chain, struct liquid_value *out)
	    MUST_CHECK;
bool	liquid_test_eval(struct liquid_state *st,
	    const struct liquid_test *test, struct liquid_value *out)
	    MUST_CHECK;
/* Integer(text): "invalid integer" when it is none. */
bool	liquid_whole(struct liquid_value value, int64_t *out, struct err *err)
	    MUST_CHECK;
/* The same as an error of the template. */
bool	liquid_eval_whole(struct liquid_state *st,
	    const struct liquid_term *term, struct liquid_value value,
	    int64_t *out) MUST_CHECK;
int64_t	liquid_lenient_int(struct liquid_value value);	/* to_i */

/* render.c */
bool	liquid_body_render(struct liquid_state *st,
	    const struct liquid_body *body, struct buf *out) MUST_CHECK;
bool	liquid_add(struct liquid_state *st, struct str text, struct buf *out)
	    MUST_CHECK;
bool	liquid_put(struct liquid_state *st, struct liquid_value value,
	    struct buf *out) MUST_CHECK;

/* loops.c */
bool	liquid_render_for(struct liquid_state *st,
	    const struct liquid_node *node, struct buf *out) MUST_CHECK;
bool	liquid_render_tablerow(struct liquid_state *st,
	    const struct liquid_node *node, struct buf *out) MUST_CHECK;
struct liquid_value	liquid_forloop_value(const struct liquid_forloop *loop);
/* Items of something that `for` can walk; item i of it. */
struct liquid_walk {
	struct liquid_value	over;
	int64_t			count;
};
bool	liquid_walk_start(struct liquid_value over, struct liquid_walk *walk);
bool	liquid_walk_at(const struct liquid_walk *walk, int64_t i,
	    struct arena *arena, struct liquid_value *out) MUST_CHECK;

/* partials.c */
bool	liquid_render_partial(struct liquid_state *st,
	    const struct liquid_node *node, struct buf *out) MUST_CHECK;

#endif
