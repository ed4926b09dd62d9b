/* SPDX-License-Identifier: ISC */
/*
 * commands.h - one line a command; each is defined in cmd_NAME.c.
 */
#ifndef DUNLIN_CLI_COMMANDS_H
#define DUNLIN_CLI_COMMANDS_H

#include "cli/cli.h"

extern const struct cli_command	cmd_calendar;
extern const struct cli_command	cmd_lawful;
extern const struct cli_command	cmd_liquid;
extern const struct cli_command	cmd_measure;

#endif
