/* SPDX-License-Identifier: ISC */
/*
 * fuzz_text.c - one short text as an amount, a date, an instant, a telephone
 * number; what is taken comes out of its own writing again.
 */
#include "fuzz/fuzz.h"

#include "base/date.h"
#include "model/money.h"
#include "model/phone.h"

static void
try_money(struct str text, const char *currency)
{
	struct buf	out = BUF_INIT;
	struct money	money, again;
	struct err	err;
	int64_t		minor;

	if (money_parse(text, &money, &err)) {
		money_format(&money, &out);
		FUZZ_HOLDS(money_parse(buf_str(&out), &again, &err));
		FUZZ_HOLDS(again.minor == money.minor &&
		    strcmp(again.currency, money.currency) == 0);
	} else
		FUZZ_HOLDS(err.kind == ERR_INPUT);
	(void)!money_parse_number(text, currency, '.', ',', &minor, &err);
	(void)!money_parse_number(text, currency, ',', '.', &minor, &err);
	(void)!money_parse_number(text, currency, ',', '\0', &minor, &err);
	buf_fini(&out);
}

static void
try_date(struct str text)
{
	struct buf	out = BUF_INIT;
	int32_t		day, week;
	int		year;

	if (date_parse(text, &day)) {
		date_format(day, &out);
		FUZZ_HOLDS(str_eq(buf_str(&out), text));
		week = date_week_start(day);
		FUZZ_HOLDS(week <= day && week > day - 7);
		FUZZ_HOLDS(date_week(day, &year) >= 1);
	}
	buf_fini(&out);
}

static void
try_instant(struct str text)
{
	struct buf	out = BUF_INIT;
	int64_t		ms, again;

	if (instant_parse(text, &ms)) {
		instant_format(ms, 0, &out);
		FUZZ_HOLDS(instant_parse(buf_str(&out), &again));
		FUZZ_HOLDS(again == ms);
	}
	buf_fini(&out);
}

static void
try_phone(struct str text, const char *country, bool mobile)
{
	struct buf	out = BUF_INIT, again = BUF_INIT;
	struct err	err;

	if (phone_parse(text, country, mobile, &out, &err)) {
		FUZZ_HOLDS(out.len >= 2 && out.len <= 16 && out.p[0] == '+');
		FUZZ_HOLDS(strspn(out.p + 1, "0123456789") == out.len - 1);
		FUZZ_HOLDS(phone_parse(buf_str(&out), "", mobile, &again,
		    &err));
		FUZZ_HOLDS(str_eq(buf_str(&out), buf_str(&again)));
	} else
		FUZZ_HOLDS(err.kind == ERR_INPUT);
	buf_fini(&out);
	buf_fini(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const	countries[] = {"", "CO", "AR", "BR",
		"MX", "US", "ES", "GB", "CL", "PE", "EC", "UY", "PY", "IN",
		"ZA", "AU"};
	static const char *const	currencies[] = {"EUR", "COP", "JPY",
		"KWD"};
	struct str			text = fuzz_str(data, size);
	uint8_t				how = fuzz_byte(&text);

	try_money(text, currencies[how >> 6]);
	try_date(text);
	try_instant(text);
	try_phone(text, countries[how & 15], how & 16);
	return 0;
}
