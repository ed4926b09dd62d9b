/* SPDX-License-Identifier: ISC */
#include "dispatch/dispatch_impl.h"

#define TROUBLE_LATER_MS	(1 * SECOND_MS)
#define TROUBLE_SYSTEM_MS	(30 * SECOND_MS)

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
	void	(*reloaded)(void *arg) = dispatch->reloaded;

	dispatch->setup = dispatch->next_setup;
	dispatch->config_epoch = dispatch->next_epoch;
	dispatch->next_setup = NULL;
	dispatch->reloaded = NULL;
	if (reloaded != NULL)
		reloaded(dispatch->reloaded_arg);
}

/* Both wheels may have come to rest: whoever waits for that goes on. */
static void
settle(struct loop_deferred *deferred)
{
	struct dispatch	*dispatch = OWNER(deferred, struct dispatch, settle);

	if (!at_rest(dispatch))
		return;
	if (dispatch->next_setup != NULL) {
		swap_setup(dispatch);
		dispatch_wake(dispatch);
		return;
	}
	if (dispatch->draining) {
		if (dispatch->sender.outcome_count == 0 &&
		    dispatch->drained != NULL)
			dispatch->drained(dispatch->drained_arg);
		return;
	}
	if (dispatch->planner.wheel.again)
		planner_turn(dispatch);
	if (dispatch->sender.wheel.again)
		sender_turn(dispatch);
	if (at_rest(dispatch) && dispatch->hooks.idle != NULL)
		dispatch->hooks.idle(dispatch->hooks.arg);
}

void
dispatch_rest(struct dispatch *dispatch, struct wheel *wheel, int64_t next_ms)
{
	wheel->turning = false;
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
	/* Real time also on a virtual clock: a disk does not heal by it. */
	loop_timer_wire(dispatch->loop, &wheel->timer,
	    later ? TROUBLE_LATER_MS : TROUBLE_SYSTEM_MS);
	loop_defer(dispatch->loop, &dispatch->settle);
}

/* --- for the programs ------------------------------------------------------------ */

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
	ok = store_daemon_start(store, now_ms, &dispatch->epoch, err) &&
	    store_rescue(store, dispatch->epoch, now_ms, &rescued, err) &&
	    store_state(store, &state, err);
	store_close(&store);
	if (!ok)
		return false;
	dispatch->config_epoch = state.config_epoch;
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
	planner_stop(stopping);
	sender_stop(stopping);
	store_thread_stop(&stopping->store);
	loop_defer_cancel(&stopping->settle);
	free(stopping);
	*dispatch = NULL;
}
