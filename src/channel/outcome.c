/* SPDX-License-Identifier: ISC */
/*
 * The single place where an answer becomes an outcome, so that "try again"
 * and "never again" mean the same on every channel.
 */
#include "base/utf8.h"
#include "channel/channel.h"

#include <errno.h>

#define OUTCOME_TEXT(value, name)	name,
const char *const	outcome_names[] = {OUTCOMES(OUTCOME_TEXT) NULL};
const char *const	outcome_class_names[] = {
	OUTCOME_CLASSES(OUTCOME_TEXT) NULL};

enum message_event
outcome_event(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_ACCEPTED:
		return MSG_EV_ACCEPT;
	case OUTCOME_DEFERRED:
		return MSG_EV_DEFER;
	case OUTCOME_REFUSED:
		return MSG_EV_REFUSE;
	case OUTCOME_UNSENT:
		return MSG_EV_UNSEND;
	case OUTCOME_IN_DOUBT:
	case OUTCOME_COUNT:
	default:
		return MSG_EV_SILENCE;	/* nobody knows: never send blindly */
	}
}

/* Cuts text of the other side to room bytes, without controls. */
static void
put_text(char *out, size_t room, struct str text)
{
	struct buf	clean = BUF_INIT;
	size_t		len;

	utf8_clean(&clean, text, false);
	len = clean.len < room - 1 ? clean.len : room - 1;
	while (len > 0 && len < clean.len &&
	    ((unsigned char)clean.p[len] & 0xc0) == 0x80)
		len--;		/* not through a character */
	if (len > 0)
		memcpy(out, clean.p, len);
	out[len] = '\0';
	buf_fini(&clean);
}

static void
begin(struct channel_result *result, enum outcome outcome,
    enum outcome_class class, const char *code)
{
	memset(result, 0, sizeof(*result));
	result->outcome = outcome;
	result->class = class;
	put_text(result->code, sizeof(result->code), str_of(code));
}

void
outcome_accepted(struct channel_result *result, const char *code,
    struct str reply, struct str provider_id)
{
	begin(result, OUTCOME_ACCEPTED, OUTCOME_CLASS_NONE, code);
	put_text(result->reply, sizeof(result->reply), reply);
	put_text(result->provider_id, sizeof(result->provider_id),
	    provider_id);
}

struct errno_row {
	int			 error;
	const char		*name;
	enum outcome_class	 class;
	int64_t			 wait_ms;
};

static const struct errno_row	errno_rows[] = {
	{ENOSPC, "ENOSPC", OUTCOME_CLASS_ROUTE, 5 * MINUTE_MS},
	{EDQUOT, "EDQUOT", OUTCOME_CLASS_ROUTE, 5 * MINUTE_MS},
	{EFBIG, "EFBIG", OUTCOME_CLASS_ROUTE, 5 * MINUTE_MS},
	{EIO, "EIO", OUTCOME_CLASS_ROUTE, 5 * MINUTE_MS},
	{EROFS, "EROFS", OUTCOME_CLASS_ROUTE, 5 * MINUTE_MS},
	{ENOENT, "ENOENT", OUTCOME_CLASS_ROUTE, MINUTE_MS},
	{ENOTDIR, "ENOTDIR", OUTCOME_CLASS_ROUTE, MINUTE_MS},
	{EACCES, "EACCES", OUTCOME_CLASS_ROUTE, MINUTE_MS},
	{EPERM, "EPERM", OUTCOME_CLASS_ROUTE, MINUTE_MS},
	{EMFILE, "EMFILE", OUTCOME_CLASS_RATE, SECOND_MS},
	{ENFILE, "ENFILE", OUTCOME_CLASS_RATE, SECOND_MS},
	{ENOMEM, "ENOMEM", OUTCOME_CLASS_RATE, SECOND_MS},
	{EINTR, "EINTR", OUTCOME_CLASS_RATE, 0},
	{EINVAL, "EINVAL", OUTCOME_CLASS_CONTENT, 0}
};

void
outcome_from_errno(struct channel_result *result, int error, bool begun,
    const char *doing)
{
	static const struct errno_row	other = {0, "errno",
		OUTCOME_CLASS_UNKNOWN, MINUTE_MS};
	const struct errno_row		*row = &other;

	for (size_t i = 0; i < sizeof(errno_rows) / sizeof(errno_rows[0]); i++) {
		if (errno_rows[i].error == error)
			row = &errno_rows[i];
	}
	if (begun)
		begin(result, OUTCOME_IN_DOUBT, row->class, row->name);
	else if (row->class == OUTCOME_CLASS_CONTENT)
		begin(result, OUTCOME_REFUSED, row->class, row->name);
	else
		begin(result, OUTCOME_DEFERRED, row->class, row->name);
	(void)snprintf(result->reply, sizeof(result->reply), "%s: %s", doing,
	    strerror(error));
	result->wait_ms = row->wait_ms;
}

void
outcome_unsent(struct channel_result *result, const char *why)
{
	begin(result, OUTCOME_UNSENT, OUTCOME_CLASS_NONE, "");
	put_text(result->reply, sizeof(result->reply), str_of(why));
}
