/* SPDX-License-Identifier: ISC */
/*
 * cli_plan.h - what plan, why and preview write about a contact to come.
 */
#ifndef DUNLIN_CLI_CLI_PLAN_H
#define DUNLIN_CLI_CLI_PLAN_H

#include "cli/cli.h"

/* creditor is one of the config's; NULL is fine.  ERR_INPUT names the near. */
bool	cli_check_creditor(const struct cli *cli, const char *creditor,
	    struct err *err) MUST_CHECK;

/* The zone in which instants without a customer are shown: "" UTC. */
const char	*cli_plan_zone(const struct cli *cli);

/* The customer's zone where it is known, else the creditor's. */
const char	*cli_zone_of(const struct cli *cli,
		    const struct snap_customer *customer,
		    const struct creditor *creditor);

/*
 * The next sum of a notice's items, one a currency: begin with *i 0.  False
 * behind the last.
 */
bool	cli_next_total(const struct decided_notice *notice, size_t *i,
	    struct money *out);

/* An address that is nobody's, for texts to look at. */
const char	*cli_sample_address(enum channel channel);

/* One object and a line end; out fails when memory is out. */
void	cli_plan_json(struct cli *cli, const struct message_templates *templates,
	    const struct desk_planned *planned, struct buf *out);

/* Cells of a table for people, each ended by NUL. */
void	cli_plan_cells(struct cli *cli, const struct desk_planned *planned,
	    bool with_creditor, struct buf *out);

#endif
