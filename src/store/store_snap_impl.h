/* SPDX-License-Identifier: ISC */
/*
 * store_snap_impl.h - a batch of persons on its way from rows to snapshots.
 *
 * Loading: one query a table for the whole batch, each giving one sorted list.
 * Building: children follow their parents in the same order, so that a
 * parent's children are a slice of their list.
 */
#ifndef DUNLIN_STORE_STORE_SNAP_IMPL_H
#define DUNLIN_STORE_STORE_SNAP_IMPL_H

#include "model/snapshot.h"
#include "store/store_impl.h"

#define SNAP_HISTORY_MS	(40 * DAY_MS)

/* The first field of every row: by what it is sorted. */
struct snap_key {
	int64_t	parent;
	int64_t	order;
};

struct row_person {
	struct snap_key	 key;		/* own id */
	const char	*ref;
	int64_t		 rev;
	int64_t		 valid_until_ms;
};

/*
 * Rows with versions: their key is the own id until all versions are read, then
 * owner and order.  future_ms: when a stored later version begins, or the row
 * itself; TIME_NEVER.
 */
struct row_customer {
	struct snap_key		 key;
	int64_t			 id;
	int64_t			 person_id;
	bool			 is_known;
	int64_t			 future_ms;
	const char		*ref;
	const char		*creditor;
	int64_t			 feed_ms;
	const char		*name;
	const char		*tax_id;
	enum debtor_type	 type;
	enum customer_status	 status;
	const char		*country;
	const char		*region;
	const char		*zone;
	const char		*language;
	const char		*policy;
	int			 preferred;
	const char		*email;
	const char		*phone;
	const char		*whatsapp;
	const char		*address;
	unsigned		 consent;
};

struct row_invoice {
	struct snap_key		 key;
	int64_t			 customer_id;
	bool			 is_known;
	int64_t			 future_ms;
	struct snap_invoice	 invoice;
};

struct row_instalment {
	struct snap_key		 key;
	int64_t			 invoice_id;
	bool			 is_known;
	int64_t			 future_ms;
	struct snap_instalment	 instalment;
};

struct row_optout {
	struct snap_key	 key;		/* customer */
	int64_t		 known_ms;
	int64_t		 ended_ms;	/* TIME_NEVER */
	int		 channel;	/* STORE_NO_CHANNEL: all */
	const char	*address;	/* "": whichever */
	bool		 is_bounce;
};

struct row_entry {
	struct snap_key	 key;		/* instalment or customer */
	int64_t		 amount;
	int64_t		 known_ms;
	bool		 is_payment;
	char		 currency[CURRENCY_LEN + 1];
};

struct row_item {
	struct snap_key		 key;	/* instalment, id */
	struct snap_item	 item;
};

struct row_hold {
	struct snap_key		 key;	/* person, id */
	struct snap_hold	 hold;
};

struct row_promise {
	struct snap_key		 key;	/* person, id */
	struct snap_promise	 promise;
};

struct row_dispute {
	struct snap_key	 key;		/* instalment, id */
	int64_t		 amount;
	bool		 is_whole;
};

struct row_notice {
	struct snap_key		 key;	/* customer, id */
	int64_t			 person_id;
	enum stage		 stage;
	const char		*creditor;
	struct snap_notice	 notice;
};

struct row_message {
	struct snap_key		 key;	/* notice, c */
	struct snap_message	 message;
};

struct row_event {
	struct snap_key		 key;	/* person, at_ms */
	struct snap_event	 event;
};

struct row_thread {
	struct snap_key	 key;		/* customer, accepted_at */
	const char	*message_key;
};

struct snap_batch {
	struct store	*store;
	struct arena	*arena;
	int64_t		 as_of_ms;
	bool		 failed;	/* memory is out */
	struct buf	 ids;		/* of what is asked for */
	char		 spare[512];
	struct store_vec persons;
	struct store_vec customers;
	struct store_vec optouts;
	struct store_vec invoices;
	struct store_vec instalments;
	struct store_vec entries;	/* of instalments */
	struct store_vec loose;		/* of customers */
	struct store_vec items;
	struct store_vec holds;
	struct store_vec promises;
	struct store_vec disputes;
	struct store_vec notices;
	struct store_vec messages;
	struct store_vec events;
	struct store_vec threads;
};

/* Reads one row into its list. */
typedef void	snap_row_fn(struct snap_batch *b, struct db_rows *rows);

/* In this order. */
bool	snap_load_facts(struct snap_batch *b, const int64_t *person_ids,
	    size_t count, struct err *err) MUST_CHECK;
bool	snap_load_more(struct snap_batch *b, struct err *err) MUST_CHECK;
bool	snap_build(struct snap_batch *b, const int64_t *person_ids,
	    size_t count, struct snapshot *out, struct err *err) MUST_CHECK;

/*
 * Runs sql for the ids in b->ids ($1), with as_of_ms as $2 where the text has
 * one, and hands each row to fn.
 */
bool	snap_each(struct snap_batch *b, const char *sql, snap_row_fn *fn,
	    struct err *err) MUST_CHECK;
/* Puts the parents of a list's keys into b->ids; false when it is empty. */
bool	snap_ask(struct snap_batch *b, const struct store_vec *vec,
	    size_t size);

/* A zeroed row; a spare one, never seen again, when memory is out. */
void	*snap_add(struct snap_batch *b, struct store_vec *vec, size_t size);
const char	*snap_text(struct snap_batch *b, struct db_rows *rows,
		    int column);
/* Sorts by key, unless it is sorted. */
void	snap_sort(struct store_vec *vec, size_t size);
/* Place of the first row with this parent, or where it would be. */
size_t	snap_find(const struct store_vec *vec, size_t size, int64_t parent);
/* The row with this parent; NULL. */
void	*snap_get(const struct store_vec *vec, size_t size, int64_t parent);

/* Something about the person changes by itself at at_ms, if that is later. */
void	snap_changes(struct snap_batch *b, int64_t person_id, int64_t at_ms);

#endif
