/* SPDX-License-Identifier: ISC */
#include "peers/peer.h"

#include "base/clock.h"
#include "base/hash.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define RULES_MAX	64
#define READ_SIZE	(64 * 1024)
#define ROUND_MAX	(512 * 1024)	/* then it is another one's turn */
#define EVENTS_MAX	256

struct rule {
	char		*at, *to, *text;
	struct peer_deed deed;
	int64_t		 skip, every, times;	/* times < 0: for ever */
	int64_t		 seen, done;
};

struct conn {
	struct peer	*peer;
	int		 fd;
	uint32_t	 events;
	int64_t		 number;
	SSL		*tls;
	struct buf	 in, out;
	size_t		 in_at, out_at;
	bool		 stalled, closing, resetting, gone, tls_next, dirty;
	int64_t		 resume_ms;	/* stalled until then; 0: not timed */
	int64_t		 trickle_ms;
	void		*own;
};

struct peer {
	struct peer_protocol	*protocol;
	const char			*host, *cert, *key, *ledger;
	long				 port;
	bool				 sync, reads_stdin, ending;
	struct rule			 rules[RULES_MAX];
	size_t				 rule_count;
	SSL_CTX				*ctx;
	struct clock			 clock;
	int				 poll, listener, ledger_fd, signals;
	struct conn			**conns;	/* by descriptor */
	size_t				 conn_cap;
	size_t				 timed;		/* have resume_ms */
	int64_t				 accepted;
	struct buf			 lines;		/* for the ledger */
	struct buf			 commands;
	int64_t				 taken;
};

static void
die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

size_t
peer_find(struct str text, size_t from, struct str needle)
{
	const char	*at = from >= text.len ? NULL : memmem(text.p + from,
			    text.len - from, needle.p, needle.len);

	return at == NULL ? text.len : (size_t)(at - text.p);
}

/* --- rules ------------------------------------------------------------------ */

/* Replaces \n, \0 and \\ in place. */
static struct str
unescape(char *text)
{
	char	*to = text;

	for (const char *from = text; *from != '\0'; from++) {
		if (*from != '\\' || from[1] == '\0') {
			*to++ = *from;
			continue;
		}
		from++;
		if (*from == 'n')
			*to++ = '\r';
		*to++ = *from == 'n' ? '\n' : *from == '0' ? '\0' : *from;
	}
	*to = '\0';
	return (struct str){text, (size_t)(to - text)};
}

static bool
read_action(struct rule *rule, char *action)
{
	static const char *const	names[] = {
		[PEER_USUAL] = "usual", [PEER_REPLY] = "reply",
		[PEER_WITHHOLD] = "withhold", [PEER_DROP] = "drop",
		[PEER_RESET] = "reset", [PEER_FORGET] = "forget",
		[PEER_DELAY] = "delay", [PEER_TRICKLE] = "trickle",
	};
	char				*rest = strchr(action, ' ');

	if (rest != NULL)
		*rest++ = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(action, names[i]) != 0)
			continue;
		rule->deed.action = (enum peer_action)i;
		if (rest != NULL)
			rule->deed.ms = strtoll(rest, NULL, 10);
		if (rest != NULL)
			rule->deed.text = unescape(rest);
		return i != PEER_REPLY || rest != NULL;
	}
	return false;
}

static bool
read_word(struct rule *rule, char *word)
{
	char	*value = strchr(word, '=');

	if (value == NULL)
		return false;
	*value++ = '\0';
	if (strcmp(word, "at") == 0)
		rule->at = value;
	else if (strcmp(word, "to") == 0)
		rule->to = value;
	else if (strcmp(word, "skip") == 0)
		rule->skip = strtoll(value, NULL, 10);
	else if (strcmp(word, "every") == 0)
		rule->every = strtoll(value, NULL, 10);
	else if (strcmp(word, "times") == 0)
		rule->times = strtoll(value, NULL, 10);
	else
		return false;
	return true;
}

