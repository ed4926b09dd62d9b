/* SPDX-License-Identifier: ISC */
/* What staff do, and what it leaves; tasks, alerts, templates. */
#include "contract/fixture.h"

static const struct store_act	ana = {"ana", "because", T0 + 5};

static void
test_hold_and_release(void **state)
{
	struct fix		*f = *state;
	struct store_hold_rows	 rows;
	int64_t			 id;
	size_t			 ended;

	fix_person(f, 1, 1);
	NO(f, store_hold(f->store, &ana, SCOPE_PERSON, 1, T0, T0, &id,
	    &f->err), ERR_INPUT);
	NO(f, store_hold(f->store, &ana, SCOPE_INVOICE, 99, T0, T0 + DAY_MS,
	    &id, &f->err), ERR_INPUT);
	OK(f, store_hold(f->store, &ana, SCOPE_INSTALMENT, 11, T0,
	    T0 + DAY_MS, &id, &f->err));
	assert_int_equal(fix_snap(f, 1, T0 + 5)->hold_count, 1);
	assert_int_equal(fix_number(f, "SELECT rev FROM person"), 2);
	OK(f, store_holds(f->store, 0, T0, 0, f->arena, &rows, &f->err));
	assert_true(rows.count > 0);	/* 0: all */
	OK(f, store_holds(f->store, 0, T0, 10, f->arena, &rows, &f->err));
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.items[0].scope, SCOPE_INSTALMENT);
	assert_int_equal(rows.items[0].ended_ms, TIME_NONE);
	NO(f, store_release(f->store, &ana, 0, SCOPE_PERSON, 1, &ended,
	    &f->err), ERR_INPUT);
	OK(f, store_release(f->store, &ana, 0, SCOPE_INSTALMENT, 11, &ended,
	    &f->err));
	assert_int_equal(ended, 1);
	assert_int_equal(fix_snap(f, 1, T0 + 5)->hold_count, 0);
	assert_int_equal(fix_number(f, "SELECT rev FROM person"), 3);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM audit_leaf"), 2);
	fix_verify(f);
}

static void
test_promise(void **state)
{
	struct fix			*f = *state;
	struct store_promise		 p = {SCOPE_INVOICE, 1, "EUR", 500,
	    DUE + 90};
	struct store_promise_rows	 rows;
	int64_t				 id;

	fix_person(f, 1, 1);
	OK(f, store_promise(f->store, &ana, &p, &id, &f->err));
	assert_int_equal(fix_snap(f, 1, T0 + 5)->promise_count, 1);
	OK(f, store_promise_end(f->store, &ana, id, "broken", &f->err));
	NO(f, store_promise_end(f->store, &ana, id, "kept", &f->err),
	    ERR_INPUT);
	OK(f, store_promises(f->store, 1, T0 + 9, f->arena, &rows, &f->err));
	assert_int_equal(rows.count, 1);
	assert_string_equal(rows.items[0].verdict, "broken");
	p.minor = 0;
	NO(f, store_promise(f->store, &ana, &p, &id, &f->err), ERR_INPUT);
	p.scope = SCOPE_PERSON;
	NO(f, store_promise(f->store, &ana, &p, &id, &f->err), ERR_INPUT);
	fix_verify(f);
}

