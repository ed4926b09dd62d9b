/* SPDX-License-Identifier: ISC */
/*
 * The single place where an answer becomes an outcome, so that "try again"
 * and "never again" mean the same on every channel.
 */
#include "channel/channel.h"

#include "base/utf8.h"
#include "channel/outcome_table.h"
#include "channel/reply.h"
#include "http/http.h"
#include "mail/smtp.h"

#include <errno.h>

#define OUTCOME_TEXT(value, name)	name,
const char *const	outcome_names[] = {OUTCOMES(OUTCOME_TEXT) NULL};
const char *const	outcome_class_names[] = {
	OUTCOME_CLASSES(OUTCOME_TEXT) NULL};
const char *const	answer_class_names[] = {
	ANSWER_CLASSES(OUTCOME_TEXT) NULL};

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

static bool
needs_person(enum outcome_class class)
{
	switch (class) {
	case OUTCOME_CLASS_CONTENT:
	case OUTCOME_CLASS_TEMPLATE:
	case OUTCOME_CLASS_BUG:
	case OUTCOME_CLASS_CREDENTIALS:
	case OUTCOME_CLASS_BALANCE:
	case OUTCOME_CLASS_CONFIG:
		return true;
	case OUTCOME_CLASS_NONE:
	case OUTCOME_CLASS_ADDRESS:
	case OUTCOME_CLASS_ADDRESS_TWICE:
	case OUTCOME_CLASS_OPTOUT:
	case OUTCOME_CLASS_MAILBOX:
	case OUTCOME_CLASS_RECIPIENT_RATE:
	case OUTCOME_CLASS_GREYLIST:
	case OUTCOME_CLASS_MESSAGE:
	case OUTCOME_CLASS_POLICY:
	case OUTCOME_CLASS_RATE:
	case OUTCOME_CLASS_ROUTING:
	case OUTCOME_CLASS_ROUTE:
	case OUTCOME_CLASS_UNKNOWN:
	case OUTCOME_CLASS_COUNT:
	default:
		return false;
	}
}

static void
begin(struct channel_result *result, const struct verdict *verdict,
    const char *code, struct str reply)
{
	memset(result, 0, sizeof(*result));
	result->outcome = verdict->outcome;
	result->class = verdict->class;
	result->wait_ms = verdict->wait_ms;
	result->life_ms = verdict->life_ms;
	result->is_greylist = verdict->class == OUTCOME_CLASS_GREYLIST;
	result->alert = needs_person(verdict->class);
	put_text(result->code, sizeof(result->code), str_of(code));
	put_text(result->reply, sizeof(result->reply), reply);
}

void
outcome_accepted(struct channel_result *result, const char *code,
    struct str reply, struct str provider_id)
{
	static const struct verdict	accepted = {OUTCOME_ACCEPTED,
		OUTCOME_CLASS_NONE, 0, 0};

	begin(result, &accepted, code, reply);
	put_text(result->provider_id, sizeof(result->provider_id),
	    provider_id);
}

void
outcome_local(struct channel_result *result, enum outcome outcome,
    enum outcome_class class, const char *code, const char *reply)
{
	const struct verdict	verdict = {outcome, class, 0, 0};

	begin(result, &verdict, code, str_of(reply));
	result->is_site = class == OUTCOME_CLASS_ROUTE &&
	    outcome != OUTCOME_UNSENT;
}

/* --- files ---------------------------------------------------------------------- */

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
	struct verdict			 verdict;

	for (size_t i = 0; i < sizeof(errno_rows) / sizeof(errno_rows[0]); i++) {
		if (errno_rows[i].error == error)
			row = &errno_rows[i];
	}
	verdict = (struct verdict){OUTCOME_DEFERRED, row->class, row->wait_ms,
	    0};
	if (begun)
		verdict.outcome = OUTCOME_IN_DOUBT;
	else if (row->class == OUTCOME_CLASS_CONTENT)
		verdict.outcome = OUTCOME_REFUSED;
	begin(result, &verdict, row->name, str_of(""));
	(void)snprintf(result->reply, sizeof(result->reply), "%s: %s", doing,
	    strerror(error));
	result->is_site = row->class == OUTCOME_CLASS_ROUTE;
}

/* --- SMTP ----------------------------------------------------------------------- */

