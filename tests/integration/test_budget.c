/* SPDX-License-Identifier: ISC */
/*
 * The person is the unit of budgets: 1,000 persons, each with two customers of
 * one creditor and one of another in the same budget group, everything due at
 * once, and a cap of one contact.  Exactly 1,000 contacts leave that day, also
 * with two planners at work on the same persons.
 */
#include "integration/world.h"

#include <inttypes.h>

#define PERSONS	1000
#define T0	INT64_C(1791903600000)	/* Tue 2026-10-13 10:00 Bogota */
#define DAY0	20739			/* that day */

#define CREDITOR(ref) "{ ref = \"" ref "\"; legal_name = \"" ref "\";" \
	" tax_id = \"1\"; country = \"CO\"; zone = \"America/Bogota\";" \
	" currency = \"EUR\"; language = \"es\"; policy = \"p\";" \
	" freshness = \"3000 d\"; budget_group = \"house\"; }"

#define POLICY(gap) "creditors = ( " CREDITOR("acme") ", " CREDITOR("beta") \
	" );\npolicies = ( { name = \"p\"; gap = " gap "; steps = (" \
	" { id = \"d3\"; stage = \"administrative\"; offset = 3;" \
	" channels = [ \"email\", \"sms\" ]; }," \
	" { id = \"d10\"; stage = \"administrative\"; offset = 10;" \
	" channels = [ \"email\", \"sms\" ]; } ); } );"

static void
fill(struct world *w, const char *country, const char *zone)
{
	static char			refs[PERSONS * 3][24];
	static char			names[PERSONS][24];
	static struct store_record	records[PERSONS * 2];
	size_t				n;

	for (int c = 0; c < 2; c++) {
		n = 0;
		for (int i = 0; i < PERSONS * (2 - c); i++) {
			int	at = c * PERSONS * 2 + i;

			(void)snprintf(refs[at], sizeof(refs[at]), "c%d", at);
			(void)snprintf(names[i % PERSONS],
			    sizeof(names[0]), "p%d", i % PERSONS);
			records[n++] = world_customer(refs[at],
			    names[i % PERSONS], country, zone);
		}
		world_import(w, c == 0 ? "acme" : "beta", DAY_NONE, records, n,
		    T0 - 2 * DAY_MS);
		for (size_t i = 0; i < n; i++)
			records[i] = world_invoice(
			    refs[c * PERSONS * 2 + (int)i],
			    refs[c * PERSONS * 2 + (int)i], 1,
			    DAY0 - 4, 10000);
		world_import(w, c == 0 ? "acme" : "beta", DAY_NONE, records, n,
		    T0 - 2 * DAY_MS);
	}
	assert_int_equal(world_number(w, "SELECT COUNT(*) FROM person"),
	    PERSONS);
	assert_int_equal(world_number(w, "SELECT COUNT(*) FROM customer"),
	    PERSONS * 3);
}

static enum store_outcome_kind
accept(void *arg, const struct store_claimed *claimed)
{
	int	*per_person = arg;

	assert_in_range(claimed->person_id, 1, PERSONS);
	per_person[claimed->person_id]++;
	return STORE_ACCEPTED;
}

/* The day from now on, every quarter of an hour. */
static size_t
run_day(struct world *w, int64_t from_ms, int *per_person)
{
	size_t	sent = 0;

	for (int64_t now = from_ms; now < from_ms + 10 * HOUR_MS;
	    now += 15 * MINUTE_MS) {
		(void)world_plan(w, now, 200);
		sent += world_send(w, now, accept, per_person);
		(void)world_plan(w, now, 200);
	}
	return sent;
}

static void
check_one_each(struct world *w)
{
	static int	per_person[PERSONS + 1];
	size_t		sent;

	memset(per_person, 0, sizeof(per_person));
	sent = run_day(w, T0, per_person);
	assert_int_equal(sent, PERSONS);
	for (int i = 1; i <= PERSONS; i++)
		assert_int_equal(per_person[i], 1);
	(void)world_verify(w);
}

/* The law's cap: Chile, 48 hours between two messages. */
static void
test_cap(void **state)
{
	struct world	w;

	(void)state;
	world_open(&w, POLICY("0"), T0 - 3 * DAY_MS);
	fill(&w, "CL", "America/Santiago");
	check_one_each(&w);
	world_close(&w);
}

/* Colombia, one a day. */
static void
test_cap_day(void **state)
{
	static int	per_person[PERSONS + 1];
	struct world	w;

	(void)state;
	world_open(&w, POLICY("0"), T0 - 3 * DAY_MS);
	fill(&w, "CO", "America/Bogota");
	/* the Monday is a holiday there: the next day is the first */
	assert_int_equal(run_day(&w, T0 - DAY_MS, per_person), 0);
	memset(per_person, 0, sizeof(per_person));
	assert_int_equal(run_day(&w, T0, per_person), PERSONS);
	assert_int_equal(run_day(&w, T0 + DAY_MS, per_person), PERSONS);
	for (int i = 1; i <= PERSONS; i++)
		assert_int_equal(per_person[i], 2);
	(void)world_verify(&w);
	world_close(&w);
}

static void
test_gap(void **state)
{
	struct world	w;

	(void)state;
	world_open(&w, POLICY("3"), T0 - 3 * DAY_MS);
	fill(&w, "ES", "Europe/Madrid");
	/* 10:00 in Bogota is 17:00 in Madrid */
	check_one_each(&w);
	world_close(&w);
}

/* Two planners read the same persons; both write what they decided. */
static void
test_two_planners(void **state)
{
	struct world		 w;
	struct arena		*other = arena_new();
	struct desk_batch	 a, b;
	struct store_applied	 first, second, again;
	struct buf		 stale = BUF_INIT;
	size_t			 made = 0;

	(void)state;
	assert_non_null(other);
	world_open(&w, POLICY("3"), T0 - 3 * DAY_MS);
	fill(&w, "ES", "Europe/Madrid");
	for (;;) {
		arena_reset(w.arena);
		arena_reset(other);
		OK(&w, desk_decide(w.setup, w.reader, T0, w.config_epoch,
		    100, w.arena, &a, &stale, &w.err));
		OK(&w, desk_decide(w.setup, w.staff, T0, w.config_epoch,
		    150, other, &b, &stale, &w.err));
		assert_true((a.count == 0) == (b.count == 0));
		if (a.count == 0)
			break;
		OK(&w, store_apply(w.store, &a.basis, a.decisions, a.count,
		    &first, &w.err));
		OK(&w, store_apply(w.staff, &b.basis, b.decisions, b.count,
		    &second, &w.err));
		OK(&w, store_apply(w.store, &a.basis, a.decisions, a.count,
		    &again, &w.err));
		assert_int_equal(again.notices, 0);
		made += first.notices + second.notices;
	}
	assert_int_equal(made, PERSONS);
	assert_int_equal(world_number(&w, "SELECT COUNT(*) FROM notice"),
	    PERSONS);
	/* one notice a customer: the person's other customers wait */
	assert_int_equal(world_number(&w, "SELECT COUNT(*) FROM item"
	    " WHERE state = 'open'"), PERSONS);
	check_one_each(&w);
	buf_fini(&stale);
	arena_free(&other);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_cap_day),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_two_planners),
	};

	return cmocka_run_group_tests_name("one person, one contact", tests,
	    NULL, NULL);
}
