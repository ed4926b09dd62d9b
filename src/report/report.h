/* SPDX-License-Identifier: ISC */
/*
 * report.h - figures from the ledger, as of any day.
 *
 * Formulas: RULES 3; what programs read: CLI "report aging".
 */
#ifndef DUNLIN_REPORT_REPORT_H
#define DUNLIN_REPORT_REPORT_H

#include "store/store.h"
#include "store/store_list.h"

/* By days overdue of the instalment; what was overpaid stands apart. */
enum report_bucket { REPORT_NOT_DUE, REPORT_30, REPORT_60, REPORT_90,
	REPORT_OLDER, REPORT_CREDIT, REPORT_BUCKETS };

/* "not_due", "1-30", "31-60", "61-90", "91+", "credit". */
extern const char *const	report_bucket_names[];

struct report_sum {
	int64_t	invoices;	/* that have something in it; of a credit: rows */
	int64_t	amount;		/* minor units */
};

struct report_aging {
	char			 currency[CURRENCY_LEN + 1];
	struct report_sum	 buckets[REPORT_BUCKETS];
	struct report_sum	 total;		/* without credits */
};

struct report_agings {
	struct report_aging	*items;		/* by currency */
	size_t			 count;
};

/*
 * What is open of one creditor at as_of_ms, which lies on as_of_day of its
 * zone.  An invoice counts from its issue date on, money known by then or
 * valued by that day; drafts, cancelled, rejected and written-off invoices do
 * not count.  ERR_INPUT when a sum leaves int64_t.
 */
bool	report_aging(struct store *store, const char *creditor,
	    int64_t as_of_ms, int32_t as_of_day, struct arena *arena,
	    struct report_agings *out, struct err *err) MUST_CHECK;

/* The bucket of an instalment; without a due date it is not due. */
enum report_bucket	report_bucket(int32_t due, int32_t as_of_day);

#endif
