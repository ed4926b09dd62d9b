/* SPDX-License-Identifier: ISC */
#include "audit/audit_tree.h"
#include "base/clock.h"
#include "store/store_impl.h"

enum salt_field { SALT_RECIPIENT = 1, SALT_CUSTOMER };

struct pending_salt {
	size_t		leaf;		/* place in the list of leaves */
	enum salt_field	field;
	unsigned char	salt[AUDIT_SALT_LEN];
	int64_t		person_id;
	const char	*value;
};

struct store_log {
	struct arena		*arena;
	struct store_vec	 leaves;	/* struct str: encoded bodies */
	struct store_vec	 salts;		/* struct pending_salt */
};

static bool
log_of(struct store *store, struct store_log **out, struct err *err)
{
	if (store->log == NULL) {
		if ((store->log = calloc(1, sizeof(*store->log))) == NULL)
			return err_nomem(err);
		if ((store->log->arena = arena_new()) == NULL)
			return err_nomem(err);
	}
	*out = store->log;
	return store->log->arena != NULL || err_nomem(err);
}

void
store_log_drop(struct store *store)
{
	struct store_log	*log = store->log;

	if (log == NULL || log->arena == NULL)
		return;
	log->leaves = (struct store_vec){0};
	log->salts = (struct store_vec){0};
	arena_reset(log->arena);
}

void
store_log_free(struct store_log **log)
{
	if (*log == NULL)
		return;
	arena_free(&(*log)->arena);
	free(*log);
	*log = NULL;
}

/* Personal data goes into the log only as SHA-256(salt, value). */
static bool
commit_value(struct store_log *log, int64_t person_id, enum salt_field field,
    const char *value, struct hash *out, struct err *err)
{
	struct pending_salt	*salt;

	if (value == NULL || value[0] == '\0')
		return true;
	if ((salt = store_vec_add(log->arena, &log->salts, sizeof(*salt))) ==
	    NULL || (salt->value = arena_strdup(log->arena, value)) == NULL)
		return err_nomem(err);
	salt->person_id = person_id;
	salt->leaf = log->leaves.count;
	salt->field = field;
	return audit_salt(salt->salt, err) &&
	    audit_commit(salt->salt, str_of(value), out, err);
}

static void
clip_leaf(struct audit_leaf *leaf)
{
	leaf->reply = audit_clip(leaf->reply);
	leaf->reason = audit_clip(leaf->reason);
	leaf->detail = audit_clip(leaf->detail);
}

static bool
log_one(struct store_log *log, int64_t now_ms, const struct store_event *event,
    struct buf *bytes, struct err *err)
{
	struct audit_leaf	 leaf = event->leaf;
	struct str		*body;

	leaf.at_ms = now_ms;
	leaf.monotonic_ms = clock_monotonic_ms();
	clip_leaf(&leaf);
	buf_clear(bytes);
	if (!commit_value(log, event->person_id, SALT_RECIPIENT,
	    event->recipient, &leaf.recipient, err) ||
	    !commit_value(log, event->person_id, SALT_CUSTOMER,
	    event->customer, &leaf.customer, err) ||
	    !audit_encode(&leaf, bytes, err) || !buf_check(bytes, err))
		return false;
	if ((body = store_vec_add(log->arena, &log->leaves, sizeof(*body))) ==
	    NULL)
		return err_nomem(err);
	body->len = bytes->len;
	body->p = arena_copy(log->arena, bytes->p, bytes->len);
	return body->p != NULL || err_nomem(err);
}

bool
store_log(struct store *store, int64_t now_ms,
    const struct store_event *events, size_t count, struct err *err)
{
	struct store_log	*log = NULL;
	struct buf		 bytes = BUF_INIT;
	bool			 ok;

	if (!db_in_tx(store->db))
		return err_set(err, ERR_SYSTEM, "a leaf outside a transaction");
	ok = log_of(store, &log, err);
	for (size_t i = 0; ok && i < count; i++)
		ok = log_one(log, now_ms, &events[i], &bytes, err);
	buf_fini(&bytes);
	return ok;
}

