/* SPDX-License-Identifier: ISC */
/* Every row of DELIVERY.md 2.5 and 2.6, and of PERFORMANCE.md 2d. */
#include "channel/channel.h"
#include "channel/reply.h"
#include "http/http.h"
#include "mail/smtp.h"

#include "support/test.h"

#include <errno.h>

#define NO	OUTCOME_REFUSED
#define LATER	OUTCOME_DEFERRED
#define YES	OUTCOME_ACCEPTED
#define DOUBT	OUTCOME_IN_DOUBT
#define NEVER	OUTCOME_UNSENT
#define C(name)	OUTCOME_CLASS_ ## name

struct smtp_case {
	enum smtp_stage		 stage;
	int			 code;
	const char		*enhanced;
	const char		*reply;
	enum outcome		 outcome;
	enum outcome_class	 class;
	bool			 is_site;
};

static struct channel_result
smtp(enum smtp_stage stage, int code, const char *enhanced, const char *reply)
{
	struct smtp_answer	answer = {.stage = stage, .code = code,
				    .body_ended = stage == SMTP_DOT};
	struct channel_result	result;

	(void)snprintf(answer.enhanced, sizeof(answer.enhanced), "%s",
	    enhanced);
	(void)snprintf(answer.reply, sizeof(answer.reply), "%s", reply);
	memset(&result, 0x5a, sizeof(result));
	outcome_from_smtp(&result, &answer);
	return result;
}

static void
check_smtp(const struct smtp_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct smtp_case	*c = &cases[i];
		struct channel_result	 r = smtp(c->stage, c->code,
					    c->enhanced, c->reply);

		if (r.outcome != c->outcome || r.class != c->class ||
		    r.is_site != c->is_site)
			fail_msg("stage %d, %d %s %s: %s/%s site %d, not %s/%s %d",
			    (int)c->stage, c->code, c->enhanced,
			    c->reply, outcome_names[r.outcome],
			    outcome_class_names[r.class], r.is_site,
			    outcome_names[c->outcome],
			    outcome_class_names[c->class], c->is_site);
		assert_int_equal(r.is_greylist, r.class == C(GREYLIST));
	}
}

static void
test_before_the_message(void **state)
{
	static const struct smtp_case	cases[] = {
		{SMTP_RESOLVE, 0, "", "no such host", LATER, C(ROUTE), true},
		{SMTP_CONNECT, 0, "", "refused", LATER, C(ROUTE), true},
		{SMTP_BANNER, 0, "", "", LATER, C(ROUTE), true},
		{SMTP_BANNER, 554, "", "No SMTP here", LATER, C(ROUTE), true},
		{SMTP_BANNER, 554, "5.7.1", "blocked", LATER, C(ROUTE), true},
		{SMTP_BANNER, 421, "", "busy", LATER, C(RATE), true},
		{SMTP_EHLO, 500, "", "what", LATER, C(ROUTE), true},
		{SMTP_TLS, 0, "", "certificate", LATER, C(ROUTE), true},
		{SMTP_TLS, 454, "4.7.0", "TLS not available", LATER,
		    C(ROUTE), true},
		{SMTP_AUTH, 535, "5.7.8", "bad", LATER, C(CREDENTIALS), false},
		{SMTP_AUTH, 535, "", "bad", LATER, C(CREDENTIALS), false},
		{SMTP_AUTH, 504, "", "no such mechanism", LATER,
		    C(CREDENTIALS), false},
		{SMTP_AUTH, 454, "4.7.0", "Temporary failure", LATER,
		    C(ROUTE), true},
		{SMTP_AUTH, 0, "", "", LATER, C(ROUTE), true},
		{SMTP_QUEUED, 0, "", "", NEVER, C(NONE), false},
		{SMTP_MAIL, 530, "5.7.0", "Must issue STARTTLS", LATER,
		    C(CREDENTIALS), false},
		{SMTP_MAIL, 530, "5.5.1", "Authentication Required", LATER,
		    C(CREDENTIALS), false},
		{SMTP_MAIL, 550, "", "no", NO, C(POLICY), false},
		{SMTP_MAIL, 550, "5.1.1", "no", NO, C(POLICY), false},
		{SMTP_MAIL, 553, "5.1.8", "sender?", NO, C(BUG), false}
	};

	(void)state;
	check_smtp(cases, TEST_COUNT(cases));
	assert_int_equal(smtp(SMTP_AUTH, 535, "", "").wait_ms, 15 * MINUTE_MS);
	assert_true(smtp(SMTP_AUTH, 535, "", "").alert);
}

