/* SPDX-License-Identifier: ISC */
#include "intake/record.h"

#include "model/names.h"
#include "model/phone.h"

#include <strings.h>

#define SHOW(s)	(int)((s).len < 60 ? (s).len : 60), (s).p

static bool
store_text(struct record_maker *m, struct str text, struct str *out,
    struct err *err)
{
	char	*copy = arena_copy(m->arena, text.p, text.len);

	if (copy == NULL)
		return err_nomem(err);
	*out = (struct str){copy, text.len};
	return true;
}

static bool
choose(struct str text, const char *const *names, struct str *out,
    struct err *err)
{
	struct buf	list = BUF_INIT;
	int		i = name_find(names, text);

	if (i >= 0) {
		*out = str_of(names[i]);
		return true;
	}
	for (i = 0; names[i] != NULL; i++)
		buf_addf(&list, "%s%s", i > 0 ? ", " : "", names[i]);
	err_set(err, ERR_INPUT, "\"%.*s\" is none of %s", SHOW(text),
	    buf_text(&list));
	buf_fini(&list);
	return false;
}

static bool
read_type(struct str text, struct str *out, struct err *err)
{
	static const struct { const char *word, *type; } words[] = {
		{"b2c", "consumer"}, {"b2b", "business"},
		{"persona", "consumer"}, {"consumidor", "consumer"},
		{"natural", "consumer"}, {"pf", "consumer"},
		{"individual", "consumer"}, {"empresa", "business"},
		{"juridica", "business"}, {"pj", "business"},
		{"company", "business"}, {"publico", "public"},
	};
	struct buf	folded = BUF_INIT;
	bool		found = false;

	field_fold(&folded, text);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_is(buf_str(&folded), words[i].word)) {
			*out = str_of(words[i].type);
			found = true;
		}
	}
	buf_fini(&folded);
	return found || choose(text, debtor_type_names, out, err);
}

static bool
read_country(struct record_maker *m, struct str text, struct str *out,
    struct err *err)
{
	const struct zone *const	*zones;
	size_t				 count = 0;
	char				 code[3];

	if (text.len != 2)
		return err_set(err, ERR_INPUT, "\"%.*s\" is no country; write"
		    " the two letters of ISO 3166, such as CO", SHOW(text));
	for (int i = 0; i < 2; i++)
		code[i] = text.p[i] >= 'a' && text.p[i] <= 'z' ?
		    (char)(text.p[i] - 32) : text.p[i];
	code[2] = '\0';
	if (!zone_of_country(m->zones, code, &zones, &count, err))
		return false;
	if (count == 0)
		return err_set(err, ERR_INPUT, "\"%s\" is no country of ISO"
		    " 3166", code);
	return store_text(m, str_of(code), out, err);
}

static bool
read_zone(struct record_maker *m, struct str text, struct err *err)
{
	const struct zone	*zone;
	char			*name = arena_copy(m->arena, text.p, text.len);

	if (name == NULL)
		return err_nomem(err);
	return zone_find(m->zones, name, &zone, err);
}

static bool
read_language(struct record_maker *m, struct str text, struct str *out,
    struct err *err)
{
	char	*tag = arena_copy(m->arena, text.p, text.len);

	if (tag == NULL)
		return err_nomem(err);
	for (char *p = tag; *p != '\0' && *p != '-'; p++) {
		if (*p == '_')
			*p = '-';
		if (*p == '-')
			break;
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
	}
	if (!creditor_is_language(tag))
		return err_set(err, ERR_INPUT, "\"%.*s\" is no language; write"
		    " it like es or pt-BR", SHOW(text));
	*out = (struct str){tag, text.len};
	return true;
}

static bool
read_email(struct record_maker *m, struct str text, struct err *err)
{
	char	*address = arena_copy(m->arena, text.p, text.len);

	if (address == NULL)
		return err_nomem(err);
	if (memchr(text.p, '\0', text.len) != NULL ||
	    !creditor_is_email(address))
		return err_set(err, ERR_INPUT, "\"%.*s\" is no email address",
		    SHOW(text));
	return true;
}

/* The country that a number without + belongs to. */
static const char *
phone_country(struct record_maker *m, const struct store_record *record)
{
	struct str	own = record->texts[CUSTOMER_COUNTRY];

	if (own.len == 0)
		return m->creditor->country;
	return own.p;			/* ended by NUL: store_text's */
}

