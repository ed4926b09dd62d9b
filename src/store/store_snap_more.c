/* SPDX-License-Identifier: ISC */
#include "store/store_snap_impl.h"

static int64_t
end_of(struct db_rows *rows, int column)
{
	return db_is_null(rows, column) ? TIME_NEVER : db_int(rows, column);
}

static void
read_optout(struct snap_batch *b, struct db_rows *rows)
{
	struct row_optout	*o = snap_add(b, &b->optouts, sizeof(*o));

	o->key.parent = db_int(rows, 0);
	o->channel = name_find(channel_names, db_text(rows, 1));
	o->address = snap_text(b, rows, 2);
	o->is_bounce = str_starts(db_text(rows, 3), "bounced");
	o->known_ms = db_int(rows, 4);
	o->ended_ms = end_of(rows, 5);
}

static void
read_item(struct snap_batch *b, struct db_rows *rows)
{
	struct row_item		*r;
	struct snap_item	 item = {
		.id = db_int(rows, 1), .notice_id = db_int(rows, 2),
		.cycle = (int)db_int(rows, 3),
		.occurrence = (int)db_int(rows, 5),
		.state = (enum item_state)store_name(item_state_names,
		    db_text(rows, 6), ITEM_OPEN),
		.at_ms = db_int(rows, 7), .amount = db_int(rows, 10),
	};
	int64_t			 decided_ms = end_of(rows, 9);

	/* As of the past: before its last change it was open. */
	if (item.at_ms > b->as_of_ms) {
		if (decided_ms > b->as_of_ms)
			return;
		item.state = ITEM_OPEN;
		item.at_ms = decided_ms;
	}
	r = snap_add(b, &b->items, sizeof(*r));
	r->key.parent = db_int(rows, 0);
	r->key.order = item.id;
	item.step = snap_text(b, rows, 4);
	item.rule = snap_text(b, rows, 8);
	r->item = item;
}

static void
read_dispute(struct snap_batch *b, struct db_rows *rows)
{
	struct row_dispute	*d;
	int64_t			 known_ms = db_int(rows, 3);
	int64_t			 ended_ms = end_of(rows, 4);

	snap_changes(b, db_int(rows, 1), known_ms);
	snap_changes(b, db_int(rows, 1), ended_ms);
	if (known_ms > b->as_of_ms || ended_ms <= b->as_of_ms)
		return;
	d = snap_add(b, &b->disputes, sizeof(*d));
	d->key.parent = db_int(rows, 0);
	d->is_whole = db_is_null(rows, 2);
	d->amount = db_int(rows, 2);
}

static void
read_hold(struct snap_batch *b, struct db_rows *rows)
{
	struct row_hold	*r;
	const int64_t	 person = db_int(rows, 0);
	const int64_t	 from_ms = db_int(rows, 4);
	const int64_t	 until_ms = db_int(rows, 5);
	const int64_t	 known_ms = db_int(rows, 6);
	const int64_t	 ended_ms = end_of(rows, 7);

	if (ended_ms <= b->as_of_ms)
		return;
	snap_changes(b, person, known_ms);
	snap_changes(b, person, ended_ms);
	snap_changes(b, person, from_ms);
	snap_changes(b, person, until_ms);
	if (known_ms > b->as_of_ms || from_ms > b->as_of_ms)
		return;
	r = snap_add(b, &b->holds, sizeof(*r));
	r->key = (struct snap_key){person, db_int(rows, 1)};
	r->hold = (struct snap_hold){
		.id = r->key.order,
		.scope = (enum hold_scope)store_name(hold_scope_names,
		    db_text(rows, 2), SCOPE_PERSON),
		.subject_id = db_int(rows, 3),
		.from_ms = from_ms, .until_ms = until_ms,
		.reason = snap_text(b, rows, 8),
		.author = snap_text(b, rows, 9),
	};
}

static void
read_promise(struct snap_batch *b, struct db_rows *rows)
{
	struct row_promise	*r;
	const int64_t		 person = db_int(rows, 0);
	const int64_t		 known_ms = db_int(rows, 7);
	const int64_t		 ended_ms = end_of(rows, 8);
	struct str		 currency = db_text(rows, 4);

	if (ended_ms <= b->as_of_ms)
		return;
	snap_changes(b, person, known_ms);
	snap_changes(b, person, ended_ms);
	if (known_ms > b->as_of_ms)
		return;
	r = snap_add(b, &b->promises, sizeof(*r));
	r->key = (struct snap_key){person, db_int(rows, 1)};
	r->promise = (struct snap_promise){
		.id = r->key.order,
		.scope = (enum hold_scope)store_name(hold_scope_names,
		    db_text(rows, 2), SCOPE_CUSTOMER),
		.subject_id = db_int(rows, 3), .minor = db_int(rows, 5),
		.pay_on = (int32_t)db_int(rows, 6), .made_ms = known_ms,
	};
	if (currency.len == CURRENCY_LEN)
		memcpy(r->promise.currency, currency.p, CURRENCY_LEN);
}

