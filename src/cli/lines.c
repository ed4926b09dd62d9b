/* SPDX-License-Identifier: ISC */
#include "cli/lines.h"

#include <errno.h>

void
lines_begin(struct lines *lines, struct str text)
{
	*lines = (struct lines){text, 0};
}

bool
lines_next(struct lines *lines, struct str *out)
{
	while (lines->rest.len > 0) {
		const char	*end = memchr(lines->rest.p, '\n',
				    lines->rest.len);
		size_t		 len = end == NULL ? lines->rest.len :
				    (size_t)(end - lines->rest.p);
		struct str	 line = str_trim((struct str){lines->rest.p,
				    len});

		len += end != NULL;
		lines->rest.p += len;
		lines->rest.len -= len;
		lines->number++;
		if (line.len > 0) {
			*out = line;
			return true;
		}
	}
	return false;
}

size_t
lines_count(struct str text)
{
	size_t	count = 1;

	for (size_t i = 0; i < text.len; i++)
		count += text.p[i] == '\n';
	return count;
}

bool
lines_read(struct lines_in *in, FILE *fp, struct str *out)
{
	ssize_t	len;

	errno = 0;
	if ((len = getline(&in->p, &in->cap, fp)) < 0)
		return false;
	in->number++;
	*out = (struct str){in->p, (size_t)len};
	if (out->len > 0 && in->p[out->len - 1] == '\n')
		out->len--;
	if (out->len > 0 && in->p[out->len - 1] == '\r')
		out->len--;
	return true;
}

bool
lines_close(struct lines_in *in, FILE *fp, struct err *err)
{
	bool	ok = feof(fp) != 0;

	if (!ok)
		err_sys(err, "reading line %zu", in->number + 1);
	free(in->p);
	*in = (struct lines_in)LINES_IN_INIT;
	return ok;
}

bool
lines_calendars(struct cli *cli, struct calendars **out, struct err *err)
{
	struct buf	findings = BUF_INIT;
	char		*dir = arena_printf(cli->arena, "%s/conf/calendars",
			    cli_datadir());
	bool		ok;

	if (dir == NULL)
		return err_nomem(err);
	ok = calendars_load(dir, out, &findings, err);
	if (findings.len > 0)
		(void)fwrite(findings.p, 1, findings.len, stderr);
	buf_fini(&findings);
	return ok;
}
