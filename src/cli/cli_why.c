/* SPDX-License-Identifier: ISC */
/* The answer of `dunlin why`, for programs and for people. */
#include "cli/cli_why.h"

#include "base/json.h"
#include "base/utf8.h"

static const char *const	verdict_names[] = {
	[VERDICT_YES] = "yes", [VERDICT_NO] = "no", [VERDICT_WAIT] = "wait"};

/* A reason as both forms show it. */
struct shown {
	const char	*subject;
	const char	*step;
	const char	*verdict;
	const char	*rule;
	const char	*code;
	const char	*detail;
	const char	*where;
	int64_t		 until_ms;	/* TIME_NONE: no end */
};

typedef void	show_fn(const struct why *why, void *arg,
		    const struct shown *shown);

static const char *
subject_of(const struct why *why, const struct decided_reason *reason)
{
	if (reason->invoice == NULL)
		return reason->customer == NULL ? why->snap.person :
		    reason->customer->ref;
	if (reason->instalment == NULL ||
	    reason->invoice->instalment_count == 1)
		return reason->invoice->ref;
	return arena_printf(why->cli->arena, "%s/%d", reason->invoice->ref,
	    reason->instalment->number);
}

static struct shown
of_reason(const struct why *why, const struct decided_reason *reason)
{
	return (struct shown){subject_of(why, reason), reason->step,
	    verdict_names[reason->verdict], reason->rule, reason->code,
	    reason->detail, reason->where, reason->until_ms};
}

static void
show_reasons(const struct why *why, show_fn *fn, void *arg)
{
	if (!why_is_open(why)) {
		fn(why, arg, &(struct shown){why->ref_text, "", "no", "R10",
		    "settled", "nothing is open on it as known then: paid,"
		    " credited, or not known yet", "", TIME_NONE});
		return;
	}
	for (size_t i = 0; i < why->decision.reason_count; i++) {
		const struct decided_reason	*reason =
						    &why->decision.reasons[i];
		struct shown			 shown;

		if (!why_has_reason(why, reason))
			continue;
		shown = of_reason(why, reason);
		fn(why, arg, &shown);
	}
}

/* --- for programs ----------------------------------------------------------- */

static void
put_key_text(struct buf *out, const char *key, const char *text)
{
	json_key(out, key);
	json_text(out, text);
}

static void
show_json(const struct why *why, void *arg, const struct shown *shown)
{
	struct buf	*out = arg;
	struct buf	 until = BUF_INIT;

	json_open(out, '{');
	put_key_text(out, "subject", shown->subject);
	put_key_text(out, "step", shown->step);
	put_key_text(out, "verdict", shown->verdict);
	put_key_text(out, "rule", shown->rule);
	put_key_text(out, "code", shown->code);
	put_key_text(out, "detail", shown->detail);
	put_key_text(out, "where", shown->where);
	json_key(out, "until");
	if (shown->until_ms == TIME_NONE || shown->until_ms == TIME_NEVER)
		json_nil(out);
	else {
		cli_put_instant(why->cli, shown->until_ms, why->zone, &until);
		json_str(out, buf_str(&until));
	}
	json_close(out, '}');
	buf_addc(out, '\n');
	buf_fini(&until);
}

static const char *
notice_detail(const struct why *why, const struct store_notice *notice)
{
	struct buf	 text = BUF_INIT;
	const char	*copy;

	buf_addf(&text, "notice %s, decided ", notice->key);
	cli_put_instant(why->cli, notice->decided_ms, why->zone, &text);
	for (size_t i = 0; i < notice->message_count; i++)
		buf_addf(&text, "; %s %s",
		    channel_names[notice->messages[i].channel],
		    message_state_names[notice->messages[i].state]);
	if (notice->ended_why[0] != '\0')
		buf_addf(&text, "; %s", notice->ended_why);
	copy = arena_strdup(why->cli->arena, buf_text(&text));
	buf_fini(&text);
	return copy;
}

static const char *
next_detail(const struct why *why)
{
	const struct why_next	*next = &why->next;

	return arena_printf(why->cli->arena, "%s, %zu item%s, %s",
	    next->channel == NULL ? "a task for a person" : next->channel,
	    next->items, next->items == 1 ? "" : "s", next->totals);
}

