/* SPDX-License-Identifier: ISC */
/* policy_decide by table: what is decided for one person, and the reasons. */
#include "support/test.h"

#include "ladder_case.h"

#include <stdlib.h>

#define AT_D3		"2026-10-19T15:00:00Z"	/* Monday 10:00 in Bogota */
#define ACCEPTED(step, at)	"{'step':'" step "','at':'" at "T15:00:00Z'}"
#define DUE_DAY	ACCEPTED("due", "2026-10-14")
#define D3_DONE	DUE_DAY "," ACCEPTED("d3", "2026-10-17")
#define D35_DONE	D3_DONE "," ACCEPTED("d10", "2026-10-24") "," \
	ACCEPTED("d20", "2026-11-03") "," ACCEPTED("d35", "2026-11-18")
#define ENTRY(amount)	"{'known_at':'2026-09-01T12:00:00Z','amount':" #amount "}"
#define EMAIL		"{'channel':'email'}"
#define SMS		"{'channel':'sms'}"
#define ITEM(step, state)	"'items':[{'step':'" step "','state':'" state \
	"','at':'2026-10-17T15:00:00Z','notice':7}],"
#define REFUSED(step)	"'notices':[{'id':7,'step':'" step "','messages':" \
	"[{'channel':'email'}]}],"
#define HOLD		"'holds':[{'known_at':'2026-10-01T00:00:00Z'," \
	"'until':'2026-11-01T05:00:00Z'}],"
#define PROMISE		"'promises':[{'known_at':'2026-10-01T00:00:00Z'," \
	"'date':'2026-10-25'}],"
#define CONTACT(channel, at)	"'history':[{'at':'" at "','channel':'" channel \
	"','outcome':'delivered','group':'a'}],"
#define CUSTOMER(id, creditor, due)	",{'id':'" id "','creditor':'" creditor \
	"','country':'CO','zone':'America/Bogota','type':'business'," \
	"'contacts':[" EMAIL "],'invoices':[{'id':'f9','currency':'COP'," \
	"'instalments':[{'id':'i9','due':'" due "','entries':[" \
	ENTRY(100000) "]}]}]}"

static const char	default_steps[] =
    "{'id':'pre7','offset':-7,'stage':'preventive'},"
    "{'id':'due','offset':0,'stage':'preventive'},"
    "{'id':'d3','offset':3,'stage':'administrative'},"
    "{'id':'d10','offset':10,'stage':'administrative'},"
    "{'id':'d20','offset':20,'stage':'administrative'},"
    "{'id':'d35','offset':35,'stage':'extrajudicial'},"
    "{'id':'hand','offset':60,'stage':'judicial','task':true}";

/* Members of the case; NULL is the usual. */
struct row {
	const char	*name;
	const char	*want;	/* as tell() writes it */
	const char	*codes;	/* reasons that must be among those given */
	const char	*at;
	const char	*policy, *steps, *extra, *more;
	const char	*creditor_b;	/* members of a second creditor */
	const char	*person, *other;	/* further customers */
	const char	*country, *zone, *type, *contacts;
	const char	*customer, *invoice, *instalment;
	const char	*currency, *due, *entries, *accepted;
	const char	*look;	/* NULL: not looked at */
};

