/* SPDX-License-Identifier: ISC */
#include "tests/support/test.h"

#include "tests/unit/intake/support.h"

#include <signal.h>
#include <sys/wait.h>

#define CUSTOMERS \
	"customer;name;country;email;phone;whatsapp;tax_id\n" \
	"C1;Ana Mu\xc3\xb1oz;CO;ana@x.test;300 123 4567;;900\n" \
	"C2;Luis;CO;luis@x.test;(601) 2345678;+57 321 1234567;900\n"
#define INVOICES \
	"factura;cliente;fecha;vencimiento;importe\n" \
	"F1;C1;01/10/2026;31/10/2026;1.000,50\n" \
	"F2;C1;01/11/2026;30/11/2026;200,00\n" \
	"F2;C1;01/11/2026;30/12/2026;300,00\n" \
	"F3;C2;01/11/2026;15/11/2026;50,00\n"

static int
open_space(void **state)
{
	static struct support	s;

	support_open(&s, SUPPORT_CREDITOR("COP", "20%"));
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

#define assert_counts(s, file, counts) do { \
	const struct intake_file	*file_ = (file); \
	if (strcmp(support_counts(file_), counts) != 0) \
		fail_msg("%s (%s: %s)", support_counts(file_), (s)->err.text, \
		    file_->shown_count > 0 ? file_->shown[0].reason : ""); \
	} while (0)

static void
a_portfolio_comes_in_once(void **state)
{
	struct support	*s = *state;

	assert_counts(s, support_text(s, "c.csv", CUSTOMERS),
	    "read 2, new 2, changed 0, same 0, rejected 0");
	assert_int_equal(s->result->files[0].kind, INTAKE_CUSTOMERS);
	assert_counts(s, support_text(s, "i.csv", INVOICES),
	    "read 4, new 4, changed 0, same 0, rejected 0");
	assert_int_equal(s->result->files[0].kind, INTAKE_INVOICES);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM invoice"), 3);
	assert_int_equal(support_number(s, "SELECT SUM(amount)"
	    " FROM instalment"), 155050);
	/* one person: equal country and tax id */
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM person"), 1);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM customer"
	    " WHERE phone = '+573001234567' AND consent = 'email sms'"), 1);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM customer"
	    " WHERE phone = '+576012345678' AND consent = 'email whatsapp'"
	    " AND whatsapp = '+573211234567'"), 1);
	assert_int_equal(support_number(s, "SELECT CAST(value AS @int)"
	    " FROM meta WHERE name = 'generation'"), 2);
	assert_int_equal(support_number(s, "SELECT rev FROM person"), 3);
	assert_counts(s, support_text(s, "c.csv", CUSTOMERS),
	    "read 2, new 0, changed 0, same 2, rejected 0");
	assert_counts(s, support_text(s, "i.csv", INVOICES),
	    "read 4, new 0, changed 0, same 4, rejected 0");
	assert_int_equal(support_number(s, "SELECT rev FROM person"), 3);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM batch_touch"),
	    0);
}

static void
changes_are_versions_and_entries(void **state)
{
	struct support	*s = *state;

	(void)support_text(s, "c.csv", CUSTOMERS);
	(void)support_text(s, "i.csv", INVOICES);
	s->options.now_ms += DAY_MS;
	assert_counts(s, support_text(s, "i2.csv",
	    "factura;cliente;fecha;vencimiento;importe\n"
	    "F1;C1;01/10/2026;31/10/2026;900,50\n"
	    "F3;C2;01/11/2026;20/11/2026;50,00\n"),
	    "read 2, new 0, changed 2, same 0, rejected 0");
	assert_int_equal(support_number(s, "SELECT amount FROM entry"
	    " WHERE kind = 'adjustment'"), -10000);
	assert_int_equal(support_number(s, "SELECT COUNT(*)"
	    " FROM instalment_change WHERE due = 20777"), 1);
	assert_counts(s, support_text(s, "c2.csv",
	    "customer,name,email\nC1,Ana Maria,ana2@x.test\n"),
	    "read 1, new 0, changed 1, same 0, rejected 0");
	/* what the feed lacks stays */
	assert_int_equal(support_number(s, "SELECT COUNT(*)"
	    " FROM customer_change WHERE name = 'Ana Maria'"
	    " AND phone = '+573001234567' AND consent = 'email sms'"), 1);
	assert_counts(s, support_text(s, "c2.csv",
	    "customer,name,email\nC1,Ana Maria,ana2@x.test\n"),
	    "read 1, new 0, changed 0, same 1, rejected 0");
}