void
why_put_json(const struct why *why)
{
	struct buf	*out = &why->cli->out;

	show_reasons(why, show_json, out);
	if (why->next.found)
		show_json(why, out, &(struct shown){why->ref_text,
		    why->next.step, "wait", "plan", "next", next_detail(why),
		    "", why->next.at_ms});
	for (size_t i = 0; i < why->sent.count; i++) {
		const struct store_notice	*notice = why->sent.items[i];

		if (why_has_notice(why, notice))
			show_json(why, out, &(struct shown){why->ref_text,
			    notice->step, notice->state == NOTICE_ACCEPTED ?
			    "yes" : "no", "notice",
			    notice_state_names[notice->state],
			    notice_detail(why, notice), "", TIME_NONE});
	}
}

/* --- for people ------------------------------------------------------------- */

static void
put_instalment(const struct why *why, const struct snap_invoice *invoice,
    const struct snap_instalment *instalment)
{
	struct buf		*out = &why->cli->out;
	struct money		 money = {.minor = instalment->balance};
	char			 day[16];
	const struct snap_item	*last = NULL;

	(void)memcpy(money.currency, invoice->currency,
	    sizeof(money.currency));
	buf_adds(out, "  ");
	utf8_clean(out, str_of(invoice->ref), false);
	buf_addf(out, "/%d: due %s, ", instalment->number, instalment->due == DAY_NONE ? "(no date)" :
	    date_text(instalment->due, day));
	money_format(&money, out);
	buf_adds(out, " open");
	if (instalment->disputed > 0) {
		money.minor = instalment->disputed;
		buf_adds(out, ", ");
		money_format(&money, out);
		buf_adds(out, " of it in dispute");
	}
	for (size_t i = 0; i < instalment->item_count; i++) {
		const struct snap_item	*item = &instalment->items[i];

		if (item->state == ITEM_ACCEPTED &&
		    (last == NULL || item->at_ms > last->at_ms))
			last = item;
	}
	if (last != NULL) {
		buf_addf(out, "; last step %s, ", last->step);
		cli_put_instant(why->cli, last->at_ms, why->zone, out);
	}
	buf_addc(out, '\n');
}

static void
put_ledger(const struct why *why, const struct snap_customer *customer)
{
	for (size_t i = 0; i < customer->invoice_count; i++) {
		const struct snap_invoice	*invoice =
						    &customer->invoices[i];

		if (why->ref.kind == STORE_REF_INVOICE &&
		    invoice->id != why->ref.id)
			continue;
		for (size_t k = 0; k < invoice->instalment_count; k++)
			put_instalment(why, invoice,
			    &invoice->instalments[k]);
	}
}

static const char *const	kind_names[] = {
	[STORE_REF_PERSON] = "Person", [STORE_REF_CUSTOMER] = "Customer",
	[STORE_REF_INVOICE] = "Invoice", [STORE_REF_NOTICE] = "Notice"};

static void
put_head(const struct why *why)
{
	struct buf			*out = &why->cli->out;
	const struct snap_customer	*customer = why->customer;

	buf_addf(out, "%s ", kind_names[why->ref.kind]);
	utf8_clean(out, str_of(why->ref.ref), false);
	if (customer != NULL && why->ref.kind != STORE_REF_CUSTOMER) {
		buf_adds(out, " of ");
		utf8_clean(out, str_of(customer->ref), false);
	}
	if (customer != NULL) {
		buf_adds(out, " (");
		utf8_clean(out, str_of(customer->name), false);
		buf_addf(out, "), creditor %s", customer->creditor);
	}
	buf_adds(out, ", as of ");
	cli_put_instant(why->cli, why->at_ms, why->zone, out);
	buf_addc(out, '\n');
	for (size_t i = 0; i < why->snap.customer_count; i++) {
		if (customer == NULL || customer == &why->snap.customers[i])
			put_ledger(why, &why->snap.customers[i]);
	}
}

