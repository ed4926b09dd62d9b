/* SPDX-License-Identifier: ISC */
/*
 * The shipped stanzas against ../shared/tools/gateways, where it is: requests
 * that vendors' own specifications take, and answers that they document.
 * What a case says is read from it and put into a message; the stanza must
 * make the same request of it.
 */
#include "channel/gateway.h"

#include "base/json.h"
#include "http/http.h"
#include "model/pointer.h"
#include "support/test.h"
#include "unit/channel/gateway_fixture.h"

#define FOLDER	"/../shared/tools/gateways/"
#define PAIRS	32

struct data {
	struct arena	*arena;
	struct value	 root;
};

static bool
read_data(const char *name, struct data *out)
{
	const char	*srcdir = getenv("srcdir");
	char		 path[1024], bytes[8192];
	struct buf	 text = BUF_INIT;
	struct err	 err;
	size_t		 n;
	FILE		*fp;

	(void)snprintf(path, sizeof(path), "%s" FOLDER "%s",
	    srcdir == NULL ? DUNLIN_SRCDIR : srcdir, name);
	if ((fp = fopen(path, "re")) == NULL)
		return false;
	while ((n = fread(bytes, 1, sizeof(bytes), fp)) > 0)
		buf_add(&text, bytes, n);
	(void)fclose(fp);
	out->arena = arena_new();
	assert_true(value_parse(buf_str(&text), out->arena, &out->root,
	    &err));
	buf_fini(&text);
	return true;
}

static const char *
text_of(const struct value *object, const char *key)
{
	const struct value	*value = value_get(object, key);

	return value != NULL && value->kind == VALUE_STRING ?
	    value->string.p : "";
}

/* --- forms -------------------------------------------------------------------- */

struct pairs {
	char	text[PAIRS][600];	/* "name=value", decoded */
	size_t	count;
};

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
split_form(const char *form, struct pairs *out)
{
	size_t	len = 0;

	*out = (struct pairs){.count = 0};
	for (; *form != '\0'; form++) {
		char	hex[3] = "";
		char	c = *form == '+' ? ' ' : *form;

		if (*form == '&') {
			out->text[out->count++][len] = '\0';
			len = 0;
			continue;
		}
		if (*form == '%') {
			(void)memcpy(hex, form + 1, 2);
			c = (char)strtol(hex, NULL, 16);
			form += 2;
		}
		out->text[out->count][len++] = c;
		assert_true(out->count < PAIRS - 1 && len < 599);
	}
	out->text[out->count++][len] = '\0';
	qsort(out->text, out->count, sizeof(out->text[0]), compare);
}

static const char *
pair(const struct pairs *pairs, const char *name)
{
	size_t	len = strlen(name);

	for (size_t i = 0; i < pairs->count; i++) {
		if (strncmp(pairs->text[i], name, len) == 0 &&
		    pairs->text[i][len] == '=')
			return pairs->text[i] + len + 1;
	}
	return "";
}

/* --- a stanza and one message -------------------------------------------------- */

static bool
render(const char *stanza, enum channel channel, const struct buf *sealed,
    struct buf *body)
{
	const struct channel_message	 message = {.channel = channel,
		.key = STR("abc.1"), .bytes = buf_str(sealed)};
	struct gateway_fixture		 fixture;
	struct gateway			*gateway;
	struct gateway_call		 call;
	struct channel_result		 result;
	struct buf			 findings = BUF_INIT;
	const void			*culprit;
	struct err			 err;
	bool				 ok;

	ok = fixture_open(&fixture, stanza, &findings);
	if (!ok)
		fail_msg("%s\n%s", stanza, buf_text(&findings));
	assert_true(gateway_new(fixture.route->gateway.whole, &gateway,
	    &culprit, &err));
	assert_true(gateway_read_secret(gateway, &err));
	ok = gateway_request(gateway, &message, fixture.arena, &call,
	    &result);
	if (ok)
		buf_addstr(body, call.body);
	else
		print_message("# %s\n", result.reply);
	gateway_free(&gateway);
	fixture_close(&fixture);
	buf_fini(&findings);
	return ok;
}

