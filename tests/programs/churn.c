/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * churn: says that it begins, then gets and gives back 32 MiB of memory for ever,
 * so that the kernel is busy with it most of the time.
 */
#include <stdio.h>
#include <sys/mman.h>

#define BYTES	(32ul << 20)

int main(void)
{
	puts("churning");
	fflush(stdout);
	for (;;) {
		void *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
				    -1, 0);

		if (memory == MAP_FAILED || munmap(memory, BYTES))
			return 1;
	}
}
