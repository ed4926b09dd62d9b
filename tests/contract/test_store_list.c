/* SPDX-License-Identifier: ISC */
/* The queue, a notice, the open ledger, and the log under attack. */
#include "contract/fixture.h"

static void
test_queue(void **state)
{
	struct fix			*f = *state;
	struct store_queue_filter	 filter = {.state = -1,
	    .channel = STORE_NO_CHANNEL, .older_ms = TIME_NEVER};
	struct store_queue_rows		 rows;
	struct store_counts		 counts;

	for (int64_t id = 1; id <= 3; id++)
		fix_person(f, id, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0);
	fix_notice(f, 2, "firm", CHANNEL_EMAIL, T0 + 1);
	fix_notice(f, 3, "firm", STORE_NO_CHANNEL, T0 + 2);
	OK(f, store_queue(f->store, &filter, f->arena, &rows, &f->err));
	assert_int_equal(rows.count, 2);
	assert_string_equal(rows.items[0].customer, "c1");
	assert_int_equal(rows.items[0].tried_ms, TIME_NONE);
	filter.step = "firm";
	OK(f, store_queue(f->store, &filter, f->arena, &rows, &f->err));
	assert_int_equal(rows.count, 1);
	filter.older_ms = T0 + 1;
	OK(f, store_queue(f->store, &filter, f->arena, &rows, &f->err));
	assert_int_equal(rows.count, 0);
	fix_claim(f, CHANNEL_SMS, T0 + 5, 1);
	filter = (struct store_queue_filter){.state = MSG_CLAIMED,
	    .channel = CHANNEL_SMS, .older_ms = TIME_NEVER, .creditor = "acme",
	    .person_id = 1};
	OK(f, store_queue(f->store, &filter, f->arena, &rows, &f->err));
	assert_int_equal(rows.count, 1);
	for (int s = 0; s < MSG_STATE_COUNT; s++) {
		filter.state = s;
		OK(f, store_queue(f->store, &filter, f->arena, &rows,
		    &f->err));
		assert_int_equal(rows.count, s == MSG_CLAIMED);
	}
	OK(f, store_counts(f->store, T0 + 5, &counts, &f->err));
	assert_int_equal(counts.messages[MSG_READY], 1);
	assert_int_equal(counts.messages[MSG_CLAIMED], 1);
	assert_int_equal(counts.due, 1);
	assert_int_equal(counts.oldest_due_ms, T0 + 1);
	assert_int_equal(counts.persons, 3);
	assert_int_equal(counts.customers, 3);
	assert_int_equal(counts.invoices, 3);
	assert_int_equal(counts.persons_due, 0);
}

static void
test_one_notice(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;
	const struct store_notice	*n;
	struct store_notices		 list;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0);
	c = fix_claim(f, CHANNEL_SMS, T0 + 1, 1);
	assert_int_equal(fix_intend(f, c->message_id, T0 + 2, 1, "x"),
	    STORE_LOOK_OK);
	assert_true(fix_outcome(f, c->message_id, STORE_DEFERRED, T0 + 3, 1,
	    T0 + 9));
	OK(f, store_notice_get(f->store, c->notice_id, f->arena, &n, &f->err));
	assert_non_null(n);
	assert_int_equal(n->state, NOTICE_OPEN);
	assert_int_equal(n->item_count, 1);
	assert_string_equal(n->items[0].invoice, "i1");
	assert_string_equal(n->items[0].currency, "EUR");
	assert_int_equal(n->message_count, 1);
	assert_int_equal(n->messages[0].attempt_count, 1);
	assert_string_equal(n->messages[0].attempts[0].outcome, "deferred");
	assert_int_equal(n->messages[0].attempts[0].ended_ms, T0 + 3);
	OK(f, store_notice_get(f->store, 999, f->arena, &n, &f->err));
	assert_null(n);
	OK(f, store_notices_of(f->store, 1, T0, T0 + 1, f->arena, &list,
	    &f->err));
	assert_int_equal(list.count, 1);
	OK(f, store_notices_of(f->store, 1, T0 + 1, T0 + 2, f->arena, &list,
	    &f->err));
	assert_int_equal(list.count, 0);
	OK(f, store_hurry(f->store, c->message_id, "ana", "now", T0 + 4,
	    &f->err));
	OK(f, store_cancel(f->store, c->notice_id, "ana", "wrong", T0 + 5,
	    &f->err));
	OK(f, store_notice_get(f->store, c->notice_id, f->arena, &n, &f->err));
	assert_int_equal(n->state, NOTICE_CANCELLED);
	assert_int_equal(n->items[0].state, ITEM_STRUCK);
	NO(f, store_hurry(f->store, c->message_id, "ana", "", T0 + 6, &f->err),
	    ERR_INPUT);
	NO(f, store_cancel(f->store, c->notice_id, "ana", "", T0 + 6,
	    &f->err), ERR_INPUT);
	fix_verify(f);
}

