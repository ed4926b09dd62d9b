/* SPDX-License-Identifier: ISC */
/*
 * The sender: claim, render, intent with the last look, hand over, outcome;
 * one batch after the other.
 */
#include "dispatch/dispatch_impl.h"

/* A message that cannot be made, or has no way out, rests this long. */
#define REST_MS		(15 * MINUTE_MS)
/* Above this many an hour the share of firm steps is watched. */
#define SHARE_FROM	100

static void	claimed(struct store_op *op, bool ok, const struct err *err);
static void	intended(struct store_op *op, bool ok, const struct err *err);
static void	recorded(struct store_op *op, bool ok, const struct err *err);

static struct dispatch *
owner(struct sender *sender)
{
	return OWNER(sender, struct dispatch, sender);
}

static int64_t
hour_start(int64_t now_ms)
{
	return now_ms - (now_ms % HOUR_MS + HOUR_MS) % HOUR_MS;
}

/* --- claim ------------------------------------------------------------------ */

static bool
claim_channel(struct sender *sender, struct store *store,
    enum channel channel, size_t room, struct store_claimed *all,
    size_t *count, struct err *err)
{
	struct store_claims	claims;

	if (!store_claim(store, channel, sender->now_ms,
	    owner(sender)->epoch, room, sender->arena, &claims, err))
		return false;
	for (size_t i = 0; i < claims.count; i++)
		all[(*count)++] = claims.items[i];
	return true;
}

/* The ceiling of the hour, whatever the plan says. */
static size_t
room_left(struct sender *sender)
{
	const struct service_conf	*service = &owner(sender)->setup->service;
	int64_t				 left = service->max_per_hour -
					    sender->sent;

	if (left <= 0 && sender->ceiling_ms != hour_start(sender->now_ms)) {
		sender->ceiling_ms = hour_start(sender->now_ms);
		(void)snprintf(sender->alert_kind, sizeof(sender->alert_kind),
		    "ceiling");
		(void)snprintf(sender->alert_about,
		    sizeof(sender->alert_about), "%lld notices left within this"
		    " hour, which is service.max_per_hour: the rest waits for"
		    " the next one", (long long)sender->sent);
	}
	if (left <= 0)
		return 0;
	return (size_t)(left < service->claim_batch ? left :
	    service->claim_batch);
}

/* What only holds at the start of the program may hold no more. */
static bool
check_state(struct sender *sender, struct err *err)
{
	const struct dispatch	*dispatch = owner(sender);

	if (sender->state.daemon_epoch != dispatch->epoch)
		return err_set(err, ERR_REFUSED, "another dunlind was started"
		    " on this store: end one of them");
	if (loop_clock(dispatch->loop)->is_virtual &&
	    sender->state.mode == STORE_LIVE)
		return err_set(err, ERR_REFUSED, "the store went live, and"
		    " virtual time is for rehearsal");
	return true;
}

/* On the store's thread. */
static bool
claim(struct store_op *op, struct store *store, struct err *err)
{
	struct sender		*sender = OWNER(op, struct sender, op);
	int64_t			 hour = hour_start(sender->now_ms);
	struct store_claimed	*all;
	size_t			 room, count = 0;

	arena_reset(sender->arena);
	sender->claims = (struct store_claims){NULL, 0};
	if (!store_state(store, &sender->state, err) ||
	    !check_state(sender, err))
		return false;
	sender->next = (struct store_next){TIME_NEVER, TIME_NEVER, 0, false};
	if (sender->state.stop[0] != '\0')
		return true;	/* whoever takes it away wakes us */
	if (!store_sent(store, hour, hour + HOUR_MS, &sender->sent,
	    &sender->sent_high, err))
		return false;
	room = room_left(sender);
	if ((all = arena_array(sender->arena, room, sizeof(*all))) == NULL)
		return err_nomem(err);
	for (int channel = 0; channel < CHANNEL_COUNT && count < room;
	    channel++) {
		if (!claim_channel(sender, store, (enum channel)channel,
		    room - count, all, &count, err))
			return false;
	}
	sender->claims = (struct store_claims){all, count};
	return count > 0 || store_agenda_next(store,
	    owner(sender)->config_epoch, &sender->next, err);
}

