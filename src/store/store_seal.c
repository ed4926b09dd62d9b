/* SPDX-License-Identifier: ISC */
#include "store/store_send_impl.h"

#include <zstd.h>

#define LEVEL		3
#define SAMPLES_MAX	64
#define PLAIN		'\0'
#define WITH_SAMPLE	'\1'
#define SEALED_MAX	((size_t)64 * 1024 * 1024)

/* Above it a sample's own window does not reach over the message. */
#define DIGESTED_MAX	((size_t)64 * 1024)

/* Samples in use, and zstd's working memory: one set a handle. */
struct sample {
	struct hash	 template_hash;
	char		*bytes;		/* NULL: there is none */
	size_t		 len;
	ZSTD_CDict	*digested;	/* what packing makes of it, once */
};

struct store_seal_cache {
	ZSTD_CCtx	*out;
	ZSTD_DCtx	*in;
	struct sample	 samples[SAMPLES_MAX];
	size_t		 count;
	size_t		 next;		/* to be replaced */
	struct buf	 room;		/* for packing */
};

static void
sample_fini(struct sample *sample)
{
	ZSTD_freeCDict(sample->digested);
	free(sample->bytes);
}

void
store_seal_free(struct store_seal_cache **cache)
{
	if (*cache == NULL)
		return;
	for (size_t i = 0; i < (*cache)->count; i++)
		sample_fini(&(*cache)->samples[i]);
	buf_fini(&(*cache)->room);
	ZSTD_freeCCtx((*cache)->out);
	ZSTD_freeDCtx((*cache)->in);
	free(*cache);
	*cache = NULL;
}

void
store_seal_forget(struct store *store)
{
	if (store->has_new_sample)
		store_seal_free(&store->seals);
	store->has_new_sample = false;
}

static bool
cache_of(struct store *store, struct store_seal_cache **out, struct err *err)
{
	struct store_seal_cache	*cache;

	if (store->seals == NULL) {
		if ((cache = calloc(1, sizeof(*cache))) == NULL)
			return err_nomem(err);
		cache->out = ZSTD_createCCtx();
		cache->in = ZSTD_createDCtx();
		if (cache->out == NULL || cache->in == NULL) {
			store_seal_free(&cache);
			return err_nomem(err);
		}
		store->seals = cache;
	}
	*out = store->seals;
	return true;
}

static bool
read_sample(struct store *store, struct sample *sample, struct err *err)
{
	struct db_rows	*rows;
	struct str	 bytes;
	bool		 failed = false;

	if (!db_query(store->db, "SELECT bytes FROM sample"
	    " WHERE template_hash = $1",
	    DB_PARAMS(DB_HASH(&sample->template_hash)), &rows, err))
		return false;
	if (db_step(rows)) {
		bytes = db_bytes(rows, 0);
		sample->bytes = malloc(bytes.len + 1);
		failed = sample->bytes == NULL;
		if (!failed) {
			memcpy(sample->bytes, bytes.p, bytes.len);
			sample->len = bytes.len;
		}
	}
	if (!db_finish(&rows, err)) {
		free(sample->bytes);
		sample->bytes = NULL;
		return false;
	}
	return failed ? err_nomem(err) : true;
}

static bool
find_sample(struct store *store, struct store_seal_cache *cache,
    const struct hash *template_hash, struct sample **out,
    struct err *err)
{
	struct sample	 fresh = {.template_hash = *template_hash};
	struct sample	*place;

	for (size_t i = 0; i < cache->count; i++) {
		if (memcmp(&cache->samples[i].template_hash, template_hash,
		    sizeof(*template_hash)) == 0) {
			*out = &cache->samples[i];
			return true;
		}
	}
	if (!read_sample(store, &fresh, err))
		return false;
	if (fresh.bytes == NULL) {
		/* Not kept: it may come any moment. */
		*out = NULL;
		return true;
	}
	if (cache->count < SAMPLES_MAX) {
		place = &cache->samples[cache->count++];
	} else {
		place = &cache->samples[cache->next];
		cache->next = (cache->next + 1) % SAMPLES_MAX;
		sample_fini(place);
	}
	*place = fresh;
	*out = place;
	return true;
}

/* A sample is the beginning of a history that the message goes on with; both
 * ways give bytes that unpack with it as a prefix. */
static void
prepare(struct store_seal_cache *cache, struct sample *sample,
    struct str bytes)
{
	if (sample != NULL && sample->digested == NULL)
		sample->digested = ZSTD_createCDict(sample->bytes,
		    sample->len, LEVEL);
	ZSTD_CCtx_reset(cache->out, ZSTD_reset_session_and_parameters);
	if (sample != NULL && sample->digested != NULL &&
	    bytes.len + sample->len <= DIGESTED_MAX) {
		ZSTD_CCtx_refCDict(cache->out, sample->digested);
		return;
	}
	ZSTD_CCtx_setParameter(cache->out, ZSTD_c_compressionLevel, LEVEL);
	/* Bytes of a megabyte must still see the sample before them. */
	ZSTD_CCtx_setParameter(cache->out, ZSTD_c_windowLog,
	    bytes.len > 200000 ? 24 : 18);
	if (sample != NULL)
		ZSTD_CCtx_refPrefix(cache->out, sample->bytes, sample->len);
}

static bool
compress(struct store_seal_cache *cache, struct sample *sample,
    struct str bytes, struct arena *arena, struct str *out, struct err *err)
{
	const size_t	 bound = ZSTD_compressBound(bytes.len);
	char		*packed;
	size_t		 n;

