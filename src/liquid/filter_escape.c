/* SPDX-License-Identifier: ISC */
#include "liquid/filter.h"

#include "base/hash.h"
#include "base/utf8.h"

static const char *
entity(char c)
{
	static const struct {
		char		 c;
		const char	*text;
	} entities[] = {
		{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"},
		{'"', "&quot;"}, {'\'', "&#39;"},
	};

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if (entities[i].c == c)
			return entities[i].text;
	return NULL;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Is the "&" at the start of s one of an entity? */
static bool
is_entity(struct str s)
{
	size_t	i = 1;

	if (i < s.len && s.p[i] == '#')
		for (i++; i < s.len && is_digit(s.p[i]); i++)
			;
	else
		while (i < s.len && is_letter(s.p[i]))
			i++;
	return i < s.len && s.p[i] == ';' && i > 1 && s.p[i - 1] != '#';
}

static bool
escape(const struct liquid_call *call, bool once, struct liquid_value *out,
    struct err *err)
{
	struct buf	 text = BUF_INIT;
	struct str	 s;
	const char	*instead;

	if (!filter_text(call, call->input, &s, err))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		instead = entity(s.p[i]);
		if (instead == NULL || (once && s.p[i] == '&' &&
		    is_entity(liquid_cut(s, i, s.len))))
			buf_addc(&text, s.p[i]);
		else
			buf_adds(&text, instead);
	}
	return filter_return(call, &text, out, err);
}

static bool
f_escape(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	*out = liquid_nil();
	return call->input.type == LIQUID_NIL || escape(call, false, out, err);
}

static bool
f_escape_once(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return escape(call, true, out, err);
}

static bool
f_url_encode(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct buf	text = BUF_INIT;
	struct str	s;

	*out = liquid_nil();
	if (call->input.type == LIQUID_NIL)
		return true;
	if (!filter_text(call, call->input, &s, err))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == ' ')
			buf_addc(&text, '+');
		else if (liquid_is_word(s.p[i]) || s.p[i] == '.' ||
		    s.p[i] == '-' || s.p[i] == '~')
			buf_addc(&text, s.p[i]);
		else
			buf_addf(&text, "%%%02X", (unsigned char)s.p[i]);
	}
	return filter_return(call, &text, out, err);
}

static int
hex(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
f_url_decode(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct buf	text = BUF_INIT;
	struct str	s;

	*out = liquid_nil();
	if (call->input.type == LIQUID_NIL)
		return true;
	if (!filter_text(call, call->input, &s, err))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '%' && i + 2 < s.len && hex(s.p[i + 1]) >= 0 &&
		    hex(s.p[i + 2]) >= 0) {
			buf_addc(&text, (char)(hex(s.p[i + 1]) << 4 |
			    hex(s.p[i + 2])));
			i += 2;
		} else {
			buf_addc(&text, (char)(s.p[i] == '+' ? ' ' : s.p[i]));
		}
	}
	if (utf8_check(buf_str(&text)) < text.len) {
		buf_fini(&text);
		return err_set(err, ERR_INPUT, "invalid byte sequence in "
		    "UTF-8");
	}
	return filter_return(call, &text, out, err);
}

static bool
encode64(const struct liquid_call *call, bool url, struct liquid_value *out,
    struct err *err)
{
	struct buf	text = BUF_INIT;
	struct str	s;

	if (!filter_text(call, call->input, &s, err))
		return false;
	hash_base64(&text, (const unsigned char *)s.p, s.len);
	for (size_t i = 0; url && i < text.len; i++)
		if (text.p[i] == '+' || text.p[i] == '/')
			text.p[i] = text.p[i] == '+' ? '-' : '_';
	return filter_return(call, &text, out, err);
}

static bool
f_base64_encode(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return encode64(call, false, out, err);
}

static bool
f_base64_url_safe_encode(const struct liquid_call *call,
    struct liquid_value *out, struct err *err)
{
	return encode64(call, true, out, err);
}

static int
digit64(char c, bool url)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (is_digit(c))
		return c - '0' + 52;
	if (c == '+' || (url && c == '-'))
		return 62;
	return c == '/' || (url && c == '_') ? 63 : -1;
}

