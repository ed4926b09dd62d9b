/* SPDX-License-Identifier: ISC */
/* What a stanza makes of a message and of an answer; no wire. */
#include "channel/gateway.h"

#include "base/json.h"
#include "unit/channel/gateway_fixture.h"
#include "http/http.h"
#include "model/value.h"
#include "support/test.h"

struct world {
	struct gateway_fixture	 fixture;
	struct gateway		*gateway;
	struct arena		*arena;
	struct channel_result	 result;
	struct gateway_call	 call;
};

static void
world_open(struct world *world, const char *stanza)
{
	struct buf	 findings = BUF_INIT;
	const void	*culprit;
	struct err	 err;

	*world = (struct world){.arena = arena_new()};
	if (!fixture_open(&world->fixture, stanza, &findings))
		fail_msg("%s", buf_text(&findings));
	buf_fini(&findings);
	assert_non_null(world->fixture.route->gateway.whole);
	assert_true(gateway_new(world->fixture.route->gateway.whole,
	    &world->gateway, &culprit, &err));
	if (!gateway_read_secret(world->gateway, &err))
		fail_msg("%s", err.text);
}

static void
world_close(struct world *world)
{
	gateway_free(&world->gateway);
	arena_free(&world->arena);
	fixture_close(&world->fixture);
}

static bool
ask(struct world *world, enum channel channel, struct str sealed)
{
	const struct channel_message	message = {.channel = channel,
		.key = STR("abc.1"), .address = STR("+573001234567"),
		.bytes = sealed};

	arena_reset(world->arena);
	return gateway_request(world->gateway, &message, world->arena,
	    &world->call, &world->result);
}

static const char *
header(const struct world *world, const char *name)
{
	size_t	len = strlen(name);

	for (size_t i = 0; i < world->call.header_count; i++) {
		if (strncmp(world->call.headers[i], name, len) == 0 &&
		    world->call.headers[i][len] == ':')
			return world->call.headers[i] + len + 2;
	}
	return "";
}

#define SMS(text)	STR("{\"channel\":\"sms\",\"key\":\"abc.1\"," \
	"\"from\":\"+5712345678\",\"to\":\"+573001234567\"," \
	"\"language\":\"es\",\"text\":" text "}\n")

/* --- stanzas that are wrong --------------------------------------------------- */

#define URL	"request = { url = \"https://gw.example/send\"; "
#define JSON(template)	URL "body = { template = \"" template "\"; }; };"

static const struct wrong {
	const char	*stanza;
	const char	*says;		/* with the place */
} wrongs[] = {
	{"base = \"no-such\";", "2:8: there is no stanza \"no-such\""},
	{"base = \"../etc\";", "2:8: \"../etc\" is no name of a stanza"},
	{"bse = \"twilio\";", "did you mean \"base\"?"},
	{"receipts = { };", "unknown setting \"receipts\""},
	{"base = \"twilio\";\nvalues = { account = \"A\"; };",
	    "the gateway wants a secret"},
	{JSON("{\\\"to\\\":{two}}"), "2:66: {two} is not known"},
	{JSON("{\\\"to\\\":\\\"{to}\\\"}"), "each {name} is a whole JSON"},
	{JSON("{\\\"to\\\":{to}"), "each {name} is a whole JSON value"},
	{URL "};", "a body of this type needs a template"},
	{"request = { body = { type = \"none\"; }; };", "no request.url"},
	{"request = { url = \"ftp://x/\"; body = { type = \"none\"; }; };",
	    "2:19: an address begins with https://"},
	{"request = { url = \"https://{to}/\"; body = { type = \"none\"; };"
	    " };", "names its host"},
	{"request = { url = \"https://a.example{to}/\"; body = { type ="
	    " \"none\"; }; };", "names its host"},
	{"request = { url = \"https://u:p@a.example/\"; body = { type ="
	    " \"none\"; }; };", "a password does not belong"},
	{"request = { url = \"http://gw.example/\"; body = { type = \"none\";"
	    " }; };", "http: leaves this machine"},
	{"request = { url = \"http://127.0.0.1.gw.example/\"; body = { type ="
	    " \"none\"; }; };", "http: leaves this machine"},
	{URL "address = \"plus\"; };", "an address is written e164"},
	{URL "headers = [ \"X Y: a\" ]; };", "a header is written"},
	{URL "headers = [ \"Content-Length: 5\" ]; };", "a header is written"},
	{URL "headers = [ \"X: a\", \"X-Y: {nobody}\" ]; body = { type ="
	    " \"none\"; }; };", "2:66: {nobody} is not known"},
	{URL "body = { type = \"none\"; }; }; answer = { errors = ( {"
	    " class = \"config\"; } ); };", "a rule needs http"},
	{URL "body = { type = \"none\"; }; }; answer = { errors = ( {"
	    " class = \"oops\"; http = \"400\"; } ); };", "\"oops\""},
	{URL "body = { type = \"none\"; }; }; answer = { errors = ( {"
	    " class = \"config\"; http = \"4xx\"; } ); };", "such as \"429\""},
	{URL "body = { type = \"none\"; }; }; answer = { errors = ( {"
	    " class = \"config\"; code_ptr = \"code\"; } ); };",
	    "a JSON pointer begins with /"},
	{URL "body = { type = \"none\"; }; }; answer = { accepted = ( {"
	    " body_regex = \"(\"; } ); };", "no regular expression"},
	{URL "body = { type = \"none\"; }; }; answer = { on_timeout ="
	    " \"retry\"; };", "{ref} is not in the request"},
	{"values = { Key = \"a\"; };", "a value's name has small letters"},
};

