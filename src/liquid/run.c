/* SPDX-License-Identifier: ISC */
#include "liquid/impl.h"

/* A partial by its name, or with the file's ending behind. */
static bool
partial(const void *user, struct str name, struct str *source_out)
{
	const struct liquid_job	*job = user;
	struct liquid_value	 value;
	char			 longer[256];
	int			 len;

	if (!liquid_get(job->templates, name, &value)) {
		if (name.len >= sizeof(longer) - sizeof(".liquid"))
			return false;
		len = snprintf(longer, sizeof(longer), "%.*s.liquid",
		    STR_ARG(name));
		if (len < 0 || !liquid_get(job->templates,
		    (struct str){longer, (size_t)len}, &value))
			return false;
	}
	if (value.type != LIQUID_STRING)
		return false;
	*source_out = value.as.text;
	return true;
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
