/* SPDX-License-Identifier: ISC */
#include "cli/commands.h"

const struct cli_command *const	cli_commands[] = {
	&cmd_alerts,
	&cmd_audit,
	&cmd_calendar,
	&cmd_check,
	&cmd_contact,
	&cmd_day,
	&cmd_dispute,
	&cmd_gallery,
	&cmd_hold,
	&cmd_import,
	&cmd_init,
	&cmd_lawful,
	&cmd_liquid,
	&cmd_live,
	&cmd_measure,
	&cmd_optout,
	&cmd_pay,
	&cmd_plan,
	&cmd_preview,
	&cmd_promise,
	&cmd_queue,
	&cmd_release,
	&cmd_report,
	&cmd_status,
	&cmd_task,
	&cmd_templates,
	&cmd_why,
	NULL
};
