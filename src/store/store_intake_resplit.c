/* SPDX-License-Identifier: ISC */
#include "store/store_intake_impl.h"

/*
 * An invoice whose instalments became others.  The old ones are closed by
 * transfers (what the totals differ by is booked first, as payment or
 * adjustment); the new ones get the next numbers and stand where the highest
 * of the old stood: an item "passed, inherited" for every step that was taken
 * keeps (instalment, cycle, step, occurrence) unique and gives the level.  What
 * was in dispute stays so, from the first new one on; a hold on an old
 * instalment holds all new ones.
 */

static bool
close_old(struct store_intake *in, struct invoice_state *invoice,
    int64_t difference, struct err *err)
{
	struct row_list	 entries = {.sql = intake_entry_sql};
	struct str	 ref = intake_feed_ref(in);

	for (size_t i = 0; i < invoice->count; i++) {
		struct instalment_state	*n = &invoice->instalments[i];
		int64_t			 part = 0;

		if (n->moved_on || n->balance == 0)
			continue;
		/* less than was open: paid off the oldest ones first */
		if (difference < 0 && n->balance > 0)
			part = -difference < n->balance ? difference :
			    -n->balance;
		else if (difference > 0)
			part = difference;
		if (part != 0 && !intake_entry(in, &entries,
		    invoice->customer_id, n->id, part < 0 ? ENTRY_PAYMENT :
		    ENTRY_ADJUSTMENT, ref, invoice->currency, part,
		    in->job.as_of, in->job.now_ms, err))
			return false;
		difference -= part;
		n->balance += part;
		if (n->balance != 0 && !intake_entry(in, &entries,
		    invoice->customer_id, n->id, ENTRY_TRANSFER, ref,
		    invoice->currency, -n->balance, in->job.as_of,
		    in->job.now_ms, err))
			return false;
	}
	return row_list_run(in, &entries, err);
}

static bool
add_new(struct store_intake *in, const struct invoice_state *invoice,
    int number, int cycle, const struct feed_row *row, int64_t *id,
    struct err *err)
{
	return db_number(in->store->db, "INSERT INTO instalment (invoice_id,"
	    " number, due, amount, cycle, known_at, batch) VALUES ($1, $2, $3,"
	    " $4, $5, $6, $7) RETURNING id", DB_PARAMS(DB_INT(invoice->id),
	    DB_INT(number), store_day_value(row->due), DB_INT(row->open),
	    DB_INT(cycle), DB_INT(in->job.now_ms), DB_INT(in->batch)), id,
	    NULL, err);
}

/* Every step that one of the old instalments took, taken by the new one. */
static bool
inherit(struct store_intake *in, int64_t old, int64_t new_id, int cycle,
    struct err *err)
{
	return db_exec(in->store->db, "INSERT INTO item (notice_id,"
	    " instalment_id, cycle, step, occurrence, state, amount, at, rule)"
	    " SELECT NULL, $2, cycle, step, occurrence, 'passed', 0, at,"
	    " 'inherited' FROM item WHERE instalment_id = $1 AND cycle = $3"
	    " AND (state IN ('accepted', 'in-doubt')"
	    "  OR (state = 'passed' AND rule = 'inherited'))"
	    " ON CONFLICT DO NOTHING", DB_PARAMS(DB_INT(old), DB_INT(new_id),
	    DB_INT(cycle)), NULL, err);
}

/* What of the open sum is in dispute. */
static bool
count_disputed(struct store_intake *in, const struct invoice_state *invoice,
    int64_t *out, struct err *err)
{
	int64_t	amount, sum = 0;
	bool	found;

	for (size_t i = 0; i < invoice->count; i++) {
		const struct instalment_state	*n = &invoice->instalments[i];

		if (n->moved_on || n->balance <= 0)
			continue;
		if (!db_number(in->store->db, "SELECT COALESCE(amount, $2)"
		    " FROM dispute WHERE instalment_id = $1"
		    " AND ended_at IS NULL", DB_PARAMS(DB_INT(n->id),
		    DB_INT(n->balance)), &amount, &found, err))
			return false;
		if (found)
			sum += amount < n->balance ? amount : n->balance;
	}
	*out = sum;
	return true;
}

static bool
carry_dispute(struct store_intake *in, int64_t invoice_id, int64_t new_id,
    int64_t amount, struct err *err)
{
	return amount <= 0 || db_exec(in->store->db, "INSERT INTO dispute"
	    " (instalment_id, person_id, amount, reason, author, known_at)"
	    " SELECT $2, person_id, $3, reason, author, $4 FROM dispute"
	    " WHERE ended_at IS NULL AND instalment_id IN (SELECT id"
	    " FROM instalment WHERE invoice_id = $1) ORDER BY id LIMIT 1",
	    DB_PARAMS(DB_INT(invoice_id), DB_INT(new_id), DB_INT(amount),
	    DB_INT(in->job.now_ms)), NULL, err);
}

static bool
carry_holds(struct store_intake *in, int64_t old, int64_t new_id,
    struct err *err)
{
	return db_exec(in->store->db, "INSERT INTO hold (scope, subject_id,"
	    " person_id, reason, author, from_at, until_at, known_at)"
	    " SELECT scope, $2, person_id, reason, author, from_at, until_at,"
	    " $3 FROM hold WHERE scope = 'instalment' AND subject_id = $1"
	    " AND ended_at IS NULL AND until_at > $3",
	    DB_PARAMS(DB_INT(old), DB_INT(new_id), DB_INT(in->job.now_ms)),
	    NULL, err);
}

bool
intake_resplit(struct store_intake *in, struct invoice_state *invoice,
    const struct feed_row *rows, size_t count, struct err *err)
{
	int64_t	difference = 0, disputed = 0, id;
	int	last = 0, cycle = 1;

	for (size_t i = 0; i < count; i++)
		difference += rows[i].open;
	for (size_t i = 0; i < invoice->count; i++) {
		const struct instalment_state	*n = &invoice->instalments[i];

		if (n->number > last)
			last = n->number;
		if (n->moved_on)
			continue;
		difference -= n->balance;
		if (n->cycle > cycle)
			cycle = n->cycle;
	}
	if (!count_disputed(in, invoice, &disputed, err) ||
	    !close_old(in, invoice, difference, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!add_new(in, invoice, last + 1 + (int)i, cycle, &rows[i],
		    &id, err) || !carry_dispute(in, invoice->id, id,
		    disputed < rows[i].open ? disputed : rows[i].open, err))
			return false;
		disputed -= disputed < rows[i].open ? disputed : rows[i].open;
		for (size_t j = 0; j < invoice->count; j++) {
			if (!invoice->instalments[j].moved_on && (!inherit(in,
			    invoice->instalments[j].id, id, cycle, err) ||
			    !carry_holds(in, invoice->instalments[j].id, id,
			    err)))
				return false;
		}
	}
	return intake_touch(in, invoice->person_id, err);
}
