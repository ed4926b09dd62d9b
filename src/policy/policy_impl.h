/* SPDX-License-Identifier: ISC */
/*
 * policy_impl.h - what the files of one decision share.
 */
#ifndef DUNLIN_POLICY_POLICY_IMPL_H
#define DUNLIN_POLICY_POLICY_IMPL_H

#include "policy/lawful.h"
#include "policy/policy.h"

/* A list that grows in the arena. */
struct list {
	void	*items;
	size_t	 count;
	size_t	 cap;
};

/* One decision while it is made. */
struct work {
	const struct policy_setup	*setup;
	const struct snapshot		*snap;
	int64_t				 now_ms;
	bool				 explain;
	struct arena			*arena;
	struct err			*err;
	bool				 failed;	/* err says why */
	int64_t				 look_ms;
	struct list			 notices, passes, retries, tasks, reasons;
	struct list			 planned;	/* struct snap_event: decided just now */
};

/* One customer with its creditor's clock. */
struct debtor {
	const struct snap_customer	*customer;
	const struct creditor		*creditor;
	const struct zone		*zone;		/* the creditor's */
	int32_t				 today;		/* in that zone */
	const struct policy		*policy;
};

/* An instalment that a step calls for today. */
struct candidate {
	const struct debtor		*debtor;
	const struct snap_invoice	*invoice;
	const struct snap_instalment	*instalment;
	const struct policy		*policy;
	const struct policy_step	*step;
	int64_t				 amount;
	int64_t				 dies_ms;	/* the step's end of life */
};

/* A zeroed item at the list's end; NULL when memory is out (work fails). */
void	*policy_push(struct work *work, struct list *list, size_t size);

/* Look again at ms at the latest. */
void	policy_look(struct work *work, int64_t ms);

/* The start of a day in the creditor's zone. */
int64_t	policy_day_start(const struct debtor *debtor, int32_t day);

/* What a reason is about; NULL where it is about more. */
struct subject {
	const struct snap_customer	*customer;
	const struct snap_invoice	*invoice;
	const struct snap_instalment	*instalment;
	const struct policy_step	*step;
};

/* Fixed words of a reason. */
struct ground {
	enum verdict	 verdict;
	const char	*rule;
	const char	*code;
	struct conf_pos	 pos;
	int64_t		 until_ms;
};

/* Adds a reason where reasons are asked for. */
void	policy_reason(struct work *work, struct subject subject,
	    struct ground ground, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Minor units of the amount in that currency; 0 when there is none. */
int64_t	policy_amount_of(const struct policy_amounts *amounts,
	    const char *currency);

/* Adds a task, once a kind and customer. */
void	policy_task(struct work *work, const struct snap_customer *customer,
	    const char *kind, const char *about);
/* A task about one notice: once under this dedup, also when it was done. */
void	policy_task_about(struct work *work,
	    const struct snap_customer *customer,
	    const struct snap_notice *notice, const char *kind,
	    const char *about, const char *dedup);

/* Counts a contact that leaves now against what follows (R23). */
void	policy_plan_event(struct work *work, const struct debtor *debtor,
	    enum channel channel, enum stage stage);

/* Until when a decision of today stands: no longer than ms. */
int64_t	policy_valid_until(const struct work *work,
	    const struct debtor *debtor, int64_t ms);

/*
 * policy_ladder.c: judges each instalment of a debtor; candidates are added
 * to list, passed steps to work->passes.
 */
void	policy_ladder(struct work *work, const struct debtor *debtor,
	    struct list *candidates);

/* The invoice's own policy, else the debtor's (R25). */
const struct policy *policy_of_invoice(const struct work *work,
	    const struct debtor *debtor, const struct snap_invoice *invoice);

/* The day on which a step is reached. */
int64_t	policy_step_day(const struct policy *policy,
	    const struct snap_instalment *instalment,
	    const struct policy_step *step);

/* The first instant at which a step may not be sent any more. */
int64_t	policy_step_dies(const struct debtor *debtor,
	    const struct policy *policy,
	    const struct snap_instalment *instalment,
	    const struct policy_step *step);

/* Does the item raise the instalment's level? */
bool	policy_gives_level(const struct snap_item *item);

/* policy_stop.c: is there a reason not to chase the customer at all? */
bool	policy_customer_stops(struct work *work, const struct debtor *debtor);

/* The hold on an invoice or one of its instalments; NULL. */
const struct snap_hold *policy_hold_on(const struct work *work,
	    const struct snap_invoice *invoice,
	    const struct snap_instalment *instalment);

/* A promise that still stops that row; NULL. */
const struct snap_promise *policy_promise_on(const struct work *work,
	    const struct debtor *debtor, const struct policy *policy,
	    enum hold_scope scope, int64_t subject_id);

/* Are there any?  Says so of each, and looks again when it is over. */
bool	policy_wait_for_holds(struct work *work, struct subject subject);
bool	policy_wait_for_promises(struct work *work,
	    const struct debtor *debtor, const struct policy *policy,
	    struct subject subject);

/* policy_retry.c: what becomes of notices that are under way. */
void	policy_retry(struct work *work, const struct debtor *debtor,
	    bool stopped);

/* An open or doubtful notice, and what it claims. */
struct claim {
	const struct snap_notice	*notice;
	const struct policy		*policy;	/* of its first invoice; NULL */
	bool				 stands;	/* all of it may still be said */
	bool				 verbatim;	/* even in the words sealed */
	bool				 owed;		/* any of it, in any words */
	int64_t				 dies_ms;
};
struct claim	policy_claim(const struct work *work,
		    const struct debtor *debtor,
		    const struct snap_notice *notice);

/* policy_doubt.c: a notice of which nobody knows whether it left. */
void	policy_doubt(struct work *work, const struct debtor *debtor,
	    const struct snap_notice *notice, bool stopped);
/* Does its doubt keep the ladder of its item waiting (R7)? */
bool	policy_doubt_freezes(const struct work *work,
	    const struct debtor *debtor, const struct snap_item *item);

/* policy_reach.c: which contact is used for a step, now. */
enum reach { REACH_NOW, REACH_LATER, REACH_NONE };

struct reached {
	enum reach			 reach;
	const struct snap_contact	*contact;	/* now */
	int64_t				 until_ms;	/* now: lawful until */
	int64_t				 next_ms;	/* later */
};

/* A better channel is waited for only when it opens before dies_ms. */
void	policy_reach(struct work *work, const struct debtor *debtor,
	    const struct policy *policy, const struct policy_step *step,
	    int64_t dies_ms, const struct snap_notice *tried,
	    struct reached *out);

/* The same for one contact, whatever the others may. */
void	policy_reach_one(struct work *work, const struct debtor *debtor,
	    const struct policy *policy, const struct policy_step *step,
	    const struct snap_contact *contact, struct reached *out);

/* The customer's contact on a channel, if it may be used; NULL. */
const struct snap_contact	*policy_contact(
	    const struct snap_customer *customer, enum channel channel);

/* First instant >= now at which the gap to the person's last contact is over;
 * what a notice (may be NULL) was itself does not count against it. */
int64_t	policy_gap_end(struct work *work, const struct debtor *debtor,
	    const struct policy *policy, const struct snap_notice *notice);

#endif
