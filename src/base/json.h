/* SPDX-License-Identifier: ISC */
/*
 * json.h - writing JSON (RFC 8259), one object a line.
 *
 *	json_open(out, '{');
 *	json_key(out, "at");	json_str(out, STR("2026-11-21T10:00:00Z"));
 *	json_close(out, '}');
 *
 * Commas are set by looking at the last byte written, so no state is kept.
 * Control characters are escaped; ill-formed UTF-8 becomes U+FFFD.
 */
#ifndef DUNLIN_BASE_JSON_H
#define DUNLIN_BASE_JSON_H

#include "base/buf.h"

#include <stdint.h>

void	json_open(struct buf *out, char bracket);	/* '{' or '[' */
void	json_close(struct buf *out, char bracket);	/* '}' or ']' */
void	json_key(struct buf *out, const char *name);
void	json_str(struct buf *out, struct str value);
void	json_text(struct buf *out, const char *value);	/* NULL gives null */
void	json_int(struct buf *out, int64_t value);
void	json_bool(struct buf *out, bool value);
void	json_nil(struct buf *out);
/* value is JSON already */
void	json_raw(struct buf *out, struct str value);

/* A string with its quotes, and nothing before it. */
void	json_quote(struct buf *out, struct str value);

#endif
