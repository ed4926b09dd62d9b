/* SPDX-License-Identifier: ISC */
#include "store/store_intake_impl.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#define PG_LOCK_KEY	"1685417580"	/* "dunl" */

static bool
busy(struct err *err)
{
	return err_set(err, ERR_LATER, "another import into this store is"
	    " under way; try again when it has ended");
}

static bool
lock_pg(struct store_intake *in, struct err *err)
{
	int64_t	got;

	/* a session may take its own lock again: that is no answer */
	if (!db_number(in->store->db, "SELECT CASE WHEN EXISTS (SELECT 1"
	    " FROM pg_locks WHERE locktype = 'advisory' AND classid = 0"
	    " AND objid = " PG_LOCK_KEY " AND pid = pg_backend_pid()) THEN 0"
	    " WHEN pg_try_advisory_lock(" PG_LOCK_KEY ") THEN 1 ELSE 0 END",
	    DB_NONE, &got, NULL, err))
		return false;
	return got == 1 || busy(err);
}

/* The store's file, as SQLite has it open. */
static bool
store_path(struct store_intake *in, char path[static 4096], struct err *err)
{
	struct db_rows	*rows;

	path[0] = '\0';
	if (!db_query(in->store->db, "SELECT file FROM pragma_database_list"
	    " WHERE name = 'main'", DB_NONE, &rows, err))
		return false;
	if (db_step(rows))
		(void)snprintf(path, 4096, "%.*s", STR_ARG(db_text(rows, 0)));
	return db_finish(&rows, err);
}

/* flock: gone with the process, whatever ends it. */
static bool
lock_file(struct store_intake *in, struct err *err)
{
	char	path[4096], lock[4096 + 16];

	if (!store_path(in, path, err))
		return false;
	(void)snprintf(lock, sizeof(lock), "%s-import", path);
	in->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
	if (in->lock_fd < 0)
		return err_sys(err, "opening %s", lock);
	if (flock(in->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		(void)close(in->lock_fd);
		in->lock_fd = -1;
		return busy(err);
	}
	return true;
}

bool
intake_lock(struct store_intake *in, struct err *err)
{
	in->has_lock = in->store->is_pg ? lock_pg(in, err) : lock_file(in, err);
	return in->has_lock;
}

void
intake_unlock(struct store_intake *in)
{
	struct err	ignored;
	int64_t		gone;

	if (!in->has_lock)
		return;
	if (!in->store->is_pg)
		(void)close(in->lock_fd);
	else if (!db_number(in->store->db, "SELECT CASE WHEN"
	    " pg_advisory_unlock(" PG_LOCK_KEY ") THEN 1 ELSE 0 END",
	    DB_NONE, &gone, NULL, &ignored))
		return;		/* the session ends, and the lock with it */
	in->lock_fd = -1;
	in->has_lock = false;
}
