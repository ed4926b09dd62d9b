/* SPDX-License-Identifier: ISC */
/* dunlin(1): find the command, read its options, open what it needs. */
#include "cli/cli_impl.h"

#include "loop/loop_notify.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <unistd.h>

static const struct cli_command *
find_command(const char *name)
{
	for (size_t i = 0; cli_commands[i] != NULL; i++) {
		if (strcmp(cli_commands[i]->name, name) == 0)
			return cli_commands[i];
	}
	return NULL;
}

static int
unknown_command(const char *name)
{
	const char	*names[100];
	const char	*near;
	size_t		 count = 0;

	while (cli_commands[count] != NULL && count < 100) {
		names[count] = cli_commands[count]->name;
		count++;
	}
	near = conf_nearest(name, names, sizeof(names[0]), count);
	(void)fprintf(stderr, "dunlin: there is no command \"%s\"", name);
	if (near != NULL)
		(void)fprintf(stderr, "; did you mean \"%s\"?", near);
	(void)fprintf(stderr, "\nTry `dunlin --help`.\n");
	return CLI_USAGE;
}

static bool
open_setup(struct cli *cli, const char *path, struct err *err)
{
	struct buf	findings = BUF_INIT;
	bool		ok;

	if (!setup_path(path, &cli->conf_path, err))
		return false;
	ok = setup_load(cli->conf_path, &cli->setup, &findings, err);
	if (findings.len > 0)
		(void)fwrite(findings.p, 1, findings.len, stderr);
	buf_fini(&findings);
	return ok;
}

static bool
open_needs(struct cli *cli, const char *path, struct err *err)
{
	enum cli_need	need = cli->command->need;

	if (need == CLI_NEEDS_NOTHING)
		return true;
	if (!open_setup(cli, path, err))
		return false;
	if (need == CLI_NEEDS_SETUP)
		return true;
	if (need == CLI_NEEDS_WRITER)
		return cli_writer(cli, err);
	return store_open(cli->setup->dsn, STORE_READER, &cli->store, err);
}

bool
cli_writer(struct cli *cli, struct err *err)
{
	if (cli->is_writer)
		return true;
	store_close(&cli->store);
	cli->is_writer = store_open(cli->setup->dsn, STORE_WRITER,
	    &cli->store, err);
	return cli->is_writer;
}

/* The daemon looks at once instead of within a second. */
static void
wake_daemon(struct cli *cli)
{
	char	*path;

	if (!cli->is_writer)
		return;
	path = arena_printf(cli->arena, "%s/wake", cli->setup->service.run);
	if (path != NULL)
		loop_wake_send(path);
}

static void
cli_close(struct cli *cli)
{
	store_close(&cli->store);
	setup_free(&cli->setup);
	buf_fini(&cli->out);
	arena_free(&cli->arena);
}

static int
run_command(struct cli *cli, struct cli_common *common, int argc, char **argv)
{
	_Alignas(max_align_t) char	options[CLI_OPTIONS_MAX];
	struct err			err;
	int				status;

	cli->conf_path = common->conf;
	if (!open_needs(cli, common->conf, &err))
		return cli_fail(cli, &err);
	if (!cli_settle(cli, common, options, &argc, argv, &err))
		return cli_usage(cli, "%s", err.text);
	status = cli->command->run(cli, options, argc, argv);
	wake_daemon(cli);
	if (!cli_flush(cli) && status == CLI_DONE)
		status = CLI_SYSTEM;
	return status;
}

static int
start_command(struct cli *cli, int argc, char **argv)
{
	struct cli_common	common = {0};
	struct err		err;

	if ((cli->arena = arena_new()) == NULL) {
		(void)err_nomem(&err);
		return cli_fail(cli, &err);
	}
	if (!cli_split(cli, &argc, argv, &common, &err))
		return cli_usage(cli, "%s", err.text);
	if (common.help) {
		cli_help_command(cli->command, &cli->out);
		return cli_flush(cli) ? CLI_DONE : CLI_SYSTEM;
	}
	cli->json = common.json;
	return run_command(cli, &common, argc, argv);
}

int
main(int argc, char **argv)
{
	struct cli	cli = {.out = BUF_INIT};
	int		status;

	(void)signal(SIGPIPE, SIG_IGN);
	if (argc < 2 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		cli_help_all(&cli.out);
		(void)fputs(buf_text(&cli.out), argc < 2 ? stderr : stdout);
		buf_fini(&cli.out);
		return argc < 2 ? CLI_USAGE : CLI_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		(void)puts(PACKAGE_STRING);
		return CLI_DONE;
	}
	if ((cli.command = find_command(argv[1])) == NULL)
		return unknown_command(argv[1]);
	status = start_command(&cli, argc - 2, argv + 2);
	cli_close(&cli);
	return status;
}