static void
test_transient(void **state)
{
	static const struct smtp_case	cases[] = {
		{SMTP_MAIL, 421, "", "bye", LATER, C(RATE), true},
		{SMTP_RCPT, 421, "4.7.0", "bye", LATER, C(RATE), true},
		{SMTP_BODY, 421, "", "bye", LATER, C(RATE), true},
		{SMTP_DOT, 421, "", "bye", LATER, C(RATE), true},
		{SMTP_RCPT, 421, "5.1.1", "bye", LATER, C(RATE), true},
		{SMTP_RCPT, 452, "4.2.2", "full", LATER, C(MAILBOX), false},
		{SMTP_RCPT, 450, "", "Mailbox full", LATER, C(MAILBOX), false},
		{SMTP_RCPT, 450, "4.2.0", "Greylisted, see http://postgrey."
		    "schweikert.ch/help/x", LATER, C(GREYLIST), false},
		{SMTP_RCPT, 451, "4.7.1", "later", LATER, C(GREYLIST), false},
		{SMTP_RCPT, 450, "4.7.1", "later", LATER, C(GREYLIST), false},
		{SMTP_RCPT, 452, "4.7.1", "later", LATER, C(POLICY), false},
		{SMTP_RCPT, 451, "", "Servicio en lista gris", LATER,
		    C(GREYLIST), false},
		{SMTP_RCPT, 450, "4.7.0", "later", LATER, C(POLICY), false},
		{SMTP_RCPT, 450, "4.7.25", "later", LATER, C(POLICY), false},
		{SMTP_DOT, 452, "4.3.1", "disk", LATER, C(RATE), false},
		{SMTP_DOT, 451, "4.3.0", "queue", LATER, C(RATE), false},
		{SMTP_RCPT, 452, "", "later", LATER, C(RATE), false},
		{SMTP_RCPT, 452, "4.5.3", "later", LATER, C(RATE), false},
		{SMTP_BODY, 454, "", "Throttling failure: Maximum sending"
		    " rate exceeded.", LATER, C(RATE), false},
		{SMTP_DOT, 454, "", "Throttling failure: Daily message quota"
		    " exceeded.", LATER, C(RATE), false},
		{SMTP_RCPT, 450, "4.4.5", "later", LATER, C(RATE), false},
		{SMTP_RCPT, 450, "4.4.3", "DNS", LATER, C(ROUTING), false},
		{SMTP_RCPT, 451, "4.7.500", "Server busy. Please try again"
		    " later", LATER, C(RATE), false},
		{SMTP_RCPT, 450, "4.2.1", "The user you are trying to contact"
		    " is receiving mail too quickly.", LATER,
		    C(RECIPIENT_RATE), false},
		{SMTP_RCPT, 450, "4.1.1", "user unknown", LATER, C(UNKNOWN),
		    false},
		{SMTP_RCPT, 450, "", "user unknown", LATER, C(UNKNOWN), false},
		{SMTP_DOT, 451, "", "error in processing", LATER, C(UNKNOWN),
		    false},
		{SMTP_DOT, 499, "", "", LATER, C(UNKNOWN), false}
	};

	(void)state;
	check_smtp(cases, TEST_COUNT(cases));
	assert_int_equal(smtp(SMTP_RCPT, 452, "4.2.2", "").wait_ms, DAY_MS);
}

