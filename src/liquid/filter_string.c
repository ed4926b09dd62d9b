/* SPDX-License-Identifier: ISC */
#include "liquid/filter.h"

#include "base/utf8.h"

/* Input, then up to two arguments, as texts. */
static bool
texts(const struct liquid_call *call, struct str *input, struct str *first,
    struct str *second, struct err *err)
{
	return filter_text(call, call->input, input, err) &&
	    (first == NULL ||
	    filter_text(call, filter_arg(call, 0), first, err)) &&
	    (second == NULL ||
	    filter_text(call, filter_arg(call, 1), second, err));
}

static bool
joined(const struct liquid_call *call, struct str a, struct str b,
    struct liquid_value *out, struct err *err)
{
	char	*text;

	if (!filter_room(call, a.len + b.len, &text, err))
		return false;
	if (a.len > 0)
		(void)memcpy(text, a.p, a.len);
	if (b.len > 0)
		(void)memcpy(text + a.len, b.p, b.len);
	*out = liquid_str((struct str){text, a.len + b.len});
	return true;
}

static bool
f_append(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct str	input, more;

	return texts(call, &input, &more, NULL, err) &&
	    joined(call, input, more, out, err);
}

static bool
f_prepend(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct str	input, more;

	return texts(call, &input, &more, NULL, err) &&
	    joined(call, more, input, out, err);
}

typedef void	(*letters_fn)(struct str s, struct buf *out);

static bool
letters(const struct liquid_call *call, letters_fn fn,
    struct liquid_value *out, struct err *err)
{
	struct buf	text = BUF_INIT;
	struct str	input;

	if (!texts(call, &input, NULL, NULL, err))
		return false;
	fn(input, &text);
	return filter_return(call, &text, out, err);
}

static bool
f_upcase(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return letters(call, liquid_upcase, out, err);
}

static bool
f_downcase(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return letters(call, liquid_downcase, out, err);
}

static bool
f_capitalize(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return letters(call, liquid_capitalize, out, err);
}

static bool
f_strip(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct str	input;

	if (!texts(call, &input, NULL, NULL, err))
		return false;
	*out = liquid_str(liquid_lstrip(liquid_rstrip(input)));
	return true;
}

static bool
f_lstrip(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct str	input;

	if (!texts(call, &input, NULL, NULL, err))
		return false;
	*out = liquid_str(liquid_lstrip(input));
	return true;
}

static bool
f_rstrip(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct str	input;

	if (!texts(call, &input, NULL, NULL, err))
		return false;
	*out = liquid_str(liquid_rstrip(input));
	return true;
}

static bool
f_squish(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct buf	text = BUF_INIT;
	struct str	s;

	if (call->input.type == LIQUID_NIL) {
		*out = liquid_nil();
		return true;
	}
	if (!texts(call, &s, NULL, NULL, err))
		return false;
	s = liquid_lstrip(liquid_rstrip(s));
	for (size_t i = 0; i < s.len;) {
		if (liquid_is_space(s.p[i])) {
			buf_addc(&text, ' ');
			i = liquid_spaces(s, i);
		} else {
			buf_addc(&text, s.p[i++]);
		}
	}
	return filter_return(call, &text, out, err);
}

/* Both /\r?\n/ filters: each line break becomes instead. */
static bool
line_breaks(const struct liquid_call *call, const char *instead,
    struct liquid_value *out, struct err *err)
{
	struct buf	text = BUF_INIT;
	struct str	s;

	if (!texts(call, &s, NULL, NULL, err))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\r' && i + 1 < s.len && s.p[i + 1] == '\n')
			continue;
		if (s.p[i] == '\n')
			buf_adds(&text, instead);
		else
			buf_addc(&text, s.p[i]);
	}
	return filter_return(call, &text, out, err);
}

static bool
f_strip_newlines(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return line_breaks(call, "", out, err);
}

static bool
f_newline_to_br(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return line_breaks(call, "<br />\n", out, err);
}

/*
 * What stands for the match in a replacement text of gsub and sub.  Each of
 * its escapes may bring the whole input, so most ends it early.
 */
static void
expand(struct str with, struct str s, size_t at, size_t len, size_t most,
    struct buf *out)
{
	char	c;

	for (size_t i = 0; i < with.len && out->len <= most; i++) {
		if (with.p[i] != '\\' || i + 1 == with.len) {
			buf_addc(out, with.p[i]);
			continue;
		}
		c = with.p[++i];
		if (c == '0' || c == '&')
			buf_add(out, s.p + at, len);
		else if (c == '`')
			buf_add(out, s.p, at);
		else if (c == '\'')
			buf_addstr(out, liquid_cut(s, at + len, s.len));
		else if (c == '\\')
			buf_addc(out, '\\');
		else if ((c < '1' || c > '9') && c != '+') {
			buf_addc(out, '\\');
			buf_addc(out, c);
		}
	}
}

