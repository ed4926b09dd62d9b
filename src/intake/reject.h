/* SPDX-License-Identifier: ISC */
/*
 * reject.h - FILE.rejects: the rows that were not taken, with the reason.
 *
 * CSV: the same columns and line, field, reason; JSON lines: the same object
 * with these keys.  UTF-8.  Written beside the file under another name and
 * put in its place at the end; when nothing was rejected an old one goes.
 */
#ifndef DUNLIN_INTAKE_REJECT_H
#define DUNLIN_INTAKE_REJECT_H

#include "intake/table.h"

struct reject_file;		/* opaque */

bool	reject_new(const char *path, const struct intake_table *table,
	    struct reject_file **out, struct err *err) MUST_CHECK;
/* Without reject_close: nothing stays behind.  NULL is fine. */
void	reject_free(struct reject_file **file);

bool	reject_write(struct reject_file *file, const struct intake_row *row,
	    const char *field, const char *reason, struct err *err)
	    MUST_CHECK;

/* Puts the file in its place; *path_out is lent, NULL when there is none. */
bool	reject_close(struct reject_file *file, const char **path_out,
	    struct err *err) MUST_CHECK;

#endif
