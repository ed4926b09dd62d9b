/* SPDX-License-Identifier: ISC */
/*
 * dunlin-import(5) has every column of every kind, says which are needed, and
 * names every header by which one is recognised.
 */
#include "intake/field.h"

#include "lint/manual.h"
#include "support/test.h"

#define PAGE	"dunlin-import.5"

static const char *const	languages[] = {"English", "Spanish",
				    "Portuguese"};

/* Credit notes are described as payments, but for their reference. */
static const char *
section_of(const struct field_kind *kind, const struct field *field)
{
	if (kind->kind != STORE_REC_CREDIT)
		return kind->name;
	return strcmp(field->name, "reference") == 0 ? "credit-notes" :
	    "payments";
}

/* The entry of a field, its line ends as spaces. */
static void
entry_of(struct str section, const char *head, struct buf *out)
{
	const char	*from = manual_find(section, head);
	const char	*end = section.p + section.len, *next;

	buf_clear(out);
	if (from == NULL)
		return;
	from += strlen(head);
	next = memmem(from, (size_t)(end - from), "\n.It ", 5);
	if (next == NULL)
		next = end;
	for (; from < next; from++)
		buf_addc(out, *from == '\n' ? ' ' : *from);
}

/* "English: a, b." */
static void
say_headers(const char *language, const char *headers, size_t len,
    struct buf *out)
{
	buf_clear(out);
	buf_addf(out, " .br %s: ", language);
	for (size_t i = 0; i < len; i++) {
		if (headers[i] == '|')
			buf_adds(out, ", ");
		else
			buf_addc(out, headers[i]);
	}
	buf_addc(out, '.');
}

static int
check_headers(const struct field *field, const char *section,
    const struct buf *entry)
{
	const char	*p = field->headers;
	struct buf	 wanted = BUF_INIT;
	int		 wrong = 0;

	for (size_t i = 0; i < 3; i++) {
		size_t	len = strcspn(p, ";");

		say_headers(languages[i], p, len, &wanted);
		if (len > 0 && strstr(entry->p, wanted.p) == NULL) {
			print_message("# " PAGE ", %s, %s wants: %s\n",
			    section, field->name, wanted.p + 5);
			wrong++;
		}
		p += len + (p[len] != '\0');
	}
	buf_fini(&wanted);
	return wrong;
}

static int
check_field(const char *page, const struct field_kind *kind,
    const struct field *field)
{
	const char	*name = section_of(kind, field);
	struct str	 section = manual_section(page, name);
	struct buf	 entry = BUF_INIT;
	char		 head[200];
	int		 wrong;

	(void)snprintf(head, sizeof(head), ".It Ic %s%s\n", field->name,
	    field->required ? " Pq needed" : "");
	if (section.p != NULL)
		entry_of(section, head, &entry);
	if (entry.len == 0) {
		print_message("# " PAGE ", .Ss %s wants: %s", name, head);
		buf_fini(&entry);
		return 1;
	}
	wrong = check_headers(field, name, &entry);
	buf_fini(&entry);
	return wrong;
}

static void
test_columns_are_described(void **state)
{
	const char	*page = manual_read(PAGE);
	int		 wrong = 0;

	(void)state;
	for (size_t k = 0; k < STORE_REC_KINDS; k++) {
		for (size_t i = 0; i < field_kinds[k].count; i++)
			wrong += check_field(page, &field_kinds[k],
			    &field_kinds[k].fields[i]);
	}
	assert_int_equal(wrong, 0);
}

static void
test_no_column_is_made_up(void **state)
{
	const char	*page = manual_read(PAGE);

	(void)state;
	for (size_t k = 0; k < STORE_REC_CREDIT; k++)
		assert_int_equal(manual_count(manual_section(page,
		    field_kinds[k].name), ".It "), field_kinds[k].count);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_columns_are_described),
		cmocka_unit_test(test_no_column_is_made_up),
	};

	return cmocka_run_group_tests_name("lint/import_manual", tests, NULL,
	    NULL);
}
