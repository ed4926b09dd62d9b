/* SPDX-License-Identifier: ISC */
/*
 * smtp_impl.h - what the files of smtp share: the wire as we read it, the
 * cures for libESMTP, a session, the pool.
 */
#ifndef DUNLIN_MAIL_SMTP_IMPL_H
#define DUNLIN_MAIL_SMTP_IMPL_H

#include "mail/smtp.h"

#include <pthread.h>
#include <stdatomic.h>

/* --- the wire: which answer belongs to which command ---------------------- */

struct smtp_reply {
	int	code;			/* 0: none, or not whole yet */
	char	enhanced[12];
	char	text[400];
	size_t	len;
};

#define WIRE_PENDING	16

struct smtp_wire {
	struct smtp_reply	 replies[SMTP_STAGE_COUNT];
	enum smtp_stage		 last;		/* begun last */
	enum smtp_stage		 pending[WIRE_PENDING];	/* SMTP_QUEUED: RSET,
							   QUIT */
	size_t			 n_pending;
	bool			 is_broken;	/* garbage, or bytes behind the
						   last answer: out of step */
	bool			 is_quit;	/* QUIT was written */
	bool			 is_over;	/* 421, or a line too long for
						   libESMTP: no more messages */
	char			 odd[200];	/* what broke it */
	struct smtp_reply	 now;		/* the reply being read */
	char			 line[512];	/* its line */
	size_t			 column;	/* of the line, all bytes */
	size_t			 token;		/* where its word began */
	char			 verb[5];	/* of the command being written */
	size_t			 n_verb;
};

/* On a new connection: a banner is due. */
void	smtp_wire_start(struct smtp_wire *wire);
/* Before a message: forgets what the one before it was told. */
void	smtp_wire_message(struct smtp_wire *wire);
/* The body's end is about to be written. */
void	smtp_wire_dot(struct smtp_wire *wire);
/* Bytes that leave; the stage of the last command begun in them. */
enum smtp_stage	smtp_wire_wrote(struct smtp_wire *wire, const char *bytes,
		    size_t len);
/*
 * Bytes that came.  Changes some of them so that libESMTP reads them rightly:
 * extensions that it does badly are hidden, NUL becomes '?', a code alone on
 * its line gets a blank behind it.
 */
void	smtp_wire_read(struct smtp_wire *wire, char *bytes, size_t len);
/* What an answer is waited for, else the last stage begun. */
enum smtp_stage	smtp_wire_stage(const struct smtp_wire *wire);
bool	smtp_wire_is_yes(const struct smtp_wire *wire, enum smtp_stage stage);

/* Before the wire reads them: shows bytes to whom the options name. */
void	smtp_trace(const struct smtp_options *options, const struct smtp_wire *wire,
	    bool is_ours, struct str bytes);

/* --- the shim: cures for libESMTP, in effect on a thread between enter and
 * leave ---------------------------------------------------------------------- */

struct ssl_ctx_st;

struct smtp_shim {
	const char		*name;		/* SNI; NULL none */
	bool			 local_only;	/* refuse other machines */
	bool			 is_probe;	/* connect nothing, only count */
	int64_t			 connect_ms;
	int64_t			 cap_ms;	/* of every wait */
	int			 n_connects;
	int			 n_polls;
	int64_t			 since_ms;	/* when the last command left */
	int			 error;		/* the first that happened */
	char			 address[64];
	char			 tls[64];
	char			 trouble[160];	/* why TLS failed */
	bool			 is_connected;
	pthread_mutex_t		 lock;		/* of the rest */
	int			 fd;		/* our duplicate; -1 none */
	bool			 is_cut;
	bool			 is_resolving;
};

void	smtp_shim_init(struct smtp_shim *shim);
void	smtp_shim_fini(struct smtp_shim *shim);
/* Begins and ends a session on this thread; false: cut, do not start. */
bool	smtp_shim_enter(struct smtp_shim *shim);
void	smtp_shim_leave(struct smtp_shim *shim);
/* This thread: ends the connection now; error stays the first one. */
void	smtp_shim_drop(struct smtp_shim *shim, int error);
/* This thread: from here on no wait is longer. */
void	smtp_shim_hurry(struct smtp_shim *shim, int64_t ms);
/*
 * Any thread: drops the connection and lets no other begin.  False: the thread
 * is in the resolver, from which nothing fetches it.
 */
