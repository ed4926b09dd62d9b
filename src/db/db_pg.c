/* SPDX-License-Identifier: ISC */
#include "db/db_pg.h"

#include "base/arena.h"

#define BUSY_MS		60000
#define CONNECT_SECONDS	"10"
#define VERSION_LEAST	120000
#define PIPELINE_ROWS	256	/* more gains nothing: PERFORMANCE.md 6 */

struct pg *
pg_of(struct db *db)
{
	return (struct pg *)(void *)db;
}

/* By SQLSTATE, whole or class; the first that fits. */
static const struct {
	const char	*state;
	enum err_kind	 kind;
	const char	*text;		/* NULL: the server's own words */
} failures[] = {
	{"23", ERR_INPUT, NULL},
	/* the server's words would quote the value: personal data */
	{"22", ERR_INPUT, "a value does not fit its column"},
	{"40", ERR_LATER, NULL},	/* serialization, deadlock */
	{"55P03", ERR_LATER, "store is locked by another program"},
	{"57014", ERR_LATER, NULL},	/* cancelled */
	{"57P", ERR_LATER, NULL},	/* shutting down, starting up */
	{"08", ERR_LATER, NULL},	/* connection */
	{"53300", ERR_LATER, NULL},	/* too many connections */
	{"53100", ERR_SYSTEM, "disk full, nothing was written"},
	{"25006", ERR_SYSTEM, "a write inside a read transaction"},
};

static void
set_failure(struct err *err, const char *state, const char *why)
{
	struct str	line = str_trim(str_of(why));

	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (str_starts(str_of(state), failures[i].state)) {
			if (failures[i].text != NULL)
				line = str_of(failures[i].text);
			err_set(err, failures[i].kind, "%.*s (SQLSTATE %s)",
			    STR_ARG(line), state);
			return;
		}
	err_set(err, ERR_SYSTEM, "PostgreSQL: %.*s (SQLSTATE %s)",
	    STR_ARG(line), state);
}

bool
pg_explain(struct pg *pg, const PGresult *res, struct err *err)
{
	const char	*state = NULL;
	const char	*why = NULL;
	struct str	 lost;

	if (res != NULL) {
		state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
		why = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	}
	if (state != NULL && why != NULL) {
		pg->db.is_unique = strcmp(state, "23505") == 0;
		set_failure(err, state, why);
		return false;
	}
	lost = str_trim(str_of(PQerrorMessage(pg->conn)));
	if (PQstatus(pg->conn) == CONNECTION_BAD)
		return err_set(err, ERR_LATER, "PostgreSQL is out of reach: "
		    "%.*s", STR_ARG(lost));
	return err_set(err, ERR_SYSTEM, "PostgreSQL: %.*s", STR_ARG(lost));
}

bool
pg_check(struct pg *pg, const PGresult *res, struct err *err)
{
	ExecStatusType	status = PQresultStatus(res);

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
	    status == PGRES_SINGLE_TUPLE)
		return true;
	return pg_explain(pg, res, err);
}

bool
pg_failed(struct pg *pg, const struct db_stmt *stmt, const PGresult *res,
    struct err *err)
{
	pg_explain(pg, res, err);
	if (pg->db.state == DB_STATE_IDLE && !stmt->is_read &&
	    PQstatus(pg->conn) == CONNECTION_BAD)
		err->kind = ERR_UNSURE;
	return false;
}

/* Takes res. */
static bool
finish(struct pg *pg, PGresult *res, struct err *err)
{
	bool	ok = pg_check(pg, res, err);

	PQclear(res);
	return ok;
}

