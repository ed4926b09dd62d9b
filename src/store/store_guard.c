/* SPDX-License-Identifier: ISC */
#include "store/store_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#define FILE_HEAD	"dunlin instance 1\n"

/* What the file beside the store remembers. */
struct guard_file {
	bool	 is_there;
	char	 instance[STORE_UUID_LEN + 2];	/* with its newline */
	char	 machine[202];
	int64_t	 size;
};

static bool
read_line(FILE *fp, char *out, size_t size)
{
	size_t	len;

	if (fgets(out, (int)size, fp) == NULL)
		return false;
	len = strlen(out);
	if (len == 0 || out[len - 1] != '\n')
		return false;
	out[len - 1] = '\0';
	return true;
}

/* A file that can't be understood counts as missing. */
static bool
read_file(const char *path, struct guard_file *out, struct err *err)
{
	char	 head[64];
	char	 size[32];
	FILE	*fp;

	*out = (struct guard_file){.is_there = false};
	if ((fp = fopen(path, "re")) == NULL)
		return errno == ENOENT || err_sys(err, "opening %s", path);
	out->is_there = read_line(fp, head, sizeof(head)) &&
	    strcmp(head, "dunlin instance 1") == 0 &&
	    read_line(fp, out->instance, sizeof(out->instance)) &&
	    read_line(fp, out->machine, sizeof(out->machine)) &&
	    read_line(fp, size, sizeof(size));
	if (out->is_there)
		out->size = strtoll(size, NULL, 10);
	fclose(fp);
	return true;
}

static bool
write_all(int fd, struct str text)
{
	while (text.len > 0) {
		ssize_t	n = write(fd, text.p, text.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text.p += n;
		text.len -= (size_t)n;
	}
	return true;
}

/* Whole or not at all, also when the power goes. */
static bool
replace_file(const char *path, struct str text, struct err *err)
{
	struct buf	temp = BUF_INIT;
	int		fd = -1;
	bool		ok = false;

	buf_addf(&temp, "%s.new", path);
	if (!buf_check(&temp, err))
		goto done;
	fd = open(temp.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0 || !write_all(fd, text) || fsync(fd) != 0 ||
	    rename(temp.p, path) != 0) {
		err_sys(err, "writing %s", path);
		goto done;
	}
	ok = true;
done:
	if (fd >= 0)
		close(fd);
	buf_fini(&temp);
	return ok;
}

static bool
log_size(struct store *store, int64_t *out, struct err *err)
{
	return db_number(store->db, "SELECT size FROM audit_frontier"
	    " WHERE one = 1", DB_NONE, out, NULL, err);
}

bool
store_guard_note(struct store *store, const char *machine, const char *path,
    struct err *err)
{
	struct buf	text = BUF_INIT;
	int64_t		size;
	bool		ok;

	if (!log_size(store, &size, err))
		return false;
	buf_addf(&text, FILE_HEAD "%s\n%s\n%" PRId64 "\n", store->instance,
	    machine, size);
	ok = buf_check(&text, err) && replace_file(path, buf_str(&text), err);
	buf_fini(&text);
	return ok;
}

static const char *const	advice[] = {
	[STORE_GUARD_OK] = "",
	[STORE_GUARD_NEW] = "this store has not been taken into service yet: "
	    "run `dunlin adopt`",
	[STORE_GUARD_MACHINE] = "this store belongs to another machine. If it "
	    "was moved, run `dunlin adopt`; if it is a copy, sending from both "
	    "would repeat every notice",
	[STORE_GUARD_FILE] = "the file beside the store is missing or speaks of"
	    " another store. If this store is the right one, run `dunlin "
	    "adopt`",
	[STORE_GUARD_BEHIND] = "the store's log is shorter than it was: a "
	    "backup was put back, and what was sent since is not in it. See "
	    "`dunlin adopt`",
};

static bool
judge(struct store *store, const char *bound, const char *machine,
    const struct guard_file *file, enum store_guard *out, struct err *err)
{
	int64_t	size;

	if (!log_size(store, &size, err))
		return false;
	if (bound[0] == '\0' && file->is_there &&
	    strcmp(file->instance, store->instance) == 0)
		*out = STORE_GUARD_BEHIND;	/* from before it was bound */
	else if (bound[0] == '\0')
		*out = STORE_GUARD_NEW;
	else if (strcmp(bound, machine) != 0)
		*out = STORE_GUARD_MACHINE;
	else if (!file->is_there || strcmp(file->machine, machine) != 0 ||
	    strcmp(file->instance, store->instance) != 0)
		*out = STORE_GUARD_FILE;
	else if (file->size > size)
		*out = STORE_GUARD_BEHIND;
	else
		*out = STORE_GUARD_OK;
	return true;
}

bool
store_guard(struct store *store, const char *machine, const char *path,
    enum store_guard *out, char why[static 400], struct err *err)
{
	struct guard_file	 file;
	struct arena		*arena;
	const char		*bound = NULL;
	enum store_guard	 verdict;
	bool			 ok;

	if ((arena = arena_new()) == NULL)
		return err_nomem(err);
	ok = read_file(path, &file, err) &&
	    store_meta_get(store, "machine", arena, &bound, err) &&
	    judge(store, bound == NULL ? "" : bound, machine, &file, &verdict,
	    err);
	arena_free(&arena);
	if (!ok)
		return false;
	snprintf(why, 400, "%s", advice[verdict]);
	*out = verdict;
	return true;
}

bool
store_adopt(struct store *store, const char *machine, const char *path,
    const char *who, const char *reason, int64_t now_ms, struct err *err)
{
	struct store_tx	tx;
	bool		ok;

	if (machine[0] == '\0' || strlen(machine) >= 200 ||
	    strpbrk(machine, "\r\n") != NULL)
		return err_set(err, ERR_INPUT, "the machine has no valid name");
	if (!store_tx_open(store, &tx, err))
		return false;
	ok = store_meta_set(store, "machine", machine, err) &&
	    store_log_act(store, AUDIT_ADOPTED, who, reason, "", now_ms, err);
	return store_tx_close(store, &tx, ok, err) &&
	    store_guard_note(store, machine, path, err);
}

void
store_machine(char machine[static 64])
{
	FILE	*fp = fopen("/etc/machine-id", "re");

	(void)snprintf(machine, 64, "unknown");
	if (fp == NULL)
		return;
	if (fgets(machine, 64, fp) != NULL)
		machine[strcspn(machine, "\n")] = '\0';
	(void)fclose(fp);
	if (machine[0] == '\0')
		(void)snprintf(machine, 64, "unknown");
}
