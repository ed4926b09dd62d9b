/* SPDX-License-Identifier: ISC */
/*
 * store_intake.h - facts that come in bulk: one import is one batch.
 *
 * Records are applied in slices, some to a transaction, under a batch id that
 * readers do not see (meta hidden_batch) until store_intake_finish makes all
 * of them visible by one update; then the persons concerned are touched, also
 * in slices.  Killed at any point, store_intake_recover undoes what was hidden
 * or finishes the touches.  One import at a time per store: a lock that dies
 * with its holder (SQLite: on a file beside the store; PostgreSQL: advisory).
 *
 * Upserts go by natural keys: a customer by (creditor, ref), a person by the
 * feed's name for it, else (country, tax id), else its own; an invoice by
 * (creditor, ref), an instalment by its number; payments and credit notes are
 * booked once by (creditor, kind, ref).  The same records again change nothing.
 *
 * Thread: one at a time, like its store.  Views in records are only read
 * during the call.
 */
#ifndef DUNLIN_STORE_STORE_INTAKE_H
#define DUNLIN_STORE_STORE_INTAKE_H

#include "base/buf.h"
#include "base/date.h"
#include "base/hash.h"
#include "model/money.h"

struct store;
struct store_intake;		/* opaque: one import under way */

enum store_record_kind { STORE_REC_CUSTOMER, STORE_REC_INVOICE,
	STORE_REC_PAYMENT, STORE_REC_CREDIT, STORE_REC_KINDS };

/*
 * The texts of a record.  A view with p NULL was not in the feed: what is
 * known stays.  The first CUSTOMER_FACTS of a customer are versioned together.
 */
enum store_customer_text { CUSTOMER_NAME, CUSTOMER_TAX_ID, CUSTOMER_TYPE,
	CUSTOMER_STATUS, CUSTOMER_COUNTRY, CUSTOMER_REGION, CUSTOMER_ZONE,
	CUSTOMER_LANGUAGE, CUSTOMER_POLICY, CUSTOMER_PREFERRED, CUSTOMER_EMAIL,
	CUSTOMER_PHONE, CUSTOMER_WHATSAPP, CUSTOMER_ADDRESS, CUSTOMER_CONSENT,
	CUSTOMER_FACTS, CUSTOMER_PERSON = CUSTOMER_FACTS, CUSTOMER_TEXTS };
enum store_invoice_text { INVOICE_STATUS, INVOICE_PAY_URL, INVOICE_DOCUMENT,
	INVOICE_PURCHASE_ORDER, INVOICE_POLICY, INVOICE_FACTS,
	INVOICE_CUSTOMER = INVOICE_FACTS, INVOICE_TEXTS };
enum store_payment_text { PAYMENT_CUSTOMER, PAYMENT_INVOICE, PAYMENT_TEXTS };

#define STORE_RECORD_TEXTS	CUSTOMER_TEXTS

struct store_record {
	enum store_record_kind	kind;
	int64_t		line;		/* of the file, for rejects */
	struct str	ref;		/* the record's own name; never empty */
	struct str	texts[STORE_RECORD_TEXTS];	/* by the kind's enum */
	char		currency[CURRENCY_LEN + 1];
	int		number;		/* instalment, from 1; 0: by its due
					 * date among the invoice's rows
					 * (snapshots only) */
	int64_t		amount;		/* invoiced or paid, minor units */
	int64_t		balance;	/* open, only with has_balance */
	bool		has_balance;
	int32_t		on;		/* issued, or the payment's date */
	int32_t		due;		/* DAY_NONE: missing */
	int64_t		known_at;	/* TIME_NONE: the job's now_ms */
	/*
	 * Customers: carried along by rows of another kind, so the first row
	 * that names it counts and others are not looked at; and the channels
	 * that its addresses stand for when the feed has no consent column.
	 */
	bool		along;
	struct str	implied;
};

