/* SPDX-License-Identifier: ISC */
/* The daemon's wheels, with the world moving between any two of their steps. */
#include "integration/history.h"
#include "support/claim.h"

#define T0	INT64_C(1791817200000)	/* Mon 2026-10-12 10:00 Bogota */

const struct history_step	history_steps[HISTORY_STEPS] = {
	{"pre3", -3}, {"due", 0}, {"d3", 3}, {"d10", 10}, {"d20", 20},
	{"d35", 35}};
const char *const	history_creditors[HISTORY_CREDITORS] = {
	"acme", "beta", "gamma"};

#define STEPS \
	"steps = ({ id = \"pre3\"; stage = \"preventive\"; offset = -3;" \
	"  channels = [ \"email\", \"sms\" ]; }," \
	" { id = \"due\"; stage = \"preventive\"; offset = 0;" \
	"  channels = [ \"sms\", \"email\" ]; }," \
	" { id = \"d3\"; stage = \"administrative\"; offset = 3;" \
	"  channels = [ \"email\", \"sms\" ]; }," \
	" { id = \"d10\"; stage = \"administrative\"; offset = 10;" \
	"  channels = [ \"sms\", \"email\" ]; }," \
	" { id = \"d20\"; stage = \"administrative\"; offset = 20;" \
	"  channels = [ \"email\", \"sms\" ]; }," \
	" { id = \"d35\"; stage = \"extrajudicial\"; offset = 35;" \
	"  channels = [ \"email\", \"sms\" ]; in_doubt = \"hold\"; })"
#define CREDITOR(ref, policy, group) \
	"{ ref = \"" ref "\"; legal_name = \"X\"; tax_id = \"1\";" \
	" country = \"CO\"; zone = \"America/Bogota\"; currency = \"EUR\";" \
	" language = \"es\"; policy = \"" policy "\"; budget_group = \"" \
	group "\"; freshness = \"3000 d\"; }"
static const char	config[] =
	"creditors = (" CREDITOR("acme", "std", "house") ", "
	CREDITOR("beta", "std", "house") ", "
	CREDITOR("gamma", "fast", "gamma") ");\n"
	"policies = ({ name = \"std\"; gap = 3; " STEPS "; },"
	" { name = \"fast\"; gap = 0; spacing = \"gap\"; " STEPS "; });\n";

