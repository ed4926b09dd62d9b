/* SPDX-License-Identifier: ISC */
/* fuzz_conf.c - a whole configuration, as `dunlin check` reads it. */
#include "fuzz/fuzz.h"

#include "base/utf8.h"
#include "channel/channel.h"
#include "creditor/creditor.h"
#include "policy/policy.h"

/* Nothing lies under it: an @include finds no file of this machine. */
#define NOWHERE	"/dev/null/fuzz.conf"

struct whole {
	struct creditors	 creditors;
	struct policies		 policies;
	struct routes		 routes;
	struct calendar_packs	 packs;
	struct calendars	*calendars;
};

static void
check_all(struct conf *conf, struct whole *whole, struct err *err)
{
	policies_settle(conf, &whole->policies);
	creditors_check(conf, &whole->creditors);
	routes_check(conf, &whole->routes);
	if (!calendars_build(conf, &whole->packs, whole->calendars, err))
		FUZZ_HOLDS(conf_error_count(conf) > 0);
}

static void
look(struct conf *conf)
{
	struct buf	text = BUF_INIT;
	struct err	err;
	bool		ok = conf_ok(conf, &err);

	conf_print(conf, &text);
	FUZZ_HOLDS(buf_ok(&text));
	FUZZ_HOLDS(utf8_check(buf_str(&text)) == text.len);
	FUZZ_HOLDS(ok == (conf_error_count(conf) == 0));
	FUZZ_HOLDS(ok || text.len > 0);
	buf_fini(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str	 text = fuzz_str(data, size);
	struct arena	*arena = fuzz_arena();
	struct conf	*conf = conf_new(arena);
	struct whole	 whole = {.calendars = calendars_new()};
	struct err	 err;

	FUZZ_HOLDS(conf != NULL && whole.calendars != NULL);
	if (memmem(text.p, text.len, "@include", 8) == NULL ||
	    memmem(text.p, text.len, "\"/", 2) == NULL) {
		if (conf_load_text(conf, NOWHERE, text,
		    (struct conf_section[]){{creditor_rows, &whole.creditors},
		    {policy_rows, &whole.policies},
		    {route_rows, &whole.routes},
		    {calendar_rows, &whole.packs}}, 4, &err))
			check_all(conf, &whole, &err);
		look(conf);
	}
	calendars_free(&whole.calendars);
	arena_free(&arena);
	return 0;
}
