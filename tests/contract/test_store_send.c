/* SPDX-License-Identifier: ISC */
/* From a decision to the outcome, on both databases. */
#include "contract/fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include "support/claim.h"

static void
test_apply_twice_inserts_once(void **state)
{
	struct fix		*f = *state;
	struct store_applied	 a;

	fix_person(f, 1, 1);
	a = fix_notice(f, 1, "friendly", CHANNEL_EMAIL, T0);
	assert_int_equal(a.notices, 1);
	assert_int_equal(a.persons, 1);
	a = fix_notice(f, 1, "friendly", CHANNEL_EMAIL, T0);
	assert_int_equal(a.notices, 0);
	assert_int_equal(a.taken, 1);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM notice"), 1);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM item"), 1);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM message"), 1);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM audit_leaf"), 1);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM audit_salt"), 2);
	fix_verify(f);
}

static void
test_stale_decision_writes_nothing(void **state)
{
	struct fix			*f = *state;
	const int64_t			 id = 1;
	const struct store_pass		 pass = {
		.instalment_id = 11, .cycle = 1, .step = "s", .occurrence = 1,
		.rule = "expired",
	};
	struct store_decision		 d = {
		.person_id = 1, .rev = 1, .look_ms = TIME_NEVER,
		.passes = &pass, .pass_count = 1,
	};
	const struct store_basis	 basis = {.now_ms = T0};
	struct store_applied		 a;

	fix_person(f, 1, 1);
	OK(f, store_touch(f->store, &id, 1, T0 + 5, &f->err));
	OK(f, store_apply(f->store, &basis, &d, 1, &a, &f->err));
	assert_int_equal(a.stale, 1);
	assert_int_equal(a.passes, 0);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM item"), 0);
	assert_int_equal(fix_number(f, "SELECT agenda_at FROM person"), T0);
	d.rev = 2;
	OK(f, store_apply(f->store, &basis, &d, 1, &a, &f->err));
	assert_int_equal(a.stale, 0);
	assert_int_equal(a.passes, 1);
	OK(f, store_apply(f->store, &basis, &d, 1, &a, &f->err));
	assert_int_equal(a.passes, 0);
	assert_int_equal(fix_number(f, "SELECT agenda_at FROM person"),
	    TIME_NEVER);
}

static void
test_accepted(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;
	const struct snapshot		*snap;
	struct str			 bytes;
	struct hash			 hash;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_EMAIL, T0);
	snap = fix_snap(f, 1, T0);
	assert_int_equal(snap->customers[0].notice_count, 1);
	assert_int_equal(snap->event_count, 1);
	assert_true(snap->events[0].planned);
	c = fix_claim(f, CHANNEL_EMAIL, T0 + 1, 1);
	assert_string_equal(c->creditor, "acme");
	assert_string_equal(c->step, "friendly");
	assert_int_equal(c->item_count, 1);
	assert_int_equal(c->items[0].invoice_id, 1);
	assert_int_equal(strlen(c->key), STORE_KEY_LEN + 2);
	assert_int_equal(fix_intend(f, c->message_id, T0 + 2, 1, "Hola"),
	    STORE_LOOK_OK);
	OK(f, store_sealed(f->store, c->message_id, f->arena, &bytes, &hash,
	    &f->err));
	assert_true(str_is(bytes, "Hola"));
	assert_true(fix_outcome(f, c->message_id, STORE_ACCEPTED, T0 + 3, 1,
	    0));
	/* A second answer for the same try changes nothing. */
	assert_false(fix_outcome(f, c->message_id, STORE_REFUSED, T0 + 4, 1,
	    0));
	snap = fix_snap(f, 1, T0 + 5);
	assert_int_equal(snap->customers[0].notice_count, 0);
	assert_int_equal(snap->customers[0].invoices[0].instalments[0]
	    .items[0].state, ITEM_ACCEPTED);
	assert_false(snap->events[0].planned);
	assert_int_equal(snap->events[0].at_ms, T0 + 3);
	assert_string_equal(snap->customers[0].thread, c->key);
	assert_int_equal(fix_number(f, "SELECT agenda_at FROM person"),
	    T0 + 3);
	fix_verify(f);
}

