/* SPDX-License-Identifier: ISC */
/*
 * smtp.c - the pool: threads that each run sessions, the queue before them,
 * and what they have to tell the loop.
 */
#include "mail/smtp_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>

/* ASan and TSan need more than the 256 KB that are enough else. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_KB	2048
#else
#define STACK_KB	256
#endif

static const struct smtp_timeouts	rfc_timeouts = {
	.connect_ms = 30000,
	.greeting_ms = 300000,		/* RFC 5321 4.5.3.2 from here on */
	.envelope_ms = 300000,
	.data_ms = 120000,
	.transfer_ms = 180000,
	.dot_ms = SMTP_DOT_MS
};

void
smtp_options_init(struct smtp_options *options)
{
	*options = (struct smtp_options){
		.port = 587, .tls = SMTP_TLS_REQUIRED, .sessions = 8,
		.per_connection = 200, .idle_ms = 5000, .gate_ms = 60000,
		.stack_kb = STACK_KB, .timeouts = rfc_timeouts
	};
}

bool
smtp_is_local(const char *host)
{
	struct in_addr	address;

	if (inet_pton(AF_INET, host, &address) == 1)
		return ntohl(address.s_addr) >> 24 == 127;
	return strcmp(host, "localhost") == 0;
}

/* --- between the threads and the loop: all with the lock held ---------------- */

static void
push_event(struct smtp_pool *pool, struct smtp_job *job, unsigned event)
{
	bool	is_listed = (job->events & (JOB_EV_GATE | JOB_EV_DONE)) != 0;

	job->events |= event;
	if (is_listed)
		return;
	job->next_event = NULL;
	if (pool->first_event != NULL) {
		pool->last_event->next_event = job;
		pool->last_event = job;
		return;
	}
	pool->first_event = pool->last_event = job;
	loop_async_send(&pool->async);
}

static struct smtp_job *
take_first(struct smtp_pool *pool)
{
	struct smtp_job	*job = pool->first;

	if (job == NULL)
		return NULL;
	pool->first = job->next;
	if (pool->first == NULL)
		pool->last = NULL;
	pool->n_queued--;
	return job;
}

static struct smtp_job *
take_job(struct smtp_pool *pool, struct smtp_worker *worker)
{
	struct smtp_job	*job = take_first(pool);

	worker->is_busy = job != NULL;
	return job;
}

/* Those that rest connected come first. */
static void
wake_for(struct smtp_pool *pool)
{
	if (pool->n_queued <= pool->n_warm)
		(void)pthread_cond_signal(&pool->warm);
	else
		(void)pthread_cond_signal(&pool->cold);
}

static void
put_back(struct smtp_worker *worker, struct smtp_job *job)
{
	struct smtp_pool	*pool = worker->pool;

	worker->is_busy = false;
	job->next = pool->first;
	pool->first = job;
	if (pool->last == NULL)
		pool->last = job;
	pool->n_queued++;
	(void)pthread_cond_signal(&pool->cold);
}

/* The server cannot be reached at all: nobody else waits for that. */
static void
flush_queue(struct smtp_pool *pool, const struct smtp_answer *why)
{
	struct smtp_job	*job;

	while ((job = take_first(pool)) != NULL) {
		memset(&job->answer, 0, sizeof(job->answer));
		/* these two would blame this job's address or bytes */
		job->answer.error = why->error == 0 || why->error == EINVAL ||
		    why->error == EDESTADDRREQ ? ECANCELED : why->error;
		(void)snprintf(job->answer.reply, sizeof(job->answer.reply),
		    "never begun, as the one before it ended at %s: %.300s",
		    smtp_stage_names[why->stage], why->reply);
		push_event(pool, job, JOB_EV_DONE);
	}
}

