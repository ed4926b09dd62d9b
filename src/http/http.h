/* SPDX-License-Identifier: ISC */
/*
 * http.h - HTTP requests by libcurl's multi interface on the loop.
 *
 *	http_new(loop, &(struct http_options){ .done = on_done, ... }, &http,
 *	    err);
 *	http_start(http, request);
 *	-> gate(request)	exact only: the head may be out, no byte of the body
 *				is: http_go or http_stop, then or later
 *	-> done(request)	request->answer says how far it came
 *
 * One request is one try: nothing is sent a second time by itself, also not
 * by libcurl (DELIVERY.md 1.5), and no redirect is followed.  No callback is
 * called from inside a call of this header; a callback may call any of them.
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
	int64_t		 now_s;		/* from status 300 on: when it came, by the
					   server's own clock if it shows one */
	struct str	 head;		/* final reply's header lines */
	struct str	 body;		/* may hold anything; at most HTTP_REPLY_MAX */
	char		 error[160];	/* "" when replied; holds no secret */
};

/* The caller's; what it lends stands until done was called. */
struct http_request {
	const char		*method;	/* "POST", "GET" */
	const char		*url;		/* http: or https: */
	const char *const	*headers;	/* "Name: value" */
	size_t			 header_count;
	struct str		 body;	/* empty: without a body; then the request
					   takes a connection of its own */
	bool			 exact;		/* gate is asked */
	struct http_answer	 answer;	/* set when done is called; lent until
					   the next start or http_request_fini */
	struct http		*http;		/* private from here */
	void			*handle;
	void			*header_list;
	int			 phase;
	bool			 tried;		/* it had its one connection */
	bool			 opened;	/* a socket */
	bool			 bare;		/* without a body */
	bool			 unsafe;	/* http: away from loopback */
	bool			 asked;		/* gate was called */
	bool			 stopped;	/* by http_stop */
	bool			 ended;		/* while the gate was asked */
	size_t			 taken;		/* of the body, by curl */
	size_t			 head_total;	/* with the heads before the final one */
	struct buf		 head_buf;
	struct buf		 body_buf;
	char			 detail[256];	/* curl writes it */
	struct http_request	*next;
	struct http_request	*prev;
	struct http_request	*next_ready;
};

struct http_options {
	const char	*ca_file;	/* who signs servers; NULL: the system's */
	bool		 plain;		/* http: also beyond loopback */
	int64_t		 connect_ms;	/* > 0; name, connection and TLS */
	int64_t		 timeout_ms;	/* > 0; all, with the wait for the gate */
	size_t		 connections;	/* kept open; also the most at once */
	void		(*gate)(void *arg, struct http_request *request);
	void		(*done)(void *arg, struct http_request *request);
	void		*arg;
};

struct http;			/* connections to reuse; opaque */

/* Once before any thread is started; false: libcurl cannot be used. */
bool	http_init(struct err *err) MUST_CHECK;

/* ERR_INPUT when ca_file cannot be read.  options are copied, texts lent. */
bool	http_new(struct loop *loop, const struct http_options *options,
	    struct http **out, struct err *err) MUST_CHECK;

/* Takes and nulls; what runs is dropped: nothing is called any more. */
void	http_free(struct http **http);

/* Always ends in done, unless http_free comes first. */
void	http_start(struct http *http, struct http_request *request);

/*
 * The answer to gate, once.  After stop nothing of the body leaves, and
 * answer says so (stage below HTTP_BODY).
 */
void	http_go(struct http_request *request);
void	http_stop(struct http_request *request);

/* Gives back what answer lends.  Not while the request runs. */
void	http_request_fini(struct http_request *request);

/*
 * The value of a header of the final reply, trimmed; the first, in any case
 * of letters.  Empty when it is not there.
 */
struct str	http_header(const struct http_answer *answer,
		    const char *name);

/*
 * Seconds that a Retry-After asks to wait (RFC 9110, 10.2.3): a number or a
 * date, seen from now_s.  0: none, past, or unreadable.
 */
int64_t	http_retry_after(struct str value, int64_t now_s);

/* Is the host of url this machine for certain: 127.0.0.0/8, ::1, localhost? */
bool	http_is_loopback(const char *url);

#endif
