/* SPDX-License-Identifier: ISC */
/* The books about messages in doubt, and what may go out of it once more. */
#include "integration/history.h"

static struct book_message *
find(struct history *h, int64_t id)
{
	for (size_t i = 0; i < h->message_count; i++) {
		if (h->messages[i].id == id)
			return &h->messages[i];
	}
	if (h->message_count == h->message_cap) {
		h->message_cap = h->message_cap * 2 + 64;
		h->messages = realloc(h->messages,
		    h->message_cap * sizeof(*h->messages));
		assert_non_null(h->messages);
	}
	h->messages[h->message_count] = (struct book_message){.id = id};
	return &h->messages[h->message_count++];
}

static void
doubt(struct history *h, struct book_message *message)
{
	message->doubts++;
	message->doubt_ms = h->now;
	message->contact = message->last;
	message->is_asked = false;
	message->flies = false;
}

static void
check_by_rule(struct history *h, const struct store_claimed *m,
    const struct book_message *message)
{
	if (message->doubts > 1)
		BROKEN(h, "%s: a second resend by rule", m->key);
	if (m->channel != CHANNEL_EMAIL || history_step(m->step) ==
	    HISTORY_STEPS - 1)
		BROKEN(h, "%s: it was to be held", m->key);
	if (h->now < message->doubt_ms + 30 * MINUTE_MS)
		BROKEN(h, "%s: again after %lld ms", m->key,
		    (long long)(h->now - message->doubt_ms));
	h->sum->resends++;
}

void
history_flies(struct history *h, const struct store_claimed *m,
    struct book_contact contact)
{
	struct book_message	*message = find(h, m->message_id);

	if (m->repeats != (message->doubts > 0))
		BROKEN(h, "%s: it was in doubt %d times", m->key,
		    message->doubts);
	message->flies = true;
	message->last = contact;
	if (!m->repeats)
		return;
	if (!message->is_asked)
		check_by_rule(h, m, message);
	else
		h->sum->asked++;
	/* The words were sealed: their sums must be owed still. */
	for (size_t i = 0; i < m->item_count; i++) {
		struct book_inst	*inst = history_inst(h,
					    m->items[i].instalment_id);

		if (inst->balance - inst->disputed < m->items[i].amount)
			BROKEN(h, "%s: says %lld, owed are %lld", m->key,
			    (long long)m->items[i].amount,
			    (long long)(inst->balance - inst->disputed));
	}
}

void
history_landed(struct history *h, int64_t message_id,
    enum store_outcome_kind kind)
{
	struct book_message	*message = find(h, message_id);

	message->flies = false;
	if (kind == STORE_IN_DOUBT)
		doubt(h, message);
}

void
history_crashed(struct history *h)
{
	for (size_t i = 0; i < h->message_count; i++) {
		if (h->messages[i].flies)
			doubt(h, &h->messages[i]);
	}
}

void
history_asked(struct history *h, int64_t message_id)
{
	find(h, message_id)->is_asked = true;
}

void
history_came(struct history *h, int64_t message_id)
{
	const struct book_contact	*contact =
	    &find(h, message_id)->contact;
	const struct book_person	*person =
	    &h->persons[h->customers[contact->customer].person];

	for (size_t i = 0; i < person->contact_count; i++) {
		if (person->contacts[i].notice_id == contact->notice_id &&
		    person->contacts[i].at_ms == contact->at_ms)
			return;
	}
	history_contact(h, *contact);
}
