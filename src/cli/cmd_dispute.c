/* SPDX-License-Identifier: ISC */
/* dunlin dispute: a customer contests an invoice, or a part of it. */
#include "cli/commands.h"
#include "cli/staff.h"

#include "base/json.h"

struct options {
	const char	*amount;
	const char	*reason;
	const char	*end;
	const char	*creditor;
	int64_t		 instalment;
};

static const struct cli_option	options[] = {
	{"amount", CLI_TEXT, offsetof(struct options, amount), "'CUR 0.00'",
	    "how much of it (else all)"},
	{"instalment", CLI_INT, offsetof(struct options, instalment), "N",
	    "only this instalment"},
	{"reason", CLI_TEXT, offsetof(struct options, reason), "R",
	    "what is contested, or why it ends; it is kept"},
	{"end", CLI_TEXT, offsetof(struct options, end), "VERDICT",
	    "end the dispute: accepted, rejected or withdrawn"},
	{"creditor", CLI_TEXT, offsetof(struct options, creditor), "X",
	    "whose INVOICE, where several have it"},
	{.name = NULL},
};

static const char *const	verdicts[] = {"accepted", "rejected",
				    "withdrawn", NULL};

static int
end_dispute(struct cli *cli, const struct store_ref *ref,
    const struct store_act *act, const char *verdict)
{
	struct err	err;
	size_t		ended = 0;
	int		which;

	if (!staff_name(verdicts, "verdict", verdict, &which, &err) ||
	    !store_dispute_end(cli->store, act, ref->id, verdict, &ended,
	    &err))
		return cli_fail(cli, &err);
	if (ended == 0) {
		(void)err_set(&err, ERR_INPUT, "no dispute stands on invoice"
		    " %s", ref->ref);
		return cli_fail(cli, &err);
	}
	if (cli->json)
		buf_addf(&cli->out, "{\"ended\":%zu,\"verdict\":\"%s\"}\n",
		    ended, verdict);
	else
		buf_addf(&cli->out, "dispute of invoice %s %s\n", ref->ref,
		    verdict);
	return CLI_DONE;
}

/* A part belongs to one instalment, in the invoice's currency. */
static bool
read_part(struct cli *cli, const struct options *o,
    const struct store_ref *ref, struct money *money, int64_t *instalment_id,
    struct err *err)
{
	const struct snap_invoice	*invoice;
	const struct snap_instalment	*instalment;

	if (o->amount != NULL && !staff_amount(o->amount, money, err))
		return false;
	if (o->amount == NULL && o->instalment == INT64_MIN)
		return true;
	if (!staff_instalment(cli, ref, o->instalment, &invoice, &instalment,
	    err))
		return false;
	*instalment_id = instalment->id;
	if (o->amount == NULL)
		return true;
	if (strcmp(money->currency, invoice->currency) != 0)
		return err_set(err, ERR_INPUT, "invoice %s is in %s, not %s",
		    ref->ref, invoice->currency, money->currency);
	if (money->minor > instalment->balance)
		return err_set(err, ERR_INPUT, "only %s of it is open",
		    staff_money(cli, instalment->balance, invoice->currency));
	return true;
}

static int
make_dispute(struct cli *cli, const struct options *o,
    const struct store_ref *ref, const struct store_act *act)
{
	struct money	money = {STORE_WHOLE, ""};
	struct err	err;
	int64_t		instalment_id = 0;
	size_t		made = 0;

	if (!read_part(cli, o, ref, &money, &instalment_id, &err) ||
	    !store_dispute(cli->store, act, ref->id, instalment_id,
	    o->amount == NULL ? STORE_WHOLE : money.minor, &made, &err))
		return cli_fail(cli, &err);
	if (made == 0) {
		(void)err_set(&err, ERR_INPUT, "invoice %s has nothing open",
		    ref->ref);
		return cli_fail(cli, &err);
	}
	if (!cli->json) {
		buf_addf(&cli->out, "%s of invoice %s in dispute",
		    o->amount == NULL ? "all" : staff_money(cli, money.minor,
		    money.currency), ref->ref);
		buf_addf(&cli->out, made == 1 ? "\n" :
		    " (%zu instalments)\n", made);
		return CLI_DONE;
	}
	json_open(&cli->out, '{');
	json_key(&cli->out, "invoice");
	json_text(&cli->out, ref->ref);
	json_key(&cli->out, "creditor");
	json_text(&cli->out, ref->creditor);
	json_key(&cli->out, "amount");
	json_text(&cli->out, o->amount == NULL ? NULL :
	    staff_money(cli, money.minor, money.currency));
	json_key(&cli->out, "instalments");
	json_int(&cli->out, (int64_t)made);
	json_close(&cli->out, '}');
	buf_addc(&cli->out, '\n');
	return CLI_DONE;
}

static int
run(struct cli *cli, const void *given, int argc, char **argv)
{
	const struct options	*o = given;
	struct store_ref	 ref;
	struct store_act	 act;
	struct err		 err;

	(void)argc;
	if (o->reason == NULL)
		return cli_usage(cli, "--reason is needed: what is contested,"
		    " or why it ends");
	if (o->end != NULL && (o->amount != NULL ||
	    o->instalment != INT64_MIN))
		return cli_usage(cli, "--end ends the dispute of the whole"
		    " invoice, without --amount and --instalment");
	if (!staff_act(cli, o->end == NULL ? RIGHT_HOLD : RIGHT_RELEASE,
	    o->reason, &act, &err) || !cli_find(cli, argv[0], o->creditor,
	    1u << STORE_REF_INVOICE, &ref, &err))
		return cli_fail(cli, &err);
	if (o->end != NULL)
		return end_dispute(cli, &ref, &act, o->end);
	return make_dispute(cli, o, &ref, &act);
}

const struct cli_command	cmd_dispute = {
	.name = "dispute",
	.arguments = "INVOICE [--amount 'CUR 0.00'] [--instalment N]"
	    " [--end VERDICT] --reason R",
	.summary = "record that an invoice is contested, or how that ended",
	.help = "What is in dispute is not chased; the rest is.",
	.options = options,
	.options_size = sizeof(struct options),
	.min_args = 1,
	.max_args = 1,
	.need = CLI_NEEDS_WRITER,
	.run = run,
};
