/* SPDX-License-Identifier: ISC */
/*
 * store_intake_impl.h - what the files of an import share.
 */
#ifndef DUNLIN_STORE_STORE_INTAKE_IMPL_H
#define DUNLIN_STORE_STORE_INTAKE_IMPL_H

#include "store/store_impl.h"
#include "store/store_intake.h"

/* --- sets of ids, names to ids (store_intake_refs.c) -------------------- */

/* Ids of a table lie close together: a word has 64 neighbours. */
struct id_word {
	int64_t		at;		/* id / 64 */
	uint64_t	bits;		/* 0 = free */
};

struct id_set {
	struct id_word	*slots;
	size_t		 count, cap;	/* of words */
};

/* *added false when it was in already. */
bool	id_set_add(struct id_set *set, int64_t id, bool *added,
	    struct err *err) MUST_CHECK;
/* Sorts: only id_set_take may follow. */
void	id_set_sort(struct id_set *set);
/* The next ids behind after, ascending; fewer than room: that was all. */
size_t	id_set_take(const struct id_set *set, int64_t after, int64_t *ids,
	    size_t room);
void	id_set_fini(struct id_set *set);

/* What is remembered of a customer between slices. */
struct known_customer {
	int64_t	id;
	int64_t	known_at;
	bool	seen;		/* a record of this import named it */
	bool	fresh;		/* this import brought it */
	uint32_t	ref_len;	/* the map's */
};

/* By ref.  One after the other in a pool, since there can be many. */
struct customer_map {
	uint32_t	*slots;		/* places in the pool; 0 = free */
	size_t		 count, cap;
	char		*pool;
	size_t		 used, room;
};

/* Then it begins anew: about 500,000 customers. */
#define CUSTOMER_MAP_MAX	((size_t)16 * 1024 * 1024)

/* Lent until the next add. */
struct known_customer	*customer_map_find(const struct customer_map *map,
			    struct str ref);
bool	customer_map_add(struct customer_map *map, struct str ref,
	    const struct known_customer *customer, struct err *err) MUST_CHECK;
/* Begins anew when it is full: between slices. */
void	customer_map_trim(struct customer_map *map);
void	customer_map_fini(struct customer_map *map);

/* Rows gathered for one statement, which says by its @rows what they hold. */
struct row_list {
	const char	*sql;
	size_t		 columns;	/* set when the first one comes */
	struct db_value	*values;
	size_t		 count, cap;	/* in rows */
};

/*
 * New persons and customers of a slice: their ids are taken first, their rows
 * written together at its end.
 */
struct newcomers {
	int64_t			next_person, next_customer;
	struct row_list		persons, customers;
	struct row_list		earlier;	/* known_at of customers */
	struct customer_map	by_key;		/* persons; id 0: none there */
};

/* --- the import --------------------------------------------------------- */

struct store_intake {
	struct store		*store;
	struct arena		*arena;		/* job's texts */
	struct arena		*slice;		/* emptied for each slice */
	size_t			 slice_size;	/* its records */
	struct store_intake_job	 job;
	int			 lock_fd;	/* -1: none or PostgreSQL */
	bool			 has_lock;
	int64_t			 batch;
	int64_t			 creditor_id;
	int64_t			 config_epoch;
	int64_t			 first_ms;	/* earliest known_at of all */
	struct store_tally	 counts[STORE_REC_KINDS];
	struct id_set		 persons;	/* to be touched at the end, */
	struct id_set		 owners;	/* and those of these customers */
	bool			 in_tx;		/* begun by an apply */
	int64_t			 tx_records;	/* applied in it */
	struct id_set		 seen;		/* customers, behind the map */
	struct customer_map	 customers;
	struct newcomers	 newcomers;
	char			 last_currency[CURRENCY_LEN + 1];
	bool			 feeds_ledger;	/* more than customers came */
	struct db		*aside;		/* a snapshot's rows */
	int64_t			 cache, autocheckpoint;	/* as they were */
	store_reject_fn		*reject;	/* of the call under way */
	void			*arg;
};

typedef bool	intake_row_fn(void *arg, struct db_rows *rows,
		    struct err *err);

/*
 * Runs sql with the refs as its @rows(t), in their order; more is $2 and on.
 * fn gets each row.
 */
