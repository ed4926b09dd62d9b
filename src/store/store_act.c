/* SPDX-License-Identifier: ISC */
#include "store/store_act_impl.h"

#include <inttypes.h>

/* The person and customer that a subject belongs to, by the newest version. */
#define PERSON_OF \
	"COALESCE((SELECT h.person_id FROM customer_change h" \
	" WHERE h.customer_id = c.id ORDER BY h.known_at DESC, h.id DESC" \
	" LIMIT 1), c.person_id)"

static const char *const	owners[] = {
	[SCOPE_PERSON] = "SELECT id, 0 FROM person WHERE id = $1",
	[SCOPE_CUSTOMER] = "SELECT " PERSON_OF ", c.id FROM customer c"
	    " WHERE c.id = $1",
	[SCOPE_INVOICE] = "SELECT " PERSON_OF ", c.id FROM invoice i"
	    " JOIN customer c ON c.id = i.customer_id WHERE i.id = $1",
	[SCOPE_INSTALMENT] = "SELECT " PERSON_OF ", c.id FROM instalment s"
	    " JOIN invoice i ON i.id = s.invoice_id"
	    " JOIN customer c ON c.id = i.customer_id WHERE s.id = $1",
};

bool
store_owner(struct store *store, enum hold_scope scope, int64_t subject_id,
    struct store_owner *out, struct err *err)
{
	struct db_rows	*rows;
	bool		 found;

	if (!db_query(store->db, owners[scope],
	    DB_PARAMS(DB_INT(subject_id)), &rows, err))
		return false;
	if ((found = db_step(rows)))
		*out = (struct store_owner){db_int(rows, 0), db_int(rows, 1)};
	if (!db_finish(&rows, err))
		return false;
	return found || err_set(err, ERR_INPUT, "there is no such %s",
	    hold_scope_names[scope]);
}

bool
store_act_done(struct store *store, const struct store_act *act,
    enum audit_event event, int64_t person_id, const char *detail,
    int64_t touch_ms, struct err *err)
{
	struct store_event	leaf = {
		.leaf = {
			.event = event, .actor = str_of(act->who),
			.reason = str_of(act->reason),
			.detail = str_of(detail),
		},
		.person_id = person_id,
	};

	return store_log(store, act->now_ms, &leaf, 1, err) &&
	    store_touch(store, &person_id, 1, touch_ms, err);
}

static bool
add_hold(struct store *store, const struct store_act *act,
    enum hold_scope scope, int64_t subject_id, int64_t from_ms,
    int64_t until_ms, int64_t *id_out, struct err *err)
{
	struct store_owner	owner;
	char			detail[120];

	if (!store_owner(store, scope, subject_id, &owner, err) ||
	    !db_number(store->db, "INSERT INTO hold (scope, subject_id,"
	    " person_id, reason, author, from_at, until_at, known_at)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
	    DB_PARAMS(STORE_TEXT(hold_scope_names[scope]), DB_INT(subject_id),
	    DB_INT(owner.person_id), STORE_TEXT(act->reason),
	    STORE_TEXT(act->who), DB_INT(from_ms), DB_INT(until_ms),
	    DB_INT(act->now_ms)), id_out, NULL, err))
		return false;
	snprintf(detail, sizeof(detail), "hold %" PRId64 " %s %" PRId64,
	    *id_out, hold_scope_names[scope], subject_id);
	return store_act_done(store, act, AUDIT_HELD, owner.person_id, detail,
	    act->now_ms, err);
}

bool
store_hold(struct store *store, const struct store_act *act,
    enum hold_scope scope, int64_t subject_id, int64_t from_ms,
    int64_t until_ms, int64_t *id_out, struct err *err)
{
	struct store_tx	tx;
	int64_t		id = 0;
	bool		ok;

	if (until_ms <= from_ms || until_ms <= act->now_ms)
		return err_set(err, ERR_INPUT, "a hold must end after it "
		    "begins, and in the future");
	if (!store_tx_open(store, &tx, err))
		return false;
	ok = add_hold(store, act, scope, subject_id, from_ms, until_ms, &id,
	    err);
	if (!store_tx_close(store, &tx, ok, err))
		return false;
	if (id_out != NULL)
		*id_out = id;
	return true;
}

static bool
end_holds(struct store *store, const struct store_act *act, int64_t hold_id,
    enum hold_scope scope, int64_t subject_id, size_t *ended, struct err *err)
{
	struct db_rows	*rows;
	int64_t		 person_id = 0;
	char		 detail[80];

