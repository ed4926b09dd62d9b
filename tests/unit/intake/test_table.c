/* SPDX-License-Identifier: ISC */
#include "tests/support/test.h"

#include "intake/table.h"
#include "tests/unit/intake/support.h"

/* Rows as "line:cell|cell/" in one text; "!" and the error when it fails. */
static const char *
read_all(const char *bytes, size_t len)
{
	static char		 text[4096];
	struct support		 s = {.dir = "/tmp/dunlin-test-XXXXXX"};
	struct intake_table	*table = NULL;
	struct intake_row	 row;
	struct buf		 out = BUF_INIT;
	struct err		 err;
	const char		*path;
	bool			 more = true, ok;

	assert_non_null(mkdtemp(s.dir));
	path = support_file(&s, "t", bytes, len);
	ok = intake_table_open(path, "/tmp", &table, &err);
	for (size_t i = 0; ok && i < intake_table_columns(table); i++)
		buf_addf(&out, "%s%.*s", i > 0 ? "|" : "",
		    STR_ARG(intake_table_column(table, i)));
	while (ok && more) {
		ok = intake_table_next(table, &row, &more, &err);
		if (!ok || !more)
			break;
		buf_addf(&out, "/%lld:", (long long)row.line);
		for (size_t i = 0; i < row.count; i++)
			buf_addf(&out, "%s%.*s", i > 0 ? "|" : "",
			    row.cells[i].p == NULL ? 1 : (int)row.cells[i].len,
			    row.cells[i].p == NULL ? "?" : row.cells[i].p);
	}
	if (!ok)
		buf_addf(&out, "!%s", err.text + strlen(path));
	intake_table_close(&table);
	(void)unlink(path);
	(void)rmdir(s.dir);
	(void)snprintf(text, sizeof(text), "%s", buf_text(&out));
	buf_fini(&out);
	return text;
}

#define CSV(bytes) read_all(bytes, sizeof(bytes) - 1)

static void
csv_is_read_in_all_its_forms(void **state)
{
	(void)state;
	assert_string_equal(CSV("a,b\n1,2\n"), "a|b/2:1|2");
	assert_string_equal(CSV("a;b\r\n1;2\r\n3;4"), "a|b/2:1|2/3:3|4");
	assert_string_equal(CSV("a\tb\n1\t2\n"), "a|b/2:1|2");
	assert_string_equal(CSV("\xef\xbb\xbf" "a,b\n1,2\n"), "a|b/2:1|2");
	assert_string_equal(CSV("sep=;\r\na;b\r\n1;2\r\n"), "a|b/3:1|2");
	assert_string_equal(CSV("a,b\n\n\n1,2\n"), "a|b/4:1|2");
	assert_string_equal(CSV("a,b\r\n\r\n1,2\r\n"), "a|b/3:1|2");
	assert_string_equal(CSV("a,b\r1,2\r"), "a|b/2:1|2");
	assert_string_equal(CSV("a,b\n\"x\ny\",2\n3,4\n"),
	    "a|b/2:x\ny|2/4:3|4");
	assert_string_equal(CSV("a,b\r\n\"x\r\ny\",2\r\n3,4\r\n"),
	    "a|b/2:x\r\ny|2/4:3|4");
	assert_string_equal(CSV("a,b\n\"say \"\"hi\"\"\",2\n"),
	    "a|b/2:say \"hi\"|2");
	assert_string_equal(CSV("\"a;x\",b\n1,2\n"), "a;x|b/2:1|2");
	assert_string_equal(CSV("a,b\n1\n1,2,3\n"), "a|b/2:1/3:1|2|3");
	assert_string_equal(CSV("a,b\nAna \"O'Neil\" <b>,2\n"),
	    "a|b/2:Ana \"O'Neil\" <b>|2");
}