static void
test_permanent(void **state)
{
	static const struct smtp_case	cases[] = {
		{SMTP_RCPT, 550, "5.1.1", "", NO, C(ADDRESS), false},
		{SMTP_RCPT, 550, "5.1.2", "", NO, C(ADDRESS), false},
		{SMTP_RCPT, 550, "5.1.3", "", NO, C(ADDRESS), false},
		{SMTP_RCPT, 550, "5.1.6", "", NO, C(ADDRESS), false},
		{SMTP_RCPT, 556, "5.1.10", "", NO, C(ADDRESS), false},
		{SMTP_RCPT, 550, "5.1.0", "", NO, C(ADDRESS_TWICE), false},
		{SMTP_RCPT, 550, "5.1.0", "user unknown", NO, C(ADDRESS), false},
		{SMTP_RCPT, 550, "5.2.1", "", NO, C(ADDRESS_TWICE), false},
		{SMTP_RCPT, 550, "5.2.1", "The user you are trying to contact"
		    " is receiving mail at a rate that", LATER,
		    C(RECIPIENT_RATE), false},
		{SMTP_RCPT, 552, "5.2.2", "", LATER, C(MAILBOX), false},
		{SMTP_DOT, 552, "5.2.3", "", NO, C(CONTENT), false},
		{SMTP_DOT, 552, "5.3.4", "", NO, C(CONTENT), false},
		{SMTP_DOT, 554, "5.6.0", "", NO, C(CONTENT), false},
		{SMTP_DOT, 554, "5.6.1", "", NO, C(CONTENT), false},
		{SMTP_RCPT, 553, "5.6.7", "", NO, C(MESSAGE), false},
		{SMTP_RCPT, 550, "5.3.0", "", NO, C(MESSAGE), false},
		{SMTP_RCPT, 550, "5.4.1", "", LATER, C(ROUTING), false},
		{SMTP_RCPT, 554, "5.4.6", "loop", LATER, C(ROUTING), false},
		{SMTP_RCPT, 550, "5.4.5", "", LATER, C(RATE), false},
		{SMTP_RCPT, 550, "5.4.1", "[x@y.example]: Recipient address"
		    " rejected: Access denied", NO, C(ADDRESS_TWICE), false},
		{SMTP_RCPT, 503, "5.5.1", "", NO, C(BUG), false},
		{SMTP_RCPT, 501, "5.5.4", "", NO, C(BUG), false},
		{SMTP_RCPT, 503, "", "bad sequence", NO, C(BUG), false},
		{SMTP_RCPT, 550, "5.5.0", "Requested action not taken: mailbox"
		    " unavailable", NO, C(ADDRESS_TWICE), false},
		{SMTP_DOT, 554, "5.7.1", "", NO, C(POLICY), false},
		{SMTP_DOT, 550, "5.7.26", "", NO, C(POLICY), false},
		{SMTP_RCPT, 554, "5.7.1", "user unknown", NO, C(POLICY), false},
		{SMTP_RCPT, 535, "5.7.8", "", LATER, C(CREDENTIALS), false},
		{SMTP_RCPT, 550, "5.7.8", "", LATER, C(CREDENTIALS), false},
		{SMTP_RCPT, 556, "", "", NO, C(ADDRESS), false}
	};

	(void)state;
	check_smtp(cases, TEST_COUNT(cases));
	assert_int_equal(smtp(SMTP_RCPT, 550, "5.4.1", "").life_ms, DAY_MS);
	assert_true(smtp(SMTP_DOT, 552, "5.3.4", "").alert);
	assert_true(smtp(SMTP_RCPT, 501, "5.5.4", "").alert);
	assert_false(smtp(SMTP_RCPT, 550, "5.1.1", "").alert);
}

