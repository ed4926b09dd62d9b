/* SPDX-License-Identifier: ISC */
/* What feeds, staff and customers do, each written into the test's books. */
#include "integration/history.h"

static struct store_act
act(const struct history *h)
{
	return (struct store_act){"ana", "because", h->now};
}

/* --- people and invoices -------------------------------------------------- */

static const char *const	countries[] = {"CO", "CL", "PE"};
static const char *const	zones[] = {"America/Bogota",
	"America/Punta_Arenas", "America/Lima"};

static void
import_customers(struct history *h, int creditor)
{
	struct store_record	records[HISTORY_CUSTOMERS];
	size_t			n = 0;

	for (size_t i = 0; i < h->customer_count; i++) {
		struct book_customer	*c = &h->customers[i];

		if (c->creditor == creditor)
			records[n++] = world_customer(c->ref,
			    h->persons[c->person].ref, countries[c->country],
			    zones[c->country]);
	}
	if (n > 0)
		world_import(&h->w, history_creditors[creditor], DAY_NONE,
		    records, n, h->now);
}

static int64_t
find(struct history *h, const char *ref, enum store_ref_kind kind,
    int64_t *person)
{
	struct arena		*arena = arena_new();
	struct store_refs	 refs;
	int64_t			 id;

	assert_non_null(arena);
	OK(&h->w, store_find(h->w.staff, ref, NULL, arena, &refs, &h->w.err));
	assert_int_equal(refs.count, 1);
	assert_int_equal(refs.items[0].kind, kind);
	id = refs.items[0].id;
	*person = refs.items[0].person_id;
	arena_free(&arena);
	return id;
}

static void
note_instalment(struct history *h, int invoice, int32_t due, int64_t amount)
{
	struct book_invoice	*b = &h->invoices[invoice];

	assert_true(h->inst_count < HISTORY_INSTS);
	h->insts[h->inst_count++] = (struct book_inst){.invoice = invoice,
	    .number = ++b->last_number, .due = due, .balance = amount,
	    .split = b->split};
}

/* The store's ids of what was just imported. */
static void
learn_ids(struct history *h, int invoice)
{
	for (size_t i = 0; i < h->inst_count; i++) {
		struct book_inst	*inst = &h->insts[i];

		if (inst->invoice != invoice || inst->id != 0)
			continue;
		OK(&h->w, db_number(h->w.db, "SELECT id FROM instalment WHERE"
		    " invoice_id = $1 AND number = $2", DB_PARAMS(
		    DB_INT(h->invoices[invoice].id), DB_INT(inst->number)),
		    &inst->id, NULL, &h->w.err));
	}
}

static void
new_invoice(struct history *h)
{
	int			 customer = (int)history_dice(h,
				    (uint32_t)h->customer_count);
	int			 parts = 1 + (int)history_dice(h, 3);
	int32_t			 due = history_today(h) - 15 +
				    (int32_t)history_dice(h, 35);
	struct store_record	 records[3];
	struct book_invoice	*b;
	int			 at = (int)h->invoice_count;
	int64_t			 person;

	if (h->invoice_count == HISTORY_INVOICES)
		return;
	b = &h->invoices[h->invoice_count++];
	*b = (struct book_invoice){.customer = customer};
	(void)snprintf(b->ref, sizeof(b->ref), "F%d", at);
	for (int i = 0; i < parts; i++) {
		int64_t	amount = 10000 + history_dice(h, 5000);

		note_instalment(h, at, due + 10 * i, amount);
		records[i] = world_invoice(b->ref, h->customers[customer].ref,
		    i + 1, due + 10 * i, amount);
	}
	world_import(&h->w, history_creditors[h->customers[customer].creditor],
	    DAY_NONE, records, (size_t)parts, h->now);
	b->id = find(h, b->ref, STORE_REF_INVOICE, &person);
	learn_ids(h, at);
}

