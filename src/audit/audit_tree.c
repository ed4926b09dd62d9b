/* SPDX-License-Identifier: ISC */
#include "audit/audit_tree.h"

static struct str
bytes_of(const struct hash *hash)
{
	return (struct str){(const char *)hash->bytes, HASH_LEN};
}

static bool
hash_all(const struct str *pieces, size_t count, struct hash *out,
    struct err *err)
{
	if (!hash_pieces(pieces, count, out))
		return err_set(err, ERR_SYSTEM, "SHA-256 failed");
	return true;
}

bool
audit_leaf_hash(struct str body, struct hash *out, struct err *err)
{
	const struct str	pieces[] = {{"\0", 1}, body};

	return hash_all(pieces, 2, out, err);
}

bool
audit_node_hash(const struct hash *left, const struct hash *right,
    struct hash *out, struct err *err)
{
	const struct str	pieces[] = {{"\1", 1}, bytes_of(left),
	    bytes_of(right)};

	return hash_all(pieces, 3, out, err);
}

static bool
has_peak(uint64_t size, unsigned int i)
{
	return (size >> i & 1) != 0;
}

bool
audit_append(struct audit_frontier *frontier, const struct hash *leaf,
    struct err *err)
{
	struct hash	hash = *leaf;
	unsigned int	i;

	if (frontier->size >= UINT64_MAX >> 1)
		return err_set(err, ERR_SYSTEM, "the audit log is full");
	for (i = 0; has_peak(frontier->size, i); i++)
		if (!audit_node_hash(&frontier->peaks[i], &hash, &hash, err))
			return false;
	frontier->peaks[i] = hash;
	frontier->size++;
	return true;
}

bool
audit_root(const struct audit_frontier *frontier, struct hash *out,
    struct err *err)
{
	struct hash	root;
	bool		any = false;

	for (unsigned int i = 0; i < AUDIT_PEAKS; i++) {
		if (!has_peak(frontier->size, i))
			continue;
		if (!any)
			root = frontier->peaks[i];
		else if (!audit_node_hash(&frontier->peaks[i], &root, &root, err))
			return false;
		any = true;
	}
	if (!any)
		return hash_all(NULL, 0, out, err);
	*out = root;
	return true;
}

bool
audit_root_of(const struct hash *leaves, size_t count, struct hash *out,
    struct err *err)
{
	struct hash	left;
	struct hash	right;
	size_t		half = 1;

	if (count == 0)
		return hash_all(NULL, 0, out, err);
	if (count == 1) {
		*out = leaves[0];
		return true;
	}
	while (half < count - half)
		half *= 2;
	return audit_root_of(leaves, half, &left, err) &&
	    audit_root_of(leaves + half, count - half, &right, err) &&
	    audit_node_hash(&left, &right, out, err);
}

void
audit_frontier_encode(const struct audit_frontier *frontier, struct buf *out)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_addc(out, (char)(frontier->size >> shift));
	for (unsigned int i = AUDIT_PEAKS; i-- > 0; )
		if (has_peak(frontier->size, i))
			buf_addstr(out, bytes_of(&frontier->peaks[i]));
}

bool
audit_frontier_decode(struct str bytes, struct audit_frontier *out,
    struct err *err)
{
	struct audit_frontier	frontier = {0};
	size_t			at = 8;

	if (bytes.len < 8 || bytes.len > AUDIT_FRONTIER_MAX)
		goto bad;
	for (size_t i = 0; i < 8; i++)
		frontier.size = frontier.size << 8 | (unsigned char)bytes.p[i];
	if (frontier.size > UINT64_MAX >> 1)
		goto bad;
	for (unsigned int i = AUDIT_PEAKS; i-- > 0; ) {
		if (!has_peak(frontier.size, i))
			continue;
		if (bytes.len - at < HASH_LEN)
			goto bad;
		(void)memcpy(frontier.peaks[i].bytes, bytes.p + at, HASH_LEN);
		at += HASH_LEN;
	}
	if (at != bytes.len)
		goto bad;
	*out = frontier;
	return true;
bad:
	return err_set(err, ERR_INPUT, "the audit log's frontier is damaged");
}
