/* SPDX-License-Identifier: ISC */
#include "support/peer.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S	20

static void
must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

/* --- TLS -------------------------------------------------------------------- */

static void
add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX	 ctx;
	X509_EXTENSION	*extension;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(extension != NULL && X509_add_ext(cert, extension, -1) == 1,
	    "certificate");
	X509_EXTENSION_free(extension);
}

static X509 *
make_certificate(EVP_PKEY *key, const char *name)
{
	X509	*cert = X509_new();
	char	 alt[128];

	(void)X509_set_version(cert, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	(void)X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	(void)X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	(void)X509_set_pubkey(cert, key);
	(void)X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN",
	    MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	(void)X509_set_issuer_name(cert, X509_get_subject_name(cert));
	(void)snprintf(alt, sizeof(alt), "%s:%s",
	    name[0] >= '0' && name[0] <= '9' ? "IP" : "DNS", name);
	add_extension(cert, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(cert, NID_subject_alt_name, alt);
	must(X509_sign(cert, key, EVP_sha256()) > 0, "signing");
	return cert;
}

static void
start_tls(struct peer *peer, const char *name)
{
	EVP_PKEY	*key = EVP_EC_gen("P-256");
	SSL_CTX		*ctx = SSL_CTX_new(TLS_server_method());
	X509		*cert = make_certificate(key, name);
	FILE		*fp = NULL;
	int		 fd;

	(void)snprintf(peer->ca_path, sizeof(peer->ca_path),
	    "/tmp/dunlin-ca-XXXXXX");
	fd = mkstemp(peer->ca_path);
	must(fd >= 0 && (fp = fdopen(fd, "w")) != NULL, peer->ca_path);
	must(PEM_write_X509(fp, cert) == 1 && fclose(fp) == 0, "PEM");
	must(SSL_CTX_use_certificate(ctx, cert) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, key) == 1, "TLS");
	X509_free(cert);
	EVP_PKEY_free(key);
	peer->tls = ctx;
}

/* --- connections ------------------------------------------------------------ */

static ssize_t
take(struct peer_conn *conn, char *out, size_t room)
{
	size_t	n = conn->early_len < room ? conn->early_len : room;

	if (n > 0) {
		(void)memcpy(out, conn->early, n);
		(void)memmove(conn->early, conn->early + n,
		    conn->early_len - n);
		conn->early_len -= n;
		return (ssize_t)n;
	}
	if (conn->ssl != NULL)
		return SSL_read(conn->ssl, out, (int)room);
	return recv(conn->fd, out, room, 0);
}

bool
peer_read_head(struct peer_conn *conn)
{
	size_t	len = 0, rest;
	ssize_t	n;
	char	*end;

	conn->head[0] = '\0';
	while ((end = strstr(conn->head, "\r\n\r\n")) == NULL) {
		n = take(conn, conn->head + len, PEER_HEAD - 1 - len);
		if (n <= 0)
			return false;
		len += (size_t)n;
		conn->head[len] = '\0';
	}
	rest = len - (size_t)(end + 4 - conn->head);
	(void)memmove(conn->early + rest, conn->early, conn->early_len);
	(void)memcpy(conn->early, end + 4, rest);
	conn->early_len += rest;
	end[4] = '\0';
	return true;
}

bool
peer_read(struct peer_conn *conn)
{
	const char	*said;
	size_t		 wanted;
	char		 bytes[4096];
	ssize_t		 n;

	if (!peer_read_head(conn))
		return false;
	said = strcasestr(conn->head, "\r\nContent-Length:");
	wanted = said == NULL ? 0 : (size_t)strtoul(said + 17, NULL, 10);
	conn->body_len = 0;
	(void)memset(conn->body, 0, sizeof(conn->body));
	while (conn->body_len < wanted) {
		n = take(conn, bytes, wanted - conn->body_len < sizeof(bytes) ?
		    wanted - conn->body_len : sizeof(bytes));
		if (n <= 0)
			return false;
		if (conn->body_len + (size_t)n < PEER_KEPT)
			(void)memcpy(conn->body + conn->body_len, bytes,
			    (size_t)n);
		conn->body_len += (size_t)n;
	}
	(void)pthread_mutex_lock(&conn->peer->lock);
	(void)memcpy(conn->peer->head, conn->head, PEER_HEAD);
	(void)memcpy(conn->peer->body, conn->body, PEER_KEPT);
	(void)pthread_mutex_unlock(&conn->peer->lock);
	atomic_fetch_add(&conn->peer->requests, 1);
	return true;
}

bool
peer_write(struct peer_conn *conn, const char *bytes, size_t len)
{
	ssize_t	n;

	while (len > 0) {
		n = conn->ssl != NULL ? SSL_write(conn->ssl, bytes, (int)len) :
		    send(conn->fd, bytes, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

bool
peer_say(struct peer_conn *conn, const char *text)
{
	return peer_write(conn, text, strlen(text));
}

bool
peer_reply(struct peer_conn *conn, const char *status, const char *headers,
    const char *body)
{
	char	head[1024];

	(void)snprintf(head, sizeof(head), "HTTP/1.1 %s\r\n%sContent-Length:"
	    " %zu\r\n\r\n", status, headers, strlen(body));
	return peer_say(conn, head) && peer_say(conn, body);
}

void
peer_reset(struct peer_conn *conn)
{
	struct linger	linger = {.l_onoff = 1, .l_linger = 0};

	(void)setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &linger,
	    sizeof(linger));
}

bool
peer_gone(struct peer_conn *conn)
{
	char	bytes[4096];
	ssize_t	n;

	do {
		n = take(conn, bytes, sizeof(bytes));
	} while (n > 0);
	return n == 0;
}

static void *
serve(void *arg)
{
	struct peer_conn	*conn = arg;
	struct timeval		 patience = {.tv_sec = PATIENCE_S};
	int			 one = 1;

	(void)setsockopt(conn->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience));
	(void)setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &one,
	    sizeof(one));
	if (conn->peer->tls != NULL) {
		conn->ssl = SSL_new(conn->peer->tls);
		(void)SSL_set_fd(conn->ssl, conn->fd);
		if (SSL_accept(conn->ssl) == 1)
			conn->peer->script(conn);
		SSL_free(conn->ssl);
	} else
		conn->peer->script(conn);
	(void)close(conn->fd);
	free(conn);
	return NULL;
}

static void *
accept_all(void *arg)
{
	struct peer		*peer = arg;
	struct peer_conn	*conn;
	int			 fd;

	while ((fd = accept(peer->listen_fd, NULL, NULL)) >= 0) {
		conn = calloc(1, sizeof(*conn));
		must(conn != NULL && peer->thread_count < PEER_THREADS,
		    "too many connections");
		conn->peer = peer;
		conn->fd = fd;
		conn->number = atomic_fetch_add(&peer->connections, 1);
		must(pthread_create(&peer->threads[peer->thread_count++], NULL,
		    serve, conn) == 0, "thread");
	}
	return NULL;
}

struct peer *
peer_start(peer_script_fn *script, const char *tls_name)
{
	struct sockaddr_in	 at = {.sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t		 len = sizeof(at);
	struct peer		*peer = calloc(1, sizeof(*peer));

	must(peer != NULL, "peer");
	(void)signal(SIGPIPE, SIG_IGN);
	peer->script = script;
	(void)pthread_mutex_init(&peer->lock, NULL);
	if (tls_name != NULL)
		start_tls(peer, tls_name);
	peer->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(bind(peer->listen_fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    listen(peer->listen_fd, 64) == 0 && getsockname(peer->listen_fd,
	    (struct sockaddr *)&at, &len) == 0, "listening");
	peer->port = ntohs(at.sin_port);
	must(pthread_create(&peer->acceptor, NULL, accept_all, peer) == 0,
	    "thread");
	return peer;
}

void
peer_stop(struct peer *peer)
{
	(void)shutdown(peer->listen_fd, SHUT_RDWR);
	(void)pthread_join(peer->acceptor, NULL);
	(void)close(peer->listen_fd);
	for (int i = 0; i < peer->thread_count; i++)
		(void)pthread_join(peer->threads[i], NULL);
	if (peer->tls != NULL) {
		SSL_CTX_free(peer->tls);
		(void)unlink(peer->ca_path);
	}
	(void)pthread_mutex_destroy(&peer->lock);
	free(peer);
}
