/* SPDX-License-Identifier: ISC */
#include "cli/staff.h"

#include "base/utf8.h"

#define KIND(kind)	(1u << (kind))

static const unsigned	kinds_of_scope[] = {
	[SCOPE_PERSON] = KIND(STORE_REF_PERSON) | KIND(STORE_REF_CUSTOMER) |
	    KIND(STORE_REF_INVOICE),
	[SCOPE_CUSTOMER] = KIND(STORE_REF_CUSTOMER) | KIND(STORE_REF_INVOICE),
	[SCOPE_INVOICE] = KIND(STORE_REF_INVOICE),
	[SCOPE_INSTALMENT] = KIND(STORE_REF_INVOICE),
};

bool
staff_act(struct cli *cli, enum staff_right right, const char *reason,
    struct store_act *out, struct err *err)
{
	*out = (struct store_act){.reason = reason == NULL ? "" : reason,
	    .now_ms = cli->now_ms};
	if (utf8_check(str_of(out->reason)) < strlen(out->reason))
		return err_set(err, ERR_INPUT, "--reason is not UTF-8 text");
	return setup_staff(cli->setup, right, &out->who, err) &&
	    cli_writer(cli, err);
}

bool
staff_name(const char *const *names, const char *what, const char *text,
    int *out, struct err *err)
{
	struct buf	choices = BUF_INIT;

	if ((*out = name_find(names, str_of(text))) >= 0)
		return true;
	for (size_t i = 0; names[i] != NULL; i++)
		buf_addf(&choices, "%s%s", i == 0 ? "" : ", ", names[i]);
	(void)err_set(err, ERR_INPUT, "unknown %s \"%s\"; it is one of %s",
	    what, text, buf_text(&choices));
	buf_fini(&choices);
	return false;
}

bool
staff_amount(const char *text, struct money *out, struct err *err)
{
	if (!money_parse(str_of(text), out, err))
		return err_in(err, "--amount");
	if (out->minor <= 0)
		return err_set(err, ERR_INPUT, "--amount must be more than"
		    " nothing, as in '%s 10.00'", out->currency);
	return true;
}

/* --- finding ------------------------------------------------------------------ */

/* Leaves persons out where something else has the same reference. */
static bool
narrow(struct cli *cli, const struct staff_about *about, unsigned *kinds,
    struct err *err)
{
	const unsigned		person = KIND(STORE_REF_PERSON);
	struct store_refs	refs;

	if (!store_find(cli->store, about->ref, about->creditor, cli->arena,
	    &refs, err))
		return false;
	for (size_t i = 0; i < refs.count; i++) {
		if ((KIND(refs.items[i].kind) & *kinds & ~person) != 0) {
			*kinds &= ~person;
			break;
		}
	}
	return true;
}

static int64_t
id_in_scope(const struct store_ref *ref, enum hold_scope scope)
{
	switch (scope) {
	case SCOPE_PERSON:
		return ref->person_id;
	case SCOPE_CUSTOMER:
		return ref->customer_id;
	case SCOPE_INVOICE:
	case SCOPE_INSTALMENT:
	case HOLD_SCOPE_COUNT:
		break;
	}
	return ref->id;
}

static enum hold_scope
scope_of(const struct store_ref *ref, int64_t instalment)
{
	if (ref->kind == STORE_REF_PERSON)
		return SCOPE_PERSON;
	if (ref->kind == STORE_REF_CUSTOMER)
		return SCOPE_CUSTOMER;
	return instalment == INT64_MIN ? SCOPE_INVOICE : SCOPE_INSTALMENT;
}

static const char *
subject_text(const struct cli *cli, const struct staff_subject *subject,
    int number)
{
	static const char *const	kinds[] = {
		[STORE_REF_PERSON] = "person",
		[STORE_REF_CUSTOMER] = "customer",
		[STORE_REF_INVOICE] = "invoice",
		[STORE_REF_NOTICE] = "notice",
	};
	const struct store_ref	*ref = &subject->ref;
	const char		*text;

	if (subject->scope == SCOPE_INSTALMENT)
		text = arena_printf(cli->arena, "instalment %d of invoice %s",
		    number, ref->ref);
	else if (scope_of(ref, INT64_MIN) == subject->scope)
		text = arena_printf(cli->arena, "%s %s", kinds[ref->kind],
		    ref->ref);
	else
		text = arena_printf(cli->arena, "the %s of %s %s",
		    hold_scope_names[subject->scope], kinds[ref->kind],
		    ref->ref);
	return text == NULL ? ref->ref : text;
}

bool
staff_subject(struct cli *cli, const struct staff_about *about,
    struct staff_subject *out, struct err *err)
{
	const struct snap_instalment	*instalment = NULL;
	const struct snap_invoice	*invoice;
	unsigned			 kinds = kinds_of_scope[SCOPE_PERSON];
	int				 scope = -1;

