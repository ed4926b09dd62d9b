/* SPDX-License-Identifier: ISC */
#include "liquid/impl.h"

/* A variable that the template made: what it stands for, p NULL: nothing. */
struct known {
	struct str	 name;
	struct str	 path;
	struct known	*up;
};

struct walker {
	const struct liquid_template	*tpl;
	struct arena			*arena;
	struct liquid_use		*uses;
	size_t				 count;
	size_t				 cap;
	struct known			*known;
	bool				 failed;
};

static void
use_add(struct walker *w, enum liquid_use_kind kind, struct str text,
    uint32_t at)
{
	struct liquid_use	*uses, *use;
	size_t			 cap = w->cap == 0 ? 32 : w->cap * 2;

	if (w->count == w->cap) {
		uses = arena_array(w->arena, cap, sizeof(*uses));
		if (uses == NULL) {
			w->failed = true;
			return;
		}
		if (w->count > 0)
			(void)memcpy(uses, w->uses, w->count * sizeof(*uses));
		w->uses = uses;
		w->cap = cap;
	}
	use = &w->uses[w->count++];
	use->kind = kind;
	use->text = text;
	liquid_place(w->tpl, at, &use->line, &use->column);
}

static void
learn(struct walker *w, struct str name, struct str path)
{
	struct known	*known = arena_alloc(w->arena, sizeof(*known));

	if (known == NULL) {
		w->failed = true;
		return;
	}
	*known = (struct known){name, path, w->known};
	w->known = known;
}

static const struct known *
recall(const struct walker *w, struct str name)
{
	for (const struct known *k = w->known; k != NULL; k = k->up)
		if (str_eq(k->name, name))
			return k;
	return NULL;
}

static struct str
longer(struct walker *w, struct str path, const char *between, struct str more)
{
	char	*text = arena_printf(w->arena, "%.*s%s%.*s", STR_ARG(path),
	    between, STR_ARG(more));

	if (text == NULL)
		w->failed = true;
	return str_of(text);
}

static struct str	term_path(struct walker *w,
			    const struct liquid_term *term);

static void
term_use(struct walker *w, const struct liquid_term *term)
{
	struct str	path;

	if (term == NULL || term->kind == TERM_LITERAL)
		return;
	if (term->kind == TERM_RANGE) {
		term_use(w, term->first);
		term_use(w, term->last);
		return;
	}
	path = term_path(w, term);
	if (path.p != NULL)
		use_add(w, LIQUID_USE_PATH, path, term->at);
}

static struct str
step_path(struct walker *w, struct str path, const struct liquid_step *step)
{
	if (step->command)
		return str_is(step->key, "size") ? path :
		    longer(w, path, "[]", STR(""));
	if (step->term == NULL)
		return longer(w, path, ".", step->key);
	term_use(w, step->term);
	if (step->term->kind != TERM_LITERAL)
		return longer(w, path, "[*]", STR(""));
	if (step->term->literal.type == LIQUID_STRING)
		return longer(w, path, ".", step->term->literal.as.text);
	return longer(w, path, "[]", STR(""));
}

/* What a lookup reads of the globals; p NULL: nothing. */
static struct str
term_path(struct walker *w, const struct liquid_term *term)
{
	static const struct str	none = {NULL, 0};
	const struct known	*known;
	struct str		 path = term->name;

	if (term->name_term != NULL) {
		term_use(w, term->name_term);
		path = term->name_term->kind == TERM_LITERAL &&
		    term->name_term->literal.type == LIQUID_STRING ?
		    term->name_term->literal.as.text : STR("[*]");
	}
	if (path.p != NULL && (known = recall(w, path)) != NULL)
		path = known->path;
	for (size_t i = 0; i < term->nsteps; i++) {
		/* also behind what is nobody's, for the terms in brackets */
		if (path.p == NULL)
			term_use(w, term->steps[i].term);
		else
			path = step_path(w, path, &term->steps[i]);
	}
	return path.p == NULL ? none : path;
}

static bool
is_one_of(struct str name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (str_is(name, *names))
			return true;
	return false;
}

/* What a filter makes of the path before it, and which part it reads. */
static struct str
apply_path(struct walker *w, const struct liquid_apply *apply, struct str path)
{
	static const char *const	same[] = {"where", "reject", "sort",
		"sort_natural", "reverse", "slice", "compact", "uniq",
		"concat", "default", NULL};
	static const char *const	one[] = {"first", "last", "find", NULL};
	static const char *const	reads[] = {"where", "reject", "sort",
		"sort_natural", "compact", "uniq", "map", "sum", "find",
		"find_index", "has", NULL};
	const struct liquid_term	*arg = apply->args.count > 0 ?
	    apply->args.items[0] : NULL;

	use_add(w, LIQUID_USE_FILTER, apply->name, apply->at);
	for (size_t i = 0; i < apply->args.count; i++)
		term_use(w, apply->args.items[i]);
	for (size_t i = 0; i < apply->named.count; i++)
		term_use(w, apply->named.items[i].term);
	if (path.p == NULL || !apply->standard)
		return (struct str){NULL, 0};
	if (arg != NULL && arg->kind == TERM_LITERAL &&
	    arg->literal.type == LIQUID_STRING && is_one_of(apply->name, reads))
		use_add(w, LIQUID_USE_PATH, longer(w, path, "[].",
		    arg->literal.as.text), arg->at);
	if (is_one_of(apply->name, same))
		return path;
	return is_one_of(apply->name, one) ? longer(w, path, "[]", STR("")) :
	    (struct str){NULL, 0};
}

