/* SPDX-License-Identifier: ISC */
/*
 * value.h - what a template works on.
 *
 * A value is 24 bytes and copied freely; arrays, objects and the bytes of
 * strings live in an arena (or wherever the caller keeps them) and must last
 * as long as the render.  Nothing changes a value that a template was given.
 * Rules of truth, equality, order and text are those of Shopify/liquid 5.13.
 * Thread: reading from any; building by one.
 */
#ifndef DUNLIN_LIQUID_VALUE_H
#define DUNLIN_LIQUID_VALUE_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdint.h>

enum liquid_type {
	LIQUID_NIL,
	LIQUID_BOOL,
	LIQUID_INT,
	LIQUID_FLOAT,
	LIQUID_BIG,		/* a whole number beyond int64; text holds it */
	LIQUID_STRING,
	LIQUID_ARRAY,
	LIQUID_OBJECT,
	LIQUID_RANGE,
	LIQUID_EMPTY,		/* the words `empty` and `blank` in a condition */
	LIQUID_BLANK,
	LIQUID_LAZY		/* asked for its attributes one by one */
};

struct liquid_array;		/* opaque */
struct liquid_object;		/* opaque */
struct liquid_value;

/* An object whose attributes are made when a template asks for them. */
struct liquid_ops {
	/*
	 * The attribute key of self, cut from arena; false when there is no
	 * such attribute.
	 */
	bool	(*get)(const void *self, struct str key, struct arena *arena,
		    struct liquid_value *out);
	/* The text of self in `{{ }}`; NULL: none. */
	void	(*text)(const void *self, struct buf *out);
	/* The attribute names, NULL-ended, for suggestions; NULL: none. */
	const char *const	*names;
};

struct liquid_range {
	int64_t	first;
	int64_t	last;
};

struct liquid_lazy {
	const struct liquid_ops	*ops;
	const void		*self;
};

struct liquid_value {
	enum liquid_type	type;
	bool			safe;	/* a string that is markup: not escaped */
	union {
		bool			 boolean;
		int64_t			 number;
		double			 real;
		struct str		 text;	/* STRING, BIG */
		struct liquid_array	*array;
		struct liquid_object	*object;
		struct liquid_range	 range;
		struct liquid_lazy	 lazy;
	} as;
};

struct liquid_value	liquid_nil(void);
struct liquid_value	liquid_bool(bool value);
struct liquid_value	liquid_int(int64_t value);
struct liquid_value	liquid_float(double value);
struct liquid_value	liquid_range(int64_t first, int64_t last);
struct liquid_value	liquid_lazy(const struct liquid_ops *ops,
			    const void *self);

/* The bytes are lent, not copied.  They need not be well-formed UTF-8. */
struct liquid_value	liquid_str(struct str text);
struct liquid_value	liquid_text(const char *text);	/* NULL gives nil */
struct liquid_value	liquid_safe(struct str markup);

/* A copy in the arena; nil when memory is out. */
struct liquid_value	liquid_str_copy(struct arena *arena, struct str text);

/*
 * A whole number of any size from its digits, with a sign perhaps; nil when
 * text is none or memory is out.
 */
struct liquid_value	liquid_digits(struct arena *arena, struct str text);

/* Empty ones; nil when memory is out (which push and set then report). */
struct liquid_value	liquid_array(struct arena *arena);
struct liquid_value	liquid_object(struct arena *arena);

/*
 * Adds an item at the end / sets a key, which is lent; a key that is there
 * keeps its place.  False when memory is out or when the value is no array
 * (object).  Copies of the value see the change.
 */
bool	liquid_array_push(struct arena *arena, struct liquid_value array,
	    struct liquid_value item) MUST_CHECK;
bool	liquid_object_set(struct arena *arena, struct liquid_value object,
	    struct str key, struct liquid_value item) MUST_CHECK;
/* The same with a NUL-ended key. */
bool	liquid_set(struct arena *arena, struct liquid_value object,
	    const char *key, struct liquid_value item) MUST_CHECK;

/* Items of an array, pairs of an object; 0 for everything else. */
size_t	liquid_count(struct liquid_value value);
/* Item i of an array; nil outside. */
struct liquid_value	liquid_at(struct liquid_value array, size_t i);
/* Pair i of an object, in the order in which the keys were set. */
bool	liquid_pair_at(struct liquid_value object, size_t i,
	    struct str *key_out, struct liquid_value *item_out);
/* The item under key; false when an object has none (or value is none). */
bool	liquid_get(struct liquid_value object, struct str key,
	    struct liquid_value *out);

/* Everything is true but nil and false. */
bool	liquid_truthy(struct liquid_value value);
/* `==`: 1 == 1.0, '1' != 1, arrays and objects by content. */
bool	liquid_equal(struct liquid_value a, struct liquid_value b);
/* The text that `{{ }}` writes, unescaped; arrays are joined. */
void	liquid_write(struct liquid_value value, struct buf *out);
/* The text as a filter sees it: arrays and objects as Ruby prints them. */
void	liquid_to_text(struct liquid_value value, struct buf *out);

#endif