static const struct row	rows[] = {
	/* --- the step of an instalment --- */
	{.name = "the step of the day", .want = "email d3 i1:d3;",
	    .codes = "step_due contact"},
	{.name = "one step at a time", .at = "2026-11-30T15:00:00Z",
	    .want = "email d3 i1:d3;"},
	{.name = "by age", .at = "2026-11-30T15:00:00Z",
	    .policy = "'entry':'by-age',", .want = "email d35 i1:d35;"},
	{.name = "by age, but it was reminded", .accepted = DUE_DAY,
	    .policy = "'entry':'by-age',", .at = "2026-11-30T15:00:00Z",
	    .want = "email d3 i1:d3;"},
	{.name = "a step that may be jumped to", .at = "2026-11-30T15:00:00Z",
	    .steps = "{'id':'a','offset':1,'stage':'preventive'},"
	    "{'id':'b','offset':9,'stage':'preventive','jump':true}",
	    .want = "email b i1:b;"},
	{.name = "a dead step is left out", .at = "2026-10-19T15:00:00Z",
	    .steps = "{'id':'a','offset':1,'stage':'preventive',"
	    "'max_lateness':1},{'id':'b','offset':4,'stage':'preventive'}",
	    .want = "email b i1:b;"},
	{.name = "nothing before the first step", .want = "",
	    .codes = "no_step", .at = "2026-10-01T15:00:00Z",
	    .look = "2026-10-07T05:00:00Z"},
	{.name = "the due day on its day", .at = "2026-10-14T15:00:00Z",
	    .want = "email due i1:due;"},
	{.name = "grace moves what comes after the due date", .want = "",
	    .policy = "'grace':3,", .codes = "no_step",
	    .look = "2026-10-20T05:00:00Z"},
	{.name = "a late step moves the next", .want = "",
	    .accepted = DUE_DAY "," ACCEPTED("d3", "2026-10-20"),
	    .at = "2026-10-26T15:00:00Z", .codes = "spacing",
	    .look = "2026-10-27T05:00:00Z"},
	{.name = "a late step before the due date moves nothing",
	    .accepted = ACCEPTED("pre7", "2026-10-13"),
	    .want = "email d3 i1:d3;"},
	{.name = "by the gap alone", .policy = "'keep_distance':false,",
	    .accepted = DUE_DAY "," ACCEPTED("d3", "2026-10-20"),
	    .at = "2026-10-26T15:00:00Z", .want = "email d10 i1:d10;"},
	{.name = "a step that is no more stands for the one below",
	    .accepted = ACCEPTED("gone", "2026-10-26"), .want = "",
	    .at = "2026-10-27T15:00:00Z", .codes = "no_step"},
	{.name = "inherited levels count", .instalment =
	    "'items':[{'step':'d20','state':'passed','rule':'inherited',"
	    "'at':'2026-10-17T15:00:00Z'}],", .want = "", .codes = "no_step"},
	{.name = "an earlier cycle does not", .instalment = "'cycle':2,",
	    .accepted = D3_DONE, .want = "email d3 i1:d3;"},

	/* --- what keeps it out --- */
	{.name = "paid", .entries = ENTRY(100000) "," ENTRY(-100000),
	    .want = "", .codes = "paid"},
	{.name = "paid within tolerance", .want = "", .codes = "paid",
	    .policy = "'tolerance':{'COP':500},",
	    .entries = ENTRY(100000) "," ENTRY(-99500)},
	{.name = "a cent more is not", .want = "email d3 i1:d3;",
	    .policy = "'tolerance':{'COP':500},",
	    .entries = ENTRY(100000) "," ENTRY(-99499)},
	{.name = "a draft", .invoice = "'excluded':'draft',", .want = "",
	    .codes = "draft"},
	{.name = "cancelled", .invoice = "'excluded':'cancelled',",
	    .want = "", .codes = "cancelled"},
	{.name = "rejected", .invoice = "'excluded':'rejected',",
	    .want = "", .codes = "rejected"},
	{.name = "written off", .invoice = "'excluded':'written-off',",
	    .want = "", .codes = "written-off"},
	{.name = "no due date", .due = "", .want = "",
	    .codes = "no_due_date"},
	{.name = "on its way", .instalment = ITEM("d3", "open"), .want = "",
	    .codes = "in_flight"},
	{.name = "in doubt", .instalment = ITEM("d3", "in-doubt"),
	    .want = "", .codes = "in_doubt", .at = "2026-11-30T15:00:00Z"},
	{.name = "the whole in dispute", .want = "", .codes = "disputed",
	    .invoice = "'disputes':[{'known_at':'2026-10-01T00:00:00Z',"
	    "'amount':null}],"},
	{.name = "a part in dispute", .want = "email d3 i1:d3=60000;",
	    .invoice = "'disputes':[{'known_at':'2026-10-01T00:00:00Z',"
	    "'amount':40000}],"},
	{.name = "too little beside the dispute", .want = "",
	    .policy = "'tolerance':{'COP':60000},", .codes = "disputed",
	    .invoice = "'disputes':[{'known_at':'2026-10-01T00:00:00Z',"
	    "'amount':40000}],"},
	{.name = "unapplied money covers it", .codes = "unapplied",
	    .want = "task allocate;", .customer = "'credits':[{'currency':"
	    "'COP','amount':60000},{'currency':'COP','amount':40000}],"},
	{.name = "unapplied money of another currency",
	    .want = "email d3 i1:d3;", .customer = "'credits':[{'currency':"
	    "'USD','amount':900000}],"},
	{.name = "unapplied money covers a part",
	    .want = "email d3 i1:d3=70000;", .customer =
	    "'credits':[{'currency':'COP','amount':30000}],"},
	{.name = "no task before a step is due", .want = "",
	    .at = "2026-10-01T15:00:00Z", .codes = "unapplied", .customer =
	    "'credits':[{'currency':'COP','amount':100000}],"},
	{.name = "rest after a part payment", .want = "", .policy =
	    "'cooldown_days':5,", .entries = ENTRY(100000)
	    ",{'known_at':'2026-10-18T12:00:00Z','amount':-1000}",
	    .codes = "cooldown", .look = "2026-10-23T05:00:00Z"},
	{.name = "below the policy's minimum", .want = "",
	    .policy = "'minimum':{'COP':100001},", .codes = "below_minimum"},
	{.name = "at the policy's minimum", .want = "email d3 i1:d3;",
	    .policy = "'minimum':{'COP':100000},"},
	{.name = "below the creditor's minimum", .want = "",
	    .customer = "'creditor':'b',",
	    .creditor_b = "'min_amount':'COP 1000.01',",
	    .codes = "below_minimum"},

	/* --- holds and promises --- */
	{.name = "person on hold", .person = HOLD, .want = "",
	    .codes = "hold", .look = "2026-11-01T05:00:00Z"},
	{.name = "customer on hold", .customer = HOLD, .want = "",
	    .codes = "hold", .look = "2026-11-01T05:00:00Z"},
	{.name = "invoice on hold", .invoice = HOLD, .want = "",
	    .codes = "hold"},
	{.name = "instalment on hold", .instalment = HOLD, .want = "",
	    .codes = "hold", .look = "2026-10-24T05:00:00Z"},
	{.name = "invoice promised", .invoice = PROMISE, .want = "",
	    .codes = "promise", .look = "2026-10-24T05:00:00Z"},
	{.name = "customer promised", .customer = PROMISE, .want = "",
	    .codes = "promise", .look = "2026-10-27T05:00:00Z"},
	{.name = "until the clearing day's end", .invoice = PROMISE,
	    .want = "", .at = "2026-10-27T04:59:59Z", .codes = "promise",
	    .look = "2026-10-27T05:00:00Z"},
	{.name = "and no longer", .invoice = PROMISE,
	    .want = "email d3 i1:d3;", .at = "2026-10-27T15:00:00Z"},

	/* --- the whole customer --- */
	{.name = "insolvent", .customer = "'excluded':'insolvent',",
	    .want = "", .codes = "insolvent"},
	{.name = "deceased", .customer = "'excluded':'deceased',",
	    .want = "", .codes = "deceased"},
	{.name = "lawyer", .customer = "'excluded':'lawyer',",
	    .want = "", .codes = "lawyer"},
	{.name = "court", .customer = "'excluded':'court',",
	    .want = "", .codes = "court"},
	{.name = "minor", .customer = "'excluded':'minor',",
	    .want = "", .codes = "minor"},
	{.name = "excluded", .customer = "'excluded':'excluded',",
	    .want = "", .codes = "excluded"},
	{.name = "public body", .type = "public", .want = "",
	    .codes = "public_body"},
	{.name = "a creditor that is not there", .want = "",
	    .customer = "'creditor':'x',", .codes = "no_creditor"},
	{.name = "a policy that is not there", .want = "",
	    .customer = "'creditor':'b',", .creditor_b = "'policy':'x',",
	    .codes = "no_policy"},
	{.name = "the customer's own policy", .customer = "'policy':'q',",
	    .more = ",{name='q';steps=({id='x';stage='preventive';offset=1;"
	    "channels=['sms'];});}", .want = "sms x i1:x;"},
	{.name = "the invoice's own policy", .invoice = "'policy':'q',",
	    .more = ",{name='q';steps=({id='x';stage='preventive';offset=1;"
	    "channels=['sms'];});}", .want = "sms x i1:x;"},

	/* --- work for people --- */
	{.name = "hand-off", .accepted = D35_DONE,
	    .at = "2026-12-14T15:00:00Z", .codes = "handoff",
	    .want = "- hand i1:hand;task handoff;"},
	{.name = "nobody is handed over unheard", .want = "email d3 i1:d3;",
	    .at = "2027-02-01T15:00:00Z"},
	{.name = "nor within the gap", .accepted = D35_DONE, .want = "",
	    .at = "2026-12-14T15:00:00Z", .codes = "gap",
	    .person = CONTACT("email", "2026-12-12T15:00:00Z")},
	{.name = "nor for a trifle, and the rest is chased",
	    .at = "2026-12-14T15:00:00Z", .accepted = D35_DONE,
	    .policy = "'minimum':{'COP':50000},", .codes = "below_minimum",
	    .entries = ENTRY(100000) "," ENTRY(-90000),
	    .want = "email d3 i5:d3;", .customer = "'creditor':'a',",
	    .invoice = "'instalments':[{'id':'i5','due':'2026-12-10',"
	    "'entries':[" ENTRY(70000) "]}]},{'id':'f2','currency':'COP',"},
	{.name = "handed over: silence", .want = "", .codes = "handed_over",
	    .accepted = D35_DONE "," ACCEPTED("hand", "2026-12-14"),
	    .at = "2026-12-20T15:00:00Z", .invoice = "'instalments':[{'id':"
	    "'i5','due':'2026-12-10','entries':[" ENTRY(70000) "]}]},"
	    "{'id':'f2','currency':'COP',"},
	{.name = "until it is paid", .want = "email d3 i5:d3;",
	    .accepted = D35_DONE "," ACCEPTED("hand", "2026-12-14"),
	    .at = "2026-12-21T15:00:00Z", .invoice = "'instalments':[{'id':"
	    "'i5','due':'2026-12-10','entries':[" ENTRY(70000) "]}]},"
	    "{'id':'f2','currency':'COP',",
	    .entries = ENTRY(100000) "," ENTRY(-100000)},
	{.name = "handed over under the invoice's own policy", .want = "",
	    .invoice = "'policy':'q',", .accepted = ACCEPTED("x",
	    "2026-10-16"), .more = ",{name='q';steps=({id='x';"
	    "stage='judicial';offset=1;action='handoff';});}",
	    .codes = "handed_over"},
	{.name = "a step that is a task", .steps = "{'id':'call','offset':3,"
	    "'stage':'administrative','action':'task'}", .codes = "task",
	    .want = "- call i1:call;task task;"},

	/* --- reach --- */
	{.name = "preferred channel", .customer = "'preference':'sms',",
	    .want = "sms d3 i1:d3;"},
	{.name = "preferred, but not of the step",
	    .customer = "'preference':'voice',", .want = "email d3 i1:d3;"},
	{.name = "no address", .contacts = "{'channel':'letter'}",
	    .want = "task reach;", .codes = "no_address"},
	{.name = "no consent", .want = "task reach;", .codes = "no_consent",
	    .contacts = "{'channel':'sms','consent':false}"},
	{.name = "nothing usable", .want = "task reach;",
	    .contacts = "{'channel':'sms','healthy':false}",
	    .codes = "unusable_address"},
	{.name = "at night", .at = "2026-10-20T01:00:00Z", .want = "",
	    .codes = "outside_hours", .look = "2026-10-20T05:00:00Z",
	    .accepted = DUE_DAY, .steps = "{'id':'due','offset':0,'stage':"
	    "'preventive'},{'id':'d3','offset':3,'stage':'preventive'},"
	    "{'id':'d6','offset':6,'stage':'preventive'}"},
	{.name = "on a holiday", .at = "2026-11-02T15:00:00Z", .want = "",
	    .codes = "holiday", .look = "2026-11-03T05:00:00Z"},
	{.name = "the law's cap", .type = "consumer", .want = "",
	    .policy = "'min_gap_days':1,", .country = "CL",
	    .zone = "America/Santiago", .codes = "cap",
	    .at = "2026-10-22T15:00:00Z", .person = "'history':["
	    "{'at':'2026-10-19T12:00:00Z','channel':'sms','outcome':"
	    "'delivered','group':'a'},{'at':'2026-10-20T12:00:00Z','channel':"
	    "'sms','outcome':'delivered','group':'a'}],",
	    .look = "2026-10-24T05:00:00Z"},
	{.name = "the law's gap", .type = "consumer", .want = "",
	    .policy = "'min_gap_days':1,", .country = "CL",
	    .zone = "America/Santiago", .codes = "gap",
	    .at = "2026-10-20T15:00:00Z",
	    .person = CONTACT("email", "2026-10-19T12:30:00Z"),
	    .look = "2026-10-21T12:30:00Z"},
	{.name = "the channel lock", .type = "consumer", .want = "sms d3 i1:d3;",
	    .policy = "'min_gap_days':1,", .codes = "channel_lock contact",
	    .at = "2026-10-20T15:00:00Z",
	    .person = CONTACT("sms", "2026-10-19T14:00:00Z")},
	{.name = "patience for the better channel", .type = "consumer",
	    .policy = "'min_gap_days':1,'patience_hours':144,", .want = "",
	    .at = "2026-10-20T15:00:00Z", .codes = "channel_lock",
	    .person = CONTACT("sms", "2026-10-19T14:00:00Z"),
	    .look = "2026-10-24T05:00:00Z"},
	{.name = "but not beyond the step's life", .type = "consumer",
	    .policy = "'min_gap_days':1,'patience_hours':144,",
	    .want = "sms due i1:due;", .due = "2026-10-20",
	    .at = "2026-10-20T15:00:00Z", .codes = "channel_lock",
	    .person = CONTACT("sms", "2026-10-19T14:00:00Z")},
	{.name = "all hours", .at = "2026-10-18T08:00:00Z",
	    .extra = "all_hours = true;", .want = "email d3 i1:d3;"},
	{.name = "all hours keep the gap", .at = "2026-10-18T08:00:00Z",
	    .extra = "all_hours = true;", .want = "", .codes = "gap",
	    .person = CONTACT("sms", "2026-10-17T14:00:00Z")},
	{.name = "unknown zone: all of the country's", .zone = "",
	    .country = "ES", .at = "2026-10-19T07:30:00Z", .want = "",
	    .codes = "outside_hours", .look = "2026-10-19T08:00:00Z"},
	{.name = "a zone that is none counts as unknown", .zone = "Mars/Base",
	    .country = "ES", .at = "2026-10-19T07:30:00Z", .want = "",
	    .codes = "outside_hours", .look = "2026-10-19T08:00:00Z"},
	{.name = "unknown country: fail-safe, the creditor's clock",
	    .zone = "", .country = "", .at = "2026-10-19T13:30:00Z",
	    .want = "", .codes = "outside_hours",
	    .look = "2026-10-19T14:00:00Z"},
	{.name = "a country that is none", .zone = "", .country = "Atlantis",
	    .want = "email d3 i1:d3;"},

	/* --- gap and budget --- */
	{.name = "gap", .person = CONTACT("email", "2026-10-17T15:00:00Z"),
	    .want = "", .codes = "gap", .look = "2026-10-20T05:00:00Z"},
	{.name = "a gap of 0 is a day", .policy = "'min_gap_days':0,",
	    .person = CONTACT("email", "2026-10-19T12:00:00Z"),
	    .want = "", .codes = "gap", .look = "2026-10-20T05:00:00Z"},
	{.name = "a gap of 0 at all hours is none", .extra =
	    "all_hours = true;", .policy = "'min_gap_days':0,",
	    .person = CONTACT("email", "2026-10-19T12:00:00Z"),
	    .want = "email d3 i1:d3;"},
	{.name = "one a person, the firmest first",
	    .other = CUSTOMER("c2", "a", "2026-09-01"),
	    .policy = "'entry':'by-age',", .codes = "gap",
	    .want = "email d35 i9:d35;", .look = "2026-10-22T05:00:00Z"},
	{.name = "of two alike the oldest", .want = "email d3 i9:d3;",
	    .other = CUSTOMER("c2", "a", "2026-10-13")},
	{.name = "another budget group has its own",
	    .other = CUSTOMER("c2", "b", "2026-10-14"),
	    .want = "email d3 i1:d3;email d3 i9:d3;"},
	{.name = "two creditors of one group share it",
	    .creditor_b = "'group':'a',", .codes = "gap",
	    .other = CUSTOMER("c2", "b", "2026-10-14"),
	    .want = "email d3 i1:d3;"},
	{.name = "per invoice, still one a day", .codes = "gap",
	    .policy = "'consolidate':false,", .want = "email d3 i1:d3;",
	    .invoice = "'instalments':[{'id':'i1','due':'2026-10-14',"
	    "'entries':[" ENTRY(70000) "]}]},{'id':'f2','currency':'COP',"},
	{.name = "one notice for both", .want = "email d10 i5:d3 i1:d10;",
	    .accepted = D3_DONE, .at = "2026-10-26T15:00:00Z",
	    .invoice = "'instalments':[{'id':'i5','due':'2026-10-20',"
	    "'entries':[" ENTRY(70000) "]}]},{'id':'f2','currency':'COP',"},

	/* --- all that it waits for is named --- */
	{.name = "hold and promise", .invoice = HOLD PROMISE,
	    .want = "", .codes = "hold promise"},
	{.name = "hold and promise of the customer", .want = "",
	    .customer = HOLD PROMISE, .codes = "hold promise"},
	{.name = "under way and on hold", .invoice = HOLD,
	    .instalment = ITEM("d3", "open"), .want = "",
	    .codes = "in_flight hold"},

	/* --- a channel refused --- */
	{.name = "the next channel", .customer = REFUSED("d3"),
	    .instalment = ITEM("d3", "open"), .want = "retry sms;"},
	{.name = "it takes the person's budget", .customer = REFUSED("d3"),
	    .instalment = ITEM("d3", "open"), .want = "retry sms;",
	    .other = CUSTOMER("c2", "a", "2026-10-14"), .codes = "gap"},
	{.name = "all tried", .customer = REFUSED("d3"), .contacts = EMAIL,
	    .instalment = ITEM("d3", "open"), .want = "release;task reach;"},
	{.name = "paid meanwhile", .customer = REFUSED("d3"),
	    .instalment = ITEM("d3", "open"), .want = "release;",
	    .entries = ENTRY(100000) "," ENTRY(-100000)},
	{.name = "held meanwhile", .customer = REFUSED("d3") HOLD,
	    .instalment = ITEM("d3", "open"), .want = "release;"},
	{.name = "its invoice held meanwhile", .invoice = HOLD,
	    .customer = REFUSED("d3"), .instalment = ITEM("d3", "open"),
	    .want = "release;"},
	{.name = "handed over, all but what may stay open",
	    .policy = "'tolerance':{'COP':500},", .want = "",
	    .entries = ENTRY(100000) "," ENTRY(-99500), .codes = "paid",
	    .accepted = D35_DONE "," ACCEPTED("hand", "2026-12-14"),
	    .at = "2026-12-20T15:00:00Z"},
	{.name = "its invoice promised meanwhile", .invoice = PROMISE,
	    .customer = REFUSED("d3"), .instalment = ITEM("d3", "open"),
	    .want = "release;"},
	{.name = "its day is over", .customer = REFUSED("due"),
	    .instalment = ITEM("due", "open"), .want = "release;"},
	{.name = "the next one sleeps", .customer = REFUSED("d3"),
	    .at = "2026-10-20T03:00:00Z", .instalment = ITEM("d3", "open"),
	    .want = "", .look = "2026-10-20T12:00:00Z"},
	{.name = "under the invoice's own policy", .invoice = "'policy':'q',",
	    .more = ",{name='q';steps=({id='x';stage='preventive';offset=1;"
	    "channels=['email','sms'];});}", .customer = REFUSED("x"),
	    .instalment = ITEM("x", "open"), .want = "retry sms;"},
};

