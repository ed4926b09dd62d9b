/* SPDX-License-Identifier: ISC */
/*
 * gateway_facts.c - the sealed bytes of a message, taken apart for a request.
 */
#include "channel/gateway_impl.h"

#include "base/json.h"
#include "base/utf8.h"

#define NATIONAL	"national:"

bool
gateway_address_check(const char *form, struct err *err)
{
	const char	*code = form + sizeof(NATIONAL) - 1;

	if (strcmp(form, "e164") == 0 || strcmp(form, "digits") == 0)
		return true;
	if (strncmp(form, NATIONAL, sizeof(NATIONAL) - 1) == 0 &&
	    code[0] >= '1' && code[0] <= '9' && strlen(code) <= 4 &&
	    strspn(code, "0123456789") == strlen(code))
		return true;
	return err_set(err, ERR_INPUT, "an address is written e164"
	    " (+573001234567), digits (573001234567), or national:57"
	    " (3001234567)");
}

/* "+" and 7 to 15 digits (E.164). */
static bool
is_number(struct str text)
{
	if (text.len < 8 || text.len > 16 || text.p[0] != '+')
		return false;
	for (size_t i = 1; i < text.len; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	}
	return true;
}

/* False: the form has no such number. */
static bool
in_form(const char *form, struct str number, struct str *out)
{
	const char	*code = form + sizeof(NATIONAL) - 1;
	struct str	 digits = {number.p + 1, number.len - 1};

	if (strcmp(form, "e164") == 0)
		*out = number;
	else if (strcmp(form, "digits") == 0)
		*out = digits;
	else if (str_starts(digits, code))
		*out = (struct str){digits.p + strlen(code),
		    digits.len - strlen(code)};
	else
		return false;
	return true;
}

static struct str
text_of(const struct value *sealed, const char *key)
{
	const struct value	*value = value_get(sealed, key);

	return value != NULL && value->kind == VALUE_STRING ? value->string :
	    STR("");
}

static struct str
own_value(const struct conf_map *values, const char *key)
{
	for (size_t i = 0; i < values->count; i++) {
		if (strcmp(values->keys[i], key) == 0)
			return str_of(values->values[i]);
	}
	return STR("");
}

static bool
keep(struct arena *arena, struct buf *text, struct str *out)
{
	char	*copy = buf_ok(text) ? arena_copy(arena, buf_text(text),
		    text->len) : NULL;

	if (copy != NULL)
		*out = (struct str){copy, text->len};
	buf_fini(text);
	return copy != NULL;
}

static void
add_variable(struct buf *json, size_t i, struct str value)
{
	char	number[24];

	(void)snprintf(number, sizeof(number), "%zu", i + 1);
	json_key(json, number);
	json_str(json, value);
}

static void
add_component(struct buf *json, struct str value)
{
	json_open(json, '{');
	json_key(json, "type");
	json_text(json, "text");
	json_key(json, "text");
	json_str(json, value);
	json_close(json, '}');
}

/* The parameters of an approved text, as each kind of gateway wants them. */
static bool
set_parameters(const struct value *sealed, struct arena *arena,
    struct gateway_facts *facts)
{
	const struct value	*list = value_get(sealed, "parameters");
	size_t			 count = list != NULL &&
				    list->kind == VALUE_ARRAY ?
				    list->count : 0;
	struct buf		 plain = BUF_INIT, numbered = BUF_INIT;
	struct buf		 meta = BUF_INIT;
	bool			 ok;

	json_open(&plain, '[');
	json_open(&numbered, '{');
	json_open(&meta, '[');
	if (count > 0)
		buf_adds(&meta, "{\"type\":\"body\",\"parameters\":[");
	for (size_t i = 0; i < count; i++) {
		json_str(&plain, list->items[i].string);
		add_variable(&numbered, i, list->items[i].string);
		add_component(&meta, list->items[i].string);
	}
	if (count > 0)
		buf_adds(&meta, "]}");
	json_close(&plain, ']');
	json_close(&numbered, '}');
	json_close(&meta, ']');
	ok = keep(arena, &plain, &facts->names[NAME_PARAMETERS]);
	ok = keep(arena, &numbered, &facts->names[NAME_VARIABLES]) && ok;
	return keep(arena, &meta, &facts->names[NAME_COMPONENTS]) && ok;
}

