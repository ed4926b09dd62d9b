/* SPDX-License-Identifier: ISC */
#include "policy/calendar_impl.h"

#include "policy/calendar_text.h"

struct calendars *
calendars_new(void)
{
	struct calendars	*calendars = calloc(1, sizeof(*calendars));

	if (calendars == NULL)
		return NULL;
	if ((calendars->arena = arena_new()) == NULL) {
		free(calendars);
		return NULL;
	}
	return calendars;
}

void
calendars_free(struct calendars **calendars)
{
	if (*calendars == NULL)
		return;
	arena_free(&(*calendars)->arena);
	free((*calendars)->sorted);
	free(*calendars);
	*calendars = NULL;
}

/* Where code is among the sorted, or where it belongs. */
static size_t
place_of(const struct calendars *calendars, const char *code, bool *found)
{
	size_t	low = 0, high = calendars->count;

	*found = false;
	while (low < high) {
		size_t	middle = low + (high - low) / 2;
		int	order = strcmp(calendars->sorted[middle]->code, code);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct calendar *
find_code(const struct calendars *calendars, const char *code)
{
	bool	found;
	size_t	at = place_of(calendars, code, &found);

	return found ? calendars->sorted[at] : NULL;
}

/* CO, US-NY-NYC */
static bool
is_code(const char *code)
{
	size_t	len = strlen(code);

	if (len < 2 || len > CALENDAR_CODE_MAX || len == 3)
		return false;
	for (size_t i = 0; i < len; i++) {
		char	c = code[i];
		bool	is_letter = c >= 'A' && c <= 'Z';

		if (i < 2 ? !is_letter : !is_letter &&
		    !(c >= '0' && c <= '9') && (c != '-' || code[i - 1] == '-'))
			return false;
	}
	return len == 2 || (code[2] == '-' && code[len - 1] != '-');
}

static bool
add_hours(struct calendar *c, const struct calendar_pack *pack,
    struct arena *arena, struct err *err)
{
	static const char *const	names[] = {"mon", "tue", "wed", "thu",
	    "fri", "sat", "sun"};

	c->has_hours = pack->hours.count > 0;
	for (size_t i = 0; i < pack->hours.count; i++)
		if (!calendar_parse_hours(arena, pack->hours.line[i], c->hours,
		    err))
			return err_in(err, "%s", pack->hours.line[i].place);
	for (int i = 0; c->has_hours && i < HOURS_HOLIDAY; i++)
		if (c->hours[i].text == NULL)
			return err_set(err, ERR_INPUT, "%s: the hours of %s say "
			    "nothing about %s; \"%s none\" closes it",
			    pack->hours.line[0].place, c->code, names[i],
			    names[i]);
	return true;
}

static bool
add_holidays(struct calendar *c, const struct calendar_pack *pack,
    struct arena *arena, struct err *err)
{
	size_t	count = pack->holidays.count;

	c->rules = arena_array(arena, count, sizeof(*c->rules));
	c->dropped = arena_array(arena, count, sizeof(*c->dropped));
	if (c->rules == NULL || c->dropped == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		struct calendar_line	line = pack->holidays.line[i];
		struct str		text = str_trim(str_of(line.text));

		if (text_word(&text, "drop ")) {
			text = str_trim(text);
			c->dropped[c->dropped_count] = arena_copy(arena,
			    text.p, text.len);
			if (c->dropped[c->dropped_count++] == NULL)
				return err_nomem(err);
		} else if (!holiday_parse(arena, line,
		    &c->rules[c->rule_count++], err)) {
			return err_in(err, "%s", line.place);
		}
	}
	return true;
}

static bool
add_caps(struct calendar *c, const struct calendar_pack *pack,
    struct arena *arena, struct err *err)
{
	c->caps = arena_array(arena, pack->caps.count, sizeof(*c->caps));
	c->locks = arena_array(arena, pack->lock.count, sizeof(*c->locks));
	if (c->caps == NULL || c->locks == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < pack->caps.count; i++) {
		if (!calendar_parse_cap(arena, pack->caps.line[i], &c->caps[i],
		    err))
			return err_in(err, "%s", pack->caps.line[i].place);
		c->caps[i].for_business = pack->scope_all;
	}
	c->cap_count = pack->caps.count;
	for (size_t i = 0; i < pack->lock.count; i++) {
		const struct calendar_line	*line = &pack->lock.line[i];
		struct lock_rule		*lock = &c->locks[i];

		if (strcmp(line->text, "isoweek") != 0)
			return err_set(err, ERR_INPUT, "%s: lock \"%.100s\" is "
			    "unknown; the only one is \"isoweek\"",
			    line->place, line->text);
		lock->for_business = pack->scope_all;
		lock->text = "lock isoweek";
		if ((lock->place = arena_strdup(arena, line->place)) == NULL)
			return err_nomem(err);
	}
	c->lock_count = pack->lock.count;
	return true;
}

static bool
make_room(struct calendars *calendars, struct err *err)
{
	struct calendar	**grown;
	size_t		  cap = calendars->cap == 0 ? 32 : calendars->cap * 2;

	if (calendars->count < calendars->cap)
		return true;
	grown = reallocarray(calendars->sorted, cap, sizeof(struct calendar *));
	if (grown == NULL)
		return err_nomem(err);
	calendars->sorted = grown;
	calendars->cap = cap;
	return true;
}

bool
calendars_add(struct calendars *calendars, const struct calendar_pack *pack,
    struct err *err)
{
	struct arena	*arena = calendars->arena;
	struct calendar	*c;
	bool		 found;
	size_t		 at;

	if (calendars->sealed)
		return err_set(err, ERR_SYSTEM, "calendars are sealed");
	if (!is_code(pack->code))
		return err_set(err, ERR_INPUT, "%s: \"%.40s\" is not a country "
		    "or region such as CO or US-NY-NYC", pack->place,
		    pack->code);
	at = place_of(calendars, pack->code, &found);
	if (found)
		return err_set(err, ERR_INPUT, "%s: %s stands in %s already",
		    pack->place, pack->code, calendars->sorted[at]->place);
	if (!make_room(calendars, err))
		return false;
	if ((c = arena_alloc(arena, sizeof(*c))) == NULL ||
	    (c->place = arena_strdup(arena, pack->place)) == NULL)
		return err_nomem(err);
	memcpy(c->code, pack->code, strlen(pack->code) + 1);
	if (!add_hours(c, pack, arena, err) ||
	    !add_holidays(c, pack, arena, err) ||
	    !add_caps(c, pack, arena, err))
		return false;
	memmove(calendars->sorted + at + 1, calendars->sorted + at,
	    (calendars->count - at) * sizeof(struct calendar *));
	calendars->sorted[at] = c;
	calendars->count++;
	return true;
}

bool
calendars_override(struct calendars *calendars, const char *code,
    struct calendar_line line, struct err *err)
{
	struct calendar	*c = find_code(calendars, code);
	struct decree	*grown;

	if (calendars->sealed)
		return err_set(err, ERR_SYSTEM, "calendars are sealed");
	if (c == NULL)
		return err_set(err, ERR_INPUT, "%s: there is no calendar "
		    "\"%.40s\"", line.place, code);
	if (c->decree_count == c->decree_cap) {
		size_t	cap = c->decree_cap == 0 ? 16 : c->decree_cap * 2;

		grown = arena_array(calendars->arena, cap, sizeof(*grown));
		if (grown == NULL)
			return err_nomem(err);
		if (c->decree_count > 0)
			memcpy(grown, c->decrees,
			    c->decree_count * sizeof(*grown));
		c->decrees = grown;
		c->decree_cap = cap;
	}
	if (!calendar_parse_decree(calendars->arena, line,
	    &c->decrees[c->decree_count], err))
		return err_in(err, "%s", line.place);
	c->decree_count++;
	return true;
}

/* Of US-NY-NYC: US-NY, or US when that is not there.  NULL for none. */
static struct calendar *
parent_of(const struct calendars *calendars, const struct calendar *c)
{
	char		 code[CALENDAR_CODE_MAX + 1];
	char		*dash;
	struct calendar	*parent;

	memcpy(code, c->code, sizeof(code));
	while ((dash = strrchr(code, '-')) != NULL) {
		*dash = '\0';
		if ((parent = find_code(calendars, code)) != NULL)
			return parent;
	}
	return NULL;
}

static bool
is_dropped(const struct calendar *c, const char *rule)
{
	for (size_t i = 0; i < c->dropped_count; i++)
		if (strcmp(c->dropped[i], rule) == 0)
			return true;
	return false;
}

static bool
check_dropped(const struct calendar *c, const struct calendar *parent,
    struct err *err)
{
	for (size_t i = 0; i < c->dropped_count; i++) {
		bool	found = false;

		for (size_t k = 0; parent != NULL && k < parent->rule_count; k++)
			found = found || strcmp(parent->rules[k].rule,
			    c->dropped[i]) == 0;
		if (!found)
			return err_set(err, ERR_INPUT, "%s: %s drops the "
			    "holiday \"%.60s\", which it was not to have",
			    c->place, c->code, c->dropped[i]);
	}
	return true;
}

/* The parent's items before the region's own. */
#define JOIN(arena, own, own_count, theirs, their_count) \
	join_arrays((arena), (own), (own_count), (theirs), (their_count), \
	    sizeof(*(own)))

static void *
join_arrays(struct arena *arena, const void *own, size_t own_count,
    const void *theirs, size_t their_count, size_t size)
{
	char	*all = arena_array(arena, own_count + their_count, size);

	if (all == NULL)
		return NULL;
	if (their_count > 0)
		memcpy(all, theirs, their_count * size);
	if (own_count > 0)
		memcpy(all + their_count * size, own, own_count * size);
	return all;
}

static void
take_hours(struct calendar *c, const struct calendar *parent)
{
	struct day_hours	*holiday = &c->hours[HOURS_HOLIDAY];

	if (!c->has_hours)
		memcpy(c->hours, parent->hours, sizeof(c->hours));
	else if (holiday->text == NULL)
		*holiday = parent->hours[HOURS_HOLIDAY];
	c->has_hours = true;
}

static bool
take_over(struct calendar *c, const struct calendar *parent,
    struct arena *arena, struct err *err)
{
	size_t	kept = 0, own = c->rule_count;

	take_hours(c, parent);
	c->rules = JOIN(arena, c->rules, own, parent->rules,
	    parent->rule_count);
	c->decrees = JOIN(arena, c->decrees, c->decree_count, parent->decrees,
	    parent->decree_count);
	c->caps = JOIN(arena, c->caps, c->cap_count, parent->caps,
	    parent->cap_count);
	c->locks = JOIN(arena, c->locks, c->lock_count, parent->locks,
	    parent->lock_count);
	if (c->rules == NULL || c->decrees == NULL || c->caps == NULL ||
	    c->locks == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < parent->rule_count + own; i++)
		if (i >= parent->rule_count ||
		    !is_dropped(c, c->rules[i].rule))
			c->rules[kept++] = c->rules[i];
	c->rule_count = kept;
	c->decree_count += parent->decree_count;
	c->decree_cap = c->decree_count;
	c->cap_count += parent->cap_count;
	c->lock_count += parent->lock_count;
	return true;
}

static bool
seal_one(struct calendars *calendars, struct calendar *c, struct err *err)
{
	const struct calendar	*parent = parent_of(calendars, c);
	bool			 own_days = c->rule_count > 0 ||
				    c->dropped_count > 0 || c->decree_count > 0;

	if (parent == NULL && strlen(c->code) > 2)
		return err_set(err, ERR_INPUT, "%s: %s is there without its "
		    "country %.2s", c->place, c->code, c->code);
	if (!check_dropped(c, parent, err))
		return false;
	if (parent != NULL && !take_over(c, parent, calendars->arena, err))
		return false;
	if (!c->has_hours)
		return err_set(err, ERR_INPUT, "%s: %s has no hours", c->place,
		    c->code);
	if (parent != NULL && !own_days)
		c->days = parent->days;
	else if (!calendar_lay_out(c, calendars->arena, err))
		return false;
	for (int year = CALENDAR_FIRST_YEAR; year <= CALENDAR_LAST_YEAR; year++)
		if (!calendar_opens_in(c, year))
			return err_set(err, ERR_INPUT, "%s: %s has no lawful "
			    "instant in %d: every day is closed", c->place,
			    c->code, year);
	return true;
}

bool
calendars_seal(struct calendars *calendars, struct err *err)
{
	if (find_code(calendars, CALENDAR_FAILSAFE) == NULL)
		return err_set(err, ERR_INPUT, "calendars: the fail-safe "
		    "profile %s is missing", CALENDAR_FAILSAFE);
	if (calendars->sealed)
		return err_set(err, ERR_SYSTEM, "calendars are sealed");
	/* A code sorts behind its own beginnings: parents come first. */
	for (size_t i = 0; i < calendars->count; i++)
		if (!seal_one(calendars, calendars->sorted[i], err))
			return false;
	calendars->sealed = true;
	return true;
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Country, dash and region in capitals; what does not fit names nothing. */
static bool
make_code(struct str country, struct str region,
    char code[static CALENDAR_CODE_MAX + 1])
{
	size_t	len = 0;

	if (country.len != 2 || region.len + 3 > CALENDAR_CODE_MAX ||
	    memchr(country.p, '\0', country.len) != NULL ||
	    (region.len > 0 && memchr(region.p, '\0', region.len) != NULL))
		return false;
	for (size_t i = 0; i < country.len; i++)
		code[len++] = upper(country.p[i]);
	if (region.len > 0)
		code[len++] = '-';
	for (size_t i = 0; i < region.len; i++)
		code[len++] = upper(region.p[i]);
	code[len] = '\0';
	return true;
}

const struct calendar *
calendars_find(const struct calendars *calendars, struct str country,
    struct str region)
{
	char			 code[CALENDAR_CODE_MAX + 1];
	char			*dash;
	const struct calendar	*found;

	if (!make_code(country, region, code) &&
	    !make_code(country, STR(""), code))
		return find_code(calendars, CALENDAR_FAILSAFE);
	while ((found = find_code(calendars, code)) == NULL) {
		if ((dash = strrchr(code, '-')) == NULL)
			return find_code(calendars, CALENDAR_FAILSAFE);
		*dash = '\0';
	}
	return found;
}

const char *
calendar_code(const struct calendar *calendar)
{
	return calendar->code;
}
