/* SPDX-License-Identifier: ISC */
/*
 * message_page.c - messages as customers see them, on one page: a mail
 * reader's window, an SMS bubble, a WhatsApp bubble.
 *
 * Self-contained: no script, nothing fetched.  A mail's HTML stands in a
 * sandboxed frame, so that it can neither run nor send anything.
 */
#include "message/message_impl.h"

#include "base/utf8.h"
#include "message/message_md.h"

#define FRAMES_EAGER	6	/* mails shown at once; the rest when reached */

struct message_page {
	struct buf	head;		/* title and lead */
	struct buf	tables;
	struct buf	links;		/* to the groups */
	struct buf	body;
	struct buf	group;		/* the one at hand */
	size_t		groups;
	size_t		count;
};

static const char	style[] =
"<style>\n"
":root{color-scheme:light dark;--bg:#f2f4f7;--card:#fff;--ink:#1b1f24;"
"--soft:#5b6470;--line:#dfe3e8;--accent:#0b57d0;--bubble:#e9ebef;"
"--wa:#e7ffdb;--wabg:#efe7de;--phone:#fff}\n"
"@media (prefers-color-scheme:dark){:root{--bg:#0f1215;--card:#191d22;"
"--ink:#e7eaee;--soft:#9aa4b0;--line:#2d333b;--accent:#8ab4f8;"
"--bubble:#2a3037;--wa:#144d37;--wabg:#0b141a;--phone:#12161a}}\n"
"*{box-sizing:border-box}\n"
"body{margin:0;background:var(--bg);color:var(--ink);"
"font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\n"
"header,main,nav,footer{max-width:1180px;margin:0 auto;padding:0 20px}\n"
"header{padding-top:40px}\n"
"h1{margin:0 0 6px;font-size:30px;letter-spacing:-.02em;line-height:1.2}\n"
"h2{margin:44px 0 4px;font-size:21px;text-transform:capitalize;"
"scroll-margin-top:64px}\n"
"h3{margin:26px 0 8px;font-size:15px}\n"
".lead{margin:0;color:var(--soft);max-width:60ch}\n"
"nav{position:sticky;top:0;z-index:2;background:var(--bg);padding-top:14px;"
"padding-bottom:10px;display:flex;gap:8px;flex-wrap:wrap}\n"
"nav a{padding:5px 14px;border:1px solid var(--line);border-radius:99px;"
"background:var(--card);color:var(--ink);text-decoration:none;"
"font-size:14px;text-transform:capitalize}\n"
"nav a:hover,nav a:focus{border-color:var(--accent)}\n"
".tables{display:flex;flex-wrap:wrap;gap:0 32px;align-items:flex-start}\n"
".tables section{overflow-x:auto;max-width:100%}\n"
".facts{border-collapse:collapse;background:var(--card);border-radius:10px;"
"overflow:hidden;font-size:14px;box-shadow:0 0 0 1px var(--line)}\n"
".facts th,.facts td{padding:7px 14px;text-align:start;"
"border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums}\n"
".facts tr:last-child td{border-bottom:0}\n"
".facts th{color:var(--soft);font-weight:600}\n"
".facts .n{text-align:right}\n"
".grid{display:grid;gap:22px;align-items:start;grid-auto-flow:dense;"
"grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr))}\n"
".mailbox{grid-column:span 2}\n"
"@media (max-width:760px){.mailbox{grid-column:span 1}}\n"
"figure{margin:0;min-width:0}\n"
"figcaption{margin:0 0 8px;color:var(--soft);font-size:13px;display:flex;"
"justify-content:space-between;gap:10px}\n"
".mail,.phone{background:var(--card);border:1px solid var(--line);"
"border-radius:14px;overflow:hidden;box-shadow:0 1px 2px #0000000d,"
"0 8px 24px #0000000d}\n"
".mail dl{margin:0;padding:14px 18px;display:grid;"
"grid-template-columns:auto 1fr;gap:2px 12px;font-size:14px}\n"
".mail dt{color:var(--soft)}\n"
".mail dd{margin:0;min-width:0;overflow-wrap:anywhere}\n"
".mail .subject{grid-column:1/-1;font-weight:600;font-size:17px;"
"margin-bottom:4px}\n"
".mail iframe{display:block;width:100%;height:560px;border:0;"
"border-top:1px solid var(--line);background:var(--bg)}\n"
".mail details{border-top:1px solid var(--line);font-size:13px}\n"
".mail summary{padding:10px 18px;cursor:pointer;color:var(--soft)}\n"
".mail pre{margin:0;padding:0 18px 16px;white-space:pre-wrap;"
"overflow-wrap:anywhere;font:13px/1.5 ui-monospace,Consolas,monospace}\n"
".phone{background:var(--phone);border-radius:26px;padding:14px 14px 20px;"
"border-width:1px}\n"
".who{display:flex;align-items:center;gap:10px;padding:2px 4px 12px;"
"border-bottom:1px solid var(--line);margin-bottom:14px;font-weight:600;"
"font-size:15px;min-width:0}\n"
".who span:last-child{overflow-wrap:anywhere;min-width:0}\n"
".face{flex:none;width:32px;height:32px;border-radius:50%;display:grid;"
"place-items:center;background:var(--accent);color:var(--card);"
"font-size:14px}\n"
".say{background:var(--bubble);border-radius:18px 18px 18px 5px;"
"padding:10px 14px;max-width:92%;width:fit-content;white-space:pre-wrap;"
"overflow-wrap:anywhere;font-size:15px}\n"
".whatsapp{background:var(--wabg)}\n"
".whatsapp .say{background:var(--card);border-radius:0 12px 12px 12px;"
"box-shadow:0 1px 1px #0000001f}\n"
".note{margin:10px 4px 0;color:var(--soft);font-size:12px}\n"
"footer{padding:48px 20px;color:var(--soft);font-size:13px}\n"
"</style>\n";

