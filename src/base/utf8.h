/* SPDX-License-Identifier: ISC */
/*
 * utf8.h - Unicode text as bytes (RFC 3629).  Pure; thread: any.
 */
#ifndef DUNLIN_BASE_UTF8_H
#define DUNLIN_BASE_UTF8_H

#include "base/buf.h"

#include <stdint.h>

#define UTF8_BAD	UINT32_MAX

/*
 * The code point at s, whose view moves behind it; UTF8_BAD for an ill-formed
 * sequence (overlong, surrogate, above U+10FFFF, cut), skipping one byte.
 * s->len must not be 0.
 */
uint32_t	utf8_next(struct str *s);

/* Offset of the first ill-formed byte; s.len when all is well. */
size_t	utf8_check(struct str s);

void	utf8_add(struct buf *out, uint32_t point);

/* Code points in well-formed text. */
size_t	utf8_length(struct str s);

/* Latin-1 (windows-1252 in 0x80-0x9f) to UTF-8. */
void	utf8_from_latin1(struct buf *out, struct str s);

/*
 * Text as people and wires may see it: C0 and C1 controls, U+2028, U+2029 and
 * DEL go, except that with keep_lines LF stays (CR LF and CR become LF);
 * without it a line break becomes one space.  Ill-formed bytes become U+FFFD.
 */
void	utf8_clean(struct buf *out, struct str s, bool keep_lines);

/*
 * For comparing what people typed: lower case and without accents for Latin
 * letters, white space runs as one space, none at the ends.
 */
void	utf8_fold(struct buf *out, struct str s);

#endif
