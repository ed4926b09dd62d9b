/* SPDX-License-Identifier: ISC */
/*
 * form.h - how numbers and dates are written in a file, found by looking.
 *
 * A cell such as 1.234 or 03/04/2020 can be read in two ways.  Cells are shown
 * to a survey until one of them tells; one that tells otherwise, or none that
 * tells, is an error that names lines.  Nothing is guessed.  Pure.
 */
#ifndef DUNLIN_INTAKE_FORM_H
#define DUNLIN_INTAKE_FORM_H

#include "base/date.h"
#include "model/money.h"

#define FORM_SAMPLE	40

enum date_form { DATES_UNKNOWN, DATES_DMY, DATES_MDY, DATES_ISO };

/* What was seen; all zero to begin. */
struct form_survey {
	int64_t	first_line;		/* tells one reading; 0 none */
	int64_t	second_line;		/* tells the other */
	int64_t	unsure_line;		/* can be read in both */
	int64_t	plain;			/* cells that tell nothing */
	char	first[FORM_SAMPLE];
	char	second[FORM_SAMPLE];
	char	unsure[FORM_SAMPLE];
};

/* Numbers: first = decimal point, second = decimal comma. */
void	form_see_number(struct form_survey *survey, struct str cell,
	    int64_t line);
/* Dates: first = day before month, second = month before day. */
void	form_see_date(struct form_survey *survey, struct str cell,
	    int64_t line);

/* Nothing more need be looked at. */
bool	form_is_told(const struct form_survey *survey);

/*
 * The decimal sign: '.' or ','; NUL when only whole numbers were seen (then a
 * cell that tells by itself is still read).  ERR_INPUT when cells disagree or
 * none tells; the text says how to state it.
 */
bool	form_decide_number(const struct form_survey *survey, const char *path,
	    char *decimal_out, struct err *err) MUST_CHECK;
bool	form_decide_date(const struct form_survey *survey, const char *path,
	    enum date_form *out, struct err *err) MUST_CHECK;

/*
 * An amount: sign before or behind, (1.00) negative, a currency sign or code
 * before or behind (a code must be the currency given), thousands in groups
 * by the other sign, a space or an apostrophe.  decimal NUL: the cell must
 * tell by itself.  Too many decimals are refused, never rounded.
 */
bool	form_read_number(struct str cell, char decimal, const char *currency,
	    int64_t *minor_out, struct err *err) MUST_CHECK;

/* The ISO 4217 code that stands before or behind the number; false: none. */
bool	form_currency(struct str cell, char code[static CURRENCY_LEN + 1]);

/*
 * YYYY-MM-DD, YYYY/MM/DD or YYYYMMDD, perhaps with a time behind it, which is
 * dropped; else numbers with / - or . between them, by the form.
 */
bool	form_read_date(struct str cell, enum date_form form, int32_t *day_out,
	    struct err *err) MUST_CHECK;

#endif
