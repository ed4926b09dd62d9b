/* SPDX-License-Identifier: ISC */
/*
 * dispatch_impl.h - the two wheels, and what they share.
 *
 * A message's way through the sender, each step on the thread that is named:
 *
 *	claim	store	a load of messages, earliest first
 *	make	sender	rendered, a route picked
 *	wait	loop	in the lane of its route, until there is room
 *	intend	store	last look, seal, intent		} one commit for all
 *	record	store	what came of those before	} that wait for it
 *	send	lane	on the wire
 *
 * Only one commit is under way at a time; what comes meanwhile is the next
 * one.  So an intent commits together with the outcome before it, and while
 * outcomes cannot be recorded no intent is made and nothing is sent.
 */
#ifndef DUNLIN_DISPATCH_DISPATCH_IMPL_H
#define DUNLIN_DISPATCH_DISPATCH_IMPL_H

#include "channel/lane.h"
#include "channel/pace.h"
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
	struct store_decision	 one;		/* applied by itself, */
	size_t			 at;		/* from this place */
	struct store_next	 next;		/* when nobody was due */
	struct buf		 stale;
	int64_t			 stale_said_ms;
	int64_t			 now_ms;
	bool			 ok;
	struct err		 err;
};

/* --- parcels ---------------------------------------------------------------- */

struct lane;
struct load;

/* Where a parcel stands; it is in at most one queue. */
enum parcel_stage {
	PARCEL_WAITS,		/* lane's queue, for room; or not made yet */
	PARCEL_GATE,		/* exact: in the lane's hands */
	PARCEL_INTENDS,		/* sender's queue, or in the commit under way */
	PARCEL_SENT,		/* in the lane's hands, with an intent */
	PARCEL_FORGOTTEN,	/* in the lane's hands, nothing to record */
	PARCEL_ENDS		/* sender's queue, or in the commit under way */
};

/* One message on its way through the sender. */
struct parcel {
	struct load			*load;
	const struct store_claimed	*claimed;
	struct str			 bytes;		/* made, or sealed before */
	struct hash			 template_hash;
	struct str			 sample;	/* of a template new to us */
	const char			*not_made;	/* why; NULL: it is made */
	const struct route		*route;		/* NULL: the outbox */
	const char			*address;	/* where it goes to */
	struct lane			*lane;		/* NULL: none was asked */
	struct channel_send		 send;
	enum parcel_stage		 stage;
	bool				 is_put;	/* was in a lane's hands */
	bool				 is_intended;	/* not counted as unintended */
	bool				 is_unsure;	/* the answer was lost */
	bool				 gave_up;	/* done while it intended */
	unsigned			 turn;		/* of the lane's pace */
	enum store_outcome_kind		 end;		/* PARCEL_ENDS */
	int64_t				 next_ms;	/* PARCEL_ENDS */
	struct parcel			*next;
};

struct parcels {		/* a queue */
	struct parcel	*first;
	struct parcel	*last;
	size_t		 count;
};

/* What was claimed together; it is freed with its last parcel. */
struct load {
	struct dispatch		*dispatch;
	struct arena		*arena;
	struct store_claims	 claims;
	struct parcel		*parcels;
	size_t			 left;
	int64_t			 now_ms;
	struct store_state	 state;
	struct store_next	 next;		/* when nothing was due */
	int64_t			 sent, sent_high;	/* this hour */
	int64_t			 unintended;	/* of other loads */
	const char		*not_made;	/* why the first that is not, or NULL */
	bool			 reads_templates;
	bool			 may_be_alone;	/* nothing else is under way */
	bool			 is_alone;	/* a daemon died with it once */
	size_t			 wanted[CHANNEL_COUNT];
	struct loop_job		 job;
	bool			 ok;
	struct err		 err;
};

/* A route, open or not, how fast it may go, and what waits for it. */
struct lane {
	struct dispatch			*dispatch;
	const struct route		*route;		/* NULL: the outbox */
	struct channel_lane		*open;		/* NULL: closed */
	struct channel_lane_hooks	 hooks;
	struct pace			 pace;
	struct parcels			 waits;
	size_t				 intends;	/* room kept for them */
	size_t				 in_hand;	/* put, not done */
	int64_t				 held_ms;	/* nothing before it */
	struct loop_timer		 timer;		/* the next one may go */
	int64_t				 kept_ms;	/* pace was kept, TIME_NONE:
							 * it is to be */
	struct lane			*next;
};

/* What is to be remembered of a route's pace. */
struct lane_note {
	const char	*name;		/* "route.NAME" */
	const char	*text;
};

/* The commit: results of some parcels, intents of others. */
struct commit {
	struct store_op			 op;
	bool				 is_under_way;
	struct arena			*arena;
	struct store_look_at		 at;
	struct parcels			 ends;
	struct parcels			 intends;
	struct store_outcome		*outcomes;
	size_t				 outcome_count;
	struct store_intent		*intents;
	size_t				 intent_count;
	struct lane_note		*notes;
	size_t				 note_count;
};