static void
test_bare(void **state)
{
	static const struct smtp_case	cases[] = {
		{SMTP_RCPT, 550, "", "<x@y.example>: User unknown in relay"
		    " recipient table", NO, C(ADDRESS), false},
		{SMTP_RCPT, 550, "", "No such user here", NO, C(ADDRESS), false},
		{SMTP_RCPT, 554, "", "delivery error: dd This user doesn't have"
		    " a yahoo.com account (x@yahoo.com)", NO, C(ADDRESS), false},
		{SMTP_RCPT, 550, "", "El usuario no existe", NO, C(ADDRESS),
		    false},
		{SMTP_RCPT, 550, "", "Usu\xc3\xa1rio desconhecido", NO,
		    C(ADDRESS), false},
		{SMTP_RCPT, 550, "", "Buz\xc3\xb3n lleno", LATER, C(MAILBOX),
		    false},
		{SMTP_RCPT, 552, "", "A caixa postal est\xc3\xa1 cheia", LATER,
		    C(MAILBOX), false},
		{SMTP_RCPT, 552, "", "", LATER, C(MAILBOX), false},
		{SMTP_DOT, 552, "", "Message size exceeds fixed maximum", NO,
		    C(CONTENT), false},
		{SMTP_RCPT, 550, "", "Cuenta desactivada", NO,
		    C(ADDRESS_TWICE), false},
		{SMTP_RCPT, 550, "", "", NO, C(ADDRESS_TWICE), false},
		{SMTP_DOT, 554, "", "Transaction failed", NO, C(ADDRESS_TWICE),
		    false},
		{SMTP_RCPT, 554, "", "Relay access denied", NO, C(POLICY),
		    false},
		{SMTP_DOT, 550, "", "This looks like spam", NO, C(POLICY),
		    false},
		{SMTP_RCPT, 550, "", "Sender address rejected: Domain not"
		    " found, user unknown", NO, C(POLICY), false},
		{SMTP_RCPT, 550, "", "http://www.spamhaus.org/query", NO,
		    C(POLICY), false},
		{SMTP_RCPT, 550, "", "Too many messages, slow down", LATER,
		    C(RATE), false},
		{SMTP_RCPT, 550, "", "Greylisted", LATER, C(GREYLIST), false},
		/* the words of an address are not the server's */
		{SMTP_RCPT, 550, "", "<nospam-throttle@policy.example>", NO,
		    C(ADDRESS_TWICE), false},
		/* the enhanced code stands in the text */
		{SMTP_RCPT, 550, "", "5.1.1 bad", NO, C(ADDRESS), false},
		{SMTP_RCPT, 550, "", "550 5.1.1 bad", NO, C(ADDRESS), false},
		{SMTP_RCPT, 550, "", "550-5.1.1 bad\n550 5.1.1 more", NO,
		    C(ADDRESS), false},
		{SMTP_RCPT, 550, "", "#5.1.1 bad", NO, C(ADDRESS), false},
		{SMTP_RCPT, 550, "", "5.1.1.1 is no code", NO,
		    C(ADDRESS_TWICE), false}
	};

	(void)state;
	check_smtp(cases, TEST_COUNT(cases));
}

/* Final only when both codes say so; what about, the enhanced one says. */
static void
test_contradictions(void **state)
{
	static const struct smtp_case	cases[] = {
		{SMTP_RCPT, 450, "5.1.1", "", LATER, C(UNKNOWN), false},
		{SMTP_RCPT, 450, "5.7.1", "", LATER, C(GREYLIST), false},
		{SMTP_RCPT, 452, "5.2.2", "", LATER, C(MAILBOX), false},
		{SMTP_RCPT, 550, "4.2.2", "", LATER, C(MAILBOX), false},
		{SMTP_RCPT, 550, "4.7.1", "", LATER, C(POLICY), false},
		{SMTP_RCPT, 550, "4.1.1", "", LATER, C(UNKNOWN), false},
		{SMTP_RCPT, 550, "2.1.5", "", NO, C(ADDRESS_TWICE), false},
		{SMTP_RCPT, 450, "2.1.5", "", LATER, C(UNKNOWN), false},
		{SMTP_DOT, 250, "5.1.1", "", YES, C(NONE), false},
		{SMTP_DOT, 250, "4.7.1", "user unknown", YES, C(NONE), false},
		{SMTP_RCPT, 550, "5.0.0", "", NO, C(ADDRESS_TWICE), false},
		{SMTP_RCPT, 550, "5.9.9", "", NO, C(ADDRESS_TWICE), false},
		{SMTP_RCPT, 550, "9.1.1", "", NO, C(ADDRESS_TWICE), false},
		{SMTP_RCPT, 550, "5.1", "", NO, C(ADDRESS_TWICE), false},
		{SMTP_RCPT, 550, "x", "user unknown", NO, C(ADDRESS), false}
	};

	(void)state;
	check_smtp(cases, TEST_COUNT(cases));
}

