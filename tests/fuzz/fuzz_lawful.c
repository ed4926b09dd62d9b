/* SPDX-License-Identifier: ISC */
/*
 * fuzz_lawful.c - JSON lines as `dunlin lawful` reads them: each as a question
 * with its history, all of them as a file of --history.  The command's source
 * is included because a program's functions are in no library.
 */
#include "fuzz/fuzz.h"

#include "../src/cli/cmd_lawful.c"

const struct cli_command *const	cli_commands[] = {&cmd_lawful, NULL};

static struct lawyer
lawyer(struct cli *cli)
{
	static struct lawyer	law;
	struct err		err;

	if (law.zones == NULL) {
		law.zones = zones_new(NULL);
		FUZZ_HOLDS(law.zones != NULL);
		FUZZ_HOLDS(lines_calendars(cli, &law.calendars, &err));
	}
	return law;
}

static void
ask(struct cli *cli, const struct lawyer *law, struct str line)
{
	struct arena	*arena = fuzz_arena();
	struct question	 question;
	struct value	 value;
	struct err	 err = {ERR_NONE, ""};

	buf_clear(&cli->out);
	if (!read_question(arena, line, &question, &err) ||
	    !answer(cli, law, &question, &err)) {
		FUZZ_HOLDS(err.kind == ERR_INPUT);
		put_error(cli, &err);
	}
	FUZZ_HOLDS(value_parse(buf_str(&cli->out), arena, &value, &err));
	arena_free(&arena);
}

static void
read_as_history(struct cli *cli, struct str text)
{
	struct question		question = {.event_count = 0};
	struct fuzz_file	file;
	struct err		err;

	fuzz_file_open(&file, text);
	if (!read_history(cli, file.path, &question, &err))
		FUZZ_HOLDS(err.kind == ERR_INPUT);
	fuzz_file_close(&file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cli		cli = {.arena = fuzz_arena(), .out = BUF_INIT};
	const struct lawyer	law = lawyer(&cli);
	struct lines		lines;
	struct str		line;

	read_as_history(&cli, fuzz_str(data, size));
	lines_begin(&lines, fuzz_str(data, size));
	for (int i = 0; i < 20 && lines_next(&lines, &line); i++)
		ask(&cli, &law, line);
	buf_fini(&cli.out);
	arena_free(&cli.arena);
	return 0;
}
