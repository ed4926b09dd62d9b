/* SPDX-License-Identifier: ISC */
/*
 * hash.h - SHA-256, HMAC, random bytes, and text forms of bytes.
 *
 * Thread: any.  libcrypto's home.
 */
#ifndef DUNLIN_BASE_HASH_H
#define DUNLIN_BASE_HASH_H

#include "base/buf.h"

#include <stdint.h>

#define HASH_LEN	32

struct hash {
	unsigned char	bytes[HASH_LEN];
};

/* FIPS 180-4; false only when libcrypto fails (memory). */
bool	hash_of(struct str data, struct hash *out) MUST_CHECK;

/* The hash of several pieces one after the other. */
bool	hash_pieces(const struct str *pieces, size_t count, struct hash *out)
	    MUST_CHECK;

/* RFC 2104 with SHA-256. */
bool	hash_hmac(struct str key, struct str data, struct hash *out) MUST_CHECK;

bool	hash_eq(const struct hash *a, const struct hash *b);	/* constant time */

/* len bytes from the kernel. */
bool	hash_random(unsigned char *out, size_t len) MUST_CHECK;

/* Lower case. */
void	hash_hex(struct buf *out, const unsigned char *bytes, size_t len);
bool	hash_unhex(struct str text, unsigned char *out, size_t len) MUST_CHECK;

/* RFC 4648 base32, lower case, without padding. */
void	hash_base32(struct buf *out, const unsigned char *bytes, size_t len);

/* RFC 4648 base64 with padding, no line breaks. */
void	hash_base64(struct buf *out, const unsigned char *bytes, size_t len);

#endif
