/* SPDX-License-Identifier: ISC */
/* dunlin optout, contact: what a customer wants, and what was said. */
#include "cli/commands.h"
#include "cli/staff.h"

#include "base/json.h"

struct options {
	const char	*channel;
	const char	*outcome;
	const char	*address;
	const char	*reason;
	const char	*creditor;
	int64_t		 at_ms;
	bool		 undo;
};

static const struct cli_option	optout_options[] = {
	{"channel", CLI_TEXT, offsetof(struct options, channel), "C",
	    "only this channel (else all)"},
	{"address", CLI_TEXT, offsetof(struct options, address), "A",
	    "only this address (else whichever)"},
	{"reason", CLI_TEXT, offsetof(struct options, reason), "R",
	    "how it was asked; it is kept"},
	{"undo", CLI_FLAG, offsetof(struct options, undo), NULL,
	    "the customer wants to be contacted again"},
	{"creditor", CLI_TEXT, offsetof(struct options, creditor), "X",
	    "whose CUSTOMER, where several have it"},
	{.name = NULL},
};

static const struct cli_option	contact_options[] = {
	{"channel", CLI_TEXT, offsetof(struct options, channel), "C",
	    "email, sms, whatsapp, voice, letter or visit"},
	{"outcome", CLI_TEXT, offsetof(struct options, outcome), "O",
	    "delivered, answered, no_answer or failed"},
	{"at", CLI_INSTANT, offsetof(struct options, at_ms), "T",
	    "when (else now)"},
	{"reason", CLI_TEXT, offsetof(struct options, reason), "NOTE",
	    "what was said; it is kept"},
	{"creditor", CLI_TEXT, offsetof(struct options, creditor), "X",
	    "whose CUSTOMER, where several have it"},
	{.name = NULL},
};

/* --- optout -------------------------------------------------------------------- */

static int
opt_in(struct cli *cli, const struct store_ref *ref,
    const struct store_act *act, int channel)
{
	struct err	err;
	size_t		ended = 0;

	if (!store_optin(cli->store, act, ref->customer_id, channel, &ended,
	    &err))
		return cli_fail(cli, &err);
	if (ended == 0) {
		(void)err_set(&err, ERR_INPUT, "customer %s has not opted out"
		    "%s%s", ref->ref, channel < 0 ? "" : " of ",
		    channel < 0 ? "" : channel_names[channel]);
		return cli_fail(cli, &err);
	}
	if (cli->json)
		buf_addf(&cli->out, "{\"ended\":%zu}\n", ended);
	else
		buf_addf(&cli->out, "customer %s may be contacted again%s%s\n",
		    ref->ref, channel < 0 ? "" : " by ",
		    channel < 0 ? "" : channel_names[channel]);
	return CLI_DONE;
}

static int
opt_out(struct cli *cli, const struct options *o, const struct store_ref *ref,
    const struct store_act *act, int channel)
{
	struct err	err;

	if (!store_optout(cli->store, act, ref->customer_id, channel,
	    o->address == NULL ? "" : o->address, &err))
		return cli_fail(cli, &err);
	if (!cli->json) {
		buf_addf(&cli->out, "customer %s gets nothing more by %s%s%s\n",
		    ref->ref, channel < 0 ? "any channel" :
		    channel_names[channel], o->address == NULL ? "" : " at ",
		    o->address == NULL ? "" : o->address);
		return CLI_DONE;
	}
	json_open(&cli->out, '{');
	json_key(&cli->out, "customer");
	json_text(&cli->out, ref->ref);
	json_key(&cli->out, "creditor");
	json_text(&cli->out, ref->creditor);
	json_key(&cli->out, "channel");
	json_text(&cli->out, channel < 0 ? NULL : channel_names[channel]);
	json_close(&cli->out, '}');
	buf_addc(&cli->out, '\n');
	return CLI_DONE;
}

