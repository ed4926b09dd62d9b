/* SPDX-License-Identifier: ISC */
#include "model/phone.h"

#include "base/utf8.h"
#include "model/phone_plan.h"

#include <strings.h>

#define DIGITS_MAX	24	/* E.164's 15 and what may be dialled before */
#define PLAN_COUNT	(sizeof(phone_plans) / sizeof(phone_plans[0]))

enum line { LINE_NONE, LINE_MOBILE, LINE_FIXED, LINE_EITHER };

/* What was typed: digits alone, and what stood around them. */
struct typed {
	char	digits[DIGITS_MAX + 1];
	size_t	len;
	bool	plus;
	bool	extension;
};

/* A reading of it: national number under a plan. */
struct reading {
	const struct phone_plan	*plan;
	char			 number[DIGITS_MAX + 1];
	enum line		 line;
};

static bool
in_class(const char **shape, char digit)
{
	const char	*s = *shape + 1;
	bool		 found = false;

	for (; *s != ']'; s++) {
		if (s[1] == '-') {
			found = found || (digit >= s[0] && digit <= s[2]);
			s += 2;
		} else
			found = found || digit == *s;
	}
	*shape = s + 1;
	return found;
}

/* One shape against digits; with rest the digits may go on behind it. */
static bool
shape_fits(const char *shape, const char *digits, const char **rest)
{
	while (*shape != '\0' && *shape != ' ') {
		if (*shape == '*') {
			size_t	more = (size_t)(shape[1] - '0');

			if (strlen(digits) != more)
				return false;
			digits += more;
			break;
		}
		if (*digits == '\0')
			return false;
		if (*shape == '[') {
			if (!in_class(&shape, *digits))
				return false;
		} else if (*shape++ != *digits)
			return false;
		digits++;
	}
	if (rest != NULL) {
		*rest = digits;
		return true;
	}
	return *digits == '\0';
}

static bool
any_fits(const char *shapes, const char *digits, const char **rest)
{
	while (*shapes != '\0') {
		if (*shapes == ' ')
			shapes++;
		else if (shape_fits(shapes, digits, rest))
			return true;
		else
			shapes += strcspn(shapes, " ");
	}
	return false;
}

/* Area, exchange, line: no exchange is N11 or begins with 0 or 1. */
static bool
nanp_fits(const char *areas, const char *digits)
{
	const char	*rest;

	return strlen(digits) == 10 && any_fits(areas, digits, &rest) &&
	    rest[0] >= '2' && !(rest[1] == '1' && rest[2] == '1');
}

/* Toll-free codes are 8 and one digit twice, but 811 and 822. */
static bool
nanp_is_free(const char *digits)
{
	return strlen(digits) == 10 && digits[0] == '8' && digits[3] >= '2' &&
	    digits[1] == digits[2] && strchr("0345678", digits[1]) != NULL;
}

/*
 * Argentina: area and subscriber have ten digits together; a mobile has 9
 * before them from abroad, or 15 between them at home.
 */
static enum line
argentina(char *number, bool home)
{
	static const char *const areas[] = {"11", AR_AREAS_3, AR_AREAS_4};
	char		*digits = number + (number[0] == '9' ? 1 : 0);
	bool		 mobile = digits != number;
	const char	*rest;

	if (any_fits("800*7", number, NULL))
		return LINE_FIXED;
	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
		size_t	area = i + 2, left = 8 - i;

		if (!any_fits(areas[i], digits, &rest) || *rest == '\0')
			continue;
		if (strlen(rest) == left && *rest >= '2')
			return mobile ? LINE_MOBILE : LINE_FIXED;
		if (home && !mobile && strlen(rest) == left + 2 &&
		    strncmp(rest, "15", 2) == 0 && rest[2] >= '2') {
			(void)memmove(number + area + 1, number + area + 2,
			    left + 1);
			(void)memmove(number + 1, number, area);
			number[0] = '9';
			return LINE_MOBILE;
		}
	}
	return LINE_NONE;
}

