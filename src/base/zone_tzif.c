/* SPDX-License-Identifier: ISC */
/* TZif, RFC 8536 section 3; versions 1 to 4 (RFC 9636). */
#include "base/zone_impl.h"

#define HEADER_LEN	((size_t)44)

struct tzif {
	struct str	 rest;		/* bytes not read yet */
	int64_t		 last_s;	/* last transition; INT64_MIN: none */
	char		 version;
	uint32_t	 isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt;
};

static bool
broken(struct err *err, const char *what)
{
	return err_set(err, ERR_SYSTEM, "broken time zone file: %s", what);
}

static uint32_t
be32(const char *p)
{
	uint32_t	n = 0;

	for (int i = 0; i < 4; i++)
		n = n << 8 | (unsigned char)p[i];
	return n;
}

static int64_t
be_time(const char *p, size_t size)
{
	if (size == 4)
		return (int32_t)be32(p);
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static void
skip(struct tzif *t, size_t len)
{
	t->rest.p += len;
	t->rest.len -= len;
}

static size_t
block_len(const struct tzif *t, size_t time_size)
{
	/* six counts of 32 bits each: no overflow in 64 */
	return t->timecnt * (time_size + 1) + (size_t)t->typecnt * 6 +
	    t->charcnt + t->leapcnt * (time_size + 4) + t->isstdcnt +
	    t->isutcnt;
}

static bool
read_header(struct tzif *t, size_t time_size, struct err *err)
{
	const char	*p = t->rest.p;

	if (t->rest.len < HEADER_LEN || memcmp(p, "TZif", 4) != 0)
		return broken(err, "no header");
	t->version = p[4];
	t->isutcnt = be32(p + 20);
	t->isstdcnt = be32(p + 24);
	t->leapcnt = be32(p + 28);
	t->timecnt = be32(p + 32);
	t->typecnt = be32(p + 36);
	t->charcnt = be32(p + 40);
	skip(t, HEADER_LEN);
	if (t->version != '\0' && (t->version < '2' || t->version > '9'))
		return broken(err, "unknown version");
	if (block_len(t, time_size) > t->rest.len)
		return broken(err, "shorter than its counts say");
	return true;
}

static bool
check_counts(const struct tzif *t, struct err *err)
{
	if (t->typecnt == 0 || t->typecnt > 256)
		return broken(err, "bad number of time types");
	if (t->charcnt == 0)
		return broken(err, "no designations");
	if ((t->isutcnt != 0 && t->isutcnt != t->typecnt) ||
	    (t->isstdcnt != 0 && t->isstdcnt != t->typecnt))
		return broken(err, "indicators do not match the time types");
	if (t->leapcnt != 0)
		return err_set(err, ERR_INPUT,
		    "a zone that counts leap seconds does not fit here");
	return true;
}

static bool
read_types(const struct tzif *t, const char *types, int32_t *offsets,
    struct err *err)
{
	for (uint32_t i = 0; i < t->typecnt; i++) {
		const char	*type = types + (size_t)i * 6;

		offsets[i] = (int32_t)be32(type);
		if (offsets[i] < OFFSET_MIN_S || offsets[i] > OFFSET_MAX_S)
			return broken(err, "offset out of range");
		if ((unsigned char)type[4] > 1 ||
		    (unsigned char)type[5] >= t->charcnt)
			return broken(err, "bad time type");
	}
	return true;
}

/* One data block: transitions, then what the other arrays must look like. */
static bool
read_block(struct tzif *t, size_t time_size, struct zone *zone,
    struct err *err)
{
	const char	*times = t->rest.p;
	const char	*kinds = times + t->timecnt * time_size;
	const char	*types = kinds + t->timecnt;
	int32_t		 offsets[256];
	int64_t		 at;

	if (!check_counts(t, err) || !read_types(t, types, offsets, err))
		return false;
	zone->first_offset_s = offsets[0];
	t->last_s = INT64_MIN;
	for (uint32_t i = 0; i < t->timecnt; i++) {
		unsigned char	kind = (unsigned char)kinds[i];

		at = be_time(times + i * time_size, time_size);
		if (kind >= t->typecnt)
			return broken(err, "transition to an unknown type");
		if (i > 0 && at <= t->last_s)
			return broken(err, "transitions out of order");
		if (!zone_add(zone, at, offsets[kind]))
			return err_nomem(err);
		t->last_s = at;
	}
	skip(t, block_len(t, time_size));
	return true;
}

static bool
read_footer(struct tzif *t, struct zone *zone, struct err *err)
{
	struct str	 footer;
	const char	*end;

	if (t->rest.len < 2 || t->rest.p[0] != '\n' ||
	    (end = memchr(t->rest.p + 1, '\n', t->rest.len - 1)) == NULL)
		return broken(err, "no footer");
	footer.p = t->rest.p + 1;
	footer.len = (size_t)(end - footer.p);
	return footer.len == 0 || zone_extend(zone, footer, t->last_s, err);
}

bool
zone_read(struct zone *zone, struct str bytes, struct err *err)
{
	struct tzif	t = {.rest = bytes};

	if (!str_starts(bytes, "TZif"))
		return err_set(err, ERR_INPUT, "not a time zone file");
	if (!read_header(&t, 4, err))
		return false;
	if (t.version == '\0')
		return read_block(&t, 4, zone, err);
	/* The 32-bit block is there for old readers; 64-bit data follow. */
	skip(&t, block_len(&t, 4));
	return read_header(&t, 8, err) && read_block(&t, 8, zone, err) &&
	    read_footer(&t, zone, err);
}
