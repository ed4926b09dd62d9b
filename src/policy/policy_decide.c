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
policy_amount_of(const struct conf_texts *amounts, const char *currency)
{
	struct money	money;
	struct err	err;

	for (size_t i = 0; i < amounts->count; i++) {
		if (money_parse(str_of(amounts->items[i]), &money, &err) &&
		    strcmp(money.currency, currency) == 0)
			return money.minor;
	}
	return 0;
}

/* --- notices -------------------------------------------------------------- */

/* Candidates of one customer that go into one notice. */
struct group {
	const struct debtor	*debtor;
	const struct candidate	**candidates;
	size_t			 count;
	const struct candidate	*top;		/* the highest level: the tone (R5) */
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

	least = policy_amount_of(&one->policy->min_amounts,
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
	group->top = NULL;
	for (size_t i = 0; i < group->count; i++) {
		if (group->top == NULL || group->candidates[i]->step->level >
		    group->top->step->level)
			group->top = group->candidates[i];
	}
}

static void
plan_event(struct work *work, const struct group *group,
    const struct snap_contact *contact)
{
	struct snap_event	*event;

	if ((event = policy_push(work, &work->planned, sizeof(*event))) == NULL)
		return;
	*event = (struct snap_event){work->now_ms, contact->channel,
	    CONTACT_DELIVERED, true, false, group->debtor->customer->id,
	    group->debtor->creditor->ref, group->top->step->stage};
}

/* Until when a decision of today stands. */
static int64_t
valid_until(const struct work *work, const struct debtor *debtor,
    int64_t lawful_ms)
{
	int64_t	until = policy_day_start(debtor, debtor->today + 1);

	if (lawful_ms < until)
		until = lawful_ms;
	return work->snap->valid_until_ms < until ?
	    work->snap->valid_until_ms : until;
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
	    valid_until(work, group->debtor, until_ms)};
	if (contact != NULL)
		plan_event(work, group, contact);
}

static void
add_task(struct work *work, const struct group *group, const char *kind,
    const char *about)
{
	struct decided_task	*task;

	if ((task = policy_push(work, &work->tasks, sizeof(*task))) == NULL)
		return;
	task->kind = kind;
	task->customer = group->debtor->customer;
	task->about = about;
	task->dedup = arena_printf(work->arena, "%s:%lld", kind,
	    (long long)group->debtor->customer->id);
	if (task->dedup == NULL)
		work->failed = !err_nomem(work->err);
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
	add_task(work, group, handoff ? "handoff" : "task", handoff ?
	    "hand the debt over: every automatic contact has ended" :
	    "a step of the ladder that a person does");
}

/* Also before a hand-off: the last notice is given its days. */
static bool
waits_for_gap(struct work *work, const struct group *group)
{
	int64_t	end = policy_gap_end(work, group->debtor, group->top->policy);

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
	    NULL, &reached);
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
		add_task(work, group, "reach", "no channel can be used: find an"
		    " address or a consent, or call");
		break;
	}
}

/* --- groups ---------------------------------------------------------------- */

static void
add_group(struct work *work, const struct debtor *debtor,
    const struct candidate **candidates, size_t count, struct list *groups)
{
	struct group	*group;

	if (count == 0 || (group = policy_push(work, groups,
	    sizeof(*group))) == NULL)
		return;
	group->debtor = debtor;
	group->candidates = candidates;
	group->count = count;
}

/* Work for people apart from messages; one message a customer (R1, R5). */
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
	if (ntasks > 0) {
		add_group(work, debtor, tasks, ntasks, groups);
		return;
	}
	if (!debtor->policy->per_invoice) {
		add_group(work, debtor, messages, nmessages, groups);
		return;
	}
	for (size_t i = 0; i < nmessages; i++)
		add_group(work, debtor, &messages[i], 1, groups);
}

/* The firmest first, since the person's budget may allow only one. */
static int
by_weight(const void *a, const void *b)
{
	const struct group	*x = a, *y = b;
	int			 level = y->top->step->level - x->top->step->level;

	if (level != 0)
		return level;
	if (x->debtor->customer->id != y->debtor->customer->id)
		return x->debtor->customer->id < y->debtor->customer->id ? -1 : 1;
	return x->top->instalment->id < y->top->instalment->id ? -1 : 1;
}

static void
act_on_groups(struct work *work, struct list *groups)
{
	struct group	*group = groups->items;
	size_t		 kept = 0;

	for (size_t i = 0; i < groups->count && !work->failed; i++) {
		drop_small(work, &group[i]);
		find_top(&group[i]);
		if (group[i].top != NULL)
			group[kept++] = group[i];
	}
	if (kept > 1)
		qsort(group, kept, sizeof(*group), by_weight);
	for (size_t i = 0; i < kept && !work->failed; i++) {
		if (waits_for_gap(work, &group[i]))
			continue;
		if (group[i].top->step->action == STEP_MESSAGE)
			contact_now(work, &group[i]);
		else
			emit_task(work, &group[i]);
	}
}

/* --- notices whose channel refused them ------------------------------------ */

static bool
holds_item_of(const struct snap_instalment *instalment, int64_t notice_id)
{
	for (size_t i = 0; i < instalment->item_count; i++) {
		if (instalment->items[i].notice_id == notice_id &&
		    instalment->items[i].state == ITEM_OPEN)
			return true;
	}
	return false;
}

/* Is everything that the notice claims still open? */
static bool
still_stands(const struct snap_customer *customer, int64_t notice_id)
{
	for (size_t i = 0; i < customer->invoice_count; i++) {
		const struct snap_invoice	*invoice = &customer->invoices[i];

		for (size_t j = 0; j < invoice->instalment_count; j++) {
			const struct snap_instalment	*instalment =
			    &invoice->instalments[j];

			if (holds_item_of(instalment, notice_id) &&
			    (instalment->balance - instalment->disputed <= 0 ||
			    invoice->status != INVOICE_OPEN))
				return false;
		}
	}
	return true;
}

static void
retry(struct work *work, struct debtor *debtor,
    const struct snap_notice *notice, bool stopped)
{
	const struct policy_step	*step = policy_step(debtor->policy,
					    notice->step);
	struct group			 group = {.debtor = debtor};
	struct reached			 reached = {.reach = REACH_NONE};
	struct decided_retry		*decided;

	if (!stopped && step != NULL &&
	    still_stands(debtor->customer, notice->id))
		policy_reach(work, debtor, debtor->policy, step, notice,
		    &reached);
	if (work->failed)
		return;
	if (reached.reach == REACH_LATER) {
		policy_look(work, reached.next_ms);
		return;
	}
	if ((decided = policy_push(work, &work->retries,
	    sizeof(*decided))) == NULL)
		return;
	decided->notice = notice;
	decided->contact = reached.contact;
	decided->not_after_ms = valid_until(work, debtor, reached.until_ms);
	if (reached.contact == NULL && !stopped)
		add_task(work, &group, "reach",
		    "every channel refused: find another address, or call");
}

static void
retry_refused(struct work *work, struct debtor *debtor, bool stopped)
{
	const struct snap_customer	*customer = debtor->customer;

	for (size_t i = 0; i < customer->notice_count && !work->failed; i++) {
		const struct snap_notice	*notice = &customer->notices[i];
		size_t				 count = notice->message_count;

		if (notice->state == NOTICE_OPEN && count > 0 &&
		    notice->messages[count - 1].state == MSG_FAILED)
			retry(work, debtor, notice, stopped);
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
	retry_refused(work, debtor, stopped);
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
