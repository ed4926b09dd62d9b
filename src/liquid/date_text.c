/* SPDX-License-Identifier: ISC */
/*
 * A date as people write it, read as Ruby's Time.parse reads it: the time of
 * day is looked for first, then a date by a month's name, then by numbers.
 * What is missing comes from now, or is the least it can be.
 */
#include "liquid/impl.h"

#include "base/date.h"

#include <stddef.h>

#define PIECES	32

enum piece_kind { PIECE_NUMBER, PIECE_WORD, PIECE_MARK };

struct piece {
	enum piece_kind	kind;
	struct str	text;
	bool		spaced;		/* white space stands before it */
	bool		used;
};

struct reading {
	size_t		count;
	int64_t		year, month, day, hour, minute, second;	/* -1: none */
	int32_t		nanos;
	int32_t		offset_s;
	bool		zoned;
	bool		utc;
	bool		bad;
	struct piece	pieces[PIECES];
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    ((unsigned char)c & 0x80) != 0;
}

static bool
same_word(struct str s, const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (i >= s.len || (s.p[i] | 0x20) != word[i])
			return false;
	return true;
}

static bool
cut(struct str s, struct reading *r)
{
	struct piece	*piece;
	size_t		 at, end;

	for (at = 0; at < s.len; at = end) {
		end = at + 1;
		if (liquid_is_space(s.p[at]))
			continue;
		if (r->count == PIECES)
			return false;
		piece = &r->pieces[r->count++];
		piece->kind = is_digit(s.p[at]) ? PIECE_NUMBER :
		    is_letter(s.p[at]) ? PIECE_WORD : PIECE_MARK;
		while (piece->kind != PIECE_MARK && end < s.len &&
		    (piece->kind == PIECE_NUMBER ? is_digit(s.p[end]) :
		    is_letter(s.p[end])))
			end++;
		piece->text = liquid_cut(s, at, end);
		piece->spaced = at > 0 && liquid_is_space(s.p[at - 1]);
		piece->used = false;
	}
	return true;
}

static const struct piece *
at(const struct reading *r, size_t i)
{
	return i < r->count && !r->pieces[i].used ? &r->pieces[i] : NULL;
}

static bool
is_mark(const struct reading *r, size_t i, char c)
{
	const struct piece	*piece = at(r, i);

	return piece != NULL && piece->kind == PIECE_MARK &&
	    piece->text.p[0] == c;
}

static bool
is_kind(const struct reading *r, size_t i, enum piece_kind kind)
{
	const struct piece	*piece = at(r, i);

	return piece != NULL && piece->kind == kind;
}

static bool
is_word(const struct reading *r, size_t i, const char *word)
{
	return is_kind(r, i, PIECE_WORD) &&
	    r->pieces[i].text.len == strlen(word) &&
	    same_word(r->pieces[i].text, word, strlen(word));
}

static int64_t
number(const struct reading *r, size_t i)
{
	struct str	s = r->pieces[i].text;
	int64_t		value = 0;

	for (size_t k = 0; k < s.len && k < 12; k++)
		value = value * 10 + (s.p[k] - '0');
	return value;
}

static void
use(struct reading *r, size_t from, size_t to)
{
	for (size_t i = from; i < to && i < r->count; i++)
		r->pieces[i].used = true;
}

/* ".123" behind the seconds. */
static size_t
fraction(struct reading *r, size_t i)
{
	struct str	s;
	int32_t		unit = 100000000;

	if ((!is_mark(r, i, '.') && !is_mark(r, i, ',')) ||
	    !is_kind(r, i + 1, PIECE_NUMBER))
		return i;
	s = r->pieces[i + 1].text;
	for (size_t k = 0; k < s.len && k < 9; k++, unit /= 10)
		r->nanos += (s.p[k] - '0') * unit;
	return i + 2;
}

