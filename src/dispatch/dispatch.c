/* SPDX-License-Identifier: ISC */
#include "dispatch/dispatch_impl.h"

#define TROUBLE_LATER_MS	(1 * SECOND_MS)
#define TROUBLE_SYSTEM_MS	(30 * SECOND_MS)
#define TROUBLES_MAX		5	/* then `--once` gives up */
#define CLOCK_SLACK_MS		MINUTE_MS	/* a clock that is being set */

int64_t
dispatch_now(const struct dispatch *dispatch)
{
	return clock_now(loop_clock(dispatch->loop));
}

static bool
at_rest(const struct dispatch *dispatch)
{
	return !dispatch->planner.wheel.turning &&
	    !dispatch->sender.wheel.turning;
}

static void
swap_setup(struct dispatch *dispatch)
{
	void		(*reloaded)(void *arg) = dispatch->reloaded;
	struct err	 err;

	dispatch->setup = dispatch->next_setup;
	if (!lanes_make(dispatch, NULL, &err)) {
		lanes_free(&dispatch->sender);
		dispatch_alert(dispatch, "route", err.text);
	}
	dispatch->setups++;
	dispatch->config_epoch = dispatch->next_epoch;
	dispatch->next_setup = NULL;
	dispatch->reloaded = NULL;
	if (reloaded != NULL)
		reloaded(dispatch->reloaded_arg);
}

bool
dispatch_troubled(const struct dispatch *dispatch)
{
	return dispatch->planner.wheel.troubles > 0 ||
	    dispatch->sender.wheel.troubles > 0;
}

/* Nothing more will come of waiting. */
static bool
is_idle(const struct dispatch *dispatch)
{
	return at_rest(dispatch) && (!dispatch_troubled(dispatch) ||
	    dispatch->planner.wheel.troubles >= TROUBLES_MAX ||
	    dispatch->sender.wheel.troubles >= TROUBLES_MAX);
}

/* Both wheels may have come to rest: whoever waits for that goes on. */
static void
settle(struct loop_deferred *deferred)
{
	struct dispatch	*dispatch = OWNER(deferred, struct dispatch, settle);

	if (!at_rest(dispatch))
		return;
	if (dispatch->stopping) {
		loop_stop(dispatch->loop);
		return;
	}
	if (dispatch->next_setup != NULL &&
	    sender_is_empty(&dispatch->sender)) {
		swap_setup(dispatch);
		dispatch_wake(dispatch);
	}
	if (dispatch->draining) {
		if (sender_is_empty(&dispatch->sender) &&
		    dispatch->drained != NULL)
			dispatch->drained(dispatch->drained_arg);
		return;
	}
	if (dispatch->planner.wheel.again)
		planner_turn(dispatch);
	if (dispatch->sender.wheel.again)
		sender_turn(dispatch);
	if (is_idle(dispatch) && dispatch->hooks.idle != NULL)
		dispatch->hooks.idle(dispatch->hooks.arg);
}

void
dispatch_rest(struct dispatch *dispatch, struct wheel *wheel, int64_t next_ms)
{
	wheel->turning = false;
	wheel->troubles = 0;
	wheel->next_ms = next_ms;
	if (wheel->again && !dispatch->draining &&
	    dispatch->next_setup == NULL) {
		if (wheel == &dispatch->planner.wheel)
			planner_turn(dispatch);
		else
			sender_turn(dispatch);
		return;
	}
	if (next_ms != TIME_NEVER && !dispatch->draining)
		loop_timer_start(dispatch->loop, &wheel->timer, next_ms);
	loop_defer(dispatch->loop, &dispatch->settle);
}

void
dispatch_trouble(struct dispatch *dispatch, struct wheel *wheel,
    const char *doing, const struct err *err)
{
	bool	later = err->kind == ERR_LATER;

	if (later)
		log_info(dispatch->log, "dispatch.later",
		    LOG_STR("doing", doing), LOG_STR("why", err->text));
	else
		log_error(dispatch->log, "dispatch.trouble",
		    LOG_STR("doing", doing), LOG_STR("why", err->text));
	if (!later && dispatch->hooks.alert != NULL)
		dispatch->hooks.alert(dispatch->hooks.arg, doing, err->text);
	wheel->turning = false;
	wheel->again = false;
	wheel->troubles++;
	/* Real time also on a virtual clock: a disk does not heal by it. */
	if (!wheel->held)
		loop_hold(dispatch->loop);
	wheel->held = true;
	loop_timer_wire(dispatch->loop, &wheel->timer,
	    later ? TROUBLE_LATER_MS : TROUBLE_SYSTEM_MS);
	loop_defer(dispatch->loop, &dispatch->settle);
}

void
dispatch_alert(struct dispatch *dispatch, const char *kind, const char *about)
{
	log_warn(dispatch->log, "send.alert", LOG_STR("kind", kind),
	    LOG_STR("about", about));
	if (dispatch->hooks.alert != NULL)
		dispatch->hooks.alert(dispatch->hooks.arg, kind, about);
}

/*
 * A clock that went back (RULES R9) would hide what is known already, payments
 * too: nothing is decided or sent until it is where it was.
 */
