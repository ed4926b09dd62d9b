/* SPDX-License-Identifier: ISC */
/*
 * fuzz_audit.c - the bytes of an audit leaf and of a frontier.  One form only:
 * whatever is taken is written back byte for byte.
 */
#include "fuzz/fuzz.h"

#include "audit/audit.h"
#include "audit/audit_tree.h"
#include "base/utf8.h"
#include "model/value.h"

static void
try_leaf(struct str bytes)
{
	struct arena		*arena = fuzz_arena();
	struct buf		 out = BUF_INIT, json = BUF_INIT;
	struct audit_leaf	 leaf;
	struct value		 value;
	struct err		 err;

	if (audit_decode(bytes, &leaf, &err)) {
		FUZZ_HOLDS(audit_encode(&leaf, &out, &err));
		FUZZ_HOLDS(str_eq(buf_str(&out), bytes));
		audit_json(&leaf, &json);
		FUZZ_HOLDS(value_parse(buf_str(&json), arena, &value, &err));
	} else
		FUZZ_HOLDS(err.kind == ERR_INPUT);
	buf_fini(&out);
	buf_fini(&json);
	arena_free(&arena);
}

static void
try_frontier(struct str bytes)
{
	struct buf		out = BUF_INIT;
	struct audit_frontier	frontier;
	struct hash		root, leaf = {{1}};
	struct err		err;

	if (audit_frontier_decode(bytes, &frontier, &err)) {
		audit_frontier_encode(&frontier, &out);
		FUZZ_HOLDS(str_eq(buf_str(&out), bytes));
		FUZZ_HOLDS(audit_root(&frontier, &root, &err));
		(void)!audit_append(&frontier, &leaf, &err);
	} else
		FUZZ_HOLDS(err.kind == ERR_INPUT);
	buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_leaf(fuzz_str(data, size));
	try_frontier(fuzz_str(data, size));
	return 0;
}
