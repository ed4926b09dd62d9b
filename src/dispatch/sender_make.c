/* SPDX-License-Identifier: ISC */
/* What the sender's thread owns: a reader, templates, a maker, open routes. */
#include "dispatch/dispatch_impl.h"

struct open_route {
	const struct route	*route;		/* NULL: the outbox */
	struct channel_line	*channel;
	struct open_route	*next;
};

struct bench {
	struct store			*reader;
	struct message_maker		*maker;
	struct message_templates	*templates;
	int64_t				 setups;	/* of the open routes */
	struct open_route		*routes;
	bool				 reopen;	/* after this batch */
};

bool
bench_open(void *arg, void **own, struct err *err)
{
	const struct dispatch	*dispatch = arg;
	struct bench		*bench = calloc(1, sizeof(*bench));

	if (bench == NULL || (bench->maker = message_maker_new()) == NULL) {
		bench_close(bench);
		return err_nomem(err);
	}
	if (!store_open(dispatch->setup->dsn, STORE_READER, &bench->reader,
	    err)) {
		bench_close(bench);
		return false;
	}
	*own = bench;
	return true;
}

static void
close_routes(struct bench *bench)
{
	struct open_route	*next;

	for (; bench->routes != NULL; bench->routes = next) {
		next = bench->routes->next;
		channel_close(&bench->routes->channel);
		free(bench->routes);
	}
}

void
bench_close(void *own)
{
	struct bench	*bench = own;

	if (bench == NULL)
		return;
	close_routes(bench);
	message_templates_free(&bench->templates);
	message_maker_free(&bench->maker);
	store_close(&bench->reader);
	free(bench);
}

/* --- rendering ---------------------------------------------------------------- */

static bool
refresh(struct bench *bench, struct dispatch *dispatch, struct err *err)
{
	struct message_templates	*set;

	const bool			 is_other = bench->setups !=
					    dispatch->setups;

	if (is_other)
		close_routes(bench);
	if (bench->templates != NULL && !is_other &&
	    !dispatch->sender.reads_templates)
		return true;
	if (!desk_templates(dispatch->setup, bench->reader, &set, err))
		return false;
	message_templates_free(&bench->templates);
	bench->templates = set;
	bench->setups = dispatch->setups;
	return true;
}

static bool
load_persons(struct bench *bench, struct sender *sender,
    struct snapshot **out, struct err *err)
{
	size_t		 count = sender->claims.count;
	int64_t		*ids = arena_array(sender->arena, count, sizeof(*ids));
	struct snapshot	*snaps = arena_array(sender->arena, count,
			    sizeof(*snaps));

	if (ids == NULL || snaps == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++)
		ids[i] = sender->claims.items[i].person_id;
	if (!store_begin_read(bench->reader, err))
		return false;
	if (!store_snapshots(bench->reader, ids, count, sender->now_ms,
	    sender->arena, snaps, err)) {
		store_rollback(bench->reader);
		return false;
	}
	store_rollback(bench->reader);
	*out = snaps;
	return true;
}

static bool
facts_of(const struct dispatch *dispatch, const struct store_claimed *claimed,
    const struct snapshot *snap, struct arena *arena,
    struct message_facts *out, struct err *err)
{
	struct desk_item	*items;
	struct desk_message	 message = {
	    .snap = snap, .customer_id = claimed->customer_id,
	    .policy = claimed->policy, .step = claimed->step,
	    .channel = claimed->channel, .address = claimed->address,
	    .c = claimed->c, .item_count = claimed->item_count,
	    .now_ms = dispatch->sender.now_ms};

	items = arena_array(arena, claimed->item_count, sizeof(*items));
	/* K.c without its channel */
	message.key = arena_copy(arena, claimed->key,
	    strcspn(claimed->key, "."));
	if (items == NULL || message.key == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < claimed->item_count; i++)
		items[i] = (struct desk_item){claimed->items[i].instalment_id,
		    claimed->items[i].amount};
	message.items = items;
	return desk_facts(dispatch->setup, &message, arena, out, err);
}

/* Only a fault of memory is this call's own; the rest is the parcel's. */
static bool
make_parcel(struct bench *bench, struct dispatch *dispatch,
    const struct snapshot *snap, struct parcel *parcel, struct err *err)
{
	struct arena		*arena = dispatch->sender.arena;
	struct message_facts	 facts;
	struct err		 why = {ERR_NONE, ""};
	struct hash		 hash;

	if (parcel->claimed->repeats)
		parcel->is_made = store_sealed(bench->reader,
		    parcel->claimed->message_id, arena, &parcel->made.bytes,
		    &hash, &why);
	else
		parcel->is_made = facts_of(dispatch, parcel->claimed, snap,
		    arena, &facts, &why) && message_make(bench->maker,
		    bench->templates, &facts, arena, &parcel->made, &why);
	if (parcel->is_made)
		return true;
	(void)snprintf(parcel->why, sizeof(parcel->why), "%.*s",
	    (int)sizeof(parcel->why) - 1, why.text);
	/* Sealed bytes that are damaged must not stop all the others. */
	if (why.kind != ERR_SYSTEM || parcel->claimed->repeats)
		return true;
	*err = why;
	return false;
}

