/* SPDX-License-Identifier: ISC */
#include "message/message_impl.h"

#include "base/utf8.h"

#include <inttypes.h>

static const struct message_render *
render_of(const struct liquid_call *call)
{
	return call->env->user;
}

/* The text that a filter made, in the call's arena; takes the buffer. */
static bool
give(const struct liquid_call *call, struct buf *text, bool ok,
    struct liquid_value *out, struct err *err)
{
	ok = ok && buf_check(text, err);
	if (ok) {
		*out = liquid_str_copy(call->arena, buf_str(text));
		if (out->type == LIQUID_NIL)
			ok = err_nomem(err);
	}
	buf_fini(text);
	return ok;
}

static bool
arg_text(const struct liquid_call *call, size_t i, const char *fallback,
    char *out, size_t room)
{
	struct buf	text = BUF_INIT;
	bool		fits;

	if (i < call->nargs)
		liquid_to_text(call->args[i], &text);
	else
		buf_adds(&text, fallback);
	fits = buf_ok(&text) && text.len < room &&
	    memchr(buf_text(&text), '\0', text.len) == NULL;
	if (fits)
		memcpy(out, buf_text(&text), text.len + 1);
	buf_fini(&text);
	return fits;
}

static bool
input_money(const struct liquid_call *call, struct money *out,
    struct err *err)
{
	const struct message_money	*money;

	if (call->input.type == LIQUID_LAZY &&
	    call->input.as.lazy.ops == &message_money_ops) {
		money = call->input.as.lazy.self;
		*out = money->money;
		return true;
	}
	if (call->input.type == LIQUID_STRING)
		return money_parse(call->input.as.text, out, err);
	return err_set(err, ERR_INPUT, "money writes an amount, such as"
	    " invoice.amount");
}

static bool
filter_money(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	static const char *const	forms[] = {"symbol", "code", "number",
		NULL};
	struct buf			text = BUF_INIT;
	struct money			money;
	char				form[16];
	int				which;

	if (!arg_text(call, 0, "symbol", form, sizeof(form)) ||
	    (which = name_find(forms, str_of(form))) < 0)
		return err_set(err, ERR_INPUT, "money's form is symbol, code"
		    " or number");
	if (!input_money(call, &money, err))
		return false;
	return give(call, &text, message_add_money(render_of(call), &money,
	    (enum l10n_money_form)which, &text, err), out, err);
}

static bool
input_day(const struct liquid_call *call, int32_t *out, struct err *err)
{
	const struct message_day	*day;

	if (call->input.type == LIQUID_LAZY &&
	    call->input.as.lazy.ops == &message_day_ops) {
		day = call->input.as.lazy.self;
		*out = day->day;
		return true;
	}
	if (call->input.type == LIQUID_STRING &&
	    date_parse(call->input.as.text, out))
		return true;
	return err_set(err, ERR_INPUT, "date writes a date, such as"
	    " invoice.due_date, or a text such as 2026-11-21");
}

static bool
filter_date(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	const struct message_render	*render = render_of(call);
	struct buf			 text = BUF_INIT;
	char				 form[32];
	int32_t				 day;
	bool				 ok;

	if (call->input.type == LIQUID_NIL) {
		*out = liquid_nil();
		return true;
	}
	if (!arg_text(call, 0, "long", form, sizeof(form)))
		return err_set(err, ERR_INPUT, "date's form is short, medium,"
		    " long, full or a CLDR skeleton such as yMMMd");
	ok = input_day(call, &day, err) && l10n_date(render->l10n,
	    render->locale, day, form, &text, err);
	return give(call, &text, ok, out, err);
}

/* A number as exact decimal text. */
static bool
input_decimal(const struct liquid_call *call, struct buf *out,
    struct err *err)
{
	if (call->input.type != LIQUID_INT && call->input.type != LIQUID_FLOAT
	    && call->input.type != LIQUID_STRING &&
	    call->input.type != LIQUID_BIG)
		return err_set(err, ERR_INPUT, "this is no number");
	liquid_to_text(call->input, out);
	return buf_check(out, err);
}

/* Argument i as a number of decimals. */
static bool
arg_digits(const struct liquid_call *call, size_t i, int fallback, int *out,
    struct err *err)
{
	*out = fallback;
	if (i >= call->nargs)
		return true;
	if (call->args[i].type != LIQUID_INT || call->args[i].as.number < 0 ||
	    call->args[i].as.number > 20)
		return err_set(err, ERR_INPUT, "the number of decimals is 0"
		    " to 20");
	*out = (int)call->args[i].as.number;
	return true;
}

typedef bool	number_fn(struct l10n *l10n, const char *locale,
		    struct str decimal, int min, int max, struct buf *out,
		    struct err *err);

static bool
write_number(const struct liquid_call *call, number_fn *write,
    struct liquid_value *out, struct err *err)
{
	const struct message_render	*render = render_of(call);
	struct buf			 decimal = BUF_INIT, text = BUF_INIT;
	int				 min, max;
	bool				 ok;

	ok = arg_digits(call, 0, 0, &min, err) &&
	    arg_digits(call, call->nargs > 1 ? 1 : 0, 6, &max, err) &&
	    input_decimal(call, &decimal, err) &&
	    write(render->l10n, render->locale, buf_str(&decimal), min,
	    max, &text, err);
	buf_fini(&decimal);
	return give(call, &text, ok, out, err);
}

