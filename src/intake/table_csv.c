/* SPDX-License-Identifier: ISC */
#include "intake/table_impl.h"

#include <csv.h>

#define FIELD_BEGUN	2	/* libcsv's state inside a field */

/* A cell by place in text, because text moves while it grows. */
struct span {
	size_t	at, len;
};

struct span_row {
	int64_t	line;
	size_t	first, count;
};

/* Rows of the chunks read so far that were not handed out yet. */
struct csv_reader {
	struct csv_parser	 parser;
	bool			 has_parser;
	struct buf		 chunk;		/* UTF-8 */
	struct buf		 text;		/* the cells' bytes */
	struct span		*cells;
	size_t			 cell_count, cell_room;
	struct span_row		*rows;
	size_t			 row_count, row_room, next_row;
	size_t			 row_first;	/* first cell of the open row */
	int64_t			 line;		/* where reading stands */
	int64_t			 row_line;	/* where the open row began */
	int64_t			 inner;		/* line ends in its quotes */
	bool			 after_cr;
	bool			 ended;
	bool			 nomem;
	bool			 too_big;	/* a field, at bad_line */
	int64_t			 bad_line;
	struct str		*views;		/* of the row handed out */
	size_t			 view_room;
};

static bool
grow(void **items, size_t *room, size_t need, size_t size)
{
	size_t	 want = *room == 0 ? 256 : *room;
	void	*more;

	if (need <= *room)
		return true;
	while (want < need)
		want *= 2;
	if ((more = reallocarray(*items, want, size)) == NULL)
		return false;
	*items = more;
	*room = want;
	return true;
}

static int64_t
inner_lines(const char *p, size_t len)
{
	int64_t	lines = 0;

	for (size_t i = 0; i < len; i++)
		lines += p[i] == '\n' ||
		    (p[i] == '\r' && (i + 1 == len || p[i + 1] != '\n'));
	return lines;
}

static void
on_cell(void *bytes, size_t len, void *arg)
{
	struct csv_reader	*r = arg;
	void			*cells = r->cells;

	if (r->cell_count == r->row_first)
		r->row_line = r->line;
	if (len > TABLE_FIELD_MAX && !r->too_big) {
		r->too_big = true;
		r->bad_line = r->line;
	}
	if (r->nomem || r->too_big)
		return;
	if (!grow(&cells, &r->cell_room, r->cell_count + 1,
	    sizeof(*r->cells))) {
		r->nomem = true;
		return;
	}
	r->cells = cells;
	r->cells[r->cell_count++] = (struct span){r->text.len, len};
	if (len > 0) {
		buf_add(&r->text, bytes, len);
		if (memchr(bytes, '\n', len) != NULL ||
		    memchr(bytes, '\r', len) != NULL)
			r->inner += inner_lines(bytes, len);
	}
	r->after_cr = false;
}

/* c: the byte that ended the row, -1 at the end of the file. */
static void
on_row(int c, void *arg)
{
	struct csv_reader	*r = arg;
	void			*rows = r->rows;
	size_t			 count = r->cell_count - r->row_first;

	if (count == 0 && c == '\n' && r->after_cr) {
		r->after_cr = false;	/* the second half of CR LF */
		return;
	}
	r->after_cr = c == '\r';
	if (count > 0 && !(count == 1 && r->cells[r->row_first].len == 0)) {
		if (!grow(&rows, &r->row_room, r->row_count + 1,
		    sizeof(*r->rows))) {
			r->nomem = true;
			return;
		}
		r->rows = rows;
		r->rows[r->row_count++] = (struct span_row){r->row_line,
		    r->row_first, count};
		r->row_first = r->cell_count;
	} else
		r->cell_count = r->row_first;
	r->line += 1 + r->inner;
	r->inner = 0;
}

/* Forgets what was handed out; the open row's cells go to the front. */
static void
compact(struct csv_reader *r)
{
	size_t	open = r->cell_count - r->row_first;
	size_t	at = open > 0 ? r->cells[r->row_first].at : r->text.len;

	if (open > 0)
		(void)memmove(r->cells, r->cells + r->row_first,
		    open * sizeof(*r->cells));
	for (size_t i = 0; i < open; i++)
		r->cells[i].at -= at;
	if (r->text.len > 0)
		(void)memmove(r->text.p, r->text.p + at, r->text.len - at);
	buf_truncate(&r->text, r->text.len - at);
	r->cell_count = open;
	r->row_first = 0;
	r->row_count = 0;
	r->next_row = 0;
}

