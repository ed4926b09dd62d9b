/* SPDX-License-Identifier: ISC */
#include "liquid/render.h"
#include "liquid/number.h"

#define BYTES_A_STEP	256	/* of text that a filter reads */
#define ITEMS_A_STEP	8	/* of an array that a filter reads */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int64_t
liquid_lenient_int(struct liquid_value value)
{
	struct number	n;

	if (value.type == LIQUID_INT)
		return value.as.number;
	if (value.type == LIQUID_FLOAT && value.as.real >= -9e18 &&
	    value.as.real <= 9e18)
		return (int64_t)value.as.real;
	if (value.type != LIQUID_STRING && value.type != LIQUID_FLOAT &&
	    value.type != LIQUID_BIG)
		return 0;
	number_of(value, &n);
	return number_int(&n);
}

/* Digits of a base, single underscores between them; the end, or SIZE_MAX. */
static size_t
digits_end(struct str s, size_t at, int base, bool *underscore)
{
	bool	digit = false;
	int	value;

	for (; at < s.len; at++) {
		char	c = s.p[at];

		if (c == '_' && digit) {
			*underscore = true;
			digit = false;
			continue;
		}
		value = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ?
		    c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
		if (value >= base)
			break;
		digit = true;
	}
	return digit ? at : SIZE_MAX;
}

static int
base_of(struct str s, size_t *at)
{
	char	c = *at + 1 < s.len ? s.p[*at + 1] : '\0';

	if (*at >= s.len || s.p[*at] != '0' || c == '\0')
		return 10;
	if (strchr("xX", c) != NULL) {
		*at += 2;
		return 16;
	}
	if (strchr("bB", c) != NULL) {
		*at += 2;
		return 2;
	}
	if (strchr("oO", c) != NULL) {
		*at += 2;
		return 8;
	}
	if (strchr("dD", c) != NULL) {
		*at += 2;
		return 10;
	}
	return is_digit(c) || c == '_' ? 8 : 10;
}

/*
 * Integer(text).  What Ruby reads as a big number may be followed by white
 * space and then a NUL with anything behind it; a small one may not.
 */
static bool
text_whole(struct str s, int64_t *out)
{
	size_t	at = liquid_spaces(s, 0), end;
	bool	negative = false, big = false;
	int	base, value;
	uint64_t	sum = 0;

	if (at < s.len && (s.p[at] == '-' || s.p[at] == '+'))
		negative = s.p[at++] == '-';
	base = base_of(s, &at);
	if ((end = digits_end(s, at, base, &big)) == SIZE_MAX)
		return false;
	for (; at < end; at++) {
		if (s.p[at] == '_')
			continue;
		value = is_digit(s.p[at]) ? s.p[at] - '0' :
		    (s.p[at] | 0x20) - 'a' + 10;
		if (__builtin_mul_overflow(sum, (unsigned)base, &sum) ||
		    __builtin_add_overflow(sum, (unsigned)value, &sum)) {
			sum = UINT64_MAX;
			big = true;
			break;
		}
	}
	end = liquid_spaces(s, end);
	if (end < s.len && !(big && s.p[end] == '\0'))
		return false;
	if (sum > (uint64_t)INT64_MAX)
		sum = (uint64_t)INT64_MAX;
	*out = negative ? -(int64_t)sum : (int64_t)sum;
	return true;
}

bool
liquid_whole(struct liquid_value value, int64_t *out, struct err *err)
{
	if (value.type == LIQUID_INT) {
		*out = value.as.number;
		return true;
	}
	if ((value.type == LIQUID_STRING || value.type == LIQUID_BIG) &&
	    text_whole(value.as.text, out))
		return true;
	return err_set(err, ERR_INPUT, "invalid integer");
}

bool
liquid_eval_whole(struct liquid_state *st, const struct liquid_term *term,
    struct liquid_value value, int64_t *out)
{
	struct err	err;

	return liquid_whole(value, out, &err) || liquid_fail(st,
	    FAULT_ARGUMENT, term == NULL ? LIQUID_NOWHERE : term->at,
	    "%s", err.text);
}

static size_t
cost(struct liquid_value value)
{
	if (value.type == LIQUID_STRING)
		return 1 + value.as.text.len / BYTES_A_STEP;
	return 1 + liquid_count(value) / ITEMS_A_STEP;
}

