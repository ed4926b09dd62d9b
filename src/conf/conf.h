/* SPDX-License-Identifier: ISC */
/*
 * conf.h - configuration files read by a schema.
 *
 * Each module owns a plain struct and a table of rows; conf fills the struct
 * from libconfig files, remembers where every value was written, and gathers
 * what is wrong as `file:line:column: text` with the source line and a caret.
 * libconfig parses; a lexer of our own runs first over each file, because
 * libconfig 1.5 has no columns, stops at one error and wraps big integers.
 *
 *	struct mail_conf { const char *host; int64_t port, wait_ms; };
 *	static const struct conf_row relay_rows[] = {
 *		{ .name = "host", .type = CONF_TEXT, .required = true,
 *		  .offset = offsetof(struct mail_conf, host),
 *		  .help = "name or address of the relay" },
 *		{ .name = "port", .type = CONF_INT, .min = 1, .max = 65535,
 *		  .offset = offsetof(struct mail_conf, port),
 *		  .fallback = "587", .help = "TCP port" },
 *		{ .name = "timeout", .type = CONF_DURATION,
 *		  .offset = offsetof(struct mail_conf, wait_ms),
 *		  .fallback = "30 s", .help = "longest wait for an answer" },
 *		CONF_END_ROW
 *	};
 *	const struct conf_row mail_rows[] = {
 *		{ .name = "relay", .type = CONF_GROUP, .rows = relay_rows,
 *		  .size = sizeof(struct mail_conf), .help = "the mail relay" },
 *		CONF_END_ROW
 *	};
 *	conf = conf_new(arena);
 *	if (!conf_load(conf, path, (struct conf_section[]){
 *	    {mail_rows, &mail} }, 1, &err))
 *		conf_print(conf, out);
 *
 * Files: `@include "policies/[a-z]*.conf"` stands on a line of its own, among
 * the settings of a file or of a group; the pattern (glob(7)) is relative to
 * the file that holds it, matches are read in the order of their names.  Each
 * file is a whole config by itself.  A CONF_GROUPS list or CONF_NAMED group
 * that stands in several files is joined; everything else given twice is an
 * error.  A file has at most 1 MiB, no NUL, and is UTF-8.
 *
 * Memory: all of it is cut from the arena given to conf_new, which must
 * outlive the conf and the structs filled.  Thread: one at a time while it is
 * loaded and checked; then any.
 */
#ifndef DUNLIN_CONF_CONF_H
#define DUNLIN_CONF_CONF_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/hash.h"

#include <stddef.h>
#include <stdint.h>

#define CONF_FILE_MAX	(1024 * 1024)	/* bytes in one file */
#define CONF_PRINTED	20		/* findings kept; then "and N more" */

struct conf;			/* opaque */

/* Where something was written.  file is as the user gave it; NULL = nowhere. */
struct conf_pos {
	const char	*file;
	int		 line;		/* from 1 */
	int		 column;	/* from 1, in code points */
};

/*
 * What a row reads, how it is written in a file, and the type of the field at
 * its offset.  A row that is neither given nor has a fallback leaves 0, NULL,
 * an empty list; DAY_NONE for a date.
 */
