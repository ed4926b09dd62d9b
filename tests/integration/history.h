/* SPDX-License-Identifier: ISC */
/*
 * history.h - the books of a random world (see test_histories.c).
 *
 * history_run.c turns the daemon's wheels and judges each hand-over;
 * history_acts.c does what people do; history_doubt.c knows what is in doubt;
 * history_judge.c looks at the end.
 */
#ifndef DUNLIN_INTEGRATION_HISTORY_H
#define DUNLIN_INTEGRATION_HISTORY_H

#include "integration/world.h"

#define HISTORY_PERSONS		20
#define HISTORY_CUSTOMERS	(3 * HISTORY_PERSONS)
#define HISTORY_INVOICES	(6 * HISTORY_CUSTOMERS)
#define HISTORY_INSTS		(4 * HISTORY_INVOICES)
#define HISTORY_HOLDS		4000
#define HISTORY_STEPS		6
#define HISTORY_CREDITORS	3

/* What is known about an obligation: may it be handed over now? */
enum fate { FATE_FREE, FATE_TRYING, FATE_DOUBT, FATE_DONE };

struct book_inst {
	int		 invoice;
	int		 number;
	int64_t		 id;		/* the store's */
	int32_t		 due;
	int64_t		 balance;
	int64_t		 disputed;
	int		 split;		/* how often its invoice was split before */
	enum fate	 fate[HISTORY_STEPS];
	int64_t		 message[HISTORY_STEPS];	/* the one in doubt */
};

struct book_invoice {
	int	 customer;
	int64_t	 id;
	char	 ref[24];
	int	 last_number;
	int	 split;
};

struct book_customer {
	int		 person;
	int		 creditor;
	int		 country;
	int64_t		 id;
	char		 ref[24];
	unsigned	 optouts;	/* bit per channel */
};

struct book_contact {
	int64_t		 at_ms;
	int64_t		 notice_id;
	enum channel	 channel;
	int		 customer;
};

struct book_person {
	int64_t			 id;
	char			 ref[24];
	struct book_contact	*contacts;
	size_t			 contact_count, contact_cap;
};

struct book_message {
	int64_t	id;
	int	doubts;
	int64_t	doubt_ms;
	bool	is_asked;	/* to be sent again, since the last doubt */
	bool	flies;		/* an intent without an outcome */
	/* what its last intent, and its last doubt, may have been */
	struct book_contact last, contact;
};

struct book_hold {
	enum hold_scope	 scope;
	int64_t		 subject;
	int64_t		 until_ms;	/* a promise: the first day without */
	bool		 is_promise;
};

struct history_counts {
	long	handed, accepted, doubts, resends, asked, crashes, overtaken,
		changed, acts, resplits;
};

struct history {
	struct world		 w;
	struct history_counts	*sum;
	uint64_t		 seed, random;
	int64_t			 now;
	int64_t			 end;		/* of the random part */
	int64_t			 next_act;
	bool			 calm;		/* draining: nothing happens */
	bool			 tells;		/* what leaves is printed */
	struct book_person	 persons[HISTORY_PERSONS];
	struct book_customer	 customers[HISTORY_CUSTOMERS];
	struct book_invoice	 invoices[HISTORY_INVOICES];
	struct book_inst	 insts[HISTORY_INSTS];
	struct book_hold	 holds[HISTORY_HOLDS];
	struct book_message	*messages;
	size_t			 message_count, message_cap;
	size_t			 customer_count, invoice_count, inst_count,
				 hold_count;
	int			 payments;
	int32_t			 last_as_of;
	long			 intents, outcomes, was_sent;
	long			 late;		/* told accepted, not believed */
};

struct history_step {
	const char	*id;
	int		 offset;
};
extern const struct history_step	history_steps[HISTORY_STEPS];
extern const char *const		history_creditors[HISTORY_CREDITORS];

/* --- dice ----------------------------------------------------------------- */

uint32_t	history_dice(struct history *h, uint32_t sides);
bool		history_chance(struct history *h, uint32_t per_mille);
#define BROKEN(h, ...)	do { \
	print_message("# DUNLIN_SEED=%llu, t=%lld, %s stays\n", \
	    (unsigned long long)(h)->seed, (long long)(h)->now, \
	    (h)->w.dir); \
	fail_msg(__VA_ARGS__); \
} while (0)

/* --- a life --------------------------------------------------------------- */

void	history_open(struct history *h, uint64_t seed);
void	history_live(struct history *h);
void	history_drain(struct history *h);
void	history_judge(struct history *h);
void	history_close(struct history *h);

/* history_acts.c: one thing happens; the last ones set all free. */
void	history_act(struct history *h);
void	history_snapshot(struct history *h);
void	history_people(struct history *h);
void	history_release(struct history *h);
void	history_forget(struct history *h, int64_t notice_id);
void	history_resolve(struct history *h, bool all);

/* history_doubt.c: an intent stands (and may it?), and what became of it. */
void	history_flies(struct history *h, const struct store_claimed *m,
	    struct book_contact contact);
void	history_landed(struct history *h, int64_t message_id,
	    enum store_outcome_kind kind);
void	history_crashed(struct history *h);
void	history_asked(struct history *h, int64_t message_id);
/* Somebody says that it came: believed, whether it left or not. */
void	history_came(struct history *h, int64_t message_id);
void	history_contact(struct history *h, struct book_contact contact);

int32_t	history_today(const struct history *h);	/* in the creditors' zone */
bool	history_is_held(const struct history *h, const struct book_inst *inst);
int	history_step(const char *id);		/* place, or fails */
struct book_inst *history_inst(struct history *h, int64_t id);

#endif