static struct timespec
after_ms(int64_t ms)
{
	struct timespec	at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

/* --- for the sessions ------------------------------------------------------- */

static struct smtp_job *
wait_warm(struct smtp_pool *pool, struct smtp_worker *worker)
{
	const struct timespec	until = after_ms(pool->options.idle_ms);
	int			error = 0;

	pool->n_warm++;
	while (pool->first == NULL && !pool->is_closing && error == 0)
		error = pthread_cond_timedwait(&pool->warm, &pool->lock,
		    &until);
	pool->n_warm--;
	return pool->is_closing ? NULL : take_job(pool, worker);
}

struct smtp_job *
smtp_next(struct smtp_worker *worker)
{
	struct smtp_pool	*pool = worker->pool;
	struct smtp_job		*job;
	bool			 has_waited;
	char			 byte[1];
	size_t			 len;

	(void)pthread_mutex_lock(&pool->lock);
	has_waited = pool->first == NULL;
	job = wait_warm(pool, worker);
	(void)pthread_mutex_unlock(&pool->lock);
	/* a server that said 421 meanwhile, or left, gets no message */
	if (job != NULL && has_waited && smtp_shim_listen(&worker->shim, byte,
	    1, &len) != SMTP_QUIET) {
		(void)pthread_mutex_lock(&pool->lock);
		if (!pool->is_closing)
			put_back(worker, job);
		(void)pthread_mutex_unlock(&pool->lock);
		smtp_shim_drop(&worker->shim, ECONNRESET);
		job = NULL;
	}
	return job;
}

void
smtp_done(struct smtp_worker *worker)
{
	struct smtp_pool	*pool = worker->pool;
	struct smtp_job		*job = worker->job;

	worker->job = NULL;
	(void)pthread_mutex_lock(&pool->lock);
	worker->is_busy = false;
	if (!pool->is_closing) {
		if (job->answer.stage != SMTP_QUEUED &&
		    job->answer.stage < SMTP_MAIL && pool->n_up == 0)
			flush_queue(pool, &job->answer);
		push_event(pool, job, JOB_EV_DONE);
	}
	(void)pthread_mutex_unlock(&pool->lock);
}

bool
smtp_gate(struct smtp_worker *worker)
{
	struct smtp_pool	*pool = worker->pool;
	const struct timespec	 until = after_ms(pool->options.gate_ms);
	int			 error = 0;
	bool			 goes;

	(void)pthread_mutex_lock(&pool->lock);
	worker->job->worker = worker;
	if (!pool->is_closing)
		push_event(pool, worker->job, JOB_EV_GATE);
	while (!pool->is_closing && error == 0 &&
	    (worker->job->events & (JOB_GO | JOB_STOP)) == 0)
		error = pthread_cond_timedwait(&worker->verdict, &pool->lock,
		    &until);
	goes = !pool->is_closing && (worker->job->events & JOB_GO) != 0;
	if (!pool->is_closing)
		worker->job->worker = NULL;
	(void)pthread_mutex_unlock(&pool->lock);
	return goes;
}

void
smtp_up(struct smtp_worker *worker, bool is_up)
{
	struct smtp_pool	*pool = worker->pool;

	if (worker->is_up == is_up)
		return;
	worker->is_up = is_up;
	(void)pthread_mutex_lock(&pool->lock);
	if (is_up)
		pool->n_up++;
	else
		pool->n_up--;
	(void)pthread_mutex_unlock(&pool->lock);
}

bool
smtp_is_closing(struct smtp_worker *worker)
{
	struct smtp_pool	*pool = worker->pool;
	bool			 is_closing;

	(void)pthread_mutex_lock(&pool->lock);
	is_closing = pool->is_closing;
	(void)pthread_mutex_unlock(&pool->lock);
	return is_closing;
}

/* --- the threads ------------------------------------------------------------- */

static void
unref(struct smtp_pool *pool)
{
	size_t	left;

	(void)pthread_mutex_lock(&pool->lock);
	left = --pool->n_refs;
	(void)pthread_mutex_unlock(&pool->lock);
	if (left > 0)
		return;
	for (size_t i = 0; i < pool->n_workers; i++) {
		smtp_shim_fini(&pool->workers[i].shim);
		(void)pthread_cond_destroy(&pool->workers[i].verdict);
	}
	(void)pthread_cond_destroy(&pool->warm);
	(void)pthread_cond_destroy(&pool->cold);
	(void)pthread_mutex_destroy(&pool->lock);
	smtp_tls_free(&pool->tls);
	explicit_bzero(pool->password, sizeof(pool->password));
	free(pool);
}

static void *
thread_main(void *arg)
{
	struct smtp_worker	*worker = arg;
	struct smtp_pool	*pool = worker->pool;
	bool			 ends;

	(void)pthread_setname_np(pthread_self(), "smtp");
	do {
		(void)pthread_mutex_lock(&pool->lock);
		while (pool->first == NULL && !pool->is_closing)
			(void)pthread_cond_wait(&pool->cold, &pool->lock);
		ends = pool->is_closing;
		worker->job = ends ? NULL : take_job(pool, worker);
		(void)pthread_mutex_unlock(&pool->lock);
		if (worker->job != NULL)
			smtp_session_run(worker);
	} while (!ends);
	unref(pool);
	return NULL;
}

static int
start_thread(struct smtp_pool *pool, struct smtp_worker *worker)
{
	pthread_attr_t	attr;
	int		code;

	if ((code = pthread_attr_init(&attr)) != 0)
		return code;
	code = pthread_attr_setstacksize(&attr,
	    (size_t)pool->options.stack_kb * 1024);
	if (code == 0)
		code = pthread_create(&worker->thread, &attr, thread_main,
		    worker);
	(void)pthread_attr_destroy(&attr);
	return code;
}

static void
init_worker(struct smtp_pool *pool, struct smtp_worker *worker)
{
	pthread_condattr_t	attr;

	worker->pool = pool;
	smtp_shim_init(&worker->shim);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&worker->verdict, &attr);
	(void)pthread_condattr_destroy(&attr);
}

