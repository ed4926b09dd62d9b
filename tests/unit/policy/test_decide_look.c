/* SPDX-License-Identifier: ISC */
/*
 * look_ms is exact enough: at no instant before it would a decision differ.
 * Random persons live through weeks; between two looks random instants are
 * tried, and the last one before the look.
 */
#include "support/test.h"

#include "ladder_case.h"

#include <stdlib.h>

#define PERSONS		20000
#define PERSONS_SLOW	1500	/* under sanitizers */
#define LOOKS		12	/* of one person */
#define TRIES		3	/* between two looks */
#define DAYS		45
#define STORY_MAX	200

#if defined(__SANITIZE_ADDRESS__)
#define COUNT	PERSONS_SLOW
#else
#define COUNT	PERSONS
#endif

struct story {
	struct ladder_world	 world;
	struct arena		*arena, *look, *try;
	uint64_t		 seed;
	struct ladder_case	 one;
	struct ladder_item	 items[STORY_MAX];
	struct snap_event	 events[STORY_MAX];
	size_t			 notices, resends, tries;
};

/* SplitMix64, D. Lea and others; the same persons on every machine. */
static uint64_t
draw(struct story *story, uint64_t below)
{
	uint64_t	z = (story->seed += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % below;
}

static bool
chance(struct story *story, uint64_t percent)
{
	return draw(story, 100) < percent;
}

/* 2026-03-01 and the days behind it. */
static void
add_day(struct story *story, struct buf *out, int low, int high, bool instant)
{
	int32_t	day = 20513 + low + (int32_t)draw(story,
		    (uint64_t)(high - low + 1));

	if (instant)
		instant_format(day * DAY_MS + (int64_t)draw(story, DAY_MS), 0,
		    out);
	else {
		char	text[16];

		buf_addf(out, "%s", date_text(day, text));
	}
}

static void
add_fact(struct story *story, struct buf *out, const char *key,
    const char *end, uint64_t percent)
{
	buf_addf(out, "'%s':[", key);
	if (chance(story, percent)) {
		buf_addf(out, "{'%s':'", end);
		add_day(story, out, -5, 40, strcmp(end, "until") == 0);
		buf_addf(out, "'%s}", strcmp(key, "disputes") != 0 ? "" :
		    chance(story, 50) ? ",'amount':40" : "");
	}
	buf_addf(out, "],");
}

static void
add_instalment(struct story *story, struct buf *out)
{
	static const char *const	taken[] = {"", "{'step':'s1','at':'",
	    "{'step':'s2','at':'", "{'step':'s4','at':'", "{'step':'old','at':'",
	    "{'state':'in-doubt','notice':7,'amount':90,'step':'s2','at':'"};
	uint64_t			 pick = draw(story, 12);

	if (pick > 8)
		pick = TEST_COUNT(taken) - 1;
	buf_addf(out, "{'id':'i',");
	add_fact(story, out, "holds", "until", 8);
	buf_addf(out, "'entries':[{'amount':%d}%s],'due':'",
	    50 + (int)draw(story, 200), chance(story, 25) ?
	    ",{'amount':-30,'known_at':'2026-02-28T10:00:00Z'}" : "");
	add_day(story, out, -70, 40, false);
	buf_addf(out, "','accepted':[");
	if (pick > 0 && pick < TEST_COUNT(taken)) {
		buf_addf(out, "%s", taken[pick]);
		add_day(story, out, -15, -1, true);
		buf_addf(out, "'}");
	}
	buf_addf(out, "]}");
}

/* A notice in doubt, of which the items may or may not know. */
static void
add_doubt(struct story *story, struct buf *out)
{
	static const char *const	resends[] = {"rule", "rule", "asked",
	    "declined"};

	buf_addf(out, "'notices':[{'id':7,'step':'s2','state':'in-doubt',"
	    "'decided':'2026-02-20T12:00:00Z',%s'messages':[{'channel':'%s',"
	    "'state':'in-doubt','doubts':%d,'resend':'%s','doubt_at':'",
	    chance(story, 30) ? "'hold':true," : "", chance(story, 80) ?
	    "email" : "sms", 1 + (int)draw(story, 2), resends[draw(story, 4)]);
	add_day(story, out, -2, 40, true);
	buf_addf(out, "'}]}],");
}

static void
add_customer(struct story *story, struct buf *out)
{
	static const char *const	places[] = {"CO','zone':'America/Bogota",
	    "CO','zone':'America/Bogota", "CL','zone':'America/Santiago",
	    "ES','zone':'", "US','region':'WA','zone':'America/Los_Angeles",
	    "MX','zone':'", "FR','zone':'Europe/Paris"};
	static const char *const	channels[] = {"email", "sms", "whatsapp",
	    "voice", "letter"};
	uint64_t			 invoices = 1 + draw(story, 3);

	buf_addf(out, "{'id':'c','creditor':'%c','country':'%s','type':'%s',",
	    "abc"[draw(story, 3)], places[draw(story, TEST_COUNT(places))],
	    chance(story, 60) ? "consumer" : "business");
	add_fact(story, out, "holds", "until", 8);
	add_fact(story, out, "promises", "date", 8);
	if (chance(story, 40))
		add_doubt(story, out);
	buf_addf(out, "'contacts':[{'channel':'%s'}",
	    channels[draw(story, 3)]);
	for (size_t i = 0; i < TEST_COUNT(channels); i++) {
		if (chance(story, 40))
			buf_addf(out, ",{'channel':'%s'}", channels[i]);
	}
	buf_addf(out, "],'invoices':[");
	for (uint64_t i = 0; i < invoices; i++) {
		buf_addf(out, "%s{'id':'f','currency':'%s',", i == 0 ? "" :
		    ",", chance(story, 70) ? "COP" : "EUR");
		add_fact(story, out, "promises", "date", 8);
		add_fact(story, out, "disputes", "until", 8);
		buf_addf(out, "'instalments':[");
		add_instalment(story, out);
		if (chance(story, 20)) {
			buf_addf(out, ",");
			add_instalment(story, out);
		}
		buf_addf(out, "]}");
	}
	buf_addf(out, "]}");
}

static void
add_history(struct story *story, struct buf *out)
{
	uint64_t	count = draw(story, 4);

	buf_addf(out, "'history':[");
	for (uint64_t i = 0; i < count; i++) {
		buf_addf(out, "%s{'channel':'%s','outcome':'%s','group':'%c',"
		    "'at':'", i == 0 ? "" : ",", channel_names[draw(story,
		    CHANNEL_COUNT)], contact_outcome_names[draw(story,
		    CONTACT_OUTCOME_COUNT)], "ab"[draw(story, 2)]);
		add_day(story, out, -9, -1, true);
		buf_addf(out, "'}");
	}
	buf_addf(out, "],");
}

static void
add_policy(struct story *story, struct buf *out)
{
	static const char *const	zones[] = {"America/Bogota",
	    "America/Santiago", "Europe/Madrid", "Asia/Kolkata"};

	buf_addf(out, "'policy':{'entry':'%s','keep_distance':%s,"
	    "'min_gap_days':%d,'grace':%d,'cooldown_days':%d,"
	    "'patience_hours':%d,'consolidate':%s,%s'steps':["
	    "{'id':'s1','offset':-3,'stage':'preventive'},"
	    "{'id':'s2','offset':2,'stage':'administrative',"
	    "'max_lateness':%d},"
	    "{'id':'s3','offset':5,'stage':'administrative',%s"
	    "'channels':['voice','sms']},"
	    "{'id':'s4','offset':9,'stage':'administrative',%s"
	    "'channels':['letter','email','sms']},"
	    "{'id':'s5','offset':20,'stage':'judicial','task':true}]},",
	    chance(story, 30) ? "by-age" : "first",
	    chance(story, 50) ? "true" : "false", (int)draw(story, 6),
	    (int)draw(story, 3), (int)draw(story, 4), (int)draw(story, 3) * 36,
	    chance(story, 85) ? "true" : "false", chance(story, 20) ?
	    "'minimum':{'COP':100},'tolerance':{'EUR':50}," : "",
	    (int)draw(story, 8), chance(story, 20) ? "'max_lateness':6," : "",
	    chance(story, 20) ? "'jump':true," : "");
	buf_addf(out, "'creditors':{'a':{'zone':'%s'},'b':{'zone':'%s'},"
	    "'c':{'zone':'%s','group':'a'}},", zones[draw(story, 4)],
	    zones[draw(story, 4)], zones[draw(story, 4)]);
}

static void
make_person(struct story *story)
{
	struct buf	text = BUF_INIT;
	struct err	err;
	uint64_t	count = 1 + draw(story, 2);

	buf_addf(&text, "{'at':'");
	add_day(story, &text, 0, 60, true);
	buf_addf(&text, "',");
	add_policy(story, &text);
	buf_addf(&text, "'person':{");
	add_fact(story, &text, "holds", "until", 5);
	add_history(story, &text);
	buf_addf(&text, "'customers':[");
	for (uint64_t i = 0; i < count; i++) {
		if (i > 0)
			buf_addf(&text, ",");
		add_customer(story, &text);
	}
	buf_addf(&text, "]}}");
	arena_reset(story->arena);
	if (!ladder_case_load(&story->world, (struct str){buf_text(&text),
	    text.len}, story->arena, &story->one, &err))
		fail_msg("%s\n%s", err.text, buf_text(&text));
	story->one.items = story->items;
	story->one.events = story->events;
	buf_fini(&text);
}

static void
decide(struct story *story, int64_t at_ms, struct arena *arena,
    struct snapshot *snap, struct decision *out)
{
	struct err	err;

	arena_reset(arena);
	if (!ladder_case_snapshot(&story->one, at_ms, arena, snap, &err) ||
	    !policy_decide(&story->one.setup, snap, at_ms, false, arena, out,
	    &err))
		fail_msg("%s", err.text);
}

static void
book(struct story *story, const struct snap_instalment *instalment,
    struct snap_item item)
{
	struct ladder_case	*one = &story->one;

	assert_true(one->item_count < STORY_MAX);
	item.cycle = instalment->cycle;
	story->items[one->item_count++] = (struct ladder_item){
	    instalment->id, item};
}

/* All that was decided has happened. */
static void
carry_out(struct story *story, const struct decision *decision, int64_t at_ms)
{
	struct ladder_case	*one = &story->one;

	for (size_t i = 0; i < decision->pass_count; i++)
		book(story, decision->passes[i].instalment, (struct snap_item){
		    .step = decision->passes[i].step->id, .at_ms = at_ms,
		    .state = ITEM_PASSED, .rule = decision->passes[i].rule});
	for (size_t i = 0; i < decision->notice_count; i++) {
		const struct decided_notice	*notice = &decision->notices[i];

		for (size_t j = 0; j < notice->item_count; j++)
			book(story, notice->items[j].instalment,
			    (struct snap_item){.notice_id = 1,
			    .step = notice->items[j].step->id, .at_ms = at_ms,
			    .state = ITEM_ACCEPTED, .rule = ""});
		if (notice->contact == NULL)
			continue;
		assert_true(one->event_count < STORY_MAX);
		story->events[one->event_count++] = (struct snap_event){
		    .at_ms = at_ms, .channel = notice->contact->channel,
		    .outcome = CONTACT_DELIVERED,
		    .customer_id = notice->customer->id,
		    .creditor = notice->creditor->ref,
		    .stage = notice->step->stage};
	}
	story->notices += decision->notice_count;
}

static void
try_between(struct story *story, int64_t at_ms, const struct decision *first)
{
	struct snapshot	snap;
	struct decision	decision;
	int64_t		end_ms = at_ms + DAYS * DAY_MS, ms;

	if (first->look_ms < end_ms)
		end_ms = first->look_ms;
	for (int i = 0; i <= TRIES; i++) {
		ms = i == TRIES ? end_ms - 1 :
		    at_ms + (int64_t)draw(story, (uint64_t)(end_ms - at_ms));
		decide(story, ms, story->try, &snap, &decision);
		story->tries++;
		if (decision.notice_count + decision.retry_count > 0 ||
		    decision.task_count != first->task_count ||
		    decision.look_ms < first->look_ms)
			fail_msg("at %lld nothing, look at %lld; but at %lld "
			    "%zu notices, %zu resends, %zu tasks, look at"
			    " %lld: %s", (long long)at_ms,
			    (long long)first->look_ms, (long long)ms,
			    decision.notice_count, decision.retry_count,
			    decision.task_count, (long long)decision.look_ms,
			    "a decision was missed");
	}
}

static void
live(struct story *story)
{
	struct snapshot	snap;
	struct decision	decision;
	int64_t		at_ms = story->one.at_ms;
	int64_t		end_ms = at_ms + DAYS * DAY_MS;

	for (int looks = 0; looks < LOOKS && at_ms < end_ms; looks++) {
		decide(story, at_ms, story->look, &snap, &decision);
		carry_out(story, &decision, at_ms);
		story->resends += decision.retry_count;
		if (decision.retry_count > 0)
			return;		/* the story has no wire */
		if (decision.notice_count > 0)
			continue;
		try_between(story, at_ms, &decision);
		at_ms = decision.look_ms;
	}
}

static void
test_looks(void **arg)
{
	struct story	*story = *arg;

	for (int i = 0; i < COUNT; i++) {
		make_person(story);
		live(story);
	}
	print_message("# %d persons, %zu notices, %zu resends, %zu instants"
	    " between\n", COUNT, story->notices, story->resends,
	    story->tries);
	assert_true(story->notices > COUNT / 4);
	assert_true(story->resends > COUNT / 400);
}

static int
setup(void **arg)
{
	struct story	*story = calloc(1, sizeof(*story));
	struct err	 err;

	assert_non_null(story);
	if (!ladder_world_init(&story->world, &err))
		fail_msg("%s", err.text);
	story->arena = arena_new();
	story->look = arena_new();
	story->try = arena_new();
	assert_true(story->arena != NULL && story->look != NULL &&
	    story->try != NULL);
	*arg = story;
	return 0;
}

static int
teardown(void **arg)
{
	struct story	*story = *arg;

	ladder_world_fini(&story->world);
	arena_free(&story->arena);
	arena_free(&story->look);
	arena_free(&story->try);
	free(story);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_looks),
	};

	return cmocka_run_group_tests_name("decide_look", tests, setup,
	    teardown);
}