static void
add_text(struct buf *json, const char *key, const char *text)
{
	if (text[0] == '\0')
		return;
	json_key(json, key);
	json_text(json, text);
}

/* {"1":"Ada"} as ["Ada"]. */
static void
add_parameters(struct buf *json, const char *variables, struct arena *arena)
{
	struct value	numbered;
	struct err	err;

	if (variables[0] == '\0')
		return;
	assert_true(value_parse(str_of(variables), arena, &numbered, &err));
	json_key(json, "parameters");
	json_open(json, '[');
	for (size_t i = 0; i < numbered.count; i++)
		json_str(json, numbered.items[i].string);
	json_close(json, ']');
}

static const char *
without(const char *prefix, const char *text)
{
	size_t	len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? text + len : text;
}

static bool
twilio_case(const struct value *one, struct arena *arena)
{
	struct buf	stanza = BUF_INIT, sealed = BUF_INIT, body = BUF_INIT;
	bool		whatsapp;
	struct pairs	wanted, got;
	bool		ok;

	split_form(text_of(one, "form"), &wanted);
	whatsapp = strncmp(pair(&wanted, "To"), "whatsapp:", 9) == 0;
	buf_addf(&stanza, "base = \"twilio\"; auth = { secret = \"SECRET\"; };"
	    " values = { account = \"AC1\"; sender = \"%s\"; service = \"%s\";"
	    " receipt_url = \"%s\"; schedule = \"%s\"; send_at = \"%s\";"
	    " validity_s = \"%s\"; };",
	    without("whatsapp:", pair(&wanted, "From")),
	    pair(&wanted, "MessagingServiceSid"),
	    pair(&wanted, "StatusCallback"), pair(&wanted, "ScheduleType"),
	    pair(&wanted, "SendAt"), pair(&wanted, "ValidityPeriod"));
	json_open(&sealed, '{');
	add_text(&sealed, "to", without("whatsapp:", pair(&wanted, "To")));
	add_text(&sealed, "text", pair(&wanted, "Body"));
	add_text(&sealed, "template", pair(&wanted, "ContentSid"));
	add_parameters(&sealed, pair(&wanted, "ContentVariables"), arena);
	json_close(&sealed, '}');
	ok = render(buf_text(&stanza), whatsapp ? CHANNEL_WHATSAPP :
	    CHANNEL_SMS, &sealed, &body);
	if (ok)
		split_form(buf_text(&body), &got);
	ok = ok && got.count == wanted.count && memcmp(got.text, wanted.text,
	    sizeof(got.text)) == 0;
	if (!ok)
		print_message("# %s: %s\n# wanted %s\n", text_of(one, "name"),
		    buf_text(&body), text_of(one, "form"));
	buf_fini(&stanza);
	buf_fini(&sealed);
	buf_fini(&body);
	return ok;
}

/* --- JSON --------------------------------------------------------------------- */

static bool
same(const struct value *a, const struct value *b)
{
	const struct value	*other;

	if (a->kind != b->kind || a->count != b->count ||
	    (a->kind == VALUE_BOOL && a->boolean != b->boolean) ||
	    (a->kind == VALUE_INT && a->integer != b->integer) ||
	    (a->kind == VALUE_STRING && !str_eq(a->string, b->string)))
		return false;
	for (size_t i = 0; i < a->count; i++) {
		other = a->kind == VALUE_ARRAY ? &b->items[i] :
		    value_get(b, a->keys[i].p);
		if (other == NULL || !same(&a->items[i], other))
			return false;
	}
	return true;
}

static const char *
text_at(const struct value *root, const char *pointer)
{
	const struct value	*found[1];

	return pointer_find(root, pointer, found, 1) > 0 &&
	    found[0]->kind == VALUE_STRING ? found[0]->string.p : "";
}

