/* SPDX-License-Identifier: ISC */
#include "intake/form.h"

#include "base/utf8.h"

#define CORE_MAX	48

/* A cell without its sign, currency and padding: digits and separators. */
struct core {
	char	text[CORE_MAX];		/* spaces and apostrophes as '\'' */
	size_t	len;
	bool	negative;
	char	code[CURRENCY_LEN + 1];	/* "" none */
};

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void
trim_spaces(struct str *s)
{
	static const char *const	spaces[] = {" ", "\t", "\xc2\xa0",
	    "\xe2\x80\xaf", "\xe2\x80\x89"};
	bool	again = true;

	while (again && s->len > 0) {
		again = false;
		for (size_t i = 0; i < sizeof(spaces) / sizeof(*spaces); i++) {
			size_t	len = strlen(spaces[i]);

			if (str_starts(*s, spaces[i])) {
				s->p += len;
				s->len -= len;
				again = true;
			}
			if (str_ends(*s, spaces[i])) {
				s->len -= len;
				again = true;
			}
		}
	}
}

/* "EUR" or "eur" at an end; letters must not go on beside it. */
static bool
take_code(struct str *s, bool at_end, char *code)
{
	char		 found[CURRENCY_LEN + 1] = "";
	const char	*p;

	if (s->len <= CURRENCY_LEN)
		return false;
	p = at_end ? s->p + s->len - CURRENCY_LEN : s->p;
	if (is_letter(at_end ? p[-1] : p[CURRENCY_LEN]))
		return false;
	for (int i = 0; i < CURRENCY_LEN; i++) {
		if (!is_letter(p[i]))
			return false;
		found[i] = (char)(p[i] & ~0x20);
	}
	if (currency_exponent(found) < 0)
		return false;
	(void)memcpy(code, found, sizeof(found));
	s->len -= CURRENCY_LEN;
	if (!at_end)
		s->p += CURRENCY_LEN;
	return true;
}

static bool
take_sign(struct str *s, const char *sign)
{
	size_t	len = strlen(sign);

	if (str_starts(*s, sign)) {
		s->p += len;
		s->len -= len;
		return true;
	}
	if (s->len > 0 && str_ends(*s, sign)) {
		s->len -= len;
		return true;
	}
	return false;
}

/* Signs of currencies; they say nothing that the currency does not. */
static void
take_symbols(struct str *s)
{
	static const char *const	symbols[] = {"US$", "R$", "S/", "U$S",
	    "$U", "$", "\xe2\x82\xac", "\xc2\xa3", "\xe2\x82\xb2",
	    "\xe2\x82\xb9"};

	for (size_t i = 0; i < sizeof(symbols) / sizeof(*symbols); i++) {
		if (take_sign(s, symbols[i]))
			break;
	}
	trim_spaces(s);
}

static void
take_minus(struct str *s, struct core *core)
{
	if (s->len > 2 && s->p[0] == '(' && s->p[s->len - 1] == ')') {
		s->p++;
		s->len -= 2;
		core->negative = true;
	} else if (take_sign(s, "-") || take_sign(s, "\xe2\x88\x92"))
		core->negative = true;
	else if (s->len > 0 && s->p[0] == '+') {
		s->p++;
		s->len--;
	}
	trim_spaces(s);
}

/* Most amounts: nothing but digits and separators, so nothing to take off. */
static bool
read_plain(struct str cell, struct core *core)
{
	if (cell.len == 0 || cell.len + 1 > CORE_MAX)
		return false;
	for (size_t i = 0; i < cell.len; i++) {
		char	c = cell.p[i];

		if (!is_digit(c) && c != '.' && c != ',' && c != '\'')
			return false;
		core->text[i] = c;
	}
	core->text[cell.len] = '\0';
	core->len = cell.len;
	return true;
}

static bool
read_core(struct str cell, struct core *core)
{
	struct str	s = cell;

	*core = (struct core){.len = 0};
	if (read_plain(cell, core))
		return true;
	trim_spaces(&s);
	take_minus(&s, core);
	if (!take_code(&s, false, core->code))
		(void)take_code(&s, true, core->code);
	trim_spaces(&s);
	take_symbols(&s);
	if (!core->negative)
		take_minus(&s, core);
	while (s.len > 0) {
		uint32_t	c = utf8_next(&s);

		if (c == ' ' || c == 0xa0 || c == 0x202f || c == 0x2009 ||
		    c == 0x2019)
			c = '\'';
		if (core->len + 1 == CORE_MAX || c > 0x7f ||
		    (!is_digit((char)c) && strchr(".,'", (int)c) == NULL))
			return false;
		core->text[core->len++] = (char)c;
	}
	core->text[core->len] = '\0';
	return core->len > 0;
}

enum told { TOLD_NOTHING, TOLD_POINT, TOLD_COMMA, TOLD_UNSURE };

