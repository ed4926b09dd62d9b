/* SPDX-License-Identifier: ISC */
/*
 * fixture.h - a fresh store with a small ledger, on SQLite or PostgreSQL (see
 * support/testdb.h).
 *
 * The ledger is written with SQL: intake's own path is another suite's.
 */
#ifndef DUNLIN_CONTRACT_FIXTURE_H
#define DUNLIN_CONTRACT_FIXTURE_H

#include "db/db.h"
#include "store/store.h"

#include "support/test.h"
#include "support/testdb.h"

#define T0	INT64_C(1700000000000)	/* 2023-11-14 */
#define DUE	19600			/* 2023-08-31 */

struct fix {
	struct testdb	 test;
	struct db	*db;		/* beside it, for seeds and looks */
	struct store	*store;
	struct arena	*arena;
	struct err	 err;
};

#define OK(f, call)	do { \
	if (!(call)) \
		fail_msg("%s:%d: %s", __FILE__, __LINE__, (f)->err.text); \
} while (0)
#define NO(f, call, want)	do { \
	assert_false(call); \
	if ((f)->err.kind != (want)) \
		fail_msg("%s:%d: kind %d: %s", __FILE__, __LINE__, \
		    (int)(f)->err.kind, (f)->err.text); \
} while (0)

/* cmocka setup and teardown. */
int	fix_setup(void **state);
int	fix_teardown(void **state);

#define FIX_TEST(name) \
	cmocka_unit_test_setup_teardown(name, fix_setup, fix_teardown)

int64_t	fix_number(struct fix *f, const char *sql);
void	fix_run(struct fix *f, const char *sql);

/*
 * Person `id` with one customer `id` ("c<id>", with email and phone, consent to
 * both) of creditor 1 ("acme"), one invoice `id` ("i<id>") in EUR with n
 * instalments of 100.00, ids id*10 + 1 .., due DUE, DUE + 30, ...; all known
 * since T0 - 100 days, due on the agenda at T0.
 */
void	fix_person(struct fix *f, int64_t id, int n);

/* Decides one notice for the first instalment of person id: step, channel. */
struct store_applied	fix_notice(struct fix *f, int64_t id, const char *step,
			    int channel, int64_t now_ms);

/* The person as known at an instant; lent by f->arena. */
const struct snapshot	*fix_snap(struct fix *f, int64_t id, int64_t at_ms);

/* Claims one message, or fails; a daemon of this epoch. */
const struct store_claimed	*fix_claim(struct fix *f, enum channel channel,
				    int64_t now_ms, int64_t epoch);

/* The intent of one message with bytes; what the last look said. */
enum store_look	fix_intend(struct fix *f, int64_t message_id, int64_t now_ms,
		    int64_t epoch, const char *bytes);

/* Its outcome; whether it was written. */
bool	fix_outcome(struct fix *f, int64_t message_id,
	    enum store_outcome_kind kind, int64_t now_ms, int64_t epoch,
	    int64_t next_ms);

/* The log is whole. */
void	fix_verify(struct fix *f);

#endif
