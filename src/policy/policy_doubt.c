/* SPDX-License-Identifier: ISC */
/*
 * What becomes of a message when nobody knows whether it left (R7, DELIVERY
 * 1.3): once more by rule, once more because a person wants it, or a task.
 */
#include "policy/policy_impl.h"

/* No greylist that we know makes a sender wait longer. */
#define RESEND_AFTER_MS		(30 * MINUTE_MS)
/* Mail is given up after as long (RFC 5321); then its words are too old. */
#define RESEND_WITHIN_MS	(5 * DAY_MS)
/* A receipt may still come. */
#define RECEIPT_MS		DAY_MS

/* One doubt while it is judged. */
struct doubt {
	struct work			*work;
	const struct debtor		*debtor;
	const struct snap_notice	*notice;
	const struct snap_message	*message;
	const struct policy_step	*step;		/* NULL: not known any more */
	struct claim			 claim;
	int64_t				 began_ms;
	bool				 asked;		/* by a person */
};

static void
say(const struct doubt *doubt, enum verdict verdict, const char *code,
    int64_t until_ms, const char *text)
{
	policy_reason(doubt->work, (struct subject){doubt->debtor->customer,
	    NULL, NULL, doubt->step}, (struct ground){verdict, "R7", code,
	    {NULL, 0, 0}, until_ms}, "%s: %s", doubt->message->key, text);
}

static bool
wait_until(const struct doubt *doubt, int64_t ms, const char *text)
{
	policy_look(doubt->work, ms);
	say(doubt, VERDICT_WAIT, "resend_waits", ms, text);
	return true;
}

/* --- once more ------------------------------------------------------------- */

/* Only mail may come twice: the mailbox knows it by its Message-ID. */
static bool
holds(const struct doubt *doubt)
{
	return doubt->notice->in_doubt != 0 ||
	    doubt->message->channel != CHANNEL_EMAIL;
}

static bool
may_resend(const struct doubt *doubt)
{
	switch (doubt->message->resend) {
	case RESEND_ASKED:
		return true;
	case RESEND_BY_RULE:
		return !holds(doubt) && doubt->message->doubts <= 1;
	case RESEND_DECLINED:
		break;
	}
	return false;
}

/* A reply tells that it came. */
static bool
was_answered(const struct doubt *doubt)
{
	const struct snapshot	*snap = doubt->work->snap;

	for (size_t i = 0; i < snap->event_count; i++) {
		const struct snap_event	*event = &snap->events[i];

		if (event->exempt && event->customer_id ==
		    doubt->debtor->customer->id &&
		    event->at_ms >= doubt->began_ms)
			return true;
	}
	return false;
}

/* What was sealed goes to the address that was sealed with it. */
static const struct snap_contact *
same_contact(const struct doubt *doubt)
{
	const struct snap_contact	*contact = policy_contact(
	    doubt->debtor->customer, doubt->message->channel);

	return contact != NULL && strcmp(contact->address,
	    doubt->message->address) == 0 ? contact : NULL;
}

static void
resend(const struct doubt *doubt, const struct reached *reached)
{
	struct work		*work = doubt->work;
	struct decided_retry	*decided;

	if ((decided = policy_push(work, &work->retries,
	    sizeof(*decided))) == NULL)
		return;
	*decided = (struct decided_retry){doubt->notice, reached->contact,
	    doubt->message, policy_valid_until(work, doubt->debtor,
	    reached->until_ms < doubt->claim.dies_ms ? reached->until_ms :
	    doubt->claim.dies_ms)};
	policy_plan_event(work, doubt->debtor, reached->contact->channel,
	    doubt->step->stage);
	say(doubt, VERDICT_YES, "resend", TIME_NONE,
	    "it may not have left: the identical message once more");
}

/*
 * The first copy may have arrived, so the law's caps count it; the policy's own
 * gap is between two notices, and this is one.
 */
static bool
reach(const struct doubt *doubt, const struct snap_contact *contact,
    int64_t last_ms)
{
	struct work	*work = doubt->work;
	struct reached	 reached = {.reach = REACH_LATER};

	reached.next_ms = policy_gap_end(work, doubt->debtor,
	    doubt->claim.policy, doubt->notice);
	if (reached.next_ms <= work->now_ms)
		policy_reach_one(work, doubt->debtor, doubt->claim.policy,
		    doubt->step, contact, &reached);
	if (work->failed)
		return true;
	if (reached.reach == REACH_NOW) {
		resend(doubt, &reached);
		return true;
	}
	return reached.reach == REACH_LATER && reached.next_ms < last_ms &&
	    wait_until(doubt, reached.next_ms, "the next lawful hour");
}

