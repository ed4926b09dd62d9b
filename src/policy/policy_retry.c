/* SPDX-License-Identifier: ISC */
/* The next channel for a notice that its last channel refused (R7, R24). */
#include "policy/policy_impl.h"

static bool
is_owed(const struct policy *policy, const struct snap_invoice *invoice,
    const struct snap_instalment *instalment)
{
	return invoice->status == INVOICE_OPEN && instalment->balance >
	    policy_amount_of(&policy->tolerated, invoice->currency);
}

/* Another step of the instalment was taken behind this one. */
static bool
is_left_behind(const struct snap_instalment *instalment,
    const struct snap_item *item)
{
	for (size_t i = 0; i < instalment->item_count; i++) {
		const struct snap_item	*other = &instalment->items[i];

		if (other->id > item->id && other->state != ITEM_PASSED)
			return true;
	}
	return false;
}

static bool
has_credit(const struct snap_customer *customer, const char *currency)
{
	for (size_t i = 0; i < customer->credit_count; i++) {
		if (strcmp(customer->credits[i].currency, currency) == 0)
			return true;
	}
	return false;
}

/*
 * Is every word of what was sealed still true: the sum, the date?
 * A retry is rendered anew; what goes out of in-doubt is not.
 */
static bool
is_as_said(const struct debtor *debtor, const struct snap_invoice *invoice,
    const struct snap_instalment *instalment, const struct snap_item *item,
    const struct snap_notice *notice)
{
	return item->cycle == instalment->cycle &&
	    instalment->balance - instalment->disputed >= item->amount &&
	    !has_credit(debtor->customer, invoice->currency) &&
	    (instalment->changed_ms == TIME_NONE ||
	    instalment->changed_ms <= notice->decided_ms) &&
	    !is_left_behind(instalment, item);
}

/* May this step of this instalment still be told to the customer? */
static bool
may_be_told(const struct work *work, const struct debtor *debtor,
    const struct policy *policy, const struct snap_invoice *invoice,
    const struct snap_instalment *instalment)
{
	return invoice->status == INVOICE_OPEN &&
	    instalment->balance - instalment->disputed >
	    policy_amount_of(&policy->tolerated, invoice->currency) &&
	    policy_hold_on(work, invoice, instalment) == NULL &&
	    policy_promise_on(work, debtor, policy, SCOPE_INVOICE,
	    invoice->id) == NULL;
}

static void
judge_item(const struct work *work, const struct debtor *debtor,
    const struct snap_invoice *invoice,
    const struct snap_instalment *instalment, const struct snap_item *item,
    struct claim *claim)
{
	const struct policy		*policy = policy_of_invoice(work,
					    debtor, invoice);
	const struct policy_step	*step = policy_step(policy, item->step);
	int64_t				 dies_ms;

	if (claim->policy == NULL)
		claim->policy = policy;
	claim->owed = claim->owed || is_owed(policy, invoice, instalment);
	if (step == NULL || instalment->due == DAY_NONE ||
	    !may_be_told(work, debtor, policy, invoice, instalment)) {
		claim->stands = false;
		return;
	}
	if (!is_as_said(debtor, invoice, instalment, item, claim->notice))
		claim->verbatim = false;
	dies_ms = policy_step_dies(debtor, policy, instalment, step);
	if (dies_ms <= work->now_ms)
		claim->stands = false;
	if (dies_ms < claim->dies_ms)
		claim->dies_ms = dies_ms;
}

static void
judge_items(const struct work *work, const struct debtor *debtor,
    const struct snap_invoice *invoice,
    const struct snap_instalment *instalment, struct claim *claim)
{
	for (size_t i = 0; i < instalment->item_count; i++) {
		const struct snap_item	*item = &instalment->items[i];

		if (item->notice_id == claim->notice->id &&
		    (item->state == ITEM_OPEN || item->state == ITEM_IN_DOUBT))
			judge_item(work, debtor, invoice, instalment, item,
			    claim);
	}
}

struct claim
policy_claim(const struct work *work, const struct debtor *debtor,
    const struct snap_notice *notice)
{
	const struct snap_customer	*customer = debtor->customer;
	struct claim			 claim = {notice, NULL, true, true,
					    false, TIME_NEVER};

	for (size_t i = 0; i < customer->invoice_count; i++) {
		const struct snap_invoice	*invoice = &customer->invoices[i];

		for (size_t j = 0; j < invoice->instalment_count; j++)
			judge_items(work, debtor, invoice,
			    &invoice->instalments[j], &claim);
	}
	if (claim.policy == NULL)
		claim.stands = false;	/* nothing is claimed any more */
	claim.verbatim = claim.verbatim && claim.stands;
	return claim;
}

static void
answer(struct work *work, const struct debtor *debtor,
    const struct snap_notice *notice, const struct policy_step *step,
    const struct reached *reached)
{
	struct decided_retry	*decided;

	if ((decided = policy_push(work, &work->retries,
	    sizeof(*decided))) == NULL)
		return;
	decided->notice = notice;
	decided->contact = reached->contact;
	if (reached->contact == NULL)
		return;
	decided->not_after_ms = policy_valid_until(work, debtor,
	    reached->until_ms);
	policy_plan_event(work, debtor, reached->contact->channel,
	    step->stage);
}

static void
retry(struct work *work, const struct debtor *debtor,
    const struct snap_notice *notice, bool stopped)
{
	struct claim			 claim = policy_claim(work, debtor,
					    notice);
	const struct policy_step	*step = NULL;
	struct reached			 reached = {.reach = REACH_NONE};
	int64_t				 gap_ms = 0;

	if (claim.stands && !stopped)
		step = policy_step(claim.policy, notice->step);
	if (step != NULL)
		gap_ms = policy_gap_end(work, debtor, claim.policy, NULL);
	if (gap_ms > work->now_ms) {
		/* another notice went out while this one waited (R5) */
		reached.reach = REACH_LATER;
		reached.next_ms = gap_ms;
	} else if (step != NULL) {
		policy_reach(work, debtor, claim.policy, step, claim.dies_ms,
		    notice, &reached);
		if (reached.reach == REACH_NONE && !work->failed)
			policy_task(work, debtor->customer, "reach", "every"
			    " channel refused: find another address, or call");
	}
	if (work->failed)
		return;
	if (reached.reach == REACH_LATER) {
		policy_look(work, reached.next_ms);
		policy_look(work, claim.dies_ms);
		return;
	}
	answer(work, debtor, notice, step, &reached);
}

void
policy_retry(struct work *work, const struct debtor *debtor, bool stopped)
{
	const struct snap_customer	*customer = debtor->customer;

	for (size_t i = 0; i < customer->notice_count && !work->failed; i++) {
		const struct snap_notice	*notice = &customer->notices[i];
		size_t				 count = notice->message_count;

		if (count == 0)
			continue;
		if (notice->messages[count - 1].state == MSG_IN_DOUBT)
			policy_doubt(work, debtor, notice, stopped);
		else if (notice->state == NOTICE_OPEN &&
		    notice->messages[count - 1].state == MSG_FAILED)
			retry(work, debtor, notice, stopped);
	}
}
