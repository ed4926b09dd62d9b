/* SPDX-License-Identifier: ISC */
/*
 * map.h - which columns of a file make which records, as a map file says it.
 *
 * A map is a config file (conf/conf.h), by habit conf/maps/NAME.map:
 *
 *	dates = "m/d/y";			// or "d/m/y", "y-m-d"
 *	decimal = ".";				// or ","
 *	tables = { country = { values = [ "391 = IT", "406 = ES" ]; }; };
 *	columns = ( { name = "doc_id"; drop = ".0"; } );
 *	customers = { customer = "{customerID}";
 *	              country = "{countryCode:country}";
 *	              email = "{customerID}@x.test"; };
 *	invoices = { invoice = "{invoiceNumber}"; ... };
 *	payments = { when = "{SettledDate}"; optional = true; ... };
 *
 * {column} is the cell of a column, {column:table} its value in a table; the
 * rest is text as it is ({{ is a brace).  A group makes no record where `when`
 * comes out empty; an optional group is left out when the file lacks one of
 * its columns.  Any other field whose column is missing is not in the feed.
 */
#ifndef DUNLIN_INTAKE_MAP_H
#define DUNLIN_INTAKE_MAP_H

#include "conf/conf.h"
#include "intake/field.h"
#include "intake/form.h"

struct map_group {
	const char	*fields[FIELDS_MAX];	/* by field_kinds[].fields */
	const char	*when;			/* NULL: always */
	bool		 optional;
	bool		 snapshot;		/* invoices: open-items */
	struct conf_pos	 pos;			/* file NULL: not in the map */
};

struct map_value {
	struct str	from, to;
};

struct map_table {
	const char		*name;
	struct conf_texts	 texts;		/* "from = to" */
	const char		*other;		/* NULL: else it is wrong */
	struct map_value	*values;	/* sorted by from */
	size_t			 count;
};

struct map_column {
	const char	*name;
	const char	*drop;		/* taken off the end; NULL none */
	int		 dates;		/* enum date_form; 0 as the map */
	int		 decimal;	/* 0 as the map, else '.' or ',' behind
					 * map_decimal */
	bool		 negate;	/* amounts change their sign */
};

struct map {
	int			 dates;		/* enum date_form */
	int			 decimal;
	struct map_group	 groups[STORE_REC_KINDS];
	struct conf_list	 tables;	/* struct map_table */
	struct conf_list	 columns;	/* struct map_column */
};

/*
 * Reads the map; everything is lent by the arena.  ERR_INPUT: the findings,
 * as people read them, are in report.
 */
bool	map_load(const char *path, struct arena *arena, struct map *out,
	    struct buf *report, struct err *err) MUST_CHECK;

/* The decimal sign of a choice: NUL, '.' or ','. */
char	map_decimal(int choice);

/* NULL when it is not there. */
const struct map_table	*map_table(const struct map *map, struct str name);
const struct map_column	*map_column(const struct map *map, struct str name);

/* The value for a cell; false when it has none. */
bool	map_lookup(const struct map_table *table, struct str from,
	    struct str *to) MUST_CHECK;

/* For tests: the schema of maps. */
extern const struct conf_row	map_rows[];

#endif