static void
test_pay_oldest_first(void **state)
{
	struct fix		*f = *state;
	struct store_payment	 p = {1, 0, "P1", "EUR", 15000, DUE};
	const struct snapshot	*snap;
	int64_t			 rest;

	fix_person(f, 1, 3);
	/* The newest version of a due date decides the order. */
	fix_run(f, "INSERT INTO instalment_change (instalment_id, due, cycle,"
	    " known_at, batch) VALUES (13, 100, 1, 5, 0)");
	OK(f, store_pay(f->store, &ana, &p, &rest, &f->err));
	assert_int_equal(rest, 0);
	snap = fix_snap(f, 1, T0 + 5);
	assert_int_equal(snap->customers[0].invoices[0].instalments[0].balance,
	    5000);
	assert_int_equal(snap->customers[0].invoices[0].instalments[1].balance,
	    10000);
	assert_int_equal(snap->customers[0].invoices[0].instalments[2].balance,
	    0);
	NO(f, store_pay(f->store, &ana, &p, &rest, &f->err), ERR_INPUT);
	p.ref = "P2";
	p.invoice_id = 1;
	p.minor = 20000;
	OK(f, store_pay(f->store, &ana, &p, &rest, &f->err));
	assert_int_equal(rest, 5000);
	snap = fix_snap(f, 1, T0 + 5);
	assert_int_equal(snap->customers[0].invoice_count, 0);
	assert_int_equal(snap->customers[0].credits[0].minor, 5000);
	p.ref = "P3";
	p.currency = "USD";
	NO(f, store_pay(f->store, &ana, &p, &rest, &f->err), ERR_INPUT);
	p.currency = "XYZ";
	NO(f, store_pay(f->store, &ana, &p, &rest, &f->err), ERR_INPUT);
	p.minor = -1;
	NO(f, store_pay(f->store, &ana, &p, &rest, &f->err), ERR_INPUT);
	fix_verify(f);
}

static void
test_dispute(void **state)
{
	struct fix	*f = *state;
	size_t		 n;

	fix_person(f, 1, 2);
	NO(f, store_dispute(f->store, &ana, 1, 0, 100, &n, &f->err),
	    ERR_INPUT);
	NO(f, store_dispute(f->store, &ana, 1, 11, 10001, &n, &f->err),
	    ERR_INPUT);
	OK(f, store_dispute(f->store, &ana, 1, 11, 100, &n, &f->err));
	assert_int_equal(n, 1);
	OK(f, store_dispute(f->store, &ana, 1, 0, STORE_WHOLE, &n, &f->err));
	assert_int_equal(n, 1);		/* 11 is disputed already */
	NO(f, store_dispute(f->store, &ana, 1, 0, STORE_WHOLE, &n, &f->err),
	    ERR_INPUT);
	OK(f, store_dispute_end(f->store, &ana, 1, "rejected", &n, &f->err));
	assert_int_equal(n, 2);
	NO(f, store_dispute_end(f->store, &ana, 1, "rejected", &n, &f->err),
	    ERR_INPUT);
	fix_verify(f);
}

static void
test_optin(void **state)
{
	struct fix	*f = *state;
	size_t		 n;

	fix_person(f, 1, 1);
	NO(f, store_optin(f->store, &ana, 1, CHANNEL_SMS, &n, &f->err),
	    ERR_INPUT);
	OK(f, store_optout(f->store, &ana, 1, CHANNEL_SMS, "", &f->err));
	OK(f, store_optin(f->store, &ana, 1, STORE_NO_CHANNEL, &n, &f->err));
	assert_int_equal(n, 1);
	assert_true(fix_snap(f, 1, T0 + 9)->customers[0].contacts[1].usable);
}

static void
test_tasks(void **state)
{
	struct fix			*f = *state;
	const struct store_task_new	 task = {
		.kind = "call", .customer_id = 1, .invoice_id = 1,
		.about = "call Ana", .dedup = "call/1", .owner = "",
		.due_ms = T0,
	};
	const struct store_task		*one;
	struct store_task_filter	 filter = {.limit = 5};
	struct store_tasks		 tasks;
	bool				 made;
	int64_t				 id;

	fix_person(f, 1, 1);
	OK(f, store_task_create(f->store, &task, "ana", T0, &made, &f->err));
	assert_true(made);
	OK(f, store_task_create(f->store, &task, "ana", T0, &made, &f->err));
	assert_false(made);
	OK(f, store_tasks(f->store, &filter, f->arena, &tasks, &f->err));
	assert_int_equal(tasks.count, 1);
	id = tasks.items[0].id;
	assert_string_equal(tasks.items[0].customer, "c1");
	assert_string_equal(tasks.items[0].creditor, "acme");
	assert_string_equal(tasks.items[0].invoice, "i1");
	assert_int_equal(tasks.items[0].person_id, 1);
	OK(f, store_task_assign(f->store, id, "bob", "ana", T0, &f->err));
	filter.owner = "";
	OK(f, store_tasks(f->store, &filter, f->arena, &tasks, &f->err));
	assert_int_equal(tasks.count, 0);
	filter.owner = "bob";
	filter.creditor = "acme";
	filter.kind = "call";
	OK(f, store_tasks(f->store, &filter, f->arena, &tasks, &f->err));
	assert_int_equal(tasks.count, 1);
	OK(f, store_task_done(f->store, id, "spoke", "bob", T0, &f->err));
	NO(f, store_task_done(f->store, id, "spoke", "bob", T0, &f->err),
	    ERR_INPUT);
	OK(f, store_task_get(f->store, id, f->arena, &one, &f->err));
	assert_string_equal(one->outcome, "spoke");
	OK(f, store_task_get(f->store, 999, f->arena, &one, &f->err));
	assert_null(one);
	OK(f, store_task_create(f->store, &task, "ana", T0, &made, &f->err));
	assert_true(made);
}

