/* SPDX-License-Identifier: ISC */
#include "store/store_snap_impl.h"

#define ROWS(b, list, type, parent, first, n) \
	const type	*first = slice(&(b)->list, sizeof(type), (parent), &(n))

/* The rows of one parent. */
static const void *
slice(const struct store_vec *vec, size_t size, int64_t parent, size_t *count)
{
	const size_t	 at = snap_find(vec, size, parent);
	const char	*first;
	size_t		 n = 0;

	*count = 0;
	if (at == vec->count)
		return NULL;
	first = (const char *)vec->items + at * size;
	while (at + n < vec->count && ((const struct snap_key *)
	    (const void *)(first + n * size))->parent == parent)
		n++;
	*count = n;
	return first;
}

static void *
room(struct snap_batch *b, size_t count, size_t size)
{
	void	*p = arena_array(b->arena, count, size);

	if (p == NULL)
		b->failed = true;
	return p;
}

struct money_seen {
	int64_t	last_payment_ms;
	int64_t	future_ms;
	bool	overflow;
};

static void
see_entry(struct snap_batch *b, const struct row_entry *e, int64_t *sum,
    struct money_seen *seen)
{
	if (e->known_ms > b->as_of_ms) {
		if (e->known_ms < seen->future_ms)
			seen->future_ms = e->known_ms;
		return;
	}
	if (!money_add(sum, e->amount))
		seen->overflow = true;
	if (e->is_payment && e->known_ms > seen->last_payment_ms)
		seen->last_payment_ms = e->known_ms;
}