bool	intake_by_refs(struct store_intake *in, const char *sql,
	    const struct str *refs, size_t count, const struct db_value *more,
	    size_t n_more, intake_row_fn *fn, void *arg, struct err *err)
	    MUST_CHECK;

/* Sorted, each once; the views are the records'. */
size_t	intake_sort_refs(struct str *refs, size_t count);
int	intake_compare_refs(struct str a, struct str b);

/* One record less to take: counts it and tells the caller. */
bool	intake_reject(struct store_intake *in,
	    const struct store_record *record, const char *field,
	    struct err *err, const char *fmt, ...) PRINTF_LIKE(5, 6);

enum intake_fate { FATE_FRESH, FATE_CHANGED, FATE_SAME };
void	intake_count(struct store_intake *in, enum store_record_kind kind,
	    enum intake_fate fate);

int64_t	intake_known_at(struct store_intake *in,
	    const struct store_record *record);

/* The person, or whose customer it then is, is touched at the batch's end. */
bool	intake_touch(struct store_intake *in, int64_t person_id,
	    struct err *err) MUST_CHECK;
bool	intake_touch_owner(struct store_intake *in, int64_t customer_id,
	    struct err *err) MUST_CHECK;
/* Puts them on the batch's list: before it is shown. */
bool	intake_write_touches(struct store_intake *in, struct err *err)
	    MUST_CHECK;
/* Ends the transaction that applies have left open. */
bool	intake_commit(struct store_intake *in, struct err *err) MUST_CHECK;

bool	intake_currency(struct store_intake *in, const char *code,
	    struct err *err) MUST_CHECK;

/* A place for one more row in the slice's arena; NULL: no memory. */
struct db_value	*row_list_add(struct store_intake *in, struct row_list *list,
		    struct err *err);
bool	row_list_run_on(struct db *db, struct row_list *list, struct err *err)
	    MUST_CHECK;
bool	row_list_run(struct store_intake *in, struct row_list *list,
	    struct err *err) MUST_CHECK;

/* --- by kind ------------------------------------------------------------ */

/* Customers of the slice; then every customer named by the others is known. */
bool	intake_customers(struct store_intake *in,
	    const struct store_record **records, size_t count,
	    struct err *err) MUST_CHECK;
bool	intake_know_customers(struct store_intake *in, struct str *refs,
	    size_t count, struct err *err) MUST_CHECK;
bool	intake_invoices(struct store_intake *in,
	    const struct store_record **records, size_t count,
	    struct err *err) MUST_CHECK;
bool	intake_payments(struct store_intake *in,
	    const struct store_record **records, size_t count,
	    enum store_record_kind kind, struct err *err) MUST_CHECK;
bool	intake_open_aside(struct store_intake *in, struct err *err) MUST_CHECK;
bool	intake_put_aside(struct store_intake *in,
	    const struct store_record **records, size_t count,
	    struct err *err) MUST_CHECK;

/* --- invoices as the ledger has them (store_intake_state.c) ------------- */

struct instalment_state {
	int64_t	id;
	int	number;
	int32_t	due;		/* of its latest version */
	int64_t	due_known_at;
	int	cycle;
	int64_t	billed;		/* amount and adjustments */
	int64_t	balance;	/* and everything else */
	int64_t	batch;		/* that brought it, or changed it last */
	bool	moved_on;	/* closed by a transfer */
};

struct invoice_state {
	struct str		 ref;
	int64_t			 id;
	int64_t			 customer_id;
	int64_t			 person_id;
	char			 currency[CURRENCY_LEN + 1];
	int32_t			 issued;
	struct str		 facts[INVOICE_FACTS];
	int64_t			 facts_known_at;
	int64_t			 facts_batch;
	struct instalment_state	*instalments;	/* by number */
	size_t			 count;
};

struct invoice_states {
	struct invoice_state	*items;		/* by ref */
	size_t			 count;
};

/* Those of refs (sorted) that there are; in the slice's arena. */
bool	intake_load_invoices(struct store_intake *in, const struct str *refs,
	    size_t count, struct invoice_states *out, struct err *err)
	    MUST_CHECK;
struct invoice_state	*invoice_states_find(const struct invoice_states *s,
			    struct str ref);

/* Entries and versions on what the ledger has. */
bool	intake_entry(struct store_intake *in, struct row_list *list,
	    int64_t customer_id, int64_t instalment_id, enum entry_kind kind,
	    struct str ref, const char *currency, int64_t amount,
	    int32_t value_on, int64_t known_at, struct err *err) MUST_CHECK;
