/* SPDX-License-Identifier: ISC */
/*
 * store_notice.h - one notice with all that happened to it.
 */
#ifndef DUNLIN_STORE_STORE_NOTICE_H
#define DUNLIN_STORE_STORE_NOTICE_H

#include "model/message_state.h"
#include "store/store.h"

struct store_attempt {
	int		 n;
	const char	*route;
	int64_t		 started_ms;
	int64_t		 ended_ms;	/* TIME_NONE while on its way */
	const char	*outcome;	/* "" while on its way */
	const char	*code;
	const char	*reply;
};

struct store_message {
	int64_t				 id;
	int				 c;
	const char			*key;
	enum channel			 channel;
	const char			*address;
	const char			*route;
	enum message_state		 state;
	int				 attempts_n;
	int64_t				 next_ms;
	int64_t				 accepted_ms;	/* TIME_NONE */
	const char			*provider_id;
	const struct store_attempt	*attempts;
	size_t				 attempt_count;
};

struct store_notice_item {
	int64_t		 instalment_id;
	int64_t		 invoice_id;
	const char	*invoice;
	int		 number;
	const char	*currency;
	int		 cycle;
	const char	*step;
	int		 occurrence;
	enum item_state	 state;
	int64_t		 amount;
	int64_t		 at_ms;
};

struct store_notice {
	int64_t				 id;
	const char			*key;
	int64_t				 person_id;
	int64_t				 customer_id;
	const char			*creditor;
	const char			*customer;
	const char			*policy;
	const char			*step;
	enum stage			 stage;
	enum notice_state		 state;
	int64_t				 decided_ms;
	int64_t				 not_after_ms;
	int64_t				 accepted_ms;	/* TIME_NONE */
	int64_t				 ended_ms;	/* TIME_NONE */
	const char			*ended_why;
	const struct store_notice_item	*items;
	size_t				 item_count;
	const struct store_message	*messages;
	size_t				 message_count;
};

/* *out is NULL when there is none. */
bool	store_notice_get(struct store *store, int64_t notice_id,
	    struct arena *arena, const struct store_notice **out,
	    struct err *err) MUST_CHECK;

struct store_notices {
	const struct store_notice	*const *items;
	size_t				 count;
};

/* Notices of a person decided in [from_ms, to_ms), oldest first, whole. */
bool	store_notices_of(struct store *store, int64_t person_id,
	    int64_t from_ms, int64_t to_ms, struct arena *arena,
	    struct store_notices *out, struct err *err) MUST_CHECK;

#endif
