/* SPDX-License-Identifier: ISC */
/* dunlin hold, release: chasing stops for a while, and goes on. */
#include "cli/commands.h"
#include "cli/staff.h"

#include "base/json.h"

#define HOLD_DAYS	30	/* a hold always ends (R16) */
#define HOLDS_MAX	1000	/* of a person, looked through */

struct options {
	const char	*until;
	const char	*reason;
	const char	*scope;
	const char	*creditor;
	int64_t		 from_ms;
	int64_t		 instalment;
	int64_t		 id;
};

static const struct cli_option	hold_options[] = {
	{"until", CLI_TEXT, offsetof(struct options, until), "T",
	    "its end: RFC 3339, or a date: the end of it (else 30 days)"},
	{"from", CLI_INSTANT, offsetof(struct options, from_ms), "T",
	    "its beginning (else now)"},
	{"reason", CLI_TEXT, offsetof(struct options, reason), "R",
	    "why; it is kept"},
	{"scope", CLI_TEXT, offsetof(struct options, scope), "S",
	    "person, customer, invoice or instalment (else what REF is)"},
	{"instalment", CLI_INT, offsetof(struct options, instalment), "N",
	    "only this instalment of the invoice"},
	{"creditor", CLI_TEXT, offsetof(struct options, creditor), "X",
	    "whose REF, where several have it"},
	{.name = NULL},
};

static const struct cli_option	release_options[] = {
	{"reason", CLI_TEXT, offsetof(struct options, reason), "R",
	    "why; it is kept"},
	{"id", CLI_INT, offsetof(struct options, id), "N",
	    "only this hold"},
	{"scope", CLI_TEXT, offsetof(struct options, scope), "S",
	    "person, customer, invoice or instalment (else what REF is)"},
	{"instalment", CLI_INT, offsetof(struct options, instalment), "N",
	    "only this instalment of the invoice"},
	{"creditor", CLI_TEXT, offsetof(struct options, creditor), "X",
	    "whose REF, where several have it"},
	{.name = NULL},
};

static bool
find(struct cli *cli, const struct options *o, const char *ref,
    struct staff_subject *out, struct err *err)
{
	const struct staff_about	about = {.ref = ref,
					    .creditor = o->creditor,
					    .scope = o->scope,
					    .instalment = o->instalment};

	return staff_subject(cli, &about, out, err);
}

/* --- hold ---------------------------------------------------------------------- */

/* The instant at which it holds no more: a date lasts to its last moment. */
static bool
read_until(const struct cli *cli, const char *creditor, const char *text,
    int64_t *out, struct err *err)
{
	int32_t	day;

	if (!staff_end(cli, creditor, text, out, err))
		return err_in(err, "--until");
	*out += date_parse(str_of(text), &day);
	return true;
}

static void
put_hold(struct cli *cli, const struct staff_subject *subject, int64_t id,
    int64_t until_ms, bool is_default)
{
	const char	*until = staff_instant(cli, subject->ref.creditor,
			    until_ms);

	if (!cli->json) {
		buf_addf(&cli->out, "held %s until %s (hold %lld)\n",
		    subject->text, until, (long long)id);
		if (is_default)
			buf_addf(&cli->out, "No end was given, so it ends in"
			    " %d days; --until says another.\n", HOLD_DAYS);
		return;
	}
	json_open(&cli->out, '{');
	json_key(&cli->out, "hold");
	json_int(&cli->out, id);
	json_key(&cli->out, "scope");
	json_text(&cli->out, hold_scope_names[subject->scope]);
	json_key(&cli->out, "ref");
	json_text(&cli->out, subject->ref.ref);
	json_key(&cli->out, "creditor");
	json_text(&cli->out, subject->ref.creditor);
	json_key(&cli->out, "until");
	json_text(&cli->out, until);
	json_key(&cli->out, "default_end");
	json_bool(&cli->out, is_default);
	json_close(&cli->out, '}');
	buf_addc(&cli->out, '\n');
}

static int
run_hold(struct cli *cli, const void *given, int argc, char **argv)
{
	const struct options	*o = given;
	struct staff_subject	 subject;
	struct store_act	 act;
	struct err		 err;
	int64_t			 id, from_ms = cli->now_ms, until_ms;

	(void)argc;
	if (o->from_ms != TIME_NONE)
		from_ms = o->from_ms;
	until_ms = from_ms + HOLD_DAYS * DAY_MS;
	if (!find(cli, o, argv[0], &subject, &err))
		return cli_fail(cli, &err);
	if (o->until != NULL && !read_until(cli, subject.ref.creditor,
	    o->until, &until_ms, &err))
		return cli_usage(cli, "%s", err.text);
	if (!staff_act(cli, RIGHT_HOLD, o->reason, &act, &err) ||
	    !store_hold(cli->store, &act, subject.scope, subject.id, from_ms,
	    until_ms, &id, &err))
		return cli_fail(cli, &err);
	put_hold(cli, &subject, id, until_ms, o->until == NULL);
	return CLI_DONE;
}

