/* SPDX-License-Identifier: ISC */
/* dunlin preview: the exact message of a step about an invoice. */
#include "cli/cli_files.h"
#include "cli/cli_plan.h"
#include "cli/commands.h"

#include "base/json.h"

#define LOOK_AHEAD_MS	(400 * DAY_MS)

struct preview_options {
	const char	*invoice;
	const char	*channel;
	const char	*language;
	const char	*creditor;
	const char	*out;
	bool		 draft;
};

/* What is to be shown, once it is known. */
struct preview {
	struct cli			*cli;
	const struct preview_options	*options;
	const char			*step;
	int				 channel;	/* -1: not said */
	struct store_ref		 ref;
	struct message_templates	*templates;
	struct message_maker		*maker;
	struct message_out		 message;
	const char			*address;
	const char			*customer;
	const char			*key;
	const char			*zone;
	int64_t				 at_ms;
	size_t				 items;
	bool				 planned;	/* else the invoice alone */
	bool				 invented;	/* the address */
	bool				 made;
};

static bool
make(struct preview *preview, const struct desk_message *message,
    struct err *err)
{
	struct message_facts	 facts;
	struct cli		*cli = preview->cli;

	if (!desk_facts(cli->setup, message, cli->arena, &facts, err))
		return false;
	if (preview->options->language != NULL)
		facts.language = preview->options->language;
	if (!message_make(preview->maker, preview->templates, &facts,
	    cli->arena, &preview->message, err))
		return false;
	preview->address = arena_strdup(cli->arena, message->address);
	preview->customer = arena_strdup(cli->arena, facts.customer->name);
	preview->key = arena_strdup(cli->arena, message->key);
	preview->zone = arena_strdup(cli->arena, cli_zone_of(cli,
	    facts.customer, facts.creditor));
	preview->at_ms = message->now_ms;
	preview->items = message->item_count;
	preview->made = true;
	return preview->address != NULL && preview->key != NULL ? true :
	    err_nomem(err);
}

/* --- as planned -------------------------------------------------------------- */

static bool
is_it(const struct preview *preview, const struct decided_notice *notice)
{
	if (notice->contact == NULL ||
	    strcmp(notice->step->id, preview->step) != 0 ||
	    (preview->channel >= 0 &&
	    (int)notice->contact->channel != preview->channel))
		return false;
	for (size_t i = 0; i < notice->item_count; i++) {
		if (notice->items[i].invoice->id == preview->ref.id)
			return true;
	}
	return false;
}

static bool
on_planned(void *arg, const struct desk_planned *planned, struct err *err)
{
	struct preview			*preview = arg;
	const struct decided_notice	*notice = planned->notice;
	struct desk_message		 message;
	struct desk_item		*items;

	if (!is_it(preview, notice))
		return true;
	items = arena_array(preview->cli->arena, notice->item_count,
	    sizeof(*items));
	if (items == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < notice->item_count; i++)
		items[i] = (struct desk_item){notice->items[i].instalment->id,
		    notice->items[i].amount};
	message = (struct desk_message){planned->snap, notice->customer->id,
	    notice->policy->name, notice->step->id, notice->contact->channel,
	    notice->contact->address, planned->key, 1, items,
	    notice->item_count, planned->at_ms};
	preview->planned = true;
	if (!make(preview, &message, err))
		return false;
	/* Found: the plan ends here. */
	return err_set(err, ERR_INPUT, "found");
}

/* --- the invoice alone --------------------------------------------------------- */

static const struct snap_customer *
find_customer(const struct snapshot *snap, int64_t id)
{
	for (size_t i = 0; i < snap->customer_count; i++) {
		if (snap->customers[i].id == id)
			return &snap->customers[i];
	}
	return NULL;
}

static const struct snap_invoice *
find_invoice(const struct snap_customer *customer, int64_t id)
{
	for (size_t i = 0; customer != NULL && i < customer->invoice_count;
	    i++) {
		if (customer->invoices[i].id == id)
			return &customer->invoices[i];
	}
	return NULL;
}

