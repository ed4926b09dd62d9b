/* SPDX-License-Identifier: ISC */
/* The page of dunlin day: a few messages of each kind, by stage. */
#include "cli/cli_day.h"

static bool
make_again(struct day *day, const struct snapshot *snap,
    const struct store_notice *notice, const struct store_message *message,
    struct message_out *out, struct err *err)
{
	struct desk_item	*items;
	struct desk_message	 wanted = {.snap = snap,
	    .customer_id = notice->customer_id, .policy = notice->policy,
	    .step = notice->step, .channel = message->channel,
	    .address = message->address, .key = notice->key, .c = message->c,
	    .item_count = notice->item_count, .now_ms = snap->as_of_ms};
	struct message_facts	 facts;

	items = arena_array(day->turn, notice->item_count, sizeof(*items));
	if (items == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < notice->item_count; i++)
		items[i] = (struct desk_item){notice->items[i].instalment_id,
		    notice->items[i].amount};
	wanted.items = items;
	return desk_facts(day->cli->setup, &wanted, day->turn, &facts, err) &&
	    message_make(day->maker, day->templates, &facts, day->turn, out,
	    err);
}

static int
by_kind(const void *a, const void *b)
{
	const struct picked	*x = a, *y = b;

	if (x->stage != y->stage)
		return (int)x->stage - (int)y->stage;
	if (x->channel != y->channel)
		return (int)x->channel - (int)y->channel;
	if (strcmp(x->language, y->language) != 0)
		return strcmp(x->language, y->language);
	return x->message_id < y->message_id ? -1 : 1;
}

static bool
show_message(struct day *day, const struct snapshot *snap,
    const struct snap_customer *customer, const struct store_notice *notice,
    const struct store_message *message, struct err *err)
{
	const struct creditor	*creditor = creditors_find(
				    &day->cli->setup->creditors,
				    customer->creditor);
	struct message_out	 out;
	struct buf		 when = BUF_INIT;

	if (creditor == NULL)
		return true;
	if (!make_again(day, snap, notice, message, &out, err))
		return false;
	cli_put_instant(day->cli, message->accepted_ms, customer->zone[0] ==
	    '\0' ? creditor->zone : customer->zone, &when);
	message_page_add(day->page, &(struct message_shown){
	    .out = &out, .group = stage_names[notice->stage],
	    .caption = arena_printf(day->turn, "%s, %s, %s", notice->step,
		channel_names[message->channel], day_language(day, customer)),
	    .from = creditor->name, .from_address = creditor->email_from,
	    .to = customer->name, .to_address = message->address,
	    .when = buf_text(&when)});
	buf_fini(&when);
	return true;
}

static bool
show_picked(struct day *day, const struct picked *picked, struct err *err)
{
	const struct store_notice	*notice;
	struct snapshot			 snap;

	arena_reset(day->turn);
	if (!store_snapshots(day->cli->store, &picked->person_id, 1, day->at_ms,
	    day->turn, &snap, err) || !store_notice_get(day->cli->store,
	    picked->notice_id, day->turn, &notice, err))
		return false;
	for (size_t i = 0; notice != NULL && i < snap.customer_count; i++) {
		if (snap.customers[i].id != notice->customer_id)
			continue;
		for (size_t j = 0; j < notice->message_count; j++) {
			if (notice->messages[j].id == picked->message_id &&
			    !show_message(day, &snap, &snap.customers[i],
			    notice, &notice->messages[j], err))
				return false;
		}
	}
	return true;
}

bool
day_show(struct day *day, struct err *err)
{
	if (day->picked_count > 0)
		qsort(day->picked, day->picked_count, sizeof(*day->picked),
		    by_kind);
	for (size_t i = 0; i < day->picked_count; i++) {
		if (!show_picked(day, &day->picked[i], err))
			return false;
	}
	return true;
}
