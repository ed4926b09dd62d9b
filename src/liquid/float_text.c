/* SPDX-License-Identifier: ISC */
#include "liquid/number.h"

#include <math.h>

/*
 * The decimal n / 10^scale that is value and has the fewest digits, when it
 * has at most 15: then no shorter text reads as the same float.  n and the
 * power are exact, so the division that checks them rounds once.
 */
bool
number_short_decimal(double value, uint64_t *n, int *scale)
{
	static const double	powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6,
		1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
		1e18, 1e19};
	double			size = fabs(value), scaled;

	if (size != 0 && size < 1e-4)
		return false;
	for (*scale = 0; *scale < 20; ++*scale) {
		scaled = size * powers[*scale];
		if (!(scaled < 1e15))
			return false;
		scaled = (double)(uint64_t)(scaled + 0.5);
		if (scaled / powers[*scale] == size) {
			*n = (uint64_t)scaled;
			return true;
		}
	}
	return false;
}

int
number_precision(double value)
{
	return fabs(value) >= 1e-4 && fabs(value) < 1e15 ? 16 : 15;
}

static void
write_short(uint64_t digits, int scale, struct buf *out)
{
	char	text[40], *p = text + sizeof(text);

	for (int i = 0; digits > 0 || i <= scale + (scale == 0); i++) {
		if (scale == 0 && i == 0) {
			*--p = '0';	/* 3.0 */
			*--p = '.';
			i++;
		} else if (scale > 0 && i == scale) {
			*--p = '.';
		}
		*--p = (char)('0' + digits % 10);
		digits /= 10;
	}
	buf_add(out, p, (size_t)(text + sizeof(text) - p));
}

/* Digits of value and its decimal exponent, as d.ddd * 10^exponent. */
void
number_write_float(double value, struct buf *out)
{
	char		 text[40], digits[24];
	int		 count = 0, exponent, precision, scale;
	uint64_t	 whole;

	if (!isfinite(value)) {
		buf_adds(out, isnan(value) ? "NaN" :
		    value < 0 ? "-Infinity" : "Infinity");
		return;
	}
	if (number_short_decimal(value, &whole, &scale)) {
		if (signbit(value))
			buf_addc(out, '-');
		write_short(whole, scale, out);
		return;
	}
	precision = number_precision(value);
	do {
		(void)snprintf(text, sizeof(text), "%.*e", precision - 1, value);
	} while (strtod(text, NULL) != value && ++precision <= 17);
	exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	for (const char *p = text; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			digits[count++] = *p;
	while (count > 1 && digits[count - 1] == '0')
		count--;
	if (text[0] == '-')
		buf_addc(out, '-');
	if ((exponent >= 15 && count <= exponent + 1) || exponent < -4) {
		buf_addf(out, "%c.%.*se%c%02d", digits[0],
		    count > 1 ? count - 1 : 1, count > 1 ? digits + 1 : "0",
		    exponent < 0 ? '-' : '+', abs(exponent));
		return;
	}
	if (exponent < 0) {
		buf_adds(out, "0.");
		for (int i = -1; i > exponent; i--)
			buf_addc(out, '0');
		buf_add(out, digits, (size_t)count);
		return;
	}
	for (int i = 0; i <= exponent; i++)
		buf_addc(out, i < count ? digits[i] : '0');
	buf_addc(out, '.');
	if (count > exponent + 1)
		buf_add(out, digits + exponent + 1,
		    (size_t)(count - exponent - 1));
	else
		buf_addc(out, '0');
}