static bool
add_rule(struct peer *peer, const char *line)
{
	struct rule	 rule = {.every = 1, .times = -1};
	char		*word, *rest;

	if (peer->rule_count == RULES_MAX ||
	    (rule.text = strdup(line)) == NULL)
		return false;
	rest = rule.text;
	while (rest != NULL && strncmp(rest, "do=", 3) != 0) {
		word = rest;
		if ((rest = strchr(word, ' ')) != NULL)
			*rest++ = '\0';
		if (!read_word(&rule, word))
			rest = NULL;
	}
	if (rest == NULL || rule.at == NULL || rule.every < 1 ||
	    !read_action(&rule, rest + 3)) {
		free(rule.text);
		return false;
	}
	peer->rules[peer->rule_count++] = rule;
	return true;
}

static void
clear_rules(struct peer *peer)
{
	while (peer->rule_count > 0)
		free(peer->rules[--peer->rule_count].text);
}

static bool
hits(struct rule *rule, const char *point, struct str who)
{
	if (strcmp(rule->at, point) != 0 || (rule->to != NULL &&
	    peer_find(who, 0, str_of(rule->to)) == who.len))
		return false;
	if (rule->seen++ < rule->skip ||
	    (rule->seen - rule->skip - 1) % rule->every != 0 ||
	    (rule->times >= 0 && rule->done >= rule->times))
		return false;
	rule->done++;
	return true;
}

struct peer_deed
conn_deed(struct conn *conn, const char *point, struct str who)
{
	struct peer_deed	deed = {PEER_USUAL, {"", 0}, 0};

	for (size_t i = 0; i < conn->peer->rule_count; i++) {
		if (hits(&conn->peer->rules[i], point, who))
			deed = conn->peer->rules[i].deed;
	}
	return deed;
}

/* --- connections, for the protocols ---------------------------------------- */

void *
conn_own(struct conn *conn)
{
	return conn->own;
}

void *
conn_arg(struct conn *conn)
{
	return conn->peer->protocol->arg;
}

bool
conn_has_tls(const struct conn *conn)
{
	return conn->tls != NULL;
}

bool
conn_can_tls(const struct conn *conn)
{
	return conn->peer->ctx != NULL;
}

bool
conn_is_stalled(const struct conn *conn)
{
	return conn->stalled || conn->closing || conn->gone || conn->tls_next;
}

struct str
conn_input(const struct conn *conn)
{
	return (struct str){conn->in.p + conn->in_at,
	    conn->in.len - conn->in_at};
}

void
conn_take(struct conn *conn, size_t count)
{
	conn->in_at += count;
	if (conn->in_at == conn->in.len) {
		buf_clear(&conn->in);
		conn->in_at = 0;
	}
}

void
conn_send(struct conn *conn, struct str text)
{
	buf_addstr(&conn->out, text);
	conn->dirty = true;
}

void
conn_close(struct conn *conn)
{
	conn->closing = conn->dirty = true;
}

void
conn_start_tls(struct conn *conn)
{
	conn->tls_next = conn->dirty = true;
}

static void
stall(struct conn *conn, int64_t ms)
{
	conn->stalled = conn->dirty = true;
	if (ms > 0) {
		conn->resume_ms = clock_monotonic_ms() + ms;
		conn->peer->timed++;
	}
}

bool
conn_do(struct conn *conn, const struct peer_deed *deed, struct str usual)
{
	switch (deed->action) {
	case PEER_DELAY:
		stall(conn, deed->ms);
		break;
	case PEER_TRICKLE:
		conn->trickle_ms = deed->ms;
		stall(conn, deed->ms);
		break;
	case PEER_REPLY:
		conn_send(conn, deed->text);
		if (!str_ends(deed->text, "\r\n"))
			conn_send(conn, STR("\r\n"));
		if (str_starts(deed->text, "421"))
			conn_close(conn);
		return false;
	case PEER_WITHHOLD:
		stall(conn, 0);
		return false;
	case PEER_DROP:
	case PEER_RESET:
	case PEER_FORGET:
		conn->resetting = deed->action == PEER_RESET;
		conn_close(conn);
		return false;
	case PEER_USUAL:
		break;
	}
	conn_send(conn, usual);
	return true;
}

