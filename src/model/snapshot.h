/* SPDX-License-Identifier: ISC */
/*
 * snapshot.h - one person as known at one instant: what desk loads, policy
 * judges and message shows.
 *
 * Everything is in one arena and never changed after loading; only what has
 * known_at <= as_of_ms is in it.  valid_until_ms is the first later instant
 * at which something already stored becomes known, begins or ends (a payment
 * with a later known_at, a hold's end): until then the picture stands unless
 * the person's rev is raised.  Texts are lent by the arena, never NULL unless
 * said.  Arrays may be empty.
 */
#ifndef DUNLIN_MODEL_SNAPSHOT_H
#define DUNLIN_MODEL_SNAPSHOT_H

#include "base/date.h"
#include "model/message_state.h"
#include "model/money.h"
#include "model/names.h"

struct snap_contact {
	enum channel	 channel;
	const char	*address;	/* as the channel wants it: E.164, mailbox */
	bool		 usable;	/* false: bounced for good or opted out */
	const char	*unusable_why;	/* "bounced", "opt-out"; "" when usable */
};

struct snap_item {
	int64_t		 id;
	int64_t		 notice_id;	/* 0 for a passed item */
	int		 cycle;
	const char	*step;
	int		 occurrence;
	enum item_state	 state;
	int64_t		 at_ms;		/* when it came into this state */
	const char	*rule;		/* passed: why */
	int64_t		 amount;	/* claimed, minor units */
};

struct snap_instalment {
	int64_t			 id;
	int			 number;	/* 1 .. */
	int32_t			 due;		/* DAY_NONE when missing */
	int64_t			 amount;	/* as invoiced, minor units */
	int64_t			 balance;	/* amount plus known entries */
	int64_t			 disputed;	/* part of balance in dispute */
	int			 cycle;
	int64_t			 changed_ms;	/* another due date or cycle is
						 * known since; TIME_NONE */
	const struct snap_item	*items;		/* not released, not struck */
	size_t			 item_count;
};

struct snap_invoice {
	int64_t				 id;
	const char			*ref;
	char				 currency[CURRENCY_LEN + 1];
	int32_t				 issued;	/* DAY_NONE when missing */
	enum invoice_status		 status;
	const char			*pay_url;	/* "" when none */
	const char			*document;
	const char			*purchase_order;
	const char			*policy;	/* "" unless set on the invoice */
	const struct snap_instalment	*instalments;
	size_t				 instalment_count;
};

struct snap_credit {			/* money not yet allocated (R11) */
	char	currency[CURRENCY_LEN + 1];
	int64_t	minor;			/* > 0 */
};

struct snap_hold {
	int64_t		 id;
	enum hold_scope	 scope;
	int64_t		 subject_id;	/* row of person, customer, invoice or instalment */
	const char	*reason;
	const char	*author;
	int64_t		 from_ms;
	int64_t		 until_ms;	/* the instant at which it no longer holds */
};

struct snap_promise {
	int64_t		 id;
	enum hold_scope	 scope;		/* customer or invoice */
	int64_t		 subject_id;
	char		 currency[CURRENCY_LEN + 1];	/* "" : the whole debt */
	int64_t		 minor;
	int32_t		 pay_on;
	int64_t		 made_ms;
};

/* Who says whether a message in doubt goes out once more. */
enum snap_resend {
	RESEND_BY_RULE,
	RESEND_ASKED,		/* a person wants it, since the last doubt */
	RESEND_DECLINED		/* a person took it back */
};

struct snap_message {			/* of an open notice, in order of c */
	int64_t			 id;
	int			 c;
	const char		*key;		/* K.c */
	enum channel		 channel;
	const char		*address;
	enum message_state	 state;
	int64_t			 next_ms;
	int			 doubts;	/* attempts whose end nobody knows */
	int64_t			 doubt_ms;	/* the last one's; TIME_NONE */
	enum snap_resend	 resend;
};

struct snap_notice {			/* not yet accepted, failed or cancelled */
	int64_t				 id;
	const char			*key;
	const char			*step;
	int64_t				 decided_ms;
	enum notice_state		 state;	/* open or in-doubt */
	int				 in_doubt;	/* 0 resend, 1 hold */
	const struct snap_message	*messages;
	size_t				 message_count;
};

struct snap_customer {
	int64_t				 id;
	const char			*ref;
	const char			*creditor;	/* its ref in the config */
	const char			*name;
	const char			*tax_id;
	enum debtor_type		 type;
	enum customer_status		 status;
	const char			*country;	/* ISO 3166, "" unknown */
	const char			*region;
	const char			*zone;		/* IANA, "" unknown */
	const char			*language;	/* BCP 47, "" unknown */
	const char			*policy;	/* "" unless set on the customer */
	int				 preferred;	/* enum channel, -1 none */
	unsigned			 consent;	/* bit 1 << channel */
	const struct snap_contact	*contacts;
	size_t				 contact_count;
	const struct snap_invoice	*invoices;	/* with any open balance or live item */
	size_t				 invoice_count;
	const struct snap_credit	*credits;
	size_t				 credit_count;
	const struct snap_notice	*notices;
	size_t				 notice_count;
	int64_t				 last_payment_ms;	/* TIME_NONE when none */
	int64_t				 feed_ms;	/* creditor's ledger last read */
	const char			*thread;	/* Message-ID that began its thread, "" */
};

/* A contact that was made, or is on its way (planned), with any customer. */
struct snap_event {
	int64_t			 at_ms;
	enum channel		 channel;
	enum contact_outcome	 outcome;
	bool			 planned;
	bool			 exempt;	/* a reply or receipt: outside caps */
	bool			 doubtful;	/* nobody knows whether it was made */
	int64_t			 customer_id;
	const char		*creditor;
	enum stage		 stage;
	int64_t			 notice_id;	/* planned or doubtful: its; 0 */
};

struct snapshot {
	int64_t				 person_id;
	const char			*person;	/* its ref, "" when unnamed */
	int64_t				 rev;
	int64_t				 as_of_ms;
	int64_t				 valid_until_ms;
	const struct snap_customer	*customers;
	size_t				 customer_count;
	const struct snap_hold		*holds;		/* in force at as_of_ms */
	size_t				 hold_count;
	const struct snap_promise	*promises;	/* made, not cancelled */
	size_t				 promise_count;
	const struct snap_event		*events;	/* by at_ms, the last 40 days */
	size_t				 event_count;
};

#endif
