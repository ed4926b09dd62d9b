/* SPDX-License-Identifier: ISC */
/* gateway_conf.c - a stanza and its base as one. */
#include "channel/channel_impl.h"
#include "channel/gateway_impl.h"

#include <unistd.h>

/* A stanza, its base, and the two as one. */
struct joined {
	struct conf			*conf;
	struct conf			*base_conf;	/* NULL: no base */
	const struct gateway_conf	*own;
	struct gateway_conf		 base;
	struct gateway_conf		*whole;
};

static size_t
size_of(enum conf_type type)
{
	static const unsigned char	sizes[CONF_KEY + 1] = {
		[CONF_BOOL] = sizeof(bool),
		[CONF_INT] = sizeof(int64_t),
		[CONF_NUMBER] = sizeof(double),
		[CONF_TEXT] = sizeof(const char *),
		[CONF_CHOICE] = sizeof(int),
		[CONF_DURATION] = sizeof(int64_t),
		[CONF_PATH] = sizeof(const char *),
		[CONF_SECRET] = sizeof(struct conf_secret),
		[CONF_TEXTS] = sizeof(struct conf_texts),
		[CONF_CHOICES] = sizeof(struct conf_ints),
		[CONF_GROUPS] = sizeof(struct conf_list)
	};

	return sizes[type];
}

/* into holds the base's settings; own's that are given go over them. */
static void
overlay(const struct conf *conf, const struct conf_row *rows,
    const char *own, char *into)
{
	for (; rows->type != CONF_END; rows++) {
		if (rows->type == CONF_GROUP)
			overlay(conf, rows->rows, own + rows->offset,
			    into + rows->offset);
		else if (rows->type != CONF_MAP &&
		    conf_is_given(conf, own + rows->offset))
			(void)memcpy(into + rows->offset, own + rows->offset,
			    size_of(rows->type));
	}
}

static bool
join_values(const struct conf_map *own, const struct conf_map *base,
    struct arena *arena, struct conf_map *out)
{
	size_t		  room = own->count + base->count, count = 0, i, j;
	const char	**keys = arena_array(arena, room, sizeof(*keys));
	const char	**values = arena_array(arena, room, sizeof(*values));

	if (keys == NULL || values == NULL)
		return false;
	for (i = 0; i < own->count; i++, count++) {
		keys[count] = own->keys[i];
		values[count] = own->values[i];
	}
	for (i = 0; i < base->count; i++) {
		for (j = 0; j < own->count; j++) {
			if (strcmp(own->keys[j], base->keys[i]) == 0)
				break;
		}
		if (j < own->count)
			continue;
		keys[count] = base->keys[i];
		values[count++] = base->values[i];
	}
	*out = (struct conf_map){keys, values, count};
	return true;
}

/* Where a field of whole was written, or an element of one of its lists. */
static struct conf_pos
place(const struct joined *joined, const void *culprit)
{
	const char	*whole = (const char *)joined->whole;
	const char	*at = culprit;
	struct conf_pos	 pos = {NULL, 0, 0};
	bool		 inside;

	inside = at >= whole && at < whole + sizeof(*joined->whole);
	if (inside)
		at = (const char *)joined->own + (at - whole);
	if (!inside || joined->base_conf == NULL ||
	    conf_is_given(joined->conf, at))
		pos = conf_at(joined->conf, at);
	if (pos.file == NULL && joined->base_conf != NULL)
		pos = conf_at(joined->base_conf, !inside ? at :
		    (const char *)&joined->base +
		    (at - (const char *)joined->own));
	return pos.file == NULL ? joined->own->pos : pos;
}

static const char *
data_folder(void)
{
	const char	*said = getenv("DUNLIN_DATADIR");

	if (said != NULL && said[0] != '\0')
		return said;
	if (access(DUNLIN_DATADIR "/conf/gateways", R_OK) == 0)
		return DUNLIN_DATADIR;
	return DUNLIN_SRCDIR;
}