static void
read_notice(struct snap_batch *b, struct db_rows *rows)
{
	struct row_notice	*r = snap_add(b, &b->notices, sizeof(*r));

	r->key = (struct snap_key){db_int(rows, 1), db_int(rows, 0)};
	r->person_id = db_int(rows, 2);
	r->stage = (enum stage)store_name(stage_names, db_text(rows, 7), 0);
	r->creditor = snap_text(b, rows, 8);
	r->notice = (struct snap_notice){
		.id = r->key.order, .key = snap_text(b, rows, 3),
		.step = snap_text(b, rows, 4), .decided_ms = db_int(rows, 5),
		.state = str_is(db_text(rows, 6),
		    notice_state_names[NOTICE_IN_DOUBT]) ? NOTICE_IN_DOUBT :
		    NOTICE_OPEN,
		.in_doubt = str_is(db_text(rows, 9), "hold"),
	};
}

/* See STORE_SCHEMA_2. */
static enum snap_resend
resend_of(struct db_rows *rows, int column, int64_t doubts)
{
	if (db_is_null(rows, column))
		return RESEND_BY_RULE;
	if (db_int(rows, column) < 0)
		return RESEND_DECLINED;
	return db_int(rows, column) == doubts ? RESEND_ASKED : RESEND_BY_RULE;
}

static void
read_message(struct snap_batch *b, struct db_rows *rows)
{
	struct row_message	*r = snap_add(b, &b->messages, sizeof(*r));
	const int64_t		 doubts = db_int(rows, 8);

	r->key = (struct snap_key){db_int(rows, 0), db_int(rows, 2)};
	r->message = (struct snap_message){
		.id = db_int(rows, 1), .c = (int)db_int(rows, 2),
		.channel = (enum channel)store_name(channel_names,
		    db_text(rows, 3), 0),
		.address = snap_text(b, rows, 4),
		.state = (enum message_state)store_name(message_state_names,
		    db_text(rows, 5), MSG_DEAD),
		.next_ms = db_int(rows, 6), .doubts = (int)doubts,
		.doubt_ms = store_time(rows, 9),
		.resend = resend_of(rows, 7, doubts),
		.key = snap_text(b, rows, 10),
	};
}

static void
read_sent(struct snap_batch *b, struct db_rows *rows)
{
	const int64_t		 at_ms = db_int(rows, 1);
	const int64_t		 customer_id = db_int(rows, 2);
	struct row_event	*r;
	struct row_thread	*t;
	enum message_state	 state;
	int			 channel = store_name(channel_names,
				    db_text(rows, 4), 0);

	if (channel == CHANNEL_EMAIL) {
		t = snap_add(b, &b->threads, sizeof(*t));
		t->key = (struct snap_key){customer_id, at_ms};
		t->message_key = snap_text(b, rows, 7);
	}
	if (at_ms <= b->as_of_ms - SNAP_HISTORY_MS)
		return;
	state = (enum message_state)store_name(message_state_names,
	    db_text(rows, 6), MSG_ACCEPTED);
	r = snap_add(b, &b->events, sizeof(*r));
	r->key = (struct snap_key){db_int(rows, 0), at_ms};
	r->event = (struct snap_event){
		.at_ms = at_ms, .channel = (enum channel)channel,
		.outcome = state == MSG_BOUNCED ? CONTACT_FAILED :
		    CONTACT_DELIVERED,
		.customer_id = customer_id, .creditor = snap_text(b, rows, 3),
		.stage = (enum stage)store_name(stage_names, db_text(rows, 5),
		    0),
	};
}

/* What a customer did by himself opens a conversation: outside the caps. */
#define BY_CUSTOMER	"customer"

