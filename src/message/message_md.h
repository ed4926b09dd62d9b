/* SPDX-License-Identifier: ISC */
/*
 * message_md.h - Markdown into the two parts of an e-mail.
 *
 * CommonMark with tables; no raw HTML, no autolinks, no indented code.  Links
 * with a scheme other than https, http, mailto and tel lose it and stay as
 * text.  md4c's only home is behind this.
 */
#ifndef DUNLIN_MESSAGE_MESSAGE_MD_H
#define DUNLIN_MESSAGE_MESSAGE_MD_H

#include "base/buf.h"

/* HTML with inline style; a paragraph that is one link becomes a button. */
bool	message_md_html(struct str markdown, struct buf *out, struct err *err)
	    MUST_CHECK;

/* Text: tables aligned, links as `text: url`. */
bool	message_md_text(struct str markdown, struct buf *out, struct err *err)
	    MUST_CHECK;

/* May a message link to this? */
bool	message_link_ok(struct str url);

void	message_add_html(struct buf *out, struct str text);

/*
 * Escapes text so that Markdown shows it as it is.  A backslash that the
 * template left open before it is closed first.
 */
void	message_add_markdown(struct buf *out, struct str text);

#endif
