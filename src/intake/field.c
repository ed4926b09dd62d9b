/* SPDX-License-Identifier: ISC */
#include "intake/field.h"

#include "base/utf8.h"
#include "model/names.h"

static const struct field	customer_fields[] = {
	{ "customer", USE_REF, -1, true, 200, NULL,
	  "customer|customer id|customer number|customer no|customer code|"
	  "client|client id|account|account number|debtor|cust number;"
	  "cliente|codigo cliente|id cliente|numero cliente|nro cliente|"
	  "cuenta|deudor;cliente|codigo do cliente|id do cliente|"
	  "numero do cliente|conta|devedor|sacado",
	  "the customer's number or code" },
	{ "name", USE_TEXT, CUSTOMER_NAME, true, 1000, NULL,
	  "name|customer name|client name|company|company name;"
	  "nombre|razon social|nombre cliente|nombre del cliente;"
	  "nome|razao social|nome do cliente", "as messages address it" },
	{ "person", USE_TEXT, CUSTOMER_PERSON, false, 200, NULL,
	  "person|person id|group;persona|id persona;pessoa|id pessoa",
	  "joins customers who are one person; else country and tax_id do" },
	{ "tax_id", USE_TEXT, CUSTOMER_TAX_ID, false, 100, NULL,
	  "tax id|tax number|vat|vat number|vat id|ein;"
	  "nit|rut|rfc|nif|cif|dni|cuit|ruc|cedula|documento|ci|"
	  "identificacion fiscal|id fiscal;cnpj|cpf|cpf cnpj|cnpj cpf",
	  "the tax number as the country writes it" },
	{ "type", USE_TYPE, CUSTOMER_TYPE, false, 20, NULL,
	  "type|customer type|debtor type;tipo|tipo cliente|tipo de cliente;"
	  "tipo|tipo do cliente", "consumer, business or public" },
	{ "status", USE_CHOICE, CUSTOMER_STATUS, false, 20,
	  customer_status_names, "customer status;estado cliente|"
	  "estado del cliente;situacao do cliente",
	  "active, or why it is left alone" },
	{ "country", USE_COUNTRY, CUSTOMER_COUNTRY, false, 2, NULL,
	  "country|country code;pais|codigo pais|codigo de pais;"
	  "pais|codigo do pais", "ISO 3166, two letters" },
	{ "region", USE_TEXT, CUSTOMER_REGION, false, 20, NULL,
	  "region|state|province;region|provincia|departamento|comunidad;"
	  "regiao|uf|estado", "as calendars name it" },
	{ "zone", USE_ZONE, CUSTOMER_ZONE, false, 60, NULL,
	  "zone|time zone|tz;zona|zona horaria|huso horario;"
	  "zona|fuso|fuso horario", "IANA time zone" },
	{ "language", USE_LANGUAGE, CUSTOMER_LANGUAGE, false, 35, NULL,
	  "language|lang|locale;idioma|lengua;idioma|lingua",
	  "BCP 47: es, pt-BR" },
	{ "policy", USE_TEXT, CUSTOMER_POLICY, false, 100, NULL,
	  "policy|customer policy;politica;politica", "instead of segments" },
	{ "channel", USE_CHOICE, CUSTOMER_PREFERRED, false, 20, channel_names,
	  "channel|preferred channel;canal|canal preferido;"
	  "canal|canal preferido", "preferred" },
	{ "email", USE_EMAIL, CUSTOMER_EMAIL, false, 254, NULL,
	  "email|e mail|mail|email address;correo|correo electronico|"
	  "email cliente;email|correio eletronico", "one address" },
	{ "phone", USE_PHONE, CUSTOMER_PHONE, false, 40, NULL,
	  "phone|phone number|telephone|mobile|cell|sms;"
	  "telefono|celular|movil|tel|telefono movil;"
	  "telefone|celular|fone|movel", "E.164, or as the country writes it" },
	{ "whatsapp", USE_WHATSAPP, CUSTOMER_WHATSAPP, false, 40, NULL,
	  "whatsapp|whatsapp number;whatsapp|numero whatsapp;"
	  "whatsapp|numero whatsapp", "as phone" },
	{ "address", USE_TEXT, CUSTOMER_ADDRESS, false, 2000, NULL,
	  "address|postal address|street;direccion|domicilio;"
	  "endereco|logradouro", "for letters" },
	{ "consent", USE_CONSENT, CUSTOMER_CONSENT, false, 100, NULL,
	  "consent|opt in;consentimiento|autorizacion;consentimento",
	  "channels agreed to, with spaces between them" },
	{ "known_at", USE_KNOWN, -1, false, 40, NULL, "known at;;",
	  "instant or date from which it holds" },
};