	if (!db_query(store->db, "UPDATE hold SET ended_at = $4, ended_by = $5"
	    " WHERE ended_at IS NULL AND until_at > $4 AND (id = $1"
	    " OR (CAST($1 AS @int) = 0 AND scope = $2 AND subject_id = $3))"
	    " RETURNING person_id", DB_PARAMS(DB_INT(hold_id),
	    STORE_TEXT(hold_scope_names[scope]), DB_INT(subject_id),
	    DB_INT(act->now_ms), STORE_TEXT(act->who)), &rows, err))
		return false;
	while (db_step(rows)) {
		person_id = db_int(rows, 0);
		(*ended)++;
	}
	if (!db_finish(&rows, err))
		return false;
	if (*ended == 0)
		return err_set(err, ERR_INPUT, "no such hold is in force");
	snprintf(detail, sizeof(detail), "holds ended: %zu", *ended);
	return store_act_done(store, act, AUDIT_RELEASED, person_id, detail,
	    act->now_ms, err);
}

bool
store_release(struct store *store, const struct store_act *act,
    int64_t hold_id, enum hold_scope scope, int64_t subject_id,
    size_t *ended_out, struct err *err)
{
	struct store_tx	tx;
	size_t		ended = 0;
	bool		ok;

	if (!store_tx_open(store, &tx, err))
		return false;
	ok = end_holds(store, act, hold_id, scope, subject_id, &ended, err);
	if (!store_tx_close(store, &tx, ok, err))
		return false;
	if (ended_out != NULL)
		*ended_out = ended;
	return true;
}

static bool
add_promise(struct store *store, const struct store_act *act,
    const struct store_promise *p, int64_t *id_out, struct err *err)
{
	struct store_owner	owner;
	char			detail[120];

	if (!store_owner(store, p->scope, p->subject_id, &owner, err) ||
	    !db_number(store->db, "INSERT INTO promise (scope, subject_id,"
	    " person_id, currency, amount, pay_on, reason, author, known_at)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
	    DB_PARAMS(STORE_TEXT(hold_scope_names[p->scope]),
	    DB_INT(p->subject_id), DB_INT(owner.person_id),
	    STORE_TEXT(p->currency), DB_INT(p->minor), DB_INT(p->pay_on),
	    STORE_TEXT(act->reason), STORE_TEXT(act->who),
	    DB_INT(act->now_ms)), id_out, NULL, err))
		return false;
	snprintf(detail, sizeof(detail), "promise %" PRId64 " %s %" PRId64,
	    *id_out, hold_scope_names[p->scope], p->subject_id);
	return store_act_done(store, act, AUDIT_PROMISED, owner.person_id,
	    detail, act->now_ms, err);
}

bool
store_promise(struct store *store, const struct store_act *act,
    const struct store_promise *promise, int64_t *id_out, struct err *err)
{
	struct store_tx	tx;
	int64_t		id = 0;
	bool		ok;

	if (promise->scope != SCOPE_CUSTOMER && promise->scope != SCOPE_INVOICE)
		return err_set(err, ERR_INPUT, "a promise is for a customer or "
		    "an invoice");
	if (promise->currency[0] != '\0' && promise->minor <= 0)
		return err_set(err, ERR_INPUT, "a promised amount must be "
		    "above zero");
	if (!store_tx_open(store, &tx, err))
		return false;
	ok = add_promise(store, act, promise, &id, err);
	if (!store_tx_close(store, &tx, ok, err))
		return false;
	if (id_out != NULL)
		*id_out = id;
	return true;
}

bool
store_promise_end(struct store *store, const struct store_act *act,
    int64_t promise_id, const char *verdict, struct err *err)
{
	struct store_tx	tx;
	int64_t		person_id = 0;
	bool		found = false;
	bool		ok;

	if (!store_tx_open(store, &tx, err))
		return false;
	ok = db_number(store->db, "UPDATE promise SET ended_at = $2,"
	    " verdict = $3 WHERE id = $1 AND ended_at IS NULL"
	    " RETURNING person_id", DB_PARAMS(DB_INT(promise_id),
	    DB_INT(act->now_ms), STORE_TEXT(verdict)), &person_id, &found,
	    err);
	if (ok && !found)
		ok = err_set(err, ERR_INPUT, "no such promise stands");
	ok = ok && store_act_done(store, act, AUDIT_PROMISED, person_id,
	    verdict, act->now_ms, err);
	return store_tx_close(store, &tx, ok, err);
}

