/* SPDX-License-Identifier: ISC */
/*
 * message_root.c - the names that a template can begin with, the sums, and
 * the whole tree as a list.
 */
#include "message/message_vars.h"

static struct message_render *
render_of(const void *self)
{
	return ((const struct message_self *)self)->render;
}

static const struct message_facts *
facts_of(const void *self)
{
	return render_of(self)->facts;
}

/* --- sums ---------------------------------------------------------------- */

static struct liquid_value
total_amount(const void *self, struct arena *arena)
{
	const struct message_total	*total = self;

	return message_var_money(render_of(self), arena, total->money.minor,
	    total->money.currency);
}

static struct liquid_value
total_currency(const void *self, struct arena *arena)
{
	(void)arena;
	return liquid_text(((const struct message_total *)self)->money.currency);
}

static struct liquid_value
total_count(const void *self, struct arena *arena)
{
	(void)arena;
	return liquid_int(((const struct message_total *)self)->count);
}

/* Those of items in one currency; all of them where currency is NULL. */
static struct liquid_value
lines(struct message_render *render, struct arena *arena,
    const struct message_item *items, size_t count, const char *currency)
{
	struct liquid_value	 list = liquid_array(arena);
	struct message_line	*line = arena_array(arena, count,
				    sizeof(*line));

	if (line == NULL)
		return liquid_nil();
	for (size_t i = 0; i < count; i++) {
		if (currency != NULL &&
		    strcmp(items[i].invoice->currency, currency) != 0)
			continue;
		line[i] = (struct message_line){{render}, &items[i]};
		if (!liquid_array_push(arena, list,
		    liquid_lazy(&message_line_ops, &line[i])))
			return liquid_nil();
	}
	return list;
}

static struct liquid_value
total_invoices(const void *self, struct arena *arena)
{
	const struct message_facts	*facts = facts_of(self);

	return lines(render_of(self), arena, facts->items, facts->item_count,
	    ((const struct message_total *)self)->money.currency);
}

const struct message_var	message_total_vars[] = {
	{"currency", "text", total_currency, 0, "ISO 4217 code", NULL},
	{"amount", "money", total_amount, TOLD_AMOUNT, "the sum", NULL},
	{"count", "number", total_count, 0, "how many invoices", NULL},
	{"invoices", "list", total_invoices, 0,
	    "the invoices in this currency, as in invoices",
	    message_line_vars},
	{NULL, NULL, NULL, 0, NULL, NULL}
};

static struct liquid_value
root_totals(const void *self, struct arena *arena)
{
	const struct message_facts	*facts = facts_of(self);
	struct liquid_value		 list = liquid_array(arena);
	struct message_total		*totals = arena_array(arena,
					    facts->item_count,
					    sizeof(*totals));
	size_t				 count = 0, at;

	if (totals == NULL)
		return liquid_nil();
	for (size_t i = 0; i < facts->item_count; i++) {
		const struct message_item	*item = &facts->items[i];

		for (at = 0; at < count; at++) {
			if (strcmp(totals[at].money.currency,
			    item->invoice->currency) == 0)
				break;
		}
		if (at == count) {
			totals[count++].base.render = render_of(self);
			memcpy(totals[at].money.currency,
			    item->invoice->currency, CURRENCY_LEN + 1);
		}
		totals[at].count++;
		/* message_make has refused what overflows */
		(void)!money_add(&totals[at].money.minor, item->amount);
	}
	for (at = 0; at < count; at++) {
		if (!liquid_array_push(arena, list,
		    liquid_lazy(&message_total_ops, &totals[at])))
			return liquid_nil();
	}
	return list;
}

/* --- the outermost level ------------------------------------------------- */

static struct liquid_value
root_creditor(const void *self, struct arena *arena)
{
	(void)arena;
	return liquid_lazy(&message_creditor_ops, self);
}

static struct liquid_value
root_customer(const void *self, struct arena *arena)
{
	(void)arena;
	return liquid_lazy(&message_customer_ops, self);
}

static struct liquid_value
root_invoices(const void *self, struct arena *arena)
{
	return lines(render_of(self), arena, facts_of(self)->items,
	    facts_of(self)->item_count, NULL);
}

static struct liquid_value
root_others(const void *self, struct arena *arena)
{
	return lines(render_of(self), arena, facts_of(self)->others,
	    facts_of(self)->other_count, NULL);
}

static const struct message_item *
oldest(const struct message_facts *facts)
{
	const struct message_item	*item = &facts->items[0];

	for (size_t i = 1; i < facts->item_count; i++) {
		if (facts->items[i].instalment->due < item->instalment->due)
			item = &facts->items[i];
	}
	return item;
}

static struct liquid_value
root_invoice(const void *self, struct arena *arena)
{
	struct message_line	*line = arena_alloc(arena, sizeof(*line));

	if (line == NULL)
		return liquid_nil();
	*line = (struct message_line){{render_of(self)},
	    oldest(facts_of(self))};
	return liquid_lazy(&message_line_ops, line);
}

static struct liquid_value
root_count(const void *self, struct arena *arena)
{
	(void)arena;
	return liquid_int((int64_t)facts_of(self)->item_count);
}

static struct liquid_value
root_step(const void *self, struct arena *arena)
{
	return message_var_text(arena, facts_of(self)->step);
}

static struct liquid_value
root_stage(const void *self, struct arena *arena)
{
	(void)arena;
	return liquid_text(stage_names[facts_of(self)->stage]);
}

static struct liquid_value
root_level(const void *self, struct arena *arena)
{
	(void)arena;
	return liquid_int(facts_of(self)->level);
}

