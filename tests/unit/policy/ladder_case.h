/* SPDX-License-Identifier: ISC */
/*
 * ladder_case.h - one person with its config, told as JSON.
 *
 * The format is that of tests/reference/ladder.py (see its text), with
 * everything of the policy written out, and with more that only the unit
 * tests use: a customer's `policy`, `status` and `notices`, an invoice's
 * `policy`, an instalment's `items` and `cycle`, of the config `extra` (text
 * added to the policy) and `more` (text of further policies).
 * Single quotes may stand for double ones.  Thread: one.
 */
#ifndef DUNLIN_TESTS_LADDER_CASE_H
#define DUNLIN_TESTS_LADDER_CASE_H

#include "model/value.h"
#include "policy/policy.h"

/* Calendars and zones, read once. */
struct ladder_world {
	struct calendars	*calendars;
	struct zones		*zones;
};

struct ladder_case {
	struct arena		*arena;
	const struct value	*root;
	struct policies		 policies;
	struct creditors	 creditors;
	struct policy_setup	 setup;
	int64_t			 at_ms;
	/* What the story added; the caller cuts them from anywhere. */
	const struct ladder_item *items;
	size_t			 item_count;
	const struct snap_event	*events;
	size_t			 event_count;
};

/* An item of a story, on an instalment's running number. */
struct ladder_item {
	int64_t		 instalment_id;
	struct snap_item item;
};

bool	ladder_world_init(struct ladder_world *world, struct err *err)
	    MUST_CHECK;
void	ladder_world_fini(struct ladder_world *world);

/* Reads the text and builds the config; all is cut from arena. */
bool	ladder_case_load(const struct ladder_world *world, struct str text,
	    struct arena *arena, struct ladder_case *out, struct err *err)
	    MUST_CHECK;

/*
 * The person as known at an instant.  Rows have running numbers in the order
 * of the text, from 1, of customers, invoices and instalments each.
 */
bool	ladder_case_snapshot(const struct ladder_case *one, int64_t at_ms,
	    struct arena *arena, struct snapshot *out, struct err *err)
	    MUST_CHECK;

/* The first instant after at_ms at which a fact becomes known. */
int64_t	ladder_case_next_fact(const struct ladder_case *one, int64_t at_ms);

/* The id that the text gives the instalment of that number. */
const char	*ladder_case_ref(const struct ladder_case *one, int64_t id);

/* Members of JSON objects; fallback when absent or null. */
const char	*case_text(const struct value *object, const char *key,
		    const char *fallback);
int64_t	case_int(const struct value *object, const char *key,
	    int64_t fallback);
bool	case_bool(const struct value *object, const char *key, bool fallback);
int64_t	case_instant(const struct value *object, const char *key,
	    int64_t fallback);
/* An empty array when absent or null. */
const struct value	*case_list(const struct value *object,
			    const char *key);

#endif
