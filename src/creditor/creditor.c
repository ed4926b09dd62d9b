/* SPDX-License-Identifier: ISC */
#include "creditor/creditor.h"

#define UPPER	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define DIGITS	"0123456789"

#define OFFSET(member)	offsetof(struct creditor, member)

static bool
is_only(const char *text, const char *allowed)
{
	return text[strspn(text, allowed)] == '\0';
}

/* RFC 1035 labels; a domain of mail has a dot. */
static bool
is_domain(const char *text)
{
	size_t	len = strlen(text), label;
	bool	dot = false;

	if (len == 0 || len > 253)
		return false;
	for (;;) {
		label = strspn(text, UPPER LOWER DIGITS "-");
		if (label == 0 || label > 63 || text[0] == '-' ||
		    text[label - 1] == '-')
			return false;
		text += label;
		if (*text == '\0')
			return dot;
		if (*text++ != '.')
			return false;
		dot = true;
	}
}

/* RFC 5321 dot-atom local parts; quoted ones and SMTPUTF8 are refused. */
bool
creditor_is_email(const char *text)
{
	static const char	atom[] = UPPER LOWER DIGITS
				    "!#$%&'*+/=?^_`{|}~-";
	const char		*at = strchr(text, '@');
	size_t			n;

	if (at == NULL || at == text || at - text > 64)
		return false;
	for (;;) {
		n = strspn(text, atom);
		if (n == 0)
			return false;
		text += n;
		if (text == at)
			return is_domain(at + 1);
		if (*text++ != '.')
			return false;
	}
}

bool
creditor_is_language(const char *text)
{
	size_t	n = strspn(text, LOWER);

	if (n < 2 || n > 3)
		return false;
	text += n;
	if (text[0] == '-' && strspn(text + 1, UPPER) == 1 &&
	    strspn(text + 2, LOWER) == 3)
		text += 5;
	if (text[0] == '-' && (strspn(text + 1, UPPER) == 2 ||
	    strspn(text + 1, DIGITS) == 3))
		text += text[1] <= '9' ? 4 : 3;
	return *text == '\0';
}

static const char *
text_of(const void *field)
{
	return *(const char *const *)field;
}

static void
refuse(const struct conf_check *check, const void *field, const char *right)
{
	conf_error(check->conf, check->at, "\"%s\": %s is not %s",
	    check->row->name, conf_quote(check->conf, str_of(text_of(field))),
	    right);
}

static void
check_ref(const struct conf_check *check, const void *field)
{
	if (!is_only(text_of(field), UPPER LOWER DIGITS "._-"))
		refuse(check, field, "made of letters, digits, \".\", \"_\" "
		    "and \"-\"");
}

static void
check_email(const struct conf_check *check, const void *field)
{
	if (*text_of(field) != '\0' && !creditor_is_email(text_of(field)))
		refuse(check, field, "an address such as "
		    "\"billing@example.com\"");
}

static void
check_url(const struct conf_check *check, const void *field)
{
	const char	*text = text_of(field);
	size_t		from = strncmp(text, "https://", 8) == 0 ? 8 :
			    strncmp(text, "http://", 7) == 0 ? 7 : 0;
	const char	*p = text;

	if (*text == '\0')
		return;
	while (*p > ' ' && *p != '"' && *p != '<' && *p != '>' &&
	    *p != '\\' && *p != 0x7f)
		p++;
	if (*p != '\0' || from == 0 || text[from] == '\0' ||
	    text[from] == '/')
		refuse(check, field,
		    "a URL such as \"https://example.com/pay\"");
}

static void
check_country(const struct conf_check *check, const void *field)
{
	const char	*text = text_of(field);

	if (strlen(text) != 2 || !is_only(text, UPPER))
		refuse(check, field, "a country of two capital letters, such "
		    "as \"CO\"");
}

static void
check_zone(const struct conf_check *check, const void *field)
{
	const char	*text = text_of(field);

	if (!is_only(text, UPPER LOWER DIGITS "_+-/") || text[0] == '/' ||
	    (strchr(text, '/') == NULL && strcmp(text, "UTC") != 0))
		refuse(check, field, "a time zone such as "
		    "\"America/Bogota\"");
}

static void
check_currency(const struct conf_check *check, const void *field)
{
	if (currency_exponent(text_of(field)) < 0)
		refuse(check, field, "a currency of ISO 4217, such as "
		    "\"COP\"");
}

static void
check_language(const struct conf_check *check, const void *field)
{
	if (!creditor_is_language(text_of(field)))
		refuse(check, field, "a language such as \"es\" or "
		    "\"pt-BR\"");
}

static bool
is_number(const char *text)
{
	size_t	len = strlen(text);

	return text[0] == '+' && len >= 8 && len <= 16 &&
	    is_only(text + 1, DIGITS) && text[1] != '0';
}

/* GSM 03.38's alphanumeric sender, without what operators strip. */
static void
check_sms_from(const struct conf_check *check, const void *field)
{
	const char	*text = text_of(field);
	size_t		len = strlen(text);

	if (len == 0 || is_number(text))
		return;
	if (len > 11 || !is_only(text, UPPER LOWER DIGITS " ._-&"))
		refuse(check, field, "a number such as \"+573001234567\", or "
		    "at most 11 letters, digits and spaces");
}

