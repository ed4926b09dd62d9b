/* SPDX-License-Identifier: ISC */
#include "loop/loop_notify.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct address {
	struct sockaddr_un	sa;
	socklen_t		len;
	int			dir;	/* -1, or open as long as sa is used */
};

/* A path longer than sun_path goes through its folder's descriptor. */
static bool
set_long_path(struct address *address, const char *path)
{
	const char	*slash = strrchr(path, '/');
	size_t		 room = sizeof(address->sa.sun_path);
	char		*folder;
	int		 n;

	errno = ENAMETOOLONG;
	if (slash == NULL)
		return false;
	if ((folder = strndup(path, (size_t)(slash - path + 1))) == NULL)
		return false;
	address->dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (address->dir == -1)
		return false;
	n = snprintf(address->sa.sun_path, room, "/proc/self/fd/%d/%s",
	    address->dir, slash + 1);
	if (n > 0 && (size_t)n < room)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

/* "@name" is Linux's abstract name space when may_be_abstract. */
static bool
set_address(struct address *address, const char *path, bool may_be_abstract)
{
	size_t	len = strlen(path);

	(void)memset(address, 0, sizeof(*address));
	address->dir = -1;
	address->sa.sun_family = AF_UNIX;
	address->len = sizeof(address->sa);
	if (len == 0) {
		errno = EINVAL;
		return false;
	}
	if (len >= sizeof(address->sa.sun_path))
		return set_long_path(address, path);
	(void)memcpy(address->sa.sun_path, path, len);
	if (may_be_abstract && path[0] == '@') {
		address->sa.sun_path[0] = '\0';
		address->len = (socklen_t)(offsetof(struct sockaddr_un,
		    sun_path) + len);
	}
	return true;
}

static void
clear_address(struct address *address)
{
	if (address->dir != -1)
		(void)close(address->dir);
	address->dir = -1;
}

static int
new_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* One datagram; errno says why not. */
static bool
send_to(const char *path, bool may_be_abstract, const char *bytes, size_t len)
{
	struct address	address = {.dir = -1};
	int		fd = new_socket();
	int		code;
	bool		ok;

	ok = fd != -1 && set_address(&address, path, may_be_abstract) &&
	    sendto(fd, bytes, len, MSG_NOSIGNAL,
	    (const struct sockaddr *)&address.sa, address.len) == (ssize_t)len;
	code = errno;
	clear_address(&address);
	if (fd != -1)
		(void)close(fd);
	errno = code;
	return ok;
}

bool
loop_notify(const char *state, struct err *err)
{
	const char	*path = getenv("NOTIFY_SOCKET");

	if (path == NULL || *path == '\0')
		return true;
	if (!send_to(path, true, state, strlen(state)))
		return err_sys(err, "telling the service manager");
	return true;
}

/* A whole decimal number, or -1. */
static int64_t
number_from(const char *name)
{
	const char	*text = getenv(name);
	char		*end;
	long long	 n;

	if (text == NULL || *text < '0' || *text > '9')
		return -1;
	errno = 0;
	n = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0' ? n : -1;
}

int64_t
loop_notify_watchdog_ms(void)
{
	int64_t	us = number_from("WATCHDOG_USEC");
	int64_t	pid = number_from("WATCHDOG_PID");

	if (us < 2000 || (pid != -1 && pid != getpid()))
		return 0;
	return us / 2000;
}

static void
wake_on_io(struct loop_io *io, int events)
{
	struct loop_wake	*wake = OWNER(io, struct loop_wake, io);
	char			 byte;

	(void)events;
	while (recv(wake->fd, &byte, 1, 0) >= 0)
		;
	wake->fn(wake);
}

static bool
is_heard(const char *path)
{
	struct address	address;
	int		fd = new_socket();
	bool		ok;

	ok = fd != -1 && set_address(&address, path, false) &&
	    connect(fd, (const struct sockaddr *)&address.sa,
	    address.len) == 0;
	if (fd != -1) {
		clear_address(&address);
		(void)close(fd);
	}
	return ok;
}

/* A killed program leaves its socket behind. */
static bool
remove_stale(const char *path, struct err *err)
{
	struct stat	st;

	if (lstat(path, &st) == -1)
		return errno == ENOENT || err_sys(err, "%s", path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, ERR_INPUT, "%s is there and is no socket",
		    path);
	if (is_heard(path))
		return err_set(err, ERR_INPUT, "another program listens on %s",
		    path);
	if (unlink(path) == -1)
		return err_sys(err, "removing %s", path);
	return true;
}

static bool
bind_to(int fd, const char *path, struct err *err)
{
	struct address	address;
	bool		ok;

	ok = set_address(&address, path, false) &&
	    bind(fd, (const struct sockaddr *)&address.sa, address.len) == 0 &&
	    chmod(path, 0660) == 0;
	if (!ok)
		err_sys(err, "making socket %s", path);
	clear_address(&address);
	return ok;
}

bool
loop_wake_listen(struct loop *loop, struct loop_wake *wake, const char *path,
    struct err *err)
{
	int	 fd = -1;
	char	*copy = NULL;

	if (!remove_stale(path, err))
		return false;
	if ((fd = new_socket()) == -1) {
		err_sys(err, "making socket %s", path);
		goto fail;
	}
	if (!bind_to(fd, path, err))
		goto fail;
	if ((copy = strdup(path)) == NULL) {
		err_nomem(err);
		goto fail;
	}
	wake->io = (struct loop_io){.fn = wake_on_io};
	if (!loop_io_start(loop, &wake->io, fd, LOOP_READ, err))
		goto fail;
	wake->fd = fd;
	wake->path = copy;
	return true;
fail:
	free(copy);
	if (fd != -1)
		(void)close(fd);
	return false;
}

void
loop_wake_close(struct loop_wake *wake)
{
	if (wake->path == NULL)
		return;
	loop_io_stop(&wake->io);
	(void)close(wake->fd);
	(void)unlink(wake->path);
	free(wake->path);
	wake->path = NULL;
}

void
loop_wake_send(const char *path)
{
	(void)send_to(path, false, "w", 1);
}
