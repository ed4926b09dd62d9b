/* SPDX-License-Identifier: ISC */
/*
 * outbox.c - messages into files: a Maildir for email, one JSON file a
 * message for the others.
 *
 * The name of a file follows from the key alone and a file appears by rename,
 * whole and synced.  So handing over twice leaves one file; a process killed
 * before the rename leaves a part that the next try overwrites; one killed
 * behind it is found by the next try to have been done.
 */
#include "channel/channel_impl.h"

#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_ROOM	160

struct outbox {
	struct channel_line	 base;
	int		 tmp;		/* folders; -1 not open */
	int		 fresh;		/* Maildir/new */
	int		 seen;		/* Maildir/cur, where readers move it */
	int		 others[CHANNEL_COUNT];
};

static bool
open_folder(int at, const char *name, int *out, struct err *err)
{
	if (mkdirat(at, name, 0750) != 0 && errno != EEXIST)
		return err_sys(err, "making the folder %s", name);
	*out = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*out < 0)
		return err_sys(err, "opening the folder %s", name);
	return true;
}

static bool
open_folders(struct outbox *outbox, int root, struct err *err)
{
	int	maildir = -1;
	bool	ok;

	ok = open_folder(root, "Maildir", &maildir, err) &&
	    open_folder(maildir, "tmp", &outbox->tmp, err) &&
	    open_folder(maildir, "new", &outbox->fresh, err) &&
	    open_folder(maildir, "cur", &outbox->seen, err);
	for (int i = 0; ok && i < CHANNEL_COUNT; i++) {
		if (i != CHANNEL_EMAIL)
			ok = open_folder(root, channel_names[i],
			    &outbox->others[i], err);
	}
	if (maildir >= 0)
		(void)close(maildir);
	return ok;
}

static void
close_fd(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

static void
outbox_op_close(struct channel_line **channel)
{
	struct outbox	*outbox = (struct outbox *)(void *)*channel;

	close_fd(outbox->tmp);
	close_fd(outbox->fresh);
	close_fd(outbox->seen);
	for (size_t i = 0; i < CHANNEL_COUNT; i++)
		close_fd(outbox->others[i]);
	free(outbox);
	*channel = NULL;
}

bool
outbox_open(const char *folder, struct channel_line **out, struct err *err)
{
	struct outbox	*outbox = calloc(1, sizeof(*outbox));
	struct channel_line	*channel;
	int		 root = -1;
	bool		 ok = false;

	if (outbox == NULL)
		return err_nomem(err);
	outbox->base.ops = &outbox_ops;
	outbox->tmp = outbox->fresh = outbox->seen = -1;
	for (size_t i = 0; i < CHANNEL_COUNT; i++)
		outbox->others[i] = -1;
	channel = &outbox->base;
	if (open_folder(AT_FDCWD, folder, &root, err)) {
		ok = open_folders(outbox, root, err);
		if (!ok)
			err_in(err, "outbox %s", folder);
		(void)close(root);
	}
	if (ok)
		*out = channel;
	else
		outbox_op_close(&channel);
	return ok;
}

static bool
outbox_op_open(const struct route *route, struct channel_line **out,
    struct err *err)
{
	return outbox_open(route->folder, out, err);
}

/* A key becomes a file name: nothing that leads elsewhere or hides. */
static bool
is_name(struct str key)
{
	if (key.len == 0 || key.len > 100 || key.p[0] == '.')
		return false;
	for (size_t i = 0; i < key.len; i++) {
		char	c = key.p[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
		    (c < '0' || c > '9') && (c == '\0' ||
		    strchr("._-", c) == NULL))
			return false;
	}
	return true;
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

/* A synced file at folder/name; on failure none, and errno says why. */
static bool
write_part(int folder, const char *name, struct str bytes)
{
	int	error;
	int	fd = openat(folder, name,
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		    0640);

	if (fd < 0)
		return false;
	if (write_all(fd, bytes) && fsync(fd) == 0) {
		if (close(fd) == 0)
			return true;
		error = errno;
	} else {
		error = errno;
		(void)close(fd);
	}
	(void)unlinkat(folder, name, 0);
	errno = error;
	return false;
}

static bool
is_there(int folder, const char *name)
{
	struct stat	st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Has a mail reader moved it on?  With the flags that reading alone sets. */
static bool
was_read(const struct outbox *outbox, const char *name)
{
	static const char *const	flags[] = {":2,", ":2,S", ""};
	char				moved[NAME_ROOM];

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		(void)snprintf(moved, sizeof(moved), "%s%s", name, flags[i]);
		if (is_there(outbox->seen, moved))
			return true;
	}
	return false;
}

static bool
place(int from, const char *part, int into, const char *name)
{
	fault_point(FAULT_END_BEFORE);
	if (renameat(from, part, into, name) != 0)
		return false;
	fault_point(FAULT_END_AFTER);
	return true;
}

static void
outbox_op_send(struct channel_line *channel,
    const struct channel_message *message, struct channel_result *result)
{
	const struct outbox	*outbox = (void *)channel;
	bool			 mail = message->channel == CHANNEL_EMAIL;
	int			 into = mail ? outbox->fresh :
				    outbox->others[message->channel];
	int			 from = mail ? outbox->tmp : into;
	char			 part[NAME_ROOM + 1], name[NAME_ROOM];

	if (!is_name(message->key)) {
		outcome_from_errno(result, EINVAL, false,
		    "a key that is no file name");
		return;
	}
	(void)snprintf(name, sizeof(name), "%.*s%s", STR_ARG(message->key),
	    mail ? "" : ".json");
	(void)snprintf(part, sizeof(part), "%s%s", mail ? "" : ".", name);
	if (is_there(into, name) || (mail && was_read(outbox, name)))
		outcome_accepted(result, "", STR("was there already"),
		    str_of(name));
	else if (!write_part(from, part, message->bytes))
		outcome_from_errno(result, errno, false, "writing a message");
	else if (!place(from, part, into, name))
		outcome_from_errno(result, errno, false, "placing a message");
	else if (fsync(into) != 0)
		outcome_from_errno(result, errno, true, "syncing the folder");
	else
		outcome_accepted(result, "", STR("written"), str_of(name));
}

const struct channel_ops	outbox_ops = {
	.name = "outbox",
	.blocks = true,
	.open = outbox_op_open,
	.send = outbox_op_send,
	.close = outbox_op_close
};
