/* SPDX-License-Identifier: ISC */
/* dunlin templates: what is in service, since when, by whom. */
#include "cli/cli_diff.h"
#include "cli/cli_files.h"
#include "cli/commands.h"

#include "base/json.h"

#include <errno.h>
#include <unistd.h>

#define TEMPLATE_MAX	((size_t)16 * 1024 * 1024)
#define HASH_SHOWN	12

struct templates_options {
	const char	*reason;
	const char	*to;
};

struct templates {
	struct cli			*cli;
	const struct templates_options	*options;
	const char			*name;		/* NULL: all */
	int				 status;
};

typedef bool	verb_fn(struct templates *templates, struct err *err);

static const char *
hex(struct cli *cli, const struct hash *hash)
{
	struct buf	 text = BUF_INIT;
	const char	*copy;

	hash_hex(&text, hash->bytes, sizeof(hash->bytes));
	copy = arena_strdup(cli->arena, buf_text(&text));
	buf_fini(&text);
	return copy == NULL ? "" : copy;
}

static const char *
when(struct cli *cli, int64_t ms)
{
	struct buf	 text = BUF_INIT;
	const char	*copy;

	cli_put_instant(cli, ms, "", &text);
	copy = arena_strdup(cli->arena, buf_text(&text));
	buf_fini(&text);
	return copy == NULL ? "" : copy;
}

/* The folder's file; *there false when it has none of that name. */
static bool
read_file(struct cli *cli, const char *name, struct str *out, bool *there,
    const char **path_out, struct err *err)
{
	const char	*path = arena_printf(cli->arena, "%s/%s",
			    cli->setup->templates.folder, name);

	if (path == NULL)
		return err_nomem(err);
	*path_out = path;
	*out = (struct str){"", 0};
	*there = access(path, F_OK) == 0;
	if (!*there)
		return errno == ENOENT || err_sys(err, "%s", path);
	return cli_load_file(cli->arena, path, TEMPLATE_MAX, out, err);
}

/* --- list and history -------------------------------------------------------- */

static void
put_row(struct cli *cli, struct cli_table *table,
    const struct store_template *row, const char *state)
{
	const char	*hash = hex(cli, &row->hash);
	struct buf	*out = &cli->out;

	if (!cli->json) {
		cli_cell(cli, table, "%s", row->name);
		cli_cell(cli, table, "%.*s", HASH_SHOWN, hash);
		cli_cell(cli, table, "%s", when(cli, row->at_ms));
		cli_cell(cli, table, "%s", row->author);
		cli_cell(cli, table, "%s", state);
		cli_cell(cli, table, "%s", row->reason);
		return;
	}
	json_open(out, '{');
	json_key(out, "name");
	json_text(out, row->name);
	json_key(out, "hash");
	json_text(out, hash);
	json_key(out, "since");
	json_text(out, when(cli, row->at_ms));
	json_key(out, "by");
	json_text(out, row->author);
	json_key(out, "state");
	json_text(out, state);
	json_key(out, "reason");
	json_text(out, row->reason);
	json_close(out, '}');
	buf_addc(out, '\n');
}

static void
put_heads(struct cli *cli, struct cli_table *table)
{
	static const char *const	heads[] = {"TEMPLATE", "HASH", "SINCE",
					    "BY", "STATE", "REASON"};

	table->columns = sizeof(heads) / sizeof(heads[0]);
	for (size_t i = 0; i < table->columns; i++)
		cli_cell(cli, table, "%s", heads[i]);
}

/* How the folder's file stands to what is in service. */
static bool
state_of(struct cli *cli, const struct store_template *row, const char **out,
    struct err *err)
{
	struct str	text;
	const char	*path;
	bool		there;

	if (!read_file(cli, row->name, &text, &there, &path, err))
		return false;
	*out = !there ? "no file" : str_eq(text, (struct str){row->body,
	    row->body_len}) ? "in service" : "file differs";
	return true;
}

