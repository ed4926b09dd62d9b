/* SPDX-License-Identifier: ISC */
/*
 * dispatch.h - the service's work: decide about who is due, claim what is
 * ready, render, look once more, hand over, record.
 *
 * Two wheels turn on the loop.  The planner asks desk about persons whose time
 * has come; the sender takes messages through claim, rendering, intent,
 * hand-over and outcome, one batch after the other, so that nothing more is
 * sent while an outcome cannot be recorded.  Blocking work runs on threads
 * that own their store handle; writes go through the store's thread.
 *
 * Thread: the loop's.
 */
#ifndef DUNLIN_DISPATCH_DISPATCH_H
#define DUNLIN_DISPATCH_DISPATCH_H

#include "base/log.h"
#include "desk/desk.h"
#include "loop/loop.h"

struct dispatch;		/* opaque */

/* What was done since the start. */
struct dispatch_counts {
	int64_t	persons;	/* decided about */
	int64_t	notices;	/* made */
	int64_t	accepted, deferred, refused, in_doubt;	/* messages */
	int64_t	sent_back;	/* changed at the last look */
};

struct dispatch_hooks {
	/* Nothing is due at this instant any more, or what is fails again and
	 * again (dispatch_troubled); may be NULL. */
	void	(*idle)(void *arg);
	/* After each batch, for progress; may be NULL. */
	void	(*progress)(void *arg, const struct dispatch_counts *counts);
	/* Something that the operator must know, new; may be NULL. */
	void	(*alert)(void *arg, const char *kind, const char *about);
	void	*arg;
};

/*
 * Starts the wheels on a store that is fit to send from (store_guard and
 * store_config_loaded are the caller's).  Rescues what an earlier daemon left.
 * setup and log are lent until dispatch_stop or dispatch_reload.
 */
bool	dispatch_start(struct loop *loop, const struct setup *setup,
	    const struct log *log, const struct dispatch_hooks *hooks,
	    struct dispatch **out, struct err *err) MUST_CHECK;

/* Something was committed elsewhere, templates perhaps: look now. */
void	dispatch_wake(struct dispatch *dispatch);
/* The same where our own commits may be what was seen. */
void	dispatch_look(struct dispatch *dispatch);

/*
 * Another config, of the given config epoch, between two batches; from then on
 * the old one is not used any more and done(arg) is called.  One at a time.
 */
void	dispatch_reload(struct dispatch *dispatch, const struct setup *setup,
	    int64_t config_epoch, void (*done)(void *arg), void *arg);

/* Claims no more; done(arg) when what was under way is recorded. */
void	dispatch_drain(struct dispatch *dispatch, void (*done)(void *arg),
	    void *arg);

/* What was tried last has failed, and waits for another try. */
bool	dispatch_troubled(const struct dispatch *dispatch);

const struct dispatch_counts *dispatch_counts(const struct dispatch *dispatch);

/* Takes and nulls, outside loop_run: what is under way is finished first. */
void	dispatch_stop(struct dispatch **dispatch);

#endif
