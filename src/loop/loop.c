/* SPDX-License-Identifier: ISC */
#include "loop/loop_impl.h"

#define ROUND_MAX	256	/* calls of other threads before timers' turn */

static void
on_wait_over(struct ev_loop *ev, ev_timer *watcher, int events)
{
	(void)ev;
	(void)watcher;
	(void)events;
}

static void
on_wall_over(struct ev_loop *ev, ev_periodic *watcher, int events)
{
	(void)ev;
	(void)watcher;
	(void)events;
}

static void
on_kick(struct ev_loop *ev, ev_async *watcher, int events)
{
	(void)ev;
	(void)watcher;
	(void)events;
}

bool
loop_new(struct clock *clock, struct loop **out, struct err *err)
{
	struct loop	*loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return err_nomem(err);
	loop->ev = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
	if (loop->ev == NULL) {
		free(loop);
		return err_sys(err, "starting the event loop");
	}
	loop->clock = clock;
	(void)pthread_mutex_init(&loop->lock, NULL);
	atomic_init(&loop->in_flight, 0);
	ev_async_init(&loop->kick, on_kick);
	ev_async_start(loop->ev, &loop->kick);
	ev_periodic_init(&loop->wall_wait, on_wall_over, 0., 0., NULL);
	ev_init(&loop->wire_wait, on_wait_over);
	*out = loop;
	return true;
}

