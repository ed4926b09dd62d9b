/* SPDX-License-Identifier: ISC */
/*
 * ladder_run - answers the cases of tests/reference/compare_ladder.py.
 *
 * Reads one case a line and writes one line: {"decisions", "again"}; for a
 * case with "until" {"story"}: all decisions to that instant, each carried
 * out at once, as the reference's simulate.  Exit 1 at the first bad line.
 */
#include "ladder_case.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

#define STORY_MAX	4000	/* things that can happen in one story */
#define TURNS_MAX	2000

struct told {
	const char	*kind;
	int64_t		 customer_id;
};

struct story {
	struct ladder_case	*one;
	struct arena		*turn;
	struct ladder_item	 items[STORY_MAX];
	struct snap_event	 events[STORY_MAX];
	struct told		 told[STORY_MAX];
	size_t			 told_count;
	struct buf		*out;
};

static void
write_items(const struct ladder_case *one,
    const struct decided_notice *notice, struct buf *out)
{
	json_key(out, "items");
	json_open(out, '[');
	for (size_t i = 0; i < notice->item_count; i++) {
		json_open(out, '[');
		json_text(out, ladder_case_ref(one,
		    notice->items[i].instalment->id));
		json_text(out, notice->items[i].step->id);
		json_close(out, ']');
	}
	json_close(out, ']');
}

static void
write_at(int64_t at_ms, struct buf *out)
{
	struct buf	text = BUF_INIT;

	instant_format(at_ms, 0, &text);
	json_text(out, buf_text(&text));
	buf_fini(&text);
}

/* at_ms TIME_NONE: not said. */
static void
write_notice(const struct ladder_case *one,
    const struct decided_notice *notice, int64_t at_ms, struct buf *out)
{
	bool	is_task = notice->contact == NULL;

	json_open(out, '{');
	json_key(out, "do");
	json_text(out, is_task ? "task" : "notify");
	json_key(out, "customer");
	json_text(out, notice->customer->ref);
	if (is_task) {
		json_key(out, "kind");
		json_text(out, "hand_off");
	} else {
		json_key(out, "channel");
		json_text(out, channel_names[notice->contact->channel]);
		json_key(out, "step");
		json_text(out, notice->step->id);
	}
	write_items(one, notice, out);
	if (at_ms != TIME_NONE) {
		json_key(out, "at");
		write_at(at_ms, out);
	}
	json_close(out, '}');
}

/* What the reference calls it; NULL for what goes with a notice. */
static const char *
kind_of(const struct decided_task *task)
{
	if (strcmp(task->kind, "reach") == 0)
		return "no_channel";
	return strcmp(task->kind, "allocate") == 0 ? "allocate" : NULL;
}

static void
write_task(const struct decided_task *task, int64_t at_ms, struct buf *out)
{
	json_open(out, '{');
	json_key(out, "do");
	json_text(out, "task");
	json_key(out, "kind");
	json_text(out, kind_of(task));
	json_key(out, "customer");
	json_text(out, task->customer->ref);
	if (at_ms != TIME_NONE) {
		json_key(out, "at");
		write_at(at_ms, out);
	}
	json_close(out, '}');
}

static bool
look(struct ladder_case *one, int64_t at_ms, struct arena *arena,
    struct decision *out, struct err *err)
{
	struct snapshot	*snap = arena_alloc(arena, sizeof(*snap));

	if (snap == NULL)
		return err_nomem(err);
	return ladder_case_snapshot(one, at_ms, arena, snap, err) &&
	    policy_decide(&one->setup, snap, at_ms, false, arena, out, err);
}

static bool
answer(struct ladder_case *one, struct buf *out, struct err *err)
{
	struct decision	decision;

	if (!look(one, one->at_ms, one->arena, &decision, err))
		return false;
	json_open(out, '{');
	json_key(out, "decisions");
	json_open(out, '[');
	for (size_t i = 0; i < decision.notice_count; i++)
		write_notice(one, &decision.notices[i], TIME_NONE, out);
	for (size_t i = 0; i < decision.task_count; i++) {
		if (kind_of(&decision.tasks[i]) != NULL)
			write_task(&decision.tasks[i], TIME_NONE, out);
	}
	json_close(out, ']');
	json_key(out, "again");
	if (decision.look_ms == TIME_NEVER)
		json_nil(out);
	else
		write_at(decision.look_ms, out);
	json_close(out, '}');
	return true;
}

/* --- stories ---------------------------------------------------------------- */

static bool
book(struct story *story, const struct snap_instalment *instalment,
    const struct policy_step *step, struct snap_item item, struct err *err)
{
	struct ladder_case	*one = story->one;

	if (one->item_count == STORY_MAX)
		return err_set(err, ERR_INPUT, "the story does not end");
	item.id = 1;
	item.cycle = instalment->cycle;
	item.step = step->id;
	story->items[one->item_count++] = (struct ladder_item){
	    instalment->id, item};
	return true;
}

