/* SPDX-License-Identifier: ISC */
/* Which step, if any, each instalment of a debtor calls for today. */
#include "policy/policy_impl.h"

/* One instalment while it is judged. */
struct rung {
	struct work			*work;
	const struct debtor		*debtor;
	const struct policy		*policy;
	const struct snap_invoice	*invoice;
	const struct snap_instalment	*instalment;
	int				 level;		/* of its highest step taken */
	const struct policy_step	*last;		/* that step, when it is known */
	int32_t				 last_day;	/* when it was taken */
	int64_t				 credit;	/* unapplied money set against it */
};

static struct subject
about(const struct rung *rung, const struct policy_step *step)
{
	return (struct subject){rung->debtor->customer, rung->invoice,
	    rung->instalment, step};
}

/* The day on which a step is reached (R2: grace counts behind the due date). */
static int64_t
step_day(const struct rung *rung, const struct policy_step *step)
{
	return (int64_t)rung->instalment->due + step->offset_days +
	    (step->offset_days > 0 ? rung->policy->grace_days : 0);
}

static bool
is_reached(const struct rung *rung, const struct policy_step *step)
{
	return step_day(rung, step) <= rung->debtor->today;
}

static bool
is_alive(const struct rung *rung, const struct policy_step *step)
{
	return rung->debtor->today <=
	    step_day(rung, step) + step->max_late_days;
}

static const struct snap_item *
item_of(const struct rung *rung, const struct policy_step *step)
{
	const struct snap_instalment	*instalment = rung->instalment;

	for (size_t i = 0; i < instalment->item_count; i++) {
		const struct snap_item	*item = &instalment->items[i];

		if (item->cycle == instalment->cycle &&
		    strcmp(item->step, step->id) == 0)
			return item;
	}
	return NULL;
}

static int32_t
item_day(const struct rung *rung, const struct snap_item *item)
{
	return zone_civil(rung->debtor->zone, item->at_ms).day;
}

/*
 * The step of an item; where the policy has it no more, the nearest lower one
 * by the age at which the item was taken (R25).
 */
static const struct policy_step *
item_step(const struct rung *rung, const struct snap_item *item)
{
	const struct policy_step	*steps = rung->policy->steps.items;
	const struct policy_step	*step = policy_step(rung->policy, item->step);

	if (step != NULL)
		return step;
	for (size_t i = 0; i < rung->policy->steps.count; i++) {
		if (step_day(rung, &steps[i]) <= item_day(rung, item))
			step = &steps[i];
	}
	return step;
}

/* A passed step raises no level, unless it stands for one taken elsewhere. */
static bool
gives_level(const struct snap_item *item)
{
	return item->state == ITEM_ACCEPTED || item->state == ITEM_IN_DOUBT ||
	    (item->state == ITEM_PASSED && strcmp(item->rule, "inherited") == 0);
}

static void
find_level(struct rung *rung)
{
	const struct snap_instalment	*instalment = rung->instalment;
	const struct policy_step	*step;

	for (size_t i = 0; i < instalment->item_count; i++) {
		const struct snap_item	*item = &instalment->items[i];

		if (item->cycle != instalment->cycle || !gives_level(item) ||
		    (step = item_step(rung, item)) == NULL ||
		    step->level <= rung->level)
			continue;
		rung->level = step->level;
		rung->last = step;
		rung->last_day = item_day(rung, item);
	}
}

static void
pass(struct rung *rung, const struct policy_step *step, const char *rule)
{
	struct decided_pass	*passed;

	passed = policy_push(rung->work, &rung->work->passes, sizeof(*passed));
	if (passed == NULL)
		return;
	passed->instalment = rung->instalment;
	passed->step = step;
	passed->rule = rule;
}

/* Every step reached and not taken goes by, with one rule. */
static void
pass_reached(struct rung *rung, const char *rule)
{
	const struct policy_step	*steps = rung->policy->steps.items;

	for (size_t i = 0; i < rung->policy->steps.count; i++) {
		if (is_reached(rung, &steps[i]) &&
		    item_of(rung, &steps[i]) == NULL)
			pass(rung, &steps[i], rule);
	}
}

static void
look_on_day(struct rung *rung, int64_t day)
{
	if (day > rung->debtor->today && day < INT32_MAX)
		policy_look(rung->work,
		    policy_day_start(rung->debtor, (int32_t)day));
}

static bool
no(struct rung *rung, const char *rule, const char *code, const char *detail)
{
	policy_reason(rung->work, about(rung, NULL),
	    (struct ground){VERDICT_NO, rule, code, {NULL, 0, 0}, TIME_NONE},
	    "%s", detail);
	return false;
}

