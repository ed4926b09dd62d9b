/* SPDX-License-Identifier: ISC */
/* dunlin init: a workspace that works, in rehearsal. */
#include "cli/cli_files.h"
#include "cli/commands.h"

#include "base/json.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* Stands in the folder until all is there. */
#define UNDER_WAY	".dunlin-init"

static const char	under_way_text[] =
	"dunlin init was at work here and did not come to its end.\n"
	"Nothing in this folder is of use: remove it and run init again.\n";

static const char *const	conf_suffixes[] = {".conf", ".map", NULL};
static const char *const	template_suffixes[] = {".liquid", NULL};

static const char *
path_in(struct cli *cli, const char *dir, const char *name, struct err *err)
{
	const char	*path = arena_printf(cli->arena, "%s/%s", dir, name);

	if (path == NULL)
		(void)err_nomem(err);
	return path;
}

/* New or empty: anything else is somebody's, or an init that was killed. */
static bool
check_target(struct cli *cli, const char *dir, struct err *err)
{
	const char	*mark = path_in(cli, dir, UNDER_WAY, err);
	bool		 empty;
	struct stat	 st;

	if (mark == NULL)
		return false;
	if (stat(dir, &st) != 0)
		return errno == ENOENT || err_sys(err, "%s", dir);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_INPUT, "%s is no folder; name a new or"
		    " an empty one", dir);
	if (stat(mark, &st) == 0)
		return err_set(err, ERR_INPUT, "%s holds an init that was"
		    " broken off; remove the folder (rm -r %s) and run init"
		    " again", dir, dir);
	if (!cli_is_empty_dir(dir, &empty, err))
		return false;
	return empty || err_set(err, ERR_INPUT, "%s is not empty, and init"
	    " changes nothing that is there; name a new or an empty folder",
	    dir);
}

/* Private to the service: messages and the ledger are in them. */
static bool
make_private(struct cli *cli, const char *dir, const char *name,
    struct err *err)
{
	const char	*path = path_in(cli, dir, name, err);

	if (path == NULL)
		return false;
	return mkdir(path, 0700) == 0 ||
	    err_sys(err, "making the folder %s", path);
}

static bool
copy_samples(struct cli *cli, const char *dir, struct err *err)
{
	const char	*data = cli_datadir();
	const char	*from = path_in(cli, data, "conf", err);
	const char	*to = path_in(cli, dir, "conf", err);
	size_t		 copied = 0;

	if (from == NULL || to == NULL)
		return false;
	if (!cli_copy_tree(cli->arena, from, to, conf_suffixes, &copied, err))
		return false;
	if (copied == 0)
		return err_set(err, ERR_SYSTEM, "%s holds no sample"
		    " configuration; is dunlin installed whole?  (DUNLIN_DATADIR"
		    " can name another data folder)", from);
	from = path_in(cli, data, "templates", err);
	to = path_in(cli, dir, "templates", err);
	return from != NULL && to != NULL &&
	    cli_make_dirs(cli->arena, to, err) &&
	    cli_copy_tree(cli->arena, from, to, template_suffixes, &copied,
	    err);
}

/*
 * The shipped templates go into service, so that preview works at once.  When
 * they do not pass for this config, that is said, and the workspace stays.
 */
static bool
publish(struct cli *cli, struct store *store, bool *published,
    struct err *err)
{
	struct message_findings	 findings = {.arena = cli->arena};
	const char		*who;
	int64_t			 epoch;
	size_t			 count;
	struct buf		 text = BUF_INIT;

	if (!setup_staff(cli->setup, RIGHT_PUBLISH, &who, err) ||
	    !store_config_loaded(store, &cli->setup->hash, cli->now_ms, &epoch,
	    err) || !desk_publish(cli->setup, store, who, "init", cli->now_ms,
	    &findings, &count, err))
		return false;
	*published = findings.errors == 0;
	message_findings_print(&findings, &text);
	(void)fputs(buf_text(&text), stderr);
	buf_fini(&text);
	return true;
}

