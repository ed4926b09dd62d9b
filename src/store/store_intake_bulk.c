/* SPDX-License-Identifier: ISC */
/*
 * What makes SQLite cheap for many rows.  PostgreSQL is left as it is.
 */
#include "store/store_intake_impl.h"

#include "store/schema.h"

#include <inttypes.h>

/*
 * Many rows that go to all places of an index want more pages at hand, and a
 * log that is not copied back after each slice.  Foreign keys: every id that is
 * written was looked up or made here, so SQLite's own look-up of each costs a
 * sixth of an import for nothing (PostgreSQL's stay on, and the tests look).
 */
bool
intake_widen(struct store_intake *in, struct err *err)
{
	struct db	*db = in->store->db;

	return in->store->is_pg || (db_number(db, "PRAGMA cache_size", DB_NONE,
	    &in->cache, NULL, err) && db_number(db,
	    "PRAGMA wal_autocheckpoint", DB_NONE, &in->autocheckpoint, NULL,
	    err) && db_script(db, "PRAGMA foreign_keys = OFF;"
	    " PRAGMA cache_size = -16384;"
	    " PRAGMA wal_autocheckpoint = 16384", err));
}

void
intake_narrow(struct store_intake *in)
{
	char		sql[160];
	struct err	ignored;

	if (in->cache == 0)
		return;
	(void)snprintf(sql, sizeof(sql), "PRAGMA foreign_keys = ON;"
	    " PRAGMA cache_size = %" PRId64 "; PRAGMA wal_autocheckpoint = %"
	    PRId64, in->cache, in->autocheckpoint);
	in->cache = 0;
	if (!db_script(in->store->db, sql, &ignored))
		return;		/* a handle that fails here fails at all */
}

/*
 * A file has its invoices in the order of their refs or dates, so each goes to
 * another place of this index: a third of the work of a large import.  Built
 * from all rows at once it costs little.  While it is missing nobody has an
 * invoice yet, and the hidden batch says that it is to come back.
 */
bool
intake_leave_out(struct store_intake *in, struct err *err)
{
	struct db	*db = in->store->db;
	int64_t		 invoices;

	if (in->store->is_pg || in->job.is_snapshot)
		return true;
	return db_number(db, "SELECT EXISTS (SELECT 1 FROM invoice)", DB_NONE,
	    &invoices, NULL, err) && (invoices != 0 ||
	    db_script(db, "DROP INDEX invoice_customer", err));
}

bool
intake_put_back(struct store *store, struct err *err)
{
	return store->is_pg || db_script(store->db, STORE_INVOICE_CUSTOMER,
	    err);
}
