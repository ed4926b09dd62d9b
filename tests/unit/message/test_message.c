/* SPDX-License-Identifier: ISC */
/*
 * Without arguments a cmocka test; `write` reads texts as lines of hex and
 * writes what becomes of each in every field (see test_hostile.py); `show FILE`
 * writes all messages of all samples as text and as a page; `bench` measures.
 */
#include "base/clock.h"
#include "creditor/creditor.h"
#include "mail/mail.h"
#include "message/message.h"
#include "message/message_md.h"

#include "support/test.h"

static const char	*ways[] = {"Av. Italia 1234", "11300 Montevideo"};
static struct creditor_way	pay_ways[] = {
	{"transfer", "Transferencia: Banco Ejemplo, cuenta 001-234567"}};

static const struct creditor	acme = {
	.ref = "acme", .name = "Acero & Sur", .legal_name = "Acero Sur S.A.",
	.tax_id = "RUT 21 123456 0012", .address = {ways, 2}, .country = "UY",
	.zone = "America/Montevideo", .currency = "UYU", .language = "es-UY",
	.policy = "", .budget_group = "acme",
	.email_from = "cobros@billing.acme.example", .email_name = "",
	.reply_to = "", .sms_from = "ACERO", .whatsapp_from = "+59824001234",
	.phone = "+598 2400 1234", .website = "https://acme.example",
	.privacy_url = "https://acme.example/privacy",
	.ways_to_pay = {pay_ways, 1}, .pay_url = "", .opt_out_text = "",
	.opt_out_url = "https://u.acme.example/o/", .legal_text = ""
};

static const struct message_wanted	steps[] = {
	{"pre7", STAGE_PREVENTIVE, 1, 7, -7}, {"due", STAGE_PREVENTIVE, 2, 7, 0},
	{"d3", STAGE_ADMINISTRATIVE, 3, 7, 3},
	{"d10", STAGE_ADMINISTRATIVE, 4, 7, 10},
	{"d20", STAGE_ADMINISTRATIVE, 5, 7, 20},
	{"d35", STAGE_EXTRAJUDICIAL, 6, 7, 35}
};

static struct message_templates *
shipped(struct message_findings *findings)
{
	struct message_templates	*set = message_templates_new("es");
	struct err			 err;
	const char			*dir = getenv("srcdir");
	char				 path[1024];

	(void)snprintf(path, sizeof(path), "%s/templates",
	    dir == NULL ? DUNLIN_SRCDIR : dir);
	if (set == NULL || !message_templates_load(set, path, findings, &err))
		message_templates_free(&set);
	return set;
}

struct sms_case {
	const char			*text;
	size_t				 times;
	const char			*tail;
	enum message_sms_encoding	 encoding;
	size_t				 units;
	size_t				 segments;
};