static bool
make_store(struct cli *cli, const char *dir, bool *published,
    struct err *err)
{
	const char	*conf = path_in(cli, dir, "conf/dunlin.conf", err);
	struct buf	 findings = BUF_INIT;
	struct store	*store = NULL;
	bool		 ok;

	if (conf == NULL)
		return false;
	ok = setup_load(conf, &cli->setup, &findings, err);
	if (findings.len > 0)
		(void)fputs(buf_text(&findings), stderr);
	buf_fini(&findings);
	ok = ok && store_create(cli->setup->dsn, cli->now_ms, err) &&
	    store_open(cli->setup->dsn, STORE_WRITER, &store, err) &&
	    publish(cli, store, published, err);
	store_close(&store);
	return ok;
}

/* In its place at once, whole or not: that it is there is what it says. */
static bool
set_mark(const char *mark, struct err *err)
{
	FILE	*fp = fopen(mark, "wxe");
	bool	 ok;

	if (fp == NULL)
		return err_sys(err, "writing %s", mark);
	ok = fputs(under_way_text, fp) >= 0;
	ok = fclose(fp) == 0 && ok;
	return ok || err_sys(err, "writing %s", mark);
}

static bool
make_workspace(struct cli *cli, const char *dir, bool *published,
    struct err *err)
{
	static const char *const	folders[] = {"var", "outbox", "run"};
	const char			*mark;

	if (!cli_make_dirs(cli->arena, dir, err) ||
	    (mark = path_in(cli, dir, UNDER_WAY, err)) == NULL ||
	    !set_mark(mark, err))
		return false;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (!make_private(cli, dir, folders[i], err))
			return false;
	}
	if (!copy_samples(cli, dir, err) ||
	    !make_store(cli, dir, published, err))
		return false;
	return unlink(mark) == 0 || err_sys(err, "removing %s", mark);
}

static void
tell(struct cli *cli, const char *dir)
{
	struct buf	*out = &cli->out;

	if (cli->json) {
		json_open(out, '{');
		json_key(out, "dir");
		json_text(out, dir);
		json_key(out, "config");
		json_text(out, arena_printf(cli->arena, "%s/conf/dunlin.conf",
		    dir));
		json_close(out, '}');
		buf_addc(out, '\n');
		return;
	}
	buf_addf(out, "%s is ready, in rehearsal: messages go to %s/outbox and"
	    " to nobody else.\nPut your company into"
	    " %s/conf/creditors/example.conf; then:\n\n", dir, dir, dir);
	buf_addf(out, "  cd %s && dunlin check\n"
	    "  dunlin import customers.csv invoices.csv\n"
	    "  dunlin plan\n", dir);
}

static int
run(struct cli *cli, const void *options, int argc, char **argv)
{
	const char	*dir = argv[0];
	bool		 published = false;
	struct err	 err;

	(void)options;
	(void)argc;
	if (!check_target(cli, dir, &err) ||
	    !make_workspace(cli, dir, &published, &err))
		return cli_fail(cli, &err);
	tell(cli, dir);
	if (published)
		return CLI_DONE;
	(void)fprintf(stderr, "dunlin init: the templates do not pass their"
	    " checks and are not in service; correct them, then `dunlin"
	    " templates publish --reason ...`\n");
	return CLI_PROBLEMS;
}

const struct cli_command	cmd_init = {
	.name = "init",
	.arguments = "DIR",
	.summary = "Make a workspace that is ready to run, in rehearsal",
	.help = "DIR is new or empty.  It gets a configuration with comments"
	    " (conf/), message templates,\nan empty SQLite store (var/) and an"
	    " outbox; nothing leaves the machine until `dunlin live`.",
	.min_args = 1,
	.max_args = 1,
	.need = CLI_NEEDS_NOTHING,
	.run = run,
};
