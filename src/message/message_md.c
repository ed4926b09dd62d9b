/* SPDX-License-Identifier: ISC */
#include "message/message_md_impl.h"

#include "base/utf8.h"

#include <limits.h>

static char
lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool
starts_nocase(struct str s, const char *prefix)
{
	size_t	len = strlen(prefix);

	if (s.len <= len)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (lower(s.p[i]) != prefix[i])
			return false;
	}
	return true;
}

bool
message_link_ok(struct str url)
{
	static const char *const	schemes[] = {"https://", "http://",
		"mailto:", "tel:"};

	for (size_t i = 0; i < url.len; i++) {
		if ((unsigned char)url.p[i] <= ' ' || url.p[i] == 0x7f)
			return false;
	}
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (starts_nocase(url, schemes[i]))
			return true;
	}
	return false;
}

void
message_add_html(struct buf *out, struct str text)
{
	size_t	start = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char	*to = NULL;

		switch (text.p[i]) {
		case '&':
			to = "&amp;";
			break;
		case '<':
			to = "&lt;";
			break;
		case '>':
			to = "&gt;";
			break;
		case '"':
			to = "&quot;";
			break;
		case '\'':
			to = "&#39;";
			break;
		default:
			continue;
		}
		buf_add(out, text.p + start, i - start);
		buf_adds(out, to);
		start = i + 1;
	}
	buf_add(out, text.p + start, text.len - start);
}

static bool
is_punct(char c)
{
	return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') ||
	    (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

/* An odd number of backslashes would take ours for its own. */
static bool
ends_escaping(const struct buf *out)
{
	size_t	n = 0;

	while (n < out->len && out->p[out->len - 1 - n] == '\\')
		n++;
	return n % 2 == 1;
}

void
message_add_markdown(struct buf *out, struct str text)
{
	if (text.len > 0 && ends_escaping(out))
		buf_addc(out, '\\');
	for (size_t i = 0; i < text.len; i++) {
		char	c = text.p[i];

		/* spaces at the ends and in runs would be trimmed */
		if (c == ' ' && (i == 0 || i + 1 == text.len ||
		    text.p[i - 1] == ' ' || text.p[i + 1] == ' ')) {
			buf_adds(out, "&#32;");
			continue;
		}
		if (c == '\n' || c == '\r' || c == '\t')
			c = ' ';
		if (is_punct(c))
			buf_addc(out, '\\');
		buf_addc(out, c);
	}
}

struct entity {
	const char	*name;
	uint32_t	 point;
};

/* Those that people write in letters; others stay as they are written. */
static const struct entity	entities[] = {
	{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'},
	{"&apos;", '\''}, {"&nbsp;", 0xa0}, {"&copy;", 0xa9}, {"&reg;", 0xae},
	{"&deg;", 0xb0}, {"&middot;", 0xb7}, {"&ordm;", 0xba},
	{"&ordf;", 0xaa}, {"&laquo;", 0xab}, {"&raquo;", 0xbb},
	{"&ndash;", 0x2013}, {"&mdash;", 0x2014}, {"&bull;", 0x2022},
	{"&hellip;", 0x2026}, {"&euro;", 0x20ac}
};

static uint32_t
numeric_entity(struct str text)
{
	bool		hex = text.p[2] == 'x' || text.p[2] == 'X';
	uint32_t	point = 0;

	for (size_t i = hex ? 3 : 2; i + 1 < text.len; i++) {
		char		c = lower(text.p[i]);
		uint32_t	digit = (uint32_t)(c <= '9' ? c - '0' :
				    c - 'a' + 10);

		point = point * (hex ? 16 : 10) + digit;
		if (point > 0x10ffff)
			return 0xfffd;
	}
	if (point < 0x20 || (point >= 0x7f && point < 0xa0) ||
	    (point >= 0xd800 && point < 0xe000))
		return 0xfffd;
	return point;
}

void
md_add_text(struct buf *out, MD_TEXTTYPE type, struct str text)
{
	if (type == MD_TEXT_NULLCHAR) {
		utf8_add(out, 0xfffd);
		return;
	}
	if (type != MD_TEXT_ENTITY) {
		buf_addstr(out, text);
		return;
	}
	if (text.len > 3 && text.p[1] == '#') {
		utf8_add(out, numeric_entity(text));
		return;
	}
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		if (str_is(text, entities[i].name)) {
			utf8_add(out, entities[i].point);
			return;
		}
	}
	buf_addstr(out, text);
}

bool
md_add_url(struct buf *out, const MD_ATTRIBUTE *href)
{
	size_t		start = out->len, from, to;
	struct str	url;

	for (size_t i = 0; href->text != NULL &&
	    href->substr_offsets[i] < href->size; i++) {
		from = href->substr_offsets[i];
		to = href->substr_offsets[i + 1];
		md_add_text(out, href->substr_types[i],
		    (struct str){href->text + from, to - from});
	}
	url = buf_str(out);
	if (start > 0)			/* else there may be no bytes yet */
		url.p += start;
	url.len -= start;
	if (message_link_ok(url))
		return true;
	buf_truncate(out, start);
	return false;
}

/*
 * md4c 0.4.8 reads, and may hand on, what lies behind a text that ends in "1"
 * or in "[](".  A line end stops it there.
 */
bool
md_run(struct str markdown, const MD_PARSER *parser, void *user,
    struct err *err)
{
	struct buf	ended = BUF_INIT;
	bool		ok;

	if (markdown.len >= INT_MAX)
		return err_set(err, ERR_INPUT, "the text is too long");
	if (!str_ends(markdown, "\n")) {
		buf_addstr(&ended, markdown);
		buf_addc(&ended, '\n');
		markdown = buf_str(&ended);
	}
	ok = buf_ok(&ended) && md_parse(markdown.p, (MD_SIZE)markdown.len,
	    parser, user) == 0;
	buf_fini(&ended);
	return ok || err_nomem(err);
}
