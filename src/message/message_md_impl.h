/* SPDX-License-Identifier: ISC */
/* message_md_impl.h - what both Markdown renderers need. */
#ifndef DUNLIN_MESSAGE_MESSAGE_MD_IMPL_H
#define DUNLIN_MESSAGE_MESSAGE_MD_IMPL_H

#include "message/message_md.h"

#include <md4c.h>

#define MD_OUR_FLAGS	(MD_FLAG_NOHTML | MD_FLAG_TABLES | \
	MD_FLAG_NOINDENTEDCODEBLOCKS)

/* The characters of a piece of text, entities resolved; not escaped. */
void	md_add_text(struct buf *out, MD_TEXTTYPE type, struct str text);

/* The URL of a link; false, and out untouched, when it is no good. */
bool	md_add_url(struct buf *out, const MD_ATTRIBUTE *href);

bool	md_run(struct str markdown, const MD_PARSER *parser, void *user,
	    struct err *err) MUST_CHECK;

#endif
