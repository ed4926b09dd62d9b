/* SPDX-License-Identifier: ISC */
/*
 * http_answer.c - how far a request came and what the other side said.
 */
#include "http/http_impl.h"

#include "base/date.h"
#include "base/utf8.h"

#include <strings.h>

#define SECONDS_MAX	1000000000	/* a wait beyond that is the same wait */

const char *const	http_stage_names[] = {"none", "resolve", "connect",
	"tls", "head", "body", "replied", NULL};

static struct str
next_line(struct str *rest)
{
	const char	*end = memchr(rest->p, '\n', rest->len);
	struct str	 line = *rest;

	if (end != NULL)
		line.len = (size_t)(end - rest->p) + 1;
	rest->p += line.len;
	rest->len -= line.len;
	return line;
}

struct str
http_header(const struct http_answer *answer, const char *name)
{
	struct str	rest = answer->head, line;
	size_t		len = strlen(name);

	while (rest.len > 0) {
		line = next_line(&rest);
		if (line.len > len && line.p[len] == ':' &&
		    strncasecmp(line.p, name, len) == 0)
			return str_trim((struct str){line.p + len + 1,
			    line.len - len - 1});
	}
	return STR("");
}

int64_t
http_retry_after(struct str value, int64_t now_s)
{
	char	text[64];
	int64_t	n = 0, at;

	if (value.len == 0 || value.len >= sizeof(text))
		return 0;
	(void)memcpy(text, value.p, value.len);
	text[value.len] = '\0';
	if (strspn(text, "0123456789") == value.len) {
		for (const char *p = text; *p != '\0' && n < SECONDS_MAX; p++)
			n = n * 10 + (*p - '0');
	} else {
		/* curl reads a bare number as a date too; only letters mean one */
		if (value.p[0] < 'A' || (at = curl_getdate(text, NULL)) < 0)
			return 0;
		n = at - now_s;
	}
	return n < 0 ? 0 : n > SECONDS_MAX ? SECONDS_MAX : n;
}

/* By the server's own clock, where it shows one. */
static int64_t
find_now(const struct http_request *request)
{
	struct str	date = http_header(&request->answer, "Date");
	int64_t		now_s = -1;
	char		text[64];

	if (date.len > 0 && date.len < sizeof(text)) {
		(void)memcpy(text, date.p, date.len);
		text[date.len] = '\0';
		now_s = curl_getdate(text, NULL);
	}
	return now_s > 0 ? now_s :
	    clock_now(loop_clock(request->http->loop)) / 1000;
}

static enum http_stage
find_stage(const struct http_request *request, CURLcode code)
{
	if (code == CURLE_OK)
		return HTTP_REPLIED;
	if (request->answer.body_begun)
		return HTTP_BODY;
	if (request->tried)
		return HTTP_HEAD;
	if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ||
	    code == CURLE_ABORTED_BY_CALLBACK || request->handle == NULL)
		return HTTP_NONE;
	if (!request->opened)
		return HTTP_RESOLVE;
	/* a timeout does not say which; both are before the message */
	return code == CURLE_COULDNT_CONNECT || code ==
	    CURLE_OPERATION_TIMEDOUT ? HTTP_CONNECT : HTTP_TLS;
}

static bool
is_encoded(const struct http_answer *answer)
{
	struct str	encoding = http_header(answer, "Content-Encoding");

	return encoding.len > 0 && !str_is(encoding, "identity");
}

static void
describe(struct http_request *request, CURLcode code)
{
	struct buf	text = BUF_INIT;
	const char	*why = request->detail;

	if (request->unsafe)
		why = "http: leaves this machine; use https:";
	else if (why[0] == '\0')
		why = curl_easy_strerror(code);
	utf8_clean(&text, str_of(why), false);
	(void)snprintf(request->answer.error, sizeof(request->answer.error),
	    "%s", buf_text(&text));
	buf_fini(&text);
}

void
http_answer_make(struct http_request *request, CURLcode code)
{
	struct http_answer	*answer = &request->answer;
	long			 status = 0;

	if (request->handle != NULL)
		(void)curl_easy_getinfo(request->handle,
		    CURLINFO_RESPONSE_CODE, &status);
	answer->status = status >= 200 && status <= 999 ? (int)status : 0;
	/* an end that has no reply is no reply, whatever curl says */
	if (code == CURLE_OK && answer->status == 0)
		code = CURLE_GOT_NOTHING;
	answer->stage = find_stage(request, code);
	answer->curl_code = (int)code;
	answer->timed_out = code == CURLE_OPERATION_TIMEDOUT;
	answer->head = buf_str(&request->head_buf);
	answer->body = buf_str(&request->body_buf);
	answer->encoded = is_encoded(answer);
	/* reading a date costs as much as half of our other work */
	if (answer->status >= 300)
		answer->now_s = find_now(request);
	answer->retry_after_s = http_retry_after(http_header(answer,
	    "Retry-After"), answer->now_s);
	if (code != CURLE_OK)
		describe(request, code);
}
