/* SPDX-License-Identifier: ISC */
#include "ladder_case.h"

#include <stdlib.h>

/* --- members -------------------------------------------------------------- */

const char *
case_text(const struct value *object, const char *key, const char *fallback)
{
	const struct value	*value = value_get(object, key);

	return value == NULL || value->kind != VALUE_STRING ? fallback :
	    value->string.p;
}

int64_t
case_int(const struct value *object, const char *key, int64_t fallback)
{
	const struct value	*value = value_get(object, key);

	return value == NULL || value->kind != VALUE_INT ? fallback :
	    value->integer;
}

bool
case_bool(const struct value *object, const char *key, bool fallback)
{
	const struct value	*value = value_get(object, key);

	return value == NULL || value->kind != VALUE_BOOL ? fallback :
	    value->boolean;
}

int64_t
case_instant(const struct value *object, const char *key, int64_t fallback)
{
	const char	*text = case_text(object, key, NULL);
	int64_t		 ms;

	return text == NULL || !instant_parse(str_of(text), &ms) ? fallback :
	    ms;
}

const struct value *
case_list(const struct value *object, const char *key)
{
	static const struct value	 none = {.kind = VALUE_ARRAY};
	const struct value		*value = value_get(object, key);

	return value == NULL || value->kind != VALUE_ARRAY ? &none : value;
}

static int32_t
case_day(const struct value *object, const char *key)
{
	const char	*text = case_text(object, key, NULL);
	int32_t		 day;

	return text == NULL || !date_parse(str_of(text), &day) ? DAY_NONE :
	    day;
}

static int
case_name(const struct value *object, const char *key,
    const char *const *names, int fallback)
{
	const char	*text = case_text(object, key, NULL);
	int		 found = text == NULL ? -1 :
			    name_find(names, str_of(text));

	return found < 0 ? fallback : found;
}

/* --- the config ------------------------------------------------------------ */

bool
ladder_world_init(struct ladder_world *world, struct err *err)
{
	const char	*data = getenv("DUNLIN_DATADIR");
	char		 dir[4096];
	struct buf	 findings = BUF_INIT;
	bool		 ok;

	*world = (struct ladder_world){NULL, NULL};
	(void)snprintf(dir, sizeof(dir), "%s/conf/calendars",
	    data == NULL ? DUNLIN_SRCDIR : data);
	ok = calendars_load(dir, &world->calendars, &findings, err);
	buf_fini(&findings);
	if (ok && (world->zones = zones_new(NULL)) == NULL)
		ok = err_nomem(err);
	return ok;
}

void
ladder_world_fini(struct ladder_world *world)
{
	calendars_free(&world->calendars);
	zones_free(&world->zones);
}

static void
write_amounts(struct buf *out, const char *key, const struct value *amounts)
{
	if (amounts == NULL || amounts->kind != VALUE_OBJECT)
		return;
	buf_addf(out, "%s = [ ", key);
	for (size_t i = 0; i < amounts->count; i++) {
		struct money	money = {amounts->items[i].integer, ""};

		(void)snprintf(money.currency, sizeof(money.currency), "%s",
		    amounts->keys[i].p);
		buf_addf(out, "%s\"", i == 0 ? "" : ", ");
		money_format(&money, out);
		buf_addf(out, "\"");
	}
	buf_addf(out, " ];\n");
}

static void
write_step(struct buf *out, const struct value *step, bool one_step)
{
	const struct value	*channels = case_list(step, "channels");
	const char		*action = case_bool(step, "task", false) ?
				    "handoff" : "message";

	buf_addf(out, "{ id = \"%s\"; offset = %d; stage = \"%s\";"
	    " action = \"%s\";", case_text(step, "id", ""),
	    (int)case_int(step, "offset", 0), case_text(step, "stage", ""),
	    case_text(step, "action", action));
	if (case_int(step, "max_lateness", -1) >= 0)
		buf_addf(out, " max_late = %d;",
		    (int)case_int(step, "max_lateness", 0));
	if (!one_step || case_bool(step, "jump", false))
		buf_addf(out, " jump = true;");
	buf_addf(out, " channels = [ ");
	for (size_t i = 0; i < channels->count; i++)
		buf_addf(out, "%s\"%s\"", i == 0 ? "" : ", ",
		    channels->items[i].string.p);
	if (channels->count == 0)
		buf_addf(out, "\"email\", \"whatsapp\", \"sms\"");
	buf_addf(out, " ]; }");
}

