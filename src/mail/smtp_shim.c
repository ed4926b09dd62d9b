/* SPDX-License-Identifier: ISC */
/*
 * smtp_shim.c - the cures for libESMTP 1.1.0, in one place.
 *
 * A program that is linked with this file defines connect() and poll(), which
 * libESMTP calls through the dynamic linker: the program's come first.  They
 * do more than the system's only on a thread that is inside a session.
 *
 *	connect	TCP_NODELAY (else each message waits 44 ms for Nagle and a
 *		delayed acknowledgement), a timeout, close-on-exec, a duplicate
 *		of the descriptor with which another thread can end it
 *	poll	when both ends are asked, the way out first: a TLS 1.3 ticket
 *		would make it wait for an answer to what it has not yet sent;
 *		a time for the whole answer, not for each byte of it
 *	TLS	a context of our own: libESMTP's takes TLS 1.0, looks into
 *		$HOME, checks the canonical name and sends no SNI
 *
 * The bytes behind the answer to STARTTLS and the errno that the message
 * callback leaves are looked after in smtp_session.c.
 */
#include "base/fault.h"
#include "mail/smtp_impl.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <libesmtp.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The names that libESMTP's calls are bound to.  By assembler name: the
 * compiler thinks of the system's as functions that only write to fds.
 */
#define EXPORTED	__attribute__((visibility("default"), used))

EXPORTED int	shim_connect(int fd, const struct sockaddr *address,
		    socklen_t len) __asm__("connect");
EXPORTED int	shim_poll(struct pollfd *fds, nfds_t n, int timeout)
		    __asm__("poll");

/* The session that this thread is in. */
static _Thread_local struct smtp_shim	*current;

void
smtp_shim_init(struct smtp_shim *shim)
{
	memset(shim, 0, sizeof(*shim));
	(void)pthread_mutex_init(&shim->lock, NULL);
	shim->fd = -1;
}

void
smtp_shim_fini(struct smtp_shim *shim)
{
	(void)pthread_mutex_destroy(&shim->lock);
}

static void
note_error(struct smtp_shim *shim, int error)
{
	if (shim->error == 0)
		shim->error = error;
}

/* False: cut; nothing may begin. */
static bool
set_fd(struct smtp_shim *shim, int fd)
{
	bool	ok;
	int	old;

	(void)pthread_mutex_lock(&shim->lock);
	old = shim->fd;
	shim->fd = fd;
	shim->is_resolving = false;
	ok = !shim->is_cut;
	(void)pthread_mutex_unlock(&shim->lock);
	if (old >= 0)
		(void)close(old);
	return ok;
}

bool
smtp_shim_enter(struct smtp_shim *shim)
{
	bool	is_cut;

	shim->error = 0;
	shim->n_connects = shim->n_polls = 0;
	shim->is_connected = false;
	shim->address[0] = shim->tls[0] = shim->trouble[0] = '\0';
	(void)pthread_mutex_lock(&shim->lock);
	is_cut = shim->is_cut;
	shim->is_resolving = !is_cut;
	(void)pthread_mutex_unlock(&shim->lock);
	ERR_clear_error();	/* else SSL_get_error may see an old one */
	current = shim;
	return !is_cut;
}

void
smtp_shim_leave(struct smtp_shim *shim)
{
	current = NULL;
	(void)set_fd(shim, -1);
}

void
smtp_shim_drop(struct smtp_shim *shim, int error)
{
	note_error(shim, error);
	if (shim->fd >= 0)
		(void)shutdown(shim->fd, SHUT_RDWR);
}

void
smtp_shim_hurry(struct smtp_shim *shim, int64_t ms)
{
	if (shim->cap_ms > ms)
		shim->cap_ms = ms;
}

bool
smtp_shim_cut(struct smtp_shim *shim)
{
	bool	comes_back;

	(void)pthread_mutex_lock(&shim->lock);
	shim->is_cut = true;
	if (shim->fd >= 0)
		(void)shutdown(shim->fd, SHUT_RDWR);
	comes_back = !shim->is_resolving;
	(void)pthread_mutex_unlock(&shim->lock);
	return comes_back;
}

enum smtp_quiet
smtp_shim_listen(struct smtp_shim *shim, char *out, size_t room, size_t *len)
{
	ssize_t	got;

	*len = 0;
	if (shim->fd < 0)
		return SMTP_CLOSED;
	got = recv(shim->fd, out, room, MSG_PEEK | MSG_DONTWAIT);
	if (got > 0) {
		*len = (size_t)got;
		return SMTP_BYTES;
	}
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return SMTP_QUIET;
	note_error(shim, ECONNRESET);
	return SMTP_CLOSED;
}

