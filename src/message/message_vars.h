/* SPDX-License-Identifier: ISC */
/* message_vars.h - the tables of what templates can ask for. */
#ifndef DUNLIN_MESSAGE_MESSAGE_VARS_H
#define DUNLIN_MESSAGE_MESSAGE_VARS_H

#include "message/message_impl.h"

typedef struct liquid_value	message_var_fn(const void *self,
				    struct arena *arena);

struct message_var {
	const char	*name;
	const char	*type;		/* text, money, ... or a list's "x[]" */
	message_var_fn	*get;
	unsigned	 tells;		/* enum message_told */
	const char	*help;
	const struct message_var *rows;	/* of an object or of a list's items */
};

/* What the self of every table begins with. */
struct message_self {
	struct message_render	*render;
};

/* One instalment as templates see it. */
struct message_line {
	struct message_self		 base;
	const struct message_item	*item;
};

/* The sum in one currency. */
struct message_total {
	struct message_self	 base;
	struct money		 money;
	int64_t			 count;
};

struct message_way {
	struct message_self	 base;
	const char		*kind;
	const char		*text;
};

extern const struct message_var	message_root_vars[];
extern const struct message_var	message_creditor_vars[];
extern const struct message_var	message_customer_vars[];
extern const struct message_var	message_line_vars[];
extern const struct message_var	message_total_vars[];
extern const struct message_var	message_way_vars[];

extern const struct liquid_ops	message_line_ops;
extern const struct liquid_ops	message_total_ops;
extern const struct liquid_ops	message_way_ops;
extern const struct liquid_ops	message_creditor_ops;
extern const struct liquid_ops	message_customer_ops;

struct liquid_value	message_var_text(struct arena *arena,
			    const char *text);
struct liquid_value	message_var_money(const struct message_render *render,
			    struct arena *arena, int64_t minor,
			    const char *currency);
struct liquid_value	message_var_day(const struct message_render *render,
			    struct arena *arena, int32_t day);
/* The URL where this instalment is paid; nil when there is none. */
struct liquid_value	message_var_pay_url(struct message_render *render,
			    struct arena *arena,
			    const struct message_item *item);
/* A URL that a message may link to, made clean; nil otherwise. */
struct liquid_value	message_var_url(struct arena *arena, const char *url);

bool	message_var_get(const struct message_var *rows, const void *self,
	    struct str key, struct arena *arena, struct liquid_value *out);

#endif
