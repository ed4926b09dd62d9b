/* SPDX-License-Identifier: ISC */
/*
 * Upper and lower case by ranges (Unicode 15 SimpleCase of the Latin, Greek,
 * Cyrillic, Armenian and full-width letters); other scripts have no case or
 * are left alone.
 */
#include "liquid/impl.h"

#include "base/utf8.h"

struct case_range {
	uint32_t	first;		/* of the lower-case letters */
	uint32_t	last;
	int32_t		to_upper;	/* 0: pairs, see odd */
	bool		odd;		/* the lower-case one of a pair is odd */
};

static const struct case_range	ranges[] = {
	{'a', 'z', -32, false},
	{0xb5, 0xb5, 743, false},
	{0xe0, 0xf6, -32, false}, {0xf8, 0xfe, -32, false},
	{0xff, 0xff, 121, false},
	{0x100, 0x12f, 0, true}, {0x132, 0x137, 0, true},
	{0x139, 0x148, 0, false}, {0x14a, 0x177, 0, true},
	{0x179, 0x17e, 0, false},
	{0x1a0, 0x1a5, 0, true}, {0x1cd, 0x1dc, 0, false},
	{0x1de, 0x1ef, 0, true}, {0x1f8, 0x21f, 0, true},
	{0x222, 0x233, 0, true}, {0x246, 0x24f, 0, true},
	{0x3ac, 0x3ac, -38, false}, {0x3ad, 0x3af, -37, false},
	{0x3b1, 0x3c1, -32, false}, {0x3c3, 0x3cb, -32, false},
	{0x3cc, 0x3cc, -64, false}, {0x3cd, 0x3ce, -63, false},
	{0x430, 0x44f, -32, false}, {0x450, 0x45f, -80, false},
	{0x460, 0x481, 0, true}, {0x48a, 0x4bf, 0, true},
	{0x4c1, 0x4ce, 0, false}, {0x4d0, 0x52f, 0, true},
	{0x561, 0x586, -48, false},
	{0x1e00, 0x1e95, 0, true}, {0x1ea0, 0x1eff, 0, true},
	{0x2170, 0x217f, -16, false}, {0x24d0, 0x24e9, -26, false},
	{0xff41, 0xff5a, -32, false}, {0x10428, 0x1044f, -40, false},
};

static uint32_t
upper(uint32_t point)
{
	if (point == 0x131)
		return 'I';
	if (point == 0x17f)
		return 'S';
	if (point == 0x3c2)
		return 0x3a3;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (point < ranges[i].first || point > ranges[i].last)
			continue;
		if (ranges[i].to_upper != 0)
			return (uint32_t)((int32_t)point + ranges[i].to_upper);
		return (point % 2 == 1) == ranges[i].odd ? point - 1 : point;
	}
	return point;
}

static uint32_t
lower(uint32_t point)
{
	uint32_t	up;

	if (point == 0x1e9e)
		return 0xdf;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (ranges[i].to_upper != 0) {
			up = (uint32_t)((int32_t)point - ranges[i].to_upper);
			if (up >= ranges[i].first && up <= ranges[i].last &&
			    point != 0x39c)
				return up;
		} else if (point >= ranges[i].first &&
		    point <= ranges[i].last) {
			return (point % 2 == 1) == ranges[i].odd ? point :
			    point + 1;
		}
	}
	return point == 0x39c ? 0x3bc : point;
}

enum letters_case { UPPER, LOWER, TITLE };

static void
add(struct buf *out, uint32_t point, enum letters_case wanted)
{
	if (point == 0xdf && wanted != LOWER)
		buf_adds(out, wanted == UPPER ? "SS" : "Ss");
	else if (point == 0x130 && wanted == LOWER)
		buf_adds(out, "i\xcc\x87");
	else
		utf8_add(out, wanted == LOWER ? lower(point) : upper(point));
}

static void
convert(struct str s, enum letters_case first, enum letters_case rest,
    struct buf *out)
{
	enum letters_case	wanted = first;
	uint32_t		point;
	char			raw;

	for (; s.len > 0; wanted = rest) {
		raw = s.p[0];
		point = utf8_next(&s);
		if (point == UTF8_BAD)
			buf_addc(out, raw);
		else
			add(out, point, wanted);
	}
}

void
liquid_upcase(struct str s, struct buf *out)
{
	convert(s, UPPER, UPPER, out);
}

void
liquid_downcase(struct str s, struct buf *out)
{
	convert(s, LOWER, LOWER, out);
}

void
liquid_capitalize(struct str s, struct buf *out)
{
	convert(s, TITLE, LOWER, out);
}
