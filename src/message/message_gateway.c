/* SPDX-License-Identifier: ISC */
/*
 * message_gateway.c - the channels whose bytes are one JSON object: what a
 * gateway's route later puts into its own form.
 */
#include "message/message_impl.h"

#include "base/json.h"
#include "base/utf8.h"
#include "creditor/creditor.h"

#define WHATSAPP_BODY_MAX	1024	/* characters of the approved text */
#define SMS_PARTS_MAX		10
#define WHATSAPP_SPACES_MAX	4	/* in a row, in a parameter */

static void
open_object(const struct message_render *r, const char *from,
    struct buf *json)
{
	const struct message_facts	*f = r->facts;
	char				 key[128];

	(void)snprintf(key, sizeof(key), "%.100s.%d", f->key, f->c);
	json_open(json, '{');
	json_key(json, "channel");
	json_text(json, channel_names[f->channel]);
	json_key(json, "key");
	json_text(json, key);
	if (from[0] != '\0') {
		json_key(json, "from");
		json_text(json, from);
	}
	json_key(json, "to");
	json_text(json, f->address);
}

static bool
close_object(struct message_render *r, struct buf *json,
    struct message_out *out, struct err *err)
{
	out->content_type = "application/json";
	json_close(json, '}');
	buf_addc(json, '\n');
	return message_keep(r->arena, json, &out->bytes, err);
}

/* Line ends as they are, spaces before them and around the whole gone. */
static void
tidy(struct buf *out, struct str text)
{
	struct str	rest = str_trim(text), line;
	const char	*end;

	while (rest.len > 0) {
		end = memchr(rest.p, '\n', rest.len);
		line = (struct str){rest.p, end == NULL ? rest.len :
		    (size_t)(end - rest.p)};
		rest.len -= line.len + (end != NULL);
		rest.p += line.len + (end != NULL);
		while (line.len > 0 && (line.p[line.len - 1] == ' ' ||
		    line.p[line.len - 1] == '\r'))
			line.len--;
		buf_addstr(out, line);
		if (end != NULL)
			buf_addc(out, '\n');
	}
}

static bool
measure_sms(const struct message_render *r, struct message_out *out,
    struct err *err)
{
	size_t	bad;

	if (!message_sms_measure(out->text, &out->sms, &bad, err))
		return err_in(err, "%s", r->tpl->file);
	if (out->sms.segments <= SMS_PARTS_MAX)
		return true;
	return err_set(err, ERR_INPUT, "%s:%d:1: the SMS takes %zu parts; no"
	    " provider takes more than %d", r->tpl->file, r->tpl->body_line,
	    out->sms.segments, SMS_PARTS_MAX);
}

bool
message_make_text(struct message_maker *maker, struct message_render *r,
    struct message_out *out, struct err *err)
{
	bool		 sms = r->facts->channel == CHANNEL_SMS;
	struct buf	*json = &maker->page;

	buf_clear(&maker->body);
	buf_clear(&maker->text);
	buf_clear(json);
	if (!message_render(r, r->tpl->tpl, sms ? MESSAGE_SMS : MESSAGE_TEXT,
	    &maker->body, err))
		return false;
	tidy(&maker->text, buf_str(&maker->body));
	if (sms && r->tpl->smart) {
		buf_clear(&maker->body);
		message_sms_smart(buf_str(&maker->text), &maker->body);
		buf_clear(&maker->text);
		buf_addstr(&maker->text, buf_str(&maker->body));
	}
	if (!message_keep(r->arena, &maker->text, &out->text, err) ||
	    (sms && !measure_sms(r, out, err)))
		return false;
	open_object(r, sms ? r->facts->creditor->sms_from :
	    r->facts->creditor->phone, json);
	json_key(json, "language");
	json_text(json, r->tpl->language);
	if (sms) {
		json_key(json, "encoding");
		json_text(json,
		    message_sms_encoding_names[out->sms.encoding]);
	}
	json_key(json, "text");
	json_str(json, out->text);
	return close_object(r, json, out, err);
}

/* --- WhatsApp ------------------------------------------------------------ */

struct parameters {
	struct str	values[MESSAGE_PARAMETERS];
	size_t		count;
};

static bool
no_good(const struct message_render *r, const struct message_header *header,
    struct err *err, const char *what)
{
	return err_set(err, ERR_INPUT, "%s:%d:%d: %s: %s", r->tpl->file,
	    header->line, header->column, header->name, what);
}

