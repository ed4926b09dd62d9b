/* SPDX-License-Identifier: ISC */
/* dunlin audit: the log that can't be changed unseen. */
#include "cli/commands.h"
#include "cli/staff.h"

#include "base/hash.h"
#include "base/json.h"

#define LIST_LIMIT	100

struct options {
	int64_t	from;
	int64_t	limit;
};

static const struct cli_option	options[] = {
	{"from", CLI_INT, offsetof(struct options, from), "N",
	    "list: from this sequence number on (else 0)"},
	{"limit", CLI_INT, offsetof(struct options, limit), "N",
	    "list: at most so many (else 100)"},
	{.name = NULL},
};

/* --- verify --------------------------------------------------------------------- */

static void
put_report(struct cli *cli, const struct store_audit_report *report,
    bool is_sound)
{
	struct buf	*out = &cli->out, root = BUF_INIT;

	hash_hex(&root, report->root.bytes, HASH_LEN);
	json_open(out, '{');
	json_key(out, "ok");
	json_bool(out, is_sound);
	json_key(out, "size");
	json_int(out, report->size);
	json_key(out, "root");
	json_text(out, buf_text(&root));
	json_key(out, "bad_seq");
	if (report->bad_seq < 0)
		json_nil(out);
	else
		json_int(out, report->bad_seq);
	json_key(out, "intents");
	json_int(out, report->intents);
	json_key(out, "outcomes");
	json_int(out, report->outcomes);
	json_key(out, "open_intents");
	json_int(out, report->open_intents);
	json_key(out, "why");
	json_text(out, report->why[0] == '\0' ? NULL : report->why);
	json_close(out, '}');
	buf_addc(out, '\n');
	buf_fini(&root);
}

static void
print_report(struct cli *cli, const struct store_audit_report *report)
{
	buf_addf(&cli->out, "%lld leaves, root ", (long long)report->size);
	hash_hex(&cli->out, report->root.bytes, HASH_LEN);
	buf_addf(&cli->out, "\n%lld intents, %lld outcomes, %lld still open\n",
	    (long long)report->intents, (long long)report->outcomes,
	    (long long)report->open_intents);
	if (report->bad_seq >= 0)
		buf_addf(&cli->out, "NOT SOUND from leaf %lld on: %s\n",
		    (long long)report->bad_seq, report->why);
	else if (report->why[0] != '\0')
		buf_addf(&cli->out, "NOT SOUND: %s\n", report->why);
	else
		buf_adds(&cli->out, "The log is sound.\n");
}

static int
verify(struct cli *cli)
{
	struct store_audit_report	report;
	struct err			err;
	bool				is_sound;

	if (!store_audit_verify(cli->store, &report, &err))
		return cli_fail(cli, &err);
	is_sound = report.bad_seq < 0 && report.why[0] == '\0';
	if (cli->json)
		put_report(cli, &report, is_sound);
	else
		print_report(cli, &report);
	return is_sound ? CLI_DONE : CLI_PROBLEMS;
}

/* --- list ------------------------------------------------------------------------- */

static void
put_leaf(struct cli *cli, const struct store_leaf *leaf)
{
	struct buf	*out = &cli->out;

	json_open(out, '{');
	json_key(out, "seq");
	json_int(out, leaf->seq);
	json_key(out, "at");
	json_text(out, staff_instant(cli, "", leaf->at_ms));
	json_key(out, "event");
	json_text(out, leaf->event);
	json_key(out, "key");
	json_text(out, leaf->key);
	json_key(out, "channel");
	json_text(out, leaf->channel);
	json_key(out, "route");
	json_text(out, leaf->route);
	json_key(out, "code");
	json_text(out, leaf->code);
	json_key(out, "reply");
	json_text(out, leaf->reply);
	json_key(out, "who");
	json_text(out, leaf->who);
	json_key(out, "detail");
	json_text(out, leaf->detail);
	json_close(out, '}');
	buf_addc(out, '\n');
}

static void
print_leaves(struct cli *cli, const struct store_leaves *leaves)
{
	static const char *const	heads[] = {"SEQ", "AT", "EVENT", "KEY",
					    "CHANNEL", "WHO", "WHAT"};
	struct cli_table		table = {.columns = 7, .right = 1};

	for (size_t i = 0; i < 7; i++)
		cli_cell(cli, &table, "%s", heads[i]);
	for (size_t i = 0; i < leaves->count; i++) {
		const struct store_leaf	*leaf = &leaves->items[i];

		cli_cell(cli, &table, "%lld", (long long)leaf->seq);
		cli_cell(cli, &table, "%s", staff_instant(cli, "",
		    leaf->at_ms));
		cli_cell(cli, &table, "%s", leaf->event);
		cli_cell(cli, &table, "%s", leaf->key);
		cli_cell(cli, &table, "%s", leaf->channel);
		cli_cell(cli, &table, "%s", leaf->who);
		cli_cell(cli, &table, "%s%s%s%s%s", leaf->code,
		    leaf->code[0] == '\0' ? "" : " ", leaf->reply,
		    leaf->reply[0] == '\0' ? "" : " ", leaf->detail);
	}
	cli_table_print(cli, &table);
}

static int
list(struct cli *cli, const struct options *o)
{
	struct store_leaves	leaves;
	struct err		err;
	int64_t			from = o->from == INT64_MIN ? 0 : o->from;
	int64_t			limit = o->limit == INT64_MIN ? LIST_LIMIT :
				    o->limit;

	if (from < 0 || limit < 1)
		return cli_usage(cli, "--from counts from 0, --limit from 1");
	if (!store_audit_leaves(cli->store, from, (size_t)limit, cli->arena,
	    &leaves, &err))
		return cli_fail(cli, &err);
	if (!cli->json)
		print_leaves(cli, &leaves);
	for (size_t i = 0; cli->json && i < leaves.count; i++)
		put_leaf(cli, &leaves.items[i]);
	return CLI_DONE;
}

static int
run(struct cli *cli, const void *given, int argc, char **argv)
{
	const char	*verb = argv[0];

	(void)argc;
	if (strcmp(verb, "verify") == 0)
		return verify(cli);
	if (strcmp(verb, "list") == 0)
		return list(cli, given);
	if (strcmp(verb, "export") == 0 || strcmp(verb, "prove") == 0 ||
	    strcmp(verb, "checkpoint") == 0)
		return cli_usage(cli, "audit %s comes in a later version",
		    verb);
	return cli_usage(cli, "\"%s\" is none of verify, list", verb);
}

const struct cli_command	cmd_audit = {
	.name = "audit",
	.arguments = "verify | list [--from N] [--limit N]",
	.summary = "Check the audit log, and read it",
	.help = "`verify` hashes every leaf again, rebuilds the root and counts"
	    " that each intent has\none outcome; it exits 1 and names the"
	    " first bad leaf when the log was changed.\nexport, prove and"
	    " checkpoint come in a later version.",
	.options = options,
	.options_size = sizeof(struct options),
	.min_args = 1,
	.max_args = 1,
	.need = CLI_NEEDS_READER,
	.run = run,
};
