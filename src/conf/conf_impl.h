/* SPDX-License-Identifier: ISC */
/*
 * conf_impl.h - what the files of conf share; nobody else includes it.
 *
 * Everything is cut from the conf's arena.
 */
#ifndef DUNLIN_CONF_CONF_IMPL_H
#define DUNLIN_CONF_CONF_IMPL_H

#include "conf/conf.h"

#define CONF_DEPTH_MAX	  32	/* groups and lists inside each other */
#define CONF_INCLUDES_MAX 10	/* files that include each other, deep */
#define CONF_FILES_MAX	  1000	/* files of one config */
#define CONF_MEMBERS_MAX  5000	/* settings in one group: libconfig seeks
				   duplicates one by one */

struct conf_file {
	const char		*name;		/* as printed */
	const char		*text;		/* without BOM, NUL behind */
	size_t			 len;
	uint64_t		 dev, ino;	/* both 0: text was given */
	const struct conf_file	*from;		/* who included it */
};

enum node_kind {
	NODE_BOOL, NODE_INT, NODE_FLOAT, NODE_TEXT, NODE_GROUP, NODE_LIST,
	NODE_ARRAY, NODE_INCLUDE
};

struct node {
	enum node_kind		 kind;
	const char		*name;		/* NULL: element, or root */
	struct conf_pos		 name_at;
	struct conf_pos		 at;		/* of the value */
	int64_t			 integer;	/* NODE_INT, NODE_BOOL */
	double			 number;	/* NODE_FLOAT, from libconfig */
	const char		*text;		/* texts from libconfig,
						   numbers as written, the
						   pattern of an include */
	const struct conf_file	*file;
	struct node		*first, *last, *next;
	size_t			 count;		/* children, without includes */
};

/* One address that conf filled. */
struct known {
	const void	*field;
	struct conf_pos	 at;
	bool		 given;
	bool		 group;
};

struct conf {
	struct arena		*arena;
	struct conf_file	**files;
	size_t			 n_files, cap_files;
	const char		**names;	/* of files, for conf_files */
	struct known		*known;		/* open addressing */
	size_t			 n_known, cap_known;
	struct conf_finding	 errors[CONF_PRINTED];
	struct conf_finding	 warnings[CONF_PRINTED];
	size_t			 n_errors, n_warnings;
	bool			 sorted;
	bool			 nomem;
	struct hash		 hash;
};

/* conf_lex.c */
enum token_kind {
	TOKEN_EOF, TOKEN_NAME, TOKEN_TEXT, TOKEN_INT, TOKEN_FLOAT, TOKEN_BOOL,
	TOKEN_ASSIGN, TOKEN_COMMA, TOKEN_SEMI, TOKEN_OPEN_GROUP,
	TOKEN_CLOSE_GROUP, TOKEN_OPEN_LIST, TOKEN_CLOSE_LIST,
	TOKEN_OPEN_ARRAY, TOKEN_CLOSE_ARRAY, TOKEN_INCLUDE,
	TOKEN_BAD		/* an error was reported */
};

struct token {
	enum token_kind	 kind;
	struct str	 text;		/* as written; or the pattern */
	int		 line, column;
	int		 end_line;	/* where it ends */
	int64_t		 integer;
};

struct lexer {
	struct conf		*conf;
	const struct conf_file	*file;
	char			*lib;	/* the text for libconfig */
	size_t			 at;
	int			 line, column;
	bool			 line_start;	/* only blanks so far */
};

void	conf_lex_init(struct lexer *lexer, struct conf *conf,
	    const struct conf_file *file, char *lib);
struct token	conf_lex_next(struct lexer *lexer);
struct conf_pos	conf_lex_pos(const struct lexer *lexer,
		    const struct token *token);

/*
 * conf_parse.c: the tree of one file without values of texts; lib is the
 * file's text to be made fit for libconfig.  NULL after an error that stops
 * the reading of this file; *partial then holds what was understood so far.
 */
struct node	*conf_parse(struct conf *conf, const struct conf_file *file,
		    char *lib, struct node **partial);

/* conf_lib.c: libconfig reads lib; texts are put into the tree. */
bool	conf_lib_read(struct conf *conf, const struct conf_file *file,
	    const char *lib, struct node *root);

/* conf_file.c: the tree of a file with its includes; NULL after an error. */
struct node	*conf_file_tree(struct conf *conf, const char *path,
		    const struct str *text);
/* path as seen from the directory of the file that says it. */
const char	*conf_file_relative(struct conf *conf, const char *file,
		    const char *path);

/* conf_fill.c */
void	conf_fill(struct conf *conf, const struct conf_section *sections,
	    size_t count, struct node *root, struct conf_pos at);
void	conf_fill_defaults(struct conf *conf, const struct conf_row *rows,
	    void *into);
/* Length of a table without its end. */
size_t	conf_row_count(const struct conf_row *rows);

/* conf_value.c: one value into its field; false after an error. */
bool	conf_value(struct conf *conf, const struct conf_row *row,
	    const struct node *node, void *field, const char *where);
/* Reports that the value is of another kind than the row takes. */
void	conf_value_wrong(struct conf *conf, const struct conf_row *row,
	    const struct node *node, const char *where);

/* conf_describe.c */
/* The node that stands for a row's fallback; NULL when memory is out. */
struct node	*conf_value_fallback(struct conf *conf,
		    const struct conf_row *row, struct conf_pos at);
/* What an empty field looks like; a CONF_GROUP is left alone. */
void	conf_value_clear(const struct conf_row *row, void *field);
/* "an integer from 1 to 9", for errors and help; and what one looks like. */
void	conf_value_describe(const struct conf_row *row, struct buf *out);
void	conf_value_example(const struct conf_row *row, struct buf *out);
/* " from 1 to 9", " of at least 1", or nothing; and a number of its kind. */
void	conf_value_range(const struct conf_row *row, struct buf *out);
void	conf_value_format(const struct conf_row *row, int64_t n,
	    struct buf *out);
bool	conf_value_has_upper(const struct conf_row *row);
/* "channels" -> "channel", "policies" -> "policy". */
const char	*conf_singular(struct conf *conf, const char *name);

/* conf_unit.c: texts with units. */
enum unit_result { UNIT_OK, UNIT_SYNTAX, UNIT_UNKNOWN, UNIT_INEXACT,
	UNIT_TOO_BIG };
struct unit {
	const char	*name;
	int64_t		 factor;
};
extern const struct unit	conf_unit_ms[], conf_unit_us[],
				conf_unit_days[], conf_unit_bytes[];
enum unit_result	conf_unit_parse(const struct unit *units,
			    const char *text, int64_t *out);
bool	conf_unit_time(const char *text, int32_t *out);
/* The inverse, the largest unit that fits: for ranges in messages. */
void	conf_unit_format(const struct unit *units, int64_t value,
	    struct buf *out);

/*
 * conf_secret.c: text as in the file, path the same made relative; false for
 * a credential without a good name.  Then what can be said of it at load.
 */
bool	conf_secret_find(struct conf *conf, const char *text, const char *path,
	    struct conf_secret *out);
void	conf_secret_look(struct conf *conf, const struct conf_secret *secret,
	    struct conf_pos at);

/* conf_find.c */
void	conf_know(struct conf *conf, const void *field, struct conf_pos at,
	    bool given, bool group);

#endif
