/* SPDX-License-Identifier: ISC */
/* fuzz_value.c - JSON; what is read comes out of its own writing again. */
#include "fuzz/fuzz.h"

#include "model/value.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena	*arena = fuzz_arena();
	struct buf	 once = BUF_INIT, again = BUF_INIT;
	struct value	 value, copy;
	struct err	 err;

	if (value_parse(fuzz_str(data, size), arena, &value, &err)) {
		value_write(&value, &once);
		FUZZ_HOLDS(buf_ok(&once));
		FUZZ_HOLDS(value_parse(buf_str(&once), arena, &copy, &err));
		value_write(&copy, &again);
		FUZZ_HOLDS(str_eq(buf_str(&once), buf_str(&again)));
		(void)value_get(&value, "a");
	} else
		FUZZ_HOLDS(err.kind == ERR_INPUT);
	buf_fini(&once);
	buf_fini(&again);
	arena_free(&arena);
	return 0;
}
