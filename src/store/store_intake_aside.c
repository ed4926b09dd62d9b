/* SPDX-License-Identifier: ISC */
#include "store/store_intake_impl.h"

#include <unistd.h>

/*
 * A snapshot's rows wait in a private database, because the rows of an invoice
 * may stand anywhere in the file, and what is absent shows only at its end.
 */
static const char	aside_schema[] =
	"CREATE TABLE feed (ref @text NOT NULL, due @day, line @int NOT NULL,"
	" number @int NOT NULL, customer @text NOT NULL, open @money NOT NULL,"
	" billed @money NOT NULL, currency @text NOT NULL, issued @day,"
	" status @text, pay_url @text, document @text, purchase_order @text,"
	" policy @text, known_at @time NOT NULL) @table;"
	"CREATE TABLE ledger (ref @text NOT NULL) @table";

bool
intake_open_aside(struct store_intake *in, struct err *err)
{
	const struct db_options	options = {.create = true, .is_private = true};
	char			path[4096], dsn[4096 + 16];
	int			fd;
	bool			ok;

	if (snprintf(path, sizeof(path), "%s/dunlin-XXXXXX",
	    in->job.spool_dir) >= (int)sizeof(path) ||
	    (fd = mkostemp(path, 0)) < 0)
		return err_sys(err, "making a spool file in %s",
		    in->job.spool_dir);
	(void)close(fd);
	(void)snprintf(dsn, sizeof(dsn), "sqlite:%s", path);
	ok = db_open(dsn, &options, &in->aside, err) &&
	    db_script(in->aside, aside_schema, err);
	/* open, it needs no name: nothing stays behind */
	(void)unlink(path);
	return ok;
}

static struct db_value
text_or_null(struct str text)
{
	return text.p == NULL ? DB_NULL : DB_TEXT(text);
}

static bool
feed_values(struct store_intake *in, struct row_list *list,
    const struct store_record *r, struct err *err)
{
	struct db_value	*v = row_list_add(in, list, err);

	if (v == NULL)
		return false;
	v[0] = DB_TEXT(r->ref);
	v[1] = store_day_value(r->due);
	v[2] = DB_INT(r->line);
	v[3] = DB_INT(r->number);
	v[4] = DB_TEXT(r->texts[INVOICE_CUSTOMER]);
	v[5] = DB_INT(r->has_balance ? r->balance : r->amount);
	v[6] = DB_INT(r->amount);
	v[7] = STORE_TEXT(r->currency);
	v[8] = store_day_value(r->on);
	for (int i = 0; i < INVOICE_FACTS; i++)
		v[9 + i] = text_or_null(r->texts[i]);
	v[14] = DB_INT(intake_known_at(in, r));
	return true;
}