static const struct field	invoice_fields[] = {
	{ "invoice", USE_REF, -1, true, 200, NULL,
	  "invoice|invoice number|invoice no|invoice id|number|doc id|"
	  "document number|bill;factura|numero factura|nro factura|n factura|"
	  "no factura|numero de factura|folio|comprobante;fatura|"
	  "numero da fatura|nota fiscal|numero nf|titulo|duplicata|nf",
	  "the invoice's number" },
	{ "customer", USE_LINK, INVOICE_CUSTOMER, true, 200, NULL,
	  "customer|customer id|customer number|customer no|customer code|"
	  "client|client id|account|account number|debtor|cust number;"
	  "cliente|codigo cliente|id cliente|numero cliente|nro cliente|"
	  "cuenta|deudor;cliente|codigo do cliente|id do cliente|"
	  "numero do cliente|conta|devedor|sacado",
	  "whose invoice" },
	{ "issue_date", USE_ON, -1, false, 40, NULL,
	  "issue date|invoice date|issued|date|document date|posting date;"
	  "fecha|fecha emision|fecha de emision|fecha factura|"
	  "fecha de factura|emision;data|data emissao|data de emissao|"
	  "emissao", "when it was issued" },
	{ "due_date", USE_DUE, -1, false, 40, NULL,
	  "due date|due|due in date|net due date|maturity|payment due;"
	  "vencimiento|fecha vencimiento|fecha de vencimiento|vence;"
	  "vencimento|data vencimento|data de vencimento", "when it is due" },
	{ "amount", USE_AMOUNT, -1, true, 60, NULL,
	  "amount|total|invoice amount|gross amount|amount due|total amount;"
	  "importe|monto|total|valor|importe total|monto total;"
	  "valor|montante|total|valor total", "as invoiced" },
	{ "balance", USE_BALANCE, -1, false, 60, NULL,
	  "balance|open amount|open balance|outstanding|amount open|residual;"
	  "saldo|saldo pendiente|pendiente|importe pendiente|"
	  "monto pendiente;saldo|saldo devedor|em aberto|valor em aberto",
	  "what is still open; the difference is booked as paid" },
	{ "currency", USE_CURRENCY, -1, false, 10, NULL,
	  "currency|currency code|ccy|cur;moneda|divisa;moeda",
	  "ISO 4217; else the creditor's" },
	{ "instalment", USE_NUMBER, -1, false, 10, NULL,
	  "instalment|installment|instalment number|instalment no;"
	  "cuota|plazo|numero cuota|nro cuota|numero de cuota;"
	  "parcela|numero da parcela",
	  "1, 2 ...; without it, rows of one invoice that follow one another "
	  "are its instalments" },
	{ "pay_url", USE_URL, INVOICE_PAY_URL, false, 2000, NULL,
	  "pay url|payment url|payment link|pay link;enlace de pago|"
	  "url pago|link de pago;link de pagamento|url pagamento",
	  "where it can be paid" },
	{ "document", USE_TEXT, INVOICE_DOCUMENT, false, 1000, NULL,
	  "document|document path|file|pdf;documento|archivo;"
	  "documento|arquivo", "the invoice's own document" },
	{ "purchase_order", USE_TEXT, INVOICE_PURCHASE_ORDER, false, 200, NULL,
	  "purchase order|po|po number|order;orden de compra|oc|"
	  "pedido;ordem de compra|pedido", "the customer's order" },
	{ "status", USE_CHOICE, INVOICE_STATUS, false, 20,
	  invoice_status_names, "status|invoice status;estado|"
	  "estado factura|estado de la factura;situacao|situacao da fatura",
	  "open, or why it is left out" },
	{ "policy", USE_TEXT, INVOICE_POLICY, false, 100, NULL,
	  "invoice policy;politica factura;politica da fatura",
	  "instead of the customer's" },
	{ "known_at", USE_KNOWN, -1, false, 40, NULL, "known at;;",
	  "instant or date from which it holds" },
};

