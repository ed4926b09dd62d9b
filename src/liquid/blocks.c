/* SPDX-License-Identifier: ISC */
#include "liquid/parse.h"

static struct liquid_arm *
arm_new(struct liquid_parser *p, struct liquid_body *body)
{
	struct liquid_arm	*arm = liquid_new(p, sizeof(*arm));

	if (arm == NULL)
		return NULL;
	arm->body = body != NULL ? body : liquid_body_new(p);
	return arm->body == NULL ? NULL : arm;
}

static void
arms_drop_blank(struct liquid_node *node)
{
	if (!node->blank)
		return;
	for (struct liquid_arm *arm = node->arms; arm != NULL; arm = arm->next)
		liquid_drop_blank(arm->body);
}

bool
liquid_tag_if(struct liquid_parser *p, struct liquid_tag *tag)
{
	struct liquid_arm	*arm = arm_new(p, NULL);
	struct liquid_end	 end;
	bool			 closed = false;

	if (arm == NULL || !liquid_test_parse(p, tag->markup, &arm->test))
		return false;
	tag->node->arms = arm;
	tag->node->blank = true;
	while (liquid_block(p, tag, arm->body, &end, &closed)) {
		if (closed) {
			arms_drop_blank(tag->node);
			return true;
		}
		if (!str_is(end.name, "else") && !str_is(end.name, "elsif"))
			return liquid_unknown_tag(p, end.name, tag->name, &end);
		if ((arm->next = arm_new(p, NULL)) == NULL)
			return false;
		arm = arm->next;
		p->tag_at = end.at;
		if (str_is(end.name, "elsif") &&
		    !liquid_test_parse(p, end.markup, &arm->test))
			return false;
	}
	return false;
}

/* What a case is filled into while it is parsed. */
struct cases {
	const struct liquid_term	 *left;
	struct liquid_arm		**tail;
	struct liquid_body		 *body;
};

static bool
when_add(struct liquid_parser *p, struct cases *cases,
    const struct liquid_term *right)
{
	struct liquid_arm	*arm = arm_new(p, cases->body);

	if (arm == NULL)
		return false;
	if ((arm->test = liquid_new(p, sizeof(*arm->test))) == NULL)
		return false;
	arm->test->left = cases->left;
	arm->test->op = OP_EQ;
	arm->test->right = right;
	*cases->tail = arm;
	cases->tail = &arm->next;
	return true;
}

/* (fragment)(?:(?:\s+or\s+|\s*\,\s*)(fragment.*))? */
static bool
when_lax(struct liquid_parser *p, struct str markup, struct cases *cases)
{
	const struct liquid_term	*term;
	struct str			 rest = markup, text;
	size_t				 at, next;

	for (;;) {
		if (!liquid_fragment(rest, 0, &text))
			return liquid_syntax(p, LIQUID_NOWHERE, "Syntax Error "
			    "in tag 'case' - Valid when condition: {%% when "
			    "[condition] [or condition2...] %%}");
		if (!liquid_condition_term(p, text,
		    liquid_offset(p, text.p), &term) ||
		    !when_add(p, cases, term))
			return false;
		at = (size_t)(text.p - rest.p) + text.len;
		next = liquid_spaces(rest, at);
		if (next < rest.len && rest.p[next] == ',')
			next = liquid_spaces(rest, next + 1);
		else if (next > at && next + 2 < rest.len &&
		    str_starts(liquid_cut(rest, next, rest.len), "or") &&
		    liquid_is_space(rest.p[next + 2]))
			next = liquid_spaces(rest, next + 2);
		else
			return true;
		if (liquid_fragment_at(rest, next) == SIZE_MAX)
			return true;
		rest = liquid_cut(rest, next, rest.len);
	}
}

static bool
when_strict(struct liquid_parser *p, struct str markup, struct cases *cases)
{
	const struct liquid_term	*term;
	struct str			 text;
	uint32_t			 at;

	struct cases			 before = *cases;

	if (!liquid_lex(p, markup))
		return false;
	do {
		if (!liquid_expression(p, &text, &at) ||
		    !liquid_condition_term(p, text, at, &term) ||
		    !when_add(p, cases, term))
			return false;
	} while (liquid_take_id(p, "or") || liquid_take(p, TOKEN_COMMA, NULL));
	if (p->mode != LIQUID_STRICT_NAMES || !liquid_take_id(p, "and"))
		return liquid_expect_end(p);
	*cases = before;
	*cases->tail = NULL;
	return when_lax(p, markup, cases);
}

static bool
case_arm(struct liquid_parser *p, struct liquid_tag *tag,
    const struct liquid_end *end, struct cases *cases)
{
	struct liquid_arm	*arm;

	p->tag_at = end->at;
	if ((cases->body = liquid_body_new(p)) == NULL)
		return false;
	if (str_is(end->name, "when"))
		return liquid_is_strict2(p->mode) ?
		    when_strict(p, end->markup, cases) :
		    when_lax(p, end->markup, cases);
	if (!str_is(end->name, "else"))
		return liquid_unknown_tag(p, end->name, tag->name, end);
	if (liquid_spaces(end->markup, 0) < end->markup.len)
		return liquid_syntax(p, LIQUID_NOWHERE, "Syntax Error in tag "
		    "'case' - Valid else condition: {%% else %%} "
		    "(no parameters) ");
	if ((arm = arm_new(p, cases->body)) == NULL)
		return false;
	*cases->tail = arm;
	cases->tail = &arm->next;
	return true;
}