/* No more spaces in a row than the provider takes. */
static void
limit_spaces(struct buf *out, struct str text)
{
	size_t	run = 0;

	for (size_t i = 0; i < text.len; i++) {
		run = text.p[i] == ' ' ? run + 1 : 0;
		if (run <= WHATSAPP_SPACES_MAX)
			buf_addc(out, text.p[i]);
	}
}

static bool
render_parameters(struct message_render *r, struct parameters *parameters,
    struct err *err)
{
	const struct message_header	*header;
	struct buf			 text = BUF_INIT, limited = BUF_INIT;
	char				 name[24];
	bool				 ok = true;

	for (int n = 1; ok && n <= MESSAGE_PARAMETERS; n++) {
		(void)snprintf(name, sizeof(name), "parameter-%d", n);
		header = message_template_header(r->tpl, name);
		if (header == NULL)
			break;
		buf_clear(&text);
		buf_clear(&limited);
		ok = message_render_header(r, header, &text, err);
		limit_spaces(&limited, buf_str(&text));
		if (ok && str_trim(buf_str(&limited)).len == 0)
			ok = no_good(r, header, err, "came out empty; a"
			    " provider refuses that. Use `default`");
		ok = ok && message_keep(r->arena, &limited,
		    &parameters->values[parameters->count++], err);
	}
	buf_fini(&text);
	buf_fini(&limited);
	return ok;
}

/* `{{1}}` at p: its number and length; 0 when it is none. */
static size_t
placeholder(struct str s, size_t *length)
{
	size_t	i = 2, n = 0;

	if (s.len < 5 || s.p[0] != '{' || s.p[1] != '{')
		return 0;
	while (i < s.len && s.p[i] == ' ')
		i++;
	while (i < s.len && s.p[i] >= '0' && s.p[i] <= '9' && n < 100)
		n = n * 10 + (size_t)(s.p[i++] - '0');
	while (i < s.len && s.p[i] == ' ')
		i++;
	if (i + 1 >= s.len || s.p[i] != '}' || s.p[i + 1] != '}')
		return 0;
	*length = i + 2;
	return n;
}

/* The approved text with the parameters in their places. */
static bool
fill(const struct message_render *r, const struct parameters *parameters,
    struct buf *out, struct err *err)
{
	struct str	text = str_trim(r->tpl->body);
	size_t		n, length;

	while (text.len > 0) {
		n = placeholder(text, &length);
		if (n == 0) {
			buf_addc(out, text.p[0]);
			text.p++;
			text.len--;
			continue;
		}
		if (n > parameters->count)
			return err_set(err, ERR_INPUT, "%s:%d:1: the text has"
			    " {{%zu}} and no header parameter-%zu gives it",
			    r->tpl->file, r->tpl->body_line, n, n);
		buf_addstr(out, parameters->values[n - 1]);
		text.p += length;
		text.len -= length;
	}
	return buf_check(out, err);
}

static void
write_parameters(struct buf *json, const struct parameters *parameters)
{
	json_key(json, "parameters");
	json_open(json, '[');
	for (size_t i = 0; i < parameters->count; i++)
		json_str(json, parameters->values[i]);
	json_close(json, ']');
}

bool
message_make_whatsapp(struct message_maker *maker, struct message_render *r,
    struct message_out *out, struct err *err)
{
	const struct message_header	*name, *language;
	struct parameters		 parameters = {.count = 0};
	struct buf			*json = &maker->page;

	buf_clear(&maker->text);
	buf_clear(json);
	name = message_template_header(r->tpl, "template");
	language = message_template_header(r->tpl, "language");
	if (!render_parameters(r, &parameters, err) ||
	    !fill(r, &parameters, &maker->text, err) ||
	    !message_keep(r->arena, &maker->text, &out->text, err))
		return false;
	if (utf8_length(out->text) > WHATSAPP_BODY_MAX)
		return err_set(err, ERR_INPUT, "%s:%d:1: the text has %zu"
		    " characters; WhatsApp takes %d", r->tpl->file,
		    r->tpl->body_line, utf8_length(out->text),
		    WHATSAPP_BODY_MAX);
	open_object(r, r->facts->creditor->whatsapp_from, json);
	json_key(json, "template");
	json_str(json, name->text);
	json_key(json, "language");
	json_str(json, language != NULL ? language->text :
	    str_of(r->tpl->language));
	write_parameters(json, &parameters);
	json_key(json, "text");
	json_str(json, out->text);
	return close_object(r, json, out, err);
}
