/* SPDX-License-Identifier: ISC */
/*
 * creditor.h - the companies that are owed, as the config describes them.
 *
 *	creditors = ( {
 *		ref = "acme"; legal_name = "ACME S.A."; tax_id = "RUT 21...";
 *		country = "UY"; zone = "America/Montevideo";
 *		currency = "UYU"; language = "es-UY";
 *		email_from = "cobranzas@acme.test";
 *	} );
 *
 * Everything is lent by the conf's arena.  Texts that are not given are "".
 * Pure; thread: any, once loaded.
 */
#ifndef DUNLIN_CREDITOR_CREDITOR_H
#define DUNLIN_CREDITOR_CREDITOR_H

#include "conf/conf.h"
#include "model/money.h"

#define CREDITOR_REF_MAX	64	/* bytes */

/* One way to pay, as the debtor reads it. */
struct creditor_way {
	const char	*kind;		/* "transfer", "card", "cash" ... */
	const char	*text;
};

struct creditor {
	const char		*ref;		/* A-Z a-z 0-9 . _ - */
	const char		*name;		/* as debtors know it */
	const char		*legal_name;
	const char		*tax_id;
	struct conf_texts	 address;	/* lines */
	const char		*country;	/* ISO 3166, two capitals */
	const char		*zone;		/* IANA; looked up by desk */
	const char		*currency;	/* ISO 4217, known to model */
	const char		*language;	/* BCP 47: "es" or "es-UY" */
	const char		*policy;	/* where no segment chose */
	const char		*budget_group;	/* own ref unless said (R23) */
	const char		*email_from;	/* an address, or "" */
	const char		*email_name;
	const char		*reply_to;	/* an address, or "" */
	const char		*sms_from;	/* 11 characters, or +number */
	const char		*whatsapp_from;
	const char		*phone;
	const char		*website;	/* URLs are https: or http: */
	const char		*privacy_url;
	struct conf_list	 ways_to_pay;	/* struct creditor_way */
	const char		*pay_url;	/* may hold {invoice} ... */
	const char		*opt_out_text;
	const char		*opt_out_url;	/* what a token is added to */
	const char		*legal_text;
	int64_t			 freshness_ms;	/* no sending on older data */
	const char		*min_amount_text;
	struct money		 min_amount;	/* in currency; 0 = none */
	const char		*max_vanished_text;
	int32_t			 max_vanished_bp; /* 1/100 percent, to 10000 */
	struct conf_pos		 pos;
	struct conf_pos		 freshness_pos;	/* for reasons */
	struct conf_pos		 min_amount_pos;
};

struct creditors {
	struct conf_list	list;		/* struct creditor, by file */
};

extern const struct conf_row	creditor_rows[]; /* into struct creditors */

/*
 * What a single creditor cannot know: refs are unique, also when written
 * in capitals.  Findings go to conf; call it after conf_load.
 */
void	creditors_check(struct conf *conf, const struct creditors *creditors);

/* NULL when there is none. */
const struct creditor	*creditors_find(const struct creditors *creditors,
			    const char *ref);
const struct creditor	*creditors_at(const struct creditors *creditors,
			    size_t i);

/* Is this one address, plainly: local@domain, ASCII, nothing to quote? */
bool	creditor_is_email(const char *text);

/* "es", "es-UY", "zh-Hant-TW": language, script, region of BCP 47. */
bool	creditor_is_language(const char *text);

#endif