static void
raise_alert(struct dispatch *dispatch)
{
	struct sender	*sender = &dispatch->sender;

	if (sender->alert_kind[0] == '\0')
		return;
	log_warn(dispatch->log, "send.alert",
	    LOG_STR("kind", sender->alert_kind),
	    LOG_STR("about", sender->alert_about));
	if (dispatch->hooks.alert != NULL)
		dispatch->hooks.alert(dispatch->hooks.arg, sender->alert_kind,
		    sender->alert_about);
	sender->alert_kind[0] = '\0';
}

/*
 * Something failed between claim and hand-over: what was claimed goes back at
 * the next turn, before anything else.  Where a commit's answer was lost the
 * intents may stand: of the two outcomes only the one that fits is written.
 */
static void
abandon(struct sender *sender, const char *doing, const struct err *err)
{
	struct dispatch		*dispatch = owner(sender);
	struct store_outcome	*outcomes;
	const size_t		 kinds = err->kind == ERR_UNSURE ? 2 : 1;
	const size_t		 count = sender->claims.count * kinds;

	outcomes = arena_array(sender->arena, count, sizeof(*outcomes));
	for (size_t i = 0; outcomes != NULL && i < count; i++)
		outcomes[i] = (struct store_outcome){
		    .message_id = sender->claims.items[i / kinds].message_id,
		    .kind = i % kinds == 0 ? STORE_UNCLAIMED : STORE_UNSENT,
		    .next_ms = sender->now_ms, .code = "", .reply = "",
		    .peer = "", .provider_id = ""};
	sender->outcomes = outcomes;
	sender->outcome_count = outcomes == NULL ? 0 : count;
	sender->intent_count = 0;
	dispatch_trouble(dispatch, &sender->wheel, doing, err);
}

static void
claimed(struct store_op *op, bool ok, const struct err *err)
{
	struct sender	*sender = OWNER(op, struct sender, op);
	struct dispatch	*dispatch = owner(sender);
	int64_t		 next;

	if (!ok && err->kind == ERR_UNSURE) {
		abandon(sender, "claiming", err);
		return;
	}
	if (!ok) {
		dispatch_trouble(dispatch, &sender->wheel, "claiming", err);
		return;
	}
	raise_alert(dispatch);
	if (sender->claims.count > 0) {
		sender->reads_templates = sender->templates_stale;
		sender->templates_stale = false;
		loop_work(sender->workers, &sender->job);
		return;
	}
	next = sender->next.message_ms;
	if (next <= sender->now_ms)
		next = hour_start(sender->now_ms) + HOUR_MS;	/* the ceiling */
	dispatch_rest(dispatch, &sender->wheel, next);
}

/* --- intent ------------------------------------------------------------------ */

static bool
share_is_full(struct sender *sender, const struct store_claimed *message)
{
	int64_t	most = owner(sender)->setup->service.max_high_percent;

	return message->stage >= STAGE_EXTRAJUDICIAL &&
	    sender->sent >= SHARE_FROM &&
	    (sender->sent_high + 1) * 100 > most * (sender->sent + 1);
}

static void
note_share(struct sender *sender)
{
	if (sender->alert_kind[0] != '\0')
		return;
	(void)snprintf(sender->alert_kind, sizeof(sender->alert_kind), "share");
	(void)snprintf(sender->alert_about, sizeof(sender->alert_about),
	    "service.max_high_percent is reached: more firm notices wait for"
	    " the next hour");
}

/* Until when a parcel that cannot go rests; TIME_NONE: it can go. */
static int64_t
rest_of(struct sender *sender, struct parcel *parcel)
{
	if (!parcel->is_made)
		return sender->now_ms + REST_MS;
	if (!share_is_full(sender, parcel->claimed))
		return TIME_NONE;
	parcel->is_made = false;
	note_share(sender);
	return hour_start(sender->now_ms) + HOUR_MS;
}

