/* SPDX-License-Identifier: ISC */
/*
 * clock.h - the only place where the time of day is read.
 *
 * A program owns one clock and hands it to its loop and its log; everybody
 * else gets instants as values.  A virtual clock stands still until it is set.
 * Thread: a real clock any; a virtual one is written by the loop thread only.
 */
#ifndef DUNLIN_BASE_CLOCK_H
#define DUNLIN_BASE_CLOCK_H

#include "base/date.h"

#include <stdatomic.h>

struct clock {
	bool		is_virtual;
	_Atomic int64_t	now_ms;		/* virtual clocks only */
};

void	clock_init_real(struct clock *clock);
void	clock_init_virtual(struct clock *clock, int64_t now_ms);
int64_t	clock_now(const struct clock *clock);
/* Virtual clocks only; going back is refused and returns false. */
bool	clock_advance(struct clock *clock, int64_t now_ms);
/* Milliseconds that only go forward, for timeouts; always real. */
int64_t	clock_monotonic_ms(void);

#endif
