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
	    "how much of it, from the oldest debt on (else all)"},
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

/* What of an instalment is open and not contested yet. */
static int64_t
clear_of(const struct snap_instalment *instalment)
{
	int64_t	clear = instalment->balance - instalment->disputed;

	return clear > 0 ? clear : 0;
}

static const struct snap_instalment *
oldest_clear(const struct snap_invoice *invoice, int64_t number,
    int32_t after_due, int after_number)
{
	const struct snap_instalment	*found = NULL;

	for (size_t i = 0; i < invoice->instalment_count; i++) {
		const struct snap_instalment	*it = &invoice->instalments[i];

		if ((number != INT64_MIN && it->number != number) ||
		    clear_of(it) == 0 || it->due < after_due ||
		    (it->due == after_due && it->number <= after_number))
			continue;
		if (found == NULL || it->due < found->due ||
		    (it->due == found->due && it->number < found->number))
			found = it;
	}
	return found;
}

/*
 * A part of an invoice is taken from its oldest debt first, since that is what
 * is chased now; --instalment says another.
 */
static bool
dispute_part(struct cli *cli, const struct store_act *act,
    const struct store_ref *ref, const struct money *money, int64_t number,
    size_t *made, struct err *err)
{
	const struct snap_invoice	*invoice;
	const struct snap_instalment	*it;
	int64_t				 rest = money->minor, part;
	int32_t				 due = INT32_MIN;
	int				 last = 0;
	size_t				 one;

	if (!staff_invoice(cli, ref, &invoice, err))
		return false;
	if (strcmp(money->currency, invoice->currency) != 0)
		return err_set(err, ERR_INPUT, "invoice %s is in %s, not %s",
		    ref->ref, invoice->currency, money->currency);
	while (rest > 0 && (it = oldest_clear(invoice, number, due, last)) !=
	    NULL) {
		part = rest < clear_of(it) ? rest : clear_of(it);
		if (!store_dispute(cli->store, act, ref->id, it->id, part,
		    &one, err))
			return false;
		*made += one;
		rest -= part;
		due = it->due;
		last = it->number;
	}
	return rest == 0 || err_set(err, ERR_INPUT, "only %s of it is open and"
	    " not in dispute", staff_money(cli, money->minor - rest,
	    invoice->currency));
}

static bool
dispute_whole(struct cli *cli, const struct store_act *act,
    const struct store_ref *ref, int64_t number, size_t *made,
    struct err *err)
{
	const struct snap_invoice	*invoice;
	const struct snap_instalment	*instalment;
	int64_t				 id = 0;

	if (number != INT64_MIN) {
		if (!staff_instalment(cli, ref, number, &invoice,
		    &instalment, err))
			return false;
		id = instalment->id;
	}
	return store_dispute(cli->store, act, ref->id, id, STORE_WHOLE, made,
	    err);
}

/* All or nothing, also where it takes several instalments. */
static bool
dispute(struct cli *cli, const struct options *o, const struct store_ref *ref,
    const struct store_act *act, struct money *money, size_t *made,
    struct err *err)
{
	if (o->amount != NULL && !staff_amount(o->amount, money, err))
		return false;
	if (!store_begin(cli->store, err) || !(o->amount == NULL ?
	    dispute_whole(cli, act, ref, o->instalment, made, err) :
	    dispute_part(cli, act, ref, money, o->instalment, made, err)))
		return false;
	if (*made == 0)
		return err_set(err, ERR_INPUT, "invoice %s has nothing open",
		    ref->ref);
	return store_commit(cli->store, err);
}

static int
make_dispute(struct cli *cli, const struct options *o,
    const struct store_ref *ref, const struct store_act *act)
{
	struct money	money = {0, ""};
	struct err	err;
	size_t		made = 0;

	if (!dispute(cli, o, ref, act, &money, &made, &err)) {
		store_rollback(cli->store);
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
	.summary = "Record that an invoice is contested, or how that ended",
	.help = "What is in dispute is not chased; the rest is.",
	.options = options,
	.options_size = sizeof(struct options),
	.min_args = 1,
	.max_args = 1,
	.need = CLI_NEEDS_WRITER,
	.run = run,
};
