/* SPDX-License-Identifier: ISC */
/*
 * fault.h - named points at which a test can have the program killed.
 *
 *	fault_point(FAULT_INTENT_AFTER);
 *	if (fault_fails(FAULT_WAL_WRITE)) { errno = ENOSPC; return -1; }
 *
 * Only with `configure --enable-faults`, which the tests set: a program that
 * people run must not be killable by its environment, so that there the points
 * are no code at all.  DUNLIN_FAULT=LABEL:N[:kill|stop|fail|once] arms one
 * point: at its N-th passing (from 1) the process kills itself or stops until
 * SIGCONT, or fault_fails answers true, from then on or once.  A value that
 * makes no sense ends the program at the first point.  Thread: any.
 */
#ifndef DUNLIN_BASE_FAULT_H
#define DUNLIN_BASE_FAULT_H

#include <stdbool.h>

/* In the order of a message's way (DELIVERY.md 4); "end" is the end of data:
 * SMTP's dot or last chunk, the last byte of an HTTP request. */
#define FAULT_POINTS(X) \
	X(FAULT_RESCUE, "rescue")		/* in its transaction */ \
	X(FAULT_DECIDE_BEFORE, "decide.before")	/* in its transaction */ \
	X(FAULT_CLAIM_BEFORE, "claim.before")	/* in its transaction */ \
	X(FAULT_CLAIM_AFTER, "claim.after")	/* committed */ \
	X(FAULT_RENDER_BEFORE, "render.before") \
	X(FAULT_RENDER_AFTER, "render.after") \
	X(FAULT_INTENT_BEFORE, "intent.before")	/* in its transaction */ \
	X(FAULT_INTENT_AFTER, "intent.after")	/* committed */ \
	X(FAULT_CONNECT_BEFORE, "connect.before") \
	X(FAULT_CONNECT_AFTER, "connect.after") \
	X(FAULT_RCPT, "rcpt")			/* its reply is there */ \
	X(FAULT_BODY_HALF, "body.half") \
	X(FAULT_END_BEFORE, "end.before") \
	X(FAULT_END_AFTER, "end.after")		/* sent, no reply yet */ \
	X(FAULT_REPLY_AFTER, "reply.after")	/* read, not recorded */ \
	X(FAULT_OUTCOME_BEFORE, "outcome.before") /* in its transaction */ \
	X(FAULT_OUTCOME_AFTER, "outcome.after")	/* committed */ \
	X(FAULT_COMMIT_BEFORE, "commit.before") \
	X(FAULT_COMMIT_AFTER, "commit.after") \
	X(FAULT_WAL_WRITE, "wal.write")		/* during any commit */ \
	X(FAULT_WAL_SYNC, "wal.sync") \
	X(FAULT_CHECKPOINT_WRITE, "checkpoint.write") \
	X(FAULT_CHECKPOINT_SYNC, "checkpoint.sync")

#define FAULT_VALUE(value, name)	value,
enum fault_point { FAULT_POINTS(FAULT_VALUE) FAULT_POINT_COUNT };
#undef FAULT_VALUE

#ifdef WITH_FAULTS
bool	fault_hit(enum fault_point point);
#define fault_point(point)	((void)fault_hit(point))
#define fault_fails(point)	fault_hit(point)
#else
#define fault_point(point)	((void)(point))
#define fault_fails(point)	((void)(point), false)
#endif

#endif
