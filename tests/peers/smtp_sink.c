/* SPDX-License-Identifier: ISC */
/*
 * smtp_sink.c - an SMTP server that takes every message and writes down what
 * it took; see peer.h for what all peers do.
 *
 *	smtp_sink [--no-pipelining] [--chunking] [--size N]
 *	    [--auth USER:PASSWORD] [--require-tls] [--mechanisms TEXT] ...
 *
 * With --cert it offers STARTTLS.  Points for rules: banner, ehlo, starttls,
 * auth, mail, rcpt, data, body (the first bytes of one have come), dot, after
 * (behind the reply to the dot: for a 421 that nobody asked for), rset, quit.
 * A key is what stands between the angle brackets of Message-ID.
 */
#include "peers/peer.h"

#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <strings.h>

#define TO_MAX	100

struct options {
	bool		 no_pipelining, chunking, require_tls;
	const char	*size, *auth, *mechanisms;
};

enum state { STATE_COMMAND, STATE_DATA, STATE_CHUNK, STATE_AUTH_USER,
	STATE_AUTH_PASSWORD, STATE_AUTH_PLAIN, STATE_AUTH_CRAM };

struct session {
	enum state	 state;
	bool		 mailing, authenticated, body_seen;
	struct buf	 to;		/* each ends with a NUL */
	size_t		 to_count;
	struct buf	 message;	/* of chunks, or without its dots */
	size_t		 scanned;	/* of the input, for the dot */
	size_t		 chunk_left;
	bool		 chunk_last;
	struct buf	 user;
};

static struct str
first_to(const struct session *s)
{
	return str_of(s->to_count == 0 ? "" : s->to.p);
}

/* The usual reply at a point, unless a rule knows better. */
static bool
reply(struct conn *conn, const char *point, const char *usual)
{
	struct peer_deed	deed = conn_deed(conn, point,
				    first_to(conn_own(conn)));

	return conn_do(conn, &deed, str_of(usual));
}

static void
reset(struct session *s)
{
	s->mailing = s->body_seen = false;
	s->to_count = 0;
	s->scanned = 0;
	buf_clear(&s->to);
	buf_clear(&s->message);
}

/* --- a message ------------------------------------------------------------------ */

static struct str
message_id(struct str bytes)
{
	const size_t	head = peer_find(bytes, 0, STR("\r\n\r\n"));
	size_t		at = 0, end;
	struct str	name = STR("message-id:");

	while (at < head) {
		end = peer_find(bytes, at, STR("\r\n"));
		if (end - at > name.len &&
		    strncasecmp(bytes.p + at, name.p, name.len) == 0) {
			struct str	id = str_trim((struct str){
					    bytes.p + at + name.len,
					    end - at - name.len});

			if (str_starts(id, "<") && str_ends(id, ">"))
				return (struct str){id.p + 1, id.len - 2};
			return id;
		}
		at = end + 2;
	}
	return STR("-");
}

static void
take_message(struct conn *conn, struct str bytes)
{
	struct session		*s = conn_own(conn);
	struct peer_entry	 entry = {.key = message_id(bytes),
				    .bytes = bytes, .reply =
				    STR("250 2.0.0 taken\r\n")};
	struct peer_deed	 deed = conn_deed(conn, "dot", first_to(s));
	const char		*to = s->to.p;

	for (size_t i = 0; i < s->to_count; i++) {
		entry.to = str_of(to);
		conn_ledger(conn, &deed, &entry);
		to += entry.to.len + 1;
	}
	s->state = STATE_COMMAND;
	(void)conn_do(conn, &deed, entry.reply);
	deed = conn_deed(conn, "after", first_to(s));
	if (deed.action != PEER_USUAL)
		(void)conn_do(conn, &deed, STR(""));
	reset(s);
}

/* Dots that were put before dots go. */
static struct str
unstuff(struct session *s, struct str bytes)
{
	size_t	at = 0, next;

	if (!str_starts(bytes, ".") &&
	    peer_find(bytes, 0, STR("\r\n.")) == bytes.len)
		return bytes;
	if (str_starts(bytes, "."))
		at = 1;
	while (at < bytes.len) {
		next = peer_find(bytes, at, STR("\r\n."));
		if (next < bytes.len)
			next += 2;
		buf_add(&s->message, bytes.p + at, next - at);
		at = next + 1;
	}
	return buf_str(&s->message);
}

