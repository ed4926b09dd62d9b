/* SPDX-License-Identifier: ISC */
/* What is known of a person, at which instant. */
#include "contract/fixture.h"

#define KNOWN	(T0 - 100 * DAY_MS)

static const struct snap_instalment *
first(const struct snapshot *snap)
{
	assert_int_equal(snap->customer_count, 1);
	assert_int_equal(snap->customers[0].invoice_count, 1);
	return &snap->customers[0].invoices[0].instalments[0];
}

static void
test_plain_person(void **state)
{
	struct fix			*f = *state;
	const struct snapshot		*snap;
	const struct snap_customer	*c;
	const struct snap_invoice	*v;

	fix_person(f, 1, 3);
	snap = fix_snap(f, 1, T0);
	assert_int_equal(snap->person_id, 1);
	assert_string_equal(snap->person, "");
	assert_int_equal(snap->rev, 1);
	assert_int_equal(snap->valid_until_ms, TIME_NEVER);
	assert_int_equal(snap->customer_count, 1);
	c = &snap->customers[0];
	assert_string_equal(c->creditor, "acme");
	assert_string_equal(c->zone, "America/Bogota");
	assert_int_equal(c->type, DEBTOR_BUSINESS);
	assert_int_equal(c->preferred, CHANNEL_SMS);
	assert_int_equal(c->consent, 1u << CHANNEL_EMAIL | 1u << CHANNEL_SMS);
	assert_int_equal(c->contact_count, 3);	/* email, sms, voice */
	assert_true(c->contacts[0].usable);
	assert_int_equal(c->last_payment_ms, TIME_NONE);
	assert_int_equal(c->feed_ms, INT64_C(1699999000000));
	assert_string_equal(c->thread, "");
	v = &c->invoices[0];
	assert_string_equal(v->currency, "EUR");
	assert_int_equal(v->issued, DUE - 30);
	assert_int_equal(v->instalment_count, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(v->instalments[i].number, i + 1);
		assert_int_equal(v->instalments[i].due, DUE + 30 * i);
		assert_int_equal(v->instalments[i].balance, 10000);
	}
	assert_int_equal(fix_snap(f, 99, T0)->person_id, 0);
	/* Before anything was known. */
	snap = fix_snap(f, 1, KNOWN - 1);
	assert_int_equal(snap->customer_count, 0);
	assert_int_equal(snap->valid_until_ms, KNOWN);
}

static void
test_many_at_once(void **state)
{
	struct fix	*f = *state;
	int64_t		 ids[40];
	struct snapshot	 out[40];

	for (int64_t i = 1; i <= 30; i++)
		fix_person(f, i, (int)(i % 4) + 1);
	for (int i = 0; i < 40; i++)
		ids[i] = 40 - i;
	OK(f, store_snapshots(f->store, ids, 40, T0, f->arena, out, &f->err));
	for (int i = 0; i < 40; i++) {
		if (ids[i] > 30) {
			assert_int_equal(out[i].person_id, 0);
			continue;
		}
		assert_int_equal(out[i].person_id, ids[i]);
		assert_int_equal(out[i].customers[0].id, ids[i]);
		assert_int_equal(out[i].customers[0].invoices[0]
		    .instalment_count, ids[i] % 4 + 1);
		assert_int_equal(out[i].customers[0].invoices[0]
		    .instalments[0].id, ids[i] * 10 + 1);
	}
}

