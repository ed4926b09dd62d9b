/* SPDX-License-Identifier: ISC */
#include "db/db_pg.h"

#include "base/arena.h"

#include <errno.h>

/* pg_type.h's numbers, which never change. */
enum pg_oid { OID_BOOL = 16, OID_BYTEA = 17, OID_NAME = 19, OID_INT8 = 20,
	OID_INT2 = 21, OID_INT4 = 23, OID_TEXT = 25, OID_OID = 26,
	OID_JSON = 114, OID_UNKNOWN = 705, OID_BPCHAR = 1042,
	OID_VARCHAR = 1043, OID_NUMERIC = 1700 };

static const struct {
	Oid		oid;
	enum db_type	type;
} types[] = {
	{OID_INT8, DB_TYPE_INT}, {OID_TEXT, DB_TYPE_TEXT},
	{OID_BYTEA, DB_TYPE_BYTES}, {OID_INT2, DB_TYPE_INT},
	{OID_BOOL, DB_TYPE_INT}, {OID_INT4, DB_TYPE_INT},
	{OID_NUMERIC, DB_TYPE_INT}, {OID_OID, DB_TYPE_INT},
	{OID_NAME, DB_TYPE_TEXT}, {OID_JSON, DB_TYPE_TEXT},
	{OID_UNKNOWN, DB_TYPE_TEXT}, {OID_BPCHAR, DB_TYPE_TEXT},
	{OID_VARCHAR, DB_TYPE_TEXT},
};

static bool
start_scan(struct pg *pg, struct db_rows *rows, const struct pg_params *p,
    struct err *err)
{
	if (PQsendQueryPrepared(pg->conn, p->name, p->count, p->values,
	    p->lengths, p->formats, 0) != 1 ||
	    PQsetSingleRowMode(pg->conn) != 1)
		return pg_failed(pg, rows->stmt, NULL, err);
	return true;
}

static bool
start_query(struct pg *pg, struct db_rows *rows, const struct pg_params *p,
    struct err *err)
{
	struct err	 ignored;
	PGresult	*res;

	res = PQexecPrepared(pg->conn, p->name, p->count, p->values,
	    p->lengths, p->formats, 0);
	if (pg_check(pg, res, &ignored)) {
		rows->native = res;
		return true;
	}
	pg_failed(pg, rows->stmt, res, err);
	PQclear(res);
	return false;
}

bool
pg_start(struct db_rows *rows, const struct db_value *params, struct err *err)
{
	struct pg		*pg = pg_of(rows->db);
	struct pg_params	 p;
	bool			 ok;

	rows->row = -1;
	ok = pg_bind(&p, rows->stmt, params, err) && (rows->is_scan ?
	    start_scan(pg, rows, &p, err) : start_query(pg, rows, &p, err));
	pg_unbind(&p);
	return ok;
}

static bool
step_scan(struct db_rows *rows)
{
	struct pg	*pg = pg_of(rows->db);
	PGresult	*res;

	PQclear(rows->native);
	rows->native = res = PQgetResult(pg->conn);
	rows->row = 0;
	if (res != NULL && PQresultStatus(res) == PGRES_SINGLE_TUPLE) {
		rows->is_at_row = true;
		return true;
	}
	if (res == NULL || PQresultStatus(res) == PGRES_TUPLES_OK ||
	    PQresultStatus(res) == PGRES_COMMAND_OK) {
		rows->is_ended = true;
		return true;
	}
	return pg_failed(pg, rows->stmt, res, &rows->err);
}

bool
pg_step(struct db_rows *rows)
{
	if (rows->arena != NULL)
		arena_reset(rows->arena);
	if (rows->is_scan)
		return step_scan(rows);
	if (++rows->row < PQntuples(rows->native))
		rows->is_at_row = true;
	else
		rows->is_ended = true;
	return true;
}

/* "123"; a numeric with a fraction or over 64 bits is not ours. */
static void
set_number(struct db_cell *cell, Oid oid, const char *text)
{
	char	*end;

	if (oid == OID_BOOL) {
		cell->number = *text == 't';
		return;
	}
	errno = 0;
	cell->number = strtoll(text, &end, 10);
	cell->is_odd = errno != 0 || end == text || *end != '\0';
}

static unsigned char
nibble(char c)
{
	return (unsigned char)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* bytea comes as "\x" and pairs of hex digits. */
static bool
set_bytes(struct db_rows *rows, struct db_cell *cell, const char *text,
    size_t len)
{
	size_t	 n = len >= 2 ? (len - 2) / 2 : 0;
	char	*out;

	if (rows->arena == NULL && (rows->arena = arena_new()) == NULL)
		return err_nomem(&rows->err);
	if ((out = arena_alloc(rows->arena, n + 1)) == NULL)
		return err_nomem(&rows->err);
	for (size_t i = 0; i < n; i++)
		out[i] = (char)(nibble(text[2 + 2 * i]) << 4 |
		    nibble(text[3 + 2 * i]));
	cell->bytes = (struct str){out, n};
	return true;
}

static enum db_type
type_of(Oid oid, bool *is_odd)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].oid == oid)
			return types[i].type;
	*is_odd = true;
	return DB_TYPE_TEXT;
}

bool
pg_cell(struct db_rows *rows, int column, struct db_cell *out)
{
	const PGresult	*res = rows->native;
	const char	*text;
	size_t		 len;

	*out = (struct db_cell){.type = DB_TYPE_NULL};
	if (column < 0 || column >= PQnfields(res))
		return err_set(&rows->err, ERR_SYSTEM, "no column %d: %.80s",
		    column, rows->stmt->sql);
	if (PQgetisnull(res, rows->row, column) != 0)
		return true;
	text = PQgetvalue(res, rows->row, column);
	len = (size_t)PQgetlength(res, rows->row, column);
	out->type = type_of(PQftype(res, column), &out->is_odd);
	out->bytes = (struct str){text, len};
	if (out->type == DB_TYPE_INT)
		set_number(out, PQftype(res, column), text);
	else if (out->type == DB_TYPE_BYTES)
		return set_bytes(rows, out, text, len);
	return true;
}

void
pg_stop(struct db_rows *rows)
{
	PGresult	*res;

	PQclear(rows->native);
	rows->native = NULL;
	if (!rows->is_scan)
		return;
	/* a cancel would spoil the transaction: the rest is read and dropped */
	while ((res = PQgetResult(pg_of(rows->db)->conn)) != NULL)
		PQclear(res);
}
