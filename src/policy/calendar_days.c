/* SPDX-License-Identifier: ISC */
/* A calendar's holidays: from rules and decrees to days. */
#include "policy/calendar_impl.h"

#include "base/json.h"

/* One day that one rule or decree makes. */
struct found {
	int32_t	day;
	size_t	source;			/* index among rules, then decrees */
	bool	by_rule;
};

struct found_list {
	struct found	*items;
	size_t		 count;
	size_t		 cap;
};

static bool
is_optional(const struct calendar *c, size_t source)
{
	return source < c->rule_count ? c->rules[source].is_optional :
	    c->decrees[source - c->rule_count].is_optional;
}

static const char *
source_rule(const struct calendar *c, size_t source)
{
	return source < c->rule_count ? c->rules[source].rule :
	    c->decrees[source - c->rule_count].rule;
}

static const char *
source_name(const struct calendar *c, size_t source)
{
	return source < c->rule_count ? c->rules[source].name :
	    c->decrees[source - c->rule_count].name;
}

static const char *
source_place(const struct calendar *c, size_t source)
{
	return source < c->rule_count ? c->rules[source].place :
	    c->decrees[source - c->rule_count].place;
}

/* The list was made long enough for every rule and decree. */
static void
add(struct found_list *list, int32_t day, size_t source, bool by_rule)
{
	if (list->count < list->cap)
		list->items[list->count++] = (struct found){day, source,
		    by_rule};
}

static void
drop(struct found_list *list, int32_t day)
{
	size_t	kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].day != day || !list->items[i].by_rule)
			list->items[kept++] = list->items[i];
	list->count = kept;
}

static void
follow_decree(struct found_list *list, const struct calendar *c, size_t i)
{
	const struct decree	*decree = &c->decrees[i];

	if (decree->kind != DECREE_ADD)
		drop(list, decree->day);
	if (decree->kind != DECREE_DROP)
		add(list, decree->kind == DECREE_MOVE ? decree->to_day :
		    decree->day, c->rule_count + i, false);
}

/*
 * All days that fall into the year.  Rules of the neighbour years are asked
 * too, for moves across New Year.
 */
static void
find_year(const struct calendar *c, int year, struct found_list *list)
{
	int32_t	first = date_day((struct date){year, 1, 1});
	int32_t	last = date_day((struct date){year, 12, 31});
	size_t	kept = 0;

	list->count = 0;
	for (int y = year - 1; y <= year + 1; y++)
		for (size_t i = 0; i < c->rule_count; i++) {
			int32_t	days[2];
			int	n = holiday_days(&c->rules[i], y, days);

			for (int k = 0; k < n; k++)
				if (days[k] >= first && days[k] <= last)
					add(list, days[k], i, true);
		}
	for (size_t i = 0; i < c->decree_count; i++)
		follow_decree(list, c, i);
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].day >= first && list->items[i].day <= last)
			list->items[kept++] = list->items[i];
	list->count = kept;
}

/* Room for find_year: two days a rule and year, one a decree. */
static bool
list_init(struct found_list *list, const struct calendar *c,
    struct arena *arena)
{
	list->count = 0;
	list->cap = c->rule_count * 6 + c->decree_count;
	list->items = arena_array(arena, list->cap, sizeof(*list->items));
	return list->items != NULL;
}

bool
calendar_lay_out(struct calendar *calendar, struct arena *arena,
    struct err *err)
{
	int32_t			 first, last;
	uint16_t		*days;
	struct found_list	 list;

	first = date_day((struct date){CALENDAR_FIRST_YEAR, 1, 1});
	last = date_day((struct date){CALENDAR_LAST_YEAR, 12, 31});
	if (calendar->rule_count + calendar->decree_count >= UINT16_MAX)
		return err_set(err, ERR_INPUT, "%s: %s has more than %d "
		    "holidays", calendar->place, calendar->code, UINT16_MAX);
	days = arena_array(arena, (size_t)(last - first) + 1, sizeof(*days));
	if (days == NULL || !list_init(&list, calendar, arena))
		return err_nomem(err);
	for (int year = CALENDAR_FIRST_YEAR; year <= CALENDAR_LAST_YEAR;
	    year++) {
		find_year(calendar, year, &list);
		for (size_t i = 0; i < list.count; i++) {
			uint16_t	*day = &days[list.items[i].day - first];

			if (*day == 0 &&
			    !is_optional(calendar, list.items[i].source))
				*day = (uint16_t)(list.items[i].source + 1);
		}
	}
	calendar->days = days;
	return true;
}

/*
 * For years that are not laid out, without memory: the last decree for the
 * day decides, else the rules.  Index + 1 of what closes, 0 for none.
 */
static size_t
work_out(const struct calendar *c, int32_t day)
{
	int	year = date_of(day).year;
	bool	rules_hold = true;
	size_t	found = 0;

	for (size_t i = 0; i < c->decree_count; i++) {
		const struct decree	*d = &c->decrees[i];

		rules_hold = rules_hold && (d->kind == DECREE_ADD ||
		    d->day != day);
		if (!d->is_optional && found == 0 &&
		    ((d->kind == DECREE_ADD && d->day == day) ||
		    (d->kind == DECREE_MOVE && d->to_day == day)))
			found = c->rule_count + i + 1;
	}
	for (size_t i = 0; rules_hold && i < c->rule_count; i++)
		for (int y = year - 1; y <= year + 1; y++) {
			int32_t	days[2];
			int	n = holiday_days(&c->rules[i], y, days);

			for (int k = 0; k < n; k++)
				if (days[k] == day && !c->rules[i].is_optional)
					return i + 1;
		}
	return found;
}

