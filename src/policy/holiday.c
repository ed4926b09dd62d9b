/* SPDX-License-Identifier: ISC */
#include "policy/holiday.h"

#include "policy/calendar_text.h"

#define YEARS_MAX	((size_t)64)

static bool
parse_easter(struct str *s, struct holiday_rule *rule)
{
	int	sign;

	if (!text_char(s, 'E'))
		return false;
	rule->kind = HOLIDAY_EASTER;
	if (s->len == 0 || (s->p[0] != '+' && s->p[0] != '-'))
		return true;			/* Easter Sunday itself */
	sign = s->p[0] == '-' ? -1 : 1;
	if ((!text_char(s, '+') && !text_char(s, '-')) ||
	    !text_number(s, &rule->offset) || rule->offset > 200)
		return false;
	rule->offset *= sign;
	return true;
}

/* M>=01-06, TUE>=11-02 */
static bool
parse_on_or_after(struct str *s, struct holiday_rule *rule)
{
	struct str	rest = *s;

	if (!text_weekday(&rest, &rule->weekday)) {
		if (!text_char(&rest, 'M'))
			return false;
		rule->weekday = MON;
	}
	if (!text_word(&rest, ">=") ||
	    !text_month_day(&rest, &rule->month, &rule->mday))
		return false;
	rule->kind = HOLIDAY_ON_OR_AFTER;
	*s = rest;
	return true;
}

/* 3MON-03, lastMON-05 */
static bool
parse_nth(struct str *s, struct holiday_rule *rule)
{
	struct str	rest = *s;

	if (text_word(&rest, "last"))
		rule->kind = HOLIDAY_LAST;
	else if (text_digits(&rest, 1, &rule->nth) && rule->nth >= 1 &&
	    rule->nth <= 5)
		rule->kind = HOLIDAY_NTH;
	else
		return false;
	if (!text_weekday(&rest, &rule->weekday) || !text_char(&rest, '-') ||
	    !text_digits(&rest, 2, &rule->month) || rule->month < 1 ||
	    rule->month > 12)
		return false;
	*s = rest;
	return true;
}

static bool
parse_day(struct str *s, struct holiday_rule *rule)
{
	rule->kind = HOLIDAY_FIXED;
	return text_month_day(s, &rule->month, &rule->mday) ||
	    parse_easter(s, rule) || parse_on_or_after(s, rule) ||
	    parse_nth(s, rule);
}

/* tue<mon,fri>mon) */
static bool
parse_shifts(struct str *s, signed char *shifts)
{
	do {
		enum weekday	from, to;
		bool		back;

		if (!text_weekday(s, &from))
			return false;
		back = text_char(s, '<');
		if ((!back && !text_char(s, '>')) || !text_weekday(s, &to) ||
		    from == to || shifts[from] != 0)
			return false;
		shifts[from] = (signed char)(back ?
		    -((int)from - (int)to + 7) % 7 :
		    ((int)to - (int)from + 7) % 7);
	} while (text_char(s, ','));
	return text_char(s, ')');
}

static bool
parse_on(struct str *s, unsigned *mask)
{
	do {
		enum weekday	day;

		if (!text_weekday(s, &day))
			return false;
		*mask |= 1u << day;
	} while (text_char(s, ','));
	return text_char(s, ')');
}

/* 2022,2026-2027) */
static bool
parse_years(struct str *s, struct arena *arena, struct holiday_rule *rule,
    bool *nomem)
{
	struct holiday_years	*years;
	size_t			 n = 0;

	years = arena_array(arena, YEARS_MAX, sizeof(*years));
	if ((*nomem = years == NULL))
		return false;
	do {
		if (n == YEARS_MAX || !text_digits(s, 4, &years[n].first))
			return false;
		years[n].last = years[n].first;
		if (text_char(s, '-') && (!text_digits(s, 4, &years[n].last) ||
		    years[n].last < years[n].first))
			return false;
		n++;
	} while (text_char(s, ','));
	rule->years = years;
	rule->year_count = n;
	return text_char(s, ')');
}

static bool
parse_every(struct str *s, struct holiday_rule *rule)
{
	text_blanks(s);
	return text_number(s, &rule->every) && rule->every >= 1;
}

static bool
parse_year(struct str *s, int *year)
{
	text_blanks(s);
	return text_digits(s, 4, year);
}

static bool
parse_word(struct str *s, struct arena *arena, struct holiday_rule *rule,
    bool *nomem)
{
	if (text_word(s, "optional")) {
		rule->is_optional = true;
		return true;
	}
	if (text_word(s, "since "))
		return parse_year(s, &rule->since);
	if (text_word(s, "until "))
		return parse_year(s, &rule->until);
	if (text_word(s, "every "))
		return parse_every(s, rule);
	if (text_word(s, "on("))
		return parse_on(s, &rule->on);
	if (text_word(s, "move("))
		return parse_shifts(s, rule->move);
	if (text_word(s, "also("))
		return parse_shifts(s, rule->also);
	if (text_word(s, "years("))
		return parse_years(s, arena, rule, nomem);
	return false;
}

