/* SPDX-License-Identifier: ISC */
#include "contract/fixture.h"
#include "support/claim.h"

#include <inttypes.h>

int
fix_setup(void **state)
{
	struct fix	*f = calloc(1, sizeof(*f));

	assert_non_null(f);
	testdb_init(&f->test);
	OK(f, store_create(f->test.dsn, T0, &f->err));
	OK(f, store_open(f->test.dsn, STORE_WRITER, &f->store, &f->err));
	f->db = testdb_open(&f->test, NULL);
	f->arena = arena_new();
	assert_non_null(f->arena);
	fix_run(f, "INSERT INTO creditor (ref, feed_at) VALUES"
	    " ('acme', 1699999000000)");
	*state = f;
	return 0;
}

int
fix_teardown(void **state)
{
	struct fix	*f = *state;

	arena_free(&f->arena);
	store_close(&f->store);
	db_close(&f->db);
	testdb_fini(&f->test);
	free(f);
	return 0;
}

int64_t
fix_number(struct fix *f, const char *sql)
{
	int64_t	n = -1;

	OK(f, db_number(f->db, sql, DB_NONE, &n, NULL, &f->err));
	return n;
}

void
fix_run(struct fix *f, const char *sql)
{
	OK(f, db_script(f->db, sql, &f->err));
}

static void
seed_instalments(struct fix *f, int64_t id, int n, int64_t known)
{
	for (int i = 0; i < n; i++)
		OK(f, db_exec(f->db, "INSERT INTO instalment (id, invoice_id,"
		    " number, due, amount, cycle, known_at, batch) VALUES"
		    " ($1, $2, $3, $4, 10000, 1, $5, 0)", DB_PARAMS(
		    DB_INT(id * 10 + 1 + i), DB_INT(id), DB_INT(i + 1),
		    DB_INT(DUE + 30 * i), DB_INT(known)), NULL, &f->err));
}

void
fix_person(struct fix *f, int64_t id, int n)
{
	const int64_t	known = T0 - 100 * DAY_MS;
	char		ref[40];
	char		mail[60];

	OK(f, db_exec(f->db, "INSERT INTO person (id, rev, agenda_at, epoch,"
	    " batch) VALUES ($1, 1, $2, 0, 0)", DB_PARAMS(DB_INT(id),
	    DB_INT(T0)), NULL, &f->err));
	snprintf(ref, sizeof(ref), "c%" PRId64, id);
	snprintf(mail, sizeof(mail), "c%" PRId64 "@example.test", id);
	OK(f, db_exec(f->db, "INSERT INTO customer (id, creditor_id, ref,"
	    " person_id, name, tax_id, type, status, country, region, zone,"
	    " language, policy, preferred, email, phone, whatsapp, address,"
	    " consent, known_at, batch) VALUES ($1, 1, $2, $1, 'Ana', '',"
	    " 'business', 'active', 'CO', '', 'America/Bogota', 'es', '',"
	    " 'sms', $3, '+573001234567', '', '', 'email sms', $4, 0)",
	    DB_PARAMS(DB_INT(id), DB_TEXT(str_of(ref)), DB_TEXT(str_of(mail)),
	    DB_INT(known)), NULL, &f->err));
	ref[0] = 'i';
	OK(f, db_exec(f->db, "INSERT INTO invoice (id, creditor_id,"
	    " customer_id, ref, currency, issued, status, pay_url, document,"
	    " purchase_order, policy, known_at, batch) VALUES ($1, 1, $1, $2,"
	    " 'EUR', $3, 'open', '', '', 'PO', '', $4, 0)",
	    DB_PARAMS(DB_INT(id), DB_TEXT(str_of(ref)), DB_INT(DUE - 30),
	    DB_INT(known)), NULL, &f->err));
	seed_instalments(f, id, n, known);
}

const struct snapshot *
fix_snap(struct fix *f, int64_t id, int64_t at_ms)
{
	struct snapshot	*snap = arena_alloc(f->arena, sizeof(*snap));

	assert_non_null(snap);
	OK(f, store_snapshots(f->store, &id, 1, at_ms, f->arena, snap,
	    &f->err));
	return snap;
}

struct store_applied
fix_notice(struct fix *f, int64_t id, const char *step, int channel,
    int64_t now_ms)
{
	const struct store_new_item	item = {
		.instalment_id = id * 10 + 1, .cycle = 1, .step = step,
		.occurrence = 1, .amount = 10000,
	};
	const struct store_new_notice	notice = {
		.customer_id = id, .policy = "standard", .step = step,
		.stage = STAGE_ADMINISTRATIVE, .items = &item,
		.item_count = 1, .channel = channel,
		.address = channel == CHANNEL_EMAIL ? "c@example.test" :
		    "+573001234567",
		.not_after_ms = now_ms + DAY_MS,
	};
	const struct store_decision	decision = {
		.person_id = id, .rev = fix_snap(f, id, now_ms)->rev,
		.look_ms = TIME_NEVER, .notices = &notice, .notice_count = 1,
	};
	const struct store_basis	basis = {.now_ms = now_ms};
	struct store_applied		applied;

	OK(f, store_apply(f->store, &basis, &decision, 1, &applied, &f->err));
	return applied;
}

const struct store_claimed *
fix_claim(struct fix *f, enum channel channel, int64_t now_ms, int64_t epoch)
{
	struct store_claims	claims;

	OK(f, claim_some(f->store, channel, now_ms, epoch, 1, f->arena,
	    &claims, &f->err));
	assert_int_equal(claims.count, 1);
	return claims.items;
}

enum store_look
fix_intend(struct fix *f, int64_t message_id, int64_t now_ms, int64_t epoch,
    const char *bytes)
{
	const struct store_look_at	at = {
		.now_ms = now_ms, .daemon_epoch = epoch,
	};
	struct store_intent		intent = {
		.message_id = message_id, .route = "outbox",
		.bytes = str_of(bytes),
	};

	OK(f, store_intend(f->store, &at, &intent, 1, &f->err));
	return intent.look;
}

bool
fix_outcome(struct fix *f, int64_t message_id, enum store_outcome_kind kind,
    int64_t now_ms, int64_t epoch, int64_t next_ms)
{
	struct store_outcome	outcome = {
		.message_id = message_id, .kind = kind, .next_ms = next_ms,
		.code = "250", .reply = "ok", .peer = "", .provider_id = "",
	};

	OK(f, store_outcomes(f->store, now_ms, epoch, &outcome, 1, &f->err));
	return outcome.is_written;
}

void
fix_verify(struct fix *f)
{
	struct store_audit_report	report;

	OK(f, store_audit_verify(f->store, &report, &f->err));
	if (report.why[0] != '\0')
		fail_msg("audit: %s", report.why);
	assert_int_equal(report.bad_seq, -1);
}
