/* SPDX-License-Identifier: ISC */
/*
 * desk_impl.h - what the files of this module share.
 */
#ifndef DUNLIN_DESK_DESK_IMPL_H
#define DUNLIN_DESK_DESK_IMPL_H

#include "desk/desk.h"

/* The store's form of decided notices, cut from arena. */
bool	desk_new_notices(const struct decision *decision, struct arena *arena,
	    struct store_new_notice **out, struct err *err) MUST_CHECK;

const struct snap_customer *desk_customer(const struct snapshot *snap,
	    int64_t customer_id);

#endif
