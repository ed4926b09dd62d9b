/* SPDX-License-Identifier: ISC */
/* gateway_rows.c - the settings of a stanza, and what one alone may say. */
#include "channel/gateway_impl.h"

#include "model/pointer.h"

#include <strings.h>

static const char *const	method_names[] = {
	[GATEWAY_POST] = "POST", [GATEWAY_PUT] = "PUT", [GATEWAY_GET] = "GET",
	[3] = NULL
};
static const char *const	body_names[] = {
	[GATEWAY_BODY_NONE] = "none", [GATEWAY_BODY_JSON] = "json",
	[GATEWAY_BODY_FORM] = "form", [GATEWAY_BODY_QUERY] = "query",
	[GATEWAY_BODY_TEXT] = "text", [5] = NULL
};
static const char *const	auth_names[] = {
	[GATEWAY_AUTH_NONE] = "none", [GATEWAY_AUTH_BASIC] = "basic",
	[GATEWAY_AUTH_BEARER] = "bearer", [GATEWAY_AUTH_HEADER] = "header",
	[GATEWAY_AUTH_QUERY] = "query", [5] = NULL
};
static const char *const	timeout_names[] = {
	[GATEWAY_TIMEOUT_IN_DOUBT] = "in_doubt",
	[GATEWAY_TIMEOUT_RETRY] = "retry", [2] = NULL
};

/* --- checks of one setting ---------------------------------------------------- */

static const char *
text_field(const void *field)
{
	return *(const char *const *)field;
}

static void
report(const struct conf_check *check, const struct err *err)
{
	conf_error(check->conf, check->at, "%s", err->text);
}

static void
check_pointer(const struct conf_check *check, const void *field)
{
	struct err	err;

	if (text_field(field) != NULL && !pointer_check(text_field(field),
	    &err))
		report(check, &err);
}

static void
check_http(const struct conf_check *check, const void *field)
{
	struct err	err;

	if (text_field(field) != NULL && !gateway_http_check(
	    text_field(field), &err))
		report(check, &err);
}

static void
check_regex(const struct conf_check *check, const void *field)
{
	struct err	err;

	if (text_field(field) != NULL && !gateway_regex_check(
	    text_field(field), &err))
		report(check, &err);
}

static void
check_address(const struct conf_check *check, const void *field)
{
	struct err	err;

	if (!gateway_address_check(text_field(field), &err))
		report(check, &err);
}

static void
check_wait(const struct conf_check *check, const void *field)
{
	const char	*text = text_field(field);
	struct err	 err;

	if (text == NULL || (strncmp(text, "header:", 7) == 0 &&
	    text[7] != '\0'))
		return;
	if (strncmp(text, "ptr:", 4) != 0)
		conf_error(check->conf, check->at, "write header:NAME, such as"
		    " \"header:Retry-After\", or ptr:POINTER");
	else if (!pointer_check(text + 4, &err))
		report(check, &err);
}

/* Headers that are libcurl's to write. */
static bool
is_taken(struct str name)
{
	static const char *const	taken[] = {"Content-Length", "Expect",
		"Transfer-Encoding", "Connection", "TE", "Upgrade"};

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (strlen(taken[i]) == name.len &&
		    strncasecmp(taken[i], name.p, name.len) == 0)
			return true;
	}
	return false;
}

static bool
is_header_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char	c = name.p[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
		    (c < '0' || c > '9') && c != '-' && c != '_')
			return false;
	}
	return name.len > 0 && !is_taken(name);
}

static void
check_headers(const struct conf_check *check, const void *field)
{
	const struct conf_texts	*headers = field;

	for (size_t i = 0; i < headers->count; i++) {
		struct str	name = {headers->items[i],
				    strcspn(headers->items[i], ":")};

		if (headers->items[i][name.len] != ':' ||
		    !is_header_name(name))
			conf_error(check->conf, conf_at(check->conf,
			    &headers->items[i]), "a header is written \"Name:"
			    " value\"; those of the transfer itself are not"
			    " yours to write");
	}
}

