/* SPDX-License-Identifier: ISC */
/* The life of a store, its state, its guard, and the agenda. */
#include "contract/fixture.h"

#include <unistd.h>

static void
test_a_fresh_store(void **state)
{
	struct fix		*f = *state;
	struct store_state	 s;
	struct store		*other = NULL;

	OK(f, store_state(f->store, &s, &f->err));
	assert_int_equal(s.mode, STORE_REHEARSAL);
	assert_int_equal(s.daemon_epoch, 0);
	assert_int_equal(s.config_epoch, 0);
	assert_int_equal(s.generation, 0);
	assert_int_equal(s.created_ms, T0);
	assert_string_equal(s.stop, "");
	assert_int_equal(strlen(s.instance), STORE_UUID_LEN);
	assert_int_equal(s.instance[14], '4');
	NO(f, store_create(f->test.dsn, T0, &f->err), ERR_INPUT);
	OK(f, store_open(f->test.dsn, STORE_READER, &other, &f->err));
	assert_false(store_meta_set(other, "x", "y", &f->err));
	store_close(&other);
	fix_verify(f);
}

static void
test_other_schemas_are_refused(void **state)
{
	struct fix	*f = *state;
	struct store	*other = NULL;
	int64_t		 from = -1;
	int64_t		 to = -1;

	OK(f, store_migrate(f->test.dsn, &from, &to, &f->err));
	assert_int_equal(from, to);
	fix_run(f, "UPDATE meta SET value = '99' WHERE name = 'schema'");
	NO(f, store_open(f->test.dsn, STORE_WRITER, &other, &f->err),
	    ERR_INPUT);
	assert_non_null(strstr(f->err.text, "newer"));
	NO(f, store_migrate(f->test.dsn, NULL, NULL, &f->err), ERR_INPUT);
	fix_run(f, "UPDATE meta SET value = '0' WHERE name = 'schema'");
	NO(f, store_open(f->test.dsn, STORE_READER, &other, &f->err),
	    ERR_INPUT);
	assert_non_null(strstr(f->err.text, "dunlin store migrate"));
	/* A script that fails half-way leaves version and tables as they were:
	 * here the first finds its tables there. */
	assert_false(store_migrate(f->test.dsn, NULL, NULL, &f->err));
	assert_int_equal(fix_number(f, "SELECT CAST(value AS @int) FROM meta"
	    " WHERE name = 'schema'"), 0);
	fix_run(f, "DROP TABLE meta");
	NO(f, store_open(f->test.dsn, STORE_WRITER, &other, &f->err),
	    ERR_INPUT);
	assert_non_null(strstr(f->err.text, "dunlin init"));
	assert_null(other);
}

static void
test_live_stop_meta(void **state)
{
	struct fix		*f = *state;
	struct store_state	 s;
	const char		*value;

	OK(f, store_set_live(f->store, "ana", "tested", T0, &f->err));
	NO(f, store_set_live(f->store, "ana", "again", T0, &f->err),
	    ERR_INPUT);
	OK(f, store_set_stop(f->store, "ana", "bad file", T0, &f->err));
	OK(f, store_state(f->store, &s, &f->err));
	assert_int_equal(s.mode, STORE_LIVE);
	assert_string_equal(s.stop, "bad file");
	OK(f, store_meta_get(f->store, "breaker.a", f->arena, &value,
	    &f->err));
	assert_null(value);
	OK(f, store_meta_set(f->store, "breaker.a", "1", &f->err));
	OK(f, store_meta_set(f->store, "breaker.a", "2", &f->err));
	OK(f, store_meta_get(f->store, "breaker.a", f->arena, &value,
	    &f->err));
	assert_string_equal(value, "2");
	/* live, stop: two leaves; the refused one left none. */
	assert_int_equal(fix_number(f, "SELECT count(*) FROM audit_leaf"), 2);
	fix_verify(f);
}

static enum store_guard
guard(struct fix *f, const char *machine, const char *path)
{
	enum store_guard	g;
	char			why[400];

	OK(f, store_guard(f->store, machine, path, &g, why, &f->err));
	assert_int_equal(g == STORE_GUARD_OK, why[0] == '\0');
	return g;
}

static void
test_guard_against_clones(void **state)
{
	struct fix	*f = *state;
	char		 path[128];
	FILE		*fp;

	snprintf(path, sizeof(path), "%s/instance", f->test.dir);
	assert_int_equal(guard(f, "m1", path), STORE_GUARD_NEW);
	NO(f, store_adopt(f->store, "m1\nx", path, "ana", "r", T0, &f->err),
	    ERR_INPUT);
	OK(f, store_adopt(f->store, "m1", path, "ana", "new", T0, &f->err));
	assert_int_equal(guard(f, "m1", path), STORE_GUARD_OK);
	assert_int_equal(guard(f, "m2", path), STORE_GUARD_MACHINE);
	/* A clone on the same machine has the database without the file. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(guard(f, "m1", path), STORE_GUARD_FILE);
	assert_non_null(fp = fopen(path, "w"));
	fputs("dunlin instance 1\nshort", fp);
	fclose(fp);
	assert_int_equal(guard(f, "m1", path), STORE_GUARD_FILE);
	OK(f, store_guard_note(f->store, "m1", path, &f->err));
	assert_int_equal(guard(f, "m1", path), STORE_GUARD_OK);
	/* A backup of before the adoption was put back. */
	fix_run(f, "UPDATE audit_frontier SET size = 0");
	assert_int_equal(guard(f, "m1", path), STORE_GUARD_BEHIND);
	assert_int_equal(unlink(path), 0);
}

