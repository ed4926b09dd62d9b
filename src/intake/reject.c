/* SPDX-License-Identifier: ISC */
#include "intake/reject.h"

#include "base/json.h"

#include <errno.h>
#include <unistd.h>

struct reject_file {
	const struct intake_table	*table;
	char				*path;
	char				*temp;
	FILE				*fp;	/* NULL: nothing yet */
	struct buf			 line;
};

bool
reject_new(const char *path, const struct intake_table *table,
    struct reject_file **out, struct err *err)
{
	struct reject_file	*file;

	if ((file = calloc(1, sizeof(*file))) == NULL)
		return err_nomem(err);
	file->table = table;
	if (asprintf(&file->path, "%s.rejects", path) < 0)
		file->path = NULL;
	else if (asprintf(&file->temp, "%s.rejects.part", path) < 0)
		file->temp = NULL;
	if (file->path == NULL || file->temp == NULL) {
		reject_free(&file);
		return err_nomem(err);
	}
	*out = file;
	return true;
}

void
reject_free(struct reject_file **file)
{
	struct reject_file	*f = *file;

	if (f == NULL)
		return;
	if (f->fp != NULL) {
		(void)fclose(f->fp);
		(void)unlink(f->temp);
	}
	buf_fini(&f->line);
	free(f->path);
	free(f->temp);
	free(f);
	*file = NULL;
}

static void
add_cell(struct buf *out, struct str cell, char delimiter)
{
	bool	quote = cell.len > 0 && (cell.p[0] == ' ' ||
		    cell.p[cell.len - 1] == ' ');

	for (size_t i = 0; i < cell.len && !quote; i++)
		quote = cell.p[i] == '"' || cell.p[i] == '\n' ||
		    cell.p[i] == '\r' || cell.p[i] == '\t' ||
		    cell.p[i] == delimiter;
	if (!quote) {
		buf_addstr(out, cell);
		return;
	}
	buf_addc(out, '"');
	for (size_t i = 0; i < cell.len; i++) {
		if (cell.p[i] == '"')
			buf_addc(out, '"');
		buf_addc(out, cell.p[i]);
	}
	buf_addc(out, '"');
}

static bool
write_line(struct reject_file *file, struct err *err)
{
	buf_addc(&file->line, '\n');
	if (!buf_check(&file->line, err))
		return false;
	if (fwrite(file->line.p, 1, file->line.len, file->fp) !=
	    file->line.len)
		return err_sys(err, "writing %s", file->temp);
	return true;
}

static bool
begin(struct reject_file *file, struct err *err)
{
	const struct intake_table	*table = file->table;
	char				 delimiter;

	if ((file->fp = fopen(file->temp, "we")) == NULL)
		return err_sys(err, "writing %s, which holds the rejected rows",
		    file->temp);
	if (intake_table_is_json(table))
		return true;
	delimiter = intake_table_delimiter(table);
	buf_clear(&file->line);
	for (size_t i = 0; i < intake_table_columns(table); i++) {
		add_cell(&file->line, intake_table_column(table, i), delimiter);
		buf_addc(&file->line, delimiter);
	}
	buf_addf(&file->line, "line%cfield%creason", delimiter, delimiter);
	return write_line(file, err);
}

static void
csv_line(struct reject_file *file, const struct intake_row *row,
    const char *field, const char *reason)
{
	size_t	columns = intake_table_columns(file->table);
	char	delimiter = intake_table_delimiter(file->table);

	for (size_t i = 0; i < row->count || i < columns; i++) {
		if (i < row->count)
			add_cell(&file->line, row->cells[i], delimiter);
		buf_addc(&file->line, delimiter);
	}
	buf_addf(&file->line, "%lld%c", (long long)row->line, delimiter);
	add_cell(&file->line, str_of(field), delimiter);
	buf_addc(&file->line, delimiter);
	add_cell(&file->line, str_of(reason), delimiter);
}

static void
json_line(struct reject_file *file, const struct intake_row *row,
    const char *field, const char *reason)
{
	struct buf	key = BUF_INIT;

	json_open(&file->line, '{');
	for (size_t i = 0; i < row->count; i++) {
		if (row->cells[i].p == NULL)
			continue;
		buf_clear(&key);
		buf_addstr(&key, intake_table_column(file->table, i));
		json_key(&file->line, buf_text(&key));
		json_str(&file->line, row->cells[i]);
	}
	json_key(&file->line, "line");
	json_int(&file->line, row->line);
	json_key(&file->line, "field");
	json_text(&file->line, field);
	json_key(&file->line, "reason");
	json_text(&file->line, reason);
	json_close(&file->line, '}');
	buf_fini(&key);
}

bool
reject_write(struct reject_file *file, const struct intake_row *row,
    const char *field, const char *reason, struct err *err)
{
	if (file->fp == NULL && !begin(file, err))
		return false;
	buf_clear(&file->line);
	if (intake_table_is_json(file->table))
		json_line(file, row, field, reason);
	else
		csv_line(file, row, field, reason);
	return write_line(file, err);
}

bool
reject_close(struct reject_file *file, const char **path_out, struct err *err)
{
	FILE	*fp = file->fp;

	*path_out = NULL;
	if (fp == NULL) {
		if (unlink(file->path) != 0 && errno != ENOENT)
			return err_sys(err, "removing %s", file->path);
		return true;
	}
	if (fflush(fp) != 0 || fsync(fileno(fp)) != 0)
		return err_sys(err, "writing %s", file->temp);
	if (rename(file->temp, file->path) != 0)
		return err_sys(err, "writing %s", file->path);
	file->fp = NULL;
	(void)fclose(fp);
	*path_out = file->path;
	return true;
}