static void
ignore_notice(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

static bool
set_session(struct pg *pg, struct err *err)
{
	const struct db_options	*o = &pg->db.options;
	const char		*encoding;
	char			 sql[320];

	encoding = PQparameterStatus(pg->conn, "server_encoding");
	if (encoding == NULL || strcmp(encoding, "UTF8") != 0)
		return err_set(err, ERR_INPUT, "the database is not in UTF8: "
		    "create it with ENCODING 'UTF8'");
	if (PQserverVersion(pg->conn) < VERSION_LEAST)
		return err_set(err, ERR_INPUT, "PostgreSQL %d is too old, 12 is "
		    "the oldest that works", PQserverVersion(pg->conn) / 10000);
	(void)snprintf(sql, sizeof(sql), "SET standard_conforming_strings = on;"
	    "SET bytea_output = 'hex'; SET TimeZone = 'UTC';"
	    "SET client_min_messages = warning; SET lock_timeout = %lld;"
	    "SET default_transaction_isolation = 'read committed';"
	    "SET default_transaction_read_only = %s",
	    (long long)(o->busy_ms > 0 ? o->busy_ms : BUSY_MS),
	    o->read_only ? "on" : "off");
	return finish(pg, PQexec(pg->conn, sql), err);
}

static bool
connect_to(struct pg *pg, const char *dsn, struct err *err)
{
	const char *const	keys[] = {"connect_timeout",
	    "fallback_application_name", "dbname", "client_encoding", NULL};
	const char *const	values[] = {CONNECT_SECONDS, "dunlin", dsn,
	    "UTF8", NULL};
	PQconninfoOption	*parsed;
	char			*why = NULL;

	if ((parsed = PQconninfoParse(dsn, &why)) == NULL) {
		err_set(err, ERR_INPUT, "store name: %s",
		    why != NULL ? why : "out of memory");
		PQfreemem(why);
		return false;
	}
	PQconninfoFree(parsed);
	pg->conn = PQconnectdbParams(keys, values, 1);
	if (pg->conn == NULL)
		return err_nomem(err);
	if (PQstatus(pg->conn) != CONNECTION_OK)
		return pg_explain(pg, NULL, err);
	(void)PQsetNoticeReceiver(pg->conn, ignore_notice, NULL);
	return set_session(pg, err);
}

bool
db_pg_open(const char *dsn, const struct db_options *options, struct db **out,
    struct err *err)
{
	struct pg	*pg = calloc(1, sizeof(*pg));

	if (pg == NULL)
		return err_nomem(err);
	pg->db.ops = &db_pg_ops;
	pg->db.options = *options;
	if (!str_starts(str_of(dsn), "postgresql://"))
		dsn += strlen("postgresql:");
	if (!connect_to(pg, dsn, err)) {
		pg->db.ops->close(&pg->db);
		return false;
	}
	*out = &pg->db;
	return true;
}

static void
pg_close(struct db *db)
{
	PQfinish(pg_of(db)->conn);
	free(pg_of(db));
}

/* After a server restart the handle goes on with a new connection. */
static bool
pg_ready(struct db *db, struct err *err)
{
	struct pg	*pg = pg_of(db);

	if (PQstatus(pg->conn) == CONNECTION_OK || db->open_rows != NULL)
		return true;
	PQreset(pg->conn);
	db_stmt_drop_all(db);
	if (PQstatus(pg->conn) != CONNECTION_OK)
		return pg_explain(pg, NULL, err);
	return set_session(pg, err);
}

static void
set_name(char *out, size_t size, const struct db_stmt *stmt)
{
	(void)snprintf(out, size, "s%llu", (unsigned long long)stmt->id);
}

static bool
starts_with_select(const char *sql)
{
	sql += strspn(sql, " \t\r\n(");
	return strncasecmp(sql, "select", 6) == 0;
}

static bool
pg_prepare(struct db *db, struct db_stmt *stmt, const char *sql,
    struct err *err)
{
	struct pg	*pg = pg_of(db);
	char		 name[32];

	set_name(name, sizeof(name), stmt);
	stmt->is_read = starts_with_select(sql);
	return finish(pg, PQprepare(pg->conn, name, sql, 0, NULL), err);
}

/* db NULL: the connection goes, and its statements with it. */
static void
pg_forget(struct db *db, struct db_stmt *stmt)
{
	char	name[32];
	char	sql[64];

	if (db == NULL || db->is_spoiled || db->scan != NULL)
		return;
	set_name(name, sizeof(name), stmt);
	(void)snprintf(sql, sizeof(sql), "DEALLOCATE %s", name);
	PQclear(PQexec(pg_of(db)->conn, sql));
}

static void
bind_one(struct pg_params *out, size_t at, const struct db_value *value)
{
	out->values[at] = value->bytes.p != NULL ? value->bytes.p : "";
	out->lengths[at] = (int)value->bytes.len;
	out->formats[at] = 1;		/* with its length: no NUL needed */
	if (value->type == DB_TYPE_NULL)
		out->values[at] = NULL;
	if (value->type != DB_TYPE_INT)
		return;
	(void)snprintf(out->numbers[at], sizeof(out->numbers[at]), "%lld",
	    (long long)value->number);
	out->values[at] = out->numbers[at];
	out->formats[at] = 0;
}

bool
pg_bind(struct pg_params *out, const struct db_stmt *stmt,
    const struct db_value *params, struct err *err)
{
	struct db_table	table;
	size_t		first = stmt->columns.len > 0, at = stmt->columns.len;

	set_name(out->name, sizeof(out->name), stmt);
	out->arrays = (struct buf)BUF_INIT;
	if (at + stmt->n_params - first > DB_PARAMS_MAX)
		return err_set(err, ERR_SYSTEM, "SQL takes too many"
		    " parameters: %.80s", stmt->sql);
	if (first > 0) {
		table = db_table_of(&params[0]);
		if (!pg_bind_rows(out, stmt->columns, &table, err))
			return false;
	}
	for (size_t i = first; i < stmt->n_params; i++)
		bind_one(out, at++, &params[i]);
	out->count = (int)at;
	return true;
}

void
pg_unbind(struct pg_params *params)
{
	buf_fini(&params->arrays);
}

static int64_t
changed_by(PGresult *res)
{
	if (str_starts(str_of(PQcmdStatus(res)), "SELECT"))
		return 0;
	return strtoll(PQcmdTuples(res), NULL, 10);
}

static bool
pg_exec(struct db *db, struct db_stmt *stmt, const struct db_value *params,
    int64_t *changed, struct err *err)
{
	struct pg		*pg = pg_of(db);
	struct pg_params	 p;
	struct err		 ignored;
	PGresult		*res;
	bool			 ok;

	if (!pg_bind(&p, stmt, params, err)) {
		pg_unbind(&p);
		return false;
	}
	res = PQexecPrepared(pg->conn, p.name, p.count, p.values, p.lengths,
	    p.formats, 0);
	pg_unbind(&p);
	if ((ok = pg_check(pg, res, &ignored)))
		*changed = changed_by(res);
	else
		pg_failed(pg, stmt, res, err);
	PQclear(res);
	return ok;
}

static bool
send_rows(struct pg *pg, struct db_stmt *stmt, const struct db_value *rows,
    size_t n_rows, struct err *err)
{
	struct pg_params	p;

	for (size_t i = 0; i < n_rows; i++) {
		if (!pg_bind(&p, stmt, rows + i * stmt->n_params, err))
			return false;
		if (PQsendQueryPrepared(pg->conn, p.name, p.count, p.values,
		    p.lengths, p.formats, 0) != 1)
			return pg_explain(pg, NULL, err);
	}
	if (PQpipelineSync(pg->conn) != 1)
		return pg_explain(pg, NULL, err);
	return true;
}

/* One answer a row, each with a NULL behind it, then that of the sync. */
static bool
read_answers(struct pg *pg, size_t n_rows, int64_t *changed, struct err *err)
{
	PGresult	*res;
	bool		 ok = true;
	size_t		 i;

	for (i = 0; i < n_rows; ) {
		if ((res = PQgetResult(pg->conn)) == NULL) {
			if (PQstatus(pg->conn) == CONNECTION_BAD)
				return !ok ? false : pg_explain(pg, NULL, err);
			i++;
			continue;
		}
		if (ok && (ok = pg_check(pg, res, err)) && changed != NULL)
			changed[i] = changed_by(res);
		PQclear(res);
	}
	if ((res = PQgetResult(pg->conn)) == NULL ||
	    PQresultStatus(res) != PGRES_PIPELINE_SYNC)
		ok = !ok ? false : pg_explain(pg, res, err);
	PQclear(res);
	return ok;
}

static bool
pg_exec_many(struct db *db, struct db_stmt *stmt, const struct db_value *rows,
    size_t n_rows, int64_t *changed, struct err *err)
{
	struct pg	*pg = pg_of(db);
	bool		 ok = true;

	if (PQenterPipelineMode(pg->conn) != 1)
		return pg_explain(pg, NULL, err);
	for (size_t i = 0; ok && i < n_rows; i += PIPELINE_ROWS) {
		size_t	n = n_rows - i;

		if (n > PIPELINE_ROWS)
			n = PIPELINE_ROWS;
		ok = send_rows(pg, stmt, rows + i * stmt->n_params, n, err) &&
		    read_answers(pg, n, changed != NULL ? changed + i : NULL,
		    err);
	}
	if (PQexitPipelineMode(pg->conn) != 1 && ok)
		ok = pg_explain(pg, NULL, err);
	return ok;
}

static bool
pg_script(struct db *db, const char *sql, struct err *err)
{
	return finish(pg_of(db), PQexec(pg_of(db)->conn, sql), err);
}

static bool
pg_begin(struct db *db, enum db_tx kind, struct err *err)
{
	struct pg	*pg = pg_of(db);

	return finish(pg, PQexec(pg->conn, kind == DB_TX_READ ?
	    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN"), err);
}

static bool
pg_commit(struct db *db, struct err *err)
{
	struct pg	*pg = pg_of(db);
	PGresult	*res = PQexec(pg->conn, "COMMIT");
	bool		 ok = pg_check(pg, res, err);

	if (!ok && PQstatus(pg->conn) == CONNECTION_BAD &&
	    db->state == DB_STATE_WRITE)
		err->kind = ERR_UNSURE;
	else if (ok && strcmp(PQcmdStatus(res), "COMMIT") != 0)
		ok = err_set(err, ERR_SYSTEM, "PostgreSQL rolled back instead");
	PQclear(res);
	return ok;
}

static void
pg_rollback(struct db *db)
{
	struct pg	*pg = pg_of(db);

	if (PQstatus(pg->conn) == CONNECTION_OK &&
	    PQtransactionStatus(pg->conn) != PQTRANS_IDLE)
		PQclear(PQexec(pg->conn, "ROLLBACK"));
}

/*
 * A hash of what is committed and what is under way: alone the highest
 * transaction would miss an old one that commits after younger ones.
 */
static bool
pg_data_version(struct db *db, int64_t *out, struct err *err)
{
	return db_number(db, "SELECT hashtextextended("
	    "CAST(pg_current_snapshot() AS TEXT), 0)", DB_NONE, out, NULL, err);
}

const struct db_ops	db_pg_ops = {
	.name = "postgresql",
	.close = pg_close,
	.ready = pg_ready,
	.prepare = pg_prepare,
	.forget = pg_forget,
	.exec = pg_exec,
	.exec_many = pg_exec_many,
	.script = pg_script,
	.start = pg_start,
	.step = pg_step,
	.cell = pg_cell,
	.stop = pg_stop,
	.begin = pg_begin,
	.commit = pg_commit,
	.rollback = pg_rollback,
	.data_version = pg_data_version,
};
