/* SPDX-License-Identifier: ISC */
/*
 * gateway.h - a gateway by its stanza: message in, request out; answer in,
 * outcome out.
 *
 * Knows no wire; the lane (gateway_lane.c) has that.  Thread: one at a time.
 */
#ifndef DUNLIN_CHANNEL_GATEWAY_H
#define DUNLIN_CHANNEL_GATEWAY_H

#include "channel/channel.h"
#include "channel/gateway_conf.h"

struct http_answer;	/* http/http.h */
struct gateway;			/* a compiled stanza; opaque */

/*
 * conf is whole and lent.  ERR_INPUT: *culprit_out is then the field of conf
 * (or the element of one of its lists) that is wrong.
 */
bool	gateway_new(const struct gateway_conf *conf, struct gateway **out,
	    const void **culprit_out, struct err *err) MUST_CHECK;
void	gateway_free(struct gateway **gateway);

/* Before the first request, where the stanza has a secret. */
bool	gateway_read_secret(struct gateway *gateway, struct err *err)
	    MUST_CHECK;

/* Cut from the arena given to gateway_request. */
struct gateway_call {
	const char		*method;
	const char		*url;
	const char *const	*headers;	/* "Name: value" */
	size_t			 header_count;
	struct str		 body;		/* empty: none */
};

/* False: the message cannot go by this gateway as it is; result says why. */
bool	gateway_request(struct gateway *gateway,
	    const struct channel_message *message, struct arena *arena,
	    struct gateway_call *out, struct channel_result *result)
	    MUST_CHECK;

/*
 * The request for message as lines for a person, with "..." in the place of
 * the secret, which is not read.  ERR_INPUT: the message cannot go by this
 * gateway, and why.
 */
bool	gateway_show(const struct gateway_conf *conf,
	    const struct channel_message *message, struct buf *out,
	    struct err *err) MUST_CHECK;

/* What the answer to message means; arena is for the way there. */
void	gateway_answer(struct gateway *gateway,
	    const struct channel_message *message,
	    const struct http_answer *answer, struct arena *arena,
	    struct channel_result *result);

#endif
