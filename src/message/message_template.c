/* SPDX-License-Identifier: ISC */
#include "message/message_impl.h"

#include "base/utf8.h"

struct header_row {
	int		 channel;
	const char	*name;
};

/* All that may stand above a body; `parameter-N` has its own rule. */
static const struct header_row	header_rows[] = {
	{CHANNEL_EMAIL, "subject"},
	{CHANNEL_EMAIL, "preheader"},
	{CHANNEL_SMS, "encoding"},
	{CHANNEL_SMS, "max-parts"},
	{CHANNEL_WHATSAPP, "template"},
	{CHANNEL_WHATSAPP, "language"}
};

struct reading {
	struct message_template	*tpl;
	struct message_findings	*findings;
	bool			 nomem;
};

static void
complain(struct reading *r, int line, int column, const char *text)
{
	if (!message_find(r->findings, (struct message_place){r->tpl->file,
	    line, column}, false, "%s", text))
		r->nomem = true;
}

static bool
is_parameter(const char *name)
{
	return strncmp(name, "parameter-", 10) == 0 && name[10] >= '1' &&
	    name[10] <= '9' && (name[11] == '\0' || (name[12] == '\0' &&
	    name[11] >= '0' && name[11] <= '9'));
}

static bool
is_header(int channel, const char *name)
{
	if (channel == CHANNEL_WHATSAPP && is_parameter(name))
		return true;
	for (size_t i = 0; i < sizeof(header_rows) / sizeof(header_rows[0]);
	    i++) {
		if (header_rows[i].channel == channel &&
		    strcmp(header_rows[i].name, name) == 0)
			return true;
	}
	return false;
}

static void
unknown_header(struct reading *r, const char *name, int line)
{
	char	text[300];

	(void)snprintf(text, sizeof(text), "unknown header \"%.40s\"; a"
	    " template for %s knows", name,
	    channel_names[r->tpl->channel]);
	for (size_t i = 0; i < sizeof(header_rows) / sizeof(header_rows[0]);
	    i++) {
		size_t	len = strlen(text);

		if (header_rows[i].channel == r->tpl->channel)
			(void)snprintf(text + len, sizeof(text) - len, " %s",
			    header_rows[i].name);
	}
	if (r->tpl->channel == CHANNEL_WHATSAPP)
		(void)snprintf(text + strlen(text), sizeof(text) -
		    strlen(text), " parameter-1 parameter-2 ...");
	complain(r, line, 1, text);
}

/*
 * Spaces stand in for what precedes the value on its line, so that columns
 * in errors are those of the file; the renderer drops them again.
 */
static bool
compile_header(struct reading *r, struct message_header *header)
{
	struct liquid_source	source = {.name = str_of(r->tpl->file),
		.line = header->line};
	struct liquid_env	env;
	struct buf		text = BUF_INIT;
	struct err		err;
	bool			ok = true;

	message_env(&env, NULL);
	for (int i = 1; i < header->column; i++)
		buf_addc(&text, ' ');
	buf_addstr(&text, header->text);
	source.text = buf_str(&text);
	if (!buf_ok(&text)) {
		r->nomem = true;
	} else if (!liquid_parse(&env, &source, &header->tpl, &err)) {
		ok = false;
		r->nomem |= err.kind == ERR_SYSTEM ||
		    !message_find_err(r->findings, r->tpl->file, &err);
	}
	buf_fini(&text);
	return ok && !r->nomem;
}

static void
read_header(struct reading *r, struct str line, int number)
{
	struct message_template	*tpl = r->tpl;
	struct message_header	*header = &tpl->headers[tpl->header_count];
	const char		*colon = memchr(line.p, ':', line.len);
	char			*name;
	struct str		 value;

	if (colon == NULL || colon == line.p) {
		complain(r, number, 1, "no header line `name: value`; headers"
		    " end with an empty line, and a file without headers"
		    " begins with one");
		return;
	}
	name = arena_copy(tpl->arena, line.p, (size_t)(colon - line.p));
	if (name == NULL) {
		r->nomem = true;
		return;
	}
	if (!is_header(tpl->channel, name)) {
		unknown_header(r, name, number);
		return;
	}
	if (message_template_header(tpl, name) != NULL) {
		complain(r, number, 1, "this header stands here already");
		return;
	}
	if (tpl->header_count == MESSAGE_HEADERS) {
		complain(r, number, 1, "too many headers");
		return;
	}
	value = str_trim((struct str){colon + 1, line.len -
	    (size_t)(colon + 1 - line.p)});
	*header = (struct message_header){.name = name, .text = value,
	    .line = number, .column = value.len == 0 ? 1 :
	    (int)(value.p - line.p) + 1};
	if (compile_header(r, header))
		tpl->header_count++;
}

