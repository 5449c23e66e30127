/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Uses memory in the ways programs do and looks whether it keeps what is
 * written: malloc, brk, mmap, mprotect, munmap, mremap, big arrays.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MIB	(1ul << 20)

static uint64_t big[3 * MIB / 8];		/* bss */
static uint64_t random_state = 1;

static uint64_t random_number(void)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return random_state >> 33;
}

static void fail(const char *what)
{
	printf("%s: wrong\n", what);
	exit(1);
}

/* Many pieces of all sizes, freed in another order, each with a pattern. */
static void heap(void)
{
	static struct {
		unsigned char *at;
		size_t size;
	} piece[500];
	size_t total = 0;

	for (int turn = 0; turn < 5000; turn++) {
		unsigned i = random_number() % 500;

		for (size_t j = 0; j < piece[i].size; j++)
			if (piece[i].at[j] != (unsigned char)i)
				fail("heap");
		free(piece[i].at);
		piece[i].size = random_number() %
			(turn % 50 == 0 ? 300000 : 3000);
		piece[i].at = malloc(piece[i].size);
		if (!piece[i].at && piece[i].size)
			fail("malloc");
		memset(piece[i].at, (int)i, piece[i].size);
		total += piece[i].size;
	}
	for (int i = 0; i < 500; i++)
		free(piece[i].at);
	printf("heap: %zu bytes in pieces\n", total);
}

static void grows(void)
{
	size_t size = 1000;
	char *text = calloc(1, size);

	while (size < 20 * MIB) {
		size_t old = size;

		size = size * 3 / 2;
		text = realloc(text, size);
		if (!text || text[0] != 0)
			fail("realloc");
		memset(text + old, 'x', size - old);
	}
	for (size_t i = 1000; i < size; i++)
		if (text[i] != 'x')
			fail("realloc");
	free(text);
	printf("realloc: up to %zu bytes\n", size);
}

static void breaks(void)
{
	char *start = (char *)syscall(SYS_brk, 0);
	char *end = (char *)syscall(SYS_brk, start + MIB);

	if (end != start + MIB)
		fail("brk");
	for (char *at = start; at < end; at++)
		if (*at)
			fail("brk not zero");
	memset(start, 7, MIB);
	if ((char *)syscall(SYS_brk, start) != start)
		fail("brk back");
	printf("brk: 1 MiB up and down\n");
}

static char *map(size_t size, int protection)
{
	char *at = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	if (at == MAP_FAILED)
		fail("mmap");
	return at;
}

static void maps(void)
{
	char *at = map(16 * MIB, PROT_READ | PROT_WRITE);

	for (size_t i = 0; i < 16 * MIB; i += 512)
		if (at[i])
			fail("mmap not zero");
	for (size_t i = 0; i < 16 * MIB; i += 4096)
		at[i] = (char)(i >> 12);
	/* A hole in the middle, and something else into it. */
	if (munmap(at + 4 * MIB, 4 * MIB))
		fail("munmap");
	if (mmap(at + 5 * MIB, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		 MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at + 5 * MIB)
		fail("mmap fixed");
	for (size_t i = 5 * MIB; i < 6 * MIB; i += 512)
		if (at[i])
			fail("mmap again not zero");
	for (size_t i = 0; i < 16 * MIB; i += 4096)
		if ((i < 4 * MIB || i >= 8 * MIB) && at[i] != (char)(i >> 12))
			fail("mmap lost");
	munmap(at, 16 * MIB);
	printf("mmap: 16 MiB with a hole\n");
}

static void protects(void)
{
	char *at = map(MIB, PROT_NONE);

	if (mprotect(at + 8192, 4096, PROT_READ | PROT_WRITE))
		fail("mprotect");
	strcpy(at + 8192, "kept");
	mprotect(at + 8192, 4096, PROT_NONE);
	mprotect(at, MIB, PROT_READ);
	if (strcmp(at + 8192, "kept") || at[0] || at[MIB - 1])
		fail("mprotect lost");
	munmap(at, MIB);
	errno = 0;
	printf("mprotect: kept; on nothing: %d",
	       mprotect(at, 4096, PROT_READ));
	printf(" %s\n", strerror(errno));
}

static void moves(void)
{
	char *at = map(MIB, PROT_READ | PROT_WRITE), *to;

	memset(at, 'm', MIB);
	to = mremap(at, MIB, 8 * MIB, MREMAP_MAYMOVE);
	if (to == MAP_FAILED)
		fail("mremap");
	for (size_t i = 0; i < 8 * MIB; i++)
		if (to[i] != (i < MIB ? 'm' : 0))
			fail("mremap lost");
	munmap(to, 8 * MIB);
	printf("mremap: 1 MiB to 8\n");
}

static void arrays(void)
{
	uint64_t sum = 0;
	uint64_t local[8192];

	for (size_t i = 0; i < sizeof(big) / 8; i++)
		if (big[i])
			fail("bss not zero");
	for (size_t i = 0; i < sizeof(big) / 8; i++)
		big[i] = random_number();
	for (size_t i = 0; i < 8192; i++)
		local[i] = big[i * 40];
	for (size_t i = 0; i < sizeof(big) / 8; i++)
		sum = sum * 31 + big[i] + local[i % 8192];
	printf("arrays: %016llx\n", (unsigned long long)sum);
}

/* More than there is is refused, and does no harm. */
static void refuses(void)
{
	void *at = mmap(NULL, 1ul << 46, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	printf("64 TiB: %s\n", at == MAP_FAILED ? strerror(errno) : "given");
}

int main(void)
{
	heap();
	grows();
	breaks();
	maps();
	protects();
	moves();
	arrays();
	refuses();
	return 0;
}
