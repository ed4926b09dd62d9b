/* SPDX-License-Identifier: ISC */
#include "conf/conf_impl.h"

#include "base/utf8.h"

#include <math.h>

struct value {
	struct conf		*conf;
	const struct conf_row	*row;
	const struct node	*node;
	const char		*where;		/* " in step 2", or "" */
};

static size_t
name_count(const char *const *names)
{
	size_t	n = 0;

	while (names[n] != NULL)
		n++;
	return n;
}

/* "channels" -> "channel", "policies" -> "policy": one of them. */
const char *
conf_singular(struct conf *conf, const char *name)
{
	size_t	len = strlen(name);
	char	*one;

	if (len < 3 || name[len - 1] != 's' || name[len - 2] == 's')
		return name;
	one = arena_copy(conf->arena, name, len - 1);
	if (one == NULL) {
		conf->nomem = true;
		return name;
	}
	if (len > 4 && strcmp(name + len - 3, "ies") == 0) {
		one[len - 3] = 'y';
		one[len - 2] = '\0';
	}
	return one;
}

static const char *
found(const struct value *v)
{
	const struct node	*node = v->node;
	const char		*text;

	switch (node->kind) {
	case NODE_TEXT:
		text = conf_quote(v->conf, str_of(node->text));
		text = arena_printf(v->conf->arena, "the text %s", text);
		return text == NULL ? "a text" : text;
	case NODE_BOOL:
		return node->integer != 0 ? "true" : "false";
	case NODE_GROUP:
		return "a group { }";
	case NODE_LIST:
		return "a list ( )";
	case NODE_ARRAY:
		return "a list [ ]";
	case NODE_INT:
	case NODE_FLOAT:
	case NODE_INCLUDE:
		break;
	}
	text = arena_printf(v->conf->arena, "the number %s", node->text);
	return text == NULL ? "a number" : text;
}

static bool
wrong_kind(const struct value *v)
{
	struct buf	what = BUF_INIT;

	conf_value_describe(v->row, &what);
	buf_adds(&what, ", such as ");
	conf_value_example(v->row, &what);
	conf_error(v->conf, v->node->at, "\"%s\"%s takes %s; found %s",
	    v->row->name, v->where, buf_text(&what), found(v));
	buf_fini(&what);
	return false;
}

static bool
in_range(const struct value *v, int64_t n)
{
	const struct conf_row	*row = v->row;
	struct buf		range = BUF_INIT, is = BUF_INIT;

	if ((row->min == 0 && row->max == 0) ||
	    (n >= row->min && (!conf_value_has_upper(row) || n <= row->max)))
		return true;
	conf_value_range(row, &range);
	conf_value_format(row, n, &is);
	conf_error(v->conf, v->node->at, "\"%s\"%s is %s; it takes a value%s",
	    row->name, v->where, buf_text(&is), buf_text(&range));
	buf_fini(&range);
	buf_fini(&is);
	return false;
}

static bool
read_bool(const struct value *v, void *field)
{
	bool	*out = field;

	if (v->node->kind != NODE_BOOL)
		return wrong_kind(v);
	*out = v->node->integer != 0;
	return true;
}

static bool
read_int(const struct value *v, void *field)
{
	int64_t	*out = field;

	if (v->node->kind != NODE_INT)
		return wrong_kind(v);
	if (!in_range(v, v->node->integer))
		return false;
	*out = v->node->integer;
	return true;
}

static bool
read_number(const struct value *v, void *field)
{
	const struct conf_row	*row = v->row;
	struct buf		range = BUF_INIT;
	double			*out = field, n;

	if (v->node->kind != NODE_INT && v->node->kind != NODE_FLOAT)
		return wrong_kind(v);
	n = v->node->kind == NODE_FLOAT ? v->node->number :
	    (double)v->node->integer;
	if (isfinite(n) && ((row->min == 0 && row->max == 0) ||
	    (n >= (double)row->min &&
	    (!conf_value_has_upper(row) || n <= (double)row->max)))) {
		*out = n;
		return true;
	}
	conf_value_range(row, &range);
	conf_error(v->conf, v->node->at, "\"%s\"%s is %s; it takes a value%s",
	    row->name, v->where, v->node->text, buf_text(&range));
	buf_fini(&range);
	return false;
}

