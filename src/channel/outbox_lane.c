/* SPDX-License-Identifier: ISC */
/*
 * outbox_lane.c - the outbox as a lane: one worker thread writes and syncs.
 */
#include "channel/channel_impl.h"

#include <stdatomic.h>

#define ROOM	64

struct outbox_slot {
	struct loop_job		 job;
	struct outbox_lane	*lane;
	struct channel_send	*send;		/* NULL: free */
};

struct outbox_lane {
	struct channel_lane		 base;
	struct loop			*loop;
	const struct channel_lane_hooks	*hooks;
	struct channel_line		*line;		/* the worker's */
	struct loop_workers		*workers;
	_Atomic bool			 is_closing;
	size_t				 n_used;
	struct outbox_slot		 slots[ROOM];
};

static struct outbox_lane *
owner(struct channel_lane *lane)
{
	return OWNER(lane, struct outbox_lane, base);
}

/* On the worker. */
static void
write_one(struct loop_job *job, void *own)
{
	struct outbox_slot	*slot = OWNER(job, struct outbox_slot, job);

	(void)own;
	if (!atomic_load(&slot->lane->is_closing))
		channel_send(slot->lane->line, &slot->send->message,
		    &slot->send->result);
}

static void
finish(struct outbox_slot *slot)
{
	const struct channel_lane_hooks	*hooks = slot->lane->hooks;
	struct channel_send		*send = slot->send;

	slot->send = NULL;
	slot->lane->n_used--;
	hooks->done(hooks->arg, send);
}

static void
on_written(struct loop_job *job)
{
	struct outbox_slot	*slot = OWNER(job, struct outbox_slot, job);

	if (!atomic_load(&slot->lane->is_closing))
		finish(slot);
}

static void
on_gate(struct loop_deferred *later)
{
	struct channel_send		*send = OWNER(later,
					    struct channel_send, later);
	const struct channel_lane_hooks	*hooks = owner(send->lane)->hooks;

	hooks->gate(hooks->arg, send);
}

static void
on_stopped(struct loop_deferred *later)
{
	struct channel_send	*send = OWNER(later, struct channel_send,
				    later);

	outcome_local(&send->result, OUTCOME_UNSENT, OUTCOME_CLASS_NONE, "",
	    "stopped before it was written");
	finish(send->own);
}

static void
outbox_lane_put(struct channel_lane *base, struct channel_send *send)
{
	struct outbox_lane	*lane = owner(base);
	struct outbox_slot	*slot = lane->slots;

	while (slot->send != NULL)
		slot++;
	lane->n_used++;
	slot->send = send;
	send->own = slot;
	if (send->exact) {
		send->later = (struct loop_deferred){ .fn = on_gate };
		loop_defer(lane->loop, &send->later);
	} else
		loop_work(lane->workers, &slot->job);
}

static void
outbox_lane_go(struct channel_send *send)
{
	struct outbox_slot	*slot = send->own;

	loop_work(slot->lane->workers, &slot->job);
}

static void
outbox_lane_stop(struct channel_send *send)
{
	send->later.fn = on_stopped;
	loop_defer(owner(send->lane)->loop, &send->later);
}

static size_t
outbox_lane_room(const struct channel_lane *base)
{
	const struct outbox_lane	*lane = (const void *)base;

	return ROOM - lane->n_used;
}

static void
outbox_lane_close(struct channel_lane **base)
{
	struct outbox_lane	*lane = owner(*base);

	*base = NULL;
	atomic_store(&lane->is_closing, true);
	for (size_t i = 0; i < ROOM; i++) {
		if (lane->slots[i].send != NULL)
			loop_defer_cancel(&lane->slots[i].send->later);
	}
	loop_workers_free(&lane->workers);
	channel_close(&lane->line);
	free(lane);
}

bool
outbox_lane_open(struct loop *loop, const char *folder,
    const struct channel_lane_hooks *hooks, struct channel_lane **out,
    struct err *err)
{
	const struct loop_workers_options	 options = {
		.name = "outbox", .n_threads = 1 };
	struct outbox_lane			*lane = calloc(1,
						    sizeof(*lane));

	if (lane == NULL)
		return err_nomem(err);
	lane->base.ops = &outbox_lane_ops;
	lane->loop = loop;
	lane->hooks = hooks;
	atomic_init(&lane->is_closing, false);
	for (size_t i = 0; i < ROOM; i++) {
		lane->slots[i].lane = lane;
		lane->slots[i].job.run = write_one;
		lane->slots[i].job.done = on_written;
	}
	if (!outbox_open(folder, &lane->line, err) ||
	    !loop_workers_new(loop, &options, &lane->workers, err)) {
		channel_close(&lane->line);
		free(lane);
		return false;
	}
	*out = &lane->base;
	return true;
}

static bool
open_route(struct loop *loop, const struct route *route,
    const struct channel_lane_hooks *hooks, struct channel_lane **out,
    struct err *err)
{
	return outbox_lane_open(loop, route->folder, hooks, out, err);
}

const struct channel_lane_ops	outbox_lane_ops = {
	.name = "outbox",
	.open = open_route,
	.room = outbox_lane_room,
	.put = outbox_lane_put,
	.go = outbox_lane_go,
	.stop = outbox_lane_stop,
	.close = outbox_lane_close
};
