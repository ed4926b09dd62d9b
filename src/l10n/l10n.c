/* SPDX-License-Identifier: ISC */
#include "l10n/l10n_impl.h"

#include <unicode/udat.h>
#include <unicode/ulistformatter.h>
#include <unicode/unum.h>
#include <unicode/unumberformatter.h>
#include <unicode/upluralrules.h>
#include <unicode/ustring.h>

struct l10n *
l10n_new(void)
{
	return calloc(1, sizeof(struct l10n));
}

static void
drop(struct l10n_entry *entry)
{
	if (entry->formatter == NULL)
		return;
	switch (entry->kind) {
	case L10N_KIND_NUMBER:
		unum_close(entry->formatter);
		break;
	case L10N_KIND_DATE:
		udat_close(entry->formatter);
		break;
	case L10N_KIND_PLURAL:
		uplrules_close(entry->formatter);
		break;
	case L10N_KIND_LIST:
		ulistfmt_close(entry->formatter);
		break;
	case L10N_KIND_DAYS:
		unumf_close(entry->formatter);
		break;
	}
	entry->formatter = NULL;
}

void
l10n_free(struct l10n **l10n)
{
	if (*l10n == NULL)
		return;
	for (size_t i = 0; i < L10N_KEPT; i++)
		drop(&(*l10n)->entries[i]);
	free(*l10n);
	*l10n = NULL;
}

void *
l10n_kept(struct l10n *l10n, enum l10n_kind kind, const char *key)
{
	const struct l10n_entry	*entry;

	for (size_t i = 0; i < L10N_KEPT; i++) {
		entry = &l10n->entries[i];
		if (entry->formatter == NULL)
			return NULL;	/* slots fill from the first on */
		if (entry->kind == kind && strcmp(entry->key, key) == 0)
			return entry->formatter;
	}
	return NULL;
}

void
l10n_keep(struct l10n *l10n, enum l10n_kind kind, const char *key,
    void *formatter)
{
	struct l10n_entry	*entry = &l10n->entries[l10n->next];

	drop(entry);
	entry->kind = kind;
	(void)snprintf(entry->key, sizeof(entry->key), "%s", key);
	entry->formatter = formatter;
	l10n->next = (l10n->next + 1) % L10N_KEPT;
}

bool
l10n_failed(UErrorCode status, const char *doing, struct err *err)
{
	return err_set(err, status == U_ILLEGAL_ARGUMENT_ERROR ? ERR_INPUT :
	    ERR_SYSTEM, "%s: %s", doing, u_errorName(status));
}

bool
l10n_add_utf16(struct buf *out, const UChar *text, int32_t len,
    struct err *err)
{
	UErrorCode	status = U_ZERO_ERROR;
	char		utf8[L10N_UCHARS * 3];
	int32_t		used;

	u_strToUTF8(utf8, (int32_t)sizeof(utf8), &used, text, len, &status);
	if (U_FAILURE(status))
		return l10n_failed(status, "writing a value", err);
	buf_add(out, utf8, (size_t)used);
	return buf_check(out, err);
}

bool
l10n_locale(const char *tag, char out[static L10N_TAG], struct err *err)
{
	struct str	text = str_of(tag);

	if (!l10n_is_tag(text))
		return err_set(err, ERR_INPUT, "\"%.60s\" is no language tag;"
		    " write one such as es, es-UY or pt-BR",
		    tag == NULL ? "" : tag);
	for (size_t i = 0; i < text.len; i++)
		out[i] = (char)(text.p[i] == '-' ? '_' : text.p[i]);
	out[text.len] = '\0';
	return true;
}
