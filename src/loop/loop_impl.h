/* SPDX-License-Identifier: ISC */
/*
 * loop_impl.h - what loop's files share.
 */
#ifndef DUNLIN_LOOP_LOOP_IMPL_H
#define DUNLIN_LOOP_LOOP_IMPL_H

#include "loop/loop.h"

#include <ev.h>
#include <pthread.h>

/* Timers by (at_ms, order), linked through themselves: nothing can fail. */
struct loop_heap {
	struct loop_timer	*root;
};

void	loop_heap_add(struct loop_heap *heap, struct loop_timer *timer);
void	loop_heap_remove(struct loop_heap *heap, struct loop_timer *timer);

struct loop {
	struct clock		*clock;
	struct ev_loop		*ev;
	ev_async		 kick;		/* ends a wait, from any thread */
	ev_periodic		 wall_wait;	/* so do these */
	ev_timer		 wire_wait;
	struct loop_heap	 wall;
	struct loop_heap	 wire;
	uint64_t		 order;
	struct loop_deferred	*first;
	struct loop_deferred	*last;
	struct loop_async	*asyncs;
	size_t			 holds;
	bool			 is_stopped;
	_Atomic size_t		 in_flight;	/* jobs not yet done() */
	pthread_mutex_t		 lock;		/* of the two below */
	struct loop_job		*done_first;
	struct loop_job		*done_last;
};

/* From a worker: job is ready for its done(). */
void	loop_job_ran(struct loop *loop, struct loop_job *job);

/* Calls done() of some that ran, or of all those of workers; whether any. */
bool	loop_deliver(struct loop *loop, const struct loop_workers *workers);

#endif
