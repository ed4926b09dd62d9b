/* SPDX-License-Identifier: ISC */
/*
 * dunlin_rows(pointer): the rows of a db_table as a table of SQLite, so that
 * one statement takes any number of them.  Measured: an INSERT of each row by
 * itself costs three times as much.
 */
#include "db/db_impl.h"

#include <sqlite3.h>

#define COLUMNS \
	"c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15," \
	" c16, c17, c18, c19, c20, c21, c22, c23, c24"
#define GUESSED_ROWS	200	/* for the planner: few beside a table */

struct row_cursor {
	sqlite3_vtab_cursor	 base;	/* first: SQLite's part */
	const struct db_table	*table;
	size_t			 at;
};

static struct row_cursor *
cursor_of(sqlite3_vtab_cursor *base)
{
	return (struct row_cursor *)(void *)base;
}

static int
rows_connect(sqlite3 *handle, void *arg, int argc, const char *const *argv,
    sqlite3_vtab **out, char **why)
{
	int	code = sqlite3_declare_vtab(handle,
		    "CREATE TABLE x(" COLUMNS ", pointer HIDDEN)");

	(void)arg;
	(void)argc;
	(void)argv;
	(void)why;
	if (code != SQLITE_OK)
		return code;
	if ((*out = sqlite3_malloc(sizeof(**out))) == NULL)
		return SQLITE_NOMEM;
	(void)memset(*out, 0, sizeof(**out));
	return SQLITE_OK;
}

static int
rows_disconnect(sqlite3_vtab *table)
{
	sqlite3_free(table);
	return SQLITE_OK;
}

static int
rows_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
	(void)table;
	info->estimatedCost = GUESSED_ROWS;
	info->estimatedRows = GUESSED_ROWS;
	for (int i = 0; i < info->nConstraint; i++) {
		if (info->aConstraint[i].iColumn != DB_COLUMNS_MAX ||
		    info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ ||
		    !info->aConstraint[i].usable)
			continue;
		info->aConstraintUsage[i].argvIndex = 1;
		info->aConstraintUsage[i].omit = 1;
		return SQLITE_OK;
	}
	return SQLITE_CONSTRAINT;
}

static int
rows_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out)
{
	struct row_cursor	*cursor = sqlite3_malloc(sizeof(*cursor));

	(void)table;
	if (cursor == NULL)
		return SQLITE_NOMEM;
	*cursor = (struct row_cursor){.table = NULL};
	*out = &cursor->base;
	return SQLITE_OK;
}

static int
rows_close(sqlite3_vtab_cursor *base)
{
	sqlite3_free(base);
	return SQLITE_OK;
}

static int
rows_filter(sqlite3_vtab_cursor *base, int plan, const char *name, int argc,
    sqlite3_value **argv)
{
	struct row_cursor	*cursor = cursor_of(base);

	(void)plan;
	(void)name;
	cursor->at = 0;
	cursor->table = argc == 1 ? sqlite3_value_pointer(argv[0],
	    DB_ROWS_TABLE) : NULL;
	return SQLITE_OK;
}

static int
rows_next(sqlite3_vtab_cursor *base)
{
	cursor_of(base)->at++;
	return SQLITE_OK;
}

static int
rows_eof(sqlite3_vtab_cursor *base)
{
	struct row_cursor	*cursor = cursor_of(base);

	return cursor->table == NULL || cursor->at >= cursor->table->count;
}

/* Nothing is copied: the values outlive the statement's run. */
static int
rows_column(sqlite3_vtab_cursor *base, sqlite3_context *out, int column)
{
	const struct row_cursor	*cursor = cursor_of(base);
	const struct db_table	*table = cursor->table;
	const struct db_value	*value;
	const char		*p;

	if ((size_t)column >= table->columns)
		return SQLITE_OK;
	value = &table->values[cursor->at * table->columns + (size_t)column];
	p = value->bytes.p != NULL ? value->bytes.p : "";
	switch (value->type) {
	case DB_TYPE_INT:
		sqlite3_result_int64(out, value->number);
		break;
	case DB_TYPE_TEXT:
		sqlite3_result_text64(out, p, value->bytes.len, SQLITE_STATIC,
		    SQLITE_UTF8);
		break;
	case DB_TYPE_BYTES:
		sqlite3_result_blob64(out, p, value->bytes.len, SQLITE_STATIC);
		break;
	case DB_TYPE_NULL:
	case DB_TYPE_ROWS:
		break;
	}
	return SQLITE_OK;
}

static int
rows_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
	*out = (sqlite3_int64)cursor_of(base)->at;
	return SQLITE_OK;
}

/* Without xCreate it is there in every database, and in no schema. */
static const sqlite3_module	rows_module = {
	.xConnect = rows_connect,
	.xBestIndex = rows_best_index,
	.xDisconnect = rows_disconnect,
	.xOpen = rows_open,
	.xClose = rows_close,
	.xFilter = rows_filter,
	.xNext = rows_next,
	.xEof = rows_eof,
	.xColumn = rows_column,
	.xRowid = rows_rowid,
};

int
db_sqlite_add_rows(sqlite3 *handle)
{
	return sqlite3_create_module(handle, DB_ROWS_TABLE, &rows_module, NULL);
}
