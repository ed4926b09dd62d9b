/* SPDX-License-Identifier: ISC */
/*
 * dunlin day: what one day led to - who was contacted, why the others were
 * not, and a page with the messages as customers see them.
 */
#include "cli/cli.h"

#include "base/json.h"

#define DAY_BATCH	256

struct day_options {
	int64_t		 at_ms;
	const char	*out;
	int64_t		 most;
};

static const struct cli_option	day_option_rows[] = {
	{"at", CLI_INSTANT, offsetof(struct day_options, at_ms), "T",
	    "the instant whose day is shown (now)"},
	{"out", CLI_TEXT, offsetof(struct day_options, out), "FILE.html",
	    "write a page with the messages"},
	{"most", CLI_INT, offsetof(struct day_options, most), "N",
	    "messages of one kind on the page (3)"},
	{NULL, CLI_FLAG, 0, NULL, NULL}};

/* How often something happened, with what it is called. */
struct tally {
	const char	*words[3];
	int64_t		 count;
};

struct tallies {
	struct tally	*items;
	size_t		 count, cap;
};

struct day {
	struct cli			*cli;
	const struct day_options	*options;
	int64_t				 from_ms, at_ms;
	struct tallies			 contacts, reasons;
	struct message_templates	*templates;
	struct message_maker		*maker;
	struct message_page		*page;		/* NULL: none asked for */
	struct arena			*turn;		/* of one batch of persons */
};

static struct tally *
tally_for(struct cli *cli, struct tallies *list, const char *a, const char *b,
    const char *c)
{
	struct tally	*items;

	for (size_t i = 0; i < list->count; i++) {
		items = &list->items[i];
		if (strcmp(items->words[0], a) == 0 &&
		    strcmp(items->words[1], b) == 0 &&
		    strcmp(items->words[2], c) == 0)
			return items;
	}
	if (list->count == list->cap) {
		list->cap = list->cap == 0 ? 32 : list->cap * 2;
		items = arena_array(cli->arena, list->cap, sizeof(*items));
		if (items == NULL)
			return NULL;
		if (list->count > 0)
			(void)memcpy(items, list->items,
			    list->count * sizeof(*items));
		list->items = items;
	}
	items = &list->items[list->count++];
	items->words[0] = arena_strdup(cli->arena, a);
	items->words[1] = arena_strdup(cli->arena, b);
	items->words[2] = arena_strdup(cli->arena, c);
	return items;
}

static bool
add(struct day *day, struct tallies *list, const char *a, const char *b,
    const char *c, int64_t *now, struct err *err)
{
	struct tally	*tally = tally_for(day->cli, list, a, b, c);

	if (tally == NULL || tally->words[0] == NULL ||
	    tally->words[1] == NULL || tally->words[2] == NULL)
		return err_nomem(err);
	tally->count++;
	*now = tally->count;
	return true;
}

/* --- who was contacted ------------------------------------------------------------- */

static const char *
language_of(const struct day *day, const struct snap_customer *customer)
{
	const struct creditor	*creditor;

	if (customer->language[0] != '\0')
		return customer->language;
	creditor = creditors_find(&day->cli->setup->creditors,
	    customer->creditor);
	return creditor == NULL ? "" : creditor->language;
}

static bool
make_again(struct day *day, const struct snapshot *snap,
    const struct store_notice *notice, const struct store_message *message,
    struct message_out *out, struct err *err)
{
	struct desk_item	*items;
	struct desk_message	 wanted = {.snap = snap,
	    .customer_id = notice->customer_id, .policy = notice->policy,
	    .step = notice->step, .channel = message->channel,
	    .address = message->address, .key = notice->key, .c = message->c,
	    .item_count = notice->item_count, .now_ms = snap->as_of_ms};
	struct message_facts	 facts;

	items = arena_array(day->turn, notice->item_count, sizeof(*items));
	if (items == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < notice->item_count; i++)
		items[i] = (struct desk_item){notice->items[i].instalment_id,
		    notice->items[i].amount};
	wanted.items = items;
	return desk_facts(day->cli->setup, &wanted, day->turn, &facts, err) &&
	    message_make(day->maker, day->templates, &facts, day->turn, out,
	    err);
}