static void
read_contact(struct snap_batch *b, struct db_rows *rows)
{
	struct row_event	*r;

	if (db_int(rows, 7) > b->as_of_ms) {
		snap_changes(b, db_int(rows, 0), db_int(rows, 7));
		return;
	}
	r = snap_add(b, &b->events, sizeof(*r));
	r->key = (struct snap_key){db_int(rows, 0), db_int(rows, 1)};
	r->event = (struct snap_event){
		.at_ms = db_int(rows, 1), .customer_id = db_int(rows, 2),
		.creditor = snap_text(b, rows, 3),
		.channel = (enum channel)store_name(channel_names,
		    db_text(rows, 4), 0),
		.outcome = (enum contact_outcome)store_name(
		    contact_outcome_names, db_text(rows, 5),
		    CONTACT_DELIVERED),
		.exempt = str_is(db_text(rows, 6), BY_CUSTOMER),
		.stage = STAGE_ADMINISTRATIVE,
	};
}

/* Nobody knows whether it was one: it counts. */
static void
read_doubt(struct snap_batch *b, struct db_rows *rows)
{
	struct row_event	*r = snap_add(b, &b->events, sizeof(*r));

	r->key = (struct snap_key){db_int(rows, 0), db_int(rows, 1)};
	r->event = (struct snap_event){
		.at_ms = db_int(rows, 1), .doubtful = true,
		.channel = (enum channel)store_name(channel_names,
		    db_text(rows, 4), 0),
		.outcome = CONTACT_DELIVERED, .customer_id = db_int(rows, 2),
		.creditor = snap_text(b, rows, 3),
		.stage = (enum stage)store_name(stage_names, db_text(rows, 5),
		    0), .notice_id = db_int(rows, 6),
	};
}

/* A contact that may come, be it when a person wakes the dead: it counts. */
static void
add_planned(struct snap_batch *b, const struct row_notice *n,
    const struct snap_message *m)
{
	struct row_event	*r;

	if (m->state != MSG_READY && m->state != MSG_CLAIMED &&
	    m->state != MSG_INTENT && m->state != MSG_DEAD)
		return;
	r = snap_add(b, &b->events, sizeof(*r));
	r->key = (struct snap_key){n->person_id, m->next_ms};
	r->event = (struct snap_event){
		.at_ms = m->next_ms, .channel = m->channel,
		.outcome = CONTACT_DELIVERED, .planned = true,
		.customer_id = n->key.parent, .creditor = n->creditor,
		.stage = n->stage, .notice_id = n->notice.id,
	};
}

static void
plan_events(struct snap_batch *b)
{
	const struct row_notice		*n = b->notices.items;
	const struct row_message	*m = b->messages.items;

	for (size_t i = 0; i < b->notices.count; i++) {
		size_t	at = snap_find(&b->messages, sizeof(*m),
			    n[i].key.order);

		for (; at < b->messages.count &&
		    m[at].key.parent == n[i].key.order; at++)
			add_planned(b, &n[i], &m[at].message);
	}
}

static bool
load_items(struct snap_batch *b, struct err *err)
{
	if (snap_ask(b, &b->instalments, sizeof(struct row_instalment)) &&
	    !snap_each(b, "SELECT i.instalment_id, i.id, i.notice_id, i.cycle,"
	    " i.step, i.occurrence, i.state, i.at, i.rule,"
	    " CASE WHEN i.at > $2 THEN (SELECT n.decided_at FROM notice n"
	    " WHERE n.id = i.notice_id) END, i.amount FROM @rows(i)"
	    " CROSS JOIN item i WHERE i.instalment_id = r.c1"
	    " AND (i.state NOT IN ('released', 'struck') OR i.at > $2)",
	    read_item, err))
		return false;
	snap_sort(&b->items, sizeof(struct row_item));
	return true;
}

static bool
load_notices(struct snap_batch *b, struct err *err)
{
	struct store_vec	 keys = {0};
	const struct row_notice	*n;
	struct snap_key		*key;

	if (!snap_each(b, "SELECT n.id, n.customer_id, n.person_id, n.key,"
	    " n.step, n.decided_at, n.state, n.stage, cr.ref, n.in_doubt"
	    " FROM @rows(i) CROSS JOIN notice n"
	    " JOIN creditor cr ON cr.id = n.creditor_id"
	    " WHERE n.person_id = r.c1 AND n.decided_at <= $2"
	    " AND (n.state IN ('open', 'in-doubt') OR n.accepted_at > $2"
	    " OR n.ended_at > $2)", read_notice, err))
		return false;
	snap_sort(&b->notices, sizeof(*n));
	n = b->notices.items;
	for (size_t i = 0; i < b->notices.count; i++) {
		key = snap_add(b, &keys, sizeof(*key));
		key->parent = n[i].key.order;
	}
	if (snap_ask(b, &keys, sizeof(*key)) && !snap_each(b,
	    "SELECT m.notice_id, m.id, m.c, m.channel, m.address, m.state,"
	    " m.next_at, m.asked, (SELECT count(*) FROM attempt a"
	    " WHERE a.message_id = m.id AND a.outcome = 'in-doubt'),"
	    " (SELECT max(a.ended_at) FROM attempt a"
	    " WHERE a.message_id = m.id AND a.outcome = 'in-doubt'), m.key"
	    " FROM @rows(i) CROSS JOIN message m WHERE m.notice_id = r.c1",
	    read_message, err))
		return false;
	snap_sort(&b->messages, sizeof(struct row_message));
	plan_events(b);
	return true;
}

