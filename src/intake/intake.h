/* SPDX-License-Identifier: ISC */
/*
 * intake.h - files of customers, invoices and payments, into the ledger.
 *
 * A file is read twice: first all its rows are checked and put into a private
 * spool, then the spool is applied (store/store_intake.h), hidden until it is
 * whole.  Memory is bounded, whatever the size.  Formats: dunlin-import(5).
 *
 *	struct intake_options	 options = { .files = argv, .file_count = argc,
 *		.creditor = "acme", .now_ms = now, .author = "ana" };
 *	struct intake_result	*result;
 *
 *	if (!intake_run(store, creditors, zones, &options, &result, &err))
 *		... nothing more was done; result tells of the files before
 *	for (i = 0; i < result->file_count; i++)
 *		... result->files[i]
 *	intake_result_free(&result);
 *
 * Thread: the caller's, which must own the store.
 */
#ifndef DUNLIN_INTAKE_INTAKE_H
#define DUNLIN_INTAKE_INTAKE_H

#include "base/zone.h"
#include "creditor/creditor.h"
#include "store/store_intake.h"

enum intake_kind { INTAKE_FIND, INTAKE_CUSTOMERS, INTAKE_INVOICES,
	INTAKE_PAYMENTS, INTAKE_CREDIT_NOTES, INTAKE_OPEN_ITEMS, INTAKE_KINDS };

/* "", "customers", "invoices", ... NULL behind the last: for --kind. */
extern const char *const	intake_kind_names[];

/* phase: "read", "apply"; rows so far; bytes of total (0: unknown). */
typedef void	intake_progress_fn(void *arg, const char *file,
		    const char *phase, int64_t rows, int64_t bytes,
		    int64_t total);

struct intake_options {
	enum intake_kind	 kind;		/* INTAKE_FIND: by columns */
	const char		*creditor;	/* NULL: the only one configured,
						 * or whom a column names */
	const char		*map;		/* a map file; NULL: none */
	const char *const	*files;
	size_t			 file_count;
	bool			 dry_run;	/* counts, changes nothing */
	bool			 keep_good;	/* in spite of bad rows */
	int32_t			 as_of;		/* snapshots; DAY_NONE: today */
	bool			 accept;	/* open-items out of band */
	int64_t			 now_ms;
	const char		*author;
	const char		*spool_dir;	/* NULL: $TMPDIR, else /tmp */
	intake_progress_fn	*progress;	/* NULL: none */
	void			*arg;
};

struct intake_reject {
	int64_t		 line;		/* 0: the file as a whole */
	const char	*field;		/* "" none */
	const char	*reason;
};

#define INTAKE_SHOWN	20		/* rejects kept for showing */

enum intake_verdict {
	INTAKE_DONE,		/* applied (or would be: dry run) */
	INTAKE_REFUSED,		/* rows were rejected: nothing was changed */
	INTAKE_STOPPED		/* out of band: --accept takes it */
};

struct intake_file {
	const char			*path;
	enum intake_kind		 kind;	/* what it was taken for */
	enum intake_verdict		 verdict;
	struct store_tally		 counts;	/* records */
	struct intake_reject		 shown[INTAKE_SHOWN];
	size_t				 shown_count;
	const char			*rejects;	/* path written; NULL */
	bool				 has_difference;
	struct store_difference		 difference;	/* open-items */
	const char			*notes;	/* how it was read; lines */
};

struct intake_result {
	struct intake_file	*files;		/* in the order applied */
	size_t			 file_count;
	struct arena		*arena;		/* holds all texts */
};

/*
 * Imports the files, customers before invoices before payments, each all or
 * nothing unless keep_good.  True also when files were refused: their verdict
 * says so.  False: ERR_INPUT the options, the map or a file's form make no
 * sense; ERR_LATER another import is under way; ERR_SYSTEM disk, memory.
 * *out is given in both cases (NULL only when memory is out).
 */
bool	intake_run(struct store *store, const struct creditors *creditors,
	    struct zones *zones, const struct intake_options *options,
	    struct intake_result **out, struct err *err) MUST_CHECK;
/* NULL inside is fine. */
void	intake_result_free(struct intake_result **result);

/* The recognised headers by kind and language, as --help and the manual say. */
void	intake_describe(struct buf *out);

#endif
