/* SPDX-License-Identifier: ISC */
#include "model/money.h"

#include "model/currencies.h"

#include <inttypes.h>

static bool
is_in(const char *list, const char *code)
{
	for (; *list != '\0'; list += CURRENCY_LEN + 1) {
		if (memcmp(list, code, CURRENCY_LEN) == 0)
			return true;
	}
	return false;
}

int
currency_exponent(const char *code)
{
	if (code == NULL || strlen(code) != CURRENCY_LEN)
		return -1;
	if (is_in(CURRENCIES_2, code))
		return 2;
	if (is_in(CURRENCIES_0, code))
		return 0;
	if (is_in(CURRENCIES_3, code))
		return 3;
	return is_in(CURRENCIES_4, code) ? 4 : -1;
}

bool
money_add(int64_t *sum, int64_t minor)
{
	int64_t	total;

	if (__builtin_add_overflow(*sum, minor, &total))
		return false;
	*sum = total;
	return true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
push_digit(int64_t *value, char c)
{
	return !__builtin_mul_overflow(*value, 10, value) &&
	    !__builtin_add_overflow(*value, c - '0', value);
}

/* Digits in groups of three behind the first, where a separator is used. */
static bool
whole_part(struct str *s, char group, int64_t *value)
{
	size_t	run = 0;
	bool	grouped = false;

	if (s->len == 0 || !is_digit(s->p[0]))
		return false;
	for (; s->len > 0; s->p++, s->len--) {
		if (is_digit(s->p[0])) {
			run++;
			if ((grouped && run > 3) || !push_digit(value, s->p[0]))
				return false;
		} else if (group != '\0' && s->p[0] == group &&
		    run <= 3 && (!grouped || run == 3)) {
			grouped = true;
			run = 0;
		} else
			break;
	}
	return !grouped || run == 3;
}

/* The decimals, filled up with zeros to the exponent. */
static bool
decimals(struct str *s, int exponent, int64_t *value)
{
	int	count = 0;

	for (; s->len > 0 && is_digit(s->p[0]); s->p++, s->len--) {
		if (count++ < exponent) {
			if (!push_digit(value, s->p[0]))
				return false;
		} else if (s->p[0] != '0')
			return false;
	}
	for (; count < exponent; count++) {
		if (!push_digit(value, '0'))
			return false;
	}
	return true;
}

bool
money_parse_number(struct str text, const char *currency, char decimal,
    char group, int64_t *minor_out, struct err *err)
{
	struct str	whole = str_trim(text), s = whole;
	int		exponent = currency_exponent(currency);
	int64_t		value = 0;
	bool		negative = s.len > 0 && s.p[0] == '-';

	if (exponent < 0)
		return err_set(err, ERR_INPUT, "\"%s\" is no ISO 4217 currency"
		    " code; write one such as EUR, USD or COP", currency);
	if (negative) {
		s.p++;
		s.len--;
	}
	if (!whole_part(&s, group, &value))
		return err_set(err, ERR_INPUT, "\"%.*s\" is no amount",
		    STR_ARG(whole));
	if (s.len > 0 && s.p[0] == decimal) {
		s.p++;
		s.len--;
		if (s.len == 0 || !is_digit(s.p[0]))
			return err_set(err, ERR_INPUT, "\"%.*s\" has no"
			    " digits behind the decimal sign", STR_ARG(whole));
	}
	if (!decimals(&s, exponent, &value) || s.len > 0)
		return err_set(err, ERR_INPUT, "\"%.*s\" is no amount in %s,"
		    " which has %d decimals", STR_ARG(whole), currency,
		    exponent);
	*minor_out = negative ? -value : value;
	return true;
}

static bool
take_code(struct str s, char code[static CURRENCY_LEN + 1])
{
	if (s.len != CURRENCY_LEN)
		return false;
	(void)memcpy(code, s.p, CURRENCY_LEN);
	code[CURRENCY_LEN] = '\0';
	return currency_exponent(code) >= 0;
}

bool
money_parse(struct str text, struct money *out, struct err *err)
{
	struct str	s = str_trim(text), number;
	struct money	money;

	if (s.len > CURRENCY_LEN + 1 && s.p[CURRENCY_LEN] == ' ' &&
	    take_code((struct str){s.p, CURRENCY_LEN}, money.currency))
		number = (struct str){s.p + CURRENCY_LEN, s.len - CURRENCY_LEN};
	else if (s.len > CURRENCY_LEN + 1 &&
	    s.p[s.len - CURRENCY_LEN - 1] == ' ' &&
	    take_code((struct str){s.p + s.len - CURRENCY_LEN, CURRENCY_LEN},
	    money.currency))
		number = (struct str){s.p, s.len - CURRENCY_LEN};
	else
		return err_set(err, ERR_INPUT, "\"%.*s\" is no amount of money;"
		    " write it like \"EUR 40.00\"", STR_ARG(s));
	if (!money_parse_number(number, money.currency, '.', '\0',
	    &money.minor, err))
		return false;
	*out = money;
	return true;
}

void
money_format_number(int64_t minor, const char *currency, struct buf *out)
{
	int		exponent = currency_exponent(currency);
	uint64_t	value = minor < 0 ? -(uint64_t)minor : (uint64_t)minor;
	uint64_t	scale = 1;

	for (int i = 0; i < exponent; i++)
		scale *= 10;
	buf_addf(out, "%s%" PRIu64, minor < 0 ? "-" : "", value / scale);
	if (exponent > 0)
		buf_addf(out, ".%0*" PRIu64, exponent, value % scale);
}

void
money_format(const struct money *money, struct buf *out)
{
	buf_adds(out, money->currency);
	buf_addc(out, ' ');
	money_format_number(money->minor, money->currency, out);
}
