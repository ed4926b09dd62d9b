/* SPDX-License-Identifier: ISC */
#include "store/store.h"
#include "store/schema.h"
#include "store/store_impl.h"

#include <inttypes.h>

/* A script a version; the one at [n] leads from version n to n + 1. */
static const char *const	scripts[] = {STORE_SCHEMA_1,
	STORE_SCHEMA_2};

static bool
has_tables(struct db *db, bool *out, struct err *err)
{
	const char	*sql = db_is_postgresql(db) ?
	    "SELECT count(*) FROM information_schema.tables"
	    " WHERE table_name = 'meta' AND table_schema = current_schema()" :
	    "SELECT count(*) FROM sqlite_master"
	    " WHERE name = 'meta' AND type = 'table'";
	int64_t		 n;

	if (!db_number(db, sql, DB_NONE, &n, NULL, err))
		return false;
	*out = n != 0;
	return true;
}

static bool
read_version(struct db *db, int64_t *out, struct err *err)
{
	bool	has;

	if (!has_tables(db, &has, err))
		return false;
	if (!has)
		return err_set(err, ERR_INPUT, "the database holds no dunlin "
		    "store; `dunlin init` makes one");
	return db_number(db, "SELECT CAST(value AS @int) FROM meta"
	    " WHERE name = 'schema'", DB_NONE, out, NULL, err);
}

static bool
run_script(struct db *db, const char *script, int64_t version,
    struct err *err)
{
	char	text[24];

