/* SPDX-License-Identifier: ISC */
/* l10n_impl.h - the formatters kept, shared by l10n's files. */
#ifndef DUNLIN_L10N_L10N_IMPL_H
#define DUNLIN_L10N_L10N_IMPL_H

#include "l10n/l10n.h"

#include <unicode/utypes.h>

#define L10N_KEPT	64	/* formatters kept; the oldest makes room */
#define L10N_KEY	96
#define L10N_UCHARS	512	/* of one formatted value */

enum l10n_kind { L10N_KIND_NUMBER, L10N_KIND_DATE, L10N_KIND_PLURAL,
	L10N_KIND_LIST, L10N_KIND_DAYS };

struct l10n_entry {
	enum l10n_kind	 kind;
	char		 key[L10N_KEY];	/* what it formats, locale and pattern */
	void		*formatter;	/* NULL: the slot is free */
};

struct l10n {
	struct l10n_entry	entries[L10N_KEPT];
	size_t			next;		/* slot to be used next */
};

/* Lent until another L10N_KEPT were made; NULL: not kept yet. */
void	*l10n_kept(struct l10n *l10n, enum l10n_kind kind, const char *key);
/* Takes formatter. */
void	 l10n_keep(struct l10n *l10n, enum l10n_kind kind, const char *key,
	    void *formatter);

/* ICU's name of a locale: tag must be one, or ERR_INPUT. */
bool	l10n_locale(const char *tag, char out[static L10N_TAG],
	    struct err *err) MUST_CHECK;

bool	l10n_add_utf16(struct buf *out, const UChar *text, int32_t len,
	    struct err *err) MUST_CHECK;
/* ICU's error as ours. */
bool	l10n_failed(UErrorCode status, const char *doing, struct err *err);

#endif