static void
test_last_look(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;
	const int64_t			 id = 1;
	char				 first[STORE_KEY_LEN + 1];

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0);
	c = fix_claim(f, CHANNEL_SMS, T0 + 1, 1);
	memcpy(first, c->key, STORE_KEY_LEN);
	first[STORE_KEY_LEN] = '\0';
	OK(f, store_touch(f->store, &id, 1, T0 + 2, &f->err));
	assert_int_equal(fix_intend(f, c->message_id, T0 + 3, 1, "x"),
	    STORE_LOOK_CHANGED);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM notice"
	    " WHERE state = 'cancelled'"), 1);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM item"
	    " WHERE state = 'struck'"), 1);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM sealed"), 0);
	/* The same item again is a new notice, with another key. */
	assert_int_equal(fix_notice(f, 1, "friendly", CHANNEL_SMS, T0 + 4)
	    .notices, 1);
	c = fix_claim(f, CHANNEL_SMS, T0 + 5, 1);
	assert_memory_not_equal(first, c->key, STORE_KEY_LEN);
	/* not_after: T0 + 4 + one day is too late. */
	assert_int_equal(fix_intend(f, c->message_id, T0 + 4 + DAY_MS, 1, "x"),
	    STORE_LOOK_CHANGED);
	fix_verify(f);
}

static void
test_stop_and_epochs(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;
	const struct hash		 config = {{1}};
	int64_t				 epoch;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0);
	OK(f, store_set_stop(f->store, "ops", "wrong file", T0, &f->err));
	c = fix_claim(f, CHANNEL_SMS, T0 + 1, 1);
	assert_int_equal(fix_intend(f, c->message_id, T0 + 2, 1, "x"),
	    STORE_LOOK_STOPPED);
	OK(f, store_set_stop(f->store, "ops", "", T0, &f->err));
	c = fix_claim(f, CHANNEL_SMS, T0 + 3, 1);
	/* Another daemon's claim. */
	assert_int_equal(fix_intend(f, c->message_id, T0 + 4, 2, "x"),
	    STORE_LOOK_LOST);
	OK(f, store_config_loaded(f->store, &config, T0 + 5, &epoch, &f->err));
	assert_int_equal(epoch, 1);
	OK(f, store_config_loaded(f->store, &config, T0 + 5, &epoch, &f->err));
	assert_int_equal(epoch, 1);
	/* The daemon follows the new config; the notice was decided before. */
	const struct store_look_at	 at = {T0 + 6, 1, epoch};
	struct store_intent		 intent = {
		.message_id = c->message_id, .route = "r", .bytes = STR("x"),
	};

	OK(f, store_intend(f->store, &at, &intent, 1, &f->err));
	assert_int_equal(intent.look, STORE_LOOK_CHANGED);
	fix_verify(f);
}

static enum store_look
intend_void(struct fix *f, int64_t message_id, int64_t now_ms)
{
	const struct store_look_at	at = {
		.now_ms = now_ms, .daemon_epoch = 1,
	};
	struct store_intent		intent = {
		.message_id = message_id, .route = "r", .is_void = true,
		.rest_ms = now_ms + 10,
	};

	OK(f, store_intend(f->store, &at, &intent, 1, &f->err));
	return intent.look;
}

/* What cannot be made rests while its decision holds, and never goes out. */
static void
test_void_intent(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;
	const int64_t			 person = 1;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0);
	c = fix_claim(f, CHANNEL_SMS, T0 + 1, 1);
	assert_int_equal(intend_void(f, c->message_id, T0 + 2),
	    STORE_LOOK_STOPPED);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM message WHERE"
	    " state = 'ready' AND attempts = 0 AND first_at IS NULL"), 1);
	c = fix_claim(f, CHANNEL_SMS, T0 + 12, 1);
	OK(f, store_touch(f->store, &person, 1, T0 + 13, &f->err));
	assert_int_equal(intend_void(f, c->message_id, T0 + 14),
	    STORE_LOOK_CHANGED);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM item WHERE"
	    " state = 'struck'"), 1);
	assert_int_equal(intend_void(f, c->message_id, T0 + 15),
	    STORE_LOOK_LOST);
	fix_verify(f);
}

/* A daemon whose config is older than the store's sends nothing. */
static void
test_daemon_on_an_old_config(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0);
	c = fix_claim(f, CHANNEL_SMS, T0 + 1, 1);
	fix_run(f, "UPDATE meta SET value = '1' WHERE name = 'config_epoch'");
	assert_int_equal(fix_intend(f, c->message_id, T0 + 2, 1, "x"),
	    STORE_LOOK_CHANGED);
}

static void
test_generation_while_touching(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0);
	c = fix_claim(f, CHANNEL_SMS, T0 + 1, 1);
	fix_run(f, "INSERT INTO batch (kind, file, hash, author, started_at,"
	    " state, read_n, new_n, changed_n, same_n, rejected_n) VALUES"
	    " ('payments', 'f', (SELECT state FROM audit_frontier), 'x', 0,"
	    " 'visible', 0, 0, 0, 0, 0);"
	    " UPDATE meta SET value = '1' WHERE name = 'generation'");
	assert_int_equal(fix_intend(f, c->message_id, T0 + 2, 1, "x"),
	    STORE_LOOK_CHANGED);
	/* With all persons touched, their rev tells. */
	fix_run(f, "UPDATE batch SET state = 'done'");
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0 + 3);
	c = fix_claim(f, CHANNEL_SMS, T0 + 4, 1);
	assert_int_equal(fix_intend(f, c->message_id, T0 + 5, 1, "x"),
	    STORE_LOOK_OK);
}