static void
test_alerts(void **state)
{
	struct fix		*f = *state;
	struct store_alerts	 alerts;
	bool			 flag;

	OK(f, store_alert_raise(f->store, "disk", "d", "90%", T0, &flag,
	    &f->err));
	assert_true(flag);
	OK(f, store_alert_raise(f->store, "disk", "d", "95%", T0 + 1, &flag,
	    &f->err));
	assert_false(flag);
	OK(f, store_alerts(f->store, false, 0, f->arena, &alerts, &f->err));
	assert_int_equal(alerts.count, 1);
	assert_int_equal(alerts.items[0].count, 2);
	assert_string_equal(alerts.items[0].about, "95%");
	OK(f, store_alert_clear(f->store, "d", T0 + 2, &flag, &f->err));
	assert_true(flag);
	OK(f, store_alert_clear(f->store, "d", T0 + 2, &flag, &f->err));
	assert_false(flag);
	OK(f, store_alert_raise(f->store, "disk", "d", "x", T0 + 3, &flag,
	    &f->err));
	assert_true(flag);
	OK(f, store_alerts(f->store, true, 0, f->arena, &alerts, &f->err));
	assert_int_equal(alerts.count, 2);
}

static void
test_templates(void **state)
{
	struct fix		*f = *state;
	struct store_templates	 list;
	struct str		 body;
	bool			 is_new;

	OK(f, store_publish(f->store, "es/a.email", STR("Hola"), "ana", "v1",
	    T0, &is_new, &f->err));
	assert_true(is_new);
	OK(f, store_publish(f->store, "es/a.email", STR("Hola"), "ana", "v1",
	    T0, &is_new, &f->err));
	assert_false(is_new);
	OK(f, store_publish(f->store, "es/a.email", STR("Hola 2"), "ana", "v2",
	    T0, &is_new, &f->err));
	/* Back to the first: a new publication of a known body. */
	OK(f, store_publish(f->store, "es/a.email", STR("Hola"), "bob", "back",
	    T0, &is_new, &f->err));
	assert_true(is_new);
	OK(f, store_publish(f->store, "en/a.email", STR("Hola"), "ana", "same",
	    T0, &is_new, &f->err));
	OK(f, store_templates(f->store, true, f->arena, &list, &f->err));
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[0].name, "en/a.email");
	assert_string_equal(list.items[1].body, "Hola");
	assert_string_equal(list.items[1].author, "bob");
	OK(f, store_template_history(f->store, "es/a.email", f->arena, &list,
	    &f->err));
	assert_int_equal(list.count, 3);
	assert_string_equal(list.items[1].reason, "v2");
	OK(f, store_template_body(f->store, &list.items[1].hash, f->arena,
	    &body, &f->err));
	assert_true(str_is(body, "Hola 2"));
	OK(f, store_template_body(f->store, &(struct hash){{1}}, f->arena,
	    &body, &f->err));
	assert_null(body.p);
	NO(f, store_publish(f->store, "x", STR("a\0b"), "ana", "", T0, &is_new,
	    &f->err), ERR_INPUT);
	fix_verify(f);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		FIX_TEST(test_hold_and_release),
		FIX_TEST(test_promise),
		FIX_TEST(test_pay_oldest_first),
		FIX_TEST(test_dispute),
		FIX_TEST(test_optin),
		FIX_TEST(test_tasks),
		FIX_TEST(test_alerts),
		FIX_TEST(test_templates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