static bool
set_xml(struct arena *arena, struct gateway_facts *facts)
{
	struct str	text = facts->names[NAME_TEXT];
	struct buf	out = BUF_INIT;

	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '&')
			buf_adds(&out, "&amp;");
		else if (text.p[i] == '<')
			buf_adds(&out, "&lt;");
		else if (text.p[i] == '>')
			buf_adds(&out, "&gt;");
		else
			buf_addc(&out, text.p[i]);
	}
	return keep(arena, &out, &facts->names[NAME_TEXT_XML]);
}

/* What the message was measured as; by hand where it does not say. */
static struct str
coding(const struct value *sealed, struct str text)
{
	struct str	said = text_of(sealed, "encoding");

	if (said.len > 0)
		return str_is(said, "gsm7") ? STR("0") : STR("2");
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.p[i] >= 0x80 || text.p[i] == '`')
			return STR("2");
	}
	return STR("0");
}

static bool
say_no(struct channel_result *result, enum outcome outcome,
    enum outcome_class class, const char *text)
{
	outcome_local(result, outcome, class, "", text);
	return false;
}

static bool
set_addresses(const struct gateway_conf *conf, struct gateway_facts *facts,
    struct channel_result *result)
{
	const char	*form = conf->request.address;
	struct str	*to = &facts->names[NAME_TO];
	struct str	*sender = &facts->names[NAME_SENDER];

	if (!is_number(*to))
		return say_no(result, OUTCOME_REFUSED, OUTCOME_CLASS_ADDRESS,
		    "the address is not a telephone number in E.164");
	if (!in_form(form, *to, to))
		return say_no(result, OUTCOME_REFUSED, OUTCOME_CLASS_MESSAGE,
		    "the number is of another country than the gateway");
	if (sender->len == 0)
		*sender = own_value(&conf->values, "sender");
	if (is_number(*sender) && !in_form(form, *sender, sender))
		return say_no(result, OUTCOME_DEFERRED, OUTCOME_CLASS_CONFIG,
		    "the sender's number is of another country than the"
		    " gateway");
	return true;
}

bool
gateway_facts_read(const struct gateway_conf *conf,
    const struct channel_message *message, struct arena *arena,
    struct gateway_facts *out, struct channel_result *result)
{
	struct value	 sealed;
	struct str	*names = out->names;
	struct err	 err;

	*out = (struct gateway_facts){.values = &conf->values};
	if (!value_parse(message->bytes, arena, &sealed, &err))
		return say_no(result, err.kind == ERR_INPUT ? OUTCOME_REFUSED :
		    OUTCOME_UNSENT, OUTCOME_CLASS_BUG, err.text);
	names[NAME_TO] = text_of(&sealed, "to");
	if (names[NAME_TO].len == 0)
		names[NAME_TO] = message->address;
	names[NAME_SENDER] = text_of(&sealed, "from");
	names[NAME_TEXT] = text_of(&sealed, "text");
	names[NAME_LANGUAGE] = text_of(&sealed, "language");
	names[NAME_TEMPLATE] = text_of(&sealed, "template");
	names[NAME_REF] = message->key;
	names[NAME_CHANNEL] = str_of(channel_names[message->channel]);
	names[NAME_CODING] = coding(&sealed, names[NAME_TEXT]);
	if (conf->request.max_text > 0 && utf8_length(names[NAME_TEXT]) >
	    (size_t)conf->request.max_text)
		return say_no(result, OUTCOME_REFUSED, OUTCOME_CLASS_CONTENT,
		    "the text is longer than the gateway takes");
	if (!set_addresses(conf, out, result))
		return false;
	if (!set_parameters(&sealed, arena, out) || !set_xml(arena, out))
		return say_no(result, OUTCOME_UNSENT, OUTCOME_CLASS_NONE,
		    "out of memory");
	return true;
}
