/* SPDX-License-Identifier: ISC */
#include "integration/world.h"
#include "support/claim.h"

#include "support/testdb.h"

#include <sys/stat.h>
#include <unistd.h>

static void
write_config(struct world *w, const char *config)
{
	const char	*srcdir = getenv("srcdir");
	FILE		*fp = fopen(w->conf, "w");

	assert_non_null(fp);
	(void)fprintf(fp, "store = { file = \"%s/test.db\"; };\n%s\n"
	    "@include \"%s/conf/calendars/*.conf\"\n", w->dir, config,
	    srcdir != NULL ? srcdir : DUNLIN_SRCDIR);
	assert_int_equal(fclose(fp), 0);
}

static struct setup *
load(struct world *w)
{
	struct setup	*setup = NULL;
	struct buf	 findings = BUF_INIT;

	if (!setup_load(w->conf, &setup, &findings, &w->err))
		fail_msg("%s%s", buf_text(&findings), w->err.text);
	buf_fini(&findings);
	return setup;
}

void
world_open(struct world *w, const char *config, int64_t now_ms)
{
	*w = (struct world){.dir = "/dev/shm/dunlin-world.XXXXXX"};
	if (mkdtemp(w->dir) == NULL) {
		(void)snprintf(w->dir, sizeof(w->dir),
		    "/tmp/dunlin-world.XXXXXX");
		assert_non_null(mkdtemp(w->dir));
	}
	(void)snprintf(w->conf, sizeof(w->conf), "%s/dunlin.conf", w->dir);
	write_config(w, config);
	w->setup = load(w);
	w->test = calloc(1, sizeof(*w->test));
	assert_non_null(w->test);
	testdb_init(w->test);
	if (!w->test->is_pg)
		(void)snprintf(w->test->dsn, sizeof(w->test->dsn), "%s",
		    w->setup->dsn);
	w->dsn = w->test->dsn;
	OK(w, store_create(w->dsn, now_ms, &w->err));
	OK(w, store_open(w->dsn, STORE_WRITER, &w->store, &w->err));
	OK(w, store_open(w->dsn, STORE_WRITER, &w->staff, &w->err));
	OK(w, store_open(w->dsn, STORE_READER, &w->reader, &w->err));
	w->db = testdb_open(w->test, NULL);
	w->arena = arena_new();
	assert_non_null(w->arena);
	OK(w, store_config_loaded(w->store, &w->setup->hash, now_ms,
	    &w->config_epoch, &w->err));
	(void)world_daemon(w, now_ms);
}

