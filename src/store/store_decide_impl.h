/* SPDX-License-Identifier: ISC */
/*
 * store_decide_impl.h - items by identity, and a notice's key (RULES R8).
 */
#ifndef DUNLIN_STORE_STORE_DECIDE_IMPL_H
#define DUNLIN_STORE_STORE_DECIDE_IMPL_H

#include "store/store_impl.h"

struct store_item_id {
	int64_t		 instalment_id;
	int		 cycle;
	int		 occurrence;
	const char	*step;
};

int	store_item_order(const struct store_item_id *a,
	    const struct store_item_id *b);

/* Sorts items. */
bool	store_key(const char *instance, const char *creditor,
	    const char *customer, struct store_item_id *items, size_t count,
	    int64_t g, char out[static STORE_KEY_LEN + 1], struct err *err)
	    MUST_CHECK;

/* Items on disk, sorted. */
struct store_known {
	struct store_item_id	id;
	bool			is_free;	/* released or struck */
	int64_t			notice_id;	/* 0: passed */
};

struct store_known_set {
	const struct store_known	*items;
	size_t				 count;
};

bool	store_known_load(struct store *store, const int64_t *instalments,
	    size_t count, struct arena *arena, struct store_known_set *out,
	    struct err *err) MUST_CHECK;
bool	store_known_taken(const struct store_known_set *set,
	    const struct store_item_id *id);
/* Notices that had one of the items and gave it back. */
bool	store_known_freed(const struct store_known_set *set,
	    const struct store_item_id *items, size_t count, int64_t *out,
	    struct err *err) MUST_CHECK;

struct store_customer_ref {
	int64_t		 id;
	int64_t		 creditor_id;
	const char	*creditor;
	const char	*customer;
};

struct store_customer_set {
	const struct store_customer_ref	*items;
	size_t				 count;
};

bool	store_customer_refs(struct store *store, const int64_t *customers,
	    size_t count, struct arena *arena, struct store_customer_set *out,
	    struct err *err) MUST_CHECK;
const struct store_customer_ref	*store_customer_find(
	    const struct store_customer_set *set, int64_t id);

/* What a decision says about notices that were refused or are in doubt. */
bool	store_retries(struct store *store, const struct store_basis *basis,
	    const struct store_decision *d, struct arena *arena,
	    struct store_applied *done, struct err *err) MUST_CHECK;

#endif