	snprintf(text, sizeof(text), "%" PRId64, version);
	if (!db_begin(db, DB_TX_WRITE, err))
		return false;
	if (db_script(db, script, err) &&
	    db_exec(db, "INSERT INTO meta (name, value) VALUES ('schema', $1)"
	    " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	    DB_PARAMS(STORE_TEXT(text)), NULL, err))
		return db_commit(db, err);
	db_rollback(db);
	return err_in(err, "schema version %" PRId64, version);
}

bool
store_run_scripts(struct db *db, const char *const *list, int64_t count,
    int64_t from, struct err *err)
{
	for (int64_t i = from; i < count; i++) {
		if (!run_script(db, list[i], i + 1, err))
			return false;
	}
	return true;
}

static bool
make_uuid(char out[static STORE_UUID_LEN + 1], struct err *err)
{
	static const char	digits[] = "0123456789abcdef";
	unsigned char		raw[16];
	size_t			at = 0;

	if (!hash_random(raw, sizeof(raw)))
		return err_set(err, ERR_SYSTEM, "no random bytes");
	raw[6] = (unsigned char)((raw[6] & 0x0f) | 0x40);
	raw[8] = (unsigned char)((raw[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(raw); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[at++] = '-';
		out[at++] = digits[raw[i] >> 4];
		out[at++] = digits[raw[i] & 15];
	}
	out[at] = '\0';
	return true;
}

static bool
write_instance(struct db *db, int64_t now_ms, struct err *err)
{
	static const char	zeros[8];	/* a frontier of no leaf */
	char			uuid[STORE_UUID_LEN + 1];
	char			at[24];

	if (!make_uuid(uuid, err))
		return false;
	snprintf(at, sizeof(at), "%" PRId64, now_ms);
	const struct db_value	rows[] = {
		DB_TEXT(STR("instance")), STORE_TEXT(uuid),
		DB_TEXT(STR("created_at")), STORE_TEXT(at),
		DB_TEXT(STR("mode")), DB_TEXT(STR("rehearsal")),
		DB_TEXT(STR("daemon_epoch")), DB_TEXT(STR("0")),
		DB_TEXT(STR("config_epoch")), DB_TEXT(STR("0")),
		DB_TEXT(STR("config_hash")), DB_TEXT(STR("")),
		DB_TEXT(STR("hidden_batch")), DB_TEXT(STR("-1")),
		DB_TEXT(STR("generation")), DB_TEXT(STR("0")),
		DB_TEXT(STR("machine")), DB_TEXT(STR("")),
		DB_TEXT(STR("stop")), DB_TEXT(STR("")),
	};
	return db_exec_many(db, "INSERT INTO meta (name, value)"
	    " VALUES ($1, $2)", 2, rows, sizeof(rows) / sizeof(rows[0]) / 2,
	    NULL, err) && db_exec(db, "INSERT INTO audit_frontier"
	    " (one, size, state) VALUES (1, 0, $1)",
	    DB_PARAMS(DB_BYTES(((struct str){zeros, sizeof(zeros)}))), NULL,
	    err);
}

bool
store_create(const char *dsn, int64_t now_ms, struct err *err)
{
	const struct db_options	 options = {.create = true};
	struct db		*db = NULL;
	bool			 has;
	bool			 ok = false;

	if (!db_open(dsn, &options, &db, err))
		return false;
	if (!has_tables(db, &has, err))
		goto done;
	if (has) {
		err_set(err, ERR_INPUT, "there is a store already");
		goto done;
	}
	ok = store_run_scripts(db, scripts, STORE_SCHEMA_VERSION, 0, err) &&
	    write_instance(db, now_ms, err);
done:
	db_close(&db);
	return ok;
}

static bool
check_version(struct db *db, struct err *err)
{
	int64_t	version;

	if (!read_version(db, &version, err))
		return false;
	if (version > STORE_SCHEMA_VERSION)
		return err_set(err, ERR_INPUT, "the store has schema %" PRId64
		    ", this dunlin knows %d: it was written by a newer one",
		    version, STORE_SCHEMA_VERSION);
	if (version < STORE_SCHEMA_VERSION)
		return err_set(err, ERR_INPUT, "the store has schema %" PRId64
		    ", this dunlin needs %d: run `dunlin store migrate`",
		    version, STORE_SCHEMA_VERSION);
	return true;
}

static bool
read_instance(struct store *store, struct err *err)
{
	struct db_rows	*rows;
	struct str	 text;

	if (!db_query(store->db, "SELECT value FROM meta"
	    " WHERE name = 'instance'", DB_NONE, &rows, err))
		return false;
	if (db_step(rows)) {
		text = db_text(rows, 0);
		if (text.len == STORE_UUID_LEN)
			memcpy(store->instance, text.p, text.len);
	}
	if (!db_finish(&rows, err))
		return false;
	if (store->instance[0] == '\0')
		return err_set(err, ERR_SYSTEM, "the store has no instance id");
	return true;
}

/*
 * PostgreSQL plans a prepared statement once: one that met an empty table reads
 * all of it for every row until autovacuum comes by (measured: 20,000 notices
 * took 47 s, with this 7).  Here every lookup has its index, and is for few
 * rows of many.  A handle that lost its connection goes on without: by then
 * the tables have their statistics.
 */
static bool
prefer_indexes(struct store *store, struct err *err)
{
	store->is_pg = db_is_postgresql(store->db);
	return !store->is_pg ||
	    db_script(store->db, "SET enable_seqscan = off;"
	    " SET enable_hashjoin = off; SET enable_mergejoin = off", err);
}

bool
store_open(const char *dsn, enum store_access access, struct store **out,
    struct err *err)
{
	const struct db_options	 options = {
		.read_only = access == STORE_READER,
		.manual_checkpoint = false,
	};
	struct store		*store;

	if ((store = calloc(1, sizeof(*store))) == NULL)
		return err_nomem(err);
	store->is_writer = access == STORE_WRITER;
	if (!db_open(dsn, &options, &store->db, err) ||
	    !check_version(store->db, err) || !read_instance(store, err) ||
	    !prefer_indexes(store, err)) {
		store_close(&store);
		return false;
	}
	*out = store;
	return true;
}

void
store_close(struct store **store)
{
	if (*store == NULL)
		return;
	store_log_free(&(*store)->log);
	store_seal_free(&(*store)->seals);
	db_close(&(*store)->db);
	free(*store);
	*store = NULL;
}

bool
store_migrate(const char *dsn, int64_t *from_out, int64_t *to_out,
    struct err *err)
{
	struct db	*db = NULL;
	int64_t		 version;
	bool		 ok = false;

	if (!db_open(dsn, NULL, &db, err))
		return false;
	if (!read_version(db, &version, err))
		goto done;
	if (version > STORE_SCHEMA_VERSION) {
		err_set(err, ERR_INPUT, "the store has schema %" PRId64
		    ", this dunlin knows %d: there is no way back", version,
		    STORE_SCHEMA_VERSION);
		goto done;
	}
	if (!store_run_scripts(db, scripts, STORE_SCHEMA_VERSION, version, err))
		goto done;
	if (from_out != NULL)
		*from_out = version;
	if (to_out != NULL)
		*to_out = STORE_SCHEMA_VERSION;
	ok = true;
done:
	db_close(&db);
	return ok;
}

bool
store_begin(struct store *store, struct err *err)
{
	return db_begin(store->db, DB_TX_WRITE, err);
}

bool
store_begin_read(struct store *store, struct err *err)
{
	return db_begin(store->db, DB_TX_READ, err);
}

bool
store_commit(struct store *store, struct err *err)
{
	if (!store_log_flush(store, err)) {
		store_rollback(store);
		return false;
	}
	if (!db_commit(store->db, err)) {
		store_seal_forget(store);
		return false;
	}
	store->has_new_sample = false;
	return true;
}

void
store_rollback(struct store *store)
{
	store_log_drop(store);
	store_seal_forget(store);
	db_rollback(store->db);
}

bool
store_version(struct store *store, int64_t *out, struct err *err)
{
	return db_data_version(store->db, out, err);
}

bool
store_checkpoint(struct store *store, struct err *err)
{
	return db_checkpoint(store->db, NULL, err);
}

bool
store_tx_open(struct store *store, struct store_tx *tx, struct err *err)
{
	tx->is_mine = !db_in_tx(store->db);
	return !tx->is_mine || db_begin(store->db, DB_TX_WRITE, err);
}

bool
store_tx_close(struct store *store, const struct store_tx *tx, bool ok,
    struct err *err)
{
	if (!tx->is_mine)
		return ok;
	if (ok)
		return store_commit(store, err);
	store_rollback(store);
	return false;
}
