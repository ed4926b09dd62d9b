/* SPDX-License-Identifier: ISC */
/*
 * loop_notify.h - datagrams to the service manager and between our programs.
 */
#ifndef DUNLIN_LOOP_LOOP_NOTIFY_H
#define DUNLIN_LOOP_LOOP_NOTIFY_H

#include "loop/loop.h"

/*
 * sd_notify(3)'s protocol: state is "READY=1", "RELOADING=1", "STOPPING=1",
 * "WATCHDOG=1", "STATUS=text" or several with line feeds between.  Without
 * $NOTIFY_SOCKET it does nothing and is true.  Thread: any.
 */
bool	loop_notify(const char *state, struct err *err) MUST_CHECK;

/* How often at most WATCHDOG=1 must come, half of what the manager allows; 0:
 * it does not ask. */
int64_t	loop_notify_watchdog_ms(void);

/* --- run/wake: "look, something was committed" --- */
struct loop_wake;
typedef void	loop_wake_fn(struct loop_wake *wake);

struct loop_wake {
	loop_wake_fn	*fn;		/* the owner sets it */
	struct loop_io	 io;		/* private */
	int		 fd;
	char		*path;
};

/*
 * Makes the socket at path, in place of one left by a killed program (anything
 * else there, or a program that still listens, is ERR_INPUT), and calls fn
 * after one or more datagrams.
 */
bool	loop_wake_listen(struct loop *loop, struct loop_wake *wake,
	    const char *path, struct err *err) MUST_CHECK;
/* Removes the socket; not listening: nothing. */
void	loop_wake_close(struct loop_wake *wake);

/* Never waits; nobody listening is fine: the store's number tells as well.
 * Thread: any. */
void	loop_wake_send(const char *path);

#endif
