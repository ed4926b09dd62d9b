/* SPDX-License-Identifier: ISC */
/*
 * notify.h - tell people: what the operator must know, once.
 */
#ifndef DUNLIN_NOTIFY_NOTIFY_H
#define DUNLIN_NOTIFY_NOTIFY_H

#include "base/log.h"
#include "store/store.h"

/*
 * Raises an alert, deduplicated by its kind: the first of a kind is told to
 * command (a shell command that gets the text on its standard input; NULL
 * none), later ones are counted until it is cleared.  Failures are logged: an
 * alert never stops the work that it is about.  about holds no personal data.
 */
void	notify_alert(struct store *store, const char *command,
	    const struct log *log, const char *kind, const char *about,
	    int64_t now_ms);

#endif
