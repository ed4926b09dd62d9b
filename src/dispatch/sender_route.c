/* SPDX-License-Identifier: ISC */
/*
 * The lanes of the configured routes: opened when needed, held when they
 * fail, and what is remembered of their pace over a restart.
 */
#include "dispatch/dispatch_impl.h"

/* A route that cannot be opened is tried again after this. */
#define CLOSED_MS	(15 * SECOND_MS)
/* Rates are written down this often while messages go. */
#define KEEP_MS		MINUTE_MS

/* --- made and freed ----------------------------------------------------------- */

static void
on_timer(struct loop_timer *timer)
{
	struct lane	*lane = OWNER(timer, struct lane, timer);

	sender_turn(lane->dispatch);
}

static const char *
name_of(const struct lane *lane)
{
	return lane->route == NULL ? "outbox" : lane->route->name;
}

struct lane *
lane_find(const struct sender *sender, const struct route *route)
{
	struct lane	*lane = sender->lanes;

	while (lane != NULL && lane->route != route)
		lane = lane->next;
	return lane;
}

static void
free_list(struct lane *lane)
{
	struct lane	*next;

	for (; lane != NULL; lane = next) {
		next = lane->next;
		loop_timer_stop(&lane->timer);
		pace_fini(&lane->pace);
		free(lane);
	}
}

static bool
add_lane(struct dispatch *dispatch, const struct route *route,
    struct lane **list, struct err *err)
{
	struct lane	*lane = calloc(1, sizeof(*lane));

	if (lane == NULL)
		return err_nomem(err);
	lane->dispatch = dispatch;
	lane->route = route;
	lane->hooks = (struct channel_lane_hooks){lane_gate, lane_done, lane};
	lane->timer.fn = on_timer;
	lane->next = *list;
	*list = lane;
	pace_init(&lane->pace, name_of(lane), route == NULL ? &pace_defaults :
	    &route->limits);
	return true;
}

/* What the route knew under the config before. */
static bool
inherit(struct lane *lane, const struct sender *sender, struct err *err)
{
	const struct lane	*old = sender->lanes;
	struct buf		 text = BUF_INIT;
	bool			 ok;

	while (old != NULL && strcmp(name_of(old), name_of(lane)) != 0)
		old = old->next;
	if (old == NULL)
		return true;
	pace_write(&old->pace, &text);
	ok = buf_check(&text, err);
	if (ok)
		(void)pace_read(&lane->pace, buf_str(&text),
		    lane->dispatch->last_ms);
	buf_fini(&text);
	return ok;
}

static bool
recall(struct lane *lane, struct store *store, struct err *err)
{
	struct arena	*arena = arena_new();
	const char	*text = NULL;
	const char	*name;
	bool		 ok;

	if (arena == NULL)
		return err_nomem(err);
	name = arena_printf(arena, "route.%s", name_of(lane));
	ok = name != NULL ? store_meta_get(store, name, arena, &text, err) :
	    err_nomem(err);
	if (ok && text != NULL)
		(void)pace_read(&lane->pace, str_of(text),
		    lane->dispatch->last_ms);
	arena_free(&arena);
	return ok;
}

bool
lanes_make(struct dispatch *dispatch, struct store *store, struct err *err)
{
	const struct conf_list	*routes = &dispatch->setup->routes.list;
	struct sender		*sender = &dispatch->sender;
	struct lane		*list = NULL;
	bool			 ok = add_lane(dispatch, NULL, &list, err);

	for (size_t i = 0; ok && i < routes->count; i++)
		ok = add_lane(dispatch, (const struct route *)routes->items +
		    i, &list, err);
	for (struct lane *lane = list; ok && lane != NULL; lane = lane->next)
		ok = store != NULL ? recall(lane, store, err) :
		    inherit(lane, sender, err);
	if (!ok) {
		free_list(list);
		return false;
	}
	lanes_free(sender);
	sender->lanes = list;
	return true;
}

void
lanes_close(struct sender *sender)
{
	for (struct lane *lane = sender->lanes; lane != NULL;
	    lane = lane->next) {
		loop_timer_stop(&lane->timer);
		channel_lane_close(&lane->open);
		for (; lane->in_hand > 0; lane->in_hand--)
			loop_release(lane->dispatch->loop);
	}
}