static size_t
closing(const struct calendar *c, int32_t day)
{
	static const struct date	first = {CALENDAR_FIRST_YEAR, 1, 1};
	static const struct date	last = {CALENDAR_LAST_YEAR, 12, 31};
	static const struct date	least = {HOLIDAY_YEAR_MIN + 1, 1, 1};
	static const struct date	most = {HOLIDAY_YEAR_MAX, 12, 31};

	if (day >= date_day(first) && day <= date_day(last))
		return c->days[day - date_day(first)];
	if (day < date_day(least) || day > date_day(most))
		return 0;
	return work_out(c, day);
}

bool
calendar_is_holiday(const struct calendar *calendar, int32_t day)
{
	return closing(calendar, day) != 0;
}

bool
calendar_holiday_on(const struct calendar *calendar, int32_t day,
    const char **rule_out, const char **place_out)
{
	size_t	source = closing(calendar, day);

	if (source == 0)
		return false;
	*rule_out = source_rule(calendar, source - 1);
	*place_out = source_place(calendar, source - 1);
	return true;
}

const struct day_hours *
calendar_hours_on(const struct calendar *calendar, int32_t day,
    bool *is_holiday)
{
	const struct day_hours	*holiday = &calendar->hours[HOURS_HOLIDAY];

	*is_holiday = holiday->text != NULL &&
	    calendar_is_holiday(calendar, day);
	return *is_holiday ? holiday : &calendar->hours[date_weekday(day)];
}

bool
calendar_opens_in(const struct calendar *calendar, int year)
{
	int32_t	last = date_day((struct date){year, 12, 31});
	bool	is_holiday;

	for (int32_t day = date_day((struct date){year, 1, 1}); day <= last;
	    day++)
		if (calendar_hours_on(calendar, day, &is_holiday)->count > 0)
			return true;
	return false;
}

static int
by_day(const void *a, const void *b)
{
	const struct found	*x = a, *y = b;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	return x->source < y->source ? -1 : x->source > y->source;
}

static const char *
join(struct arena *arena, const char *before, const char *more)
{
	return strcmp(before, more) == 0 ? before :
	    arena_printf(arena, "%s / %s", before, more);
}

bool
calendar_holidays(const struct calendar *calendar, int year,
    struct arena *arena, struct calendar_holiday **out, size_t *count,
    struct err *err)
{
	struct found_list	 list;
	struct calendar_holiday	*all;
	size_t			 n = 0;

	if (year < HOLIDAY_YEAR_MIN + 1 || year > HOLIDAY_YEAR_MAX - 1)
		return err_set(err, ERR_INPUT, "year %d is not from %d to %d",
		    year, HOLIDAY_YEAR_MIN + 1, HOLIDAY_YEAR_MAX - 1);
	if (!list_init(&list, calendar, arena) || (all = arena_array(arena,
	    list.cap, sizeof(*all))) == NULL)
		return err_nomem(err);
	find_year(calendar, year, &list);
	if (list.count > 0)
		qsort(list.items, list.count, sizeof(*list.items), by_day);
	for (size_t i = 0; i < list.count; i++) {
		size_t			 source = list.items[i].source;
		struct calendar_holiday	 one = {list.items[i].day,
		    source_name(calendar, source),
		    source_rule(calendar, source),
		    source_place(calendar, source),
		    is_optional(calendar, source)};

		if (n == 0 || all[n - 1].day != one.day) {
			all[n++] = one;
			continue;
		}
		all[n - 1].name = join(arena, all[n - 1].name, one.name);
		all[n - 1].rule = join(arena, all[n - 1].rule, one.rule);
		all[n - 1].optional = all[n - 1].optional && one.optional;
		if (all[n - 1].name == NULL || all[n - 1].rule == NULL)
			return err_nomem(err);
	}
	*out = all;
	*count = n;
	return true;
}

bool
calendar_json(const struct calendar *calendar, int year, struct buf *out,
    struct err *err)
{
	struct arena		*arena = arena_new();
	struct calendar_holiday	*days;
	size_t			 count;
	char			 text[16];
	bool			 ok = false;

	if (arena == NULL)
		return err_nomem(err);
	if (!calendar_holidays(calendar, year, arena, &days, &count, err))
		goto done;
	for (size_t i = 0; i < count; i++) {
		json_open(out, '{');
		json_key(out, "date");
		json_text(out, date_text(days[i].day, text));
		json_key(out, "name");
		json_text(out, days[i].name);
		json_key(out, "rule");
		json_text(out, days[i].rule);
		json_key(out, "optional");
		json_bool(out, days[i].optional);
		json_close(out, '}');
		buf_addc(out, '\n');
	}
	ok = buf_check(out, err);
done:
	arena_free(&arena);
	return ok;
}
