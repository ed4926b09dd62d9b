/* SPDX-License-Identifier: ISC */
/*
 * store_decide.h - write down what policy decided.
 */
#ifndef DUNLIN_STORE_STORE_DECIDE_H
#define DUNLIN_STORE_STORE_DECIDE_H

#include "store/store.h"

struct store_new_item {
	int64_t		 instalment_id;
	int		 cycle;
	const char	*step;
	int		 occurrence;
	int64_t		 amount;	/* claimed, minor units */
};

struct store_new_notice {
	int64_t				 customer_id;
	const char			*policy;
	const char			*step;		/* gives the tone */
	enum stage			 stage;
	int				 intent;	/* 0 ahead, 1 exact */
	int				 in_doubt;	/* 0 resend, 1 hold */
	const struct store_new_item	*items;		/* at least one */
	size_t				 item_count;
	/* enum channel, or STORE_NO_CHANNEL: a task step, accepted at once */
	int				 channel;
	const char			*address;
	int64_t				 not_after_ms;
};

struct store_pass {
	int64_t		 instalment_id;
	int		 cycle;
	const char	*step;
	int		 occurrence;
	const char	*rule;		/* why its time went by */
};

/* An open notice whose last message was refused, or one in doubt. */
struct store_retry {
	int64_t		 notice_id;
	/* Out of in-doubt: this message once more; 0: a new one, by channel. */
	int64_t		 again_id;
	int		 channel;	/* STORE_NO_CHANNEL: none left */
	const char	*address;
	int64_t		 not_after_ms;	/* TIME_NONE: the notice's own stays */
};

struct store_new_task {
	const char	*kind;
	int64_t		 customer_id;	/* 0: none */
	int64_t		 invoice_id;	/* 0: none */
	int64_t		 notice_id;	/* 0: none; else once for ever under
					 * this dedup */
	const char	*about;
	const char	*dedup;		/* unique while it is open */
	int64_t		 due_ms;
};

/* What was decided about one person, from its snapshot. */
struct store_decision {
	int64_t				 person_id;
	int64_t				 rev;		/* the snapshot's */
	int64_t				 look_ms;	/* TIME_NEVER is fine */
	const struct store_new_notice	*notices;
	size_t				 notice_count;
	const struct store_pass		*passes;
	size_t				 pass_count;
	const struct store_retry	*retries;
	size_t				 retry_count;
	const struct store_new_task	*tasks;
	size_t				 task_count;
};

/* Under what all of them were decided: read before the snapshots. */
struct store_basis {
	int64_t	now_ms;
	int64_t	config_epoch;
	int64_t	generation;
};

struct store_applied {
	size_t	persons;
	size_t	stale;		/* the person changed meanwhile: nothing of its
				 * decision was written, it is still due */
	size_t	notices;
	size_t	taken;		/* notices not written: an item was taken */
	size_t	passes;
	size_t	retries;
	size_t	released;	/* notices */
	size_t	tasks;
};

/*
 * All decisions in one transaction, with their leaves.  Applying the same
 * decision again writes nothing more.  A notice with any item already taken is
 * not written.
 */
bool	store_apply(struct store *store, const struct store_basis *basis,
	    const struct store_decision *decisions, size_t count,
	    struct store_applied *out, struct err *err) MUST_CHECK;

#define STORE_KEY_LEN	26

/* The keys that the notices of one person would get now (RULES R8), for
 * plan. */
bool	store_keys(struct store *store, const struct store_new_notice *notices,
	    size_t count, char (*keys_out)[STORE_KEY_LEN + 1],
	    struct err *err) MUST_CHECK;

#endif