/* A field of the ledger: no control gets in. */
static void
add_field(struct buf *out, struct str field)
{
	for (size_t i = 0; i < field.len; i++) {
		unsigned char	c = (unsigned char)field.p[i];

		buf_addc(out, c < 0x20 || c == 0x7f ? ' ' : (char)c);
	}
}

static const char *
verdict_of(const struct peer_deed *deed, const struct str *reply)
{
	switch (deed->action) {
	case PEER_WITHHOLD:
	case PEER_DROP:
	case PEER_RESET:
		return "withheld";
	case PEER_FORGET:
		return "lost";
	case PEER_USUAL:
	case PEER_DELAY:
	case PEER_TRICKLE:
	case PEER_REPLY:
		break;
	}
	return str_starts(*reply, "2") ? "taken" : "refused";
}

void
conn_ledger(struct conn *conn, const struct peer_deed *deed,
    const struct peer_entry *entry)
{
	struct peer	*peer = conn->peer;
	struct buf	*out = &peer->lines;
	const struct str reply = deed->action == PEER_REPLY ? deed->text :
			    entry->reply;
	const char	*verdict = verdict_of(deed, &reply);
	struct hash	 hash;

	peer->taken += verdict[0] == 't' || verdict[0] == 'w';
	if (peer->ledger_fd < 0)
		return;
	if (!hash_of(entry->bytes, &hash))
		die("SHA-256");
	buf_addi(out, clock_now(&peer->clock));
	buf_addc(out, '\t');
	buf_adds(out, verdict);
	buf_addc(out, '\t');
	add_field(out, entry->key);
	buf_addc(out, '\t');
	add_field(out, entry->to);
	buf_addc(out, '\t');
	hash_hex(out, hash.bytes, sizeof(hash.bytes));
	buf_addc(out, '\t');
	buf_addi(out, (int64_t)entry->bytes.len);
	buf_addc(out, '\t');
	buf_addi(out, conn->number);
	buf_addc(out, '\t');
	add_field(out, str_trim(reply));
	buf_addc(out, '\n');
}

/* --- connections on epoll ---------------------------------------------------- */

static void
free_conn(struct conn *conn)
{
	struct peer		*peer = conn->peer;
	const struct linger	 linger = {1, 0};

	if (peer->protocol->end != NULL)
		peer->protocol->end(conn);
	if (conn->resume_ms != 0)
		peer->timed--;
	if (conn->tls != NULL && !conn->resetting && !conn->gone)
		(void)SSL_shutdown(conn->tls);
	SSL_free(conn->tls);
	ERR_clear_error();
	if (conn->resetting)
		(void)setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &linger,
		    sizeof(linger));
	(void)close(conn->fd);
	peer->conns[conn->fd] = NULL;
	buf_fini(&conn->in);
	buf_fini(&conn->out);
	free(conn->own);
	free(conn);
}

static void
want(struct conn *conn)
{
	struct epoll_event	event = {.data.fd = conn->fd};

	event.events = EPOLLRDHUP;
	if (!conn_is_stalled(conn))
		event.events |= EPOLLIN;
	if (conn->out_at < conn->out.len && !conn->stalled)
		event.events |= EPOLLOUT;
	if (event.events == conn->events)
		return;
	conn->events = event.events;
	if (epoll_ctl(conn->peer->poll, EPOLL_CTL_MOD, conn->fd, &event) != 0)
		die("epoll_ctl");
}

/* > 0 bytes, 0 nothing now, < 0 gone. */
static ssize_t
result_of(struct conn *conn, ssize_t n)
{
	int	why;

	if (n > 0)
		return n;
	if (conn->tls == NULL)
		return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
	why = SSL_get_error(conn->tls, (int)n);
	ERR_clear_error();
	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ?
	    0 : -1;
}

