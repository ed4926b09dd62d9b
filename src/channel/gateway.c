/* SPDX-License-Identifier: ISC */
#include "channel/gateway_impl.h"

#include "base/hash.h"
#include "http/http.h"

#include <strings.h>

#define SECRET_ROOM	4096

struct gateway_pair {
	const struct gateway_field	*conf;
	struct gateway_text		 value;
};

struct gateway {
	const struct gateway_conf	*conf;
	struct arena			*arena;
	struct gateway_text		 url;
	struct gateway_text		*headers;
	struct gateway_text		 user;
	struct gateway_text		 body;
	struct gateway_text		 plain_body;
	struct gateway_pair		*fields;
	struct gateway_rules		 rules;
	char				 secret[SECRET_ROOM];
	struct buf			 escaped;	/* the secret, in a URL */
	struct buf			 basic;	/* what auth basic sends */
	struct buf			 work;
};

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

/* --- compiling ---------------------------------------------------------------- */

/* A text and where it is written, for errors. */
static bool
parse(struct gateway *gateway, const char *const *source,
    struct gateway_text *out, const void **culprit_out, struct err *err)
{
	*culprit_out = source;
	return gateway_text_parse(*source == NULL ? "" : *source,
	    &gateway->conf->values, gateway->arena, out, err);
}

/* Customers' data may say which path, never which machine. */
static bool
check_url(const struct gateway *gateway, struct err *err)
{
	const char	*url = gateway->conf->request.url, *host, *path;
	struct str	 fixed = gateway->url.parts[0].literal;

	if (url == NULL)
		return err_set(err, ERR_INPUT, "the gateway has no"
		    " request.url");
	if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
		return err_set(err, ERR_INPUT, "an address begins with"
		    " https://");
	host = strstr(url, "://") + 3;
	path = host + strcspn(host, "/?#");
	if (memchr(host, '@', (size_t)(path - host)) != NULL)
		return err_set(err, ERR_INPUT, "a password does not belong"
		    " into an address: write auth = { kind = \"basic\"; ... }");
	if (path == host || (size_t)(path - url) > fixed.len ||
	    strchr(url, '#') != NULL)
		return err_set(err, ERR_INPUT, "an address names its host, and"
		    " {names} stand behind that");
	if (url[4] == ':' && !gateway->conf->request.plain &&
	    !http_is_loopback(url))
		return err_set(err, ERR_INPUT, "http: leaves this machine: what"
		    " is sent could be read and changed on its way; use"
		    " https:, or say plain = true");
	return true;
}

/* Would each {name} as a whole value make JSON? */
static bool
check_json(struct gateway *gateway, const struct gateway_text *text,
    struct err *err)
{
	struct gateway_facts	 facts = {.values = &gateway->conf->values};
	struct arena		*arena = arena_new();
	struct value		 value;
	int			 empty;
	bool			 ok;

	if (arena == NULL)
		return err_nomem(err);
	facts.names[NAME_PARAMETERS] = facts.names[NAME_COMPONENTS] =
	    STR("[]");
	facts.names[NAME_VARIABLES] = STR("{}");
	buf_clear(&gateway->work);
	gateway_text_render(text, &facts, MODE_JSON, &gateway->work, &empty);
	ok = buf_check(&gateway->work, err) &&
	    (value_parse(buf_str(&gateway->work), arena, &value, err) ||
	    err_in(err, "each {name} is a whole JSON value, without quotes"
	    " around it"));
	arena_free(&arena);
	return ok;
}

static bool
compile_body(struct gateway *gateway, const void **culprit_out,
    struct err *err)
{
	const struct gateway_body_conf	*body = &gateway->conf->request.body;
	const struct gateway_field	*fields = body->fields.items;
	bool				 wants;

	wants = body->type == GATEWAY_BODY_JSON ||
	    body->type == GATEWAY_BODY_TEXT;
	*culprit_out = &body->template;
	if (wants && body->template == NULL)
		return err_set(err, ERR_INPUT, "a body of this type needs a"
		    " template");
	if (!parse(gateway, &body->template, &gateway->body, culprit_out,
	    err) || (body->type == GATEWAY_BODY_JSON &&
	    !check_json(gateway, &gateway->body, err)))
		return false;
	if (body->plain_template != NULL && (!parse(gateway,
	    &body->plain_template, &gateway->plain_body, culprit_out, err) ||
	    !check_json(gateway, &gateway->plain_body, err)))
		return false;
	gateway->fields = arena_array(gateway->arena, body->fields.count,
	    sizeof(*gateway->fields));
	if (gateway->fields == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < body->fields.count; i++) {
		gateway->fields[i].conf = &fields[i];
		if (!parse(gateway, &fields[i].value,
		    &gateway->fields[i].value, culprit_out, err))
			return false;
	}
	return true;
}

