/* SPDX-License-Identifier: ISC */
/*
 * store_intake_impl.h - what the files of an import share.
 */
#ifndef DUNLIN_STORE_STORE_INTAKE_IMPL_H
#define DUNLIN_STORE_STORE_INTAKE_IMPL_H

#include "store/store_impl.h"
#include "store/store_intake.h"

/* --- sets of ids, names to ids (store_intake_refs.c) -------------------- */

struct id_set {
	int64_t	*slots;		/* 0 = free */
	size_t	 count, cap;
};

/* *added false when it was in already. */
bool	id_set_add(struct id_set *set, int64_t id, bool *added,
	    struct err *err) MUST_CHECK;
void	id_set_fini(struct id_set *set);

/* What is remembered of a customer between slices. */
struct known_customer {
	struct str	ref;
	int64_t		id;
	int64_t		person_id;
	int64_t		known_at;
	bool		seen;		/* a record of this import named it */
	bool		fresh;		/* this import brought it */
};

struct customer_map {
	struct known_customer	*slots;	/* id 0 = free */
	size_t			 count, cap;
	struct arena		*arena;	/* the refs */
};

#define CUSTOMER_MAP_MAX	200000	/* then it begins anew */

struct known_customer	*customer_map_find(const struct customer_map *map,
			    struct str ref);
struct known_customer	*customer_map_add(struct customer_map *map,
			    const struct known_customer *customer,
			    struct err *err);
void	customer_map_fini(struct customer_map *map);

/* --- the import --------------------------------------------------------- */

struct store_intake {
	struct store		*store;
	struct arena		*arena;		/* job's texts */
	struct arena		*slice;		/* emptied for each slice */
	struct store_intake_job	 job;
	int			 lock_fd;	/* -1: none or PostgreSQL */
	bool			 has_lock;
	int64_t			 batch;
	int64_t			 creditor_id;
	int64_t			 config_epoch;
	int64_t			 first_ms;	/* earliest known_at of all */
	struct store_tally	 counts[STORE_REC_KINDS];
	struct id_set		 touched;	/* persons in batch_touch */
	struct id_set		 seen;		/* customers, behind the map */
	struct customer_map	 customers;
	char			 last_currency[CURRENCY_LEN + 1];
	bool			 feeds_ledger;	/* more than customers came */
	struct db		*aside;		/* a snapshot's rows */
	int64_t			 cache, autocheckpoint;	/* as they were */
	store_reject_fn		*reject;	/* of the call under way */
	void			*arg;
};

#define INTAKE_REFS	60	/* names in one statement */
#define REF_PARAMS \
	"$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19," \
	"$20,$21,$22,$23,$24,$25,$26,$27,$28,$29,$30,$31,$32,$33,$34,$35," \
	"$36,$37,$38,$39,$40,$41,$42,$43,$44,$45,$46,$47,$48,$49,$50,$51," \
	"$52,$53,$54,$55,$56,$57,$58,$59,$60"

typedef bool	intake_row_fn(void *arg, struct db_rows *rows,
		    struct err *err);

/*
 * Runs sql, which has `IN (" REF_PARAMS ")`, for all refs, INTAKE_REFS at a
 * time; $61 and on are more.  fn gets each row.
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

/* Puts persons on the batch's list, each once. */
bool	intake_touch(struct store_intake *in, int64_t person_id,
	    struct err *err) MUST_CHECK;

bool	intake_currency(struct store_intake *in, const char *code,
	    struct err *err) MUST_CHECK;

/* Rows gathered for one db_exec_many. */
struct row_list {
	const char	*sql;
	size_t		 columns;
	struct db_value	*values;
	size_t		 count, cap;	/* in rows */
};

/* A place for one more row in the slice's arena; NULL: no memory. */
struct db_value	*row_list_add(struct store_intake *in, struct row_list *list,
		    struct err *err);
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
#define INTAKE_ENTRY_COLUMNS	10
#define INTAKE_DUE_COLUMNS	5
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
#define INTAKE_INVOICE_COLUMNS	13
bool	intake_invoice_ids(struct store_intake *in, size_t count,
	    int64_t *first, struct err *err) MUST_CHECK;

/* "feed:2026-01-31" in the slice's arena. */
struct str	intake_feed_ref(struct store_intake *in);

/* --- a batch's end and its traces --------------------------------------- */

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
