/* SPDX-License-Identifier: ISC */
/* dunlin lawful: may this contact be made, and if not, from when on? */
#include "cli/commands.h"
#include "cli/lines.h"

#include "base/json.h"
#include "model/value.h"
#include "policy/lawful.h"

#define HISTORY_MAX	(64u << 20)	/* bytes */

struct options {
	const char	*country;
	const char	*region;
	const char	*channel;
	const char	*at;
	const char	*zone;
	const char	*type;
	const char	*history;
	bool		 batch;
};

static const struct cli_option	options[] = {
	{"country", CLI_TEXT, offsetof(struct options, country), "C",
	    "ISO 3166 code of the debtor's country"},
	{"region", CLI_TEXT, offsetof(struct options, region), "R",
	    "what follows the country: SP, C, MA, NY-NYC"},
	{"channel", CLI_TEXT, offsetof(struct options, channel), "CH",
	    "email, sms, whatsapp, voice, letter or visit"},
	{"at", CLI_TEXT, offsetof(struct options, at), "T",
	    "RFC 3339, or a date: noon of it"},
	{"zone", CLI_TEXT, offsetof(struct options, zone), "Z",
	    "IANA zone; without it lawful in every zone of the country"},
	{"type", CLI_TEXT, offsetof(struct options, type), "TYPE",
	    "consumer (also when unknown) or business"},
	{"history", CLI_TEXT, offsetof(struct options, history), "FILE",
	    "contacts before, one JSON object a line: at, channel, outcome"},
	{"batch", CLI_FLAG, offsetof(struct options, batch), NULL,
	    "read such questions as JSON lines, answer one a line"},
	{.name = NULL},
};

/* What all questions share. */
struct lawyer {
	struct calendars	*calendars;
	struct zones		*zones;
};

/* One question, as texts; NULL where nothing was said. */
struct question {
	const char		*country;
	const char		*region;
	const char		*channel;
	const char		*at;
	const char		*zone;
	const char		*type;
	const struct snap_event	*events;
	size_t			 event_count;
};

static bool
read_name(const char *const *names, const char *what, const char *text,
    int *out, struct err *err)
{
	struct buf	choices = BUF_INIT;

	if (text == NULL)
		return err_set(err, ERR_INPUT, "the %s is missing", what);
	if ((*out = name_find(names, str_of(text))) >= 0)
		return true;
	for (size_t i = 0; names[i] != NULL; i++)
		buf_addf(&choices, "%s%s", i == 0 ? "" : ", ", names[i]);
	(void)err_set(err, ERR_INPUT, "unknown %s \"%s\"; it is one of %s",
	    what, text, buf_text(&choices));
	buf_fini(&choices);
	return false;
}

/* --- history ------------------------------------------------------------------ */

/* NULL also for a text that a NUL would cut short. */
static const char *
text_of(const struct value *object, const char *key)
{
	const struct value	*member = value_get(object, key);

	return member != NULL && member->kind == VALUE_STRING &&
	    strlen(member->string.p) == member->string.len ?
	    member->string.p : NULL;
}

static bool
read_event(const struct value *row, struct snap_event *out, struct err *err)
{
	const char	*at = text_of(row, "at");
	int		 channel, outcome;

	if (row->kind != VALUE_OBJECT)
		return err_set(err, ERR_INPUT, "a contact is an object with"
		    " at, channel and outcome");
	if (at == NULL || !instant_parse(str_of(at), &out->at_ms))
		return err_set(err, ERR_INPUT, "\"at\" of a contact must be an"
		    " RFC 3339 instant such as 2026-11-21T10:00:00-05:00");
	if (!read_name(channel_names, "channel", text_of(row, "channel"),
	    &channel, err) ||
	    !read_name(contact_outcome_names, "outcome",
	    text_of(row, "outcome"), &outcome, err))
		return false;
	out->channel = (enum channel)channel;
	out->outcome = (enum contact_outcome)outcome;
	out->creditor = "";
	return true;
}

static bool
read_history(struct cli *cli, const char *path, struct question *question,
    struct err *err)
{
	struct lines		 lines;
	struct value		 row;
	struct snap_event	*events;
	struct str		 all, line;

