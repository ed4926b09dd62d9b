/* SPDX-License-Identifier: ISC */
/*
 * One JSON object a line in, one a line out, as `dunlin liquid --batch`: for
 * test_conformance.py and for timing.
 *
 *	liquid_run --batch [N]		each line is parsed and rendered N times
 */
#include "liquid/liquid.h"

#include <jansson.h>

/* Whole numbers beyond int64, which jansson refuses: {BIG: digits}. */
#define BIG	"$big"

static struct liquid_value
convert(struct arena *arena, json_t *json)
{
	struct liquid_value	 value;
	json_t			*item;
	const char		*key;
	size_t			 i;

	switch (json_typeof(json)) {
	case JSON_NULL:
		return liquid_nil();
	case JSON_TRUE:
	case JSON_FALSE:
		return liquid_bool(json_is_true(json));
	case JSON_INTEGER:
		return liquid_int(json_integer_value(json));
	case JSON_REAL:
		return liquid_float(json_real_value(json));
	case JSON_STRING:
		return liquid_str((struct str){json_string_value(json),
		    json_string_length(json)});
	case JSON_ARRAY:
		value = liquid_array(arena);
		json_array_foreach(json, i, item)
			if (!liquid_array_push(arena, value,
			    convert(arena, item)))
				abort();
		return value;
	case JSON_OBJECT:
		if ((item = json_object_get(json, BIG)) != NULL)
			return liquid_digits(arena,
			    str_of(json_string_value(item)));
		value = liquid_object(arena);
		json_object_foreach(json, key, item)
			if (!liquid_set(arena, value, key,
			    convert(arena, item)))
				abort();
		return value;
	}
	return liquid_nil();
}

static struct str
text_of(json_t *json, const char *key)
{
	json_t	*item = json_object_get(json, key);

	return (struct str){json_string_value(item),
	    json_is_string(item) ? json_string_length(item) : 0};
}

static bool
run(json_t *line, struct arena *arena, struct buf *text, struct err *err)
{
	struct liquid_job	 job = {.source = text_of(line, "template")};
	json_t			*data = json_object_get(line, "data");
	json_t			*templates = json_object_get(line, "templates");

	if (data != NULL)
		job.data = convert(arena, data);
	if (templates != NULL)
		job.templates = convert(arena, templates);
	job.error_mode = text_of(line, "error_mode");
	job.render_errors = json_is_true(json_object_get(line,
	    "render_errors"));
	job.strict = json_is_true(json_object_get(line, "strict"));
	job.now_ms = (int64_t)json_integer_value(json_object_get(line,
	    "now")) * 1000;
	return liquid_run(&job, arena, text, err);
}

/* base's json.h and jansson both have a json_null, so jansson writes. */
static void
print(const char *key, struct str text)
{
	json_t	*line = json_object(), *value;

	/* what is no UTF-8 cannot be said in JSON */
	if ((value = json_stringn(text.p, text.len)) == NULL)
		value = json_string("(not UTF-8)");
	if (json_object_set_new(line, key, value) != 0 ||
	    json_dumpf(line, stdout, JSON_COMPACT) != 0)
		abort();
	(void)putchar('\n');
	json_decref(line);
}

static bool
answer(char *input, size_t len, struct arena *arena, long repeat)
{
	struct buf	 text = BUF_INIT;
	struct err	 err;
	json_t		*line;
	bool		 ok = true;

	line = json_loadb(input, len, JSON_ALLOW_NUL, NULL);
	if (line == NULL)
		return false;
	for (; ok && repeat > 0; repeat--) {
		arena_reset(arena);
		buf_clear(&text);
		ok = run(line, arena, &text, &err);
	}
	print(ok ? "result" : "error", ok ? buf_str(&text) : str_of(err.text));
	(void)fflush(stdout);
	buf_fini(&text);
	json_decref(line);
	return true;
}

int
main(int argc, char **argv)
{
	struct arena	*arena = arena_new();
	char		*input = NULL;
	size_t		 cap = 0;
	ssize_t		 len;
	long		 repeat = 1;
	int		 status = 0;

	if (argc < 2 || strcmp(argv[1], "--batch") != 0) {
		(void)puts("1..0 # SKIP speaks to test_conformance.py");
		arena_free(&arena);
		return 0;
	}
	if (argc == 3)
		repeat = strtol(argv[2], NULL, 10);
	if (arena == NULL)
		return 3;
	while (status == 0 && (len = getline(&input, &cap, stdin)) > 0)
		if (!answer(input, (size_t)len, arena, repeat))
			status = 2;
	free(input);
	arena_free(&arena);
	return status;
}
