/* SPDX-License-Identifier: ISC */
#include "model/money.h"
#include "store/store_act_impl.h"

#include <inttypes.h>

struct open_instalment {
	int64_t	id;
	int64_t	balance;
};

static bool
read_open(struct db_rows *rows, struct arena *arena, struct store_vec *vec,
    struct err *err)
{
	struct open_instalment	*open;
	bool			 failed = false;

	while (!failed && db_step(rows)) {
		if ((open = store_vec_add(arena, vec, sizeof(*open))) == NULL)
			failed = true;
		else
			*open = (struct open_instalment){db_int(rows, 0),
			    db_int(rows, 1)};
	}
	if (!db_finish(&rows, err))
		return false;
	return failed ? err_nomem(err) : true;
}

#define OPEN_SQL(where) \
	"SELECT s.id, s.amount + COALESCE((SELECT SUM(e.amount) FROM entry e" \
	" WHERE e.instalment_id = s.id AND e.known_at <= $3" \
	" AND e.batch <> " STORE_HIDDEN "), 0), COALESCE((SELECT h.due" \
	" FROM instalment_change h WHERE h.instalment_id = s.id" \
	" AND h.known_at <= $3 ORDER BY h.known_at DESC, h.id DESC LIMIT 1)," \
	" s.due) AS due FROM instalment s JOIN invoice i" \
	" ON i.id = s.invoice_id WHERE " where " AND s.known_at <= $3" \
	" AND i.batch <> " STORE_HIDDEN \
	" AND (CAST($2 AS @text) = '' OR i.currency = $2)" \
	" ORDER BY due NULLS LAST, s.id"

/* Instalments of an invoice, or (invoice 0) of a customer, oldest first. */
static bool
load_open(struct store *store, int64_t customer_id, int64_t invoice_id,
    const char *currency, int64_t now_ms, struct arena *arena,
    struct store_vec *out, struct err *err)
{
	struct db_rows	*rows;
	const bool	 one = invoice_id != 0;

	return db_query(store->db, one ? OPEN_SQL("i.id = $1") :
	    OPEN_SQL("i.customer_id = $1 AND i.status = 'open'"),
	    DB_PARAMS(DB_INT(one ? invoice_id : customer_id),
	    STORE_TEXT(currency), DB_INT(now_ms)), &rows, err) &&
	    read_open(rows, arena, out, err);
}

static bool
check_payment(struct store *store, const struct store_payment *p,
    int64_t *creditor_out, struct err *err)
{
	int64_t	same = 0;
	bool	found;

	if (p->minor <= 0)
		return err_set(err, ERR_INPUT, "a payment must be above zero");
	if (currency_exponent(p->currency) < 0)
		return err_set(err, ERR_INPUT, "\"%s\" is no currency",
		    p->currency);
	if (!db_number(store->db, "SELECT creditor_id FROM customer"
	    " WHERE id = $1", DB_PARAMS(DB_INT(p->customer_id)), creditor_out,
	    &found, err))
		return false;
	if (!found)
		return err_set(err, ERR_INPUT, "there is no such customer");
	if (p->invoice_id == 0)
		return true;
	if (!db_number(store->db, "SELECT count(*) FROM invoice WHERE id = $1"
	    " AND customer_id = $2 AND currency = $3",
	    DB_PARAMS(DB_INT(p->invoice_id), DB_INT(p->customer_id),
	    STORE_TEXT(p->currency)), &same, NULL, err))
		return false;
	return same != 0 || err_set(err, ERR_INPUT, "the invoice is not this "
	    "customer's, or not in %s", p->currency);
}