	if (!cli_read_file(cli, path, HISTORY_MAX, &all, err))
		return false;
	events = arena_array(cli->arena, lines_count(all), sizeof(*events));
	if (events == NULL)
		return err_nomem(err);
	lines_begin(&lines, all);
	while (lines_next(&lines, &line)) {
		if (!value_parse(line, cli->arena, &row, err) ||
		    !read_event(&row, &events[question->event_count], err))
			return err_in(err, "%s:%zu", path, lines.number);
		question->event_count++;
	}
	question->events = events;
	return true;
}

/* --- one question --------------------------------------------------------------- */

static bool
set_zones(const struct lawyer *lawyer, const struct question *question,
    const struct zone **one, struct lawful_case *lawful, struct err *err)
{
	if (question->zone == NULL || question->zone[0] == '\0')
		return zone_of_country(lawyer->zones, question->country,
		    &lawful->zones, &lawful->zone_count, err);
	if (!zone_find(lawyer->zones, question->zone, one, err))
		return false;
	lawful->zones = one;
	lawful->zone_count = 1;
	return true;
}

static bool
read_at(const struct cli *cli, const struct lawful_case *lawful,
    const char *text, int64_t *out, struct err *err)
{
	struct civil	noon = {0, 43200};

	if (text == NULL)
		return err_set(err, ERR_INPUT, "the instant is missing");
	if (lawful->zone_count > 0 && date_parse(str_of(text), &noon.day)) {
		*out = zone_instant(lawful->zones[0], noon);
		return true;
	}
	return cli_instant(cli, text, false, out, err);
}

/* Countries are two letters, in capitals for zone.tab. */
static bool
read_country(const char *text, char country[static 3], struct err *err)
{
	size_t	i;

	if (text == NULL)
		return err_set(err, ERR_INPUT, "the country is missing");
	for (i = 0; i < 2 && text[i] != '\0'; i++) {
		country[i] = text[i] >= 'a' && text[i] <= 'z' ?
		    (char)(text[i] - 'a' + 'A') : text[i];
		if (country[i] < 'A' || country[i] > 'Z')
			break;
	}
	if (i < 2 || text[2] != '\0')
		return err_set(err, ERR_INPUT, "\"%s\" is no country; write"
		    " its two letters of ISO 3166, such as CO", text);
	country[2] = '\0';
	return true;
}

/* An unknown type counts as a consumer, and so does a public body, for which
 * nothing is written. */
static bool
read_type(const char *text, bool *is_business, struct err *err)
{
	int	type = DEBTOR_CONSUMER;

	if (text != NULL && text[0] != '\0' && strcmp(text, "unknown") != 0 &&
	    !read_name(debtor_type_names, "type", text, &type, err))
		return false;
	*is_business = type == DEBTOR_BUSINESS;
	return true;
}

static bool
answer(struct cli *cli, const struct lawyer *lawyer,
    const struct question *asked, struct err *err)
{
	struct question		 question = *asked;
	const struct zone	*zone;
	struct lawful_case	 lawful = {.history = asked->events,
				    .event_count = asked->event_count};
	struct lawful_answer	 found;
	char			 country[3];
	int			 channel;
	int64_t			 at_ms;

	if (!read_country(asked->country, country, err) ||
	    !read_name(channel_names, "channel", asked->channel, &channel,
	    err))
		return false;
	if (!read_type(asked->type, &lawful.is_business, err))
		return false;
	question.country = country;
	if (!set_zones(lawyer, &question, &zone, &lawful, err) ||
	    !read_at(cli, &lawful, asked->at, &at_ms, err))
		return false;
	lawful.calendar = calendars_find(lawyer->calendars, str_of(country),
	    str_of(asked->region));
	lawful.channel = (enum channel)channel;
	lawful_ask(&lawful, at_ms, &found);
	lawful_json(&lawful, &found, &cli->out);
	buf_addc(&cli->out, '\n');
	return true;
}

/* --- many questions ------------------------------------------------------------- */

static bool
read_question(struct arena *arena, struct str line, struct question *out,
    struct err *err)
{
	struct value		 row;
	const struct value	*history;
	struct snap_event	*events;

