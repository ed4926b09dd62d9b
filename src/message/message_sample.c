/* SPDX-License-Identifier: ISC */
/*
 * message_sample.c - the customers at the edges, for checks and galleries.
 */
#include "message/message_impl.h"

#include "creditor/creditor.h"

#define SAMPLE_TODAY	20777	/* 2026-11-20, a Friday */

struct sample_row {
	const char	*title;
	const char	*name;
	const char	*ref;		/* of invoices; a number follows */
	const char	*extra;		/* document and order number */
	size_t		 items;
	size_t		 others;
	size_t		 instalments;
	bool		 two_currencies;
	bool		 bare;		/* whatever may be missing is */
	int64_t		 minor;		/* of the first */
};

#define LONG_60	"Sociedad Comercial e Industrial de Productos Agropecuarios "

static const struct sample_row	rows[] = {
	{"one invoice", "Ana Pérez", "F-", "", 1, 0, 1, false, false, 123450},
	{"three invoices, two currencies", "Ferretería Núñez e Hijos", "A-",
	    "OC-7781", 3, 2, 1, true, false, 8990000},
	{"one instalment of twelve", "Bruno Álvares", "C-", "", 1, 1, 12,
	    false, false, 4999},
	{"200 invoices", "Distribuidora del Sur S.A.", "2026/", "", 200, 0, 1,
	    false, false, 100},
	{"missing fields", "", "F-", "", 1, 0, 1, false, true, 1},
	{"long name and number", LONG_60 LONG_60 LONG_60 "S.A. de C.V.",
	    "SERIE-INTERNACIONAL-DE-FACTURAS-2026-", LONG_60, 1, 0, 1, false,
	    false, INT64_C(999999999999)},
	{"right to left", "שרה כהן", "חש-", "", 2, 0, 1, false, false, 50000},
	{"astral characters", "Zoë 🦊 𝒜𝓃𝒶", "F🧾-", "📦", 1, 0, 1, false, false,
	    50000},
	{"hostile name", "Ana \"O'Neil\" <b>\r\nBcc: x@y", "[F](http://x.test)"
	    "{{ x }}|", "<script>alert(1)</script>", 1, 0, 1, false, false,
	    50000},
	{"hostile markup", "[Ana](http://evil.test)", "# **F** `1` ", "| a |\n",
	    2, 1, 1, false, false, 50000}
};

static const char *
or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

static bool
fill_item(const struct sample_row *row, const struct creditor *creditor,
    size_t i, int32_t days, struct arena *arena, struct message_item *out)
{
	struct snap_invoice	*invoice = arena_alloc(arena, sizeof(*invoice));
	struct snap_instalment	*part = arena_array(arena, row->instalments,
				    sizeof(*part));
	const char		*currency = or_empty(creditor->currency);

	if (invoice == NULL || part == NULL)
		return false;
	*invoice = (struct snap_invoice){.id = (int64_t)i + 1,
		.ref = arena_printf(arena, "%s%03zu", row->ref, i + 1),
		.issued = row->bare ? DAY_NONE : SAMPLE_TODAY - days - 30,
		.pay_url = row->bare ? "" : "https://pay.example/i/8f2k",
		.document = row->extra, .purchase_order = row->extra,
		.policy = "", .instalments = part,
		.instalment_count = row->instalments};
	if (row->two_currencies && i == 1)
		currency = strcmp(currency, "USD") == 0 ? "EUR" : "USD";
	memcpy(invoice->currency, currency[0] == '\0' ? "EUR" : currency,
	    CURRENCY_LEN + 1);
	part[0] = (struct snap_instalment){.id = (int64_t)i + 1,
		.number = row->instalments > 1 ? 3 : 1, .cycle = 1,
		.due = SAMPLE_TODAY - days + (int32_t)(i % 5),
		.amount = row->minor + (int64_t)i * 1111,
		.balance = row->minor + (int64_t)i * 1111};
	*out = (struct message_item){.invoice = invoice, .instalment = part,
		.amount = part->balance,
		.days_overdue = days - (int32_t)(i % 5)};
	return invoice->ref != NULL;
}

static bool
fill_items(const struct sample_row *row, const struct creditor *creditor,
    int32_t days, struct arena *arena, struct message_facts *facts)
{
	size_t			 count = row->items + row->others;
	struct message_item	*items = arena_array(arena, count,
				    sizeof(*items));

	if (items == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!fill_item(row, creditor, i, days, arena, &items[i]))
			return false;
	}
	facts->items = items;
	facts->item_count = row->items;
	facts->others = items + row->items;
	facts->other_count = row->others;
	return true;
}

bool
message_sample_late(size_t i, const struct creditor *creditor, int32_t days,
    struct arena *arena, struct message_sample *out)
{
	const struct sample_row	*row;
	struct snap_customer	*customer;
	struct message_facts	 facts = {.creditor = creditor,
		.today = SAMPLE_TODAY, .pay_by = DAY_NONE, .level = 1,
		.address = "", .c = 1, .offset_s = -3 * 3600,
		.now_ms = SAMPLE_TODAY * DAY_MS + 13 * HOUR_MS,
		.key = "abcdefghijklmnopqrstuvwxyz"};

	if (i >= sizeof(rows) / sizeof(rows[0]))
		return false;
	row = &rows[i];
	customer = arena_alloc(arena, sizeof(*customer));
	if (customer == NULL || !fill_items(row, creditor, days, arena,
	    &facts))
		return false;
	*customer = (struct snap_customer){.id = 1, .ref = "C-1001",
		.creditor = creditor->ref, .name = row->name, .tax_id = "",
		.type = DEBTOR_BUSINESS, .country = row->bare ? "" :
		or_empty(creditor->country), .region = "", .zone = "",
		.language = "", .policy = "", .preferred = -1, .thread = "",
		.last_payment_ms = TIME_NONE};
	if (days > 5 && !row->bare)
		facts.pay_by = SAMPLE_TODAY + 7;
	facts.customer = customer;
	*out = (struct message_sample){.name = row->title, .facts = facts};
	return true;
}

bool
message_sample_at(size_t i, const struct creditor *creditor,
    struct arena *arena, struct message_sample *out)
{
	return message_sample_late(i, creditor, 12, arena, out);
}
