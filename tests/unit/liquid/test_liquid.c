/* SPDX-License-Identifier: ISC */
#include "liquid/liquid.h"

#include "support/test.h"

static struct str
s_of(const char *text)
{
	return str_of(text);
}

static struct liquid_value
invoices(struct arena *arena)
{
	struct liquid_value	list = liquid_array(arena), item;

	for (int i = 1; i <= 3; i++) {
		item = liquid_object(arena);
		assert_true(liquid_set(arena, item, "number",
		    liquid_int(100 + i)));
		assert_true(liquid_set(arena, item, "amount",
		    liquid_float(10.5 * i)));
		assert_true(liquid_set(arena, item, "due",
		    liquid_text("2026-03-01")));
		assert_true(liquid_array_push(arena, list, item));
	}
	return list;
}

static struct liquid_value
globals(struct arena *arena)
{
	struct liquid_value	data = liquid_object(arena);
	struct liquid_value	customer = liquid_object(arena);

	assert_true(liquid_set(arena, customer, "name",
	    liquid_text("Ana <b>")));
	assert_true(liquid_set(arena, customer, "risk", liquid_float(0.9)));
	assert_true(liquid_set(arena, data, "customer", customer));
	assert_true(liquid_set(arena, data, "invoices", invoices(arena)));
	assert_true(liquid_set(arena, data, "markup",
	    liquid_safe(STR("<i>ok</i>"))));
	assert_true(liquid_set(arena, data, "missing", liquid_nil()));
	return data;
}

static void
html(struct buf *out, struct str text, const void *user)
{
	assert_string_equal(user, "user");
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '<')
			buf_adds(out, "&lt;");
		else if (text.p[i] == '>')
			buf_adds(out, "&gt;");
		else
			buf_addc(out, text.p[i]);
	}
}

static bool
f_shout(const struct liquid_call *call, struct liquid_value *out,
    struct err *err)
{
	struct liquid_value	mark = liquid_text("!");

	(void)liquid_get(call->named, STR("mark"), &mark);
	if (call->input.type != LIQUID_STRING)
		return err_set(err, ERR_INPUT, "shout wants a text");
	*out = liquid_str(str_of(arena_printf(call->arena, "%s%.*s%.*s",
	    (const char *)call->arg, STR_ARG(call->input.as.text),
	    STR_ARG(mark.as.text))));
	out->safe = true;
	return true;
}

static const struct liquid_filter	own_filters[] = {
	{"shout", f_shout, ">", 0, 0},
	/* ours goes before the original's */
	{"upcase", f_shout, "up:", 0, 0},
};

static bool
partial(const void *user, struct str name, struct str *source_out)
{
	(void)user;
	if (str_is(name, "foot"))
		*source_out = STR("[{{ x }}|{{ customer.name }}]");
	else if (str_is(name, "again"))
		*source_out = STR("{% if true %}{% render 'again' %}{% endif %}");
	else if (str_is(name, "twice"))
		*source_out =
		    STR("{% include 'twice' %}{% include 'twice' %}");
	else
		return false;
	return true;
}

static struct liquid_env
our_env(void)
{
	struct liquid_env	env = LIQUID_ENV_INIT;

	env.strict_variables = true;
	env.filters = own_filters;
	env.nfilters = TEST_COUNT(own_filters);
	env.escape = html;
	env.partial = partial;
	env.user = "user";
	env.now_ms = INT64_C(1763737200000);
	return env;
}

/* The output, or the error's text; lent until the next call. */
static const char *
rendered(const struct liquid_env *env, const char *source, struct buf *out)
{
	struct liquid_template	*tpl = NULL;
	struct arena		*arena = arena_new();
	struct liquid_source	 src = {.name = STR("t.liquid"),
	    .text = s_of(source), .line = 1};
	struct err		 err;

	buf_clear(out);
	if (!liquid_parse(env, &src, &tpl, &err) ||
	    !liquid_render(tpl, env, globals(arena), arena, out, &err)) {
		assert_int_equal(err.kind, ERR_INPUT);
		buf_clear(out);
		buf_adds(out, err.text);
	}
	liquid_free(&tpl);
	arena_free(&arena);
	return buf_text(out);
}

