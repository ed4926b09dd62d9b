/* SPDX-License-Identifier: ISC */
#include "base/utf8.h"
#include "message/message.h"

#define GSM7_SINGLE	160	/* septets, 3GPP TS 23.040 9.2.3.16 */
#define GSM7_PART	153	/* with the header of a part */
#define UCS2_SINGLE	70	/* UTF-16 units */
#define UCS2_PART	67

const char *const	message_sms_encoding_names[] = {"gsm7", "ucs2", NULL};

/* 3GPP TS 23.038 6.2.1, the default alphabet beyond ASCII */
static const uint32_t	basic[] = {
	0x00a1, 0x00a3, 0x00a4, 0x00a5, 0x00a7, 0x00bf, 0x00c4, 0x00c5,
	0x00c6, 0x00c7, 0x00c9, 0x00d1, 0x00d6, 0x00d8, 0x00dc, 0x00df,
	0x00e0, 0x00e4, 0x00e5, 0x00e6, 0x00e8, 0x00e9, 0x00ec, 0x00f1,
	0x00f2, 0x00f6, 0x00f8, 0x00f9, 0x00fc, 0x0393, 0x0394, 0x0398,
	0x039b, 0x039e, 0x03a0, 0x03a3, 0x03a6, 0x03a8, 0x03a9
};

/* Septets that a code point takes; 0 when the alphabet has it not. */
static size_t
septets(uint32_t point)
{
	if (point == '\n' || point == '\r')
		return 1;
	if (point == '\f' || point == 0x20ac)
		return 2;
	if (point < 0x20 || point == 0x7f)
		return 0;
	if (point < 0x7f) {
		if (strchr("^{}\\[~]|", (int)point) != NULL)
			return 2;
		return point == '`' ? 0 : 1;
	}
	for (size_t i = 0; i < sizeof(basic) / sizeof(basic[0]); i++) {
		if (basic[i] == point)
			return 1;
	}
	return 0;
}

/* Fills parts one after the other; what takes two is never split. */
struct packer {
	size_t	total;
	size_t	parts;
	size_t	used;		/* in the last part */
	size_t	room;		/* of a part */
};

static void
pack(struct packer *packer, size_t units)
{
	packer->total += units;
	if (packer->parts == 0 || packer->used + units > packer->room) {
		packer->parts++;
		packer->used = 0;
	}
	packer->used += units;
}

bool
message_sms_measure(struct str text, struct message_sms *out, size_t *bad_out,
    struct err *err)
{
	struct packer	gsm = {.room = GSM7_PART}, ucs = {.room = UCS2_PART};
	struct str	s = text;
	bool		fits = true;
	size_t		units, bad = utf8_check(text);
	uint32_t	point;

	if (bad < text.len) {
		if (bad_out != NULL)
			*bad_out = bad;
		return err_set(err, ERR_INPUT, "ill-formed UTF-8 at byte %zu",
		    bad);
	}
	while (s.len > 0) {
		point = utf8_next(&s);
		pack(&ucs, point > 0xffff ? 2 : 1);
		units = septets(point);
		fits = fits && units > 0;
		pack(&gsm, units);
	}
	if (fits) {
		out->encoding = SMS_GSM7;
		out->units = gsm.total;
		out->segments = gsm.total > GSM7_SINGLE ? gsm.parts :
		    gsm.total > 0;
	} else {
		out->encoding = SMS_UCS2;
		out->units = ucs.total;
		out->segments = ucs.total > UCS2_SINGLE ? ucs.parts : 1;
	}
	return true;
}

struct smart_row {
	uint32_t	 from;
	const char	*to;
};

/* Letters that lose an accent, and signs that have a plainer twin. */
static const struct smart_row	smart_rows[] = {
	{0x00a0, " "}, {0x00aa, "a"}, {0x00ab, "\""}, {0x00b4, "'"},
	{0x00b7, "."}, {0x00ba, "o"}, {0x00bb, "\""}, {0x00c0, "A"},
	{0x00c1, "A"}, {0x00c2, "A"}, {0x00c3, "A"}, {0x00c8, "E"},
	{0x00ca, "E"}, {0x00cb, "E"}, {0x00cc, "I"}, {0x00cd, "I"},
	{0x00ce, "I"}, {0x00cf, "I"}, {0x00d2, "O"}, {0x00d3, "O"},
	{0x00d4, "O"}, {0x00d5, "O"}, {0x00d9, "U"}, {0x00da, "U"},
	{0x00db, "U"}, {0x00e1, "a"}, {0x00e2, "a"}, {0x00e3, "a"},
	{0x00e7, "c"}, {0x00ea, "e"}, {0x00eb, "e"}, {0x00ed, "i"},
	{0x00ee, "i"}, {0x00ef, "i"}, {0x00f3, "o"}, {0x00f4, "o"},
	{0x00f5, "o"}, {0x00fa, "u"}, {0x00fb, "u"}, {0x2007, " "},
	{0x2009, " "}, {0x2010, "-"}, {0x2011, "-"}, {0x2012, "-"},
	{0x2013, "-"}, {0x2014, "-"}, {0x2018, "'"}, {0x2019, "'"},
	{0x201c, "\""}, {0x201d, "\""}, {0x2022, "-"}, {0x2026, "..."},
	{0x202f, " "}, {0x2212, "-"}, {'`', "'"}
};

void
message_sms_smart(struct str text, struct buf *out)
{
	const char	*to;
	uint32_t	 point;

	while (text.len > 0) {
		point = utf8_next(&text);
		to = NULL;
		for (size_t i = 0; to == NULL && i < sizeof(smart_rows) /
		    sizeof(smart_rows[0]); i++) {
			if (smart_rows[i].from == point)
				to = smart_rows[i].to;
		}
		if (to != NULL)
			buf_adds(out, to);
		else
			utf8_add(out, point == UTF8_BAD ? 0xfffd : point);
	}
}