/* Every code that a decision can give. */
static const char *const	all_codes[] = {"draft", "cancelled", "rejected",
	"written-off", "no_due_date", "paid", "hold", "promise", "in_flight",
	"in_doubt", "disputed", "unapplied", "cooldown", "spacing", "no_step",
	"step_due", "below_minimum", "handoff", "task", "gap", "contact",
	"no_creditor", "no_policy", "insolvent", "deceased", "lawyer", "court",
	"minor", "excluded", "public_body", "handed_over", "holiday",
	"outside_hours", "cap", "channel_lock", "no_address", "no_consent",
	"unusable_address"};

struct state {
	struct ladder_world	 world;
	struct arena		*arena;
	int64_t			 at_ms;
	bool			 seen[TEST_COUNT(all_codes)];
};

static const char *
or_else(const char *text, const char *fallback)
{
	return text != NULL ? text : fallback;
}

static void
write_customer(const struct row *row, struct buf *out)
{
	const char	*customer = or_else(row->customer, "");

	buf_addf(out, "{'id':'c1',%s%s'country':'%s','zone':'%s',"
	    "'type':'%s','contacts':[%s],'invoices':[{'id':'f1',"
	    "'currency':'%s',%s'instalments':[{'id':'i1',",
	    strstr(customer, "'creditor'") == NULL ? "'creditor':'a'," : "",
	    customer, or_else(row->country, "CO"),
	    or_else(row->zone, "America/Bogota"),
	    or_else(row->type, "business"),
	    or_else(row->contacts, EMAIL "," SMS),
	    or_else(row->currency, "COP"), or_else(row->invoice, ""));
	buf_addf(out, "%s'due':'%s','entries':[%s],'accepted':[%s]}]}]}",
	    or_else(row->instalment, ""), or_else(row->due, "2026-10-14"),
	    or_else(row->entries, ENTRY(100000)), or_else(row->accepted, ""));
}