static const struct policy *
policy_of(const struct setup *setup, const struct snap_customer *customer,
    const struct snap_invoice *invoice)
{
	const struct creditor	*creditor = creditors_find(&setup->creditors,
				    customer->creditor);
	const struct policy	*policy = policies_find(&setup->policies,
				    invoice->policy);

	if (policy == NULL)
		policy = policies_find(&setup->policies, customer->policy);
	if (policy == NULL && creditor != NULL)
		policy = policies_find(&setup->policies, creditor->policy);
	return policy;
}

static bool
find_step(const struct preview *preview, const struct policy *policy,
    const struct policy_step **out, struct err *err)
{
	const struct policy_step	*steps = policy->steps.items;
	const char			*near = NULL;

	*out = policy_step(policy, preview->step);
	if (*out != NULL && (*out)->action == STEP_MESSAGE)
		return true;
	if (*out != NULL)
		return err_set(err, ERR_INPUT, "step \"%s\" of policy \"%s\" is"
		    " work for a person: it has no message", preview->step,
		    policy->name);
	if (policy->steps.count > 0)
		near = conf_nearest(preview->step, &steps[0].id,
		    sizeof(*steps), policy->steps.count);
	return err_set(err, ERR_INPUT, "policy \"%s\" has no step \"%s\"%s%s%s",
	    policy->name, preview->step,
	    near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
	    near == NULL ? "" : "\"?");
}

static const struct snap_contact *
contact_on(const struct snap_customer *customer, int channel)
{
	for (size_t i = 0; i < customer->contact_count; i++) {
		if ((int)customer->contacts[i].channel == channel)
			return &customer->contacts[i];
	}
	return NULL;
}

/* The step's first channel on which the customer has an address. */
static void
choose_channel(struct preview *preview, const struct policy_step *step,
    const struct snap_customer *customer)
{
	const struct snap_contact	*contact;

	for (size_t i = 0; i < step->channels.count &&
	    preview->channel < 0; i++) {
		contact = contact_on(customer, (int)step->channels.items[i]);
		if (contact != NULL && contact->usable)
			preview->channel = (int)contact->channel;
	}
	if (preview->channel < 0)
		preview->channel = (int)step->channels.items[0];
	contact = contact_on(customer, preview->channel);
	preview->invented = contact == NULL;
	preview->address = contact == NULL ?
	    cli_sample_address(
	    (enum channel)preview->channel) : contact->address;
}

static bool
open_items(struct preview *preview, const struct snap_invoice *invoice,
    struct desk_item **out, size_t *count, struct err *err)
{
	struct desk_item	*items;
	size_t			 used = 0;

	items = arena_array(preview->cli->arena, invoice->instalment_count,
	    sizeof(*items));
	if (items == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < invoice->instalment_count; i++) {
		const struct snap_instalment	*one = &invoice->instalments[i];

		if (one->balance > 0)
			items[used++] = (struct desk_item){one->id,
			    one->balance};
	}
	if (used == 0)
		return err_set(err, ERR_INPUT, "nothing is open on invoice %s",
		    invoice->ref);
	*out = items;
	*count = used;
	return true;
}

static bool
make_alone(struct preview *preview, struct err *err)
{
	struct cli			*cli = preview->cli;
	struct snapshot			 snap;
	const struct snap_customer	*customer;
	const struct snap_invoice	*invoice;
	const struct policy		*policy;
	const struct policy_step	*step;
	struct desk_message		 message = {.snap = &snap, .c = 1,
					    .key = "preview"};
	struct desk_item		*items = NULL;

	if (!store_snapshots(cli->store, &preview->ref.person_id, 1,
	    cli->now_ms, cli->arena, &snap, err))
		return false;
	customer = find_customer(&snap, preview->ref.customer_id);
	if ((invoice = find_invoice(customer, preview->ref.id)) == NULL)
		return err_set(err, ERR_INPUT, "nothing is open on invoice %s"
		    " (dunlin why %s tells more)", preview->ref.ref,
		    preview->ref.ref);
	if ((policy = policy_of(cli->setup, customer, invoice)) == NULL)
		return err_set(err, ERR_INPUT, "creditor %s and its policy are"
		    " not in the config", customer->creditor);
	if (!find_step(preview, policy, &step, err) ||
	    !open_items(preview, invoice, &items, &message.item_count, err))
		return false;
	choose_channel(preview, step, customer);
	message.customer_id = customer->id;
	message.policy = policy->name;
	message.step = step->id;
	message.channel = (enum channel)preview->channel;
	message.address = preview->address;
	message.items = items;
	message.now_ms = cli->now_ms;
	return make(preview, &message, err);
}