static struct liquid_value
root_today(const void *self, struct arena *arena)
{
	return message_var_day(render_of(self), arena, facts_of(self)->today);
}

static struct liquid_value
root_pay_by(const void *self, struct arena *arena)
{
	return message_var_day(render_of(self), arena, facts_of(self)->pay_by);
}

static struct liquid_value
root_pay_url(const void *self, struct arena *arena)
{
	return message_var_pay_url(render_of(self), arena,
	    oldest(facts_of(self)));
}

static struct liquid_value
root_opt_out_url(const void *self, struct arena *arena)
{
	return message_var_url(arena, render_of(self)->opt_out_url);
}

static struct liquid_value
root_channel(const void *self, struct arena *arena)
{
	(void)arena;
	return liquid_text(channel_names[facts_of(self)->channel]);
}

static struct liquid_value
root_language(const void *self, struct arena *arena)
{
	return message_var_text(arena, render_of(self)->tpl->language);
}

static struct liquid_value
root_direction(const void *self, struct arena *arena)
{
	(void)arena;
	return liquid_text(l10n_is_rtl(render_of(self)->tpl->language) ?
	    "rtl" : "ltr");
}

static struct liquid_value
root_subject(const void *self, struct arena *arena)
{
	(void)arena;
	return liquid_str(render_of(self)->subject);
}

static struct liquid_value
root_preheader(const void *self, struct arena *arena)
{
	(void)arena;
	return liquid_str(render_of(self)->preheader);
}

static struct liquid_value
root_content(const void *self, struct arena *arena)
{
	(void)arena;
	return liquid_safe(render_of(self)->content);
}

const struct message_var	message_root_vars[] = {
	{"creditor", "object", root_creditor, 0, "who is owed; its name",
	    message_creditor_vars},
	{"customer", "object", root_customer, 0, "who owes; its name",
	    message_customer_vars},
	{"invoices", "list", root_invoices, 0,
	    "what this message is about, one entry an instalment",
	    message_line_vars},
	{"invoice", "object", root_invoice, 0,
	    "the one of invoices that is due first", message_line_vars},
	{"invoice_count", "number", root_count, 0, "how many invoices are",
	    NULL},
	{"totals", "list", root_totals, TOLD_AMOUNT,
	    "the sums, one a currency", message_total_vars},
	{"others", "list", root_others, 0,
	    "other open invoices of this customer", message_line_vars},
	{"step", "text", root_step, 0, "id of the step", NULL},
	{"stage", "text", root_stage, 0,
	    "preventive, administrative, extrajudicial or judicial", NULL},
	{"level", "number", root_level, 0, "place of the step, from 1", NULL},
	{"today", "date", root_today, 0, "date in the creditor's zone", NULL},
	{"pay_by", "date", root_pay_by, 0,
	    "new deadline that this message sets", NULL},
	{"pay_url", "url", root_pay_url, TOLD_PAY, "as invoice.pay_url", NULL},
	{"opt_out_url", "url", root_opt_out_url, TOLD_OPT_OUT,
	    "link that stops messages on this channel", NULL},
	{"channel", "text", root_channel, 0, "email, sms ...", NULL},
	{"language", "text", root_language, 0, "of this template", NULL},
	{"direction", "text", root_direction, 0,
	    "ltr or rtl, for the layout", NULL},
	{"subject", "text", root_subject, 0, "for the layout", NULL},
	{"preheader", "text", root_preheader, 0, "for the layout", NULL},
	{"content", "markup", root_content, 0,
	    "the body as HTML, for the layout", NULL},
	{NULL, NULL, NULL, 0, NULL, NULL}
};

static bool
root_get(const void *self, struct str key, struct arena *arena,
    struct liquid_value *out)
{
	return message_var_get(message_root_vars, self, key, arena, out);
}

/* For "did you mean"; a test compares them with the table. */
static const char *const	root_names[] = {"creditor", "customer",
	"invoices", "invoice", "invoice_count", "totals", "others", "step",
	"stage", "level", "today", "pay_by", "pay_url", "opt_out_url",
	"channel", "language", "direction", NULL};

static const struct liquid_ops	root_ops = {root_get, NULL, root_names};

struct liquid_value
message_globals(struct message_render *render)
{
	struct message_self	*self = arena_alloc(render->arena,
				    sizeof(*self));

	if (self == NULL)
		return liquid_nil();
	self->render = render;
	return liquid_lazy(&root_ops, self);
}

/* --- as a list ----------------------------------------------------------- */

/* Rows one after the other, an object's own behind it; lists get "[]". */
static bool
walk(const struct message_var *rows, const char *prefix, size_t *left,
    struct buf *path, struct message_variable *out)
{
	bool	list;

	for (; rows->name != NULL; rows++) {
		list = strcmp(rows->type, "list") == 0 && rows->rows != NULL;
		buf_clear(path);
		buf_addf(path, "%s%s%s", prefix, rows->name, list ? "[]" : "");
		if (*left == 0) {
			*out = (struct message_variable){buf_text(path),
			    rows->type, rows->help};
			return true;
		}
		(*left)--;
		/* one level below a list of lists is said elsewhere */
		if (rows->rows != NULL && strchr(prefix, '[') == NULL) {
			char	below[80];

			(void)snprintf(below, sizeof(below), "%s.",
			    buf_text(path));
			if (walk(rows->rows, below, left, path, out))
				return true;
		}
	}
	return false;
}

bool
message_variable_at(size_t i, struct buf *path, struct message_variable *out)
{
	return walk(message_root_vars, "", &i, path, out);
}
