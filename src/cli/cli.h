/* SPDX-License-Identifier: ISC */
/*
 * cli.h - what every command of dunlin(1) is made of.
 *
 * A command is one file with one struct cli_command: its options as rows over
 * a plain struct, its help, and a run function that returns an exit status
 * (0 done, 1 found problems, 2 usage, 3 system).  cli.c parses, opens what
 * the command needs, prints errors and closes.
 */
#ifndef DUNLIN_CLI_CLI_H
#define DUNLIN_CLI_CLI_H

#include "desk/desk.h"

enum cli_exit { CLI_DONE = 0, CLI_PROBLEMS = 1, CLI_USAGE = 2, CLI_SYSTEM = 3 };

/* What a command works with; cli.c owns all of it. */
struct cli {
	const struct cli_command	*command;
	bool				 json;
	int64_t				 now_ms;	/* --now, else the real one */
	struct arena			*arena;		/* for the whole run */
	const char			*conf_path;	/* -c until the config is read */
	struct setup			*setup;		/* when needed, else NULL */
	struct store			*store;		/* when needed, else NULL */
	bool				 is_writer;	/* the store is open to be written */
	struct buf			 out;		/* standard output; see cli_flush */
};

enum cli_option_kind {
	CLI_FLAG,		/* bool */
	CLI_TEXT,		/* const char * */
	CLI_INT,		/* int64_t */
	CLI_INSTANT,		/* int64_t ms: RFC 3339, or a date = noon of it (--at) */
	CLI_INSTANT_END,	/* int64_t ms: RFC 3339, or a date = its end (--as-of) */
	CLI_DATE		/* int32_t day */
};

/*
 * Ends with a row without name.  Options not given leave NULL, false,
 * INT64_MIN (which is TIME_NONE) for integers and instants, DAY_NONE.  Dates
 * given as instants are read in the zone of the first creditor, UTC without a
 * config.
 */
struct cli_option {
	const char		*name;		/* without the dashes */
	enum cli_option_kind	 kind;
	size_t			 offset;	/* in the command's struct */
	const char		*value;		/* how help names it: "FILE" */
	const char		*help;
};

enum cli_need {
	CLI_NEEDS_NOTHING,
	CLI_NEEDS_SETUP,	/* the config */
	CLI_NEEDS_READER,	/* and the store to read */
	CLI_NEEDS_WRITER	/* and the store to write; the daemon is woken after */
};

struct cli_command {
	const char			*name;
	const char			*arguments;	/* "REF [--at T]" */
	const char			*summary;	/* one line, no full stop */
	const char			*help;		/* more, NULL none */
	const struct cli_option		*options;	/* NULL none */
	size_t				 options_size;	/* of the struct, <= CLI_OPTIONS_MAX */
	int				 min_args, max_args;	/* max -1: any */
	enum cli_need			 need;
	int				(*run)(struct cli *cli, const void *options,
					    int argc, char **argv);
};

#define CLI_OPTIONS_MAX	512

/* All commands by name; NULL behind the last (commands.c). */
extern const struct cli_command *const	cli_commands[];

/* "dunlin: TEXT" on standard error; the status that fits the kind. */
int	cli_fail(const struct cli *cli, const struct err *err);
/* A wrong use: text, then how to ask for help; CLI_USAGE. */
int	cli_usage(const struct cli *cli, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * For a command that needs a reader, but whose argument says that it writes:
 * opens the store anew.  What was read before lives in the arena still.
 */
bool	cli_writer(struct cli *cli, struct err *err) MUST_CHECK;

/* Writes what is in cli->out now (long output); false once it cannot. */
bool	cli_flush(struct cli *cli);

bool	cli_is_terminal(void);		/* standard output */
bool	cli_has_color(void);		/* terminal and not NO_COLOR */

/* Progress on standard error where it is a terminal, at most ten a second. */
void	cli_progress(const char *fmt, ...) PRINTF_LIKE(1, 2);
void	cli_progress_end(void);

/* --- reading arguments --- */
/* An instant as CLI_INSTANT reads it, for positional arguments. */
bool	cli_instant(const struct cli *cli, const char *text, bool day_end,
	    int64_t *out, struct err *err) MUST_CHECK;
/* The whole of a file ("-": standard input), at most max bytes, into arena. */
bool	cli_read_file(struct cli *cli, const char *path, size_t max,
	    struct str *out, struct err *err) MUST_CHECK;
/*
 * Exactly one thing by reference; ERR_INPUT says what is near, or lists the
 * choices when several match.  kinds: bits 1 << enum store_ref_kind.
 */
bool	cli_find(struct cli *cli, const char *ref, const char *creditor,
	    unsigned kinds, struct store_ref *out, struct err *err) MUST_CHECK;
/* $DUNLIN_DATADIR, the installed data folder, or the source tree's. */
const char	*cli_datadir(void);

/* --- writing --- */
/* An instant for people and programs: RFC 3339 in the given zone's name, "" UTC. */
void	cli_put_instant(const struct cli *cli, int64_t ms, const char *zone,
	    struct buf *out);

/* A table for people: columns align, numbers to the right. */
struct cli_table {
	const char	**cells;	/* row by row, the first is the heading */
	size_t		  columns;
	size_t		  count;	/* cells */
	size_t		  cap;
	unsigned	  right;	/* bit 1 << column: align right */
};

/* Texts are copied into cli->arena. */
void	cli_cell(struct cli *cli, struct cli_table *table, const char *fmt, ...)
	    PRINTF_LIKE(3, 4);
void	cli_table_print(struct cli *cli, const struct cli_table *table);

#endif
