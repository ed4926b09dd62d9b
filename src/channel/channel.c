/* SPDX-License-Identifier: ISC */
#include "channel/channel_impl.h"

#include "base/hash.h"
#include "mail/smtp.h"

const char *const	route_kind_names[] = {
	[ROUTE_OUTBOX] = "outbox",
	[ROUTE_SMTP] = "smtp",
	[ROUTE_GATEWAY] = "gateway",
	[ROUTE_KIND_COUNT] = NULL
};

static const char *const	tls_names[] = {
	[SMTP_TLS_REQUIRED] = "required",
	[SMTP_TLS_NONE] = "none",
	[2] = NULL
};

static const struct channel_ops *const	kinds[ROUTE_KIND_COUNT] = {
	[ROUTE_OUTBOX] = &outbox_ops
};

static void
check_outbox(struct conf *conf, const struct route *route)
{
	if (route->folder == NULL)
		conf_error(conf, route->pos, "route \"%s\" is an outbox and"
		    " needs a folder, such as folder = \"outbox\"",
		    route->name);
}

/* One row a kind. */
static route_check_fn *const	checks[ROUTE_KIND_COUNT] = {
	[ROUTE_OUTBOX] = check_outbox,
	[ROUTE_SMTP] = email_check,
	[ROUTE_GATEWAY] = gateway_check
};

static void
check_route(struct conf *conf, const struct route *route)
{
	if (checks[route->kind] != NULL)
		checks[route->kind](conf, route);
	if (route->channels.count == 0)
		conf_error(conf, route->pos, "route \"%s\" serves no channel;"
		    " write channels = [ \"email\" ] or more", route->name);
}

static const struct conf_row	one_route_rows[] = {
	{ .name = "name", .type = CONF_TEXT, .required = true, .min = 1,
	  .max = 64, .offset = offsetof(struct route, name),
	  .help = "how logs and commands call it" },
	{ .name = "kind", .type = CONF_CHOICE, .names = route_kind_names,
	  .fallback = "outbox", .offset = offsetof(struct route, kind),
	  .help = "outbox writes messages into a folder, smtp hands email to"
	  " a mail server, gateway asks an HTTP gateway" },
	{ .name = "channels", .type = CONF_CHOICES, .required = true,
	  .names = channel_names, .offset = offsetof(struct route, channels),
	  .help = "what it carries" },
	{ .name = "weight", .type = CONF_INT, .fallback = "1", .min = 1,
	  .max = 1000, .offset = offsetof(struct route, weight),
	  .help = "share of a channel's messages beside other routes" },
	{ .name = "folder", .type = CONF_PATH,
	  .offset = offsetof(struct route, folder),
	  .help = "where an outbox writes: Maildir for email, a folder of JSON"
	  " files for each other channel" },
	{ .name = "host", .type = CONF_TEXT, .min = 1, .max = 253,
	  .offset = offsetof(struct route, smtp.host),
	  .help = "the mail server's name or IPv4 address" },
	{ .name = "port", .type = CONF_INT, .fallback = "587", .min = 1,
	  .max = 65535, .offset = offsetof(struct route, smtp.port),
	  .help = "its TCP port" },
	{ .name = "tls", .type = CONF_CHOICE, .names = tls_names,
	  .offset = offsetof(struct route, smtp.tls),
	  .help = "required, the default, is STARTTLS with a verified"
	  " certificate; none is for a server on this machine" },
	{ .name = "ca_file", .type = CONF_PATH,
	  .offset = offsetof(struct route, smtp.ca_file),
	  .help = "certificates to trust instead of the system's" },
	{ .name = "helo", .type = CONF_TEXT, .min = 1, .max = 253,
	  .offset = offsetof(struct route, smtp.helo),
	  .help = "the name to greet with; this machine's by default" },
	{ .name = "user", .type = CONF_TEXT, .min = 1, .max = 250,
	  .offset = offsetof(struct route, smtp.user),
	  .help = "whom to sign in as" },
	{ .name = "password_file", .type = CONF_SECRET,
	  .offset = offsetof(struct route, smtp.password),
	  .help = "where the password is" },
	{ .name = "sessions", .type = CONF_INT, .fallback = "8", .min = 1,
	  .max = 256, .offset = offsetof(struct route, smtp.sessions),
	  .help = "connections at most" },
	{ .name = "per_connection", .type = CONF_INT, .fallback = "200",
	  .min = 1, .max = 10000, .unit = "messages",
	  .offset = offsetof(struct route, smtp.per_connection),
	  .help = "after how many a connection is closed" },
	{ .name = "idle", .type = CONF_DURATION, .fallback = "5 s",
	  .max = 300000, .offset = offsetof(struct route, smtp.idle_ms),
	  .help = "how long a connection is kept for the next message" },
	{ .name = "dot_timeout", .type = CONF_DURATION, .fallback = "10 min",
	  .min = 1000, .max = 3600000,
	  .offset = offsetof(struct route, smtp.dot_ms),
	  .help = "how long to wait for the answer to a whole message" },
	{ .name = "gateway", .type = CONF_GROUP, .rows = gateway_rows,
	  .size = sizeof(struct gateway_conf),
	  .offset = offsetof(struct route, gateway),
	  .check = gateway_conf_check,
	  .help = "an SMS or WhatsApp provider's HTTP interface" },
	{ .name = "limits", .type = CONF_GROUP, .rows = pace_rows,
	  .size = sizeof(struct pace_limits),
	  .offset = offsetof(struct route, limits),
	  .help = "how fast it may go, and when it is left alone" },
	{ .type = CONF_POS, .offset = offsetof(struct route, pos) },
	CONF_END_ROW
};