static bool
show(struct day *day, const struct snapshot *snap,
    const struct snap_customer *customer, const struct store_notice *notice,
    const struct store_message *message, struct err *err)
{
	const struct creditor	*creditor = creditors_find(
				    &day->cli->setup->creditors,
				    customer->creditor);
	struct message_out	 out;
	struct buf		 when = BUF_INIT;

	if (creditor == NULL ||
	    !make_again(day, snap, notice, message, &out, err))
		return creditor == NULL;
	cli_put_instant(day->cli, message->accepted_ms, customer->zone[0] ==
	    '\0' ? creditor->zone : customer->zone, &when);
	message_page_add(day->page, &(struct message_shown){
	    .out = &out, .group = stage_names[notice->stage],
	    .caption = arena_printf(day->turn, "%s, %s, %s", notice->step,
		channel_names[message->channel], language_of(day, customer)),
	    .from = creditor->name, .from_address = creditor->email_from,
	    .to = customer->name, .to_address = message->address,
	    .when = buf_text(&when)});
	buf_fini(&when);
	return true;
}

static bool
count_message(struct day *day, const struct snapshot *snap,
    const struct snap_customer *customer, const struct store_notice *notice,
    const struct store_message *message, struct err *err)
{
	int64_t	seen, most = day->options->most == INT64_MIN ? 3 :
		    day->options->most;

	if (message->accepted_ms == TIME_NONE)
		return true;
	if (!add(day, &day->contacts, stage_names[notice->stage],
	    channel_names[message->channel], language_of(day, customer), &seen,
	    err))
		return false;
	return day->page == NULL || seen > most ||
	    show(day, snap, customer, notice, message, err);
}

static bool
count_notice(struct day *day, const struct snapshot *snap,
    const struct store_notice *notice, bool *reached, struct err *err)
{
	for (size_t i = 0; i < snap->customer_count; i++) {
		if (snap->customers[i].id != notice->customer_id)
			continue;
		reached[i] = reached[i] || notice->state == NOTICE_ACCEPTED;
		for (size_t j = 0; j < notice->message_count; j++) {
			if (!count_message(day, snap, &snap->customers[i],
			    notice, &notice->messages[j], err))
				return false;
		}
	}
	return true;
}

/* --- why the others were not ------------------------------------------------------- */

/* The words that say most about a customer come first. */
static const char *const	weight[] = {
	"insolvent", "deceased", "lawyer", "court", "minor", "excluded",
	"public_body", "handed_over", "hold", "promise", "disputed",
	"no_consent", "no_address", "unusable_address", "unapplied", "gap",
	"cap", "channel_lock", "outside_hours", "holiday", "below_minimum",
	"in_flight", "in_doubt", "cooldown", "spacing", "no_step", "paid",
	NULL};

static size_t
rank(const char *code)
{
	size_t	i = 0;

	while (weight[i] != NULL && strcmp(weight[i], code) != 0)
		i++;
	return i;
}

static const struct decided_reason *
main_reason(const struct decision *decision,
    const struct snap_customer *customer)
{
	const struct decided_reason	*best = NULL;

	for (size_t i = 0; i < decision->reason_count; i++) {
		const struct decided_reason	*reason = &decision->reasons[i];

		if (reason->customer == customer &&
		    reason->verdict != VERDICT_YES &&
		    (best == NULL || rank(reason->code) < rank(best->code)))
			best = reason;
	}
	return best;
}

static bool
explain_rest(struct day *day, const struct snapshot *snap,
    const bool *reached, struct err *err)
{
	struct decision	decision;
	int64_t		seen;

	if (!policy_decide(&day->cli->setup->policy, snap, day->at_ms, true,
	    day->turn, &decision, err))
		return false;
	for (size_t i = 0; i < snap->customer_count; i++) {
		const struct decided_reason	*reason;

		if (reached[i])
			continue;
		reason = main_reason(&decision, &snap->customers[i]);
		if (!add(day, &day->reasons, reason == NULL ? "" : reason->rule,
		    reason == NULL ? "nothing_open" : reason->code, "", &seen,
		    err))
			return false;
	}
	return true;
}