/* What only a shipped stanza has; a route has limits of its own. */
static const struct conf_row	limits_rows[] = {
	{ .name = "limits", .type = CONF_GROUP, .rows = pace_rows,
	  .size = sizeof(struct pace_limits),
	  .help = "how fast, unless the route says otherwise" },
	CONF_END_ROW
};

static bool
load_base(struct joined *joined, const char *name)
{
	struct conf_section	 sections[] = {
		{gateway_rows, &joined->base},
		{limits_rows, &joined->base.limits}};
	struct arena		*arena = conf_arena(joined->conf);
	const struct conf_finding *finding;
	struct conf_pos		 at = conf_at(joined->conf,
				    &joined->own->base);
	char			 path[512];
	struct err		 err;

	if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
	    strlen(name)) {
		conf_error(joined->conf, at, "%s is no name of a stanza",
		    conf_quote(joined->conf, str_of(name)));
		return false;
	}
	(void)snprintf(path, sizeof(path), "%s/conf/gateways/%s.conf",
	    data_folder(), name);
	if (access(path, R_OK) != 0) {
		conf_error(joined->conf, at, "there is no stanza \"%s\" in"
		    " %s/conf/gateways", name, data_folder());
		return false;
	}
	joined->base_conf = conf_new(arena);
	if (joined->base_conf != NULL && conf_load(joined->base_conf, path,
	    sections, 2, &err))
		return true;
	finding = joined->base_conf == NULL ? NULL :
	    conf_finding(joined->base_conf, 0);
	if (finding != NULL)
		conf_error(joined->conf, finding->at, "%s", finding->text);
	else
		conf_error(joined->conf, at, "reading %s failed", path);
	return false;
}

static bool
join(struct joined *joined)
{
	*joined->whole = *joined->own;
	if (joined->own->base == NULL)
		return true;
	if (!load_base(joined, joined->own->base))
		return false;
	*joined->whole = joined->base;
	joined->whole->base = joined->own->base;
	joined->whole->pos = joined->own->pos;
	overlay(joined->conf, gateway_rows, (const char *)joined->own,
	    (char *)joined->whole);
	return join_values(&joined->own->values, &joined->base.values,
	    conf_arena(joined->conf), &joined->whole->values);
}

static void
warn(const struct joined *joined)
{
	const struct gateway_request_conf *request = &joined->whole->request;

	if (request->method == GATEWAY_GET)
		conf_warn(joined->conf, place(joined, &request->method),
		    "a message sent by GET stands in logs, and what is between"
		    " may send it twice; use POST where the gateway takes it");
	if (request->plain)
		conf_warn(joined->conf, place(joined, &request->plain),
		    "messages and the gateway's secret can be read and changed"
		    " on their way");
}

void
gateway_conf_check(const struct conf_check *check, const void *field)
{
	struct gateway_conf	*own = check->owner;
	struct joined		 joined = {.conf = check->conf, .own = own};
	struct gateway		*gateway = NULL;
	const void		*culprit;
	struct err		 err;

	(void)field;
	joined.whole = arena_alloc(conf_arena(check->conf),
	    sizeof(*joined.whole));
	if (joined.whole == NULL || !join(&joined))
		return;
	if (!gateway_new(joined.whole, &gateway, &culprit, &err)) {
		conf_error(check->conf, place(&joined, culprit), "%s",
		    err.text);
		return;
	}
	gateway_free(&gateway);
	warn(&joined);
	own->whole = joined.whole;
}

void
gateway_limits(const struct conf *conf, struct route *route)
{
	struct pace_limits	limits;

	if (route->gateway.whole == NULL || route->gateway.base == NULL)
		return;
	limits = route->gateway.whole->limits;
	overlay(conf, pace_rows, (const char *)&route->limits,
	    (char *)&limits);
	route->limits = limits;
}
