/* SPDX-License-Identifier: ISC */
/* What the sender's thread owns: a reader, templates, a maker. */
#include "dispatch/dispatch_impl.h"

#include "base/fault.h"

/* Templates in use at a time; behind them samples are just made again. */
#define SAMPLED	64
/* The sample of message_sample_at that most messages are like. */
#define ONE_INVOICE	0

struct bench {
	struct store			*reader;
	struct message_maker		*maker;
	struct message_templates	*templates;
	int64_t				 setups;	/* of the templates */
	struct arena			*persons;	/* of one load */
	struct arena			*scratch;	/* of one message */
	struct hash			 sampled[SAMPLED];	/* templates seen */
	size_t				 sampled_count;
};

bool
bench_open(void *arg, void **own, struct err *err)
{
	const struct dispatch	*dispatch = arg;
	struct bench		*bench = calloc(1, sizeof(*bench));

	if (bench == NULL || (bench->maker = message_maker_new()) == NULL ||
	    (bench->persons = arena_new()) == NULL ||
	    (bench->scratch = arena_new()) == NULL) {
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

void
bench_close(void *own)
{
	struct bench	*bench = own;

	if (bench == NULL)
		return;
	message_templates_free(&bench->templates);
	message_maker_free(&bench->maker);
	store_close(&bench->reader);
	arena_free(&bench->persons);
	arena_free(&bench->scratch);
	free(bench);
}

/* --- rendering ---------------------------------------------------------------- */

static bool
refresh(struct bench *bench, const struct load *load, struct err *err)
{
	const struct dispatch		*dispatch = load->dispatch;
	struct message_templates	*set;

	if (bench->templates != NULL && bench->setups == dispatch->setups &&
	    !load->reads_templates)
		return true;
	if (!desk_templates(dispatch->setup, bench->reader, &set, err))
		return false;
	message_templates_free(&bench->templates);
	bench->templates = set;
	bench->setups = dispatch->setups;
	return true;
}

static bool
load_persons(struct bench *bench, const struct load *load,
    struct snapshot **out, struct err *err)
{
	const size_t	 count = load->claims.count;
	int64_t		*ids;
	struct snapshot	*snaps;
	bool		 ok;

	arena_reset(bench->persons);
	ids = arena_array(bench->persons, count, sizeof(*ids));
	snaps = arena_array(bench->persons, count, sizeof(*snaps));
	if (ids == NULL || snaps == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++)
		ids[i] = load->claims.items[i].person_id;
	if (!store_begin_read(bench->reader, err))
		return false;
	ok = store_snapshots(bench->reader, ids, count, load->now_ms,
	    bench->persons, snaps, err);
	store_rollback(bench->reader);
	*out = snaps;
	return ok;
}

static bool
facts_of(struct bench *bench, const struct load *load,
    const struct store_claimed *claimed, const struct snapshot *snap,
    struct message_facts *out, struct err *err)
{
	struct desk_item	*items;
	struct desk_message	 message = {
	    .snap = snap, .customer_id = claimed->customer_id,
	    .policy = claimed->policy, .step = claimed->step,
	    .channel = claimed->channel, .address = claimed->address,
	    .c = claimed->c, .item_count = claimed->item_count,
	    .now_ms = load->now_ms};

	items = arena_array(bench->scratch, claimed->item_count,
	    sizeof(*items));
	/* K.c without its channel */
	message.key = arena_copy(bench->scratch, claimed->key,
	    strcspn(claimed->key, "."));
	if (items == NULL || message.key == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < claimed->item_count; i++)
		items[i] = (struct desk_item){claimed->items[i].instalment_id,
		    claimed->items[i].amount};
	message.items = items;
	return desk_facts(load->dispatch->setup, &message, bench->scratch, out,
	    err);
}

static bool
keep(struct load *load, struct str bytes, struct str *out, struct err *err)
{
	const char	*copy = arena_copy(load->arena, bytes.p, bytes.len);

	*out = (struct str){copy, bytes.len};
	return copy != NULL || err_nomem(err);
}

static bool
is_sampled(struct bench *bench, const struct hash *template_hash)
{
	for (size_t i = 0; i < SAMPLED && i < bench->sampled_count; i++) {
		if (hash_eq(&bench->sampled[i], template_hash))
			return true;
	}
	bench->sampled[bench->sampled_count++ % SAMPLED] = *template_hash;
	return false;
}

/* The same message for a customer who does not exist: what the store packs the
 * others with must hold nobody's data. */
static bool
add_sample(struct bench *bench, struct load *load,
    const struct message_facts *facts, struct parcel *parcel,
    struct err *err)
{
	struct message_sample	sample;
	struct message_out	made;
	struct err		why;

	if (is_sampled(bench, &parcel->template_hash) ||
	    !message_sample_late(ONE_INVOICE, facts->creditor,
	    facts->items[0].days_overdue, bench->scratch, &sample))
		return true;
	sample.facts.step = facts->step;
	sample.facts.template_name = facts->template_name;
	sample.facts.stage = facts->stage;
	sample.facts.level = facts->level;
	sample.facts.channel = facts->channel;
	sample.facts.language = facts->language;
	sample.facts.address = facts->channel == CHANNEL_EMAIL ?
	    "customer@example.com" : "+12025550123";
	sample.facts.key = "sample";
	if (!message_make(bench->maker, bench->templates, &sample.facts,
	    bench->scratch, &made, &why))
		return true;	/* packed less well, that is all */
	return keep(load, made.bytes, &parcel->sample, err);
}

/* Of all that was made only what is sent is kept. */
static bool
render(struct bench *bench, struct load *load, const struct snapshot *snap,
    struct parcel *parcel, struct err *err)
{
	struct message_facts	 facts;
	struct message_out	 made;

	arena_reset(bench->scratch);
	fault_point(FAULT_RENDER_BEFORE);
	if (!facts_of(bench, load, parcel->claimed, snap, &facts, err) ||
	    !message_make(bench->maker, bench->templates, &facts,
	    bench->scratch, &made, err))
		return false;
	fault_point(FAULT_RENDER_AFTER);
	parcel->template_hash = made.template_hash;
	return keep(load, made.bytes, &parcel->bytes, err) &&
	    add_sample(bench, load, &facts, parcel, err);
}

static bool
say_why(struct load *load, struct parcel *parcel, const char *why,
    struct err *err)
{
	parcel->not_made = arena_printf(load->arena, "%s", why);
	if (load->not_made == NULL)
		load->not_made = parcel->not_made;
	return parcel->not_made != NULL || err_nomem(err);
}

/* Only a fault of memory or disk is this call's own; the rest is the
 * parcel's. */
static bool
make_parcel(struct bench *bench, struct load *load,
    const struct snapshot *snap, struct parcel *parcel, struct err *err)
{
	struct err	why;
	struct hash	hash;
	bool		ok;

	if (parcel->claimed->repeats)
		ok = store_sealed(bench->reader, parcel->claimed->message_id,
		    load->arena, &parcel->bytes, &hash, &why);
	else
		ok = render(bench, load, snap, parcel, &why);
	if (ok)
		return true;
	/* Sealed bytes that are damaged must not stop all the others. */
	if (why.kind != ERR_SYSTEM || parcel->claimed->repeats)
		return say_why(load, parcel, why.text, err);
	*err = why;
	return false;
}

static const char *
sandbox_address(const struct sandbox_conf *sandbox, enum channel channel)
{
	return channel == CHANNEL_EMAIL ? sandbox->email : sandbox->phone;
}

/* A rehearsal stays in its outbox, or goes to the sandbox's addresses. */
static bool
pick_route(struct load *load, struct parcel *parcel, struct err *err)
{
	const struct setup	*setup = load->dispatch->setup;
	const enum channel	 channel = parcel->claimed->channel;

	if (parcel->not_made != NULL)
		return true;
	if (load->state.mode == STORE_REHEARSAL) {
		parcel->address = sandbox_address(&setup->service.sandbox,
		    channel);
		if (parcel->address == NULL) {
			parcel->address = parcel->claimed->address;
			return true;
		}
	}
	parcel->route = routes_pick(&setup->routes, channel,
	    str_of(parcel->claimed->key));
	if (parcel->route != NULL)
		return true;
	return say_why(load, parcel, arena_printf(load->arena, "no route"
	    " carries %s; add one to the routes section of the config",
	    channel_names[channel]), err);
}

bool
bench_make(struct bench *bench, struct load *load, struct err *err)
{
	struct snapshot	*snaps = NULL;

	if (!refresh(bench, load, err) ||
	    !load_persons(bench, load, &snaps, err))
		return false;
	for (size_t i = 0; i < load->claims.count; i++) {
		struct parcel	*parcel = &load->parcels[i];

		if (!make_parcel(bench, load, &snaps[i], parcel, err) ||
		    !pick_route(load, parcel, err))
			return false;
	}
	return true;
}
