/* SPDX-License-Identifier: ISC */
#include "conf/conf_impl.h"

bool
conf_value_has_upper(const struct conf_row *row)
{
	return row->max != 0 || row->min < 0;
}

void
conf_value_format(const struct conf_row *row, int64_t n, struct buf *out)
{
	if (row->type == CONF_DURATION)
		conf_unit_format(conf_unit_ms, n, out);
	else if (row->type == CONF_MICROS)
		conf_unit_format(conf_unit_us, n, out);
	else if (row->type == CONF_SIZE)
		conf_unit_format(conf_unit_bytes, n, out);
	else
		buf_addf(out, "%lld", (long long)n);
}

/* " from 1 to 9", " of at least 1", or nothing. */
void
conf_value_range(const struct conf_row *row, struct buf *out)
{
	if (row->min == 0 && row->max == 0)
		return;
	if (row->max == INT64_MAX || !conf_value_has_upper(row)) {
		buf_adds(out, " of at least ");
		conf_value_format(row, row->min, out);
		return;
	}
	if (row->min == INT64_MIN) {
		buf_adds(out, " of at most ");
		conf_value_format(row, row->max, out);
		return;
	}
	buf_adds(out, " from ");
	conf_value_format(row, row->min, out);
	buf_adds(out, " to ");
	conf_value_format(row, row->max, out);
}

static const struct {
	const char	*what;
	const char	*example;
} words[] = {
	[CONF_BOOL] = { "true or false", "true" },
	[CONF_INT] = { "an integer", "1" },
	[CONF_NUMBER] = { "a number", "2.5" },
	[CONF_TEXT] = { "a text", "\"abc\"" },
	[CONF_CHOICE] = { "one of", NULL },
	[CONF_DURATION] = { "a duration", "\"15 min\"" },
	[CONF_MICROS] = { "a short duration", "\"0.5 ms\"" },
	[CONF_DAYS] = { "a number of days", "3" },
	[CONF_SIZE] = { "a size in bytes", "\"10 MB\"" },
	[CONF_TIME] = { "a time of day", "\"08:00\"" },
	[CONF_DATE] = { "a date", "\"2026-01-31\"" },
	[CONF_PATH] = { "a path", "\"run/socket\"" },
	[CONF_SECRET] = { "the path of a file that holds a secret",
	    "\"secrets/relay\" or \"credential:relay\"" },
	[CONF_TEXTS] = { "a list of texts", "[ \"a\", \"b\" ]" },
	[CONF_CHOICES] = { "a list of", NULL },
	[CONF_INTS] = { "a list of integers", "[ 1, 2 ]" },
	[CONF_GROUP] = { "a group", "{ name = value; }" },
	[CONF_GROUPS] = { "a list of groups", "( { ... }, { ... } )" },
	[CONF_NAMED] = { "a group of groups", "{ name = { ... }; }" },
	[CONF_MAP] = { "a group of texts", "{ name = \"text\"; }" },
	[CONF_KEY] = { NULL, NULL },
};

static bool
has_range(enum conf_type type)
{
	return type == CONF_INT || type == CONF_INTS || type == CONF_NUMBER ||
	    type == CONF_SIZE ||
	    type == CONF_DURATION || type == CONF_MICROS || type == CONF_DAYS;
}

void
conf_value_describe(const struct conf_row *row, struct buf *out)
{
	size_t	i;

	if (row->type == CONF_TEXT && row->lines)
		buf_adds(out, "a text of one or more lines");
	else
		buf_adds(out, words[row->type].what);
	for (i = 0; row->names != NULL && row->names[i] != NULL; i++)
		buf_addf(out, "%s%s", i > 0 ? ", " : " ", row->names[i]);
	if (row->type == CONF_INT && row->unit != NULL)
		buf_addf(out, " (%s)", row->unit);
	if (has_range(row->type))
		conf_value_range(row, out);
}

void
conf_value_example(const struct conf_row *row, struct buf *out)
{
	if (row->type == CONF_CHOICE)
		buf_addf(out, "\"%s\"", row->names[0]);
	else if (row->type == CONF_CHOICES)
		buf_addf(out, "[ \"%s\" ]", row->names[0]);
	else if (row->type == CONF_INT && row->fallback != NULL)
		buf_adds(out, row->fallback);
	else if (row->type == CONF_INT && row->min != 0 &&
	    row->min != INT64_MIN)
		buf_addf(out, "%lld", (long long)row->min);
	else if (row->fallback != NULL && (row->type == CONF_DURATION ||
	    row->type == CONF_MICROS || row->type == CONF_TIME ||
	    row->type == CONF_TEXT))
		buf_addf(out, "\"%s\"", row->fallback);
	else
		buf_adds(out, words[row->type].example);
}

