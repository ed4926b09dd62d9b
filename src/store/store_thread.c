/* SPDX-License-Identifier: ISC */
#include "base/clock.h"
#include "loop/loop.h"
#include "store/store_impl.h"

#include <time.h>

#define REST_NS	500000L		/* after a full group, for a second writer */

struct store_thread {
	struct loop_workers	*workers;
	size_t			 pending;
	char			*dsn;
};

static bool
open_own(void *arg, void **own, struct err *err)
{
	const struct store_thread	*thread = arg;
	struct store			*store = NULL;

	if (!store_open(thread->dsn, STORE_WRITER, &store, err))
		return false;
	*own = store;
	return true;
}

static void
close_own(void *own)
{
	struct store	*store = own;

	store_close(&store);
}

static struct store_op *
op_of(struct loop_job *job)
{
	return OWNER(job, struct store_op, job);
}

/*
 * Runs operations in one transaction until one fails or time is up.  *n_out:
 * how many ran well; *failed: the next one did not, and spoiled the rest.
 */
static void
run_some(struct store *store, struct loop_job *const *jobs, size_t count,
    size_t *n_out, bool *failed)
{
	const int64_t	begin_ms = clock_monotonic_ms();
	size_t		n = 0;

	*failed = false;
	while (n < count) {
		struct store_op	*op = op_of(jobs[n]);

		op->ok = op->run(op, store, &op->err);
		if (!op->ok) {
			*failed = true;
			break;
		}
		n++;
		if (clock_monotonic_ms() - begin_ms >= STORE_GROUP_MS)
			break;
	}
	*n_out = n;
}

static void
fail_all(struct loop_job *const *jobs, size_t count, const struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		struct store_op	*op = op_of(jobs[i]);

		op->ok = false;
		op->err = *err;
	}
}

/*
 * One group; gives how many of the jobs are settled.  After a failing
 * operation those before it run again without it, so that it spoils nothing.
 */
static size_t
run_group(struct store *store, struct loop_job *const *jobs, size_t count)
{
	struct err	err;
	size_t		n;
	bool		failed;

	if (!store_begin(store, &err)) {
		fail_all(jobs, count, &err);
		return count;
	}
	run_some(store, jobs, count, &n, &failed);
	if (failed) {
		store_rollback(store);
		if (n > 0)
			return run_group(store, jobs, n);
		return 1;
	}
	if (!store_commit(store, &err))
		fail_all(jobs, n, &err);
	return n;
}

static void
run_batch(struct loop_job *const *jobs, size_t count, void *own)
{
	const struct timespec	 rest = {0, REST_NS};
	struct store		*store = own;
	const bool		 is_full = count >= STORE_GROUP_MAX;
	size_t			 n;

	while (count > 0) {
		n = run_group(store, jobs, count);
		jobs += n;
		count -= n;
	}
	if (is_full)
		(void)nanosleep(&rest, NULL);
}

/* Never called: the batch runs instead. */
static void
run_alone(struct loop_job *job, void *own)
{
	run_batch(&job, 1, own);
}

static void
on_done(struct loop_job *job)
{
	struct store_op	*op = op_of(job);
	struct err	 err = op->err;

	op->thread->pending--;
	op->done(op, op->ok, op->ok ? NULL : &err);
}

bool
store_thread_start(struct loop *loop, const char *dsn,
    struct store_thread **out, struct err *err)
{
	struct store_thread		*thread;
	struct loop_workers_options	 options = {
		.name = "store", .n_threads = 1, .open = open_own,
		.close = close_own, .batch = run_batch,
		.batch_max = STORE_GROUP_MAX,
	};

	if ((thread = calloc(1, sizeof(*thread))) == NULL)
		return err_nomem(err);
	options.arg = thread;
	if ((thread->dsn = strdup(dsn)) == NULL) {
		free(thread);
		return err_nomem(err);
	}
	if (!loop_workers_new(loop, &options, &thread->workers, err)) {
		free(thread->dsn);
		free(thread);
		return false;
	}
	*out = thread;
	return true;
}

void
store_thread_run(struct store_thread *thread, struct store_op *op,
    store_run_fn *run, store_done_fn *done)
{
	op->run = run;
	op->done = done;
	op->thread = thread;
	op->ok = false;
	op->job.run = run_alone;
	op->job.done = on_done;
	thread->pending++;
	loop_work(thread->workers, &op->job);
}

size_t
store_thread_pending(const struct store_thread *thread)
{
	return thread->pending;
}

void
store_thread_stop(struct store_thread **thread)
{
	if (*thread == NULL)
		return;
	loop_workers_free(&(*thread)->workers);
	free((*thread)->dsn);
	free(*thread);
	*thread = NULL;
}
