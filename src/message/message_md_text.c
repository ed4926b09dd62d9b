/* SPDX-License-Identifier: ISC */
#include "message/message_md_impl.h"

#include "base/utf8.h"

#define COLUMNS_MAX	16
#define WIDTH_MAX	40	/* a wider cell does not widen its column */
#define LISTS_MAX	8
#define RULE		"----------------------------------------"

struct cell {
	size_t		start;		/* in cells */
	size_t		len;
	MD_ALIGN	align;
};

struct text {
	struct buf	*out;
	struct buf	 url;
	struct buf	 cells;		/* the text of a table's cells */
	struct buf	 table;		/* array of struct cell, row by row */
	size_t		 label_start;
	size_t		 columns;
	size_t		 rows;
	int		 lists;		/* how deep */
	unsigned	 number[LISTS_MAX];	/* next item; 0: bullets */
	int		 quotes;
	bool		 in_cell;
	bool		 linked;
	bool		 item;		/* a list item was just opened */
};

static struct buf *
target(struct text *text)
{
	return text->in_cell ? &text->cells : text->out;
}

static void
indent(struct text *text)
{
	for (int i = 0; i < text->quotes; i++)
		buf_adds(text->out, "> ");
	for (int i = 1; i < text->lists; i++)
		buf_adds(text->out, "  ");
}

/* Blocks stand apart by an empty line; the parts of a list do not. */
static void
begin_block(struct text *text)
{
	if (text->item) {
		text->item = false;
		return;
	}
	if (text->out->len > 0)
		buf_adds(text->out, text->lists > 0 ? "\n" : "\n\n");
	indent(text);
	if (text->lists > 0)
		buf_adds(text->out, "  ");
}

static void
begin_item(struct text *text)
{
	unsigned	*number = text->lists <= LISTS_MAX ?
			    &text->number[text->lists - 1] : NULL;

	if (text->out->len > 0)
		buf_addc(text->out, '\n');
	indent(text);
	if (number != NULL && *number > 0)
		buf_addf(text->out, "%u. ", (*number)++);
	else
		buf_adds(text->out, "- ");
	text->item = true;
}

static void
begin_list(struct text *text, unsigned start)
{
	if (text->lists == 0 && text->out->len > 0)
		buf_addc(text->out, '\n');
	if (text->lists < LISTS_MAX)
		text->number[text->lists] = start;
	text->lists++;
	text->item = false;
}

static int
text_enter_block(MD_BLOCKTYPE type, void *detail, void *user)
{
	struct text	*text = user;
	struct cell	 cell;

	switch ((int)type) {
	case MD_BLOCK_QUOTE:
		text->quotes++;
		break;
	case MD_BLOCK_UL:
		begin_list(text, 0);
		break;
	case MD_BLOCK_OL:
		begin_list(text, ((MD_BLOCK_OL_DETAIL *)detail)->start);
		break;
	case MD_BLOCK_LI:
		begin_item(text);
		break;
	case MD_BLOCK_HR:
		begin_block(text);
		buf_adds(text->out, RULE);
		break;
	case MD_BLOCK_P:
	case MD_BLOCK_H:
	case MD_BLOCK_CODE:
		begin_block(text);
		break;
	case MD_BLOCK_TABLE:
		text->columns = ((MD_BLOCK_TABLE_DETAIL *)detail)->col_count;
		text->rows = 0;
		buf_clear(&text->cells);
		buf_clear(&text->table);
		break;
	case MD_BLOCK_TR:
		text->rows++;
		break;
	case MD_BLOCK_TH:
	case MD_BLOCK_TD:
		cell = (struct cell){text->cells.len, 0,
		    ((MD_BLOCK_TD_DETAIL *)detail)->align};
		buf_add(&text->table, (const char *)&cell, sizeof(cell));
		text->in_cell = true;
		break;
	default:
		break;
	}
	return buf_ok(text->out) ? 0 : 1;
}

static struct cell
cell_at(const struct text *text, size_t row, size_t column)
{
	struct cell	cell = {0, 0, MD_ALIGN_DEFAULT};
	size_t		at = (row * text->columns + column) * sizeof(cell);

	if (at + sizeof(cell) <= text->table.len)
		memcpy(&cell, text->table.p + at, sizeof(cell));
	return cell;
}

static struct str
cell_text(const struct text *text, struct cell cell)
{
	return (struct str){text->cells.p + cell.start, cell.len};
}

static void
measure(const struct text *text, size_t *widths)
{
	size_t	width;

	for (size_t column = 0; column < text->columns; column++) {
		widths[column] = 0;
		for (size_t row = 0; row < text->rows; row++) {
			width = utf8_length(cell_text(text, cell_at(text, row,
			    column)));
			if (width <= WIDTH_MAX && width > widths[column])
				widths[column] = width;
		}
	}
}

static void
pad(struct buf *out, size_t count)
{
	while (count-- > 0)
		buf_addc(out, ' ');
}

