/* SPDX-License-Identifier: ISC */
/*
 * filter.h - what the standard filters share.  Private to liquid.
 *
 * A filter of the original is a row of a table; each says false with the
 * original's own words.
 */
#ifndef DUNLIN_LIQUID_FILTER_H
#define DUNLIN_LIQUID_FILTER_H

#include "liquid/render.h"

#define FILTER_END	{NULL, NULL, NULL, 0, 0}

/* Argument i; nil when it was not given. */
struct liquid_value	filter_arg(const struct liquid_call *call, size_t i);
/* As text, as Ruby's to_s has it. */
bool	filter_text(const struct liquid_call *call, struct liquid_value value,
	    struct str *out, struct err *err) MUST_CHECK;
/* Says false when a text of size bytes would be above the limits. */
bool	filter_fits(const struct liquid_call *call, size_t size,
	    struct err *err) MUST_CHECK;
/* The same for size bytes of working memory. */
bool	filter_memory(const struct liquid_call *call, size_t size,
	    struct err *err) MUST_CHECK;
/* Room for size bytes within the limits. */
bool	filter_room(const struct liquid_call *call, size_t size, char **out,
	    struct err *err) MUST_CHECK;
/* The text in buf becomes the result; buf is given back. */
bool	filter_return(const struct liquid_call *call, struct buf *buf,
	    struct liquid_value *out, struct err *err) MUST_CHECK;
/* The array that the input is: flat, one item, or none. */
bool	filter_list(const struct liquid_call *call, struct liquid_value input,
	    struct liquid_value *out, struct err *err) MUST_CHECK;
bool	filter_new_list(const struct liquid_call *call,
	    struct liquid_value *out, struct err *err) MUST_CHECK;
bool	filter_push(const struct liquid_call *call, struct liquid_value list,
	    struct liquid_value item, struct err *err) MUST_CHECK;
/*
 * item[property].  *gone when the item has no such operation: then the whole
 * filter gives nil.
 */
bool	filter_property(const struct liquid_call *call,
	    struct liquid_value item, struct liquid_value property,
	    struct liquid_value *out, bool *gone, struct err *err) MUST_CHECK;

#endif
