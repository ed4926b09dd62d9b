/* SPDX-License-Identifier: ISC */
/*
 * The ladder played forward: the same decisions as the daemon's, each contact
 * taken as accepted at its instant, laid over the snapshot instead of stored.
 */
#include "desk/desk_impl.h"

#define PLAN_BATCH	2048
/* Decisions about one person in one plan; far more than any ladder has. */
#define PLAN_TURNS_MAX	100000

/* An item that exists only in the plan. */
struct played_item {
	int64_t			instalment_id;
	struct snap_item	item;
};

/* A notice that is in doubt no more in the plan: it went out again. */
struct played_again {
	int64_t	notice_id;
	int64_t	at_ms;
};

/* One person's future. */
struct play {
	const struct setup	*setup;
	struct store		*reader;
	struct desk_plan	*plan;
	struct arena		*arena;		/* the person's: snapshots, what was played */
	struct arena		*turn;		/* of one decision */
	struct snapshot		 snap;		/* as stored, at now_ms */
	int64_t			 now_ms;
	struct played_item	*items;		/* sorted by instalment */
	size_t			 item_count, item_cap;
	struct snap_event	*events;
	size_t			 event_count, event_cap;
	struct played_again	*agains;
	size_t			 again_count, again_cap;
};

static void *
grow(struct arena *arena, void *items, size_t count, size_t *cap, size_t size)
{
	void	*more;

	if (count < *cap)
		return items;
	*cap = *cap == 0 ? 16 : *cap * 2;
	if ((more = arena_array(arena, *cap, size)) != NULL && count > 0)
		(void)memcpy(more, items, count * size);
	return more;
}

static int
by_instalment(const void *a, const void *b)
{
	const struct played_item	*x = a, *y = b;

	return (x->instalment_id > y->instalment_id) -
	    (x->instalment_id < y->instalment_id);
}

static bool
play_item(struct play *play, const struct snap_instalment *instalment,
    const struct policy_step *step, int occurrence, enum item_state state,
    const char *rule, struct err *err)
{
	struct played_item	*items = grow(play->arena, play->items,
				    play->item_count, &play->item_cap,
				    sizeof(*items));

	if (items == NULL)
		return err_nomem(err);
	play->items = items;
	items[play->item_count++] = (struct played_item){instalment->id,
	    {.cycle = instalment->cycle, .step = step->id,
	    .occurrence = occurrence, .state = state, .at_ms = play->now_ms,
	    .rule = rule}};
	return true;
}

static bool
play_event(struct play *play, const struct snap_event *event, struct err *err)
{
	struct snap_event	*events = grow(play->arena, play->events,
				    play->event_count, &play->event_cap,
				    sizeof(*events));

	if (events == NULL)
		return err_nomem(err);
	play->events = events;
	events[play->event_count++] = *event;
	return true;
}

static bool
play_contact(struct play *play, const struct decided_notice *notice,
    struct err *err)
{
	const struct snap_event	event = {
	    .at_ms = play->now_ms, .channel = notice->contact->channel,
	    .outcome = CONTACT_DELIVERED,
	    .customer_id = notice->customer->id,
	    .creditor = notice->creditor->ref, .stage = notice->step->stage};

	return play_event(play, &event, err);
}

/* It goes out of in-doubt once more, and counts as accepted. */
static bool
play_again(struct play *play, const struct snapshot *snap,
    const struct decided_retry *retry, struct err *err)
{
	struct played_again	*agains = grow(play->arena, play->agains,
				    play->again_count, &play->again_cap,
				    sizeof(*agains));

	if (agains == NULL)
		return err_nomem(err);
	play->agains = agains;
	agains[play->again_count++] = (struct played_again){retry->notice->id,
	    play->now_ms};
	for (size_t i = 0; i < snap->event_count; i++) {
		struct snap_event	event = snap->events[i];

		if (event.notice_id != retry->notice->id)
			continue;
		event.at_ms = play->now_ms;
		return play_event(play, &event, err);
	}
	return true;
}

/* --- laying over ----------------------------------------------------------- */

static const struct played_item *
first_played(const struct play *play, int64_t instalment_id, size_t *count)
{
	size_t	low = 0, high = play->item_count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (play->items[mid].instalment_id < instalment_id)
			low = mid + 1;
		else
			high = mid;
	}
	for (high = low; high < play->item_count &&
	    play->items[high].instalment_id == instalment_id; high++)
		continue;
	*count = high - low;
	return high == low ? NULL : play->items + low;
}

/* NULL: not played. */
static const struct played_again *
again_of(const struct play *play, int64_t notice_id)
{
	for (size_t i = 0; i < play->again_count; i++) {
		if (play->agains[i].notice_id == notice_id)
			return &play->agains[i];
	}
	return NULL;
}

/* What is on its way today counts as accepted now. */
static struct snap_item
settled(const struct play *play, struct snap_item item)
{
	const struct played_again	*again;

	if (item.state == ITEM_OPEN) {
		item.state = ITEM_ACCEPTED;
		item.at_ms = play->plan->from_ms;
	} else if (item.state == ITEM_IN_DOUBT &&
	    (again = again_of(play, item.notice_id)) != NULL) {
		item.state = ITEM_ACCEPTED;
		item.at_ms = again->at_ms;
	}
	return item;
}

