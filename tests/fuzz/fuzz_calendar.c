/* SPDX-License-Identifier: ISC */
/*
 * fuzz_calendar.c - the rules of a country in the grammar of calendar.h: the
 * first word of a line says which, as in a pack (see the corpus).
 */
#include "fuzz/fuzz.h"

#include "policy/calendar.h"

#define LINES_MAX	64

struct rules {
	struct calendar_line	lines[LINES_MAX];
	size_t			count;
};

struct pack {
	struct rules	hours, holidays, caps, lock, decrees;
};

static void
sort_line(struct arena *arena, struct pack *pack, struct str line)
{
	struct { const char *word; struct rules *rules; }	kinds[] = {
		{"hours ", &pack->hours}, {"holiday ", &pack->holidays},
		{"cap ", &pack->caps}, {"lock ", &pack->lock},
		{"decree ", &pack->decrees}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct rules	*rules = kinds[i].rules;
		size_t		 len = strlen(kinds[i].word);

		if (str_starts(line, kinds[i].word) &&
		    rules->count < LINES_MAX)
			rules->lines[rules->count++] = (struct calendar_line){
				fuzz_text(arena, (struct str){line.p + len,
				line.len - len}), "fuzz:1"};
	}
}

static void
look(const struct calendars *calendars, struct arena *arena)
{
	const struct calendar	*calendar = calendars_find(calendars,
				    STR("XX"), STR(""));
	struct calendar_holiday	*holidays;
	struct err		 err;
	size_t			 count;

	for (int year = 1584; year <= 9997; year += 2103) {
		if (!calendar_holidays(calendar, year, arena, &holidays,
		    &count, &err))
			continue;
		for (size_t i = 1; i < count; i++)
			FUZZ_HOLDS(holidays[i - 1].day < holidays[i].day);
	}
}

static struct calendar_lines
lines_of(const struct rules *rules)
{
	return (struct calendar_lines){rules->lines, rules->count};
}

static void
add(struct calendars *calendars, const struct pack *pack, struct arena *arena)
{
	static const struct calendar_line	open[] = {
		{"mon-fri 09:00-18:00", "zz:1"}, {"sat,sun none", "zz:2"}};
	const struct calendar_pack	failsafe = {.code = "ZZ",
		.place = "zz", .hours = {open, 2}};
	const struct calendar_pack	country = {.code = "XX",
		.place = "fuzz", .hours = lines_of(&pack->hours),
		.holidays = lines_of(&pack->holidays),
		.caps = lines_of(&pack->caps), .lock = lines_of(&pack->lock)};
	struct err			err;

	if (!calendars_add(calendars, &country, &err)) {
		FUZZ_HOLDS(err.kind == ERR_INPUT);
		return;
	}
	for (size_t i = 0; i < pack->decrees.count; i++)
		(void)!calendars_override(calendars, "XX",
		    pack->decrees.lines[i], &err);
	FUZZ_HOLDS(calendars_add(calendars, &failsafe, &err));
	if (calendars_seal(calendars, &err))
		look(calendars, arena);
	else
		FUZZ_HOLDS(err.kind == ERR_INPUT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str		 rest = fuzz_str(data, size);
	struct arena		*arena = fuzz_arena();
	struct calendars	*calendars = calendars_new();
	struct pack		 pack = {.hours.count = 0};

	FUZZ_HOLDS(calendars != NULL);
	while (rest.len > 0)
		sort_line(arena, &pack, fuzz_line(&rest));
	add(calendars, &pack, arena);
	calendars_free(&calendars);
	arena_free(&arena);
	return 0;
}
