/* SPDX-License-Identifier: ISC */
/*
 * parse.h - what the files of the parser share.
 *
 * Markup (what stands between the braces) is read as the original reads it:
 * strictly through tokens, or laxly by looking for patterns; both give text
 * that liquid_term turns into a term.  Private to liquid.
 */
#ifndef DUNLIN_LIQUID_PARSE_H
#define DUNLIN_LIQUID_PARSE_H

#include "liquid/impl.h"

enum liquid_token_kind {
	TOKEN_END, TOKEN_ID, TOKEN_NUMBER, TOKEN_STRING, TOKEN_COMPARISON,
	TOKEN_PIPE, TOKEN_DOT, TOKEN_DOTDOT, TOKEN_COLON, TOKEN_COMMA,
	TOKEN_OPEN_SQUARE, TOKEN_CLOSE_SQUARE, TOKEN_OPEN_ROUND,
	TOKEN_CLOSE_ROUND, TOKEN_QUESTION, TOKEN_DASH
};

struct liquid_token {
	enum liquid_token_kind	kind;
	struct str		text;
};

/* Where the next piece of the template comes from. */
struct liquid_scan {
	struct str	source;
	size_t		pos;
	bool		by_line;	/* inside {% liquid %} */
	bool		started;	/* by_line: a line was given out */
};

struct liquid_parser {
	const struct liquid_env	*env;
	enum liquid_mode	 mode;
	struct arena		*arena;
	struct liquid_template	*tpl;
	struct liquid_trouble	*trouble;
	uint32_t		 at;		/* of the trouble */
	uint32_t		 tag_at;	/* of the tag being parsed */
	bool			 trim;		/* the next text loses its left */
	int			 depth;
	struct liquid_token	*tokens;
	size_t			 ntokens;
	size_t			 cap;
	size_t			 next;
};

/* Says false; at is an offset, LIQUID_NOWHERE for the tag's. */
bool	liquid_syntax(struct liquid_parser *p, uint32_t at,
	    const char *fmt, ...) PRINTF_LIKE(3, 4);
bool	liquid_parse_nomem(struct liquid_parser *p);
/* The offset of a view into the source; LIQUID_NOWHERE for other bytes. */
uint32_t	liquid_offset(const struct liquid_parser *p, const char *where);
void	*liquid_new(struct liquid_parser *p, size_t size);	/* says nomem */

/* lex.c */
bool	liquid_lex(struct liquid_parser *p, struct str markup) MUST_CHECK;
bool	liquid_look(const struct liquid_parser *p, enum liquid_token_kind kind);
bool	liquid_take(struct liquid_parser *p, enum liquid_token_kind kind,
	    struct str *out);		/* only when it is next */
bool	liquid_take_id(struct liquid_parser *p, const char *name);
bool	liquid_expect(struct liquid_parser *p, enum liquid_token_kind kind,
	    struct str *out) MUST_CHECK;
bool	liquid_expect_end(struct liquid_parser *p) MUST_CHECK;
/* The text of the expression at the next token. */
bool	liquid_expression(struct liquid_parser *p, struct str *out,
	    uint32_t *at) MUST_CHECK;

/* term.c */
bool	liquid_term(struct liquid_parser *p, struct str markup, uint32_t at,
	    const struct liquid_term **out) MUST_CHECK;
/* The same, where `blank` and `empty` are tests. */
bool	liquid_condition_term(struct liquid_parser *p, struct str markup,
	    uint32_t at, const struct liquid_term **out) MUST_CHECK;
/* The expression at the next token. */
bool	liquid_next_term(struct liquid_parser *p,
	    const struct liquid_term **out) MUST_CHECK;

/* chain.c */
bool	liquid_chain_parse(struct liquid_parser *p, struct str markup,
	    uint32_t at, struct liquid_chain **out) MUST_CHECK;

/* test.c */
bool	liquid_test_parse(struct liquid_parser *p, struct str markup,
	    struct liquid_test **out) MUST_CHECK;
