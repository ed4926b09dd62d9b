/* SPDX-License-Identifier: ISC */
/* The end of a world: nothing is lost, and the log tells the same story. */
#include "integration/history.h"

static int64_t
taken(struct history *h, const struct book_inst *inst, const char *step)
{
	int64_t	n = 0;

	OK(&h->w, db_number(h->w.db, "SELECT COUNT(*) FROM item WHERE"
	    " instalment_id = $1 AND step = $2 AND (state = 'accepted' OR"
	    " (state = 'passed' AND rule <> ''))", DB_PARAMS(
	    DB_INT(inst->id), DB_TEXT(str_of(step))), &n, NULL, &h->w.err));
	return n;
}

/* No channel was left for it: a person has the task to find one. */
static bool
was_given_up(struct history *h, const struct book_inst *inst, const char *step)
{
	int64_t	n = 0;

	OK(&h->w, db_number(h->w.db, "SELECT COUNT(*) FROM item i"
	    " JOIN notice n ON n.id = i.notice_id WHERE i.instalment_id = $1"
	    " AND i.step = $2 AND i.state = 'released'"
	    " AND n.ended_why = 'no channel left'", DB_PARAMS(
	    DB_INT(inst->id), DB_TEXT(str_of(step))), &n, NULL, &h->w.err));
	return n > 0;
}

/*
 * Everything was set free months ago: of each debt every overdue step was
 * taken, or passed by a rule, unless the customer cannot be reached.
 */
static void
check_none_lost(struct history *h)
{
	for (size_t i = 0; i < h->inst_count; i++) {
		struct book_inst		*inst = &h->insts[i];
		const struct book_invoice	*invoice =
		    &h->invoices[inst->invoice];
		unsigned			 optouts =
		    h->customers[invoice->customer].optouts;
		int64_t				 n;

		assert_int_equal(world_number_of(&h->w, "SELECT n.amount +"
		    " COALESCE((SELECT SUM(e.amount) FROM entry e WHERE"
		    " e.instalment_id = n.id), 0) FROM instalment n WHERE"
		    " n.id = $1", inst->id), inst->balance);
		for (int s = 2; s < HISTORY_STEPS && inst->balance > 0; s++) {
			if ((optouts & 1u << CHANNEL_EMAIL) != 0 &&
			    (optouts & 1u << CHANNEL_SMS) != 0)
				break;
			n = taken(h, inst, history_steps[s].id);
			if (n > 1 || (n == 0 && !was_given_up(h, inst,
			    history_steps[s].id)))
				BROKEN(h, "%s/%d (id %lld): %s was %s",
				    invoice->ref, inst->number,
				    (long long)inst->id, history_steps[s].id,
				    n == 0 ? "lost" : "taken twice");
		}
	}
}

/* What the test saw leave is what the store says was accepted. */
static void
check_fates(struct history *h)
{
	for (size_t i = 0; i < h->inst_count; i++) {
		struct book_inst	*inst = &h->insts[i];

		for (int s = 0; s < HISTORY_STEPS; s++) {
			int64_t	n = 0;

			OK(&h->w, db_number(h->w.db, "SELECT COUNT(*) FROM"
			    " item WHERE instalment_id = $1 AND step = $2 AND"
			    " state = 'accepted'", DB_PARAMS(DB_INT(inst->id),
			    DB_TEXT(str_of(history_steps[s].id))), &n, NULL,
			    &h->w.err));
			if (n != (inst->fate[s] == FATE_DONE))
				BROKEN(h, "%s/%d: %s: the store says %d, the"
				    " wire %d", h->invoices[inst->invoice].ref,
				    inst->number, history_steps[s].id, (int)n,
				    (int)inst->fate[s]);
		}
	}
}

static void
check_log(struct history *h)
{
	struct store_audit_report	report = world_verify(&h->w);
	struct arena			*arena = arena_new();
	struct store_leaves		 leaves;
	int64_t				 seq = 0;
	long				 accepted = 0, intents = 0;

	assert_non_null(arena);
	do {
		arena_reset(arena);
		OK(&h->w, store_audit_leaves(h->w.reader, seq, 500, arena,
		    &leaves, &h->w.err));
		for (size_t i = 0; i < leaves.count; i++) {
			const char	*event = leaves.items[i].event;

			accepted += strcmp(event, "accepted") == 0 &&
			    leaves.items[i].channel[0] != '\0';
			intents += strcmp(event, "intent") == 0 ||
			    strcmp(event, "possible_duplicate") == 0;
			seq = leaves.items[i].seq + 1;
		}
	} while (leaves.count > 0);
	arena_free(&arena);
	assert_int_equal(intents, h->intents);
	assert_int_equal(report.intents, h->intents);
	assert_int_equal(accepted - h->late + h->was_sent, world_number(&h->w,
	    "SELECT COUNT(*) FROM message WHERE state = 'accepted'"));
}

void
history_judge(struct history *h)
{
	int64_t	id;

	check_none_lost(h);
	check_fates(h);
	check_log(h);
	id = world_number(&h->w, "SELECT COALESCE(MIN(m.id), 0) FROM message m"
	    " JOIN notice n ON n.id = m.notice_id WHERE n.state IN ('open',"
	    " 'in-doubt') OR m.state IN ('ready', 'claimed', 'intent',"
	    " 'in-doubt')");
	if (id != 0)
		BROKEN(h, "message %lld never ended", (long long)id);
}