static bool
make_message(struct preview *preview, struct err *err)
{
	struct cli		*cli = preview->cli;
	struct desk_plan	 plan = {.from_ms = cli->now_ms, .keys = true,
				    .to_ms = cli->now_ms + LOOK_AHEAD_MS,
				    .person_id = preview->ref.person_id,
				    .fn = on_planned, .arg = preview};

	if (!desk_plan(cli->setup, cli->store, &plan, err) && !preview->made)
		return false;
	return preview->made || make_alone(preview, err);
}

/* --- showing --------------------------------------------------------------------- */

static void
put_text(struct buf *out, const char *key, struct str text)
{
	json_key(out, key);
	json_str(out, text);
}

static void
put_json(const struct preview *preview)
{
	const struct message_out	*message = &preview->message;
	struct buf			*out = &preview->cli->out;
	struct buf			 at = BUF_INIT;

	cli_put_instant(preview->cli, preview->at_ms, preview->zone, &at);
	json_open(out, '{');
	put_text(out, "at", buf_str(&at));
	json_key(out, "planned");
	json_bool(out, preview->planned);
	put_text(out, "step", str_of(preview->step));
	put_text(out, "channel", str_of(channel_names[message->channel]));
	put_text(out, "to", str_of(preview->address));
	put_text(out, "template", str_of(message->template_name));
	put_text(out, "language", str_of(message->language));
	json_key(out, "items");
	json_int(out, (int64_t)preview->items);
	put_text(out, "key", str_of(preview->key));
	if (message->channel == CHANNEL_EMAIL) {
		put_text(out, "subject", message->subject);
		put_text(out, "html", message->html);
	}
	put_text(out, "text", message->text);
	if (message->channel == CHANNEL_SMS) {
		put_text(out, "encoding", str_of(
		    message_sms_encoding_names[message->sms.encoding]));
		json_key(out, "units");
		json_int(out, (int64_t)message->sms.units);
		json_key(out, "segments");
		json_int(out, (int64_t)message->sms.segments);
	}
	json_close(out, '}');
	buf_addc(out, '\n');
	buf_fini(&at);
}

static void
put_people(const struct preview *preview)
{
	const struct message_out	*message = &preview->message;
	struct buf			*out = &preview->cli->out;

	buf_addf(out, "%s by %s from %s, ", preview->step,
	    channel_names[message->channel], message->template_name);
	if (preview->planned) {
		buf_adds(out, "as planned for ");
		cli_put_instant(preview->cli, preview->at_ms, preview->zone,
		    out);
		buf_addf(out, ", %zu item%s\n", preview->items,
		    preview->items == 1 ? "" : "s");
	} else
		buf_addf(out, "not planned: the invoice alone, as of now%s\n",
		    preview->invented ? ", to an invented address" : "");
	buf_addf(out, "To: %s\n", preview->address);
	if (message->channel == CHANNEL_EMAIL) {
		buf_adds(out, "Subject: ");
		buf_addstr(out, message->subject);
		buf_addc(out, '\n');
	}
	buf_addc(out, '\n');
	buf_addstr(out, message->text);
	if (!str_ends(message->text, "\n"))
		buf_addc(out, '\n');
	if (message->channel == CHANNEL_SMS)
		buf_addf(out, "\n%s, %zu units, %zu segment%s\n",
		    message_sms_encoding_names[message->sms.encoding],
		    message->sms.units, message->sms.segments,
		    message->sms.segments == 1 ? "" : "s");
}

static bool
write_file(const struct preview *preview, const char *suffix, struct str bytes,
    struct err *err)
{
	struct cli	*cli = preview->cli;
	const char	*path;

	path = arena_printf(cli->arena, "%s/%s.%s", preview->options->out,
	    preview->key, suffix);
	if (path == NULL)
		return err_nomem(err);
	if (!cli_write_file(cli->arena, path, bytes, err))
		return false;
	if (!cli->json)
		buf_addf(&cli->out, "wrote %s\n", path);
	return true;
}

