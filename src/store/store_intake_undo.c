/* SPDX-License-Identifier: ISC */
#include "store/store_intake_impl.h"

#define UNDO_SLICE	10000
#define TOUCH_SLICE	5000

/*
 * Newest rows first, so that each slice finds its own at the end of the table,
 * and children before what they name.
 */
static const char *const	undo_sql[] = {
	"DELETE FROM entry WHERE id IN (SELECT id FROM entry"
	    " WHERE batch = $1 ORDER BY id DESC LIMIT $2)",
	"DELETE FROM item WHERE id IN (SELECT t.id FROM item t"
	    " JOIN instalment n ON n.id = t.instalment_id"
	    " WHERE n.batch = $1 LIMIT $2)",
	"DELETE FROM dispute WHERE id IN (SELECT d.id FROM dispute d"
	    " JOIN instalment n ON n.id = d.instalment_id"
	    " WHERE n.batch = $1 LIMIT $2)",
	"DELETE FROM hold WHERE id IN (SELECT h.id FROM hold h"
	    " JOIN instalment n ON n.id = h.subject_id"
	    " WHERE h.scope = 'instalment' AND n.batch = $1 LIMIT $2)",
	"DELETE FROM instalment_change WHERE id IN (SELECT id"
	    " FROM instalment_change WHERE batch = $1 ORDER BY id DESC"
	    " LIMIT $2)",
	"DELETE FROM instalment WHERE id IN (SELECT id FROM instalment"
	    " WHERE batch = $1 ORDER BY id DESC LIMIT $2)",
	"DELETE FROM invoice_change WHERE id IN (SELECT id"
	    " FROM invoice_change WHERE batch = $1 ORDER BY id DESC LIMIT $2)",
	"DELETE FROM invoice WHERE id IN (SELECT id FROM invoice"
	    " WHERE batch = $1 ORDER BY id DESC LIMIT $2)",
	"DELETE FROM customer_change WHERE id IN (SELECT id"
	    " FROM customer_change WHERE batch = $1 ORDER BY id DESC"
	    " LIMIT $2)",
	"DELETE FROM customer WHERE id IN (SELECT id FROM customer"
	    " WHERE batch = $1 ORDER BY id DESC LIMIT $2)",
	"DELETE FROM batch_touch WHERE batch = $1 AND person_id IN"
	    " (SELECT person_id FROM batch_touch WHERE batch = $1 LIMIT $2)",
	"DELETE FROM person WHERE id IN (SELECT id FROM person"
	    " WHERE batch = $1 ORDER BY id DESC LIMIT $2)",
};

static bool
undo_rows(struct store *store, const char *sql, int64_t batch,
    struct err *err)
{
	int64_t	changed;

	do {
		if (!db_exec(store->db, sql, DB_PARAMS(DB_INT(batch),
		    DB_INT(UNDO_SLICE)), &changed, err))
			return false;
	} while (changed == UNDO_SLICE);
	return true;
}

bool
intake_undo(struct store *store, int64_t batch, struct err *err)
{
	struct store_tx	tx;
	bool		ok;

	for (size_t i = 0; i < sizeof(undo_sql) / sizeof(undo_sql[0]); i++) {
		if (!undo_rows(store, undo_sql[i], batch, err))
			return false;
	}
	if (!store_tx_open(store, &tx, err))
		return false;
	ok = db_exec(store->db, "DELETE FROM document WHERE batch = $1",
	    DB_PARAMS(DB_INT(batch)), NULL, err) &&
	    db_exec(store->db, "UPDATE batch SET state = 'undone'"
	    " WHERE id = $1", DB_PARAMS(DB_INT(batch)), NULL, err) &&
	    intake_put_back(store, err) &&
	    store_meta_put(store, "hidden_batch", -1, err);
	return store_tx_close(store, &tx, ok, err);
}

static bool
list_slice(struct store_intake *in, const char *sql, const int64_t *ids,
    size_t count, struct err *err)
{
	struct db_value	*rows;
	bool		 ok;

	if ((rows = calloc(count, sizeof(*rows))) == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++)
		rows[i] = DB_INT(ids[i]);
	ok = db_exec(in->store->db, sql, DB_PARAMS(DB_ROWS(rows, 1, count),
	    DB_INT(in->batch)), NULL, err);
	free(rows);
	return ok;
}

static bool
list_ids(struct store_intake *in, struct id_set *set, const char *sql,
    struct err *err)
{
	int64_t	*ids, after = 0;
	size_t	 count;
	bool	 ok = true;

