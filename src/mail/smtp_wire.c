/* SPDX-License-Identifier: ISC */
/*
 * smtp_wire.c - reads what libESMTP writes and reads, to know which answer
 * belongs to which command.
 *
 * libESMTP's own account is not enough: it has no word for the answers before
 * MAIL, keeps stale codes, and goes on when commands and answers are out of
 * step.  Out of step is what must never be taken for an acceptance.
 */
#include "mail/smtp_impl.h"

#define LIBESMTP_LINE	1022	/* longer ones it cuts in two */

#define STAGE_TEXT(value, name)	name,
const char *const	smtp_stage_names[] = {SMTP_STAGES(STAGE_TEXT) NULL};

/*
 * Hidden from libESMTP.  BDAT cannot be stopped before its end, reports the
 * answer to the last piece instead of the one that refused, and cannot tell a
 * stray answer from the last; NTLM is not what a password should go through;
 * XUSR is a command of its own before each message.
 */
static const char *const	hidden[] = {"CHUNKING", "BINARYMIME", "NTLM",
	"XUSR"};

static void
push(struct smtp_wire *wire, enum smtp_stage stage)
{
	if (stage != SMTP_QUEUED) {
		wire->last = stage;
		wire->replies[stage] = (struct smtp_reply){0};
	}
	if (wire->n_pending == WIRE_PENDING) {
		wire->is_broken = true;
		return;
	}
	wire->pending[wire->n_pending++] = stage;
}

static enum smtp_stage
pop(struct smtp_wire *wire)
{
	enum smtp_stage	stage = wire->pending[0];

	wire->n_pending--;
	memmove(wire->pending, wire->pending + 1,
	    wire->n_pending * sizeof(wire->pending[0]));
	return stage;
}

void
smtp_wire_start(struct smtp_wire *wire)
{
	memset(wire, 0, sizeof(*wire));
	push(wire, SMTP_BANNER);
}

void
smtp_wire_message(struct smtp_wire *wire)
{
	for (int i = SMTP_MAIL; i < SMTP_STAGE_COUNT; i++)
		wire->replies[i] = (struct smtp_reply){0};
	wire->last = SMTP_MAIL;
}

void
smtp_wire_dot(struct smtp_wire *wire)
{
	push(wire, SMTP_DOT);
}

enum smtp_stage
smtp_wire_stage(const struct smtp_wire *wire)
{
	for (size_t i = 0; i < wire->n_pending; i++) {
		if (wire->pending[i] != SMTP_QUEUED)
			return wire->pending[i];
	}
	return wire->last;
}

bool
smtp_wire_is_yes(const struct smtp_wire *wire, enum smtp_stage stage)
{
	int	code = wire->replies[stage].code;

	if (stage == SMTP_BODY)
		return code == 354;
	return stage == SMTP_BANNER ? code == 220 : code / 100 == 2;
}

/* --- commands -------------------------------------------------------------- */

struct verb {
	char		name[5];
	enum smtp_stage	stage;
};

static const struct verb	verbs[] = {
	{"EHLO", SMTP_EHLO}, {"HELO", SMTP_EHLO}, {"STAR", SMTP_TLS},
	{"AUTH", SMTP_AUTH}, {"MAIL", SMTP_MAIL}, {"RCPT", SMTP_RCPT},
	{"DATA", SMTP_BODY}, {"RSET", SMTP_QUEUED}, {"QUIT", SMTP_QUEUED},
	{".\r\n", SMTP_DOT}
};

/* A line that follows 334 is no command, whatever it looks like. */
static enum smtp_stage
verb_stage(const struct smtp_wire *wire)
{
	if (wire->last == SMTP_AUTH &&
	    wire->replies[SMTP_AUTH].code / 100 == 3)
		return SMTP_AUTH;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(wire->verb, verbs[i].name) == 0)
			return verbs[i].stage;
	}
	return SMTP_QUEUED;
}

enum smtp_stage
smtp_wire_wrote(struct smtp_wire *wire, const char *bytes, size_t len)
{
	enum smtp_stage	stage = SMTP_QUEUED;

	for (size_t i = 0; i < len; i++) {
		if (wire->n_verb < sizeof(wire->verb) - 1)
			wire->verb[wire->n_verb++] = bytes[i];
		if (bytes[i] != '\n')
			continue;
		stage = verb_stage(wire);
		wire->is_quit |= strcmp(wire->verb, "QUIT") == 0;
		push(wire, stage);
		memset(wire->verb, 0, sizeof(wire->verb));
		wire->n_verb = 0;
	}
	return stage;
}

