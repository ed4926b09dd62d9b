/* SPDX-License-Identifier: ISC */
#include "base/fault.h"

#ifdef WITH_FAULTS

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#define FAULT_NAME(value, name)	[value] = name,
static const char *const	names[] = { FAULT_POINTS(FAULT_NAME) };
#undef FAULT_NAME

enum how { HOW_KILL, HOW_STOP, HOW_FAIL, HOW_ONCE };

/* The environment is one for the process, and so is this: test builds only. */
static enum fault_point		armed = FAULT_POINT_COUNT;
static enum how			how;
static long			passes;
static atomic_long		passed;
static pthread_once_t		once = PTHREAD_ONCE_INIT;

static enum how
read_how(const char *text)
{
	static const char *const	hows[] = {
		[HOW_KILL] = ":kill", [HOW_STOP] = ":stop",
		[HOW_FAIL] = ":fail", [HOW_ONCE] = ":once",
	};

	if (*text == '\0')
		return HOW_KILL;
	for (size_t i = 0; i < sizeof(hows) / sizeof(hows[0]); i++) {
		if (strcmp(text, hows[i]) == 0)
			return (enum how)i;
	}
	fprintf(stderr, "DUNLIN_FAULT: what is \"%s\"?\n", text);
	_exit(2);
}

static void
arm(void)
{
	const char	*text = getenv("DUNLIN_FAULT");
	char		*end = NULL;

	if (text == NULL || *text == '\0')
		return;
	for (int i = 0; i < FAULT_POINT_COUNT; i++) {
		size_t	len = strlen(names[i]);

		if (strncmp(text, names[i], len) != 0 || text[len] != ':')
			continue;
		passes = strtol(text + len + 1, &end, 10);
		how = read_how(end);
		armed = (enum fault_point)i;
	}
	if (armed != FAULT_POINT_COUNT && passes >= 1)
		return;
	fprintf(stderr, "DUNLIN_FAULT: there is no point \"%s\"\n", text);
	_exit(2);
}

bool
fault_hit(enum fault_point point)
{
	long	n;

	(void)pthread_once(&once, arm);
	if (point != armed)
		return false;
	n = atomic_fetch_add(&passed, 1) + 1;
	if (how == HOW_FAIL || how == HOW_ONCE)
		return how == HOW_FAIL ? n >= passes : n == passes;
	if (n == passes)
		(void)kill(getpid(), how == HOW_KILL ? SIGKILL : SIGSTOP);
	return false;
}

#endif