/* Bytes of the field of a type. */
static size_t
field_size(enum conf_type type)
{
	static const size_t	sizes[] = {
		[CONF_BOOL] = sizeof(bool), [CONF_INT] = sizeof(int64_t),
		[CONF_NUMBER] = sizeof(double),
		[CONF_TEXT] = sizeof(char *), [CONF_CHOICE] = sizeof(int),
		[CONF_DURATION] = sizeof(int64_t),
		[CONF_MICROS] = sizeof(int64_t),
		[CONF_DAYS] = sizeof(int32_t), [CONF_SIZE] = sizeof(int64_t),
		[CONF_TIME] = sizeof(int32_t), [CONF_DATE] = sizeof(int32_t),
		[CONF_PATH] = sizeof(char *),
		[CONF_SECRET] = sizeof(struct conf_secret),
		[CONF_TEXTS] = sizeof(struct conf_texts),
		[CONF_CHOICES] = sizeof(struct conf_ints),
		[CONF_INTS] = sizeof(struct conf_ints),
		[CONF_GROUP] = 0,
		[CONF_GROUPS] = sizeof(struct conf_list),
		[CONF_NAMED] = sizeof(struct conf_list),
		[CONF_MAP] = sizeof(struct conf_map),
		[CONF_POS] = sizeof(struct conf_pos),
		[CONF_KEY] = sizeof(char *),
	};

	return sizes[type];
}

void
conf_value_clear(const struct conf_row *row, void *field)
{
	int32_t	none = DAY_NONE;

	(void)memset(field, 0, field_size(row->type));
	if (row->type == CONF_DATE)
		(void)memcpy(field, &none, sizeof(none));
}

static bool
is_integer(struct str text)
{
	size_t	i = text.len > 1 && text.p[0] == '-';

	for (; i < text.len; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	}
	return text.len > 0 && text.len < 19;
}

static struct node *
scalar(struct conf *conf, const struct conf_row *row, struct str text,
    struct conf_pos at)
{
	struct node	*node = arena_alloc(conf->arena, sizeof(*node));
	char		*copy = arena_copy(conf->arena, text.p, text.len);

	if (node == NULL || copy == NULL) {
		conf->nomem = true;
		return NULL;
	}
	*node = (struct node){ .kind = NODE_TEXT, .text = copy, .at = at };
	if (row->type == CONF_BOOL) {
		node->kind = NODE_BOOL;
		node->integer = str_is(text, "true");
	} else if (is_integer(text) && (row->type == CONF_INT ||
	    row->type == CONF_INTS || row->type == CONF_DAYS ||
	    row->type == CONF_SIZE)) {
		node->kind = NODE_INT;
		node->integer = strtoll(copy, NULL, 10);
	} else if (row->type == CONF_NUMBER) {
		node->kind = NODE_FLOAT;
		node->number = strtod(copy, NULL);
	}
	return node;
}

static struct node *
list(struct conf *conf, const struct conf_row *row, struct conf_pos at)
{
	struct str	rest = str_of(row->fallback), part;
	struct node	*node = arena_alloc(conf->arena, sizeof(*node));
	const char	*comma;

	if (node == NULL) {
		conf->nomem = true;
		return NULL;
	}
	*node = (struct node){ .kind = NODE_ARRAY, .at = at };
	while (rest.len > 0) {
		struct node	*one;

		comma = memchr(rest.p, ',', rest.len);
		part.p = rest.p;
		part.len = comma == NULL ? rest.len : (size_t)(comma - rest.p);
		rest.p += part.len + (comma != NULL);
		rest.len -= part.len + (comma != NULL);
		if ((one = scalar(conf, row, str_trim(part), at)) == NULL)
			return NULL;
		if (node->last == NULL)
			node->first = one;
		else
			node->last->next = one;
		node->last = one;
		node->count++;
	}
	return node;
}

struct node *
conf_value_fallback(struct conf *conf, const struct conf_row *row,
    struct conf_pos at)
{
	if (row->type == CONF_TEXTS || row->type == CONF_CHOICES ||
	    row->type == CONF_INTS)
		return list(conf, row, at);
	return scalar(conf, row, str_of(row->fallback), at);
}

/* Without the rows of members; the tabs divide columns. */
static void
help_line(const struct conf_row *row, const char *path, struct buf *out)
{
	buf_addf(out, "%s\t", path);
	conf_value_describe(row, out);
	buf_addf(out, "\t%s\t%s\n", row->required ? "required" :
	    row->fallback != NULL ? row->fallback : "",
	    row->help != NULL ? row->help : "");
}

