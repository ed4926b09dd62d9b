/* SPDX-License-Identifier: ISC */
/*
 * l10n.h - amounts, numbers, dates and words as people of a place write them.
 *
 * ICU's only home.  ICU formats fields that we computed: fraction digits come
 * from model's exponents (ICU has none for RSD, IQD, LBP, ISK and ALL), dates
 * are civil days formatted at UTC in the Gregorian calendar, no ICU zone is
 * ever asked.  A locale is a BCP 47 tag such as "es-UY" or "pt_BR"; unknown
 * ones fall back as CLDR says.  Numbers never pass through a float.
 *
 * struct l10n holds the formatters that were made, because making one costs
 * thirty times what using it does.  Owner: the caller, one per thread.
 */
#ifndef DUNLIN_L10N_L10N_H
#define DUNLIN_L10N_L10N_H

#include "base/date.h"
#include "model/money.h"

struct l10n;			/* opaque */

/* NULL when memory is out. */
struct l10n	*l10n_new(void);
void	l10n_free(struct l10n **l10n);

enum l10n_money_form {
	L10N_MONEY_SYMBOL,	/* "1.234,50 €", "US$ 20,00" */
	L10N_MONEY_CODE,	/* "EUR 1.234,50": the code, then the number */
	L10N_MONEY_NUMBER	/* "1.234,50" */
};

/*
 * All writers below add to out.  They fail with ERR_INPUT for what is no
 * locale, currency or pattern and ERR_SYSTEM when ICU cannot (memory).
 */
bool	l10n_money(struct l10n *l10n, const char *locale,
	    const struct money *money, enum l10n_money_form form,
	    struct buf *out, struct err *err) MUST_CHECK;

/*
 * decimal is `-?[0-9]+(\.[0-9]+)?`; it is written with at least min and at
 * most max digits behind the point (half even), grouped.
 */
bool	l10n_number(struct l10n *l10n, const char *locale, struct str decimal,
	    int min, int max, struct buf *out, struct err *err) MUST_CHECK;

/* As l10n_number with a percent sign: "10.15" is ten and a bit percent. */
bool	l10n_percent(struct l10n *l10n, const char *locale,
	    struct str decimal, int min, int max, struct buf *out,
	    struct err *err) MUST_CHECK;

/*
 * form is short, medium, long or full, or a CLDR skeleton ("yMMMd", "EEEEd"),
 * which the locale puts into its own order.  Years 1 to 9999.
 */
bool	l10n_date(struct l10n *l10n, const char *locale, int32_t day,
	    const char *form, struct buf *out, struct err *err) MUST_CHECK;

/* CLDR's word for the cardinal n: zero, one, two, few, many, other. */
bool	l10n_plural(struct l10n *l10n, const char *locale, int64_t n,
	    struct buf *out, struct err *err) MUST_CHECK;

/* "3 días", "1 day"; n is at most 10^9 either way. */
bool	l10n_days(struct l10n *l10n, const char *locale, int64_t n,
	    struct buf *out, struct err *err) MUST_CHECK;

/* "a, b y c", with CLDR's words and exceptions ("e Inés"). */
bool	l10n_list(struct l10n *l10n, const char *locale,
	    const struct str *items, size_t count, struct buf *out,
	    struct err *err) MUST_CHECK;

/* --- tags ---------------------------------------------------------------- */

#define L10N_TAG	36	/* bytes of a tag with its NUL */
#define L10N_CHAIN	8

struct l10n_chain {
	char	tags[L10N_CHAIN][L10N_TAG];
	size_t	count;
};

/*
 * The languages to look for, best first: "es-Latn-UY" gives es-Latn-UY,
 * es-Latn, es, then fallback and its parents; nothing twice.  Case and `_`
 * are put right; what is no tag is left out.
 */
void	l10n_chain(const char *tag, const char *fallback,
	    struct l10n_chain *out);

/* `xx` or `xxx` with subtags of 1 to 8 letters or digits. */
bool	l10n_is_tag(struct str tag);

bool	l10n_is_rtl(const char *tag);

/*
 * Direction of the first strong character; what has none goes by fallback.
 */
bool	l10n_text_is_rtl(struct str text, bool fallback);

#endif
