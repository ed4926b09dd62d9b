/* SPDX-License-Identifier: ISC */
/* gateway_fixture.h - a route of kind gateway from the text of its stanza. */
#ifndef DUNLIN_UNIT_CHANNEL_GATEWAY_FIXTURE_H
#define DUNLIN_UNIT_CHANNEL_GATEWAY_FIXTURE_H

#include "channel/channel.h"

#define GATEWAY_SECRET	"s3cr3t/+key"

struct gateway_fixture {
	struct arena		*arena;
	struct conf		*conf;
	struct routes		 routes;
	const struct route	*route;
	char			 secret[64];	/* the file's path */
};

/* stanza: what stands between the braces of `gateway`; "SECRET" in it becomes
 * the path of a file with GATEWAY_SECRET; a stanza that closes its brace goes
 * on with "limits =" of the route.  False: findings has what is wrong. */
bool	fixture_open(struct gateway_fixture *fixture, const char *stanza,
	    struct buf *findings);
void	fixture_close(struct gateway_fixture *fixture);

#endif
