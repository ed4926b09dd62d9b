/* SPDX-License-Identifier: ISC */
#include "base/hash.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

bool
hash_pieces(const struct str *pieces, size_t count, struct hash *out)
{
	EVP_MD_CTX	*ctx = EVP_MD_CTX_new();
	bool		 ok;

	ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;
	for (size_t i = 0; ok && i < count; i++)
		ok = EVP_DigestUpdate(ctx, pieces[i].p, pieces[i].len) == 1;
	ok = ok && EVP_DigestFinal_ex(ctx, out->bytes, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

bool
hash_of(struct str data, struct hash *out)
{
	return hash_pieces(&data, 1, out);
}

bool
hash_hmac(struct str key, struct str data, struct hash *out)
{
	unsigned int	len = HASH_LEN;

	return HMAC(EVP_sha256(), key.p, (int)key.len,
	    (const unsigned char *)data.p, data.len, out->bytes, &len) != NULL;
}

bool
hash_eq(const struct hash *a, const struct hash *b)
{
	return CRYPTO_memcmp(a->bytes, b->bytes, HASH_LEN) == 0;
}

bool
hash_random(unsigned char *out, size_t len)
{
	ssize_t	got;

	while (len > 0) {
		got = getrandom(out, len, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		out += got;
		len -= (size_t)got;
	}
	return true;
}

void
hash_hex(struct buf *out, const unsigned char *bytes, size_t len)
{
	static const char	digit[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		buf_addc(out, digit[bytes[i] >> 4]);
		buf_addc(out, digit[bytes[i] & 15]);
	}
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
hash_unhex(struct str text, unsigned char *out, size_t len)
{
	int	high, low;

	if (text.len != len * 2)
		return false;
	for (size_t i = 0; i < len; i++) {
		high = hex_value(text.p[2 * i]);
		low = hex_value(text.p[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

/* width bits a digit, the last digit filled up with zero bits */
static void
digits_of(struct buf *out, const unsigned char *bytes, size_t len,
    unsigned width, const char *digit)
{
	uint32_t	held = 0;
	unsigned	bits = 0;

	for (size_t i = 0; i < len; i++) {
		held = (held << 8 | bytes[i]) & 0xffff;
		for (bits += 8; bits >= width; bits -= width)
			buf_addc(out,
			    digit[held >> (bits - width) & ((1u << width) - 1)]);
	}
	if (bits > 0)
		buf_addc(out,
		    digit[held << (width - bits) & ((1u << width) - 1)]);
}

void
hash_base32(struct buf *out, const unsigned char *bytes, size_t len)
{
	digits_of(out, bytes, len, 5, "abcdefghijklmnopqrstuvwxyz234567");
}

void
hash_base64(struct buf *out, const unsigned char *bytes, size_t len)
{
	size_t	start = out->len;

	digits_of(out, bytes, len, 6,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
	while ((out->len - start) % 4 != 0 && buf_ok(out))
		buf_addc(out, '=');
}
