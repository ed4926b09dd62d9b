/* SPDX-License-Identifier: ISC */
#include "conf/conf_impl.h"

#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

/* Who wants a file: the place of the @include; file NULL for the main one. */
struct wish {
	struct conf_pos		 at;
	const struct conf_file	*from;
	int			 depth;
};

static struct node	*read_tree(struct conf *conf, const char *path,
			    const struct str *text, const struct wish *wish);

/*
 * Takes "conf/" off the len bytes of dir for the "../" before a path, where
 * that means the same: not for a link, nor where the folder is not to be seen.
 */
static bool
step_up(struct conf *conf, const char *dir, size_t *len)
{
	size_t		 end = *len - 1, from;
	const char	*name;
	struct stat	 st;

	for (from = end; from > 0 && dir[from - 1] != '/'; from--)
		continue;
	if (end == from || (end - from <= 2 && dir[from] == '.'))
		return false;
	if ((name = arena_copy(conf->arena, dir, end)) == NULL ||
	    lstat(name, &st) != 0 || !S_ISDIR(st.st_mode))
		return false;
	*len = from;
	return true;
}

const char *
conf_file_relative(struct conf *conf, const char *file, const char *path)
{
	const char	*slash = strrchr(file, '/');
	const char	*out;
	size_t		 len;

	if (path[0] == '/' || slash == NULL)
		out = arena_strdup(conf->arena, path);
	else {
		len = (size_t)(slash - file) + 1;
		while (len > 0 && strncmp(path, "../", 3) == 0 &&
		    path[3] != '/' && step_up(conf, file, &len))
			path += 3;
		out = arena_printf(conf->arena, "%.*s%s", (int)len, file,
		    path);
	}
	conf->nomem |= out == NULL;
	return out;
}

/* Blame for a file that cannot be read: the @include, else the file itself. */
static struct conf_pos
blame(const struct conf_file *file, const struct wish *wish)
{
	if (wish->at.file != NULL)
		return wish->at;
	return (struct conf_pos){file->name, 0, 0};
}

static bool
read_all(struct conf *conf, int fd, struct conf_file *file, struct conf_pos at)
{
	size_t	room = CONF_FILE_MAX + 1, len = 0;
	char	*text = malloc(room);
	ssize_t	got = 1;

	if (text == NULL) {
		conf->nomem = true;
		return false;
	}
	while (len < room && got != 0) {
		got = read(fd, text + len, room - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			conf_error(conf, at, "cannot read %s: %s", file->name,
			    strerrordesc_np(errno));
			free(text);
			return false;
		}
		len += (size_t)got;
	}
	file->text = arena_copy(conf->arena, text, len);
	file->len = len;
	free(text);
	conf->nomem |= file->text == NULL;
	return file->text != NULL;
}

static const char *
not_a_file(mode_t mode)
{
	if (S_ISDIR(mode))
		return "is a directory; name a file in it, or \"DIR/*.conf\"";
	return S_ISREG(mode) ? NULL : "is not a plain file";
}

/* O_NONBLOCK, because opening a fifo would wait for its writer. */
static bool
open_file(struct conf *conf, struct conf_file *file, const struct wish *wish)
{
	struct conf_pos	at = blame(file, wish);
	struct stat	st;
	const char	*why;
	bool		ok = false;
	int		fd;

	fd = open(file->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) != 0) {
		conf_error(conf, at, "cannot read %s: %s", file->name,
		    strerrordesc_np(errno));
		goto done;
	}
	if ((why = not_a_file(st.st_mode)) != NULL) {
		conf_error(conf, at, "%s %s", file->name, why);
		goto done;
	}
	file->dev = (uint64_t)st.st_dev;
	file->ino = (uint64_t)st.st_ino;
	ok = read_all(conf, fd, file, at);
done:
	if (fd >= 0)
		(void)close(fd);
	return ok;
}

/* Line and column of a byte. */
static struct conf_pos
place(const struct conf_file *file, size_t offset)
{
	struct conf_pos	at = {file->name, 1, 1};
	size_t		i;

	for (i = 0; i < offset && i < file->len; i++) {
		if (file->text[i] == '\n') {
			at.line++;
			at.column = 1;
		} else if (((unsigned char)file->text[i] & 0xc0) != 0x80)
			at.column++;
	}
	return at;
}

