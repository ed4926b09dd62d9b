/* SPDX-License-Identifier: ISC */
#include "store/store_impl.h"

static struct db_value
text_or_null(const char *text)
{
	return text == NULL ? DB_NULL : STORE_TEXT(text);
}

static void
read_queue_row(struct db_rows *rows, struct arena *arena,
    struct store_queue_row *out, bool *failed)
{
	*out = (struct store_queue_row){
		.message_id = db_int(rows, 0), .notice_id = db_int(rows, 1),
		.person_id = db_int(rows, 2),
		.key = store_copy(arena, db_text(rows, 3), failed),
		.creditor = store_copy(arena, db_text(rows, 4), failed),
		.customer = store_copy(arena, db_text(rows, 5), failed),
		.step = store_copy(arena, db_text(rows, 6), failed),
		.stage = (enum stage)store_name(stage_names,
		    db_text(rows, 7), 0),
		.channel = (enum channel)store_name(channel_names,
		    db_text(rows, 8), 0),
		.address = store_copy(arena, db_text(rows, 9), failed),
		.route = store_copy(arena, db_text(rows, 10), failed),
		.state = (enum message_state)store_name(message_state_names,
		    db_text(rows, 11), MSG_DEAD),
		.in_doubt = str_is(db_text(rows, 12), "hold"),
		.attempts = (int)db_int(rows, 13),
		.decided_ms = db_int(rows, 14), .next_ms = db_int(rows, 15),
		.tried_ms = store_time(rows, 16),
	};
}

/* Each with its literal state, so that the partial indexes serve. */
#define QUEUE_SQL(states) \
	"SELECT m.id, m.notice_id, m.person_id, m.key, cr.ref, c.ref," \
	" n.step, n.stage, m.channel, m.address, m.route, m.state," \
	" n.in_doubt, m.attempts, n.decided_at, m.next_at," \
	" (SELECT max(a.started_at) FROM attempt a WHERE a.message_id = m.id)" \
	" FROM message m JOIN notice n ON n.id = m.notice_id" \
	" JOIN customer c ON c.id = n.customer_id" \
	" JOIN creditor cr ON cr.id = n.creditor_id WHERE " states \
	" AND (CAST($1 AS @text) IS NULL OR m.state = $1)" \
	" AND (CAST($2 AS @text) IS NULL OR n.step = $2)" \
	" AND (CAST($3 AS @text) IS NULL OR m.route = $3)" \
	" AND (CAST($4 AS @text) IS NULL OR cr.ref = $4)" \
	" AND (CAST($5 AS @text) IS NULL OR m.channel = $5)" \
	" AND n.decided_at < $6" \
	" AND (CAST($7 AS @int) = 0 OR m.person_id = $7)" \
	" ORDER BY m.next_at, m.id LIMIT $8"

static const char *
queue_sql(int state)
{
	if (state == MSG_READY)
		return QUEUE_SQL("m.state = 'ready'");
	if (state == MSG_CLAIMED || state == MSG_INTENT)
		return QUEUE_SQL("m.state IN ('claimed', 'intent')");
	if (state == MSG_IN_DOUBT || state == MSG_DEAD)
		return QUEUE_SQL("m.state IN ('in-doubt', 'dead')");
	if (state < 0)
		return QUEUE_SQL("m.state IN ('ready', 'claimed', 'intent',"
		    " 'in-doubt', 'dead')");
	return QUEUE_SQL("m.state NOT IN ('ready', 'claimed', 'intent',"
	    " 'in-doubt', 'dead')");
}

bool
store_queue(struct store *store, const struct store_queue_filter *filter,
    struct arena *arena, struct store_queue_rows *out, struct err *err)
{
	struct store_vec	 vec = {0};
	struct db_rows		*rows;
	bool			 failed = false;

	if (!db_query(store->db, queue_sql(filter->state), DB_PARAMS(
	    text_or_null(filter->state < 0 ? NULL :
	    message_state_names[filter->state]), text_or_null(filter->step),
	    text_or_null(filter->route), text_or_null(filter->creditor),
	    text_or_null(filter->channel < 0 ? NULL :
	    channel_names[filter->channel]), DB_INT(filter->older_ms),
	    DB_INT(filter->person_id), DB_INT(filter->limit == 0 ? INT64_MAX :
	    (int64_t)filter->limit)), &rows, err))
		return false;
	while (!failed && db_step(rows)) {
		struct store_queue_row	*row = store_vec_add(arena, &vec,
					    sizeof(*row));

		if ((failed = row == NULL))
			break;
		read_queue_row(rows, arena, row, &failed);
	}
	if (!db_finish(&rows, err))
		return false;
	if (failed)
		return err_nomem(err);
	*out = (struct store_queue_rows){vec.items, vec.count};
	return true;
}

