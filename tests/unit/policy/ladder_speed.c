/* SPDX-License-Identifier: ISC */
/*
 * ladder_speed [ROUNDS] - persons a second of one core that policy_decide
 * judges.
 *
 * One customer each, three instalments, explain off; of every four one is
 * sent something, one waits for the hour, one for the gap and one has nothing
 * due.  Not a test: prints the numbers.
 */
#include "ladder_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define KINDS	4

#define PART(due, step, at)	"{'id':'i','entries':[{'amount':100000}],"\
	"'due':'" due "','accepted':[{'step':'" step "','at':'" at "T15:00:00Z'}]}"

static const char	steps[] =
    "'steps':[{'id':'pre7','offset':-7,'stage':'preventive'},"
    "{'id':'due','offset':0,'stage':'preventive'},"
    "{'id':'d3','offset':3,'stage':'administrative'},"
    "{'id':'d10','offset':10,'stage':'administrative'},"
    "{'id':'d20','offset':20,'stage':'administrative'},"
    "{'id':'d35','offset':35,'stage':'extrajudicial'},"
    "{'id':'hand','offset':60,'stage':'judicial','task':true}]";

static const struct {
	const char	*at, *due;
} kinds[KINDS] = {
	{"2026-10-26T15:00:00Z", "2026-10-14"},
	{"2026-10-26T05:00:00Z", "2026-10-14"},
	{"2026-10-18T15:00:00Z", "2026-10-14"},
	{"2026-10-26T15:00:00Z", "2026-12-14"},
};

struct subject_case {
	struct ladder_case	one;
	struct snapshot		snap;
};

static bool
load(const struct ladder_world *world, int kind, struct arena *arena,
    struct subject_case *out, struct err *err)
{
	struct buf	text = BUF_INIT;
	bool		ok;

	buf_addf(&text, "{'at':'%s','policy':{'minimum':{'COP':5000,"
	    "'EUR':100,'USD':100,'CLP':1000},%s},'creditors':{'a':{'zone':"
	    "'America/Bogota'}},'person':{'history':[{'at':"
	    "'2026-10-17T15:00:00Z','channel':'email','outcome':'delivered',"
	    "'group':'a'}],'customers':[{'id':'c','creditor':'a','country':"
	    "'CO','zone':'America/Bogota','type':'consumer','contacts':["
	    "{'channel':'email'},{'channel':'sms'}],'invoices':[{'id':'f',"
	    "'currency':'COP','instalments':[{'id':'j','due':'%s','entries':["
	    "{'amount':50000}]}," PART("2026-11-20", "x", "2026-10-01") ","
	    PART("2026-12-20", "x", "2026-10-01") "]}]}]}}", kinds[kind].at,
	    steps, kinds[kind].due);
	ok = ladder_case_load(world, (struct str){buf_text(&text), text.len},
	    arena, &out->one, err) && ladder_case_snapshot(&out->one,
	    out->one.at_ms, arena, &out->snap, err);
	buf_fini(&text);
	return ok;
}

static bool
measure(const struct subject_case *one, long rounds, struct arena *turn,
    size_t *notices, struct err *err)
{
	struct decision	decision;

	for (long i = 0; i < rounds; i++) {
		if (i % 256 == 0)
			arena_reset(turn);
		if (!policy_decide(&one->one.setup, &one->snap,
		    one->one.at_ms, false, turn, &decision, err))
			return false;
		*notices += decision.notice_count;
	}
	return true;
}

/* Of this process alone: the machine may be busy with others. */
static int64_t
cpu_ms(void)
{
	struct timespec	now;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0)
		return 0;
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static bool
run(long rounds, struct err *err)
{
	struct ladder_world	 world;
	struct subject_case	 one[KINDS];
	struct arena		*arena = arena_new(), *turn = arena_new();
	bool			 ok;

	ok = arena != NULL && turn != NULL ? ladder_world_init(&world, err) :
	    err_nomem(err);
	for (int i = 0; ok && i < KINDS; i++) {
		int64_t	start;
		size_t	notices = 0;

		if (!(ok = load(&world, i, arena, &one[i], err)))
			break;
		start = cpu_ms();
		ok = measure(&one[i], rounds, turn, &notices, err);
		start = cpu_ms() - start;
		printf("kind %d: %ld persons, %zu notices, %lld ms, "
		    "%lld persons/s\n", i, rounds, notices, (long long)start,
		    (long long)rounds * 1000 / (start > 0 ? start : 1));
	}
	arena_free(&arena);
	arena_free(&turn);
	return ok;
}

int
main(int argc, char **argv)
{
	long		rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 200000;
	struct err	err;

	if (run(rounds, &err))
		return 0;
	(void)fprintf(stderr, "%s\n", err.text);
	return 1;
}
