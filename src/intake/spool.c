/* SPDX-License-Identifier: ISC */
#include "intake/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define WRITE_BLOCK	(256 * 1024)
#define READ_BLOCK	(1024 * 1024)	/* at a time */
#define READ_LEAST	(READ_BLOCK / 2)	/* no record is longer */

struct spool {
	int		fd;
	struct buf	out;		/* not yet written */
	struct buf	in;		/* read, perhaps with a cut end */
	size_t		at;		/* in it */
	off_t		offset;		/* of the file, behind it */
};

/* What stands before a record's texts. */
struct head {
	uint32_t	bytes;		/* of head and texts */
	int32_t		number;
	int64_t		line, amount, balance, known_at;
	int32_t		on, due;
	char		currency[4];
	unsigned char	kind, has_balance, along, text_count;
};

#define TEXT_NONE	UINT32_MAX

bool
spool_new(const char *dir, struct spool **out, struct err *err)
{
	struct spool	*spool;
	char		 path[4096];

	if ((spool = calloc(1, sizeof(*spool))) == NULL)
		return err_nomem(err);
	spool->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (spool->fd < 0 && snprintf(path, sizeof(path), "%s/dunlin-XXXXXX",
	    dir) < (int)sizeof(path) &&
	    (spool->fd = mkostemp(path, O_CLOEXEC)) >= 0)
		(void)unlink(path);
	if (spool->fd < 0) {
		free(spool);
		return err_sys(err, "making a spool file in %s", dir);
	}
	*out = spool;
	return true;
}

void
spool_free(struct spool **spool)
{
	if (*spool == NULL)
		return;
	(void)close((*spool)->fd);
	buf_fini(&(*spool)->out);
	buf_fini(&(*spool)->in);
	free(*spool);
	*spool = NULL;
}

static bool
flush(struct spool *spool, struct err *err)
{
	const char	*p = spool->out.p;
	size_t		 left = spool->out.len;

	while (left > 0) {
		ssize_t	n = write(spool->fd, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "writing the spool file");
		p += n;
		left -= (size_t)n;
	}
	buf_clear(&spool->out);
	return true;
}

static void
add_text(struct buf *out, struct str text)
{
	uint32_t	len = text.p == NULL ? TEXT_NONE : (uint32_t)text.len;

	buf_add(out, (const char *)&len, sizeof(len));
	if (text.len > 0)
		buf_add(out, text.p, text.len);
}

static size_t
text_count(enum store_record_kind kind)
{
	switch (kind) {
	case STORE_REC_CUSTOMER:
		return CUSTOMER_TEXTS;
	case STORE_REC_INVOICE:
		return INVOICE_TEXTS;
	case STORE_REC_PAYMENT:
	case STORE_REC_CREDIT:
	case STORE_REC_KINDS:
		break;
	}
	return PAYMENT_TEXTS;
}

bool
spool_write(struct spool *spool, const struct store_record *record,
    struct err *err)
{
	struct head	head = {
		.number = record->number, .line = record->line,
		.amount = record->amount, .balance = record->balance,
		.known_at = record->known_at, .on = record->on,
		.due = record->due, .kind = (unsigned char)record->kind,
		.has_balance = record->has_balance, .along = record->along,
		.text_count = (unsigned char)text_count(record->kind),
	};
	size_t		from = spool->out.len;

	(void)memcpy(head.currency, record->currency, sizeof(head.currency));
	buf_add(&spool->out, (const char *)&head, sizeof(head));
	add_text(&spool->out, record->ref);
	if (record->kind == STORE_REC_CUSTOMER)
		add_text(&spool->out, record->implied);
	for (size_t i = 0; i < head.text_count; i++)
		add_text(&spool->out, record->texts[i]);
	if (!buf_check(&spool->out, err))
		return false;
	head.bytes = (uint32_t)(spool->out.len - from);
	(void)memcpy(spool->out.p + from, &head.bytes, sizeof(head.bytes));
	return spool->out.len < WRITE_BLOCK || flush(spool, err);
}

bool
spool_rewind(struct spool *spool, struct err *err)
{
	buf_clear(&spool->in);
	spool->at = 0;
	spool->offset = 0;
	return flush(spool, err);
}

/* Moves the cut record to the front and reads on behind it. */
static bool
refill(struct spool *spool, struct err *err)
{
	size_t	left = spool->in.len - spool->at;
	ssize_t	n;

	if (left > 0)
		(void)memmove(spool->in.p, spool->in.p + spool->at, left);
	buf_truncate(&spool->in, left);
	spool->at = 0;
	if (!buf_reserve(&spool->in, READ_BLOCK))
		return err_nomem(err);
	do
		n = pread(spool->fd, spool->in.p + left, READ_BLOCK,
		    spool->offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, "reading the spool file");
	spool->in.len += (size_t)n;
	spool->offset += n;
	return true;
}

static struct str
take_text(const char **p)
{
	struct str	text = {NULL, 0};
	uint32_t	len;

	(void)memcpy(&len, *p, sizeof(len));
	*p += sizeof(len);
	if (len != TEXT_NONE) {
		text = (struct str){*p, len};
		*p += len;
	}
	return text;
}

static void
take_record(const char *p, struct store_record *record)
{
	struct head	head;

	(void)memcpy(&head, p, sizeof(head));
	p += sizeof(head);
	*record = (struct store_record){
		.kind = (enum store_record_kind)head.kind, .line = head.line,
		.number = head.number, .amount = head.amount,
		.balance = head.balance, .has_balance = head.has_balance,
		.on = head.on, .due = head.due, .known_at = head.known_at,
		.along = head.along,
	};
	(void)memcpy(record->currency, head.currency, sizeof(head.currency));
	record->ref = take_text(&p);
	if (record->kind == STORE_REC_CUSTOMER)
		record->implied = take_text(&p);
	for (size_t i = 0; i < head.text_count; i++)
		record->texts[i] = take_text(&p);
}

/* Bytes of the record at the reading place; 0 when it is not all there. */
static size_t
whole_record(const struct spool *spool)
{
	size_t		left = spool->in.len - spool->at;
	uint32_t	bytes;

	if (left < sizeof(bytes))
		return 0;
	(void)memcpy(&bytes, spool->in.p + spool->at, sizeof(bytes));
	return bytes <= left ? bytes : 0;
}

bool
spool_read(struct spool *spool, struct store_record *records, size_t room,
    size_t *count_out, struct err *err)
{
	size_t	count = 0, bytes;

	if (spool->in.len - spool->at < READ_LEAST && !refill(spool, err))
		return false;
	while (count < room && (bytes = whole_record(spool)) > 0) {
		take_record(spool->in.p + spool->at, &records[count++]);
		spool->at += bytes;
	}
	/* field.h bounds the texts */
	*count_out = count;
	return true;
}
