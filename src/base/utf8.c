/* SPDX-License-Identifier: ISC */
#include "base/utf8.h"

/* Bytes in a sequence by its first byte, with the bits that it carries. */
static size_t
sequence(unsigned char first, uint32_t *bits, uint32_t *least)
{
	if (first < 0x80) {
		*bits = first;
		*least = 0;
		return 1;
	}
	if (first >= 0xc2 && first <= 0xdf) {
		*bits = first & 0x1f;
		*least = 0x80;
		return 2;
	}
	if (first >= 0xe0 && first <= 0xef) {
		*bits = first & 0x0f;
		*least = 0x800;
		return 3;
	}
	if (first >= 0xf0 && first <= 0xf4) {
		*bits = first & 0x07;
		*least = 0x10000;
		return 4;
	}
	return 0;
}

uint32_t
utf8_next(struct str *s)
{
	const unsigned char	*p = (const unsigned char *)s->p;
	uint32_t		 point, least;
	size_t			 len = sequence(p[0], &point, &least);

	if (len == 0 || len > s->len)
		goto bad;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			goto bad;
		point = point << 6 | (p[i] & 0x3f);
	}
	if (point < least || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		goto bad;
	s->p += len;
	s->len -= len;
	return point;
bad:
	s->p++;
	s->len--;
	return UTF8_BAD;
}

size_t
utf8_check(struct str s)
{
	const char	*start = s.p, *at;

	while (s.len > 0) {
		at = s.p;
		if (utf8_next(&s) == UTF8_BAD)
			return (size_t)(at - start);
	}
	return (size_t)(s.p - start);
}

void
utf8_add(struct buf *out, uint32_t point)
{
	if (point < 0x80) {
		buf_addc(out, (char)point);
		return;
	}
	if (point < 0x800) {
		buf_addc(out, (char)(0xc0 | point >> 6));
	} else {
		if (point < 0x10000) {
			buf_addc(out, (char)(0xe0 | point >> 12));
		} else {
			buf_addc(out, (char)(0xf0 | point >> 18));
			buf_addc(out, (char)(0x80 | (point >> 12 & 0x3f)));
		}
		buf_addc(out, (char)(0x80 | (point >> 6 & 0x3f)));
	}
	buf_addc(out, (char)(0x80 | (point & 0x3f)));
}

size_t
utf8_length(struct str s)
{
	size_t	count = 0;

	while (s.len > 0) {
		(void)utf8_next(&s);
		count++;
	}
	return count;
}

void
utf8_from_latin1(struct buf *out, struct str s)
{
	/* windows-1252, 0x80 to 0x9f; 0 where it has no character */
	static const uint16_t	upper[32] = {
		0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
		0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
		0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
		0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178};
	unsigned char		c;

	for (size_t i = 0; i < s.len; i++) {
		c = (unsigned char)s.p[i];
		if (c >= 0x80 && c <= 0x9f && upper[c - 0x80] != 0)
			utf8_add(out, upper[c - 0x80]);
		else
			utf8_add(out, c);
	}
}

static bool
is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

static bool
is_break(uint32_t point)
{
	return point == '\n' || point == '\r' || point == 0x85 ||
	    point == 0x2028 || point == 0x2029;
}

void
utf8_clean(struct buf *out, struct str s, bool keep_lines)
{
	uint32_t	point;

	while (s.len > 0) {
		point = utf8_next(&s);
		if (point == '\r' && s.len > 0 && s.p[0] == '\n')
			continue;
		if (point == UTF8_BAD)
			utf8_add(out, 0xfffd);
		else if (is_break(point))
			buf_addc(out, keep_lines ? '\n' : ' ');
		else if (point == '\t')
			buf_addc(out, ' ');
		else if (!is_control(point))
			utf8_add(out, point);
	}
}

/* Base letters of U+00C0 to U+00FF; 0 where the letter stays as it is. */
static const char	latin1_base[64] = {
	'a', 'a', 'a', 'a', 'a', 'a', 0, 'c', 'e', 'e', 'e', 'e', 'i', 'i',
	'i', 'i', 0, 'n', 'o', 'o', 'o', 'o', 'o', 0, 'o', 'u', 'u', 'u', 'u',
	'y', 0, 0, 'a', 'a', 'a', 'a', 'a', 'a', 0, 'c', 'e', 'e', 'e', 'e',
	'i', 'i', 'i', 'i', 0, 'n', 'o', 'o', 'o', 'o', 'o', 0, 'o', 'u', 'u',
	'u', 'u', 'y', 0, 'y'};

static uint32_t
fold_point(uint32_t point)
{
	if (point >= 'A' && point <= 'Z')
		return point + ('a' - 'A');
	if (point >= 0xc0 && point <= 0xff && latin1_base[point - 0xc0] != 0)
		return (uint32_t)latin1_base[point - 0xc0];
	return point;
}

void
utf8_fold(struct buf *out, struct str s)
{
	size_t		start = out->len;
	bool		space = false;
	uint32_t	point;

	while (s.len > 0) {
		point = utf8_next(&s);
		if (point == UTF8_BAD)
			point = 0xfffd;
		if (point == ' ' || point == 0xa0 || is_control(point)) {
			space = out->len > start;
			continue;
		}
		if (space)
			buf_addc(out, ' ');
		space = false;
		if (point >= 0x300 && point <= 0x36f)
			continue;	/* a combining accent */
		utf8_add(out, fold_point(point));
	}
}
