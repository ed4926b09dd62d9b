/* SPDX-License-Identifier: ISC */
/*
 * cli_files.h - folders and files that commands write.
 */
#ifndef DUNLIN_CLI_CLI_FILES_H
#define DUNLIN_CLI_CLI_FILES_H

#include "base/arena.h"
#include "base/buf.h"

/* Makes the folder and those above it; there already is fine. */
bool	cli_make_dirs(struct arena *arena, const char *path, struct err *err)
	    MUST_CHECK;

/*
 * Writes a whole file: beside it first, synced, then renamed over it, so that
 * it is there whole or not at all.
 */
bool	cli_write_file(struct arena *arena, const char *path, struct str bytes,
	    struct err *err) MUST_CHECK;

/* At most max bytes into the arena; ERR_INPUT when larger. */
bool	cli_load_file(struct arena *arena, const char *path, size_t max,
	    struct str *out, struct err *err) MUST_CHECK;

/*
 * Copies the files of a folder, and of those in it, whose names end in one of
 * the suffixes (ended by NULL).  *copied counts up.
 */
bool	cli_copy_tree(struct arena *arena, const char *from, const char *to,
	    const char *const *suffixes, size_t *copied, struct err *err)
	    MUST_CHECK;

/* Is there anything in the folder?  ERR_SYSTEM when it cannot be read. */
bool	cli_is_empty_dir(const char *path, bool *out, struct err *err)
	    MUST_CHECK;

#endif