/* The next line without its end; false behind the last. */
static bool
next_line(struct str *rest, struct str *line)
{
	const char	*end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->p, '\n', rest->len);
	line->p = rest->p;
	line->len = end == NULL ? rest->len : (size_t)(end - rest->p);
	rest->len -= line->len + (end != NULL);
	rest->p += line->len + (end != NULL);
	if (line->len > 0 && line->p[line->len - 1] == '\r')
		line->len--;
	return true;
}

static void
read_headers(struct reading *r, struct str *rest, int *number)
{
	struct str	line;
	bool		ended = false;

	while (!ended && next_line(rest, &line)) {
		if (str_trim(line).len == 0)
			ended = true;
		else if (line.p[0] != '#')
			read_header(r, line, *number);
		(*number)++;
	}
	if (!ended)
		complain(r, *number, 1, "no empty line ends the headers, and"
		    " no body follows");
}

static void
compile_body(struct reading *r)
{
	struct liquid_source	source = {.name = str_of(r->tpl->file),
		.text = r->tpl->body, .line = r->tpl->body_line};
	struct liquid_env	env;
	struct err		err;

	message_env(&env, NULL);
	if (!liquid_parse(&env, &source, &r->tpl->tpl, &err))
		r->nomem |= err.kind == ERR_SYSTEM ||
		    !message_find_err(r->findings, r->tpl->file, &err);
}

static void
need_header(struct reading *r, const char *name, const char *example)
{
	char	text[200];

	if (message_template_header(r->tpl, name) != NULL)
		return;
	(void)snprintf(text, sizeof(text), "the header \"%s\" is missing; write"
	    " a first line such as `%s: %s`", name, name, example);
	complain(r, 1, 1, text);
}

static void
read_sms_options(struct reading *r)
{
	const struct message_header	*parts, *encoding;

	parts = message_template_header(r->tpl, "max-parts");
	encoding = message_template_header(r->tpl, "encoding");
	r->tpl->parts = MESSAGE_PARTS;
	if (parts != NULL && (parts->text.len != 1 || parts->text.p[0] < '1' ||
	    parts->text.p[0] > '9'))
		complain(r, parts->line, parts->column, "max-parts is a number"
		    " from 1 to 9");
	else if (parts != NULL)
		r->tpl->parts = (size_t)(parts->text.p[0] - '0');
	if (encoding == NULL)
		return;
	r->tpl->smart = str_is(encoding->text, "smart");
	if (!r->tpl->smart && !str_is(encoding->text, "plain"))
		complain(r, encoding->line, encoding->column, "encoding is"
		    " plain (as written) or smart (plainer letters, fewer"
		    " parts)");
}

static void
read_file(struct reading *r)
{
	struct message_template	*tpl = r->tpl;
	struct str		 rest = tpl->bytes;
	int			 line = 1;

	if (str_starts(rest, "\xef\xbb\xbf")) {
		rest.p += 3;
		rest.len -= 3;
	}
	if (tpl->channel >= 0)
		read_headers(r, &rest, &line);
	tpl->body = rest;
	tpl->body_line = line;
	if (tpl->channel >= 0 && str_trim(rest).len == 0)
		complain(r, line, 1, "the body is empty");
	if (tpl->channel != CHANNEL_WHATSAPP)
		compile_body(r);
	if (tpl->channel == CHANNEL_EMAIL)
		need_header(r, "subject", "Su factura {{ invoice.number }}");
	if (tpl->channel == CHANNEL_WHATSAPP)
		need_header(r, "template", "invoice_due");
	if (tpl->channel == CHANNEL_SMS)
		read_sms_options(r);
}

static bool
check_bytes(struct reading *r, struct str bytes)
{
	size_t	bad = utf8_check(bytes);
	int	line = 1;

	for (size_t i = 0; i < bytes.len && i < bad; i++) {
		line += bytes.p[i] == '\n';
		if (bytes.p[i] == '\0')
			bad = i;
	}
	if (bad < bytes.len)
		complain(r, line, 1, "not UTF-8 text; save the file as UTF-8");
	else if (bytes.len > MESSAGE_FILE_MAX)
		complain(r, 0, 0, "more than 256 KB; a template is smaller");
	else
		return true;
	return false;
}

