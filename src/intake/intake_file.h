/* SPDX-License-Identifier: ISC */
/*
 * intake_file.h - one file on its way: what intake.c and intake_file.c share.
 */
#ifndef DUNLIN_INTAKE_INTAKE_FILE_H
#define DUNLIN_INTAKE_INTAKE_FILE_H

#include "intake/plan.h"
#include "intake/reject.h"
#include "intake/spool.h"

/* What holds for all files of a run. */
struct intake_run {
	struct store			*store;
	const struct intake_options	*options;
	const struct creditors		*creditors;	/* all configured */
	const struct creditor		*creditor;	/* NULL: rows say */
	struct zones			*zones;
	const struct map		*map;		/* NULL: by headers */
	const char			*spool_dir;
	struct arena			*arena;		/* the result's */
};

struct file_job {
	const struct intake_run	*run;
	const char		*path;		/* the options' */
	struct intake_table	*table;
	struct plan		 plan;
	struct intake_file	*file;		/* what becomes of it */
	struct buf		 notes;
	int64_t			 left_out;	/* rows of other creditors */
};

bool	intake_file_open(const struct intake_run *run, const char *path,
	    struct file_job *out, struct err *err) MUST_CHECK;
void	intake_file_close(struct file_job *job);

/* Reads, checks and applies it; fills job->file. */
bool	intake_file_import(struct file_job *job, struct err *err) MUST_CHECK;

#endif
