/* SPDX-License-Identifier: ISC */
#include "conf/conf_impl.h"

#include <limits.h>

void
conf_lex_init(struct lexer *lexer, struct conf *conf,
    const struct conf_file *file, char *lib)
{
	*lexer = (struct lexer){ .conf = conf, .file = file, .lib = lib,
	    .line = 1, .column = 1, .line_start = true };
}

struct conf_pos
conf_lex_pos(const struct lexer *lexer, const struct token *token)
{
	return (struct conf_pos){lexer->file->name, token->line, token->column};
}

/* 0 at the end; the text itself holds no NUL. */
static char
peek(const struct lexer *lexer, size_t ahead)
{
	size_t	at = lexer->at + ahead;

	return at < lexer->file->len ? lexer->file->text[at] : '\0';
}

static void
advance(struct lexer *lexer, size_t count)
{
	for (; count > 0 && lexer->at < lexer->file->len; count--) {
		unsigned char	c = (unsigned char)lexer->file->text[lexer->at];

		lexer->at++;
		if (c == '\n') {
			lexer->line++;
			lexer->column = 1;
			lexer->line_start = true;
		} else if ((c & 0xc0) != 0x80)
			lexer->column++;
	}
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*';
}

static bool
is_name(char c)
{
	return is_alpha(c) || is_digit(c) || c == '_' || c == '-';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static struct token
bad(const struct lexer *lexer, struct conf_pos at, const char *text)
{
	conf_error(lexer->conf, at, "%s", text);
	return (struct token){ .kind = TOKEN_BAD };
}

static struct conf_pos
here(const struct lexer *lexer)
{
	return (struct conf_pos){lexer->file->name, lexer->line,
	    lexer->column};
}

/* False: a comment that does not end. */
static bool
skip_comment(struct lexer *lexer)
{
	struct conf_pos	at = here(lexer);

	if (peek(lexer, 0) == '#' || peek(lexer, 1) == '/') {
		while (lexer->at < lexer->file->len && peek(lexer, 0) != '\n')
			advance(lexer, 1);
		return true;
	}
	advance(lexer, 2);
	lexer->line_start = false;
	while (lexer->at < lexer->file->len) {
		if (peek(lexer, 0) == '*' && peek(lexer, 1) == '/') {
			advance(lexer, 2);
			lexer->line_start = false;
			return true;
		}
		advance(lexer, 1);
	}
	(void)bad(lexer, at, "this comment is never closed: \"*/\" is missing");
	return false;
}

static bool
skip_blanks(struct lexer *lexer)
{
	for (;;) {
		char	c = peek(lexer, 0);

		if (is_blank(c) && lexer->at < lexer->file->len)
			advance(lexer, 1);
		else if (c == '#' || (c == '/' && (peek(lexer, 1) == '/' ||
		    peek(lexer, 1) == '*'))) {
			if (!skip_comment(lexer))
				return false;
		} else
			return true;
	}
}

/* Length of the escape at a backslash; 0 after an error. */
static size_t
escape(const struct lexer *lexer)
{
	char	c = peek(lexer, 1);

	if (c != '\0' && strchr("abnrtvf\\\"", c) != NULL)
		return 2;
	if ((c != 'x' && c != 'X') || !is_hex(peek(lexer, 2)) ||
	    !is_hex(peek(lexer, 3))) {
		(void)bad(lexer, here(lexer), "a backslash stands before one "
		    "of abnrtvf\\\" or xHH; write \"\\\\\" for a backslash "
		    "itself");
		return 0;
	}
	if (peek(lexer, 2) == '0' && peek(lexer, 3) == '0') {
		(void)bad(lexer, here(lexer),
		    "a text cannot hold the byte NUL");
		return 0;
	}
	return 4;
}

static struct token
lex_text(struct lexer *lexer, struct token token)
{
	struct conf_pos	start = here(lexer);
	size_t		from = lexer->at, step;
	unsigned char	c;

	advance(lexer, 1);
	while (lexer->at < lexer->file->len && peek(lexer, 0) != '"') {
		c = (unsigned char)peek(lexer, 0);
		if ((c < 0x20 && !is_blank((char)c)) || c == 0x7f)
			return bad(lexer, here(lexer), "a control character "
			    "in a text; write it as \\xHH if it is meant");
		step = c == '\\' ? escape(lexer) : 1;
		if (step == 0)
			return (struct token){ .kind = TOKEN_BAD };
		advance(lexer, step);
	}
	if (lexer->at >= lexer->file->len)
		return bad(lexer, start,
		    "this text is never closed: '\"' is missing");
	advance(lexer, 1);
	lexer->line_start = false;
	if (lexer->line > start.line &&
	    (is_name(peek(lexer, 0)) || peek(lexer, 0) == '"')) {
		conf_error(lexer->conf, start, "this text goes on to line %d; "
		    "is its closing '\"' missing?", lexer->line);
		return (struct token){ .kind = TOKEN_BAD };
	}
	token.kind = TOKEN_TEXT;
	token.text = (struct str){lexer->file->text + from, lexer->at - from};
	token.end_line = lexer->line;
	return token;
}

/* Value of digits of a base; false when it does not fit. */
static bool
integer(struct str digits, int base, bool negative, int64_t *out)
{
	int64_t	value = 0;
	size_t	i;

	for (i = 0; i < digits.len; i++) {
		char	c = digits.p[i];
		int	digit = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;

		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, negative ? -digit : digit,
		    &value))
			return false;
	}
	*out = value;
	return true;
}

