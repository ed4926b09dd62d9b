/* SPDX-License-Identifier: ISC */
/*
 * message.h - templates and facts in, the sealed bytes of a message out.
 *
 * Knows no store, no clock and no route: the same templates and facts give
 * the same bytes.
 *
 *	struct message_templates *set = message_templates_new("es");
 *	struct message_maker *maker = message_maker_new();
 *	message_templates_load(set, "templates", findings, err);
 *	...
 *	message_make(maker, set, &facts, arena, &out, err);
 *	channel_send(... out.bytes ...);
 *
 * Templates: one file per step, language and channel, named
 * `<language>/<step>.<channel>.liquid`: header lines, a blank line, a body.
 * See message_variables for what they can say, dunlin-templates(5) for how.
 * Every value that a template writes means itself and nothing else in the
 * kind of output at hand; controls are taken out of it once.
 *
 * Threads: a struct message_templates is immutable once loaded and may be
 * used by many; a maker belongs to one thread.
 */
#ifndef DUNLIN_MESSAGE_MESSAGE_H
#define DUNLIN_MESSAGE_MESSAGE_H

#include "base/arena.h"
#include "base/hash.h"
#include "model/snapshot.h"

struct creditor;

/* --- findings ------------------------------------------------------------ */

/* What is wrong with a template, where, and what would be right. */
struct message_finding {
	const char	*file;
	int		 line;		/* from 1; 0: the whole file */
	int		 column;	/* in bytes, from 1 */
	bool		 warning;
	const char	*text;
};

struct message_findings {
	struct arena		*arena;		/* the caller's */
	struct message_finding	*items;
	size_t			 count;
	size_t			 room;
	size_t			 errors;	/* without warnings */
};

/* `file:line:column: text`, warnings say so; one a line. */
void	message_findings_print(const struct message_findings *findings,
	    struct buf *out);

/* --- templates ----------------------------------------------------------- */

struct message_templates;	/* a set; opaque */

/* fallback: the language where a customer's has nothing.  NULL: no memory. */
struct message_templates *message_templates_new(const char *fallback);
void	message_templates_free(struct message_templates **set);

/*
 * Adds one file, or replaces the one of that name; name as
 * "es/due.email.liquid".  What cannot be read or compiled becomes findings
 * and is not added (what had that name stays).  False with ERR_SYSTEM only
 * when memory is out.
 */
bool	message_templates_add(struct message_templates *set, struct str name,
	    struct str body, struct message_findings *findings,
	    struct err *err) MUST_CHECK;

/*
 * Adds all of a folder, in the order of their names; names that are no
 * template's are findings.  ERR_INPUT when the folder cannot be read.
 */
bool	message_templates_load(struct message_templates *set, const char *dir,
	    struct message_findings *findings, struct err *err) MUST_CHECK;

/* One file of a set, for lists. */
struct message_template_info {
	const char	*name;		/* "es/due.email.liquid" */
	const char	*language;	/* "" for the layout */
	const char	*step;		/* "" for the layout and for parts */
	int		 channel;	/* enum channel, -1 for layout and parts */
	struct hash	 hash;		/* of the file's bytes */
	struct str	 body;		/* the file's bytes */
};

/* In the order of their names; false behind the last. */
bool	message_templates_at(const struct message_templates *set, size_t i,
	    struct message_template_info *out);

/* --- facts --------------------------------------------------------------- */

/* One instalment that a message speaks of. */
struct message_item {
	const struct snap_invoice	*invoice;
	const struct snap_instalment	*instalment;
	int64_t				 amount;	/* claimed, minor units */
	int32_t				 days_overdue;	/* < 0: days to go */
};

/*
 * What one message is made from.  Texts may hold anything; all is lent for
 * the length of the call.
 */
struct message_facts {
	const struct creditor		*creditor;
	const struct snap_customer	*customer;
	const struct message_item	*items;		/* at least one */
	size_t				 item_count;
	const struct message_item	*others;	/* open, not of this notice */
	size_t				 other_count;
	const char			*step;
	const char			*template_name;	/* NULL: as the step */
	enum stage			 stage;
	int				 level;
	int32_t				 today;		/* creditor's civil date */
	int32_t				 pay_by;	/* DAY_NONE: none */
	enum channel			 channel;
	const char			*address;
	const char			*language;	/* BCP 47; "" or NULL unknown */
	const char			*key;		/* K */
	int				 c;		/* of K.c, from 1 */
	int64_t				 now_ms;	/* for Date */
	int32_t				 offset_s;	/* zone of Date */
	const char			*opt_out_url;	/* "" or NULL none */
	const char			*reply_to;	/* "" or NULL: creditor's */
};

/* --- making -------------------------------------------------------------- */

enum message_sms_encoding { SMS_GSM7, SMS_UCS2 };

struct message_sms {
	enum message_sms_encoding	encoding;
	size_t				units;	/* septets; UTF-16 units */
	size_t				segments;
};

/*
 * How an SMS of these bytes travels (3GPP TS 23.038, 23.040); nothing is
 * trimmed.  ERR_INPUT for ill-formed UTF-8; *bad_out is then its offset.
 */
