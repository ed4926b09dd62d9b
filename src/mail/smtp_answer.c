/* SPDX-License-Identifier: ISC */
/*
 * smtp_answer.c - what is told of a message, from all that was seen of it.
 *
 * Taken is what every account agrees on.  A refused recipient wins over what
 * the server said later; a code that was there before the end of the body says
 * nothing about what came of it.
 */
#include "mail/smtp_impl.h"

#include <errno.h>

static void
take_reply(struct smtp_answer *answer, const struct smtp_wire *wire,
    enum smtp_stage stage)
{
	const struct smtp_reply	*reply = &wire->replies[stage];

	answer->stage = stage;
	answer->code = reply->code;
	memcpy(answer->enhanced, reply->enhanced, sizeof(answer->enhanced));
	memcpy(answer->reply, reply->text, sizeof(answer->reply));
}

/* Was there an answer that is neither the yes nor a no? */
static bool
is_odd(const struct smtp_wire *wire)
{
	enum smtp_stage	stage = smtp_wire_stage(wire);

	return wire->replies[stage].code != 0 &&
	    !smtp_wire_is_yes(wire, stage);
}

static const char *
error_text(const struct smtp_worker *worker, char *room, size_t len)
{
	const struct smtp_shim	*shim = &worker->shim;
	const struct smtp_reply	*reply =
	    &worker->wire.replies[smtp_wire_stage(&worker->wire)];

	if (shim->trouble[0] != '\0')
		return shim->trouble;
	if (shim->error == ETIMEDOUT)
		return "no answer within its time";
	if (shim->error != 0 && shim->error != ECONNRESET)
		return strerror_r(shim->error, room, len);
	if (is_odd(&worker->wire)) {
		(void)snprintf(room, len, "an answer that does not fit: %d"
		    " %.100s", reply->code, reply->text);
		return room;
	}
	return "the connection was closed";
}

static int
error_number(const struct smtp_worker *worker)
{
	if (worker->shim.error != 0)
		return worker->shim.error;
	return is_odd(&worker->wire) ? EPROTO : ECONNRESET;
}

/* No code of the server's tells how it ended. */
static void
take_error(const struct smtp_worker *worker, enum smtp_stage stage,
    struct smtp_answer *answer)
{
	char		 room[160];
	const char	*text;

	answer->stage = worker->body_ended ? SMTP_DOT : stage;
	if (worker->fail_stage != SMTP_QUEUED) {
		answer->error = worker->fail_error;
		text = worker->fail_text;
	} else {
		answer->error = error_number(worker);
		text = error_text(worker, room, sizeof(room));
	}
	(void)snprintf(answer->reply, sizeof(answer->reply), "%s", text);
}

static enum smtp_stage
stage_of(const struct smtp_worker *worker)
{
	if (worker->shim.address[0] == '\0')
		return SMTP_RESOLVE;
	if (!worker->shim.is_connected)
		return SMTP_CONNECT;
	return worker->fail_stage != SMTP_QUEUED ? worker->fail_stage :
	    smtp_wire_stage(&worker->wire);
}

static bool
is_taken(const struct smtp_worker *worker, bool libesmtp_agrees)
{
	const struct smtp_wire	*wire = &worker->wire;

	return worker->body_ended && libesmtp_agrees &&
	    smtp_wire_is_yes(wire, SMTP_MAIL) &&
	    smtp_wire_is_yes(wire, SMTP_RCPT) &&
	    smtp_wire_is_yes(wire, SMTP_BODY) &&
	    smtp_wire_is_yes(wire, SMTP_DOT);
}

void
smtp_answer_make(const struct smtp_worker *worker, bool libesmtp_agrees,
    struct smtp_answer *answer)
{
	const struct smtp_wire	*wire = &worker->wire;
	enum smtp_stage		 stage = worker->body_ended ? SMTP_DOT :
				    stage_of(worker);

	memset(answer, 0, sizeof(*answer));
	answer->body_ended = worker->body_ended;
	answer->stopped = worker->is_stopped;
	(void)snprintf(answer->peer, sizeof(answer->peer), "%s%s%s",
	    worker->shim.address, worker->shim.tls[0] != '\0' ? " " : "",
	    worker->shim.tls);
	if (wire->replies[SMTP_RCPT].code >= 400)
		take_reply(answer, wire, SMTP_RCPT);
	else if (is_taken(worker, libesmtp_agrees) || wire->replies[stage].code >= 400)
		take_reply(answer, wire, stage);
	else
		take_error(worker, stage, answer);
}
