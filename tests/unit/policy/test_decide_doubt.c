/* SPDX-License-Identifier: ISC */
/* What is decided about a message of which nobody knows whether it left. */
#include "support/test.h"

#include "ladder_case.h"

#define DOUBT		"2026-10-19T15:00:00Z"	/* Monday, 10:00 in Bogota */
#define LATER		"2026-10-19T15:30:00Z"
#define NEXT_DAY	"2026-10-20T15:00:00Z"

/* NULL is the usual: an email of d3, owed as it was, doubtful since DOUBT. */
struct row {
	const char	*name;
	const char	*at;
	const char	*want;		/* "again email;", "task K;", a notice */
	const char	*code;		/* a reason that must be given */
	const char	*look;		/* NULL: not looked at */
	const char	*type;
	const char	*step, *channel;
	const char	*notice;	/* members */
	const char	*message, *instalment, *invoice, *customer;
	const char	*history, *contacts, *entries;
	const char	*other;		/* another instalment of the notice */
	int		 doubts;	/* 0: 1 */
};

#define HELD	"'hold':true,"
#define PAID	"{'amount':100000,'known_at':'2026-09-01T00:00:00Z'}," \
	"{'amount':-100000,'known_at':'2026-10-19T15:10:00Z'}"
#define PART	"{'amount':100000,'known_at':'2026-09-01T00:00:00Z'}," \
	"{'amount':-40000,'known_at':'2026-10-19T15:10:00Z'}"
#define ASKED	"'resend':'asked',"
#define HOLD	"'holds':[{'known_at':'2026-10-19T15:10:00Z'," \
	"'until':'2026-10-21T05:00:00Z'}],"
#define OTHER	",{'id':'i2','due':'2026-10-14','entries':[{'amount':500," \
	"'known_at':'2026-09-01T00:00:00Z'}],'items':[{'step':'d3','state':" \
	"'in-doubt','at':'" DOUBT "','notice':7,'amount':500}]}"

