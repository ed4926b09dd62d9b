/* SPDX-License-Identifier: ISC */
/*
 * http_handle.c - what libcurl is told, once a handle and once a request, and
 * what it asks meanwhile.
 *
 * Against sending twice (DELIVERY.md 1.5): curl 7.88.1 repeats a request when
 * a connection that it used before breaks without a reply.  A body is handed
 * out by on_read, which cannot go back; a request without one takes a fresh
 * connection; and on_connected refuses a second try of either.
 */
#include "base/fault.h"
#include "http/http_impl.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define IDLE_CONNECTION_S	60L	/* less than servers' own limits, mostly */

static size_t
on_read(char *out, size_t size, size_t count, void *arg)
{
	struct http_request	*request = arg;
	size_t			 room = size * count, n;

	if (request->phase == PHASE_CLOSED) {
		request->phase = PHASE_GATE;
		http_ready(request);
	}
	if (request->phase == PHASE_GATE)
		return CURL_READFUNC_PAUSE;
	if (request->phase != PHASE_FREE)
		return CURL_READFUNC_ABORT;
	fault_point(FAULT_BODY_HALF);	/* the head is out */
	n = request->body.len - request->taken;
	if (n == 0)
		return CURL_READFUNC_ABORT;	/* asked again: a second try */
	if (n > room)
		n = room;
	(void)memcpy(out, request->body.p + request->taken, n);
	request->taken += n;
	request->answer.body_begun = true;
	if (request->taken == request->body.len) {
		fault_point(FAULT_END_BEFORE);
		request->http->end_given = true;
	}
	return n;
}

/* The connection stands, its head goes out next. */
static int
on_connected(void *arg, char *remote, char *local, int remote_port,
    int local_port)
{
	struct http_request	*request = arg;

	(void)remote;
	(void)local;
	(void)remote_port;
	(void)local_port;
	if (request->answer.body_begun)
		return CURL_PREREQFUNC_ABORT;
	fault_point(FAULT_CONNECT_AFTER);
	request->tried = true;
	request->answer.body_begun = request->bare;
	return CURL_PREREQFUNC_OK;
}

bool
http_is_loopback(const char *url)
{
	CURLU		*parts = curl_url();
	unsigned char	 ip[16];
	char		*host = NULL;
	bool		 local = false;

	if (parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) ==
	    CURLUE_OK && curl_url_get(parts, CURLUPART_HOST, &host, 0) ==
	    CURLUE_OK)
		local = strcasecmp(host, "localhost") == 0 ||
		    strcmp(host, "[::1]") == 0 ||
		    (inet_pton(AF_INET, host, ip) == 1 && ip[0] == 127);
	curl_free(host);
	curl_url_cleanup(parts);
	return local;
}

static bool
is_local(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)address;

		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	}
	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)address;

		return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	}
	return false;
}

/* A name may say loopback and mean something else: the address decides. */
static curl_socket_t
on_socket_wanted(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct http_request	*request = arg;
	bool			 tls;

	(void)purpose;
	tls = strncasecmp(request->url, "https:", 6) == 0;
	request->opened = true;
	fault_point(FAULT_CONNECT_BEFORE);
	if (!tls && !request->http->options.plain && !is_local(&a->addr)) {
		request->unsafe = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static size_t
on_head(char *bytes, size_t size, size_t count, void *arg)
{
	struct http_request	*request = arg;
	size_t			 len = size * count;

	request->head_total += len;
	if (request->head_total > HTTP_HEAD_MAX)
		return 0;
	if (len > 5 && memcmp(bytes, "HTTP/", 5) == 0) {
		buf_clear(&request->head_buf);
		buf_clear(&request->body_buf);
	}
	buf_add(&request->head_buf, bytes, len);
	return buf_ok(&request->head_buf) ? len : 0;
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct http_request	*request = arg;
	size_t			 len = size * count;

	if (len > HTTP_REPLY_MAX - request->body_buf.len)
		return 0;
	buf_add(&request->body_buf, bytes, len);
	return buf_ok(&request->body_buf) ? len : 0;
}

#define SET(option, value) \
	(code = code != CURLE_OK ? code : \
	curl_easy_setopt(easy, option, value))

static CURLcode
set_safety(CURL *easy, const struct http_options *options)
{
	CURLcode	code = CURLE_OK;

	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROXY, "");		/* not what the environment says */
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (options->ca_file != NULL)
		SET(CURLOPT_CAINFO, options->ca_file);
	SET(CURLOPT_MAXAGE_CONN, IDLE_CONNECTION_S);
	/* it takes and gives back both for each request; ours are small */
	SET(CURLOPT_BUFFERSIZE, 8192L);
	SET(CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_ms);
	SET(CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
	return code;
}

static CURLcode
set_calls(CURL *easy)
{
	CURLcode	code = CURLE_OK;

	SET(CURLOPT_READFUNCTION, on_read);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_HEADERFUNCTION, on_head);
	SET(CURLOPT_PREREQFUNCTION, on_connected);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_socket_wanted);
	return code;
}

CURL *
http_handle_new(struct http *http)
{
	CURL	*easy = curl_easy_init();

	if (easy != NULL && (set_safety(easy, &http->options) != CURLE_OK ||
	    set_calls(easy) != CURLE_OK)) {
		curl_easy_cleanup(easy);
		easy = NULL;
	}
	return easy;
}

static CURLcode
set_headers(CURL *easy, struct http_request *request)
{
	struct curl_slist	*list, *longer;

	/* without it curl waits a second before a body over 1 MB */
	list = curl_slist_append(NULL, "Expect:");
	for (size_t i = 0; list != NULL && i < request->header_count; i++) {
		longer = curl_slist_append(list, request->headers[i]);
		if (longer == NULL)
			curl_slist_free_all(list);
		list = longer;
	}
	request->header_list = list;
	return list == NULL ? CURLE_OUT_OF_MEMORY :
	    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
}

static CURLcode
set_method(CURL *easy, const struct http_request *request)
{
	CURLcode	code = CURLE_OK;

	if (request->bare)
		SET(CURLOPT_HTTPGET, 1L);
	else {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)request->body.len);
	}
	SET(CURLOPT_CUSTOMREQUEST, strcmp(request->method, request->bare ?
	    "GET" : "POST") == 0 ? NULL : request->method);
	SET(CURLOPT_FRESH_CONNECT, request->bare ? 1L : 0L);
	SET(CURLOPT_FORBID_REUSE, request->bare ? 1L : 0L);
	return code;
}

CURLcode
http_handle_set(struct http_request *request)
{
	CURL		*easy = request->handle;
	CURLcode	 code = CURLE_OK;

	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_PRIVATE, request);
	SET(CURLOPT_READDATA, request);
	SET(CURLOPT_WRITEDATA, request);
	SET(CURLOPT_HEADERDATA, request);
	SET(CURLOPT_PREREQDATA, request);
	SET(CURLOPT_OPENSOCKETDATA, request);
	SET(CURLOPT_ERRORBUFFER, request->detail);
	if (code == CURLE_OK)
		code = set_method(easy, request);
	return code != CURLE_OK ? code : set_headers(easy, request);
}