static size_t
count_digits(const struct lexer *lexer, size_t from, bool hex)
{
	size_t	n = 0;

	while (hex ? is_hex(peek(lexer, from + n)) :
	    is_digit(peek(lexer, from + n)))
		n++;
	return n;
}

static struct token
take(struct lexer *lexer, struct token token, enum token_kind kind, size_t len)
{
	token.kind = kind;
	token.text = (struct str){lexer->file->text + lexer->at, len};
	advance(lexer, len);
	token.end_line = token.line;
	return token;
}

/* Length of a fraction and exponent behind digits; 0 for none. */
static size_t
float_tail(const struct lexer *lexer, size_t from)
{
	size_t	n = 0, sign, digits;

	if (peek(lexer, from) == '.')
		n = 1 + count_digits(lexer, from + 1, false);
	if ((peek(lexer, from + n) | 0x20) == 'e') {
		sign = peek(lexer, from + n + 1) == '-' ||
		    peek(lexer, from + n + 1) == '+';
		digits = count_digits(lexer, from + n + 1 + sign, false);
		if (digits > 0)
			n += 1 + sign + digits;
	}
	return n;
}

static struct token
lex_number(struct lexer *lexer, struct token token)
{
	size_t		sign = peek(lexer, 0) == '-' || peek(lexer, 0) == '+';
	bool		hex = sign == 0 && peek(lexer, 0) == '0' &&
			    (peek(lexer, 1) | 0x20) == 'x' &&
			    is_hex(peek(lexer, 2));
	size_t		from = hex ? 2 : sign;
	size_t		n = count_digits(lexer, from, hex);
	size_t		tail = hex ? 0 : float_tail(lexer, from + n);
	struct str	digits = {lexer->file->text + lexer->at + from, n};

	if (n == 0 && (peek(lexer, from) != '.' ||
	    !is_digit(peek(lexer, from + 1))))
		return bad(lexer, here(lexer), "a number needs digits");
	if (tail > 0)
		return take(lexer, token, TOKEN_FLOAT, from + n + tail);
	if (!integer(digits, hex ? 16 : 10, peek(lexer, 0) == '-',
	    &token.integer))
		return bad(lexer, here(lexer), "this number is too big; "
		    "integers go from -9223372036854775808 to "
		    "9223372036854775807");
	n += from;
	if (peek(lexer, n) == 'L')
		n += peek(lexer, n + 1) == 'L' ? 2 : 1;
	return take(lexer, token, TOKEN_INT, n);
}

