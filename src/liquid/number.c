/* SPDX-License-Identifier: ISC */
#include "liquid/number.h"

#include "liquid/impl.h"

#include <math.h>
#include <stddef.h>

#define BASE		1000000000U
#define DIVISION_DIGITS	40

void
number_trim(struct number *n)
{
	while (n->count > 0 && n->limbs[n->count - 1] == 0)
		n->count--;
	if (n->count == 0 && !n->infinite)
		n->negative = false;
}

/* *n = *n * factor + more */
bool
number_scale_up(struct number *n, uint32_t factor, uint32_t more)
{
	uint64_t	carry = more;

	for (int i = 0; i < n->count; i++) {
		carry += (uint64_t)n->limbs[i] * factor;
		n->limbs[i] = (uint32_t)(carry % BASE);
		carry /= BASE;
	}
	if (carry == 0)
		return true;
	if (n->count == NUMBER_LIMBS)
		return false;
	n->limbs[n->count++] = (uint32_t)carry;
	return true;
}

/* *n = *n / divisor, cut; the rest. */
static uint32_t
scale_down(struct number *n, uint32_t divisor)
{
	uint64_t	rest = 0;

	for (int i = n->count - 1; i >= 0; i--) {
		rest = rest * BASE + n->limbs[i];
		n->limbs[i] = (uint32_t)(rest / divisor);
		rest %= divisor;
	}
	while (n->count > 0 && n->limbs[n->count - 1] == 0)
		n->count--;
	return (uint32_t)rest;
}

bool
number_shift_up(struct number *n, int digits)
{
	if (n->count == 0)
		return true;
	if (digits > NUMBER_LIMBS * 9)
		return false;
	for (; digits >= 9; digits -= 9)
		if (!number_scale_up(n, BASE, 0))
			return false;
	for (; digits > 0; digits--)
		if (!number_scale_up(n, 10, 0))
			return false;
	return true;
}

static int
compare_digits(const struct number *a, const struct number *b)
{
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	for (int i = a->count - 1; i >= 0; i--)
		if (a->limbs[i] != b->limbs[i])
			return a->limbs[i] < b->limbs[i] ? -1 : 1;
	return 0;
}

/* Only the limbs in use: most numbers have one or two of them. */
static void
copy(struct number *to, const struct number *from)
{
	(void)memcpy(to, from, offsetof(struct number, limbs) +
	    (size_t)from->count * sizeof(from->limbs[0]));
}

void
number_clear(struct number *n)
{
	n->decimal = n->negative = n->infinite = false;
	n->scale = n->count = 0;
}

static void
digits_of(const struct number *n, struct buf *out)
{
	if (n->negative)
		buf_addc(out, '-');
	if (n->count == 0)
		buf_addc(out, '0');
	else
		buf_addf(out, "%u", (unsigned)n->limbs[n->count - 1]);
	for (int i = n->count - 2; i >= 0; i--)
		buf_addf(out, "%09u", (unsigned)n->limbs[i]);
}

static double
to_float(const struct number *n)
{
	static const double	powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6,
		1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
		1e18, 1e19, 1e20, 1e21, 1e22};
	struct buf		text = BUF_INIT;
	double			value = 0;

	if (n->infinite)
		return n->count == 0 ? (double)NAN :
		    n->negative ? -(double)INFINITY : (double)INFINITY;
	if (n->scale >= 0 && n->scale <= 22 && (n->count < 2 ||
	    (n->count == 2 && n->limbs[1] < 1000000))) {
		/* both are exact, so the division rounds once, rightly */
		for (int i = n->count - 1; i >= 0; i--)
			value = value * BASE + n->limbs[i];
		value /= powers[n->scale];
		return n->negative ? -value : value;
	}
	digits_of(n, &text);
	buf_addf(&text, "e-%d", n->scale);
	if (buf_ok(&text))
		value = strtod(buf_text(&text), NULL);
	buf_fini(&text);
	return value;
}

struct liquid_value
number_value(const struct number *n, struct arena *arena)
{
	struct liquid_value	value = {.type = LIQUID_BIG};
	struct buf		text = BUF_INIT;
	uint64_t		magnitude = 0;
	char			*copy;

	if (n->decimal)
		return liquid_float(to_float(n));
	for (int i = n->count - 1; i >= 0 && n->count <= 3; i--)
		if (__builtin_mul_overflow(magnitude, BASE, &magnitude) ||
		    __builtin_add_overflow(magnitude, n->limbs[i], &magnitude))
			goto big;
	if (n->count <= 3 && magnitude <= (uint64_t)INT64_MAX)
		return liquid_int(n->negative ? -(int64_t)magnitude :
		    (int64_t)magnitude);
	if (n->count <= 3 && n->negative &&
	    magnitude == (uint64_t)INT64_MAX + 1)
		return liquid_int(INT64_MIN);
big:
	digits_of(n, &text);
	copy = buf_ok(&text) ? arena_copy(arena, text.p, text.len) : NULL;
	value.as.text = (struct str){copy, text.len};
	buf_fini(&text);
	return copy == NULL ? liquid_nil() : value;
}