static void
show_row(const struct why *why, void *arg, const struct shown *shown)
{
	struct cli_table	*table = arg;
	struct cli		*cli = why->cli;
	struct buf		 until = BUF_INIT;

	if (shown->until_ms != TIME_NONE && shown->until_ms != TIME_NEVER)
		cli_put_instant(cli, shown->until_ms, why->zone, &until);
	cli_cell(cli, table, "%s", shown->verdict);
	cli_cell(cli, table, "%s", shown->subject);
	cli_cell(cli, table, "%s", shown->step);
	cli_cell(cli, table, "%s", shown->rule);
	cli_cell(cli, table, "%s", shown->detail);
	cli_cell(cli, table, "%s", buf_text(&until));
	cli_cell(cli, table, "%s", shown->where);
	buf_fini(&until);
}

static void
put_reasons(const struct why *why)
{
	static const char *const	heads[] = {"", "SUBJECT", "STEP",
					    "RULE", "WHY", "UNTIL", "WHERE"};
	struct cli_table		table = {.columns = 7};

	for (size_t i = 0; i < table.columns; i++)
		cli_cell(why->cli, &table, "%s", heads[i]);
	show_reasons(why, show_row, &table);
	if (table.count == table.columns)
		return;
	buf_addc(&why->cli->out, '\n');
	cli_table_print(why->cli, &table);
}

/* What says most: a no about all of the customer, then one about a part. */
static const struct decided_reason *
last_word(const struct why *why)
{
	const struct decided_reason	*found = NULL;

	for (size_t i = 0; i < why->decision.reason_count; i++) {
		const struct decided_reason	*reason =
						    &why->decision.reasons[i];

		if (reason->verdict == VERDICT_NO &&
		    why_has_reason(why, reason) && (found == NULL ||
		    (found->invoice != NULL && reason->invoice == NULL)))
			found = reason;
	}
	return found;
}

static const char *
nothing_detail(const struct why *why)
{
	const struct decided_reason	*reason = last_word(why);

	if (!why_is_open(why))
		return "nothing is open on it";
	if (reason == NULL)
		return "what it waits for lasts longer, or no step is left";
	if (strcmp(reason->code, "no_step") == 0)
		return "the ladder has no further step for it";
	return reason->detail;
}

static bool
is_stale(const struct why *why)
{
	for (size_t i = 0; i < why->decision.reason_count; i++) {
		if (strcmp(why->decision.reasons[i].code, "stale_feed") == 0)
			return true;
	}
	return false;
}

static void
put_next(const struct why *why)
{
	struct buf	*out = &why->cli->out;

	buf_adds(out, "\nNext: ");
	if (!why->next.found) {
		buf_adds(out, "nothing within 400 days: ");
		utf8_clean(out, str_of(nothing_detail(why)), false);
		buf_adds(out, ".\n");
		return;
	}
	cli_put_instant(why->cli, why->next.at_ms, why->zone, out);
	buf_addf(out, " %s by %s, %s.\n", why->next.step, next_detail(why),
	    is_stale(why) ? "once a newer ledger is imported" :
	    "if nothing changes");
}

/* The notices decided before the instant of the question, or behind it. */
static bool
put_notices(const struct why *why, const char *title, bool later)
{
	struct buf	*out = &why->cli->out;
	bool		 any = false;

	for (size_t i = 0; i < why->sent.count; i++) {
		const struct store_notice	*notice = why->sent.items[i];

		if (!why_has_notice(why, notice) ||
		    (notice->decided_ms > why->at_ms) != later)
			continue;
		if (!any)
			buf_adds(out, title);
		any = true;
		buf_addf(out, "  %s %s: %s\n", notice->step,
		    notice_state_names[notice->state],
		    notice_detail(why, notice));
	}
	return any;
}

static void
put_sent(const struct why *why)
{
	if (!put_notices(why, "\nSo far:\n", false))
		buf_adds(&why->cli->out, "Nothing was sent so far.\n");
	(void)put_notices(why, "\nLater:\n", true);
}

void
why_put_text(const struct why *why)
{
	put_head(why);
	put_reasons(why);
	put_next(why);
	put_sent(why);
}