static bool
count_messages(struct store *store, int64_t now_ms, struct store_counts *c,
    struct err *err)
{
	struct db_rows	*rows;
	int		 state;
	bool		 found;

	if (!db_query(store->db, "SELECT state, count(*) FROM message"
	    " GROUP BY state", DB_NONE, &rows, err))
		return false;
	while (db_step(rows)) {
		state = name_find(message_state_names, db_text(rows, 0));
		if (state >= 0)
			c->messages[state] = db_int(rows, 1);
	}
	if (!db_finish(&rows, err) || !db_number(store->db, "SELECT count(*)"
	    " FROM message WHERE state = 'ready' AND next_at <= $1",
	    DB_PARAMS(DB_INT(now_ms)), &c->due, NULL, err) ||
	    !db_number(store->db, "SELECT min(next_at) FROM message"
	    " WHERE state = 'ready' AND next_at <= $1",
	    DB_PARAMS(DB_INT(now_ms)), &c->oldest_due_ms, &found, err))
		return false;
	if (!found)
		c->oldest_due_ms = TIME_NONE;
	return true;
}

bool
store_counts(struct store *store, int64_t now_ms, struct store_counts *out,
    struct err *err)
{
	struct store_counts	c = {.due = 0};
	const struct {
		const char	*sql;
		int64_t		*to;
	} counts[] = {
		{"SELECT count(*) FROM person WHERE batch <> " STORE_HIDDEN,
		    &c.persons},
		{"SELECT count(*) FROM customer WHERE batch <> " STORE_HIDDEN,
		    &c.customers},
		{"SELECT count(*) FROM invoice WHERE batch <> " STORE_HIDDEN,
		    &c.invoices},
		{"SELECT count(*) FROM task WHERE done_at IS NULL",
		    &c.tasks_open},
		{"SELECT count(*) FROM alert WHERE cleared_at IS NULL",
		    &c.alerts},
	};

	if (!count_messages(store, now_ms, &c, err))
		return false;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (!db_number(store->db, counts[i].sql, DB_NONE, counts[i].to,
		    NULL, err))
			return false;
	}
	if (!db_number(store->db, "SELECT count(*) FROM person"
	    " WHERE agenda_at <= $1 AND batch <> " STORE_HIDDEN,
	    DB_PARAMS(DB_INT(now_ms)), &c.persons_due, NULL, err))
		return false;
	*out = c;
	return true;
}

/*
 * $1 creditor or NULL, $2 as_of_ms, $3 as_of_day.  Money counts when it was
 * known, or when its value lies on or before the day.  A new split moves a
 * debt and makes none: both of its sides count from when it was known.
 */
#define COUNTS_E \
	"(e.known_at <= $2 OR (e.value_on <= $3 AND e.kind <> 'transfer'))"
#define WAS_SPLIT \
	"EXISTS (SELECT 1 FROM instalment o JOIN entry t" \
	" ON t.instalment_id = o.id WHERE o.invoice_id = i.id" \
	" AND t.kind = 'transfer' AND t.batch = s.batch)"
#define NEWEST(table, column, of) \
	"(SELECT h." column " FROM " table "_change h WHERE h." table \
	"_id = " of " AND h.known_at <= $2 AND h.batch <> " STORE_HIDDEN \
	" ORDER BY h.known_at DESC, h.id DESC LIMIT 1)"
#define HAS_NEWER(table, of) \
	"EXISTS (SELECT 1 FROM " table "_change h WHERE h." table \
	"_id = " of " AND h.known_at <= $2 AND h.batch <> " STORE_HIDDEN ")"
#define COLUMN(table, column, of, row) \
	"CASE WHEN " HAS_NEWER(table, of) " THEN " \
	NEWEST(table, column, of) " ELSE " row " END"

#define OPEN_SQL \
	"SELECT creditor, customer, invoice, invoice_id, number, currency," \
	" issued, due, balance, status FROM (SELECT cr.ref AS creditor," \
	" c.ref AS customer, i.ref AS invoice, i.id AS invoice_id, s.number," \
	" i.currency, " COLUMN("invoice", "issued", "i.id", "i.issued") \
	" AS issued, " COLUMN("instalment", "due", "s.id", "s.due") \
	" AS due, s.amount + COALESCE((SELECT SUM(e.amount) FROM entry e" \
	" WHERE e.instalment_id = s.id AND " COUNTS_E " AND e.batch <> " \
	STORE_HIDDEN "), 0) AS balance, " \
	COLUMN("invoice", "status", "i.id", "i.status") " AS status" \
	" FROM creditor cr JOIN invoice i ON i.creditor_id = cr.id" \
	" JOIN customer c ON c.id = i.customer_id" \
	" JOIN instalment s ON s.invoice_id = i.id" \
	" WHERE (CAST($1 AS @text) IS NULL OR cr.ref = $1)" \
	" AND i.batch <> " STORE_HIDDEN " AND (i.known_at <= $2" \
	" OR i.issued <= $3) AND (s.known_at <= $2 OR (i.issued <= $3" \
	" AND NOT " WAS_SPLIT "))) AS o WHERE balance <> 0 AND (issued IS NULL OR issued <= $3)"

