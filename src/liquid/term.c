/* SPDX-License-Identifier: ISC */
#include "liquid/parse.h"

#include <errno.h>

/* Matching brackets of one markup: for each '[' where its ']' is, else 0. */
struct brackets {
	uint32_t	*close;
};

static bool	parse(struct liquid_parser *p, struct str markup, uint32_t at,
		    int depth, const struct liquid_term **out);

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct liquid_term *
term_new(struct liquid_parser *p, enum liquid_term_kind kind, uint32_t at)
{
	struct liquid_term	*term = liquid_new(p, sizeof(*term));

	if (term != NULL) {
		term->kind = kind;
		term->at = at;
	}
	return term;
}

static bool
literal(struct liquid_parser *p, struct liquid_value value, uint32_t at,
    const struct liquid_term **out)
{
	struct liquid_term	*term = term_new(p, TERM_LITERAL, at);

	if (term == NULL)
		return false;
	term->literal = value;
	*out = term;
	return true;
}

static bool
word_value(struct str s, struct liquid_value *out)
{
	static const struct {
		const char		*word;
		enum liquid_type	 type;
		bool			 truth;
	} words[] = {
		{"nil", LIQUID_NIL, false}, {"null", LIQUID_NIL, false},
		{"", LIQUID_NIL, false}, {"true", LIQUID_BOOL, true},
		{"false", LIQUID_BOOL, false}, {"blank", LIQUID_STRING, false},
		{"empty", LIQUID_STRING, false},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!str_is(s, words[i].word))
			continue;
		*out = words[i].type == LIQUID_BOOL ?
		    liquid_bool(words[i].truth) :
		    words[i].type == LIQUID_STRING ? liquid_str(STR("")) :
		    liquid_nil();
		return true;
	}
	return false;
}

static struct liquid_value
int_value(const char *text, struct str digits)
{
	struct liquid_value	value = {.type = LIQUID_BIG};
	long long		number;

	errno = 0;
	number = strtoll(text, NULL, 10);
	if (errno == 0)
		return liquid_int(number);
	if (digits.p[0] == '-') {
		while (digits.len > 2 && digits.p[1] == '0')
			digits = (struct str){digits.p + 1, digits.len - 1};
	} else {
		while (digits.len > 1 && digits.p[0] == '0')
			digits = (struct str){digits.p + 1, digits.len - 1};
	}
	value.as.text = digits;
	return value;
}

/*
 * Integers, floats, and what the original takes for one: "1.", "1.2.3" (the
 * first two parts count).  *found false when s is no number.
 */
static bool
number(struct liquid_parser *p, struct str s, struct liquid_value *out,
    bool *found)
{
	size_t	i = 0, dots = 0, end = s.len;
	char	*text;

	*found = false;
	if (i < s.len && s.p[i] == '-')
		i++;
	if (i >= s.len || !is_digit(s.p[i]))
		return true;
	for (; i < s.len; i++) {
		if (s.p[i] == '.' && ++dots == 2)
			end = i;
		else if (s.p[i] != '.' && !is_digit(s.p[i]))
			return true;
	}
	if ((text = arena_copy(p->arena, s.p, end)) == NULL)
		return liquid_parse_nomem(p);
	*found = true;
	*out = dots == 0 ? int_value(text, (struct str){text, end}) :
	    liquid_float(strtod(text, NULL));
	return true;
}

/* ((\S+)\s*\.\.)\s*(\S+)\s*, the first part as long as can be */
static bool
range_parts(struct str s, struct str *first, struct str *last)
{
	size_t	end, start = liquid_spaces(s, 0);

	for (end = start; end < s.len && !liquid_is_space(s.p[end]); end++)
		;
	/* the dots may stand behind white space, else at the last place */
	if (end + 1 < s.len && end > start) {
		size_t	dots = liquid_spaces(s, end);

		if (dots + 1 < s.len && s.p[dots] == '.' &&
		    s.p[dots + 1] == '.') {
			*first = liquid_cut(s, start, end);
			*last = str_trim(liquid_cut(s, dots + 2, s.len));
			goto check;
		}
	}
	for (; end >= start + 3; end--)
		if (s.p[end - 1] == '.' && s.p[end - 2] == '.') {
			*first = liquid_cut(s, start, end - 2);
			*last = str_trim(liquid_cut(s, end, s.len));
			goto check;
		}
	return false;
check:
	for (size_t i = 0; i < last->len; i++)
		if (liquid_is_space(last->p[i]))
			return false;
	return first->len > 0 && last->len > 0;
}

static bool
range(struct liquid_parser *p, struct str first, struct str last, uint32_t at,
    int depth, const struct liquid_term **out)
{
	struct liquid_term	*term = term_new(p, TERM_RANGE, at);

	if (term == NULL || !parse(p, first, at, depth + 1, &term->first) ||
	    !parse(p, last, at, depth + 1, &term->last))
		return false;
	for (int i = 0; i < 2; i++) {
		const struct liquid_term	*end = i ? term->last : term->first;

		if (term->first->kind == TERM_LITERAL &&
		    term->last->kind == TERM_LITERAL &&
		    end->literal.type == LIQUID_BOOL)
			return liquid_syntax(p, at, "Invalid expression type "
			    "'%.*s' in range expression",
			    STR_ARG(i ? last : first));
	}
	*out = term;
	return true;
}