static void
pick_route(struct dispatch *dispatch, struct parcel *parcel)
{
	struct sender	*sender = &dispatch->sender;

	if (sender->state.mode == STORE_REHEARSAL || !parcel->is_made)
		return;
	parcel->route = routes_pick(&dispatch->setup->routes,
	    parcel->claimed->channel, str_of(parcel->claimed->key));
	if (parcel->route != NULL)
		return;
	parcel->is_made = false;
	(void)snprintf(parcel->why, sizeof(parcel->why), "no route carries %s;"
	    " add one to the routes section of the config",
	    channel_names[parcel->claimed->channel]);
}

static void
note_fault(struct sender *sender, const struct parcel *parcel)
{
	if (parcel->is_made || sender->alert_kind[0] != '\0')
		return;
	(void)snprintf(sender->alert_kind, sizeof(sender->alert_kind),
	    "not_made");
	(void)snprintf(sender->alert_about, sizeof(sender->alert_about), "%s",
	    parcel->why);
}

bool
bench_make(struct bench *bench, struct dispatch *dispatch, struct err *err)
{
	struct sender	*sender = &dispatch->sender;
	struct snapshot	*snaps = NULL;

	sender->parcels = arena_array(sender->arena, sender->claims.count,
	    sizeof(*sender->parcels));
	if (sender->parcels == NULL)
		return err_nomem(err);
	if (!refresh(bench, dispatch, err) ||
	    !load_persons(bench, sender, &snaps, err))
		return false;
	for (size_t i = 0; i < sender->claims.count; i++) {
		struct parcel	*parcel = &sender->parcels[i];

		parcel->claimed = &sender->claims.items[i];
		if (!make_parcel(bench, dispatch, &snaps[i], parcel, err))
			return false;
		pick_route(dispatch, parcel);
		note_fault(sender, parcel);
	}
	return true;
}

/* --- handing over ---------------------------------------------------------------- */

static struct channel_line *
open_route(struct bench *bench, const struct setup *setup,
    const struct route *route, struct err *err)
{
	struct open_route	*open;
	bool			 ok;

	for (open = bench->routes; open != NULL; open = open->next) {
		if (open->route == route)
			return open->channel;
	}
	if ((open = calloc(1, sizeof(*open))) == NULL) {
		(void)err_nomem(err);
		return NULL;
	}
	ok = route != NULL ? channel_open(route, &open->channel, err) :
	    channel_open_outbox(setup->service.outbox, &open->channel, err);
	if (!ok) {
		free(open);
		return NULL;
	}
	open->route = route;
	open->next = bench->routes;
	bench->routes = open;
	return open->channel;
}

/* The sealed bytes are what leaves, so a repeat reads them from the store. */
static void
send_parcel(struct bench *bench, struct dispatch *dispatch,
    struct parcel *parcel)
{
	const struct creditor		*creditor = creditors_find(
					    &dispatch->setup->creditors,
					    parcel->claimed->creditor);
	struct channel_message		 message = {
	    .channel = parcel->claimed->channel,
	    .key = str_of(parcel->claimed->key),
	    .sender = str_of(creditor == NULL ? "" : creditor->email_from),
	    .address = str_of(parcel->claimed->address),
	    .bytes = parcel->made.bytes};
	struct channel_line		*channel;
	struct err			 err;

	parcel->is_sent = true;
	channel = open_route(bench, dispatch->setup, parcel->route, &err);
	if (channel != NULL) {
		channel_send(channel, &message, &parcel->result);
		if (parcel->result.outcome == OUTCOME_DEFERRED)
			bench->reopen = true;
		return;
	}
	parcel->result = (struct channel_result){.outcome = OUTCOME_UNSENT,
	    .class = OUTCOME_CLASS_ROUTE, .wait_ms = 5 * MINUTE_MS};
	(void)snprintf(parcel->result.reply, sizeof(parcel->result.reply),
	    "%.*s", (int)sizeof(parcel->result.reply) - 1, err.text);
}

void
bench_send(struct bench *bench, struct dispatch *dispatch)
{
	struct sender	*sender = &dispatch->sender;

	/* Intents stand in the order of the parcels. */
	for (size_t i = 0; i < sender->claims.count; i++) {
		if (sender->parcels[i].is_made &&
		    sender->intents[i].look == STORE_LOOK_OK)
			send_parcel(bench, dispatch, &sender->parcels[i]);
	}
	/* A folder that was removed and made again is another one. */
	if (bench->reopen)
		close_routes(bench);
	bench->reopen = false;
}
