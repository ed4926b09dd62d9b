/* SPDX-License-Identifier: ISC */
/* message_impl.h - what message's files share. */
#ifndef DUNLIN_MESSAGE_MESSAGE_IMPL_H
#define DUNLIN_MESSAGE_MESSAGE_IMPL_H

#include "l10n/l10n.h"
#include "liquid/liquid.h"
#include "message/message.h"

#define MESSAGE_FILE_MAX	(256 * 1024)	/* bytes of a template */
#define MESSAGE_HEADERS		24
#define MESSAGE_PARAMETERS	16
#define MESSAGE_PARTS		3	/* of an SMS unless the file says */
#define MESSAGE_HTML_MAX	(100 * 1024)	/* Gmail cuts behind it */
#define MESSAGE_MAX		(10 * 1024 * 1024)

/* --- findings ------------------------------------------------------------ */

struct message_place {
	const char	*file;
	int		 line;
	int		 column;
};

/* False when memory is out. */
bool	message_find(struct message_findings *findings,
	    struct message_place at, bool warning, const char *fmt, ...)
	    PRINTF_LIKE(4, 5) MUST_CHECK;

/* As an error of "file:line:column: text" form says; else at file. */
bool	message_find_err(struct message_findings *findings, const char *file,
	    const struct err *err) MUST_CHECK;

/* --- templates ----------------------------------------------------------- */

struct message_header {
	const char		*name;		/* of the table of names */
	struct liquid_template	*tpl;
	struct str		 text;		/* the value as written */
	int			 line;
	int			 column;	/* of the value */
};

/* One file, compiled.  Immutable once made. */
struct message_template {
	struct arena		*arena;		/* all but the compiled parts */
	const char		*name;		/* "es/due.email.liquid" */
	const char		*file;		/* as messages name it */
	const char		*language;
	const char		*step;
	int			 channel;	/* -1: a part or the layout */
	struct hash		 hash;
	struct str		 bytes;
	struct message_header	 headers[MESSAGE_HEADERS];
	size_t			 header_count;
	struct str		 body;
	int			 body_line;
	struct liquid_template	*tpl;		/* NULL for WhatsApp */
	size_t			 parts;		/* SMS: at most */
	bool			 smart;		/* SMS: plainer letters */
};

struct message_templates {
	char			  fallback[L10N_TAG];
	struct message_template	**items;	/* by name */
	size_t			  count;
	size_t			  room;
};

/*
 * Reads and compiles one file; findings say what is wrong, and *out is then
 * NULL.  False: memory.
 */
bool	message_template_new(struct str name, const char *file,
	    struct str bytes, struct message_findings *findings,
	    struct message_template **out, struct err *err) MUST_CHECK;
void	message_template_free(struct message_template **tpl);

/* NULL when it has no such header. */
const struct message_header *message_template_header(
	    const struct message_template *tpl, const char *name);

/* By its whole name; NULL when there is none. */
const struct message_template *message_templates_find(
	    const struct message_templates *set, const char *name);

/* "es/_pay.liquid" or the fallback's, for `include`; NULL. */
const struct message_template *message_templates_part(
	    const struct message_templates *set, const char *language,
	    struct str part);

/* The template of a step in the best language; NULL. */
const struct message_template *message_templates_pick(
	    const struct message_templates *set, const char *step,
	    enum channel channel, const char *language, const char *fallback);

/* --- rendering ----------------------------------------------------------- */

enum message_kind {
	MESSAGE_LINE,		/* a header: one line of text */
	MESSAGE_MARKDOWN,
	MESSAGE_HTML,
	MESSAGE_TEXT,
	MESSAGE_SMS
};

/* What a message must tell; set when a template reads it. */
enum message_told {
	TOLD_AMOUNT = 1 << 0,
	TOLD_DUE = 1 << 1,
	TOLD_CREDITOR = 1 << 2,
	TOLD_TAX_ID = 1 << 3,
	TOLD_PAY = 1 << 4,
	TOLD_OPT_OUT = 1 << 5,
	TOLD_CONTACT = 1 << 6,
	TOLD_INVOICE = 1 << 7
};

/* One render; every value that a template is given points to it. */
struct message_render {
	struct l10n			*l10n;
	const struct message_templates	*set;
	const struct message_template	*tpl;
	const struct message_facts	*facts;
	struct arena			*arena;
	enum message_kind		 kind;
	char				 locale[L10N_TAG];
	unsigned			 told;	/* enum message_told */
	/* the layout's own variables */
	struct str			 subject;
	struct str			 preheader;
	struct str			 content;	/* markup */
	const char			*opt_out_url;
};

struct message_maker {
	struct l10n	*l10n;
	struct buf	 body;		/* scratch, kept from mail to mail */
	struct buf	 html;
	struct buf	 text;
	struct buf	 page;
	struct buf	 mail;
};

/* The env of a render; render must outlive it.  NULL: for parsing only. */
void	message_env(struct liquid_env *env, struct message_render *render);

/* Everything that a template can ask for. */
struct liquid_value	message_globals(struct message_render *render);

bool	message_render(struct message_render *render,
	    const struct liquid_template *tpl, enum message_kind kind,
	    struct buf *out, struct err *err) MUST_CHECK;

/* A header's value: rendered, one line. */
bool	message_render_header(struct message_render *render,
	    const struct message_header *header, struct buf *out,
	    struct err *err) MUST_CHECK;

/* text without controls, on one line; cut from arena where it changed. */
struct str	message_clean(struct arena *arena, const char *text);

/* --- values with a meaning of their own ---------------------------------- */

struct message_money {
	const struct message_render	*render;
	struct money			 money;
};

struct message_day {
	const struct message_render	*render;
	int32_t				 day;
};

extern const struct liquid_ops	message_money_ops;
extern const struct liquid_ops	message_day_ops;

bool	message_add_money(const struct message_render *render,
	    const struct money *money, enum l10n_money_form form,
	    struct buf *out, struct err *err) MUST_CHECK;

extern const struct liquid_filter	message_filters[];
extern const size_t			message_filter_count;

/* Is this path ("invoices[].number") one that templates may use? */
bool	message_knows_path(struct str path);

/* --- channels ------------------------------------------------------------ */

bool	message_make_email(struct message_maker *maker,
	    struct message_render *render, struct message_out *out,
	    struct err *err) MUST_CHECK;
bool	message_make_text(struct message_maker *maker,
	    struct message_render *render, struct message_out *out,
	    struct err *err) MUST_CHECK;
bool	message_make_whatsapp(struct message_maker *maker,
	    struct message_render *render, struct message_out *out,
	    struct err *err) MUST_CHECK;

/* message_make, with what the template read. */
bool	message_make_told(struct message_maker *maker,
	    const struct message_templates *set,
	    const struct message_facts *facts, struct arena *arena,
	    unsigned *told_out, struct message_out *out, struct err *err)
	    MUST_CHECK;

/* A copy in the arena; ERR_SYSTEM when memory is out. */
bool	message_keep(struct arena *arena, const struct buf *buf,
	    struct str *out, struct err *err) MUST_CHECK;

#endif
