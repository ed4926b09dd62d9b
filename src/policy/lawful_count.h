/* SPDX-License-Identifier: ISC */
/*
 * lawful_count.h - what earlier contacts leave open: caps, gaps and locks at
 * one instant in one zone.
 *
 * A contact counts from one instant to another, which follow from the rule,
 * the zone and the contact alone.  Pure; thread: any.
 */
#ifndef DUNLIN_POLICY_LAWFUL_COUNT_H
#define DUNLIN_POLICY_LAWFUL_COUNT_H

#include "policy/calendar_impl.h"
#include "policy/lawful.h"

/* An instant as one zone sees it. */
struct lawful_local {
	const struct zone	*zone;
	int64_t			 ms;
	struct civil		 civil;
	int64_t			 asked_ms;	/* facts later than it are unknown */
};

/*
 * Each: true when the rule says no at that instant; *retry_ms then is the
 * first instant behind it at which this rule might say yes.
 */
bool	lawful_over_cap(const struct lawful_case *lawful, const struct cap *cap,
	    const struct lawful_local *at, int64_t *retry_ms);
bool	lawful_in_gap(const struct lawful_case *lawful, const struct cap *cap,
	    const struct lawful_local *at, int64_t *retry_ms);
bool	lawful_locked(const struct lawful_case *lawful,
	    const struct lawful_local *at, int64_t *retry_ms);

/* Is the rule in force at all for the case, on the local date? */
bool	lawful_cap_holds(const struct lawful_case *lawful,
	    const struct cap *cap, int32_t day);

/*
 * The first instant after `at` from which the rule counts a planned contact
 * that it does not count yet, or comes into force; TIME_NEVER for none.
 */
int64_t	lawful_tightens(const struct lawful_case *lawful,
	    const struct cap *cap, const struct lawful_local *at);

#endif