static const struct verdict	way_broken = DEFER(ROUTE);
static const struct verdict	lost = DOUBT(ROUTE);
static const struct verdict	stopped = {OUTCOME_UNSENT, OUTCOME_CLASS_NONE,
	0, 0};
static const struct verdict	never_begun = {OUTCOME_UNSENT,
	OUTCOME_CLASS_NONE, SECOND_MS, 0};	/* the way just broke */

/* What an answer says, taken apart. */
struct said {
	enum smtp_stage		 stage;
	int			 code;
	bool			 is_permanent;	/* see read_said */
	bool			 has_enhanced;
	struct reply_enhanced	 enhanced;
	struct str		 words;		/* folded */
};

static const struct verdict *
by_words(const struct said *said)
{
	const struct word_row	*row;

	for (size_t i = 0; i < sizeof(word_rows) / sizeof(word_rows[0]); i++) {
		row = &word_rows[i];
		if (!said->is_permanent && !row->in_4xx)
			continue;
		for (size_t j = 0; row->words[j] != NULL; j++) {
			if (said->words.len > 0 && memmem(said->words.p,
			    said->words.len, row->words[j],
			    strlen(row->words[j])) != NULL)
				return &row->verdict;
		}
	}
	return NULL;
}

static const struct enhanced_row *
by_enhanced(const struct said *said)
{
	const struct enhanced_row	*rows = said->is_permanent ?
					    permanent_rows : transient_rows;
	size_t				 count = said->is_permanent ?
	    sizeof(permanent_rows) / sizeof(permanent_rows[0]) :
	    sizeof(transient_rows) / sizeof(transient_rows[0]);

	if (!said->has_enhanced)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].subject == said->enhanced.subject &&
		    (rows[i].detail == ANY ||
		    rows[i].detail == said->enhanced.detail))
			return &rows[i];
	}
	return NULL;
}

static const struct verdict *
by_basic(const struct said *said)
{
	static const struct verdict	later = DEFER(UNKNOWN);
	static const struct verdict	never = REFUSE(ADDRESS_TWICE);
	const struct verdict		*found = by_words(said);

	for (size_t i = 0; i < sizeof(basic_rows) / sizeof(basic_rows[0]);
	    i++) {
		if (basic_rows[i].code == said->code &&
		    (said->code >= 500) == said->is_permanent)
			return basic_rows[i].is_vague && found != NULL ?
			    found : &basic_rows[i].verdict;
	}
	if (found != NULL)
		return found;
	return said->is_permanent ? &never : &later;
}

static bool
is_about_address(const struct verdict *verdict)
{
	return verdict->class == OUTCOME_CLASS_ADDRESS ||
	    verdict->class == OUTCOME_CLASS_ADDRESS_TWICE;
}

static const struct verdict *
judge_permanent(const struct said *said)
{
	static const struct verdict	halt = DEFER_HALT(CREDENTIALS);
	static const struct verdict	policy = REFUSE(POLICY);
	const struct enhanced_row	*row = by_enhanced(said);
	const struct verdict		*words = by_words(said);
	const struct verdict		*verdict;

	if (said->code == 530 || said->code == 534 || said->code == 535 ||
	    said->code == 538)
		return &halt;
	if (row == NULL)
		verdict = by_basic(said);
	else if (row->is_vague && words != NULL)
		verdict = words;
	else
		verdict = &row->verdict;
	if (!is_about_address(verdict))
		return verdict;
	/* "5.2.1 ... is receiving mail at a rate": such a no passes */
	if (words != NULL && (words->class == OUTCOME_CLASS_RATE ||
	    words->class == OUTCOME_CLASS_RECIPIENT_RATE))
		return words;
	/* at MAIL nothing had been said of the recipient */
	return said->stage == SMTP_MAIL ? &policy : verdict;
}

static const struct verdict *
judge_transient(const struct said *said)
{
	static const struct verdict	policy = DEFER(POLICY);
	const struct verdict		*verdict = by_words(said);
	const struct enhanced_row	*row = by_enhanced(said);

	if (verdict != NULL)
		return verdict;
	if (row == NULL)
		return by_basic(said);
	if (row->verdict.class == OUTCOME_CLASS_GREYLIST &&
	    said->code != 450 && said->code != 451)
		return &policy;
	return &row->verdict;
}

