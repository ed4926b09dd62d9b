/* SPDX-License-Identifier: ISC */
/*
 * claim.c - what a message costs in the store on its way out, whatever the
 * size of the ledger.
 *
 *	claim seed DSN N READY	a new store: N persons with an instalment each,
 *				READY of them with a message that is due
 *	claim run DSN COUNT	claims, seals, intends and settles COUNT of
 *				these; prints the seconds of each
 */
#include "store/store_decide.h"
#include "store/store_meta.h"
#include "store/store_send.h"

#include "base/clock.h"
#include "db/db.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define NOW	INT64_C(1700000000000)
#define BATCH	256
#define BYTES	8192

static int
fail(const struct err *err)
{
	(void)fprintf(stderr, "claim: %s\n", err->text);
	return 1;
}

static double
seconds(void)
{
	struct timespec	now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#define COUNTED	"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1" \
	" FROM n WHERE i < $1) "

static bool
seed_ledger(const char *dsn, int64_t count, struct err *err)
{
	static const char *const	sql[] = {
		"INSERT INTO person (id, rev, agenda_at, epoch, batch) "
		    COUNTED "SELECT i, 1, 9000000000000, 0, 0 FROM n",
		"INSERT INTO customer (id, creditor_id, ref, person_id, name,"
		    " tax_id, type, status, country, region, zone, language,"
		    " policy, preferred, email, phone, whatsapp, address,"
		    " consent, known_at, batch) " COUNTED "SELECT i, 1,"
		    " 'c' || i, i, 'Ana', '', 'business', 'active', 'CO', '',"
		    " 'America/Bogota', 'es', '', '', 'c@example.test', '',"
		    " '', '', 'email', 1, 0 FROM n",
		"INSERT INTO invoice (id, creditor_id, customer_id, ref,"
		    " currency, issued, status, pay_url, document,"
		    " purchase_order, policy, known_at, batch) " COUNTED
		    "SELECT i, 1, i, 'f' || i, 'EUR', 19500, 'open', '', '',"
		    " '', '', 1, 0 FROM n",
		"INSERT INTO instalment (id, invoice_id, number, due, amount,"
		    " cycle, known_at, batch) " COUNTED
		    "SELECT i, i, 1, 19600, 10000, 1, 1, 0 FROM n",
	};
	struct db	*db = NULL;
	bool		 ok;

	if (!db_open(dsn, NULL, &db, err))
		return false;
	ok = db_script(db, "INSERT INTO creditor (ref, feed_at)"
	    " VALUES ('acme', 1)", err);
	for (size_t i = 0; ok && i < sizeof(sql) / sizeof(sql[0]); i++)
		ok = db_exec(db, sql[i], DB_PARAMS(DB_INT(count)), NULL, err);
	db_close(&db);
	return ok;
}

static bool
decide(struct store *store, int64_t id, struct err *err)
{
	const struct store_basis	basis = {.now_ms = NOW};
	const struct store_new_item	item = {.instalment_id = id,
		.cycle = 1, .step = "d3", .occurrence = 1, .amount = 10000};
	const struct store_new_notice	notice = {.customer_id = id,
		.policy = "standard", .step = "d3",
		.stage = STAGE_ADMINISTRATIVE, .items = &item,
		.item_count = 1, .channel = CHANNEL_EMAIL,
		.address = "c@example.test", .not_after_ms = NOW + DAY_MS};
	const struct store_decision	decision = {.person_id = id, .rev = 1,
		.look_ms = TIME_NEVER, .notices = &notice, .notice_count = 1};
	struct store_applied		applied;

	return store_apply(store, &basis, &decision, 1, &applied, err) &&
	    (applied.notices == 1 || err_set(err, ERR_SYSTEM, "no notice"));
}

/* The persons lie all over the tables. */
static bool
seed_messages(struct store *store, int64_t count, int64_t ready,
    struct err *err)
{
	if (!store_begin(store, err))
		return false;
	for (int64_t i = 0; i < ready; i++) {
		if (!decide(store, i * (count / ready) + 1, err)) {
			store_rollback(store);
			return false;
		}
	}
	return store_commit(store, err);
}

struct times {
	double	claim, intend, outcome;
};

static bool
send_batch(struct store *store, size_t limit, struct arena *arena,
    struct times *times, size_t *sent, struct err *err)
{
	static char		 bytes[BYTES];
	const struct store_look_at	at = {NOW + 1, 1, 0};
	struct store_intent	*intents;
	struct store_outcome	*outcomes;
	struct store_claims	 claims;
	double			 t[4];

	t[0] = seconds();
	if (!store_claim(store, CHANNEL_EMAIL, NOW, 1, STORE_SOUND, limit,
	    arena, &claims, err))
		return false;
	if (claims.count == 0)
		return err_set(err, ERR_SYSTEM, "%zu sent, then none was"
		    " ready", *sent);
	t[1] = seconds();
	intents = arena_array(arena, claims.count, sizeof(*intents));
	outcomes = arena_array(arena, claims.count, sizeof(*outcomes));
	if (intents == NULL || outcomes == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < BYTES; i++)	/* no two are alike */
		bytes[i] = (char)(' ' + i * (size_t)claims.items->message_id %
		    89);
	for (size_t i = 0; i < claims.count; i++) {
		intents[i] = (struct store_intent){
		    .message_id = claims.items[i].message_id,
		    .route = "relay", .bytes = {bytes, BYTES}};
		outcomes[i] = (struct store_outcome){
		    .message_id = intents[i].message_id,
		    .kind = STORE_ACCEPTED, .code = "250 2.0.0",
		    .reply = "250 2.0.0 Ok: queued as 4D1C2", .peer = "relay",
		    .provider_id = ""};
	}
	if (!store_intend(store, &at, intents, claims.count, err))
		return false;
	t[2] = seconds();
	if (!store_outcomes(store, NOW + 2, 1, outcomes, claims.count, err))
		return false;
	t[3] = seconds();
	for (size_t i = 0; i < claims.count; i++)
		*sent += outcomes[i].is_written;
	times->claim += t[1] - t[0];
	times->intend += t[2] - t[1];
	times->outcome += t[3] - t[2];
	return true;
}

static bool
run(struct store *store, size_t count, struct err *err)
{
	struct arena	*arena = arena_new();
	struct times	 times = {0, 0, 0};
	size_t		 sent = 0;
	bool		 ok = arena != NULL || err_nomem(err);

	while (ok && sent < count) {
		arena_reset(arena);
		ok = send_batch(store, count - sent < BATCH ? count - sent :
		    BATCH, arena, &times, &sent, err);
	}
	arena_free(&arena);
	(void)printf("claim %.6f intend %.6f outcome %.6f\n", times.claim,
	    times.intend, times.outcome);
	return ok;
}

int
main(int argc, char **argv)
{
	bool		 seeds = argc == 5 && strcmp(argv[1], "seed") == 0;
	struct store	*store = NULL;
	struct err	 err;
	bool		 ok;

	if (!seeds && (argc != 4 || strcmp(argv[1], "run") != 0)) {
		(void)fprintf(stderr, "usage: claim seed DSN N READY |"
		    " claim run DSN COUNT\n");
		return 2;
	}
	if (seeds && (!store_create(argv[2], NOW, &err) ||
	    !seed_ledger(argv[2], strtoll(argv[3], NULL, 10), &err)))
		return fail(&err);
	if (!store_open(argv[2], STORE_WRITER, &store, &err))
		return fail(&err);
	ok = seeds ? seed_messages(store, strtoll(argv[3], NULL, 10),
	    strtoll(argv[4], NULL, 10), &err) :
	    run(store, (size_t)strtoll(argv[3], NULL, 10), &err);
	store_close(&store);
	return ok ? 0 : fail(&err);
}
