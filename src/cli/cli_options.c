/* SPDX-License-Identifier: ISC */
/* Options: rows over a plain struct, anywhere among the arguments. */
#include "cli/cli_impl.h"

#include "base/clock.h"

#include <errno.h>

static bool
is_option(const char *text)
{
	return text[0] == '-' && text[1] != '\0';
}

/* The value of option i, "--name=value" or the next argument. */
static bool
value_of(int argc, char **argv, int *i, const char **out, struct err *err)
{
	const char	*equals = strchr(argv[*i], '=');

	if (equals != NULL) {
		*out = equals + 1;
		return true;
	}
	if (*i + 1 >= argc)
		return err_set(err, ERR_INPUT, "%s wants a value", argv[*i]);
	*out = argv[++*i];
	return true;
}

static bool
is_named(const char *argument, const char *name)
{
	size_t	len = strlen(name);

	return argument[0] == '-' && argument[1] == '-' &&
	    strncmp(argument + 2, name, len) == 0 &&
	    (argument[2 + len] == '\0' || argument[2 + len] == '=');
}

bool
cli_split(const struct cli *cli, int *argc, char **argv,
    struct cli_common *common, struct err *err)
{
	int	kept = 0;
	bool	ended = false;

	(void)cli;
	for (int i = 0; i < *argc; i++) {
		ended = ended || strcmp(argv[i], "--") == 0;
		if (ended || !is_option(argv[i])) {
			argv[kept++] = argv[i];
		} else if (strcmp(argv[i], "-c") == 0) {
			if (!value_of(*argc, argv, &i, &common->conf, err))
				return false;
		} else if (is_named(argv[i], "now")) {
			if (!value_of(*argc, argv, &i, &common->now, err))
				return false;
		} else if (strcmp(argv[i], "--json") == 0) {
			common->json = true;
		} else if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0) {
			common->help = true;
		} else
			argv[kept++] = argv[i];
	}
	*argc = kept;
	return true;
}

/* --- values -------------------------------------------------------------------- */

static const struct zone *
first_zone(const struct cli *cli)
{
	const struct creditor	*creditor;
	const struct zone	*zone;
	struct err		 err;

	if (cli->setup == NULL ||
	    (creditor = creditors_at(&cli->setup->creditors, 0)) == NULL ||
	    !zone_find(cli->setup->zones, creditor->zone, &zone, &err))
		return NULL;
	return zone;
}

bool
cli_instant(const struct cli *cli, const char *text, bool day_end,
    int64_t *out, struct err *err)
{
	const struct zone	*zone = first_zone(cli);
	struct civil		 civil = {0, day_end ? 86400 : 43200};

	if (instant_parse(str_of(text), out))
		return true;
	if (!date_parse(str_of(text), &civil.day))
		return err_set(err, ERR_INPUT, "\"%s\" is no instant; write"
		    " 2026-11-21T10:00:00-05:00 or 2026-11-21", text);
	/* The end of a day is its last millisecond. */
	*out = (zone == NULL ? civil.day * DAY_MS + civil.second * SECOND_MS :
	    zone_instant(zone, civil)) - (day_end ? 1 : 0);
	return true;
}

static bool
read_int(const char *text, int64_t *out, struct err *err)
{
	char		*end;
	long long	 value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		return err_set(err, ERR_INPUT, "\"%s\" is no whole number",
		    text);
	*out = value;
	return true;
}

static bool
read_value(const struct cli *cli, const struct cli_option *option,
    const char *text, void *field, struct err *err)
{
	switch (option->kind) {
	case CLI_TEXT:
		*(const char **)field = text;
		return true;
	case CLI_INT:
		return read_int(text, field, err);
	case CLI_INSTANT:
		return cli_instant(cli, text, false, field, err);
	case CLI_INSTANT_END:
		return cli_instant(cli, text, true, field, err);
	case CLI_DATE:
		return date_parse(str_of(text), field) || err_set(err,
		    ERR_INPUT, "\"%s\" is no date; write 2026-11-21", text);
	case CLI_FLAG:
		break;
	}
	*(bool *)field = true;
	return true;
}

static void
set_absent(const struct cli_option *options, char *fields)
{
	for (; options != NULL && options->name != NULL; options++) {
		void	*field = fields + options->offset;

		switch (options->kind) {
		case CLI_FLAG:
			*(bool *)field = false;
			break;
		case CLI_TEXT:
			*(const char **)field = NULL;
			break;
		case CLI_INT:
		case CLI_INSTANT:
		case CLI_INSTANT_END:
			*(int64_t *)field = INT64_MIN;
			break;
		case CLI_DATE:
			*(int32_t *)field = DAY_NONE;
			break;
		}
	}
}

static const struct cli_option *
find_option(const struct cli_command *command, const char *argument,
    struct err *err)
{
	const struct cli_option	*options = command->options;
	char			 name[64];
	const char		*near = NULL;
	size_t			 count = 0;

	for (; options != NULL && options[count].name != NULL; count++) {
		if (is_named(argument, options[count].name))
			return &options[count];
	}
	(void)snprintf(name, sizeof(name), "%.*s",
	    (int)strcspn(argument + 2, "="), argument + 2);
	if (count > 0 && argument[1] == '-')
		near = conf_nearest(name, &options[0].name, sizeof(*options),
		    count);
	(void)err_set(err, ERR_INPUT, "unknown option %s%s%s%s", argument,
	    near == NULL ? "" : "; did you mean --",
	    near == NULL ? "" : near, near == NULL ? "" : "?");
	return NULL;
}

static bool
read_option(const struct cli *cli, char *fields, int argc, char **argv, int *i,
    struct err *err)
{
	const struct cli_option	*option;
	const char		*text = NULL;

	if ((option = find_option(cli->command, argv[*i], err)) == NULL)
		return false;
	if (option->kind != CLI_FLAG &&
	    !value_of(argc, argv, i, &text, err))
		return false;
	return read_value(cli, option, text, fields + option->offset, err) ||
	    err_in(err, "--%s", option->name);
}

static bool
check_count(const struct cli_command *command, int count, struct err *err)
{
	if (count < command->min_args)
		return err_set(err, ERR_INPUT, "something is missing: dunlin %s"
		    " %s", command->name, command->arguments);
	if (command->max_args >= 0 && count > command->max_args)
		return err_set(err, ERR_INPUT, "too many arguments: dunlin %s"
		    " %s", command->name, command->arguments);
	return true;
}

bool
cli_settle(struct cli *cli, const struct cli_common *common, void *options,
    int *argc, char **argv, struct err *err)
{
	struct clock	clock;
	int		kept = 0;
	bool		ended = false;

	clock_init_real(&clock);
	cli->now_ms = clock_now(&clock);
	if (common->now != NULL &&
	    !cli_instant(cli, common->now, false, &cli->now_ms, err))
		return err_in(err, "--now");
	(void)memset(options, 0, CLI_OPTIONS_MAX);
	set_absent(cli->command->options, options);
	for (int i = 0; i < *argc; i++) {
		if (!ended && strcmp(argv[i], "--") == 0)
			ended = true;
		else if (ended || !is_option(argv[i]))
			argv[kept++] = argv[i];
		else if (!read_option(cli, options, *argc, argv, &i, err))
			return false;
	}
	*argc = kept;
	return check_count(cli->command, kept, err);
}
