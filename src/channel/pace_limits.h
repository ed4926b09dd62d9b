/* SPDX-License-Identifier: ISC */
/*
 * pace_limits.h - how fast a route may go, as its settings say (pace.h keeps
 * to them).
 */
#ifndef DUNLIN_CHANNEL_PACE_LIMITS_H
#define DUNLIN_CHANNEL_PACE_LIMITS_H

#include "conf/conf.h"

struct pace_breaker {
	int64_t	failures;		/* in a row */
	int64_t	seconds;		/* open for at first; k * k times that */
};

/* The group `limits` of a route. */
struct pace_limits {
	double	per_second;		/* 0: no limit */
	int64_t	burst;
	int64_t	per_recipient_s;	/* 0: no space */
	int64_t	concurrency;		/* 0: what the route's sessions take */
	struct pace_breaker breaker;
};

extern const struct conf_row	pace_rows[];	/* into struct pace_limits */
extern const struct pace_limits	pace_defaults;	/* those of the rows */

#endif
