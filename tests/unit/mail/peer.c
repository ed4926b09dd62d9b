/* SPDX-License-Identifier: ISC */
#include "mail/peer.h"

#include "base/buf.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct peer {
	struct peer_script	 script;
	int			 listener;
	int			 port;
	pthread_t		 thread;
	SSL_CTX			*tls;
	char			 ca[64];
	pthread_mutex_t		 lock;		/* of the rest */
	pthread_cond_t		 gone;
	bool			 is_ending;
	int			 n_alive, n_connections, n_taken, n_quits;
	int			 fds[512];
	struct buf		 commands;
	struct buf		 message;
	char			 sni[100];
};

struct talk {
	struct peer	*peer;
	int		 fd;
	int		 number;	/* of the connection, from 1 */
	int		 n_messages;
	SSL		*ssl;
	char		 in[65536];
	size_t		 at, len;
	bool		 is_over;
};

/* --- certificates ------------------------------------------------------------ */

static X509 *
make_cert(EVP_PKEY *key, const char *name, const char *san, X509 *issuer,
    EVP_PKEY *issuer_key, bool is_expired)
{
	X509		*cert = X509_new();
	X509_NAME	*subject = X509_get_subject_name(cert);
	X509V3_CTX	 context;
	X509_EXTENSION	*extension;

	(void)X509_set_version(cert, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(cert), 7);
	(void)X509_gmtime_adj(X509_getm_notBefore(cert), -86400);
	(void)X509_gmtime_adj(X509_getm_notAfter(cert),
	    is_expired ? -3600 : 86400);
	(void)X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
	    (const unsigned char *)name, -1, -1, 0);
	(void)X509_set_issuer_name(cert, issuer == NULL ? subject :
	    X509_get_subject_name(issuer));
	(void)X509_set_pubkey(cert, key);
	X509V3_set_ctx(&context, issuer == NULL ? cert : issuer, cert, NULL,
	    NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, san != NULL ?
	    NID_subject_alt_name : NID_basic_constraints, san != NULL ? san :
	    "critical,CA:TRUE");
	(void)X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
	(void)X509_sign(cert, issuer_key, EVP_sha256());
	return cert;
}

static int
on_sni(SSL *ssl, int *alert, void *arg)
{
	struct peer	*peer = arg;
	const char	*name = SSL_get_servername(ssl,
			    TLSEXT_NAMETYPE_host_name);

	(void)alert;
	(void)pthread_mutex_lock(&peer->lock);
	(void)snprintf(peer->sni, sizeof(peer->sni), "%s",
	    name != NULL ? name : "");
	(void)pthread_mutex_unlock(&peer->lock);
	return SSL_TLSEXT_ERR_OK;
}

static void
make_tls(struct peer *peer)
{
	enum peer_cert	 kind = peer->script.cert;
	EVP_PKEY	*ca_key = EVP_EC_gen("P-256");
	EVP_PKEY	*key = EVP_EC_gen("P-256");
	X509		*ca = make_cert(ca_key, "test authority", NULL, NULL,
			    ca_key, false);
	X509		*stranger = make_cert(ca_key, "somebody", NULL, NULL,
			    ca_key, false);
	X509		*cert = make_cert(key, "leaf",
			    kind == PEER_WRONG_NAME ? "DNS:other.test" :
			    "DNS:localhost,IP:127.0.0.1",
			    kind == PEER_STRANGER ? stranger : ca, ca_key,
			    kind == PEER_EXPIRED);
	FILE		*fp;

	(void)snprintf(peer->ca, sizeof(peer->ca), "/tmp/dunlin-ca-XXXXXX");
	fp = fdopen(mkstemp(peer->ca), "w");
	(void)PEM_write_X509(fp, ca);
	(void)fclose(fp);
	peer->tls = SSL_CTX_new(TLS_server_method());
	(void)SSL_CTX_use_certificate(peer->tls, cert);
	(void)SSL_CTX_use_PrivateKey(peer->tls, key);
	(void)SSL_CTX_set_tlsext_servername_callback(peer->tls, on_sni);
	(void)SSL_CTX_set_tlsext_servername_arg(peer->tls, peer);
	X509_free(cert);
	X509_free(stranger);
	X509_free(ca);
	EVP_PKEY_free(key);
	EVP_PKEY_free(ca_key);
}

/* --- bytes --------------------------------------------------------------------- */

