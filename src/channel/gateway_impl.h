/* SPDX-License-Identifier: ISC */
/* gateway_impl.h - what the files of gateway share. */
#ifndef DUNLIN_CHANNEL_GATEWAY_IMPL_H
#define DUNLIN_CHANNEL_GATEWAY_IMPL_H

#include "channel/gateway.h"

#include "base/arena.h"
#include "model/value.h"

#include <regex.h>

/* --- gateway_text.c: texts with {names} ------------------------------------- */

/* What {name} can be; the stanza's own values stand behind. */
#define GATEWAY_NAMES(X) \
	X(NAME_TO, "to")		/* in the stanza's form of addresses */ \
	X(NAME_SENDER, "sender") \
	X(NAME_TEXT, "text") \
	X(NAME_TEXT_XML, "text_xml")	/* with & < > escaped */ \
	X(NAME_REF, "ref")		/* our key K.c */ \
	X(NAME_CHANNEL, "channel") \
	X(NAME_LANGUAGE, "language") \
	X(NAME_CODING, "coding")	/* 0: GSM-7, 2: UCS-2 */ \
	X(NAME_TEMPLATE, "template")	/* WhatsApp: the approved text's name */ \
	X(NAME_PARAMETERS, "parameters") /* JSON: ["Ada"] */ \
	X(NAME_VARIABLES, "variables")	/* JSON: {"1":"Ada"} */ \
	X(NAME_COMPONENTS, "components") /* JSON: Meta's */ \
	X(NAME_SECRET, "secret")
#define NAME_VALUE(value, name)	value,
enum gateway_name { GATEWAY_NAMES(NAME_VALUE) NAME_COUNT };
#undef NAME_VALUE

struct gateway_part {
	struct str	literal;
	int		name;		/* enum gateway_name; NAME_COUNT + i:
					   the stanza's value i; -1 none */
};

struct gateway_text {
	struct gateway_part	*parts;	/* each its literal, then its name */
	size_t			 count;
};

/* How a value is written into its surroundings. */
enum gateway_mode { MODE_PLAIN, MODE_JSON, MODE_PERCENT };

/* ERR_INPUT names what {name} is unknown, and what is known. */
bool	gateway_text_parse(const char *source, const struct conf_map *values,
	    struct arena *arena, struct gateway_text *out, struct err *err)
	    MUST_CHECK;

/* What all texts of one message are made from. */
struct gateway_facts {
	struct str		 names[NAME_COUNT];
	const struct conf_map	*values;
};

struct str	gateway_fact(const struct gateway_facts *facts, int name);

/* Adds to out; *empty_out gets the first name that came out empty, if any. */
void	gateway_text_render(const struct gateway_text *text,
	    const struct gateway_facts *facts, enum gateway_mode mode,
	    struct buf *out, int *empty_out);

bool	gateway_text_uses(const struct gateway_text *text, int name);
const char	*gateway_name_text(const struct conf_map *values, int name);
void	gateway_percent(struct buf *out, struct str text);

/* --- gateway_facts.c: the sealed bytes taken apart --------------------------- */

/* False: result says why. */
bool	gateway_facts_read(const struct gateway_conf *conf,
	    const struct channel_message *message, struct arena *arena,
	    struct gateway_facts *out, struct channel_result *result)
	    MUST_CHECK;

/* ERR_INPUT: no form of addresses. */
bool	gateway_address_check(const char *form, struct err *err) MUST_CHECK;

/* --- gateway_rule.c: what an answer means ------------------------------------ */

struct gateway_regex {
	bool	 is_set;
	regex_t	 compiled;
};

struct gateway_rules {
	const struct gateway_answer_conf	*conf;
	struct gateway_regex			*accepted;	/* one each */
	struct gateway_regex			*errors;
	struct gateway_regex			 id;
};

bool	gateway_rules_new(const struct gateway_answer_conf *conf,
	    struct arena *arena, struct gateway_rules *out,
	    const void **culprit_out, struct err *err) MUST_CHECK;
void	gateway_rules_free(struct gateway_rules *rules);

/* said: texts are cut from the arena; false: no rule says anything. */
struct answer_said;
bool	gateway_rules_apply(const struct gateway_rules *rules,
	    const struct http_answer *answer, struct arena *arena,
	    enum answer_class *class_out, struct answer_said *said_out)
	    MUST_CHECK;

/* --- gateway.c ---------------------------------------------------------------- */

#define GATEWAY_SECRET_ROOM	4096

struct gateway_pair {
	const struct gateway_field	*conf;
	struct gateway_text		 value;
};

struct gateway {
	const struct gateway_conf	*conf;
	struct arena			*arena;
	struct gateway_text		 url;
	struct gateway_text		*headers;
	struct gateway_text		 user;
	struct gateway_text		 body;
	struct gateway_text		 plain_body;
	struct gateway_pair		*fields;
	struct gateway_rules		 rules;
	char				 secret[GATEWAY_SECRET_ROOM];
	struct buf			 escaped;	/* the secret, in a URL */
	struct buf			 basic;	/* what auth basic sends */
	struct buf			 work;
};

/* For the checks of rows: "429", "200-202", "500-599, 429". */
bool	gateway_http_check(const char *ranges, struct err *err) MUST_CHECK;
bool	gateway_regex_check(const char *regex, struct err *err) MUST_CHECK;

#endif