static bool
lay_instalment(const struct play *play, struct snap_instalment *instalment,
    struct err *err)
{
	const struct played_item	*played;
	struct snap_item		*items;
	size_t				 more;

	played = first_played(play, instalment->id, &more);
	if (more + instalment->item_count == 0)
		return true;
	items = arena_array(play->turn, instalment->item_count + more,
	    sizeof(*items));
	if (items == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < instalment->item_count; i++)
		items[i] = settled(play, instalment->items[i]);
	for (size_t i = 0; i < more; i++)
		items[instalment->item_count + i] = played[i].item;
	instalment->items = items;
	instalment->item_count += more;
	return true;
}

static bool
lay_invoice(const struct play *play, struct snap_invoice *invoice,
    struct err *err)
{
	struct snap_instalment	*copy;
	size_t			 count = invoice->instalment_count;

	if ((copy = arena_array(play->turn, count, sizeof(*copy))) == NULL)
		return err_nomem(err);
	if (count > 0)
		(void)memcpy(copy, invoice->instalments, count * sizeof(*copy));
	for (size_t i = 0; i < count; i++) {
		if (!lay_instalment(play, &copy[i], err))
			return false;
	}
	invoice->instalments = copy;
	return true;
}

/* Only what is in doubt is still decided about. */
static bool
lay_notices(const struct play *play, struct snap_customer *customer,
    struct err *err)
{
	struct snap_notice	*copy;
	size_t			 kept = 0;

	copy = arena_array(play->turn, customer->notice_count, sizeof(*copy));
	if (copy == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < customer->notice_count; i++) {
		if (customer->notices[i].state == NOTICE_IN_DOUBT &&
		    again_of(play, customer->notices[i].id) == NULL)
			copy[kept++] = customer->notices[i];
	}
	customer->notices = copy;
	customer->notice_count = kept;
	return true;
}

static bool
lay_customer(const struct play *play, struct snap_customer *customer,
    struct err *err)
{
	struct snap_invoice	*copy;
	size_t			 count = customer->invoice_count;

	if ((copy = arena_array(play->turn, count, sizeof(*copy))) == NULL)
		return err_nomem(err);
	if (count > 0)
		(void)memcpy(copy, customer->invoices, count * sizeof(*copy));
	for (size_t i = 0; i < count; i++) {
		if (!lay_invoice(play, &copy[i], err))
			return false;
	}
	customer->invoices = copy;
	return lay_notices(play, customer, err);
}

static bool
lay_events(const struct play *play, struct snapshot *snap, struct err *err)
{
	struct snap_event	*events;
	size_t			 count = snap->event_count;

	events = arena_array(play->turn, count + play->event_count,
	    sizeof(*events));
	if (events == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		events[i] = snap->events[i];
		events[i].planned = false;
	}
	for (size_t i = 0; i < play->event_count; i++)
		events[count + i] = play->events[i];
	snap->events = events;
	snap->event_count = count + play->event_count;
	return true;
}

static bool
lay_over(const struct play *play, struct snapshot *out, struct err *err)
{
	struct snap_customer	*customers;

	*out = play->snap;
	out->as_of_ms = play->now_ms;
	customers = arena_array(play->turn, out->customer_count,
	    sizeof(*customers));
	if (customers == NULL)
		return err_nomem(err);
	if (out->customer_count > 0)
		(void)memcpy(customers, out->customers,
		    out->customer_count * sizeof(*customers));
	for (size_t i = 0; i < out->customer_count; i++) {
		if (!lay_customer(play, &customers[i], err))
			return false;
	}
	out->customers = customers;
	return lay_events(play, out, err);
}

/* --- one turn --------------------------------------------------------------- */

static bool
play_notice(struct play *play, const struct snapshot *snap,
    const struct decided_notice *notice, const char *key, struct err *err)
{
	struct desk_planned	planned = {play->now_ms, snap, notice, key};

	if (!play->plan->fn(play->plan->arg, &planned, err))
		return false;
	for (size_t i = 0; i < notice->item_count; i++) {
		const struct decided_item	*item = &notice->items[i];

		if (!play_item(play, item->instalment, item->step,
		    item->occurrence, ITEM_ACCEPTED, "", err))
			return false;
	}
	return notice->contact == NULL || play_contact(play, notice, err);
}

static bool
play_notices(struct play *play, const struct snapshot *snap,
    const struct decision *decision, struct err *err)
{
	struct store_new_notice	*rows;
	char			(*keys)[STORE_KEY_LEN + 1];

	if (decision->notice_count == 0)
		return true;
	keys = arena_array(play->turn, decision->notice_count, sizeof(*keys));
	if (keys == NULL)
		return err_nomem(err);
	if (play->plan->keys && (!desk_new_notices(decision, play->turn, &rows,
	    err) || !store_keys(play->reader, rows, decision->notice_count,
	    keys, err)))
		return false;
	for (size_t i = 0; i < decision->notice_count; i++) {
		if (!play_notice(play, snap, &decision->notices[i], keys[i],
		    err))
			return false;
	}
	return true;
}