/* Escapes can make bytes that the file itself could not hold. */
static bool
good_text(const struct value *v)
{
	struct str		s = str_of(v->node->text);
	const unsigned char	*p;

	if (utf8_check(s) < s.len) {
		conf_error(v->conf, v->node->at,
		    "\"%s\"%s is not UTF-8 once its \\x escapes are read",
		    v->row->name, v->where);
		return false;
	}
	for (p = (const unsigned char *)s.p; *p != '\0'; p++) {
		bool	breaks = *p == '\n' || *p == '\t' || *p == '\r';

		if ((*p >= 0x20 && *p != 0x7f) || (breaks && v->row->lines))
			continue;
		if (breaks)
			conf_error(v->conf, v->node->at, "\"%s\"%s holds a "
			    "%s; it takes one line", v->row->name, v->where,
			    *p == '\t' ? "tab" : "line break");
		else
			conf_error(v->conf, v->node->at, "\"%s\"%s holds the "
			    "control character 0x%02x", v->row->name,
			    v->where, (unsigned int)*p);
		return false;
	}
	return true;
}

static bool
good_length(const struct value *v)
{
	const struct conf_row	*row = v->row;
	int64_t			len = (int64_t)strlen(v->node->text);

	if (row->required && str_trim(str_of(v->node->text)).len == 0) {
		conf_error(v->conf, v->node->at, "\"%s\"%s is empty: %s",
		    row->name, v->where, row->help);
		return false;
	}
	if (len < row->min) {
		conf_error(v->conf, v->node->at, "\"%s\"%s is too short; it "
		    "takes at least %lld bytes", row->name, v->where,
		    (long long)row->min);
		return false;
	}
	if (row->max == 0 || len <= row->max)
		return true;
	conf_error(v->conf, v->node->at, "\"%s\"%s has %lld bytes; it takes "
	    "at most %lld", row->name, v->where, (long long)len,
	    (long long)row->max);
	return false;
}

static bool
read_text(const struct value *v, void *field)
{
	const char	**out = field;

	if (v->node->kind != NODE_TEXT)
		return wrong_kind(v);
	if (!good_text(v) || !good_length(v))
		return false;
	*out = v->node->text;
	return true;
}

static bool
read_path(const struct value *v, void *field)
{
	const char	**out = field, *path;

	if (!read_text(v, &path))
		return false;
	if (path[0] != '\0')
		path = conf_file_relative(v->conf, v->node->file != NULL ?
		    v->node->file->name : v->conf->n_files > 0 ?
		    v->conf->files[0]->name : "", path);
	*out = path;
	return path != NULL;
}

static bool
read_secret(const struct value *v, void *field)
{
	struct conf_secret	secret = { .path = NULL };
	const char		*text, *path;

	if (!read_text(v, &text) || !read_path(v, &path))
		return false;
	if (!conf_secret_find(v->conf, text, path, &secret)) {
		conf_error(v->conf, v->node->at, "\"%s\"%s names no "
		    "credential; write \"credential:NAME\"",
		    v->row->name, v->where);
		return false;
	}
	(void)memcpy(field, &secret, sizeof(secret));
	if (secret.path != NULL)
		conf_secret_look(v->conf, &secret, v->node->at);
	return secret.path != NULL;
}

/* The index of a choice into *out. */
static bool
find_choice(const struct value *v, int64_t *out)
{
	const char *const	*names = v->row->names;
	size_t			count = name_count(names), i;
	const char		*near, *what, *word;
	struct buf		all = BUF_INIT;

	if (v->node->kind != NODE_TEXT)
		return wrong_kind(v);
	for (i = 0; i < count; i++) {
		if (strcmp(names[i], v->node->text) == 0) {
			*out = (int64_t)i;
			return true;
		}
	}
	near = conf_nearest(v->node->text, names, sizeof(*names), count);
	what = conf_singular(v->conf, v->row->name);
	word = conf_quote(v->conf, str_of(v->node->text));
	for (i = 0; i < count; i++)
		buf_addf(&all, "%s%s", i > 0 ? ", " : "", names[i]);
	if (near != NULL)
		conf_error(v->conf, v->node->at, "unknown %s %s%s; did you "
		    "mean \"%s\"?", what, word, v->where, near);
	else
		conf_error(v->conf, v->node->at, "unknown %s %s%s; it is one "
		    "of %s", what, word, v->where, buf_text(&all));
	buf_fini(&all);
	return false;
}

static bool
read_choice(const struct value *v, void *field)
{
	int	*out = field;
	int64_t	i;

	if (!find_choice(v, &i))
		return false;
	*out = (int)i;
	return true;
}