static void
test_defer_refuse_retry_release(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;
	const struct snapshot		*snap;
	struct store_retry		 retry;
	struct store_decision		 d = {
		.person_id = 1, .look_ms = TIME_NEVER, .retries = &retry,
		.retry_count = 1,
	};
	struct store_basis		 basis = {.now_ms = T0 + 20};
	struct store_applied		 a;
	struct store_claims		 claims;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0);
	c = fix_claim(f, CHANNEL_SMS, T0 + 1, 1);
	assert_int_equal(fix_intend(f, c->message_id, T0 + 2, 1, "x"),
	    STORE_LOOK_OK);
	assert_true(fix_outcome(f, c->message_id, STORE_DEFERRED, T0 + 3, 1,
	    T0 + 10));
	OK(f, claim_some(f->store, CHANNEL_SMS, T0 + 9, 1, 9, f->arena,
	    &claims, &f->err));
	assert_int_equal(claims.count, 0);
	c = fix_claim(f, CHANNEL_SMS, T0 + 10, 1);
	assert_int_equal(c->attempts, 1);
	assert_int_equal(fix_intend(f, c->message_id, T0 + 11, 1, "y"),
	    STORE_LOOK_OK);
	assert_true(fix_outcome(f, c->message_id, STORE_REFUSED, T0 + 12, 1,
	    0));
	snap = fix_snap(f, 1, T0 + 13);
	assert_int_equal(snap->customers[0].notice_count, 1);
	assert_int_equal(snap->customers[0].notices[0].messages[0].state,
	    MSG_FAILED);
	retry = (struct store_retry){
		.notice_id = c->notice_id, .channel = CHANNEL_EMAIL,
		.address = "c@example.test", .not_after_ms = T0 + DAY_MS,
	};
	d.rev = snap->rev;
	OK(f, store_apply(f->store, &basis, &d, 1, &a, &f->err));
	assert_int_equal(a.retries, 1);
	OK(f, store_apply(f->store, &basis, &d, 1, &a, &f->err));
	assert_int_equal(a.retries, 0);
	c = fix_claim(f, CHANNEL_EMAIL, T0 + 21, 1);
	assert_int_equal(c->c, 2);
	assert_true(fix_outcome(f, c->message_id, STORE_REFUSED, T0 + 22, 1,
	    0));
	retry.channel = STORE_NO_CHANNEL;
	d.rev = fix_snap(f, 1, T0 + 23)->rev;
	OK(f, store_apply(f->store, &basis, &d, 1, &a, &f->err));
	assert_int_equal(a.released, 1);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM item"
	    " WHERE state = 'released'"), 1);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM attempt"), 3);
	fix_verify(f);
}

static void
test_rescue(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;
	struct store_rescued		 r;
	struct store_state		 s;
	int64_t				 epoch;

	fix_person(f, 1, 1);
	fix_person(f, 2, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0);
	fix_notice(f, 2, "friendly", CHANNEL_EMAIL, T0);
	OK(f, store_daemon_start(f->store, T0, &epoch, &f->err));
	assert_int_equal(epoch, 1);
	c = fix_claim(f, CHANNEL_SMS, T0 + 1, 1);
	assert_int_equal(fix_intend(f, c->message_id, T0 + 2, 1, "x"),
	    STORE_LOOK_OK);
	fix_claim(f, CHANNEL_EMAIL, T0 + 1, 1);
	OK(f, store_daemon_start(f->store, T0 + 3, &epoch, &f->err));
	OK(f, store_rescue(f->store, epoch, T0 + 3, &r, &f->err));
	assert_int_equal(r.back, 1);
	assert_int_equal(r.in_doubt, 1);
	assert_int_equal(r.dead, 0);
	/* The dead daemon's answer comes late: recorded, not believed. */
	assert_false(fix_outcome(f, c->message_id, STORE_ACCEPTED, T0 + 4, 2,
	    0));
	fix_claim(f, CHANNEL_EMAIL, T0 + 5, 2);
	OK(f, store_rescue(f->store, 3, T0 + 6, &r, &f->err));
	assert_int_equal(r.back, 0);
	assert_int_equal(r.dead, 1);
	/* What was decided beside it counted on it, and still does. */
	assert_int_equal(fix_snap(f, 2, T0 + 7)->event_count, 1);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM item"
	    " WHERE state = 'in-doubt'"), 1);
	OK(f, store_state(f->store, &s, &f->err));
	assert_int_equal(s.daemon_epoch, 2);
	fix_verify(f);
}

