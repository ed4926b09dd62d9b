/* SPDX-License-Identifier: ISC */
/* What commands read: files, references, the data folder. */
#include "cli/cli.h"

#include <errno.h>
#include <unistd.h>

bool
cli_read_file(struct cli *cli, const char *path, size_t max, struct str *out,
    struct err *err)
{
	bool		 is_stdin = strcmp(path, "-") == 0;
	FILE		*fp = is_stdin ? stdin : fopen(path, "re");
	struct buf	 all = BUF_INIT;
	char		 part[65536];
	size_t		 got;
	char		*copy;
	bool		 ok = false;

	if (fp == NULL)
		return err_sys(err, "opening %s", path);
	while (all.len <= max && (got = fread(part, 1, sizeof(part), fp)) > 0)
		buf_add(&all, part, got);
	if (ferror(fp))
		err_sys(err, "reading %s", path);
	else if (all.len > max)
		err_set(err, ERR_INPUT, "%s is larger than %zu bytes", path,
		    max);
	else if (!buf_ok(&all) || (copy = arena_copy(cli->arena,
	    buf_text(&all), all.len)) == NULL)
		err_nomem(err);
	else {
		*out = (struct str){copy, all.len};
		ok = true;
	}
	if (!is_stdin)
		(void)fclose(fp);
	buf_fini(&all);
	return ok;
}

static const char *const	ref_kind_names[] = {
	"person", "customer", "invoice", "notice", NULL};

static void
list_choices(const struct store_refs *refs, unsigned kinds, struct err *err)
{
	struct buf	text = BUF_INIT;

	for (size_t i = 0; i < refs->count; i++) {
		const struct store_ref	*ref = &refs->items[i];

		if ((kinds & 1u << ref->kind) != 0)
			buf_addf(&text, "\n  %s %s%s%s",
			    ref_kind_names[ref->kind], ref->ref,
			    ref->creditor[0] == '\0' ? "" : " of creditor ",
			    ref->creditor);
	}
	(void)err_set(err, ERR_INPUT, "several match; say which one with"
	    " --creditor:%s", buf_text(&text));
	buf_fini(&text);
}

static void
list_kinds(unsigned kinds, struct buf *out)
{
	for (int kind = 0; ref_kind_names[kind] != NULL; kind++) {
		if ((kinds & 1u << kind) != 0)
			buf_addf(out, "%s%s", out->len == 0 ? "" : " or ",
			    ref_kind_names[kind]);
	}
}

bool
cli_find(struct cli *cli, const char *ref, const char *creditor,
    unsigned kinds, struct store_ref *out, struct err *err)
{
	struct store_refs	refs;
	struct buf		wanted = BUF_INIT;
	size_t			found = 0;

	if (!store_find(cli->store, ref, creditor, cli->arena, &refs, err))
		return false;
	for (size_t i = 0; i < refs.count; i++) {
		if ((kinds & 1u << refs.items[i].kind) == 0)
			continue;
		if (found++ == 0)
			*out = refs.items[i];
	}
	if (found == 1)
		return true;
	if (found > 1) {
		list_choices(&refs, kinds, err);
		return false;
	}
	list_kinds(kinds, &wanted);
	(void)err_set(err, ERR_INPUT, "no %s is called \"%s\"%s%s",
	    buf_text(&wanted), ref, creditor == NULL ? "" : " at creditor ",
	    creditor == NULL ? "" : creditor);
	buf_fini(&wanted);
	return false;
}

const char *
cli_datadir(void)
{
	const char	*said = getenv("DUNLIN_DATADIR");

	if (said != NULL && said[0] != '\0')
		return said;
	if (access(DUNLIN_DATADIR "/conf/calendars", R_OK) == 0)
		return DUNLIN_DATADIR;
	return DUNLIN_SRCDIR;
}