static const struct unit *
units_of(enum conf_type type)
{
	return type == CONF_DURATION ? conf_unit_ms :
	    type == CONF_MICROS ? conf_unit_us :
	    type == CONF_DAYS ? conf_unit_days : conf_unit_bytes;
}

/* "ms, s, min, h, d, w": the short names only. */
static void
add_units(const struct unit *units, struct buf *out)
{
	size_t	i;

	for (i = 0; units[i].name != NULL && (i == 0 ||
	    units[i].factor > units[i - 1].factor); i++)
		buf_addf(out, "%s%s", i > 0 ? ", " : "", units[i].name);
}

static bool
wrong_unit(const struct value *v, enum unit_result result)
{
	const struct unit	*units = units_of(v->row->type);
	const char		*text = conf_quote(v->conf,
				    str_of(v->node->text));
	struct buf		all = BUF_INIT;

	add_units(units, &all);
	buf_adds(&all, ", such as ");
	conf_value_example(v->row, &all);
	if (result == UNIT_SYNTAX)
		return buf_fini(&all), wrong_kind(v);
	if (result == UNIT_UNKNOWN)
		conf_error(v->conf, v->node->at, "\"%s\"%s is %s; write a "
		    "number and a unit out of %s",
		    v->row->name, v->where, text, buf_text(&all));
	else if (result == UNIT_INEXACT)
		conf_error(v->conf, v->node->at, "\"%s\"%s is %s, which is "
		    "no whole number of %s", v->row->name, v->where, text,
		    units->name);
	else
		conf_error(v->conf, v->node->at, "\"%s\"%s is %s, which is "
		    "too big", v->row->name, v->where, text);
	buf_fini(&all);
	return false;
}

static bool
read_united(const struct value *v, int64_t *out)
{
	bool			plain = v->row->type == CONF_DAYS ||
				    v->row->type == CONF_SIZE;
	enum unit_result	result;

	if (v->node->kind == NODE_INT && plain)
		*out = v->node->integer;
	else if (v->node->kind != NODE_TEXT)
		return wrong_kind(v);
	else {
		result = conf_unit_parse(units_of(v->row->type),
		    v->node->text, out);
		if (result != UNIT_OK)
			return wrong_unit(v, result);
	}
	return in_range(v, *out);
}

static bool
read_amount(const struct value *v, void *field)
{
	int64_t	*out = field, n;

	if (!read_united(v, &n))
		return false;
	if (n < 0 && v->row->min >= 0) {
		conf_error(v->conf, v->node->at, "\"%s\"%s is below zero",
		    v->row->name, v->where);
		return false;
	}
	*out = n;
	return true;
}

static bool
read_days(const struct value *v, void *field)
{
	int32_t	*out = field;
	int64_t	n;

	if (!read_united(v, &n))
		return false;
	if (n < -3652059 || n > 3652059) {
		conf_error(v->conf, v->node->at, "\"%s\"%s is more than "
		    "9999 years", v->row->name, v->where);
		return false;
	}
	*out = (int32_t)n;
	return true;
}

static bool
read_time(const struct value *v, void *field)
{
	int32_t	*out = field;

	if (v->node->kind != NODE_TEXT ||
	    !conf_unit_time(v->node->text, out))
		return wrong_kind(v);
	return true;
}

static bool
read_date(const struct value *v, void *field)
{
	int32_t	*out = field;

	if (v->node->kind != NODE_TEXT ||
	    !date_parse(str_of(v->node->text), out))
		return wrong_kind(v);
	return true;
}

static bool
in_count(const struct value *v, size_t count)
{
	const struct conf_row	*row = v->row;

	if (row->required && count == 0) {
		conf_error(v->conf, v->node->at, "\"%s\"%s is empty: %s",
		    row->name, v->where, row->help);
		return false;
	}
	if ((int64_t)count >= row->min &&
	    (row->max == 0 || (int64_t)count <= row->max))
		return true;
	conf_error(v->conf, v->node->at, "\"%s\"%s has %zu element%s; it "
	    "takes at %s %lld", row->name, v->where, count,
	    count == 1 ? "" : "s", (int64_t)count < row->min ? "least" : "most",
	    (long long)((int64_t)count < row->min ? row->min : row->max));
	return false;
}