/* Which line a national number is; may rewrite it into its form abroad. */
static enum line
classify(const struct phone_plan *plan, char *number, bool home)
{
	if (strcmp(plan->country, "AR") == 0)
		return argentina(number, home);
	if (strcmp(plan->country, "US") == 0) {
		if (nanp_fits(US_AREAS, number) ||
		    nanp_fits(NANP_AREAS, number))
			return LINE_EITHER;
		return nanp_is_free(number) ? LINE_FIXED : LINE_NONE;
	}
	/* Mexico: 1 behind +52 and 044, 045 at home marked mobiles once. */
	if (strcmp(plan->country, "MX") == 0) {
		size_t	old = 0;

		if (strlen(number) == 11 && number[0] == '1')
			old = 1;
		else if (strlen(number) == 13 &&
		    (strncmp(number, "044", 3) == 0 ||
		    strncmp(number, "045", 3) == 0))
			old = 3;
		if (old > 0 && any_fits(plan->either, number + old, NULL))
			(void)memmove(number, number + old,
			    strlen(number + old) + 1);
	}
	if (any_fits(plan->mobile, number, NULL))
		return LINE_MOBILE;
	if (any_fits(plan->fixed, number, NULL))
		return LINE_FIXED;
	return any_fits(plan->either, number, NULL) ? LINE_EITHER : LINE_NONE;
}

/* A national number as typed, with or without its trunk prefix. */
static bool
read_national(const struct phone_plan *plan, const char *digits, bool home,
    struct reading *out)
{
	size_t	trunk = strlen(plan->trunk);

	out->plan = plan;
	for (int pass = 0; pass < 2; pass++) {
		if (pass == 1 && (trunk == 0 ||
		    strncmp(digits, plan->trunk, trunk) != 0))
			break;
		(void)snprintf(out->number, sizeof(out->number), "%s",
		    digits + (pass == 1 ? trunk : 0));
		out->line = classify(plan, out->number, home);
		if (out->line != LINE_NONE)
			return true;
	}
	return false;
}

static const struct phone_plan *
plan_of_code(const char *digits)
{
	for (size_t i = 0; i < PLAN_COUNT; i++) {
		if (strncmp(digits, phone_plans[i].code,
		    strlen(phone_plans[i].code)) == 0)
			return &phone_plans[i];
	}
	return NULL;
}

static const struct phone_plan *
plan_of_country(const char *country)
{
	for (size_t i = 0; i < PLAN_COUNT; i++) {
		if (strcmp(phone_plans[i].country, country) == 0)
			return &phone_plans[i];
	}
	return NULL;
}

/* Signs that people put between digits, and marks that nobody sees. */
static bool
is_filler(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '-' || c == '.' || c == '(' ||
	    c == ')' || c == '/' || c == 0xa0 || c == 0xad ||
	    (c >= 0x2000 && c <= 0x2015) || c == 0x202f || c == 0x2060 ||
	    (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
	    c == 0x2212 || c == 0x3000 || c == 0xfeff || c == 0xff08 ||
	    c == 0xff09 || c == 0xff0d || c == 0xff0e;
}

static int
digit_of(uint32_t c)
{
	static const uint32_t	zeros[] = {'0', 0xff10, 0x660, 0x6f0};

	for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++) {
		if (c >= zeros[i] && c <= zeros[i] + 9)
			return (int)(c - zeros[i]);
	}
	return -1;
}

/* "x3456", "ext. 12", "ramal 3", "int 4", "#9" behind the number. */
static bool
is_extension(struct str rest)
{
	static const char *const	words[] = {"extension", "ext", "ramal",
	    "anexo", "int", "x", "#"};
	struct buf	folded = BUF_INIT;
	struct str	s;
	bool		found = false;

	utf8_fold(&folded, rest);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		s = buf_str(&folded);
		if (!str_starts(s, words[i]))
			continue;
		s.p += strlen(words[i]);
		s.len -= strlen(words[i]);
		while (s.len > 0 && strchr(" .:", *s.p) != NULL) {
			s.p++;
			s.len--;
		}
		for (found = s.len > 0 && s.len <= 7; s.len > 0; s.p++, s.len--)
			found = found && *s.p >= '0' && *s.p <= '9';
		break;
	}
	buf_fini(&folded);
	return found;
}

