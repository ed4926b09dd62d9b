/* SPDX-License-Identifier: ISC */
#include "dunlind/dunlind.h"

#include "channel/lane.h"
#include "dispatch/dispatch.h"
#include "loop/loop_notify.h"
#include "notify/notify.h"
#include "store/store_intake.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTE_MS	(10 * MINUTE_MS)	/* how old the guard's file may be */

struct daemon {
	const struct daemon_options	*options;
	const char			*conf_path;
	struct clock			 clock;
	struct log			 log;
	struct loop			*loop;
	struct setup			*setup;
	struct setup			*next_setup;	/* while a reload waits */
	struct dispatch			*dispatch;
	struct loop_signal		 on_term, on_int, on_hup;
	struct loop_timer		 second, watchdog;
	struct loop_wake		 wake;
	struct store			*store;		/* the loop's own writer: guard, alerts */
	int64_t				 version;	/* of the store when last looked */
	int64_t				 noted_ms;	/* the guard's file, monotonic */
	int				 lock_fd;	/* -1: not taken */
	bool				 is_guarded;	/* the store is ours */
	bool				 is_troubled;	/* `--once` gave up */
	bool				 hup_again;	/* while a reload waited */
	char				 machine[64];
	char				*guard_path;
};

/* --- the store: may it send from here? ---------------------------------------- */

static bool
judge_guard(struct daemon *daemon, struct err *err)
{
	enum store_guard	guard;
	char			why[400];

	if (!store_guard(daemon->store, daemon->machine, daemon->guard_path,
	    &guard, why, err))
		return false;
	if (guard == STORE_GUARD_NEW)
		return store_adopt(daemon->store, daemon->machine,
		    daemon->guard_path, "dunlind", "first start",
		    clock_now(&daemon->clock), err);
	if (guard != STORE_GUARD_OK)
		return err_set(err, ERR_REFUSED, "%s", why);
	return true;
}

/* Only a store that passed may have its guard's file written anew. */
static bool
pass_guard(struct daemon *daemon, struct err *err)
{
	daemon->is_guarded = judge_guard(daemon, err);
	return daemon->is_guarded;
}

/* Virtual time would send real mail at the wrong time of day. */
static bool
check_mode(struct daemon *daemon, struct err *err)
{
	const struct sandbox_conf	*sandbox =
					    &daemon->setup->service.sandbox;
	struct store_state		 state;

	if (!store_state(daemon->store, &state, err))
		return false;
	if (daemon->clock.is_virtual && state.mode == STORE_LIVE)
		return err_set(err, ERR_REFUSED, "--now is for rehearsal; this"
		    " store is live");
	if (state.mode == STORE_LIVE && (sandbox->email != NULL ||
	    sandbox->phone != NULL))
		return err_set(err, ERR_REFUSED, "service.sandbox is for"
		    " rehearsal; this store is live: take it out of the config");
	return true;
}

/* run/name, the caller's: a reload takes the setup's arena away. */
static char *
run_path(const struct daemon *daemon, const char *name, struct err *err)
{
	struct buf	path = BUF_INIT;

	buf_addf(&path, "%s/%s", daemon->setup->service.run, name);
	if (buf_check(&path, err))
		return path.p;
	buf_fini(&path);
	return NULL;
}

/*
 * One daemon a store: a second one would take the first for dead and rescue
 * what it has in its hands.  The lock goes with the process, whatever ends it.
 */