struct store_intake_job {
	const char	*kind;		/* for the batch row */
	const char	*creditor;	/* its ref; the row is made when new */
	const char	*file;		/* its name, for the batch row */
	struct hash	 hash;		/* of its bytes */
	const char	*author;
	int64_t		 now_ms;
	int32_t		 today;		/* now_ms in the creditor's zone */

	/* Records in one transaction, which then goes on over several calls of
	 * store_intake_apply; 0: each call is one. */
	int64_t		 commit_every;
	const char	*spool_dir;	/* where a snapshot is put aside; NULL:
					 * /tmp */

	/* A full snapshot of what is open (open-items). */
	bool		 is_snapshot;
	int32_t		 as_of;		/* DAY_NONE: today */
	int32_t		 max_vanished_bp;	/* of the open items, in 1/100
					 * percent */
	bool		 accept;	/* take it although out of band */
};

/* Records by what became of them. */
struct store_tally {
	int64_t	read, fresh, changed, same, rejected;
};

/* A record that cannot be taken; reason is one sentence for people. */
typedef void	store_reject_fn(void *arg, int64_t line, const char *field,
		    const char *reason);

/*
 * Gives *out, with the batch row written.  ERR_LATER: another import is under
 * way.  What a dead one left behind is set right first, as by recover.
 */
bool	store_intake_begin(struct store *store,
	    const struct store_intake_job *job, struct store_intake **out,
	    struct err *err) MUST_CHECK;

/*
 * One slice, in the file's order, customers before the invoices that name
 * them and invoices before their payments within the slice: the call sorts
 * kinds itself.  About 8,000 records a call are a good size.  A snapshot's
 * invoices, in any order, are put aside until store_intake_settle.
 */
bool	store_intake_apply(struct store_intake *intake,
	    const struct store_record *records, size_t count,
	    store_reject_fn *reject, void *arg, struct err *err) MUST_CHECK;

/* What a snapshot would change against the ledger. */
struct store_difference {
	int64_t		open_before;	/* instalments with a balance */
	int64_t		open_after;
	int64_t		fresh, settled, smaller, larger, moved, resplit, same;
	int32_t		last_as_of;	/* DAY_NONE: first snapshot */
	char		why[320];	/* why it was stopped; "" in band */
};

/*
 * Snapshots: compares with the ledger and, when in band or accepted, applies.
 * Out of band: difference->why says so, nothing is applied, and true is
 * returned: the caller shows it and ends with store_intake_abort.
 */
bool	store_intake_settle(struct store_intake *intake,
	    struct store_difference *difference, store_reject_fn *reject,
	    void *arg, struct err *err) MUST_CHECK;

/* Records of all kinds. */
struct store_tally	store_intake_counts(const struct store_intake *intake);
/* The same by kind. */
const struct store_tally *store_intake_kind_counts(
	    const struct store_intake *intake, enum store_record_kind kind);

/*
 * Makes everything visible by one update, raises meta generation, notes the
 * creditor's feed, then touches the persons.  Takes *intake also on failure.
 * rejected: rows that never became records, for the batch row.
 */
bool	store_intake_finish(struct store_intake **intake, int64_t rejected,
	    struct err *err) MUST_CHECK;

/* Undoes what is hidden.  Takes; NULL inside is fine. */
bool	store_intake_abort(struct store_intake **intake, struct err *err)
	    MUST_CHECK;

/*
 * Ends the handle and leaves everything as it is, as a death would: for tests,
 * and for a caller that must go at once.  Takes.
 */
void	store_intake_forget(struct store_intake **intake);

struct store_recovered {
	int64_t	undone;		/* batches taken back */
	int64_t	finished;	/* batches whose touches were completed */
};

/*
 * For a daemon's start: undoes a hidden batch and finishes touches, unless an
 * import is under way (then nothing is done).
 */
bool	store_intake_recover(struct store *store, struct store_recovered *out,
	    struct err *err) MUST_CHECK;

/* Are the rows of this creditor's ledger read, and as of which day? */
bool	store_intake_feed(struct store *store, const char *creditor,
	    int64_t *feed_at_out, int32_t *as_of_out, struct err *err)
	    MUST_CHECK;

#endif
