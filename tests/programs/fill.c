/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fill [hold] [MIB]: takes MIB of memory, or all that is free but for a little,
 * piece by piece, gives each page contents of its own and checks them all.  With
 * "hold" it keeps the memory until its standard input ends.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define PIECE	(4ul << 20)
#define PAGE	4096ul
#define LEAVE	(8ul << 20)	/* for page tables and others */
#define PIECES	65536

static uint64_t *pieces[PIECES];

static uint64_t contents(size_t piece, size_t word)
{
	return (piece * (PIECE / 8) + word) * 0x9e3779b97f4a7c15ull;
}

static unsigned long free_bytes(void)
{
	struct sysinfo info;

	return sysinfo(&info) ? 0 : info.freeram * info.mem_unit;
}

/* Eight words of each page tell it from all others. */
static size_t count_wrong(size_t count)
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t at = 0; at < PIECE / 8; at += PAGE / 64)
			wrong += pieces[i][at] != contents(i, at);
	return wrong;
}

int main(int argc, char **argv)
{
	int hold = argc > 1 && !strcmp(argv[1], "hold");
	size_t count = 0, most = PIECES, wrong;

	if (argc > 1 + hold)
		most = strtoul(argv[1 + hold], NULL, 10) * (1 << 20) / PIECE;
	while (count < most && free_bytes() > LEAVE + PIECE) {
		void *piece = mmap(NULL, PIECE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (piece == MAP_FAILED)
			break;
		pieces[count] = piece;
		for (size_t at = 0; at < PIECE / 8; at += PAGE / 64)
			pieces[count][at] = contents(count, at);
		count++;
	}
	wrong = count_wrong(count);
	printf("%zu MiB, %zu wrong\n", count * (PIECE >> 20), wrong);
	fflush(stdout);
	while (hold && getchar() != EOF)
		;
	return wrong + count_wrong(count) ? 1 : 0;
}