static void
write_policy(struct buf *out, const struct value *root)
{
	const struct value	*policy = value_get(root, "policy");
	const struct value	*steps = case_list(policy, "steps");
	bool			 one_step = case_bool(policy, "one_step", true);

	buf_addf(out, "policies = ( { name = \"p\"; entry = \"%s\";"
	    " spacing = \"%s\"; gap = %d; grace = %d; cooldown = %d;"
	    " clearing = %d; patience = \"%d h\"; per_invoice = %s;\n",
	    case_text(policy, "entry", "first"),
	    case_bool(policy, "keep_distance", true) ? "distance" : "gap",
	    (int)case_int(policy, "min_gap_days", 3),
	    (int)case_int(policy, "grace", 0),
	    (int)case_int(policy, "cooldown_days", 0),
	    (int)case_int(policy, "clearing_days", 1),
	    (int)case_int(policy, "patience_hours", 0),
	    case_bool(policy, "consolidate", true) ? "false" : "true");
	write_amounts(out, "min_amounts", value_get(policy, "minimum"));
	write_amounts(out, "tolerances", value_get(policy, "tolerance"));
	buf_addf(out, "%s steps = (", case_text(root, "extra", ""));
	for (size_t i = 0; i < steps->count; i++) {
		buf_addf(out, i == 0 ? "\n" : ",\n");
		write_step(out, &steps->items[i], one_step);
	}
	buf_addf(out, " ); }%s );\n", case_text(root, "more", ""));
}

static void
write_creditors(struct buf *out, const struct value *root)
{
	const struct value	*creditors = value_get(root, "creditors");

	buf_addf(out, "creditors = (");
	for (size_t i = 0; creditors != NULL && i < creditors->count; i++) {
		const char	*ref = creditors->keys[i].p;
		const char	*least = case_text(&creditors->items[i],
				    "min_amount", "");

		buf_addf(out, "%s { ref = \"%s\"; legal_name = \"X\";"
		    " tax_id = \"1\"; country = \"CO\"; zone = \"%s\";"
		    " currency = \"COP\"; language = \"es\"; policy = \"%s\";"
		    " budget_group = \"%s\"; min_amount = \"%s\"; }",
		    i == 0 ? "" : ",", ref,
		    case_text(&creditors->items[i], "zone", ""),
		    case_text(&creditors->items[i], "policy", "p"),
		    case_text(&creditors->items[i], "group", ref), least);
	}
	buf_addf(out, " );\n");
}

static bool
load_config(struct ladder_case *one, struct err *err)
{
	struct conf	*conf = conf_new(one->arena);
	struct buf	 text = BUF_INIT;
	bool		 ok;

	if (conf == NULL)
		return err_nomem(err);
	write_policy(&text, one->root);
	write_creditors(&text, one->root);
	ok = conf_load_text(conf, "case.conf",
	    (struct str){buf_text(&text), text.len}, (struct conf_section[]){
	    {policy_rows, &one->policies}, {creditor_rows, &one->creditors}},
	    2, err);
	if (ok) {
		policies_settle(conf, &one->policies);
		ok = conf_ok(conf, err);
	}
	if (!ok && conf_finding(conf, 0) != NULL)
		(void)err_set(err, ERR_INPUT, "%d: %s",
		    conf_finding(conf, 0)->at.line, conf_finding(conf, 0)->text);
	buf_fini(&text);
	return ok;
}

bool
ladder_case_load(const struct ladder_world *world, struct str text,
    struct arena *arena, struct ladder_case *out, struct err *err)
{
	char		*copy = arena_copy(arena, text.p, text.len);
	struct value	*root = arena_alloc(arena, sizeof(*root));

