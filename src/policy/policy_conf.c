/* SPDX-License-Identifier: ISC */
/* The policies section: ladders of steps. */
#include "policy/policy.h"

static const char *const	entry_names[] = {"first", "by-age", NULL};
static const char *const	action_names[] = {
	"message", "task", "handoff", NULL};
static const char *const	intent_names[] = {"ahead", "exact", NULL};
static const char *const	in_doubt_names[] = {"resend", "hold", NULL};
static const char *const	spacing_names[] = {"distance", "gap", NULL};

static void
check_step(struct conf *conf, const struct policy_step *step)
{
	if (step->action == STEP_MESSAGE && step->channels.count == 0)
		conf_error(conf, step->pos, "step \"%s\" sends a message"
		    " but names no channels; write channels = [ \"email\","
		    " \"sms\" ] or action = \"task\"", step->id);
}

static bool
has_amount(const struct policy_amounts *amounts, const char *currency)
{
	for (size_t i = 0; i < amounts->count; i++) {
		if (strcmp(amounts->items[i].currency, currency) == 0)
			return true;
	}
	return false;
}

/* Reads amounts once, so that no decision has to. */
static void
settle_amounts(struct conf *conf, const struct conf_texts *texts,
    struct policy_amounts *out)
{
	struct money	money;
	struct err	err;

	out->count = 0;
	for (size_t i = 0; i < texts->count; i++) {
		struct conf_pos	at = conf_at(conf, &texts->items[i]);

		if (!money_parse(str_of(texts->items[i]), &money, &err))
			conf_error(conf, at, "%s", err.text);
		else if (money.minor < 0)
			conf_error(conf, at, "%s is less than nothing",
			    conf_quote(conf, str_of(texts->items[i])));
		else if (has_amount(out, money.currency))
			conf_error(conf, at, "%s stands twice; give each"
			    " currency one amount", money.currency);
		else if (out->count < POLICY_CURRENCIES_MAX)
			out->items[out->count++] = money;
	}
}

static int
by_offset(const void *a, const void *b)
{
	const struct policy_step	*x = a, *y = b;

	return (x->offset_days > y->offset_days) -
	    (x->offset_days < y->offset_days);
}

/*
 * A step before the due date dies on it, the due day's own text is true for
 * that day only, and both die when the next one's day comes (R6).
 */
static void
settle_lateness(struct policy_step *step, const struct policy_step *next)
{
	int32_t	last;

	if (step->max_late_days != INT32_MIN)
		return;
	step->max_late_days = INT32_MAX;
	if (step->offset_days > 0)
		return;
	last = step->offset_days < 0 ? -1 : 0;
	if (next != NULL && next->offset_days - 1 < last)
		last = next->offset_days - 1;
	step->max_late_days = last - step->offset_days;
}

static void
check_order(struct conf *conf, const struct policy_step *step,
    const struct policy_step *before)
{
	if (step->offset_days == before->offset_days)
		conf_error(conf, step->pos, "steps \"%s\" and \"%s\" have the"
		    " same offset of %d days; give each its own", before->id,
		    step->id, (int)step->offset_days);
	if (step->stage < before->stage)
		conf_error(conf, step->pos, "step \"%s\" goes back from stage"
		    " \"%s\" to \"%s\"; a later step is never milder",
		    step->id, stage_names[before->stage],
		    stage_names[step->stage]);
}

static void
check_twice(struct conf *conf, const struct policy *policy)
{
	const struct policy_step	*steps = policy->steps.items;

	for (size_t i = 0; i < policy->steps.count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(steps[i].id, steps[j].id) == 0)
				conf_error(conf, steps[i].pos, "step \"%s\""
				    " stands twice in policy \"%s\"",
				    steps[i].id, policy->name);
		}
	}
}

/* A fee or an effect in law must not come twice (DELIVERY 1.2, 1.3). */
static void
settle_doubt(struct conf *conf, struct policy_step *step)
{
	const bool	is_firm = step->stage >= STAGE_EXTRAJUDICIAL;

	if (!conf_is_given(conf, &step->intent))
		step->intent = is_firm;
	if (!conf_is_given(conf, &step->in_doubt))
		step->in_doubt = is_firm;
}

