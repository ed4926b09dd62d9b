/* SPDX-License-Identifier: ISC */
#include "store/store_send_impl.h"

#include "base/fault.h"

#include <sys/statvfs.h>

#define SQL_TAKE(which) \
	"UPDATE message SET state = $1, epoch = $2" \
	" WHERE id IN (SELECT id FROM message WHERE state = 'ready'" \
	" AND channel = $3 AND next_at <= $4 AND crashes " which \
	" ORDER BY next_at, id LIMIT $5 @skip_locked) RETURNING id"

static const char	take_sound[] = SQL_TAKE("= 0");
static const char	take_suspect[] = SQL_TAKE("> 0");

static bool
take(struct store *store, const char *sql, enum channel channel, int64_t now_ms,
    int64_t daemon_epoch, size_t limit, struct store_vec *ids,
    struct arena *arena, struct err *err)
{
	enum message_state	 next;
	struct db_rows		*rows;
	int64_t			*id;
	bool			 failed = false;

	if (!message_move(MSG_READY, MSG_EV_CLAIM, &next))
		return err_set(err, ERR_SYSTEM, "the table forbids claims");
	if (!db_query(store->db, sql,
	    DB_PARAMS(STORE_TEXT(message_state_names[next]),
	    DB_INT(daemon_epoch), STORE_TEXT(channel_names[channel]),
	    DB_INT(now_ms), DB_INT((int64_t)limit)), &rows, err))
		return false;
	while (!failed && db_step(rows)) {
		if ((id = store_vec_add(arena, ids, sizeof(*id))) == NULL)
			failed = true;
		else
			*id = db_int(rows, 0);
	}
	if (!db_finish(&rows, err))
		return false;
	return failed ? err_nomem(err) : true;
}

static void
read_claim(struct db_rows *rows, struct arena *arena,
    struct store_claimed *out, bool *failed)
{
	out->message_id = db_int(rows, 0);
	out->notice_id = db_int(rows, 1);
	out->person_id = db_int(rows, 2);
	out->customer_id = db_int(rows, 3);
	out->rev = db_int(rows, 4);
	out->c = (int)db_int(rows, 5);
	out->key = store_copy(arena, db_text(rows, 6), failed);
	out->creditor = store_copy(arena, db_text(rows, 7), failed);
	out->policy = store_copy(arena, db_text(rows, 8), failed);
	out->step = store_copy(arena, db_text(rows, 9), failed);
	out->stage = (enum stage)store_name(stage_names, db_text(rows, 10), 0);
	out->in_doubt = str_is(db_text(rows, 12), "hold");
	out->channel = (enum channel)store_name(channel_names,
	    db_text(rows, 13), 0);
	out->intent = out->channel != CHANNEL_EMAIL ||
	    str_is(db_text(rows, 11), "exact");
	out->address = store_copy(arena, db_text(rows, 14), failed);
	out->route = store_copy(arena, db_text(rows, 15), failed);
	out->attempts = (int)db_int(rows, 16);
	out->first_ms = store_time(rows, 17);
	out->decided_ms = db_int(rows, 18);
	out->not_after_ms = db_int(rows, 19);
	out->repeats = db_int(rows, 20) != 0;
	out->items = NULL;
	out->item_count = 0;
}

#define SQL_CLAIMS \
	"SELECT m.id, m.notice_id, m.person_id, n.customer_id, n.rev, m.c," \
	" m.key, cr.ref, n.policy, n.step, n.stage, n.intent, n.in_doubt," \
	" m.channel, m.address, m.route, m.attempts, m.first_at," \
	" n.decided_at, n.not_after, CASE WHEN EXISTS (SELECT 1" \
	" FROM attempt a WHERE a.message_id = m.id" \
	" AND a.outcome = 'in-doubt') THEN 1 ELSE 0 END" \
	" FROM message m JOIN notice n ON n.id = m.notice_id" \
	" JOIN creditor cr ON cr.id = n.creditor_id WHERE m.id @ids" \
	" ORDER BY m.next_at, m.id"

static bool
read_claims(struct db_rows *rows, struct arena *arena, struct store_vec *vec,
    struct err *err)
{
	struct store_claimed	*claim;
	bool			 failed = false;

	while (!failed && db_step(rows)) {
		claim = store_vec_add(arena, vec, sizeof(*claim));
		if (claim == NULL)
			failed = true;
		else
			read_claim(rows, arena, claim, &failed);
	}
	if (!db_finish(&rows, err))
		return false;
	return failed ? err_nomem(err) : true;
}

struct owned_item {
	int64_t				 notice_id;
	struct store_claimed_item	 item;
};

static bool
read_items(struct db_rows *rows, struct arena *arena, struct store_vec *vec,
    struct err *err)
{
	struct owned_item	*owned;
	bool			 failed = false;