static bool
play_decision(struct play *play, const struct snapshot *snap,
    const struct decision *decision, struct err *err)
{
	if (!play_notices(play, snap, decision, err))
		return false;
	for (size_t i = 0; i < decision->retry_count; i++) {
		if (!play_again(play, snap, &decision->retries[i], err))
			return false;
	}
	for (size_t i = 0; i < decision->pass_count; i++) {
		const struct decided_pass	*pass = &decision->passes[i];

		if (!play_item(play, pass->instalment, pass->step,
		    pass->occurrence, ITEM_PASSED, pass->rule, err))
			return false;
	}
	if (play->item_count > 0)
		qsort(play->items, play->item_count, sizeof(*play->items),
		    by_instalment);
	return true;
}

static bool
move_to(struct play *play, int64_t now_ms, struct err *err)
{
	int64_t	person_id = play->snap.person_id;

	play->now_ms = now_ms;
	if (now_ms < play->snap.valid_until_ms)
		return true;
	return store_snapshots(play->reader, &person_id, 1, now_ms,
	    play->arena, &play->snap, err);
}

/* Decides at now_ms and moves on; *more false at the plan's end. */
static bool
play_turn(struct play *play, bool *more, struct err *err)
{
	struct snapshot	snap;
	struct decision	decision;

	arena_reset(play->turn);
	if (!lay_over(play, &snap, err) ||
	    !policy_decide(&play->setup->policy, &snap, play->now_ms, false,
	    play->turn, &decision, err) ||
	    !play_decision(play, &snap, &decision, err))
		return false;
	if (decision.notice_count + decision.retry_count > 0)
		return true;	/* an accepted notice is looked at at once */
	*more = decision.look_ms < play->plan->to_ms;
	return !*more || move_to(play, decision.look_ms, err);
}

static bool
play_person(struct play *play, struct err *err)
{
	bool	more = true;

	for (int turn = 0; more; turn++) {
		if (turn == PLAN_TURNS_MAX)
			return err_set(err, ERR_SYSTEM, "person %lld: the plan"
			    " does not come to an end; please report this",
			    (long long)play->snap.person_id);
		if (!play_turn(play, &more, err))
			return false;
	}
	play->plan->persons++;
	return true;
}

/* --- everybody --------------------------------------------------------------- */

static bool
play_batch(struct play *play, const int64_t *ids, size_t count,
    struct arena *batch, struct err *err)
{
	struct snapshot	*snaps = arena_array(batch, count, sizeof(*snaps));

	if (snaps == NULL)
		return err_nomem(err);
	if (!store_snapshots(play->reader, ids, count, play->plan->from_ms,
	    batch, snaps, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (snaps[i].person_id == 0)
			continue;
		arena_reset(play->arena);
		play->snap = snaps[i];
		play->now_ms = play->plan->from_ms;
		play->items = NULL;
		play->events = NULL;
		play->agains = NULL;
		play->again_count = play->again_cap = 0;
		play->item_count = play->item_cap = 0;
		play->event_count = play->event_cap = 0;
		if (!play_person(play, err))
			return false;
	}
	return true;
}

static bool
next_ids(struct play *play, int64_t after_id, struct arena *batch,
    int64_t **out, size_t *count, struct err *err)
{
	struct store_dues	 dues;
	int64_t			*ids;

	if (!store_persons(play->reader, after_id, PLAN_BATCH, batch, &dues,
	    err))
		return false;
	if ((ids = arena_array(batch, dues.count, sizeof(*ids))) == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < dues.count; i++)
		ids[i] = dues.items[i].person_id;
	*out = ids;
	*count = dues.count;
	return true;
}

static bool
play_all(struct play *play, struct arena *batch, struct err *err)
{
	int64_t	*ids = NULL, after_id = 0;
	size_t	 count = 0;

	if (play->plan->person_id != 0)
		return play_batch(play, &play->plan->person_id, 1, batch, err);
	do {
		arena_reset(batch);
		if (!next_ids(play, after_id, batch, &ids, &count, err))
			return false;
		if (count > 0) {
			after_id = ids[count - 1];
			if (!play_batch(play, ids, count, batch, err))
				return false;
		}
	} while (count > 0);
	return true;
}

bool
desk_plan(const struct setup *setup, struct store *reader,
    struct desk_plan *plan, struct err *err)
{
	struct play	 play = {.setup = setup, .reader = reader, .plan = plan};
	struct arena	*batch = arena_new();
	bool		 ok = false;

	plan->persons = 0;
	play.arena = arena_new();
	play.turn = arena_new();
	if (batch == NULL || play.arena == NULL || play.turn == NULL) {
		err_nomem(err);
		goto done;
	}
	if (!store_begin_read(reader, err))
		goto done;
	ok = play_all(&play, batch, err);
	store_rollback(reader);
done:
	arena_free(&batch);
	arena_free(&play.arena);
	arena_free(&play.turn);
	return ok;
}
