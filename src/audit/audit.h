/* SPDX-License-Identifier: ISC */
/*
 * audit.h - one audit record: its facts, and the bytes that are hashed.
 *
 * The canonical bytes cannot change once a leaf is in a log:
 *
 *	byte 1: the version, AUDIT_VERSION
 *	then every field of the table in audit.c, in its order:
 *		its length, as LEB128 in the shortest form
 *		that many bytes
 *
 * Length 0 says that the fact is absent.  The kind is its name; a number is 8
 * bytes, two's complement, high byte first, and never 0; a hash is 32 bytes,
 * never all zero; text is the bytes as they are.  So one record has one form,
 * and an auditor needs no header of ours.  A leaf's place in the log is proven
 * by the tree and not repeated in it.
 *
 * Personal data has no field: recipient and customer are commitments, whose
 * salts and values live beside the log and can be erased.
 *
 * Pure; thread: any.
 */
#ifndef DUNLIN_AUDIT_AUDIT_H
#define DUNLIN_AUDIT_AUDIT_H

#include "base/hash.h"

#define AUDIT_VERSION	1
#define AUDIT_TEXT_MAX	((size_t)65536)	/* bytes of one text */
#define AUDIT_SALT_LEN	32

/* Names are in the leaves: they may be added and moved, never renamed. */
#define AUDIT_EVENTS(X) \
	/* the life of a message */ \
	X(CREATED, "created") X(STRUCK, "struck") X(INTENT, "intent") \
	X(UNSENT, "unsent") X(ACCEPTED, "accepted") X(DEFERRED, "deferred") \
	X(IN_DOUBT, "in_doubt") X(POSSIBLE_DUPLICATE, "possible_duplicate") \
	X(FAILED, "failed") X(DELIVERED, "delivered") X(BOUNCED, "bounced") \
	X(READ, "read") X(UNDELIVERED, "undelivered") X(EXPIRED, "expired") \
	X(CANCELLED, "cancelled") X(SUPPRESSED, "suppressed") X(DEAD, "dead") \
	/* what people do */ \
	X(HELD, "held") X(RELEASED, "released") X(PROMISED, "promised") \
	X(AGREED, "agreed") X(DISPUTED, "disputed") X(PAID, "paid") \
	X(OPTED_OUT, "opted_out") X(CONTACTED, "contacted") \
	X(TASK_OPENED, "task_opened") X(TASK_DONE, "task_done") \
	X(RESOLVED, "resolved") X(ERASED, "erased") X(EXPORTED, "exported") \
	/* the house */ \
	X(STORE_MADE, "store_made") X(MIGRATED, "migrated") \
	X(ADOPTED, "adopted") X(LIVE, "live") X(STARTED, "started") \
	X(STOPPED, "stopped") X(IMPORTED, "imported") \
	X(CONFIG_LOADED, "config_loaded") \
	X(TEMPLATE_PUBLISHED, "template_published") \
	X(TEMPLATE_ROLLED_BACK, "template_rolled_back") \
	X(CLOCK_STEP, "clock_step") \
	X(CHECKPOINT_PUBLISHED, "checkpoint_published")

#define AUDIT_EVENT_ENUM(id, name)	AUDIT_##id,
enum audit_event {
	AUDIT_NONE,
	AUDIT_EVENTS(AUDIT_EVENT_ENUM)
	AUDIT_NEVENTS
};
#undef AUDIT_EVENT_ENUM

/* Zero and empty: absent.  Views are lent by whoever filled them in. */
struct audit_leaf {
	enum audit_event	event;		/* never AUDIT_NONE */
	int64_t			at_ms;		/* UTC */
	int64_t			monotonic_ms;
	struct str		node;
	int64_t			epoch;		/* which boot of the node */
	int64_t			config_epoch;
	struct str		key;		/* K.c, or what it is about */
	int64_t			attempt;
	struct str		channel;
	struct hash		recipient;	/* commitments */
	struct hash		customer;
	struct hash		sealed;		/* of the bytes handed over */
	struct str		template_id;
	struct hash		template_hash;
	struct str		route;
	struct str		peer;		/* address of the other side */
	struct str		tls;
	int64_t			reply_code;
	struct str		reply_status;	/* "4.7.1" */
	struct str		reply;		/* verbatim */
	struct str		provider_id;
	struct str		actor;		/* staff name, or the program */
	struct str		reason;
	struct hash		object;		/* config, template, tree root */
	int64_t			number;		/* size, step, count */
	struct str		detail;
};

const char	*audit_event_name(enum audit_event event);	/* "?" if none */
/* AUDIT_NONE when there is no such event. */
enum audit_event	audit_event_find(struct str name);

/* Adds the canonical bytes to out; ERR_INPUT: no event, or a text over
 * AUDIT_TEXT_MAX. */
bool	audit_encode(const struct audit_leaf *leaf, struct buf *out,
	    struct err *err) MUST_CHECK;

/*
 * The other way; *out lends from bytes.  Whatever is not the one canonical form
 * is ERR_INPUT, so encoding what was decoded gives the same bytes.
 */
bool	audit_decode(struct str bytes, struct audit_leaf *out, struct err *err)
	    MUST_CHECK;

/* One JSON object with the facts that are there; hashes in hex. */
void	audit_json(const struct audit_leaf *leaf, struct buf *out);

/* At most AUDIT_TEXT_MAX bytes of text, cut between characters. */
struct str	audit_clip(struct str text);

/* AUDIT_SALT_LEN bytes from the kernel, one salt for each value. */
bool	audit_salt(unsigned char *out, struct err *err) MUST_CHECK;

/* SHA-256(salt || value); salt has AUDIT_SALT_LEN bytes. */
bool	audit_commit(const unsigned char *salt, struct str value,
	    struct hash *out, struct err *err) MUST_CHECK;

#endif