static bool
compile_headers(struct gateway *gateway, const void **culprit_out,
    struct err *err)
{
	const struct conf_texts	*headers = &gateway->conf->request.headers;

	gateway->headers = arena_array(gateway->arena, headers->count,
	    sizeof(*gateway->headers));
	if (gateway->headers == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < headers->count; i++) {
		if (!parse(gateway, &headers->items[i], &gateway->headers[i],
		    culprit_out, err))
			return false;
	}
	return true;
}

/* Is our key in what is sent?  Else nobody could find two of one. */
static bool
sends_key(const struct gateway *gateway)
{
	const struct gateway_conf	*conf = gateway->conf;
	bool				 uses;

	uses = gateway_text_uses(&gateway->url, NAME_REF) ||
	    gateway_text_uses(&gateway->body, NAME_REF);
	for (size_t i = 0; i < conf->request.headers.count; i++)
		uses = uses || gateway_text_uses(&gateway->headers[i],
		    NAME_REF);
	for (size_t i = 0; i < conf->request.body.fields.count; i++)
		uses = uses || gateway_text_uses(&gateway->fields[i].value,
		    NAME_REF);
	return uses;
}

static bool
check_auth(const struct gateway_conf *conf, const void **culprit_out,
    struct err *err)
{
	const struct gateway_auth_conf	*auth = &conf->auth;

	*culprit_out = &auth->kind;
	if (auth->kind == GATEWAY_AUTH_BASIC && auth->user == NULL)
		return err_set(err, ERR_INPUT, "auth basic needs a user");
	if (auth->kind != GATEWAY_AUTH_NONE && auth->secret.path == NULL)
		return err_set(err, ERR_INPUT, "the gateway wants a secret:"
		    " write auth = { secret = \"credential:NAME\"; }, or a"
		    " file's path");
	if ((auth->kind == GATEWAY_AUTH_HEADER ||
	    auth->kind == GATEWAY_AUTH_QUERY) && auth->name == NULL)
		return err_set(err, ERR_INPUT, "auth %s needs a name",
		    auth->kind == GATEWAY_AUTH_HEADER ? "header" : "query");
	return true;
}

static bool
compile(struct gateway *gateway, const void **culprit_out, struct err *err)
{
	const struct gateway_conf	*conf = gateway->conf;

	if (!parse(gateway, &conf->request.url, &gateway->url, culprit_out,
	    err) || !check_url(gateway, err) ||
	    !compile_headers(gateway, culprit_out, err) ||
	    !compile_body(gateway, culprit_out, err) ||
	    !check_auth(conf, culprit_out, err) ||
	    !parse(gateway, &conf->auth.user, &gateway->user, culprit_out,
	    err) || !gateway_rules_new(&conf->answer, gateway->arena,
	    &gateway->rules, culprit_out, err))
		return false;
	*culprit_out = &conf->answer.on_timeout;
	if (conf->answer.on_timeout == GATEWAY_TIMEOUT_RETRY &&
	    !sends_key(gateway))
		return err_set(err, ERR_INPUT, "on_timeout = \"retry\" is for"
		    " gateways that take one key once, and {ref} is not in"
		    " the request");
	return true;
}

bool
gateway_new(const struct gateway_conf *conf, struct gateway **out,
    const void **culprit_out, struct err *err)
{
	struct gateway	*gateway = calloc(1, sizeof(*gateway));

	*culprit_out = conf;
	if (gateway == NULL || (gateway->arena = arena_new()) == NULL) {
		free(gateway);
		return err_nomem(err);
	}
	gateway->conf = conf;
	if (!compile(gateway, culprit_out, err)) {
		gateway_free(&gateway);
		return false;
	}
	*out = gateway;
	return true;
}

static void
wipe(struct buf *secret)
{
	if (secret->p != NULL)
		conf_secret_wipe(secret->p, secret->cap);
	buf_fini(secret);
}

void
gateway_free(struct gateway **pointer)
{
	struct gateway	*gateway = *pointer;

	if (gateway == NULL)
		return;
	*pointer = NULL;
	conf_secret_wipe(gateway->secret, sizeof(gateway->secret));
	wipe(&gateway->escaped);
	wipe(&gateway->basic);
	buf_fini(&gateway->work);
	if (gateway->rules.conf != NULL)
		gateway_rules_free(&gateway->rules);
	arena_free(&gateway->arena);
	free(gateway);
}

/* A secret is one line of visible letters; anything else would break the
 * request, or be another one. */
static bool
check_secret(const char *secret, struct err *err)
{
	if (secret[0] == '\0')
		return err_set(err, ERR_INPUT, "the secret is empty");
	for (const char *p = secret; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return err_set(err, ERR_INPUT, "the secret holds a"
			    " line end or another control");
	}
	return true;
}

