/* SPDX-License-Identifier: ISC */
/*
 * fuzz.h - what the fuzz targets share.
 *
 * A target is one function that takes any bytes and returns 0; what must hold
 * of them is said with FUZZ_HOLDS.  Configured with --enable-fuzz it becomes a
 * libFuzzer program, else replay.c shows it its corpus in `make check`.
 */
#ifndef DUNLIN_FUZZ_FUZZ_H
#define DUNLIN_FUZZ_FUZZ_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_HOLDS(condition) do { \
	if (!(condition)) \
		fuzz_die(#condition, __FILE__, __LINE__); \
} while (0)

static inline void
fuzz_die(const char *what, const char *file, int line)
{
	(void)fprintf(stderr, "%s:%d: broken: %s\n", file, line, what);
	abort();
}

static inline struct str
fuzz_str(const uint8_t *data, size_t size)
{
	return (struct str){(const char *)data, size};
}

/* Takes the first byte, for choosing; 0 when there is none. */
static inline uint8_t
fuzz_byte(struct str *s)
{
	uint8_t	byte;

	if (s->len == 0)
		return 0;
	byte = (uint8_t)s->p[0];
	s->p++;
	s->len--;
	return byte;
}

/* Takes a line, without its end. */
static inline struct str
fuzz_line(struct str *s)
{
	const char	*end = s->len == 0 ? NULL : memchr(s->p, '\n', s->len);
	struct str	 line = {s->p, s->len};

	if (end != NULL)
		line.len = (size_t)(end - s->p);
	s->p += line.len + (end != NULL);
	s->len -= line.len + (end != NULL);
	return line;
}

static inline struct arena *
fuzz_arena(void)
{
	struct arena	*arena = arena_new();

	FUZZ_HOLDS(arena != NULL);
	return arena;
}

/* The bytes with a NUL behind, as long as C takes them for; never NULL. */
static inline const char *
fuzz_text(struct arena *arena, struct str s)
{
	const char	*text = arena_copy(arena, s.p, s.len);

	FUZZ_HOLDS(text != NULL);
	return text;
}

/* A file in memory, for readers that take a path. */
struct fuzz_file {
	int	fd;
	char	path[40];
};

static inline void
fuzz_file_open(struct fuzz_file *file, struct str bytes)
{
	size_t	done = 0;
	ssize_t	put;

	file->fd = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_HOLDS(file->fd >= 0);
	for (; done < bytes.len; done += (size_t)put) {
		put = write(file->fd, bytes.p + done, bytes.len - done);
		FUZZ_HOLDS(put > 0);
	}
	(void)snprintf(file->path, sizeof(file->path), "/proc/self/fd/%d",
	    file->fd);
}

static inline void
fuzz_file_close(struct fuzz_file *file)
{
	(void)close(file->fd);
}

#endif
