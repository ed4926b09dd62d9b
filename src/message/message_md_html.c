/* SPDX-License-Identifier: ISC */
#include "message/message_md_impl.h"

/*
 * Styles stand in the elements because some readers drop <style>; classes are
 * for what only the layout's <style> can do (dark mode, narrow screens).
 */
#define STYLE_LINK	"color:#0b57d0;text-decoration:underline"
#define STYLE_BUTTON	"display:inline-block;padding:13px 26px;" \
	"background:#0b57d0;border-radius:8px;color:#ffffff;" \
	"font-weight:600;text-decoration:none"

struct html {
	struct buf	*out;
	struct buf	 url;		/* of the link at hand */
	size_t		 p_start;	/* of the paragraph's tag */
	size_t		 label_start;	/* of the link's text */
	size_t		 label_end;
	int		 links;		/* in the paragraph */
	bool		 in_link;
	bool		 bare;		/* text outside its links */
	bool		 linked;	/* the link at hand has a good URL */
};

struct block_row {
	const char	*open;
	const char	*close;
};

static const struct block_row	blocks[] = {
	[MD_BLOCK_DOC] = {"", ""},
	[MD_BLOCK_QUOTE] = {"<blockquote style=\"margin:0 0 16px;padding:0 0 0"
	    " 14px;border-left:3px solid #c4c7cc\">\n", "</blockquote>\n"},
	[MD_BLOCK_UL] = {"<ul style=\"margin:0 0 16px;padding:0 0 0 22px\">\n",
	    "</ul>\n"},
	[MD_BLOCK_OL] = {"<ol style=\"margin:0 0 16px;padding:0 0 0 22px\">\n",
	    "</ol>\n"},
	[MD_BLOCK_LI] = {"<li style=\"margin:0 0 6px\">", "</li>\n"},
	[MD_BLOCK_HR] = {"<hr class=\"line\" style=\"margin:24px 0;border:0;"
	    "border-top:1px solid #dfe1e5\">\n", ""},
	[MD_BLOCK_CODE] = {"<pre style=\"margin:0 0 16px;white-space:pre-wrap;"
	    "font:inherit\">", "</pre>\n"},
	[MD_BLOCK_HTML] = {"", ""},
	[MD_BLOCK_P] = {"<p style=\"margin:0 0 16px\">", "</p>\n"},
	[MD_BLOCK_TABLE] = {"<table class=\"data\" width=\"100%\""
	    " cellpadding=\"7\" cellspacing=\"0\" style=\"margin:0 0 16px;"
	    "border-collapse:collapse;font-size:15px\">\n", "</table>\n"},
	[MD_BLOCK_THEAD] = {"<thead>", "</thead>\n"},
	[MD_BLOCK_TBODY] = {"<tbody>", "</tbody>\n"},
	[MD_BLOCK_TR] = {"<tr>", "</tr>\n"},
	[MD_BLOCK_TH] = {"", "</th>"},
	[MD_BLOCK_TD] = {"", "</td>"}
};

static const char	*
heading_tag(const MD_BLOCK_H_DETAIL *detail)
{
	/* one h1 a mail; deeper than three is never needed in a letter */
	return detail->level == 1 ? "h1" : detail->level == 2 ? "h2" : "h3";
}

static void
open_cell(struct html *html, MD_BLOCKTYPE type, const MD_BLOCK_TD_DETAIL *cell)
{
	const char	*align = cell->align == MD_ALIGN_RIGHT ? "right" :
			    cell->align == MD_ALIGN_CENTER ? "center" : NULL;

	if (type == MD_BLOCK_TH)
		buf_addf(html->out, "<th scope=\"col\" align=\"%s\" style=\""
		    "font-weight:600;border-bottom:2px solid #c4c7cc\">",
		    align == NULL ? "left" : align);
	else if (align != NULL)
		buf_addf(html->out, "<td align=\"%s\">", align);
	else
		buf_adds(html->out, "<td>");
}

static int
html_enter_block(MD_BLOCKTYPE type, void *detail, void *user)
{
	struct html	*html = user;

	if (type == MD_BLOCK_P) {
		html->p_start = html->out->len;
		html->links = 0;
		html->bare = false;
	}
	if (type == MD_BLOCK_H)
		buf_addf(html->out, "<%s style=\"margin:0 0 14px;font-size:%s;"
		    "line-height:1.3\">", heading_tag(detail),
		    ((MD_BLOCK_H_DETAIL *)detail)->level == 1 ? "22px" :
		    "17px");
	else if (type == MD_BLOCK_TH || type == MD_BLOCK_TD)
		open_cell(html, type, detail);
	else
		buf_adds(html->out, blocks[type].open);
	return buf_ok(html->out) ? 0 : 1;
}