static bool
parse_words(struct str *s, struct arena *arena, struct holiday_rule *rule,
    struct err *err)
{
	bool	nomem = false;

	while (text_blanks(s), s->len > 0) {
		struct str	word = *s;

		if (!parse_word(s, arena, rule, &nomem) ||
		    (s->len > 0 && s->p[0] != ' ' && s->p[0] != '\t'))
			return nomem ? err_nomem(err) : err_set(err, ERR_INPUT,
			    "\"%.*s\" is not one of optional, since YYYY, "
			    "until YYYY, every N, years(YYYY,...), on(mon,...), "
			    "move(tue<mon,...), also(sat>mon,...)",
			    word.len < 60 ? (int)word.len : 60, word.p);
	}
	if (rule->every != 1 && rule->since == HOLIDAY_YEAR_MIN)
		return err_set(err, ERR_INPUT,
		    "\"every\" counts from a year: add since YYYY");
	return true;
}

bool
holiday_parse(struct arena *arena, struct calendar_line line,
    struct holiday_rule *out, struct err *err)
{
	struct str		text = str_of(line.text);
	struct str		left = str_trim(text_until(&text, ":"));
	struct str		rest = left;
	struct holiday_rule	rule = {.since = HOLIDAY_YEAR_MIN,
				    .until = HOLIDAY_YEAR_MAX + 1, .every = 1};

	if (!text_char(&text, ':') || str_trim(text).len == 0)
		return err_set(err, ERR_INPUT, "a holiday needs a name behind "
		    "a colon: \"%.*s: Name\"",
		    left.len < 100 ? (int)left.len : 100, left.p);
	text = str_trim(text);
	if (!parse_day(&rest, &rule))
		return err_set(err, ERR_INPUT, "\"%.*s\" does not begin with a "
		    "day such as 05-01, E-2, M>=01-06, 3MON-11 or lastMON-05",
		    left.len < 100 ? (int)left.len : 100, left.p);
	if (!parse_words(&rest, arena, &rule, err))
		return false;
	rule.name = arena_copy(arena, text.p, text.len);
	rule.rule = arena_copy(arena, left.p, left.len);
	rule.place = arena_strdup(arena, line.place);
	if (rule.name == NULL || rule.rule == NULL || rule.place == NULL)
		return err_nomem(err);
	*out = rule;
	return true;
}

static bool
holds_in(const struct holiday_rule *rule, int year)
{
	if (year < rule->since || year > rule->until ||
	    (year - rule->since) % rule->every != 0)
		return false;
	for (size_t i = 0; i < rule->year_count; i++)
		if (year >= rule->years[i].first && year <= rule->years[i].last)
			return true;
	return rule->year_count == 0;
}

static int32_t
next_weekday(int32_t day, enum weekday weekday)
{
	return day + ((int)weekday - (int)date_weekday(day) + 7) % 7;
}

/* DAY_NONE for a 29 February or a fifth Monday that the year lacks. */
static int32_t
plain_day(const struct holiday_rule *rule, int year)
{
	struct date	date = {year, rule->month, rule->mday};
	int32_t		day;

	switch (rule->kind) {
	case HOLIDAY_EASTER:
		return date_easter(year) + rule->offset;
	case HOLIDAY_FIXED:
		return date_is_valid(date) ? date_day(date) : DAY_NONE;
	case HOLIDAY_ON_OR_AFTER:
		if (!date_is_valid(date))
			date.mday = 28;		/* 29 February: the day after */
		day = date_day(date) + (date.mday != rule->mday);
		return next_weekday(day, rule->weekday);
	case HOLIDAY_NTH:
		date.mday = 1;
		day = next_weekday(date_day(date), rule->weekday) +
		    7 * (rule->nth - 1);
		return date_of(day).month == rule->month ? day : DAY_NONE;
	case HOLIDAY_LAST:
		date.mday = date_month_days(year, rule->month);
		return next_weekday(date_day(date) - 6, rule->weekday);
	}
	return DAY_NONE;
}

int
holiday_days(const struct holiday_rule *rule, int year, int32_t days[static 2])
{
	int32_t		day;
	enum weekday	weekday;

	if (!holds_in(rule, year) || (day = plain_day(rule, year)) == DAY_NONE)
		return 0;
	weekday = date_weekday(day);
	if (rule->on != 0 && (rule->on & 1u << weekday) == 0)
		return 0;
	days[0] = day + rule->move[weekday];
	if (rule->also[weekday] == 0)
		return 1;
	days[1] = day + rule->also[weekday];
	return 2;
}
