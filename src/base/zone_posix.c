/* SPDX-License-Identifier: ISC */
/*
 * The footer of a TZif file: a POSIX TZ text with the extensions of RFC 8536
 * section 3.3.1, such as `<-03>3<-02>,M3.5.0/-2,M10.5.0/-1`.
 */
#include "base/zone_impl.h"

#define DAY_S		86400
#define FIRST_YEAR	1900	/* for a file that has a footer only */

enum day_form { DAY_JULIAN, DAY_COUNTED, DAY_OF_WEEK };

struct rule_day {
	enum day_form	form;
	int		day;		/* Jn, n, or weekday with 0 = Sunday */
	int		week;
	int		month;
	int32_t		time_s;		/* may be negative or beyond 24 h */
};

struct posix {
	int32_t		std_s;		/* east of UTC */
	int32_t		dst_s;
	bool		has_dst;
	struct rule_day	start;
	struct rule_day	end;
};

static bool
take(struct str *s, char c)
{
	if (s->len == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->len--;
	return true;
}

static bool
take_number(struct str *s, int max, int *out)
{
	int	n = 0;
	size_t	i;

	for (i = 0; i < s->len && i < 4 && s->p[i] >= '0' && s->p[i] <= '9';
	    i++)
		n = n * 10 + (s->p[i] - '0');
	if (i == 0 || n > max)
		return false;
	s->p += i;
	s->len -= i;
	*out = n;
	return true;
}

static bool
is_name_char(char c, bool quoted)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-'));
}

static bool
take_name(struct str *s)
{
	bool	quoted = take(s, '<');
	size_t	len = 0;

	while (len < s->len && is_name_char(s->p[len], quoted))
		len++;
	s->p += len;
	s->len -= len;
	return len >= 3 && (!quoted || take(s, '>'));
}

/* [+-]hh[:mm[:ss]] */
static bool
take_hms(struct str *s, int max_hours, int32_t *out)
{
	int	sign = take(s, '-') ? -1 : 1;
	int	hours, minutes = 0, seconds = 0;

	if (sign == 1)
		(void)take(s, '+');
	if (!take_number(s, max_hours, &hours))
		return false;
	if (take(s, ':')) {
		if (!take_number(s, 59, &minutes))
			return false;
		if (take(s, ':') && !take_number(s, 59, &seconds))
			return false;
	}
	*out = sign * (hours * 3600 + minutes * 60 + seconds);
	return true;
}

static bool
take_month_day(struct str *s, struct rule_day *out)
{
	out->form = DAY_OF_WEEK;
	return take_number(s, 12, &out->month) && out->month >= 1 &&
	    take(s, '.') && take_number(s, 5, &out->week) && out->week >= 1 &&
	    take(s, '.') && take_number(s, 6, &out->day);
}

/* ,date[/time] */
static bool
take_rule(struct str *s, struct rule_day *out)
{
	bool	ok;

	out->time_s = 2 * 3600;
	if (!take(s, ','))
		return false;
	if (take(s, 'M')) {
		ok = take_month_day(s, out);
	} else if (take(s, 'J')) {
		out->form = DAY_JULIAN;
		ok = take_number(s, 365, &out->day) && out->day >= 1;
	} else {
		out->form = DAY_COUNTED;
		ok = take_number(s, 365, &out->day);
	}
	return ok && (!take(s, '/') || take_hms(s, 167, &out->time_s));
}

static bool
parse_posix(struct str s, struct posix *out)
{
	if (!take_name(&s) || !take_hms(&s, 24, &out->std_s))
		return false;
	out->std_s = -out->std_s;		/* POSIX counts west */
	out->has_dst = s.len > 0;
	if (!out->has_dst)
		return true;
	out->dst_s = -(out->std_s + 3600);
	if (!take_name(&s))
		return false;
	if (s.len > 0 && s.p[0] != ',' && !take_hms(&s, 24, &out->dst_s))
		return false;
	out->dst_s = -out->dst_s;
	return take_rule(&s, &out->start) && take_rule(&s, &out->end) &&
	    s.len == 0;
}

static int32_t
week_day(const struct rule_day *rule, int year)
{
	int32_t	first = date_day((struct date){year, rule->month, 1});
	int32_t	last = first + date_month_days(year, rule->month) - 1;
	int	wanted = (rule->day + 6) % 7;	/* as enum weekday */
	int32_t	day = first + (wanted - (int)date_weekday(first) + 7) % 7 +
		    7 * (rule->week - 1);

	return day > last ? day - 7 : day;
}

static int64_t
rule_instant(const struct rule_day *rule, int year, int32_t offset_s)
{
	int32_t	new_year = date_day((struct date){year, 1, 1});
	int32_t	day = 0;

	switch (rule->form) {
	case DAY_JULIAN:			/* 29 February is not counted */
		day = new_year + rule->day - 1 +
		    (rule->day >= 60 && date_is_leap(year));
		break;
	case DAY_COUNTED:
		day = new_year + rule->day;
		break;
	case DAY_OF_WEEK:
		day = week_day(rule, year);
		break;
	}
	return day * INT64_C(86400) + rule->time_s - offset_s;
}

static bool
add_year(struct zone *zone, const struct posix *posix, int year,
    int64_t after_s)
{
	struct zone_change	both[2] = {
		{rule_instant(&posix->start, year, posix->std_s), posix->dst_s},
		{rule_instant(&posix->end, year, posix->dst_s), posix->std_s}};
	size_t			first = both[1].at_s < both[0].at_s;

	for (size_t i = 0; i < 2; i++) {
		const struct zone_change	*c = &both[(first + i) % 2];

		if (c->at_s > after_s &&
		    !zone_add(zone, c->at_s, c->offset_s))
			return false;
	}
	return true;
}

bool
zone_extend(struct zone *zone, struct str footer, int64_t after_s,
    struct err *err)
{
	struct posix	posix;
	int64_t		limit_s = date_day((struct date){9000, 1, 1}) *
			    INT64_C(86400);
	int		year;

	if (!parse_posix(footer, &posix))
		return err_set(err, ERR_SYSTEM,
		    "broken time zone file: footer \"%.*s\"",
		    footer.len < 80 ? (int)footer.len : 80, footer.p);
	if (!posix.has_dst)
		return true;
	if (after_s == INT64_MIN)
		after_s = date_day((struct date){FIRST_YEAR, 1, 1}) *
		    INT64_C(86400);
	if (after_s < -limit_s || after_s > limit_s)
		return err_set(err, ERR_SYSTEM,
		    "broken time zone file: last transition out of range");
	year = date_of((int32_t)(after_s / DAY_S)).year;
	for (int y = year - 1; y <= year + CYCLE_YEARS + 4; y++)
		if (y >= 1 && !add_year(zone, &posix, y, after_s))
			return err_nomem(err);
	/* The last year's end waits for a beginning that may cancel it. */
	limit_s = date_day((struct date){year + CYCLE_YEARS + 3, 12, 1}) *
	    INT64_C(86400);
	while (zone->count > 0 &&
	    zone->changes[zone->count - 1].at_s > limit_s)
		zone->count--;
	zone->cycle_at_s = date_day(
	    (struct date){year + CYCLE_YEARS + 2, 1, 1}) * INT64_C(86400);
	return true;
}
