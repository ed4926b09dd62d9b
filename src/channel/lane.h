/* SPDX-License-Identifier: ISC */
/*
 * lane.h - an open route: takes messages, several at a time, and says of each
 * what came of it.
 *
 *	channel_lane_open(loop, route, &hooks, &lane, err);
 *	while (channel_lane_room(lane) > 0 && ...)
 *		channel_lane_put(lane, &parcel->send);
 *	-> hooks.gate(send)	exact only: the point of no return is reached
 *	   channel_lane_go(send) or channel_lane_stop(send), then or later
 *	-> hooks.done(send)	send->result says what came of it
 *
 * The intent (DELIVERY.md 1.2) is the caller's: with exact it is made durable
 * between gate and go; else before channel_lane_put.  A lane never tries
 * twice by itself.  No hook is called from inside a call of this header.
 *
 * Thread: the loop's.
 */
#ifndef DUNLIN_CHANNEL_LANE_H
#define DUNLIN_CHANNEL_LANE_H

#include "channel/channel.h"
#include "loop/loop.h"

struct channel_lane;		/* an open route; opaque */

/* The caller's; message (and all it lends) stands until done was called. */
struct channel_send {
	struct channel_message	 message;
	bool			 exact;
	struct channel_result	 result;	/* set when done is called */
	struct channel_lane	*lane;		/* private from here */
	void			*own;
	struct loop_deferred	 later;
	struct channel_send	*next;
};

struct channel_lane_hooks {
	void	(*gate)(void *arg, struct channel_send *send);
	void	(*done)(void *arg, struct channel_send *send);
	void	*arg;
};

/* Once, before a program starts threads or opens a lane. */
bool	channel_init(struct err *err) MUST_CHECK;

/*
 * Opens a route; nothing is connected yet.  ERR_INPUT or ERR_SYSTEM: nothing
 * can be sent by it now, and the text says why and what to do.  route and
 * hooks are lent until the lane is closed.
 */
bool	channel_lane_open(struct loop *loop, const struct route *route,
	    const struct channel_lane_hooks *hooks, struct channel_lane **out,
	    struct err *err) MUST_CHECK;

/* The outbox for every channel, whatever the routes say: rehearsal's. */
bool	channel_lane_open_outbox(struct loop *loop, const char *folder,
	    const struct channel_lane_hooks *hooks, struct channel_lane **out,
	    struct err *err) MUST_CHECK;

/*
 * For a person who tries a route: what goes over the wire, a line a call,
 * without the message and without secrets.  Set before the first put, lent
 * until the lane is closed.  Kinds that have nothing to show call nothing;
 * the others may call from threads of their own.
 */
struct channel_trace {
	void	(*line)(void *arg, bool is_ours, struct str line);
	void	*arg;
};
void	channel_lane_trace(struct channel_lane *lane,
	    const struct channel_trace *trace);

/* How many more sends it takes now: what can be on the wire, and one ahead of
 * each for kinds that gain by it. */
size_t	channel_lane_room(const struct channel_lane *lane);

/* Always ends in done.  Only where there is room. */
void	channel_lane_put(struct channel_lane *lane, struct channel_send *send);

/* The answer to gate, once.  After stop the result is OUTCOME_UNSENT. */
void	channel_lane_go(struct channel_send *send);
void	channel_lane_stop(struct channel_send *send);

/*
 * Takes and nulls; ends connections politely, within a bounded time.  Sends
 * that are not done are dropped: nothing is called for them any more, so a
 * caller that wants their outcomes waits for them first.
 */
void	channel_lane_close(struct channel_lane **lane);

/* --- kinds ------------------------------------------------------------------ */

/* Begins the struct of every kind of lane. */
struct channel_lane_ops {
	const char	*name;
	bool		(*open)(struct loop *loop, const struct route *route,
			    const struct channel_lane_hooks *hooks,
			    struct channel_lane **out, struct err *err);
	size_t		(*room)(const struct channel_lane *lane);
	void		(*put)(struct channel_lane *lane,
			    struct channel_send *send);
	void		(*go)(struct channel_send *send);
	void		(*stop)(struct channel_send *send);
	void		(*close)(struct channel_lane **lane);
};

#endif