static void
test_silence(void **state)
{
	static const struct smtp_case	cases[] = {
		{SMTP_MAIL, 0, "", "", LATER, C(ROUTE), true},
		{SMTP_RCPT, 0, "", "", LATER, C(ROUTE), true},
		{SMTP_BODY, 0, "", "", LATER, C(ROUTE), true},
		{SMTP_BODY, 354, "", "", LATER, C(ROUTE), true},
		{SMTP_DOT, 0, "", "", DOUBT, C(ROUTE), true},
		{SMTP_DOT, 354, "", "", DOUBT, C(ROUTE), true},
		{SMTP_DOT, 99, "", "", DOUBT, C(ROUTE), true},
		{SMTP_DOT, 777, "", "", DOUBT, C(ROUTE), true},
		{SMTP_DOT, -1, "", "", DOUBT, C(ROUTE), true},
		{SMTP_DOT, 250, "", "ok", YES, C(NONE), false},
		{SMTP_DOT, 252, "", "ok", YES, C(NONE), false}
	};
	struct smtp_answer	answer = {.stage = SMTP_DOT, .code = 250};
	struct channel_result	result;

	(void)state;
	check_smtp(cases, TEST_COUNT(cases));
	/* STARTTLS injection: 250 for a body that never left */
	outcome_from_smtp(&result, &answer);
	assert_int_equal(result.outcome, LATER);
	answer.stage = SMTP_RCPT;
	outcome_from_smtp(&result, &answer);
	assert_int_equal(result.outcome, LATER);
	answer.body_ended = true;
	outcome_from_smtp(&result, &answer);
	assert_int_equal(result.outcome, DOUBT);
	answer = (struct smtp_answer){.stage = SMTP_BODY, .stopped = true};
	outcome_from_smtp(&result, &answer);
	assert_int_equal(result.outcome, NEVER);
	assert_false(result.is_site);
	answer.code = 250;
	outcome_from_smtp(&result, &answer);
	assert_int_equal(result.outcome, NEVER);
}

static void
test_text_kept(void **state)
{
	struct channel_result	r;
	struct smtp_answer	full = {.stage = SMTP_RCPT, .code = 550};
	char			enhanced[sizeof(full.enhanced)];

	(void)state;
	r = smtp(SMTP_RCPT, 550, "5.1.10", "one\r\ntwo\x01\xff\x1b[2J");
	assert_string_equal(r.code, "550 5.1.10");
	assert_string_equal(r.reply, "one two\xef\xbf\xbd[2J");
	assert_string_equal(smtp(SMTP_RCPT, 0, "", "x").code, "");
	assert_string_equal(smtp(SMTP_DOT, 250, "2.0.0", "q").code,
	    "250 2.0.0");
	/* texts without an end: the struct is somebody else's */
	memset(full.reply, 'x', sizeof(full.reply));
	memset(full.enhanced, '5', sizeof(full.enhanced));
	memset(enhanced, '5', sizeof(enhanced));
	outcome_from_smtp(&r, &full);
	assert_int_equal(r.outcome, NO);
	assert_int_equal(strlen(r.reply), sizeof(r.reply) - 1);
}

/* --- "try again in" ------------------------------------------------------------- */

static void
test_waits(void **state)
{
	static const struct {
		const char	*text;
		int64_t		 ms;
	}	cases[] = {
		{"Try again in 5 minutes", 5 * MINUTE_MS},
		{"450 4.7.1 try again in 300 seconds", 300 * SECOND_MS},
		{"please retry in 2h", 2 * HOUR_MS},
		{"Retry after 90s", 90 * SECOND_MS},
		{"Greylisted for 10 minutes", 10 * MINUTE_MS},
		{"Greylisting in action, please come back in 00:04:59",
		    299 * SECOND_MS},
		{"come back in 12:30", 750 * SECOND_MS},
		{"wait at least 15 min", 15 * MINUTE_MS},
		{"Intente nuevamente en 20 minutos", 20 * MINUTE_MS},
		{"Espere 120 segundos", 120 * SECOND_MS},
		{"Tente novamente em 10 minutos", 10 * MINUTE_MS},
		{"Aguarde 2 horas", 2 * HOUR_MS},
		{"450-Please try\n450-again in 10\n450 minutes",
		    10 * MINUTE_MS},
		{"try again in 5 seconds", MINUTE_MS},
		{"try again in 400 hours", 6 * HOUR_MS},
		{"try again in 999999 hours", 6 * HOUR_MS},
		{"try again in 99999999999 hours", 0},
		{"try again in 0 minutes", 0},
		{"try again in -5 minutes", 0},
		{"try again in 5 parsecs", 0},
		{"try again in 5", 0},
		{"try again in", 0},
		{"try again later", 0},
		{"queued for 5 minutes", 0},
		{"", 0}
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		if (reply_wait(str_of(cases[i].text)) != cases[i].ms)
			fail_msg("%s: %lld", cases[i].text,
			    (long long)reply_wait(str_of(cases[i].text)));
	}
	assert_int_equal(smtp(SMTP_RCPT, 450, "4.7.1",
	    "Greylisted for 600 seconds").wait_ms, 600 * SECOND_MS);
	/* a no that is final knows no wait */
	assert_int_equal(smtp(SMTP_RCPT, 550, "5.1.1",
	    "try again in 10 minutes").wait_ms, 0);
}

