/* SPDX-License-Identifier: ISC */
#include "loop/loop_impl.h"

#include <errno.h>
#include <signal.h>

#define BATCH_DEFAULT	256

struct loop_workers {
	struct loop			*loop;
	struct loop_workers_options	 options;
	char				 name[16];
	pthread_mutex_t			 lock;	/* of the rest */
	pthread_cond_t			 more;	/* to the threads */
	pthread_cond_t			 less;	/* from them */
	struct loop_job			*first;
	struct loop_job			*last;
	size_t				 n_opened;	/* or failed to */
	size_t				 n_running;	/* jobs */
	bool				 is_failed;
	bool				 is_closing;
	struct err			 err;
	size_t				 n_threads;
	pthread_t			 threads[];
};

/* With the lock held: waits for jobs and takes them; 0: the end. */
static size_t
take_jobs(struct loop_workers *w, struct loop_job **jobs, size_t most)
{
	size_t	n = 0;

	while (w->first == NULL && !w->is_closing)
		(void)pthread_cond_wait(&w->more, &w->lock);
	for (; n < most && w->first != NULL; n++) {
		jobs[n] = w->first;
		w->first = jobs[n]->next;
	}
	if (w->first == NULL)
		w->last = NULL;
	w->n_running += n;
	return n;
}

static void
run_jobs(struct loop_workers *w, struct loop_job *const *jobs, size_t n,
    void *own)
{
	struct loop	*loop = w->loop;

	if (w->options.batch != NULL)
		w->options.batch(jobs, n, own);
	else
		jobs[0]->run(jobs[0], own);
	for (size_t i = 0; i < n; i++)
		loop_job_ran(loop, jobs[i]);
}

static void
work(struct loop_workers *w, void *own)
{
	struct loop_job	*jobs[LOOP_BATCH_MAX];
	size_t		 most = w->options.batch != NULL ?
	    w->options.batch_max : 1;
	size_t		 n;

	(void)pthread_mutex_lock(&w->lock);
	while ((n = take_jobs(w, jobs, most)) > 0) {
		(void)pthread_mutex_unlock(&w->lock);
		run_jobs(w, jobs, n, own);
		(void)pthread_mutex_lock(&w->lock);
		w->n_running -= n;
		if (w->n_running == 0 && w->first == NULL)
			(void)pthread_cond_broadcast(&w->less);
	}
	(void)pthread_mutex_unlock(&w->lock);
}

static void *
thread_main(void *arg)
{
	struct loop_workers	*w = arg;
	struct err		 err = {0};
	void			*own = NULL;
	bool			 ok = true;

	(void)pthread_setname_np(pthread_self(), w->name);
	if (w->options.open != NULL)
		ok = w->options.open(w->options.arg, &own, &err);
	(void)pthread_mutex_lock(&w->lock);
	w->n_opened++;
	if (!ok) {
		w->is_failed = true;
		w->err = err;
	}
	(void)pthread_cond_broadcast(&w->less);
	(void)pthread_mutex_unlock(&w->lock);
	if (!ok)
		return NULL;
	work(w, own);
	if (w->options.close != NULL)
		w->options.close(own);
	return NULL;
}

static int
start_thread(struct loop_workers *w)
{
	pthread_attr_t	attr;
	int		code;

	if ((code = pthread_attr_init(&attr)) != 0)
		return code;
	if (w->options.stack_kb > 0)
		code = pthread_attr_setstacksize(&attr,
		    w->options.stack_kb * 1024);
	if (code == 0)
		code = pthread_create(&w->threads[w->n_threads], &attr,
		    thread_main, w);
	(void)pthread_attr_destroy(&attr);
	if (code == 0)
		w->n_threads++;
	return code;
}

/* Signals are the loop's alone. */
static bool
start_threads(struct loop_workers *w, size_t count, struct err *err)
{
	sigset_t	all;
	sigset_t	old;
	int		code = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	while (code == 0 && w->n_threads < count)
		code = start_thread(w);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (code == 0)
		return true;
	errno = code;
	return err_sys(err, "starting thread %s", w->name);
}

static bool
wait_opened(struct loop_workers *w, struct err *err)
{
	bool	ok;

	(void)pthread_mutex_lock(&w->lock);
	while (w->n_opened < w->n_threads)
		(void)pthread_cond_wait(&w->less, &w->lock);
	ok = !w->is_failed;
	if (!ok)
		*err = w->err;
	(void)pthread_mutex_unlock(&w->lock);
	return ok;
}

static void
end_threads(struct loop_workers *w)
{
	(void)pthread_mutex_lock(&w->lock);
	w->is_closing = true;
	(void)pthread_cond_broadcast(&w->more);
	(void)pthread_mutex_unlock(&w->lock);
	for (size_t i = 0; i < w->n_threads; i++)
		(void)pthread_join(w->threads[i], NULL);
	(void)pthread_cond_destroy(&w->more);
	(void)pthread_cond_destroy(&w->less);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}

bool
loop_workers_new(struct loop *loop, const struct loop_workers_options *options,
    struct loop_workers **out, struct err *err)
{
	size_t			 count = options->n_threads;
	struct loop_workers	*w;

	if (count == 0)
		count = 1;
	if (count > 4096)
		return err_set(err, ERR_INPUT, "%zu threads are too many", count);
	w = calloc(1, sizeof(*w) + count * sizeof(w->threads[0]));
	if (w == NULL)
		return err_nomem(err);
	w->loop = loop;
	w->options = *options;
	if (w->options.batch_max == 0)
		w->options.batch_max = BATCH_DEFAULT;
	if (w->options.batch_max > LOOP_BATCH_MAX)
		w->options.batch_max = LOOP_BATCH_MAX;
	(void)snprintf(w->name, sizeof(w->name), "%s",
	    options->name != NULL ? options->name : "worker");
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->more, NULL);
	(void)pthread_cond_init(&w->less, NULL);
	if (!start_threads(w, count, err) || !wait_opened(w, err)) {
		end_threads(w);
		return false;
	}
	*out = w;
	return true;
}

/* Until nothing is queued or running. */
static void
wait_idle(struct loop_workers *w)
{
	(void)pthread_mutex_lock(&w->lock);
	while (w->first != NULL || w->n_running > 0)
		(void)pthread_cond_wait(&w->less, &w->lock);
	(void)pthread_mutex_unlock(&w->lock);
}

void
loop_workers_free(struct loop_workers **workers)
{
	struct loop_workers	*w = *workers;

	*workers = NULL;
	if (w == NULL)
		return;
	do
		wait_idle(w);
	while (loop_deliver(w->loop, w));	/* which may have queued more */
	end_threads(w);
}

void
loop_work(struct loop_workers *workers, struct loop_job *job)
{
	job->next = NULL;
	job->workers = workers;
	atomic_fetch_add(&workers->loop->in_flight, 1);
	(void)pthread_mutex_lock(&workers->lock);
	if (workers->last != NULL)
		workers->last->next = job;
	else
		workers->first = job;
	workers->last = job;
	(void)pthread_cond_signal(&workers->more);
	(void)pthread_mutex_unlock(&workers->lock);
}
