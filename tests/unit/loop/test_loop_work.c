/* SPDX-License-Identifier: ISC */
#include "loop/loop.h"

#include "support/test.h"

#include <pthread.h>
#include <semaphore.h>

#define START	INT64_C(1795255200000)

struct fix {
	struct clock		 clock;
	struct loop		*loop;
	struct loop_workers	*workers;
	struct err		 err;
	_Atomic int		 n_open;
	int			 n_done;
	int			 n_batches;
	size_t			 longest;
	bool			 is_ordered;
	sem_t			 sem;
};

static int
setup(void **state)
{
	struct fix	*f = calloc(1, sizeof(*f));

	clock_init_virtual(&f->clock, START);
	assert_true(loop_new(&f->clock, &f->loop, &f->err));
	assert_int_equal(sem_init(&f->sem, 0, 0), 0);
	f->is_ordered = true;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fix	*f = *state;

	loop_workers_free(&f->workers);
	loop_free(&f->loop);
	(void)sem_destroy(&f->sem);
	free(f);
	return 0;
}

static void
make_workers(struct fix *f, size_t n)
{
	const struct loop_workers_options	options = {.name = "test",
	    .n_threads = n, .stack_kb = 256};

	assert_true(loop_workers_new(f->loop, &options, &f->workers, &f->err));
}

struct task {
	struct fix	*f;
	struct loop_job	 job;
	int		 id;
	int		 result;
	int		 again;
};

static void
task_run(struct loop_job *job, void *own)
{
	struct task	*task = OWNER(job, struct task, job);

	(void)own;
	task->result = task->id * 2;
}

static void
task_done(struct loop_job *job)
{
	struct task	*task = OWNER(job, struct task, job);
	struct fix	*f = task->f;

	assert_int_equal(task->result, task->id * 2);
	f->is_ordered = f->is_ordered && task->id == f->n_done;
	f->n_done++;
	if (task->again-- > 0)
		loop_work(job->workers, job);
}

#define TASKS	2000

static struct task *
queue_tasks(struct fix *f)
{
	struct task	*tasks = calloc(TASKS, sizeof(*tasks));

	for (int i = 0; i < TASKS; i++) {
		tasks[i] = (struct task){.f = f, .id = i, .job.run = task_run,
		    .job.done = task_done};
		loop_work(f->workers, &tasks[i].job);
	}
	assert_int_equal(f->n_done, 0);
	return tasks;
}

static void
test_one_thread_keeps_order(void **state)
{
	struct fix	*f = *state;
	struct task	*tasks;

	make_workers(f, 0);
	tasks = queue_tasks(f);
	assert_int_equal(loop_run(f->loop, START + 5), LOOP_IDLE);
	assert_int_equal(f->n_done, TASKS);
	assert_true(f->is_ordered);
	assert_int_equal(clock_now(&f->clock), START + 5);
	free(tasks);
}

static void
test_many_threads(void **state)
{
	struct fix	*f = *state;
	struct task	*tasks;

	make_workers(f, 8);
	tasks = queue_tasks(f);
	tasks[0].again = 50;
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_IDLE);
	assert_int_equal(f->n_done, TASKS + 50);
	free(tasks);
}

static void
test_free_runs_what_is_queued(void **state)
{
	struct fix	*f = *state;
	struct task	*tasks;

	make_workers(f, 2);
	tasks = queue_tasks(f);
	tasks[TASKS - 1].again = 20;
	loop_workers_free(&f->workers);
	assert_null(f->workers);
	assert_int_equal(f->n_done, TASKS + 20);
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_IDLE);
	free(tasks);
}

struct waiter {
	struct fix		*f;
	struct loop_job		 job;
	struct loop_timer	 hour;
	struct loop_timer	 wire;
	int64_t			 done_at;
	int64_t			 hour_at;
	int64_t			 wire_at;
};

static void
waiter_run(struct loop_job *job, void *own)
{
	struct waiter	*waiter = OWNER(job, struct waiter, job);

	(void)own;
	(void)sem_wait(&waiter->f->sem);
}

static void
waiter_done(struct loop_job *job)
{
	struct waiter	*waiter = OWNER(job, struct waiter, job);

	waiter->done_at = clock_now(&waiter->f->clock);
}

static void
waiter_on_hour(struct loop_timer *timer)
{
	struct waiter	*waiter = OWNER(timer, struct waiter, hour);

	waiter->hour_at = clock_now(&waiter->f->clock);
}

static void
waiter_on_wire(struct loop_timer *timer)
{
	struct waiter	*waiter = OWNER(timer, struct waiter, wire);

	waiter->wire_at = clock_now(&waiter->f->clock);
	(void)sem_post(&waiter->f->sem);
}