static bool
read_phone(struct record_maker *m, const struct store_record *record,
    struct str text, bool mobile, struct str *out, struct err *err)
{
	struct buf	number = BUF_INIT;
	bool		ok;

	ok = phone_parse(text, phone_country(m, record), mobile, &number,
	    err) && store_text(m, buf_str(&number), out, err);
	if (!ok && err->kind == ERR_INPUT)
		err_in(err, "\"%.*s\"", SHOW(text));
	buf_fini(&number);
	return ok;
}

/* Channels in the order of model's list, each once. */
static bool
read_consent(struct record_maker *m, struct str text, struct str *out,
    struct err *err)
{
	struct buf	list = BUF_INIT;
	unsigned	set = 0;
	bool		ok = true;

	while (text.len > 0 && ok) {
		size_t	len = 0;
		int	channel;

		while (len < text.len && strchr(" ,;|+", text.p[len]) == NULL)
			len++;
		if (len > 0) {
			channel = name_find(channel_names,
			    (struct str){text.p, len});
			if (channel < 0)
				ok = err_set(err, ERR_INPUT, "\"%.*s\" is no"
				    " channel; write email, sms, whatsapp,"
				    " voice, letter or visit", (int)len,
				    text.p);
			else
				set |= 1u << channel;
		}
		len += len < text.len;
		text = (struct str){text.p + len, text.len - len};
	}
	for (int i = 0; ok && i < CHANNEL_COUNT; i++) {
		if ((set & (1u << i)) != 0)
			buf_addf(&list, "%s%s", list.len > 0 ? " " : "",
			    channel_names[i]);
	}
	ok = ok && store_text(m, buf_str(&list), out, err);
	buf_fini(&list);
	return ok;
}

static bool
read_currency(struct str text, struct store_record *record, struct err *err)
{
	if (text.len != CURRENCY_LEN)
		return err_set(err, ERR_INPUT, "\"%.*s\" is no currency; write"
		    " its ISO 4217 code, such as COP", SHOW(text));
	for (int i = 0; i < CURRENCY_LEN; i++)
		record->currency[i] = text.p[i] >= 'a' && text.p[i] <= 'z' ?
		    (char)(text.p[i] - 32) : text.p[i];
	if (currency_exponent(record->currency) < 0)
		return err_set(err, ERR_INPUT, "\"%s\" is no currency of ISO"
		    " 4217", record->currency);
	return true;
}

static bool
read_amount(struct record_maker *m, const struct binding *binding,
    struct str text, struct store_record *record, int64_t *out,
    struct err *err)
{
	char	decimal = binding->decimal != '\0' ? binding->decimal :
		    m->plan->decimal;

	if (record->currency[0] == '\0' &&
	    !form_currency(text, record->currency))
		(void)memcpy(record->currency, m->creditor->currency,
		    CURRENCY_LEN + 1);
	if (!form_read_number(text, decimal, record->currency, out, err))
		return false;
	if (binding->negate)
		*out = -*out;
	return true;
}

static bool
read_date(struct record_maker *m, const struct binding *binding,
    struct str text, int32_t *out, struct err *err)
{
	return form_read_date(text, binding->dates != DATES_UNKNOWN ?
	    binding->dates : m->plan->dates, out, err);
}

/* A date means its first instant in the creditor's zone. */
static bool
read_known(struct record_maker *m, const struct binding *binding,
    struct str text, int64_t *out, struct err *err)
{
	int32_t	day;

	if (instant_parse(text, out))
		return true;
	if (!read_date(m, binding, text, &day, err))
		return false;
	*out = zone_instant(m->zone, (struct civil){day, 0});
	return true;
}

static bool
read_number(struct str text, int *out, struct err *err)
{
	int	number = 0;

	for (size_t i = 0; i < text.len && number < 10000; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			number = 10000;
		else
			number = number * 10 + (text.p[i] - '0');
	}
	if (number < 1 || number > 9999)
		return err_set(err, ERR_INPUT, "\"%.*s\" is no instalment's"
		    " number; write 1 to 9999", SHOW(text));
	*out = number;
	return true;
}

static bool
is_web(struct str text)
{
	return str_starts(text, "https://") || str_starts(text, "http://");
}

/* Texts of a record; an empty one is known to be empty. */
static bool
read_text(struct record_maker *m, const struct field *field, struct str text,
    struct store_record *record, struct err *err)
{
	struct str	*out = &record->texts[field->slot];

