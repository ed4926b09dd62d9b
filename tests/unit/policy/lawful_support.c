/* SPDX-License-Identifier: ISC */
#include "lawful_support.h"

#define EVENTS_MAX	64

int64_t
world_instant(const char *text)
{
	int64_t	ms;

	if (!instant_parse(str_of(text), &ms))
		fail_msg("not an instant: %s", text);
	return ms;
}

int32_t
world_day(const char *text)
{
	int32_t	day;

	if (!date_parse(str_of(text), &day))
		fail_msg("not a date: %s", text);
	return day;
}

int
world_setup(void **state)
{
	struct lawful_world	*world = calloc(1, sizeof(*world));
	const char		*data = getenv("DUNLIN_DATADIR");
	char			 dir[4096];
	struct buf		 findings = BUF_INIT;
	struct err		 err;

	assert_non_null(world);
	(void)snprintf(dir, sizeof(dir), "%s/conf/calendars",
	    data == NULL ? DUNLIN_SRCDIR : data);
	if (!calendars_load(dir, &world->calendars, &findings, &err))
		fail_msg("%s\n%s", err.text, buf_text(&findings));
	if (findings.len > 0)
		fail_msg("%s", buf_text(&findings));
	buf_fini(&findings);
	world->zones = zones_new(NULL);
	assert_non_null(world->zones);
	*state = world;
	return 0;
}

int
world_teardown(void **state)
{
	struct lawful_world	*world = *state;

	calendars_free(&world->calendars);
	zones_free(&world->zones);
	free(world);
	return 0;
}

static size_t
read_history(const char *text, struct snap_event events[static EVENTS_MAX])
{
	char		channel[16], outcome[16], at[40];
	size_t		count = 0;
	int		used;

	while (text != NULL && sscanf(text, " %15s %15s %39[^; ]%n", channel,
	    outcome, at, &used) == 3) {
		struct snap_event	*event = &events[count++];
		int			 c = name_find(channel_names,
					    str_of(channel));
		int			 o = name_find(contact_outcome_names,
					    str_of(outcome));

		memset(event, 0, sizeof(*event));
		assert_true(c >= 0 && count < EVENTS_MAX);
		event->channel = (enum channel)c;
		event->planned = strcmp(outcome, "planned") == 0;
		event->doubtful = strcmp(outcome, "doubtful") == 0;
		assert_true(o >= 0 || event->planned || event->doubtful);
		event->outcome = o >= 0 ? (enum contact_outcome)o :
		    CONTACT_DELIVERED;
		event->at_ms = world_instant(at);
		text += used;
		text += *text == ';';
	}
	return count;
}

static void
find_zones(const struct lawful_world *world, const struct lawful_row *row,
    const struct zone **one, struct lawful_case *lawful)
{
	struct err	err;
	char		country[3] = {row->place[0], row->place[1], '\0'};

	lawful->zones = one;
	lawful->zone_count = 1;
	if (row->zone != NULL ? !zone_find(world->zones, row->zone, one, &err) :
	    !zone_of_country(world->zones, country, &lawful->zones,
	    &lawful->zone_count, &err))
		fail_msg("%s", err.text);
}

void
world_check(const struct lawful_world *world, const struct lawful_row *row,
    struct lawful_answer *answer_out)
{
	struct snap_event	 events[EVENTS_MAX];
	const struct zone	*zone;
	struct str		 region = str_of(row->place + 2);
	struct lawful_case	 lawful = {.channel = row->channel,
				    .is_business = row->business,
				    .history = events};
	struct lawful_answer	 answer;
	struct buf		 next = BUF_INIT;

	if (region.len > 0)
		region = str_of(row->place + 3);
	lawful.calendar = calendars_find(world->calendars,
	    (struct str){row->place, 2}, region);
	lawful.event_count = read_history(row->history, events);
	find_zones(world, row, &zone, &lawful);
	lawful_ask(&lawful, world_instant(row->at), &answer);
	instant_format(answer.next_ms == TIME_NEVER ? 0 : answer.next_ms, 0,
	    &next);
	if (answer.reason != row->reason || (row->next != NULL &&
	    answer.next_ms != world_instant(row->next)))
		fail_msg("%s %s at %s after %s: got %s, next %s; wanted %s, "
		    "next %s", row->place, channel_names[row->channel], row->at,
		    row->history == NULL ? "nothing" : row->history,
		    lawful_reason_name(answer.reason), buf_text(&next),
		    lawful_reason_name(row->reason),
		    row->next == NULL ? "any" : row->next);
	if ((answer.reason == LAWFUL_ALLOWED) !=
	    (answer.next_ms == world_instant(row->at)))
		fail_msg("%s at %s: next does not fit the verdict", row->place,
		    row->at);
	if (answer.place == NULL || strchr(answer.place, ':') == NULL)
		fail_msg("%s at %s: no place", row->place, row->at);
	buf_fini(&next);
	if (answer_out != NULL)
		*answer_out = answer;
}
