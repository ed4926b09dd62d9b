/* SPDX-License-Identifier: ISC */
#include "channel/gateway_impl.h"

#include "base/hash.h"
#include "http/http.h"

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
