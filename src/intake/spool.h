/* SPDX-License-Identifier: ISC */
/*
 * spool.h - checked records put aside in a file without a name.
 *
 * Written once from front to back, then read so, in slices.  The file is gone
 * with the descriptor, whatever happens to the process.
 */
#ifndef DUNLIN_INTAKE_SPOOL_H
#define DUNLIN_INTAKE_SPOOL_H

#include "store/store_intake.h"

struct spool;			/* opaque */

bool	spool_new(const char *dir, struct spool **out, struct err *err)
	    MUST_CHECK;
void	spool_free(struct spool **spool);	/* NULL is fine */

bool	spool_write(struct spool *spool, const struct store_record *record,
	    struct err *err) MUST_CHECK;

/* Ends writing; reading begins at the front, also again. */
bool	spool_rewind(struct spool *spool, struct err *err) MUST_CHECK;

/*
 * The next records, at most room; 0 at the end.  Their texts are lent until
 * the next call.
 */
bool	spool_read(struct spool *spool, struct store_record *records,
	    size_t room, size_t *count_out, struct err *err) MUST_CHECK;

#endif