struct message_page *
message_page_new(const char *title, const char *lead)
{
	struct message_page	*page = calloc(1, sizeof(*page));

	if (page == NULL)
		return NULL;
	buf_adds(&page->head, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\""
	    "width=device-width,initial-scale=1\">\n<meta name=\"color-scheme\""
	    " content=\"light dark\">\n<title>");
	message_add_html(&page->head, str_of(title));
	buf_adds(&page->head, "</title>\n");
	buf_adds(&page->head, style);
	buf_adds(&page->head, "</head>\n<body>\n<header>\n<h1>");
	message_add_html(&page->head, str_of(title));
	buf_adds(&page->head, "</h1>\n<p class=\"lead\">");
	message_add_html(&page->head, str_of(lead == NULL ? "" : lead));
	buf_adds(&page->head, "</p>\n");
	return page;
}

void
message_page_free(struct message_page **page)
{
	if (*page == NULL)
		return;
	buf_fini(&(*page)->head);
	buf_fini(&(*page)->tables);
	buf_fini(&(*page)->links);
	buf_fini(&(*page)->body);
	buf_fini(&(*page)->group);
	free(*page);
	*page = NULL;
}

/* Text of others: clean, then escaped. */
static void
add_text(struct buf *out, const char *text)
{
	struct buf	clean = BUF_INIT;

	utf8_clean(&clean, str_of(text), true);
	message_add_html(out, buf_str(&clean));
	out->failed |= clean.failed;
	buf_fini(&clean);
}

static void
begin_group(struct message_page *page, const char *name)
{
	if (page->groups > 0 && strcmp(buf_text(&page->group), name) == 0)
		return;
	if (page->groups > 0)
		buf_adds(&page->body, "</div>\n</section>\n");
	page->groups++;
	buf_clear(&page->group);
	buf_adds(&page->group, name);
	buf_addf(&page->links, "<a href=\"#g%zu\">", page->groups);
	add_text(&page->links, name);
	buf_adds(&page->links, "</a>\n");
	buf_addf(&page->body, "<section>\n<h2 id=\"g%zu\">", page->groups);
	add_text(&page->body, name);
	buf_adds(&page->body, "</h2>\n<div class=\"grid\">\n");
}

static void
add_caption(struct buf *out, const struct message_shown *shown)
{
	buf_adds(out, "<figcaption><span>");
	add_text(out, shown->caption == NULL ? "" : shown->caption);
	buf_adds(out, "</span><span>");
	add_text(out, shown->when == NULL ? "" : shown->when);
	buf_adds(out, "</span></figcaption>\n");
}

static void
add_row(struct buf *out, const char *name, const char *who,
    const char *address)
{
	buf_addf(out, "<dt>%s</dt><dd dir=\"auto\">", name);
	add_text(out, who == NULL ? "" : who);
	buf_adds(out, " &lt;");
	add_text(out, address == NULL ? "" : address);
	buf_adds(out, "&gt;</dd>\n");
}

static void
add_mail(struct message_page *page, const struct message_shown *shown)
{
	const struct message_out	*m = shown->out;
	struct buf			*out = &page->body;

	buf_adds(out, "<figure class=\"mailbox\">\n");
	add_caption(out, shown);
	buf_adds(out, "<div class=\"mail\">\n<dl>\n<div class=\"subject\""
	    " dir=\"auto\">");
	message_add_html(out, m->subject);
	buf_adds(out, "</div>\n");
	add_row(out, "From", shown->from, shown->from_address);
	add_row(out, "To", shown->to, shown->to_address);
	buf_addf(out, "</dl>\n<iframe sandbox=\"\" referrerpolicy=\""
	    "no-referrer\"%s title=\"", page->count > FRAMES_EAGER ?
	    " loading=\"lazy\"" : "");
	message_add_html(out, m->subject);
	buf_adds(out, "\" srcdoc=\"");
	message_add_html(out, m->html);
	buf_adds(out, "\"></iframe>\n<details><summary>Plain text</summary>"
	    "<pre dir=\"auto\">");
	message_add_html(out, m->text);
	buf_adds(out, "</pre></details>\n</div>\n</figure>\n");
}

