/* SPDX-License-Identifier: ISC */
/*
 * setup.h - everything that the config says, read once and immutable.
 *
 * A reload reads a new setup and swaps it in whole; a bad file changes
 * nothing.  Thread: any, once loaded.
 */
#ifndef DUNLIN_DESK_SETUP_H
#define DUNLIN_DESK_SETUP_H

#include "channel/channel.h"
#include "conf/conf.h"
#include "creditor/creditor.h"
#include "message/message.h"
#include "policy/policy.h"

/* What a staff member may do (bits of struct staff_member.rights). */
enum staff_right { RIGHT_HOLD, RIGHT_PAY, RIGHT_APPROVE, RIGHT_PUBLISH,
	RIGHT_RELEASE, RIGHT_IMPORT, RIGHT_COUNT };

extern const char *const	staff_right_names[];

struct staff_member {
	const char		*user;		/* of the system */
	const char		*name;		/* as records show it */
	struct conf_ints	 rights;	/* enum staff_right */
};

struct store_conf {
	const char	*file;			/* SQLite */
	const char	*postgresql;		/* connection string; NULL: SQLite */
};

/* Where a rehearsal's messages go instead of to the customers; NULL: into the
 * outbox. */
struct sandbox_conf {
	const char	*email;
	const char	*phone;			/* SMS, WhatsApp, voice */
};

struct service_conf {
	const char	*outbox;		/* folder of the rehearsal's outbox */
	const char	*run;			/* folder of sockets and guards */
	int64_t		 max_per_hour;		/* notices */
	int64_t		 max_high_percent;	/* share of high steps an hour */
	int64_t		 agenda_batch;		/* persons decided together */
	int64_t		 claim_batch;		/* messages sent together */
	const char	*alert_command;		/* NULL: none */
	int64_t		 disk_reserve;		/* MiB that must be free */
	struct sandbox_conf sandbox;
};

struct templates_conf {
	const char	*folder;
	bool		 auto_publish;
	const char	*language;		/* when nothing else is known */
};

struct setup {
	struct arena		*arena;
	struct conf		*conf;
	struct hash		 hash;		/* of all config files */
	struct creditors	 creditors;
	struct policies		 policies;
	struct calendars	*calendars;
	struct routes		 routes;
	struct conf_list	 staff;		/* struct staff_member */
	struct store_conf	 store;
	struct service_conf	 service;
	struct templates_conf	 templates;
	struct zones		*zones;
	struct policy_setup	 policy;	/* what policy_decide takes */
	const char		*dsn;		/* for store_open */
};

/*
 * Reads the config.  False when it cannot be used: findings then holds what
 * is wrong, compiler-style; warnings are there also on success.
 */
bool	setup_load(const char *path, struct setup **out, struct buf *findings,
	    struct err *err) MUST_CHECK;

/* The same, each finding also given to fn (lent during the call). */
typedef void	setup_finding_fn(void *arg, const struct conf_finding *finding);
bool	setup_read(const char *path, setup_finding_fn *fn, void *arg,
	    struct setup **out, struct buf *findings, struct err *err)
	    MUST_CHECK;

void	setup_free(struct setup **setup);	/* takes; NULL inside is fine */

/*
 * The config that applies: path when given, else $DUNLIN_CONF, ./dunlin.conf,
 * ./conf/dunlin.conf, the system's.  Lent or static; ERR_INPUT names all
 * that were tried.
 */
bool	setup_path(const char *path, const char **out, struct err *err)
	    MUST_CHECK;

/*
 * Who acts: the staff member for the system user that runs this program.
 * Without a staff section everybody may do everything under the user's name.
 * ERR_REFUSED names the right that is missing and where to give it.
 */
bool	setup_staff(const struct setup *setup, enum staff_right right,
	    const char **name_out, struct err *err) MUST_CHECK;

/* Every section that a config may have, with its rows: for help and lint. */
const struct conf_section *setup_sections(size_t *count);

#endif
