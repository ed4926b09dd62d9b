/* SPDX-License-Identifier: ISC */
#include "message/message_impl.h"

#include "creditor/creditor.h"
#include "mail/mail.h"
#include "message/message_md.h"

#define HEADERS_MAX	8

static const char *
domain_of(const char *address)
{
	const char	*at = strrchr(address, '@');

	return at == NULL ? "invalid" : at + 1;
}

/* Letters, digits and hyphens of a text, for Feedback-ID. */
static void
add_word(struct buf *out, const char *text, size_t most)
{
	for (size_t n = 0; *text != '\0' && n < most; text++) {
		char	c = *text;

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
		    (c < '0' || c > '9'))
			continue;
		buf_addc(out, c);
		n++;
	}
}

struct headers {
	struct mail_header	 items[HEADERS_MAX];
	size_t			 count;
	struct arena		*arena;
	bool			 nomem;
};

static void
add_header(struct headers *headers, const char *name, const char *value)
{
	if (value == NULL) {
		headers->nomem = true;
		return;
	}
	headers->items[headers->count++] = (struct mail_header){name,
		str_of(value)};
}

/* <= 4 fields; the last is one constant word a sender, 5 to 15 letters */
static const char *
feedback_id(const struct message_render *r, struct arena *arena)
{
	const struct creditor	*creditor = r->facts->creditor;
	struct buf		 text = BUF_INIT;
	const char		*kept;

	add_word(&text, r->facts->step, 20);
	buf_addc(&text, ':');
	hash_hex(&text, r->tpl->hash.bytes, 6);
	buf_addc(&text, ':');
	add_word(&text, creditor->ref, 20);
	buf_adds(&text, ":dun");
	add_word(&text, creditor->ref, 9);
	add_word(&text, "lin", 3);
	kept = arena_strdup(arena, buf_text(&text));
	buf_fini(&text);
	return kept;
}

/* RFC 8058 wants one https link; anything else is no one-click. */
static const char *
opt_out_link(const struct message_render *r, struct arena *arena)
{
	const char	*url = r->opt_out_url;
	size_t		 len = strlen(url);

	if (strncmp(url, "https://", 8) != 0 || len > 900 ||
	    strcspn(url, "<>, \t\r\n") != len)
		return NULL;
	return arena_printf(arena, "<%s>", url);
}

/* COMPLIANCE B3, without what needs a signature or a bounce address. */
static bool
choose_headers(const struct message_render *r, struct headers *headers,
    struct err *err)
{
	const char	*from = r->facts->creditor->email_from;
	const char	*link = opt_out_link(r, headers->arena);

	add_header(headers, "Auto-Submitted", "auto-generated");
	add_header(headers, "X-Auto-Response-Suppress", "OOF, AutoReply");
	add_header(headers, "Feedback-ID", feedback_id(r, headers->arena));
	add_header(headers, "List-Id", arena_printf(headers->arena,
	    "<reminders.%s>", domain_of(from)));
	if (link != NULL) {
		add_header(headers, "List-Unsubscribe", link);
		add_header(headers, "List-Unsubscribe-Post",
		    "List-Unsubscribe=One-Click");
	}
	return !headers->nomem || err_nomem(err);
}

/* A Message-ID may be kept with or without its angle brackets. */
static struct str
bare_id(const char *id)
{
	struct str	s = str_of(id);

	if (s.len > 2 && s.p[0] == '<' && s.p[s.len - 1] == '>')
		return (struct str){s.p + 1, s.len - 2};
	return s;
}

static bool
write_mail(struct message_maker *maker, const struct message_render *r,
    struct message_out *out, struct err *err)
{
	const struct message_facts	*f = r->facts;
	const char			*reply = f->reply_to;
	struct headers			 headers = {.arena = r->arena};
	struct mail			 mail = {.date_ms = f->now_ms,
		.offset_s = f->offset_s, .message_id = out->message_id,
		.in_reply_to = bare_id(f->customer->thread),
		.subject = out->subject, .text = out->text,
		.html = out->html, .language = str_of(r->tpl->language)};

	if (reply == NULL || reply[0] == '\0')
		reply = f->creditor->reply_to;
	mail.from.name = message_clean(r->arena,
	    f->creditor->email_name[0] != '\0' ? f->creditor->email_name :
	    f->creditor->name);
	mail.from.address = str_of(f->creditor->email_from);
	mail.reply_to.address = str_of(reply);
	mail.to.name = message_clean(r->arena, f->customer->name);
	mail.to.address = str_of(f->address);
	if (!choose_headers(r, &headers, err))
		return false;
	mail.headers = headers.items;
	mail.header_count = headers.count;
	buf_clear(&maker->mail);
	return mail_write(&mail, &maker->mail, err) &&
	    message_keep(r->arena, &maker->mail, &out->bytes, err);
}

static bool
render_line(struct message_render *r, const char *name, struct str *out,
    struct err *err)
{
	const struct message_header	*header;
	struct buf			 text = BUF_INIT;
	bool				 ok;

	*out = (struct str){"", 0};
	header = message_template_header(r->tpl, name);
	if (header == NULL)
		return true;
	ok = message_render_header(r, header, &text, err) &&
	    message_keep(r->arena, &text, out, err);
	buf_fini(&text);
	return ok;
}

/* The Markdown body, then both parts from it. */
static bool
render_body(struct message_maker *maker, struct message_render *r,
    struct message_out *out, struct err *err)
{
	buf_clear(&maker->body);
	buf_clear(&maker->html);
	buf_clear(&maker->text);
	if (!message_render(r, r->tpl->tpl, MESSAGE_MARKDOWN, &maker->body,
	    err) ||
	    !message_md_html(buf_str(&maker->body), &maker->html, err) ||
	    !message_md_text(buf_str(&maker->body), &maker->text, err))
		return false;
	r->content = buf_str(&maker->html);
	return message_keep(r->arena, &maker->text, &out->text, err);
}

static bool
render_page(struct message_maker *maker, struct message_render *r,
    struct message_out *out, struct err *err)
{
	const struct message_template	*layout;
	unsigned			 told = r->told;
	bool				 ok;

	layout = message_templates_find(r->set, "layout.html.liquid");
	if (layout == NULL)
		return err_set(err, ERR_INPUT, "no templates/layout.html"
		    ".liquid, which frames every email");
	r->subject = out->subject;
	r->preheader = out->preheader;
	buf_clear(&maker->page);
	ok = message_render(r, layout->tpl, MESSAGE_HTML, &maker->page, err);
	r->told = told;		/* the text part has no layout */
	return ok && message_keep(r->arena, &maker->page, &out->html, err);
}

bool
message_make_email(struct message_maker *maker, struct message_render *r,
    struct message_out *out, struct err *err)
{
	const struct message_facts	*f = r->facts;
	char				*id;

	out->content_type = "message/rfc822";
	if (f->creditor->email_from[0] == '\0')
		return err_set(err, ERR_INPUT, "creditor %s has no email_from",
		    f->creditor->ref);
	id = arena_printf(r->arena, "%s.%d@%s", f->key, f->c,
	    domain_of(f->creditor->email_from));
	if (id == NULL)
		return err_nomem(err);
	out->message_id = str_of(id);
	return render_line(r, "subject", &out->subject, err) &&
	    render_line(r, "preheader", &out->preheader, err) &&
	    render_body(maker, r, out, err) &&
	    render_page(maker, r, out, err) &&
	    write_mail(maker, r, out, err);
}
