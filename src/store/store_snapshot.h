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
 * are what was known then.  Items and notices remember only their last change:
 * before it (item.at, notice.accepted_at or ended_at) an item shows as open
 * from the decision of its notice on, also one that was released or struck
 * later; an item that was in doubt before it was accepted shows as open then.
 * Messages of such a notice show their present state.  Not versioned at all:
 * person.ref, the creditor's feed time, instalment.amount.
 */
bool	store_snapshots(struct store *store, const int64_t *person_ids,
	    size_t count, int64_t as_of_ms, struct arena *arena,
	    struct snapshot *out, struct err *err) MUST_CHECK;

#endif
