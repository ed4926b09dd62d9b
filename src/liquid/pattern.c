/* SPDX-License-Identifier: ISC */
#include "liquid/parse.h"

static size_t
quoted_end(struct str s, size_t at)
{
	const char	*quote;

	quote = memchr(s.p + at + 1, s.p[at], s.len - at - 1);
	return quote == NULL ? SIZE_MAX : (size_t)(quote - s.p) + 1;
}

static bool
is_quote(char c)
{
	return c == '"' || c == '\'';
}

static bool
is_plain(char c)
{
	return !liquid_is_space(c) && c != ',' && c != '|' && !is_quote(c);
}

/* "[^"]*"|'[^']*'|(?:[^\s,\|'"]|"[^"]*"|'[^']*')+ */
size_t
liquid_fragment_at(struct str s, size_t at)
{
	size_t	start = at, end;

	if (at >= s.len)
		return SIZE_MAX;
	if (is_quote(s.p[at]))
		return quoted_end(s, at);
	while (at < s.len) {
		if (is_plain(s.p[at]))
			at++;
		else if (is_quote(s.p[at]) &&
		    (end = quoted_end(s, at)) != SIZE_MAX)
			at = end;
		else
			break;
	}
	return at == start ? SIZE_MAX : at;
}

bool
liquid_fragment(struct str s, size_t from, struct str *out)
{
	bool	open[2] = {true, true};	/* may " and ' still have an end? */
	size_t	end;

	for (; from < s.len; from++) {
		if (is_quote(s.p[from]) && !open[s.p[from] == '\''])
			continue;
		if ((end = liquid_fragment_at(s, from)) != SIZE_MAX) {
			*out = liquid_cut(s, from, end);
			return true;
		}
		if (is_quote(s.p[from]))
			open[s.p[from] == '\''] = false;
	}
	return false;
}

bool
liquid_attribute(struct str s, size_t *at, struct str *name, struct str *value)
{
	size_t	i = *at, start, end, colon;

	while (i < s.len) {
		if (!liquid_is_word(s.p[i])) {
			i++;
			continue;
		}
		for (start = i++; i < s.len &&
		    (liquid_is_word(s.p[i]) || s.p[i] == '-'); i++)
			;
		colon = liquid_spaces(s, i);
		if (colon >= s.len || s.p[colon] != ':')
			continue;
		end = liquid_spaces(s, colon + 1);
		if ((colon = liquid_fragment_at(s, end)) == SIZE_MAX)
			continue;
		*name = liquid_cut(s, start, i);
		*value = liquid_cut(s, end, colon);
		*at = colon;
		return true;
	}
	return false;
}

static bool
is_signature(char c)
{
	return liquid_is_word(c) || (c != '\0' && strchr("-.[]", c) != NULL);
}

/* \(?[\w\-\.\[\]]\)? at at: its end; at when there is none. */
static size_t
signature_end(struct str s, size_t at)
{
	size_t	i = at;

	if (i < s.len && s.p[i] == '(')
		i++;
	if (i >= s.len || !is_signature(s.p[i]))
		return at;
	i++;
	return i < s.len && s.p[i] == ')' ? i + 1 : i;
}

bool
liquid_signature(struct str s, size_t *at, struct str *out)
{
	size_t	start = *at, end, next;

	for (; start < s.len; start++) {
		for (end = start; (next = signature_end(s, end)) > end;)
			end = next;
		if (end > start) {
			*at = end;
			*out = liquid_cut(s, start, end);
			return true;
		}
	}
	return false;
}
