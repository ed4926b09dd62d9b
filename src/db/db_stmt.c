/* SPDX-License-Identifier: ISC */
/* The prepared statements of a handle, by their text. */
#include "db/db_impl.h"

/* FNV-1a. */
static uint64_t
text_hash(const char *text)
{
	uint64_t	hash = UINT64_C(14695981039346656037);

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return hash;
}

static void
free_stmt(struct db *db, struct db_stmt *stmt)
{
	db->ops->forget(db, stmt);
	free(stmt->sql);
	free(stmt);
}

static bool
make_stmt(struct db *db, const char *sql, uint64_t hash, struct db_stmt **out,
    struct err *err)
{
	struct buf	 text = BUF_INIT;
	struct db_stmt	*stmt = calloc(1, sizeof(*stmt));
	bool		 ok = false;

	if (stmt == NULL || (stmt->sql = strdup(sql)) == NULL) {
		err_nomem(err);
		goto done;
	}
	stmt->hash = hash;
	stmt->id = ++db->uses;
	if (!db_sql_translate(stmt->sql, db->ops != &db_sqlite_ops, DB_SQL_STATEMENT,
	    &text, &stmt->n_params, &stmt->columns, err) ||
	    !db->ops->prepare(db, stmt, buf_text(&text), err)) {
		err_in(err, "%.120s", sql);
		goto done;
	}
	*out = stmt;
	ok = true;
done:
	if (!ok && stmt != NULL) {
		free(stmt->sql);
		free(stmt);
	}
	buf_fini(&text);
	return ok;
}

/* Where a new statement goes; DB_CACHE_MAX when all are in use. */
static size_t
find_room(struct db *db)
{
	size_t	oldest = DB_CACHE_MAX;

	if (db->n_cached < DB_CACHE_MAX)
		return db->n_cached;
	for (size_t i = 0; i < DB_CACHE_MAX; i++)
		if (!db->cache[i]->is_busy && (oldest == DB_CACHE_MAX ||
		    db->cache[i]->used < db->cache[oldest]->used))
			oldest = i;
	return oldest;
}

static void
keep_stmt(struct db *db, struct db_stmt *stmt)
{
	size_t	i = find_room(db);

	if (i == DB_CACHE_MAX)
		return;
	if (i == db->n_cached)
		db->n_cached++;
	else
		free_stmt(db, db->cache[i]);
	db->cache[i] = stmt;
	stmt->is_kept = true;
}

bool
db_stmt_take(struct db *db, const char *sql, struct db_stmt **out,
    struct err *err)
{
	uint64_t	hash = text_hash(sql);
	bool		is_busy = false;

	for (size_t i = 0; i < db->n_cached; i++) {
		struct db_stmt	*stmt = db->cache[i];

		if (stmt->hash != hash || strcmp(stmt->sql, sql) != 0)
			continue;
		if ((is_busy = stmt->is_busy))
			break;
		stmt->used = ++db->uses;
		*out = stmt;
		return true;
	}
	if (!make_stmt(db, sql, hash, out, err))
		return false;
	(*out)->used = db->uses;
	if (!is_busy)
		keep_stmt(db, *out);
	return true;
}

void
db_stmt_give(struct db *db, struct db_stmt **stmt)
{
	struct db_stmt	*s = *stmt;

	*stmt = NULL;
	if (s == NULL)
		return;
	s->is_busy = false;
	if (!s->is_kept)
		free_stmt(db, s);
}

void
db_stmt_drop_all(struct db *db)
{
	for (size_t i = 0; i < db->n_cached; i++) {
		db->ops->forget(NULL, db->cache[i]);
		free(db->cache[i]->sql);
		free(db->cache[i]);
	}
	db->n_cached = 0;
}

bool
db_run(struct db *db, const char *sql, struct err *err)
{
	struct db_stmt	*stmt;
	int64_t		 changed;
	bool		 ok;

	if (!db_stmt_take(db, sql, &stmt, err))
		return false;
	ok = db->ops->exec(db, stmt, NULL, &changed, err);
	db_stmt_give(db, &stmt);
	return ok;
}
