/* SPDX-License-Identifier: ISC */
#include "message/message_impl.h"

#include "base/utf8.h"
#include "message/message_md.h"

/*
 * Values were cleaned of controls when they were made; what a template makes
 * of them (a captured line, an appended word) comes through here too.
 */
static void
escape(struct buf *out, struct str text, const void *user)
{
	const struct message_render	*render = user;

	switch (render->kind) {
	case MESSAGE_MARKDOWN:
		message_add_markdown(out, text);
		break;
	case MESSAGE_HTML:
		message_add_html(out, text);
		break;
	case MESSAGE_LINE:
	case MESSAGE_TEXT:
	case MESSAGE_SMS:
		buf_addstr(out, text);
		break;
	}
}

static bool
partial(const void *user, struct str name, struct str *source_out)
{
	const struct message_render	*render = user;
	const struct message_template	*part;

	part = message_templates_part(render->set, render->tpl->language,
	    name);
	if (part == NULL)
		return false;
	*source_out = part->body;
	return true;
}

static const struct liquid_template *
compiled(const void *user, struct str name)
{
	const struct message_render	*render = user;
	const struct message_template	*part;

	part = message_templates_part(render->set, render->tpl->language,
	    name);
	return part == NULL ? NULL : part->tpl;
}

void
message_env(struct liquid_env *env, struct message_render *render)
{
	*env = (struct liquid_env)LIQUID_ENV_INIT;
	env->strict_variables = true;
	env->filters = message_filters;
	env->nfilters = message_filter_count;
	if (render == NULL)
		return;
	env->escape = escape;
	env->compiled = compiled;
	env->partial = partial;
	env->user = render;
	env->now_ms = (int64_t)render->facts->today * DAY_MS;
	env->limits.output = MESSAGE_MAX / 4;
}

bool
message_render(struct message_render *render,
    const struct liquid_template *tpl, enum message_kind kind,
    struct buf *out, struct err *err)
{
	struct liquid_env	env;

	render->kind = kind;
	message_env(&env, render);
	return liquid_render(tpl, &env, message_globals(render),
	    render->arena, out, err) && buf_check(out, err);
}

bool
message_render_header(struct message_render *render,
    const struct message_header *header, struct buf *out, struct err *err)
{
	struct buf	text = BUF_INIT;
	size_t		skip = (size_t)header->column - 1;
	bool		ok;

	ok = message_render(render, header->tpl, MESSAGE_LINE, &text, err);
	if (ok) {
		/* the spaces that stood in for the header's name */
		if (skip > text.len)
			skip = text.len;
		utf8_clean(out, (struct str){text.p + skip, text.len - skip},
		    false);
		ok = buf_check(out, err);
	}
	buf_fini(&text);
	return ok;
}

bool
message_keep(struct arena *arena, const struct buf *buf, struct str *out,
    struct err *err)
{
	char	*copy;

	if (!buf_check(buf, err))
		return false;
	copy = arena_copy(arena, buf_text(buf), buf->len);
	if (copy == NULL)
		return err_nomem(err);
	*out = (struct str){copy, buf->len};
	return true;
}

/* Spaces that hold amounts together cost an SMS its cheap alphabet. */
static void
plain_spaces(struct buf *out, struct str text)
{
	uint32_t	point;

	while (text.len > 0) {
		point = utf8_next(&text);
		if (point == 0xa0 || point == 0x202f || point == 0x2009)
			point = ' ';
		utf8_add(out, point == UTF8_BAD ? 0xfffd : point);
	}
}

bool
message_add_money(const struct message_render *render,
    const struct money *money, enum l10n_money_form form, struct buf *out,
    struct err *err)
{
	struct buf		text = BUF_INIT;
	struct message_sms	sms;
	size_t			start = out->len, bad;
	bool			ok;

	if (render->kind != MESSAGE_SMS)
		return l10n_money(render->l10n, render->locale, money, form,
		    out, err);
	ok = l10n_money(render->l10n, render->locale, money, form, &text, err);
	plain_spaces(out, buf_str(&text));
	if (ok && message_sms_measure((struct str){out->p + start, out->len -
	    start}, &sms, &bad, err) && sms.encoding != SMS_GSM7) {
		/* a sign such as U+20B2 would double the price of the SMS */
		buf_truncate(out, start);
		buf_clear(&text);
		ok = l10n_money(render->l10n, render->locale, money,
		    L10N_MONEY_CODE, &text, err);
		plain_spaces(out, buf_str(&text));
	}
	ok = ok && buf_check(&text, err) && buf_check(out, err);
	buf_fini(&text);
	return ok;
}
