/* SPDX-License-Identifier: ISC */
#include "message/message_impl.h"

#include "creditor/creditor.h"

struct message_maker *
message_maker_new(void)
{
	struct message_maker	*maker = calloc(1, sizeof(*maker));

	if (maker != NULL && (maker->l10n = l10n_new()) == NULL) {
		free(maker);
		return NULL;
	}
	return maker;
}

void
message_maker_free(struct message_maker **maker)
{
	if (*maker == NULL)
		return;
	l10n_free(&(*maker)->l10n);
	buf_fini(&(*maker)->body);
	buf_fini(&(*maker)->html);
	buf_fini(&(*maker)->text);
	buf_fini(&(*maker)->page);
	buf_fini(&(*maker)->mail);
	free(*maker);
	*maker = NULL;
}

static size_t
primary(const char *tag)
{
	return strcspn(tag, "-_");
}

static bool
is_country(const char *code)
{
	return code != NULL && strlen(code) == 2 && code[0] >= 'A' &&
	    code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z';
}

/*
 * The template's language as the customer's country writes numbers: from the
 * customer's own tag where it says the country, else from the address, else
 * from the creditor.
 */
static void
choose_locale(struct message_render *r)
{
	const char	*own = r->facts->language, *base = r->tpl->language;
	const char	*country = NULL;
	size_t		 len = primary(base);

	if (own != NULL && strlen(own) > len && primary(own) == len &&
	    strncmp(own, base, len) == 0 && l10n_is_tag(str_of(own))) {
		(void)snprintf(r->locale, sizeof(r->locale), "%s", own);
		return;
	}
	if (is_country(r->facts->customer->country))
		country = r->facts->customer->country;
	else if (is_country(r->facts->creditor->country))
		country = r->facts->creditor->country;
	if (base[len] != '\0' || country == NULL)
		(void)snprintf(r->locale, sizeof(r->locale), "%s", base);
	else
		(void)snprintf(r->locale, sizeof(r->locale), "%.8s-%.2s",
		    base, country);
}

static bool
check_facts(const struct message_facts *facts, struct err *err)
{
	int64_t	sum = 0;

	if (facts->item_count == 0)
		return err_set(err, ERR_INPUT, "a message needs an invoice");
	for (size_t i = 0; i < facts->item_count; i++) {
		const struct message_item	*item = &facts->items[i];

		if (currency_exponent(item->invoice->currency) < 0)
			return err_set(err, ERR_INPUT, "invoice %.80s:"
			    " \"%.3s\" is no currency", item->invoice->ref,
			    item->invoice->currency);
		if (item->amount < 0 || !money_add(&sum, item->amount))
			return err_set(err, ERR_INPUT, "invoice %.80s: the"
			    " amount is out of range", item->invoice->ref);
	}
	if (facts->key == NULL || facts->key[0] == '\0' || facts->c < 1)
		return err_set(err, ERR_INPUT, "a message needs a key");
	return true;
}

/*
 * Two messages of the same text differ by their parts and their layout too:
 * all that could have been in it is in the hash.
 */
static bool
hash_template(const struct message_render *r, struct hash *out,
    struct err *err)
{
	const struct message_templates	*set = r->set;
	struct buf			 all = BUF_INIT;
	bool				 ok;

	buf_add(&all, (const char *)r->tpl->hash.bytes, HASH_LEN);
	for (size_t i = 0; i < set->count; i++) {
		const struct message_template	*t = set->items[i];

		if (t->channel < 0 && (t->language[0] == '\0' ?
		    r->facts->channel == CHANNEL_EMAIL :
		    strcmp(t->language, r->tpl->language) == 0))
			buf_add(&all, (const char *)t->hash.bytes, HASH_LEN);
	}
	ok = buf_check(&all, err) && (hash_of(buf_str(&all), out) ||
	    err_nomem(err));
	buf_fini(&all);
	return ok;
}

static bool
find_template(struct message_render *r, struct err *err)
{
	const struct message_facts	*f = r->facts;
	const char			*step = f->template_name != NULL ?
					    f->template_name : f->step;

	r->tpl = message_templates_pick(r->set, step, f->channel,
	    f->language, f->creditor->language);
	if (r->tpl != NULL)
		return true;
	return err_set(err, ERR_INPUT, "no template for step %.64s by %s in"
	    " \"%.35s\", \"%.35s\" or \"%s\"; write templates/%.35s/%.64s.%s"
	    ".liquid", step, channel_names[f->channel],
	    f->language == NULL ? "" : f->language, f->creditor->language,
	    r->set->fallback, r->set->fallback[0] != '\0' ? r->set->fallback :
	    "es", step, channel_names[f->channel]);
}

/* The link that stops messages: the caller's, else the creditor's with K. */
static bool
choose_opt_out(struct message_render *r, struct err *err)
{
	const struct message_facts	*f = r->facts;
	char				*url;

	r->opt_out_url = f->opt_out_url == NULL ? "" : f->opt_out_url;
	if (r->opt_out_url[0] != '\0' || f->creditor->opt_out_url[0] == '\0')
		return true;
	url = arena_printf(r->arena, "%s%s", f->creditor->opt_out_url,
	    f->key);
	if (url == NULL)
		return err_nomem(err);
	r->opt_out_url = url;
	return true;
}

bool
message_make_told(struct message_maker *maker,
    const struct message_templates *set, const struct message_facts *facts,
    struct arena *arena, unsigned *told_out, struct message_out *out,
    struct err *err)
{
	struct message_out	 made = {.channel = facts->channel};
	struct message_render	*r = arena_alloc(arena, sizeof(*r));
	bool			 ok;

	if (r == NULL)
		return err_nomem(err);
	*r = (struct message_render){.l10n = maker->l10n, .set = set,
		.facts = facts, .arena = arena};
	if (!check_facts(facts, err) || !find_template(r, err) ||
	    !choose_opt_out(r, err) ||
	    !hash_template(r, &made.template_hash, err))
		return false;
	choose_locale(r);
	made.template_name = r->tpl->name;
	made.language = r->tpl->language;
	if (facts->channel == CHANNEL_EMAIL)
		ok = message_make_email(maker, r, &made, err);
	else if (facts->channel == CHANNEL_WHATSAPP)
		ok = message_make_whatsapp(maker, r, &made, err);
	else
		ok = message_make_text(maker, r, &made, err);
	if (!ok)
		return false;
	if (made.bytes.len > MESSAGE_MAX)
		return err_set(err, ERR_INPUT, "%s: the message has %zu bytes;"
		    " at most 10 MB can be sent", r->tpl->file,
		    made.bytes.len);
	*told_out = r->told;
	*out = made;
	return true;
}

bool
message_make(struct message_maker *maker,
    const struct message_templates *set, const struct message_facts *facts,
    struct arena *arena, struct message_out *out, struct err *err)
{
	unsigned	told;

	return message_make_told(maker, set, facts, arena, &told, out, err);
}