/* What rows say with quotes for libconfig needs them escaped in JSON. */
static void
write_conf(const char *text, struct buf *out)
{
	for (; *text != '\0'; text++)
		buf_addf(out, *text == '\'' ? "\\\"" : "%c", *text);
}

static void
write_case(const struct row *row, struct buf *out)
{
	buf_addf(out, "{'at':'%s','extra':'%s','more':'",
	    or_else(row->at, AT_D3), or_else(row->extra, ""));
	write_conf(or_else(row->more, ""), out);
	buf_addf(out, "','policy':{%s'steps':[%s]},'creditors':{'a':"
	    "{'zone':'America/Bogota'},'b':{%s'zone':'America/Bogota'}},"
	    "'person':{%s'customers':[", or_else(row->policy, ""),
	    or_else(row->steps, default_steps), or_else(row->creditor_b, ""),
	    or_else(row->person, ""));
	write_customer(row, out);
	buf_addf(out, "%s]}}", or_else(row->other, ""));
}

static void
tell_notice(const struct ladder_case *one, const struct decided_notice *notice,
    struct buf *out)
{
	buf_addf(out, "%s %s", notice->contact == NULL ? "-" :
	    channel_names[notice->contact->channel], notice->step->id);
	for (size_t i = 0; i < notice->item_count; i++) {
		const struct decided_item	*item = &notice->items[i];

		buf_addf(out, " %s:%s", ladder_case_ref(one,
		    item->instalment->id), item->step->id);
		if (item->amount != item->instalment->balance)
			buf_addf(out, "=%lld", (long long)item->amount);
	}
	buf_addf(out, ";");
}

