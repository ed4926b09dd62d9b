/* SPDX-License-Identifier: ISC */
#include "intake/table_impl.h"

#include "model/value.h"

#include <inttypes.h>

#define LINE_MAX_BYTES	(4 * TABLE_FIELD_MAX)

struct json_reader {
	struct buf	 chunk;		/* as read */
	struct buf	 text;		/* lines not yet handed out */
	size_t		 at;		/* of the next line in text */
	int64_t		 line;
	bool		 ended;
	bool		 learning;	/* keys become columns */
	struct arena	*arena;		/* of the row handed out */
	struct str	*cells;		/* TABLE_COLUMNS_MAX */
};

/* One line without its end; *more false at the end of the file. */
static bool
next_line(struct intake_table *table, struct json_reader *r, struct str *line,
    bool *more, struct err *err)
{
	char	*end;
	size_t	 from = r->at;

	for (;;) {
		end = from == r->text.len ? NULL :
		    memchr(r->text.p + from, '\n', r->text.len - from);
		if (end != NULL || r->ended)
			break;
		from = r->text.len - r->at;
		if (r->at > 0)
			(void)memmove(r->text.p, r->text.p + r->at, from);
		buf_truncate(&r->text, from);
		r->at = 0;
		if (from > LINE_MAX_BYTES)
			return err_set(err, ERR_INPUT, "%s:%" PRId64 ": a line"
			    " of more than %d bytes", table->path, r->line + 1,
			    LINE_MAX_BYTES);
		if (!table_fill(table, &r->chunk, &r->ended, err))
			return false;
		buf_addstr(&r->text, buf_str(&r->chunk));
		if (!buf_check(&r->text, err))
			return false;
	}
	*more = end != NULL || r->at < r->text.len;
	if (!*more)
		return true;
	*line = (struct str){r->text.p + r->at, end != NULL ?
	    (size_t)(end - r->text.p) - r->at : r->text.len - r->at};
	r->at += line->len + (end != NULL ? 1 : 0);
	r->line++;
	return true;
}

/*
 * A number's digits as they were written: 15 are exact in a double.  Three
 * decimals get a zero behind them, so that nobody takes the point for a
 * separator of thousands.
 */
static const char *
real_text(double real, struct arena *arena)
{
	char	text[40];
	char	*point;

	(void)snprintf(text, sizeof(text), "%.15g", real);
	if ((point = strchr(text, '.')) != NULL && strlen(point) == 4 &&
	    strchr(text, 'e') == NULL)
		return arena_printf(arena, "%s0", text);
	return arena_strdup(arena, text);
}

static bool
cell_text(const struct value *value, struct arena *arena, struct str *out,
    struct err *err)
{
	struct buf	 json = BUF_INIT;
	const char	*text = "";

	switch (value->kind) {
	case VALUE_STRING:
		*out = value->string;
		return true;
	case VALUE_NULL:
		break;
	case VALUE_BOOL:
		text = value->boolean ? "true" : "false";
		break;
	case VALUE_INT:
		text = arena_printf(arena, "%" PRId64, value->integer);
		break;
	case VALUE_REAL:
		text = real_text(value->real, arena);
		break;
	case VALUE_ARRAY:
	case VALUE_OBJECT:
		value_write(value, &json);
		text = arena_copy(arena, buf_text(&json), json.len);
		buf_fini(&json);
		break;
	}
	if (text == NULL)
		return err_nomem(err);
	*out = str_of(text);
	return true;
}

/* The key's column; lines mostly repeat the keys in the same order. */
static bool
column_of(struct intake_table *table, struct str key, size_t hint,
    bool learning, size_t *out, struct err *err)
{
	if (hint < table->column_count && str_eq(table->columns[hint], key)) {
		*out = hint;
		return true;
	}
	for (*out = 0; *out < table->column_count; ++*out) {
		if (str_eq(table->columns[*out], key))
			return true;
	}
	if (!learning)
		return err_set(err, ERR_LATER, "%s changed while it was read",
		    table->path);
	return table_add_column(table, key, err);
}

static bool
read_object(struct intake_table *table, struct json_reader *r,
    struct str line, struct err *err)
{
	struct value	object;
	size_t		column;

	arena_reset(r->arena);
	if (!value_parse(line, r->arena, &object, err))
		return err_in(err, "%s:%" PRId64, table->path, r->line);
	if (object.kind != VALUE_OBJECT)
		return err_set(err, ERR_INPUT, "%s:%" PRId64 ": one JSON object"
		    " a line is wanted", table->path, r->line);
	(void)memset(r->cells, 0, TABLE_COLUMNS_MAX * sizeof(*r->cells));
	for (size_t i = 0; i < object.count; i++) {
		if (!column_of(table, object.keys[i], i, r->learning, &column,
		    err) || !cell_text(&object.items[i], r->arena,
		    &r->cells[column], err))
			return false;
	}
	return true;
}

static bool
json_table_next(struct intake_table *table, struct intake_row *row, bool *more,
    struct err *err)
{
	struct json_reader	*r = table->reader;
	struct str		 line;

	do {
		if (!next_line(table, r, &line, more, err))
			return false;
		if (!*more)
			return true;
		line = str_trim(line);
	} while (line.len == 0);
	if (!read_object(table, r, line, err))
		return false;
	*row = (struct intake_row){r->line, table->column_count, r->cells};
	return true;
}

static void
json_table_stop(struct intake_table *table)
{
	struct json_reader	*r = table->reader;

	if (r == NULL)
		return;
	buf_fini(&r->chunk);
	buf_fini(&r->text);
	arena_free(&r->arena);
	free(r->cells);
	free(r);
	table->reader = NULL;
}

static bool
json_open(struct intake_table *table, bool learning, struct err *err)
{
	struct json_reader	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return err_nomem(err);
	table->reader = r;
	table->at = (int64_t)table->skip;
	r->learning = learning;
	r->arena = arena_new();
	r->cells = calloc(TABLE_COLUMNS_MAX, sizeof(*r->cells));
	return (r->arena != NULL && r->cells != NULL) || err_nomem(err);
}

/* Keys can come late, so all lines are read once for them. */
static bool
json_table_start(struct intake_table *table, struct err *err)
{
	struct intake_row	row;
	bool			more;

	if (!json_open(table, true, err))
		return false;
	do {
		if (!json_table_next(table, &row, &more, err))
			return false;
	} while (more);
	json_table_stop(table);
	return json_open(table, false, err);
}

const struct table_ops	table_json_ops = {
	.start = json_table_start,
	.next = json_table_next,
	.stop = json_table_stop,
};