static void
encodings_are_found_by_validity(void **state)
{
	(void)state;
	assert_string_equal(CSV("a,b\nMu\xc3\xb1oz,2\n"),
	    "a|b/2:Mu\xc3\xb1oz|2");
	assert_string_equal(CSV("a,b\nMu\xf1oz,\x80\n"),
	    "a|b/2:Mu\xc3\xb1oz|\xe2\x82\xac");
	/* cut at the end: no UTF-8 */
	assert_string_equal(CSV("a,b\nx,\xc3"), "a|b/2:x|\xc3\x83");
}

static void
what_is_no_table_is_an_error_with_its_line(void **state)
{
	struct buf	big = BUF_INIT;

	(void)state;
	assert_non_null(strstr(CSV("a,b\n1,2\n3,\0\n"), ":3: a NUL byte"));
	assert_non_null(strstr(CSV("a,b\n1,\"2\n3,4\n"), ":2: a quote"));
	assert_non_null(strstr(CSV(""), "empty"));
	assert_non_null(strstr(CSV(" \n \n"), "empty"));
	buf_adds(&big, "a,b\n1,2\n3,");
	for (int i = 0; i < 2 * 1024 * 1024; i++)
		buf_addc(&big, 'x');
	buf_adds(&big, "\n5,6\n");
	assert_non_null(strstr(read_all(big.p, big.len), ":3: a field"));
	buf_fini(&big);
}

static void
json_lines_are_read(void **state)
{
	(void)state;
	assert_string_equal(CSV("{\"a\":\"x\",\"b\":1}\n\n{\"a\":null}\n"
	    "{\"c\":true,\"b\":12.5}\n"),
	    "a|b|c/1:x|1|?/3:|?|?/4:?|12.5|true");
	/* three decimals are no thousands */
	assert_string_equal(CSV("{\"a\":1.125}\n"), "a/1:1.1250");
	assert_string_equal(CSV("{\"a\":0.1}\n{\"a\":1234567.89}"),
	    "a/1:0.1/2:1234567.89");
	assert_non_null(strstr(CSV("{\"a\":1}\n{\"a\":\n"), ":2"));
	assert_non_null(strstr(CSV("{\"a\":1}\n[1]\n"), "one JSON object"));
	assert_non_null(strstr(CSV("{\"a\":1,\"a\":2}\n"), ":1"));
}

/* A row at each place around the end of a chunk comes out whole. */
static void
chunks_do_not_show(void **state)
{
	static const char	tail[] =
	    "\n\"q\"\"\xc3\xb1\r\nz\",end\r\nlast,1\n";

	(void)state;
	for (size_t pad = 65510; pad < 65540; pad++) {
		struct support		 s = {.dir = "/tmp/dunlin-test-XXXXXX"};
		struct intake_table	*table;
		struct intake_row	 row;
		struct buf		 file = BUF_INIT;
		struct err		 err;
		const char		*path;
		bool			 more;

		buf_adds(&file, "a,b\n");
		while (file.len < pad)
			buf_addc(&file, 'x');
		buf_adds(&file, tail);
		assert_non_null(mkdtemp(s.dir));
		path = support_file(&s, "t", file.p, file.len);
		assert_true(intake_table_open(path, "/tmp", &table, &err));
		assert_true(intake_table_next(table, &row, &more, &err));
		assert_int_equal(row.cells[0].len, pad - 4);
		assert_true(intake_table_next(table, &row, &more, &err));
		assert_true(str_is(row.cells[0], "q\"\xc3\xb1\r\nz"));
		assert_true(str_is(row.cells[1], "end"));
		assert_true(intake_table_next(table, &row, &more, &err));
		assert_true(str_is(row.cells[0], "last"));
		assert_int_equal(row.line, 5);
		assert_true(intake_table_next(table, &row, &more, &err));
		assert_false(more);
		intake_table_close(&table);
		(void)unlink(path);
		(void)rmdir(s.dir);
		buf_fini(&file);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(csv_is_read_in_all_its_forms),
		cmocka_unit_test(encodings_are_found_by_validity),
		cmocka_unit_test(what_is_no_table_is_an_error_with_its_line),
		cmocka_unit_test(json_lines_are_read),
		cmocka_unit_test(chunks_do_not_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