/* true: there may be more to do. */
static bool
body(struct conn *conn, struct session *s)
{
	struct peer_deed	deed;

	if (s->body_seen)
		return true;
	s->body_seen = true;
	deed = conn_deed(conn, "body", first_to(s));
	if (deed.action == PEER_USUAL)
		return true;
	(void)conn_do(conn, &deed, STR(""));
	return false;
}

static bool
input_data(struct conn *conn, struct session *s)
{
	struct str	in = conn_input(conn);
	size_t		end;

	if (in.len == 0 || !body(conn, s))
		return false;
	if (str_starts(in, ".\r\n")) {
		take_message(conn, STR(""));
		conn_take(conn, 3);
		return true;
	}
	end = peer_find(in, s->scanned, STR("\r\n.\r\n"));
	if (end == in.len) {
		s->scanned = in.len > 4 ? in.len - 4 : 0;
		return false;
	}
	take_message(conn, unstuff(s, (struct str){in.p, end + 2}));
	conn_take(conn, end + 5);
	return true;
}

static bool
input_chunk(struct conn *conn, struct session *s)
{
	struct str	in = conn_input(conn);
	size_t		count = in.len < s->chunk_left ? in.len :
			    s->chunk_left;

	if (count == 0 && s->chunk_left > 0)
		return false;
	if (!body(conn, s))
		return false;
	buf_add(&s->message, in.p, count);
	conn_take(conn, count);
	if ((s->chunk_left -= count) > 0)
		return false;
	if (s->chunk_last) {
		take_message(conn, buf_str(&s->message));
	} else {
		s->state = STATE_COMMAND;
		conn_send(conn, STR("250 2.0.0 chunk\r\n"));
	}
	return true;
}

/* --- AUTH ------------------------------------------------------------------------ */

static struct str
unbase64(struct buf *out, struct str text)
{
	int	n;

	buf_clear(out);
	if (text.len % 4 != 0 || !buf_reserve(out, text.len + 1))
		return STR("");
	n = EVP_DecodeBlock((unsigned char *)out->p,
	    (const unsigned char *)text.p, (int)text.len);
	if (n < 0)
		return STR("");
	n -= str_ends(text, "==") ? 2 : str_ends(text, "=") ? 1 : 0;
	out->len = (size_t)n;
	out->p[n] = '\0';
	return buf_str(out);
}

static void
end_auth(struct conn *conn, struct session *s, bool good)
{
	s->state = STATE_COMMAND;
	s->authenticated = good && reply(conn, "auth",
	    "235 2.7.0 welcome\r\n");
	if (!good)
		conn_send(conn, STR("535 5.7.8 who are you?\r\n"));
}

static bool
is_cram(const struct options *options, struct str answer)
{
	static const char	challenge[] = "<1@sink>";
	const char		*colon = strchr(options->auth, ':');
	unsigned char		 mac[EVP_MAX_MD_SIZE];
	unsigned int		 len = 0;
	struct buf		 good = BUF_INIT;
	bool			 same;

	(void)HMAC(EVP_md5(), colon + 1, (int)strlen(colon + 1),
	    (const unsigned char *)challenge, sizeof(challenge) - 1, mac,
	    &len);
	buf_add(&good, options->auth, (size_t)(colon - options->auth));
	buf_addc(&good, ' ');
	hash_hex(&good, mac, len);
	same = str_eq(answer, buf_str(&good));
	buf_fini(&good);
	return same;
}

static void
auth_step(struct conn *conn, struct session *s, struct str line)
{
	const struct options	*options = conn_arg(conn);
	struct buf		 bytes = BUF_INIT, both = BUF_INIT;
	struct str		 said = unbase64(&bytes, line);

	if (s->state == STATE_AUTH_USER) {
		buf_clear(&s->user);
		buf_addstr(&s->user, said);
		buf_addc(&s->user, ':');
		s->state = STATE_AUTH_PASSWORD;
		conn_send(conn, STR("334 UGFzc3dvcmQ6\r\n"));
	} else if (s->state == STATE_AUTH_PASSWORD) {
		buf_addstr(&s->user, said);
		end_auth(conn, s, str_is(buf_str(&s->user), options->auth));
	} else if (s->state == STATE_AUTH_CRAM) {
		end_auth(conn, s, is_cram(options, said));
	} else {
		/* NUL user NUL password, an identity before it */
		size_t	at = peer_find(said, 0, (struct str){"", 1});

		for (size_t i = at + 1; i < said.len; i++)
			buf_addc(&both, said.p[i] == '\0' ? ':' : said.p[i]);
		end_auth(conn, s, str_is(buf_str(&both), options->auth));
	}
	buf_fini(&bytes);
	buf_fini(&both);
}