static void
test_money(void **state)
{
	struct fix		*f = *state;
	const struct snapshot	*snap;

	fix_person(f, 1, 1);
	fix_run(f, "INSERT INTO entry (customer_id, instalment_id, kind, ref,"
	    " currency, amount, value_on, known_at, author, batch) VALUES"
	    " (1, 11, 'payment', 'a', 'EUR', -2500, 19000, 1699990000000,"
	    " 'x', 0), (1, 11, 'fee', 'b', 'EUR', 300, 19000, 1699990000001,"
	    " 'x', 0), (1, 11, 'payment', 'c', 'EUR', -7800, 19000,"
	    " 1700000000500, 'x', 0), (1, NULL, 'payment', 'd', 'EUR', -40,"
	    " 19000, 1699990000002, 'x', 0), (1, NULL, 'transfer', 'e', 'EUR',"
	    " 10, 19000, 1699990000003, 'x', 0), (1, 11, 'payment', 'hidden',"
	    " 'EUR', -1, 19000, 1699990000000, 'x', 7);"
	    "UPDATE meta SET value = '7' WHERE name = 'hidden_batch'");
	snap = fix_snap(f, 1, T0);
	assert_int_equal(first(snap)->balance, 7800);
	assert_int_equal(first(snap)->amount, 10000);
	assert_int_equal(snap->valid_until_ms, T0 + 500);
	assert_int_equal(snap->customers[0].credit_count, 1);
	assert_int_equal(snap->customers[0].credits[0].minor, 30);
	assert_string_equal(snap->customers[0].credits[0].currency, "EUR");
	assert_int_equal(snap->customers[0].last_payment_ms,
	    INT64_C(1699990000002));
	/* Paid in full: the invoice is no longer of interest. */
	snap = fix_snap(f, 1, T0 + 500);
	assert_int_equal(snap->customers[0].invoice_count, 0);
	assert_int_equal(snap->customers[0].last_payment_ms, T0 + 500);
	/* As of the past. */
	assert_int_equal(first(fix_snap(f, 1, INT64_C(1699990000000)))
	    ->balance, 7500);
	fix_run(f, "UPDATE meta SET value = '-1' WHERE name = 'hidden_batch'");
	assert_int_equal(first(fix_snap(f, 1, T0))->balance, 7799);
}

static void
test_versions(void **state)
{
	struct fix		*f = *state;
	const struct snapshot	*snap;

	fix_person(f, 1, 1);
	fix_person(f, 2, 1);
	fix_run(f, "INSERT INTO customer_change (customer_id, person_id, name,"
	    " tax_id, type, status, country, region, zone, language, policy,"
	    " preferred, email, phone, whatsapp, address, consent, known_at,"
	    " batch) VALUES (1, 1, 'Later', '', 'consumer', 'insolvent', 'ES',"
	    " 'MD', 'Europe/Madrid', 'es', '', '', '', '', '', '', '',"
	    " 1700000000100, 0), (1, 2, 'Moved', '', 'consumer', 'active',"
	    " 'ES', '', '', '', '', '', '', '', '', '', '', 1700000000200, 0);"
	    "INSERT INTO instalment_change (instalment_id, due, cycle,"
	    " known_at, batch) VALUES (11, 19700, 2, 1700000000050, 0),"
	    " (11, NULL, 3, 1700000000150, 0);"
	    "INSERT INTO invoice_change (invoice_id, issued, status, pay_url,"
	    " document, purchase_order, policy, known_at, batch) VALUES"
	    " (1, NULL, 'rejected', 'u', 'd', 'p', 'hard', 1700000000150, 0)");
	snap = fix_snap(f, 1, T0);
	assert_string_equal(snap->customers[0].name, "Ana");
	assert_int_equal(snap->valid_until_ms, T0 + 50);
	assert_int_equal(fix_snap(f, 2, T0)->valid_until_ms, T0 + 200);
	snap = fix_snap(f, 1, T0 + 100);
	assert_string_equal(snap->customers[0].name, "Later");
	assert_int_equal(snap->customers[0].status, CUSTOMER_INSOLVENT);
	assert_int_equal(snap->customers[0].contact_count, 0);
	assert_int_equal(first(snap)->due, 19700);
	assert_int_equal(first(snap)->cycle, 2);
	assert_int_equal(snap->valid_until_ms, T0 + 150);
	snap = fix_snap(f, 1, T0 + 150);
	assert_int_equal(first(snap)->due, DAY_NONE);
	assert_int_equal(snap->customers[0].invoices[0].status,
	    INVOICE_REJECTED);
	assert_string_equal(snap->customers[0].invoices[0].policy, "hard");
	/* The customer now belongs to another person. */
	assert_int_equal(fix_snap(f, 1, T0 + 200)->customer_count, 0);
	snap = fix_snap(f, 2, T0 + 200);
	assert_int_equal(snap->customer_count, 2);
	assert_string_equal(snap->customers[0].name, "Moved");
	assert_int_equal(snap->customers[0].invoice_count, 1);
}