	if (!buf_reserve(&cache->room, bound + 1))
		return err_nomem(err);
	packed = cache->room.p;
	packed[0] = sample == NULL ? PLAIN : WITH_SAMPLE;
	prepare(cache, sample, bytes);
	n = ZSTD_compress2(cache->out, packed + 1, bound, bytes.p, bytes.len);
	if (ZSTD_isError(n))
		return err_set(err, ERR_SYSTEM, "sealing: %s",
		    ZSTD_getErrorName(n));
	if ((out->p = arena_copy(arena, packed, n + 1)) == NULL)
		return err_nomem(err);
	out->len = n + 1;
	return true;
}

const char	store_seal_sql[] =
	"INSERT INTO sealed (message_id, hash, template_hash, bytes)"
	" VALUES ($1, $2, $3, $4) ON CONFLICT (message_id) DO UPDATE"
	" SET hash = excluded.hash, template_hash = excluded.template_hash,"
	" bytes = excluded.bytes";

bool
store_seal(struct store *store, struct str bytes,
    const struct hash *template_hash, struct arena *arena,
    struct str *packed_out, struct hash *hash_out, struct err *err)
{
	struct store_seal_cache	*cache;
	struct sample		*sample = NULL;

	if (bytes.len > SEALED_MAX)
		return err_set(err, ERR_INPUT, "a message of %zu bytes",
		    bytes.len);
	if (!cache_of(store, &cache, err) || (template_hash != NULL &&
	    !find_sample(store, cache, template_hash, &sample, err)))
		return false;
	if (!hash_of(bytes, hash_out))
		return err_set(err, ERR_SYSTEM, "hashing a message");
	return compress(cache, sample, bytes, arena, packed_out, err);
}

static bool
expand(struct store_seal_cache *cache, const struct sample *sample,
    struct str packed, struct arena *arena, struct str *out, struct err *err)
{
	unsigned long long	 size;
	char			*bytes;
	size_t			 n;

	size = ZSTD_getFrameContentSize(packed.p, packed.len);
	if (size > SEALED_MAX)
		return err_set(err, ERR_SYSTEM, "sealed bytes are damaged");
	if ((bytes = arena_alloc(arena, (size_t)size + 1)) == NULL)
		return err_nomem(err);
	ZSTD_DCtx_reset(cache->in, ZSTD_reset_session_and_parameters);
	if (sample != NULL)
		ZSTD_DCtx_refPrefix(cache->in, sample->bytes, sample->len);
	n = ZSTD_decompressDCtx(cache->in, bytes, (size_t)size, packed.p,
	    packed.len);
	if (ZSTD_isError(n) || n != size)
		return err_set(err, ERR_SYSTEM, "sealed bytes are damaged");
	*out = (struct str){bytes, n};
	return true;
}

struct sealed_row {
	struct hash	hash;
	struct hash	template_hash;
	struct str	packed;
	bool		has_template;
};

static bool
read_sealed(struct store *store, int64_t message_id, struct arena *arena,
    struct sealed_row *row, struct err *err)
{
	struct db_rows	*rows;
	bool		 failed = false;
	bool		 found = false;

	if (!db_query(store->db, "SELECT hash, template_hash, bytes"
	    " FROM sealed WHERE message_id = $1",
	    DB_PARAMS(DB_INT(message_id)), &rows, err))
		return false;
	if (db_step(rows)) {
		struct str	hash = db_bytes(rows, 0);
		struct str	template_hash = db_bytes(rows, 1);
		struct str	bytes = db_bytes(rows, 2);

		found = hash.len == HASH_LEN && bytes.len > 0;
		if (found)
			memcpy(row->hash.bytes, hash.p, HASH_LEN);
		row->has_template = template_hash.len == HASH_LEN;
		if (row->has_template)
			memcpy(row->template_hash.bytes, template_hash.p,
			    HASH_LEN);
		row->packed.p = store_copy(arena, bytes, &failed);
		row->packed.len = bytes.len;
	}
	if (!db_finish(&rows, err))
		return false;
	if (failed)
		return err_nomem(err);
	return found || err_set(err, ERR_INPUT, "nothing was sealed for the "
	    "message");
}

bool
store_sealed(struct store *store, int64_t message_id, struct arena *arena,
    struct str *bytes_out, struct hash *hash_out, struct err *err)
{
	struct store_seal_cache	*cache;
	struct sample		*sample = NULL;
	struct sealed_row	 row = {.has_template = false};
	struct str		 bytes;
	struct hash		 hash;

	if (!cache_of(store, &cache, err) ||
	    !read_sealed(store, message_id, arena, &row, err))
		return false;
	if (row.packed.p[0] == WITH_SAMPLE && (!row.has_template ||
	    !find_sample(store, cache, &row.template_hash, &sample, err) ||
	    sample == NULL))
		return err_set(err, ERR_SYSTEM, "the sample of a sealed "
		    "message is missing");
	if (!expand(cache, sample, (struct str){row.packed.p + 1,
	    row.packed.len - 1}, arena, &bytes, err))
		return false;
	if (!hash_of(bytes, &hash) || !hash_eq(&hash, &row.hash))
		return err_set(err, ERR_SYSTEM, "sealed bytes do not match "
		    "their hash");
	*bytes_out = bytes;
	*hash_out = hash;
	return true;
}

bool
store_sample_put(struct store *store, const struct hash *template_hash,
    struct str bytes, struct err *err)
{
	store->has_new_sample = true;
	return db_exec(store->db, "INSERT INTO sample (template_hash, bytes)"
	    " VALUES ($1, $2) ON CONFLICT (template_hash) DO NOTHING",
	    DB_PARAMS(DB_HASH(template_hash), DB_BYTES(bytes)), NULL, err);
}