static void
payments_are_booked_once_oldest_first(void **state)
{
	static const char	payments[] =
	    "reference,invoice,customer,date,amount\n"
	    "P1,F2,C1,2026-11-20,250.00\n"
	    "P2,F2,C1,2026-11-21,300.00\n"
	    "P3,,C2,2026-11-21,10.00\n";
	struct support		*s = *state;

	(void)support_text(s, "c.csv", CUSTOMERS);
	(void)support_text(s, "i.csv", INVOICES);
	assert_counts(s, support_text(s, "p.csv", payments),
	    "read 3, new 3, changed 0, same 0, rejected 0");
	assert_int_equal(s->result->files[0].kind, INTAKE_PAYMENTS);
	assert_int_equal(support_number(s, "SELECT SUM(e.amount) FROM entry e"
	    " JOIN instalment n ON n.id = e.instalment_id"
	    " WHERE n.number = 1"), -20000);
	assert_int_equal(support_number(s, "SELECT SUM(e.amount) FROM entry e"
	    " JOIN instalment n ON n.id = e.instalment_id"
	    " WHERE n.number = 2"), -30000);
	/* 50 of P2 are too much, P3 names no invoice */
	assert_int_equal(support_number(s, "SELECT SUM(amount) FROM entry"
	    " WHERE instalment_id IS NULL"), -6000);
	assert_counts(s, support_text(s, "p.csv", payments),
	    "read 3, new 0, changed 0, same 3, rejected 0");
	assert_counts(s, support_text(s, "p2.csv",
	    "reference,invoice,date,amount\nP1,F2,2026-11-20,251.00\n"),
	    "read 1, new 0, changed 0, same 0, rejected 1");
	s->options.kind = INTAKE_CREDIT_NOTES;
	assert_counts(s, support_text(s, "n.csv",
	    "reference,invoice,date,amount\nP1,F1,2026-11-20,100.50\n"),
	    "read 1, new 1, changed 0, same 0, rejected 0");
	assert_int_equal(support_number(s, "SELECT amount FROM entry"
	    " WHERE kind = 'credit'"), -10050);
	s->options.kind = INTAKE_FIND;
}

static void
a_bad_row_stops_its_file(void **state)
{
	static const char	bad[] = "customer;name;country;phone\n"
	    "C1;Ana;CO;300 123 4567\nC2;\"Lu;is\";CO;12345\nC3;Eva;XX;\n";
	struct support		*s = *state;
	char			 text[1024];
	FILE			*fp;
	size_t			 len;

	assert_counts(s, support_text(s, "c.csv", bad),
	    "read 3, new 0, changed 0, same 0, rejected 2");
	assert_int_equal(s->result->files[0].verdict, INTAKE_REFUSED);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM customer"), 0);
	assert_int_equal(s->result->files[0].shown_count, 2);
	assert_int_equal(s->result->files[0].shown[0].line, 3);
	assert_string_equal(s->result->files[0].shown[0].field, "phone");
	assert_non_null(fp = fopen(s->result->files[0].rejects, "r"));
	len = fread(text, 1, sizeof(text) - 1, fp);
	text[len] = '\0';
	(void)fclose(fp);
	assert_non_null(strstr(text, "customer;name;country;phone;line;field;"
	    "reason\nC2;\"Lu;is\";CO;12345;3;phone;"));
	s->options.keep_good = true;
	assert_counts(s, support_text(s, "c.csv", bad),
	    "read 3, new 1, changed 0, same 0, rejected 2");
	assert_int_equal(s->result->files[0].verdict, INTAKE_DONE);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM customer"), 1);
	/* the rejects, put right, are a file; the old list goes */
	s->options.keep_good = false;
	assert_counts(s, support_text(s, "c.csv", "customer;name;country;phone"
	    ";line;field;reason\nC2;Luis;CO;3001234567;3;phone;x\n"),
	    "read 1, new 1, changed 0, same 0, rejected 0");
	assert_null(s->result->files[0].rejects);
}

