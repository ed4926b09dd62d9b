/* SPDX-License-Identifier: ISC */
/*
 * store_task.h - work for people, and what the operator must know.
 */
#ifndef DUNLIN_STORE_STORE_TASK_H
#define DUNLIN_STORE_STORE_TASK_H

#include "store/store.h"

struct store_task {
	int64_t		 id;
	const char	*kind;
	int64_t		 person_id;	/* 0: none, as all below */
	int64_t		 customer_id;
	int64_t		 invoice_id;
	int64_t		 notice_id;
	const char	*creditor;	/* "" none */
	const char	*customer;	/* ref, "" none */
	const char	*customer_name;
	const char	*invoice;	/* ref, "" none */
	const char	*about;
	const char	*dedup;
	int64_t		 due_ms;
	const char	*owner;		/* "" nobody yet */
	int64_t		 created_ms;
	int64_t		 done_ms;	/* TIME_NONE while open */
	const char	*done_by;
	const char	*outcome;
};

struct store_tasks {
	const struct store_task	*items;
	size_t			 count;
};

struct store_task_new {
	const char	*kind;
	int64_t		 customer_id;	/* 0: none; gives person, creditor */
	int64_t		 invoice_id;
	int64_t		 notice_id;
	const char	*creditor;	/* without a customer; NULL none */
	const char	*about;
	const char	*dedup;		/* unique while it is open */
	const char	*owner;		/* "" nobody */
	int64_t		 due_ms;
};

/* *made false: one with this dedup is open already, and stays as it is. */
bool	store_task_create(struct store *store,
	    const struct store_task_new *task, const char *who, int64_t now_ms,
	    bool *made, struct err *err) MUST_CHECK;
bool	store_task_done(struct store *store, int64_t task_id,
	    const char *outcome, const char *who, int64_t now_ms,
	    struct err *err) MUST_CHECK;
bool	store_task_assign(struct store *store, int64_t task_id,
	    const char *owner, const char *who, int64_t now_ms,
	    struct err *err) MUST_CHECK;

struct store_task_filter {
	const char	*creditor;	/* NULL: any, as all below */
	const char	*kind;
	const char	*owner;		/* "": nobody's */
	int64_t		 person_id;	/* 0: any */
	bool		 with_done;
	size_t		 limit;		/* 0: no limit */
};

bool	store_tasks(struct store *store, const struct store_task_filter *filter,
	    struct arena *arena, struct store_tasks *out, struct err *err)
	    MUST_CHECK;
/* *out is NULL when there is none. */
bool	store_task_get(struct store *store, int64_t task_id,
	    struct arena *arena, const struct store_task **out,
	    struct err *err) MUST_CHECK;

struct store_alert {
	int64_t		 id;
	const char	*kind;
	const char	*dedup;
	const char	*about;
	int64_t		 first_ms;
	int64_t		 last_ms;
	int64_t		 count;
	int64_t		 cleared_ms;	/* TIME_NONE while it stands */
};

struct store_alerts {
	const struct store_alert	*items;
	size_t				 count;
};

/* Raised again while it stands: counted, with the newest text.  *is_new (may
 * be NULL): tell somebody. */
bool	store_alert_raise(struct store *store, const char *kind,
	    const char *dedup, const char *about, int64_t now_ms, bool *is_new,
	    struct err *err) MUST_CHECK;
/* *was (may be NULL) tells whether it stood. */
bool	store_alert_clear(struct store *store, const char *dedup,
	    int64_t now_ms, bool *was, struct err *err) MUST_CHECK;
bool	store_alerts(struct store *store, bool with_cleared, size_t limit,
	    struct arena *arena, struct store_alerts *out, struct err *err)
	    MUST_CHECK;

#endif
