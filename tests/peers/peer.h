/* SPDX-License-Identifier: ISC */
/*
 * peer.h - what the servers that tests send to have in common: connections on
 * epoll, TLS, scripted misbehaviour, a ledger.
 *
 *	NAME_sink [--host ADDR] [--port N] [--cert FILE --key FILE]
 *	    [--ledger FILE [--fsync]] [--do RULE]... [--stdin] ...
 *
 * Prints "port N" when it is ready; ends at SIGTERM or SIGINT, and with
 * --stdin also when its standard input ends.  Each line of that is a rule
 * more, or "clear"; the answer is "ok" or "bad".
 *
 * A rule is words: `at=POINT [to=TEXT] [skip=N] [every=N] [times=N] do=ACTION`,
 * for the times-th first hits that are left after skip, of them each every-th;
 * to= must be part of the recipient or key, where one is known.  The last rule
 * that fits wins.  ACTION, up to the end of the line:
 *
 *	reply TEXT	TEXT instead of the usual reply (\n: CR LF, \0: a NUL)
 *	withhold	no reply, the connection stays open
 *	drop, reset	no reply, the connection is closed or reset
 *	forget		as drop, and the message is not taken either
 *	delay MS	the usual reply, later
 *	trickle MS	the usual reply, one byte each MS
 *
 * The ledger has a line a message and recipient: time (ms since 1970), verdict
 * (taken; withheld: taken, without a reply; refused; lost: neither taken nor
 * answered), key, recipient, SHA-256 of the bytes, their number, the
 * connection's number, the reply; separated by tabs.  It is written (and
 * synced) before a reply leaves.
 */
#ifndef DUNLIN_PEERS_PEER_H
#define DUNLIN_PEERS_PEER_H

#include "base/buf.h"

enum peer_action { PEER_USUAL, PEER_REPLY, PEER_WITHHOLD, PEER_DROP,
	PEER_RESET, PEER_FORGET, PEER_DELAY, PEER_TRICKLE };

struct peer_deed {
	enum peer_action	 action;
	struct str		 text;		/* of PEER_REPLY */
	int64_t			 ms;
};

struct peer;
struct conn;

struct peer_protocol {
	size_t	own_size;		/* what own points at, zeroed */
	void	(*begin)(struct conn *conn);
	/* Something came: takes from the input what is whole. */
	void	(*input)(struct conn *conn);
	void	(*end)(struct conn *conn);
	/* An option of its own: how many words it took, 0 none. */
	int	(*option)(struct peer_protocol *protocol, char **words,
		    int count);
	void	*arg;			/* the protocol's */
};

/* Runs a server; the exit status of the program. */
int	peer_main(int argc, char **argv, struct peer_protocol *protocol);

/* --- for the protocols ------------------------------------------------------- */

void	*conn_own(struct conn *conn);
void	*conn_arg(struct conn *conn);
bool	conn_has_tls(const struct conn *conn);
bool	conn_can_tls(const struct conn *conn);
/* Nothing is read of it now: it waits, or is about to be closed. */
bool	conn_is_stalled(const struct conn *conn);
struct str	conn_input(const struct conn *conn);
void	conn_take(struct conn *conn, size_t count);
void	conn_send(struct conn *conn, struct str text);
void	conn_close(struct conn *conn);		/* when all is written */
void	conn_start_tls(struct conn *conn);	/* when all is written */

/* What the rules say of this point. */
struct peer_deed	conn_deed(struct conn *conn, const char *point,
			    struct str who);

/* Does the deed with the usual reply; true: the usual reply was sent. */
bool	conn_do(struct conn *conn, const struct peer_deed *deed,
	    struct str usual);

struct peer_entry {
	struct str	key, to, bytes;
	struct str	reply;		/* the usual one */
};

/* One line of the ledger; what deed does decides the verdict. */
void	conn_ledger(struct conn *conn, const struct peer_deed *deed,
	    const struct peer_entry *entry);

/* Where needle starts in text at or behind from; text.len where nowhere. */
size_t	peer_find(struct str text, size_t from, struct str needle);

#endif