static ssize_t
read_some(struct conn *conn, char *to, size_t room)
{
	return result_of(conn, conn->tls != NULL ?
	    SSL_read(conn->tls, to, (int)room) : read(conn->fd, to, room));
}

static ssize_t
write_some(struct conn *conn, const char *from, size_t count)
{
	return result_of(conn, conn->tls != NULL ?
	    SSL_write(conn->tls, from, (int)count) :
	    send(conn->fd, from, count, MSG_NOSIGNAL));
}

static void
begin_tls(struct conn *conn)
{
	conn->tls_next = false;
	/* what came in clear behind STARTTLS is not believed */
	buf_clear(&conn->in);
	conn->in_at = 0;
	if ((conn->tls = SSL_new(conn->peer->ctx)) == NULL ||
	    SSL_set_fd(conn->tls, conn->fd) != 1)
		die("TLS");
	SSL_set_accept_state(conn->tls);
}

/* Writes what may be written now; closes where that was the last. */
static void
flush(struct conn *conn)
{
	ssize_t	n = 1;

	conn->dirty = false;
	while (n > 0 && conn->out_at < conn->out.len && !conn->stalled &&
	    !conn->gone) {
		size_t	count = conn->out.len - conn->out_at;

		n = write_some(conn, conn->out.p + conn->out_at,
		    conn->trickle_ms > 0 ? 1 : count);
		if (n > 0)
			conn->out_at += (size_t)n;
		conn->gone = n < 0;
		if (conn->trickle_ms > 0 && conn->out_at < conn->out.len)
			stall(conn, conn->trickle_ms);
	}
	if (conn->out_at == conn->out.len) {
		buf_clear(&conn->out);
		conn->out_at = 0;
		conn->trickle_ms = 0;
		if (conn->closing)
			conn->gone = true;
		else if (conn->tls_next)
			begin_tls(conn);
	}
	if (conn->gone)
		free_conn(conn);
	else
		want(conn);
}

static void
receive(struct conn *conn)
{
	size_t	total = 0;
	ssize_t	n = 1;

	while (n > 0 && total < ROUND_MAX && !conn_is_stalled(conn)) {
		if (conn->in_at > READ_SIZE) {
			memmove(conn->in.p, conn->in.p + conn->in_at,
			    conn->in.len - conn->in_at);
			buf_truncate(&conn->in, conn->in.len - conn->in_at);
			conn->in_at = 0;
		}
		if (!buf_reserve(&conn->in, READ_SIZE))
			die("memory");
		n = read_some(conn, conn->in.p + conn->in.len, READ_SIZE);
		if (n > 0) {
			conn->in.len += (size_t)n;
			total += (size_t)n;
			conn->peer->protocol->input(conn);
		}
		if (n > 0 && n < READ_SIZE && conn->tls == NULL)
			break;
	}
	conn->gone = conn->gone || n < 0;
	conn->dirty = true;
}

static void
open_conn(struct peer *peer, int fd)
{
	struct epoll_event	 event = {.events = EPOLLIN | EPOLLRDHUP,
				    .data.fd = fd};
	struct conn		*conn = calloc(1, sizeof(*conn));
	const int		 on = 1;

	if ((size_t)fd >= peer->conn_cap || conn == NULL)
		die("too many connections");
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	conn->peer = peer;
	conn->fd = fd;
	conn->events = event.events;
	conn->number = ++peer->accepted;
	conn->own = calloc(1, peer->protocol->own_size);
	if (conn->own == NULL || epoll_ctl(peer->poll, EPOLL_CTL_ADD, fd,
	    &event) != 0)
		die("connection");
	peer->conns[fd] = conn;
	conn->dirty = true;
	peer->protocol->begin(conn);
}

