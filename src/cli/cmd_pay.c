/* SPDX-License-Identifier: ISC */
/* dunlin pay: money that came by another way than the feed. */
#include "cli/commands.h"
#include "cli/staff.h"

#include "base/json.h"

struct options {
	const char	*amount;
	int32_t		 date;
	const char	*ref;
	const char	*reason;
	const char	*creditor;
};

static const struct cli_option	options[] = {
	{"amount", CLI_TEXT, offsetof(struct options, amount), "'CUR 0.00'",
	    "how much"},
	{"date", CLI_DATE, offsetof(struct options, date), "D",
	    "its value date (else today)"},
	{"ref", CLI_TEXT, offsetof(struct options, ref), "R",
	    "the payment's own reference; it is booked once"},
	{"reason", CLI_TEXT, offsetof(struct options, reason), "R",
	    "a note; it is kept"},
	{"creditor", CLI_TEXT, offsetof(struct options, creditor), "X",
	    "whose INVOICE or CUSTOMER, where several have it"},
	{.name = NULL},
};

static int32_t
today(const struct cli *cli, const char *creditor)
{
	const struct zone	*zone = staff_zone(cli, creditor);

	return zone == NULL ? instant_civil(cli->now_ms, 0).day :
	    zone_civil(zone, cli->now_ms).day;
}

static void
put_payment(struct cli *cli, const struct store_ref *ref,
    const struct store_payment *payment, int64_t rest)
{
	const char	*amount = staff_money(cli, payment->minor,
			    payment->currency);
	const char	*credit = staff_money(cli, rest, payment->currency);
	char		 day[16];

	(void)date_text(payment->value_on, day);
	if (!cli->json) {
		buf_addf(&cli->out, "booked %s of %s for %s\n", amount, day,
		    ref->ref);
		if (rest > 0)
			buf_addf(&cli->out, "%s of it found no debt and stays"
			    " as the customer's credit.\n", credit);
		return;
	}
	json_open(&cli->out, '{');
	json_key(&cli->out, "ref");
	json_text(&cli->out, ref->ref);
	json_key(&cli->out, "creditor");
	json_text(&cli->out, ref->creditor);
	json_key(&cli->out, "date");
	json_text(&cli->out, day);
	json_key(&cli->out, "amount");
	json_text(&cli->out, amount);
	json_key(&cli->out, "credit");
	json_text(&cli->out, credit);
	json_close(&cli->out, '}');
	buf_addc(&cli->out, '\n');
}

static int
run(struct cli *cli, const void *given, int argc, char **argv)
{
	const struct options	*o = given;
	struct store_payment	 payment = {.ref = o->ref == NULL ? "" :
				    o->ref, .value_on = o->date};
	struct store_ref	 ref;
	struct store_act	 act;
	struct money		 money;
	struct err		 err;
	int64_t			 rest = 0;

	(void)argc;
	if (o->amount == NULL)
		return cli_usage(cli, "--amount is needed, as in --amount"
		    " 'EUR 40.00'");
	if (!staff_amount(o->amount, &money, &err))
		return cli_usage(cli, "%s", err.text);
	if (!staff_act(cli, RIGHT_PAY, o->reason, &act, &err) ||
	    !staff_customer(cli, argv[0], o->creditor, &ref, &err))
		return cli_fail(cli, &err);
	payment.customer_id = ref.customer_id;
	payment.invoice_id = ref.kind == STORE_REF_INVOICE ? ref.id : 0;
	payment.currency = money.currency;
	payment.minor = money.minor;
	if (payment.value_on == DAY_NONE)
		payment.value_on = today(cli, ref.creditor);
	if (payment.value_on > today(cli, ref.creditor))
		return cli_usage(cli, "--date is in the future: what is to come"
		    " is a promise (`dunlin promise`)");
	if (!store_pay(cli->store, &act, &payment, &rest, &err))
		return cli_fail(cli, &err);
	put_payment(cli, &ref, &payment, rest);
	return CLI_DONE;
}

const struct cli_command	cmd_pay = {
	.name = "pay",
	.arguments = "INVOICE|CUSTOMER --amount 'CUR 0.00' [--date D]"
	    " [--ref R]",
	.summary = "Book a payment by hand",
	.help = "For an invoice it pays that; for a customer the oldest debt"
	    " first.  What is left over\nstays as the customer's credit.",
	.options = options,
	.options_size = sizeof(struct options),
	.min_args = 1,
	.max_args = 1,
	.need = CLI_NEEDS_WRITER,
	.run = run,
};