void
history_people(struct history *h)
{
	for (int p = 0; p < HISTORY_PERSONS; p++) {
		uint32_t	count = 1 + history_dice(h, 3);

		(void)snprintf(h->persons[p].ref, sizeof(h->persons[p].ref),
		    "person%d", p);
		for (uint32_t i = 0; i < count; i++) {
			struct book_customer	*c =
			    &h->customers[h->customer_count];

			*c = (struct book_customer){.person = p,
			    .creditor = (int)history_dice(h,
			    HISTORY_CREDITORS),
			    .country = (int)history_dice(h, 3)};
			(void)snprintf(c->ref, sizeof(c->ref), "cust%zu",
			    h->customer_count++);
		}
	}
	for (int i = 0; i < HISTORY_CREDITORS; i++)
		import_customers(h, i);
	for (size_t i = 0; i < h->customer_count; i++) {
		struct book_customer	*c = &h->customers[i];

		c->id = find(h, c->ref, STORE_REF_CUSTOMER,
		    &h->persons[c->person].id);
	}
	for (int i = 0; i < HISTORY_PERSONS; i++)
		new_invoice(h);
}

/* --- picks ---------------------------------------------------------------- */

static bool
is_in_doubt(const struct book_inst *inst)
{
	for (int s = 0; s < HISTORY_STEPS; s++) {
		if (inst->fate[s] == FATE_DOUBT)
			return true;
	}
	return false;
}

/* What happens while something is in doubt is what we want to see. */
static struct book_inst *
pick_open(struct history *h)
{
	const bool	doubtful = history_chance(h, 300);
	size_t		at;

	for (int tries = 0; tries < 60; tries++) {
		at = history_dice(h, (uint32_t)h->inst_count);
		if (h->insts[at].balance > 0 && (tries >= 30 || !doubtful ||
		    is_in_doubt(&h->insts[at])))
			return &h->insts[at];
	}
	return NULL;
}

/* --- money ---------------------------------------------------------------- */

/* The oldest due date of an invoice is paid first. */
static void
book_payment(struct history *h, int invoice, int64_t amount)
{
	while (amount > 0) {
		struct book_inst	*oldest = NULL;
		int64_t			 part;

		for (size_t i = 0; i < h->inst_count; i++) {
			struct book_inst	*inst = &h->insts[i];

			if (inst->invoice == invoice && inst->balance > 0 &&
			    (oldest == NULL || inst->due < oldest->due))
				oldest = inst;
		}
		assert_non_null(oldest);
		part = amount < oldest->balance ? amount : oldest->balance;
		oldest->balance -= part;
		amount -= part;
	}
}

static int64_t
open_sum(const struct history *h, int invoice)
{
	int64_t	sum = 0;

	for (size_t i = 0; i < h->inst_count; i++) {
		if (h->insts[i].invoice == invoice)
			sum += h->insts[i].balance;
	}
	return sum;
}

static void
pay(struct history *h)
{
	struct book_inst	*inst = pick_open(h);
	struct store_act	 by = act(h);
	struct store_payment	 payment = {.currency = "EUR",
				    .value_on = history_today(h)};
	char			 ref[20];
	int64_t			 rest = -1, sum;

	if (inst == NULL)
		return;
	sum = open_sum(h, inst->invoice);
	(void)snprintf(ref, sizeof(ref), "pay%d", h->payments++);
	payment.ref = ref;
	payment.invoice_id = h->invoices[inst->invoice].id;
	payment.customer_id =
	    h->customers[h->invoices[inst->invoice].customer].id;
	payment.minor = history_chance(h, 400) ? sum :
	    1 + (int64_t)history_dice(h, (uint32_t)sum);
	OK(&h->w, store_pay(h->w.staff, &by, &payment, &rest, &h->w.err));
	assert_int_equal(rest, 0);
	book_payment(h, inst->invoice, payment.minor);
}

/* --- an open-items snapshot, in which some invoices are split anew -------- */

static void
add_rows(struct history *h, int invoice, struct store_record *records,
    size_t *n)
{
	const struct book_invoice	*b = &h->invoices[invoice];

	for (size_t i = 0; i < h->inst_count; i++) {
		const struct book_inst	*inst = &h->insts[i];

		if (inst->invoice != invoice || inst->balance <= 0)
			continue;
		records[*n] = world_invoice(b->ref,
		    h->customers[b->customer].ref, 0, inst->due,
		    inst->balance);
		(*n)++;
	}
}

static size_t
open_parts(const struct history *h, int invoice)
{
	size_t	n = 0;

	for (size_t i = 0; i < h->inst_count; i++)
		n += h->insts[i].invoice == invoice && h->insts[i].balance > 0;
	return n;
}