bool	smtp_shim_cut(struct smtp_shim *shim);

enum smtp_quiet { SMTP_QUIET, SMTP_BYTES, SMTP_CLOSED };
/* Did the server say something, or leave, unasked?  Its bytes go to out. */
enum smtp_quiet	smtp_shim_listen(struct smtp_shim *shim, char *out, size_t room,
		    size_t *len);

/* Does libESMTP call our connect() and poll()?  Tries it. */
bool	smtp_shim_check(struct err *err) MUST_CHECK;

/* For STARTTLS with that host, verified; free with smtp_tls_free. */
bool	smtp_tls_new(const char *host, const char *ca_file,
	    struct ssl_ctx_st **out, struct err *err) MUST_CHECK;
void	smtp_tls_free(struct ssl_ctx_st **ctx);
/* What SNI says: the host, or NULL for an address. */
const char	*smtp_tls_name(const char *host);

/* --- a session --------------------------------------------------------------- */

struct smtp_session;

struct smtp_worker {
	struct smtp_pool	*pool;
	pthread_t		 thread;
	pthread_cond_t		 verdict;	/* go or stop was said */
	struct smtp_job		*job;		/* on the wire; NULL none */
	struct smtp_shim	 shim;
	struct smtp_wire	 wire;
	struct smtp_session	*session;
	int64_t			 n_messages;	/* on this connection */
	bool			 is_up;		/* reached MAIL */
	bool			 is_busy;	/* has a job; the pool's lock */
	bool			 body_given;
	bool			 body_ended;
	bool			 is_stopped;
	enum smtp_stage		 fail_stage;	/* SMTP_QUEUED: none */
	int			 fail_error;
	char			 fail_text[200];
};

/* The answer for the worker's job, as things stand. */
void	smtp_answer_make(const struct smtp_worker *worker,
	    bool libesmtp_agrees, struct smtp_answer *answer);

/* Before the first session. */
void	smtp_session_prepare(void);

/* Runs one connection, with the job that the worker has and those that
 * smtp_next gives. */
void	smtp_session_run(struct smtp_worker *worker);

/* --- the pool, as its workers see it ------------------------------------------ */

#define JOB_EV_GATE	1u
#define JOB_EV_DONE	2u
#define JOB_GO		4u
#define JOB_STOP	8u

struct smtp_pool {
	struct loop		*loop;
	struct smtp_options	 options;
	char			 password[SMTP_PASSWORD_ROOM];
	char			 server[300];	/* "host:port" */
	struct smtp_hooks	 hooks;
	struct ssl_ctx_st	*tls;
	struct loop_async	 async;
	size_t			 n_out;		/* put and not done; the loop's */
	pthread_mutex_t		 lock;		/* of the rest */
	pthread_cond_t		 warm;		/* to connected sessions */
	pthread_cond_t		 cold;		/* to the others */
	size_t			 n_warm;	/* waiting */
	size_t			 n_up;		/* sessions that reached MAIL */
	struct smtp_job		*first;		/* the queue */
	struct smtp_job		*last;
	size_t			 n_queued;
	struct smtp_job		*first_event;	/* for the loop */
	struct smtp_job		*last_event;
	bool			 is_closing;
	size_t			 n_refs;	/* threads, and the owner */
	size_t			 n_workers;
	struct smtp_worker	 workers[];
};

/*
 * The next job for a connected session, waiting for it a while; NULL: end the
 * connection.
 */
struct smtp_job	*smtp_next(struct smtp_worker *worker);
/* The worker's job is done; its answer is set. */
void	smtp_done(struct smtp_worker *worker);
/* Asks the loop for go or stop; true: go. */
bool	smtp_gate(struct smtp_worker *worker);
/* The session reached MAIL, or ended. */
void	smtp_up(struct smtp_worker *worker, bool is_up);
/* Are jobs no longer ours to touch? */
bool	smtp_is_closing(struct smtp_worker *worker);

#endif
