/* SPDX-License-Identifier: ISC */
#include "cli/cli_plan.h"

#include "base/json.h"

static const char *const	weekdays[] = {"Mon", "Tue", "Wed", "Thu",
	"Fri", "Sat", "Sun"};

bool
cli_check_creditor(const struct cli *cli, const char *creditor,
    struct err *err)
{
	const struct creditors	*creditors = &cli->setup->creditors;
	const struct creditor	*list = creditors->list.items;
	const char		*near;

	if (creditor == NULL || creditors_find(creditors, creditor) != NULL)
		return true;
	near = creditors->list.count == 0 ? NULL : conf_nearest(creditor,
	    &list[0].ref, sizeof(*list), creditors->list.count);
	return err_set(err, ERR_INPUT, "no creditor is called \"%s\"%s%s%s",
	    creditor, near == NULL ? "" : "; did you mean \"",
	    near == NULL ? "" : near, near == NULL ? "" : "\"?");
}

const char *
cli_plan_zone(const struct cli *cli)
{
	const struct creditor	*creditor =
				    creditors_at(&cli->setup->creditors, 0);

	return creditor == NULL ? "" : creditor->zone;
}

const char *
cli_zone_of(const struct cli *cli, const struct snap_customer *customer,
    const struct creditor *creditor)
{
	const struct zone	*zone;
	struct err		 err;

	if (customer->zone[0] != '\0' && zone_find(cli->setup->zones,
	    customer->zone, &zone, &err))
		return customer->zone;
	return creditor == NULL ? "" : creditor->zone;
}

const char *
cli_sample_address(enum channel channel)
{
	static const char *const	addresses[CHANNEL_COUNT] = {
		[CHANNEL_EMAIL] = "customer@example.com",
		[CHANNEL_SMS] = "+12025550123",
		[CHANNEL_WHATSAPP] = "+12025550123",
		[CHANNEL_VOICE] = "+12025550123", [CHANNEL_LETTER] = "-",
		[CHANNEL_VISIT] = "-"};

	return addresses[channel];
}

bool
cli_next_total(const struct decided_notice *notice, size_t *i,
    struct money *out)
{
	const struct decided_item	*items = notice->items;
	const char			*currency;
	struct money			 sum = {0};
	size_t				 seen;

	for (; *i < notice->item_count; (*i)++) {
		currency = items[*i].invoice->currency;
		for (seen = 0; seen < *i; seen++) {
			if (strcmp(items[seen].invoice->currency,
			    currency) == 0)
				break;
		}
		if (seen < *i)
			continue;
		(void)memcpy(sum.currency, currency, sizeof(sum.currency));
		for (size_t k = *i; k < notice->item_count; k++) {
			if (strcmp(items[k].invoice->currency, currency) == 0 &&
			    !money_add(&sum.minor, items[k].amount))
				sum.minor = INT64_MAX;
		}
		(*i)++;
		*out = sum;
		return true;
	}
	return false;
}

/* --- for programs ---------------------------------------------------------- */

static void
put_money(const struct money *money, struct buf *out)
{
	struct buf	text = BUF_INIT;

	money_format(money, &text);
	json_str(out, buf_str(&text));
	buf_fini(&text);
}