static bool
whatsapp_case(const struct value *one, struct arena *arena)
{
	const struct value	*wanted = value_get(one, "json");
	const struct value	*texts[PAIRS];
	struct buf		 sealed = BUF_INIT, body = BUF_INIT;
	struct value		 got;
	struct err		 err;
	size_t			 count;
	char			 to[40];
	bool			 ok;

	(void)snprintf(to, sizeof(to), "+%s", text_of(wanted, "to"));
	json_open(&sealed, '{');
	add_text(&sealed, "to", to);
	add_text(&sealed, "text", text_at(wanted, "/text/body"));
	add_text(&sealed, "template", text_at(wanted, "/template/name"));
	add_text(&sealed, "language", text_at(wanted,
	    "/template/language/code"));
	count = pointer_find(wanted, "/template/components/*/parameters/*/text",
	    texts, PAIRS);
	if (count > 0) {
		json_key(&sealed, "parameters");
		json_open(&sealed, '[');
		for (size_t i = 0; i < count; i++)
			json_str(&sealed, texts[i]->string);
		json_close(&sealed, ']');
	}
	json_close(&sealed, '}');
	ok = render("base = \"whatsapp-cloud\"; values = { number_id = \"1\";"
	    " }; auth = { secret = \"SECRET\"; };", CHANNEL_WHATSAPP, &sealed,
	    &body);
	ok = ok && value_parse(buf_str(&body), arena, &got, &err) &&
	    same(&got, wanted);
	if (!ok)
		print_message("# %s: %s\n", text_of(one, "name"),
		    buf_text(&body));
	buf_fini(&sealed);
	buf_fini(&body);
	return ok;
}

/* Good ones, for the address that sends messages. */
static bool
is_ours(const struct value *one, const char *body)
{
	const struct value	*status = value_get(one, "expect");

	return status != NULL && status->integer < 300 &&
	    value_get(one, "path") == NULL && value_get(one, body) != NULL;
}

static void
check_cases(const struct data *data, const char *spec, const char *body,
    bool (*check)(const struct value *, struct arena *))
{
	const struct value	*cases = value_get(value_get(&data->root,
				    spec), "cases");
	int			 good = 0, wrong = 0;

	assert_non_null(cases);
	for (size_t i = 0; i < cases->count; i++) {
		if (!is_ours(&cases->items[i], body))
			continue;
		if (check(&cases->items[i], data->arena))
			good++;
		else
			wrong++;
	}
	print_message("# %s: %d of %d\n", spec, good, good + wrong);
	assert_int_equal(wrong, 0);
	assert_true(good > 0);
}

static void
test_cases(void **state)
{
	struct data	data;

	(void)state;
	if (!read_data("cases.json", &data)) {
		print_message("# no ../shared/tools/gateways/cases.json\n");
		skip();
	}
	check_cases(&data, "twilio.json", "form", twilio_case);
	check_cases(&data, "whatsapp-cloud.json", "json", whatsapp_case);
	arena_free(&data.arena);
}

/* --- replies ------------------------------------------------------------------ */

/* Does the outcome do what the class asks for? */
static bool
fits(const char *class, const struct channel_result *result)
{
	enum outcome		outcome = result->outcome;
	enum outcome_class	why = result->class;
	bool			stops, person;

	stops = why == OUTCOME_CLASS_CREDENTIALS ||
	    why == OUTCOME_CLASS_CONFIG || why == OUTCOME_CLASS_BALANCE;
	person = why == OUTCOME_CLASS_ADDRESS || why == OUTCOME_CLASS_OPTOUT;
	if (strcmp(class, "accepted") == 0)
		return outcome == OUTCOME_ACCEPTED;
	if (strcmp(class, "retry") == 0)
		return outcome == OUTCOME_DEFERRED && !stops;
	if (strcmp(class, "throttled") == 0)
		return outcome == OUTCOME_DEFERRED &&
		    why == OUTCOME_CLASS_RATE;
	if (strcmp(class, "config") == 0)
		return outcome == OUTCOME_DEFERRED && stops;
	if (strcmp(class, "rejected") == 0)
		return outcome == OUTCOME_REFUSED && !person;
	if (strcmp(class, "recipient") == 0)
		return outcome == OUTCOME_REFUSED &&
		    why == OUTCOME_CLASS_ADDRESS;
	if (strcmp(class, "optout") == 0)
		return outcome == OUTCOME_REFUSED &&
		    why == OUTCOME_CLASS_OPTOUT;
	return outcome == OUTCOME_IN_DOUBT;
}