/* --- connect ---------------------------------------------------------------- */

static bool
is_local_address(const struct sockaddr *address)
{
	const struct sockaddr_in	*v4 = (const void *)address;
	const struct sockaddr_in6	*v6 = (const void *)address;

	if (address->sa_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) ||
	    (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) &&
	    v6->sin6_addr.s6_addr[12] == 127);
}

static void
describe_address(struct smtp_shim *shim, const struct sockaddr *address,
    socklen_t len)
{
	char	host[48], port[8];

	if (getnameinfo(address, len, host, sizeof(host), port, sizeof(port),
	    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	(void)snprintf(shim->address, sizeof(shim->address),
	    address->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static int
wait_poll(struct pollfd *fds, nfds_t n, int64_t ms)
{
	struct timespec	wait = {
		.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	return ppoll(fds, n, ms < 0 ? NULL : &wait, NULL);
}

/* 0 or an errno. */
static int
wait_connected(struct smtp_shim *shim, int fd)
{
	struct pollfd	one = { .fd = fd, .events = POLLOUT };
	int64_t		end_ms = clock_monotonic_ms() + shim->connect_ms;
	int		error = 0, ready;
	socklen_t	len = sizeof(error);
	int64_t		left;

	do {
		left = end_ms - clock_monotonic_ms();
		ready = wait_poll(&one, 1, left > 0 ? left : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return errno;
	if (ready == 0)
		return ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 ?
	    error : errno;
}

/* 0 or an errno. */
static int
connect_one(struct smtp_shim *shim, int fd, const struct sockaddr *address,
    socklen_t len)
{
	int	one = 1;
	int	copy;

	describe_address(shim, address, len);
	if (shim->local_only && !is_local_address(address))
		return EPERM;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
	    (copy = fcntl(fd, F_DUPFD_CLOEXEC, 3)) < 0)
		return errno;
	if (!set_fd(shim, copy))
		return ECANCELED;
	if (syscall(SYS_connect, fd, address, len) == 0)
		return 0;
	return errno == EINPROGRESS || errno == EINTR ?
	    wait_connected(shim, fd) : errno;
}

int
shim_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	struct smtp_shim	*shim = current;
	int			 error;

	if (shim == NULL || (address->sa_family != AF_INET &&
	    address->sa_family != AF_INET6))
		return (int)syscall(SYS_connect, fd, address, len);
	shim->n_connects++;
	if (shim->is_probe)
		return 0;
	shim->error = 0;	/* of the address before it */
	error = connect_one(shim, fd, address, len);
	shim->since_ms = clock_monotonic_ms();
	shim->is_connected = error == 0;
	if (error == 0)
		return 0;
	(void)set_fd(shim, -1);
	note_error(shim, error);
	errno = error;
	return -1;
}

/* --- poll ------------------------------------------------------------------- */

static int
poll_in_time(struct smtp_shim *shim, struct pollfd *fds, nfds_t n, int timeout)
{
	int64_t	limit = timeout < 0 || timeout > shim->cap_ms ? shim->cap_ms :
		    timeout;
	int64_t	left = shim->since_ms + limit - clock_monotonic_ms();
	int	ready = wait_poll(fds, n, left > 0 ? left : 0);

	if (ready == 0)
		smtp_shim_drop(shim, ETIMEDOUT);
	return ready;
}

/* Has the end of a message left, and does its answer not? */
static void
pass_end(struct smtp_shim *shim, const struct pollfd *fds, nfds_t n)
{
	const struct smtp_worker	*worker = OWNER(shim,
					    struct smtp_worker, shim);

	if (n == 1 && (fds[0].events & POLLOUT) == 0 && worker->body_ended &&
	    smtp_wire_stage(&worker->wire) == SMTP_DOT)
		fault_point(FAULT_END_AFTER);
}

int
shim_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	struct smtp_shim	*shim = current;

	if (shim != NULL && shim->is_probe) {
		shim->n_polls++;
		errno = EIO;
		return -1;
	}
	if (shim == NULL || !shim->is_connected || timeout == 0)
		return wait_poll(fds, n, timeout);
	if (n == 2 && fds[0].fd == fds[1].fd && fds[1].events == POLLOUT) {
		fds[0].revents = 0;
		fds++;
		n--;
	}
	if (n == 1 && fds[0].events == POLLOUT)
		shim->since_ms = clock_monotonic_ms();
	pass_end(shim, fds, n);
	return poll_in_time(shim, fds, n, timeout);
}

/* --- is all this in effect? -------------------------------------------------- */

static const char *
no_bytes(void **context, int *len, void *arg)
{
	(void)context;
	(void)arg;
	if (len != NULL)
		*len = 0;
	return NULL;
}

bool
smtp_shim_check(struct err *err)
{
	struct smtp_shim	shim;
	smtp_session_t		session = smtp_create_session();
	smtp_message_t		message;

	if (session == NULL)
		return err_nomem(err);
	smtp_shim_init(&shim);
	shim.is_probe = true;
	message = smtp_add_message(session);
	if (message != NULL && smtp_set_server(session, "127.0.0.1:9") != 0 &&
	    smtp_set_messagecb(message, no_bytes, NULL) != 0 &&
	    smtp_add_recipient(message, "probe@localhost") != NULL) {
		if (smtp_shim_enter(&shim))
			(void)smtp_start_session(session);
		smtp_shim_leave(&shim);
	}
	(void)smtp_destroy_session(session);
	smtp_shim_fini(&shim);
	if (shim.n_connects == 1 && shim.n_polls > 0)
		return true;
	return err_set(err, ERR_SYSTEM, "libESMTP does not call this program's"
	    " %s: mail could stall or be taken for sent, so none is sent;"
	    " link the program without hiding its symbols",
	    shim.n_connects == 1 ? "poll()" : "connect()");
}

/* --- TLS --------------------------------------------------------------------- */

static void
on_tls_info(const SSL *ssl, int where, int value)
{
	struct smtp_shim	*shim = current;
	/* OpenSSL lends it const and documents no other way. */
	SSL			*own = (SSL *)(uintptr_t)ssl;

	(void)value;
	if (shim == NULL)
		return;
	if ((where & SSL_CB_HANDSHAKE_START) != 0 && shim->tls[0] == '\0') {
		/* libESMTP offers what it finds in $HOME, and frees it twice */
		SSL_certs_clear(own);
		if (shim->name != NULL)
			(void)SSL_ctrl(own, SSL_CTRL_SET_TLSEXT_HOSTNAME,
			    TLSEXT_NAMETYPE_host_name,
			    (void *)(uintptr_t)shim->name);
	}
	if ((where & SSL_CB_HANDSHAKE_DONE) != 0)
		(void)snprintf(shim->tls, sizeof(shim->tls), "%s %s",
		    SSL_get_version(ssl), SSL_get_cipher_name(ssl));
}

static int
on_verify(int ok, X509_STORE_CTX *store)
{
	struct smtp_shim	*shim = current;

	if (ok == 0 && shim != NULL && shim->trouble[0] == '\0') {
		(void)snprintf(shim->trouble, sizeof(shim->trouble),
		    "the server's certificate is refused: %s",
		    X509_verify_cert_error_string(
		    X509_STORE_CTX_get_error(store)));
		note_error(shim, EKEYREJECTED);
	}
	return ok;
}

static bool
set_verify(SSL_CTX *tls, const char *host, const char *ca_file,
    struct err *err)
{
	X509_VERIFY_PARAM	*param = SSL_CTX_get0_param(tls);
	struct in_addr		 address;
	int			 ok;

	if (ca_file != NULL)
		ok = SSL_CTX_load_verify_locations(tls, ca_file, NULL);
	else
		ok = SSL_CTX_set_default_verify_paths(tls);
	if (ok != 1)
		return err_set(err, ERR_SYSTEM, "no certificates of"
		    " authorities can be read from %s",
		    ca_file != NULL ? ca_file : "the system");
	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (inet_pton(AF_INET, host, &address) == 1)
		ok = X509_VERIFY_PARAM_set1_ip_asc(param, host);
	else
		ok = X509_VERIFY_PARAM_set1_host(param, host, 0);
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, on_verify);
	return ok == 1 || err_set(err, ERR_SYSTEM, "TLS cannot check the name"
	    " %s", host);
}

bool
smtp_tls_new(const char *host, const char *ca_file, SSL_CTX **out,
    struct err *err)
{
	SSL_CTX	*tls = SSL_CTX_new(TLS_client_method());

	if (tls == NULL)
		return err_set(err, ERR_SYSTEM, "TLS cannot be set up");
	if (SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) != 1 ||
	    !set_verify(tls, host, ca_file, err)) {
		SSL_CTX_free(tls);
		ERR_clear_error();
		return false;
	}
	(void)SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_info_callback(tls, on_tls_info);
	*out = tls;
	return true;
}

void
smtp_tls_free(SSL_CTX **tls)
{
	SSL_CTX_free(*tls);
	*tls = NULL;
}

const char *
smtp_tls_name(const char *host)
{
	struct in_addr	address;

	return inet_pton(AF_INET, host, &address) == 1 ? NULL : host;
}
