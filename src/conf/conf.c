/* SPDX-License-Identifier: ISC */
#include "conf/conf_impl.h"

struct conf *
conf_new(struct arena *arena)
{
	struct conf	*conf = arena_alloc(arena, sizeof(*conf));

	if (conf != NULL)
		conf->arena = arena;
	return conf;
}

static size_t
slot_of(const struct conf *conf, const void *field)
{
	uint64_t	h = (uint64_t)(uintptr_t)field *
			    UINT64_C(0x9e3779b97f4a7c15);
	size_t		i = (size_t)(h >> 32) & (conf->cap_known - 1);

	while (conf->known[i].field != NULL && conf->known[i].field != field)
		i = (i + 1) & (conf->cap_known - 1);
	return i;
}

static bool
grow(struct conf *conf)
{
	struct known	*old = conf->known;
	size_t		old_cap = conf->cap_known, i;
	size_t		cap = old_cap == 0 ? 256 : old_cap * 2;
	struct known	*known = arena_array(conf->arena, cap, sizeof(*known));

	if (known == NULL) {
		conf->nomem = true;
		return false;
	}
	conf->known = known;
	conf->cap_known = cap;
	for (i = 0; i < old_cap; i++) {
		if (old[i].field != NULL)
			known[slot_of(conf, old[i].field)] = old[i];
	}
	return true;
}

/* A group and its first member share an address: the member has it. */
void
conf_know(struct conf *conf, const void *field, struct conf_pos at,
    bool given, bool group)
{
	struct known	*known;

	if (conf->n_known * 2 >= conf->cap_known && !grow(conf))
		return;
	known = &conf->known[slot_of(conf, field)];
	if (known->field == NULL)
		conf->n_known++;
	else if (group && !known->group)
		return;
	*known = (struct known){field, at, given, group};
}

static const struct known *
find(const struct conf *conf, const void *field)
{
	const struct known	*known;

	if (conf->cap_known == 0 || field == NULL)
		return NULL;
	known = &conf->known[slot_of(conf, field)];
	return known->field == NULL ? NULL : known;
}

struct conf_pos
conf_at(const struct conf *conf, const void *field)
{
	const struct known	*known = find(conf, field);

	return known == NULL ? (struct conf_pos){NULL, 0, 0} : known->at;
}

bool
conf_is_given(const struct conf *conf, const void *field)
{
	const struct known	*known = find(conf, field);

	return known != NULL && known->given;
}

struct arena *
conf_arena(const struct conf *conf)
{
	return conf->arena;
}

struct hash
conf_hash(const struct conf *conf)
{
	return conf->hash;
}

const char *const *
conf_files(const struct conf *conf, size_t *count)
{
	*count = conf->n_files;
	return conf->names;
}

/*
 * Names without the directory of the main file, so that the hash is the same
 * from wherever a program is started.
 */
static bool
make_hash(struct conf *conf, struct err *err)
{
	struct str	*pieces = arena_array(conf->arena, conf->n_files * 3,
			    sizeof(*pieces));
	const char	*slash, *main_name;
	size_t		i, n = 0, dir;

	conf->names = arena_array(conf->arena, conf->n_files + 1,
	    sizeof(char *));
	if (pieces == NULL || conf->names == NULL)
		return err_nomem(err);
	main_name = conf->n_files > 0 ? conf->files[0]->name : "";
	slash = strrchr(main_name, '/');
	dir = slash == NULL ? 0 : (size_t)(slash - main_name) + 1;
	for (i = 0; i < conf->n_files; i++) {
		const struct conf_file	*file = conf->files[i];
		bool			under = strncmp(file->name, main_name,
					    dir) == 0;
		char			*len;

		conf->names[i] = file->name;
		len = arena_printf(conf->arena, "%c%zu:", '\n', file->len);
		if (len == NULL)
			return err_nomem(err);
		pieces[n++] = str_of(file->name + (under ? dir : 0));
		pieces[n++] = str_of(len);
		pieces[n++] = (struct str){file->text, file->len};
	}
	if (!hash_pieces(pieces, n, &conf->hash))
		return err_set(err, ERR_SYSTEM, "hashing the config");
	return true;
}

static bool
load(struct conf *conf, const char *path, const struct str *text,
    const struct conf_section *sections, size_t count, struct err *err)
{
	struct node	*root = conf_file_tree(conf, path, text);

	if (root != NULL)
		conf_fill(conf, sections, count, root,
		    (struct conf_pos){conf->files[0]->name, 0, 0});
	if (conf->nomem)
		return err_nomem(err);
	return make_hash(conf, err) && conf_ok(conf, err);
}

bool
conf_load(struct conf *conf, const char *path,
    const struct conf_section *sections, size_t count, struct err *err)
{
	return load(conf, path, NULL, sections, count, err);
}

bool
conf_load_text(struct conf *conf, const char *path, struct str text,
    const struct conf_section *sections, size_t count, struct err *err)
{
	return load(conf, path, &text, sections, count, err);
}