#define PAYMENT_FIELDS(ref_headers) \
	{ "reference", USE_REF, -1, true, 200, NULL, ref_headers, \
	  "its own number; booked once" }, \
	{ "customer", USE_LINK, PAYMENT_CUSTOMER, false, 200, NULL, \
	  "customer|customer id|customer number|customer no|customer code|" \
	  "client|client id|account|account number|debtor|payer;" \
	  "cliente|codigo cliente|id cliente|numero cliente|cuenta|deudor|" \
	  "pagador;cliente|codigo do cliente|id do cliente|conta|devedor|" \
	  "sacado|pagador", "who paid; needed without an invoice" }, \
	{ "invoice", USE_LINK, PAYMENT_INVOICE, false, 200, NULL, \
	  "invoice|invoice number|invoice no|invoice id|paid invoice;" \
	  "factura|numero factura|nro factura|numero de factura|folio;" \
	  "fatura|numero da fatura|nota fiscal|titulo|duplicata", \
	  "what it is for; without it, it waits to be allocated" }, \
	{ "date", USE_ON, -1, true, 40, NULL, \
	  "date|payment date|paid on|paid date|value date|settled date|" \
	  "credit date;fecha|fecha pago|fecha de pago|fecha valor|" \
	  "fecha de cobro;data|data pagamento|data do pagamento", \
	  "value date" }, \
	{ "amount", USE_AMOUNT, -1, true, 60, NULL, \
	  "amount|payment amount|paid|amount paid|paid amount|total;" \
	  "importe|monto|valor|pagado|importe pagado|monto pagado|total;" \
	  "valor|montante|valor pago|total", "what came in, without a sign" }, \
	{ "currency", USE_CURRENCY, -1, false, 10, NULL, \
	  "currency|currency code|ccy|cur;moneda|divisa;moeda", \
	  "ISO 4217; else the creditor's" }, \
	{ "known_at", USE_KNOWN, -1, false, 40, NULL, "known at;;", \
	  "instant or date from which it holds" },

static const struct field	payment_fields[] = {
	PAYMENT_FIELDS("reference|payment|payment id|payment number|"
	    "payment reference|receipt|transaction|transaction id|ref;"
	    "referencia|pago|id pago|recibo|numero de pago|transaccion|"
	    "comprobante;referencia|pagamento|id pagamento|recibo|transacao")
};

static const struct field	credit_fields[] = {
	PAYMENT_FIELDS("credit note|credit note number|credit|reference|ref;"
	    "nota de credito|numero nota de credito|abono|referencia;"
	    "nota de credito|referencia")
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

const struct field_kind	field_kinds[STORE_REC_KINDS] = {
	[STORE_REC_CUSTOMER] = { "customers", STORE_REC_CUSTOMER,
	    customer_fields, COUNT(customer_fields) },
	[STORE_REC_INVOICE] = { "invoices", STORE_REC_INVOICE,
	    invoice_fields, COUNT(invoice_fields) },
	[STORE_REC_PAYMENT] = { "payments", STORE_REC_PAYMENT,
	    payment_fields, COUNT(payment_fields) },
	[STORE_REC_CREDIT] = { "credit_notes", STORE_REC_CREDIT,
	    credit_fields, COUNT(credit_fields) },
};

void
field_fold(struct buf *out, struct str header)
{
	struct buf	folded = BUF_INIT;

	utf8_fold(&folded, header);
	for (size_t i = 0; i < folded.len; i++) {
		unsigned char	c = (unsigned char)folded.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			buf_addc(out, (char)c);
	}
	buf_fini(&folded);
}

/* Is word, without its spaces, equal to folded? */
static bool
squeezed_eq(const char *word, size_t len, struct str folded)
{
	size_t	at = 0;

	for (size_t i = 0; i < len; i++) {
		if (word[i] == ' ')
			continue;
		if (at == folded.len || folded.p[at++] != word[i])
			return false;
	}
	return at == folded.len && at > 0;
}

bool
field_is_named(const struct field *field, struct str folded)
{
	const char	*p = field->headers;

	if (folded.len == 0)
		return false;
	while (*p != '\0') {
		size_t	len = strcspn(p, "|;");

		if (squeezed_eq(p, len, folded))
			return true;
		p += len + (p[len] != '\0');
	}
	return false;
}

const struct field *
field_find(enum store_record_kind kind, const char *name)
{
	for (size_t i = 0; i < field_kinds[kind].count; i++) {
		if (strcmp(field_kinds[kind].fields[i].name, name) == 0)
			return &field_kinds[kind].fields[i];
	}
	return NULL;
}