static bool
replace_all(const struct liquid_call *call, struct str s, struct str what,
    struct str with, bool once, struct liquid_value *out, struct err *err)
{
	struct buf	text = BUF_INIT;
	size_t		done = 0, at = 0, next;

	/* a named group, of which a plain text has none */
	if (liquid_find(with, STR("\\k<"), 0) != SIZE_MAX &&
	    liquid_find(s, what, 0) != SIZE_MAX)
		return err_set(err, ERR_INPUT, "internal");
	while (at <= s.len && (at = liquid_find(s, what, at)) != SIZE_MAX) {
		buf_addstr(&text, liquid_cut(s, done, at));
		expand(with, s, at, what.len,
		    liquid_limits_of(call->env).output, &text);
		done = at + what.len;
		if (!filter_fits(call, text.len, err)) {
			buf_fini(&text);
			return false;
		}
		if (once)
			break;
		/* an empty pattern is found between any two characters */
		next = liquid_chars(liquid_cut(s, done, s.len), 1);
		at = what.len > 0 ? done : done + (next == 0 ? 1 : next);
	}
	buf_addstr(&text, liquid_cut(s, done, s.len));
	return filter_return(call, &text, out, err);
}

static bool
f_replace(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct str	s, what, with;

	return texts(call, &s, &what, &with, err) &&
	    replace_all(call, s, what, with, false, out, err);
}

static bool
f_replace_first(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct str	s, what, with;

	return texts(call, &s, &what, &with, err) &&
	    replace_all(call, s, what, with, true, out, err);
}

static bool
f_remove(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct str	s, what;

	return texts(call, &s, &what, NULL, err) &&
	    replace_all(call, s, what, STR(""), false, out, err);
}

static bool
f_remove_first(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct str	s, what;

	return texts(call, &s, &what, NULL, err) &&
	    replace_all(call, s, what, STR(""), true, out, err);
}

static bool
reversed(const struct liquid_call *call, struct str s, struct str *out,
    struct err *err)
{
	char	*text;

	if (!filter_room(call, s.len, &text, err))
		return false;
	for (size_t i = 0; i < s.len; i++)
		text[i] = s.p[s.len - 1 - i];
	*out = (struct str){text, s.len};
	return true;
}

/* Looked for backwards in the reversed text: linear whatever is in there. */
static bool
replace_last(const struct liquid_call *call, struct str s, struct str what,
    struct str with, struct liquid_value *out, struct err *err)
{
	struct buf	text = BUF_INIT;
	struct str	s_back, what_back;
	size_t		at;

	*out = liquid_str(s);
	if (!reversed(call, s, &s_back, err) ||
	    !reversed(call, what, &what_back, err))
		return false;
	if ((at = liquid_find(s_back, what_back, 0)) == SIZE_MAX)
		return true;
	at = s.len - at - what.len;
	buf_addstr(&text, liquid_cut(s, 0, at));
	buf_addstr(&text, with);
	buf_addstr(&text, liquid_cut(s, at + what.len, s.len));
	return filter_return(call, &text, out, err);
}

static bool
f_replace_last(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct str	s, what, with;

	return texts(call, &s, &what, &with, err) &&
	    replace_last(call, s, what, with, out, err);
}

static bool
f_remove_last(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct str	s, what;

	return texts(call, &s, &what, NULL, err) &&
	    replace_last(call, s, what, STR(""), out, err);
}

/* The argument for the text behind a cut; "..." when there is none. */
static bool
ellipsis(const struct liquid_call *call, struct str *out, struct err *err)
{
	*out = STR("...");
	return call->nargs < 2 || filter_text(call, call->args[1], out, err);
}

static bool
f_truncate(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct str	s, more;
	int64_t		length = 50, keep;

	*out = liquid_nil();
	if (call->input.type == LIQUID_NIL)
		return true;
	if (!filter_text(call, call->input, &s, err) ||
	    (call->nargs > 0 && !liquid_whole(call->args[0], &length, err)) ||
	    !ellipsis(call, &more, err))
		return false;
	*out = liquid_str(s);
	if (length >= 0 && (int64_t)utf8_length(s) <= length)
		return true;
	keep = length < 0 ? 0 : length - (int64_t)utf8_length(more);
	if (keep < 0)
		keep = 0;
	return joined(call, liquid_cut(s, 0, liquid_chars(s, (size_t)keep)),
	    more, out, err);
}

