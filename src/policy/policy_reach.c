/* SPDX-License-Identifier: ISC */
/* On which channel a customer can lawfully be reached, and when (R22-R24). */
#include "policy/policy_impl.h"

static const char *
group_of(const struct work *work, const char *creditor)
{
	const struct creditor	*found = creditors_find(work->setup->creditors,
				    creditor);

	return found != NULL ? found->budget_group : creditor;
}

/* Does the contact count for the debtor's person and budget group (R23)? */
static bool
counts(const struct work *work, const struct debtor *debtor,
    const struct snap_event *event)
{
	return !event->exempt && event->outcome != CONTACT_FAILED &&
	    (strcmp(event->creditor, debtor->creditor->ref) == 0 ||
	    strcmp(group_of(work, event->creditor),
	    debtor->creditor->budget_group) == 0);
}

static void
add_history(const struct work *work, const struct debtor *debtor,
    const struct snap_event *events, size_t count,
    struct snap_event *history, size_t *used)
{
	for (size_t i = 0; i < count; i++) {
		if (counts(work, debtor, &events[i]))
			history[(*used)++] = events[i];
	}
}

static bool
load_history(struct work *work, const struct debtor *debtor,
    struct lawful_case *lawful)
{
	size_t			 most = work->snap->event_count +
				    work->planned.count;
	struct snap_event	*history;

	if ((history = arena_array(work->arena, most,
	    sizeof(*history))) == NULL) {
		work->failed = !err_nomem(work->err);
		return false;
	}
	add_history(work, debtor, work->snap->events, work->snap->event_count,
	    history, &lawful->event_count);
	add_history(work, debtor, work->planned.items, work->planned.count,
	    history, &lawful->event_count);
	lawful->history = history;
	return true;
}

/* What a feed says wrongly counts as unknown; false when something broke. */
static bool
is_found(struct work *work, bool ok, bool *found)
{
	*found = ok;
	if (!ok && work->err->kind != ERR_INPUT)
		work->failed = true;
	return !work->failed;
}

/*
 * The customer's zone; unknown: all of the country's; without a country the
 * creditor's own, since a bill is owed somewhere near.
 */
static bool
load_zones(struct work *work, const struct debtor *debtor,
    struct lawful_case *lawful)
{
	const struct snap_customer	*customer = debtor->customer;
	const struct zone		**one;
	bool				 found = false;

	if ((one = arena_alloc(work->arena, sizeof(*one))) == NULL) {
		work->failed = !err_nomem(work->err);
		return false;
	}
	lawful->zones = one;
	lawful->zone_count = 1;
	if (customer->zone[0] != '\0' && (!is_found(work,
	    zone_find(work->setup->zones, customer->zone, one, work->err),
	    &found) || found))
		return found;
	if (customer->country[0] != '\0' && !is_found(work, zone_of_country(
	    work->setup->zones, customer->country, &lawful->zones,
	    &lawful->zone_count, work->err), &found))
		return false;
	if (!found || lawful->zone_count == 0) {
		*one = debtor->zone;
		lawful->zones = one;
		lawful->zone_count = 1;
	}
	return true;
}

static bool
was_tried(const struct snap_notice *notice, enum channel channel)
{
	for (size_t i = 0; notice != NULL && i < notice->message_count; i++) {
		if (notice->messages[i].channel == channel)
			return true;
	}
	return false;
}

/* What the customer lacks, for the reason. */
enum lack { LACK_NOTHING, LACK_ADDRESS, LACK_CONSENT, LACK_USABLE };

static const struct snap_contact *
find_contact(const struct snap_customer *customer, enum channel channel,
    enum lack *lack)
{
	bool	needs_consent = channel != CHANNEL_LETTER &&
		    channel != CHANNEL_VISIT;

	for (size_t i = 0; i < customer->contact_count; i++) {
		const struct snap_contact	*contact = &customer->contacts[i];

		if (contact->channel != channel)
			continue;
		if (!contact->usable) {
			*lack = LACK_USABLE;
			continue;
		}
		if (needs_consent && (customer->consent & 1u << channel) == 0) {
			*lack = LACK_CONSENT;
			continue;
		}
		return contact;
	}
	return NULL;
}

/* The step's channels, the customer's own preference first (R24). */
static size_t
channel_order(const struct policy_step *step,
    const struct snap_customer *customer, enum channel order[])
{
	size_t	count = 0;

	for (size_t i = 0; i < step->channels.count; i++) {
		if ((int)step->channels.items[i] == customer->preferred)
			order[count++] = (enum channel)step->channels.items[i];
	}
	for (size_t i = 0; i < step->channels.count &&
	    count < CHANNEL_COUNT; i++) {
		if ((int)step->channels.items[i] != customer->preferred)
			order[count++] = (enum channel)step->channels.items[i];
	}
	return count;
}

static void
say_denied(struct work *work, const struct debtor *debtor,
    const struct policy_step *step, enum channel channel,
    const struct lawful_answer *answer)
{
	struct conf_pos	nowhere = {NULL, 0, 0};

	policy_reason(work, (struct subject){debtor->customer, NULL, NULL, step},
	    (struct ground){VERDICT_WAIT, "R22",
	    lawful_reason_name(answer->reason), nowhere, answer->next_ms},
	    "%s: %s (%s)", channel_names[channel],
	    answer->rule == NULL ? "no zone is known" : answer->rule,
	    answer->place == NULL ? "" : answer->place);
}