/* The job ends only when the loop, in real time, lets it. */
static void
test_virtual_time_waits_for_jobs(void **state)
{
	struct fix	*f = *state;
	struct waiter	 waiter = {.f = f, .job.run = waiter_run,
	    .job.done = waiter_done, .hour.fn = waiter_on_hour,
	    .wire.fn = waiter_on_wire};

	make_workers(f, 1);
	loop_timer_start(f->loop, &waiter.hour, START + 3600000);
	loop_timer_wire(f->loop, &waiter.wire, 5);
	loop_work(f->workers, &waiter.job);
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_IDLE);
	assert_int_equal(waiter.wire_at, START);
	assert_int_equal(waiter.done_at, START);
	assert_int_equal(waiter.hour_at, START + 3600000);
}

static bool
own_open(void *arg, void **own, struct err *err)
{
	struct fix	*f = arg;
	int		*mine = malloc(sizeof(*mine));

	if (mine == NULL)
		return err_nomem(err);
	*mine = atomic_fetch_add(&f->n_open, 1);
	*own = mine;
	return true;
}

static void
own_close(void *own)
{
	free(own);
}

static void
batch_run(struct loop_job *const *jobs, size_t n, void *own)
{
	for (size_t i = 0; i < n; i++) {
		struct task	*task = OWNER(jobs[i], struct task, job);

		assert_non_null(own);
		task->f->n_batches += i == 0;
		if (n > task->f->longest)
			task->f->longest = n;
		task_run(jobs[i], own);
	}
}

/* The thread is kept at its first batch until all is queued. */
static void
first_batch_waits(struct loop_job *const *jobs, size_t n, void *own)
{
	struct fix	*f = OWNER(jobs[0], struct task, job)->f;

	if (f->n_batches == 0)
		(void)sem_wait(&f->sem);
	batch_run(jobs, n, own);
}

static void
test_batches(void **state)
{
	struct fix				*f = *state;
	const struct loop_workers_options	 options = {.open = own_open,
	    .close = own_close, .arg = f, .batch = first_batch_waits,
	    .batch_max = 100};
	struct task				*tasks;

	assert_true(loop_workers_new(f->loop, &options, &f->workers, &f->err));
	assert_int_equal(f->n_open, 1);
	tasks = queue_tasks(f);
	(void)sem_post(&f->sem);
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_IDLE);
	assert_int_equal(f->n_done, TASKS);
	assert_true(f->is_ordered);
	assert_int_equal(f->longest, 100);
	assert_in_range(f->n_batches, TASKS / 100, TASKS / 100 + 1);
	free(tasks);
}

static bool
third_fails(void *arg, void **own, struct err *err)
{
	struct fix	*f = arg;

	if (atomic_fetch_add(&f->n_open, 1) == 2)
		return err_set(err, ERR_LATER, "the third of them");
	*own = NULL;
	return true;
}

static void
test_open_fails(void **state)
{
	struct fix				*f = *state;
	const struct loop_workers_options	 options = {.n_threads = 5,
	    .open = third_fails, .arg = f};

	assert_false(loop_workers_new(f->loop, &options, &f->workers, &f->err));
	assert_int_equal(f->err.kind, ERR_LATER);
	assert_string_equal(f->err.text, "the third of them");
	assert_null(f->workers);
}

#define CALLERS	4
#define CALLS	1000

struct bell {
	struct fix		*f;
	struct loop_async	 async;
	_Atomic int		 sent;
	int			 answered;
	int			 n_calls;
	struct loop_timer	 timer;
};

static void
bell_on_async(struct loop_async *async)
{
	struct bell	*bell = OWNER(async, struct bell, async);

	bell->answered = atomic_load(&bell->sent);
	bell->n_calls++;
	if (bell->answered == CALLERS * CALLS)
		loop_stop(bell->f->loop);
}

static void *
ring(void *arg)
{
	struct bell	*bell = arg;

	for (int i = 0; i < CALLS; i++) {
		atomic_fetch_add(&bell->sent, 1);
		loop_async_send(&bell->async);
	}
	return NULL;
}

/* No call is lost: the last one is always followed by an answer. */
static void
test_calls_from_threads(void **state)
{
	struct fix	*f = *state;
	struct bell	 bell = {.f = f, .async.fn = bell_on_async};
	pthread_t	 threads[CALLERS];

	loop_async_start(f->loop, &bell.async);
	loop_hold(f->loop);
	for (int i = 0; i < CALLERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ring, &bell),
		    0);
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_STOPPED);
	assert_int_equal(bell.answered, CALLERS * CALLS);
	assert_true(bell.n_calls >= 1);
	for (int i = 0; i < CALLERS; i++)
		(void)pthread_join(threads[i], NULL);
	loop_release(f->loop);
	loop_async_stop(&bell.async);
	loop_async_stop(&bell.async);
}

#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		T(test_one_thread_keeps_order), T(test_many_threads),
		T(test_free_runs_what_is_queued),
		T(test_virtual_time_waits_for_jobs), T(test_batches),
		T(test_open_fails), T(test_calls_from_threads),
	};

	return cmocka_run_group_tests_name("loop/work", tests, NULL, NULL);
}