bool	message_sms_measure(struct str text, struct message_sms *out,
	    size_t *bad_out, struct err *err) MUST_CHECK;

extern const char *const	message_sms_encoding_names[];	/* gsm7, ucs2 */

/*
 * Replaces what GSM-7 cannot say by what it can where a reader loses
 * nothing: accented vowels, curly quotes, dashes, special spaces.
 */
void	message_sms_smart(struct str text, struct buf *out);

/* All texts are cut from the arena given to message_make. */
struct message_out {
	enum channel		 channel;
	struct str		 bytes;		/* to be sealed and handed over */
	const char		*content_type;	/* of bytes */
	const char		*template_name;	/* "es/due.email.liquid" */
	const char		*language;	/* of the template */
	struct hash		 template_hash;	/* of the file, parts and layout */
	struct str		 message_id;	/* email: without <> */
	struct str		 subject;	/* email */
	struct str		 preheader;	/* email */
	struct str		 text;		/* as a reader sees it */
	struct str		 html;		/* email */
	struct message_sms	 sms;		/* sms */
};

struct message_maker;		/* formatters and buffers; opaque */

struct message_maker	*message_maker_new(void);	/* NULL: no memory */
void	message_maker_free(struct message_maker **maker);

/*
 * Email gives a MIME message; the others one JSON object: channel, key, to,
 * text, and for WhatsApp template, language and parameters.
 *
 * ERR_INPUT: no template for the step in any language of the chain, or the
 * template, the facts or the result are not fit to be sent; the text begins
 * with file:line:column where a template is to blame.
 */
bool	message_make(struct message_maker *maker,
	    const struct message_templates *set,
	    const struct message_facts *facts, struct arena *arena,
	    struct message_out *out, struct err *err) MUST_CHECK;

/* The template that message_make would take; false when there is none. */
bool	message_template_for(const struct message_templates *set,
	    const char *step, enum channel channel, const char *language,
	    const char *creditor_language, struct message_template_info *out);

/* --- checks -------------------------------------------------------------- */

/* A step that a policy sends, with the channels that it may use. */
struct message_wanted {
	const char	*step;
	enum stage	 stage;
	int		 level;
	unsigned	 channels;	/* bit 1 << channel */
	int32_t		 offset_days;	/* from the due date; 0 also unknown */
};

/*
 * Renders every template for boundary customers (no, one and 200 invoices,
 * missing fields, long, right-to-left, astral and hostile names) and adds what
 * it finds: errors, unknown variables, facts that the law wants and the text
 * lacks, languages that lack a step.  wanted may be NULL.  creditor is shown
 * in the messages.
 */
bool	message_check(const struct message_templates *set,
	    const struct creditor *creditor,
	    const struct message_wanted *wanted, size_t wanted_count,
	    struct message_findings *findings, struct err *err) MUST_CHECK;

/* A variable that templates may use, for checks and the manual page. */
struct message_variable {
	const char	*path;		/* "invoices[].number" */
	const char	*type;		/* text, money, date, number, list, url */
	const char	*help;
};

/* In the order of the manual; the path is lent by path.  False at the end. */
bool	message_variable_at(size_t i, struct buf *path,
	    struct message_variable *out);

/* Our own filters, the same way: path is how it is called. */
bool	message_filter_at(size_t i, struct message_variable *out);

/* --- pages to look at ---------------------------------------------------- */

/* A boundary customer of the checks, for galleries. */
struct message_sample {
	const char		*name;		/* "one invoice", ... */
	struct message_facts	 facts;		/* all but step, channel, language */
};

/* The customer i, its invoices some days late; false behind the last. */
bool	message_sample_at(size_t i, const struct creditor *creditor,
	    struct arena *arena, struct message_sample *out);

/* The same, days behind the due dates (< 0: before). */
bool	message_sample_late(size_t i, const struct creditor *creditor,
	    int32_t days, struct arena *arena, struct message_sample *out);

struct message_page;		/* an HTML page being written; opaque */

/* title and lead are text.  NULL: no memory. */
struct message_page	*message_page_new(const char *title, const char *lead);
void	message_page_free(struct message_page **page);

/* One message with what stands over it. */
struct message_shown {
	const struct message_out	*out;
	const char			*group;		/* heading: a stage, a step */
	const char			*caption;	/* "3 days after, es" */
	const char			*from;		/* creditor's name */
	const char			*from_address;
	const char			*to;		/* customer's name */
	const char			*to_address;
	const char			*when;		/* as shown, may be "" */
};

/* Messages of equal group that follow each other stand under one heading. */
void	message_page_add(struct message_page *page,
	    const struct message_shown *shown);

/* A table for people above the messages: cells by row, the first a heading. */
void	message_page_table(struct message_page *page, const char *title,
	    const char *const *cells, size_t columns, size_t rows);

/* The whole page, self-contained: no script, nothing fetched. */
bool	message_page_write(const struct message_page *page, struct buf *out,
	    struct err *err) MUST_CHECK;

#endif