static void
test_wrong_stanzas(void **state)
{
	int	wrong = 0;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(wrongs); i++) {
		struct gateway_fixture	fixture;
		struct buf		findings = BUF_INIT;
		bool			ok;

		ok = fixture_open(&fixture, wrongs[i].stanza, &findings);
		if (ok || strstr(buf_text(&findings), wrongs[i].says) ==
		    NULL) {
			print_message("# %s\n# wanted: %s\n# said: %s\n",
			    wrongs[i].stanza, wrongs[i].says,
			    buf_text(&findings));
			wrong++;
		}
		fixture_close(&fixture);
		buf_fini(&findings);
	}
	assert_int_equal(wrong, 0);
}

static void
test_warnings(void **state)
{
	struct gateway_fixture	fixture;
	struct buf		findings = BUF_INIT;

	(void)state;
	assert_true(fixture_open(&fixture, "request = { url ="
	    " \"http://gw.example/{to}\"; plain = true; method = \"GET\";"
	    " body = { type = \"none\"; }; };", &findings));
	assert_non_null(strstr(buf_text(&findings), "may send it twice"));
	assert_non_null(strstr(buf_text(&findings), "can be read"));
	fixture_close(&fixture);
	buf_fini(&findings);
}

static void
test_rows(void **state)
{
	struct err	err;

	(void)state;
	if (!conf_rows_check(gateway_rows, &err))
		fail_msg("%s", err.text);
}

/* The stanza's limits hold where the route does not say otherwise. */
static void
test_limits(void **state)
{
	struct gateway_fixture		 fixture;
	const struct pace_limits	*limits;
	struct buf			 findings = BUF_INIT;

	(void)state;
	assert_true(fixture_open(&fixture, "base = \"whatsapp-cloud\"; auth"
	    " = { secret = \"SECRET\"; }; }; limits = { concurrency = 3; };",
	    &findings));
	limits = &fixture.route->limits;
	assert_int_equal(limits->concurrency, 3);
	assert_int_equal(limits->per_recipient_s, 6);
	assert_true(limits->per_second > 79 && limits->per_second < 81);
	assert_int_equal(limits->breaker.failures,
	    pace_defaults.breaker.failures);
	fixture_close(&fixture);
	buf_fini(&findings);
}

/* --- requests ----------------------------------------------------------------- */

/* What a person could type, and worse. */
#define NASTY	"\"a\\\"b\\\\c&d=e+f%{to} \\r\\nX: y \\u0000 \\ud83d\\ude00" \
	" \\u202e</x>\""

