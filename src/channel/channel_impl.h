/* SPDX-License-Identifier: ISC */
/* channel_impl.h - what the kinds of route share. */
#ifndef DUNLIN_CHANNEL_CHANNEL_IMPL_H
#define DUNLIN_CHANNEL_CHANNEL_IMPL_H

#include "channel/lane.h"

/* Begins the struct of every kind of open route. */
struct channel_line {
	const struct channel_ops	*ops;
};

extern const struct channel_ops	outbox_ops;

bool	outbox_open(const char *folder, struct channel_line **out,
	    struct err *err) MUST_CHECK;

/* Begins the struct of every kind of lane. */
struct channel_lane {
	const struct channel_lane_ops	*ops;
	const struct channel_trace	*trace;		/* NULL: nobody looks */
};

extern const struct channel_lane_ops	outbox_lane_ops;

bool	outbox_lane_open(struct loop *loop, const char *folder,
	    const struct channel_lane_hooks *hooks, struct channel_lane **out,
	    struct err *err) MUST_CHECK;

extern const struct channel_lane_ops	email_lane_ops;
extern const struct channel_lane_ops	gateway_lane_ops;

/* What the settings of a route of one kind must be; findings go to conf. */
typedef void	route_check_fn(struct conf *conf, const struct route *route);

void	email_check(struct conf *conf, const struct route *route);
void	gateway_check(struct conf *conf, const struct route *route);

/* What the route's limits leave unsaid is the shipped stanza's. */
void	gateway_limits(const struct conf *conf, struct route *route);

#endif