static bool
check_reply(const char *name, const struct value *line)
{
	const struct channel_message	 message = {.key = STR("")};
	struct gateway_fixture		 fixture;
	struct gateway			*gateway;
	struct channel_result		 result;
	struct http_answer		 answer = {.stage = HTTP_REPLIED,
		.body_begun = true};
	struct buf			 findings = BUF_INIT;
	char				 stanza[200];
	const void			*culprit;
	struct err			 err;
	bool				 ok;

	(void)snprintf(stanza, sizeof(stanza), "base = \"%s\"; auth = {"
	    " secret = \"SECRET\"; };", name);
	if (!fixture_open(&fixture, stanza, &findings))
		fail_msg("%s", buf_text(&findings));
	assert_true(gateway_new(fixture.route->gateway.whole, &gateway,
	    &culprit, &err));
	answer.status = (int)value_get(line, "http")->integer;
	answer.body = value_get(line, "body")->string;
	gateway_answer(gateway, &message, &answer, fixture.arena, &result);
	ok = fits(text_of(line, "class"), &result) &&
	    strcmp(text_of(line, "id"), result.provider_id) == 0;
	if (!ok)
		print_message("# %s %d %s: %s %s, id %s\n", name,
		    answer.status, answer.body.p,
		    outcome_names[result.outcome],
		    outcome_class_names[result.class], result.provider_id);
	gateway_free(&gateway);
	fixture_close(&fixture);
	buf_fini(&findings);
	return ok;
}

static void
test_replies(void **state)
{
	static const char *const	shipped[] = {"twilio",
		"whatsapp-cloud", "kannel"};
	const struct value		*lines;
	struct data			 data;
	int				 good = 0, wrong = 0;

	(void)state;
	if (!read_data("replies.json", &data)) {
		print_message("# no ../shared/tools/gateways/replies.json\n");
		skip();
	}
	lines = value_get(&data.root, "replies");
	for (size_t i = 0; i < lines->count; i++) {
		for (size_t j = 0; j < TEST_COUNT(shipped); j++) {
			if (strcmp(text_of(&lines->items[i], "gateway"),
			    shipped[j]) != 0)
				continue;
			if (check_reply(shipped[j], &lines->items[i]))
				good++;
			else
				wrong++;
		}
	}
	print_message("# replies: %d of %d\n", good, good + wrong);
	arena_free(&data.arena);
	assert_int_equal(wrong, 0);
	assert_true(good > 0);
}

/* --- every stanza -------------------------------------------------------------- */

static void
test_shipped_load(void **state)
{
	static const char *const	stanzas[] = {
		"base = \"twilio\"; auth = { secret = \"SECRET\"; };",
		"base = \"whatsapp-cloud\"; auth = { secret = \"SECRET\"; };",
		"base = \"kannel\"; auth = { secret = \"SECRET\"; };",
		("base = \"generic\"; auth = { secret = \"SECRET\"; };"
		    " request = { url = \"https://gw.example/\"; };")};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(stanzas); i++) {
		struct gateway_fixture	fixture;
		struct buf		findings = BUF_INIT;

		if (!fixture_open(&fixture, stanzas[i], &findings))
			fail_msg("%s", buf_text(&findings));
		assert_string_equal(buf_text(&findings), "");
		fixture_close(&fixture);
		buf_fini(&findings);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_shipped_load),
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_replies),
	};

	return cmocka_run_group_tests_name("channel/gateway_shared", tests,
	    NULL, NULL);
}
