/* SPDX-License-Identifier: ISC */
#include "cli/commands.h"

const struct cli_command *const	cli_commands[] = {
	&cmd_calendar,
	&cmd_lawful,
	&cmd_liquid,
	&cmd_measure,
	NULL
};