static void
test_renders(void **state)
{
	static const struct {
		const char	*source;
		const char	*wanted;
	} cases[] = {
		{"Hi {{ customer.name }}{{ markup }}", "Hi Ana &lt;b&gt;<i>ok</i>"},
		{"{{ customer.name | shout }}", ">Ana <b>!"},
		{"{{ 'a' | upcase: mark: '?' }}", "up:a?"},
		{"{% for i in invoices %}{{ i.number }}:{{ i.amount }} "
		    "{% endfor %}", "101:10.5 102:21.0 103:31.5 "},
		{"{{ invoices | map: 'amount' | sum }}", "63.0"},
		{"{{ 0.1 | plus: 0.2 }} {{ 7 | divided_by: 2 }}", "0.3 3"},
		{"{% capture c %}{{ customer.name }}{% endcapture %}{{ c }}",
		    "Ana &lt;b&gt;"},
		{"{% render 'foot', x: 1, customer: customer %}",
		    "[1|Ana &lt;b&gt;]"},
		{"{{ 'now' | date: '%Y-%m-%d %H:%M %Z' }}",
		    "2025-11-21 15:00 UTC"},
		{"{{ '2026-03-01' | date: '%-d %B %Y' }}", "1 March 2026"},
		{"{{ missing }}{{ missing | default: 'none' }}", "none"},
		{"{{ 9223372036854775807 | plus: 1 }}",
		    "9223372036854775808"},
		{"{{ 'straße ÉÀ ñandú' | downcase | capitalize }}",
		    "Straße éà ñandú"},
	};
	struct liquid_env	env = our_env();
	struct buf		out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		assert_string_equal(rendered(&env, cases[i].source, &out),
		    cases[i].wanted);
	buf_fini(&out);
}

static void
test_errors_name_the_place(void **state)
{
	static const struct {
		const char	*source;
		const char	*wanted;
	} cases[] = {
		{"a\n {{ custmer.name }}", "t.liquid:2:5: undefined variable "
		    "'custmer'; did you mean 'customer'?"},
		{"{{ customer.nmae }}", "t.liquid:1:4: undefined attribute "
		    "'nmae'; did you mean 'name'?"},
		{"{{ missing.name }}", "t.liquid:1:4: undefined attribute "
		    "'name': what stands before it is empty"},
		{"{% if x %}\n", "t.liquid:1:4: 'if' tag was never closed"},
		{"{% fi %}", "t.liquid:1:4: Unknown tag 'fi'"},
		{"{{ 1 | nosuch }}",
		    "t.liquid:1:8: Unknown filter 'nosuch'"},
		{"\n\n{{ 1 | plus }}", "t.liquid:3:8: wrong number of "
		    "arguments (given 1, expected 2)"},
		{"{{ 10 | divided_by: 0 }}", "t.liquid:1:9: divided by 0"},
		{"{{ 5 | shout }}", "t.liquid:1:8: shout wants a text"},
		{"{{ a ? b }}", "t.liquid:1:6: Expected end_of_string but "
		    "found question"},
		{"{% render 'none' %}",
		    "t.liquid:1:4: Could not find asset none"},
		{"{% render 'foot' %}", "foot:1:5: undefined variable 'x'"},
	};
	struct liquid_env	env = our_env();
	struct buf		out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		assert_string_equal(rendered(&env, cases[i].source, &out),
		    cases[i].wanted);
	buf_fini(&out);
}

