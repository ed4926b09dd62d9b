/* SPDX-License-Identifier: ISC */
/*
 * The columns of @rows as PostgreSQL's arrays, in its binary form: one
 * dimension counted from 1, then each element's length and bytes.
 */
#include "db/db_pg.h"

#include <limits.h>

static void
put_32(struct buf *out, uint32_t number)
{
	const char	bytes[] = {(char)(number >> 24), (char)(number >> 16),
			    (char)(number >> 8), (char)number};

	buf_add(out, bytes, sizeof(bytes));
}

static void
put_head(struct buf *out, char letter, size_t count)
{
	/* pg_type.h's numbers of int8, text, bytea */
	put_32(out, count > 0);			/* dimensions */
	put_32(out, 1);				/* there may be NULLs */
	put_32(out, letter == 'i' ? 20 : letter == 't' ? 25 : 17);
	if (count == 0)
		return;
	put_32(out, (uint32_t)count);
	put_32(out, 1);				/* the first one's number */
}

static void
put_value(struct buf *out, const struct db_value *value)
{
	switch (value->type) {
	case DB_TYPE_INT:
		put_32(out, 8);
		put_32(out, (uint32_t)((uint64_t)value->number >> 32));
		put_32(out, (uint32_t)value->number);
		break;
	case DB_TYPE_TEXT:
	case DB_TYPE_BYTES:
		put_32(out, (uint32_t)value->bytes.len);
		if (value->bytes.len > 0)
			buf_add(out, value->bytes.p, value->bytes.len);
		break;
	case DB_TYPE_NULL:
	case DB_TYPE_ROWS:
		put_32(out, UINT32_MAX);
		break;
	}
}

bool
pg_bind_rows(struct pg_params *out, struct str columns,
    const struct db_table *table, struct err *err)
{
	struct buf	*arrays = &out->arrays;
	size_t		 starts[DB_COLUMNS_MAX + 1];

	for (size_t c = 0; c < columns.len; c++) {
		starts[c] = arrays->len;
		put_head(arrays, columns.p[c], table->count);
		for (size_t i = 0; i < table->count; i++)
			put_value(arrays,
			    &table->values[i * table->columns + c]);
	}
	starts[columns.len] = arrays->len;
	if (!buf_check(arrays, err))
		return false;
	if (arrays->len > INT_MAX)
		return err_set(err, ERR_INPUT, "the rows are too long");
	for (size_t c = 0; c < columns.len; c++) {
		out->values[c] = arrays->p + starts[c];
		out->lengths[c] = (int)(starts[c + 1] - starts[c]);
		out->formats[c] = 1;
	}
	return true;
}
