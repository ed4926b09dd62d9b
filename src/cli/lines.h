/* SPDX-License-Identifier: ISC */
/*
 * lines.h - JSON lines in, one after the other or all at once, and the data
 * that commands without a config read.
 */
#ifndef DUNLIN_CLI_LINES_H
#define DUNLIN_CLI_LINES_H

#include "cli/cli.h"

/* The lines of a text, without their ends; empty ones are passed over. */
struct lines {
	struct str	rest;
	size_t		number;		/* of the last line given, from 1 */
};

void	lines_begin(struct lines *lines, struct str text);
bool	lines_next(struct lines *lines, struct str *out);
size_t	lines_count(struct str text);	/* at most so many */

/* Lines as they come, of any length; for answers that are read meanwhile. */
struct lines_in {
	char	*p;
	size_t	 cap;
	size_t	 number;
};

#define LINES_IN_INIT	{NULL, 0, 0}

/* *out without its end, lent until the next call; false at the end. */
bool	lines_read(struct lines_in *in, FILE *fp, struct str *out);
/* Gives the memory back; false when reading ended with an error. */
bool	lines_close(struct lines_in *in, FILE *fp, struct err *err) MUST_CHECK;

/* The shipped calendars; what is wrong with them goes to standard error. */
bool	lines_calendars(struct cli *cli, struct calendars **out,
	    struct err *err) MUST_CHECK;

#endif