/* Both with the same scale. */
static bool
align(struct number *a, struct number *b)
{
	if (a->scale < b->scale) {
		if (!number_shift_up(a, b->scale - a->scale))
			return false;
		a->scale = b->scale;
	} else {
		if (!number_shift_up(b, a->scale - b->scale))
			return false;
		b->scale = a->scale;
	}
	return true;
}

static bool
add_digits(const struct number *a, const struct number *b, struct number *out)
{
	const struct number	*longer = a->count >= b->count ? a : b;
	uint32_t		 carry = 0, sum;

	out->count = longer->count;
	for (int i = 0; i < longer->count; i++) {
		sum = carry + (i < a->count ? a->limbs[i] : 0) +
		    (i < b->count ? b->limbs[i] : 0);
		carry = sum >= BASE;
		out->limbs[i] = sum - (carry ? BASE : 0);
	}
	if (carry == 0)
		return true;
	if (out->count == NUMBER_LIMBS)
		return false;
	out->limbs[out->count++] = carry;
	return true;
}

/* a >= b */
static void
subtract_digits(const struct number *a, const struct number *b,
    struct number *out)
{
	uint32_t	borrow = 0, minus;

	out->count = a->count;
	for (int i = 0; i < a->count; i++) {
		minus = borrow + (i < b->count ? b->limbs[i] : 0);
		borrow = a->limbs[i] < minus;
		out->limbs[i] = a->limbs[i] + (borrow ? BASE : 0) - minus;
	}
}

bool
number_add(const struct number *a_in, const struct number *b_in,
    struct number *out)
{
	struct number	a, b;

	copy(&a, a_in);
	copy(&b, b_in);
	number_clear(out);
	out->decimal = a.decimal || b.decimal;
	if (a.infinite || b.infinite) {
		out->infinite = true;
		out->negative = a.infinite ? a.negative : b.negative;
		out->count = a.infinite && b.infinite &&
		    a.negative != b.negative ? 0 : 1;
		return true;
	}
	if (!align(&a, &b))
		return false;
	out->scale = a.scale;
	if (a.negative == b.negative) {
		out->negative = a.negative;
		if (!add_digits(&a, &b, out))
			return false;
	} else if (compare_digits(&a, &b) >= 0) {
		out->negative = a.negative;
		subtract_digits(&a, &b, out);
	} else {
		out->negative = b.negative;
		subtract_digits(&b, &a, out);
	}
	number_trim(out);
	return true;
}

bool
number_subtract(const struct number *a, const struct number *b,
    struct number *out)
{
	struct number	minus;

	copy(&minus, b);
	minus.negative = !minus.negative;
	return number_add(a, &minus, out);
}

bool
number_multiply(const struct number *a, const struct number *b,
    struct number *out)
{
	uint64_t	carry;

	number_clear(out);
	out->decimal = a->decimal || b->decimal;
	out->negative = a->negative != b->negative;
	out->scale = a->scale + b->scale;
	if (a->infinite || b->infinite) {
		out->infinite = true;
		out->count = a->count > 0 && b->count > 0;
		return true;
	}
	if (a->count + b->count > NUMBER_LIMBS)
		return false;
	out->count = a->count + b->count;
	(void)memset(out->limbs, 0, (size_t)out->count * sizeof(uint32_t));
	for (int i = 0; i < a->count; i++) {
		carry = 0;
		for (int k = 0; k < b->count; k++) {
			carry += out->limbs[i + k] +
			    (uint64_t)a->limbs[i] * b->limbs[k];
			out->limbs[i + k] = (uint32_t)(carry % BASE);
			carry /= BASE;
		}
		out->limbs[i + b->count] = (uint32_t)carry;
	}
	number_trim(out);
	return true;
}

bool
number_is_zero(const struct number *n)
{
	return n->count == 0 && !n->infinite;
}

/* The limb q with rest - q * b in [0, b); rest loses q * b. */
static uint32_t
divide_step(struct number *rest, const struct number *b)
{
	uint32_t	low = 0, high = BASE - 1, mid;
	struct number	product;

	while (low < high) {
		mid = low + (high - low + 1) / 2;
		copy(&product, b);
		if (number_scale_up(&product, mid, 0) &&
		    compare_digits(&product, rest) <= 0)
			low = mid;
		else
			high = mid - 1;
	}
	if (low > 0) {
		copy(&product, b);
		/* it fitted above */
		if (number_scale_up(&product, low, 0))
			subtract_digits(rest, &product, rest);
		number_trim(rest);
	}
	return low;
}