static void
tell(const struct ladder_case *one, const struct decision *decision,
    struct buf *out)
{
	for (size_t i = 0; i < decision->retry_count; i++) {
		const struct snap_contact	*contact =
		    decision->retries[i].contact;

		buf_addf(out, contact == NULL ? "release;" : "retry %s;",
		    contact == NULL ? "" : channel_names[contact->channel]);
	}
	for (size_t i = 0; i < decision->notice_count; i++)
		tell_notice(one, &decision->notices[i], out);
	for (size_t i = 0; i < decision->task_count; i++)
		buf_addf(out, "task %s;", decision->tasks[i].kind);
}

static bool
has_code(const struct decision *decision, struct str code)
{
	for (size_t i = 0; i < decision->reason_count; i++) {
		const char	*got = decision->reasons[i].code;

		if (strlen(got) == code.len &&
		    memcmp(got, code.p, code.len) == 0)
			return true;
	}
	return false;
}

static void
check_codes(const struct row *row, const struct decision *decision)
{
	const char	*at = or_else(row->codes, "");

	while (*at != '\0') {
		size_t	len = strcspn(at, " ");

		if (!has_code(decision, (struct str){at, len}))
			fail_msg("%s: no reason \"%.*s\"", row->name, (int)len,
			    at);
		at += len + (at[len] == ' ');
	}
}