static void
test_holds_promises_disputes(void **state)
{
	struct fix		*f = *state;
	const struct snapshot	*snap;

	fix_person(f, 1, 2);
	fix_run(f, "INSERT INTO hold (scope, subject_id, person_id, reason,"
	    " author, from_at, until_at, known_at, ended_at) VALUES"
	    " ('invoice', 1, 1, 'illness', 'ana', 1700000000010,"
	    " 1700000000090, 1699999999999, NULL),"
	    " ('person', 1, 1, 'x', 'ana', 1, 1700000000099, 1, 2),"
	    " ('person', 1, 1, 'late', 'ana', 1, 1700000000030, 1700000000020,"
	    " NULL);"
	    "INSERT INTO promise (scope, subject_id, person_id, currency,"
	    " amount, pay_on, reason, author, known_at, ended_at, verdict)"
	    " VALUES ('customer', 1, 1, 'EUR', 500, 19700, '', 'ana',"
	    " 1700000000040, NULL, NULL), ('invoice', 1, 1, '', 0, 19701, '',"
	    " 'ana', 5, 1700000000045, 'cancelled');"
	    "INSERT INTO dispute (instalment_id, person_id, amount, reason,"
	    " author, known_at, ended_at) VALUES (11, 1, 400, 'r', 'a', 5,"
	    " NULL), (12, 1, NULL, 'r', 'a', 5, 1700000000060),"
	    " (12, 1, 99, 'r', 'a', 5, NULL)");
	snap = fix_snap(f, 1, T0);
	assert_int_equal(snap->hold_count, 0);
	assert_int_equal(snap->promise_count, 1);
	assert_int_equal(snap->promises[0].scope, SCOPE_INVOICE);
	assert_int_equal(snap->valid_until_ms, T0 + 10);
	assert_int_equal(first(snap)[0].disputed, 400);
	assert_int_equal(first(snap)[1].disputed, 10000);
	snap = fix_snap(f, 1, T0 + 10);
	assert_int_equal(snap->hold_count, 1);
	assert_string_equal(snap->holds[0].reason, "illness");
	assert_int_equal(snap->valid_until_ms, T0 + 20);
	snap = fix_snap(f, 1, T0 + 50);
	assert_int_equal(snap->hold_count, 1);
	assert_int_equal(snap->promise_count, 1);
	assert_string_equal(snap->promises[0].currency, "EUR");
	assert_int_equal(snap->valid_until_ms, T0 + 60);
	snap = fix_snap(f, 1, T0 + 90);
	assert_int_equal(snap->hold_count, 0);
	assert_int_equal(first(snap)[1].disputed, 99);
}

