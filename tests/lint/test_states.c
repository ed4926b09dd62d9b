/* SPDX-License-Identifier: ISC */
/* doc/ARCHITECTURE draws the states of a message as the code has them. */
#include "model/message_state.h"

#include "support/test.h"

static char *
read_all(const char *path)
{
	static char	 text[65536];
	FILE		*fp = fopen(path, "re");
	size_t		 len;

	assert_non_null(fp);
	len = fread(text, 1, sizeof(text) - 1, fp);
	(void)fclose(fp);
	text[len] = '\0';
	return text;
}

static void
test_document_draws_the_table(void **state)
{
	struct buf		 table = BUF_INIT;
	enum message_state	 next;
	const char		*text;

	(void)state;
	for (int from = 0; from < MSG_STATE_COUNT; from++) {
		for (int event = 0; event < MSG_EVENT_COUNT; event++) {
			if (message_move((enum message_state)from,
			    (enum message_event)event, &next))
				buf_addf(&table, "\t%-10s %-9s -> %s\n",
				    message_state_names[from],
				    message_event_names[event],
				    message_state_names[next]);
		}
	}
	text = strstr(read_all(DUNLIN_SRCDIR "/doc/ARCHITECTURE"), "\tready ");
	assert_non_null(text);
	if (strncmp(text, buf_text(&table), table.len) != 0)
		print_message("# the table should be:\n%s", buf_text(&table));
	assert_int_equal(strncmp(text, buf_text(&table), table.len), 0);
	buf_fini(&table);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_document_draws_the_table),
	};

	return cmocka_run_group_tests_name("lint/states", tests, NULL, NULL);
}
