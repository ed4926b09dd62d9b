/* SPDX-License-Identifier: ISC */
/*
 * The tables of what a creditor, a customer and an invoice answer to; those
 * of the outermost level are in message_root.c.  The renderer, the check and
 * the manual page all read them.
 */
#include "message/message_vars.h"

#include "creditor/creditor.h"

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

/* --- creditor and customer ----------------------------------------------- */

#define CREDITOR_TEXT(field) \
	static struct liquid_value \
	creditor_##field(const void *self, struct arena *arena) \
	{ \
		return message_var_text(arena, \
		    facts_of(self)->creditor->field); \
	}
CREDITOR_TEXT(name)
CREDITOR_TEXT(legal_name)
CREDITOR_TEXT(tax_id)
CREDITOR_TEXT(country)
CREDITOR_TEXT(phone)
CREDITOR_TEXT(opt_out_text)
CREDITOR_TEXT(legal_text)
CREDITOR_TEXT(ref)

static struct liquid_value
creditor_website(const void *self, struct arena *arena)
{
	return message_var_url(arena, facts_of(self)->creditor->website);
}

static struct liquid_value
creditor_privacy_url(const void *self, struct arena *arena)
{
	return message_var_url(arena, facts_of(self)->creditor->privacy_url);
}

static struct liquid_value
creditor_email(const void *self, struct arena *arena)
{
	const struct creditor	*creditor = facts_of(self)->creditor;

	return message_var_text(arena, creditor->reply_to[0] != '\0' ?
	    creditor->reply_to : creditor->email_from);
}

static struct liquid_value
creditor_address(const void *self, struct arena *arena)
{
	const struct conf_texts	*lines = &facts_of(self)->creditor->address;
	struct liquid_value	 list = liquid_array(arena);

	for (size_t i = 0; i < lines->count; i++) {
		if (!liquid_array_push(arena, list, message_var_text(arena,
		    lines->items[i])))
			return liquid_nil();
	}
	return list;
}

static struct liquid_value
creditor_ways(const void *self, struct arena *arena)
{
	const struct conf_list		*ways =
					    &facts_of(self)->creditor->ways_to_pay;
	const struct creditor_way	*items = ways->items;
	struct liquid_value		 list = liquid_array(arena);
	struct message_way		*way;

	for (size_t i = 0; i < ways->count; i++) {
		if ((way = arena_alloc(arena, sizeof(*way))) == NULL)
			return liquid_nil();
		*way = (struct message_way){{render_of(self)}, items[i].kind,
		    items[i].text};
		if (!liquid_array_push(arena, list,
		    liquid_lazy(&message_way_ops, way)))
			return liquid_nil();
	}
	return ways->count == 0 ? liquid_nil() : list;
}

const struct message_var	message_creditor_vars[] = {
	{"name", "text", creditor_name, TOLD_CREDITOR,
	    "the creditor as debtors know it", NULL},
	{"legal_name", "text", creditor_legal_name, TOLD_CREDITOR,
	    "its registered name", NULL},
	{"tax_id", "text", creditor_tax_id, TOLD_TAX_ID,
	    "its tax number, with its kind", NULL},
	{"ref", "text", creditor_ref, 0, "its ref in the config", NULL},
	{"address", "list", creditor_address, 0, "lines of its address", NULL},
	{"country", "text", creditor_country, 0, "ISO 3166 code", NULL},
	{"email", "text", creditor_email, TOLD_CONTACT,
	    "where answers go: reply_to, else email_from", NULL},
	{"phone", "text", creditor_phone, TOLD_CONTACT, "telephone", NULL},
	{"website", "url", creditor_website, 0, "web site", NULL},
	{"privacy_url", "url", creditor_privacy_url, 0,
	    "privacy statement", NULL},
	{"ways_to_pay", "list", creditor_ways, TOLD_PAY,
	    "how to pay, in the order of the config", message_way_vars},
	{"opt_out_text", "text", creditor_opt_out_text, TOLD_OPT_OUT,
	    "how to stop messages, from the config", NULL},
	{"legal_text", "text", creditor_legal_text, 0,
	    "what the law wants below messages", NULL},
	{NULL, NULL, NULL, 0, NULL, NULL}
};

static struct liquid_value
way_kind(const void *self, struct arena *arena)
{
	return message_var_text(arena, ((const struct message_way *)self)->kind);
}

static struct liquid_value
way_text(const void *self, struct arena *arena)
{
	return message_var_text(arena, ((const struct message_way *)self)->text);
}

const struct message_var	message_way_vars[] = {
	{"kind", "text", way_kind, 0, "transfer, card, cash ...", NULL},
	{"text", "text", way_text, TOLD_PAY, "account, address, steps", NULL},
	{NULL, NULL, NULL, 0, NULL, NULL}
};