static void
accept_all(struct peer *peer)
{
	int	fd;

	while ((fd = accept4(peer->listener, NULL, NULL,
	    SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		open_conn(peer, fd);
}

/* --- the program --------------------------------------------------------------- */

static void
command(struct peer *peer, const char *line)
{
	bool	ok = true;

	if (strcmp(line, "clear") == 0)
		clear_rules(peer);
	else
		ok = add_rule(peer, line);
	puts(ok ? "ok" : "bad");
	(void)fflush(stdout);
}

static void
read_commands(struct peer *peer)
{
	char	 bytes[4096];
	ssize_t	 n = read(STDIN_FILENO, bytes, sizeof(bytes));
	char	*end;
	size_t	 len;

	if (n <= 0) {
		peer->ending = true;
		return;
	}
	buf_add(&peer->commands, bytes, (size_t)n);
	while ((end = strchr(buf_text(&peer->commands), '\n')) != NULL) {
		*end = '\0';
		command(peer, peer->commands.p);
		len = peer->commands.len - (size_t)(end + 1 -
		    peer->commands.p);
		memmove(peer->commands.p, end + 1, len);
		buf_truncate(&peer->commands, len);
	}
}

static void
resume_due(struct peer *peer)
{
	int64_t	now = clock_monotonic_ms();

	for (size_t i = 0; i < peer->conn_cap; i++) {
		struct conn	*conn = peer->conns[i];

		if (conn == NULL || conn->resume_ms == 0 ||
		    conn->resume_ms > now)
			continue;
		peer->timed--;
		conn->resume_ms = 0;
		conn->stalled = false;
		conn->dirty = true;
		peer->protocol->input(conn);	/* what came meanwhile */
	}
}

static void
handle(struct peer *peer, const struct epoll_event *event)
{
	int		 fd = event->data.fd;
	struct conn	*conn;

	if (fd == peer->listener) {
		accept_all(peer);
	} else if (fd == STDIN_FILENO) {
		read_commands(peer);
	} else if (fd == peer->signals) {
		peer->ending = true;
	} else if ((conn = peer->conns[fd]) != NULL) {
		if ((event->events & EPOLLIN) != 0)
			receive(conn);
		else if ((event->events & (EPOLLRDHUP | EPOLLHUP |
		    EPOLLERR)) != 0)
			conn->gone = true;
		conn->dirty = true;
	}
}

static void
write_ledger(struct peer *peer)
{
	size_t	at = 0;

	if (peer->lines.len == 0)
		return;
	while (at < peer->lines.len) {
		ssize_t	n = write(peer->ledger_fd, peer->lines.p + at,
			    peer->lines.len - at);

		if (n < 0)
			die(peer->ledger);
		at += (size_t)n;
	}
	if (peer->sync && fdatasync(peer->ledger_fd) != 0)
		die(peer->ledger);
	buf_clear(&peer->lines);
}

/* All that came, then the ledger, then the replies. */
static void
serve(struct peer *peer)
{
	struct epoll_event	events[EVENTS_MAX];

	while (!peer->ending) {
		int	n = epoll_wait(peer->poll, events, EVENTS_MAX,
			    peer->timed > 0 ? 1 : -1);

		if (n < 0 && errno != EINTR)
			die("epoll_wait");
		for (int i = 0; i < n; i++)
			handle(peer, &events[i]);
		if (peer->timed > 0)
			resume_due(peer);
		write_ledger(peer);
		for (size_t i = 0; i < peer->conn_cap; i++) {
			if (peer->conns[i] != NULL && peer->conns[i]->dirty)
				flush(peer->conns[i]);
		}
	}
}

static void
watch(struct peer *peer, int fd)
{
	struct epoll_event	event = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(peer->poll, EPOLL_CTL_ADD, fd, &event) != 0)
		die("epoll_ctl");
}

static void
open_listener(struct peer *peer)
{
	struct sockaddr_in	name = {.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)peer->port)};
	socklen_t		len = sizeof(name);
	const int		on = 1;

	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (peer->listener < 0 ||
	    inet_pton(AF_INET, peer->host, &name.sin_addr) != 1 ||
	    setsockopt(peer->listener, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof(on)) != 0 ||
	    bind(peer->listener, (const struct sockaddr *)&name, len) != 0 ||
	    listen(peer->listener, 1024) != 0 ||
	    getsockname(peer->listener, (struct sockaddr *)&name, &len) != 0)
		die("listen");
	watch(peer, peer->listener);
	printf("port %d\n", ntohs(name.sin_port));
	(void)fflush(stdout);
}

