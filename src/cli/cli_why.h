/* SPDX-License-Identifier: ISC */
/*
 * cli_why.h - one question of `dunlin why`, and how its answer is written.
 */
#ifndef DUNLIN_CLI_CLI_WHY_H
#define DUNLIN_CLI_CLI_WHY_H

#include "cli/cli.h"

/* What follows if nothing changes, kept from the plan. */
struct why_next {
	bool		 found;
	int64_t		 at_ms;
	const char	*step;
	const char	*channel;	/* NULL: a task */
	const char	*totals;
	size_t		 items;
};

struct why {
	struct cli			*cli;
	struct store_ref		 ref;
	const char			*ref_text;	/* as the user wrote it */
	int64_t				 at_ms;
	struct snapshot			 snap;
	struct decision			 decision;
	const struct snap_customer	*customer;	/* NULL: the person's all */
	const struct store_notice	*notice;	/* NULL: not asked for one */
	const char			*zone;
	struct why_next			 next;
	struct store_notices		 sent;
};

bool	why_has_reason(const struct why *why,
	    const struct decided_reason *reason);
bool	why_has_notice(const struct why *why,
	    const struct store_notice *notice);
/* Is the thing asked about in the picture at all? */
bool	why_is_open(const struct why *why);

void	why_put_json(const struct why *why);
void	why_put_text(const struct why *why);

#endif