/* Other dates, another number of parts, the same sum. */
static void
split_rows(struct history *h, int invoice, struct store_record *records,
    size_t *n)
{
	struct book_invoice	*b = &h->invoices[invoice];
	size_t			 was = open_parts(h, invoice);
	size_t			 parts = was == 1 ? 2 + history_dice(h, 2) :
				    was + 1 - 2 * history_dice(h, 2);
	int64_t			 sum = open_sum(h, invoice), part;
	int32_t			 due = history_today(h) - 20 +
				    (int32_t)history_dice(h, 35);
	int64_t			 disputed = 0;

	for (size_t i = 0; i < h->inst_count; i++) {
		struct book_inst	*inst = &h->insts[i];

		if (inst->invoice != invoice || inst->balance <= 0)
			continue;
		disputed += inst->disputed < inst->balance ? inst->disputed :
		    inst->balance;
		inst->balance = 0;
	}
	b->split++;
	h->sum->resplits++;
	for (size_t i = 0; i < parts; i++) {
		part = i + 1 == parts ? sum : sum / (int64_t)(parts - i);
		sum -= part;
		due += 7 + (int32_t)history_dice(h, 5);
		note_instalment(h, invoice, due, part);
		h->insts[h->inst_count - 1].disputed = disputed < part ?
		    disputed : part;
		disputed -= h->insts[h->inst_count - 1].disputed;
		records[*n] = world_invoice(b->ref,
		    h->customers[b->customer].ref, 0, due, part);
		(*n)++;
	}
}

/* A hold on an instalment holds what it became. */
static void
carry_holds(struct history *h, int invoice)
{
	int	split = h->invoices[invoice].split;
	size_t	count = h->hold_count;

	for (size_t k = 0; k < count; k++) {
		struct book_hold	old = h->holds[k];

		if (old.is_promise || old.scope != SCOPE_INSTALMENT ||
		    old.until_ms <= h->now)
			continue;
		if (history_inst(h, old.subject)->invoice != invoice ||
		    history_inst(h, old.subject)->split != split - 1)
			continue;
		for (size_t i = 0; i < h->inst_count; i++) {
			if (h->insts[i].invoice != invoice ||
			    h->insts[i].split != split)
				continue;
			assert_true(h->hold_count < HISTORY_HOLDS);
			old.subject = h->insts[i].id;
			h->holds[h->hold_count++] = old;
		}
	}
}

void
history_snapshot(struct history *h)
{
	static struct store_record	records[HISTORY_INSTS];
	int				creditor = (int)history_dice(h,
					    HISTORY_CREDITORS);
	bool				split[HISTORY_INVOICES] = {false};
	size_t				n = 0;

	if (history_today(h) < h->last_as_of)
		return;
	for (int i = 0; i < (int)h->invoice_count; i++) {
		if (h->customers[h->invoices[i].customer].creditor !=
		    creditor || open_parts(h, i) == 0)
			continue;
		if (open_sum(h, i) > 100 && history_chance(h, 150)) {
			split_rows(h, i, records, &n);
			split[i] = true;
		} else if (history_chance(h, 40)) {
			book_payment(h, i, open_sum(h, i));	/* absent */
		} else {
			add_rows(h, i, records, &n);
		}
	}
	world_import(&h->w, history_creditors[creditor], history_today(h),
	    records, n, h->now);
	h->last_as_of = history_today(h);
	for (int i = 0; i < (int)h->invoice_count; i++) {
		if (split[i]) {
			learn_ids(h, i);
			carry_holds(h, i);
		}
	}
}

/* The feed of invoices says another due date. */
static void
move_due(struct history *h)
{
	struct book_inst	*inst = pick_open(h);
	struct store_record	 record;
	struct book_invoice	*b;

	if (inst == NULL || inst->split > 0)
		return;
	b = &h->invoices[inst->invoice];
	inst->due += -3 + (int32_t)history_dice(h, 10);
	record = world_invoice(b->ref, h->customers[b->customer].ref,
	    inst->number, inst->due, world_number_of(&h->w,
	    "SELECT amount FROM instalment WHERE id = $1", inst->id));
	world_import(&h->w, history_creditors[
	    h->customers[b->customer].creditor], DAY_NONE, &record, 1, h->now);
}

