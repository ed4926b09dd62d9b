/* SPDX-License-Identifier: ISC */
/* dunlin why: what happens next to somebody, or happened, and which rule. */
#include "cli/cli_plan.h"
#include "cli/cli_why.h"
#include "cli/commands.h"

#define LOOK_AHEAD_MS	(400 * DAY_MS)

struct why_options {
	int64_t		 at;
	const char	*creditor;
};

/* --- what belongs to the question ------------------------------------------- */

static bool
notice_names(const struct store_notice *notice, int64_t invoice_id)
{
	for (size_t i = 0; i < notice->item_count; i++) {
		if (notice->items[i].invoice_id == invoice_id)
			return true;
	}
	return false;
}

static bool
is_about_invoice(const struct why *why, int64_t invoice_id)
{
	switch (why->ref.kind) {
	case STORE_REF_INVOICE:
		return invoice_id == why->ref.id;
	case STORE_REF_NOTICE:
		return why->notice != NULL &&
		    notice_names(why->notice, invoice_id);
	case STORE_REF_PERSON:
	case STORE_REF_CUSTOMER:
		break;
	}
	return true;
}

bool
why_has_reason(const struct why *why, const struct decided_reason *reason)
{
	if (why->ref.customer_id != 0 && reason->customer != NULL &&
	    reason->customer->id != why->ref.customer_id)
		return false;
	return reason->invoice == NULL ||
	    is_about_invoice(why, reason->invoice->id);
}

bool
why_has_notice(const struct why *why, const struct store_notice *notice)
{
	if (why->ref.customer_id != 0 &&
	    notice->customer_id != why->ref.customer_id)
		return false;
	if (why->ref.kind == STORE_REF_NOTICE)
		return notice->id == why->ref.id;
	return why->ref.kind != STORE_REF_INVOICE ||
	    notice_names(notice, why->ref.id);
}

static bool
has_planned(const struct why *why, const struct decided_notice *notice)
{
	if (why->ref.customer_id != 0 &&
	    notice->customer->id != why->ref.customer_id)
		return false;
	for (size_t i = 0; i < notice->item_count; i++) {
		if (is_about_invoice(why, notice->items[i].invoice->id))
			return true;
	}
	return false;
}

bool
why_is_open(const struct why *why)
{
	if (why->ref.kind == STORE_REF_PERSON)
		return true;
	if (why->ref.kind != STORE_REF_INVOICE || why->customer == NULL)
		return why->customer != NULL;
	for (size_t i = 0; i < why->customer->invoice_count; i++) {
		if (why->customer->invoices[i].id == why->ref.id)
			return true;
	}
	return false;
}

/* --- asking ----------------------------------------------------------------- */

static bool
on_planned(void *arg, const struct desk_planned *planned, struct err *err)
{
	struct why			*why = arg;
	const struct decided_notice	*notice = planned->notice;
	struct buf			 totals = BUF_INIT;
	struct money			 total;
	size_t				 i = 0;

	if (!has_planned(why, notice))
		return true;
	while (cli_next_total(notice, &i, &total)) {
		if (totals.len > 0)
			buf_adds(&totals, " + ");
		money_format(&total, &totals);
	}
	why->next = (struct why_next){true, planned->at_ms,
	    arena_strdup(why->cli->arena, notice->step->id),
	    notice->contact == NULL ? NULL :
	    channel_names[notice->contact->channel],
	    arena_strdup(why->cli->arena, buf_text(&totals)),
	    notice->item_count};
	buf_fini(&totals);
	/* One is enough: the plan ends here. */
	return err_set(err, ERR_INPUT, "found");
}

static bool
ask_plan(struct why *why, struct err *err)
{
	struct desk_plan	plan = {.from_ms = why->at_ms,
				    .to_ms = why->at_ms + LOOK_AHEAD_MS,
				    .person_id = why->ref.person_id,
				    .fn = on_planned, .arg = why};

	return desk_plan(why->cli->setup, why->cli->store, &plan, err) ||
	    why->next.found;
}

static bool
ask(struct why *why, struct err *err)
{
	struct cli	*cli = why->cli;
	int64_t		 known_ms;

	if (why->ref.kind == STORE_REF_NOTICE && !store_notice_get(cli->store,
	    why->ref.id, cli->arena, &why->notice, err))
		return false;
	known_ms = why->at_ms;
	if (why->at_ms == TIME_NONE && why->notice != NULL) {
		why->at_ms = why->notice->decided_ms;
		known_ms = why->at_ms - 1;	/* without the notice */
	} else if (why->at_ms == TIME_NONE)
		known_ms = why->at_ms = cli->now_ms;
	if (!desk_explain(cli->setup, cli->store, why->ref.person_id,
	    known_ms, why->at_ms, cli->arena, &why->snap, &why->decision,
	    err) || (why->at_ms <= cli->now_ms && !desk_explain_feeds(
	    cli->setup, &why->snap, cli->arena, &why->decision, err)))
		return false;
	for (size_t i = 0; i < why->snap.customer_count; i++) {
		if (why->snap.customers[i].id == why->ref.customer_id)
			why->customer = &why->snap.customers[i];
	}
	why->zone = cli_plan_zone(cli);
	if (why->customer != NULL)
		why->zone = cli_zone_of(cli, why->customer, creditors_find(
		    &cli->setup->creditors, why->customer->creditor));
	return ask_plan(why, err) && store_notices_of(cli->store,
	    why->ref.person_id, 0, TIME_NEVER, cli->arena, &why->sent, err);
}

static int
run(struct cli *cli, const void *options, int argc, char **argv)
{
	const struct why_options	*given = options;
	struct why			 why = {.cli = cli,
					    .ref_text = argv[0],
					    .at_ms = given->at};
	struct err			 err;

	(void)argc;
	if (!cli_check_creditor(cli, given->creditor, &err) ||
	    !cli_find(cli, argv[0], given->creditor, 1u << STORE_REF_PERSON |
	    1u << STORE_REF_CUSTOMER | 1u << STORE_REF_INVOICE |
	    1u << STORE_REF_NOTICE, &why.ref, &err) || !ask(&why, &err))
		return cli_fail(cli, &err);
	if (cli->json)
		why_put_json(&why);
	else
		why_put_text(&why);
	return CLI_DONE;
}

static const struct cli_option	options[] = {
	{"at", CLI_INSTANT, offsetof(struct why_options, at), "T",
	    "as things were, or will be, at this instant (now; of a notice,"
	    " when it was decided)"},
	{"creditor", CLI_TEXT, offsetof(struct why_options, creditor), "REF",
	    "where several creditors use the same reference"},
	{.name = NULL}
};

const struct cli_command	cmd_why = {
	.name = "why",
	.arguments = "REF [--at T] [--creditor REF]",
	.summary = "Say what happens next, or happened, and which rule says so",
	.help = "REF is an invoice, a customer, a person or a notice.  Each"
	    " reason names its rule and the\nplace of the config that says"
	    " it; then come the next contact, and what was sent.",
	.options = options,
	.options_size = sizeof(struct why_options),
	.min_args = 1,
	.max_args = 1,
	.need = CLI_NEEDS_READER,
	.run = run,
};