static const struct row	rows[] = {
	/* --- once more by rule --- */
	{.name = "an answer may still come", .at = "2026-10-19T15:10:00Z",
	    .want = "", .code = "resend_waits", .look = LATER},
	{.name = "not a moment before", .at = "2026-10-19T15:29:59.999Z",
	    .want = "", .code = "resend_waits", .look = LATER},
	{.name = "half an hour later", .want = "again email;",
	    .code = "resend"},
	{.name = "the second doubt", .want = "task K.1;", .code = "settle",
	    .doubts = 2},
	{.name = "a lawful hour is waited for", .at = "2026-10-20T02:00:00Z",
	    .want = "", .code = "resend_waits",
	    .look = "2026-10-20T12:00:00Z"},
	{.name = "the law counts the first copy", .type = "consumer",
	    .want = "", .code = "resend_waits",
	    .look = "2026-10-20T12:00:00Z"},
	{.name = "and lets it go the next day", .type = "consumer",
	    .at = NEXT_DAY, .want = "again email;"},
	{.name = "the gap to another notice", .want = "",
	    .code = "resend_waits", .history =
	    "{'at':'2026-10-18T15:00:00Z','channel':'sms','outcome':"
	    "'delivered','group':'a'},", .look = "2026-10-21T05:00:00Z"},
	{.name = "too late for its words", .at = "2026-10-26T15:00:00Z",
	    .want = "task K.1;"},
	{.name = "a person took it back", .message = "'resend':'declined',",
	    .want = "task K.1;"},
	{.name = "another address now", .message = "'address':'old',",
	    .want = "task K.1;"},
	{.name = "the address is dead", .contacts =
	    "{'channel':'email','healthy':false}", .want = "task K.1;"},
	{.name = "no consent any more", .contacts =
	    "{'channel':'email','consent':false}", .want = "task K.1;"},
	{.name = "the customer answered", .want = "task K.1;", .history =
	    "{'at':'2026-10-19T15:20:00Z','channel':'email','outcome':"
	    "'answered','group':'a','exempt':true},"},
	/* --- only what may still be said --- */
	{.name = "paid meanwhile", .entries = PAID, .want = "",
	    .code = "record"},
	{.name = "paid in part: the sum is another", .entries = PART,
	    .want = "", .code = "record"},
	{.name = "one of two paid", .entries = PAID, .other = OTHER,
	    .want = "", .code = "record"},
	{.name = "on hold", .customer = HOLD, .want = "",
	    .look = "2026-10-21T05:00:00Z"},
	{.name = "its invoice on hold", .invoice = HOLD, .want = "",
	    .code = "hold"},
	{.name = "promised", .invoice = "'promises':[{'known_at':'" DOUBT "',"
	    "'date':'2026-10-25'}],", .want = "", .code = "promise"},
	{.name = "disputed", .invoice = "'disputes':[{'known_at':'" DOUBT
	    "'}],", .want = ""},
	{.name = "disputed in part", .invoice = "'disputes':[{'known_at':'"
	    DOUBT "','amount':1}],", .want = "", .code = "record"},
	{.name = "cancelled", .invoice = "'excluded':'cancelled',",
	    .want = "", .code = "record"},
	{.name = "no longer a customer to write to", .customer =
	    "'excluded':'deceased',", .want = "", .code = "deceased"},
	{.name = "money that nobody allocated", .customer =
	    "'credits':[{'amount':5,'currency':'COP'}],", .want = ""},
	{.name = "another due date", .instalment = "'changed':'" DOUBT "',",
	    .want = "", .code = "record"},
	{.name = "a change that it knew of", .instalment =
	    "'changed':'2026-10-01T00:00:00Z',", .want = "again email;"},
	{.name = "its day is over", .step = "due",
	    .at = "2026-10-22T15:00:00Z", .want = "email d3;"},
	{.name = "a step that the policy has no more", .step = "gone",
	    .want = ""},
	/* --- the ladder --- */
	{.name = "it waits for the doubt", .at = "2026-10-30T15:00:00Z",
	    .want = "task K.1;", .code = "in_doubt"},
	{.name = "it goes on when the words are wrong", .entries = PART,
	    .at = "2026-10-26T15:00:00Z", .want = "email d10;"},
	{.name = "at its distance", .entries = PART,
	    .at = "2026-10-25T15:00:00Z", .want = "", .code = "spacing"},
	{.name = "nobody is handed over unheard", .step = "d35",
	    .notice = HELD, .entries = PART, .at = "2027-01-20T15:00:00Z",
	    .want = "task K.1;", .code = "no_step"},
	/* --- held --- */
	{.name = "a firm step is held", .notice = HELD, .want = "",
	    .code = "receipt", .look = NEXT_DAY},
	{.name = "then it is a person's", .notice = HELD, .at = NEXT_DAY,
	    .want = "task K.1;", .code = "settle"},
	{.name = "an SMS is held whatever the step says", .channel = "sms",
	    .want = "", .code = "receipt", .look = NEXT_DAY},
	{.name = "and becomes a task", .channel = "sms", .at = NEXT_DAY,
	    .want = "task K.1;"},
	{.name = "paid: nobody has to do anything", .notice = HELD,
	    .at = NEXT_DAY, .entries = PAID, .want = "", .code = "record"},
	{.name = "paid in part: who knows the effect", .notice = HELD,
	    .at = NEXT_DAY, .entries = PART, .want = "task K.1;"},
	/* --- asked for by a person --- */
	{.name = "at once", .message = ASKED, .at = DOUBT,
	    .want = "again email;"},
	{.name = "the third time, held and by SMS", .notice = HELD,
	    .channel = "sms", .message = ASKED, .doubts = 3,
	    .want = "again sms;"},
	{.name = "a week later", .message = ASKED,
	    .at = "2026-10-26T15:00:00Z", .want = "again email;"},
	{.name = "within lawful hours", .message = ASKED,
	    .at = "2026-10-20T02:00:00Z", .want = "",
	    .look = "2026-10-20T12:00:00Z"},
	{.name = "never what was paid", .message = ASKED, .entries = PAID,
	    .want = "", .code = "record"},
	{.name = "not another sum", .message = ASKED, .entries = PART,
	    .want = "task K.1;"},
	{.name = "when the hold is over", .message = ASKED, .customer = HOLD,
	    .want = "", .look = "2026-10-21T05:00:00Z"},
};

struct state {
	struct ladder_world	 world;
	struct arena		*arena;
};

static const char *
or_else(const char *text, const char *fallback)
{
	return text != NULL ? text : fallback;
}

