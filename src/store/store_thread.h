/* SPDX-License-Identifier: ISC */
/*
 * store_thread.h - the one thread of a daemon that writes, and groups commits.
 *
 * It drains a queue of operations: commits at once when idle, else after
 * STORE_GROUP_MAX operations or STORE_GROUP_MS.  An operation that fails does
 * not spoil its group: the group is rolled back and run again without it, so
 * run may be called more than once and must set its results anew each time.
 * After a full group the thread rests 0.5 ms, so that a second writer gets in.
 *
 * Thread: all calls are the loop's.
 */
#ifndef DUNLIN_STORE_STORE_THREAD_H
#define DUNLIN_STORE_STORE_THREAD_H

#include "loop/loop.h"
#include "store/store.h"

#define STORE_GROUP_MAX	256
#define STORE_GROUP_MS	5

struct store_thread;		/* opaque */
struct store_op;

/* On the store's thread, inside a transaction. */
typedef bool	store_run_fn(struct store_op *op, struct store *store,
		    struct err *err);
/* On the loop, after the commit; err only when !ok.  ERR_UNSURE: the commit's
 * answer was lost, the effect may be there. */
typedef void	store_done_fn(struct store_op *op, bool ok,
		    const struct err *err);

/* Embedded in the caller's job, which lives until done was called. */
struct store_op {
	store_run_fn		*run;
	store_done_fn		*done;
	/* private */
	struct loop_job		 job;
	struct store_thread	*thread;
	struct err		 err;
	bool			 ok;
};

/* Opens a writer of its own on dsn. */
bool	store_thread_start(struct loop *loop, const char *dsn,
	    struct store_thread **out, struct err *err) MUST_CHECK;

/* Queues the operation; done is never called from inside. */
void	store_thread_run(struct store_thread *thread, struct store_op *op,
	    store_run_fn *run, store_done_fn *done);

/* Operations whose done has not been called yet. */
size_t	store_thread_pending(const struct store_thread *thread);

/*
 * Takes.  Finishes what is queued and joins; operations whose done was not
 * called yet get it before this returns.  NULL inside is fine.
 */
void	store_thread_stop(struct store_thread **thread);

#endif