const struct conf_row	route_rows[] = {
	{ .name = "routes", .type = CONF_GROUPS, .rows = one_route_rows,
	  .size = sizeof(struct route),
	  .offset = offsetof(struct routes, list),
	  .help = "the ways out: relays, gateways, outboxes" },
	CONF_END_ROW
};

static const struct route *
route_at(const struct routes *routes, size_t i)
{
	return (const struct route *)routes->list.items + i;
}

void
routes_check(struct conf *conf, const struct routes *routes)
{
	for (size_t i = 0; i < routes->list.count; i++) {
		struct route	*route = (struct route *)routes->list.items +
				    i;

		check_route(conf, route);
		gateway_limits(conf, route);
		for (size_t j = 0; j < i; j++) {
			if (strcmp(route_at(routes, j)->name, route->name) == 0)
				conf_error(conf, route->pos, "there is already"
				    " a route named \"%s\"", route->name);
		}
	}
}

bool
route_has_channel(const struct route *route, enum channel channel)
{
	for (size_t i = 0; i < route->channels.count; i++) {
		if (route->channels.items[i] == (int64_t)channel)
			return true;
	}
	return false;
}

/* A number that only the key decides. */
static uint64_t
key_number(struct str key)
{
	struct hash	hash;
	uint64_t	number = 0;

	if (!hash_of(key, &hash))
		return 0;	/* the first route is as good as any */
	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | hash.bytes[i];
	return number;
}

const struct route *
routes_pick(const struct routes *routes, enum channel channel, struct str key)
{
	const struct route	*route;
	uint64_t		 total = 0, at;

	for (size_t i = 0; i < routes->list.count; i++) {
		route = route_at(routes, i);
		if (route_has_channel(route, channel))
			total += (uint64_t)route->weight;
	}
	if (total == 0)
		return NULL;
	at = key_number(key) % total;
	for (size_t i = 0; i < routes->list.count; i++) {
		route = route_at(routes, i);
		if (!route_has_channel(route, channel))
			continue;
		if (at < (uint64_t)route->weight)
			return route;
		at -= (uint64_t)route->weight;
	}
	return NULL;
}

bool
channel_open(const struct route *route, struct channel_line **out,
    struct err *err)
{
	if (kinds[route->kind] == NULL)
		return err_set(err, ERR_INPUT, "route %s of kind %s sends by a"
		    " lane only", route->name, route_kind_names[route->kind]);
	if (!kinds[route->kind]->open(route, out, err))
		return err_in(err, "route %s", route->name);
	return true;
}

bool
channel_open_outbox(const char *folder, struct channel_line **out,
    struct err *err)
{
	return outbox_open(folder, out, err);
}

void
channel_send(struct channel_line *channel,
    const struct channel_message *message, struct channel_result *result)
{
	channel->ops->send(channel, message, result);
}

void
channel_close(struct channel_line **channel)
{
	if (*channel != NULL)
		(*channel)->ops->close(channel);
}
