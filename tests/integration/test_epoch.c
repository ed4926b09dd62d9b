/* SPDX-License-Identifier: ISC */
/*
 * 10,000 persons sleep until step +3.  A step at +1 is put into the policy by a
 * reload: every one of them gets it, once, and no batch is larger than it may.
 */
#include "integration/world.h"

#define PERSONS	10000
#define BATCH	200
#define T0	INT64_C(1791903600000)	/* Tue 2026-10-13 10:00 Bogota */
#define DAY0	20739			/* that day */

#define STEP(id, offset) "{ id = \"" id "\"; stage = \"administrative\";" \
	" offset = " offset "; channels = [ \"email\" ]; }"
#define CONFIG(steps) \
	"creditors = ({ ref = \"acme\"; legal_name = \"X\"; tax_id = \"1\";" \
	" country = \"CO\"; zone = \"America/Bogota\"; currency = \"EUR\";" \
	" language = \"es\"; policy = \"p\"; freshness = \"3000 d\"; });\n" \
	"policies = ({ name = \"p\"; gap = 1; steps = (" steps "); });\n"
static const char	before[] = CONFIG(STEP("d3", "3") ", "
				    STEP("d9", "9"));
static const char	after[] = CONFIG(STEP("d1", "1") ", "
				    STEP("d3", "3") ", " STEP("d9", "9"));

struct tally {
	int	d1[PERSONS + 1], d3[PERSONS + 1];
};

static void
fill(struct world *w)
{
	static char			refs[PERSONS][16];
	static struct store_record	records[PERSONS];

	for (int i = 0; i < PERSONS; i++) {
		(void)snprintf(refs[i], sizeof(refs[i]), "c%d", i);
		records[i] = world_customer(refs[i], refs[i], "CO",
		    "America/Bogota");
	}
	world_import(w, "acme", DAY_NONE, records, PERSONS, T0 - DAY_MS);
	for (int i = 0; i < PERSONS; i++)
		records[i] = world_invoice(refs[i], refs[i], 1, DAY0 - 1,
		    10000);
	world_import(w, "acme", DAY_NONE, records, PERSONS, T0 - DAY_MS);
}

static enum store_outcome_kind
count(void *arg, const struct store_claimed *claimed)
{
	struct tally	*tally = arg;
	bool		 is_d1 = strcmp(claimed->step, "d1") == 0;

	assert_in_range(claimed->person_id, 1, PERSONS);
	assert_true(is_d1 || strcmp(claimed->step, "d3") == 0);
	(is_d1 ? tally->d1 : tally->d3)[claimed->person_id]++;
	return STORE_ACCEPTED;
}

static void
check_all(const int *counts, int want)
{
	for (int i = 1; i <= PERSONS; i++)
		assert_int_equal(counts[i], want);
}

/*
 * One batch of the sweep, and beside it a person whose time has come: he is
 * not kept waiting by the others.
 */
static void
check_sweep(struct world *w, int64_t now_ms)
{
	struct desk_batch	batch;
	struct store_dues	dues;
	struct store_next	next;
	struct buf		stale = BUF_INIT;

	arena_reset(w->arena);
	OK(w, store_agenda_next(w->reader, w->config_epoch, &next, &w->err));
	assert_true(next.is_behind);
	OK(w, desk_decide(w->setup, w->reader, now_ms, w->config_epoch, BATCH,
	    w->arena, &batch, &stale, &w->err));
	assert_in_range(batch.count, 1, BATCH);
	OK(w, store_touch(w->staff, (int64_t[]){PERSONS}, 1, now_ms, &w->err));
	OK(w, store_agenda_take(w->reader, now_ms, w->config_epoch, BATCH,
	    BATCH / 4, w->arena, &dues, &w->err));
	assert_int_equal(dues.items[0].person_id, PERSONS);
	assert_int_equal(dues.count, 1 + BATCH / 4);
	buf_fini(&stale);
}

static void
test_new_step(void **state)
{
	static struct tally	tally;
	struct world		w;
	int64_t			now = T0, epoch;

	(void)state;
	world_open(&w, before, T0 - 2 * DAY_MS);
	fill(&w);
	/* all asleep: nobody is due before +3 */
	assert_int_equal(world_plan(&w, now, BATCH), 0);
	assert_int_equal(world_send(&w, now, count, &tally), 0);
	assert_true(world_number(&w, "SELECT MIN(agenda_at) FROM person") >=
	    T0 + DAY_MS);
	epoch = w.config_epoch;
	assert_int_equal(world_reload(&w, before, now), epoch);
	assert_int_equal(world_reload(&w, after, now), epoch + 1);
	check_sweep(&w, now);
	assert_int_equal(world_plan(&w, now, BATCH), PERSONS);
	assert_int_equal(world_send(&w, now, count, &tally), PERSONS);
	(void)world_plan(&w, now, BATCH);
	check_all(tally.d1, 1);
	check_all(tally.d3, 0);
	assert_int_equal(world_number(&w, "SELECT COUNT(*) FROM person"
	    " WHERE epoch <> 2"), 0);
	/* a day later nothing, two days later what they slept for */
	for (int day = 1; day <= 3; day++) {
		now = T0 + day * DAY_MS;
		(void)world_plan(&w, now, BATCH);
		(void)world_send(&w, now, count, &tally);
	}
	check_all(tally.d1, 1);
	check_all(tally.d3, 1);
	(void)world_verify(&w);
	world_close(&w);
}

/* What was decided under the old config does not go out under the new one. */
static void
test_decided_before(void **state)
{
	static struct tally	tally;
	struct world		w;
	int64_t			now = T0 + 2 * DAY_MS;

	(void)state;
	memset(&tally, 0, sizeof(tally));
	world_open(&w, before, T0 - 2 * DAY_MS);
	fill(&w);
	assert_int_equal(world_plan(&w, now, BATCH), PERSONS);
	(void)world_reload(&w, after, now);
	assert_int_equal(world_send(&w, now, count, &tally), 0);
	(void)world_plan(&w, now, BATCH);
	assert_int_equal(world_send(&w, now, count, &tally), PERSONS);
	/* at +3 with nothing sent: one message, the first overdue step */
	check_all(tally.d1, 1);
	check_all(tally.d3, 0);
	(void)world_verify(&w);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_new_step),
		cmocka_unit_test(test_decided_before),
	};

	return cmocka_run_group_tests_name("config epochs", tests, NULL, NULL);
}
