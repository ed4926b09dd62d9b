/* SPDX-License-Identifier: ISC */
/*
 * pointer.h - places in JSON: RFC 6901, and `*` for every element of an array
 * or member of an object: "/messages/0/id", "/messages/ * /status" without the blanks.
 *
 * Pure; thread: any.
 */
#ifndef DUNLIN_MODEL_POINTER_H
#define DUNLIN_MODEL_POINTER_H

#include "model/value.h"

/* ERR_INPUT: it does not begin with "/", or has a "~" that means nothing. */
bool	pointer_check(const char *pointer, struct err *err) MUST_CHECK;

/*
 * All that a good pointer means in root, in order; the first room of them
 * into out.  The number found, which may be more than room.
 */
size_t	pointer_find(const struct value *root, const char *pointer,
	    const struct value **out, size_t room);

#endif
