/* SPDX-License-Identifier: ISC */
/*
 * store_person.h - persons on the agenda, and finding who is meant.
 */
#ifndef DUNLIN_STORE_STORE_PERSON_H
#define DUNLIN_STORE_STORE_PERSON_H

#include "store/store.h"

/*
 * Something that can change a decision happened to these persons: rev + 1, and
 * a look at at_ms unless one is due earlier.  The one place that does so; every
 * writing call of this module calls it for whom it concerns.  Ids may repeat.
 */
bool	store_touch(struct store *store, const int64_t *person_ids,
	    size_t count, int64_t at_ms, struct err *err) MUST_CHECK;

struct store_due {
	int64_t	person_id;
	int64_t	rev;
	int64_t	at_ms;
	int64_t	epoch;		/* config epoch of the last decision */
};

struct store_dues {
	const struct store_due	*items;
	size_t			 count;
};

/*
 * Whom to look at: at most limit persons due by time (earliest first), and
 * what is left of the limit, but at most sweep, persons last decided under an
 * older config epoch.  Takes nothing away: store_apply does.
 */
bool	store_agenda_take(struct store *store, int64_t now_ms,
	    int64_t config_epoch, size_t limit, size_t sweep,
	    struct arena *arena, struct store_dues *out, struct err *err)
	    MUST_CHECK;

/* Look again at at_ms, if the person is still at rev; *done tells. */
bool	store_agenda_set(struct store *store, int64_t person_id, int64_t rev,
	    int64_t config_epoch, int64_t at_ms, bool *done, struct err *err)
	    MUST_CHECK;

struct store_next {
	int64_t	agenda_ms;	/* the earliest look; TIME_NEVER */
	int64_t	message_ms;	/* the earliest ready message; TIME_NEVER */
	int64_t	flying;		/* messages claimed or at intent */
	bool	is_behind;	/* persons of an older config epoch wait */
};

/* When is there something to do?  For virtual time and `queue idle`. */
bool	store_agenda_next(struct store *store, int64_t config_epoch,
	    struct store_next *out, struct err *err) MUST_CHECK;

/* All persons, by id, after the given one: for plan and simulate. */
bool	store_persons(struct store *store, int64_t after_id, size_t limit,
	    struct arena *arena, struct store_dues *out, struct err *err)
	    MUST_CHECK;

enum store_ref_kind { STORE_REF_PERSON, STORE_REF_CUSTOMER, STORE_REF_INVOICE,
	STORE_REF_NOTICE };

struct store_ref {
	enum store_ref_kind	 kind;
	int64_t			 id;
	int64_t			 person_id;
	int64_t			 customer_id;	/* 0 for a person */
	const char		*creditor;	/* "" for a person */
	const char		*ref;		/* a notice: its key */
};

struct store_refs {
	const struct store_ref	*items;
	size_t			 count;
};

/*
 * Everything that a person may mean by ref: an invoice, customer or person by
 * its reference, a notice by its key (or K.c of a message).  creditor NULL:
 * any.  Nothing found: count 0.
 */
bool	store_find(struct store *store, const char *ref, const char *creditor,
	    struct arena *arena, struct store_refs *out, struct err *err)
	    MUST_CHECK;

#endif