static void
test_base_and_own(void **state)
{
	struct world	world;

	(void)state;
	world_open(&world, "base = \"generic\"; request = { url ="
	    " \"https://gw.example/v2/{account}/send\"; address = \"digits\";"
	    " }; values = { account = \"a/b\"; }; auth = { secret ="
	    " \"SECRET\"; };");
	assert_true(ask(&world, CHANNEL_SMS, SMS("\"hola\"")));
	assert_string_equal(world.call.method, "POST");
	assert_string_equal(world.call.url,
	    "https://gw.example/v2/a%2Fb/send");
	assert_string_equal(header(&world, "Authorization"),
	    "Bearer " GATEWAY_SECRET);
	assert_string_equal(header(&world, "Idempotency-Key"), "abc.1");
	assert_string_equal(header(&world, "Content-Type"),
	    "application/json");
	assert_string_equal(world.call.body.p, "{\"to\":\"573001234567\","
	    "\"from\":\"5712345678\",\"text\":\"hola\","
	    "\"reference\":\"abc.1\"}");
	/* nothing stays of the message before */
	assert_true(ask(&world, CHANNEL_SMS, SMS("\"2\"")));
	assert_non_null(strstr(world.call.body.p, "\"text\":\"2\""));
	world_close(&world);
}

static void
test_json_whole(void **state)
{
	struct world	 world;
	struct value	 body;
	const struct value *text;
	struct err	 err;

	(void)state;
	world_open(&world, URL "body = { template = \"{\\\"a\\\": [{text}],"
	    " \\\"b\\\":{parameters}}\"; }; };");
	assert_true(ask(&world, CHANNEL_SMS, SMS(NASTY)));
	assert_true(value_parse(world.call.body, world.arena, &body, &err));
	assert_int_equal(body.count, 2);
	text = &value_get(&body, "a")->items[0];
	assert_int_equal(value_get(&body, "a")->count, 1);
	assert_non_null(memmem(text->string.p, text->string.len,
	    "{to} \r\nX: y \0", 13));
	world_close(&world);
}

static void
test_form(void **state)
{
	struct world	world;

	(void)state;
	world_open(&world, URL "body = { type = \"form\"; fields = ("
	    " { name = \"To you\"; value = \"tel:{to}\"; },"
	    " { name = \"E\"; value = \"a\"; }, { name = \"E\"; value ="
	    " \"b\"; }, { name = \"O\"; value = \"{o}\"; optional = true; },"
	    " { name = \"W\"; value = \"w\"; channels = [ \"whatsapp\" ]; },"
	    " { name = \"T\"; value = \"{text}\"; } ); }; };"
	    " values = { o = \"\"; };");
	assert_true(ask(&world, CHANNEL_SMS, SMS("\"a&b=c+d\\r\\n\\u00e9\"")));
	assert_string_equal(world.call.body.p,
	    "To%20you=tel%3A%2B573001234567&E=a&E=b"
	    "&T=a%26b%3Dc%2Bd%0D%0A%C3%A9");
	assert_string_equal(header(&world, "Content-Type"),
	    "application/x-www-form-urlencoded");
	world_close(&world);
}

static void
test_query(void **state)
{
	struct world	world;

	(void)state;
	world_open(&world, "request = { url = \"https://gw.example/s?v=1\";"
	    " method = \"GET\"; body = { type = \"query\"; fields = ("
	    " { name = \"t\"; value = \"{text}\"; } ); }; };"
	    " auth = { kind = \"query\"; name = \"key\"; secret = \"SECRET\";"
	    " };");
	assert_true(ask(&world, CHANNEL_SMS, SMS("\"a&key=b #\"")));
	assert_string_equal(world.call.url, "https://gw.example/s?v=1"
	    "&t=a%26key%3Db%20%23&key=s3cr3t%2F%2Bkey");
	assert_int_equal(world.call.body.len, 0);
	world_close(&world);
}

static void
test_header_injection(void **state)
{
	struct world	world;

	(void)state;
	world_open(&world, URL "headers = [ \"X-Text: {text}\" ]; body = {"
	    " type = \"none\"; }; };");
	assert_true(ask(&world, CHANNEL_SMS, SMS("\"fine \\u00e9\"")));
	assert_string_equal(header(&world, "X-Text"), "fine \xc3\xa9");
	assert_false(ask(&world, CHANNEL_SMS, SMS("\"a\\r\\nX: b\"")));
	assert_int_equal(world.result.outcome, OUTCOME_REFUSED);
	assert_false(ask(&world, CHANNEL_SMS, SMS("\"a\\nb\"")));
	assert_false(ask(&world, CHANNEL_SMS, SMS("\"a\\u0000b\"")));
	world_close(&world);
}