/* What keeps an instalment out whatever its age (R26). */
static bool
can_be_chased(struct rung *rung)
{
	if (rung->invoice->status != INVOICE_OPEN)
		return no(rung, "R26", invoice_status_names[rung->invoice->status],
		    "the invoice is not open");
	if (rung->instalment->due == DAY_NONE)
		return no(rung, "R26", "no_due_date", "it has no due date");
	return true;
}

static bool
is_paid(struct rung *rung)
{
	int64_t	tolerance = policy_amount_of(&rung->policy->tolerances,
		    rung->invoice->currency);

	if (rung->instalment->balance > tolerance)
		return false;
	if (rung->instalment->item_count > 0)
		pass_reached(rung, "paid");
	(void)no(rung, "R10", "paid", rung->instalment->balance > 0 ?
	    "what is left counts as paid" : "nothing is open");
	return true;
}

static bool
is_on_hold(struct rung *rung)
{
	const struct snapshot	*snap = rung->work->snap;

	for (size_t i = 0; i < snap->hold_count; i++) {
		const struct snap_hold	*hold = &snap->holds[i];

		if (!(hold->scope == SCOPE_INVOICE &&
		    hold->subject_id == rung->invoice->id) &&
		    !(hold->scope == SCOPE_INSTALMENT &&
		    hold->subject_id == rung->instalment->id))
			continue;
		policy_reason(rung->work, about(rung, NULL),
		    (struct ground){VERDICT_WAIT, "R16", "hold", {NULL, 0, 0},
		    hold->until_ms}, "on hold by %s: %s", hold->author,
		    hold->reason);
		policy_look(rung->work, hold->until_ms);
		return true;
	}
	return false;
}

/* The first day on which a promise no longer stops (R14). */
static int64_t
promise_end(const struct snap_promise *promise, const struct policy *policy)
{
	return (int64_t)promise->pay_on + policy->clearing_days + 1;
}

