/* SPDX-License-Identifier: ISC */
/*
 * http_sink.c - an HTTP/1.1 gateway that takes every request and writes down
 * what it took; see peer.h for what all peers do.
 *
 *	http_sink [--status N] [--answer TEXT] [--to NAME] [--key-name NAME]
 *	    [--dedup] ...
 *
 * With --cert it speaks TLS.  Points for rules: accept, head (the header has
 * come), body (some of the body has come), request (all of it).  An action's
 * `reply TEXT` is a status and whole header lines, as
 * `reply 429 Retry-After: 5`; a body may follow an empty line (\n\n).
 * --answer is the body of the usual reply; %i in it is a number, new each
 * time.  The recipient is the field --to of a form or JSON body or of the
 * query ("to"); the key is the header --key-name ("Idempotency-Key"), else
 * the field of that name.  With --dedup a key that was taken before gets the
 * usual reply and no second line in the ledger (a gateway that keeps keys).
 */
#include "peers/peer.h"

#include <ctype.h>
#include <strings.h>

struct options {
	const char	*status, *answer, *to, *key_name;
	bool		 dedup;
	int64_t		 ids;
	struct buf	 keys;		/* "\nKEY\n" of each that was taken */
};

struct request {
	bool		 head_done, body_seen, chunked, close;
	size_t		 head;		/* of the input, with its empty line */
	size_t		 length;
	size_t		 scanned;
	struct buf	 body;		/* out of chunks */
};

/* --- fields ---------------------------------------------------------------------- */

/* The value of a header; empty where there is none. */
static struct str
header(struct str head, const char *name)
{
	const size_t	len = strlen(name);
	size_t		at = peer_find(head, 0, STR("\r\n")) + 2, end;

	while (at < head.len) {
		end = peer_find(head, at, STR("\r\n"));
		if (end - at > len && head.p[at + len] == ':' &&
		    strncasecmp(head.p + at, name, len) == 0)
			return str_trim((struct str){head.p + at + len + 1,
			    end - at - len - 1});
		at = end + 2;
	}
	return STR("");
}

