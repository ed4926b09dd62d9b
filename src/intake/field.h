/* SPDX-License-Identifier: ISC */
/*
 * field.h - what a record can be made of, and the headers by which files in
 * English, Spanish and Portuguese name it.
 *
 * One table for recognising, for map files, for --help and for the manual.
 */
#ifndef DUNLIN_INTAKE_FIELD_H
#define DUNLIN_INTAKE_FIELD_H

#include "store/store_intake.h"

/* How a cell becomes part of a record. */
enum field_use {
	USE_REF,		/* the record's own name */
	USE_LINK,		/* another record's name */
	USE_TEXT, USE_CHOICE, USE_TYPE, USE_COUNTRY, USE_ZONE, USE_LANGUAGE,
	USE_EMAIL, USE_PHONE, USE_WHATSAPP, USE_CONSENT, USE_URL,
	USE_AMOUNT, USE_BALANCE, USE_CURRENCY, USE_ON, USE_DUE, USE_NUMBER,
	USE_KNOWN
};

struct field {
	const char		*name;		/* canonical, the map's key */
	enum field_use		 use;
	int			 slot;		/* of store_record.texts; -1 */
	bool			 required;
	size_t			 max;		/* bytes of a text */
	const char *const	*names;		/* USE_CHOICE */
	const char		*headers;	/* "en|...;es|...;pt|..." */
	const char		*help;
};

#define FIELDS_MAX	20	/* of one kind */

struct field_kind {
	const char		*name;		/* "customers", map group */
	enum store_record_kind	 kind;
	const struct field	*fields;
	size_t			 count;
};

extern const struct field_kind	field_kinds[STORE_REC_KINDS];

/*
 * Folded for comparing headers: lower case, no accents, letters and digits
 * only ("Nº Factura" and "n_factura" are alike).
 */
void	field_fold(struct buf *out, struct str header);

/* Does the header name the field?  folded by field_fold. */
bool	field_is_named(const struct field *field, struct str folded);

const struct field	*field_find(enum store_record_kind kind,
			    const char *name);

#endif