static bool
look_at_person(struct day *day, const struct snapshot *snap, struct err *err)
{
	struct store_notices	 notices;
	bool			*reached;

	reached = arena_array(day->turn, snap->customer_count,
	    sizeof(*reached));
	if (reached == NULL)
		return err_nomem(err);
	if (!store_notices_of(day->cli->store, snap->person_id, day->from_ms,
	    day->at_ms + 1, day->turn, &notices, err))
		return false;
	for (size_t i = 0; i < notices.count; i++) {
		if (!count_notice(day, snap, notices.items[i], reached, err))
			return false;
	}
	return explain_rest(day, snap, reached, err);
}

static bool
look_at_batch(struct day *day, const struct store_dues *dues, struct err *err)
{
	int64_t		*ids = arena_array(day->turn, dues->count,
			    sizeof(*ids));
	struct snapshot	*snaps = arena_array(day->turn, dues->count,
			    sizeof(*snaps));

	if (ids == NULL || snaps == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < dues->count; i++)
		ids[i] = dues->items[i].person_id;
	if (!store_snapshots(day->cli->store, ids, dues->count, day->at_ms,
	    day->turn, snaps, err))
		return false;
	for (size_t i = 0; i < dues->count; i++) {
		if (snaps[i].person_id != 0 &&
		    !look_at_person(day, &snaps[i], err))
			return false;
	}
	return true;
}

static bool
look_at_all(struct day *day, struct err *err)
{
	struct store_dues	dues;
	int64_t			after_id = 0;

	do {
		arena_reset(day->turn);
		if (!store_persons(day->cli->store, after_id, DAY_BATCH,
		    day->turn, &dues, err) ||
		    !look_at_batch(day, &dues, err))
			return false;
		if (dues.count > 0)
			after_id = dues.items[dues.count - 1].person_id;
	} while (dues.count > 0);
	return true;
}

/* --- what is printed ------------------------------------------------------------------ */

static int
by_count(const void *a, const void *b)
{
	const struct tally	*x = a, *y = b;

	return (x->count < y->count) - (x->count > y->count);
}

static int
by_words(const void *a, const void *b)
{
	const struct tally	*x = a, *y = b;
	int			 stages[2], order;

	stages[0] = name_find(stage_names, str_of(x->words[0]));
	stages[1] = name_find(stage_names, str_of(y->words[0]));
	if (stages[0] != stages[1])
		return stages[0] - stages[1];
	order = strcmp(x->words[1], y->words[1]);
	return order != 0 ? order : strcmp(x->words[2], y->words[2]);
}

static int64_t
sum(const struct tallies *list)
{
	int64_t	total = 0;

	for (size_t i = 0; i < list->count; i++)
		total += list->items[i].count;
	return total;
}

static void
print_json(struct day *day)
{
	struct buf	*out = &day->cli->out;

	for (size_t i = 0; i < day->contacts.count; i++) {
		const struct tally	*tally = &day->contacts.items[i];

		json_open(out, '{');
		json_key(out, "stage");
		json_text(out, tally->words[0]);
		json_key(out, "channel");
		json_text(out, tally->words[1]);
		json_key(out, "language");
		json_text(out, tally->words[2]);
		json_key(out, "contacts");
		json_int(out, tally->count);
		json_close(out, '}');
		buf_addc(out, '\n');
	}
	for (size_t i = 0; i < day->reasons.count; i++) {
		const struct tally	*tally = &day->reasons.items[i];

		json_open(out, '{');
		json_key(out, "reason");
		json_text(out, tally->words[1]);
		json_key(out, "rule");
		json_text(out, tally->words[0]);
		json_key(out, "customers");
		json_int(out, tally->count);
		json_close(out, '}');
		buf_addc(out, '\n');
	}
}

static void
fill_tables(struct day *day, struct cli_table *contacts,
    struct cli_table *reasons)
{
	struct cli	*cli = day->cli;

	*contacts = (struct cli_table){.columns = 4, .right = 1u << 3};
	cli_cell(cli, contacts, "stage");
	cli_cell(cli, contacts, "channel");
	cli_cell(cli, contacts, "language");
	cli_cell(cli, contacts, "contacts");
	for (size_t i = 0; i < day->contacts.count; i++) {
		for (int word = 0; word < 3; word++)
			cli_cell(cli, contacts, "%s",
			    day->contacts.items[i].words[word]);
		cli_cell(cli, contacts, "%lld",
		    (long long)day->contacts.items[i].count);
	}
	*reasons = (struct cli_table){.columns = 3, .right = 1u << 2};
	cli_cell(cli, reasons, "not contacted");
	cli_cell(cli, reasons, "rule");
	cli_cell(cli, reasons, "customers");
	for (size_t i = 0; i < day->reasons.count; i++) {
		cli_cell(cli, reasons, "%s", day->reasons.items[i].words[1]);
		cli_cell(cli, reasons, "%s", day->reasons.items[i].words[0]);
		cli_cell(cli, reasons, "%lld",
		    (long long)day->reasons.items[i].count);
	}
}