static int
hex_of(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* name=value of a form or query, decoded. */
static bool
form_field(struct str text, const char *name, struct buf *out)
{
	const size_t	len = strlen(name);
	size_t		at = 0, end;

	while (at < text.len) {
		end = peer_find(text, at, STR("&"));
		if (end - at > len && text.p[at + len] == '=' &&
		    strncmp(text.p + at, name, len) == 0)
			break;
		at = end + 1;
	}
	if (at >= text.len)
		return false;
	for (size_t i = at + len + 1; i < end; i++) {
		char	c = text.p[i];

		if (c == '%' && i + 2 < end &&
		    isxdigit((unsigned char)text.p[i + 1]) &&
		    isxdigit((unsigned char)text.p[i + 2])) {
			c = (char)(hex_of(text.p[i + 1]) * 16 +
			    hex_of(text.p[i + 2]));
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		buf_addc(out, c);
	}
	return true;
}

/* "name": "value" anywhere in JSON; escapes stay. */
static bool
json_field(struct str text, const char *name, struct buf *out)
{
	struct buf	quoted = BUF_INIT;
	size_t		at;

	buf_addf(&quoted, "\"%s\"", name);
	at = peer_find(text, 0, buf_str(&quoted)) + quoted.len;
	buf_fini(&quoted);
	while (at < text.len && (text.p[at] == ':' || text.p[at] == ' '))
		at++;
	if (at >= text.len || text.p[at] != '"')
		return false;
	buf_add(out, text.p + at + 1,
	    peer_find(text, at + 1, STR("\"")) - at - 1);
	return true;
}

static struct str
query_of(struct str head)
{
	size_t	line = peer_find(head, 0, STR("\r\n"));
	size_t	from = peer_find(head, 0, STR("?")) + 1;
	size_t	end = from >= line ? line : peer_find(head, from, STR(" "));

	return from >= line ? STR("") : (struct str){head.p + from,
	    end - from};
}

static struct str
field(struct str head, struct str body, const char *name, struct buf *out)
{
	buf_clear(out);
	if (!json_field(body, name, out) && !form_field(body, name, out) &&
	    !form_field(query_of(head), name, out))
		buf_adds(out, "-");
	return buf_str(out);
}

/* --- a request ------------------------------------------------------------------- */

static void
write_reply(struct options *options, struct buf *out)
{
	struct buf	 body = BUF_INIT;
	const char	*at = options->answer, *mark;

	options->ids++;
	while ((mark = strstr(at, "%i")) != NULL) {
		buf_add(&body, at, (size_t)(mark - at));
		buf_addi(&body, options->ids);
		at = mark + 2;
	}
	buf_adds(&body, at);
	buf_addf(out, "HTTP/1.1 %s OK\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n", options->status, body.len);
	buf_addstr(out, buf_str(&body));
	buf_fini(&body);
}

/* "429 Retry-After: 5" as a whole reply. */
static void
write_scripted(struct str text, struct buf *out)
{
	const size_t	code = peer_find(text, 0, STR(" "));
	const size_t	empty = peer_find(text, 0, STR("\r\n\r\n"));
	const size_t	from = empty == text.len ? text.len : empty + 4;

	buf_addf(out, "HTTP/1.1 %.*s Scripted\r\nContent-Length: %zu\r\n",
	    (int)code, text.p, text.len - from);
	if (code + 1 < empty) {
		buf_add(out, text.p + code + 1, empty - code - 1);
		buf_adds(out, "\r\n");
	}
	buf_adds(out, "\r\n");
	buf_add(out, text.p + from, text.len - from);
}

/* Was the key taken before?  If not, and it is now, it will have been. */
static bool
is_known(struct options *options, const struct peer_deed *deed,
    struct str key)
{
	struct buf	line = BUF_INIT;
	bool		known;

	if (!options->dedup || str_is(key, "-"))
		return false;
	buf_addf(&line, "\n%.*s\n", STR_ARG(key));
	known = peer_find(buf_str(&options->keys), 0, buf_str(&line)) <
	    options->keys.len;
	if (!known && deed->action != PEER_FORGET &&
	    (deed->action != PEER_REPLY || str_starts(deed->text, "2")))
		buf_addstr(&options->keys, buf_str(&line));
	buf_fini(&line);
	return known;
}

static void
take_request(struct conn *conn, struct str head, struct str body)
{
	struct options		*options = conn_arg(conn);
	struct buf		 to = BUF_INIT, key = BUF_INIT, out = BUF_INIT;
	struct peer_entry	 entry;
	struct peer_deed	 deed;

	entry.to = field(head, body, options->to, &to);
	entry.key = header(head, options->key_name);
	if (entry.key.len == 0)
		entry.key = field(head, body, options->key_name, &key);
	entry.bytes = body.len > 0 ? body : query_of(head);
	deed = conn_deed(conn, "request", entry.to);
	entry.reply = str_of(options->status);
	if (!is_known(options, &deed, entry.key))
		conn_ledger(conn, &deed, &entry);
	write_reply(options, &out);
	if (deed.action == PEER_REPLY) {
		buf_clear(&out);
		write_scripted(deed.text, &out);
		deed.action = PEER_USUAL;
	}
	(void)conn_do(conn, &deed, buf_str(&out));
	buf_fini(&to);
	buf_fini(&key);
	buf_fini(&out);
}

/* Whole chunks into body; true: the last one was there. */
static bool
read_chunks(struct conn *conn, struct request *request, size_t *used)
{
	struct str	in = conn_input(conn);
	size_t		at = request->scanned, end, size;

	while ((end = peer_find(in, at, STR("\r\n"))) < in.len) {
		size = strtoul(in.p + at, NULL, 16);
		if (in.len - end - 2 < size + 2)
			break;
		buf_add(&request->body, in.p + end + 2, size);
		at = end + 2 + size + 2;
		request->scanned = *used = at;
		if (size == 0)
			return true;
	}
	return false;
}

/* A point on the way, without a reply of its own; false: it is over. */
static bool
pass(struct conn *conn, const char *point)
{
	struct peer_deed	deed = conn_deed(conn, point, STR(""));
	struct buf		out = BUF_INIT;

	if (deed.action == PEER_USUAL)
		return true;
	if (deed.action == PEER_REPLY) {
		write_scripted(deed.text, &out);
		conn_send(conn, buf_str(&out));
		conn_close(conn);
		buf_fini(&out);
		return false;
	}
	(void)conn_do(conn, &deed, STR(""));
	return deed.action == PEER_DELAY;
}

static bool
read_head(struct conn *conn, struct request *request)
{
	struct str	in = conn_input(conn), head;
	size_t		end = peer_find(in, 0, STR("\r\n\r\n"));

	if (end == in.len)
		return false;
	request->head_done = true;
	request->head = request->scanned = end + 4;
	head = (struct str){in.p, end + 2};
	request->length = strtoul(header(head, "Content-Length").len > 0 ?
	    header(head, "Content-Length").p : "0", NULL, 10);
	request->chunked = header(head, "Transfer-Encoding").len > 0;
	request->close = strncasecmp(header(head, "Connection").p, "close",
	    5) == 0;
	if (!pass(conn, "head"))
		return false;
	if (header(head, "Expect").len > 0)
		conn_send(conn, STR("HTTP/1.1 100 Continue\r\n\r\n"));
	return true;
}

/* true: a request was whole, perhaps there is another one. */
static bool
read_request(struct conn *conn, struct request *request)
{
	struct str	in, body;
	size_t		used;

	if (!request->head_done && !read_head(conn, request))
		return false;
	in = conn_input(conn);
	used = request->head + request->length;
	if (in.len > request->head && !request->body_seen) {
		request->body_seen = true;
		if (!pass(conn, "body"))
			return false;
	}
	if (conn_is_stalled(conn) || (request->chunked ?
	    !read_chunks(conn, request, &used) : in.len < used))
		return false;
	body = request->chunked ? buf_str(&request->body) :
	    (struct str){in.p + request->head, request->length};
	take_request(conn, (struct str){in.p, request->head - 2}, body);
	if (request->close)
		conn_close(conn);
	conn_take(conn, used);
	buf_fini(&request->body);
	*request = (struct request){.body = BUF_INIT};
	return true;
}

static void
input(struct conn *conn)
{
	while (!conn_is_stalled(conn) &&
	    read_request(conn, conn_own(conn)))
		;
}

static void
begin(struct conn *conn)
{
	if (pass(conn, "accept") && conn_can_tls(conn))
		conn_start_tls(conn);
}

static void
end(struct conn *conn)
{
	struct request	*request = conn_own(conn);

	buf_fini(&request->body);
}

static int
option(struct peer_protocol *protocol, char **words, int count)
{
	struct options	*options = protocol->arg;

	if (strcmp(words[0], "--dedup") == 0) {
		options->dedup = true;
		return 1;
	}
	if (count < 2)
		return 0;
	if (strcmp(words[0], "--status") == 0)
		options->status = words[1];
	else if (strcmp(words[0], "--answer") == 0)
		options->answer = words[1];
	else if (strcmp(words[0], "--to") == 0)
		options->to = words[1];
	else if (strcmp(words[0], "--key-name") == 0)
		options->key_name = words[1];
	else
		return 0;
	return 2;
}

int
main(int argc, char **argv)
{
	struct options		options = {.status = "201",
				    .answer = "{\"id\":\"m%i\"}", .to = "to",
				    .key_name = "Idempotency-Key"};
	struct peer_protocol	protocol = {
		.own_size = sizeof(struct request), .begin = begin,
		.input = input, .end = end, .option = option, .arg = &options,
	};
	int			status = peer_main(argc, argv, &protocol);

	buf_fini(&options.keys);
	return status;
}
