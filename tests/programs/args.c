/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints its arguments, one a line, between brackets. */
#include <stdio.h>

int main(int argc, char **argv)
{
	printf("%d arguments\n", argc);
	for (int i = 0; i < argc; i++)
		printf("<%s>\n", argv[i]);
	return argv[argc] ? 1 : 0;
}