bool
dispatch_begin(struct dispatch *dispatch, struct wheel *wheel, int64_t *now_ms)
{
	const int64_t	now = dispatch_now(dispatch);
	struct err	err;

	loop_timer_stop(&wheel->timer);
	if (wheel->held)
		loop_release(dispatch->loop);
	wheel->held = false;
	wheel->again = false;
	if (now_ms != NULL && now < dispatch->last_ms - CLOCK_SLACK_MS) {
		(void)err_set(&err, ERR_SYSTEM, "the clock went back by %lld"
		    " seconds: nothing is sent until it is where it was",
		    (long long)((dispatch->last_ms - now) / SECOND_MS));
		dispatch_trouble(dispatch, wheel, "clock", &err);
		return false;
	}
	if (now > dispatch->last_ms)
		dispatch->last_ms = now;
	if (now_ms != NULL)
		*now_ms = dispatch->last_ms;
	wheel->turning = true;
	return true;
}

/* --- for the programs ------------------------------------------------------------ */

/* Has this store sent later than now?  (Rehearsals may, on virtual time.) */
static bool
check_clock(struct store *store, const struct store_state *state,
    int64_t now_ms, struct err *err)
{
	int64_t	later, high;

	if (state->mode != STORE_LIVE)
		return true;
	if (!store_sent(store, now_ms + 2 * HOUR_MS, TIME_NEVER, &later, &high,
	    err))
		return false;
	return later == 0 || err_set(err, ERR_REFUSED, "%lld notices were sent"
	    " at a later time than the clock shows: set the clock, then start"
	    " again", (long long)later);
}

static bool
begin_epoch(struct dispatch *dispatch, struct err *err)
{
	struct store		*store;
	struct store_rescued	 rescued;
	struct store_state	 state;
	int64_t			 now_ms = dispatch_now(dispatch);
	bool			 ok;

	if (!store_open(dispatch->setup->dsn, STORE_WRITER, &store, err))
		return false;
	ok = store_state(store, &state, err) &&
	    check_clock(store, &state, now_ms, err) &&
	    store_daemon_start(store, now_ms, &dispatch->epoch, err) &&
	    store_rescue(store, dispatch->epoch, now_ms, &rescued, err);
	dispatch->last_ms = now_ms;
	ok = ok && lanes_make(dispatch, store, err);
	store_close(&store);
	if (!ok)
		return false;
	dispatch->config_epoch = state.config_epoch;
	if (rescued.in_doubt + rescued.dead > 0 && dispatch->hooks.alert != NULL)
		dispatch->hooks.alert(dispatch->hooks.arg, "rescued",
		    "the last run was cut off: messages are in doubt or dead"
		    " and wait for a person (see `dunlin queue list`)");
	if (rescued.back + rescued.in_doubt + rescued.dead > 0)
		log_warn(dispatch->log, "dispatch.rescued",
		    LOG_INT("back", (int64_t)rescued.back),
		    LOG_INT("in_doubt", (int64_t)rescued.in_doubt),
		    LOG_INT("dead", (int64_t)rescued.dead));
	return true;
}

bool
dispatch_start(struct loop *loop, const struct setup *setup,
    const struct log *log, const struct dispatch_hooks *hooks,
    struct dispatch **out, struct err *err)
{
	struct dispatch	*dispatch = calloc(1, sizeof(*dispatch));

	if (dispatch == NULL)
		return err_nomem(err);
	dispatch->loop = loop;
	dispatch->setup = setup;
	dispatch->log = log;
	dispatch->hooks = *hooks;
	dispatch->settle.fn = settle;
	if (!begin_epoch(dispatch, err) ||
	    !store_thread_start(loop, setup->dsn, &dispatch->store, err) ||
	    !planner_start(dispatch, err) || !sender_start(dispatch, err)) {
		dispatch_stop(&dispatch);
		return false;
	}
	*out = dispatch;
	dispatch_wake(dispatch);
	return true;
}

void
dispatch_wake(struct dispatch *dispatch)
{
	dispatch->sender.templates_stale = true;
	planner_turn(dispatch);
	sender_turn(dispatch);
}

void
dispatch_look(struct dispatch *dispatch)
{
	planner_turn(dispatch);
	sender_turn(dispatch);
}

void
dispatch_reload(struct dispatch *dispatch, const struct setup *setup,
    int64_t config_epoch, void (*done)(void *arg), void *arg)
{
	dispatch->next_setup = setup;
	dispatch->next_epoch = config_epoch;
	dispatch->reloaded = done;
	dispatch->reloaded_arg = arg;
	loop_defer(dispatch->loop, &dispatch->settle);
}

void
dispatch_drain(struct dispatch *dispatch, void (*done)(void *arg), void *arg)
{
	dispatch->draining = true;
	dispatch->drained = done;
	dispatch->drained_arg = arg;
	loop_timer_stop(&dispatch->planner.wheel.timer);
	loop_defer(dispatch->loop, &dispatch->settle);
}

const struct dispatch_counts *
dispatch_counts(const struct dispatch *dispatch)
{
	return &dispatch->counts;
}

void
dispatch_stop(struct dispatch **dispatch)
{
	struct dispatch	*stopping = *dispatch;

	if (stopping == NULL)
		return;
	stopping->draining = true;
	stopping->drained = NULL;
	stopping->stopping = true;
	if (!at_rest(stopping))
		(void)loop_run(stopping->loop, dispatch_now(stopping));
	planner_stop(stopping);
	sender_stop(stopping);
	store_thread_stop(&stopping->store);
	loop_defer_cancel(&stopping->settle);
	free(stopping);
	*dispatch = NULL;
}