static bool
case_left(struct liquid_parser *p, struct liquid_tag *tag,
    const struct liquid_term **out)
{
	struct str	text;

	if (liquid_is_strict2(p->mode))
		return liquid_lex(p, tag->markup) &&
		    liquid_next_term(p, out) && liquid_expect_end(p);
	if (!liquid_fragment(tag->markup, 0, &text))
		return liquid_syntax(p, LIQUID_NOWHERE, "Syntax Error in "
		    "'case' - Valid syntax: case [condition]");
	return liquid_term(p, text, tag->at, out);
}

bool
liquid_tag_case(struct liquid_parser *p, struct liquid_tag *tag)
{
	struct cases		cases = {.tail = &tag->node->arms};
	struct liquid_end	end;
	bool			closed = false;

	if (!case_left(p, tag, &cases.left))
		return false;
	tag->node->term = cases.left;
	tag->node->blank = true;
	/* what stands before the first when is read and never written */
	if ((cases.body = liquid_body_new(p)) == NULL)
		return false;
	while (liquid_block(p, tag, cases.body, &end, &closed)) {
		if (closed) {
			arms_drop_blank(tag->node);
			return true;
		}
		if (!case_arm(p, tag, &end, &cases))
			return false;
	}
	return false;
}

static bool
for_attribute(struct liquid_parser *p, struct liquid_loop *loop, bool offset,
    struct str text, uint32_t at)
{
	if (offset && str_is(text, "continue")) {
		loop->resume = true;
		return true;
	}
	if (offset)
		loop->resume = false;
	return liquid_term(p, text, at, offset ? &loop->offset : &loop->limit);
}

static bool
loop_name(struct liquid_parser *p, struct liquid_loop *loop,
    struct str collection)
{
	char	*name = arena_printf(p->arena, "%.*s-%.*s",
	    STR_ARG(loop->variable), STR_ARG(collection));

	if (name == NULL)
		return liquid_parse_nomem(p);
	loop->name = str_of(name);
	return true;
}

static bool
for_strict(struct liquid_parser *p, struct liquid_tag *tag,
    struct liquid_loop *loop)
{
	struct str	text;
	uint32_t	at;
	bool		offset;

	if (!liquid_lex(p, tag->markup) ||
	    !liquid_expect(p, TOKEN_ID, &loop->variable))
		return false;
	if (!liquid_take_id(p, "in"))
		return liquid_syntax(p, LIQUID_NOWHERE,
		    "For loops require an 'in' clause");
	if (!liquid_expression(p, &text, &at) ||
	    !liquid_term(p, text, at, &loop->collection) ||
	    !loop_name(p, loop, text))
		return false;
	loop->reversed = liquid_take_id(p, "reversed");
	while (liquid_look(p, TOKEN_COMMA) || liquid_look(p, TOKEN_ID)) {
		(void)liquid_take(p, TOKEN_COMMA, NULL);
		offset = liquid_take_id(p, "offset");
		if (!offset && !liquid_take_id(p, "limit"))
			return liquid_syntax(p,
			    liquid_offset(p, p->tokens[p->next].text.p),
			    "Invalid attribute in for loop. "
			    "Valid attributes are limit and offset");
		if (!liquid_expect(p, TOKEN_COLON, NULL) ||
		    !liquid_expression(p, &text, &at) ||
		    !for_attribute(p, loop, offset, text, at))
			return false;
	}
	return liquid_expect_end(p);
}

/* (name)\s+in\s+(fragment+); *at moves behind; false: no match */
static bool
lax_head(struct str s, bool dashes, size_t *at, struct liquid_loop *loop,
    struct str *collection)
{
	size_t	start = *at, end, next;

	for (end = start; end < s.len && (liquid_is_word(s.p[end]) ||
	    (dashes && s.p[end] == '-')); end++)
		;
	if (end == start)
		return false;
	next = liquid_spaces(s, end);
	if (next == end || !str_starts(liquid_cut(s, next, s.len), "in"))
		return false;
	loop->variable = liquid_cut(s, start, end);
	start = liquid_spaces(s, next + 2);
	if (start == next + 2)
		return false;
	if ((end = liquid_fragment_at(s, start)) == SIZE_MAX)
		return false;
	while ((next = liquid_fragment_at(s, end)) != SIZE_MAX)
		end = next;
	*collection = liquid_cut(s, start, end);
	*at = end;
	return true;
}

static bool
for_lax(struct liquid_parser *p, struct liquid_tag *tag,
    struct liquid_loop *loop)
{
	struct str	s = tag->markup, name, value;
	size_t		at = 0;

