/* SPDX-License-Identifier: ISC */
/*
 * loop.h - events: timers, descriptors, signals, threads, and virtual time.
 *
 * Watchers are members of what they serve, all zero but for fn before their
 * first start; a callback gets the watcher and finds its owner with OWNER.
 * Nothing is called from inside the call that starts it; after a stop nothing
 * is called any more.  A callback may stop and free its own watcher.
 *
 * On a virtual clock the same code runs on virtual time: timers fire in the
 * order of their instants, and the clock goes on to the next only when no job
 * is in flight, nothing is deferred or held, and no other thread has called.
 *
 * Thread: the loop's, except where a function says "any".
 */
#ifndef DUNLIN_LOOP_LOOP_H
#define DUNLIN_LOOP_LOOP_H

#include "base/clock.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* p is a pointer to the member field of a struct type: that struct.  Another
 * watcher's type in p does not compile. */
#define OWNER(p, type, field) \
	((type *)(void *)((char *)(1 ? (p) : &((type *)0)->field) - \
	offsetof(type, field)))

struct loop;			/* opaque */

/* clock is lent until loop_free. */
bool	loop_new(struct clock *clock, struct loop **out, struct err *err)
	    MUST_CHECK;
/* Takes and nulls.  All watchers are stopped and all workers freed before. */
void	loop_free(struct loop **loop);
struct clock	*loop_clock(struct loop *loop);

#define LOOP_FOREVER	INT64_MAX

enum loop_end {
	LOOP_STOPPED,		/* loop_stop was called */
	LOOP_IDLE		/* virtual clock: nothing left up to until_ms */
};

/*
 * Real clock: runs until loop_stop; until_ms does not count.  Virtual clock:
 * also ends when no timer up to and with until_ms is left and nothing is in
 * flight; the clock then stands at until_ms, or with LOOP_FOREVER at the last
 * timer.
 */
enum loop_end	loop_run(struct loop *loop, int64_t until_ms);
/* Ends loop_run after the callbacks that are due now, or the next one at
 * once. */
void	loop_stop(struct loop *loop);

/*
 * Virtual clock: time stands still between hold and release (as often as it
 * was held): a socket waits for its peer.  Else without effect.
 */
void	loop_hold(struct loop *loop);
void	loop_release(struct loop *loop);

/* --- timers: never fail, cost O(log n) --- */
struct loop_timer;
typedef void	loop_timer_fn(struct loop_timer *timer);

struct loop_timer {
	loop_timer_fn		*fn;	/* the owner sets it, here and below */
	struct loop		*loop;		/* NULL: not started */
	bool			 is_wire;
	int64_t			 at_ms;
	uint64_t		 order;
	struct loop_timer	*child;		/* pairing heap */
	struct loop_timer	*next;
	struct loop_timer	*prev;
};

/* At the instant at_ms of the loop's clock, at once when it is past; a timer
 * that runs is moved.  Equal instants fire in the order of their starts. */
void	loop_timer_start(struct loop *loop, struct loop_timer *timer,
	    int64_t at_ms);
/* After delay_ms of real time, whatever the clock: a peer's timeout.  Virtual
 * time does not wait for it: hold the loop meanwhile. */
void	loop_timer_wire(struct loop *loop, struct loop_timer *timer,
	    int64_t delay_ms);
void	loop_timer_stop(struct loop_timer *timer);
bool	loop_timer_is_active(const struct loop_timer *timer);

/* --- later, but before anything else --- */
struct loop_deferred;
typedef void	loop_deferred_fn(struct loop_deferred *deferred);

struct loop_deferred {
	loop_deferred_fn	*fn;
	struct loop		*loop;
	struct loop_deferred	*next;
	struct loop_deferred	*prev;
};

/* Calls fn once, soon; deferring twice before is deferring once. */
void	loop_defer(struct loop *loop, struct loop_deferred *deferred);
void	loop_defer_cancel(struct loop_deferred *deferred);

/* --- descriptors --- */
#define LOOP_READ	1
#define LOOP_WRITE	2

struct loop_io;
typedef void	loop_io_fn(struct loop_io *io, int events);

struct loop_io {
	loop_io_fn	*fn;
	void		*native;
};

/* events: LOOP_READ, LOOP_WRITE or both.  A started one is changed.  Stop it
 * before fd is closed. */
bool	loop_io_start(struct loop *loop, struct loop_io *io, int fd, int events,
	    struct err *err) MUST_CHECK;
void	loop_io_stop(struct loop_io *io);

/* --- signals --- */
struct loop_signal;
typedef void	loop_signal_fn(struct loop_signal *watcher);

struct loop_signal {
	loop_signal_fn	*fn;
	void		*native;
};

bool	loop_signal_start(struct loop *loop, struct loop_signal *watcher,
	    int signal, struct err *err) MUST_CHECK;
void	loop_signal_stop(struct loop_signal *watcher);

/* --- a call from another thread --- */
struct loop_async;
typedef void	loop_async_fn(struct loop_async *async);

struct loop_async {
	loop_async_fn		*fn;
	struct loop		*loop;
	_Atomic bool		 is_pending;
	struct loop_async	*next;
};

void	loop_async_start(struct loop *loop, struct loop_async *async);
void	loop_async_stop(struct loop_async *async);
/* Any thread, between start and stop: fn is called on the loop; several sends
 * may be one call. */
void	loop_async_send(struct loop_async *async);

/* --- worker threads --- */
struct loop_workers;		/* opaque: threads with one queue */
struct loop_job;

/* On a worker; own is what open gave to that thread. */
typedef void	loop_run_fn(struct loop_job *job, void *own);
/* On the loop, after run; the job may be freed or used again in it. */
typedef void	loop_done_fn(struct loop_job *job);

struct loop_job {
	loop_run_fn		*run;		/* the owner sets both */
	loop_done_fn		*done;
	struct loop_job		*next;
	struct loop_workers	*workers;
};

struct loop_workers_options {
	const char	*name;		/* of the threads, 15 bytes count */
	size_t		 n_threads;	/* 0: one, which owns something */
	size_t		 stack_kb;	/* 0: the system's */
	/* Called on each thread at its start and end; may be NULL.  open sets
	 * *own, or fails, and loop_workers_new with it. */
	bool		(*open)(void *arg, void **own, struct err *err);
	void		(*close)(void *own);
	void		*arg;		/* for open */
	/* When set, it is called instead of each job's run, with all that is
	 * queued, at most batch_max (0: 256): a group commit. */
	void		(*batch)(struct loop_job *const *jobs, size_t n_jobs,
			    void *own);
	size_t		 batch_max;
};

#define LOOP_BATCH_MAX	1024

/* Signals are blocked on the threads. */
bool	loop_workers_new(struct loop *loop,
	    const struct loop_workers_options *options,
	    struct loop_workers **out, struct err *err) MUST_CHECK;

/* Takes and nulls.  Runs what is queued, calls every done(), also of jobs that
 * those queue here, and ends the threads. */
void	loop_workers_free(struct loop_workers **workers);

/* Queues job, which moves to the workers with all it owns until done().  Any
 * thread.  One queue and one thread keep the order. */
void	loop_work(struct loop_workers *workers, struct loop_job *job);

#endif
