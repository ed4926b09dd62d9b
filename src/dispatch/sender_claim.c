/* SPDX-License-Identifier: ISC */
/* Messages whose time has come, a load at a time, and their rendering. */
#include "dispatch/dispatch_impl.h"

#include "base/fault.h"

int64_t
hour_start(int64_t now_ms)
{
	return now_ms - (now_ms % HOUR_MS + HOUR_MS) % HOUR_MS;
}

/* --- what may be claimed ------------------------------------------------------ */

/* The ceiling of the hour, whatever the plan says. */
static size_t
hour_room(const struct load *load)
{
	const struct service_conf	*service =
					    &load->dispatch->setup->service;
	const int64_t			 left = service->max_per_hour -
					    load->sent - load->unintended;

	if (left <= 0)
		return 0;
	return (size_t)(left < service->claim_batch ? left :
	    service->claim_batch);
}

static void
say_ceiling(struct sender *sender, const struct load *load)
{
	const int64_t	hour = hour_start(load->now_ms);
	char		about[160];

	if (load->state.stop[0] != '\0' || hour_room(load) > 0 ||
	    sender->ceiling_ms == hour)
		return;
	sender->ceiling_ms = hour;
	(void)snprintf(about, sizeof(about), "%lld notices left within this"
	    " hour, which is service.max_per_hour: the rest waits for the next"
	    " one", (long long)load->sent);
	dispatch_alert(load->dispatch, "ceiling", about);
}

/* What only holds at the start of the program may hold no more. */
static bool
check_state(const struct dispatch *dispatch, const struct store_state *state,
    struct err *err)
{
	if (state->daemon_epoch != dispatch->epoch)
		return err_set(err, ERR_REFUSED, "another dunlind was started"
		    " on this store: end one of them");
	if (loop_clock(dispatch->loop)->is_virtual &&
	    state->mode == STORE_LIVE)
		return err_set(err, ERR_REFUSED, "the store went live, and"
		    " virtual time is for rehearsal");
	return true;
}

/* --- on the store's thread ---------------------------------------------------- */

static bool
claim_kind(struct load *load, struct store *store, enum store_suspects kind,
    size_t room, struct store_claimed *all, struct err *err)
{
	struct store_claims	claims;
	size_t			limit;

	for (int i = 0; i < CHANNEL_COUNT; i++) {
		limit = room - load->claims.count;
		if (load->wanted[i] < limit)
			limit = load->wanted[i];
		if (limit == 0)
			continue;
		if (!store_claim(store, (enum channel)i, load->now_ms,
		    load->dispatch->epoch, kind, limit, load->arena, &claims,
		    err))
			return false;
		for (size_t j = 0; j < claims.count; j++)
			all[load->claims.count++] = claims.items[j];
	}
	return true;
}

static bool
claim_load(struct load *load, struct store *store, size_t room,
    struct err *err)
{
	struct store_claimed	*all;

	if (room == 0)
		return true;
	if ((all = arena_array(load->arena, room, sizeof(*all))) == NULL)
		return err_nomem(err);
	load->claims.items = all;
	if (!claim_kind(load, store, STORE_SOUND, room, all, err))
		return false;
	/* A daemon died with it: by itself, so that it takes nobody along. */
	load->is_alone = load->claims.count == 0 && load->may_be_alone;
	return !load->is_alone || claim_kind(load, store, STORE_SUSPECT, 1,
	    all, err);
}

/* Each gets an end, whatever comes; so there is memory for it before. */
static bool
unpack(struct load *load, struct err *err)
{
	const size_t	count = load->claims.count;

	load->parcels = arena_array(load->arena, count,
	    sizeof(*load->parcels));
	if (load->parcels == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++)
		load->parcels[i] = (struct parcel){.load = load,
		    .claimed = &load->claims.items[i],
		    .address = load->claims.items[i].address};
	load->left = count;
	return true;
}

static bool
claim(struct store_op *op, struct store *store, struct err *err)
{
	struct load	*load = OWNER(op, struct sender, claim_op)->claiming;
	const int64_t	 hour = hour_start(load->now_ms);

	load->claims = (struct store_claims){NULL, 0};
	load->is_alone = false;
	load->next = (struct store_next){TIME_NEVER, TIME_NEVER, 0, false};
	if (!store_state(store, &load->state, err) ||
	    !check_state(load->dispatch, &load->state, err))
		return false;
	if (load->state.stop[0] != '\0')
		return true;	/* whoever takes it away wakes us */
	if (!store_has_room(store,
	    load->dispatch->setup->service.disk_reserve * 1048576, err) ||
	    !store_sent(store, hour, hour + HOUR_MS, &load->sent,
	    &load->sent_high, err) ||
	    !claim_load(load, store, hour_room(load), err))
		return false;
	if (load->claims.count > 0)
		return unpack(load, err);
	return store_agenda_next(store, load->dispatch->config_epoch,
	    &load->next, err);
}

