/* SPDX-License-Identifier: ISC */
#include "base/fault.h"
#include "http/http_impl.h"

#include <strings.h>
#include <unistd.h>

struct http_watch {
	struct loop_io		 io;
	struct http		*http;
	curl_socket_t		 fd;
	struct http_watch	*next;
	struct http_watch	*prev;
};

bool
http_init(struct err *err)
{
	CURLcode	code = curl_global_init(CURL_GLOBAL_DEFAULT);

	return code == CURLE_OK || err_set(err, ERR_SYSTEM, "libcurl: %s",
	    curl_easy_strerror(code));
}

/* --- what is due to the caller --------------------------------------------- */

void
http_ready(struct http_request *request)
{
	struct http	*http = request->http;

	request->next_ready = NULL;
	if (http->ready_last != NULL)
		http->ready_last->next_ready = request;
	else
		http->ready_first = request;
	http->ready_last = request;
	loop_defer(http->loop, &http->later);
}

static void
unlink_running(struct http *http, struct http_request *request)
{
	if (request->next != NULL)
		request->next->prev = request->prev;
	if (request->prev != NULL)
		request->prev->next = request->next;
	else
		http->running = request->next;
}

/* Calls what is due, one by one: a callback may do anything, also http_free. */
static void
on_later(struct loop_deferred *deferred)
{
	struct http		*http = OWNER(deferred, struct http, later);
	struct http_request	*request;

	http->is_calling = true;
	while (!http->is_closed && (request = http->ready_first) != NULL) {
		http->ready_first = request->next_ready;
		if (http->ready_first == NULL)
			http->ready_last = NULL;
		if (request->phase == PHASE_GATE && !request->ended) {
			/* who is asked may want virtual time to go on */
			request->asked = true;
			loop_release(http->loop);
			http->options.gate(http->options.arg, request);
		} else {
			unlink_running(http, request);
			loop_release(http->loop);
			request->phase = PHASE_IDLE;
			http->options.done(http->options.arg, request);
		}
	}
	http->is_calling = false;
	if (http->is_closed)
		free(http);
}

/* --- curl ------------------------------------------------------------------- */

static void
give_back(struct http *http, struct http_request *request)
{
	CURL	*easy = request->handle;

	curl_slist_free_all(request->header_list);
	request->header_list = NULL;
	request->handle = NULL;
	if (easy == NULL)
		return;
	/* nothing of this request may be looked at in the next one's time */
	(void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->no_headers);
	(void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
	if (http->spare_count < http->options.connections)
		http->spare[http->spare_count++] = easy;
	else
		curl_easy_cleanup(easy);
}

static void
finish(struct http_request *request, CURLcode code)
{
	http_answer_make(request, code);
	give_back(request->http, request);
	if (request->phase == PHASE_GATE) {
		request->ended = true;	/* done when it was answered */
		return;
	}
	request->phase = PHASE_DONE;
	http_ready(request);
}

static void
collect(struct http *http)
{
	struct http_request	*request;
	CURLMsg			*message;
	CURLcode		 code;
	CURL			*easy;
	void			*own;
	int			 left;

	while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		easy = message->easy_handle;
		code = message->data.result;
		(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&own);
		request = own;
		(void)curl_multi_remove_handle(http->multi, easy);
		finish(request, code);
	}
}

static void
act(struct http *http, curl_socket_t fd, int events)
{
	int	running;

	http->end_given = false;
	(void)curl_multi_socket_action(http->multi, fd, events, &running);
	if (http->end_given)
		fault_point(FAULT_END_AFTER);
	collect(http);
}

