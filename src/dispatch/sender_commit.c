/* SPDX-License-Identifier: ISC */
/*
 * The commit: what came of some parcels, and the intents of others, in one
 * transaction, one after the other.
 */
#include "dispatch/dispatch_impl.h"

#include "base/fault.h"

/* Above this many an hour the share of firm steps is watched. */
#define SHARE_FROM	100
/* Of outcomes, and of intents, in one transaction. */
#define COMMIT_MAX	512
/* A message that cannot be made, or has no way out, rests this long. */
#define REST_MS		(15 * MINUTE_MS)

void
parcels_push(struct parcels *queue, struct parcel *parcel)
{
	parcel->next = NULL;
	if (queue->last == NULL)
		queue->first = parcel;
	else
		queue->last->next = parcel;
	queue->last = parcel;
	queue->count++;
}

struct parcel *
parcels_pop(struct parcels *queue)
{
	struct parcel	*parcel = queue->first;

	if (parcel == NULL)
		return NULL;
	queue->first = parcel->next;
	if (queue->first == NULL)
		queue->last = NULL;
	queue->count--;
	return parcel;
}

/* Puts them back before what came meanwhile. */
static void
return_to(struct parcels *queue, struct parcels *taken)
{
	struct parcel	*parcel;

	while ((parcel = parcels_pop(queue)) != NULL)
		parcels_push(taken, parcel);
	*queue = *taken;
	*taken = (struct parcels){NULL, NULL, 0};
}

static void
take(struct parcels *out, struct parcels *queue)
{
	while (queue->count > 0 && out->count < COMMIT_MAX)
		parcels_push(out, parcels_pop(queue));
}

static struct sender *
sender_of(const struct parcel *parcel)
{
	return &parcel->load->dispatch->sender;
}

/* --- ends --------------------------------------------------------------------- */

void
parcel_finish(struct parcel *parcel)
{
	load_leave(parcel->load);
}

void
parcel_end(struct parcel *parcel, enum store_outcome_kind end, int64_t next_ms)
{
	struct sender	*sender = sender_of(parcel);

	if (!parcel->is_intended)
		sender->unintended--;
	parcel->is_intended = true;
	parcel->stage = PARCEL_ENDS;
	parcel->end = end;
	parcel->next_ms = next_ms;
	parcels_push(&sender->ends, parcel);
}

static void
put_outcome(struct commit *commit, const struct parcel *parcel,
    enum store_outcome_kind kind)
{
	const struct channel_result	*result = &parcel->send.result;

	commit->outcomes[commit->outcome_count++] = (struct store_outcome){
	    .message_id = parcel->claimed->message_id, .kind = kind,
	    .next_ms = parcel->next_ms, .code = result->code,
	    .reply = result->reply, .peer = result->peer,
	    .provider_id = result->provider_id};
}

/* Where a commit's answer was lost the intent may stand: of the two outcomes
 * only the one that fits is written. */
static void
put_end(struct commit *commit, const struct parcel *parcel)
{
	put_outcome(commit, parcel, parcel->end);
	if (parcel->is_unsure)
		put_outcome(commit, parcel, parcel->end == STORE_UNSENT ?
		    STORE_UNCLAIMED : STORE_UNSENT);
}

/* --- intents ------------------------------------------------------------------ */

void
parcel_intend(struct parcel *parcel)
{
	parcel->stage = PARCEL_INTENDS;
	parcels_push(&sender_of(parcel)->intends, parcel);
}

static bool
is_high(const struct parcel *parcel)
{
	return parcel->claimed->stage >= STAGE_EXTRAJUDICIAL;
}

static bool
share_is_full(const struct sender *sender, int64_t most)
{
	return sender->sent >= SHARE_FROM &&
	    (sender->sent_high + 1) * 100 > most * (sender->sent + 1);
}

/* Until when a parcel that cannot go rests; TIME_NONE: it can go. */
static int64_t
rest_of(struct sender *sender, const struct parcel *parcel)
{
	struct dispatch	*dispatch = sender_owner(sender);
	const int64_t	 hour = hour_start(dispatch->last_ms);

	if (parcel->not_made != NULL)
		return dispatch->last_ms + REST_MS;
	if (!is_high(parcel) || !share_is_full(sender,
	    dispatch->setup->service.max_high_percent))
		return TIME_NONE;
	if (sender->share_ms != hour)
		dispatch_alert(dispatch, "share", "service.max_high_percent is"
		    " reached: more firm notices wait for the next hour");
	sender->share_ms = hour;
	return hour + HOUR_MS;
}

static void
put_intent(struct sender *sender, struct commit *commit,
    struct parcel *parcel)
{
	const struct store_claimed	*claimed = parcel->claimed;
	const int64_t			 rest_ms = rest_of(sender, parcel);
	struct store_intent		*intent =
					    &commit->intents[commit->intent_count++];

