/* SPDX-License-Identifier: GPL-2.0-only */
/* /etc/ld.so.cache, glibc's list of all libraries (ldconfig(8)). */
#ifndef LIB_LIBRARY_CACHE_H
#define LIB_LIBRARY_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct library_cache {
	uint8_t *data;		/* of the list, without what comes before it */
	size_t size;
	void *mapped;		/* the file; NULL: there is none */
	size_t mapped_size;
};

/* 0, or -errno without an error text: there is no list that we know. */
int library_cache_read(const char *path, struct library_cache *cache);
void library_cache_free(struct library_cache *cache);

/*
 * The path of an x86-64 library NAME from entry *AT on, which moves behind it;
 * NULL: there is no more.
 */
const char *library_cache_find(const struct library_cache *cache,
			       const char *name, size_t *at);

#endif
