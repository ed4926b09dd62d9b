/* SPDX-License-Identifier: ISC */
/*
 * store_audit.h - the log's events that no other call writes, and checking it.
 */
#ifndef DUNLIN_STORE_STORE_AUDIT_H
#define DUNLIN_STORE_STORE_AUDIT_H

#include "store/store.h"

/* An event of audit/audit.h, by name: "clock_step", "imported", ...  No
 * personal data: the log can't be changed. */
bool	store_audit_event(struct store *store, const char *event,
	    const char *who, const char *detail, int64_t now_ms,
	    struct err *err) MUST_CHECK;

struct store_audit_report {
	int64_t		size;		/* leaves */
	struct hash	root;		/* RFC 9162, of all of them */
	int64_t		bad_seq;	/* the first that is wrong; -1: none */
	int64_t		intents;
	int64_t		outcomes;	/* accepted, deferred, failed, ... */
	int64_t		open_intents;	/* intents without an outcome */
	char		why[200];	/* "" when all is well */
};

/*
 * Hashes every body again, rebuilds the root, compares it with the frontier,
 * and counts that each intent has one outcome.  false only when it could not
 * look; what it found is in *out.
 */
bool	store_audit_verify(struct store *store, struct store_audit_report *out,
	    struct err *err) MUST_CHECK;

struct store_leaf {
	int64_t		 seq;
	int64_t		 at_ms;
	const char	*event;
	const char	*key;		/* K.c, K or ""  */
	const char	*channel;
	const char	*route;
	const char	*code;
	const char	*reply;
	const char	*who;
	const char	*reason;
	const char	*detail;
};

struct store_leaves {
	const struct store_leaf	*items;
	size_t			 count;
};

/* Leaves from a sequence number on, oldest first. */
bool	store_audit_leaves(struct store *store, int64_t from_seq, size_t limit,
	    struct arena *arena, struct store_leaves *out, struct err *err)
	    MUST_CHECK;

#endif