static void
init_pool(struct smtp_pool *pool)
{
	pthread_condattr_t	attr;

	(void)pthread_mutex_init(&pool->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&pool->warm, &attr);
	(void)pthread_cond_init(&pool->cold, &attr);
	(void)pthread_condattr_destroy(&attr);
	pool->n_refs = 1;
}

/* Signals are the loop's alone. */
static bool
start_threads(struct smtp_pool *pool, struct err *err)
{
	sigset_t	all, old;
	int		code = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	for (int64_t i = 0; code == 0 && i < pool->options.sessions; i++) {
		init_worker(pool, &pool->workers[i]);
		pool->n_workers++;
		(void)pthread_mutex_lock(&pool->lock);
		pool->n_refs++;
		(void)pthread_mutex_unlock(&pool->lock);
		code = start_thread(pool, &pool->workers[i]);
		if (code != 0)
			pool->workers[i].pool = NULL;	/* not to be joined */
	}
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (code == 0)
		return true;
	unref(pool);		/* for the one that did not start */
	errno = code;
	return err_sys(err, "starting a thread for mail");
}

/* --- the loop's side --------------------------------------------------------- */

static bool
check_timeouts(const struct smtp_timeouts *timeouts, struct err *err)
{
	if (timeouts->dot_ms < rfc_timeouts.dot_ms)
		return err_set(err, ERR_INPUT, "less than 10 min for the answer"
		    " to a whole message makes duplicates");
	if (timeouts->greeting_ms < rfc_timeouts.greeting_ms ||
	    timeouts->envelope_ms < rfc_timeouts.envelope_ms ||
	    timeouts->data_ms < rfc_timeouts.data_ms ||
	    timeouts->transfer_ms < rfc_timeouts.transfer_ms)
		return err_set(err, ERR_INPUT, "timeouts below those of RFC"
		    " 5321 are for a server on this machine");
	return true;
}

static bool
check_options(const struct smtp_options *options, struct err *err)
{
	if (options->host == NULL || options->host[0] == '\0' ||
	    strlen(options->host) > 255 || strpbrk(options->host,
	    ": \t\r\n/[]") != NULL)
		return err_set(err, ERR_INPUT, "an SMTP server needs the name"
		    " of a host, or an IPv4 address, without a port");
	if (options->port < 1 || options->port > 65535 ||
	    options->sessions < 1 || options->sessions > SMTP_SESSIONS_MAX ||
	    options->per_connection < 1 || options->idle_ms < 0 ||
	    options->gate_ms < 0 || options->stack_kb < 64)
		return err_set(err, ERR_INPUT, "port, sessions, messages a"
		    " connection or stack out of range");
	if (options->tls != SMTP_TLS_REQUIRED && !smtp_is_local(options->host))
		return err_set(err, ERR_INPUT, "%s is not this machine: TLS is"
		    " required", options->host);
	if (options->user != NULL && (options->password == NULL ||
	    strlen(options->password) >= SMTP_PASSWORD_ROOM))
		return err_set(err, ERR_INPUT, "a user needs a password of"
		    " less than %d bytes", SMTP_PASSWORD_ROOM);
	return smtp_is_local(options->host) ||
	    check_timeouts(&options->timeouts, err);
}

static void
take_event(struct smtp_pool *pool, struct smtp_job **job, unsigned *events)
{
	(void)pthread_mutex_lock(&pool->lock);
	*job = pool->first_event;
	if (*job != NULL) {
		pool->first_event = (*job)->next_event;
		*events = (*job)->events;
		(*job)->events &= ~(JOB_EV_GATE | JOB_EV_DONE);
	}
	(void)pthread_mutex_unlock(&pool->lock);
}

