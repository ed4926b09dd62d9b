/* SPDX-License-Identifier: ISC */
#include "l10n/l10n_impl.h"

#include <unicode/unum.h>
#include <unicode/ustring.h>

#include <inttypes.h>

/*
 * Digits are those of the locale only where people of Latin-script mail use
 * them too: a sum in a payment order is typed in ASCII digits everywhere.
 */
static bool
latin_locale(const char *tag, char out[static L10N_KEY], struct err *err)
{
	char	locale[L10N_TAG];

	if (!l10n_locale(tag, locale, err))
		return false;
	(void)snprintf(out, L10N_KEY, "%s@numbers=latn", locale);
	return true;
}

static bool
open_number(struct l10n *l10n, UNumberFormatStyle style, const char *tag,
    const char *currency, UNumberFormat **out, struct err *err)
{
	UErrorCode	 status = U_ZERO_ERROR;
	UNumberFormat	*format;
	UChar		 code[CURRENCY_LEN + 1];
	char		 locale[L10N_KEY], key[L10N_KEY];

	(void)snprintf(key, sizeof(key), "%d %.3s %.40s", (int)style, currency,
	    tag == NULL ? "" : tag);
	*out = l10n_kept(l10n, L10N_KIND_NUMBER, key);
	if (*out != NULL)
		return true;
	if (!latin_locale(tag, locale, err))
		return false;
	format = unum_open(style, NULL, 0, locale, NULL, &status);
	if (U_FAILURE(status))
		return l10n_failed(status, "opening a number format", err);
	if (currency[0] != '\0') {
		u_charsToUChars(currency, code, CURRENCY_LEN + 1);
		unum_setTextAttribute(format, UNUM_CURRENCY_CODE, code,
		    CURRENCY_LEN, &status);
	}
	unum_setAttribute(format, UNUM_ROUNDING_MODE, UNUM_ROUND_HALFEVEN);
	if (U_FAILURE(status)) {
		unum_close(format);
		return l10n_failed(status, "setting a currency", err);
	}
	l10n_keep(l10n, L10N_KIND_NUMBER, key, format);
	*out = format;
	return true;
}

/* The decimal as text goes in, so no float is ever made of it. */
static bool
write_decimal(UNumberFormat *format, struct str decimal, int min, int max,
    struct buf *out, struct err *err)
{
	UErrorCode	status = U_ZERO_ERROR;
	UChar		text[L10N_UCHARS];
	int32_t		len;

	/* the maximum first: ICU lowers the minimum to it */
	unum_setAttribute(format, UNUM_MAX_FRACTION_DIGITS, max);
	unum_setAttribute(format, UNUM_MIN_FRACTION_DIGITS, min);
	unum_setAttribute(format, UNUM_MAX_FRACTION_DIGITS, max);
	len = unum_formatDecimal(format, decimal.p, (int32_t)decimal.len, text,
	    L10N_UCHARS, NULL, &status);
	if (U_FAILURE(status))
		return l10n_failed(status, "writing a number", err);
	return l10n_add_utf16(out, text, len, err);
}

bool
l10n_money(struct l10n *l10n, const char *locale, const struct money *money,
    enum l10n_money_form form, struct buf *out, struct err *err)
{
	UNumberFormat	*format;
	struct buf	 plain = BUF_INIT;
	int		 digits = currency_exponent(money->currency);
	bool		 symbol = form == L10N_MONEY_SYMBOL, ok = false;

	if (digits < 0)
		return err_set(err, ERR_INPUT, "\"%.3s\" is no ISO 4217"
		    " currency code", money->currency);
	money_format_number(money->minor, money->currency, &plain);
	if (!buf_check(&plain, err) || !open_number(l10n, symbol ?
	    UNUM_CURRENCY : UNUM_DECIMAL, locale,
	    symbol ? money->currency : "", &format, err))
		goto done;
	if (form == L10N_MONEY_CODE)
		buf_addf(out, "%s ", money->currency);
	ok = write_decimal(format, buf_str(&plain), digits, digits, out, err);
done:
	buf_fini(&plain);
	return ok;
}

static bool
is_decimal(struct str s)
{
	size_t	digits = 0, i = 0;
	bool	point = false;

	if (s.len > 0 && s.p[0] == '-')
		i++;
	for (; i < s.len; i++) {
		if (s.p[i] == '.' && !point && digits > 0) {
			point = true;
			digits = 0;
		} else if (s.p[i] >= '0' && s.p[i] <= '9')
			digits++;
		else
			return false;
	}
	return digits > 0 && s.len <= 40;
}

static bool
check_decimal(struct str decimal, int min, int max, struct err *err)
{
	if (!is_decimal(decimal))
		return err_set(err, ERR_INPUT, "\"%.*s\" is no number; write"
		    " one such as 12 or 10.15", (int)(decimal.len > 60 ? 60 :
		    decimal.len), decimal.p);
	if (min < 0 || max < min || max > 20)
		return err_set(err, ERR_INPUT, "%d to %d decimals cannot be"
		    " written; 0 to 20 can", min, max);
	return true;
}

bool
l10n_number(struct l10n *l10n, const char *locale, struct str decimal,
    int min, int max, struct buf *out, struct err *err)
{
	UNumberFormat	*format;

	return check_decimal(decimal, min, max, err) &&
	    open_number(l10n, UNUM_DECIMAL, locale, "", &format, err) &&
	    write_decimal(format, decimal, min, max, out, err);
}

bool
l10n_percent(struct l10n *l10n, const char *locale, struct str decimal,
    int min, int max, struct buf *out, struct err *err)
{
	UNumberFormat	*format;

	if (!check_decimal(decimal, min, max, err) ||
	    !open_number(l10n, UNUM_PERCENT, locale, "", &format, err))
		return false;
	unum_setAttribute(format, UNUM_MULTIPLIER, 1);
	return write_decimal(format, decimal, min, max, out, err);
}
