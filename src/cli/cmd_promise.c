/* SPDX-License-Identifier: ISC */
/* dunlin promise: a customer said when they will pay. */
#include "cli/commands.h"
#include "cli/staff.h"

#include "base/json.h"

struct options {
	int32_t		 on;
	int32_t		 until;
	const char	*amount;
	const char	*reason;
	const char	*end;
	const char	*creditor;
};

static const struct cli_option	options[] = {
	{"on", CLI_DATE, offsetof(struct options, on), "DATE",
	    "the day by which it will be paid"},
	{"until", CLI_DATE, offsetof(struct options, until), "DATE",
	    "the same"},
	{"amount", CLI_TEXT, offsetof(struct options, amount), "'CUR 0.00'",
	    "how much (else all)"},
	{"reason", CLI_TEXT, offsetof(struct options, reason), "R",
	    "how it was promised; it is kept"},
	{"end", CLI_TEXT, offsetof(struct options, end), "VERDICT",
	    "end the promise: kept, broken or cancelled"},
	{"creditor", CLI_TEXT, offsetof(struct options, creditor), "X",
	    "whose REF, where several have it"},
	{.name = NULL},
};

static const char *const	verdicts[] = {"kept", "broken", "cancelled",
				    NULL};

static bool
find(struct cli *cli, const struct options *o, const char *ref,
    struct staff_subject *out, struct err *err)
{
	const struct staff_about	about = {.ref = ref,
					    .creditor = o->creditor,
					    .instalment = INT64_MIN};

	if (!staff_subject(cli, &about, out, err))
		return false;
	if (out->scope == SCOPE_PERSON)
		return err_set(err, ERR_INPUT, "%s is a person; a promise is"
		    " made for a customer or an invoice", ref);
	return true;
}

static void
put_promise(struct cli *cli, const struct staff_subject *subject, int64_t id,
    int32_t on, const struct money *money)
{
	const char	*amount = money->currency[0] == '\0' ? NULL :
			    staff_money(cli, money->minor, money->currency);
	char		 day[16];

	(void)date_text(on, day);
	if (!cli->json) {
		buf_addf(&cli->out, "%s promised by %s for %s (promise"
		    " %lld)\n", amount == NULL ? "everything" : amount, day,
		    subject->text, (long long)id);
		return;
	}
	json_open(&cli->out, '{');
	json_key(&cli->out, "promise");
	json_int(&cli->out, id);
	json_key(&cli->out, "scope");
	json_text(&cli->out, hold_scope_names[subject->scope]);
	json_key(&cli->out, "ref");
	json_text(&cli->out, subject->ref.ref);
	json_key(&cli->out, "creditor");
	json_text(&cli->out, subject->ref.creditor);
	json_key(&cli->out, "on");
	json_text(&cli->out, day);
	json_key(&cli->out, "amount");
	json_text(&cli->out, amount);
	json_close(&cli->out, '}');
	buf_addc(&cli->out, '\n');
}

/* Each promise that stands on the subject. */
static int
end_promises(struct cli *cli, const struct staff_subject *subject,
    const struct store_act *act, const char *verdict)
{
	struct store_promise_rows	rows;
	struct err			err;
	size_t				ended = 0;
	int				which;

	if (!staff_name(verdicts, "verdict", verdict, &which, &err) ||
	    !store_begin(cli->store, &err) ||
	    !store_promises(cli->store, subject->ref.person_id, cli->now_ms,
	    cli->arena, &rows, &err))
		return cli_fail(cli, &err);
	for (size_t i = 0; i < rows.count; i++) {
		const struct store_promise_row	*row = &rows.items[i];

		if (row->ended_ms != TIME_NONE ||
		    row->scope != subject->scope ||
		    row->subject_id != subject->id)
			continue;
		if (!store_promise_end(cli->store, act, row->id, verdict,
		    &err))
			return cli_fail(cli, &err);
		ended++;
	}
	if (ended == 0)
		(void)err_set(&err, ERR_INPUT, "no promise stands on %s",
		    subject->text);
	if (ended == 0 || !store_commit(cli->store, &err))
		return cli_fail(cli, &err);
	if (cli->json)
		buf_addf(&cli->out, "{\"ended\":%zu,\"verdict\":\"%s\"}\n",
		    ended, verdict);
	else
		buf_addf(&cli->out, "%s: %zu promise%s %s\n", subject->text,
		    ended, ended == 1 ? "" : "s", verdict);
	return CLI_DONE;
}

static int
make_promise(struct cli *cli, const struct staff_subject *subject,
    const struct store_act *act, int32_t on, const char *amount)
{
	struct store_promise	promise = {.scope = subject->scope,
				    .subject_id = subject->id,
				    .currency = "", .pay_on = on};
	struct money		money = {0, ""};
	struct err		err;
	int64_t			id;

	if (amount != NULL && !staff_amount(amount, &money, &err))
		return cli_usage(cli, "%s", err.text);
	promise.currency = money.currency;
	promise.minor = money.minor;
	if (!store_promise(cli->store, act, &promise, &id, &err))
		return cli_fail(cli, &err);
	put_promise(cli, subject, id, on, &money);
	return CLI_DONE;
}

static int32_t
today(const struct cli *cli, const char *creditor)
{
	const struct zone	*zone = staff_zone(cli, creditor);

	return zone == NULL ? instant_civil(cli->now_ms, 0).day :
	    zone_civil(zone, cli->now_ms).day;
}

static int
run(struct cli *cli, const void *given, int argc, char **argv)
{
	const struct options	*o = given;
	int32_t			 on = o->on != DAY_NONE ? o->on : o->until;
	struct staff_subject	 subject;
	struct store_act	 act;
	struct err		 err;

	(void)argc;
	if (o->reason == NULL)
		return cli_usage(cli, "--reason is needed: how it was"
		    " promised, or why it ends");
	if ((on == DAY_NONE) == (o->end == NULL))
		return cli_usage(cli, "say either --on DATE or --end VERDICT");
	if (!staff_act(cli, o->end == NULL ? RIGHT_HOLD : RIGHT_RELEASE,
	    o->reason, &act, &err) || !find(cli, o, argv[0], &subject, &err))
		return cli_fail(cli, &err);
	if (o->end == NULL && on < today(cli, subject.ref.creditor))
		return cli_usage(cli, "--on lies in the past; a promise is for"
		    " today or later");
	if (o->end != NULL)
		return end_promises(cli, &subject, &act, o->end);
	return make_promise(cli, &subject, &act, on, o->amount);
}

const struct cli_command	cmd_promise = {
	.name = "promise",
	.arguments = "REF --on DATE [--amount 'CUR 0.00'] --reason R",
	.summary = "Record a promise to pay, which holds until its day",
	.help = "REF is a customer or an invoice.  Nothing is sent for it until"
	    " the day and the\nclearing days behind it are over.  --end tells"
	    " how it went, where dunlin can't see it.",
	.options = options,
	.options_size = sizeof(struct options),
	.min_args = 1,
	.max_args = 1,
	.need = CLI_NEEDS_WRITER,
	.run = run,
};