uint32_t
history_dice(struct history *h, uint32_t sides)
{
	/* splitmix64 */
	uint64_t	z = (h->random += UINT64_C(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return (uint32_t)((z ^ (z >> 31)) % sides);
}

bool
history_chance(struct history *h, uint32_t per_mille)
{
	return history_dice(h, 1000) < per_mille;
}

int32_t
history_today(const struct history *h)
{
	return (int32_t)((h->now - 5 * HOUR_MS) / DAY_MS);
}

int
history_step(const char *id)
{
	for (int i = 0; i < HISTORY_STEPS; i++) {
		if (strcmp(history_steps[i].id, id) == 0)
			return i;
	}
	fail_msg("unknown step %s", id);
	return 0;
}

struct book_inst *
history_inst(struct history *h, int64_t id)
{
	for (size_t i = 0; i < h->inst_count; i++) {
		if (h->insts[i].id == id)
			return &h->insts[i];
	}
	BROKEN(h, "an instalment that nobody knows: %lld", (long long)id);
	return NULL;
}

static bool
covers(const struct history *h, const struct book_hold *hold,
    const struct book_inst *inst)
{
	const struct book_invoice	*invoice = &h->invoices[inst->invoice];
	const struct book_customer	*customer =
	    &h->customers[invoice->customer];

	switch (hold->scope) {
	case SCOPE_PERSON:
		return hold->subject == h->persons[customer->person].id;
	case SCOPE_CUSTOMER:
		return hold->subject == customer->id;
	case SCOPE_INVOICE:
		return hold->subject == invoice->id;
	case SCOPE_INSTALMENT:
		return hold->subject == inst->id;
	case HOLD_SCOPE_COUNT:
		break;
	}
	return false;
}

bool
history_is_held(const struct history *h, const struct book_inst *inst)
{
	for (size_t i = 0; i < h->hold_count; i++) {
		if (h->holds[i].until_ms > h->now &&
		    covers(h, &h->holds[i], inst))
			return true;
	}
	return false;
}

/* --- something happens in between ----------------------------------------- */

static void
crash(struct history *h)
{
	h->sum->crashes++;
	(void)world_daemon(&h->w, h->now);
	history_crashed(h);
}

/* True: the daemon died here. */
static bool
between(struct history *h)
{
	if (h->calm)
		return false;
	if (history_chance(h, 60))
		history_act(h);
	if (history_chance(h, 25))
		h->now += history_dice(h, 3 * (uint32_t)HOUR_MS);
	if (history_chance(h, 3))
		h->now += history_dice(h, 3 * (uint32_t)DAY_MS);
	if (!history_chance(h, 12))
		return false;
	crash(h);
	return true;
}

/*
 * The daemon slept while another one took over, which may hold the same
 * messages by now; it goes on with what it has in its hands, under the epoch
 * that it had.
 */
static bool
overtaken(struct history *h, enum channel channel)
{
	struct arena		*arena;
	struct store_claims	 claims;

	if (h->calm || !history_chance(h, 8))
		return false;
	h->sum->overtaken++;
	crash(h);
	arena = arena_new();
	assert_non_null(arena);
	/* what was taken from it are suspects now */
	OK(&h->w, store_claim(h->w.store, channel, h->now, h->w.epoch,
	    STORE_SUSPECT, history_dice(h, 2) * 40, arena, &claims,
	    &h->w.err));
	arena_free(&arena);
	return true;
}

/* --- the planner ---------------------------------------------------------- */

static bool
plan(struct history *h, bool *worked)
{
	struct desk_batch	 batch;
	struct store_applied	 applied;
	struct buf		 stale = BUF_INIT;
	struct world		*w = &h->w;

	arena_reset(w->arena);
	OK(w, desk_decide(w->setup, w->reader, h->now,
	    w->config_epoch,
	    1 + history_dice(h, 30), w->arena, &batch, &stale, &w->err));
	assert_int_equal(stale.len, 0);
	buf_fini(&stale);
	*worked = batch.count > 0;
	if (batch.count == 0)
		return true;
	if (between(h))
		return false;
	OK(w, store_apply(w->store, &batch.basis, batch.decisions, batch.count,
	    &applied, &w->err));
	if (history_chance(h, 100)) {
		OK(w, store_apply(w->store, &batch.basis, batch.decisions,
		    batch.count, &applied, &w->err));
		if (applied.notices + applied.retries > 0)
			BROKEN(h, "planning twice inserted twice");
	}
	return true;
}

/* --- judging a hand-over -------------------------------------------------- */

/* What the instalments before a re-split took, the new ones do not take. */
static void
check_before_split(struct history *h, const struct store_claimed *m,
    const struct book_inst *inst, int step)
{
	for (size_t i = 0; i < h->inst_count; i++) {
		const struct book_inst	*old = &h->insts[i];

		if (old->invoice != inst->invoice || old->split >= inst->split)
			continue;
		for (int s = step; s < HISTORY_STEPS; s++) {
			if (old->fate[s] == FATE_DONE ||
			    (old->fate[s] == FATE_DOUBT && !m->repeats))
				BROKEN(h, "%s: %s again after a re-split",
				    h->invoices[inst->invoice].ref,
				    history_steps[step].id);
		}
	}
}

static void
check_debt(struct history *h, const struct store_claimed *m,
    const struct store_claimed_item *item)
{
	struct book_inst	*inst = history_inst(h, item->instalment_id);
	int			 step = history_step(item->step);

	if (inst->balance <= 0)
		BROKEN(h, "%s: chased for what is paid, %s",
		    h->invoices[inst->invoice].ref, item->step);
	if (inst->balance - inst->disputed <= 0)
		BROKEN(h, "%s: chased for what is disputed, %s",
		    h->invoices[inst->invoice].ref, item->step);
	if (history_is_held(h, inst))
		BROKEN(h, "%s: chased while on hold or promised, %s",
		    h->invoices[inst->invoice].ref, item->step);
	check_before_split(h, m, inst, step);
	if (inst->fate[step] == FATE_DONE)
		BROKEN(h, "%s: %s handed over twice",
		    h->invoices[inst->invoice].ref, item->step);
	if (inst->fate[step] == FATE_DOUBT && !m->repeats)
		BROKEN(h, "%s: %s handed over again while in doubt",
		    h->invoices[inst->invoice].ref, item->step);
}

static int32_t
local_day(const struct book_customer *customer, int64_t at_ms)
{
	static const int	hours[] = {5, 3, 5};	/* west of UTC */

	return (int32_t)((at_ms - hours[customer->country] * HOUR_MS) /
	    DAY_MS);
}

static bool
shares_budget(const struct book_customer *a, const struct book_customer *b)
{
	return (a->creditor == 2) == (b->creditor == 2);
}

/* The hours of CO, CL and PE that their packs have, holidays aside. */
static void
check_window(struct history *h, const struct book_customer *customer)
{
	static const struct { int open, close, sat_open, sat_close; } hours[] =
	    {{7, 19, 8, 15}, {8, 20, 8, 20}, {7, 20, 0, 0}};
	static const int	west[] = {5, 3, 5};
	int64_t			local = h->now - west[customer->country] *
				    HOUR_MS;
	enum weekday		wd = date_weekday((int32_t)(local / DAY_MS));
	int			hour = (int)(local % DAY_MS / HOUR_MS);
	bool			sat = wd == SAT;

	if (wd == SUN || hour < (sat ? hours[customer->country].sat_open :
	    hours[customer->country].open) || hour >= (sat ?
	    hours[customer->country].sat_close :
	    hours[customer->country].close))
		BROKEN(h, "%s: outside the window", customer->ref);
}

static void
check_budget(struct history *h, const struct store_claimed *m,
    const struct book_customer *customer)
{
	const struct book_person	*person = &h->persons[customer->person];
	const struct book_contact	*first = NULL;	/* of the week */
	int64_t				 week[2] = {0, 0};	/* notices */

	for (size_t i = 0; i < person->contact_count; i++) {
		const struct book_contact	*c = &person->contacts[i];
		int32_t	then = (int32_t)((c->at_ms - 5 * HOUR_MS) / DAY_MS);

		/* The copy that may have come counts for the law alone. */
		const bool	is_own = c->notice_id == m->notice_id;

		if ((is_own && !m->repeats) ||
		    !shares_budget(customer, &h->customers[c->customer]))
			continue;
		if (!is_own && customer->creditor != 2 && history_today(h) - then < 3)
			BROKEN(h, "%s: the gap was %d days", customer->ref,
			    (int)(history_today(h) - then));
		if (customer->country == 0 && local_day(customer, c->at_ms) ==
		    local_day(customer, h->now))
			BROKEN(h, "%s: two contacts a day", customer->ref);
		if (customer->country == 1 && h->now - c->at_ms < 2 * DAY_MS)
			BROKEN(h, "%s: less than 48 h", customer->ref);
		if (date_week_start(local_day(customer, c->at_ms)) !=
		    date_week_start(local_day(customer, h->now)))
			continue;
		if (first == NULL || c->at_ms < first->at_ms)
			first = c;
		if (week[0] == 0 || week[0] == c->notice_id)
			week[0] = c->notice_id;
		else
			week[1] = c->notice_id;
	}
	if (customer->country == 0 && first != NULL &&
	    first->channel != m->channel)
		BROKEN(h, "%s: not the week's channel", customer->ref);
	if (customer->country == 1 && week[1] != 0)
		BROKEN(h, "%s: three messages in one week", customer->ref);
}

static const struct book_customer *
customer_of(struct history *h, int64_t id)
{
	for (size_t i = 0; i < h->customer_count; i++) {
		if (h->customers[i].id == id)
			return &h->customers[i];
	}
	BROKEN(h, "a customer that nobody knows");
	return NULL;
}

static struct book_contact
contact_of(struct history *h, const struct store_claimed *m)
{
	return (struct book_contact){h->now, m->notice_id, m->channel,
	    (int)(customer_of(h, m->customer_id) - h->customers)};
}

static void
check_hand_over(struct history *h, const struct store_claimed *m)
{
	const struct book_customer	*customer = customer_of(h,
					    m->customer_id);

	if ((customer->optouts & 1u << m->channel) != 0)
		BROKEN(h, "%s: opted out of %s", customer->ref,
		    channel_names[m->channel]);
	if (m->item_count == 0)
		BROKEN(h, "a notice about nothing");
	for (size_t i = 0; i < m->item_count; i++)
		check_debt(h, m, &m->items[i]);
	check_window(h, customer);
	check_budget(h, m, customer);
	history_flies(h, m, contact_of(h, m));
}

void
history_contact(struct history *h, struct book_contact contact)
{
	struct book_person	*person =
	    &h->persons[h->customers[contact.customer].person];

	if (person->contact_count == person->contact_cap) {
		person->contact_cap = person->contact_cap * 2 + 16;
		person->contacts = realloc(person->contacts,
		    person->contact_cap * sizeof(*person->contacts));
		assert_non_null(person->contacts);
	}
	person->contacts[person->contact_count++] = contact;
}

static void
note_fate(struct history *h, const struct store_claimed *m, enum fate fate)
{
	for (size_t i = 0; i < m->item_count; i++) {
		struct book_inst	*inst = history_inst(h,
					    m->items[i].instalment_id);
		int			 step = history_step(m->items[i].step);

		inst->fate[step] = fate;
		inst->message[step] = m->message_id;
	}
}

/* --- the sender ----------------------------------------------------------- */

static enum store_outcome_kind
roll_outcome(struct history *h, bool repeats)
{
	uint32_t	n = h->calm ? 0 : history_dice(h, 100);

	if (repeats && !h->calm && history_chance(h, 300))
		return STORE_IN_DOUBT;
	return n < 70 ? STORE_ACCEPTED : n < 78 ? STORE_DEFERRED :
	    n < 86 ? STORE_REFUSED : n < 92 ? STORE_IN_DOUBT : STORE_UNSENT;
}

/* A replay tells its story. */
static void
tell(const struct history *h, const struct store_claimed *m,
    const char *what)
{
	if (!h->tells)
		return;
	print_message("# %lld message %lld person %lld customer %lld %s %s %s%s:"
	    " %s, decided %lld, not after %lld\n", (long long)h->now,
	    (long long)m->message_id, (long long)m->person_id, (long long)m->customer_id, m->key,
	    m->step, channel_names[m->channel], m->repeats ? " again" : "",
	    what, (long long)m->decided_ms, (long long)m->not_after_ms);
}

static const char *const	kind_names[] = {
	[STORE_ACCEPTED] = "accepted", [STORE_DEFERRED] = "deferred",
	[STORE_REFUSED] = "refused", [STORE_IN_DOUBT] = "in doubt",
	[STORE_UNSENT] = "unsent", [STORE_UNCLAIMED] = "unclaimed"};

/* The message leaves; what is known from now on, whoever remembers it. */
static enum store_outcome_kind
hand_over(struct history *h, const struct store_claimed *m)
{
	enum store_outcome_kind	kind = roll_outcome(h, m->repeats);

	h->sum->handed++;
	tell(h, m, kind_names[kind]);
	/* until its outcome is written, the store cannot know better */
	note_fate(h, m, FATE_DOUBT);
	if (kind == STORE_ACCEPTED || kind == STORE_IN_DOUBT)
		history_contact(h, contact_of(h, m));
	return kind;
}

static void
note_outcome(struct history *h, const struct store_claimed *m,
    enum store_outcome_kind kind)
{
	static const enum fate	fates[] = {
		[STORE_ACCEPTED] = FATE_DONE, [STORE_DEFERRED] = FATE_TRYING,
		[STORE_REFUSED] = FATE_TRYING, [STORE_IN_DOUBT] = FATE_DOUBT,
		[STORE_UNSENT] = FATE_TRYING, [STORE_UNCLAIMED] = FATE_FREE};

	h->outcomes++;
	h->sum->accepted += kind == STORE_ACCEPTED;
	h->sum->doubts += kind == STORE_IN_DOUBT;
	history_landed(h, m->message_id, kind);
	/* A repeat that was not taken leaves the first one's doubt. */
	if (m->repeats && kind != STORE_ACCEPTED && kind != STORE_REFUSED)
		return;
	note_fate(h, m, fates[kind]);
	if (kind == STORE_REFUSED)
		history_forget(h, m->notice_id);
}

static void
intend(struct history *h, const struct store_claims *claims, int64_t epoch,
    struct store_intent *intents)
{
	const struct store_look_at	at = {h->now, epoch,
					    h->w.config_epoch};

	for (size_t i = 0; i < claims->count; i++)
		intents[i] = (struct store_intent){
		    .message_id = claims->items[i].message_id,
		    .route = "outbox", .bytes = claims->items[i].repeats ?
		    (struct str){NULL, 0} : STR("hello")};
	OK(&h->w, store_intend(h->w.store, &at, intents, claims->count,
	    &h->w.err));
	for (size_t i = 0; i < claims->count; i++) {
		h->sum->changed += intents[i].look == STORE_LOOK_CHANGED;
		if (intents[i].look != STORE_LOOK_OK)
			continue;
		if (epoch != h->w.epoch)
			BROKEN(h, "an intent of a daemon that was overtaken");
		h->intents++;
		tell(h, &claims->items[i], "intent");
		check_hand_over(h, &claims->items[i]);
		note_fate(h, &claims->items[i], FATE_DOUBT);
	}
}

/*
 * The next daemon took all that was on the wire for in doubt.  Who handed it
 * over may still say what he was told, but give nothing back for another try.
 */
static void
write_late(struct history *h, int64_t epoch, const struct store_claims *claims,
    const size_t *of, struct store_outcome *outcomes, size_t n)
{
	OK(&h->w, store_outcomes(h->w.store, h->now, epoch, outcomes, n,
	    &h->w.err));
	for (size_t i = 0; i < n; i++) {
		enum store_outcome_kind	kind = outcomes[i].kind;
		bool			is_final = kind == STORE_ACCEPTED ||
					    kind == STORE_REFUSED;

		if (outcomes[i].is_written != is_final)
			BROKEN(h, "%s, told late: %d", kind_names[kind],
			    (int)outcomes[i].is_written);
		if (is_final)
			note_outcome(h, &claims->items[of[i]], kind);
	}
}

/* A daemon of long ago speaks of what this one has on the wire. */
static void
speak_late(struct history *h, const struct store_claimed *m)
{
	struct store_outcome	outcome = {
		.message_id = m->message_id, .next_ms = h->now,
		.kind = (enum store_outcome_kind)history_dice(h,
		    STORE_UNCLAIMED + 1), .code = "", .reply = "",
		.peer = "", .provider_id = "",
	};

	if (h->calm || !history_chance(h, 20))
		return;
	OK(&h->w, store_outcomes(h->w.store, h->now, h->w.epoch - 1, &outcome,
	    1, &h->w.err));
	if (outcome.is_written)
		BROKEN(h, "%s: settled by a daemon that has it no more",
		    m->key);
	h->late += outcome.kind == STORE_ACCEPTED;
}

static bool
send_batch(struct history *h, const struct store_claims *claims)
{
	struct store_intent	 intents[40];
	struct store_outcome	 outcomes[40];
	size_t			 of[40], n = 0;
	const int64_t		 epoch = h->w.epoch;

	if (between(h))
		return false;
	if (overtaken(h, claims->items[0].channel)) {
		intend(h, claims, epoch, intents);
		crash(h);
		return false;
	}
	intend(h, claims, epoch, intents);
	for (size_t i = 0; i < claims->count; i++) {
		if (intents[i].look != STORE_LOOK_OK)
			continue;
		if (!h->calm && history_chance(h, 5)) {
			crash(h);
			return false;
		}
		speak_late(h, &claims->items[i]);
		of[n] = i;
		outcomes[n++] = (struct store_outcome){
		    .message_id = claims->items[i].message_id,
		    .kind = hand_over(h, &claims->items[i]),
		    .next_ms = h->now + history_dice(h,
		    history_chance(h, 500) ? (uint32_t)HOUR_MS :
		    2 * (uint32_t)DAY_MS), .code = "", .reply = "", .peer = "",
		    .provider_id = ""};
	}
	if (!h->calm && history_chance(h, 40))
		history_snapshot(h);	/* what is on the wire is split anew */
	if (between(h))
		return false;
	if (overtaken(h, claims->items[0].channel)) {
		write_late(h, epoch, claims, of, outcomes, n);
		crash(h);
		return false;
	}
	OK(&h->w, store_outcomes(h->w.store, h->now, h->w.epoch, outcomes, n,
	    &h->w.err));
	for (size_t i = 0; i < n; i++) {
		if (!outcomes[i].is_written)
			BROKEN(h, "an outcome of our own was not written");
		note_outcome(h, &claims->items[of[i]], outcomes[i].kind);
	}
	return true;
}

static bool
send_some(struct history *h, bool *worked)
{
	static const enum channel	channels[] = {CHANNEL_EMAIL,
	    CHANNEL_SMS};
	struct store_claims		claims;

	*worked = false;
	for (size_t i = 0; i < TEST_COUNT(channels); i++) {
		arena_reset(h->w.arena);
		OK(&h->w, claim_some(h->w.store, channels[i], h->now,
		    h->w.epoch, 1 + history_dice(h, 39), h->w.arena, &claims,
		    &h->w.err));
		if (claims.count == 0)
			continue;
		*worked = true;
		if (!send_batch(h, &claims))
			return false;
	}
	return true;
}

/* Every channel refused it before: then it waits for what comes next. */
static bool
was_given_up(struct history *h, const struct decided_notice *notice)
{
	for (size_t i = 0; i < notice->item_count; i++) {
		int64_t	released;

		OK(&h->w, db_number(h->w.db, "SELECT COUNT(*) FROM item WHERE"
		    " instalment_id = $1 AND step = $2 AND state = 'released'",
		    DB_PARAMS(DB_INT(notice->items[i].instalment->id),
		    DB_TEXT(str_of(notice->items[i].step->id))), &released,
		    NULL, &h->w.err));
		if (released > 0)
			return true;
	}
	return false;
}

/* At rest nothing is left to do now, whoever is asked about. */
static void
check_rest(struct history *h)
{
	struct snapshot	 snap;
	struct decision	 decision;
	struct arena	*arena = arena_new();
	int64_t		 refused;

	assert_non_null(arena);
	for (int p = 0; p < HISTORY_PERSONS; p++) {
		size_t	given_up = 0;

		arena_reset(arena);
		OK(&h->w, db_number(h->w.db, "SELECT COUNT(*) FROM notice"
		    " WHERE person_id = $1 AND state = 'failed' AND"
		    " ended_at > $2", DB_PARAMS(DB_INT(h->persons[p].id),
		    DB_INT(h->now - 40 * DAY_MS)), &refused, NULL, &h->w.err));
		if (refused > 0)
			continue;	/* refused by all: at the next step */
		OK(&h->w, desk_explain(h->w.setup, h->w.reader,
		    h->persons[p].id, h->now, h->now, arena, &snap, &decision,
		    &h->w.err));
		for (size_t i = 0; i < decision.notice_count; i++)
			given_up += was_given_up(h, &decision.notices[i]);
		if (decision.notice_count + decision.retry_count > given_up)
			BROKEN(h, "%s (%lld) was forgotten: %zu notices,"
			    " %zu retries, next look %lld",
			    h->persons[p].ref, (long long)h->persons[p].id,
			    decision.notice_count, decision.retry_count,
			    (long long)world_number_of(&h->w, "SELECT"
			    " agenda_at FROM person WHERE id = $1",
			    h->persons[p].id));
	}
	arena_free(&arena);
}

/* Until nothing is due at this instant. */
static void
turn(struct history *h)
{
	bool	planned = true, sent = true;

	for (int rounds = 0; planned || sent; rounds++) {
		if (rounds > 3000)
			BROKEN(h, "it never comes to rest");
		if (!plan(h, &planned) || !send_some(h, &sent))
			planned = true;		/* it died: once more */
	}
	if (history_chance(h, 50))
		check_rest(h);
}

static void
advance(struct history *h)
{
	struct store_next	next;
	int64_t			to;

	OK(&h->w, store_agenda_next(h->w.reader, h->w.config_epoch, &next,
	    &h->w.err));
	assert_int_equal(next.flying, 0);
	to = next.agenda_ms < next.message_ms ? next.agenda_ms :
	    next.message_ms;
	if (!h->calm && h->next_act < to)
		to = h->next_act;
	if (to > h->now)
		h->now = to;
	if (!h->calm && h->now >= h->next_act) {
		history_act(h);
		h->next_act = h->now + 1 + history_dice(h,
		    (uint32_t)(4 * HOUR_MS));
	}
}

/* --- a life --------------------------------------------------------------- */

void
history_open(struct history *h, uint64_t seed)
{
	struct history_counts	*sum = h->sum;
	bool			 tells = h->tells;

	(void)memset(h, 0, sizeof(*h));
	h->sum = sum;
	h->tells = tells;
	h->seed = seed;
	h->random = seed * UINT64_C(0xD1342543DE82EF95);
	h->now = T0;
	h->end = T0 + 120 * DAY_MS;
	world_open(&h->w, config, T0 - DAY_MS);
	history_people(h);
}

void
history_live(struct history *h)
{
	while (h->now < h->end) {
		turn(h);
		advance(h);
	}
}

void
history_drain(struct history *h)
{
	int64_t	end = h->now + 250 * DAY_MS;

	h->calm = true;
	crash(h);
	history_resolve(h, true);
	history_release(h);
	while (h->now < end) {
		int64_t	before = h->now;

		turn(h);
		history_resolve(h, true);
		turn(h);
		advance(h);
		if (h->now == before)
			break;
	}
}

void
history_close(struct history *h)
{
	for (size_t i = 0; i < HISTORY_PERSONS; i++)
		free(h->persons[i].contacts);
	free(h->messages);
	world_close(&h->w);
}