/* It slept while another daemon took over, but knows what it was told. */
static void
test_late_answers(void **state)
{
	static const struct {
		enum store_outcome_kind	 kind;
		bool			 is_written;
		const char		*state, *notice;
		int			 tasks;
	} rows[] = {
		{STORE_ACCEPTED, true, "accepted", "accepted", 0},
		{STORE_REFUSED, true, "failed", "open", 0},
		{STORE_DEFERRED, false, "in-doubt", "in-doubt", 1},
		{STORE_UNSENT, false, "in-doubt", "in-doubt", 1},
		{STORE_IN_DOUBT, false, "in-doubt", "in-doubt", 1},
	};
	struct fix			*f = *state;
	struct store_rescued		 r;
	const struct store_claimed	*c;
	char				 sql[300];
	int64_t				 ours, next;

	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		fix_person(f, (int64_t)i + 1, 1);
		fix_notice(f, (int64_t)i + 1, "friendly", CHANNEL_SMS, T0);
		OK(f, store_daemon_start(f->store, T0, &ours, &f->err));
		c = fix_claim(f, CHANNEL_SMS, T0 + 1, ours);
		assert_int_equal(fix_intend(f, c->message_id, T0 + 2, ours,
		    "x"), STORE_LOOK_OK);
		OK(f, store_daemon_start(f->store, T0 + 3, &next, &f->err));
		OK(f, store_rescue(f->store, next, T0 + 3, &r, &f->err));
		assert_int_equal(r.in_doubt, 1);
		fix_run(f, "INSERT INTO task (kind, notice_id, about, dedup,"
		    " due_at, owner, created_at) SELECT 'in_doubt', id, '',"
		    " key, 0, '', 0 FROM notice"
		    " WHERE id = (SELECT MAX(id) FROM notice)");
		assert_int_equal(fix_outcome(f, c->message_id, rows[i].kind,
		    T0 + 4, ours, 0), rows[i].is_written);
		(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM message"
		    " m JOIN notice n ON n.id = m.notice_id JOIN item i"
		    " ON i.notice_id = n.id WHERE m.id = %d AND m.state = '%s'"
		    " AND n.state = '%s' AND i.state = '%s'",
		    (int)c->message_id, rows[i].state, rows[i].notice,
		    rows[i].notice);
		assert_int_equal(fix_number(f, sql), 1);
		(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM task"
		    " WHERE notice_id = %d AND done_at IS NULL",
		    (int)c->notice_id);
		assert_int_equal(fix_number(f, sql), rows[i].tasks);
		fix_verify(f);
	}
}

/* The one message of person 1, as the snapshot shows it. */
static const struct snap_message *
seen(struct fix *f, int64_t at_ms)
{
	const struct snap_customer	*c = fix_snap(f, 1, at_ms)->customers;

	assert_int_equal(c->notice_count, 1);
	assert_int_equal(c->notices[0].message_count, 1);
	return c->notices[0].messages;
}

/* What policy decides about it: once more. */
static size_t
once_more(struct fix *f, const struct store_claimed *c, int64_t now_ms)
{
	const struct store_retry	retry = {
		.notice_id = c->notice_id, .again_id = c->message_id,
		.channel = (int)c->channel, .address = c->address,
		.not_after_ms = now_ms + HOUR_MS,
	};
	const struct store_decision	decision = {
		.person_id = 1, .rev = fix_snap(f, 1, now_ms)->rev,
		.look_ms = TIME_NEVER, .retries = &retry, .retry_count = 1,
	};
	const struct store_basis	basis = {.now_ms = now_ms};
	struct store_applied		applied;

	OK(f, store_apply(f->store, &basis, &decision, 1, &applied, &f->err));
	assert_int_equal(applied.stale, 0);
	return applied.retries;
}

static const struct store_claimed *
in_doubt(struct fix *f, int64_t at_ms)
{
	const struct store_claimed	*c;

	c = fix_claim(f, CHANNEL_EMAIL, at_ms, 1);
	assert_int_equal(fix_intend(f, c->message_id, at_ms, 1,
	    c->repeats ? "" : "x"), STORE_LOOK_OK);
	assert_true(fix_outcome(f, c->message_id, STORE_IN_DOUBT, at_ms, 1,
	    0));
	return c;
}

