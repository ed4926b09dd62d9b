/* SPDX-License-Identifier: ISC */
/*
 * desk.h - load persons, ask policy, and say what follows.
 *
 * Daemon, plan and why all go through here: no second opinion exists.
 * Thread: a call belongs to the thread that owns the store handle.
 */
#ifndef DUNLIN_DESK_DESK_H
#define DUNLIN_DESK_DESK_H

#include "desk/setup.h"
#include "store/store.h"

/* Decisions about a batch of persons, ready for store_apply. */
struct desk_batch {
	struct store_basis		 basis;
	const struct store_decision	*decisions;
	size_t				 count;
	size_t				 notice_count;
	/* Why a person could not be decided about (the first one; put off for
	 * an hour, so that one does not stop all), or NULL. */
	const char			*failed;
};

/*
 * Decides about up to limit persons who are due at now_ms; config_epoch is that
 * of setup, whatever the store says meanwhile.  Only reads; all is cut from
 * arena.  count 0: nobody is due.  A creditor whose ledger feed is
 * older than its limit is left alone (its ref is then added to *stale, one
 * a line).
 */
bool	desk_decide(const struct setup *setup, struct store *reader,
	    int64_t now_ms, int64_t config_epoch, size_t limit,
	    struct arena *arena, struct desk_batch *out, struct buf *stale,
	    struct err *err) MUST_CHECK;

/* --- plan ------------------------------------------------------------------ */

/* One contact (or task step) that will be if nothing changes. */
struct desk_planned {
	int64_t				 at_ms;
	const struct snapshot		*snap;		/* as it then is */
	const struct decided_notice	*notice;	/* contact NULL: a task */
	const char			*key;		/* K; "" unless asked */
};

/* Lent during the call; false stops the plan with err. */
typedef bool	desk_planned_fn(void *arg, const struct desk_planned *planned,
		    struct err *err);

struct desk_plan {
	int64_t			 from_ms;
	int64_t			 to_ms;		/* contacts before it */
	int64_t			 person_id;	/* 0: everybody */
	bool			 keys;		/* they cost two queries each */
	desk_planned_fn		*fn;
	void			*arg;
	size_t			 persons;	/* set: how many were looked at */
};

/*
 * Plays the ladder forward for each person: every contact is taken as accepted
 * at its instant, facts with a later known_at come in when they are known.
 * Persons come by id; contacts of one person by time.
 */
bool	desk_plan(const struct setup *setup, struct store *reader,
	    struct desk_plan *plan, struct err *err) MUST_CHECK;

/* --- why ------------------------------------------------------------------- */

/*
 * What is decided about one person at at_ms, with its reasons, by what was
 * known at known_ms: at_ms, or just before it for what a notice was made of.
 */
bool	desk_explain(const struct setup *setup, struct store *reader,
	    int64_t person_id, int64_t known_ms, int64_t at_ms,
	    struct arena *arena, struct snapshot *snap_out,
	    struct decision *out, struct err *err)
	    MUST_CHECK;

/* Adds that the daemon does not act on it, since a ledger feed is too old; for
 * an instant that has come, since feeds go on coming in. */
bool	desk_explain_feeds(const struct setup *setup,
	    const struct snapshot *snap, struct arena *arena,
	    struct decision *decision, struct err *err) MUST_CHECK;

/* --- messages ---------------------------------------------------------------- */

/* An obligation of a notice, as the store or a decision names it. */
struct desk_item {
	int64_t	instalment_id;
	int64_t	amount;		/* claimed */
};

struct desk_message {
	const struct snapshot		*snap;
	int64_t				 customer_id;
	const char			*policy;	/* "" or NULL: the customer's */
	const char			*step;
	enum channel			 channel;
	const char			*address;
	const char			*key;		/* K */
	int				 c;
	const struct desk_item		*items;
	size_t				 item_count;
	int64_t				 now_ms;
};

/* What message_make needs; all cut from arena or lent by snap and setup. */
bool	desk_facts(const struct setup *setup, const struct desk_message *message,
	    struct arena *arena, struct message_facts *out, struct err *err)
	    MUST_CHECK;

/*
 * Reads the template folder and checks it; what is wrong is in findings, not
 * in the answer.  The set is the caller's; out NULL: not wanted.
 */
bool	desk_check(const struct setup *setup,
	    struct message_findings *findings, struct message_templates **out,
	    struct err *err) MUST_CHECK;

/*
 * Reads the template folder, checks it, and puts what changed into service
 * (the daemon and `templates publish`).  A folder with errors changes nothing;
 * findings say what and where.  *published counts.
 */
bool	desk_publish(const struct setup *setup, struct store *store,
	    const char *who, const char *reason, int64_t now_ms,
	    struct message_findings *findings, size_t *published,
	    struct err *err) MUST_CHECK;

/* The set in service, compiled from the store. */
bool	desk_templates(const struct setup *setup, struct store *store,
	    struct message_templates **out, struct err *err) MUST_CHECK;

/* What the policies need of templates, for message_check. */
bool	desk_wanted(const struct setup *setup, struct arena *arena,
	    struct message_wanted **out, size_t *count, struct err *err)
	    MUST_CHECK;

#endif
