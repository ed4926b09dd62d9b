/* SPDX-License-Identifier: ISC */
/*
 * kit.h - a pool, its loop and a scripted server.
 */
#ifndef DUNLIN_TESTS_MAIL_KIT_H
#define DUNLIN_TESTS_MAIL_KIT_H

#include "mail/peer.h"
#include "mail/smtp.h"

#define KIT_DEADLINE_MS	60000	/* of a run: else the test has failed */

struct kit {
	struct clock		 clock;
	struct loop		*loop;
	struct smtp_pool	*pool;
	struct peer		*peer;
	size_t			 n_done, n_gates, n_wanted;
	bool			 holds_gates;	/* gates wait for the test */
	bool			 says_stop;
	bool			 stops_when_done;	/* ends a run for a gate */
	size_t			 n_again;	/* times a job is put again when
						   it is done */
	size_t			 n_bad;		/* not taken */
	struct smtp_job		*gated;		/* the last one */
	struct loop_timer	 deadline;
	bool			 is_late;
};

/* For a server on this machine: plain, one session, short timeouts. */
void	kit_options(struct smtp_options *options);
/* options->port and, for TLS, ca_file are set from the server. */
struct kit	*kit_new(const struct peer_script *script,
	    struct smtp_options *options);
struct kit	*kit_new_at(const struct peer_script *script,
	    struct smtp_options *options, int port);
struct kit	*kit_new_virtual(const struct peer_script *script,
	    struct smtp_options *options);
void	kit_free(struct kit *kit);
/* Puts a good message of about size bytes. */
void	kit_job(struct kit *kit, struct smtp_job *job, size_t size);
void	kit_exact(struct kit *kit, struct smtp_job *job, size_t size);
/* Until n_done jobs are done in all (or n_gates gates reached). */
void	kit_run(struct kit *kit, size_t n_done);
void	kit_run_gate(struct kit *kit);

#endif