static bool
wrong_count(struct liquid_state *st, const struct liquid_apply *apply,
    size_t given)
{
	int	least = apply->filter->min_args + 1;
	int	most = apply->filter->max_args + 1;

	if (least == most)
		return liquid_fail(st, FAULT_ARGUMENT, apply->at, "wrong "
		    "number of arguments (given %zu, expected %d)", given + 1,
		    least);
	return liquid_fail(st, FAULT_ARGUMENT, apply->at, "wrong number of "
	    "arguments (given %zu, expected %d..%d)", given + 1, least, most);
}

static bool
named_eval(struct liquid_state *st, const struct liquid_apply *apply,
    struct liquid_value *out)
{
	struct liquid_value	value;

	*out = liquid_nil();
	if (apply->named.count == 0)
		return true;
	*out = liquid_object(st->arena);
	for (size_t i = 0; i < apply->named.count; i++) {
		if (!liquid_eval(st, apply->named.items[i].term, &value))
			return false;
		if (!liquid_object_set(st->arena, *out,
		    apply->named.items[i].name, value))
			return liquid_render_nomem(st);
	}
	return true;
}

static bool
invoke(struct liquid_state *st, const struct liquid_apply *apply,
    struct liquid_call *call, struct liquid_value *value)
{
	const struct liquid_filter	*filter = apply->filter;
	struct err			 err = {.kind = ERR_NONE};

	if ((int)call->nargs < filter->min_args ||
	    (int)call->nargs > filter->max_args)
		return wrong_count(st, apply, call->nargs);
	call->env = st->env;
	call->arena = st->arena;
	call->arg = filter->arg;
	call->input = *value;
	if (!liquid_work(st, cost(*value)))
		return false;
	if (!filter->fn(call, value, &err))
		return err.kind == ERR_SYSTEM ? liquid_render_nomem(st) :
		    liquid_fail(st, err.kind == ERR_REFUSED ? FAULT_FATAL :
		    FAULT_ARGUMENT, apply->at, "%s", err.text);
	if (arena_used(st->arena) > st->shared->limits.memory)
		return liquid_fail(st, FAULT_FATAL, apply->at, "the template "
		    "needs more than %zu bytes of memory",
		    st->shared->limits.memory);
	return liquid_work(st, cost(*value));
}

static bool
apply_eval(struct liquid_state *st, const struct liquid_apply *apply,
    struct liquid_value *value)
{
	struct liquid_value	 room[LIQUID_INLINE_ARGS], *args = room;
	struct liquid_call	 call = {.nargs = apply->args.count};

	if (apply->args.count + 1 > LIQUID_INLINE_ARGS &&
	    (args = arena_array(st->arena, apply->args.count + 1,
	    sizeof(*args))) == NULL)
		return liquid_render_nomem(st);
	for (size_t i = 0; i < apply->args.count; i++)
		if (!liquid_eval(st, apply->args.items[i], &args[i]))
			return false;
	if (!named_eval(st, apply, &call.named))
		return false;
	if (apply->filter == NULL)
		return true;
	/* to the original named arguments are one more, an object */
	if (apply->standard && call.named.type == LIQUID_OBJECT)
		args[call.nargs++] = call.named;
	call.args = args;
	return invoke(st, apply, &call, value);
}

bool
liquid_chain_eval(struct liquid_state *st, const struct liquid_chain *chain,
    struct liquid_value *out)
{
	struct liquid_value	value;

	if (!liquid_eval(st, chain->term, &value))
		return false;
	for (const struct liquid_apply *apply = chain->filters; apply != NULL;
	    apply = apply->next)
		if (!apply_eval(st, apply, &value))
			return false;
	*out = value;
	return true;
}

static bool
is_blank(struct liquid_value value)
{
	if (value.type == LIQUID_STRING)
		return liquid_spaces(value.as.text, 0) == value.as.text.len;
	if (value.type == LIQUID_ARRAY || value.type == LIQUID_OBJECT)
		return liquid_count(value) == 0;
	return !liquid_truthy(value);
}

static bool
is_empty(struct liquid_value value)
{
	if (value.type == LIQUID_STRING)
		return value.as.text.len == 0;
	return (value.type == LIQUID_ARRAY || value.type == LIQUID_OBJECT) &&
	    liquid_count(value) == 0;
}

static bool
test_equal(struct liquid_value a, struct liquid_value b)
{
	if (a.type == LIQUID_EMPTY)
		return is_empty(b);
	if (a.type == LIQUID_BLANK)
		return is_blank(b);
	if (b.type == LIQUID_EMPTY)
		return is_empty(a);
	if (b.type == LIQUID_BLANK)
		return is_blank(a);
	return liquid_equal(a, b);
}

