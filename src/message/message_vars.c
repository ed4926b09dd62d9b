/* SPDX-License-Identifier: ISC */
#include "message/message_vars.h"

#include "base/utf8.h"
#include "creditor/creditor.h"
#include "message/message_md.h"

#include <inttypes.h>

/* --- making values ------------------------------------------------------- */

/* Only printable ASCII: nothing to clean. */
static bool
is_clean(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~')
			return false;
	}
	return true;
}

struct str
message_clean(struct arena *arena, const char *text)
{
	struct buf	clean = BUF_INIT;
	struct str	out = {"", 0};
	char		*kept;

	if (text == NULL)
		return out;
	if (is_clean(text))
		return str_of(text);
	utf8_clean(&clean, str_of(text), false);
	kept = clean.failed ? NULL : arena_copy(arena, buf_text(&clean),
	    clean.len);
	if (kept != NULL)
		out = (struct str){kept, clean.len};
	buf_fini(&clean);
	return out;
}

struct liquid_value
message_var_text(struct arena *arena, const char *text)
{
	struct str	clean = message_clean(arena, text);

	return clean.len == 0 ? liquid_nil() : liquid_str(clean);
}

struct liquid_value
message_var_money(const struct message_render *render, struct arena *arena,
    int64_t minor, const char *currency)
{
	struct message_money	*money = arena_alloc(arena, sizeof(*money));

	if (money == NULL)
		return liquid_nil();
	money->render = render;
	money->money.minor = minor;
	memcpy(money->money.currency, currency, CURRENCY_LEN + 1);
	return liquid_lazy(&message_money_ops, money);
}

struct liquid_value
message_var_day(const struct message_render *render, struct arena *arena,
    int32_t day)
{
	struct message_day	*kept;

	if (day == DAY_NONE)
		return liquid_nil();
	kept = arena_alloc(arena, sizeof(*kept));
	if (kept == NULL)
		return liquid_nil();
	kept->render = render;
	kept->day = day;
	return liquid_lazy(&message_day_ops, kept);
}

/* What RFC 3986 lets into a URL, and what no mail reader stumbles over. */
static bool
is_url_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' &&
	    strchr("-._~:/?#@!$&*+,;=%", c) != NULL);
}

static void
add_percent(struct buf *out, unsigned char c)
{
	buf_addf(out, "%%%02X", c);
}

struct liquid_value
message_var_url(struct arena *arena, const char *url)
{
	struct str		clean = message_clean(arena, url);
	struct liquid_value	value = liquid_nil();
	struct buf		out = BUF_INIT;

	for (size_t i = 0; i < clean.len; i++) {
		if (is_url_char(clean.p[i]))
			buf_addc(&out, clean.p[i]);
		else
			add_percent(&out, (unsigned char)clean.p[i]);
	}
	if (out.len > 0 && out.len <= 2000 && buf_ok(&out) &&
	    message_link_ok(buf_str(&out)))
		value = liquid_str_copy(arena, buf_str(&out));
	buf_fini(&out);
	return value;
}

/* `{invoice}` and the like, as one part of a URL. */
static void
add_place(struct buf *out, struct str name, const struct message_render *r,
    const struct message_item *item)
{
	const char	*value = NULL;
	char		 number[32];

	if (str_is(name, "invoice"))
		value = item->invoice->ref;
	else if (str_is(name, "customer"))
		value = r->facts->customer->ref;
	else if (str_is(name, "creditor"))
		value = r->facts->creditor->ref;
	else if (str_is(name, "currency"))
		value = item->invoice->currency;
	else if (str_is(name, "instalment") || str_is(name, "amount")) {
		struct buf	text = BUF_INIT;

		if (str_is(name, "amount"))
			money_format_number(item->amount,
			    item->invoice->currency, &text);
		else
			buf_addf(&text, "%d", item->instalment->number);
		(void)snprintf(number, sizeof(number), "%s", buf_text(&text));
		buf_fini(&text);
		value = number;
	}
	for (; value != NULL && *value != '\0'; value++) {
		if (is_url_char(*value) && strchr(":/?#@!$&*+,;=%",
		    *value) == NULL)
			buf_addc(out, *value);
		else
			add_percent(out, (unsigned char)*value);
	}
}

struct liquid_value
message_var_pay_url(struct message_render *r, struct arena *arena,
    const struct message_item *item)
{
	const char		*from = r->facts->creditor->pay_url, *end;
	struct liquid_value	 value;
	struct buf		 out = BUF_INIT;

	if (item->invoice->pay_url[0] != '\0')
		return message_var_url(arena, item->invoice->pay_url);
	for (; *from != '\0'; from++) {
		end = *from == '{' ? strchr(from, '}') : NULL;
		if (end == NULL) {
			buf_addc(&out, *from);
			continue;
		}
		add_place(&out, (struct str){from + 1,
		    (size_t)(end - from - 1)}, r, item);
		from = end;
	}
	value = message_var_url(arena, buf_text(&out));
	buf_fini(&out);
	return value;
}

