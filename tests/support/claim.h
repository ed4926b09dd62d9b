/* SPDX-License-Identifier: ISC */
/* claim.h - claims as the daemon does: sound messages, else one suspect. */
#ifndef DUNLIN_TESTS_CLAIM_H
#define DUNLIN_TESTS_CLAIM_H

#include "store/store.h"

static inline bool
claim_some(struct store *store, enum channel channel, int64_t now_ms,
    int64_t epoch, size_t limit, struct arena *arena,
    struct store_claims *out, struct err *err)
{
	return store_claim(store, channel, now_ms, epoch, STORE_SOUND, limit,
	    arena, out, err) && (out->count > 0 || store_claim(store, channel,
	    now_ms, epoch, STORE_SUSPECT, 1, arena, out, err));
}

#endif