/* Each must end in an error that says why, and soon. */
static void
test_limits_hold(void **state)
{
	static const struct {
		const char	*source;
		const char	*wanted;
	} cases[] = {
		{"{% for a in (1..1000000000000) %}{% endfor %}", "turns"},
		{"{% for a in (1..900000) %}{% for b in (1..900000) %}x"
		    "{% endfor %}{% endfor %}", "steps"},
		{"{% for a in (1..900000) %}{% for b in (1..900000) %}"
		    "{% endfor %}{% endfor %}", "steps"},
		{"{% render 'again' %}", "Nesting too deep"},
		{"{% include 'twice' %}", "Nesting too deep"},
		{"{{ (1..1000000000) | join: ',' }}", "items"},
		{"{% assign a = 'xxxxxxxxxxxxxxxx' %}{% for i in (1..60) %}"
		    "{% assign a = a | append: a %}{% endfor %}", "bytes"},
		{"{% assign a = '1,2,3,4' | split: ',' %}"
		    "{% for i in (1..60) %}{% assign a = a | concat: a %}"
		    "{% endfor %}", "bytes"},
		{"{% assign a = 'xx' %}{% for i in (1..60) %}"
		    "{% assign a = a | replace: 'x', a %}{% endfor %}",
		    "bytes"},
		{"{% for i in (1..60) %}{% capture a %}{{ a }}{{ a }}xxxxxxxx"
		    "{% endcapture %}{% endfor %}", "bytes"},
		{"{% tablerow i in (1..10000000) %}x{% endtablerow %}",
		    "turns"},
		{"{{ '1' | date: '%1000000000Y' | size }}", "1024"},
	};
	struct liquid_env	env = our_env();
	struct buf		out = BUF_INIT;

	(void)state;
	env.strict_variables = false;
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		assert_non_null(strstr(rendered(&env, cases[i].source, &out),
		    cases[i].wanted));
	buf_fini(&out);
}

static void
repeat(struct buf *out, const char *text, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_adds(out, text);
}

/* One piece many times: must be read, or refused, in linear time. */
static void
test_hostile_sources(void **state)
{
	static const char *const	pieces[] = {
		"{% if a %}", "{% liquid\n", "{{ a[", "{{ [", "{{ a", "{% ",
		"{{ '", "{% raw %}", "{% comment %}", "{% comment %}{% raw %}",
		"{{ ((", "{% for i in a %}", "\xff", "}}", "{{-", "{%-",
		"{% capture x %}{% if y %}", "{% case x %}{% when 1 %}",
	};
	static const enum liquid_mode	modes[] = {
		LIQUID_STRICT2, LIQUID_STRICT_NAMES, LIQUID_STRICT, LIQUID_LAX,
	};
	struct liquid_env	env = our_env();
	struct buf		source = BUF_INIT, out = BUF_INIT;

	(void)state;
	env.strict_variables = false;
	for (size_t i = 0; i < TEST_COUNT(pieces); i++)
		for (size_t m = 0; m < TEST_COUNT(modes); m++) {
			env.mode = modes[m];
			buf_clear(&source);
			repeat(&source, pieces[i], 20000);
			(void)rendered(&env, buf_text(&source), &out);
			buf_clear(&source);
			buf_adds(&source, "{{ a");
			repeat(&source, pieces[i] + 2 * (strlen(pieces[i]) > 3),
			    20000);
			buf_adds(&source, " }}{% if a");
			repeat(&source, pieces[i] + 2 * (strlen(pieces[i]) > 3),
			    20000);
			buf_adds(&source, " %}{% endif %}");
			(void)rendered(&env, buf_text(&source), &out);
		}
	buf_fini(&source);
	buf_fini(&out);
}

