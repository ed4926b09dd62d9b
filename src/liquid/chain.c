/* SPDX-License-Identifier: ISC */
#include "liquid/parse.h"

static const struct liquid_filter *
find_filter(const struct liquid_env *env, struct str name, bool *standard)
{
	for (size_t i = 0; i < env->nfilters; i++)
		if (str_is(name, env->filters[i].name)) {
			*standard = false;
			return &env->filters[i];
		}
	*standard = true;
	return liquid_standard(name);
}

static struct liquid_apply *
apply_new(struct liquid_parser *p, struct str name, uint32_t at)
{
	struct liquid_apply	*apply = liquid_new(p, sizeof(*apply));

	if (apply == NULL)
		return NULL;
	apply->name = name;
	apply->at = at;
	apply->filter = find_filter(p->env, name, &apply->standard);
	return apply;
}

/* After the rest was read: what is malformed is said first. */
static bool
filters_known(struct liquid_parser *p, const struct liquid_chain *chain)
{
	const struct liquid_apply	*apply = chain->filters;

	for (; apply != NULL && !p->env->lax_filters; apply = apply->next)
		if (apply->filter == NULL)
			return liquid_syntax(p, apply->at, "Unknown filter "
			    "'%.*s'", (int)(apply->name.len > 80 ? 80 :
			    apply->name.len), apply->name.p);
	return true;
}

static bool
argument(struct liquid_parser *p, struct liquid_apply *apply)
{
	const struct liquid_term	*term;
	struct str			 name;

	if (liquid_look(p, TOKEN_ID) &&
	    p->tokens[p->next + 1].kind == TOKEN_COLON) {
		(void)liquid_take(p, TOKEN_ID, &name);
		(void)liquid_take(p, TOKEN_COLON, NULL);
		return liquid_next_term(p, &term) &&
		    liquid_named_add(p, &apply->named, name, term);
	}
	return liquid_next_term(p, &term) &&
	    liquid_list_add(p, &apply->args, term);
}

static bool
arguments_end(const struct liquid_parser *p)
{
	return liquid_is_strict2(p->mode) &&
	    (liquid_look(p, TOKEN_PIPE) || liquid_look(p, TOKEN_END));
}

static bool
arguments(struct liquid_parser *p, struct liquid_apply *apply)
{
	if (!liquid_take(p, TOKEN_COLON, NULL))
		return true;
	if (!arguments_end(p) && !argument(p, apply))
		return false;
	while (liquid_take(p, TOKEN_COMMA, NULL) && !arguments_end(p))
		if (!argument(p, apply))
			return false;
	return true;
}

static bool
parse_strict(struct liquid_parser *p, struct str markup,
    struct liquid_chain *chain)
{
	struct liquid_apply	**tail = &chain->filters;
	struct str		  name;

	if (!liquid_lex(p, markup))
		return false;
	if (liquid_look(p, TOKEN_END))
		return true;
	if (!liquid_next_term(p, &chain->term))
		return false;
	while (liquid_take(p, TOKEN_PIPE, NULL)) {
		if (!liquid_expect(p, TOKEN_ID, &name))
			return false;
		*tail = apply_new(p, name, liquid_offset(p, name.p));
		if (*tail == NULL || !arguments(p, *tail))
			return false;
		tail = &(*tail)->next;
	}
	return liquid_expect_end(p);
}

/* (?::|,)\s*((?:\w+\s*\:\s*)?fragment), the next at or behind *at */
static bool
lax_argument(struct str s, size_t *at, struct str *out)
{
	size_t	start, end, name;

	for (size_t i = *at; i < s.len; i++) {
		if (s.p[i] != ':' && s.p[i] != ',')
			continue;
		start = liquid_spaces(s, i + 1);
		for (name = start; name < s.len && liquid_is_word(s.p[name]);
		    name++)
			;
		end = liquid_spaces(s, name);
		if (name > start && end < s.len && s.p[end] == ':' &&
		    (end = liquid_fragment_at(s,
		    liquid_spaces(s, end + 1))) != SIZE_MAX) {
			*out = liquid_cut(s, start, end);
			*at = end;
			return true;
		}
		if ((end = liquid_fragment_at(s, start)) != SIZE_MAX) {
			*out = liquid_cut(s, start, end);
			*at = end;
			return true;
		}
	}
	return false;
}

static bool
lax_add(struct liquid_parser *p, struct liquid_apply *apply, struct str s)
{
	const struct liquid_term	*term;
	struct str			 name, value;
	size_t				 at = 0;

	if (liquid_attribute(s, &at, &name, &value) && name.p == s.p &&
	    at == s.len)
		return liquid_term(p, value, apply->at, &term) &&
		    liquid_named_add(p, &apply->named, name, term);
	return liquid_term(p, s, apply->at, &term) &&
	    liquid_list_add(p, &apply->args, term);
}

static bool
lax_filter(struct liquid_parser *p, struct str s, struct liquid_apply **out)
{
	struct str	arg;
	size_t		start = 0, end, at = 0;

	while (start < s.len && !liquid_is_word(s.p[start]))
		start++;
	for (end = start; end < s.len && liquid_is_word(s.p[end]); end++)
		;
	if (end == start)
		return true;
	*out = apply_new(p, liquid_cut(s, start, end),
	    liquid_offset(p, s.p + start));
	if (*out == NULL)
		return false;
	while (lax_argument(s, &at, &arg))
		if (!lax_add(p, *out, arg))
			return false;
	return true;
}

/* (?:\s+|fragment|,)+ at or behind *at */
static bool
filter_piece(struct str s, size_t *at, struct str *out)
{
	size_t	i = *at, start, end;

	for (start = i; start < s.len; start = ++i) {
		for (; i < s.len; i = end) {
			if (liquid_is_space(s.p[i]) || s.p[i] == ',')
				end = i + 1;
			else if ((end = liquid_fragment_at(s, i)) == SIZE_MAX)
				break;
		}
		if (i > start) {
			*out = liquid_cut(s, start, i);
			*at = i;
			return true;
		}
	}
	return false;
}

static bool
parse_lax(struct liquid_parser *p, struct str markup, uint32_t at,
    struct liquid_chain *chain)
{
	struct liquid_apply	**tail = &chain->filters;
	struct str		  name, rest, piece;
	size_t			  pipe, pos;

	chain->filters = NULL;
	chain->term = NULL;
	if (!liquid_fragment(markup, 0, &name))
		return true;
	if (!liquid_term(p, name, at, &chain->term))
		return false;
	pos = (size_t)(name.p - markup.p) + name.len;
	if ((pipe = liquid_find(markup, STR("|"), pos)) == SIZE_MAX)
		return true;
	rest = liquid_cut(markup, pipe + 1, markup.len);
	for (pos = liquid_spaces(rest, 0); filter_piece(rest, &pos, &piece);) {
		if (!lax_filter(p, piece, tail))
			return false;
		if (*tail != NULL)
			tail = &(*tail)->next;
	}
	return true;
}

bool
liquid_chain_parse(struct liquid_parser *p, struct str markup, uint32_t at,
    struct liquid_chain **out)
{
	struct liquid_chain	*chain = liquid_new(p, sizeof(*chain));

	if (chain == NULL)
		return false;
	chain->at = at;
	*out = chain;
	if (parse_strict(p, markup, chain))
		return filters_known(p, chain);
	if (p->mode != LIQUID_LAX || p->trouble->fault == FAULT_FATAL)
		return false;
	return parse_lax(p, markup, at, chain) && filters_known(p, chain);
}
