/* SPDX-License-Identifier: ISC */
#include "store/store_impl.h"

static bool
in_service(struct store *store, const char *name, const struct hash *hash,
    bool *same, struct err *err)
{
	struct db_rows	*rows;
	struct str	 stored;

	*same = false;
	if (!db_query(store->db, "SELECT hash FROM publication"
	    " WHERE name = $1 ORDER BY id DESC LIMIT 1",
	    DB_PARAMS(STORE_TEXT(name)), &rows, err))
		return false;
	if (db_step(rows)) {
		stored = db_bytes(rows, 0);
		*same = stored.len == HASH_LEN &&
		    memcmp(stored.p, hash->bytes, HASH_LEN) == 0;
	}
	return db_finish(&rows, err);
}

static bool
publish(struct store *store, const char *name, struct str body,
    const struct hash *hash, const char *who, const char *reason,
    int64_t now_ms, struct err *err)
{
	const struct store_event	event = {.leaf = {
		.event = AUDIT_TEMPLATE_PUBLISHED, .template_id = str_of(name),
		.template_hash = *hash, .actor = str_of(who),
		.reason = str_of(reason),
	}};

	return db_exec(store->db, "INSERT INTO template (hash, name, body)"
	    " VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING",
	    DB_PARAMS(DB_HASH(hash), STORE_TEXT(name), DB_TEXT(body)), NULL,
	    err) && db_exec(store->db, "INSERT INTO publication (name, hash,"
	    " author, reason, at) VALUES ($1, $2, $3, $4, $5)",
	    DB_PARAMS(STORE_TEXT(name), DB_HASH(hash), STORE_TEXT(who),
	    STORE_TEXT(reason), DB_INT(now_ms)), NULL, err) &&
	    store_log(store, now_ms, &event, 1, err);
}

bool
store_publish(struct store *store, const char *name, struct str body,
    const char *who, const char *reason, int64_t now_ms, bool *is_new,
    struct err *err)
{
	struct store_tx	tx;
	struct hash	hash;
	bool		same = false;
	bool		ok;

	if (!hash_of(body, &hash))
		return err_set(err, ERR_SYSTEM, "hashing a template");
	if (!store_tx_open(store, &tx, err))
		return false;
	ok = in_service(store, name, &hash, &same, err) && (same ||
	    publish(store, name, body, &hash, who, reason, now_ms, err));
	if (!store_tx_close(store, &tx, ok, err))
		return false;
	*is_new = !same;
	return true;
}

static bool
read_templates(struct db_rows *rows, bool with_bodies, struct arena *arena,
    struct store_templates *out, struct err *err)
{
	struct store_vec	vec = {0};
	bool			failed = false;

	while (!failed && db_step(rows)) {
		struct store_template	*t = store_vec_add(arena, &vec,
					    sizeof(*t));
		struct str		 hash = db_bytes(rows, 2);
		struct str		 body = db_text(rows, 6);

		if ((failed = t == NULL))
			break;
		t->id = db_int(rows, 0);
		t->name = store_copy(arena, db_text(rows, 1), &failed);
		if (hash.len == HASH_LEN)
			memcpy(t->hash.bytes, hash.p, HASH_LEN);
		t->author = store_copy(arena, db_text(rows, 3), &failed);
		t->reason = store_copy(arena, db_text(rows, 4), &failed);
		t->at_ms = db_int(rows, 5);
		if (with_bodies) {
			t->body = store_copy(arena, body, &failed);
			t->body_len = body.len;
		}
	}
	if (!db_finish(&rows, err))
		return false;
	if (failed)
		return err_nomem(err);
	*out = (struct store_templates){vec.items, vec.count};
	return true;
}

bool
store_templates(struct store *store, bool with_bodies, struct arena *arena,
    struct store_templates *out, struct err *err)
{
	struct db_rows	*rows;

	return db_query(store->db, "SELECT p.id, p.name, p.hash, p.author,"
	    " p.reason, p.at, CASE WHEN CAST($1 AS @int) = 1 THEN t.body"
	    " ELSE '' END FROM publication p JOIN template t"
	    " ON t.hash = p.hash WHERE p.id = (SELECT max(l.id)"
	    " FROM publication l WHERE l.name = p.name) ORDER BY p.name",
	    DB_PARAMS(DB_INT(with_bodies)), &rows, err) &&
	    read_templates(rows, with_bodies, arena, out, err);
}

bool
store_template_history(struct store *store, const char *name,
    struct arena *arena, struct store_templates *out, struct err *err)
{
	struct db_rows	*rows;

	return db_query(store->db, "SELECT id, name, hash, author, reason, at,"
	    " '' FROM publication WHERE name = $1 ORDER BY id DESC",
	    DB_PARAMS(STORE_TEXT(name)), &rows, err) &&
	    read_templates(rows, false, arena, out, err);
}

bool
store_template_body(struct store *store, const struct hash *hash,
    struct arena *arena, struct str *body_out, struct err *err)
{
	struct str	 body = {NULL, 0};
	struct db_rows	*rows;
	bool		 failed = false;

	if (!db_query(store->db, "SELECT body FROM template WHERE hash = $1",
	    DB_PARAMS(DB_HASH(hash)), &rows, err))
		return false;
	if (db_step(rows)) {
		body = db_text(rows, 0);
		body.p = store_copy(arena, body, &failed);
	}
	if (!db_finish(&rows, err))
		return false;
	if (failed)
		return err_nomem(err);
	*body_out = body;
	return true;
}

bool
store_batches(struct store *store, size_t limit, struct arena *arena,
    struct store_batches *out, struct err *err)
{
	struct store_vec	 vec = {0};
	struct db_rows		*rows;
	bool			 failed = false;

	if (!db_query(store->db, "SELECT b.id, b.kind, cr.ref, b.file,"
	    " b.as_of, b.author, b.started_at, b.state, b.read_n, b.new_n,"
	    " b.changed_n, b.same_n, b.rejected_n FROM batch b"
	    " LEFT JOIN creditor cr ON cr.id = b.creditor_id"
	    " ORDER BY b.id DESC LIMIT $1", DB_PARAMS(DB_INT(limit == 0 ?
	    INT64_MAX : (int64_t)limit)), &rows, err))
		return false;
	while (!failed && db_step(rows)) {
		struct store_batch	*b = store_vec_add(arena, &vec,
					    sizeof(*b));

		if ((failed = b == NULL))
			break;
		*b = (struct store_batch){
			.id = db_int(rows, 0),
			.kind = store_copy(arena, db_text(rows, 1), &failed),
			.creditor = store_copy(arena, db_text(rows, 2),
			    &failed),
			.file = store_copy(arena, db_text(rows, 3), &failed),
			.as_of = store_day(rows, 4),
			.author = store_copy(arena, db_text(rows, 5), &failed),
			.started_ms = db_int(rows, 6),
			.state = store_copy(arena, db_text(rows, 7), &failed),
			.read_n = db_int(rows, 8), .new_n = db_int(rows, 9),
			.changed_n = db_int(rows, 10),
			.same_n = db_int(rows, 11),
			.rejected_n = db_int(rows, 12),
		};
	}
	if (!db_finish(&rows, err))
		return false;
	if (failed)
		return err_nomem(err);
	*out = (struct store_batches){vec.items, vec.count};
	return true;
}