/* An intent for each parcel, in their order; void where it cannot go. */
static void
prepare_parcel(struct sender *sender, struct parcel *parcel)
{
	const int64_t		 rest_ms = rest_of(sender, parcel);
	const bool		 is_high = parcel->claimed->stage >=
				    STAGE_EXTRAJUDICIAL;
	struct store_intent	*intent =
				    &sender->intents[sender->intent_count++];

	*intent = (struct store_intent){
	    .message_id = parcel->claimed->message_id,
	    .route = parcel->route == NULL ? "outbox" : parcel->route->name,
	    .is_high = is_high, .is_void = rest_ms != TIME_NONE,
	    .rest_ms = rest_ms};
	if (intent->is_void)
		return;
	intent->bytes = parcel->made.bytes;
	intent->template_hash = parcel->claimed->repeats ? NULL :
	    &parcel->made.template_hash;
	/* for the share; the next claim counts anew */
	sender->sent++;
	sender->sent_high += is_high;
}

/* On the store's thread; may run again, so it starts anew. */
static bool
intend(struct store_op *op, struct store *store, struct err *err)
{
	struct sender			*sender = OWNER(op, struct sender, op);
	struct dispatch			*dispatch = owner(sender);
	const struct store_look_at	 at = {sender->now_ms,
					    dispatch->epoch,
					    dispatch->config_epoch};

	return store_intend(store, &at, sender->intents, sender->intent_count,
	    err);
}

static void
intended(struct store_op *op, bool ok, const struct err *err)
{
	struct sender	*sender = OWNER(op, struct sender, op);

	if (!ok) {
		abandon(sender, "intending", err);
		return;
	}
	loop_work(sender->workers, &sender->job);	/* now it sends */
}

/* --- outcome ------------------------------------------------------------------ */

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
count_outcome(struct dispatch_counts *counts, enum outcome outcome)
{
	counts->accepted += outcome == OUTCOME_ACCEPTED;
	counts->deferred += outcome == OUTCOME_DEFERRED ||
	    outcome == OUTCOME_UNSENT;
	counts->refused += outcome == OUTCOME_REFUSED;
	counts->in_doubt += outcome == OUTCOME_IN_DOUBT;
}

static void
note_doubt(struct sender *sender)
{
	(void)snprintf(sender->alert_kind, sizeof(sender->alert_kind),
	    "in_doubt");
	(void)snprintf(sender->alert_about, sizeof(sender->alert_about),
	    "nobody knows whether a message left: a person has to settle it"
	    " (see `dunlin queue list`)");
}

static void
add_outcome(struct sender *sender, struct parcel *parcel)
{
	struct channel_result	*result = &parcel->result;
	int64_t			 wait = result->wait_ms > 0 ? result->wait_ms :
				    5 * MINUTE_MS;

	count_outcome(&owner(sender)->counts, result->outcome);
	if (result->outcome == OUTCOME_IN_DOUBT)
		note_doubt(sender);
	sender->outcomes[sender->outcome_count++] = (struct store_outcome){
	    .message_id = parcel->claimed->message_id,
	    .kind = kind_of(result->outcome), .next_ms = sender->now_ms + wait,
	    .code = result->code, .reply = result->reply, .peer = "",
	    .provider_id = result->provider_id};
}

/* On the store's thread. */
static bool
record(struct store_op *op, struct store *store, struct err *err)
{
	struct sender	*sender = OWNER(op, struct sender, op);

	return sender->outcome_count == 0 || store_outcomes(store,
	    sender->now_ms, owner(sender)->epoch, sender->outcomes,
	    sender->outcome_count, err);
}

static void
recorded(struct store_op *op, bool ok, const struct err *err)
{
	struct sender	*sender = OWNER(op, struct sender, op);
	struct dispatch	*dispatch = owner(sender);

	if (!ok) {
		dispatch_trouble(dispatch, &sender->wheel, "recording", err);
		return;
	}
	sender->outcome_count = 0;
	raise_alert(dispatch);
	if (dispatch->hooks.progress != NULL)
		dispatch->hooks.progress(dispatch->hooks.arg,
		    &dispatch->counts);
	sender->wheel.again = true;
	dispatch_rest(dispatch, &sender->wheel, TIME_NEVER);
	planner_turn(dispatch);		/* what was accepted is looked at again */
}

