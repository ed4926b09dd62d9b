/* SPDX-License-Identifier: ISC */
/*
 * store_impl.h - what the files of this module share: the handle, nested
 * transactions, lists of ids in SQL, leaves.
 */
#ifndef DUNLIN_STORE_STORE_IMPL_H
#define DUNLIN_STORE_STORE_IMPL_H

#include "db/db.h"
#include "store/store.h"

struct store {
	struct db	*db;
	bool		 is_writer;
	bool		 is_pg;
	char		 instance[STORE_UUID_LEN + 1];
};

/*
 * A writing call's frame: begins unless the caller did, and ends only what it
 * began.
 *
 *	if (!store_tx_open(store, &tx, err))
 *		return false;
 *	ok = db_exec(...) && store_touch(...);
 *	return store_tx_close(store, &tx, ok, err);
 */
struct store_tx {
	bool	is_mine;
};

bool	store_tx_open(struct store *store, struct store_tx *tx,
	    struct err *err) MUST_CHECK;
/* Commits (ok) or rolls back what store_tx_open began; the result is whether
 * all went well.  !ok keeps err as it is. */
bool	store_tx_close(struct store *store, const struct store_tx *tx, bool ok,
	    struct err *err) MUST_CHECK;

/*
 * "IN (...)" over ids that come as one parameter, of any number: write
 * `person_id @ids` with the list as $1, built by store_ids and bound as
 * DB_TEXT.  store_sql puts this database's form in; sql must be a literal.
 */
void		store_ids(const struct store *store, const int64_t *ids,
		    size_t count, struct buf *out);
bool		store_query_ids(struct store *store, const char *sql,
		    struct str ids, const struct db_value *more, size_t n_more,
		    struct db_rows **out, struct err *err) MUST_CHECK;

/* A number of meta; absent counts as 0. */
bool	store_meta_number(struct store *store, const char *name, int64_t *out,
	    struct err *err) MUST_CHECK;
bool	store_meta_put(struct store *store, const char *name, int64_t value,
	    struct err *err) MUST_CHECK;

/* An event for the log; NULL texts count as "". */
struct store_event {
	const char		*event;		/* "created", "hold", ... */
	const char		*key;		/* K.c or K */
	const char		*channel;
	const char		*route;
	const char		*template_name;
	const struct hash	*template_hash;	/* NULL: none */
	const struct hash	*sealed_hash;	/* NULL: none */
	const char		*code;
	const char		*reply;
	const char		*peer;
	const char		*provider_id;
	const char		*who;
	const char		*detail;	/* no personal data */
	int			 attempt;
	int64_t			 epoch;		/* of the daemon; 0 none */
	/* commitments: what is said to whom, salted; "" none */
	int64_t			 person_id;
	const char		*recipient;	/* address */
	const char		*customer;	/* "creditor/ref" */
};

/*
 * Appends leaves within the open transaction and moves the frontier with them;
 * salts go to their table.  All leaves of a call carry now_ms.
 */
bool	store_log(struct store *store, int64_t now_ms,
	    const struct store_event *events, size_t count, struct err *err)
	    MUST_CHECK;

/* A NUL-ended copy of a column; NULL (with db_finish failing) never: when
 * memory is out *failed is set and "" comes back. */
const char	*store_copy(struct arena *arena, struct str text, bool *failed);

#define STORE_TEXT(t)	DB_TEXT(str_of(t))

#endif
