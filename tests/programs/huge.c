/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks for more memory than a small enclave has: 1 GiB of zeroes. */
#include <stdio.h>

static volatile char zeroes[1 << 30];

int main(int argc, char **argv)
{
	(void)argv;
	printf("%d\n", zeroes[argc * 1000]);
	return 0;
}
