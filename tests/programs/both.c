/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes to standard output and standard error, each in its own order. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	for (int i = 0; i < 100; i++) {
		fprintf(stdout, "out %d\n", i);
		fprintf(stderr, "error %d\n", i);
	}
	fflush(stdout);
	if (write(1, "no newline", 10) != 10)
		return 1;
	return write(2, "\0\xff\r", 3) != 3;
}
