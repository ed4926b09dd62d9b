/* SPDX-License-Identifier: ISC */
/*
 * replay.c - a fuzz target as a test: it is shown every file of its corpus, in
 * the order of their names.  `fuzz_X FILE...` shows it these.
 */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <errno.h>

/* In memory of exactly its size, so that a byte too far is seen. */
static void
replay(const char *path)
{
	FILE		*fp = fopen(path, "re");
	uint8_t		*data = NULL, *more;
	size_t		 size = 0, got;
	uint8_t		 block[4096];

	FUZZ_HOLDS(fp != NULL);
	while ((got = fread(block, 1, sizeof(block), fp)) > 0) {
		FUZZ_HOLDS((more = realloc(data, size + got)) != NULL);
		data = more;
		(void)memcpy(data + size, block, got);
		size += got;
	}
	FUZZ_HOLDS(ferror(fp) == 0 && fclose(fp) == 0);
	(void)printf("# %s\n", strrchr(path, '/') == NULL ? path :
	    strrchr(path, '/') + 1);
	(void)fflush(stdout);
	FUZZ_HOLDS(LLVMFuzzerTestOneInput(data, size) == 0);
	free(data);
}

static int
is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static size_t
replay_folder(const char *folder)
{
	struct dirent	**entries = NULL;
	char		  path[4096];
	int		  count = scandir(folder, &entries, is_input, alphasort);

	if (count < 0)
		(void)printf("# %s: %s\n", folder, strerror(errno));
	for (int i = 0; i < count; i++) {
		FUZZ_HOLDS(snprintf(path, sizeof(path), "%s/%s", folder,
		    entries[i]->d_name) < (int)sizeof(path));
		replay(path);
		free(entries[i]);
	}
	free(entries);
	return count < 0 ? 0 : (size_t)count;
}

int
main(int argc, char **argv)
{
	const char	*name = strstr(argv[0], "fuzz_");
	const char	*srcdir = getenv("srcdir");
	char		 folder[1024];
	size_t		 count;

	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc > 1)
		return EXIT_SUCCESS;
	while (name != NULL && strstr(name + 1, "fuzz_") != NULL)
		name = strstr(name + 1, "fuzz_");
	FUZZ_HOLDS(name != NULL);
	(void)snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s",
	    srcdir == NULL ? DUNLIN_SRCDIR : srcdir, name + strlen("fuzz_"));
	(void)printf("1..1\n");
	count = replay_folder(folder);
	(void)printf("%s 1 - %s: %zu inputs\n", count > 0 ? "ok" : "not ok",
	    name + strlen("fuzz_"), count);
	return EXIT_SUCCESS;
}