/* "am", "p.m."; the hour of the day follows. */
static size_t
half_day(struct reading *r, size_t i)
{
	struct str	s;
	bool		afternoon;
	size_t		end = i + 1;

	if (!is_kind(r, i, PIECE_WORD))
		return i;
	s = r->pieces[i].text;
	afternoon = (s.p[0] | 0x20) == 'p';
	if (!afternoon && (s.p[0] | 0x20) != 'a')
		return i;
	if (s.len == 1) {
		if (!is_mark(r, i + 1, '.') || !is_word(r, i + 2, "m"))
			return i;
		end = is_mark(r, i + 3, '.') ? i + 4 : i + 3;
	} else if (s.len != 2 || (s.p[1] | 0x20) != 'm') {
		return i;
	}
	r->hour = r->hour % 12 + (afternoon ? 12 : 0);
	return end;
}

/* "+02:00", "-0500", "+2" behind the sign at i. */
static size_t
offset(struct reading *r, size_t i)
{
	int64_t	hours = number(r, i + 1), minutes = 0;
	int32_t	sign = is_mark(r, i, '-') ? -1 : 1;
	size_t	end = i + 2;

	if (r->pieces[i + 1].text.len > 2) {
		minutes = hours % 100;
		hours /= 100;
	} else if (is_mark(r, i + 2, ':') && is_kind(r, i + 3, PIECE_NUMBER)) {
		minutes = number(r, i + 3);
		end = i + 4;
	}
	if (hours > 23 || minutes > 59)
		r->bad = true;
	r->zoned = true;
	r->offset_s = sign * (int32_t)(hours * 3600 + minutes * 60);
	return end;
}

static size_t
zone(struct reading *r, size_t i)
{
	static const struct {
		const char	*name;
		int		 hours;
	} zones[] = {
		{"utc", 0}, {"gmt", 0}, {"z", 0}, {"ut", 0}, {"est", -5},
		{"edt", -4}, {"cst", -6}, {"cdt", -5}, {"mst", -7},
		{"mdt", -6}, {"pst", -8}, {"pdt", -7}, {"cet", 1},
		{"cest", 2}, {"bst", 1}, {"wet", 0}, {"west", 1},
		{"eet", 2}, {"eest", 3}, {"msk", 3}, {"jst", 9},
	};
	size_t	end = i;

	for (size_t k = 0; k < sizeof(zones) / sizeof(zones[0]); k++)
		if (is_word(r, i, zones[k].name)) {
			r->zoned = true;
			r->utc = k < 4;
			r->offset_s = zones[k].hours * 3600;
			end = i + 1;
			break;
		}
	if ((is_mark(r, end, '+') || is_mark(r, end, '-')) &&
	    is_kind(r, end + 1, PIECE_NUMBER)) {
		r->utc = false;
		return offset(r, end);
	}
	return end;
}

/* "14:30:45.5 pm", "2 pm" at i: where that ends; SIZE_MAX: none. */
static size_t
clock_at(struct reading *r, size_t i)
{
	bool	colon = is_mark(r, i + 1, ':') &&
		    is_kind(r, i + 2, PIECE_NUMBER);
	size_t	end = i + 1, behind;

	if (!is_kind(r, i, PIECE_NUMBER))
		return SIZE_MAX;
	r->hour = number(r, i);
	if (colon) {
		r->minute = number(r, i + 2);
		end = i + 3;
		if (is_mark(r, end, ':') && is_kind(r, end + 1, PIECE_NUMBER)) {
			r->second = number(r, end + 1);
			end = fraction(r, end + 2);
		}
	}
	behind = half_day(r, end);
	return colon || behind > end ? behind : SIZE_MAX;
}

/* The time of day, wherever it stands, with the zone behind it. */
static void
find_clock(struct reading *r)
{
	size_t	end;

	for (size_t i = 0; i < r->count; i++) {
		if ((end = clock_at(r, i)) != SIZE_MAX) {
			use(r, i, zone(r, end));
			return;
		}
		r->hour = r->minute = r->second = -1;
	}
}

