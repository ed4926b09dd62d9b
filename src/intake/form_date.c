/* SPDX-License-Identifier: ISC */
#include "intake/form.h"

/* Three numbers as written, and how many digits each has. */
struct parts {
	int	number[3];
	int	digits[3];
};

/* A date has at most ten characters; a time may stand behind T or a space. */
static struct str
without_time(struct str cell)
{
	struct str	s = str_trim(cell);

	for (size_t i = 6; i + 1 < s.len; i++) {
		if ((s.p[i] == ' ' || s.p[i] == 'T') &&
		    s.p[i + 1] >= '0' && s.p[i + 1] <= '9')
			return (struct str){s.p, i};
	}
	return s;
}

static bool
split(struct str s, struct parts *out)
{
	char	sign = '\0';
	int	part = 0;

	*out = (struct parts){.number = {0, 0, 0}};
	for (size_t i = 0; i < s.len; i++) {
		char	c = s.p[i];

		if (c >= '0' && c <= '9') {
			if (++out->digits[part] > 8)
				return false;
			out->number[part] = out->number[part] * 10 + (c - '0');
		} else if ((c == '/' || c == '-' || c == '.') &&
		    (sign == '\0' || c == sign) && part < 2) {
			sign = c;
			part++;
		} else
			return false;
	}
	return true;
}

static bool
is_iso(const struct parts *parts)
{
	return (parts->digits[0] == 4 && parts->digits[1] > 0 &&
	    parts->digits[2] > 0) ||
	    (parts->digits[0] == 8 && parts->digits[1] == 0);
}

static bool
is_slashed(const struct parts *parts)
{
	return parts->digits[0] >= 1 && parts->digits[0] <= 2 &&
	    parts->digits[1] >= 1 && parts->digits[1] <= 2 &&
	    parts->digits[2] == 4;
}

static void
note(int64_t *line_out, char sample[static FORM_SAMPLE], struct str cell,
    int64_t line)
{
	if (*line_out != 0)
		return;
	*line_out = line;
	(void)snprintf(sample, FORM_SAMPLE, "%.*s",
	    cell.len < FORM_SAMPLE - 1 ? (int)cell.len : FORM_SAMPLE - 1,
	    cell.p);
}

void
form_see_date(struct form_survey *survey, struct str cell, int64_t line)
{
	struct parts	parts;

	if (cell.len == 0 || !split(without_time(cell), &parts))
		return;
	if (!is_slashed(&parts)) {
		survey->plain += is_iso(&parts);
		return;
	}
	if (parts.number[0] > 12 && parts.number[1] <= 12)
		note(&survey->first_line, survey->first, cell, line);
	else if (parts.number[1] > 12 && parts.number[0] <= 12)
		note(&survey->second_line, survey->second, cell, line);
	else if (parts.number[0] == parts.number[1])
		survey->plain++;
	else
		note(&survey->unsure_line, survey->unsure, cell, line);
}

bool
form_decide_date(const struct form_survey *survey, const char *path,
    enum date_form *out, struct err *err)
{
	if (survey->first_line != 0 && survey->second_line != 0)
		return err_set(err, ERR_INPUT, "%s: line %lld has \"%s\" with"
		    " the day first, line %lld \"%s\" with the month first;"
		    " write YYYY-MM-DD, or say which in a map: dates ="
		    " \"d/m/y\"", path, (long long)survey->first_line,
		    survey->first, (long long)survey->second_line,
		    survey->second);
	if (survey->first_line != 0)
		*out = DATES_DMY;
	else if (survey->second_line != 0)
		*out = DATES_MDY;
	else if (survey->unsure_line != 0)
		return err_set(err, ERR_INPUT, "%s:%lld: \"%s\" can be read"
		    " with the day or with the month first, and no other row"
		    " tells; write YYYY-MM-DD, or say which in a map: dates ="
		    " \"d/m/y\" or dates = \"m/d/y\"", path,
		    (long long)survey->unsure_line, survey->unsure);
	else
		*out = DATES_UNKNOWN;
	return true;
}

static bool
take(int year, int month, int mday, int32_t *day_out)
{
	struct date	date = {year, month, mday};

	if (!date_is_valid(date))
		return false;
	*day_out = date_day(date);
	return true;
}

/* By a form that fits; days that are equal to the month need none. */
static bool
take_slashed(const struct parts *parts, enum date_form form, int32_t *day_out,
    struct str cell, struct err *err)
{
	int	day = parts->number[0], month = parts->number[1];

	if (form == DATES_ISO || (form == DATES_UNKNOWN && day != month))
		return err_set(err, ERR_INPUT, "\"%.*s\" is not written like"
		    " the other dates, YYYY-MM-DD", STR_ARG(cell));
	if (form == DATES_MDY) {
		day = parts->number[1];
		month = parts->number[0];
	}
	if (take(parts->number[2], month, day, day_out))
		return true;
	return err_set(err, ERR_INPUT, "\"%.*s\" is no date with the %s first,"
	    " as the other dates have it", STR_ARG(cell),
	    form == DATES_MDY ? "month" : "day");
}

bool
form_read_date(struct str cell, enum date_form form, int32_t *day_out,
    struct err *err)
{
	struct parts	parts;
	struct str	s;

	if (cell.len > 40)
		return err_set(err, ERR_INPUT, "this is no date");
	s = without_time(cell);
	if (date_parse(s, day_out))
		return true;
	if (split(s, &parts)) {
		int	whole = parts.number[0];

		if (parts.digits[0] == 8 && parts.digits[1] == 0 &&
		    take(whole / 10000, whole / 100 % 100, whole % 100,
		    day_out))
			return true;
		if (is_iso(&parts) && parts.digits[1] > 0 &&
		    take(parts.number[0], parts.number[1], parts.number[2],
		    day_out))
			return true;
		if (is_iso(&parts))
			return err_set(err, ERR_INPUT, "\"%.*s\" is no day of"
			    " the calendar", STR_ARG(cell));
		if (is_slashed(&parts))
			return take_slashed(&parts, form, day_out, cell, err);
		if (parts.digits[2] == 2)
			return err_set(err, ERR_INPUT, "\"%.*s\" has a year of"
			    " two digits; write four", STR_ARG(cell));
	}
	return err_set(err, ERR_INPUT, "\"%.*s\" is no date; write YYYY-MM-DD",
	    STR_ARG(cell));
}