static const struct sms_case	sms_cases[] = {
	{"a", 0, "", SMS_GSM7, 0, 0},
	{"a", 160, "", SMS_GSM7, 160, 1},
	{"a", 161, "", SMS_GSM7, 161, 2},
	{"€", 80, "", SMS_GSM7, 160, 1},
	{"€", 81, "", SMS_GSM7, 162, 2},
	{"a", 152, "€aaaaaaaa", SMS_GSM7, 162, 2},
	{"a", 306, "", SMS_GSM7, 306, 2},
	{"a", 305, "€", SMS_GSM7, 307, 3},
	{"a", 152, "€" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", SMS_GSM7, 305, 2},
	{"Su factura vence mañana. ¿Ya pagó?", 1, "", SMS_UCS2, 34, 1},
	{"Su factura vence mañana. ¿Ya pago?", 1, "", SMS_GSM7, 34, 1},
	{"á", 70, "", SMS_UCS2, 70, 1},
	{"á", 71, "", SMS_UCS2, 71, 2},
	{"a", 69, "😀", SMS_UCS2, 71, 2},
	{"á", 66, "😀áááá", SMS_UCS2, 72, 2},
	{"`", 1, "", SMS_UCS2, 1, 1},
	{"[]{}\\^~|\f", 1, "", SMS_GSM7, 18, 1},
	{"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ", 1, "", SMS_GSM7, 31, 1},
	{"ç", 1, "", SMS_UCS2, 1, 1},
	{"\t", 1, "", SMS_UCS2, 1, 1},
};

static void
test_sms(void **state)
{
	struct buf		text = BUF_INIT;
	struct message_sms	sms;
	struct err		err;
	size_t			bad = 0;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(sms_cases); i++) {
		const struct sms_case	*c = &sms_cases[i];

		buf_clear(&text);
		for (size_t n = 0; n < c->times; n++)
			buf_adds(&text, c->text);
		buf_adds(&text, c->tail);
		assert_true(message_sms_measure(buf_str(&text), &sms, &bad,
		    &err));
		if (sms.encoding != c->encoding || sms.units != c->units ||
		    sms.segments != c->segments)
			fail_msg("case %zu: %d %zu %zu", i, sms.encoding,
			    sms.units, sms.segments);
	}
	assert_false(message_sms_measure(STR("ab\xff"), &sms, &bad, &err));
	assert_int_equal(bad, 2);
	buf_clear(&text);
	message_sms_smart(STR("Ya pagó: «mañana» – “sí”…"), &text);
	assert_string_equal(buf_text(&text), "Ya pago: \"mañana\" - \"si\""
	    "...");
	buf_fini(&text);
}

struct md_case {
	const char	*in, *html, *text;
};

static const struct md_case	md_cases[] = {
	{"a *b* **c**", "a <em>b</em> <strong>c</strong>", "a b c\n"},
	{"see [x](https://y.test/?a=1&b=2) now",
	    "href=\"https://y.test/?a=1&amp;b=2\"",
	    "see x: https://y.test/?a=1&b=2 now\n"},
	{"[Pay](https://y.test)", "class=\"button\" href=\"https://y.test\"",
	    "Pay: https://y.test\n"},
	{"[a@b.test](mailto:a@b.test)", "href=\"mailto:a@b.test\"",
	    "a@b.test\n"},
	{"[x](javascript:alert(1))", "<p style=\"margin:0 0 16px\">x</p>",
	    "x\n"},
	{"[x](/relative)", "<p style=\"margin:0 0 16px\">x</p>", "x\n"},
	{"[x](data:text/html,a)", "<p style=\"margin:0 0 16px\">x</p>",
	    "x\n"},
	{"<b>x</b>", "&lt;b&gt;x&lt;/b&gt;", "<b>x</b>\n"},
	{"http://a.test www.b.test", "16px\">http://a.test www.b.test</p>",
	    "http://a.test www.b.test\n"},
	{"- a\n- b\n\n1. c\n2. d", "<ul", "- a\n- b\n\n1. c\n2. d\n"},
	{"|A|Bcd|\n|:--|--:|\n|x|1|\n|long one|22|", "<td align=\"right\">22",
	    "A         Bcd\n-------------\nx           1\nlong one   22\n"},
	{"a&nbsp;b &amp; &#65; &#0; &bogus;", "a\xc2\xa0" "b &amp; A",
	    "a\xc2\xa0" "b & A \xef\xbf\xbd &bogus;\n"},
	{"> q\n\n---\n\n# H", "<blockquote", "> q\n\n--------------------------"
	    "--------------\n\nH\n"},
	{"", "", "\n"},
};

static void
test_markdown(void **state)
{
	struct buf	html = BUF_INIT, text = BUF_INIT;
	struct err	err;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(md_cases); i++) {
		const struct md_case	*c = &md_cases[i];

		buf_clear(&html);
		buf_clear(&text);
		assert_true(message_md_html(str_of(c->in), &html, &err));
		assert_true(message_md_text(str_of(c->in), &text, &err));
		if (strstr(buf_text(&html), c->html) == NULL)
			fail_msg("%s: %s", c->in, buf_text(&html));
		assert_string_equal(buf_text(&text), c->text);
	}
	buf_fini(&html);
	buf_fini(&text);
}

