/* SPDX-License-Identifier: ISC */
#include "liquid/parse.h"

/* The end of text that starts at pos: the next "{{" or "{%". */
static size_t
text_end(struct str s, size_t pos)
{
	const char	*brace;

	while (pos < s.len &&
	    (brace = memchr(s.p + pos, '{', s.len - pos)) != NULL) {
		pos = (size_t)(brace - s.p);
		if (pos + 1 < s.len && (brace[1] == '{' || brace[1] == '%'))
			return pos;
		pos++;
	}
	return s.len;
}

/* "{{" at start: its end, also where it is cut by a "{%" or a lone "}". */
static size_t
output_end(struct str s, size_t start)
{
	size_t	i = start + 2, end;

	for (; i < s.len; i++) {
		if (s.p[i] == '}')
			return i + 1 < s.len && s.p[i + 1] == '}' ?
			    i + 2 : i + 1;
		if (s.p[i] == '{' && i + 1 < s.len && s.p[i + 1] == '%') {
			end = liquid_find(s, STR("%}"), i + 2);
			return end == SIZE_MAX ? s.len : end + 2;
		}
	}
	return start + 2;
}

static bool
next_line(struct liquid_scan *scan, struct str *out)
{
	size_t	end;

	if (scan->pos > scan->source.len ||
	    (scan->pos == scan->source.len && scan->started))
		return false;
	scan->started = true;
	end = liquid_find(scan->source, STR("\n"), scan->pos);
	if (end == SIZE_MAX)
		end = scan->source.len;
	*out = liquid_cut(scan->source, scan->pos, end);
	scan->pos = end + 1;
	return true;
}

bool
liquid_scan_next(struct liquid_scan *scan, struct str *out)
{
	struct str	s = scan->source;
	size_t		start = scan->pos, end;

	if (scan->by_line)
		return next_line(scan, out);
	if (start >= s.len)
		return false;
	if ((end = text_end(s, start)) == start) {
		if (s.p[start + 1] == '{') {
			end = output_end(s, start);
		} else {
			end = liquid_find(s, STR("%}"), start + 2);
			end = end == SIZE_MAX ? start + 2 : end + 2;
		}
		/* what never ends is an error: nothing behind it counts */
		if (end == start + 2) {
			*out = liquid_cut(s, start, end);
			scan->pos = s.len;
			return true;
		}
	}
	*out = liquid_cut(s, start, end);
	scan->pos = end;
	return true;
}

static size_t
name_end(struct str s, size_t at)
{
	if (at < s.len && s.p[at] == '#')
		return at + 1;
	while (at < s.len && liquid_is_word(s.p[at]))
		at++;
	return at;
}

bool
liquid_tag_split(struct str token, bool by_line, struct str *name,
    struct str *markup)
{
	size_t	start = 0, end;

	if (!by_line) {
		if (token.len < 4 || !str_starts(token, "{%") ||
		    !str_ends(token, "%}"))
			return false;
		token = liquid_cut(token, 2, token.len - 2);
		if (token.len > 0 && token.p[0] == '-')
			token = liquid_cut(token, 1, token.len);
		if (token.len > 0 && token.p[token.len - 1] == '-')
			token.len--;
	}
	start = liquid_spaces(token, 0);
	if ((end = name_end(token, start)) == start)
		return false;
	*name = liquid_cut(token, start, end);
	*markup = liquid_cut(token, liquid_spaces(token, end), token.len);
	return true;
}

/* \A(.*)\{%-?\s*(\w+)\s*(.*)?-?%\}\z, the first part as long as can be */
bool
liquid_last_tag(struct str token, struct str *before, struct str *name)
{
	size_t	at, start, end;

	if (token.len < 4 || !str_ends(token, "%}"))
		return false;
	for (at = token.len - 3; at-- > 0;) {
		if (token.p[at] != '{' || token.p[at + 1] != '%')
			continue;
		start = at + 2;
		if (token.p[start] == '-')
			start++;
		start = liquid_spaces(token, start);
		for (end = start; end < token.len - 2 &&
		    liquid_is_word(token.p[end]); end++)
			;
		if (end == start)
			continue;
		*before = liquid_cut(token, 0, at);
		*name = liquid_cut(token, start, end);
		return true;
	}
	return false;
}
