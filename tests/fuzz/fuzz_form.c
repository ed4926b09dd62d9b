/* SPDX-License-Identifier: ISC */
/*
 * fuzz_form.c - cells, one a line: how amounts and dates are written in them,
 * what they mean, and headers folded for comparing.
 */
#include "fuzz/fuzz.h"

#include "base/utf8.h"
#include "intake/field.h"
#include "intake/form.h"

static const char *const	currencies[] = {"EUR", "COP", "JPY", "KWD"};

static void
try_number(struct str cell, char decimal, const char *currency)
{
	struct buf	text = BUF_INIT;
	struct err	err;
	int64_t		minor, again;

	if (form_read_number(cell, decimal, currency, &minor, &err)) {
		money_format_number(minor, currency, &text);
		FUZZ_HOLDS(form_read_number(buf_str(&text), '.', currency,
		    &again, &err));
		FUZZ_HOLDS(again == minor);
	} else
		FUZZ_HOLDS(err.kind == ERR_INPUT);
	buf_fini(&text);
}

static void
try_date(struct str cell, enum date_form form)
{
	struct buf	text = BUF_INIT;
	struct err	err;
	int32_t		day, again;

	if (form_read_date(cell, form, &day, &err)) {
		date_format(day, &text);
		FUZZ_HOLDS(date_parse(buf_str(&text), &again));
		FUZZ_HOLDS(again == day);
	} else
		FUZZ_HOLDS(err.kind == ERR_INPUT);
	buf_fini(&text);
}

static void
try_header(struct str cell)
{
	struct buf	folded = BUF_INIT, again = BUF_INIT;

	field_fold(&folded, cell);
	field_fold(&again, buf_str(&folded));
	FUZZ_HOLDS(str_eq(buf_str(&folded), buf_str(&again)));
	for (size_t k = 0; k < STORE_REC_KINDS; k++) {
		for (size_t i = 0; i < field_kinds[k].count; i++)
			(void)field_is_named(&field_kinds[k].fields[i],
			    buf_str(&folded));
	}
	buf_fini(&folded);
	buf_fini(&again);
}

static void
decide(const struct form_survey *numbers, const struct form_survey *dates)
{
	struct err	err;
	enum date_form	form;
	char		decimal;

	if (form_decide_number(numbers, "fuzz.csv", &decimal, &err))
		FUZZ_HOLDS(decimal == '.' || decimal == ',' ||
		    decimal == '\0');
	(void)!form_decide_date(dates, "fuzz.csv", &form, &err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str		rest = fuzz_str(data, size), cell;
	struct form_survey	numbers = {0}, dates = {0};
	char			code[CURRENCY_LEN + 1];
	int64_t			line = 0;

	while (rest.len > 0) {
		cell = fuzz_line(&rest);
		line++;
		form_see_number(&numbers, cell, line);
		form_see_date(&dates, cell, line);
		if (form_currency(cell, code))
			FUZZ_HOLDS(currency_exponent(code) >= 0);
		for (size_t i = 0; i < 4; i++)
			try_number(cell, "\0.,."[i], currencies[i]);
		try_date(cell, DATES_UNKNOWN);
		try_date(cell, DATES_DMY);
		try_date(cell, DATES_MDY);
		try_date(cell, DATES_ISO);
		if (cell.len > 0 && utf8_check(cell) == cell.len)
			try_header(cell);
	}
	decide(&numbers, &dates);
	return 0;
}
