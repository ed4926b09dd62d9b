/* SPDX-License-Identifier: ISC */
/*
 * fuzz_mail.c - an address, a header's text, and a whole message whose parts
 * are the lines of the input.  A header says after decoding what went in, and
 * no line of a message is one that we did not mean to write.
 */
#include "fuzz/fuzz.h"

#include "mail/mail.h"

#define HEADER	"Subject"

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ?
	    c - 'A' + 10 : -1;
}

static void
decode_q(struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '=') {
			FUZZ_HOLDS(i + 2 < s.len);
			FUZZ_HOLDS(hex_digit(s.p[i + 1]) >= 0 &&
			    hex_digit(s.p[i + 2]) >= 0);
			buf_addc(out, (char)(hex_digit(s.p[i + 1]) << 4 |
			    hex_digit(s.p[i + 2])));
			i += 2;
		} else
			buf_addc(out, s.p[i] == '_' ? ' ' : s.p[i]);
	}
}

static void
decode_b(struct str s, struct buf *out)
{
	static const char	letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned	bits = 0, count = 0;

	FUZZ_HOLDS(s.len % 4 == 0);
	for (size_t i = 0; i < s.len && s.p[i] != '='; i++) {
		const char	*at = strchr(letters, s.p[i]);

		FUZZ_HOLDS(at != NULL && *at != '\0');
		bits = (bits << 6 | (unsigned)(at - letters)) & 0xffffff;
		if ((count += 6) >= 8) {
			count -= 8;
			buf_addc(out, (char)(bits >> count & 0xff));
		}
	}
}

/* RFC 2047: a word that is encoded; the space before a second one is none. */
static bool
decode_word(struct str word, struct buf *out)
{
	struct str	inside;

	if (!str_starts(word, "=?UTF-8?") || !str_ends(word, "?=") ||
	    word.len < 12)
		return false;
	FUZZ_HOLDS(word.len <= 75);
	inside = (struct str){word.p + 10, word.len - 12};
	if (word.p[8] == 'Q')
		decode_q(inside, out);
	else
		decode_b(inside, out);
	return true;
}

/* `Name: value CRLF`, unfolded and decoded. */
static void
decode_header(struct str line, struct buf *out)
{
	struct str	word;
	bool		was_encoded = true, is_encoded;

	line.p += strlen(HEADER ": ");
	line.len -= strlen(HEADER ": ") + 2;
	for (size_t at = 0; at <= line.len; at += word.len + 1) {
		const char	*end = memchr(line.p + at, ' ', line.len - at);

		word = (struct str){line.p + at, end == NULL ? line.len - at :
		    (size_t)(end - line.p) - at};
		is_encoded = str_starts(word, "=?UTF-8?");
		if (at > 0 && (!was_encoded || !is_encoded))
			buf_addc(out, ' ');
		if (!decode_word(word, out))
			buf_addstr(out, word);
		was_encoded = is_encoded;
	}
}

/* Lines end in CRLF alone, are ASCII and short enough. */
static void
check_lines(struct str text, size_t longest)
{
	size_t	start = 0;

	FUZZ_HOLDS(str_ends(text, "\r\n"));
	for (size_t i = 0; i < text.len; i++) {
		FUZZ_HOLDS((unsigned char)text.p[i] < 0x80 &&
		    text.p[i] != '\0');
		if (text.p[i] == '\r')
			FUZZ_HOLDS(text.p[i + 1] == '\n');
		if (text.p[i] != '\n')
			continue;
		FUZZ_HOLDS(i > 0 && text.p[i - 1] == '\r');
		FUZZ_HOLDS(i - 1 - start <= longest);
		start = i + 1;
	}
}

static void
unfold(struct str text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		if (i + 2 < text.len && text.p[i] == '\r' &&
		    text.p[i + 2] == ' ')
			i++;		/* its LF too; the space stays */
		else
			buf_addc(out, text.p[i]);
	}
}

static void
try_text(struct str value)
{
	struct buf	out = BUF_INIT, line = BUF_INIT, back = BUF_INIT;
	struct err	err;

	if (mail_add_text(&out, HEADER, value, &err)) {
		check_lines(buf_str(&out), 78);
		unfold(buf_str(&out), &line);
		decode_header(buf_str(&line), &back);
		FUZZ_HOLDS(str_eq(buf_str(&back), value));
	} else
		FUZZ_HOLDS(err.kind == ERR_INPUT);
	buf_fini(&out);
	buf_fini(&line);
	buf_fini(&back);
}

static void
try_address(struct str address)
{
	struct err	err;

	if (mail_address_check(address, &err)) {
		FUZZ_HOLDS(address.len <= MAIL_PATH_MAX);
		for (size_t i = 0; i < address.len; i++)
			FUZZ_HOLDS(address.p[i] > ' ' && address.p[i] < 0x7f &&
			    strchr("()<>,;:\\\"[]", address.p[i]) == NULL);
	} else
		FUZZ_HOLDS(err.kind == ERR_INPUT);
}

/* Every line of the head is a header of ours or goes on with one. */
static void
check_head(struct str mail)
{
	static const char *const	names[] = {"Date: ", "From: ",
		"Reply-To: ", "To: ", "Message-ID: ", "In-Reply-To: ",
		"References: ", "Subject: ", "Content-Language: ",
		"MIME-Version: ", "Content-Type: ",
		"Content-Transfer-Encoding: ", " "};
	struct str	line;
	bool		known;

	for (;;) {
		line = fuzz_line(&mail);
		if (str_is(line, "\r"))
			return;
		known = false;
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			known |= str_starts(line, names[i]);
		FUZZ_HOLDS(known);
	}
}

static void
try_mail(struct str rest)
{
	struct buf		out = BUF_INIT;
	struct err		err;
	struct mail_file	file = {.type = STR("application/pdf")};
	struct mail		mail = {.date_ms = INT64_C(1795262400000),
		.from = {fuzz_line(&rest), STR("a@example.com")},
		.to = {fuzz_line(&rest), STR("b@example.com")},
		.message_id = fuzz_line(&rest), .in_reply_to = fuzz_line(&rest),
		.subject = fuzz_line(&rest), .language = fuzz_line(&rest)};

	file.name = fuzz_line(&rest);
	file.bytes = mail.text = mail.html = rest;
	mail.files = &file;
	mail.file_count = file.name.len > 0;
	if (mail_write(&mail, &out, &err)) {
		check_lines(buf_str(&out), MAIL_LINE_MAX);
		check_head(buf_str(&out));
	} else
		FUZZ_HOLDS(err.kind == ERR_INPUT);
	buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_address(fuzz_str(data, size));
	try_text(fuzz_str(data, size));
	try_mail(fuzz_str(data, size));
	return 0;
}