/* From the tokens at hand up to what is no part of a condition. */
bool	liquid_test_strict(struct liquid_parser *p, struct liquid_test **out)
	    MUST_CHECK;

/* pattern.c: the lax parser's patterns; offsets in s, SIZE_MAX: no match */
size_t	liquid_fragment_at(struct str s, size_t at);	/* its end */
bool	liquid_fragment(struct str s, size_t from, struct str *out);
/* (\w[\w-]*)\s*:\s*(fragment), the next at or behind *at, which moves on. */
bool	liquid_attribute(struct str s, size_t *at, struct str *name,
	    struct str *value);
/* VariableSignature+: the first run at or behind *at. */
bool	liquid_signature(struct str s, size_t *at, struct str *out);

/* list.c */
bool	liquid_list_add(struct liquid_parser *p, struct liquid_list *list,
	    const struct liquid_term *term) MUST_CHECK;
bool	liquid_named_add(struct liquid_parser *p,
	    struct liquid_named_list *list, struct str name,
	    const struct liquid_term *term) MUST_CHECK;
bool	liquid_body_add(struct liquid_parser *p, struct liquid_body *body,
	    struct liquid_node *node) MUST_CHECK;

/* tags: markup behind the name; body.c calls them through its table */
struct liquid_tag {
	struct liquid_node	*node;
	struct str		 name;
	struct str		 markup;
	uint32_t		 at;
	struct liquid_scan	*scan;
};

typedef bool	(*liquid_tag_fn)(struct liquid_parser *p,
		    struct liquid_tag *tag);

bool	liquid_tag_assign(struct liquid_parser *p, struct liquid_tag *tag);
bool	liquid_tag_capture(struct liquid_parser *p, struct liquid_tag *tag);
bool	liquid_tag_count(struct liquid_parser *p, struct liquid_tag *tag);
bool	liquid_tag_cycle(struct liquid_parser *p, struct liquid_tag *tag);
bool	liquid_tag_partial(struct liquid_parser *p, struct liquid_tag *tag);
bool	liquid_tag_if(struct liquid_parser *p, struct liquid_tag *tag);
bool	liquid_tag_case(struct liquid_parser *p, struct liquid_tag *tag);
bool	liquid_tag_for(struct liquid_parser *p, struct liquid_tag *tag);
bool	liquid_tag_tablerow(struct liquid_parser *p, struct liquid_tag *tag);

/* body.c */
struct liquid_end {			/* the tag that ended a body */
	struct str	name;		/* p NULL: the template ended */
	struct str	markup;
	uint32_t	at;
};

struct liquid_body	*liquid_body_new(struct liquid_parser *p);
/*
 * One body of the block tag, up to a tag that it does not know; *closed when
 * that is its end tag.
 */
bool	liquid_block(struct liquid_parser *p, struct liquid_tag *tag,
	    struct liquid_body *body, struct liquid_end *end, bool *closed)
	    MUST_CHECK;
/* The error for a tag that a block does not know. */
bool	liquid_unknown_tag(struct liquid_parser *p, struct str name,
	    struct str block, const struct liquid_end *end);
void	liquid_drop_blank(struct liquid_body *body);
/* A body up to the end tag, for tags without arms. */
bool	liquid_whole_block(struct liquid_parser *p, struct liquid_tag *tag)
	    MUST_CHECK;
bool	liquid_body_parse(struct liquid_parser *p, struct liquid_scan *scan,
	    struct liquid_body *body, struct liquid_end *end) MUST_CHECK;

/* scan.c: the template cut into text, {{ }} and {% %} */
bool	liquid_scan_next(struct liquid_scan *scan, struct str *out);
/* \A\{%-?(\s*)(#|\w+)(\s*)(.*?)-?%\}\z, or of a line */
bool	liquid_tag_split(struct str token, bool by_line, struct str *name,
	    struct str *markup);
/* The last tag in the token, as raw and doc look for their end. */
bool	liquid_last_tag(struct str token, struct str *before,
	    struct str *name);

#endif