static void
say_unreachable(struct work *work, const struct debtor *debtor,
    const struct policy_step *step, enum lack lack)
{
	static const char *const	codes[] = {"no_address", "no_address",
	    "no_consent", "unusable_address"};
	static const char *const	texts[] = {
	    "no address on any channel of the step",
	    "no address on any channel of the step",
	    "no consent for any channel of the step that has an address",
	    "every address of the step's channels came back or opted out"};

	policy_reason(work, (struct subject){debtor->customer, NULL, NULL, step},
	    (struct ground){VERDICT_NO, "R24", codes[lack], step->pos,
	    TIME_NONE}, "%s", texts[lack]);
}

static bool
ask(struct work *work, const struct debtor *debtor, enum channel channel,
    struct lawful_answer *answer)
{
	const struct snap_customer	*customer = debtor->customer;
	struct lawful_case		 lawful = {
	    .calendar = calendars_find(work->setup->calendars,
		str_of(customer->country), str_of(customer->region)),
	    .channel = channel,
	    .is_business = customer->type == DEBTOR_BUSINESS};

	if (!load_zones(work, debtor, &lawful) ||
	    !load_history(work, debtor, &lawful))
		return false;
	lawful_ask(&lawful, work->now_ms, answer);
	return true;
}

/*
 * The first channel in order that may be used now; one that may be used
 * within the policy's patience is waited for rather than passed over.
 */
static void
choose(struct work *work, const struct debtor *debtor,
    const struct policy *policy, const struct policy_step *step,
    const struct snap_contact *contact, struct reached *out)
{
	struct lawful_answer	answer;

	if (policy->all_hours) {
		*out = (struct reached){REACH_NOW, contact, TIME_NEVER, 0};
		return;
	}
	if (!ask(work, debtor, contact->channel, &answer))
		return;
	if (answer.reason == LAWFUL_ALLOWED) {
		*out = (struct reached){REACH_NOW, contact, answer.until_ms, 0};
		return;
	}
	say_denied(work, debtor, step, contact->channel, &answer);
	if (out->reach == REACH_NONE || answer.next_ms < out->next_ms)
		out->next_ms = answer.next_ms;
	out->reach = REACH_LATER;
}

void
policy_reach(struct work *work, const struct debtor *debtor,
    const struct policy *policy, const struct policy_step *step,
    int64_t dies_ms, const struct snap_notice *tried, struct reached *out)
{
	enum channel			 order[CHANNEL_COUNT];
	size_t				 count;
	enum lack			 lack = LACK_NOTHING;
	const struct snap_contact	*contact;

	*out = (struct reached){REACH_NONE, NULL, 0, TIME_NEVER};
	count = channel_order(step, debtor->customer, order);
	for (size_t i = 0; i < count && !work->failed; i++) {
		if (was_tried(tried, order[i]) || (contact = find_contact(
		    debtor->customer, order[i], &lack)) == NULL)
			continue;
		choose(work, debtor, policy, step, contact, out);
		if (out->reach == REACH_NOW || (out->reach == REACH_LATER &&
		    out->next_ms < dies_ms &&
		    out->next_ms - work->now_ms <= policy->patience_ms))
			return;
	}
	if (out->reach == REACH_NONE)
		say_unreachable(work, debtor, step, lack);
}

void
policy_reach_one(struct work *work, const struct debtor *debtor,
    const struct policy *policy, const struct policy_step *step,
    const struct snap_contact *contact, struct reached *out)
{
	*out = (struct reached){REACH_NONE, NULL, 0, TIME_NEVER};
	choose(work, debtor, policy, step, contact, out);
}

const struct snap_contact *
policy_contact(const struct snap_customer *customer, enum channel channel)
{
	enum lack	lack;

	return find_contact(customer, channel, &lack);
}

static int64_t
last_contact(const struct work *work, const struct debtor *debtor,
    const struct snap_event *events, size_t count, int64_t own, int64_t last)
{
	for (size_t i = 0; i < count; i++) {
		if (counts(work, debtor, &events[i]) &&
		    (own == 0 || events[i].notice_id != own) &&
		    events[i].at_ms > last)
			last = events[i].at_ms;
	}
	return last;
}

int64_t
policy_gap_end(struct work *work, const struct debtor *debtor,
    const struct policy *policy, const struct snap_notice *notice)
{
	const int64_t	own = notice == NULL ? 0 : notice->id;
	int32_t		days = policy->gap_days;
	int64_t		last;

	/* R5: never two to one person on one day. */
	if (days == 0 && !policy->all_hours)
		days = 1;
	last = last_contact(work, debtor, work->snap->events,
	    work->snap->event_count, own, TIME_NONE);
	last = last_contact(work, debtor, work->planned.items,
	    work->planned.count, own, last);
	if (last == TIME_NONE || days == 0)
		return work->now_ms;
	return policy_day_start(debtor,
	    zone_civil(debtor->zone, last).day + days);
}
