/* SPDX-License-Identifier: ISC */
/* cli_routes.h - how the routes are, as the daemon last wrote it down. */
#ifndef DUNLIN_CLI_CLI_ROUTES_H
#define DUNLIN_CLI_CLI_ROUTES_H

#include "channel/pace.h"
#include "cli/cli.h"

struct cli_route {
	const struct route	*route;
	struct pace		 pace;
	bool			 is_known;	/* the daemon has written of it */
};

struct cli_routes {
	struct cli_route	*items;		/* in the order of the config */
	size_t			 count;
};

/* The meta row "route.NAME" of each route; one that cannot be read is unknown. */
bool	cli_routes_read(struct cli *cli, struct cli_routes *out,
	    struct err *err) MUST_CHECK;

/* The member "routes" of an object that is open. */
void	cli_routes_put(struct cli *cli, const struct cli_routes *routes);
/* A table, after an empty line. */
void	cli_routes_print(struct cli *cli, const struct cli_routes *routes);

/* A message that asks for nothing, for a route to be tried or shown with. */
struct cli_sample {
	enum channel		 channel;
	const struct creditor	*creditor;
	const char		*key;
	const char		*address;
	const char		*text;
	const char		*template;	/* WhatsApp's approved text; or NULL */
};

/* The sealed form of what goes by a gateway; not of email. */
void	cli_sample_object(const struct cli_sample *sample, struct buf *out);

/* The route of that name; ERR_INPUT names those that there are. */
bool	cli_routes_find(struct cli *cli, const char *name,
	    const struct route **out, struct err *err) MUST_CHECK;

#endif
