/* SPDX-License-Identifier: ISC */
/*
 * world.h - a config, a store and a daemon's handles in one process, with the
 * instant in the test's hands: what the proofs over desk and store stand on.
 *
 * SQLite, or the PostgreSQL of tests/support/with_pg.sh.  Whatever fails ends
 * the test with its place and text.
 */
#ifndef DUNLIN_INTEGRATION_WORLD_H
#define DUNLIN_INTEGRATION_WORLD_H

#include "db/db.h"
#include "desk/desk.h"
#include "store/store_intake.h"

#include "support/test.h"

struct testdb;

struct world {
	char		 dir[64];
	char		 conf[96];
	const char	*dsn;
	struct testdb	*test;
	struct setup	*setup;
	struct store	*store;		/* the daemon's writer */
	struct store	*reader;	/* the daemon's planner */
	struct store	*staff;		/* everybody else */
	struct db	*db;		/* beside the store, for looks */
	struct arena	*arena;		/* of one turn */
	int64_t		 epoch;
	int64_t		 config_epoch;
	int		 imports;
	struct err	 err;
};

#define OK(w, call)	do { \
	if (!(call)) \
		fail_msg("%s:%d: %s", __FILE__, __LINE__, (w)->err.text); \
} while (0)

/* config: everything but the store section; the shipped calendars are there. */
void	world_open(struct world *w, const char *config, int64_t now_ms);
void	world_close(struct world *w);

/* Reads another config, as a reload does; the config epoch it leads to. */
int64_t	world_reload(struct world *w, const char *config, int64_t now_ms);

/* A daemon starts: its epoch, and what the last one left behind. */
struct store_rescued	world_daemon(struct world *w, int64_t now_ms);

/* One import, whole; as_of DAY_NONE: no snapshot. */
void	world_import(struct world *w, const char *creditor, int32_t as_of,
	    struct store_record *records, size_t count, int64_t now_ms);

struct store_record	world_customer(const char *ref, const char *person,
			    const char *country, const char *zone);
struct store_record	world_invoice(const char *ref, const char *customer,
			    int number, int32_t due, int64_t amount);

int64_t	world_number(struct world *w, const char *sql);
int64_t	world_number_of(struct world *w, const char *sql, int64_t one);

/* Decides and applies until nobody is due; how many notices were made. */
size_t	world_plan(struct world *w, int64_t now_ms, size_t limit);

/*
 * Claims, intends, and lets fn say what became of each message, until nothing
 * is ready; how many were handed over.
 */
typedef enum store_outcome_kind	world_wire_fn(void *arg,
				    const struct store_claimed *claimed);
size_t	world_send(struct world *w, int64_t now_ms, world_wire_fn *fn,
	    void *arg);

/* The log is whole, and every intent has its outcome. */
struct store_audit_report	world_verify(struct world *w);

#endif
