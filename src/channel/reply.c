/* SPDX-License-Identifier: ISC */
#include "channel/reply.h"

#include "base/date.h"
#include "base/utf8.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Takes 1 to most digits; what follows them is no digit. */
static bool
take_number(struct str *s, size_t most, int *out)
{
	size_t	n = 0;
	int	number = 0;

	for (; n < s->len && is_digit(s->p[n]); n++) {
		if (n == most)
			return false;
		number = number * 10 + (s->p[n] - '0');
	}
	if (n == 0)
		return false;
	s->p += n;
	s->len -= n;
	*out = number;
	return true;
}

static bool
take_char(struct str *s, char c)
{
	if (s->len == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->len--;
	return true;
}

/* "550 " or "550-", if the line begins so. */
static void
skip_basic(struct str *s)
{
	struct str	rest = *s;
	int		code;

	if (!take_number(&rest, 3, &code) || code < 200 || code > 599)
		return;
	if (take_char(&rest, '-') || take_char(&rest, ' '))
		*s = rest;
}

bool
reply_enhanced(struct str text, struct reply_enhanced *out)
{
	struct reply_enhanced	code;

	text = str_trim(text);
	skip_basic(&text);
	text = str_trim(text);
	(void)take_char(&text, '#');	/* as some write it: "#5.1.1" */
	if (!take_number(&text, 1, &code.class) || !take_char(&text, '.') ||
	    !take_number(&text, 3, &code.subject) || !take_char(&text, '.') ||
	    !take_number(&text, 3, &code.detail))
		return false;
	/* "5.1.1.1" is an address, "5.1.1x" a name */
	if (text.len > 0 && !is_space(text.p[0]) && text.p[0] != ':' &&
	    text.p[0] != '-' && text.p[0] != ',' && text.p[0] != ';' &&
	    text.p[0] != ')')
		return false;
	if (code.class != 2 && code.class != 4 && code.class != 5)
		return false;
	*out = code;
	return true;
}

/* --- words -------------------------------------------------------------------- */

static struct str
first_bytes(struct str text)
{
	if (text.len > REPLY_READ)
		text.len = REPLY_READ;
	return text;
}

/* A piece up to white space; its spaces behind it go too. */
static struct str
take_piece(struct str *s)
{
	struct str	piece = {s->p, 0};
	size_t		n = 0;

	while (n < s->len && !is_space(s->p[n]))
		n++;
	piece.len = n;
	while (n < s->len && is_space(s->p[n]))
		n++;
	s->p += n;
	s->len -= n;
	return piece;
}

/* What of a piece is the server's own: no address; of a link the host. */
static struct str
own_part(struct str piece)
{
	size_t	slashes = 0;

	for (size_t i = 0; i < piece.len; i++) {
		if (piece.p[i] == '@')
			return (struct str){piece.p, 0};
		slashes += piece.p[i] == '/';
		if (slashes == 3 && i > 2)
			return (struct str){piece.p, i};
	}
	return piece;
}

static void
add_line(struct buf *out, struct str line)
{
	struct str	piece;

	line = str_trim(line);
	skip_basic(&line);
	line = str_trim(line);
	while (line.len > 0) {
		piece = take_piece(&line);
		buf_addstr(out, own_part(piece));
		buf_addc(out, ' ');
	}
}

void
reply_words(struct buf *out, struct str text)
{
	struct buf	lines = BUF_INIT;
	const char	*end;
	struct str	line;

	text = first_bytes(text);
	while (text.len > 0) {
		end = memchr(text.p, '\n', text.len);
		line = (struct str){text.p,
		    end == NULL ? text.len : (size_t)(end - text.p)};
		add_line(&lines, line);
		text.p += line.len + (end != NULL);
		text.len -= line.len + (end != NULL);
	}
	utf8_fold(out, buf_str(&lines));
	buf_fini(&lines);
}

/* --- waits ---------------------------------------------------------------------- */

/* What a wait stands behind, folded.  The longest of those that begin alike
 * comes first. */
static const char *const	wait_words[] = {
	"try again in", "try again after", "try later in", "try later after",
	"try in", "retry in", "retry after", "retry-after:", "resend in",
	"resend after", "come back in", "come back after", "wait for", "wait",
	"greylisted for", "graylisted for", "deferred for", "delayed for",
	"blocked for", "back in", "available in", "again in", "again after",
	"intentelo en", "intente en", "reintente en", "reintentar en",
	"nuevamente en", "de nuevo en", "otra vez en", "nuevo dentro de",
	"nuevamente dentro de", "espere", "espera", "reintente dentro de",
	"tente em", "novamente em", "de novo em", "aguarde", "dentro de",
	NULL
};

/* Filler between those words and the number. */
static const char *const	filler_words[] = {
	"at least", "about", "another", "approximately", "al menos", "unos",
	"pelo menos", "cerca de", NULL
};

struct unit_row {
	const char	*name;
	int64_t		 ms;
};

static const struct unit_row	unit_rows[] = {
	{"s", SECOND_MS}, {"sec", SECOND_MS}, {"secs", SECOND_MS},
	{"second", SECOND_MS}, {"seconds", SECOND_MS},
	{"seg", SECOND_MS}, {"segundo", SECOND_MS}, {"segundos", SECOND_MS},
	{"m", MINUTE_MS}, {"min", MINUTE_MS}, {"mins", MINUTE_MS},
	{"minute", MINUTE_MS}, {"minutes", MINUTE_MS},
	{"minuto", MINUTE_MS}, {"minutos", MINUTE_MS},
	{"h", HOUR_MS}, {"hr", HOUR_MS}, {"hrs", HOUR_MS},
	{"hour", HOUR_MS}, {"hours", HOUR_MS},
	{"hora", HOUR_MS}, {"horas", HOUR_MS}
};

static int64_t
unit_ms(struct str word)
{
	for (size_t i = 0; i < sizeof(unit_rows) / sizeof(unit_rows[0]); i++) {
		if (str_is(word, unit_rows[i].name))
			return unit_rows[i].ms;
	}
	return 0;
}

static struct str
take_letters(struct str *s)
{
	struct str	word = {s->p, 0};

	while (word.len < s->len && s->p[word.len] >= 'a' &&
	    s->p[word.len] <= 'z')
		word.len++;
	s->p += word.len;
	s->len -= word.len;
	return word;
}

/* ":04:59" behind "00", ":59" behind "04"; false when it is not so. */
static bool
read_clock(struct str s, int first, int64_t *ms_out)
{
	int	second, third;

	if (!take_char(&s, ':') || !take_number(&s, 2, &second) ||
	    second > 59)
		return false;
	if (!take_char(&s, ':')) {
		*ms_out = first * MINUTE_MS + second * SECOND_MS;
		return true;
	}
	if (!take_number(&s, 2, &third) || third > 59)
		return false;
	*ms_out = first * HOUR_MS + second * MINUTE_MS + third * SECOND_MS;
	return true;
}

/* A duration at the beginning of s: "300 seconds", "5min", "00:04:59". */
static int64_t
read_duration(struct str s)
{
	int64_t	ms;
	int	number;

	s = str_trim(s);
	for (size_t i = 0; filler_words[i] != NULL; i++) {
		if (str_starts(s, filler_words[i])) {
			s.p += strlen(filler_words[i]);
			s.len -= strlen(filler_words[i]);
			s = str_trim(s);
			break;
		}
	}
	if (!take_number(&s, 6, &number))
		return 0;
	if (read_clock(s, number, &ms))
		return ms;
	s = str_trim(s);
	return number * unit_ms(take_letters(&s));
}

static int64_t
wait_at(struct str s)
{
	struct str	rest;
	int64_t		ms;

	for (size_t i = 0; wait_words[i] != NULL; i++) {
		if (!str_starts(s, wait_words[i]))
			continue;
		rest = s;
		rest.p += strlen(wait_words[i]);
		rest.len -= strlen(wait_words[i]);
		if ((ms = read_duration(rest)) > 0)
			return ms;
	}
	return 0;
}

int64_t
reply_wait(struct str text)
{
	struct buf	words = BUF_INIT;
	struct str	s;
	int64_t		ms = 0;

	reply_words(&words, text);
	for (s = buf_str(&words); s.len > 0 && ms == 0; s.p++, s.len--)
		ms = wait_at(s);
	buf_fini(&words);
	if (ms == 0)
		return 0;
	if (ms < MINUTE_MS)
		return MINUTE_MS;
	return ms > 6 * HOUR_MS ? 6 * HOUR_MS : ms;
}