/* --- release ------------------------------------------------------------------- */

/* What stands elsewhere for the person, since that may have been meant. */
static int
tell_none(struct cli *cli, const struct options *o,
    const struct staff_subject *subject)
{
	struct store_hold_rows	holds;
	struct err		err;

	if (o->id != INT64_MIN)
		(void)err_set(&err, ERR_INPUT, "hold %lld is not in force",
		    (long long)o->id);
	else
		(void)err_set(&err, ERR_INPUT, "no hold stands on %s",
		    subject->text);
	(void)cli_fail(cli, &err);
	if (!store_holds(cli->store, subject->ref.person_id, cli->now_ms, 20,
	    cli->arena, &holds, &err))
		return cli_fail(cli, &err);
	for (size_t i = 0; i < holds.count; i++) {
		const struct store_hold_row	*row = &holds.items[i];

		if (row->ended_ms == TIME_NONE)
			(void)fprintf(stderr, "  hold %lld stands on the %s,"
			    " until %s; release it with --id %lld\n",
			    (long long)row->id, hold_scope_names[row->scope],
			    staff_instant(cli, subject->ref.creditor,
			    row->until_ms), (long long)row->id);
	}
	return CLI_PROBLEMS;
}

/* A number alone could be mistyped: it must be one of this person's holds. */
static bool
is_theirs(struct cli *cli, const struct options *o,
    const struct staff_subject *subject, bool *out, struct err *err)
{
	struct store_hold_rows	holds;

	*out = o->id == INT64_MIN;
	if (*out)
		return true;
	if (!store_holds(cli->store, subject->ref.person_id, cli->now_ms,
	    HOLDS_MAX, cli->arena, &holds, err))
		return false;
	for (size_t i = 0; i < holds.count; i++)
		*out = *out || holds.items[i].id == o->id;
	return true;
}

static bool
release(struct cli *cli, const struct options *o,
    const struct staff_subject *subject, size_t *ended, struct err *err)
{
	struct store_act	act;
	bool			theirs;

	if (!staff_act(cli, RIGHT_RELEASE, o->reason, &act, err) ||
	    !is_theirs(cli, o, subject, &theirs, err))
		return false;
	return !theirs || store_release(cli->store, &act,
	    o->id == INT64_MIN ? 0 : o->id, subject->scope, subject->id,
	    ended, err) || err->kind == ERR_INPUT;
}

static int
run_release(struct cli *cli, const void *given, int argc, char **argv)
{
	const struct options	*o = given;
	struct staff_subject	 subject;
	struct err		 err;
	size_t			 ended = 0;

	(void)argc;
	if (o->reason == NULL)
		return cli_usage(cli, "--reason is needed: why chasing goes"
		    " on");
	if (!find(cli, o, argv[0], &subject, &err) ||
	    !release(cli, o, &subject, &ended, &err))
		return cli_fail(cli, &err);
	if (ended == 0)
		return tell_none(cli, o, &subject);
	if (cli->json)
		buf_addf(&cli->out, "{\"released\":%zu}\n", ended);
	else
		buf_addf(&cli->out, "released %s: %zu hold%s ended\n",
		    subject.text, ended, ended == 1 ? "" : "s");
	return CLI_DONE;
}

const struct cli_command	cmd_hold = {
	.name = "hold",
	.arguments = "REF [--until T] [--reason R] [--scope S]",
	.summary = "Do not chase a person, customer or invoice for a while",
	.help = "REF is a person, a customer or an invoice.  Debts go on"
	    " ageing; after the hold there is\none notice, no burst.  A hold"
	    " always ends: after 30 days unless --until says when.",
	.options = hold_options,
	.options_size = sizeof(struct options),
	.min_args = 1,
	.max_args = 1,
	.need = CLI_NEEDS_WRITER,
	.run = run_hold,
};

const struct cli_command	cmd_release = {
	.name = "release",
	.arguments = "REF --reason R [--id N]",
	.summary = "End the holds on a person, customer or invoice",
	.help = "Ends all holds in force on exactly REF, or the one that --id"
	    " names.",
	.options = release_options,
	.options_size = sizeof(struct options),
	.min_args = 1,
	.max_args = 1,
	.need = CLI_NEEDS_WRITER,
	.run = run_release,
};