static bool
write_files(const struct preview *preview, struct err *err)
{
	const struct message_out	*message = &preview->message;

	if (!cli_make_dirs(preview->cli->arena, preview->options->out, err))
		return false;
	if (message->channel == CHANNEL_EMAIL)
		return write_file(preview, "eml", message->bytes, err) &&
		    write_file(preview, "html", message->html, err) &&
		    write_file(preview, "txt", message->text, err);
	return write_file(preview, "json", message->bytes, err) &&
	    write_file(preview, "txt", message->text, err);
}

/* --- running ------------------------------------------------------------------------ */

/* The folder's templates, unpublished as they are. */
static bool
load_draft(struct preview *preview, struct err *err)
{
	struct cli		*cli = preview->cli;
	struct message_findings	 findings = {.arena = cli->arena};
	struct buf		 text = BUF_INIT;

	preview->templates = message_templates_new(
	    cli->setup->templates.language);
	if (preview->templates == NULL)
		return err_nomem(err);
	if (!message_templates_load(preview->templates,
	    cli->setup->templates.folder, &findings, err))
		return false;
	message_findings_print(&findings, &text);
	(void)fputs(buf_text(&text), stderr);
	buf_fini(&text);
	return true;
}

static bool
settle(struct preview *preview, struct err *err)
{
	const struct preview_options	*given = preview->options;
	struct cli			*cli = preview->cli;

	preview->channel = -1;
	if (given->channel != NULL && (preview->channel = name_find(
	    channel_names, str_of(given->channel))) < 0)
		return err_set(err, ERR_INPUT, "there is no channel \"%s\"; one"
		    " of email, sms, whatsapp, voice, letter",
		    given->channel);
	if (!cli_check_creditor(cli, given->creditor, err) ||
	    !cli_find(cli, given->invoice, given->creditor,
	    1u << STORE_REF_INVOICE, &preview->ref, err))
		return false;
	if ((preview->maker = message_maker_new()) == NULL)
		return err_nomem(err);
	return given->draft ? load_draft(preview, err) :
	    desk_templates(cli->setup, cli->store, &preview->templates, err);
}

static int
run(struct cli *cli, const void *options, int argc, char **argv)
{
	struct preview	preview = {.cli = cli, .options = options,
			    .step = argv[0]};
	struct err	err;
	bool		ok;

	(void)argc;
	if (preview.options->invoice == NULL)
		return cli_usage(cli, "--invoice REF is needed: whose message"
		    " is it?");
	ok = settle(&preview, &err) && make_message(&preview, &err);
	if (ok && cli->json)
		put_json(&preview);
	else if (ok)
		put_people(&preview);
	if (ok && preview.options->out != NULL)
		ok = write_files(&preview, &err);
	message_templates_free(&preview.templates);
	message_maker_free(&preview.maker);
	return ok ? CLI_DONE : cli_fail(cli, &err);
}

static const struct cli_option	options[] = {
	{"invoice", CLI_TEXT, offsetof(struct preview_options, invoice), "REF",
	    "what it is about"},
	{"channel", CLI_TEXT, offsetof(struct preview_options, channel), "C",
	    "email, sms, whatsapp ... (else the one that would be taken)"},
	{"lang", CLI_TEXT, offsetof(struct preview_options, language), "L",
	    "another language than the customer's"},
	{"creditor", CLI_TEXT, offsetof(struct preview_options, creditor),
	    "REF", "where several creditors use the same reference"},
	{"out", CLI_TEXT, offsetof(struct preview_options, out), "DIR",
	    "also write .eml, .html and .txt, or .json and .txt, there"},
	{"draft", CLI_FLAG, offsetof(struct preview_options, draft), NULL,
	    "the templates in the folder instead of those in service"},
	{.name = NULL}
};

const struct cli_command	cmd_preview = {
	.name = "preview",
	.arguments = "STEP --invoice REF [--channel C] [--lang L] [--out DIR]",
	.summary = "Show the exact message of a step about an invoice",
	.help = "As the plan would send it; where the plan holds no such"
	    " contact, for the invoice alone as of\nnow.  SMS tells encoding,"
	    " units and segments.",
	.options = options,
	.options_size = sizeof(struct preview_options),
	.min_args = 1,
	.max_args = 1,
	.need = CLI_NEEDS_READER,
	.run = run,
};
