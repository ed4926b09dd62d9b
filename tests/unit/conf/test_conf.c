/* SPDX-License-Identifier: ISC */
/*
 * What the golden files cannot show: places, hashes, suggestions, tables that
 * are wrong themselves, and texts that no one foresaw.
 */
#include "unit/conf/demo.h"

#include "support/test.h"

#define PORT	"service = { host = \"a\"; port = 25; };\n"

struct loaded {
	struct arena	*arena;
	struct conf	*conf;
	struct demo	 demo;
	struct err	 err;
	bool		 ok;
};

static void
load(struct loaded *l, const char *text, size_t len)
{
	struct conf_section	section = {demo_rows, &l->demo};

	l->err = (struct err){ .kind = ERR_NONE };
	l->arena = arena_new();
	assert_non_null(l->arena);
	l->conf = conf_new(l->arena);
	assert_non_null(l->conf);
	l->ok = conf_load_text(l->conf, "x/t.conf", (struct str){text, len},
	    &section, 1, &l->err);
}

static void
test_rows(void **state)
{
	struct err	err;

	(void)state;
	if (!conf_rows_check(demo_rows, &err))
		fail_msg("%s", err.text);
}

static void
test_bad_rows(void **state)
{
	static const struct conf_row	member[] = { CONF_END_ROW };
	static const struct {
		struct conf_row	 row;
		const char	*why;
	} all[] = {
		{ { .name = "a", .type = CONF_INT }, "a: no help" },
		{ { .name = "A", .type = CONF_INT, .help = "x" },
		    "A: no name, or not in a-z, 0-9, _" },
		{ { .type = CONF_INT, .help = "x" },
		    "(none): no name, or not in a-z, 0-9, _" },
		{ { .name = "a", .type = CONF_INT, .help = "x", .min = 3,
		    .max = 2 }, "a: empty range" },
		{ { .name = "a", .type = CONF_CHOICE, .help = "x" },
		    "a: names are for choices" },
		{ { .name = "a", .type = CONF_GROUP, .help = "x",
		    .rows = member }, "a: rows and size are for groups" },
		{ { .name = "a", .type = CONF_INT, .help = "x",
		    .required = true, .fallback = "1" },
		    "a: no fallback here" },
		{ { .name = "a", .type = CONF_INT, .help = "x", .min = 3,
		    .fallback = "2" },
		    "\"a\" is 2; it takes a value of at least 3" },
		{ { .name = "a", .type = CONF_DURATION, .help = "x",
		    .fallback = "2 m" }, "\"a\" is \"2 m\"; write a number "
		    "and a unit out of ms, s, min, h, d, w, such as \"2 m\"" },
	};
	size_t	i;

	(void)state;
	for (i = 0; i < TEST_COUNT(all); i++) {
		const struct conf_row	rows[] = { all[i].row, CONF_END_ROW };
		struct err		err;

		assert_false(conf_rows_check(rows, &err));
		assert_string_equal(err.text, all[i].why);
	}
}

static void
test_places(void **state)
{
	static const char	text[] = "\nservice = { host = \"h\"; };\n"
				    "steps = ( { id = \"a\"; offset = 1;\n"
				    "  channels = [ \"sms\", \"voice\" ]; } );\n";
	struct loaded		l;
	const struct demo_step	*step;
	struct conf_pos		at;

	(void)state;
	load(&l, text, sizeof(text) - 1);
	assert_true(l.ok);
	step = l.demo.steps.items;
	at = conf_at(l.conf, &step->channels.items[1]);
	assert_string_equal(at.file, "x/t.conf");
	assert_int_equal(at.line, 4);
	assert_int_equal(at.column, 23);
	assert_true(conf_is_given(l.conf, &step->id));
	assert_false(conf_is_given(l.conf, &step->until));
	/* a fallback is blamed on its group; an absent group on its parent */
	assert_int_equal(conf_at(l.conf, &step->until).column, 11);
	assert_int_equal(conf_at(l.conf, &l.demo.service.port).line, 2);
	assert_int_equal(conf_at(l.conf, &l.demo.service.retry.tries).line, 2);
	assert_null(conf_at(l.conf, &at).file);
	assert_null(conf_at(l.conf, NULL).file);
	assert_int_equal(l.demo.service.fee_minor, 4000);
	arena_free(&l.arena);
}

static void
test_owner_findings(void **state)
{
	struct loaded			l;
	struct buf			out = BUF_INIT;
	struct err			err;
	const struct conf_finding	*finding;

	(void)state;
	load(&l, PORT, sizeof(PORT) - 1);
	assert_true(l.ok);
	conf_warn(l.conf, (struct conf_pos){NULL, 0, 0}, "no place");
	assert_true(conf_ok(l.conf, &err));
	conf_error(l.conf, conf_at(l.conf, &l.demo.service.port), "%s", "no");
	assert_false(conf_ok(l.conf, &err));
	assert_int_equal(conf_error_count(l.conf), 1);
	conf_print(l.conf, &out);
	assert_string_equal(buf_text(&out), "x/t.conf:1:32: no\n"
	    "    service = { host = \"a\"; port = 25; };\n"
	    "                                   ^\nwarning: no place\n");
	finding = conf_finding(l.conf, 1);
	assert_non_null(finding);
	assert_true(finding->warning);
	assert_null(conf_finding(l.conf, 2));
	buf_fini(&out);
	arena_free(&l.arena);
}

