/* SPDX-License-Identifier: ISC */
/*
 * value.h - JSON read into an arena: the only reader of JSON (jansson's home).
 *
 * Keys keep their order.  Numbers keep their kind: a whole number that fits
 * int64_t is an int, everything else a double with its text.  Thread: any.
 */
#ifndef DUNLIN_MODEL_VALUE_H
#define DUNLIN_MODEL_VALUE_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdint.h>

enum value_kind { VALUE_NULL, VALUE_BOOL, VALUE_INT, VALUE_REAL, VALUE_STRING,
	VALUE_ARRAY, VALUE_OBJECT };

struct value {
	enum value_kind		 kind;
	bool			 boolean;
	int64_t			 integer;
	double			 real;
	struct str		 string;	/* NUL behind it; may hold NUL */
	size_t			 count;		/* array and object */
	const struct value	*items;		/* count values */
	const struct str	*keys;		/* object: count keys */
};

/*
 * One JSON text (RFC 8259), lent by the arena.  ERR_INPUT names line, column
 * and what is wrong; duplicate keys and nesting over 200 are refused.
 */
bool	value_parse(struct str text, struct arena *arena, struct value *out,
	    struct err *err) MUST_CHECK;

/* The member of an object; NULL when absent or not an object. */
const struct value	*value_get(const struct value *object, const char *key);

/* Writes it as compact JSON. */
void	value_write(const struct value *value, struct buf *out);

#endif