static void
auth(struct conn *conn, struct session *s, struct str how)
{
	const struct options	*options = conn_arg(conn);

	if (options->auth == NULL) {
		conn_send(conn, STR("502 5.5.1 no AUTH here\r\n"));
	} else if (how.len >= 5 && strncasecmp(how.p, "PLAIN", 5) == 0) {
		s->state = STATE_AUTH_PLAIN;
		if (how.len > 6)
			auth_step(conn, s, (struct str){how.p + 6,
			    how.len - 6});
		else
			conn_send(conn, STR("334 \r\n"));
	} else if (how.len >= 5 && strncasecmp(how.p, "LOGIN", 5) == 0) {
		s->state = STATE_AUTH_USER;
		if (how.len > 6)
			auth_step(conn, s, (struct str){how.p + 6,
			    how.len - 6});
		else
			conn_send(conn, STR("334 VXNlcm5hbWU6\r\n"));
	} else if (how.len == 8 && strncasecmp(how.p, "CRAM-MD5", 8) == 0) {
		s->state = STATE_AUTH_CRAM;
		conn_send(conn, STR("334 PDFAc2luaz4=\r\n"));
	} else {
		conn_send(conn, STR("504 5.5.4 not known\r\n"));
	}
}

/* --- commands -------------------------------------------------------------------- */

static void
ehlo(struct conn *conn)
{
	const struct options	*options = conn_arg(conn);
	struct buf		 text = BUF_INIT;

	buf_adds(&text, "250-sink\r\n250-ENHANCEDSTATUSCODES\r\n");
	if (!options->no_pipelining)
		buf_adds(&text, "250-PIPELINING\r\n");
	if (options->chunking)
		buf_adds(&text, "250-CHUNKING\r\n");
	if (conn_can_tls(conn) && !conn_has_tls(conn))
		buf_adds(&text, "250-STARTTLS\r\n");
	if (options->auth != NULL)
		buf_addf(&text, "250-AUTH %s\r\n", options->mechanisms);
	buf_addf(&text, "250-SIZE %s\r\n250 8BITMIME\r\n", options->size);
	(void)reply(conn, "ehlo", buf_text(&text));
	buf_fini(&text);
}

static void
mail(struct conn *conn, struct session *s)
{
	const struct options	*options = conn_arg(conn);

	reset(s);
	if (options->require_tls && !conn_has_tls(conn))
		conn_send(conn, STR("530 5.7.0 STARTTLS first\r\n"));
	else if (options->auth != NULL && !s->authenticated)
		conn_send(conn, STR("530 5.7.0 AUTH first\r\n"));
	else
		s->mailing = reply(conn, "mail", "250 2.1.0 sender\r\n");
}

static void
rcpt(struct conn *conn, struct session *s, struct str line)
{
	const size_t		from = peer_find(line, 0, STR("<"));
	const size_t		to = peer_find(line, 0, STR(">"));
	const size_t		had = s->to.len;
	struct peer_deed	deed;
	struct peer_entry	entry = {.key = STR("-"), .bytes = STR(""),
				    .reply = STR("250 2.1.5 recipient\r\n")};

	if (!s->mailing || to == line.len || from > to ||
	    s->to_count == TO_MAX) {
		conn_send(conn, STR("503 5.5.1 MAIL first\r\n"));
		return;
	}
	buf_add(&s->to, line.p + from + 1, to - from - 1);
	buf_addc(&s->to, '\0');
	entry.to = str_of(s->to.p + had);
	deed = conn_deed(conn, "rcpt", entry.to);
	if (conn_do(conn, &deed, entry.reply)) {
		s->to_count++;
		return;
	}
	if (deed.action == PEER_REPLY)
		conn_ledger(conn, &deed, &entry);
	buf_truncate(&s->to, had);
}

static void
data(struct conn *conn, struct session *s)
{
	if (s->to_count == 0)
		conn_send(conn, STR("503 5.5.1 RCPT first\r\n"));
	else if (reply(conn, "data", "354 go on\r\n"))
		s->state = STATE_DATA;
}

static void
bdat(struct conn *conn, struct session *s, struct str line)
{
	char	*end = NULL;
	long	 size = strtol(line.p, &end, 10);

	if (end == line.p || size < 0) {
		conn_send(conn, STR("501 5.5.4 how many?\r\n"));
		return;
	}
	s->state = STATE_CHUNK;
	s->chunk_left = (size_t)size;
	s->chunk_last = strncasecmp(end, " LAST", 5) == 0;
	if (s->to_count == 0) {
		/* RFC 3030: the chunk comes all the same */
		conn_send(conn, STR("503 5.5.1 RCPT first\r\n"));
		conn_close(conn);
	}
}

