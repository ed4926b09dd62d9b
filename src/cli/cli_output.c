/* SPDX-License-Identifier: ISC */
/* What commands print: tables, help, progress, errors. */
#include "cli/cli_impl.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

int
cli_fail(const struct cli *cli, const struct err *err)
{
	cli_progress_end();
	(void)fprintf(stderr, "dunlin%s%s: %s\n",
	    cli->command == NULL ? "" : " ",
	    cli->command == NULL ? "" : cli->command->name, err->text);
	return err->kind == ERR_INPUT || err->kind == ERR_REFUSED ?
	    CLI_PROBLEMS : CLI_SYSTEM;
}

int
cli_usage(const struct cli *cli, const char *fmt, ...)
{
	va_list	ap;

	(void)fprintf(stderr, "dunlin %s: ", cli->command->name);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "\nTry `dunlin %s --help`.\n",
	    cli->command->name);
	return CLI_USAGE;
}

bool
cli_flush(struct cli *cli)
{
	struct err	err;
	bool		ok = buf_ok(&cli->out);

	if (ok && cli->out.len > 0)
		ok = fwrite(cli->out.p, 1, cli->out.len, stdout) ==
		    cli->out.len;
	ok = ok && fflush(stdout) == 0;
	/* A reader that went away (`| head`) needs no word. */
	if (!ok && errno != EPIPE) {
		(void)err_sys(&err, "writing the output");
		(void)cli_fail(cli, &err);
	}
	buf_clear(&cli->out);
	return ok;
}

bool
cli_is_terminal(void)
{
	return isatty(STDOUT_FILENO) == 1;
}

bool
cli_has_color(void)
{
	const char	*no = getenv("NO_COLOR");

	return cli_is_terminal() && (no == NULL || no[0] == '\0');
}

/* Terminals are shared by all of a program, and so is this. */
static int64_t	progress_ms;
static bool	progress_shown;

void
cli_progress(const char *fmt, ...)
{
	int64_t	now_ms = clock_monotonic_ms();
	va_list	ap;

	if (now_ms - progress_ms < 100)
		return;
	progress_ms = now_ms;
	if (isatty(STDERR_FILENO) != 1)
		return;
	progress_shown = true;
	(void)fputs("\r\033[K", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fflush(stderr);
}

void
cli_progress_end(void)
{
	if (progress_shown)
		(void)fputs("\r\033[K", stderr);
	progress_shown = false;
}

/* --- tables ----------------------------------------------------------------------- */

void
cli_cell(struct cli *cli, struct cli_table *table, const char *fmt, ...)
{
	const char	**cells;
	char		 *text = NULL;
	struct buf	  clean = BUF_INIT;
	va_list		  ap, again;
	int		  len;

	if (table->count == table->cap) {
		table->cap = table->cap == 0 ? 64 : table->cap * 2;
		cells = arena_array(cli->arena, table->cap, sizeof(*cells));
		if (cells == NULL) {
			cli->out.failed = true;
			return;
		}
		if (table->count > 0)
			(void)memcpy(cells, table->cells,
			    table->count * sizeof(*cells));
		table->cells = cells;
	}
	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	if (len >= 0)
		text = arena_alloc(cli->arena, (size_t)len + 1);
	if (text != NULL)
		(void)vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	va_end(ap);
	/* before it is measured: what no terminal should obey goes */
	if (text != NULL) {
		utf8_clean(&clean, str_of(text), false);
		text = buf_ok(&clean) ? arena_strdup(cli->arena,
		    buf_text(&clean)) : NULL;
	}
	buf_fini(&clean);
	if (text == NULL)
		cli->out.failed = true;
	table->cells[table->count++] = text == NULL ? "" : text;
}

static size_t
column_width(const struct cli_table *table, size_t column)
{
	size_t	width = 0, len;

	for (size_t i = column; i < table->count; i += table->columns) {
		len = utf8_length(str_of(table->cells[i]));
		if (len > width)
			width = len;
	}
	return width;
}

static void
put_cell(struct cli *cli, const struct cli_table *table, size_t i,
    size_t width)
{
	size_t		len = utf8_length(str_of(table->cells[i]));
	size_t		column = i % table->columns;
	bool		right = (table->right & 1u << column) != 0;

	for (size_t n = len; right && n < width; n++)
		buf_addc(&cli->out, ' ');
	buf_adds(&cli->out, table->cells[i]);
	if (column + 1 < table->columns) {
		for (size_t n = len; !right && n < width; n++)
			buf_addc(&cli->out, ' ');
		buf_adds(&cli->out, "  ");
	}
}

void
cli_table_print(struct cli *cli, const struct cli_table *table)
{
	size_t	*widths = arena_array(cli->arena, table->columns,
		    sizeof(*widths));
	bool	 bold = cli_has_color();

	if (widths == NULL) {
		cli->out.failed = true;
		return;
	}
	for (size_t column = 0; column < table->columns; column++)
		widths[column] = column_width(table, column);
	for (size_t i = 0; i < table->count; i++) {
		size_t	column = i % table->columns;

		if (bold && i == 0)
			buf_adds(&cli->out, "\033[1m");
		put_cell(cli, table, i, widths[column]);
		if (column + 1 < table->columns)
			continue;
		if (bold && i + 1 == table->columns)
			buf_adds(&cli->out, "\033[0m");
		buf_addc(&cli->out, '\n');
	}
}

void
cli_put_instant(const struct cli *cli, int64_t ms, const char *zone,
    struct buf *out)
{
	const struct zone	*found;
	struct err		 err;

	if (cli->setup != NULL && zone != NULL && zone[0] != '\0' &&
	    zone_find(cli->setup->zones, zone, &found, &err))
		zone_format(found, ms, out);
	else
		instant_format(ms, 0, out);
}

/* --- help --------------------------------------------------------------------------- */

void
cli_help_all(struct buf *out)
{
	buf_adds(out, "Usage: dunlin COMMAND [-c FILE] [--json] ...\n\n");
	for (size_t i = 0; cli_commands[i] != NULL; i++)
		buf_addf(out, "  %-11s %s\n", cli_commands[i]->name,
		    cli_commands[i]->summary);
	buf_adds(out, "\n`dunlin COMMAND --help` says more; so does"
	    " dunlin(1).\nExit status: 0 done, 1 found problems, 2 usage,"
	    " 3 system.\n");
}

static void
help_option(const char *name, const char *value, const char *help,
    struct buf *out)
{
	char	left[80];

	(void)snprintf(left, sizeof(left), "%s%s%s", name,
	    value == NULL ? "" : " ", value == NULL ? "" : value);
	buf_addf(out, "  %-20s %s\n", left, help);
}

void
cli_help_command(const struct cli_command *command, struct buf *out)
{
	const struct cli_option	*option = command->options;
	char			 name[64];

	buf_addf(out, "Usage: dunlin %s %s\n\n%s.\n", command->name,
	    command->arguments, command->summary);
	if (command->help != NULL)
		buf_addf(out, "%s\n", command->help);
	buf_adds(out, "\nOptions:\n");
	for (; option != NULL && option->name != NULL; option++) {
		(void)snprintf(name, sizeof(name), "--%s", option->name);
		help_option(name, option->value, option->help, out);
	}
	if (command->need != CLI_NEEDS_NOTHING) {
		help_option("-c", "FILE", "the config (else $DUNLIN_CONF,"
		    " ./dunlin.conf, ./conf/dunlin.conf)", out);
		help_option("--now", "T", "act as if it were this instant", out);
	}
	help_option("--json", NULL, "one JSON object a line", out);
}
