/* SPDX-License-Identifier: ISC */
#include "base/hash.h"
#include "mail/mail.h"

#define BOUNDARY_LEN	28

/*
 * "=_" never comes out of quoted-printable or base64, so that no body can
 * hold it; the rest follows from the Message-ID: same mail, same bytes.
 */
static bool
make_boundary(const struct mail *mail, const char *part,
    char out[static BOUNDARY_LEN + 1], struct err *err)
{
	struct str	pieces[] = {mail->message_id, str_of(part)};
	struct buf	text = BUF_INIT;
	struct hash	hash;
	bool		ok = false;

	if (!hash_pieces(pieces, 2, &hash))
		return err_nomem(err);
	buf_addf(&text, "=_%s_", part);
	hash_base32(&text, hash.bytes, HASH_LEN);
	if (buf_check(&text, err)) {
		memcpy(out, text.p, BOUNDARY_LEN);
		out[BOUNDARY_LEN] = '\0';
		ok = true;
	}
	buf_fini(&text);
	return ok;
}

static bool
add_id(struct buf *out, const char *name, struct str id, struct err *err)
{
	struct buf	text = BUF_INIT;
	bool		ok;

	if (id.len == 0)
		return true;
	buf_addc(&text, '<');
	buf_addstr(&text, id);
	buf_addc(&text, '>');
	ok = buf_check(&text, err) &&
	    mail_add_raw(out, name, buf_str(&text), err);
	buf_fini(&text);
	return ok;
}

static bool
check_id(struct str id, struct err *err)
{
	const char	*at = id.len == 0 ? NULL : memchr(id.p, '@', id.len);

	if (at == NULL || at == id.p || at + 1 == id.p + id.len)
		return err_set(err, ERR_INPUT, "a Message-ID is word@host");
	for (size_t i = 0; i < id.len; i++) {
		if (id.p[i] <= ' ' || id.p[i] == '<' || id.p[i] == '>')
			return err_set(err, ERR_INPUT, "a Message-ID cannot"
			    " hold what this one does at byte %zu", i + 1);
	}
	return true;
}

/* The order of COMPLIANCE B3. */
static bool
add_headers(const struct mail *mail, struct buf *out, struct err *err)
{
	if (!check_id(mail->message_id, err))
		return false;
	buf_adds(out, "Date: ");
	mail_add_date(out, mail->date_ms, mail->offset_s);
	buf_adds(out, "\r\n");
	if (!mail_add_mailbox(out, "From", &mail->from, err) ||
	    (mail->reply_to.address.len > 0 &&
	    !mail_add_mailbox(out, "Reply-To", &mail->reply_to, err)) ||
	    !mail_add_mailbox(out, "To", &mail->to, err) ||
	    !add_id(out, "Message-ID", mail->message_id, err) ||
	    !add_id(out, "In-Reply-To", mail->in_reply_to, err) ||
	    !add_id(out, "References", mail->in_reply_to, err) ||
	    !mail_add_text(out, "Subject", mail->subject, err))
		return false;
	buf_adds(out, "MIME-Version: 1.0\r\n");
	if (mail->language.len > 0 && !mail_add_raw(out, "Content-Language",
	    mail->language, err))
		return false;
	for (size_t i = 0; i < mail->header_count; i++) {
		if (!mail_add_raw(out, mail->headers[i].name,
		    mail->headers[i].value, err))
			return false;
	}
	return true;
}

static void
add_text_part(struct buf *out, const char *subtype, struct str text)
{
	buf_addf(out, "Content-Type: text/%s; charset=UTF-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n", subtype);
	mail_quoted_printable(out, text);
	if (text.len > 0 && text.p[text.len - 1] != '\n')
		buf_adds(out, "\r\n");
}

static bool
add_alternative(const struct mail *mail, struct buf *out, struct err *err)
{
	char	boundary[BOUNDARY_LEN + 1];

	if (mail->html.len == 0) {
		add_text_part(out, "plain", mail->text);
		return buf_check(out, err);
	}
	if (!make_boundary(mail, "alt", boundary, err))
		return false;
	buf_addf(out, "Content-Type: multipart/alternative;\r\n"
	    " boundary=\"%s\"\r\n\r\n--%s\r\n", boundary, boundary);
	add_text_part(out, "plain", mail->text);
	buf_addf(out, "\r\n--%s\r\n", boundary);
	add_text_part(out, "html", mail->html);
	buf_addf(out, "\r\n--%s--\r\n", boundary);
	return buf_check(out, err);
}

static bool
add_file(const struct mail_file *file, struct buf *out, struct err *err)
{
	buf_addf(out, "Content-Type: %.*s", STR_ARG(file->type));
	if (!mail_add_param(out, "name", file->name, err))
		return false;
	buf_adds(out, "\r\nContent-Disposition: attachment");
	if (!mail_add_param(out, "filename", file->name, err))
		return false;
	buf_adds(out, "\r\nContent-Transfer-Encoding: base64\r\n\r\n");
	mail_base64(out, file->bytes);
	return buf_check(out, err);
}

/* type "/" subtype of letters, digits and -.+ only */
static bool
check_type(struct str type, struct err *err)
{
	size_t	slashes = 0;

	for (size_t i = 0; i < type.len; i++) {
		char	c = type.p[i];

		slashes += c == '/';
		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') &&
		    (c == '\0' || strchr("/-.+", c) == NULL))
			slashes = 9;
	}
	if (slashes != 1 || type.len > 80)
		return err_set(err, ERR_INPUT, "an attachment's type is one"
		    " such as application/pdf");
	return true;
}

bool
mail_write(const struct mail *mail, struct buf *out, struct err *err)
{
	char	boundary[BOUNDARY_LEN + 1];

	if (!add_headers(mail, out, err))
		return false;
	if (mail->file_count == 0)
		return add_alternative(mail, out, err);
	if (!make_boundary(mail, "mix", boundary, err))
		return false;
	buf_addf(out, "Content-Type: multipart/mixed;\r\n boundary=\"%s\""
	    "\r\n\r\n--%s\r\n", boundary, boundary);
	if (!add_alternative(mail, out, err))
		return false;
	for (size_t i = 0; i < mail->file_count; i++) {
		buf_addf(out, "\r\n--%s\r\n", boundary);
		if (!check_type(mail->files[i].type, err) ||
		    !add_file(&mail->files[i], out, err))
			return err_in(err, "attachment %zu", i + 1);
	}
	buf_addf(out, "\r\n--%s--\r\n", boundary);
	return buf_check(out, err);
}