#define CREDIT_SQL \
	"SELECT cr.ref, c.ref, '', 0, 0, e.currency, NULL, e.value_on," \
	" e.amount, 'open' FROM entry e JOIN customer c" \
	" ON c.id = e.customer_id JOIN creditor cr ON cr.id = c.creditor_id" \
	" WHERE e.instalment_id IS NULL AND " COUNTS_E " AND e.batch <> " \
	STORE_HIDDEN " AND (CAST($1 AS @text) IS NULL OR cr.ref = $1)"

struct text_copy {
	struct buf	creditor;
	struct buf	customer;
	struct buf	invoice;
};

static const char *
lend(struct buf *buf, struct str text)
{
	buf_clear(buf);
	buf_addstr(buf, text);
	return buf_text(buf);
}

static bool
hand_row(struct db_rows *rows, struct text_copy *copy, store_open_fn *fn,
    void *arg, struct err *err)
{
	struct str		currency = db_text(rows, 5);
	struct store_open_row	row = {
		.creditor = lend(&copy->creditor, db_text(rows, 0)),
		.customer = lend(&copy->customer, db_text(rows, 1)),
		.invoice = lend(&copy->invoice, db_text(rows, 2)),
		.invoice_id = db_int(rows, 3),
		.number = (int)db_int(rows, 4),
		.issued = store_day(rows, 6), .due = store_day(rows, 7),
		.balance = db_int(rows, 8),
		.status = (enum invoice_status)store_name(
		    invoice_status_names, db_text(rows, 9), INVOICE_OPEN),
	};

	if (currency.len == CURRENCY_LEN)
		memcpy(row.currency, currency.p, CURRENCY_LEN);
	if (!buf_ok(&copy->creditor) || !buf_ok(&copy->customer) ||
	    !buf_ok(&copy->invoice))
		return err_nomem(err);
	return fn(arg, &row, err);
}

static bool
scan_open(struct store *store, const char *sql, const struct db_value *params,
    store_open_fn *fn, void *arg, struct err *err)
{
	struct text_copy	 copy = {BUF_INIT, BUF_INIT, BUF_INIT};
	struct db_rows		*rows;
	bool			 ok = true;

	if (!db_scan(store->db, sql, params, 3, &rows, err))
		return false;
	while (ok && db_step(rows))
		ok = hand_row(rows, &copy, fn, arg, err);
	buf_fini(&copy.creditor);
	buf_fini(&copy.customer);
	buf_fini(&copy.invoice);
	if (ok)
		return db_finish(&rows, err);
	db_rows_free(&rows);
	return false;
}

bool
store_open_items(struct store *store, const char *creditor, int64_t as_of_ms,
    int32_t as_of_day, store_open_fn *fn, void *arg, struct err *err)
{
	const struct db_value	params[] = {
		text_or_null(creditor), DB_INT(as_of_ms), DB_INT(as_of_day),
	};
	const bool		mine = !db_in_tx(store->db);
	bool			ok;

	if (mine && !store_begin_read(store, err))
		return false;
	ok = scan_open(store, OPEN_SQL, params, fn, arg, err) &&
	    scan_open(store, CREDIT_SQL, params, fn, arg, err);
	if (mine)
		store_rollback(store);
	return ok;
}

bool
store_creditors(struct store *store, struct arena *arena,
    struct store_creditor_rows *out, struct err *err)
{
	struct store_vec	 vec = {0};
	struct db_rows		*rows;
	bool			 failed = false;

	if (!db_query(store->db, "SELECT id, ref, feed_at, feed_as_of"
	    " FROM creditor ORDER BY ref", DB_NONE, &rows, err))
		return false;
	while (!failed && db_step(rows)) {
		struct store_creditor_row	*row = store_vec_add(arena,
						    &vec, sizeof(*row));

		if ((failed = row == NULL))
			break;
		*row = (struct store_creditor_row){
			.id = db_int(rows, 0),
			.ref = store_copy(arena, db_text(rows, 1), &failed),
			.feed_ms = store_time(rows, 2),
			.as_of = store_day(rows, 3),
		};
	}
	if (!db_finish(&rows, err))
		return false;
	if (failed)
		return err_nomem(err);
	*out = (struct store_creditor_rows){vec.items, vec.count};
	return true;
}
