/* SPDX-License-Identifier: ISC */
#include "store/store_impl.h"

/* $1 the reference, $2 the creditor or NULL. */
#define OF_CREDITOR	"(CAST($2 AS @text) IS NULL OR cr.ref = $2)"

static const char *const	queries[] = {
	[STORE_REF_PERSON] = "SELECT p.id, p.id, 0, '', p.ref FROM person p"
	    " WHERE p.ref = $1 AND CAST($2 AS @text) IS NULL"
	    " AND p.batch <> " STORE_HIDDEN,
	[STORE_REF_CUSTOMER] = "SELECT c.id, COALESCE((SELECT h.person_id"
	    " FROM customer_change h WHERE h.customer_id = c.id"
	    " ORDER BY h.known_at DESC, h.id DESC LIMIT 1), c.person_id),"
	    " c.id, cr.ref, c.ref FROM creditor cr JOIN customer c"
	    " ON c.creditor_id = cr.id AND c.ref = $1 WHERE " OF_CREDITOR
	    " AND c.batch <> " STORE_HIDDEN " ORDER BY c.id",
	[STORE_REF_INVOICE] = "SELECT i.id, COALESCE((SELECT h.person_id"
	    " FROM customer_change h WHERE h.customer_id = c.id"
	    " ORDER BY h.known_at DESC, h.id DESC LIMIT 1), c.person_id),"
	    " c.id, cr.ref, i.ref FROM creditor cr JOIN invoice i"
	    " ON i.creditor_id = cr.id AND i.ref = $1"
	    " JOIN customer c ON c.id = i.customer_id WHERE " OF_CREDITOR
	    " AND i.batch <> " STORE_HIDDEN " ORDER BY i.id",
	[STORE_REF_NOTICE] = "SELECT n.id, n.person_id, n.customer_id, cr.ref,"
	    " n.key FROM notice n JOIN creditor cr ON cr.id = n.creditor_id"
	    " WHERE " OF_CREDITOR " AND (n.key = $1 OR n.id ="
	    " (SELECT m.notice_id FROM message m WHERE m.key = $1))",
};

static bool
find_kind(struct store *store, enum store_ref_kind kind, const char *ref,
    const char *creditor, struct arena *arena, struct store_vec *vec,
    struct err *err)
{
	struct db_rows		*rows;
	struct store_ref	*found;
	bool			 failed = false;

	if (!db_query(store->db, queries[kind], DB_PARAMS(STORE_TEXT(ref),
	    creditor == NULL ? DB_NULL : STORE_TEXT(creditor)), &rows, err))
		return false;
	while (!failed && db_step(rows)) {
		if ((found = store_vec_add(arena, vec, sizeof(*found))) ==
		    NULL) {
			failed = true;
			break;
		}
		*found = (struct store_ref){
			.kind = kind, .id = db_int(rows, 0),
			.person_id = db_int(rows, 1),
			.customer_id = db_int(rows, 2),
			.creditor = store_copy(arena, db_text(rows, 3),
			    &failed),
			.ref = store_copy(arena, db_text(rows, 4), &failed),
		};
	}
	if (!db_finish(&rows, err))
		return false;
	return failed ? err_nomem(err) : true;
}

bool
store_find(struct store *store, const char *ref, const char *creditor,
    struct arena *arena, struct store_refs *out, struct err *err)
{
	struct store_vec	vec = {0};

	for (int kind = STORE_REF_PERSON; kind <= STORE_REF_NOTICE; kind++) {
		if (!find_kind(store, (enum store_ref_kind)kind, ref, creditor,
		    arena, &vec, err))
			return false;
	}
	*out = (struct store_refs){vec.items, vec.count};
	return true;
}
