/* SPDX-License-Identifier: ISC */
#include "base/hash.h"
#include "mail/mail.h"

#define LINE		76	/* RFC 2045, 6.7 (5) and 6.8 */

static const char	hex[] = "0123456789ABCDEF";

/* Bytes that stand for themselves in the middle of a line. */
static bool
is_plain(unsigned char c)
{
	return (c >= 0x21 && c <= 0x7e && c != '=') || c == ' ' || c == '\t';
}

static size_t
plain_run(const unsigned char *p, size_t len)
{
	size_t	n = 0;

	while (n < len && is_plain(p[n]))
		n++;
	return n;
}

static bool
ends_line(const unsigned char *p, size_t len)
{
	return len == 0 || p[0] == '\n' ||
	    (p[0] == '\r' && len > 1 && p[1] == '\n');
}

/*
 * Must this plain byte be written in hex where it stands?  White space at a
 * line's end is lost on the way; a dot or "From " at a line's start is
 * changed by some relays.
 */
static bool
is_fragile(const unsigned char *p, size_t len, size_t column)
{
	if (p[0] == ' ' || p[0] == '\t')
		return ends_line(p + 1, len - 1);
	if (column > 0)
		return false;
	return p[0] == '.' || (len >= 5 && memcmp(p, "From ", 5) == 0);
}

/* As much of a plain run as fits; soft line breaks where it does not. */
static size_t
add_run(struct buf *out, const unsigned char *p, size_t run, size_t column)
{
	size_t	room, n;

	while (run > 0) {
		room = LINE - 1 - column;
		if (room == 0) {
			buf_adds(out, "=\r\n");
			column = 0;
			continue;
		}
		n = run < room ? run : room;
		buf_add(out, (const char *)p, n);
		p += n;
		run -= n;
		column += n;
	}
	return column;
}

static size_t
add_hex(struct buf *out, unsigned char c, size_t column)
{
	char	text[3] = {'=', hex[c >> 4], hex[c & 15]};

	if (column + 3 > LINE - 1) {
		buf_adds(out, "=\r\n");
		column = 0;
	}
	buf_add(out, text, 3);
	return column + 3;
}

void
mail_quoted_printable(struct buf *out, struct str text)
{
	const unsigned char	*p = (const unsigned char *)text.p;
	size_t			 left = text.len, run, column = 0, skip;

	(void)buf_reserve(out, text.len + text.len / 8 + LINE);
	while (left > 0) {
		if (ends_line(p, left)) {
			skip = p[0] == '\r' ? 2 : 1;
			buf_add(out, "\r\n", 2);
			column = 0;
			p += skip;
			left -= skip;
			continue;
		}
		run = plain_run(p, left);
		if (run > 0 && is_fragile(p + run - 1, left - run + 1,
		    column + run - 1))
			run--;		/* the last one goes in hex */
		if (run > 0 && is_fragile(p, left, column))
			run = 0;	/* the first one does */
		if (run == 0) {
			column = add_hex(out, p[0], column);
			run = 1;
		} else
			column = add_run(out, p, run, column);
		p += run;
		left -= run;
	}
}

void
mail_base64(struct buf *out, struct str bytes)
{
	const unsigned char	*p = (const unsigned char *)bytes.p;
	size_t			 left = bytes.len, n;

	(void)buf_reserve(out, left / 54 * 74 + LINE);
	while (left > 0) {
		n = left < LINE / 4 * 3 ? left : LINE / 4 * 3;
		hash_base64(out, p, n);
		buf_add(out, "\r\n", 2);
		p += n;
		left -= n;
	}
}
