/* SPDX-License-Identifier: ISC */
#include "audit/audit_tree.h"
#include "store/store_impl.h"

#include <inttypes.h>

/* One (K.c, attempt): what the log says about it. */
struct try {
	uint64_t	key;		/* of K.c and attempt */
	int		intents;
	int		outcomes;
};

struct check {
	struct store_audit_report	*out;
	struct audit_frontier		 frontier;
	struct try			*tries;		/* open addressing */
	size_t				 cap;
	size_t				 used;
};

static void
blame(struct check *c, int64_t seq, const char *what)
{
	if (c->out->why[0] != '\0')
		return;
	c->out->bad_seq = seq;
	snprintf(c->out->why, sizeof(c->out->why), "leaf %" PRId64 " %s", seq,
	    what);
}

static uint64_t
try_key(const struct audit_leaf *leaf)
{
	uint64_t	h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < leaf->key.len; i++)
		h = (h ^ (unsigned char)leaf->key.p[i]) *
		    UINT64_C(1099511628211);
	h = (h ^ (uint64_t)leaf->attempt) * UINT64_C(1099511628211);
	h ^= h >> 29;
	return h == 0 ? 1 : h;
}

static struct try *
place_of(struct try *tries, size_t cap, uint64_t key)
{
	size_t	at = key & (cap - 1);

	while (tries[at].key != 0 && tries[at].key != key)
		at = (at + 1) & (cap - 1);
	return &tries[at];
}

static bool
grow(struct check *c)
{
	size_t		 cap = c->cap == 0 ? 1024 : c->cap * 2;
	struct try	*tries = calloc(cap, sizeof(*tries));

	if (tries == NULL)
		return false;
	for (size_t i = 0; i < c->cap; i++) {
		if (c->tries[i].key != 0)
			*place_of(tries, cap, c->tries[i].key) = c->tries[i];
	}
	free(c->tries);
	c->tries = tries;
	c->cap = cap;
	return true;
}

static bool
is_intent(enum audit_event event)
{
	return event == AUDIT_INTENT || event == AUDIT_POSSIBLE_DUPLICATE;
}

static bool
is_outcome(enum audit_event event)
{
	return event == AUDIT_ACCEPTED || event == AUDIT_DEFERRED ||
	    event == AUDIT_FAILED || event == AUDIT_IN_DOUBT ||
	    event == AUDIT_UNSENT;
}

/* Sums of AUDIT.md 4: an intent has one outcome, or is still on its way. */
static bool
count_leaf(struct check *c, const struct audit_leaf *leaf, int64_t seq,
    struct err *err)
{
	struct try	*try;

	if (leaf->attempt == 0 || leaf->detail.len > 0 ||
	    !(is_intent(leaf->event) || is_outcome(leaf->event)))
		return true;
	if (c->used * 2 >= c->cap && !grow(c))
		return err_nomem(err);
	try = place_of(c->tries, c->cap, try_key(leaf));
	c->used += try->key == 0;
	try->key = try_key(leaf);
	if (is_intent(leaf->event)) {
		c->out->intents++;
		if (++try->intents > 1)
			blame(c, seq, "is a second intent of one attempt");
	} else {
		c->out->outcomes++;
		if (++try->outcomes > try->intents)
			blame(c, seq, "is an outcome without an intent");
	}
	return true;
}

static bool
check_leaf(struct check *c, struct db_rows *rows, struct err *err)
{
	const int64_t		seq = db_int(rows, 0);
	const struct str	body = db_bytes(rows, 1);
	const struct str	stored = db_bytes(rows, 2);
	struct audit_leaf	leaf;
	struct err		why;
	struct hash		hash;

	if (seq != (int64_t)c->frontier.size) {
		blame(c, (int64_t)c->frontier.size, "is missing");
		c->frontier.size = (uint64_t)seq;
	}
	if (!audit_leaf_hash(body, &hash, err))
		return false;
	if (stored.len != HASH_LEN ||
	    memcmp(stored.p, hash.bytes, HASH_LEN) != 0)
		blame(c, seq, "does not match its hash");
	if (!audit_decode(body, &leaf, &why))
		blame(c, seq, "is not a record");
	else if (!count_leaf(c, &leaf, seq, err))
		return false;
	return audit_append(&c->frontier, &hash, err);
}