/* Every reason is whole, and of a code that is written down. */
static void
check_reasons(struct state *state, const struct row *row,
    const struct decision *decision)
{
	for (size_t i = 0; i < decision->reason_count; i++) {
		const struct decided_reason	*reason = &decision->reasons[i];
		size_t				 code = 0;

		while (code < TEST_COUNT(all_codes) &&
		    strcmp(all_codes[code], reason->code) != 0)
			code++;
		if (code == TEST_COUNT(all_codes))
			fail_msg("%s: code \"%s\" is not in the list",
			    row->name, reason->code);
		state->seen[code] = true;
		assert_non_null(reason->customer);
		assert_true(*reason->rule != '\0' && *reason->detail != '\0');
		if (reason->verdict == VERDICT_WAIT)
			assert_true(reason->until_ms > state->at_ms);
	}
}

static void
check_row(struct state *state, const struct row *row)
{
	struct ladder_case	one;
	struct snapshot		snap;
	struct decision		decision, silent;
	struct buf		text = BUF_INIT, got = BUF_INIT, look = BUF_INIT;
	struct err		err = {.text = ""};

	arena_reset(state->arena);
	write_case(row, &text);
	if (!ladder_case_load(&state->world, (struct str){buf_text(&text),
	    text.len}, state->arena, &one, &err) ||
	    !ladder_case_snapshot(&one, one.at_ms, state->arena, &snap, &err) ||
	    !policy_decide(&one.setup, &snap, one.at_ms, true, state->arena,
	    &decision, &err) || !policy_decide(&one.setup, &snap, one.at_ms,
	    false, state->arena, &silent, &err))
		fail_msg("%s: %s\n%s", row->name, err.text, buf_text(&text));
	state->at_ms = one.at_ms;
	tell(&one, &decision, &got);
	if (strcmp(buf_text(&got), row->want) != 0)
		fail_msg("%s: got \"%s\", wanted \"%s\"", row->name,
		    buf_text(&got), row->want);
	check_codes(row, &decision);
	check_reasons(state, row, &decision);
	instant_format(decision.look_ms == TIME_NEVER ? 0 : decision.look_ms,
	    0, &look);
	if (row->look != NULL && strcmp(buf_text(&look), row->look) != 0)
		fail_msg("%s: looks again at %s, not at %s", row->name,
		    buf_text(&look), row->look);
	assert_true(decision.look_ms > one.at_ms);
	assert_int_equal(silent.reason_count, 0);
	assert_int_equal(silent.notice_count, decision.notice_count);
	assert_true(silent.look_ms == decision.look_ms);
	buf_fini(&text);
	buf_fini(&got);
	buf_fini(&look);
}

