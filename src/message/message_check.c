/* SPDX-License-Identifier: ISC */
#include "message/message_impl.h"

#include "base/utf8.h"
#include "creditor/creditor.h"
#include "message/message_vars.h"

#define SUBJECT_MAX	60	/* characters, COMPLIANCE B4 */

struct check {
	const struct message_templates	*set;
	const struct message_template	*tpl;
	const struct creditor		*creditor;
	const struct message_wanted	*wanted;
	size_t				 wanted_count;
	struct message_maker		*maker;
	struct arena			*arena;		/* of one render */
	struct message_findings		*findings;
	enum message_sms_encoding	 plain;	/* of an ordinary customer's SMS */
	bool				 nomem;
};

static void
find(struct check *check, int line, bool warning, const char *text)
{
	if (!message_find(check->findings, (struct message_place){
	    check->tpl->file, line, line > 0 ? 1 : 0}, warning, "%s", text))
		check->nomem = true;
}

/* --- what the file says, unrendered -------------------------------------- */

/* "a[*].b" is one of a list's, as "a[]" is. */
static bool
same_path(struct str path, const char *known)
{
	size_t	i = 0;

	for (; *known != '\0'; known++) {
		if (known[0] == ']' && i < path.len && path.p[i] == '*')
			i++;
		if (i >= path.len || path.p[i] != *known)
			return false;
		i++;
	}
	return i == path.len;
}

/* What a list or a money value itself answers to. */
static struct str
without_tail(struct str path)
{
	static const char *const	tails[] = {".size", ".first", ".last",
		".currency", ".minor", ".number", ".year", ".month", ".day",
		".iso", "[*]", "[]", NULL};

	for (size_t i = 0; tails[i] != NULL; i++) {
		if (str_ends(path, tails[i]))
			return (struct str){path.p, path.len -
			    strlen(tails[i])};
	}
	return path;
}

bool
message_knows_path(struct str path)
{
	struct message_variable	var;
	struct buf		name = BUF_INIT;
	struct str		cut = without_tail(path);
	bool			found = false;

	for (size_t i = 0; !found && message_variable_at(i, &name, &var); i++) {
		struct str	bare = str_of(var.path);

		found = same_path(path, var.path) || same_path(cut, var.path);
		if (str_ends(bare, "[]"))
			found = found || str_eq(path, (struct str){bare.p,
			    bare.len - 2}) || str_eq(cut, (struct str){bare.p,
			    bare.len - 2});
	}
	buf_fini(&name);
	return found;
}

static void
check_uses(struct check *check, const struct liquid_template *tpl)
{
	struct liquid_use	*uses;
	struct err		 err;
	size_t			 count;

	if (!liquid_uses(tpl, check->arena, &uses, &count, &err)) {
		check->nomem = true;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (uses[i].kind != LIQUID_USE_PATH ||
		    message_knows_path(uses[i].text))
			continue;
		/* deep paths through lists of lists are left to the renders */
		if (memchr(uses[i].text.p, '[', uses[i].text.len) != NULL)
			continue;
		if (!message_find(check->findings, (struct message_place){
		    check->tpl->file, uses[i].line, uses[i].column}, false,
		    "unknown variable \"%.*s\"; dunlin-templates(5) lists"
		    " those there are", STR_ARG(uses[i].text)))
			check->nomem = true;
	}
}

/* --- what came out ------------------------------------------------------- */

struct told_row {
	unsigned	 told;
	unsigned	 errors;	/* channels where it is an error */
	unsigned	 warnings;
	const char	*text;
};

#define ON(channel)	(1u << (channel))