static void
put_items(const struct decided_notice *notice, struct buf *out)
{
	json_key(out, "items");
	json_open(out, '[');
	for (size_t i = 0; i < notice->item_count; i++) {
		const struct decided_item	*item = &notice->items[i];
		struct money			 money = {.minor = item->amount};

		(void)memcpy(money.currency, item->invoice->currency,
		    sizeof(money.currency));
		json_open(out, '{');
		json_key(out, "invoice");
		json_text(out, item->invoice->ref);
		json_key(out, "instalment");
		json_int(out, item->instalment->number);
		json_key(out, "step");
		json_text(out, item->step->id);
		json_key(out, "amount");
		put_money(&money, out);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
put_totals(const struct decided_notice *notice, struct buf *out)
{
	struct money	total;
	size_t		i = 0;

	json_key(out, "totals");
	json_open(out, '[');
	while (cli_next_total(notice, &i, &total))
		put_money(&total, out);
	json_close(out, ']');
}

/* The template that would be taken; its language is the message's. */
static void
put_template(const struct message_templates *templates,
    const struct decided_notice *notice, struct buf *out)
{
	const char			*language = notice->customer->language;
	struct message_template_info	 info;
	const char			*name = NULL;

	if (language[0] == '\0')
		language = notice->creditor->language;
	if (notice->contact != NULL && message_template_for(templates,
	    notice->step->template_name, notice->contact->channel,
	    notice->customer->language, notice->creditor->language, &info)) {
		language = info.language;
		name = info.name;
	}
	json_key(out, "channel");
	json_text(out, notice->contact == NULL ? NULL :
	    channel_names[notice->contact->channel]);
	json_key(out, "language");
	json_text(out, language);
	json_key(out, "template");
	json_text(out, name);
}

void
cli_plan_json(struct cli *cli, const struct message_templates *templates,
    const struct desk_planned *planned, struct buf *out)
{
	const struct decided_notice	*notice = planned->notice;
	const char			*person = planned->snap->person;
	struct buf			 at = BUF_INIT;

	cli_put_instant(cli, planned->at_ms, cli_zone_of(cli, notice->customer,
	    notice->creditor), &at);
	json_open(out, '{');
	json_key(out, "at");
	json_str(out, buf_str(&at));
	json_key(out, "creditor");
	json_text(out, notice->creditor->ref);
	json_key(out, "customer");
	json_text(out, notice->customer->ref);
	json_key(out, "person");
	json_text(out, person[0] == '\0' ? NULL : person);
	json_key(out, "step");
	json_text(out, notice->step->id);
	json_key(out, "stage");
	json_text(out, stage_names[notice->step->stage]);
	put_template(templates, notice, out);
	put_items(notice, out);
	put_totals(notice, out);
	json_key(out, "key");
	json_text(out, planned->key);
	json_close(out, '}');
	buf_addc(out, '\n');
	buf_fini(&at);
}

/* --- for people ------------------------------------------------------------ */

static void
put_cell(struct buf *out, const char *text)
{
	buf_adds(out, text);
	buf_addc(out, '\0');
}

static void
put_when(struct cli *cli, const struct desk_planned *planned, struct buf *out)
{
	const char		*name = cli_zone_of(cli,
				    planned->notice->customer,
				    planned->notice->creditor);
	const struct zone	*zone;
	struct civil		 civil = instant_civil(planned->at_ms, 0);
	struct err		 err;
	char			 day[16];

	if (zone_find(cli->setup->zones, name, &zone, &err))
		civil = zone_civil(zone, planned->at_ms);
	buf_addf(out, "%s %s", weekdays[date_weekday(civil.day)],
	    date_text(civil.day, day));
	buf_addc(out, '\0');
	buf_addf(out, "%02d:%02d", (int)(civil.second / 3600),
	    (int)(civil.second / 60 % 60));
	buf_addc(out, '\0');
}

void
cli_plan_cells(struct cli *cli, const struct desk_planned *planned,
    bool with_creditor, struct buf *out)
{
	const struct decided_notice	*notice = planned->notice;
	struct money			 total;
	size_t				 i = 0, count = 0;

	put_when(cli, planned, out);
	if (with_creditor)
		put_cell(out, notice->creditor->ref);
	put_cell(out, notice->customer->ref);
	put_cell(out, notice->step->id);
	put_cell(out, notice->contact == NULL ? "(task)" :
	    channel_names[notice->contact->channel]);
	buf_addf(out, "%zu", notice->item_count);
	buf_addc(out, '\0');
	while (cli_next_total(notice, &i, &total)) {
		if (count++ > 0)
			buf_adds(out, " + ");
		money_format(&total, out);
	}
	buf_addc(out, '\0');
}