	if ((ids = calloc(TOUCH_SLICE, sizeof(*ids))) == NULL)
		return err_nomem(err);
	id_set_sort(set);
	while (ok && (count = id_set_take(set, after, ids, TOUCH_SLICE)) > 0) {
		ok = list_slice(in, sql, ids, count, err);
		after = ids[count - 1];
	}
	free(ids);
	return ok;
}

bool
intake_write_touches(struct store_intake *in, struct err *err)
{
	return list_ids(in, &in->persons, "INSERT INTO batch_touch (batch,"
	    " person_id) SELECT $2, r.c1 FROM @rows(i) WHERE TRUE"
	    " ON CONFLICT DO NOTHING", err) &&
	    list_ids(in, &in->owners, "INSERT INTO batch_touch (batch,"
	    " person_id) SELECT $2, COALESCE((SELECT v.person_id"
	    " FROM customer_change v WHERE v.customer_id = k.id"
	    " ORDER BY v.known_at DESC, v.id DESC LIMIT 1), k.person_id)"
	    " FROM @rows(i) CROSS JOIN customer k WHERE k.id = r.c1"
	    " ON CONFLICT DO NOTHING", err);
}

static bool
load_touches(struct store *store, int64_t batch, int64_t *ids, size_t *count,
    struct err *err)
{
	struct db_rows	*rows;

	*count = 0;
	if (!db_query(store->db, "SELECT person_id FROM batch_touch"
	    " WHERE batch = $1 ORDER BY person_id LIMIT $2",
	    DB_PARAMS(DB_INT(batch), DB_INT(TOUCH_SLICE)), &rows, err))
		return false;
	while (*count < TOUCH_SLICE && db_step(rows))
		ids[(*count)++] = db_int(rows, 0);
	return db_finish(&rows, err);
}

/* Touched and struck from the list in one transaction: each exactly once. */
static bool
touch_slice(struct store *store, int64_t batch, const int64_t *ids,
    size_t count, int64_t at_ms, struct err *err)
{
	struct store_tx	tx;
	bool		ok;

	if (!store_tx_open(store, &tx, err))
		return false;
	ok = store_touch(store, ids, count, at_ms, err) &&
	    db_exec(store->db, "DELETE FROM batch_touch WHERE batch = $1"
	    " AND person_id <= $2", DB_PARAMS(DB_INT(batch),
	    DB_INT(ids[count - 1])), NULL, err);
	return store_tx_close(store, &tx, ok, err);
}

bool
intake_touch_all(struct store *store, int64_t batch, struct err *err)
{
	int64_t	*ids;
	int64_t	 at_ms;
	size_t	 count;
	bool	 ok = false;

	if ((ids = calloc(TOUCH_SLICE, sizeof(*ids))) == NULL)
		return err_nomem(err);
	if (!store_meta_number(store, "intake_look_at", &at_ms, err))
		goto done;
	for (;;) {
		if (!load_touches(store, batch, ids, &count, err))
			goto done;
		if (count == 0)
			break;
		if (!touch_slice(store, batch, ids, count, at_ms, err))
			goto done;
	}
	ok = db_exec(store->db, "UPDATE batch SET state = 'done'"
	    " WHERE id = $1 AND state = 'visible'", DB_PARAMS(DB_INT(batch)),
	    NULL, err);
done:
	free(ids);
	return ok;
}

bool
intake_recover(struct store *store, struct store_recovered *out,
    struct err *err)
{
	int64_t	batch;
	bool	found;

	*out = (struct store_recovered){0, 0};
	if (!store_meta_number(store, "hidden_batch", &batch, err))
		return false;
	if (batch > 0) {
		if (!intake_undo(store, batch, err))
			return false;
		out->undone++;
	}
	for (;;) {
		if (!db_number(store->db, "SELECT MIN(id) FROM batch"
		    " WHERE state = 'visible'", DB_NONE, &batch, &found, err))
			return false;
		if (!found)
			return true;
		if (!intake_touch_all(store, batch, err))
			return false;
		out->finished++;
	}
}

bool
store_intake_recover(struct store *store, struct store_recovered *out,
    struct err *err)
{
	struct store_intake	in = {.store = store, .lock_fd = -1};
	bool			ok;

	*out = (struct store_recovered){0, 0};
	if (!intake_lock(&in, err))
		return err->kind == ERR_LATER;
	ok = intake_recover(store, out, err);
	intake_unlock(&in);
	return ok;
}