static void
what_the_ledger_refuses_undoes_the_file(void **state)
{
	struct support	*s = *state;

	(void)support_text(s, "c.csv", CUSTOMERS);
	assert_counts(s, support_text(s, "i.csv",
	    "invoice,customer,due_date,amount\nF1,C1,2026-10-31,5.00\n"
	    "F2,C9,2026-10-31,5.00\n"),
	    "read 2, new 0, changed 0, same 0, rejected 1");
	assert_int_equal(s->result->files[0].verdict, INTAKE_REFUSED);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM invoice"), 0);
	assert_int_equal(support_number(s, "SELECT COUNT(*)"
	    " FROM instalment"), 0);
	assert_int_equal(support_number(s, "SELECT CAST(value AS @int)"
	    " FROM meta WHERE name = 'hidden_batch'"), -1);
	s->options.keep_good = true;
	assert_counts(s, support_text(s, "i.csv",
	    "invoice,customer,due_date,amount\nF1,C1,2026-10-31,5.00\n"
	    "F2,C9,2026-10-31,5.00\n"),
	    "read 2, new 1, changed 0, same 0, rejected 1");
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM invoice"), 1);
	assert_non_null(s->result->files[0].rejects);
	s->options.keep_good = false;
}

static void
a_dry_run_changes_nothing(void **state)
{
	struct support	*s = *state;

	s->options.dry_run = true;
	assert_counts(s, support_text(s, "c.csv", CUSTOMERS),
	    "read 2, new 2, changed 0, same 0, rejected 0");
	s->options.dry_run = false;
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM customer"), 0);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM person"), 0);
}

static void
rows_can_be_ambiguous_or_twice(void **state)
{
	struct support	*s = *state;

	(void)support_text(s, "c.csv", CUSTOMERS);
	(void)support_text(s, "i.csv",
	    "invoice,customer,due_date,amount\nF1,C1,03/04/2026,5.00\n");
	assert_int_equal(s->err.kind, ERR_INPUT);
	assert_non_null(strstr(s->err.text, "i.csv:2: \"03/04/2026\""));
	(void)support_text(s, "i.csv",
	    "invoice,customer,due_date,amount\nF1,C1,2026-04-03,5.000\n");
	assert_non_null(strstr(s->err.text, "thousands"));
	assert_counts(s, support_text(s, "i.csv",
	    "invoice,customer,due_date,amount\nF1,C1,2026-04-03,5.01\n"
	    "F1,C1,2026-04-03,5.01\n"),
	    "read 2, new 0, changed 0, same 0, rejected 1");
	/* not one after the other, and not alike */
	assert_counts(s, support_text(s, "i.csv",
	    "invoice,customer,due_date,amount\nF1,C1,2026-04-03,5.01\n"
	    "F2,C1,2026-04-03,5.01\nF1,C1,2026-04-03,6.01\n"),
	    "read 3, new 0, changed 0, same 0, rejected 1");
	(void)support_text(s, "x.csv", "foo,bar\n1,2\n");
	assert_non_null(strstr(s->err.text, "do not tell what it holds"));
}

