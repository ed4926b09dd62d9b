/* SPDX-License-Identifier: ISC */
/*
 * Points in the middle of SQLite's writing, for builds with faults: a VFS that
 * is the usual one but for writing and syncing the WAL and the main file.
 */
#include "db/db_impl.h"

#ifdef WITH_FAULTS

#include "base/fault.h"

#include <pthread.h>
#include <sqlite3.h>

/* SQLite wants the tables to stand for ever. */
static sqlite3_vfs		 vfs;
static sqlite3_vfs		*usual;
static const sqlite3_io_methods	*usual_wal, *usual_main;
static sqlite3_io_methods	 wal_methods, main_methods;
static pthread_mutex_t		 lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t		 once = PTHREAD_ONCE_INIT;

static int
wal_write(sqlite3_file *file, const void *bytes, int count,
    sqlite3_int64 offset)
{
	return fault_fails(FAULT_WAL_WRITE) ? SQLITE_FULL :
	    usual_wal->xWrite(file, bytes, count, offset);
}

static int
wal_sync(sqlite3_file *file, int flags)
{
	return fault_fails(FAULT_WAL_SYNC) ? SQLITE_IOERR_FSYNC :
	    usual_wal->xSync(file, flags);
}

static int
main_write(sqlite3_file *file, const void *bytes, int count,
    sqlite3_int64 offset)
{
	return fault_fails(FAULT_CHECKPOINT_WRITE) ? SQLITE_FULL :
	    usual_main->xWrite(file, bytes, count, offset);
}

static int
main_sync(sqlite3_file *file, int flags)
{
	return fault_fails(FAULT_CHECKPOINT_SYNC) ? SQLITE_IOERR_FSYNC :
	    usual_main->xSync(file, flags);
}

/* Files of one kind share a table of methods. */
static void
learn(const sqlite3_io_methods *methods, const sqlite3_io_methods **usual_one,
    sqlite3_io_methods *ours, bool is_wal)
{
	(void)pthread_mutex_lock(&lock);
	if (*usual_one == NULL) {
		*usual_one = methods;
		*ours = *methods;
		ours->xWrite = is_wal ? wal_write : main_write;
		ours->xSync = is_wal ? wal_sync : main_sync;
	}
	(void)pthread_mutex_unlock(&lock);
}

static int
open_file(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags,
    int *flags_out)
{
	int	code = usual->xOpen(usual, name, file, flags, flags_out);

	(void)self;
	if (code == SQLITE_OK && (flags & SQLITE_OPEN_WAL) != 0) {
		learn(file->pMethods, &usual_wal, &wal_methods, true);
		if (file->pMethods == usual_wal)
			file->pMethods = &wal_methods;
	} else if (code == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB) != 0) {
		learn(file->pMethods, &usual_main, &main_methods, false);
		if (file->pMethods == usual_main)
			file->pMethods = &main_methods;
	}
	return code;
}

static void
install(void)
{
	usual = sqlite3_vfs_find(NULL);
	vfs = *usual;
	vfs.zName = "faults";
	vfs.pNext = NULL;
	vfs.xOpen = open_file;
	(void)sqlite3_vfs_register(&vfs, 1);
}

#endif

void
db_sqlite_faults(void)
{
#ifdef WITH_FAULTS
	(void)pthread_once(&once, install);
#endif
}