static bool
verb_list(struct templates *templates, struct err *err)
{
	struct cli		*cli = templates->cli;
	struct cli_table	 table = {0};
	struct store_templates	 rows;
	const char		*state;

	if (!store_templates(cli->store, true, cli->arena, &rows, err))
		return false;
	put_heads(cli, &table);
	for (size_t i = 0; i < rows.count; i++) {
		if (!state_of(cli, &rows.items[i], &state, err))
			return false;
		put_row(cli, &table, &rows.items[i], state);
	}
	if (!cli->json && rows.count > 0)
		cli_table_print(cli, &table);
	else if (!cli->json)
		buf_adds(&cli->out, "No template is in service; publish the"
		    " folder with `dunlin templates publish --reason ...`.\n");
	return true;
}

/* All publications of the name, or an error that names the near ones. */
static bool
history_of(struct templates *templates, struct store_templates *out,
    struct err *err)
{
	struct cli		*cli = templates->cli;
	struct store_templates	 all;
	const char		*near = NULL;

	if (!store_template_history(cli->store, templates->name, cli->arena,
	    out, err))
		return false;
	if (out->count > 0)
		return true;
	if (!store_templates(cli->store, false, cli->arena, &all, err))
		return false;
	if (all.count > 0)
		near = conf_nearest(templates->name, &all.items[0].name,
		    sizeof(all.items[0]), all.count);
	return err_set(err, ERR_INPUT, "no template \"%s\" was ever"
	    " published%s%s%s", templates->name,
	    near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
	    near == NULL ? "" : "\"?");
}

static bool
verb_history(struct templates *templates, struct err *err)
{
	struct cli		*cli = templates->cli;
	struct cli_table	 table = {0};
	struct store_templates	 rows;

	if (!history_of(templates, &rows, err))
		return false;
	put_heads(cli, &table);
	for (size_t i = 0; i < rows.count; i++)
		put_row(cli, &table, &rows.items[i],
		    i == 0 ? "in service" : "");
	if (!cli->json)
		cli_table_print(cli, &table);
	return true;
}

/* --- diff ----------------------------------------------------------------------- */

static bool
diff_one(struct templates *templates, const struct store_template *row,
    struct err *err)
{
	struct cli	*cli = templates->cli;
	struct str	 text;
	const char	*path, *old_name;
	bool		 there;
	size_t		 before = cli->out.len;

	old_name = arena_printf(cli->arena, "in service: %s (%.*s)", row->name,
	    HASH_SHOWN, hex(cli, &row->hash));
	if (old_name == NULL)
		return err_nomem(err);
	if (!read_file(cli, row->name, &text, &there, &path, err) ||
	    !cli_diff(old_name, (struct str){row->body, row->body_len},
	    there ? path : "(no file)", text, &cli->out, err))
		return false;
	if (cli->out.len > before)
		templates->status = CLI_PROBLEMS;
	return true;
}