static void
start_tls(struct conn *conn)
{
	if (!conn_can_tls(conn) || conn_has_tls(conn))
		conn_send(conn, STR("502 5.5.1 no STARTTLS here\r\n"));
	else if (reply(conn, "starttls", "220 2.0.0 go on\r\n"))
		conn_start_tls(conn);
}

static bool
is_verb(struct str line, const char *verb)
{
	const size_t	len = strlen(verb);

	return line.len >= len && strncasecmp(line.p, verb, len) == 0;
}

static void
command(struct conn *conn, struct session *s, struct str line)
{
	if (is_verb(line, "EHLO ") || is_verb(line, "HELO ")) {
		reset(s);
		ehlo(conn);
	} else if (is_verb(line, "STARTTLS")) {
		start_tls(conn);
	} else if (is_verb(line, "AUTH ")) {
		auth(conn, s, (struct str){line.p + 5, line.len - 5});
	} else if (is_verb(line, "MAIL FROM:")) {
		mail(conn, s);
	} else if (is_verb(line, "RCPT TO:")) {
		rcpt(conn, s, line);
	} else if (is_verb(line, "DATA")) {
		data(conn, s);
	} else if (is_verb(line, "BDAT ")) {
		bdat(conn, s, (struct str){line.p + 5, line.len - 5});
	} else if (is_verb(line, "RSET")) {
		reset(s);
		(void)reply(conn, "rset", "250 2.0.0 forgotten\r\n");
	} else if (is_verb(line, "NOOP")) {
		conn_send(conn, STR("250 2.0.0 here\r\n"));
	} else if (is_verb(line, "QUIT")) {
		(void)reply(conn, "quit", "221 2.0.0 bye\r\n");
		conn_close(conn);
	} else {
		conn_send(conn, STR("500 5.5.2 what?\r\n"));
	}
}

static bool
input_line(struct conn *conn, struct session *s)
{
	struct str	in = conn_input(conn);
	size_t		end = peer_find(in, 0, STR("\r\n"));
	struct str	line = {in.p, end};

	if (end == in.len)
		return false;
	if (s->state == STATE_COMMAND)
		command(conn, s, line);
	else
		auth_step(conn, s, line);
	conn_take(conn, end + 2);
	return true;
}

static void
input(struct conn *conn)
{
	struct session	*s = conn_own(conn);
	bool		 more = true;

	while (more && !conn_is_stalled(conn)) {
		if (s->state == STATE_DATA)
			more = input_data(conn, s);
		else if (s->state == STATE_CHUNK)
			more = input_chunk(conn, s);
		else
			more = input_line(conn, s);
	}
}

static void
begin(struct conn *conn)
{
	(void)reply(conn, "banner", "220 sink ESMTP\r\n");
}

static void
end(struct conn *conn)
{
	struct session	*s = conn_own(conn);

	buf_fini(&s->to);
	buf_fini(&s->message);
	buf_fini(&s->user);
}

static int
option(struct peer_protocol *protocol, char **words, int count)
{
	struct options	*options = protocol->arg;

	if (strcmp(words[0], "--no-pipelining") == 0)
		options->no_pipelining = true;
	else if (strcmp(words[0], "--chunking") == 0)
		options->chunking = true;
	else if (strcmp(words[0], "--require-tls") == 0)
		options->require_tls = true;
	else if (count < 2)
		return 0;
	else if (strcmp(words[0], "--size") == 0)
		options->size = words[1];
	else if (strcmp(words[0], "--mechanisms") == 0)
		options->mechanisms = words[1];
	else if (strcmp(words[0], "--auth") == 0 &&
	    strchr(words[1], ':') != NULL)
		options->auth = words[1];
	else
		return 0;
	return options->size == words[1] || options->auth == words[1] ||
	    options->mechanisms == words[1] ? 2 : 1;
}

int
main(int argc, char **argv)
{
	struct options		options = {.size = "10485760",
				    .mechanisms = "PLAIN LOGIN CRAM-MD5"};
	struct peer_protocol	protocol = {
		.own_size = sizeof(struct session), .begin = begin,
		.input = input, .end = end, .option = option, .arg = &options,
	};

	return peer_main(argc, argv, &protocol);
}
