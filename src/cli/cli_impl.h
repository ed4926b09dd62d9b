/* SPDX-License-Identifier: ISC */
/*
 * cli_impl.h - between cli.c and the files that help it.
 */
#ifndef DUNLIN_CLI_CLI_IMPL_H
#define DUNLIN_CLI_CLI_IMPL_H

#include "cli/cli.h"

/* Options that every command takes. */
struct cli_common {
	const char	*conf;		/* -c */
	const char	*now;		/* --now: the instant to act at */
	bool		 json;
	bool		 help;
};

/*
 * Takes the common options out of argv, wherever they stand before "--".
 */
bool	cli_split(const struct cli *cli, int *argc, char **argv,
	    struct cli_common *common, struct err *err) MUST_CHECK;

/*
 * Reads the command's own options into the struct at options, leaves the
 * positional arguments in argv, and sets cli->now_ms.  After the config was
 * read, since dates are read in its zone.
 */
bool	cli_settle(struct cli *cli, const struct cli_common *common,
	    void *options, int *argc, char **argv, struct err *err) MUST_CHECK;

void	cli_help_all(struct buf *out);
void	cli_help_command(const struct cli_command *command, struct buf *out);

#endif
