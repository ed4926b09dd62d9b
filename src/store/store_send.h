/* SPDX-License-Identifier: ISC */
/*
 * store_send.h - a message's way out: claim, intent with the last look, sealed
 * bytes, outcome, rescue.
 *
 * Every move goes through model/message_state.h and is written only where the
 * old state still stands; notice, items, person and leaf follow in the same
 * transaction.
 */
#ifndef DUNLIN_STORE_STORE_SEND_H
#define DUNLIN_STORE_STORE_SEND_H

#include "store/store.h"

struct store_claimed_item {
	int64_t		 instalment_id;
	int64_t		 invoice_id;
	int		 cycle;
	const char	*step;
	int		 occurrence;
	int64_t		 amount;	/* claimed when decided */
};

/* What rendering and sending need, besides the person's snapshot. */
struct store_claimed {
	int64_t				 message_id;
	int64_t				 notice_id;
	int64_t				 person_id;
	int64_t				 customer_id;
	int64_t				 rev;		/* the notice's */
	int				 c;
	const char			*key;		/* K.c */
	const char			*creditor;
	const char			*policy;
	const char			*step;
	enum stage			 stage;
	/* 0 ahead, 1 exact; of the channel too: only email is ever ahead */
	int				 intent;
	int				 in_doubt;	/* 0 resend, 1 hold */
	enum channel			 channel;
	const char			*address;
	const char			*route;	/* of the last attempt, "" */
	int				 attempts;	/* so far */
	int64_t				 first_ms;	/* or TIME_NONE */
	int64_t				 decided_ms;
	int64_t				 not_after_ms;
	/* Out of in-doubt: the sealed bytes go out again. */
	bool				 repeats;
	const struct store_claimed_item	*items;
	size_t				 item_count;
};

struct store_claims {
	const struct store_claimed	*items;
	size_t				 count;
};

enum store_suspects {
	STORE_SOUND,		/* what no daemon died with */
	STORE_SUSPECT		/* what one did: claim it when nothing else is
				 * under way, one at a time */
};

/*
 * Takes up to limit ready messages of a channel whose time has come, earliest
 * first, for the daemon of this epoch.
 */
bool	store_claim(struct store *store, enum channel channel, int64_t now_ms,
	    int64_t daemon_epoch, enum store_suspects kind, size_t limit,
	    struct arena *arena, struct store_claims *out, struct err *err)
	    MUST_CHECK;

/* Are that many bytes free on the disk of the store?  Else ERR_SYSTEM, which
 * says how many are.  PostgreSQL looks after its own disk: true. */
bool	store_has_room(struct store *store, int64_t bytes, struct err *err)
	    MUST_CHECK;

enum store_look {
	STORE_LOOK_OK,		/* the intent stands: it may go on the wire */
	STORE_LOOK_STOPPED,	/* the stop flag, or void: back to ready */
	STORE_LOOK_CHANGED,	/* person, config, ledger or time moved on: the
				 * notice is cancelled, the person due again */
	STORE_LOOK_LOST		/* not this daemon's claim any more */
};

struct store_intent {
	int64_t			 message_id;
	const char		*route;
	/* To seal; empty: the sealed ones go out again. */
	struct str		 bytes;
	const struct hash	*template_hash;	/* NULL: none */
	struct str		 sample;	/* for store_sample_put; or empty */
	bool			 is_high;	/* counts as a high step */
	/* Nothing could be made of it, so it never goes out: where the look
	 * holds it is ready again at rest_ms, else it is cancelled as any. */
	bool			 is_void;
	int64_t			 rest_ms;
	enum store_look		 look;		/* set by the call */
	int			 attempt;	/* set: its number, from 1 */
};

struct store_look_at {
	int64_t	now_ms;
	int64_t	daemon_epoch;
	int64_t	config_epoch;	/* of the config in memory */
};

/* The last look, the seal and the intent of count messages.  SQLite and
 * PostgreSQL: durable when it returns (or the caller commits). */
bool	store_intend(struct store *store, const struct store_look_at *at,
	    struct store_intent *intents, size_t count, struct err *err)
	    MUST_CHECK;

enum store_outcome_kind {
	STORE_ACCEPTED,
	STORE_DEFERRED,		/* not taken; again at next_ms */
	STORE_REFUSED,		/* the channel's final no */
	STORE_IN_DOUBT,
	STORE_UNSENT,		/* surely not on the wire: again at next_ms */
	STORE_UNCLAIMED		/* before intent, no room: again at next_ms */
};

struct store_outcome {
	int64_t			 message_id;
	enum store_outcome_kind	 kind;
	int64_t			 next_ms;
	const char		*code;		/* "250 2.0.0", "429"; "" */
	const char		*reply;		/* verbatim; "" */
	const char		*peer;		/* address and TLS; "" */
	const char		*provider_id;	/* "" */
	bool			 is_written;	/* set: false when the message
						 * had moved on; then only the
						 * leaf tells.  What another
						 * daemon took for in doubt is
						 * settled by accepted, refused */
};

bool	store_outcomes(struct store *store, int64_t now_ms,
	    int64_t daemon_epoch, struct store_outcome *outcomes, size_t count,
	    struct err *err) MUST_CHECK;

enum store_resolution {
	STORE_RESEND,		/* the identical bytes once more, if policy
				 * finds that they may still be said */
	STORE_WAS_SENT,
	STORE_WAS_NOT_SENT	/* failed: the next channel */
};

/*
 * A person settles an in-doubt (or, for a resend, dead) message; open tasks
 * about its doubt are done with that.  A dead one is ready at once; one in
 * doubt stays so, marked, until the person it is for is decided about.
 */
bool	store_resolve(struct store *store, int64_t message_id,
	    enum store_resolution how, const char *who, const char *reason,
	    int64_t now_ms, struct err *err) MUST_CHECK;

/* Taken back before the wire, by a person: notice cancelled, items free.  A
 * resend is in doubt again, and no rule sends it any more. */
bool	store_cancel(struct store *store, int64_t notice_id, const char *who,
	    const char *reason, int64_t now_ms, struct err *err) MUST_CHECK;

/* The message is tried at once, not at next_at. */
bool	store_hurry(struct store *store, int64_t message_id, const char *who,
	    const char *reason, int64_t now_ms, struct err *err) MUST_CHECK;

struct store_rescued {
	size_t	back;		/* claimed by an older epoch: ready again */
	size_t	in_doubt;	/* intents without an outcome */
	size_t	dead;		/* two daemons died with them */
};

/* At the start of a daemon, before it claims. */
bool	store_rescue(struct store *store, int64_t daemon_epoch, int64_t now_ms,
	    struct store_rescued *out, struct err *err) MUST_CHECK;

/* The sealed bytes and their hash; ERR_INPUT when nothing was sealed,
 * ERR_SYSTEM when they do not match their hash any more. */
bool	store_sealed(struct store *store, int64_t message_id,
	    struct arena *arena, struct str *bytes_out, struct hash *hash_out,
	    struct err *err) MUST_CHECK;

/*
 * A message typical of this template version (with nobody's data), which lets
 * later ones be kept in about a hundred bytes.  The first one stays.
 */
bool	store_sample_put(struct store *store, const struct hash *template_hash,
	    struct str bytes, struct err *err) MUST_CHECK;

/* Notices whose first intent lies in [from_ms, to_ms), hours being whole. */
bool	store_sent(struct store *store, int64_t from_ms, int64_t to_ms,
	    int64_t *notices_out, int64_t *high_out, struct err *err)
	    MUST_CHECK;

#endif
