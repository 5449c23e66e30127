/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * refill SECONDS START:BYTES...: takes all memory that Linux has to give, and
 * what comes back to it, at once, until half of these physical ranges are its
 * own.  Each page gets contents of its own, which are looked at for so many
 * seconds from then on.  Says "waiting" when only the ranges are missing, then
 * how much of them it has, and at last "right", or what was written to by
 * somebody else.  Ends with status 1 then, and with 2 when the ranges do not
 * come.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#define PAGE	4096ul
#define MIB	(1ul << 20)
#define PIECE	(2 * MIB)
#define LEAVE	(160 * MIB)	/* for others meanwhile */
#define PIECES	8192
#define PATIENCE 120		/* seconds until the ranges are there */

static uint64_t *pieces[PIECES];
static size_t count;
static struct range {
	uint64_t start, bytes;
} ranges[64];
static int range_count, pagemap;
static uint64_t had, wanted;	/* bytes of the ranges */

static uint64_t contents(size_t piece, size_t word)
{
	return (piece * (PIECE / 8) + word) * 0x9e3779b97f4a7c15ull + 1;
}

static bool in_ranges(uint64_t at)
{
	for (int i = 0; i < range_count; i++)
		if (at - ranges[i].start < ranges[i].bytes)
			return true;
	return false;
}

static void count_pages(const uint64_t *piece)
{
	uint64_t entry[PIECE / PAGE];

	if (pread(pagemap, entry, sizeof(entry),
		  (off_t)((uintptr_t)piece / PAGE * 8)) != sizeof(entry)) {
		perror("refill: pagemap");
		exit(2);
	}
	for (size_t i = 0; i < PIECE / PAGE; i++)
		if (in_ranges((entry[i] & ((1ull << 55) - 1)) * PAGE))
			had += PAGE;
}

static bool take_piece(void)
{
	struct sysinfo info;
	uint64_t *piece;

	if (count == PIECES || sysinfo(&info) ||
	    info.freeram * info.mem_unit < LEAVE + PIECE)
		return false;
	piece = mmap(NULL, PIECE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (piece == MAP_FAILED)
		return false;
	for (size_t i = 0; i < PIECE / 8; i++)
		piece[i] = contents(count, i);
	mlock(piece, PIECE);
	pieces[count++] = piece;
	count_pages(piece);
	return true;
}

static uint64_t address(const uint64_t *word)
{
	uint64_t entry = 0;

	pread(pagemap, &entry, 8, (off_t)((uintptr_t)word / PAGE * 8));
	return (entry & ((1ull << 55) - 1)) * PAGE + (uintptr_t)word % PAGE;
}

static void look(void)
{
	for (size_t i = 0; i < count; i++)
		for (size_t at = 0; at < PIECE / 8; at++) {
			uint64_t *word = &pieces[i][at];

			if (*word == contents(i, at))
				continue;
			printf("wrong at %#llx: %#llx\n",
			       (unsigned long long)address(word),
			       (unsigned long long)*word);
			exit(1);
		}
}

static void parse(int argc, char **argv)
{
	for (int i = 2; i < argc && range_count < 64; i++) {
		char *rest;

		ranges[range_count].start = strtoull(argv[i], &rest, 0);
		ranges[range_count].bytes = strtoull(rest + 1, NULL, 0);
		wanted += ranges[range_count++].bytes;
	}
}

int main(int argc, char **argv)
{
	time_t end;

	pagemap = open("/proc/self/pagemap", O_RDONLY);
	if (argc < 3 || pagemap < 0) {
		fprintf(stderr, "usage: refill SECONDS START:BYTES..., as root\n");
		return 2;
	}
	parse(argc, argv);
	while (take_piece())
		;
	puts("waiting");
	fflush(stdout);
	end = time(NULL) + PATIENCE;
	while (had < wanted / 2 && time(NULL) < end)
		if (!take_piece())
			usleep(2000);
	/* What comes just now, too. */
	while (take_piece())
		;
	printf("has %llu of %llu MiB\n", (unsigned long long)(had / MIB),
	       (unsigned long long)(wanted / MIB));
	fflush(stdout);
	if (had < wanted / 2)
		return 2;
	end = time(NULL) + atoi(argv[1]);
	do
		look();
	while (time(NULL) < end);
	puts("right");
	return 0;
}
