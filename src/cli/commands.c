/* SPDX-License-Identifier: ISC */
#include "cli/commands.h"

const struct cli_command *const	cli_commands[] = {
	&cmd_init,
	&cmd_live,
	&cmd_adopt,
	&cmd_check,
	&cmd_import,
	&cmd_day,
	&cmd_plan,
	&cmd_why,
	&cmd_preview,
	&cmd_gallery,
	&cmd_templates,
	&cmd_queue,
	&cmd_task,
	&cmd_alerts,
	&cmd_status,
	&cmd_hold,
	&cmd_release,
	&cmd_promise,
	&cmd_dispute,
	&cmd_pay,
	&cmd_optout,
	&cmd_contact,
	&cmd_audit,
	&cmd_report,
	&cmd_liquid,
	&cmd_measure,
	&cmd_lawful,
	&cmd_calendar,
	NULL
};