	if (copy == NULL || root == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < text.len; i++) {
		if (copy[i] == '\'')
			copy[i] = '"';
	}
	*out = (struct ladder_case){.arena = arena, .root = root};
	if (!value_parse((struct str){copy, text.len}, arena, root, err) ||
	    !load_config(out, err))
		return false;
	out->at_ms = case_instant(root, "at", TIME_NONE);
	out->setup = (struct policy_setup){&out->policies, world->calendars,
	    &out->creditors, world->zones};
	return out->at_ms != TIME_NONE || err_set(err, ERR_INPUT, "no \"at\"");
}

/* --- the snapshot ----------------------------------------------------------- */

/* What is laid out while the tree is walked. */
struct layer {
	const struct ladder_case	*one;
	int64_t				 at_ms;
	struct arena			*arena;
	struct snapshot			*snap;
	struct snap_hold		*holds;
	struct snap_promise		*promises;
	int64_t				 customers, invoices, instalments;
	bool				 failed;
};

static void *
room(struct layer *layer, size_t count, size_t size)
{
	void	*items = arena_array(layer->arena, count + 1, size);

	layer->failed = layer->failed || items == NULL;
	return items;
}

static bool
is_known(const struct layer *layer, const struct value *fact)
{
	return case_instant(fact, "known_at", INT64_MIN) <= layer->at_ms;
}

static size_t
count_members(const struct value *value, const char *key)
{
	size_t	count = case_list(value, key)->count;

	for (size_t i = 0; i < value->count; i++)
		count += count_members(&value->items[i], key);
	return count;
}

static void
add_holds(struct layer *layer, const struct value *owner,
    enum hold_scope scope, int64_t id)
{
	const struct value	*list = case_list(owner, "holds");

	for (size_t i = 0; i < list->count; i++) {
		int64_t	until = case_instant(&list->items[i], "until", 0);

		if (!is_known(layer, &list->items[i]) || until <= layer->at_ms)
			continue;
		layer->holds[layer->snap->hold_count++] = (struct snap_hold){
		    1, scope, id, "reason", "author",
		    case_instant(&list->items[i], "known_at", 0), until};
	}
}

static void
add_promises(struct layer *layer, const struct value *owner,
    enum hold_scope scope, int64_t id)
{
	const struct value	*list = case_list(owner, "promises");

	for (size_t i = 0; i < list->count; i++) {
		if (is_known(layer, &list->items[i]))
			layer->promises[layer->snap->promise_count++] =
			    (struct snap_promise){1, scope, id, "", 1,
			    case_day(&list->items[i], "date"),
			    case_instant(&list->items[i], "known_at", 0)};
	}
}

static struct snap_item
read_item(const struct value *from)
{
	return (struct snap_item){1, case_int(from, "notice", 1),
	    (int)case_int(from, "cycle", 1), case_text(from, "step", ""), 0,
	    (enum item_state)case_name(from, "state", item_state_names,
	    ITEM_ACCEPTED), case_instant(from, "at", 0),
	    case_text(from, "rule", ""), case_int(from, "amount", 0)};
}

static void
add_items(struct layer *layer, const struct value *from,
    struct snap_instalment *to)
{
	const struct value	*accepted = case_list(from, "accepted");
	const struct value	*more = case_list(from, "items");
	struct snap_item	*items = room(layer, accepted->count +
				    more->count + layer->one->item_count,
				    sizeof(*items));

	if (items == NULL)
		return;
	for (size_t i = 0; i < accepted->count; i++)
		items[to->item_count++] = read_item(&accepted->items[i]);
	for (size_t i = 0; i < more->count; i++)
		items[to->item_count++] = read_item(&more->items[i]);
	for (size_t i = 0; i < layer->one->item_count; i++) {
		if (layer->one->items[i].instalment_id == to->id)
			items[to->item_count++] = layer->one->items[i].item;
	}
	to->items = items;
}

static int64_t
disputed_part(struct layer *layer, const struct value *invoice, int64_t balance)
{
	const struct value	*list = case_list(invoice, "disputes");
	int64_t			 sum = 0, until, amount;

	for (size_t i = 0; i < list->count; i++) {
		until = case_instant(&list->items[i], "until", TIME_NEVER);
		if (!is_known(layer, &list->items[i]) || until <= layer->at_ms)
			continue;
		if (until < layer->snap->valid_until_ms)
			layer->snap->valid_until_ms = until;
		amount = case_int(&list->items[i], "amount", balance);
		sum += amount;
	}
	return sum > balance ? balance : sum;
}

