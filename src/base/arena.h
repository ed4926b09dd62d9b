/* SPDX-License-Identifier: ISC */
/*
 * arena.h - memory that is given back all at once.
 *
 * One arena per job: everything that the job needs is cut from it, and
 * arena_free returns it in one call, also after a failure.  Thread: one at a
 * time; a job that moves to another thread takes its arena along.
 */
#ifndef DUNLIN_BASE_ARENA_H
#define DUNLIN_BASE_ARENA_H

#include "base/err.h"

#include <stddef.h>

struct arena;			/* opaque */

/* NULL when memory is out.  The caller owns it. */
struct arena	*arena_new(void);

/* Takes and nulls; NULL inside is fine. */
void	arena_free(struct arena **arena);

/* Forgets all allocations and keeps one block: for loops over many jobs. */
void	arena_reset(struct arena *arena);

/*
 * size bytes, aligned for any type, zeroed; lent until arena_free or
 * arena_reset.  NULL when memory is out.  size 0 gives a valid pointer.
 */
void	*arena_alloc(struct arena *arena, size_t size) MUST_CHECK;

/* count * size with overflow checked; else as arena_alloc. */
void	*arena_array(struct arena *arena, size_t count, size_t size) MUST_CHECK;

/* A copy of len bytes with a NUL behind. */
char	*arena_copy(struct arena *arena, const char *bytes, size_t len) MUST_CHECK;
char	*arena_strdup(struct arena *arena, const char *text) MUST_CHECK;
char	*arena_printf(struct arena *arena, const char *fmt, ...)
	    PRINTF_LIKE(2, 3) MUST_CHECK;

/* Bytes handed out since arena_new or arena_reset. */
size_t	arena_used(const struct arena *arena);

#endif