/* Every standard filter on texts of 2 MB that are meant to hurt. */
static void
test_long_texts(void **state)
{
	static const char *const	pieces[] = {
		"a", " ", "<", "<script", "<!--", "&", "\n", "\xf0\x9f\x98\x80",
		"\xff", "%", "%2", "=", "1", "\\0", "a,",
	};
	static const char *const	filters[] = {
		"upcase", "downcase", "capitalize", "size", "strip", "lstrip",
		"rstrip", "squish", "strip_newlines", "newline_to_br",
		"escape", "escape_once", "url_encode", "url_decode",
		"base64_encode", "base64_decode", "strip_html", "abs",
		"plus: 1", "ceil", "round: 3", "truncate: 10",
		"truncatewords: 3", "split: '' | size", "split: 'a' | size",
		"split: ' ' | uniq | size", "split: 'a' | sort | size",
		"replace: 'a', 'bb' | size", "replace_last: 'a', t | size",
		"remove: t", "replace: t, t | size", "remove_last: t",
		"slice: -5, 3", "date: '%Y'", "date: t | size",
		"append: t | size", "first", "last", "reverse | size", "truncate: t",
		"where: t | size", "default: 1 | size", "url_encode | size",
	};
	struct liquid_env	 env = LIQUID_ENV_INIT;
	struct liquid_value	 data;
	struct liquid_template	*tpl;
	struct liquid_source	 source = {.name = STR("t")};
	struct arena		*arena = arena_new(), *keep = arena_new();
	struct buf		 text = BUF_INIT, out = BUF_INIT, src = BUF_INIT;
	struct err		 err;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(pieces); i++) {
		buf_clear(&text);
		arena_reset(keep);
		repeat(&text, pieces[i], 2097152 / strlen(pieces[i]));
		data = liquid_object(keep);
		assert_true(liquid_set(keep, data, "t",
		    liquid_str(buf_str(&text))));
		for (size_t f = 0; f < TEST_COUNT(filters); f++) {
			buf_clear(&src);
			buf_addf(&src, "{{ t | %s }}", filters[f]);
			source.text = buf_str(&src);
			arena_reset(arena);
			buf_clear(&out);
			tpl = NULL;
			assert_true(liquid_parse(&env, &source, &tpl, &err));
			if (!liquid_render(tpl, &env, data, arena, &out, &err))
				assert_int_equal(err.kind, ERR_INPUT);
			liquid_free(&tpl);
		}
	}
	buf_fini(&text);
	buf_fini(&out);
	buf_fini(&src);
	arena_free(&arena);
	arena_free(&keep);
}

static void
test_own_limits(void **state)
{
	struct liquid_env	env = our_env();
	struct buf		out = BUF_INIT;

	(void)state;
	env.limits.output = 10;
	assert_string_equal(rendered(&env, "0123456789", &out), "0123456789");
	assert_string_equal(rendered(&env, "0123456789a", &out),
	    "t.liquid:1:1: the template writes more than 10 bytes");
	env.limits = (struct liquid_limits){.steps = 3};
	assert_string_equal(rendered(&env, "a{{ 1 }}b", &out), "a1b");
	assert_string_equal(rendered(&env, "a{{ 1 }}b{{ 2 }}", &out),
	    "t.liquid:1:10: the template takes more than 3 steps");
	env.limits = (struct liquid_limits){.source = 3};
	assert_string_equal(rendered(&env, "abcd", &out),
	    "t.liquid:1:1: the template has more than 3 bytes");
	env.limits = (struct liquid_limits){.depth = 2};
	assert_string_equal(rendered(&env, "{% if true %}{% if true %}"
	    "{% if true %}{% endif %}{% endif %}{% endif %}", &out),
	    "t.liquid:1:30: Nesting too deep");
	buf_fini(&out);
}

static void
test_conditions(void **state)
{
	static const struct {
		const char	*source;
		const char	*wanted;	/* its text; or of the error */
	} cases[] = {
		{"customer.risk > 0.8 and invoices[0].amount > 10", "true"},
		{"customer.risk > 0.8 and invoices[0].amount > 100", "false"},
		{"customer.name contains 'Ana'", "true"},
		{"missing == blank", "true"},
		{"invoices.size", "3"},
		{"invoices | map: 'amount' | sum", "63.0"},
		{"custmer.risk > 1", "seg:7:1: undefined variable 'custmer'; "
		    "did you mean 'customer'?"},
		{"customer.risk >", "seg:7:16: [:end_of_string] is not a "
		    "valid expression"},
		{"customer.name > 1", "seg:7:1: comparison of String with 1 "
		    "failed"},
		{"", "seg:7:1: [:end_of_string] is not a valid expression"},
	};
	struct liquid_env	 env = our_env();
	struct liquid_expr	*expr;
	struct liquid_value	 value;
	struct liquid_source	 source = {.name = STR("seg"), .line = 7};
	struct arena		*arena = arena_new();
	struct buf		 out = BUF_INIT;
	struct err		 err;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		expr = NULL;
		buf_clear(&out);
		source.text = s_of(cases[i].source);
		if (liquid_expr_parse(&env, &source, &expr, &err) &&
		    liquid_expr_eval(expr, &env, globals(arena), arena, &value,
		    &err))
			liquid_write(value, &out);
		else
			buf_adds(&out, err.text);
		assert_string_equal(buf_text(&out), cases[i].wanted);
		liquid_expr_free(&expr);
	}
	buf_fini(&out);
	arena_free(&arena);
}