static void
on_events(struct loop_async *async)
{
	struct smtp_pool	*pool = OWNER(async, struct smtp_pool, async);
	struct smtp_job		*job;
	unsigned		 events = 0;
	size_t			 most = 2 * pool->n_workers;

	/* bounded: others want their turn too; a hook must not close the pool */
	for (; most > 0; most--) {
		take_event(pool, &job, &events);
		if (job == NULL)
			return;
		if ((events & JOB_EV_DONE) != 0) {
			pool->n_out--;
			loop_release(pool->loop);
			pool->hooks.done(pool->hooks.arg, job);
		} else if ((events & JOB_EV_GATE) != 0)
			pool->hooks.gate(pool->hooks.arg, job);
	}
	loop_async_send(async);
}

static void
ignore_sigpipe(void)
{
	struct sigaction	action = { .sa_handler = SIG_IGN };

	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGPIPE, &action, NULL);
}

bool
smtp_pool_open(struct loop *loop, const struct smtp_options *options,
    const struct smtp_hooks *hooks, struct smtp_pool **out, struct err *err)
{
	struct smtp_pool	*pool;

	if (!check_options(options, err) || !smtp_shim_check(err))
		return false;
	pool = calloc(1, sizeof(*pool) +
	    (size_t)options->sessions * sizeof(pool->workers[0]));
	if (pool == NULL)
		return err_nomem(err);
	init_pool(pool);
	pool->loop = loop;
	pool->options = *options;
	pool->hooks = *hooks;
	if (options->user != NULL) {
		smtp_session_prepare();
		(void)snprintf(pool->password, sizeof(pool->password), "%s",
		    options->password);
	}
	pool->options.password = NULL;
	(void)snprintf(pool->server, sizeof(pool->server), "%s:%lld",
	    options->host, (long long)options->port);
	pool->async.fn = on_events;
	loop_async_start(loop, &pool->async);
	ignore_sigpipe();
	if ((options->tls == SMTP_TLS_REQUIRED && !smtp_tls_new(options->host,
	    options->ca_file, &pool->tls, err)) || !start_threads(pool, err)) {
		smtp_pool_close(&pool);
		return false;
	}
	*out = pool;
	return true;
}

size_t
smtp_pool_room(const struct smtp_pool *pool)
{
	return 2 * pool->n_workers - pool->n_out;
}

void
smtp_pool_put(struct smtp_pool *pool, struct smtp_job *job)
{
	job->pool = pool;
	job->worker = NULL;
	job->next = NULL;
	job->events = 0;
	pool->n_out++;
	loop_hold(pool->loop);
	(void)pthread_mutex_lock(&pool->lock);
	if (pool->last != NULL)
		pool->last->next = job;
	else
		pool->first = job;
	pool->last = job;
	pool->n_queued++;
	wake_for(pool);
	(void)pthread_mutex_unlock(&pool->lock);
}

static void
say(struct smtp_job *job, unsigned verdict)
{
	struct smtp_pool	*pool = job->pool;

	(void)pthread_mutex_lock(&pool->lock);
	job->events |= verdict;
	if (job->worker != NULL)
		(void)pthread_cond_signal(&job->worker->verdict);
	(void)pthread_mutex_unlock(&pool->lock);
}

void
smtp_job_go(struct smtp_job *job)
{
	say(job, JOB_GO);
}

void
smtp_job_stop(struct smtp_job *job)
{
	say(job, JOB_STOP);
}

/* One that rests says QUIT; one that the resolver keeps ends by itself, with
 * the pool. */
static void
end_worker(struct smtp_worker *worker, bool is_resting)
{
	if (is_resting || smtp_shim_cut(&worker->shim))
		(void)pthread_join(worker->thread, NULL);
	else
		(void)pthread_detach(worker->thread);
}

void
smtp_pool_close(struct smtp_pool **pool)
{
	struct smtp_pool	*p = *pool;
	bool			 rests[SMTP_SESSIONS_MAX] = {false};

	*pool = NULL;
	if (p == NULL)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->is_closing = true;
	(void)pthread_cond_broadcast(&p->warm);
	(void)pthread_cond_broadcast(&p->cold);
	for (size_t i = 0; i < p->n_workers; i++) {
		rests[i] = !p->workers[i].is_busy;
		(void)pthread_cond_signal(&p->workers[i].verdict);
	}
	(void)pthread_mutex_unlock(&p->lock);
	loop_async_stop(&p->async);
	for (size_t i = 0; i < p->n_workers; i++) {
		if (p->workers[i].pool != NULL)
			end_worker(&p->workers[i], rests[i]);
	}
	for (; p->n_out > 0; p->n_out--)
		loop_release(p->loop);
	unref(p);
}