static bool
carry_out(struct story *story, const struct decided_notice *notice,
    int64_t at_ms, struct err *err)
{
	struct ladder_case	*one = story->one;

	write_notice(one, notice, at_ms, story->out);
	for (size_t i = 0; i < notice->item_count; i++) {
		if (!book(story, notice->items[i].instalment,
		    notice->items[i].step, (struct snap_item){.notice_id = 1,
		    .state = ITEM_ACCEPTED, .at_ms = at_ms, .rule = ""}, err))
			return false;
	}
	if (notice->contact == NULL)
		return true;
	if (one->event_count == STORY_MAX)
		return err_set(err, ERR_INPUT, "the story does not end");
	story->events[one->event_count++] = (struct snap_event){
	    .at_ms = at_ms, .channel = notice->contact->channel,
	    .outcome = CONTACT_DELIVERED,
	    .customer_id = notice->customer->id,
	    .creditor = notice->creditor->ref,
	    .stage = notice->step->stage};
	return true;
}

static void
tell(struct story *story, const struct decided_task *task, int64_t at_ms)
{
	const char	*kind = kind_of(task);

	if (kind == NULL || story->told_count == STORY_MAX)
		return;
	for (size_t i = 0; i < story->told_count; i++) {
		if (story->told[i].customer_id == task->customer->id &&
		    strcmp(story->told[i].kind, kind) == 0)
			return;
	}
	story->told[story->told_count++] = (struct told){kind,
	    task->customer->id};
	write_task(task, at_ms, story->out);
}

/* One look at *at_ms; it is then the instant of the next. */
static bool
turn(struct story *story, int64_t *at_ms, struct err *err)
{
	struct decision	decision;
	int64_t		next;

	arena_reset(story->turn);
	if (!look(story->one, *at_ms, story->turn, &decision, err))
		return false;
	for (size_t i = 0; i < decision.notice_count; i++) {
		if (!carry_out(story, &decision.notices[i], *at_ms, err))
			return false;
	}
	for (size_t i = 0; i < decision.pass_count; i++) {
		const struct decided_pass	*pass = &decision.passes[i];

		if (!book(story, pass->instalment, pass->step,
		    (struct snap_item){.state = ITEM_PASSED, .at_ms = *at_ms,
		    .rule = pass->rule}, err))
			return false;
	}
	for (size_t i = 0; i < decision.task_count; i++)
		tell(story, &decision.tasks[i], *at_ms);
	if (decision.notice_count > 0)
		return true;	/* what was accepted is looked at at once */
	next = ladder_case_next_fact(story->one, *at_ms);
	*at_ms = decision.look_ms < next ? decision.look_ms : next;
	return true;
}

static bool
live(struct story *story, int64_t until_ms, struct err *err)
{
	int64_t	at_ms = story->one->at_ms;

	story->one->items = story->items;
	story->one->events = story->events;
	json_open(story->out, '{');
	json_key(story->out, "story");
	json_open(story->out, '[');
	for (int i = 0; at_ms <= until_ms; i++) {
		if (i == TURNS_MAX)
			return err_set(err, ERR_INPUT, "too many looks");
		if (!turn(story, &at_ms, err))
			return false;
	}
	json_close(story->out, ']');
	json_close(story->out, '}');
	return true;
}

static bool
run_line(const struct ladder_world *world, struct story *story,
    struct str line, struct arena *arena, struct err *err)
{
	struct ladder_case	one;
	int64_t			until_ms;

	if (!ladder_case_load(world, line, arena, &one, err))
		return false;
	until_ms = case_instant(one.root, "until", TIME_NONE);
	if (until_ms == TIME_NONE)
		return answer(&one, story->out, err);
	story->one = &one;
	story->told_count = 0;
	return live(story, until_ms, err);
}

static bool
run(const struct ladder_world *world, struct story *story, struct err *err)
{
	struct arena	*arena = arena_new();
	struct buf	 out = BUF_INIT;
	char		*line = NULL;
	size_t		 room = 0;
	ssize_t		 len;
	bool		 ok = arena != NULL &&
			    (story->turn = arena_new()) != NULL;

	story->out = &out;
	while (ok && (len = getline(&line, &room, stdin)) > 0) {
		arena_reset(arena);
		buf_clear(&out);
		ok = run_line(world, story, (struct str){line, (size_t)len},
		    arena, err);
		if (ok && puts(buf_text(&out)) == EOF)
			ok = err_sys(err, "output");
	}
	free(line);
	buf_fini(&out);
	arena_free(&arena);
	arena_free(&story->turn);
	return ok;
}

int
main(void)
{
	struct ladder_world	 world;
	struct story		*story = calloc(1, sizeof(*story));
	struct err		 err;
	bool			 ok;

	ok = story != NULL && ladder_world_init(&world, &err) &&
	    run(&world, story, &err);
	if (!ok)
		(void)fprintf(stderr, "%s\n",
		    story == NULL ? "out of memory" : err.text);
	else
		ladder_world_fini(&world);
	free(story);
	return ok ? 0 : 1;
}
