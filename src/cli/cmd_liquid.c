/* SPDX-License-Identifier: ISC */
/* dunlin liquid: the template language alone. */
#include "cli/commands.h"
#include "cli/lines.h"

#include "base/json.h"
#include "liquid/liquid.h"
#include "model/value.h"

#define SOURCE_MAX	(64u << 20)	/* bytes */

struct options {
	const char	*data;
	bool		 batch;
	bool		 strict;
};

static const struct cli_option	options[] = {
	{"data", CLI_TEXT, offsetof(struct options, data), "FILE",
	    "what the template may use: one JSON object"},
	{"batch", CLI_FLAG, offsetof(struct options, batch), NULL,
	    "read jobs as JSON lines, answer one a line"},
	{"strict", CLI_FLAG, offsetof(struct options, strict), NULL,
	    "as our own templates are read: unknown variables are errors"},
	{.name = NULL},
};

/* --- JSON to values ---------------------------------------------------------- */

static bool	convert(const struct value *from, struct arena *arena,
		    struct liquid_value *out);

static bool
convert_array(const struct value *from, struct arena *arena,
    struct liquid_value *out)
{
	struct liquid_value	item;

	*out = liquid_array(arena);
	for (size_t i = 0; i < from->count; i++) {
		if (!convert(&from->items[i], arena, &item) ||
		    !liquid_array_push(arena, *out, item))
			return false;
	}
	return out->type == LIQUID_ARRAY;
}

static bool
convert_object(const struct value *from, struct arena *arena,
    struct liquid_value *out)
{
	struct liquid_value	item;

	*out = liquid_object(arena);
	for (size_t i = 0; i < from->count; i++) {
		if (!convert(&from->items[i], arena, &item) ||
		    !liquid_object_set(arena, *out, from->keys[i], item))
			return false;
	}
	return out->type == LIQUID_OBJECT;
}

/* False when memory is out; value_parse bounds the depth. */
static bool
convert(const struct value *from, struct arena *arena,
    struct liquid_value *out)
{
	switch (from->kind) {
	case VALUE_BOOL:
		*out = liquid_bool(from->boolean);
		return true;
	case VALUE_INT:
		*out = liquid_int(from->integer);
		return true;
	case VALUE_REAL:
		*out = liquid_float(from->real);
		return true;
	case VALUE_STRING:
		*out = liquid_str(from->string);
		return true;
	case VALUE_ARRAY:
		return convert_array(from, arena, out);
	case VALUE_OBJECT:
		return convert_object(from, arena, out);
	case VALUE_NULL:
		break;
	}
	*out = liquid_nil();
	return true;
}

static bool
convert_member(const struct value *row, const char *key, struct arena *arena,
    struct liquid_value *out, struct err *err)
{
	const struct value	*member = value_get(row, key);

	*out = liquid_nil();
	if (member == NULL || member->kind == VALUE_NULL)
		return true;
	if (member->kind != VALUE_OBJECT)
		return err_set(err, ERR_INPUT, "\"%s\" must be an object", key);
	return convert(member, arena, out) || err_nomem(err);
}

/* --- jobs ------------------------------------------------------------------------ */

static bool
text_member(const struct value *row, const char *key, bool is_needed,
    struct str *out, struct err *err)
{
	const struct value	*member = value_get(row, key);

	*out = STR("");
	if (!is_needed && (member == NULL || member->kind == VALUE_NULL))
		return true;
	if (member == NULL || member->kind != VALUE_STRING)
		return err_set(err, ERR_INPUT, "\"%s\" must be a string", key);
	*out = member->string;
	return true;
}

/* A list, as some suites have it, names several that must agree: the first. */
static bool
read_mode(const struct value *row, struct str *out, struct err *err)
{
	const struct value	*member = value_get(row, "error_mode");

	if (member == NULL || member->kind != VALUE_ARRAY)
		return text_member(row, "error_mode", false, out, err);
	*out = STR("");
	if (member->count > 0 && member->items[0].kind != VALUE_STRING)
		return err_set(err, ERR_INPUT, "\"error_mode\" must hold"
		    " strings");
	if (member->count > 0)
		*out = member->items[0].string;
	return true;
}

static bool
read_job(struct str line, struct arena *arena, struct liquid_job *job,
    struct err *err)
{
	struct value		 row;
	const struct value	*flag;