struct sum {
	int64_t	balance;
	int	rows;
	int32_t	due;
	bool	fails;
};

static bool
add_row(void *arg, const struct store_open_row *row, struct err *err)
{
	struct sum	*sum = arg;

	if (sum->fails)
		return err_set(err, ERR_LATER, "enough");
	assert_string_equal(row->creditor, "acme");
	assert_string_equal(row->currency, "EUR");
	sum->balance += row->balance;
	sum->due = row->due;
	sum->rows++;
	return true;
}

static void
test_open_items(void **state)
{
	struct fix	*f = *state;
	struct sum	 sum = {0};

	fix_person(f, 1, 2);
	fix_run(f, "INSERT INTO entry (customer_id, instalment_id, kind, ref,"
	    " currency, amount, value_on, known_at, author, batch) VALUES"
	    " (1, 11, 'payment', 'a', 'EUR', -10000, 19610, 1700000000001,"
	    " 'x', 0), (1, NULL, 'payment', 'b', 'EUR', -5, 19620,"
	    " 1700000000001, 'x', 0);"
	    "INSERT INTO instalment_change (instalment_id, due, cycle,"
	    " known_at, batch) VALUES (12, NULL, 1, 1699999999999, 0)");
	OK(f, store_open_items(f->store, NULL, T0, 19609, add_row, &sum,
	    &f->err));
	assert_int_equal(sum.rows, 2);
	assert_int_equal(sum.balance, 20000);
	/* Valued on the day, though learnt later. */
	sum = (struct sum){0};
	OK(f, store_open_items(f->store, "acme", T0, 19610, add_row, &sum,
	    &f->err));
	assert_int_equal(sum.rows, 1);
	assert_int_equal(sum.due, DAY_NONE);
	sum = (struct sum){0};
	OK(f, store_open_items(f->store, "acme", T0 + 1, 19620, add_row, &sum,
	    &f->err));
	assert_int_equal(sum.rows, 2);
	assert_int_equal(sum.balance, 9995);
	sum = (struct sum){0};
	OK(f, store_open_items(f->store, "acme", T0, DUE - 31, add_row, &sum,
	    &f->err));
	assert_int_equal(sum.rows, 0);	/* before the issue date */
	/* A split learnt later moves the debt, and doubles none of it. */
	fix_run(f, "INSERT INTO instalment (id, invoice_id, number, due,"
	    " amount, cycle, known_at, batch) VALUES (13, 1, 3, 19600, 10000,"
	    " 1, 1700000000005, 9);"
	    "INSERT INTO entry (customer_id, instalment_id, kind, ref,"
	    " currency, amount, value_on, known_at, author, batch) VALUES"
	    " (1, 12, 'transfer', 'f', 'EUR', -10000, 19615, 1700000000005,"
	    " 'x', 9)");
	for (int32_t day = 19612; day <= 19616; day += 2) {
		for (int64_t ms = T0; ms <= T0 + 5; ms += 5) {
			sum = (struct sum){0};
			OK(f, store_open_items(f->store, "acme", ms, day,
			    add_row, &sum, &f->err));
			assert_int_equal(sum.balance, ms == T0 ? 10000 : 9995);
		}
	}
	sum.fails = true;
	NO(f, store_open_items(f->store, NULL, T0, 19620, add_row, &sum,
	    &f->err), ERR_LATER);
	OK(f, store_open_items(f->store, "other", T0, 19620, add_row, &sum,
	    &f->err));
}

