/* SPDX-License-Identifier: ISC */
/*
 * Without arguments a cmocka test; with `write` it reads records of hex
 * fields (name, subject, text, html, file name; one record a line) and writes
 * each as a message behind a line with its length, for test_mime.py.
 */
#include "base/hash.h"
#include "mail/mail.h"

#include "support/test.h"

#include <jansson.h>

struct address_case {
	const char	*address;
	const char	*why;		/* NULL: fine */
};

static const struct address_case	addresses[] = {
	{"ana@example.com", NULL},
	{"a.b+c=d@sub.example-x.co", NULL},
	{"o'neil@example.com", NULL},
	{"ana@example", "no dot"},
	{"ana@example.com.", "dot too many"},
	{"ana@.example.com", "dot too many"},
	{"ana@exam_ple.com", "cannot stand in a domain"},
	{"ana@-a.com", "hyphen"},
	{"ana@1.2.3.4", "number"},
	{"ana@[1.2.3.4]", "brackets"},
	{"\"ana\"@example.com", "quoted"},
	{"ana maria@example.com", "white space"},
	{"ana@example.com\r\nBcc: x@y.test", "control"},
	{"a\xc3\xb1o@example.com", "5.6.7"},
	{"ana@a\xc3\xb1o.test", "5.6.7"},
	{"a@b@example.com", "\"@\" cannot stand"},
	{"ana..b@example.com", "dot"},
	{"", "empty"},
	{"ana", "no @"},
	{"<ana@example.com>", "\"<\" cannot stand"},
};

static void
test_addresses(void **state)
{
	struct err	err;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(addresses); i++) {
		const struct address_case	*c = &addresses[i];
		bool	ok = mail_address_check(str_of(c->address), &err);

		if (c->why == NULL) {
			assert_true(ok);
			continue;
		}
		assert_false(ok);
		assert_int_equal(err.kind, ERR_INPUT);
		if (strstr(err.text, c->why) == NULL)
			fail_msg("%s: %s", c->address, err.text);
	}
	/* a NUL in the middle ends nothing */
	assert_false(mail_address_check((struct str){"ana\0@example.com", 16},
	    &err));
}

static void
test_isemail(void **state)
{
	const char	*dir = getenv("srcdir");
	char		 path[1024], line[8192];
	struct err	 err;
	FILE		*fp;
	size_t		 wrong = 0, seen = 0;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/../shared/data/text/"
	    "isemail.jsonl", dir == NULL ? "." : dir);
	if ((fp = fopen(path, "re")) == NULL)
		skip();		/* the shared collection is not here */
	while (fgets(line, (int)sizeof(line), fp) != NULL) {
		json_t		*row = json_loads(line, JSON_ALLOW_NUL, NULL);
		json_t		*at = json_object_get(row, "address_decoded");
		const char	*category;
		bool		 want, ok;

		if (at == NULL)
			at = json_object_get(row, "address");
		category = json_string_value(json_object_get(row, "category"));
		want = strcmp(category, "ISEMAIL_VALID_CATEGORY") == 0 ||
		    strcmp(category, "ISEMAIL_DNSWARN") == 0;
		ok = mail_address_check((struct str){json_string_value(at),
		    json_string_length(at)}, &err);
		seen++;
		if (ok != want) {
			print_message("%s %s: %s\n", category,
			    json_string_value(at), ok ? "taken" : err.text);
			wrong++;
		}
		json_decref(row);
	}
	(void)fclose(fp);
	assert_true(seen > 0);
	assert_int_equal(wrong, 0);
}

struct header_case {
	const char	*value, *expect;
};

static const struct header_case	headers[] = {
	{"Su factura F-123", "Subject: Su factura F-123\r\n"},
	{"Su factura vence ma\xc3\xb1""ana",
	    "Subject: =?UTF-8?Q?Su_factura_vence_ma=C3=B1ana?=\r\n"},
	{"a  b", "Subject: =?UTF-8?Q?a__b?=\r\n"},
	{" a", "Subject: =?UTF-8?Q?_a?=\r\n"},
	{"=?UTF-8?Q?x?=", "Subject: =?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=\r\n"},
	{"", "Subject: \r\n"},
	{"one two three four five six seven eight nine ten eleven twelve x",
	    "Subject: one two three four five six seven eight nine ten eleven"
	    " twelve x\r\n"},
	{"one two three four five six seven eight nine ten eleven twelve "
	    "thirteen",
	    "Subject: one two three four five six seven eight nine ten eleven"
	    " twelve\r\n thirteen\r\n"},
};

static void
test_headers(void **state)
{
	static const char *const	bad[] = {"a\rb", "a\nb", "a\x01""b",
		"a\x7f""b", "a\xc2\x85""b", "a\xe2\x80\xa8""b", "a\xff""b",
		"a\tb"};
	struct buf	out = BUF_INIT;
	struct err	err;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(headers); i++) {
		buf_clear(&out);
		assert_true(mail_add_text(&out, "Subject",
		    str_of(headers[i].value), &err));
		assert_string_equal(buf_text(&out), headers[i].expect);
	}
	for (size_t i = 0; i < TEST_COUNT(bad); i++) {
		assert_false(mail_add_text(&out, "Subject", str_of(bad[i]),
		    &err));
		assert_int_equal(err.kind, ERR_INPUT);
		assert_false(mail_add_raw(&out, "X", str_of(bad[i]), &err));
		assert_false(mail_add_param(&out, "name", str_of(bad[i]),
		    &err));
		assert_false(mail_add_mailbox(&out, "To",
		    &(struct mail_mailbox){str_of(bad[i]), STR("a@b.test")},
		    &err));
	}
	assert_false(mail_add_text(&out, "Subject", (struct str){"a\0b", 3},
	    &err));
	buf_fini(&out);
}

