/* SPDX-License-Identifier: ISC */
/*
 * Lanes: the open routes, what waits for each, and what comes back.
 */
#include "dispatch/dispatch_impl.h"

#include "base/fault.h"

/* A route that cannot be opened is tried again after this. */
#define CLOSED_MS	(5 * MINUTE_MS)
/* A deferred message whose channel names no wait. */
#define DEFER_MS	(5 * MINUTE_MS)

static void	on_gate(void *arg, struct channel_send *send);
static void	on_done(void *arg, struct channel_send *send);

static struct sender *
sender_of(struct lane *lane)
{
	return &lane->dispatch->sender;
}

/* --- open and shut ------------------------------------------------------------ */

static void
on_timer(struct loop_timer *timer)
{
	struct lane	*lane = OWNER(timer, struct lane, timer);

	sender_turn(lane->dispatch);
}

static struct lane *
lane_of(struct sender *sender, const struct route *route)
{
	struct lane	*lane;

	for (lane = sender->lanes; lane != NULL; lane = lane->next) {
		if (lane->route == route)
			return lane;
	}
	if ((lane = calloc(1, sizeof(*lane))) == NULL)
		return NULL;
	lane->dispatch = sender_owner(sender);
	lane->route = route;
	lane->hooks = (struct channel_lane_hooks){on_gate, on_done, lane};
	lane->timer.fn = on_timer;
	lane->next = sender->lanes;
	sender->lanes = lane;
	return lane;
}

static void
hold(struct lane *lane, int64_t until_ms)
{
	lane->held_ms = until_ms;
	loop_timer_start(lane->dispatch->loop, &lane->timer, until_ms);
}

static bool
open_lane(struct lane *lane)
{
	struct dispatch	*dispatch = lane->dispatch;
	struct err	 err;
	bool		 ok;

	if (lane->open != NULL)
		return true;
	ok = lane->route != NULL ? channel_lane_open(dispatch->loop,
	    lane->route, &lane->hooks, &lane->open, &err) :
	    channel_lane_open_outbox(dispatch->loop,
	    dispatch->setup->service.outbox, &lane->hooks, &lane->open, &err);
	if (ok)
		return true;
	dispatch_alert(dispatch, "route", err.text);
	hold(lane, dispatch->last_ms + CLOSED_MS);
	return false;
}

void
lanes_close(struct sender *sender)
{
	struct lane	*lane;

	while ((lane = sender->lanes) != NULL) {
		sender->lanes = lane->next;
		loop_timer_stop(&lane->timer);
		channel_lane_close(&lane->open);
		for (; lane->in_hand > 0; lane->in_hand--)
			loop_release(lane->dispatch->loop);
		free(lane);
	}
}

static const struct lane *
find_lane(const struct sender *sender, const struct route *route)
{
	const struct lane	*lane = sender->lanes;

	while (lane != NULL && lane->route != route)
		lane = lane->next;
	return lane;
}

bool
lanes_carry(struct sender *sender, enum channel channel, int64_t *held_ms)
{
	const struct dispatch	*dispatch = sender_owner(sender);
	const struct conf_list	*list = &dispatch->setup->routes.list;
	size_t			 held = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct route	*route =
					    (const struct route *)list->items + i;
		const struct lane	*lane;

		if (!route_has_channel(route, channel))
			continue;
		lane = find_lane(sender, route);
		if (lane == NULL || lane->held_ms <= dispatch->last_ms)
			return true;
		held++;
		if (lane->held_ms < *held_ms)
			*held_ms = lane->held_ms;
	}
	/* Without a route they are claimed, so that somebody is told. */
	return held == 0;
}

/* --- on the way --------------------------------------------------------------- */

static void
give_back(struct lane *lane, int64_t next_ms)
{
	struct parcel	*parcel;

	while ((parcel = parcels_pop(&lane->waits)) != NULL) {
		sender_of(lane)->waiting[parcel->claimed->channel]--;
		parcel_end(parcel, STORE_UNCLAIMED, next_ms);
	}
}

void
lanes_give_back(struct sender *sender)
{
	for (struct lane *lane = sender->lanes; lane != NULL;
	    lane = lane->next)
		give_back(lane, lane->dispatch->last_ms);
}

void
parcel_wait(struct parcel *parcel)
{
	struct sender	*sender = &parcel->load->dispatch->sender;

	if (parcel->not_made != NULL) {
		parcel_intend(parcel);
		return;
	}
	if ((parcel->lane = lane_of(sender, parcel->route)) == NULL) {
		parcel_end(parcel, STORE_UNCLAIMED, parcel->load->now_ms);
		return;
	}
	sender->waiting[parcel->claimed->channel]++;
	parcels_push(&parcel->lane->waits, parcel);
}

static void
put(struct lane *lane, struct parcel *parcel)
{
	const struct creditor	*creditor = creditors_find(
				    &lane->dispatch->setup->creditors,
				    parcel->claimed->creditor);

	parcel->send.message = (struct channel_message){
	    .channel = parcel->claimed->channel,
	    .key = str_of(parcel->claimed->key),
	    .sender = str_of(creditor == NULL ? "" : creditor->email_from),
	    .address = str_of(parcel->address), .bytes = parcel->bytes};
	parcel->is_put = true;
	lane->in_hand++;
	loop_hold(lane->dispatch->loop);
	channel_lane_put(lane->open, &parcel->send);
}