/* The first letter of the sender, in a circle. */
static void
add_face(struct buf *out, const char *name)
{
	struct str	text = str_of(name);
	struct buf	first = BUF_INIT;

	if (text.len > 0)
		utf8_add(&first, utf8_next(&text));
	buf_adds(out, "<div class=\"who\"><span class=\"face\""
	    " aria-hidden=\"true\">");
	add_text(out, buf_text(&first));
	buf_adds(out, "</span><span dir=\"auto\">");
	add_text(out, name);
	buf_adds(out, "</span></div>\n");
	buf_fini(&first);
}

static void
add_note(struct buf *out, const struct message_out *m)
{
	if (m->channel == CHANNEL_SMS)
		buf_addf(out, "%s, %zu %s, %zu %s", m->sms.encoding ==
		    SMS_GSM7 ? "GSM-7" : "UCS-2", m->sms.units,
		    m->sms.encoding == SMS_GSM7 ? "characters" : "units",
		    m->sms.segments, m->sms.segments == 1 ? "segment" :
		    "segments");
	else if (m->channel == CHANNEL_WHATSAPP)
		buf_adds(out, "Approved template, parameters filled in");
	else
		buf_adds(out, channel_names[m->channel]);
}

static void
add_bubble(struct message_page *page, const struct message_shown *shown)
{
	const struct message_out	*m = shown->out;
	struct buf			*out = &page->body;

	buf_adds(out, "<figure>\n");
	add_caption(out, shown);
	buf_addf(out, "<div class=\"phone %s\">\n", channel_names[m->channel]);
	add_face(out, shown->from == NULL ? "" : shown->from);
	buf_adds(out, "<div class=\"say\" dir=\"auto\">");
	message_add_html(out, m->text);
	buf_adds(out, "</div>\n<p class=\"note\">");
	add_note(out, m);
	buf_adds(out, " · to ");
	add_text(out, shown->to == NULL ? "" : shown->to);
	buf_adds(out, " ");
	add_text(out, shown->to_address == NULL ? "" : shown->to_address);
	buf_adds(out, "</p>\n</div>\n</figure>\n");
}

void
message_page_add(struct message_page *page, const struct message_shown *shown)
{
	page->count++;
	begin_group(page, shown->group == NULL ? "" : shown->group);
	if (shown->out->channel == CHANNEL_EMAIL)
		add_mail(page, shown);
	else
		add_bubble(page, shown);
}

/* Only digits and what stands between them: set to the right. */
static bool
is_number(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789.,-+ %")] ==
	    '\0';
}

void
message_page_table(struct message_page *page, const char *title,
    const char *const *cells, size_t columns, size_t rows)
{
	struct buf	*out = &page->tables;
	const char	*cell;

	buf_adds(out, "<section>\n<h3>");
	add_text(out, title);
	buf_adds(out, "</h3>\n<table class=\"facts\">\n");
	for (size_t row = 0; row < rows; row++) {
		buf_adds(out, "<tr>");
		for (size_t column = 0; column < columns; column++) {
			cell = cells[row * columns + column];
			cell = cell == NULL ? "" : cell;
			buf_addf(out, "<t%c%s>", row == 0 ? 'h' : 'd',
			    row > 0 && is_number(cell) ? " class=\"n\"" : "");
			add_text(out, cell);
			buf_addf(out, "</t%c>", row == 0 ? 'h' : 'd');
		}
		buf_adds(out, "</tr>\n");
	}
	buf_adds(out, "</table>\n</section>\n");
}

bool
message_page_write(const struct message_page *page, struct buf *out,
    struct err *err)
{
	if (!buf_check(&page->head, err) || !buf_check(&page->tables, err) ||
	    !buf_check(&page->links, err) || !buf_check(&page->body, err) ||
	    !buf_check(&page->group, err))
		return false;
	buf_addstr(out, buf_str(&page->head));
	if (page->tables.len > 0) {
		buf_adds(out, "<div class=\"tables\">\n");
		buf_addstr(out, buf_str(&page->tables));
		buf_adds(out, "</div>\n");
	}
	buf_adds(out, "</header>\n");
	if (page->groups > 1) {
		buf_adds(out, "<nav aria-label=\"Groups\">\n");
		buf_addstr(out, buf_str(&page->links));
		buf_adds(out, "</nav>\n");
	}
	buf_adds(out, "<main>\n");
	buf_addstr(out, buf_str(&page->body));
	if (page->groups > 0)
		buf_adds(out, "</div>\n</section>\n");
	buf_addf(out, "</main>\n<footer>%zu %s. Frames are sealed: nothing in"
	    " them runs, and nothing is fetched.</footer>\n</body>\n</html>\n",
	    page->count, page->count == 1 ? "message" : "messages");
	return buf_check(out, err);
}