static void
test_resend_out_of_doubt(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;
	const int64_t			 id = 1;
	const int64_t			 late = T0 + 3 * DAY_MS;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_EMAIL, T0);
	c = in_doubt(f, T0 + 3);
	assert_int_equal(seen(f, T0 + 4)->state, MSG_IN_DOUBT);
	assert_int_equal(seen(f, T0 + 4)->doubts, 1);
	assert_true(seen(f, T0 + 4)->doubt_ms == T0 + 3);
	assert_int_equal(seen(f, T0 + 4)->resend, RESEND_BY_RULE);
	NO(f, store_cancel(f->store, c->notice_id, "ana", "", T0 + 3, &f->err),
	    ERR_INPUT);
	/* Days later, after all that it leant on has moved. */
	OK(f, store_touch(f->store, &id, 1, late, &f->err));
	assert_int_equal(once_more(f, c, late), 1);
	assert_int_equal(once_more(f, c, late), 0);	/* it is on its way */
	c = in_doubt(f, late + 1);
	assert_true(c->repeats);
	assert_int_equal(seen(f, late + 2)->doubts, 2);
	assert_true(seen(f, late + 2)->doubt_ms == late + 1);
	/* Not taken this time: the first time is still in doubt. */
	assert_int_equal(once_more(f, c, late + 2), 1);
	c = fix_claim(f, CHANNEL_EMAIL, late + 2, 1);
	assert_int_equal(fix_intend(f, c->message_id, late + 2, 1, ""),
	    STORE_LOOK_OK);
	assert_true(fix_outcome(f, c->message_id, STORE_DEFERRED, late + 3, 1,
	    late + 4));
	c = fix_claim(f, CHANNEL_EMAIL, late + 4, 1);
	assert_true(c->repeats);
	/* Changed meanwhile: not sent; in doubt again, and still taken. */
	OK(f, store_touch(f->store, &id, 1, late + 5, &f->err));
	assert_int_equal(fix_intend(f, c->message_id, late + 5, 1, ""),
	    STORE_LOOK_CHANGED);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM item"
	    " WHERE state = 'in-doubt'"), 1);
	assert_int_equal(seen(f, late + 6)->doubts, 2);
	assert_int_equal(fix_notice(f, 1, "friendly", CHANNEL_EMAIL, late + 5)
	    .taken, 1);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM message"), 1);
	fix_verify(f);
}

/* Two daemons died with a repeat: the first time may have reached them. */
static void
test_poisoned_repeat(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;
	struct store_rescued		 r;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_EMAIL, T0);
	c = in_doubt(f, T0 + 3);
	assert_int_equal(once_more(f, c, T0 + 5), 1);
	(void)fix_claim(f, CHANNEL_EMAIL, T0 + 6, 1);
	OK(f, store_rescue(f->store, 2, T0 + 7, &r, &f->err));
	assert_int_equal(r.back, 1);
	(void)fix_claim(f, CHANNEL_EMAIL, T0 + 8, 2);
	OK(f, store_rescue(f->store, 3, T0 + 9, &r, &f->err));
	assert_int_equal(r.dead, 0);
	assert_int_equal(r.in_doubt, 1);
	assert_int_equal(seen(f, T0 + 10)->state, MSG_IN_DOUBT);
	/* No rule gives it to a third one. */
	assert_int_equal(seen(f, T0 + 10)->resend, RESEND_DECLINED);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM item"
	    " WHERE state = 'in-doubt'"), 1);
	OK(f, store_resolve(f->store, c->message_id, STORE_WAS_SENT, "ana",
	    "they say so", T0 + 11, &f->err));
	fix_verify(f);
}

/* Paid while on the wire, and what is left of its invoice split anew. */
static void
test_split_beside_the_paid(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;

	fix_person(f, 1, 2);
	fix_notice(f, 1, "friendly", CHANNEL_EMAIL, T0);
	c = fix_claim(f, CHANNEL_EMAIL, T0 + 1, 1);
	assert_int_equal(fix_intend(f, c->message_id, T0 + 2, 1, "x"),
	    STORE_LOOK_OK);
	fix_run(f, "INSERT INTO entry (customer_id, instalment_id, kind, ref,"
	    " currency, amount, value_on, known_at, author, batch) VALUES"
	    " (1, 11, 'payment', 'p', 'EUR', -10000, 19600, 1700000000003,"
	    " 'ana', 0), (1, 12, 'transfer', 'feed', 'EUR', -10000, 19600,"
	    " 1700000000003, 'feed', 9)");
	/* the heir of both, and one that came by another way */
	fix_run(f, "INSERT INTO instalment (id, invoice_id, number, due,"
	    " amount, cycle, known_at, batch) VALUES"
	    " (13, 1, 3, 19600, 10000, 1, 1700000000003, 9),"
	    " (14, 1, 4, 19600, 10000, 1, 1700000000003, 10)");
	assert_true(fix_outcome(f, c->message_id, STORE_ACCEPTED, T0 + 4, 1,
	    0));
	assert_int_equal(fix_number(f, "SELECT count(*) FROM item"
	    " WHERE rule = 'inherited'"), 1);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM item"
	    " WHERE rule = 'inherited' AND instalment_id = 13"), 1);
}