static bool
is_in_service(const struct store_templates *rows, const char *name)
{
	for (size_t i = 0; i < rows->count; i++) {
		if (strcmp(rows->items[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Files that were never published. */
static bool
diff_new(struct templates *templates, const struct store_templates *rows,
    struct err *err)
{
	struct cli			*cli = templates->cli;
	struct message_findings		 findings = {.arena = cli->arena};
	struct message_templates	*set;
	struct message_template_info	 info;
	bool				 ok;

	if ((set = message_templates_new(cli->setup->templates.language)) ==
	    NULL)
		return err_nomem(err);
	ok = message_templates_load(set, cli->setup->templates.folder,
	    &findings, err);
	for (size_t i = 0; ok && message_templates_at(set, i, &info); i++) {
		if (is_in_service(rows, info.name) ||
		    (templates->name != NULL &&
		    strcmp(templates->name, info.name) != 0))
			continue;
		ok = cli_diff("(not in service)", STR(""), info.name,
		    info.body, &cli->out, err);
		templates->status = CLI_PROBLEMS;
	}
	message_templates_free(&set);
	return ok;
}

static bool
verb_diff(struct templates *templates, struct err *err)
{
	struct cli		*cli = templates->cli;
	struct store_templates	 rows;

	if (!store_templates(cli->store, true, cli->arena, &rows, err))
		return false;
	for (size_t i = 0; i < rows.count; i++) {
		if (templates->name != NULL &&
		    strcmp(templates->name, rows.items[i].name) != 0)
			continue;
		if (!diff_one(templates, &rows.items[i], err))
			return false;
	}
	return diff_new(templates, &rows, err);
}

/* --- publish and rollback --------------------------------------------------------- */

static bool
need_reason(const struct templates *templates, struct err *err)
{
	const char	*reason = templates->options->reason;

	return (reason != NULL && reason[0] != '\0') || err_set(err, ERR_INPUT,
	    "--reason is needed: say why, for the record");
}

static bool
verb_publish(struct templates *templates, struct err *err)
{
	struct cli		*cli = templates->cli;
	struct message_findings	 findings = {.arena = cli->arena};
	struct buf		 text = BUF_INIT;
	const char		*who;
	size_t			 published;

	if (!need_reason(templates, err) ||
	    !setup_staff(cli->setup, RIGHT_PUBLISH, &who, err) ||
	    !desk_publish(cli->setup, cli->store, who,
	    templates->options->reason, cli->now_ms, &findings, &published,
	    err))
		return false;
	message_findings_print(&findings, &text);
	(void)fputs(buf_text(&text), stderr);
	buf_fini(&text);
	if (findings.errors > 0)
		return err_set(err, ERR_INPUT, "nothing was published: the"
		    " folder has %zu error%s", findings.errors,
		    findings.errors == 1 ? "" : "s");
	if (!cli->json)
		buf_addf(&cli->out, "%zu template%s put into service by %s.\n",
		    published, published == 1 ? "" : "s", who);
	return true;
}

static bool
find_version(struct templates *templates, const struct store_templates *rows,
    const struct store_template **out, struct err *err)
{
	const char	*to = templates->options->to;
	const char	*hash;

	if (to == NULL || strlen(to) < 4)
		return err_set(err, ERR_INPUT, "--to HASH is needed, at least"
		    " four digits of it; `dunlin templates history %s` lists"
		    " them", templates->name);
	*out = NULL;
	for (size_t i = 0; i < rows->count; i++) {
		hash = hex(templates->cli, &rows->items[i].hash);
		if (strncmp(hash, to, strlen(to)) != 0)
			continue;
		if (*out != NULL && !hash_eq(&(*out)->hash,
		    &rows->items[i].hash))
			return err_set(err, ERR_INPUT, "several versions begin"
			    " with %s; give more of the hash", to);
		*out = &rows->items[i];
	}
	return *out != NULL || err_set(err, ERR_INPUT, "%s has no version %s;"
	    " `dunlin templates history %s` lists them", templates->name, to,
	    templates->name);
}

/*
 * With auto_publish the file would come back into service.  A file that is
 * what was in service is put back too (its text is kept by its hash); one
 * with unpublished edits is left alone.
 */
static bool
roll_file(struct templates *templates, const struct store_template *now,
    struct str body, struct err *err)
{
	struct cli	*cli = templates->cli;
	struct str	 file, served;
	const char	*path;
	bool		 there;

	if (!store_template_body(cli->store, &now->hash, cli->arena, &served,
	    err) || !read_file(cli, now->name, &file, &there, &path, err))
		return false;
	if (there && str_eq(file, body))
		return true;
	if (!there || str_eq(file, served))
		return cli_write_file(cli->arena, path, body, err);
	(void)fprintf(stderr, "dunlin templates: warning: %s has unpublished"
	    " edits and was left as it is%s\n", path,
	    cli->setup->templates.auto_publish ? "; dunlind publishes it at"
	    " its next look (auto_publish)" : "");
	return true;
}

static bool
verb_rollback(struct templates *templates, struct err *err)
{
	struct cli			*cli = templates->cli;
	struct store_templates		 rows;
	const struct store_template	*version = NULL;
	struct str			 body;
	const char			*who;
	bool				 is_new;

	if (!need_reason(templates, err) ||
	    !history_of(templates, &rows, err) ||
	    !find_version(templates, &rows, &version, err) ||
	    !setup_staff(cli->setup, RIGHT_PUBLISH, &who, err) ||
	    !store_template_body(cli->store, &version->hash, cli->arena, &body,
	    err))
		return false;
	if (body.p == NULL)
		return err_set(err, ERR_SYSTEM, "the store has lost the text"
		    " of %s %s", templates->name, templates->options->to);
	if (!roll_file(templates, &rows.items[0], body, err) ||
	    !store_publish(cli->store, templates->name, body, who,
	    templates->options->reason, cli->now_ms, &is_new, err))
		return false;
	if (!cli->json)
		buf_addf(&cli->out, is_new ? "%s is as it was at %s.\n" :
		    "%s is that very version already (since %s).\n",
		    templates->name, when(cli, version->at_ms));
	return true;
}

/* --- running ------------------------------------------------------------------------ */

struct verb {
	const char	*name;
	verb_fn		*fn;
	int		 min_names, max_names;
};

static const struct verb	verbs[] = {
	{"list", verb_list, 0, 0},
	{"publish", verb_publish, 0, 0},
	{"rollback", verb_rollback, 1, 1},
	{"diff", verb_diff, 0, 1},
	{"history", verb_history, 1, 1}
};

#define VERB_COUNT	(sizeof(verbs) / sizeof(verbs[0]))

static int
unknown_verb(struct cli *cli, const char *name)
{
	const char	*near = conf_nearest(name, &verbs[0].name,
			    sizeof(verbs[0]), VERB_COUNT);

	return cli_usage(cli, "there is no `templates %s`%s%s%s; one of list,"
	    " publish, rollback, diff, history", name,
	    near == NULL ? "" : ", did you mean `", near == NULL ? "" : near,
	    near == NULL ? "" : "`?");
}

static int
run(struct cli *cli, const void *options, int argc, char **argv)
{
	struct templates	 templates = {.cli = cli, .options = options,
				    .status = CLI_DONE};
	const struct verb	*verb = NULL;
	struct err		 err;

	for (size_t i = 0; i < VERB_COUNT && verb == NULL; i++) {
		if (strcmp(verbs[i].name, argv[0]) == 0)
			verb = &verbs[i];
	}
	if (verb == NULL)
		return unknown_verb(cli, argv[0]);
	if (argc - 1 < verb->min_names)
		return cli_usage(cli, "%s wants the name of a template, such"
		    " as es/due.email.liquid", verb->name);
	if (argc - 1 > verb->max_names)
		return cli_usage(cli, "too many names for %s", verb->name);
	templates.name = argc > 1 ? argv[1] : NULL;
	return verb->fn(&templates, &err) ? templates.status :
	    cli_fail(cli, &err);
}

static const struct cli_option	options[] = {
	{"reason", CLI_TEXT, offsetof(struct templates_options, reason),
	    "TEXT", "why, for the record (publish, rollback)"},
	{"to", CLI_TEXT, offsetof(struct templates_options, to), "HASH",
	    "the version to go back to (rollback)"},
	{.name = NULL}
};

const struct cli_command	cmd_templates = {
	.name = "templates",
	.arguments = "list | publish | rollback NAME --to HASH | diff [NAME] |"
	    " history NAME",
	.summary = "Show what is in service, publish, go back",
	.help = "list: what is in service, since when, by whom, and whether the"
	    " folder's file is the same.\npublish: check the folder and put"
	    " what changed into service; a folder with errors changes"
	    " nothing.\nrollback: an earlier version of one template back into"
	    " service.\ndiff: what is in service against the folder; exit"
	    " status 1 when they differ.\nhistory: all versions of a template,"
	    " newest first.",
	.options = options,
	.options_size = sizeof(struct templates_options),
	.min_args = 1,
	.max_args = 2,
	.need = CLI_NEEDS_WRITER,
	.run = run,
};