static void
send_bytes(struct talk *talk, const char *bytes, size_t len)
{
	ssize_t	n;

	while (len > 0 && !talk->is_over) {
		n = talk->ssl != NULL ? SSL_write(talk->ssl, bytes, (int)len) :
		    send(talk->fd, bytes, len, MSG_NOSIGNAL);
		talk->is_over |= n <= 0;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
}

static bool
fill(struct talk *talk)
{
	ssize_t	n;

	memmove(talk->in, talk->in + talk->at, talk->len - talk->at);
	talk->len -= talk->at;
	talk->at = 0;
	n = talk->ssl != NULL ? SSL_read(talk->ssl, talk->in + talk->len,
	    (int)(sizeof(talk->in) - 1 - talk->len)) : read(talk->fd,
	    talk->in + talk->len, sizeof(talk->in) - 1 - talk->len);
	talk->is_over |= n <= 0;
	if (n > 0)
		talk->len += (size_t)n;
	return n > 0;
}

/* A line without CRLF; NULL: the client left. */
static char *
read_line(struct talk *talk)
{
	char	*end, *line;

	while ((end = memchr(talk->in + talk->at, '\n',
	    talk->len - talk->at)) == NULL) {
		if (!fill(talk))
			return NULL;
	}
	line = talk->in + talk->at;
	talk->at = (size_t)(end + 1 - talk->in);
	*end = '\0';
	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	return line;
}

static void
wait_gone(struct talk *talk)
{
	char	byte[512];

	while (read(talk->fd, byte, sizeof(byte)) > 0)
		;
	talk->is_over = true;
}

static void
send_slowly(struct talk *talk, const char *text)
{
	struct pollfd	fd = { .fd = talk->fd, .events = POLLRDHUP };

	for (; *text != '\0' && !talk->is_over; text++) {
		send_bytes(talk, text, 1);
		talk->is_over |= poll(&fd, 1, 50) > 0;
	}
}

static void
reset(struct talk *talk)
{
	struct linger	now = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(talk->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	talk->is_over = true;
}

/* When nothing more came for 50 ms. */
static void
say_later(struct talk *talk, const char *text)
{
	struct pollfd	fd = { .fd = talk->fd, .events = POLLIN };
	char		bytes[4096];

	while (poll(&fd, 1, 50) > 0 && read(talk->fd, bytes,
	    sizeof(bytes)) > 0)
		;
	send_bytes(talk, text, strlen(text));
	send_bytes(talk, "\r\n", 2);
	talk->is_over = true;
}

static void
say(struct talk *talk, const char *text)
{
	const char	*at = strchr(text, '@');
	size_t		 len = at != NULL ? (size_t)(at - text) : strlen(text);

	send_bytes(talk, text, len);
	if (at == NULL)
		send_bytes(talk, "\r\n", 2);
	else if (strncmp(at, "@slow", 5) == 0) {
		send_slowly(talk, at + 5);
		send_bytes(talk, "\r\n", 2);
	} else if (strncmp(at, "@later", 6) == 0) {
		send_bytes(talk, "\r\n", 2);
		say_later(talk, at + 6);
	} else if (strncmp(at, "@nul", 4) == 0) {
		send_bytes(talk, "", 1);
		say(talk, at + 4);
	} else if (strcmp(at, "@stall") == 0)
		wait_gone(talk);
	else if (strcmp(at, "@rst") == 0)
		reset(talk);
	else if (strcmp(at, "@drop") == 0)
		talk->is_over = true;
}

/* The script's answer where it is in force, else the good one; which it was. */
static const char *
answer(struct talk *talk, const char *scripted, const char *good)
{
	const struct peer_script	*script = &talk->peer->script;
	bool				 is_now = (script->only == 0 ||
	    script->only == talk->n_messages) && (script->first_only == 0 ||
	    talk->number == 1);

	if (scripted != NULL && is_now)
		good = scripted;
	say(talk, good);
	return good;
}

/* --- commands ------------------------------------------------------------------ */

static void
say_ehlo(struct talk *talk)
{
	const struct peer_script	*script = &talk->peer->script;
	char				 text[1000];

	(void)snprintf(text, sizeof(text), "250-peer.test\r\n%s%s%s%s%s%s%s"
	    "250 SIZE 10000000",
	    script->no_pipelining ? "" : "250-PIPELINING\r\n",
	    script->no_enhanced ? "" : "250-ENHANCEDSTATUSCODES\r\n",
	    script->cert != PEER_PLAIN && talk->ssl == NULL &&
	    !script->strips_starttls ? "250-STARTTLS\r\n" : "",
	    script->mechanisms != NULL ? "250-AUTH " : "",
	    script->mechanisms != NULL ? script->mechanisms : "",
	    script->mechanisms != NULL ? "\r\n" : "",
	    script->more != NULL ? script->more : "");
	(void)answer(talk, script->ehlo, text);
}

static void
start_tls(struct talk *talk)
{
	(void)answer(talk, talk->peer->script.starttls, "220 2.0.0 go");
	if (talk->is_over)
		return;
	talk->at = talk->len = 0;
	talk->ssl = SSL_new(talk->peer->tls);
	(void)SSL_set_fd(talk->ssl, talk->fd);
	if (SSL_accept(talk->ssl) <= 0)
		talk->is_over = true;
}

static void
sign_in(struct talk *talk, const char *line)
{
	if (strncasecmp(line, "AUTH LOGIN", 10) == 0) {
		say(talk, "334 VXNlcm5hbWU6");
		(void)read_line(talk);
		say(talk, "334 UGFzc3dvcmQ6");
		(void)read_line(talk);
	} else if (strncasecmp(line, "AUTH CRAM", 9) == 0) {
		say(talk, "334 PDEyMzRAcGVlcj4=");
		(void)read_line(talk);
	}
	(void)answer(talk, talk->peer->script.auth, "235 2.7.0 ok");
}

/* False: the client left, or was left, before the end. */
static bool
read_body(struct talk *talk)
{
	size_t		 most = talk->peer->script.drop_in_body, got = 0;
	struct buf	 body = BUF_INIT;
	char		*line;

	while ((line = read_line(talk)) != NULL && strcmp(line, ".") != 0) {
		buf_adds(&body, line + (line[0] == '.'));
		buf_adds(&body, "\r\n");
		got += strlen(line) + 2;
		if (most > 0 && got >= most) {
			reset(talk);
			line = NULL;
			break;
		}
	}
	(void)pthread_mutex_lock(&talk->peer->lock);
	if (line != NULL) {
		talk->peer->n_taken++;
		(void)pthread_cond_broadcast(&talk->peer->gone);
		buf_fini(&talk->peer->message);
		talk->peer->message = body;
	} else
		buf_fini(&body);
	(void)pthread_mutex_unlock(&talk->peer->lock);
	return line != NULL;
}

static void
command(struct talk *talk, const char *line)
{
	const struct peer_script	*script = &talk->peer->script;

	if (strncasecmp(line, "EHLO", 4) == 0)
		say_ehlo(talk);
	else if (strncasecmp(line, "HELO", 4) == 0)
		(void)answer(talk, script->helo, "250 peer.test");
	else if (strncasecmp(line, "STARTTLS", 8) == 0)
		start_tls(talk);
	else if (strncasecmp(line, "AUTH", 4) == 0)
		sign_in(talk, line);
	else if (strncasecmp(line, "MAIL", 4) == 0) {
		talk->n_messages++;
		(void)answer(talk, script->mail, "250 2.1.0 ok");
	} else if (strncasecmp(line, "RCPT", 4) == 0)
		(void)answer(talk, script->rcpt, "250 2.1.5 ok");
	else if (strncasecmp(line, "DATA", 4) == 0) {
		if (strncmp(answer(talk, script->data, "354 go"), "354",
		    3) == 0 && !talk->is_over && read_body(talk))
			(void)answer(talk, script->dot, "250 2.0.0 queued");
	} else if (strncasecmp(line, "RSET", 4) == 0)
		(void)answer(talk, script->rset, "250 2.0.0 ok");
	else if (strncasecmp(line, "QUIT", 4) == 0) {
		(void)answer(talk, script->quit, "221 2.0.0 bye");
		talk->is_over = true;
	} else
		say(talk, "500 5.5.2 what");
}

static void
note_command(struct peer *peer, const char *line)
{
	(void)pthread_mutex_lock(&peer->lock);
	peer->n_quits += strncasecmp(line, "QUIT", 4) == 0;
	buf_adds(&peer->commands, line);
	buf_adds(&peer->commands, "\n");
	(void)pthread_mutex_unlock(&peer->lock);
}

/* Nothing comes for a while: says so, unasked. */
static void
rest(struct talk *talk)
{
	const struct peer_script	*script = &talk->peer->script;
	struct pollfd			 fd = { .fd = talk->fd,
					    .events = POLLIN };

	if (script->idle == NULL || talk->n_messages == 0 ||
	    talk->at < talk->len || poll(&fd, 1, script->idle_ms) > 0)
		return;
	say(talk, script->idle);
	talk->is_over = true;
}

static void *
talk_main(void *arg)
{
	struct talk	*talk = arg;
	struct peer	*peer = talk->peer;
	char		*line;

	(void)answer(talk, peer->script.banner, "220 peer.test ESMTP");
	while (!talk->is_over && (line = read_line(talk)) != NULL) {
		note_command(peer, line);
		command(talk, line);
		rest(talk);
	}
	if (talk->ssl != NULL) {
		if (!peer->script.no_notify)
			(void)SSL_shutdown(talk->ssl);
		SSL_free(talk->ssl);
	}
	(void)pthread_mutex_lock(&peer->lock);
	peer->fds[talk->number] = -1;
	(void)close(talk->fd);
	peer->n_alive--;
	(void)pthread_cond_broadcast(&peer->gone);
	(void)pthread_mutex_unlock(&peer->lock);
	free(talk);
	return NULL;
}

static void
serve(struct peer *peer, int fd)
{
	struct talk	*talk = calloc(1, sizeof(*talk));
	int		 one = 1;
	pthread_t	 thread;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	talk->peer = peer;
	talk->fd = fd;
	(void)pthread_mutex_lock(&peer->lock);
	talk->number = ++peer->n_connections;
	peer->n_alive++;
	peer->fds[talk->number] = fd;
	(void)pthread_mutex_unlock(&peer->lock);
	(void)pthread_create(&thread, NULL, talk_main, talk);
	(void)pthread_detach(thread);
}

static void *
listen_main(void *arg)
{
	struct peer	*peer = arg;
	int		 fd;

	while ((fd = accept(peer->listener, NULL, NULL)) >= 0) {
		if (peer->n_connections < 500)
			serve(peer, fd);
		else
			(void)close(fd);
	}
	return NULL;
}

struct peer *
peer_new(const struct peer_script *script)
{
	struct peer		*peer = calloc(1, sizeof(*peer));
	struct sockaddr_in	 address = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t		 len = sizeof(address);

	peer->script = *script;
	(void)pthread_mutex_init(&peer->lock, NULL);
	(void)pthread_cond_init(&peer->gone, NULL);
	if (script->cert != PEER_PLAIN)
		make_tls(peer);
	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(peer->listener, (void *)&address, len) != 0 ||
	    listen(peer->listener, 256) != 0 || getsockname(peer->listener,
	    (void *)&address, &len) != 0)
		abort();
	peer->port = ntohs(address.sin_port);
	(void)pthread_create(&peer->thread, NULL, listen_main, peer);
	return peer;
}

void
peer_free(struct peer *peer)
{
	(void)shutdown(peer->listener, SHUT_RDWR);
	(void)pthread_join(peer->thread, NULL);
	(void)close(peer->listener);
	(void)pthread_mutex_lock(&peer->lock);
	for (int i = 1; i <= peer->n_connections; i++) {
		if (peer->fds[i] > 0)
			(void)shutdown(peer->fds[i], SHUT_RDWR);
	}
	while (peer->n_alive > 0)
		(void)pthread_cond_wait(&peer->gone, &peer->lock);
	(void)pthread_mutex_unlock(&peer->lock);
	if (peer->tls != NULL) {
		SSL_CTX_free(peer->tls);
		(void)unlink(peer->ca);
	}
	buf_fini(&peer->commands);
	buf_fini(&peer->message);
	free(peer);
}

int
peer_port(const struct peer *peer)
{
	return peer->port;
}

const char *
peer_ca(const struct peer *peer)
{
	return peer->ca;
}

static int
get(struct peer *peer, const int *number)
{
	int	value;

	(void)pthread_mutex_lock(&peer->lock);
	value = *number;
	(void)pthread_mutex_unlock(&peer->lock);
	return value;
}

int
peer_connections(struct peer *peer)
{
	return get(peer, &peer->n_connections);
}

int
peer_taken(struct peer *peer)
{
	return get(peer, &peer->n_taken);
}

int
peer_quits(struct peer *peer)
{
	return get(peer, &peer->n_quits);
}

void
peer_wait_messages(struct peer *peer, int n)
{
	(void)pthread_mutex_lock(&peer->lock);
	while (peer->n_taken < n)
		(void)pthread_cond_wait(&peer->gone, &peer->lock);
	(void)pthread_mutex_unlock(&peer->lock);
}

void
peer_shut(struct peer *peer)
{
	(void)shutdown(peer->listener, SHUT_RDWR);
}

void
peer_wait_gone(struct peer *peer)
{
	(void)pthread_mutex_lock(&peer->lock);
	while (peer->n_alive > 0)
		(void)pthread_cond_wait(&peer->gone, &peer->lock);
	(void)pthread_mutex_unlock(&peer->lock);
}

bool
peer_saw(struct peer *peer, const char *command_line)
{
	bool	is_there;

	(void)pthread_mutex_lock(&peer->lock);
	is_there = strstr(buf_text(&peer->commands), command_line) != NULL;
	(void)pthread_mutex_unlock(&peer->lock);
	return is_there;
}

const char *
peer_message(struct peer *peer, size_t *len)
{
	*len = peer->message.len;
	return buf_text(&peer->message);
}

const char *
peer_sni(struct peer *peer)
{
	return peer->sni;
}