static void
add_items(struct snap_batch *b, struct snap_instalment *s)
{
	struct snap_item	*items;
	size_t			 n;
	ROWS(b, items, struct row_item, s->id, rows, n);

	if (n == 0 || (items = room(b, n, sizeof(*items))) == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		items[i] = rows[i].item;
	s->items = items;
	s->item_count = n;
}

static void
add_disputes(struct snap_batch *b, struct snap_instalment *s)
{
	size_t	n;
	ROWS(b, disputes, struct row_dispute, s->id, rows, n);

	for (size_t i = 0; i < n && s->balance > 0; i++) {
		int64_t	left = s->balance - s->disputed;

		s->disputed += rows[i].is_whole || rows[i].amount > left ?
		    left : rows[i].amount;
	}
}

/* Whether anything of the invoice still matters. */
static bool
build_instalments(struct snap_batch *b, struct snap_invoice *v,
    struct money_seen *seen)
{
	struct snap_instalment	*list;
	bool			 matters = false;
	size_t			 n;
	size_t			 kept = 0;
	ROWS(b, instalments, struct row_instalment, v->id, rows, n);

	if (n == 0 || (list = room(b, n, sizeof(*list))) == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct snap_instalment	*s = &list[kept];
		size_t			 k;
		ROWS(b, entries, struct row_entry, rows[i].instalment.id,
		    entries, k);

		if (rows[i].future_ms < seen->future_ms)
			seen->future_ms = rows[i].future_ms;
		if (!rows[i].is_known)
			continue;
		*s = rows[i].instalment;
		for (size_t e = 0; e < k; e++)
			see_entry(b, &entries[e], &s->balance, seen);
		add_items(b, s);
		add_disputes(b, s);
		for (size_t e = 0; e < s->item_count; e++)
			matters |= s->items[e].state == ITEM_OPEN ||
			    s->items[e].state == ITEM_IN_DOUBT;
		matters |= s->balance != 0;
		kept++;
	}
	v->instalments = list;
	v->instalment_count = kept;
	return matters && kept > 0;
}

static void
build_invoices(struct snap_batch *b, struct snap_customer *c,
    struct money_seen *seen)
{
	struct snap_invoice	*list;
	size_t			 n;
	size_t			 kept = 0;
	ROWS(b, invoices, struct row_invoice, c->id, rows, n);

	if (n == 0 || (list = room(b, n, sizeof(*list))) == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		if (rows[i].future_ms < seen->future_ms)
			seen->future_ms = rows[i].future_ms;
		if (!rows[i].is_known)
			continue;
		list[kept] = rows[i].invoice;
		if (build_instalments(b, &list[kept], seen))
			kept++;
	}
	c->invoices = list;
	c->invoice_count = kept;
}

static void
build_credits(struct snap_batch *b, struct snap_customer *c,
    struct money_seen *seen)
{
	struct snap_credit	*list;
	size_t			 kept = 0;
	size_t			 count = 0;
	size_t			 n;
	ROWS(b, loose, struct row_entry, c->id, rows, n);

	if (n == 0 || (list = room(b, n, sizeof(*list))) == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		size_t	at = 0;

		while (at < count && memcmp(list[at].currency,
		    rows[i].currency, sizeof(rows[i].currency)) != 0)
			at++;
		if (at == count)
			memcpy(list[count++].currency, rows[i].currency,
			    sizeof(rows[i].currency));
		see_entry(b, &rows[i], &list[at].minor, seen);
	}
	for (size_t i = 0; i < count; i++) {
		if (list[i].minor >= 0)
			continue;	/* nothing is left to allocate */
		list[kept] = list[i];
		list[kept].minor = list[i].minor == INT64_MIN ? INT64_MAX :
		    -list[i].minor;
		kept++;
	}
	c->credits = list;
	c->credit_count = kept;
}

static const char *
unusable_why(struct snap_batch *b, const struct row_optout *rows, size_t n,
    enum channel channel, const char *address)
{
	const char	*why = "";

	for (size_t i = 0; i < n; i++) {
		if (rows[i].known_ms > b->as_of_ms ||
		    rows[i].ended_ms <= b->as_of_ms)
			continue;
		if (rows[i].channel >= 0 && rows[i].channel != (int)channel)
			continue;
		if (rows[i].address[0] != '\0' &&
		    strcmp(rows[i].address, address) != 0)
			continue;
		if (!rows[i].is_bounce)
			return "opt-out";
		why = "bounced";
	}
	return why;
}

static void
build_contacts(struct snap_batch *b, const struct row_customer *row,
    struct snap_customer *c, struct money_seen *seen)
{
	const char *const	 addresses[CHANNEL_COUNT] = {
		[CHANNEL_EMAIL] = row->email, [CHANNEL_SMS] = row->phone,
		[CHANNEL_WHATSAPP] = row->whatsapp,
		[CHANNEL_VOICE] = row->phone, [CHANNEL_LETTER] = row->address,
	};
	struct snap_contact	*list;
	size_t			 n;
	ROWS(b, optouts, struct row_optout, c->id, rows, n);

	for (size_t i = 0; i < n; i++) {
		if (rows[i].known_ms > b->as_of_ms &&
		    rows[i].known_ms < seen->future_ms)
			seen->future_ms = rows[i].known_ms;
		if (rows[i].ended_ms > b->as_of_ms &&
		    rows[i].ended_ms < seen->future_ms)
			seen->future_ms = rows[i].ended_ms;
	}
	if ((list = room(b, CHANNEL_COUNT, sizeof(*list))) == NULL)
		return;
	for (int i = 0; i < CHANNEL_COUNT; i++) {
		struct snap_contact	*contact = &list[c->contact_count];

		if (addresses[i] == NULL || addresses[i][0] == '\0')
			continue;
		contact->channel = (enum channel)i;
		contact->address = addresses[i];
		contact->unusable_why = unusable_why(b, rows, n,
		    contact->channel, contact->address);
		contact->usable = contact->unusable_why[0] == '\0';
		c->contact_count++;
	}
	c->contacts = list;
}

static void
build_notices(struct snap_batch *b, struct snap_customer *c)
{
	struct snap_notice	*list;
	size_t			 n;
	ROWS(b, notices, struct row_notice, c->id, rows, n);

	if (n == 0 || (list = room(b, n, sizeof(*list))) == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		struct snap_message	*messages;
		size_t			 k;
		ROWS(b, messages, struct row_message, rows[i].notice.id,
		    from, k);

		list[i] = rows[i].notice;
		if ((messages = room(b, k, sizeof(*messages))) == NULL)
			return;
		for (size_t m = 0; m < k; m++)
			messages[m] = from[m].message;
		list[i].messages = messages;
		list[i].message_count = k;
	}
	c->notices = list;
	c->notice_count = n;
}

static void
build_customer(struct snap_batch *b, const struct row_customer *row,
    struct snap_customer *c, struct money_seen *seen)
{
	const struct row_thread	*thread = snap_get(&b->threads,
				    sizeof(*thread), row->id);

	*c = (struct snap_customer){
		.id = row->id, .ref = row->ref, .creditor = row->creditor,
		.name = row->name, .tax_id = row->tax_id, .type = row->type,
		.status = row->status, .country = row->country,
		.region = row->region, .zone = row->zone,
		.language = row->language, .policy = row->policy,
		.preferred = row->preferred, .consent = row->consent,
		.feed_ms = row->feed_ms,
		.thread = thread == NULL ? "" : thread->message_key,
	};
	seen->last_payment_ms = TIME_NONE;
	build_contacts(b, row, c, seen);
	build_invoices(b, c, seen);
	build_credits(b, c, seen);
	build_notices(b, c);
	c->last_payment_ms = seen->last_payment_ms;
}

static void
build_customers(struct snap_batch *b, struct snapshot *out,
    struct money_seen *seen)
{
	struct snap_customer	*list;
	size_t			 n;
	size_t			 kept = 0;
	ROWS(b, customers, struct row_customer, out->person_id, rows, n);

	if (n == 0 || (list = room(b, n, sizeof(*list))) == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		if (rows[i].future_ms < seen->future_ms)
			seen->future_ms = rows[i].future_ms;
		if (rows[i].is_known)
			build_customer(b, &rows[i], &list[kept++], seen);
	}
	out->customers = list;
	out->customer_count = kept;
}

static void
build_lists(struct snap_batch *b, struct snapshot *out)
{
	struct snap_hold	*holds;
	struct snap_promise	*promises;
	struct snap_event	*events;
	size_t			 n_holds;
	size_t			 n_promises;
	size_t			 n_events;
	ROWS(b, holds, struct row_hold, out->person_id, h, n_holds);
	ROWS(b, promises, struct row_promise, out->person_id, p, n_promises);
	ROWS(b, events, struct row_event, out->person_id, e, n_events);

	holds = room(b, n_holds, sizeof(*holds));
	promises = room(b, n_promises, sizeof(*promises));
	events = room(b, n_events, sizeof(*events));
	if (b->failed)
		return;
	for (size_t i = 0; i < n_holds; i++)
		holds[i] = h[i].hold;
	for (size_t i = 0; i < n_promises; i++)
		promises[i] = p[i].promise;
	for (size_t i = 0; i < n_events; i++)
		events[i] = e[i].event;
	out->holds = holds;
	out->hold_count = n_holds;
	out->promises = promises;
	out->promise_count = n_promises;
	out->events = events;
	out->event_count = n_events;
}

/* From own ids to owners, now that all versions are read. */
static void
rekey(struct snap_batch *b)
{
	struct row_customer	*c = b->customers.items;
	struct row_invoice	*v = b->invoices.items;
	struct row_instalment	*s = b->instalments.items;

	for (size_t i = 0; i < b->customers.count; i++)
		c[i].key = (struct snap_key){c[i].person_id, c[i].id};
	for (size_t i = 0; i < b->invoices.count; i++)
		v[i].key = (struct snap_key){v[i].customer_id, v[i].invoice.id};
	for (size_t i = 0; i < b->instalments.count; i++)
		s[i].key = (struct snap_key){s[i].invoice_id,
		    s[i].instalment.number};
	snap_sort(&b->customers, sizeof(*c));
	snap_sort(&b->invoices, sizeof(*v));
	snap_sort(&b->instalments, sizeof(*s));
}

bool
snap_build(struct snap_batch *b, const int64_t *person_ids, size_t count,
    struct snapshot *out, struct err *err)
{
	rekey(b);
	for (size_t i = 0; i < count; i++) {
		const struct row_person	*p = snap_get(&b->persons, sizeof(*p),
					    person_ids[i]);
		struct money_seen	 seen = {.future_ms = TIME_NEVER};

		out[i] = (struct snapshot){.person = "",
		    .as_of_ms = b->as_of_ms, .valid_until_ms = TIME_NEVER};
		if (p == NULL)
			continue;
		out[i].person_id = person_ids[i];
		out[i].person = p->ref;
		out[i].rev = p->rev;
		build_customers(b, &out[i], &seen);
		build_lists(b, &out[i]);
		out[i].valid_until_ms = p->valid_until_ms < seen.future_ms ?
		    p->valid_until_ms : seen.future_ms;
		if (seen.overflow)
			return err_set(err, ERR_INPUT, "person %lld: the sum "
			    "of the entries is too large",
			    (long long)person_ids[i]);
	}
	return !b->failed || err_nomem(err);
}
