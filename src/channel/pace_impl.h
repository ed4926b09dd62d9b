/* SPDX-License-Identifier: ISC */
/* pace_impl.h - what the files of pace share. */
#ifndef DUNLIN_CHANNEL_PACE_IMPL_H
#define DUNLIN_CHANNEL_PACE_IMPL_H

#include "base/date.h"
#include "channel/pace.h"

/* The longest that anything may hold a route, its jitter included. */
#define PACE_HOLD_MAX_MS	(6 * HOUR_MS)

/* Brings the factor of the rate up to now: 5 % of the whole a minute. */
void	pace_recover(struct pace *pace, int64_t now_ms);

/* A clock that jumped back must not hold the route for longer than it may. */
void	pace_steady(struct pace *pace, int64_t now_ms);

/* 64 bits that differ with every bit of what goes in. */
uint64_t	pace_mix(uint64_t number);

#endif
