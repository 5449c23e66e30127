/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that is given back at once and entirely: pages from mmap(2), so that
 * an enclave has all its memory again when a session has ended.
 */
#ifndef INIT_ARENA_H
#define INIT_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;	/* the one in use first */
};

/* Zeroed, 16-byte aligned; NULL: no memory. */
void *arena_alloc(struct arena *arena, size_t n);
char *arena_string(struct arena *arena, const char *text);
void arena_free(struct arena *arena);

#endif