static void
write_case(const struct row *row, struct buf *out)
{
	const char	*step = or_else(row->step, "d3");
	const char	*channel = or_else(row->channel, "email");

	buf_addf(out, "{'at':'%s','policy':{'steps':["
	    "{'id':'due','offset':0,'stage':'preventive'},"
	    "{'id':'d3','offset':3,'stage':'administrative'},"
	    "{'id':'d10','offset':10,'stage':'administrative'},"
	    "{'id':'d35','offset':35,'stage':'extrajudicial'},"
	    "{'id':'hand','offset':60,'stage':'judicial','task':true}]},"
	    "'creditors':{'a':{'zone':'America/Bogota'}},'person':{"
	    "'history':[%s{'at':'" DOUBT "','channel':'%s','outcome':"
	    "'delivered','group':'a','notice':7}],'customers':[{'id':'c1',"
	    "'creditor':'a','country':'CO','zone':'America/Bogota',",
	    or_else(row->at, LATER), or_else(row->history, ""), channel);
	buf_addf(out, "%s'type':'%s','contacts':[%s],'notices':[{'id':7,"
	    "'step':'%s',%s'state':'in-doubt','decided':'2026-10-19T14:59:00Z'"
	    ",'messages':[{%s'channel':'%s','state':'in-doubt','doubts':%d,"
	    "'doubt_at':'" DOUBT "'}]}],", or_else(row->customer, ""),
	    or_else(row->type, "business"), or_else(row->contacts,
	    "{'channel':'email'},{'channel':'sms'}"), step,
	    or_else(row->notice, ""), or_else(row->message, ""), channel,
	    row->doubts == 0 ? 1 : row->doubts);
	buf_addf(out, "'invoices':[{'id':'f1',%s'currency':'COP',"
	    "'instalments':[{'id':'i1',%s'due':'%s','entries':[%s],"
	    "'items':[{'step':'%s','state':'in-doubt','at':'" DOUBT "',"
	    "'notice':7,'amount':100000}]}%s]}]}]}}",
	    or_else(row->invoice, ""), or_else(row->instalment, ""),
	    strcmp(step, "due") == 0 ? "2026-10-19" : "2026-10-14",
	    or_else(row->entries, "{'amount':100000,'known_at':"
	    "'2026-09-01T00:00:00Z'}"), step, or_else(row->other, ""));
}

static void
tell(const struct decision *decision, struct buf *out)
{
	for (size_t i = 0; i < decision->retry_count; i++) {
		const struct decided_retry	*retry =
		    &decision->retries[i];

		assert_non_null(retry->again);
		assert_true(retry->not_after_ms != TIME_NONE);
		buf_addf(out, "again %s;",
		    channel_names[retry->contact->channel]);
	}
	for (size_t i = 0; i < decision->notice_count; i++)
		buf_addf(out, "%s %s;", channel_names[
		    decision->notices[i].contact->channel],
		    decision->notices[i].step->id);
	for (size_t i = 0; i < decision->task_count; i++) {
		if (strcmp(decision->tasks[i].kind, "in_doubt") != 0)
			continue;
		assert_int_equal(decision->tasks[i].notice->id, 7);
		assert_non_null(strstr(decision->tasks[i].about,
		    "dunlin queue release K.1 --as sent|not-sent|resend"));
		buf_addf(out, "task K.1;");
	}
}

static bool
has_code(const struct decision *decision, const char *code)
{
	for (size_t i = 0; i < decision->reason_count; i++) {
		if (strcmp(decision->reasons[i].code, code) == 0)
			return true;
	}
	return false;
}

static void
check_row(struct state *state, const struct row *row)
{
	struct ladder_case	one;
	struct snapshot		snap;
	struct decision		decision;
	struct buf		text = BUF_INIT, got = BUF_INIT, look = BUF_INIT;
	struct err		err = {.text = ""};

	arena_reset(state->arena);
	write_case(row, &text);
	if (!ladder_case_load(&state->world, (struct str){buf_text(&text),
	    text.len}, state->arena, &one, &err) ||
	    !ladder_case_snapshot(&one, one.at_ms, state->arena, &snap,
	    &err) || !policy_decide(&one.setup, &snap, one.at_ms, true,
	    state->arena, &decision, &err))
		fail_msg("%s: %s\n%s", row->name, err.text, buf_text(&text));
	tell(&decision, &got);
	if (strcmp(buf_text(&got), row->want) != 0)
		fail_msg("%s: got \"%s\", wanted \"%s\"", row->name,
		    buf_text(&got), row->want);
	if (row->code != NULL && !has_code(&decision, row->code))
		fail_msg("%s: no reason \"%s\"", row->name, row->code);
	instant_format(decision.look_ms == TIME_NEVER ? 0 : decision.look_ms,
	    0, &look);
	if (row->look != NULL && strcmp(buf_text(&look), row->look) != 0)
		fail_msg("%s: looks again at %s, not at %s", row->name,
		    buf_text(&look), row->look);
	buf_fini(&text);
	buf_fini(&got);
	buf_fini(&look);
}

static void
test_doubts(void **arg)
{
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		check_row(*arg, &rows[i]);
}

static int
setup(void **arg)
{
	static struct state	state;
	struct err		err;

	state.arena = arena_new();
	*arg = &state;
	return state.arena != NULL && ladder_world_init(&state.world, &err) ?
	    0 : -1;
}

static int
teardown(void **arg)
{
	struct state	*state = *arg;

	ladder_world_fini(&state->world);
	arena_free(&state->arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_doubts),
	};

	return cmocka_run_group_tests_name("decide_doubt", tests, setup,
	    teardown);
}