static void
test_rows(void **arg)
{
	struct state	*state = *arg;

	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		check_row(state, &rows[i]);
	for (size_t i = 0; i < TEST_COUNT(all_codes); i++) {
		if (!state->seen[i])
			fail_msg("no row gives \"%s\"", all_codes[i]);
	}
}

/* --- steps that go by -------------------------------------------------------- */

struct pass_row {
	struct row	 row;
	const char	*passes;
};

static const struct pass_row	pass_rows[] = {
	{{.name = "paid", .accepted = DUE_DAY, .entries = ENTRY(100000) ","
	    ENTRY(-100000)}, "pre7 paid;d3 paid;"},
	{{.name = "paid before anything was said", .entries = ENTRY(100000) ","
	    ENTRY(-100000)}, ""},
	{{.name = "expired"}, "pre7 expired;due expired;"},
	{{.name = "superseded by age", .at = "2026-11-30T15:00:00Z",
	    .policy = "'entry':'by-age',"}, "pre7 expired;due expired;"
	    "d3 superseded;d10 superseded;d20 superseded;"},
	{{.name = "superseded by what was taken", .accepted =
	    ACCEPTED("d10", "2026-10-24"), .at = "2026-10-26T15:00:00Z"},
	    "pre7 superseded;due superseded;d3 superseded;"},
};

