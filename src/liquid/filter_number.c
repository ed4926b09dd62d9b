/* SPDX-License-Identifier: ISC */
#include "liquid/filter.h"
#include "liquid/number.h"

typedef bool	(*number_fn)(const struct number *a, const struct number *b,
		    struct number *out);

static bool
give(const struct liquid_call *call, const struct number *n, bool ok,
    struct liquid_value *out, struct err *err)
{
	if (!ok)
		return err_set(err, ERR_INPUT, "number too large");
	*out = number_value(n, call->arena);
	return out->type != LIQUID_NIL || err_nomem(err);
}

static bool
arithmetic(const struct liquid_call *call, number_fn fn,
    struct liquid_value *out, struct err *err)
{
	struct number	a, b, result;

	number_of(call->input, &a);
	number_of(filter_arg(call, 0), &b);
	return give(call, &result, fn(&a, &b, &result), out, err);
}

static bool
f_plus(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	a = call->input, b = filter_arg(call, 0);
	int64_t			sum;

	if (a.type == LIQUID_INT && b.type == LIQUID_INT &&
	    !__builtin_add_overflow(a.as.number, b.as.number, &sum)) {
		*out = liquid_int(sum);
		return true;
	}
	return arithmetic(call, number_add, out, err);
}

static bool
f_minus(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return arithmetic(call, number_subtract, out, err);
}

static bool
f_times(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return arithmetic(call, number_multiply, out, err);
}

static bool
divide(const struct liquid_call *call, number_fn fn, struct liquid_value *out,
    struct err *err)
{
	struct number	a, b, result;

	number_of(call->input, &a);
	number_of(filter_arg(call, 0), &b);
	if (number_is_zero(&b) && (!b.decimal || fn == number_modulo))
		return err_set(err, ERR_INPUT, "divided by 0");
	return give(call, &result, fn(&a, &b, &result), out, err);
}

static bool
f_divided_by(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return divide(call, number_divide, out, err);
}

static bool
f_modulo(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return divide(call, number_modulo, out, err);
}

static bool
f_abs(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct number	n;

	number_of(call->input, &n);
	n.negative = false;
	return give(call, &n, true, out, err);
}

static bool
bound(const struct liquid_call *call, int wanted, struct liquid_value *out,
    struct err *err)
{
	struct number	a, b;
	int		order;

	number_of(call->input, &a);
	number_of(filter_arg(call, 0), &b);
	order = number_compare(&b, &a);
	return give(call, order == wanted ? &b : &a, true, out, err);
}

static bool
f_at_least(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return bound(call, 1, out, err);
}

static bool
f_at_most(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return bound(call, -1, out, err);
}

static bool
to_whole(const struct liquid_call *call, enum number_rounding rounding,
    struct liquid_value *out, struct err *err)
{
	struct number	n, result;
	bool		ok;

	number_of(call->input, &n);
	if (n.infinite)
		return err_set(err, ERR_INPUT, "Computation results in '%s'",
		    n.count == 0 ? "NaN (Not a Number)" : n.negative ?
		    "-Infinity" : "Infinity");
	ok = number_round(&n, 0, rounding, &result);
	result.decimal = false;
	return give(call, &result, ok, out, err);
}

static bool
f_ceil(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return to_whole(call, NUMBER_CEIL, out, err);
}

static bool
f_floor(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	return to_whole(call, NUMBER_FLOOR, out, err);
}

static bool
f_round(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct number	n, digits, result;
	int64_t		count;
	bool		ok;

	number_of(filter_arg(call, 0), &digits);
	count = number_int(&digits);
	if (number_is_zero(&digits))
		return to_whole(call, NUMBER_HALF_UP, out, err);
	number_of(call->input, &n);
	if (count > NUMBER_LIMBS * 9)
		count = NUMBER_LIMBS * 9;
	if (count < -NUMBER_LIMBS * 9)
		count = -NUMBER_LIMBS * 9;
	ok = number_round(&n, (int)count, NUMBER_HALF_UP, &result);
	result.decimal = n.decimal && (count > 0 || n.infinite);
	return give(call, &result, ok, out, err);
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
f_default(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	options = filter_arg(call, 1);
	struct liquid_value	allow = liquid_nil(), instead;
	bool			missing;

	(void)err;
	instead = call->nargs > 0 ? call->args[0] : liquid_str(STR(""));
	(void)liquid_get(options, STR("allow_false"), &allow);
	missing = liquid_truthy(allow) ? call->input.type == LIQUID_NIL :
	    !liquid_truthy(call->input);
	*out = missing || is_empty(call->input) ? instead : call->input;
	return true;
}

const struct liquid_filter	liquid_number_filters[] = {
	{"default", f_default, NULL, 0, 2},
	{"plus", f_plus, NULL, 1, 1},
	{"minus", f_minus, NULL, 1, 1},
	{"times", f_times, NULL, 1, 1},
	{"divided_by", f_divided_by, NULL, 1, 1},
	{"modulo", f_modulo, NULL, 1, 1},
	{"abs", f_abs, NULL, 0, 0},
	{"at_least", f_at_least, NULL, 1, 1},
	{"at_most", f_at_most, NULL, 1, 1},
	{"ceil", f_ceil, NULL, 0, 0},
	{"floor", f_floor, NULL, 0, 0},
	{"round", f_round, NULL, 0, 1},
	FILTER_END
};
