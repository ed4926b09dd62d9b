/* SPDX-License-Identifier: ISC */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>

/* strerror is not thread-safe; this is GNU's strerror_r. */
static void
add_errno(struct err *err, int code)
{
	size_t	len = strlen(err->text);
	char	why[100];

	(void)snprintf(err->text + len, sizeof(err->text) - len, ": %s",
	    strerror_r(code, why, sizeof(why)));
}

bool
err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	va_list	ap;

	err->kind = kind;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return false;
}

bool
err_sys(struct err *err, const char *fmt, ...)
{
	int	code = errno;
	va_list	ap;

	err->kind = ERR_SYSTEM;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	add_errno(err, code);
	return false;
}

bool
err_in(struct err *err, const char *fmt, ...)
{
	char	old[sizeof(err->text)];
	size_t	len;
	va_list	ap;

	(void)memcpy(old, err->text, sizeof(old));
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	(void)snprintf(err->text + len, sizeof(err->text) - len, ": %s", old);
	return false;
}

bool
err_nomem(struct err *err)
{
	return err_set(err, ERR_SYSTEM, "out of memory");
}
