/* SPDX-License-Identifier: ISC */
/*
 * channel.h - hand a sealed message to a route, and say what came of it.
 *
 * One table of operations for every kind of route.  Knows no store and no
 * clock; a send blocks, so it runs where its caller wants it to (a worker for
 * what can wait on a disk or a wire).  One open route belongs to one thread.
 */
#ifndef DUNLIN_CHANNEL_CHANNEL_H
#define DUNLIN_CHANNEL_CHANNEL_H

#include "base/buf.h"
#include "channel/gateway_conf.h"
#include "channel/pace_limits.h"
#include "conf/conf.h"
#include "model/message_state.h"
#include "model/names.h"

/* What a try to hand over came to (DELIVERY.md 1 and 2). */
#define OUTCOMES(X) \
	X(OUTCOME_ACCEPTED, "accepted")	/* the other side has taken it */ \
	X(OUTCOME_DEFERRED, "deferred")	/* surely not taken: try again */ \
	X(OUTCOME_REFUSED, "refused")	/* the final no of this channel */ \
	X(OUTCOME_IN_DOUBT, "in-doubt")	/* nobody knows */ \
	X(OUTCOME_UNSENT, "unsent")	/* never begun, by our own fault */

/*
 * Whose fault a no is, and so who must act (COMPLIANCE B6, GATEWAYS).  What a
 * class does to an address it does with OUTCOME_REFUSED alone; a deferred or
 * doubtful one never has such a class.
 */
#define OUTCOME_CLASSES(X) \
	X(OUTCOME_CLASS_NONE, "") \
	X(OUTCOME_CLASS_ADDRESS, "address")	/* no such place: stop using it */ \
	X(OUTCOME_CLASS_ADDRESS_TWICE, "address-twice") /* stop using it when \
						 * it comes on another day too */ \
	X(OUTCOME_CLASS_OPTOUT, "optout")	/* they want none: record it */ \
	X(OUTCOME_CLASS_MAILBOX, "mailbox-full")	/* a day between tries */ \
	X(OUTCOME_CLASS_RECIPIENT_RATE, "recipient-rate") /* hold this one */ \
	X(OUTCOME_CLASS_GREYLIST, "greylist")	/* they want it twice */ \
	X(OUTCOME_CLASS_MESSAGE, "message")	/* this one never, nobody's fault */ \
	X(OUTCOME_CLASS_CONTENT, "content")	/* our bytes: hold the template */ \
	X(OUTCOME_CLASS_TEMPLATE, "template")	/* theirs, of the provider: hold it */ \
	X(OUTCOME_CLASS_BUG, "bug")		/* ours: no further try, alert */ \
	X(OUTCOME_CLASS_POLICY, "policy")	/* they refuse us: pause the route */ \
	X(OUTCOME_CLASS_RATE, "rate")		/* too fast: slow down */ \
	X(OUTCOME_CLASS_ROUTING, "routing")	/* behind the route the way is lost */ \
	X(OUTCOME_CLASS_ROUTE, "route")		/* the way is broken: wait, alert */ \
	X(OUTCOME_CLASS_CREDENTIALS, "credentials")	/* stop, page a person */ \
	X(OUTCOME_CLASS_BALANCE, "balance")	/* stop, page a person */ \
	X(OUTCOME_CLASS_CONFIG, "config")	/* stop, page a person */ \
	X(OUTCOME_CLASS_UNKNOWN, "unknown")

#define OUTCOME_VALUE(value, name)	value,
enum outcome { OUTCOMES(OUTCOME_VALUE) OUTCOME_COUNT };
enum outcome_class { OUTCOME_CLASSES(OUTCOME_VALUE) OUTCOME_CLASS_COUNT };
#undef OUTCOME_VALUE

extern const char *const	outcome_names[];
extern const char *const	outcome_class_names[];

struct channel_result {
	enum outcome		 outcome;
	enum outcome_class	 class;
	char			 code[16];	/* "250", "ENOSPC"; "" none */
	char			 reply[400];	/* what the other side said, clean */
	char			 provider_id[160]; /* theirs; "" none */
	char			 peer[160];	/* its address and TLS; "" none */
	int64_t			 wait_ms;	/* least wait before the next try, 0 none */
	int64_t			 life_ms;	/* longest life of such tries, 0 the
						   kind's own (channel/retry.h) */
	bool			 is_site;	/* the route failed, not the message:
						   counts for its breaker */
	bool			 is_greylist;
	bool			 alert;		/* a person should know */
	bool			 same_bytes;	/* it may have been taken: repeat the
						   same bytes under the same key */
};

/* The event that an outcome is in the life of a message. */
enum message_event	outcome_event(enum outcome outcome);

/*
 * The only makers of results: every answer of a channel becomes an outcome
 * here.  begun: were bytes handed over whose effect cannot be taken back?
 */
void	outcome_accepted(struct channel_result *result, const char *code,
	    struct str reply, struct str provider_id);
void	outcome_from_errno(struct channel_result *result, int error,
	    bool begun, const char *doing);

/* What the route itself says before anything was on a wire: an address that
 * it cannot take, a folder that is missing, a stop at the gate. */
void	outcome_local(struct channel_result *result, enum outcome outcome,
	    enum outcome_class class, const char *code, const char *reply);

struct smtp_answer;			/* mail/smtp.h */
void	outcome_from_smtp(struct channel_result *result,
	    const struct smtp_answer *answer);

