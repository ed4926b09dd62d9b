/* SPDX-License-Identifier: ISC */
#include "base/date.h"

bool
date_is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int
date_month_days(int year, int month)
{
	static const int	days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && date_is_leap(year) ? 29 : days[month - 1];
}

bool
date_is_valid(struct date date)
{
	return date.year >= 1 && date.year <= 9999 && date.month >= 1 &&
	    date.month <= 12 && date.mday >= 1 &&
	    date.mday <= date_month_days(date.year, date.month);
}

/*
 * Years are counted from March, so that the leap day ends them; an era is 400
 * years, 146097 days.
 */
int32_t
date_day(struct date date)
{
	int	year = date.month <= 2 ? date.year - 1 : date.year;
	int	era = year / 400;
	int	of_era = year - era * 400;
	int	month = (date.month + 9) % 12;
	int	of_year = (153 * month + 2) / 5 + date.mday - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - 719468;
}

struct date
date_of(int32_t day)
{
	int64_t		shifted = (int64_t)day + 719468;
	int64_t		era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int		of_era = (int)(shifted - era * 146097);
	int		year_of_era = (of_era - of_era / 1460 + of_era / 36524 -
			    of_era / 146096) / 365;
	int		of_year = of_era - (365 * year_of_era + year_of_era / 4 -
			    year_of_era / 100);
	int		month = (5 * of_year + 2) / 153;
	struct date	date;

	date.mday = of_year - (153 * month + 2) / 5 + 1;
	date.month = month < 10 ? month + 3 : month - 9;
	date.year = (int)(era * 400) + year_of_era + (date.month <= 2);
	return date;
}

enum weekday
date_weekday(int32_t day)
{
	int	n = (int)(((int64_t)day + 3) % 7);	/* day 0 was a Thursday */

	return (enum weekday)(n < 0 ? n + 7 : n);
}

int32_t
date_week_start(int32_t day)
{
	return day - (int32_t)date_weekday(day);
}

int
date_week(int32_t day, int *year_out)
{
	int32_t	thursday = date_week_start(day) + 3;
	int	year = date_of(thursday).year;

	*year_out = year;
	return (thursday - date_day((struct date){year, 1, 1})) / 7 + 1;
}

int32_t
date_easter(int year)
{
	int	a = year % 19, b = year / 100, c = year % 100;
	int	h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
	int	l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
	int	m = (a + 11 * h + 22 * l) / 451;
	int	n = h + l - 7 * m + 114;

	return date_day((struct date){year, n / 31, n % 31 + 1});
}

/* Exactly count digits at *p, which then moves behind them. */
static bool
digits(struct str *s, size_t count, int *out)
{
	int	n = 0;

	if (s->len < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		n = n * 10 + (s->p[i] - '0');
	}
	s->p += count;
	s->len -= count;
	*out = n;
	return true;
}

static bool
one_char(struct str *s, const char *any)
{
	if (s->len == 0 || s->p[0] == '\0' || strchr(any, s->p[0]) == NULL)
		return false;
	s->p++;
	s->len--;
	return true;
}

static bool
take_date(struct str *s, int32_t *day_out)
{
	struct date	date;

	if (!digits(s, 4, &date.year) || !one_char(s, "-") ||
	    !digits(s, 2, &date.month) || !one_char(s, "-") ||
	    !digits(s, 2, &date.mday) || !date_is_valid(date))
		return false;
	*day_out = date_day(date);
	return true;
}

bool
date_parse(struct str text, int32_t *day_out)
{
	int32_t	day;

	if (!take_date(&text, &day) || text.len != 0)
		return false;
	*day_out = day;
	return true;
}

/* HH:MM:SS[.fff...] as milliseconds of the day. */
static bool
take_time(struct str *s, int64_t *ms_out)
{
	int	hour, minute, second, digit, scale = 100, ms = 0;

	if (!digits(s, 2, &hour) || !one_char(s, ":") ||
	    !digits(s, 2, &minute) || !one_char(s, ":") ||
	    !digits(s, 2, &second) || hour > 23 || minute > 59 || second > 60)
		return false;
	if (s->len > 0 && s->p[0] == '.') {
		(void)one_char(s, ".");
		if (!digits(s, 1, &digit))
			return false;
		do {
			ms += digit * scale;
			scale /= 10;
		} while (digits(s, 1, &digit));
	}
	if (second == 60) {
		second = 59;
		ms = 999;
	}
	*ms_out = ((int64_t)hour * 3600 + minute * 60 + second) * 1000 + ms;
	return true;
}

static bool
take_offset(struct str *s, int64_t *ms_out)
{
	int	hour, minute, sign;

	if (one_char(s, "Zz")) {
		*ms_out = 0;
		return true;
	}
	sign = s->len > 0 && s->p[0] == '-' ? -1 : 1;
	if (!one_char(s, "+-") || !digits(s, 2, &hour) || !one_char(s, ":") ||
	    !digits(s, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*ms_out = sign * (hour * HOUR_MS + minute * MINUTE_MS);
	return true;
}

bool
instant_parse(struct str text, int64_t *ms_out)
{
	int32_t	day;
	int64_t	of_day, offset;

	if (!take_date(&text, &day) || !one_char(&text, "Tt ") ||
	    !take_time(&text, &of_day) || !take_offset(&text, &offset) ||
	    text.len != 0)
		return false;
	*ms_out = day * DAY_MS + of_day - offset;
	return true;
}

char *
date_text(int32_t day, char text[static 16])
{
	struct date	date = date_of(day);

	(void)snprintf(text, 16, "%04d-%02d-%02d", date.year % 10000,
	    date.month, date.mday);
	return text;
}

void
date_format(int32_t day, struct buf *out)
{
	char	text[16];

	buf_adds(out, date_text(day, text));
}

struct civil
instant_civil(int64_t ms, int32_t offset_s)
{
	int64_t		local = ms + offset_s * SECOND_MS;
	int64_t		day = local / DAY_MS;
	int64_t		rest = local % DAY_MS;
	struct civil	civil;

	if (rest < 0) {
		day--;
		rest += DAY_MS;
	}
	civil.day = (int32_t)day;
	civil.second = (int32_t)(rest / SECOND_MS);
	return civil;
}

void
instant_format(int64_t ms, int32_t offset_s, struct buf *out)
{
	struct civil	civil = instant_civil(ms, offset_s);
	int		fraction = (int)(((ms % 1000) + 1000) % 1000);
	int		minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;

	date_format(civil.day, out);
	buf_addf(out, "T%02d:%02d:%02d", civil.second / 3600,
	    civil.second / 60 % 60, civil.second % 60);
	if (fraction != 0)
		buf_addf(out, ".%03d", fraction);
	if (offset_s == 0)
		buf_addc(out, 'Z');
	else
		buf_addf(out, "%c%02d:%02d", offset_s < 0 ? '-' : '+',
		    minutes / 60, minutes % 60);
}