static bool
is_word(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char	c = s.p[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
		    (c < '0' || c > '9') && c != '-' && c != '_')
			return false;
	}
	return s.len > 0 && s.len <= 64;
}

/* "es/due.email.liquid", "es/_pay.liquid", "layout.html.liquid" */
static bool
read_name(struct reading *r, struct str name)
{
	struct message_template	*tpl = r->tpl;
	const char		*slash = memchr(name.p, '/', name.len), *dot;
	struct str		 language, file, step;

	tpl->channel = -1;
	tpl->language = tpl->step = "";
	if (str_is(name, "layout.html.liquid"))
		return true;
	if (slash == NULL || !str_ends(name, ".liquid"))
		goto bad;
	language = (struct str){name.p, (size_t)(slash - name.p)};
	file = (struct str){slash + 1, name.len - language.len - 8};
	if (!l10n_is_tag(language) || file.len == 0)
		goto bad;
	tpl->language = arena_copy(tpl->arena, language.p, language.len);
	r->nomem |= tpl->language == NULL;
	if (file.p[0] == '_' && is_word(file)) {
		/* Liquid would run such a part once for each of a list's */
		if (!message_knows_path((struct str){file.p + 1,
		    file.len - 1}))
			return true;
		complain(r, 0, 0, "a part cannot have the name of a variable;"
		    " call it otherwise");
		return false;
	}
	dot = memchr(file.p, '.', file.len);
	if (dot == NULL)
		goto bad;
	step = (struct str){file.p, (size_t)(dot - file.p)};
	tpl->step = arena_copy(tpl->arena, step.p, step.len);
	tpl->channel = name_find(channel_names, (struct str){dot + 1,
	    file.len - step.len - 1});
	r->nomem |= tpl->step == NULL;
	if (is_word(step) && tpl->channel >= 0 &&
	    tpl->channel != CHANNEL_VISIT)
		return true;
bad:
	complain(r, 0, 0, "a template is named LANGUAGE/STEP.CHANNEL.liquid,"
	    " such as es/due.email.liquid; channels are email, sms, whatsapp,"
	    " voice and letter");
	return false;
}

bool
message_template_new(struct str name, const char *file, struct str bytes,
    struct message_findings *findings, struct message_template **out,
    struct err *err)
{
	struct message_template	*tpl = calloc(1, sizeof(*tpl));
	struct reading		 r = {.tpl = tpl, .findings = findings};
	size_t			 before = findings->errors;

	*out = NULL;
	if (tpl == NULL || (tpl->arena = arena_new()) == NULL) {
		message_template_free(&tpl);
		return err_nomem(err);
	}
	tpl->name = arena_copy(tpl->arena, name.p, name.len);
	tpl->file = arena_strdup(tpl->arena, file);
	tpl->bytes = (struct str){arena_copy(tpl->arena, bytes.p, bytes.len),
	    bytes.len};
	if (!str_ends(name, ".liquid")) {
		/* somebody's notes: worth a word, not worth a stop */
		r.nomem = !message_find(findings, (struct message_place){file,
		    0, 0}, true, "not a template, left out: its name does not"
		    " end in .liquid");
		message_template_free(&tpl);
		return r.nomem ? err_nomem(err) : true;
	}
	if (tpl->name == NULL || tpl->file == NULL || tpl->bytes.p == NULL ||
	    !hash_of(bytes, &tpl->hash))
		r.nomem = true;
	else if (read_name(&r, name) && check_bytes(&r, bytes))
		read_file(&r);
	if (findings->errors > before || r.nomem)
		message_template_free(&tpl);
	*out = tpl;
	return r.nomem ? err_nomem(err) : true;
}

void
message_template_free(struct message_template **tpl)
{
	if (*tpl == NULL)
		return;
	for (size_t i = 0; i < (*tpl)->header_count; i++)
		liquid_free(&(*tpl)->headers[i].tpl);
	liquid_free(&(*tpl)->tpl);
	arena_free(&(*tpl)->arena);
	free(*tpl);
	*tpl = NULL;
}

const struct message_header *
message_template_header(const struct message_template *tpl, const char *name)
{
	for (size_t i = 0; i < tpl->header_count; i++) {
		if (strcmp(tpl->headers[i].name, name) == 0)
			return &tpl->headers[i];
	}
	return NULL;
}