enum conf_type {
	CONF_END,	/* ends a table */
	CONF_BOOL,	/* true: bool */
	CONF_INT,	/* 25: int64_t */
	CONF_NUMBER,	/* 2.5 or 10: double, never for money */
	CONF_TEXT,	/* "any text": const char *; well-formed UTF-8, one line
			   without controls unless the row says lines */
	CONF_CHOICE,	/* "email", one of names: int or enum, its index */
	CONF_DURATION,	/* "3 d", "1.5 h", "15 min", "5 ms": int64_t ms */
	CONF_MICROS,	/* "20 us", "0.5 ms", "1 s": int64_t us */
	CONF_DAYS,	/* 3, -7 or "3 d", "2 w": int32_t days */
	CONF_SIZE,	/* 4096, "10 MB", "4 KiB": int64_t bytes */
	CONF_TIME,	/* "08:00", "24:00": int32_t seconds, to 86400 */
	CONF_DATE,	/* "2026-01-31": int32_t day */
	CONF_PATH,	/* "run/x": const char *, made relative to where we are
			   from the directory of the file that says it */
	CONF_SECRET,	/* "pw" or "credential:name": struct conf_secret */
	CONF_TEXTS,	/* [ "a", "b" ], or "a" for one: struct conf_texts */
	CONF_CHOICES,	/* [ "email", "sms" ]: struct conf_ints of indices */
	CONF_INTS,	/* [ 1, 2 ]: struct conf_ints */
	CONF_GROUP,	/* { ... }: a struct, in place, described by rows */
	CONF_GROUPS,	/* ( {...}, {...} ): struct conf_list of structs */
	CONF_NAMED,	/* { a = {...}; b = {...}; }: struct conf_list too */
	CONF_MAP,	/* { a = "x"; b = "y"; }, free keys: struct conf_map */
	/* These have no name and read nothing: they keep what is known. */
	CONF_POS,	/* struct conf_pos: where the group itself stands */
	CONF_KEY	/* const char *: the key of a group in CONF_NAMED */
};

struct conf_texts {
	const char	**items;
	size_t		  count;
};

struct conf_ints {
	int64_t		*items;
	size_t		 count;
};

struct conf_list {
	void		*items;		/* count structs of row->size */
	size_t		 count;
};

struct conf_map {
	const char	**keys;		/* in the order of the file */
	const char	**values;
	size_t		  count;
};

struct conf_secret {
	const char	*path;		/* NULL: not given */
	bool		 credential;	/* kept by systemd, who guards it */
};

struct conf_row;

/* What a check function gets beside the field. */
struct conf_check {
	struct conf		*conf;	/* for conf_error, conf_at ... */
	const struct conf_row	*row;
	struct conf_pos		 at;	/* of the value */
	void			*owner;	/* the struct that field is in */
};

/*
 * Called after the field was read and found good by type and range (also for
 * a fallback; at is then that of the group).  For a group, and for each group
 * of a list, after all its members, only when it is given and nothing in it
 * failed; field and owner are then its struct.  Says what is wrong by
 * conf_error.  May write into other fields of owner (a parsed amount, say).
 */
typedef void conf_check_fn(const struct conf_check *check, const void *field);

struct conf_row {
	const char	*name;
	enum conf_type	 type;
	bool		 required;
	size_t		 offset;	/* of the field in its struct */
	/*
	 * The default, written as in a file without quotes; lists with commas:
	 * "3 d", "true", "email, sms".  NULL: none.  Not for groups, whose
	 * members' defaults hold when the group is absent.
	 */
	const char	*fallback;
	/*
	 * Range, both ends included, in the field's unit; of the bytes for
	 * texts and paths, of each element for CONF_INTS, of the number of
	 * elements for other lists.  max 0 with min >= 0 means no upper end;
	 * durations and sizes below 0 need a min below 0.
	 */
	int64_t		 min, max;
	bool		 lines;		/* line breaks and tabs are fine */
	const char	*unit;		/* of an integer, for people: "days" */
	const char *const *names;	/* choices, by value; NULL ends */
	const struct conf_row *rows;	/* of a group */
	size_t		 size;		/* of a group's struct */
	conf_check_fn	*check;		/* or NULL */
	const char	*help;		/* one sentence, without a full stop */
};

#define CONF_END_ROW	{ .type = CONF_END }

/*
 * Settings of the outermost level that one module owns, and the struct that
 * they fill (overwritten).  into NULL: the names are known, what they hold is
 * somebody else's matter.
 */
struct conf_section {
	const struct conf_row	*rows;
	void			*into;
};

/* NULL when memory is out. */
struct conf	*conf_new(struct arena *arena) MUST_CHECK;