extern const char	intake_entry_sql[];
extern const char	intake_due_sql[];
bool	intake_due(struct store_intake *in, struct row_list *list,
	    struct instalment_state *instalment, int32_t due,
	    int64_t known_at, struct err *err) MUST_CHECK;
/* A version of the invoice's facts where the record differs; *changed. */
bool	intake_facts(struct store_intake *in, struct invoice_state *invoice,
	    const struct store_record *record, bool *changed, struct err *err)
	    MUST_CHECK;
bool	intake_new_invoice(struct store_intake *in, struct row_list *list,
	    const struct store_record *record, int64_t customer_id, int64_t id,
	    struct err *err) MUST_CHECK;
extern const char	intake_invoice_sql[];
/* count ids of a table in a row, for rows that are to be inserted. */
bool	intake_ids(struct store_intake *in, const char *table, size_t count,
	    int64_t *first, struct err *err) MUST_CHECK;

/* --- persons (store_intake_person.c) ------------------------------------ */

extern const char	intake_person_sql[];

/* Looks up at once whom the records name. */
bool	intake_ask_persons(struct store_intake *in,
	    const struct store_record **records, size_t count,
	    struct err *err) MUST_CHECK;
/* By the feed's name for it, else by country and tax id. */
bool	intake_find_person(struct store_intake *in, struct str ref,
	    struct str country, struct str tax_id, int64_t *id, bool *found,
	    struct err *err) MUST_CHECK;
bool	intake_make_person(struct store_intake *in, struct str ref,
	    struct str country, struct str tax_id, int64_t *id,
	    struct err *err) MUST_CHECK;

/* "feed:2026-01-31" in the slice's arena. */
struct str	intake_feed_ref(struct store_intake *in);

/* --- a batch's end and its traces --------------------------------------- */

/* SQLite's handle for many rows, and back (store_intake_bulk.c). */
bool	intake_widen(struct store_intake *in, struct err *err) MUST_CHECK;
void	intake_narrow(struct store_intake *in);
/* An index that a first import does better without: in the transaction that
 * hides the batch; and back, before or as it is hidden no more. */
bool	intake_leave_out(struct store_intake *in, struct err *err) MUST_CHECK;
bool	intake_put_back(struct store *store, struct err *err) MUST_CHECK;
bool	intake_lock(struct store_intake *in, struct err *err) MUST_CHECK;
void	intake_unlock(struct store_intake *in);
bool	intake_undo(struct store *store, int64_t batch, struct err *err)
	    MUST_CHECK;
bool	intake_touch_all(struct store *store, int64_t batch, struct err *err)
	    MUST_CHECK;
/* What dead imports left; the lock is held. */
bool	intake_recover(struct store *store, struct store_recovered *out,
	    struct err *err) MUST_CHECK;

/* --- re-splits (store_intake_resplit.c) --------------------------------- */

struct feed_row {
	int64_t	line;
	int32_t	due;
	int64_t	open;		/* what the snapshot says is open */
	int64_t	billed;
	int64_t	known_at;
	bool	paired;
};

/* --- a snapshot beside the ledger (store_intake_aside.c) ---------------- */

#define SETTLE_SLICE	2000	/* invoices in one transaction */

/* One invoice's rows in the feed. */
struct group {
	struct str		 ref;
	struct store_record	 first;		/* facts, as it has them */
	struct store_vec	 rows;		/* struct feed_row */
};

struct settler {
	struct store_intake	*in;
	struct store_difference	*d;
	bool			 apply;		/* else only counts */
	struct group		*groups;
	size_t			 count;
	struct row_list		 invoices;
	struct row_list		 entries;
	struct row_list		 dues;
};

/* Refs of open invoices of the ledger go beside the feed's. */
bool	intake_list_ledger(struct store_intake *in,
	    struct store_difference *d, struct err *err) MUST_CHECK;
/* The next invoices of both sides in the order of their refs. */
bool	intake_next_groups(struct settler *s, struct str after,
	    bool has_after, struct err *err) MUST_CHECK;
/* Their feed rows. */
bool	intake_load_feed(struct settler *s, struct err *err) MUST_CHECK;

bool	intake_resplit(struct store_intake *in, struct invoice_state *invoice,
	    const struct feed_row *rows, size_t count, struct err *err)
	    MUST_CHECK;

#endif
