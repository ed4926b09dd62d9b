/* SPDX-License-Identifier: ISC */
#include "tests/support/test.h"

#include "tests/unit/intake/support.h"

#define HEAD "invoice,customer,name,due_date,amount\n"

static int
open_space(void **state)
{
	static struct support	s;

	support_open(&s, SUPPORT_CREDITOR("EUR", "20%"));
	s.options.kind = INTAKE_OPEN_ITEMS;
	*state = &s;
	return 0;
}

static int
close_space(void **state)
{
	support_check_keys(*state);
	support_close(*state);
	return 0;
}

static const struct store_difference *
take(struct support *s, const char *rows, const char *counts)
{
	const struct intake_file	*file;
	char				 text[4096];

	(void)snprintf(text, sizeof(text), HEAD "%s", rows);
	file = support_text(s, "open.csv", text);
	if (strcmp(support_counts(file), counts) != 0)
		fail_msg("%s (%s: %s)", support_counts(file), s->err.text,
		    file->shown_count > 0 ? file->shown[0].reason : "");
	return &file->difference;
}

/* Ten invoices, so that one or two gone are in band. */
static void
begin(struct support *s)
{
	(void)take(s, "F0,C1,Ana,2026-11-01,10.00\n"
	    "F1,C1,Ana,2026-11-01,10.00\nF2,C1,Ana,2026-11-01,10.00\n"
	    "F3,C1,Ana,2026-11-01,10.00\nF4,C1,Ana,2026-11-01,10.00\n"
	    "F5,C1,Ana,2026-11-01,10.00\nF6,C1,Ana,2026-11-01,10.00\n"
	    "F7,C1,Ana,2026-11-01,10.00\nF8,C2,Eva,2026-11-01,10.00\n"
	    "F9,C2,Eva,2026-11-01,10.00\n",
	    "read 20, new 12, changed 0, same 8, rejected 0");
}

#define REST "F4,C1,Ana,2026-11-01,10.00\nF5,C1,Ana,2026-11-01,10.00\n" \
	"F6,C1,Ana,2026-11-01,10.00\nF7,C1,Ana,2026-11-01,10.00\n" \
	"F8,C2,Eva,2026-11-01,10.00\nF9,C2,Eva,2026-11-01,10.00\n"

static int64_t
balance(struct support *s, const char *ref)
{
	char	sql[400];

	(void)snprintf(sql, sizeof(sql), "SELECT SUM(n.amount + COALESCE("
	    "(SELECT SUM(e.amount) FROM entry e WHERE e.instalment_id = n.id),"
	    " 0)) FROM instalment n JOIN invoice i ON i.id = n.invoice_id"
	    " WHERE i.ref = '%s'", ref);
	return support_number(s, sql);
}

static void
each_difference_becomes_its_fact(void **state)
{
	struct support			*s = *state;
	const struct store_difference	*d;

	begin(s);
	d = take(s, "F1,C1,Ana,2026-11-01,4.00\nF2,C1,Ana,2026-11-01,12.00\n"
	    "F3,C1,Ana,2026-11-20,10.00\n" REST "FN,C2,Eva,2026-12-01,7.00\n",
	    "read 20, new 1, changed 3, same 16, rejected 0");
	assert_int_equal(d->open_before, 10);
	assert_int_equal(d->open_after, 10);
	assert_int_equal(d->settled, 1);
	assert_int_equal(d->smaller, 1);
	assert_int_equal(d->larger, 1);
	assert_int_equal(d->moved, 1);
	assert_int_equal(d->fresh, 1);
	assert_int_equal(balance(s, "F0"), 0);
	assert_int_equal(balance(s, "F1"), 400);
	assert_int_equal(balance(s, "F2"), 1200);
	assert_int_equal(balance(s, "FN"), 700);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM entry"
	    " WHERE kind = 'payment' AND ref = 'feed:2026-11-21'"
	    " AND value_on = 20778"), 2);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM entry"
	    " WHERE kind = 'adjustment' AND amount = 200"), 1);
	assert_int_equal(support_number(s, "SELECT feed_as_of FROM creditor"),
	    20778);
	/* the same snapshot again changes nothing */
	d = take(s, "F1,C1,Ana,2026-11-01,4.00\nF2,C1,Ana,2026-11-01,12.00\n"
	    "F3,C1,Ana,2026-11-20,10.00\n" REST "FN,C2,Eva,2026-12-01,7.00\n",
	    "read 20, new 0, changed 0, same 20, rejected 0");
	assert_int_equal(d->same, 10);
}

static void
out_of_band_stops_until_accepted(void **state)
{
	struct support			*s = *state;
	const struct store_difference	*d;

	begin(s);
	d = take(s, REST, "read 12, new 0, changed 0, same 6, rejected 0");
	assert_int_equal(s->result->files[0].verdict, INTAKE_STOPPED);
	assert_int_equal(d->settled, 4);
	assert_non_null(strstr(d->why, "4 of 10"));
	assert_int_equal(balance(s, "F0"), 1000);
	assert_int_equal(support_number(s, "SELECT CAST(value AS @int)"
	    " FROM meta WHERE name = 'hidden_batch'"), -1);
	s->options.accept = true;
	(void)take(s, REST, "read 12, new 0, changed 0, same 12, rejected 0");
	assert_int_equal(balance(s, "F0"), 0);
	s->options.accept = false;
	/* an older one is stopped too */
	s->options.as_of = 20770;
	d = take(s, REST, "read 12, new 0, changed 0, same 6, rejected 0");
	assert_non_null(strstr(d->why, "as of 2026-11-13, older"));
	s->options.as_of = 20790;
	(void)take(s, REST, "read 0, new 0, changed 0, same 0, rejected 0");
	assert_non_null(strstr(s->err.text, "in the future"));
}

