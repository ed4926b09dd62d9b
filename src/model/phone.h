/* SPDX-License-Identifier: ISC */
/*
 * phone.h - telephone numbers as people write them, to E.164 (ITU-T E.164).
 *
 * A table of numbering plans for the countries that we ship law for; what the
 * table is not sure of is refused with the reason.  Pure; thread: any.
 */
#ifndef DUNLIN_MODEL_PHONE_H
#define DUNLIN_MODEL_PHONE_H

#include "base/buf.h"

/*
 * text as typed, country the ISO 3166 code that applies when there is no
 * international prefix ("" = none known).  *out gets "+" and up to 15 digits.
 * mobile asks for a number that can take SMS where the plan can tell.
 */
bool	phone_parse(struct str text, const char *country, bool mobile,
	    struct buf *out, struct err *err) MUST_CHECK;

#endif