static void
open_files(struct peer *peer)
{
	if (peer->ledger != NULL) {
		peer->ledger_fd = open(peer->ledger, O_WRONLY | O_CREAT |
		    O_APPEND | O_CLOEXEC, 0600);
		if (peer->ledger_fd < 0)
			die(peer->ledger);
	}
	if (peer->cert == NULL)
		return;
	peer->ctx = SSL_CTX_new(TLS_server_method());
	if (peer->ctx == NULL ||
	    SSL_CTX_use_certificate_chain_file(peer->ctx, peer->cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(peer->ctx, peer->key != NULL ?
	    peer->key : peer->cert, SSL_FILETYPE_PEM) != 1) {
		ERR_print_errors_fp(stderr);
		exit(1);
	}
	(void)SSL_CTX_set_mode(peer->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static void
open_all(struct peer *peer)
{
	sigset_t	mask;
	struct rlimit	limit;

	peer->poll = epoll_create1(EPOLL_CLOEXEC);
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGTERM);
	(void)sigaddset(&mask, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &mask, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	peer->signals = signalfd(-1, &mask, SFD_CLOEXEC);
	peer->conn_cap = getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur < 4096 ? (size_t)limit.rlim_cur : 4096;
	peer->conns = calloc(peer->conn_cap, sizeof(struct conn *));
	if (peer->poll < 0 || peer->signals < 0 || peer->conns == NULL)
		die("start");
	watch(peer, peer->signals);
	if (peer->reads_stdin)
		watch(peer, STDIN_FILENO);
	open_files(peer);
	open_listener(peer);
}

/* How many words the option took; 0: there is no such option. */
static int
option(struct peer *peer, char **words, int count)
{
	const struct {
		const char	 *name;
		const char	**text;
		bool		 *flag;
	} options[] = {
		{"--host", &peer->host, NULL}, {"--cert", &peer->cert, NULL},
		{"--key", &peer->key, NULL}, {"--ledger", &peer->ledger, NULL},
		{"--fsync", NULL, &peer->sync},
		{"--stdin", NULL, &peer->reads_stdin},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(words[0], options[i].name) != 0)
			continue;
		if (options[i].flag != NULL) {
			*options[i].flag = true;
			return 1;
		}
		*options[i].text = words[1];
		return count < 2 ? 0 : 2;
	}
	if (count >= 2 && strcmp(words[0], "--port") == 0) {
		peer->port = strtol(words[1], NULL, 10);
		return 2;
	}
	if (count >= 2 && strcmp(words[0], "--do") == 0)
		return add_rule(peer, words[1]) ? 2 : 0;
	return peer->protocol->option == NULL ? 0 :
	    peer->protocol->option(peer->protocol, words, count);
}

static void
close_all(struct peer *peer)
{
	write_ledger(peer);
	for (size_t i = 0; i < peer->conn_cap; i++) {
		if (peer->conns[i] != NULL)
			free_conn(peer->conns[i]);
	}
	clear_rules(peer);
	free(peer->conns);
	SSL_CTX_free(peer->ctx);
	buf_fini(&peer->lines);
	buf_fini(&peer->commands);
	fprintf(stderr, "%lld connections, %lld messages taken\n",
	    (long long)peer->accepted, (long long)peer->taken);
}

int
peer_main(int argc, char **argv, struct peer_protocol *protocol)
{
	struct peer	peer = {.protocol = protocol, .host = "127.0.0.1",
			    .ledger_fd = -1};
	int		n;

	clock_init_real(&peer.clock);
	for (int i = 1; i < argc; i += n) {
		if ((n = option(&peer, &argv[i], argc - i)) == 0) {
			fprintf(stderr, "%s: what is %s? (see peer.h)\n",
			    argv[0], argv[i]);
			return 2;
		}
	}
	open_all(&peer);
	serve(&peer);
	close_all(&peer);
	return 0;
}
