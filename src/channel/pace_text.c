/* SPDX-License-Identifier: ISC */
/*
 * A pace as text: `name=value` pairs with spaces between them, in any order;
 * names that are not known are left alone, so that an older program reads
 * what a newer one wrote.
 */
#include "channel/pace_impl.h"

#include "base/date.h"
#include "base/utf8.h"

#include <inttypes.h>

#define TEXT_VERSION	1

/* What stands in the text, as it stands there. */
struct kept {
	int64_t	version, state, cause, until, k, run, last, seen;
	int64_t	policy_at, policy, answers;
	int64_t	arrival, factor, factor_at, window, top, hold;
	int64_t	minute, count, before;
};

struct kept_row {
	const char	*name;
	size_t		 offset;
	int64_t		 low, high;
};

#define KEPT(field, low_, high_)	{.name = #field, \
	.offset = offsetof(struct kept, field), .low = low_, .high = high_}
#define INSTANT_MAX	INT64_C(253402300800000)	/* the year 10000 */

static const struct kept_row	kept_rows[] = {
	KEPT(version, TEXT_VERSION, TEXT_VERSION),
	KEPT(until, 0, INSTANT_MAX),
	KEPT(k, 0, 1000000),
	KEPT(run, 0, 1000000),
	KEPT(last, 0, (1 << PACE_LAST) - 1),
	KEPT(seen, 0, PACE_LAST),
	KEPT(policy_at, 0, INSTANT_MAX),
	KEPT(policy, 0, INT32_MAX),
	KEPT(answers, 0, INT32_MAX),
	KEPT(arrival, 0, INSTANT_MAX * 1000),
	KEPT(factor, 50, 1000),			/* thousandths */
	KEPT(factor_at, 0, INSTANT_MAX),
	KEPT(window, 0, 1000000000),		/* thousandths */
	KEPT(top, 0, 1000000000),
	KEPT(hold, 0, INSTANT_MAX),
	KEPT(minute, 0, INSTANT_MAX / MINUTE_MS),
	KEPT(count, 0, INT32_MAX),
	KEPT(before, 0, INT32_MAX)
};

static struct kept
kept_of(const struct pace *pace)
{
	return (struct kept){.version = TEXT_VERSION, .state = pace->state,
	    .cause = pace->cause, .until = pace->until_ms, .k = pace->k,
	    .run = pace->run, .last = pace->last, .seen = pace->last_count,
	    .policy_at = pace->policy_since_ms, .policy = pace->policy_count,
	    .answers = pace->policy_answers, .arrival = pace->arrival_us,
	    .factor = (int64_t)(pace->factor * 1000),
	    .factor_at = pace->factor_ms,
	    .window = (int64_t)(pace->window * 1000),
	    .top = (int64_t)(pace->window_top * 1000), .hold = pace->hold_ms,
	    .minute = pace->minute, .count = pace->count,
	    .before = pace->count_before};
}

/* The field of row, in range whatever a clock or a counter did. */
static int64_t
in_range(const struct kept_row *row, int64_t value)
{
	return value < row->low ? row->low : value > row->high ? row->high :
	    value;
}

void
pace_write(const struct pace *pace, struct buf *out)
{
	const struct kept	kept = kept_of(pace);
	int64_t			value;

	for (size_t i = 0; i < sizeof(kept_rows) / sizeof(kept_rows[0]); i++) {
		memcpy(&value, (const char *)&kept + kept_rows[i].offset,
		    sizeof(value));
		buf_addf(out, "%s=%" PRId64 " ", kept_rows[i].name,
		    in_range(&kept_rows[i], value));
	}
	buf_addf(out, "state=%s cause=%s code=%s", pace_state_names[pace->state],
	    outcome_class_names[pace->cause], pace->code);	/* last: has spaces */
}

/* --- read ----------------------------------------------------------------------- */

static bool
read_number(struct str text, int64_t *out)
{
	int64_t	number = 0;

	if (text.len == 0 || text.len > 18)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		number = number * 10 + (text.p[i] - '0');
	}
	*out = number;
	return true;
}

static bool
read_name(struct str text, const char *const *names, int64_t *out)
{
	for (size_t i = 0; names[i] != NULL; i++) {
		if (str_is(text, names[i])) {
			*out = (int64_t)i;
			return true;
		}
	}
	return false;
}

