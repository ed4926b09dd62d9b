/* SPDX-License-Identifier: ISC */
/*
 * Random lives of debts, and what must hold in every one of them.
 *
 * A world is a store with PERSONS persons.  Over 120 virtual days invoices
 * appear, are paid, disputed, promised, held, moved and split again, people opt
 * out and change their minds; this happens between any two of desk_decide,
 * store_apply, store_claim, store_intend, the hand-over and store_outcomes, and
 * each of these may be where the daemon dies.  The test keeps books of its own:
 * what is owed (kept from what it did, not read from the store) and what left.
 * After that all is set free, and the ladder of whatever is still owed must
 * come to its end.
 *
 * DUNLIN_LONG=yes takes 10,000 lives instead of 200, DUNLIN_LONG=n takes n.
 * DUNLIN_SEED=n alone replays the world of that seed and tells what leaves;
 * with DUNLIN_LONG the lives begin at that seed, so that a run can be parted.
 */
#include "integration/history.h"

#include <inttypes.h>

static void
run_world(struct history *h, uint64_t seed)
{
	history_open(h, seed);
	history_live(h);
	history_drain(h);
	history_judge(h);
	history_close(h);
}

static void
test_histories(void **state)
{
	const char		*given = getenv("DUNLIN_SEED");
	const char		*is_long = getenv("DUNLIN_LONG");
	struct history_counts	 sum = {0};
	static struct history	 h;
	uint64_t		 seed = 1;
	int			 worlds = 200 / HISTORY_PERSONS;

	(void)state;
	if (is_long != NULL && strcmp(is_long, "yes") == 0)
		worlds *= 50;
	else if (is_long != NULL && is_long[0] >= '1' && is_long[0] <= '9')
		worlds = (int)strtoul(is_long, NULL, 10) / HISTORY_PERSONS;
	if (given != NULL && given[0] != '\0') {
		seed = strtoull(given, NULL, 10);
		h.tells = is_long == NULL || is_long[0] == '\0' ||
		    strcmp(is_long, "no") == 0;
		worlds = h.tells ? 1 : worlds;
	}
	for (int i = 0; i < worlds; i++) {
		h.sum = &sum;
		run_world(&h, seed + (uint64_t)i);
	}
	print_message("# %d lives, seeds %" PRIu64 " to %" PRIu64
	    ": %ld hand-overs, %ld accepted, %ld in doubt, %ld again by"
	    " rule, %ld again by wish, %ld crashes, %ld overtaken,"
	    " %ld changed at the last look, %ld acts, %ld re-splits\n",
	    worlds * HISTORY_PERSONS, seed, seed + (uint64_t)worlds - 1,
	    sum.handed, sum.accepted, sum.doubts, sum.resends, sum.asked,
	    sum.crashes, sum.overtaken, sum.changed, sum.acts, sum.resplits);
	if (given == NULL)
		assert_true(sum.resends > 0 && sum.asked > 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_histories),
	};

	return cmocka_run_group_tests_name("histories", tests, NULL, NULL);
}