/* What one number says about the decimal sign. */
static enum told
look(const struct core *core)
{
	const char	*point = strchr(core->text, '.');
	const char	*comma = strchr(core->text, ',');
	const char	*only = point != NULL ? point : comma, *last;
	enum told	 is_decimal, is_group;

	if (only == NULL)
		return TOLD_NOTHING;
	if (point != NULL && comma != NULL)
		return strrchr(core->text, '.') > strrchr(core->text, ',') ?
		    TOLD_POINT : TOLD_COMMA;
	is_decimal = point != NULL ? TOLD_POINT : TOLD_COMMA;
	is_group = point != NULL ? TOLD_COMMA : TOLD_POINT;
	last = strrchr(core->text, *only);
	if (last != only)
		return is_group;
	/* 1 to 3 digits, the sign, 3 digits: both; 0.123 or 1234.567: not */
	if (strlen(only + 1) == 3 && only > core->text &&
	    only - core->text <= 3 && core->text[0] != '0' &&
	    strchr(core->text, '\'') == NULL)
		return TOLD_UNSURE;
	return is_decimal;
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
form_see_number(struct form_survey *survey, struct str cell, int64_t line)
{
	struct core	core;

	if (cell.len == 0 || !read_core(cell, &core))
		return;
	switch (look(&core)) {
	case TOLD_POINT:
		note(&survey->first_line, survey->first, cell, line);
		break;
	case TOLD_COMMA:
		note(&survey->second_line, survey->second, cell, line);
		break;
	case TOLD_UNSURE:
		note(&survey->unsure_line, survey->unsure, cell, line);
		break;
	case TOLD_NOTHING:
		survey->plain++;
		break;
	}
}

bool
form_is_told(const struct form_survey *survey)
{
	return survey->first_line != 0 || survey->second_line != 0;
}

bool
form_decide_number(const struct form_survey *survey, const char *path,
    char *decimal_out, struct err *err)
{
	if (survey->first_line != 0 && survey->second_line != 0)
		return err_set(err, ERR_INPUT, "%s: line %lld has \"%s\" with a"
		    " decimal point, line %lld \"%s\" with a decimal comma;"
		    " make them alike, or say which in a map:"
		    " decimal = \".\"", path, (long long)survey->first_line,
		    survey->first, (long long)survey->second_line,
		    survey->second);
	if (survey->first_line != 0)
		*decimal_out = '.';
	else if (survey->second_line != 0)
		*decimal_out = ',';
	else if (survey->unsure_line != 0)
		return err_set(err, ERR_INPUT, "%s:%lld: \"%s\" can be read"
		    " with thousands or with three decimals, and no other row"
		    " tells; say which in a map: decimal = \".\" or decimal ="
		    " \",\"", path, (long long)survey->unsure_line,
		    survey->unsure);
	else
		*decimal_out = '\0';
	return true;
}

bool
form_currency(struct str cell, char code[static CURRENCY_LEN + 1])
{
	struct core	core;

	if (!read_core(cell, &core) || core.code[0] == '\0')
		return false;
	(void)memcpy(code, core.code, CURRENCY_LEN + 1);
	return true;
}

static bool
choose_decimal(const struct core *core, char *decimal, struct str cell,
    struct err *err)
{
	if (*decimal != '\0')
		return true;
	switch (look(core)) {
	case TOLD_COMMA:
		*decimal = ',';
		return true;
	case TOLD_UNSURE:
		return err_set(err, ERR_INPUT, "\"%.*s\" can be read with"
		    " thousands or with three decimals", STR_ARG(cell));
	case TOLD_NOTHING:
	case TOLD_POINT:
		break;
	}
	*decimal = '.';
	return true;
}

bool
form_read_number(struct str cell, char decimal, const char *currency,
    int64_t *minor_out, struct err *err)
{
	struct core	core;
	char		group;
	int64_t		minor;

	if (cell.len > 60)
		return err_set(err, ERR_INPUT, "this is no amount");
	if (!read_core(cell, &core))
		return err_set(err, ERR_INPUT, "\"%.*s\" is no amount",
		    STR_ARG(cell));
	if (core.code[0] != '\0' && strcmp(core.code, currency) != 0)
		return err_set(err, ERR_INPUT, "\"%.*s\" is in %s, but the"
		    " currency is %s", STR_ARG(cell), core.code, currency);
	if (!choose_decimal(&core, &decimal, cell, err))
		return false;
	group = decimal == '.' ? ',' : '.';
	for (size_t i = 0; i < core.len; i++) {
		if (core.text[i] == '\'')
			core.text[i] = group;
	}
	if (!money_parse_number((struct str){core.text, core.len}, currency,
	    decimal, group, &minor, err))
		return false;
	*minor_out = core.negative ? -minor : minor;
	return true;
}
