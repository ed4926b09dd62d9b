/* SPDX-License-Identifier: ISC */
#include "message/message_impl.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

struct message_templates *
message_templates_new(const char *fallback)
{
	struct message_templates	*set = calloc(1, sizeof(*set));

	if (set != NULL && l10n_is_tag(str_of(fallback)))
		(void)snprintf(set->fallback, sizeof(set->fallback), "%s",
		    fallback);
	return set;
}

void
message_templates_free(struct message_templates **set)
{
	if (*set == NULL)
		return;
	for (size_t i = 0; i < (*set)->count; i++)
		message_template_free(&(*set)->items[i]);
	free((*set)->items);
	free(*set);
	*set = NULL;
}

/* The place of name, or where it would be. */
static size_t
find_place(const struct message_templates *set, const char *name, bool *found)
{
	size_t	low = 0, high = set->count, middle;
	int	order;

	*found = false;
	while (low < high) {
		middle = low + (high - low) / 2;
		order = strcmp(set->items[middle]->name, name);
		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Takes tpl on success. */
static bool
put(struct message_templates *set, struct message_template *tpl,
    struct err *err)
{
	struct message_template	**items;
	bool			  found;
	size_t			  at = find_place(set, tpl->name, &found);

	if (found) {
		message_template_free(&set->items[at]);
		set->items[at] = tpl;
		return true;
	}
	if (set->count == set->room) {
		items = realloc(set->items,
		    (set->room * 2 + 64) * sizeof(*items));
		if (items == NULL)
			return err_nomem(err);
		set->items = items;
		set->room = set->room * 2 + 64;
	}
	memmove(set->items + at + 1, set->items + at,
	    (set->count - at) * sizeof(*set->items));
	set->items[at] = tpl;
	set->count++;
	return true;
}

static bool
add(struct message_templates *set, struct str name, const char *file,
    struct str body, struct message_findings *findings, struct err *err)
{
	struct message_template	*tpl;

	if (!message_template_new(name, file, body, findings, &tpl, err))
		return false;
	if (tpl != NULL && !put(set, tpl, err)) {
		message_template_free(&tpl);
		return false;
	}
	return true;
}

bool
message_templates_add(struct message_templates *set, struct str name,
    struct str body, struct message_findings *findings, struct err *err)
{
	char	*file = strndup(name.p, name.len);
	bool	 ok;

	if (file == NULL)
		return err_nomem(err);
	ok = add(set, name, file, body, findings, err);
	free(file);
	return ok;
}

static bool
read_all(const char *path, struct buf *out, struct err *err)
{
	char	 block[8192];
	FILE	*fp = fopen(path, "re");
	size_t	 n;
	bool	 ok;

	if (fp == NULL)
		return err_sys(err, "opening %s", path);
	while ((n = fread(block, 1, sizeof(block), fp)) > 0 &&
	    out->len <= MESSAGE_FILE_MAX)
		buf_add(out, block, n);
	ok = ferror(fp) == 0;
	(void)fclose(fp);
	return ok ? buf_check(out, err) : err_sys(err, "reading %s", path);
}

struct walk {
	struct message_templates	*set;
	struct message_findings		*findings;
	const char			*dir;
	struct err			*err;
};

/* Editors' copies, hidden files, and the build's list in a source tree. */
static bool
is_litter(const char *name)
{
	size_t	len = strlen(name);

	return name[0] == '.' || name[0] == '#' || name[len - 1] == '~' ||
	    str_ends(str_of(name), ".swp") || str_ends(str_of(name), ".am") ||
	    str_ends(str_of(name), ".orig");
}

static int
keep_name(const struct dirent *entry)
{
	return !is_litter(entry->d_name);
}

static bool
add_file(struct walk *walk, const char *name)
{
	char		path[1024];
	struct buf	body = BUF_INIT;
	bool		ok;

	if (snprintf(path, sizeof(path), "%s/%s", walk->dir, name) >=
	    (int)sizeof(path))
		return err_set(walk->err, ERR_INPUT, "%.200s: the name is too"
		    " long", name);
	ok = read_all(path, &body, walk->err) && add(walk->set, str_of(name),
	    path, buf_str(&body), walk->findings, walk->err);
	buf_fini(&body);
	return ok;
}

/* below is "" or a folder of the walk's. */
static bool
add_folder(struct walk *walk, const char *below)
{
	char		 path[1024], name[600];
	struct dirent	**entries;
	struct stat	 st;
	int		 count;
	bool		 ok = true;

	(void)snprintf(path, sizeof(path), "%s/%s", walk->dir, below);
	count = scandir(path, &entries, keep_name, alphasort);
	if (count < 0) {
		err_sys(walk->err, "reading the folder %s", path);
		walk->err->kind = errno == ENOMEM ? ERR_SYSTEM : ERR_INPUT;
		return false;
	}
	for (int i = 0; i < count; i++) {
		(void)snprintf(name, sizeof(name), "%.255s%s%.255s", below,
		    below[0] == '\0' ? "" : "/", entries[i]->d_name);
		(void)snprintf(path, sizeof(path), "%.400s/%s", walk->dir,
		    name);
		free(entries[i]);
		if (!ok || stat(path, &st) != 0)
			continue;
		if (S_ISREG(st.st_mode))
			ok = add_file(walk, name);
		else if (S_ISDIR(st.st_mode) && below[0] == '\0')
			ok = add_folder(walk, name);
	}
	free(entries);
	return ok;
}

bool
message_templates_load(struct message_templates *set, const char *dir,
    struct message_findings *findings, struct err *err)
{
	struct walk	walk = {set, findings, dir, err};

	return add_folder(&walk, "");
}

static void
describe(const struct message_template *tpl, struct message_template_info *out)
{
	*out = (struct message_template_info){.name = tpl->name,
	    .language = tpl->language, .step = tpl->step,
	    .channel = tpl->channel, .hash = tpl->hash, .body = tpl->bytes};
}

bool
message_templates_at(const struct message_templates *set, size_t i,
    struct message_template_info *out)
{
	if (i >= set->count)
		return false;
	describe(set->items[i], out);
	return true;
}

const struct message_template *
message_templates_find(const struct message_templates *set, const char *name)
{
	bool	found;
	size_t	at = find_place(set, name, &found);

	return found ? set->items[at] : NULL;
}

const struct message_template *
message_templates_part(const struct message_templates *set,
    const char *language, struct str part)
{
	const struct message_template	*tpl;
	struct l10n_chain		 chain;
	char				 name[160];

	if (part.len > 60)
		return NULL;
	l10n_chain(language, set->fallback, &chain);
	for (size_t i = 0; i < chain.count; i++) {
		(void)snprintf(name, sizeof(name), "%s/_%.*s.liquid",
		    chain.tags[i], STR_ARG(part));
		if ((tpl = message_templates_find(set, name)) != NULL)
			return tpl;
	}
	return NULL;
}

static const struct message_template *
pick(const struct message_templates *set, const struct l10n_chain *chain,
    const char *step, enum channel channel)
{
	const struct message_template	*tpl;
	char				 name[200];

	for (size_t i = 0; i < chain->count; i++) {
		(void)snprintf(name, sizeof(name), "%s/%.64s.%s.liquid",
		    chain->tags[i], step, channel_names[channel]);
		if ((tpl = message_templates_find(set, name)) != NULL)
			return tpl;
	}
	return NULL;
}

const struct message_template *
message_templates_pick(const struct message_templates *set, const char *step,
    enum channel channel, const char *language, const char *fallback)
{
	const struct message_template	*tpl;
	struct l10n_chain		 chain;

	l10n_chain(language, fallback, &chain);
	tpl = pick(set, &chain, step, channel);
	if (tpl != NULL)
		return tpl;
	l10n_chain(set->fallback, NULL, &chain);
	return pick(set, &chain, step, channel);
}

bool
message_template_for(const struct message_templates *set, const char *step,
    enum channel channel, const char *language, const char *creditor_language,
    struct message_template_info *out)
{
	const struct message_template	*tpl;

	tpl = message_templates_pick(set, step, channel, language,
	    creditor_language);
	if (tpl == NULL)
		return false;
	describe(tpl, out);
	return true;
}
