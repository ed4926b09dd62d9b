/* SPDX-License-Identifier: ISC */
#include "cli/cli_routes.h"

#include "base/json.h"
#include "cli/staff.h"

static const struct route *
route_at(const struct cli *cli, size_t i)
{
	return (const struct route *)cli->setup->routes.list.items + i;
}

bool
cli_routes_read(struct cli *cli, struct cli_routes *out, struct err *err)
{
	const size_t	count = cli->setup->routes.list.count;
	const char	*name, *text;

	*out = (struct cli_routes){arena_array(cli->arena, count,
	    sizeof(*out->items)), count};
	if (count > 0 && out->items == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		struct cli_route	*item = &out->items[i];

		item->route = route_at(cli, i);
		pace_init(&item->pace, item->route->name,
		    &item->route->limits);
		name = arena_printf(cli->arena, "route.%s",
		    item->route->name);
		if (name == NULL)
			return err_nomem(err);
		if (!store_meta_get(cli->store, name, cli->arena, &text, err))
			return false;
		item->is_known = text != NULL && pace_read(&item->pace,
		    str_of(text), cli->now_ms);
	}
	return true;
}

/* --- for programs ------------------------------------------------------------ */

static void
put_text(struct cli *cli, const char *key, const char *value)
{
	json_key(&cli->out, key);
	json_text(&cli->out, value[0] == '\0' ? NULL : value);
}

static void
put_channels(struct cli *cli, const struct route *route)
{
	json_key(&cli->out, "channels");
	json_open(&cli->out, '[');
	for (size_t i = 0; i < route->channels.count; i++)
		json_text(&cli->out,
		    channel_names[route->channels.items[i]]);
	json_close(&cli->out, ']');
}

static void
put_one(struct cli *cli, const struct cli_route *item)
{
	const struct pace	*pace = &item->pace;
	bool			 is_open = pace->state != PACE_CLOSED;

	json_open(&cli->out, '{');
	put_text(cli, "route", item->route->name);
	put_text(cli, "kind", route_kind_names[item->route->kind]);
	put_channels(cli, item->route);
	put_text(cli, "breaker", item->is_known ?
	    pace_state_names[pace->state] : "");
	put_text(cli, "cause", is_open ? outcome_class_names[pace->cause] :
	    "");
	put_text(cli, "until", pace->state == PACE_OPEN ?
	    staff_instant(cli, "", pace->until_ms) : "");
	put_text(cli, "code", pace->code);
	json_key(&cli->out, "needs_person");
	json_bool(&cli->out, pace_needs_person(pace));
	json_key(&cli->out, "per_minute");
	json_int(&cli->out, pace_per_minute(pace, cli->now_ms));
	json_close(&cli->out, '}');
}

void
cli_routes_put(struct cli *cli, const struct cli_routes *routes)
{
	json_key(&cli->out, "routes");
	json_open(&cli->out, '[');
	for (size_t i = 0; i < routes->count; i++)
		put_one(cli, &routes->items[i]);
	json_close(&cli->out, ']');
}

/* --- for people -------------------------------------------------------------- */

static const char *
channels_text(struct cli *cli, const struct route *route)
{
	struct buf	text = BUF_INIT;
	const char	*copy;

	for (size_t i = 0; i < route->channels.count; i++)
		buf_addf(&text, "%s%s", i == 0 ? "" : ", ",
		    channel_names[route->channels.items[i]]);
	copy = arena_strdup(cli->arena, buf_text(&text));
	buf_fini(&text);
	return copy == NULL ? "?" : copy;
}

void
cli_routes_print(struct cli *cli, const struct cli_routes *routes)
{
	struct cli_table	table = {.columns = 5, .right = 1 << 3};
	struct buf		text = BUF_INIT;

	if (routes->count == 0)
		return;
	cli_cell(cli, &table, "ROUTE");
	cli_cell(cli, &table, "KIND");
	cli_cell(cli, &table, "CHANNELS");
	cli_cell(cli, &table, "A MINUTE");
	cli_cell(cli, &table, "BREAKER");
	for (size_t i = 0; i < routes->count; i++) {
		const struct cli_route	*item = &routes->items[i];

		buf_clear(&text);
		pace_text(&item->pace, cli->now_ms, &text);
		cli_cell(cli, &table, "%s", item->route->name);
		cli_cell(cli, &table, "%s",
		    route_kind_names[item->route->kind]);
		cli_cell(cli, &table, "%s", channels_text(cli, item->route));
		cli_cell(cli, &table, "%lld",
		    (long long)pace_per_minute(&item->pace, cli->now_ms));
		cli_cell(cli, &table, "%s%s", item->is_known ?
		    buf_text(&text) : "not used yet",
		    pace_needs_person(&item->pace) ?
		    ": a person has to act" : "");
	}
	buf_fini(&text);
	buf_addc(&cli->out, '\n');
	cli_table_print(cli, &table);
}

void
cli_sample_object(const struct cli_sample *sample, struct buf *out)
{
	const char	*from = sample->channel == CHANNEL_WHATSAPP ?
			    sample->creditor->whatsapp_from :
			    sample->channel == CHANNEL_SMS ?
			    sample->creditor->sms_from :
			    sample->creditor->phone;

	json_open(out, '{');
	json_key(out, "channel");
	json_text(out, channel_names[sample->channel]);
	json_key(out, "key");
	json_text(out, sample->key);
	if (from != NULL && from[0] != '\0') {
		json_key(out, "from");
		json_text(out, from);
	}
	json_key(out, "to");
	json_text(out, sample->address);
	json_key(out, "language");
	json_text(out, sample->creditor->language);
	if (sample->template != NULL) {
		json_key(out, "template");
		json_text(out, sample->template);
		json_key(out, "parameters");
		json_open(out, '[');
		json_close(out, ']');
	}
	json_key(out, "text");
	json_text(out, sample->text);
	json_close(out, '}');
	buf_addc(out, '\n');
}

bool
cli_routes_find(struct cli *cli, const char *name, const struct route **out,
    struct err *err)
{
	const size_t	count = cli->setup->routes.list.count;
	struct buf	names = BUF_INIT;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(route_at(cli, i)->name, name) == 0) {
			*out = route_at(cli, i);
			buf_fini(&names);
			return true;
		}
		buf_addf(&names, "%s%s", i == 0 ? "" : ", ",
		    route_at(cli, i)->name);
	}
	if (count == 0)
		err_set(err, ERR_INPUT, "the config has no routes");
	else
		err_set(err, ERR_INPUT, "there is no route \"%.64s\"; there"
		    " is %.300s", name, buf_text(&names));
	buf_fini(&names);
	return false;
}