static struct token
lex_name(struct lexer *lexer, struct token token)
{
	size_t	n = 1;

	while (is_name(peek(lexer, n)))
		n++;
	token = take(lexer, token, TOKEN_NAME, n);
	if ((n == 4 && strncasecmp(token.text.p, "true", 4) == 0) ||
	    (n == 5 && strncasecmp(token.text.p, "false", 5) == 0)) {
		token.kind = TOKEN_BOOL;
		token.integer = n == 4;
	}
	return token;
}

/* Makes the bytes since from invisible to libconfig. */
static void
blank(struct lexer *lexer, size_t from)
{
	size_t	i;

	for (i = from; i < lexer->at; i++) {
		if (lexer->lib[i] != '\n')
			lexer->lib[i] = ' ';
	}
}

static struct token
lex_include(struct lexer *lexer, struct token token, bool own_line)
{
	static const char	usage[] = "write @include \"FILE\", with the "
				    "name in double quotes, on a line of its "
				    "own";
	struct conf_pos		at = here(lexer);
	size_t			from = lexer->at, name, n = 0;

	if (!own_line || strncmp(lexer->file->text + from, "@include", 8) != 0)
		return bad(lexer, at, usage);
	advance(lexer, 8);
	while (peek(lexer, 0) == ' ' || peek(lexer, 0) == '\t')
		advance(lexer, 1);
	if (peek(lexer, 0) != '"')
		return bad(lexer, at, usage);
	advance(lexer, 1);
	name = lexer->at;
	while (peek(lexer, n) != '"' && peek(lexer, n) != '\n' &&
	    peek(lexer, n) != '\0')
		n++;
	if (peek(lexer, n) != '"' || n == 0)
		return bad(lexer, at, usage);
	advance(lexer, n + 1);
	if (peek(lexer, 0) == ';')
		advance(lexer, 1);
	blank(lexer, from);
	token.kind = TOKEN_INCLUDE;
	token.text = (struct str){lexer->file->text + name, n};
	token.end_line = token.line;
	return token;
}

static struct token
lex_garbage(struct lexer *lexer)
{
	const char	*p = lexer->file->text + lexer->at;

	if (*p == '\'' || strncmp(p, "\xe2\x80\x9c", 3) == 0 ||
	    strncmp(p, "\xe2\x80\x9d", 3) == 0 ||
	    strncmp(p, "\xc2\xab", 2) == 0)
		return bad(lexer, here(lexer),
		    "a text stands in straight double quotes: \"...\"");
	return bad(lexer, here(lexer), "this character has no meaning here; "
	    "a text stands in double quotes, a comment behind \"#\"");
}

struct token
conf_lex_next(struct lexer *lexer)
{
	static const char	marks[] = "=:,;{}()[]";
	static const enum token_kind kinds[] = { TOKEN_ASSIGN, TOKEN_ASSIGN,
	    TOKEN_COMMA, TOKEN_SEMI, TOKEN_OPEN_GROUP, TOKEN_CLOSE_GROUP,
	    TOKEN_OPEN_LIST, TOKEN_CLOSE_LIST, TOKEN_OPEN_ARRAY,
	    TOKEN_CLOSE_ARRAY };
	struct token		token;
	const char		*mark;
	bool			own_line;
	char			c;

	if (!skip_blanks(lexer))
		return (struct token){ .kind = TOKEN_BAD };
	own_line = lexer->line_start;
	lexer->line_start = false;
	token = (struct token){ .line = lexer->line, .column = lexer->column,
	    .end_line = lexer->line, .kind = TOKEN_EOF };
	if (lexer->at >= lexer->file->len)
		return token;
	c = peek(lexer, 0);
	if ((mark = strchr(marks, c)) != NULL)
		return take(lexer, token, kinds[mark - marks], 1);
	if (c == '"')
		return lex_text(lexer, token);
	if (is_digit(c) || c == '-' || c == '+' || c == '.')
		return lex_number(lexer, token);
	if (is_alpha(c))
		return lex_name(lexer, token);
	if (c == '@')
		return lex_include(lexer, token, own_line);
	return lex_garbage(lexer);
}