	while (!failed && db_step(rows)) {
		owned = store_vec_add(arena, vec, sizeof(*owned));
		if (owned == NULL) {
			failed = true;
			break;
		}
		owned->notice_id = db_int(rows, 0);
		owned->item = (struct store_claimed_item){
			.instalment_id = db_int(rows, 1),
			.invoice_id = db_int(rows, 2),
			.cycle = (int)db_int(rows, 3),
			.step = store_copy(arena, db_text(rows, 4), &failed),
			.occurrence = (int)db_int(rows, 5),
			.amount = db_int(rows, 6),
		};
	}
	if (!db_finish(&rows, err))
		return false;
	return failed ? err_nomem(err) : true;
}

/* owned is sorted by notice. */
static bool
hand_out(struct store_claimed *claim, const struct store_vec *owned,
    struct arena *arena, struct err *err)
{
	const struct owned_item		*all = owned->items;
	struct store_claimed_item	*items;
	size_t				 low = 0;
	size_t				 high = owned->count;
	size_t				 n = 0;

	while (low < high) {
		size_t	mid = low + (high - low) / 2;

		if (all[mid].notice_id < claim->notice_id)
			low = mid + 1;
		else
			high = mid;
	}
	while (low + n < owned->count &&
	    all[low + n].notice_id == claim->notice_id)
		n++;
	if ((items = arena_array(arena, n, sizeof(*items))) == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < n; i++)
		items[i] = all[low + i].item;
	claim->items = items;
	claim->item_count = n;
	return true;
}

static bool
load_items(struct store *store, struct store_vec *claims, struct arena *arena,
    struct err *err)
{
	struct store_claimed	*claim = claims->items;
	struct store_vec	 owned = {0};
	struct buf		 ids = BUF_INIT;
	struct db_rows		*rows;
	int64_t			*list;
	bool			 ok;

	if ((list = arena_array(arena, claims->count, sizeof(*list))) == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < claims->count; i++)
		list[i] = claim[i].notice_id;
	store_ids(store, list, claims->count, &ids);
	ok = buf_check(&ids, err) && store_query_ids(store,
	    "SELECT i.notice_id, i.instalment_id, (SELECT s.invoice_id"
	    " FROM instalment s WHERE s.id = i.instalment_id), i.cycle,"
	    " i.step, i.occurrence, i.amount FROM item i"
	    " WHERE i.notice_id @ids ORDER BY i.notice_id, i.id",
	    buf_str(&ids), NULL, 0, &rows, err) &&
	    read_items(rows, arena, &owned, err);
	buf_fini(&ids);
	for (size_t i = 0; ok && i < claims->count; i++)
		ok = hand_out(&claim[i], &owned, arena, err);
	return ok;
}

static bool
claim_all(struct store *store, const struct store_vec *ids,
    struct arena *arena, struct store_vec *claims, struct err *err)
{
	struct buf	 list = BUF_INIT;
	struct db_rows	*rows;
	bool		 ok;

	if (ids->count == 0)
		return true;
	store_ids(store, ids->items, ids->count, &list);
	ok = buf_check(&list, err) && store_query_ids(store, SQL_CLAIMS,
	    buf_str(&list), NULL, 0, &rows, err) &&
	    read_claims(rows, arena, claims, err) &&
	    load_items(store, claims, arena, err);
	buf_fini(&list);
	return ok;
}

bool
store_claim(struct store *store, enum channel channel, int64_t now_ms,
    int64_t daemon_epoch, enum store_suspects kind, size_t limit,
    struct arena *arena, struct store_claims *out, struct err *err)
{
	struct store_vec	ids = {0};
	struct store_vec	claims = {0};
	struct store_tx		tx;
	bool			ok;

	if (!store_tx_open(store, &tx, err))
		return false;
	ok = take(store, kind == STORE_SOUND ? take_sound : take_suspect,
	    channel, now_ms, daemon_epoch, limit, &ids, arena, err) &&
	    claim_all(store, &ids, arena, &claims, err);
	if (ids.count > 0)
		fault_point(FAULT_CLAIM_BEFORE);
	if (!store_tx_close(store, &tx, ok, err))
		return false;
	*out = (struct store_claims){claims.items, claims.count};
	return true;
}

bool
store_has_room(struct store *store, int64_t bytes, struct err *err)
{
	const char	*path = db_path(store->db);
	struct statvfs	 disk;
	int64_t		 free_bytes;

	if (path == NULL)
		return true;
	if (statvfs(path, &disk) != 0)
		return err_sys(err, "looking at the disk of %s", path);
	free_bytes = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
	return free_bytes >= bytes || err_set(err, ERR_SYSTEM, "only %lld MiB"
	    " are free on the disk of %s, and service.disk_reserve is %lld:"
	    " nothing is sent until there is more room",
	    (long long)(free_bytes / 1048576), path,
	    (long long)(bytes / 1048576));
}