static void
test_known_only(void **state)
{
	struct conf_section	section = {demo_rows, NULL};
	struct arena		*arena = arena_new();
	struct conf		*conf = conf_new(arena);
	struct err		err;

	(void)state;
	assert_true(conf_load_text(conf, "t", STR("steps = 3; labels = 4;"),
	    &section, 1, &err));
	conf = conf_new(arena);
	assert_false(conf_load_text(conf, "t", STR("stepps = 3;"), &section,
	    1, &err));
	arena_free(&arena);
}

static void
test_nearest(void **state)
{
	static const char *const	names[] = { "email", "sms", "whatsapp",
					    "voice", "id", "offset" };
	static const struct { const char *word, *want; } all[] = {
		{ "emial", "email" }, { "Email", "email" }, { "e-mail",
		"email" }, { "mail", "email" }, { "watsap", "whatsapp" },
		{ "ofset", "offset" }, { "SMS", "sms" }, { "sns", "sms" },
		{ "pigeon", NULL }, { "", NULL }, { "x", NULL },
		{ "voicemessage", NULL },
	};
	size_t	i;

	(void)state;
	for (i = 0; i < TEST_COUNT(all); i++) {
		const char	*got = conf_nearest(all[i].word, names,
				    sizeof(names[0]), TEST_COUNT(names));

		if (all[i].want == NULL)
			assert_null(got);
		else {
			assert_non_null(got);
			assert_string_equal(got, all[i].want);
		}
	}
}

static void
test_help(void **state)
{
	struct buf	out = BUF_INIT;
	const char	*text;

	(void)state;
	conf_help(demo_rows, &out);
	text = buf_text(&out);
	assert_non_null(strstr(text, "service.port\tan integer from 1 to "
	    "65535\t587\tTCP port\n"));
	assert_non_null(strstr(text, "service.retry.wait\ta duration from 1 s "
	    "to 1 h\t1 min\tpause\n"));
	assert_non_null(strstr(text, "steps[].id\ta text\trequired\tits "
	    "name\n"));
	assert_non_null(strstr(text, "routes.*.kind\tone of email, sms, "
	    "whatsapp, voice\trequired\t"));
	buf_fini(&out);
}

static void
test_integers(void **state)
{
	static const char	text[] = "a = 4294967296; b = -2147483649; "
				    "c = 9223372036854775807L; "
				    "d = -9223372036854775808; e = 0xffffffff;";
	static const int64_t	want[] = { INT64_C(4294967296),
				    -INT64_C(2147483649), INT64_MAX,
				    INT64_MIN, 0xffffffff };
	static const struct conf_row	rows[] = {
		{ .name = "a", .type = CONF_INT, .offset = 0 },
		{ .name = "b", .type = CONF_INT, .offset = 8 },
		{ .name = "c", .type = CONF_INT, .offset = 16 },
		{ .name = "d", .type = CONF_INT, .offset = 24 },
		{ .name = "e", .type = CONF_INT, .offset = 32 },
		CONF_END_ROW
	};
	int64_t			got[5];
	struct conf_section	section = {rows, got};
	struct arena		*arena = arena_new();
	struct err		err;

	(void)state;
	assert_true(conf_load_text(conf_new(arena), "t", STR(text), &section,
	    1, &err));
	assert_memory_equal(got, want, sizeof(want));
	arena_free(&arena);
}

/* Every file that this makes is read, or refused by us and not by libconfig. */
static void
test_mutations(void **state)
{
	static const char	seed[] = "# c\nservice: { host = \"a\\x41\" \"b\","
				    " port : 0x19; rate = 1.5e1 }\n/* x */"
				    "steps = ( { id = \"a\"; offset = -7; "
				    "channels = [ \"sms\", \"voice\", ]; "
				    "hours = (); }, );\n// y\nlabels = { k-1 "
				    "= \"\\\"\\n\"; }; routes = { };\n";
	static const char	bits[] = "\"\"\\{}()[]=:;,#/*\n\r\t 0x1L-+.eEa@"
				    "_\xc3\xb1\x01\x7f" "'%@include \"x\"\n";
	uint64_t		random = 88172645463325252u;
	int			round;

	(void)state;
	for (round = 0; round < 100000; round++) {
		char				text[sizeof(seed)];
		const struct conf_finding	*finding;
		struct loaded			l;
		int				k;

		(void)memcpy(text, seed, sizeof(seed));
		for (k = 0; k <= round % 4; k++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			text[(random >> 32) % (sizeof(seed) - 1)] =
			    bits[(random & 0xffff) % (sizeof(bits) - 1)];
		}
		load(&l, text, sizeof(seed) - 1);
		for (k = 0; (finding = conf_finding(l.conf, (size_t)k)) !=
		    NULL; k++) {
			if (strstr(finding->text, "libconfig") != NULL)
				fail_msg("%s:\n%s", finding->text, text);
		}
		arena_free(&l.arena);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bad_rows),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_owner_findings),
		cmocka_unit_test(test_known_only),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