static void
add_instalment(struct layer *layer, const struct value *invoice,
    const struct value *from, struct snap_customer *customer,
    struct snap_instalment *to)
{
	const struct value	*entries = case_list(from, "entries");

	to->id = ++layer->instalments;
	to->number = 1;
	to->cycle = (int)case_int(from, "cycle", 1);
	to->due = case_day(from, "due");
	to->changed_ms = case_instant(from, "changed", TIME_NONE);
	for (size_t i = 0; i < entries->count; i++) {
		int64_t	known = case_instant(&entries->items[i], "known_at", 0);
		int64_t	minor = case_int(&entries->items[i], "amount", 0);

		if (known > layer->at_ms)
			continue;
		to->balance += minor;
		if (minor > 0)
			to->amount += minor;
		else if (known > customer->last_payment_ms)
			customer->last_payment_ms = known;
	}
	if (to->balance > 0)
		to->disputed = disputed_part(layer, invoice, to->balance);
	add_items(layer, from, to);
	add_holds(layer, from, SCOPE_INSTALMENT, to->id);
}

static void
add_invoice(struct layer *layer, const struct value *from,
    struct snap_customer *customer, struct snap_invoice *to)
{
	const struct value	*list = case_list(from, "instalments");
	struct snap_instalment	*instalments = room(layer, list->count,
				    sizeof(*instalments));

	*to = (struct snap_invoice){.id = ++layer->invoices,
	    .ref = case_text(from, "id", ""), .issued = DAY_NONE,
	    .status = (enum invoice_status)case_name(from, "excluded",
	    invoice_status_names, INVOICE_OPEN), .pay_url = "", .document = "",
	    .purchase_order = "", .policy = case_text(from, "policy", ""),
	    .instalments = instalments, .instalment_count = list->count};
	(void)snprintf(to->currency, sizeof(to->currency), "%s",
	    case_text(from, "currency", ""));
	for (size_t i = 0; i < list->count && !layer->failed; i++)
		add_instalment(layer, from, &list->items[i], customer,
		    &instalments[i]);
	add_holds(layer, from, SCOPE_INVOICE, to->id);
	add_promises(layer, from, SCOPE_INVOICE, to->id);
}

static void
add_contacts(struct layer *layer, const struct value *from,
    struct snap_customer *to)
{
	const struct value	*list = case_list(from, "contacts");
	struct snap_contact	*contacts = room(layer, list->count,
				    sizeof(*contacts));

	for (size_t i = 0; i < list->count && !layer->failed; i++) {
		bool	usable = case_bool(&list->items[i], "healthy", true);
		int	channel = case_name(&list->items[i], "channel",
			    channel_names, CHANNEL_EMAIL);

		contacts[i] = (struct snap_contact){(enum channel)channel,
		    channel_names[channel], usable, usable ? "" : "bounced"};
		if (case_bool(&list->items[i], "consent", true))
			to->consent |= 1u << channel;
	}
	to->contacts = contacts;
	to->contact_count = list->count;
}

static void
add_credits(struct layer *layer, const struct value *from,
    struct snap_customer *to)
{
	const struct value	*list = case_list(from, "credits");
	struct snap_credit	*credits = room(layer, list->count,
				    sizeof(*credits));

	for (size_t i = 0; i < list->count && !layer->failed; i++) {
		struct snap_credit	*credit = &credits[to->credit_count];

		if (!is_known(layer, &list->items[i]))
			continue;
		(void)snprintf(credit->currency, sizeof(credit->currency),
		    "%s", case_text(&list->items[i], "currency", ""));
		credit->minor = case_int(&list->items[i], "amount", 0);
		to->credit_count++;
	}
	to->credits = credits;
}

