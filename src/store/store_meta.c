/* SPDX-License-Identifier: ISC */
#include "store/store_impl.h"

#include <inttypes.h>

static void
copy_text(char *out, size_t size, struct str text)
{
	size_t	len = text.len < size ? text.len : size - 1;

	memcpy(out, text.p == NULL ? "" : text.p, len);
	out[len] = '\0';
}

static int64_t
number_of(struct str text)
{
	char	copy[24];

	copy_text(copy, sizeof(copy), text);
	return strtoll(copy, NULL, 10);
}

static void
state_row(struct store_state *state, struct str name, struct str value)
{
	if (str_is(name, "instance"))
		copy_text(state->instance, sizeof(state->instance), value);
	else if (str_is(name, "created_at"))
		state->created_ms = number_of(value);
	else if (str_is(name, "mode"))
		state->mode = str_is(value, "live") ? STORE_LIVE :
		    STORE_REHEARSAL;
	else if (str_is(name, "daemon_epoch"))
		state->daemon_epoch = number_of(value);
	else if (str_is(name, "config_epoch"))
		state->config_epoch = number_of(value);
	else if (str_is(name, "generation"))
		state->generation = number_of(value);
	else if (str_is(name, "stop"))
		copy_text(state->stop, sizeof(state->stop), value);
}

bool
store_state(struct store *store, struct store_state *out, struct err *err)
{
	struct store_state	 state = {.mode = STORE_REHEARSAL};
	struct db_rows		*rows;

	if (!db_query(store->db, "SELECT name, value FROM meta WHERE name IN"
	    " ('instance', 'created_at', 'mode', 'daemon_epoch',"
	    " 'config_epoch', 'generation', 'stop')", DB_NONE, &rows, err))
		return false;
	while (db_step(rows))
		state_row(&state, db_text(rows, 0), db_text(rows, 1));
	if (!db_finish(&rows, err))
		return false;
	*out = state;
	return true;
}

bool
store_meta_get(struct store *store, const char *name, struct arena *arena,
    const char **out, struct err *err)
{
	struct db_rows	*rows;
	const char	*value = NULL;
	bool		 failed = false;

	if (!db_query(store->db, "SELECT value FROM meta WHERE name = $1",
	    DB_PARAMS(STORE_TEXT(name)), &rows, err))
		return false;
	if (db_step(rows))
		value = store_copy(arena, db_text(rows, 0), &failed);
	if (!db_finish(&rows, err))
		return false;
	if (failed)
		return err_nomem(err);
	*out = value;
	return true;
}

bool
store_meta_set(struct store *store, const char *name, const char *value,
    struct err *err)
{
	return db_exec(store->db, "INSERT INTO meta (name, value)"
	    " VALUES ($1, $2) ON CONFLICT (name)"
	    " DO UPDATE SET value = excluded.value",
	    DB_PARAMS(STORE_TEXT(name), STORE_TEXT(value)), NULL, err);
}

bool
store_meta_number(struct store *store, const char *name, int64_t *out,
    struct err *err)
{
	bool	found;
	int64_t	n = 0;

	if (!db_number(store->db, "SELECT CAST(value AS @int) FROM meta"
	    " WHERE name = $1", DB_PARAMS(STORE_TEXT(name)), &n, &found, err))
		return false;
	*out = found ? n : 0;
	return true;
}

bool
store_meta_put(struct store *store, const char *name, int64_t value,
    struct err *err)
{
	char	text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	return store_meta_set(store, name, text, err);
}

/* In one statement, so that two writers on PostgreSQL get two numbers. */
bool
store_meta_bump(struct store *store, const char *name, int64_t *out,
    struct err *err)
{
	return db_number(store->db, "UPDATE meta"
	    " SET value = CAST(CAST(value AS @int) + 1 AS @text)"
	    " WHERE name = $1 RETURNING CAST(value AS @int)",
	    DB_PARAMS(STORE_TEXT(name)), out, NULL, err);
}

/*
 * Nobody got what a rehearsal sent: its notices are no contacts, raise no
 * level and use up no budget.  Everybody is judged anew, the backlog at its
 * kindest step.
 */