	if (!value_parse(line, arena, &row, err))
		return err_in(err, "no job");
	if (row.kind != VALUE_OBJECT)
		return err_set(err, ERR_INPUT, "a job is an object with"
		    " template, data and templates");
	flag = value_get(&row, "render_errors");
	job->render_errors = flag != NULL && flag->kind == VALUE_BOOL &&
	    flag->boolean;
	return text_member(&row, "template", true, &job->source, err) &&
	    read_mode(&row, &job->error_mode, err) &&
	    convert_member(&row, "data", arena, &job->data, err) &&
	    convert_member(&row, "templates", arena, &job->templates, err);
}

static void
answer(struct cli *cli, const char *key, struct str text)
{
	json_open(&cli->out, '{');
	json_key(&cli->out, key);
	json_str(&cli->out, text);
	json_close(&cli->out, '}');
	buf_addc(&cli->out, '\n');
}

/* Exit 0 whatever the answers are, as long as each line held a job. */
static int
run_batch(struct cli *cli, const struct options *o)
{
	struct lines_in		 in = LINES_IN_INIT;
	struct arena		*arena = arena_new();
	struct buf		 out = BUF_INIT;
	struct str		 line;
	struct err		 err;
	int			 status = CLI_DONE;

	while (arena != NULL && lines_read(&in, stdin, &line)) {
		struct liquid_job	 job = {.strict = o->strict,
					    .now_ms = cli->now_ms};
		bool			 is_job;

		arena_reset(arena);
		buf_clear(&out);
		is_job = read_job(line, arena, &job, &err);
		if (is_job && liquid_run(&job, arena, &out, &err) &&
		    buf_check(&out, &err))
			answer(cli, "result", buf_str(&out));
		else
			answer(cli, "error", str_of(err.text));
		if (!is_job)
			status = CLI_PROBLEMS;
		/* The other side may wait for this answer with its next job. */
		if (!cli_flush(cli)) {
			status = CLI_SYSTEM;
			break;
		}
	}
	if (arena == NULL)
		(void)err_nomem(&err);
	if (arena == NULL || (!lines_close(&in, stdin, &err) &&
	    status != CLI_SYSTEM))
		status = cli_fail(cli, &err);
	buf_fini(&out);
	arena_free(&arena);
	return status;
}

static bool
read_data(struct cli *cli, const char *path, struct liquid_value *out,
    struct err *err)
{
	struct str	text;
	struct value	value;

	if (!cli_read_file(cli, path, SOURCE_MAX, &text, err))
		return false;
	if (!value_parse(text, cli->arena, &value, err))
		return err_in(err, "%s", path);
	if (value.kind != VALUE_OBJECT)
		return err_set(err, ERR_INPUT, "%s: the data must be one JSON"
		    " object", path);
	return convert(&value, cli->arena, out) || err_nomem(err);
}

static int
run(struct cli *cli, const void *given, int argc, char **argv)
{
	const struct options	*o = given;
	struct liquid_job	 job = {.strict = o->strict,
				    .now_ms = cli->now_ms};
	struct err		 err;
	bool			 ok;

	job.data = liquid_nil();
	job.templates = liquid_nil();
	if (o->batch && (o->data != NULL || argc > 0))
		return cli_usage(cli, "--batch reads all from standard input");
	if (o->batch)
		return run_batch(cli, o);
	if (o->data != NULL && strcmp(o->data, "-") == 0 && argc == 0)
		return cli_usage(cli, "template and data can't both come from"
		    " standard input");
	ok = cli_read_file(cli, argc > 0 ? argv[0] : "-", SOURCE_MAX,
	    &job.source, &err) &&
	    (o->data == NULL || read_data(cli, o->data, &job.data, &err)) &&
	    liquid_run(&job, cli->arena, &cli->out, &err);
	if (!ok) {
		buf_clear(&cli->out);
		return cli_fail(cli, &err);
	}
	return CLI_DONE;
}

const struct cli_command	cmd_liquid = {
	.name = "liquid",
	.arguments = "[FILE] [--data FILE] [--batch] [--strict]",
	.summary = "Render a template of the Liquid language",
	.help = "Reads the template from FILE or standard input, as the"
	    " original does: unknown\nvariables are empty.  --batch reads"
	    " {\"template\",\"data\",\"templates\"} objects, one a\nline, with"
	    " error_mode (strict, strict2, lax) and render_errors as they"
	    " like, and\nwrites {\"result\"} or {\"error\"}, one a line, in"
	    " order.",
	.options = options,
	.options_size = sizeof(struct options),
	.min_args = 0,
	.max_args = 1,
	.run = run,
};
