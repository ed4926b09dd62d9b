/* SPDX-License-Identifier: ISC */
/*
 * dunlind.h - the daemon: everything between its options and its end.
 */
#ifndef DUNLIN_DUNLIND_DUNLIND_H
#define DUNLIN_DUNLIND_DUNLIND_H

#include "base/date.h"

struct daemon_options {
	const char	*conf_path;	/* NULL: searched for */
	bool		 once;
	bool		 verbose;
	int64_t		 now_ms;	/* virtual time from here; TIME_NONE: real */
	int64_t		 until_ms;	/* virtual time to here */
};

/* Runs to the end; the exit status: 0 done, 1 found problems, 3 system. */
int	daemon_run(const struct daemon_options *options);

#endif
