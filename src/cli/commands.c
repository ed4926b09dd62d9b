/* SPDX-License-Identifier: ISC */
#include "cli/commands.h"

const struct cli_command *const	cli_commands[] = {
	NULL
};
