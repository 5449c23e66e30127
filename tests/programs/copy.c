/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * copy [splice]: standard input to standard output, in pieces of sizes that fit
 * nothing; by splice(2).  Prints the number of bytes on standard error.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
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

static ssize_t copy(size_t size)
{
	ssize_t n = read(0, buffer, size);

	return n > 0 && write_all(buffer, n) ? -1 : n;
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = {
		1, 4095, 65537, 3, 199999, 4096, 131071, 17, 65536, 8191,
	};
	int by_splice = argc > 1 && !strcmp(argv[1], "splice");
	unsigned long long total = 0;
	ssize_t n;

	for (unsigned i = 0;; i++) {
		size_t size = sizes[i % (sizeof(sizes) / sizeof(sizes[0]))];

		n = by_splice ? splice(0, NULL, 1, NULL, size, 0) : copy(size);
		if (n <= 0)
			break;
		total += (unsigned long long)n;
	}
	fprintf(stderr, "%llu bytes\n", total);
	return n < 0;
}