	*intent = (struct store_intent){.message_id = claimed->message_id,
	    .route = parcel->route == NULL ? "outbox" : parcel->route->name,
	    .is_high = is_high(parcel), .is_void = rest_ms != TIME_NONE,
	    .rest_ms = rest_ms};
	if (intent->is_void)
		return;
	sender->sent++;
	sender->sent_high += intent->is_high;
	/* What is sent again is sealed already. */
	if (claimed->repeats)
		return;
	intent->bytes = parcel->bytes;
	intent->template_hash = &parcel->template_hash;
	intent->sample = parcel->sample;
}

/* --- the transaction ---------------------------------------------------------- */

static bool
write_all(struct store_op *op, struct store *store, struct err *err)
{
	struct commit	*commit = OWNER(op, struct commit, op);

	for (size_t i = 0; i < commit->note_count; i++) {
		if (!store_meta_set(store, commit->notes[i].name,
		    commit->notes[i].text, err))
			return false;
	}
	return store_outcomes(store, commit->at.now_ms,
	    commit->at.daemon_epoch, commit->outcomes, commit->outcome_count,
	    err) && store_intend(store, &commit->at, commit->intents,
	    commit->intent_count, err);
}

static void
undo(struct sender *sender, const struct err *err)
{
	struct commit	*commit = &sender->commit;
	struct parcel	*parcel;

	return_to(&sender->ends, &commit->ends);
	if (err->kind != ERR_UNSURE) {
		return_to(&sender->intends, &commit->intends);
	} else {
		while ((parcel = parcels_pop(&commit->intends)) != NULL)
			lane_drop(parcel);
	}
	dispatch_trouble(sender_owner(sender), &sender->wheel, "recording",
	    err);
}

static void
go_on(struct sender *sender, struct parcel *parcel,
    const struct store_intent *intent)
{
	sender_owner(sender)->counts.sent_back +=
	    intent->look == STORE_LOOK_CHANGED;
	sender->unintended--;
	parcel->is_intended = true;
	if (intent->look == STORE_LOOK_OK)
		lane_send(parcel);
	else
		lane_forget(parcel);
}

static void
written(struct store_op *op, bool ok, const struct err *err)
{
	struct commit	*commit = OWNER(op, struct commit, op);
	struct sender	*sender = OWNER(commit, struct sender, commit);
	struct dispatch	*dispatch = sender_owner(sender);
	struct parcel	*parcel;

	commit->is_under_way = false;
	if (ok && commit->outcome_count > 0)
		fault_point(FAULT_OUTCOME_AFTER);
	if (ok && commit->intent_count > 0)
		fault_point(FAULT_INTENT_AFTER);
	if (!ok) {
		undo(sender, err);
		return;
	}
	sender->wheel.troubles = 0;
	while ((parcel = parcels_pop(&commit->ends)) != NULL)
		parcel_finish(parcel);
	for (size_t i = 0; i < commit->intent_count; i++)
		go_on(sender, parcels_pop(&commit->intends),
		    &commit->intents[i]);
	if (dispatch->hooks.progress != NULL)
		dispatch->hooks.progress(dispatch->hooks.arg,
		    &dispatch->counts);
	sender_pump(sender);
}

/* Of parcels that were given up before their intent only the end is told. */
static void
sort_out(struct sender *sender)
{
	struct parcels	 all = sender->intends;
	struct parcel	*parcel;

	sender->intends = (struct parcels){NULL, NULL, 0};
	while ((parcel = parcels_pop(&all)) != NULL) {
		if (parcel->gave_up)
			lane_end(parcel);
		else
			parcels_push(&sender->intends, parcel);
	}
}

static bool
make_room(struct commit *commit)
{
	arena_reset(commit->arena);
	commit->outcomes = arena_array(commit->arena, 2 * commit->ends.count,
	    sizeof(*commit->outcomes));
	commit->intents = arena_array(commit->arena, commit->intends.count,
	    sizeof(*commit->intents));
	commit->outcome_count = 0;
	commit->intent_count = 0;
	return commit->outcomes != NULL && commit->intents != NULL;
}

void
sender_commit(struct sender *sender)
{
	struct commit	*commit = &sender->commit;
	struct dispatch	*dispatch = sender_owner(sender);
	struct err	 err;

	if (commit->is_under_way)
		return;
	sort_out(sender);
	if (sender->ends.count + sender->intends.count == 0)
		return;
	take(&commit->ends, &sender->ends);
	take(&commit->intends, &sender->intends);
	if (!make_room(commit) || !lanes_note(sender, commit)) {
		(void)err_nomem(&err);
		undo(sender, &err);
		return;
	}
	commit->at = (struct store_look_at){dispatch->last_ms, dispatch->epoch,
	    dispatch->config_epoch};
	for (struct parcel *p = commit->ends.first; p != NULL; p = p->next)
		put_end(commit, p);
	for (struct parcel *p = commit->intends.first; p != NULL; p = p->next)
		put_intent(sender, commit, p);
	commit->is_under_way = true;
	store_thread_run(dispatch->store, &commit->op, write_all, written);
}