/* A person's wish waits for policy, and ends with the next doubt. */
static void
test_resend_asked_for(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_EMAIL, T0);
	c = in_doubt(f, T0 + 3);
	OK(f, store_resolve(f->store, c->message_id, STORE_RESEND, "ana",
	    "asked", T0 + 4, &f->err));
	assert_int_equal(seen(f, T0 + 5)->state, MSG_IN_DOUBT);
	assert_int_equal(seen(f, T0 + 5)->resend, RESEND_ASKED);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM person"
	    " WHERE agenda_at <= 1700000000004"), 1);
	assert_int_equal(once_more(f, c, T0 + 5), 1);
	/* Taken back by a person: no rule sends it. */
	OK(f, store_cancel(f->store, c->notice_id, "ana", "no", T0 + 6,
	    &f->err));
	assert_int_equal(seen(f, T0 + 7)->state, MSG_IN_DOUBT);
	assert_int_equal(seen(f, T0 + 7)->resend, RESEND_DECLINED);
	OK(f, store_resolve(f->store, c->message_id, STORE_RESEND, "ana",
	    "after all", T0 + 8, &f->err));
	assert_int_equal(once_more(f, c, T0 + 9), 1);
	(void)in_doubt(f, T0 + 10);
	assert_int_equal(seen(f, T0 + 11)->resend, RESEND_BY_RULE);
	OK(f, store_resolve(f->store, c->message_id, STORE_WAS_SENT, "ana",
	    "they say so", T0 + 12, &f->err));
	NO(f, store_resolve(f->store, c->message_id, STORE_RESEND, "ana", "",
	    T0 + 13, &f->err), ERR_INPUT);
	fix_verify(f);
}

/* Nobody counted on a dead message: another contact makes it stale. */
static void
test_dead_does_not_stay_valid(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*dead, *c;
	struct store_rescued		 r;
	int64_t				 epoch;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0);
	OK(f, store_daemon_start(f->store, T0, &epoch, &f->err));
	dead = fix_claim(f, CHANNEL_SMS, T0 + 1, 1);
	OK(f, store_rescue(f->store, 2, T0 + 2, &r, &f->err));
	fix_claim(f, CHANNEL_SMS, T0 + 3, 2);
	OK(f, store_rescue(f->store, 3, T0 + 4, &r, &f->err));
	assert_int_equal(r.dead, 1);
	fix_notice(f, 1, "firm", CHANNEL_EMAIL, T0 + 5);
	c = fix_claim(f, CHANNEL_EMAIL, T0 + 6, 3);
	assert_int_equal(fix_intend(f, c->message_id, T0 + 6, 3, "x"),
	    STORE_LOOK_OK);
	assert_true(fix_outcome(f, c->message_id, STORE_ACCEPTED, T0 + 7, 3,
	    0));
	OK(f, store_resolve(f->store, dead->message_id, STORE_RESEND, "ana",
	    "again", T0 + 8, &f->err));
	fix_claim(f, CHANNEL_SMS, T0 + 9, 3);
	assert_int_equal(fix_intend(f, dead->message_id, T0 + 9, 3, "x"),
	    STORE_LOOK_CHANGED);
	fix_verify(f);
}

/* Once a doubt, though somebody closed it; settling it closes it. */
static void
test_doubt_task(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;
	struct store_new_task		 task = {.kind = "in_doubt",
	    .customer_id = 1, .about = "find out", .dedup = "in_doubt:K:1",
	    .due_ms = T0};
	const struct store_basis	 basis = {.now_ms = T0 + 9};
	struct store_applied		 applied;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_EMAIL, T0);
	c = in_doubt(f, T0 + 3);
	task.notice_id = c->notice_id;
	for (int i = 0; i < 3; i++) {
		const struct store_decision	decision = {
			.person_id = 1, .rev = fix_snap(f, 1, T0 + 9)->rev,
			.look_ms = TIME_NEVER, .tasks = &task,
			.task_count = 1,
		};

		OK(f, store_apply(f->store, &basis, &decision, 1, &applied,
		    &f->err));
		assert_int_equal(applied.tasks, i == 0);
		if (i == 1)
			OK(f, store_task_done(f->store, 1, "?", "ana",
			    T0 + 9, &f->err));
	}
	fix_run(f, "UPDATE task SET done_at = NULL");
	OK(f, store_resolve(f->store, c->message_id, STORE_WAS_SENT, "ana",
	    "they say so", T0 + 12, &f->err));
	assert_int_equal(fix_number(f, "SELECT count(*) FROM task"
	    " WHERE done_at IS NOT NULL AND notice_id = 1"), 1);
	fix_verify(f);
}

