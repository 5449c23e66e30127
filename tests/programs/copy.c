/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Standard input to standard output, in pieces of sizes that fit nothing.
 * Prints the number of bytes on standard error.
 */
#include <stdio.h>
#include <unistd.h>

static char buffer[200000];

static int write_all(const char *from, ssize_t n)
{
	while (n > 0) {
		ssize_t done = write(1, from, (size_t)n);

		if (done <= 0)
			return -1;
		from += done;
		n -= done;
	}
	return 0;
}

int main(void)
{
	static const size_t sizes[] = {
		1, 4095, 65537, 3, 199999, 4096, 131071, 17, 65536, 8191,
	};
	unsigned long long total = 0;
	ssize_t n;

	for (unsigned i = 0;; i++) {
		n = read(0, buffer, sizes[i % (sizeof(sizes) /
					       sizeof(sizes[0]))]);
		if (n <= 0)
			break;
		if (write_all(buffer, n))
			return 2;
		total += (unsigned long long)n;
	}
	fprintf(stderr, "%llu bytes\n", total);
	return n < 0;
}