static void
test_transactions_nest(void **state)
{
	struct fix	*f = *state;

	OK(f, store_begin(f->store, &f->err));
	OK(f, store_set_live(f->store, "ana", "x", T0, &f->err));
	OK(f, store_audit_event(f->store, "clock_step", "", "1 s", T0,
	    &f->err));
	store_rollback(f->store);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM audit_leaf"), 0);
	OK(f, store_begin(f->store, &f->err));
	OK(f, store_set_live(f->store, "ana", "x", T0, &f->err));
	OK(f, store_audit_event(f->store, "clock_step", "", "1 s", T0,
	    &f->err));
	OK(f, store_commit(f->store, &f->err));
	assert_int_equal(fix_number(f, "SELECT size FROM audit_frontier"), 2);
	NO(f, store_audit_event(f->store, "no such", "", "", T0, &f->err),
	    ERR_INPUT);
	fix_verify(f);
}

static void
test_touch_and_agenda(void **state)
{
	struct fix		*f = *state;
	const int64_t		 twice[] = {2, 2, 1};
	struct store_dues	 dues;
	struct store_next	 next;
	bool			 done;

	OK(f, store_agenda_next(f->store, 0, &next, &f->err));
	assert_int_equal(next.agenda_ms, TIME_NEVER);
	assert_int_equal(next.message_ms, TIME_NEVER);
	for (int64_t id = 1; id <= 3; id++)
		fix_person(f, id, 1);
	OK(f, store_agenda_set(f->store, 1, 1, 0, T0 + 50, &done, &f->err));
	assert_true(done);
	OK(f, store_agenda_set(f->store, 1, 7, 0, T0 + 99, &done, &f->err));
	assert_false(done);
	OK(f, store_touch(f->store, twice, 3, T0 + 20, &f->err));
	assert_int_equal(fix_number(f, "SELECT sum(rev) FROM person"), 5);
	OK(f, store_agenda_take(f->store, T0 + 10, 0, 10, 0, f->arena, &dues,
	    &f->err));
	assert_int_equal(dues.count, 2);	/* 2 stays at T0, 3 too */
	assert_int_equal(dues.items[0].person_id, 2);
	OK(f, store_agenda_take(f->store, T0 + 20, 0, 10, 0, f->arena, &dues,
	    &f->err));
	assert_int_equal(dues.count, 3);
	/* The sweep: persons of an older epoch, behind what is due, bounded. */
	fix_run(f, "UPDATE person SET agenda_at = 9000000000000000");
	OK(f, store_agenda_take(f->store, T0, 1, 10, 2, f->arena, &dues,
	    &f->err));
	assert_int_equal(dues.count, 2);
	OK(f, store_agenda_next(f->store, 1, &next, &f->err));
	assert_true(next.is_behind);
	OK(f, store_agenda_next(f->store, 0, &next, &f->err));
	assert_false(next.is_behind);
	/* Persons of a hidden batch do not exist yet. */
	fix_run(f, "UPDATE person SET batch = 7 WHERE id = 3;"
	    "UPDATE meta SET value = '7' WHERE name = 'hidden_batch'");
	OK(f, store_persons(f->store, 0, 10, f->arena, &dues, &f->err));
	assert_int_equal(dues.count, 2);
}

static void
test_find(void **state)
{
	struct fix		*f = *state;
	struct store_refs	 refs;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0);
	OK(f, store_find(f->store, "i1", NULL, f->arena, &refs, &f->err));
	assert_int_equal(refs.count, 1);
	assert_int_equal(refs.items[0].kind, STORE_REF_INVOICE);
	assert_int_equal(refs.items[0].person_id, 1);
	assert_string_equal(refs.items[0].creditor, "acme");
	OK(f, store_find(f->store, "c1", "acme", f->arena, &refs, &f->err));
	assert_int_equal(refs.items[0].kind, STORE_REF_CUSTOMER);
	OK(f, store_find(f->store, "c1", "other", f->arena, &refs, &f->err));
	assert_int_equal(refs.count, 0);
	OK(f, store_find(f->store, fix_claim(f, CHANNEL_SMS, T0, 1)->key, NULL,
	    f->arena, &refs, &f->err));
	assert_int_equal(refs.count, 1);
	assert_int_equal(refs.items[0].kind, STORE_REF_NOTICE);
	OK(f, store_find(f->store, "' OR 1 = 1 --", NULL, f->arena, &refs,
	    &f->err));
	assert_int_equal(refs.count, 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		FIX_TEST(test_a_fresh_store),
		FIX_TEST(test_other_schemas_are_refused),
		FIX_TEST(test_live_stop_meta),
		FIX_TEST(test_guard_against_clones),
		FIX_TEST(test_transactions_nest),
		FIX_TEST(test_touch_and_agenda),
		FIX_TEST(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
