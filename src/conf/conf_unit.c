/* SPDX-License-Identifier: ISC */
#include "conf/conf_impl.h"

#define FRACTION_MAX	9	/* digits: 10^9 fits with room */

/* The first name of a factor is the one that we write. */
const struct unit	conf_unit_ms[] = {
	{ "ms", 1 }, { "s", SECOND_MS }, { "min", MINUTE_MS },
	{ "h", HOUR_MS }, { "d", DAY_MS }, { "w", 7 * DAY_MS },
	{ "second", SECOND_MS }, { "seconds", SECOND_MS },
	{ "minute", MINUTE_MS }, { "minutes", MINUTE_MS },
	{ "hour", HOUR_MS }, { "hours", HOUR_MS },
	{ "day", DAY_MS }, { "days", DAY_MS },
	{ "week", 7 * DAY_MS }, { "weeks", 7 * DAY_MS }, { NULL, 0 }
};

const struct unit	conf_unit_us[] = {
	{ "us", 1 }, { "ms", 1000 }, { "s", 1000 * SECOND_MS },
	{ "min", 1000 * MINUTE_MS }, { "h", 1000 * HOUR_MS }, { NULL, 0 }
};

const struct unit	conf_unit_days[] = {
	{ "d", 1 }, { "w", 7 }, { "day", 1 }, { "days", 1 }, { "week", 7 },
	{ "weeks", 7 }, { NULL, 0 }
};

const struct unit	conf_unit_bytes[] = {
	{ "B", 1 }, { "kB", 1000 }, { "KiB", 1 << 10 }, { "MB", 1000000 },
	{ "MiB", 1 << 20 }, { "GB", 1000000000 }, { "GiB", 1 << 30 },
	{ "KB", 1000 }, { NULL, 0 }
};

static const struct unit *
find(const struct unit *units, const char *name)
{
	for (; units->name != NULL; units++) {
		if (strcmp(units->name, name) == 0)
			return units;
	}
	return NULL;
}

static bool
digits(const char **p, int64_t *value, int *count)
{
	for (*count = 0; **p >= '0' && **p <= '9'; (*p)++, (*count)++) {
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, **p - '0', value))
			return false;
	}
	return true;
}

/* Adds 0.fraction * factor, which must come out whole. */
static enum unit_result
add_fraction(const char *p, int64_t factor, int64_t *value)
{
	int64_t	part = 0, scale = 1;
	int	n;

	for (n = 0; *p >= '0' && *p <= '9'; p++, n++) {
		if (n >= FRACTION_MAX)
			return UNIT_INEXACT;
		part = part * 10 + (*p - '0');
		scale *= 10;
	}
	if (__builtin_mul_overflow(part, factor, &part))
		return UNIT_INEXACT;
	if (part % scale != 0)
		return UNIT_INEXACT;
	return __builtin_add_overflow(*value, part / scale, value) ?
	    UNIT_TOO_BIG : UNIT_OK;
}

enum unit_result
conf_unit_parse(const struct unit *units, const char *text, int64_t *out)
{
	bool			negative = *text == '-';
	const char		*fraction = "";
	const struct unit	*unit;
	int64_t			value = 0;
	enum unit_result	result;
	int			n;

	text += negative || *text == '+';
	if (!digits(&text, &value, &n))
		return UNIT_TOO_BIG;
	if (n == 0)
		return UNIT_SYNTAX;
	if (*text == '.') {
		fraction = ++text;
		while (*text >= '0' && *text <= '9')
			text++;
		if (text == fraction)
			return UNIT_SYNTAX;
	}
	while (*text == ' ')
		text++;
	if ((unit = find(units, text)) == NULL)
		return UNIT_UNKNOWN;
	if (__builtin_mul_overflow(value, unit->factor, &value))
		return UNIT_TOO_BIG;
	if ((result = add_fraction(fraction, unit->factor, &value)) != UNIT_OK)
		return result;
	*out = negative ? -value : value;
	return UNIT_OK;
}

/* HH:MM or HH:MM:SS, to 24:00. */
bool
conf_unit_time(const char *text, int32_t *out)
{
	size_t	len = strlen(text), i;
	int32_t	part[3] = { 0, 0, 0 };

	if (len != 5 && len != 8)
		return false;
	for (i = 0; i < len; i++) {
		if (i % 3 == 2 ? text[i] != ':' :
		    text[i] < '0' || text[i] > '9')
			return false;
		if (i % 3 != 2)
			part[i / 3] = part[i / 3] * 10 + (text[i] - '0');
	}
	if (part[0] > 24 || part[1] > 59 || part[2] > 59 ||
	    (part[0] == 24 && part[1] + part[2] > 0))
		return false;
	*out = part[0] * 3600 + part[1] * 60 + part[2];
	return true;
}

void
conf_unit_format(const struct unit *units, int64_t value, struct buf *out)
{
	const struct unit	*best = units, *unit;

	for (unit = units; unit->name != NULL; unit++) {
		if (value != 0 && value % unit->factor == 0 &&
		    unit->factor > best->factor)
			best = unit;
	}
	buf_addf(out, "%lld %s", (long long)(value / best->factor),
	    best->name);
}
