/* SPDX-License-Identifier: ISC */
/*
 * gateway_lane.c - a gateway as a lane: so many requests at once.
 */
#include "channel/channel_impl.h"
#include "channel/gateway.h"
#include "http/http.h"

#define CONCURRENCY	8	/* requests at once, where nobody says */

struct gateway_slot {
	struct http_request	 request;
	struct arena		*arena;
	struct channel_send	*send;
	struct gateway_slot	*next;		/* free */
};

struct gateway_lane {
	struct channel_lane		 base;
	struct loop			*loop;
	const struct channel_lane_hooks	*hooks;
	struct gateway			*gateway;
	struct http			*http;
	struct gateway_slot		*free;
	size_t				 n_free;
	size_t				 n_slots;
	struct gateway_slot		 slots[];
};

static struct gateway_lane *
owner(struct channel_lane *lane)
{
	return OWNER(lane, struct gateway_lane, base);
}

/* --- settings --------------------------------------------------------------- */

void
gateway_check(struct conf *conf, const struct route *route)
{
	if (route->gateway.pos.file == NULL) {
		conf_error(conf, route->pos, "route \"%s\" is a gateway and"
		    " needs to know which, such as gateway = { base ="
		    " \"twilio\"; ... }", route->name);
		return;
	}
	for (size_t i = 0; i < route->channels.count; i++) {
		if (route->channels.items[i] == CHANNEL_EMAIL)
			conf_error(conf, conf_at(conf,
			    &route->channels.items[i]), "a gateway carries no"
			    " email; its kind is smtp");
	}
}

/* --- sends ------------------------------------------------------------------ */

static void
finish(struct gateway_lane *lane, struct gateway_slot *slot)
{
	struct channel_send	*send = slot->send;

	slot->send = NULL;
	slot->next = lane->free;
	lane->free = slot;
	lane->n_free++;
	lane->hooks->done(lane->hooks->arg, send);
}

static void
on_gate(void *arg, struct http_request *request)
{
	struct gateway_lane	*lane = arg;
	struct gateway_slot	*slot = OWNER(request, struct gateway_slot,
				    request);

	lane->hooks->gate(lane->hooks->arg, slot->send);
}

static void
on_done(void *arg, struct http_request *request)
{
	struct gateway_lane	*lane = arg;
	struct gateway_slot	*slot = OWNER(request, struct gateway_slot,
				    request);

	if (request->stopped)
		outcome_local(&slot->send->result, OUTCOME_UNSENT,
		    OUTCOME_CLASS_NONE, "", "stopped before it was sent");
	else
		gateway_answer(lane->gateway, &slot->send->message,
		    &request->answer, slot->arena, &slot->send->result);
	finish(lane, slot);
}

/* It cannot go by this gateway; result was set by the caller. */
static void
on_refused(struct loop_deferred *later)
{
	struct channel_send	*send = OWNER(later, struct channel_send,
				    later);

	finish(owner(send->lane), send->own);
}

static void
gateway_lane_put(struct channel_lane *base, struct channel_send *send)
{
	struct gateway_lane	*lane = owner(base);
	struct gateway_slot	*slot = lane->free;
	struct gateway_call	 call;

	lane->free = slot->next;
	lane->n_free--;
	slot->send = send;
	send->own = slot;
	send->later = (struct loop_deferred){.fn = on_refused};
	arena_reset(slot->arena);
	if (!gateway_request(lane->gateway, &send->message, slot->arena,
	    &call, &send->result)) {
		loop_defer(lane->loop, &send->later);
		return;
	}
	slot->request.method = call.method;
	slot->request.url = call.url;
	slot->request.headers = call.headers;
	slot->request.header_count = call.header_count;
	slot->request.body = call.body;
	slot->request.exact = send->exact;
	http_start(lane->http, &slot->request);
}

static void
gateway_lane_go(struct channel_send *send)
{
	struct gateway_slot	*slot = send->own;

	http_go(&slot->request);
}

static void
gateway_lane_stop(struct channel_send *send)
{
	struct gateway_slot	*slot = send->own;

	http_stop(&slot->request);
}

static size_t
gateway_lane_room(const struct channel_lane *base)
{
	const struct gateway_lane	*lane = (const void *)base;

	return lane->n_free;
}

/* --- the whole -------------------------------------------------------------- */

static void
gateway_lane_close(struct channel_lane **base)
{
	struct gateway_lane	*lane = owner(*base);

	*base = NULL;
	http_free(&lane->http);
	for (size_t i = 0; i < lane->n_slots; i++) {
		if (lane->slots[i].send != NULL)
			loop_defer_cancel(&lane->slots[i].send->later);
		http_request_fini(&lane->slots[i].request);
		arena_free(&lane->slots[i].arena);
	}
	gateway_free(&lane->gateway);
	free(lane);
}

static bool
open_slots(struct gateway_lane *lane, struct err *err)
{
	for (size_t i = 0; i < lane->n_slots; i++) {
		struct gateway_slot	*slot = &lane->slots[i];

		if ((slot->arena = arena_new()) == NULL)
			return err_nomem(err);
		slot->next = lane->free;
		lane->free = slot;
		lane->n_free++;
	}
	return true;
}

static bool
open_parts(struct gateway_lane *lane, const struct gateway_conf *conf,
    struct err *err)
{
	const struct http_options	options = {
		.ca_file = conf->request.ca_file,
		.plain = conf->request.plain,
		.connect_ms = conf->request.connect_ms,
		.timeout_ms = conf->request.timeout_ms,
		.connections = lane->n_slots,
		.gate = on_gate, .done = on_done, .arg = lane
	};
	const void			*culprit;

	return gateway_new(conf, &lane->gateway, &culprit, err) &&
	    gateway_read_secret(lane->gateway, err) &&
	    http_new(lane->loop, &options, &lane->http, err) &&
	    open_slots(lane, err);
}

static bool
gateway_lane_open(struct loop *loop, const struct route *route,
    const struct channel_lane_hooks *hooks, struct channel_lane **out,
    struct err *err)
{
	const struct gateway_conf	*conf = route->gateway.whole;
	struct channel_lane		*base;
	struct gateway_lane		*lane;
	size_t				 count;

	if (conf == NULL)
		return err_set(err, ERR_INPUT, "its stanza was not understood");
	count = route->limits.concurrency > 0 ?
	    (size_t)route->limits.concurrency : CONCURRENCY;
	lane = calloc(1, sizeof(*lane) + count * sizeof(lane->slots[0]));
	if (lane == NULL)
		return err_nomem(err);
	lane->base.ops = &gateway_lane_ops;
	lane->loop = loop;
	lane->hooks = hooks;
	lane->n_slots = count;
	base = &lane->base;
	if (!open_parts(lane, conf, err)) {
		gateway_lane_close(&base);
		return false;
	}
	*out = base;
	return true;
}

const struct channel_lane_ops	gateway_lane_ops = {
	.name = "gateway",
	.open = gateway_lane_open,
	.room = gateway_lane_room,
	.put = gateway_lane_put,
	.go = gateway_lane_go,
	.stop = gateway_lane_stop,
	.close = gateway_lane_close
};
