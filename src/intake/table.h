/* SPDX-License-Identifier: ISC */
/*
 * table.h - a file of rows, read as a stream in bounded memory.
 *
 * CSV (delimiter ; , tab or | found by looking at the first line) and JSON
 * lines (columns are the keys of all lines).  UTF-8 when the whole file is
 * well-formed, else windows-1252; a BOM is dropped.  Not a file but a pipe: it
 * is copied aside first, since a table is read more than once.
 *
 * Errors are ERR_INPUT with the line: a NUL byte, a field or line over
 * TABLE_FIELD_MAX, a quote that is never closed, a line that is no JSON object.
 * Thread: one at a time.
 */
#ifndef DUNLIN_INTAKE_TABLE_H
#define DUNLIN_INTAKE_TABLE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"

#include <stdint.h>

#define TABLE_FIELD_MAX		(1024 * 1024)	/* bytes */
#define TABLE_COLUMNS_MAX	1000

struct intake_table;		/* opaque */

/* cells[i].p NULL: the row does not have this key (JSON only). */
struct intake_row {
	int64_t			 line;		/* where it begins, from 1 */
	size_t			 count;		/* may not be the header's */
	const struct str	*cells;		/* lent until the next call */
};

/* spool_dir: where a pipe is put aside.  Gives *out. */
bool	intake_table_open(const char *path, const char *spool_dir,
	    struct intake_table **out, struct err *err) MUST_CHECK;
/* NULL inside is fine. */
void	intake_table_close(struct intake_table **table);

size_t		intake_table_columns(const struct intake_table *table);
struct str	intake_table_column(const struct intake_table *table, size_t i);
char		intake_table_delimiter(const struct intake_table *table);
bool		intake_table_is_json(const struct intake_table *table);
bool		intake_table_is_latin1(const struct intake_table *table);
int64_t		intake_table_size(const struct intake_table *table);
int64_t		intake_table_at(const struct intake_table *table);
/* SHA-256 chained over blocks of 1 MiB: H(n) = SHA-256(H(n-1), block n). */
const struct hash *intake_table_hash(const struct intake_table *table);

/* The next row; *more false at the end. */
bool	intake_table_next(struct intake_table *table, struct intake_row *row,
	    bool *more, struct err *err) MUST_CHECK;

/* Back to the first row. */
bool	intake_table_rewind(struct intake_table *table, struct err *err)
	    MUST_CHECK;

/* ERR_LATER when the file is not the one that was opened any more. */
bool	intake_table_same(const struct intake_table *table, struct err *err)
	    MUST_CHECK;

#endif
