/* SPDX-License-Identifier: ISC */
#include "notify/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char	**environ;

/* A shell that inherits what we ignore would not see its own children end. */
static void
set_signals(posix_spawnattr_t *attr)
{
	sigset_t	normal, none;

	(void)sigemptyset(&none);
	(void)sigemptyset(&normal);
	(void)sigaddset(&normal, SIGCHLD);
	(void)sigaddset(&normal, SIGHUP);
	(void)sigaddset(&normal, SIGPIPE);
	(void)posix_spawnattr_init(attr);
	(void)posix_spawnattr_setsigdefault(attr, &normal);
	(void)posix_spawnattr_setsigmask(attr, &none);
	(void)posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGDEF |
	    POSIX_SPAWN_SETSIGMASK);
}

/* The text of an alert fits a pipe's buffer, so writing it never waits. */
static bool
spawn_with_input(const char *command, const char *text, struct err *err)
{
	char *const			 argv[] = {(char[]){"sh"},
					    (char[]){"-c"},
					    strdup(command), NULL};
	posix_spawn_file_actions_t	 actions;
	posix_spawnattr_t		 attr;
	int				 ends[2], code;
	pid_t				 pid;

	if (argv[2] == NULL)
		return err_nomem(err);
	if (pipe2(ends, O_CLOEXEC) != 0) {
		free(argv[2]);
		return err_sys(err, "making a pipe");
	}
	set_signals(&attr);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
	code = posix_spawn(&pid, "/bin/sh", &actions, &attr, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attr);
	free(argv[2]);
	(void)close(ends[0]);
	if (code == 0 && write(ends[1], text, strlen(text)) < 0)
		code = errno;
	(void)close(ends[1]);
	errno = code;
	return code == 0 || err_sys(err, "running the alert command");
}

void
notify_alert(struct store *store, const char *command, const struct log *log,
    const char *kind, const char *about, int64_t now_ms)
{
	struct err	err;
	bool		is_new;

	if (!store_alert_raise(store, kind, kind, about, now_ms, &is_new,
	    &err)) {
		log_error(log, "alert.not_stored", LOG_STR("kind", kind),
		    LOG_STR("why", err.text));
		return;
	}
	if (!is_new)
		return;
	log_warn(log, "alert.raised", LOG_STR("kind", kind),
	    LOG_STR("about", about));
	if (command != NULL && !spawn_with_input(command, about, &err))
		log_error(log, "alert.not_told", LOG_STR("kind", kind),
		    LOG_STR("why", err.text));
}