/* A value shows itself, wherever it stands. */
static void
test_escape(void **state)
{
	static const char *const	frames[] = {"%s", "a %s b", "**%s**",
		"- %s", "# %s", "|a|b|\n|---|---|\n|%s|x|", "[%s](https://y.test)",
		"x\\%s"};
	static const char *const	values[] = {"[Ana](http://evil.test)",
		"<b>x</b>", "# a", "- a", "1. a", "`a` ``b``", "|a|", "*a*",
		"a\\", "\\", "&amp;", "![x](http://e.test/p.png)",
		"<http://evil.test>", "http://evil.test", "a  b", " a ", "~~~",
		"===", "---", "[a]: http://evil.test", "a_b_c", "\"a\""};
	struct buf	md = BUF_INIT, in = BUF_INIT, html = BUF_INIT,
			text = BUF_INIT, want = BUF_INIT;
	struct err	err;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(frames) * TEST_COUNT(values); i++) {
		const char	*frame = frames[i / TEST_COUNT(values)];
		const char	*value = values[i % TEST_COUNT(values)];
		const char	*at = strchr(frame, '%');

		buf_clear(&in);
		buf_clear(&html);
		buf_clear(&text);
		buf_clear(&want);
		buf_add(&in, frame, (size_t)(at - frame));
		message_add_markdown(&in, str_of(value));
		buf_adds(&in, at + 2);
		assert_true(message_md_html(buf_str(&in), &html, &err));
		assert_true(message_md_text(buf_str(&in), &text, &err));
		message_add_html(&want, str_of(value));
		if (strstr(buf_text(&text), value) == NULL ||
		    strstr(buf_text(&html), buf_text(&want)) == NULL ||
		    strstr(buf_text(&html), "evil.test\"") != NULL ||
		    strstr(buf_text(&html), "<img") != NULL)
			fail_msg("%s in %s: %s / %s", value, frame,
			    buf_text(&html), buf_text(&text));
	}
	buf_fini(&md);
	buf_fini(&in);
	buf_fini(&html);
	buf_fini(&text);
	buf_fini(&want);
}

struct bad_file {
	const char	*name, *body, *finding;
};

static const struct bad_file	bad_files[] = {
	{"es/due.email.liquid", "Subject: x\n\nbody", ":1:1: unknown header"},
	{"es/due.email.liquid", "\nbody", ":1:1: the header \"subject\" is"
	    " missing"},
	{"es/due.email.liquid", "subject: {{ x\n\nbody", ":1:"},
	{"es/due.email.liquid", "subject: x\n\na\n{{ y | bogus }}", ":4:"},
	{"es/due.email.liquid", "subject: x\nsubject: y\n\na",
	    ":2:1: this header stands here already"},
	{"es/due.email.liquid", "subject: x\n", "no empty line"},
	{"es/due.sms.liquid", "Hola", ":1:1: no header line"},
	{"es/due.sms.liquid", "max-parts: 12\n\na", ":1:12: max-parts is"},
	{"es/due.sms.liquid", "\n\xff", ":2:1: not UTF-8"},
	{"es/due.sms.liquid", "\n  \n", "the body is empty"},
	{"es/due.fax.liquid", "\na", "a template is named"},
	{"es/_invoices.liquid", "a", "a part cannot have the name of a"},
	{"due.sms.liquid", "\na", "a template is named"},
	{"../due.sms.liquid", "\na", "a template is named"},
	{"es/due.whatsapp.liquid", "parameter-1: a\n\nb",
	    "the header \"template\" is missing"},
};

