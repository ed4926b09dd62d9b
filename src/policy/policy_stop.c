/* SPDX-License-Identifier: ISC */
/* What stops a contact: states, hand-overs, holds and promises. */
#include "policy/policy_impl.h"

/* --- holds and promises ---------------------------------------------------- */

static bool
holds(const struct snap_hold *hold, const struct snap_customer *customer,
    const struct snap_invoice *invoice,
    const struct snap_instalment *instalment)
{
	switch (hold->scope) {
	case SCOPE_PERSON:
		return invoice == NULL;
	case SCOPE_CUSTOMER:
		return invoice == NULL && hold->subject_id == customer->id;
	case SCOPE_INVOICE:
		return invoice != NULL && hold->subject_id == invoice->id;
	case SCOPE_INSTALMENT:
		return instalment != NULL &&
		    hold->subject_id == instalment->id;
	case HOLD_SCOPE_COUNT:
		break;
	}
	return false;
}

const struct snap_hold *
policy_hold_on(const struct work *work, const struct snap_invoice *invoice,
    const struct snap_instalment *instalment)
{
	const struct snapshot	*snap = work->snap;

	for (size_t i = 0; i < snap->hold_count; i++) {
		if (holds(&snap->holds[i], NULL, invoice, instalment))
			return &snap->holds[i];
	}
	return NULL;
}

bool
policy_wait_for_holds(struct work *work, struct subject subject)
{
	const struct snapshot	*snap = work->snap;
	bool			 any = false;

	for (size_t i = 0; i < snap->hold_count; i++) {
		const struct snap_hold	*hold = &snap->holds[i];

		if (!holds(hold, subject.customer, subject.invoice,
		    subject.instalment))
			continue;
		any = true;
		policy_look(work, hold->until_ms);
		policy_reason(work, subject, (struct ground){VERDICT_WAIT,
		    "R16", "hold", {NULL, 0, 0}, hold->until_ms},
		    "on hold by %s: %s", hold->author, hold->reason);
	}
	return any;
}

/* The first day on which a promise no longer stops (R14). */
static int64_t
promise_end(const struct snap_promise *promise, const struct policy *policy)
{
	return (int64_t)promise->pay_on + policy->clearing_days + 1;
}

static bool
stops(const struct snap_promise *promise, const struct debtor *debtor,
    const struct policy *policy, enum hold_scope scope, int64_t subject_id)
{
	return promise->scope == scope && promise->subject_id == subject_id &&
	    debtor->today < promise_end(promise, policy);
}

const struct snap_promise *
policy_promise_on(const struct work *work, const struct debtor *debtor,
    const struct policy *policy, enum hold_scope scope, int64_t subject_id)
{
	const struct snapshot	*snap = work->snap;

	for (size_t i = 0; i < snap->promise_count; i++) {
		if (stops(&snap->promises[i], debtor, policy, scope,
		    subject_id))
			return &snap->promises[i];
	}
	return NULL;
}

static void
wait_for_promise(struct work *work, const struct debtor *debtor,
    const struct policy *policy, const struct snap_promise *promise,
    struct subject subject)
{
	char	text[16];
	int64_t	end = policy_day_start(debtor,
		    (int32_t)promise_end(promise, policy));

	policy_look(work, end);
	policy_reason(work, subject, (struct ground){VERDICT_WAIT, "R14",
	    "promise", {NULL, 0, 0}, end}, "payment is promised for %s",
	    date_text(promise->pay_on, text));
}

bool
policy_wait_for_promises(struct work *work, const struct debtor *debtor,
    const struct policy *policy, struct subject subject)
{
	const struct snapshot	*snap = work->snap;
	const enum hold_scope	 scope = subject.invoice == NULL ?
				    SCOPE_CUSTOMER : SCOPE_INVOICE;
	const int64_t		 id = subject.invoice == NULL ?
				    subject.customer->id :
				    subject.invoice->id;
	bool			 any = false;

	for (size_t i = 0; i < snap->promise_count; i++) {
		if (!stops(&snap->promises[i], debtor, policy, scope, id))
			continue;
		any = true;
		wait_for_promise(work, debtor, policy, &snap->promises[i],
		    subject);
	}
	return any;
}

/* --- the whole customer --------------------------------------------------- */

/* R27: until it is paid, a debt handed over ends every automatic contact. */
static bool
is_handed_over(const struct policy *policy, const struct snap_invoice *invoice,
    const struct snap_instalment *instalment)
{
	const struct policy_step	*step;

	if (instalment->balance <= policy_amount_of(&policy->tolerated,
	    invoice->currency))
		return false;
	for (size_t i = 0; i < instalment->item_count; i++) {
		const struct snap_item	*item = &instalment->items[i];

		if (item->cycle != instalment->cycle ||
		    !policy_gives_level(item))
			continue;
		step = policy_step(policy, item->step);
		if (step != NULL && step->action == STEP_HANDOFF)
			return true;
	}
	return false;
}

static bool
any_handed_over(const struct work *work, const struct debtor *debtor)
{
	const struct snap_customer	*customer = debtor->customer;

	for (size_t i = 0; i < customer->invoice_count; i++) {
		const struct snap_invoice	*invoice = &customer->invoices[i];
		const struct policy		*policy = policy_of_invoice(work,
						    debtor, invoice);

		for (size_t j = 0; j < invoice->instalment_count; j++) {
			if (is_handed_over(policy, invoice,
			    &invoice->instalments[j]))
				return true;
		}
	}
	return false;
}

static bool
stop(struct work *work, const struct debtor *debtor, const char *rule,
    const char *code, const char *detail)
{
	policy_reason(work,
	    (struct subject){debtor->customer, NULL, NULL, NULL},
	    (struct ground){VERDICT_NO, rule, code, {NULL, 0, 0}, TIME_NONE},
	    "%s", detail);
	return true;
}

static bool
waits(struct work *work, const struct debtor *debtor)
{
	const struct subject	subject = {debtor->customer, NULL, NULL, NULL};
	const bool		held = policy_wait_for_holds(work, subject);

	return policy_wait_for_promises(work, debtor, debtor->policy,
	    subject) || held;
}

bool
policy_customer_stops(struct work *work, const struct debtor *debtor)
{
	const struct snap_customer	*customer = debtor->customer;

	if (customer->status != CUSTOMER_ACTIVE)
		return stop(work, debtor, "R26",
		    customer_status_names[customer->status],
		    "the customer's status excludes every contact");
	if (customer->type == DEBTOR_PUBLIC)
		return stop(work, debtor, "R26", "public_body",
		    "public bodies are not chased");
	if (any_handed_over(work, debtor))
		return stop(work, debtor, "R27", "handed_over",
		    "a debt of this customer was handed over");
	return waits(work, debtor);
}