/* --- staff ---------------------------------------------------------------- */

static void
dispute(struct history *h)
{
	struct book_inst	*inst = pick_open(h);
	struct store_act	 by = act(h);
	int64_t			 amount;

	if (inst == NULL || inst->disputed != 0)
		return;
	amount = history_chance(h, 600) ? STORE_WHOLE :
	    1 + (int64_t)history_dice(h, (uint32_t)inst->balance);
	OK(&h->w, store_dispute(h->w.staff, &by,
	    h->invoices[inst->invoice].id, inst->id, amount, NULL,
	    &h->w.err));
	inst->disputed = amount == STORE_WHOLE ? INT64_MAX : amount;
}

static void
end_disputes(struct history *h, int invoice)
{
	struct store_act	by = act(h);
	bool			any = false;

	for (size_t i = 0; i < h->inst_count; i++) {
		if (h->insts[i].invoice == invoice) {
			any = any || h->insts[i].disputed != 0;
			h->insts[i].disputed = 0;
		}
	}
	if (any)
		OK(&h->w, store_dispute_end(h->w.staff, &by,
		    h->invoices[invoice].id, "rejected", NULL, &h->w.err));
}

static void
hold(struct history *h)
{
	struct book_inst	*inst = pick_open(h);
	struct store_act	 by = act(h);
	struct book_hold	*b;
	int64_t			 subjects[4];

	if (inst == NULL || h->hold_count == HISTORY_HOLDS)
		return;
	b = &h->holds[h->hold_count++];
	subjects[SCOPE_INVOICE] = h->invoices[inst->invoice].id;
	subjects[SCOPE_CUSTOMER] =
	    h->customers[h->invoices[inst->invoice].customer].id;
	subjects[SCOPE_PERSON] = h->persons[h->customers[
	    h->invoices[inst->invoice].customer].person].id;
	subjects[SCOPE_INSTALMENT] = inst->id;
	*b = (struct book_hold){.scope = (enum hold_scope)history_dice(h, 4),
	    .until_ms = h->now + 1 + history_dice(h, 12) * DAY_MS};
	b->subject = subjects[b->scope];
	OK(&h->w, store_hold(h->w.staff, &by, b->scope, b->subject, h->now,
	    b->until_ms, NULL, &h->w.err));
}

static void
end_hold(struct history *h, struct book_hold *b)
{
	struct store_act	by = act(h);
	size_t			ended;

	OK(&h->w, store_release(h->w.staff, &by, 0, b->scope, b->subject,
	    &ended, &h->w.err));
	for (size_t i = 0; i < h->hold_count; i++) {
		if (!h->holds[i].is_promise && h->holds[i].scope == b->scope &&
		    h->holds[i].subject == b->subject &&
		    h->holds[i].until_ms > h->now)
			h->holds[i].until_ms = h->now;
	}
}

static void
release(struct history *h)
{
	for (size_t i = 0; i < h->hold_count; i++) {
		if (!h->holds[i].is_promise && h->holds[i].until_ms > h->now &&
		    history_chance(h, 300)) {
			end_hold(h, &h->holds[i]);
			return;
		}
	}
}

static void
promise(struct history *h)
{
	struct book_inst	*inst = pick_open(h);
	struct store_act	 by = act(h);
	struct store_promise	 promise = {.currency = "", .minor = 0,
				    .scope = SCOPE_INVOICE};

	if (inst == NULL || h->hold_count == HISTORY_HOLDS)
		return;
	promise.subject_id = h->invoices[inst->invoice].id;
	if (history_chance(h, 300)) {
		promise.scope = SCOPE_CUSTOMER;
		promise.subject_id =
		    h->customers[h->invoices[inst->invoice].customer].id;
	}
	promise.pay_on = history_today(h) + (int32_t)history_dice(h, 8);
	OK(&h->w, store_promise(h->w.staff, &by, &promise, NULL, &h->w.err));
	/* two days for clearing, in the creditors' zone */
	h->holds[h->hold_count++] = (struct book_hold){.scope = promise.scope,
	    .subject = promise.subject_id, .is_promise = true,
	    .until_ms = (promise.pay_on + 3) * DAY_MS + 5 * HOUR_MS};
}

