/* SPDX-License-Identifier: ISC */
/*
 * gateway_conf.h - what a stanza says of a gateway: how a message becomes a
 * request, and what an answer means (GATEWAYS.md section 4).
 *
 * A stanza is the group `gateway` of a route.  `base` names a stanza that
 * dunlin ships (conf/gateways/NAME.conf), which gives every setting that the
 * group does not; `values` are joined name by name.
 */
#ifndef DUNLIN_CHANNEL_GATEWAY_CONF_H
#define DUNLIN_CHANNEL_GATEWAY_CONF_H

#include "channel/pace_limits.h"
#include "conf/conf.h"

enum gateway_body {
	GATEWAY_BODY_NONE, GATEWAY_BODY_JSON, GATEWAY_BODY_FORM,
	GATEWAY_BODY_QUERY, GATEWAY_BODY_TEXT
};

enum gateway_auth {
	GATEWAY_AUTH_NONE, GATEWAY_AUTH_BASIC, GATEWAY_AUTH_BEARER,
	GATEWAY_AUTH_HEADER, GATEWAY_AUTH_QUERY
};

enum gateway_method { GATEWAY_POST, GATEWAY_PUT, GATEWAY_GET };

enum gateway_timeout { GATEWAY_TIMEOUT_IN_DOUBT, GATEWAY_TIMEOUT_RETRY };

/* A pair of a form or of a query. */
struct gateway_field {
	const char		*name;
	const char		*value;		/* template */
	bool			 optional;	/* left out when it comes out empty */
	struct conf_ints	 channels;	/* empty: all */
	struct conf_pos		 pos;
};

struct gateway_body_conf {
	int			 type;		/* enum gateway_body */
	const char		*template;	/* json, text */
	const char		*plain_template; /* json: of a WhatsApp message
						   without an approved text */
	struct conf_list	 fields;	/* form, query: struct gateway_field */
};

struct gateway_request_conf {
	int			 method;	/* enum gateway_method */
	const char		*url;		/* template */
	struct conf_texts	 headers;	/* templates */
	const char		*address;	/* e164, digits, national:CC */
	struct gateway_body_conf body;
	int64_t			 timeout_ms;
	int64_t			 connect_ms;
	int64_t			 max_text;	/* characters */
	const char		*ca_file;
	bool			 plain;		/* http: beyond loopback */
};

struct gateway_auth_conf {
	int			 kind;		/* enum gateway_auth */
	const char		*user;		/* template */
	const char		*name;		/* of the header or parameter */
	struct conf_secret	 secret;
};

/* A place in the answer, and what stands there. */
struct gateway_where {
	const char		*ptr;
	struct conf_texts	 in;		/* empty: it is there */
	bool			 optional;	/* may be absent */
};

struct gateway_accepted {
	const char		*http;
	struct conf_list	 where;		/* struct gateway_where */
	const char		*body_regex;
};

struct gateway_error {
	int			 class;		/* enum answer_class */
	const char		*http;
	const char		*code_ptr;
	struct conf_texts	 codes;
	const char		*body_regex;
	const char		*retry_after;	/* header:NAME, ptr:POINTER */
	struct conf_pos		 pos;
};

struct gateway_id {
	const char		*ptr;
	const char		*regex;		/* its first group */
	const char		*header;
	bool			 own;		/* our key */
};

struct gateway_answer_conf {
	struct conf_list	 accepted;	/* struct gateway_accepted */
	struct conf_list	 errors;	/* struct gateway_error */
	struct gateway_id	 id;
	int			 on_timeout;	/* enum gateway_timeout */
	bool			 busy_is_no;	/* 503: was not processed */
};

struct gateway_conf {
	const char			*base;
	struct conf_map			 values;
	struct gateway_request_conf	 request;
	struct gateway_auth_conf	 auth;
	struct gateway_answer_conf	 answer;
	struct pace_limits		 limits;	/* its base's; set with whole */
	struct conf_pos			 pos;
	const struct gateway_conf	*whole;	/* with its base; set by the
						   group's check, else NULL */
};

extern const struct conf_row	gateway_rows[];	/* into struct gateway_conf */

/* The check of a group with gateway_rows: joins it with its base, compiles it,
 * and says what is wrong where it is written. */
void	gateway_conf_check(const struct conf_check *check, const void *field);

#endif
