/* SPDX-License-Identifier: ISC */
/*
 * number.h - exact arithmetic, as Ruby's Integer and BigDecimal do it.
 *
 * A number is sign, digits and the count of digits behind the point.  What
 * grows past NUMBER_LIMBS * 9 digits is an error, so nothing here allocates.
 * Private to liquid.  Thread: any.
 */
#ifndef DUNLIN_LIQUID_NUMBER_H
#define DUNLIN_LIQUID_NUMBER_H

#include "liquid/value.h"

#define NUMBER_LIMBS	80

struct number {
	bool		decimal;	/* a BigDecimal: its results are floats */
	bool		negative;
	bool		infinite;	/* not a number when count is 0 and infinite */
	int		scale;		/* digits behind the point */
	int		count;		/* limbs in use; 0 is zero */
	uint32_t	limbs[NUMBER_LIMBS];	/* base 10^9, lowest first */
};

/* Utils.to_number: numbers, numeric strings; everything else is 0. */
void	number_of(struct liquid_value value, struct number *out);
/* An INT, BIG or FLOAT value; NIL when memory is out. */
struct liquid_value	number_value(const struct number *n,
			    struct arena *arena);

/* False when the result has too many digits. */
bool	number_add(const struct number *a, const struct number *b,
	    struct number *out) MUST_CHECK;
bool	number_subtract(const struct number *a, const struct number *b,
	    struct number *out) MUST_CHECK;
bool	number_multiply(const struct number *a, const struct number *b,
	    struct number *out) MUST_CHECK;
/*
 * Whole numbers: floor; else 40 digits and more.  b is not a whole zero; a
 * decimal zero gives an infinity.
 */
bool	number_divide(const struct number *a, const struct number *b,
	    struct number *out) MUST_CHECK;
/* The sign follows b, which is not zero. */
bool	number_modulo(const struct number *a, const struct number *b,
	    struct number *out) MUST_CHECK;

bool	number_is_zero(const struct number *n);
int	number_compare(const struct number *a, const struct number *b);

enum number_rounding { NUMBER_HALF_UP, NUMBER_FLOOR, NUMBER_CEIL };

/* To so many digits behind the point; negative ones too. */
bool	number_round(const struct number *n, int digits,
	    enum number_rounding rounding, struct number *out) MUST_CHECK;
/* The whole part as int64, cut to its range. */
int64_t	number_int(const struct number *n);

/*
 * value as n / 10^scale with the fewest digits, when 15 are enough; false
 * when they are not, or value is too small or large to be looked at.
 */
bool	number_short_decimal(double value, uint64_t *n, int *scale);
/* Digits from which to try, once that has found none. */
int	number_precision(double value);
/* A float as Ruby prints it: 1.0, 0.1, 1.0e+16. */
void	number_write_float(double value, struct buf *out);

/* For the files of number only. */
void	number_clear(struct number *n);
/* No zero limbs on top, no negative zero. */
void	number_trim(struct number *n);
/* *n = *n * factor + more; times 10^digits.  False: too many digits. */
bool	number_scale_up(struct number *n, uint32_t factor, uint32_t more)
	    MUST_CHECK;
bool	number_shift_up(struct number *n, int digits) MUST_CHECK;

#endif
