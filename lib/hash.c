/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BLAKE2b as RFC 7693 describes it, without a key.  Numbers are little-endian,
 * as this machine has them.
 */
#include <string.h>

#include "lib/hash.h"

#define ROUNDS	12

/* Of SHA-512: the fractions of the square roots of the first primes. */
static const uint64_t start[8] = {
	0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
	0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
	0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

/* In which order a round takes the words of a block. */
static const uint8_t order[10][16] = {
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	{ 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
	{ 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 },
	{ 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
	{ 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 },
	{ 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
	{ 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 },
	{ 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
	{ 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 },
	{ 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 },
};

static uint64_t turn(uint64_t word, int bits)
{
	return word >> bits | word << (64 - bits);
}

static inline void mix(uint64_t *v, int a, int b, int c, int d, uint64_t x,
		       uint64_t y)
{
	v[a] += v[b] + x;
	v[d] = turn(v[d] ^ v[a], 32);
	v[c] += v[d];
	v[b] = turn(v[b] ^ v[c], 24);
	v[a] += v[b] + y;
	v[d] = turn(v[d] ^ v[a], 16);
	v[c] += v[d];
	v[b] = turn(v[b] ^ v[c], 63);
}

static void take_block(struct hash *hash, const uint8_t *block, int last)
{
	uint64_t words[16], v[16];

	memcpy(words, block, sizeof(words));
	memcpy(v, hash->state, sizeof(hash->state));
	memcpy(v + 8, start, sizeof(start));
	v[12] ^= hash->bytes;
	if (last)
		v[14] = ~v[14];
	/* Unrolled the order is no data any more, which is twice as fast. */
#pragma GCC unroll 12
	for (int i = 0; i < ROUNDS; i++) {
		const uint8_t *o = order[i % 10];

#pragma GCC unroll 4
		for (int column = 0; column < 4; column++)
			mix(v, column, column + 4, column + 8, column + 12,
			    words[o[2 * column]], words[o[2 * column + 1]]);
#pragma GCC unroll 4
		for (int j = 0; j < 4; j++)
			mix(v, j, 4 + (j + 1) % 4, 8 + (j + 2) % 4,
			    12 + (j + 3) % 4, words[o[8 + 2 * j]],
			    words[o[9 + 2 * j]]);
	}
	for (int i = 0; i < 8; i++)
		hash->state[i] ^= v[i] ^ v[i + 8];
}

void hash_begin(struct hash *hash)
{
	memset(hash, 0, sizeof(*hash));
	memcpy(hash->state, start, sizeof(start));
	/* One leaf of one tree, and the length of the result. */
	hash->state[0] ^= 0x01010000 ^ HASH_SIZE;
}

/* The last block is taken at the end, so one that is full waits. */
void hash_add(struct hash *hash, const void *data, size_t size)
{
	const uint8_t *next = data;

	while (size) {
		size_t n = sizeof(hash->block) - hash->have;

		if (n == 0) {
			hash->bytes += sizeof(hash->block);
			take_block(hash, hash->block, 0);
			hash->have = 0;
			continue;
		}
		n = n < size ? n : size;
		memcpy(hash->block + hash->have, next, n);
		hash->have += n;
		next += n;
		size -= n;
	}
}

void hash_end(struct hash *hash, uint8_t result[HASH_SIZE])
{
	hash->bytes += hash->have;
	memset(hash->block + hash->have, 0, sizeof(hash->block) - hash->have);
	take_block(hash, hash->block, 1);
	memcpy(result, hash->state, HASH_SIZE);
}
