/* SPDX-License-Identifier: ISC */
/*
 * commands.h - one line a command; each is defined in cmd_NAME.c.
 */
#ifndef DUNLIN_CLI_COMMANDS_H
#define DUNLIN_CLI_COMMANDS_H

#include "cli/cli.h"

extern const struct cli_command	cmd_adopt;
extern const struct cli_command	cmd_alerts;
extern const struct cli_command	cmd_audit;
extern const struct cli_command	cmd_calendar;
extern const struct cli_command	cmd_check;
extern const struct cli_command	cmd_contact;
extern const struct cli_command	cmd_day;
extern const struct cli_command	cmd_dispute;
extern const struct cli_command	cmd_gallery;
extern const struct cli_command	cmd_hold;
extern const struct cli_command	cmd_import;
extern const struct cli_command	cmd_init;
extern const struct cli_command	cmd_lawful;
extern const struct cli_command	cmd_liquid;
extern const struct cli_command	cmd_live;
extern const struct cli_command	cmd_measure;
extern const struct cli_command	cmd_optout;
extern const struct cli_command	cmd_pay;
extern const struct cli_command	cmd_plan;
extern const struct cli_command	cmd_preview;
extern const struct cli_command	cmd_promise;
extern const struct cli_command	cmd_queue;
extern const struct cli_command	cmd_release;
extern const struct cli_command	cmd_report;
extern const struct cli_command	cmd_send_test;
extern const struct cli_command	cmd_status;
extern const struct cli_command	cmd_task;
extern const struct cli_command	cmd_store;
extern const struct cli_command	cmd_templates;
extern const struct cli_command	cmd_why;

#endif