/* --- answers --------------------------------------------------------------- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Bytes of "5.1.1" at text, 0 when there is none. */
static size_t
enhanced_length(const char *text)
{
	size_t	len = 1, n;

	if (text[0] != '2' && text[0] != '4' && text[0] != '5')
		return 0;
	for (int part = 0; part < 2; part++) {
		if (text[len++] != '.')
			return 0;
		for (n = 0; n < 3 && is_digit(text[len]); n++)
			len++;
		if (n == 0)
			return 0;
	}
	return text[len] == ' ' || text[len] == '\0' ? len : 0;
}

static void
break_off(struct smtp_wire *wire, const char *why)
{
	if (!wire->is_broken)
		(void)snprintf(wire->odd, sizeof(wire->odd), "%s: %.120s", why,
		    wire->line);
	wire->is_broken = true;
}

static void
add_text(struct smtp_reply *reply, const char *text)
{
	size_t	len = strlen(text);
	size_t	room = sizeof(reply->text) - 1 - reply->len;

	if (reply->len > 0 && room > 0) {
		reply->text[reply->len++] = '\n';
		room--;
	}
	if (len > room)
		len = room;
	memcpy(reply->text + reply->len, text, len);
	reply->len += len;
	reply->text[reply->len] = '\0';
}

static void
end_reply(struct smtp_wire *wire)
{
	wire->is_over |= wire->now.code == 421;
	wire->replies[pop(wire)] = wire->now;
	wire->now = (struct smtp_reply){0};
}

/* wire->line holds a line without its end. */
static void
end_line(struct smtp_wire *wire)
{
	const char	*line = wire->line;
	const char	*text = line[0] != '\0' && line[1] != '\0' &&
			    line[2] != '\0' && line[3] != '\0' ? line + 4 : "";
	size_t		 len;
	int		 code;

	if (!is_digit(line[0]) || !is_digit(line[1]) || !is_digit(line[2]) ||
	    (line[3] != ' ' && line[3] != '-' && line[3] != '\0')) {
		break_off(wire, "no SMTP answer");
		return;
	}
	code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
	if (code < 200 || code > 599 ||
	    (wire->now.code != 0 && wire->now.code != code)) {
		break_off(wire, "a code that cannot be");
		return;
	}
	wire->now.code = code;
	len = enhanced_length(text);
	if (len > 0 && wire->now.enhanced[0] == '\0') {
		memcpy(wire->now.enhanced, text, len);
		wire->now.enhanced[len] = '\0';
	}
	add_text(&wire->now, text);
	if (line[3] != '-')
		end_reply(wire);
}

/* c ends a word of an EHLO answer when the word before it is to be hidden. */
static bool
ends_hidden(const struct smtp_wire *wire)
{
	size_t	len = wire->column - wire->token;

	if (wire->n_pending == 0 || wire->pending[0] != SMTP_EHLO ||
	    wire->column >= sizeof(wire->line) || wire->token < 4)
		return false;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		if (strlen(hidden[i]) == len && strncasecmp(hidden[i],
		    wire->line + wire->token, len) == 0)
			return true;
	}
	return false;
}

/* One byte of a line, not its LF; returns what libESMTP shall see. */
static char
add_byte(struct smtp_wire *wire, char c)
{
	if (c == '\0')
		c = '?';
	if (c == '\r' && wire->column == 3)
		c = ' ';
	if (wire->column < sizeof(wire->line) - 1) {
		wire->line[wire->column] = c;
		wire->line[wire->column + 1] = '\0';
	}
	wire->column++;
	if (c == ' ' || c == '=' || wire->column == 4)
		wire->token = wire->column;
	else if (ends_hidden(wire))
		c = '-';
	return c;
}

void
smtp_wire_read(struct smtp_wire *wire, char *bytes, size_t len)
{
	bool	is_unasked = false;
	size_t	end;

	for (size_t i = 0; i < len; i++) {
		is_unasked |= wire->n_pending == 0;
		if (bytes[i] != '\n') {
			bytes[i] = add_byte(wire, bytes[i]);
			continue;
		}
		wire->is_over |= wire->column > LIBESMTP_LINE;
		end = wire->column < sizeof(wire->line) ? wire->column :
		    sizeof(wire->line) - 1;
		while (end > 0 && (wire->line[end - 1] == '\r' ||
		    wire->line[end - 1] == ' '))
			end--;
		wire->line[end] = '\0';
		if (is_unasked)
			break_off(wire, "said unasked");
		if (!wire->is_broken)
			end_line(wire);
		wire->line[0] = '\0';
		wire->column = wire->token = 0;
	}
	if (is_unasked)
		break_off(wire, "said unasked");
}