static void
test_bad_files(void **state)
{
	struct message_templates	*set = message_templates_new("es");
	struct buf			 out = BUF_INIT;
	struct err			 err;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bad_files); i++) {
		struct message_findings	 found = {.arena = arena_new()};

		buf_clear(&out);
		assert_true(message_templates_add(set,
		    str_of(bad_files[i].name), str_of(bad_files[i].body),
		    &found, &err));
		message_findings_print(&found, &out);
		if (found.errors == 0 || strstr(buf_text(&out),
		    bad_files[i].finding) == NULL)
			fail_msg("%zu: %s", i, buf_text(&out));
		arena_free(&found.arena);
	}
	buf_fini(&out);
	message_templates_free(&set);
}

static bool
make(const struct message_templates *set, struct message_maker *maker,
    size_t sample, size_t step, enum channel channel, const char *language,
    struct arena *arena, struct message_out *out, struct err *err)
{
	struct message_sample	s;

	if (!message_sample_late(sample, &acme, steps[step].offset_days,
	    arena, &s))
		return err_nomem(err);
	s.facts.step = steps[step].step;
	s.facts.stage = steps[step].stage;
	s.facts.level = steps[step].level;
	s.facts.channel = channel;
	s.facts.language = language;
	s.facts.address = channel == CHANNEL_EMAIL ? "ana@example.com" :
	    "+59899123456";
	return message_make(maker, set, &s.facts, arena, out, err);
}

/* The shipped set passes its own check without a word. */
static void
test_shipped(void **state)
{
	struct message_findings		 found = {.arena = arena_new()};
	struct message_templates	*set = shipped(&found);
	struct buf			 out = BUF_INIT;
	struct err			 err;

	(void)state;
	assert_non_null(set);
	assert_true(message_check(set, &acme, steps, TEST_COUNT(steps), &found,
	    &err));
	message_findings_print(&found, &out);
	assert_string_equal(buf_text(&out), "");
	buf_fini(&out);
	message_templates_free(&set);
	arena_free(&found.arena);
}

static void
test_languages(void **state)
{
	struct message_findings		 found = {.arena = arena_new()};
	struct message_templates	*set = shipped(&found);
	struct message_maker		*maker = message_maker_new();
	struct message_out		 out;
	struct err			 err;

	(void)state;
	assert_true(make(set, maker, 0, 0, CHANNEL_EMAIL, "pt-BR",
	    found.arena, &out, &err));
	assert_string_equal(out.template_name, "pt/pre7.email.liquid");
	assert_true(make(set, maker, 0, 0, CHANNEL_EMAIL, "de", found.arena,
	    &out, &err));
	assert_string_equal(out.language, "es");
	assert_true(make(set, maker, 0, 0, CHANNEL_EMAIL, "../x", found.arena,
	    &out, &err));
	assert_string_equal(out.language, "es");
	assert_false(make(set, maker, 0, 0, CHANNEL_LETTER, "es", found.arena,
	    &out, &err));
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, "no template for step pre7"));
	message_maker_free(&maker);
	message_templates_free(&set);
	arena_free(&found.arena);
}

/* The same facts, the same bytes: what a resend out of doubt relies on. */
static void
test_same_bytes(void **state)
{
	struct message_findings		 found = {.arena = arena_new()};
	struct message_templates	*set = shipped(&found);
	struct message_maker		*maker = message_maker_new();
	struct message_out		 a, b;
	struct err			 err;

	(void)state;
	for (int c = CHANNEL_EMAIL; c <= CHANNEL_WHATSAPP; c++) {
		assert_true(make(set, maker, 1, 3, (enum channel)c, "es",
		    found.arena, &a, &err));
		assert_true(make(set, maker, 1, 3, (enum channel)c, "es",
		    found.arena, &b, &err));
		assert_true(str_eq(a.bytes, b.bytes));
		assert_true(hash_eq(&a.template_hash, &b.template_hash));
	}
	message_maker_free(&maker);
	message_templates_free(&set);
	arena_free(&found.arena);
}

/*
 * Each variable of the table can be read, and a slip of the pen gets the
 * right word for an answer.
 */
