/* SPDX-License-Identifier: ISC */
#include "liquid/parse.h"

/* The one name that a tag takes when all of its markup must parse. */
static bool
only_name(struct liquid_parser *p, struct str markup, bool digits,
    struct str *out)
{
	return liquid_lex(p, markup) && ((digits &&
	    p->mode == LIQUID_STRICT_NAMES &&
	    liquid_take(p, TOKEN_NUMBER, out)) ||
	    liquid_expect(p, TOKEN_ID, out)) && liquid_expect_end(p);
}

bool
liquid_tag_assign(struct liquid_parser *p, struct liquid_tag *tag)
{
	struct str	s = tag->markup, to;
	size_t		at = 0, equal;

	tag->node->blank = true;
	while (liquid_signature(s, &at, &to)) {
		equal = liquid_spaces(s, at);
		if (equal >= s.len || s.p[equal] != '=')
			continue;
		tag->node->text = to;
		if (liquid_is_strict2(p->mode) &&
		    !only_name(p, to, true, &tag->node->text))
			return false;
		equal = liquid_spaces(s, equal + 1);
		return liquid_chain_parse(p, liquid_cut(s, equal, s.len),
		    tag->at, &tag->node->chain);
	}
	return liquid_syntax(p, LIQUID_NOWHERE, "Syntax Error in 'assign' - "
	    "Valid syntax: assign [var] = [source]");
}

bool
liquid_tag_capture(struct liquid_parser *p, struct liquid_tag *tag)
{
	size_t	at = 0;
	bool	ok;

	if (liquid_is_strict2(p->mode)) {
		if (!only_name(p, tag->markup, true, &tag->node->text))
			return false;
	} else if (!liquid_signature(tag->markup, &at, &tag->node->text)) {
		return liquid_syntax(p, LIQUID_NOWHERE, "Syntax Error in "
		    "'capture' - Valid syntax: capture [var]");
	}
	ok = liquid_whole_block(p, tag);
	tag->node->blank = true;
	return ok;
}

bool
liquid_tag_count(struct liquid_parser *p, struct liquid_tag *tag)
{
	if (liquid_is_strict2(p->mode))
		return only_name(p, tag->markup, false, &tag->node->text);
	tag->node->text = str_trim(tag->markup);
	return true;
}

static bool
cycle_add(struct liquid_parser *p, struct liquid_tag *tag,
    const struct liquid_term *term)
{
	return liquid_list_add(p, &tag->node->list, term);
}

static bool
cycle_strict(struct liquid_parser *p, struct liquid_tag *tag)
{
	const struct liquid_term	*term;

	if (!liquid_lex(p, tag->markup))
		return false;
	if (liquid_look(p, TOKEN_END))
		return liquid_syntax(p, LIQUID_NOWHERE, "Syntax Error in "
		    "'cycle' - Valid syntax: cycle [name :] var [, var2, "
		    "var3 ...]");
	if (!liquid_next_term(p, &term))
		return false;
	if (liquid_take(p, TOKEN_COLON, NULL)) {
		tag->node->term = term;
		if (!liquid_next_term(p, &term))
			return false;
	}
	if (!cycle_add(p, tag, term))
		return false;
	while (liquid_take(p, TOKEN_COMMA, NULL)) {
		if (liquid_look(p, TOKEN_END))
			break;
		if (!liquid_next_term(p, &term) || !cycle_add(p, tag, term))
			return false;
	}
	return liquid_expect_end(p);
}

/* \A(fragment)\s*\:\s*(.*): the name may not eat its colon. */
static bool
cycle_name(struct str s, struct str *name, struct str *rest)
{
	size_t	end = liquid_fragment_at(s, 0), colon;

	if (end == SIZE_MAX)
		return false;
	for (; end > 0; end--) {
		colon = liquid_spaces(s, end);
		if (colon < s.len && s.p[colon] == ':')
			break;
		if (s.p[0] == '"' || s.p[0] == '\'')
			return false;	/* a quoted name is whole */
	}
	if (end == 0)
		return false;
	*name = liquid_cut(s, 0, end);
	*rest = liquid_cut(s, liquid_spaces(s, colon + 1), s.len);
	return true;
}

static bool
cycle_lax(struct liquid_parser *p, struct liquid_tag *tag)
{
	const struct liquid_term	*term;
	struct str			 rest = tag->markup, name, piece;
	size_t				 end;

	if (cycle_name(tag->markup, &name, &rest)) {
		if (!liquid_term(p, name, tag->at, &tag->node->term))
			return false;
	} else if (liquid_fragment_at(tag->markup, 0) == SIZE_MAX) {
		return liquid_syntax(p, LIQUID_NOWHERE, "Syntax Error in "
		    "'cycle' - Valid syntax: cycle [name :] var [, var2, "
		    "var3 ...]");
	}
	for (size_t at = 0; at <= rest.len; at = end + 1) {
		end = liquid_find(rest, STR(","), at);
		if (end == SIZE_MAX)
			end = rest.len;
		if (liquid_fragment(liquid_cut(rest, at, end), 0, &piece) &&
		    (!liquid_term(p, piece, tag->at, &term) ||
		    !cycle_add(p, tag, term)))
			return false;
	}
	return true;
}

