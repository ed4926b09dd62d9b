/* SPDX-License-Identifier: ISC */
/*
 * dispatch_impl.h - the two wheels, and what they share.
 */
#ifndef DUNLIN_DISPATCH_DISPATCH_IMPL_H
#define DUNLIN_DISPATCH_DISPATCH_IMPL_H

#include "dispatch/dispatch.h"

/* A wheel stands still, turns, or waits for an instant. */
struct wheel {
	bool			 turning;
	bool			 again;		/* asked to turn while turning */
	bool			 held;		/* virtual time stands still */
	int			 troubles;	/* one after the other */
	int64_t			 next_ms;	/* TIME_NEVER: nothing to wait for */
	struct loop_timer	 timer;		/* at next_ms, or a retry */
};

/* Decide: read on the planner's thread, write on the store's. */
struct planner {
	struct wheel		 wheel;
	struct loop_workers	*workers;	/* one thread, owns a reader */
	struct loop_job		 job;
	struct store_op		 op;
	struct arena		*arena;		/* of one batch */
	struct desk_batch	 batch;
	struct store_applied	 applied;
	struct store_next	 next;		/* when nobody was due */
	struct buf		 stale;
	int64_t			 stale_said_ms;
	int64_t			 now_ms;
	bool			 ok;
	struct err		 err;
};

/* One message on its way through a batch. */
struct parcel {
	const struct store_claimed	*claimed;
	struct message_out		 made;
	bool				 is_made;	/* rendered, or sealed before */
	bool				 is_sent;
	const struct route		*route;		/* NULL: the outbox */
	struct channel_result		 result;
	char				 why[400];	/* not made: why */
};

struct sender {
	struct wheel		 wheel;
	struct loop_workers	*workers;	/* one thread, owns struct bench */
	struct loop_job		 job;
	struct store_op		 op;
	struct arena		*arena;		/* of one batch */
	struct store_claims	 claims;
	struct parcel		*parcels;
	struct store_intent	*intents;	/* of the made ones */
	struct store_outcome	*outcomes;	/* of all */
	size_t			 intent_count, outcome_count;
	struct store_next	 next;
	struct store_state	 state;
	int64_t			 sent, sent_high;	/* this hour */
	int64_t			 ceiling_ms;	/* the hour whose ceiling was told */
	int64_t			 now_ms;
	bool			 templates_stale;	/* the loop's */
	bool			 reads_templates;	/* the batch's */
	bool			 ok;
	struct err		 err;
	char			 alert_kind[40];	/* "" none */
	char			 alert_about[400];
};

struct dispatch {
	struct loop			*loop;
	const struct setup		*setup;
	const struct log		*log;
	struct dispatch_hooks		 hooks;
	struct store_thread		*store;
	int64_t				 epoch;
	int64_t				 config_epoch;
	int64_t				 setups;	/* how many there were */
	int64_t				 last_ms;	/* the clock, never back */
	struct dispatch_counts		 counts;
	struct planner			 planner;
	struct sender			 sender;
	bool				 draining;
	bool				 stopping;
	const struct setup		*next_setup;
	int64_t				 next_epoch;
	void				(*reloaded)(void *arg);
	void				*reloaded_arg;
	void				(*drained)(void *arg);
	void				*drained_arg;
	struct loop_deferred		 settle;	/* a wheel came to rest */
};

/* dispatch.c: a wheel came to rest; what waits for that goes on. */
void	dispatch_rest(struct dispatch *dispatch, struct wheel *wheel,
	    int64_t next_ms);
/* A step failed: logged, alerted, tried again after a while. */
void	dispatch_trouble(struct dispatch *dispatch, struct wheel *wheel,
	    const char *doing, const struct err *err);
/* A wheel begins to turn at *now_ms (NULL: whenever that is, to record what
 * has happened); false: it cannot now, and is tried again. */
bool	dispatch_begin(struct dispatch *dispatch, struct wheel *wheel,
	    int64_t *now_ms);
int64_t	dispatch_now(const struct dispatch *dispatch);

bool	planner_start(struct dispatch *dispatch, struct err *err) MUST_CHECK;
void	planner_turn(struct dispatch *dispatch);
void	planner_stop(struct dispatch *dispatch);

bool	sender_start(struct dispatch *dispatch, struct err *err) MUST_CHECK;
void	sender_turn(struct dispatch *dispatch);
void	sender_stop(struct dispatch *dispatch);

/* sender_make.c, on the sender's thread: everything that it owns. */
struct bench;

bool	bench_open(void *arg, void **own, struct err *err) MUST_CHECK;
void	bench_close(void *own);
/* Renders every claimed message; what cannot be made says why. */
bool	bench_make(struct bench *bench, struct dispatch *dispatch,
	    struct err *err) MUST_CHECK;
/* Hands over what has a standing intent. */
void	bench_send(struct bench *bench, struct dispatch *dispatch);

#endif