static void
a_resplit_moves_the_debt_and_the_level(void **state)
{
	struct support			*s = *state;
	const struct store_difference	*d;
	struct err			 err;

	begin(s);
	assert_true(db_script(s->db, "INSERT INTO item (instalment_id, cycle,"
	    " step, occurrence, state, amount, at, rule) VALUES"
	    " (1, 1, 'due', 1, 'accepted', 1000, 5, ''),"
	    " (1, 1, 'plus3', 1, 'accepted', 1000, 6, ''),"
	    " (1, 1, 'plus10', 1, 'released', 1000, 7, '')", &err));
	d = take(s, "F0,C1,Ana,2026-12-01,5.00\nF0,C1,Ana,2027-01-01,5.00\n"
	    "F1,C1,Ana,2026-11-01,10.00\nF2,C1,Ana,2026-11-01,10.00\n"
	    "F3,C1,Ana,2026-11-01,10.00\n" REST,
	    "read 22, new 0, changed 2, same 20, rejected 0");
	assert_int_equal(d->resplit, 1);
	assert_int_equal(balance(s, "F0"), 1000);
	assert_int_equal(support_number(s, "SELECT amount FROM entry"
	    " WHERE kind = 'transfer' AND instalment_id = 1"), -1000);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM instalment n"
	    " JOIN invoice i ON i.id = n.invoice_id WHERE i.ref = 'F0'"
	    " AND n.number IN (2, 3) AND n.amount = 500"), 2);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM item"
	    " WHERE rule = 'inherited' AND state = 'passed'"
	    " AND step IN ('due', 'plus3')"), 4);
	/* again: nothing; then one of them is paid, the other smaller */
	(void)take(s, "F0,C1,Ana,2026-12-01,5.00\nF0,C1,Ana,2027-01-01,5.00\n"
	    "F1,C1,Ana,2026-11-01,10.00\nF2,C1,Ana,2026-11-01,10.00\n"
	    "F3,C1,Ana,2026-11-01,10.00\n" REST,
	    "read 22, new 0, changed 0, same 22, rejected 0");
	d = take(s, "F0,C1,Ana,2027-01-01,4.00\n"
	    "F1,C1,Ana,2026-11-01,10.00\nF2,C1,Ana,2026-11-01,10.00\n"
	    "F3,C1,Ana,2026-11-01,10.00\n" REST,
	    "read 20, new 0, changed 1, same 19, rejected 0");
	assert_int_equal(d->resplit, 0);
	assert_int_equal(d->settled, 1);
	assert_int_equal(balance(s, "F0"), 400);
	/* back into one, with less: payment and transfer */
	d = take(s, "F0,C1,Ana,2026-12-24,1.00\nF0,C1,Ana,2026-12-25,1.00\n"
	    "F1,C1,Ana,2026-11-01,10.00\nF2,C1,Ana,2026-11-01,10.00\n"
	    "F3,C1,Ana,2026-11-01,10.00\n" REST,
	    "read 22, new 0, changed 2, same 20, rejected 0");
	assert_int_equal(d->resplit, 1);
	assert_int_equal(balance(s, "F0"), 200);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM item"
	    " WHERE rule = 'inherited' AND state = 'passed'"), 8);
}

/* Random snapshots: what is open afterwards is what the file said. */
static void
after_any_snapshot_the_ledger_says_the_same(void **state)
{
	struct support	*s = *state;
	uint64_t	 seed = 42;

	s->options.accept = true;
	for (int round = 0; round < 60; round++) {
		struct buf	file = BUF_INIT;
		int64_t		total = 0, rows = 0;

		buf_adds(&file, HEAD);
		for (int i = 0; i < 12; i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1;
			for (uint64_t n = (seed >> 33) % 4; n > 0; n--) {
				int	cents;

				seed = seed * UINT64_C(6364136223846793005) +
				    1;
				cents = 1 + (int)((seed >> 40) % 5) * 100;
				buf_addf(&file, "R%d,C%d,N,2026-1%d-%02d,"
				    "%d.%02d\n", i, i % 3,
				    (int)((seed >> 33) % 3),
				    1 + (int)((seed >> 50) % 4) +
				    (int)n * 5, cents / 100, cents % 100);
				total += cents;
				rows++;
			}
		}
		if (rows > 0)
			(void)support_import(s, support_file(s, "r.csv",
			    file.p, file.len));
		buf_fini(&file);
		if (rows == 0)
			continue;
		if (s->err.kind != ERR_NONE)
			fail_msg("round %d: %s", round, s->err.text);
		assert_int_equal(s->result->files[0].verdict, INTAKE_DONE);
		assert_int_equal(support_number(s, "SELECT SUM(amount) FROM"
		    " (SELECT amount FROM instalment UNION ALL"
		    "  SELECT amount FROM entry) AS t"), total);
		assert_int_equal(support_number(s, "SELECT COUNT(*) FROM"
		    " instalment n WHERE n.amount + COALESCE((SELECT"
		    " SUM(e.amount) FROM entry e WHERE e.instalment_id = n.id),"
		    " 0) <> 0"), rows);
	}
}

int
main(void)
{
#define SPACE(test) cmocka_unit_test_setup_teardown(test, open_space, \
	close_space)
	const struct CMUnitTest	tests[] = {
		SPACE(each_difference_becomes_its_fact),
		SPACE(out_of_band_stops_until_accepted),
		SPACE(a_resplit_moves_the_debt_and_the_level),
		SPACE(after_any_snapshot_the_ledger_says_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