static bool
array_contains(struct liquid_value array, struct liquid_value item)
{
	for (size_t i = 0; i < liquid_count(array); i++)
		if (liquid_equal(liquid_at(array, i), item))
			return true;
	return false;
}

static bool
contains(struct liquid_state *st, struct liquid_value a, struct liquid_value b,
    bool *out)
{
	struct liquid_value	ignored;
	struct str		text;

	*out = false;
	if (!liquid_truthy(a) || !liquid_truthy(b))
		return true;
	if (a.type == LIQUID_STRING) {
		if (!liquid_as_text(b, st->arena, &text))
			return liquid_render_nomem(st);
		*out = liquid_find(a.as.text, text, 0) != SIZE_MAX;
	} else if (a.type == LIQUID_ARRAY) {
		*out = array_contains(a, b);
	} else if (a.type == LIQUID_OBJECT) {
		*out = b.type == LIQUID_STRING &&
		    liquid_get(a, b.as.text, &ignored);
	} else if (a.type == LIQUID_RANGE && b.type == LIQUID_INT) {
		*out = b.as.number >= a.as.range.first &&
		    b.as.number <= a.as.range.last;
	}
	return true;
}

static bool
is_number(struct liquid_value value)
{
	return value.type == LIQUID_INT || value.type == LIQUID_FLOAT ||
	    value.type == LIQUID_BIG;
}

static int
text_order(struct str a, struct str b)
{
	size_t	least = a.len < b.len ? a.len : b.len;
	int	order = least == 0 ? 0 : memcmp(a.p, b.p, least);

	return order != 0 ? order : a.len < b.len ? -1 : a.len > b.len;
}

static bool
not_comparable(struct liquid_state *st, const struct liquid_test *test,
    struct liquid_value a, struct liquid_value b)
{
	struct buf	text = BUF_INIT;

	if (is_number(b))
		liquid_inspect(b, &text);
	else
		buf_adds(&text, liquid_class(b));
	(void)liquid_fail(st, FAULT_ARGUMENT, test->left == NULL ?
	    LIQUID_NOWHERE : test->left->at, "comparison of %s with %.80s "
	    "failed", liquid_class(a), buf_text(&text));
	buf_fini(&text);
	return false;
}

static bool
ordered(struct liquid_state *st, const struct liquid_test *test,
    struct liquid_value a, struct liquid_value b, bool *out)
{
	int	order;

	*out = false;
	/* what knows no order is not an error, just false */
	if ((!is_number(a) && a.type != LIQUID_STRING) ||
	    (!is_number(b) && b.type != LIQUID_STRING))
		return true;
	if (is_number(a) != is_number(b))
		return not_comparable(st, test, a, b);
	if ((a.type == LIQUID_FLOAT && a.as.real != a.as.real) ||
	    (b.type == LIQUID_FLOAT && b.as.real != b.as.real))
		return true;
	order = is_number(a) ? liquid_number_order(a, b) :
	    text_order(a.as.text, b.as.text);
	*out = (order < 0 && (test->op == OP_LT || test->op == OP_LE)) ||
	    (order > 0 && (test->op == OP_GT || test->op == OP_GE)) ||
	    (order == 0 && (test->op == OP_LE || test->op == OP_GE));
	return true;
}

static bool
one_test(struct liquid_state *st, const struct liquid_test *test,
    struct liquid_value *out)
{
	struct liquid_value	a, b;
	bool			truth = false, ok = true;

	if (!liquid_eval(st, test->left, &a))
		return false;
	*out = a;
	if (test->op == OP_NONE)
		return liquid_work(st, 1);
	if (!liquid_eval(st, test->right, &b) || !liquid_work(st, cost(a)))
		return false;
	if (test->op == OP_UNKNOWN)
		return liquid_fail(st, FAULT_ARGUMENT, LIQUID_NOWHERE,
		    "Unknown operator %.*s", STR_ARG(test->op_text));
	if (test->op == OP_EQ || test->op == OP_NE)
		truth = test_equal(a, b) == (test->op == OP_EQ);
	else if (test->op == OP_CONTAINS)
		ok = contains(st, a, b, &truth);
	else
		ok = ordered(st, test, a, b, &truth);
	*out = liquid_bool(truth);
	return ok;
}

bool
liquid_test_eval(struct liquid_state *st, const struct liquid_test *test,
    struct liquid_value *out)
{
	for (;; test = test->next) {
		if (!one_test(st, test, out))
			return false;
		if (test->relation == REL_NONE ||
		    (test->relation == REL_OR && liquid_truthy(*out)) ||
		    (test->relation == REL_AND && !liquid_truthy(*out)))
			return true;
	}
}
