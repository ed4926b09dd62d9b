/* SPDX-License-Identifier: ISC */
/* One decision: each customer judged, then the person's contacts chosen. */
#include "policy/policy_impl.h"

#include <stdarg.h>

void *
policy_push(struct work *work, struct list *list, size_t size)
{
	size_t	cap = list->cap == 0 ? 8 : list->cap * 2;
	void	*items;

	if (list->count == list->cap) {
		if ((items = arena_array(work->arena, cap, size)) == NULL) {
			work->failed = !err_nomem(work->err);
			return NULL;
		}
		if (list->count > 0)
			(void)memcpy(items, list->items, list->count * size);
		list->items = items;
		list->cap = cap;
	}
	return (char *)list->items + list->count++ * size;
}

void
policy_look(struct work *work, int64_t ms)
{
	if (ms <= work->now_ms)
		ms = work->now_ms + 1;
	if (ms < work->look_ms)
		work->look_ms = ms;
}

int64_t
policy_day_start(const struct debtor *debtor, int32_t day)
{
	return zone_instant(debtor->zone, (struct civil){day, 0});
}

void
policy_reason(struct work *work, struct subject subject, struct ground ground,
    const char *fmt, ...)
{
	struct decided_reason	*reason;
	char			 detail[400];
	va_list			 ap;

	if (!work->explain || work->failed || (reason = policy_push(work,
	    &work->reasons, sizeof(*reason))) == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	*reason = (struct decided_reason){ground.verdict, ground.rule,
	    ground.code, subject.customer, subject.invoice, subject.instalment,
	    subject.step == NULL ? "" : subject.step->id,
	    arena_strdup(work->arena, detail), "", ground.until_ms};
	if (ground.pos.file != NULL)
		reason->where = arena_printf(work->arena, "%s:%d",
		    ground.pos.file, ground.pos.line);
	if (reason->detail == NULL || reason->where == NULL)
		work->failed = !err_nomem(work->err);
}

int64_t
policy_amount_of(const struct policy_amounts *amounts, const char *currency)
{
	for (size_t i = 0; i < amounts->count; i++) {
		if (strcmp(amounts->items[i].currency, currency) == 0)
			return amounts->items[i].minor;
	}
	return 0;
}

void
policy_task(struct work *work, const struct snap_customer *customer,
    const char *kind, const char *about)
{
	struct decided_task	*task = work->tasks.items;

	for (size_t i = 0; i < work->tasks.count; i++) {
		if (task[i].customer == customer &&
		    strcmp(task[i].kind, kind) == 0)
			return;
	}
	policy_task_about(work, customer, NULL, kind, about, arena_printf(
	    work->arena, "%s:%lld", kind, (long long)customer->id));
}

void
policy_task_about(struct work *work, const struct snap_customer *customer,
    const struct snap_notice *notice, const char *kind, const char *about,
    const char *dedup)
{
	struct decided_task	*task;

	if (about == NULL || dedup == NULL) {
		work->failed = !err_nomem(work->err);
		return;
	}
	task = policy_push(work, &work->tasks, sizeof(*task));
	if (task != NULL)
		*task = (struct decided_task){kind, customer, notice, about,
		    dedup};
}

void
policy_plan_event(struct work *work, const struct debtor *debtor,
    enum channel channel, enum stage stage)
{
	struct snap_event	*event;

	if ((event = policy_push(work, &work->planned, sizeof(*event))) == NULL)
		return;
	*event = (struct snap_event){
		.at_ms = work->now_ms, .channel = channel,
		.outcome = CONTACT_DELIVERED, .planned = true,
		.customer_id = debtor->customer->id,
		.creditor = debtor->creditor->ref, .stage = stage,
	};
}

int64_t
policy_valid_until(const struct work *work, const struct debtor *debtor,
    int64_t ms)
{
	int64_t	until = policy_day_start(debtor, debtor->today + 1);

	if (ms < until)
		until = ms;
	return work->snap->valid_until_ms < until ?
	    work->snap->valid_until_ms : until;
}

/* --- notices -------------------------------------------------------------- */

/* Candidates of one customer that go into one notice. */
struct group {
	const struct debtor	*debtor;
	const struct candidate	**candidates;
	size_t			 count;
	const struct candidate	*top;		/* the highest level: the tone (R5) */
	int32_t			 oldest;	/* due date */
};

static struct subject
customer_of(const struct debtor *debtor, const struct policy_step *step)
{
	return (struct subject){debtor->customer, NULL, NULL, step};
}

static int64_t
sum_in(const struct group *group, const char *currency)
{
	int64_t	sum = 0;

	for (size_t i = 0; i < group->count; i++) {
		if (strcmp(group->candidates[i]->invoice->currency,
		    currency) == 0 &&
		    !money_add(&sum, group->candidates[i]->amount))
			return INT64_MAX;
	}
	return sum;
}

/* The larger of the policy's and the creditor's smallest amount. */
static int64_t
least_amount(const struct candidate *one)
{
	const struct creditor	*creditor = one->debtor->creditor;
	int64_t			 least;

	least = policy_amount_of(&one->policy->least,
	    one->invoice->currency);
	if (strcmp(creditor->min_amount.currency, one->invoice->currency) == 0 &&
	    creditor->min_amount.minor > least)
		least = creditor->min_amount.minor;
	return least;
}

/* R4: a currency's section below the smallest amount is left out. */
static void
drop_small(struct work *work, struct group *group)
{
	struct group	all = *group;
	size_t		kept = 0;

	all.candidates = arena_array(work->arena, group->count + 1,
	    sizeof(*all.candidates));
	if (all.candidates == NULL) {
		work->failed = !err_nomem(work->err);
		return;
	}
	(void)memcpy(all.candidates, group->candidates,
	    group->count * sizeof(*all.candidates));
	for (size_t i = 0; i < all.count; i++) {
		const struct candidate	*one = all.candidates[i];

		if (sum_in(&all, one->invoice->currency) >=
		    least_amount(one)) {
			group->candidates[kept++] = one;
			continue;
		}
		policy_reason(work, (struct subject){group->debtor->customer,
		    one->invoice, one->instalment, one->step},
		    (struct ground){VERDICT_NO, "R4", "below_minimum",
		    one->policy->amount_pos, TIME_NONE},
		    "the sum is below the smallest amount worth a notice");
	}
	group->count = kept;
}

static void
find_top(struct group *group)
{
	group->top = group->candidates[0];
	group->oldest = group->top->instalment->due;
	for (size_t i = 1; i < group->count; i++) {
		const struct candidate	*one = group->candidates[i];

		if (one->step->level > group->top->step->level)
			group->top = one;
		if (one->instalment->due < group->oldest)
			group->oldest = one->instalment->due;
	}
}

static void
emit(struct work *work, const struct group *group,
    const struct snap_contact *contact, int64_t until_ms)
{
	struct decided_notice	*notice;
	struct decided_item	*items;

	items = arena_array(work->arena, group->count, sizeof(*items));
	notice = policy_push(work, &work->notices, sizeof(*notice));
	if (items == NULL || notice == NULL) {
		work->failed = !err_nomem(work->err);
		return;
	}
	for (size_t i = 0; i < group->count; i++) {
		const struct candidate	*from = group->candidates[i];

		items[i] = (struct decided_item){from->invoice,
		    from->instalment, from->step, 0, from->amount};
	}
	*notice = (struct decided_notice){group->debtor->customer,
	    group->debtor->creditor, group->top->policy, group->top->step,
	    contact, items, group->count,
	    policy_valid_until(work, group->debtor, until_ms)};
	if (contact != NULL)
		policy_plan_event(work, group->debtor, contact->channel,
		    group->top->step->stage);
}

/* A step that is work for a person counts as done when the task stands. */
static void
emit_task(struct work *work, const struct group *group)
{
	const struct policy_step	*step = group->top->step;
	bool				 handoff = step->action == STEP_HANDOFF;

	policy_reason(work, customer_of(group->debtor, step),
	    (struct ground){VERDICT_YES, handoff ? "R27" : "R3",
	    handoff ? "handoff" : "task", step->pos, TIME_NONE},
	    "step %s is work for a person; nothing is sent", step->id);
	emit(work, group, NULL, TIME_NEVER);
	policy_task(work, group->debtor->customer,
	    handoff ? "handoff" : "task", handoff ?
	    "hand the debt over: every automatic contact has ended" :
	    "a step of the ladder that a person does");
}

/* Also before a hand-off: the last notice is given its days. */
static bool
waits_for_gap(struct work *work, const struct group *group)
{
	int64_t	end = policy_gap_end(work, group->debtor, group->top->policy,
		    NULL);

	if (end <= work->now_ms)
		return false;
	policy_look(work, end);
	policy_reason(work, customer_of(group->debtor, group->top->step),
	    (struct ground){VERDICT_WAIT, "R5", "gap",
	    group->top->policy->gap_pos, end},
	    "the person was contacted less than %d days ago",
	    (int)group->top->policy->gap_days);
	return true;
}

static void
contact_now(struct work *work, const struct group *group)
{
	struct reached	reached;

	policy_reach(work, group->debtor, group->top->policy, group->top->step,
	    group->top->dies_ms, NULL, &reached);
	if (work->failed)
		return;
	switch (reached.reach) {
	case REACH_NOW:
		policy_reason(work, customer_of(group->debtor, group->top->step),
		    (struct ground){VERDICT_YES, "R24", "contact",
		    group->top->step->pos, TIME_NONE}, "%zu item%s by %s",
		    group->count, group->count == 1 ? "" : "s",
		    channel_names[reached.contact->channel]);
		emit(work, group, reached.contact, reached.until_ms);
		break;
	case REACH_LATER:
		policy_look(work, reached.next_ms);
		break;
	case REACH_NONE:
		policy_task(work, group->debtor->customer, "reach", "no channel"
		    " can be used: find an address or a consent, or call");
		break;
	}
}

/* --- groups ---------------------------------------------------------------- */

/* False when nothing is left of it. */
static bool
add_group(struct work *work, const struct debtor *debtor,
    const struct candidate **candidates, size_t count, struct list *groups)
{
	struct group	*group, made = {.debtor = debtor,
			    .candidates = candidates, .count = count};

	drop_small(work, &made);
	if (work->failed || made.count == 0 || (group = policy_push(work,
	    groups, sizeof(*group))) == NULL)
		return false;
	find_top(&made);
	*group = made;
	return true;
}

/*
 * Work for people before messages, which a hand-over would contradict; one
 * message a customer (R1, R5).
 */
static void
group_debtor(struct work *work, const struct debtor *debtor,
    const struct list *candidates, struct list *groups)
{
	const struct candidate	 *one = candidates->items;
	const struct candidate	**tasks, **messages;
	size_t			  ntasks = 0, nmessages = 0;

	tasks = arena_array(work->arena, candidates->count, sizeof(*tasks));
	messages = arena_array(work->arena, candidates->count,
	    sizeof(*messages));
	if (tasks == NULL || messages == NULL) {
		work->failed = !err_nomem(work->err);
		return;
	}
	for (size_t i = 0; i < candidates->count; i++) {
		if (one[i].step->action == STEP_MESSAGE)
			messages[nmessages++] = &one[i];
		else
			tasks[ntasks++] = &one[i];
	}
	if (ntasks > 0 && add_group(work, debtor, tasks, ntasks, groups))
		return;
	if (nmessages > 0 && !debtor->policy->per_invoice) {
		(void)add_group(work, debtor, messages, nmessages, groups);
		return;
	}
	for (size_t i = 0; i < nmessages && !work->failed; i++)
		(void)add_group(work, debtor, &messages[i], 1, groups);
}

/* The firmest first, since the person's budget may allow only one. */
static int
by_weight(const void *a, const void *b)
{
	const struct group	*x = a, *y = b;
	int			 level = y->top->step->level - x->top->step->level;

	if (level != 0)
		return level;
	if (x->oldest != y->oldest)
		return x->oldest < y->oldest ? -1 : 1;
	if (x->debtor->customer->id != y->debtor->customer->id)
		return x->debtor->customer->id < y->debtor->customer->id ? -1 : 1;
	return x->top->instalment->id < y->top->instalment->id ? -1 : 1;
}

static void
act_on_groups(struct work *work, struct list *groups)
{
	struct group	*group = groups->items;

	if (groups->count > 1)
		qsort(group, groups->count, sizeof(*group), by_weight);
	for (size_t i = 0; i < groups->count && !work->failed; i++) {
		if (waits_for_gap(work, &group[i]))
			continue;
		if (group[i].top->step->action == STEP_MESSAGE)
			contact_now(work, &group[i]);
		else
			emit_task(work, &group[i]);
	}
}

/* --- the person ------------------------------------------------------------ */

static bool
debtor_init(struct work *work, const struct snap_customer *customer,
    struct debtor *debtor)
{
	const char	*name = customer->policy;
	struct subject	 subject = {customer, NULL, NULL, NULL};
	struct ground	 ground = {VERDICT_NO, "config", "no_creditor",
			    {NULL, 0, 0}, TIME_NONE};

	debtor->customer = customer;
	debtor->creditor = creditors_find(work->setup->creditors,
	    customer->creditor);
	if (debtor->creditor == NULL) {
		policy_reason(work, subject, ground,
		    "creditor %s is not in the config", customer->creditor);
		return false;
	}
	if (!zone_find(work->setup->zones, debtor->creditor->zone,
	    &debtor->zone, work->err)) {
		work->failed = true;
		return false;
	}
	debtor->today = zone_civil(debtor->zone, work->now_ms).day;
	if (name[0] == '\0' ||
	    policies_find(work->setup->policies, name) == NULL)
		name = debtor->creditor->policy;
	debtor->policy = policies_find(work->setup->policies, name);
	if (debtor->policy == NULL) {
		ground.code = "no_policy";
		policy_reason(work, subject, ground,
		    "policy %s is not in the config", name);
	}
	return debtor->policy != NULL;
}

static void
decide_customer(struct work *work, const struct snap_customer *customer,
    struct list *groups)
{
	struct debtor	*debtor = arena_alloc(work->arena, sizeof(*debtor));
	struct list	 candidates = {NULL, 0, 0};
	bool		 stopped;

	if (debtor == NULL) {
		work->failed = !err_nomem(work->err);
		return;
	}
	if (!debtor_init(work, customer, debtor))
		return;
	stopped = policy_customer_stops(work, debtor);
	policy_retry(work, debtor, stopped);
	if (stopped || work->failed)
		return;
	policy_ladder(work, debtor, &candidates);
	if (!work->failed && candidates.count > 0)
		group_debtor(work, debtor, &candidates, groups);
}

static void
hand_out(const struct work *work, struct decision *out)
{
	*out = (struct decision){
	    work->notices.items, work->notices.count,
	    work->passes.items, work->passes.count,
	    work->retries.items, work->retries.count,
	    work->tasks.items, work->tasks.count,
	    work->reasons.items, work->reasons.count,
	    work->look_ms};
}

bool
policy_decide(const struct policy_setup *setup, const struct snapshot *snap,
    int64_t now_ms, bool explain, struct arena *arena, struct decision *out,
    struct err *err)
{
	struct list	groups = {NULL, 0, 0};
	struct work	work = {.setup = setup, .snap = snap, .now_ms = now_ms,
			    .explain = explain, .arena = arena, .err = err,
			    .look_ms = TIME_NEVER};

	policy_look(&work, snap->valid_until_ms);
	for (size_t i = 0; i < snap->customer_count && !work.failed; i++)
		decide_customer(&work, &snap->customers[i], &groups);
	if (!work.failed)
		act_on_groups(&work, &groups);
	if (work.failed)
		return false;
	hand_out(&work, out);
	return true;
}
