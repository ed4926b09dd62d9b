/* SPDX-License-Identifier: ISC */
/*
 * impl.h - the compiled form of a template, and what liquid's files share.
 *
 * A template is a tree cut from one arena and never changed after the parse.
 * Places are offsets into the template's own copy of its source.  Private to
 * liquid.
 */
#ifndef DUNLIN_LIQUID_IMPL_H
#define DUNLIN_LIQUID_IMPL_H

#include "liquid/liquid.h"

#define LIQUID_NOWHERE	UINT32_MAX

/* value.c */
bool	liquid_same(struct liquid_value a, struct liquid_value b); /* eql? */
uint64_t	liquid_hash(struct liquid_value value);
uint64_t	liquid_hash_bytes(struct str s);

/* text.c: strings as Ruby has them; white space is ASCII's */
bool	liquid_is_space(char c);
bool	liquid_is_word(char c);
size_t	liquid_spaces(struct str s, size_t at);	/* the end of a run */
struct str	liquid_lstrip(struct str s);	/* NUL too, as Ruby */
struct str	liquid_rstrip(struct str s);
struct str	liquid_cut(struct str s, size_t from, size_t to);
/* Bytes of the first count characters; s.len when there are fewer. */
size_t	liquid_chars(struct str s, size_t count);
size_t	liquid_find(struct str s, struct str what, size_t from);
void	liquid_inspect(struct liquid_value value, struct buf *out);
/* The text as a filter sees it, without a copy where it is one already. */
bool	liquid_as_text(struct liquid_value value, struct arena *arena,
	    struct str *out) MUST_CHECK;
bool	liquid_number_equal(struct liquid_value a, struct liquid_value b);
/* <=> of two numbers. */
int	liquid_number_order(struct liquid_value a, struct liquid_value b);
/* "Integer", "String": as Ruby's messages name what a value is. */
const char	*liquid_class(struct liquid_value value);

/* letters.c: Unicode case without a library */
void	liquid_upcase(struct str s, struct buf *out);
void	liquid_downcase(struct str s, struct buf *out);
void	liquid_capitalize(struct str s, struct buf *out);

/* date_text.c */
struct liquid_time {
	int64_t	seconds;	/* since 1970, UTC */
	int32_t	nanos;
	int32_t	offset_s;
	bool	utc;		/* %Z prints UTC */
};
bool	liquid_date_parse(struct str text, int64_t now_ms,
	    struct liquid_time *out) MUST_CHECK;
/* strftime.c */
void	liquid_strftime(struct liquid_time when, struct str format,
	    struct buf *out);

/* The filters of the original, by name; NULL: no such filter. */
const struct liquid_filter	*liquid_standard(struct str name);
extern const struct liquid_filter	liquid_string_filters[];
extern const struct liquid_filter	liquid_escape_filters[];
extern const struct liquid_filter	liquid_number_filters[];
extern const struct liquid_filter	liquid_array_filters[];
extern const struct liquid_filter	liquid_pick_filters[];

/* Terms: what stands in place of a value. */
enum liquid_term_kind { TERM_LITERAL, TERM_LOOKUP, TERM_RANGE };

struct liquid_term;

struct liquid_step {
	struct str			 key;
	const struct liquid_term	*term;	/* in brackets; NULL: key */
	bool				 command;	/* .size .first .last */
};

struct liquid_term {
	enum liquid_term_kind		 kind;
	uint32_t			 at;
	struct liquid_value		 literal;
	struct str			 name;	/* p NULL: none at all */
	const struct liquid_term	*name_term;	/* [term] */
	const struct liquid_step	*steps;
	size_t				 nsteps;
	const struct liquid_term	*first;
	const struct liquid_term	*last;
};

struct liquid_named {
	struct str			 name;
	const struct liquid_term	*term;
};

struct liquid_list {			/* of terms */
	const struct liquid_term	**items;
	size_t				 count;
	size_t				 cap;
};

struct liquid_named_list {
	struct liquid_named	*items;
	size_t			 count;
	size_t			 cap;
};

struct liquid_apply {
	struct str			 name;
	uint32_t			 at;
	const struct liquid_filter	*filter;	/* NULL: unknown */
	bool				 standard;
	struct liquid_list		 args;
	struct liquid_named_list	 named;
	struct liquid_apply		*next;
};

/* A term with filters behind: `{{ }}`, assign, echo. */
struct liquid_chain {
	const struct liquid_term	*term;	/* NULL: `{{ }}` */
	struct liquid_apply		*filters;
	uint32_t			 at;
};

enum liquid_op {
	OP_NONE, OP_EQ, OP_NE, OP_LT, OP_GT, OP_LE, OP_GE, OP_CONTAINS,
	OP_UNKNOWN
};