static bool
book_document(struct store *store, const struct store_payment *p,
    int64_t creditor_id, struct err *err)
{
	int64_t	changed = 0;

	if (p->ref[0] == '\0')
		return true;
	if (!db_exec(store->db, "INSERT INTO document (creditor_id, kind, ref,"
	    " amount, currency, batch) VALUES ($1, 'payment', $2, $3, $4, 0)"
	    " ON CONFLICT DO NOTHING", DB_PARAMS(DB_INT(creditor_id),
	    STORE_TEXT(p->ref), DB_INT(p->minor), STORE_TEXT(p->currency)),
	    &changed, err))
		return false;
	return changed == 1 || err_set(err, ERR_INPUT, "payment \"%s\" is "
	    "booked already", p->ref);
}

static bool
add_entry(struct store *store, const struct store_act *act,
    const struct store_payment *p, int64_t instalment_id, int64_t minor,
    struct err *err)
{
	return db_exec(store->db, "INSERT INTO entry (customer_id,"
	    " instalment_id, kind, ref, currency, amount, value_on, known_at,"
	    " author, batch) VALUES ($1, $2, 'payment', $3, $4, $5, $6, $7,"
	    " $8, 0)", DB_PARAMS(DB_INT(p->customer_id), instalment_id == 0 ?
	    DB_NULL : DB_INT(instalment_id), STORE_TEXT(p->ref),
	    STORE_TEXT(p->currency), DB_INT(-minor), DB_INT(p->value_on),
	    DB_INT(act->now_ms), STORE_TEXT(act->who)), NULL, err);
}

static bool
allocate(struct store *store, const struct store_act *act,
    const struct store_payment *p, int64_t *rest, struct arena *arena,
    struct err *err)
{
	const struct open_instalment	*open;
	struct store_vec		 list = {0};

	*rest = p->minor;
	if (!load_open(store, p->customer_id, p->invoice_id, p->currency,
	    act->now_ms, arena, &list, err))
		return false;
	open = list.items;
	for (size_t i = 0; i < list.count && *rest > 0; i++) {
		const int64_t	part = open[i].balance < *rest ?
				    open[i].balance : *rest;

		if (part <= 0)
			continue;
		if (!add_entry(store, act, p, open[i].id, part, err))
			return false;
		*rest -= part;
	}
	return *rest == 0 || add_entry(store, act, p, 0, *rest, err);
}

bool
store_pay(struct store *store, const struct store_act *act,
    const struct store_payment *payment, int64_t *rest_out, struct err *err)
{
	struct store_owner	 owner;
	struct arena		*arena;
	struct store_tx		 tx;
	char			 detail[120];
	int64_t			 creditor_id;
	int64_t			 rest = 0;
	bool			 ok;

	if ((arena = arena_new()) == NULL)
		return err_nomem(err);
	snprintf(detail, sizeof(detail), "customer %" PRId64 " %s %" PRId64,
	    payment->customer_id, payment->currency, payment->minor);
	ok = store_tx_open(store, &tx, err);
	if (ok) {
		ok = check_payment(store, payment, &creditor_id, err) &&
		    store_owner(store, SCOPE_CUSTOMER, payment->customer_id,
		    &owner, err) && book_document(store, payment, creditor_id,
		    err) && allocate(store, act, payment, &rest, arena, err) &&
		    store_act_done(store, act, AUDIT_PAID, owner.person_id,
		    detail, act->now_ms, err);
		ok = store_tx_close(store, &tx, ok, err);
	}
	arena_free(&arena);
	if (ok && rest_out != NULL)
		*rest_out = rest;
	return ok;
}

static bool
add_dispute(struct store *store, const struct store_act *act,
    const struct store_owner *owner, int64_t instalment_id, int64_t amount,
    size_t *made, struct err *err)
{
	int64_t	changed = 0;

	if (!db_exec(store->db, "INSERT INTO dispute (instalment_id,"
	    " person_id, amount, reason, author, known_at)"
	    " SELECT CAST($1 AS @int), CAST($2 AS @int), CAST($3 AS @int),"
	    " CAST($4 AS @text), CAST($5 AS @text), CAST($6 AS @int)"
	    " WHERE NOT EXISTS (SELECT 1 FROM dispute"
	    " WHERE instalment_id = CAST($1 AS @int) AND person_id ="
	    " CAST($2 AS @int) AND ended_at IS NULL)",
	    DB_PARAMS(DB_INT(instalment_id), DB_INT(owner->person_id),
	    amount == STORE_WHOLE ? DB_NULL : DB_INT(amount),
	    STORE_TEXT(act->reason), STORE_TEXT(act->who),
	    DB_INT(act->now_ms)), &changed, err))
		return false;
	*made += (size_t)changed;
	return true;
}