static bool
check_chunk(struct intake_table *table, struct csv_reader *r, struct err *err)
{
	/* libcsv doubles; a row of many cells has its bound too */
	if (csv_get_buffer_size(&r->parser) > 2 * TABLE_FIELD_MAX ||
	    r->text.len > 8 * TABLE_FIELD_MAX) {
		r->bad_line = r->too_big ? r->bad_line : r->line;
		r->too_big = true;
	}
	if (r->nomem || !buf_ok(&r->text))
		return err_nomem(err);
	if (r->too_big)
		return err_set(err, ERR_INPUT, "%s:%lld: a field of more than"
		    " %d bytes; is a quote not closed?", table->path,
		    (long long)r->bad_line, TABLE_FIELD_MAX);
	return true;
}

static bool
fill(struct intake_table *table, struct csv_reader *r, struct err *err)
{
	struct csv_parser	*parser = &r->parser;
	bool			 end;

	compact(r);
	while (r->row_count == 0 && !r->ended) {
		if (!table_fill(table, &r->chunk, &end, err))
			return false;
		if (end) {
			r->ended = true;
			/* libcsv tells of it in its strict mode only */
			if (parser->quoted && parser->pstate == FIELD_BEGUN)
				return err_set(err, ERR_INPUT, "%s:%lld: a"
				    " quote is opened and never closed",
				    table->path, (long long)r->line);
			if (csv_fini(parser, on_cell, on_row, r) != 0)
				return err_nomem(err);
		} else if (csv_parse(parser, r->chunk.p, r->chunk.len, on_cell,
		    on_row, r) != r->chunk.len)
			return err_set(err, csv_error(parser) == CSV_ENOMEM ?
			    ERR_SYSTEM : ERR_INPUT, "%s:%lld: %s", table->path,
			    (long long)r->line,
			    csv_strerror(csv_error(parser)));
		if (!check_chunk(table, r, err))
			return false;
	}
	return true;
}

static bool
csv_table_next(struct intake_table *table, struct intake_row *row, bool *more,
    struct err *err)
{
	struct csv_reader	*r = table->reader;
	struct span_row		*found;
	void			*views = r->views;

	if (r->next_row == r->row_count && !fill(table, r, err))
		return false;
	if ((*more = r->next_row < r->row_count) == false)
		return true;
	found = &r->rows[r->next_row++];
	if (!grow(&views, &r->view_room, found->count, sizeof(*r->views)))
		return err_nomem(err);
	r->views = views;
	for (size_t i = 0; i < found->count; i++) {
		const struct span	*cell = &r->cells[found->first + i];

		r->views[i] = (struct str){cell->len == 0 ? "" :
		    r->text.p + cell->at, cell->len};
	}
	*row = (struct intake_row){found->line, found->count, r->views};
	return true;
}

static void
csv_table_stop(struct intake_table *table)
{
	struct csv_reader	*r = table->reader;

	if (r == NULL)
		return;
	if (r->has_parser)
		csv_free(&r->parser);
	buf_fini(&r->chunk);
	buf_fini(&r->text);
	free(r->cells);
	free(r->rows);
	free(r->views);
	free(r);
	table->reader = NULL;
}

static bool
csv_table_start(struct intake_table *table, struct err *err)
{
	const unsigned char	 options = CSV_REPALL_NL;
	struct csv_reader	*r;
	struct intake_row	 header;
	bool			 more;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return err_nomem(err);
	table->reader = r;
	r->line = table->first_line;
	table->at = (int64_t)table->skip;
	if (csv_init(&r->parser, options) != 0)
		return err_nomem(err);
	r->has_parser = true;
	csv_set_delim(&r->parser, (unsigned char)table->delimiter);
	if (!csv_table_next(table, &header, &more, err))
		return false;
	if (!more)
		return err_set(err, ERR_INPUT, "%s: the file is empty",
		    table->path);
	for (size_t i = 0; i < header.count; i++) {
		if (!table_add_column(table, str_trim(header.cells[i]), err))
			return false;
	}
	return true;
}

const struct table_ops	table_csv_ops = {
	.start = csv_table_start,
	.next = csv_table_next,
	.stop = csv_table_stop,
};
