/* SPDX-License-Identifier: ISC */
/* Calendars as config files: the schema, and the way from conf to packs. */
#include "policy/calendar_impl.h"
#include "policy/calendar_text.h"

struct pack_conf {
	const char		*code;
	const char		*name;
	struct conf_texts	 hours;
	struct conf_texts	 holidays;
	struct conf_texts	 caps;
	struct conf_texts	 lock;
	int			 scope;		/* 1: business too */
	struct conf_texts	 sources;
	struct conf_pos		 pos;
};

struct decree_conf {
	const char		*calendar;
	struct conf_texts	 days;
	const char		*source;
	struct conf_pos		 pos;
};

/* Tries one line; the result is not kept. */
typedef bool line_fn(struct arena *arena, struct calendar_line line,
    struct err *err);

static bool
try_hours(struct arena *arena, struct calendar_line line, struct err *err)
{
	struct day_hours	hours[8] = {{.text = NULL}};

	return calendar_parse_hours(arena, line, hours, err);
}

static bool
try_holiday(struct arena *arena, struct calendar_line line, struct err *err)
{
	struct holiday_rule	rule;

	return str_starts(str_trim(str_of(line.text)), "drop ") ||
	    holiday_parse(arena, line, &rule, err);
}

static bool
try_cap(struct arena *arena, struct calendar_line line, struct err *err)
{
	struct cap	cap;

	return calendar_parse_cap(arena, line, &cap, err);
}

static bool
try_decree(struct arena *arena, struct calendar_line line, struct err *err)
{
	struct decree	decree;

	return calendar_parse_decree(arena, line, &decree, err);
}

/* `V/H 2026-11-21 text` */
static bool
is_evidence(struct str s)
{
	int32_t	seen;

	if (!text_char(&s, 'V') && !text_char(&s, 'K') && !text_char(&s, 'U'))
		return false;
	if (!text_char(&s, '/') || (!text_char(&s, 'H') &&
	    !text_char(&s, 'M') && !text_char(&s, 'L')))
		return false;
	return text_char(&s, ' ') && text_date(&s, &seen) &&
	    text_char(&s, ' ') && str_trim(s).len > 0;
}

static bool
bad_evidence(struct err *err, const char *text, const char *wanted)
{
	return err_set(err, ERR_INPUT, "\"%.60s\" does not say how sure the "
	    "rule is, when it was seen and where; write it as \"%sV/H "
	    "2026-11-21 law, article\"", text, wanted);
}

static bool
try_source(struct arena *arena, struct calendar_line line, struct err *err)
{
	struct str	s = str_of(line.text);

	(void)arena;
	(void)text_until(&s, ":");
	return (text_char(&s, ':') && is_evidence(str_trim(s))) ||
	    bad_evidence(err, line.text, "hours: ");
}

static void
check_lines(const struct conf_check *check, const void *field, line_fn *try)
{
	const struct conf_texts	*texts = field;
	struct arena		*arena = arena_new();
	struct err		 err = {ERR_NONE, ""};

	for (size_t i = 0; i < texts->count; i++)
		if (arena == NULL || !try(arena, (struct calendar_line){
		    texts->items[i], ""}, &err))
			conf_error(check->conf, conf_at(check->conf,
			    &texts->items[i]), "%s", arena == NULL ?
			    "out of memory" : err.text);
	arena_free(&arena);
}

static void
check_hours(const struct conf_check *check, const void *field)
{
	check_lines(check, field, try_hours);
}

static void
check_holidays(const struct conf_check *check, const void *field)
{
	check_lines(check, field, try_holiday);
}

static void
check_caps(const struct conf_check *check, const void *field)
{
	check_lines(check, field, try_cap);
}

static void
check_sources(const struct conf_check *check, const void *field)
{
	check_lines(check, field, try_source);
}

static void
check_decrees(const struct conf_check *check, const void *field)
{
	check_lines(check, field, try_decree);
}

static void
check_decree_source(const struct conf_check *check, const void *field)
{
	const char *const	*text = field;
	struct err		 err;

	if (!is_evidence(str_of(*text)) && !bad_evidence(&err, *text, ""))
		conf_error(check->conf, check->at, "%s", err.text);
}