static void
print_tables(struct day *day)
{
	struct cli_table	contacts, reasons;
	struct cli		*cli = day->cli;

	fill_tables(day, &contacts, &reasons);
	cli_table_print(cli, &contacts);
	buf_addf(&cli->out, "%lld contacts\n\n", (long long)sum(&day->contacts));
	cli_table_print(cli, &reasons);
	buf_addf(&cli->out, "%lld customers\n", (long long)sum(&day->reasons));
	if (day->page == NULL)
		return;
	message_page_table(day->page, "Contacts", contacts.cells,
	    contacts.columns, contacts.count / contacts.columns);
	message_page_table(day->page, "Not contacted", reasons.cells,
	    reasons.columns, reasons.count / reasons.columns);
}

static bool
write_page(struct day *day, struct err *err)
{
	struct buf	 html = BUF_INIT;
	FILE		*fp;
	bool		 ok;

	if (day->page == NULL)
		return true;
	if (!message_page_write(day->page, &html, err)) {
		buf_fini(&html);
		return false;
	}
	fp = fopen(day->options->out, "we");
	ok = fp != NULL && fwrite(html.p, 1, html.len, fp) == html.len;
	ok = fp != NULL && fclose(fp) == 0 && ok;
	buf_fini(&html);
	if (!ok)
		return err_sys(err, "writing %s", day->options->out);
	buf_addf(&day->cli->out, "\nThe messages: %s\n", day->options->out);
	return true;
}

static int64_t
day_start(const struct cli *cli, int64_t at_ms)
{
	const struct creditor	*creditor = creditors_at(&cli->setup->creditors,
				    0);
	const struct zone	*zone;
	struct err		 err;

	if (creditor == NULL ||
	    !zone_find(cli->setup->zones, creditor->zone, &zone, &err))
		return at_ms - DAY_MS;
	return zone_instant(zone, (struct civil){zone_civil(zone, at_ms).day,
	    0});
}

static bool
prepare(struct day *day, struct err *err)
{
	if ((day->turn = arena_new()) == NULL ||
	    (day->maker = message_maker_new()) == NULL)
		return err_nomem(err);
	if (day->options->out == NULL)
		return true;
	day->page = message_page_new("dunlin: one day",
	    "Messages as customers see them, and why others got none.");
	if (day->page == NULL)
		return err_nomem(err);
	return desk_templates(day->cli->setup, day->cli->store,
	    &day->templates, err);
}

static int
run(struct cli *cli, const void *options, int argc, char **argv)
{
	struct day	day = {.cli = cli, .options = options};
	struct err	err;
	bool		ok;

	(void)argc;
	(void)argv;
	day.at_ms = day.options->at_ms == TIME_NONE ? cli->now_ms :
	    day.options->at_ms;
	day.from_ms = day_start(cli, day.at_ms);
	ok = prepare(&day, &err) && look_at_all(&day, &err);
	if (ok && day.contacts.count > 0)
		qsort(day.contacts.items, day.contacts.count,
		    sizeof(struct tally), by_words);
	if (ok && day.reasons.count > 0)
		qsort(day.reasons.items, day.reasons.count,
		    sizeof(struct tally), by_count);
	if (ok && cli->json)
		print_json(&day);
	else if (ok)
		print_tables(&day);
	ok = ok && write_page(&day, &err);
	message_page_free(&day.page);
	message_templates_free(&day.templates);
	message_maker_free(&day.maker);
	arena_free(&day.turn);
	return ok ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command	cmd_day = {
	.name = "day",
	.arguments = "[--at T] [--out FILE.html]",
	.summary = "Who was contacted on a day, and why the others were not",
	.options = day_option_rows,
	.options_size = sizeof(struct day_options),
	.need = CLI_NEEDS_READER,
	.run = run
};