static void
check_number(const struct conf_check *check, const void *field)
{
	if (*text_of(field) != '\0' && !is_number(text_of(field)))
		refuse(check, field, "a number such as \"+573001234567\"");
}

static void
check_vanished(const struct conf_check *check, const void *field)
{
	struct creditor	*creditor = check->owner;
	const char	*p = text_of(field);
	int32_t		bp = 0, scale = 100;

	for (; *p >= '0' && *p <= '9' && bp <= 10000; p++)
		bp = bp * 10 + (*p - '0') * 100;
	if (p != text_of(field) && *p == '.') {
		for (p++; *p >= '0' && *p <= '9' && scale > 1; p++) {
			scale /= 10;
			bp += (*p - '0') * scale;
		}
	}
	if (p == text_of(field) || strcmp(p, "%") != 0 || bp > 10000) {
		refuse(check, field, "a share from \"0%\" to \"100%\", such "
		    "as \"20%\"");
		return;
	}
	creditor->max_vanished_bp = bp;
}

static void
check_min_amount(const struct conf_check *check, const void *field)
{
	struct creditor	*creditor = check->owner;
	struct err	err;

	if (*text_of(field) == '\0')
		return;
	if (!money_parse(str_of(text_of(field)), &creditor->min_amount, &err))
		conf_error(check->conf, check->at, "\"%s\": %s",
		    check->row->name, err.text);
	else if (creditor->min_amount.minor < 0)
		refuse(check, field, "zero or more");
}

/* Defaults that follow from other settings, and what must agree. */
static void
check_creditor(const struct conf_check *check, const void *field)
{
	struct creditor	*creditor = check->owner;

	(void)field;
	creditor->freshness_pos = conf_at(check->conf,
	    &creditor->freshness_ms);
	creditor->min_amount_pos = conf_at(check->conf,
	    &creditor->min_amount_text);
	if (*creditor->budget_group == '\0')
		creditor->budget_group = creditor->ref;
	if (*creditor->name == '\0')
		creditor->name = creditor->legal_name;
	if (*creditor->email_name == '\0')
		creditor->email_name = creditor->name;
	if (*creditor->min_amount_text == '\0')
		(void)memcpy(creditor->min_amount.currency,
		    creditor->currency, CURRENCY_LEN + 1);
	else if (strcmp(creditor->min_amount.currency,
	    creditor->currency) != 0)
		conf_error(check->conf, creditor->min_amount_pos,
		    "\"min_amount\" is in %s, but creditor \"%s\" is in %s",
		    creditor->min_amount.currency, creditor->ref,
		    creditor->currency);
}

static const struct conf_row	way_rows[] = {
	{ .name = "kind", .type = CONF_TEXT, .required = true, .max = 40,
	  .offset = offsetof(struct creditor_way, kind),
	  .help = "what it is: transfer, card, cash" },
	{ .name = "text", .type = CONF_TEXT, .lines = true,
	  .required = true, .max = 1000,
	  .offset = offsetof(struct creditor_way, text),
	  .help = "how it is done, as the debtor reads it" },
	CONF_END_ROW
};

