/* SPDX-License-Identifier: ISC */
#include "tests/support/test.h"

#include "model/message_state.h"

/* Every state by every event, as the golden file has it. */
static void
every_pair_is_as_agreed(void **state)
{
	struct buf	 path = BUF_INIT, out = BUF_INIT, golden = BUF_INIT;
	const char	*src = getenv("srcdir");
	char		 chunk[4096];
	size_t		 len;
	FILE		*fp;

	(void)state;
	for (int s = 0; s < MSG_STATE_COUNT; s++) {
		for (int e = 0; e < MSG_EVENT_COUNT; e++) {
			enum message_state	next = MSG_STATE_COUNT;
			bool	ok = message_move((enum message_state)s,
				    (enum message_event)e, &next);

			assert_true(ok == (next != MSG_STATE_COUNT));
			buf_addf(&out, "%s %s %s\n", message_state_names[s],
			    message_event_names[e],
			    ok ? message_state_names[next] : "-");
		}
	}
	buf_addf(&path, "%s/tests/unit/model/message_state.golden",
	    src == NULL ? "." : src);
	if (getenv("DUNLIN_GOLDEN_UPDATE") != NULL) {
		assert_non_null(fp = fopen(buf_text(&path), "w"));
		(void)fputs(buf_text(&out), fp);
		(void)fclose(fp);
	}
	assert_non_null(fp = fopen(buf_text(&path), "r"));
	while ((len = fread(chunk, 1, sizeof(chunk), fp)) > 0)
		buf_add(&golden, chunk, len);
	(void)fclose(fp);
	assert_string_equal(buf_text(&out), buf_text(&golden));
	buf_fini(&path);
	buf_fini(&out);
	buf_fini(&golden);
}

/* Final: no event of the daemon's own leads on. */
static void
final_states_do_not_go_back_to_the_wire(void **state)
{
	(void)state;
	for (int s = 0; s < MSG_STATE_COUNT; s++) {
		enum message_state	next;

		if (!message_is_final((enum message_state)s))
			continue;
		assert_false(message_move((enum message_state)s, MSG_EV_CLAIM,
		    &next));
		assert_false(message_move((enum message_state)s, MSG_EV_INTEND,
		    &next));
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(every_pair_is_as_agreed),
		cmocka_unit_test(final_states_do_not_go_back_to_the_wire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
