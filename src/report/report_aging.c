/* SPDX-License-Identifier: ISC */
#include "report/report.h"

#define CURRENCIES_MAX	400	/* ISO 4217 has fewer than 200 */

const char *const	report_bucket_names[] = {
	[REPORT_NOT_DUE] = "not_due",
	[REPORT_30] = "1-30",
	[REPORT_60] = "31-60",
	[REPORT_90] = "61-90",
	[REPORT_OLDER] = "91+",
	[REPORT_CREDIT] = "credit",
	[REPORT_BUCKETS] = NULL,
};

struct tally {
	struct report_agings	*out;
	int32_t			 day;
	int64_t			 invoice_id;	/* of the last row */
	unsigned		 seen;		/* its buckets, as bits */
};

enum report_bucket
report_bucket(int32_t due, int32_t as_of_day)
{
	int64_t	overdue = (int64_t)as_of_day - due;

	if (due == DAY_NONE || overdue <= 0)
		return REPORT_NOT_DUE;
	if (overdue <= 30)
		return REPORT_30;
	if (overdue <= 60)
		return REPORT_60;
	return overdue <= 90 ? REPORT_90 : REPORT_OLDER;
}

static struct report_aging *
aging_of(struct tally *tally, const char *currency)
{
	struct report_agings	*out = tally->out;
	size_t			 at = 0;

	while (at < out->count &&
	    strcmp(out->items[at].currency, currency) < 0)
		at++;
	if (at < out->count && strcmp(out->items[at].currency, currency) == 0)
		return &out->items[at];
	if (out->count == CURRENCIES_MAX)
		return NULL;
	(void)memmove(&out->items[at + 1], &out->items[at],
	    (out->count - at) * sizeof(out->items[0]));
	out->items[at] = (struct report_aging){.currency = ""};
	(void)snprintf(out->items[at].currency,
	    sizeof(out->items[at].currency), "%s", currency);
	out->count++;
	return &out->items[at];
}

/* Rows of one invoice come one behind the other. */
static bool
add_row(void *arg, const struct store_open_row *row, struct err *err)
{
	struct tally		*tally = arg;
	struct report_aging	*aging;
	enum report_bucket	 bucket;
	unsigned		 bit;
	bool			 ok;

	if (row->invoice_id != 0 && (row->status != INVOICE_OPEN ||
	    (row->issued != DAY_NONE && row->issued > tally->day)))
		return true;
	if ((aging = aging_of(tally, row->currency)) == NULL)
		return err_set(err, ERR_SYSTEM, "more currencies than exist");
	bucket = row->balance < 0 ? REPORT_CREDIT :
	    report_bucket(row->due, tally->day);
	ok = money_add(&aging->buckets[bucket].amount, row->balance);
	if (row->invoice_id != tally->invoice_id || row->invoice_id == 0) {
		tally->invoice_id = row->invoice_id;
		tally->seen = 0;
	}
	bit = 1u << bucket;
	aging->buckets[bucket].invoices += (tally->seen & bit) == 0;
	if (bucket != REPORT_CREDIT) {
		ok = money_add(&aging->total.amount, row->balance) && ok;
		aging->total.invoices +=
		    (tally->seen & ~(1u << REPORT_CREDIT)) == 0;
	}
	tally->seen |= bit;
	return ok || err_set(err, ERR_INPUT, "the sum of %s is too large",
	    row->currency);
}

bool
report_aging(struct store *store, const char *creditor, int64_t as_of_ms,
    int32_t as_of_day, struct arena *arena, struct report_agings *out,
    struct err *err)
{
	struct report_agings	agings = {arena_array(arena, CURRENCIES_MAX,
				    sizeof(struct report_aging)), 0};
	struct tally		tally = {.out = &agings, .day = as_of_day};

	if (agings.items == NULL)
		return err_nomem(err);
	if (!store_open_items(store, creditor, as_of_ms, as_of_day, add_row,
	    &tally, err))
		return false;
	*out = agings;
	return true;
}
