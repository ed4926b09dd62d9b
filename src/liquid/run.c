/* SPDX-License-Identifier: ISC */
#include "liquid/impl.h"

static bool
same_name(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (a.p[i] != b.p[i] && ((a.p[i] ^ b.p[i]) != 0x20 ||
		    (a.p[i] | 0x20) < 'a' || (a.p[i] | 0x20) > 'z'))
			return false;
	return true;
}

/* A partial by its name, or with the file's ending behind; case is nothing. */
static bool
partial(const void *user, struct str name, struct str *source_out)
{
	const struct liquid_job	*job = user;
	struct liquid_value	 value;
	struct str		 key;

	if (liquid_get(job->templates, name, &value) &&
	    value.type == LIQUID_STRING) {
		*source_out = value.as.text;
		return true;
	}
	for (size_t i = 0; liquid_pair_at(job->templates, i, &key, &value);
	    i++) {
		if (str_ends(key, ".liquid"))
			key.len -= sizeof(".liquid") - 1;
		if (value.type == LIQUID_STRING && same_name(key, name)) {
			*source_out = value.as.text;
			return true;
		}
	}
	return false;
}

/* The original's beginning, and the column that it lacks. */
static bool
report(const struct liquid_trouble *trouble, struct err *err)
{
	if (trouble->err.kind == ERR_SYSTEM) {
		*err = trouble->err;
		return false;
	}
	return err_set(err, trouble->err.kind, "%s (%.*s%sline %d, column "
	    "%d): %s", trouble->fault == FAULT_SYNTAX ?
	    "Liquid syntax error" : "Liquid error",
	    (int)(trouble->name.len > 80 ? 80 : trouble->name.len),
	    trouble->name.len == 0 ? "" : trouble->name.p,
	    trouble->name.len == 0 ? "" : " ", trouble->line,
	    trouble->column, trouble->err.text);
}

bool
liquid_run(const struct liquid_job *job, struct arena *arena, struct buf *out,
    struct err *err)
{
	struct liquid_trouble	 trouble = {.fault = FAULT_NONE};
	struct liquid_env	 env = LIQUID_ENV_INIT;
	struct liquid_source	 source = {.text = job->source, .line = 1};
	struct liquid_template	*tpl;

	env.mode = LIQUID_STRICT_NAMES;
	if (job->error_mode.len > 0 &&
	    !liquid_mode_of(job->error_mode, &env.mode))
		return err_set(err, ERR_INPUT, "error_mode is strict, "
		    "strict2 or lax, not '%.*s'",
		    (int)(job->error_mode.len > 40 ? 40 : job->error_mode.len),
		    job->error_mode.p);
	env.strict_variables = job->strict;
	env.lax_filters = env.mode == LIQUID_LAX;
	env.render_errors = job->render_errors;
	env.partial = partial;
	env.user = job;
	env.now_ms = job->now_ms;
	if (liquid_compile(&env, &source, arena, &tpl, &trouble) &&
	    liquid_execute(tpl, &env, job->data, arena, out, &trouble))
		return true;
	return report(&trouble, err);
}
