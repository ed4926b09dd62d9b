/* SPDX-License-Identifier: ISC */
/*
 * fuzz_liquid.c - a template, parsed and rendered; its first byte chooses the
 * mode.  The same text is also taken for a condition.
 */
#include "fuzz/fuzz.h"

#include "liquid/liquid.h"

#define OUTPUT_MAX	65536
#define MEMORY_MAX	(4 * 1024 * 1024)

static const struct liquid_limits	limits = {.output = OUTPUT_MAX,
	.steps = 20000, .memory = MEMORY_MAX, .source = 65536,
	.loops = 2000, .depth = 60};

static struct liquid_value
globals(struct arena *arena)
{
	static const char *const	words[] = {"pear", "Apple", "", "fig"};
	struct liquid_value		root = liquid_object(arena);
	struct liquid_value		list = liquid_array(arena);
	struct liquid_value		rows = liquid_array(arena), row;
	bool				ok = true;

	for (int i = 0; i < 4; i++) {
		row = liquid_object(arena);
		ok &= liquid_set(arena, row, "n", liquid_int(i * 7 - 5)) &&
		    liquid_set(arena, row, "s", liquid_text(words[i])) &&
		    liquid_array_push(arena, rows, row) &&
		    liquid_array_push(arena, list, liquid_text(words[i]));
	}
	ok &= liquid_array_push(arena, list, liquid_float(2.5)) &&
	    liquid_array_push(arena, list, liquid_nil()) &&
	    liquid_set(arena, root, "a", list) &&
	    liquid_set(arena, root, "o", rows) &&
	    liquid_set(arena, root, "i", liquid_int(INT64_MAX)) &&
	    liquid_set(arena, root, "f", liquid_float(-0.1)) &&
	    liquid_set(arena, root, "b", liquid_bool(true)) &&
	    liquid_set(arena, root, "r", liquid_range(1, 5)) &&
	    liquid_set(arena, root, "d", liquid_text("2026-11-21 10:00:00")) &&
	    liquid_set(arena, root, "s", liquid_text("<a href='x'>ñandú</a>"));
	FUZZ_HOLDS(ok);
	return root;
}

/* `p` calls itself, every other name is the template. */
static bool
partial(const void *user, struct str name, struct str *source_out)
{
	*source_out = str_is(name, "p") ? STR("{{ x }}{% render 'p' %}") :
	    *(const struct str *)user;
	return true;
}

static void
check_uses(const struct liquid_template *tpl, struct arena *arena)
{
	struct liquid_use	*uses;
	struct err		 err;
	size_t			 count;

	if (!liquid_uses(tpl, arena, &uses, &count, &err))
		return;
	for (size_t i = 0; i < count; i++)
		FUZZ_HOLDS(uses[i].line > 0 && uses[i].column > 0);
}

static void
try_template(const struct liquid_env *env, const struct liquid_source *source,
    struct arena *arena)
{
	struct liquid_template	*tpl = NULL;
	struct buf		 out = BUF_INIT;
	struct err		 err = {ERR_NONE, ""};

	if (!liquid_parse(env, source, &tpl, &err)) {
		FUZZ_HOLDS(err.kind == ERR_INPUT || err.kind == ERR_SYSTEM);
		return;
	}
	check_uses(tpl, arena);
	if (liquid_render(tpl, env, globals(arena), arena, &out, &err))
		FUZZ_HOLDS(out.len <= OUTPUT_MAX);
	else
		FUZZ_HOLDS(err.kind == ERR_INPUT || err.kind == ERR_SYSTEM);
	buf_fini(&out);
	liquid_free(&tpl);
}

static void
try_condition(const struct liquid_env *env, const struct liquid_source *source,
    struct arena *arena)
{
	struct liquid_expr	*expr = NULL;
	struct liquid_value	 value;
	struct liquid_use	*uses;
	struct err		 err;
	size_t			 count;

	if (!liquid_expr_parse(env, source, &expr, &err))
		return;
	(void)!liquid_expr_uses(expr, arena, &uses, &count, &err);
	(void)!liquid_expr_eval(expr, env, globals(arena), arena, &value, &err);
	liquid_expr_free(&expr);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str		 text = fuzz_str(data, size);
	uint8_t			 how = fuzz_byte(&text);
	struct arena		*arena = fuzz_arena();
	struct liquid_source	 source = {STR("fuzz"), text, 1};
	struct liquid_env	 env = {
		.mode = (enum liquid_mode)(how & 3),
		.strict_variables = how & 4, .lax_filters = how & 8,
		.render_errors = how & 16, .partial = partial, .user = &text,
		.now_ms = INT64_C(1795262400000), .limits = limits};

	try_template(&env, &source, arena);
	arena_reset(arena);
	try_condition(&env, &source, arena);
	arena_free(&arena);
	return 0;
}
