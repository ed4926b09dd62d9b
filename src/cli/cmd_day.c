/* SPDX-License-Identifier: ISC */
/*
 * dunlin day: what one day led to - who was contacted, why the others were
 * not, and a page with the messages as customers see them.
 */
#include "cli/cli_day.h"
#include "cli/commands.h"

#include "base/json.h"

#define DAY_BATCH	256

static const struct cli_option	day_option_rows[] = {
	{"at", CLI_INSTANT, offsetof(struct day_options, at_ms), "T",
	    "the instant whose day is shown (now)"},
	{"out", CLI_TEXT, offsetof(struct day_options, out), "FILE.html",
	    "write a page with the messages"},
	{"most", CLI_INT, offsetof(struct day_options, most), "N",
	    "messages of one kind on the page (3)"},
	{NULL, CLI_FLAG, 0, NULL, NULL}};

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

const char *
day_language(const struct day *day, const struct snap_customer *customer)
{
	const struct creditor	*creditor;

	if (customer->language[0] != '\0')
		return customer->language;
	creditor = creditors_find(&day->cli->setup->creditors,
	    customer->creditor);
	return creditor == NULL ? "" : creditor->language;
}

static bool
pick(struct day *day, const struct snapshot *snap,
    const struct snap_customer *customer, const struct store_notice *notice,
    const struct store_message *message, struct err *err)
{
	struct picked	*picked;

	if (day->picked_count == day->picked_cap) {
		day->picked_cap = day->picked_cap == 0 ? 64 :
		    day->picked_cap * 2;
		picked = arena_array(day->cli->arena, day->picked_cap,
		    sizeof(*picked));
		if (picked == NULL)
			return err_nomem(err);
		if (day->picked_count > 0)
			(void)memcpy(picked, day->picked,
			    day->picked_count * sizeof(*picked));
		day->picked = picked;
	}
	picked = &day->picked[day->picked_count++];
	*picked = (struct picked){notice->stage, message->channel,
	    arena_strdup(day->cli->arena, day_language(day, customer)),
	    snap->person_id, notice->id, message->id};
	return picked->language != NULL || err_nomem(err);
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
	    channel_names[message->channel], day_language(day, customer), &seen,
	    err))
		return false;
	return day->page == NULL || seen > most ||
	    pick(day, snap, customer, notice, message, err);
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

/* What says most about a customer comes first. */
static const struct {
	const char	*code;
	const char	*words;
} weight[] = {
	{"insolvent", "insolvent: excluded from every contact"},
	{"deceased", "deceased: excluded from every contact"},
	{"lawyer", "represented by a lawyer"},
	{"court", "the matter is in court"},
	{"minor", "under age"},
	{"excluded", "excluded by staff"},
	{"public_body", "a public body"},
	{"handed_over", "a debt was handed over"},
	{"hold", "on hold"},
	{"promise", "payment is promised"},
	{"disputed", "all of it is in dispute"},
	{"no_consent", "agreed to no channel of the step"},
	{"no_address", "no address on any channel"},
	{"unusable_address", "every address came back or opted out"},
	{"unapplied", "money not yet allocated covers it"},
	{"gap", "was contacted a few days ago"},
	{"cap", "the law's number of contacts is used up"},
	{"channel_lock", "the law keeps to one channel this week"},
	{"outside_hours", "outside the lawful hours there"},
	{"holiday", "a holiday there"},
	{"below_minimum", "too small a sum for a notice"},
	{"in_flight", "a notice is on its way"},
	{"in_doubt", "not known whether the last notice left"},
	{"resend_waits", "not known whether it left: once more, later"},
	{"receipt", "not known whether it left: a receipt may come"},
	{"settle", "not known whether it left: a person has to ask"},
	{"record", "not known whether it left, and no longer so"},
	{"cooldown", "paid a part lately"},
	{"spacing", "the last step went out late"},
	{"due", "to be contacted: dunlind has not run since"},
	{"no_step", "no step of the ladder is due"},
	{"paid", "nothing is open any more"},
	{"nothing_open", "nothing is open"}};

#define WEIGHTS	(sizeof(weight) / sizeof(weight[0]))

static size_t
rank(const char *code)
{
	size_t	i = 0;

	while (i < WEIGHTS && strcmp(weight[i].code, code) != 0)
		i++;
	return i;
}

static const char *
in_words(const char *code)
{
	size_t	i = rank(code);

	return i < WEIGHTS ? weight[i].words : "";
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

/* Whether only the daemon's next run is missing. */
static bool
is_due(const struct decision *decision, const struct snap_customer *customer)
{
	for (size_t i = 0; i < decision->notice_count; i++) {
		if (decision->notices[i].customer == customer)
			return true;
	}
	return false;
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
		const char			*rule = "", *code = "due";

		if (reached[i])
			continue;
		reason = main_reason(&decision, &snap->customers[i]);
		if (!is_due(&decision, &snap->customers[i])) {
			rule = reason == NULL ? "" : reason->rule;
			code = reason == NULL ? "nothing_open" : reason->code;
		}
		if (!add(day, &day->reasons, rule, code, "", &seen, err))
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
	*reasons = (struct cli_table){.columns = 4, .right = 1u << 3};
	cli_cell(cli, reasons, "not contacted");
	cli_cell(cli, reasons, "because");
	cli_cell(cli, reasons, "rule");
	cli_cell(cli, reasons, "customers");
	for (size_t i = 0; i < day->reasons.count; i++) {
		const char	*code = day->reasons.items[i].words[1];

		cli_cell(cli, reasons, "%s", code);
		cli_cell(cli, reasons, "%s", in_words(code));
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
	if (!day_show(day, err))
		return false;
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
