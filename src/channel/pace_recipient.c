/* SPDX-License-Identifier: ISC */
/*
 * Until when each recipient is left alone: an open-addressed table of hashes
 * that grows with the recipients of one space of time, up to a limit.  Two
 * recipients with one hash, or a table that is full, hold one that need not
 * be held; never the other way round.
 */
#include "channel/pace_impl.h"

#define SLOTS_FIRST	64
#define SLOTS_MAX	65536		/* 1 MiB */

struct slot {
	uint64_t	hash;		/* 0: free */
	int64_t		until_ms;
};

struct pace_recipients {
	size_t		 size;		/* a power of two */
	size_t		 used;
	struct slot	 slots[];
};

static uint64_t
hash_address(const struct pace *pace, struct str address)
{
	uint64_t	hash = pace->seed;

	for (size_t i = 0; i < address.len; i++)
		hash = pace_mix(hash ^ (unsigned char)address.p[i]);
	return hash == 0 ? 1 : hash;
}

/* Its slot, or the free one where it would stand; the table is never full. */
static struct slot *
slot_of(struct pace_recipients *table, uint64_t hash)
{
	size_t	at = (size_t)hash & (table->size - 1);

	while (table->slots[at].hash != 0 && table->slots[at].hash != hash)
		at = (at + 1) & (table->size - 1);
	return &table->slots[at];
}

/* Those still held, in a table that has room for as many more. */
static struct pace_recipients *
rebuilt(const struct pace_recipients *old, int64_t now_ms)
{
	struct pace_recipients	*table;
	size_t			 size = SLOTS_FIRST, held = 0;

	for (size_t i = 0; old != NULL && i < old->size; i++)
		held += old->slots[i].hash != 0 &&
		    old->slots[i].until_ms > now_ms;
	while (size < 4 * held && size < SLOTS_MAX)
		size *= 2;
	table = calloc(1, sizeof(*table) + size * sizeof(table->slots[0]));
	if (table == NULL)
		return NULL;
	table->size = size;
	for (size_t i = 0; old != NULL && i < old->size; i++) {
		if (old->slots[i].hash == 0 || old->slots[i].until_ms <= now_ms)
			continue;
		*slot_of(table, old->slots[i].hash) = old->slots[i];
		table->used++;
	}
	return table;
}

static bool
has_room(const struct pace_recipients *table)
{
	return table != NULL && table->used < table->size / 4 * 3;
}

static int64_t
first_free_ms(const struct pace_recipients *table)
{
	int64_t	at_ms = TIME_NEVER;

	for (size_t i = 0; i < table->size; i++) {
		if (table->slots[i].hash != 0 &&
		    table->slots[i].until_ms < at_ms)
			at_ms = table->slots[i].until_ms;
	}
	return at_ms;
}

/* Makes room where that can be had. */
static void
make_room(struct pace *pace, int64_t now_ms)
{
	struct pace_recipients	*table;

	if (has_room(pace->recipients) ||
	    (table = rebuilt(pace->recipients, now_ms)) == NULL)
		return;
	free(pace->recipients);
	pace->recipients = table;
}

int64_t
pace_may_to(struct pace *pace, struct str address, int64_t now_ms)
{
	const struct slot	*slot;
	int64_t			 most_ms = now_ms + PACE_HOLD_MAX_MS * 4;

	if (pace->recipients == NULL)
		return now_ms;
	slot = slot_of(pace->recipients, hash_address(pace, address));
	if (slot->hash != 0)
		return slot->until_ms < most_ms ? slot->until_ms : most_ms;
	make_room(pace, now_ms);
	return has_room(pace->recipients) ? now_ms :
	    first_free_ms(pace->recipients);
}

void
pace_hold_to(struct pace *pace, struct str address, int64_t now_ms,
    int64_t until_ms)
{
	struct slot	*slot;

	make_room(pace, now_ms);
	if (pace->recipients == NULL)
		return;		/* no memory: the message goes without a space */
	slot = slot_of(pace->recipients, hash_address(pace, address));
	if (slot->hash == 0 && !has_room(pace->recipients))
		return;
	pace->recipients->used += slot->hash == 0;
	if (slot->hash == 0 || slot->until_ms < until_ms)
		slot->until_ms = until_ms;
	slot->hash = hash_address(pace, address);
}

void
pace_fini(struct pace *pace)
{
	free(pace->recipients);
	pace->recipients = NULL;
}
