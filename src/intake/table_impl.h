/* SPDX-License-Identifier: ISC */
/*
 * table_impl.h - what the two kinds of table share.
 */
#ifndef DUNLIN_INTAKE_TABLE_IMPL_H
#define DUNLIN_INTAKE_TABLE_IMPL_H

#include "intake/table.h"

#include <sys/stat.h>

#define TABLE_CHUNK	(64 * 1024)

/* One form of table; a reader begins at the byte where text begins. */
struct table_ops {
	bool	(*start)(struct intake_table *table, struct err *err);
	bool	(*next)(struct intake_table *table, struct intake_row *row,
		    bool *more, struct err *err);
	void	(*stop)(struct intake_table *table);
};

struct intake_table {
	const char		*path;
	int			 fd;
	struct stat		 stat;
	const struct table_ops	*ops;
	void			*reader;	/* the form's own */
	struct arena		*arena;		/* for path and columns */
	struct hash		 hash;
	int64_t			 at;		/* bytes read in this pass */
	size_t			 skip;		/* BOM and "sep=" line */
	int64_t			 first_line;	/* of the text behind skip */
	bool			 latin1;
	char			 delimiter;
	struct str		*columns;
	size_t			 column_count;
};

extern const struct table_ops	table_csv_ops;
extern const struct table_ops	table_json_ops;

/* The next chunk as UTF-8 into text, which is emptied; *end at the end. */
bool	table_fill(struct intake_table *table, struct buf *text, bool *end,
	    struct err *err) MUST_CHECK;

bool	table_add_column(struct intake_table *table, struct str name,
	    struct err *err) MUST_CHECK;

#endif