static void
opt(struct history *h)
{
	struct book_customer	*c = &h->customers[history_dice(h,
				    (uint32_t)h->customer_count)];
	struct store_act	 by = act(h);
	int			 channel = history_chance(h, 500) ?
				    CHANNEL_EMAIL : CHANNEL_SMS;

	if ((c->optouts & 1u << channel) != 0) {
		OK(&h->w, store_optin(h->w.staff, &by, c->id, channel, NULL,
		    &h->w.err));
		c->optouts &= ~(1u << channel);
	} else if (history_chance(h, 400)) {
		OK(&h->w, store_optout(h->w.staff, &by, c->id, channel, "",
		    &h->w.err));
		c->optouts |= 1u << channel;
	}
}

/* --- what is in doubt, or dead -------------------------------------------- */

static void
set_fate(struct history *h, int64_t message_id, enum fate fate)
{
	for (size_t i = 0; i < h->inst_count; i++) {
		for (int s = 0; s < HISTORY_STEPS; s++) {
			if (h->insts[i].message[s] == message_id)
				h->insts[i].fate[s] = fate;
		}
	}
}

/* It never left: nobody was contacted. */
void
history_forget(struct history *h, int64_t notice_id)
{
	for (int p = 0; p < HISTORY_PERSONS; p++) {
		struct book_person	*person = &h->persons[p];

		for (size_t i = person->contact_count; i-- > 0; ) {
			if (person->contacts[i].notice_id == notice_id)
				person->contacts[i] = person->contacts[
				    --person->contact_count];
		}
	}
}

static void
resolve_one(struct history *h, int64_t message_id, bool is_dead)
{
	enum store_resolution	how = is_dead ? STORE_RESEND : h->calm ?
				    STORE_WAS_NOT_SENT :
				    (enum store_resolution)history_dice(h, 3);

	OK(&h->w, store_resolve(h->w.staff, message_id, how, "ana",
	    "asked them", h->now, &h->w.err));
	if (how == STORE_RESEND) {
		history_asked(h, message_id);
		return;
	}
	set_fate(h, message_id, how == STORE_WAS_SENT ? FATE_DONE :
	    FATE_TRYING);
	h->was_sent += how == STORE_WAS_SENT;
	if (how == STORE_WAS_SENT)
		history_came(h, message_id);
	if (how == STORE_WAS_NOT_SENT)
		history_forget(h, world_number_of(&h->w,
		    "SELECT notice_id FROM message WHERE id = $1",
		    message_id));
}

void
history_resolve(struct history *h, bool all)
{
	static const char *const	states[] = {
	    "SELECT COALESCE(MIN(id), 0) FROM message WHERE state ="
	    " 'in-doubt'",
	    "SELECT COALESCE(MIN(id), 0) FROM message WHERE state = 'dead'"};
	int64_t				id;

	for (int i = 0; i < 2; i++) {
		while ((id = world_number(&h->w, states[i])) != 0) {
			resolve_one(h, id, i == 1);
			if (!all)
				break;
		}
	}
}

/* --- one of them ---------------------------------------------------------- */

void
history_act(struct history *h)
{
	static void	(*const acts[])(struct history *) = {
	    new_invoice, new_invoice, pay, pay, pay, history_snapshot, move_due,
	    dispute, hold, hold, release, release, promise, opt};
	struct book_inst	*inst;
	uint32_t		 n = history_dice(h, TEST_COUNT(acts) + 4);

	h->sum->acts++;
	if (n < TEST_COUNT(acts)) {
		acts[n](h);
	} else if (n == TEST_COUNT(acts)) {
		if ((inst = pick_open(h)) != NULL)
			end_disputes(h, inst->invoice);
	} else if (history_chance(h, 250)) {
		history_resolve(h, false);
	}
}

void
history_release(struct history *h)
{
	for (size_t i = 0; i < h->hold_count; i++) {
		if (!h->holds[i].is_promise && h->holds[i].until_ms > h->now)
			end_hold(h, &h->holds[i]);
	}
	for (int i = 0; i < (int)h->invoice_count; i++)
		end_disputes(h, i);
}