struct mailbox_case {
	const char	*name, *expect;
};

static const struct mailbox_case	mailboxes[] = {
	{"", "To: <ana@example.com>\r\n"},
	{"Ana Perez", "To: Ana Perez <ana@example.com>\r\n"},
	{"Acme, S.A.", "To: \"Acme, S.A.\" <ana@example.com>\r\n"},
	{"Ana \"O'Neil\"", "To: =?UTF-8?B?QW5hICJPJ05laWwi?="
	    " <ana@example.com>\r\n"},
	{"x@y", "To: =?UTF-8?B?eEB5?= <ana@example.com>\r\n"},
};

static void
test_mailboxes(void **state)
{
	struct buf	out = BUF_INIT;
	struct err	err;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(mailboxes); i++) {
		buf_clear(&out);
		assert_true(mail_add_mailbox(&out, "To", &(struct mail_mailbox)
		    {str_of(mailboxes[i].name), STR("ana@example.com")},
		    &err));
		assert_string_equal(buf_text(&out), mailboxes[i].expect);
	}
	assert_false(mail_add_mailbox(&out, "To", &(struct mail_mailbox)
	    {STR("x"), STR("not an address")}, &err));
	buf_clear(&out);
	mail_add_date(&out, INT64_C(1795273200000), -18000);
	assert_string_equal(buf_text(&out), "Sat, 21 Nov 2026 10:00:00 -0500");
	buf_clear(&out);
	mail_add_date(&out, 0, 20700 + 13);
	assert_string_equal(buf_text(&out), "Thu, 1 Jan 1970 05:45:00 +0545");
	buf_clear(&out);
	assert_true(mail_add_param(&out, "filename", STR("Factura N\xc2\xba 1"
	    ".pdf"), &err));
	assert_string_equal(buf_text(&out), ";\r\n filename=\"Factura N_ 1.pdf"
	    "\";\r\n filename*=UTF-8''Factura%20N%C2%BA%201.pdf");
	buf_fini(&out);
}

static const struct header_case	bodies[] = {
	{"", ""},
	{"a\nb\r\nc", "a\r\nb\r\nc"},
	{"a \nb\t", "a=20\r\nb=09"},
	{" \n", "=20\r\n"},
	{"=", "=3D"},
	{".\n.a\nFrom x", "=2E\r\n=2Ea\r\n=46rom x"},
	{"a\rb", "a=0Db"},
	{"\xc3\xb1", "=C3=B1"},
	{"0123456789012345678901234567890123456789012345678901234567890123456"
	    "789012345",
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "45678901234=\r\n5"},
};

static void
test_bodies(void **state)
{
	struct buf	out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bodies); i++) {
		buf_clear(&out);
		mail_quoted_printable(&out, str_of(bodies[i].value));
		buf_addc(&out, '|');	/* so that nothing is something */
		buf_truncate(&out, out.len - 1);
		assert_string_equal(buf_text(&out), bodies[i].expect);
	}
	buf_fini(&out);
}

static struct str
unhex_field(char **line, char *room)
{
	size_t	len = strcspn(*line, " \n") / 2;

	if (!hash_unhex((struct str){*line, len * 2}, (unsigned char *)room,
	    len))
		len = 0;
	*line += len * 2 + 1;
	return (struct str){room, len};
}

static bool
write_record(char *line, char *room)
{
	struct mail_file	file = {.type = STR("application/pdf"),
		.bytes = STR("%PDF-1.7 \x00\xff not really")};
	struct mail		mail = {.date_ms = INT64_C(1795273200000),
		.offset_s = -18000, .message_id = STR("k.1@example.com"),
		.language = STR("es"), .from.address = STR("c@example.com"),
		.to.address = STR("ana@example.com"), .files = &file};
	struct buf		out = BUF_INIT;
	struct err		err;
	bool			ok;

	mail.to.name = unhex_field(&line, room);
	mail.from.name = mail.to.name;
	mail.subject = unhex_field(&line, room += mail.to.name.len);
	mail.text = unhex_field(&line, room += mail.subject.len);
	mail.html = unhex_field(&line, room += mail.text.len);
	file.name = unhex_field(&line, room += mail.html.len);
	mail.file_count = file.name.len > 0;
	ok = mail_write(&mail, &out, &err);
	if (ok) {
		printf("%zu\n", out.len);
		(void)fwrite(out.p, 1, out.len, stdout);
	} else
		printf("-1 %s\n", err.text);
	buf_fini(&out);
	return ok;
}

static int
write_records(void)
{
	char	*line = NULL, *room;
	size_t	 size = 0;

	while (getline(&line, &size, stdin) > 0) {
		if ((room = malloc(strlen(line) + 1)) == NULL)
			return 3;
		(void)write_record(line, room);
		free(room);
	}
	free(line);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_isemail),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_mailboxes),
		cmocka_unit_test(test_bodies),
	};

	if (argc > 1 && strcmp(argv[1], "write") == 0)
		return write_records();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