static void
on_event(struct loop_io *io, int events)
{
	struct http_watch	*watch = OWNER(io, struct http_watch, io);

	act(watch->http, watch->fd,
	    (events & LOOP_READ ? CURL_CSELECT_IN : 0) |
	    (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static void
on_timer(struct loop_timer *timer)
{
	act(OWNER(timer, struct http, timer), CURL_SOCKET_TIMEOUT, 0);
}

static void
on_kick(struct loop_deferred *deferred)
{
	act(OWNER(deferred, struct http, kick), CURL_SOCKET_TIMEOUT, 0);
}

static int
on_timer_wanted(CURLM *multi, long delay_ms, void *arg)
{
	struct http	*http = arg;

	(void)multi;
	loop_timer_stop(&http->timer);
	loop_defer_cancel(&http->kick);
	if (delay_ms == 0)
		loop_defer(http->loop, &http->kick);
	else if (delay_ms > 0)
		loop_timer_wire(http->loop, &http->timer, delay_ms);
	return 0;
}

static void
watch_free(struct http_watch *watch)
{
	struct http	*http = watch->http;

	loop_io_stop(&watch->io);
	if (watch->next != NULL)
		watch->next->prev = watch->prev;
	if (watch->prev != NULL)
		watch->prev->next = watch->next;
	else
		http->watches = watch->next;
	free(watch);
}

static struct http_watch *
watch_new(struct http *http, curl_socket_t fd)
{
	struct http_watch	*watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return NULL;
	watch->io.fn = on_event;
	watch->http = http;
	watch->fd = fd;
	watch->next = http->watches;
	if (watch->next != NULL)
		watch->next->prev = watch;
	http->watches = watch;
	(void)curl_multi_assign(http->multi, fd, watch);
	return watch;
}

/* -1 makes curl give up what uses the socket. */
static int
on_watch_wanted(CURL *easy, curl_socket_t fd, int what, void *arg, void *own)
{
	struct http_watch	*watch = own;
	struct err		 err;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (watch != NULL)
			watch_free(watch);
		return 0;
	}
	if (watch == NULL && (watch = watch_new(arg, fd)) == NULL)
		return -1;
	return loop_io_start(watch->http->loop, &watch->io, fd,
	    (what & CURL_POLL_IN ? LOOP_READ : 0) |
	    (what & CURL_POLL_OUT ? LOOP_WRITE : 0), &err) ? 0 : -1;
}

/* --- requests --------------------------------------------------------------- */

static void
begin(struct http *http, struct http_request *request)
{
	if (curl_multi_add_handle(http->multi, request->handle) != CURLM_OK)
		finish(request, CURLE_OUT_OF_MEMORY);
}

static void
reset(struct http *http, struct http_request *request)
{
	request->http = http;
	request->answer = (struct http_answer){.stage = HTTP_NONE};
	request->bare = request->body.len == 0;
	request->tried = request->opened = request->unsafe = false;
	request->asked = request->ended = request->stopped = false;
	request->taken = request->head_total = 0;
	request->detail[0] = '\0';
	buf_clear(&request->head_buf);
	buf_clear(&request->body_buf);
	request->prev = NULL;
	request->next = http->running;
	if (request->next != NULL)
		request->next->prev = request;
	http->running = request;
}

void
http_start(struct http *http, struct http_request *request)
{
	CURLcode	code;

	reset(http, request);
	loop_hold(http->loop);
	request->phase = request->exact ? PHASE_CLOSED : PHASE_FREE;
	request->handle = http->spare_count > 0 ?
	    http->spare[--http->spare_count] : http_handle_new(http);
	code = request->handle == NULL ? CURLE_OUT_OF_MEMORY :
	    http_handle_set(request);
	if (code != CURLE_OK)
		finish(request, code);
	else if (request->bare && request->exact) {
		/* nothing will stop it once curl has it */
		request->phase = PHASE_GATE;
		http_ready(request);
	} else
		begin(http, request);
}

void
http_go(struct http_request *request)
{
	struct http	*http = request->http;

	loop_hold(http->loop);
	request->phase = PHASE_FREE;
	if (request->ended) {
		request->phase = PHASE_DONE;
		http_ready(request);
	} else if (request->bare)
		begin(http, request);
	else
		(void)curl_easy_pause(request->handle, CURLPAUSE_CONT);
}

void
http_stop(struct http_request *request)
{
	struct http	*http = request->http;

	loop_hold(http->loop);
	request->phase = PHASE_STOPPED;
	request->stopped = true;
	if (request->ended) {
		request->phase = PHASE_DONE;
		http_ready(request);
		return;
	}
	if (!request->bare)
		(void)curl_multi_remove_handle(http->multi, request->handle);
	finish(request, CURLE_ABORTED_BY_CALLBACK);
}

void
http_request_fini(struct http_request *request)
{
	buf_fini(&request->head_buf);
	buf_fini(&request->body_buf);
}

/* --- the whole -------------------------------------------------------------- */

#define SET(option, value) \
	(code = code != CURLM_OK ? code : \
	curl_multi_setopt(http->multi, option, value))

static bool
open_multi(struct http *http, struct err *err)
{
	CURLMcode	code = CURLM_OK;

	http->multi = curl_multi_init();
	http->spare = calloc(http->options.connections, sizeof(CURL *));
	if (http->multi == NULL || http->spare == NULL)
		return err_nomem(err);
	SET(CURLMOPT_SOCKETFUNCTION, on_watch_wanted);
	SET(CURLMOPT_SOCKETDATA, http);
	SET(CURLMOPT_TIMERFUNCTION, on_timer_wanted);
	SET(CURLMOPT_TIMERDATA, http);
	SET(CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	SET(CURLMOPT_MAXCONNECTS, (long)http->options.connections);
	return code == CURLM_OK || err_set(err, ERR_SYSTEM, "libcurl: %s",
	    curl_multi_strerror(code));
}

bool
http_new(struct loop *loop, const struct http_options *options,
    struct http **out, struct err *err)
{
	struct http	*http;

	if (options->ca_file != NULL && access(options->ca_file, R_OK) != 0) {
		err_sys(err, "reading the certificates in %s",
		    options->ca_file);
		err->kind = ERR_INPUT;
		return false;
	}
	if ((http = calloc(1, sizeof(*http))) == NULL)
		return err_nomem(err);
	http->loop = loop;
	http->options = *options;
	http->timer.fn = on_timer;
	http->kick.fn = on_kick;
	http->later.fn = on_later;
	if (!open_multi(http, err)) {
		http_free(&http);
		return false;
	}
	*out = http;
	return true;
}

static void
drop_running(struct http *http)
{
	struct http_request	*request;

	while ((request = http->running) != NULL) {
		unlink_running(http, request);
		/* released when the gate was asked */
		if (request->phase != PHASE_GATE || !request->asked)
			loop_release(http->loop);
		if (request->handle != NULL)
			(void)curl_multi_remove_handle(http->multi,
			    request->handle);
		give_back(http, request);
		request->phase = PHASE_IDLE;
	}
}

void
http_free(struct http **pointer)
{
	struct http	*http = *pointer;

	if (http == NULL)
		return;
	*pointer = NULL;
	drop_running(http);
	while (http->spare_count > 0)
		curl_easy_cleanup(http->spare[--http->spare_count]);
	free(http->spare);
	if (http->multi != NULL)
		(void)curl_multi_cleanup(http->multi);
	while (http->watches != NULL)
		watch_free(http->watches);
	loop_timer_stop(&http->timer);
	loop_defer_cancel(&http->kick);
	loop_defer_cancel(&http->later);
	http->is_closed = true;
	if (!http->is_calling)
		free(http);
}
