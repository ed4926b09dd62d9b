/* SPDX-License-Identifier: ISC */
#include "intake/table_impl.h"

#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define BLOCK		(1024 * 1024)	/* of the chained hash */
#define HEAD		(64 * 1024)	/* looked at for the form */

/* What one look over all bytes tells. */
struct scan {
	struct hash	chain;
	char		tail[4];	/* a sequence cut by the block's end */
	size_t		tail_len;
	int64_t		lines;
	bool		is_utf8;
};

static bool
read_block(const struct intake_table *table, int64_t at, char *block,
    size_t room, size_t *len, struct err *err)
{
	ssize_t	got;

	for (*len = 0; *len < room; *len += (size_t)got) {
		got = pread(table->fd, block + *len, room - *len,
		    (off_t)(at + (int64_t)*len));
		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got < 0)
			return err_sys(err, "reading %s", table->path);
		else if (got == 0)
			break;
	}
	return true;
}

static int64_t
count_lines(const char *p, size_t len)
{
	const char	*end = p + len;
	int64_t		 lines = 0;

	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		lines++;
		p++;
	}
	return lines;
}

/* How many bytes at the end may be the beginning of a longer sequence. */
static size_t
cut_sequence(struct str s)
{
	for (size_t back = 1; back <= 3 && back <= s.len; back++) {
		unsigned char	c = (unsigned char)s.p[s.len - back];

		if (c < 0x80)
			return 0;
		if (c >= 0xc0) {
			size_t	want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

			return want > back ? back : 0;
		}
	}
	return 0;
}

static bool
is_ascii(struct str s)
{
	unsigned char	any = 0;

	for (size_t i = 0; i < s.len; i++)
		any |= (unsigned char)s.p[i];
	return any < 0x80;
}

/* Validity across block ends: the cut bytes go before the next block. */
static void
scan_utf8(struct scan *scan, struct str block)
{
	char		joint[8];
	struct str	s = block;

	if (!scan->is_utf8)
		return;
	if (scan->tail_len > 0) {
		size_t	len = scan->tail_len;

		(void)memcpy(joint, scan->tail, len);
		while (s.len > 0 && len < sizeof(joint) &&
		    ((unsigned char)*s.p & 0xc0) == 0x80) {
			joint[len++] = *s.p++;
			s.len--;
		}
		if (utf8_check((struct str){joint, len}) != len)
			scan->is_utf8 = false;
		scan->tail_len = 0;
	}
	if (is_ascii(s))
		return;
	scan->tail_len = cut_sequence(s);
	s.len -= scan->tail_len;
	(void)memcpy(scan->tail, s.p + s.len, scan->tail_len);
	if (utf8_check(s) != s.len)
		scan->is_utf8 = false;
}

static bool
scan_block(struct intake_table *table, struct scan *scan, struct str block,
    struct err *err)
{
	const struct str	pieces[] = {
		{(const char *)scan->chain.bytes, HASH_LEN}, block };
	const char		*nul = memchr(block.p, '\0', block.len);
	struct hash		 next;

	if (nul != NULL)
		return err_set(err, ERR_INPUT, "%s:%lld: a NUL byte; a file of"
		    " text has none (is it UTF-16? save it as UTF-8)",
		    table->path, (long long)(scan->lines + 1 +
		    count_lines(block.p, (size_t)(nul - block.p))));
	if (!hash_pieces(pieces, 2, &next))
		return err_nomem(err);
	scan->chain = next;
	scan->lines += count_lines(block.p, block.len);
	scan_utf8(scan, block);
	return true;
}

/* Reads all bytes once: hash, encoding, NULs. */
static bool
scan_all(struct intake_table *table, struct err *err)
{
	struct scan	 scan = {.is_utf8 = true};
	int64_t		 at = 0;
	size_t		 len;
	char		*block;
	bool		 ok = false;

	if ((block = malloc(BLOCK)) == NULL)
		return err_nomem(err);
	do {
		if (!read_block(table, at, block, BLOCK, &len, err) ||
		    !scan_block(table, &scan, (struct str){block, len}, err))
			goto done;
		at += (int64_t)len;
	} while (len == BLOCK);
	if (scan.tail_len > 0)
		scan.is_utf8 = false;
	table->hash = scan.chain;
	table->latin1 = !scan.is_utf8;
	ok = true;
done:
	free(block);
	return ok;
}