static void
settle_policy(struct conf *conf, struct policy *policy)
{
	struct policy_step	*steps = policy->steps.items;
	size_t			 count = policy->steps.count;

	check_twice(conf, policy);
	for (size_t i = 0; i < count; i++) {
		check_step(conf, &steps[i]);
		if (!conf_is_given(conf, &steps[i].max_late_days))
			steps[i].max_late_days = INT32_MIN;
		settle_doubt(conf, &steps[i]);
	}
	policy->gap_pos = conf_at(conf, &policy->gap_days);
	policy->amount_pos = conf_at(conf, &policy->min_amounts);
	settle_amounts(conf, &policy->min_amounts, &policy->least);
	settle_amounts(conf, &policy->tolerances, &policy->tolerated);
	if (count > 1)
		qsort(steps, count, sizeof(*steps), by_offset);
	for (size_t i = 0; i < count; i++) {
		steps[i].level = (int)i + 1;
		if (steps[i].template_name == NULL)
			steps[i].template_name = steps[i].id;
		settle_lateness(&steps[i],
		    i + 1 < count ? &steps[i + 1] : NULL);
		if (i > 0)
			check_order(conf, &steps[i], &steps[i - 1]);
	}
}

void
policies_settle(struct conf *conf, struct policies *policies)
{
	struct policy	*list = policies->list.items;

	for (size_t i = 0; i < policies->list.count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(list[i].name, list[j].name) == 0)
				conf_error(conf, list[i].pos, "policy \"%s\""
				    " stands twice", list[i].name);
		}
		settle_policy(conf, &list[i]);
	}
}

#define STEP(field)	offsetof(struct policy_step, field)
static const struct conf_row	step_rows[] = {
	{.name = "id", .type = CONF_TEXT, .required = true, .min = 1, .max = 40,
	    .offset = STEP(id), .help = "the step's name for ever: reports,"
	    " templates and the log refer to it"},
	{.name = "stage", .type = CONF_CHOICE, .required = true,
	    .names = stage_names, .offset = STEP(stage),
	    .help = "how firm the contact is"},
	{.name = "offset", .type = CONF_DAYS, .required = true,
	    .min = -365, .max = 3650, .offset = STEP(offset_days),
	    .help = "days from the due date; negative is before it"},
	{.name = "channels", .type = CONF_CHOICES, .names = channel_names,
	    .offset = STEP(channels), .help = "ways to reach the customer, in"
	    " order; the customer's own preference goes first"},
	{.name = "template", .type = CONF_TEXT, .min = 1, .max = 40,
	    .offset = STEP(template_name),
	    .help = "the templates' name when it is not the id"},
	{.name = "action", .type = CONF_CHOICE, .names = action_names,
	    .fallback = "message", .offset = STEP(action),
	    .help = "send a message, make a task for a person, or hand the"
	    " debt over, which ends every automatic contact"},
	{.name = "max_late", .type = CONF_DAYS, .min = 0,
	    .max = 3650, .offset = STEP(max_late_days),
	    .help = "days after its own day on which it may still go out;"
	    " unsaid: before and on the due date until its text is untrue or"
	    " the next step's day comes, else for ever"},
	{.name = "jump", .type = CONF_BOOL, .fallback = "false",
	    .offset = STEP(jump),
	    .help = "may be reached without the steps before it"},
	{.name = "intent", .type = CONF_CHOICE, .names = intent_names,
	    .offset = STEP(intent), .help = "when the intent to send is"
	    " written down: while the message before is on the wire (email"
	    " only, the others are exact always) or at the last moment before"
	    " its end; unsaid: exact from the extrajudicial stage on"},
	{.name = "in_doubt", .type = CONF_CHOICE, .names = in_doubt_names,
	    .offset = STEP(in_doubt), .help = "what follows when nobody knows"
	    " whether it left: the identical email once more after half an"
	    " hour, or 24 hours for a receipt and then a task (the other"
	    " channels always); unsaid: hold from the extrajudicial stage"
	    " on"},
	{.type = CONF_POS, .offset = STEP(pos)},
	CONF_END_ROW
};