static bool
check_frontier(struct check *c, struct store *store, struct err *err)
{
	struct buf	 state = BUF_INIT;
	struct db_rows	*rows;
	bool		 same = false;

	if (!audit_root(&c->frontier, &c->out->root, err))
		return false;
	audit_frontier_encode(&c->frontier, &state);
	if (!buf_check(&state, err) || !db_query(store->db,
	    "SELECT size, state FROM audit_frontier WHERE one = 1", DB_NONE,
	    &rows, err)) {
		buf_fini(&state);
		return false;
	}
	if (db_step(rows))
		same = db_int(rows, 0) == (int64_t)c->frontier.size &&
		    str_eq(db_bytes(rows, 1), buf_str(&state));
	buf_fini(&state);
	if (!db_finish(&rows, err))
		return false;
	if (!same && c->out->why[0] == '\0') {
		c->out->bad_seq = c->out->size;
		snprintf(c->out->why, sizeof(c->out->why), "the leaves do not "
		    "make the frontier that was kept: the last ones are gone, "
		    "or one was replaced with its hash");
	}
	return true;
}

static bool
check_all(struct check *c, struct store *store, struct err *err)
{
	struct db_rows	*rows;
	bool		 ok = true;

	if (!db_scan(store->db, "SELECT seq, body, hash FROM audit_leaf"
	    " ORDER BY seq", DB_NONE, &rows, err))
		return false;
	while (ok && db_step(rows)) {
		ok = check_leaf(c, rows, err);
		c->out->size++;
	}
	if (!ok) {
		db_rows_free(&rows);
		return false;
	}
	if (!db_finish(&rows, err) || !check_frontier(c, store, err))
		return false;
	c->out->open_intents = c->out->intents - c->out->outcomes;
	return true;
}

bool
store_audit_verify(struct store *store, struct store_audit_report *out,
    struct err *err)
{
	struct store_audit_report	report = {.bad_seq = -1};
	struct check			c = {.out = &report};
	const bool			mine = !db_in_tx(store->db);
	bool				ok;

	/* One picture of leaves and frontier. */
	if (mine && !store_begin_read(store, err))
		return false;
	ok = check_all(&c, store, err);
	if (mine)
		store_rollback(store);
	free(c.tries);
	if (ok)
		*out = report;
	return ok;
}

bool
store_audit_event(struct store *store, const char *event, const char *who,
    const char *detail, int64_t now_ms, struct err *err)
{
	const enum audit_event	kind = audit_event_find(str_of(event));
	struct store_tx		tx;
	bool			ok;

	if (kind == AUDIT_NONE)
		return err_set(err, ERR_INPUT, "the log knows no event \"%s\"",
		    event);
	if (!store_tx_open(store, &tx, err))
		return false;
	ok = store_log_act(store, kind, who, "", detail, now_ms, err);
	return store_tx_close(store, &tx, ok, err);
}

static void
fill_leaf(struct store_leaf *out, const struct audit_leaf *leaf, int64_t seq,
    struct arena *arena, bool *failed)
{
	*out = (struct store_leaf){
		.seq = seq, .at_ms = leaf->at_ms,
		.event = audit_event_name(leaf->event),
		.key = store_copy(arena, leaf->key, failed),
		.channel = store_copy(arena, leaf->channel, failed),
		.route = store_copy(arena, leaf->route, failed),
		.code = store_copy(arena, leaf->reply_status, failed),
		.reply = store_copy(arena, leaf->reply, failed),
		.who = store_copy(arena, leaf->actor, failed),
		.reason = store_copy(arena, leaf->reason, failed),
		.detail = store_copy(arena, leaf->detail, failed),
	};
}

bool
store_audit_leaves(struct store *store, int64_t from_seq, size_t limit,
    struct arena *arena, struct store_leaves *out, struct err *err)
{
	struct store_vec	 vec = {0};
	struct db_rows		*rows;
	bool			 failed = false;
	bool			 ok = true;

	if (!db_query(store->db, "SELECT seq, body FROM audit_leaf"
	    " WHERE seq >= $1 ORDER BY seq LIMIT $2", DB_PARAMS(
	    DB_INT(from_seq), DB_INT((int64_t)limit)), &rows, err))
		return false;
	while (ok && !failed && db_step(rows)) {
		struct store_leaf	*place = store_vec_add(arena, &vec,
					    sizeof(*place));
		struct audit_leaf	 leaf;

		failed = place == NULL;
		ok = audit_decode(db_bytes(rows, 1), &leaf, err);
		if (ok && !failed)
			fill_leaf(place, &leaf, db_int(rows, 0), arena,
			    &failed);
	}
	if (!ok) {
		db_rows_free(&rows);
		return false;
	}
	if (!db_finish(&rows, err))
		return false;
	if (failed)
		return err_nomem(err);
	*out = (struct store_leaves){vec.items, vec.count};
	return true;
}