static void
json_lines_and_joined_files_come_in(void **state)
{
	struct support	*s = *state;

	assert_counts(s, support_text(s, "i.json",
	    "{\"invoice\":\"F1\",\"customer\":\"C1\",\"name\":\"Ana\","
	    "\"due_date\":\"2026-10-31\",\"amount\":1234.125,"
	    "\"currency\":\"KWD\"}\n"
	    "{\"invoice\":\"F2\",\"customer\":\"C1\",\"name\":\"Ana\","
	    "\"due_date\":\"2026-10-31\",\"amount\":\"5.00\"}\n"),
	    "read 4, new 3, changed 0, same 1, rejected 0");
	assert_int_equal(support_number(s, "SELECT n.amount FROM instalment n"
	    " JOIN invoice i ON i.id = n.invoice_id"
	    " WHERE i.currency = 'KWD'"), 1234125);
	assert_int_equal(support_number(s, "SELECT exponent FROM currency"
	    " WHERE code = 'KWD'"), 3);
}

/* Killed between two slices, before and after the batch was shown. */
static void
a_dead_import_is_undone_or_finished(void **state)
{
	struct support		*s = *state;
	struct store_recovered	 recovered;
	struct store_intake_job	 job = {.kind = "customers",
		.creditor = "acme", .file = "f", .author = "test",
		.now_ms = 1000, .max_vanished_bp = 2000};
	struct store_record	 record = {.kind = STORE_REC_CUSTOMER,
		.ref = STR("D1"), .known_at = TIME_NONE};
	struct store_intake	*intake, *second = NULL;
	struct err		 err;

	record.texts[CUSTOMER_NAME] = STR("Dead");
	assert_true(store_intake_begin(s->store, &job, &intake, &err));
	assert_true(store_intake_apply(intake, &record, 1, NULL, NULL, &err));
	/* another import waits its turn */
	assert_false(store_intake_begin(s->store, &job, &second, &err));
	assert_int_equal(err.kind, ERR_LATER);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM customer"), 1);
	assert_true(store_intake_recover(s->store, &recovered, &err));
	assert_int_equal(recovered.undone, 0);
	/* as if it had died: only the lock goes */
	store_intake_forget(&intake);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM customer"), 1);
	assert_true(store_intake_recover(s->store, &recovered, &err));
	assert_int_equal(recovered.undone, 1);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM customer"), 0);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM person"), 0);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM batch_touch"),
	    0);

	(void)support_text(s, "c.csv", CUSTOMERS);
	assert_true(db_script(s->db, "INSERT INTO batch_touch VALUES (2, 2);"
	    " UPDATE batch SET state = 'visible' WHERE id = 2", &err));
	assert_int_equal(support_number(s, "SELECT rev FROM person"), 2);
	assert_true(store_intake_recover(s->store, &recovered, &err));
	assert_int_equal(recovered.finished, 1);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM batch"
	    " WHERE state = 'visible'"), 0);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM batch_touch"),
	    0);
}

/* Dies by a signal nobody can catch when so many slices are applied. */
static void
die_after_slices(void *arg, const char *file, const char *phase,
    int64_t rows, int64_t bytes, int64_t total)
{
	int	*left = arg;

	(void)file;
	(void)rows;
	(void)bytes;
	(void)total;
	if (strcmp(phase, "apply") == 0 && --*left == 0)
		(void)raise(SIGKILL);
}