static bool
forget_rehearsal(struct store *store, const char *who, int64_t now_ms,
    struct err *err)
{
	static const char *const	steps[] = {
	    "UPDATE item SET state = 'released', rule = 'rehearsal'"
	    " WHERE state NOT IN ('released', 'struck')",
	    "UPDATE message SET state = 'cancelled', accepted_at = NULL"
	    " WHERE state <> 'cancelled'",
	    "UPDATE notice SET state = 'cancelled', accepted_at = NULL,"
	    " ended_why = 'rehearsal' WHERE state <> 'cancelled'",
	    "DELETE FROM send_count"};
	struct db			*db = store->db;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (!db_exec(db, steps[i], DB_NONE, NULL, err))
			return false;
	}
	return db_exec(db, "UPDATE task SET done_at = $1, done_by = $2,"
	    " outcome = 'rehearsal' WHERE done_at IS NULL"
	    " AND kind IN ('handoff', 'reach', 'allocate', 'task')",
	    DB_PARAMS(DB_INT(now_ms), DB_TEXT(str_of(who))), NULL, err) &&
	    db_exec(db, "UPDATE person SET rev = rev + 1, agenda_at = $1",
	    DB_PARAMS(DB_INT(now_ms)), NULL, err);
}

bool
store_set_live(struct store *store, const char *who, const char *reason,
    int64_t now_ms, struct err *err)
{
	struct store_tx	tx;
	int64_t		changed = 0;
	bool		ok;

	if (!store_tx_open(store, &tx, err))
		return false;
	ok = db_exec(store->db, "UPDATE meta SET value = 'live'"
	    " WHERE name = 'mode' AND value <> 'live'", DB_NONE, &changed, err);
	if (ok && changed == 0)
		ok = err_set(err, ERR_INPUT, "the service is live already");
	ok = ok && forget_rehearsal(store, who, now_ms, err) &&
	    store_log_act(store, AUDIT_LIVE, who, reason, "",
	    now_ms, err);
	return store_tx_close(store, &tx, ok, err);
}

bool
store_set_stop(struct store *store, const char *who, const char *reason,
    int64_t now_ms, struct err *err)
{
	struct store_tx	tx;
	bool		ok;

	if (!store_tx_open(store, &tx, err))
		return false;
	ok = store_meta_set(store, "stop", reason, err) &&
	    store_log_act(store, reason[0] == '\0' ? AUDIT_STARTED :
	    AUDIT_STOPPED, who, reason, "stop flag", now_ms, err);
	return store_tx_close(store, &tx, ok, err);
}

bool
store_daemon_start(struct store *store, int64_t now_ms, int64_t *epoch_out,
    struct err *err)
{
	struct store_event	event = {.leaf.event = AUDIT_STARTED};
	struct store_tx		tx;
	bool			ok;
	int64_t			epoch = 0;

	if (!store_tx_open(store, &tx, err))
		return false;
	ok = store_meta_bump(store, "daemon_epoch", &epoch, err);
	event.leaf.epoch = epoch;
	ok = ok && store_log(store, now_ms, &event, 1, err);
	if (!store_tx_close(store, &tx, ok, err))
		return false;
	*epoch_out = epoch;
	return true;
}

static bool
change_config(struct store *store, const char *hex, int64_t now_ms,
    int64_t *epoch_out, struct err *err)
{
	int64_t	changed = 0;

	if (!db_exec(store->db, "UPDATE meta SET value = $1"
	    " WHERE name = 'config_hash' AND value <> $1",
	    DB_PARAMS(STORE_TEXT(hex)), &changed, err))
		return false;
	if (changed == 0)
		return store_meta_number(store, "config_epoch", epoch_out, err);
	return store_meta_bump(store, "config_epoch", epoch_out, err) &&
	    store_log_act(store, AUDIT_CONFIG_LOADED, "", "", hex, now_ms, err);
}

bool
store_config_loaded(struct store *store, const struct hash *config,
    int64_t now_ms, int64_t *epoch_out, struct err *err)
{
	struct buf	hex = BUF_INIT;
	struct store_tx	tx;
	int64_t		epoch = 0;
	bool		ok = false;

	hash_hex(&hex, config->bytes, sizeof(config->bytes));
	if (!buf_check(&hex, err) || !store_tx_open(store, &tx, err))
		goto done;
	ok = change_config(store, hex.p, now_ms, &epoch, err);
	ok = store_tx_close(store, &tx, ok, err);
	if (ok)
		*epoch_out = epoch;
done:
	buf_fini(&hex);
	return ok;
}
