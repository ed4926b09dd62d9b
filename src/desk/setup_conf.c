/* SPDX-License-Identifier: ISC */
/* The sections that belong to no module below: store, service, templates, staff. */
#include "desk/setup_impl.h"

const char *const	staff_right_names[] = {"hold", "pay", "approve",
	"publish", "release", "import", NULL};

static const struct conf_row	store_group[] = {
	{.name = "file", .type = CONF_PATH, .min = 1, .max = 4000,
	    .offset = offsetof(struct store_conf, file),
	    .help = "the SQLite file, kept by this machine"},
	{.name = "postgresql", .type = CONF_TEXT, .min = 1, .max = 4000,
	    .offset = offsetof(struct store_conf, postgresql),
	    .help = "a connection string of libpq, when several machines share"
	    " the work; its password belongs into a pgpass file"},
	CONF_END_ROW
};

static const struct conf_row	sandbox_group[] = {
	{.name = "email", .type = CONF_TEXT, .min = 3, .max = 254,
	    .offset = offsetof(struct sandbox_conf, email),
	    .help = "gets every e-mail"},
	{.name = "phone", .type = CONF_TEXT, .min = 5, .max = 20,
	    .offset = offsetof(struct sandbox_conf, phone),
	    .help = "gets every SMS, WhatsApp message and call, such as"
	    " \"+5215512345678\""},
	CONF_END_ROW
};

static const struct conf_row	service_group[] = {
	{.name = "outbox", .type = CONF_PATH, .fallback = "outbox", .min = 1,
	    .max = 4000, .offset = offsetof(struct service_conf, outbox),
	    .help = "where the messages of a rehearsal go"},
	{.name = "run", .type = CONF_PATH, .fallback = "run", .min = 1,
	    .max = 4000, .offset = offsetof(struct service_conf, run),
	    .help = "sockets, and the file that tells a copied store"},
	{.name = "max_per_hour", .type = CONF_INT, .min = 1,
	    .fallback = "20000", .unit = "notices",
	    .offset = offsetof(struct service_conf, max_per_hour),
	    .help = "ceiling for the whole service; what is above waits and"
	    " raises an alert"},
	{.name = "max_high_percent", .type = CONF_INT, .min = 0, .max = 100,
	    .fallback = "50", .unit = "percent",
	    .offset = offsetof(struct service_conf, max_high_percent),
	    .help = "largest share of extrajudicial and judicial notices in an"
	    " hour of more than 100"},
	{.name = "agenda_batch", .type = CONF_INT, .min = 1, .max = 4096,
	    .fallback = "256", .unit = "persons",
	    .offset = offsetof(struct service_conf, agenda_batch),
	    .help = "persons decided in one transaction"},
	{.name = "claim_batch", .type = CONF_INT, .min = 1, .max = 1000,
	    .fallback = "200", .unit = "messages",
	    .offset = offsetof(struct service_conf, claim_batch),
	    .help = "messages taken at a time"},
	{.name = "alert_command", .type = CONF_TEXT, .min = 1, .max = 4000,
	    .offset = offsetof(struct service_conf, alert_command),
	    .help = "program run with the alert's text on standard input"},
	{.name = "disk_reserve", .type = CONF_INT, .min = 0,
	    .max = 1000000, .fallback = "64", .unit = "MiB",
	    .offset = offsetof(struct service_conf, disk_reserve),
	    .help = "room on the store's disk below which nothing is sent,"
	    " so that what was sent can be recorded"},
	{.name = "sandbox", .type = CONF_GROUP, .rows = sandbox_group,
	    .size = sizeof(struct sandbox_conf),
	    .offset = offsetof(struct service_conf, sandbox),
	    .help = "in rehearsal, real routes are used and every message goes"
	    " to these addresses; a live store refuses to run with it"},
	CONF_END_ROW
};

static const struct conf_row	templates_group[] = {
	{.name = "folder", .type = CONF_PATH, .fallback = "../templates",
	    .min = 1, .max = 4000,
	    .offset = offsetof(struct templates_conf, folder),
	    .help = "the files that staff edit"},
	{.name = "auto_publish", .type = CONF_BOOL, .fallback = "true",
	    .offset = offsetof(struct templates_conf, auto_publish),
	    .help = "put a changed file into service when the whole folder"
	    " passes every check"},
	{.name = "language", .type = CONF_TEXT, .fallback = "es", .min = 2,
	    .max = 35, .offset = offsetof(struct templates_conf, language),
	    .help = "language when neither customer nor creditor says one"},
	CONF_END_ROW
};

static const struct conf_row	staff_group[] = {
	{.name = "user", .type = CONF_TEXT, .required = true, .min = 1,
	    .max = 64, .offset = offsetof(struct staff_member, user),
	    .help = "user of the system"},
	{.name = "name", .type = CONF_TEXT, .required = true, .min = 1,
	    .max = 200, .offset = offsetof(struct staff_member, name),
	    .help = "the name that records show"},
	{.name = "rights", .type = CONF_CHOICES, .names = staff_right_names,
	    .offset = offsetof(struct staff_member, rights),
	    .help = "what the member may do"},
	CONF_END_ROW
};

const struct conf_row	setup_store_rows[] = {
	{.name = "store", .type = CONF_GROUP, .rows = store_group,
	    .size = sizeof(struct store_conf), .help = "where all is kept"},
	CONF_END_ROW
};

const struct conf_row	setup_service_rows[] = {
	{.name = "service", .type = CONF_GROUP, .rows = service_group,
	    .size = sizeof(struct service_conf), .help = "the daemon"},
	CONF_END_ROW
};

const struct conf_row	setup_templates_rows[] = {
	{.name = "templates", .type = CONF_GROUP, .rows = templates_group,
	    .size = sizeof(struct templates_conf),
	    .help = "message templates"},
	CONF_END_ROW
};

const struct conf_row	setup_staff_rows[] = {
	{.name = "staff", .type = CONF_GROUPS, .rows = staff_group,
	    .size = sizeof(struct staff_member),
	    .help = "who may act by the command line; without this section"
	    " everybody who can read the config may"},
	CONF_END_ROW
};
