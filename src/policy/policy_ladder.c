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
	int				 heard;		/* of those surely taken */
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

/* R2: grace counts behind the due date. */
int64_t
policy_step_day(const struct policy *policy,
    const struct snap_instalment *instalment, const struct policy_step *step)
{
	return (int64_t)instalment->due + step->offset_days +
	    (step->offset_days > 0 ? policy->grace_days : 0);
}

static int64_t
step_day(const struct rung *rung, const struct policy_step *step)
{
	return policy_step_day(rung->policy, rung->instalment, step);
}

int64_t
policy_step_dies(const struct debtor *debtor, const struct policy *policy,
    const struct snap_instalment *instalment, const struct policy_step *step)
{
	int64_t	last = policy_step_day(policy, instalment, step) +
		    step->max_late_days;

	return step->max_late_days == INT32_MAX || last >= INT32_MAX ?
	    TIME_NEVER : policy_day_start(debtor, (int32_t)last + 1);
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
bool
policy_gives_level(const struct snap_item *item)
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

		if (item->cycle != instalment->cycle ||
		    !policy_gives_level(item) ||
		    (step = item_step(rung, item)) == NULL)
			continue;
		if (item->state != ITEM_IN_DOUBT && step->level > rung->heard)
			rung->heard = step->level;
		if (step->level < rung->level || (step->level == rung->level &&
		    item_day(rung, item) < rung->last_day))
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
	int64_t	tolerance = policy_amount_of(&rung->policy->tolerated,
		    rung->invoice->currency);

	if (rung->instalment->balance > tolerance)
		return false;
	if (rung->instalment->item_count > 0)
		pass_reached(rung, "paid");
	(void)no(rung, "R10", "paid", rung->instalment->balance > 0 ?
	    "what is left counts as paid" : "nothing is open");
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
		if (item->state == ITEM_IN_DOUBT && policy_doubt_freezes(
		    rung->work, rung->debtor, item))
			return !no(rung, "R7", "in_doubt",
			    "it is not known whether the last notice left");
	}
	return false;
}

/*
 * What may be asked for: without the disputed part and unapplied money.  Money
 * that stands in a step's way is to be allocated by a person (R11).
 */
static int64_t
chasable(struct rung *rung, const struct policy_step *step)
{
	const struct snap_instalment	*instalment = rung->instalment;
	int64_t				 tolerance, amount;

	tolerance = policy_amount_of(&rung->policy->tolerated,
	    rung->invoice->currency);
	amount = instalment->balance - instalment->disputed;
	if (amount <= tolerance) {
		(void)no(rung, "R13", "disputed", "all of it is in dispute");
		return 0;
	}
	amount -= rung->credit;
	if (amount > tolerance)
		return amount;
	(void)no(rung, "R11", "unapplied",
	    "money not yet allocated covers it");
	if (step != NULL)
		policy_task(rung->work, rung->debtor->customer, "allocate",
		    "money came in that no invoice was named for");
	return 0;
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
	return step->action == STEP_HANDOFF && rung->heard < step->level - 1;
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
		if (step->level <= rung->level) {
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
	int64_t			 dies_ms;

	dies_ms = policy_step_dies(rung->debtor, rung->policy,
	    rung->instalment, step);
	policy_look(rung->work, dies_ms);
	if (!keeps_distance(rung, step) || (candidate = policy_push(rung->work,
	    candidates, sizeof(*candidate))) == NULL)
		return;
	*candidate = (struct candidate){rung->debtor, rung->invoice,
	    rung->instalment, rung->policy, step, amount, dies_ms};
	policy_reason(rung->work, about(rung, step),
	    (struct ground){VERDICT_YES, "R3", "step_due", step->pos,
	    TIME_NONE}, "day %d from the due date calls for step %s",
	    (int)(rung->debtor->today - rung->instalment->due), step->id);
}

/* All of it is named, whatever ends first. */
static bool
waits(struct rung *rung)
{
	bool	any = is_under_way(rung);

	any = policy_wait_for_holds(rung->work, about(rung, NULL)) || any;
	return policy_wait_for_promises(rung->work, rung->debtor, rung->policy,
	    about(rung, NULL)) || any;
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
	if (waits(rung) || (amount = chasable(rung, step)) <= 0 || rests_after_payment(rung))
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

/* What has no due date comes last. */
static int
by_due(const void *a, const void *b)
{
	const struct snap_instalment	*x =
	    (*(const struct open_debt *const *)a)->instalment;
	const struct snap_instalment	*y =
	    (*(const struct open_debt *const *)b)->instalment;

	if (x->due != y->due) {
		if (x->due == DAY_NONE || y->due == DAY_NONE)
			return x->due == DAY_NONE ? 1 : -1;
		return x->due < y->due ? -1 : 1;
	}
	return (x->id > y->id) - (x->id < y->id);
}

static void
spend_credit(struct open_debt **debts, size_t count,
    const struct snap_credit *credit)
{
	int64_t	left = credit->minor, open;

	for (size_t i = 0; i < count && left > 0; i++) {
		if (debts[i]->invoice->status != INVOICE_OPEN ||
		    strcmp(debts[i]->invoice->currency, credit->currency) != 0)
			continue;
		open = debts[i]->instalment->balance - debts[i]->credit;
		if (open > left)
			open = left;
		if (open <= 0)
			continue;
		debts[i]->credit += open;
		left -= open;
	}
}

static void
set_credits(struct work *work, const struct snap_customer *customer,
    const struct list *list)
{
	struct open_debt	*debts = list->items, **sorted;

	if (customer->credit_count == 0 || list->count == 0)
		return;
	sorted = arena_array(work->arena, list->count, sizeof(*sorted));
	if (sorted == NULL) {
		work->failed = !err_nomem(work->err);
		return;
	}
	for (size_t i = 0; i < list->count; i++)
		sorted[i] = &debts[i];
	qsort(sorted, list->count, sizeof(struct open_debt *), by_due);
	for (size_t i = 0; i < customer->credit_count; i++)
		spend_credit(sorted, list->count, &customer->credits[i]);
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

const struct policy *
policy_of_invoice(const struct work *work, const struct debtor *debtor,
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
	if (work->failed)
		return;
	set_credits(work, customer, &debts);
	debt = debts.items;
	for (size_t i = 0; i < debts.count && !work->failed; i++) {
		struct rung	rung = {.work = work, .debtor = debtor,
		    .policy = policy_of_invoice(work, debtor, debt[i].invoice),
		    .invoice = debt[i].invoice,
		    .instalment = debt[i].instalment,
		    .credit = debt[i].credit};

		judge(&rung, candidates);
	}
}