enum liquid_relation { REL_NONE, REL_AND, REL_OR };

struct liquid_test {
	const struct liquid_term	*left;
	enum liquid_op			 op;
	struct str			 op_text;
	const struct liquid_term	*right;	/* may be NULL: nil */
	enum liquid_relation		 relation;	/* to next */
	struct liquid_test		*next;
};

enum liquid_node_kind {
	NODE_TEXT, NODE_RAW, NODE_OUTPUT, NODE_ASSIGN, NODE_CAPTURE, NODE_IF,
	NODE_UNLESS, NODE_CASE, NODE_FOR, NODE_TABLEROW, NODE_CYCLE,
	NODE_INCREMENT, NODE_DECREMENT, NODE_INCLUDE, NODE_RENDER,
	NODE_BREAK, NODE_CONTINUE, NODE_IFCHANGED, NODE_NOTHING, NODE_KINDS
};

struct liquid_node;

struct liquid_body {
	struct liquid_node	**nodes;
	size_t			  count;
	size_t			  cap;
	bool			  blank;
};

/* One arm of if, unless or case. */
struct liquid_arm {
	struct liquid_test	*test;		/* NULL: else */
	struct liquid_body	*body;
	struct liquid_arm	*next;
};

/* One loop: for and tablerow. */
struct liquid_loop {
	struct str			 variable;
	struct str			 name;	/* "item-items" */
	const struct liquid_term	*collection;
	const struct liquid_term	*limit;
	const struct liquid_term	*offset;
	const struct liquid_term	*cols;
	bool				 resume;	/* offset: continue */
	bool				 reversed;
	struct liquid_body		*body;
	struct liquid_body		*otherwise;
};

/* include and render. */
struct liquid_partial {
	const struct liquid_term	*name;
	const struct liquid_term	*with;
	bool				 each;		/* for */
	struct str			 alias;		/* p NULL: none */
	struct liquid_named_list	 args;
};

struct liquid_node {
	enum liquid_node_kind	 kind;
	uint32_t		 at;		/* as the original counts lines */
	bool			 blank;
	struct str		 text;	/* TEXT; the name in ASSIGN, CAPTURE... */
	struct liquid_chain	*chain;
	struct liquid_body	*body;
	struct liquid_arm	*arms;
	struct liquid_loop	*loop;
	struct liquid_partial	*partial;
	const struct liquid_term *term;		/* CYCLE's group */
	struct liquid_list	 list;		/* CYCLE's values */
};

struct liquid_template {
	struct arena		*arena;		/* NULL: somebody else's */
	struct str		 name;
	struct str		 source;
	int			 line;
	uint32_t		*lines;		/* offsets of line starts */
	size_t			 nlines;
	struct liquid_body	*body;
};

struct liquid_expr {
	struct liquid_template	 tpl;
	struct liquid_test	*test;
	struct liquid_chain	*chain;		/* instead of test */
};

/* What went wrong, as far as it changes what is printed. */
enum liquid_fault {
	FAULT_NONE,
	FAULT_ARGUMENT,
	FAULT_SYNTAX,
	FAULT_NO_LINE,		/* printed without a line, as the original */
	FAULT_UNDEFINED,	/* never printed into the output */
	FAULT_FATAL		/* a limit or memory: ends the render */
};

/* place.c: line and column of an offset; and "NAME:LINE:COL: " before text */
void	liquid_place(const struct liquid_template *tpl, uint32_t at,
	    int *line_out, int *column_out);
bool	liquid_locate(const struct liquid_template *tpl, uint32_t at,
	    struct err *err);
bool	liquid_template_init(struct liquid_template *tpl, struct arena *arena,
	    const struct liquid_source *source, struct err *err) MUST_CHECK;

struct liquid_limits	liquid_limits_of(const struct liquid_env *env);

/* What liquid_run wants to know beside the text. */
struct liquid_trouble {
	enum liquid_fault	fault;
	struct str		name;	/* of the partial; empty: the template */
	int			line;
	int			column;
	struct err		err;	/* without place */
};

/* All the markup must parse. */
static inline bool
liquid_is_strict2(enum liquid_mode mode)
{
	return mode == LIQUID_STRICT2 || mode == LIQUID_STRICT_NAMES;
}

/* parse.c: into arena; the error goes to trouble. */
bool	liquid_compile(const struct liquid_env *env,
	    const struct liquid_source *source, struct arena *arena,
	    struct liquid_template **out, struct liquid_trouble *trouble)
	    MUST_CHECK;
/* render.c */
bool	liquid_execute(const struct liquid_template *tpl,
	    const struct liquid_env *env, struct liquid_value globals,
	    struct arena *arena, struct buf *out,
	    struct liquid_trouble *trouble) MUST_CHECK;

#endif