static const struct conf_row	one_rows[] = {
	{ .type = CONF_POS, .offset = OFFSET(pos) },
	{ .name = "ref", .type = CONF_TEXT, .required = true,
	  .max = CREDITOR_REF_MAX, .check = check_ref, .offset = OFFSET(ref),
	  .help = "short name, used by files and commands" },
	{ .name = "name", .type = CONF_TEXT, .fallback = "", .max = 200,
	  .offset = OFFSET(name),
	  .help = "name that debtors know; else the legal name" },
	{ .name = "legal_name", .type = CONF_TEXT, .required = true,
	  .max = 200, .offset = OFFSET(legal_name),
	  .help = "registered name of the company" },
	{ .name = "tax_id", .type = CONF_TEXT, .required = true, .max = 60,
	  .offset = OFFSET(tax_id), .help = "tax number of the company" },
	{ .name = "address", .type = CONF_TEXTS, .max = 8,
	  .offset = OFFSET(address), .help = "lines of the postal address" },
	{ .name = "country", .type = CONF_TEXT, .required = true,
	  .check = check_country, .offset = OFFSET(country),
	  .help = "ISO 3166 country, two capital letters" },
	{ .name = "zone", .type = CONF_TEXT, .required = true, .max = 60,
	  .check = check_zone, .offset = OFFSET(zone),
	  .help = "time zone in which due dates are counted" },
	{ .name = "currency", .type = CONF_TEXT, .required = true,
	  .check = check_currency, .offset = OFFSET(currency),
	  .help = "ISO 4217 currency of rows that name none" },
	{ .name = "language", .type = CONF_TEXT, .required = true, .max = 20,
	  .check = check_language, .offset = OFFSET(language),
	  .help = "language for debtors whose own is not known" },
	{ .name = "policy", .type = CONF_TEXT, .fallback = "default",
	  .min = 1, .max = 64, .offset = OFFSET(policy),
	  .help = "policy where no segment chooses another" },
	{ .name = "budget_group", .type = CONF_TEXT, .fallback = "",
	  .max = CREDITOR_REF_MAX, .check = check_ref,
	  .offset = OFFSET(budget_group),
	  .help = "creditors that share contact budgets; else its own" },
	{ .name = "email_from", .type = CONF_TEXT, .fallback = "",
	  .check = check_email, .offset = OFFSET(email_from),
	  .help = "address that mail is sent from" },
	{ .name = "email_name", .type = CONF_TEXT, .fallback = "", .max = 200,
	  .offset = OFFSET(email_name),
	  .help = "name beside that address; else the name" },
	{ .name = "reply_to", .type = CONF_TEXT, .fallback = "",
	  .check = check_email, .offset = OFFSET(reply_to),
	  .help = "address of the people who read replies" },
	{ .name = "sms_from", .type = CONF_TEXT, .fallback = "",
	  .check = check_sms_from, .offset = OFFSET(sms_from),
	  .help = "sender of text messages, a name or a number" },
	{ .name = "whatsapp_from", .type = CONF_TEXT, .fallback = "",
	  .check = check_number, .offset = OFFSET(whatsapp_from),
	  .help = "number that WhatsApp messages come from" },
	{ .name = "phone", .type = CONF_TEXT, .fallback = "", .max = 40,
	  .offset = OFFSET(phone), .help = "number for debtors to call" },
	{ .name = "website", .type = CONF_TEXT, .fallback = "", .max = 500,
	  .check = check_url, .offset = OFFSET(website),
	  .help = "web site" },
	{ .name = "privacy_url", .type = CONF_TEXT, .fallback = "",
	  .max = 500, .check = check_url, .offset = OFFSET(privacy_url),
	  .help = "page that says how personal data is used" },
	{ .name = "ways_to_pay", .type = CONF_GROUPS, .rows = way_rows,
	  .size = sizeof(struct creditor_way), .max = 20,
	  .offset = OFFSET(ways_to_pay), .help = "ways to pay, best first" },
	{ .name = "pay_url", .type = CONF_TEXT, .fallback = "", .max = 1000,
	  .check = check_url, .offset = OFFSET(pay_url),
	  .help = "link to pay where an invoice has none of its own" },
	{ .name = "opt_out_text", .type = CONF_TEXT, .lines = true,
	  .fallback = "", .max = 500, .offset = OFFSET(opt_out_text),
	  .help = "how to stop messages, as the debtor reads it" },
	{ .name = "opt_out_url", .type = CONF_TEXT, .fallback = "",
	  .max = 500, .check = check_url, .offset = OFFSET(opt_out_url),
	  .help = "start of the links that stop messages" },
	{ .name = "legal_text", .type = CONF_TEXT, .lines = true,
	  .fallback = "", .max = 4000, .offset = OFFSET(legal_text),
	  .help = "text that the law wants below messages" },
	{ .name = "freshness", .type = CONF_DURATION, .fallback = "4 d",
	  .min = HOUR_MS, .max = 3660 * DAY_MS, .offset = OFFSET(freshness_ms),
	  .help = "nothing is sent when the ledger feed is older" },
	{ .name = "min_amount", .type = CONF_TEXT, .fallback = "", .max = 40,
	  .check = check_min_amount, .offset = OFFSET(min_amount_text),
	  .help = "nobody is reminded of less" },
	{ .name = "max_vanished", .type = CONF_TEXT, .fallback = "20%",
	  .max = 10, .check = check_vanished,
	  .offset = OFFSET(max_vanished_text),
	  .help = "share of open items that a snapshot may settle unasked" },
	CONF_END_ROW
};

const struct conf_row	creditor_rows[] = {
	{ .name = "creditors", .type = CONF_GROUPS, .rows = one_rows,
	  .required = true, .size = sizeof(struct creditor),
	  .check = check_creditor, .offset = offsetof(struct creditors, list),
	  .help = "companies that are owed" },
	CONF_END_ROW
};

const struct creditor *
creditors_at(const struct creditors *creditors, size_t i)
{
	const struct creditor	*all = creditors->list.items;

	return i < creditors->list.count ? &all[i] : NULL;
}

const struct creditor *
creditors_find(const struct creditors *creditors, const char *ref)
{
	const struct creditor	*creditor;
	size_t			i;

	for (i = 0; (creditor = creditors_at(creditors, i)) != NULL; i++) {
		if (strcmp(creditor->ref, ref) == 0)
			return creditor;
	}
	return NULL;
}

void
creditors_check(struct conf *conf, const struct creditors *creditors)
{
	const struct creditor	*a, *b;
	size_t			i, k;

	for (i = 1; (a = creditors_at(creditors, i)) != NULL; i++) {
		for (k = 0; k < i; k++) {
			b = creditors_at(creditors, k);
			if (strcasecmp(a->ref, b->ref) != 0)
				continue;
			conf_error(conf, conf_at(conf, &a->ref), "creditor "
			    "\"%s\" is also in %s:%d", a->ref, b->pos.file,
			    b->pos.line);
			break;
		}
	}
}
