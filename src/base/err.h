/* SPDX-License-Identifier: ISC */
/*
 * err.h - the one way in which a function says that it failed, and why.
 *
 * A function that can fail returns bool and takes a struct err last, owned by
 * the caller.  On false the kind tells the caller what to do and the text
 * tells a person what happened; on true the struct is untouched.  No
 * allocation, no hidden lifetime.  Thread: any.
 */
#ifndef DUNLIN_BASE_ERR_H
#define DUNLIN_BASE_ERR_H

#include <stdbool.h>

#define MUST_CHECK	 __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

enum err_kind {
	ERR_NONE,
	ERR_INPUT,		/* the input is wrong: never retry as it is */
	ERR_REFUSED,		/* the other side's final no */
	ERR_LATER,		/* try again later */
	ERR_UNSURE,		/* the effect may have happened */
	ERR_SYSTEM		/* memory, disk, a broken installation */
};

struct err {
	enum err_kind	kind;
	char		text[480];
};

/* All three return false, so that a caller can say `return err_set(...)`. */
bool	err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
	    PRINTF_LIKE(3, 4);

/* As err_set with ERR_SYSTEM, ": " and the text of errno added. */
bool	err_sys(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Puts "context: " before the text and keeps the kind. */
bool	err_in(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ERR_SYSTEM, "out of memory". */
bool	err_nomem(struct err *err);

#endif
