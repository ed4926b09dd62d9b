/* SPDX-License-Identifier: ISC */
/*
 * money.h - amounts in minor units, with ISO 4217's exponents.
 *
 * An amount is int64_t minor units of a currency; no float ever holds money.
 * The exponents are our own table, because ICU gives RSD, IQD, LBP, ISK and
 * ALL none (ISO 4217:2015 table A.1).  Pure; thread: any.
 */
#ifndef DUNLIN_MODEL_MONEY_H
#define DUNLIN_MODEL_MONEY_H

#include "base/buf.h"

#include <stdint.h>

#define CURRENCY_LEN	3

struct money {
	int64_t	minor;
	char	currency[CURRENCY_LEN + 1];
};

/* Digits behind the point, 0 to 4; -1 for a code that ISO 4217 has not. */
int	currency_exponent(const char *code);

/*
 * "CUR 0.00" or "0.00 CUR": one amount with its currency, a point before the
 * decimals, an optional minus before the number, no thousands.  More decimals
 * than the currency has are ERR_INPUT unless they are zeros, never rounded.
 */
bool	money_parse(struct str text, struct money *out, struct err *err)
	    MUST_CHECK;

/*
 * A number alone, for a known currency.  decimal is '.' or ','; group is the
 * thousands separator that may stand between groups of three digits, or NUL.
 */
bool	money_parse_number(struct str text, const char *currency, char decimal,
	    char group, int64_t *minor_out, struct err *err) MUST_CHECK;

/* "EUR 40.00"; this is what programs read, l10n writes for people. */
void	money_format(const struct money *money, struct buf *out);
void	money_format_number(int64_t minor, const char *currency,
	    struct buf *out);

/* False on overflow; *sum is then unchanged. */
bool	money_add(int64_t *sum, int64_t minor) MUST_CHECK;

#endif
