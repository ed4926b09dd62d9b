/* SPDX-License-Identifier: ISC */
/*
 * calendar_text.h - the small words of which calendar rules are made.
 *
 * Each takes what it knows from the front of a view and moves the view behind
 * it; false leaves the view where it was.  Pure; thread: any.
 */
#ifndef DUNLIN_POLICY_CALENDAR_TEXT_H
#define DUNLIN_POLICY_CALENDAR_TEXT_H

#include "base/date.h"

bool	text_char(struct str *s, char c);
bool	text_word(struct str *s, const char *word);
void	text_blanks(struct str *s);
/* One to six digits. */
bool	text_number(struct str *s, int *out);
/* Exactly count digits. */
bool	text_digits(struct str *s, size_t count, int *out);
/* mon to sun, in either case. */
bool	text_weekday(struct str *s, enum weekday *out);
/* mm-dd, of a leap year. */
bool	text_month_day(struct str *s, int *month, int *mday);
bool	text_date(struct str *s, int32_t *day);
/* HH:MM as second of the day; 24:00 is 86400. */
bool	text_time(struct str *s, int32_t *second);
/* Up to any of the bytes in stops, or the end. */
struct str	text_until(struct str *s, const char *stops);

#endif
