/* SPDX-License-Identifier: ISC */
/*
 * cli_diff.h - two texts as `diff -u` shows them.
 */
#ifndef DUNLIN_CLI_CLI_DIFF_H
#define DUNLIN_CLI_CLI_DIFF_H

#include "base/buf.h"

/*
 * Writes nothing when they are equal.  Lines in common are found by their
 * longest common subsequence; texts of more than DIFF_LINES lines are shown as
 * replaced whole.
 */
#define DIFF_LINES	4000

bool	cli_diff(const char *old_name, struct str old_text,
	    const char *new_name, struct str new_text, struct buf *out,
	    struct err *err) MUST_CHECK;

#endif