static int
run_optout(struct cli *cli, const void *given, int argc, char **argv)
{
	const struct options	*o = given;
	struct store_ref	 ref;
	struct store_act	 act;
	struct err		 err;
	int			 channel = STORE_NO_CHANNEL;

	(void)argc;
	if (o->reason == NULL)
		return cli_usage(cli, "--reason is needed: how it was asked");
	if (o->channel != NULL && !staff_name(channel_names, "channel",
	    o->channel, &channel, &err))
		return cli_usage(cli, "%s", err.text);
	if (!staff_act(cli, o->undo ? RIGHT_RELEASE : RIGHT_HOLD, o->reason,
	    &act, &err) || !staff_customer(cli, argv[0], o->creditor, &ref,
	    &err))
		return cli_fail(cli, &err);
	return o->undo ? opt_in(cli, &ref, &act, channel) :
	    opt_out(cli, o, &ref, &act, channel);
}

/* --- contact -------------------------------------------------------------------- */

static bool
record(struct cli *cli, const struct options *o, const char *who,
    int channel, int outcome, int64_t at_ms, struct store_ref *ref,
    struct err *err)
{
	struct store_act	act;

	return staff_act(cli, RIGHT_HOLD, o->reason, &act, err) &&
	    staff_customer(cli, who, o->creditor, ref, err) &&
	    store_contact(cli->store, &act, ref->customer_id,
	    (enum channel)channel, (enum contact_outcome)outcome, at_ms, err);
}

static int
run_contact(struct cli *cli, const void *given, int argc, char **argv)
{
	const struct options	*o = given;
	struct store_ref	 ref;
	struct err		 err;
	int64_t			 at_ms = o->at_ms == TIME_NONE ? cli->now_ms :
				    o->at_ms;
	int			 channel, outcome;

	(void)argc;
	if (o->channel == NULL || o->outcome == NULL || o->reason == NULL)
		return cli_usage(cli, "--channel, --outcome and --reason are"
		    " needed");
	if (!staff_name(channel_names, "channel", o->channel, &channel,
	    &err) || !staff_name(contact_outcome_names, "outcome",
	    o->outcome, &outcome, &err))
		return cli_usage(cli, "%s", err.text);
	if (at_ms > cli->now_ms)
		return cli_usage(cli, "--at lies in the future; record a"
		    " contact after it was made");
	if (!record(cli, o, argv[0], channel, outcome, at_ms, &ref, &err))
		return cli_fail(cli, &err);
	if (cli->json)
		buf_addf(&cli->out, "{\"channel\":\"%s\",\"outcome\":\"%s\","
		    "\"at\":\"%s\"}\n", channel_names[channel],
		    contact_outcome_names[outcome],
		    staff_instant(cli, ref.creditor, at_ms));
	else
		buf_addf(&cli->out, "recorded: %s to customer %s at %s, %s\n",
		    channel_names[channel], ref.ref,
		    staff_instant(cli, ref.creditor, at_ms),
		    contact_outcome_names[outcome]);
	return CLI_DONE;
}

const struct cli_command	cmd_optout = {
	.name = "optout",
	.arguments = "CUSTOMER [--channel C] [--undo] --reason R",
	.summary = "Never contact a customer again by a channel, or by any",
	.options = optout_options,
	.options_size = sizeof(struct options),
	.min_args = 1,
	.max_args = 1,
	.need = CLI_NEEDS_WRITER,
	.run = run_optout,
};

const struct cli_command	cmd_contact = {
	.name = "contact",
	.arguments = "CUSTOMER --channel C --outcome O [--at T] --reason NOTE",
	.summary = "Record a call or another contact that a person made",
	.help = "It counts in the customer's caps and gaps like what dunlin"
	    " sends.",
	.options = contact_options,
	.options_size = sizeof(struct options),
	.min_args = 1,
	.max_args = 1,
	.need = CLI_NEEDS_WRITER,
	.run = run_contact,
};