/* --- HTTP ----------------------------------------------------------------------- */

static struct channel_result
http(const struct http_answer *answer, bool has_key, bool busy_is_no)
{
	const struct outcome_terms	terms = {has_key, busy_is_no};
	struct channel_result		result;

	memset(&result, 0x5a, sizeof(result));
	outcome_from_http(&result, answer, &terms);
	return result;
}

static struct channel_result
replied(int status, bool has_key)
{
	const struct http_answer	answer = {.stage = HTTP_REPLIED,
		.status = status, .body_begun = true,
		.body = STR("{\"why\":\r\n 1}")};

	return http(&answer, has_key, false);
}

static void
test_http_statuses(void **state)
{
	static const struct {
		int			low, high;
		enum outcome		outcome, with_key;
		enum outcome_class	class;
		bool			is_site, same_bytes;
	}	cases[] = {
		{200, 299, YES, YES, C(NONE), false, false},
		{300, 399, LATER, LATER, C(CONFIG), false, false},
		{400, 400, NO, NO, C(BUG), false, false},
		{401, 401, LATER, LATER, C(CREDENTIALS), false, false},
		{402, 402, LATER, LATER, C(BALANCE), false, false},
		{403, 403, LATER, LATER, C(CREDENTIALS), false, false},
		{404, 405, NO, NO, C(BUG), false, false},
		{408, 408, DOUBT, LATER, C(ROUTE), true, true},
		{409, 409, LATER, LATER, C(UNKNOWN), false, true},
		{413, 413, NO, NO, C(CONTENT), false, false},
		{415, 415, NO, NO, C(BUG), false, false},
		{421, 421, LATER, LATER, C(ROUTE), true, false},
		{422, 422, NO, NO, C(BUG), false, false},
		{425, 425, LATER, LATER, C(UNKNOWN), false, false},
		{429, 429, LATER, LATER, C(RATE), true, false},
		{430, 450, NO, NO, C(BUG), false, false},
		{451, 451, NO, NO, C(MESSAGE), false, false},
		{452, 499, NO, NO, C(BUG), false, false},
		{500, 502, DOUBT, DOUBT, C(ROUTE), true, true},
		{503, 503, DOUBT, LATER, C(ROUTE), true, true},
		{504, 599, DOUBT, DOUBT, C(ROUTE), true, true},
		{600, 610, DOUBT, DOUBT, C(ROUTE), true, true},
		{-1, 199, DOUBT, DOUBT, C(ROUTE), true, true}
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		for (int s = cases[i].low; s <= cases[i].high; s++) {
			struct channel_result	r = replied(s, false);

			if (r.outcome != cases[i].outcome ||
			    r.class != cases[i].class ||
			    r.is_site != cases[i].is_site || r.same_bytes)
				fail_msg("%d: %s/%s", s,
				    outcome_names[r.outcome],
				    outcome_class_names[r.class]);
			r = replied(s, true);
			if (r.outcome != cases[i].with_key ||
			    r.class != cases[i].class ||
			    r.same_bytes != cases[i].same_bytes)
				fail_msg("%d with a key: %s/%s", s,
				    outcome_names[r.outcome],
				    outcome_class_names[r.class]);
		}
	}
	assert_string_equal(replied(500, false).code, "500");
	assert_string_equal(replied(500, false).reply, "{\"why\":  1}");
	assert_true(replied(401, false).alert);
	assert_true(replied(302, false).alert);
	assert_true(replied(422, false).alert);
}