static struct str
chain_use(struct walker *w, const struct liquid_chain *chain)
{
	struct str	path = {NULL, 0};

	if (chain->term == NULL)
		return path;
	if (chain->term->kind == TERM_LOOKUP) {
		path = term_path(w, chain->term);
		if (path.p != NULL)
			use_add(w, LIQUID_USE_PATH, path, chain->term->at);
	} else {
		term_use(w, chain->term);
	}
	for (const struct liquid_apply *a = chain->filters; a != NULL;
	    a = a->next)
		path = apply_path(w, a, path);
	return path;
}

static void
test_use(struct walker *w, const struct liquid_test *test)
{
	for (; test != NULL; test = test->next) {
		term_use(w, test->left);
		term_use(w, test->right);
	}
}

static void	body_use(struct walker *w, const struct liquid_body *body);

static void
forget(struct walker *w, struct known *before, const struct known *last)
{
	struct known	*kept = before, *next;

	/* what the body assigned stays, the loop's own variables go */
	for (struct known *k = w->known; k != last; k = next) {
		next = k->up;
		k->up = kept;
		kept = k;
	}
	w->known = kept;
}

static void
loop_use(struct walker *w, const struct liquid_node *node)
{
	const struct liquid_loop	*loop = node->loop;
	struct known			*before = w->known;
	const struct known		*last;
	struct str			 path = {NULL, 0};

	if (loop->collection->kind == TERM_LOOKUP) {
		path = term_path(w, loop->collection);
		if (path.p != NULL) {
			use_add(w, LIQUID_USE_PATH, path, loop->collection->at);
			path = longer(w, path, "[]", STR(""));
		}
	} else {
		term_use(w, loop->collection);
	}
	term_use(w, loop->offset);
	term_use(w, loop->limit);
	term_use(w, loop->cols);
	learn(w, node->kind == NODE_FOR ? STR("forloop") :
	    STR("tablerowloop"), (struct str){NULL, 0});
	learn(w, loop->variable, path);
	last = w->known;
	body_use(w, loop->body);
	forget(w, before, last);
	if (loop->otherwise != NULL)
		body_use(w, loop->otherwise);
}

static void
partial_use(struct walker *w, const struct liquid_partial *partial)
{
	if (partial->name->kind == TERM_LITERAL &&
	    partial->name->literal.type == LIQUID_STRING)
		use_add(w, LIQUID_USE_PARTIAL, partial->name->literal.as.text,
		    partial->name->at);
	else
		term_use(w, partial->name);
	term_use(w, partial->with);
	for (size_t i = 0; i < partial->args.count; i++)
		term_use(w, partial->args.items[i].term);
}

static void
node_use(struct walker *w, const struct liquid_node *node)
{
	struct str	path = {NULL, 0};

	if (node->chain != NULL)
		path = chain_use(w, node->chain);
	if (node->kind == NODE_ASSIGN)
		learn(w, node->text, path);
	for (const struct liquid_arm *arm = node->arms; arm != NULL;
	    arm = arm->next) {
		test_use(w, arm->test);
		/* the values of one `when` share a body */
		if (arm->next == NULL || arm->next->body != arm->body)
			body_use(w, arm->body);
	}
	if (node->loop != NULL)
		loop_use(w, node);
	else if (node->body != NULL)
		body_use(w, node->body);
	if (node->kind == NODE_CAPTURE || node->kind == NODE_INCREMENT ||
	    node->kind == NODE_DECREMENT)
		learn(w, node->text, (struct str){NULL, 0});
	if (node->partial != NULL)
		partial_use(w, node->partial);
	if (node->kind == NODE_CYCLE)
		term_use(w, node->term);
	for (size_t i = 0; i < node->list.count; i++)
		term_use(w, node->list.items[i]);
}

static void
body_use(struct walker *w, const struct liquid_body *body)
{
	for (size_t i = 0; i < body->count; i++)
		node_use(w, body->nodes[i]);
}

static bool
give(const struct walker *w, struct liquid_use **out, size_t *count,
    struct err *err)
{
	if (w->failed)
		return err_nomem(err);
	*out = w->uses;
	*count = w->count;
	return true;
}

bool
liquid_uses(const struct liquid_template *tpl, struct arena *arena,
    struct liquid_use **out, size_t *count, struct err *err)
{
	struct walker	w = {.tpl = tpl, .arena = arena};

	body_use(&w, tpl->body);
	return give(&w, out, count, err);
}

bool
liquid_expr_uses(const struct liquid_expr *expr, struct arena *arena,
    struct liquid_use **out, size_t *count, struct err *err)
{
	struct walker	w = {.tpl = &expr->tpl, .arena = arena};

	if (expr->chain != NULL)
		(void)chain_use(&w, expr->chain);
	else
		test_use(&w, expr->test);
	return give(&w, out, count, err);
}
