/* SPDX-License-Identifier: ISC */
/* The sender's wheel: when it turns, what it does next, when it rests. */
#include "dispatch/dispatch_impl.h"

/* While it is busy the planner is asked this often to look at what has been
 * accepted. */
#define LOOK_MS		1000

struct dispatch *
sender_owner(struct sender *sender)
{
	return OWNER(sender, struct dispatch, sender);
}

bool
sender_is_empty(const struct sender *sender)
{
	return sender->loads == 0 && sender->claiming == NULL &&
	    !sender->commit.is_under_way;
}

static bool
takes_more(const struct dispatch *dispatch)
{
	return !dispatch->draining && dispatch->next_setup == NULL;
}

static void
ask_planner(struct sender *sender)
{
	const int64_t	now_ms = clock_monotonic_ms();

	if (now_ms - sender->looked_ms < LOOK_MS)
		return;
	sender->looked_ms = now_ms;
	planner_turn(sender_owner(sender));
}

/* The earliest instant at which something can be sent again. */
static int64_t
next_ms(struct sender *sender)
{
	const int64_t	now_ms = sender_owner(sender)->last_ms;
	int64_t		next = hour_start(now_ms) + HOUR_MS;

	if (sender->dry == DRY_ALL && sender->next.message_ms > now_ms)
		return sender->next.message_ms;
	/* What is due waits for its routes, or for the hour's ceiling. */
	for (int i = 0; i < CHANNEL_COUNT; i++)
		(void)lanes_carry(sender, (enum channel)i, &next);
	return next;
}

void
sender_pump(struct sender *sender)
{
	struct dispatch	*dispatch = sender_owner(sender);

	if (!sender->wheel.turning)
		return;
	if (takes_more(dispatch))
		lanes_feed(sender);
	else
		lanes_give_back(sender);
	sender_commit(sender);
	if (takes_more(dispatch)) {
		sender_claim(sender);
		ask_planner(sender);
	}
	if (!sender->wheel.turning || !sender_is_empty(sender))
		return;
	if (!takes_more(dispatch))
		lanes_close(sender);
	dispatch_rest(dispatch, &sender->wheel, next_ms(sender));
	planner_turn(dispatch);		/* what was accepted is looked at again */
}

void
sender_turn(struct dispatch *dispatch)
{
	struct sender	*sender = &dispatch->sender;
	bool		 owes = !sender_is_empty(sender);
	int64_t		 now_ms;

	sender->dry = DRY_NOT;
	if (sender->wheel.turning) {
		sender_pump(sender);
		return;
	}
	if (!owes && !takes_more(dispatch)) {
		sender->wheel.again = true;
		return;
	}
	if (dispatch_begin(dispatch, &sender->wheel, owes ? NULL : &now_ms))
		sender_pump(sender);
}

static void
on_timer(struct loop_timer *timer)
{
	struct wheel	*wheel = OWNER(timer, struct wheel, timer);
	struct sender	*sender = OWNER(wheel, struct sender, wheel);

	sender_turn(sender_owner(sender));
}

bool
sender_start(struct dispatch *dispatch, struct err *err)
{
	struct sender				*sender = &dispatch->sender;
	const struct loop_workers_options	 options = {
	    .name = "sender", .open = bench_open, .close = bench_close,
	    .arg = dispatch};

	sender->wheel.timer.fn = on_timer;
	sender->templates_stale = true;
	sender->looked_ms = clock_monotonic_ms();
	if ((sender->commit.arena = arena_new()) == NULL)
		return err_nomem(err);
	return loop_workers_new(dispatch->loop, &options, &sender->workers,
	    err);
}

void
sender_stop(struct dispatch *dispatch)
{
	struct sender	*sender = &dispatch->sender;

	loop_timer_stop(&sender->wheel.timer);
	sender->wheel.turning = false;
	lanes_free(sender);
	loop_workers_free(&sender->workers);
	arena_free(&sender->commit.arena);
}
