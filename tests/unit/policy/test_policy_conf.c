/* SPDX-License-Identifier: ISC */
/* The policies section: what it fills, and what it says when it is wrong. */
#include "support/test.h"

#include "policy/policy.h"

#include <stdlib.h>

#define POLICY(members)	"policies = ( { name = \"p\"; " members " } );\n"
#define STEP(id, offset, more)	"{ id = \"" id "\"; offset = " offset "; " more " }"
#define MILD	"stage = \"preventive\"; channels = [ \"email\" ];"
#define FIRM	"stage = \"judicial\"; channels = [ \"email\" ];"

struct row {
	const char	*name;
	const char	*text;
	const char	*finding;	/* NULL: it is right; "": money's own */
	int		 line, column;
};

static const struct row	rows[] = {
	{"the least", POLICY("steps = ( " STEP("a", "1", MILD) " );"), NULL,
	    0, 0},
	{"a step twice", POLICY("steps = (\n" STEP("a", "1", MILD) ",\n"
	    STEP("a", "2", MILD) " );"),
	    "step \"a\" stands twice in policy \"p\"", 3, 1},
	{"one offset twice", POLICY("steps = (\n" STEP("a", "1", MILD) ",\n"
	    STEP("b", "1", MILD) " );"), "steps \"a\" and \"b\" have the same"
	    " offset of 1 days; give each its own", 3, 1},
	{"a stage going back", POLICY("steps = (\n" STEP("a", "1", FIRM) ",\n"
	    STEP("b", "2", MILD) " );"), "step \"b\" goes back from stage"
	    " \"judicial\" to \"preventive\"; a later step is never milder",
	    3, 1},
	{"in the order of the file it is no matter", POLICY("steps = ( "
	    STEP("b", "2", FIRM) ", " STEP("a", "1", MILD) " );"), NULL, 0, 0},
	{"no channels", POLICY("steps = (\n" STEP("a", "1",
	    "stage = \"preventive\";") " );"), "step \"a\" sends a message but"
	    " names no channels; write channels = [ \"email\", \"sms\" ] or"
	    " action = \"task\"", 2, 1},
	{"a task needs none", POLICY("steps = ( " STEP("a", "1",
	    "stage = \"preventive\"; action = \"task\";") " );"), NULL, 0, 0},
	{"unknown channel", POLICY("steps = (\n" STEP("a", "1",
	    "stage = \"preventive\"; channels = [ \"emial\" ];") " );"),
	    "unknown channel \"emial\" in step 1; did you mean \"email\"?",
	    2, 60},
	{"unknown stage", POLICY("steps = (\n" STEP("a", "1",
	    "stage = \"angry\"; channels = [ \"email\" ];") " );"),
	    "unknown stage \"angry\" in step 1; it is one of preventive,"
	    " administrative, extrajudicial, judicial", 2, 33},
	{"no steps", POLICY("gap = 3;"), "\"steps\" is missing in policy 1:"
	    " the ladder, in the order of the offsets", 1, 14},
	{"an amount without currency", POLICY("min_amounts = [ \"5.00\" ];"
	    " steps = ( " STEP("a", "1", MILD) " );"), "", 1, 44},
	{"too many decimals", POLICY("min_amounts = [ \"EUR 5.001\" ];"
	    " steps = ( " STEP("a", "1", MILD) " );"), "", 1, 44},
	{"a currency that is none", POLICY("tolerances = [ \"EUR 1\","
	    " \"ABC 1\" ]; steps = ( " STEP("a", "1", MILD) " );"), "", 1, 52},
	{"a currency twice", POLICY("tolerances = [ \"EUR 1\", \"EUR 2\" ];"
	    " steps = ( " STEP("a", "1", MILD) " );"),
	    "EUR stands twice; give each currency one amount", 1, 52},
	{"less than nothing", POLICY("tolerances = [ \"EUR -1\" ];"
	    " steps = ( " STEP("a", "1", MILD) " );"),
	    "\"EUR -1\" is less than nothing", 1, 43},
	{"a policy twice", "policies = ( { name = \"p\"; steps = ( "
	    STEP("a", "1", MILD) " ); },\n{ name = \"p\"; steps = ( "
	    STEP("a", "1", MILD) " ); } );\n", "policy \"p\" stands twice",
	    2, 1},
};