static void
test_http_broken(void **state)
{
	static const struct {
		struct http_answer	answer;
		enum outcome		outcome;
		bool			same_bytes;
	}	cases[] = {
		{{.stage = HTTP_NONE}, LATER, false},
		{{.stage = HTTP_RESOLVE}, LATER, false},
		{{.stage = HTTP_CONNECT, .timed_out = true}, LATER, false},
		{{.stage = HTTP_TLS}, LATER, false},
		{{.stage = HTTP_HEAD, .curl_code = 28}, LATER, false},
		/* timeout, empty reply, RST, code 65 */
		{{.stage = HTTP_BODY, .body_begun = true, .timed_out = true},
		    DOUBT, true},
		{{.stage = HTTP_BODY, .body_begun = true, .curl_code = 52},
		    DOUBT, true},
		{{.stage = HTTP_BODY, .body_begun = true, .curl_code = 56},
		    DOUBT, true},
		{{.stage = HTTP_BODY, .body_begun = true, .curl_code = 65},
		    DOUBT, true},
		/* replies that broke off */
		{{.stage = HTTP_BODY, .body_begun = true, .status = 200},
		    DOUBT, true},
		{{.stage = HTTP_BODY, .body_begun = true, .status = 500},
		    DOUBT, true},
		{{.stage = HTTP_BODY, .body_begun = true, .status = 400},
		    LATER, false},
		{{.stage = HTTP_BODY, .body_begun = true, .status = 429},
		    LATER, false},
		/* answered before the body went: it never did */
		{{.stage = HTTP_REPLIED, .status = 500}, LATER, false},
		{{.stage = HTTP_REPLIED, .status = 503}, LATER, false},
		{{.stage = HTTP_REPLIED, .status = 200}, LATER, false},
		{{.stage = HTTP_REPLIED, .status = 413}, NO, false}
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct channel_result	r = http(&cases[i].answer, true, false);

		if (r.outcome != cases[i].outcome ||
		    r.same_bytes != cases[i].same_bytes)
			fail_msg("case %zu: %s", i, outcome_names[r.outcome]);
		if (cases[i].answer.stage != HTTP_REPLIED)
			assert_true(r.is_site);
		r = http(&cases[i].answer, false, false);
		assert_int_equal(r.outcome, cases[i].outcome);
		assert_false(r.same_bytes);
	}
}

static void
test_http_waits(void **state)
{
	struct http_answer	a = {.stage = HTTP_REPLIED, .status = 429,
				    .body_begun = true, .retry_after_s = 30};

	(void)state;
	assert_int_equal(http(&a, false, false).wait_ms, 30 * SECOND_MS);
	a.retry_after_s = 1000000000;
	assert_int_equal(http(&a, false, false).wait_ms, 6 * HOUR_MS);
	a.retry_after_s = INT64_MAX;
	assert_int_equal(http(&a, false, false).wait_ms, 6 * HOUR_MS);
	a.retry_after_s = INT64_MIN;
	assert_int_equal(http(&a, false, false).wait_ms, 0);
	a.status = 503;
	a.retry_after_s = 7;
	assert_int_equal(http(&a, false, false).outcome, DOUBT);
	assert_int_equal(http(&a, false, true).outcome, LATER);
	assert_int_equal(http(&a, false, true).wait_ms, 7 * SECOND_MS);
	assert_false(http(&a, true, true).same_bytes);
	/* compressed: not a text to show */
	a.body = STR("\x1f\x8b\x08");
	a.encoded = true;
	assert_string_equal(http(&a, false, false).reply, "");
}

