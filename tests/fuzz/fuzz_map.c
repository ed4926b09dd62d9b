/* SPDX-License-Identifier: ISC */
/* fuzz_map.c - a map file, and what it makes of a row. */
#include "fuzz/fuzz.h"

#include "intake/plan.h"

static const char	rows[] = "id,number,issued,due,total,paid\n"
			    "C-1,F-1,2026-01-02,2026-02-01,10.50,\n"
			    "C-2,F-2,2026-01-03,2026-02-02,11.00,2026-02-03\n";

static void
show_rows(const struct plan *plan, struct intake_table *table)
{
	struct buf		scratch = BUF_INIT;
	struct intake_row	row;
	struct str		text;
	struct err		err;
	bool			more = true;

	while (intake_table_next(table, &row, &more, &err) && more) {
		for (size_t k = 0; k < plan->kind_count; k++) {
			for (size_t i = 0; i < FIELDS_MAX; i++) {
				buf_clear(&scratch);
				(void)!plan_text(&plan->kinds[k].fields[i],
				    &row, &scratch, &text, &err);
			}
		}
	}
	buf_fini(&scratch);
}

static void
use(const struct map *map, struct arena *arena)
{
	struct intake_table	*table = NULL;
	struct fuzz_file	 file;
	struct plan		 plan = {.kind_count = 0};
	struct err		 err;

	fuzz_file_open(&file, STR(rows));
	FUZZ_HOLDS(intake_table_open(file.path, "/tmp", &table, &err));
	if (plan_by_map(map, table, INTAKE_FIND, arena, &plan, &err) &&
	    plan_look(&plan, table, "fuzz.csv", &err))
		show_rows(&plan, table);
	intake_table_close(&table);
	fuzz_file_close(&file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena		*arena = fuzz_arena();
	struct buf		 report = BUF_INIT;
	struct map		 map;
	struct fuzz_file	 file;
	struct err		 err;

	/* a map that includes others would read this machine's files */
	if (memmem(data, size, "@include", 8) == NULL) {
		fuzz_file_open(&file, fuzz_str(data, size));
		if (map_load(file.path, arena, &map, &report, &err))
			use(&map, arena);
		else
			FUZZ_HOLDS(err.kind == ERR_INPUT && report.len > 0);
		fuzz_file_close(&file);
	}
	buf_fini(&report);
	arena_free(&arena);
	return 0;
}
