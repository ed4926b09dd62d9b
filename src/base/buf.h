/* SPDX-License-Identifier: ISC */
/*
 * buf.h - bytes that grow, and views of bytes.
 *
 * A buf that runs out of memory remembers it: later additions do nothing and
 * buf_ok answers false, so a writer checks once, at the end.  Thread: one at
 * a time.
 */
#ifndef DUNLIN_BASE_BUF_H
#define DUNLIN_BASE_BUF_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* A view: bytes that somebody else owns, not ended by NUL. */
struct str {
	const char	*p;
	size_t		 len;
};

#define STR(literal)	((struct str){(literal), sizeof(literal) - 1})
#define STR_ARG(s)	(int)(s).len, (s).p	/* for "%.*s" */

struct str	str_of(const char *text);	/* NULL gives an empty view */
bool	str_eq(struct str a, struct str b);
bool	str_is(struct str a, const char *text);
bool	str_starts(struct str a, const char *prefix);
bool	str_ends(struct str a, const char *suffix);
struct str	str_trim(struct str s);		/* ASCII white space, both ends */

struct buf {
	char	*p;		/* NUL behind len bytes, once anything was added */
	size_t	 len;
	size_t	 cap;
	bool	 failed;
};

#define BUF_INIT	{NULL, 0, 0, false}

void	buf_fini(struct buf *buf);
void	buf_clear(struct buf *buf);	/* empties, keeps memory and forgets a failure */
bool	buf_ok(const struct buf *buf);
bool	buf_check(const struct buf *buf, struct err *err) MUST_CHECK;	/* err_nomem if not ok */
bool	buf_reserve(struct buf *buf, size_t more);
void	buf_add(struct buf *buf, const char *bytes, size_t len);
void	buf_addc(struct buf *buf, char c);
void	buf_adds(struct buf *buf, const char *text);
void	buf_addstr(struct buf *buf, struct str s);
void	buf_addf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
void	buf_addi(struct buf *buf, int64_t number);	/* decimal, fast */
void	buf_truncate(struct buf *buf, size_t len);
struct str	buf_str(const struct buf *buf);
const char	*buf_text(const struct buf *buf);	/* "" when empty */

#endif
