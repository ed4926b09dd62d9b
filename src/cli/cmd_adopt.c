/* SPDX-License-Identifier: ISC */
/* dunlin adopt: take a moved, copied or restored store into service here. */
#include "cli/commands.h"

struct adopt_options {
	const char	*reason;
};

static int
run(struct cli *cli, const void *options, int argc, char **argv)
{
	const struct adopt_options	*given = options;
	const char			*who, *path;
	char				 machine[64];
	struct err			 err;

	(void)argc;
	(void)argv;
	if (given->reason == NULL || given->reason[0] == '\0')
		return cli_usage(cli, "--reason is needed: say why, for the"
		    " record (--reason 'moved to the new server')");
	path = arena_printf(cli->arena, "%s/guard", cli->setup->service.run);
	if (path == NULL && !err_nomem(&err))
		return cli_fail(cli, &err);
	store_machine(machine);
	if (!setup_staff(cli->setup, RIGHT_APPROVE, &who, &err) ||
	    !store_adopt(cli->store, machine, path, who, given->reason,
	    cli->now_ms, &err))
		return cli_fail(cli, &err);
	if (!cli->json)
		buf_addf(&cli->out, "Adopted by %s: dunlind may work on this"
		    " store from this machine.\n", who);
	return CLI_DONE;
}

static const struct cli_option	options[] = {
	{"reason", CLI_TEXT, offsetof(struct adopt_options, reason), "TEXT",
	    "why, for the record"},
	{.name = NULL}
};

const struct cli_command	cmd_adopt = {
	.name = "adopt",
	.arguments = "--reason TEXT",
	.summary = "Take a moved or restored store into service on this machine",
	.help = "Make sure first that no other machine works on a copy of this"
	    " store: both would write\nto the same people.  After an old backup"
	    " was put back, what was sent since then is not\nknown here; look"
	    " at `dunlin plan` before dunlind runs.",
	.options = options,
	.options_size = sizeof(struct adopt_options),
	.need = CLI_NEEDS_WRITER,
	.run = run,
};