static bool
add_optout(struct store *store, const struct store_act *act,
    int64_t customer_id, const char *channel, const char *address,
    struct err *err)
{
	struct store_owner	owner;

	return store_owner(store, SCOPE_CUSTOMER, customer_id, &owner, err) &&
	    db_exec(store->db, "INSERT INTO optout (customer_id, channel,"
	    " address, reason, author, known_at) VALUES"
	    " ($1, $2, $3, $4, $5, $6)", DB_PARAMS(DB_INT(customer_id),
	    STORE_TEXT(channel), STORE_TEXT(address), STORE_TEXT(act->reason),
	    STORE_TEXT(act->who), DB_INT(act->now_ms)), NULL, err) &&
	    store_act_done(store, act, AUDIT_OPTED_OUT, owner.person_id,
	    channel, act->now_ms, err);
}

bool
store_optout(struct store *store, const struct store_act *act,
    int64_t customer_id, int channel, const char *address, struct err *err)
{
	struct store_tx	tx;
	bool		ok;

	if (!store_tx_open(store, &tx, err))
		return false;
	ok = add_optout(store, act, customer_id, channel < 0 ? "" :
	    channel_names[channel], address, err);
	return store_tx_close(store, &tx, ok, err);
}

static bool
end_optouts(struct store *store, const struct store_act *act,
    int64_t customer_id, const char *channel, int64_t *ended, struct err *err)
{
	struct store_owner	owner;

	if (!store_owner(store, SCOPE_CUSTOMER, customer_id, &owner, err) ||
	    !db_exec(store->db, "UPDATE optout SET ended_at = $3"
	    " WHERE customer_id = $1 AND ended_at IS NULL"
	    " AND (channel = $2 OR CAST($2 AS @text) = '')",
	    DB_PARAMS(DB_INT(customer_id), STORE_TEXT(channel),
	    DB_INT(act->now_ms)), ended, err))
		return false;
	if (*ended == 0)
		return err_set(err, ERR_INPUT, "no opt-out stands");
	return store_act_done(store, act, AUDIT_OPTED_OUT, owner.person_id,
	    "ended", act->now_ms, err);
}

bool
store_optin(struct store *store, const struct store_act *act,
    int64_t customer_id, int channel, size_t *ended_out, struct err *err)
{
	struct store_tx	tx;
	int64_t		ended = 0;
	bool		ok;

	if (!store_tx_open(store, &tx, err))
		return false;
	ok = end_optouts(store, act, customer_id, channel < 0 ? "" :
	    channel_names[channel], &ended, err);
	if (!store_tx_close(store, &tx, ok, err))
		return false;
	if (ended_out != NULL)
		*ended_out = (size_t)ended;
	return true;
}

static bool
add_contact(struct store *store, const struct store_act *act,
    int64_t customer_id, enum channel channel, enum contact_outcome outcome,
    int64_t at_ms, struct err *err)
{
	struct store_owner	owner;

	return store_owner(store, SCOPE_CUSTOMER, customer_id, &owner, err) &&
	    db_exec(store->db, "INSERT INTO contact (person_id, customer_id,"
	    " channel, outcome, note, author, at, known_at)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
	    DB_PARAMS(DB_INT(owner.person_id), DB_INT(customer_id),
	    STORE_TEXT(channel_names[channel]),
	    STORE_TEXT(contact_outcome_names[outcome]),
	    STORE_TEXT(act->reason), STORE_TEXT(act->who), DB_INT(at_ms),
	    DB_INT(act->now_ms)), NULL, err);
}

bool
store_contact(struct store *store, const struct store_act *act,
    int64_t customer_id, enum channel channel, enum contact_outcome outcome,
    int64_t at_ms, struct err *err)
{
	/* What was said is personal: it stays out of the log. */
	const struct store_act	logged = {act->who, "", act->now_ms};
	struct store_owner	owner;
	struct store_tx		tx;
	bool			ok;

	if (at_ms > act->now_ms)
		return err_set(err, ERR_INPUT, "a contact can't be recorded "
		    "before it was made");
	if (!store_tx_open(store, &tx, err))
		return false;
	ok = add_contact(store, act, customer_id, channel, outcome, at_ms,
	    err) && store_owner(store, SCOPE_CUSTOMER, customer_id, &owner,
	    err) && store_act_done(store, &logged, AUDIT_CONTACTED,
	    owner.person_id, channel_names[channel], act->now_ms, err);
	return store_tx_close(store, &tx, ok, err);
}