static const struct address {
	const char	*form, *to, *becomes;	/* NULL: refused */
} addresses[] = {
	{"e164", "+573001234567", "+573001234567"},
	{"digits", "+573001234567", "573001234567"},
	{"national:57", "+573001234567", "3001234567"},
	{"national:1", "+573001234567", NULL},
	{"e164", "573001234567", NULL},
	{"e164", "+57 300 123", NULL},
	{"e164", "+573001234567&x=1", NULL},
	{"digits", "+", NULL},
	{"digits", "+57300123456789012", NULL},
	{"e164", "ana@example.com", NULL},
};

static void
test_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(addresses); i++) {
		const struct address	*a = &addresses[i];
		struct world		 world;
		char			 text[300];

		(void)snprintf(text, sizeof(text), URL "address = \"%s\";"
		    " body = { type = \"text\"; template = \"{to}\"; }; };",
		    a->form);
		world_open(&world, text);
		(void)snprintf(text, sizeof(text), "{\"to\":\"%s\"}", a->to);
		assert_int_equal(ask(&world, CHANNEL_SMS, str_of(text)),
		    a->becomes != NULL);
		if (a->becomes != NULL)
			assert_string_equal(world.call.body.p, a->becomes);
		else
			assert_int_equal(world.result.outcome,
			    OUTCOME_REFUSED);
		world_close(&world);
	}
}

static void
test_refused_here(void **state)
{
	struct world	world;

	(void)state;
	world_open(&world, URL "max_text = 5; body = { type = \"form\"; fields"
	    " = ( { name = \"From\"; value = \"{sender}\"; } ); }; };");
	assert_true(ask(&world, CHANNEL_SMS, SMS("\"\\u00e9\\u00e9345\"")));
	assert_false(ask(&world, CHANNEL_SMS, SMS("\"123456\"")));
	assert_int_equal(world.result.outcome, OUTCOME_REFUSED);
	assert_int_equal(world.result.class, OUTCOME_CLASS_CONTENT);
	/* whom it is from is for a person to say; the message waits */
	assert_false(ask(&world, CHANNEL_SMS,
	    STR("{\"to\":\"+573001234567\",\"text\":\"a\"}")));
	assert_int_equal(world.result.outcome, OUTCOME_DEFERRED);
	assert_int_equal(world.result.class, OUTCOME_CLASS_CONFIG);
	assert_non_null(strstr(world.result.reply, "sender"));
	assert_false(ask(&world, CHANNEL_SMS, STR("To: mail\r\n")));
	assert_int_equal(world.result.class, OUTCOME_CLASS_BUG);
	assert_false(ask(&world, CHANNEL_SMS, STR("")));
	world_close(&world);
}

static const struct coding {
	struct str	 sealed;
	const char	*coding;
} codings[] = {
	{STR("{\"to\":\"+573001234567\",\"text\":\"abc\"}"), "0"},
	{STR("{\"to\":\"+573001234567\",\"text\":\"\xe2\x82\xac\"}"), "2"},
	{STR("{\"to\":\"+573001234567\",\"text\":\"\xe2\x82\xac\","
	    "\"encoding\":\"gsm7\"}"), "0"},
	{STR("{\"to\":\"+573001234567\",\"text\":\"abc\","
	    "\"encoding\":\"ucs2\"}"), "2"},
};

static void
test_coding(void **state)
{
	struct world	world;

	(void)state;
	world_open(&world, URL "body = { type = \"text\"; template ="
	    " \"{coding}\"; }; };");
	for (size_t i = 0; i < TEST_COUNT(codings); i++) {
		assert_true(ask(&world, CHANNEL_SMS, codings[i].sealed));
		assert_string_equal(world.call.body.p, codings[i].coding);
	}
	world_close(&world);
}

/* --- answers ------------------------------------------------------------------ */

