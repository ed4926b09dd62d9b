/* SPDX-License-Identifier: ISC */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>

#define BLOCK_MIN	((size_t)16 * 1024)
#define ALIGN_TO	_Alignof(max_align_t)

struct block {
	struct block	*next;
	size_t		 size;
	size_t		 used;
	max_align_t	 bytes[];
};

struct arena {
	struct block	*head;
	size_t		 used;
};

static struct block *
block_new(size_t size)
{
	struct block	*block;

	if (size > SIZE_MAX - sizeof(*block) ||
	    (block = malloc(sizeof(*block) + size)) == NULL)
		return NULL;
	block->next = NULL;
	block->size = size;
	block->used = 0;
	return block;
}

struct arena *
arena_new(void)
{
	struct arena	*arena;

	if ((arena = calloc(1, sizeof(*arena))) == NULL)
		return NULL;
	if ((arena->head = block_new(BLOCK_MIN)) == NULL) {
		free(arena);
		return NULL;
	}
	return arena;
}

static void
blocks_free(struct block *block)
{
	struct block	*next;

	for (; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
}

void
arena_free(struct arena **arena)
{
	if (*arena == NULL)
		return;
	blocks_free((*arena)->head);
	free(*arena);
	*arena = NULL;
}

void
arena_reset(struct arena *arena)
{
	blocks_free(arena->head->next);
	arena->head->next = NULL;
	arena->head->used = 0;
	arena->used = 0;
}

static bool
arena_grow(struct arena *arena, size_t size)
{
	struct block	*block;
	size_t		 want = arena->head->size;

	if (want < (size_t)1024 * 1024)
		want *= 2;
	if (want < size)
		want = size;
	if ((block = block_new(want)) == NULL)
		return false;
	block->next = arena->head;
	arena->head = block;
	return true;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	struct block	*block = arena->head;
	void		*p;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + ALIGN_TO - 1) / ALIGN_TO * ALIGN_TO;
	if (size > block->size - block->used) {
		if (!arena_grow(arena, size))
			return NULL;
		block = arena->head;
	}
	p = (char *)block->bytes + block->used;
	block->used += size;
	arena->used += size;
	(void)memset(p, 0, size);
	return p;
}

void *
arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t	total;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	return arena_alloc(arena, total);
}

char *
arena_copy(struct arena *arena, const char *bytes, size_t len)
{
	char	*copy;

	if (len == SIZE_MAX || (copy = arena_alloc(arena, len + 1)) == NULL)
		return NULL;
	if (len > 0)
		(void)memcpy(copy, bytes, len);
	return copy;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
	return arena_copy(arena, text, strlen(text));
}

char *
arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list	 ap, again;
	char	*text = NULL;
	int	 len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	if (len >= 0 &&
	    (text = arena_alloc(arena, (size_t)len + 1)) != NULL)
		(void)vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return text;
}

size_t
arena_used(const struct arena *arena)
{
	return arena->used;
}
