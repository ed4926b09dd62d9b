/* SPDX-License-Identifier: ISC */
/*
 * mail.h - e-mail messages as bytes (RFC 5322, 2045-2047, 2231).
 *
 * Pure: the same struct mail gives the same bytes, boundaries included.
 * Lines end in CRLF and have at most 998 octets, header lines at most 78
 * where they can be folded; everything is ASCII (quoted-printable, base64,
 * encoded words), so no route needs 8BITMIME or SMTPUTF8.  A CR, LF, NUL or
 * other control in a header value is ERR_INPUT: it is refused in one place
 * (mail_header.c).  Thread: any.
 */
#ifndef DUNLIN_MAIL_MAIL_H
#define DUNLIN_MAIL_MAIL_H

#include "base/date.h"

#include <stdint.h>

#define MAIL_LOCAL_MAX	64	/* RFC 5321, 4.5.3.1 */
#define MAIL_DOMAIN_MAX	253	/* 255 octets on the DNS wire */
#define MAIL_LABEL_MAX	63
#define MAIL_PATH_MAX	254	/* 256 with its angle brackets */
#define MAIL_LINE_MAX	998

/*
 * Can a message be addressed to this?  dot-atom "@" host name, in ASCII.
 * Refused with ERR_INPUT and a reason: comments and white space, obsolete
 * forms, quoted local parts, address literals, numeric top-level domains,
 * overlong parts; non-ASCII says "5.6.7" (SMTPUTF8, RFC 6531, not built yet).
 */
bool	mail_address_check(struct str address, struct err *err) MUST_CHECK;

struct mail_mailbox {
	struct str	name;		/* any UTF-8; may be empty */
	struct str	address;	/* passes mail_address_check */
};

struct mail_header {
	const char	*name;
	struct str	 value;		/* ASCII, written as it is, folded */
};

struct mail_file {
	struct str	name;		/* any UTF-8 */
	struct str	type;		/* "application/pdf" */
	struct str	bytes;
};

struct mail {
	int64_t				 date_ms;
	int32_t				 offset_s;	/* zone of Date */
	struct mail_mailbox		 from;
	struct mail_mailbox		 reply_to;	/* no address: left out */
	struct mail_mailbox		 to;
	struct str			 message_id;	/* "K.1@host", no <> */
	struct str			 in_reply_to;	/* may be empty */
	struct str			 subject;
	struct str			 language;	/* Content-Language */
	const struct mail_header	*headers;	/* behind those above */
	size_t				 header_count;
	struct str			 text;		/* UTF-8, LF lines */
	struct str			 html;		/* may be empty */
	const struct mail_file		*files;		/* attachments */
	size_t				 file_count;
};

/*
 * Adds the whole message.  text/plain alone, or multipart/alternative (text
 * first), inside multipart/mixed when there are files.  ERR_INPUT names the
 * header that is wrong.
 */
bool	mail_write(const struct mail *mail, struct buf *out, struct err *err)
	    MUST_CHECK;

/* --- the pieces ---------------------------------------------------------- */

/*
 * `Name: value CRLF` of a header that holds free text, folded; encoded words
 * (RFC 2047) for what would not come out as it went in.
 */
bool	mail_add_text(struct buf *out, const char *name, struct str value,
	    struct err *err) MUST_CHECK;

/* The same for a header with a grammar of its own: ASCII, only folded. */
bool	mail_add_raw(struct buf *out, const char *name, struct str value,
	    struct err *err) MUST_CHECK;

/* The same for a header that holds one mailbox: `Name <address>`. */
bool	mail_add_mailbox(struct buf *out, const char *name,
	    const struct mail_mailbox *mailbox, struct err *err) MUST_CHECK;

/* `Sat, 21 Nov 2026 10:00:00 -0500` */
void	mail_add_date(struct buf *out, int64_t ms, int32_t offset_s);

/* `; name="ascii"` and, where that loses something, `; name*=UTF-8''...`. */
bool	mail_add_param(struct buf *out, const char *name, struct str value,
	    struct err *err) MUST_CHECK;

/* RFC 2045 6.7; LF and CR LF are line ends and come out as CRLF. */
void	mail_quoted_printable(struct buf *out, struct str text);

/* RFC 2045 6.8, lines of 76. */
void	mail_base64(struct buf *out, struct str bytes);

#endif