static void
check_passes(struct state *state, const struct pass_row *row)
{
	struct ladder_case	one;
	struct snapshot		snap;
	struct decision		decision;
	struct buf		text = BUF_INIT, got = BUF_INIT;
	struct err		err = {.text = ""};

	arena_reset(state->arena);
	write_case(&row->row, &text);
	if (!ladder_case_load(&state->world, (struct str){buf_text(&text),
	    text.len}, state->arena, &one, &err) ||
	    !ladder_case_snapshot(&one, one.at_ms, state->arena, &snap, &err) ||
	    !policy_decide(&one.setup, &snap, one.at_ms, false, state->arena,
	    &decision, &err))
		fail_msg("%s: %s", row->row.name, err.text);
	for (size_t i = 0; i < decision.pass_count; i++)
		buf_addf(&got, "%s %s;", decision.passes[i].step->id,
		    decision.passes[i].rule);
	if (strcmp(buf_text(&got), row->passes) != 0)
		fail_msg("%s: got \"%s\", wanted \"%s\"", row->row.name,
		    buf_text(&got), row->passes);
	buf_fini(&text);
	buf_fini(&got);
}

static void
test_passes(void **arg)
{
	for (size_t i = 0; i < TEST_COUNT(pass_rows); i++)
		check_passes(*arg, &pass_rows[i]);
}

static int
setup(void **arg)
{
	struct state	*state = calloc(1, sizeof(*state));
	struct err	 err;

	assert_non_null(state);
	if (!ladder_world_init(&state->world, &err))
		fail_msg("%s", err.text);
	state->arena = arena_new();
	assert_non_null(state->arena);
	*arg = state;
	return 0;
}

static int
teardown(void **arg)
{
	struct state	*state = *arg;

	ladder_world_fini(&state->world);
	arena_free(&state->arena);
	free(state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_passes),
	};

	return cmocka_run_group_tests_name("decide", tests, setup, teardown);
}