/* --- the thread's two halves of a batch ------------------------------------- */

static bool
has_standing_intent(const struct sender *sender)
{
	return sender->intent_count > 0;
}

/* On the sender's thread: first it renders, then it hands over. */
static void
work(struct loop_job *job, void *own)
{
	struct sender	*sender = OWNER(job, struct sender, job);
	struct dispatch	*dispatch = owner(sender);

	sender->ok = true;
	if (has_standing_intent(sender))
		bench_send(own, dispatch);
	else
		sender->ok = bench_make(own, dispatch, &sender->err);
}

static void
after_making(struct sender *sender)
{
	struct dispatch	*dispatch = owner(sender);

	sender->intents = arena_array(sender->arena, sender->claims.count,
	    sizeof(*sender->intents));
	sender->outcomes = arena_array(sender->arena, sender->claims.count,
	    sizeof(*sender->outcomes));
	sender->outcome_count = 0;
	if (sender->intents == NULL || sender->outcomes == NULL) {
		(void)err_nomem(&sender->err);
		abandon(sender, "rendering", &sender->err);
		return;
	}
	for (size_t i = 0; i < sender->claims.count; i++)
		prepare_parcel(sender, &sender->parcels[i]);
	store_thread_run(dispatch->store, &sender->op, intend, intended);
}

static void
after_sending(struct sender *sender)
{
	struct dispatch	*dispatch = owner(sender);

	for (size_t i = 0; i < sender->intent_count; i++)
		dispatch->counts.sent_back +=
		    sender->intents[i].look == STORE_LOOK_CHANGED;
	for (size_t i = 0; i < sender->claims.count; i++) {
		if (sender->parcels[i].is_sent)
			add_outcome(sender, &sender->parcels[i]);
	}
	sender->intent_count = 0;
	store_thread_run(dispatch->store, &sender->op, record, recorded);
}

static void
worked(struct loop_job *job)
{
	struct sender	*sender = OWNER(job, struct sender, job);

	if (!sender->ok && sender->reads_templates)
		sender->templates_stale = true;
	if (!sender->ok)
		abandon(sender, "rendering", &sender->err);
	else if (has_standing_intent(sender))
		after_sending(sender);
	else
		after_making(sender);
}

/* --- turning -------------------------------------------------------------------- */

void
sender_turn(struct dispatch *dispatch)
{
	struct sender	*sender = &dispatch->sender;
	bool		 owes = sender->outcome_count > 0;
	int64_t		 now_ms;

	if (sender->wheel.turning ||
	    (!owes && (dispatch->draining || dispatch->next_setup != NULL))) {
		sender->wheel.again = true;
		return;
	}
	if (!dispatch_begin(dispatch, &sender->wheel, owes ? NULL : &now_ms))
		return;
	if (owes) {
		/* The last outcomes could not be recorded: nothing before them. */
		store_thread_run(dispatch->store, &sender->op, record,
		    recorded);
		return;
	}
	sender->intent_count = 0;
	sender->now_ms = now_ms;
	store_thread_run(dispatch->store, &sender->op, claim, claimed);
}

static void
on_timer(struct loop_timer *timer)
{
	struct wheel	*wheel = OWNER(timer, struct wheel, timer);
	struct sender	*sender = OWNER(wheel, struct sender, wheel);

	sender_turn(owner(sender));
}

bool
sender_start(struct dispatch *dispatch, struct err *err)
{
	struct sender				*sender = &dispatch->sender;
	const struct loop_workers_options	 options = {
	    .name = "sender", .open = bench_open, .close = bench_close,
	    .arg = dispatch};

	sender->wheel.timer.fn = on_timer;
	sender->job.run = work;
	sender->job.done = worked;
	sender->templates_stale = true;
	if ((sender->arena = arena_new()) == NULL)
		return err_nomem(err);
	return loop_workers_new(dispatch->loop, &options, &sender->workers,
	    err);
}

void
sender_stop(struct dispatch *dispatch)
{
	struct sender	*sender = &dispatch->sender;

	loop_timer_stop(&sender->wheel.timer);
	loop_workers_free(&sender->workers);
	arena_free(&sender->arena);
}
