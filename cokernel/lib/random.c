/* SPDX-License-Identifier: GPL-2.0-only */
/* See lib/random.h. */
#include <lib/random.h>
#include <lib/string.h>

#define KEY_WORDS	8
#define BLOCK_WORDS	16
#define BLOCK_SIZE	64
#define SEED_ROUNDS	64	/* TSC samples of the first seed */
#define HARDWARE_TRIES	10	/* Intel SDM vol. 1, section 7.3.17 */

enum hardware { HARDWARE_UNKNOWN, HARDWARE_NONE, HARDWARE_RDRAND,
		HARDWARE_RDSEED };

static struct {
	enum hardware hardware;
	uint32_t key[KEY_WORDS];
} generator;

static uint64_t random_tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a" (low), "=d" (high));
	return (uint64_t)high << 32 | low;
}

static enum hardware random_probe(void)
{
	uint32_t a, b, c, d, top;

	__asm__("cpuid" : "=a" (top), "=b" (b), "=c" (c), "=d" (d) : "a" (0));
	if (top >= 7) {
		__asm__("cpuid" : "=a" (a), "=b" (b), "=c" (c), "=d" (d)
			: "a" (7), "c" (0));
		if (b & 1u << 18)
			return HARDWARE_RDSEED;
	}
	__asm__("cpuid" : "=a" (a), "=b" (b), "=c" (c), "=d" (d) : "a" (1));
	return c & 1u << 30 ? HARDWARE_RDRAND : HARDWARE_NONE;
}

/* Both may run dry for a moment: then 0, which harms no mixture. */
static uint64_t random_hardware(void)
{
	uint64_t value = 0;
	bool good = false;
	int i;

	for (i = 0; i < HARDWARE_TRIES && !good; i++) {
		if (generator.hardware == HARDWARE_RDSEED)
			__asm__ volatile("rdseed %0" : "=r" (value),
					 "=@ccc" (good));
		else if (generator.hardware == HARDWARE_RDRAND)
			__asm__ volatile("rdrand %0" : "=r" (value),
					 "=@ccc" (good));
		else
			break;
	}
	return good ? value : 0;
}

static uint32_t rotate(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

static void quarter(uint32_t *s, int a, int b, int c, int d)
{
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 16);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 12);
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 8);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 7);
}

/* RFC 8439, section 2.3, with NONCE in place of the 96-bit one. */
static void chacha_block(const uint32_t key[KEY_WORDS], uint32_t counter,
			 uint64_t nonce, uint32_t out[BLOCK_WORDS])
{
	uint32_t in[BLOCK_WORDS] = { 0x61707865, 0x3320646e, 0x79622d32,
				     0x6b206574 };
	int i;

	memcpy(in + 4, key, KEY_WORDS * sizeof(*key));
	in[12] = counter;
	in[13] = (uint32_t)nonce;
	in[14] = (uint32_t)(nonce >> 32);
	memcpy(out, in, sizeof(in));
	for (i = 0; i < 10; i++) {
		quarter(out, 0, 4, 8, 12);
		quarter(out, 1, 5, 9, 13);
		quarter(out, 2, 6, 10, 14);
		quarter(out, 3, 7, 11, 15);
		quarter(out, 0, 5, 10, 15);
		quarter(out, 1, 6, 11, 12);
		quarter(out, 2, 7, 8, 13);
		quarter(out, 3, 4, 9, 14);
	}
	for (i = 0; i < BLOCK_WORDS; i++)
		out[i] += in[i];
}

/* Fold fresh noise into the key and run it through the cipher. */
static void random_mix(void)
{
	uint32_t block[BLOCK_WORDS];
	int i;

	for (i = 0; i < KEY_WORDS; i += 2) {
		uint64_t noise = random_hardware() ^ random_tsc();

		generator.key[i] ^= (uint32_t)noise;
		generator.key[i + 1] ^= (uint32_t)(noise >> 32);
	}
	chacha_block(generator.key, 0, random_tsc(), block);
	memcpy(generator.key, block, sizeof(generator.key));
}

void random_bytes(void *to, size_t n)
{
	uint32_t block[BLOCK_WORDS], key[KEY_WORDS], counter = 0;
	uint8_t *next = to;
	int i;

	if (generator.hardware == HARDWARE_UNKNOWN) {
		generator.hardware = random_probe();
		for (i = 0; i < SEED_ROUNDS; i++)
			random_mix();
	}
	random_mix();
	memcpy(key, generator.key, sizeof(key));
	/* The first block is the next key, and nobody else's. */
	chacha_block(key, counter, 1, block);
	memcpy(generator.key, block, sizeof(generator.key));
	while (n) {
		size_t part = MIN(n, (size_t)BLOCK_SIZE);

		if (!++counter) {	/* 256 GiB: go on with the new key */
			random_bytes(next, n);
			return;
		}
		chacha_block(key, counter, 1, block);
		memcpy(next, block, part);
		next += part;
		n -= part;
	}
	memset(key, 0, sizeof(key));
	memset(block, 0, sizeof(block));
	__asm__ volatile("" : : "r" (key), "r" (block) : "memory");
}