static int
month_of(struct str s)
{
	static const char	names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (int i = 0; s.len >= 3 && i < 12; i++)
		if (same_word(s, names + (size_t)i * 3, 3))
			return i + 1;
	return 0;
}

static bool
is_ordinal(const struct reading *r, size_t i)
{
	return is_word(r, i, "st") || is_word(r, i, "nd") ||
	    is_word(r, i, "rd") || is_word(r, i, "th");
}

static int64_t
full_year(const struct reading *r, size_t i)
{
	int64_t	year = number(r, i);

	if (r->pieces[i].text.len > 2)
		return year;
	return year + (year >= 69 ? 1900 : 2000);
}

/* The number behind i, over what may stand between; SIZE_MAX: none. */
static size_t
next_number(const struct reading *r, size_t i)
{
	while (is_mark(r, i, ',') || is_mark(r, i, '.') || is_mark(r, i, '-') ||
	    is_mark(r, i, '\'') || is_mark(r, i, '/') || is_ordinal(r, i) ||
	    is_word(r, i, "of"))
		i++;
	return is_kind(r, i, PIECE_NUMBER) ? i : SIZE_MAX;
}

/* "14 March 2016", "March 14, 2016", "14-mar-16", "March 2016". */
static bool
by_name(struct reading *r)
{
	size_t	i, before, next;
	int	month = 0;

	for (i = 0; i < r->count; i++)
		if (is_kind(r, i, PIECE_WORD) &&
		    (month = month_of(r->pieces[i].text)) > 0)
			break;
	if (month == 0)
		return false;
	r->month = month;
	before = i;
	while (before > 0 && (is_ordinal(r, before - 1) ||
	    is_mark(r, before - 1, '-') || is_mark(r, before - 1, '.') ||
	    is_mark(r, before - 1, '/') || is_word(r, before - 1, "of")))
		before--;
	next = next_number(r, i + 1);
	if (before > 0 && is_kind(r, before - 1, PIECE_NUMBER)) {
		if (r->pieces[before - 1].text.len > 2) {
			r->year = full_year(r, before - 1);
			if (next != SIZE_MAX)
				r->day = number(r, next);
			return true;
		}
		r->day = number(r, before - 1);
		if (next != SIZE_MAX)
			r->year = full_year(r, next);
		return true;
	}
	if (next == SIZE_MAX)
		return true;
	if (r->pieces[next].text.len > 2) {
		r->year = full_year(r, next);
		return true;
	}
	r->day = number(r, next);
	if ((next = next_number(r, next + 1)) != SIZE_MAX)
		r->year = full_year(r, next);
	return true;
}

static bool
is_between(const struct reading *r, size_t i)
{
	return is_mark(r, i, '-') || is_mark(r, i, '/') || is_mark(r, i, '.');
}

/* Year first, unless the last of the three is plainly the year. */
static bool
by_numbers(struct reading *r)
{
	size_t	i, first, last;

	for (i = 0; i < r->count; i++)
		if (is_kind(r, i, PIECE_NUMBER) && is_between(r, i + 1) &&
		    is_kind(r, i + 2, PIECE_NUMBER))
			break;
	if (i >= r->count)
		return false;
	first = i;
	last = is_between(r, i + 3) && is_kind(r, i + 4, PIECE_NUMBER) ?
	    i + 4 : SIZE_MAX;
	if (last == SIZE_MAX) {
		if (r->pieces[i].text.len > 2) {
			r->year = number(r, i);
			r->month = number(r, i + 2);
			return true;
		}
		r->month = number(r, i);
		r->day = number(r, i + 2);
		return true;
	}
	if (r->pieces[last].text.len > 2 && r->pieces[first].text.len <= 2) {
		first = last;
		last = i;
	}
	r->year = full_year(r, first);
	r->month = number(r, i + 2);
	r->day = number(r, last);
	return true;
}

