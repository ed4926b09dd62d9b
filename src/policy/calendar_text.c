/* SPDX-License-Identifier: ISC */
#include "policy/calendar_text.h"

static void
skip(struct str *s, size_t len)
{
	s->p += len;
	s->len -= len;
}

bool
text_char(struct str *s, char c)
{
	if (s->len == 0 || s->p[0] != c)
		return false;
	skip(s, 1);
	return true;
}

bool
text_word(struct str *s, const char *word)
{
	if (!str_starts(*s, word))
		return false;
	skip(s, strlen(word));
	return true;
}

void
text_blanks(struct str *s)
{
	while (text_char(s, ' ') || text_char(s, '\t'))
		continue;
}

static size_t
leading_digits(struct str s, size_t most)
{
	size_t	n = 0;

	while (n < most && n < s.len && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n;
}

bool
text_digits(struct str *s, size_t count, int *out)
{
	int	n = 0;

	if (leading_digits(*s, count) != count)
		return false;
	for (size_t i = 0; i < count; i++)
		n = n * 10 + (s->p[i] - '0');
	skip(s, count);
	*out = n;
	return true;
}

bool
text_number(struct str *s, int *out)
{
	size_t	count = leading_digits(*s, 7);

	return count >= 1 && count <= 6 && text_digits(s, count, out);
}

bool
text_weekday(struct str *s, enum weekday *out)
{
	static const char	names[] = "montuewedthufrisatsun";

	for (int i = 0; s->len >= 3 && i < 7; i++) {
		const char	*name = names + (size_t)i * 3;

		if ((s->p[0] | 0x20) == name[0] && (s->p[1] | 0x20) == name[1] &&
		    (s->p[2] | 0x20) == name[2]) {
			*out = (enum weekday)i;
			skip(s, 3);
			return true;
		}
	}
	return false;
}

bool
text_month_day(struct str *s, int *month, int *mday)
{
	struct str	rest = *s;
	struct date	date = {.year = 2000};

	if (!text_digits(&rest, 2, &date.month) || !text_char(&rest, '-') ||
	    !text_digits(&rest, 2, &date.mday) || !date_is_valid(date))
		return false;
	*s = rest;
	*month = date.month;
	*mday = date.mday;
	return true;
}

bool
text_date(struct str *s, int32_t *day)
{
	if (s->len < 10 || !date_parse((struct str){s->p, 10}, day))
		return false;
	skip(s, 10);
	return true;
}

bool
text_time(struct str *s, int32_t *second)
{
	struct str	rest = *s;
	int		hour, minute;

	if (!text_digits(&rest, 2, &hour) || !text_char(&rest, ':') ||
	    !text_digits(&rest, 2, &minute) || minute > 59 || hour > 24 ||
	    (hour == 24 && minute > 0))
		return false;
	*s = rest;
	*second = hour * 3600 + minute * 60;
	return true;
}

struct str
text_until(struct str *s, const char *stops)
{
	size_t		len = 0;
	struct str	found;

	while (len < s->len && (s->p[len] == '\0' ||
	    strchr(stops, s->p[len]) == NULL))
		len++;
	found = (struct str){s->p, len};
	skip(s, len);
	return found;
}