/* --- asking -------------------------------------------------------------- */

bool
message_var_get(const struct message_var *rows, const void *self,
    struct str key, struct arena *arena, struct liquid_value *out)
{
	const struct message_self	*base = self;

	for (; rows->name != NULL; rows++) {
		if (str_is(key, rows->name)) {
			*out = rows->get(self, arena);
			if (out->type != LIQUID_NIL)
				base->render->told |= rows->tells;
			return true;
		}
	}
	return false;
}

#define VAR_GET(table) \
	static bool \
	table##_get(const void *self, struct str key, struct arena *arena, \
	    struct liquid_value *out) \
	{ \
		return message_var_get(message_##table##_vars, self, key, \
		    arena, out); \
	}
VAR_GET(creditor)
VAR_GET(customer)
VAR_GET(line)
VAR_GET(total)
VAR_GET(way)

static void
line_text(const void *self, struct buf *out)
{
	const struct message_line	*line = self;

	utf8_clean(out, str_of(line->item->invoice->ref), false);
}

static void
total_text(const void *self, struct buf *out)
{
	const struct message_total	*total = self;
	struct err			 err;

	if (!message_add_money(total->base.render, &total->money,
	    L10N_MONEY_SYMBOL, out, &err))
		money_format(&total->money, out);
}

static void
way_text(const void *self, struct buf *out)
{
	utf8_clean(out, str_of(((const struct message_way *)self)->text),
	    false);
}

static void
creditor_text(const void *self, struct buf *out)
{
	const struct message_self	*base = self;

	utf8_clean(out, str_of(base->render->facts->creditor->name), false);
}

static void
customer_text(const void *self, struct buf *out)
{
	const struct message_self	*base = self;

	utf8_clean(out, str_of(base->render->facts->customer->name), false);
}

const struct liquid_ops	message_line_ops = {line_get, line_text, NULL};
const struct liquid_ops	message_total_ops = {total_get, total_text, NULL};
const struct liquid_ops	message_way_ops = {way_get, way_text, NULL};
const struct liquid_ops	message_creditor_ops = {creditor_get, creditor_text,
	NULL};
const struct liquid_ops	message_customer_ops = {customer_get, customer_text,
	NULL};

/* --- money and days ------------------------------------------------------ */

static bool
money_get(const void *self, struct str key, struct arena *arena,
    struct liquid_value *out)
{
	const struct message_money	*money = self;
	struct buf			 text = BUF_INIT;

	if (str_is(key, "currency")) {
		*out = liquid_text(money->money.currency);
	} else if (str_is(key, "minor")) {
		*out = liquid_int(money->money.minor);
	} else if (str_is(key, "number")) {
		money_format_number(money->money.minor, money->money.currency,
		    &text);
		*out = liquid_str_copy(arena, buf_str(&text));
		buf_fini(&text);
	} else
		return false;
	return true;
}

static void
money_text(const void *self, struct buf *out)
{
	const struct message_money	*money = self;
	struct err			 err;

	if (!message_add_money(money->render, &money->money,
	    L10N_MONEY_SYMBOL, out, &err))
		money_format(&money->money, out);
}

static bool
day_get(const void *self, struct str key, struct arena *arena,
    struct liquid_value *out)
{
	const struct message_day	*day = self;
	struct date			 date = date_of(day->day);
	char				 text[16];

	if (str_is(key, "year"))
		*out = liquid_int(date.year);
	else if (str_is(key, "month"))
		*out = liquid_int(date.month);
	else if (str_is(key, "day"))
		*out = liquid_int(date.mday);
	else if (str_is(key, "iso"))
		*out = liquid_str_copy(arena, str_of(date_text(day->day,
		    text)));
	else
		return false;
	return true;
}

static void
day_text(const void *self, struct buf *out)
{
	const struct message_day	*day = self;
	struct err			 err;

	if (!l10n_date(day->render->l10n, day->render->locale, day->day,
	    "long", out, &err))
		date_format(day->day, out);
}

static const char *const	money_names[] = {"currency", "minor", "number",
	NULL};
static const char *const	day_names[] = {"year", "month", "day", "iso",
	NULL};

const struct liquid_ops	message_money_ops = {money_get, money_text,
	money_names};
const struct liquid_ops	message_day_ops = {day_get, day_text, day_names};
