/* SPDX-License-Identifier: ISC */
/* Hours, caps and decrees: from text to struct. */
#include "policy/calendar_impl.h"
#include "policy/calendar_text.h"

#define HOURS_WANTED	"write it as \"mon-fri 07:00-19:00\", \"sat,sun none\" " \
			"or \"holiday none\""
#define CAP_WANTED	"write it as \"1/day@any\" or \"2/isoweek@msg;gap=48h\""
#define DECREE_WANTED	"write it as \"2026-03-23: Name\", \"2026-03-23 drop\" " \
			"or \"2025-10-12 -> 2025-10-10: Name\""

/* A weekday, a run of them or "holiday", as bits of hours[]. */
static bool
parse_days(struct str *s, unsigned *mask)
{
	do {
		enum weekday	first, last;

		if (text_word(s, "holiday")) {
			*mask |= 1u << HOURS_HOLIDAY;
			continue;
		}
		if (!text_weekday(s, &first))
			return false;
		last = first;
		if (text_char(s, '-') && (!text_weekday(s, &last) ||
		    last < first))
			return false;
		for (int day = (int)first; day <= (int)last; day++)
			*mask |= 1u << day;
	} while (text_char(s, ','));
	return true;
}

static bool
parse_spans(struct str *s, struct day_hours *out)
{
	int32_t	before = -1;

	if (text_word(s, "none"))
		return s->len == 0;
	do {
		struct hours_span	*span = &out->spans[out->count];

		if (out->count == SPANS_MAX ||
		    !text_time(s, &span->open_s) || !text_char(s, '-') ||
		    !text_time(s, &span->close_s) ||
		    span->open_s >= span->close_s || span->open_s <= before)
			return false;
		before = span->close_s;
		out->count++;
	} while (text_char(s, ','));
	return s->len == 0;
}

static bool
copy_line(struct arena *arena, struct calendar_line line, const char **text,
    const char **place, struct err *err)
{
	*text = arena_strdup(arena, line.text);
	*place = arena_strdup(arena, line.place);
	return (*text != NULL && *place != NULL) || err_nomem(err);
}

bool
calendar_parse_hours(struct arena *arena, struct calendar_line line,
    struct day_hours *hours, struct err *err)
{
	struct str		text = str_trim(str_of(line.text));
	struct day_hours	day = {.count = 0};
	unsigned		mask = 0;

	if (!parse_days(&text, &mask) || !text_char(&text, ' '))
		return err_set(err, ERR_INPUT, "\"%.100s\" does not begin with "
		    "weekdays; " HOURS_WANTED, line.text);
	text_blanks(&text);
	if (!parse_spans(&text, &day))
		return err_set(err, ERR_INPUT, "\"%.100s\" has no hours such as "
		    "08:00-20:00, one behind the other, up to 24:00; "
		    HOURS_WANTED, line.text);
	if (!copy_line(arena, line, &day.text, &day.place, err))
		return false;
	for (int i = 0; i <= HOURS_HOLIDAY; i++) {
		if ((mask & 1u << i) == 0)
			continue;
		if (hours[i].text != NULL)
			return err_set(err, ERR_INPUT, "\"%.100s\" says again "
			    "what \"%.100s\" says", line.text, hours[i].text);
		hours[i] = day;
	}
	return true;
}

#define BIT(channel)	(1u << (channel))
#define BITS_ANY	(BIT(CHANNEL_COUNT) - 1)
#define BITS_MSG	(BIT(CHANNEL_SMS) | BIT(CHANNEL_WHATSAPP) | \
			BIT(CHANNEL_EMAIL) | BIT(CHANNEL_LETTER))

static bool
parse_channel(struct str name, unsigned *mask)
{
	int	channel = name_find(channel_names, name);

	if (channel >= 0)
		*mask |= BIT(channel);
	else if (str_is(name, "any"))
		*mask |= BITS_ANY;
	else if (str_is(name, "msg"))
		*mask |= BITS_MSG;
	else if (str_is(name, "wa"))
		*mask |= BIT(CHANNEL_WHATSAPP);
	else
		return false;
	/* CLI.md: visits follow voice */
	if (channel == CHANNEL_VOICE)
		*mask |= BIT(CHANNEL_VISIT);
	return true;
}

static bool
parse_channels(struct str *s, unsigned *mask)
{
	do {
		if (!parse_channel(text_until(s, "+;"), mask))
			return false;
	} while (text_char(s, '+'));
	return true;
}

/* 48h or 7d */
static bool
parse_elapsed(struct str *s, int64_t *ms)
{
	int	n;

	if (!text_number(s, &n) || n < 1 || n > 9999)
		return false;
	if (text_char(s, 'h'))
		*ms = n * HOUR_MS;
	else if (text_char(s, 'd'))
		*ms = n * DAY_MS;
	else
		return false;
	return true;
}