/* "20200615", alone or before "T143045". */
static bool
by_digits(struct reading *r)
{
	int64_t	value;
	size_t	i;

	for (i = 0; i < r->count; i++)
		if (is_kind(r, i, PIECE_NUMBER))
			break;
	if (i >= r->count)
		return false;
	if (is_ordinal(r, i + 1)) {
		r->day = number(r, i);
		return true;
	}
	if (r->pieces[i].text.len != 8)
		return false;
	value = number(r, i);
	r->year = value / 10000;
	r->month = value / 100 % 100;
	r->day = value % 100;
	if (is_word(r, i + 1, "t") && is_kind(r, i + 2, PIECE_NUMBER)) {
		value = number(r, i + 2);
		if (r->pieces[i + 2].text.len == 4)
			value *= 100;
		r->hour = value / 10000;
		r->minute = value / 100 % 100;
		r->second = value % 100;
		(void)zone(r, i + 3);
	}
	return true;
}

static bool
in_range(struct reading *r)
{
	return !r->bad && r->year >= 0 && r->year <= 9999 && r->month >= 1 &&
	    r->month <= 12 && r->day >= 1 && r->day <= 31 && r->hour >= 0 &&
	    r->hour <= 24 && r->minute >= 0 && r->minute <= 59 &&
	    r->second >= 0 && r->second <= 60;
}

/* Days since 1970 of a Gregorian date; the year 0 and the 31st of any month
 * are fine. */
static int64_t
days(int64_t year, int64_t month, int64_t day)
{
	int64_t	y = month <= 2 ? year - 1 : year, era, yoe, doy;

	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void
fill(struct reading *r, int64_t now_ms)
{
	struct date	today = {0, 0, 0};
	bool		none = r->year < 0;

	if (none) {
		today = date_of(instant_civil(now_ms, r->offset_s).day);
		r->year = today.year;
	}
	none = none && r->month < 0;
	if (r->month < 0)
		r->month = none ? today.month : 1;
	none = none && r->day < 0;
	if (r->day < 0)
		r->day = none ? today.mday : 1;
	if (r->hour < 0)
		r->hour = 0;
	if (r->minute < 0)
		r->minute = 0;
	if (r->second < 0)
		r->second = 0;
}

static bool
all_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_digit(s.p[i]))
			return false;
	return s.len > 0;
}

static bool
read_text(struct str s, int64_t now_ms, struct liquid_time *out)
{
	struct reading	r;

	/* the pieces are set as they are cut */
	(void)memset(&r, 0, offsetof(struct reading, pieces));
	r.year = r.month = r.day = r.hour = r.minute = r.second = -1;
	if (!cut(s, &r))
		return false;
	find_clock(&r);
	if (!by_name(&r) && !by_numbers(&r) && !by_digits(&r) && r.hour < 0)
		return false;
	fill(&r, now_ms);
	if (!in_range(&r))
		return false;
	out->offset_s = r.offset_s;
	out->utc = r.utc || !r.zoned;
	out->nanos = r.nanos;
	out->seconds = days(r.year, r.month, r.day) * 86400 + r.hour * 3600 +
	    r.minute * 60 + r.second - r.offset_s;
	return true;
}

bool
liquid_date_parse(struct str text, int64_t now_ms, struct liquid_time *out)
{
	struct str	s = str_trim(text);
	int64_t		seconds = 0;

	*out = (struct liquid_time){.utc = true};
	if (all_digits(text)) {
		for (size_t i = 0; i < text.len; i++)
			if (__builtin_mul_overflow(seconds, 10, &seconds) ||
			    __builtin_add_overflow(seconds, text.p[i] - '0',
			    &seconds) || seconds > INT64_C(9000000000000))
				return false;
		out->seconds = seconds;
		return true;
	}
	if ((text.len == 3 && same_word(text, "now", 3)) ||
	    (text.len == 5 && same_word(text, "today", 5))) {
		out->seconds = now_ms / 1000 - (now_ms % 1000 < 0);
		out->nanos = (int32_t)(now_ms - out->seconds * 1000) * 1000000;
		return true;
	}
	return read_text(s, now_ms, out);
}