/* The whole paragraph was one link: what the reader is asked to press. */
static void
make_button(struct html *html)
{
	struct buf	label = BUF_INIT;

	buf_add(&label, html->out->p + html->label_start,
	    html->label_end - html->label_start);
	buf_truncate(html->out, html->p_start);
	buf_adds(html->out, "<p style=\"margin:8px 0 24px\"><a class=\"button\""
	    " href=\"");
	message_add_html(html->out, buf_str(&html->url));
	buf_adds(html->out, "\" style=\"" STYLE_BUTTON "\">");
	buf_addstr(html->out, buf_str(&label));
	buf_adds(html->out, "</a></p>\n");
	if (label.failed)
		html->out->failed = true;
	buf_fini(&label);
}

static int
html_leave_block(MD_BLOCKTYPE type, void *detail, void *user)
{
	struct html	*html = user;

	if (type == MD_BLOCK_P && html->links == 1 && !html->bare)
		make_button(html);
	else if (type == MD_BLOCK_H)
		buf_addf(html->out, "</%s>\n", heading_tag(detail));
	else
		buf_adds(html->out, blocks[type].close);
	return buf_ok(html->out) ? 0 : 1;
}

static void
open_link(struct html *html, const MD_SPAN_A_DETAIL *detail)
{
	buf_clear(&html->url);
	html->linked = md_add_url(&html->url, &detail->href);
	html->in_link = true;
	if (html->linked) {
		buf_adds(html->out, "<a href=\"");
		message_add_html(html->out, buf_str(&html->url));
		buf_adds(html->out, "\" style=\"" STYLE_LINK "\">");
		html->links++;
	} else
		html->bare = true;
	html->label_start = html->out->len;
}

static int
html_enter_span(MD_SPANTYPE type, void *detail, void *user)
{
	struct html	*html = user;

	if (type == MD_SPAN_A)
		open_link(html, detail);
	else if (type == MD_SPAN_STRONG)
		buf_adds(html->out, "<strong>");
	else if (type == MD_SPAN_EM)
		buf_adds(html->out, "<em>");
	else if (type == MD_SPAN_CODE)
		buf_adds(html->out, "<code>");
	return buf_ok(html->out) ? 0 : 1;	/* an image is its text */
}

static int
html_leave_span(MD_SPANTYPE type, void *detail, void *user)
{
	struct html	*html = user;

	(void)detail;
	if (type == MD_SPAN_A) {
		html->label_end = html->out->len;
		html->in_link = false;
		if (html->linked)
			buf_adds(html->out, "</a>");
	} else if (type == MD_SPAN_STRONG)
		buf_adds(html->out, "</strong>");
	else if (type == MD_SPAN_EM)
		buf_adds(html->out, "</em>");
	else if (type == MD_SPAN_CODE)
		buf_adds(html->out, "</code>");
	return buf_ok(html->out) ? 0 : 1;
}

static int
html_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *user)
{
	struct html	*html = user;
	struct buf	 plain = BUF_INIT;

	if (!html->in_link)
		html->bare = true;
	if (type == MD_TEXT_BR) {
		buf_adds(html->out, "<br>\n");
	} else if (type == MD_TEXT_SOFTBR) {
		buf_addc(html->out, '\n');
	} else if (type == MD_TEXT_NORMAL || type == MD_TEXT_CODE) {
		message_add_html(html->out, (struct str){text, size});
	} else {
		md_add_text(&plain, type, (struct str){text, size});
		message_add_html(html->out, buf_str(&plain));
		html->out->failed |= plain.failed;
		buf_fini(&plain);
	}
	return buf_ok(html->out) ? 0 : 1;
}

bool
message_md_html(struct str markdown, struct buf *out, struct err *err)
{
	static const MD_PARSER	parser = {
		.flags = MD_OUR_FLAGS,
		.enter_block = html_enter_block,
		.leave_block = html_leave_block,
		.enter_span = html_enter_span,
		.leave_span = html_leave_span,
		.text = html_text
	};
	struct html		html = {.out = out, .url = BUF_INIT};
	bool			ok;

	ok = md_run(markdown, &parser, &html, err) && buf_check(out, err) &&
	    buf_check(&html.url, err);
	buf_fini(&html.url);
	return ok;
}
