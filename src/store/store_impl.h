/* SPDX-License-Identifier: ISC */
/*
 * store_impl.h - what the files of this module share: the handle, nested
 * transactions, lists of ids in SQL, leaves.
 */
#ifndef DUNLIN_STORE_STORE_IMPL_H
#define DUNLIN_STORE_STORE_IMPL_H

#include "audit/audit.h"
#include "db/db.h"
#include "store/store.h"

struct store_log;
struct store_seal_cache;

struct store {
	struct db	*db;
	bool		 is_writer;
	bool		 is_pg;
	char		 instance[STORE_UUID_LEN + 1];
	struct store_log	*log;	/* leaves of the transaction */
	struct store_seal_cache	*seals;
	bool			 has_new_sample; /* in this transaction */
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
 * `person_id @ids`.  out must live until the rows are finished.
 */
void		store_ids(const struct store *store, const int64_t *ids,
		    size_t count, struct buf *out);
bool		store_query_ids(struct store *store, const char *sql,
		    struct str ids, const struct db_value *more, size_t n_more,
		    struct db_rows **out, struct err *err) MUST_CHECK;

/*
 * The batch whose rows do not exist yet for readers, as SQL.  meta's
 * hidden_batch is -1 when there is none (0 is what people wrote).
 */
#define STORE_HIDDEN \
	"(SELECT CASE WHEN value IN ('', '0') THEN -1" \
	" ELSE CAST(value AS @int) END FROM meta WHERE name = 'hidden_batch')"

/* Rows of a list, in an arena. */
struct store_vec {
	void	*items;
	size_t	 count;
	size_t	 cap;
};

/* A zeroed place behind the last; NULL when memory is out. */
void	*store_vec_add(struct arena *arena, struct store_vec *vec, size_t size);
bool	store_vec_more(struct arena *arena, struct store_vec *vec, size_t size);

/*
 * Rows for one db_exec_many, gathered in an arena: on PostgreSQL a row at a
 * time costs a round trip each.
 */
bool	store_row_add(struct arena *arena, struct store_vec *vec,
	    const struct db_value *values, size_t n, struct err *err)
	    MUST_CHECK;
#define STORE_ROW(arena, vec, err, ...) \
	store_row_add((arena), (vec), (const struct db_value[]){__VA_ARGS__}, \
	    sizeof((const struct db_value[]){__VA_ARGS__}) / \
	    sizeof(struct db_value), (err))
/* None is fine.  *changed (may be NULL) gets the sum. */
bool	store_rows_write(struct store *store, const struct store_vec *vec,
	    size_t columns, const char *sql, size_t *changed, struct err *err)
	    MUST_CHECK;

/* Columns and parameters that may be NULL: TIME_NONE, DAY_NONE. */
int64_t		store_time(struct db_rows *rows, int column);
int32_t		store_day(struct db_rows *rows, int column);
struct db_value	store_time_value(int64_t ms);
struct db_value	store_day_value(int32_t day);
/* name_find with a value for what is not in the list. */
int	store_name(const char *const *names, struct str text, int otherwise);

/*
 * As store_touch within an open transaction, for what was decided and now came
 * about (an outcome): the person's other open notices stay valid, for their
 * decision counted on it.
 */
bool	store_touch_expected(struct store *store, const int64_t *person_ids,
	    size_t count, int64_t at_ms, struct err *err) MUST_CHECK;

/* Runs list[from] .. list[count - 1], each in a transaction that also sets the
 * schema version to its place, counted from 1. */
bool	store_run_scripts(struct db *db, const char *const *list,
	    int64_t count, int64_t from, struct err *err) MUST_CHECK;

/* Raises a number of meta and gives it. */
bool	store_meta_bump(struct store *store, const char *name, int64_t *out,
	    struct err *err) MUST_CHECK;

/* A number of meta; absent counts as 0. */
bool	store_meta_number(struct store *store, const char *name, int64_t *out,
	    struct err *err) MUST_CHECK;
bool	store_meta_put(struct store *store, const char *name, int64_t value,
	    struct err *err) MUST_CHECK;

/* An event for the log.  at_ms, the clocks and the commitments are filled in
 * by store_log; what the leaf lends must live during the call only. */
struct store_event {
	struct audit_leaf	 leaf;
	int64_t			 person_id;	/* whose erasure forgets it */
	const char		*recipient;	/* address; NULL none */
	const char		*customer;	/* "creditor/ref"; NULL none */
};

/*
 * Leaves for the open transaction: they are put in and the frontier is moved
 * when it commits (store_commit, store_tx_close), so that the frontier is the
 * last row that a transaction locks.
 */
bool	store_log(struct store *store, int64_t now_ms,
	    const struct store_event *events, size_t count, struct err *err)
	    MUST_CHECK;
/* One event without a message: what a person or the house did. */
bool	store_log_act(struct store *store, enum audit_event event,
	    const char *who, const char *reason, const char *detail,
	    int64_t now_ms, struct err *err) MUST_CHECK;

/* Ends an open (or in-doubt) notice, with what becomes of its open items. */
bool	store_notice_end(struct store *store, int64_t notice_id,
	    enum notice_state state, enum item_state items, const char *why,
	    int64_t now_ms, struct err *err) MUST_CHECK;

/* An open (or in-doubt) notice and its items follow their message. */
bool	store_notice_follow(struct store *store, int64_t notice_id,
	    enum notice_state state, enum item_state items, int64_t now_ms,
	    struct err *err) MUST_CHECK;

/* store.c's own. */
bool	store_log_flush(struct store *store, struct err *err) MUST_CHECK;
void	store_log_drop(struct store *store);
void	store_log_free(struct store_log **log);
void	store_seal_free(struct store_seal_cache **cache);
/* A sample that is not there after all must not be packed with. */
void	store_seal_forget(struct store *store);

/* A NUL-ended copy of a column; when memory is out *failed is set and "" comes
 * back. */
const char	*store_copy(struct arena *arena, struct str text, bool *failed);

#define STORE_TEXT(t)	DB_TEXT(str_of(t))

/*
 * When an attempt in doubt was a contact: at its end, but that may have become
 * known much later, with the next daemon.  No hand-over takes an hour.
 */
#define STORE_MADE_AT(a) \
	"CASE WHEN " a ".ended_at > " a ".started_at + 3600000" \
	" THEN " a ".started_at + 3600000 ELSE " a ".ended_at END"

#endif