static void
write_row(const struct text *text, size_t row, const size_t *widths)
{
	struct cell	cell;
	struct str	value;
	size_t		width, gap;
	bool		last;

	for (size_t column = 0; column < text->columns; column++) {
		cell = cell_at(text, row, column);
		value = cell_text(text, cell);
		width = utf8_length(value);
		gap = width < widths[column] ? widths[column] - width : 0;
		last = column + 1 == text->columns;
		if (cell.align == MD_ALIGN_RIGHT)
			pad(text->out, gap);
		buf_addstr(text->out, value);
		if (cell.align != MD_ALIGN_RIGHT && !last)
			pad(text->out, gap);
		if (!last)
			buf_adds(text->out, "  ");
	}
}

static void
write_table(struct text *text)
{
	size_t	widths[COLUMNS_MAX], total = 0;

	if (text->columns > COLUMNS_MAX)
		text->columns = COLUMNS_MAX;
	measure(text, widths);
	for (size_t i = 0; i < text->columns; i++)
		total += widths[i] + (i > 0 ? 2 : 0);
	begin_block(text);
	for (size_t row = 0; row < text->rows; row++) {
		if (row > 0)
			buf_addc(text->out, '\n');
		write_row(text, row, widths);
		for (size_t i = 0; row == 0 && i < total; i++)
			buf_adds(text->out, i == 0 ? "\n-" : "-");
	}
}

static int
text_leave_block(MD_BLOCKTYPE type, void *detail, void *user)
{
	struct text	*text = user;
	struct cell	 cell;

	(void)detail;
	switch ((int)type) {
	case MD_BLOCK_QUOTE:
		text->quotes--;
		break;
	case MD_BLOCK_UL:
	case MD_BLOCK_OL:
		text->lists--;
		break;
	case MD_BLOCK_TH:
	case MD_BLOCK_TD:
		text->in_cell = false;
		if (!buf_ok(&text->table) || !buf_ok(&text->cells))
			return 1;
		memcpy(&cell, text->table.p + text->table.len - sizeof(cell),
		    sizeof(cell));
		cell.len = text->cells.len - cell.start;
		memcpy(text->table.p + text->table.len - sizeof(cell), &cell,
		    sizeof(cell));
		break;
	case MD_BLOCK_TABLE:
		write_table(text);
		break;
	default:
		break;
	}
	return buf_ok(text->out) ? 0 : 1;
}

static int
text_enter_span(MD_SPANTYPE type, void *detail, void *user)
{
	struct text	*text = user;

	if (type == MD_SPAN_A) {
		buf_clear(&text->url);
		text->linked = md_add_url(&text->url,
		    &((MD_SPAN_A_DETAIL *)detail)->href);
		text->label_start = target(text)->len;
	}
	return 0;
}

/* An address shown as itself needs no second mention. */
static bool
says_itself(struct str label, struct str url)
{
	const char	*colon = memchr(url.p, ':', url.len);
	struct str	 rest = {colon + 1, 0};

	if (colon == NULL || label.len == 0)
		return false;
	rest.len = url.len - (size_t)(rest.p - url.p);
	return str_eq(label, url) || (rest.p[0] != '/' &&
	    str_eq(label, rest));
}

static int
text_leave_span(MD_SPANTYPE type, void *detail, void *user)
{
	struct text	*text = user;
	struct buf	*out = target(text);
	struct str	 label, url = buf_str(&text->url);

	(void)detail;
	if (type != MD_SPAN_A || !text->linked)
		return 0;
	label = (struct str){out->p + text->label_start,
	    out->len - text->label_start};
	if (!says_itself(label, url)) {
		if (label.len > 0)
			buf_adds(out, ": ");
		buf_addstr(out, url);
	}
	return buf_ok(out) && buf_ok(&text->url) ? 0 : 1;
}

static int
text_text(MD_TEXTTYPE type, const MD_CHAR *bytes, MD_SIZE size, void *user)
{
	struct text	*text = user;

	if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR) {
		buf_addc(target(text), '\n');
		if (!text->in_cell) {
			indent(text);
			if (text->lists > 0)
				buf_adds(text->out, "  ");
		}
	} else {
		md_add_text(target(text), type, (struct str){bytes, size});
		text->item = false;
	}
	return buf_ok(target(text)) ? 0 : 1;
}

bool
message_md_text(struct str markdown, struct buf *out, struct err *err)
{
	static const MD_PARSER	parser = {
		.flags = MD_OUR_FLAGS,
		.enter_block = text_enter_block,
		.leave_block = text_leave_block,
		.enter_span = text_enter_span,
		.leave_span = text_leave_span,
		.text = text_text
	};
	struct text		text = {.out = out};
	bool			ok;

	ok = md_run(markdown, &parser, &text, err);
	if (ok) {
		buf_addc(out, '\n');
		ok = buf_check(out, err);
	}
	buf_fini(&text.url);
	buf_fini(&text.cells);
	buf_fini(&text.table);
	return ok;
}