	*out = text;
	if (text.len == 0)
		return true;
	switch (field->use) {
	case USE_CHOICE:
		return choose(text, field->names, out, err);
	case USE_TYPE:
		return read_type(text, out, err);
	case USE_COUNTRY:
		return read_country(m, text, out, err);
	case USE_ZONE:
		return read_zone(m, text, err);
	case USE_LANGUAGE:
		return read_language(m, text, out, err);
	case USE_EMAIL:
		return read_email(m, text, err);
	case USE_PHONE:
		return read_phone(m, record, text, false, out, err);
	case USE_WHATSAPP:
		return read_phone(m, record, text, true, out, err);
	case USE_CONSENT:
		return read_consent(m, text, out, err);
	case USE_URL:
		return is_web(text) || err_set(err, ERR_INPUT,
		    "\"%.*s\" is no web address", SHOW(text));
	case USE_REF:
	case USE_LINK:
	case USE_TEXT:
	case USE_AMOUNT:
	case USE_BALANCE:
	case USE_CURRENCY:
	case USE_ON:
	case USE_DUE:
	case USE_NUMBER:
	case USE_KNOWN:
		break;
	}
	return true;
}

static bool
read_field(struct record_maker *m, const struct field *field,
    const struct binding *binding, struct str text,
    struct store_record *record, struct err *err)
{
	switch (field->use) {
	case USE_REF:
		record->ref = text;
		return true;
	case USE_CURRENCY:
		return read_currency(text, record, err);
	case USE_AMOUNT:
		return read_amount(m, binding, text, record, &record->amount,
		    err);
	case USE_BALANCE:
		record->has_balance = true;
		return read_amount(m, binding, text, record, &record->balance,
		    err);
	case USE_ON:
		return read_date(m, binding, text, &record->on, err);
	case USE_DUE:
		return read_date(m, binding, text, &record->due, err);
	case USE_NUMBER:
		return read_number(text, &record->number, err);
	case USE_KNOWN:
		return read_known(m, binding, text, &record->known_at, err);
	case USE_LINK:
	case USE_TEXT:
	case USE_CHOICE:
	case USE_TYPE:
	case USE_COUNTRY:
	case USE_ZONE:
	case USE_LANGUAGE:
	case USE_EMAIL:
	case USE_PHONE:
	case USE_WHATSAPP:
	case USE_CONSENT:
	case USE_URL:
		break;
	}
	return read_text(m, field, text, record, err);
}

/* The cell, whole and in bounds; *skip when there is nothing to read. */
static bool
take_text(struct record_maker *m, const struct field *field,
    const struct binding *binding, struct str *text, bool *skip,
    struct err *err)
{
	buf_clear(&m->scratch);
	if (!plan_text(binding, m->row, &m->scratch, text, err))
		return false;
	*skip = text->p == NULL || (text->len == 0 && (field->slot < 0 ||
	    field->use == USE_LINK || field->slot == CUSTOMER_PERSON));
	if (field->required && text->len == 0)
		return err_set(err, ERR_INPUT, "it is empty");
	if (*skip)
		return true;
	if (text->len > field->max)
		return err_set(err, ERR_INPUT, "it has %zu bytes; at most %zu"
		    " fit", text->len, field->max);
	if (memchr(text->p, '\0', text->len) != NULL)
		return err_set(err, ERR_INPUT, "it holds a NUL character");
	if (binding->count == 1)
		return true;
	return store_text(m, *text, text, err);
}

/* Currencies come before the amounts that are read by them. */
static bool
read_fields(struct record_maker *m, const struct plan_kind *kind, bool first,
    struct store_record *record, struct err *err)
{
	for (size_t i = 0; i < kind->kind->count; i++) {
		const struct field	*field = &kind->kind->fields[i];
		struct str		 text;
		bool			 skip;

		if (kind->fields[i].count == 0 ||
		    (field->use == USE_CURRENCY) != first)
			continue;
		m->field = field->name;
		if (!take_text(m, field, &kind->fields[i], &text, &skip, err))
			return false;
		if (!skip && !read_field(m, field, &kind->fields[i], text,
		    record, err))
			return false;
	}
	return true;
}

/* Consent for the channels that have an address (dunlin-import(5)). */
static bool
imply_consent(struct record_maker *m, struct store_record *record,
    struct err *err)
{
	struct buf	number = BUF_INIT, list = BUF_INIT;
	struct err	ignored;
	bool		ok = true;