/* The delimiter that the first line has most of, outside quotes. */
static char
find_delimiter(struct str head)
{
	static const char	candidates[] = ";,\t|";
	size_t	counts[sizeof(candidates)] = {0}, best = 1;
	bool	quoted = false;

	for (size_t i = 0; i < head.len; i++) {
		const char	*hit;

		if (head.p[i] == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (head.p[i] == '\n' || head.p[i] == '\r')
			break;
		else if ((hit = strchr(candidates, head.p[i])) != NULL)
			counts[hit - candidates]++;
	}
	for (size_t i = 0; i < sizeof(candidates) - 1; i++) {
		if (counts[i] > counts[best])
			best = i;
	}
	return candidates[best];
}

/* "sep=;" before the header, as spreadsheets write it. */
static bool
take_separator(struct intake_table *table, struct str *head)
{
	size_t	end;

	if (head->len < 6 || !str_starts(*head, "sep=") ||
	    strchr("\r\n", head->p[5]) == NULL)
		return false;
	table->delimiter = head->p[4];
	end = head->len > 6 && head->p[5] == '\r' && head->p[6] == '\n' ? 7 : 6;
	table->skip += end;
	table->first_line++;
	head->p += end;
	head->len -= end;
	return true;
}

static bool
find_form(struct intake_table *table, struct err *err)
{
	char		*block;
	struct str	 head, text;
	size_t		 len;
	bool		 ok = false;

	if ((block = malloc(HEAD)) == NULL)
		return err_nomem(err);
	if (!read_block(table, 0, block, HEAD, &len, err))
		goto done;
	head = (struct str){block, len};
	if (str_starts(head, "\xef\xbb\xbf")) {
		table->skip = 3;
		head = (struct str){block + 3, len - 3};
	}
	text = str_trim(head);
	if (text.len == 0) {
		err_set(err, ERR_INPUT, "%s: the file is empty", table->path);
		goto done;
	}
	table->ops = text.p[0] == '{' ? &table_json_ops : &table_csv_ops;
	if (!take_separator(table, &head))
		table->delimiter = find_delimiter(head);
	ok = true;
done:
	free(block);
	return ok;
}

/* A file without a name, gone with its descriptor. */
static int
open_aside(const char *dir)
{
	int	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char	path[4096];

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	if (snprintf(path, sizeof(path), "%s/dunlin-XXXXXX", dir) >=
	    (int)sizeof(path))
		return -1;
	if ((fd = mkostemp(path, O_CLOEXEC)) >= 0)
		(void)unlink(path);
	return fd;
}

static bool
put_aside(struct intake_table *table, const char *dir, struct err *err)
{
	char	block[16 * 1024];
	ssize_t	got;
	int	aside = open_aside(dir);

	if (aside < 0)
		return err_sys(err, "making a spool file in %s", dir);
	while ((got = read(table->fd, block, sizeof(block))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || write(aside, block, (size_t)got) != got) {
			err_sys(err, "putting %s aside in %s", table->path,
			    dir);
			(void)close(aside);
			return false;
		}
	}
	(void)close(table->fd);
	table->fd = aside;
	return true;
}

static bool
prepare(struct intake_table *table, const char *spool_dir, struct err *err)
{
	if ((table->fd = open(table->path, O_RDONLY | O_CLOEXEC)) < 0) {
		err_sys(err, "opening %s", table->path);
		err->kind = ERR_INPUT;
		return false;
	}
	if (fstat(table->fd, &table->stat) != 0)
		return err_sys(err, "looking at %s", table->path);
	if (S_ISDIR(table->stat.st_mode))
		return err_set(err, ERR_INPUT, "%s is a folder; name the files"
		    " in it", table->path);
	if (!S_ISREG(table->stat.st_mode) &&
	    (!put_aside(table, spool_dir, err) ||
	    fstat(table->fd, &table->stat) != 0))
		return false;
	return scan_all(table, err) && find_form(table, err);
}

bool
intake_table_open(const char *path, const char *spool_dir,
    struct intake_table **out, struct err *err)
{
	struct intake_table	*table;

	if ((table = calloc(1, sizeof(*table))) == NULL)
		return err_nomem(err);
	table->fd = -1;
	table->first_line = 1;
	if ((table->arena = arena_new()) == NULL ||
	    (table->path = arena_strdup(table->arena, path)) == NULL ||
	    (table->columns = arena_array(table->arena, TABLE_COLUMNS_MAX,
	    sizeof(*table->columns))) == NULL) {
		intake_table_close(&table);
		return err_nomem(err);
	}
	if (!prepare(table, spool_dir, err) || !table->ops->start(table, err)) {
		intake_table_close(&table);
		return false;
	}
	*out = table;
	return true;
}

void
intake_table_close(struct intake_table **table)
{
	struct intake_table	*t = *table;

	if (t == NULL)
		return;
	if (t->reader != NULL)
		t->ops->stop(t);
	if (t->fd >= 0)
		(void)close(t->fd);
	arena_free(&t->arena);
	free(t);
	*table = NULL;
}

bool
table_fill(struct intake_table *table, struct buf *text, bool *end,
    struct err *err)
{
	char	chunk[TABLE_CHUNK];
	size_t	len;

	if (!read_block(table, table->at, chunk, sizeof(chunk), &len, err))
		return false;
	table->at += (int64_t)len;
	*end = len == 0;
	buf_clear(text);
	if (table->latin1)
		utf8_from_latin1(text, (struct str){chunk, len});
	else
		buf_add(text, chunk, len);
	return buf_check(text, err);
}

bool
table_add_column(struct intake_table *table, struct str name, struct err *err)
{
	char	*copy;

	if (table->column_count == TABLE_COLUMNS_MAX)
		return err_set(err, ERR_INPUT, "%s: more than %d columns",
		    table->path, TABLE_COLUMNS_MAX);
	if ((copy = arena_copy(table->arena, name.p, name.len)) == NULL)
		return err_nomem(err);
	table->columns[table->column_count++] = (struct str){copy, name.len};
	return true;
}

bool
intake_table_next(struct intake_table *table, struct intake_row *row,
    bool *more, struct err *err)
{
	return table->ops->next(table, row, more, err);
}

bool
intake_table_rewind(struct intake_table *table, struct err *err)
{
	table->ops->stop(table);
	table->reader = NULL;
	table->column_count = 0;
	return table->ops->start(table, err);
}

bool
intake_table_same(const struct intake_table *table, struct err *err)
{
	struct stat	now;

	if (fstat(table->fd, &now) != 0)
		return err_sys(err, "looking at %s", table->path);
	if (now.st_size != table->stat.st_size ||
	    now.st_mtim.tv_sec != table->stat.st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != table->stat.st_mtim.tv_nsec)
		return err_set(err, ERR_LATER, "%s changed while it was read;"
		    " import it again when it is whole", table->path);
	return true;
}

size_t
intake_table_columns(const struct intake_table *table)
{
	return table->column_count;
}

struct str
intake_table_column(const struct intake_table *table, size_t i)
{
	return table->columns[i];
}

char
intake_table_delimiter(const struct intake_table *table)
{
	return table->delimiter;
}

bool
intake_table_is_json(const struct intake_table *table)
{
	return table->ops == &table_json_ops;
}

bool
intake_table_is_latin1(const struct intake_table *table)
{
	return table->latin1;
}

int64_t
intake_table_size(const struct intake_table *table)
{
	return (int64_t)table->stat.st_size;
}

int64_t
intake_table_at(const struct intake_table *table)
{
	return table->at;
}

const struct hash *
intake_table_hash(const struct intake_table *table)
{
	return &table->hash;
}