static bool
check_bytes(struct conf *conf, struct conf_file *file)
{
	static const char	bom[] = "\xef\xbb\xbf";
	const char		*nul;
	size_t			bad;

	if (file->len > CONF_FILE_MAX) {
		conf_error(conf, (struct conf_pos){file->name, 0, 0},
		    "the file is too big: a config file has at most %d KiB",
		    CONF_FILE_MAX / 1024);
		return false;
	}
	if (file->len >= 3 && memcmp(file->text, bom, 3) == 0) {
		file->text += 3;
		file->len -= 3;
	}
	if (file->len >= 2 && (memcmp(file->text, "\xff\xfe", 2) == 0 ||
	    memcmp(file->text, "\xfe\xff", 2) == 0)) {
		conf_error(conf, (struct conf_pos){file->name, 0, 0},
		    "the file is UTF-16; save it as UTF-8");
		return false;
	}
	if ((nul = memchr(file->text, '\0', file->len)) != NULL) {
		conf_error(conf, place(file, (size_t)(nul - file->text)),
		    "the byte NUL; this is not a text file");
		return false;
	}
	bad = utf8_check((struct str){file->text, file->len});
	if (bad < file->len) {
		conf_error(conf, place(file, bad), "the byte 0x%02x is not "
		    "UTF-8; save the file as UTF-8",
		    (unsigned int)(unsigned char)file->text[bad]);
		return false;
	}
	return true;
}

/* The same file a second time is a circle or a slip. */
static bool
check_again(struct conf *conf, const struct conf_file *file,
    const struct wish *wish)
{
	const struct conf_file	*up;
	size_t			i;

	if (file->ino == 0)
		return true;
	for (up = wish->from; up != NULL; up = up->from) {
		if (up->dev == file->dev && up->ino == file->ino) {
			conf_error(conf, wish->at, "%s includes itself%s%s",
			    up->name, up == wish->from ? "" : " through ",
			    up == wish->from ? "" : wish->from->name);
			return false;
		}
	}
	for (i = 0; i + 1 < conf->n_files; i++) {
		if (conf->files[i]->dev == file->dev &&
		    conf->files[i]->ino == file->ino) {
			conf_error(conf, wish->at, "%s is included twice",
			    conf->files[i]->name);
			return false;
		}
	}
	return true;
}

static struct conf_file *
add_file(struct conf *conf, const char *path, const struct wish *wish)
{
	struct conf_file	*file = arena_alloc(conf->arena, sizeof(*file));
	struct conf_file	**files;
	size_t			cap;

	if (conf->n_files == conf->cap_files) {
		cap = conf->cap_files == 0 ? 16 : conf->cap_files * 2;
		files = arena_array(conf->arena, cap, sizeof(*files));
		if (files == NULL)
			goto fail;
		if (conf->n_files > 0)
			(void)memcpy(files, conf->files,
			    conf->n_files * sizeof(*files));
		conf->files = files;
		conf->cap_files = cap;
	}
	if (file == NULL ||
	    (file->name = arena_strdup(conf->arena, path)) == NULL)
		goto fail;
	file->from = wish->from;
	conf->files[conf->n_files++] = file;
	return file;
fail:
	conf->nomem = true;
	return NULL;
}

