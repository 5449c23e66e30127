/* SPDX-License-Identifier: GPL-2.0-only */
/* The least a C program does: a line of text and a number. */
#include <stdio.h>

int main(void)
{
	printf("hello from C, %.3f\n", 22.0 / 7.0);
	return 0;
}