/* One element of a list: the same row, without the list's own range. */
static bool
read_element(const struct value *v, const struct node *node, void *item)
{
	struct conf_row	one = *v->row;
	struct value	inner = {v->conf, &one, node, v->where};

	one.required = false;
	if (one.type == CONF_INTS)
		return node->kind != NODE_INT ? wrong_kind(&inner) :
		    read_int(&inner, item);
	one.min = one.max = 0;
	if (one.type == CONF_CHOICES)
		return find_choice(&inner, item);
	if (node->kind != NODE_TEXT)
		return wrong_kind(&inner);
	return read_text(&inner, item);
}

/* The element size is that of a pointer or an int64_t. */
static void *
read_items(const struct value *v, size_t size, size_t *count_out)
{
	const struct node	*node = v->node;
	bool			many = node->kind == NODE_LIST ||
				    node->kind == NODE_ARRAY;
	size_t			count = many ? node->count : 1, n = 0;
	bool			ok = v->row->type == CONF_INTS ||
				    in_count(v, count);
	char			*items;

	items = arena_array(v->conf->arena, count, size);
	if (items == NULL) {
		v->conf->nomem = true;
		return NULL;
	}
	for (node = many ? node->first : node; n < count; node = node->next) {
		if (node->kind == NODE_INCLUDE)
			continue;
		ok = read_element(v, node, items + n * size) && ok;
		conf_know(v->conf, items + n * size, node->at,
		    node->file != NULL, false);
		n++;
	}
	*count_out = count;
	return ok ? items : NULL;
}

static bool
read_texts(const struct value *v, void *field)
{
	struct conf_texts	*out = field;
	size_t			count;
	const char		**items = read_items(v, sizeof(char *), &count);

	if (items == NULL)
		return false;
	*out = (struct conf_texts){items, count};
	return true;
}

static bool
read_ints(const struct value *v, void *field)
{
	struct conf_ints	*out = field;
	size_t			count;
	int64_t			*items = read_items(v, sizeof(int64_t), &count);

	if (items == NULL)
		return false;
	*out = (struct conf_ints){items, count};
	return true;
}

static bool
read_map(const struct value *v, void *field)
{
	struct arena		*arena = v->conf->arena;
	struct conf_map		*out = field, map = { .count = 0 };
	const struct node	*node = v->node;
	const char		*where;
	bool			ok = true;

	if (node->kind != NODE_GROUP)
		return wrong_kind(v);
	if (!in_count(v, node->count))
		return false;
	map.keys = arena_array(arena, node->count, sizeof(char *));
	map.values = arena_array(arena, node->count, sizeof(char *));
	where = arena_printf(arena, " in \"%s\"", v->row->name);
	if (map.keys == NULL || map.values == NULL || where == NULL) {
		v->conf->nomem = true;
		return false;
	}
	for (node = node->first; node != NULL; node = node->next) {
		struct conf_row	one = { .name = node->name, .type = CONF_TEXT,
				    .help = v->row->help,
				    .lines = v->row->lines };
		struct value	inner = {v->conf, &one, node, where};

		map.keys[map.count] = node->name;
		ok = read_text(&inner, &map.values[map.count]) && ok;
		conf_know(v->conf, &map.values[map.count], node->at, true,
		    false);
		map.count++;
	}
	*out = map;
	return ok;
}

typedef bool	read_fn(const struct value *v, void *field);

static read_fn *const	readers[] = {
	[CONF_BOOL] = read_bool, [CONF_INT] = read_int,
	[CONF_NUMBER] = read_number,
	[CONF_TEXT] = read_text, [CONF_CHOICE] = read_choice,
	[CONF_DURATION] = read_amount, [CONF_MICROS] = read_amount,
	[CONF_DAYS] = read_days, [CONF_SIZE] = read_amount,
	[CONF_TIME] = read_time, [CONF_DATE] = read_date,
	[CONF_PATH] = read_path, [CONF_SECRET] = read_secret,
	[CONF_TEXTS] = read_texts, [CONF_CHOICES] = read_ints,
	[CONF_INTS] = read_ints, [CONF_MAP] = read_map,
	[CONF_KEY] = NULL
};

bool
conf_value(struct conf *conf, const struct conf_row *row,
    const struct node *node, void *field, const char *where)
{
	struct value	v = {conf, row, node, where};

	conf_know(conf, field, node->at, node->file != NULL, false);
	return readers[row->type] != NULL && readers[row->type](&v, field);
}

void
conf_value_wrong(struct conf *conf, const struct conf_row *row,
    const struct node *node, const char *where)
{
	struct value	v = {conf, row, node, where};

	(void)wrong_kind(&v);
}
