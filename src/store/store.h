/* SPDX-License-Identifier: ISC */
/*
 * store.h - everything that dunlin remembers, as questions and acts of the
 * domain.  This header opens and closes; it includes all others of the module.
 *
 * A handle is one connection.  Thread: one at a time; handles to the same
 * store in several threads and processes are fine.  Reads may run on a reader.
 *
 * Transactions: each writing call is a transaction of its own, unless the
 * caller has begun one: then it is part of it.  After any failure inside
 * store_begin .. store_commit all that is left is store_rollback.
 *
 * Errors: ERR_LATER another writer is in the way, or the connection is gone;
 * ERR_INPUT what the caller asks makes no sense (text for people); ERR_UNSURE a
 * commit whose answer was lost; ERR_SYSTEM disk full, I/O, broken store.
 *
 * Lists come from the arena that the caller gives: texts are never NULL.
 */
#ifndef DUNLIN_STORE_STORE_H
#define DUNLIN_STORE_STORE_H

#include "base/arena.h"
#include "base/date.h"
#include "base/hash.h"
#include "model/names.h"

#include <stdint.h>

struct store;			/* opaque: one connection */

enum store_access {
	STORE_READER,		/* no writes; SQLite: sees the last commit */
	STORE_WRITER
};

#define STORE_UUID_LEN	36
#define STORE_NO_CHANNEL (-1)	/* instead of an enum channel */

/*
 * A new, empty store: schema, a fresh instance id, mode rehearsal, epochs and
 * generation 0.  SQLite: makes the file where it is missing; PostgreSQL: the
 * database must exist.  Tables of ours that are there already: ERR_INPUT.
 */
bool	store_create(const char *dsn, int64_t now_ms, struct err *err)
	    MUST_CHECK;

/*
 * Gives *out.  A store of a newer schema is ERR_INPUT and says so; an older
 * one names `dunlin store migrate`; a database without our tables names
 * `dunlin init`.
 */
bool	store_open(const char *dsn, enum store_access access,
	    struct store **out, struct err *err) MUST_CHECK;
void	store_close(struct store **store);	/* takes; NULL inside is fine */

/* Brings an older schema to ours, a transaction a version; nothing to do is
 * fine.  The versions before and after may be NULL. */
bool	store_migrate(const char *dsn, int64_t *from_out, int64_t *to_out,
	    struct err *err) MUST_CHECK;

bool	store_begin(struct store *store, struct err *err) MUST_CHECK;
bool	store_commit(struct store *store, struct err *err) MUST_CHECK;
void	store_rollback(struct store *store);	/* nothing open: nothing done */

/* One picture for several reads; ends with store_rollback. */
bool	store_begin_read(struct store *store, struct err *err) MUST_CHECK;

/* Another number after another connection committed: for the daemon's look
 * each second.  Outside a transaction. */
bool	store_version(struct store *store, int64_t *out, struct err *err)
	    MUST_CHECK;

/* SQLite: moves what it can from the WAL to the file without waiting; called
 * from another handle than the writer's.  PostgreSQL: nothing. */
bool	store_checkpoint(struct store *store, struct err *err) MUST_CHECK;

#include "store/store_act.h"
#include "store/store_audit.h"
#include "store/store_decide.h"
#include "store/store_list.h"
#include "store/store_meta.h"
#include "store/store_notice.h"
#include "store/store_person.h"
#include "store/store_send.h"
#include "store/store_snapshot.h"
#include "store/store_task.h"
#include "store/store_template.h"
#include "store/store_thread.h"

#endif