/* What the last claim says of the next. */
enum dry {
	DRY_NOT,		/* there may be more */
	DRY_BUSY,		/* look again when nothing is under way */
	DRY_ALL			/* nothing until somebody wakes us */
};

struct sender {
	struct wheel		 wheel;
	struct loop_workers	*workers;	/* one thread, owns struct bench */
	struct lane		*lanes;
	struct parcels		 intends;	/* wait for the next commit */
	struct parcels		 ends;
	struct commit		 commit;
	struct store_op		 claim_op;
	struct load		*claiming;	/* NULL: none under way */
	struct store_next	 next;
	size_t			 loads;		/* not finished */
	size_t			 making;	/* messages */
	int64_t			 unintended;	/* claimed, no intent yet */
	size_t			 waiting[CHANNEL_COUNT];	/* in lanes' queues */
	int64_t			 sent, sent_high;	/* this hour */
	int64_t			 ceiling_ms;	/* the hour whose ceiling was told */
	int64_t			 share_ms;	/* the same of the share */
	enum dry		 dry;
	bool			 is_alone;	/* nothing beside what is under way */
	bool			 templates_stale;
	int64_t			 looked_ms;	/* planner asked, monotonic */
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
/* Logged, and told to whoever started us. */
void	dispatch_alert(struct dispatch *dispatch, const char *kind,
	    const char *about);

bool	planner_start(struct dispatch *dispatch, struct err *err) MUST_CHECK;
void	planner_turn(struct dispatch *dispatch);
void	planner_stop(struct dispatch *dispatch);

bool	sender_start(struct dispatch *dispatch, struct err *err) MUST_CHECK;
void	sender_turn(struct dispatch *dispatch);
/* Nothing of a message is in memory any more. */
bool	sender_is_empty(const struct sender *sender);
void	sender_stop(struct dispatch *dispatch);

/* sender.c: something has ended or come; see what can be done now. */
void	sender_pump(struct sender *sender);
struct dispatch	*sender_owner(struct sender *sender);

/* sender_claim.c: takes a load where there is use for one. */
void	sender_claim(struct sender *sender);
/* A parcel of it is finished; frees it with the last one. */
void	load_leave(struct load *load);
int64_t	hour_start(int64_t now_ms);

/* sender_commit.c */
void	parcels_push(struct parcels *queue, struct parcel *parcel);
struct parcel	*parcels_pop(struct parcels *queue);	/* NULL: empty */
/* It is asked for at the next commit. */
void	parcel_intend(struct parcel *parcel);
/* What came of it is recorded at the next commit; then it is gone. */
void	parcel_end(struct parcel *parcel, enum store_outcome_kind end,
	    int64_t next_ms);
/* It is gone; nothing to record. */
void	parcel_finish(struct parcel *parcel);
/* Commits what waits for it, unless a commit is under way. */
void	sender_commit(struct sender *sender);

/* sender_route.c: the lanes of a config's routes, with what the store remembers
 * of them (NULL: those of before keep their pace). */
bool	lanes_make(struct dispatch *dispatch, struct store *store,
	    struct err *err) MUST_CHECK;
void	lanes_close(struct sender *sender);	/* connections end */
void	lanes_free(struct sender *sender);
/* NULL: there is none of that route. */
struct lane	*lane_find(const struct sender *sender,
		    const struct route *route);
bool	lane_open(struct lane *lane);
/* Nothing goes by it before; what waits goes back to the store. */
void	lane_hold(struct lane *lane, int64_t until_ms);
/* Something of its pace has changed: logged, told, remembered. */
void	lane_changed(struct lane *lane, enum pace_change change);
/* What the commit is to remember; false: no memory. */
bool	lanes_note(struct sender *sender, struct commit *commit) MUST_CHECK;

/* sender_lane.c */
/* Can this channel be sent now?  Else *held_ms is lowered to when. */
bool	lanes_carry(struct sender *sender, enum channel channel,
	    int64_t *held_ms);
/* Rendered, or not: to the lane of its route. */
void	parcel_wait(struct parcel *parcel);
/* Made parcels go on as far as there is room. */
void	lanes_feed(struct sender *sender);
/* What waits goes back to the store. */
void	lanes_give_back(struct sender *sender);
/* The intent stands: on the wire with it. */
void	lane_send(struct parcel *parcel);
/* The look failed; the store knows all. */
void	lane_forget(struct parcel *parcel);
/* Nobody knows whether the intent stands. */
void	lane_drop(struct parcel *parcel);
/* What the lane said of it is to be recorded. */
void	lane_end(struct parcel *parcel);
/* Hooks of channel/lane.h; arg is the struct lane. */
void	lane_gate(void *arg, struct channel_send *send);
void	lane_done(void *arg, struct channel_send *send);

/* sender_make.c, on the sender's thread: everything that it owns. */
struct bench;

bool	bench_open(void *arg, void **own, struct err *err) MUST_CHECK;
void	bench_close(void *own);
/* Renders every claimed message; what cannot be made says why. */
bool	bench_make(struct bench *bench, struct load *load, struct err *err)
	    MUST_CHECK;

#endif
