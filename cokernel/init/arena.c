// SPDX-License-Identifier: GPL-2.0-only
/* Arenas: a list of mmap(2)ed chunks, filled from the bottom. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include "arena.h"

#define CHUNK	65536u

struct arena_chunk {
	struct arena_chunk *next;
	size_t size, used;
	size_t padding;
};

static struct arena_chunk *chunk_create(size_t size)
{
	struct arena_chunk *chunk = mmap(NULL, size, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (chunk == MAP_FAILED)
		return NULL;
	chunk->size = size;
	chunk->used = sizeof(*chunk);
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t n)
{
	struct arena_chunk *chunk = arena->chunks;
	void *found;

	if (n > (1ul << 40))
		return NULL;
	n = (n + 15) & ~15ul;
	if (!chunk || chunk->size - chunk->used < n) {
		size_t size = n + sizeof(*chunk);

		size = size <= CHUNK ? CHUNK : (size + 4095) & ~4095ul;
		chunk = chunk_create(size);
		if (!chunk)
			return NULL;
		chunk->next = arena->chunks;
		arena->chunks = chunk;
	}
	found = (char *)chunk + chunk->used;
	chunk->used += n;
	return found;
}

char *arena_string(struct arena *arena, const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = arena_alloc(arena, n);

	return copy ? memcpy(copy, text, n) : NULL;
}

void arena_free(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunks;

	while (chunk) {
		struct arena_chunk *next = chunk->next;

		munmap(chunk, chunk->size);
		chunk = next;
	}
	arena->chunks = NULL;
}
