/* SPDX-License-Identifier: ISC */
/* store_act_impl.h - whom an act concerns, and what every act leaves. */
#ifndef DUNLIN_STORE_STORE_ACT_IMPL_H
#define DUNLIN_STORE_STORE_ACT_IMPL_H

#include "store/store_impl.h"

struct store_owner {
	int64_t	person_id;
	int64_t	customer_id;	/* 0 for a person */
};

/* ERR_INPUT: there is no such row. */
bool	store_owner(struct store *store, enum hold_scope scope,
	    int64_t subject_id, struct store_owner *out, struct err *err)
	    MUST_CHECK;

/* The leaf and the touch. */
bool	store_act_done(struct store *store, const struct store_act *act,
	    enum audit_event event, int64_t person_id, const char *detail,
	    int64_t touch_ms, struct err *err) MUST_CHECK;

#endif
