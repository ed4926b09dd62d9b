/* SPDX-License-Identifier: ISC */
#include "conf/conf_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_open(const struct conf_secret *secret, const struct stat *st)
{
	return !secret->credential &&
	    (st->st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

bool
conf_secret_find(struct conf *conf, const char *text, const char *path,
    struct conf_secret *out)
{
	static const char	prefix[] = "credential:";
	const char		*name = text + sizeof(prefix) - 1;
	const char		*dir = getenv("CREDENTIALS_DIRECTORY");

	if (strncmp(text, prefix, sizeof(prefix) - 1) != 0) {
		*out = (struct conf_secret){path, false};
		return true;
	}
	if (*name == '\0' || strchr(name, '/') != NULL || *name == '.')
		return false;
	*out = (struct conf_secret){text, true};
	if (dir != NULL && *dir != '\0')
		out->path = arena_printf(conf->arena, "%s/%s", dir, name);
	conf->nomem |= out->path == NULL;
	return true;
}

/*
 * A file that is not there is only a warning: who checks a config need not
 * be who runs it.
 */
void
conf_secret_look(struct conf *conf, const struct conf_secret *secret,
    struct conf_pos at)
{
	struct stat	st;

	if (secret->credential && secret->path[0] != '/')
		conf_warn(conf, at, "%s: no credentials here; systemd gives "
		    "them to the service (LoadCredential=)", secret->path);
	else if (stat(secret->path, &st) != 0)
		conf_warn(conf, at, "the secret %s cannot be seen: %s",
		    secret->path, strerrordesc_np(errno));
	else if (!S_ISREG(st.st_mode))
		conf_error(conf, at, "the secret %s is not a plain file",
		    secret->path);
	else if (is_open(secret, &st))
		conf_error(conf, at, "the secret %s is open to group or "
		    "others; run: chmod 600 %s", secret->path, secret->path);
}

static bool
read_open(int fd, const char *path, char *out, size_t room, size_t *len_out,
    struct err *err)
{
	size_t	len = 0;
	ssize_t	got;

	do {
		got = read(fd, out + len, room - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, "reading the secret %s", path);
		len += (size_t)got;
	} while (got != 0 && len < room);
	if (len == room)
		return err_set(err, ERR_INPUT, "the secret %s is longer than "
		    "%zu bytes", path, room - 1);
	if (len > 0 && out[len - 1] == '\n')
		len--;
	if (len > 0 && out[len - 1] == '\r')
		len--;
	out[len] = '\0';
	*len_out = len;
	return true;
}

static bool
check_open(int fd, const struct conf_secret *secret, struct err *err)
{
	struct stat	st;

	if (fstat(fd, &st) != 0)
		return err_sys(err, "reading the secret %s", secret->path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "the secret %s is not a plain "
		    "file", secret->path);
	if (is_open(secret, &st))
		return err_set(err, ERR_INPUT, "the secret %s is open to "
		    "group or others; run: chmod 600 %s", secret->path,
		    secret->path);
	return true;
}

bool
conf_secret_read(const struct conf_secret *secret, char *out, size_t room,
    struct err *err)
{
	size_t	len = 0;
	bool	ok = false;
	int	fd;

	if (room == 0 || secret->path == NULL)
		return err_set(err, ERR_INPUT, "no secret is configured");
	if (secret->credential && secret->path[0] != '/')
		return err_set(err, ERR_INPUT, "%s: $CREDENTIALS_DIRECTORY is "
		    "not set", secret->path);
	fd = open(secret->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		err_sys(err, "opening the secret %s", secret->path);
		if (errno == ENOENT || errno == EACCES)
			err->kind = ERR_INPUT;
		return false;
	}
	if (!check_open(fd, secret, err) ||
	    !read_open(fd, secret->path, out, room, &len, err))
		goto done;
	if (len == 0 || memchr(out, '\0', len) != NULL)
		err_set(err, ERR_INPUT, "the secret %s %s", secret->path,
		    len == 0 ? "is empty" : "holds the byte NUL");
	else
		ok = true;
done:
	if (!ok)
		conf_secret_wipe(out, room);
	(void)close(fd);
	return ok;
}

void
conf_secret_wipe(char *secret, size_t room)
{
	explicit_bzero(secret, room);
}
