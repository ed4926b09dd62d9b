/* SPDX-License-Identifier: ISC */
/* dunlin calendar: the holidays of a country or region. */
#include "cli/commands.h"
#include "cli/lines.h"

static bool
read_year(const char *text, int *out, struct err *err)
{
	int	year = 0;

	for (const char *p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9' || p - text >= 4)
			break;
		year = year * 10 + (*p - '0');
	}
	if (strlen(text) != 4 || strspn(text, "0123456789") != 4 ||
	    year < 1584 || year > 9997)
		return err_set(err, ERR_INPUT, "\"%s\" is no year; write one"
		    " from 1584 to 9997", text);
	*out = year;
	return true;
}

/* "US-NY-NYC" as country and region; a place that is not shipped is told,
 * since the fail-safe profile lists no holidays. */
static bool
find_place(const struct calendars *calendars, const char *text,
    const struct calendar **out, struct err *err)
{
	struct str	country = {text, strcspn(text, "-")};
	struct str	region = str_of(text[country.len] == '\0' ? "" :
			    text + country.len + 1);
	const struct calendar	*found = calendars_find(calendars, country,
				    region);

	if (country.len != 2 || (strcmp(calendar_code(found), "ZZ") == 0 &&
	    strcmp(text, "ZZ") != 0))
		return err_set(err, ERR_INPUT, "no calendar for \"%s\"; write"
		    " a shipped country such as CO, or one with its region"
		    " such as BR-SP", text);
	*out = found;
	return true;
}

static bool
print_table(struct cli *cli, const struct calendar *calendar, int year,
    struct err *err)
{
	static const char *const	days[] = {"Mon", "Tue", "Wed", "Thu",
					    "Fri", "Sat", "Sun"};
	struct cli_table		 table = {.columns = 4};
	struct calendar_holiday		*rows;
	size_t				 count;
	char				 text[16];

	if (!calendar_holidays(calendar, year, cli->arena, &rows, &count, err))
		return false;
	cli_cell(cli, &table, "DATE");
	cli_cell(cli, &table, "DAY");
	cli_cell(cli, &table, "HOLIDAY");
	cli_cell(cli, &table, "RULE");
	for (size_t i = 0; i < count; i++) {
		cli_cell(cli, &table, "%s", date_text(rows[i].day, text));
		cli_cell(cli, &table, "%s", days[date_weekday(rows[i].day)]);
		cli_cell(cli, &table, "%s%s", rows[i].name,
		    rows[i].optional ? " (optional)" : "");
		cli_cell(cli, &table, "%s", rows[i].rule);
	}
	cli_table_print(cli, &table);
	return true;
}

static int
run(struct cli *cli, const void *options, int argc, char **argv)
{
	struct calendars	*calendars = NULL;
	const struct calendar	*calendar = NULL;
	struct err		 err;
	int			 year = 0, status = CLI_DONE;

	(void)options;
	(void)argc;
	if (!read_year(argv[1], &year, &err))
		return cli_usage(cli, "%s", err.text);
	if (!lines_calendars(cli, &calendars, &err) ||
	    !find_place(calendars, argv[0], &calendar, &err) ||
	    !(cli->json ? calendar_json(calendar, year, &cli->out, &err) :
	    print_table(cli, calendar, year, &err)))
		status = cli_fail(cli, &err);
	calendars_free(&calendars);
	return status;
}

const struct cli_command	cmd_calendar = {
	.name = "calendar",
	.arguments = "C[-REGION] YEAR [--json]",
	.summary = "List the holidays of a country or region",
	.help = "Reads the shipped calendars only, neither config nor store."
	    "  Optional days are those\nthat only some observe: they do not"
	    " close the window.",
	.min_args = 2,
	.max_args = 2,
	.run = run,
};