static const struct snap_promise *
find_promise(const struct work *work, const struct debtor *debtor,
    const struct policy *policy, enum hold_scope scope, int64_t subject_id)
{
	for (size_t i = 0; i < work->snap->promise_count; i++) {
		const struct snap_promise	*promise = &work->snap->promises[i];

		if (promise->scope == scope &&
		    promise->subject_id == subject_id &&
		    debtor->today < promise_end(promise, policy))
			return promise;
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

static bool
is_promised(struct rung *rung)
{
	const struct snap_promise	*promise;

	promise = find_promise(rung->work, rung->debtor, rung->policy,
	    SCOPE_INVOICE, rung->invoice->id);
	if (promise == NULL)
		return false;
	wait_for_promise(rung->work, rung->debtor, rung->policy, promise,
	    about(rung, NULL));
	return true;
}

/* A notice on its way, or one that nobody knows the fate of (R7). */
static bool
is_under_way(struct rung *rung)
{
	const struct snap_instalment	*instalment = rung->instalment;

	for (size_t i = 0; i < instalment->item_count; i++) {
		const struct snap_item	*item = &instalment->items[i];

		if (item->cycle != instalment->cycle)
			continue;
		if (item->state == ITEM_OPEN)
			return !no(rung, "R8", "in_flight",
			    "a notice is on its way");
		if (item->state == ITEM_IN_DOUBT)
			return !no(rung, "R7", "in_doubt",
			    "it is not known whether the last notice left");
	}
	return false;
}

/* What may be asked for: without the disputed part and unapplied money. */
static int64_t
chasable(struct rung *rung)
{
	const struct snap_instalment	*instalment = rung->instalment;
	int64_t				 amount;

	amount = instalment->balance - instalment->disputed;
	if (amount <= 0) {
		(void)no(rung, "R13", "disputed", "all of it is in dispute");
		return 0;
	}
	amount -= rung->credit;
	if (amount <= policy_amount_of(&rung->policy->tolerances,
	    rung->invoice->currency)) {
		(void)no(rung, "R11", "unapplied",
		    "money not yet allocated covers it");
		return 0;
	}
	return amount;
}

static bool
rests_after_payment(struct rung *rung)
{
	int64_t	paid_ms = rung->debtor->customer->last_payment_ms;
	int64_t	end;

	if (rung->policy->cooldown_days == 0 || paid_ms == TIME_NONE ||
	    rung->instalment->balance >= rung->instalment->amount)
		return false;
	end = (int64_t)zone_civil(rung->debtor->zone, paid_ms).day +
	    rung->policy->cooldown_days;
	if (rung->debtor->today >= end)
		return false;
	look_on_day(rung, end);
	policy_reason(rung->work, about(rung, NULL),
	    (struct ground){VERDICT_WAIT, "R10", "cooldown",
	    rung->policy->pos, policy_day_start(rung->debtor, (int32_t)end)},
	    "a part payment came in lately");
	return true;
}

/* Nobody is handed over unheard: the step just below was taken before (R27). */
static bool
is_too_early(const struct rung *rung, const struct policy_step *step)
{
	return step->action == STEP_HANDOFF && rung->level < step->level - 1;
}

/*
 * R3 and R6: the lowest living step above the level, one at a time; by age or
 * by jump the highest.  Steps that died or were left behind go by.
 */
static const struct policy_step *
pick(struct rung *rung)
{
	const struct policy_step	*steps = rung->policy->steps.items;
	const struct policy_step	*picked = NULL;
	bool				 by_age = rung->policy->entry ==
					    ENTRY_BY_AGE && rung->level == 0;

	for (size_t i = 0; i < rung->policy->steps.count; i++) {
		const struct policy_step	*step = &steps[i];

		if (!is_reached(rung, step)) {
			look_on_day(rung, step_day(rung, step));
			break;
		}
		if (item_of(rung, step) != NULL)
			continue;
		if (step->level < rung->level) {
			pass(rung, step, "superseded");
		} else if (!is_alive(rung, step)) {
			pass(rung, step, "expired");
		} else if (is_too_early(rung, step)) {
			continue;
		} else if (picked == NULL) {
			picked = step;
		} else if (by_age || step->jump) {
			pass(rung, picked, "superseded");
			picked = step;
		}
	}
	return picked;
}

/* A late step keeps its distance to the next one, where the policy says so. */
static bool
keeps_distance(struct rung *rung, const struct policy_step *step)
{
	int64_t	first;

	if (rung->policy->spacing != SPACING_DISTANCE || rung->last == NULL ||
	    rung->last->offset_days <= 0)
		return true;
	first = (int64_t)rung->last_day + step->offset_days -
	    rung->last->offset_days;
	if (rung->debtor->today >= first)
		return true;
	look_on_day(rung, first);
	policy_reason(rung->work, about(rung, step),
	    (struct ground){VERDICT_WAIT, "R18", "spacing", step->pos,
	    policy_day_start(rung->debtor, (int32_t)first)},
	    "step %s went out late; the next keeps its distance",
	    rung->last->id);
	return false;
}

static void
propose(struct rung *rung, const struct policy_step *step, int64_t amount,
    struct list *candidates)
{
	struct candidate	*candidate;

	if (step->max_late_days != INT32_MAX)
		look_on_day(rung,
		    step_day(rung, step) + step->max_late_days + 1);
	if (!keeps_distance(rung, step) || (candidate = policy_push(rung->work,
	    candidates, sizeof(*candidate))) == NULL)
		return;
	*candidate = (struct candidate){rung->debtor, rung->invoice,
	    rung->instalment, rung->policy, step, amount};
	policy_reason(rung->work, about(rung, step),
	    (struct ground){VERDICT_YES, "R3", "step_due", step->pos,
	    TIME_NONE}, "day %d from the due date calls for step %s",
	    (int)(rung->debtor->today - rung->instalment->due), step->id);
}

static void
judge(struct rung *rung, struct list *candidates)
{
	const struct policy_step	*step;
	int64_t				 amount;

	if (!can_be_chased(rung) || is_paid(rung))
		return;
	find_level(rung);
	/* Steps that come later are looked for whatever stops it today. */
	step = pick(rung);
	if (is_under_way(rung) || is_on_hold(rung) || is_promised(rung) ||
	    (amount = chasable(rung)) <= 0 || rests_after_payment(rung))
		return;
	if (step == NULL)
		(void)no(rung, "R3", "no_step",
		    "no step of the ladder is due");
	else
		propose(rung, step, amount, candidates);
}

/* --- unapplied money, oldest debt first (R11) ---------------------------- */

struct open_debt {
	const struct snap_invoice	*invoice;
	const struct snap_instalment	*instalment;
	int64_t				 credit;
};

static int
by_due(const void *a, const void *b)
{
	const struct snap_instalment	*x =
	    ((const struct open_debt *)a)->instalment;
	const struct snap_instalment	*y =
	    ((const struct open_debt *)b)->instalment;

	if (x->due != y->due)
		return x->due < y->due ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static void
spend_credit(struct list *debts, const struct snap_credit *credit)
{
	struct open_debt	*debt = debts->items;
	int64_t			 left = credit->minor, use;

	for (size_t i = 0; i < debts->count && left > 0; i++) {
		if (strcmp(debt[i].invoice->currency, credit->currency) != 0)
			continue;
		use = debt[i].instalment->balance < left ?
		    debt[i].instalment->balance : left;
		if (use <= 0)
			continue;
		debt[i].credit = use;
		left -= use;
	}
}

static void
set_credits(struct work *work, const struct debtor *debtor, struct list *debts)
{
	const struct snap_customer	*customer = debtor->customer;
	struct decided_task		*task;

	if (customer->credit_count == 0 || debts->count == 0)
		return;
	qsort(debts->items, debts->count, sizeof(struct open_debt), by_due);
	for (size_t i = 0; i < customer->credit_count; i++)
		spend_credit(debts, &customer->credits[i]);
	if ((task = policy_push(work, &work->tasks, sizeof(*task))) == NULL)
		return;
	task->kind = "allocate";
	task->customer = customer;
	task->about = "money came in that no invoice was named for";
	task->dedup = arena_printf(work->arena, "allocate:%lld",
	    (long long)customer->id);
}

static void
add_debts(struct work *work, const struct snap_invoice *invoice,
    struct list *debts)
{
	for (size_t i = 0; i < invoice->instalment_count; i++) {
		struct open_debt	*debt;

		if ((debt = policy_push(work, debts, sizeof(*debt))) == NULL)
			return;
		debt->invoice = invoice;
		debt->instalment = &invoice->instalments[i];
	}
}

static const struct policy *
policy_for(const struct work *work, const struct debtor *debtor,
    const struct snap_invoice *invoice)
{
	const struct policy	*policy = NULL;

	if (invoice->policy[0] != '\0')
		policy = policies_find(work->setup->policies, invoice->policy);
	return policy != NULL ? policy : debtor->policy;
}

void
policy_ladder(struct work *work, const struct debtor *debtor,
    struct list *candidates)
{
	const struct snap_customer	*customer = debtor->customer;
	struct list			 debts = {NULL, 0, 0};
	const struct open_debt		*debt;

	for (size_t i = 0; i < customer->invoice_count; i++)
		add_debts(work, &customer->invoices[i], &debts);
	set_credits(work, debtor, &debts);
	debt = debts.items;
	for (size_t i = 0; i < debts.count && !work->failed; i++) {
		struct rung	rung = {.work = work, .debtor = debtor,
		    .policy = policy_for(work, debtor, debt[i].invoice),
		    .invoice = debt[i].invoice,
		    .instalment = debt[i].instalment,
		    .credit = debt[i].credit};

		judge(&rung, candidates);
	}
}

/* --- the whole customer --------------------------------------------------- */

/* R27: a debt handed over ends every automatic contact with the customer. */
static bool
is_handed_over(const struct debtor *debtor, const struct snap_instalment *inst)
{
	const struct policy_step	*step;

	for (size_t i = 0; inst->balance > 0 && i < inst->item_count; i++) {
		if (inst->items[i].state != ITEM_ACCEPTED ||
		    inst->items[i].cycle != inst->cycle)
			continue;
		step = policy_step(debtor->policy, inst->items[i].step);
		if (step != NULL && step->action == STEP_HANDOFF)
			return true;
	}
	return false;
}

static bool
any_handed_over(const struct debtor *debtor)
{
	const struct snap_customer	*customer = debtor->customer;

	for (size_t i = 0; i < customer->invoice_count; i++) {
		const struct snap_invoice	*invoice = &customer->invoices[i];

		for (size_t j = 0; j < invoice->instalment_count; j++) {
			if (is_handed_over(debtor, &invoice->instalments[j]))
				return true;
		}
	}
	return false;
}

static const struct snap_hold *
find_hold(const struct snapshot *snap, const struct snap_customer *customer)
{
	for (size_t i = 0; i < snap->hold_count; i++) {
		const struct snap_hold	*hold = &snap->holds[i];

		if (hold->scope == SCOPE_PERSON ||
		    (hold->scope == SCOPE_CUSTOMER &&
		    hold->subject_id == customer->id))
			return hold;
	}
	return NULL;
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

bool
policy_customer_stops(struct work *work, struct debtor *debtor)
{
	const struct snap_customer	*customer = debtor->customer;
	const struct snap_hold		*hold;
	const struct snap_promise	*promise;

	if (customer->status != CUSTOMER_ACTIVE)
		return stop(work, debtor, "R26",
		    customer_status_names[customer->status],
		    "the customer's status excludes every contact");
	if (customer->type == DEBTOR_PUBLIC)
		return stop(work, debtor, "R26", "public_body",
		    "public bodies are not chased");
	if (any_handed_over(debtor))
		return stop(work, debtor, "R27", "handed_over",
		    "a debt of this customer was handed over");
	if ((hold = find_hold(work->snap, customer)) != NULL) {
		policy_look(work, hold->until_ms);
		policy_reason(work, (struct subject){customer, NULL, NULL, NULL},
		    (struct ground){VERDICT_WAIT, "R16", "hold", {NULL, 0, 0},
		    hold->until_ms}, "on hold by %s: %s", hold->author,
		    hold->reason);
		return true;
	}
	promise = find_promise(work, debtor, debtor->policy, SCOPE_CUSTOMER,
	    customer->id);
	if (promise == NULL)
		return false;
	wait_for_promise(work, debtor, debtor->policy, promise,
	    (struct subject){customer, NULL, NULL, NULL});
	return true;
}
