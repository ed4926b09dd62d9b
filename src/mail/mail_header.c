/* SPDX-License-Identifier: ISC */
#include "base/hash.h"
#include "base/utf8.h"
#include "mail/mail.h"

#define FOLD_AT		78	/* RFC 5322, 2.1.1 */
#define WORD_LINE	76	/* a line with an encoded word, RFC 2047, 2 */
#define WORD_MAX	75
#define WORD_FRAME	12	/* "=?UTF-8?Q?" and "?=" */
#define ATOM_MAX	60	/* a longer run of one word is encoded */

/*
 * The only place that lets a value into a header: whatever could end it, or
 * show another than it is, stops here.
 */
static bool
check_value(const char *name, struct str value, struct err *err)
{
	struct str	s = value;
	uint32_t	point;

	while (s.len > 0) {
		point = utf8_next(&s);
		if (point == UTF8_BAD)
			return err_set(err, ERR_INPUT, "header %s: ill-formed"
			    " UTF-8", name);
		if (point < 0x20 || (point >= 0x7f && point <= 0x9f) ||
		    point == 0x2028 || point == 0x2029)
			return err_set(err, ERR_INPUT, "header %s: control"
			    " character U+%04X", name, (unsigned)point);
	}
	return true;
}

static bool
is_ascii(struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		if ((unsigned char)value.p[i] >= 0x80)
			return false;
	}
	return true;
}

/* Would white space, folded and unfolded, come out as it went in? */
static bool
plain_spaces(struct str value)
{
	if (value.len > 0 && (value.p[0] == ' ' ||
	    value.p[value.len - 1] == ' '))
		return false;
	for (size_t i = 1; i < value.len; i++) {
		if (value.p[i] == ' ' && value.p[i - 1] == ' ')
			return false;
	}
	return true;
}

static size_t
longest_word(struct str value)
{
	size_t	run = 0, longest = 0;

	for (size_t i = 0; i < value.len; i++) {
		run = value.p[i] == ' ' ? 0 : run + 1;
		if (run > longest)
			longest = run;
	}
	return longest;
}

static bool
needs_encoding(struct str value)
{
	for (size_t i = 0; i + 1 < value.len; i++) {
		if (value.p[i] == '=' && value.p[i + 1] == '?')
			return true;
	}
	return !is_ascii(value) || !plain_spaces(value) ||
	    longest_word(value) > ATOM_MAX;
}

/* What may stand in a Q word also inside a phrase (RFC 2047, 5, rule 3). */
static bool
is_q_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("!*+-/", c));
}

static size_t
q_cost(struct str s)
{
	size_t	cost = 0;

	for (size_t i = 0; i < s.len; i++)
		cost += is_q_plain(s.p[i]) || s.p[i] == ' ' ? 1 : 3;
	return cost;
}

static void
add_word(struct buf *out, struct str piece, bool q)
{
	static const char	hex[] = "0123456789ABCDEF";

	buf_adds(out, q ? "=?UTF-8?Q?" : "=?UTF-8?B?");
	if (!q)
		hash_base64(out, (const unsigned char *)piece.p, piece.len);
	for (size_t i = 0; q && i < piece.len; i++) {
		unsigned char	c = (unsigned char)piece.p[i];

		if (is_q_plain(piece.p[i])) {
			buf_addc(out, piece.p[i]);
		} else if (c == ' ') {
			buf_addc(out, '_');
		} else {
			buf_addc(out, '=');
			buf_addc(out, hex[c >> 4]);
			buf_addc(out, hex[c & 15]);
		}
	}
	buf_adds(out, "?=");
}

static size_t
word_size(struct str piece, bool q)
{
	return WORD_FRAME + (q ? q_cost(piece) : (piece.len + 2) / 3 * 4);
}

/* Encoded words on as many lines as they need; returns the last column. */
static size_t
add_words(struct buf *out, size_t column, struct str value)
{
	bool		q = q_cost(value) <= (value.len + 2) / 3 * 4;
	struct str	rest = value, piece = {value.p, 0}, next;
	size_t		room;

	while (rest.len > 0) {
		next = rest;
		(void)utf8_next(&next);
		room = WORD_LINE - column;
		if (room > WORD_MAX)
			room = WORD_MAX;
		piece.len += rest.len - next.len;
		if (word_size(piece, q) > room) {
			piece.len -= rest.len - next.len;
			if (piece.len > 0) {
				add_word(out, piece, q);
				piece.p += piece.len;
				piece.len = 0;
			}
			buf_adds(out, "\r\n ");
			column = 1;
			continue;	/* the same character again */
		}
		rest = next;
	}
	add_word(out, piece, q);
	return column + word_size(piece, q);
}

/* Words separated by single spaces, folded where a line would be too long. */
static size_t
add_folded(struct buf *out, size_t column, struct str value)
{
	const char	*space;
	size_t		 len;

	for (bool first = true; value.len > 0; first = false) {
		space = memchr(value.p, ' ', value.len);
		len = space == NULL ? value.len : (size_t)(space - value.p);
		/* spaces that follow each other stay with the word before */
		while (len < value.len && value.p[len] == ' ' &&
		    (len + 1 == value.len || value.p[len + 1] == ' '))
			len++;
		if (!first && column + 1 + len > FOLD_AT) {
			buf_adds(out, "\r\n ");
			column = 1;
		} else if (!first) {
			buf_addc(out, ' ');
			column++;
		}
		buf_add(out, value.p, len);
		column += len;
		if (len < value.len)
			len++;
		value.p += len;
		value.len -= len;
	}
	return column;
}