static void
test_uses(void **state)
{
	static const char	source[] =
	    "{{ customer.name | upcase }}{% assign c = creditor %}{{ c.id }}"
	    "{% for i in invoices %}{{ i.number }}{{ forloop.index }}"
	    "{% assign n = i.due | date: '%Y' %}{{ n }}{% endfor %}{{ i.x }}"
	    "{% if a[b].c == invoices.size %}{% endif %}{{ n }}"
	    "{{ invoices | where: 'open' | map: 'amount' | sum }}"
	    "{% render 'foot', x: d %}{{ invoices[0]['k'] }}";
	static const char	wanted[] =
	    "customer.name |upcase creditor creditor.id invoices "
	    "invoices[].number invoices[].due |date i.x b a[*].c invoices "
	    "invoices |where invoices[].open |map invoices[].amount |sum "
	    ">foot d invoices[].k ";
	struct liquid_env	 env = LIQUID_ENV_INIT;
	struct liquid_template	*tpl = NULL;
	struct liquid_source	 src = {.text = STR(source)};
	struct arena		*arena = arena_new();
	struct liquid_use	*uses;
	struct buf		 out = BUF_INIT;
	struct err		 err;
	size_t			 count;

	(void)state;
	assert_true(liquid_parse(&env, &src, &tpl, &err));
	assert_true(liquid_uses(tpl, arena, &uses, &count, &err));
	for (size_t i = 0; i < count; i++)
		buf_addf(&out, "%s%.*s ", uses[i].kind == LIQUID_USE_FILTER ?
		    "|" : uses[i].kind == LIQUID_USE_PARTIAL ? ">" : "",
		    STR_ARG(uses[i].text));
	assert_string_equal(buf_text(&out), wanted);
	assert_int_equal(uses[1].line, 1);
	assert_int_equal(uses[1].column, 20);
	buf_fini(&out);
	liquid_free(&tpl);
	arena_free(&arena);
}

static void
test_objects_keep_order(void **state)
{
	struct arena		*arena = arena_new();
	struct liquid_value	 object = liquid_object(arena), item;
	char			*key;
	struct str		 name;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		key = arena_printf(arena, "k%d", i);
		assert_true(liquid_set(arena, object, key, liquid_int(i)));
	}
	assert_true(liquid_set(arena, object, "k5", liquid_int(-5)));
	assert_int_equal(liquid_count(object), 1000);
	assert_true(liquid_pair_at(object, 5, &name, &item));
	assert_true(str_is(name, "k5"));
	assert_int_equal(item.as.number, -5);
	assert_true(liquid_get(object, STR("k999"), &item));
	assert_int_equal(item.as.number, 999);
	assert_false(liquid_get(object, STR("k1000"), &item));
	assert_false(liquid_set(arena, liquid_nil(), "x", liquid_nil()));
	arena_free(&arena);
}

static void
test_values(void **state)
{
	struct arena	*arena = arena_new();

	(void)state;
	assert_true(liquid_equal(liquid_int(1), liquid_float(1.0)));
	assert_false(liquid_equal(liquid_int(1), liquid_text("1")));
	assert_true(liquid_truthy(liquid_int(0)));
	assert_true(liquid_truthy(liquid_text("")));
	assert_false(liquid_truthy(liquid_nil()));
	assert_false(liquid_truthy(liquid_bool(false)));
	assert_int_equal(liquid_digits(arena, STR("-12")).as.number, -12);
	assert_int_equal(liquid_digits(arena,
	    STR("123456789012345678901")).type, LIQUID_BIG);
	assert_int_equal(liquid_digits(arena, STR("1x")).type, LIQUID_NIL);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_renders),
		cmocka_unit_test(test_errors_name_the_place),
		cmocka_unit_test(test_limits_hold),
		cmocka_unit_test(test_hostile_sources),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_own_limits),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_uses),
		cmocka_unit_test(test_objects_keep_order),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