	if (!value_parse(line, arena, &row, err))
		return false;
	if (row.kind != VALUE_OBJECT)
		return err_set(err, ERR_INPUT, "a question is an object with"
		    " country, channel and at");
	*out = (struct question){
		.country = text_of(&row, "country"),
		.region = text_of(&row, "region"),
		.channel = text_of(&row, "channel"),
		.at = text_of(&row, "at"),
		.zone = text_of(&row, "zone"),
		.type = text_of(&row, "type"),
	};
	history = value_get(&row, "history");
	if (history == NULL || history->kind == VALUE_NULL)
		return true;
	if (history->kind != VALUE_ARRAY)
		return err_set(err, ERR_INPUT, "\"history\" must be a list of"
		    " contacts");
	if ((events = arena_array(arena, history->count, sizeof(*events))) ==
	    NULL)
		return err_nomem(err);
	for (size_t i = 0; i < history->count; i++) {
		if (!read_event(&history->items[i], &events[i], err))
			return false;
	}
	out->events = events;
	out->event_count = history->count;
	return true;
}

static void
put_error(struct cli *cli, const struct err *err)
{
	json_open(&cli->out, '{');
	json_key(&cli->out, "error");
	json_text(&cli->out, err->text);
	json_close(&cli->out, '}');
	buf_addc(&cli->out, '\n');
}

/* A question that makes no sense gets {"error"}; the rest goes on. */
static int
answer_all(struct cli *cli, const struct lawyer *lawyer)
{
	struct lines_in	 in = LINES_IN_INIT;
	struct arena	*arena = arena_new();
	struct question	 question;
	struct str	 line;
	struct err	 err;
	int		 status = CLI_DONE;

	while (arena != NULL && lines_read(&in, stdin, &line)) {
		arena_reset(arena);
		if (!read_question(arena, line, &question, &err) ||
		    !answer(cli, lawyer, &question, &err)) {
			put_error(cli, &err);
			status = CLI_PROBLEMS;
		}
		if (cli->out.len > 65536 && !cli_flush(cli)) {
			status = CLI_SYSTEM;
			break;
		}
	}
	if (arena == NULL)
		(void)err_nomem(&err);
	if (arena == NULL || (!lines_close(&in, stdin, &err) &&
	    status != CLI_SYSTEM))
		status = cli_fail(cli, &err);
	arena_free(&arena);
	return status;
}

/* --- the command ------------------------------------------------------------------ */

static int
answer_one(struct cli *cli, const struct lawyer *lawyer,
    const struct options *o)
{
	struct question	question = {.country = o->country,
			    .region = o->region, .channel = o->channel,
			    .at = o->at, .zone = o->zone, .type = o->type};
	struct err	err;

	if (o->country == NULL || o->channel == NULL || o->at == NULL)
		return cli_usage(cli, "--country, --channel and --at are"
		    " needed");
	if (o->history != NULL &&
	    !read_history(cli, o->history, &question, &err))
		return cli_fail(cli, &err);
	if (answer(cli, lawyer, &question, &err))
		return CLI_DONE;
	return err.kind == ERR_INPUT ? cli_usage(cli, "%s", err.text) :
	    cli_fail(cli, &err);
}

static int
run(struct cli *cli, const void *given, int argc, char **argv)
{
	const struct options	*o = given;
	struct lawyer		 lawyer = {NULL, NULL};
	struct err		 err;
	int			 status;

	(void)argc;
	(void)argv;
	if ((lawyer.zones = zones_new(NULL)) == NULL) {
		(void)err_nomem(&err);
		return cli_fail(cli, &err);
	}
	if (!lines_calendars(cli, &lawyer.calendars, &err))
		status = cli_fail(cli, &err);
	else
		status = o->batch ? answer_all(cli, &lawyer) :
		    answer_one(cli, &lawyer, o);
	calendars_free(&lawyer.calendars);
	zones_free(&lawyer.zones);
	return status;
}

const struct cli_command	cmd_lawful = {
	.name = "lawful",
	.arguments = "--country C [--region R] --channel CH --at T [...]",
	.summary = "Say whether a contact is lawful, and from when on",
	.help = "Prints one JSON object: verdict (allow, deny), reason, next"
	    " (the earliest lawful\ninstant, null when allowed now) and rule"
	    " (file:line).  Consent is taken as given.\nReads the shipped"
	    " calendars only, neither config nor store.  With --batch the\n"
	    "questions come from standard input, as objects with the options'"
	    " names and\n\"history\" as a list; one that makes no sense is"
	    " answered with {\"error\"}.",
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
