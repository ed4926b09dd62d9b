/* SPDX-License-Identifier: ISC */
#include "desk/setup_impl.h"

#include <unistd.h>

#define SECTION_COUNT	8

static void
list_sections(struct setup *setup, struct calendar_packs *packs,
    struct conf_section sections[static SECTION_COUNT])
{
	const struct conf_section	all[SECTION_COUNT] = {
		{setup_store_rows, &setup->store},
		{setup_service_rows, &setup->service},
		{setup_templates_rows, &setup->templates},
		{setup_staff_rows, &setup->staff},
		{creditor_rows, &setup->creditors},
		{policy_rows, &setup->policies},
		{route_rows, &setup->routes},
		{calendar_rows, packs}};

	(void)memcpy(sections, all, sizeof(all));
}

const struct conf_section *
setup_sections(size_t *count)
{
	static const struct conf_section	all[] = {
		{setup_store_rows, NULL}, {setup_service_rows, NULL},
		{setup_templates_rows, NULL}, {setup_staff_rows, NULL},
		{creditor_rows, NULL}, {policy_rows, NULL},
		{route_rows, NULL}, {calendar_rows, NULL}};

	*count = sizeof(all) / sizeof(all[0]);
	return all;
}

/* --- what no module can check alone ------------------------------------------ */

static const char *
nearest_policy(const struct policies *policies, const char *name)
{
	const struct policy	*list = policies->list.items;

	if (policies->list.count == 0)
		return NULL;
	return conf_nearest(name, &list[0].name, sizeof(*list),
	    policies->list.count);
}

static void
check_creditor(struct setup *setup, const struct creditor *creditor)
{
	const struct zone	*zone;
	const char		*near;
	struct err		 err;

	if (!zone_find(setup->zones, creditor->zone, &zone, &err))
		conf_error(setup->conf, conf_at(setup->conf, &creditor->zone),
		    "%s", err.text);
	if (policies_find(&setup->policies, creditor->policy) != NULL)
		return;
	near = nearest_policy(&setup->policies, creditor->policy);
	conf_error(setup->conf, conf_at(setup->conf, &creditor->policy),
	    "unknown policy \"%s\" of creditor \"%s\"%s%s%s", creditor->policy,
	    creditor->ref, near == NULL ? "" : "; did you mean \"",
	    near == NULL ? "" : near, near == NULL ? "" : "\"?");
}

static void
check_creditors(struct setup *setup)
{
	creditors_check(setup->conf, &setup->creditors);
	for (size_t i = 0; i < setup->creditors.list.count; i++)
		check_creditor(setup, creditors_at(&setup->creditors, i));
}

static void
check_store(struct setup *setup)
{
	const struct conf_pos	at = conf_at(setup->conf, &setup->store.file);
	bool			file = setup->store.file != NULL;
	bool			pg = setup->store.postgresql != NULL;

	if (file == pg)
		conf_error(setup->conf, at, "store needs either file ="
		    " \"../var/dunlin.db\" or postgresql = \"dbname=dunlin\"");
}

static bool
make_dsn(struct setup *setup, struct err *err)
{
	const struct store_conf	*store = &setup->store;

	setup->dsn = store->file != NULL ?
	    arena_printf(setup->arena, "sqlite:%s", store->file) :
	    arena_printf(setup->arena, "postgresql:%s", store->postgresql);
	return setup->dsn != NULL || err_nomem(err);
}

/* --- loading ------------------------------------------------------------------ */

static bool
prepare(struct setup *setup, struct err *err)
{
	if ((setup->arena = arena_new()) == NULL ||
	    (setup->conf = conf_new(setup->arena)) == NULL ||
	    (setup->calendars = calendars_new()) == NULL ||
	    (setup->zones = zones_new(NULL)) == NULL)
		return err_nomem(err);
	return true;
}

static bool
read_all(struct setup *setup, const char *path, struct err *err)
{
	struct calendar_packs	packs = {0};
	struct conf_section	sections[SECTION_COUNT];

	list_sections(setup, &packs, sections);
	if (!conf_load(setup->conf, path, sections, SECTION_COUNT, err))
		return false;
	policies_settle(setup->conf, &setup->policies);
	check_creditors(setup);
	check_store(setup);
	routes_check(setup->conf, &setup->routes);
	if (!calendars_build(setup->conf, &packs, setup->calendars, err) ||
	    !conf_ok(setup->conf, err))
		return false;
	setup->hash = conf_hash(setup->conf);
	setup->policy = (struct policy_setup){&setup->policies,
	    setup->calendars, &setup->creditors, setup->zones};
	return make_dsn(setup, err);
}

/* What was found, as text or one by one. */
static void
tell_findings(const struct setup *setup, setup_finding_fn *fn, void *arg,
    struct buf *text)
{
	const struct conf_finding	*finding;

	if (setup->conf == NULL)
		return;
	if (text != NULL)
		conf_print(setup->conf, text);
	for (size_t i = 0; fn != NULL &&
	    (finding = conf_finding(setup->conf, i)) != NULL; i++)
		fn(arg, finding);
}

bool
setup_read(const char *path, setup_finding_fn *fn, void *arg,
    struct setup **out, struct buf *findings, struct err *err)
{
	struct setup	*setup = calloc(1, sizeof(*setup));
	bool		 ok;

	if (setup == NULL)
		return err_nomem(err);
	ok = prepare(setup, err) && read_all(setup, path, err);
	tell_findings(setup, fn, arg, findings);
	if (!ok) {
		setup_free(&setup);
		return false;
	}
	*out = setup;
	return true;
}

bool
setup_load(const char *path, struct setup **out, struct buf *findings,
    struct err *err)
{
	return setup_read(path, NULL, NULL, out, findings, err);
}

void
setup_free(struct setup **setup)
{
	if (*setup == NULL)
		return;
	calendars_free(&(*setup)->calendars);
	zones_free(&(*setup)->zones);
	arena_free(&(*setup)->arena);
	free(*setup);
	*setup = NULL;
}

bool
setup_path(const char *path, const char **out, struct err *err)
{
	const char	*tries[] = {getenv("DUNLIN_CONF"), "dunlin.conf",
			    "conf/dunlin.conf",
			    DUNLIN_SYSCONFDIR "/dunlin.conf"};

	if (path != NULL) {
		*out = path;
		return true;
	}
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		if (tries[i] != NULL && tries[i][0] != '\0' &&
		    (i == 0 || access(tries[i], R_OK) == 0)) {
			*out = tries[i];
			return true;
		}
	}
	return err_set(err, ERR_INPUT, "no config: give -c FILE, set"
	    " DUNLIN_CONF, or stand in a folder made by `dunlin init`; tried"
	    " ./dunlin.conf, ./conf/dunlin.conf and %s",
	    DUNLIN_SYSCONFDIR "/dunlin.conf");
}
