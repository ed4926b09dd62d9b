/* SPDX-License-Identifier: ISC */
/*
 * names.h - the closed lists of the domain, each with its names.
 *
 * The names are what config files, the store, the command line and JSON use.
 * One X-macro a list, so that value and name cannot part.
 */
#ifndef DUNLIN_MODEL_NAMES_H
#define DUNLIN_MODEL_NAMES_H

#include "base/buf.h"

#define CHANNELS(X) \
	X(CHANNEL_EMAIL, "email") X(CHANNEL_SMS, "sms") \
	X(CHANNEL_WHATSAPP, "whatsapp") X(CHANNEL_VOICE, "voice") \
	X(CHANNEL_LETTER, "letter") X(CHANNEL_VISIT, "visit")

#define STAGES(X) \
	X(STAGE_PREVENTIVE, "preventive") \
	X(STAGE_ADMINISTRATIVE, "administrative") \
	X(STAGE_EXTRAJUDICIAL, "extrajudicial") X(STAGE_JUDICIAL, "judicial")

#define DEBTOR_TYPES(X) \
	X(DEBTOR_CONSUMER, "consumer") X(DEBTOR_BUSINESS, "business") \
	X(DEBTOR_PUBLIC, "public")

/* What came of a contact, for caps, gaps and locks (COMPLIANCE A0). */
#define CONTACT_OUTCOMES(X) \
	X(CONTACT_DELIVERED, "delivered") X(CONTACT_ANSWERED, "answered") \
	X(CONTACT_NO_ANSWER, "no_answer") X(CONTACT_FAILED, "failed")

#define ENTRY_KINDS(X) \
	X(ENTRY_PAYMENT, "payment") X(ENTRY_CREDIT, "credit") \
	X(ENTRY_FEE, "fee") X(ENTRY_INTEREST, "interest") \
	X(ENTRY_WRITE_OFF, "write-off") X(ENTRY_ADJUSTMENT, "adjustment") \
	X(ENTRY_TRANSFER, "transfer") X(ENTRY_REVERSAL, "reversal")

/* Why an invoice or a customer is left out whatever its age (RULES R26). */
#define INVOICE_STATUSES(X) \
	X(INVOICE_OPEN, "open") X(INVOICE_DRAFT, "draft") \
	X(INVOICE_CANCELLED, "cancelled") X(INVOICE_REJECTED, "rejected") \
	X(INVOICE_WRITTEN_OFF, "written-off")

#define CUSTOMER_STATUSES(X) \
	X(CUSTOMER_ACTIVE, "active") X(CUSTOMER_INSOLVENT, "insolvent") \
	X(CUSTOMER_DECEASED, "deceased") X(CUSTOMER_LAWYER, "lawyer") \
	X(CUSTOMER_COURT, "court") X(CUSTOMER_MINOR, "minor") \
	X(CUSTOMER_EXCLUDED, "excluded")

/* Life of an obligation (RULES R8). */
#define ITEM_STATES(X) \
	X(ITEM_OPEN, "open")		/* in a notice that is on its way */ \
	X(ITEM_ACCEPTED, "accepted")	/* a channel took it: level and fee count */ \
	X(ITEM_IN_DOUBT, "in-doubt")	/* frozen: the wire left it open */ \
	X(ITEM_PASSED, "passed")	/* its time went by, with a rule */ \
	X(ITEM_STRUCK, "struck")	/* settled, disputed or held before intent */ \
	X(ITEM_RELEASED, "released")	/* its notice failed: free again */

#define NOTICE_STATES(X) \
	X(NOTICE_OPEN, "open") X(NOTICE_ACCEPTED, "accepted") \
	X(NOTICE_IN_DOUBT, "in-doubt") X(NOTICE_FAILED, "failed") \
	X(NOTICE_CANCELLED, "cancelled")

#define HOLD_SCOPES(X) \
	X(SCOPE_PERSON, "person") X(SCOPE_CUSTOMER, "customer") \
	X(SCOPE_INVOICE, "invoice") X(SCOPE_INSTALMENT, "instalment")

#define NAME_VALUE(value, name)	value,
enum channel { CHANNELS(NAME_VALUE) CHANNEL_COUNT };
enum stage { STAGES(NAME_VALUE) STAGE_COUNT };
enum debtor_type { DEBTOR_TYPES(NAME_VALUE) DEBTOR_TYPE_COUNT };
enum contact_outcome { CONTACT_OUTCOMES(NAME_VALUE) CONTACT_OUTCOME_COUNT };
enum entry_kind { ENTRY_KINDS(NAME_VALUE) ENTRY_KIND_COUNT };
enum invoice_status { INVOICE_STATUSES(NAME_VALUE) INVOICE_STATUS_COUNT };
enum customer_status { CUSTOMER_STATUSES(NAME_VALUE) CUSTOMER_STATUS_COUNT };
enum item_state { ITEM_STATES(NAME_VALUE) ITEM_STATE_COUNT };
enum notice_state { NOTICE_STATES(NAME_VALUE) NOTICE_STATE_COUNT };
enum hold_scope { HOLD_SCOPES(NAME_VALUE) HOLD_SCOPE_COUNT };
#undef NAME_VALUE

/* Name of a value, and the arrays for config choices (NULL behind the last). */
extern const char *const	channel_names[];
extern const char *const	stage_names[];
extern const char *const	debtor_type_names[];
extern const char *const	contact_outcome_names[];
extern const char *const	entry_kind_names[];
extern const char *const	invoice_status_names[];
extern const char *const	customer_status_names[];
extern const char *const	item_state_names[];
extern const char *const	notice_state_names[];
extern const char *const	hold_scope_names[];

/* Index of text in a NULL-ended array; -1 when it is not there. */
int	name_find(const char *const *names, struct str text);

#endif
