/* SPDX-License-Identifier: ISC */
/*
 * store_snapshot.h - load persons as model/snapshot.h describes them.
 */
#ifndef DUNLIN_STORE_STORE_SNAPSHOT_H
#define DUNLIN_STORE_STORE_SNAPSHOT_H

#include "model/snapshot.h"
#include "store/store.h"

/*
 * count persons as known at as_of_ms, in a handful of queries for all of them
 * (64 to 512 at a time is a good count); out[i] belongs to person_ids[i], with
 * person_id 0 where there is no such person.  Everything is cut from the arena.
 *
 * For an as_of_ms in the past, facts, balances, holds, promises and disputes
 * are what was known then.  Items and notices are as far as their columns
 * remember: an item shows from the instant of its notice on, in its final
 * state (accepted items count from item.at, before that as open); one that
 * was later released or struck is missing throughout; messages show their
 * present state.  Not versioned at all: person.ref, creditor's feed time, an
 * address that bounced.
 */
bool	store_snapshots(struct store *store, const int64_t *person_ids,
	    size_t count, int64_t as_of_ms, struct arena *arena,
	    struct snapshot *out, struct err *err) MUST_CHECK;

#endif