#define CUSTOMER_TEXT(field) \
	static struct liquid_value \
	customer_##field(const void *self, struct arena *arena) \
	{ \
		return message_var_text(arena, \
		    facts_of(self)->customer->field); \
	}
CUSTOMER_TEXT(name)
CUSTOMER_TEXT(ref)
CUSTOMER_TEXT(tax_id)
CUSTOMER_TEXT(country)
CUSTOMER_TEXT(language)

static struct liquid_value
customer_type(const void *self, struct arena *arena)
{
	(void)arena;
	return liquid_text(debtor_type_names[facts_of(self)->customer->type]);
}

const struct message_var	message_customer_vars[] = {
	{"name", "text", customer_name, 0, "as the feed has it", NULL},
	{"ref", "text", customer_ref, 0, "customer number", NULL},
	{"tax_id", "text", customer_tax_id, 0, "tax number", NULL},
	{"type", "text", customer_type, 0, "consumer, business or public",
	    NULL},
	{"country", "text", customer_country, 0, "ISO 3166 code", NULL},
	{"language", "text", customer_language, 0, "BCP 47 tag", NULL},
	{NULL, NULL, NULL, 0, NULL, NULL}
};

/* --- one instalment ------------------------------------------------------ */

static const struct message_item *
item_of(const void *self)
{
	return ((const struct message_line *)self)->item;
}

#define LINE_TEXT(name, field) \
	static struct liquid_value \
	line_##name(const void *self, struct arena *arena) \
	{ \
		return message_var_text(arena, item_of(self)->invoice->field); \
	}
LINE_TEXT(number, ref)
LINE_TEXT(document, document)
LINE_TEXT(purchase_order, purchase_order)
LINE_TEXT(currency, currency)

#define LINE_MONEY(name, expression) \
	static struct liquid_value \
	line_##name(const void *self, struct arena *arena) \
	{ \
		const struct message_item	*item = item_of(self); \
		\
		return message_var_money(render_of(self), arena, expression, \
		    item->invoice->currency); \
	}
LINE_MONEY(amount, item->amount)
LINE_MONEY(balance, item->instalment->balance)
LINE_MONEY(total, item->instalment->amount)

static struct liquid_value
line_due_date(const void *self, struct arena *arena)
{
	return message_var_day(render_of(self), arena,
	    item_of(self)->instalment->due);
}

static struct liquid_value
line_issue_date(const void *self, struct arena *arena)
{
	return message_var_day(render_of(self), arena,
	    item_of(self)->invoice->issued);
}

static struct liquid_value
line_days_overdue(const void *self, struct arena *arena)
{
	int32_t	days = item_of(self)->days_overdue;

	(void)arena;
	return liquid_int(days > 0 ? days : 0);
}

static struct liquid_value
line_days_left(const void *self, struct arena *arena)
{
	int32_t	days = item_of(self)->days_overdue;

	(void)arena;
	return liquid_int(days < 0 ? -(int64_t)days : 0);
}

static struct liquid_value
line_instalment(const void *self, struct arena *arena)
{
	(void)arena;
	return liquid_int(item_of(self)->instalment->number);
}

static struct liquid_value
line_instalments(const void *self, struct arena *arena)
{
	(void)arena;
	return liquid_int((int64_t)item_of(self)->invoice->instalment_count);
}

static struct liquid_value
line_pay_url(const void *self, struct arena *arena)
{
	return message_var_pay_url(render_of(self), arena, item_of(self));
}

const struct message_var	message_line_vars[] = {
	{"number", "text", line_number, TOLD_INVOICE, "invoice number", NULL},
	{"amount", "money", line_amount, TOLD_AMOUNT,
	    "what is asked for: the balance without disputed parts", NULL},
	{"balance", "money", line_balance, TOLD_AMOUNT,
	    "what is open, disputed or not", NULL},
	{"total", "money", line_total, 0, "as invoiced", NULL},
	{"currency", "text", line_currency, 0, "ISO 4217 code", NULL},
	{"due_date", "date", line_due_date, TOLD_DUE, "due date", NULL},
	{"issue_date", "date", line_issue_date, 0, "date of the invoice",
	    NULL},
	{"days_overdue", "number", line_days_overdue, 0,
	    "days since the due date; 0 when not late", NULL},
	{"days_left", "number", line_days_left, 0,
	    "days until the due date; 0 when due or late", NULL},
	{"instalment", "number", line_instalment, 0,
	    "which part of the invoice, from 1", NULL},
	{"instalments", "number", line_instalments, 0,
	    "how many parts it has", NULL},
	{"pay_url", "url", line_pay_url, TOLD_PAY,
	    "where to pay it: its own link, else the creditor's", NULL},
	{"document", "text", line_document, 0,
	    "the invoice's document, as the feed names it", NULL},
	{"purchase_order", "text", line_purchase_order, 0,
	    "the customer's order number", NULL},
	{NULL, NULL, NULL, 0, NULL, NULL}
};