void
lanes_free(struct sender *sender)
{
	lanes_close(sender);
	free_list(sender->lanes);
	sender->lanes = NULL;
}

/* --- open and held ------------------------------------------------------------ */

void
lane_hold(struct lane *lane, int64_t until_ms)
{
	lane->held_ms = until_ms;
	loop_timer_start(lane->dispatch->loop, &lane->timer, until_ms);
}

bool
lane_open(struct lane *lane)
{
	struct dispatch	*dispatch = lane->dispatch;
	struct err	 err;
	bool		 ok;

	if (lane->open != NULL)
		return true;
	ok = lane->route != NULL ? channel_lane_open(dispatch->loop,
	    lane->route, &lane->hooks, &lane->open, &err) :
	    channel_lane_open_outbox(dispatch->loop,
	    dispatch->setup->service.outbox, &lane->hooks, &lane->open, &err);
	if (ok)
		return true;
	dispatch_alert(dispatch, "route", err.text);
	lane_hold(lane, dispatch->last_ms + CLOSED_MS);
	return false;
}

/* --- what changes ------------------------------------------------------------- */

static const char *const	change_names[] = {
	[PACE_SAME] = "same", [PACE_SLOWED] = "slowed",
	[PACE_OPENED] = "held", [PACE_KEPT] = "held again",
	[PACE_RECLOSED] = "works again"};

static void
say_change(struct lane *lane, enum pace_change change)
{
	struct dispatch	*dispatch = lane->dispatch;
	struct buf	 text = BUF_INIT;

	pace_text(&lane->pace, dispatch->last_ms, &text);
	log_warn(dispatch->log, "route.changed",
	    LOG_STR("route", name_of(lane)),
	    LOG_STR("how", change_names[change]),
	    LOG_STR("state", buf_text(&text)));
	buf_fini(&text);
}

/* People are told of what does not pass by itself, or takes long. */
static bool
is_alarming(const struct lane *lane, enum pace_change change)
{
	return change == PACE_KEPT ||
	    (change == PACE_OPENED && pace_needs_person(&lane->pace));
}

void
lane_changed(struct lane *lane, enum pace_change change)
{
	char	about[300];

	if (change == PACE_SAME) {
		if (lane->kept_ms != TIME_NONE &&
		    lane->dispatch->last_ms - lane->kept_ms >= KEEP_MS)
			lane->kept_ms = TIME_NONE;
		return;
	}
	lane->kept_ms = TIME_NONE;
	say_change(lane, change);
	if (!is_alarming(lane, change))
		return;
	(void)snprintf(about, sizeof(about), "the route %s lets nothing go"
	    " (%s, %s): see `dunlin status`", name_of(lane),
	    outcome_class_names[lane->pace.cause], lane->pace.code);
	dispatch_alert(lane->dispatch, "route", about);
}

static bool
note(struct lane *lane, struct commit *commit)
{
	struct lane_note	*out = &commit->notes[commit->note_count];
	struct buf		 text = BUF_INIT;

	pace_write(&lane->pace, &text);
	*out = (struct lane_note){
	    .name = arena_printf(commit->arena, "route.%s", name_of(lane)),
	    .text = arena_printf(commit->arena, "%s", buf_text(&text))};
	buf_fini(&text);
	if (out->name == NULL || out->text == NULL)
		return false;
	commit->note_count++;
	lane->kept_ms = lane->dispatch->last_ms;
	return true;
}

bool
lanes_note(struct sender *sender, struct commit *commit)
{
	size_t	count = 0;

	commit->note_count = 0;
	for (struct lane *lane = sender->lanes; lane != NULL;
	    lane = lane->next)
		count += lane->kept_ms == TIME_NONE;
	commit->notes = arena_array(commit->arena, count,
	    sizeof(*commit->notes));
	if (commit->notes == NULL)
		return false;
	for (struct lane *lane = sender->lanes; lane != NULL;
	    lane = lane->next) {
		if (lane->kept_ms == TIME_NONE && !note(lane, commit))
			return false;
	}
	return true;
}