static const struct told_row	told_rows[] = {
	{TOLD_CREDITOR, ON(CHANNEL_EMAIL) | ON(CHANNEL_SMS) |
	    ON(CHANNEL_WHATSAPP) | ON(CHANNEL_VOICE) | ON(CHANNEL_LETTER), 0,
	    "the text does not say who is owed; write {{ creditor.name }}"},
	{TOLD_AMOUNT, ON(CHANNEL_EMAIL) | ON(CHANNEL_LETTER), ON(CHANNEL_SMS) |
	    ON(CHANNEL_WHATSAPP),
	    "the text does not say how much; write {{ totals | list }}"},
	{TOLD_DUE, ON(CHANNEL_EMAIL) | ON(CHANNEL_LETTER), ON(CHANNEL_SMS) |
	    ON(CHANNEL_WHATSAPP), "the text does not say when it is due; write"
	    " {{ invoice.due_date | date }}"},
	{TOLD_PAY, 0, ON(CHANNEL_EMAIL) | ON(CHANNEL_SMS) |
	    ON(CHANNEL_WHATSAPP) | ON(CHANNEL_LETTER),
	    "the text does not say how to pay; write {{ pay_url }} or go"
	    " through creditor.ways_to_pay"},
	{TOLD_TAX_ID, 0, ON(CHANNEL_EMAIL) | ON(CHANNEL_LETTER),
	    "the text lacks the creditor's tax number; write"
	    " {{ creditor.tax_id }}"},
	{TOLD_CONTACT, 0, ON(CHANNEL_EMAIL) | ON(CHANNEL_LETTER),
	    "the text does not say where to object; write"
	    " {{ creditor.email }} or {{ creditor.phone }}"}
};

static void
check_told(struct check *check, unsigned told)
{
	unsigned	bit = ON((unsigned)check->tpl->channel);

	for (size_t i = 0; i < sizeof(told_rows) / sizeof(told_rows[0]); i++) {
		if ((told & told_rows[i].told) != 0)
			continue;
		if ((told_rows[i].errors & bit) != 0)
			find(check, check->tpl->body_line, false,
			    told_rows[i].text);
		else if ((told_rows[i].warnings & bit) != 0)
			find(check, check->tpl->body_line, true,
			    told_rows[i].text);
	}
}

struct word_row {
	const char	*word;		/* folded: no case, no accents */
	bool		 subject_only;
	const char	*text;
};

#define COURT	"words of a court or the police are not for reminders" \
	" (COMPLIANCE A2): \"%s\""
#define DEBT	"a subject can be seen by others: no word of debt" \
	" (COMPLIANCE A2): \"%s\""

static const struct word_row	word_rows[] = {
	{"embargo", false, COURT}, {"citacion judicial", false, COURT},
	{"notificacion judicial", false, COURT},
	{"orden de arresto", false, COURT}, {"mandado", false, COURT},
	{"penhora", false, COURT}, {"intimacao", false, COURT},
	{"court order", false, COURT}, {"arrest", false, COURT},
	{"bailiff", false, COURT}, {"carcel", false, COURT},
	{"prisao", false, COURT}, {"jail", false, COURT},
	{"deuda", true, DEBT}, {"moros", true, DEBT}, {"divida", true, DEBT},
	{"inadimpl", true, DEBT}, {"debt", true, DEBT}, {"impag", true, DEBT},
	{"collection", true, DEBT}, {"cobranza", true, DEBT},
	{"cobranca", true, DEBT}
};

static void
check_words(struct check *check, struct str text, int line, bool subject)
{
	struct buf	folded = BUF_INIT;
	char		said[200];

	utf8_fold(&folded, text);
	for (size_t i = 0; i < sizeof(word_rows) / sizeof(word_rows[0]); i++) {
		if (word_rows[i].subject_only && !subject)
			continue;
		if (strstr(buf_text(&folded), word_rows[i].word) == NULL)
			continue;
		(void)snprintf(said, sizeof(said), word_rows[i].subject_only ?
		    DEBT : COURT, word_rows[i].word);
		find(check, line, false, said);
	}
	buf_fini(&folded);
}

static void
check_subject(struct check *check, const struct message_out *out)
{
	const struct message_header	*subject;
	size_t				 length = utf8_length(out->subject);
	char				 text[120];

	subject = message_template_header(check->tpl, "subject");
	if (subject == NULL)
		return;
	check_words(check, out->subject, subject->line, true);
	check_words(check, out->preheader, subject->line, true);
	if (str_trim(out->subject).len == 0)
		find(check, subject->line, false, "the subject came out"
		    " empty");
	if (length > SUBJECT_MAX) {
		(void)snprintf(text, sizeof(text), "the subject has %zu"
		    " characters for \"one invoice\"; readers show about %d",
		    length, SUBJECT_MAX);
		find(check, subject->line, true, text);
	}
}