/* Is there a source line whose key is name, for the whole or for one rule? */
static bool
has_source(const struct pack_conf *pack, const char *name)
{
	for (size_t i = 0; i < pack->sources.count; i++) {
		struct str	s = str_of(pack->sources.items[i]);

		if (str_is(text_until(&s, " :"), name))
			return true;
	}
	return false;
}

static void
check_pack(const struct conf_check *check, const void *field)
{
	const struct pack_conf	*pack = field;
	const struct {
		const char			*name;
		const struct conf_texts	*texts;
	} keys[] = {{"hours", &pack->hours}, {"holidays", &pack->holidays},
	    {"caps", &pack->caps}, {"lock", &pack->lock}};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].texts->count > 0 &&
		    !has_source(pack, keys[i].name))
			conf_error(check->conf, check->at, "%s of \"%s\" have "
			    "no source; add \"%s: V/H 2026-11-21 law, "
			    "article\" to sources", keys[i].name, pack->code,
			    keys[i].name);
}

#define OFFSET(member)	offsetof(struct pack_conf, member)

static const char *const	scopes[] = {"consumer", "all", NULL};

static const struct conf_row	pack_rows[] = {
	{.name = "name", .type = CONF_TEXT, .required = true,
	    .offset = OFFSET(name), .min = 1,
	    .help = "what people call the place"},
	{.name = "hours", .type = CONF_TEXTS, .offset = OFFSET(hours),
	    .check = check_hours,
	    .help = "when contact is lawful, in the debtor's zone: \"mon-fri "
	    "07:00-19:00\", \"sun none\", \"holiday none\""},
	{.name = "holidays", .type = CONF_TEXTS, .offset = OFFSET(holidays),
	    .check = check_holidays,
	    .help = "rules of the holidays: \"05-01: Name\", \"M>=01-06: "
	    "Name\", \"E-2: Name\""},
	{.name = "caps", .type = CONF_TEXTS, .offset = OFFSET(caps),
	    .check = check_caps,
	    .help = "how many contacts: \"1/day@any\", "
	    "\"2/isoweek@msg;gap=48h\""},
	{.name = "lock", .type = CONF_TEXTS, .offset = OFFSET(lock),
	    .help = "\"isoweek\": after the first contact of the week only "
	    "its channel"},
	{.name = "scope", .type = CONF_CHOICE, .offset = OFFSET(scope),
	    .names = scopes, .fallback = "consumer",
	    .help = "whom caps and lock protect"},
	{.name = "sources", .type = CONF_TEXTS, .required = true,
	    .offset = OFFSET(sources), .min = 1, .check = check_sources,
	    .help = "where each rule stands: \"hours: V/H 2026-11-21 law, "
	    "article\""},
	{.type = CONF_KEY, .offset = OFFSET(code)},
	{.type = CONF_POS, .offset = OFFSET(pos)},
	CONF_END_ROW
};

#undef OFFSET
#define OFFSET(member)	offsetof(struct decree_conf, member)

static const struct conf_row	decree_rows[] = {
	{.name = "calendar", .type = CONF_TEXT, .required = true,
	    .offset = OFFSET(calendar),
	    .help = "country or region that they are for"},
	{.name = "days", .type = CONF_TEXTS, .required = true,
	    .offset = OFFSET(days), .min = 1, .check = check_decrees,
	    .help = "\"2026-03-23: Name\", \"2026-03-23 drop\", \"2025-10-12 "
	    "-> 2025-10-10: Name\""},
	{.name = "source", .type = CONF_TEXT, .required = true,
	    .offset = OFFSET(source), .check = check_decree_source,
	    .help = "where they stand: \"V/H 2026-11-21 decree\""},
	{.type = CONF_POS, .offset = OFFSET(pos)},
	CONF_END_ROW
};

const struct conf_row	calendar_rows[] = {
	{.name = "calendars", .type = CONF_NAMED, .rows = pack_rows,
	    .size = sizeof(struct pack_conf), .check = check_pack,
	    .offset = offsetof(struct calendar_packs, packs),
	    .help = "contact law by country and region"},
	{.name = "decrees", .type = CONF_GROUPS, .rows = decree_rows,
	    .size = sizeof(struct decree_conf),
	    .offset = offsetof(struct calendar_packs, decrees),
	    .help = "holidays of one year that no rule gives"},
	CONF_END_ROW
};