	if (about->scope != NULL && !staff_name(hold_scope_names, "scope",
	    about->scope, &scope, err))
		return false;
	if (scope < 0 && about->instalment != INT64_MIN)
		scope = SCOPE_INSTALMENT;
	if (scope >= 0)
		kinds = kinds_of_scope[scope];
	if (!narrow(cli, about, &kinds, err) || !cli_find(cli, about->ref,
	    about->creditor, kinds, &out->ref, err))
		return false;
	out->scope = scope >= 0 ? (enum hold_scope)scope :
	    scope_of(&out->ref, about->instalment);
	out->id = id_in_scope(&out->ref, out->scope);
	if (out->scope == SCOPE_INSTALMENT) {
		if (!staff_instalment(cli, &out->ref, about->instalment,
		    &invoice, &instalment, err))
			return false;
		out->id = instalment->id;
	}
	out->text = subject_text(cli, out,
	    instalment == NULL ? 0 : instalment->number);
	return true;
}

bool
staff_customer(struct cli *cli, const char *ref, const char *creditor,
    struct store_ref *out, struct err *err)
{
	return cli_find(cli, ref, creditor, KIND(STORE_REF_CUSTOMER) |
	    KIND(STORE_REF_INVOICE), out, err);
}

/* --- invoices ------------------------------------------------------------------- */

static const struct snap_invoice *
find_invoice(const struct snapshot *snap, int64_t id)
{
	for (size_t i = 0; i < snap->customer_count; i++) {
		const struct snap_customer	*customer =
						    &snap->customers[i];

		for (size_t j = 0; j < customer->invoice_count; j++) {
			if (customer->invoices[j].id == id)
				return &customer->invoices[j];
		}
	}
	return NULL;
}

bool
staff_invoice(struct cli *cli, const struct store_ref *ref,
    const struct snap_invoice **out, struct err *err)
{
	struct snapshot	*snap = arena_alloc(cli->arena, sizeof(*snap));

	if (snap == NULL)
		return err_nomem(err);
	if (!store_snapshots(cli->store, &ref->person_id, 1, cli->now_ms,
	    cli->arena, snap, err))
		return false;
	if ((*out = find_invoice(snap, ref->id)) == NULL)
		return err_set(err, ERR_INPUT, "invoice %s has nothing open;"
		    " `dunlin why %s` tells its story", ref->ref, ref->ref);
	return true;
}

static bool
choose_instalment(const struct snap_invoice *invoice, struct err *err)
{
	struct buf	numbers = BUF_INIT;

	for (size_t i = 0; i < invoice->instalment_count; i++)
		buf_addf(&numbers, "%s%d", i == 0 ? "" : ", ",
		    invoice->instalments[i].number);
	(void)err_set(err, ERR_INPUT, "invoice %s has %zu instalments (%s);"
	    " say which one with --instalment", invoice->ref,
	    invoice->instalment_count, buf_text(&numbers));
	buf_fini(&numbers);
	return false;
}

bool
staff_instalment(struct cli *cli, const struct store_ref *ref, int64_t number,
    const struct snap_invoice **invoice_out,
    const struct snap_instalment **out, struct err *err)
{
	const struct snap_invoice	*invoice;

	if (!staff_invoice(cli, ref, &invoice, err))
		return false;
	if (number == INT64_MIN && invoice->instalment_count > 1)
		return choose_instalment(invoice, err);
	for (size_t i = 0; i < invoice->instalment_count; i++) {
		if (number == INT64_MIN ||
		    invoice->instalments[i].number == number) {
			*invoice_out = invoice;
			*out = &invoice->instalments[i];
			return true;
		}
	}
	return err_set(err, ERR_INPUT, "invoice %s has no instalment %lld",
	    ref->ref, (long long)number);
}

/* --- writing ---------------------------------------------------------------------- */

const struct zone *
staff_zone(const struct cli *cli, const char *creditor)
{
	const struct creditors	*all = &cli->setup->creditors;
	const struct creditor	*one = creditor[0] == '\0' ?
				    creditors_at(all, 0) :
				    creditors_find(all, creditor);
	const struct zone	*zone;
	struct err		 err;

	return one != NULL && zone_find(cli->setup->zones, one->zone, &zone,
	    &err) ? zone : NULL;
}

bool
staff_end(const struct cli *cli, const char *creditor, const char *text,
    int64_t *out, struct err *err)
{
	const struct zone	*zone = staff_zone(cli, creditor);
	struct civil		 end = {0, 86400};

	if (zone == NULL || !date_parse(str_of(text), &end.day))
		return cli_instant(cli, text, true, out, err);
	*out = zone_instant(zone, end) - 1;
	return true;
}

const char *
staff_instant(const struct cli *cli, const char *creditor, int64_t ms)
{
	const struct zone	*zone = staff_zone(cli, creditor);
	struct buf		 text = BUF_INIT;
	const char		*copy;

	if (ms == TIME_NEVER || ms == TIME_NONE)
		return ms == TIME_NEVER ? "never" : "-";
	if (zone != NULL)
		zone_format(zone, ms, &text);
	else
		instant_format(ms, 0, &text);
	copy = arena_strdup(cli->arena, buf_text(&text));
	buf_fini(&text);
	return copy == NULL ? "?" : copy;
}

const char *
staff_money(const struct cli *cli, int64_t minor, const char *currency)
{
	struct money	 money = {.minor = minor};
	struct buf	 text = BUF_INIT;
	const char	*copy;

	(void)snprintf(money.currency, sizeof(money.currency), "%s", currency);
	money_format(&money, &text);
	copy = arena_strdup(cli->arena, buf_text(&text));
	buf_fini(&text);
	return copy == NULL ? "?" : copy;
}
