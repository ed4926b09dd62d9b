/* SPDX-License-Identifier: ISC */
/*
 * peer.h - a server on loopback that does to a client what a test wants.
 *
 * One thread for each connection runs the test's script with the connection;
 * what it returns from closes it.  Every read is bounded in time.
 */
#ifndef DUNLIN_SUPPORT_PEER_H
#define DUNLIN_SUPPORT_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define PEER_THREADS	256
#define PEER_HEAD	8192
#define PEER_KEPT	4096	/* bytes of a body that are kept */

struct peer;

struct peer_conn {
	struct peer	*peer;
	int		 fd;
	int		 number;	/* of the connection, from 0 */
	void		*ssl;
	char		 head[PEER_HEAD];	/* of the request read last */
	char		 body[PEER_KEPT];
	size_t		 body_len;	/* all of it */
	char		 early[PEER_HEAD];	/* read behind the head */
	size_t		 early_len;
};

typedef void	peer_script_fn(struct peer_conn *conn);

struct peer {
	int		 port;
	peer_script_fn	*script;	/* the test may change it between sends */
	const void	*arg;
	atomic_int	 connections;
	atomic_int	 requests;	/* read whole */
	char		 head[PEER_HEAD];	/* of the last request, whole */
	char		 body[PEER_KEPT];
	pthread_mutex_t	 lock;
	pthread_t	 acceptor;
	pthread_t	 threads[PEER_THREADS];
	int		 thread_count;
	int		 listen_fd;
	void		*tls;
	char		 ca_path[64];	/* of TLS: its certificate, to be trusted */
};

/* Both exit the test when they cannot.  names: NULL, or the DNS name that a
 * certificate made for it says, and TLS is spoken. */
struct peer	*peer_start(peer_script_fn *script, const char *tls_name);
void	peer_stop(struct peer *peer);

bool	peer_read_head(struct peer_conn *conn);
/* Head and the body that its Content-Length says; false: the client left. */
bool	peer_read(struct peer_conn *conn);
bool	peer_write(struct peer_conn *conn, const char *bytes, size_t len);
bool	peer_say(struct peer_conn *conn, const char *text);
/* "201 Created", with a Content-Length. */
bool	peer_reply(struct peer_conn *conn, const char *status,
	    const char *headers, const char *body);
void	peer_reset(struct peer_conn *conn);	/* RST instead of FIN */
bool	peer_gone(struct peer_conn *conn);	/* waits until the client left */

#endif
