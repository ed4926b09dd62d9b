/* SPDX-License-Identifier: ISC */
/*
 * plan.h - which cells of this file's rows make which records.
 *
 * Made of a map, or of the headers alone.  Then the file's rows are shown to
 * it until it is told how dates and amounts are written.
 */
#ifndef DUNLIN_INTAKE_PLAN_H
#define DUNLIN_INTAKE_PLAN_H

#include "intake/intake.h"
#include "intake/map.h"
#include "intake/table.h"

#define NO_COLUMN	SIZE_MAX

/* One piece of a field: text as it is, or a cell. */
struct piece {
	struct str		 text;		/* column == NO_COLUMN */
	size_t			 column;
	const struct map_table	*table;		/* NULL: the cell itself */
	struct str		 drop;		/* taken off its end */
};

struct binding {			/* of one field */
	struct piece	*pieces;
	size_t		 count;		/* 0: not in the feed */
	bool		 negate;
	enum date_form	 dates;		/* as stated, or DATES_UNKNOWN */
	char		 decimal;	/* as stated, or NUL */
};

struct plan_kind {
	const struct field_kind	*kind;
	struct binding		 fields[FIELDS_MAX];
	struct binding		 when;		/* count 0: always */
};

struct plan {
	enum intake_kind	 kind;		/* of the file, for people */
	bool			 is_snapshot;
	bool			 has_creditor;	/* a column names the row's */
	size_t			 creditor;	/* that column */
	struct plan_kind	 kinds[STORE_REC_KINDS];
	size_t			 kind_count;	/* customers first */
	size_t			 columns;	/* of the file's header */
	enum date_form		 dates;		/* found by looking */
	char			 decimal;
	bool			 looks_dates;	/* something has to be found */
	bool			 looks_numbers;
};

/* By a map; wanted: what --kind says, or INTAKE_FIND. */
bool	plan_by_map(const struct map *map, const struct intake_table *table,
	    enum intake_kind wanted, struct arena *arena, struct plan *out,
	    struct err *err) MUST_CHECK;

/* By the headers.  notes gets lines on what was not used. */
bool	plan_by_headers(const struct intake_table *table, const char *path,
	    enum intake_kind wanted, struct arena *arena, struct plan *out,
	    struct buf *notes, struct err *err) MUST_CHECK;

/*
 * Shows it the file's rows from the first until it is told, or all; then the
 * table is rewound.
 */
bool	plan_look(struct plan *plan, struct intake_table *table,
	    const char *path, struct err *err) MUST_CHECK;

/*
 * The text of a field for a row.  *out.p NULL: not in the row.  Pieces that
 * must be joined go to scratch, lent until it is cleared.  False: ERR_INPUT, a
 * value is not in its table.
 */
bool	plan_text(const struct binding *binding, const struct intake_row *row,
	    struct buf *scratch, struct str *out, struct err *err) MUST_CHECK;

#endif
