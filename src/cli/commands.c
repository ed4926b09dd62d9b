/* SPDX-License-Identifier: ISC */
#include "cli/commands.h"

const struct cli_command *const	cli_commands[] = {
	&cmd_init,
	&cmd_live,
	&cmd_check,
	&cmd_day,
	&cmd_import,
	&cmd_plan,
	&cmd_why,
	&cmd_preview,
	&cmd_gallery,
	&cmd_templates,
	&cmd_calendar,
	&cmd_lawful,
	&cmd_liquid,
	&cmd_measure,
	NULL
};