/* Addresses are the channels' names, as in add_contacts(). */
static struct snap_message
read_message(const struct value *from, int c)
{
	static const char *const	resends[] = {
	    [RESEND_BY_RULE] = "rule", [RESEND_ASKED] = "asked",
	    [RESEND_DECLINED] = "declined", NULL};
	const int			channel = case_name(from, "channel",
					    channel_names, 0);

	return (struct snap_message){.id = c, .c = c, .key = "K.1",
	    .channel = (enum channel)channel,
	    .address = case_text(from, "address", channel_names[channel]),
	    .state = (enum message_state)case_name(from, "state",
	    message_state_names, MSG_FAILED),
	    .doubts = (int)case_int(from, "doubts", 0),
	    .doubt_ms = case_instant(from, "doubt_at", TIME_NONE),
	    .resend = (enum snap_resend)case_name(from, "resend", resends,
	    RESEND_BY_RULE)};
}

static void
add_messages(struct layer *layer, const struct value *from,
    struct snap_notice *to)
{
	const struct value	*list = case_list(from, "messages");
	struct snap_message	*messages = room(layer, list->count,
				    sizeof(*messages));

	for (size_t i = 0; i < list->count && !layer->failed; i++)
		messages[i] = read_message(&list->items[i], (int)i + 1);
	to->messages = messages;
	to->message_count = list->count;
}

static void
add_notices(struct layer *layer, const struct value *from,
    struct snap_customer *to)
{
	const struct value	*list = case_list(from, "notices");
	struct snap_notice	*notices = room(layer, list->count,
				    sizeof(*notices));

	for (size_t i = 0; i < list->count && !layer->failed; i++) {
		notices[i] = (struct snap_notice){.id = case_int(
		    &list->items[i], "id", 1), .key = "K", .step = case_text(
		    &list->items[i], "step", ""), .state = (enum notice_state)
		    case_name(&list->items[i], "state", notice_state_names,
		    NOTICE_OPEN), .decided_ms = case_instant(&list->items[i],
		    "decided", 0), .in_doubt = case_bool(&list->items[i],
		    "hold", false)};
		add_messages(layer, &list->items[i], &notices[i]);
	}
	to->notices = notices;
	to->notice_count = list->count;
}

/* An unknown kind of exclusion is an exclusion all the same. */
static enum customer_status
status_of(const struct value *from)
{
	return (enum customer_status)case_name(from, "excluded",
	    customer_status_names, case_text(from, "excluded", NULL) == NULL ?
	    CUSTOMER_ACTIVE : CUSTOMER_EXCLUDED);
}

static void
add_customer(struct layer *layer, const struct value *from,
    struct snap_customer *to)
{
	const struct value	*list = case_list(from, "invoices");
	struct snap_invoice	*invoices = room(layer, list->count,
				    sizeof(*invoices));

	*to = (struct snap_customer){.id = ++layer->customers,
	    .ref = case_text(from, "id", ""),
	    .creditor = case_text(from, "creditor", ""), .name = "", .tax_id = "",
	    .type = (enum debtor_type)case_name(from, "type",
	    debtor_type_names, DEBTOR_CONSUMER), .status = status_of(from),
	    .country = case_text(from, "country", ""),
	    .region = case_text(from, "region", ""),
	    .zone = case_text(from, "zone", ""), .language = "",
	    .policy = case_text(from, "policy", ""),
	    .preferred = case_name(from, "preference", channel_names, -1),
	    .invoices = invoices, .invoice_count = list->count,
	    .last_payment_ms = TIME_NONE, .feed_ms = TIME_NONE, .thread = ""};
	for (size_t i = 0; i < list->count && !layer->failed; i++)
		add_invoice(layer, &list->items[i], to, &invoices[i]);
	add_contacts(layer, from, to);
	add_credits(layer, from, to);
	add_notices(layer, from, to);
	add_holds(layer, from, SCOPE_CUSTOMER, to->id);
	add_promises(layer, from, SCOPE_CUSTOMER, to->id);
}

/* A creditor whose contacts count for the group. */
static const char *
creditor_of_group(const struct ladder_case *one, const char *group)
{
	for (size_t i = 0; i < one->creditors.list.count; i++) {
		const struct creditor	*creditor = creditors_at(
					    &one->creditors, i);

		if (strcmp(creditor->budget_group, group) == 0)
			return creditor->ref;
	}
	return group;
}