	if (record->texts[CUSTOMER_CONSENT].p != NULL)
		return true;
	if (record->texts[CUSTOMER_EMAIL].len > 0)
		buf_adds(&list, "email ");
	if (record->texts[CUSTOMER_PHONE].len > 0 &&
	    phone_parse(record->texts[CUSTOMER_PHONE], "", true, &number,
	    &ignored))
		buf_adds(&list, "sms ");
	if (record->texts[CUSTOMER_WHATSAPP].len > 0)
		buf_adds(&list, "whatsapp ");
	if (list.len > 0)
		ok = store_text(m, str_trim(buf_str(&list)), &record->implied,
		    err);
	buf_fini(&number);
	buf_fini(&list);
	return ok;
}

static bool
number_instalment(struct record_maker *m, struct store_record *record,
    struct err *err)
{
	if (record->number != 0 || m->plan->is_snapshot)
		return true;
	if (str_eq(buf_str(&m->last_ref), record->ref)) {
		if (m->last_amount == record->amount &&
		    m->last_due == record->due)
			return err_set(err, ERR_INPUT, "the row above is the"
			    " same invoice with the same amount and due date;"
			    " a second instalment needs a column instalment");
		record->number = m->last_number + 1;
	} else
		record->number = 1;
	buf_clear(&m->last_ref);
	buf_addstr(&m->last_ref, record->ref);
	m->last_number = record->number;
	m->last_amount = record->amount;
	m->last_due = record->due;
	return buf_check(&m->last_ref, err);
}

static bool
complete(struct record_maker *m, struct store_record *record, struct err *err)
{
	switch (record->kind) {
	case STORE_REC_CUSTOMER:
		record->along = m->plan->kind_count > 1;
		return imply_consent(m, record, err);
	case STORE_REC_INVOICE:
		m->field = "instalment";
		return number_instalment(m, record, err);
	case STORE_REC_PAYMENT:
	case STORE_REC_CREDIT:
		m->field = "amount";
		if (record->amount <= 0)
			return err_set(err, ERR_INPUT, "it is not above zero; a"
			    " map can say negate = true for its column");
		m->field = "customer";
		if (record->texts[PAYMENT_CUSTOMER].len == 0 &&
		    record->texts[PAYMENT_INVOICE].len == 0)
			return err_set(err, ERR_INPUT, "neither an invoice nor"
			    " a customer is named");
		return true;
	case STORE_REC_KINDS:
		break;
	}
	return true;
}

static bool
make_one(struct record_maker *m, const struct plan_kind *kind,
    struct store_record *record, bool *made, struct err *err)
{
	struct str	when;

	*record = (struct store_record){.kind = kind->kind->kind,
	    .line = m->row->line, .on = DAY_NONE, .due = DAY_NONE,
	    .known_at = TIME_NONE};
	*made = false;
	if (kind->when.count > 0) {
		m->field = "when";
		buf_clear(&m->scratch);
		if (!plan_text(&kind->when, m->row, &m->scratch, &when, err))
			return false;
		if (when.len == 0)
			return true;
	}
	if (!read_fields(m, kind, true, record, err) ||
	    !read_fields(m, kind, false, record, err) ||
	    !complete(m, record, err))
		return false;
	*made = true;
	return true;
}

bool
record_make(struct record_maker *m, const struct intake_row *row,
    struct store_record records[static STORE_REC_KINDS], size_t *count_out,
    struct err *err)
{
	bool	made;

	arena_reset(m->arena);
	m->row = row;
	m->field = "";
	*count_out = 0;
	if (row->count > m->plan->columns) {
		for (size_t i = m->plan->columns; i < row->count; i++) {
			if (row->cells[i].len > 0)
				return err_set(err, ERR_INPUT, "the row has %zu"
				    " cells, the header %zu", row->count,
				    m->plan->columns);
		}
	} else if (row->count < m->plan->columns)
		return err_set(err, ERR_INPUT, "the row has %zu cells, the"
		    " header %zu", row->count, m->plan->columns);
	for (size_t k = 0; k < m->plan->kind_count; k++) {
		if (!make_one(m, &m->plan->kinds[k], &records[*count_out],
		    &made, err))
			return false;
		*count_out += made;
	}
	return true;
}

void
record_maker_fini(struct record_maker *m)
{
	arena_free(&m->arena);
	buf_fini(&m->scratch);
	buf_fini(&m->last_ref);
}
