/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lib/library.c finds: prints the paths that it would ship for a program,
 * one on a line; or, as `test_library cache FILE SEED`, looks into damaged lists
 * of libraries.  Run by tests/unit/library.sh, which compares.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/bundle.h"
#include "lib/error.h"
#include "lib/library-cache.h"
#include "lib/library.h"

static int print(const char *path)
{
	struct bundle bundle;
	int error;

	bundle_init(&bundle);
	error = library_add(&bundle, path, "/");
	if (error)
		printf("error: %s\n", error_text());
	for (size_t i = 0; i < bundle.count && !error; i++)
		if (bundle.entries[i]->file)
			printf("%s\n", bundle.entries[i]->file->source);
	bundle_free(&bundle);
	return error ? 1 : 0;
}

static int look(const char *path)
{
	struct library_cache cache;
	size_t found = 0;

	if (library_cache_read(path, &cache))
		return 0;
	for (size_t at = 0; library_cache_find(&cache, "libc.so.6", &at);)
		found++;
	library_cache_free(&cache);
	return (int)found;
}

/* Some 4-byte words of the file changed, or its end cut off. */
static void damage(const char *data, size_t size, const char *path)
{
	FILE *to = fopen(path, "wb");
	char *copy = malloc(size);

	if (!to || !copy)
		exit(1);
	memcpy(copy, data, size);
	for (long n = 1 + random() % 3; n > 0; n--) {
		uint32_t word = random() % 2 ? (uint32_t)random() :
				~0u >> random() % 32;

		memcpy(copy + random() % (random() % 2 ? 48 : size - 4), &word,
		       4);
	}
	if (random() % 4 == 0)
		size = (size_t)random() % size;
	fwrite(copy, 1, size, to);
	fclose(to);
	free(copy);
}

static int damaged(const char *path, const char *seed)
{
	FILE *from = fopen(path, "rb");
	char name[] = "/tmp/cacheXXXXXX";
	char *data = malloc(8 << 20);
	size_t size;
	long found = 0;

	if (!from || !data || mkstemp(name) < 0)
		return 1;
	size = fread(data, 1, 8 << 20, from);
	fclose(from);
	srandom((unsigned int)atoi(seed));
	for (int i = 0; i < 2000; i++) {
		damage(data, size, name);
		found += look(name);
	}
	printf("%d in the sound one, %ld in 2000 damaged ones\n", look(path),
	       found);
	unlink(name);
	free(data);
	return look(path) ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "cache"))
		return damaged(argv[2], argv[3]);
	return argc == 2 ? print(argv[1]) : 2;
}