/* "name=value" into its field; false when the value cannot be one. */
static bool
read_pair(struct kept *kept, struct str pair)
{
	const char	*equals = memchr(pair.p, '=', pair.len);
	struct str	 name = pair, text;
	int64_t		 value;

	if (equals == NULL)
		return false;
	name.len = (size_t)(equals - pair.p);
	text = (struct str){equals + 1, pair.len - name.len - 1};
	if (str_is(name, "state"))
		return read_name(text, pace_state_names, &kept->state);
	if (str_is(name, "cause"))
		return read_name(text, outcome_class_names, &kept->cause);
	for (size_t i = 0; i < sizeof(kept_rows) / sizeof(kept_rows[0]); i++) {
		if (!str_is(name, kept_rows[i].name))
			continue;
		if (!read_number(text, &value) ||
		    value != in_range(&kept_rows[i], value))
			return false;
		memcpy((char *)kept + kept_rows[i].offset, &value,
		    sizeof(value));
		return true;
	}
	return true;
}

static bool
read_pairs(struct kept *kept, struct str text, struct str *code)
{
	struct str	pair;
	const char	*space;

	*code = STR("");
	while (text.len > 0) {
		if (str_starts(text, "code=")) {
			*code = (struct str){text.p + 5, text.len - 5};
			return true;
		}
		space = memchr(text.p, ' ', text.len);
		pair = (struct str){text.p, space == NULL ? text.len :
		    (size_t)(space - text.p)};
		if (!read_pair(kept, pair))
			return false;
		text.p += pair.len + (space != NULL);
		text.len -= pair.len + (space != NULL);
	}
	return true;
}

static void
take_over(struct pace *pace, const struct kept *kept)
{
	pace->state = (enum pace_state)kept->state;
	pace->cause = (enum outcome_class)kept->cause;
	pace->until_ms = kept->until;
	pace->k = kept->k;
	pace->run = kept->run;
	pace->last = (uint32_t)kept->last;
	pace->last_count = (int)kept->seen;
	pace->policy_since_ms = kept->policy_at;
	pace->policy_count = kept->policy;
	pace->policy_answers = kept->answers;
	pace->arrival_us = kept->arrival;
	pace->factor = (double)kept->factor / 1000;
	pace->factor_ms = kept->factor_at;
	pace->window = (double)kept->window / 1000;
	pace->window_top = (double)kept->top / 1000;
	pace->hold_ms = kept->hold;
	pace->minute = kept->minute;
	pace->count = kept->count;
	pace->count_before = kept->before;
	pace->in_flight = 0;
	pace->probing = false;
}

bool
pace_read(struct pace *pace, struct str text, int64_t now_ms)
{
	struct kept	kept = {.factor = 1000};
	struct str	code;
	struct buf	clean = BUF_INIT;

	if (!read_pairs(&kept, text, &code) || kept.version != TEXT_VERSION ||
	    (kept.window > 0 && kept.window < 1000))
		return false;
	take_over(pace, &kept);
	utf8_clean(&clean, code, false);
	(void)snprintf(pace->code, sizeof(pace->code), "%.15s",
	    buf_text(&clean));
	buf_fini(&clean);
	pace_steady(pace, now_ms);
	return true;
}

/* --- shown ---------------------------------------------------------------------- */

static void
add_reason(const struct pace *pace, struct buf *out)
{
	buf_addf(out, " (%s%s%s)", outcome_class_names[pace->cause],
	    pace->code[0] == '\0' ? "" : ", ", pace->code);
}

static void
add_slowness(const struct pace *pace, int64_t now_ms, struct buf *out)
{
	struct pace	then = *pace;

	pace_recover(&then, now_ms);
	if (then.factor < 1)
		buf_addf(out, ", slowed to %d%%", (int)(then.factor * 100));
	if (then.hold_ms > now_ms) {
		buf_adds(out, ", holds until ");
		instant_format(then.hold_ms, 0, out);
	}
}

void
pace_text(const struct pace *pace, int64_t now_ms, struct buf *out)
{
	switch (pace->state) {
	case PACE_OPEN:
		if (pace->until_ms > now_ms) {
			buf_adds(out, "open until ");
			instant_format(pace->until_ms, 0, out);
		} else {
			buf_adds(out, "open, the next message tries it");
		}
		add_reason(pace, out);
		return;
	case PACE_HALF:
		buf_adds(out, "half-open, one message tries it");
		add_reason(pace, out);
		return;
	case PACE_CLOSED:
	case PACE_STATE_COUNT:
	default:
		buf_adds(out, "closed");
		add_slowness(pace, now_ms, out);
	}
}

int64_t
pace_per_minute(const struct pace *pace, int64_t now_ms)
{
	int64_t	minute = now_ms / MINUTE_MS;

	if (minute == pace->minute)
		return pace->count_before;
	return minute == pace->minute + 1 ? pace->count : 0;
}
