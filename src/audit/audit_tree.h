/* SPDX-License-Identifier: ISC */
/*
 * audit_tree.h - the Merkle tree of RFC 6962 (RFC 9162 2.1) over the leaves.
 *
 * The frontier is all that a log must remember to grow: the roots of the
 * perfect subtrees that its leaves make, one for each bit of the size.  It is
 * read and written in the transaction that inserts the leaves.
 *
 * Pure; thread: any.  Failures: ERR_SYSTEM when libcrypto fails, else as said.
 */
#ifndef DUNLIN_AUDIT_AUDIT_TREE_H
#define DUNLIN_AUDIT_AUDIT_TREE_H

#include "base/hash.h"

#define AUDIT_PEAKS	63	/* sizes below 2^63 */
#define AUDIT_FRONTIER_MAX	(8 + AUDIT_PEAKS * HASH_LEN)

/* All zero: no leaf yet. */
struct audit_frontier {
	uint64_t	size;			/* leaves */
	struct hash	peaks[AUDIT_PEAKS];	/* [i] if bit i is set */
};

/* SHA-256(0x00 || body) */
bool	audit_leaf_hash(struct str body, struct hash *out, struct err *err)
	    MUST_CHECK;
/* SHA-256(0x01 || left || right) */
bool	audit_node_hash(const struct hash *left, const struct hash *right,
	    struct hash *out, struct err *err) MUST_CHECK;

/* Adds the next leaf; the frontier is unchanged after a failure. */
bool	audit_append(struct audit_frontier *frontier, const struct hash *leaf,
	    struct err *err) MUST_CHECK;

/* The tree's root; of no leaf: SHA-256 of nothing. */
bool	audit_root(const struct audit_frontier *frontier, struct hash *out,
	    struct err *err) MUST_CHECK;

/* The root of count leaf hashes by the RFC's own recursion, for checking. */
bool	audit_root_of(const struct hash *leaves, size_t count,
	    struct hash *out, struct err *err) MUST_CHECK;

/* Size (8 bytes, high first), then the peaks that count, largest first. */
void	audit_frontier_encode(const struct audit_frontier *frontier,
	    struct buf *out);
/* ERR_INPUT when bytes are not exactly that. */
bool	audit_frontier_decode(struct str bytes, struct audit_frontier *out,
	    struct err *err) MUST_CHECK;

#endif
