/* SPDX-License-Identifier: ISC */
/*
 * store_act.h - what staff (or a customer's answer) do to persons, customers
 * and invoices.  Each records who, why and when, leaves a leaf and touches the
 * persons whom it concerns.
 *
 * ERR_INPUT, with a text for people: no such row, an end before its beginning,
 * ended already, an amount of the wrong sign or currency.
 */
#ifndef DUNLIN_STORE_STORE_ACT_H
#define DUNLIN_STORE_STORE_ACT_H

#include "store/store.h"

struct store_act {
	const char	*who;
	const char	*reason;	/* a code or a sentence; "" is fine */
	int64_t		 now_ms;
};

/* [from_ms, until_ms); ids may be NULL. */
bool	store_hold(struct store *store, const struct store_act *act,
	    enum hold_scope scope, int64_t subject_id, int64_t from_ms,
	    int64_t until_ms, int64_t *id_out, struct err *err) MUST_CHECK;

/* Ends one hold, or (id 0) all that are in force on the subject. */
bool	store_release(struct store *store, const struct store_act *act,
	    int64_t hold_id, enum hold_scope scope, int64_t subject_id,
	    size_t *ended_out, struct err *err) MUST_CHECK;

struct store_promise {
	enum hold_scope	 scope;		/* customer or invoice */
	int64_t		 subject_id;
	const char	*currency;	/* "": the whole debt */
	int64_t		 minor;
	int32_t		 pay_on;
};

bool	store_promise(struct store *store, const struct store_act *act,
	    const struct store_promise *promise, int64_t *id_out,
	    struct err *err) MUST_CHECK;
/* verdict: "kept", "broken", "cancelled". */
bool	store_promise_end(struct store *store, const struct store_act *act,
	    int64_t promise_id, const char *verdict, struct err *err)
	    MUST_CHECK;

#define STORE_WHOLE	(-1)

/*
 * An instalment, or (instalment_id 0) every open one of the invoice; amount in
 * minor units of the invoice, or STORE_WHOLE.  A part needs one instalment.
 */
bool	store_dispute(struct store *store, const struct store_act *act,
	    int64_t invoice_id, int64_t instalment_id, int64_t amount,
	    size_t *made_out, struct err *err) MUST_CHECK;
/* Ends all open ones of the invoice.  verdict: "accepted", "rejected",
 * "withdrawn". */
bool	store_dispute_end(struct store *store, const struct store_act *act,
	    int64_t invoice_id, const char *verdict, size_t *ended_out,
	    struct err *err) MUST_CHECK;

struct store_payment {
	int64_t		 customer_id;
	int64_t		 invoice_id;	/* 0: the oldest debt first */
	const char	*ref;		/* booked once per creditor; "" none */
	const char	*currency;
	int64_t		 minor;		/* > 0 */
	int32_t		 value_on;
};

/* Money by hand: allocated oldest due date first, the rest stays as the
 * customer's credit (*rest_out).  The same ref again: ERR_INPUT. */
bool	store_pay(struct store *store, const struct store_act *act,
	    const struct store_payment *payment, int64_t *rest_out,
	    struct err *err) MUST_CHECK;

/* channel STORE_NO_CHANNEL: all; address "": whichever. */
bool	store_optout(struct store *store, const struct store_act *act,
	    int64_t customer_id, int channel, const char *address,
	    struct err *err) MUST_CHECK;
bool	store_optin(struct store *store, const struct store_act *act,
	    int64_t customer_id, int channel, size_t *ended_out,
	    struct err *err) MUST_CHECK;

/* A contact that a person made, at at_ms; the reason is the note. */
bool	store_contact(struct store *store, const struct store_act *act,
	    int64_t customer_id, enum channel channel,
	    enum contact_outcome outcome, int64_t at_ms, struct err *err)
	    MUST_CHECK;

struct store_hold_row {
	int64_t		 id;
	enum hold_scope	 scope;
	int64_t		 subject_id;
	int64_t		 person_id;
	const char	*reason;
	const char	*author;
	int64_t		 from_ms;
	int64_t		 until_ms;
	int64_t		 ended_ms;	/* TIME_NONE while it stands */
};

struct store_hold_rows {
	const struct store_hold_row	*items;
	size_t				 count;
};

/* Holds of a person (0: everybody) that end behind after_ms, soonest first;
 * limit 0: all. */
bool	store_holds(struct store *store, int64_t person_id, int64_t after_ms,
	    size_t limit, struct arena *arena, struct store_hold_rows *out,
	    struct err *err) MUST_CHECK;

struct store_promise_row {
	int64_t		 id;
	enum hold_scope	 scope;
	int64_t		 subject_id;
	int64_t		 person_id;
	const char	*currency;
	int64_t		 minor;
	int32_t		 pay_on;
	const char	*author;
	int64_t		 made_ms;
	int64_t		 ended_ms;	/* TIME_NONE while it stands */
	const char	*verdict;	/* "" while it stands */
};

struct store_promise_rows {
	const struct store_promise_row	*items;
	size_t				 count;
};

/* Promises known at as_of_ms, by pay_on; person 0: everybody. */
bool	store_promises(struct store *store, int64_t person_id,
	    int64_t as_of_ms, struct arena *arena,
	    struct store_promise_rows *out, struct err *err) MUST_CHECK;

#endif