static void
start(struct lane *lane, struct parcel *parcel)
{
	sender_of(lane)->waiting[parcel->claimed->channel]--;
	parcel->send.exact = parcel->claimed->intent != 0;
	if (parcel->send.exact) {
		parcel->stage = PARCEL_GATE;
		put(lane, parcel);
	} else {
		lane->intends++;
		parcel_intend(parcel);
	}
}

static void
feed(struct lane *lane)
{
	if (lane->waits.count == 0)
		return;
	if (lane->held_ms > lane->dispatch->last_ms || !open_lane(lane)) {
		give_back(lane, lane->held_ms);
		return;
	}
	while (lane->waits.count > 0 &&
	    channel_lane_room(lane->open) > lane->intends)
		start(lane, parcels_pop(&lane->waits));
}

void
lanes_feed(struct sender *sender)
{
	for (struct lane *lane = sender->lanes; lane != NULL;
	    lane = lane->next)
		feed(lane);
}

/* --- an end ------------------------------------------------------------------- */

static enum store_outcome_kind
kind_of(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_ACCEPTED:
		return STORE_ACCEPTED;
	case OUTCOME_DEFERRED:
		return STORE_DEFERRED;
	case OUTCOME_REFUSED:
		return STORE_REFUSED;
	case OUTCOME_UNSENT:
		return STORE_UNSENT;
	case OUTCOME_IN_DOUBT:
	case OUTCOME_COUNT:
		break;
	}
	return STORE_IN_DOUBT;
}

static void
count(struct dispatch *dispatch, enum outcome outcome)
{
	struct dispatch_counts	*counts = &dispatch->counts;

	counts->accepted += outcome == OUTCOME_ACCEPTED;
	counts->deferred += outcome == OUTCOME_DEFERRED ||
	    outcome == OUTCOME_UNSENT;
	counts->refused += outcome == OUTCOME_REFUSED;
	counts->in_doubt += outcome == OUTCOME_IN_DOUBT;
	if (outcome == OUTCOME_IN_DOUBT)
		dispatch_alert(dispatch, "in_doubt", "nobody knows whether a"
		    " message left (see `dunlin queue list`)");
}

void
lane_end(struct parcel *parcel)
{
	struct dispatch			*dispatch = parcel->load->dispatch;
	const struct channel_result	*result = &parcel->send.result;
	enum store_outcome_kind		 kind = kind_of(result->outcome);
	int64_t				 next_ms = dispatch->last_ms;

	count(dispatch, result->outcome);
	if (kind == STORE_DEFERRED)
		next_ms += result->wait_ms > 0 ? result->wait_ms : DEFER_MS;
	else if (kind == STORE_UNSENT)
		next_ms += result->wait_ms;
	if (kind == STORE_UNSENT && !parcel->is_intended)
		kind = STORE_UNCLAIMED;
	parcel_end(parcel, kind, next_ms);
}

void
lane_send(struct parcel *parcel)
{
	struct lane	*lane = parcel->lane;

	parcel->stage = PARCEL_SENT;
	if (parcel->gave_up) {
		lane_end(parcel);
	} else if (parcel->is_put) {
		channel_lane_go(&parcel->send);
	} else {
		lane->intends--;
		put(lane, parcel);
	}
}

/* An exact one is in the lane's hands, and comes back by itself. */
static bool
let_go(struct parcel *parcel)
{
	if (parcel->lane != NULL && !parcel->is_put)
		parcel->lane->intends--;
	if (!parcel->is_put || parcel->gave_up)
		return false;
	channel_lane_stop(&parcel->send);
	return true;
}

void
lane_forget(struct parcel *parcel)
{
	parcel->stage = PARCEL_FORGOTTEN;
	if (!let_go(parcel))
		parcel_finish(parcel);
}

void
lane_drop(struct parcel *parcel)
{
	parcel->is_unsure = true;
	parcel->stage = PARCEL_SENT;
	if (!let_go(parcel))
		parcel_end(parcel, STORE_UNCLAIMED, parcel->load->now_ms);
}

static void
on_gate(void *arg, struct channel_send *send)
{
	struct lane	*lane = arg;

	parcel_intend(OWNER(send, struct parcel, send));
	sender_pump(sender_of(lane));
}

/* A folder that was removed and made again is another one. */
static void
close_outbox(struct lane *lane, const struct channel_result *result)
{
	if (result->outcome == OUTCOME_DEFERRED && lane->in_hand == 0 &&
	    (lane->route == NULL || lane->route->kind == ROUTE_OUTBOX))
		channel_lane_close(&lane->open);
}

static void
on_done(void *arg, struct channel_send *send)
{
	struct lane	*lane = arg;
	struct parcel	*parcel = OWNER(send, struct parcel, send);
	struct sender	*sender = sender_of(lane);

	fault_point(FAULT_REPLY_AFTER);
	lane->in_hand--;
	loop_release(lane->dispatch->loop);
	close_outbox(lane, &send->result);
	switch (parcel->stage) {
	case PARCEL_GATE:
	case PARCEL_SENT:
		lane_end(parcel);
		break;
	case PARCEL_INTENDS:
		parcel->gave_up = true;		/* told when it is its turn */
		break;
	case PARCEL_FORGOTTEN:
		parcel_finish(parcel);
		break;
	case PARCEL_WAITS:
	case PARCEL_ENDS:
		break;		/* not in a lane's hands */
	}
	sender_pump(sender);
}
