/* SPDX-License-Identifier: ISC */
/*
 * store_template.h - published templates, kept by hash; batches of intake.
 */
#ifndef DUNLIN_STORE_STORE_TEMPLATE_H
#define DUNLIN_STORE_STORE_TEMPLATE_H

#include "store/store.h"

struct store_template {
	int64_t		 id;		/* of the publication */
	const char	*name;		/* "es/friendly.email" */
	struct hash	 hash;
	const char	*author;
	const char	*reason;
	int64_t		 at_ms;
	const char	*body;		/* NULL unless asked for */
	size_t		 body_len;
};

struct store_templates {
	const struct store_template	*items;
	size_t				 count;
};

/* Puts the body into service under name, with a leaf; *is_new false when that
 * very body is in service already, and then nothing is written. */
bool	store_publish(struct store *store, const char *name, struct str body,
	    const char *who, const char *reason, int64_t now_ms, bool *is_new,
	    struct err *err) MUST_CHECK;

/* What is in service, by name; bodies when asked for. */
bool	store_templates(struct store *store, bool with_bodies,
	    struct arena *arena, struct store_templates *out, struct err *err)
	    MUST_CHECK;

/* All publications of a name, newest first. */
bool	store_template_history(struct store *store, const char *name,
	    struct arena *arena, struct store_templates *out, struct err *err)
	    MUST_CHECK;

/* *body_out.p is NULL when the hash is not known. */
bool	store_template_body(struct store *store, const struct hash *hash,
	    struct arena *arena, struct str *body_out, struct err *err)
	    MUST_CHECK;

struct store_batch {
	int64_t		 id;
	const char	*kind;
	const char	*creditor;	/* "" none */
	const char	*file;
	int32_t		 as_of;		/* DAY_NONE */
	const char	*author;
	int64_t		 started_ms;
	const char	*state;		/* hidden, visible, done, undone */
	int64_t		 read_n;
	int64_t		 new_n;
	int64_t		 changed_n;
	int64_t		 same_n;
	int64_t		 rejected_n;
};

struct store_batches {
	const struct store_batch	*items;
	size_t				 count;
};

bool	store_batches(struct store *store, size_t limit, struct arena *arena,
	    struct store_batches *out, struct err *err) MUST_CHECK;

#endif