static void
test_stanza_classes(void **state)
{
	static const struct {
		enum answer_class	said;
		enum outcome		outcome;
		enum outcome_class	class;
	}	cases[] = {
		{ANSWER_ACCEPTED, YES, C(NONE)},
		{ANSWER_RETRY, LATER, C(UNKNOWN)},
		{ANSWER_THROTTLED, LATER, C(RATE)},
		{ANSWER_CONFIG, LATER, C(CONFIG)},
		{ANSWER_REJECTED, NO, C(MESSAGE)},
		{ANSWER_RECIPIENT, NO, C(ADDRESS)},
		{ANSWER_OPTOUT, NO, C(OPTOUT)},
		{ANSWER_IN_DOUBT, DOUBT, C(UNKNOWN)},
		{ANSWER_CREDENTIALS, LATER, C(CREDENTIALS)},
		{ANSWER_BALANCE, LATER, C(BALANCE)},
		{ANSWER_TEMPLATE, NO, C(TEMPLATE)},
		{ANSWER_RECIPIENT_RATE, LATER, C(RECIPIENT_RATE)}
	};
	struct answer_said	said = {.status = 400, .code = "21211",
				    .reply = STR("bad\nnumber"),
				    .provider_id = STR("SM1"),
				    .wait_ms = 5 * SECOND_MS};
	struct channel_result	r;

	(void)state;
	assert_int_equal(TEST_COUNT(cases), ANSWER_CLASS_COUNT);
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		outcome_from_class(&r, cases[i].said, &said);
		assert_int_equal(r.outcome, cases[i].outcome);
		assert_int_equal(r.class, cases[i].class);
		assert_string_equal(r.code, "21211");
		assert_string_equal(r.reply, "bad number");
		assert_string_equal(r.provider_id, "SM1");
		assert_false(r.is_site);
		assert_true(r.outcome == LATER ? r.wait_ms >= 5 * SECOND_MS :
		    r.wait_ms == 0);
	}
	assert_string_equal(answer_class_names[ANSWER_IN_DOUBT], "in_doubt");
	assert_null(answer_class_names[ANSWER_CLASS_COUNT]);
	said.status = 503;
	said.code = "";
	outcome_from_class(&r, ANSWER_RETRY, &said);
	assert_true(r.is_site);
	assert_string_equal(r.code, "503");
	outcome_from_class(&r, ANSWER_REJECTED, &said);
	assert_false(r.is_site);
}

static void
test_local(void **state)
{
	struct channel_result	r;

	(void)state;
	outcome_local(&r, NO, C(ADDRESS), "5.1.3", "no at sign");
	assert_int_equal(r.outcome, NO);
	assert_string_equal(r.code, "5.1.3");
	assert_string_equal(r.reply, "no at sign");
	assert_false(r.is_site);
	outcome_local(&r, LATER, C(ROUTE), "", "cannot be opened");
	assert_true(r.is_site);
	outcome_local(&r, NEVER, C(ROUTE), "", "stopped");
	assert_false(r.is_site);
	outcome_from_errno(&r, ENOSPC, false, "writing");
	assert_int_equal(r.outcome, LATER);
	assert_true(r.is_site);
	outcome_from_errno(&r, ENOSPC, true, "writing");
	assert_int_equal(r.outcome, DOUBT);
}

/* Nothing that is tried again takes an address away. */
static void
test_all_codes(void **state)
{
	static const char *const	texts[] = {"", "user unknown",
		"mailbox full", "greylisted", "spam", "throttled"};
	char				enhanced[24];
	struct channel_result		r;

	(void)state;
	for (int code = 400; code <= 599; code++) {
		for (int e = 0; e < 3 * 10 * 31; e++) {
			(void)snprintf(enhanced, sizeof(enhanced), "%d.%d.%d",
			    e % 3 == 0 ? 2 : 3 + e % 3, e / 3 % 10, e / 30);
			r = smtp(SMTP_RCPT, code, enhanced, texts[e % 6]);
			assert_true(r.outcome == LATER || r.outcome == NO);
			if (code < 500)
				assert_int_equal(r.outcome, LATER);
			if (r.outcome == LATER)
				assert_true(r.class != C(ADDRESS) &&
				    r.class != C(ADDRESS_TWICE) &&
				    r.class != C(OPTOUT));
			assert_int_equal(r.is_site, code == 421);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_the_message),
		cmocka_unit_test(test_transient),
		cmocka_unit_test(test_permanent),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_text_kept),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_http_statuses),
		cmocka_unit_test(test_http_broken),
		cmocka_unit_test(test_http_waits),
		cmocka_unit_test(test_stanza_classes),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_all_codes)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