static bool
match_brackets(struct liquid_parser *p, struct str s, struct brackets *b)
{
	uint32_t	*stack;
	size_t		 depth = 0;

	b->close = NULL;
	if (s.len == 0 || memchr(s.p, '[', s.len) == NULL)
		return true;
	b->close = arena_array(p->arena, s.len, sizeof(*b->close));
	stack = arena_array(p->arena, s.len, sizeof(*stack));
	if (b->close == NULL || stack == NULL)
		return liquid_parse_nomem(p);
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '[')
			stack[depth++] = (uint32_t)i;
		else if (s.p[i] == ']' && depth > 0)
			b->close[stack[--depth]] = (uint32_t)i;
	}
	return true;
}

static bool
is_segment(char c)
{
	return liquid_is_word(c) || c == '-';
}

/* The next [..] or name of a lookup; false at the end. */
static bool
next_part(struct str s, const struct brackets *b, size_t *at, struct str *out)
{
	size_t	i = *at, start;

	for (; i < s.len; i++) {
		if (s.p[i] == '[' && b->close[i] != 0) {
			*out = liquid_cut(s, i, b->close[i] + 1);
			*at = b->close[i] + 1;
			return true;
		}
		if (is_segment(s.p[i]))
			break;
	}
	if (i >= s.len)
		return false;
	for (start = i; i < s.len && is_segment(s.p[i]); i++)
		;
	if (i < s.len && s.p[i] == '?')
		i++;
	*out = liquid_cut(s, start, i);
	*at = i;
	return true;
}

static size_t
count_parts(struct str s, const struct brackets *b)
{
	struct str	part;
	size_t		at = 0, count = 0;

	while (next_part(s, b, &at, &part))
		count++;
	return count;
}

static bool
step_parse(struct liquid_parser *p, struct str part, uint32_t at, int depth,
    struct liquid_step *step)
{
	if (part.p[0] == '[')
		return parse(p, liquid_cut(part, 1, part.len - 1), at,
		    depth + 1, &step->term);
	step->key = part;
	step->command = str_is(part, "size") || str_is(part, "first") ||
	    str_is(part, "last");
	return true;
}

static bool
lookup(struct liquid_parser *p, struct str s, uint32_t at, int depth,
    const struct liquid_term **out)
{
	struct liquid_term	*term = term_new(p, TERM_LOOKUP, at);
	struct liquid_step	*steps;
	struct brackets		 brackets;
	struct str		 part;
	size_t			 pos = 0, count;

	if (term == NULL || !match_brackets(p, s, &brackets))
		return false;
	*out = term;
	if ((count = count_parts(s, &brackets)) == 0)
		return true;
	(void)next_part(s, &brackets, &pos, &part);
	if (part.p[0] != '[')
		term->name = part;
	else if (!parse(p, liquid_cut(part, 1, part.len - 1), at, depth + 1,
	    &term->name_term))
		return false;
	steps = arena_array(p->arena, count, sizeof(*steps));
	if (steps == NULL)
		return liquid_parse_nomem(p);
	for (size_t i = 0; next_part(s, &brackets, &pos, &part); i++)
		if (!step_parse(p, part, at, depth, &steps[i]))
			return false;
	term->steps = steps;
	term->nsteps = count - 1;
	return true;
}

static bool
is_quoted(struct str s)
{
	return s.len > 0 && (s.p[0] == '"' || s.p[0] == '\'') &&
	    s.p[s.len - 1] == s.p[0];
}

static bool
parse(struct liquid_parser *p, struct str markup, uint32_t at, int depth,
    const struct liquid_term **out)
{
	struct str		s = str_trim(markup), first, last;
	struct liquid_value	value;
	bool			found;

	if (depth > liquid_limits_of(p->env).depth)
		return liquid_syntax(p, at, "Nesting too deep");
	if (is_quoted(s))
		return literal(p, liquid_str(s.len == 1 ? STR("") :
		    liquid_cut(s, 1, s.len - 1)), at, out);
	if (word_value(s, &value))
		return literal(p, value, at, out);
	if (s.len > 1 && s.p[0] == '(' && s.p[s.len - 1] == ')' &&
	    range_parts(liquid_cut(s, 1, s.len - 1), &first, &last))
		return range(p, first, last, at, depth, out);
	if (!number(p, s, &value, &found))
		return false;
	if (found)
		return literal(p, value, at, out);
	return lookup(p, s, at, depth, out);
}

bool
liquid_term(struct liquid_parser *p, struct str markup, uint32_t at,
    const struct liquid_term **out)
{
	return parse(p, markup, at, 0, out);
}

bool
liquid_condition_term(struct liquid_parser *p, struct str markup, uint32_t at,
    const struct liquid_term **out)
{
	bool	blank = str_is(markup, "blank");

	if (!blank && !str_is(markup, "empty"))
		return liquid_term(p, markup, at, out);
	return literal(p, (struct liquid_value){
	    .type = blank ? LIQUID_BLANK : LIQUID_EMPTY}, at, out);
}

bool
liquid_next_term(struct liquid_parser *p, const struct liquid_term **out)
{
	struct str	markup;
	uint32_t	at;

	return liquid_expression(p, &markup, &at) &&
	    liquid_term(p, markup, at, out);
}