/* --- on the loop -------------------------------------------------------------- */

static void
load_free(struct load *load)
{
	struct sender	*sender = &load->dispatch->sender;

	if (load->is_alone)
		sender->is_alone = false;
	sender->loads--;
	arena_free(&load->arena);
	free(load);
}

void
load_leave(struct load *load)
{
	if (--load->left == 0)
		load_free(load);
}

/* Claimed, and then nothing came of it: all go back, before anything else. */
static void
give_back(struct load *load, const char *doing, const struct err *err)
{
	struct dispatch	*dispatch = load->dispatch;
	const size_t	 count = load->claims.count;

	for (size_t i = 0; i < count; i++)
		parcel_end(&load->parcels[i], STORE_UNCLAIMED, load->now_ms);
	dispatch_trouble(dispatch, &dispatch->sender.wheel, doing, err);
}

static void
make(struct loop_job *job, void *own)
{
	struct load	*load = OWNER(job, struct load, job);

	load->ok = bench_make(own, load, &load->err);
}

static void
made(struct loop_job *job)
{
	struct load	*load = OWNER(job, struct load, job);
	struct sender	*sender = &load->dispatch->sender;
	const size_t	 count = load->claims.count;

	sender->making -= count;
	if (!load->ok) {
		if (load->reads_templates)
			sender->templates_stale = true;
		give_back(load, "rendering", &load->err);
		return;
	}
	if (load->not_made != NULL)
		dispatch_alert(load->dispatch, "not_made", load->not_made);
	for (size_t i = 0; i < count; i++)
		parcel_wait(&load->parcels[i]);
	sender_pump(sender);
}

static void
start_making(struct sender *sender, struct load *load)
{
	sender->making += load->claims.count;
	sender->is_alone = load->is_alone;
	load->reads_templates = sender->templates_stale;
	sender->templates_stale = false;
	load->job.run = make;
	load->job.done = made;
	loop_work(sender->workers, &load->job);
}

static void
found_nothing(struct sender *sender, struct load *load)
{
	sender->dry = load->may_be_alone ? DRY_ALL : DRY_BUSY;
	if (load->may_be_alone)
		say_ceiling(sender, load);
	sender->next = load->next;
	load_free(load);
	sender_pump(sender);
}

static void
claimed(struct store_op *op, bool ok, const struct err *err)
{
	struct sender	*sender = OWNER(op, struct sender, claim_op);
	struct load	*load = sender->claiming;

	sender->claiming = NULL;
	if (ok && load->claims.count == 0) {
		found_nothing(sender, load);
		return;
	}
	/* A commit whose answer was lost may have claimed them. */
	if (!ok && (err->kind != ERR_UNSURE || load->claims.count == 0)) {
		load_free(load);
		dispatch_trouble(sender_owner(sender), &sender->wheel,
		    "claiming", err);
		return;
	}
	fault_point(FAULT_CLAIM_AFTER);
	sender->unintended += (int64_t)load->claims.count;
	sender->sent = load->sent;
	sender->sent_high = load->sent_high;
	if (ok)
		start_making(sender, load);
	else
		give_back(load, "claiming", err);
}

/* No more than can be sent soon: what waits in memory grows stale. */
static size_t
want(struct sender *sender, enum channel channel)
{
	const size_t	batch = (size_t)
			    sender_owner(sender)->setup->service.claim_batch;
	const size_t	have = sender->waiting[channel] + sender->making;
	int64_t		held_ms = TIME_NEVER;

	if (have > batch / 2 || !lanes_carry(sender, channel, &held_ms))
		return 0;
	return batch - have;
}

void
sender_claim(struct sender *sender)
{
	struct dispatch	*dispatch = sender_owner(sender);
	struct load	*load;
	size_t		 all = 0;

	if (sender->claiming != NULL || sender->is_alone ||
	    sender->dry == DRY_ALL ||
	    (sender->dry == DRY_BUSY && sender->loads > 0) ||
	    (load = calloc(1, sizeof(*load))) == NULL)
		return;
	load->dispatch = dispatch;
	for (int i = 0; i < CHANNEL_COUNT; i++)
		all += load->wanted[i] = want(sender, (enum channel)i);
	if (all == 0 || (load->arena = arena_new()) == NULL) {
		free(load);
		return;
	}
	load->now_ms = dispatch->last_ms;
	load->may_be_alone = sender->loads == 0;
	load->unintended = sender->unintended;
	sender->loads++;
	sender->claiming = load;
	store_thread_run(dispatch->store, &sender->claim_op, claim, claimed);
}
