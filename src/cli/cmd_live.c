/* SPDX-License-Identifier: ISC */
/* dunlin live: leave rehearsal. */
#include "cli/commands.h"

struct live_options {
	const char	*reason;
};

/* No windows, no caps: for tests of the ladder alone. */
static bool
check_policies(struct cli *cli, struct err *err)
{
	const struct policy	*policies = cli->setup->policies.list.items;

	for (size_t i = 0; i < cli->setup->policies.list.count; i++) {
		if (policies[i].all_hours)
			return err_set(err, ERR_REFUSED, "policy \"%s\""
			    " (%s:%d) says all_hours, which leaves out lawful"
			    " hours, caps and gaps and is for tests only; take"
			    " it out first", policies[i].name,
			    policies[i].pos.file, policies[i].pos.line);
	}
	return true;
}

static unsigned
wanted_channels(const struct setup *setup)
{
	const struct policy	*policies = setup->policies.list.items;
	unsigned		 channels = 0;

	for (size_t i = 0; i < setup->policies.list.count; i++) {
		const struct policy_step	*steps = policies[i].steps.items;

		for (size_t j = 0; j < policies[i].steps.count; j++) {
			for (size_t k = 0; k < steps[j].channels.count; k++)
				channels |= 1u << steps[j].channels.items[k];
		}
	}
	return channels;
}

static bool
is_carried(const struct setup *setup, enum channel channel)
{
	const struct route	*routes = setup->routes.list.items;

	for (size_t i = 0; i < setup->routes.list.count; i++) {
		if (routes[i].kind != ROUTE_OUTBOX &&
		    route_has_channel(&routes[i], channel))
			return true;
	}
	return false;
}

static void
warn_of_outboxes(struct cli *cli)
{
	unsigned	wanted = wanted_channels(cli->setup);

	for (int channel = 0; channel < CHANNEL_COUNT; channel++) {
		if ((wanted & 1u << channel) == 0 ||
		    is_carried(cli->setup, (enum channel)channel))
			continue;
		(void)fprintf(stderr, "dunlin live: warning: no route but an"
		    " outbox carries %s: such messages are written to a folder"
		    " and count as sent\n", channel_names[channel]);
	}
}

static int
run(struct cli *cli, const void *options, int argc, char **argv)
{
	const struct live_options	*given = options;
	const char			*who;
	struct err			 err;

	(void)argc;
	(void)argv;
	if (given->reason == NULL || given->reason[0] == '\0')
		return cli_usage(cli, "--reason is needed: say why, for the"
		    " record (--reason 'pilot approved by A. Paz')");
	if (!setup_staff(cli->setup, RIGHT_APPROVE, &who, &err) ||
	    !check_policies(cli, &err))
		return cli_fail(cli, &err);
	warn_of_outboxes(cli);
	if (!store_set_live(cli->store, who, given->reason, cli->now_ms, &err))
		return cli_fail(cli, &err);
	if (!cli->json)
		buf_addf(&cli->out, "Live by %s: what dunlind sends from now on"
		    " goes to customers.\n", who);
	return CLI_DONE;
}

static const struct cli_option	options[] = {
	{"reason", CLI_TEXT, offsetof(struct live_options, reason), "TEXT",
	    "why, for the record"},
	{.name = NULL}
};

const struct cli_command	cmd_live = {
	.name = "live",
	.arguments = "--reason TEXT",
	.summary = "Leave rehearsal: messages go to customers from now on",
	.help = "Refused while a policy says all_hours.  Warns of channels that"
	    " only an outbox carries.",
	.options = options,
	.options_size = sizeof(struct live_options),
	.need = CLI_NEEDS_WRITER,
	.run = run,
};
