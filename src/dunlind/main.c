/* SPDX-License-Identifier: ISC */
/* dunlind(8): the dispatcher as a service, or once. */
#include "dunlind/dunlind.h"

#include <getopt.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static void
usage(FILE *to)
{
	(void)fputs(
	    "Usage: dunlind [-c FILE] [-f] [--once] [--now T [--until T]]\n\n"
	    "Decides who is reminded, renders and sends; see dunlind(8).\n\n"
	    "  -c FILE     the config (else $DUNLIN_CONF, ./dunlin.conf,"
	    " ./conf/dunlin.conf)\n"
	    "  -f          log to standard error (a service manager reads it)\n"
	    "  --once      do what is due, then end\n"
	    "  --now T     virtual time: it is T (a date: noon UTC), and time moves on only when"
	    " nothing is\n"
	    "              under way; only in rehearsal\n"
	    "  --until T   with --now: end when virtual time comes to T\n"
	    "  --verbose   log each batch too\n", to);
}

static bool
read_instant(const char *text, int64_t *out)
{
	int32_t	day;

	if (instant_parse(str_of(text), out))
		return true;
	if (date_parse(str_of(text), &day)) {
		*out = day * DAY_MS + 12 * HOUR_MS;
		return true;
	}
	(void)fprintf(stderr, "dunlind: \"%s\" is no instant; write"
	    " 2026-11-24T10:00:00-05:00\n", text);
	return false;
}

/* 0 go on, else the exit status plus one. */
static int
read_options(int argc, char **argv, struct daemon_options *options)
{
	static const struct option	table[] = {
		{"once", no_argument, NULL, '1'},
		{"now", required_argument, NULL, 'n'},
		{"until", required_argument, NULL, 'u'},
		{"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0}};
	int				c;

	while ((c = getopt_long(argc, argv, "c:fh", table, NULL)) != -1) {
		switch (c) {
		case 'c':
			options->conf_path = optarg;
			break;
		case 'f':
			break;		/* there is no other way */
		case '1':
			options->once = true;
			break;
		case 'n':
			if (!read_instant(optarg, &options->now_ms))
				return 3;
			break;
		case 'u':
			if (!read_instant(optarg, &options->until_ms))
				return 3;
			break;
		case 'v':
			options->verbose = true;
			break;
		case 'h':
			usage(stdout);
			return 1;
		case 'V':
			(void)puts(PACKAGE_STRING);
			return 1;
		default:
			usage(stderr);
			return 3;
		}
	}
	if (optind < argc || (options->until_ms != TIME_NEVER &&
	    options->now_ms == TIME_NONE)) {
		usage(stderr);
		return 3;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct daemon_options	options = {.now_ms = TIME_NONE,
				    .until_ms = TIME_NEVER};
	int			status = read_options(argc, argv, &options);

	if (status != 0)
		return status - 1;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);	/* until there is a config to reload */
	(void)signal(SIGCHLD, SIG_IGN);	/* alert commands end by themselves */
	(void)umask(027);
	return daemon_run(&options);
}