static bool
dispute_all(struct store *store, const struct store_act *act,
    int64_t invoice_id, int64_t instalment_id, int64_t amount,
    struct arena *arena, size_t *made, struct err *err)
{
	const struct open_instalment	*open;
	struct store_owner		 owner;
	struct store_vec		 list = {0};
	char				 detail[60];

	if (!store_owner(store, SCOPE_INVOICE, invoice_id, &owner, err) ||
	    !load_open(store, 0, invoice_id, "", act->now_ms, arena, &list,
	    err))
		return false;
	open = list.items;
	for (size_t i = 0; i < list.count; i++) {
		if (open[i].balance <= 0 || (instalment_id != 0 &&
		    open[i].id != instalment_id))
			continue;
		if (amount > open[i].balance)
			return err_set(err, ERR_INPUT, "more is disputed than "
			    "is open");
		if (!add_dispute(store, act, &owner, open[i].id, amount, made,
		    err))
			return false;
	}
	if (*made == 0)
		return err_set(err, ERR_INPUT, "nothing of it is open, or it "
		    "is disputed already");
	snprintf(detail, sizeof(detail), "invoice %" PRId64, invoice_id);
	return store_act_done(store, act, AUDIT_DISPUTED, owner.person_id,
	    detail, act->now_ms, err);
}

bool
store_dispute(struct store *store, const struct store_act *act,
    int64_t invoice_id, int64_t instalment_id, int64_t amount,
    size_t *made_out, struct err *err)
{
	struct arena	*arena;
	struct store_tx	 tx;
	size_t		 made = 0;
	bool		 ok;

	if (amount != STORE_WHOLE && (amount <= 0 || instalment_id == 0))
		return err_set(err, ERR_INPUT, "a disputed part must be above "
		    "zero, and of one instalment");
	if ((arena = arena_new()) == NULL)
		return err_nomem(err);
	ok = store_tx_open(store, &tx, err);
	if (ok) {
		ok = dispute_all(store, act, invoice_id, instalment_id, amount,
		    arena, &made, err);
		ok = store_tx_close(store, &tx, ok, err);
	}
	arena_free(&arena);
	if (ok && made_out != NULL)
		*made_out = made;
	return ok;
}

bool
store_dispute_end(struct store *store, const struct store_act *act,
    int64_t invoice_id, const char *verdict, size_t *ended_out,
    struct err *err)
{
	struct store_owner	owner;
	struct store_tx		tx;
	int64_t			ended = 0;
	bool			ok;

	if (!store_tx_open(store, &tx, err))
		return false;
	ok = store_owner(store, SCOPE_INVOICE, invoice_id, &owner, err) &&
	    db_exec(store->db, "UPDATE dispute SET ended_at = $2,"
	    " verdict = $3 WHERE ended_at IS NULL AND instalment_id IN"
	    " (SELECT id FROM instalment WHERE invoice_id = $1)",
	    DB_PARAMS(DB_INT(invoice_id), DB_INT(act->now_ms),
	    STORE_TEXT(verdict)), &ended, err);
	if (ok && ended == 0)
		ok = err_set(err, ERR_INPUT, "the invoice is not disputed");
	ok = ok && store_act_done(store, act, AUDIT_DISPUTED, owner.person_id,
	    verdict, act->now_ms, err);
	if (!store_tx_close(store, &tx, ok, err))
		return false;
	if (ended_out != NULL)
		*ended_out = (size_t)ended;
	return true;
}
