/* SPDX-License-Identifier: ISC */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>

struct str
str_of(const char *text)
{
	if (text == NULL)
		return (struct str){"", 0};
	return (struct str){text, strlen(text)};
}

bool
str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
str_is(struct str a, const char *text)
{
	return str_eq(a, str_of(text));
}

bool
str_starts(struct str a, const char *prefix)
{
	size_t	len = strlen(prefix);

	return a.len >= len && memcmp(a.p, prefix, len) == 0;
}

bool
str_ends(struct str a, const char *suffix)
{
	size_t	len = strlen(suffix);

	return a.len >= len && memcmp(a.p + a.len - len, suffix, len) == 0;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str
str_trim(struct str s)
{
	while (s.len > 0 && is_space(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && is_space(s.p[s.len - 1]))
		s.len--;
	return s;
}

void
buf_fini(struct buf *buf)
{
	free(buf->p);
	*buf = (struct buf)BUF_INIT;
}

void
buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->failed = false;
	if (buf->p != NULL)
		buf->p[0] = '\0';
}

bool
buf_ok(const struct buf *buf)
{
	return !buf->failed;
}

bool
buf_check(const struct buf *buf, struct err *err)
{
	return buf->failed ? err_nomem(err) : true;
}

bool
buf_reserve(struct buf *buf, size_t more)
{
	size_t	 cap = buf->cap == 0 ? 256 : buf->cap;
	char	*p;

	if (buf->failed)
		return false;
	if (more >= SIZE_MAX / 2 - buf->len) {
		buf->failed = true;
		return false;
	}
	if (buf->len + more < buf->cap)
		return true;
	while (cap <= buf->len + more)
		cap *= 2;
	if ((p = realloc(buf->p, cap)) == NULL) {
		buf->failed = true;
		return false;
	}
	buf->p = p;
	buf->cap = cap;
	return true;
}

void
buf_add(struct buf *buf, const char *bytes, size_t len)
{
	if (!buf_reserve(buf, len))
		return;
	if (len > 0)
		(void)memcpy(buf->p + buf->len, bytes, len);
	buf->len += len;
	buf->p[buf->len] = '\0';
}

void
buf_addc(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void
buf_adds(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_addstr(struct buf *buf, struct str s)
{
	buf_add(buf, s.p, s.len);
}

void
buf_addf(struct buf *buf, const char *fmt, ...)
{
	va_list	ap, again;
	int	len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	if (len < 0)
		buf->failed = true;
	else if (buf_reserve(buf, (size_t)len)) {
		(void)vsnprintf(buf->p + buf->len, (size_t)len + 1, fmt, again);
		buf->len += (size_t)len;
	}
	va_end(again);
	va_end(ap);
}

void
buf_addi(struct buf *buf, int64_t number)
{
	char		 digits[20];
	size_t		 at = sizeof(digits);
	uint64_t	 left = number < 0 ? -(uint64_t)number :
			    (uint64_t)number;

	do {
		digits[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (number < 0)
		buf_addc(buf, '-');
	buf_add(buf, digits + at, sizeof(digits) - at);
}

void
buf_truncate(struct buf *buf, size_t len)
{
	if (len < buf->len) {
		buf->len = len;
		buf->p[len] = '\0';
	}
}

struct str
buf_str(const struct buf *buf)
{
	return (struct str){buf->p == NULL ? "" : buf->p, buf->len};
}

const char *
buf_text(const struct buf *buf)
{
	return buf->p == NULL ? "" : buf->p;
}
