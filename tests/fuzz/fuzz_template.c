/* SPDX-License-Identifier: ISC */
/*
 * fuzz_template.c - a template file, its first byte choosing the channel, made
 * into messages for an ordinary and a hostile customer.
 */
#include "fuzz/fuzz.h"

#include "creditor/creditor.h"
#include "message/message.h"
#include "model/value.h"

static struct creditor_way	ways[] = {{"transfer", "Bank, 001-2345"}};
static const struct creditor	acme = {
	.ref = "acme", .name = "Acero & Sur", .legal_name = "Acero Sur S.A.",
	.tax_id = "RUT 21", .country = "UY", .zone = "America/Montevideo",
	.currency = "UYU", .language = "es-UY", .policy = "",
	.budget_group = "acme", .email_from = "cobros@acme.example",
	.email_name = "", .reply_to = "", .sms_from = "ACERO",
	.whatsapp_from = "+59824001234", .phone = "+598 2400 1234",
	.website = "https://acme.example", .privacy_url = "",
	.ways_to_pay = {ways, 1}, .pay_url = "", .opt_out_text = "",
	.opt_out_url = "https://u.acme.example/o/", .legal_text = ""
};

/* A template of each channel, a part that one of them has, the layout. */
static const struct {
	const char	*name;
	enum channel	 channel;
} kinds[] = {
	{"es/due.email.liquid", CHANNEL_EMAIL},
	{"es/due.sms.liquid", CHANNEL_SMS},
	{"es/due.whatsapp.liquid", CHANNEL_WHATSAPP},
	{"es/_part.liquid", CHANNEL_SMS},
	{"layout.html.liquid", CHANNEL_EMAIL}
};

static const char *const	addresses[] = {
	[CHANNEL_EMAIL] = "ana@example.com", [CHANNEL_SMS] = "+59899123456",
	[CHANNEL_WHATSAPP] = "+59899123456"
};

static void
check_made(const struct message_out *made, struct arena *arena)
{
	struct value	value;
	struct err	err;

	if (made->channel != CHANNEL_EMAIL) {
		FUZZ_HOLDS(value_parse(made->bytes, arena, &value, &err));
		return;
	}
	for (size_t i = 0; i < made->bytes.len; i++)
		FUZZ_HOLDS((unsigned char)made->bytes.p[i] < 0x80);
}

static void
make(const struct message_templates *set, enum channel channel, size_t sample)
{
	static struct message_maker	*maker;
	struct arena			*arena = fuzz_arena();
	struct message_sample		 shown;
	struct message_out		 made;
	struct err			 err;

	if (maker == NULL)
		maker = message_maker_new();
	FUZZ_HOLDS(maker != NULL);
	FUZZ_HOLDS(message_sample_at(sample, &acme, arena, &shown));
	shown.facts.step = "due";
	shown.facts.stage = STAGE_PREVENTIVE;
	shown.facts.channel = channel;
	shown.facts.address = addresses[channel];
	shown.facts.language = "es";
	if (message_make(maker, set, &shown.facts, arena, &made, &err))
		check_made(&made, arena);
	else
		FUZZ_HOLDS(err.kind == ERR_INPUT);
	arena_free(&arena);
}

static void
add(struct message_templates *set, const char *name, struct str body,
    struct message_findings *findings)
{
	struct err	err;

	FUZZ_HOLDS(message_templates_add(set, str_of(name), body, findings,
	    &err));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str			 body = fuzz_str(data, size);
	size_t				 kind = fuzz_byte(&body) % 5;
	struct arena			*arena = fuzz_arena();
	struct message_findings		 findings = {.arena = arena};
	struct message_templates	*set = message_templates_new("es");
	struct buf			 text = BUF_INIT;

	FUZZ_HOLDS(set != NULL);
	add(set, "es/due.email.liquid", STR("subject: s\npreheader: p\n\n"
	    "Hola {{ customer.name }} {{ invoice.number }}\n"), &findings);
	add(set, "es/due.sms.liquid", STR("\n{% include 'part' %}"), &findings);
	add(set, "layout.html.liquid", STR("<p>{{ content }}</p>"), &findings);
	FUZZ_HOLDS(findings.errors == 0);
	add(set, kinds[kind].name, body, &findings);
	message_findings_print(&findings, &text);
	make(set, kinds[kind].channel, 0);
	make(set, kinds[kind].channel, 8);
	buf_fini(&text);
	message_templates_free(&set);
	arena_free(&arena);
	return 0;
}
