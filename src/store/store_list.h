/* SPDX-License-Identifier: ISC */
/*
 * store_list.h - the queue and the ledger, as rows for people and reports.
 */
#ifndef DUNLIN_STORE_STORE_LIST_H
#define DUNLIN_STORE_STORE_LIST_H

#include "model/message_state.h"
#include "model/money.h"
#include "store/store.h"

struct store_queue_filter {
	int		 state;		/* enum message_state; -1: not final */
	const char	*step;		/* NULL: any, as all below */
	const char	*route;
	const char	*creditor;
	int		 channel;	/* STORE_NO_CHANNEL: any */
	int64_t		 older_ms;	/* decided before; TIME_NEVER: any */
	int64_t		 person_id;	/* 0: any */
	size_t		 limit;		/* 0: no limit */
};

struct store_queue_row {
	int64_t			 message_id;
	int64_t			 notice_id;
	int64_t			 person_id;
	const char		*key;		/* K.c */
	const char		*creditor;
	const char		*customer;
	const char		*step;
	enum stage		 stage;
	enum channel		 channel;
	const char		*address;
	const char		*route;
	enum message_state	 state;
	int			 in_doubt;	/* 0 resend, 1 hold */
	int			 attempts;
	int64_t			 decided_ms;
	int64_t			 next_ms;
	int64_t			 tried_ms;	/* last attempt; TIME_NONE */
};

struct store_queue_rows {
	const struct store_queue_row	*items;
	size_t				 count;
};

/* Oldest next_at first. */
bool	store_queue(struct store *store,
	    const struct store_queue_filter *filter, struct arena *arena,
	    struct store_queue_rows *out, struct err *err) MUST_CHECK;

struct store_counts {
	int64_t	messages[MSG_STATE_COUNT];
	int64_t	due;		/* ready, and their time has come */
	int64_t	oldest_due_ms;	/* TIME_NONE */
	int64_t	persons;
	int64_t	customers;
	int64_t	invoices;
	int64_t	persons_due;
	int64_t	tasks_open;
	int64_t	alerts;
};

bool	store_counts(struct store *store, int64_t now_ms,
	    struct store_counts *out, struct err *err) MUST_CHECK;

/* One instalment with a balance that is not zero, or one customer's credit. */
struct store_open_row {
	const char		*creditor;
	const char		*customer;
	const char		*invoice;	/* "" for a credit */
	int64_t			 invoice_id;	/* 0 for a credit */
	int			 number;
	char			 currency[CURRENCY_LEN + 1];
	int32_t			 issued;	/* DAY_NONE */
	int32_t			 due;		/* a credit: its value_on */
	int64_t			 balance;	/* a credit is negative */
	enum invoice_status	 status;
};

typedef bool	store_open_fn(void *arg, const struct store_open_row *row,
		    struct err *err);

/*
 * The open ledger as known at as_of_ms, or with money valued on or before
 * as_of_day also when it became known later, row by row (its texts are lent
 * during the call; false from fn stops and is the result).  Memory does not
 * grow with the ledger.
 */
bool	store_open_items(struct store *store, const char *creditor,
	    int64_t as_of_ms, int32_t as_of_day, store_open_fn *fn, void *arg,
	    struct err *err) MUST_CHECK;

struct store_creditor_row {
	int64_t		 id;
	const char	*ref;
	int64_t		 feed_ms;	/* TIME_NONE: never read */
	int32_t		 as_of;		/* DAY_NONE */
};

struct store_creditor_rows {
	const struct store_creditor_row	*items;
	size_t				 count;
};

bool	store_creditors(struct store *store, struct arena *arena,
	    struct store_creditor_rows *out, struct err *err) MUST_CHECK;

#endif
