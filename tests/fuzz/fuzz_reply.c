/* SPDX-License-Identifier: ISC */
/*
 * fuzz_reply.c - what servers answer: a line for the code and stage, one for
 * the enhanced code, the rest is the reply's text; and the same bytes as a
 * body of HTTP and as the kept text of a route's pace.
 */
#include "fuzz/fuzz.h"

#include "base/date.h"
#include "base/utf8.h"
#include "channel/channel.h"
#include "channel/pace.h"
#include "channel/reply.h"
#include "channel/retry.h"
#include "http/http.h"
#include "mail/smtp.h"

#define NOW	INT64_C(1785000000000)

static void
put(char *out, size_t room, struct str s)
{
	size_t	len = s.len < room ? s.len : room;	/* may leave no NUL */

	if (len > 0)
		memcpy(out, s.p, len);
}

/* What holds of every result. */
static void
check(const struct channel_result *result)
{
	const bool	final = result->outcome == OUTCOME_REFUSED;
	struct retry_try try = {.kind = RETRY_SMTP, .key = STR("k.1"),
		.attempt = 2, .first_ms = NOW - HOUR_MS, .now_ms = NOW,
		.not_after_ms = TIME_NEVER};
	int64_t		at_ms = retry_at(&try, result);

	FUZZ_HOLDS(result->outcome < OUTCOME_COUNT);
	FUZZ_HOLDS(result->class < OUTCOME_CLASS_COUNT);
	FUZZ_HOLDS(final || (result->class != OUTCOME_CLASS_ADDRESS &&
	    result->class != OUTCOME_CLASS_ADDRESS_TWICE &&
	    result->class != OUTCOME_CLASS_OPTOUT));
	FUZZ_HOLDS(!final || (result->wait_ms == 0 && !result->is_site));
	FUZZ_HOLDS(result->wait_ms >= 0 && result->wait_ms <= 2 * DAY_MS);
	FUZZ_HOLDS(strlen(result->code) < sizeof(result->code));
	FUZZ_HOLDS(strlen(result->reply) < sizeof(result->reply));
	FUZZ_HOLDS(utf8_check(str_of(result->reply)) ==
	    strlen(result->reply));
	FUZZ_HOLDS(strchr(result->reply, '\n') == NULL);
	FUZZ_HOLDS(at_ms == TIME_NEVER || (at_ms >= NOW + result->wait_ms &&
	    at_ms <= NOW + RETRY_LIFE_SMTP_MS));
}

static void
as_smtp(struct str text, uint8_t low, uint8_t high)
{
	struct smtp_answer	answer;
	struct channel_result	result;
	struct str		enhanced = fuzz_line(&text);

	memset(&answer, 0, sizeof(answer));
	answer.stage = (enum smtp_stage)(high % SMTP_STAGE_COUNT);
	answer.code = (low + 256 * (high >> 4)) % 700;
	answer.body_ended = answer.stage == SMTP_DOT || high >= 250;
	answer.stopped = low == 255;
	put(answer.enhanced, sizeof(answer.enhanced), enhanced);
	put(answer.reply, sizeof(answer.reply), text);
	outcome_from_smtp(&result, &answer);
	check(&result);
	FUZZ_HOLDS(result.outcome != OUTCOME_ACCEPTED || answer.body_ended);
	FUZZ_HOLDS(result.outcome != OUTCOME_IN_DOUBT || answer.body_ended);
	FUZZ_HOLDS(result.outcome != OUTCOME_REFUSED || answer.code >= 500);
}

static void
as_http(struct str text, uint8_t low, uint8_t high)
{
	const struct outcome_terms	terms = {high & 1, high & 2};
	const struct answer_said	said = {.status = low * 3,
		.code = "x", .reply = text, .provider_id = text,
		.wait_ms = (int64_t)high << 40};
	struct http_answer		answer = {
		.stage = (enum http_stage)(high % (HTTP_REPLIED + 1)),
		.status = low * 3, .body_begun = (high & 4) != 0,
		.retry_after_s = (int64_t)low << 55, .body = text};
	struct channel_result		result;

	outcome_from_http(&result, &answer, &terms);
	check(&result);
	FUZZ_HOLDS(answer.body_begun || (result.outcome != OUTCOME_ACCEPTED &&
	    result.outcome != OUTCOME_IN_DOUBT));
	FUZZ_HOLDS(!result.same_bytes || terms.has_key);
	outcome_from_class(&result, (enum answer_class)(high %
	    ANSWER_CLASS_COUNT), &said);
	check(&result);
}

static void
as_words(struct str text)
{
	struct reply_enhanced	enhanced;
	int64_t			wait_ms = reply_wait(text);
	struct buf		words = BUF_INIT;

	FUZZ_HOLDS(wait_ms == 0 || (wait_ms >= MINUTE_MS &&
	    wait_ms <= 6 * HOUR_MS));
	if (reply_enhanced(text, &enhanced))
		FUZZ_HOLDS(enhanced.subject >= 0 && enhanced.subject <= 999 &&
		    enhanced.detail >= 0 && enhanced.detail <= 999);
	reply_words(&words, text);
	FUZZ_HOLDS(memchr(buf_text(&words), '@', words.len) == NULL);
	buf_fini(&words);
}

static void
as_pace(struct str text)
{
	struct pace	pace, again;
	struct buf	first = BUF_INIT, second = BUF_INIT;

	pace_init(&pace, "r", &pace_defaults);
	pace_init(&again, "r", &pace_defaults);
	if (pace_read(&pace, text, NOW)) {
		FUZZ_HOLDS(pace_may(&pace, NOW) <= NOW + 6 * HOUR_MS);
		pace_write(&pace, &first);
		FUZZ_HOLDS(pace_read(&again, buf_str(&first), NOW));
		pace_write(&again, &second);
		FUZZ_HOLDS(str_eq(buf_str(&first), buf_str(&second)));
		pace_text(&pace, NOW, &second);
	}
	buf_fini(&first);
	buf_fini(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str	text = fuzz_str(data, size);
	uint8_t		low = fuzz_byte(&text), high = fuzz_byte(&text);

	as_smtp(text, low, high);
	as_http(text, low, high);
	as_words(text);
	as_pace(text);
	return 0;
}
