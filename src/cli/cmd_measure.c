/* SPDX-License-Identifier: ISC */
/* dunlin measure: how an SMS of these bytes would travel. */
#include "cli/commands.h"

#include "base/json.h"

#define INPUT_MAX	(64u << 20)

static int
run(struct cli *cli, const void *options, int argc, char **argv)
{
	struct message_sms	sms;
	struct str		text;
	struct err		err;

	(void)options;
	(void)argc;
	if (strcmp(argv[0], "sms") != 0)
		return cli_usage(cli, "\"%s\" can't be measured, only \"sms\"",
		    argv[0]);
	if (!cli_read_file(cli, "-", INPUT_MAX, &text, &err) ||
	    !message_sms_measure(text, &sms, NULL, &err))
		return cli_fail(cli, &err);
	json_open(&cli->out, '{');
	json_key(&cli->out, "encoding");
	json_text(&cli->out, message_sms_encoding_names[sms.encoding]);
	json_key(&cli->out, "units");
	json_int(&cli->out, (int64_t)sms.units);
	json_key(&cli->out, "segments");
	json_int(&cli->out, (int64_t)sms.segments);
	json_close(&cli->out, '}');
	buf_addc(&cli->out, '\n');
	return CLI_DONE;
}

const struct cli_command	cmd_measure = {
	.name = "measure",
	.arguments = "sms < TEXT",
	.summary = "Say how many segments an SMS takes",
	.help = "Reads standard input as it is, a line end included, and prints"
	    " one JSON object:\nencoding (gsm7, ucs2), units and segments.",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
