/* SPDX-License-Identifier: ISC */
#include "message/message_impl.h"

#include <stdarg.h>

static bool
grow(struct message_findings *findings)
{
	size_t			 room = findings->room * 2 + 16;
	struct message_finding	*items;

	if (findings->count < findings->room)
		return true;
	items = arena_array(findings->arena, room, sizeof(*items));
	if (items == NULL)
		return false;
	if (findings->count > 0)
		memcpy(items, findings->items,
		    findings->count * sizeof(*items));
	findings->items = items;
	findings->room = room;
	return true;
}

static bool
is_same(const struct message_finding *a, struct message_place at,
    const char *text)
{
	return a->line == at.line && a->column == at.column &&
	    strcmp(a->file, at.file) == 0 && strcmp(a->text, text) == 0;
}

bool
message_find(struct message_findings *findings, struct message_place at,
    bool warning, const char *fmt, ...)
{
	char	 text[600];
	va_list	 ap;
	char	*kept, *file;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* the same fault is met by every boundary customer: said once */
	for (size_t i = 0; i < findings->count; i++) {
		if (is_same(&findings->items[i], at, text))
			return true;
	}
	kept = arena_strdup(findings->arena, text);
	file = arena_strdup(findings->arena, at.file);
	if (kept == NULL || file == NULL || !grow(findings))
		return false;
	findings->items[findings->count++] = (struct message_finding){
		.file = file, .line = at.line, .column = at.column,
		.warning = warning, .text = kept};
	findings->errors += !warning;
	return true;
}

/* Digits and a colon; -1 when it is not that. */
static int
number_before_colon(const char **p)
{
	int	n = 0;

	if (**p < '0' || **p > '9')
		return -1;
	for (; **p >= '0' && **p <= '9' && n < 100000000; (*p)++)
		n = n * 10 + (**p - '0');
	if (**p != ':')
		return -1;
	(*p)++;
	return n;
}

bool
message_find_err(struct message_findings *findings, const char *file,
    const struct err *err)
{
	const char	*p = err->text, *colon;
	char		 name[256];
	int		 line, column;

	/* "file:line:column: text"; the file may be a part of another's */
	for (colon = strchr(p, ':'); colon != NULL;
	    colon = strchr(colon + 1, ':')) {
		p = colon + 1;
		if ((line = number_before_colon(&p)) <= 0 ||
		    (column = number_before_colon(&p)) < 0)
			continue;
		(void)snprintf(name, sizeof(name), "%.*s",
		    (int)(colon - err->text), err->text);
		return message_find(findings, (struct message_place){name,
		    line, column}, false, "%s", p + (*p == ' '));
	}
	return message_find(findings, (struct message_place){file, 0, 0},
	    false, "%s", err->text);
}

void
message_findings_print(const struct message_findings *findings,
    struct buf *out)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct message_finding	*f = &findings->items[i];

		buf_adds(out, f->file);
		if (f->line > 0)
			buf_addf(out, ":%d:%d", f->line, f->column);
		buf_addf(out, ": %s%s\n", f->warning ? "warning: " : "",
		    f->text);
	}
}