bool
mail_add_text(struct buf *out, const char *name, struct str value,
    struct err *err)
{
	size_t	column = strlen(name) + 2;

	if (!check_value(name, value, err))
		return false;
	buf_addf(out, "%s: ", name);
	if (needs_encoding(value))
		(void)add_words(out, column, value);
	else
		(void)add_folded(out, column, value);
	buf_adds(out, "\r\n");
	return buf_check(out, err);
}

bool
mail_add_raw(struct buf *out, const char *name, struct str value,
    struct err *err)
{
	if (!check_value(name, value, err))
		return false;
	if (!is_ascii(value))
		return err_set(err, ERR_INPUT, "header %s: characters outside"
		    " ASCII", name);
	if (strlen(name) + 2 + longest_word(value) > MAIL_LINE_MAX)
		return err_set(err, ERR_INPUT, "header %s: a word of %zu"
		    " bytes does not fit on a line", name,
		    longest_word(value));
	buf_addf(out, "%s: ", name);
	(void)add_folded(out, strlen(name) + 2, value);
	buf_adds(out, "\r\n");
	return buf_check(out, err);
}

/* RFC 5322's atoms, with spaces between. */
static bool
is_phrase(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char	c = name.p[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
		    (c < '0' || c > '9') && strchr(" !#$%&'*+-/=?^_`{|}~",
		    c) == NULL)
			return false;
	}
	return true;
}

/*
 * Only what every reader takes out of its quotes unchanged (Python's drops
 * angle brackets); all else becomes encoded words.
 */
static bool
can_be_quoted(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (name.p[i] != '.' && name.p[i] != ',' &&
		    !is_phrase((struct str){name.p + i, 1}))
			return false;
	}
	return name.len <= ATOM_MAX;
}

bool
mail_add_mailbox(struct buf *out, const char *name,
    const struct mail_mailbox *mailbox, struct err *err)
{
	size_t		column = strlen(name) + 2;
	struct str	shown = mailbox->name;

	if (!check_value(name, shown, err))
		return false;
	if (!mail_address_check(mailbox->address, err))
		return err_in(err, "header %s", name);
	buf_addf(out, "%s: ", name);
	if (shown.len > 0) {
		if (needs_encoding(shown) ||
		    (!is_phrase(shown) && !can_be_quoted(shown))) {
			column = add_words(out, column, shown);
		} else if (is_phrase(shown)) {
			column = add_folded(out, column, shown);
		} else {
			buf_addf(out, "\"%.*s\"", STR_ARG(shown));
			column += shown.len + 2;
		}
		if (column + mailbox->address.len + 3 > WORD_LINE)
			buf_adds(out, "\r\n");
		buf_addc(out, ' ');
	}
	buf_addc(out, '<');
	buf_addstr(out, mailbox->address);
	buf_adds(out, ">\r\n");
	return buf_check(out, err);
}

void
mail_add_date(struct buf *out, int64_t ms, int32_t offset_s)
{
	static const char	days[][4] = {"Mon", "Tue", "Wed", "Thu", "Fri",
		"Sat", "Sun"};
	static const char	months[][4] = {"Jan", "Feb", "Mar", "Apr",
		"May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	/* the grammar has no seconds in an offset: cut to the minute */
	int32_t			minutes = offset_s / 60;
	struct civil		at = instant_civil(ms, minutes * 60);
	struct date		date = date_of(at.day);
	int32_t			away = minutes < 0 ? -minutes : minutes;

	buf_addf(out, "%s, %d %s %04d %02d:%02d:%02d %c%02d%02d",
	    days[date_weekday(at.day)], date.mday, months[date.month - 1],
	    date.year, at.second / 3600, at.second / 60 % 60, at.second % 60,
	    minutes < 0 ? '-' : '+', away / 60, away % 60);
}

bool
mail_add_param(struct buf *out, const char *name, struct str value,
    struct err *err)
{
	static const char	hex[] = "0123456789ABCDEF";
	bool			exact = true;

	if (!check_value(name, value, err))
		return false;
	if (value.len > 255)
		return err_set(err, ERR_INPUT, "parameter %s: %zu bytes; at"
		    " most 255 can be", name, value.len);
	buf_addf(out, ";\r\n %s=\"", name);
	for (struct str s = value; s.len > 0;) {
		uint32_t	point = utf8_next(&s);
		bool		fits = point < 0x7f && point != '"' &&
				    point != '\\';

		buf_addc(out, fits ? (char)point : '_');
		exact = exact && fits;
	}
	buf_addc(out, '"');
	if (exact)
		return buf_check(out, err);
	buf_addf(out, ";\r\n %s*=UTF-8''", name);
	for (size_t i = 0; i < value.len; i++) {
		unsigned char	c = (unsigned char)value.p[i];

		/* RFC 2231's attribute-char, by what is surely in it */
		if (c == '.' || c == '_' ||
		    (is_q_plain(value.p[i]) && c != '*' && c != '/')) {
			buf_addc(out, value.p[i]);
		} else {
			buf_addc(out, '%');
			buf_addc(out, hex[c >> 4]);
			buf_addc(out, hex[c & 15]);
		}
	}
	return buf_check(out, err);
}
