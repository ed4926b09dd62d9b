/* SPDX-License-Identifier: ISC */
#include "cli/cli_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_MAX	((size_t)16 * 1024 * 1024)
#define COPY_DEPTH	8

bool
cli_make_dirs(struct arena *arena, const char *path, struct err *err)
{
	char		*copy = arena_strdup(arena, path);
	struct stat	 st;

	if (copy == NULL)
		return err_nomem(err);
	for (char *p = copy + 1; copy[0] != '\0'; p++) {
		char	was = *p;

		if (was != '/' && was != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, 0777) != 0 && errno != EEXIST)
			return err_sys(err, "making the folder %s", copy);
		*p = was;
		if (was == '\0')
			break;
	}
	if (stat(path, &st) != 0)
		return err_sys(err, "%s", path);
	return S_ISDIR(st.st_mode) || err_set(err, ERR_INPUT,
	    "%s is there already, and is no folder", path);
}

static bool
write_all(int fd, struct str bytes)
{
	ssize_t	n;

	while (bytes.len > 0) {
		n = write(fd, bytes.p, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes.p += n;
		bytes.len -= (size_t)n;
	}
	return true;
}

bool
cli_write_file(struct arena *arena, const char *path, struct str bytes,
    struct err *err)
{
	char	*beside = arena_printf(arena, "%s.%ld.tmp", path,
		    (long)getpid());
	int	 fd;
	bool	 ok;

	if (beside == NULL)
		return err_nomem(err);
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_sys(err, "writing %s", path);
	ok = write_all(fd, bytes) && fsync(fd) == 0;
	if (!ok)
		err_sys(err, "writing %s", path);
	(void)close(fd);
	if (ok && rename(beside, path) != 0)
		ok = err_sys(err, "writing %s", path);
	if (!ok)
		(void)unlink(beside);
	return ok;
}

bool
cli_load_file(struct arena *arena, const char *path, size_t max,
    struct str *out, struct err *err)
{
	FILE		*fp = fopen(path, "re");
	struct buf	 all = BUF_INIT;
	char		 part[16384];
	size_t		 got;
	char		*copy = NULL;

	if (fp == NULL)
		return err_sys(err, "reading %s", path);
	while (all.len <= max && (got = fread(part, 1, sizeof(part), fp)) > 0)
		buf_add(&all, part, got);
	if (ferror(fp))
		err_sys(err, "reading %s", path);
	else if (all.len > max)
		err_set(err, ERR_INPUT, "%s is larger than %zu bytes", path,
		    max);
	else if (!buf_ok(&all) || (copy = arena_copy(arena, buf_text(&all),
	    all.len)) == NULL)
		err_nomem(err);
	else
		*out = (struct str){copy, all.len};
	(void)fclose(fp);
	buf_fini(&all);
	return copy != NULL;
}

/* --- copying a tree -------------------------------------------------------- */

struct copying {
	struct arena		*arena;
	const char *const	*suffixes;
	size_t			*copied;
};

static bool
is_wanted(const struct copying *copying, const char *name)
{
	for (size_t i = 0; copying->suffixes[i] != NULL; i++) {
		if (str_ends(str_of(name), copying->suffixes[i]))
			return true;
	}
	return false;
}

static bool	copy_dir(const struct copying *copying, const char *from,
		    const char *to, int depth, struct err *err);

static bool
copy_entry(const struct copying *copying, const char *from, const char *to,
    const char *name, int depth, struct err *err)
{
	const char	*source, *target;
	struct stat	 st;
	struct str	 bytes;

	source = arena_printf(copying->arena, "%s/%s", from, name);
	target = arena_printf(copying->arena, "%s/%s", to, name);
	if (source == NULL || target == NULL)
		return err_nomem(err);
	if (stat(source, &st) != 0)
		return err_sys(err, "reading %s", source);
	if (S_ISDIR(st.st_mode))
		return copy_dir(copying, source, target, depth + 1, err);
	if (!S_ISREG(st.st_mode) || !is_wanted(copying, name))
		return true;
	if (!cli_make_dirs(copying->arena, to, err) ||
	    !cli_load_file(copying->arena, source, COPY_MAX, &bytes, err) ||
	    !cli_write_file(copying->arena, target, bytes, err))
		return false;
	(*copying->copied)++;
	return true;
}

static bool
copy_dir(const struct copying *copying, const char *from, const char *to,
    int depth, struct err *err)
{
	struct dirent	**names;
	int		  count;
	bool		  ok = true;

	if (depth > COPY_DEPTH)
		return err_set(err, ERR_INPUT, "%s lies too deep", from);
	count = scandir(from, &names, NULL, alphasort);
	if (count < 0)
		return err_sys(err, "reading the folder %s", from);
	for (int i = 0; i < count; i++) {
		if (ok && names[i]->d_name[0] != '.')
			ok = copy_entry(copying, from, to, names[i]->d_name,
			    depth, err);
		free(names[i]);
	}
	free(names);
	return ok;
}

bool
cli_copy_tree(struct arena *arena, const char *from, const char *to,
    const char *const *suffixes, size_t *copied, struct err *err)
{
	struct copying	copying = {arena, suffixes, copied};

	return copy_dir(&copying, from, to, 0, err);
}

bool
cli_is_empty_dir(const char *path, bool *out, struct err *err)
{
	DIR		*dir = opendir(path);
	struct dirent	*entry;
	bool		 empty = true;

	if (dir == NULL)
		return err_sys(err, "reading the folder %s", path);
	while (empty && (entry = readdir(dir)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0;
	(void)closedir(dir);
	*out = empty;
	return true;
}