static bool
take_lock(struct daemon *daemon, struct err *err)
{
	const struct setup	*setup = daemon->setup;
	const char		*path = setup->store.file != NULL ?
				    arena_printf(setup->arena, "%s-dunlind",
				    setup->store.file) :
				    arena_printf(setup->arena, "%s/lock",
				    setup->service.run);

	if (path == NULL)
		return err_nomem(err);
	daemon->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (daemon->lock_fd < 0)
		return err_sys(err, "opening %s", path);
	if (flock(daemon->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno != EWOULDBLOCK)
		return err_sys(err, "locking %s", path);
	return err_set(err, ERR_REFUSED, "another dunlind works on this store"
	    " (it holds %s); end it first, or let it do the work", path);
}

static bool
open_store(struct daemon *daemon, struct err *err)
{
	const char		*run = daemon->setup->service.run;
	struct store_recovered	 recovered;
	int64_t			 epoch;

	if (mkdir(run, 0750) != 0 && errno != EEXIST)
		return err_sys(err, "making %s", run);
	if ((daemon->guard_path = run_path(daemon, "guard", err)) == NULL)
		return false;
	return store_open(daemon->setup->dsn, STORE_WRITER, &daemon->store,
	    err) && take_lock(daemon, err) &&
	    store_intake_recover(daemon->store, &recovered, err) &&
	    pass_guard(daemon, err) && check_mode(daemon, err) &&
	    store_config_loaded(daemon->store, &daemon->setup->hash,
	    clock_now(&daemon->clock), &epoch, err);
}

/* A folder with errors changes nothing: the last good versions stay. */
static bool
publish(struct daemon *daemon, const struct setup *setup, struct err *err)
{
	struct arena		*arena = arena_new();
	struct message_findings	 findings = {.arena = arena};
	size_t			 published = 0;
	bool			 ok;

	if (arena == NULL)
		return err_nomem(err);
	ok = !setup->templates.auto_publish || desk_publish(setup,
	    daemon->store, "dunlind", "auto_publish",
	    clock_now(&daemon->clock), &findings, &published, err);
	if (published > 0)
		log_info(&daemon->log, "templates.published",
		    LOG_INT("count", (int64_t)published));
	for (size_t i = 0; i < findings.count; i++) {
		const struct message_finding	*finding = &findings.items[i];

		if (!finding->warning)
			log_error(&daemon->log, "templates.refused",
			    LOG_STR("file", finding->file),
			    LOG_INT("line", finding->line),
			    LOG_STR("why", finding->text));
	}
	if (findings.errors > 0)
		notify_alert(daemon->store, setup->service.alert_command,
		    &daemon->log, "templates", "the template folder has"
		    " errors; the last good versions stay in service (see"
		    " `dunlin check`)", clock_now(&daemon->clock));
	arena_free(&arena);
	return ok;
}

/* --- what dispatch tells --------------------------------------------------------- */

static void
on_drained(void *arg)
{
	struct daemon	*daemon = arg;

	loop_stop(daemon->loop);
}

static void
on_idle(void *arg)
{
	struct daemon	*daemon = arg;

	if (!daemon->options->once)
		return;
	daemon->is_troubled = dispatch_troubled(daemon->dispatch);
	loop_stop(daemon->loop);
}

static void
on_progress(void *arg, const struct dispatch_counts *counts)
{
	struct daemon	*daemon = arg;

	if (daemon->options->verbose)
		log_info(&daemon->log, "dispatch.batch",
		    LOG_INT("persons", counts->persons),
		    LOG_INT("notices", counts->notices),
		    LOG_INT("accepted", counts->accepted));
}

static void
on_alert(void *arg, const char *kind, const char *about)
{
	struct daemon	*daemon = arg;

	notify_alert(daemon->store, daemon->setup->service.alert_command,
	    &daemon->log, kind, about, clock_now(&daemon->clock));
}

/* --- signals and timers ------------------------------------------------------------ */

static void
tell_manager(struct daemon *daemon, const char *state)
{
	struct err	err;

	if (!loop_notify(state, &err))
		log_warn(&daemon->log, "notify.failed",
		    LOG_STR("why", err.text));
}

static void
drain(struct daemon *daemon)
{
	log_info(&daemon->log, "daemon.stopping", LOG_INT("pid", getpid()));
	tell_manager(daemon, "STOPPING=1");
	dispatch_drain(daemon->dispatch, on_drained, daemon);
}

static void
on_term(struct loop_signal *watcher)
{
	drain(OWNER(watcher, struct daemon, on_term));
}

static void
on_int(struct loop_signal *watcher)
{
	drain(OWNER(watcher, struct daemon, on_int));
}

static void	reload(struct daemon *daemon);

static void
reloaded(void *arg)
{
	struct daemon	*daemon = arg;

	setup_free(&daemon->setup);
	daemon->setup = daemon->next_setup;
	daemon->next_setup = NULL;
	log_info(&daemon->log, "config.reloaded",
	    LOG_STR("file", daemon->conf_path));
	tell_manager(daemon, "READY=1");
	if (daemon->hup_again)
		reload(daemon);
}

/* Parse all, then swap: a bad file changes nothing. */
/* What is opened at the start stays open: a change needs another start. */
static bool
can_swap(const struct daemon *daemon, const struct setup *setup,
    struct err *err)
{
	const struct setup	*old = daemon->setup;

	if (strcmp(old->dsn, setup->dsn) != 0)
		return err_set(err, ERR_INPUT, "the store is another one, and"
		    " dunlind opens it at its start: restart it to use that");
	if (strcmp(old->service.run, setup->service.run) != 0)
		return err_set(err, ERR_INPUT, "service.run is \"%s\" now, and"
		    " the guard is in \"%s\": restart dunlind to use it",
		    setup->service.run, old->service.run);
	return true;
}

static void
refuse_reload(struct daemon *daemon, const struct err *err,
    const char *findings, const char *about)
{
	log_error(&daemon->log, "config.refused", LOG_STR("why", err->text),
	    LOG_STR("findings", findings));
	on_alert(daemon, "config", about);
}

static void
reload(struct daemon *daemon)
{
	struct buf	 findings = BUF_INIT;
	struct setup	*setup;
	struct err	 err;
	int64_t		 epoch;

	daemon->hup_again = daemon->next_setup != NULL;
	if (daemon->hup_again)
		return;		/* one at a time; the files may have changed */
	if (!setup_load(daemon->conf_path, &setup, &findings, &err)) {
		refuse_reload(daemon, &err, buf_text(&findings), "the changed"
		    " config has errors; the old one stays in force (see"
		    " `dunlin check`)");
	} else if (!can_swap(daemon, setup, &err)) {
		refuse_reload(daemon, &err, "", err.text);
		setup_free(&setup);
	} else if (!publish(daemon, setup, &err) ||
	    !store_config_loaded(daemon->store, &setup->hash,
	    clock_now(&daemon->clock), &epoch, &err)) {
		log_error(&daemon->log, "config.refused",
		    LOG_STR("why", err.text));
		setup_free(&setup);
	} else {
		daemon->next_setup = setup;
		dispatch_reload(daemon->dispatch, setup, epoch, reloaded,
		    daemon);
	}
	buf_fini(&findings);
}

static void
on_hup(struct loop_signal *watcher)
{
	reload(OWNER(watcher, struct daemon, on_hup));
}

/* How long the log is is known beside the store, also when we are killed. */
static void
note_guard(struct daemon *daemon)
{
	struct err	err;

	daemon->noted_ms = clock_monotonic_ms();
	if (!store_guard_note(daemon->store, daemon->machine,
	    daemon->guard_path, &err))
		log_warn(&daemon->log, "guard.not_noted",
		    LOG_STR("why", err.text));
}

/* Commits of other programs that forgot to wake us. */
static void
on_second(struct loop_timer *timer)
{
	struct daemon	*daemon = OWNER(timer, struct daemon, second);
	struct err	 err;
	int64_t		 version;

	if (store_version(daemon->store, &version, &err) &&
	    version != daemon->version) {
		daemon->version = version;
		dispatch_look(daemon->dispatch);
	}
	if (clock_monotonic_ms() - daemon->noted_ms >= NOTE_MS)
		note_guard(daemon);
	/* Not by the wall clock, which may go back. */
	loop_timer_wire(daemon->loop, timer, SECOND_MS);
}

static void
on_watchdog(struct loop_timer *timer)
{
	struct daemon	*daemon = OWNER(timer, struct daemon, watchdog);

	tell_manager(daemon, "WATCHDOG=1");
	loop_timer_wire(daemon->loop, timer, loop_notify_watchdog_ms());
}

static void
on_wake(struct loop_wake *wake)
{
	dispatch_wake(OWNER(wake, struct daemon, wake)->dispatch);
}

static bool
start_watchers(struct daemon *daemon, struct err *err)
{
	char	*path;
	bool	 ok;

	daemon->on_term.fn = on_term;
	daemon->on_int.fn = on_int;
	daemon->on_hup.fn = on_hup;
	daemon->second.fn = on_second;
	daemon->watchdog.fn = on_watchdog;
	daemon->wake.fn = on_wake;
	if (!loop_signal_start(daemon->loop, &daemon->on_term, SIGTERM, err) ||
	    !loop_signal_start(daemon->loop, &daemon->on_int, SIGINT, err) ||
	    !loop_signal_start(daemon->loop, &daemon->on_hup, SIGHUP, err))
		return false;
	if (daemon->options->once || daemon->clock.is_virtual)
		return true;
	loop_timer_wire(daemon->loop, &daemon->second, SECOND_MS);
	if (loop_notify_watchdog_ms() > 0)
		loop_timer_wire(daemon->loop, &daemon->watchdog,
		    loop_notify_watchdog_ms());
	if ((path = run_path(daemon, "wake", err)) == NULL)
		return false;
	ok = loop_wake_listen(daemon->loop, &daemon->wake, path, err);
	free(path);
	return ok;
}

static void
stop_watchers(struct daemon *daemon)
{
	loop_signal_stop(&daemon->on_term);
	loop_signal_stop(&daemon->on_int);
	loop_signal_stop(&daemon->on_hup);
	loop_timer_stop(&daemon->second);
	loop_timer_stop(&daemon->watchdog);
	if (!daemon->options->once && !daemon->clock.is_virtual)
		loop_wake_close(&daemon->wake);
}

/* --- from start to end ---------------------------------------------------------------- */

static bool
load_config(struct daemon *daemon, struct err *err)
{
	struct buf	findings = BUF_INIT;
	bool		ok;

	if (!setup_path(daemon->options->conf_path, &daemon->conf_path, err))
		return false;
	ok = setup_load(daemon->conf_path, &daemon->setup, &findings, err);
	if (findings.len > 0)
		(void)fwrite(findings.p, 1, findings.len, stderr);
	buf_fini(&findings);
	return ok;
}

static bool
serve(struct daemon *daemon, struct err *err)
{
	const struct dispatch_hooks	hooks = {on_idle, on_progress, on_alert,
					    daemon};

	if (!dispatch_start(daemon->loop, daemon->setup, &daemon->log, &hooks,
	    &daemon->dispatch, err))
		return false;
	if (!start_watchers(daemon, err))
		return false;
	log_info(&daemon->log, "daemon.ready", LOG_INT("pid", getpid()));
	tell_manager(daemon, "READY=1");
	(void)loop_run(daemon->loop, daemon->options->until_ms);
	return true;
}

static void
say_counts(struct daemon *daemon)
{
	const struct dispatch_counts	*counts;

	if (daemon->dispatch == NULL)
		return;
	counts = dispatch_counts(daemon->dispatch);
	log_info(&daemon->log, "daemon.done",
	    LOG_INT("persons", counts->persons),
	    LOG_INT("notices", counts->notices),
	    LOG_INT("accepted", counts->accepted),
	    LOG_INT("deferred", counts->deferred),
	    LOG_INT("refused", counts->refused),
	    LOG_INT("in_doubt", counts->in_doubt),
	    LOG_INT("sent_back", counts->sent_back));
}

static void
finish(struct daemon *daemon)
{
	if (daemon->dispatch != NULL) {
		say_counts(daemon);
		/* A second signal must not kill what is on the wire. */
		dispatch_stop(&daemon->dispatch);
		stop_watchers(daemon);
	}
	if (daemon->is_guarded)
		note_guard(daemon);
	store_close(&daemon->store);
	if (daemon->loop != NULL)
		loop_free(&daemon->loop);
	setup_free(&daemon->next_setup);
	setup_free(&daemon->setup);
	free(daemon->guard_path);
	if (daemon->lock_fd >= 0)
		(void)close(daemon->lock_fd);
}

int
daemon_run(const struct daemon_options *options)
{
	struct daemon	daemon = {.options = options, .lock_fd = -1};
	struct err	err = {ERR_NONE, ""};
	bool		ok;

	if (options->now_ms == TIME_NONE)
		clock_init_real(&daemon.clock);
	else
		clock_init_virtual(&daemon.clock, options->now_ms);
	daemon.log = (struct log){&daemon.clock, LOG_LEVEL_INFO, NULL, NULL};
	store_machine(daemon.machine);
	ok = channel_init(&err) && load_config(&daemon, &err) &&
	    open_store(&daemon, &err) &&
	    publish(&daemon, daemon.setup, &err) &&
	    loop_new(&daemon.clock, &daemon.loop, &err) &&
	    serve(&daemon, &err);
	finish(&daemon);
	if (ok)
		return daemon.is_troubled ? 3 : 0;
	(void)fprintf(stderr, "dunlind: %s\n", err.text);
	return err.kind == ERR_INPUT || err.kind == ERR_REFUSED ? 1 : 3;
}
