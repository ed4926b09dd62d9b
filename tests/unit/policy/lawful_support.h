/* SPDX-License-Identifier: ISC */
/*
 * lawful_support.h - cases of contact law as short texts, over shipped packs.
 */
#ifndef DUNLIN_TESTS_LAWFUL_SUPPORT_H
#define DUNLIN_TESTS_LAWFUL_SUPPORT_H

#include "policy/lawful.h"

#include "support/test.h"

struct lawful_world {
	struct calendars	*calendars;
	struct zones		*zones;
};

struct lawful_row {
	const char	*place;		/* CO, US-NY-NYC */
	enum channel	 channel;
	const char	*at;
	const char	*zone;		/* NULL: all of the country */
	/* "email delivered 2026-07-14T10:00:00Z; ..."; "planned" too */
	const char	*history;
	enum lawful_reason reason;
	const char	*next;		/* NULL: not looked at */
	bool		 business;
};

int64_t	world_instant(const char *text);
int32_t	world_day(const char *text);
int	world_setup(void **state);
int	world_teardown(void **state);

/* Fails the test with the row's text when the answer is another. */
void	world_check(const struct lawful_world *world,
	    const struct lawful_row *row, struct lawful_answer *answer_out);

#endif