static bool
parse_period(struct str *s, struct cap *cap)
{
	if (text_word(s, "day"))
		cap->period = CAP_DAY;
	else if (text_word(s, "isoweek"))
		cap->period = CAP_ISOWEEK;
	else if (text_word(s, "month"))
		cap->period = CAP_MONTH;
	else if (parse_elapsed(s, &cap->period_ms))
		cap->period = CAP_ROLLING;
	else
		return false;
	return text_char(s, '@');
}

static bool
parse_on_what(struct str *s, struct cap *cap)
{
	struct str	what = text_until(s, ";");

	if (str_is(what, "attempt"))
		cap->on = CAP_ON_ATTEMPT;
	else if (str_is(what, "contact"))
		cap->on = CAP_ON_CONTACT;
	else if (str_is(what, "answered"))
		cap->on = CAP_ON_ANSWERED;
	else
		return false;
	return true;
}

static bool
parse_option(struct str *s, struct cap *cap)
{
	text_blanks(s);
	if (text_word(s, "gap="))
		return parse_elapsed(s, &cap->gap_ms);
	if (text_word(s, "on="))
		return parse_on_what(s, cap);
	if (text_word(s, "since="))
		return text_date(s, &cap->since_day);
	if (text_word(s, "until="))
		return text_date(s, &cap->until_day);
	if (text_word(s, "answered=+"))
		return cap->period != CAP_ROLLING &&
		    text_number(s, &cap->answered_more) &&
		    cap->answered_more <= CAP_COUNT_MAX;
	return false;
}

bool
calendar_parse_cap(struct arena *arena, struct calendar_line line,
    struct cap *out, struct err *err)
{
	struct str	text = str_trim(str_of(line.text));
	struct cap	cap = {.answered_more = -1, .since_day = INT32_MIN,
			    .until_day = INT32_MAX};

	if (!text_number(&text, &cap.count) || cap.count < 1 ||
	    cap.count > CAP_COUNT_MAX || !text_char(&text, '/'))
		return err_set(err, ERR_INPUT, "\"%.100s\" does not begin with "
		    "a number from 1 to %d and \"/\"; " CAP_WANTED, line.text,
		    CAP_COUNT_MAX);
	if (!parse_period(&text, &cap))
		return err_set(err, ERR_INPUT, "\"%.100s\" has no period (day, "
		    "isoweek, month, 7d, 48h) before \"@\"; " CAP_WANTED,
		    line.text);
	if (!parse_channels(&text, &cap.channels))
		return err_set(err, ERR_INPUT, "\"%.100s\" names no channel "
		    "(email, sms, whatsapp, voice, letter, visit, msg, any) "
		    "behind \"@\"; " CAP_WANTED, line.text);
	while (text_char(&text, ';'))
		if (!parse_option(&text, &cap))
			return err_set(err, ERR_INPUT, "\"%.100s\" has an "
			    "option that is not gap=48h, on=attempt, "
			    "on=contact, on=answered, since=YYYY-MM-DD, "
			    "until=YYYY-MM-DD or (not for rolling periods) "
			    "answered=+1", line.text);
	if (text.len > 0)
		return err_set(err, ERR_INPUT, "\"%.*s\" of \"%.100s\" is too "
		    "much; " CAP_WANTED, text.len < 100 ? (int)text.len : 100,
		    text.p, line.text);
	if (!copy_line(arena, line, &cap.text, &cap.place, err))
		return false;
	*out = cap;
	return true;
}

/* What stands between the date and the name. */
static bool
parse_decree_kind(struct str *s, struct decree *decree)
{
	text_blanks(s);
	if (text_word(s, "drop")) {
		decree->kind = DECREE_DROP;
		return true;
	}
	if (text_word(s, "->")) {
		decree->kind = DECREE_MOVE;
		text_blanks(s);
		if (!text_date(s, &decree->to_day))
			return false;
		text_blanks(s);
	}
	if (text_word(s, "optional"))
		decree->is_optional = true;
	text_blanks(s);
	return text_char(s, ':');
}

bool
calendar_parse_decree(struct arena *arena, struct calendar_line line,
    struct decree *out, struct err *err)
{
	struct str	text = str_trim(str_of(line.text)), all = text;
	struct decree	decree = {.kind = DECREE_ADD};
	bool		named;

	if (!text_date(&text, &decree.day) || !parse_decree_kind(&text, &decree))
		return err_set(err, ERR_INPUT, "\"%.100s\" is no decree for a "
		    "day; " DECREE_WANTED, line.text);
	named = decree.kind != DECREE_DROP;
	all.len = (size_t)(text.p - all.p) - named;
	text = str_trim(text);
	if (named != (text.len > 0))
		return err_set(err, ERR_INPUT, "\"%.100s\" %s; " DECREE_WANTED,
		    line.text, named ? "has no name" : "goes on behind drop");
	decree.name = arena_copy(arena, text.p, text.len);
	decree.rule = arena_copy(arena, all.p, all.len);
	decree.place = arena_strdup(arena, line.place);
	if (decree.name == NULL || decree.rule == NULL || decree.place == NULL)
		return err_nomem(err);
	*out = decree;
	return true;
}