static bool
reads_amount(const struct message_header *header, struct arena *arena)
{
	struct liquid_use	*uses;
	struct err		 err;
	size_t			 count;

	if (header == NULL ||
	    !liquid_uses(header->tpl, arena, &uses, &count, &err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct str	text = uses[i].text;

		if (uses[i].kind == LIQUID_USE_PATH && (str_starts(text,
		    "totals") || str_ends(text, ".amount") ||
		    str_ends(text, ".balance") || str_ends(text, ".total")))
			return true;
	}
	return false;
}

static void
check_lines(struct check *check)
{
	static const char *const	names[] = {"subject", "preheader"};
	const struct message_header	*header;

	for (size_t i = 0; i < 2; i++) {
		header = message_template_header(check->tpl, names[i]);
		if (reads_amount(header, check->arena))
			find(check, header->line, false, "an amount does not"
			    " belong where others can see it (COMPLIANCE"
			    " A2)");
	}
}

/*
 * An SMS that is too long by its own words is an error; one that only the
 * letters of a rare name or number make long is worth knowing.
 */
static void
check_size(struct check *check, const char *sample,
    const struct message_out *out)
{
	char	text[200];

	if (out->html.len > MESSAGE_HTML_MAX) {
		(void)snprintf(text, sizeof(text), "the HTML of \"%s\" has %zu"
		    " KB; Gmail cuts behind 100 KB", sample,
		    out->html.len / 1024);
		find(check, check->tpl->body_line, true, text);
	}
	if (check->tpl->channel == CHANNEL_SMS &&
	    out->sms.segments > check->tpl->parts) {
		(void)snprintf(text, sizeof(text), "the SMS of \"%s\" takes"
		    " %zu parts (%s); at most %zu are allowed, say more with"
		    " max-parts", sample, out->sms.segments,
		    message_sms_encoding_names[out->sms.encoding],
		    check->tpl->parts);
		find(check, check->tpl->body_line,
		    out->sms.encoding != check->plain, text);
	}
}

/* --- rendering the edges ------------------------------------------------- */

static const struct message_wanted *
wanted_step(const struct check *check, const char *step)
{
	for (size_t i = 0; i < check->wanted_count; i++) {
		if (strcmp(check->wanted[i].step, step) == 0)
			return &check->wanted[i];
	}
	return NULL;
}

static void
fill_facts(const struct check *check, struct message_facts *facts)
{
	const struct message_wanted	*wanted;

	wanted = wanted_step(check, check->tpl->step);
	facts->step = check->tpl->step;
	facts->channel = (enum channel)check->tpl->channel;
	facts->language = check->tpl->language;
	facts->address = check->tpl->channel == CHANNEL_EMAIL ?
	    "customer@example.com" : "+59899123456";
	if (wanted != NULL) {
		facts->stage = wanted->stage;
		facts->level = wanted->level;
	}
}

/* How late the invoices of a step are, where nobody said. */
static int32_t
days_of(const struct message_wanted *wanted)
{
	static const int32_t	by_stage[STAGE_COUNT] = {
		[STAGE_PREVENTIVE] = 0, [STAGE_ADMINISTRATIVE] = 10,
		[STAGE_EXTRAJUDICIAL] = 35, [STAGE_JUDICIAL] = 60};

	if (wanted == NULL)
		return 12;
	return wanted->offset_days != 0 ? wanted->offset_days :
	    by_stage[wanted->stage];
}

static bool
check_sample(struct check *check, size_t i, const struct message_sample *given,
    struct err *err)
{
	struct message_sample	sample = *given;
	struct message_out	out;
	struct err		why;
	unsigned		told;

	fill_facts(check, &sample.facts);
	if (!message_make_told(check->maker, check->set, &sample.facts,
	    check->arena, &told, &out, &why)) {
		if (why.kind == ERR_SYSTEM) {
			*err = why;
			return false;
		}
		return message_find_err(check->findings, check->tpl->file,
		    &why) || err_nomem(err);
	}
	if (i == 0)
		check->plain = out.sms.encoding;
	check_size(check, sample.name, &out);
	check_words(check, out.text, check->tpl->body_line, false);
	if (i == 0) {
		check_subject(check, &out);
		check_told(check, told);
	}
	return true;
}

static bool
check_template(struct check *check, struct err *err)
{
	struct message_sample	sample;
	int32_t			days = days_of(wanted_step(check,
				    check->tpl->step));

	arena_reset(check->arena);
	if (check->tpl->tpl != NULL)
		check_uses(check, check->tpl->tpl);
	for (size_t i = 0; i < check->tpl->header_count; i++)
		check_uses(check, check->tpl->headers[i].tpl);
	check_lines(check);
	if (check->tpl->channel < 0)
		return true;
	for (size_t i = 0; ; i++) {
		arena_reset(check->arena);
		if (!message_sample_late(i, check->creditor, days, check->arena,
		    &sample))
			return true;
		if (!check_sample(check, i, &sample, err))
			return false;
	}
}

/* --- what is missing ----------------------------------------------------- */

/* Does this very language, or its parent, say the step? */
static bool
says_step(const struct message_templates *set, const char *language,
    const char *step, enum channel channel)
{
	struct l10n_chain	chain;
	char			name[200];

	l10n_chain(language, NULL, &chain);
	for (size_t i = 0; i < chain.count; i++) {
		(void)snprintf(name, sizeof(name), "%s/%.64s.%s.liquid",
		    chain.tags[i], step, channel_names[channel]);
		if (message_templates_find(set, name) != NULL)
			return true;
	}
	return false;
}

/* A step that one language says and another of the set does not. */
static bool
check_missing(struct check *check, const struct message_wanted *wanted,
    enum channel channel)
{
	const struct message_templates	*set = check->set;
	const char			*last = "", *language;
	char				 name[200];

	for (size_t i = 0; i < set->count; i++) {
		language = set->items[i]->language;
		if (set->items[i]->channel < 0 || strcmp(language, last) == 0)
			continue;
		last = language;
		if (says_step(set, language, wanted->step, channel))
			continue;
		(void)snprintf(name, sizeof(name), "%s/%.64s.%s.liquid",
		    language, wanted->step, channel_names[channel]);
		if (!message_find(check->findings, (struct message_place){
		    name, 0, 0}, true, "missing: step %.64s is sent by %s, and"
		    " nothing says it in \"%s\"; customers of that language"
		    " get it in \"%s\"", wanted->step,
		    channel_names[channel], language, set->fallback))
			return false;
	}
	return true;
}

static bool
check_wanted(struct check *check)
{
	bool	ok = true;
	char	name[200];

	for (size_t i = 0; ok && i < check->wanted_count; i++) {
		const struct message_wanted	*w = &check->wanted[i];

		for (int c = 0; ok && c < CHANNEL_COUNT; c++) {
			if ((w->channels & ON((unsigned)c)) == 0)
				continue;
			ok = check_missing(check, w, (enum channel)c);
			if (message_templates_pick(check->set, w->step,
			    (enum channel)c, check->creditor->language,
			    NULL) != NULL)
				continue;
			(void)snprintf(name, sizeof(name), "%s/%.64s.%s"
			    ".liquid", check->set->fallback, w->step,
			    channel_names[c]);
			ok = ok && message_find(check->findings,
			    (struct message_place){name, 0, 0}, false,
			    "missing: no template for step %.64s by %s in the"
			    " creditor's language or the default one",
			    w->step, channel_names[c]);
		}
	}
	return ok;
}

bool
message_check(const struct message_templates *set,
    const struct creditor *creditor, const struct message_wanted *wanted,
    size_t wanted_count, struct message_findings *findings, struct err *err)
{
	struct check	check = {.set = set, .creditor = creditor,
		.wanted = wanted, .wanted_count = wanted_count,
		.findings = findings};
	bool		ok = false;

	check.maker = message_maker_new();
	check.arena = arena_new();
	if (check.maker == NULL || check.arena == NULL) {
		err_nomem(err);
		goto done;
	}
	for (size_t i = 0; i < set->count; i++) {
		check.tpl = set->items[i];
		if (!check_template(&check, err))
			goto done;
	}
	ok = check_wanted(&check) && !check.nomem;
	if (!ok)
		err_nomem(err);
done:
	message_maker_free(&check.maker);
	arena_free(&check.arena);
	return ok;
}
