/* SPDX-License-Identifier: ISC */
/* The planner: persons who are due, decided batch by batch. */
#include "dispatch/dispatch_impl.h"

static struct dispatch *
owner(struct planner *planner)
{
	return OWNER(planner, struct dispatch, planner);
}

static bool
reader_open(void *arg, void **own, struct err *err)
{
	const struct dispatch	*dispatch = arg;
	struct store		*store;

	if (!store_open(dispatch->setup->dsn, STORE_READER, &store, err))
		return false;
	*own = store;
	return true;
}

static void
reader_close(void *own)
{
	struct store	*store = own;

	store_close(&store);
}

/* On the planner's thread. */
static void
decide(struct loop_job *job, void *own)
{
	struct planner	*planner = OWNER(job, struct planner, job);
	struct dispatch	*dispatch = owner(planner);
	struct store	*reader = own;

	planner->ok = desk_decide(dispatch->setup, reader, planner->now_ms,
	    dispatch->config_epoch,
	    (size_t)dispatch->setup->service.agenda_batch, planner->arena,
	    &planner->batch, &planner->stale, &planner->err) &&
	    (planner->batch.count > 0 || store_agenda_next(reader,
	    dispatch->config_epoch, &planner->next, &planner->err));
}

/* On the store's thread. */
static bool
apply(struct store_op *op, struct store *store, struct err *err)
{
	struct planner	*planner = OWNER(op, struct planner, op);

	return store_apply(store, &planner->batch.basis,
	    planner->batch.decisions, planner->batch.count, &planner->applied,
	    err);
}

/* Persons come in batches, and each again in a quarter of an hour. */
static void
say_stale(struct dispatch *dispatch, const struct buf *stale)
{
	struct planner	*planner = &dispatch->planner;

	if (stale->len == 0 || planner->now_ms < planner->stale_said_ms +
	    HOUR_MS)
		return;
	planner->stale_said_ms = planner->now_ms;
	log_warn(dispatch->log, "plan.stale_feed",
	    LOG_STR("creditors", buf_text(stale)));
	if (dispatch->hooks.alert != NULL)
		dispatch->hooks.alert(dispatch->hooks.arg, "stale_feed",
		    "the ledger feed is older than the creditor allows:"
		    " nobody is chased until a newer one is imported");
}

static void
say_failed(struct dispatch *dispatch, const char *failed)
{
	if (failed == NULL)
		return;
	log_error(dispatch->log, "plan.failed", LOG_STR("why", failed));
	if (dispatch->hooks.alert != NULL)
		dispatch->hooks.alert(dispatch->hooks.arg, "not_decided",
		    failed);
}

static void
finish(struct planner *planner)
{
	struct dispatch	*dispatch = owner(planner);

	dispatch->counts.persons += (int64_t)planner->applied.persons;
	dispatch->counts.notices += (int64_t)planner->applied.notices;
	if (dispatch->hooks.progress != NULL)
		dispatch->hooks.progress(dispatch->hooks.arg,
		    &dispatch->counts);
	planner->wheel.again = true;
	dispatch_rest(dispatch, &planner->wheel, TIME_NEVER);
	if (planner->applied.notices + planner->applied.retries > 0)
		sender_turn(dispatch);
}

/* --- one by one: the store refused what was decided about somebody --------- */

static void	applied_one(struct store_op *op, bool ok,
		    const struct err *err);

/* On the store's thread; may run again, so it starts anew. */
static bool
apply_one(struct store_op *op, struct store *store, struct err *err)
{
	struct planner	*planner = OWNER(op, struct planner, op);

	return store_apply(store, &planner->batch.basis, &planner->one, 1,
	    &planner->applied, err);
}

static void
next_one(struct planner *planner)
{
	planner->one = planner->batch.decisions[planner->at];
	store_thread_run(owner(planner)->store, &planner->op, apply_one,
	    applied_one);
}