static const char	rules[] = URL "body = { type = \"text\"; template ="
	" \"{text}\"; }; }; answer = { accepted = ( { where = ( { ptr ="
	" \"/m/*/status\"; in = [ \"0\" ]; } ); }, { http = \"202\";"
	" body_regex = \"^OK:\"; } ); id = { ptr = \"/m/0/id\"; };"
	" errors = ( { code_ptr = \"/m/*/status\"; codes = [ \"5\" ]; class ="
	" \"retry\"; }, { code_ptr = \"/code\"; codes = [ \"10-12\", \"x\" ];"
	" class = \"recipient\"; }, { http = \"403\"; body_regex = \"^Not\";"
	" class = \"rejected\"; }, { http = \"429\"; class = \"throttled\";"
	" retry_after = \"ptr:/wait\"; }, { http = \"418\"; class ="
	" \"throttled\"; retry_after = \"header:X-Wait\"; } ); };";

static const struct reply {
	int			 status;
	struct str		 body;
	enum outcome		 outcome;
	const char		*id;
	int64_t			 wait_ms;
} replies[] = {
	{200, STR("{\"m\":[{\"status\":\"0\",\"id\":\"a1\"}]}"),
	    OUTCOME_ACCEPTED, "a1", 0},
	{200, STR("{\"m\":[{\"status\":0,\"id\":7}]}"), OUTCOME_ACCEPTED,
	    "7", 0},
	{200, STR("{\"m\":[{\"status\":\"5\"}]}"), OUTCOME_DEFERRED, "", -1},
	/* one part went, the other did not: again would be one part twice */
	{200, STR("{\"m\":[{\"status\":\"0\"},{\"status\":\"5\"}]}"),
	    OUTCOME_IN_DOUBT, "", -1},
	{200, STR("{\"m\":[]}"), OUTCOME_IN_DOUBT, "", -1},
	{200, STR("{\"m\":[{\"status\":\"0\""), OUTCOME_IN_DOUBT, "", -1},
	{200, STR(""), OUTCOME_IN_DOUBT, "", -1},
	{200, STR("\0\0"), OUTCOME_IN_DOUBT, "", -1},
	{202, STR("OK: queued"), OUTCOME_ACCEPTED, "", 0},
	{200, STR("OK: queued"), OUTCOME_IN_DOUBT, "", -1},
	{400, STR("{\"code\":11}"), OUTCOME_REFUSED, "", -1},
	{400, STR("{\"code\":\"x\"}"), OUTCOME_REFUSED, "", -1},
	{403, STR("Not routable"), OUTCOME_REFUSED, "", -1},
	{429, STR("{\"wait\":35}"), OUTCOME_DEFERRED, "", 35000},
	{429, STR("{\"wait\":\"1000000000\"}"), OUTCOME_DEFERRED, "",
	    6 * 3600 * 1000},
	{418, STR(""), OUTCOME_DEFERRED, "", 70000},
	{500, STR("oops"), OUTCOME_IN_DOUBT, "", -1},
	{307, STR(""), OUTCOME_DEFERRED, "", -1},
};

static void
answer(struct world *world, int status, struct str body)
{
	const struct http_answer	http = {.stage = HTTP_REPLIED,
		.status = status, .body_begun = true, .body = body,
		.head = STR("HTTP/1.1 200 OK\r\nX-Wait: 70\r\n\r\n")};
	const struct channel_message	message = {.key = STR("abc.1")};

	arena_reset(world->arena);
	gateway_answer(world->gateway, &message, &http, world->arena,
	    &world->result);
}

