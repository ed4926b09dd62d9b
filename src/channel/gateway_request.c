/* SPDX-License-Identifier: ISC */
/* gateway_request.c - a sealed message as the request that its gateway takes. */
#include "channel/gateway_impl.h"

#include <strings.h>

static const char *const	methods[] = {
	[GATEWAY_POST] = "POST", [GATEWAY_PUT] = "PUT", [GATEWAY_GET] = "GET"
};
static const char *const	types[] = {
	[GATEWAY_BODY_NONE] = NULL,
	[GATEWAY_BODY_JSON] = "Content-Type: application/json",
	[GATEWAY_BODY_FORM] =
	    "Content-Type: application/x-www-form-urlencoded",
	[GATEWAY_BODY_QUERY] = NULL,
	[GATEWAY_BODY_TEXT] = "Content-Type: text/plain; charset=utf-8"
};

/* One request in the making. */
struct making {
	struct gateway		*gateway;
	struct gateway_facts	 facts;
	enum channel		 channel;
	struct arena		*arena;
	const char		**headers;
	size_t			 header_count;
	struct channel_result	*result;
};

static bool
no(const struct making *making, enum outcome outcome,
    enum outcome_class class, const char *fmt, const char *what)
{
	char	text[200];

	(void)snprintf(text, sizeof(text), "%s%s", fmt, what);
	outcome_local(making->result, outcome, class, "", text);
	return false;
}

static bool
no_memory(const struct making *making)
{
	return no(making, OUTCOME_UNSENT, OUTCOME_CLASS_NONE,
	    "out of memory", "");
}

static bool
no_value(const struct making *making, int name)
{
	return no(making, OUTCOME_DEFERRED, OUTCOME_CLASS_CONFIG,
	    "the gateway wants a value that is empty: ",
	    gateway_name_text(&making->gateway->conf->values, name));
}

/* The work buffer as a text of the arena's; NULL: no memory. */
static const char *
keep(const struct making *making)
{
	const struct buf	*work = &making->gateway->work;

	return buf_ok(work) ? arena_copy(making->arena, buf_text(work),
	    work->len) : NULL;
}

static void
separate(struct buf *out)
{
	if (out->len > 0 && out->p[out->len - 1] != '?')
		buf_addc(out, '&');
}

static bool
add_pair(const struct making *making, const struct gateway_pair *pair,
    struct buf *out)
{
	struct buf	value = BUF_INIT;
	int		empty;
	bool		ok = true;

	if (pair->conf->channels.count > 0) {
		ok = false;
		for (size_t i = 0; i < pair->conf->channels.count; i++)
			ok = ok || pair->conf->channels.items[i] ==
			    (int64_t)making->channel;
		if (!ok)
			return true;
	}
	gateway_text_render(&pair->value, &making->facts, MODE_PLAIN, &value,
	    &empty);
	if (empty >= 0 && !pair->conf->optional)
		ok = no_value(making, empty);
	else if (empty < 0) {
		separate(out);
		gateway_percent(out, str_of(pair->conf->name));
		buf_addc(out, '=');
		gateway_percent(out, buf_str(&value));
	}
	if (!buf_ok(&value))
		ok = no_memory(making);
	buf_fini(&value);
	return ok;
}

static bool
add_pairs(const struct making *making, struct buf *out)
{
	size_t	count = making->gateway->conf->request.body.fields.count;

	for (size_t i = 0; i < count; i++) {
		if (!add_pair(making, &making->gateway->fields[i], out))
			return false;
	}
	return true;
}

static bool
make_url(struct making *making, struct gateway_call *out)
{
	struct gateway			*gateway = making->gateway;
	const struct gateway_conf	*conf = gateway->conf;
	struct buf			*work = &gateway->work;
	int				 empty;

	buf_clear(work);
	gateway_text_render(&gateway->url, &making->facts, MODE_PERCENT, work,
	    &empty);
	if (empty >= 0)
		return no_value(making, empty);
	if ((conf->request.body.type == GATEWAY_BODY_QUERY ||
	    conf->auth.kind == GATEWAY_AUTH_QUERY) &&
	    strchr(buf_text(work), '?') == NULL)
		buf_addc(work, '?');
	if (conf->request.body.type == GATEWAY_BODY_QUERY &&
	    !add_pairs(making, work))
		return false;
	if (conf->auth.kind == GATEWAY_AUTH_QUERY) {
		separate(work);
		gateway_percent(work, str_of(conf->auth.name));
		buf_addc(work, '=');
		gateway_percent(work, str_of(gateway->secret));
	}
	out->url = keep(making);
	return out->url != NULL || no_memory(making);
}

