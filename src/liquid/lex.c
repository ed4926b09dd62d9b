/* SPDX-License-Identifier: ISC */
#include "liquid/parse.h"

#include "base/utf8.h"

static const char *const	kind_names[] = {
	[TOKEN_END] = "end_of_string", [TOKEN_ID] = "id",
	[TOKEN_NUMBER] = "number", [TOKEN_STRING] = "string",
	[TOKEN_COMPARISON] = "comparison", [TOKEN_PIPE] = "pipe",
	[TOKEN_DOT] = "dot", [TOKEN_DOTDOT] = "dotdot",
	[TOKEN_COLON] = "colon", [TOKEN_COMMA] = "comma",
	[TOKEN_OPEN_SQUARE] = "open_square",
	[TOKEN_CLOSE_SQUARE] = "close_square",
	[TOKEN_OPEN_ROUND] = "open_round", [TOKEN_CLOSE_ROUND] = "close_round",
	[TOKEN_QUESTION] = "question", [TOKEN_DASH] = "dash",
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t
number_end(struct str s, size_t i)
{
	if (s.p[i] == '-')
		i++;
	while (i < s.len && is_digit(s.p[i]))
		i++;
	if (i + 1 < s.len && s.p[i] == '.' && is_digit(s.p[i + 1]))
		for (i++; i < s.len && is_digit(s.p[i]); i++)
			;
	return i;
}

static size_t
id_end(struct str s, size_t i)
{
	while (i < s.len && (liquid_is_word(s.p[i]) || s.p[i] == '-'))
		i++;
	return i < s.len && s.p[i] == '?' ? i + 1 : i;
}

static size_t
comparison_end(struct str s, size_t i)
{
	char	c = s.p[i], next = i + 1 < s.len ? s.p[i + 1] : '\0';

	if (c == '=' || c == '!')
		return next == '=' ? i + 2 : i;
	return next == '=' || (c == '<' && next == '>') ? i + 2 : i + 1;
}

static enum liquid_token_kind
single(char c)
{
	static const struct {
		char			c;
		enum liquid_token_kind	kind;
	} kinds[] = {
		{'|', TOKEN_PIPE}, {'.', TOKEN_DOT}, {':', TOKEN_COLON},
		{',', TOKEN_COMMA}, {'[', TOKEN_OPEN_SQUARE},
		{']', TOKEN_CLOSE_SQUARE}, {'(', TOKEN_OPEN_ROUND},
		{')', TOKEN_CLOSE_ROUND}, {'?', TOKEN_QUESTION},
		{'-', TOKEN_DASH},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].c == c)
			return kinds[i].kind;
	return TOKEN_END;
}

/* The end of the token at i, and its kind; i when there is none. */
static size_t
token_end(struct str s, size_t i, enum liquid_token_kind *kind)
{
	const char	*quote;
	char		 c = s.p[i];

	if (is_digit(c) || (c == '-' && i + 1 < s.len && is_digit(s.p[i + 1]))) {
		*kind = TOKEN_NUMBER;
		return number_end(s, i);
	}
	if (liquid_is_word(c)) {
		*kind = TOKEN_ID;
		return id_end(s, i);
	}
	if (c == '\'' || c == '"') {
		*kind = TOKEN_STRING;
		quote = memchr(s.p + i + 1, c, s.len - i - 1);
		return quote == NULL ? i : (size_t)(quote - s.p) + 1;
	}
	if (c == '=' || c == '!' || c == '<' || c == '>') {
		*kind = TOKEN_COMPARISON;
		return comparison_end(s, i);
	}
	if (c == '.' && i + 1 < s.len && s.p[i + 1] == '.') {
		*kind = TOKEN_DOTDOT;
		return i + 2;
	}
	*kind = single(c);
	return *kind == TOKEN_END ? i : i + 1;
}

static bool
token_add(struct liquid_parser *p, enum liquid_token_kind kind, struct str text)
{
	struct liquid_token	*tokens;
	size_t			 cap;

	if (p->ntokens == p->cap) {
		cap = p->cap == 0 ? 32 : p->cap * 2;
		tokens = arena_array(p->arena, cap, sizeof(*tokens));
		if (tokens == NULL)
			return liquid_parse_nomem(p);
		if (p->ntokens > 0)
			(void)memcpy(tokens, p->tokens,
			    p->ntokens * sizeof(*tokens));
		p->tokens = tokens;
		p->cap = cap;
	}
	p->tokens[p->ntokens++] = (struct liquid_token){kind, text};
	return true;
}

static bool
unexpected(struct liquid_parser *p, struct str rest)
{
	size_t	len = liquid_chars(rest, 1);

	return liquid_syntax(p, liquid_offset(p, rest.p),
	    "Unexpected character %.*s", (int)len, rest.p);
}

bool
liquid_lex(struct liquid_parser *p, struct str s)
{
	enum liquid_token_kind	kind;
	size_t			end;
	struct str		text;

	p->ntokens = p->next = 0;
	for (size_t i = 0;; i = end) {
		i = liquid_spaces(s, i);
		if (i >= s.len)
			break;
		if ((end = token_end(s, i, &kind)) == i)
			return unexpected(p, liquid_cut(s, i, s.len));
		text = liquid_cut(s, i, end);
		if (kind == TOKEN_ID && str_is(text, "contains") &&
		    (p->ntokens == 0 ||
		    p->tokens[p->ntokens - 1].kind != TOKEN_DOT))
			kind = TOKEN_COMPARISON;
		if (!token_add(p, kind, text))
			return false;
	}
	return token_add(p, TOKEN_END, (struct str){s.p + s.len, 0});
}