/*
 * Codes that contradict each other: what it is about is read from the
 * enhanced one, but it is final only when both say so.  A try too many costs
 * less than a reminder or an address lost to somebody's misconfigured server
 * (and RFC 5321 4.2 wants the basic code obeyed).
 */
static void
read_said(const struct smtp_answer *answer, struct buf *words,
    struct said *said)
{
	struct str	text = {answer->reply, strnlen(answer->reply,
			    sizeof(answer->reply))};
	struct str	enhanced = {answer->enhanced,
			    strnlen(answer->enhanced,
			    sizeof(answer->enhanced))};

	reply_words(words, text);
	*said = (struct said){.stage = answer->stage, .code = answer->code,
	    .words = buf_str(words)};
	said->has_enhanced = reply_enhanced(enhanced, &said->enhanced) ||
	    reply_enhanced(text, &said->enhanced);
	if (said->has_enhanced && said->enhanced.class == 2)
		said->has_enhanced = false;	/* nothing that a no would say */
	if (said->has_enhanced && said->enhanced.subject == 0)
		said->has_enhanced = false;	/* "other", so nothing */
	said->is_permanent = said->code >= 500 && (!said->has_enhanced ||
	    said->enhanced.class == 5);
}

/* The server's no. */
static const struct verdict *
judge_no(const struct said *said)
{
	static const struct verdict	slower = DEFER(RATE);
	static const struct verdict	halt = DEFER_HALT(CREDENTIALS);

	if (said->code == 421)
		return &slower;
	if (said->stage == SMTP_AUTH && said->code >= 500)
		return &halt;
	if (said->stage < SMTP_MAIL)
		return &way_broken;
	return said->is_permanent ? judge_permanent(said) :
	    judge_transient(said);
}

static const struct verdict *
judge_silence(const struct smtp_answer *answer)
{
	if (answer->stopped)
		return &stopped;
	if (answer->body_ended)
		return &lost;
	return answer->stage == SMTP_QUEUED ? &never_begun : &way_broken;
}

static void
put_code(char *out, size_t room, const struct smtp_answer *answer,
    const struct said *said)
{
	out[0] = '\0';
	if (answer->code <= 0)
		return;
	if (said->enhanced.class != 0)
		(void)snprintf(out, room, "%d %d.%d.%d", answer->code % 1000,
		    said->enhanced.class, said->enhanced.subject,
		    said->enhanced.detail);
	else
		(void)snprintf(out, room, "%d", answer->code % 1000);
}

void
outcome_from_smtp(struct channel_result *result,
    const struct smtp_answer *answer)
{
	static const struct verdict	taken = {OUTCOME_ACCEPTED,
		OUTCOME_CLASS_NONE, 0, 0};
	const struct verdict		*verdict;
	struct buf			 words = BUF_INIT;
	struct said			 said;
	char				 code[32];
	int64_t				 wait_ms;

	read_said(answer, &words, &said);
	/* a 2xx for a body that never left is a stale or a forged one */
	if (answer->code >= 200 && answer->code <= 299 && !answer->stopped &&
	    answer->stage == SMTP_DOT && answer->body_ended)
		verdict = &taken;
	else if (answer->code >= 400 && answer->code <= 599 &&
	    !answer->stopped)
		verdict = judge_no(&said);
	else
		verdict = judge_silence(answer);
	put_code(code, sizeof(code), answer, &said);
	begin(result, verdict, code, str_of(""));
	put_text(result->reply, sizeof(result->reply),
	    (struct str){answer->reply, strnlen(answer->reply,
	    sizeof(answer->reply))});
	result->is_site = verdict == &way_broken || verdict == &lost ||
	    (answer->code == 421 && verdict->outcome == OUTCOME_DEFERRED);
	wait_ms = reply_wait(said.words);
	if (result->outcome == OUTCOME_DEFERRED && wait_ms > result->wait_ms)
		result->wait_ms = wait_ms;
	buf_fini(&words);
}

/* --- HTTP ----------------------------------------------------------------------- */

static const struct http_row *
http_row(int status)
{
	/* a reply with such a status was no HTTP server's */
	static const struct http_row	other = {0, 0, true, false,
		DOUBT(ROUTE)};

	for (size_t i = 0; i < sizeof(http_rows) / sizeof(http_rows[0]); i++) {
		if (status >= http_rows[i].low && status <= http_rows[i].high)
			return &http_rows[i];
	}
	return &other;
}

