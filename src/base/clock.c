/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

static int64_t
read_ms(clockid_t id)
{
	struct timespec	ts;

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * SECOND_MS + ts.tv_nsec / 1000000;
}

void
clock_init_real(struct clock *clock)
{
	clock->is_virtual = false;
	atomic_init(&clock->now_ms, 0);
}

void
clock_init_virtual(struct clock *clock, int64_t now_ms)
{
	clock->is_virtual = true;
	atomic_init(&clock->now_ms, now_ms);
}

int64_t
clock_now(const struct clock *clock)
{
	return clock->is_virtual ? atomic_load(&clock->now_ms) :
	    read_ms(CLOCK_REALTIME);
}

bool
clock_advance(struct clock *clock, int64_t now_ms)
{
	if (!clock->is_virtual || now_ms < atomic_load(&clock->now_ms))
		return false;
	atomic_store(&clock->now_ms, now_ms);
	return true;
}

int64_t
clock_monotonic_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}
