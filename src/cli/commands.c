/* SPDX-License-Identifier: ISC */
#include "cli/commands.h"

const struct cli_command *const	cli_commands[] = {
	&cmd_alerts,
	&cmd_audit,
	&cmd_calendar,
	&cmd_contact,
	&cmd_dispute,
	&cmd_hold,
	&cmd_lawful,
	&cmd_liquid,
	&cmd_measure,
	&cmd_optout,
	&cmd_pay,
	&cmd_promise,
	&cmd_queue,
	&cmd_release,
	&cmd_report,
	&cmd_status,
	&cmd_task,
	NULL
};