static void
add_events(struct layer *layer, const struct value *person)
{
	const struct value	*list = case_list(person, "history");
	const struct ladder_case *one = layer->one;
	struct snap_event	*events = room(layer, list->count +
				    one->event_count, sizeof(*events));
	size_t			 count = 0;

	for (size_t i = 0; i < list->count && !layer->failed; i++) {
		const struct value	*from = &list->items[i];

		events[count++] = (struct snap_event){
		    .at_ms = case_instant(from, "at", 0),
		    .channel = (enum channel)case_name(from, "channel",
		    channel_names, 0), .outcome = (enum contact_outcome)
		    case_name(from, "outcome", contact_outcome_names, 0),
		    .planned = case_bool(from, "planned", false),
		    .exempt = case_bool(from, "exempt", false),
		    .doubtful = case_bool(from, "doubtful", false),
		    .customer_id = 1, .creditor = creditor_of_group(one,
		    case_text(from, "group", "")),
		    .stage = STAGE_ADMINISTRATIVE,
		    .notice_id = case_int(from, "notice", 0)};
	}
	for (size_t i = 0; i < one->event_count && !layer->failed; i++)
		events[count++] = one->events[i];
	layer->snap->events = events;
	layer->snap->event_count = count;
}

bool
ladder_case_snapshot(const struct ladder_case *one, int64_t at_ms,
    struct arena *arena, struct snapshot *out, struct err *err)
{
	const struct value	*person = value_get(one->root, "person");
	const struct value	*list = case_list(person, "customers");
	struct layer		 layer = {.one = one, .at_ms = at_ms,
				    .arena = arena, .snap = out};
	struct snap_customer	*customers;

	*out = (struct snapshot){.person_id = 1, .person = "", .rev = 1,
	    .as_of_ms = at_ms, .valid_until_ms = TIME_NEVER};
	customers = room(&layer, list->count, sizeof(*customers));
	layer.holds = room(&layer, count_members(person, "holds"),
	    sizeof(*layer.holds));
	layer.promises = room(&layer, count_members(person, "promises"),
	    sizeof(*layer.promises));
	if (layer.failed)
		return err_nomem(err);
	add_holds(&layer, person, SCOPE_PERSON, 1);
	for (size_t i = 0; i < list->count && !layer.failed; i++)
		add_customer(&layer, &list->items[i], &customers[i]);
	add_events(&layer, person);
	out->customers = customers;
	out->customer_count = list->count;
	out->holds = layer.holds;
	out->promises = layer.promises;
	return !layer.failed || err_nomem(err);
}

/* --- looking around --------------------------------------------------------- */

static void
first_fact(const struct value *value, int64_t after_ms, int64_t *first_ms)
{
	int64_t	known = case_instant(value, "known_at", TIME_NONE);

	if (known != TIME_NONE && known > after_ms && known < *first_ms)
		*first_ms = known;
	for (size_t i = 0; i < value->count; i++)
		first_fact(&value->items[i], after_ms, first_ms);
}

int64_t
ladder_case_next_fact(const struct ladder_case *one, int64_t at_ms)
{
	int64_t	first_ms = TIME_NEVER;

	first_fact(value_get(one->root, "person"), at_ms, &first_ms);
	return first_ms;
}

/* The id of the nth instalment in the order of the text; counts *left down. */
static const char *
nth_instalment(const struct value *value, int64_t *left)
{
	const struct value	*list = case_list(value, "instalments");
	const char		*found = NULL;

	for (size_t i = 0; i < list->count; i++) {
		if (--*left == 0)
			return case_text(&list->items[i], "id", "");
	}
	for (size_t i = 0; i < value->count && found == NULL; i++)
		found = nth_instalment(&value->items[i], left);
	return found;
}

const char *
ladder_case_ref(const struct ladder_case *one, int64_t id)
{
	const char	*found = nth_instalment(value_get(one->root, "person"),
			    &id);

	return found == NULL ? "" : found;
}
