/* SPDX-License-Identifier: ISC */
/*
 * policy.h - decide what a person is next sent, when, and on which channel.
 *
 * Pure: reads no clock, file or socket; same arguments, same answer.  The
 * rules are R1 to R28 of doc/RULES; each reason names its rule.
 * Thread: any; struct policies is immutable once loaded.
 */
#ifndef DUNLIN_POLICY_POLICY_H
#define DUNLIN_POLICY_POLICY_H

#include "base/zone.h"
#include "conf/conf.h"
#include "creditor/creditor.h"
#include "model/money.h"
#include "model/snapshot.h"
#include "policy/calendar.h"

enum step_action {
	STEP_MESSAGE,		/* a notice to the customer */
	STEP_TASK,		/* work for a person; nothing is sent */
	STEP_HANDOFF		/* a task, and every automatic contact ends (R27) */
};

enum policy_entry { ENTRY_FIRST, ENTRY_BY_AGE };	/* R3 */

/* After a step that went out late: keep the ladder's distances, or the gap. */
enum policy_spacing { SPACING_DISTANCE, SPACING_GAP };

struct policy_step {
	const char		*id;
	enum stage		 stage;
	int32_t			 offset_days;	/* from the due date */
	int			 level;		/* its place, from 1 */
	struct conf_ints	 channels;	/* enum channel, in order */
	const char		*template_name;	/* its own id unless said */
	int			 action;	/* enum step_action */
	int32_t			 max_late_days;	/* INT32_MAX: lives on */
	bool			 jump;		/* may be entered over others */
	int			 intent;	/* 0 ahead (email only), 1 exact */
	int			 in_doubt;	/* 0 resend (email only), 1 hold */
	struct conf_pos		 pos;
};

#define POLICY_CURRENCIES_MAX	40

/* Amounts by currency, each currency once. */
struct policy_amounts {
	struct money	items[POLICY_CURRENCIES_MAX];
	size_t		count;
};

struct policy {
	const char		*name;
	struct conf_list	 steps;		/* struct policy_step, by offset */
	int			 entry;		/* enum policy_entry */
	int			 spacing;	/* enum policy_spacing */
	int32_t			 gap_days;	/* between two notices to one
						   person; 0 counts as 1 (R5),
						   with all_hours as none */
	int32_t			 grace_days;
	struct conf_texts	 min_amounts;	/* "EUR 1.00", one a currency */
	struct conf_texts	 tolerances;	/* open sums that count as paid */
	struct policy_amounts	 least;		/* min_amounts, read */
	struct policy_amounts	 tolerated;	/* tolerances, read */
	int64_t			 patience_ms;	/* wait for a better channel */
	int32_t			 cooldown_days;	/* after a part payment (R10) */
	int32_t			 clearing_days;	/* behind a promise's date (R14) */
	bool			 per_invoice;	/* no grouping: one notice an instalment */
	bool			 all_hours;	/* tests only: no windows, no caps */
	struct conf_pos		 pos;
	struct conf_pos		 gap_pos;
	struct conf_pos		 amount_pos;
};

struct policies {
	struct conf_list	list;		/* struct policy */
};

extern const struct conf_row	policy_rows[];	/* into struct policies */

/*
 * Sorts the steps, gives levels and what the rows leave open, and reports
 * what does not fit together.  Once, after conf_load.
 */
void	policies_settle(struct conf *conf, struct policies *policies);

const struct policy	*policies_find(const struct policies *policies,
			    const char *name);
const struct policy_step *policy_step(const struct policy *policy,
			    const char *id);

/* Everything that a decision leans on besides the person. */
struct policy_setup {
	const struct policies	*policies;
	const struct calendars	*calendars;
	const struct creditors	*creditors;
	struct zones		*zones;
};

struct decided_item {
	const struct snap_invoice	*invoice;
	const struct snap_instalment	*instalment;
	const struct policy_step	*step;
	int				 occurrence;
	int64_t				 amount;	/* claimed, minor units */
};

/* One contact to make now. */
struct decided_notice {
	const struct snap_customer	*customer;
	const struct creditor		*creditor;
	const struct policy		*policy;
	const struct policy_step	*step;		/* gives the tone (R5) */
	const struct snap_contact	*contact;	/* NULL for a task step */
	const struct decided_item	*items;
	size_t				 item_count;
	int64_t				 not_after_ms;	/* decide again from then on */
};

/* A step whose time went by: never to be sent. */
struct decided_pass {
	const struct snap_instalment	*instalment;
	const struct policy_step	*step;
	int				 occurrence;
	const char			*rule;	/* "paid", "superseded", "expired", ... */
};

/*
 * An open notice whose last message was refused: the next channel, or none.  Of
 * one in doubt: the identical bytes once more, to the same contact.
 */
struct decided_retry {
	const struct snap_notice	*notice;
	const struct snap_contact	*contact;	/* NULL: all tried, release */
	const struct snap_message	*again;		/* out of in-doubt; NULL */
	int64_t				 not_after_ms;
};

struct decided_task {
	const char			*kind;		/* "handoff", "reach", "allocate",
							   "in_doubt", "task" */
	const struct snap_customer	*customer;
	const struct snap_notice	*notice;	/* NULL: of no one notice */
	const char			*about;
	const char			*dedup;		/* unique while it is open */
};

enum verdict { VERDICT_YES, VERDICT_NO, VERDICT_WAIT };

/* Why, for `dunlin why`: only when asked for. */
struct decided_reason {
	enum verdict			 verdict;
	const char			*rule;		/* "R10", "hold", "lawful", ... */
	const char			*code;		/* stable word: "paid", "gap", "outside_hours" */
	const struct snap_customer	*customer;
	const struct snap_invoice	*invoice;	/* NULL: the whole customer */
	const struct snap_instalment	*instalment;	/* NULL: the whole invoice */
	const char			*step;		/* "" none */
	const char			*detail;	/* for people, English */
	const char			*where;		/* file:line, "" none */
	int64_t				 until_ms;	/* TIME_NONE unless it waits */
};

struct decision {
	const struct decided_notice	*notices;
	size_t				 notice_count;
	const struct decided_pass	*passes;
	size_t				 pass_count;
	const struct decided_retry	*retries;
	size_t				 retry_count;
	const struct decided_task	*tasks;
	size_t				 task_count;
	const struct decided_reason	*reasons;
	size_t				 reason_count;
	int64_t				 look_ms;	/* look again; TIME_NEVER */
};

/*
 * What to do about the person at now_ms (== snap->as_of_ms).  Notices are those
 * that may leave now; what must wait only moves look_ms.  All is cut from
 * arena and refers into snap and setup.
 */
bool	policy_decide(const struct policy_setup *setup,
	    const struct snapshot *snap, int64_t now_ms, bool explain,
	    struct arena *arena, struct decision *out, struct err *err)
	    MUST_CHECK;

#endif
