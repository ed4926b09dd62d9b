/* SPDX-License-Identifier: ISC */
/*
 * dunlin-templates(5) has every variable with its type, every filter of ours,
 * and none that is not there.
 */
#include "message/message.h"

#include "lint/manual.h"
#include "support/test.h"

#define PAGE	"dunlin-templates.5"

/* The object `invoice` and the list others[] have what invoices[] has. */
static const char *const	twins[] = {"invoice.", "others[].", NULL};

static bool
is_twin(const char *path)
{
	for (size_t i = 0; twins[i] != NULL; i++) {
		if (strncmp(path, twins[i], strlen(twins[i])) == 0)
			return true;
	}
	return false;
}

/* Quotes as mdoc writes them in an argument. */
static void
write_quoted(const char *text, struct buf *out)
{
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_adds(out, "\\(dq");
		else
			buf_addc(out, *text);
	}
}

/* An entry may name several: `.It Li subject , preheader Pq text`. */
static bool
has_variable(const char *page, const struct message_variable *var)
{
	static const char *const	befores[] = {".It Li ", " , ", NULL};
	static const char *const	afters[] = {" Pq ", " , ", NULL};
	char				text[200];
	const char			*at, *end;

	for (size_t i = 0; befores[i] != NULL; i++) {
		for (size_t k = 0; afters[k] != NULL; k++) {
			(void)snprintf(text, sizeof(text), "%s%s%s",
			    befores[i], var->path, afters[k]);
			if ((at = strstr(page, text)) == NULL)
				continue;
			end = strchr(at, '\n');
			(void)snprintf(text, sizeof(text), " Pq %s\n",
			    var->type);
			if (strncmp(end + 1 - strlen(text), text,
			    strlen(text)) == 0)
				return true;
		}
	}
	return false;
}

static void
test_variables_are_described(void **state)
{
	const char			*page = manual_read(PAGE);
	struct message_variable		 var;
	struct buf			 path = BUF_INIT;
	size_t				 count = 0, i;
	int				 wrong = 0;

	(void)state;
	for (i = 0; message_variable_at(i, &path, &var); i++) {
		if (is_twin(var.path))
			continue;
		count++;
		if (has_variable(page, &var))
			continue;
		print_message("# " PAGE " wants: .It Li %s Pq %s\n", var.path,
		    var.type);
		wrong++;
	}
	assert_true(i > 50);
	assert_int_equal(wrong, 0);
	/* subject and preheader share an entry */
	assert_int_equal(manual_count(str_of(strstr(page, ".Sh VARIABLES")),
	    ".It Li "), count - 1);
	buf_fini(&path);
}

static void
test_filters_are_described(void **state)
{
	struct str			 section = manual_section(
					    manual_read(PAGE),
					    "Filters of dunlin");
	struct message_variable		 filter;
	struct buf			 head = BUF_INIT;
	size_t				 i;
	int				 wrong = 0;

	(void)state;
	assert_non_null(section.p);
	for (i = 0; message_filter_at(i, &filter); i++) {
		buf_clear(&head);
		buf_adds(&head, ".It Li ");
		write_quoted(filter.path, &head);
		buf_addc(&head, '\n');
		if (manual_find(section, buf_text(&head)) != NULL)
			continue;
		print_message("# " PAGE " wants: %s", buf_text(&head));
		wrong++;
	}
	assert_true(i > 5);
	assert_int_equal(wrong, 0);
	assert_int_equal(manual_count(section, ".It "), i);
	buf_fini(&head);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_variables_are_described),
		cmocka_unit_test(test_filters_are_described),
	};

	return cmocka_run_group_tests_name("lint/template_manual", tests, NULL,
	    NULL);
}