static bool
filter_number(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return write_number(call, l10n_number, out, err);
}

static bool
filter_percent(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return write_number(call, l10n_percent, out, err);
}

static bool
filter_days(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	const struct message_render	*render = render_of(call);
	struct buf			 text = BUF_INIT;

	if (call->input.type != LIQUID_INT)
		return err_set(err, ERR_INPUT, "days writes a whole number,"
		    " such as invoice.days_overdue");
	return give(call, &text, l10n_days(render->l10n, render->locale,
	    call->input.as.number, &text, err), out, err);
}

static bool
filter_plural(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	const struct message_render	*render = render_of(call);
	struct buf			 word = BUF_INIT;
	bool				 ok = false;

	if (call->input.type != LIQUID_INT) {
		err_set(err, ERR_INPUT, "plural chooses by a whole number,"
		    " such as invoice_count");
	} else if (l10n_plural(render->l10n, render->tpl->language,
	    call->input.as.number, &word, err)) {
		ok = liquid_get(call->named, buf_str(&word), out) ||
		    liquid_get(call->named, STR("other"), out);
		if (!ok)
			err_set(err, ERR_INPUT, "plural needs a word for"
			    " \"%s\" or \"other\": plural: one: \"invoice\","
			    " other: \"invoices\"", buf_text(&word));
	}
	buf_fini(&word);
	return ok;
}

static bool
filter_list(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	const struct message_render	*render = render_of(call);
	size_t				 count = liquid_count(call->input);
	struct str			*items;
	struct buf			 text = BUF_INIT, item = BUF_INIT;
	bool				 ok = true;

	if (call->input.type != LIQUID_ARRAY)
		return err_set(err, ERR_INPUT, "list joins a list, such as"
		    " totals");
	items = arena_array(call->arena, count, sizeof(*items));
	if (items == NULL)
		return err_nomem(err);
	for (size_t i = 0; ok && i < count; i++) {
		buf_clear(&item);
		liquid_write(liquid_at(call->input, i), &item);
		ok = message_keep(call->arena, &item, &items[i], err);
	}
	buf_fini(&item);
	ok = ok && l10n_list(render->l10n, render->tpl->language, items,
	    count, &text, err);
	return give(call, &text, ok, out, err);
}

/* At most most characters, cut between words where there are any. */
static struct str
cut_name(struct str name, size_t most)
{
	struct str	rest = name, cut;
	size_t		n = 0;

	while (rest.len > 0 && n < most) {
		(void)utf8_next(&rest);
		n++;
	}
	if (rest.len == 0)
		return name;
	cut = (struct str){name.p, name.len - rest.len};
	for (size_t i = cut.len; i > cut.len / 2; i--) {
		if (name.p[i] == ' ')
			return (struct str){name.p, i};
	}
	return cut;
}

static bool
filter_name(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct buf	text = BUF_INIT, cut = BUF_INIT;

	liquid_to_text(call->input, &text);
	if (call->nargs == 0)
		return give(call, &text, true, out, err);
	if (call->args[0].type != LIQUID_INT || call->args[0].as.number < 1) {
		buf_fini(&text);
		return err_set(err, ERR_INPUT, "name: N cuts to N characters;"
		    " N is 1 or more");
	}
	buf_addstr(&cut, cut_name(buf_str(&text),
	    (size_t)call->args[0].as.number));
	buf_fini(&text);
	return give(call, &cut, true, out, err);
}

const struct liquid_filter	message_filters[] = {
	{.name = "money", .fn = filter_money, .max_args = 1},
	{.name = "date", .fn = filter_date, .max_args = 1},
	{.name = "number", .fn = filter_number, .max_args = 2},
	{.name = "percent", .fn = filter_percent, .max_args = 2},
	{.name = "days", .fn = filter_days},
	{.name = "plural", .fn = filter_plural},
	{.name = "list", .fn = filter_list},
	{.name = "name", .fn = filter_name, .max_args = 1}
};
const size_t	message_filter_count = sizeof(message_filters) /
		    sizeof(message_filters[0]);

static const struct message_variable	filter_helps[] = {
	{"money", "amount", "as people of the place write it: $ 1.234,50"},
	{"money: \"code\"", "amount", "UYU 1.234,50; also symbol, number"},
	{"date", "date", "21 de noviembre de 2026; default form long"},
	{"date: FORM", "date", "short, medium, long, full, or a CLDR skeleton"
	    " such as yMMMd, EEEEd"},
	{"number", "number", "grouped, decimals as they are"},
	{"number: MIN, MAX", "number", "at least MIN, at most MAX decimals"},
	{"percent", "number", "10.15 gives 10,15 %"},
	{"days", "number", "3 días, 1 day"},
	{"plural: one: W, other: W", "number", "the word that fits the number"
	    " in the language: zero, one, two, few, many, other"},
	{"list", "list", "a, b y c"},
	{"name", "text", "as it is"},
	{"name: N", "text", "cut to N characters, between words"}
};

bool
message_filter_at(size_t i, struct message_variable *out)
{
	if (i >= sizeof(filter_helps) / sizeof(filter_helps[0]))
		return false;
	*out = filter_helps[i];
	return true;
}