/* A thread that intends, while somebody else is about to commit. */
struct racer {
	struct fix		*f;
	int64_t			 message_id;
	enum store_look		 look;
	atomic_bool		 done;
};

static void *
race(void *arg)
{
	struct racer	*racer = arg;

	racer->look = fix_intend(racer->f, racer->message_id, T0 + 2, 1, "x");
	atomic_store(&racer->done, true);
	return NULL;
}

/* Until it has ended, or waits for a lock; bounded. */
static void
until_it_waits(struct fix *f, struct racer *racer)
{
	const struct timespec	pause = {0, 1000000};

	for (int i = 0; i < 10000 && !atomic_load(&racer->done); i++) {
		if (fix_number(f, "SELECT count(*) FROM pg_locks"
		    " WHERE NOT granted") > 0)
			return;
		(void)nanosleep(&pause, NULL);
	}
}

/*
 * What is written, and not committed yet when the last look is taken, is waited
 * for: a payment cannot come in between look and commit unseen.  SQLite has one
 * writer at a time anyway.
 */
static void
look_waits(struct fix *f, const char *write)
{
	struct racer	 racer = {.f = f};
	struct db	*other;
	pthread_t	 thread;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_EMAIL, T0);
	racer.message_id = fix_claim(f, CHANNEL_EMAIL, T0 + 1, 1)->message_id;
	other = testdb_open(&f->test, NULL);
	OK(f, db_begin(other, DB_TX_WRITE, &f->err));
	OK(f, db_exec(other, write, DB_NONE, NULL, &f->err));
	assert_int_equal(pthread_create(&thread, NULL, race, &racer), 0);
	until_it_waits(f, &racer);
	OK(f, db_commit(other, &f->err));
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_not_equal(racer.look, STORE_LOOK_OK);
	db_close(&other);
	fix_verify(f);
}

static void
test_look_waits_for_a_payment(void **state)
{
	struct fix	*f = *state;

	if (!f->test.is_pg)
		skip();
	look_waits(f, "UPDATE person SET rev = rev + 1 WHERE id = 1");
}

static void
test_look_waits_for_a_stop(void **state)
{
	struct fix	*f = *state;

	if (!f->test.is_pg)
		skip();
	look_waits(f, "UPDATE meta SET value = 'now' WHERE name = 'stop'");
}

/* RULES R8, by hand: length-prefixed fields, items in order, g. */
static void
test_key(void **state)
{
	struct fix		*f = *state;
	struct store_state	 s;
	struct buf		 bytes = BUF_INIT;
	struct buf		 text = BUF_INIT;
	struct hash		 hash;
	char			 key[1][STORE_KEY_LEN + 1];
	struct store_new_item	 items[2] = {
		{12, 1, "firm", 1, 1}, {11, 2, "soft", 3, 1},
	};
	struct store_new_notice	 notice = {.customer_id = 1, .items = items,
	    .item_count = 2};

	fix_person(f, 1, 2);
	OK(f, store_state(f->store, &s, &f->err));
	buf_addf(&bytes, "36:%s4:acme2:c111,2,3,4:soft12,1,1,4:firmg0",
	    s.instance);
	assert_true(hash_of(buf_str(&bytes), &hash));
	hash_base32(&text, hash.bytes, sizeof(hash.bytes));
	OK(f, store_keys(f->store, &notice, 1, key, &f->err));
	assert_memory_equal(key[0], text.p, STORE_KEY_LEN);
	items[0].occurrence = 2;
	OK(f, store_keys(f->store, &notice, 1, key, &f->err));
	assert_memory_not_equal(key[0], text.p, STORE_KEY_LEN);
	notice.customer_id = 9;
	NO(f, store_keys(f->store, &notice, 1, key, &f->err), ERR_INPUT);
	buf_fini(&bytes);
	buf_fini(&text);
}

static void
test_ceiling_counts(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;
	const int64_t			 hour = T0 - T0 % HOUR_MS;
	int64_t				 n;
	int64_t				 high;

	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0);
	c = fix_claim(f, CHANNEL_SMS, T0, 1);
	assert_int_equal(fix_intend(f, c->message_id, T0, 1, "x"),
	    STORE_LOOK_OK);
	assert_true(fix_outcome(f, c->message_id, STORE_UNSENT, T0, 1, T0));
	c = fix_claim(f, CHANNEL_SMS, T0, 1);
	/* A second try of the same message counts no second time. */
	assert_int_equal(fix_intend(f, c->message_id, T0, 1, "x"),
	    STORE_LOOK_OK);
	OK(f, store_sent(f->store, hour, hour + HOUR_MS, &n, &high, &f->err));
	assert_int_equal(n, 1);
	assert_int_equal(high, 0);
	OK(f, store_sent(f->store, hour + HOUR_MS, hour + 2 * HOUR_MS, &n,
	    &high, &f->err));
	assert_int_equal(n, 0);
}

