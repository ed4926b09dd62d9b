/* SPDX-License-Identifier: ISC */
#include "store/store_impl.h"

static int
by_id(const void *a, const void *b)
{
	const int64_t	*x = a;
	const int64_t	*y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Sorted, so that two writers on PostgreSQL lock in the same order. */
static size_t
sort_unique(int64_t *ids, size_t count)
{
	size_t	n = 0;

	qsort(ids, count, sizeof(*ids), by_id);
	for (size_t i = 0; i < count; i++) {
		if (n == 0 || ids[n - 1] != ids[i])
			ids[n++] = ids[i];
	}
	return n;
}

static bool
touch_rows(struct store *store, const struct db_value *rows, size_t count,
    int64_t at_ms, bool carry, struct err *err)
{
	if (!db_exec(store->db, "UPDATE person SET rev = rev + 1, agenda_at ="
	    " CASE WHEN agenda_at > $2 THEN $2 ELSE agenda_at END"
	    " FROM @rows(i) WHERE person.id = r.c1",
	    DB_PARAMS(DB_ROWS(rows, 1, count), DB_INT(at_ms)), NULL, err))
		return false;
	/* What lies dead may be woken long after: it is to be judged anew. */
	return !carry || db_exec(store->db, "UPDATE notice SET rev = rev + 1"
	    " FROM @rows(i) WHERE notice.person_id = r.c1 AND notice.state IN"
	    " ('open', 'in-doubt') AND notice.rev = (SELECT p.rev - 1"
	    " FROM person p WHERE p.id = r.c1)"
	    " AND NOT EXISTS (SELECT 1 FROM message m"
	    " WHERE m.notice_id = notice.id AND m.state = 'dead')",
	    DB_PARAMS(DB_ROWS(rows, 1, count)), NULL, err);
}

static bool
touch(struct store *store, const int64_t *person_ids, size_t count,
    int64_t at_ms, bool carry, struct err *err)
{
	int64_t		*ids = NULL;
	struct db_value	*rows = NULL;
	bool		 ok = false;

	if (count == 0)
		return true;
	ids = calloc(count, sizeof(*ids));
	rows = calloc(count, sizeof(*rows));
	if (ids == NULL || rows == NULL) {
		err_nomem(err);
		goto done;
	}
	memcpy(ids, person_ids, count * sizeof(*ids));
	count = sort_unique(ids, count);
	for (size_t i = 0; i < count; i++)
		rows[i] = DB_INT(ids[i]);
	ok = touch_rows(store, rows, count, at_ms, carry, err);
done:
	free(ids);
	free(rows);
	return ok;
}

bool
store_touch(struct store *store, const int64_t *person_ids, size_t count,
    int64_t at_ms, struct err *err)
{
	struct store_tx	tx;
	bool		ok;

	if (!store_tx_open(store, &tx, err))
		return false;
	ok = touch(store, person_ids, count, at_ms, false, err);
	return store_tx_close(store, &tx, ok, err);
}

bool
store_touch_expected(struct store *store, const int64_t *person_ids,
    size_t count, int64_t at_ms, struct err *err)
{
	return touch(store, person_ids, count, at_ms, true, err);
}

static bool
read_dues(struct db_rows *rows, struct arena *arena, struct store_vec *vec,
    struct err *err)
{
	struct store_due	*due;
	bool			 failed = false;

	while (!failed && db_step(rows)) {
		if ((due = store_vec_add(arena, vec, sizeof(*due))) == NULL) {
			failed = true;
			break;
		}
		*due = (struct store_due){
			.person_id = db_int(rows, 0), .rev = db_int(rows, 1),
			.at_ms = db_int(rows, 2), .epoch = db_int(rows, 3),
		};
	}
	if (!db_finish(&rows, err))
		return false;
	return failed ? err_nomem(err) : true;
}

#define DUE_COLUMNS	"SELECT id, rev, agenda_at, epoch FROM person "

bool
store_agenda_take(struct store *store, int64_t now_ms, int64_t config_epoch,
    size_t limit, size_t sweep, struct arena *arena, struct store_dues *out,
    struct err *err)
{
	struct store_vec	 vec = {0};
	struct db_rows		*rows;

	if (!db_query(store->db, DUE_COLUMNS "WHERE agenda_at <= $1"
	    " AND batch <> " STORE_HIDDEN " ORDER BY agenda_at, id LIMIT $2",
	    DB_PARAMS(DB_INT(now_ms), DB_INT((int64_t)limit)), &rows, err) ||
	    !read_dues(rows, arena, &vec, err))
		return false;
	if (sweep > limit - vec.count)
		sweep = limit - vec.count;
	if (sweep > 0 && (!db_query(store->db, DUE_COLUMNS "WHERE epoch < $2"
	    " AND agenda_at > $1 AND batch <> " STORE_HIDDEN
	    " ORDER BY epoch, id LIMIT $3", DB_PARAMS(DB_INT(now_ms),
	    DB_INT(config_epoch), DB_INT((int64_t)sweep)), &rows, err) ||
	    !read_dues(rows, arena, &vec, err)))
		return false;
	*out = (struct store_dues){vec.items, vec.count};
	return true;
}

bool
store_persons(struct store *store, int64_t after_id, size_t limit,
    struct arena *arena, struct store_dues *out, struct err *err)
{
	struct store_vec	 vec = {0};
	struct db_rows		*rows;

	if (!db_query(store->db, DUE_COLUMNS "WHERE id > $1"
	    " AND batch <> " STORE_HIDDEN " ORDER BY id LIMIT $2",
	    DB_PARAMS(DB_INT(after_id), DB_INT((int64_t)limit)), &rows, err) ||
	    !read_dues(rows, arena, &vec, err))
		return false;
	*out = (struct store_dues){vec.items, vec.count};
	return true;
}

bool
store_agenda_set(struct store *store, int64_t person_id, int64_t rev,
    int64_t config_epoch, int64_t at_ms, bool *done, struct err *err)
{
	int64_t	changed = 0;

	if (!db_exec(store->db, "UPDATE person SET agenda_at = $3, epoch = $4"
	    " WHERE id = $1 AND rev = $2", DB_PARAMS(DB_INT(person_id),
	    DB_INT(rev), DB_INT(at_ms), DB_INT(config_epoch)), &changed, err))
		return false;
	*done = changed == 1;
	return true;
}

static bool
earliest(struct store *store, const char *sql, int64_t *out, struct err *err)
{
	bool	found;

	if (!db_number(store->db, sql, DB_NONE, out, &found, err))
		return false;
	if (!found)
		*out = TIME_NEVER;
	return true;
}

static bool
earliest_message(struct store *store, int64_t *out, struct err *err)
{
	int64_t	at;

	*out = TIME_NEVER;
	for (int i = 0; i < CHANNEL_COUNT; i++) {
		bool	found;

		if (!db_number(store->db, "SELECT min(next_at) FROM message"
		    " WHERE state = 'ready' AND channel = $1",
		    DB_PARAMS(STORE_TEXT(channel_names[i])), &at, &found, err))
			return false;
		if (found && at < *out)
			*out = at;
	}
	return true;
}

bool
store_agenda_next(struct store *store, int64_t config_epoch,
    struct store_next *out, struct err *err)
{
	struct store_next	next;
	int64_t			behind;

	if (!earliest(store, "SELECT agenda_at FROM person WHERE batch <> "
	    STORE_HIDDEN " ORDER BY agenda_at, id LIMIT 1", &next.agenda_ms,
	    err) || !earliest_message(store, &next.message_ms, err) ||
	    !db_number(store->db, "SELECT count(*) FROM message"
	    " WHERE state IN ('claimed', 'intent')", DB_NONE, &next.flying,
	    NULL, err) || !db_number(store->db, "SELECT count(*) FROM"
	    " (SELECT id FROM person WHERE epoch < $1 AND batch <> "
	    STORE_HIDDEN " LIMIT 1) AS p", DB_PARAMS(DB_INT(config_epoch)),
	    &behind, NULL, err))
		return false;
	next.is_behind = behind != 0;
	*out = next;
	return true;
}