/* The pattern as glob(3) wants it: the directory's own characters escaped. */
static bool
pattern_of(struct conf *conf, const struct node *include, struct buf *out)
{
	const char	*file = include->file->name;
	const char	*slash = strrchr(file, '/');
	const char	*p;

	if (include->text[0] != '/' && slash != NULL) {
		for (p = file; p <= slash; p++) {
			if (strchr("*?[]\\", *p) != NULL)
				buf_addc(out, '\\');
			buf_addc(out, *p);
		}
	}
	buf_adds(out, include->text);
	conf->nomem |= !buf_ok(out);
	return buf_ok(out);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* No match is fine for a pattern, when its directory is there. */
static bool
check_nothing(struct conf *conf, const struct node *include)
{
	const char	*pattern = include->text;
	const char	*wild = strpbrk(pattern, "*?[");
	const char	*dir;
	struct stat	st;
	size_t		len;

	if (wild == NULL) {
		conf_error(conf, include->at, "there is no file %s",
		    conf_file_relative(conf, include->file->name, pattern));
		return false;
	}
	len = (size_t)(wild - pattern);
	while (len > 0 && pattern[len - 1] != '/')
		len--;
	if (len == 0)
		return true;
	dir = arena_copy(conf->arena, pattern, len);
	if (dir == NULL || (dir = conf_file_relative(conf,
	    include->file->name, dir)) == NULL) {
		conf->nomem = true;
		return false;
	}
	if (stat(dir, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	conf_error(conf, include->at, "there is no directory %s", dir);
	return false;
}

/* Puts the settings of a tree in front of the place *behind points at. */
static struct node **
take_in(struct node **behind, struct node *group, struct node *tree)
{
	struct node	*rest = *behind;

	group->count += tree->count;
	while (tree->first != NULL) {
		*behind = tree->first;
		tree->first = tree->first->next;
		behind = &(*behind)->next;
	}
	*behind = rest;
	return behind;
}

/* Replaces one include by what its files hold; false after an error. */
static bool
expand_one(struct conf *conf, struct node **place_in, struct node *group,
    const struct wish *wish)
{
	struct node	*include = *place_in, *tree;
	struct buf	pattern = BUF_INIT;
	glob_t		found = { .gl_pathc = 0 };
	bool		ok = false;
	size_t		i;
	int		rc;

	*place_in = include->next;
	if (!pattern_of(conf, include, &pattern))
		goto done;
	rc = glob(buf_text(&pattern), GLOB_NOSORT, NULL, &found);
	if (rc == GLOB_NOSPACE) {
		conf->nomem = true;
		goto done;
	}
	ok = rc == 0 || check_nothing(conf, include);
	if (rc != 0)
		goto done;
	qsort(found.gl_pathv, found.gl_pathc, sizeof(char *), by_text);
	for (i = 0; i < found.gl_pathc && !conf->nomem; i++) {
		tree = read_tree(conf, found.gl_pathv[i], NULL, wish);
		if (tree == NULL)
			ok = false;
		else
			place_in = take_in(place_in, group, tree);
	}
done:
	globfree(&found);
	buf_fini(&pattern);
	return ok && !conf->nomem;
}

static bool
expand(struct conf *conf, struct node *group, const struct conf_file *file,
    int depth)
{
	struct node	**at = &group->first, *node;
	bool		ok = true;

	while ((node = *at) != NULL) {
		struct wish	wish = {node->at, file, depth};

		if (node->kind == NODE_INCLUDE) {
			ok = expand_one(conf, at, group, &wish) && ok;
			/* what came in has its own includes behind it */
			while (*at != NULL && (*at)->file != file)
				at = &(*at)->next;
			continue;
		}
		if (node->kind == NODE_GROUP || node->kind == NODE_LIST)
			ok = expand(conf, node, file, depth) && ok;
		at = &node->next;
	}
	group->last = NULL;
	for (node = group->first; node != NULL; node = node->next)
		group->last = node;
	return ok;
}

static struct node *
read_tree(struct conf *conf, const char *path, const struct str *text,
    const struct wish *wish)
{
	struct conf_file	*file;
	struct node		*root, *partial = NULL;
	char			*lib;
	bool			ok;

	if (conf->n_files >= CONF_FILES_MAX ||
	    wish->depth > CONF_INCLUDES_MAX) {
		conf_error(conf, wish->at, "more than %d files%s",
		    wish->depth > CONF_INCLUDES_MAX ? CONF_INCLUDES_MAX :
		    CONF_FILES_MAX, wish->depth > CONF_INCLUDES_MAX ?
		    " that include each other in a row" : "");
		return NULL;
	}
	if ((file = add_file(conf, path, wish)) == NULL)
		return NULL;
	if (text != NULL) {
		file->text = arena_copy(conf->arena, text->p, text->len);
		file->len = text->len;
		conf->nomem |= file->text == NULL;
	} else if (!open_file(conf, file, wish)) {
		file->text = "";
		file->len = 0;
		return NULL;
	}
	if (conf->nomem || !check_again(conf, file, wish) ||
	    !check_bytes(conf, file))
		return NULL;
	/* libconfig takes no comment in a last line without its end */
	lib = arena_printf(conf->arena, "%s\n", file->text);
	if (lib == NULL) {
		conf->nomem = true;
		return NULL;
	}
	root = conf_parse(conf, file, lib, &partial);
	ok = root != NULL && conf_lib_read(conf, file, lib, root);
	/* also after an error: so the other files' errors are seen as well */
	if (partial != NULL && !conf->nomem)
		ok = expand(conf, partial, file, wish->depth + 1) && ok;
	return ok ? root : NULL;
}

struct node *
conf_file_tree(struct conf *conf, const char *path, const struct str *text)
{
	struct wish	wish = { .depth = 0 };

	return read_tree(conf, path, text, &wish);
}
