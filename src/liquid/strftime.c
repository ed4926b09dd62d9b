/* SPDX-License-Identifier: ISC */
/*
 * strftime as Ruby's Time has it: flags - 0 ^ # _ :, a width, and the
 * directives of C and %L, %N, %P, %v, %+; names are English.
 */
#include "liquid/impl.h"

#include "base/date.h"

#define WIDTH_MOST	1024

static const char *const	months[] = {"January", "February", "March",
	"April", "May", "June", "July", "August", "September", "October",
	"November", "December"};
static const char *const	weekdays[] = {"Sunday", "Monday", "Tuesday",
	"Wednesday", "Thursday", "Friday", "Saturday"};

struct fields {
	struct liquid_time	when;
	int64_t			day;		/* since 1970 */
	int64_t			year;
	int			month, mday, hour, minute, second;
	int			wday;		/* 0: Sunday */
	int			yday;		/* 1 to 366 */
};

struct directive {
	char	padding;	/* '0', ' ', '-' none, '\0' its own */
	bool	upper;
	bool	swap;
	int	colons;
	int	width;		/* -1: its own */
	char	letter;
};

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static void
split(struct liquid_time when, struct fields *f)
{
	int64_t	local = when.seconds + when.offset_s, z, era, doe, yoe, doy, mp;
	int	second;

	f->when = when;
	f->day = floor_div(local, 86400);
	second = (int)(local - f->day * 86400);
	f->hour = second / 3600;
	f->minute = second / 60 % 60;
	f->second = second % 60;
	z = f->day + 719468;
	era = floor_div(z, 146097);
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	f->mday = (int)(doy - (153 * mp + 2) / 5 + 1);
	f->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	f->year = yoe + era * 400 + (f->month <= 2);
	f->wday = (int)(((f->day + 4) % 7 + 7) % 7);
	f->yday = (int)(doy + (mp < 10 ? 60 : -305));
	if (mp < 10 && f->year % 4 == 0 &&
	    (f->year % 100 != 0 || f->year % 400 == 0))
		f->yday++;
}

static void
put_text(struct directive d, const char *text, bool swap_lower, struct buf *out)
{
	size_t	len = strlen(text);
	char	c;

	for (size_t i = len; d.width > 0 && i < (size_t)d.width; i++)
		buf_addc(out, (char)(d.padding == '0' ? '0' : ' '));
	for (size_t i = 0; i < len; i++) {
		c = text[i];
		if ((d.upper || (d.swap && !swap_lower)) && c >= 'a' &&
		    c <= 'z')
			c = (char)(c - 32);
		else if (d.swap && swap_lower && c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		buf_addc(out, c);
	}
}

static void
put_number(struct directive d, int64_t value, int width, char padding,
    struct buf *out)
{
	char		 room[24], *text = room + sizeof(room) - 1;
	uint64_t	 size = value < 0 ? 0 - (uint64_t)value :
			    (uint64_t)value;
	int		 len, sign = value < 0;

	*text = '\0';
	do {
		*--text = (char)('0' + size % 10);
	} while ((size /= 10) > 0);
	len = (int)(room + sizeof(room) - 1 - text) + sign;
	if (d.padding != '\0')
		padding = d.padding;
	if (d.width >= 0)
		width = d.width;
	if (padding == '-')
		width = 0;
	if (sign && padding == '0')
		buf_addc(out, '-');
	for (; len < width; len++)
		buf_addc(out, padding);
	if (sign && padding != '0')
		buf_addc(out, '-');
	buf_adds(out, text);
}

/* ISO 8601 week and its year. */
static int
iso_week(const struct fields *f, int64_t *year)
{
	int64_t	thursday = f->day - (f->wday + 6) % 7 + 3;
	struct fields	t;

	split((struct liquid_time){.seconds = thursday * 86400}, &t);
	*year = t.year;
	return (t.yday - 1) / 7 + 1;
}

static void
put_offset(const struct fields *f, struct directive d, struct buf *out)
{
	int32_t	offset = f->when.offset_s;
	int32_t	size = offset < 0 ? -offset : offset;
	char	text[24];
	int	width;

	if (d.colons == 1)
		(void)snprintf(text, sizeof(text), "%02d:%02d", size / 3600,
		    size / 60 % 60);
	else if (d.colons >= 2)
		(void)snprintf(text, sizeof(text), "%02d:%02d:%02d",
		    size / 3600, size / 60 % 60, size % 60);
	else
		(void)snprintf(text, sizeof(text), "%02d%02d", size / 3600,
		    size / 60 % 60);
	buf_addc(out, offset < 0 ? '-' : '+');
	for (width = (int)strlen(text) + 1; width < d.width; width++)
		buf_addc(out, '0');
	buf_adds(out, text);
}

/* Digits of the second's fraction: 3 or 9 unless a width says otherwise. */
static void
put_fraction(const struct fields *f, struct directive d, struct buf *out)
{
	char	text[16];
	int	width = d.width > 0 ? d.width : d.letter == 'L' ? 3 : 9;

	(void)snprintf(text, sizeof(text), "%09d", (int)f->when.nanos);
	for (int i = 0; i < width; i++)
		buf_addc(out, (char)(i < 9 ? text[i] : '0'));
}

static bool
put_names(const struct fields *f, struct directive d, struct buf *out)
{
	char		 text[16];
	const char	*name = NULL;
	bool		 half = d.letter == 'p' || d.letter == 'P';

	if (d.letter == 'A' || d.letter == 'a')
		name = weekdays[f->wday];
	else if (d.letter == 'B' || d.letter == 'b' || d.letter == 'h')
		name = months[f->month - 1];
	else if (half)
		name = d.letter == 'P' ? f->hour < 12 ? "am" : "pm" :
		    f->hour < 12 ? "AM" : "PM";
	else if (d.letter == 'Z')
		name = f->when.utc ? "UTC" : "";
	else if (d.letter == '%' || d.letter == 'n' || d.letter == 't')
		name = d.letter == '%' ? "%" : d.letter == 'n' ? "\n" : "\t";
	if (name == NULL)
		return false;
	(void)snprintf(text, sizeof(text), "%.*s", d.letter == 'a' ||
	    d.letter == 'b' || d.letter == 'h' ? 3 : 15, name);
	put_text(d, text, d.letter == 'p' || d.letter == 'Z', out);
	return true;
}

/* The letters of the calendar week, which cost a little more. */
static bool
put_week(const struct fields *f, struct directive d, struct buf *out)
{
	int64_t	year;
	int	week;

	if (d.letter != 'G' && d.letter != 'g' && d.letter != 'V')
		return false;
	week = iso_week(f, &year);
	if (d.letter == 'G')
		put_number(d, year, 4, '0', out);
	else
		put_number(d, d.letter == 'V' ? week :
		    (year % 100 + 100) % 100, 2, '0', out);
	return true;
}

static int64_t
number_of(const struct fields *f, char letter)
{
	switch (letter) {
	case 'Y': return f->year;
	case 'C': return floor_div(f->year, 100);
	case 'y': return (f->year % 100 + 100) % 100;
	case 'm': return f->month;
	case 'd': case 'e': return f->mday;
	case 'j': return f->yday;
	case 'H': case 'k': return f->hour;
	case 'I': case 'l': return f->hour % 12 == 0 ? 12 : f->hour % 12;
	case 'M': return f->minute;
	case 'S': return f->second;
	case 'u': return f->wday == 0 ? 7 : f->wday;
	case 'w': return f->wday;
	case 's': return f->when.seconds;
	case 'U': return (f->yday + 6 - f->wday) / 7;
	case 'W': return (f->yday + 6 - (f->wday + 6) % 7) / 7;
	default: return INT64_MIN;
	}
}

static bool
put_numbers(const struct fields *f, struct directive d, struct buf *out)
{
	int64_t	value = number_of(f, d.letter);
	int	width = 2;

	if (value == INT64_MIN)
		return put_week(f, d, out);
	if (d.letter == 'Y')
		width = f->year < 0 ? 5 : 4;
	else if (d.letter == 'j')
		width = 3;
	else if (strchr("uws", d.letter) != NULL)
		width = 1;
	put_number(d, value, width, strchr("ekl", d.letter) != NULL ? ' ' : '0',
	    out);
	return true;
}

static const char *
composed(char letter)
{
	static const struct {
		char		 letter;
		const char	*format;
	} formats[] = {
		{'c', "%a %b %e %H:%M:%S %Y"}, {'D', "%m/%d/%y"},
		{'x', "%m/%d/%y"}, {'F', "%Y-%m-%d"}, {'T', "%H:%M:%S"},
		{'X', "%H:%M:%S"}, {'R', "%H:%M"}, {'r', "%I:%M:%S %p"},
		{'v', "%e-%^b-%Y"}, {'+', "%a %b %e %H:%M:%S %Z %Y"},
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i].letter == letter)
			return formats[i].format;
	return NULL;
}