/*
 * Reads path and all that it includes; once per conf.  False: ERR_INPUT when
 * there are findings (err says how many, conf_print says which), ERR_SYSTEM
 * when memory is out.  Structs are filled also then, as far as it went, and
 * must not be used.
 */
bool	conf_load(struct conf *conf, const char *path,
	    const struct conf_section *sections, size_t count, struct err *err)
	    MUST_CHECK;

/* The same with the main file's text given; path names it in messages. */
bool	conf_load_text(struct conf *conf, const char *path, struct str text,
	    const struct conf_section *sections, size_t count, struct err *err)
	    MUST_CHECK;

/*
 * Where the value of a field was written: the address of the field in the
 * struct that conf filled (not of a copy), or of an element in items.  When
 * the fallback stands, its group's position.  An address that conf did not
 * fill gives {NULL, 0, 0}.
 */
struct conf_pos	conf_at(const struct conf *conf, const void *field);

/* Was the field written in a file?  False when its fallback stands. */
bool	conf_is_given(const struct conf *conf, const void *field);

/* SHA-256 over all files read, by name and content, in the order read. */
struct hash	conf_hash(const struct conf *conf);

/* The arena given to conf_new, for what a check function makes. */
struct arena	*conf_arena(const struct conf *conf);

/* Files read, in that order, as named in messages; lent like the conf. */
const char *const *conf_files(const struct conf *conf, size_t *count);

/* --- findings ------------------------------------------------------------ */

struct conf_finding {
	struct conf_pos	 at;
	bool		 warning;
	const char	*text;
};

/* Adds a finding; at.file may be NULL (then it has no place). */
void	conf_error(struct conf *conf, struct conf_pos at, const char *fmt, ...)
	    PRINTF_LIKE(3, 4);
void	conf_warn(struct conf *conf, struct conf_pos at, const char *fmt, ...)
	    PRINTF_LIKE(3, 4);

size_t	conf_error_count(const struct conf *conf);	/* without warnings */

/* As conf_load answers: false and ERR_INPUT when there are errors by now. */
bool	conf_ok(const struct conf *conf, struct err *err) MUST_CHECK;

/* The findings kept, errors first, by place; NULL behind the last. */
const struct conf_finding *conf_finding(struct conf *conf, size_t i);

/*
 * All findings as people read them: `file:line:column: text`, the source line
 * and a caret; warnings say so; "and N more" behind the CONF_PRINTED first.
 */
void	conf_print(struct conf *conf, struct buf *out);

/*
 * What a user wrote, fit for a message: in quotes, without controls, at most
 * 60 bytes.  Lent like the conf; never NULL.
 */
const char	*conf_quote(struct conf *conf, struct str text);

/*
 * The name most like word, for `did you mean "x"?`: names lie stride bytes
 * apart, the first at *first.  NULL when none is near enough.
 */
const char	*conf_nearest(const char *word, const char *const *first,
		    size_t stride, size_t count);

/* --- secrets ------------------------------------------------------------- */

/*
 * Reads a secret into room bytes, NUL behind, one line end at its end taken
 * off.  ERR_INPUT: not given, missing, longer than room, holds NUL, readable
 * by group or others (credentials excepted).  Texts never hold the secret.
 * The caller wipes.
 */
bool	conf_secret_read(const struct conf_secret *secret, char *out,
	    size_t room, struct err *err) MUST_CHECK;
void	conf_secret_wipe(char *secret, size_t room);

/* --- schema as text ------------------------------------------------------ */

/*
 * One line a row: path, type, range, default, help, with tabs between them;
 * members of groups are `group.member`, of lists `list[].member`, of named
 * groups `group.*.member`.
 */
void	conf_help(const struct conf_row *rows, struct buf *out);

/*
 * Is the table itself right: names that libconfig takes, none twice,
 * fallbacks that parse, sizes and names where needed, a help text in each
 * row?  For tests; err names the row.
 */
bool	conf_rows_check(const struct conf_row *rows, struct err *err)
	    MUST_CHECK;

#endif
