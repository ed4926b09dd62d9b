/* SPDX-License-Identifier: ISC */
/* The facts of a message, from a person's snapshot. */
#include "desk/desk_impl.h"

/* One message while its facts are put together. */
struct gathering {
	const struct desk_message	*message;
	const struct snap_customer	*customer;
	int32_t				 today;
	struct message_item		*items, *others;
	size_t				 item_count, other_count;
};

static const struct desk_item *
claimed(const struct desk_message *message, int64_t instalment_id)
{
	for (size_t i = 0; i < message->item_count; i++) {
		if (message->items[i].instalment_id == instalment_id)
			return &message->items[i];
	}
	return NULL;
}

static void
gather_instalment(struct gathering *gathering,
    const struct snap_invoice *invoice,
    const struct snap_instalment *instalment)
{
	const struct desk_item	*item = claimed(gathering->message,
				    instalment->id);
	struct message_item	 fact = {invoice, instalment,
				    instalment->balance, 0};

	if (instalment->due != DAY_NONE)
		fact.days_overdue = gathering->today - instalment->due;
	if (item != NULL) {
		fact.amount = item->amount;
		gathering->items[gathering->item_count++] = fact;
	} else if (instalment->balance > instalment->disputed &&
	    invoice->status == INVOICE_OPEN)
		gathering->others[gathering->other_count++] = fact;
}

static bool
gather(struct gathering *gathering, struct arena *arena, struct err *err)
{
	const struct snap_customer	*customer = gathering->customer;
	size_t				 most = 0;

	for (size_t i = 0; i < customer->invoice_count; i++)
		most += customer->invoices[i].instalment_count;
	gathering->items = arena_array(arena, most, sizeof(struct message_item));
	gathering->others = arena_array(arena, most,
	    sizeof(struct message_item));
	if (gathering->items == NULL || gathering->others == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < customer->invoice_count; i++) {
		const struct snap_invoice	*invoice = &customer->invoices[i];

		for (size_t j = 0; j < invoice->instalment_count; j++)
			gather_instalment(gathering, invoice,
			    &invoice->instalments[j]);
	}
	if (gathering->item_count != gathering->message->item_count)
		return err_set(err, ERR_INPUT, "%zu of the notice's %zu items"
		    " are no longer open", gathering->message->item_count -
		    gathering->item_count, gathering->message->item_count);
	return true;
}

/* Late, due today, still to come. */
static int
lateness(const struct message_item *item)
{
	return (item->days_overdue > 0) - (item->days_overdue < 0);
}

/*
 * The text speaks of what is as late as the latest item: an invoice that is
 * still to come must not stand under "is due today".  The rest of the notice
 * is named beside it.
 */
static void
set_apart(struct gathering *gathering)
{
	int	most = -1;
	size_t	kept = 0;

	for (size_t i = 0; i < gathering->item_count; i++) {
		if (lateness(&gathering->items[i]) > most)
			most = lateness(&gathering->items[i]);
	}
	for (size_t i = 0; i < gathering->item_count; i++) {
		if (lateness(&gathering->items[i]) == most)
			gathering->items[kept++] = gathering->items[i];
		else
			gathering->others[gathering->other_count++] =
			    gathering->items[i];
	}
	gathering->item_count = kept;
}

static const struct policy_step *
find_step(const struct setup *setup, const struct desk_message *message,
    const struct snap_customer *customer, const struct creditor *creditor)
{
	const char	*names[3];

	names[0] = message->policy == NULL ? "" : message->policy;
	names[1] = customer->policy;
	names[2] = creditor->policy;
	for (size_t i = 0; i < 3; i++) {
		const struct policy		*policy;
		const struct policy_step	*step;

		policy = policies_find(&setup->policies, names[i]);
		if (policy != NULL &&
		    (step = policy_step(policy, message->step)) != NULL)
			return step;
	}
	return NULL;
}

static void
fill(const struct gathering *gathering, const struct creditor *creditor,
    const struct policy_step *step, const struct zone *zone,
    struct message_facts *out)
{
	const struct desk_message	*message = gathering->message;

	*out = (struct message_facts){
	    .creditor = creditor, .customer = gathering->customer,
	    .items = gathering->items, .item_count = gathering->item_count,
	    .others = gathering->others, .other_count = gathering->other_count,
	    .step = step->id, .template_name = step->template_name,
	    .stage = step->stage, .level = step->level,
	    .today = gathering->today, .pay_by = DAY_NONE,
	    .channel = message->channel, .address = message->address,
	    .language = gathering->customer->language,
	    .key = message->key, .c = message->c,
	    .now_ms = message->now_ms,
	    .offset_s = zone_offset_s(zone, message->now_ms)};
}

bool
desk_facts(const struct setup *setup, const struct desk_message *message,
    struct arena *arena, struct message_facts *out, struct err *err)
{
	struct gathering		 gathering = {.message = message};
	const struct creditor		*creditor;
	const struct policy_step	*step;
	const struct zone		*zone;

	gathering.customer = desk_customer(message->snap, message->customer_id);
	if (gathering.customer == NULL)
		return err_set(err, ERR_INPUT, "customer %lld is not one of the"
		    " person's", (long long)message->customer_id);
	creditor = creditors_find(&setup->creditors,
	    gathering.customer->creditor);
	if (creditor == NULL)
		return err_set(err, ERR_INPUT, "creditor %s is not in the"
		    " config", gathering.customer->creditor);
	step = find_step(setup, message, gathering.customer, creditor);
	if (step == NULL)
		return err_set(err, ERR_INPUT, "no policy has a step %s",
		    message->step);
	if (!zone_find(setup->zones, creditor->zone, &zone, err))
		return false;
	gathering.today = zone_civil(zone, message->now_ms).day;
	if (!gather(&gathering, arena, err))
		return false;
	set_apart(&gathering);
	fill(&gathering, creditor, step, zone, out);
	return true;
}
