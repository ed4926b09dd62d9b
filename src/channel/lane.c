/* SPDX-License-Identifier: ISC */
#include "channel/channel_impl.h"
#include "http/http.h"

/* One row a kind of route; a kind without a row cannot be opened. */
static const struct channel_lane_ops *const	lanes[ROUTE_KIND_COUNT] = {
	[ROUTE_OUTBOX] = &outbox_lane_ops,
	[ROUTE_SMTP] = &email_lane_ops,
	[ROUTE_GATEWAY] = &gateway_lane_ops
};

bool
channel_init(struct err *err)
{
	return http_init(err);
}

bool
channel_lane_open(struct loop *loop, const struct route *route,
    const struct channel_lane_hooks *hooks, struct channel_lane **out,
    struct err *err)
{
	if (!lanes[route->kind]->open(loop, route, hooks, out, err))
		return err_in(err, "route %s", route->name);
	return true;
}

bool
channel_lane_open_outbox(struct loop *loop, const char *folder,
    const struct channel_lane_hooks *hooks, struct channel_lane **out,
    struct err *err)
{
	return outbox_lane_open(loop, folder, hooks, out, err);
}

void
channel_lane_trace(struct channel_lane *lane,
    const struct channel_trace *trace)
{
	lane->trace = trace;
}

size_t
channel_lane_room(const struct channel_lane *lane)
{
	return lane->ops->room(lane);
}

void
channel_lane_put(struct channel_lane *lane, struct channel_send *send)
{
	send->lane = lane;
	lane->ops->put(lane, send);
}

void
channel_lane_go(struct channel_send *send)
{
	send->lane->ops->go(send);
}

void
channel_lane_stop(struct channel_send *send)
{
	send->lane->ops->stop(send);
}

void
channel_lane_close(struct channel_lane **lane)
{
	if (*lane != NULL)
		(*lane)->ops->close(lane);
}
