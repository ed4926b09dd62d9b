/* SPDX-License-Identifier: ISC */
/*
 * Lanes: the open routes, what waits for each, and what comes back.
 */
#include "channel/retry.h"
#include "dispatch/dispatch_impl.h"

#include "base/fault.h"

/* A deferred message of an outbox, which names no wait. */
#define DEFER_MS	(5 * MINUTE_MS)
/* What may go sooner than this is waited for here, not in the store. */
#define NEAR_MS		(10 * SECOND_MS)

/* What says nothing of a route. */
static const struct channel_result	untried = {.outcome = OUTCOME_UNSENT};

static struct sender *
sender_of(struct lane *lane)
{
	return &lane->dispatch->sender;
}

/* --- what may go -------------------------------------------------------------- */

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
		lane = lane_find(sender, route);
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
	if ((parcel->lane = lane_find(sender, parcel->route)) == NULL) {
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
	parcel->turn = pace_begin(&lane->pace, str_of(parcel->address),
	    lane->dispatch->last_ms);
	parcel->send.exact = parcel->claimed->intent != 0;
	if (parcel->send.exact) {
		parcel->stage = PARCEL_GATE;
		put(lane, parcel);
	} else {
		lane->intends++;
		parcel_intend(parcel);
	}
}

/* The first that waits, or the space to its recipient is not over yet. */
static void
start_first(struct lane *lane, int64_t now_ms)
{
	struct parcel	*parcel = parcels_pop(&lane->waits);
	int64_t		 at_ms = pace_may_to(&lane->pace,
			    str_of(parcel->address), now_ms);

	if (at_ms <= now_ms) {
		start(lane, parcel);
		return;
	}
	sender_of(lane)->waiting[parcel->claimed->channel]--;
	parcel_end(parcel, STORE_UNCLAIMED, at_ms);
}

/* Until when the route itself lets nothing go; TIME_NEVER: until one that is
 * under way comes back. */
static void
rest(struct lane *lane, int64_t at_ms, int64_t now_ms)
{
	if (at_ms == TIME_NEVER)
		return;
	if (at_ms - now_ms > NEAR_MS)
		lane_hold(lane, at_ms);
	else
		loop_timer_start(lane->dispatch->loop, &lane->timer, at_ms);
}

static void
feed(struct lane *lane)
{
	const int64_t	now_ms = lane->dispatch->last_ms;
	int64_t		at_ms;

	while (lane->waits.count > 0 && lane->held_ms <= now_ms) {
		if ((at_ms = pace_may(&lane->pace, now_ms)) > now_ms) {
			rest(lane, at_ms, now_ms);
			break;
		}
		if (!lane_open(lane) ||
		    channel_lane_room(lane->open) <= lane->intends)
			break;
		start_first(lane, now_ms);
	}
	if (lane->held_ms > now_ms)
		give_back(lane, lane->held_ms);
}

void
lanes_feed(struct sender *sender)
{
	for (struct lane *lane = sender->lanes; lane != NULL;
	    lane = lane->next)
		feed(lane);
}

static bool
is_outbox(const struct route *route)
{
	return route == NULL || route->kind == ROUTE_OUTBOX;
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
count(struct dispatch *dispatch, const struct channel_result *result)
{
	struct dispatch_counts	*counts = &dispatch->counts;

	counts->accepted += result->outcome == OUTCOME_ACCEPTED;
	counts->deferred += result->outcome == OUTCOME_DEFERRED ||
	    result->outcome == OUTCOME_UNSENT;
	counts->refused += result->outcome == OUTCOME_REFUSED;
	counts->in_doubt += result->outcome == OUTCOME_IN_DOUBT;
	if (result->outcome == OUTCOME_IN_DOUBT)
		dispatch_alert(dispatch, "in_doubt", "nobody knows whether a"
		    " message left (see `dunlin queue list`)");
	else if (result->alert)
		dispatch_alert(dispatch, outcome_class_names[result->class],
		    result->reply);
}

/* When it is tried again; TIME_NEVER: its life is over. */
static int64_t
again_ms(const struct parcel *parcel, const struct channel_result *result)
{
	const struct store_claimed	*claimed = parcel->claimed;
	const int64_t			 now_ms =
					    parcel->load->dispatch->last_ms;
	const struct retry_try		 try = {
	    .kind = route_retry_kind(parcel->route),
	    .key = str_of(claimed->key), .attempt = claimed->attempts + 1,
	    .first_ms = claimed->first_ms == TIME_NONE ? now_ms :
	    claimed->first_ms, .now_ms = now_ms, .not_after_ms = TIME_NEVER};

	/* An outbox waits for its disk alone. */
	if (is_outbox(parcel->route))
		return now_ms + (result->wait_ms > 0 ? result->wait_ms :
		    DEFER_MS);
	return retry_at(&try, result);
}

void
lane_end(struct parcel *parcel)
{
	struct dispatch			*dispatch = parcel->load->dispatch;
	const struct channel_result	*result = &parcel->send.result;
	enum store_outcome_kind		 kind = kind_of(result->outcome);
	int64_t				 next_ms = dispatch->last_ms;

	count(dispatch, result);
	if (kind == STORE_DEFERRED &&
	    (next_ms = again_ms(parcel, result)) == TIME_NEVER)
		kind = STORE_REFUSED;
	if (kind == STORE_UNSENT)
		next_ms += result->wait_ms;
	if (kind == STORE_UNSENT && !parcel->is_intended)
		kind = STORE_UNCLAIMED;
	parcel_end(parcel, kind, next_ms);
}

/* Of the route's pace each begin has its end; a disk of our own is not given a
 * rest. */
static void
end_turn(struct parcel *parcel, const struct channel_result *result)
{
	struct lane	*lane = parcel->lane;
	const int64_t	 now_ms = lane->dispatch->last_ms;

	if (is_outbox(lane->route))
		result = &untried;

	if (result->class == OUTCOME_CLASS_RECIPIENT_RATE)
		pace_hold_to(&lane->pace, str_of(parcel->address), now_ms,
		    now_ms + result->wait_ms);
	lane_changed(lane, pace_end(&lane->pace, parcel->turn, result,
	    now_ms));
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
	if (parcel->lane != NULL && !parcel->is_put) {
		parcel->lane->intends--;
		end_turn(parcel, &untried);
	}
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

void
lane_gate(void *arg, struct channel_send *send)
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
	    is_outbox(lane->route))
		channel_lane_close(&lane->open);
}

void
lane_done(void *arg, struct channel_send *send)
{
	struct lane	*lane = arg;
	struct parcel	*parcel = OWNER(send, struct parcel, send);
	struct sender	*sender = sender_of(lane);

	fault_point(FAULT_REPLY_AFTER);
	lane->in_hand--;
	loop_release(lane->dispatch->loop);
	close_outbox(lane, &send->result);
	end_turn(parcel, &send->result);
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
