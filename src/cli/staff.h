/* SPDX-License-Identifier: ISC */
/*
 * staff.h - what the commands by which people act have in common.
 *
 * Rights: what stops contact wants "hold", what lets it go on wants
 * "release", money wants "pay".
 */
#ifndef DUNLIN_CLI_STAFF_H
#define DUNLIN_CLI_STAFF_H

#include "cli/cli.h"
#include "model/money.h"

/* Who acts, if they may; reason NULL is "".  From now on the store is open
 * to be written. */
bool	staff_act(struct cli *cli, enum staff_right right, const char *reason,
	    struct store_act *out, struct err *err) MUST_CHECK;

/* What an act is about, as the options name it. */
struct staff_about {
	const char	*ref;
	const char	*creditor;	/* NULL: any */
	const char	*scope;		/* NULL: what ref names */
	int64_t		 instalment;	/* its number; INT64_MIN: none */
};

struct staff_subject {
	enum hold_scope		 scope;
	int64_t			 id;		/* of what the scope says */
	struct store_ref	 ref;
	const char		*text;		/* "invoice F-1 instalment 2" */
};

/*
 * Finds the subject: a person, a customer or an invoice by its reference, or
 * what the scope says of it (the customer of an invoice, say).  A reference
 * that a person and a customer share means the customer.
 */
bool	staff_subject(struct cli *cli, const struct staff_about *about,
	    struct staff_subject *out, struct err *err) MUST_CHECK;

/* The customer meant by a reference (an invoice's too). */
bool	staff_customer(struct cli *cli, const char *ref, const char *creditor,
	    struct store_ref *out, struct err *err) MUST_CHECK;

/*
 * An invoice as it is now, with its instalments; what is paid and done with
 * is not there any more: ERR_INPUT.
 */
bool	staff_invoice(struct cli *cli, const struct store_ref *ref,
	    const struct snap_invoice **out, struct err *err) MUST_CHECK;

/* One instalment by its number; number INT64_MIN: the only one. */
bool	staff_instalment(struct cli *cli, const struct store_ref *ref,
	    int64_t number, const struct snap_invoice **invoice_out,
	    const struct snap_instalment **out, struct err *err) MUST_CHECK;

/* "EUR 40.00", which must be more than nothing. */
bool	staff_amount(const char *text, struct money *out, struct err *err)
	    MUST_CHECK;

/* One of a list of names; the error lists them. */
bool	staff_name(const char *const *names, const char *what,
	    const char *text, int *out, struct err *err) MUST_CHECK;

/* An instant as it is, a date as its end in the zone of a creditor. */
bool	staff_end(const struct cli *cli, const char *creditor,
	    const char *text, int64_t *out, struct err *err) MUST_CHECK;

/* The zone of a creditor, by its reference; NULL without one. */
const struct zone	*staff_zone(const struct cli *cli,
			    const char *creditor);
/* An instant in the zone of a creditor, for people and programs. */
const char	*staff_instant(const struct cli *cli, const char *creditor,
		    int64_t ms);
const char	*staff_money(const struct cli *cli, int64_t minor,
		    const char *currency);

#endif
