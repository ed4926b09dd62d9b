/* SPDX-License-Identifier: ISC */
/*
 * retry.h - when a message is tried again (DELIVERY.md 2.2).
 *
 * Pure: the same arguments give the same instant.  Where chance is wanted, so
 * that many messages do not come back together, it is taken from a hash of
 * key and attempt.  Thread: any.
 */
#ifndef DUNLIN_CHANNEL_RETRY_H
#define DUNLIN_CHANNEL_RETRY_H

#include "channel/channel.h"

#define RETRY_LIFE_SMTP_MS	(5 * DAY_MS)
#define RETRY_LIFE_HTTP_MS	DAY_MS
#define RETRY_LIFE_TODAY_MS	(4 * HOUR_MS)
#define RETRY_WARN_MS		(4 * HOUR_MS)	/* an age that a person may
						   want to know of */
#define RETRY_GREYLIST_MS	(6 * MINUTE_MS)

enum retry_kind {
	RETRY_SMTP,		/* by age: waits as long as it has waited */
	RETRY_HTTP		/* full jitter, doubling to a quarter of an hour */
};

/* How the kind of a route is tried again; NULL: as the outbox. */
enum retry_kind	route_retry_kind(const struct route *route);

/* A try that has just ended. */
struct retry_try {
	enum retry_kind	 kind;
	struct str	 key;		/* K.c */
	int64_t		 attempt;	/* from 1; tries that never began and our
					   own holds do not count */
	int64_t		 first_ms;	/* when the first attempt was made */
	int64_t		 now_ms;
	int64_t		 not_after_ms;	/* the step ends; TIME_NEVER: it does not */
	bool		 says_today;	/* an SMS whose text says "today" */
};

/*
 * When to try again, later than now_ms by at least result->wait_ms.
 * TIME_NEVER: not any more, since no instant is left within its life, or the
 * result is accepted or refused.  In doubt is tried again only where
 * result->same_bytes says that the same bytes may go; else policy decides.
 *
 * Unsent is our own hold and keeps its due time: at now_ms + wait_ms,
 * whatever its age; only not_after_ms ends it.
 */
int64_t	retry_at(const struct retry_try *try,
	    const struct channel_result *result);

#endif
