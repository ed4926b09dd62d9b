/* SPDX-License-Identifier: ISC */
/*
 * http.h - HTTP requests by libcurl's multi interface on the loop.
 *
 *	request = (struct http_request){ .method = "POST", .url = url,
 *	    .body = STR("{}"), .exact = true, .gate = on_gate, .done = on_done };
 *	http_start(http, &request);
 *	-> gate(request)	the head is out, no byte of the body: http_go or
 *				http_stop, then or later
 *	-> done(request)	request->answer says how far it came
 *
 * One request is one try: nothing is sent a second time by itself, also not
 * by libcurl (DELIVERY.md 1.5), and no redirect is followed.  No callback is
 * called from inside a call of this header.
 *
 * Thread: the loop's.
 */
#ifndef DUNLIN_HTTP_HTTP_H
#define DUNLIN_HTTP_HTTP_H

#include "base/buf.h"
#include "loop/loop.h"

#define HTTP_REPLY_MAX	(256 * 1024)	/* bytes of a reply's body */
#define HTTP_HEAD_MAX	(32 * 1024)	/* of all its headers */

/*
 * How far a request came; without a reply it ended there.  Up to HTTP_TLS
 * nothing of the message has left; HTTP_BODY says that some of it may have.
 */
enum http_stage {
	HTTP_NONE,		/* never begun: a bad URL, out of memory */
	HTTP_RESOLVE,		/* the name has no address */
	HTTP_CONNECT,		/* nobody took the connection */
	HTTP_TLS,		/* TLS failed: certificate, protocol */
	HTTP_HEAD,		/* the head went out, the body did not */
	HTTP_BODY,		/* the message, or part of it, may have left */
	HTTP_REPLIED		/* a whole reply was read */
};

extern const char *const	http_stage_names[];

struct http_answer {
	enum http_stage	 stage;
	int		 status;	/* of the final reply, also of one that
					   broke off; 0: none was read */
	int		 curl_code;	/* CURLcode; 0 with HTTP_REPLIED */
	bool		 body_begun;	/* curl took a byte of the body; with no
					   body: the head may have left */
	bool		 timed_out;
	bool		 encoded;	/* compressed: body is not text to read */
	int64_t		 retry_after_s;	/* Retry-After from now; 0: none, past or
					   unreadable; not clamped */
	struct str	 head;		/* final reply's header lines */
	struct str	 body;		/* may hold anything; at most HTTP_REPLY_MAX */
	char		 error[160];	/* "" when replied; holds no secret */
};

/* Once before any thread is started; false: libcurl cannot be used. */
bool	http_init(struct err *err) MUST_CHECK;

#endif
