/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * churn [MIB]: says that it begins, then gets and gives back so much memory for
 * ever.  With the usual 32 MiB the kernel is busy with it most of the time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
	size_t bytes = (argc > 1 ? strtoul(argv[1], NULL, 10) : 32) << 20;

	puts("churning");
	fflush(stdout);
	for (;;) {
		void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
				    -1, 0);

		if (memory == MAP_FAILED || munmap(memory, bytes))
			return 1;
	}
}