	if (!lax_head(s, true, &at, loop, &name))
		return liquid_syntax(p, LIQUID_NOWHERE, "Syntax Error in "
		    "'for loop' - Valid syntax: for [item] in [collection]");
	if (!liquid_term(p, name, tag->at, &loop->collection) ||
	    !loop_name(p, loop, name))
		return false;
	at = liquid_spaces(s, at);
	loop->reversed = str_starts(liquid_cut(s, at, s.len), "reversed");
	for (at = 0; liquid_attribute(s, &at, &name, &value);) {
		if (!str_is(name, "offset") && !str_is(name, "limit"))
			continue;
		if (!for_attribute(p, loop, str_is(name, "offset"), value,
		    tag->at))
			return false;
	}
	return true;
}

static bool
for_bodies(struct liquid_parser *p, struct liquid_tag *tag,
    struct liquid_loop *loop)
{
	struct liquid_end	end;
	bool			closed;

	tag->node->blank = true;
	if (!liquid_block(p, tag, loop->body, &end, &closed))
		return false;
	if (!closed) {
		if (!str_is(end.name, "else"))
			return liquid_unknown_tag(p, end.name, tag->name, &end);
		if ((loop->otherwise = liquid_body_new(p)) == NULL ||
		    !liquid_block(p, tag, loop->otherwise, &end, &closed))
			return false;
		if (!closed)
			return liquid_unknown_tag(p, end.name, tag->name, &end);
	}
	if (tag->node->blank) {
		liquid_drop_blank(loop->body);
		if (loop->otherwise != NULL)
			liquid_drop_blank(loop->otherwise);
	}
	return true;
}

bool
liquid_tag_for(struct liquid_parser *p, struct liquid_tag *tag)
{
	struct liquid_loop	*loop = liquid_new(p, sizeof(*loop));

	if (loop == NULL || (loop->body = liquid_body_new(p)) == NULL)
		return false;
	tag->node->loop = loop;
	if (!(p->mode == LIQUID_LAX ? for_lax(p, tag, loop) :
	    for_strict(p, tag, loop)))
		return false;
	return for_bodies(p, tag, loop);
}

static const struct liquid_term **
tablerow_slot(struct liquid_loop *loop, struct str name)
{
	if (str_is(name, "cols"))
		return &loop->cols;
	if (str_is(name, "limit"))
		return &loop->limit;
	return str_is(name, "offset") ? &loop->offset : NULL;
}

static bool
tablerow_strict(struct liquid_parser *p, struct liquid_tag *tag,
    struct liquid_loop *loop)
{
	const struct liquid_term	 *ignored, **slot;
	struct str			  name;

	if (!liquid_lex(p, tag->markup) ||
	    !liquid_expect(p, TOKEN_ID, &loop->variable))
		return false;
	if (!liquid_take_id(p, "in"))
		return liquid_syntax(p, LIQUID_NOWHERE,
		    "For loops require an 'in' clause");
	if (!liquid_next_term(p, &loop->collection))
		return false;
	(void)liquid_take(p, TOKEN_COMMA, NULL);
	while (liquid_take(p, TOKEN_ID, &name)) {
		if ((slot = tablerow_slot(loop, name)) == NULL &&
		    !str_is(name, "range"))
			return liquid_syntax(p, liquid_offset(p, name.p),
			    "Invalid attribute '%.*s' in tablerow loop. Valid "
			    "attributes are cols, limit, offset, and range",
			    STR_ARG(name));
		if (!liquid_expect(p, TOKEN_COLON, NULL) ||
		    !liquid_next_term(p, slot == NULL ? &ignored : slot))
			return false;
		(void)liquid_take(p, TOKEN_COMMA, NULL);
	}
	return liquid_expect_end(p);
}

static bool
tablerow_lax(struct liquid_parser *p, struct liquid_tag *tag,
    struct liquid_loop *loop)
{
	const struct liquid_term	**slot;
	struct str			  s = tag->markup, name, value;
	size_t				  at = 0;
	bool				  found = false;

	for (size_t i = 0; i < s.len && !found; i++) {
		at = i;
		found = lax_head(s, false, &at, loop, &name);
	}
	if (!found)
		return liquid_syntax(p, LIQUID_NOWHERE, "Syntax Error in "
		    "'table_row loop' - Valid syntax: table_row [item] in "
		    "[collection] cols=3");
	if (!liquid_term(p, name, tag->at, &loop->collection))
		return false;
	for (at = 0; liquid_attribute(s, &at, &name, &value);)
		if ((slot = tablerow_slot(loop, name)) != NULL &&
		    !liquid_term(p, value, tag->at, slot))
			return false;
	return true;
}

bool
liquid_tag_tablerow(struct liquid_parser *p, struct liquid_tag *tag)
{
	struct liquid_loop	*loop = liquid_new(p, sizeof(*loop));

	if (loop == NULL)
		return false;
	tag->node->loop = loop;
	if (!(liquid_is_strict2(p->mode) ? tablerow_strict(p, tag, loop) :
	    tablerow_lax(p, tag, loop)) || !liquid_whole_block(p, tag))
		return false;
	loop->body = tag->node->body;
	return true;
}
