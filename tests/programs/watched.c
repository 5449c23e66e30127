/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watched SEED: has a page with the contents of SEED (page.h) and says what
 * becomes of it, until it is killed: a line "now N" when it is what belongs to
 * the seed N, "now -1" when it is nothing of the kind.  On Linux the first line
 * is the page's physical address; if that changes, it says so and ends.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "page.h"

/* 0: it cannot be known. */
static uint64_t physical(const volatile void *page)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	if (fd < 0 || pread(fd, &entry, 8, (off_t)((uintptr_t)page /
						    PAGE_BYTES * 8)) != 8)
		entry = 0;
	close(fd);
	return (entry & ((1ull << 55) - 1)) * PAGE_BYTES;
}

int main(int argc, char **argv)
{
	int seed = argc == 2 ? atoi(argv[1]) : 0;
	volatile uint64_t *page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t at;

	if (page == MAP_FAILED || seed < 1 || seed >= (int)PAGE_SEEDS)
		return 2;
	mlock((const void *)page, PAGE_BYTES);
	page_fill(page, (unsigned)seed);
	at = physical(page);
	printf("%#llx\n", (unsigned long long)at);
	for (;;) {
		int now = page_seed(page);

		if (now != seed)
			printf("now %d\n", now);
		if (physical(page) != at) {
			puts("moved");
			return 1;
		}
		fflush(stdout);
		seed = now;
		usleep(20000);
	}
}
