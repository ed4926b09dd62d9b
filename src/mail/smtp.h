/* SPDX-License-Identifier: ISC */
/*
 * smtp.h - messages to one SMTP server, several at a time.
 *
 *	smtp_options_init(&options);	options.host = ...
 *	smtp_pool_open(loop, &options, &hooks, &pool, err);
 *	while (smtp_pool_room(pool) > 0 && ...)
 *		smtp_pool_put(pool, job);
 *	-> hooks.gate(job)	exact only: the body is out, its end is not;
 *	   smtp_job_go(job) or smtp_job_stop(job), then or later
 *	-> hooks.done(job)	job->answer says what came of it
 *
 * One thread a session, libESMTP inside it.  A connection carries many
 * messages, waits a while for more, and is closed after a number of them.
 * Nothing is tried twice.  Hooks are called by the loop, never from inside a
 * call of this header.
 *
 * Thread: the loop's.
 */
#ifndef DUNLIN_MAIL_SMTP_H
#define DUNLIN_MAIL_SMTP_H

#include "base/buf.h"
#include "loop/loop.h"

/* How far a try came: the stage that ended it, in the order of the wire. */
#define SMTP_STAGES(X) \
	X(SMTP_QUEUED, "queued")	/* never begun on any connection */ \
	X(SMTP_RESOLVE, "resolve") \
	X(SMTP_CONNECT, "connect") \
	X(SMTP_BANNER, "banner") \
	X(SMTP_EHLO, "ehlo")		/* before and behind STARTTLS */ \
	X(SMTP_TLS, "tls")		/* STARTTLS, handshake, certificate */ \
	X(SMTP_AUTH, "auth") \
	X(SMTP_MAIL, "mail") \
	X(SMTP_RCPT, "rcpt") \
	X(SMTP_BODY, "body")		/* DATA and what follows it */ \
	X(SMTP_DOT, "dot")		/* the body has ended: its answer */

#define SMTP_STAGE_VALUE(value, name)	value,
enum smtp_stage { SMTP_STAGES(SMTP_STAGE_VALUE) SMTP_STAGE_COUNT };
#undef SMTP_STAGE_VALUE

extern const char *const	smtp_stage_names[];

/*
 * One try with one recipient.  A code is that of the stage; where the server
 * refused the recipient it is the recipient's, whatever came after.
 *
 *	code 2xx, stage SMTP_DOT	taken
 *	code 4xx, 5xx			the server's no, at that stage
 *	code 0, body_ended		nobody knows
 *	code 0, !body_ended		not sent; error, reply say why
 *	stage SMTP_QUEUED		never begun: error EDESTADDRREQ or
 *					EINVAL when the recipient, or the
 *					message itself, can never be sent;
 *					else the way is broken
 */
struct smtp_answer {
	enum smtp_stage	 stage;
	bool		 body_ended;	/* its end may have left */
	bool		 stopped;	/* by us, at the end of the body: not sent */
	int		 code;		/* 0: no answer came */
	char		 enhanced[12];	/* "5.1.1"; "" none was sent */
	char		 reply[400];	/* theirs with LF between lines, else our
					   words for error; raw bytes, no NUL */
	int		 error;		/* errno, when code is 0: ETIMEDOUT,
					   ECONNRESET (closed), ECONNREFUSED,
					   EHOSTUNREACH (no such name),
					   EPROTO (broken syntax or TLS),
					   EKEYREJECTED (certificate),
					   EPROTONOSUPPORT (no STARTTLS, no
					   AUTH), ECANCELED (stopped) ... */
	char		 peer[160];	/* "192.0.2.7:587 TLSv1.3
					   TLS_AES_256_GCM_SHA384"; "" none */
};

enum smtp_tls {
	SMTP_TLS_REQUIRED,	/* STARTTLS, verified against the host's name */
	SMTP_TLS_NONE		/* plain; for a server on this machine */
};

/* Milliseconds.  A whole answer must be there within its time. */
struct smtp_timeouts {
	int64_t	connect_ms;		/* an address */
	int64_t	greeting_ms;		/* banner, EHLO, STARTTLS, AUTH */
	int64_t	envelope_ms;		/* MAIL, RCPT */
	int64_t	data_ms;		/* DATA */
	int64_t	transfer_ms;		/* a piece of the body */
	int64_t	dot_ms;			/* the answer to the whole */
};

#define SMTP_DOT_MS	600000		/* RFC 5321 4.5.3.2.6: at least */
#define SMTP_SESSIONS_MAX	256
#define SMTP_PASSWORD_ROOM	512

struct smtp_options {
	const char		*host;		/* a name or an IPv4 address */
	int64_t			 port;
	const char		*helo;		/* NULL: this system's name */
	enum smtp_tls		 tls;
	const char		*ca_file;	/* NULL: the system's */
	const char		*user;		/* NULL: no AUTH */
	const char		*password;	/* copied */
	int64_t			 sessions;	/* connections at most */
	int64_t			 per_connection; /* messages */
	int64_t			 idle_ms;	/* kept open without work */
	int64_t			 gate_ms;	/* for go or stop, then stop */
	int64_t			 stack_kb;
	struct smtp_timeouts	 timeouts;	/* below RFC 5321's only for a
						   server on this machine */
	/*
	 * NULL, or what goes over the wire, a line a call, without its end:
	 * ours or the server's; no message's text, and instead of what signs
	 * in "...".  Called by the pool's threads, several at a time.
	 */
	void			(*trace)(void *arg, bool is_ours,
				    struct str line);
	void			*trace_arg;
};

/* Everything but host, user and password. */
void	smtp_options_init(struct smtp_options *options);

/* Is host surely this machine, by its name alone? */
bool	smtp_is_local(const char *host);

/* The caller's; the three views stand until done was called. */
struct smtp_job {
	struct str		 from;		/* envelope sender; may be empty */
	struct str		 to;
	struct str		 bytes;		/* lines end in CRLF */
	bool			 exact;
	struct smtp_answer	 answer;	/* set when done is called */
	struct smtp_pool	*pool;		/* private from here */
	struct smtp_worker	*worker;
	struct smtp_job		*next;
	struct smtp_job		*next_event;
	unsigned		 events;
};

struct smtp_hooks {
	void	(*gate)(void *arg, struct smtp_job *job);
	void	(*done)(void *arg, struct smtp_job *job);
	void	*arg;
};

struct smtp_pool;		/* opaque */

/*
 * Starts the threads; nothing is connected yet.  ERR_INPUT: options that are
 * wrong or would be unsafe; ERR_SYSTEM: no threads, no CA file, or this
 * program was linked so that the cures for libESMTP are not in effect.  The
 * texts in options and hooks are lent until the pool is closed.  SIGPIPE is
 * ignored from here on.
 */
bool	smtp_pool_open(struct loop *loop, const struct smtp_options *options,
	    const struct smtp_hooks *hooks, struct smtp_pool **out,
	    struct err *err) MUST_CHECK;

/* How many more jobs it takes now; 2 for each session. */
size_t	smtp_pool_room(const struct smtp_pool *pool);

/* Always ends in done.  Only where there is room. */
void	smtp_pool_put(struct smtp_pool *pool, struct smtp_job *job);

/* The answer to gate, once. */
void	smtp_job_go(struct smtp_job *job);
void	smtp_job_stop(struct smtp_job *job);

/*
 * Takes and nulls.  Resting connections say QUIT; jobs that are not done are
 * dropped, with their connections.  Takes two seconds at most.  Not from a hook.
 */
void	smtp_pool_close(struct smtp_pool **pool);

#endif
