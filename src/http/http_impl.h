/* SPDX-License-Identifier: ISC */
/* http_impl.h - what the files of http share. */
#ifndef DUNLIN_HTTP_HTTP_IMPL_H
#define DUNLIN_HTTP_HTTP_IMPL_H

#include "http/http.h"

#include <curl/curl.h>

enum http_phase {
	PHASE_IDLE,
	PHASE_FREE,		/* runs, the gate is open or was never there */
	PHASE_CLOSED,		/* runs, the gate was not reached */
	PHASE_GATE,		/* the gate is or will be asked */
	PHASE_STOPPED,
	PHASE_DONE		/* done will be called */
};

struct http {
	struct loop		*loop;
	struct http_options	 options;
	CURLM			*multi;
	CURL			**spare;	/* handles not in use */
	size_t			 spare_count;
	struct curl_slist	*no_headers;
	struct loop_timer	 timer;		/* when curl wants to be called */
	struct loop_deferred	 kick;		/* the same, at once */
	struct loop_deferred	 later;		/* callbacks that are due */
	struct http_request	*running;	/* list by next and prev */
	struct http_request	*ready_first;	/* gate or done is due */
	struct http_request	*ready_last;
	struct http_watch	*watches;	/* of the sockets */
	bool			 end_given;	/* of a body, in this call of curl */
	bool			 is_calling;	/* gate or done */
	bool			 is_closed;	/* by a callback */
};

/* http_handle.c: what one request says to curl. */
CURL	*http_handle_new(struct http *http);
CURLcode	http_handle_set(struct http_request *request);

/* http_answer.c: what came of it, in request->answer. */
void	http_answer_make(struct http_request *request, CURLcode code);

/* From a callback of curl: the gate is to be asked, soon. */
void	http_ready(struct http_request *request);

#endif