/* Magnitudes: a / b cut to a whole number, and the rest. */
static bool
divide_digits(const struct number *a, const struct number *b,
    struct number *quotient, struct number *rest)
{
	number_clear(quotient);
	number_clear(rest);
	quotient->count = a->count;
	for (int i = a->count - 1; i >= 0; i--) {
		if (!number_scale_up(rest, BASE, a->limbs[i]))
			return false;
		quotient->limbs[i] = divide_step(rest, b);
	}
	number_trim(quotient);
	return true;
}

static bool
divide_special(const struct number *a, const struct number *b,
    struct number *out)
{
	number_clear(out);
	out->decimal = true;
	if (b->infinite && !a->infinite)
		return b->count > 0 || (out->infinite = true);
	out->infinite = true;
	out->negative = a->negative != b->negative;
	out->count = !b->infinite && (a->count > 0);
	return true;
}

static bool
add_one(struct number *n)
{
	struct number	one, whole;

	copy(&whole, n);
	number_clear(&one);
	one.count = 1;
	one.limbs[0] = 1;
	one.scale = n->scale;
	one.negative = n->negative;
	return number_add(&whole, &one, n);
}

bool
number_divide(const struct number *a_in, const struct number *b_in,
    struct number *out)
{
	struct number	a, b, rest;
	int		more = 0;

	copy(&a, a_in);
	copy(&b, b_in);
	if (a.infinite || b.infinite || number_is_zero(&b))
		return divide_special(&a, &b, out);
	if (a.decimal || b.decimal) {
		more = DIVISION_DIGITS + b.count * 9 - a.count * 9;
		if (more < 0)
			more = 0;
		if (!number_shift_up(&a, more))
			return false;
		more += a.scale - b.scale;
	}
	if (!divide_digits(&a, &b, out, &rest))
		return false;
	out->negative = a.negative != b.negative;
	out->decimal = a.decimal || b.decimal;
	if (!out->decimal && out->negative && rest.count > 0)
		return add_one(out);
	out->scale = more;
	if (more < 0) {
		out->scale = 0;
		return number_shift_up(out, -more);
	}
	number_trim(out);
	return true;
}

bool
number_modulo(const struct number *a_in, const struct number *b_in,
    struct number *out)
{
	struct number	a, b, quotient, rest;

	copy(&a, a_in);
	copy(&b, b_in);
	if (a.infinite || b.infinite) {
		number_clear(out);
		out->decimal = out->infinite = true;
		return true;
	}
	if (!align(&a, &b) || !divide_digits(&a, &b, &quotient, &rest))
		return false;
	rest.scale = a.scale;
	rest.decimal = a.decimal || b.decimal;
	rest.negative = a.negative;
	number_trim(&rest);
	if (rest.count > 0 && a.negative != b.negative)
		return number_add(&rest, &b, out);
	copy(out, &rest);
	return true;
}

int
number_compare(const struct number *a_in, const struct number *b_in)
{
	struct number	a, b;
	int		order;

	copy(&a, a_in);
	copy(&b, b_in);
	if (a.infinite || b.infinite) {
		double	x = to_float(&a), y = to_float(&b);

		return x < y ? -1 : x > y;
	}
	if (!align(&a, &b))
		return to_float(a_in) < to_float(b_in) ? -1 : 1;
	if (a.negative != b.negative)
		return a.negative ? -1 : 1;
	order = compare_digits(&a, &b);
	return a.negative ? -order : order;
}

bool
number_round(const struct number *n, int digits, enum number_rounding rounding,
    struct number *out)
{
	uint32_t	last = 0;
	bool		rest = false, up;

	copy(out, n);
	if (n->infinite || digits >= n->scale)
		return true;
	if (n->scale - (int64_t)digits > NUMBER_LIMBS * 9)
		digits = n->scale - NUMBER_LIMBS * 9;
	while (out->scale > digits) {
		rest = rest || last > 0;
		last = scale_down(out, 10);
		out->scale--;
	}
	if (rounding == NUMBER_HALF_UP)
		up = last >= 5;
	else
		up = (last > 0 || rest) &&
		    n->negative == (rounding == NUMBER_FLOOR);
	if (up && !add_one(out))
		return false;
	if (out->scale < 0) {
		digits = -out->scale;
		out->scale = 0;
		if (!number_shift_up(out, digits))
			return false;
	}
	number_trim(out);
	return true;
}

int64_t
number_int(const struct number *n)
{
	struct number	whole;
	uint64_t	magnitude = 0;

	copy(&whole, n);
	for (; whole.scale > 0; whole.scale--)
		(void)scale_down(&whole, 10);
	for (int i = whole.count - 1; i >= 0; i--)
		if (__builtin_mul_overflow(magnitude, BASE, &magnitude) ||
		    __builtin_add_overflow(magnitude, whole.limbs[i],
		    &magnitude) || magnitude > (uint64_t)INT64_MAX)
			return n->negative ? INT64_MIN : INT64_MAX;
	return n->negative ? -(int64_t)magnitude : (int64_t)magnitude;
}