static void
test_variables(void **state)
{
	struct message_findings		 found = {.arena = arena_new()};
	struct message_templates	*set = message_templates_new("es");
	struct message_maker		*maker = message_maker_new();
	struct message_variable		 var;
	struct message_out		 out;
	struct buf			 path = BUF_INIT, body = BUF_INIT;
	struct err			 err;
	size_t				 seen = 0;

	(void)state;
	for (size_t i = 0; message_variable_at(i, &path, &var); i++) {
		assert_non_null(var.help);
		if (strpbrk(var.path, ".[") != NULL || i > 200 ||
		    strcmp(var.type, "markup") == 0 ||
		    strcmp(var.help, "for the layout") == 0)
			continue;
		seen++;
		buf_clear(&body);
		buf_addf(&body, "\na {{ %s }}", var.path);
		assert_true(message_templates_add(set,
		    STR("es/due.voice.liquid"), buf_str(&body), &found, &err));
		assert_true(make(set, maker, 0, 1, CHANNEL_VOICE, "es",
		    found.arena, &out, &err));
		buf_clear(&body);
		buf_addf(&body, "\n{{ %sx }}", var.path);
		assert_true(message_templates_add(set,
		    STR("es/due.voice.liquid"), buf_str(&body), &found, &err));
		assert_false(make(set, maker, 0, 1, CHANNEL_VOICE, "es",
		    found.arena, &out, &err));
		if (strstr(err.text, var.path) == NULL ||
		    strstr(err.text, "due.voice.liquid:2:4: ") == NULL ||
		    strstr(err.text, "mean") == NULL)
			fail_msg("%s: %s", var.path, err.text);
	}
	assert_true(seen >= 14);
	assert_int_equal(found.errors, 0);
	buf_fini(&path);
	buf_fini(&body);
	message_maker_free(&maker);
	message_templates_free(&set);
	arena_free(&found.arena);
}

struct check_case {
	const char	*name, *body, *finding;
};

static const struct check_case	check_cases[] = {
	{"es/due.email.liquid", "subject: {{ totals | list }}\n\nx",
	    ":1:1: an amount does not belong"},
	{"es/due.email.liquid", "subject: Su deuda\n\nx",
	    "no word of debt"},
	{"es/due.email.liquid", "subject: x\n\nHola",
	    ":3:1: the text does not say how much"},
	{"es/due.email.liquid", "subject: x\n\n{% if false %}{{ bogus }}"
	    "{% endif %}", ":3:18: unknown variable \"bogus\""},
	{"es/due.email.liquid", "subject: x\n\n{{ customer.nmae }}",
	    ":3:4: "},
	{"es/due.sms.liquid", "\n{{ creditor.name }} {% for i in invoices %}"
	    "{{ i.number }} {{ i.amount }} {{ i.due_date }} {% endfor %}",
	    "takes 56 parts; no provider"},
	{"es/due.sms.liquid", "max-parts: 1\n\n{{ creditor.name }} á"
	    " aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    ":3:1: the SMS of \"one invoice\" takes 2 parts (ucs2)"},
	{"es/due.sms.liquid", "\n{{ creditor.name }}: embargo",
	    "words of a court"},
	{"es/due.whatsapp.liquid", "template: t\nparameter-1: {{ "
	    "customer.name }}\n\n{{ 1 }} {{2}}", "no header parameter-2"},
	{"es/due.whatsapp.liquid", "template: t\nparameter-1: {{ "
	    "customer.name }}\n\n{{1}} x", "came out empty"},
};

