/* SPDX-License-Identifier: ISC */
/* dunlin store: make or migrate the store that the config names. */
#include "cli/commands.h"

static int
create(struct cli *cli)
{
	struct err	err;

	if (!store_create(cli->setup->dsn, cli->now_ms, &err))
		return cli_fail(cli, &err);
	if (!cli->json)
		buf_adds(&cli->out, "The store is made, in rehearsal.\n");
	return CLI_DONE;
}

static int
migrate(struct cli *cli)
{
	struct err	err;
	int64_t		from, to;

	if (!store_migrate(cli->setup->dsn, &from, &to, &err))
		return cli_fail(cli, &err);
	if (cli->json)
		return CLI_DONE;
	if (from == to)
		buf_addf(&cli->out, "The store has schema %lld, which is this"
		    " program's.\n", (long long)to);
	else
		buf_addf(&cli->out, "The store went from schema %lld to"
		    " %lld.\n", (long long)from, (long long)to);
	return CLI_DONE;
}

static int
run(struct cli *cli, const void *options, int argc, char **argv)
{
	(void)options;
	(void)argc;
	if (strcmp(argv[0], "create") == 0)
		return create(cli);
	if (strcmp(argv[0], "migrate") == 0)
		return migrate(cli);
	return cli_usage(cli, "\"%s\" is neither create nor migrate", argv[0]);
}

const struct cli_command	cmd_store = {
	.name = "store",
	.arguments = "create|migrate",
	.summary = "Make the config's store, or bring it to this schema",
	.help = "create: a new, empty store, where the config names one that is"
	    " not there yet; of PostgreSQL,\nin a database that exists and holds"
	    " none of our tables.\nmigrate: an older store becomes one of this"
	    " program's; dunlind must not run meanwhile.",
	.min_args = 1,
	.max_args = 1,
	.need = CLI_NEEDS_SETUP,
	.run = run,
};