/* False when it said something else, which is shown. */
static bool
check_row(const struct row *row)
{
	struct arena			*arena = arena_new();
	struct conf			*conf;
	struct policies			 policies;
	const struct conf_finding	*finding;
	struct err			 err;
	bool				 ok;

	assert_non_null(arena);
	conf = conf_new(arena);
	assert_non_null(conf);
	if (conf_load_text(conf, "t.conf", str_of(row->text),
	    (struct conf_section[]){{policy_rows, &policies}}, 1, &err))
		policies_settle(conf, &policies);
	finding = conf_finding(conf, 0);
	if (row->finding == NULL || finding == NULL)
		ok = row->finding == NULL && finding == NULL;
	else
		ok = conf_error_count(conf) == 1 &&
		    finding->at.line == row->line &&
		    finding->at.column == row->column &&
		    (*row->finding == '\0' ||
		    strcmp(finding->text, row->finding) == 0);
	if (!ok)
		print_message("# %s: %zu findings, first %d:%d: %s\n",
		    row->name, conf_error_count(conf),
		    finding == NULL ? 0 : finding->at.line,
		    finding == NULL ? 0 : finding->at.column,
		    finding == NULL ? "" : finding->text);
	arena_free(&arena);
	return ok;
}

static void
test_findings(void **state)
{
	bool	ok = true;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		ok = check_row(&rows[i]) && ok;
	assert_true(ok);
}

static void
test_rows(void **state)
{
	struct err	err;

	(void)state;
	if (!conf_rows_check(policy_rows, &err))
		fail_msg("%s", err.text);
	if (!conf_rows_check(calendar_rows, &err))
		fail_msg("%s", err.text);
}

/* How long each step of the default ladder lives, by its id. */
static const struct {
	const char	*id;
	int32_t		 offset, max_late;
} default_steps[] = {
	{"pre7", -7, 6}, {"due", 0, 0}, {"d3", 3, INT32_MAX},
	{"d10", 10, INT32_MAX}, {"d20", 20, INT32_MAX}, {"d35", 35, INT32_MAX},
	{"d60", 60, INT32_MAX},
};

static void
check_default(const struct policies *policies)
{
	const struct policy		*policy = policies_find(policies,
					    "default");
	const struct policy_step	*steps;

	assert_non_null(policy);
	steps = policy->steps.items;
	assert_int_equal(policy->steps.count, TEST_COUNT(default_steps));
	for (size_t i = 0; i < policy->steps.count; i++) {
		assert_string_equal(steps[i].id, default_steps[i].id);
		assert_int_equal(steps[i].offset_days, default_steps[i].offset);
		assert_int_equal(steps[i].max_late_days,
		    default_steps[i].max_late);
		assert_int_equal(steps[i].level, i + 1);
		assert_string_equal(steps[i].template_name, steps[i].id);
		assert_ptr_equal(policy_step(policy, steps[i].id), &steps[i]);
	}
	assert_null(policy_step(policy, "d61"));
	assert_int_equal(policy->spacing, SPACING_DISTANCE);
	assert_int_equal(policy->entry, ENTRY_FIRST);
	assert_int_equal(policy->gap_days, 3);
	assert_true(policy->least.count > 0);
	assert_string_equal(policy->least.items[0].currency, "COP");
	assert_int_equal(policy->least.items[0].minor, 500000);
	assert_int_equal(policy->tolerated.count, 0);
	assert_int_equal(policy->gap_pos.line, 7);
}

static void
test_default(void **state)
{
	const char	*data = getenv("DUNLIN_DATADIR");
	struct arena	*arena = arena_new();
	struct conf	*conf;
	struct policies	 policies;
	struct buf	 text = BUF_INIT;
	char		 path[4096];
	struct err	 err;

	(void)state;
	assert_non_null(arena);
	conf = conf_new(arena);
	assert_non_null(conf);
	(void)snprintf(path, sizeof(path), "%s/conf/policies/default.conf",
	    data == NULL ? DUNLIN_SRCDIR : data);
	if (conf_load(conf, path, (struct conf_section[]){
	    {policy_rows, &policies}}, 1, &err))
		policies_settle(conf, &policies);
	conf_print(conf, &text);
	if (text.len > 0)
		fail_msg("%s", buf_text(&text));
	check_default(&policies);
	buf_fini(&text);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_findings),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_default),
	};

	return cmocka_run_group_tests_name("policy_conf", tests, NULL, NULL);
}
