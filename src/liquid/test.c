/* SPDX-License-Identifier: ISC */
#include "liquid/parse.h"

static enum liquid_op
op_of(struct str text)
{
	static const struct {
		const char	*text;
		enum liquid_op	 op;
	} ops[] = {
		{"==", OP_EQ}, {"!=", OP_NE}, {"<>", OP_NE}, {"<", OP_LT},
		{">", OP_GT}, {"<=", OP_LE}, {">=", OP_GE},
		{"contains", OP_CONTAINS},
	};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (str_is(text, ops[i].text))
			return ops[i].op;
	return OP_UNKNOWN;
}

static bool
strict_term(struct liquid_parser *p, const struct liquid_term **out)
{
	struct str	markup;
	uint32_t	at;

	return liquid_expression(p, &markup, &at) &&
	    liquid_condition_term(p, markup, at, out);
}

static bool
comparison(struct liquid_parser *p, struct liquid_test **out)
{
	struct liquid_test	*test = liquid_new(p, sizeof(*test));

	if (test == NULL || !strict_term(p, &test->left))
		return false;
	*out = test;
	if (!liquid_take(p, TOKEN_COMPARISON, &test->op_text))
		return true;
	test->op = op_of(test->op_text);
	return strict_term(p, &test->right);
}

bool
liquid_test_strict(struct liquid_parser *p, struct liquid_test **out)
{
	struct liquid_test	*test;

	if (!comparison(p, out))
		return false;
	for (test = *out;; test = test->next) {
		if (liquid_take_id(p, "and"))
			test->relation = REL_AND;
		else if (liquid_take_id(p, "or"))
			test->relation = REL_OR;
		else
			return true;
		if (!comparison(p, &test->next))
			return false;
	}
}

static bool
is_edge(struct str s, size_t at)
{
	bool	before = at > 0 && liquid_is_word(s.p[at - 1]);
	bool	behind = at < s.len && liquid_is_word(s.p[at]);

	return before != behind;
}

/* The end of `and` or `or` as a word at at; SIZE_MAX: none. */
static size_t
junction(struct str s, size_t at)
{
	struct str	rest = liquid_cut(s, at, s.len);
	size_t		end;

	if (!is_edge(s, at))
		return SIZE_MAX;
	if (rest.len > 0 && liquid_is_space(rest.p[0]))
		rest = liquid_cut(s, ++at, s.len);
	if (str_starts(rest, "and"))
		end = at + 3;
	else if (str_starts(rest, "or"))
		end = at + 2;
	else
		return SIZE_MAX;
	if (end < s.len && liquid_is_space(s.p[end]) && is_edge(s, end + 1))
		return end + 1;
	return is_edge(s, end) ? end : SIZE_MAX;
}

/* A run of what is no junction, at at. */
static size_t
operand(struct str s, size_t at)
{
	size_t	end = at, next;

	while (at < s.len) {
		next = liquid_spaces(s, at);
		if (next >= s.len || junction(s, next) != SIZE_MAX)
			break;
		end = liquid_fragment_at(s, next);
		if (end == SIZE_MAX)
			for (end = next; end < s.len &&
			    !liquid_is_space(s.p[end]); end++)
				;
		at = end = liquid_spaces(s, end);
	}
	return end;
}

/* (fragment)\s*([=!<>a-z_]+)?\s*(fragment)? */
static bool
lax_comparison(struct liquid_parser *p, struct str s, struct liquid_test *test)
{
	struct str	left, right;
	uint32_t	at = liquid_offset(p, s.p);
	size_t		i, start, end;

	if (!liquid_fragment(s, 0, &left))
		return liquid_syntax(p, at, "Syntax Error in tag 'if' - "
		    "Valid syntax: if [expression]");
	if (!liquid_condition_term(p, left, at, &test->left))
		return false;
	start = i = liquid_spaces(s, (size_t)(left.p - s.p) + left.len);
	while (i < s.len && ((s.p[i] >= 'a' && s.p[i] <= 'z') ||
	    (s.p[i] != '\0' && strchr("=!<>_", s.p[i]) != NULL)))
		i++;
	if (i == start)
		return true;
	test->op_text = liquid_cut(s, start, i);
	test->op = op_of(test->op_text);
	start = liquid_spaces(s, i);
	if ((end = liquid_fragment_at(s, start)) == SIZE_MAX)
		return true;
	right = liquid_cut(s, start, end);
	return liquid_condition_term(p, right, at, &test->right);
}

static bool
lax_test(struct liquid_parser *p, struct str s, struct liquid_test **out)
{
	struct liquid_test	**tail = out, *test = NULL;
	size_t			  at = 0, end;

	do {
		if ((test = liquid_new(p, sizeof(*test))) == NULL)
			return false;
		end = operand(s, at);
		if (!lax_comparison(p, liquid_cut(s, at, end), test))
			return false;
		*tail = test;
		tail = &test->next;
		if (end >= s.len)
			break;
		if ((at = junction(s, end)) == SIZE_MAX)
			break;
		test->relation = memchr(s.p + end, 'd', at - end) != NULL ?
		    REL_AND : REL_OR;
	} while (at <= s.len);
	return true;
}

bool
liquid_test_parse(struct liquid_parser *p, struct str markup,
    struct liquid_test **out)
{
	if (p->mode == LIQUID_LAX)
		return lax_test(p, markup, out);
	return liquid_lex(p, markup) && liquid_test_strict(p, out) &&
	    liquid_expect_end(p);
}