bool
store_log_act(struct store *store, enum audit_event event, const char *who,
    const char *reason, const char *detail, int64_t now_ms, struct err *err)
{
	const struct store_event	act = {.leaf = {
		.event = event, .actor = str_of(who),
		.reason = str_of(reason), .detail = str_of(detail),
	}};

	return store_log(store, now_ms, &act, 1, err);
}

static bool
read_frontier(struct store *store, struct audit_frontier *out, struct err *err)
{
	struct audit_frontier	 frontier;
	struct db_rows		*rows;
	bool			 ok = false;

	if (!db_query(store->db, "SELECT state FROM audit_frontier"
	    " WHERE one = 1 @for_update", DB_NONE, &rows, err))
		return false;
	if (db_step(rows)) {
		ok = audit_frontier_decode(db_bytes(rows, 0), &frontier, err);
		if (!ok) {
			db_rows_free(&rows);
			return err_in(err, "the log's frontier");
		}
	}
	if (!db_finish(&rows, err))
		return false;
	if (!ok)
		return err_set(err, ERR_SYSTEM, "the log has no frontier");
	*out = frontier;
	return true;
}

static bool
put_leaves(struct store *store, struct store_log *log,
    struct audit_frontier *frontier, struct err *err)
{
	const struct str	*bodies = log->leaves.items;
	const size_t		 count = log->leaves.count;
	struct db_value		*rows;
	struct hash		*hashes;

	rows = arena_array(log->arena, count, 3 * sizeof(*rows));
	hashes = arena_array(log->arena, count, sizeof(*hashes));
	if (rows == NULL || hashes == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		if (!audit_leaf_hash(bodies[i], &hashes[i], err))
			return false;
		rows[i * 3] = DB_INT((int64_t)frontier->size);
		rows[i * 3 + 1] = DB_BYTES(bodies[i]);
		rows[i * 3 + 2] = DB_HASH(&hashes[i]);
		if (!audit_append(frontier, &hashes[i], err))
			return false;
	}
	return db_exec_many(store->db, "INSERT INTO audit_leaf"
	    " (seq, body, hash) VALUES ($1, $2, $3)", 3, rows, count, NULL,
	    err);
}

static bool
put_salts(struct store *store, struct store_log *log, uint64_t first,
    struct err *err)
{
	const struct pending_salt	*salts = log->salts.items;
	const size_t			 count = log->salts.count;
	struct db_value			*rows;

	if (count == 0)
		return true;
	if ((rows = arena_array(log->arena, count, 5 * sizeof(*rows))) == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		struct db_value	*row = &rows[i * 5];

		row[0] = DB_INT((int64_t)(first + salts[i].leaf));
		row[1] = DB_INT(salts[i].field);
		row[2] = DB_BYTES(((struct str){
		    (const char *)salts[i].salt, AUDIT_SALT_LEN}));
		row[3] = DB_INT(salts[i].person_id);
		row[4] = STORE_TEXT(salts[i].value);
	}
	return db_exec_many(store->db, "INSERT INTO audit_salt"
	    " (seq, field, salt, person_id, value)"
	    " VALUES ($1, $2, $3, $4, $5)", 5, rows, count, NULL, err);
}

bool
store_log_flush(struct store *store, struct err *err)
{
	struct store_log	*log = store->log;
	struct audit_frontier	 frontier;
	struct buf		 state = BUF_INIT;
	bool			 ok;

	if (log == NULL || log->leaves.count == 0)
		return true;
	ok = read_frontier(store, &frontier, err) &&
	    put_salts(store, log, frontier.size, err) &&
	    put_leaves(store, log, &frontier, err);
	if (ok) {
		audit_frontier_encode(&frontier, &state);
		ok = buf_check(&state, err) && db_exec(store->db,
		    "UPDATE audit_frontier SET size = $1, state = $2"
		    " WHERE one = 1", DB_PARAMS(DB_INT((int64_t)frontier.size),
		    DB_BYTES(buf_str(&state))), NULL, err);
	}
	store_log_drop(store);
	buf_fini(&state);
	return ok;
}