static void
test_siblings_stay_valid(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;
	struct store_new_item		 items[2] = {
		{11, 1, "friendly", 1, 10000}, {12, 1, "friendly", 1, 10000},
	};
	struct store_new_notice		 notices[2];
	struct store_decision		 d = {
		.person_id = 1, .rev = 1, .look_ms = TIME_NEVER,
		.notices = notices, .notice_count = 2,
	};
	const struct store_basis	 basis = {.now_ms = T0};
	struct store_applied		 a;

	fix_person(f, 1, 2);
	for (int i = 0; i < 2; i++)
		notices[i] = (struct store_new_notice){
			.customer_id = 1, .policy = "p", .step = "friendly",
			.stage = STAGE_ADMINISTRATIVE, .items = &items[i],
			.item_count = 1, .channel = CHANNEL_SMS,
			.address = "+573001234567", .not_after_ms = T0 + DAY_MS,
		};
	OK(f, store_apply(f->store, &basis, &d, 1, &a, &f->err));
	assert_int_equal(a.notices, 2);
	for (int i = 0; i < 2; i++) {
		c = fix_claim(f, CHANNEL_SMS, T0 + 1 + i, 1);
		assert_int_equal(fix_intend(f, c->message_id, T0 + 1 + i, 1,
		    "x"), STORE_LOOK_OK);
		assert_true(fix_outcome(f, c->message_id, STORE_ACCEPTED,
		    T0 + 1 + i, 1, 0));
	}
	fix_verify(f);
}

static void
test_samples_make_seals_small(void **state)
{
	struct fix			*f = *state;
	const struct store_claimed	*c;
	const struct hash		 template_hash = {{7}};
	const struct store_look_at	 at = {.now_ms = T0, .daemon_epoch = 1};
	struct store_intent		 intent = {.route = "r",
		.template_hash = &template_hash};
	struct buf			 sample = BUF_INIT;
	struct buf			 text = BUF_INIT;
	struct str			 back;
	struct hash			 hash;

	for (int i = 0; i < 300; i++)
		buf_addf(&sample, "line %d of a template: %d\r\n", i,
		    i * 7919 % 1000);
	buf_addf(&text, "Dear Ana,\r\n%s", sample.p);
	fix_person(f, 1, 1);
	fix_notice(f, 1, "friendly", CHANNEL_SMS, T0);
	c = fix_claim(f, CHANNEL_SMS, T0, 1);
	OK(f, store_sample_put(f->store, &template_hash, buf_str(&sample),
	    &f->err));
	intent.message_id = c->message_id;
	intent.bytes = buf_str(&text);
	OK(f, store_intend(f->store, &at, &intent, 1, &f->err));
	assert_int_equal(intent.look, STORE_LOOK_OK);
	assert_in_range(fix_number(f, "SELECT length(bytes) FROM sealed"), 1,
	    120);
	OK(f, store_sealed(f->store, c->message_id, f->arena, &back, &hash,
	    &f->err));
	assert_true(str_eq(back, buf_str(&text)));
	fix_run(f, "UPDATE sealed SET hash = template_hash");
	NO(f, store_sealed(f->store, c->message_id, f->arena, &back, &hash,
	    &f->err), ERR_SYSTEM);
	buf_fini(&sample);
	buf_fini(&text);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		FIX_TEST(test_apply_twice_inserts_once),
		FIX_TEST(test_stale_decision_writes_nothing),
		FIX_TEST(test_accepted),
		FIX_TEST(test_last_look),
		FIX_TEST(test_stop_and_epochs),
		FIX_TEST(test_void_intent),
		FIX_TEST(test_daemon_on_an_old_config),
		FIX_TEST(test_generation_while_touching),
		FIX_TEST(test_defer_refuse_retry_release),
		FIX_TEST(test_rescue),
		FIX_TEST(test_late_answers),
		FIX_TEST(test_resend_out_of_doubt),
		FIX_TEST(test_poisoned_repeat),
		FIX_TEST(test_split_beside_the_paid),
		FIX_TEST(test_resend_asked_for),
		FIX_TEST(test_doubt_task),
		FIX_TEST(test_dead_does_not_stay_valid),
		FIX_TEST(test_look_waits_for_a_payment),
		FIX_TEST(test_look_waits_for_a_stop),
		FIX_TEST(test_key),
		FIX_TEST(test_ceiling_counts),
		FIX_TEST(test_siblings_stay_valid),
		FIX_TEST(test_samples_make_seals_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