static void
test_contacts_and_events(void **state)
{
	struct fix		*f = *state;
	const struct store_act	 bounce = {"dunlin", "bounced 5.1.1", T0};
	const struct store_act	 stop = {"ana", "asked", T0};
	const struct store_act	 call = {"ana", "spoke", T0 + 10};
	const struct store_act	 reply = {"customer", "hi", T0 + 11};
	const struct snapshot	*snap;

	fix_person(f, 1, 1);
	OK(f, store_optout(f->store, &bounce, 1, CHANNEL_EMAIL,
	    "c1@example.test", &f->err));
	OK(f, store_optout(f->store, &bounce, 1, CHANNEL_SMS, "+1other",
	    &f->err));
	snap = fix_snap(f, 1, T0);
	assert_false(snap->customers[0].contacts[0].usable);
	assert_string_equal(snap->customers[0].contacts[0].unusable_why,
	    "bounced");
	assert_true(snap->customers[0].contacts[1].usable);
	OK(f, store_optout(f->store, &stop, 1, STORE_NO_CHANNEL, "",
	    &f->err));
	snap = fix_snap(f, 1, T0);
	for (int i = 0; i < 3; i++)
		assert_string_equal(snap->customers[0].contacts[i]
		    .unusable_why, "opt-out");
	OK(f, store_contact(f->store, &call, 1, CHANNEL_VOICE,
	    CONTACT_NO_ANSWER, T0 - DAY_MS, &f->err));
	OK(f, store_contact(f->store, &reply, 1, CHANNEL_EMAIL,
	    CONTACT_ANSWERED, T0 + 5, &f->err));
	NO(f, store_contact(f->store, &call, 1, CHANNEL_VOICE,
	    CONTACT_ANSWERED, T0 + 11, &f->err), ERR_INPUT);
	snap = fix_snap(f, 1, T0 + 20);
	assert_int_equal(snap->event_count, 2);
	assert_int_equal(snap->events[0].at_ms, T0 - DAY_MS);
	assert_int_equal(snap->events[0].outcome, CONTACT_NO_ANSWER);
	assert_false(snap->events[0].exempt);
	assert_true(snap->events[1].exempt);
	/* Not yet told at T0, and forgotten after 40 days. */
	assert_int_equal(fix_snap(f, 1, T0)->event_count, 0);
	assert_int_equal(fix_snap(f, 1, T0 + 40 * DAY_MS)->event_count, 1);
}

/* A contact counts when it was made, not when its answer became known. */
static void
test_contact_in_doubt(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;
	const struct snapshot		*snap;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_EMAIL, T0);
	c = fix_claim(f, CHANNEL_EMAIL, T0 + 1, 1);
	assert_int_equal(fix_intend(f, c->message_id, T0 + 2, 1, "x"),
	    STORE_LOOK_OK);
	assert_true(fix_outcome(f, c->message_id, STORE_IN_DOUBT, T0 + 3, 1,
	    0));
	OK(f, store_resolve(f->store, 1, STORE_WAS_SENT, "ana", "asked",
	    T0 + 3 * DAY_MS, &f->err));
	snap = fix_snap(f, 1, T0 + 3 * DAY_MS);
	assert_int_equal(snap->event_count, 1);
	assert_int_equal(snap->events[0].at_ms, T0 + 3);
	assert_int_equal(first(snap)->items[0].at_ms, T0 + 3 * DAY_MS);
}

/* The daemon died with it on the wire, and came back days later. */
static void
test_contact_of_the_dead(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;
	const struct snapshot		*snap;
	struct store_rescued		 r;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_EMAIL, T0);
	c = fix_claim(f, CHANNEL_EMAIL, T0 + 1, 1);
	assert_int_equal(fix_intend(f, c->message_id, T0 + 2, 1, "x"),
	    STORE_LOOK_OK);
	OK(f, store_rescue(f->store, 2, T0 + 3 * DAY_MS, &r, &f->err));
	assert_int_equal(r.in_doubt, 1);
	snap = fix_snap(f, 1, T0 + 3 * DAY_MS);
	assert_int_equal(snap->event_count, 1);
	assert_int_equal(snap->events[0].at_ms, T0 + 2 + HOUR_MS);
	assert_true(snap->events[0].doubtful);
	assert_false(snap->events[0].planned);
	/* It was only asleep, and still knows. */
	assert_true(fix_outcome(f, c->message_id, STORE_ACCEPTED,
	    T0 + 4 * DAY_MS, 1, 0));
	snap = fix_snap(f, 1, T0 + 4 * DAY_MS);
	assert_int_equal(snap->event_count, 1);
	assert_int_equal(snap->events[0].at_ms, T0 + 2 + HOUR_MS);
	assert_false(snap->events[0].doubtful);
}

