/* SPDX-License-Identifier: ISC */
/* dunlin queue show: one notice with all that happened to it. */
#include "cli/cmd_queue.h"
#include "cli/staff.h"

#include "base/json.h"

/* --- for programs ------------------------------------------------------------------- */

static void
put_text(struct cli *cli, const char *key, const char *text)
{
	json_key(&cli->out, key);
	json_text(&cli->out, text);
}

static void
put_instant(struct cli *cli, const char *key, const char *creditor, int64_t ms)
{
	json_key(&cli->out, key);
	json_text(&cli->out, ms == TIME_NONE || ms == TIME_NEVER ? NULL :
	    staff_instant(cli, creditor, ms));
}

static void
put_number(struct cli *cli, const char *key, int64_t value)
{
	json_key(&cli->out, key);
	json_int(&cli->out, value);
}

static void
json_item(struct cli *cli, const struct store_notice_item *item)
{
	json_open(&cli->out, '{');
	put_text(cli, "invoice", item->invoice);
	put_number(cli, "instalment", item->number);
	put_number(cli, "cycle", item->cycle);
	put_text(cli, "step", item->step);
	put_number(cli, "occurrence", item->occurrence);
	put_text(cli, "state", item_state_names[item->state]);
	put_text(cli, "amount", staff_money(cli, item->amount,
	    item->currency));
	json_close(&cli->out, '}');
}

static void
json_attempt(struct cli *cli, const char *creditor,
    const struct store_attempt *attempt)
{
	json_open(&cli->out, '{');
	put_number(cli, "n", attempt->n);
	put_text(cli, "route", attempt->route);
	put_instant(cli, "started", creditor, attempt->started_ms);
	put_instant(cli, "ended", creditor, attempt->ended_ms);
	put_text(cli, "outcome", attempt->outcome);
	put_text(cli, "code", attempt->code);
	put_text(cli, "reply", attempt->reply);
	json_close(&cli->out, '}');
}

static void
json_message(struct cli *cli, const char *creditor,
    const struct store_message *message)
{
	json_open(&cli->out, '{');
	put_text(cli, "key", message->key);
	put_text(cli, "channel", channel_names[message->channel]);
	put_text(cli, "address", message->address);
	put_text(cli, "route", message->route);
	put_text(cli, "state", message_state_names[message->state]);
	put_instant(cli, "next", creditor, message->next_ms);
	put_instant(cli, "accepted", creditor, message->accepted_ms);
	put_text(cli, "provider_id", message->provider_id);
	json_key(&cli->out, "attempts");
	json_open(&cli->out, '[');
	for (size_t i = 0; i < message->attempt_count; i++)
		json_attempt(cli, creditor, &message->attempts[i]);
	json_close(&cli->out, ']');
	json_close(&cli->out, '}');
}

static void
json_notice(struct cli *cli, const struct store_notice *notice)
{
	json_open(&cli->out, '{');
	put_text(cli, "key", notice->key);
	put_text(cli, "state", notice_state_names[notice->state]);
	put_text(cli, "creditor", notice->creditor);
	put_text(cli, "customer", notice->customer);
	put_text(cli, "policy", notice->policy);
	put_text(cli, "step", notice->step);
	put_text(cli, "stage", stage_names[notice->stage]);
	put_instant(cli, "decided", notice->creditor, notice->decided_ms);
	put_instant(cli, "not_after", notice->creditor,
	    notice->not_after_ms);
	put_instant(cli, "accepted", notice->creditor, notice->accepted_ms);
	put_instant(cli, "ended", notice->creditor, notice->ended_ms);
	put_text(cli, "why", notice->ended_why);
	json_key(&cli->out, "items");
	json_open(&cli->out, '[');
	for (size_t i = 0; i < notice->item_count; i++)
		json_item(cli, &notice->items[i]);
	json_close(&cli->out, ']');
	json_key(&cli->out, "messages");
	json_open(&cli->out, '[');
	for (size_t i = 0; i < notice->message_count; i++)
		json_message(cli, notice->creditor, &notice->messages[i]);
	json_close(&cli->out, ']');
	json_close(&cli->out, '}');
	buf_addc(&cli->out, '\n');
}

/* --- for people ------------------------------------------------------------------------ */

static void
row(struct cli *cli, struct cli_table *table, const char *name,
    const char *text)
{
	if (text[0] == '\0')
		return;
	cli_cell(cli, table, "%s", name);
	cli_cell(cli, table, "%s", text);
}