static bool
f_truncatewords(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct buf	text = BUF_INIT;
	struct str	s, more;
	int64_t		words = 15, count = 0;
	size_t		at, end = 0;

	*out = liquid_nil();
	if (call->input.type == LIQUID_NIL)
		return true;
	if (!filter_text(call, call->input, &s, err) ||
	    (call->nargs > 0 && !liquid_whole(call->args[0], &words, err)) ||
	    !ellipsis(call, &more, err))
		return false;
	if (words <= 0)
		words = 1;
	*out = liquid_str(s);
	for (at = liquid_spaces(s, 0); at < s.len && count < words; count++) {
		for (end = at; end < s.len && !liquid_is_space(s.p[end]); end++)
			;
		if (count > 0)
			buf_addc(&text, ' ');
		buf_addstr(&text, liquid_cut(s, at, end));
		at = liquid_spaces(s, end);
	}
	/* white space behind the last word counts as one more, empty */
	if (count < words || end >= s.len) {
		buf_fini(&text);
		return true;
	}
	buf_addstr(&text, more);
	return filter_return(call, &text, out, err);
}

static bool
split_words(const struct liquid_call *call, struct str s,
    struct liquid_value list, struct err *err)
{
	size_t	at, end;

	for (at = liquid_spaces(s, 0); at < s.len; at = liquid_spaces(s, end)) {
		for (end = at; end < s.len && !liquid_is_space(s.p[end]); end++)
			;
		if (!filter_push(call, list,
		    liquid_str(liquid_cut(s, at, end)), err))
			return false;
	}
	return true;
}

static bool
f_split(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct str	s, by;
	size_t		at = 0, end;

	if (!texts(call, &s, &by, NULL, err) ||
	    !filter_new_list(call, out, err))
		return false;
	if (str_is(by, " "))
		return split_words(call, s, *out, err);
	/* empty pieces at the end do not count */
	while (by.len > 0 && s.len >= by.len &&
	    memcmp(s.p + s.len - by.len, by.p, by.len) == 0)
		s.len -= by.len;
	if (s.len == 0)
		return true;
	for (;; at = end + by.len) {
		end = by.len == 0 ? at + liquid_chars(liquid_cut(s, at, s.len),
		    1) : liquid_find(s, by, at);
		if (end == SIZE_MAX)
			end = s.len;
		if (!filter_push(call, *out,
		    liquid_str(liquid_cut(s, at, end)), err))
			return false;
		if (end >= s.len)
			return true;
	}
}

static bool
f_size(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	v = call->input;
	struct liquid_walk	walk;

	(void)err;
	if (v.type == LIQUID_STRING)
		*out = liquid_int((int64_t)utf8_length(v.as.text));
	else if (v.type == LIQUID_INT)
		*out = liquid_int((int64_t)sizeof(int64_t));
	else if (liquid_walk_start(v, &walk))
		*out = liquid_int(walk.count);
	else
		*out = liquid_int(0);
	return true;
}

static bool
f_date(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct buf		text = BUF_INIT;
	struct str		format, when;
	struct liquid_time	time;

	*out = call->input;
	if (!filter_text(call, filter_arg(call, 0), &format, err))
		return false;
	if (format.len == 0)
		return true;
	if (call->input.type == LIQUID_INT)
		time = (struct liquid_time){.seconds =
		    call->input.as.number, .utc = true};
	else if (call->input.type != LIQUID_STRING)
		return true;
	else {
		when = call->input.as.text;
		if (!liquid_date_parse(when, call->env->now_ms, &time))
			return true;
	}
	liquid_strftime(time, format, &text);
	return filter_return(call, &text, out, err);
}

const struct liquid_filter	liquid_string_filters[] = {
	{"append", f_append, NULL, 1, 1},
	{"prepend", f_prepend, NULL, 1, 1},
	{"date", f_date, NULL, 1, 1},
	{"upcase", f_upcase, NULL, 0, 0},
	{"downcase", f_downcase, NULL, 0, 0},
	{"capitalize", f_capitalize, NULL, 0, 0},
	{"size", f_size, NULL, 0, 0},
	{"strip", f_strip, NULL, 0, 0},
	{"lstrip", f_lstrip, NULL, 0, 0},
	{"rstrip", f_rstrip, NULL, 0, 0},
	{"squish", f_squish, NULL, 0, 0},
	{"strip_newlines", f_strip_newlines, NULL, 0, 0},
	{"newline_to_br", f_newline_to_br, NULL, 0, 0},
	{"replace", f_replace, NULL, 1, 2},
	{"replace_first", f_replace_first, NULL, 1, 2},
	{"replace_last", f_replace_last, NULL, 2, 2},
	{"remove", f_remove, NULL, 1, 1},
	{"remove_first", f_remove_first, NULL, 1, 1},
	{"remove_last", f_remove_last, NULL, 1, 1},
	{"truncate", f_truncate, NULL, 0, 2},
	{"truncatewords", f_truncatewords, NULL, 0, 2},
	{"split", f_split, NULL, 1, 1},
	FILTER_END
};