static void
test_check(void **state)
{
	struct message_findings		 all = {.arena = arena_new()};
	struct message_templates	*whole = shipped(&all);
	struct message_template_info	 layout = {.name = NULL};
	struct buf			 out = BUF_INIT;
	struct err			 err;

	(void)state;
	for (size_t i = 0; layout.name == NULL ||
	    strcmp(layout.name, "layout.html.liquid") != 0; i++)
		assert_true(message_templates_at(whole, i, &layout));
	for (size_t i = 0; i < TEST_COUNT(check_cases); i++) {
		const struct check_case		*c = &check_cases[i];
		struct message_findings		 found = {.arena =
							arena_new()};
		struct message_templates	*set;

		set = message_templates_new("es");
		assert_true(message_templates_add(set, str_of(c->name),
		    str_of(c->body), &found, &err));
		assert_true(message_templates_add(set, str_of(layout.name),
		    layout.body, &found, &err));
		assert_int_equal(found.errors, 0);
		assert_true(message_check(set, &acme, NULL, 0, &found, &err));
		buf_clear(&out);
		message_findings_print(&found, &out);
		if (strstr(buf_text(&out), c->finding) == NULL)
			fail_msg("%s\n%s", c->finding, buf_text(&out));
		message_templates_free(&set);
		arena_free(&found.arena);
	}
	buf_fini(&out);
	message_templates_free(&whole);
	arena_free(&all.arena);
}

static void
test_missing(void **state)
{
	static const struct message_wanted	more[] = {
		{"due", STAGE_PREVENTIVE, 1, 7, 0},
		{"extra", STAGE_PREVENTIVE, 2, 1, 2}};
	struct message_findings		 found = {.arena = arena_new()};
	struct message_templates	*set = shipped(&found);
	struct buf			 out = BUF_INIT;
	struct err			 err;

	(void)state;
	assert_true(message_templates_add(set, STR("fr/due.sms.liquid"),
	    STR("\n{{ creditor.name }} {{ totals | list }} {{ pay_url }}"
	    " {{ invoice.due_date }}"), &found, &err));
	assert_true(message_check(set, &acme, more, 2, &found, &err));
	message_findings_print(&found, &out);
	assert_non_null(strstr(buf_text(&out), "es/extra.email.liquid:"
	    " missing: no template"));
	assert_non_null(strstr(buf_text(&out), "fr/due.email.liquid: warning:"
	    " missing: step due"));
	assert_null(strstr(buf_text(&out), "fr/due.sms"));
	buf_fini(&out);
	message_templates_free(&set);
	arena_free(&found.arena);
}

/* --- as a program -------------------------------------------------------- */

static void
show_one(struct message_page *page, const struct message_out *out,
    size_t sample, size_t step)
{
	char	caption[100];

	printf("=== %s, sample %zu: %.*s\n%.*s\n", out->template_name, sample,
	    STR_ARG(out->subject), STR_ARG(out->text));
	if (out->channel == CHANNEL_SMS)
		printf("(%s %zu units, %zu parts)\n",
		    message_sms_encoding_names[out->sms.encoding],
		    out->sms.units, out->sms.segments);
	(void)snprintf(caption, sizeof(caption), "%s, %s, sample %zu",
	    steps[step].step, out->language, sample);
	message_page_add(page, &(struct message_shown){.out = out,
	    .group = stage_names[steps[step].stage], .caption = caption,
	    .from = acme.name, .from_address = acme.email_from,
	    .to = "Ana Pérez", .to_address = out->channel == CHANNEL_EMAIL ?
	    "ana@example.com" : "+59899123456", .when = "20 Nov, 10:00"});
}

/* All messages as text, and on a page in the file given. */
static int
show(const char *path)
{
	static const char *const	languages[] = {"es", "en", "pt"};
	static const char *const	cells[] = {"stage", "channel",
		"contacts", "preventive", "email", "120", "administrative",
		"sms", "7"};
	struct message_findings		 found = {.arena = arena_new()};
	struct message_templates	*set = shipped(&found);
	struct message_maker		*maker = message_maker_new();
	struct message_page		*page = message_page_new("Messages",
					    "What customers would see.");
	struct buf			 html = BUF_INIT;
	struct err			 err;
	FILE				*fp = fopen(path, "we");

	message_page_table(page, "Contacts", cells, 3, 3);
	for (size_t i = 0; fp != NULL && set != NULL &&
	    i < TEST_COUNT(steps) * 10 * 9; i++) {
		size_t			 step = i / 90, sample = i / 9 % 10;
		struct arena		*arena = arena_new();
		struct message_out	 out;

		if (make(set, maker, sample, step, (enum channel)(i % 3),
		    languages[i / 3 % 3], arena, &out, &err))
			show_one(page, &out, sample, step);
		else
			printf("%zu: %s\n", i, err.text);
		arena_free(&arena);
	}
	if (fp != NULL && message_page_write(page, &html, &err))
		(void)fwrite(html.p, 1, html.len, fp);
	if (fp != NULL)
		(void)fclose(fp);
	buf_fini(&html);
	message_page_free(&page);
	message_maker_free(&maker);
	message_templates_free(&set);
	arena_free(&found.arena);
	return 0;
}