/* Each attempt may have been a contact, also when a later one surely was. */
static void
test_contacts_of_a_repeat(void **state)
{
	struct fix		*f = *state;
	const struct snapshot	*snap;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_EMAIL, T0);
	fix_run(f, "UPDATE message SET state = 'ready', attempts = 2,"
	    " next_at = 1700000001000");
	fix_run(f, "INSERT INTO attempt (message_id, n, route, started_at,"
	    " ended_at, outcome, code, reply) VALUES"
	    " (1, 1, '', 1700000000010, 1700000000020, 'in-doubt', '', ''),"
	    " (1, 2, '', 1700000000030, 1700000000040, 'in-doubt', '', '')");
	snap = fix_snap(f, 1, T0 + 1000);
	assert_int_equal(snap->event_count, 3);
	assert_int_equal(snap->events[0].at_ms, T0 + 20);
	assert_true(snap->events[0].doubtful);
	assert_int_equal(snap->events[0].notice_id,
	    snap->customers[0].notices[0].id);
	assert_int_equal(snap->events[1].at_ms, T0 + 40);
	assert_true(snap->events[1].doubtful);
	assert_true(snap->events[2].planned);
	fix_run(f, "UPDATE message SET state = 'accepted', attempts = 3,"
	    " accepted_at = 1700000000900");
	fix_run(f, "UPDATE notice SET state = 'accepted',"
	    " accepted_at = 1700000000900");
	snap = fix_snap(f, 1, T0 + 1000);
	assert_int_equal(snap->event_count, 3);
	assert_true(snap->events[1].doubtful);
	assert_int_equal(snap->events[2].at_ms, T0 + 900);
	/* A person said that the last one had come after all. */
	fix_run(f, "UPDATE message SET attempts = 2,"
	    " accepted_at = 1700000000040");
	snap = fix_snap(f, 1, T0 + 1000);
	assert_int_equal(snap->event_count, 2);
	assert_true(snap->events[0].doubtful);
	assert_false(snap->events[1].doubtful);
	/* It never left: none of them was one. */
	fix_run(f, "UPDATE message SET state = 'failed', accepted_at = NULL");
	assert_int_equal(fix_snap(f, 1, T0 + 1000)->event_count, 0);
}

static void
test_items_of_the_past(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;
	const struct snapshot		*snap;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0 + 10);
	c = fix_claim(f, CHANNEL_SMS, T0 + 11, 1);
	assert_int_equal(fix_intend(f, c->message_id, T0 + 12, 1, "x"),
	    STORE_LOOK_OK);
	assert_true(fix_outcome(f, c->message_id, STORE_ACCEPTED, T0 + 20, 1,
	    0));
	assert_int_equal(first(fix_snap(f, 1, T0 + 9))->item_count, 0);
	snap = fix_snap(f, 1, T0 + 15);
	assert_int_equal(first(snap)->item_count, 1);
	assert_int_equal(first(snap)->items[0].state, ITEM_OPEN);
	assert_int_equal(first(snap)->items[0].at_ms, T0 + 10);
	assert_int_equal(snap->customers[0].notice_count, 1);
	snap = fix_snap(f, 1, T0 + 20);
	assert_int_equal(first(snap)->items[0].state, ITEM_ACCEPTED);
	assert_int_equal(snap->customers[0].notice_count, 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		FIX_TEST(test_plain_person),
		FIX_TEST(test_many_at_once),
		FIX_TEST(test_money),
		FIX_TEST(test_versions),
		FIX_TEST(test_holds_promises_disputes),
		FIX_TEST(test_contacts_and_events),
		FIX_TEST(test_contact_in_doubt),
		FIX_TEST(test_contact_of_the_dead),
		FIX_TEST(test_contacts_of_a_repeat),
		FIX_TEST(test_items_of_the_past),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