static void
test_answers(void **state)
{
	struct world	world;
	int		wrong = 0;

	(void)state;
	world_open(&world, rules);
	for (size_t i = 0; i < TEST_COUNT(replies); i++) {
		const struct reply		*r = &replies[i];
		const struct channel_result	*got = &world.result;

		answer(&world, r->status, r->body);
		if (got->outcome != r->outcome ||
		    strcmp(got->provider_id, r->id) != 0 ||
		    (r->wait_ms >= 0 && got->wait_ms != r->wait_ms)) {
			print_message("# %d %.*s: %s, id %s, wait %lld\n",
			    r->status, STR_ARG(r->body),
			    outcome_names[got->outcome], got->provider_id,
			    (long long)got->wait_ms);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
	world_close(&world);
}

static void
test_broken_answers(void **state)
{
	struct http_answer		http = {.stage = HTTP_BODY,
		.body_begun = true, .status = 200, .curl_code = 18,
		.body = STR("{\"m\":[{\"status\":\"0\"}]}")};
	const struct channel_message	message = {.key = STR("abc.1")};
	struct world			world;

	(void)state;
	world_open(&world, rules);
	/* what looks whole may lack the part that says otherwise */
	gateway_answer(world.gateway, &message, &http, world.arena,
	    &world.result);
	assert_int_equal(world.result.outcome, OUTCOME_IN_DOUBT);
	http.stage = HTTP_CONNECT;
	http.body_begun = false;
	http.status = 0;
	gateway_answer(world.gateway, &message, &http, world.arena,
	    &world.result);
	assert_int_equal(world.result.outcome, OUTCOME_DEFERRED);
	/* a yes to a head alone */
	http.stage = HTTP_REPLIED;
	http.status = 200;
	gateway_answer(world.gateway, &message, &http, world.arena,
	    &world.result);
	assert_int_equal(world.result.outcome, OUTCOME_DEFERRED);
	/* compressed: nothing in it can be read */
	http.body_begun = true;
	http.encoded = true;
	gateway_answer(world.gateway, &message, &http, world.arena,
	    &world.result);
	assert_int_equal(world.result.outcome, OUTCOME_IN_DOUBT);
	world_close(&world);
}

static void
test_ids(void **state)
{
	struct world	world;
	char		long_id[400];

	(void)state;
	world_open(&world, URL "body = { type = \"none\"; }; }; answer = {"
	    " accepted = ( { } ); id = { regex ="
	    " \"<MessageId>([^<]+)</MessageId>\"; }; };");
	answer(&world, 200, STR("<a><MessageId>5679-x</MessageId></a>"));
	assert_string_equal(world.result.provider_id, "5679-x");
	answer(&world, 200, STR("<a></a>"));
	assert_int_equal(world.result.outcome, OUTCOME_ACCEPTED);
	assert_string_equal(world.result.provider_id, "");
	(void)snprintf(long_id, sizeof(long_id), "<MessageId>%0300d"
	    "</MessageId>", 1);
	answer(&world, 200, str_of(long_id));
	assert_string_equal(world.result.provider_id, "");
	world_close(&world);
	world_open(&world, URL "body = { type = \"none\"; }; }; answer = {"
	    " accepted = ( { } ); id = { header = \"X-Wait\"; }; };");
	answer(&world, 200, STR(""));
	assert_string_equal(world.result.provider_id, "70");
	world_close(&world);
}

static void
test_secret_in_reply(void **state)
{
	static const char *const	bodies[] = {
		"{\"error\":\"bad key " GATEWAY_SECRET "\"}",
		GATEWAY_SECRET GATEWAY_SECRET,
		"at /send?key=s3cr3t%2F%2Bkey",
		/* of user:secret */
		"Basic dXNlcjpzM2NyM3QvK2tleQ== is wrong"};
	struct world			world;
	char				long_body[500];

	(void)state;
	world_open(&world, URL "body = { type = \"none\"; }; }; auth = {"
	    " kind = \"basic\"; user = \"user\"; secret = \"SECRET\"; };");
	assert_true(ask(&world, CHANNEL_SMS, SMS("\"a\"")));
	assert_string_equal(header(&world, "Authorization"),
	    "Basic dXNlcjpzM2NyM3QvK2tleQ==");
	for (size_t i = 0; i < TEST_COUNT(bodies); i++) {
		answer(&world, 401, str_of(bodies[i]));
		assert_non_null(strstr(world.result.reply, "***"));
		assert_null(strstr(world.result.reply, "s3cr3t"));
		assert_null(strstr(world.result.reply, "dXNlc"));
	}
	/* also where a cut would fall into it */
	(void)snprintf(long_body, sizeof(long_body), "%0395d%s", 0,
	    GATEWAY_SECRET);
	answer(&world, 401, str_of(long_body));
	assert_null(strstr(world.result.reply, "s3"));
	world_close(&world);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_wrong_stanzas),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_base_and_own),
		cmocka_unit_test(test_json_whole),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_header_injection),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_refused_here),
		cmocka_unit_test(test_coding),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_broken_answers),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_secret_in_reply),
	};

	return cmocka_run_group_tests_name("channel/gateway", tests, NULL,
	    NULL);
}
