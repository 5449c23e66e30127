/* SPDX-License-Identifier: GPL-2.0-only */
/* What a file's contents are known by: BLAKE2b (RFC 7693) of 32 bytes. */
#ifndef LIB_HASH_H
#define LIB_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_SIZE	32	/* bytes */

struct hash {
	uint64_t state[8];
	uint64_t bytes;		/* hashed so far */
	uint8_t block[128];	/* the last ones, which are not yet */
	size_t have;
};

void hash_begin(struct hash *hash);
void hash_add(struct hash *hash, const void *data, size_t size);
void hash_end(struct hash *hash, uint8_t result[HASH_SIZE]);

#endif