static void
print_head(struct cli *cli, const struct store_notice *notice)
{
	struct cli_table	 table = {.columns = 2};
	const char		*creditor = notice->creditor;

	row(cli, &table, "notice", notice->key);
	row(cli, &table, "state", notice_state_names[notice->state]);
	row(cli, &table, "why", notice->ended_why);
	row(cli, &table, "creditor", creditor);
	row(cli, &table, "customer", notice->customer);
	row(cli, &table, "policy", notice->policy);
	row(cli, &table, "step", notice->step);
	row(cli, &table, "stage", stage_names[notice->stage]);
	row(cli, &table, "decided", staff_instant(cli, creditor,
	    notice->decided_ms));
	row(cli, &table, "not after", staff_instant(cli, creditor,
	    notice->not_after_ms));
	if (notice->accepted_ms != TIME_NONE)
		row(cli, &table, "accepted", staff_instant(cli, creditor,
		    notice->accepted_ms));
	if (notice->ended_ms != TIME_NONE)
		row(cli, &table, "ended", staff_instant(cli, creditor,
		    notice->ended_ms));
	cli_table_print(cli, &table);
}

static void
print_items(struct cli *cli, const struct store_notice *notice)
{
	struct cli_table	table = {.columns = 5, .right = 1 << 4};

	cli_cell(cli, &table, "INVOICE");
	cli_cell(cli, &table, "INSTALMENT");
	cli_cell(cli, &table, "STEP");
	cli_cell(cli, &table, "STATE");
	cli_cell(cli, &table, "AMOUNT");
	for (size_t i = 0; i < notice->item_count; i++) {
		const struct store_notice_item	*item = &notice->items[i];

		cli_cell(cli, &table, "%s", item->invoice);
		cli_cell(cli, &table, "%d", item->number);
		cli_cell(cli, &table, "%s", item->step);
		cli_cell(cli, &table, "%s", item_state_names[item->state]);
		cli_cell(cli, &table, "%s", staff_money(cli, item->amount,
		    item->currency));
	}
	buf_addc(&cli->out, '\n');
	cli_table_print(cli, &table);
}

static void
print_attempts(struct cli *cli, const char *creditor,
    const struct store_message *message)
{
	struct cli_table	table = {.columns = 5};

	for (size_t i = 0; i < message->attempt_count; i++) {
		const struct store_attempt	*attempt =
						    &message->attempts[i];

		cli_cell(cli, &table, "  %d", attempt->n);
		cli_cell(cli, &table, "%s", staff_instant(cli, creditor,
		    attempt->started_ms));
		cli_cell(cli, &table, "%s", attempt->route);
		cli_cell(cli, &table, "%s", attempt->outcome[0] == '\0' ?
		    "on its way" : attempt->outcome);
		cli_cell(cli, &table, "%s %s", attempt->code, attempt->reply);
	}
	if (table.count > 0)
		cli_table_print(cli, &table);
}

static void
print_messages(struct cli *cli, const struct store_notice *notice)
{
	for (size_t i = 0; i < notice->message_count; i++) {
		const struct store_message	*message =
						    &notice->messages[i];
		struct cli_table		 table = {.columns = 2};

		buf_addc(&cli->out, '\n');
		row(cli, &table, "message", message->key);
		row(cli, &table, "state",
		    message_state_names[message->state]);
		row(cli, &table, "channel", channel_names[message->channel]);
		row(cli, &table, "address", message->address);
		row(cli, &table, "route", message->route);
		row(cli, &table, "provider", message->provider_id);
		if (message->state == MSG_READY)
			row(cli, &table, "next", staff_instant(cli,
			    notice->creditor, message->next_ms));
		cli_table_print(cli, &table);
		print_attempts(cli, notice->creditor, message);
	}
}

int
queue_show(struct cli *cli, const struct queue_options *o, const char *key)
{
	const struct store_notice	*notice;
	const struct store_message	*message;
	struct err			 err;

	if (!queue_find(cli, o, key, &notice, &message, &err))
		return cli_fail(cli, &err);
	if (cli->json) {
		json_notice(cli, notice);
		return CLI_DONE;
	}
	print_head(cli, notice);
	print_items(cli, notice);
	print_messages(cli, notice);
	return CLI_DONE;
}