bool
gateway_read_secret(struct gateway *gateway, struct err *err)
{
	const struct gateway_auth_conf	*auth = &gateway->conf->auth;
	struct gateway_facts		 facts = {
		.values = &gateway->conf->values };
	int				 empty;

	if (auth->secret.path == NULL)
		return true;
	if (!conf_secret_read(&auth->secret, gateway->secret,
	    sizeof(gateway->secret), err) ||
	    !check_secret(gateway->secret, err))
		return false;
	buf_clear(&gateway->escaped);
	gateway_percent(&gateway->escaped, str_of(gateway->secret));
	if (!buf_check(&gateway->escaped, err))
		return false;
	if (auth->kind != GATEWAY_AUTH_BASIC)
		return true;
	buf_clear(&gateway->work);
	gateway_text_render(&gateway->user, &facts, MODE_PLAIN,
	    &gateway->work, &empty);
	buf_addf(&gateway->work, ":%s", gateway->secret);
	buf_clear(&gateway->basic);
	hash_base64(&gateway->basic, (const unsigned char *)gateway->work.p,
	    gateway->work.len);
	conf_secret_wipe(gateway->work.p, gateway->work.cap);
	return buf_check(&gateway->basic, err) &&
	    buf_check(&gateway->work, err);
}

/* --- requests ----------------------------------------------------------------- */

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
		if (out->len > 0 && out->p[out->len - 1] != '?')
			buf_addc(out, '&');
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
	if (conf->request.body.type == GATEWAY_BODY_QUERY) {
		buf_addc(work, strchr(buf_text(work), '?') == NULL ? '?' :
		    '&');
		if (!add_pairs(making, work))
			return false;
	}
	if (conf->auth.kind == GATEWAY_AUTH_QUERY) {
		buf_addc(work, strchr(buf_text(work), '?') == NULL ? '?' :
		    '&');
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

/* --- answers ------------------------------------------------------------------ */

/* Gateways like to say which key was wrong: text without the secret. */
static struct str
hide(struct str text, struct str secret, struct arena *arena)
{
	struct str	 out = {NULL, 0};
	const char	*at;
	char		*copy;
	size_t		 before;

	if (secret.len < 4 || text.len < secret.len ||
	    memmem(text.p, text.len, secret.p, secret.len) == NULL)
		return text;
	if ((copy = arena_alloc(arena, text.len + 1)) == NULL)
		return STR("");
	out.p = copy;
	while ((at = memmem(text.p, text.len, secret.p, secret.len)) != NULL) {
		before = (size_t)(at - text.p);
		(void)memcpy(copy + out.len, text.p, before);
		(void)memcpy(copy + out.len + before, "***", 3);
		out.len += before + 3;
		text = (struct str){at + secret.len,
		    text.len - before - secret.len};
	}
	(void)memcpy(copy + out.len, text.p, text.len);
	out.len += text.len;
	return out;
}

static struct str
hide_all(const struct gateway *gateway, struct str text, struct arena *arena)
{
	text = hide(text, str_of(gateway->secret), arena);
	text = hide(text, buf_str(&gateway->escaped), arena);
	return hide(text, buf_str(&gateway->basic), arena);
}

static void
read_answer(struct gateway *gateway, const struct channel_message *message,
    const struct http_answer *answer, struct arena *arena,
    struct channel_result *result)
{
	const struct gateway_answer_conf *conf = &gateway->conf->answer;
	struct outcome_terms		  terms = {
		.has_key = conf->on_timeout == GATEWAY_TIMEOUT_RETRY,
		.busy_is_no = conf->busy_is_no };
	enum answer_class		  class;
	struct answer_said		  said;

	if (answer->stage != HTTP_REPLIED || !gateway_rules_apply(
	    &gateway->rules, answer, arena, &class, &said)) {
		outcome_from_http(result, answer, &terms);
		return;
	}
	if ((class == ANSWER_ACCEPTED || class == ANSWER_IN_DOUBT) &&
	    !answer->body_begun) {
		/* a yes to a message that never left */
		outcome_from_http(result, answer, &terms);
		return;
	}
	if (class == ANSWER_ACCEPTED && conf->id.own)
		said.provider_id = message->key;
	outcome_from_class(result, class, &said);
}

void
gateway_answer(struct gateway *gateway,
    const struct channel_message *message, const struct http_answer *answer,
    struct arena *arena, struct channel_result *result)
{
	struct http_answer	clean = *answer;

	clean.body = hide_all(gateway, answer->body, arena);
	clean.head = hide_all(gateway, answer->head, arena);
	read_answer(gateway, message, &clean, arena, result);
}