bool
liquid_look(const struct liquid_parser *p, enum liquid_token_kind kind)
{
	return p->tokens[p->next].kind == kind;
}

bool
liquid_take(struct liquid_parser *p, enum liquid_token_kind kind,
    struct str *out)
{
	if (!liquid_look(p, kind))
		return false;
	if (out != NULL)
		*out = p->tokens[p->next].text;
	if (kind != TOKEN_END)
		p->next++;
	return true;
}

bool
liquid_take_id(struct liquid_parser *p, const char *name)
{
	if (!liquid_look(p, TOKEN_ID) ||
	    !str_is(p->tokens[p->next].text, name))
		return false;
	p->next++;
	return true;
}

bool
liquid_expect(struct liquid_parser *p, enum liquid_token_kind kind,
    struct str *out)
{
	const struct liquid_token	*token = &p->tokens[p->next];

	if (liquid_take(p, kind, out))
		return true;
	return liquid_syntax(p, liquid_offset(p, token->text.p),
	    "Expected %s but found %s", kind_names[kind],
	    kind_names[token->kind]);
}

bool
liquid_expect_end(struct liquid_parser *p)
{
	return liquid_expect(p, TOKEN_END, NULL);
}

static bool
not_valid(struct liquid_parser *p)
{
	const struct liquid_token	*token = &p->tokens[p->next];
	uint32_t			 at = liquid_offset(p, token->text.p);
	struct buf			 text = BUF_INIT;

	if (token->kind == TOKEN_END)
		return liquid_syntax(p, at,
		    "[:end_of_string] is not a valid expression");
	liquid_inspect(liquid_str(token->text), &text);
	(void)liquid_syntax(p, at, "[:%s, %.60s] is not a valid expression",
	    kind_names[token->kind], buf_text(&text));
	buf_fini(&text);
	return false;
}

static bool	expression(struct liquid_parser *p, struct buf *out, int depth);

static bool
copy_token(struct liquid_parser *p, enum liquid_token_kind kind,
    struct buf *out)
{
	struct str	text;

	if (!liquid_expect(p, kind, &text))
		return false;
	buf_addstr(out, text);
	return true;
}

static bool
lookups(struct liquid_parser *p, struct buf *out, int depth)
{
	for (;;) {
		if (liquid_take(p, TOKEN_OPEN_SQUARE, NULL)) {
			buf_addc(out, '[');
			if (!expression(p, out, depth + 1) ||
			    !copy_token(p, TOKEN_CLOSE_SQUARE, out))
				return false;
		} else if (liquid_take(p, TOKEN_DOT, NULL)) {
			buf_addc(out, '.');
			if (!copy_token(p, TOKEN_ID, out))
				return false;
		} else {
			return true;
		}
	}
}

static bool
range(struct liquid_parser *p, struct buf *out, int depth)
{
	buf_addc(out, '(');
	return expression(p, out, depth + 1) &&
	    copy_token(p, TOKEN_DOTDOT, out) &&
	    expression(p, out, depth + 1) &&
	    copy_token(p, TOKEN_CLOSE_ROUND, out);
}

/* May a variable be named in brackets here?  A number is no name. */
static bool
bare_bracket(const struct liquid_parser *p)
{
	return !liquid_is_strict2(p->mode) ||
	    (p->mode == LIQUID_STRICT_NAMES &&
	    p->tokens[p->next + 1].kind != TOKEN_NUMBER);
}

static bool
expression(struct liquid_parser *p, struct buf *out, int depth)
{
	struct str	text;

	if (depth > liquid_limits_of(p->env).depth)
		return liquid_syntax(p, LIQUID_NOWHERE, "Nesting too deep");
	if (liquid_take(p, TOKEN_ID, &text)) {
		buf_addstr(out, text);
		return lookups(p, out, depth);
	}
	if (liquid_look(p, TOKEN_OPEN_SQUARE)) {
		if (!bare_bracket(p))
			return liquid_syntax(p,
			    liquid_offset(p, p->tokens[p->next].text.p),
			    "Bare bracket access is not allowed. "
			    "Use self['...'] instead");
		return lookups(p, out, depth);
	}
	if (liquid_take(p, TOKEN_STRING, &text) ||
	    liquid_take(p, TOKEN_NUMBER, &text)) {
		buf_addstr(out, text);
		return true;
	}
	if (liquid_take(p, TOKEN_OPEN_ROUND, NULL))
		return range(p, out, depth);
	return not_valid(p);
}

bool
liquid_expression(struct liquid_parser *p, struct str *out, uint32_t *at)
{
	struct buf	 text = BUF_INIT;
	char		*copy;
	bool		 ok;

	*at = liquid_offset(p, p->tokens[p->next].text.p);
	ok = expression(p, &text, 0);
	if (ok) {
		copy = buf_ok(&text) ?
		    arena_copy(p->arena, text.p, text.len) : NULL;
		ok = copy != NULL || liquid_parse_nomem(p);
		*out = (struct str){copy, text.len};
	}
	buf_fini(&text);
	return ok;
}