static struct str
without_scheme(struct str text)
{
	static const char *const	schemes[] = {"tel:", "whatsapp:",
	    "sms:"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t	len = strlen(schemes[i]);

		if (text.len > len &&
		    strncasecmp(text.p, schemes[i], len) == 0)
			return (struct str){text.p + len, text.len - len};
	}
	return text;
}

static bool
read_typed(struct str text, struct typed *out, struct err *err)
{
	struct str	s = without_scheme(str_trim(text));

	*out = (struct typed){.len = 0};
	while (s.len > 0) {
		struct str	here = s;
		uint32_t	c = utf8_next(&s);
		int		digit = digit_of(c);

		if (digit >= 0) {
			if (out->len == DIGITS_MAX)
				return err_set(err, ERR_INPUT,
				    "a telephone number has at most 15 digits");
			out->digits[out->len++] = (char)('0' + digit);
		} else if ((c == '+' || c == 0xff0b) && out->len == 0 &&
		    !out->plus)
			out->plus = true;
		else if (out->len > 6 && is_extension(here)) {
			out->extension = true;
			break;
		} else if (!is_filler(c))
			return err_set(err, ERR_INPUT, "a telephone number has"
			    " digits, spaces and the signs +-.()/ only");
	}
	out->digits[out->len] = '\0';
	if (out->len == 0)
		return err_set(err, ERR_INPUT, "no digits in it");
	return true;
}

static bool
read_abroad(const char *digits, struct reading *out, struct err *err)
{
	const struct phone_plan	*plan = plan_of_code(digits);

	if (plan == NULL)
		return err_set(err, ERR_INPUT, "no numbering plan is known for"
		    " +%.3s, so it cannot be checked", digits);
	if (!read_national(plan, digits + strlen(plan->code), false, out))
		return err_set(err, ERR_INPUT, "no number of %s (+%s) looks"
		    " like this", plan->country, plan->code);
	return true;
}

static bool
read_home(const char *digits, const struct phone_plan *plan,
    struct reading *out, struct err *err)
{
	size_t		code = strlen(plan->code), idd = strlen(plan->abroad);
	struct reading	with_code;
	struct err	why;
	bool		national, coded;

	if (idd > 0 && strncmp(digits, plan->abroad, idd) == 0 &&
	    read_abroad(digits + idd, out, &why))
		return true;
	national = read_national(plan, digits, true, out);
	coded = strncmp(digits, plan->code, code) == 0 &&
	    read_national(plan, digits + code, false, &with_code);
	if (national && coded && strcmp(out->number, with_code.number) != 0)
		return err_set(err, ERR_INPUT, "it may begin with the area or"
		    " with +%s; write it with +", plan->code);
	if (!national && !coded)
		return err_set(err, ERR_INPUT, "no number of %s looks like"
		    " this; write it like +%s...", plan->country, plan->code);
	if (!national)
		*out = with_code;
	return true;
}

bool
phone_parse(struct str text, const char *country, bool mobile,
    struct buf *out, struct err *err)
{
	const struct phone_plan	*plan = plan_of_country(country);
	struct reading		 reading;
	struct typed		 typed;

	if (!read_typed(text, &typed, err))
		return false;
	if (typed.plus) {
		if (!read_abroad(typed.digits, &reading, err))
			return false;
	} else if (plan != NULL) {
		if (!read_home(typed.digits, plan, &reading, err))
			return false;
	} else if (*country == '\0')
		return err_set(err, ERR_INPUT, "its country is not known;"
		    " write it with + and the country's code");
	else
		return err_set(err, ERR_INPUT, "no numbering plan is known for"
		    " %s; write it with + and the country's code", country);
	if (mobile && typed.extension)
		return err_set(err, ERR_INPUT, "an extension cannot take"
		    " messages");
	if (mobile && reading.line == LINE_FIXED)
		return err_set(err, ERR_INPUT, "it is a fixed line, which"
		    " cannot take messages");
	buf_addf(out, "+%s%s", reading.plan->code, reading.number);
	return true;
}