static void
expect_bad(struct fix *f, int64_t seq)
{
	struct store_audit_report	report;

	OK(f, store_audit_verify(f->store, &report, &f->err));
	assert_int_equal(report.bad_seq, seq);
	assert_true(report.why[0] != '\0');
}

static void
events(struct fix *f, int count)
{
	for (int i = 0; i < count; i++)
		OK(f, store_audit_event(f->store, "clock_step", "", i % 2 ?
		    "1 s" : "2 s", T0 + i, &f->err));
}

static void
test_log_shows_a_changed_body(void **state)
{
	struct fix	*f = *state;

	events(f, 5);
	fix_verify(f);
	fix_run(f, "UPDATE audit_leaf SET body = (SELECT body FROM audit_leaf"
	    " WHERE seq = 2) WHERE seq = 3");
	expect_bad(f, 3);
	/* With its hash put right, the frontier tells. */
	fix_run(f, "UPDATE audit_leaf SET hash = (SELECT hash FROM audit_leaf"
	    " WHERE seq = 2) WHERE seq = 3");
	expect_bad(f, 5);
}

static void
test_log_shows_cuts(void **state)
{
	struct fix	*f = *state;

	events(f, 5);
	fix_run(f, "DELETE FROM audit_leaf WHERE seq = 4");
	expect_bad(f, 4);
	fix_run(f, "DELETE FROM audit_leaf WHERE seq = 1");
	expect_bad(f, 1);
	/* A frontier that was put back too. */
	fix_run(f, "UPDATE audit_frontier SET size = 4");
	expect_bad(f, 1);
}

static void
test_log_needs_its_frontier(void **state)
{
	struct fix	*f = *state;

	events(f, 1);
	fix_run(f, "UPDATE audit_frontier SET state = (SELECT hash"
	    " FROM audit_leaf)");
	assert_false(store_audit_event(f->store, "clock_step", "", "", T0,
	    &f->err));
	assert_int_equal(fix_number(f, "SELECT count(*) FROM audit_leaf"), 1);
	expect_bad(f, 1);
}

/* A state that was turned back by hand lets one attempt out twice. */
static void
test_log_shows_a_second_intent(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0);
	c = fix_claim(f, CHANNEL_SMS, T0, 1);
	assert_int_equal(fix_intend(f, c->message_id, T0, 1, "x"),
	    STORE_LOOK_OK);
	fix_verify(f);
	fix_run(f, "UPDATE message SET state = 'claimed', attempts = 0");
	assert_int_equal(fix_intend(f, c->message_id, T0, 1, "x"),
	    STORE_LOOK_OK);
	expect_bad(f, 2);
}

static void
test_leaves_can_be_read(void **state)
{
	struct fix		*f = *state;
	struct store_leaves	 leaves;
	struct store_audit_report report;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0);
	OK(f, store_audit_leaves(f->store, 0, 10, f->arena, &leaves, &f->err));
	assert_int_equal(leaves.count, 1);
	assert_string_equal(leaves.items[0].event, "created");
	assert_string_equal(leaves.items[0].channel, "sms");
	assert_int_equal(leaves.items[0].at_ms, T0);
	/* No personal data in the log: neither address nor customer. */
	fix_run(f, "DELETE FROM audit_salt");
	fix_verify(f);
	assert_int_equal(fix_intend(f, fix_claim(f, CHANNEL_SMS, T0, 1)
	    ->message_id, T0, 1, "x"), STORE_LOOK_OK);
	OK(f, store_audit_verify(f->store, &report, &f->err));
	assert_int_equal(report.intents, 1);
	assert_int_equal(report.open_intents, 1);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		FIX_TEST(test_queue),
		FIX_TEST(test_one_notice),
		FIX_TEST(test_open_items),
		FIX_TEST(test_log_shows_a_changed_body),
		FIX_TEST(test_log_shows_cuts),
		FIX_TEST(test_log_needs_its_frontier),
		FIX_TEST(test_log_shows_a_second_intent),
		FIX_TEST(test_leaves_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
