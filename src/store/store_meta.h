/* SPDX-License-Identifier: ISC */
/*
 * store_meta.h - the instance: what it is, its mode, its epochs, its guard
 * against having been copied.
 */
#ifndef DUNLIN_STORE_STORE_META_H
#define DUNLIN_STORE_STORE_META_H

#include "store/store.h"

enum store_mode { STORE_REHEARSAL, STORE_LIVE };

struct store_state {
	char		 instance[STORE_UUID_LEN + 1];
	int64_t		 created_ms;
	enum store_mode	 mode;
	int64_t		 daemon_epoch;	/* starts of a daemon so far */
	int64_t		 config_epoch;	/* changes of the config so far */
	int64_t		 generation;	/* imports that became visible so far */
	char		 stop[200];	/* why nothing may be sent; "" */
};

bool	store_state(struct store *store, struct store_state *out,
	    struct err *err) MUST_CHECK;

/* Small facts by name: [a-z_.]+, for what has no table of its own (breakers,
 * rates).  *out is lent by the arena; NULL when the name is not there. */
bool	store_meta_get(struct store *store, const char *name,
	    struct arena *arena, const char **out, struct err *err) MUST_CHECK;
bool	store_meta_set(struct store *store, const char *name,
	    const char *value, struct err *err) MUST_CHECK;

/*
 * Leaves rehearsal; recorded with who and why.  What the rehearsal "sent" stays
 * in the log but counts no more, and everybody is looked at again.  Live
 * already: ERR_INPUT.
 */
bool	store_set_live(struct store *store, const char *who, const char *reason,
	    int64_t now_ms, struct err *err) MUST_CHECK;

/* The flag that every last look reads; reason "" takes it away. */
bool	store_set_stop(struct store *store, const char *who, const char *reason,
	    int64_t now_ms, struct err *err) MUST_CHECK;

/* A daemon starts: the epoch that its claims carry. */
bool	store_daemon_start(struct store *store, int64_t now_ms,
	    int64_t *epoch_out, struct err *err) MUST_CHECK;

/*
 * The config that is in force, by its hash: another one than before raises the
 * config epoch (and leaves a leaf), so that every person is looked at again.
 */
bool	store_config_loaded(struct store *store, const struct hash *config,
	    int64_t now_ms, int64_t *epoch_out, struct err *err) MUST_CHECK;

enum store_guard {
	STORE_GUARD_OK,
	STORE_GUARD_NEW,	/* never bound to a machine: store_adopt */
	STORE_GUARD_MACHINE,	/* bound to another machine: moved or copied */
	STORE_GUARD_FILE,	/* the local file speaks of another instance, or
				 * is missing */
	STORE_GUARD_BEHIND	/* the log is shorter than the file remembers:
				 * a backup was put back */
};

/* What identifies this machine: its machine-id, "unknown" without one. */
void	store_machine(char machine[static 64]);

/*
 * May this store send from here?  machine: what identifies the machine (its
 * machine-id, say); path: a file beside the store but outside its backups, that
 * remembers instance, machine and log size.  why gets a sentence for people
 * that says what to do; "" when all is well.
 */
bool	store_guard(struct store *store, const char *machine, const char *path,
	    enum store_guard *out, char why[static 400], struct err *err)
	    MUST_CHECK;

/* Binds the store to this machine and writes the file, with a leaf. */
bool	store_adopt(struct store *store, const char *machine, const char *path,
	    const char *who, const char *reason, int64_t now_ms,
	    struct err *err) MUST_CHECK;

/* Writes the log's size into the file: now and then, and at the end. */
bool	store_guard_note(struct store *store, const char *machine,
	    const char *path, struct err *err) MUST_CHECK;

#endif