bool
intake_put_aside(struct store_intake *in, const struct store_record **records,
    size_t count, struct err *err)
{
	struct row_list	 list = {.sql = "INSERT INTO feed SELECT c1, c2, c3,"
			    " c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14,"
			    " c15 FROM @rows(tiiitiitittttti)"};
	struct str	*customers;

	customers = arena_array(in->slice, count, sizeof(*customers));
	if (customers == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++)
		customers[i] = records[i]->texts[INVOICE_CUSTOMER];
	if (!intake_know_customers(in, customers, count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct str	ref = records[i]->texts[INVOICE_CUSTOMER];

		if (customer_map_find(&in->customers, ref) == NULL) {
			if (!intake_reject(in, records[i], "customer", err,
			    "customer %.*s is not known; import customers"
			    " first", STR_ARG(ref)))
				return false;
		} else if (!feed_values(in, &list, records[i], err))
			return false;
	}
	return row_list_run_on(in->aside, &list, err);
}

/* --- the two sides, invoice by invoice ---------------------------------- */

/* Refs of open invoices of the ledger go beside the feed's. */
bool
intake_list_ledger(struct store_intake *in, struct store_difference *d,
    struct err *err)
{
	struct db_rows	*rows;

	if (!db_begin(in->aside, DB_TX_WRITE, err))
		return false;
	if (!db_query(in->store->db, "SELECT i.ref, COUNT(*) FROM invoice i"
	    " JOIN instalment n ON n.invoice_id = i.id"
	    " WHERE i.creditor_id = $1 AND n.amount + COALESCE((SELECT"
	    " SUM(e.amount) FROM entry e WHERE e.instalment_id = n.id), 0)"
	    " <> 0 GROUP BY i.id, i.ref", DB_PARAMS(DB_INT(in->creditor_id)),
	    &rows, err))
		return false;
	while (db_step(rows)) {
		d->open_before += db_int(rows, 1);
		if (!db_exec(in->aside, "INSERT INTO ledger VALUES ($1)",
		    DB_PARAMS(DB_TEXT(db_text(rows, 0))), NULL, err)) {
			db_rows_free(&rows);
			return false;
		}
	}
	return db_finish(&rows, err) && db_commit(in->aside, err);
}

/* The next invoices of both sides in the order of their refs. */
bool
intake_next_groups(struct settler *s, struct str after, bool has_after,
    struct err *err)
{
	struct db_rows	*rows;

	s->count = 0;
	s->groups = arena_array(s->in->slice, SETTLE_SLICE,
	    sizeof(*s->groups));
	if (s->groups == NULL)
		return err_nomem(err);
	if (!db_query(s->in->aside, has_after ?
	    "SELECT ref FROM feed WHERE ref > $1 UNION SELECT ref FROM ledger"
	    " WHERE ref > $1 ORDER BY ref LIMIT $2" :
	    "SELECT ref FROM feed WHERE $1 = '' UNION SELECT ref FROM ledger"
	    " ORDER BY ref LIMIT $2", DB_PARAMS(DB_TEXT(after),
	    DB_INT(SETTLE_SLICE)), &rows, err))
		return false;
	while (s->count < SETTLE_SLICE && db_step(rows)) {
		bool	failed = false;

		s->groups[s->count++].ref = str_of(store_copy(s->in->slice,
		    db_text(rows, 0), &failed));
		if (failed) {
			db_rows_free(&rows);
			return err_nomem(err);
		}
	}
	return db_finish(&rows, err);
}

static bool
take_feed_row(struct settler *s, struct group *g, struct db_rows *rows,
    struct err *err)
{
	struct store_record	*first = &g->first;
	struct feed_row		*row;
	bool			 failed = false;
	struct arena		*arena = s->in->slice;

	if ((row = store_vec_add(arena, &g->rows, sizeof(*row))) == NULL)
		return err_nomem(err);
	*row = (struct feed_row){ .due = store_day(rows, 1),
	    .line = db_int(rows, 2), .open = db_int(rows, 5),
	    .billed = db_int(rows, 6), .known_at = db_int(rows, 14) };
	if (g->rows.count > 1)
		return true;
	*first = (struct store_record){.kind = STORE_REC_INVOICE,
	    .line = row->line, .on = store_day(rows, 8), .due = row->due,
	    .known_at = row->known_at, .ref = g->ref};
	(void)snprintf(first->currency, sizeof(first->currency), "%.*s",
	    STR_ARG(db_text(rows, 7)));
	first->texts[INVOICE_CUSTOMER] = str_of(store_copy(arena,
	    db_text(rows, 4), &failed));
	for (int i = 0; i < INVOICE_FACTS; i++) {
		if (!db_is_null(rows, 9 + i))
			first->texts[i] = str_of(store_copy(arena,
			    db_text(rows, 9 + i), &failed));
	}
	return !failed || err_nomem(err);
}

/* All feed rows between the first and the last ref, in order. */
bool
intake_load_feed(struct settler *s, struct err *err)
{
	struct db_rows	*rows;
	size_t		 at = 0;

	if (!db_query(s->in->aside, "SELECT ref, due, line, number, customer,"
	    " open, billed, currency, issued, status, pay_url, document,"
	    " purchase_order, policy, known_at FROM feed WHERE ref >= $1"
	    " AND ref <= $2 ORDER BY ref, number, due NULLS LAST, line",
	    DB_PARAMS(DB_TEXT(s->groups[0].ref),
	    DB_TEXT(s->groups[s->count - 1].ref)), &rows, err))
		return false;
	while (db_step(rows)) {
		while (at < s->count && !str_eq(s->groups[at].ref,
		    db_text(rows, 0)))
			at++;
		if (at == s->count ||
		    !take_feed_row(s, &s->groups[at], rows, err)) {
			db_rows_free(&rows);
			return at < s->count ? false : err_set(err, ERR_SYSTEM,
			    "the spool of the snapshot is not in order");
		}
	}
	return db_finish(&rows, err);
}