/* Flags, width, modifier and letter behind a '%'; where that ends. */
static size_t
directive(struct str s, size_t i, struct directive *d)
{
	*d = (struct directive){.width = -1};
	for (; i < s.len; i++) {
		if (s.p[i] == '-' || s.p[i] == '0' || s.p[i] == '_')
			d->padding = (char)(s.p[i] == '_' ? ' ' : s.p[i]);
		else if (s.p[i] == '^')
			d->upper = true;
		else if (s.p[i] == '#')
			d->swap = true;
		else if (s.p[i] == ':')
			d->colons++;
		else
			break;
	}
	for (; i < s.len && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
		d->width = (d->width < 0 ? 0 : d->width) * 10 + (s.p[i] - '0');
		if (d->width > WIDTH_MOST)
			d->width = WIDTH_MOST;
	}
	if (i < s.len && (s.p[i] == 'E' || s.p[i] == 'O'))
		i++;
	if (i >= s.len)
		return SIZE_MAX;
	d->letter = s.p[i];
	return i + 1;
}

static bool
put(const struct fields *f, struct directive d, struct buf *out)
{
	struct buf	 inner = BUF_INIT;
	const char	*format;

	if (put_numbers(f, d, out) || put_names(f, d, out))
		return true;
	if ((format = composed(d.letter)) != NULL) {
		liquid_strftime(f->when, str_of(format), &inner);
		put_text(d, buf_text(&inner), false, out);
		buf_fini(&inner);
	} else if (d.letter == 'z') {
		put_offset(f, d, out);
	} else if (d.letter == 'L' || d.letter == 'N') {
		put_fraction(f, d, out);
	} else {
		return false;
	}
	return true;
}

void
liquid_strftime(struct liquid_time when, struct str format, struct buf *out)
{
	struct directive	d;
	struct fields		f;
	size_t			end;

	split(when, &f);
	for (size_t i = 0; i < format.len; i++) {
		if (format.p[i] != '%' ||
		    (end = directive(format, i + 1, &d)) == SIZE_MAX) {
			buf_addc(out, format.p[i]);
			continue;
		}
		if (!put(&f, d, out))
			buf_addstr(out, liquid_cut(format, i, end));
		i = end - 1;
	}
}