/* Marks stand around each value, so that a reader can cut it out. */
static const char *const	marked[][2] = {
	{"es/due.email.liquid", "subject: qq{{ customer.name }}qq\n"
	    "preheader: qq{{ invoice.number }}qq\n\n"
	    "# qq{{ customer.name }}qq\n\nqq{{ invoice.number }}qq **qq"
	    "{{ invoice.document }}qq** and qq{{ creditor.legal_name }}qq\n\n"
	    "- qq{{ invoice.purchase_order }}qq\n\n"
	    "| a | b |\n| --- | ---: |\n| qq{{ customer.name }}qq | qq"
	    "{{ customer.ref }}qq |\n\n[qq{{ customer.name }}qq]"
	    "(https://x.example/)\n\n> qq{{ creditor.tax_id }}qq\n"},
	{"es/due.sms.liquid", "\nqq{{ customer.name }}qq {{ creditor.name }}"
	    " qq{{ invoice.number }}qq"},
	{"es/due.whatsapp.liquid", "template: t\n"
	    "parameter-1: qq{{ customer.name }}qq\n\nx {{1}} y"},
};

static struct message_templates *
marked_set(struct message_findings *findings)
{
	struct message_templates	*set = message_templates_new("es");
	struct message_template_info	 info;
	struct message_templates	*whole = shipped(findings);
	struct err			 err;
	bool				 ok = set != NULL && whole != NULL;

	for (size_t i = 0; ok && i < TEST_COUNT(marked); i++)
		ok = message_templates_add(set, str_of(marked[i][0]),
		    str_of(marked[i][1]), findings, &err);
	for (size_t i = 0; ok && message_templates_at(whole, i, &info); i++) {
		if (strcmp(info.name, "layout.html.liquid") == 0)
			ok = message_templates_add(set, str_of(info.name),
			    info.body, findings, &err);
	}
	message_templates_free(&whole);
	if (!ok || findings->errors > 0)
		message_templates_free(&set);
	return set;
}

/* The string in every field that an import or a config can fill with text. */
static bool
hostile_facts(struct arena *arena, char *text, struct creditor *creditor,
    struct message_facts *facts)
{
	struct message_sample	 sample;
	struct snap_customer	*customer = arena_alloc(arena,
				    sizeof(*customer));
	struct snap_invoice	*invoice = arena_alloc(arena,
				    sizeof(*invoice));
	struct message_item	*item = arena_alloc(arena, sizeof(*item));
	const char		**lines = arena_array(arena, 1,
				    sizeof(*lines));
	struct creditor_way	*way = arena_alloc(arena, sizeof(*way));

	if (customer == NULL || invoice == NULL || item == NULL ||
	    lines == NULL || way == NULL ||
	    !message_sample_at(0, creditor, arena, &sample))
		return false;
	*creditor = acme;
	creditor->name = creditor->legal_name = creditor->tax_id = text;
	creditor->phone = creditor->opt_out_text = text;
	creditor->legal_text = creditor->email_name = text;
	*way = (struct creditor_way){text, text};
	lines[0] = text;
	creditor->ways_to_pay = (struct conf_list){way, 1};
	creditor->address = (struct conf_texts){lines, 1};
	*facts = sample.facts;
	*customer = *facts->customer;
	customer->name = customer->ref = customer->tax_id = text;
	*item = facts->items[0];
	*invoice = *item->invoice;
	invoice->ref = invoice->document = invoice->purchase_order = text;
	item->invoice = invoice;
	facts->customer = customer;
	facts->creditor = creditor;
	facts->items = item;
	facts->address = "ana@example.com";
	return true;
}