/* His own fault keeps him waiting, not the others. */
static void
put_off(struct planner *planner, const struct err *err)
{
	char	text[sizeof(err->text) + 40];

	(void)snprintf(text, sizeof(text), "person %lld: %s",
	    (long long)planner->one.person_id, err->text);
	say_failed(owner(planner), text);
	planner->one = (struct store_decision){
	    .person_id = planner->one.person_id, .rev = planner->one.rev,
	    .look_ms = planner->now_ms + HOUR_MS};
	store_thread_run(owner(planner)->store, &planner->op, apply_one,
	    applied_one);
}

static bool
says_anything(const struct store_decision *decision)
{
	return decision->notice_count + decision->pass_count +
	    decision->retry_count + decision->task_count > 0;
}

static void
applied_one(struct store_op *op, bool ok, const struct err *err)
{
	struct planner		*planner = OWNER(op, struct planner, op);
	struct dispatch		*dispatch = owner(planner);

	if (!ok && err->kind == ERR_INPUT && says_anything(&planner->one)) {
		put_off(planner, err);
		return;
	}
	if (!ok) {
		dispatch_trouble(dispatch, &planner->wheel, "planning", err);
		return;
	}
	planner->at++;
	if (planner->at == planner->batch.count) {
		finish(planner);
		sender_turn(dispatch);	/* for those before the last, too */
		return;
	}
	dispatch->counts.persons += (int64_t)planner->applied.persons;
	dispatch->counts.notices += (int64_t)planner->applied.notices;
	next_one(planner);
}

static void
applied(struct store_op *op, bool ok, const struct err *err)
{
	struct planner	*planner = OWNER(op, struct planner, op);
	struct dispatch	*dispatch = owner(planner);

	if (!ok && err->kind == ERR_INPUT) {
		planner->at = 0;
		next_one(planner);
	} else if (!ok) {
		dispatch_trouble(dispatch, &planner->wheel, "planning", err);
	} else {
		finish(planner);
	}
}

static void
decided(struct loop_job *job)
{
	struct planner	*planner = OWNER(job, struct planner, job);
	struct dispatch	*dispatch = owner(planner);

	if (!planner->ok) {
		dispatch_trouble(dispatch, &planner->wheel, "planning",
		    &planner->err);
		return;
	}
	say_stale(dispatch, &planner->stale);
	say_failed(dispatch, planner->batch.failed);
	if (planner->batch.count > 0)
		store_thread_run(dispatch->store, &planner->op, apply, applied);
	else
		dispatch_rest(dispatch, &planner->wheel,
		    planner->next.agenda_ms);
}

void
planner_turn(struct dispatch *dispatch)
{
	struct planner	*planner = &dispatch->planner;

	if (planner->wheel.turning || dispatch->draining ||
	    dispatch->next_setup != NULL) {
		planner->wheel.again = true;
		return;
	}
	if (!dispatch_begin(dispatch, &planner->wheel, &planner->now_ms))
		return;
	arena_reset(planner->arena);
	buf_clear(&planner->stale);
	loop_work(planner->workers, &planner->job);
}

static void
on_timer(struct loop_timer *timer)
{
	struct wheel	*wheel = OWNER(timer, struct wheel, timer);
	struct planner	*planner = OWNER(wheel, struct planner, wheel);

	planner_turn(owner(planner));
}

bool
planner_start(struct dispatch *dispatch, struct err *err)
{
	struct planner				*planner = &dispatch->planner;
	const struct loop_workers_options	 options = {
	    .name = "planner", .open = reader_open, .close = reader_close,
	    .arg = dispatch};

	planner->wheel.timer.fn = on_timer;
	planner->job.run = decide;
	planner->job.done = decided;
	if ((planner->arena = arena_new()) == NULL)
		return err_nomem(err);
	return loop_workers_new(dispatch->loop, &options, &planner->workers,
	    err);
}

void
planner_stop(struct dispatch *dispatch)
{
	struct planner	*planner = &dispatch->planner;

	loop_timer_stop(&planner->wheel.timer);
	loop_workers_free(&planner->workers);
	arena_free(&planner->arena);
	buf_fini(&planner->stale);
}