/* False: it never will by itself. */
static bool
try_resend(const struct doubt *doubt)
{
	const struct snap_contact	*contact = same_contact(doubt);
	const int64_t			 now_ms = doubt->work->now_ms;
	int64_t				 first_ms = now_ms;
	int64_t				 last_ms = doubt->claim.dies_ms;

	if (!doubt->claim.verbatim || doubt->step == NULL || contact == NULL ||
	    was_answered(doubt))
		return false;
	if (!doubt->asked) {
		first_ms = doubt->began_ms + RESEND_AFTER_MS;
		if (doubt->began_ms + RESEND_WITHIN_MS < last_ms)
			last_ms = doubt->began_ms + RESEND_WITHIN_MS;
	}
	if (last_ms <= now_ms)
		return false;
	policy_look(doubt->work, last_ms);
	if (now_ms < first_ms)
		return wait_until(doubt, first_ms, "an answer may still come");
	return reach(doubt, contact, last_ms);
}

/* --- a person --------------------------------------------------------------- */

/* The ladder could not go on: it ends with the step behind this one. */
static bool
is_last_word(const struct doubt *doubt)
{
	const struct policy_step	*steps;

	if (doubt->step == NULL)
		return false;
	steps = doubt->claim.policy->steps.items;
	return (size_t)doubt->step->level < doubt->claim.policy->steps.count &&
	    steps[doubt->step->level].action == STEP_HANDOFF;
}

static void
call_person(const struct doubt *doubt)
{
	struct work	*work = doubt->work;
	const char	*key = doubt->message->key;

	say(doubt, VERDICT_NO, "settle", TIME_NONE, "a person has to find out"
	    " whether it arrived");
	policy_task_about(work, doubt->debtor->customer, doubt->notice,
	    "in_doubt", arena_printf(work->arena, "%s%s: nobody knows whether"
	    " it reached the customer; find out, then `dunlin queue release"
	    " %s --as sent|not-sent|resend`", doubt->asked ?
	    "can't be sent again as it stands: " : "", key, key),
	    arena_printf(work->arena, "in_doubt:%s:%d%s", key,
	    doubt->message->doubts, doubt->asked ? ":asked" : ""));
}

/*
 * What may not be said any more keeps nobody: it stays as a record, and the
 * ladder goes on as if it had come, unless more depends on it.
 */
static void
rest(const struct doubt *doubt)
{
	const int64_t	until_ms = doubt->asked || !holds(doubt) ?
			    doubt->work->now_ms :
			    doubt->began_ms + RECEIPT_MS;

	if (!doubt->claim.owed || (!doubt->claim.verbatim && !holds(doubt) &&
	    !doubt->asked && !is_last_word(doubt))) {
		say(doubt, VERDICT_NO, "record", TIME_NONE, "what it says is no"
		    " longer so: it stays in doubt as a record");
		return;
	}
	if (until_ms <= doubt->work->now_ms) {
		call_person(doubt);
		return;
	}
	policy_look(doubt->work, until_ms);
	say(doubt, VERDICT_WAIT, "receipt", until_ms,
	    "a receipt may still come");
}

/* --- all of it --------------------------------------------------------------- */

void
policy_doubt(struct work *work, const struct debtor *debtor,
    const struct snap_notice *notice, bool stopped)
{
	const struct snap_message	*message =
	    &notice->messages[notice->message_count - 1];
	struct doubt			 doubt = {
		.work = work, .debtor = debtor, .notice = notice,
		.message = message,
		.claim = policy_claim(work, debtor, notice),
		.began_ms = message->doubt_ms == TIME_NONE ?
		    message->next_ms : message->doubt_ms,
		.asked = message->resend == RESEND_ASKED,
	};

	if (stopped)
		return;		/* whoever stopped it says until when */
	if (doubt.claim.policy != NULL)
		doubt.step = policy_step(doubt.claim.policy, notice->step);
	/* From then on it freezes nothing. */
	if (doubt.claim.dies_ms > work->now_ms)
		policy_look(work, doubt.claim.dies_ms);
	if (!(may_resend(&doubt) && try_resend(&doubt)) && !work->failed)
		rest(&doubt);
}

bool
policy_doubt_freezes(const struct work *work, const struct debtor *debtor,
    const struct snap_item *item)
{
	const struct snap_customer	*customer = debtor->customer;

	for (size_t i = 0; i < customer->notice_count; i++) {
		if (customer->notices[i].id == item->notice_id)
			return policy_claim(work, debtor,
			    &customer->notices[i]).verbatim;
	}
	return true;
}