#define POLICY(field)	offsetof(struct policy, field)
static const struct conf_row	one_policy_rows[] = {
	{.name = "name", .type = CONF_TEXT, .required = true, .min = 1,
	    .max = 40, .offset = POLICY(name),
	    .help = "what creditors and customers call it"},
	{.name = "entry", .type = CONF_CHOICE, .names = entry_names,
	    .fallback = "first", .offset = POLICY(entry),
	    .help = "where an old debt that was never reminded begins: at the"
	    " first overdue step or at the one of its age"},
	{.name = "spacing", .type = CONF_CHOICE, .names = spacing_names,
	    .fallback = "distance", .offset = POLICY(spacing),
	    .help = "after a late step the next one keeps the steps' distance,"
	    " or follows as soon as the gap allows"},
	{.name = "gap", .type = CONF_DAYS, .min = 0, .max = 365,
	    .fallback = "3", .offset = POLICY(gap_days),
	    .help = "days between two notices to one person; 0 is 1, for no"
	    " person gets two on one day"},
	{.name = "grace", .type = CONF_DAYS, .min = 0, .max = 365,
	    .fallback = "0", .offset = POLICY(grace_days),
	    .help = "days added to every step after the due date"},
	{.name = "min_amounts", .type = CONF_TEXTS,
	    .max = POLICY_CURRENCIES_MAX, .offset = POLICY(min_amounts),
	    .help = "smallest sum worth a notice, one a currency, such as"
	    " \"EUR 5.00\""},
	{.name = "tolerances", .type = CONF_TEXTS,
	    .max = POLICY_CURRENCIES_MAX, .offset = POLICY(tolerances),
	    .help = "what may stay open without being chased, one a currency"},
	{.name = "patience", .type = CONF_DURATION, .min = 0,
	    .fallback = "72 h", .offset = POLICY(patience_ms),
	    .help = "how long to wait for a better channel's lawful hour before"
	    " the next channel is taken"},
	{.name = "cooldown", .type = CONF_DAYS, .min = 0, .max = 365,
	    .fallback = "0", .offset = POLICY(cooldown_days),
	    .help = "days of rest after a part payment"},
	{.name = "clearing", .type = CONF_DAYS, .min = 0, .max = 30,
	    .fallback = "2", .offset = POLICY(clearing_days),
	    .help = "days that a promised payment may take to arrive"},
	{.name = "per_invoice", .type = CONF_BOOL, .fallback = "false",
	    .offset = POLICY(per_invoice),
	    .help = "one notice an instalment instead of one a customer"},
	{.name = "all_hours", .type = CONF_BOOL, .fallback = "false",
	    .offset = POLICY(all_hours), .help = "no windows, caps or locks:"
	    " for rehearsal only, refused when live"},
	{.name = "steps", .type = CONF_GROUPS, .required = true, .min = 1,
	    .max = 100, .rows = step_rows, .size = sizeof(struct policy_step),
	    .offset = POLICY(steps),
	    .help = "the ladder, in the order of the offsets"},
	{.type = CONF_POS, .offset = POLICY(pos)},
	CONF_END_ROW
};

const struct conf_row	policy_rows[] = {
	{.name = "policies", .type = CONF_GROUPS, .required = true, .min = 1,
	    .max = 1000, .rows = one_policy_rows,
	    .size = sizeof(struct policy),
	    .offset = offsetof(struct policies, list),
	    .help = "the ladders that customers can be on"},
	CONF_END_ROW
};

const struct policy *
policies_find(const struct policies *policies, const char *name)
{
	const struct policy	*list = policies->list.items;

	for (size_t i = 0; i < policies->list.count; i++) {
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	}
	return NULL;
}

const struct policy_step *
policy_step(const struct policy *policy, const char *id)
{
	const struct policy_step	*steps = policy->steps.items;

	for (size_t i = 0; i < policy->steps.count; i++) {
		if (strcmp(steps[i].id, id) == 0)
			return &steps[i];
	}
	return NULL;
}
