/* SPDX-License-Identifier: ISC */
/*
 * store_send_impl.h - messages in flight, as the files of store_send.h see
 * them.
 */
#ifndef DUNLIN_STORE_STORE_SEND_IMPL_H
#define DUNLIN_STORE_STORE_SEND_IMPL_H

#include "model/message_state.h"
#include "store/store_impl.h"

struct store_flight {
	int64_t			 id;
	enum message_state	 state;
	int64_t			 epoch;
	int			 attempts;
	int			 crashes;
	int64_t			 notice_id;
	int64_t			 person_id;
	int64_t			 first_ms;	/* TIME_NONE */
	const char		*key;
	const char		*channel;
	const char		*address;
	const char		*route;
	const char		*customer;	/* "creditor/ref" */
	enum notice_state	 notice_state;
	int64_t			 doubt_ms;	/* of the last contact that may
						 * have been made; TIME_NONE */
	bool			 repeats;	/* resend out of in-doubt */
	struct hash		 sealed;
};

struct store_flights {
	const struct store_flight	*items;	/* by id */
	size_t				 count;
};

/* Rows of these messages, locked (PostgreSQL) in the order of ids. */
bool	store_flights_load(struct store *store, const int64_t *ids,
	    size_t count, struct arena *arena, struct store_flights *out,
	    struct err *err) MUST_CHECK;
const struct store_flight	*store_flight_find(
	    const struct store_flights *flights, int64_t id);

/*
 * Moves the message if the table allows it and the old state (and the epoch it
 * was read with) still stands; *moved tells.
 */
struct store_move {
	const struct store_flight	*flight;
	enum message_event		 event;
	/* TIME_NONE, NULL: as it was */
	int64_t				 next_ms;
	int64_t				 accepted_ms;
	const char			*provider_id;
	int				 attempts;	/* the new count */
	int				 crashes;
	int64_t				 first_ms;	/* if none yet */
};

#define STORE_MOVE_COLUMNS	10
extern const char	store_move_sql[];

/* The values for store_move_sql; false when the table forbids the move. */
bool	store_move_values(const struct store_move *move,
	    struct db_value *values);
bool	store_flight_move(struct store *store, const struct store_move *move,
	    bool *moved, struct err *err) MUST_CHECK;

/* A leaf about the message, with what every leaf says. */
struct store_event	store_flight_event(const struct store_flight *flight,
			    enum audit_event event, int attempt);

/* $1 notice, $2 its state, $3 when it was accepted or NULL. */
extern const char	store_follow_notice[];
/* $1 notice, $2 the state of its items, $3 when. */
extern const char	store_follow_item[];

/* The last attempt's end. */
bool	store_attempt_end(struct store *store, int64_t message_id, int n,
	    const char *outcome, const char *code, const char *reply,
	    int64_t now_ms, struct err *err) MUST_CHECK;

/* Compresses the bytes into the arena and gives their hash. */
bool	store_seal(struct store *store, struct str bytes,
	    const struct hash *template_hash, struct arena *arena,
	    struct str *packed_out, struct hash *hash_out, struct err *err)
	    MUST_CHECK;
/* $1 message, $2 hash, $3 template hash or NULL, $4 the packed bytes. */
extern const char	store_seal_sql[];

/* The message does not go: notice cancelled, items struck; what was to be sent
 * again out of in-doubt goes back there, for another verdict. */
bool	store_flight_cancel(struct store *store,
	    const struct store_flight *flight, const char *who,
	    const char *why, int64_t now_ms, struct err *err) MUST_CHECK;

#endif