static bool
make_place(struct arena *arena, struct conf_pos pos, const char **out,
    struct err *err)
{
	*out = arena_printf(arena, "%s:%d", pos.file == NULL ? "" : pos.file,
	    pos.line);
	return *out != NULL || err_nomem(err);
}

static bool
make_lines(const struct conf *conf, struct arena *arena,
    const struct conf_texts *texts, struct calendar_lines *out,
    struct err *err)
{
	struct calendar_line	*lines;

	lines = arena_array(arena, texts->count, sizeof(*lines));
	if (lines == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < texts->count; i++) {
		lines[i].text = texts->items[i];
		if (!make_place(arena, conf_at(conf, &texts->items[i]),
		    &lines[i].place, err))
			return false;
	}
	*out = (struct calendar_lines){lines, texts->count};
	return true;
}

static bool
add_pack(struct conf *conf, struct arena *arena, const struct pack_conf *from,
    struct calendars *calendars, struct err *err)
{
	struct calendar_pack	pack = {.code = from->code,
				    .scope_all = from->scope == 1};

	return make_place(arena, from->pos, &pack.place, err) &&
	    make_lines(conf, arena, &from->hours, &pack.hours, err) &&
	    make_lines(conf, arena, &from->holidays, &pack.holidays, err) &&
	    make_lines(conf, arena, &from->caps, &pack.caps, err) &&
	    make_lines(conf, arena, &from->lock, &pack.lock, err) &&
	    calendars_add(calendars, &pack, err);
}

static bool
add_decrees(struct conf *conf, struct arena *arena,
    const struct decree_conf *from, struct calendars *calendars,
    struct err *err)
{
	struct calendar_lines	lines;

	if (!make_lines(conf, arena, &from->days, &lines, err))
		return false;
	for (size_t i = 0; i < lines.count; i++)
		if (!calendars_override(calendars, from->calendar,
		    lines.line[i], err))
			return false;
	return true;
}

/*
 * What only shows when lines come together is a finding too; its text begins
 * with the place.
 */
static bool
note(struct conf *conf, bool ok, struct err *err)
{
	if (!ok && err->kind == ERR_INPUT)
		conf_error(conf, (struct conf_pos){NULL, 0, 0}, "%s",
		    err->text);
	return ok || err->kind == ERR_INPUT;
}

bool
calendars_build(struct conf *conf, const struct calendar_packs *packs,
    struct calendars *calendars, struct err *err)
{
	const struct pack_conf		*pack = packs->packs.items;
	const struct decree_conf	*decree = packs->decrees.items;
	struct arena			*arena = arena_new();
	bool				 ok = false;

	if (arena == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < packs->packs.count; i++)
		if (!note(conf, add_pack(conf, arena, &pack[i], calendars,
		    err), err))
			goto done;
	for (size_t i = 0; i < packs->decrees.count; i++)
		if (!note(conf, add_decrees(conf, arena, &decree[i], calendars,
		    err), err))
			goto done;
	if (conf_error_count(conf) == 0 &&
	    !note(conf, calendars_seal(calendars, err), err))
		goto done;
	ok = conf_ok(conf, err);
done:
	arena_free(&arena);
	return ok;
}

static bool
load_into(struct calendars *calendars, const char *dir, struct arena *arena,
    struct buf *findings, struct err *err)
{
	struct conf		*conf = conf_new(arena);
	char			*path = arena_printf(arena, "%s/.", dir);
	struct calendar_packs	 packs = {{NULL, 0}, {NULL, 0}};
	struct conf_section	 section = {calendar_rows, &packs};
	bool			 ok;

	if (conf == NULL || path == NULL)
		return err_nomem(err);
	ok = conf_load_text(conf, path, STR("@include \"*.conf\"\n"), &section,
	    1, err) && calendars_build(conf, &packs, calendars, err);
	conf_print(conf, findings);
	return ok;
}

bool
calendars_load(const char *dir, struct calendars **out, struct buf *findings,
    struct err *err)
{
	struct arena		*arena = arena_new();
	struct calendars	*calendars = calendars_new();
	bool			 ok;

	ok = arena != NULL && calendars != NULL ?
	    load_into(calendars, dir, arena, findings, err) : err_nomem(err);
	arena_free(&arena);
	if (!ok) {
		calendars_free(&calendars);
		return err_in(err, "calendars in %s", dir);
	}
	*out = calendars;
	return true;
}