static bool
make_body(struct making *making, struct gateway_call *out)
{
	struct gateway		*gateway = making->gateway;
	struct buf		*work = &gateway->work;
	const struct gateway_text *text = &gateway->body;
	int			 type = gateway->conf->request.body.type;
	int			 empty = -1;

	buf_clear(work);
	if (gateway->plain_body.count > 0 &&
	    making->facts.names[NAME_TEMPLATE].len == 0)
		text = &gateway->plain_body;
	if (type == GATEWAY_BODY_JSON || type == GATEWAY_BODY_TEXT)
		gateway_text_render(text, &making->facts,
		    type == GATEWAY_BODY_JSON ? MODE_JSON : MODE_PLAIN, work,
		    &empty);
	else if (type == GATEWAY_BODY_FORM && !add_pairs(making, work))
		return false;
	if (empty >= 0)
		return no_value(making, empty);
	out->body = (struct str){keep(making), work->len};
	return out->body.p != NULL || no_memory(making);
}

static bool
is_clean(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	}
	return true;
}

static bool
add_header(struct making *making, const char *text)
{
	if (text == NULL)
		return no_memory(making);
	making->headers[making->header_count++] = text;
	return true;
}

/* A header whose value comes out empty is left out. */
static bool
make_header(struct making *making, const struct gateway_text *header)
{
	struct buf	*work = &making->gateway->work;
	const char	*text;
	int		 empty;

	buf_clear(work);
	gateway_text_render(header, &making->facts, MODE_PLAIN, work, &empty);
	if (str_ends(str_trim(buf_str(work)), ":"))
		return true;
	text = keep(making);
	if (text != NULL && (strlen(text) != work->len || !is_clean(text)))
		return no(making, OUTCOME_REFUSED, OUTCOME_CLASS_MESSAGE,
		    "a header would have a line end or another control: ",
		    arena_printf(making->arena, "%.*s",
		    (int)strcspn(text, ":"), text));
	return add_header(making, text);
}

static bool
has_type(const struct gateway_conf *conf)
{
	for (size_t i = 0; i < conf->request.headers.count; i++) {
		if (strncasecmp(conf->request.headers.items[i],
		    "Content-Type:", 13) == 0)
			return true;
	}
	return false;
}

static bool
make_auth(struct making *making)
{
	const struct gateway		*gateway = making->gateway;
	const struct gateway_auth_conf	*auth = &gateway->conf->auth;

	if (auth->kind == GATEWAY_AUTH_BASIC)
		return add_header(making, arena_printf(making->arena,
		    "Authorization: Basic %s", buf_text(&gateway->basic)));
	if (auth->kind == GATEWAY_AUTH_BEARER)
		return add_header(making, arena_printf(making->arena,
		    "Authorization: Bearer %s", gateway->secret));
	if (auth->kind == GATEWAY_AUTH_HEADER)
		return add_header(making, arena_printf(making->arena,
		    "%s: %s", auth->name, gateway->secret));
	return true;
}

static bool
make_headers(struct making *making, struct gateway_call *out)
{
	const struct gateway		*gateway = making->gateway;
	const struct gateway_conf	*conf = gateway->conf;
	const char			*type = types[conf->request.body.type];
	size_t				 count = conf->request.headers.count;

	making->headers = arena_array(making->arena, count + 2,
	    sizeof(*making->headers));
	if (making->headers == NULL)
		return no_memory(making);
	for (size_t i = 0; i < count; i++) {
		if (!make_header(making, &gateway->headers[i]))
			return false;
	}
	if (!make_auth(making) || (type != NULL && !has_type(conf) &&
	    !add_header(making, type)))
		return false;
	out->headers = making->headers;
	out->header_count = making->header_count;
	return true;
}

bool
gateway_request(struct gateway *gateway,
    const struct channel_message *message, struct arena *arena,
    struct gateway_call *out, struct channel_result *result)
{
	struct making	making = {.gateway = gateway, .arena = arena,
			    .channel = message->channel, .result = result};

	if (!gateway_facts_read(gateway->conf, message, arena, &making.facts,
	    result))
		return false;
	making.facts.names[NAME_SECRET] = str_of(gateway->secret);
	*out = (struct gateway_call){
		.method = methods[gateway->conf->request.method] };
	return make_url(&making, out) && make_headers(&making, out) &&
	    make_body(&making, out);
}