static void
check_header_name(const struct conf_check *check, const void *field)
{
	const char	*name = text_field(field);

	if (name != NULL && !is_header_name(str_of(name)))
		conf_error(check->conf, check->at, "a name has letters, digits"
		    " and hyphens");
}

static void
check_error(const struct conf_check *check, const void *field)
{
	const struct gateway_error	*rule = field;

	if (rule->http == NULL && rule->code_ptr == NULL &&
	    rule->body_regex == NULL)
		conf_error(check->conf, check->at, "a rule needs http, code_ptr"
		    " or body_regex");
	else if (rule->codes.count > 0 && rule->code_ptr == NULL)
		conf_error(check->conf, check->at, "codes need a code_ptr that"
		    " says where they stand");
}

static void
check_values(const struct conf_check *check, const void *field)
{
	const struct conf_map	*values = field;

	for (size_t i = 0; i < values->count; i++) {
		const char	*key = values->keys[i];

		if (key[0] < 'a' || key[0] > 'z' || strspn(key,
		    "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(key))
			conf_error(check->conf, check->at, "%s: a value's name"
			    " has small letters, digits and _",
			    conf_quote(check->conf, str_of(key)));
	}
}

/* --- rows --------------------------------------------------------------------- */

#define AT(type, member)	.offset = offsetof(struct type, member)

static const struct conf_row	field_rows[] = {
	{ .name = "name", .type = CONF_TEXT, .required = true, .min = 1,
	  .max = 200, AT(gateway_field, name), .help = "of the field" },
	{ .name = "value", .type = CONF_TEXT, .required = true, .max = 4000,
	  AT(gateway_field, value), .help = "a text with {names}" },
	{ .name = "optional", .type = CONF_BOOL, .fallback = "false",
	  AT(gateway_field, optional),
	  .help = "left out when a {name} in it is empty" },
	{ .name = "channels", .type = CONF_CHOICES, .names = channel_names,
	  AT(gateway_field, channels),
	  .help = "for messages of these channels only" },
	{ .type = CONF_POS, AT(gateway_field, pos) },
	CONF_END_ROW
};

static const struct conf_row	body_rows[] = {
	{ .name = "type", .type = CONF_CHOICE, .names = body_names,
	  .fallback = "json", AT(gateway_body_conf, type),
	  .help = "how it is written; query stands in the address" },
	{ .name = "template", .type = CONF_TEXT, .lines = true, .max = 20000,
	  AT(gateway_body_conf, template),
	  .help = "of json and text; each {name} is a whole JSON value" },
	{ .name = "plain_template", .type = CONF_TEXT, .lines = true,
	  .max = 20000, AT(gateway_body_conf, plain_template),
	  .help = "the same for messages without an approved text" },
	{ .name = "fields", .type = CONF_GROUPS, .rows = field_rows,
	  .size = sizeof(struct gateway_field), .max = 100,
	  AT(gateway_body_conf, fields), .help = "of form and query" },
	CONF_END_ROW
};

static const struct conf_row	request_rows[] = {
	{ .name = "method", .type = CONF_CHOICE, .names = method_names,
	  .fallback = "POST", AT(gateway_request_conf, method),
	  .help = "of HTTP" },
	{ .name = "url", .type = CONF_TEXT, .min = 1, .max = 2000,
	  AT(gateway_request_conf, url),
	  .help = "where it goes, with {names} behind the host" },
	{ .name = "headers", .type = CONF_TEXTS, .max = 50,
	  AT(gateway_request_conf, headers), .check = check_headers,
	  .help = "\"Name: text with {names}\"; one that is empty is left out" },
	{ .name = "address", .type = CONF_TEXT, .fallback = "e164",
	  .max = 20, AT(gateway_request_conf, address),
	  .check = check_address,
	  .help = "form of telephone numbers: e164, digits, national:CC" },
	{ .name = "body", .type = CONF_GROUP, .rows = body_rows,
	  .size = sizeof(struct gateway_body_conf),
	  AT(gateway_request_conf, body), .help = "what is sent" },
	{ .name = "timeout", .type = CONF_DURATION, .fallback = "30 s",
	  .min = 100, .max = 300000, AT(gateway_request_conf, timeout_ms),
	  .help = "longest wait for the answer" },
	{ .name = "connect_timeout", .type = CONF_DURATION, .fallback = "5 s",
	  .min = 100, .max = 60000, AT(gateway_request_conf, connect_ms),
	  .help = "longest wait for a connection with TLS" },
	{ .name = "max_text", .type = CONF_INT, .min = 1, .max = 100000,
	  .unit = "characters", AT(gateway_request_conf, max_text),
	  .help = "a longer text is refused here" },
	{ .name = "ca_file", .type = CONF_PATH,
	  AT(gateway_request_conf, ca_file),
	  .help = "certificates to trust instead of the system's" },
	{ .name = "plain", .type = CONF_BOOL, .fallback = "false",
	  AT(gateway_request_conf, plain),
	  .help = "http: also to other machines, for all to read" },
	CONF_END_ROW
};

static const struct conf_row	auth_rows[] = {
	{ .name = "kind", .type = CONF_CHOICE, .names = auth_names,
	  .fallback = "none", AT(gateway_auth_conf, kind),
	  .help = "how the secret is shown; none: by {secret} where it"
	  " stands" },
	{ .name = "user", .type = CONF_TEXT, .min = 1, .max = 250,
	  AT(gateway_auth_conf, user), .help = "of basic, with {names}" },
	{ .name = "name", .type = CONF_TEXT, .min = 1, .max = 100,
	  AT(gateway_auth_conf, name), .check = check_header_name,
	  .help = "of the header, or of the query's field" },
	{ .name = "secret", .type = CONF_SECRET,
	  AT(gateway_auth_conf, secret),
	  .help = "where the password or token is" },
	CONF_END_ROW
};

static const struct conf_row	where_rows[] = {
	{ .name = "ptr", .type = CONF_TEXT, .required = true, .min = 1,
	  .max = 200, AT(gateway_where, ptr), .check = check_pointer,
	  .help = "a place in the JSON" },
	{ .name = "in", .type = CONF_TEXTS, .max = 100, AT(gateway_where, in),
	  .help = "what may stand there; anything when not given" },
	{ .name = "optional", .type = CONF_BOOL, .fallback = "false",
	  AT(gateway_where, optional), .help = "it may be absent" },
	CONF_END_ROW
};

static const struct conf_row	accepted_rows[] = {
	{ .name = "http", .type = CONF_TEXT, .fallback = "200-299", .min = 3,
	  .max = 100, AT(gateway_accepted, http), .check = check_http,
	  .help = "statuses and ranges of them" },
	{ .name = "where", .type = CONF_GROUPS, .rows = where_rows,
	  .size = sizeof(struct gateway_where), .max = 20,
	  AT(gateway_accepted, where), .help = "what the JSON says" },
	{ .name = "body_regex", .type = CONF_TEXT, .min = 1, .max = 500,
	  AT(gateway_accepted, body_regex), .check = check_regex,
	  .help = "what the body says (regex(7), extended)" },
	CONF_END_ROW
};

static const struct conf_row	error_rows[] = {
	{ .name = "class", .type = CONF_CHOICE, .required = true,
	  .names = answer_class_names, AT(gateway_error, class),
	  .help = "what it means" },
	{ .name = "http", .type = CONF_TEXT, .min = 3, .max = 100,
	  AT(gateway_error, http), .check = check_http,
	  .help = "statuses and ranges of them" },
	{ .name = "code_ptr", .type = CONF_TEXT, .min = 1, .max = 200,
	  AT(gateway_error, code_ptr), .check = check_pointer,
	  .help = "where the JSON has a code" },
	{ .name = "codes", .type = CONF_TEXTS, .max = 500,
	  AT(gateway_error, codes),
	  .help = "codes, and ranges of them; any when not given" },
	{ .name = "body_regex", .type = CONF_TEXT, .min = 1, .max = 500,
	  AT(gateway_error, body_regex), .check = check_regex,
	  .help = "what the body says (regex(7), extended)" },
	{ .name = "retry_after", .type = CONF_TEXT, .min = 5, .max = 200,
	  AT(gateway_error, retry_after), .check = check_wait,
	  .help = "where the wait stands: header:NAME, or ptr:POINTER" },
	{ .type = CONF_POS, AT(gateway_error, pos) },
	CONF_END_ROW
};

static const struct conf_row	id_rows[] = {
	{ .name = "ptr", .type = CONF_TEXT, .min = 1, .max = 200,
	  AT(gateway_id, ptr), .check = check_pointer,
	  .help = "a place in the JSON" },
	{ .name = "regex", .type = CONF_TEXT, .min = 1, .max = 500,
	  AT(gateway_id, regex), .check = check_regex,
	  .help = "its first group in the body" },
	{ .name = "header", .type = CONF_TEXT, .min = 1, .max = 100,
	  AT(gateway_id, header), .check = check_header_name,
	  .help = "a header of the answer" },
	{ .name = "own", .type = CONF_BOOL, .fallback = "false",
	  AT(gateway_id, own), .help = "our own key" },
	CONF_END_ROW
};

static const struct conf_row	answer_rows[] = {
	{ .name = "accepted", .type = CONF_GROUPS, .rows = accepted_rows,
	  .size = sizeof(struct gateway_accepted), .max = 20,
	  AT(gateway_answer_conf, accepted),
	  .help = "what a success looks like; any 2xx when not given" },
	{ .name = "errors", .type = CONF_GROUPS, .rows = error_rows,
	  .size = sizeof(struct gateway_error), .max = 200,
	  .check = check_error, AT(gateway_answer_conf, errors),
	  .help = "looked at first, in this order" },
	{ .name = "id", .type = CONF_GROUP, .rows = id_rows,
	  .size = sizeof(struct gateway_id), AT(gateway_answer_conf, id),
	  .help = "the gateway's name of the message" },
	{ .name = "on_timeout", .type = CONF_CHOICE, .names = timeout_names,
	  .fallback = "in_doubt", AT(gateway_answer_conf, on_timeout),
	  .help = "retry only where one {ref} is taken once" },
	{ .name = "busy_is_no", .type = CONF_BOOL, .fallback = "false",
	  AT(gateway_answer_conf, busy_is_no),
	  .help = "they document that a 503 was not processed" },
	CONF_END_ROW
};

const struct conf_row	gateway_rows[] = {
	{ .name = "base", .type = CONF_TEXT, .min = 1, .max = 40,
	  AT(gateway_conf, base),
	  .help = "the shipped stanza that gives what is not said here" },
	{ .name = "values", .type = CONF_MAP, AT(gateway_conf, values),
	  .check = check_values, .help = "texts for {names} of one's own" },
	{ .name = "request", .type = CONF_GROUP, .rows = request_rows,
	  .size = sizeof(struct gateway_request_conf),
	  AT(gateway_conf, request), .help = "how it is asked" },
	{ .name = "auth", .type = CONF_GROUP, .rows = auth_rows,
	  .size = sizeof(struct gateway_auth_conf), AT(gateway_conf, auth),
	  .help = "who asks" },
	{ .name = "answer", .type = CONF_GROUP, .rows = answer_rows,
	  .size = sizeof(struct gateway_answer_conf),
	  AT(gateway_conf, answer), .help = "what the answer means" },
	{ .type = CONF_POS, AT(gateway_conf, pos) },
	CONF_END_ROW
};
