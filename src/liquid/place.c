/* SPDX-License-Identifier: ISC */
#include "liquid/impl.h"

#define DEFAULT_OUTPUT	((size_t)16 * 1024 * 1024)
#define DEFAULT_STEPS	((size_t)2000 * 1000)
#define DEFAULT_MEMORY	((size_t)64 * 1024 * 1024)
#define DEFAULT_SOURCE	((size_t)4 * 1024 * 1024)
#define DEFAULT_LOOPS	((size_t)1000 * 1000)
#define DEFAULT_DEPTH	100

struct liquid_limits
liquid_limits_of(const struct liquid_env *env)
{
	struct liquid_limits	limits = env->limits;

	if (limits.output == 0)
		limits.output = DEFAULT_OUTPUT;
	if (limits.steps == 0)
		limits.steps = DEFAULT_STEPS;
	if (limits.memory == 0)
		limits.memory = DEFAULT_MEMORY;
	if (limits.source == 0)
		limits.source = DEFAULT_SOURCE;
	if (limits.loops == 0)
		limits.loops = DEFAULT_LOOPS;
	if (limits.depth <= 0)
		limits.depth = DEFAULT_DEPTH;
	return limits;
}

static bool
lines_index(struct liquid_template *tpl, struct arena *arena)
{
	size_t	count = 1;

	for (size_t i = 0; i < tpl->source.len; i++)
		count += tpl->source.p[i] == '\n';
	tpl->lines = arena_array(arena, count, sizeof(*tpl->lines));
	if (tpl->lines == NULL)
		return false;
	tpl->nlines = 1;
	for (size_t i = 0; i < tpl->source.len; i++)
		if (tpl->source.p[i] == '\n')
			tpl->lines[tpl->nlines++] = (uint32_t)i + 1;
	return true;
}

bool
liquid_template_init(struct liquid_template *tpl, struct arena *arena,
    const struct liquid_source *source, struct err *err)
{
	char	*text = arena_copy(arena, source->text.p, source->text.len);
	char	*name = arena_copy(arena, source->name.p, source->name.len);

	tpl->source = (struct str){text, source->text.len};
	tpl->name = (struct str){name, source->name.len};
	tpl->line = source->line <= 0 ? 1 : source->line;
	if (text == NULL || name == NULL || !lines_index(tpl, arena))
		return err_nomem(err);
	return true;
}

void
liquid_place(const struct liquid_template *tpl, uint32_t at, int *line_out,
    int *column_out)
{
	size_t	low = 0, high = tpl->nlines;

	if (at > tpl->source.len)
		at = 0;
	while (low + 1 < high) {
		if (tpl->lines[(low + high) / 2] <= at)
			low = (low + high) / 2;
		else
			high = (low + high) / 2;
	}
	*line_out = tpl->line + (int)low;
	*column_out = (int)(at - tpl->lines[low]) + 1;
}
