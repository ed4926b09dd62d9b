/* SPDX-License-Identifier: ISC */
#include "model/names.h"

#define NAME_TEXT(value, name)	name,
const char *const	channel_names[] = {CHANNELS(NAME_TEXT) NULL};
const char *const	stage_names[] = {STAGES(NAME_TEXT) NULL};
const char *const	debtor_type_names[] = {DEBTOR_TYPES(NAME_TEXT) NULL};
const char *const	contact_outcome_names[] = {
	CONTACT_OUTCOMES(NAME_TEXT) NULL};
const char *const	entry_kind_names[] = {ENTRY_KINDS(NAME_TEXT) NULL};
const char *const	invoice_status_names[] = {
	INVOICE_STATUSES(NAME_TEXT) NULL};
const char *const	customer_status_names[] = {
	CUSTOMER_STATUSES(NAME_TEXT) NULL};
const char *const	item_state_names[] = {ITEM_STATES(NAME_TEXT) NULL};
const char *const	notice_state_names[] = {NOTICE_STATES(NAME_TEXT) NULL};
const char *const	hold_scope_names[] = {HOLD_SCOPES(NAME_TEXT) NULL};

int
name_find(const char *const *names, struct str text)
{
	for (int i = 0; names[i] != NULL; i++) {
		if (str_is(text, names[i]))
			return i;
	}
	return -1;
}