/* What a gateway promises, by its stanza. */
struct outcome_terms {
	bool	has_key;	/* one key is taken once, however often it comes */
	bool	busy_is_no;	/* 503 means that it was not processed */
};

/* For answers that no rule of the gateway's stanza names. */
struct http_answer;			/* http/http.h */
void	outcome_from_http(struct channel_result *result,
	    const struct http_answer *answer,
	    const struct outcome_terms *terms);

/* What a rule of a stanza can call an answer; the first eight are GATEWAYS.md's. */
#define ANSWER_CLASSES(X) \
	X(ANSWER_ACCEPTED, "accepted") \
	X(ANSWER_RETRY, "retry")		/* surely not taken */ \
	X(ANSWER_THROTTLED, "throttled")	/* nor that; and slow down */ \
	X(ANSWER_CONFIG, "config")		/* stop the gateway, alert */ \
	X(ANSWER_REJECTED, "rejected")		/* this message never */ \
	X(ANSWER_RECIPIENT, "recipient")	/* this address never */ \
	X(ANSWER_OPTOUT, "optout")		/* never again here */ \
	X(ANSWER_IN_DOUBT, "in_doubt") \
	X(ANSWER_CREDENTIALS, "credentials") \
	X(ANSWER_BALANCE, "balance") \
	X(ANSWER_TEMPLATE, "template")		/* hold that template */ \
	X(ANSWER_RECIPIENT_RATE, "recipient_rate")	/* hold this recipient */

#define ANSWER_VALUE(value, name)	value,
enum answer_class { ANSWER_CLASSES(ANSWER_VALUE) ANSWER_CLASS_COUNT };
#undef ANSWER_VALUE
extern const char *const	answer_class_names[];

/* An answer that a stanza has read; texts may hold anything. */
struct answer_said {
	int		 status;	/* HTTP's; 0 none */
	const char	*code;		/* the gateway's own; "" none */
	struct str	 reply;
	struct str	 provider_id;	/* may be empty */
	int64_t		 wait_ms;	/* they asked for; 0 none */
};

void	outcome_from_class(struct channel_result *result,
	    enum answer_class class, const struct answer_said *said);

/* --- routes -------------------------------------------------------------- */

enum route_kind { ROUTE_OUTBOX, ROUTE_SMTP, ROUTE_GATEWAY,
	ROUTE_KIND_COUNT };
extern const char *const	route_kind_names[];

/* Of kind smtp. */
struct route_smtp {
	const char		*host;
	int64_t			 port;
	int			 tls;		/* enum smtp_tls */
	const char		*ca_file;
	const char		*helo;
	const char		*user;
	struct conf_secret	 password;
	int64_t			 sessions;
	int64_t			 per_connection;
	int64_t			 idle_ms;
	int64_t			 dot_ms;
};

struct route {
	const char		*name;
	int			 kind;		/* enum route_kind */
	struct conf_ints	 channels;	/* enum channel */
	int64_t			 weight;	/* share among a channel's routes */
	const char		*folder;	/* outbox */
	struct route_smtp	 smtp;
	struct gateway_conf	 gateway;
	struct pace_limits	 limits;
	struct conf_pos		 pos;
};

struct routes {
	struct conf_list	list;		/* struct route */
};

extern const struct conf_row	route_rows[];	/* into struct routes */

/*
 * What one route cannot know: names are unique.  Findings go to conf; call it
 * after conf_load.
 */
void	routes_check(struct conf *conf, const struct routes *routes);

bool	route_has_channel(const struct route *route, enum channel channel);

/*
 * The route that carries key on channel: the same key finds the same route as
 * long as the routes stand; shares follow the weights.  NULL: none has it.
 */
const struct route	*routes_pick(const struct routes *routes,
			    enum channel channel, struct str key);

/* --- sending ------------------------------------------------------------- */

struct channel_line;			/* an open route; opaque */

/* What is handed over: everything is lent for the length of the call. */
struct channel_message {
	enum channel	 channel;
	struct str	 key;		/* K.c: idempotency key and file name */
	struct str	 sender;	/* envelope sender; may be empty */
	struct str	 address;	/* of the customer, on this channel */
	struct str	 bytes;		/* sealed */
};

struct channel_ops {
	const char	*name;
	bool		 blocks;	/* send may wait: call it on a worker */
	bool		(*open)(const struct route *route,
			    struct channel_line **out, struct err *err);
	void		(*send)(struct channel_line *channel,
			    const struct channel_message *message,
			    struct channel_result *result);
	void		(*close)(struct channel_line **channel);
};

/*
 * Opens a route.  ERR_SYSTEM or ERR_INPUT: nothing can be sent by it now, and
 * the text says why (a folder that is missing, say).
 */
bool	channel_open(const struct route *route, struct channel_line **out,
	    struct err *err) MUST_CHECK;

/* Always gives one outcome.  Handing over the same key twice delivers once. */
void	channel_send(struct channel_line *channel,
	    const struct channel_message *message,
	    struct channel_result *result);

/* Takes and nulls; NULL inside is fine. */
void	channel_close(struct channel_line **channel);

/*
 * The outbox for every channel, whatever the config says: what rehearsal
 * uses.  folder gets `Maildir/{tmp,new,cur}` and `sms/`, `whatsapp/` ...,
 * made where missing.
 */
bool	channel_open_outbox(const char *folder, struct channel_line **out,
	    struct err *err) MUST_CHECK;

#endif