static void
remove_files(const char *dir)
{
	static const char *const	names[] = {"dunlin.conf", "test.db",
	    "test.db-wal", "test.db-shm", "test.db.import", "test.db-import"};
	char				path[200];

	for (size_t i = 0; i < TEST_COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	if (rmdir(dir) != 0)
		(void)fprintf(stderr, "# %s stays\n", dir);
}

void
world_close(struct world *w)
{
	arena_free(&w->arena);
	store_close(&w->store);
	store_close(&w->staff);
	store_close(&w->reader);
	db_close(&w->db);
	testdb_fini(w->test);
	free(w->test);
	setup_free(&w->setup);
	remove_files(w->dir);
}

int64_t
world_reload(struct world *w, const char *config, int64_t now_ms)
{
	write_config(w, config);
	setup_free(&w->setup);
	w->setup = load(w);
	OK(w, store_config_loaded(w->store, &w->setup->hash, now_ms,
	    &w->config_epoch, &w->err));
	return w->config_epoch;
}

struct store_rescued
world_daemon(struct world *w, int64_t now_ms)
{
	struct store_rescued	rescued;

	OK(w, store_daemon_start(w->store, now_ms, &w->epoch, &w->err));
	OK(w, store_rescue(w->store, w->epoch, now_ms, &rescued, &w->err));
	return rescued;
}

/* --- imports -------------------------------------------------------------- */

struct store_record
world_customer(const char *ref, const char *person, const char *country,
    const char *zone)
{
	struct store_record	r = {.kind = STORE_REC_CUSTOMER,
	    .ref = str_of(ref), .known_at = TIME_NONE, .on = DAY_NONE,
	    .due = DAY_NONE};

	r.texts[CUSTOMER_NAME] = STR("Ana Paz");
	r.texts[CUSTOMER_TYPE] = STR("consumer");
	r.texts[CUSTOMER_COUNTRY] = str_of(country);
	r.texts[CUSTOMER_ZONE] = str_of(zone);
	r.texts[CUSTOMER_LANGUAGE] = STR("es");
	r.texts[CUSTOMER_EMAIL] = STR("ana@example.test");
	r.texts[CUSTOMER_PHONE] = STR("+573001234567");
	r.texts[CUSTOMER_CONSENT] = STR("email sms");
	r.texts[CUSTOMER_PERSON] = str_of(person);
	return r;
}

struct store_record
world_invoice(const char *ref, const char *customer, int number, int32_t due,
    int64_t amount)
{
	struct store_record	r = {.kind = STORE_REC_INVOICE,
	    .ref = str_of(ref), .currency = "EUR", .number = number,
	    .amount = amount, .on = due - 30, .due = due,
	    .known_at = TIME_NONE};

	r.texts[INVOICE_STATUS] = STR("open");
	r.texts[INVOICE_CUSTOMER] = str_of(customer);
	return r;
}

static void
rejected(void *arg, int64_t line, const char *field, const char *reason)
{
	(void)arg;
	fail_msg("line %lld, %s: %s", (long long)line, field, reason);
}

void
world_import(struct world *w, const char *creditor, int32_t as_of,
    struct store_record *records, size_t count, int64_t now_ms)
{
	struct store_intake_job	 job = {.kind = "test", .creditor = creditor,
	    .file = "test.csv", .author = "test", .now_ms = now_ms,
	    .today = (int32_t)((now_ms - 5 * HOUR_MS) / DAY_MS),
	    .is_snapshot = as_of != DAY_NONE, .as_of = as_of,
	    .max_vanished_bp = 10000, .accept = true, .spool_dir = w->dir};
	struct store_intake	*in = NULL;
	struct store_difference	 difference;

	w->imports++;
	(void)memcpy(&job.hash, &w->imports, sizeof(w->imports));
	for (size_t i = 0; i < count; i++)
		records[i].line = (int64_t)i + 2;
	OK(w, store_intake_begin(w->staff, &job, &in, &w->err));
	OK(w, store_intake_apply(in, records, count, rejected, NULL, &w->err));
	if (job.is_snapshot) {
		OK(w, store_intake_settle(in, &difference, rejected, NULL,
		    &w->err));
		if (difference.why[0] != '\0')
			fail_msg("snapshot: %s", difference.why);
	}
	OK(w, store_intake_finish(&in, 0, &w->err));
}

/* --- looks ---------------------------------------------------------------- */

int64_t
world_number(struct world *w, const char *sql)
{
	int64_t	n = -1;

	OK(w, db_number(w->db, sql, DB_NONE, &n, NULL, &w->err));
	return n;
}

int64_t
world_number_of(struct world *w, const char *sql, int64_t one)
{
	int64_t	n = -1;

	OK(w, db_number(w->db, sql, DB_PARAMS(DB_INT(one)), &n, NULL,
	    &w->err));
	return n;
}

struct store_audit_report
world_verify(struct world *w)
{
	struct store_audit_report	report;

	OK(w, store_audit_verify(w->store, &report, &w->err));
	if (report.why[0] != '\0')
		fail_msg("audit: %s", report.why);
	assert_int_equal(report.bad_seq, -1);
	assert_int_equal(report.open_intents, 0);
	return report;
}

/* --- the daemon's two wheels ---------------------------------------------- */

size_t
world_plan(struct world *w, int64_t now_ms, size_t limit)
{
	struct desk_batch	batch;
	struct store_applied	applied;
	struct buf		stale = BUF_INIT;
	size_t			made = 0;

	for (;;) {
		arena_reset(w->arena);
		OK(w, desk_decide(w->setup, w->reader, now_ms,
		    w->config_epoch, limit, w->arena, &batch, &stale,
		    &w->err));
		if (batch.count == 0)
			break;
		OK(w, store_apply(w->store, &batch.basis, batch.decisions,
		    batch.count, &applied, &w->err));
		made += applied.notices;
	}
	buf_fini(&stale);
	return made;
}

static size_t
send_batch(struct world *w, const struct store_claims *claims, int64_t now_ms,
    world_wire_fn *fn, void *arg)
{
	const struct store_look_at	 at = {now_ms, w->epoch,
					    w->config_epoch};
	struct store_intent		*intents = arena_array(w->arena,
					    claims->count, sizeof(*intents));
	struct store_outcome		*outcomes = arena_array(w->arena,
					    claims->count, sizeof(*outcomes));
	size_t				 n = 0;

	assert_true(intents != NULL && outcomes != NULL);
	for (size_t i = 0; i < claims->count; i++)
		intents[i] = (struct store_intent){
		    .message_id = claims->items[i].message_id,
		    .route = "outbox", .bytes = STR("hello")};
	OK(w, store_intend(w->store, &at, intents, claims->count, &w->err));
	for (size_t i = 0; i < claims->count; i++) {
		if (intents[i].look != STORE_LOOK_OK)
			continue;
		outcomes[n++] = (struct store_outcome){
		    .message_id = claims->items[i].message_id,
		    .kind = fn(arg, &claims->items[i]),
		    .next_ms = now_ms + HOUR_MS, .code = "250", .reply = "",
		    .peer = "", .provider_id = ""};
	}
	OK(w, store_outcomes(w->store, now_ms, w->epoch, outcomes, n,
	    &w->err));
	return n;
}

size_t
world_send(struct world *w, int64_t now_ms, world_wire_fn *fn, void *arg)
{
	struct store_claims	claims;
	size_t			sent = 0;

	for (int channel = 0; channel < CHANNEL_COUNT; ) {
		arena_reset(w->arena);
		OK(w, claim_some(w->store, (enum channel)channel, now_ms,
		    w->epoch, 200, w->arena, &claims, &w->err));
		if (claims.count == 0)
			channel++;
		else
			sent += send_batch(w, &claims, now_ms, fn, arg);
	}
	return sent;
}