/* Cycles of the same literals share a counter; others have their own. */
static bool
cycle_counter(struct liquid_parser *p, struct liquid_node *node)
{
	struct buf	 text = BUF_INIT;
	char		*copy;

	for (size_t i = 0; i < node->list.count; i++) {
		if (node->list.items[i]->kind != TERM_LITERAL) {
			buf_clear(&text);
			buf_addf(&text, "tag %p", (void *)node);
			break;
		}
		liquid_inspect(node->list.items[i]->literal, &text);
		buf_addc(&text, ',');
	}
	copy = buf_ok(&text) ? arena_copy(p->arena, buf_text(&text), text.len) :
	    NULL;
	node->text = (struct str){copy, text.len};
	buf_fini(&text);
	return copy != NULL || liquid_parse_nomem(p);
}

bool
liquid_tag_cycle(struct liquid_parser *p, struct liquid_tag *tag)
{
	return (liquid_is_strict2(p->mode) ? cycle_strict(p, tag) :
	    cycle_lax(p, tag)) && cycle_counter(p, tag->node);
}

static bool
partial_strict(struct liquid_parser *p, struct liquid_tag *tag,
    struct liquid_partial *partial)
{
	const struct liquid_term	*term;
	struct str			 name;

	if (!liquid_lex(p, tag->markup))
		return false;
	if (tag->node->kind == NODE_RENDER) {
		if (!liquid_expect(p, TOKEN_STRING, &name) ||
		    !liquid_term(p, name, liquid_offset(p, name.p),
		    &partial->name))
			return false;
	} else if (!liquid_next_term(p, &partial->name)) {
		return false;
	}
	partial->each = liquid_take_id(p, "for");
	if ((partial->each || liquid_take_id(p, "with")) &&
	    !liquid_next_term(p, &partial->with))
		return false;
	if (liquid_take_id(p, "as") &&
	    !liquid_expect(p, TOKEN_ID, &partial->alias))
		return false;
	(void)liquid_take(p, TOKEN_COMMA, NULL);
	while (liquid_take(p, TOKEN_ID, &name)) {
		if (!liquid_expect(p, TOKEN_COLON, NULL) ||
		    !liquid_next_term(p, &term) ||
		    !liquid_named_add(p, &partial->args, name, term))
			return false;
		(void)liquid_take(p, TOKEN_COMMA, NULL);
	}
	return liquid_expect_end(p);
}

/* A word at at, with white space before and behind: where that ends. */
static size_t
word_at(struct str s, size_t at, const char *word)
{
	size_t	start = liquid_spaces(s, at), end;

	if (start == at || !str_starts(liquid_cut(s, start, s.len), word))
		return SIZE_MAX;
	end = start + strlen(word);
	start = liquid_spaces(s, end);
	return start == end ? SIZE_MAX : start;
}

/* (?:fragment)+ at at */
static size_t
fragments_at(struct str s, size_t at)
{
	size_t	end = liquid_fragment_at(s, at), next;

	while (end != SIZE_MAX &&
	    (next = liquid_fragment_at(s, end)) != SIZE_MAX)
		end = next;
	return end;
}

/* The name of the partial: its end; SIZE_MAX when there is none. */
static size_t
partial_name(struct str s, bool quoted, struct str *out)
{
	struct str	piece;
	size_t		at = 0, end;

	while (liquid_fragment(s, at, &piece)) {
		at = (size_t)(piece.p - s.p);
		if (!quoted || piece.p[0] == '"' || piece.p[0] == '\'') {
			end = quoted ? at + piece.len : fragments_at(s, at);
			*out = liquid_cut(s, at, end);
			return end;
		}
		at++;
	}
	return SIZE_MAX;
}

static bool
partial_lax(struct liquid_parser *p, struct liquid_tag *tag,
    struct liquid_partial *partial)
{
	const struct liquid_term	*term;
	struct str			 s = tag->markup, name, value;
	bool				 quoted =
	    tag->node->kind == NODE_RENDER;
	size_t				 at, next, end;

	if ((at = partial_name(s, quoted, &name)) == SIZE_MAX)
		return liquid_syntax(p, LIQUID_NOWHERE, quoted ?
		    "Syntax error in tag 'render' - Template name must be a "
		    "quoted string" : "Error in tag 'include' - Valid syntax: "
		    "include '[template]' (with|for) [object|collection]");
	if (!liquid_term(p, name, tag->at, &partial->name))
		return false;
	partial->each = (next = word_at(s, at, "for")) != SIZE_MAX;
	if ((next != SIZE_MAX || (next = word_at(s, at, "with")) != SIZE_MAX) &&
	    (end = fragments_at(s, next)) != SIZE_MAX) {
		if (!liquid_term(p, liquid_cut(s, next, end), tag->at,
		    &partial->with))
			return false;
		at = end;
	} else {
		partial->each = false;
	}
	if ((next = word_at(s, at, "as")) != SIZE_MAX) {
		for (end = next; end < s.len &&
		    (liquid_is_word(s.p[end]) || s.p[end] == '-'); end++)
			;
		if (end > next)
			partial->alias = liquid_cut(s, next, end);
	}
	for (at = 0; liquid_attribute(s, &at, &name, &value);)
		if (!liquid_term(p, value, tag->at, &term) ||
		    !liquid_named_add(p, &partial->args, name, term))
			return false;
	return true;
}

bool
liquid_tag_partial(struct liquid_parser *p, struct liquid_tag *tag)
{
	struct liquid_partial	*partial = liquid_new(p, sizeof(*partial));

	if (partial == NULL)
		return false;
	tag->node->partial = partial;
	return liquid_is_strict2(p->mode) ? partial_strict(p, tag, partial) :
	    partial_lax(p, tag, partial);
}