static void
write_one(const struct message_templates *set, struct message_maker *maker,
    struct message_facts *facts, const char *step, enum channel channel)
{
	struct arena		*arena = arena_new();
	struct message_out	 out;
	struct err		 err;

	facts->step = step;
	facts->channel = channel;
	facts->language = "es";
	if (arena != NULL && message_make(maker, set, facts, arena, &out,
	    &err)) {
		printf("%zu\n", out.bytes.len);
		(void)fwrite(out.bytes.p, 1, out.bytes.len, stdout);
	} else
		printf("-1 %s\n", err.text);
	arena_free(&arena);
}

/* A line of hex in; five messages out, each behind a line with its length. */
static int
write_hostile(void)
{
	struct message_findings		 found = {.arena = arena_new()};
	struct message_templates	*plain = shipped(&found);
	struct message_templates	*set = marked_set(&found);
	struct message_maker		*maker = message_maker_new();
	char				*line = NULL, *text;
	size_t				 size = 0, len;

	while (set != NULL && getline(&line, &size, stdin) > 0) {
		struct arena		*arena = arena_new();
		struct creditor		 creditor = acme;
		struct message_facts	 facts;

		len = strcspn(line, "\n") / 2;
		text = arena_alloc(arena, len + 1);
		if (text == NULL || !hash_unhex((struct str){line, len * 2},
		    (unsigned char *)text, len) ||
		    !hostile_facts(arena, text, &creditor, &facts))
			return 3;
		for (int c = CHANNEL_EMAIL; c <= CHANNEL_WHATSAPP; c++)
			write_one(set, maker, &facts, "due", (enum channel)c);
		write_one(plain, maker, &facts, "due", CHANNEL_EMAIL);
		write_one(plain, maker, &facts, "d35", CHANNEL_EMAIL);
		arena_free(&arena);
	}
	free(line);
	message_maker_free(&maker);
	message_templates_free(&set);
	message_templates_free(&plain);
	arena_free(&found.arena);
	return 0;
}

static int
bench(void)
{
	struct message_findings		 found = {.arena = arena_new()};
	struct message_templates	*set = shipped(&found);
	struct message_maker		*maker = message_maker_new();
	struct arena			*arena = arena_new();
	struct message_out		 out = {.bytes = {"", 0}};
	struct err			 err;
	int64_t				 start;

	for (size_t sample = 0; sample < 4; sample++) {
		size_t	rounds = sample == 3 ? 500 : 10000;

		start = clock_monotonic_ms();
		for (size_t i = 0; i < rounds; i++) {
			arena_reset(arena);
			if (!make(set, maker, sample, 3, CHANNEL_EMAIL, "es",
			    arena, &out, &err)) {
				printf("%s\n", err.text);
				return 1;
			}
		}
		start = clock_monotonic_ms() - start;
		printf("sample %zu: %zu bytes (html %zu), %.1f us each,"
		    " %.0f a second\n", sample, out.bytes.len, out.html.len,
		    (double)start * 1000.0 / (double)rounds,
		    (double)rounds * 1000.0 / (double)(start > 0 ? start : 1));
	}
	arena_free(&arena);
	message_maker_free(&maker);
	message_templates_free(&set);
	arena_free(&found.arena);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_sms),
		cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_languages),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_missing),
	};

	if (argc > 2 && strcmp(argv[1], "show") == 0)
		return show(argv[2]);
	if (argc > 1 && strcmp(argv[1], "write") == 0)
		return write_hostile();
	if (argc > 1 && strcmp(argv[1], "bench") == 0)
		return bench();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