static void
help_rows(const struct conf_row *rows, struct buf *path, struct buf *out)
{
	size_t	len = path->len;

	for (; rows->type != CONF_END; rows++) {
		if (rows->name == NULL)
			continue;
		buf_adds(path, rows->name);
		help_line(rows, buf_text(path), out);
		if (rows->rows != NULL) {
			buf_adds(path, rows->type == CONF_GROUPS ? "[]." :
			    rows->type == CONF_NAMED ? ".*." : ".");
			help_rows(rows->rows, path, out);
		}
		buf_truncate(path, len);
	}
}

void
conf_help(const struct conf_row *rows, struct buf *out)
{
	struct buf	path = BUF_INIT;

	help_rows(rows, &path, out);
	buf_fini(&path);
}

static bool
is_good_name(const char *name)
{
	if ((name[0] | 0x20) < 'a' || (name[0] | 0x20) > 'z')
		return false;
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] ==
	    '\0';
}

static bool
is_group(enum conf_type type)
{
	return type == CONF_GROUP || type == CONF_GROUPS || type == CONF_NAMED;
}

static const char *
fault_of(const struct conf_row *rows, const struct conf_row *row)
{
	const struct conf_row	*other;

	if (row->type == CONF_POS || row->type == CONF_KEY)
		return row->name == NULL ? NULL : "has a name";
	if (row->name == NULL || !is_good_name(row->name))
		return "no name, or not in a-z, 0-9, _";
	for (other = rows; other != row; other++) {
		if (other->name != NULL && strcmp(other->name, row->name) == 0)
			return "twice";
	}
	if (row->help == NULL || row->help[0] == '\0')
		return "no help";
	if ((row->type == CONF_CHOICE || row->type == CONF_CHOICES) !=
	    (row->names != NULL))
		return "names are for choices";
	if (is_group(row->type) != (row->rows != NULL && row->size > 0))
		return "rows and size are for groups";
	if (row->fallback != NULL && (row->required || is_group(row->type) ||
	    row->type == CONF_MAP))
		return "no fallback here";
	return row->max != 0 && row->max < row->min ? "empty range" : NULL;
}

/* The members lie in their struct, when its size is known. */
static bool
check_table(const struct conf_row *rows, size_t size, struct err *err)
{
	const struct conf_row	*row;
	const char		*fault;

	for (row = rows; row->type != CONF_END; row++) {
		const char	*name = row->name != NULL ? row->name :
				    "(none)";
		size_t		own = row->type == CONF_GROUP ? row->size :
				    field_size(row->type);

		if ((fault = fault_of(rows, row)) != NULL)
			return err_set(err, ERR_INPUT, "%s: %s", name, fault);
		if (size > 0 && row->offset + own > size)
			return err_set(err, ERR_INPUT,
			    "%s: outside its struct", name);
		if (row->rows != NULL &&
		    !check_table(row->rows, row->size, err))
			return err_in(err, "%s", name);
	}
	return true;
}

/* Bytes that a table fills in the struct of its owner, at least. */
static size_t
extent(const struct conf_row *rows)
{
	size_t	end = 1, own;

	for (; rows->type != CONF_END; rows++) {
		own = rows->type == CONF_GROUP ? rows->size :
		    field_size(rows->type);
		if (rows->offset + own > end)
			end = rows->offset + own;
	}
	return end;
}

static bool
check_defaults(const struct conf_row *rows, size_t size, struct err *err)
{
	struct arena			*arena = arena_new();
	struct conf			*conf;
	const struct conf_finding	*finding;
	void				*into;
	bool				ok = false;

	if (arena == NULL || (conf = conf_new(arena)) == NULL ||
	    (into = arena_alloc(arena, size)) == NULL) {
		err_nomem(err);
		goto done;
	}
	conf_fill_defaults(conf, rows, into);
	finding = conf_finding(conf, 0);
	if (finding != NULL && !finding->warning) {
		err_set(err, ERR_INPUT, "%s", finding->text);
		goto done;
	}
	ok = true;
	for (; ok && rows->type != CONF_END; rows++) {
		if (rows->rows != NULL)
			ok = check_defaults(rows->rows, rows->size, err);
	}
done:
	arena_free(&arena);
	return ok;
}

bool
conf_rows_check(const struct conf_row *rows, struct err *err)
{
	return check_table(rows, 0, err) &&
	    check_defaults(rows, extent(rows), err);
}
