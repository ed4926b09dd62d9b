/* SPDX-License-Identifier: ISC */
/*
 * fuzz_table.c - a file of rows, recognised by its headers and read into
 * records, up to where the store would take them.
 */
#include "fuzz/fuzz.h"

#include "base/utf8.h"
#include "creditor/creditor.h"
#include "intake/record.h"

static const struct creditor	acme = {.ref = "acme", .country = "CO",
	.zone = "America/Bogota", .currency = "COP", .language = "es"};

struct seen {
	size_t	rows, cells, bytes;
};

static bool
read_all(struct intake_table *table, struct seen *seen)
{
	struct intake_row	row;
	struct err		err;
	bool			more = true;
	int64_t			line = 0;

	*seen = (struct seen){0, 0, 0};
	for (;;) {
		if (!intake_table_next(table, &row, &more, &err)) {
			FUZZ_HOLDS(err.kind == ERR_INPUT);
			return false;
		}
		if (!more)
			return true;
		FUZZ_HOLDS(row.line > line);
		line = row.line;
		seen->rows++;
		seen->cells += row.count;
		for (size_t i = 0; i < row.count; i++) {
			FUZZ_HOLDS(row.cells[i].len == 0 ||
			    utf8_check(row.cells[i]) == row.cells[i].len);
			seen->bytes += row.cells[i].len;
		}
	}
}

static void
make_records(const struct plan *plan, struct intake_table *table)
{
	static struct zones	*zones;
	const struct zone	*zone = NULL;
	struct store_record	 records[STORE_REC_KINDS];
	struct record_maker	 maker;
	struct intake_row	 row;
	struct err		 err;
	bool			 more = true;
	size_t			 count;

	if (zones == NULL)
		zones = zones_new(NULL);
	FUZZ_HOLDS(zones != NULL && zone_find(zones, acme.zone, &zone, &err));
	maker = (struct record_maker){.plan = plan, .creditor = &acme,
		.zones = zones, .zone = zone, .arena = fuzz_arena()};
	while (intake_table_next(table, &row, &more, &err) && more) {
		if (record_make(&maker, &row, records, &count, &err))
			FUZZ_HOLDS(count <= STORE_REC_KINDS);
		else
			FUZZ_HOLDS(err.kind == ERR_INPUT && err.text[0] != '\0');
	}
	record_maker_fini(&maker);
}

static void
recognise(struct intake_table *table)
{
	struct arena	*arena = fuzz_arena();
	struct buf	 notes = BUF_INIT;
	struct plan	 plan = {.kind_count = 0};
	struct err	 err;

	if (plan_by_headers(table, "fuzz.csv", INTAKE_FIND, arena, &plan,
	    &notes, &err) && plan_look(&plan, table, "fuzz.csv", &err))
		make_records(&plan, table);
	buf_fini(&notes);
	arena_free(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct intake_table	*table = NULL;
	struct fuzz_file	 file;
	struct seen		 once, again;
	struct err		 err;
	bool			 whole;

	fuzz_file_open(&file, fuzz_str(data, size));
	if (intake_table_open(file.path, "/tmp", &table, &err)) {
		whole = read_all(table, &once);
		FUZZ_HOLDS(intake_table_rewind(table, &err));
		FUZZ_HOLDS(read_all(table, &again) == whole);
		FUZZ_HOLDS(memcmp(&once, &again, sizeof(once)) == 0);
		FUZZ_HOLDS(intake_table_rewind(table, &err));
		recognise(table);
		intake_table_close(&table);
	} else
		FUZZ_HOLDS(err.kind == ERR_INPUT && table == NULL);
	fuzz_file_close(&file);
	return 0;
}
