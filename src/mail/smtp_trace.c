/* SPDX-License-Identifier: ISC */
/*
 * smtp_trace.c - the dialogue as a person may see it.
 */
#include "mail/smtp_impl.h"

#include <strings.h>

/* Does the server wait for a name, a password, an answer to its challenge? */
static bool
is_asked(const struct smtp_wire *wire)
{
	return wire->last == SMTP_AUTH &&
	    wire->replies[SMTP_AUTH].code / 100 == 3;
}

static void
show_ours(const struct smtp_options *options, const struct smtp_wire *wire,
    struct str line)
{
	char	shown[64];
	size_t	word = 5;

	if (is_asked(wire)) {
		options->trace(options->trace_arg, true, STR("..."));
		return;
	}
	if (line.len < 5 || strncasecmp(line.p, "AUTH ", 5) != 0) {
		options->trace(options->trace_arg, true, line);
		return;
	}
	while (word < line.len && line.p[word] != ' ')
		word++;
	(void)snprintf(shown, sizeof(shown), "%.*s%s",
	    (int)(word < 40 ? word : 40), line.p, word < line.len ? " ..." :
	    "");
	options->trace(options->trace_arg, true, str_of(shown));
}

void
smtp_trace(const struct smtp_options *options, const struct smtp_wire *wire,
    bool is_ours, struct str bytes)
{
	const char	*end;
	struct str	 line;

	while (options->trace != NULL && bytes.len > 0) {
		end = memchr(bytes.p, '\n', bytes.len);
		line = (struct str){bytes.p, end == NULL ? bytes.len :
		    (size_t)(end - bytes.p)};
		bytes.p += line.len + (end != NULL);
		bytes.len -= line.len + (end != NULL);
		if (line.len > 0 && line.p[line.len - 1] == '\r')
			line.len--;
		if (is_ours)
			show_ours(options, wire, line);
		else
			options->trace(options->trace_arg, false, line);
	}
}