/* Of what was accepted in the end, the earlier attempts. */
static const char	doubts_sql[] =
	"SELECT m.person_id, " STORE_MADE_AT("a") ", n.customer_id, cr.ref,"
	" m.channel, n.stage, n.id FROM @rows(i) CROSS JOIN message m"
	" JOIN attempt a ON a.message_id = m.id"
	" JOIN notice n ON n.id = m.notice_id"
	" JOIN creditor cr ON cr.id = n.creditor_id"
	" WHERE m.person_id = r.c1 AND a.outcome = 'in-doubt'"
	" AND (m.accepted_at IS NULL OR m.attempts > 1)"
	" AND m.state NOT IN ('failed', 'cancelled', 'bounced')"
	" AND " STORE_MADE_AT("a") " > $2 - 3456000000"
	" AND " STORE_MADE_AT("a") " <= $2"
	" AND (m.accepted_at IS NULL OR m.accepted_at <> "
	STORE_MADE_AT("a") ")";

static bool
load_events(struct snap_batch *b, struct err *err)
{
	if (!snap_each(b, "SELECT m.person_id, m.accepted_at, n.customer_id,"
	    " cr.ref, m.channel, n.stage, m.state, m.key"
	    " FROM @rows(i) CROSS JOIN message m"
	    " JOIN notice n ON n.id = m.notice_id"
	    " JOIN creditor cr ON cr.id = n.creditor_id"
	    " WHERE m.person_id = r.c1 AND m.accepted_at <= $2", read_sent,
	    err) || !snap_each(b, doubts_sql, read_doubt, err) ||
	    !snap_each(b, "SELECT k.person_id, k.at, k.customer_id,"
	    " cr.ref, k.channel, k.outcome, k.author, k.known_at"
	    " FROM @rows(i) CROSS JOIN contact k"
	    " JOIN customer c ON c.id = k.customer_id"
	    " JOIN creditor cr ON cr.id = c.creditor_id"
	    " WHERE k.person_id = r.c1 AND k.at > $2 - 3456000000"
	    " AND k.at <= $2", read_contact, err))
		return false;
	return true;
}

bool
snap_load_more(struct snap_batch *b, struct err *err)
{
	if (snap_ask(b, &b->customers, sizeof(struct row_customer)) &&
	    !snap_each(b, "SELECT customer_id, channel, address, reason,"
	    " known_at, ended_at FROM @rows(i) CROSS JOIN optout"
	    " WHERE customer_id = r.c1",
	    read_optout, err))
		return false;
	snap_sort(&b->optouts, sizeof(struct row_optout));
	if (!load_items(b, err))
		return false;
	if (!snap_ask(b, &b->persons, sizeof(struct row_person)))
		return !b->failed || err_nomem(err);
	if (!load_events(b, err) || !snap_each(b, "SELECT person_id, id,"
	    " scope, subject_id, from_at, until_at, known_at, ended_at,"
	    " reason, author FROM @rows(i) CROSS JOIN hold"
	    " WHERE person_id = r.c1"
	    " AND until_at > $2", read_hold, err) ||
	    !snap_each(b, "SELECT person_id, id, scope, subject_id, currency,"
	    " amount, pay_on, known_at, ended_at FROM @rows(i) CROSS JOIN promise"
	    " WHERE person_id = r.c1", read_promise, err) ||
	    !snap_each(b, "SELECT instalment_id, person_id, amount, known_at,"
	    " ended_at FROM @rows(i) CROSS JOIN dispute"
	    " WHERE person_id = r.c1", read_dispute, err))
		return false;
	snap_sort(&b->holds, sizeof(struct row_hold));
	snap_sort(&b->promises, sizeof(struct row_promise));
	snap_sort(&b->disputes, sizeof(struct row_dispute));
	if (!load_notices(b, err))
		return false;
	snap_sort(&b->events, sizeof(struct row_event));
	snap_sort(&b->threads, sizeof(struct row_thread));
	return !b->failed || err_nomem(err);
}