/* SQLite's handles do not survive a fork: each side opens its own. */
static void
import_and_die(struct support *s, const char *path, int slices)
{
	int	status;
	pid_t	pid;

	db_close(&s->db);
	store_close(&s->store);
	(void)fflush(NULL);
	if ((pid = fork()) == 0) {
		s->options.progress = die_after_slices;
		s->options.arg = &slices;
		if (store_open(s->dsn, STORE_WRITER, &s->store, &s->err))
			(void)support_import(s, path);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_true(store_open(s->dsn, STORE_WRITER, &s->store, &s->err));
	assert_true(db_open(s->dsn, NULL, &s->db, &s->err));
}

/* Left out by a first import, see store_intake_bulk.c. */
static bool
has_index(struct support *s)
{
	return support_number(s, "SELECT COUNT(*) FROM sqlite_master"
	    " WHERE name = 'invoice_customer'") == 1;
}

static void
killed_at_any_slice_nothing_is_half_there(void **state)
{
	struct support		*s = *state;
	struct store_recovered	 recovered;
	struct buf		 file = BUF_INIT;
	char			 path[128];

	/* there a dead client's session ends when the server notices */
	if (getenv("DUNLIN_TEST_PG") != NULL)
		skip();
	buf_adds(&file, "invoice,customer,name,email,due_date,amount\n");
	for (int i = 0; i < 40000; i++)
		buf_addf(&file, "F%d,C%d,Name,c%d@x.test,2026-12-01,1.00\n", i,
		    i % 500, i % 500);
	(void)snprintf(path, sizeof(path), "%s", support_file(s, "k.csv",
	    file.p, file.len));
	/* sixteen slices are one transaction */
	for (int slices = 1; slices <= 19; slices += 6) {
		import_and_die(s, path, slices);
		assert_int_equal(support_number(s, "SELECT COUNT(*)"
		    " FROM invoice") > 0, slices > 16);
		assert_false(has_index(s));
		/* the next import, or a daemon's start, begins with this */
		assert_true(store_intake_recover(s->store, &recovered,
		    &s->err));
		assert_int_equal(recovered.undone, 1);
		assert_true(has_index(s));
		assert_int_equal(support_number(s, "SELECT (SELECT COUNT(*)"
		    " FROM invoice) + (SELECT COUNT(*) FROM instalment) +"
		    " (SELECT COUNT(*) FROM customer) + (SELECT COUNT(*)"
		    " FROM person) + (SELECT COUNT(*) FROM batch_touch)"), 0);
	}
	import_and_die(s, path, 17);
	assert_counts(s, support_import(s, path),
	    "read 80000, new 40500, changed 0, same 39500, rejected 0");
	assert_true(has_index(s));
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM person"
	    " WHERE rev = 2"), 500);
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM batch"
	    " WHERE state IN ('hidden', 'visible')"), 0);
	assert_counts(s, support_import(s, path),
	    "read 80000, new 0, changed 0, same 80000, rejected 0");
	buf_fini(&file);
}

/* Names that break things elsewhere come through byte for byte. */
static void
hostile_names_come_through(void **state)
{
	static const char *const	names[] = {
		"Ana \\\"O'Neil\\\" <b>\\r\\nBcc: x@y",
		"[Ana](http://evil.test)", "'; DROP TABLE customer; --",
		"\360\237\230\200 \342\200\256evil", "{{ x }} {% y %}",
	};
	struct support	*s = *state;
	struct buf	 file = BUF_INIT;

	for (size_t i = 0; i < TEST_COUNT(names); i++)
		buf_addf(&file, "{\"customer\":\"N%zu\",\"name\":\"%s\"}\n", i,
		    names[i]);
	assert_counts(s, support_import(s, support_file(s, "n.json", file.p,
	    file.len)), "read 5, new 5, changed 0, same 0, rejected 0");
	assert_int_equal(support_number(s, "SELECT COUNT(*) FROM customer"
	    " WHERE ref = 'N0' AND name = 'Ana \"O''Neil\" <b>\r\nBcc: x@y'"),
	    1);
	assert_counts(s, support_text(s, "z.json",
	    "{\"customer\":\"Z\",\"name\":\"a\\u0000b\"}\n"),
	    "read 1, new 0, changed 0, same 0, rejected 1");
	buf_fini(&file);
}

int
main(void)
{
#define SPACE(test) cmocka_unit_test_setup_teardown(test, open_space, \
	close_space)
	const struct CMUnitTest	tests[] = {
		SPACE(a_portfolio_comes_in_once),
		SPACE(changes_are_versions_and_entries),
		SPACE(payments_are_booked_once_oldest_first),
		SPACE(a_bad_row_stops_its_file),
		SPACE(what_the_ledger_refuses_undoes_the_file),
		SPACE(a_dry_run_changes_nothing),
		SPACE(rows_can_be_ambiguous_or_twice),
		SPACE(json_lines_and_joined_files_come_in),
		SPACE(a_dead_import_is_undone_or_finished),
		SPACE(killed_at_any_slice_nothing_is_half_there),
		SPACE(hostile_names_come_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
