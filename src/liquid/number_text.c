/* SPDX-License-Identifier: ISC */
#include "liquid/impl.h"
#include "liquid/number.h"

#include <math.h>

#define BASE	1000000000U

/* Digits with one point at most, sign and exponent: what %g and we write. */
static bool
from_text(struct str s, struct number *out)
{
	bool	point = false;
	int	exponent = 0, sign = 1;
	size_t	i = 0;

	number_clear(out);
	if (s.len > 0 && (s.p[0] == '-' || s.p[0] == '+'))
		out->negative = s.p[i++] == '-';
	for (; i < s.len && s.p[i] != 'e'; i++) {
		if (s.p[i] == '.') {
			point = true;
			continue;
		}
		if (s.p[i] == '_')
			continue;
		if (!number_scale_up(out, 10, (uint32_t)(s.p[i] - '0')))
			return false;
		if (point)
			out->scale++;
	}
	for (i++; i < s.len; i++) {
		if (s.p[i] == '-')
			sign = -1;
		else if (s.p[i] != '+')
			exponent = exponent * 10 + (s.p[i] - '0');
	}
	out->scale -= sign * exponent;
	number_trim(out);
	if (out->scale >= 0)
		return true;
	exponent = -out->scale;
	out->scale = 0;
	return number_shift_up(out, exponent);
}

static void
set_digits(struct number *n, uint64_t digits)
{
	for (n->count = 0; digits > 0; digits /= BASE)
		n->limbs[n->count++] = (uint32_t)(digits % BASE);
}

static void
shortest(double value, char text[static 40])
{
	for (int digits = number_precision(value); digits <= 17; digits++) {
		(void)snprintf(text, 40, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			return;
	}
}

static void
from_float(double value, struct number *out)
{
	char		text[40];
	uint64_t	digits;

	number_clear(out);
	out->decimal = true;
	if (number_short_decimal(value, &digits, &out->scale)) {
		out->negative = value < 0;
		set_digits(out, digits);
		return;
	}
	out->scale = 0;
	if (!isfinite(value)) {
		out->infinite = true;
		out->negative = value < 0;
		out->count = isnan(value) ? 0 : 1;
		return;
	}
	shortest(value, text);
	if (!from_text(str_of(text), out))
		number_clear(out);
	out->decimal = true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* /\A-?\d+\.\d+\z/ */
static bool
is_decimal_text(struct str s)
{
	size_t	i = 0, start;

	if (i < s.len && s.p[i] == '-')
		i++;
	for (start = i; i < s.len && is_digit(s.p[i]); i++)
		;
	if (i == start || i >= s.len || s.p[i] != '.')
		return false;
	for (start = ++i; i < s.len && is_digit(s.p[i]); i++)
		;
	return i > start && i == s.len;
}

/* String#to_i: white space, a sign, digits with single underscores. */
static struct str
leading_int(struct str s)
{
	size_t	i = 0;

	s = liquid_lstrip(s);
	if (i < s.len && (s.p[i] == '-' || s.p[i] == '+'))
		i++;
	while (i < s.len && (is_digit(s.p[i]) || (s.p[i] == '_' && i > 0 &&
	    is_digit(s.p[i - 1]) && i + 1 < s.len && is_digit(s.p[i + 1]))))
		i++;
	s.len = i;
	return s;
}

void
number_of(struct liquid_value value, struct number *out)
{
	struct str	text = value.as.text;
	uint64_t	magnitude;

	number_clear(out);
	if (value.type == LIQUID_INT) {
		out->negative = value.as.number < 0;
		magnitude = out->negative ? 0 - (uint64_t)value.as.number :
		    (uint64_t)value.as.number;
		set_digits(out, magnitude);
	} else if (value.type == LIQUID_FLOAT) {
		from_float(value.as.real, out);
	} else if (value.type == LIQUID_STRING || value.type == LIQUID_BIG) {
		if (is_decimal_text(str_trim(text))) {
			if (!from_text(str_trim(text), out))
				number_clear(out);
			out->decimal = true;
		} else if (!from_text(leading_int(text), out)) {
			number_clear(out);
		}
	}
}
