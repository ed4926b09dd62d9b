/* SPDX-License-Identifier: ISC */
/*
 * Descriptors and signals.  libev's watchers live in memory of their own, so
 * that ev.h stays out of loop.h.
 */
#include "loop/loop_impl.h"

#include <signal.h>

struct native_io {
	ev_io		 watcher;
	struct ev_loop	*ev;
	struct loop_io	*io;
};

struct native_signal {
	ev_signal		 watcher;
	struct ev_loop		*ev;
	struct loop_signal	*signal;
};

static void
on_io(struct ev_loop *ev, ev_io *watcher, int events)
{
	struct native_io	*native = OWNER(watcher, struct native_io,
	    watcher);

	(void)ev;
	native->io->fn(native->io, (events & EV_READ ? LOOP_READ : 0) |
	    (events & EV_WRITE ? LOOP_WRITE : 0));
}

bool
loop_io_start(struct loop *loop, struct loop_io *io, int fd, int events,
    struct err *err)
{
	struct native_io	*native = io->native;

	if (native == NULL) {
		if ((native = calloc(1, sizeof(*native))) == NULL)
			return err_nomem(err);
		native->ev = loop->ev;
		native->io = io;
		io->native = native;
	} else
		ev_io_stop(native->ev, &native->watcher);
	ev_io_init(&native->watcher, on_io, fd,
	    (events & LOOP_READ ? EV_READ : 0) |
	    (events & LOOP_WRITE ? EV_WRITE : 0));
	ev_io_start(native->ev, &native->watcher);
	return true;
}

void
loop_io_stop(struct loop_io *io)
{
	struct native_io	*native = io->native;

	if (native == NULL)
		return;
	ev_io_stop(native->ev, &native->watcher);
	free(native);
	io->native = NULL;
}

static void
on_signal(struct ev_loop *ev, ev_signal *watcher, int events)
{
	struct native_signal	*native = OWNER(watcher, struct native_signal,
	    watcher);

	(void)ev;
	(void)events;
	native->signal->fn(native->signal);
}

bool
loop_signal_start(struct loop *loop, struct loop_signal *watcher, int signal,
    struct err *err)
{
	struct native_signal	*native;

	loop_signal_stop(watcher);
	if (signal <= 0 || signal >= NSIG)
		return err_set(err, ERR_INPUT, "no signal %d", signal);
	if ((native = calloc(1, sizeof(*native))) == NULL)
		return err_nomem(err);
	native->ev = loop->ev;
	native->signal = watcher;
	watcher->native = native;
	ev_signal_init(&native->watcher, on_signal, signal);
	ev_signal_start(native->ev, &native->watcher);
	return true;
}

void
loop_signal_stop(struct loop_signal *watcher)
{
	struct native_signal	*native = watcher->native;

	if (native == NULL)
		return;
	ev_signal_stop(native->ev, &native->watcher);
	free(native);
	watcher->native = NULL;
}