/* RFC 4648: no bytes between, padding whole, no bits left over. */
static bool
decode64(struct str s, bool url, struct buf *out)
{
	uint32_t	bits = 0;
	size_t		count = 0, padding = 0;
	int		digit;

	while (s.len > 0 && s.p[s.len - 1] == '=' && padding < 2) {
		s.len--;
		padding++;
	}
	if ((s.len + padding) % 4 != 0 && !(url && padding == 0))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if ((digit = digit64(s.p[i], url)) < 0)
			return false;
		bits = bits << 6 | (uint32_t)digit;
		if (++count % 4 == 0) {
			buf_addc(out, (char)(bits >> 16));
			buf_addc(out, (char)(bits >> 8));
			buf_addc(out, (char)bits);
			bits = 0;
		}
	}
	if (count % 4 == 1)
		return false;
	if (count % 4 == 2)
		buf_addc(out, (char)(bits >> 4));
	if (count % 4 == 3) {
		buf_addc(out, (char)(bits >> 10));
		buf_addc(out, (char)(bits >> 2));
	}
	return (count % 4 != 2 || (bits & 15) == 0) &&
	    (count % 4 != 3 || (bits & 3) == 0);
}

static bool
f_base64_decode(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct buf	text = BUF_INIT;
	struct str	s;

	if (!filter_text(call, call->input, &s, err))
		return false;
	if (!decode64(s, false, &text)) {
		buf_fini(&text);
		return err_set(err, ERR_INPUT,
		    "invalid base64 provided to base64_decode");
	}
	return filter_return(call, &text, out, err);
}

static bool
f_base64_url_safe_decode(const struct liquid_call *call,
    struct liquid_value *out, struct err *err)
{
	struct buf	text = BUF_INIT;
	struct str	s;

	if (!filter_text(call, call->input, &s, err))
		return false;
	if (!decode64(s, true, &text)) {
		buf_fini(&text);
		return err_set(err, ERR_INPUT,
		    "invalid base64 provided to base64_url_safe_decode");
	}
	return filter_return(call, &text, out, err);
}

/* Blocks whose content goes too; each is not looked for once it has no end. */
struct block {
	const char	*open;
	const char	*close;
	bool		 gone;
};

static size_t
block_end(struct str s, size_t at, struct block *blocks, size_t count)
{
	size_t	end;

	for (size_t i = 0; i < count; i++) {
		if (blocks[i].gone || !str_starts(liquid_cut(s, at, s.len),
		    blocks[i].open))
			continue;
		end = liquid_find(s, str_of(blocks[i].close),
		    at + strlen(blocks[i].open));
		if (end != SIZE_MAX)
			return end + strlen(blocks[i].close);
		blocks[i].gone = true;
	}
	return at;
}

static void
strip(struct str s, struct block *blocks, size_t count, struct buf *out)
{
	size_t	end;

	for (size_t i = 0; i < s.len;) {
		if (s.p[i] == '<' &&
		    (end = block_end(s, i, blocks, count)) > i) {
			i = end;
			continue;
		}
		buf_addc(out, s.p[i++]);
	}
}

static bool
f_strip_html(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct block	blocks[] = {{"<script", "</script>", false},
			    {"<!--", "-->", false},
			    {"<style", "</style>", false}};
	struct block	tags[] = {{"<", ">", false}};
	struct buf	first = BUF_INIT, text = BUF_INIT;
	struct str	s;

	if (!filter_text(call, call->input, &s, err))
		return false;
	strip(s, blocks, sizeof(blocks) / sizeof(blocks[0]), &first);
	strip(buf_str(&first), tags, 1, &text);
	text.failed = text.failed || first.failed;
	buf_fini(&first);
	return filter_return(call, &text, out, err);
}

const struct liquid_filter	liquid_escape_filters[] = {
	{"escape", f_escape, NULL, 0, 0},
	{"h", f_escape, NULL, 0, 0},
	{"escape_once", f_escape_once, NULL, 0, 0},
	{"url_encode", f_url_encode, NULL, 0, 0},
	{"url_decode", f_url_decode, NULL, 0, 0},
	{"base64_encode", f_base64_encode, NULL, 0, 0},
	{"base64_decode", f_base64_decode, NULL, 0, 0},
	{"base64_url_safe_encode", f_base64_url_safe_encode, NULL, 0, 0},
	{"base64_url_safe_decode", f_base64_url_safe_decode, NULL, 0, 0},
	{"strip_html", f_strip_html, NULL, 0, 0},
	FILTER_END
};