/* Within [1 s, 6 h]; 0 stays "none was asked for". */
static int64_t
asked_wait(int64_t seconds)
{
	if (seconds <= 0)
		return 0;
	return seconds > 6 * 3600 ? 6 * HOUR_MS : seconds * SECOND_MS;
}

static void
http_text(struct channel_result *result, const struct http_answer *answer)
{
	if (answer->body.len > 0 && !answer->encoded &&
	    answer->stage == HTTP_REPLIED)
		put_text(result->reply, sizeof(result->reply), answer->body);
	else
		put_text(result->reply, sizeof(result->reply),
		    (struct str){answer->error, strnlen(answer->error,
		    sizeof(answer->error))});
}

struct http_verdict {
	struct verdict	verdict;
	bool		is_site;
	bool		may_be_taken;	/* of use with a key only */
};

/* No whole reply. */
static struct http_verdict
judge_broken(const struct http_answer *answer)
{
	static const struct verdict	again = DEFER(UNKNOWN);
	struct http_verdict		out = {way_broken, true, false};

	if (answer->status >= 400 && answer->status <= 499) {
		/* a no whose reason broke off: so not taken */
		out.verdict = http_row(answer->status)->verdict;
		if (out.verdict.outcome == OUTCOME_REFUSED)
			out.verdict = again;
	} else if (answer->body_begun) {
		out.verdict = lost;
		out.may_be_taken = true;
	}
	return out;
}

static struct http_verdict
judge_reply(const struct http_answer *answer,
    const struct outcome_terms *terms)
{
	static const struct verdict	taken = {OUTCOME_ACCEPTED,
		OUTCOME_CLASS_NONE, 0, 0};
	const struct http_row		*row = http_row(answer->status);
	struct http_verdict		 out = {row->verdict, row->is_site,
					    false};
	bool				 is_2xx = answer->status >= 200 &&
					    answer->status <= 299;

	if (is_2xx)
		out = (struct http_verdict){taken, false, false};
	if (!answer->body_begun && (is_2xx || row->needs_key ||
	    out.verdict.outcome == OUTCOME_IN_DOUBT))
		return (struct http_verdict){way_broken, true, false};
	if (answer->status == 503 && terms->busy_is_no)
		return out;
	if (row->needs_key && !terms->has_key)
		out.verdict.outcome = OUTCOME_IN_DOUBT;
	out.may_be_taken = row->needs_key || answer->status == 409 ||
	    out.verdict.outcome == OUTCOME_IN_DOUBT;
	return out;
}

void
outcome_from_http(struct channel_result *result,
    const struct http_answer *answer, const struct outcome_terms *terms)
{
	const struct http_verdict	found = answer->stage == HTTP_REPLIED ?
	    judge_reply(answer, terms) : judge_broken(answer);
	int64_t				wait_ms =
	    asked_wait(answer->retry_after_s);
	char				code[16] = "";

	if (answer->status > 0)
		(void)snprintf(code, sizeof(code), "%d", answer->status);
	begin(result, &found.verdict, code, str_of(""));
	http_text(result, answer);
	result->is_site = found.is_site;
	result->same_bytes = found.may_be_taken && terms->has_key;
	if ((result->outcome == OUTCOME_DEFERRED || result->same_bytes) &&
	    wait_ms > result->wait_ms)
		result->wait_ms = wait_ms;
}

void
outcome_from_class(struct channel_result *result, enum answer_class class,
    const struct answer_said *said)
{
	const struct verdict	*verdict = &answer_rows[class];
	char			 code[32] = "";

	if (said->code != NULL && said->code[0] != '\0')
		(void)snprintf(code, sizeof(code), "%s", said->code);
	else if (said->status > 0)
		(void)snprintf(code, sizeof(code), "%d", said->status);
	begin(result, verdict, code, said->reply);
	put_text(result->provider_id, sizeof(result->provider_id),
	    said->provider_id);
	result->is_site = (said->status >= 500 || said->status == 429) &&
	    (class == ANSWER_RETRY || class == ANSWER_THROTTLED ||
	    class == ANSWER_IN_DOUBT);
	if (said->wait_ms > result->wait_ms &&
	    result->outcome == OUTCOME_DEFERRED)
		result->wait_ms = said->wait_ms > 2 * DAY_MS ? 2 * DAY_MS :
		    said->wait_ms;
}
