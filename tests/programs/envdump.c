/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints its environment as it got it, or the variables it is told. */
#include <stdio.h>
#include <stdlib.h>

extern char **environ;

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *value = getenv(argv[i]);

		printf("%s=%s\n", argv[i], value ? value : "(unset)");
	}
	for (int i = 0; argc == 1 && environ[i]; i++)
		printf("<%s>\n", environ[i]);
	return 0;
}