void
loop_free(struct loop **loop)
{
	struct loop	*l = *loop;

	*loop = NULL;
	if (l == NULL)
		return;
	ev_loop_destroy(l->ev);
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

struct clock *
loop_clock(struct loop *loop)
{
	return loop->clock;
}

void
loop_stop(struct loop *loop)
{
	loop->is_stopped = true;
}

void
loop_hold(struct loop *loop)
{
	loop->holds++;
}

void
loop_release(struct loop *loop)
{
	if (loop->holds > 0)
		loop->holds--;
}

static void
start_timer(struct loop *loop, struct loop_timer *timer, bool is_wire,
    int64_t at_ms)
{
	loop_timer_stop(timer);
	timer->loop = loop;
	timer->is_wire = is_wire;
	timer->at_ms = at_ms;
	timer->order = ++loop->order;
	loop_heap_add(is_wire ? &loop->wire : &loop->wall, timer);
}

void
loop_timer_start(struct loop *loop, struct loop_timer *timer, int64_t at_ms)
{
	start_timer(loop, timer, false, at_ms);
}

void
loop_timer_wire(struct loop *loop, struct loop_timer *timer, int64_t delay_ms)
{
	int64_t	now = clock_monotonic_ms();

	if (delay_ms < 0)
		delay_ms = 0;
	start_timer(loop, timer, true,
	    delay_ms > INT64_MAX - now ? INT64_MAX : now + delay_ms);
}

void
loop_timer_stop(struct loop_timer *timer)
{
	struct loop	*loop = timer->loop;

	if (loop == NULL)
		return;
	loop_heap_remove(timer->is_wire ? &loop->wire : &loop->wall, timer);
	timer->loop = NULL;
}

bool
loop_timer_is_active(const struct loop_timer *timer)
{
	return timer->loop != NULL;
}

void
loop_defer(struct loop *loop, struct loop_deferred *deferred)
{
	if (deferred->loop != NULL)
		return;
	deferred->loop = loop;
	deferred->next = NULL;
	deferred->prev = loop->last;
	if (loop->last != NULL)
		loop->last->next = deferred;
	else
		loop->first = deferred;
	loop->last = deferred;
}

void
loop_defer_cancel(struct loop_deferred *deferred)
{
	struct loop	*loop = deferred->loop;

	if (loop == NULL)
		return;
	if (deferred->prev != NULL)
		deferred->prev->next = deferred->next;
	else
		loop->first = deferred->next;
	if (deferred->next != NULL)
		deferred->next->prev = deferred->prev;
	else
		loop->last = deferred->prev;
	deferred->loop = NULL;
}

/* What these defer themselves waits for the next round. */
static void
run_deferred(struct loop *loop)
{
	struct loop_deferred	*last = loop->last;
	struct loop_deferred	*one;
	bool			 is_last = false;

	while (!loop->is_stopped && !is_last && (one = loop->first) != NULL) {
		is_last = one == last;
		loop_defer_cancel(one);
		one->fn(one);
	}
}

/* What these start for now waits for the next round: nothing starves. */
static void
fire(struct loop *loop, struct loop_heap *heap, int64_t now)
{
	uint64_t		 newest = loop->order;
	struct loop_timer	*timer;

	while (!loop->is_stopped && (timer = heap->root) != NULL &&
	    timer->at_ms <= now && timer->order <= newest) {
		loop_timer_stop(timer);
		timer->fn(timer);
	}
}

void
loop_async_start(struct loop *loop, struct loop_async *async)
{
	atomic_init(&async->is_pending, false);
	async->loop = loop;
	async->next = loop->asyncs;
	loop->asyncs = async;
}

void
loop_async_stop(struct loop_async *async)
{
	struct loop_async	**at;

	if (async->loop == NULL)
		return;
	for (at = &async->loop->asyncs; *at != NULL; at = &(*at)->next)
		if (*at == async) {
			*at = async->next;
			break;
		}
	async->loop = NULL;
}

void
loop_async_send(struct loop_async *async)
{
	atomic_store(&async->is_pending, true);
	ev_async_send(async->loop->ev, &async->loop->kick);
}

static void
run_asyncs(struct loop *loop)
{
	struct loop_async	*one = loop->asyncs;

	for (int i = 0; !loop->is_stopped && one != NULL && i < ROUND_MAX; i++) {
		if (!atomic_exchange(&one->is_pending, false)) {
			one = one->next;
			continue;
		}
		one->fn(one);
		one = loop->asyncs;	/* fn may have stopped any of them */
	}
}

void
loop_job_ran(struct loop *loop, struct loop_job *job)
{
	job->next = NULL;
	(void)pthread_mutex_lock(&loop->lock);
	if (loop->done_last != NULL)
		loop->done_last->next = job;
	else
		loop->done_first = job;
	loop->done_last = job;
	(void)pthread_mutex_unlock(&loop->lock);
	ev_async_send(loop->ev, &loop->kick);
}

static struct loop_job *
take_done(struct loop *loop, const struct loop_workers *workers)
{
	struct loop_job	*before = NULL;
	struct loop_job	*job;

	(void)pthread_mutex_lock(&loop->lock);
	for (job = loop->done_first; job != NULL; before = job, job = job->next)
		if (workers == NULL || job->workers == workers)
			break;
	if (job != NULL) {
		if (before != NULL)
			before->next = job->next;
		else
			loop->done_first = job->next;
		if (loop->done_last == job)
			loop->done_last = before;
	}
	(void)pthread_mutex_unlock(&loop->lock);
	return job;
}

bool
loop_deliver(struct loop *loop, const struct loop_workers *workers)
{
	struct loop_job	*job;
	int		 n;

	for (n = 0; workers != NULL || n < ROUND_MAX; n++) {
		if (workers == NULL && loop->is_stopped)
			break;
		if ((job = take_done(loop, workers)) == NULL)
			break;
		job->done(job);
		/* only now: done() may have queued what must come first */
		atomic_fetch_sub(&loop->in_flight, 1);
	}
	return n > 0;
}

/* Everything that can run without waiting. */
static void
run_ready(struct loop *loop)
{
	run_deferred(loop);
	(void)loop_deliver(loop, NULL);
	run_asyncs(loop);
	fire(loop, &loop->wire, clock_monotonic_ms());
	fire(loop, &loop->wall, clock_now(loop->clock));
}

/* Sets the two ends of a wait; the heaps stay the only truth. */
static void
arm(struct loop *loop)
{
	double	delay;

	ev_periodic_stop(loop->ev, &loop->wall_wait);
	ev_timer_stop(loop->ev, &loop->wire_wait);
	if (loop->wall.root != NULL && !loop->clock->is_virtual) {
		ev_periodic_set(&loop->wall_wait,
		    (double)loop->wall.root->at_ms / 1e3, 0., NULL);
		ev_periodic_start(loop->ev, &loop->wall_wait);
	}
	if (loop->wire.root == NULL)
		return;
	delay = (double)(loop->wire.root->at_ms - clock_monotonic_ms()) / 1e3;
	ev_now_update(loop->ev);
	ev_timer_set(&loop->wire_wait, delay > 0. ? delay : 0., 0.);
	ev_timer_start(loop->ev, &loop->wire_wait);
}

static bool
is_due(const struct loop_heap *heap, int64_t now)
{
	return heap->root != NULL && heap->root->at_ms <= now;
}

static bool
has_calls(struct loop *loop)
{
	bool	any;

	(void)pthread_mutex_lock(&loop->lock);
	any = loop->done_first != NULL;
	(void)pthread_mutex_unlock(&loop->lock);
	for (struct loop_async *a = loop->asyncs; a != NULL && !any; a = a->next)
		any = atomic_load(&a->is_pending);
	return any;
}

static bool
is_ready(struct loop *loop)
{
	return loop->first != NULL || has_calls(loop) ||
	    is_due(&loop->wire, clock_monotonic_ms()) ||
	    is_due(&loop->wall, clock_now(loop->clock));
}

/* Nothing is ready, nothing in flight: on to the next timer, or the end. */
static bool
advance(struct loop *loop, int64_t until_ms)
{
	struct loop_timer	*next = loop->wall.root;

	if (next != NULL && next->at_ms <= until_ms)
		return clock_advance(loop->clock, next->at_ms);
	if (until_ms != LOOP_FOREVER)
		(void)clock_advance(loop->clock, until_ms);
	return false;
}

static bool
is_in_flight(struct loop *loop)
{
	return loop->holds > 0 || atomic_load(&loop->in_flight) > 0;
}

enum loop_end
loop_run(struct loop *loop, int64_t until_ms)
{
	enum loop_end	end = LOOP_STOPPED;

	while (!loop->is_stopped) {
		run_ready(loop);
		if (loop->is_stopped)
			break;
		arm(loop);
		/* descriptors and signals get their turn in every round */
		ev_run(loop->ev, EVRUN_NOWAIT);
		if (loop->is_stopped || is_ready(loop))
			continue;
		if (!loop->clock->is_virtual || is_in_flight(loop)) {
			ev_run(loop->ev, EVRUN_ONCE);
			continue;
		}
		if (!is_ready(loop) && !advance(loop, until_ms)) {
			end = LOOP_IDLE;
			break;
		}
	}
	loop->is_stopped = false;
	return end;
}
