/* SPDX-License-Identifier: ISC */
/*
 * peer.h - a mail server that does what a test tells it, on threads.
 *
 * An answer is text, sent with CRLF behind it, or NULL for what a good server
 * says.  In it "@drop" closes the connection, "@rst" resets it, "@stall" says
 * nothing until the client leaves, "@slow" sends the rest a byte at a time,
 * "@raw" sends no line end, "@nul" sends a NUL first, "@later" the rest
 * when the client has been silent for a while, and closes.
 */
#ifndef DUNLIN_TESTS_PEER_H
#define DUNLIN_TESTS_PEER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum peer_cert { PEER_PLAIN, PEER_GOOD, PEER_WRONG_NAME, PEER_STRANGER,
	PEER_EXPIRED };

struct peer_script {
	const char	*banner, *ehlo, *helo, *starttls, *auth, *mail, *rcpt,
			*data, *dot, *rset, *quit, *idle;
	enum peer_cert	 cert;		/* offers STARTTLS unless plain */
	bool		 strips_starttls;
	bool		 no_notify;	/* ends TLS without saying so */
	const char	*mechanisms;	/* of AUTH */
	const char	*more;		/* EHLO lines besides, with CRLF */
	bool		 no_pipelining;
	bool		 no_enhanced;
	int		 idle_ms;	/* then says idle, behind a message */
	size_t		 drop_in_body;	/* after so many bytes; 0 never */
	int		 only;		/* the message, from 1; 0 all */
	int		 first_only;	/* only on the first connection */
};

struct peer;

struct peer	*peer_new(const struct peer_script *script);
void		 peer_free(struct peer *peer);
int		 peer_port(const struct peer *peer);
const char	*peer_ca(const struct peer *peer);	/* a file */

int	peer_connections(struct peer *peer);
int	peer_taken(struct peer *peer);		/* messages, whole */
int	peer_quits(struct peer *peer);
void	peer_wait_messages(struct peer *peer, int n);	/* taken, at least */
void	peer_shut(struct peer *peer);		/* refuses connections */
void	peer_wait_gone(struct peer *peer);	/* no connection is left */
bool	peer_saw(struct peer *peer, const char *command);
/* The last whole message, without dots; lent. */
const char	*peer_message(struct peer *peer, size_t *len);
const char	*peer_sni(struct peer *peer);

#endif
