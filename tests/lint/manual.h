/* SPDX-License-Identifier: ISC */
/*
 * manual.h - a manual page as lines, for the tests that hold it to the code.
 */
#ifndef DUNLIN_LINT_MANUAL_H
#define DUNLIN_LINT_MANUAL_H

#include "base/buf.h"

#include <stdlib.h>

/* The whole page; it is small and lives until the program ends. */
static inline const char *
manual_read(const char *name)
{
	static char	 text[262144];
	char		 path[4096];
	FILE		*fp;
	size_t		 len;

	(void)snprintf(path, sizeof(path), "%s/doc/%s", DUNLIN_SRCDIR, name);
	if ((fp = fopen(path, "re")) == NULL) {
		(void)fprintf(stderr, "%s cannot be opened\n", path);
		exit(1);
	}
	len = fread(text, 1, sizeof(text) - 1, fp);
	(void)fclose(fp);
	text[len] = '\0';
	return text;
}

/* Behind `.Ss NAME` up to the next .Ss or .Sh; p NULL when it is not there. */
static inline struct str
manual_section(const char *page, const char *name)
{
	char		 head[256];
	const char	*from, *ss, *sh, *end;

	(void)snprintf(head, sizeof(head), "\n.Ss %s\n", name);
	if ((from = strstr(page, head)) == NULL)
		return (struct str){NULL, 0};
	from += strlen(head);
	ss = strstr(from, "\n.Ss ");
	sh = strstr(from, "\n.Sh ");
	end = from + strlen(from);
	if (ss != NULL && ss < end)
		end = ss;
	if (sh != NULL && sh < end)
		end = sh;
	/* the line end before the next heading belongs to the section */
	return (struct str){from, (size_t)(end - from) + (*end != '\0')};
}

/* Where text begins in s; NULL when it is not there. */
static inline const char *
manual_find(struct str s, const char *text)
{
	return memmem(s.p, s.len, text, strlen(text));
}

/* How often a line of s begins with text. */
static inline size_t
manual_count(struct str s, const char *text)
{
	size_t	len = strlen(text), n = 0;

	for (size_t i = 0; i + len <= s.len; i++) {
		if ((i == 0 || s.p[i - 1] == '\n') &&
		    memcmp(s.p + i, text, len) == 0)
			n++;
	}
	return n;
}

#endif
